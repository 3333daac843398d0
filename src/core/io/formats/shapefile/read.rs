//! Reading a shapefile: shapes and attributes side by side, row by row.

use super::super::archive::refusal;
use super::super::dbase::{Notes, STEP, Table, emptied, say_deleted};
use super::super::{Cell, FormatError, Input, Note, RawGeometry, RawKind, ReadHints, RowSink, Schema};
use super::record::{self, Scratch, Shape, ShapeFlaw, Unread};
use super::records::{IndexState, LengthState, Records, header};
use super::{attributes, projection};
use crate::i18n::{Lang, Said, count, tr};
use crate::model::GeometryKind;
use crate::progress::Progress;

/// Reads the layer.
///
/// # Errors
/// Where the shapes or the attributes are damaged; where the sink takes no more.
pub(super) fn read(
    input: &Input,
    hints: &ReadHints,
    sink: &mut dyn RowSink,
    progress: &Progress,
) -> Result<(), FormatError> {
    let bytes = input.open().map_err(refusal)?;
    let head = header(bytes.as_ref())?;
    let mut records = Records::open(&bytes, &head, input.sibling("shx").map_err(refusal)?)?;
    let mut about = Vec::new();
    let mut table = attributes(input, hints, &mut about)?;
    let crs = projection::read(input, &mut about)?;
    sink.schema(&Schema {
        fields: table.as_ref().map_or(Vec::new(), |table| table.fields().to_vec()),
        crs,
        encoding: table.as_ref().map(|table| table.encoding().to_owned()),
        rows: records.count().or(table.as_ref().map(Table::rows)),
        ..Schema::default()
    })?;
    if table.is_none() {
        whole(&mut about, "format.shapefile.no_dbf", true, |lang| tr!(lang, "format.shapefile.no_dbf").into_owned());
    }
    if records.index == IndexState::Wrong {
        whole(&mut about, "format.shapefile.wrong_index", false, |lang| {
            tr!(lang, "format.shapefile.wrong_index").into_owned()
        });
    }
    about.into_iter().for_each(|note| sink.note(note));
    let row_length = table.as_ref().map_or(0, Table::row_length);
    progress.start(bytes.len() + table.as_ref().map_or(0, |table| table.rows() * row_length));
    let mut rows =
        Rows { table: table.as_mut(), notes: Notes::default(), sink, spare: Vec::new(), row: 0, given: 0, deleted: 0 };
    let mut geometry = RawGeometry::new(RawKind::Simple(GeometryKind::Point));
    let mut scratch = Scratch::default();
    let mut done = 0;
    while let Some(slot) = records.next()? {
        done += slot.length + row_length;
        if rows.row.is_multiple_of(STEP) || done > 1 << 20 {
            progress.advance(std::mem::take(&mut done))?;
        }
        let shape = record::read(records.content(slot)?, hints.window, &mut geometry, &mut scratch);
        rows.give(shape, &geometry)?;
    }
    progress.advance(done)?;
    let shapes = rows.row;
    let attributes = rows.table.as_ref().map_or(shapes, |table| table.rows());
    // Rows of attributes without a shape are kept: where shapes were lost, the attributes are all there is.
    for row in shapes..attributes {
        if row % STEP == 0 {
            progress.advance(STEP * row_length)?;
        }
        rows.give(Shape::Nothing, &geometry)?;
    }
    let Rows { mut notes, deleted, .. } = rows;
    if attributes != shapes {
        let (shapes, attributes) = (count(shapes as usize), count(attributes as usize));
        say(sink, "format.shapefile.counts", true, |lang| {
            tr!(lang, "format.shapefile.counts", shapes = shapes, attributes = attributes).into_owned()
        });
    }
    match records.length {
        LengthState::Right => {}
        LengthState::TooLong => {
            say(sink, "format.shapefile.too_long", true, |lang| tr!(lang, "format.shapefile.too_long").into_owned())
        }
        LengthState::TooShort => {
            say(sink, "format.shapefile.too_short", false, |lang| tr!(lang, "format.shapefile.too_short").into_owned())
        }
        LengthState::Followed => {
            say(sink, "format.shapefile.followed", true, |lang| tr!(lang, "format.shapefile.followed").into_owned())
        }
    }
    say_deleted(deleted, sink);
    let nothing = notes.counted("format.shapefile.nothing", 0);
    if nothing > 0 {
        let n = count(nothing as usize);
        say(sink, "format.shapefile.nothing", false, |lang| tr!(lang, "format.shapefile.nothing", n = n).into_owned());
    }
    if let Some(table) = &table {
        table.close(&mut notes, sink);
    }
    notes.close(sink);
    Ok(())
}

