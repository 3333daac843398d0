//! Values of SQLite as cells, and cells as values. SQLite holds any value in any column: what is there is given.

use crate::io::formats::iso8601::{
    in_utc, parse_date, parse_date_time, parse_time, write_date, write_date_time, write_time,
};
use crate::io::formats::{Cell, FieldKind};
use encoding_rs::Encoding;
use rusqlite::types::{Value, ValueRef};
use std::borrow::Cow;

/// What a column is declared as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Declared {
    Bool,
    Integer,
    Real,
    Decimal,
    Text,
    Json,
    Blob,
    Date,
    DateTime,
    Time,
    /// Nothing, or nothing that is known (computed columns of views).
    Any,
}

impl Declared {
    /// Reads a declaration: what it is, and the most characters of `TEXT(20)`, `VARCHAR(20)`.
    pub(super) fn of(declaration: &str) -> (Self, Option<u32>) {
        let upper = declaration.trim().to_ascii_uppercase();
        let (name, inner) = upper.split_once('(').unwrap_or((&upper, ""));
        let width = inner.trim_end_matches([')', ' ']).trim().parse().ok();
        let declared = match name.trim() {
            "BOOLEAN" | "BOOL" => Self::Bool,
            "TINYINT" | "SMALLINT" | "MEDIUMINT" | "INT" | "INTEGER" | "BIGINT" | "INT2" | "INT4" | "INT8"
            | "INT64" | "UNSIGNED BIG INT" => Self::Integer,
            "FLOAT" | "DOUBLE" | "REAL" | "DOUBLE PRECISION" => Self::Real,
            "NUMERIC" | "DECIMAL" | "NUMBER" => Self::Decimal,
            "TEXT" | "VARCHAR" | "CHAR" | "CHARACTER" | "CHARACTER VARYING" | "VARYING CHARACTER" | "NCHAR"
            | "NVARCHAR" | "CLOB" | "STRING" | "UUID" => Self::Text,
            "JSON" => Self::Json,
            "BLOB" | "BINARY" | "VARBINARY" => Self::Blob,
            "DATE" => Self::Date,
            "DATETIME" | "TIMESTAMP" => Self::DateTime,
            "TIME" => Self::Time,
            _ if super::super::wkb::kind_named(name).is_some() || name == "GEOMETRY" => Self::Blob,
            _ => Self::Any,
        };
        (declared, width.filter(|_| matches!(declared, Self::Text | Self::Blob)))
    }

    /// What its cells are called.
    pub(super) fn kind(self) -> FieldKind {
        match self {
            Self::Bool => FieldKind::Bool,
            Self::Integer => FieldKind::Integer,
            Self::Real => FieldKind::Real,
            Self::Decimal => FieldKind::Decimal,
            Self::Text | Self::Blob | Self::Any => FieldKind::Text,
            Self::Json => FieldKind::Json,
            Self::Date => FieldKind::Date,
            Self::DateTime => FieldKind::DateTime,
            Self::Time => FieldKind::Time,
        }
    }
}

/// What is odd about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Odd {
    /// It is of another type than its column; it is given as it is.
    Type,
    /// It is infinite; it is given as null.
    NotFinite,
    /// It is text in another encoding than the format has; it was read as the encoding of the planner, or GB 18030.
    Encoding,
    /// It is text in no encoding; letters are lost.
    Letters,
    /// It is binary; it is given as null.
    Binary,
}

/// A value of a column as a cell.
pub(super) fn cell<'a>(
    value: ValueRef<'a>,
    declared: Declared,
    encoding: Option<&'static Encoding>,
) -> (Cell<'a>, Option<Odd>) {
    match value {
        ValueRef::Null => (Cell::Null, None),
        ValueRef::Integer(number) => match declared {
            Declared::Integer | Declared::Any => (Cell::Integer(number), None),
            Declared::Bool if matches!(number, 0 | 1) => (Cell::Bool(number == 1), None),
            Declared::Real if number.unsigned_abs() <= 1 << 53 => (Cell::Real(number as f64), None),
            Declared::Decimal => (Cell::Decimal(Cow::Owned(number.to_string())), None),
            _ => (Cell::Integer(number), Some(Odd::Type)),
        },
        ValueRef::Real(number) if !number.is_finite() => (Cell::Null, Some(Odd::NotFinite)),
        ValueRef::Real(number) => match declared {
            Declared::Real | Declared::Any => (Cell::Real(number), None),
            Declared::Decimal => (Cell::Decimal(Cow::Owned(decimal(number))), None),
            _ => (Cell::Real(number), Some(Odd::Type)),
        },
        ValueRef::Text(bytes) => {
            let (text, odd) = decoded(bytes, encoding);
            let (cell, other) = text_cell(text, declared);
            (cell, odd.or(other))
        }
        ValueRef::Blob(_) => (Cell::Null, Some(Odd::Binary)),
    }
}

/// A number in the fewest digits that give it back.
fn decimal(number: f64) -> String {
    let size = number.abs();
    if size != 0.0 && !(1e-5..1e16).contains(&size) { format!("{number:e}") } else { number.to_string() }
}

