//! Columns of values that are no text: what formats other than GeoJSON hold, and answers.

use super::value::{Value, Written};
use std::borrow::Cow;

/// A set of rows, a bit each; rows behind the last that was put in are not in it.
#[derive(Clone, Debug, Default)]
struct Rows(Vec<u64>);

impl Rows {
    fn insert(&mut self, row: usize) {
        let word = row / 64;
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (row % 64);
    }

    fn contains(&self, row: usize) -> bool {
        self.0.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }
}

/// What a column of texts holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextKind {
    /// Text, and days and times as ISO 8601 has them.
    Text,
    /// Decimal numbers as they are written in JSON; exact at any length.
    Decimal,
    /// JSON: lists and objects, or values of several types; without space around them.
    Json,
}

#[derive(Clone, Debug)]
enum Values {
    Bool(Vec<bool>),
    Integer(Vec<i64>),
    Real(Vec<f64>),
    Text { kind: TextKind, bytes: String, ends: Vec<usize> },
}

/// The cells of a column of one type, a value a row; each may be null, or not be there at all.
#[derive(Clone, Debug)]
pub struct TypedColumn {
    values: Values,
    nulls: Rows,
    missing: Rows,
}

impl TypedColumn {
    fn new(values: Values) -> Self {
        Self { values, nulls: Rows::default(), missing: Rows::default() }
    }

    /// A column of truths.
    pub fn bools() -> Self {
        Self::new(Values::Bool(Vec::new()))
    }

    /// A column of whole numbers.
    pub fn integers() -> Self {
        Self::new(Values::Integer(Vec::new()))
    }

    /// A column of floating point numbers.
    pub fn reals() -> Self {
        Self::new(Values::Real(Vec::new()))
    }

    /// A column of texts.
    pub fn texts(kind: TextKind) -> Self {
        Self::new(Values::Text { kind, bytes: String::new(), ends: Vec::new() })
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        match &self.values {
            Values::Bool(values) => values.len(),
            Values::Integer(values) => values.len(),
            Values::Real(values) => values.len(),
            Values::Text { ends, .. } => ends.len(),
        }
    }

    /// True where there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a null.
    pub fn push_null(&mut self) {
        self.nulls.insert(self.len());
        self.push_nothing();
    }

    /// Adds a row that has no such member.
    pub fn push_missing(&mut self) {
        self.missing.insert(self.len());
        self.push_nothing();
    }

    fn push_nothing(&mut self) {
        match &mut self.values {
            Values::Bool(values) => values.push(false),
            Values::Integer(values) => values.push(0),
            Values::Real(values) => values.push(0.0),
            Values::Text { bytes, ends, .. } => ends.push(bytes.len()),
        }
    }

    /// Adds a truth; false where the column is of another type.
    #[must_use]
    pub fn push_bool(&mut self, value: bool) -> bool {
        let Values::Bool(values) = &mut self.values else { return false };
        values.push(value);
        true
    }

    /// Adds a whole number; false where the column is of another type.
    #[must_use]
    pub fn push_integer(&mut self, value: i64) -> bool {
        let Values::Integer(values) = &mut self.values else { return false };
        values.push(value);
        true
    }

    /// Adds a floating point number, null where it is none; false where the column is of another type.
    #[must_use]
    pub fn push_real(&mut self, value: f64) -> bool {
        let Values::Real(values) = &mut self.values else { return false };
        match value.is_finite() {
            true => values.push(value),
            false => self.push_null(),
        }
        true
    }

    /// Adds a text; false where the column is of another type.
    #[must_use]
    pub fn push_text(&mut self, value: &str) -> bool {
        let Values::Text { bytes, ends, .. } = &mut self.values else { return false };
        bytes.push_str(value);
        ends.push(bytes.len());
        true
    }

    /// Adds a whole number to a column of floating point numbers, where that holds it exactly; false else.
    #[must_use]
    pub fn push_real_of(&mut self, value: i64) -> bool {
        let is_exact = value.unsigned_abs() <= 1 << 53;
        match &mut self.values {
            Values::Real(_) if is_exact => self.push_real(value as f64),
            Values::Text { kind: TextKind::Decimal, .. } => self.push_text(&value.to_string()),
            _ => false,
        }
    }

