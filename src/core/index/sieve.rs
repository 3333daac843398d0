//! Runs of edges in one plane.

use super::RUN;
use crate::geodesy::{FromPosition, LocalFrame, LonLat, LonLatBox, PlanarEdge};
use smallvec::SmallVec;

/// Positions in one run, at most.
pub(super) const MOST: usize = RUN + 1;
/// Runs of ours that are looked at together.
const TOGETHER: usize = 8;
/// So much is allowed for rounding; metres.
const BESIDE_M: f64 = 0.01;
/// Beyond this the plane tells nothing; metres.
const FAR_M: f64 = 100_000.0;
/// Runs further from one another than this are looked at by what a degree of longitude is worth half-way between them: the
/// plane about ours is off by the distance, that one by its square; metres.
const HALF_WAY_M: f64 = 2_000.0;
/// Edges of ours that are looked at together.
pub(super) const EDGES_TOGETHER: usize = TOGETHER * RUN;

/// A stretch of a path in a plane about its first position, where most pairs of a position and an edge are told apart
/// without trigonometry. Where the plane cannot be trusted, everything may reach.
pub(super) struct Sieve<'a> {
    pub(super) bounds: LonLatBox,
    plane: LocalFrame,
    /// By which share its distances are off at most, for each metre from its origin.
    share_per_m: f64,
    /// Its origin, beside which positions are measured from.
    pub(super) middle: FromPosition,
    is_near: bool,
    /// How far our runs reach from it, at most; metres.
    reach_m: f64,
    runs: SmallVec<[Run<'a>; TOGETHER]>,
}

/// A position of one run and an edge of another.
pub(super) struct Pair {
    /// The square of their distance in the plane; m².
    pub(super) planar_2: f64,
    pub(super) position: LonLat,
    pub(super) edge: [LonLat; 2],
    /// Whether the position is ours and the edge theirs, or the other way round.
    pub(super) is_ours: bool,
}

/// What may be near.
pub(super) struct Pairs {
    /// In the order of our positions, then of theirs.
    pub(super) all: SmallVec<[Pair; 32]>,
    /// By which share the squares' roots are off at most; `None` where the plane cannot be trusted.
    share: Option<f64>,
}

/// The square of what a distance in a plane must not exceed for the geodesic to be within a limit.
fn reach_2(share: f64, limit_m: f64) -> f64 {
    let reach_m = limit_m * (1.0 + share) + BESIDE_M;
    reach_m * reach_m
}

/// A run in the plane.
#[derive(Clone, Copy)]
struct Run<'a> {
    path: &'a [LonLat],
    bounds: LonLatBox,
    /// Its box, least and greatest.
    planar_bounds: [[f64; 2]; 2],
    positions: [[f64; 2]; MOST],
    edges: [PlanarEdge; RUN],
}

impl<'a> Run<'a> {
    fn new(plane: &LocalFrame, path: &'a [LonLat], bounds: LonLatBox) -> Self {
        let mut positions = [[0.0; 2]; MOST];
        path.iter().zip(&mut positions).for_each(|(p, xy)| *xy = plane.to_xy(*p));
        let mut edges = [PlanarEdge::default(); RUN];
        for (edge, ends) in edges.iter_mut().zip(positions[..path.len()].windows(2)) {
            *edge = PlanarEdge::new(ends[0], ends[1]);
        }
        Self { path, bounds, planar_bounds: [plane.to_xy(bounds.min), plane.to_xy(bounds.max)], positions, edges }
    }

    /// The same in a plane in which so much more is west and east.
    fn stretched(&self, times: f64) -> Self {
        let wide = |[x, y]: [f64; 2]| [x * times, y];
        let positions = self.positions.map(wide);
        let mut edges = self.edges;
        for (edge, ends) in edges.iter_mut().zip(positions[..self.path.len()].windows(2)) {
            *edge = PlanarEdge::new(ends[0], ends[1]);
        }
        Self { planar_bounds: self.planar_bounds.map(wide), positions, edges, ..*self }
    }

    /// How far it reaches from the plane's origin, at most; metres.
    fn reach_m(&self) -> f64 {
        let [min, max] = self.planar_bounds;
        let [x, y] = [0, 1].map(|axis| max[axis].abs().max(min[axis].abs()));
        x + y
    }
}

