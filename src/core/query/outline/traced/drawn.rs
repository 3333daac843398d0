//! Traced loops as polygons: arcs by the same corners as those of whole regions have (`query/region.rs`), so an outline is the
//! same wherever it is seen from; two curves meet where their polygons do.

use super::curve::Of;
use super::hidden::{before, next};
use super::nodes::Nodes;
use super::runs::Stretch;
use super::{Parted, Point};
use crate::geodesy::{LonLat, Steps};
use crate::query::overlay::{Contour, Plane, STEPS_PER_M};
use crate::query::region::{Bend, Heading, push, sin_cos_of_step, steps_of};
use i_overlay::i_float::int::point::IntPoint;
use std::f64::consts::TAU;

/// Loops are drawn on a plane's grid, at a distance.
pub(super) struct Drawing<'a> {
    pub(super) parted: &'a Parted,
    pub(super) nodes: &'a Nodes,
    pub(super) plane: &'a Plane,
    pub(super) middle: Steps,
    pub(super) distance_m: f64,
}

/// A curve as a polygon.
enum Drawn {
    Side { ends: [LonLat; 2] },
    Arc { around: Steps, start: Heading, steps: f64, step: f64, radius_m: f64, distance_m: f64 },
}

impl Drawn {
    /// A corner by its number.
    fn corner(&self, k: f64) -> LonLat {
        match self {
            Self::Side { ends } => ends[usize::from(k > 0.0)],
            Self::Arc { around, start, steps, step, radius_m, distance_m } => {
                let is_whole = *step * *steps >= TAU;
                // The very corners of the sides next to it.
                let is_end = !is_whole && (k <= 0.0 || k >= *steps);
                let (sin, cos) = (step * k).sin_cos();
                let heading = start.turned(sin, cos);
                let length_m = if is_end { *distance_m } else { *radius_m };
                around.to(length_m * heading.east, length_m * heading.north)
            }
        }
    }

    /// The parameter in steps.
    fn steps_to(&self, t: f64) -> f64 {
        match self {
            Self::Side { .. } => t,
            Self::Arc { step, steps, .. } => (t / step).min(*steps),
        }
    }

    fn steps(&self) -> f64 {
        match self {
            Self::Side { .. } => 1.0,
            Self::Arc { steps, .. } => *steps,
        }
    }
}

