//! Writing a table: header, rows, end; and the name of its encoding beside it.

use super::super::{Cell, FormatError, Loss, Output, RowSource, WriteFormat};
use super::STEP;
use super::survey::Survey;
use crate::progress::Progress;
use encoding_rs::{EncoderResult, GBK};
use std::fmt::Write as _;
use std::io::{BufWriter, Write};

/// Bytes of the longest text.
pub(super) const TEXT_BYTES: usize = 254;

/// The encoding that a table is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TableEncoding {
    /// Any letter; said in the `.cpg` file. Some old programs show it wrong.
    #[default]
    Utf8,
    /// GBK, said in the `.cpg` file and by the language driver 0x4D: for old programs. A letter that it lacks
    /// is refused.
    Gbk,
}

impl TableEncoding {
    /// Its name, as in the `.cpg` file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gbk => "GBK",
        }
    }

    fn driver(self) -> u8 {
        match self {
            // A table of UTF-8 has no driver of its own.
            Self::Utf8 => 0,
            Self::Gbk => 0x4d,
        }
    }

    /// True where it has a letter.
    pub(super) fn holds(self, letter: char) -> bool {
        self.lacks(letter.encode_utf8(&mut [0; 4])).is_none()
    }

    /// The first letter that it lacks.
    pub(super) fn lacks(self, text: &str) -> Option<char> {
        match self {
            Self::Gbk if !text.is_ascii() => self.encode(text, &mut Vec::new()).err(),
            _ => None,
        }
    }

    /// Bytes of a text.
    pub(super) fn length(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Gbk if text.is_ascii() => text.len(),
            Self::Gbk => text.chars().map(|letter| if letter.is_ascii() { 1 } else { 2 }).sum(),
        }
    }

    /// As much of a text as fits into so many bytes, whole letters.
    pub(super) fn cut(self, text: &str, bytes: usize) -> &str {
        let mut left = bytes;
        for (at, letter) in text.char_indices() {
            let length = self.length(letter.encode_utf8(&mut [0; 4]));
            match left.checked_sub(length) {
                Some(rest) => left = rest,
                None => return &text[..at],
            }
        }
        text
    }

    /// Appends the bytes of a text; the letter that it lacks where it lacks one.
    fn encode(self, text: &str, into: &mut Vec<u8>) -> Result<(), char> {
        if self == Self::Utf8 || text.is_ascii() {
            into.extend_from_slice(text.as_bytes());
            return Ok(());
        }
        let mut encoder = GBK.new_encoder();
        let room = encoder.max_buffer_length_from_utf8_without_replacement(text.len()).unwrap_or(text.len() * 2);
        into.reserve(room);
        match encoder.encode_from_utf8_to_vec_without_replacement(text, into, true).0 {
            EncoderResult::Unmappable(letter) => Err(letter),
            EncoderResult::InputEmpty | EncoderResult::OutputFull => Ok(()),
        }
    }
}

/// The type of a field that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    Bool,
    Date,
    Number,
    Text,
}

/// A field that is written.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Type,
    pub(super) width: usize,
    pub(super) decimals: usize,
}

/// A table that is written.
#[derive(Clone, Debug)]
pub(in crate::io::formats) struct Plan {
    pub(super) encoding: TableEncoding,
    pub(super) rows: u64,
    pub(super) columns: Vec<Column>,
}

impl Plan {
    /// The fields; where there are none, a number of the row, since programs want one.
    fn written(&self) -> Vec<Column> {
        match self.columns.is_empty() {
            true => vec![Column { name: "FID".to_owned(), kind: Type::Number, width: 10, decimals: 0 }],
            false => self.columns.clone(),
        }
    }

    /// Bytes of a row.
    pub(super) fn record(&self) -> usize {
        1 + self.written().iter().map(|column| column.width).sum::<usize>()
    }

    /// Bytes of the file.
    pub(super) fn size(&self) -> u64 {
        33 + 32 * self.written().len() as u64 + self.rows * self.record() as u64 + 1
    }

