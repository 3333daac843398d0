//! The curves that can bound a region in a plane, and where two of them cross.

use crate::geodesy::{LonLat, LonLatBox};
use std::f64::consts::{PI, TAU};

/// Metres of a conformal plane.
pub(super) type Point = [f64; 2];

pub(super) fn minus(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1]]
}

/// From a point, so many times a vector.
pub(super) fn along(a: Point, d: Point, times: f64) -> Point {
    [a[0] + d[0] * times, a[1] + d[1] * times]
}

pub(super) fn cross(a: Point, b: Point) -> f64 {
    a[0] * b[1] - a[1] * b[0]
}

pub(super) fn dot(a: Point, b: Point) -> f64 {
    a[0] * b[0] + a[1] * b[1]
}

/// A vector turned by an angle, counter-clockwise.
fn turned(p: Point, angle: f64) -> Point {
    let (sin, cos) = angle.sin_cos();
    [p[0] * cos - p[1] * sin, p[0] * sin + p[1] * cos]
}

/// Beyond the ends of a curve so much still counts as its end.
const END: f64 = 1e-12;

/// What a curve belongs to, by the number of the corner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// The outer side beside the edge that begins there. Its parameter goes from 0 to 1.
    Side(u32),
    /// The arc about it. Its parameter is the angle from its start.
    Arc(u32),
}

/// An outer side or an arc, in the ring's direction: the region lies on its left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Curve {
    pub(super) of: Of,
    pub(super) from: Point,
    pub(super) to: Point,
    /// The corner.
    pub(super) center: Point,
    pub(super) radius: f64,
    /// Of an arc: the direction of its start, of length 1, and how far it turns counter-clockwise.
    pub(super) start: Point,
    pub(super) turn: f64,
    /// Of an arc of which only a part is left: where in the whole it starts, radians.
    pub(super) offset: f64,
}

/// That two curves lie along one another, so that where they part cannot be told by crossings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Coincide;

impl Curve {
    /// The parameter at its end.
    pub(super) fn end(&self) -> f64 {
        match self.of {
            Of::Side(_) => 1.0,
            Of::Arc(_) => self.turn,
        }
    }

    /// The point at a parameter.
    pub(super) fn at(&self, t: f64) -> Point {
        match self.of {
            Of::Side(_) => along(self.from, minus(self.to, self.from), t),
            Of::Arc(_) => along(self.center, turned(self.start, t), self.radius),
        }
    }

    /// The part of an arc from one parameter to another.
    pub(super) fn part(&self, [from, to]: [f64; 2]) -> Self {
        let start = turned(self.start, from);
        let [from_point, to_point] = [from, to].map(|t| self.at(t));
        Self { from: from_point, to: to_point, start, turn: to - from, offset: self.offset + from, ..*self }
    }

    /// Where it leads at a parameter; not of length 1.
    pub(super) fn heading(&self, t: f64) -> Point {
        match self.of {
            Of::Side(_) => minus(self.to, self.from),
            Of::Arc(_) => {
                let [x, y] = turned(self.start, t);
                [-y, x]
            }
        }
    }

