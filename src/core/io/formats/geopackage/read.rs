//! Reading the rows of a layer.

use super::catalogue::{Catalogue, Entry, count, most};
use super::layer::{Layer, layer};
use super::open::{Opened, quoted, refused};
use super::value::{Odd, cell};
use crate::i18n::{Said, tr};
use crate::io::formats::wkb::{STEP_DEGREES, STEP_METRES, envelope, read_geopackage};
use crate::io::formats::{
    CountedNotes, FormatError, FormatPlace, Note, RawGeometry, RawKind, ReadHints, RowSink, Schema,
};
use crate::model::GeometryKind;
use crate::progress::Progress;
use rusqlite::OptionalExtension;
use rusqlite::types::ValueRef;

/// Files up to here have their R-tree compared with the table.
const COMPARED: u64 = 64 << 20;
/// When an entry of the R-tree meets a window of four sides.
const MEETS: &str = "maxx >= ?1 AND maxy >= ?2 AND minx <= ?3 AND miny <= ?4";

/// Reads a layer's rows in the order of their ids.
pub(super) fn read(
    opened: &Opened,
    all: &Catalogue,
    entry: &Entry,
    hints: &ReadHints,
    sink: &mut dyn RowSink,
    progress: &Progress,
) -> Result<(), FormatError> {
    let sql = |e: rusqlite::Error| refused(&e).at(FormatPlace::Member(entry.name.clone()));
    let layer = layer(opened, entry).map_err(sql)?;
    let window = hints.window.filter(|_| entry.geometry.is_some());
    let rows = if window.is_none() { count(opened, entry) } else { None };
    sink.schema(&Schema {
        name: entry.name.clone(),
        title: entry.title.clone(),
        fields: layer.columns.iter().map(|column| column.field.clone()).collect(),
        crs: layer.srs.crs.clone(),
        encoding: None,
        has_ids: layer.has_ids,
        is_table: entry.geometry.is_none(),
        rows,
    })?;
    layer_notes(all, entry, &layer, sink);
    let index = match window {
        Some(_) => trusted_index(opened, entry, &layer).map_err(sql)?,
        None => None,
    };
    let wanted = match (window, &index) {
        (Some(window), Some(index)) => hits(opened, index, window),
        _ => rows.or_else(|| most(opened, entry)),
    };
    progress.start(wanted.unwrap_or_default().max(1));
    give_rows(opened, entry, &layer, &Selection { window, index }, hints, sink, progress).map_err(|e| match e {
        Stop::Sql(e) => sql(e),
        Stop::Format(e) => e,
    })
}

/// Which rows are wanted.
struct Selection {
    window: Option<[f64; 4]>,
    /// The table of the R-tree, where it is whole.
    index: Option<String>,
}

enum Stop {
    Sql(rusqlite::Error),
    Format(FormatError),
}

impl From<rusqlite::Error> for Stop {
    fn from(e: rusqlite::Error) -> Self {
        Self::Sql(e)
    }
}

impl From<FormatError> for Stop {
    fn from(e: FormatError) -> Self {
        Self::Format(e)
    }
}

