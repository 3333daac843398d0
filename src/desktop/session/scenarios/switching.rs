//! Switching scenarios on and off: their features are looked for in the layers, and the layers become what they make of them.

use super::{Drawn, Put, ScenarioChange, Under};
use crate::i18n::{Said, tr};
use crate::index::IndexedLayer;
use crate::rules::scenario::Resolved;
use crate::session::jobs::{Event, Outcome};
use crate::session::{Change, JobKind, Key, OpenLayer, Session};
use std::collections::HashMap;
use std::sync::Arc;

/// Features of a scenario found in a layer.
pub(in crate::session) struct Found {
    /// The state that was looked through.
    base: u64,
    state: Arc<IndexedLayer>,
    resolved: Resolved,
}

impl Session {
    /// Switches a scenario on, or none: at once, or beside the window where its features have to be looked for.
    pub(super) fn switch(&mut self, to: Option<u64>) {
        if self.scenarios.on == to || to.is_some_and(|id| self.scenario(id).is_none()) {
            return;
        }
        if self.jobs.running.iter().any(|job| matches!(job.kind, JobKind::Editing(_))) {
            // What is being worked out would go into another scenario than it was meant for.
            return self.report(Event::Told(Said::of("scenario.wait")));
        }
        let unknown = to.map(|id| self.unknown_of(id)).unwrap_or_default();
        let Some(id) = to.filter(|_| !unknown.is_empty()) else { return self.switch_now(to, HashMap::new()) };
        let name = self.scenario(id).map(|one| one.name.clone()).unwrap_or_default();
        self.spawn(JobKind::Switching(name.clone()), move |progress, tell| {
            let mut found = HashMap::new();
            for (key, drawn, own) in unknown {
                let Ok(resolved) = drawn.resolve(&own, progress) else {
                    let said = |lang| tr!(lang, "scenario.not_switched", name = name).into_owned();
                    return tell(Event::Told(Said::told(said)).into());
                };
                let state = own.with_edits(&resolved.rows);
                state.build();
                found.insert(key, Found { base: own.id(), state: Arc::new(state), resolved });
            }
            tell(Outcome::done(move |session| session.take_resolved(id, found)));
        });
    }

    /// Layers in which features of a scenario have to be looked for.
    fn unknown_of(&self, id: u64) -> Vec<(Key, Arc<Drawn>, Arc<IndexedLayer>)> {
        let Some(scenario) = self.scenario(id) else { return Vec::new() };
        let of = |layer: &OpenLayer| {
            let drawn = scenario.drawn.iter().find(|drawn| drawn.is_of(layer))?;
            matches!(drawn.put(layer), Put::Unknown).then(|| (layer.key, Arc::clone(drawn), Arc::clone(layer.own())))
        };
        self.layers.iter().filter_map(of).collect()
    }

    /// The features of a scenario were found.
    pub(in crate::session) fn take_resolved(&mut self, id: u64, found: HashMap<Key, Found>) {
        if self.scenario(id).is_none() {
            // It was given up meanwhile.
            return;
        }
        // A layer that was edited meanwhile is looked through once more.
        let is_there = |(key, _, own): &(Key, Arc<Drawn>, Arc<IndexedLayer>)| {
            found.get(key).is_some_and(|found| found.base == own.id())
        };
        match self.unknown_of(id).iter().all(is_there) {
            true => self.switch_now(Some(id), found),
            false => self.switch(Some(id)),
        }
    }

    fn switch_now(&mut self, to: Option<u64>, mut found: HashMap<Key, Found>) {
        let scenario = to.and_then(|id| self.scenario(id)).cloned();
        let mut doubts = Vec::new();
        let states = self.layers.iter().map(|layer| {
            let own = Arc::clone(layer.own());
            let drawn = scenario.iter().flat_map(|one| &one.drawn).find(|drawn| drawn.is_of(layer));
            let Some(drawn) = drawn else { return (layer.key, own, None) };
            let (state, left) = match drawn.put(layer) {
                Put::State(state, left) => (state, left),
                Put::Rows(rows, left) => (Arc::new(own.with_edits(&rows)), left),
                Put::Unknown => {
                    let Some(Found { state, resolved, .. }) = found.remove(&layer.key) else {
                        return (layer.key, own, None);
                    };
                    if !resolved.doubts.is_empty() {
                        doubts.push(Said::told(|lang| resolved.doubts.message(lang)));
                    }
                    (state, Arc::new(resolved.left))
                }
            };
            let under = Under { base: own, left, dressed: Some((state.id(), drawn.content())) };
            (layer.key, state, Some(under))
        });
        let states = states.collect();
        if let Some(scenario) = &scenario {
            let is_open = |drawn: &&Arc<Drawn>| self.layers.iter().any(|layer| drawn.is_of(layer));
            for drawn in scenario.drawn.iter().filter(|drawn| !is_open(drawn)) {
                let (file, n) = (drawn.place.called(), drawn.count());
                doubts.push(Said::told(|lang| tr!(lang, "scenario.not_open", file = file, n = n).into_owned()));
            }
        }
        if let Some(one) = self.scenarios.all.iter_mut().find(|one| Some(one.id) == to) {
            one.doubts.clone_from(&doubts);
        }
        self.change(Change::Scenario(ScenarioChange::Switch(to, states)));
        doubts.into_iter().for_each(|said| self.report(Event::Told(said)));
    }
}
