//! The rows of a layer that were edited since its trees were built: their boxes in a tree that takes changes, their edges in one that is built when a
//! question asks.

use super::RunTree;
use crate::geodesy::LonLatBox;
use crate::model::Layer;
use rstar::primitives::{GeomWithData, Rectangle};
use rstar::{AABB, RTree};
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

type RowBox = GeomWithData<Rectangle<[f64; 2]>, u32>;

/// Recent rows that have a place.
#[derive(Clone, Debug, Default)]
pub(super) struct EditedRows {
    boxes: Arc<RTree<RowBox>>,
    /// Where each stands in the tree.
    placed: Arc<HashMap<u32, LonLatBox>>,
    edges: Arc<OnceLock<RunTree>>,
}

fn corners(b: &LonLatBox) -> ([f64; 2], [f64; 2]) {
    ([b.min.lon, b.min.lat], [b.max.lon, b.max.lat])
}

fn row_box(row: u32, bounds: &LonLatBox) -> RowBox {
    let (min, max) = corners(bounds);
    GeomWithData::new(Rectangle::from_corners(min, max), row)
}

impl EditedRows {
    /// Those of a layer.
    pub(super) fn of(layer: &Layer) -> Self {
        let mut recent = Self::default();
        layer.edits.recent().for_each(|row| recent.update(layer, row));
        recent
    }

    /// Puts a row where it is in `layer` now.
    pub(super) fn update(&mut self, layer: &Layer, row: usize) {
        let key = row as u32;
        let (boxes, placed) = (Arc::make_mut(&mut self.boxes), Arc::make_mut(&mut self.placed));
        if let Some(before) = placed.remove(&key) {
            boxes.remove(&row_box(key, &before));
        }
        let bounds = layer.geometries.bounds(row);
        if layer.edits.is_recent(row) && !bounds.is_empty() {
            placed.insert(key, bounds);
            boxes.insert(row_box(key, &bounds));
        }
        self.edges = Arc::default();
    }

    /// Rows whose box meets `area`.
    pub(super) fn rows_in(&self, area: &LonLatBox) -> impl Iterator<Item = usize> {
        let (min, max) = corners(area);
        // An empty box has its corners the wrong way round.
        let envelope = (!area.is_empty()).then(|| AABB::from_corners(min, max));
        let found = envelope.into_iter().flat_map(|envelope| self.boxes.locate_in_envelope_intersecting(&envelope));
        found.map(|found| found.data as usize)
    }

    /// Runs of the edges of those that are meant.
    pub(super) fn edges(&self, layer: &Layer, is_meant: impl Fn(usize) -> bool) -> Option<&RunTree> {
        if self.placed.is_empty() {
            return None;
        }
        Some(super::once(&self.edges, || {
            let mut rows: Vec<usize> =
                self.placed.keys().map(|row| *row as usize).filter(|row| is_meant(*row)).collect();
            rows.sort_unstable();
            RunTree::new(layer, &rows)
        }))
    }
}
