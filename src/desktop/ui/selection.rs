//! What is selected: rows of one layer or answer, one of which leads.

use super::map::picking::Hit;
use super::map::scene::Shown;
use super::map::style::Emphasis;
use crate::model::Layer;
use crate::session::{Key, Session, ShownRows};
use std::sync::Arc;

/// How rows that were found change a selection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum How {
    /// They take its place.
    #[default]
    Replace,
    /// They join it.
    Add,
    /// They leave it.
    Remove,
    /// Only those of them that were selected stay.
    Keep,
}

/// Rows of one layer or answer.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    key: Option<Key>,
    /// In rising order.
    rows: Vec<usize>,
    lead: Option<usize>,
    /// Another after every change.
    revision: u64,
    /// The state of the layer, and the revision, of which every row is known to be there.
    checked: Option<(u64, u64)>,
    /// What the map draws of it, where the lead is not all: worked out once a change.
    shown: Option<ShownRows>,
}

impl Selection {
    /// The feature that leads: the one selected last.
    pub fn lead(&self) -> Option<Hit> {
        Some(Hit { key: self.key?, row: self.lead? })
    }

    /// The layer or answer.
    pub fn key(&self) -> Option<Key> {
        self.key
    }

    /// The rows, in rising order.
    pub fn rows(&self) -> &[usize] {
        &self.rows
    }

    /// The rows, the one that leads first.
    pub fn led_rows(&self) -> Vec<usize> {
        let others = self.rows.iter().copied().filter(|row| Some(*row) != self.lead);
        self.lead.into_iter().chain(others).collect()
    }

    /// Another after every change.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// True where nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// True for rows that are selected.
    pub fn contains(&self, hit: Hit) -> bool {
        self.key == Some(hit.key) && self.rows.binary_search(&hit.row).is_ok()
    }

    /// Selects one feature, or nothing.
    pub fn set(&mut self, hit: Option<Hit>) {
        *self = match hit {
            Some(Hit { key, row }) => Self {
                key: Some(key),
                rows: vec![row],
                lead: Some(row),
                revision: self.revision + 1,
                checked: None,
                shown: None,
            },
            None => Self { revision: self.revision + 1, ..Self::default() },
        };
    }

    /// Selects a feature more, or one less; those of another layer give way.
    pub fn toggle(&mut self, hit: Hit) {
        if self.key != Some(hit.key) {
            return self.set(Some(hit));
        }
        match self.rows.binary_search(&hit.row) {
            Ok(at) => {
                self.rows.remove(at);
                self.lead = if self.lead == Some(hit.row) { self.rows.last().copied() } else { self.lead };
            }
            Err(at) => {
                self.rows.insert(at, hit.row);
                self.lead = Some(hit.row);
            }
        }
        self.follow();
    }

    /// Changes the selection by rows of a layer, in rising order.
    pub fn put(&mut self, key: Key, rows: &[usize], how: How) {
        let own = if self.key == Some(key) { std::mem::take(&mut self.rows) } else { Vec::new() };
        let is_own = |row: &usize| own.binary_search(row).is_ok();
        let is_found = |row: &usize| rows.binary_search(row).is_ok();
        self.rows = match how {
            How::Replace => rows.to_vec(),
            How::Add => {
                let mut all: Vec<usize> = own.iter().chain(rows.iter().filter(|row| !is_own(row))).copied().collect();
                all.sort_unstable();
                all
            }
            How::Remove => own.iter().filter(|row| !is_found(row)).copied().collect(),
            How::Keep => own.iter().filter(|row| is_found(row)).copied().collect(),
        };
        self.key = Some(key);
        self.lead = self.lead.filter(|lead| self.rows.binary_search(lead).is_ok()).or(self.rows.first().copied());
        self.follow();
    }