    /// Writes the table.
    ///
    /// # Errors
    /// Where the rows cannot be read or the file not be written; where the planner stopped.
    pub(in crate::io::formats) fn write(
        &self,
        rows: &dyn RowSource,
        out: &mut dyn Write,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        let columns = self.written();
        let mut out = BufWriter::with_capacity(1 << 16, out);
        out.write_all(&self.header(&columns))?;
        let (mut record, mut text, mut bytes) = (vec![b' '; self.record()], String::new(), Vec::new());
        let mut row = 0_u64;
        rows.each(&mut |cells, _| {
            row += 1;
            if row.is_multiple_of(STEP) {
                progress.advance(STEP)?;
            }
            record.fill(b' ');
            let mut at = 1;
            let number = [Cell::Integer(row as i64 - 1)];
            let cells = if self.columns.is_empty() { &number } else { cells };
            for (column, cell) in columns.iter().zip(cells) {
                put(column, cell, self.encoding, (&mut text, &mut bytes), &mut record[at..at + column.width]);
                at += column.width;
            }
            Ok(out.write_all(&record)?)
        })?;
        out.write_all(&[0x1a])?;
        Ok(out.flush()?)
    }

    fn header(&self, columns: &[Column]) -> Vec<u8> {
        let (year, month, day) = today();
        let mut header = vec![3, (year - 1900).clamp(0, 255) as u8, month, day];
        header.extend((self.rows as u32).to_le_bytes());
        header.extend((33 + 32 * columns.len() as u16).to_le_bytes());
        header.extend((self.record() as u16).to_le_bytes());
        header.resize(32, 0);
        header[29] = self.encoding.driver();
        for column in columns {
            let start = header.len();
            // Its letters were chosen so that they fit and the encoding has them.
            let _ = self.encoding.encode(&column.name, &mut header);
            header.resize(start + 32, 0);
            header[start + 11] = match column.kind {
                Type::Bool => b'L',
                Type::Date => b'D',
                Type::Number => b'N',
                Type::Text => b'C',
            };
            header[start + 16] = column.width as u8;
            header[start + 17] = column.decimals as u8;
        }
        header.push(0x0d);
        header
    }
}

/// Puts a cell into its place, which holds spaces.
fn put(
    column: &Column,
    cell: &Cell<'_>,
    encoding: TableEncoding,
    (text, bytes): (&mut String, &mut Vec<u8>),
    place: &mut [u8],
) {
    text.clear();
    bytes.clear();
    match (column.kind, cell) {
        (Type::Bool, Cell::Bool(truth)) => place[0] = if *truth { b'T' } else { b'F' },
        (Type::Bool, _) => place[0] = b'?',
        (_, Cell::Missing | Cell::Null) => {}
        (Type::Date, Cell::Date(date)) => {
            let _ = write!(text, "{:04}{:02}{:02}", date.year, date.month, date.day);
            place.copy_from_slice(text.as_bytes());
        }
        (Type::Number, _) => {
            // At the right; the width was chosen so that the longest number fits.
            let number = put_text(cell, text).as_bytes();
            let start = place.len().saturating_sub(number.len());
            place[start..].iter_mut().zip(number).for_each(|(to, digit)| *to = *digit);
        }
        _ => {
            let whole = put_text(cell, text);
            // What the encoding lacks was refused before.
            let _ = encoding.encode(encoding.cut(whole, place.len()), bytes);
            for (to, byte) in place.iter_mut().zip(bytes) {
                *to = if *byte == 0 { b' ' } else { *byte };
            }
        }
    }
}

