//! A table as a layer: rows by binary `COPY`, geometries as EWKB.

use super::binary::Rows;
use super::catalogue::{Entry, crs_of, entry, geometry_of, is_watched};
use super::columns::{Column, Columns, Decode, GeometryColumn, Odd, Registered, columns};
use super::connect::{Connection, Snapshots};
use super::feeds::mark_of;
use super::url::{StoreUrl, shown};
use super::{StoreError, quoted};
use crate::geodesy::crs::Crs;
use crate::i18n::{Said, between, tr};
use crate::io::formats::wkb::{self, STEP_DEGREES, STEP_METRES};
use crate::io::formats::{Cell, CountedNotes, FormatError, LayerBuilder, Note, RawGeometry, RawKind, RowSink, Schema};
use crate::io::geojson::is_frame;
use crate::io::{ReadError, ReadOptions};
use crate::model::{Digest, GeometryKind, Layer, Source, StoreSource, TextKind, TypedColumn};
use crate::progress::Progress;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::path::Path;

/// Fields of a row before its columns.
const BEFORE: usize = 4;

/// Names under which programs that load tables number the rows; they mean nothing.
const NUMBERS: [&str; 3] = ["fid", "ogc_fid", "gid"];

/// Reads the table that a URL means, or that the options name.
///
/// # Errors
/// [`ReadError`]: the server, the table, a row of it, or a coordinate system that is not known; a connection that was cut.
pub(in crate::io) fn read_layer(path: &Path, options: &ReadOptions, progress: &Progress) -> Result<Layer, ReadError> {
    let url = StoreUrl::parse(path)?;
    let store = shown(path);
    let alone = Snapshots::default();
    let snapshots = options.snapshots.as_deref().unwrap_or(&alone);
    let mut layer = snapshots.with(path, &url, |connection| {
        let entry = entry(connection, &store, &url, options.layer.as_deref())?;
        of_entry(connection, &entry, &url, options, progress)
    })??;
    if let Some(store) = &mut layer.source.store {
        std::sync::Arc::make_mut(store).address = path.to_owned();
    }
    Ok(layer)
}

/// The columns of a table by what they are to a layer.
pub(super) struct Parts {
    /// All of them; those that are properties under their names in the layer.
    pub(super) all: Columns,
    pub(super) geometry: Option<GeometryColumn>,
    /// The SRID of its geometries.
    pub(super) srid: i32,
    /// Their coordinate system; none for SRID 0.
    pub(super) crs: Option<String>,
    /// That of the features' ids.
    pub(super) id: Option<Column>,
    /// That of the order of members and of other members.
    pub(super) frame: Option<Column>,
    /// The key, where the rows' ids are its numbers.
    number: Option<String>,
    reading: Option<Registered>,
}

impl Parts {
    /// Of a table.
    pub(super) fn of(connection: &mut Connection, entry: &Entry, url: &StoreUrl) -> Result<Self, StoreError> {
        let called = entry.called();
        let mut all = columns(connection, &called, entry.oid)?;
        let geometry = geometry_of(&all, url, &called, entry)?.cloned();
        let reading = entry.entered.as_ref().and_then(|layer| layer.reading.clone());
        let (mut id, mut frame) = (None, None);
        if let Some(reading) = &reading {
            id = take(&mut all.values, reading.id.as_deref());
            frame = take(&mut all.values, reading.frame.as_deref());
            take(&mut all.values, reading.key.as_deref());
            for known in &reading.columns {
                // One that was renamed or dropped since is as the table has it.
                if let Some(own) = all.values.iter_mut().find(|own| own.field.name == known.column) {
                    own.is_absent = known.is_absent;
                    own.field.name = known.name.clone().unwrap_or_else(|| known.column.clone());
                }
            }
        }
        let number = all.integer_key.clone().filter(|_| reading.is_none());
        let means_nothing = |own: &&str| NUMBERS.iter().any(|known| own.eq_ignore_ascii_case(known));
        if let Some(number) = number.as_deref().filter(means_nothing) {
            take(&mut all.values, Some(number));
        }
        let srid = match &geometry {
            Some(geometry) => srid_of(connection, &called, entry, geometry)?,
            None => 0,
        };
        let crs = crs_of(connection, &called, srid)?;
        Ok(Self { all, geometry, srid, crs, id, frame, number, reading })
    }
}

/// Reads a table. The inner error is of what it holds: told as of a file, and the connection is as it was.
pub(super) fn of_entry(
    connection: &mut Connection,
    entry: &Entry,
    url: &StoreUrl,
    options: &ReadOptions,
    progress: &Progress,
) -> Result<Result<Layer, ReadError>, StoreError> {
    let parts = Parts::of(connection, entry, url)?;
    of_parts(connection, (entry, &parts), None, options, progress)
}

