//! Rows of other layers as rows of a layer: what an answer is made of.

use super::{Attributes, Layer, TypedColumn, Value};
use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;

/// Which row of which layer each row is.
#[derive(Clone, Debug, Default)]
pub struct Lent {
    layers: Vec<Arc<Layer>>,
    /// The number of the layer, and the row there; of a row that no layer has, neither.
    of: Vec<(u32, u32)>,
}

impl Lent {
    /// Adds a row, which is one of a layer or of none; the number of its layer among those lent from.
    pub fn push(&mut self, of: Option<(&Arc<Layer>, usize)>) -> Option<usize> {
        let Some((layer, row)) = of else {
            self.of.push((u32::MAX, 0));
            return None;
        };
        // Rows of one layer nearly always follow one another.
        let number = match self.of.last().and_then(|(last, _)| self.layers.get(*last as usize)) {
            Some(last) if Arc::ptr_eq(last, layer) => self.of[self.of.len() - 1].0 as usize,
            _ => self.layers.iter().position(|known| Arc::ptr_eq(known, layer)).unwrap_or_else(|| {
                self.layers.push(Arc::clone(layer));
                self.layers.len() - 1
            }),
        };
        self.of.push((number as u32, row as u32));
        Some(number)
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.of.len()
    }

    /// True where there is no row.
    pub fn is_empty(&self) -> bool {
        self.of.is_empty()
    }

    /// The number of the layer that a row is lent from, and its row there.
    pub fn number_of(&self, row: usize) -> Option<(usize, usize)> {
        let (layer, row) = self.of.get(row)?;
        ((*layer as usize) < self.layers.len()).then_some((*layer as usize, *row as usize))
    }

    /// The layer and the row that a row is.
    pub fn of(&self, row: usize) -> Option<(&Arc<Layer>, usize)> {
        let (number, row) = self.number_of(row)?;
        Some((&self.layers[number], row))
    }

    /// The layers that rows are lent from, in order of first appearance.
    pub fn layers(&self) -> &[Arc<Layer>] {
        &self.layers
    }
}

/// A column whose cells are those of other layers, but for those that are added.
#[derive(Debug)]
pub struct LentColumn {
    lent: Arc<Lent>,
    /// By the number of the layer its column.
    columns: Vec<Option<usize>>,
    added: Option<TypedColumn>,
}

impl LentColumn {
    /// Of the column of each layer, by its number there, and of values that are added, which go before.
    pub fn new(lent: Arc<Lent>, columns: Vec<Option<usize>>, added: Option<TypedColumn>) -> Self {
        Self { lent, columns, added }
    }

    /// The attributes that a cell stands in, with its place there.
    fn place(&self, row: usize) -> Option<(&Attributes, usize, usize)> {
        let (number, own) = self.lent.number_of(row)?;
        let column = self.columns.get(number).copied().flatten()?;
        Some((&self.lent.layers[number].attributes, own, column))
    }

    pub(super) fn value(&self, row: usize) -> Value<'_> {
        match self.added.as_ref().map_or(Value::Missing, |added| added.value(row)) {
            Value::Missing => self.place(row).map_or(Value::Missing, |(of, row, column)| of.value(row, column)),
            added => added,
        }
    }

    pub(super) fn json(&self, row: usize) -> Option<Cow<'_, str>> {
        let added = self.added.as_ref().and_then(|added| added.json(row));
        added.map(Cow::Owned).or_else(|| self.place(row).and_then(|(of, row, column)| of.json(row, column)))
    }

    pub(super) fn bytes(&self) -> usize {
        self.added.as_ref().map_or(0, TypedColumn::bytes)
    }
}

/// Rows that no file holds and whose text is made when it is asked for.
pub trait MadeRows: Debug + Send + Sync {
    /// Which row of which layer each is.
    fn lent(&self) -> &Lent;

    /// A row's id as JSON text.
    fn id_json(&self, row: usize) -> Option<Cow<'_, str>>;

    /// True where a row may have an id.
    fn has_ids(&self) -> bool;

    /// A row as a GeoJSON feature (UTF-8).
    ///
    /// # Errors
    /// Where what was left in a layer's file cannot be read back.
    fn text(&self, row: usize) -> std::io::Result<Vec<u8>>;
}
