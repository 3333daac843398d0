//! R-trees over a layer: boxes of features at once, runs of edges when a question first asks for them.

mod cells;
mod nearest;
mod packed;

pub use nearest::{Nearest, NearestOf, nearest_feature};

use crate::geodesy::{LonLat, LonLatBox, side_of_line};
use crate::model::{Layer, Shape};
use packed::PackedTree;
use rayon::prelude::*;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Edges in one run: few enough that a run's box stays tight, enough that the tree stays small.
const RUN: usize = 8;

/// Up to eight consecutive edges of one path, or a single position.
#[derive(Clone, Copy, Debug)]
pub struct EdgeRun {
    /// The feature's row.
    pub row: u32,
    /// The first position, in the layer's position array.
    pub start: u32,
    /// Number of positions: one more than edges, or 1 for a position alone.
    pub positions: u32,
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
    features: OnceLock<RowTree>,
    shown: OnceLock<RowTree>,
    edges: OnceLock<RunTree>,
}

/// Rows by the boxes of their features.
#[derive(Debug)]
struct RowTree {
    tree: PackedTree,
    /// The row of each item.
    rows: Vec<u32>,
}

impl RowTree {
    fn new(layer: &Layer, rows: impl Iterator<Item = usize>) -> Self {
        let bounded = rows.map(|row| (row as u32, layer.geometries.bounds(row))).filter(|(_, b)| !b.is_empty());
        let (rows, boxes): (Vec<u32>, Vec<LonLatBox>) = bounded.unzip();
        let (tree, order) = PackedTree::new(&boxes);
        Self { tree, rows: order.into_iter().map(|i| rows[i as usize]).collect() }
    }

    /// Rows whose box meets `area`, in rising order.
    fn rows_in(&self, layer: &Layer, area: &LonLatBox) -> Vec<usize> {
        let mut rows = Vec::new();
        self.tree.search(area, |item| rows.push(self.rows[item] as usize));
        rows.retain(|row| layer.geometries.bounds(*row).intersects(area));
        rows.sort_unstable();
        rows
    }
}

/// Runs of edges, in the order of their tree.
#[derive(Debug)]
struct RunTree {
    tree: PackedTree,
    runs: Vec<EdgeRun>,
}

impl RunTree {
    fn new(layer: &Layer, rows: &[usize]) -> Self {
        let runs: Vec<EdgeRun> = rows.iter().flat_map(|row| edge_runs(layer, *row)).collect();
        let boxes: Vec<LonLatBox> = runs.par_iter().map(|run| LonLatBox::of(run.of(layer))).collect();
        let (tree, order) = PackedTree::new(&boxes);
        Self { tree, runs: order.into_iter().map(|i| runs[i as usize]).collect() }
    }
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

    /// The tree of the features that a question can use. Built on first use: n log n.
    fn features(&self) -> &RowTree {
        self.features.get_or_init(|| RowTree::new(&self.layer, self.rows()))
    }

    /// The tree of edge runs. Built on first use: n log n.
    fn edges(&self) -> &RunTree {
        self.edges.get_or_init(|| RunTree::new(&self.layer, &self.rows().collect::<Vec<_>>()))
    }

    /// True where it has areas that a position can lie in.
    pub fn has_areas(&self) -> bool {
        self.layer.kinds.iter().any(|kind| kind.shape() == Shape::Polygons)
    }

    /// Builds the tree of features, which else the first question builds.
    pub fn build(&self) {
        self.features();
    }

    /// Builds the tree of edges, which else the first question about distances builds.
    pub fn build_edges(&self) {
        self.edges();
    }

    /// Rows on the map whose box meets `area`, those that no question can use among them, in rising order.
    pub fn shown_rows_in(&self, area: &LonLatBox) -> Vec<usize> {
        self.shown.get_or_init(|| RowTree::new(&self.layer, 0..self.layer.len())).rows_in(&self.layer, area)
    }

    /// Rows of features whose box meets `area`, in rising order.
    pub fn rows_in(&self, area: &LonLatBox) -> Vec<usize> {
        self.features().rows_in(&self.layer, area)
    }

    /// Calls `found` with the runs of edges whose box meets `area`, and their boxes; some that lie just beside it may
    /// be among them.
    pub fn runs_in(&self, area: &LonLatBox, mut found: impl FnMut(&EdgeRun, &LonLatBox)) {
        let RunTree { tree, runs } = self.edges();
        tree.search(area, |item| found(&runs[item], &tree.bounds(item)));
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

/// Runs of edges of closed paths (the last position leads to the first), by their boxes.
#[derive(Debug)]
pub struct RunsOfPaths {
    tree: PackedTree,
    /// The path, and the first edge and the one behind the last, of each item.
    runs: Vec<[u32; 3]>,
}

impl RunsOfPaths {
    /// Of paths that end where `ends` says in `positions`; a path of one position is a run by itself.
    pub fn new(positions: &[LonLat], ends: &[u32]) -> Self {
        let mut runs = Vec::new();
        let mut boxes = Vec::new();
        let mut start = 0;
        for (path, end) in ends.iter().enumerate() {
            let positions = &positions[start..*end as usize];
            start = *end as usize;
            for first in (0..positions.len()).step_by(RUN) {
                let last = (first + RUN).min(positions.len());
                let to_next = positions.get(last).or(positions.first()).copied();
                runs.push([path as u32, first as u32, last as u32]);
                boxes.push(to_next.iter().fold(LonLatBox::of(&positions[first..last]), |b, p| b.with(*p)));
            }
        }
        let (tree, order) = PackedTree::new(&boxes);
        Self { tree, runs: order.into_iter().map(|i| runs[i as usize]).collect() }
    }

    /// Calls `found` with the runs whose box meets `area`: the path, its first edge, the one behind its last, and the
    /// box; some that lie just beside it may be among them.
    pub fn search(&self, area: &LonLatBox, mut found: impl FnMut(u32, u32, u32, &LonLatBox)) {
        self.tree.search(area, |item| {
            let [path, first, last] = self.runs[item];
            found(path, first, last, &self.tree.bounds(item));
        });
    }
}

fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// The runs of one row's edges.
pub fn edge_runs(layer: &Layer, row: usize) -> impl Iterator<Item = EdgeRun> + '_ {
    layer.geometries.path_ranges(row).flat_map(move |path| {
        let edges = path.len().saturating_sub(1);
        let runs = edges.div_ceil(RUN).max(usize::from(!path.is_empty()));
        (0..runs).map(move |k| {
            let start = path.start + k * RUN;
            let end = (start + RUN + 1).min(path.end);
            EdgeRun { row: row as u32, start: start as u32, positions: (end - start) as u32 }
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
        let Some(mut a) = ring.first() else { continue };
        let mut a_is_north = a.lat > p.lat;
        for b in &ring[1..] {
            let b_is_north = b.lat > p.lat;
            if a_is_north != b_is_north && (a.lon >= p.lon || b.lon >= p.lon) {
                let left = side_of_line(*a, *b, p) > 0.0;
                inside ^= left == b_is_north;
            }
            (a, a_is_north) = (b, b_is_north);
        }
    }
    inside
}