/// The same of columns that are known, and of some rows by their keys.
pub(super) fn of_parts(
    connection: &mut Connection,
    (entry, parts): (&Entry, &Parts),
    only: Option<&[i64]>,
    options: &ReadOptions,
    progress: &Progress,
) -> Result<Result<Layer, ReadError>, StoreError> {
    let called = entry.called();
    let Parts { all, geometry, srid, crs, id, frame, number, reading } = parts;
    let srid = *srid;
    let title = entry.entered.as_ref().and_then(|layer| layer.title.clone());
    let schema = Schema {
        name: title.unwrap_or_else(|| entry.name.clone()),
        title: entry.title.clone(),
        fields: all.values.iter().map(|column| column.field.clone()).collect(),
        crs: crs.clone(),
        encoding: reading.as_ref().and_then(|reading| reading.encoding.clone()),
        has_ids: number.is_some(),
        is_table: geometry.is_none(),
        rows: None,
    };
    let feed = match entry.entered.as_ref().map(|layer| layer.seq) {
        Some(seq) if is_watched(connection, &called, entry)? => Some(seq),
        _ => None,
    };
    let mark = if feed.is_none() { mark_of(connection, entry)? } else { None };
    let mut builder = LayerBuilder::new(options);
    if let Err(e) = builder.schema(&schema) {
        return Ok(Err(e.in_file(&entry.name)));
    }
    notes_of_table(&mut builder, entry, all, geometry.as_ref());
    let reader = Reader {
        called: &called,
        all,
        geometry: geometry.as_ref(),
        id: id.as_ref(),
        frame: frame.as_ref(),
        number: all.integer_key.as_deref(),
        only,
    };
    let rows = match reader.rows(connection, entry, &schema, srid, &mut builder, progress)? {
        Ok(rows) => rows,
        Err(e) => return Ok(Err(e.in_file(&entry.name))),
    };
    if let Some(ids) = rows.ids {
        builder.set_ids(ids);
    }
    builder.set_frames(rows.frames);
    if reading.as_ref().is_some_and(|reading| reading.is_exact) {
        builder.set_exact();
    }
    let mut layer = match builder.finish(&entry.name, progress) {
        Ok(layer) => layer,
        Err(e) => return Ok(Err(ReadError { file: entry.name.clone(), ..e })),
    };
    let role = entry.entered.as_ref().and_then(|layer| layer.role);
    layer.guessed_role = role.or(layer.guessed_role);
    layer.source = Source {
        path: None,
        file_name: entry.name.clone(),
        bytes: rows.bytes,
        digest: Digest::known(rows.hash),
        stamp: None,
        unplaced: None,
        read_as: std::mem::take(&mut layer.source.read_as),
        store: Some(std::sync::Arc::new(StoreSource {
            address: std::path::PathBuf::new(),
            server: connection.server.clone(),
            database: connection.database.clone(),
            table: called,
            feed,
            mark,
            role,
            is_answer: entry.entered.as_ref().is_some_and(|layer| layer.is_answer),
            keys: rows.keys.map(std::sync::Arc::new),
        })),
    };
    layer.source.read_as.layer = Some(entry.name.clone());
    Ok(Ok(layer))
}

/// Takes a column out of those that are properties.
fn take(columns: &mut Vec<Column>, name: Option<&str>) -> Option<Column> {
    let at = columns.iter().position(|column| Some(&*column.field.name) == name)?;
    Some(columns.remove(at))
}

/// The SRID of a table's geometries: what its column declares, else what all of its rows say.
fn srid_of(
    connection: &mut Connection,
    called: &str,
    entry: &Entry,
    geometry: &GeometryColumn,
) -> Result<i32, StoreError> {
    let (0, Some(schema)) = (geometry.srid, connection.postgis.as_deref()) else { return Ok(geometry.srid) };
    let sql = format!(
        "SELECT DISTINCT {}.st_srid({}) FROM {} WHERE {} IS NOT NULL ORDER BY 1 LIMIT 5",
        quoted(schema),
        geometry.sql,
        entry.sql(),
        quoted(&geometry.name)
    );
    let rows = connection.client.query(&sql, &[]).map_err(|e| StoreError::of_server(called, &e))?;
    let srids: Vec<i32> = rows.iter().map(|row| row.get(0)).collect();
    match &srids[..] {
        [] => Ok(0),
        [one] => Ok(*one),
        many => {
            let all: Vec<String> = many.iter().map(i32::to_string).collect();
            let column = &geometry.name;
            let said = Said::told(|lang| {
                tr!(lang, "store.many_srids", column = column, srids = all.join(between(lang))).into_owned()
            });
            Err(StoreError::new(called, said))
        }
    }
}

