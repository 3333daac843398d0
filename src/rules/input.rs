//! What rules are put to: layers by their roles.

use crate::index::IndexedLayer;
use crate::io::geojson::{Added, FeatureWriter, OutGeometry, SEPARATOR};
use crate::io::{ReadOptions, read_layer_bytes};
use crate::model::{Layer, Role};
use crate::progress::Progress;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Layers with their roles.
pub type RoleLayers = Vec<(Role, Arc<IndexedLayer>)>;

/// What rules are put to: every role with its layers, read together.
#[derive(Debug)]
pub struct RuleInput {
    /// As they were given.
    pub layers: RoleLayers,
    together: BTreeMap<Role, Arc<IndexedLayer>>,
}

impl RuleInput {
    /// Layers with their roles; several of one role become one.
    ///
    /// # Errors
    /// Where a layer's file cannot be read any more.
    pub fn new(layers: RoleLayers) -> std::io::Result<Self> {
        let mut together = BTreeMap::new();
        for (role, layer) in &layers {
            let of_role: Vec<&Arc<IndexedLayer>> =
                layers.iter().filter(|(other, _)| other == role).map(|(_, layer)| layer).collect();
            if together.contains_key(role) {
                continue;
            }
            let joined = if of_role.len() == 1 { Arc::clone(layer) } else { Arc::new(joined(*role, &of_role)?) };
            together.insert(*role, joined);
        }
        Ok(Self { layers, together })
    }

    /// The features of a role.
    pub fn together(&self, role: Role) -> Option<&Arc<IndexedLayer>> {
        self.together.get(&role)
    }
}

/// Features put together to a layer of their own.
pub(super) struct Collected {
    text: Vec<u8>,
    is_first: bool,
}

impl Collected {
    pub(super) fn new() -> Self {
        Self { text: br#"{"type":"FeatureCollection","features":["#.to_vec(), is_first: true }
    }

    /// Adds a row of a layer with values under names, and its own geometry or another.
    ///
    /// # Errors
    /// Where the layer's file cannot be read any more.
    pub(super) fn add(
        &mut self,
        (layer, row): (&Layer, usize),
        names: &[Cow<'static, str>],
        values: &[Added],
        geometry: &OutGeometry,
    ) -> std::io::Result<()> {
        if !std::mem::take(&mut self.is_first) {
            self.text.extend_from_slice(SEPARATOR);
        }
        let mut writer = FeatureWriter { layer, other: None, names, texts: &[], out: std::mem::take(&mut self.text) };
        writer.feature(row, None, values, geometry)?;
        self.text = writer.out;
        Ok(())
    }

    /// The layer.
    ///
    /// # Errors
    /// Cancelled.
    pub(super) fn layer(mut self, name: &str, progress: &Progress) -> std::io::Result<IndexedLayer> {
        self.text.extend_from_slice(b"]}");
        let layer = read_layer_bytes(&self.text, name, &ReadOptions::default(), progress);
        Ok(IndexedLayer::new(Arc::new(layer.map_err(std::io::Error::other)?)))
    }
}

/// The features of several layers as one.
pub(super) fn joined(role: Role, layers: &[&Arc<IndexedLayer>]) -> std::io::Result<IndexedLayer> {
    let mut all = Collected::new();
    for layer in layers.iter().map(|layer| layer.layer()) {
        // A column that stands for another name is given that name, so that all layers share it.
        let attributes = &layer.attributes;
        let called: Vec<(&String, usize)> = attributes
            .column_names()
            .iter()
            .filter(|(name, own)| name != own)
            .filter_map(|(name, _)| Some((name, attributes.column(name)?)))
            .collect();
        let names: Vec<Cow<'static, str>> = called.iter().map(|(name, _)| Cow::Owned((*name).clone())).collect();
        let cells: Vec<Added> = called.iter().map(|(_, column)| Added::CellOf(*column as u32)).collect();
        for row in layer.rows() {
            all.add((layer, row), &names, &cells, &OutGeometry::Unchanged)?;
        }
    }
    all.layer(role.id(), &Progress::default())
}