fn decoded<'a>(bytes: &'a [u8], encoding: Option<&'static Encoding>) -> (Cow<'a, str>, Option<Odd>) {
    if let Some(encoding) = encoding.filter(|encoding| *encoding != encoding_rs::UTF_8) {
        let (text, has_lost) = encoding.decode_without_bom_handling(bytes);
        return (text, has_lost.then_some(Odd::Letters));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return (Cow::Borrowed(text), None);
    }
    match encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => (text, Some(Odd::Encoding)),
        None => (String::from_utf8_lossy(bytes), Some(Odd::Letters)),
    }
}

fn text_cell(text: Cow<'_, str>, declared: Declared) -> (Cell<'_>, Option<Odd>) {
    let read = match declared {
        Declared::Text | Declared::Any | Declared::Blob => return (Cell::Text(text), None),
        Declared::Json => return (Cell::Json(text), None),
        Declared::Date => parse_date(&text).map(Cell::Date),
        Declared::Time => parse_time(&text).map(Cell::Time),
        Declared::DateTime => {
            if let Some(day) = parse_date(&text) {
                return (Cell::Date(day), Some(Odd::Type));
            }
            parse_date_time(&text).map(Cell::DateTime)
        }
        Declared::Decimal if is_decimal(&text) => return (Cell::Decimal(text), None),
        _ => None,
    };
    match read {
        Some(cell) => (cell, None),
        None => (Cell::Text(text), Some(Odd::Type)),
    }
}

/// True for digits with an optional sign, point and exponent, as JSON has them.
pub(super) fn is_decimal(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (number, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(number, e)| (number, Some(e)));
    let (whole, fraction) = number.split_once('.').map_or((number, None), |(whole, fraction)| (whole, Some(fraction)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|e| digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}

/// A cell as a value for a column; `None` where such a column cannot hold it exactly.
pub(super) fn value(cell: &Cell<'_>, declared: Declared) -> Option<Value> {
    Some(match (cell, declared) {
        (Cell::Missing | Cell::Null, _) => Value::Null,
        (_, Declared::Blob) => return None,
        (Cell::Bool(truth), Declared::Text | Declared::Json) => Value::Text(truth.to_string()),
        (Cell::Bool(truth), _) => Value::Integer(i64::from(*truth)),
        (Cell::Integer(number), Declared::Text | Declared::Json) => Value::Text(number.to_string()),
        (Cell::Integer(number), Declared::Real) if number.unsigned_abs() > 1 << 53 => return None,
        (Cell::Integer(number), _) => Value::Integer(*number),
        (Cell::Real(number), Declared::Text | Declared::Json) => Value::Text(decimal(*number)),
        (Cell::Real(number), _) => Value::Real(*number),
        (Cell::Decimal(text), Declared::Integer | Declared::Bool) => Value::Integer(text.parse().ok()?),
        (Cell::Decimal(text), Declared::Real) => Value::Real(text.parse().ok()?),
        (Cell::Decimal(text), Declared::Decimal) => match text.parse::<i64>() {
            Ok(number) => Value::Integer(number),
            // What a double gives back in the same digits is a number, all else stays as written.
            Err(_) => match text.parse::<f64>() {
                Ok(number) if decimal(number) == **text => Value::Real(number),
                _ => Value::Text(text.to_string()),
            },
        },
        (Cell::Decimal(text) | Cell::Text(text) | Cell::Json(text), _) => Value::Text(text.to_string()),
        (Cell::Date(day), _) => Value::Text(write_date(*day)),
        (Cell::Time(time), _) => Value::Text(write_time(*time)),
        // The format knows UTC alone; without a distance from UTC it is written as it is.
        (Cell::DateTime(moment), Declared::DateTime) => Value::Text(write_moment(in_utc(*moment))),
        (Cell::DateTime(moment), _) => Value::Text(write_date_time(*moment)),
    })
}

/// A moment with at least milliseconds, as the format wants it: `2024-05-01T08:30:00.000Z`.
fn write_moment(moment: crate::io::formats::DateTime) -> String {
    let text = write_date_time(moment);
    if moment.time.nanosecond == 0 && text.len() >= 19 { format!("{}.000{}", &text[..19], &text[19..]) } else { text }
}

/// True where a cell that was read is what it was: null and missing are alike, numbers are compared as numbers.
pub(super) fn is_same(a: &Cell<'_>, b: &Cell<'_>) -> bool {
    match (a, b) {
        (Cell::Null | Cell::Missing, Cell::Null | Cell::Missing) => true,
        (Cell::Integer(a), Cell::Real(b)) | (Cell::Real(b), Cell::Integer(a)) => {
            *a as f64 == *b && a.unsigned_abs() <= 1 << 53
        }
        (Cell::Decimal(a), Cell::Integer(b)) | (Cell::Integer(b), Cell::Decimal(a)) => a.parse() == Ok(*b),
        (Cell::DateTime(a), Cell::DateTime(b)) => {
            a.offset_minutes.is_some() == b.offset_minutes.is_some() && in_utc(*a) == in_utc(*b)
        }
        (a, b) => a == b,
    }
}
