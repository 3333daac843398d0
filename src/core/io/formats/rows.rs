//! A layer's rows for a writer: typed cells, geometries in the system wanted.

use super::{Cell, Field, FieldKind, FormatError, RawGeometry, RawKind, RowSource, Schema, iso8601};
use crate::geodesy::crs::Crs;
use crate::i18n::{Said, tr};
use crate::model::{Layer, Value, Written};
use std::borrow::Cow;

/// Rows of a layer, in a coordinate system.
#[derive(Debug)]
pub struct LayerRows<'a> {
    layer: &'a Layer,
    rows: &'a [usize],
    crs: &'a Crs,
    schema: Schema,
}

impl<'a> LayerRows<'a> {
    /// Rows of a layer. Cost: a look at every cell, for the types of columns that
    /// the layer's own file does not declare.
    pub fn new(layer: &'a Layer, rows: &'a [usize], crs: &'a Crs) -> Self {
        let declared = layer.as_read.table.as_ref().map(|table| &table.schema);
        let field = |(column, name): (usize, &std::sync::Arc<str>)| {
            let own = declared.and_then(|schema| schema.fields.get(column));
            let kind = kind_of(layer, rows, column, own.map(|field| field.kind));
            match own {
                Some(own) => Field { name: name.to_string(), kind, ..own.clone() },
                None => Field::new(&**name, kind),
            }
        };
        let schema = Schema {
            name: layer.name.clone(),
            title: declared.and_then(|schema| schema.title.clone()),
            fields: layer.attributes.names().iter().enumerate().map(field).collect(),
            crs: Some(crs.name().to_owned()),
            encoding: None,
            has_ids: false,
            is_table: layer.kinds.is_empty() && declared.is_some_and(|schema| schema.is_table),
            rows: Some(rows.len() as u64),
        };
        Self { layer, rows, crs, schema }
    }

    fn geometry(&self, row: usize, into: &mut RawGeometry) -> Result<bool, FormatError> {
        let Some(kind) = self.layer.geometries.kind(row) else { return Ok(false) };
        into.reset(RawKind::Simple(kind));
        for part in self.layer.geometries.parts(row) {
            for path in part.paths() {
                for p in path {
                    let Some((x, y)) = self.crs.from_wgs84(*p) else {
                        let label = self.layer.label(row);
                        let crs = self.schema.crs.clone().unwrap_or_default();
                        let said =
                            Said::told(|lang| tr!(lang, "format.not_in_crs", label = label, crs = crs).into_owned());
                        return Err(FormatError::refused(said));
                    };
                    into.xy.push([x, y]);
                }
                into.end_path();
            }
            into.end_part();
        }
        let Some((home, own)) = self.layer.home(row) else { return Ok(true) };
        let table = home.as_read.table.as_ref();
        if let Some(table) = table.filter(|table| !table.heights.is_empty()) {
            let first = home.geometries.path_ranges(own).next().map_or(0, |path| path.start);
            let heights = table.heights.get(first..).unwrap_or_default();
            into.z.extend((0..into.xy.len()).map(|i| heights.get(i).copied().unwrap_or(f64::NAN)));
            if into.z.iter().all(|z| z.is_nan()) {
                into.z.clear();
            }
        } else {
            into.z = crate::io::geojson::heights_of(home, own, into.xy.len());
        }
        Ok(true)
    }
}

