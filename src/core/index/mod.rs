//! R-trees over a layer: boxes of features at once, runs of edges when a question first asks for them. The packed trees
//! of what was read never change; rows edited since are left out of their answers and stand in a small tree beside.

mod cells;
mod edited;
mod far;
mod meetings;
mod nearest;
mod packed;
mod search;
mod settling;
mod sieve;

pub use meetings::{EdgeOfRing, GridPoint, Meeting, meetings, side_on_grid};
pub use nearest::{Nearest, NearestOf, Visit, border_distance_m, nearest_feature, nearest_to};

use crate::geodesy::{LonLat, LonLatBox, side_of_line};
use crate::model::{ColumnNames, Edited, Layer, Shape};
use edited::EditedRows;
pub(crate) use packed::PackedTree;
use rayon::prelude::*;
use settling::Settling;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

/// Edges in one run: few enough that a run's box stays tight, enough that the tree stays small.
const RUN: usize = 8;

/// Recent rows from which on another state is settled: what stands beside the trees is copied by every edit.
const MOST_RECENT: usize = 2_048;

/// So many times as many are waited with while its trees are built.
const WAITING: usize = 8;

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
        layer.geometries.stretch(self.row as usize, self.start as usize..(self.start + self.positions) as usize)
    }

    /// Its edges, each a run by itself; itself where it is a position alone.
    fn edges(self) -> impl Iterator<Item = Self> {
        let positions = self.positions.min(2);
        (0..(self.positions - 1).max(1)).map(move |i| Self { start: self.start + i, positions, ..self })
    }
}

/// A layer with its trees. Cheap to share; the trees hold the features a question can use.
#[derive(Debug)]
pub struct IndexedLayer {
    id: u64,
    /// Changes when a row becomes recent that was not, or the other way round.
    settled_id: u64,
    layer: Arc<Layer>,
    only: Option<Arc<Vec<bool>>>,
    feature_count: OnceLock<usize>,
    /// What the rows were chosen by, where somebody said so.
    chosen_by: Option<Arc<str>>,
    /// The settled state, and its trees, which later states share as long as few rows are recent.
    settled: Arc<Layer>,
    trees: Arc<Trees>,
    edited: EditedRows,
    /// The state that the next edits go on from, once its trees are built.
    settling: Option<Arc<Settling>>,
}

/// The tree of so many rows is built in a few milliseconds.
const AT_HAND: usize = 20_000;

/// What is in a cell, made where nothing is there yet.
///
/// Made outside the cell's lock: a tree is built on all cores, and one that waits for the others may take up work that
/// asks for the same tree. Where two ask at once it is made twice, so a question has it made before it parts its work.
fn once<T>(cell: &OnceLock<T>, make: impl FnOnce() -> T) -> &T {
    match cell.get() {
        Some(there) => there,
        None => {
            let made = make();
            cell.get_or_init(|| made)
        }
    }
}

#[derive(Debug, Default)]
struct Trees {
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

    /// Calls `found` with rows that may lie in `area`.
    fn search(&self, area: &LonLatBox, mut found: impl FnMut(usize)) {
        self.tree.search(area, |item| found(self.rows[item] as usize));
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
        Self::over(layer, None)
    }

    /// Around the rows of a layer that `only` marks.
    pub fn restricted(layer: Arc<Layer>, only: Vec<bool>) -> Self {
        Self::over(layer, Some(Arc::new(only)))
    }

    /// Around some rows of a layer.
    pub fn of_rows(layer: Arc<Layer>, rows: impl IntoIterator<Item = usize>) -> Self {
        let mut only = vec![false; layer.len()];
        rows.into_iter().for_each(|row| only[row] = true);
        Self::restricted(layer, only)
    }

    /// Around the rows of a layer that `only` marks, which were chosen by what `text` says.
    pub fn chosen(layer: Arc<Layer>, only: Vec<bool>, text: &str) -> Self {
        Self { chosen_by: Some(text.into()), ..Self::over(layer, Some(Arc::new(only))) }
    }

    /// What its rows were chosen by.
    pub fn chosen_by(&self) -> Option<&str> {
        self.chosen_by.as_deref()
    }

