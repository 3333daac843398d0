//! Reading features: one after the other, or those that an index finds.

use super::flat::{Broken, Table};
use super::geometry;
use super::header::{Column, Header, columns, cut_short, damaged};
use super::value::{Odd, take, value};
use crate::i18n::{Said, tr};
use crate::io::formats::wkb::{STEP_DEGREES, STEP_METRES, envelope};
use crate::io::formats::{
    Bytes, Cell, Field, FieldKind, FormatError, FormatPlace, Note, RawGeometry, RawKind, ReadHints, RowSink, Schema,
};
use crate::model::GeometryKind;
use crate::progress::Progress;
use std::collections::HashMap;

/// Bytes that are read at once when all features are.
const CHUNK: usize = 1 << 20;
/// Bytes that are read at once when some are: they lie apart.
const NEAR: usize = 1 << 16;
/// Features that are looked at to tell whether a large file has geometries, or columns of its features' own.
const SAMPLE: u64 = 10_000;
/// Files up to here are looked at whole for that.
const SMALL: u64 = 64 << 20;
/// Notes of one kind that are given row by row; those beyond are counted.
const MOST_NOTES: usize = 1_000;

/// A stretch of a file that moves on.
struct Window<'a> {
    bytes: &'a dyn Bytes,
    buffer: Vec<u8>,
    start: u64,
}

impl<'a> Window<'a> {
    fn new(bytes: &'a dyn Bytes) -> Self {
        Self { bytes, buffer: Vec::new(), start: 0 }
    }

    /// Bytes at a place, which must be there; at least `ahead` are read at once where the file has them.
    fn get(&mut self, at: u64, length: usize, ahead: usize) -> std::io::Result<&[u8]> {
        let is_in = at >= self.start && at + length as u64 <= self.start + self.buffer.len() as u64;
        if !is_in {
            let stretch = self.bytes.len().saturating_sub(at).min(length.max(ahead) as u64) as usize;
            self.buffer.resize(stretch, 0);
            self.start = at;
            self.bytes.read_at(at, &mut self.buffer)?;
        }
        let from = (at - self.start) as usize;
        self.buffer.get(from..from + length).ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
    }
}

/// Gives the buffer of each feature in the order of the file.
struct Features<'a> {
    window: Window<'a>,
    header: &'a Header,
    at: u64,
    /// How many were given.
    given: u64,
    /// Places of those wanted, from the first feature on; all where `None`.
    wanted: Option<std::vec::IntoIter<u64>>,
}

impl<'a> Features<'a> {
    fn new(bytes: &'a dyn Bytes, header: &'a Header, wanted: Option<Vec<u64>>) -> Self {
        Self {
            window: Window::new(bytes),
            header,
            at: header.features_at,
            given: 0,
            wanted: wanted.map(Vec::into_iter),
        }
    }

    fn next(&mut self) -> Result<Option<&[u8]>, FormatError> {
        let (end, place) = (self.window.bytes.len(), FormatPlace::Row(self.given + 1));
        match &mut self.wanted {
            Some(wanted) => match wanted.next() {
                Some(offset) => self.at = self.header.features_at + offset,
                None => return Ok(None),
            },
            None if self.header.count > 0 && self.given == self.header.count => return Ok(None),
            None if self.header.count == 0 && self.at == end => return Ok(None),
            None => {}
        }
        let left = end.saturating_sub(self.at);
        if left < 4 {
            return Err(cut_short(place));
        }
        let ahead = if self.wanted.is_some() { NEAR } else { CHUNK };
        let size = self.window.get(self.at, 4, ahead)?;
        let size = u32::from_le_bytes([size[0], size[1], size[2], size[3]]) as usize;
        if size as u64 > left - 4 {
            return Err(cut_short(place));
        }
        self.given += 1;
        let at = self.at;
        self.at += 4 + size as u64;
        Ok(Some(self.window.get(at + 4, size, ahead)?))
    }
}

/// What a look at the features tells that the header does not.
pub(super) struct Look {
    /// True where no feature has a geometry.
    pub(super) is_table: bool,
    /// Columns that features bring themselves, where the header has none.
    columns: Vec<Column>,
}

/// Looks at the features, where the header leaves something open.
pub(super) fn look(bytes: &dyn Bytes, header: &Header) -> Result<Look, FormatError> {
    let may_be_table = header.kind == 0 && header.levels.is_none() && !header.has_envelope;
    let may_have_columns = header.columns.is_empty();
    let mut look = Look { is_table: may_be_table, columns: Vec::new() };
    if !may_be_table && !may_have_columns {
        return Ok(look);
    }
    let mut features = Features::new(bytes, header, None);
    let mut places: HashMap<String, usize> = HashMap::new();
    while look.is_table || may_have_columns {
        // Once a feature has columns of its own, all are looked at: the sink wants to know all columns before the first row.
        if look.columns.is_empty() && features.given >= SAMPLE && bytes.len() > SMALL {
            break;
        }
        let row = features.given + 1;
        let Some(feature) = features.next()? else {
            break;
        };
        let broken = |Broken| damaged(Some(FormatPlace::Row(row)));
        let table = Table::root(feature).map_err(broken)?;
        look.is_table &= table.table(0).map_err(broken)?.is_none();
        if may_have_columns {
            for column in own_columns(&table, feature.len()).map_err(broken)? {
                match places.get(&column.field.name) {
                    Some(place) => merge(&mut look.columns[*place].field, &column.field),
                    None if places.len() >= 4_096 => return Err(damaged(Some(FormatPlace::Row(row)))),
                    None => {
                        places.insert(column.field.name.clone(), look.columns.len());
                        look.columns.push(column);
                    }
                }
            }
        }
    }
    Ok(look)
}