/// The form of a value as text. Floating point numbers have the shortest form that keeps them, of 24 characters at
/// most.
pub(super) fn put_text<'a>(cell: &'a Cell<'_>, room: &'a mut String) -> &'a str {
    let written = match cell {
        Cell::Missing | Cell::Null => Ok(()),
        Cell::Bool(truth) => return if *truth { "true" } else { "false" },
        Cell::Integer(number) => write!(room, "{number}"),
        Cell::Real(number) => {
            let plain = write!(room, "{number}");
            if room.len() > 20 {
                room.clear();
                plain.and(write!(room, "{number:e}"))
            } else {
                plain
            }
        }
        Cell::Decimal(text) | Cell::Text(text) | Cell::Json(text) => return text,
        Cell::Date(date) => write!(room, "{:04}-{:02}-{:02}", date.year, date.month, date.day),
        Cell::Time(time) => put_time(room, *time),
        Cell::DateTime(moment) => {
            let date = moment.date;
            let day = write!(room, "{:04}-{:02}-{:02}T", date.year, date.month, date.day);
            let time = day.and_then(|()| put_time(room, moment.time));
            time.and_then(|()| match moment.offset_minutes {
                None => Ok(()),
                Some(0) => write!(room, "Z"),
                Some(minutes) => {
                    let sign = if minutes < 0 { '-' } else { '+' };
                    let minutes = minutes.unsigned_abs();
                    write!(room, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
                }
            })
        }
    };
    // Writing into a string does not fail.
    written.map_or("", |()| room.as_str())
}

fn put_time(room: &mut String, time: super::super::Time) -> std::fmt::Result {
    write!(room, "{:02}:{:02}:{:02}", time.hour, time.minute, time.second)?;
    if time.nanosecond > 0 {
        let digits = format!("{:09}", time.nanosecond);
        write!(room, ".{}", digits.trim_end_matches('0'))?;
    }
    Ok(())
}

/// The day of writing in UTC (Hinnant, days from civil).
fn today() -> (i64, u8, u8) {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let days = (now.as_secs() / 86_400) as i64 + 719_468;
    let era = days / 146_097;
    let day_of_era = days % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month as u8, (day_of_year - (153 * shifted + 2) / 5 + 1) as u8)
}

/// Writes the `.cpg` file beside a table.
///
/// # Errors
/// Where it cannot be made.
pub(in crate::io::formats) fn write_cpg(
    encoding: TableEncoding,
    name: &str,
    out: &mut dyn Output,
) -> Result<(), FormatError> {
    Ok(out.create(&beside(name, "cpg"))?.write_all(encoding.name().as_bytes())?)
}

/// The name of a file beside the main one.
pub(in crate::io::formats) fn beside(name: &str, ending: &str) -> String {
    let stem = match name.rsplit_once('.') {
        Some((stem, last)) if !last.contains('/') => stem,
        _ => name,
    };
    format!("{stem}.{ending}")
}

/// Writes rows as a dBASE III table: `.dbf` and `.cpg`. Geometries are not written.
#[derive(Clone, Copy, Debug, Default)]
pub struct DbaseWriter {
    /// The encoding of its text.
    pub encoding: TableEncoding,
}

impl WriteFormat for DbaseWriter {
    fn most_fields(&self) -> usize {
        super::survey::MOST_FIELDS
    }

    fn losses(&self, rows: &dyn RowSource) -> Vec<Loss> {
        let mut survey = Survey::new(&rows.schema().fields, self.encoding);
        let mut geometries = 0_usize;
        // A row that cannot be read is said when the table is written.
        let _ = rows.each(&mut |cells, geometry| {
            survey.row(cells);
            geometries += usize::from(geometry.is_some());
            Ok(())
        });
        let mut losses = survey.losses(&survey.plan());
        if geometries > 0 {
            let n = crate::i18n::count(geometries);
            let what = crate::i18n::Said::told(|lang| {
                crate::i18n::tr!(lang, "format.dbase.loss_geometry", n = n).into_owned()
            });
            losses.push(Loss { what, field: None });
        }
        losses
    }

    fn write(
        &self,
        rows: &dyn RowSource,
        name: &str,
        out: &mut dyn Output,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        progress.start(rows.len() as u64 * 2);
        let mut survey = Survey::new(&rows.schema().fields, self.encoding);
        let mut row = 0_u64;
        rows.each(&mut |cells, _| {
            row += 1;
            if row.is_multiple_of(STEP) {
                progress.advance(STEP)?;
            }
            survey.row(cells);
            Ok(())
        })?;
        let plan = survey.plan();
        survey.check(&plan)?;
        plan.write(rows, &mut *out.create(&beside(name, "dbf"))?, progress)?;
        write_cpg(self.encoding, name, out)
    }
}