    /// Selects what was not selected of a layer, and the other way round.
    pub fn invert(&mut self, key: Key, layer: &Layer) {
        // Both rise: one walk along them, a million rows or more.
        let own = if self.key == Some(key) { &self.rows[..] } else { &[] };
        let mut next = 0;
        let is_other = |row: &usize| {
            while own.get(next).is_some_and(|own| own < row) {
                next += 1;
            }
            own.get(next) != Some(row)
        };
        let others: Vec<usize> = layer.rows().filter(is_other).collect();
        self.put(key, &others, How::Replace);
    }

    /// Drops what is no longer there.
    pub fn follow_session(&mut self, session: &Session) {
        let Some(key) = self.key else { return };
        let Some(indexed) = session.indexed(key) else { return self.set(None) };
        // Not in every frame: a million rows may be selected.
        let of = Some((indexed.id(), self.revision));
        if self.checked == of {
            return;
        }
        let layer = indexed.layer();
        let is_there = |row: &usize| *row < layer.len() && !layer.is_gone(*row);
        if !self.rows.iter().all(is_there) {
            let left: Vec<usize> = self.rows.iter().copied().filter(is_there).collect();
            self.put(key, &left, How::Replace);
        } else {
            self.checked = of;
        }
    }

    fn follow(&mut self) {
        if self.rows.is_empty() {
            return self.set(None);
        }
        self.revision += 1;
        self.shown = (self.rows.len() > 1).then(|| {
            let mut is_in = vec![false; self.rows.last().map_or(0, |last| last + 1)];
            self.rows.iter().for_each(|row| is_in[*row] = true);
            ShownRows::of(is_in)
        });
    }

    /// What the map draws of it; the lead alone is outlined by the map itself.
    pub fn shown(&self, session: &Session) -> Option<Shown> {
        let key = self.key?;
        let only = self.shown.clone()?;
        let plain = Shown::plain(key, Arc::clone(session.indexed(key)?), None, Emphasis::Chosen);
        Some(Shown { only: Some(only), ..plain })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_and_go() {
        let mut selection = Selection::default();
        let hit = |row| Hit { key: Key(1), row };
        selection.toggle(hit(3));
        selection.toggle(hit(1));
        assert_eq!((selection.rows(), selection.lead()), (&[1, 3][..], Some(hit(1))));
        assert_eq!(selection.led_rows(), [1, 3]);
        selection.put(Key(1), &[3, 5, 7], How::Add);
        assert_eq!((selection.rows(), selection.lead()), (&[1, 3, 5, 7][..], Some(hit(1))));
        selection.put(Key(1), &[1, 5], How::Remove);
        assert_eq!((selection.rows(), selection.lead()), (&[3, 7][..], Some(hit(3))));
        selection.put(Key(1), &[0, 7], How::Keep);
        assert_eq!(selection.rows(), [7]);
        assert!(selection.contains(hit(7)) && !selection.contains(Hit { key: Key(2), row: 7 }));
        selection.toggle(hit(7));
        assert!(selection.is_empty() && selection.lead().is_none() && selection.key().is_none());
        selection.put(Key(1), &[1, 2], How::Replace);
        selection.toggle(Hit { key: Key(2), row: 9 });
        assert_eq!((selection.rows(), selection.key()), (&[9][..], Some(Key(2))));
    }

    #[test]
    fn what_was_not_selected_takes_the_place_of_what_was() {
        let feature = r#"{"type":"Feature","properties":{},"geometry":null}"#;
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, [feature; 6].join(","));
        let layer = crate::io::read_layer_bytes(text.as_bytes(), "t", &Default::default(), &Default::default());
        let layer = layer.expect("readable");
        let mut selection = Selection::default();
        for (own, others) in [(&[0, 2, 5][..], &[1, 3, 4][..]), (&[3][..], &[0, 1, 2, 4, 5][..])] {
            selection.put(Key(1), own, How::Replace);
            selection.invert(Key(1), &layer);
            assert_eq!(selection.rows(), others);
        }
        // Of another layer all.
        selection.invert(Key(2), &layer);
        assert_eq!((selection.rows().len(), selection.key()), (6, Some(Key(2))));
    }
}
