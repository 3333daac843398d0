//! A layer becomes a table: typed columns that give back what was written, geometries as they are, in one transaction that is kept only
//! after the table was read back and compared.

use super::catalogue::{Entry, entry};
use super::columns::Registered;
use super::connect::{Connection, comment};
use super::init::{ensure, enter, named, watch};
use super::read::of_entry;
use super::url::{StoreUrl, shown};
use super::write::{NAME, Names, NewColumn, NewKind, id_kind, new_columns, push_cell, push_hex, push_id, push_json};
use super::{StoreError, quoted};
use crate::geodesy::crs::Crs;
use crate::i18n::{Said, tr};
use crate::io::formats::{FormatError, LayerRows, RowSource, wkb};
use crate::io::geojson::{feature_text, frame_of};
use crate::io::{OutOfRange, ReadError, ReadOptions};
use crate::model::{Layer, ProblemKind, Role};
use crate::progress::Progress;
use std::collections::{BTreeMap, HashSet};
use std::io::Write;
use std::path::Path;

/// Bytes that are sent at a time.
const CHUNK: usize = 1 << 16;

/// How a layer is put into a store.
#[derive(Clone, Copy, Debug, Default)]
pub struct PutOptions {
    /// What it means; without one that is told from its name when it is read.
    pub role: Option<Role>,
    /// True where a table of that name may be replaced.
    pub overwrite: bool,
    /// True where it is an answer of this program, which no rule reads.
    pub is_answer: bool,
}

/// What was put.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Put {
    /// The table with its schema.
    pub table: String,
    /// Its rows.
    pub rows: usize,
    /// Rows without a geometry.
    pub without_geometry: usize,
    /// The SRID of the geometries; none where there are none.
    pub srid: Option<i32>,
    /// Features that come back with the same values in another spelling (spaces, order of members).
    pub respelled: usize,
    /// Features of which something does not come back: geometries that cannot be used, properties that are no object.
    pub not_whole: usize,
    /// The first of those.
    pub first_not_whole: Option<String>,
    /// Columns whose codes have meanings in the file, which a table does not hold.
    pub without_meanings: Vec<String>,
    /// True where a table of that name was replaced.
    pub replaced: bool,
    /// True where the register was made for it.
    pub made_register: bool,
}

/// Puts a layer into the table that a URL names, or into one that is called like the layer's file.
///
/// Cost: the layer is written and read back once.
///
/// # Errors
/// [`StoreError`]: a table of that name is there and may not be replaced, rights are missing, the server only reads, the connection was
/// cut. Then the store is as it was.
pub fn put(path: &Path, layer: &Layer, options: PutOptions, progress: &Progress) -> Result<Put, StoreError> {
    let url = StoreUrl::parse(path)?;
    let store = shown(path);
    let schema = url.schema().to_owned();
    let table = url.table.clone().unwrap_or_else(|| table_name(layer));
    let called = format!("{schema}.{table}");
    let fail = |said| StoreError::new(&*store, said);
    for name in [&schema, &table] {
        if name.len() > NAME {
            return Err(fail(Said::told(|lang| tr!(lang, "store.long_name", name = name, most = NAME).into_owned())));
        }
    }
    let mut connection = Connection::open(path, &url, true)?;
    if connection.postgis.is_none() {
        return Err(fail(Said::of("store.no_postgis")));
    }
    let made_register = ensure(&mut connection, &store)?;
    ensure_schema(&mut connection, &store, &schema)?;
    let before = named(&mut connection, &store, &schema, &table)?;
    if before.is_some() && !options.overwrite {
        return Err(fail(Said::told(|lang| tr!(lang, "store.table_there", table = called).into_owned())));
    }
    if let Some(before) = &before {
        drop_table(&mut connection, &store, before)?;
    }
    let rows: Vec<usize> = layer.rows().collect();
    let plan = Plan::new(layer, &rows)?;
    connection.run(&store, &plan.create(&connection, &schema, &table, layer))?;
    plan.copy(&mut connection, &store, &format!("{}.{}", quoted(&schema), quoted(&table)), layer, &rows, progress)?;
    connection.run(&store, &plan.finish(&schema, &table))?;
    let reading = plan.reading.json();
    enter(
        &mut connection,
        &store,
        &schema,
        &table,
        Some(&layer.name),
        options.role,
        Some(&reading),
        options.is_answer,
    )?;
    watch(&mut connection, &store, &schema, &table)?;
    let mut put = Put {
        table: called,
        rows: rows.len(),
        without_geometry: rows.iter().filter(|row| layer.geometries.kind(**row).is_none()).count(),
        srid: plan.geometry.as_ref().map(|geometry| geometry.srid),
        without_meanings: without_meanings(layer),
        replaced: before.is_some(),
        made_register,
        ..Put::default()
    };
    compare(&mut connection, &store, &url, &table, layer, &rows, &mut put, progress)?;
    if progress.is_cancelled() {
        return Err(StoreError::cancelled(store));
    }
    connection.commit(&store)?;
    Ok(put)
}