fn own_columns(feature: &Table<'_>, size: usize) -> Result<Vec<Column>, Broken> {
    columns(&feature.tables(2)?, size)
}

/// Makes a field hold what another of its name holds too.
fn merge(field: &mut Field, other: &Field) {
    field.kind = match (field.kind, other.kind) {
        (a, b) if a == b => a,
        (FieldKind::Integer | FieldKind::Real, FieldKind::Integer | FieldKind::Real) => FieldKind::Real,
        (FieldKind::Date | FieldKind::DateTime, FieldKind::Date | FieldKind::DateTime) => FieldKind::DateTime,
        _ => FieldKind::Text,
    };
}

/// Reads all features, or those of the window.
pub(super) fn read(
    bytes: &dyn Bytes,
    header: &Header,
    name: &str,
    hints: &ReadHints,
    sink: &mut dyn RowSink,
    progress: &Progress,
) -> Result<(), FormatError> {
    let look = look(bytes, header)?;
    let fields = if header.columns.is_empty() { &look.columns } else { &header.columns };
    let window = hints.window.filter(|_| !look.is_table);
    sink.schema(&Schema {
        name: name.to_owned(),
        title: header.title.clone(),
        fields: fields.iter().map(|column| column.field.clone()).collect(),
        crs: header.crs.clone(),
        encoding: None,
        has_ids: false,
        is_table: look.is_table,
        rows: header.rows(bytes).filter(|_| window.is_none()),
    })?;
    header_notes(header, sink);
    let mut wanted = None;
    if let (Some(window), Some(levels)) = (window, &header.levels) {
        wanted = levels.search(bytes, header.index_at, window, bytes.len() - header.features_at)?;
        if wanted.is_none() {
            let said = Said::told(|lang| tr!(lang, "format.flatgeobuf.index").into_owned());
            sink.note(Note { row: None, said, kind: "format.flatgeobuf.index", is_doubt: false });
        }
    }
    let is_whole = wanted.is_none();
    progress.start(match &wanted {
        Some(wanted) => (wanted.len() as u64).max(1),
        None => (bytes.len() - header.features_at).max(1),
    });
    let mut rows = Rows {
        header,
        fields,
        has_own: header.columns.is_empty(),
        places: fields.iter().enumerate().rev().map(|(i, column)| (column.field.name.as_str(), i)).collect(),
        notes: HashMap::new(),
        binaries: vec![0; fields.len()],
        given: 0,
        window,
        geometry: RawGeometry::new(RawKind::Simple(GeometryKind::Point)),
    };
    let mut features = Features::new(bytes, header, wanted);
    let (mut unreported, mut rows_since) = (0, 0);
    loop {
        let row = features.given + 1;
        let Some(feature) = features.next()? else {
            break;
        };
        unreported += if is_whole { feature.len() as u64 + 4 } else { 1 };
        rows_since += 1;
        if unreported >= 1 << 18 || rows_since >= 256 {
            progress.advance(std::mem::take(&mut unreported))?;
            rows_since = 0;
        }
        rows.give(feature, sink).map_err(|stop| match stop {
            Stop::Broken => damaged(Some(FormatPlace::Row(row))),
            Stop::Format(e) => e,
        })?;
    }
    progress.advance(unreported)?;
    if is_whole && features.at < bytes.len() {
        let more = bytes.len() - features.at;
        let said = Said::told(|lang| tr!(lang, "format.flatgeobuf.behind", more = more).into_owned());
        sink.note(Note { row: None, said, kind: "format.flatgeobuf.behind", is_doubt: true });
    }
    rows.finish(sink);
    Ok(())
}

fn header_notes(header: &Header, sink: &mut dyn RowSink) {
    if header.has_times {
        let said = Said::told(|lang| tr!(lang, "format.flatgeobuf.times").into_owned());
        sink.note(Note { row: None, said, kind: "format.flatgeobuf.times", is_doubt: true });
    }
    if let Some(code) = &header.unknown_crs {
        let said = Said::told(|lang| tr!(lang, "format.flatgeobuf.crs", code = code).into_owned());
        sink.note(Note { row: None, said, kind: "format.flatgeobuf.crs", is_doubt: true });
    }
}

enum Stop {
    Broken,
    Format(FormatError),
}

impl From<Broken> for Stop {
    fn from(Broken: Broken) -> Self {
        Self::Broken
    }
}

impl From<FormatError> for Stop {
    fn from(e: FormatError) -> Self {
        Self::Format(e)
    }
}