fn give_rows(
    opened: &Opened,
    entry: &Entry,
    layer: &Layer,
    selection: &Selection,
    hints: &ReadHints,
    sink: &mut dyn RowSink,
    progress: &Progress,
) -> Result<(), Stop> {
    let encoding = hints.encoding.as_ref().and_then(|label| encoding_rs::Encoding::for_label(label.as_bytes()));
    let step = if layer.srs.is_degrees { STEP_DEGREES } else { STEP_METRES };
    let mut statement = opened.db.prepare(&select(entry, layer, selection))?;
    let mut rows = match (selection.window, &selection.index) {
        (Some(window), Some(_)) => statement.query(window)?,
        _ => statement.query([])?,
    };
    let mut notes = CountedNotes::default();
    let mut geometry = RawGeometry::new(RawKind::Simple(GeometryKind::Point));
    let mut binaries = vec![0_u64; layer.columns.len()];
    let mut other_systems = 0_u64;
    let (mut given, mut unreported, mut last) = (0_usize, 0_u64, None);
    let declared_srs = entry.geometry.as_ref().and_then(|geometry| geometry.srs_id);
    while let Some(row) = rows.next()? {
        opened.guard.reset();
        unreported += 1;
        if unreported == 256 {
            progress.advance(unreported).map_err(FormatError::from)?;
            unreported = 0;
        }
        let id = row.get_ref(0)?.as_i64_or_null().unwrap_or_default();
        // Pages that point at each other in a damaged file give the same rows for ever.
        if layer.has_ids && !entry.is_view && last.replace(id) >= Some(id) && given > 0 {
            let said = Said::told(|lang| tr!(lang, "format.geopackage.order").into_owned());
            return Err(FormatError::refused(said).at(FormatPlace::Member(entry.name.clone())).into());
        }
        let mut has_geometry = false;
        match row.get_ref(1)? {
            ValueRef::Null => {}
            ValueRef::Blob(blob) => match read_geopackage(blob, step, &mut geometry) {
                Ok(taken) => {
                    has_geometry = true;
                    let own = taken.srid.map(i64::from).filter(|own| *own > 0);
                    other_systems += u64::from(own.is_some() && own != declared_srs);
                    if is_outside(selection.window, &geometry) {
                        continue;
                    }
                    if !taken.is_plain() {
                        taken.notes(Some(given), |note| notes.add(note, sink));
                    }
                }
                Err(e) => notes.add(e.note(Some(given)), sink),
            },
            _ => {
                let said = Said::told(|lang| tr!(lang, "format.geopackage.no_geometry").into_owned());
                notes.add(Note { row: Some(given), said, kind: "format.geopackage.no_geometry", is_doubt: true }, sink);
            }
        }
        if selection.window.is_some() && !has_geometry {
            continue;
        }
        let mut cells = Vec::with_capacity(layer.columns.len());
        for (i, column) in layer.columns.iter().enumerate() {
            let (cell, odd) = cell(row.get_ref(i + 2)?, column.declared, encoding);
            cells.push(cell);
            match odd {
                None => {}
                Some(Odd::Binary) => binaries[i] += 1,
                Some(odd) => notes.add(odd_note(odd, given, &column.field.name), sink),
            }
        }
        sink.row(id, &cells, has_geometry.then_some(&geometry))?;
        given += 1;
    }
    progress.advance(unreported).map_err(FormatError::from)?;
    for (column, rows) in layer.columns.iter().zip(binaries).filter(|(_, rows)| *rows > 0) {
        let field = &column.field.name;
        let said = Said::told(|lang| tr!(lang, "format.geopackage.binary", field = field, rows = rows).into_owned());
        sink.note(Note { row: None, said, kind: "format.geopackage.binary", is_doubt: true });
    }
    if other_systems > 0 {
        let said = Said::told(|lang| tr!(lang, "format.geopackage.other_system", rows = other_systems).into_owned());
        sink.note(Note { row: None, said, kind: "format.geopackage.other_system", is_doubt: true });
    }
    notes.finish(sink, |lang, more, like| tr!(lang, "format.geopackage.more", more = more, like = like).into_owned());
    Ok(())
}

fn is_outside(window: Option<[f64; 4]>, geometry: &RawGeometry) -> bool {
    window.is_some_and(|w| envelope(geometry).is_none_or(|e| e[2] < w[0] || e[0] > w[2] || e[3] < w[1] || e[1] > w[3]))
}

/// The query: id, geometry, then the fields.
fn select(entry: &Entry, layer: &Layer, selection: &Selection) -> String {
    let id = layer.id.as_deref().unwrap_or("NULL");
    let geometry = entry.geometry.as_ref().map_or("NULL".to_owned(), |geometry| quoted(&geometry.column));
    let mut sql = format!("SELECT {id}, {geometry}");
    for column in &layer.columns {
        sql.push_str(", ");
        sql.push_str(&quoted(&column.field.name));
    }
    sql.push_str(&format!(" FROM {}", quoted(&entry.table)));
    if let Some(index) = &selection.index {
        let index = quoted(index);
        sql.push_str(&format!(" WHERE {id} IN (SELECT id FROM {index} WHERE {MEETS})"));
    }
    if layer.has_ids && !entry.is_view {
        sql.push_str(&format!(" ORDER BY {id}"));
    }
    sql
}

fn odd_note(odd: Odd, row: usize, field: &str) -> Note {
    let (kind, said) = match odd {
        Odd::Type | Odd::Binary => (
            "format.geopackage.other_type",
            Said::told(|lang| tr!(lang, "format.geopackage.other_type", field = field).into_owned()),
        ),
        Odd::NotFinite => (
            "format.geopackage.not_finite",
            Said::told(|lang| tr!(lang, "format.geopackage.not_finite", field = field).into_owned()),
        ),
        Odd::Encoding => (
            "format.geopackage.encoding",
            Said::told(|lang| tr!(lang, "format.geopackage.encoding", field = field).into_owned()),
        ),
        Odd::Letters => (
            "format.geopackage.letters",
            Said::told(|lang| tr!(lang, "format.geopackage.letters", field = field).into_owned()),
        ),
    };
    // Text in a column of another type is there as it stands; letters are lost or guessed.
    Note { row: Some(row), said, kind, is_doubt: true }
}

