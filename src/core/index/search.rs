//! One search for the nearest: what is nearest so far, and what may be nearer.

use super::cells::{Cells, NearCell, NearEdges};
use super::nearest::{Nearest, UNLIMITED_M};
use super::packed::{Node, Place};
use super::sieve::{EDGES_TOGETHER, MOST, Pair, Sieve};
use super::{EdgeRun, IndexedLayer, RUN, RunTree};
use crate::geodesy::{EdgeFoot, FromPosition, LonLat, LonLatBox, LowerBound, crossing, planar_distance_2};
use crate::model::Layer;
use smallvec::SmallVec;

pub(super) struct Search {
    pub(super) best: Option<Nearest>,
    pub(super) limit_m: f64,
    /// True while recent rows are looked at: else they are passed over, as they are not where the trees have them.
    pub(super) is_recent: bool,
}

impl Search {
    /// What a candidate must not exceed: the best so far (ties matter, for the first in the file wins).
    fn limit_m(&self) -> f64 {
        self.best.map_or(self.limit_m, |b| b.distance_m)
    }

    /// True where an edge is certainly too far, and so far off that this look at it is cheaper than measuring it.
    fn passes_over(&self, from: &FromPosition, a: LonLat, b: LonLat) -> bool {
        let limit_m = self.limit_m();
        limit_m > FAR_M && limit_m.is_finite() && !from.may_reach(a, b, limit_m)
    }

    pub(super) fn offer(&mut self, candidate: Nearest) {
        let better = candidate.distance_m <= self.limit_m
            && self.best.is_none_or(|best| {
                candidate.distance_m < best.distance_m
                    || (candidate.distance_m == best.distance_m && candidate.row < best.row)
            });
        if better {
            self.best = Some(candidate);
        }
    }

    /// Offers the area that a position lies in.
    pub(super) fn near_ground(&mut self, p: LonLat, reference: &IndexedLayer) {
        if let Some(inside) = reference.has_areas().then(|| reference.polygon_at(p)).flatten() {
            self.offer(Nearest { row: inside, distance_m: 0.0, at: p, edge: None, from: p });
        }
    }

    /// Visits what may be nearest to one position: most of the nodes near it first, those that cannot beat the best
    /// not at all.
    pub(super) fn near_position(&mut self, p: LonLat, tree: &RunTree, reference: &Layer) {
        let from = FromPosition::new(p);
        let bound = |limit_m: f64| LowerBound::from_position(&from, limit_m);
        self.visit((bound, |_: &Self, _: &LonLatBox| false), tree, |search, item| {
            search.run_from_position(&from, &tree.runs[item], &tree.tree.bounds(item), reference);
        });
    }

    /// Measures what the position's cell has near.
    pub(super) fn near_in_cells(&mut self, p: LonLat, cells: &Cells, reference: &IndexedLayer) {
        let tree = reference.edges();
        match cells.near(p, tree, reference.layer()) {
            NearCell::Nothing => {}
            NearCell::Edges(edges) => self.measure_few(p, edges, reference.layer()),
            NearCell::Many => self.near_position(p, tree, reference.layer()),
        }
    }

    /// Measures those of a few edges that may be nearest to a position.
    fn measure_few(&mut self, p: LonLat, edges: &NearEdges, reference: &Layer) {
        let from = edges.from(p);
        edges.nearest(p, self.limit_m(), |edge| {
            self.measure(&from, edge.row, edge.of(reference));
            self.limit_m()
        });
    }

    /// Measures an edge, or a position alone, of a row.
    fn measure(&mut self, from: &FromPosition, row: u32, edge: &[LonLat]) {
        let (p, row) = (from.position(), row as usize);
        match *edge {
            [q] => self.offer(Nearest { row, distance_m: from.distance_m(q), at: q, edge: None, from: p }),
            [a, b] => {
                if let Some(foot) = from.foot_on_edge(a, b) {
                    let edge = Some((a, b));
                    self.offer(Nearest { row, distance_m: foot.distance_m, at: foot.position, edge, from: p });
                }
            }
            _ => {}
        }
    }

    /// Measures edges of a path from a position, by the order of the squares of their distances in the plane about it, until the
    /// next cannot be nearer than the best.
    fn in_order(&mut self, from: &FromPosition, planar_2: &mut [f64], row: u32, path: &[LonLat]) {
        while let Some(k) = least(planar_2) {
            if planar_2[k] > reach_2(self.limit_m()) {
                return;
            }
            if !self.passes_over(from, path[k], path[k + 1]) {
                self.measure(from, row, &path[k..k + 2]);
            }
            planar_2[k] = f64::INFINITY;
        }
    }

    /// Visits what may be nearest to a path, or to a position alone.
    pub(super) fn near_path(&mut self, path: &[LonLat], tree: &RunTree, reference: &Layer) {
        if let [p] = path {
            return self.near_position(*p, tree, reference);
        }
        let edges = path.len().saturating_sub(1);
        for from in (0..edges).step_by(EDGES_TOGETHER) {
            let sieve = Sieve::new(&path[from..=(from + EDGES_TOGETHER).min(edges)]);
            let bound = |limit_m: f64| LowerBound::new(sieve.bounds, limit_m);
            // A box of all our edges tells less than one of each run, where what is looked for is far away.
            let passes = |search: &Self, area: &LonLatBox| {
                search.limit_m() > FAR_M && search.limit_m().is_finite() && !sieve.may_reach(area, search.limit_m())
            };
            self.visit((bound, passes), tree, |search, item| {
                search.run_from_path(&sieve, &tree.runs[item], &tree.tree.bounds(item), reference);
            });
        }
    }

