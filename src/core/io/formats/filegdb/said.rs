//! What is said of geodatabases: refusals and notes, in both languages.

use super::super::{FormatError, Note};
use super::values::Doubt;
use crate::i18n::{Said, tr};

/// A note whose kind is the key of its text.
macro_rules! note {
    ($doubt:expr, $row:expr, $key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        Note {
            row: $row,
            said: Said::told(|lang| tr!(lang, $key $(, $name = $value)*).into_owned()),
            kind: $key,
            is_doubt: $doubt,
        }
    };
}

macro_rules! refused {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        FormatError::refused(Said::told(|lang| tr!(lang, $key $(, $name = $value)*).into_owned()))
    };
}

pub(super) fn truncated() -> FormatError {
    refused!("format.filegdb.truncated")
}

pub(super) fn damaged_head() -> FormatError {
    refused!("format.filegdb.damaged_head")
}

pub(super) fn damaged_fields() -> FormatError {
    refused!("format.filegdb.damaged_fields")
}

pub(super) fn damaged_offsets() -> FormatError {
    refused!("format.filegdb.damaged_offsets")
}

pub(super) fn damaged_row() -> FormatError {
    refused!("format.filegdb.damaged_row")
}

pub(super) fn row_beyond_end() -> FormatError {
    refused!("format.filegdb.row_beyond_end")
}

pub(super) fn version(version: i32) -> FormatError {
    refused!("format.filegdb.version", version = version)
}

pub(super) fn field_type(field: &str, code: u8) -> FormatError {
    refused!("format.filegdb.field_type", field = field, code = code)
}

pub(super) fn missing(file: &str) -> FormatError {
    refused!("format.filegdb.missing", file = file).of_file(file)
}

pub(super) fn not_a_geodatabase() -> FormatError {
    refused!("format.filegdb.not_a_geodatabase")
}

pub(super) fn no_layer(layer: &str) -> FormatError {
    refused!("format.filegdb.no_layer", layer = layer)
}

pub(super) fn compressed(layer: &str) -> FormatError {
    refused!("format.filegdb.compressed", layer = layer)
}

pub(super) fn raster(layer: &str) -> FormatError {
    refused!("format.filegdb.raster", layer = layer)
}

pub(super) fn dataset(dataset: &str) -> Note {
    note!(false, None, "format.filegdb.dataset", dataset = dataset)
}

pub(super) fn single_table() -> Note {
    note!(true, None, "format.filegdb.single_table")
}

pub(super) fn no_items() -> Note {
    note!(true, None, "format.filegdb.no_items")
}

pub(super) fn systems_disagree() -> Note {
    note!(true, None, "format.filegdb.systems_disagree")
}

pub(super) fn binary_field(field: &str) -> Note {
    note!(true, None, "format.filegdb.binary_field", field = field)
}

pub(super) fn raster_field(field: &str) -> Note {
    note!(true, None, "format.filegdb.raster_field", field = field)
}

pub(super) fn range_domain(field: &str, domain: &str, least: &str, greatest: &str) -> Note {
    note!(
        false,
        None,
        "format.filegdb.range_domain",
        field = field,
        domain = domain,
        least = least,
        greatest = greatest
    )
}

pub(super) fn domain_conflict(field: &str) -> Note {
    note!(true, None, "format.filegdb.domain_conflict", field = field)
}

pub(super) fn domain_unknown(field: &str, domain: &str) -> Note {
    note!(true, None, "format.filegdb.domain_unknown", field = field, domain = domain)
}

pub(super) fn old_domains() -> Note {
    note!(true, None, "format.filegdb.old_domains")
}

pub(super) fn ids_unknown() -> Note {
    note!(true, None, "format.filegdb.ids_unknown")
}

pub(super) fn row_count(declared: u64, read: u64) -> Note {
    note!(true, None, "format.filegdb.row_count", declared = declared, read = read)
}

pub(super) fn value(row: usize, field: &str, doubt: Doubt) -> Note {
    match doubt {
        Doubt::Text => note!(true, Some(row), "format.filegdb.bad_text", field = field),
        Doubt::Number => note!(true, Some(row), "format.filegdb.bad_number", field = field),
        Doubt::Date => note!(true, Some(row), "format.filegdb.bad_date", field = field),
        Doubt::Fraction => note!(false, Some(row), "format.filegdb.fraction_of_second", field = field),
    }
}

pub(super) fn left_over(row: usize, bytes: usize) -> Note {
    note!(true, Some(row), "format.filegdb.left_over", bytes = bytes)
}

pub(super) fn shape_damaged(row: usize) -> Note {
    note!(true, Some(row), "format.filegdb.shape_damaged")
}

pub(super) fn shape_unknown(row: usize, code: u64) -> Note {
    note!(true, Some(row), "format.filegdb.shape_unknown", code = code)
}

pub(super) fn curves() -> Note {
    note!(false, None, "format.filegdb.curves")
}

pub(super) fn coarse_curves(row: usize, distance: f64) -> Note {
    note!(true, Some(row), "format.filegdb.coarse_curves", distance = format!("{distance:.6}"))
}

pub(super) fn lost_curves(row: usize) -> Note {
    note!(true, Some(row), "format.filegdb.lost_curves")
}

pub(super) fn multipatch() -> Note {
    note!(true, None, "format.filegdb.multipatch")
}

pub(super) fn by_winding(row: usize) -> Note {
    note!(true, Some(row), "format.filegdb.by_winding")
}

pub(super) fn same_winding(row: usize) -> Note {
    note!(true, Some(row), "format.filegdb.same_winding")
}

pub(super) fn open_ring(row: usize) -> Note {
    note!(true, Some(row), "format.filegdb.open_ring")
}
