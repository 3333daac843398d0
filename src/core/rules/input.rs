//! What rules are put to: layers by their roles.

use super::identity::{Identities, shared_names};
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry, ResultRows};
use crate::model::{Layer, Role, Source};
use crate::query::{Engine, Here};
use crate::vocabulary::{ColumnReading, Property, Reading, Vocabulary};
use rustc_hash::FxHashSet;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// Layers with their roles.
pub type RoleLayers = Vec<(Role, Arc<IndexedLayer>)>;

/// What rules are put to: every role with its layers, read together.
#[derive(Debug)]
pub struct RuleInput {
    /// As they were given.
    pub layers: RoleLayers,
    together: BTreeMap<Role, Arc<IndexedLayer>>,
    vocabulary: Arc<Vocabulary>,
    /// Columns that were read through the vocabulary; inputs of the same layers share them.
    readings: Arc<Mutex<Readings>>,
    /// Hashes of names that several features have, by the states of layers; all inputs of a run share them.
    shared: Arc<Mutex<HashMap<u64, Arc<FxHashSet<u64>>>>>,
    /// What of layers lies in each of some areas, where several questions ask for it.
    shared_out: Arc<Mutex<SharedOut>>,
    /// The scenario whose changes the layers have, where they have one's.
    scenario: Option<Arc<str>>,
    /// Who does the work on rows.
    engine: Arc<dyn Engine>,
}

/// By an area's row the ground that lies in it, m², and the people, where those are known.
pub(super) type ByArea = BTreeMap<usize, (f64, Option<f64>)>;

/// By the layer, the layer of areas and the column of people.
type SharedOut = HashMap<(u64, u64, String), Arc<ByArea>>;

/// Columns through the vocabulary, by role and name.
type Readings = HashMap<(Role, String), Arc<ColumnReading>>;

impl RuleInput {
    /// Layers with their roles, read with the program's own vocabulary; several of one role become one.
    pub fn new(layers: RoleLayers) -> Self {
        Self::with_vocabulary(layers, Arc::clone(Vocabulary::builtin()))
    }

    /// The same with another vocabulary: one that has planners' own words.
    pub fn with_vocabulary(layers: RoleLayers, vocabulary: Arc<Vocabulary>) -> Self {
        let mut together = BTreeMap::new();
        for (role, layer) in &layers {
            let of_role: Vec<&Arc<IndexedLayer>> =
                layers.iter().filter(|(other, _)| other == role).map(|(_, layer)| layer).collect();
            if together.contains_key(role) {
                continue;
            }
            let joined = if of_role.len() == 1 { Arc::clone(layer) } else { Arc::new(joined(*role, &of_role)) };
            together.insert(*role, joined);
        }
        let (readings, shared, shared_out) = (Arc::default(), Arc::default(), Arc::default());
        Self { layers, together, vocabulary, readings, shared, shared_out, scenario: None, engine: Arc::new(Here) }
    }

    /// The same with other rows of the same layers for some roles.
    pub(super) fn with_together(&self, roles: impl IntoIterator<Item = (Role, Arc<IndexedLayer>)>) -> Self {
        let mut together = self.together.clone();
        together.extend(roles);
        let (layers, vocabulary) = (self.layers.clone(), Arc::clone(&self.vocabulary));
        let (readings, shared) = (Arc::clone(&self.readings), Arc::clone(&self.shared));
        let (shared_out, scenario) = (Arc::clone(&self.shared_out), self.scenario.clone());
        let engine = Arc::clone(&self.engine);
        Self { layers, together, vocabulary, readings, shared, shared_out, scenario, engine }
    }

    /// The same with another layer for a role.
    pub(super) fn with_layer(&self, role: Role, layer: Arc<IndexedLayer>) -> Self {
        let others = self.layers.iter().filter(|(own, _)| *own != role).cloned();
        let layers = others.chain([(role, Arc::clone(&layer))]).collect();
        let mut together = self.together.clone();
        together.insert(role, layer);
        let known = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        let known = known.iter().filter(|((own, _), _)| *own != role);
        let readings: Readings = known.map(|(of, reading)| (of.clone(), Arc::clone(reading))).collect();
        let (vocabulary, readings) = (Arc::clone(&self.vocabulary), Arc::new(Mutex::new(readings)));
        // Under the layers' own numbers, which no other layer has.
        let (shared, shared_out) = (Arc::clone(&self.shared), Arc::clone(&self.shared_out));
        let (scenario, engine) = (self.scenario.clone(), Arc::clone(&self.engine));
        Self { layers, together, vocabulary, readings, shared, shared_out, scenario, engine }
    }

    /// The same layers, which have the changes of a scenario of this name: their answers say so.
    pub fn under(self, scenario: Option<&str>) -> Self {
        Self { scenario: scenario.map(Arc::from), ..self }
    }

    /// The same, where another engine does the work on rows; without it this process does.
    pub fn on(self, engine: Arc<dyn Engine>) -> Self {
        Self { engine, ..self }
    }

