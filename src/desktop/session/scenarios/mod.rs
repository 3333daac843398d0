//! Scenarios (方案): named sets of drawn changes over the layers. One at a time is on: then the layers are what it makes of
//! them, edits go into it, and the layers' files and the findings stay as they are.

mod comparing;
mod drawn;
mod dressing;
mod keeping;
mod switching;

pub use comparing::{KeptComparison, compared_answers};
pub use drawn::Under;
pub(super) use drawn::{Drawn, KeptScenario, Put};
pub(super) use dressing::Looked;

use super::jobs::Event;
use super::{Change, Edit, EditKind, EditName, Key, OpenLayer, Session};
use crate::geodesy::LonLatBox;
use crate::i18n::{Lang, Said};
use crate::index::IndexedLayer;
use crate::model::{Edited, Layer};
use crate::rules::scenario::MOST_CHANGES;
use std::sync::Arc;

/// A scenario of the session.
#[derive(Clone, Debug)]
pub struct OpenScenario {
    /// Its number in the session.
    pub id: u64,
    /// What it is called; no two alike.
    pub name: String,
    /// What it is for.
    pub note: String,
    /// What had to be said when it was switched on last: layers' files that changed since, layers that are not open.
    pub doubts: Vec<Said>,
    /// What it changes; of the one that is on as it was when it was switched on.
    pub(super) drawn: Vec<Arc<Drawn>>,
}

/// The scenarios of a session.
#[derive(Debug, Default)]
pub(super) struct Scenarios {
    all: Vec<OpenScenario>,
    on: Option<u64>,
    next: u64,
    /// What the job that read layers found in them, while they are taken in.
    pub(super) looked: Vec<Looked>,
    pub(super) comparison: Option<KeptComparison>,
}

/// What the window asks of the scenarios.
#[derive(Clone, Debug)]
pub enum ScenarioCommand {
    /// Begin a scenario of this name, and switch it on.
    Add(String),
    /// Begin one with the changes of another, and switch it on.
    Copy(u64, String),
    /// Call one otherwise.
    Rename(u64, String),
    /// Say what one is for.
    Note(u64, String),
    /// Give one up.
    Remove(u64),
    /// Switch one on, or none.
    Switch(Option<u64>),
    /// Let rows of a layer be what they are without the scenario that is on.
    Restore(Key, Vec<usize>),
    /// Take the changes of the scenario that is on into the layers; then it goes.
    Adopt,
    /// Put the rules to the layers without and with these scenarios.
    Compare(Vec<u64>, Lang),
}

/// A change of the scenarios that can be taken back.
#[derive(Clone, Debug)]
pub enum ScenarioChange {
    /// Put one in at a place of the list.
    Insert(usize, OpenScenario),
    /// Take one out.
    Remove(u64),
    /// Put another state of one in its place: its name, its note.
    Set(OpenScenario),
    /// Switch one on, or none; the layers are in these states then.
    Switch(Option<u64>, Vec<(Key, Arc<IndexedLayer>, Option<Under>)>),
}

/// What a scenario does to a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrawnKind {
    /// It is new.
    Added,
    /// It lies elsewhere, or has another shape.
    Moved,
    /// Its properties are others.
    Changed,
    /// It is taken out.
    Gone,
}

/// A feature that the scenario which is on changes.
#[derive(Clone, Debug)]
pub struct DrawnRow {
    /// The layer.
    pub layer: Key,
    /// The row.
    pub row: usize,
    /// What it is called.
    pub name: String,
    /// What becomes of it.
    pub kind: DrawnKind,
    /// Where it is, and was.
    pub bounds: LonLatBox,
}

impl OpenLayer {
    /// The layer without the scenario that is on: what its file is about.
    pub fn own(&self) -> &Arc<IndexedLayer> {
        self.under.as_ref().map_or(&self.indexed, |under| &under.base)
    }

    /// The rows that the scenario which is on changes.
    pub fn drawn_rows(&self) -> Vec<usize> {
        let Some(under) = &self.under else { return Vec::new() };
        let (base, state) = (under.base.layer(), self.layer());
        let was_there = |row: usize| row < base.len() && !base.is_gone(row);
        let changed = state.edits.since(&base.edits).into_iter();
        changed.filter(|row| was_there(*row) || !state.is_gone(*row)).collect()
    }
}