    /// Number of features, of those it was restricted to.
    pub fn feature_count(&self) -> usize {
        match &self.only {
            None => self.layer.feature_count(),
            Some(_) => *self.feature_count.get_or_init(|| self.layer.rows().filter(|row| self.is_in(*row)).count()),
        }
    }

    fn over(layer: Arc<Layer>, only: Option<Arc<Vec<bool>>>) -> Self {
        let settled = if layer.edits.recent_count() == 0 { Arc::clone(&layer) } else { Arc::new(layer.settled()) };
        let (id, edited) = (next_id(), EditedRows::of(&layer));
        let feature_count = OnceLock::new();
        Self {
            id,
            settled_id: id,
            layer,
            only,
            feature_count,
            chosen_by: None,
            settled,
            trees: Arc::default(),
            edited,
            settling: None,
        }
    }

    /// The layer with some rows as given: changed, added, gone, or (`None`) as they were read. It shares the trees.
    ///
    /// Cost: the rows edited lately, and a byte a row. Where they become many the state is settled: its trees are built beside
    /// whoever edits, and taken up by a later edit. Many rows at once are settled at once: their trees are built when they are
    /// asked.
    pub fn with_edits(&self, changes: &[(usize, Option<Edited>)]) -> Self {
        let layer = Arc::new(self.layer.with_edits(changes));
        let recent = layer.edits.recent_count();
        if let Some(settled) = self.settling.as_ref().and_then(|settling| settling.taken_up_by(&layer)) {
            return settled;
        }
        let is_at_once = changes.len() > MOST_RECENT || recent > MOST_RECENT * WAITING;
        if recent > MOST_RECENT && is_at_once {
            return self.settled_as(layer);
        }
        let settling = self.settling.clone().or_else(|| {
            let begin = || Settling::begin(Arc::clone(&layer), self.settled_as(Arc::clone(&layer)), self.has_edges());
            (recent > MOST_RECENT).then(begin)
        });
        let mut edited = self.edited.clone();
        changes.iter().for_each(|(row, _)| edited.update(&layer, *row));
        let is_same = |row: usize| self.layer.edits.is_recent(row) == layer.edits.is_recent(row);
        let id = next_id();
        Self {
            id,
            settled_id: if changes.iter().all(|(row, _)| is_same(*row)) { self.settled_id } else { id },
            layer,
            only: self.only.clone(),
            feature_count: OnceLock::new(),
            chosen_by: self.chosen_by.clone(),
            settled: Arc::clone(&self.settled),
            trees: Arc::clone(&self.trees),
            edited,
            settling,
        }
    }

    /// The layer with trees of its own, to be built of it as it is now.
    pub fn settled(&self) -> Self {
        self.settled_as(Arc::clone(&self.layer))
    }

    fn settled_as(&self, layer: Arc<Layer>) -> Self {
        let settled = Self::over(Arc::new(layer.settled()), self.only.clone());
        Self { chosen_by: self.chosen_by.clone(), ..settled }
    }

    /// The layer with other columns standing for names that questions use. It shares the trees.
    pub fn with_column_names(&self, names: ColumnNames) -> Self {
        Self {
            id: next_id(),
            settled_id: self.settled_id,
            layer: Arc::new(Layer::clone(&self.layer).with_column_names(names)),
            only: self.only.clone(),
            feature_count: OnceLock::new(),
            chosen_by: self.chosen_by.clone(),
            settled: Arc::clone(&self.settled),
            trees: Arc::clone(&self.trees),
            edited: self.edited.clone(),
            // Its state has the names that were.
            settling: None,
        }
    }