impl RowSource for LayerRows<'_> {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn crs_definition(&self) -> (Option<String>, Option<u32>) {
        let definition = self.crs.definition();
        (definition.esri_wkt1, definition.epsg)
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn each(
        &self,
        each: &mut dyn FnMut(&[Cell<'_>], Option<&RawGeometry>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        let mut geometry = RawGeometry::new(RawKind::Collection);
        let mut cells = Vec::with_capacity(self.schema.fields.len());
        for row in self.rows {
            cells.clear();
            let fields = self.schema.fields.iter().enumerate();
            cells.extend(fields.map(|(column, field)| cell(self.layer.attributes.value(*row, column), field.kind)));
            let is_there = self.geometry(*row, &mut geometry)?;
            each(&cells, is_there.then_some(&geometry))?;
        }
        Ok(())
    }
}

/// What a column's cells are: what its file declares where all values are of that type, else what all of them are.
fn kind_of(layer: &Layer, rows: &[usize], column: usize, declared: Option<FieldKind>) -> FieldKind {
    let mut kind: Option<FieldKind> = None;
    for row in rows {
        let own = match layer.attributes.value(*row, column) {
            Value::Missing | Value::Null => continue,
            Value::Bool(_) => FieldKind::Bool,
            Value::Number(_, Written::Integer(_)) => FieldKind::Integer,
            Value::Number(_, Written::Real(_)) => FieldKind::Real,
            Value::Number(n, Written::Text(text)) => match text.parse::<i64>() {
                Ok(_) => FieldKind::Integer,
                // A decimal that a float does not hold would come back another.
                Err(_) if is_exact(n, text) => FieldKind::Real,
                Err(_) => FieldKind::Decimal,
            },
            Value::Text(_) => FieldKind::Text,
            Value::Json(_) => FieldKind::Json,
        };
        kind = Some(match (kind, own) {
            (None, own) => own,
            (Some(kind), own) if kind == own => kind,
            (Some(FieldKind::Integer), FieldKind::Real) | (Some(FieldKind::Real), FieldKind::Integer) => {
                FieldKind::Real
            }
            (
                Some(FieldKind::Integer | FieldKind::Real | FieldKind::Decimal),
                FieldKind::Integer | FieldKind::Real | FieldKind::Decimal,
            ) => FieldKind::Decimal,
            _ => return FieldKind::Text,
        });
    }
    match (declared, kind) {
        (Some(declared), None) => declared,
        (Some(declared @ (FieldKind::Date | FieldKind::Time | FieldKind::DateTime)), Some(FieldKind::Text)) => {
            let is_one = |row: &usize| match layer.attributes.value(*row, column) {
                Value::Text(text) => !matches!(cell(Value::Text(text), declared), Cell::Text(_)),
                _ => true,
            };
            if rows.iter().all(is_one) { declared } else { FieldKind::Text }
        }
        (Some(declared @ (FieldKind::Real | FieldKind::Decimal)), Some(FieldKind::Integer)) => declared,
        (_, kind) => kind.unwrap_or(FieldKind::Text),
    }
}

/// True where a decimal is written as the number it stands for would be, or shorter than a float's digits.
fn is_exact(number: f64, text: &str) -> bool {
    let digits = text.bytes().take_while(|b| !matches!(b, b'e' | b'E')).filter(u8::is_ascii_digit).count();
    number.is_finite() && (digits <= 15 || Written::Real(number).text() == text)
}

/// A value as a cell of a field of this type.
fn cell(value: Value<'_>, kind: FieldKind) -> Cell<'_> {
    match value {
        Value::Missing => Cell::Missing,
        Value::Null => Cell::Null,
        Value::Bool(value) if kind == FieldKind::Bool => Cell::Bool(value),
        Value::Number(number, written) => match (kind, written) {
            (FieldKind::Integer, Written::Integer(number)) => Cell::Integer(number),
            (FieldKind::Integer, Written::Text(text)) if text.parse::<i64>().is_ok() => {
                Cell::Integer(text.parse().unwrap_or_default())
            }
            (FieldKind::Real, _) if number.is_finite() => Cell::Real(number),
            (FieldKind::Decimal | FieldKind::Json, written) => Cell::Decimal(written.text()),
            (_, written) => Cell::Text(written.text()),
        },
        Value::Json(json) if kind == FieldKind::Json => Cell::Json(Cow::Borrowed(json)),
        Value::Text(text) => match kind {
            FieldKind::Date => iso8601::parse_date(&text).map_or(Cell::Text(text), Cell::Date),
            FieldKind::Time => iso8601::parse_time(&text).map_or(Cell::Text(text), Cell::Time),
            FieldKind::DateTime => iso8601::parse_date_time(&text).map_or(Cell::Text(text), Cell::DateTime),
            _ => Cell::Text(text),
        },
        value @ (Value::Bool(_) | Value::Json(_)) => Cell::Text(Cow::Owned(value.display().into_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_that_a_float_does_not_hold_are_told() {
        for (text, expected) in [("0.1", true), ("1e3", true), ("0.10", true), ("12345678901234567890.1", false)] {
            assert_eq!(is_exact(text.parse().expect("a number"), text), expected, "{text}");
        }
    }
}
