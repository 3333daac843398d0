//! The rows of a layer that its filter leaves on the map.

use super::OpenLayer;
use crate::model::Layer;
use crate::query::expression::Expression;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Rows that are shown, by number.
#[derive(Clone, Debug)]
pub struct ShownRows {
    /// Another for another choice of rows; the same while only rows that were edited come and go.
    pub id: u64,
    /// A mark a row.
    pub is_in: Arc<Vec<bool>>,
    /// The filter that they were chosen by.
    filter: String,
    /// The state of the layer that they were chosen of, and the rows that were edited in it.
    state: u64,
    edited: Vec<usize>,
}

impl ShownRows {
    /// Rows that were chosen otherwise.
    pub fn of(is_in: Vec<bool>) -> Self {
        Self { id: next_id(), is_in: Arc::new(is_in), filter: String::new(), state: 0, edited: Vec::new() }
    }

    /// True for rows that are shown.
    pub fn contains(&self, row: usize) -> bool {
        self.is_in.get(row).is_some_and(|is_in| *is_in)
    }
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl OpenLayer {
    /// Works out which rows the filter leaves, where filter or layer changed: all of them, or those edited. A filter that
    /// cannot be worked out for the layer leaves all.
    pub(super) fn follow_filter(&mut self) {
        let Some(filter) = self.style.filter.clone() else {
            self.shown = None;
            return;
        };
        let state = self.indexed.id();
        let known = self.shown.take().filter(|shown| shown.filter == filter);
        if known.as_ref().is_some_and(|shown| shown.state == state) {
            self.shown = known;
            return;
        }
        let Ok(expression) = Expression::parse(&filter) else { return };
        self.shown = match known {
            Some(shown) => refreshed(shown, &expression, self.indexed.layer(), state),
            None => expression.rows(&self.indexed).ok().map(|rows| {
                let mut is_in = vec![false; self.layer().len()];
                rows.iter().for_each(|row| is_in[*row] = true);
                let edited = self.layer().edits.iter().map(|(row, _)| row).collect();
                ShownRows { id: next_id(), is_in: Arc::new(is_in), filter, state, edited }
            }),
        };
    }
}

/// The rows with those judged anew that were edited.
fn refreshed(mut shown: ShownRows, expression: &Expression, layer: &Layer, state: u64) -> Option<ShownRows> {
    let over = expression.over(layer).ok()?;
    let is_in = Arc::make_mut(&mut shown.is_in);
    is_in.resize(layer.len(), false);
    let edited: Vec<usize> = layer.edits.iter().map(|(row, _)| row).collect();
    // Those edited before may be as they were read again.
    for row in edited.iter().chain(&shown.edited) {
        is_in[*row] = !layer.is_gone(*row) && over.is_true(*row);
    }
    (shown.state, shown.edited) = (state, edited);
    Some(shown)
}
