//! XLSX, XLS and ODS: each sheet a layer or table.

mod moments;
mod open;
mod sheet;
#[cfg(test)]
mod tests;
mod write;
mod xls_guard;

use super::archive::unpacked_bytes;
use super::tabular::{Preview, preview_grid, read_grid, survey};
use super::{Format, FormatError, FormatPlace, Input, LayerInfo, Note, ReadHints, RowSink};
use crate::i18n::{Said, tr};
use crate::io::room::times;
use crate::progress::Progress;
use calamine::{Reader as _, SheetType, SheetVisible};
use open::{Book, Kind, kind_of, open};
use sheet::{Cells, Sheet, held, merges};
use std::cell::RefCell;

/// Rows of a sheet, at most.
const SHEET_ROWS: u32 = 1_048_576;
/// Columns of a sheet, at most.
const SHEET_COLUMNS: usize = 16_384;
/// Rows that are looked at to tell what a sheet is.
const LOOK: u64 = 1000;

/// Workbooks of Excel, WPS and LibreOffice.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spreadsheet;

/// Why a workbook is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Damaged,
    Password,
    TooLarge,
    NoWorkbook,
    Markup,
    Xlsb,
    NoSheet,
}

impl Fault {
    fn error(self) -> FormatError {
        FormatError::refused(Said::told(|lang| {
            match self {
                Self::Damaged => tr!(lang, "format.sheet.damaged"),
                Self::Password => tr!(lang, "format.sheet.password"),
                Self::TooLarge => tr!(lang, "format.sheet.too_large"),
                Self::NoWorkbook => tr!(lang, "format.sheet.no_workbook"),
                Self::Markup => tr!(lang, "format.sheet.markup"),
                Self::Xlsb => tr!(lang, "format.sheet.xlsb"),
                Self::NoSheet => tr!(lang, "format.sheet.no_sheet"),
            }
            .into_owned()
        }))
    }
}

/// Names of the sheets that hold cells, and whether each is hidden.
fn sheets(book: &Book) -> Vec<(String, bool)> {
    let all = match book {
        Book::Xlsx(book) => book.sheets_metadata(),
        Book::Ods(book) => book.sheets_metadata(),
        Book::Xls(book) => book.sheets_metadata(),
    };
    let cells = all.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    cells.map(|sheet| (sheet.name.clone(), sheet.visible != SheetVisible::Visible)).collect()
}

fn open_book(input: &Input) -> Result<Book, FormatError> {
    let bytes = input.open()?;
    let head = bytes.stretch(0, 4096)?;
    open(bytes, kind_of(input, &head)).map_err(Fault::error)
}

fn grid<'a>(mut book: Book, input: &Input, name: &str, progress: &'a Progress) -> Result<Sheet<'a>, FormatError> {
    let error = |fault: Fault| fault.error().at(FormatPlace::Member(name.to_owned()));
    let all = sheets(&book);
    let Some((_, is_hidden)) = all.iter().find(|(other, _)| other == name) else { return Err(error(Fault::NoSheet)) };
    let merges = merges(&mut book, name).map_err(error)?;
    let mut notes = Vec::new();
    if *is_hidden {
        let said = Said::told(|lang| tr!(lang, "format.sheet.hidden", name = name).into_owned());
        notes.push(Note { row: None, said, kind: "format.sheet.hidden", is_doubt: false });
    }
    let cells = match held(&mut book, name).map_err(error)? {
        Some(range) => Cells::Held(range),
        None => Cells::Streamed(RefCell::new(book)),
    };
    let words = vec![name.to_owned(), input.stem().to_owned()];
    Ok(Sheet { name: name.to_owned(), cells, merges, words, notes, progress })
}

/// Looks at the first `rows` rows of a sheet: header, columns, rows that would fail.
///
/// # Errors
/// As reading the sheet.
pub fn preview(input: &Input, sheet: &str, hints: &ReadHints, rows: u64) -> Result<Preview, FormatError> {
    let progress = Progress::default();
    preview_grid(&grid(open_book(input)?, input, sheet, &progress)?, hints, rows)
}

impl Format for Spreadsheet {
    fn name(&self) -> &'static str {
        "XLSX"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["xlsx", "xlsm", "xls", "et", "ods", "xlsb"]
    }

    fn has_cells(&self) -> bool {
        true
    }

    fn table(&self, input: &Input, layer: &str, hints: &ReadHints) -> Result<Option<Preview>, FormatError> {
        preview(input, layer, hints, LOOK).map(Some)
    }

    fn is_it(&self, input: &Input, head: &[u8]) -> bool {
        kind_of(input, head) != Kind::Other
    }

    /// The cells of all sheets are text in an archive, or bytes as they are.
    fn memory(&self, input: &Input, _: Option<&str>) -> u64 {
        times(unpacked_bytes(input), 2.2)
    }

    fn layers(&self, input: &Input, hints: &ReadHints) -> Result<Vec<LayerInfo>, FormatError> {
        let opened = open_book(input)?;
        let names = sheets(&opened);
        if names.is_empty() {
            return Err(Fault::NoSheet.error());
        }
        let progress = Progress::default();
        let mut layers = Vec::with_capacity(names.len());
        let mut book = Some(opened);
        for (name, is_hidden) in names {
            let sheet = grid(book.take().map_or_else(|| open_book(input), Ok)?, input, &name, &progress)?;
            // Columns named by hand are those of one sheet.
            let hints = ReadHints { columns: None, ..hints.clone() };
            let survey = survey(&sheet, &hints, LOOK)?;
            if let Cells::Streamed(again) = sheet.cells {
                book = Some(again.into_inner());
            }
            let hidden = Said::told(|lang| tr!(lang, "format.sheet.hidden_title", name = name).into_owned());
            layers.push(LayerInfo {
                title: is_hidden.then(|| format!("{} / {}", hidden.zh, hidden.en)),
                kinds: survey.kinds,
                is_table: survey.placing.is_none(),
                rows: (survey.rows < LOOK).then_some(survey.rows),
                crs: survey.crs,
                name,
            });
        }
        Ok(layers)
    }

    fn read(
        &self,
        input: &Input,
        layer: &str,
        hints: &ReadHints,
        sink: &mut dyn RowSink,
        progress: &Progress,
    ) -> Result<(), FormatError> {
        let sheet = grid(open_book(input)?, input, layer, progress)?;
        // Once for kinds, once for rows.
        progress.start(sheet.declared_rows().saturating_mul(2));
        read_grid(&sheet, hints, sink)
    }
}
