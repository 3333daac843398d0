//! The nearest feature of a layer: branch and bound over runs of edges, ranked by the distance that is reported.

use super::cells::{Cells, NearCell, NearEdges};
use super::packed::{Node, Place};
use super::{EdgeRun, IndexedLayer, RUN, RunTree, contains, edge_runs};
use crate::geodesy::{
    FromPosition, LocalFrame, LonLat, LonLatBox, LowerBound, crossing, distance_m, exact_distance_m, nearest_on_edge,
    planar_distance_2,
};
use crate::model::{Layer, Shape};
use rayon::prelude::*;
use smallvec::SmallVec;

/// The nearest feature and how near.
#[derive(Clone, Copy, Debug)]
pub struct Nearest {
    /// Its row in the layer searched.
    pub row: usize,
    /// Geodesic distance, 0 where the two meet; metres.
    pub distance_m: f64,
    /// The place on it.
    pub at: LonLat,
    /// The edge on which that place lies, start and end; `None` for a point or where the two overlap.
    pub edge: Option<(LonLat, LonLat)>,
    /// The place that it is measured from.
    from: LonLat,
}

/// A limit that is none for most: half a degree.
const UNLIMITED_M: f64 = 50_000.0;

/// Nearer than this to the limit a distance is measured by Karney's algorithm itself before it is held against it.
const DOUBT_M: f64 = 1e-5;

/// The feature of `reference` nearest to a row of `layer`, if one lies within `limit_m` (inclusive).
///
/// As [`NearestOf::to`], for one row.
pub fn nearest_feature(layer: &Layer, row: usize, reference: &IndexedLayer, limit_m: f64) -> Option<Nearest> {
    NearestOf { reference, limit_m, cells: None }.to(layer, row)
}

/// A search for the nearest feature of one layer within one distance, for many rows.
#[derive(Debug)]
pub struct NearestOf<'a> {
    reference: &'a IndexedLayer,
    limit_m: f64,
    cells: Option<Cells>,
}

/// A row to look at.
#[derive(Clone, Copy, Debug)]
pub struct Visit {
    row: u32,
    /// Where it is, for the order.
    part: u32,
    /// Its position, where it is one alone.
    alone: Option<LonLat>,
}

impl Visit {
    /// The row.
    pub fn row(&self) -> usize {
        self.row as usize
    }

    /// Its position, where it is one alone.
    pub fn alone(&self) -> Option<LonLat> {
        self.alone
    }
}

/// From so many rows on it pays to keep what is near the cells of a grid.
const MANY_ROWS: usize = 10_000;

impl<'a> NearestOf<'a> {
    /// In `reference`, within `limit_m` (inclusive), for about so many rows.
    pub fn new(reference: &'a IndexedLayer, limit_m: f64, rows: usize) -> Self {
        let worth = rows >= MANY_ROWS && limit_m < UNLIMITED_M;
        let cells = if worth { Cells::new(reference.layer().bounds, limit_m + DOUBT_M) } else { None };
        Self { reference, limit_m, cells }
    }

    /// The rows of `layer` to look at: those that certainly have nothing within the distance are left out, and the
    /// others are in an order in which neighbours follow one another, so that what is near them is near at hand.
    pub fn visits(&self, layer: &Layer, rows: &[usize]) -> Vec<Visit> {
        let visit = |row: &usize| {
            let alone = match layer.geometries.positions_of(*row) {
                [p] => Some(*p),
                _ => None,
            };
            Visit { row: *row as u32, part: 0, alone }
        };
        let Some(cells) = &self.cells else { return rows.iter().map(visit).collect() };
        let tree = self.reference.edges();
        let only_edges = self.has_only_edges();
        let placed = |row: &usize| {
            let visit = visit(row);
            let part = visit.alone.map(|p| cells.part_of(p, tree));
            match part {
                Some(None) if only_edges => None,
                _ => Some(Visit { part: part.flatten().unwrap_or_default(), ..visit }),
            }
        };
        let mut visits: Vec<Visit> = rows.par_iter().filter_map(placed).collect();
        visits.par_sort_unstable_by_key(|visit| visit.part);
        visits
    }

