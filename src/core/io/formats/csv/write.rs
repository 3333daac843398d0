//! Writes CSV: UTF-8 with a byte order mark (so that Excel reads it right), commas, `\r\n`.

use super::Csv;
use crate::i18n::{Said, tr};
use crate::io::formats::tabular::{GeometryColumns, shown};
use crate::io::formats::{Cell, FieldKind, FormatError, Loss, Output, RowSource, WriteFormat};
use crate::progress::Progress;
use std::io::Write;

/// The delimiter of a file by its name: a tab for `.tsv`.
fn delimiter(name: &str) -> u8 {
    if name.to_ascii_lowercase().ends_with(".tsv") { b'\t' } else { b',' }
}

/// Appends a cell, quoted where it must be: empty text is `""`, a null is nothing. Text that a reader would take for something
/// else (spaces at its ends, marks of spreadsheets) is quoted too.
fn put(line: &mut Vec<u8>, text: &str, delimiter: u8) {
    let is_plain = !text.is_empty()
        && !text.starts_with(' ')
        && !text.bytes().any(|byte| byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r'));
    if is_plain {
        line.extend_from_slice(text.as_bytes());
        return;
    }
    line.push(b'"');
    for (n, part) in text.as_bytes().split(|byte| *byte == b'"').enumerate() {
        if n > 0 {
            line.extend_from_slice(b"\"\"");
        }
        line.extend_from_slice(part);
    }
    line.push(b'"');
}

impl WriteFormat for Csv {
    /// What is read of a row, without its position.
    fn most_fields(&self) -> usize {
        super::records::CELLS - 2
    }

    fn losses(&self, rows: &dyn RowSource) -> Vec<Loss> {
        let mut losses = match GeometryColumns::of(rows) {
            Ok(columns) => columns.losses(rows),
            Err(_) => Vec::new(),
        };
        // Codes stay whole in the file, but a spreadsheet that opens it by a double click rounds or shortens them.
        let fields = &rows.schema().fields;
        let mut is_code = vec![false; fields.len()];
        let _ = rows.each(&mut |cells, _| {
            for (code, cell) in is_code.iter_mut().zip(cells) {
                *code |= match cell {
                    Cell::Text(text) => super::super::tabular::lex(text) == super::super::tabular::Lex::Code,
                    Cell::Integer(value) => value.unsigned_abs() >= 1_000_000_000_000_000,
                    _ => false,
                };
            }
            Ok(())
        });
        for (field, _) in fields.iter().zip(is_code).filter(|(field, code)| *code || field.kind == FieldKind::Decimal) {
            losses.push(Loss {
                what: Said::told(|lang| tr!(lang, "format.csv.codes", name = field.name).into_owned()),
                field: Some(field.name.clone()),
            });
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
        progress.start(rows.len() as u64);
        let delimiter = delimiter(name);
        let columns = GeometryColumns::of(rows)?;
        let mut file = std::io::BufWriter::with_capacity(1 << 16, out.create(name)?);
        let mut line = b"\xef\xbb\xbf".to_vec();
        let fields = rows.schema().fields.iter().map(|field| field.name.as_str());
        for (n, name) in columns.names().into_iter().chain(fields).enumerate() {
            if n > 0 {
                line.push(delimiter);
            }
            put(&mut line, name, delimiter);
        }
        line.extend_from_slice(b"\r\n");
        file.write_all(&line)?;
        let mut wkt = String::new();
        rows.each(&mut |cells, geometry| {
            line.clear();
            match &columns {
                GeometryColumns::None => {}
                GeometryColumns::Pair(_) => match GeometryColumns::position(geometry) {
                    Some([x, y]) => write!(line, "{x}{}{y}{}", char::from(delimiter), char::from(delimiter))?,
                    None => line.extend_from_slice(&[delimiter; 2]),
                },
                GeometryColumns::Wkt(_, srid) => {
                    GeometryColumns::wkt(geometry, *srid, &mut wkt);
                    if !wkt.is_empty() {
                        put(&mut line, &wkt, delimiter);
                    }
                    line.push(delimiter);
                }
            }
            for cell in cells {
                match cell {
                    Cell::Missing | Cell::Null => {}
                    Cell::Integer(value) => write!(line, "{value}")?,
                    Cell::Real(value) => write!(line, "{value}")?,
                    Cell::Text(text) => put(&mut line, text, delimiter),
                    other => put(&mut line, &shown(other).unwrap_or_default(), delimiter),
                }
                line.push(delimiter);
            }
            // The last delimiter, unless the row is one empty cell.
            if !line.is_empty() {
                line.pop();
            }
            line.extend_from_slice(b"\r\n");
            file.write_all(&line)?;
            Ok(progress.advance(1)?)
        })?;
        Ok(file.flush()?)
    }
}