/// What a layer's table is called without a name of its own: as the layer in its container, or as its file.
fn table_name(layer: &Layer) -> String {
    let file = &layer.source.file_name;
    let stem = file.rsplit_once('.').map_or(&**file, |(stem, _)| stem);
    layer.source.read_as.layer.clone().unwrap_or_else(|| stem.to_owned())
}

/// Makes a schema that is not there. Who may not make one may well use one.
fn ensure_schema(connection: &mut Connection, store: &str, schema: &str) -> Result<(), StoreError> {
    let sql = "SELECT count(*) FROM pg_namespace WHERE nspname = $1";
    let row = connection.client.query_one(sql, &[&schema]).map_err(|e| StoreError::of_server(store, &e))?;
    match row.get::<_, i64>(0) {
        0 => connection.run(store, &format!("CREATE SCHEMA {}", quoted(schema))),
        _ => Ok(()),
    }
}

/// The columns whose file says what their codes stand for.
fn without_meanings(layer: &Layer) -> Vec<String> {
    let names = layer.attributes.names().iter().enumerate();
    let coded = names.filter(|(column, _)| layer.field(*column).is_some_and(|field| field.domain.is_some()));
    coded.map(|(_, name)| name.to_string()).collect()
}

/// Takes a table away. What stands on it is not taken with it.
fn drop_table(connection: &mut Connection, store: &str, entry: &Entry) -> Result<(), StoreError> {
    if !matches!(&*entry.kind, "r" | "p") {
        let table = entry.called();
        return Err(StoreError::new(
            store,
            Said::told(|lang| tr!(lang, "store.no_plain_table", table = table).into_owned()),
        ));
    }
    connection.run(store, &format!("DROP TABLE {}", entry.sql()))
}

/// The geometries of a table to be.
struct NewGeometry {
    name: String,
    srid: i32,
    /// PostGIS's type in brackets, with the SRID; empty where rows differ in having heights.
    of: String,
}

/// A table to be.
struct Plan {
    columns: Vec<NewColumn>,
    id: Option<(String, NewKind)>,
    /// The column for other members of features, and those by row.
    frame: Option<String>,
    frames: BTreeMap<usize, String>,
    key: String,
    geometry: Option<NewGeometry>,
    crs: Crs,
    reading: Registered,
}

impl Plan {
    fn new(layer: &Layer, rows: &[usize]) -> Result<Self, StoreError> {
        let mut names = Names::default();
        let columns = new_columns(layer, rows, &mut names);
        let key = names.free("fid");
        let id = id_kind(layer, rows).map(|kind| (names.free("id"), kind));
        let frames = frames_of(layer, rows)?;
        let frame = (!frames.is_empty()).then(|| names.free("feature"));
        let is_table = layer.as_read.table.as_ref().is_some_and(|table| table.schema.is_table);
        // Positions are longitude and latitude as they were read, on the ellipsoid that was named.
        let declared = layer.declared_crs.as_deref().and_then(|name| Crs::parse(name).ok());
        let is_cgcs = declared.as_ref().is_some_and(|crs| crs.is_lon_lat() && crs.epsg() == Some(4490));
        let crs = if is_cgcs { declared.unwrap_or_else(Crs::wgs84) } else { Crs::wgs84() };
        let geometry = (!is_table).then(|| {
            let srid = if is_cgcs { 4490 } else { 4326 };
            NewGeometry { name: names.free("geom"), srid, of: type_of(layer, rows, &crs, srid) }
        });
        let of_table = layer.as_read.table.as_ref();
        let reading = Registered {
            columns: columns.iter().map(|column| column.registered.clone()).collect(),
            id: id.as_ref().map(|(name, _)| name.clone()),
            frame: frame.clone(),
            key: Some(key.clone()),
            is_exact: !layer.reprojected && of_table.is_none_or(|table| table.is_exact),
            encoding: Some(layer.encoding.clone()),
        };
        Ok(Self { columns, id, frame, frames, key, geometry, crs, reading })
    }