    /// True where nothing but edges as they were read can be near.
    fn has_only_edges(&self) -> bool {
        !self.reference.has_areas() && self.reference.edited_edges().is_none()
    }

    /// As [`Self::to`], for a row to look at.
    pub fn to_visit(&self, layer: &Layer, visit: &Visit) -> Option<Nearest> {
        let (Some(p), Some(cells)) = (visit.alone.filter(|_| self.has_only_edges()), &self.cells) else {
            return self.to(layer, visit.row());
        };
        let mut search = self.search();
        search.near_in_cells(p, cells, self.reference);
        self.decided(search)
    }

    fn search(&self) -> Search {
        Search { best: None, limit_m: self.limit_m + DOUBT_M, is_recent: false }
    }

    /// What was found, if it is within the distance.
    fn decided(&self, search: Search) -> Option<Nearest> {
        let (best, limit_m) = (search.best?, self.limit_m);
        if (best.distance_m - limit_m).abs() > DOUBT_M {
            return (best.distance_m <= limit_m).then_some(best);
        }
        let distance_m = exact_distance_m(best.from, best.at);
        (distance_m <= limit_m).then_some(Nearest { distance_m, ..best })
    }

    /// The feature nearest to a row of `layer`, if one lies within the distance.
    ///
    /// Of several at the same distance the first in the file is given. Distances are good to 1 mm.
    /// Cost: logarithmic in the reference for points; times the edges of the row for lines and areas.
    pub fn to(&self, layer: &Layer, row: usize) -> Option<Nearest> {
        let reference = self.reference;
        let mut search = self.search();
        // Containment first: it ends the search.
        let shape = layer.geometries.kind(row)?.shape();
        if reference.has_areas() {
            for path in layer.geometries.paths(row) {
                let Some(first) = path.first() else { continue };
                if let Some(inside) = reference.polygon_at(*first) {
                    search.offer(Nearest { row: inside, distance_m: 0.0, at: *first, edge: None, from: *first });
                }
            }
        }
        if shape == Shape::Polygons {
            // A feature of the reference wholly inside this polygon touches none of its edges.
            let bounds = layer.geometries.bounds(row);
            for other in reference.rows_in(&bounds) {
                let starts = reference.layer().geometries.paths(other).filter_map(|path| path.first());
                for p in starts {
                    if contains(layer, row, *p) {
                        search.offer(Nearest { row: other, distance_m: 0.0, at: *p, edge: None, from: *p });
                    }
                }
            }
        }
        let tree = reference.edges();
        for run in edge_runs(layer, row) {
            match (run.of(layer), &self.cells) {
                ([p], Some(cells)) => search.near_in_cells(*p, cells, reference),
                ([p], None) => search.near_position(*p, tree, reference.layer()),
                (positions, _) => search.near_run(positions, tree, reference.layer()),
            }
        }
        if let Some(edited) = reference.edited_edges() {
            search.is_recent = true;
            for run in edge_runs(layer, row) {
                match run.of(layer) {
                    [p] => search.near_position(*p, edited, reference.layer()),
                    positions => search.near_run(positions, edited, reference.layer()),
                }
            }
        }
        self.decided(search)
    }
}

struct Search {
    best: Option<Nearest>,
    limit_m: f64,
    /// True while recent rows are looked at: else they are passed over, as they are not where the trees have them.
    is_recent: bool,
}

impl Search {
    /// What a candidate must not exceed: the best so far (ties matter, for the first in the file wins).
    fn limit_m(&self) -> f64 {
        self.best.map_or(self.limit_m, |b| b.distance_m)
    }

    fn offer(&mut self, candidate: Nearest) {
        let better = candidate.distance_m <= self.limit_m
            && self.best.is_none_or(|best| {
                candidate.distance_m < best.distance_m
                    || (candidate.distance_m == best.distance_m && candidate.row < best.row)
            });
        if better {
            self.best = Some(candidate);
        }
    }

    /// Visits what may be nearest to one position: most of the nodes near it first, those that cannot beat the best
    /// not at all.
    fn near_position(&mut self, p: LonLat, tree: &RunTree, reference: &Layer) {
        let from = FromPosition::new(p);
        let bound = |limit_m: f64| LowerBound::from_position(&from, limit_m);
        self.visit(bound, tree, |search, item| {
            search.run_from_position(&from, &tree.runs[item], &tree.tree.bounds(item), reference);
        });
    }

