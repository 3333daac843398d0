//! What the cells of a column are, told by all of its texts: no text is turned into a value that does not give it back.

use super::time::{Moment, moment};
use crate::io::formats::{Cell, Field, FieldKind};
use std::borrow::Cow;

/// What a file says a column holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Declared {
    /// Text, or nothing said.
    #[default]
    Text,
    /// Whole numbers.
    Integer,
    /// Numbers.
    Real,
    /// Truths.
    Bool,
    /// Days, or days and times.
    Time,
}

/// What was seen of a column's texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    declared: Declared,
    is_declared: bool,
    flags: u8,
}

const OTHER: u8 = 1;
const INTEGER: u8 = 2;
/// A whole number of more than 15 digits, which a binary floating point number may not hold.
const LONG: u8 = 4;
/// A whole number beyond 64 bits.
const HUGE: u8 = 8;
const REAL: u8 = 16;
const DATE: u8 = 32;
const DATE_TIME: u8 = 64;

impl Seen {
    /// Takes a column's declaration; two that differ make text.
    pub fn declare(&mut self, declared: Declared) {
        if self.is_declared && self.declared != declared {
            self.flags |= OTHER;
        }
        (self.declared, self.is_declared) = (declared, true);
    }

    /// Takes one text.
    pub fn observe(&mut self, text: &str) {
        if self.flags & OTHER != 0 {
            return;
        }
        let text = text.trim();
        if text.is_empty() {
            return;
        }
        self.flags |= match self.declared {
            Declared::Text => OTHER,
            Declared::Integer | Declared::Real => number(text),
            Declared::Bool => match text {
                "0" | "1" | "true" | "false" => 0,
                _ => OTHER,
            },
            Declared::Time => match moment(text) {
                Some(Moment::Date(_)) => DATE,
                Some(Moment::DateTime(_)) => DATE_TIME,
                None => OTHER,
            },
        };
    }

    /// Takes what was seen elsewhere of the same column.
    pub fn merge(&mut self, other: Self) {
        self.declare(other.declared);
        self.flags |= other.flags;
    }

    /// What the column's cells are.
    pub fn kind(self) -> FieldKind {
        let has = |flag| self.flags & flag != 0;
        match self.declared {
            _ if has(OTHER) => FieldKind::Text,
            Declared::Text => FieldKind::Text,
            Declared::Integer | Declared::Real
                if has(HUGE) || has(LONG) && (has(REAL) || self.declared == Declared::Real) =>
            {
                FieldKind::Decimal
            }
            Declared::Integer if !has(REAL) => FieldKind::Integer,
            Declared::Integer | Declared::Real => FieldKind::Real,
            Declared::Bool => FieldKind::Bool,
            Declared::Time if has(DATE) && has(DATE_TIME) => FieldKind::Text,
            Declared::Time if has(DATE) => FieldKind::Date,
            Declared::Time => FieldKind::DateTime,
        }
    }

    /// True where the texts do not hold what was declared, so that the column is text.
    pub fn is_other_than_declared(self) -> bool {
        self.declared != Declared::Text && self.declared != Declared::Time && self.flags & OTHER != 0
    }
}

fn number(text: &str) -> u8 {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return match digits.len() {
            // A code with leading zeros is no number.
            2.. if digits.starts_with('0') => OTHER,
            16.. if text.parse::<i64>().is_err() => HUGE,
            16.. => INTEGER | LONG,
            _ => INTEGER,
        };
    }
    // What `parse` takes beside (infinity, names of it) is no number of a table.
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && text.bytes().any(|b| b.is_ascii_digit()) => REAL,
        Ok(value) if value.is_nan() => 0,
        _ => OTHER,
    }
}

/// The cell of a text in a column of a kind: null where it is empty and no text, `None` where it does not fit.
pub fn cell(kind: FieldKind, text: &str) -> Option<Cell<'_>> {
    let trimmed = text.trim();
    Some(match kind {
        FieldKind::Text => Cell::Text(Cow::Borrowed(text)),
        FieldKind::Json => Cell::Json(Cow::Borrowed(text)),
        _ if trimmed.is_empty() => Cell::Null,
        FieldKind::Integer => Cell::Integer(trimmed.parse().ok()?),
        FieldKind::Real => Cell::Real(trimmed.parse().ok().filter(|value: &f64| value.is_finite())?),
        FieldKind::Decimal => match number(trimmed) {
            OTHER | 0 => return None,
            _ => Cell::Decimal(decimal(trimmed)),
        },
        FieldKind::Bool => Cell::Bool(match trimmed {
            "1" | "true" => true,
            "0" | "false" => false,
            _ => return None,
        }),
        FieldKind::Date | FieldKind::DateTime | FieldKind::Time => match moment(trimmed)? {
            Moment::Date(date) => Cell::Date(date),
            Moment::DateTime(time) => Cell::DateTime(time),
        },
    })
}

/// A number as JSON writes it: no plus before it, digits on both sides of a point.
fn decimal(text: &str) -> Cow<'_, str> {
    let plain = text.strip_prefix('+').unwrap_or(text);
    let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |digits| ("-", digits));
    let (mantissa, exponent) = digits.find(['e', 'E']).map_or((digits, ""), |at| digits.split_at(at));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let bare = whole.trim_start_matches('0');
    if !bare.is_empty() && bare.len() == whole.len() && mantissa.ends_with(|c: char| c.is_ascii_digit()) {
        return Cow::Borrowed(plain);
    }
    let (bare, point) = (if bare.is_empty() { "0" } else { bare }, if fraction.is_empty() { "" } else { "." });
    Cow::Owned(format!("{sign}{bare}{point}{fraction}{exponent}"))
}

/// A column as it is found.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// Its name in the file.
    pub name: String,
    /// Its title for people.
    pub title: Option<String>,
    /// What was seen of it.
    pub seen: Seen,
}

impl Column {
    /// The field it makes.
    pub fn field(&self) -> Field {
        let title = self.title.clone().filter(|title| *title != self.name);
        Field { title, ..Field::new(self.name.clone(), self.seen.kind()) }
    }
}
