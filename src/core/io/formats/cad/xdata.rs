//! Extended data: as JSON, and as fields where this program wrote it.

use super::space::xyz;
use super::text;
use crate::io::formats::{Cell, FieldKind};
use acadrust::xdata::{ExtendedData, XDataValue};
use std::borrow::Cow;

/// The application name under which this program writes fields.
pub(super) const APPLICATION: &str = "SHANSHUI";

/// True where another application left data.
pub(super) fn has_foreign(data: &ExtendedData) -> bool {
    data.records().iter().any(|record| record.application_name != APPLICATION)
}

/// Fields of this program as pairs of name and value.
fn own(data: &ExtendedData) -> impl Iterator<Item = (Cow<'_, str>, &XDataValue)> {
    let values = data.records().iter().filter(|record| record.application_name == APPLICATION).flat_map(|r| &r.values);
    let mut values = values.peekable();
    std::iter::from_fn(move || {
        loop {
            let XDataValue::String(name) = values.next()? else { continue };
            let value = values.next()?;
            return Some((text::name(name), value));
        }
    })
}

/// Adds the fields of an entity to those of its layer, at most so many; gives how many found no place.
pub(super) fn fields(data: &ExtendedData, known: &mut Vec<(String, FieldKind)>, most: usize) -> usize {
    let mut lost = 0;
    for (name, value) in own(data) {
        let kind = match value {
            XDataValue::Integer16(_) | XDataValue::Integer32(_) => FieldKind::Integer,
            XDataValue::Real(_) => FieldKind::Real,
            _ => FieldKind::Text,
        };
        match known.iter().position(|(one, _)| *one == *name) {
            Some(index) if known[index].1 == kind => {}
            Some(index) => {
                let is_numeric = known[index].1 != FieldKind::Text && kind != FieldKind::Text;
                known[index].1 = if is_numeric { FieldKind::Real } else { FieldKind::Text };
            }
            None if known.len() < most => known.push((name.into_owned(), kind)),
            None => lost += 1,
        }
    }
    lost
}

/// The values of fields of this program for an entity. A long text is in pieces of which all but the last end with a mark.
pub(super) fn cells<'a>(data: &'a ExtendedData, fields: &[(String, FieldKind)], cells: &mut [Cell<'a>]) {
    for (name, value) in own(data) {
        let Some(index) = fields.iter().position(|(one, _)| *one == *name) else { continue };
        let cell = match (value, fields[index].1) {
            (XDataValue::Integer16(number), FieldKind::Integer) => Cell::Integer(i64::from(*number)),
            (XDataValue::Integer32(number), FieldKind::Integer) => Cell::Integer(i64::from(*number)),
            (XDataValue::Integer16(number), FieldKind::Real) => Cell::Real(f64::from(*number)),
            (XDataValue::Integer32(number), FieldKind::Real) => Cell::Real(f64::from(*number)),
            (XDataValue::Real(number), FieldKind::Real) if number.is_finite() => Cell::Real(*number),
            (XDataValue::Integer16(number), _) => Cell::Text(Cow::Owned(number.to_string())),
            (XDataValue::Integer32(number), _) => Cell::Text(Cow::Owned(number.to_string())),
            (XDataValue::Real(number), _) => Cell::Text(Cow::Owned(number.to_string())),
            (XDataValue::String(piece), _) => {
                let piece = text::name(piece);
                match &mut cells[index] {
                    // A name that comes again goes on with the text.
                    Cell::Text(begun) => {
                        begun.to_mut().push_str(&piece);
                        continue;
                    }
                    _ => Cell::Text(piece),
                }
            }
            _ => continue,
        };
        cells[index] = cell;
    }
}

/// Data of other applications as an object: by application a list of its values; braces become lists within.
pub(super) fn json(data: &ExtendedData) -> Option<String> {
    let mut out = String::new();
    for record in data.records().iter().filter(|record| record.application_name != APPLICATION) {
        out.push(if out.is_empty() { '{' } else { ',' });
        quote(&record.application_name, &mut out);
        out.push_str(":[");
        let mut depth = 0_u32;
        for value in &record.values {
            let is_end = matches!(value, XDataValue::ControlString(brace) if brace == "}");
            if is_end {
                // A brace that closes nothing is left out.
                if depth > 0 {
                    depth -= 1;
                    out.push(']');
                }
                continue;
            }
            if !out.ends_with('[') {
                out.push(',');
            }
            if matches!(value, XDataValue::ControlString(brace) if brace == "{") {
                depth += 1;
                out.push('[');
            } else {
                one(value, &mut out);
            }
        }
        (0..=depth).for_each(|_| out.push(']'));
    }
    if out.is_empty() {
        return None;
    }
    out.push('}');
    Some(out)
}

fn one(value: &XDataValue, out: &mut String) {
    use std::fmt::Write;
    let number = |number: f64| if number.is_finite() { format!("{number:?}") } else { "null".to_owned() };
    match value {
        XDataValue::String(text) | XDataValue::LayerName(text) | XDataValue::ControlString(text) => quote(text, out),
        XDataValue::BinaryData(bytes) => {
            out.push('"');
            bytes.iter().for_each(|byte| {
                let _ = write!(out, "{byte:02X}");
            });
            out.push('"');
        }
        XDataValue::Handle(handle) => {
            let _ = write!(out, "\"{:X}\"", handle.value());
        }
        XDataValue::Point3D(at)
        | XDataValue::Position3D(at)
        | XDataValue::Displacement3D(at)
        | XDataValue::Direction3D(at) => {
            let [x, y, z] = xyz(*at).map(number);
            let _ = write!(out, "[{x},{y},{z}]");
        }
        XDataValue::Real(value) | XDataValue::Distance(value) | XDataValue::ScaleFactor(value) => {
            out.push_str(&number(*value))
        }
        XDataValue::Integer16(value) => out.push_str(&value.to_string()),
        XDataValue::Integer32(value) => out.push_str(&value.to_string()),
    }
}

fn quote(text: &str, out: &mut String) {
    use std::fmt::Write;
    out.push('"');
    for c in text::name(text).chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if (c as u32) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
}