    /// Measures what the position's cell has near.
    fn near_in_cells(&mut self, p: LonLat, cells: &Cells, reference: &IndexedLayer) {
        let tree = reference.edges();
        match cells.near(p, tree, reference.layer()) {
            NearCell::Nothing => {}
            NearCell::Edges(edges) => self.measure_few(p, edges, reference.layer()),
            NearCell::Many => self.near_position(p, tree, reference.layer()),
        }
    }

    /// Measures those of a few edges that may be nearest to a position.
    fn measure_few(&mut self, p: LonLat, edges: &NearEdges, reference: &Layer) {
        let from = FromPosition::new(p);
        edges.nearest(p, self.limit_m(), |edge| {
            self.measure(&from, edge.row, edge.of(reference));
            self.limit_m()
        });
    }

    /// Measures an edge, or a position alone, of a row.
    fn measure(&mut self, from: &FromPosition, row: u32, edge: &[LonLat]) {
        let (p, row) = (from.position(), row as usize);
        match *edge {
            [q] => self.offer(Nearest { row, distance_m: distance_m(p, q), at: q, edge: None, from: p }),
            [a, b] => {
                if let Some(foot) = from.nearest_on_edge(a, b, self.limit_m()) {
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
            self.measure(from, row, &path[k..k + 2]);
            planar_2[k] = f64::INFINITY;
        }
    }

    /// Visits what may be nearest to a run of edges.
    fn near_run(&mut self, positions: &[LonLat], tree: &RunTree, reference: &Layer) {
        let bounds = LonLatBox::of(positions);
        let mut sieve = Sieve::new(positions, &bounds);
        let bound = |limit_m: f64| LowerBound::new(bounds, limit_m);
        self.visit(bound, tree, |search, item| {
            search.runs(positions, &tree.runs[item], &tree.tree.bounds(item), reference, &mut sieve);
        });
    }

    /// Calls `measure` with items of the tree until none is left that may be nearer than the best.
    fn visit(&mut self, bound: impl Fn(f64) -> LowerBound, tree: &RunTree, mut measure: impl FnMut(&mut Self, usize)) {
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
            return self.offer(Nearest { row, distance_m: distance_m(p, *q), at: *q, edge: None, from: p });
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

    fn runs(&mut self, ours: &[LonLat], run: &EdgeRun, area: &LonLatBox, reference: &Layer, sieve: &mut Sieve) {
        let row = run.row as usize;
        if !self.is_recent && reference.geometries.is_recent(row) {
            return;
        }
        let theirs = run.of(reference);
        if let ([p], [q]) = (ours, theirs) {
            self.offer(Nearest { row, distance_m: distance_m(*p, *q), at: *q, edge: None, from: *p });
            return;
        }
        let trusted = sieve.take(theirs, area);
        for (i, p) in ours.iter().enumerate() {
            if trusted && !sieve.may_reach_theirs(i, self.limit_m()) {
                continue;
            }
            // In the plane's order, so that the first measured rules out most of the others.
            let first = if trusted { sieve.nearest_of_theirs(i) } else { 0 };
            let edges = theirs.len() - 1;
            for k in (0..edges).map(|k| if k == 0 { first } else { k - usize::from(k <= first) }) {
                if (!trusted || may_reach(sieve.ours[i], sieve.theirs[k], sieve.theirs[k + 1], self.limit_m()))
                    && let Some(foot) = nearest_on_edge(*p, theirs[k], theirs[k + 1], self.limit_m())
                {
                    let edge = Some((theirs[k], theirs[k + 1]));
                    self.offer(Nearest { row, distance_m: foot.distance_m, at: foot.position, edge, from: *p });
                }
            }
        }
        for (i, q) in theirs.iter().enumerate() {
            if trusted && !sieve.may_reach_ours(i, self.limit_m()) {
                continue;
            }
            for (k, edge) in ours.windows(2).enumerate() {
                if (!trusted || may_reach(sieve.theirs[i], sieve.ours[k], sieve.ours[k + 1], self.limit_m()))
                    && let Some(foot) = nearest_on_edge(*q, edge[0], edge[1], self.limit_m())
                {
                    let from = foot.position;
                    self.offer(Nearest { row, distance_m: foot.distance_m, at: *q, edge: None, from });
                }
            }
        }
        if !sieve.bounds.intersects(area) {
            return;
        }
        for e in ours.windows(2) {
            for f in theirs.windows(2) {
                // Touching is found by the distance of an end.
                if crossing(e[0], e[1], f[0], f[1]).is_some() {
                    self.offer(Nearest { row, distance_m: 0.0, at: f[0], edge: Some((f[0], f[1])), from: f[0] });
                }
            }
        }
    }
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

/// Positions in one run, at most.
const MOST: usize = RUN + 1;

/// Two runs in one plane, where most pairs of position and edge are told apart without trigonometry. A plane is
/// trusted to a hundredth; where it cannot be, everything may reach.
struct Sieve {
    bounds: LonLatBox,
    plane: LocalFrame,
    is_near: bool,
    ours: [[f64; 2]; MOST],
    theirs: [[f64; 2]; MOST],
    /// Edges of `theirs`.
    edges: usize,
    /// The boxes of both: least and greatest.
    our_box: [[f64; 2]; 2],
    their_box: [[f64; 2]; 2],
}

impl Sieve {
    fn new(positions: &[LonLat], bounds: &LonLatBox) -> Self {
        let plane = LocalFrame::at(positions[0]);
        let mut ours = [[0.0; 2]; MOST];
        positions.iter().zip(&mut ours).for_each(|(p, xy)| *xy = plane.to_xy(*p));
        let our_box = [plane.to_xy(bounds.min), plane.to_xy(bounds.max)];
        let is_near = plane.is_near(bounds);
        let (theirs, their_box) = ([[0.0; 2]; MOST], [[0.0; 2]; 2]);
        Self { bounds: *bounds, plane, is_near, ours, theirs, edges: 0, our_box, their_box }
    }

    /// Takes the other run; true where the plane can be trusted for it.
    fn take(&mut self, theirs: &[LonLat], area: &LonLatBox) -> bool {
        theirs.iter().zip(&mut self.theirs).for_each(|(p, xy)| *xy = self.plane.to_xy(*p));
        self.edges = theirs.len() - 1;
        self.their_box = [self.plane.to_xy(area.min), self.plane.to_xy(area.max)];
        self.is_near && self.plane.is_near(area)
    }

    /// True unless a position of ours is too far from all of theirs.
    fn may_reach_theirs(&self, i: usize, limit_m: f64) -> bool {
        may_reach_box(self.ours[i], self.their_box, limit_m)
    }

    /// True unless a position of theirs is too far from all of ours.
    fn may_reach_ours(&self, i: usize, limit_m: f64) -> bool {
        may_reach_box(self.theirs[i], self.our_box, limit_m)
    }

    /// The edge of theirs that is nearest to a position of ours in the plane.
    fn nearest_of_theirs(&self, i: usize) -> usize {
        let distance = |k: usize| planar_distance_2(self.ours[i], self.theirs[k], self.theirs[k + 1]);
        let mut best = (f64::INFINITY, 0);
        for k in 0..self.edges {
            let d = distance(k);
            if d < best.0 {
                best = (d, k);
            }
        }
        best.1
    }
}

/// True unless the plane's distance exceeds the limit by more than the plane can be off.
fn may_reach(p: [f64; 2], a: [f64; 2], b: [f64; 2], limit_m: f64) -> bool {
    planar_distance_2(p, a, b) <= reach_2(limit_m)
}

/// As [`may_reach`], for all that a box holds.
fn may_reach_box([x, y]: [f64; 2], [min, max]: [[f64; 2]; 2], limit_m: f64) -> bool {
    let gap = |v: f64, min: f64, max: f64| {
        if v < min {
            min - v
        } else if v > max {
            v - max
        } else {
            0.0
        }
    };
    let (dx, dy) = (gap(x, min[0], max[0]), gap(y, min[1], max[1]));
    dx * dx + dy * dy <= reach_2(limit_m)
}

/// The square of what a distance in the plane must not exceed.
fn reach_2(limit_m: f64) -> f64 {
    let reach_m = limit_m * 1.02 + 0.01;
    reach_m * reach_m
}
