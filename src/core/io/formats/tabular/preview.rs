//! A look at a table before it is imported: what was guessed, its first rows, the rows that would fail.

use super::notes::RowNotes;
use super::read::{give, survey};
use super::{Grid, shown_moment, shown_time};
use crate::i18n::Said;
use crate::io::formats::positions::Candidate;
use crate::io::formats::{Cell, Field, FormatError, Note, RawGeometry, ReadHints, RowSink, Schema};

/// A row whose position cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailingRow {
    /// The line or row as a person sees it, counted from 1.
    pub line: u64,
    /// The name of the column it is about.
    pub column: String,
    /// Why.
    pub said: Said,
}

/// A look at a table.
#[derive(Clone, Debug, Default)]
pub struct Preview {
    /// What stands between cells, of a text.
    pub delimiter: Option<char>,
    /// The encoding, of a text.
    pub encoding: Option<String>,
    /// The line of the header; `None` where there is none.
    pub header: Option<u64>,
    /// Texts above the header.
    pub titles: Vec<String>,
    /// The names of all columns, those that are left out included.
    pub names: Vec<String>,
    /// The fields that are read.
    pub fields: Vec<Field>,
    /// The names of the columns that tell positions.
    pub positions: Vec<String>,
    /// The system that something names.
    pub crs: Option<String>,
    /// The first rows, a text a field; `None` where there is no value.
    pub rows: Vec<Vec<Option<String>>>,
    /// The rows among them whose position cannot be read.
    pub failing: Vec<FailingRow>,
    /// Everything else that would be said.
    pub notes: Vec<Note>,
}

/// Collects rows as texts.
struct Collected {
    rows: Vec<Vec<Option<String>>>,
    notes: Vec<Note>,
}

impl RowSink for Collected {
    fn schema(&mut self, _: &Schema) -> Result<(), FormatError> {
        Ok(())
    }

    fn row(&mut self, _: Option<i64>, cells: &[Cell<'_>], _: Option<&RawGeometry>) -> Result<(), FormatError> {
        self.rows.push(cells.iter().map(shown).collect());
        Ok(())
    }

    fn note(&mut self, note: Note) {
        self.notes.push(note);
    }
}

/// A cell as a text; `None` where it has no value.
pub fn shown(cell: &Cell<'_>) -> Option<String> {
    Some(match cell {
        Cell::Missing | Cell::Null => return None,
        Cell::Bool(value) => value.to_string(),
        Cell::Integer(value) => value.to_string(),
        Cell::Real(value) => value.to_string(),
        Cell::Decimal(text) | Cell::Text(text) | Cell::Json(text) => text.clone().into_owned(),
        Cell::Date(date) => format!("{:04}-{:02}-{:02}", date.year, date.month, date.day),
        Cell::Time(time) => shown_time(time),
        Cell::DateTime(moment) => shown_moment(moment),
    })
}

/// Looks at the first `rows` rows of a grid. Reads no further than them (and the sample for the header).
///
/// # Errors
/// As reading the table.
pub fn preview_grid(grid: &dyn Grid, hints: &ReadHints, rows: u64) -> Result<Preview, FormatError> {
    let survey = survey(grid, hints, rows.max(1))?;
    let mut collected = Collected { rows: Vec::new(), notes: survey.notes.clone() };
    let mut failing = Vec::new();
    let name = |column: usize| survey.header.names.get(column).cloned().unwrap_or_default();
    let mut failed = |line: u64, column: usize, said: &Said| {
        failing.push(FailingRow { line, column: name(column), said: said.clone() });
    };
    give(grid, &survey, rows, &mut RowNotes::default(), &mut collected, &mut failed)?;
    let positions = match survey.placing.as_ref().map(|placing| &placing.candidate) {
        None => Vec::new(),
        Some(Candidate::Pair { x, y, .. }) => vec![name(*x), name(*y)],
        Some(Candidate::Parts { x, y }) => x.iter().chain(y).map(|column| name(*column)).collect(),
        Some(Candidate::Single { column, .. } | Candidate::Wkt { column }) => vec![name(*column)],
    };
    Ok(Preview {
        delimiter: None,
        encoding: grid.encoding(),
        header: survey.header.line,
        titles: survey.header.titles.clone(),
        names: survey.header.names.clone(),
        fields: survey.kept.iter().map(|(_, field)| field.clone()).collect(),
        positions,
        crs: survey.crs.clone(),
        rows: collected.rows,
        failing,
        notes: collected.notes,
    })
}
