//! Writes XLSX: one sheet, codes as text, points as longitude and latitude, other geometries as WKT.

use super::{SHEET_COLUMNS, SHEET_ROWS, Spreadsheet};
use crate::i18n::{Said, tr};
use crate::io::formats::tabular::{GeometryColumns, shown};
use crate::io::formats::{Cell, Date, FormatError, Loss, Output, RowSource, Time, WriteFormat};
use crate::progress::Progress;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use std::io::Write as _;

/// Characters of a cell (UTF-16 units), at most.
const CHARACTERS: usize = 32_767;
/// Whole numbers up to here are kept to the last digit and shown whole by Excel.
const EXACT: u64 = 999_999_999_999_999;

fn units(text: &str) -> usize {
    text.len().min(text.encode_utf16().count())
}

fn refused(error: &XlsxError) -> FormatError {
    FormatError::System(error.to_string())
}

/// A sheet's name as Excel takes it: no `[]:*?/\`, at most 31 characters.
fn sheet_name(name: &str) -> String {
    let kept = name.chars().filter(|c| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\') && !c.is_control());
    let mut units = 0;
    let cut: String = kept
        .take_while(|c| {
            units += c.len_utf16();
            units <= 31
        })
        .collect();
    let cut = cut.trim_matches('\'').trim().to_owned();
    if cut.is_empty() || cut.eq_ignore_ascii_case("history") { "Sheet1".to_owned() } else { cut }
}

/// A day as Excel has it: from 1 March 1900 on, before which its calendar has a day too many.
fn day(date: &Date) -> Option<ExcelDateTime> {
    let is_told = (*date >= Date { year: 1900, month: 3, day: 1 }) && date.year <= 9999;
    if !is_told {
        return None;
    }
    ExcelDateTime::from_ymd(u16::try_from(date.year).ok()?, date.month, date.day).ok()
}

fn with_time(day: ExcelDateTime, time: &Time) -> Option<ExcelDateTime> {
    // Whole milliseconds alone are exact in a workbook.
    if !time.nanosecond.is_multiple_of(1_000_000) || time.second > 59 {
        return None;
    }
    let seconds = f64::from(time.second) + f64::from(time.nanosecond / 1_000_000) / 1000.0;
    day.and_hms(u16::from(time.hour), time.minute, seconds).ok()
}

/// The formats of days and times.
struct Formats {
    date: Format,
    time: Format,
    moment: Format,
}

/// Whether a cell is written as what it is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Whole,
    Cut,
}

fn put(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell<'_>,
    formats: &Formats,
) -> Result<Kept, XlsxError> {
    let text = |sheet: &mut Worksheet, text: &str| put_text(sheet, (row, column), text);
    match cell {
        Cell::Missing | Cell::Null => {}
        Cell::Bool(value) => {
            sheet.write_boolean(row, column, *value)?;
        }
        Cell::Integer(value) if value.unsigned_abs() <= EXACT => {
            sheet.write_number(row, column, *value as f64)?;
        }
        Cell::Real(value) => {
            sheet.write_number(row, column, *value)?;
        }
        Cell::Date(date) => match day(date) {
            Some(day) => {
                sheet.write_datetime_with_format(row, column, &day, &formats.date)?;
            }
            None => return text(sheet, &shown(cell).unwrap_or_default()),
        },
        Cell::DateTime(moment) if moment.offset_minutes.is_none() => {
            match day(&moment.date).and_then(|day| with_time(day, &moment.time)) {
                Some(moment) => {
                    sheet.write_datetime_with_format(row, column, &moment, &formats.moment)?;
                }
                None => return text(sheet, &shown(cell).unwrap_or_default()),
            }
        }
        Cell::Time(time) => {
            let seconds = f64::from(time.second) + f64::from(time.nanosecond) / 1e9;
            match ExcelDateTime::from_hms(u16::from(time.hour), time.minute, seconds) {
                Ok(time) => {
                    sheet.write_datetime_with_format(row, column, &time, &formats.time)?;
                }
                Err(_) => return text(sheet, &shown(cell).unwrap_or_default()),
            }
        }
        other => return text(sheet, &shown(other).unwrap_or_default()),
    }
    Ok(Kept::Whole)
}

/// A text; what does not fit is cut at a character.
fn put_text(sheet: &mut Worksheet, (row, column): (u32, u16), text: &str) -> Result<Kept, XlsxError> {
    if units(text) <= CHARACTERS {
        sheet.write_string(row, column, text)?;
        return Ok(Kept::Whole);
    }
    let mut count = 0;
    let fits = |c: &char| {
        count += c.len_utf16();
        count <= CHARACTERS
    };
    let cut: String = text.chars().take_while(fits).collect();
    sheet.write_string(row, column, &cut)?;
    Ok(Kept::Cut)
}

impl WriteFormat for Spreadsheet {
    /// What a sheet has, without the position.
    fn most_fields(&self) -> usize {
        SHEET_COLUMNS - 2
    }