impl Drawing<'_> {
    /// A loop; `None` where it has no extent.
    pub(super) fn contour(&self, own: &[Stretch]) -> Option<Contour> {
        /// Corners so near to a crossing are left out, steps.
        const BESIDE: f64 = 0.02;
        /// What is so near to the end of an arc is its end, radians.
        const END: f64 = 1e-6;
        let drawn: Vec<Option<Drawn>> = own.iter().map(|stretch| self.drawn(stretch)).collect();
        let mut out = Contour::with_capacity(own.len() + own.len() / 2);
        for (i, (stretch, curve)) in own.iter().zip(&drawn).enumerate() {
            let Some(curve) = curve else { continue };
            let after = (i + 1) % own.len();
            let (Of::Side(corner) | Of::Arc(corner)) = stretch.of;
            let goes_on = own[after].from <= 0.0;
            let to = curve.steps_to(stretch.to);
            let ends = match curve {
                Drawn::Side { .. } => stretch.to >= 1.0,
                Drawn::Arc { steps, step, .. } => stretch.to >= step * steps - END,
            };
            if let Drawn::Arc { .. } = curve {
                if ends && goes_on && self.parted.is_between[corner as usize] {
                    continue;
                }
                // Its first corner is where the curve before it ended.
                let mut k = (curve.steps_to(stretch.from) + BESIDE).ceil().max(1.0);
                while k < if ends { curve.steps() } else { to - BESIDE } {
                    push(&mut out, self.plane.point(curve.corner(k)));
                    k += 1.0;
                }
            }
            if !ends {
                push(&mut out, self.crossing(curve, to, &own[after], drawn[after].as_ref()));
                continue;
            }
            let is_joint = matches!(curve, Drawn::Side { .. }) && goes_on && {
                let ring = self.ring(corner);
                self.parted.is_between[next(&ring, corner as usize)]
            };
            // Parts of one edge have no corner between them.
            if !is_joint {
                push(&mut out, self.plane.point(curve.corner(curve.steps())));
            }
        }
        while out.len() > 1 && out.first() == out.last() {
            out.pop();
        }
        (out.len() > 2).then_some(out)
    }

    fn ring(&self, corner: u32) -> std::ops::Range<usize> {
        self.parted.corners.ring_of(corner as usize)
    }

    /// Where the outline leads after the arc about a corner.
    fn after(&self, ring: &std::ops::Range<usize>, corner: usize) -> LonLat {
        let (on, of) = match self.nodes.joint(corner) {
            Some((_, joint)) => (joint.to as usize, self.ring(joint.to)),
            None => (corner, ring.clone()),
        };
        self.parted.positions[next(&of, on)]
    }

    /// The curve of a stretch; `None` where it turns by so little that the ellipsoid does not tell.
    fn drawn(&self, stretch: &Stretch) -> Option<Drawn> {
        let (Of::Side(corner) | Of::Arc(corner)) = stretch.of;
        let (ring, i) = (self.ring(corner), corner as usize);
        let (at, to) = (self.parted.positions[i], self.parted.positions[next(&ring, i)]);
        if let Of::Side(_) = stretch.of {
            let side = |foot: LonLat| {
                let around = self.middle.from_beside(foot);
                let square = Heading::new(&around, at, to)?.right();
                Some(around.to(self.distance_m * square.east, self.distance_m * square.north))
            };
            return Some(Drawn::Side { ends: [side(at)?, side(to)?] });
        }
        let around = self.middle.from_beside(at);
        let (start, turn) = match ring.len() {
            1 => (Heading { east: 1.0, north: 0.0 }, TAU),
            _ => match Bend::new(&around, self.parted.positions[before(&ring, i)], at, self.after(&ring, i))? {
                Bend::Left(start, turn) => (start, turn),
                Bend::Right => return None,
            },
        };
        let steps = steps_of(turn);
        let step = turn / steps;
        let radius_m = self.distance_m * (step / sin_cos_of_step(step).0).sqrt();
        Some(Drawn::Arc { around, start, steps, step, radius_m, distance_m: self.distance_m })
    }

    /// Where a curve, after so many steps, meets the next one.
    fn crossing(&self, curve: &Drawn, at: f64, next: &Stretch, other: Option<&Drawn>) -> IntPoint<i64> {
        /// Further from where it is seen, of the distance, the two meet at too small an angle.
        const FAR: f64 = 1e-3;
        let chord = |curve: &Drawn, at: f64| -> [Point; 2] {
            let k = at.floor().min(curve.steps() - 1.0).max(0.0);
            [k, k + 1.0].map(|k| self.plane.point(curve.corner(k))).map(|p| [p.x as f64, p.y as f64])
        };
        let [a, b] = chord(curve, at);
        let share = at - at.floor().min(curve.steps() - 1.0);
        let seen = [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share];
        let met = other.and_then(|other| {
            let [p, q] = chord(other, other.steps_to(next.from));
            let (d, e) = ([b[0] - a[0], b[1] - a[1]], [q[0] - p[0], q[1] - p[1]]);
            let across = d[0] * e[1] - d[1] * e[0];
            let t = ((p[0] - a[0]) * e[1] - (p[1] - a[1]) * e[0]) / across;
            let met = [a[0] + d[0] * t, a[1] + d[1] * t];
            let off = (met[0] - seen[0]).hypot(met[1] - seen[1]);
            (off <= FAR * self.distance_m * STEPS_PER_M).then_some(met)
        });
        let [x, y] = met.unwrap_or(seen);
        IntPoint { x: x.round() as i64, y: y.round() as i64 }
    }
}
