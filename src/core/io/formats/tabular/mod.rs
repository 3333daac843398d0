//! Tables whose cells have no declared kinds: texts and spreadsheets. Finds the header, tells kinds by whole columns, finds positions
//! and gives rows; each format gives a [`Grid`].

mod columns;
mod export;
mod header;
mod lex;
mod notes;
mod preview;
mod read;
#[cfg(test)]
pub(crate) mod tests;

pub use columns::{ColumnScan, cell};
pub use export::GeometryColumns;
pub use header::{Header, SampleRow, find_header};
pub use lex::{Lex, days_in, lex, read_moment, unprotected};
pub use notes::RowNotes;
pub(super) use preview::shown;
pub use preview::{FailingRow, Preview, preview_grid};
pub use read::{Survey, read_grid, survey};

use super::{DateTime, FormatError, Note, Time};
use crate::i18n::Said;
use std::borrow::Cow;

/// A cell before the kind of its column is known.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw<'a> {
    /// Nothing.
    Empty,
    /// Text; an empty one was written as such.
    Text(Cow<'a, str>),
    /// A number of a spreadsheet.
    Number(f64),
    /// A whole number that a spreadsheet shows with zeros in front, up to so many digits.
    Padded(f64, u8),
    /// A truth of a spreadsheet.
    Bool(bool),
    /// A day or a day and a time of a spreadsheet.
    Moment(DateTime),
    /// A time of day of a spreadsheet.
    Time(Time),
    /// An error of a spreadsheet: `#N/A`.
    Error(&'static str),
}

impl Raw<'_> {
    /// True where there is nothing to see.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// As text: numbers by their shortest digits, days as ISO 8601.
    pub fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(unprotected(text).0),
            Self::Number(value) => Cow::Owned(format!("{value}")),
            Self::Padded(value, digits) => Cow::Owned(format!("{value:0>width$}", width = usize::from(*digits))),
            Self::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Self::Moment(moment) => Cow::Owned(shown_moment(moment)),
            Self::Time(time) => Cow::Owned(shown_time(time)),
            Self::Error(error) => Cow::Borrowed(error),
        }
    }

    /// The same, held by itself.
    pub fn into_owned(self) -> Raw<'static> {
        match self {
            Self::Empty => Raw::Empty,
            Self::Text(text) => Raw::Text(Cow::Owned(text.into_owned())),
            Self::Number(value) => Raw::Number(value),
            Self::Padded(value, digits) => Raw::Padded(value, digits),
            Self::Bool(value) => Raw::Bool(value),
            Self::Moment(moment) => Raw::Moment(moment),
            Self::Time(time) => Raw::Time(time),
            Self::Error(error) => Raw::Error(error),
        }
    }
}

/// A time as `08:30:15.25`.
pub fn shown_time(time: &Time) -> String {
    let whole = format!("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
    if time.nanosecond == 0 {
        return whole;
    }
    let fraction = format!("{:09}", time.nanosecond);
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

/// A moment as `2026-11-29 08:30:15`, the day alone at midnight, with its distance from UTC where it has one.
pub fn shown_moment(moment: &DateTime) -> String {
    let date = &moment.date;
    let day = format!("{:04}-{:02}-{:02}", date.year, date.month, date.day);
    let is_midnight = moment.time == Time { hour: 0, minute: 0, second: 0, nanosecond: 0 };
    if is_midnight && moment.offset_minutes.is_none() {
        return day;
    }
    let offset = match moment.offset_minutes {
        None => String::new(),
        Some(0) => "Z".to_owned(),
        Some(minutes) => {
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", minutes.unsigned_abs() / 60, minutes.unsigned_abs() % 60)
        }
    };
    format!("{day} {}{offset}", shown_time(&moment.time))
}

/// Cells that are shown as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Merge {
    /// The first and last row, counted from 0.
    pub rows: (u64, u64),
    /// The first and last column.
    pub columns: (usize, usize),
}

/// A row of a grid.
#[derive(Debug)]
pub struct GridRow<'a> {
    /// Counted from 0 over all rows of the grid: what [`Merge::rows`] counts.
    pub index: u64,
    /// The line or row as a person sees it, counted from 1.
    pub line: u64,
    /// Its cells; rows may differ in number.
    pub cells: &'a [Raw<'a>],
    /// True where text stands behind a closing quotation mark.
    pub is_odd: bool,
    /// True where a cell was filled from the merged cell above.
    pub is_filled: bool,
}

/// Whether a reader goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// To the next row.
    On,
    /// No further.
    Stop,
}

/// Rows of cells that can be gone through several times.
pub trait Grid {
    /// Calls `each` for every row from the top.
    ///
    /// # Errors
    /// Where the file is damaged; those of `each`.
    fn rows(&self, each: &mut dyn FnMut(&GridRow<'_>) -> Result<Flow, FormatError>) -> Result<(), FormatError>;

    /// Merged cells, by their first row.
    fn merges(&self) -> &[Merge] {
        &[]
    }

    /// A cell's place for people: `第 17 行“经度”`, `B17`.
    fn place(&self, line: u64, column: usize) -> Said;

    /// True where all cells are texts, whose spelling tells their kind.
    fn is_text(&self) -> bool;

    /// The layer's name; empty where the file holds one.
    fn name(&self) -> String;

    /// The encoding, where it is a text.
    fn encoding(&self) -> Option<String> {
        None
    }

    /// Texts outside of the table that may name a coordinate system: the file's name.
    fn words(&self) -> Vec<String>;

    /// What must be said of the file as a whole.
    fn notes(&self) -> Vec<Note>;
}

/// The letters of a column in a spreadsheet, counted from 0: `A`, `AA`.
pub fn letters(column: usize) -> String {
    let (mut rest, mut letters) = (column + 1, Vec::new());
    while rest > 0 {
        letters.push(b'A' + ((rest - 1) % 26) as u8);
        rest = (rest - 1) / 26;
    }
    letters.iter().rev().map(|byte| char::from(*byte)).collect()
}