    /// Calls `measure` with items of the tree until none is left that may be nearer than the best. Blocks of items in a box that
    /// `passes` are passed over, whatever their bound.
    fn visit(
        &mut self,
        (bound, passes): (impl Fn(f64) -> LowerBound, impl Fn(&Self, &LonLatBox) -> bool),
        tree: &RunTree,
        mut measure: impl FnMut(&mut Self, usize),
    ) {
        if self.limit_m() > UNLIMITED_M {
            // Without a limit everything is near: the first guess gives one.
            if let Some(item) = tree.tree.guess(&Place::from(&bound(UNLIMITED_M))) {
                measure(self, item);
            }
        }
        let mut bound_holds_m = self.limit_m();
        let mut place = Place::from(&bound(bound_holds_m));
        let mut open: SmallVec<[(f32, Node); 64]> = tree.tree.root().map(|root| (0.0, root)).into_iter().collect();
        while let Some((bound_2, node)) = open.pop() {
            let limit_m = self.limit_m();
            if f64::from(bound_2) > limit_m * limit_m * (1.0 + 1e-6) {
                continue;
            }
            if let Some(item) = node.item() {
                measure(self, item);
                continue;
            }
            if node.is_lowest() && passes(self, &tree.tree.bounds_of(node)) {
                continue;
            }
            if limit_m < bound_holds_m / 2.0 {
                // A narrower band of latitude, and a better bound.
                place = Place::from(&bound(limit_m));
                bound_holds_m = limit_m;
            }
            // The nearest of the block on top.
            let first = open.len();
            tree.tree.near(node, &place, limit_m, |child, bound_2| open.push((bound_2, child)));
            if let Some(nearest) = (first..open.len()).min_by(|a, b| open[*a].0.total_cmp(&open[*b].0)) {
                let last = open.len() - 1;
                open.swap(nearest, last);
            }
        }
    }

    /// Measures the edges of a run from a position, the nearest in the plane first.
    fn run_from_position(&mut self, from: &FromPosition, run: &EdgeRun, area: &LonLatBox, reference: &Layer) {
        let (p, row) = (from.position(), run.row as usize);
        if !self.is_recent && reference.geometries.is_recent(row) {
            return;
        }
        let theirs = run.of(reference);
        if let [q] = theirs {
            return self.offer(Nearest { row, distance_m: from.distance_m(*q), at: *q, edge: None, from: p });
        }
        let mut planar_2 = [0.0; RUN];
        let edges = theirs.len() - 1;
        if from.plane_holds(area) {
            let mut at = [[0.0; 2]; MOST];
            theirs.iter().zip(&mut at).for_each(|(q, xy)| *xy = from.to_xy(*q));
            for k in 0..edges {
                planar_2[k] = planar_distance_2([0.0; 2], at[k], at[k + 1]);
            }
        }
        self.in_order(from, &mut planar_2[..edges], run.row, theirs);
    }

    /// Measures the positions and edges of a run from a path, the nearest in the plane first.
    fn run_from_path(&mut self, ours: &Sieve<'_>, run: &EdgeRun, area: &LonLatBox, reference: &Layer) {
        let row = run.row as usize;
        if !self.is_recent && reference.geometries.is_recent(row) {
            return;
        }
        let theirs = run.of(reference);
        let pairs = ours.pairs(theirs, area, self.limit_m());
        // It rules out most of the others.
        let nearest = pairs.iter().min_by(|a, b| a.least_m.total_cmp(&b.least_m));
        let others = pairs.iter().filter(|pair| nearest.is_none_or(|nearest| !std::ptr::eq(*pair, nearest)));
        for pair in nearest.into_iter().chain(others) {
            if pair.least_m > self.limit_m() {
                continue;
            }
            let Pair { position: p, edge: [a, b], .. } = *pair;
            let from = ours.middle.beside(p);
            if self.passes_over(&from, a, b) {
                continue;
            }
            let Some(foot) = from.nearest_on_edge(a, b, self.limit_m()) else { continue };
            let EdgeFoot { distance_m, position, .. } = foot;
            self.offer(match pair.is_ours {
                true => Nearest { row, distance_m, at: position, edge: Some((a, b)), from: p },
                false => Nearest { row, distance_m, at: p, edge: None, from: position },
            });
        }
        for e in ours.edges_in(area) {
            for f in theirs.windows(2) {
                // Touching is found by the distance of an end.
                if crossing(e[0], e[1], f[0], f[1]).is_some() {
                    self.offer(Nearest { row, distance_m: 0.0, at: f[0], edge: Some((f[0], f[1])), from: f[0] });
                }
            }
        }
    }
}

/// Distances beyond this are looked at before they are measured; metres.
const FAR_M: f64 = 2_000.0;

/// The square of what a distance must not exceed in a plane that is off by less than a hundredth.
fn reach_2(limit_m: f64) -> f64 {
    let reach_m = limit_m * 1.02 + 0.01;
    reach_m * reach_m
}

/// Where the least of some numbers stands; `None` without a finite one.
#[inline]
fn least(of: &[f64]) -> Option<usize> {
    let mut best = (f64::INFINITY, None);
    for (k, value) in of.iter().enumerate() {
        if *value < best.0 {
            best = (*value, Some(k));
        }
    }
    best.1
}
