//! Two runs of edges in one plane.

use super::RUN;
use crate::geodesy::{FromPosition, LocalFrame, LonLat, LonLatBox, PlanarEdge};

/// Positions in one run, at most.
pub(super) const MOST: usize = RUN + 1;

/// Two runs in one plane, where most pairs of position and edge are told apart without trigonometry. A plane is
/// trusted to a hundredth; where it cannot be, everything may reach.
pub(super) struct Sieve {
    pub(super) bounds: LonLatBox,
    plane: LocalFrame,
    /// The first of ours, beside which positions are measured from.
    pub(super) middle: FromPosition,
    is_near: bool,
    ours: Run,
    theirs: Run,
}

/// A run in the plane.
#[derive(Clone, Copy, Default)]
struct Run {
    positions: [[f64; 2]; MOST],
    edges: [PlanarEdge; RUN],
    count: usize,
    /// Least and greatest.
    bounds: [[f64; 2]; 2],
}

impl Run {
    fn new(plane: &LocalFrame, positions: &[LonLat], area: &LonLatBox) -> Self {
        let bounds = [plane.to_xy(area.min), plane.to_xy(area.max)];
        let mut run = Self { bounds, count: positions.len() - 1, ..Self::default() };
        positions.iter().zip(&mut run.positions).for_each(|(p, xy)| *xy = plane.to_xy(*p));
        for k in 0..run.count {
            run.edges[k] = PlanarEdge::new(run.positions[k], run.positions[k + 1]);
        }
        run
    }

    /// True unless a position is too far from every edge.
    fn may_be_near(&self, p: [f64; 2], limit_m: f64) -> bool {
        may_reach_box(p, self.bounds, limit_m)
    }
}

impl Sieve {
    pub(super) fn new(positions: &[LonLat], bounds: &LonLatBox) -> Self {
        let plane = LocalFrame::at(positions[0]);
        let middle = FromPosition::new(positions[0]);
        let ours = Run::new(&plane, positions, bounds);
        Self { bounds: *bounds, plane, middle, is_near: plane.is_near(bounds), ours, theirs: Run::default() }
    }

    /// Takes the other run; true where the plane can be trusted for it.
    pub(super) fn take(&mut self, theirs: &[LonLat], area: &LonLatBox) -> bool {
        self.theirs = Run::new(&self.plane, theirs, area);
        self.is_near && self.plane.is_near(area)
    }

    /// True unless a position of ours is too far from all of theirs.
    pub(super) fn may_reach_theirs(&self, i: usize, limit_m: f64) -> bool {
        self.theirs.may_be_near(self.ours.positions[i], limit_m)
    }

    /// True unless a position of theirs is too far from all of ours.
    pub(super) fn may_reach_ours(&self, i: usize, limit_m: f64) -> bool {
        self.ours.may_be_near(self.theirs.positions[i], limit_m)
    }

    /// True unless a position of ours is too far from an edge of theirs: by more than the plane can be off.
    pub(super) fn may_reach_their_edge(&self, i: usize, k: usize, limit_m: f64) -> bool {
        self.theirs.edges[k].distance_2(self.ours.positions[i]) <= reach_2(limit_m)
    }

    /// True unless a position of theirs is too far from an edge of ours.
    pub(super) fn may_reach_our_edge(&self, i: usize, k: usize, limit_m: f64) -> bool {
        self.ours.edges[k].distance_2(self.theirs.positions[i]) <= reach_2(limit_m)
    }

    /// The edge of theirs that is nearest to a position of ours in the plane.
    pub(super) fn nearest_of_theirs(&self, i: usize) -> usize {
        let mut best = (f64::INFINITY, 0);
        for (k, edge) in self.theirs.edges[..self.theirs.count].iter().enumerate() {
            let d = edge.distance_2(self.ours.positions[i]);
            if d < best.0 {
                best = (d, k);
            }
        }
        best.1
    }
}

/// True unless the plane's distance to all that a box holds exceeds the limit by more than the plane can be off.
pub(super) fn may_reach_box([x, y]: [f64; 2], [min, max]: [[f64; 2]; 2], limit_m: f64) -> bool {
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
pub(super) fn reach_2(limit_m: f64) -> f64 {
    let reach_m = limit_m * 1.02 + 0.01;
    reach_m * reach_m
}