    /// Rows that a question can use, of those it was restricted to.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.layer.len()).filter(|row| !self.layer.unusable[*row] && self.is_in(*row))
    }

    /// True for rows it was restricted to.
    pub fn is_in(&self, row: usize) -> bool {
        self.only.as_ref().is_none_or(|only| only.get(row).is_some_and(|is_in| *is_in))
    }

    /// Unlike any other's in this process: what is worked out from a layer is kept under it.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// As [`Self::id`], for what is worked out from the rows that are not recent: it stays while edits concern rows that
    /// are.
    pub fn settled_id(&self) -> u64 {
        self.settled_id
    }

    /// The layer.
    pub fn layer(&self) -> &Arc<Layer> {
        &self.layer
    }

    /// Rows that a question could use of the settled state.
    fn settled_rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.settled.len()).filter(|row| !self.settled.unusable[*row] && self.is_in(*row))
    }

    /// The tree of the features that a question could use, settled. Built on first use: n log n.
    fn features(&self) -> &RowTree {
        once(&self.trees.features, || RowTree::new(&self.settled, self.settled_rows()))
    }

    /// The tree of edge runs, settled. Built on first use: n log n.
    fn edges(&self) -> &RunTree {
        once(&self.trees.edges, || RunTree::new(&self.settled, &self.settled_rows().collect::<Vec<_>>()))
    }

    /// The tree of edge runs of recent rows, where there are any.
    fn edited_edges(&self) -> Option<&RunTree> {
        let usable = |row: usize| !self.layer.unusable[row] && self.is_in(row);
        self.edited.edges(&self.layer, usable)
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

    /// Builds the tree of features, which else the first question about boxes builds.
    pub fn build_features(&self) {
        self.features();
    }

    /// True where the tree of edges is built.
    pub fn has_edges(&self) -> bool {
        self.trees.edges.get().is_some()
    }

    /// Rows on the map whose box meets `area`, those that no question can use among them, in rising order.
    pub fn shown_rows_in(&self, area: &LonLatBox) -> Vec<usize> {
        let tree = once(&self.trees.shown, || RowTree::new(&self.settled, 0..self.settled.len()));
        self.found_in(tree, area, |_| true)
    }

    /// True where rows can be asked for by place without waiting for their tree, or it is built within a frame.
    pub fn has_rows_at_hand(&self) -> bool {
        self.trees.shown.get().is_some() || self.settled.len() <= AT_HAND
    }

    /// As [`Self::shown_rows_in`], for whoever must not wait; `None` while the tree of a large layer is not there.
    pub fn shown_rows_at_hand(&self, area: &LonLatBox) -> Option<Vec<usize>> {
        self.has_rows_at_hand().then(|| self.shown_rows_in(area))
    }

    /// Rows of features whose box meets `area`, in rising order.
    pub fn rows_in(&self, area: &LonLatBox) -> Vec<usize> {
        self.found_in(self.features(), area, |row| !self.layer.unusable[row] && self.is_in(row))
    }

    fn found_in(&self, tree: &RowTree, area: &LonLatBox, is_meant: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut rows = Vec::new();
        tree.search(area, |row| rows.push(row));
        let geometries = &self.layer.geometries;
        rows.retain(|row| !geometries.is_recent(*row) && geometries.bounds(*row).intersects(area));
        rows.extend(self.edited.rows_in(area).filter(|row| is_meant(*row)));
        rows.sort_unstable();
        rows
    }

    /// Calls `found` with the runs of edges whose box meets `area`, and their boxes; some that lie just beside it may
    /// be among them.
    pub fn runs_in(&self, area: &LonLatBox, mut found: impl FnMut(&EdgeRun, &LonLatBox)) {
        let RunTree { tree, runs } = self.edges();
        tree.search(area, |item| {
            if !self.layer.geometries.is_recent(runs[item].row as usize) {
                found(&runs[item], &tree.bounds(item));
            }
        });
        if let Some(RunTree { tree, runs }) = self.edited_edges() {
            tree.search(area, |item| found(&runs[item], &tree.bounds(item)));
        }
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

/// The order of boxes along a Hilbert curve: neighbours follow one another.
pub fn by_place(boxes: &[LonLatBox]) -> Vec<u32> {
    PackedTree::new(boxes).1
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_that_is_asked_for_while_it_is_made_is_made() {
        let cell = OnceLock::new();
        let asked_meanwhile = |cell| *once(cell, || 1);
        assert_eq!(*once(&cell, || 1 + asked_meanwhile(&cell)), 1);
        assert_eq!(*once(&cell, || 3), 1);
    }
}