impl Session {
    /// The scenarios, in their order.
    pub fn scenarios(&self) -> &[OpenScenario] {
        &self.scenarios.all
    }

    /// The scenario that is on.
    pub fn scenario_on(&self) -> Option<&OpenScenario> {
        self.scenarios.on.and_then(|id| self.scenario(id))
    }

    /// A scenario.
    pub fn scenario(&self, id: u64) -> Option<&OpenScenario> {
        self.scenarios.all.iter().find(|one| one.id == id)
    }

    /// The scenario of this name.
    pub fn scenario_named(&self, name: &str) -> Option<u64> {
        self.scenarios.all.iter().find(|one| one.name == name).map(|one| one.id)
    }

    /// How many features a scenario adds, changes or takes out.
    pub fn scenario_changes(&self, id: u64) -> usize {
        self.drawn_by(id).iter().map(|drawn| drawn.count()).sum()
    }

    /// A name that no scenario has: this one, or with a number behind it.
    pub fn free_scenario_name(&self, wanted: &str) -> String {
        let wanted = wanted.trim();
        let numbered = (2..).map(|n| format!("{wanted} {n}"));
        let is_free = |name: &String| self.scenario_named(name).is_none();
        std::iter::once(wanted.to_owned()).chain(numbered).find(is_free).unwrap_or_default()
    }

    /// The features that the scenario which is on changes, layer by layer.
    pub fn drawn_rows(&self) -> Vec<DrawnRow> {
        let of_layer = |layer: &OpenLayer| {
            let rows = layer.drawn_rows().into_iter();
            rows.filter_map(|row| drawn_row(layer, row)).collect::<Vec<_>>()
        };
        self.layers.iter().flat_map(of_layer).collect()
    }

    /// What a scenario draws, of the one that is on as it is now.
    pub(super) fn drawn_by(&self, id: u64) -> Vec<Arc<Drawn>> {
        let Some(scenario) = self.scenario(id) else { return Vec::new() };
        if self.scenarios.on != Some(id) {
            return scenario.drawn.clone();
        }
        let of_layers = self.layers.iter().filter_map(Drawn::of).map(Arc::new);
        // Of layers that are closed as they were then.
        let is_live = |drawn: &Arc<Drawn>| self.layers.iter().any(|layer| layer.under.is_some() && drawn.is_of(layer));
        let of_others = scenario.drawn.iter().filter(|drawn| !is_live(drawn)).cloned();
        of_layers.chain(of_others).collect()
    }

    /// What is to be kept of the scenarios.
    pub(super) fn kept_scenarios(&self) -> Vec<KeptScenario> {
        let kept = |one: &OpenScenario| KeptScenario {
            name: one.name.clone(),
            note: one.note.clone(),
            drawn: self.drawn_by(one.id),
        };
        self.scenarios.all.iter().map(kept).collect()
    }

    pub(super) fn carry_out_scenario(&mut self, command: ScenarioCommand) {
        match command {
            ScenarioCommand::Add(name) => self.add_scenario(&name, Vec::new(), String::new()),
            ScenarioCommand::Copy(id, name) => {
                let note = self.scenario(id).map(|one| one.note.clone()).unwrap_or_default();
                self.add_scenario(&name, self.drawn_by(id), note);
            }
            ScenarioCommand::Rename(id, name) => {
                let name = name.trim().to_owned();
                let Some(one) = self.scenario(id).filter(|one| !name.is_empty() && one.name != name).cloned() else {
                    return;
                };
                let name = self.free_scenario_name(&name);
                self.change(Change::Scenario(ScenarioChange::Set(OpenScenario { name, ..one })));
            }
            ScenarioCommand::Note(id, note) => {
                if let Some(one) = self.scenario(id).filter(|one| one.note != note).cloned() {
                    self.change(Change::Scenario(ScenarioChange::Set(OpenScenario { note, ..one })));
                }
            }
            ScenarioCommand::Remove(id) => {
                if self.scenarios.on == Some(id) {
                    self.switch(None);
                }
                if self.scenarios.on != Some(id) {
                    self.change(Change::Scenario(ScenarioChange::Remove(id)));
                }
            }
            ScenarioCommand::Switch(to) => self.switch(to),
            ScenarioCommand::Restore(key, rows) => self.restore(key, &rows),
            ScenarioCommand::Adopt => self.adopt(),
            ScenarioCommand::Compare(ids, lang) => self.start_comparing(ids, lang, false),
        }
    }