    /// Its box, as a tree takes it: metres where degrees are named.
    pub(super) fn bounds(&self) -> LonLatBox {
        let ends = [self.from, self.to].map(|[x, y]| LonLat::new(x, y));
        let mut bounds = LonLatBox::of(&ends);
        if let Of::Arc(_) = self.of {
            for way in [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]] {
                if self.turn >= TAU || self.angle_of(way) < self.turn {
                    let [x, y] = along(self.center, way, self.radius);
                    bounds = bounds.with(LonLat::new(x, y));
                }
            }
        }
        bounds
    }

    /// The angle of a direction from the start of the arc on, to a whole turn.
    fn angle_of(&self, way: Point) -> f64 {
        let angle = cross(self.start, way).atan2(dot(self.start, way));
        if angle < -END { angle + TAU } else { angle }
    }

    /// False where a direction from the centre is surely not one of the arc's; an angle costs more to tell.
    fn may_lead(&self, way: Point) -> bool {
        const BESIDE: f64 = 1e-9;
        if self.turn >= PI {
            return true;
        }
        let (end, beside) = (minus(self.to, self.center), -BESIDE * self.radius);
        cross(self.start, way) >= beside && cross(way, end) >= beside * self.radius
    }

    fn holds(&self, t: f64) -> bool {
        t >= -END && t <= self.end() + END
    }

    /// Calls `found` with the parameters, this curve's and the other's, of the places where the two cross.
    ///
    /// # Errors
    /// [`Coincide`].
    pub(super) fn crossings(&self, other: &Self, mut found: impl FnMut(f64, f64)) -> Result<(), Coincide> {
        match (self.of, other.of) {
            (Of::Side(_), Of::Side(_)) => self.sides_cross(other, found),
            (Of::Side(_), Of::Arc(_)) => {
                self.side_crosses_arc(other, found);
                Ok(())
            }
            (Of::Arc(_), Of::Side(_)) => {
                other.side_crosses_arc(self, |t, angle| found(angle, t));
                Ok(())
            }
            (Of::Arc(_), Of::Arc(_)) => self.arcs_cross(other, found),
        }
    }

    fn sides_cross(&self, other: &Self, mut found: impl FnMut(f64, f64)) -> Result<(), Coincide> {
        /// Sides that meet at a smaller angle are along one line, radians.
        const PARALLEL: f64 = 1e-9;
        /// And nearer to one another than this, times the distance.
        const SAME_LINE: f64 = 1e-6;
        let (d, e, way) = (minus(self.to, self.from), minus(other.to, other.from), minus(other.from, self.from));
        let (across, length_2) = (cross(d, e), dot(d, d));
        if across.abs() > PARALLEL * (length_2 * dot(e, e)).sqrt() {
            let (t, u) = (cross(way, e) / across, cross(way, d) / across);
            if self.holds(t) && other.holds(u) {
                found(t, u);
            }
            return Ok(());
        }
        let off = cross(d, way).abs() / length_2.sqrt().max(f64::MIN_POSITIVE);
        let (s, t) = (dot(way, d) / length_2, dot(minus(other.to, self.from), d) / length_2);
        // Those that end and begin at one place share no more than rounding makes.
        let shared_m = (s.max(t).min(1.0) - s.min(t).max(0.0)) * length_2.sqrt();
        let near_m = SAME_LINE * self.radius;
        if off < near_m && shared_m > near_m { Err(Coincide) } else { Ok(()) }
    }

    fn side_crosses_arc(&self, arc: &Self, mut found: impl FnMut(f64, f64)) {
        let (d, w) = (minus(self.to, self.from), minus(self.from, arc.center));
        let (a, b, c) = (dot(d, d), dot(d, w), dot(w, w) - arc.radius * arc.radius);
        let inner = b * b - a * c;
        if inner <= 0.0 || a == 0.0 {
            return;
        }
        let root = inner.sqrt();
        for t in [(-b - root) / a, (-b + root) / a] {
            if self.holds(t) && arc.may_lead(along(w, d, t)) {
                let angle = arc.angle_of(along(w, d, t));
                if arc.holds(angle) {
                    found(t, angle);
                }
            }
        }
    }

    fn arcs_cross(&self, other: &Self, mut found: impl FnMut(f64, f64)) -> Result<(), Coincide> {
        /// Centres nearer to one another than this, times the distance, are one.
        const SAME_CENTER: f64 = 1e-6;
        let d = minus(other.center, self.center);
        let far = dot(d, d).sqrt();
        if far < SAME_CENTER * self.radius {
            let overlap =
                self.angle_of(other.start) < self.turn - 1e-9 || other.angle_of(self.start) < other.turn - 1e-9;
            return if overlap { Err(Coincide) } else { Ok(()) };
        }
        let x = (far * far + self.radius * self.radius - other.radius * other.radius) / (2.0 * far);
        let y_2 = self.radius * self.radius - x * x;
        if y_2 > 0.0 {
            let (unit, y) = ([d[0] / far, d[1] / far], y_2.sqrt());
            for y in [y, -y] {
                let p = [x * unit[0] - y * unit[1], x * unit[1] + y * unit[0]];
                let way = minus(p, d);
                if !self.may_lead(p) || !other.may_lead(way) {
                    continue;
                }
                let (s, t) = (self.angle_of(p), other.angle_of(way));
                if self.holds(s) && other.holds(t) {
                    found(s, t);
                }
            }
        }
        Ok(())
    }
}
