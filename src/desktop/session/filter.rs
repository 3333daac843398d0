//! The rows of a layer that its filter leaves on the map.

use super::jobs::Outcome;
use super::{JobKind, Key, OpenLayer, Session};
use crate::index::IndexedLayer;
use crate::model::{Edited, Layer};
use crate::query::AskError;
use crate::query::expression::Expression;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Rows that are judged at once: more would be seen to take their time.
const AT_ONCE: usize = 50_000;

/// Rows that are shown, by number.
#[derive(Clone, Debug)]
pub struct ShownRows {
    /// Another for another choice of rows; the same while only rows that were edited come and go.
    pub id: u64,
    /// A mark a row.
    pub is_in: Arc<Vec<bool>>,
    /// The filter that they were chosen by.
    filter: String,
    /// The state of the layer that they were chosen of.
    state: u64,
}

impl ShownRows {
    /// Rows that were chosen otherwise.
    pub fn of(is_in: Vec<bool>) -> Self {
        Self { id: next_id(), is_in: Arc::new(is_in), filter: String::new(), state: 0 }
    }

    /// The rows of a layer that a filter leaves; `None` where it cannot be worked out for the layer.
    fn by(filter: String, indexed: &IndexedLayer) -> Option<Self> {
        let rows = Expression::parse(&filter).ok()?.rows(indexed).ok()?;
        let mut is_in = vec![false; indexed.layer().len()];
        rows.iter().for_each(|row| is_in[*row] = true);
        Some(Self { filter, state: indexed.id(), ..Self::of(is_in) })
    }

    /// True for rows that are shown.
    pub fn contains(&self, row: usize) -> bool {
        self.is_in.get(row).is_some_and(|is_in| *is_in)
    }

    /// With some rows judged anew, of another state of the layer.
    fn refreshed(mut self, rows: &[(usize, Option<Edited>)], layer: &Layer, state: u64) -> Option<Self> {
        let expression = Expression::parse(&self.filter).ok()?;
        let over = expression.over(layer).ok()?;
        let is_in = Arc::make_mut(&mut self.is_in);
        is_in.resize(layer.len(), false);
        for (row, _) in rows {
            is_in[*row] = !layer.is_gone(*row) && over.is_true(*row);
        }
        self.state = state;
        Some(self)
    }
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

impl Session {
    /// Works out which rows a layer's filter leaves, where filter or layer changed: all of them, or those `edited` since
    /// a state. A filter that cannot be worked out for the layer leaves all; one that is no expression is told as well. Many rows are judged beside the window; until
    /// they are, what was shown is.
    pub(super) fn follow_filter(&mut self, key: Key, edited: Option<(u64, &[(usize, Option<Edited>)])>) {
        let Some(layer) = self.layers.iter_mut().find(|layer| layer.key == key) else { return };
        let Some(filter) = layer.style.filter.clone() else {
            layer.shown = None;
            return;
        };
        let (state, indexed) = (layer.indexed.id(), Arc::clone(&layer.indexed));
        if layer.shown.as_ref().is_some_and(|shown| shown.filter == filter && shown.state == state) {
            return;
        }
        if let Err(e) = Expression::parse(&filter) {
            // It comes from a file: what is typed is read before it is put here.
            layer.shown = None;
            let kind = JobKind::Filtering { layer: key, name: indexed.layer().name.clone(), filter, state };
            self.spawn(kind, move |_progress, tell| tell(Outcome::ask_failed(AskError::Expression(e))));
            return;
        }
        let is_small = indexed.layer().len() <= AT_ONCE;
        match (layer.shown.take(), edited) {
            (Some(shown), Some((since, rows)))
                if shown.filter == filter && shown.state == since && rows.len() <= AT_ONCE =>
            {
                layer.shown = shown.refreshed(rows, indexed.layer(), state);
            }
            _ if is_small => layer.shown = ShownRows::by(filter, &indexed),
            (shown, _) => {
                layer.shown = shown;
                let name = indexed.layer().name.clone();
                let kind = JobKind::Filtering { layer: key, name, filter: filter.clone(), state };
                if self.jobs.running.iter().any(|job| job.kind == kind) {
                    return;
                }
                self.spawn(kind, move |_progress, tell| {
                    let rows = ShownRows::by(filter.clone(), &indexed);
                    let filtered = Filtered { key, filter, state, rows };
                    tell(Outcome::done(|session| session.take_filtered(filtered)));
                });
            }
        }
    }

    /// Shows the rows that a filter leaves, if they are of what is there now; all where it cannot be worked out.
    pub(super) fn take_filtered(&mut self, filtered: Filtered) {
        let Filtered { key, filter, state, rows } = filtered;
        let is_now = |layer: &&mut OpenLayer| {
            layer.key == key && layer.indexed.id() == state && layer.style.filter.as_ref() == Some(&filter)
        };
        if let Some(layer) = self.layers.iter_mut().find(is_now) {
            layer.shown = rows;
        }
    }
}

/// What a filter came to beside the window.
pub(super) struct Filtered {
    key: Key,
    filter: String,
    state: u64,
    rows: Option<ShownRows>,
}
