//! A cell's value.

use std::borrow::Cow;

/// A value of a property, as its JSON says.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// The feature has no such member.
    Missing,
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, and how it is written.
    Number(f64, Written<'a>),
    /// A string.
    Text(Cow<'a, str>),
    /// An array or object, as written.
    Json(&'a str),
}

/// A number as it is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Written<'a> {
    /// As in a text.
    Text(&'a str),
    /// A whole number, of a column of those.
    Integer(i64),
    /// A floating point number: the shortest decimal that reads back as it, whole ones without a point.
    Real(f64),
}

impl<'a> Written<'a> {
    /// Its text.
    pub fn text(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Real(0.0) => Cow::Borrowed("0"),
            Self::Real(number) => {
                let mut buffer = zmij::Buffer::new();
                let text = buffer.format(number);
                Cow::Owned(text.strip_suffix(".0").unwrap_or(text).to_owned())
            }
        }
    }
}

impl Value<'_> {
    /// The value as a number: a number itself, or a string that holds nothing else.
    pub fn as_number(&self) -> Option<f64> {
        match self {
            Self::Number(number, _) => Some(*number),
            Self::Text(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
            _ => None,
        }
    }

    /// What is meant by a text typed in this value's place: of the same type where the text can be.
    ///
    /// A number stays one, a text stays a text whatever it looks like (codes that look like numbers are codes), and
    /// what was null or missing becomes a number where the text is one. Nothing typed is null, or an empty text.
    pub fn retyped(&self, text: &str) -> serde_json::Value {
        let typed = text.trim();
        let number = || serde_json::from_str::<serde_json::Number>(typed).map(serde_json::Value::Number).ok();
        let json = || serde_json::from_str::<serde_json::Value>(typed).ok();
        let kept = match self {
            Self::Text(_) => None,
            Self::Missing | Self::Null | Self::Number(..) if typed.is_empty() => Some(serde_json::Value::Null),
            Self::Missing | Self::Null | Self::Number(..) => number(),
            Self::Bool(_) => json().filter(|v| v.is_boolean()),
            Self::Json(_) => json(),
        };
        kept.unwrap_or_else(|| text.into())
    }

    /// The value for people; empty for missing and null.
    pub fn display(&self) -> Cow<'_, str> {
        match self {
            Self::Missing | Self::Null => Cow::Borrowed(""),
            Self::Bool(true) => Cow::Borrowed("true"),
            Self::Bool(false) => Cow::Borrowed("false"),
            Self::Number(_, written) => written.text(),
            Self::Json(text) => Cow::Borrowed(text),
            Self::Text(text) => Cow::Borrowed(text),
        }
    }
}

impl<'a> Value<'a> {
    /// The value of a JSON text that is known to be one.
    pub(super) fn of_json(json: &'a str) -> Self {
        match json.as_bytes()[0] {
            b'"' => {
                let inner = &json[1..json.len() - 1];
                if inner.contains('\\') {
                    Value::Text(Cow::Owned(serde_json::from_str(json).unwrap_or_else(|_| inner.to_owned())))
                } else {
                    Value::Text(Cow::Borrowed(inner))
                }
            }
            b'n' => Value::Null,
            b't' => Value::Bool(true),
            b'f' => Value::Bool(false),
            b'[' | b'{' => Value::Json(json),
            _ => Value::Number(json.parse().unwrap_or(f64::NAN), Written::Text(json)),
        }
    }
}
