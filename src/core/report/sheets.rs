//! Sheets of a workbook, held to what the format holds: names of 31 characters, told apart; cells of 32,767 characters; so
//! many rows and columns. What is cut is counted and said.

use super::html::Table;
use crate::i18n::{Lang, count, tr};
use crate::io::mark::{GENERATOR, WORKBOOK_PROPERTY};
use rust_xlsxwriter::{DocProperties, Format, Workbook, Worksheet, XlsxError};
use std::cell::Cell;
use std::collections::BTreeSet;

/// Characters of a cell, of which those beyond Unicode's first plane count twice.
const CELL: usize = 32_767;
/// Characters of a sheet's name, counted likewise.
const NAME: usize = 31;
/// Rows of a sheet.
const ROWS: u32 = 1_048_576;
/// Columns of a sheet.
const COLUMNS: u16 = 16_384;

/// A text's beginning, of at most so many UTF-16 units.
fn beginning(text: &str, most: usize) -> &str {
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > most
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// A workbook that is being made.
pub(super) struct Sheets {
    workbook: Workbook,
    names: BTreeSet<String>,
    formats: Formats,
    lost: Lost,
    lang: Lang,
}

struct Formats {
    heading: Format,
    /// Of shares, which are fractions of one.
    percent: Format,
    decimals: Format,
}

/// What found no room.
#[derive(Default)]
struct Lost {
    /// Cells that were cut.
    cut: Cell<usize>,
    /// Cells in rows or columns beyond the last.
    beyond: Cell<usize>,
}

/// A sheet that is being filled.
pub(super) struct Sheet<'a> {
    sheet: &'a mut Worksheet,
    formats: &'a Formats,
    lost: &'a Lost,
    lang: Lang,
}

impl Sheets {
    pub(super) fn new(lang: Lang) -> Self {
        let mut workbook = Workbook::new();
        let generator = format!("{GENERATOR} {}", env!("CARGO_PKG_VERSION"));
        workbook.set_properties(&DocProperties::new().set_custom_property(WORKBOOK_PROPERTY, generator));
        let formats = Formats {
            heading: Format::new().set_bold(),
            percent: Format::new().set_num_format("0.00%"),
            decimals: Format::new().set_num_format("#,##0.00"),
        };
        Self { workbook, names: BTreeSet::new(), formats, lost: Lost::default(), lang }
    }

    /// A sheet of this name, made fit: 31 characters, none of `[]:*?/\\`, no apostrophe, no other of the same name in any case.
    pub(super) fn add(&mut self, name: &str) -> Result<Sheet<'_>, XlsxError> {
        let own = self.fit(name);
        let sheet = self.workbook.add_worksheet();
        sheet.set_name(own)?;
        Ok(Sheet { sheet, formats: &self.formats, lost: &self.lost, lang: self.lang })
    }

    /// A name that is not taken yet; it is from now on.
    fn fit(&mut self, name: &str) -> String {
        let is_odd = |c: char| "[]:*?/\\'".contains(c) || c.is_control();
        let fit: String = name.chars().map(|c| if is_odd(c) { '·' } else { c }).collect();
        let fit = match fit.trim() {
            "" => "·",
            fit => fit,
        };
        let mut own = beginning(fit, NAME).trim_end().to_owned();
        let mut number = 2;
        // Spreadsheet programs keep a sheet of this name for themselves.
        while own.eq_ignore_ascii_case("history") || !self.names.insert(own.to_lowercase()) {
            let end = format!(" {number}");
            own = beginning(fit, NAME - end.len()).trim_end().to_owned() + &end;
            number += 1;
        }
        own
    }

    /// A sheet with headings and rows of texts.
    pub(super) fn table(&mut self, name: &str, headings: &[String], rows: &[Vec<String>]) -> Result<(), XlsxError> {
        let mut sheet = self.add(name)?;
        for (column, text) in headings.iter().enumerate() {
            sheet.heading(0, column as u16, text)?;
        }
        for (line, row) in rows.iter().enumerate() {
            for (column, text) in row.iter().enumerate() {
                sheet.text(line as u32 + 1, column as u16, text)?;
            }
        }
        sheet.freeze(1)
    }

    /// A sheet of a table as a page has it, its numbers as numbers.
    pub(super) fn numbered(&mut self, name: &str, table: &Table) -> Result<(), XlsxError> {
        let mut sheet = self.add(name)?;
        for (column, (text, _)) in table.columns.iter().enumerate() {
            sheet.heading(0, column as u16, text)?;
        }
        for (line, row) in table.rows.iter().enumerate() {
            let at = line as u32 + 1;
            for (column, (text, (_, is_number))) in row.iter().zip(&table.columns).enumerate() {
                match text.replace(',', "").parse() {
                    Ok(number) if *is_number => sheet.number(at, column as u16, number)?,
                    _ => sheet.text(at, column as u16, text)?,
                }
            }
        }
        sheet.freeze(1)
    }

    /// The file; and what found no room, which stands in this line of the first sheet too.
    pub(super) fn finish(mut self, line: u32) -> Result<(Vec<u8>, Vec<String>), XlsxError> {
        let mut told = Vec::new();
        if self.lost.cut.get() > 0 {
            told.push(tr!(self.lang, "report.cells_cut", n = count(self.lost.cut.get())).into_owned());
        }
        if self.lost.beyond.get() > 0 {
            told.push(tr!(self.lang, "report.cells_beyond", n = count(self.lost.beyond.get())).into_owned());
        }
        if !told.is_empty() {
            let sheet = self.workbook.worksheet_from_index(0)?;
            for (column, text) in told.iter().enumerate() {
                sheet.write_string(line, column as u16, text)?;
            }
        }
        Ok((self.workbook.save_to_buffer()?, told))
    }
}