    /// Who does the work on rows.
    pub fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    /// The scenario whose changes the layers have.
    pub fn scenario(&self) -> Option<&str> {
        self.scenario.as_deref()
    }

    /// The vocabulary that cells are read through.
    pub fn vocabulary(&self) -> &Arc<Vocabulary> {
        &self.vocabulary
    }

    /// A role's column through the vocabulary; `None` for a property that it does not have, and without such a layer.
    pub fn reading(&self, role: Role, name: &str) -> Option<Arc<ColumnReading>> {
        let property = self.vocabulary.property(role, name)?;
        let layer = self.together(role)?.layer();
        let mut known = self.readings.lock().unwrap_or_else(PoisonError::into_inner);
        let reading =
            known.entry((role, name.to_owned())).or_insert_with(|| Arc::new(ColumnReading::new(layer, role, property)));
        Some(Arc::clone(reading))
    }

    /// What of a layer, with the people in a column, lies in each of some areas: worked out where nobody asked before.
    ///
    /// # Errors
    /// Those of `work_out`.
    pub(super) fn shared_out<E>(
        &self,
        (layer, areas, people): (&IndexedLayer, &IndexedLayer, &str),
        work_out: impl FnOnce() -> Result<ByArea, E>,
    ) -> Result<Arc<ByArea>, E> {
        let key = (layer.id(), areas.id(), people.to_owned());
        let all = || self.shared_out.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all().get(&key) {
            return Ok(Arc::clone(known));
        }
        let found = Arc::new(work_out()?);
        all().insert(key, Arc::clone(&found));
        Ok(found)
    }

    /// A number of a role's property; `None` where the cell says none.
    pub fn number(&self, role: Role, name: &str, row: usize) -> Option<f64> {
        match self.reading(role, name) {
            Some(reading) => reading.of(row).number(),
            None => self.together(role)?.layer().attributes.get(row, name).as_number(),
        }
    }

    /// What the features of a layer are known by from one run to the next. Cost, once for a state of a layer: its rows.
    pub fn identities(&self, indexed: &Arc<IndexedLayer>) -> Identities {
        let mut known = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let shared = known.entry(indexed.id()).or_insert_with(|| Arc::new(shared_names(indexed.layer())));
        Identities::new(indexed, Arc::clone(shared))
    }

    /// The features of a role.
    pub fn together(&self, role: Role) -> Option<&Arc<IndexedLayer>> {
        self.together.get(&role)
    }
}

/// The features of one layer, as a layer of its own that is from the same file.
pub(super) fn joined_as(role: Role, layer: &Arc<IndexedLayer>, source: &Source) -> IndexedLayer {
    let own = collected(role, &[layer]).layer(role.id(), role.id());
    IndexedLayer::new(Arc::new(Layer { source: source.clone(), ..own }))
}

/// The features of several layers as one.
pub(super) fn joined(role: Role, layers: &[&Arc<IndexedLayer>]) -> IndexedLayer {
    IndexedLayer::new(Arc::new(collected(role, layers).layer(role.id(), role.id())))
}

fn collected(role: Role, layers: &[&Arc<IndexedLayer>]) -> ResultRows {
    let mut all = ResultRows::new();
    for indexed in layers {
        let layer = indexed.layer();
        // A column that stands for another name is given that name, so that all layers share it.
        let attributes = &layer.attributes;
        let called: Vec<(&String, usize)> = attributes
            .column_names()
            .iter()
            .filter(|(name, own)| name != own)
            .filter_map(|(name, _)| Some((name, attributes.column(name)?)))
            .collect();
        let names: Vec<Cow<'static, str>> = called.iter().map(|(name, _)| Cow::Owned((*name).clone())).collect();
        // With its name it would lose the unit that the name says.
        let measured: Vec<Option<(&Property, &str)>> = called
            .iter()
            .map(|(name, column)| {
                let property = Vocabulary::builtin().property(role, name)?;
                let own = layer.attributes.names().get(*column)?;
                property.has_unit_in(own).then_some((&**property, &**own))
            })
            .collect();
        let cells: Vec<Added> = called.iter().map(|(_, column)| Added::CellOf(*column as u32)).collect();
        for row in layer.rows().filter(|row| indexed.is_in(*row)) {
            let (mut cells, mut texts) = (cells.clone(), Vec::new());
            for (at, (property, own)) in measured.iter().enumerate().filter_map(|(at, of)| Some((at, (*of)?))) {
                let value = layer.attributes.value(row, called[at].1);
                match property.read(&value, own) {
                    Reading::Number(n) => cells[at] = Added::Number(n),
                    Reading::Empty => {}
                    _ => {
                        cells[at] = Added::TextOf(texts.len() as u32);
                        texts.push(format!("{} {own}", value.display()));
                    }
                }
            }
            all.push(Some((layer, row)), None, (&names, &cells), (None, &texts), &OutGeometry::Unchanged);
        }
    }
    all
}