    fn create(&self, connection: &Connection, schema: &str, table: &str, layer: &Layer) -> String {
        let on = format!("{}.{}", quoted(schema), quoted(table));
        let mut columns = vec![format!("{} bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", quoted(&self.key))];
        columns.extend(self.id.iter().map(|(name, kind)| format!("{} {}", quoted(name), kind.sql())));
        columns.extend(self.frame.iter().map(|name| format!("{} json", quoted(name))));
        columns.extend(self.columns.iter().map(|column| format!("{} {}", quoted(&column.name), column.kind.sql())));
        let postgis = quoted(connection.postgis.as_deref().unwrap_or_default());
        columns.extend(
            self.geometry
                .iter()
                .map(|geometry| format!("{} {postgis}.geometry{}", quoted(&geometry.name), geometry.of)),
        );
        let mut sql = format!("CREATE TABLE {on} ({});\n", columns.join(", "));
        sql.push_str(&comment(&format!("TABLE {on}"), Some(&layer.name)));
        for column in &self.columns {
            sql.push_str(&comment(&format!("COLUMN {on}.{}", quoted(&column.name)), column.title.as_deref()));
        }
        sql
    }

    /// The index of the geometries, and what the server's planner wants to know.
    fn finish(&self, schema: &str, table: &str) -> String {
        let on = format!("{}.{}", quoted(schema), quoted(table));
        let index = self
            .geometry
            .iter()
            .map(|geometry| format!("CREATE INDEX ON {on} USING gist ({});\n", quoted(&geometry.name)));
        format!("{}ANALYZE {on};", index.collect::<String>())
    }

    fn copy(
        &self,
        connection: &mut Connection,
        store: &str,
        on: &str,
        layer: &Layer,
        rows: &[usize],
        progress: &Progress,
    ) -> Result<(), StoreError> {
        let of_server = |e: postgres::Error| StoreError::of_server(store, &e);
        let sent = |e: std::io::Error| match e.get_ref().and_then(|inner| inner.downcast_ref::<postgres::Error>()) {
            Some(e) => StoreError::of_server(store, e),
            None => StoreError::lost(store, &e.to_string()),
        };
        let mut names: Vec<String> = self.id.iter().map(|(name, _)| quoted(name)).collect();
        names.extend(self.frame.iter().map(|name| quoted(name)));
        names.extend(self.columns.iter().map(|column| quoted(&column.name)));
        names.extend(self.geometry.iter().map(|geometry| quoted(&geometry.name)));
        if names.is_empty() {
            // A table of nothing but its rows.
            let sql = format!("INSERT INTO {on} SELECT FROM generate_series(1, {})", rows.len());
            return connection.client.batch_execute(&sql).map_err(of_server);
        }
        let sql = format!("COPY {on} ({}) FROM STDIN", names.join(", "));
        progress.start(rows.len().max(1) as u64);
        let mut writer = connection.client.copy_in(&sql).map_err(of_server)?;
        let (mut text, mut ewkb, mut at) = (Vec::with_capacity(CHUNK * 2), Vec::new(), 0);
        let mut failed = None;
        let given = LayerRows::new(layer, rows, &self.crs).each(&mut |_, geometry| {
            let row = rows[at];
            at += 1;
            if at.is_multiple_of(256) && progress.advance(256).is_err() {
                return Err(FormatError::Cancelled);
            }
            let mut is_first = true;
            let mut tab = |text: &mut Vec<u8>| {
                if !std::mem::take(&mut is_first) {
                    text.push(b'\t');
                }
            };
            if let Some((_, kind)) = &self.id {
                tab(&mut text);
                push_id(&mut text, layer.id_json(row), *kind);
            }
            if self.frame.is_some() {
                tab(&mut text);
                push_json(&mut text, self.frames.get(&row).map(String::as_str));
            }
            for (column, new) in self.columns.iter().enumerate() {
                tab(&mut text);
                push_cell(&mut text, layer, row, column, new.kind);
            }
            if let Some(new) = &self.geometry {
                tab(&mut text);
                match geometry {
                    None => text.extend_from_slice(b"\\N"),
                    Some(geometry) => {
                        ewkb.clear();
                        wkb::write_ewkb(geometry, Some(new.srid), &mut ewkb);
                        push_hex(&mut text, &ewkb);
                    }
                }
            }
            text.push(b'\n');
            if text.len() >= CHUNK {
                if let Err(e) = writer.write_all(&text) {
                    failed = Some(e);
                    return Err(FormatError::Cancelled);
                }
                text.clear();
            }
            Ok(())
        });
        match (given, failed) {
            (_, Some(e)) => return Err(sent(e)),
            (Err(FormatError::Cancelled), None) => return Err(StoreError::cancelled(store)),
            (Err(e), None) => return Err(of_reading(store, e.in_file(&layer.source.file_name))),
            (Ok(()), None) => {}
        }
        writer.write_all(&text).map_err(sent)?;
        writer.finish().map_err(of_server)?;
        Ok(())
    }
}

