//! A table that is open: its fields, its encoding, its rows one by one.

use super::super::{Bytes, Cell, Field, FormatError, FormatPlace, Note, RowSink};
use super::encoding::{self, Chosen, Evidence};
use super::header::{self, Column, Header};
use super::notes::Notes;
use super::said::{say_text, say_value};
use super::text::{self, TextFlaw};
use super::value::Reading;
use super::window::Window;
use crate::i18n::{Lang, Said, count, tr};
use std::ops::Range;
use std::sync::Arc;

/// So many bytes of records are looked at for their encoding: all of a small table, and stretches of a large one.
const LOOKED_AT: u64 = 24 << 20;
const STRETCHES: u64 = 96;

/// A table being read.
#[derive(Debug)]
pub(in crate::io::formats) struct Table {
    header: Header,
    chosen: Chosen,
    fields: Vec<Field>,
    readings: Vec<Reading>,
    window: Window,
    /// The bytes of the row at hand.
    record: Vec<u8>,
    /// Its texts one after another, and where each is.
    texts: String,
    pieces: Vec<Option<Range<usize>>>,
}

/// The same room for cells of another row.
pub(in crate::io::formats) fn emptied<'b>(cells: Vec<Cell<'_>>) -> Vec<Cell<'b>> {
    cells.into_iter().map_while(|_| None).collect()
}

impl Table {
    /// Opens a table. `cpg` is the content of the `.cpg` file beside it, `hint` the planner's encoding. What
    /// is doubtful about the whole is added to `notes`.
    ///
    /// # Errors
    /// Where the header is damaged, or the planner's encoding unknown.
    pub(in crate::io::formats) fn open(
        bytes: &Arc<dyn Bytes>,
        cpg: Option<&[u8]>,
        hint: Option<&str>,
        notes: &mut Vec<Note>,
    ) -> Result<Self, FormatError> {
        let header = header::read(bytes.as_ref())?;
        let readings: Vec<_> = header.columns.iter().map(|column| Reading::of(column, &header)).collect();
        let mut window = Window::new(bytes.clone());
        let said = encoding::said(hint, cpg, header.language, notes)?;
        let chosen = match said {
            Some(chosen) => chosen,
            None => {
                let (chosen, is_ascii) = evidence(&header, &readings, &mut window)?.guess();
                if !is_ascii {
                    whole(notes, "format.dbase.guessed", chosen.encoding == encoding_rs::WINDOWS_1252, |lang| {
                        tr!(lang, "format.dbase.guessed", encoding = chosen.name()).into_owned()
                    });
                }
                chosen
            }
        };
        let mut table = Self {
            header,
            chosen,
            fields: Vec::new(),
            readings,
            window,
            record: Vec::new(),
            texts: String::new(),
            pieces: Vec::new(),
        };
        table.describe(notes);
        Ok(table)
    }

    /// Makes the fields, and says what is odd about the whole.
    fn describe(&mut self, notes: &mut Vec<Note>) {
        let header = &self.header;
        for (column, reading) in header.columns.iter().zip(&self.readings) {
            let mut name = String::new();
            let bytes = if is_wide(self.chosen) { &column.name } else { text::unpadded(&column.name) };
            let flaw = text::decode(self.chosen, bytes, true, &mut name);
            let name = name.trim().to_owned();
            match flaw {
                Some(TextFlaw::Cut) => whole(notes, "format.dbase.name_cut", false, |lang| {
                    tr!(lang, "format.dbase.name_cut", field = name).into_owned()
                }),
                Some(TextFlaw::Lost | TextFlaw::Invalid) => whole(notes, "format.dbase.name_lost", true, |lang| {
                    tr!(lang, "format.dbase.name_lost", field = name).into_owned()
                }),
                Some(TextFlaw::OtherEncoding(_)) | None => {}
            }
            if *reading == Reading::Unread {
                whole(notes, "format.dbase.not_read", true, |lang| {
                    tr!(lang, "format.dbase.not_read", field = name, letter = char::from(column.letter)).into_owned()
                });
            } else if *reading == Reading::Text && !matches!(column.letter, b'C' | b'V') {
                let letter = char::from(column.letter).escape_default().to_string();
                whole(notes, "format.dbase.odd_type", true, |lang| {
                    tr!(lang, "format.dbase.odd_type", field = name, letter = letter).into_owned()
                });
            }
            let mut field = Field::new(name, reading.kind());
            if matches!(column.letter, b'C' | b'N' | b'F' | b'V') {
                field.width = Some(column.width as u32);
            }
            if matches!(column.letter, b'N' | b'F') {
                field.decimals = Some(column.decimals.into());
            }
            self.fields.push(field);
        }
        if header.rows < header.declared {
            let (declared, there) = (count(header.declared as usize), count(header.rows as usize));
            whole(notes, "format.dbase.cut_short", true, |lang| {
                tr!(lang, "format.dbase.cut_short", declared = declared, there = there).into_owned()
            });
        }
        if header.has_more {
            let declared = count(header.declared as usize);
            whole(notes, "format.dbase.more_rows", true, |lang| {
                tr!(lang, "format.dbase.more_rows", declared = declared).into_owned()
            });
        }
        if header.unused() > 0 {
            let bytes = count(header.unused());
            whole(notes, "format.dbase.unused", false, |lang| tr!(lang, "format.dbase.unused", n = bytes).into_owned());
        }
    }

