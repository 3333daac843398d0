//! A sheet as a grid.

use super::moments::{of_duration, of_iso, of_serial};
use super::open::{Book, guarded};
use super::{Fault, SHEET_COLUMNS, SHEET_ROWS};
use crate::i18n::{Said, tr};
use crate::io::formats::tabular::{Flow, Grid, GridRow, Merge, Raw, letters};
use crate::io::formats::{FormatError, FormatPlace, Note};
use crate::progress::Progress;
use calamine::{CellErrorType, Data, DataRef, Dimensions, Range, Reader as _};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Merged cells of a sheet, at most.
const MERGES: usize = 1 << 20;

/// Where the cells come from.
pub(super) enum Cells {
    /// Read again with every pass.
    Streamed(RefCell<Book>),
    /// All in memory.
    Held(Range<Data>),
}

/// A sheet of a workbook.
pub(super) struct Sheet<'a> {
    pub(super) name: String,
    pub(super) cells: Cells,
    pub(super) merges: Vec<Merge>,
    pub(super) words: Vec<String>,
    pub(super) notes: Vec<Note>,
    pub(super) progress: &'a Progress,
}

fn error_text(error: &CellErrorType) -> &'static str {
    match error {
        CellErrorType::Div0 => "#DIV/0!",
        CellErrorType::NA => "#N/A",
        CellErrorType::Name => "#NAME?",
        CellErrorType::Null => "#NULL!",
        CellErrorType::Num => "#NUM!",
        CellErrorType::Ref => "#REF!",
        CellErrorType::Value => "#VALUE!",
        CellErrorType::GettingData => "#DATA!",
    }
}

fn of_moment(moment: &calamine::ExcelDateTime, is_1904: bool) -> Raw<'static> {
    of_serial(moment.as_f64(), is_1904, moment.is_duration())
}

/// A cell of XLSX. `zeros`: digits that its format shows at least.
fn of_data_ref<'a>(data: DataRef<'a>, is_1904: bool, zeros: u8) -> Raw<'a> {
    match data {
        DataRef::Int(value) => number(value as f64, zeros),
        DataRef::Float(value) => number(value, zeros),
        DataRef::String(text) => Raw::Text(Cow::Owned(text)),
        DataRef::SharedString(text) => Raw::Text(Cow::Borrowed(text)),
        DataRef::Bool(value) => Raw::Bool(value),
        DataRef::DateTime(moment) => of_moment(&moment, is_1904),
        DataRef::DateTimeIso(text) => of_iso(&text),
        DataRef::DurationIso(text) => of_duration(&text),
        DataRef::Error(error) => Raw::Error(error_text(&error)),
        DataRef::Empty => Raw::Empty,
    }
}

fn number<'a>(value: f64, zeros: u8) -> Raw<'a> {
    if zeros > 1 && value.fract() == 0.0 && (0.0..1e15).contains(&value) {
        Raw::Padded(value, zeros)
    } else {
        Raw::Number(value)
    }
}

fn of_data(data: &Data, is_1904: bool) -> Raw<'_> {
    match data {
        Data::Int(value) => Raw::Number(*value as f64),
        Data::Float(value) => Raw::Number(*value),
        Data::String(text) => Raw::Text(Cow::Borrowed(text)),
        Data::Bool(value) => Raw::Bool(*value),
        Data::DateTime(moment) => of_moment(moment, is_1904),
        Data::DateTimeIso(text) => of_iso(text),
        Data::DurationIso(text) => of_duration(text),
        Data::Error(error) => Raw::Error(error_text(error)),
        Data::Empty => Raw::Empty,
    }
}

/// Merged cells as the header and the filling want them, by their first row.
pub(super) fn merges_of(dimensions: &[Dimensions]) -> Vec<Merge> {
    let sound = dimensions.iter().filter(|one| one.start.0 <= one.end.0 && one.start.1 <= one.end.1);
    let mut merges: Vec<Merge> = sound
        .filter(|one| one.end.0 < SHEET_ROWS && one.end.1 < SHEET_COLUMNS as u32)
        .take(MERGES)
        .map(|one| Merge {
            rows: (u64::from(one.start.0), u64::from(one.end.0)),
            columns: (one.start.1 as usize, one.end.1 as usize),
        })
        .collect();
    merges.sort_by_key(|merge| (merge.rows.0, merge.columns.0));
    merges
}