/// What is to be said of a table beside its rows.
fn notes_of_table(builder: &mut LayerBuilder<'_>, entry: &Entry, all: &Columns, geometry: Option<&GeometryColumn>) {
    let mut note = |kind, is_doubt, said| builder.note(Note { row: None, said, kind, is_doubt });
    if !all.binary.is_empty() {
        let said =
            Said::told(|lang| tr!(lang, "store.note.binary", names = all.binary.join(between(lang))).into_owned());
        note("store.note.binary", true, said);
    }
    let others: Vec<&str> = all.geometries.iter().map(|own| &*own.name).collect();
    let own = geometry.map_or("", |geometry| &*geometry.name);
    if others.len() > 1 {
        let others: Vec<&str> = others.into_iter().filter(|name| *name != own).collect();
        let said = Said::told(|lang| {
            tr!(lang, "store.note.geometries", own = own, others = others.join(between(lang))).into_owned()
        });
        note("store.note.geometries", true, said);
    }
    if all.key.is_empty() {
        let key = if entry.kind == "r" { "store.note.no_key" } else { "store.note.view" };
        note(key, false, Said::of(key));
    }
}

/// What is read of a table.
pub(super) struct Reader<'a> {
    pub(super) called: &'a str,
    pub(super) all: &'a Columns,
    pub(super) geometry: Option<&'a GeometryColumn>,
    pub(super) id: Option<&'a Column>,
    pub(super) frame: Option<&'a Column>,
    /// The column of the key, where that is one whole number.
    pub(super) number: Option<&'a str>,
    /// The rows that are wanted, by that; all without.
    pub(super) only: Option<&'a [i64]>,
}

/// What came beside the rows.
pub(super) struct Came {
    pub(super) hash: String,
    pub(super) bytes: u64,
    pub(super) ids: Option<TypedColumn>,
    pub(super) frames: BTreeMap<u32, String>,
    pub(super) keys: Option<Vec<i64>>,
}

