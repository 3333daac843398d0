//! The nearest feature of a layer: branch and bound over runs of edges, ranked by the distance that is reported.

use super::{EdgeRun, IndexedLayer, RUN, contains, edge_runs};
use crate::geodesy::{
    LocalFrame, LonLat, LonLatBox, box_distance_bound_m, distance_m, nearest_on_edge, planar_distance_2, side_of_line,
};
use crate::model::{Layer, Shape};
use rstar::{AABB, Envelope, RTreeNode, RTreeObject};

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
}

/// The feature of `reference` nearest to a row of `layer`, if one lies within `limit_m` (inclusive).
///
/// Of several at the same distance the first in the file is given. Distances are good to 1 mm.
/// Cost: logarithmic in the reference for points; times the edges of the row for lines and areas.
pub fn nearest_feature(layer: &Layer, row: usize, reference: &IndexedLayer, limit_m: f64) -> Option<Nearest> {
    let mut search = Search { best: None, limit_m };
    // Containment first: it ends the search.
    let shape = layer.geometries.kind(row)?.shape();
    for path in layer.geometries.paths(row) {
        let Some(first) = path.first() else { continue };
        if let Some(inside) = reference.polygon_at(*first) {
            search.offer(Nearest { row: inside, distance_m: 0.0, at: *first, edge: None });
        }
    }
    if shape == Shape::Polygons {
        // A feature of the reference wholly inside this polygon touches none of its edges.
        let bounds = layer.geometries.bounds(row);
        for other in reference.rows_in(&bounds) {
            let starts = reference.layer().geometries.paths(other).filter_map(|path| path.first());
            for p in starts {
                if contains(layer, row, *p) {
                    search.offer(Nearest { row: other, distance_m: 0.0, at: *p, edge: None });
                }
            }
        }
    }
    for run in edge_runs(layer, row) {
        let positions = run.of(layer);
        search.descend(positions, &run.bounds, reference);
    }
    search.best
}

struct Search {
    best: Option<Nearest>,
    limit_m: f64,
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

    /// Visits nodes nearest first, those that cannot beat the best not at all.
    fn descend(&mut self, positions: &[LonLat], bounds: &LonLatBox, reference: &IndexedLayer) {
        let root = reference.edges().root();
        let mut open: Vec<(f64, &RTreeNode<EdgeRun>)> = Vec::new();
        self.open(root.children(), bounds, &mut open);
        while let Some((_, node)) = open.pop() {
            match node {
                RTreeNode::Leaf(run) => {
                    if box_distance_bound_m(bounds, &run.bounds, self.limit_m()) <= self.limit_m() {
                        self.runs(positions, run, reference.layer());
                    }
                }
                RTreeNode::Parent(parent) => {
                    let node_box = lon_lat_box(&parent.envelope());
                    if box_distance_bound_m(bounds, &node_box, self.limit_m()) <= self.limit_m() {
                        self.open(parent.children(), bounds, &mut open);
                    }
                }
            }
        }
    }

    /// Puts children on the stack, the nearest on top. The order is a guess; the bound decides.
    fn open<'t>(
        &self,
        children: &'t [RTreeNode<EdgeRun>],
        bounds: &LonLatBox,
        open: &mut Vec<(f64, &'t RTreeNode<EdgeRun>)>,
    ) {
        let from = open.len();
        let center = bounds.center();
        let cos_lat = center.lat.to_radians().cos();
        for child in children {
            let b = lon_lat_box(&child.envelope());
            let gap =
                |min: f64, max: f64, other_min: f64, other_max: f64| (other_min - max).max(min - other_max).max(0.0);
            let x = gap(b.min.lon, b.max.lon, bounds.min.lon, bounds.max.lon);
            let x = x.min((360.0 - x).abs()) * cos_lat;
            let y = gap(b.min.lat, b.max.lat, bounds.min.lat, bounds.max.lat);
            open.push((x * x + y * y, child));
        }
        open[from..].sort_by(|a, b| b.0.total_cmp(&a.0));
    }