    /// Adds a decimal number as it is written; false where the column is of another type.
    #[must_use]
    pub fn push_decimal(&mut self, text: &str) -> bool {
        self.is_of(TextKind::Decimal) && self.push_text(text)
    }

    /// Adds a text; false where the column is of another type, decimals and JSON among them.
    #[must_use]
    pub fn push_text_of(&mut self, text: &str) -> bool {
        self.is_of(TextKind::Text) && self.push_text(text)
    }

    /// Adds a JSON text; false where the column is of another type.
    #[must_use]
    pub fn push_json(&mut self, text: &str) -> bool {
        self.is_of(TextKind::Json) && self.push_text(text)
    }

    fn is_of(&self, wanted: TextKind) -> bool {
        matches!(&self.values, Values::Text { kind, .. } if *kind == wanted)
    }

    /// The same column as texts, for a value that its type does not hold.
    pub fn into_texts(self) -> Self {
        let mut texts = Self::texts(TextKind::Text);
        for row in 0..self.len() {
            match self.value(row) {
                Value::Missing => texts.push_missing(),
                Value::Null => texts.push_null(),
                value => {
                    // A column of texts takes every text.
                    let _ = texts.push_text(&value.display());
                }
            }
        }
        texts
    }

    /// The same column as JSON, for values of several types.
    pub fn into_json(self) -> Self {
        let mut all = Self::texts(TextKind::Json);
        for row in 0..self.len() {
            match (self.value(row), self.json(row)) {
                (Value::Missing, _) | (_, None) => all.push_missing(),
                (Value::Null, _) => all.push_null(),
                // A column of texts takes every text.
                (_, Some(json)) => {
                    let _ = all.push_text(&json);
                }
            }
        }
        all
    }