impl Sheet<'_> {
    fn has_room(&self, line: u32, column: u16) -> bool {
        let fits = line < ROWS && column < COLUMNS;
        if !fits {
            self.lost.beyond.set(self.lost.beyond.get() + 1);
        }
        fits
    }

    /// What a cell holds of a text, with how long it was where it is cut.
    fn fit<'t>(&self, text: &'t str) -> std::borrow::Cow<'t, str> {
        if beginning(text, CELL).len() == text.len() {
            return text.into();
        }
        self.lost.cut.set(self.lost.cut.get() + 1);
        let end = tr!(self.lang, "report.cell_cut", n = count(text.chars().count()));
        format!("{}{end}", beginning(text, CELL - end.encode_utf16().count())).into()
    }

    /// Writes a text as a text, whatever it begins with.
    pub(super) fn text(&mut self, line: u32, column: u16, text: &str) -> Result<(), XlsxError> {
        if !text.is_empty() && self.has_room(line, column) {
            let fit = self.fit(text);
            self.sheet.write_string(line, column, fit)?;
        }
        Ok(())
    }

    /// Writes a heading.
    pub(super) fn heading(&mut self, line: u32, column: u16, text: &str) -> Result<(), XlsxError> {
        if self.has_room(line, column) {
            let fit = self.fit(text);
            self.sheet.write_string_with_format(line, column, fit, &self.formats.heading)?;
        }
        Ok(())
    }

    /// Writes a number.
    pub(super) fn number(&mut self, line: u32, column: u16, number: f64) -> Result<(), XlsxError> {
        if self.has_room(line, column) {
            self.sheet.write_number(line, column, number)?;
        }
        Ok(())
    }

    /// Writes a figure, shown with two decimals where it is not whole.
    pub(super) fn figure(&mut self, line: u32, column: u16, value: f64) -> Result<(), XlsxError> {
        if value.fract() == 0.0 {
            return self.number(line, column, value);
        }
        if self.has_room(line, column) {
            self.sheet.write_number_with_format(line, column, value, &self.formats.decimals)?;
        }
        Ok(())
    }

    /// Writes a share, shown in per cent.
    pub(super) fn share(&mut self, line: u32, column: u16, share: f64) -> Result<(), XlsxError> {
        if self.has_room(line, column) {
            self.sheet.write_number_with_format(line, column, share, &self.formats.percent)?;
        }
        Ok(())
    }

    /// Keeps the lines above this one in view.
    pub(super) fn freeze(&mut self, line: u32) -> Result<(), XlsxError> {
        self.sheet.set_freeze_panes(line, 0)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn names_are_made_fit_and_told_apart() {
        let mut sheets = Sheets::new(Lang::En);
        let long = "排口距长江岸线二千米以内的工业企业及其危险废物堆放场所清单（一）";
        let names = [
            long,
            long,
            "a",
            "A",
            "[a]:*?/\\",
            "'a'",
            "",
            "  ",
            "''",
            "History",
            "a\nb",
            "𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷𠮷",
            "a 2",
            "ÄÖ",
            "äö",
        ];
        let mut seen = BTreeSet::new();
        for name in names {
            let sheet = sheets.add(name).unwrap_or_else(|e| panic!("{name:?}: {e}"));
            let own = sheet.sheet.name();
            assert!(seen.insert(own.to_lowercase()), "{own} stands twice");
            assert!(own.encode_utf16().count() <= NAME, "{own}");
        }
        let (bytes, told) = sheets.finish(0).expect("a workbook");
        assert!(bytes.starts_with(b"PK") && told.is_empty());
    }

    #[test]
    fn cells_are_cut_and_it_is_said() {
        let mut sheets = Sheets::new(Lang::En);
        let mut sheet = sheets.add("a").expect("a sheet");
        let texts = ["x".repeat(CELL), "x".repeat(CELL + 1), "山".repeat(40_000), "𠮷".repeat(CELL / 2 + 1)];
        for (line, text) in texts.iter().enumerate() {
            sheet.text(line as u32, 0, text).unwrap_or_else(|e| panic!("{line}: {e}"));
            sheet.heading(line as u32, 1, text).unwrap_or_else(|e| panic!("{line}: {e}"));
        }
        sheet.text(ROWS, 0, "beyond").expect("left out");
        sheet.number(0, COLUMNS, 1.0).expect("left out");
        let (bytes, told) = sheets.finish(9).expect("a workbook");
        assert!(told.len() == 2 && told[0].starts_with('6') && told[1].starts_with('2'), "{told:?}");
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
        let mut strings = String::new();
        zip.by_name("xl/sharedStrings.xml").expect("there").read_to_string(&mut strings).expect("text");
        assert!(strings.contains("40,000 characters") && strings.contains(&told[0]));
    }

    #[test]
    fn a_workbook_is_ours_until_another_program_saves_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.xlsx");
        let mut sheets = Sheets::new(Lang::Zh);
        sheets.table("a", &["b".to_owned()], &[]).expect("a sheet");
        std::fs::write(&path, sheets.finish(1).expect("a workbook").0).expect("writable");
        assert!(crate::io::is_ours(&path));
        // Somebody else's workbook, made by the same library.
        let mut other = Workbook::new();
        other.add_worksheet();
        std::fs::write(&path, other.save_to_buffer().expect("a workbook")).expect("writable");
        assert!(!crate::io::is_ours(&path));
    }
}
