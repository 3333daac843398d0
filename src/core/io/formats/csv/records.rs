//! Splits a text into records and cells: quoted cells with line breaks, lines of any ending, bounded memory.

use crate::i18n::{Said, tr};
use crate::io::formats::text::{TextEncoding, TextStream};
use crate::io::formats::{Bytes, FormatError, FormatPlace};
use crate::progress::Progress;

/// Bytes of a record, at most.
const LONGEST: usize = 64 << 20;
/// Cells of a record, at most.
pub(super) const CELLS: usize = 16_384;

/// A record: one or more lines of the text.
#[derive(Debug, Default)]
pub struct Record {
    text: Vec<u8>,
    ends: Vec<usize>,
    quoted: Vec<bool>,
    /// The line it begins on, counted from 1.
    pub line: u64,
    /// True where text stands behind a closing quotation mark.
    pub is_odd: bool,
}

impl Record {
    /// The cells and whether each was quoted. A text that is not UTF-8 gives none (the stream is UTF-8).
    pub fn cells(&self) -> impl Iterator<Item = (&str, bool)> {
        let text = std::str::from_utf8(&self.text).unwrap_or_default();
        let mut from = 0;
        self.ends.iter().zip(&self.quoted).map(move |(end, quoted)| {
            let cell = text.get(from..*end).unwrap_or_default();
            from = *end;
            (cell, *quoted)
        })
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True before anything was read; a record has at least one cell.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn clear(&mut self, line: u64) {
        self.text.clear();
        self.ends.clear();
        self.quoted.clear();
        self.line = line;
        self.is_odd = false;
    }

    fn end_cell(&mut self, quoted: bool) {
        self.ends.push(self.text.len());
        self.quoted.push(quoted);
    }
}

/// How a text is split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// What stands between cells.
    pub delimiter: u8,
    /// True where `"` around a cell is no part of it.
    pub quotes: bool,
}

/// The records of a text, one after the other.
pub struct Records<'a> {
    stream: TextStream<'a>,
    dialect: Dialect,
    progress: &'a Progress,
    buffer: Vec<u8>,
    at: usize,
    line: u64,
    ended: bool,
    record: Record,
}

enum Split {
    /// Up to here in the buffer; the lines it took.
    Whole(usize, u64),
    /// The buffer ends within the record.
    Open { in_quotes: Option<u64> },
}

impl<'a> Records<'a> {
    /// From the top of a text.
    pub fn new(bytes: &'a dyn Bytes, encoding: &TextEncoding, dialect: Dialect, progress: &'a Progress) -> Self {
        Self {
            stream: TextStream::new(bytes, encoding),
            dialect,
            progress,
            buffer: Vec::new(),
            at: 0,
            line: 1,
            ended: false,
            record: Record::default(),
        }
    }

    /// The next record; `None` at the end.
    ///
    /// # Errors
    /// Where a quotation mark is never closed, with the line where it opens; where a record is too long or has too many cells;
    /// where reading fails or is cancelled.
    pub fn next_record(&mut self) -> Result<Option<&Record>, FormatError> {
        loop {
            if self.at < self.buffer.len() {
                match split(&self.buffer[self.at..], self.dialect, self.line, self.ended, &mut self.record)? {
                    Split::Whole(length, lines) => {
                        self.at += length;
                        self.line += lines;
                        return Ok(Some(&self.record));
                    }
                    Split::Open { in_quotes: Some(line) } if self.ended => return Err(never_closed(line)),
                    Split::Open { in_quotes } if self.buffer.len() - self.at > LONGEST => {
                        return Err(match in_quotes {
                            Some(line) => never_closed(line),
                            None => {
                                let said = Said::told(|lang| tr!(lang, "format.csv.long_record").into_owned());
                                FormatError::refused(said).at(FormatPlace::Line(self.line))
                            }
                        });
                    }
                    Split::Open { .. } => {}
                }
            }
            if self.ended {
                return Ok(None);
            }
            self.buffer.drain(..self.at);
            self.at = 0;
            let read = self.stream.more(self.buffer.len(), &mut self.buffer)?;
            self.progress.advance(read)?;
            self.ended = read == 0;
        }
    }
}

fn never_closed(line: u64) -> FormatError {
    let said = Said::told(|lang| tr!(lang, "format.csv.open_quote").into_owned());
    FormatError::refused(said).at(FormatPlace::Line(line))
}