fn whole(notes: &mut Vec<Note>, kind: &'static str, is_doubt: bool, said: impl Fn(Lang) -> String) {
    notes.push(Note { row: None, said: Said::told(said), kind, is_doubt });
}

fn say(sink: &mut dyn RowSink, kind: &'static str, is_doubt: bool, said: impl Fn(Lang) -> String) {
    sink.note(Note { row: None, said: Said::told(said), kind, is_doubt });
}

/// Puts shapes and attributes together.
struct Rows<'a> {
    table: Option<&'a mut Table>,
    notes: Notes,
    sink: &'a mut dyn RowSink,
    spare: Vec<Cell<'static>>,
    /// The next row of the file, and of those given to the sink.
    row: u64,
    given: usize,
    deleted: usize,
}

impl Rows<'_> {
    /// Gives the next row to the sink, unless its attributes are marked as deleted or its shape is not wanted.
    fn give(&mut self, shape: Shape, geometry: &RawGeometry) -> Result<(), FormatError> {
        let row = self.row;
        self.row += 1;
        let Self { table, notes, sink, given, .. } = self;
        let mut table = table.as_deref_mut();
        let has_attributes = match &mut table {
            Some(table) if row < table.rows() => {
                if !table.fetch(row)? {
                    self.deleted += 1;
                    return Ok(());
                }
                true
            }
            _ => false,
        };
        let is_whole = match shape {
            Shape::Outside => return Ok(()),
            Shape::Whole => true,
            Shape::Nothing => {
                notes.count("format.shapefile.nothing", 0);
                false
            }
            Shape::Flawed(flaw) => {
                say_flaw(flaw, *given, notes, *sink);
                !geometry.is_empty()
            }
            Shape::Unread(unread) => {
                say_unread(unread, *given, notes, *sink);
                false
            }
        };
        let mut cells = emptied(std::mem::take(&mut self.spare));
        match table {
            Some(table) if has_attributes => table.cells(*given, notes, *sink, &mut cells),
            Some(table) => cells.resize(table.fields().len(), Cell::Null),
            None => {}
        }
        sink.row(None, &cells, is_whole.then_some(geometry))?;
        *given += 1;
        self.spare = emptied(cells);
        Ok(())
    }
}

fn say_flaw(flaw: ShapeFlaw, row: usize, notes: &mut Notes, sink: &mut dyn RowSink) {
    match flaw {
        ShapeFlaw::Closed => notes.add(sink, row, ("format.shapefile.closed", 0), true, || {
            Said::told(|lang| tr!(lang, "format.shapefile.closed").into_owned())
        }),
        ShapeFlaw::RingLeftOut => notes.add(sink, row, ("format.shapefile.ring_left_out", 0), true, || {
            Said::told(|lang| tr!(lang, "format.shapefile.ring_left_out").into_owned())
        }),
        ShapeFlaw::NotGrouped => notes.add(sink, row, ("format.shapefile.not_grouped", 0), true, || {
            Said::told(|lang| tr!(lang, "format.shapefile.not_grouped").into_owned())
        }),
    }
}

fn say_unread(unread: Unread, row: usize, notes: &mut Notes, sink: &mut dyn RowSink) {
    match unread {
        Unread::Damaged => notes.add(sink, row, ("format.shapefile.record_damaged", 0), true, || {
            Said::told(|lang| tr!(lang, "format.shapefile.record_damaged").into_owned())
        }),
        Unread::Coordinates => notes.add(sink, row, ("format.shapefile.coordinates", 0), true, || {
            Said::told(|lang| tr!(lang, "format.shapefile.coordinates").into_owned())
        }),
        Unread::MultiPatch => notes.add(sink, row, ("format.shapefile.record_multipatch", 0), true, || {
            Said::told(|lang| tr!(lang, "format.shapefile.record_multipatch").into_owned())
        }),
    }
}