impl Reader<'_> {
    /// The statement: the number, the geometry, the id, the frame, then the columns; rows in the order of the key.
    fn sql(&self, entry: &Entry) -> String {
        let number = self.number.map_or("NULL::int8".to_owned(), |name| format!("{}::int8", quoted(name)));
        let geometry = self.geometry.map_or("NULL", |geometry| &geometry.sql);
        let id = self.id.map_or("NULL", |id| &id.sql);
        let frame = self.frame.map_or("NULL", |frame| &frame.sql);
        let columns: String = self.all.values.iter().map(|column| format!(", {}", column.sql)).collect();
        let only = match (self.only, self.number) {
            (Some(only), Some(key)) => {
                let keys: Vec<String> = only.iter().map(i64::to_string).collect();
                format!(" WHERE {}.{} = ANY ('{{{}}}'::int8[])", entry.sql(), quoted(key), keys.join(","))
            }
            _ => String::new(),
        };
        let order = match &self.all.key[..] {
            // Where the rows lie is the same for all who read one state of the table.
            [] if entry.kind == "r" => format!(" ORDER BY {}.ctid", entry.sql()),
            [] => String::new(),
            key => {
                // With the table before it, a name is that of a column and not of what was made of it.
                let names = key.iter().map(|name| format!("{}.{}", entry.sql(), quoted(name)));
                format!(" ORDER BY {}", names.collect::<Vec<_>>().join(", "))
            }
        };
        format!(
            "COPY (SELECT {number}, {geometry}, {id}, {frame}{columns} FROM {}{only}{order}) TO STDOUT (FORMAT binary)",
            entry.sql()
        )
    }

    fn rows(
        &self,
        connection: &mut Connection,
        entry: &Entry,
        schema: &Schema,
        srid: i32,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<Result<Came, FormatError>, StoreError> {
        let estimate = entry.rows_about();
        progress.start(estimate.max(1));
        let copy = connection.client.copy_out(&self.sql(entry)).map_err(|e| StoreError::of_server(self.called, &e))?;
        self.take(copy, schema, srid, sink, &mut |rows| progress.advance(rows.min(estimate)).is_ok())
    }

    /// The rows of a stream. `goes_on` is told of some at a time, and says whether more are wanted.
    pub(super) fn take(
        &self,
        stream: impl BufRead,
        schema: &Schema,
        srid: i32,
        sink: &mut dyn RowSink,
        goes_on: &mut dyn FnMut(u64) -> bool,
    ) -> Result<Result<Came, FormatError>, StoreError> {
        let lost = |e: std::io::Error| {
            let server = e.get_ref().and_then(|inner| inner.downcast_ref::<postgres::Error>());
            server.map_or_else(
                || StoreError::lost(self.called, &e.to_string()),
                |e| StoreError::of_server(self.called, e),
            )
        };
        let mut rows = Rows::new(stream).map_err(lost)?;
        let is_degrees = schema.crs.as_deref().and_then(|crs| Crs::parse(crs).ok()).is_none_or(|crs| crs.is_degrees());
        let step = if is_degrees { STEP_DEGREES } else { STEP_METRES };
        let mut notes = CountedNotes::default();
        let mut raw = RawGeometry::new(RawKind::Simple(GeometryKind::Point));
        let mut ids = self.id.map(|id| match id.decode {
            Decode::Integer => TypedColumn::integers(),
            Decode::Json => TypedColumn::texts(TextKind::Json),
            _ => TypedColumn::texts(TextKind::Text),
        });
        let (mut given, mut bytes) = (0_usize, 0_u64);
        let mut frames = BTreeMap::new();
        let mut keys = self.number.map(|_| Vec::new());
        let fields = self.all.values.len() + BEFORE;
        while rows.next(fields).map_err(lost)? {
            if given.is_multiple_of(256) && !goes_on(256) {
                return Err(StoreError::cancelled(self.called));
            }
            let number = rows.field(0).map(super::binary::integer).transpose().map_err(lost)?;
            keys = keys.zip(number).map(|(mut keys, number)| {
                keys.push(number);
                keys
            });
            let mut has_geometry = false;
            if let Some(ewkb) = rows.field(1) {
                bytes += ewkb.len() as u64;
                match wkb::read(ewkb, step, &mut raw) {
                    Ok(taken) if taken.srid.unwrap_or_default() != srid => {
                        let said = Said::told(|lang| tr!(lang, "store.row_srid", row = given + 1).into_owned());
                        return Err(StoreError::new(self.called, said));
                    }
                    Ok(taken) => {
                        has_geometry = true;
                        if !taken.is_plain() {
                            taken.notes(Some(given), |note| notes.add(note, sink));
                        }
                    }
                    Err(e) => notes.add(e.note(Some(given)), sink),
                }
            }
            if let (Some(id), Some(ids)) = (self.id, &mut ids) {
                push_id(ids, &id.cell(rows.field(2)).map_err(lost)?.0);
            }
            if let (Some(frame), Some(field)) = (self.frame, rows.field(3))
                && let Cell::Json(text) = frame.cell(Some(field)).map_err(lost)?.0
            {
                if is_frame(&text) {
                    frames.insert(given as u32, text.into_owned());
                } else {
                    let said = Said::of("store.note.frame");
                    notes.add(Note { row: Some(given), said, kind: "store.note.frame", is_doubt: true }, sink);
                }
            }
            let mut cells: Vec<Cell<'_>> = Vec::with_capacity(self.all.values.len());
            for (at, column) in self.all.values.iter().enumerate() {
                let field = rows.field(at + BEFORE);
                bytes += field.map_or(0, <[u8]>::len) as u64;
                let (cell, odd) = column.cell(field).map_err(lost)?;
                if odd == Some(Odd::NotFinite) {
                    let name = &column.field.name;
                    let said = Said::told(|lang| tr!(lang, "store.note.not_finite", name = name).into_owned());
                    notes.add(Note { row: Some(given), said, kind: "store.note.not_finite", is_doubt: true }, sink);
                }
                cells.push(cell);
            }
            if let Err(e) = sink.row(number, &cells, has_geometry.then_some(&raw)) {
                return Ok(Err(e));
            }
            given += 1;
        }
        notes.finish(sink, |lang, more, like| tr!(lang, "store.note.more", more = more, like = like).into_owned());
        let names: Vec<&str> = schema.fields.iter().map(|field| &*field.name).collect();
        let hash = rows.hash(&format!("{srid}\n{}\n", names.join("\n")));
        Ok(Ok(Came { hash, bytes, ids, frames, keys }))
    }
}

/// Adds a feature's id; none where the cell is empty.
fn push_id(ids: &mut TypedColumn, cell: &Cell<'_>) {
    let is_taken = match cell {
        Cell::Integer(id) => ids.push_integer(*id),
        Cell::Json(id) => ids.push_json(id),
        Cell::Text(id) => ids.push_text_of(id),
        _ => false,
    };
    if !is_taken {
        ids.push_missing();
    }
}
