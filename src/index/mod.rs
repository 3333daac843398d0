//! R-trees over a layer: boxes of features at once, runs of edges when a question first asks for them.

mod nearest;

pub use nearest::{Nearest, nearest_feature};

use crate::geodesy::{LonLat, LonLatBox, side_of_line};
use crate::model::{Layer, Shape};
use rstar::{AABB, RTree, RTreeObject};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Edges in one run: few enough that a run's box stays tight, enough that the tree stays small.
const RUN: usize = 8;

/// A feature's box and row.
#[derive(Clone, Copy, Debug)]
pub struct FeatureBox {
    /// The box.
    pub bounds: LonLatBox,
    /// The feature's row.
    pub row: u32,
}

/// Up to eight consecutive edges of one path, or a single position.
#[derive(Clone, Copy, Debug)]
pub struct EdgeRun {
    /// The box of the run.
    pub bounds: LonLatBox,
    /// The feature's row.
    pub row: u32,
    /// The first position, in the layer's position array.
    pub start: u32,
    /// Number of positions: one more than edges, or 1 for a position alone.
    pub positions: u32,
}

fn envelope(b: &LonLatBox) -> AABB<[f64; 2]> {
    AABB::from_corners(b.min.into(), b.max.into())
}

impl RTreeObject for FeatureBox {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        envelope(&self.bounds)
    }
}

impl RTreeObject for EdgeRun {
    type Envelope = AABB<[f64; 2]>;

    fn envelope(&self) -> Self::Envelope {
        envelope(&self.bounds)
    }
}

impl EdgeRun {
    /// The run's positions.
    pub fn of<'a>(&self, layer: &'a Layer) -> &'a [LonLat] {
        &layer.geometries.positions()[self.start as usize..(self.start + self.positions) as usize]
    }
}

/// A layer with its trees. Cheap to share; the trees hold the features a question can use.
#[derive(Debug)]
pub struct IndexedLayer {
    id: u64,
    layer: Arc<Layer>,
    only: Option<Vec<bool>>,
    features: OnceLock<RTree<FeatureBox>>,
    shown: OnceLock<RTree<FeatureBox>>,
    edges: OnceLock<RTree<EdgeRun>>,
}

impl IndexedLayer {
    /// Around a layer; nothing is built yet.
    pub fn new(layer: Arc<Layer>) -> Self {
        Self {
            id: next_id(),
            layer,
            only: None,
            features: OnceLock::new(),
            shown: OnceLock::new(),
            edges: OnceLock::new(),
        }
    }

    /// Around the rows of a layer that `only` marks.
    pub fn restricted(layer: Arc<Layer>, only: Vec<bool>) -> Self {
        Self {
            id: next_id(),
            layer,
            only: Some(only),
            features: OnceLock::new(),
            shown: OnceLock::new(),
            edges: OnceLock::new(),
        }
    }

    /// Rows that the trees hold: those a question can use, and was restricted to.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.layer.len())
            .filter(|row| !self.layer.unusable[*row] && self.only.as_ref().is_none_or(|only| only[*row]))
    }

    /// Unlike any other's in this process: what is worked out from a layer is kept under it.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The layer.
    pub fn layer(&self) -> &Arc<Layer> {
        &self.layer
    }

    /// The tree of feature boxes. Built on first use: n log n.
    pub fn features(&self) -> &RTree<FeatureBox> {
        self.features.get_or_init(|| {
            let layer = &*self.layer;
            let boxes = self
                .rows()
                .map(|row| FeatureBox { bounds: layer.geometries.bounds(row), row: row as u32 })
                .filter(|b| !b.bounds.is_empty())
                .collect();
            RTree::bulk_load(boxes)
        })
    }

    /// Rows on the map whose box meets `area`, those that no question can use among them, in rising order.
    pub fn shown_rows_in(&self, area: &LonLatBox) -> Vec<usize> {
        let tree = self.shown.get_or_init(|| {
            let layer = &*self.layer;
            let boxes = (0..layer.len())
                .map(|row| FeatureBox { bounds: layer.geometries.bounds(row), row: row as u32 })
                .filter(|b| !b.bounds.is_empty());
            RTree::bulk_load(boxes.collect())
        });
        sorted_rows(tree, area)
    }

    /// The tree of edge runs. Built on first use: n log n.
    pub fn edges(&self) -> &RTree<EdgeRun> {
        self.edges.get_or_init(|| {
            let layer = &*self.layer;
            RTree::bulk_load(self.rows().flat_map(|row| edge_runs(layer, row)).collect())
        })
    }

    /// Rows of features whose box meets `area`, in rising order.
    pub fn rows_in(&self, area: &LonLatBox) -> Vec<usize> {
        sorted_rows(self.features(), area)
    }

    /// Runs of edges whose box meets `area`.
    pub fn runs_in(&self, area: &LonLatBox) -> impl Iterator<Item = &EdgeRun> {
        self.edges().locate_in_envelope_intersecting(envelope(area))
    }

    /// The first row, by number, of a polygon that holds `p` inside or on its border.
    pub fn polygon_at(&self, p: LonLat) -> Option<usize> {
        let point = LonLatBox { min: p, max: p };
        self.rows_in(&point).into_iter().find(|row| {
            self.layer.geometries.kind(*row).is_some_and(|k| k.shape() == Shape::Polygons)
                && contains(&self.layer, *row, p)
        })
    }
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn sorted_rows(tree: &RTree<FeatureBox>, area: &LonLatBox) -> Vec<usize> {
    let mut rows: Vec<usize> = tree.locate_in_envelope_intersecting(envelope(area)).map(|b| b.row as usize).collect();
    rows.sort_unstable();
    rows
}

/// The runs of one row's edges.
pub fn edge_runs(layer: &Layer, row: usize) -> impl Iterator<Item = EdgeRun> + '_ {
    layer.geometries.path_ranges(row).flat_map(move |path| {
        let edges = path.len().saturating_sub(1);
        let runs = edges.div_ceil(RUN).max(usize::from(!path.is_empty()));
        (0..runs).map(move |k| {
            let start = path.start + k * RUN;
            let end = (start + RUN + 1).min(path.end);
            EdgeRun {
                bounds: LonLatBox::of(&layer.geometries.positions()[start..end]),
                row: row as u32,
                start: start as u32,
                positions: (end - start) as u32,
            }
        })
    })
}

/// True where the row's polygon holds `p` inside (holes out); undefined to the last bit on its border.
pub fn contains(layer: &Layer, row: usize, p: LonLat) -> bool {
    layer.geometries.parts(row).any(|part| contains_point(part.paths(), p))
}

/// True where an odd number of the rings goes round `p`. Sides are decided exactly.
pub fn contains_point<'a>(rings: impl Iterator<Item = &'a [LonLat]>, p: LonLat) -> bool {
    let mut inside = false;
    for ring in rings {
        for edge in ring.windows(2) {
            let (a, b) = (edge[0], edge[1]);
            if (a.lat > p.lat) == (b.lat > p.lat) || a.lon.max(b.lon) < p.lon {
                continue;
            }
            let left = side_of_line(a, b, p) > 0.0;
            inside ^= left == (b.lat > a.lat);
        }
    }
    inside
}
