//! CSV, TSV and other texts of cells.

mod records;
#[cfg(test)]
mod tests;
mod write;

pub use records::{Dialect, Record, Records, guess_delimiter};

use super::tabular::{Flow, Grid, GridRow, Preview, Raw, letters, preview_grid, read_grid, survey};
use super::text::{TextEncoding, TextStream, detect};
use super::{Bytes, Format, FormatError, Input, LayerInfo, Note, ReadHints, RowSink, boundary_points};
use crate::i18n::{Said, tr};
use crate::progress::Progress;
use std::borrow::Cow;
use std::sync::Arc;

/// Rows that are looked at to tell what a table is.
const LOOK: u64 = 1000;
/// Bytes that are looked at to tell the encoding then.
const LOOK_BYTES: u64 = 4 << 20;

/// Texts of cells: CSV, TSV, semicolons, bars.
#[derive(Clone, Copy, Debug, Default)]
pub struct Csv;

/// A text of cells, its encoding and delimiter told.
struct TextGrid<'a> {
    bytes: Arc<dyn Bytes>,
    encoding: TextEncoding,
    dialect: Dialect,
    /// Lines to leave out at the top: `sep=;`.
    skip: u64,
    words: Vec<String>,
    notes: Vec<Note>,
    progress: &'a Progress,
}

fn refused(said: Said) -> FormatError {
    FormatError::refused(said)
}

impl<'a> TextGrid<'a> {
    fn open(input: &Input, hints: &ReadHints, limit: u64, progress: &'a Progress) -> Result<Self, FormatError> {
        let bytes = input.open()?;
        // Once for the encoding, once for kinds, once for rows.
        progress.start(bytes.len().saturating_mul(3));
        let encoding = detect(&*bytes, hints.encoding.as_deref(), limit, progress)?;
        let mut head = Vec::new();
        let read = TextStream::new(&*bytes, &encoding).more(0, &mut head)?;
        let ended = encoding.mark + read >= bytes.len();
        if memchr::memchr(0, &head).is_some() {
            return Err(refused(Said::told(|lang| tr!(lang, "format.csv.binary").into_owned())));
        }
        let mut grid = Self {
            encoding,
            dialect: Dialect { delimiter: b',', quotes: true },
            skip: 0,
            words: vec![input.stem().to_owned()],
            notes: encoding.notes(),
            progress,
            bytes: Arc::clone(&bytes),
        };
        let told = sep_line(&head);
        grid.skip = u64::from(told.is_some());
        grid.dialect.delimiter = match hints.delimiter {
            Some(c) if c.is_ascii() && !c.is_ascii_alphanumeric() && !matches!(c, '"' | '\n' | '\r') => c as u8,
            Some(c) => {
                return Err(refused(Said::told(|lang| tr!(lang, "format.csv.bad_delimiter", c = c).into_owned())));
            }
            None => told.unwrap_or_else(|| guess_delimiter(&head, ended)),
        };
        // In a text of tabs a quotation mark is often a part of the cell (inches, titles): where one is never closed, none is
        // a mark.
        if grid.dialect.delimiter == b'\t'
            && let Err(FormatError::Refused { .. }) =
                grid.rows(&mut |row| Ok(if limit == u64::MAX || row.index < LOOK { Flow::On } else { Flow::Stop }))
        {
            grid.dialect.quotes = false;
            let said = Said::told(|lang| tr!(lang, "format.csv.plain_quotes").into_owned());
            grid.notes.push(Note { row: None, said, kind: "format.csv.plain_quotes", is_doubt: true });
        }
        Ok(grid)
    }
}

/// What a first line `sep=;`, which Excel reads, tells.
fn sep_line(head: &[u8]) -> Option<u8> {
    let rest = head.strip_prefix(b"sep=").or(head.strip_prefix(b"SEP="))?;
    let delimiter = *rest.first()?;
    matches!(rest.get(1), Some(b'\r' | b'\n'))
        .then_some(delimiter)
        .filter(|byte| byte.is_ascii_punctuation() || *byte == b'\t')
}

