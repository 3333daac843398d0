//! The rows of a layer as they were read: stretches of a text, or values.

use super::{Cell, MadeRows, Problem, Schema, Span, Text, TypedColumn};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where the features of a layer stand in its text.
#[derive(Debug, Default)]
pub struct FeatureText {
    /// The text (UTF-8) that the spans point into.
    pub text: Arc<Text>,
    /// Each feature's own bytes, so that an export gives unedited features back unchanged.
    pub spans: Vec<Span>,
    /// Each feature's `id` member as JSON text, where it has one; up to the last that has one.
    pub id_cells: Vec<Cell>,
    /// Each feature's `properties` object, where it is a Feature that has one.
    pub property_cells: Vec<Cell>,
    /// Rows that a question could not use.
    pub unusable: Arc<Vec<bool>>,
    /// What was wrong.
    pub problems: Arc<Vec<Problem>>,
    /// Rows in rising order whose text is not written as it stands: a member stands there more than once (the last
    /// counts), or its name is written with escapes.
    pub odd: Vec<usize>,
    /// True where that is so of the members of the collection.
    pub is_odd: bool,
    /// True where the collection has the member `shanshui`: it is an answer of this program.
    pub is_answer: bool,
    /// Its rows, where they are values and no text.
    pub table: Option<Table>,
    /// Its rows, where they are an answer's.
    pub made: Option<Arc<dyn MadeRows>>,
}

/// Rows that are values: of formats other than GeoJSON. Their cells stand in the layer's columns, their positions in its
/// geometries.
#[derive(Debug, Default)]
pub struct Table {
    /// How many.
    pub rows: usize,
    /// The file's own ids of the rows; empty where it has none that are worth keeping.
    pub ids: Vec<i64>,
    /// Ids that may be any text or number, a cell a row; instead of those above.
    pub named_ids: Option<TypedColumn>,
    /// True where positions are written as they stand, with all their digits and their own winding: a table that was made of GeoJSON.
    pub is_exact: bool,
    /// Heights in the file's units, a position of the layer each (NaN where one has none); empty where none has one.
    pub heights: Vec<f64>,
    /// Geometries that no question takes (collections), as GeoJSON, by row.
    pub others: BTreeMap<u32, String>,
    /// How rows are written whose members stand in another order than id, properties, geometry, or that have more: as a feature with
    /// null in place of these three; by row.
    pub frames: BTreeMap<u32, String>,
    /// What its columns are in the file.
    pub schema: Schema,
}

impl Table {
    /// True where rows have ids.
    pub fn has_ids(&self) -> bool {
        !self.ids.is_empty() || self.named_ids.is_some()
    }

    /// A row's id as JSON text.
    pub fn id_json(&self, row: usize) -> Option<String> {
        match &self.named_ids {
            Some(ids) => ids.json(row),
            None => self.ids.get(row).map(i64::to_string),
        }
    }
}

impl FeatureText {
    /// Number of rows.
    pub fn len(&self) -> usize {
        match (&self.table, &self.made) {
            (Some(table), _) => table.rows,
            (None, Some(made)) => made.lent().len(),
            (None, None) => self.spans.len(),
        }
    }

    /// True where there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// True where rows stand in a text: else they are values, or an answer's.
    pub fn is_text(&self) -> bool {
        self.table.is_none() && self.made.is_none()
    }

    /// True where the text of a row is not written as it stands.
    pub fn is_odd_row(&self, row: usize) -> bool {
        self.odd.binary_search(&row).is_ok()
    }
}
