//! What others change in a shared store comes into the layers that are open: a thread a store asks for the numbers of changes.

use super::jobs::{Event, JobKind, Outcome, Teller};
use super::{Key, OpenLayer, Session};
use crate::i18n::{Said, tr};
use crate::io::store::{Feeds, shown};
use crate::model::StoreSource;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often is asked.
const EVERY: Duration = Duration::from_secs(1);
/// How often is asked whether to stop, and after how many times of asking a store that went is tried again.
const LOOK: Duration = Duration::from_millis(50);
const AGAIN: Duration = Duration::from_secs(5);

/// Tables of a store whose rows are looked at, by their names, as SQL names them.
type Polled = Arc<Mutex<BTreeMap<String, String>>>;

/// A store that is watched, until this is dropped.
pub(super) struct Watch {
    server: String,
    database: String,
    stop: Arc<AtomicBool>,
    polled: Polled,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Watch {
    fn is_of(&self, store: &StoreSource) -> bool {
        (&self.server, &self.database) == (&store.server, &store.database)
    }
}

/// The store of a layer whose changes are counted, or whose rows can be looked at.
fn watched(layer: &OpenLayer) -> Option<(&Path, &StoreSource)> {
    let store = layer.layer().source.store.as_deref();
    let store = store.filter(|store| store.feed.is_some() || store.mark.is_some())?;
    Some((layer.store()?, store))
}

impl Session {
    /// Begins to watch stores of layers that are open, and ends with those of which none is.
    pub(super) fn watch_stores(&mut self) {
        let layers = &self.layers;
        self.watches.retain(|watch| layers.iter().filter_map(watched).any(|(_, store)| watch.is_of(store)));
        let is_known = |store: &StoreSource| self.watches.iter().any(|watch| watch.is_of(store));
        let new = self.layers.iter().filter_map(watched).find(|(_, store)| !is_known(store));
        if let Some((address, store)) = new {
            let (server, database) = (store.server.clone(), store.database.clone());
            let watch = Watch { server, database, stop: Arc::default(), polled: Polled::default() };
            let of = (store.server.clone(), store.database.clone());
            let (address, stop, teller) = (address.to_owned(), Arc::clone(&watch.stop), self.jobs.teller());
            let polled = Arc::clone(&watch.polled);
            std::thread::spawn(move || follow(&address, &of, &stop, &polled, &teller));
            self.watches.push(watch);
        }
        self.say_what_is_seen();
        for watch in &self.watches {
            let own = self.layers.iter().filter_map(watched).map(|(_, store)| store).filter(|store| watch.is_of(store));
            let of = |store: &StoreSource| Some((store.table.clone(), store.mark.as_ref()?.sql.clone()));
            *watch.polled.lock().unwrap_or_else(PoisonError::into_inner) = own.filter_map(of).collect();
        }
    }

    /// Tells once of each layer without counted changes whether others' changes will be seen.
    fn say_what_is_seen(&mut self) {
        let is_new = |layer: &&OpenLayer| {
            let store = layer.layer().source.store.as_deref();
            store.is_some_and(|store| store.feed.is_none()) && !self.said_unwatched.contains(&layer.key)
        };
        let new: Vec<(Key, String, bool)> = self
            .layers
            .iter()
            .filter(is_new)
            .map(|layer| {
                let is_polled = layer.layer().source.store.as_deref().is_some_and(|store| store.mark.is_some());
                (layer.key, layer.layer().name.clone(), is_polled)
            })
            .collect();
        for (key, name, is_polled) in new {
            self.said_unwatched.insert(key);
            let text = if is_polled { "store.watch.polled" } else { "store.watch.unseen" };
            let said = Said::told(|lang| tr!(lang, text, layer = name).into_owned());
            self.jobs.teller().tell(Event::Told(said).into());
        }
    }

