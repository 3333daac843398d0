//! Values of columns as cells, and cells as values.

use super::flat::Broken;
use super::header::{Column, ColumnKind};
use crate::i18n::{Said, tr};
use crate::io::formats::iso8601::{parse_date, parse_date_time, parse_time, write_date, write_date_time, write_time};
use crate::io::formats::{Cell, FieldKind, FormatError};
use std::borrow::Cow;

/// What is odd about a value.
#[derive(Clone, Copy)]
pub(super) enum Odd {
    Binary,
    NotFinite,
    Type,
    Encoding,
}

/// Bytes from the beginning.
pub(super) fn take<const N: usize>(from: &mut &[u8]) -> Result<[u8; N], Broken> {
    let (taken, rest) = from.split_first_chunk().ok_or(Broken)?;
    *from = rest;
    Ok(*taken)
}

/// The value of a column, taken from the beginning.
pub(super) fn value<'a>(from: &mut &'a [u8], column: &Column) -> Result<(Cell<'a>, Option<Odd>), Broken> {
    let integer = |number: i64| Ok((Cell::Integer(number), None));
    match column.kind {
        ColumnKind::Byte => integer(i64::from(i8::from_le_bytes(take(from)?))),
        ColumnKind::UByte => integer(i64::from(u8::from_le_bytes(take(from)?))),
        ColumnKind::Short => integer(i64::from(i16::from_le_bytes(take(from)?))),
        ColumnKind::UShort => integer(i64::from(u16::from_le_bytes(take(from)?))),
        ColumnKind::Int => integer(i64::from(i32::from_le_bytes(take(from)?))),
        ColumnKind::UInt => integer(i64::from(u32::from_le_bytes(take(from)?))),
        ColumnKind::Long => integer(i64::from_le_bytes(take(from)?)),
        ColumnKind::ULong => Ok((Cell::Decimal(u64::from_le_bytes(take(from)?).to_string().into()), None)),
        ColumnKind::Bool => Ok((Cell::Bool(take::<1>(from)? != [0]), None)),
        ColumnKind::Float => Ok(real(f64::from(f32::from_le_bytes(take(from)?)))),
        ColumnKind::Double => Ok(real(f64::from_le_bytes(take(from)?))),
        ColumnKind::String | ColumnKind::Json | ColumnKind::DateTime | ColumnKind::Binary => {
            let length = u32::from_le_bytes(take(from)?) as usize;
            let (bytes, rest) = from.split_at_checked(length).ok_or(Broken)?;
            *from = rest;
            if column.kind == ColumnKind::Binary {
                return Ok((Cell::Null, Some(Odd::Binary)));
            }
            let (text, odd) = match std::str::from_utf8(bytes) {
                Ok(text) => (Cow::Borrowed(text), None),
                Err(_) => (encoding_rs::GB18030.decode_without_bom_handling(bytes).0, Some(Odd::Encoding)),
            };
            let (cell, other) = text_cell(text, column);
            Ok((cell, odd.or(other)))
        }
    }
}

fn real(number: f64) -> (Cell<'static>, Option<Odd>) {
    if number.is_finite() { (Cell::Real(number), None) } else { (Cell::Null, Some(Odd::NotFinite)) }
}

fn text_cell<'a>(text: Cow<'a, str>, column: &Column) -> (Cell<'a>, Option<Odd>) {
    let cell = match column.field.kind {
        FieldKind::Json => return (Cell::Json(text), None),
        FieldKind::Decimal => return (Cell::Decimal(text), None),
        FieldKind::Time => parse_time(&text).map(Cell::Time),
        FieldKind::Date | FieldKind::DateTime => {
            parse_date_time(&text).map(Cell::DateTime).or_else(|| parse_date(&text).map(Cell::Date))
        }
        _ => return (Cell::Text(text), None),
    };
    match cell {
        Some(cell) => (cell, None),
        None => (Cell::Text(text), Some(Odd::Type)),
    }
}

/// Appends a cell with the number of its column; nothing for null.
pub(super) fn put_cell(place: u16, cell: &Cell<'_>, kind: ColumnKind, into: &mut Vec<u8>) -> Result<(), FormatError> {
    let cannot = || FormatError::refused(Said::told(|lang| tr!(lang, "format.flatgeobuf.cannot_hold").into_owned()));
    if matches!(cell, Cell::Missing | Cell::Null) {
        return Ok(());
    }
    into.extend_from_slice(&place.to_le_bytes());
    match kind {
        ColumnKind::Bool => match cell {
            Cell::Bool(truth) => into.push(u8::from(*truth)),
            Cell::Integer(number @ (0 | 1)) => into.push(*number as u8),
            _ => return Err(cannot()),
        },
        ColumnKind::Long => {
            let number = match cell {
                Cell::Bool(truth) => i64::from(*truth),
                Cell::Integer(number) => *number,
                Cell::Decimal(text) => text.parse().map_err(|_| cannot())?,
                _ => return Err(cannot()),
            };
            into.extend_from_slice(&number.to_le_bytes());
        }
        ColumnKind::Double => {
            let number = match cell {
                Cell::Real(number) => *number,
                Cell::Integer(number) if number.unsigned_abs() <= 1 << 53 => *number as f64,
                Cell::Decimal(text) => text.parse().map_err(|_| cannot())?,
                _ => return Err(cannot()),
            };
            into.extend_from_slice(&number.to_le_bytes());
        }
        _ => match cell {
            Cell::Text(text) | Cell::Json(text) | Cell::Decimal(text) => put_text(text, into),
            Cell::Bool(truth) => put_text(&truth.to_string(), into),
            Cell::Integer(number) => put_text(&number.to_string(), into),
            Cell::Real(number) => put_text(&number.to_string(), into),
            Cell::Date(day) => put_text(&write_date(*day), into),
            Cell::Time(time) => put_text(&write_time(*time), into),
            Cell::DateTime(moment) => put_text(&write_date_time(*moment), into),
            Cell::Missing | Cell::Null => {}
        },
    }
    Ok(())
}

fn put_text(text: &str, into: &mut Vec<u8>) {
    into.extend_from_slice(&(text.len() as u32).to_le_bytes());
    into.extend_from_slice(text.as_bytes());
}
