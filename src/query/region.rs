//! Regions bounded by true offset curves: everything within a distance of points, paths and outlines.
//!
//! A region is the union of simple pieces: beside every edge a quadrilateral whose outer side is the
//! edge moved by the distance square to it, at every corner the sector between two such sides, round
//! every end and point a disc. Each piece's corners are found on the ellipsoid, so the union is right
//! wherever the local plane that joins them lies. Arcs are polygons of equal area, 2° a step: nowhere
//! more than 0.01 % of the distance off the curve.

use super::overlay::{Contour, Plane};
use crate::geodesy::{LonLat, metres_per_degree, offset};
use std::f64::consts::{PI, TAU};

/// Arcs turn by at most this at a corner.
const ARC_STEP: f64 = 2.0 * PI / 180.0;
/// An outer side is bent at least every so many metres, so that it follows the offset of a long edge.
const SIDE_STEP_M: f64 = 10_000.0;

/// Collects the pieces of one region on the grid of a plane.
pub(super) struct Pieces<'a> {
    pub(super) plane: &'a Plane,
    pub(super) distance_m: f64,
    pub(super) out: Vec<Contour>,
}

/// A direction in metres east and north, of length 1.
#[derive(Clone, Copy)]
struct Heading {
    east: f64,
    north: f64,
}

/// The heading at `at` of the edge from `a` to `b`; `None` where it has no length.
fn heading(at: LonLat, a: LonLat, b: LonLat) -> Option<Heading> {
    let [x_m, y_m] = metres_per_degree(at.lat);
    let (east, north) = ((b.lon - a.lon) * x_m, (b.lat - a.lat) * y_m);
    let length = east.hypot(north);
    (length > 0.0).then(|| Heading { east: east / length, north: north / length })
}

impl Heading {
    /// Square to it, on the right.
    fn right(self) -> Self {
        Self { east: self.north, north: -self.east }
    }
}

impl<'a> Pieces<'a> {
    pub(super) fn new(plane: &'a Plane, distance_m: f64) -> Self {
        Self { plane, distance_m, out: Vec::new() }
    }

    fn beside(&self, p: LonLat, square: Heading) -> LonLat {
        offset(p, self.distance_m * square.east, self.distance_m * square.north)
    }

    /// Everything within the distance of a position.
    pub(super) fn disc(&mut self, p: LonLat) {
        let steps = (TAU / ARC_STEP).ceil();
        let radius = self.distance_m * equal_area(TAU / steps);
        let contour = (0..steps as usize).map(|k| {
            let (s, c) = (k as f64 * TAU / steps).sin_cos();
            self.plane.point(offset(p, radius * c, radius * s))
        });
        self.out.push(contour.collect());
    }

    /// What lies square to the right of an edge, up to the distance.
    pub(super) fn right_of_edge(&mut self, a: LonLat, b: LonLat) {
        let length = crate::geodesy::distance_m(a, b);
        let bends = (length / SIDE_STEP_M).ceil().max(1.0);
        let along = |k: usize| {
            let t = k as f64 / bends;
            if k == 0 {
                a
            } else if k == bends as usize {
                b
            } else {
                LonLat::new(a.lon + (b.lon - a.lon) * t, a.lat + (b.lat - a.lat) * t)
            }
        };
        for k in 0..bends as usize {
            let (p, q) = (along(k), along(k + 1));
            let (Some(at_p), Some(at_q)) = (heading(p, a, b), heading(q, a, b)) else { return };
            let contour =
                [p, self.beside(p, at_p.right()), self.beside(q, at_q.right()), q].map(|p| self.plane.point(p));
            self.out.push(contour.to_vec());
        }
    }

    /// The sector on the right of a corner, between the sides of the edges that meet there; nothing
    /// where the corner turns right.
    pub(super) fn right_of_corner(&mut self, before: LonLat, at: LonLat, after: LonLat) {
        let (Some(coming), Some(going)) = (heading(at, before, at), heading(at, at, after)) else { return };
        let cross = coming.east * going.north - coming.north * going.east;
        let dot = coming.east * going.east + coming.north * going.north;
        let mut turn = cross.atan2(dot);
        if turn.abs() > PI - 1e-9 {
            turn = PI;
        }
        if turn <= 1e-12 {
            return;
        }
        let (from, to) = (coming.right(), going.right());
        let steps = (turn / ARC_STEP).ceil().max(1.0);
        let radius = self.distance_m * equal_area(turn / steps);
        let start = from.north.atan2(from.east);
        let mut contour = vec![self.plane.point(at), self.plane.point(self.beside(at, from))];
        for k in 1..steps as usize {
            let (s, c) = (start + turn * k as f64 / steps).sin_cos();
            contour.push(self.plane.point(offset(at, radius * c, radius * s)));
        }
        // The very corner of the next side, so that no hair is left between the two.
        contour.push(self.plane.point(self.beside(at, to)));
        self.out.push(contour);
    }

    /// Everything within the distance on the right of a closed ring (without a repeated last position).
    pub(super) fn right_of_ring(&mut self, ring: &[LonLat]) {
        let n = ring.len();
        if n == 1 {
            return self.disc(ring[0]);
        }
        for i in 0..n {
            let (before, a, b) = (ring[(i + n - 1) % n], ring[i], ring[(i + 1) % n]);
            self.right_of_edge(a, b);
            self.right_of_corner(before, a, b);
        }
    }

    /// Everything within the distance of a path.
    pub(super) fn both_sides_of(&mut self, path: &[LonLat]) {
        self.right_of_ring(&there_and_back(path));
    }
}

/// The radius of a polygon of equal area to the arc, for arcs of radius 1 and steps of `step` radians.
fn equal_area(step: f64) -> f64 {
    (step / step.sin()).sqrt()
}

/// A path as a ring without extent: its two sides are the right of the way there and back.
pub(super) fn there_and_back(path: &[LonLat]) -> Vec<LonLat> {
    let mut ring: Vec<LonLat> = path.to_vec();
    ring.dedup();
    let back: Vec<LonLat> = ring.iter().rev().skip(1).copied().collect();
    ring.extend(back);
    if ring.len() > 1 {
        ring.pop();
    }
    ring
}

/// A ring without repeated neighbours and closing position, turned so that its outside is on its right.
pub(super) fn outside_on_right(ring: &[LonLat], is_hole: bool) -> Vec<LonLat> {
    let mut corners = ring.to_vec();
    corners.dedup();
    while corners.len() > 1 && corners.first() == corners.last() {
        corners.pop();
    }
    if (crate::geodesy::ring_signed_area_m2(&corners) < 0.0) != is_hole {
        corners.reverse();
    }
    corners
}
