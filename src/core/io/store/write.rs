//! What becomes of a layer's columns in a table, so that every value comes back as it was written; rows as `COPY` takes them.

use super::columns::RegisteredColumn;
use crate::io::formats::{FieldKind, iso8601_kind};
use crate::model::{Layer, Value, Written};
use std::borrow::Cow;
use std::collections::HashSet;

/// Bytes that a name may have in PostgreSQL.
pub(super) const NAME: usize = 63;
/// Names that every table has for itself.
const OF_SYSTEM: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];
/// Digits of a number that is kept as a number.
const DIGITS: usize = 1_000;

/// A column to be.
#[derive(Clone, Debug)]
pub(super) struct NewColumn {
    pub(super) name: String,
    pub(super) kind: NewKind,
    pub(super) registered: RegisteredColumn,
    pub(super) title: Option<String>,
}

/// What its values are kept as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NewKind {
    Bool,
    Integer,
    Real,
    Decimal,
    Date,
    Time,
    Local,
    Moment,
    Text,
    Json,
}

impl NewKind {
    /// PostgreSQL's type.
    pub(super) fn sql(self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Integer => "bigint",
            Self::Real => "double precision",
            Self::Decimal => "numeric",
            Self::Date => "date",
            Self::Time => "time",
            Self::Local => "timestamp",
            Self::Moment => "timestamptz",
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// Names that are not taken yet, each at most as long as PostgreSQL lets it be.
#[derive(Debug, Default)]
pub(super) struct Names(HashSet<String>);

impl Names {
    /// A name like this one.
    pub(super) fn free(&mut self, wanted: &str) -> String {
        let cut = |length: usize| {
            let end = (0..=length.min(wanted.len())).rev().find(|end| wanted.is_char_boundary(*end));
            // A name cannot hold it.
            wanted[..end.unwrap_or_default()].replace('\0', "")
        };
        let mut name = match cut(NAME) {
            name if name.is_empty() => "column".to_owned(),
            name => name,
        };
        let mut number = 2;
        while OF_SYSTEM.contains(&&*name) || self.0.contains(&name) {
            let tail = format!("_{number}");
            name = format!("{}{tail}", cut(NAME - tail.len()));
            number += 1;
        }
        self.0.insert(name.clone());
        name
    }
}

/// What all values of a column can be kept as.
struct Fits {
    bool: bool,
    integer: bool,
    real: bool,
    decimal: bool,
    text: bool,
    /// Of texts, as the file declares them: days, times, moments.
    declared: Option<NewKind>,
    has_value: bool,
}

impl Fits {
    fn new(declared: Option<FieldKind>) -> Self {
        let declared = match declared {
            Some(FieldKind::Date) => Some(NewKind::Date),
            Some(FieldKind::Time) => Some(NewKind::Time),
            Some(FieldKind::DateTime) => Some(NewKind::Local),
            _ => None,
        };
        Self { bool: true, integer: true, real: true, decimal: true, text: true, declared, has_value: false }
    }

    fn only(&mut self, bool: bool, number: bool, text: bool) {
        self.bool &= bool;
        self.integer &= number;
        self.real &= number;
        self.decimal &= number;
        self.text &= text;
        self.has_value = true;
    }

    fn add(&mut self, value: &Value<'_>, json: Option<&str>) {
        match value {
            Value::Missing | Value::Null => {}
            Value::Bool(_) => self.only(true, false, false),
            Value::Json(_) => self.only(false, false, false),
            Value::Number(number, written) => {
                self.only(false, true, false);
                let text = written.text();
                self.integer &= text.parse::<i64>().is_ok_and(|whole| whole.to_string() == text);
                self.real &= number.is_finite() && Written::Real(*number).text() == text;
                self.decimal &= is_plain(&text);
            }
            Value::Text(text) => {
                self.only(false, false, true);
                // One that is written with escapes of its own choice comes back as it was only as JSON.
                let is_usual = json
                    .is_none_or(|json| !json.contains('\\') || *json == *serde_json::Value::from(&**text).to_string());
                self.text &= is_usual && !text.contains('\0');
                self.declared = self.declared.and_then(|declared| match (declared, iso8601_kind(text)) {
                    (NewKind::Date, Some(FieldKind::Date)) => Some(NewKind::Date),
                    (NewKind::Time, Some(FieldKind::Time)) => Some(NewKind::Time),
                    (NewKind::Local, Some(FieldKind::DateTime)) if !text.ends_with('Z') => Some(NewKind::Local),
                    // The first moment decides for all.
                    (NewKind::Local, Some(FieldKind::DateTime)) if !self.has_moments() => Some(NewKind::Moment),
                    (NewKind::Moment, Some(FieldKind::DateTime)) if text.ends_with('Z') => Some(NewKind::Moment),
                    _ => None,
                });
            }
        }
    }

    fn has_moments(&self) -> bool {
        self.declared == Some(NewKind::Moment)
    }

    fn kind(&self, declared: Option<FieldKind>) -> NewKind {
        match declared {
            // Whole numbers among decimals are decimals.
            Some(FieldKind::Real) if self.has_value && self.real => NewKind::Real,
            Some(FieldKind::Decimal) if self.has_value && self.decimal => NewKind::Decimal,
            Some(FieldKind::Bool) if !self.has_value => NewKind::Bool,
            Some(FieldKind::Integer) if !self.has_value => NewKind::Integer,
            Some(FieldKind::Real) if !self.has_value => NewKind::Real,
            _ if !self.has_value => NewKind::Text,
            _ if self.bool => NewKind::Bool,
            _ if self.integer => NewKind::Integer,
            _ if self.real => NewKind::Real,
            _ if self.decimal => NewKind::Decimal,
            _ if self.text => self.declared.unwrap_or(NewKind::Text),
            _ => NewKind::Json,
        }
    }
}

/// True for a number that PostgreSQL's `numeric` gives back digit by digit.
fn is_plain(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_made_of_digits = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let is_negative_zero = text.starts_with('-') && digits.bytes().all(|b| matches!(b, b'0' | b'.'));
    is_made_of_digits && !is_negative_zero && digits.len() <= DIGITS
}

/// The columns that a layer's columns become.
///
/// Cost: a look at every cell.
pub(super) fn new_columns(layer: &Layer, rows: &[usize], names: &mut Names) -> Vec<NewColumn> {
    let one = |(column, own): (usize, &std::sync::Arc<str>)| {
        let field = layer.field(column);
        let declared = field.map(|field| field.kind);
        let mut fits = Fits::new(declared);
        let (mut has_missing, mut has_null) = (false, false);
        for row in rows {
            let value = layer.attributes.value(*row, column);
            has_missing |= value == Value::Missing;
            has_null |= value == Value::Null;
            let json = matches!(value, Value::Text(_)).then(|| layer.attributes.json(*row, column)).flatten();
            fits.add(&value, json.as_deref());
        }
        // An empty cell can mean one of the two; where both occur, null is a value of JSON.
        let kind = if has_missing && has_null { NewKind::Json } else { fits.kind(declared) };
        let name = names.free(own);
        let registered = RegisteredColumn {
            column: name.clone(),
            name: (name != **own).then(|| own.to_string()),
            is_absent: has_missing,
        };
        NewColumn { name, kind, registered, title: field.and_then(|field| field.title.clone()) }
    };
    layer.attributes.names().iter().enumerate().map(one).collect()
}

/// What the ids of features are kept as; `None` where none has one.
pub(super) fn id_kind(layer: &Layer, rows: &[usize]) -> Option<NewKind> {
    let (mut is_any, mut all_integers, mut all_texts) = (false, true, true);
    for id in rows.iter().filter_map(|row| layer.id_json(*row)) {
        is_any = true;
        all_integers &= id.parse::<i64>().is_ok_and(|whole| whole.to_string() == id);
        all_texts &= id.starts_with('"') && !id.contains('\\');
    }
    match (is_any, all_integers, all_texts) {
        (false, ..) => None,
        (true, true, _) => Some(NewKind::Integer),
        (true, _, true) => Some(NewKind::Text),
        (true, false, false) => Some(NewKind::Json),
    }
}

/// Adds a cell to a row; what cannot be kept as its column's kind was found before.
pub(super) fn push_cell(line: &mut Vec<u8>, layer: &Layer, row: usize, column: usize, kind: NewKind) {
    let value = layer.attributes.value(row, column);
    match (&value, kind) {
        (Value::Missing, _) => line.extend_from_slice(b"\\N"),
        (_, NewKind::Json) => match layer.attributes.json(row, column) {
            Some(json) => push_text(line, &json),
            None => line.extend_from_slice(b"\\N"),
        },
        (Value::Null, _) => line.extend_from_slice(b"\\N"),
        (value, _) => push_text(line, &value.display()),
    }
}

/// Adds a feature's id.
pub(super) fn push_id(line: &mut Vec<u8>, id: Option<Cow<'_, str>>, kind: NewKind) {
    match (id, kind) {
        (None, _) => line.extend_from_slice(b"\\N"),
        (Some(id), NewKind::Text) => push_text(line, id.trim_matches('"')),
        (Some(id), _) => push_text(line, &id),
    }
}

/// Adds a JSON text; none where there is nothing.
pub(super) fn push_json(line: &mut Vec<u8>, json: Option<&str>) {
    match json {
        Some(json) => push_text(line, json),
        None => line.extend_from_slice(b"\\N"),
    }
}

/// Adds bytes as `bytea` and PostGIS read them: hexadecimal.
pub(super) fn push_hex(line: &mut Vec<u8>, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    line.reserve(bytes.len() * 2);
    for byte in bytes {
        line.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
}

/// Adds a text with the escapes of `COPY`'s text form.
fn push_text(line: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'\\' => line.extend_from_slice(b"\\\\"),
            b'\n' => line.extend_from_slice(b"\\n"),
            b'\r' => line.extend_from_slice(b"\\r"),
            b'\t' => line.extend_from_slice(b"\\t"),
            byte => line.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_of_the_type_that_gives_every_value_back() {
        let kind = |values: &[&str]| {
            let mut fits = Fits::new(None);
            for json in values {
                let value = match serde_json::from_str::<serde_json::Value>(json).expect("JSON") {
                    serde_json::Value::Null => Value::Null,
                    serde_json::Value::Bool(value) => Value::Bool(value),
                    serde_json::Value::Number(_) => Value::Number(json.parse().expect("a number"), Written::Text(json)),
                    serde_json::Value::String(text) => Value::Text(text.into()),
                    _ => Value::Json(json),
                };
                fits.add(&value, Some(json));
            }
            fits.kind(None)
        };
        for (values, expected) in [
            (&["1", "null", "310113001000000001"][..], NewKind::Integer),
            (&["1", "2.5"], NewKind::Real),
            (&["12345678901234567890", "1"], NewKind::Decimal),
            (&["9007199254740993", "0.5"], NewKind::Decimal),
            (&["12.50"], NewKind::Decimal),
            (&["-0"], NewKind::Json),
            (&["1e3", "12.50"], NewKind::Json),
            (&["true", "false"], NewKind::Bool),
            (&["true", "1"], NewKind::Json),
            (&["\"0012\"", "\"甲\""], NewKind::Text),
            (&["\"a\\nb\""], NewKind::Text),
            (&["\"\\u7532\""], NewKind::Json),
            (&["\"\\u0000\""], NewKind::Json),
            (&["[1]", "null"], NewKind::Json),
            (&["null"], NewKind::Text),
        ] {
            assert_eq!(kind(values), expected, "{values:?}");
        }
    }

    #[test]
    fn names_are_short_and_apart() {
        let mut names = Names::default();
        let long = "排污口所在河湖水功能区名称及编码说明".repeat(3);
        let all: Vec<String> = [&*long, &long, "xmin", "", "a", "a"].map(|name| names.free(name)).to_vec();
        assert!(all.iter().all(|name| name.len() <= NAME && !name.is_empty()), "{all:?}");
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
        assert_eq!((&*all[2], &*all[3], &*all[5]), ("xmin_2", "column", "a_2"));
        let mut line = Vec::new();
        push_text(&mut line, "a\\b\tc\r\nd");
        assert_eq!(line, b"a\\\\b\\tc\\r\\nd");
    }
}