    fn losses(&self, rows: &dyn RowSource) -> Vec<Loss> {
        let columns = GeometryColumns::of(rows).unwrap_or(GeometryColumns::None);
        let mut losses = columns.losses(rows);
        let fields = &rows.schema().fields;
        if rows.len() as u64 + 1 > u64::from(SHEET_ROWS) {
            let (n, most) = (rows.len(), SHEET_ROWS - 1);
            let what = Said::told(|lang| tr!(lang, "format.sheet.many_rows", n = n, most = most).into_owned());
            losses.push(Loss { what, field: None });
        }
        if fields.len() + columns.names().len() > SHEET_COLUMNS {
            let what = Said::told(|lang| tr!(lang, "format.sheet.many_columns", most = SHEET_COLUMNS).into_owned());
            losses.push(Loss { what, field: None });
        }
        let mut long = vec![0_usize; fields.len()];
        let mut as_text = vec![false; fields.len()];
        let (mut long_shapes, mut empty) = (0_usize, 0_usize);
        let mut wkt = String::new();
        let _ = rows.each(&mut |cells, geometry| {
            for ((long, as_text), cell) in long.iter_mut().zip(&mut as_text).zip(cells) {
                match cell {
                    Cell::Text(text) | Cell::Json(text) => {
                        *long += usize::from(units(text) > CHARACTERS);
                        empty += usize::from(text.is_empty());
                    }
                    Cell::Integer(value) => *as_text |= value.unsigned_abs() > EXACT,
                    Cell::Decimal(_) => *as_text = true,
                    Cell::Date(date) => *as_text |= day(date).is_none(),
                    Cell::DateTime(moment) => {
                        let told = day(&moment.date).and_then(|day| with_time(day, &moment.time));
                        *as_text |= told.is_none() || moment.offset_minutes.is_some();
                    }
                    _ => {}
                }
            }
            if let GeometryColumns::Wkt(_, srid) = &columns {
                GeometryColumns::wkt(geometry, *srid, &mut wkt);
                long_shapes += usize::from(wkt.len() > CHARACTERS);
            }
            Ok(())
        });
        for ((field, long), as_text) in fields.iter().zip(long).zip(as_text) {
            if long > 0 {
                let what = Said::told(|lang| {
                    tr!(lang, "format.sheet.long_text", name = field.name, n = long, most = CHARACTERS).into_owned()
                });
                losses.push(Loss { what, field: Some(field.name.clone()) });
            }
            if as_text {
                let what = Said::told(|lang| tr!(lang, "format.sheet.as_text", name = field.name).into_owned());
                losses.push(Loss { what, field: Some(field.name.clone()) });
            }
        }
        if long_shapes > 0 {
            let what = Said::told(|lang| {
                tr!(lang, "format.sheet.long_shape", n = long_shapes, most = CHARACTERS).into_owned()
            });
            losses.push(Loss { what, field: None });
        }
        if empty > 0 {
            let what = Said::told(|lang| tr!(lang, "format.sheet.empty_text", n = empty).into_owned());
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
        let columns = GeometryColumns::of(rows)?;
        let schema = rows.schema();
        let names: Vec<&str> =
            columns.names().into_iter().chain(schema.fields.iter().map(|field| field.name.as_str())).collect();
        if rows.len() as u64 + 1 > u64::from(SHEET_ROWS) || names.len() > SHEET_COLUMNS {
            let (n, most) = (rows.len(), SHEET_ROWS - 1);
            let said = Said::told(|lang| tr!(lang, "format.sheet.many_rows", n = n, most = most).into_owned());
            return Err(FormatError::refused(said));
        }
        progress.start(rows.len() as u64);
        let formats = Formats {
            date: Format::new().set_num_format("yyyy-mm-dd"),
            time: Format::new().set_num_format("hh:mm:ss"),
            moment: Format::new().set_num_format("yyyy-mm-dd hh:mm:ss"),
        };
        let mut workbook = Workbook::new();
        let sheet = workbook.add_worksheet();
        let title =
            if schema.name.is_empty() { name.rsplit_once('.').map_or(name, |(stem, _)| stem) } else { &schema.name };
        sheet.set_name(sheet_name(title)).map_err(|e| refused(&e))?;
        let heading = Format::new().set_bold();
        for (column, name) in names.iter().enumerate() {
            sheet.write_string_with_format(0, column as u16, *name, &heading).map_err(|e| refused(&e))?;
        }
        sheet.set_freeze_panes(1, 0).map_err(|e| refused(&e))?;
        let first = columns.names().len();
        let mut row = 0_u32;
        let mut wkt = String::new();
        rows.each(&mut |cells, geometry| {
            progress.advance(1)?;
            row += 1;
            let mut write = || -> Result<(), XlsxError> {
                match &columns {
                    GeometryColumns::None => {}
                    GeometryColumns::Pair(_) => {
                        if let Some([x, y]) = GeometryColumns::position(geometry) {
                            sheet.write_number(row, 0, x)?;
                            sheet.write_number(row, 1, y)?;
                        }
                    }
                    GeometryColumns::Wkt(_, srid) => {
                        GeometryColumns::wkt(geometry, *srid, &mut wkt);
                        // Half a geometry is none: one that does not fit is left out.
                        if !wkt.is_empty() && wkt.len() <= CHARACTERS {
                            sheet.write_string(row, 0, &wkt)?;
                        }
                    }
                }
                for (n, cell) in cells.iter().enumerate() {
                    put(sheet, (row, (first + n) as u16), cell, &formats)?;
                }
                Ok(())
            };
            write().map_err(|e| refused(&e))
        })?;
        let bytes = workbook.save_to_buffer().map_err(|e| refused(&e))?;
        let mut file = out.create(name)?;
        file.write_all(&bytes)?;
        Ok(file.flush()?)
    }
}
