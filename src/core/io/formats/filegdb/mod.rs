//! File geodatabases (Esri, `x.gdb`): tables with fields, geometry, aliases, domains and coordinate systems, of versions 9.2 to
//! ArcGIS Pro 3. Source: E. Rouault, "FGDB Spec" (reverse engineered), and the document FGDB of ujr/LinqPad.FileGdb.
//!
//! ```text
//! files      which files are there            crs         coordinate systems
//! catalogue  which tables, what is said of    definition  an item's XML: aliases, domains, subtypes
//! table      a table's head and fields        xml         XML as a tree
//! offsets    where its rows start             values      a row's values
//! rows       the bytes of its rows            shape       a row's geometry; positions, curves, rings, patches
//! ```
//! Not read: spatial and attribute indexes (a table is read through, envelopes are looked at first), compressed tables, rasters,
//! binary fields, relationships, topologies, networks.

mod catalogue;
mod crs;
mod cursor;
mod curves;
mod definition;
mod files;
mod offsets;
mod patches;
mod positions;
mod read;
mod rings;
mod rows;
mod said;
mod shape;
mod table;
#[cfg(test)]
mod tests;
mod values;
mod xml;

use super::{Format, FormatError, Input, LayerInfo, RawKind, ReadHints, RowSink};
use crate::io::room::times;
use crate::model::GeometryKind::{LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
use crate::progress::Progress;
use catalogue::{Catalogue, Entry, Store};
use files::Files;
pub(in crate::io) use files::is_catalogue;
use table::Table;

/// The file geodatabase, as a folder or in an archive. `Input::name` is the folder's name, or that of any file in it.
#[derive(Clone, Copy, Debug, Default)]
pub struct FileGdb;

impl Format for FileGdb {
    fn name(&self) -> &'static str {
        "File geodatabase"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["gdb", "gdbtable", "gdbtablx"]
    }

    fn is_it(&self, input: &Input, head: &[u8]) -> bool {
        match Files::find(input) {
            Ok(Some(Files { single: Some(_), .. })) => matches!(head, [3 | 4, 0, 0, 0, ..]),
            found => matches!(found, Ok(Some(_))),
        }
    }

    fn memory(&self, input: &Input, layer: Option<&str>) -> u64 {
        let table = layer.and_then(|layer| {
            let (files, catalogue) = open(input, Some(layer)).ok()?;
            let entry = catalogue.entry(layer).filter(|entry| entry.store == Store::Rows)?;
            files.open(&entry.file).ok().flatten()
        });
        table.map_or(0, |table| times(table.len(), 2.5))
    }

    fn layers(&self, input: &Input, _hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError> {
        let (files, catalogue) = open(input, None)?;
        Ok(catalogue.entries.iter().map(|entry| layer(&files, &catalogue, entry)).collect())
    }

    fn read(
        &self,
        input: &Input,
        layer: &str,
        hints: &ReadHints,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        let (files, catalogue) = open(input, Some(layer))?;
        let entry = catalogue.entry(layer).ok_or_else(|| said::no_layer(layer))?;
        match entry.store {
            Store::Compressed => Err(said::compressed(layer)),
            Store::Raster => Err(said::raster(layer)),
            Store::Missing => Err(said::missing(&entry.file)),
            Store::Rows => read::table(&files, &catalogue, entry, hints, sink, progress),
        }
    }
}

/// The files and the catalogue; for a table file alone, a catalogue of it.
fn open(input: &Input, only: Option<&str>) -> Result<(Files, Catalogue), FormatError> {
    let files = Files::find(input)?.ok_or_else(said::not_a_geodatabase)?;
    let catalogue = match &files.single {
        Some(file) => {
            let name = file.trim_end_matches(".gdbtable").to_owned();
            let entry = Entry { name, file: file.clone(), ..Entry::default() };
            Catalogue { entries: vec![entry], ..Catalogue::default() }
        }
        None => Catalogue::read(&files, only)?,
    };
    Ok((files, catalogue))
}

/// A layer before it is read. A table whose file is damaged is listed as its definition has it; reading it says what is wrong.
fn layer(files: &Files, catalogue: &Catalogue, entry: &Entry) -> LayerInfo {
    let table = (entry.store == Store::Rows).then(|| Table::open(files, &entry.file).ok()).flatten();
    let shape_type = entry.definition.as_ref().map_or("", |definition| definition.shape_type.as_str());
    let geometry_type = match (&table, shape_type) {
        (Some(table), _) if table.geometry().is_some() => table.geometry_type,
        (None, "esriGeometryPoint") => 1,
        (None, "esriGeometryMultipoint") => 2,
        (None, "esriGeometryPolyline") => 3,
        (None, "esriGeometryPolygon") => 4,
        (None, "esriGeometryMultiPatch") => 9,
        _ => 0,
    };
    let has_geometry = match &table {
        Some(table) => table.geometry().is_some(),
        None => entry.store == Store::Raster || geometry_type != 0,
    };
    let kinds: &[_] = match geometry_type {
        1 => &[Point],
        2 => &[MultiPoint],
        3 => &[LineString, MultiLineString],
        4 | 9 => &[Polygon, MultiPolygon],
        _ => &[],
    };
    LayerInfo {
        name: entry.name.clone(),
        title: read::title(entry),
        kinds: kinds.iter().copied().map(RawKind::Simple).collect(),
        is_table: !has_geometry,
        rows: table.as_ref().map(|table| table.rows),
        crs: read::system(catalogue, entry, table.as_ref()).0,
    }
}
