//! Values of fields other than text: what a field's letter, width and decimals mean, and its bytes as a cell.

use super::super::{Cell, Date, DateTime, FieldKind, Time};
use super::header::{Column, Header};
use std::borrow::Cow;

/// How the bytes of a field are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Text,
    /// Text whose last byte says its length where a bit is set.
    VarText,
    Integer,
    Decimal,
    Real,
    Bool,
    Date,
    /// Days since 4713 BC and milliseconds, four bytes each.
    Moment,
    /// Four bytes.
    Binary32,
    /// Four bytes, the highest first and its top bit turned (dBASE 7).
    Sortable32,
    /// Eight bytes of a floating point number.
    Binary64,
    /// The same as dBASE 7 stores it for sorting.
    Sortable64,
    /// Eight bytes of ten-thousandths.
    Currency,
    /// In another file, or bytes that are no value of a table.
    Unread,
}

/// What is wrong with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueFlaw {
    /// Filled with asterisks: no value, or one that was too wide. Read as no value.
    Asterisks,
    /// It has a decimal comma; read.
    Comma,
    /// It has digits behind the point in a field of whole numbers; read.
    NotWhole,
    /// It is not a value of its field's kind; read as no value.
    NotOne,
}

/// A field's most digits that always fit into 64 bits.
const INTEGER_DIGITS: usize = 18;

impl Reading {
    /// How a field is read.
    pub(super) fn of(column: &Column, header: &Header) -> Self {
        let is_visual = matches!(header.version, 0x30..=0x32);
        match (column.letter, column.width) {
            (b'N' | b'F', width) => match (column.decimals, width) {
                (0, ..=INTEGER_DIGITS) => Self::Integer,
                (0, _) => Self::Decimal,
                _ => Self::Real,
            },
            (b'L', 1) => Self::Bool,
            (b'D', 8..) => Self::Date,
            (b'T' | b'@', 8) => Self::Moment,
            (b'I' | b'+', 4) if header.is_level_7 => Self::Sortable32,
            (b'I' | b'+', 4) => Self::Binary32,
            (b'O', 8) if header.is_level_7 => Self::Sortable64,
            (b'O', 8) => Self::Binary64,
            (b'B', 8) if is_visual => Self::Binary64,
            (b'Y', 8) => Self::Currency,
            (b'V', _) if column.length_bit.is_some() => Self::VarText,
            (b'M' | b'G' | b'P' | b'W' | b'Q' | b'B' | b'0' | b'X', _) => Self::Unread,
            _ => Self::Text,
        }
    }

    /// What its cells are.
    pub(super) fn kind(self) -> FieldKind {
        match self {
            Self::Text | Self::VarText | Self::Unread => FieldKind::Text,
            Self::Integer | Self::Binary32 | Self::Sortable32 => FieldKind::Integer,
            Self::Decimal | Self::Currency => FieldKind::Decimal,
            Self::Real | Self::Binary64 | Self::Sortable64 => FieldKind::Real,
            Self::Bool => FieldKind::Bool,
            Self::Date => FieldKind::Date,
            Self::Moment => FieldKind::DateTime,
        }
    }