/// Fills cells that are merged with one above, row by row from the top.
struct Filler<'m> {
    merges: std::iter::Peekable<std::slice::Iter<'m, Merge>>,
    /// By column: the last row, and what is filled in.
    active: BTreeMap<usize, (u64, Raw<'static>)>,
}

impl Filler<'_> {
    /// True where a cell was filled.
    fn fill<'a>(&mut self, index: u64, cells: &mut Vec<Raw<'a>>) -> bool {
        let mut is_filled = false;
        if !self.active.is_empty() {
            self.active.retain(|_, (last, _)| *last >= index);
            // An empty row within merged cells is no row of data.
            if cells.iter().any(|raw| !raw.is_blank()) {
                for (column, (_, raw)) in &self.active {
                    if cells.len() <= *column {
                        cells.resize(*column + 1, Raw::Empty);
                    }
                    if cells[*column].is_blank() && !raw.is_blank() {
                        cells[*column] = raw.clone();
                        is_filled = true;
                    }
                }
            }
        }
        while let Some(merge) = self.merges.peek().filter(|merge| merge.rows.0 <= index) {
            if merge.rows.0 == index && merge.rows.1 > index {
                let raw = cells.get(merge.columns.0).cloned().unwrap_or(Raw::Empty);
                self.active.insert(merge.columns.0, (merge.rows.1, raw.into_owned()));
            }
            self.merges.next();
        }
        is_filled
    }
}

/// Digits that a number format of zeros alone shows at least: `000000` shows six.
fn zeros_of(format: &str) -> u8 {
    let is_zeros = (2..=15).contains(&format.len()) && format.bytes().all(|byte| byte == b'0');
    if is_zeros { format.len() as u8 } else { 0 }
}

impl Sheet<'_> {
    /// Rows that the sheet says it has, for showing how far reading is.
    pub(super) fn declared_rows(&self) -> u64 {
        match &self.cells {
            Cells::Held(range) => range.height() as u64,
            Cells::Streamed(book) => {
                let mut book = book.borrow_mut();
                let Book::Xlsx(book) = &mut *book else { return 0 };
                let declared =
                    guarded(|| book.worksheet_cells_reader(&self.name).map(|reader| reader.dimensions().end.0));
                declared.ok().and_then(Result::ok).map_or(0, |last| u64::from(last) + 1)
            }
        }
    }

    fn damaged(&self) -> FormatError {
        Fault::Damaged.error().at(FormatPlace::Member(self.name.clone()))
    }

    fn streamed(
        &self,
        book: &mut Book,
        each: &mut dyn FnMut(&GridRow<'_>) -> Result<Flow, FormatError>,
    ) -> Result<(), FormatError> {
        let Book::Xlsx(book) = book else { return Err(self.damaged()) };
        let is_1904 = book.has_1904_epoch();
        let mut filler = Filler { merges: self.merges.iter().peekable(), active: BTreeMap::new() };
        let mut reader = match book.worksheet_cells_reader(&self.name) {
            Ok(reader) => reader,
            Err(_) => return Err(self.damaged()),
        };
        let zeros: Vec<u8> = reader
            .styles()
            .iter()
            .map(|style| style.number_format.as_ref().map_or(0, |format| zeros_of(&format.format_code)))
            .collect();
        let mut cells: Vec<Raw<'_>> = Vec::new();
        let mut index = 0_u64;
        let mut give = |index: u64, cells: &mut Vec<Raw<'_>>| {
            self.progress.advance(1)?;
            let is_filled = filler.fill(index, cells);
            let flow = each(&GridRow { index, line: index + 1, cells, is_odd: false, is_filled })?;
            cells.clear();
            Ok::<_, FormatError>(flow)
        };
        loop {
            let Some((cell, style)) = reader.next_cell_with_style_id().map_err(|_| self.damaged())? else {
                if !cells.is_empty() {
                    give(index, &mut cells)?;
                }
                return Ok(());
            };
            let (row, column) = cell.get_position();
            if row >= SHEET_ROWS || column as usize >= SHEET_COLUMNS || u64::from(row) < index {
                return Err(self.damaged());
            }
            let raw = of_data_ref(cell_value(cell), is_1904, zeros.get(style).copied().unwrap_or(0));
            if u64::from(row) > index {
                if !cells.is_empty() && give(index, &mut cells)? == Flow::Stop {
                    return Ok(());
                }
                index = u64::from(row);
            }
            // Cells that are only formatted.
            if raw == Raw::Empty {
                continue;
            }
            let column = column as usize;
            if cells.len() <= column {
                cells.resize(column + 1, Raw::Empty);
            }
            cells[column] = raw;
        }
    }

    fn held(
        &self,
        range: &Range<Data>,
        is_1904: bool,
        each: &mut dyn FnMut(&GridRow<'_>) -> Result<Flow, FormatError>,
    ) -> Result<(), FormatError> {
        let Some((top, left)) = range.start() else { return Ok(()) };
        let mut filler = Filler { merges: self.merges.iter().peekable(), active: BTreeMap::new() };
        for (n, row) in range.rows().enumerate() {
            self.progress.advance(1)?;
            let index = u64::from(top) + n as u64;
            let Some(last) = row.iter().rposition(|data| *data != Data::Empty) else { continue };
            let before = std::iter::repeat_n(Raw::Empty, left as usize);
            let mut cells: Vec<Raw<'_>> =
                before.chain(row[..=last].iter().map(|data| of_data(data, is_1904))).collect();
            let is_filled = filler.fill(index, &mut cells);
            let row = GridRow { index, line: index + 1, cells: &cells, is_odd: false, is_filled };
            if each(&row)? == Flow::Stop {
                break;
            }
        }
        Ok(())
    }
}

