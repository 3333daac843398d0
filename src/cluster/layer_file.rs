//! A layer's geometries as GeoParquet: neighbours together in row groups of bounded size, so that a tile reads few of them.
//!
//! Columns: `ord` (the row's number in the layer), `tile` (the row group), `xmin`, `ymin`, `xmax`, `ymax` (degrees, flat, since those
//! are what readers prune by today) and `geometry` (WKB, all bits). Attributes stay in the project's own files, which stand beside.

use crate::identity::{HashWriter, hex};
use crate::wkb;
use datafusion::arrow::array::{Array, ArrayRef, BinaryBuilder, Float64Builder, Int64Array, Int64Builder, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::Compression;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use shanshui_core::geodesy::LonLatBox;
use shanshui_core::index::by_place;
use shanshui_core::io::disk;
use shanshui_core::model::Layer;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::Arc;

/// A row group holds about so many corners; 16 bytes each.
pub const CORNERS: usize = 1 << 16;

/// A row of more corners than this is a giant: a row group of its own, so that its neighbours are read without it.
pub const GIANT: usize = CORNERS / 4;

/// And so many rows at most.
pub const ROWS: usize = 1 << 14;

/// A row group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its rows.
    pub rows: usize,
    /// Their positions.
    pub corners: usize,
    /// Their box: west, south, east, north; degrees.
    pub bounds: [f64; 4],
}

/// What a layer's file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Written {
    /// All rows of the layer, those that no question can use among them: these stand in no row group.
    pub rows: usize,
    /// Positions in the file.
    pub corners: usize,
    /// SHA-256 of the geometries, hexadecimal ([`content`]).
    pub content: String,
    /// The row groups, in their order.
    pub groups: Vec<Group>,
    /// By row the group that holds it; [`NOWHERE`] where none does.
    #[serde(skip)]
    pub group_of: Vec<u32>,
}

/// In no row group.
pub const NOWHERE: u32 = u32::MAX;

/// A hash of the geometries of a layer's rows that questions can use: layers of the same hash are the same to work on rows.
pub fn content(layer: &Layer) -> String {
    let mut hash = Sha256::new();
    let mut out = BufWriter::with_capacity(1 << 16, HashWriter(&mut hash));
    let mut bytes = Vec::new();
    for row in usable(layer) {
        bytes.clear();
        bytes.extend_from_slice(&(row as u64).to_le_bytes());
        if let Some(kind) = layer.geometries.kind(row) {
            wkb::write(&mut bytes, kind, layer.geometries.parts(row));
        }
        bytes.push(0);
        // A hash takes everything.
        let _ = out.write_all(&bytes);
    }
    // So does it take the rest.
    let _ = out.flush();
    drop(out);
    hash.update((layer.len() as u64).to_le_bytes());
    hex(&hash.finalize())
}

fn usable(layer: &Layer) -> impl Iterator<Item = usize> + '_ {
    (0..layer.len()).filter(|row| !layer.unusable[*row])
}

/// Rows in groups: neighbours together, giants apart behind the others.
fn grouped(layer: &Layer) -> Vec<Vec<usize>> {
    let rows: Vec<usize> = usable(layer).collect();
    let boxes: Vec<LonLatBox> = rows.iter().map(|row| layer.geometries.bounds(*row)).collect();
    let corners = |row: usize| layer.geometries.positions_of(row).len();
    let (mut groups, mut giants) = (Vec::new(), Vec::new());
    let (mut group, mut size) = (Vec::new(), 0);
    for at in by_place(&boxes) {
        let row = rows[at as usize];
        if corners(row) > GIANT {
            giants.push(vec![row]);
            continue;
        }
        if size + corners(row) > CORNERS || group.len() == ROWS {
            groups.push(std::mem::take(&mut group));
            size = 0;
        }
        size += corners(row);
        group.push(row);
    }
    groups.extend((!group.is_empty()).then_some(group));
    groups.extend(giants);
    groups.iter_mut().for_each(|group| group.sort_unstable());
    groups
}

fn schema() -> Schema {
    let column = |name: &str, of: DataType| Field::new(name, of, false);
    Schema::new(vec![
        column("ord", DataType::Int64),
        column("tile", DataType::Int64),
        column("xmin", DataType::Float64),
        column("ymin", DataType::Float64),
        column("xmax", DataType::Float64),
        column("ymax", DataType::Float64),
        column("geometry", DataType::Binary),
    ])
}

fn failed(e: impl std::fmt::Display) -> std::io::Error {
    std::io::Error::other(e.to_string())
}