    /// Its fields in the order of the file.
    pub(in crate::io::formats) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// What its encoding is called.
    pub(in crate::io::formats) fn encoding(&self) -> &'static str {
        self.chosen.name()
    }

    /// How many rows are there, deleted ones counted.
    pub(in crate::io::formats) fn rows(&self) -> u64 {
        self.header.rows
    }

    /// Bytes of a row.
    pub(in crate::io::formats) fn row_length(&self) -> u64 {
        self.header.record as u64
    }

    /// Fetches a row; false where it is marked as deleted.
    ///
    /// # Errors
    /// Where the file cannot be read.
    pub(in crate::io::formats) fn fetch(&mut self, row: u64) -> Result<bool, FormatError> {
        let at = self.header.row_at(row);
        let bytes = self.window.get(at, self.header.record);
        let bytes = bytes.map_err(|e| match e.kind() {
            std::io::ErrorKind::UnexpectedEof => {
                let said = Said::told(|lang| tr!(lang, "format.dbase.shrank").into_owned());
                FormatError::refused(said).at(FormatPlace::Row(row + 1))
            }
            _ => e.into(),
        })?;
        self.record.clear();
        self.record.extend_from_slice(bytes);
        Ok(self.record.first() != Some(&b'*'))
    }

    /// The cells of the row fetched; `given` is its number among those given to the sink.
    pub(in crate::io::formats) fn cells<'t>(
        &'t mut self,
        given: usize,
        notes: &mut Notes,
        sink: &mut dyn RowSink,
        cells: &mut Vec<Cell<'t>>,
    ) {
        self.read_texts(given, notes, sink);
        let mut pieces = self.pieces.iter();
        for (at, (column, reading)) in self.header.columns.iter().zip(&self.readings).enumerate() {
            let cell = match reading {
                Reading::Text | Reading::VarText => match pieces.next() {
                    Some(Some(piece)) => Cell::Text(self.texts[piece.clone()].into()),
                    _ => Cell::Null,
                },
                Reading::Unread => Cell::Null,
                _ if self.is_null(column) => Cell::Null,
                _ => {
                    let value = &self.record[column.offset..column.offset + column.width];
                    let (cell, flaw) = reading.cell(value, column.decimals);
                    if let Some(flaw) = flaw {
                        say_value(flaw, (at, &self.fields[at].name), value, given, notes, sink);
                    }
                    cell
                }
            };
            cells.push(cell);
        }
    }

    /// Says what was counted, after the last row.
    pub(in crate::io::formats) fn close(&self, notes: &mut Notes, sink: &mut dyn RowSink) {
        for (at, field) in self.fields.iter().enumerate() {
            let stars = notes.counted("format.dbase.asterisks", at);
            if stars > 0 {
                let stars = count(stars as usize);
                let said =
                    Said::told(|lang| tr!(lang, "format.dbase.asterisks", field = field.name, n = stars).into_owned());
                sink.note(Note { row: None, said, kind: "format.dbase.asterisks", is_doubt: false });
            }
        }
    }

    fn is_null(&self, column: &Column) -> bool {
        column.null_bit.is_some_and(|bit| self.flag(bit))
    }

    /// A bit of `_NullFlags`.
    fn flag(&self, bit: usize) -> bool {
        let Some((offset, width)) = self.header.null_flags else { return false };
        bit / 8 < width && self.record[offset + bit / 8] >> (bit % 8) & 1 == 1
    }

    /// Decodes the texts of the row into one string.
    fn read_texts(&mut self, given: usize, notes: &mut Notes, sink: &mut dyn RowSink) {
        self.texts.clear();
        self.pieces.clear();
        for (at, (column, reading)) in self.header.columns.iter().zip(&self.readings).enumerate() {
            if !matches!(reading, Reading::Text | Reading::VarText) {
                continue;
            }
            let value = &self.record[column.offset..column.offset + column.width];
            let is_short = column.length_bit.is_some_and(|bit| self.flag(bit));
            let value = match value.split_last() {
                Some((length, before)) if is_short => &before[..before.len().min(usize::from(*length))],
                _ if *reading == Reading::VarText || is_wide(self.chosen) => value,
                _ => text::unpadded(value),
            };
            // A table cannot tell empty text from none, but for a text of changing length.
            if self.is_null(column) || (value.is_empty() && *reading == Reading::Text) {
                self.pieces.push(None);
                continue;
            }
            let start = self.texts.len();
            let fills = value.len() == column.width;
            let flaw = text::decode(self.chosen, value, fills, &mut self.texts);
            let piece = start..self.texts.len();
            let shown = &self.texts[piece.clone()];
            if let Some(flaw) = flaw {
                say_text(flaw, self.chosen, (at, &self.fields[at].name), shown, given, notes, sink);
            } else if shown.starts_with("??") && shown.bytes().all(|byte| byte == b'?') {
                notes.add(sink, given, ("format.dbase.question_marks", at), true, || {
                    Said::told(|lang| {
                        tr!(lang, "format.dbase.question_marks", field = self.fields[at].name, value = shown)
                            .into_owned()
                    })
                });
            }
            self.pieces.push((!piece.is_empty() || *reading == Reading::VarText).then_some(piece));
        }
    }
}

