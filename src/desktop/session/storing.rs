//! Edits of a layer of a shared store go back to its table; what others changed meanwhile is shown and decided by row.

use super::jobs::{Event, JobKind, Outcome};
use super::open::Reading;
use super::{Change, Edit, EditKind, EditName, Key, OpenLayer, Session};
use crate::i18n::{Said, tr};
use crate::io::store::{Saved, write_changes};
use crate::io::{SaveCause, SaveError};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl OpenLayer {
    /// The address of the shared store that it was read from; its table is the name of the layer.
    pub fn store(&self) -> Option<&Path> {
        self.layer()
            .source
            .store
            .as_ref()
            .map(|store| &*store.address)
            .filter(|address| !address.as_os_str().is_empty())
    }
}

impl Session {
    /// Writes the edits of a layer of a shared store: rows among `ours` whatever others made of them, none among `theirs`.
    pub(super) fn start_storing(&mut self, key: Key, ours: BTreeSet<usize>, theirs: &BTreeSet<usize>) {
        let Some(layer) = self.layer(key) else { return };
        let Some(address) = layer.store().map(Path::to_owned) else { return };
        if !theirs.is_empty() && self.scenario_on().is_some() {
            // Edits go into the scenario, and what is given up is the layer's.
            return self.report(Event::Told(Said::of("store.edit.scenario")));
        }
        if !theirs.is_empty() {
            // A step like any other: taken back, the rows are as they were edited.
            let name = EditName { kind: EditKind::TakeTheirs, of: layer.layer().name.clone() };
            let rows = theirs.iter().map(|row| (*row, None)).collect();
            self.change(Change::Edit(Edit { layer: key, rows, name, swap: None }));
        }
        let Some(layer) = self.layer(key) else { return };
        let (indexed, reading, called) = (Arc::clone(layer.own()), layer.reading, layer.layer().name.clone());
        self.journal.saving(reading, indexed.id(), &address);
        self.spawn(JobKind::Exporting(called), move |progress, tell| {
            match write_changes(&address, indexed.layer(), &ours, progress) {
                Ok(Saved::Written(written)) => {
                    let id = indexed.id();
                    tell(Outcome::then(move |session| {
                        session.note_stored(key, reading, id);
                        // That is no change by others.
                        session.told_feeds.extend(written.feed.map(|feed| (key, feed)));
                        Some(Event::Stored(key, written))
                    }));
                }
                Ok(Saved::Conflicts(conflicts)) => tell(Event::Conflicts(key, Arc::new(conflicts)).into()),
                Err(e) if e.is_cancelled => {}
                Err(e) => {
                    let cause = SaveCause::Format(e.said);
                    tell(Event::SaveFailed(key, SaveError { file: e.store, cause }).into());
                }
            }
        });
    }

    /// A state of a layer is in its table. The layer is read anew: what the server made of it, and what others changed in other rows.
    /// One that was edited meanwhile stays as it is; what is written next is held against the table as any edit is.
    fn note_stored(&mut self, key: Key, reading: Reading, id: u64) {
        self.journal.saved(reading, id, None);
        let layer = self.layers.iter_mut().find(|layer| layer.key == key && layer.reading == reading);
        let Some(layer) = layer else { return };
        layer.saved = Some(id);
        if layer.own().id() == id {
            self.start_reloading(key);
        }
    }

    /// What a layer of a store is read from again: its address, where it is of one.
    pub(super) fn place_of_layer(&self, key: Key) -> Option<PathBuf> {
        let layer = self.layer(key)?;
        layer.path.clone().or_else(|| layer.store().map(Path::to_owned))
    }
}

/// What is told of edits that are in the store.
pub fn stored_text(written: &crate::io::store::Written) -> Said {
    let [changed, added, removed] = written.rows;
    Said::told(|lang| {
        let mut text = tr!(lang, "store.edit.done", changed = changed, added = added, removed = removed).into_owned();
        if !written.altered.is_empty() {
            let names = written.altered.iter().take(5).cloned().collect::<Vec<_>>().join(crate::i18n::between(lang));
            text.push_str(&tr!(lang, "store.edit.altered", n = written.altered.len(), names = names));
        }
        text
    })
}