/// What is to be said of the layer, and with the first one, of the file.
fn layer_notes(all: &Catalogue, entry: &Entry, layer: &Layer, sink: &mut dyn RowSink) {
    let mut note = |kind, is_doubt, said| sink.note(Note { row: None, said, kind, is_doubt });
    if !entry.is_registered {
        let said = Said::told(|lang| tr!(lang, "format.geopackage.unregistered").into_owned());
        note("format.geopackage.unregistered", false, said);
    }
    if layer.srs.is_missing {
        let id = entry.geometry.as_ref().and_then(|geometry| geometry.srs_id).unwrap_or_default();
        let said = Said::told(|lang| tr!(lang, "format.geopackage.no_srs", id = id).into_owned());
        note("format.geopackage.no_srs", true, said);
    }
    if all.entries.first() != Some(entry) {
        return;
    }
    if !all.tiles.is_empty() {
        let names = all.tiles.join(", ");
        let said = Said::told(|lang| tr!(lang, "format.geopackage.tiles", names = names).into_owned());
        note("format.geopackage.tiles", false, said);
    }
    if !all.missing.is_empty() {
        let names = all.missing.join(", ");
        let said = Said::told(|lang| tr!(lang, "format.geopackage.missing", names = names).into_owned());
        note("format.geopackage.missing", true, said);
    }
}

/// How many entries of the R-tree meet a window.
fn hits(opened: &Opened, index: &str, window: [f64; 4]) -> Option<u64> {
    let sql = format!("SELECT count(*) FROM {} WHERE {MEETS}", quoted(index));
    opened.db.query_row(&sql, window, |row| row.get::<_, i64>(0)).ok().and_then(|hits| u64::try_from(hits).ok())
}

/// The layer's R-tree, where it can be relied on: it is kept by triggers, it has the last geometry of the table, and no fewer
/// entries than the table has geometries (where both are counted in a moment).
fn trusted_index(opened: &Opened, entry: &Entry, layer: &Layer) -> rusqlite::Result<Option<String>> {
    let (Some(geometry), Some(id), true) = (&entry.geometry, &layer.id, layer.has_ids && !entry.is_view) else {
        return Ok(None);
    };
    let db = &opened.db;
    let wanted = format!("rtree_{}_{}", entry.table, geometry.column);
    let found =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND lower(name) = lower(?1) AND sql LIKE '%USING%rtree%'";
    let Some(index) = db.query_row(found, [&wanted], |row| row.get::<_, String>(0)).optional()? else {
        return Ok(None);
    };
    let triggers = "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND lower(tbl_name) = lower(?1)
                    AND lower(substr(name, 1, length(?2))) = lower(?2)";
    let triggers: i64 = db.query_row(triggers, [&entry.table, &wanted], |row| row.get(0))?;
    if triggers < 3 {
        return Ok(None);
    }
    let (table, column, quoted_index) = (quoted(&entry.table), quoted(&geometry.column), quoted(&index));
    // Bit 4 of the fourth byte is set for an empty geometry, which has no entry.
    let is_there = format!(
        "{column} NOT NULL AND substr(hex(substr({column}, 4, 1)), 1, 1) IN ('0', '2', '4', '6', '8', 'A', 'C', 'E')"
    );
    let last = format!("SELECT {id} FROM {table} WHERE {is_there} ORDER BY {id} DESC LIMIT 1");
    let Ok(last) = opened.guard.within(100, || db.query_row(&last, [], |row| row.get::<_, i64>(0)).optional()) else {
        return Ok(None);
    };
    let Some(last) = last else {
        return Ok(Some(index));
    };
    let has_last =
        db.query_row(&format!("SELECT 1 FROM {quoted_index} WHERE id = ?1"), [last], |_| Ok(())).optional()?;
    if has_last.is_none() {
        return Ok(None);
    }
    if opened.bytes <= COMPARED {
        let entries = format!("SELECT coalesce(sum(1), 0) FROM {}", quoted(&format!("{index}_rowid")));
        let geometries = format!("SELECT coalesce(sum(1), 0) FROM {table} WHERE {is_there}");
        let number = |sql: &str| opened.guard.within(200, || db.query_row(sql, [], |row| row.get::<_, i64>(0)));
        if let (Ok(entries), Ok(geometries)) = (number(&entries), number(&geometries))
            && entries < geometries
        {
            return Ok(None);
        }
    }
    Ok(Some(index))
}