/// The value of a cell, taken out of it.
fn cell_value(cell: calamine::Cell<DataRef<'_>>) -> DataRef<'_> {
    cell.get_value().clone()
}

impl Grid for Sheet<'_> {
    fn rows(&self, each: &mut dyn FnMut(&GridRow<'_>) -> Result<Flow, FormatError>) -> Result<(), FormatError> {
        let run = || match &self.cells {
            Cells::Streamed(book) => match book.try_borrow_mut() {
                Ok(mut book) => self.streamed(&mut book, each),
                Err(_) => Err(self.damaged()),
            },
            Cells::Held(range) => self.held(range, false, each),
        };
        guarded(run).map_err(|_| self.damaged())?
    }

    fn merges(&self) -> &[Merge] {
        &self.merges
    }

    fn place(&self, line: u64, column: usize) -> Said {
        let cell = format!("{}{line}", letters(column));
        Said::told(|lang| tr!(lang, "format.sheet.place", sheet = self.name, cell = cell).into_owned())
    }

    fn is_text(&self) -> bool {
        false
    }

    fn name(&self) -> String {
        self.name.clone()
    }

    fn words(&self) -> Vec<String> {
        self.words.clone()
    }

    fn notes(&self) -> Vec<Note> {
        self.notes.clone()
    }
}

/// The merged cells of a sheet of a workbook; none where the format does not tell them.
pub(super) fn merges(book: &mut Book, name: &str) -> Result<Vec<Merge>, Fault> {
    let found = match book {
        Book::Xlsx(book) => guarded(|| book.merge_cells_by_sheet_name(name))?.map_err(|_| Fault::Damaged)?,
        Book::Xls(book) => book.merge_cells_by_sheet_name(name).unwrap_or_default(),
        Book::Ods(_) => Vec::new(),
    };
    Ok(merges_of(&found))
}

/// The cells of a sheet that are in memory anyway.
pub(super) fn held(book: &mut Book, name: &str) -> Result<Option<Range<Data>>, Fault> {
    let damaged = Fault::Damaged;
    Ok(match book {
        Book::Xlsx(_) => None,
        Book::Ods(book) => Some(guarded(|| book.worksheet_range(name))?.map_err(|_| damaged)?),
        Book::Xls(book) => Some(guarded(|| book.worksheet_range(name))?.map_err(|_| damaged)?),
    })
}
