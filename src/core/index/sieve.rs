//! Runs of edges in one plane.

use super::RUN;
use super::far::FarRuns;
use crate::geodesy::{CHORDS_HOLD, CHORDS_HOLD_LAT, FromPosition, LocalFrame, LonLat, LonLatBox, PlanarEdge};
use smallvec::SmallVec;
use std::cell::OnceCell;

/// Positions in one run, at most.
pub(super) const MOST: usize = RUN + 1;
/// Runs of ours that are looked at together.
pub(super) const TOGETHER: usize = 8;
/// So much is allowed for rounding; metres.
const BESIDE_M: f64 = 0.01;
/// Beyond this the plane tells nothing; metres.
const FAR_M: f64 = 100_000.0;
/// Runs further from one another than this are looked at by their chords: the plane is off by the distance, those by its cube;
/// metres.
const BY_CHORDS_M: f64 = 2_000.0;
/// Those are looked at by chords if they reach no further than this in the plane.
const CHORDS_HOLD_M: f64 = CHORDS_HOLD * 6.0e6;
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
    /// Their box in the plane, least and greatest.
    planar_bounds: [[f64; 2]; 2],
    runs: SmallVec<[Run<'a>; TOGETHER]>,
    far: OnceCell<FarRuns<'a>>,
}

/// A position of one run and an edge of another.
pub(super) struct Pair {
    /// What their distance is at least; metres.
    pub(super) least_m: f64,
    pub(super) position: LonLat,
    pub(super) edge: [LonLat; 2],
    /// Whether the position is ours and the edge theirs, or the other way round.
    pub(super) is_ours: bool,
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
        let planar_bounds = [plane.to_xy(bounds.min), plane.to_xy(bounds.max)];
        let reach_m = reach_m(planar_bounds);
        let share_per_m = plane.share_off(LocalFrame::NEAR_M) / LocalFrame::NEAR_M;
        let middle = FromPosition::new(path[0]);
        Self {
            bounds,
            plane,
            share_per_m,
            middle,
            is_near: plane.is_near(&bounds),
            reach_m,
            planar_bounds,
            runs,
            far: OnceCell::new(),
        }
    }

    /// Our runs by their chords, where a box is so far away that those tell more than the plane.
    fn far_from(&self, planar_area: [[f64; 2]; 2]) -> Option<&FarRuns<'a>> {
        let is_far = between_2(self.planar_bounds, planar_area) > BY_CHORDS_M * BY_CHORDS_M;
        let reach_m = self.reach_m.max(reach_m(planar_area));
        let tells = is_far && reach_m < CHORDS_HOLD_M && self.plane.origin().lat.abs() < CHORDS_HOLD_LAT;
        let runs = || self.runs.iter().map(|run| (run.path, run.bounds));
        tells.then(|| self.far.get_or_init(|| FarRuns::new(self.plane.origin(), runs())))
    }

    /// False where all in a box is certainly further than the limit, told run by run.
    pub(super) fn may_reach(&self, area: &LonLatBox, limit_m: f64) -> bool {
        let far = self.far_from([self.plane.to_xy(area.min), self.plane.to_xy(area.max)]);
        far.is_none_or(|far| far.may_reach(area, limit_m))
    }

    /// Which of our positions and edges of another run, and the other way round, may be within the limit and nearest of
    /// all; in the order of our positions, then of theirs. Where nothing can be trusted those are all, at no distance.
    pub(super) fn pairs(&self, theirs: &[LonLat], area: &LonLatBox, limit_m: f64) -> SmallVec<[Pair; 32]> {
        let planar_area = [self.plane.to_xy(area.min), self.plane.to_xy(area.max)];
        if let Some(far) = self.far_from(planar_area) {
            return far.pairs(theirs, area, limit_m);
        }
        let reach_m = self.reach_m.max(reach_m(planar_area));
        let theirs = Run::new(&self.plane, theirs, *area);
        let is_trusted = self.is_near && reach_m < FAR_M;
        let off = if reach_m < LocalFrame::NEAR_M { self.share_per_m * reach_m } else { self.plane.share_off(reach_m) };
        // A tenth more, since the share is one of the geodesic.
        let share = is_trusted.then_some(off * 1.1);
        let (mut pairs, mut limit_m) = (SmallVec::new(), limit_m);
        for ours in &self.runs {
            let is_apart = |share| between_2(ours.planar_bounds, theirs.planar_bounds) > reach_2(share, limit_m);
            if share.is_some_and(is_apart) {
                continue;
            }
            add(&mut pairs, (true, ours, &theirs), share, &mut limit_m);
            add(&mut pairs, (false, &theirs, ours), share, &mut limit_m);
        }
        pairs
    }

    /// Our edges in runs whose box meets an area.
    pub(super) fn edges_in(&self, area: &LonLatBox) -> impl Iterator<Item = &'a [LonLat]> {
        self.runs.iter().filter(|run| run.bounds.intersects(area)).flat_map(|run| run.path.windows(2))
    }
}

/// Adds positions of one run with edges of another, in a plane that is off by a share at most; without one all of them, at no
/// distance. The limit becomes what the nearest of them can be at most.
fn add(
    pairs: &mut SmallVec<[Pair; 32]>,
    (is_ours, from, to): (bool, &Run, &Run),
    share: Option<f64>,
    limit_m: &mut f64,
) {
    for (p, position) in from.positions.iter().zip(from.path) {
        let (most_2, mut least_2) = (reach_2(share.unwrap_or(0.0), *limit_m), f64::INFINITY);
        if share.is_some() && between_2([*p; 2], to.planar_bounds) > most_2 {
            continue;
        }
        for (edge, ends) in to.edges.iter().zip(to.path.windows(2)) {
            let planar_2 = if share.is_some() { edge.distance_2(*p) } else { 0.0 };
            if planar_2 <= most_2 {
                let least_m = share.map_or(0.0, |share| (planar_2.sqrt() - BESIDE_M).max(0.0) / (1.0 + share));
                pairs.push(Pair { least_m, position: *position, edge: [ends[0], ends[1]], is_ours });
                least_2 = if planar_2 < least_2 { planar_2 } else { least_2 };
            }
        }
        if let Some(share) = share {
            // The nearest of all is no further than this one can be.
            *limit_m = limit_m.min(least_2.sqrt() * (1.0 + share));
        }
    }
}

/// How far a box in a plane reaches from the plane's origin, at most; metres.
fn reach_m([min, max]: [[f64; 2]; 2]) -> f64 {
    let [x, y] = [0, 1].map(|axis| max[axis].abs().max(min[axis].abs()));
    x + y
}

/// The square of the distance between two boxes in a plane, least and greatest of each.
fn between_2([a_min, a_max]: [[f64; 2]; 2], [b_min, b_max]: [[f64; 2]; 2]) -> f64 {
    let greater = |a: f64, b: f64| if a > b { a } else { b };
    let gap = |axis: usize| greater(greater(b_min[axis] - a_max[axis], a_min[axis] - b_max[axis]), 0.0);
    let (dx, dy) = (gap(0), gap(1));
    dx * dx + dy * dy
}