    fn runs(&mut self, ours: &[LonLat], run: &EdgeRun, reference: &Layer) {
        let theirs = run.of(reference);
        let row = run.row as usize;
        if let ([p], [q]) = (ours, theirs) {
            self.offer(Nearest { row, distance_m: distance_m(*p, *q), at: *q, edge: None });
            return;
        }
        let sieve = Sieve::new(ours, theirs, &run.bounds);
        for (i, p) in ours.iter().enumerate() {
            for (k, edge) in theirs.windows(2).enumerate() {
                if sieve.theirs_may_reach(i, k, self.limit_m())
                    && let Some(foot) = nearest_on_edge(*p, edge[0], edge[1], self.limit_m())
                {
                    let edge = Some((edge[0], edge[1]));
                    self.offer(Nearest { row, distance_m: foot.distance_m, at: foot.position, edge });
                }
            }
        }
        for (i, q) in theirs.iter().enumerate() {
            for (k, edge) in ours.windows(2).enumerate() {
                if sieve.ours_may_reach(i, k, self.limit_m())
                    && let Some(foot) = nearest_on_edge(*q, edge[0], edge[1], self.limit_m())
                {
                    self.offer(Nearest { row, distance_m: foot.distance_m, at: *q, edge: None });
                }
            }
        }
        for e in ours.windows(2) {
            for f in theirs.windows(2) {
                if cross(e[0], e[1], f[0], f[1]) {
                    self.offer(Nearest { row, distance_m: 0.0, at: f[0], edge: Some((f[0], f[1])) });
                }
            }
        }
    }
}

/// Positions in one run, at most.
const MOST: usize = RUN + 1;

/// Two runs in one plane, where most pairs of position and edge are told apart without trigonometry. A plane is
/// trusted to a hundredth; where it cannot be, everything may reach.
struct Sieve {
    ours: [[f64; 2]; MOST],
    theirs: [[f64; 2]; MOST],
    trusted: bool,
}

impl Sieve {
    fn new(ours: &[LonLat], theirs: &[LonLat], bounds: &LonLatBox) -> Self {
        let plane = LocalFrame::at(ours[0]);
        let on_plane = |run: &[LonLat]| {
            let mut out = [[0.0; 2]; MOST];
            run.iter().zip(&mut out).for_each(|(p, xy)| *xy = plane.to_xy(*p));
            out
        };
        let trusted = plane.is_near(&LonLatBox::of(ours)) && plane.is_near(bounds);
        Self { ours: on_plane(ours), theirs: on_plane(theirs), trusted }
    }

    fn theirs_may_reach(&self, position: usize, edge: usize, limit_m: f64) -> bool {
        !self.trusted || may_reach(self.ours[position], self.theirs[edge], self.theirs[edge + 1], limit_m)
    }

    fn ours_may_reach(&self, position: usize, edge: usize, limit_m: f64) -> bool {
        !self.trusted || may_reach(self.theirs[position], self.ours[edge], self.ours[edge + 1], limit_m)
    }
}

/// True unless the plane's distance exceeds the limit by more than the plane can be off.
fn may_reach(p: [f64; 2], a: [f64; 2], b: [f64; 2], limit_m: f64) -> bool {
    let reach = limit_m * 1.02 + 0.01;
    planar_distance_2(p, a, b) <= reach * reach
}

/// True where two edges cross at a place inside both. Touching is found by the distance of an end.
fn cross(a: LonLat, b: LonLat, c: LonLat, d: LonLat) -> bool {
    side_of_line(a, b, c) * side_of_line(a, b, d) < 0.0 && side_of_line(c, d, a) * side_of_line(c, d, b) < 0.0
}

fn lon_lat_box(envelope: &AABB<[f64; 2]>) -> LonLatBox {
    debug_assert!(envelope.area() >= 0.0);
    LonLatBox { min: envelope.lower().into(), max: envelope.upper().into() }
}
