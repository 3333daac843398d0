//! Two runs of edges in one plane.

use super::RUN;
use crate::geodesy::{FromPosition, LocalFrame, LonLat, LonLatBox, planar_distance_2};

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
    pub(super) ours: [[f64; 2]; MOST],
    pub(super) theirs: [[f64; 2]; MOST],
    /// Edges of `theirs`.
    edges: usize,
    /// The boxes of both: least and greatest.
    our_box: [[f64; 2]; 2],
    their_box: [[f64; 2]; 2],
}

impl Sieve {
    pub(super) fn new(positions: &[LonLat], bounds: &LonLatBox) -> Self {
        let plane = LocalFrame::at(positions[0]);
        let middle = FromPosition::new(positions[0]);
        let mut ours = [[0.0; 2]; MOST];
        positions.iter().zip(&mut ours).for_each(|(p, xy)| *xy = plane.to_xy(*p));
        let our_box = [plane.to_xy(bounds.min), plane.to_xy(bounds.max)];
        let is_near = plane.is_near(bounds);
        let (theirs, their_box) = ([[0.0; 2]; MOST], [[0.0; 2]; 2]);
        Self { bounds: *bounds, plane, middle, is_near, ours, theirs, edges: 0, our_box, their_box }
    }

    /// Takes the other run; true where the plane can be trusted for it.
    pub(super) fn take(&mut self, theirs: &[LonLat], area: &LonLatBox) -> bool {
        theirs.iter().zip(&mut self.theirs).for_each(|(p, xy)| *xy = self.plane.to_xy(*p));
        self.edges = theirs.len() - 1;
        self.their_box = [self.plane.to_xy(area.min), self.plane.to_xy(area.max)];
        self.is_near && self.plane.is_near(area)
    }

    /// True unless a position of ours is too far from all of theirs.
    pub(super) fn may_reach_theirs(&self, i: usize, limit_m: f64) -> bool {
        may_reach_box(self.ours[i], self.their_box, limit_m)
    }

    /// True unless a position of theirs is too far from all of ours.
    pub(super) fn may_reach_ours(&self, i: usize, limit_m: f64) -> bool {
        may_reach_box(self.theirs[i], self.our_box, limit_m)
    }

    /// The edge of theirs that is nearest to a position of ours in the plane.
    pub(super) fn nearest_of_theirs(&self, i: usize) -> usize {
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
pub(super) fn may_reach(p: [f64; 2], a: [f64; 2], b: [f64; 2], limit_m: f64) -> bool {
    planar_distance_2(p, a, b) <= reach_2(limit_m)
}

/// As [`may_reach`], for all that a box holds.
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
