//! What others change in a shared store comes into the layers that are open: a thread a store asks for the numbers of changes.

use super::jobs::{Event, Outcome, Teller};
use super::{Key, OpenLayer, Session};
use crate::i18n::{Said, tr};
use crate::io::store::{Feeds, shown};
use crate::model::StoreSource;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often is asked.
const EVERY: Duration = Duration::from_secs(1);
/// How often is asked whether to stop, and after how many times of asking a store that went is tried again.
const LOOK: Duration = Duration::from_millis(50);
const AGAIN: Duration = Duration::from_secs(5);

/// A store that is watched, until this is dropped.
pub(super) struct Watch {
    server: String,
    database: String,
    stop: Arc<AtomicBool>,
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

/// The store of a layer whose changes are counted.
fn watched(layer: &OpenLayer) -> Option<(&Path, &StoreSource)> {
    let store = layer.layer().source.store.as_deref().filter(|store| store.feed.is_some())?;
    Some((layer.store()?, store))
}

impl Session {
    /// Begins to watch stores of layers that are open, and ends with those of which none is.
    pub(super) fn watch_stores(&mut self) {
        let layers = &self.layers;
        self.watches.retain(|watch| layers.iter().filter_map(watched).any(|(_, store)| watch.is_of(store)));
        let is_known = |store: &StoreSource| self.watches.iter().any(|watch| watch.is_of(store));
        let new = self.layers.iter().filter_map(watched).find(|(_, store)| !is_known(store));
        let Some((address, store)) = new else { return };
        let watch = Watch { server: store.server.clone(), database: store.database.clone(), stop: Arc::default() };
        let of = (store.server.clone(), store.database.clone());
        let (address, stop, teller) = (address.to_owned(), Arc::clone(&watch.stop), self.jobs.teller());
        std::thread::spawn(move || follow(&address, &of, &stop, &teller));
        self.watches.push(watch);
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
            let Some(name) = self.layer(key).map(|layer| layer.layer().name.clone()) else { continue };
            let text = if is_edited { "store.watch.edited" } else { "store.watch.read_anew" };
            events.push(Event::Told(Said::told(|lang| tr!(lang, text, layer = name).into_owned())));
            if !is_edited {
                self.start_reloading(key);
            }
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
fn follow(address: &Path, of: &(String, String), stop: &AtomicBool, teller: &Teller) {
    let (mut feeds, mut known, mut is_lost) = (None::<Feeds>, BTreeMap::new(), false);
    loop {
        let read = match &mut feeds {
            Some(feeds) => feeds.read(),
            None => Feeds::connect(address).and_then(|mut new| {
                let read = new.read();
                feeds = Some(new);
                read
            }),
        };
        let pause = match read {
            Ok(now) => {
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