    /// Others changed rows of tables that nothing watches.
    fn rows_changed(&mut self, of: &(String, String), states: &BTreeMap<String, String>) -> Vec<Event> {
        // What this desk writes of a layer is read anew right after: that is no change by others. Jobs of other layers hide none.
        let is_own = |layer: &OpenLayer| {
            let layer = layer.layer();
            self.jobs.running.iter().any(|job| match &job.kind {
                JobKind::Exporting(name) | JobKind::Reading(name) => {
                    *name == layer.name || *name == layer.source.file_name
                }
                _ => false,
            })
        };
        let is_of = |store: &StoreSource| (&store.server, &store.database) == (&of.0, &of.1);
        let changed: Vec<(Key, String, bool)> = self
            .layers
            .iter()
            .filter(|layer| !is_own(layer))
            .filter_map(|layer| {
                let (_, store) = watched(layer).filter(|(_, store)| is_of(store))?;
                let now = states.get(&store.table)?;
                let is_known = store.mark.as_ref()?.state == *now || self.told_states.get(&layer.key) == Some(now);
                (!is_known).then(|| (layer.key, now.clone(), layer.is_unsaved()))
            })
            .collect();
        let mut events = Vec::new();
        for (key, now, is_edited) in changed {
            self.told_states.insert(key, now);
            events.extend(self.changed_by_others(key, is_edited));
        }
        events
    }

    /// A layer that nobody edits here is read anew, of another it is told.
    fn changed_by_others(&mut self, key: Key, is_edited: bool) -> Option<Event> {
        let name = self.layer(key)?.layer().name.clone();
        let text = if is_edited { "store.watch.edited" } else { "store.watch.read_anew" };
        if !is_edited {
            self.start_reloading(key);
        }
        Some(Event::Told(Said::told(|lang| tr!(lang, text, layer = name).into_owned())))
    }

    /// Others changed tables of a store: layers that nobody edits here are read anew, of the others it is told once.
    fn store_changed(&mut self, of: &(String, String), feeds: &BTreeMap<String, i64>) -> Vec<Event> {
        let is_of = |store: &StoreSource| (&store.server, &store.database) == (&of.0, &of.1);
        let changed: Vec<(Key, i64, bool)> = self
            .layers
            .iter()
            .filter_map(|layer| {
                let (_, store) = watched(layer).filter(|(_, store)| is_of(store))?;
                let now = *feeds.get(&store.table)?;
                let known = store.feed.max(self.told_feeds.get(&layer.key).copied());
                (Some(now) > known).then_some((layer.key, now, layer.is_unsaved()))
            })
            .collect();
        let mut events = Vec::new();
        for (key, now, is_edited) in changed {
            self.told_feeds.insert(key, now);
            events.extend(self.changed_by_others(key, is_edited));
        }
        events
    }
}

/// Waits; false where it is to end.
fn waits(time: Duration, stop: &AtomicBool) -> bool {
    let mut left = time;
    while !left.is_zero() {
        if stop.load(Ordering::Relaxed) {
            return false;
        }
        std::thread::sleep(LOOK.min(left));
        left = left.saturating_sub(LOOK);
    }
    !stop.load(Ordering::Relaxed)
}

/// Asks a store until nobody wants it any more. That it went, and that it is back, is told once each.
fn follow(address: &Path, of: &(String, String), stop: &AtomicBool, polled: &Polled, teller: &Teller) {
    let (mut feeds, mut known, mut is_lost) = (None::<Feeds>, BTreeMap::new(), false);
    loop {
        let tables = polled.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let read = |feeds: &mut Feeds| Ok((feeds.read()?, feeds.states(&tables)?));
        let read = match &mut feeds {
            Some(feeds) => read(feeds),
            None => Feeds::connect(address).and_then(|mut new| {
                let read = read(&mut new);
                feeds = Some(new);
                read
            }),
        };
        let pause = match read {
            Ok((now, states)) => {
                if std::mem::take(&mut is_lost) {
                    let store = shown(address);
                    let said = Said::told(|lang| tr!(lang, "store.watch.back", store = store).into_owned());
                    teller.tell(Event::Told(said).into());
                }
                if now != known {
                    known.clone_from(&now);
                    let of = of.clone();
                    teller.tell(Outcome::then(move |session| session.store_changed(&of, &now)));
                }
                if let Some(states) = states {
                    let of = of.clone();
                    teller.tell(Outcome::then(move |session| session.rows_changed(&of, &states)));
                }
                EVERY
            }
            Err(e) => {
                feeds = None;
                if !std::mem::replace(&mut is_lost, true) {
                    let said = Said::told(|lang| tr!(lang, "store.watch.lost", cause = e.message(lang)).into_owned());
                    teller.tell(Event::Told(said).into());
                }
                AGAIN
            }
        };
        if !waits(pause, stop) {
            return;
        }
    }
}