    fn add_scenario(&mut self, name: &str, drawn: Vec<Arc<Drawn>>, note: String) {
        let name = self.free_scenario_name(name);
        self.scenarios.next += 1;
        let id = self.scenarios.next;
        let one = OpenScenario { id, name, note, doubts: Vec::new(), drawn };
        self.change(Change::Scenario(ScenarioChange::Insert(self.scenarios.all.len(), one)));
        self.switch(Some(id));
    }

    /// Applies a change of the scenarios; its inverse.
    pub(super) fn apply_to_scenarios(&mut self, change: ScenarioChange) -> Option<ScenarioChange> {
        match change {
            ScenarioChange::Insert(at, one) => {
                let id = one.id;
                let at = at.min(self.scenarios.all.len());
                self.scenarios.all.insert(at, one);
                Some(ScenarioChange::Remove(id))
            }
            ScenarioChange::Remove(id) => {
                let at = self.scenarios.all.iter().position(|one| one.id == id)?;
                Some(ScenarioChange::Insert(at, self.scenarios.all.remove(at)))
            }
            ScenarioChange::Set(one) => {
                let known = self.scenarios.all.iter_mut().find(|known| known.id == one.id)?;
                // What is drawn is no part of it.
                let one = OpenScenario { drawn: known.drawn.clone(), ..one };
                let (id, name) = (one.id, one.name.clone());
                let before = std::mem::replace(known, one);
                self.rename_compared(id, &name);
                Some(ScenarioChange::Set(before))
            }
            ScenarioChange::Switch(to, states) => {
                self.gather();
                let from = std::mem::replace(&mut self.scenarios.on, to);
                let mut before = Vec::with_capacity(self.layers.len());
                // Opening is no step: layers may have come since of which the step knows nothing.
                let is_known = |layer: &OpenLayer| states.iter().any(|(key, ..)| *key == layer.key);
                let others: Vec<usize> = (0..self.layers.len()).filter(|at| !is_known(&self.layers[*at])).collect();
                for at in others {
                    let mut layer = self.layers[at].clone();
                    before.push((layer.key, Arc::clone(&layer.indexed), layer.under.clone()));
                    if let Some(under) = layer.under.take() {
                        layer.indexed = under.base;
                    }
                    self.dress(&mut layer);
                    let (key, is_same) = (layer.key, layer.indexed.id() == self.layers[at].indexed.id());
                    self.layers[at] = layer;
                    if !is_same {
                        self.follow_filter(key, None);
                    }
                }
                for (key, indexed, under) in states {
                    let Some(layer) = self.layers.iter_mut().find(|layer| layer.key == key) else { continue };
                    let is_same = layer.indexed.id() == indexed.id();
                    let indexed = std::mem::replace(&mut layer.indexed, indexed);
                    before.push((key, indexed, std::mem::replace(&mut layer.under, under)));
                    if !is_same {
                        self.follow_filter(key, None);
                    }
                }
                Some(ScenarioChange::Switch(from, before))
            }
        }
    }

    /// Notes what the scenario that is on draws now: before it is switched off, or a layer goes.
    pub(super) fn gather(&mut self) {
        let Some(id) = self.scenarios.on else { return };
        let drawn = self.drawn_by(id);
        if let Some(one) = self.scenarios.all.iter_mut().find(|one| one.id == id) {
            one.drawn = drawn;
        }
    }