impl Grid for TextGrid<'_> {
    fn rows(&self, each: &mut dyn FnMut(&GridRow<'_>) -> Result<Flow, FormatError>) -> Result<(), FormatError> {
        let mut records = Records::new(&*self.bytes, &self.encoding, self.dialect, self.progress);
        let mut index = 0;
        let mut cells: Vec<Raw<'_>> = Vec::new();
        while let Some(record) = records.next_record()? {
            if index < self.skip {
                index += 1;
                continue;
            }
            // The same room for the cells of every record.
            let mut own = again(cells);
            own.extend(record.cells().map(|(text, quoted)| match (text.is_empty(), quoted) {
                (true, false) => Raw::Empty,
                _ => Raw::Text(Cow::Borrowed(text)),
            }));
            let row = GridRow { index, line: record.line, cells: &own, is_odd: record.is_odd, is_filled: false };
            let flow = each(&row)?;
            cells = again(own);
            index += 1;
            if flow == Flow::Stop {
                break;
            }
        }
        Ok(())
    }

    fn place(&self, line: u64, column: usize) -> Said {
        let column = letters(column);
        Said::told(|lang| tr!(lang, "format.csv.place", line = line, column = column).into_owned())
    }

    fn is_text(&self) -> bool {
        true
    }

    fn name(&self) -> String {
        String::new()
    }

    fn encoding(&self) -> Option<String> {
        Some(self.encoding.name())
    }

    fn words(&self) -> Vec<String> {
        self.words.clone()
    }

    fn notes(&self) -> Vec<Note> {
        self.notes.clone()
    }
}

/// The empty room of some cells for others (collecting in place keeps it).
fn again<'b>(mut cells: Vec<Raw<'_>>) -> Vec<Raw<'b>> {
    cells.clear();
    cells.into_iter().map(|_| Raw::Empty).collect()
}

/// Looks at the first `rows` rows of a text of cells: delimiter, encoding, header, columns, rows that would fail.
///
/// # Errors
/// As reading the file.
pub fn preview(input: &Input, hints: &ReadHints, rows: u64) -> Result<Preview, FormatError> {
    let progress = Progress::default();
    let grid = TextGrid::open(input, hints, LOOK_BYTES, &progress)?;
    let preview = preview_grid(&grid, hints, rows)?;
    Ok(Preview { delimiter: Some(char::from(grid.dialect.delimiter)), ..preview })
}

impl Format for Csv {
    fn name(&self) -> &'static str {
        "CSV"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["csv", "tsv", "txt"]
    }

    fn has_cells(&self) -> bool {
        true
    }

    fn table(&self, input: &Input, _: &str, hints: &ReadHints) -> Result<Option<Preview>, FormatError> {
        preview(input, hints, LOOK).map(Some)
    }

    /// Content alone does not tell a table of text: its ending must be one of ours, and it must be no other text that we know.
    fn is_it(&self, input: &Input, head: &[u8]) -> bool {
        let is_marked = head.starts_with(&[0xff, 0xfe]) || head.starts_with(&[0xfe, 0xff]);
        let first = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).iter().find(|byte| !byte.is_ascii_whitespace());
        self.extensions().contains(&&*input.extension())
            && (is_marked || !head.contains(&0))
            && !matches!(first, Some(b'{' | b'<'))
            && !boundary_points::looks_like_boundary_points(head)
    }

    fn layers(&self, input: &Input, hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError> {
        let progress = Progress::default();
        let grid = TextGrid::open(input, hints, LOOK_BYTES, &progress)?;
        let survey = survey(&grid, hints, LOOK)?;
        let is_table = survey.placing.is_none();
        // Fewer than were looked at: those are all.
        let rows = (survey.rows < LOOK).then_some(survey.rows);
        Ok(vec![LayerInfo { name: String::new(), title: None, kinds: survey.kinds, is_table, rows, crs: survey.crs }])
    }

    fn read(
        &self,
        input: &Input,
        _layer: &str,
        hints: &ReadHints,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        read_grid(&TextGrid::open(input, hints, u64::MAX, progress)?, hints, sink)
    }
}