impl<'a> Sieve<'a> {
    /// At most [`EDGES_TOGETHER`] edges of a path.
    pub(super) fn new(path: &'a [LonLat]) -> Self {
        let bounds = LonLatBox::of(path);
        let plane = LocalFrame::at(path[0]);
        let edges = path.len() - 1;
        let run = |k: usize| {
            let path = &path[k * RUN..(k * RUN + MOST).min(path.len())];
            Run::new(&plane, path, LonLatBox::of(path))
        };
        let runs: SmallVec<[Run<'a>; TOGETHER]> = (0..edges.div_ceil(RUN)).map(run).collect();
        let reach_m = runs.iter().map(Run::reach_m).fold(0.0, f64::max);
        let share_per_m = plane.share_off(LocalFrame::NEAR_M) / LocalFrame::NEAR_M;
        let middle = FromPosition::new(path[0]);
        Self { bounds, plane, share_per_m, middle, is_near: plane.is_near(&bounds), reach_m, runs }
    }

    /// Which of our positions and edges of another run, and the other way round, may be within the limit and nearest of
    /// all. Where the plane cannot be trusted those are all, at no distance.
    pub(super) fn pairs(&self, theirs: &[LonLat], area: &LonLatBox, limit_m: f64) -> Pairs {
        let theirs = Run::new(&self.plane, theirs, *area);
        let reach_m = self.reach_m.max(theirs.reach_m());
        let is_trusted = self.is_near && reach_m < FAR_M;
        let off = if reach_m < LocalFrame::NEAR_M { self.share_per_m * reach_m } else { self.plane.share_off(reach_m) };
        // A tenth more, since the share is one of the geodesic.
        let share = is_trusted.then_some(off * 1.1);
        let mut pairs = Pairs { all: SmallVec::new(), share };
        let mut limit_m = limit_m;
        for ours in &self.runs {
            if let Some(share) = share {
                let between = between_2(ours.planar_bounds, theirs.planar_bounds);
                if between > reach_2(share, limit_m) {
                    continue;
                }
                let half_way = if between > HALF_WAY_M * HALF_WAY_M { self.half_way(ours, &theirs) } else { None };
                if let Some((times, closer)) = half_way.filter(|(_, closer)| *closer < share) {
                    let (ours, theirs) = (ours.stretched(times), theirs.stretched(times));
                    if between_2(ours.planar_bounds, theirs.planar_bounds) <= reach_2(closer, limit_m) {
                        let first = pairs.all.len();
                        pairs.add((true, &ours, &theirs), Some(closer), &mut limit_m);
                        pairs.add((false, &theirs, &ours), Some(closer), &mut limit_m);
                        pairs.all[first..].iter_mut().for_each(|pair| pair.widen(closer, share));
                    }
                    continue;
                }
            }
            pairs.add((true, ours, &theirs), share, &mut limit_m);
            pairs.add((false, &theirs, ours), share, &mut limit_m);
        }
        pairs
    }

    /// How much more a degree of longitude is worth half-way between two runs than at the origin, and by which share
    /// distances between them are off at most where that is taken for it; `None` where little is known of that.
    fn half_way(&self, ours: &Run, theirs: &Run) -> Option<(f64, f64)> {
        let origin = self.plane.origin();
        let middle = |run: &Run| (run.bounds.min.lat + run.bounds.max.lat) / 2.0;
        let spread = |run: &Run| (run.bounds.max.lat - run.bounds.min.lat) / 2.0;
        let at = LocalFrame::at(LonLat::new(origin.lon, (middle(ours) + middle(theirs)) / 2.0));
        let worth = |plane: &LocalFrame| plane.to_xy_delta(1.0, 0.0)[0];
        let spread_deg = (spread(ours) + spread(theirs)) / 2.0;
        let share = self.plane.share_off_half_way(ours.reach_m() + theirs.reach_m(), spread_deg)?;
        Some((worth(&at) / worth(&self.plane), share * 1.1))
    }

    /// Our edges in runs whose box meets an area.
    pub(super) fn edges_in(&self, area: &LonLatBox) -> impl Iterator<Item = &'a [LonLat]> {
        self.runs.iter().filter(|run| run.bounds.intersects(area)).flat_map(|run| run.path.windows(2))
    }
}

impl Pair {
    /// A distance that is off by a smaller share as one that is off by a larger: no nearer, as it is held against limits.
    fn widen(&mut self, from: f64, to: f64) {
        let least_m = (self.planar_2.sqrt() - BESIDE_M).max(0.0) / (1.0 + from);
        self.planar_2 = reach_2(to, least_m);
    }
}

impl Pairs {
    /// The square of what a distance in the plane must not exceed for the geodesic to be within a limit.
    pub(super) fn reach_2(&self, limit_m: f64) -> f64 {
        reach_2(self.share.unwrap_or(0.0), limit_m)
    }

    /// Adds positions of one run with edges of another, in a plane that is off by a share at most; without one all of them,
    /// at no distance.
    fn add(&mut self, (is_ours, from, to): (bool, &Run, &Run), share: Option<f64>, limit_m: &mut f64) {
        for (p, position) in from.positions.iter().zip(from.path) {
            let (most_2, mut least_2) = (reach_2(share.unwrap_or(0.0), *limit_m), f64::INFINITY);
            if share.is_some() && between_2([*p; 2], to.planar_bounds) > most_2 {
                continue;
            }
            for (edge, ends) in to.edges.iter().zip(to.path.windows(2)) {
                let planar_2 = if share.is_some() { edge.distance_2(*p) } else { 0.0 };
                if planar_2 <= most_2 {
                    let edge = [ends[0], ends[1]];
                    self.all.push(Pair { planar_2, position: *position, edge, is_ours });
                    least_2 = if planar_2 < least_2 { planar_2 } else { least_2 };
                }
            }
            if let Some(share) = share {
                // The nearest of all is no further than this one can be.
                *limit_m = limit_m.min(least_2.sqrt() * (1.0 + share));
            }
        }
    }
}

/// The square of the distance between two boxes in a plane, least and greatest of each.
fn between_2([a_min, a_max]: [[f64; 2]; 2], [b_min, b_max]: [[f64; 2]; 2]) -> f64 {
    let greater = |a: f64, b: f64| if a > b { a } else { b };
    let gap = |axis: usize| greater(greater(b_min[axis] - a_max[axis], a_min[axis] - b_max[axis]), 0.0);
    let (dx, dy) = (gap(0), gap(1));
    dx * dx + dy * dy
}