    /// Puts what the scenario that is on draws over a layer that comes in.
    pub(super) fn dress(&self, layer: &mut OpenLayer) {
        if layer.under.is_some() {
            return;
        }
        let Some(drawn) = self.scenario_on().and_then(|one| one.drawn.iter().find(|drawn| drawn.is_of(layer))) else {
            return;
        };
        let (drawn, own) = (Arc::clone(drawn), Arc::clone(&layer.indexed));
        let (state, left) = match drawn.put(layer) {
            Put::State(state, left) => (state, left),
            Put::Rows(rows, left) => (Arc::new(own.with_edits(&rows)), left),
            Put::Unknown => {
                // Found beside the window, by the job that read the layer; here only where none did.
                let known = self.scenarios.looked.iter().find(|looked| looked.is_of(own.layer(), &drawn));
                let found = || drawn.resolve(&own, &crate::progress::Progress::default()).ok();
                let Some(resolved) = known.map(|looked| looked.resolved.clone()).or_else(found) else { return };
                if !resolved.doubts.is_empty() {
                    let doubts = resolved.doubts.clone();
                    self.report(Event::Told(Said::told(|lang| doubts.message(lang))));
                }
                (Arc::new(own.with_edits(&resolved.rows)), Arc::new(resolved.left))
            }
        };
        layer.under = Some(Under { base: own, left, dressed: Some((state.id(), drawn.content())) });
        layer.indexed = state;
    }

    /// True where a layer has room for so many rows more in the scenario that is on.
    pub(super) fn has_room_for(&self, layer: &OpenLayer, rows: usize) -> bool {
        self.scenarios.on.is_none() || layer.drawn_rows().len() + rows <= MOST_CHANGES
    }

    fn restore(&mut self, key: Key, rows: &[usize]) {
        let Some(layer) = self.layer(key) else { return };
        let Some(under) = &layer.under else { return };
        let (base, state) = (under.base.layer(), layer.layer());
        let before = |row: usize| match row < base.len() {
            true => base.edits.get(row).cloned(),
            false => Some(Edited::Gone),
        };
        let changed: Vec<usize> = layer.drawn_rows().into_iter().filter(|row| rows.contains(row)).collect();
        let Some(first) = changed.first() else { return };
        let of = match changed.len() {
            1 => label_of(base, state, *first),
            n => n.to_string(),
        };
        let rows = changed.iter().map(|row| (*row, before(*row))).collect();
        let name = EditName { kind: EditKind::Restore, of };
        self.change(Change::Edit(Edit { layer: key, rows, name, swap: None }));
    }

    fn adopt(&mut self) {
        let Some(scenario) = self.scenario_on().cloned() else { return };
        let of_layer = |layer: &OpenLayer| {
            let rows: Vec<_> =
                layer.drawn_rows().into_iter().map(|row| (row, layer.layer().edits.get(row).cloned())).collect();
            (!rows.is_empty()).then_some((layer.key, rows))
        };
        let all: Vec<_> = self.layers.iter().filter_map(of_layer).collect();
        self.switch(None);
        if self.scenarios.on.is_some() {
            return;
        }
        for (layer, rows) in all {
            let name = EditName { kind: EditKind::Adopt, of: scenario.name.clone() };
            self.change(Change::Edit(Edit { layer, rows, name, swap: None }));
        }
        self.change(Change::Scenario(ScenarioChange::Remove(scenario.id)));
    }
}

fn label_of(base: &Layer, state: &Layer, row: usize) -> String {
    if state.is_gone(row) { base.label(row) } else { state.label(row) }
}

fn drawn_row(layer: &OpenLayer, row: usize) -> Option<DrawnRow> {
    let (base, state) = (layer.under.as_ref()?.base.layer(), layer.layer());
    let was_there = row < base.len() && !base.is_gone(row);
    let kind = match (was_there, state.is_gone(row)) {
        (_, true) => DrawnKind::Gone,
        (false, false) => DrawnKind::Added,
        (true, false) if base.geometries.geometry(row) != state.geometries.geometry(row) => DrawnKind::Moved,
        (true, false) => DrawnKind::Changed,
    };
    let mut bounds = if state.is_gone(row) { LonLatBox::EMPTY } else { state.geometries.bounds(row) };
    if was_there {
        bounds = bounds.union(base.geometries.bounds(row));
    }
    Some(DrawnRow { layer: layer.key, row, name: label_of(base, state, row), kind, bounds })
}