    /// A cell's value.
    pub fn value(&self, row: usize) -> Value<'_> {
        if row >= self.len() || self.missing.contains(row) {
            return Value::Missing;
        }
        if self.nulls.contains(row) {
            return Value::Null;
        }
        match &self.values {
            Values::Bool(values) => Value::Bool(values[row]),
            Values::Integer(values) => Value::Number(values[row] as f64, Written::Integer(values[row])),
            Values::Real(values) => Value::Number(values[row], Written::Real(values[row])),
            Values::Text { kind, .. } => {
                let text = self.text(row).unwrap_or_default();
                match kind {
                    TextKind::Text => Value::Text(Cow::Borrowed(text)),
                    TextKind::Decimal => Value::Number(text.parse().unwrap_or(f64::NAN), Written::Text(text)),
                    // Mostly lists and objects; a column of mixed values has others.
                    TextKind::Json if text.is_empty() => Value::Null,
                    TextKind::Json => Value::of_json(text),
                }
            }
        }
    }

    /// The text of a row of a column of texts.
    fn text(&self, row: usize) -> Option<&str> {
        let Values::Text { bytes, ends, .. } = &self.values else { return None };
        let start = row.checked_sub(1).map_or(0, |before| ends[before]);
        Some(&bytes[start..*ends.get(row)?])
    }

    /// A cell as JSON; `None` where the row has no such member.
    pub fn json(&self, row: usize) -> Option<String> {
        let value = self.value(row);
        if let (Values::Text { kind: TextKind::Json, .. }, false) =
            (&self.values, matches!(value, Value::Missing | Value::Null))
        {
            return self.text(row).map(str::to_owned);
        }
        Some(match value {
            Value::Missing => return None,
            Value::Null => "null".to_owned(),
            Value::Bool(value) => value.to_string(),
            Value::Number(_, written) => written.text().into_owned(),
            Value::Text(text) => serde_json::Value::from(&*text).to_string(),
            Value::Json(json) => json.to_owned(),
        })
    }

    /// Bytes that the cells take, about.
    pub fn bytes(&self) -> usize {
        let marks = (self.nulls.0.len() + self.missing.0.len()) * size_of::<u64>();
        marks
            + match &self.values {
                Values::Bool(values) => values.capacity(),
                Values::Integer(values) => values.capacity() * size_of::<i64>(),
                Values::Real(values) => values.capacity() * size_of::<f64>(),
                Values::Text { bytes, ends, .. } => bytes.capacity() + ends.capacity() * size_of::<usize>(),
            }
    }

    /// Gives back the room that is left.
    pub fn shrink(&mut self) {
        match &mut self.values {
            Values::Bool(values) => values.shrink_to_fit(),
            Values::Integer(values) => values.shrink_to_fit(),
            Values::Real(values) => values.shrink_to_fit(),
            Values::Text { bytes, ends, .. } => {
                bytes.shrink_to_fit();
                ends.shrink_to_fit();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_type_gives_back_what_was_put_in() {
        let mut integers = TypedColumn::integers();
        assert!(integers.push_integer(310_113_001_000_000_001) && !integers.push_text("x"));
        integers.push_null();
        integers.push_missing();
        let (value, json) = (integers.value(0), integers.json(0));
        assert_eq!((&*value.display(), json.as_deref()), ("310113001000000001", Some("310113001000000001")));
        assert_eq!(
            (integers.value(1), integers.value(2), integers.value(3)),
            (Value::Null, Value::Missing, Value::Missing)
        );
        assert_eq!((integers.json(1).as_deref(), integers.json(2)), (Some("null"), None));

        let mut reals = TypedColumn::reals();
        assert!(reals.push_real(0.1) && reals.push_real(f64::NAN) && reals.push_real(2.0) && !reals.push_integer(1));
        assert_eq!([0, 1, 2].map(|row| reals.json(row)), ["0.1", "null", "2"].map(|json| Some(json.to_owned())));

        let mut texts = TypedColumn::texts(TextKind::Text);
        for text in ["", "甲\"乙", "0012"] {
            assert!(texts.push_text(text));
        }
        assert_eq!(texts.json(1).as_deref(), Some(r#""甲\"乙""#));
        assert_eq!((texts.value(0), &*texts.value(2).display()), (Value::Text("".into()), "0012"));

        let mut decimals = TypedColumn::texts(TextKind::Decimal);
        assert!(decimals.push_text("12345678901234567890.10"));
        assert_eq!(decimals.json(0).as_deref(), Some("12345678901234567890.10"));
        assert_eq!(decimals.value(0).as_number(), Some(12_345_678_901_234_567_890.10));

        let mut bools = TypedColumn::bools();
        assert!(bools.push_bool(true));
        bools.push_null();
        assert_eq!((bools.value(0), bools.value(1)), (Value::Bool(true), Value::Null));
    }

    #[test]
    fn values_of_several_types_stay_what_they_are() {
        let mut column = TypedColumn::texts(TextKind::Json);
        for json in ["[1]", "12.50", "\"0012\"", "true", "\"\\u7532\""] {
            assert!(column.push_json(json));
        }
        assert_eq!(
            [0, 1].map(|row| column.value(row)),
            [Value::Json("[1]"), Value::Number(12.5, Written::Text("12.50"))]
        );
        assert_eq!([2, 3].map(|row| column.value(row)), [Value::Text("0012".into()), Value::Bool(true)]);
        assert_eq!([1, 4].map(|row| column.json(row)), ["12.50", "\"\\u7532\""].map(|json| Some(json.to_owned())));
        assert_eq!(column.value(4), Value::Text("甲".into()));
    }

    #[test]
    fn a_column_of_mixed_values_becomes_texts() {
        let mut column = TypedColumn::integers();
        assert!(column.push_integer(7));
        column.push_null();
        column.push_missing();
        let mut column = column.into_texts();
        assert!(column.push_text("七"));
        assert_eq!(
            [0, 1, 2, 3].map(|row| column.json(row)),
            [Some("\"7\"".to_owned()), Some("null".into()), None, Some("\"七\"".into())]
        );
    }
}