/// How features are written that are not just type, id, properties and geometry.
fn frames_of(layer: &Layer, rows: &[usize]) -> Result<BTreeMap<usize, String>, StoreError> {
    let mut frames = BTreeMap::new();
    for row in rows {
        let text = feature_text(layer, *row);
        let text = text.map_err(|e| StoreError::new(&*layer.source.file_name, Said::as_is(e.to_string())))?;
        if let Some(frame) = frame_of(&text) {
            frames.insert(*row, frame);
        }
    }
    Ok(frames)
}

/// A reading error of the layer that is put, or of the table that was.
fn of_reading(store: &str, e: ReadError) -> StoreError {
    StoreError::new(store, Said::told(|lang| e.message(lang)))
}

/// PostGIS's type for a layer's geometries: `(MultiPolygonZ, 4326)`.
fn type_of(layer: &Layer, rows: &[usize], crs: &Crs, srid: i32) -> String {
    let kinds: HashSet<_> = rows.iter().filter_map(|row| layer.geometries.kind(*row)).collect();
    let kind = match kinds.len() {
        1 => kinds.iter().next().map_or("Geometry", |kind| kind.name()),
        _ => "Geometry",
    };
    // Without such a problem no position has a height.
    let may_have_heights = layer.problems.iter().any(|problem| problem.kind == ProblemKind::ThirdCoordinate);
    let (mut with, mut without) = (0_usize, 0_usize);
    if may_have_heights {
        let counted = LayerRows::new(layer, rows, crs).each(&mut |_, geometry| {
            match geometry {
                Some(geometry) if geometry.z.is_empty() => without += 1,
                Some(_) => with += 1,
                None => {}
            }
            Ok(())
        });
        // Told when the rows are given for good.
        drop(counted);
    }
    match (with, without) {
        (0, _) => format!("({kind}, {srid})"),
        (_, 0) => format!("({kind}Z, {srid})"),
        // A type with heights takes no row without.
        _ => String::new(),
    }
}

/// Reads the table back and compares it row by row with the layer.
#[expect(clippy::too_many_arguments, reason = "both sides of a comparison")]
fn compare(
    connection: &mut Connection,
    store: &str,
    url: &StoreUrl,
    table: &str,
    layer: &Layer,
    rows: &[usize],
    put: &mut Put,
    progress: &Progress,
) -> Result<(), StoreError> {
    let entry = entry(connection, store, url, Some(table))?;
    let url = StoreUrl { geometry: None, ..url.clone() };
    let options = ReadOptions { out_of_range: OutOfRange::Keep, ..ReadOptions::default() };
    let back = of_entry(connection, &entry, &url, &options, progress)?.map_err(|e| of_reading(store, e))?;
    if back.len() != rows.len() {
        return Err(StoreError::new(store, Said::of("store.other_rows")));
    }
    let unreadable = |e: std::io::Error| StoreError::new(store, Said::as_is(e.to_string()));
    for (own, row) in rows.iter().enumerate() {
        if progress.is_cancelled() {
            return Err(StoreError::cancelled(store));
        }
        let bits = |layer: &Layer, row| {
            let positions = layer.geometries.positions_of(row).iter();
            positions.map(|p| [p.lon.to_bits(), p.lat.to_bits()]).collect::<Vec<_>>()
        };
        // Parts that cannot be used are in no position of either.
        let is_placed =
            layer.geometries.kind(*row) == back.geometries.kind(own) && bits(layer, *row) == bits(&back, own);
        let (was, is) = (feature_text(layer, *row).map_err(unreadable)?, feature_text(&back, own).map_err(unreadable)?);
        if is_placed && was == is {
            continue;
        }
        let parsed = |text: &[u8]| {
            let mut value: serde_json::Value = serde_json::from_slice(text).unwrap_or_default();
            if let (true, Some(members)) = (layer.reprojected, value.as_object_mut()) {
                // In the coordinates of its file; its positions were compared.
                members.remove("geometry");
            }
            value
        };
        match is_placed && parsed(&was) == parsed(&is) {
            true => put.respelled += 1,
            false => {
                put.not_whole += 1;
                put.first_not_whole.get_or_insert_with(|| layer.label(*row));
            }
        }
    }
    Ok(())
}