struct Rows<'a> {
    header: &'a Header,
    fields: &'a [Column],
    /// True where features bring their columns themselves.
    has_own: bool,
    places: HashMap<&'a str, usize>,
    notes: HashMap<&'static str, usize>,
    /// Binary values by column.
    binaries: Vec<u64>,
    given: usize,
    window: Option<[f64; 4]>,
    geometry: RawGeometry,
}

impl Rows<'_> {
    fn give(&mut self, feature: &[u8], sink: &mut dyn RowSink) -> Result<(), Stop> {
        let table = Table::root(feature)?;
        let step = if self.header.is_degrees { STEP_DEGREES } else { STEP_METRES };
        let mut has_geometry = false;
        if let Some(inner) = table.table(0)? {
            match geometry::read(&inner, self.header.kind, feature.len(), step, &mut self.geometry) {
                Ok(taken) => {
                    has_geometry = true;
                    if !taken.is_plain() {
                        taken.notes(Some(self.given), |note| add(&mut self.notes, note, sink));
                    }
                }
                Err(geometry::Fault::Broken) => return Err(Stop::Broken),
                Err(fault) => {
                    let cause = fault.said();
                    let said = |lang| tr!(lang, "format.flatgeobuf.geometry", cause = cause.text(lang)).into_owned();
                    self.note("format.flatgeobuf.geometry", Said::told(said), sink);
                }
            }
        }
        if let Some(w) = self.window {
            let around = envelope(&self.geometry).filter(|_| has_geometry);
            if around.is_none_or(|e| e[2] < w[0] || e[0] > w[2] || e[3] < w[1] || e[1] > w[3]) {
                return Ok(());
            }
        }
        let own = own_columns(&table, feature.len())?;
        let nothing = if self.has_own { Cell::Missing } else { Cell::Null };
        let mut cells = vec![nothing; self.fields.len()];
        let mut properties = table.vector(1, 1)?;
        // A byte left over is what some writers leave behind binary values.
        while properties.len() > 1 {
            let number = usize::from(u16::from_le_bytes(take(&mut properties)?));
            let (column, place) = match own.get(number) {
                Some(column) => (column, self.places.get(column.field.name.as_str()).copied()),
                None if own.is_empty() => (self.fields.get(number).ok_or(Broken)?, Some(number)),
                None => return Err(Stop::Broken),
            };
            let (cell, odd) = value(&mut properties, column)?;
            let Some(place) = place else {
                let field = &column.field.name;
                let said = Said::told(|lang| tr!(lang, "format.flatgeobuf.column", field = field).into_owned());
                self.note("format.flatgeobuf.column", said, sink);
                continue;
            };
            cells[place] = cell;
            if let Some(odd) = odd {
                self.odd(odd, place, sink);
            }
        }
        sink.row(None, &cells, has_geometry.then_some(&self.geometry))?;
        self.given += 1;
        Ok(())
    }

    fn odd(&mut self, odd: Odd, place: usize, sink: &mut dyn RowSink) {
        let fields = self.fields;
        let field = &fields[place].field.name;
        match odd {
            Odd::Binary => self.binaries[place] += 1,
            Odd::NotFinite => {
                let said = Said::told(|lang| tr!(lang, "format.flatgeobuf.not_finite", field = field).into_owned());
                self.note("format.flatgeobuf.not_finite", said, sink);
            }
            Odd::Type => {
                let said = Said::told(|lang| tr!(lang, "format.flatgeobuf.other_type", field = field).into_owned());
                self.note("format.flatgeobuf.other_type", said, sink);
            }
            Odd::Encoding => {
                let said = Said::told(|lang| tr!(lang, "format.flatgeobuf.encoding", field = field).into_owned());
                self.note("format.flatgeobuf.encoding", said, sink);
            }
        }
    }

    fn note(&mut self, kind: &'static str, said: Said, sink: &mut dyn RowSink) {
        add(&mut self.notes, Note { row: Some(self.given), said, kind, is_doubt: true }, sink);
    }

    fn finish(self, sink: &mut dyn RowSink) {
        for (column, rows) in self.fields.iter().zip(&self.binaries).filter(|(_, rows)| **rows > 0) {
            let field = &column.field.name;
            let said =
                Said::told(|lang| tr!(lang, "format.flatgeobuf.binary", field = field, rows = rows).into_owned());
            sink.note(Note { row: None, said, kind: "format.flatgeobuf.binary", is_doubt: true });
        }
        let mut rest: Vec<_> = self.notes.into_iter().filter(|(_, seen)| *seen > MOST_NOTES).collect();
        rest.sort_unstable();
        for (kind, seen) in rest {
            let more = seen - MOST_NOTES;
            let said = Said::told(|lang| tr!(lang, "format.flatgeobuf.more", more = more).into_owned());
            sink.note(Note { row: None, said, kind, is_doubt: true });
        }
    }
}

/// Gives a note of a row, or counts it where there were many of its kind.
fn add(notes: &mut HashMap<&'static str, usize>, note: Note, sink: &mut dyn RowSink) {
    let seen = notes.entry(note.kind).or_default();
    *seen += 1;
    if *seen <= MOST_NOTES {
        sink.note(note);
    }
}