/// Writes a layer's file, which must not be there.
///
/// # Errors
/// What the system says; a geometry that well-known binary cannot say.
pub fn write(layer: &Layer, path: &Path) -> std::io::Result<Written> {
    let schema = Arc::new(schema());
    let bounds = layer.bounds;
    let types: Vec<&str> = layer.kinds.iter().map(|kind| kind.name()).collect();
    // Positions are longitude and latitude, as the format takes them where nothing else is said.
    let mut column = json!({ "encoding": "WKB", "geometry_types": types, "edges": "planar" });
    if !bounds.is_empty() {
        column["bbox"] = json!([bounds.min.lon, bounds.min.lat, bounds.max.lon, bounds.max.lat]);
    }
    let geo = json!({ "version": "1.1.0", "primary_column": "geometry", "columns": { "geometry": column } });
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(ROWS * 2))
        .set_key_value_metadata(Some(vec![KeyValue::new("geo".to_owned(), geo.to_string())]))
        .build();
    let file = disk::File::create_new_readable(path)?;
    let mut writer =
        ArrowWriter::try_new(BufWriter::with_capacity(1 << 20, file), Arc::clone(&schema), Some(properties))
            .map_err(failed)?;
    let mut written = Written {
        rows: layer.len(),
        corners: 0,
        content: content(layer),
        groups: Vec::new(),
        group_of: vec![NOWHERE; layer.len()],
    };
    for (number, rows) in grouped(layer).into_iter().enumerate() {
        let (mut ords, mut tiles, mut geometries) = (Int64Builder::new(), Int64Builder::new(), BinaryBuilder::new());
        let mut sides = [(); 4].map(|()| Float64Builder::new());
        let (mut all, mut corners, mut bytes) = (LonLatBox::EMPTY, 0, Vec::new());
        for row in &rows {
            bytes.clear();
            if let Some(kind) = layer.geometries.kind(*row)
                && !wkb::write(&mut bytes, kind, layer.geometries.parts(*row))
            {
                return Err(failed(format!("row {row} of {} has a geometry without parts", layer.name)));
            }
            let own = layer.geometries.bounds(*row);
            all = all.union(own);
            corners += layer.geometries.positions_of(*row).len();
            ords.append_value(*row as i64);
            tiles.append_value(number as i64);
            let values = [own.min.lon, own.min.lat, own.max.lon, own.max.lat];
            sides.iter_mut().zip(values).for_each(|(side, value)| side.append_value(value));
            geometries.append_value(&bytes);
            written.group_of[*row] = number as u32;
        }
        let mut columns: Vec<ArrayRef> = vec![Arc::new(ords.finish()), Arc::new(tiles.finish())];
        columns.extend(sides.iter_mut().map(|side| Arc::new(side.finish()) as ArrayRef));
        columns.push(Arc::new(geometries.finish()));
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(failed)?;
        writer.write(&batch).map_err(failed)?;
        // A row group ends here.
        writer.flush().map_err(failed)?;
        let bounds = [all.min.lon, all.min.lat, all.max.lon, all.max.lat];
        written.groups.push(Group { rows: rows.len(), corners, bounds });
        written.corners += corners;
    }
    let file = writer.into_inner().map_err(failed)?.into_inner().map_err(|e| e.into_error())?;
    file.sync_all()?;
    Ok(written)
}

/// Reads which row group holds each of so many rows; [`NOWHERE`] for those in none.
///
/// # Errors
/// Where the file cannot be read, or names a row that is not there.
pub fn groups_of(path: &Path, rows: usize) -> std::io::Result<Vec<u32>> {
    let mut group_of = vec![NOWHERE; rows];
    let file = std::fs::File::open(path)?;
    let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default()).map_err(failed)?;
    for number in 0..metadata.metadata().num_row_groups() {
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(file.try_clone()?, metadata.clone());
        let columns = ProjectionMask::columns(builder.parquet_schema(), ["ord"]);
        let reader = builder.with_projection(columns).with_row_groups(vec![number]).build().map_err(failed)?;
        for batch in reader {
            let batch = batch.map_err(failed)?;
            let ords = batch.column_by_name("ord").and_then(|ords| ords.as_any().downcast_ref::<Int64Array>());
            for ord in ords.ok_or_else(|| failed("it has no column ord (INT64)"))?.values() {
                let place = usize::try_from(*ord).ok().and_then(|row| group_of.get_mut(row));
                *place.ok_or_else(|| failed(format!("row {ord} of {rows}")))? = number as u32;
            }
        }
    }
    Ok(group_of)
}