    /// The cell of a value that is no text.
    pub(super) fn cell<'a>(self, value: &'a [u8], decimals: u8) -> (Cell<'a>, Option<ValueFlaw>) {
        let fixed = |cell: Option<Cell<'a>>| cell.map_or((Cell::Null, Some(ValueFlaw::NotOne)), |cell| (cell, None));
        match self {
            Self::Text | Self::VarText | Self::Unread => (Cell::Null, None),
            Self::Integer | Self::Decimal | Self::Real => number(self, trimmed(value), decimals),
            Self::Bool => match value.first() {
                Some(b'T' | b't' | b'Y' | b'y' | b'1') => (Cell::Bool(true), None),
                Some(b'F' | b'f' | b'N' | b'n' | b'0') => (Cell::Bool(false), None),
                Some(b'?' | b' ' | 0) | None => (Cell::Null, None),
                Some(_) => (Cell::Null, Some(ValueFlaw::NotOne)),
            },
            Self::Date => date(trimmed(value)),
            Self::Moment if value.iter().all(|byte| matches!(byte, 0 | b' ')) => (Cell::Null, None),
            Self::Moment => fixed(moment(value)),
            Self::Binary32 => fixed(four(value).map(|bytes| Cell::Integer(i32::from_le_bytes(bytes).into()))),
            Self::Sortable32 if value == [0; 4] => (Cell::Null, None),
            Self::Sortable32 => {
                fixed(four(value).map(|bytes| Cell::Integer((i32::from_be_bytes(bytes) ^ i32::MIN).into())))
            }
            Self::Binary64 => fixed(eight(value).map(f64::from_le_bytes).and_then(real)),
            Self::Sortable64 if value == [0; 8] => (Cell::Null, None),
            Self::Sortable64 => fixed(
                eight(value)
                    .map(u64::from_be_bytes)
                    .and_then(|bits| real(f64::from_bits(if bits >> 63 == 1 { bits ^ (1 << 63) } else { !bits }))),
            ),
            Self::Currency => fixed(eight(value).map(|bytes| {
                let parts = i64::from_le_bytes(bytes);
                let sign = if parts < 0 { "-" } else { "" };
                let parts = parts.unsigned_abs();
                Cell::Decimal(Cow::Owned(format!("{sign}{}.{:04}", parts / 10_000, parts % 10_000)))
            })),
        }
    }
}

fn four(value: &[u8]) -> Option<[u8; 4]> {
    value.try_into().ok()
}

fn eight(value: &[u8]) -> Option<[u8; 8]> {
    value.try_into().ok()
}

fn real<'a>(number: f64) -> Option<Cell<'a>> {
    number.is_finite().then_some(Cell::Real(number))
}

/// Without spaces, tabs and zeros on either side.
pub(super) fn trimmed(value: &[u8]) -> &[u8] {
    let is_padding = |byte: &u8| matches!(byte, b' ' | b'\t' | 0);
    let Some(first) = value.iter().position(|byte| !is_padding(byte)) else { return &[] };
    // A zero ends a value whatever follows.
    let value = &value[first..];
    let value = memchr::memchr(0, value).map_or(value, |end| &value[..end]);
    let last = value.iter().rposition(|byte| !is_padding(byte)).map_or(0, |last| last + 1);
    &value[..last]
}

fn number<'a>(reading: Reading, value: &'a [u8], decimals: u8) -> (Cell<'a>, Option<ValueFlaw>) {
    let not_one = (Cell::Null, Some(ValueFlaw::NotOne));
    if value.is_empty() {
        return (Cell::Null, None);
    }
    if reading == Reading::Integer
        && let Some(whole) = whole(value)
    {
        return (Cell::Integer(whole), None);
    }
    if value.iter().all(|byte| *byte == b'*') {
        return (Cell::Null, Some(ValueFlaw::Asterisks));
    }
    let Ok(text) = std::str::from_utf8(value) else { return not_one };
    let (with_point, comma) = match text.split_once(',') {
        None => (None, None),
        // 1,234 in a field of whole numbers may be one thousand or one and a bit: nobody knows.
        Some((before, after)) if !text.contains('.') && !after.contains(',') && (decimals > 0 || after.len() != 3) => {
            (Some(format!("{before}.{after}")), Some(ValueFlaw::Comma))
        }
        Some(_) => return not_one,
    };
    let cell = match (reading, with_point.as_deref().unwrap_or(text)) {
        (Reading::Real, text) => parsed(text).map(Cell::Real),
        (Reading::Decimal, _) => match with_point {
            None => decimal(text).map(Cell::Decimal),
            Some(text) => decimal(&text).map(|number| Cell::Decimal(Cow::Owned(number.into_owned()))),
        },
        (_, text) => match parsed(text) {
            // A whole number written otherwise (12.000, 1e5).
            Some(number) if number.fract() == 0.0 && number.abs() < 9e15 => Some(Cell::Integer(number as i64)),
            Some(number) => return (Cell::Real(number), Some(ValueFlaw::NotWhole)),
            None => None,
        },
    };
    cell.map_or(not_one, |cell| (cell, comma))
}

/// A finite number in digits.
fn parsed(text: &str) -> Option<f64> {
    let is_digits = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'+' | b'-' | b'e' | b'E'));
    text.parse().ok().filter(|number: &f64| is_digits && number.is_finite())
}

