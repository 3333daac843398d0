//! What the scenario that is on changes, marked on the map: what is new or changed, and what it takes away.

use super::shown::Shown;
use super::style::Emphasis;
use crate::session::{Key, OpenLayer, Session, ShownRows};
use std::sync::Arc;

/// The marks, kept while nothing of them changes.
#[derive(Default)]
pub struct DrawnMarks {
    /// The layers' states, without the scenario and with it.
    of: Vec<(Key, u64, u64)>,
    shown: Vec<Shown>,
}

impl DrawnMarks {
    /// The marks as things stand.
    pub fn follow(&mut self, session: &Session) -> &[Shown] {
        let drawn = || session.layers().iter().filter(|layer| layer.visible && layer.own().id() != layer.indexed.id());
        let of: Vec<(Key, u64, u64)> = drawn().map(|l| (l.key, l.own().id(), l.indexed.id())).collect();
        if of != self.of {
            self.shown = drawn().rev().flat_map(marks).collect();
            self.of = of;
        }
        &self.shown
    }
}

fn marks(layer: &OpenLayer) -> impl Iterator<Item = Shown> {
    let (base, state) = (layer.own(), &layer.indexed);
    let changed = layer.drawn_rows();
    let rows = |is_wanted: &dyn Fn(usize) -> bool| {
        let mut is_in = vec![false; changed.last().map_or(0, |last| last + 1)];
        changed.iter().filter(|row| is_wanted(**row)).for_each(|row| is_in[*row] = true);
        is_in.contains(&true).then(|| ShownRows::of(is_in))
    };
    let is_gone = |row: usize| state.layer().is_gone(row);
    let was_there = |row: usize| row < base.layer().len() && !base.layer().is_gone(row);
    let is_moved = |row: usize| base.layer().geometries.geometry(row) != state.layer().geometries.geometry(row);
    let dropped = rows(&|row| was_there(row) && (is_gone(row) || is_moved(row)))
        .map(|only| Shown { only: Some(only), ..Shown::plain(layer.key, Arc::clone(base), None, Emphasis::Dropped) });
    let drawn = rows(&|row| !is_gone(row))
        .map(|only| Shown { only: Some(only), ..Shown::plain(layer.key, Arc::clone(state), None, Emphasis::Drawn) });
    dropped.into_iter().chain(drawn)
}
