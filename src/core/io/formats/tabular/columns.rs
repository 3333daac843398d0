//! The kind of a column by all of its cells, and cells of that kind.

use super::Raw;
use super::lex::{Lex, lex, read_moment, unprotected};
use crate::io::formats::{Cell, DateTime, FieldKind, Time};
use std::borrow::Cow;

const INTEGER: u8 = 1;
const REAL: u8 = 2;
const DECIMAL: u8 = 4;
const DATE: u8 = 8;
const DATE_TIME: u8 = 16;
const BOOL: u8 = 32;
const TIME: u8 = 64;
const ALL: u8 = 127;

/// What a column's cells are, counted.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnScan {
    possible: u8,
    /// Cells with something in them.
    pub filled: u64,
    /// Those that are numbers.
    pub numbers: u64,
    /// The line and text of the first that is none.
    pub first_other: Option<(u64, String)>,
    /// Codes: a zero in front, or at least 16 digits.
    pub codes: u64,
    /// The line of the first number of which a spreadsheet kept only 15 digits.
    pub lost_digits: Option<u64>,
    /// Cells whose text was kept from being a number by a mark.
    pub protected: u64,
    /// Numbers that are shown with zeros in front, by a spreadsheet's format.
    pub padded: u64,
    /// Errors of a spreadsheet, and numbers that are not finite.
    pub nulls: u64,
}

impl Default for ColumnScan {
    fn default() -> Self {
        Self {
            possible: ALL,
            filled: 0,
            numbers: 0,
            first_other: None,
            codes: 0,
            lost_digits: None,
            protected: 0,
            padded: 0,
            nulls: 0,
        }
    }
}

impl ColumnScan {
    /// Looks at a cell of a line. `is_text`: the file knows texts only, so that their spelling decides.
    pub fn see(&mut self, raw: &Raw<'_>, line: u64, is_text: bool) {
        let may_be = match raw {
            Raw::Empty => return,
            Raw::Text(text) if is_text => {
                // Once it is text, spelling matters only while it may be a column of numbers with a few remarks.
                if self.possible == 0 && self.numbers * 10 < self.filled * 9 {
                    self.filled += u64::from(!text.is_empty());
                    self.protected += u64::from(text.starts_with(['\t', '\'', '=']) && unprotected(text).1);
                    return;
                }
                match lex(text) {
                    Lex::Blank => return,
                    Lex::Integer => INTEGER | REAL | DECIMAL,
                    Lex::Real => REAL | DECIMAL,
                    Lex::Decimal => DECIMAL,
                    Lex::NonFinite => {
                        self.nulls += 1;
                        INTEGER | REAL | DECIMAL
                    }
                    Lex::Code => {
                        self.codes += 1;
                        0
                    }
                    Lex::Bool => BOOL,
                    Lex::Date => DATE,
                    Lex::DateTime => DATE_TIME,
                    Lex::Other => {
                        self.protected += u64::from(unprotected(text).1);
                        0
                    }
                }
            }
            Raw::Text(text) => {
                if text.trim().is_empty() {
                    return;
                }
                0
            }
            Raw::Number(value) => {
                let is_whole = value.fract() == 0.0;
                if is_whole && value.abs() >= 1e15 {
                    self.lost_digits.get_or_insert(line);
                }
                if is_whole && value.abs() < 9.2e18 { INTEGER | REAL } else { REAL }
            }
            Raw::Padded(..) => {
                self.padded += 1;
                0
            }
            Raw::Bool(_) => BOOL,
            Raw::Moment(DateTime { time: Time { hour: 0, minute: 0, second: 0, nanosecond: 0 }, .. }) => {
                DATE | DATE_TIME
            }
            Raw::Moment(_) => DATE_TIME,
            Raw::Time(_) => TIME,
            Raw::Error(_) => {
                self.nulls += 1;
                return;
            }
        };
        let is_number = may_be & (REAL | DECIMAL) != 0;
        self.filled += 1;
        self.numbers += u64::from(is_number);
        if !is_number && self.first_other.is_none() {
            self.first_other = Some((line, raw.shown().chars().take(20).collect()));
        }
        self.possible &= may_be;
    }

    /// The kind that all cells are of; text where they are of several.
    pub fn kind(&self) -> FieldKind {
        if self.filled == 0 {
            return FieldKind::Text;
        }
        let kinds = [
            (INTEGER, FieldKind::Integer),
            (REAL, FieldKind::Real),
            (DECIMAL, FieldKind::Decimal),
            (DATE, FieldKind::Date),
            (DATE_TIME, FieldKind::DateTime),
            (TIME, FieldKind::Time),
            (BOOL, FieldKind::Bool),
        ];
        kinds.iter().find(|(bit, _)| self.possible & bit != 0).map_or(FieldKind::Text, |(_, kind)| *kind)
    }

    /// True where most cells are numbers but a few are not, so that the column is text.
    pub fn is_nearly_numbers(&self) -> bool {
        self.kind() == FieldKind::Text
            && self.codes == 0
            && self.numbers < self.filled
            && self.numbers * 10 >= self.filled * 9
    }
}

/// A cell of a column of a kind. A number that is not finite and an error of a spreadsheet are null.
pub fn cell<'a>(raw: &'a Raw<'_>, kind: FieldKind) -> Cell<'a> {
    match (raw, kind) {
        (Raw::Empty | Raw::Error(_), _) => Cell::Null,
        (Raw::Text(text), FieldKind::Text) => Cell::Text(Cow::Borrowed(unprotected(text).0)),
        (Raw::Text(text), kind) => of_text(text.trim_matches([' ', '\u{3000}', '\u{a0}']), kind),
        (Raw::Number(value), FieldKind::Integer) => Cell::Integer(*value as i64),
        (Raw::Number(value), FieldKind::Real) if value.is_finite() => Cell::Real(*value),
        (Raw::Number(_), FieldKind::Real) => Cell::Null,
        (Raw::Bool(value), FieldKind::Bool) => Cell::Bool(*value),
        (Raw::Moment(moment), FieldKind::Date) => Cell::Date(moment.date),
        (Raw::Moment(moment), FieldKind::DateTime) => Cell::DateTime(*moment),
        (Raw::Time(time), FieldKind::Time) => Cell::Time(*time),
        (raw, _) => Cell::Text(raw.shown()),
    }
}

fn of_text(text: &str, kind: FieldKind) -> Cell<'_> {
    let read = match kind {
        FieldKind::Integer => text.parse().ok().map(Cell::Integer),
        FieldKind::Real => text.parse().ok().filter(|value: &f64| value.is_finite()).map(Cell::Real),
        FieldKind::Decimal => (lex(text) != Lex::NonFinite && !text.is_empty()).then(|| Cell::Decimal(decimal(text))),
        FieldKind::Bool => (!text.is_empty()).then(|| Cell::Bool(text.eq_ignore_ascii_case("true"))),
        FieldKind::Date => read_moment(text).map(|(date, _)| Cell::Date(date)),
        FieldKind::DateTime => read_moment(text).and_then(|(_, moment)| moment).map(Cell::DateTime),
        _ => None,
    };
    read.unwrap_or(Cell::Null)
}

/// A decimal as JSON has it: a digit before and behind the point.
fn decimal(text: &str) -> Cow<'_, str> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    if !digits.starts_with('.') && !digits.ends_with('.') && !digits.contains(".e") && !digits.contains(".E") {
        return Cow::Borrowed(text);
    }
    let zero = if digits.starts_with('.') { "0" } else { "" };
    Cow::Owned(format!("{sign}{zero}{}", digits.replace(".e", "e").replace(".E", "E").trim_end_matches('.')))
}