/// A whole number of at most 18 digits.
fn whole(value: &[u8]) -> Option<i64> {
    let (sign, digits) = match value {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] => (1, digits),
        digits => (1, digits),
    };
    if digits.is_empty() || digits.len() > INTEGER_DIGITS {
        return None;
    }
    let mut number = 0_i64;
    for digit in digits {
        number = number * 10 + i64::from(digit.is_ascii_digit().then(|| digit - b'0')?);
    }
    Some(sign * number)
}

/// A decimal number as JSON writes it: as it stands where it is one already, else without leading zeros and a
/// plus, with digits on both sides of the point.
fn decimal(text: &str) -> Option<Cow<'_, str>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_exponent = |part: &str| {
        let digits = part.strip_prefix(['-', '+']).unwrap_or(part);
        !digits.is_empty() && is_digits(digits)
    };
    let has_digits = !whole.is_empty() || fraction.is_some_and(|fraction| !fraction.is_empty());
    if !has_digits || !is_digits(whole) || !fraction.is_none_or(is_digits) || !exponent.is_none_or(is_exponent) {
        return None;
    }
    let plain = whole.trim_start_matches('0');
    let plain = if plain.is_empty() { "0" } else { plain };
    if plain == whole && fraction != Some("") && !text.starts_with('+') {
        return Some(Cow::Borrowed(text));
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let fraction =
        fraction.filter(|fraction| !fraction.is_empty()).map_or(String::new(), |fraction| format!(".{fraction}"));
    let exponent = exponent.map_or(String::new(), |exponent| format!("e{exponent}"));
    Some(Cow::Owned(format!("{sign}{plain}{fraction}{exponent}")))
}

fn date<'a>(value: &[u8]) -> (Cell<'a>, Option<ValueFlaw>) {
    if value.is_empty() || value.iter().all(|byte| *byte == b'0') {
        return (Cell::Null, None);
    }
    let day = match value {
        [y1, y2, y3, y4, m1, m2, d1, d2] if value.iter().all(u8::is_ascii_digit) => {
            let two = |a: &u8, b: &u8| (a - b'0') * 10 + (b - b'0');
            valid_date(i32::from(two(y1, y2)) * 100 + i32::from(two(y3, y4)), two(m1, m2), two(d1, d2))
        }
        _ => std::str::from_utf8(value).ok().and_then(|text| {
            let mut parts = text.split(['-', '/', '.']);
            let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
            let is_whole = parts.next().is_none() && year.len() == 4;
            valid_date(year.parse().ok().filter(|_| is_whole)?, month.parse().ok()?, day.parse().ok()?)
        }),
    };
    day.map_or((Cell::Null, Some(ValueFlaw::NotOne)), |day| (Cell::Date(day), None))
}

/// A day of the calendar, where it is one.
fn valid_date(year: i32, month: u8, day: u8) -> Option<Date> {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    ((1..=days).contains(&day) && (0..=9999).contains(&year)).then_some(Date { year, month, day })
}

fn moment<'a>(value: &[u8]) -> Option<Cell<'a>> {
    let days = i32::from_le_bytes(value.get(..4)?.try_into().ok()?);
    let milliseconds = u32::from_le_bytes(value.get(4..8)?.try_into().ok()?);
    let date = date_of_julian(days)?;
    if milliseconds >= 86_400_000 {
        return None;
    }
    let seconds = milliseconds / 1000;
    let time = Time {
        hour: (seconds / 3600) as u8,
        minute: (seconds / 60 % 60) as u8,
        second: (seconds % 60) as u8,
        nanosecond: milliseconds % 1000 * 1_000_000,
    };
    Some(Cell::DateTime(DateTime { date, time, offset_minutes: None }))
}

/// The day of a Julian day number (Fliegel and Van Flandern 1968), from the year 1 to 9999.
fn date_of_julian(days: i32) -> Option<Date> {
    if !(1_721_426..=5_373_484).contains(&days) {
        return None;
    }
    let l = days + 68_569;
    let n = 4 * l / 146_097;
    let l = l - (146_097 * n + 3) / 4;
    let i = 4000 * (l + 1) / 1_461_001;
    let l = l - 1461 * i / 4 + 31;
    let j = 80 * l / 2447;
    let day = l - 2447 * j / 80;
    let l = j / 11;
    Some(Date { year: 100 * (n - 49) + i + l, month: (j + 2 - 12 * l) as u8, day: day as u8 })
}