fn is_wide(chosen: Chosen) -> bool {
    chosen.encoding == encoding_rs::UTF_16LE || chosen.encoding == encoding_rs::UTF_16BE
}

fn whole(notes: &mut Vec<Note>, kind: &'static str, is_doubt: bool, say: impl Fn(Lang) -> String) {
    notes.push(Note { row: None, said: Said::told(say), kind, is_doubt });
}

/// Looks at names and texts: all of a table of 24 MB, and 96 stretches of a larger one.
fn evidence(header: &Header, readings: &[Reading], window: &mut Window) -> Result<Evidence, FormatError> {
    let mut evidence = Evidence::default();
    for column in &header.columns {
        evidence.look(text::unpadded(&column.name), true);
    }
    let texts: Vec<_> = header.columns.iter().zip(readings).filter(|(_, reading)| **reading == Reading::Text).collect();
    let record = header.record as u64;
    let all = header.rows.min(window.len() / record);
    if texts.is_empty() || all == 0 {
        return Ok(evidence);
    }
    let (stretches, each) = match LOOKED_AT / record {
        room if room >= all => (1, all),
        room => (STRETCHES, (room / STRETCHES).max(1)),
    };
    for stretch in 0..stretches {
        if evidence.is_enough() {
            break;
        }
        let first = (all - each.min(all)) * stretch / (stretches - 1).max(1);
        for row in first..(first + each).min(all) {
            let bytes = window.get(header.row_at(row), header.record)?;
            if bytes.is_ascii() || bytes[0] == b'*' {
                continue;
            }
            for (column, _) in &texts {
                let value = text::unpadded(&bytes[column.offset..column.offset + column.width]);
                evidence.look(value, value.len() == column.width);
            }
        }
    }
    Ok(evidence)
}