/// Splits the record that the text begins with.
fn split(text: &[u8], dialect: Dialect, line: u64, ended: bool, into: &mut Record) -> Result<Split, FormatError> {
    into.clear(line);
    let delimiter = dialect.delimiter;
    let (mut at, mut lines) = (0, 0);
    loop {
        if into.ends.len() > CELLS {
            let said = Said::told(|lang| tr!(lang, "format.csv.many_cells", n = CELLS).into_owned());
            return Err(FormatError::refused(said).at(FormatPlace::Line(line)));
        }
        let mut quoted = false;
        let opens = text[at..].iter().position(|byte| *byte != b' ').map_or(text.len(), |blanks| at + blanks);
        if dialect.quotes && text.get(opens) == Some(&b'"') {
            quoted = true;
            let opened = line + lines;
            at = opens + 1;
            loop {
                let Some(length) = memchr::memchr(b'"', &text[at..]) else {
                    return Ok(Split::Open { in_quotes: Some(opened) });
                };
                let inner = &text[at..at + length];
                lines += breaks(inner);
                into.text.extend_from_slice(inner);
                at += length + 1;
                match text.get(at) {
                    Some(b'"') => {
                        into.text.push(b'"');
                        at += 1;
                    }
                    // Whether this one closes is told by what follows.
                    None if !ended => return Ok(Split::Open { in_quotes: Some(opened) }),
                    _ => break,
                }
            }
            let rest = text[at..].iter().position(|byte| is_end(*byte, delimiter)).unwrap_or(text.len() - at);
            if text[at..at + rest].iter().any(|byte| *byte != b' ') {
                into.is_odd = true;
                into.text.extend_from_slice(&text[at..at + rest]);
            }
            at += rest;
        } else {
            let length = text[at..].iter().position(|byte| is_end(*byte, delimiter)).unwrap_or(text.len() - at);
            into.text.extend_from_slice(&text[at..at + length]);
            at += length;
        }
        into.end_cell(quoted);
        match text.get(at) {
            Some(byte) if *byte == delimiter => at += 1,
            Some(b'\n') => return Ok(Split::Whole(at + 1, lines + 1)),
            Some(b'\r') => match text.get(at + 1) {
                Some(b'\n') => return Ok(Split::Whole(at + 2, lines + 1)),
                None if !ended => return Ok(Split::Open { in_quotes: None }),
                _ => return Ok(Split::Whole(at + 1, lines + 1)),
            },
            Some(_) => {}
            None if ended => return Ok(Split::Whole(at, lines + 1)),
            None => return Ok(Split::Open { in_quotes: None }),
        }
    }
}

fn is_end(byte: u8, delimiter: u8) -> bool {
    byte == delimiter || byte == b'\n' || byte == b'\r'
}

/// Line breaks in a text: `\n`, `\r\n`, `\r`.
fn breaks(text: &[u8]) -> u64 {
    let mut count = memchr::memchr_iter(b'\n', text).count();
    for at in memchr::memchr_iter(b'\r', text) {
        count += usize::from(text.get(at + 1) != Some(&b'\n'));
    }
    count as u64
}

/// The delimiter that splits the beginning of a text most evenly.
pub fn guess_delimiter(head: &[u8], ended: bool) -> u8 {
    let mut best = (0.0, b',');
    for delimiter in [b'\t', b';', b'|', b','] {
        let mut record = Record::default();
        let mut counts = Vec::new();
        let mut at = 0;
        while at < head.len() && counts.len() < 200 {
            match split(&head[at..], Dialect { delimiter, quotes: true }, 1, ended, &mut record) {
                Ok(Split::Whole(length, _)) => at += length,
                _ => break,
            }
            if record.cells().any(|(cell, _)| !cell.trim().is_empty()) {
                counts.push(record.len());
            }
        }
        // The commonest number of cells over one, and the share of records that have it.
        let mut sorted = counts.clone();
        sorted.sort_unstable();
        let runs = sorted.chunk_by(|a, b| a == b).filter(|run| run[0] > 1);
        let Some(most) = runs.max_by_key(|run| (run.len(), run[0])) else { continue };
        let share = most.len() as f64 / counts.len() as f64;
        let score = share * share * (1.0 + 0.1 * (most[0] as f64).ln());
        if score > best.0 {
            best = (score, delimiter);
        }
    }
    best.1
}
