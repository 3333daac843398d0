//! Regions bounded by true offset curves: everything within a distance of points, paths and outlines.
//!
//! A region is the union of simple pieces: beside every edge a quadrilateral whose outer side is the edge moved by
//! the distance square to it, at every corner the sector between two such sides, round every end and point a disc.
//! Each piece runs counter-clockwise, and neighbours run against one another where they meet; so pieces that follow
//! one another are given as one contour, along their outer sides and back along the ring, which winds round every
//! place as often as they do together. Under the non-zero rule that is their union.
//!
//! Every corner is found on the ellipsoid, so the union is right wherever the local plane that joins them lies. Arcs
//! are polygons of equal area, at most 2.7° a step: nowhere more than 0.02 % of the distance off the curve.

use super::overlay::{Contour, Plane};
use crate::geodesy::{LonLat, Steps, equal_area, is_clockwise};
use i_overlay::i_float::int::point::IntPoint;
use std::f64::consts::{PI, TAU};

/// Arcs turn by at most this at a corner.
const ARC_STEP: f64 = 2.7 * PI / 180.0;
/// A single step turns by less: its ends lie on the curve, and its middle 0.02 % inside.
const LONE_STEP: f64 = 2.28 * PI / 180.0;

/// Into how many steps an arc of so many radians is parted.
pub(super) fn steps_of(turn: f64) -> f64 {
    if turn <= LONE_STEP { 1.0 } else { (turn / ARC_STEP).ceil().max(2.0) }
}
/// An outer side is bent at least every so many metres, so that it follows the offset of a long edge.
const SIDE_STEP_M: f64 = 10_000.0;

/// Which pieces of a region are wanted.
pub(super) trait Wanted {
    /// Whether what lies beside an edge, on its right, is wanted; `i` is the corner of the ring where it begins.
    fn edge(&self, i: usize, a: LonLat, b: LonLat) -> bool;

    /// Whether anything round a corner may be wanted.
    fn corner(&self, i: usize, at: LonLat) -> bool;

    /// Which share of a sector is wanted, from 0 to 1 each, round a corner of which something may be; it begins in a
    /// direction (east and north) and turns counter-clockwise. More may be given than is wanted.
    fn sector(&self, i: usize, at: LonLat, start: [f64; 2], turn: f64) -> Option<[f64; 2]>;
}

/// All of it.
pub(super) struct Everything;

impl Wanted for Everything {
    fn edge(&self, _: usize, _: LonLat, _: LonLat) -> bool {
        true
    }

    fn corner(&self, _: usize, _: LonLat) -> bool {
        true
    }

    fn sector(&self, _: usize, _: LonLat, _: [f64; 2], _: f64) -> Option<[f64; 2]> {
        Some([0.0, 1.0])
    }
}

/// Collects the contours of one region on the grid of a plane.
pub(super) struct Region<'a> {
    plane: &'a Plane,
    distance_m: f64,
    /// Steps from the plane's middle, beside which most corners lie.
    middle: Steps,
    pub(super) out: Vec<Contour>,
}

/// A direction in metres east and north, of length 1.
#[derive(Clone, Copy)]
pub(super) struct Heading {
    pub(super) east: f64,
    pub(super) north: f64,
}

impl Heading {
    /// At a position, in the direction from `a` to `b`; `None` where the two are one.
    pub(super) fn new(at: &Steps, a: LonLat, b: LonLat) -> Option<Self> {
        let [east, north] = at.metres(b.lon - a.lon, b.lat - a.lat);
        let length = (east * east + north * north).sqrt();
        (length > 0.0).then(|| Self { east: east / length, north: north / length })
    }

    /// Square to it, on the right.
    pub(super) fn right(self) -> Self {
        Self { east: self.north, north: -self.east }
    }

    pub(super) fn turned(self, sin: f64, cos: f64) -> Self {
        Self { east: self.east * cos - self.north * sin, north: self.east * sin + self.north * cos }
    }
}

/// How a ring turns at a corner.
pub(super) enum Bend {
    /// To the left, by so many radians: a sector opens that begins in a direction.
    Left(Heading, f64),
    /// To the right, or not at all.
    Right,
}

impl Bend {
    /// At `at`, which steps start from; `None` where two positions are one.
    pub(super) fn new(around: &Steps, before: LonLat, at: LonLat, next: LonLat) -> Option<Self> {
        let (coming, going) = (Heading::new(around, before, at)?, Heading::new(around, at, next)?);
        let cross = coming.east * going.north - coming.north * going.east;
        let dot = coming.east * going.east + coming.north * going.north;
        if cross <= 0.0 && (dot > 0.0 || cross < -1e-8) {
            return Some(Self::Right);
        }
        let mut turn = cross.atan2(dot);
        if turn.abs() > PI - 1e-9 {
            turn = PI;
        }
        Some(if turn <= 1e-12 { Self::Right } else { Self::Left(coming.right(), turn) })
    }
}

/// So much further than its outer side the inside of a brim reaches at either end, radians.
const FURTHER: f64 = 1e-5;

/// Runs of pieces become contours of at most so many, so that large rings can be joined part by part.
const PIECES_AT_ONCE: usize = 512;

/// What a ring's region is made of, in the ring's order.
enum Piece {
    /// Beside the edge from this corner to the next.
    Edge(usize),
    /// Steps of a sector at a corner.
    Arc { corner: usize, from: usize, to: usize, of: usize, start: Heading, turn: f64 },
    /// A corner that turns right: the sides of its edges cross.
    Through(usize),
}

impl<'a> Region<'a> {
    pub(super) fn new(plane: &'a Plane, distance_m: f64) -> Self {
        Self { plane, distance_m, middle: Steps::from(plane.middle()), out: Vec::new() }
    }

    /// Everything within the distance of a position.
    pub(super) fn disc(&mut self, p: LonLat) {
        let steps = (TAU / ARC_STEP).ceil();
        let radius = self.distance_m * equal_area(TAU / steps);
        let around = self.middle.from_beside(p);
        let contour = (0..steps as usize).map(|k| {
            let (s, c) = (k as f64 * TAU / steps).sin_cos();
            self.plane.point(around.to(radius * c, radius * s))
        });
        self.out.push(contour.collect());
    }

    /// What is wanted of everything within the distance on the right of a closed ring (without a repeated last
    /// position). Only the edges that begin at `corners` (in rising order) are looked at, and their ends.
    pub(super) fn right_of_ring(&mut self, ring: &[LonLat], corners: &[u32], wanted: &impl Wanted) {
        let n = ring.len();
        if n == 1 {
            return self.disc(ring[0]);
        }
        let after = |i: usize| if i + 1 == n { 0 } else { i + 1 };
        let is_kept: Vec<bool> =
            corners.iter().map(|i| wanted.edge(*i as usize, ring[*i as usize], ring[after(*i as usize)])).collect();
        // Pieces, and whether each is joined to the one before it.
        let mut pieces: Vec<(Piece, bool)> = Vec::with_capacity(2 * corners.len() + 1);
        let mut visit = |corner: usize, coming_is_kept: bool, going_is_kept: bool| {
            let piece = self.corner(ring, corner, coming_is_kept, going_is_kept, wanted);
            let ends = match piece {
                Some(Piece::Arc { from, to, of, .. }) => (from == 0, to == of),
                Some(_) => (true, true),
                None => (false, false),
            };
            pieces.extend(piece.map(|piece| (piece, ends.0 && coming_is_kept)));
            if going_is_kept {
                pieces.push((Piece::Edge(corner), ends.1));
            }
        };
        let last_is_kept = corners.last().is_some_and(|i| *i as usize + 1 == n) && is_kept[corners.len() - 1];
        for (k, corner) in corners.iter().map(|i| *i as usize).enumerate() {
            let follows = k > 0 && corners[k - 1] as usize + 1 == corner;
            visit(corner, if corner == 0 { last_is_kept } else { follows && is_kept[k - 1] }, is_kept[k]);
            let next = after(corner);
            let next_comes = if next == 0 { corners[0] == 0 } else { corners.get(k + 1) == Some(&(next as u32)) };
            if !next_comes {
                visit(next, is_kept[k], false);
            }
        }
        // From a piece that is joined to none before it; where all are, from any, once round and back.
        let first = pieces.iter().position(|(_, joined)| !joined).unwrap_or(0);
        pieces.rotate_left(first);
        let mut from = 0;
        while from < pieces.len() {
            let most = pieces.len().min(from + PIECES_AT_ONCE);
            let to = (from + 1..most).find(|k| !pieces[*k].1).unwrap_or(most);
            let run = &pieces[from..to];
            from = to;
            let corner_of = |piece: &Piece| match piece {
                Piece::Edge(i) | Piece::Through(i) | Piece::Arc { corner: i, .. } => *i,
            };
            let first = corner_of(&run[0].0);
            let last = match run[run.len() - 1].0 {
                Piece::Edge(i) => after(i),
                ref other => corner_of(other),
            };
            let corners = run.iter().map(|(piece, _)| match piece {
                Piece::Arc { from, to, .. } => to - from + 1,
                Piece::Edge(_) | Piece::Through(_) => 3,
            });
            let mut contour = Vec::with_capacity(corners.sum::<usize>() + 2);
            contour.push(self.plane.point(ring[first]));
            run.iter().for_each(|(piece, _)| self.outer_side(ring, piece, &mut contour));
            // Back along the ring.
            let edges = run.iter().filter(|(piece, _)| matches!(piece, Piece::Edge(_))).count();
            let mut at = last;
            for _ in 0..edges {
                push(&mut contour, self.plane.point(ring[at]));
                at = if at == 0 { n - 1 } else { at - 1 };
            }
            if contour.len() > 2 {
                self.out.push(contour);
            }
        }
    }

    /// The piece at a corner.
    fn corner(
        &self,
        ring: &[LonLat],
        corner: usize,
        coming_is_kept: bool,
        going_is_kept: bool,
        wanted: &impl Wanted,
    ) -> Option<Piece> {
        let n = ring.len();
        let (before, at) = (ring[if corner == 0 { n - 1 } else { corner - 1 }], ring[corner]);
        let next = ring[if corner + 1 == n { 0 } else { corner + 1 }];
        let is_wanted = wanted.corner(corner, at);
        // Where both its edges are kept it may still be what joins them.
        if !(is_wanted || coming_is_kept && going_is_kept) {
            return None;
        }
        let around = self.middle.from_beside(at);
        let Bend::Left(start, turn) = Bend::new(&around, before, at, next)? else {
            return (coming_is_kept && going_is_kept).then_some(Piece::Through(corner));
        };
        if !is_wanted {
            return None;
        }
        let [from, to] = wanted.sector(corner, at, [start.east, start.north], turn)?;
        let of = steps_of(turn);
        let (from, to) = ((from * of).floor() as usize, (to * of).ceil() as usize);
        Some(Piece::Arc { corner, from, to, of: of as usize, start, turn })
    }

    /// Adds the outer side of a piece, from where the piece before it ends.
    fn outer_side(&self, ring: &[LonLat], piece: &Piece, contour: &mut Contour) {
        let beside = |around: &Steps, square: Heading, distance_m: f64| {
            around.to(distance_m * square.east, distance_m * square.north)
        };
        match *piece {
            Piece::Through(corner) => push(contour, self.plane.point(ring[corner])),
            Piece::Edge(i) => {
                let (a, b) = (ring[i], ring[if i + 1 == ring.len() { 0 } else { i + 1 }]);
                let [east, north] = self.middle.from_beside(a).metres(b.lon - a.lon, b.lat - a.lat);
                let bends = ((east * east + north * north).sqrt() / SIDE_STEP_M).ceil().max(1.0) as usize;
                for k in 0..=bends {
                    let t = k as f64 / bends as f64;
                    let p = match k {
                        0 => a,
                        _ if k == bends => b,
                        _ => LonLat::new(a.lon + (b.lon - a.lon) * t, a.lat + (b.lat - a.lat) * t),
                    };
                    let around = self.middle.from_beside(p);
                    let Some(heading) = Heading::new(&around, a, b) else { return };
                    push(contour, self.plane.point(beside(&around, heading.right(), self.distance_m)));
                }
            }
            Piece::Arc { corner, from, to, of, start, turn } => {
                let around = self.middle.from_beside(ring[corner]);
                let step = turn / of as f64;
                let (sin_step, cos_step) = sin_cos_of_step(step);
                let radius_m = self.distance_m * (step / sin_step).sqrt();
                let mut heading = start;
                if from > 0 {
                    let (sin, cos) = (step * from as f64).sin_cos();
                    heading = start.turned(sin, cos);
                }
                for k in from..=to {
                    // The very corners of the sides next to it, so that no hair is left between.
                    let distance_m = if k == 0 || k == of { self.distance_m } else { radius_m };
                    let p = beside(&around, heading, distance_m);
                    heading = heading.turned(sin_step, cos_step);
                    push(contour, self.plane.point(p));
                }
            }
        }
    }

    /// What is wanted of the brim of a ring's region: of each piece what lies beyond a share of the distance, a contour
    /// by itself. Only the edges that begin at `corners`, and the sectors there, are looked at.
    pub(super) fn brim_of_ring(&mut self, ring: &[LonLat], corners: &[u32], inner: f64, wanted: &impl Wanted) {
        let n = ring.len();
        for i in corners.iter().map(|i| *i as usize) {
            let at = ring[i];
            let (before, next) = (ring[if i == 0 { n - 1 } else { i - 1 }], ring[if i + 1 == n { 0 } else { i + 1 }]);
            let bend = match n {
                1 => Some(Bend::Left(Heading { east: 1.0, north: 0.0 }, TAU)),
                _ => Bend::new(&self.middle.from_beside(at), before, at, next),
            };
            if let (Some(Bend::Left(start, turn)), true) = (bend, wanted.corner(i, at))
                && let Some(shares) = wanted.sector(i, at, [start.east, start.north], turn)
            {
                let mut contour = self.outer_arc(at, start, turn, shares);
                self.inner_arc(at, start, shares.map(|share| share * turn), inner * self.distance_m, &mut contour);
                self.out.push(contour);
            }
            if n > 1 && wanted.edge(i, at, next) {
                let mut contour = Contour::new();
                self.outer_side(ring, &Piece::Edge(i), &mut contour);
                self.inner_edge(at, next, inner * self.distance_m, &mut contour);
                self.out.push(contour);
            }
        }
    }

    /// Part of the outer side of a sector, by shares of its turn: it begins and ends on the sides of the whole polygon.
    fn outer_arc(&self, at: LonLat, start: Heading, turn: f64, shares: [f64; 2]) -> Contour {
        let around = self.middle.from_beside(at);
        let of = steps_of(turn);
        let step = turn / of;
        let (sin_step, _) = sin_cos_of_step(step);
        let radius_m = self.distance_m * (step / sin_step).sqrt();
        let corner = |k: f64| {
            let is_side = (k == 0.0 || k == of) && turn < TAU;
            let length_m = if is_side { self.distance_m } else { radius_m };
            let (sin, cos) = (step * k).sin_cos();
            let heading = start.turned(sin, cos);
            around.to(length_m * heading.east, length_m * heading.north)
        };
        let on_side = |k: f64| match k.fract() {
            0.0 => corner(k),
            share => corner(k.floor()).lerp(corner(k.floor() + 1.0), share),
        };
        let [from, to] = shares.map(|share| share * of);
        let mut contour = Contour::new();
        push(&mut contour, self.plane.point(on_side(from)));
        let mut k = from.floor() + 1.0;
        while k < to {
            push(&mut contour, self.plane.point(corner(k)));
            k += 1.0;
        }
        push(&mut contour, self.plane.point(on_side(to)));
        contour
    }

    /// Adds the way back inside a sector, a few corners for many. It reaches a little further than the outer side at both
    /// ends, so that no crack is left between pieces that share a corner.
    fn inner_arc(&self, at: LonLat, start: Heading, [from, to]: [f64; 2], inner_m: f64, contour: &mut Contour) {
        const STEP: f64 = 8.0 * ARC_STEP;
        let around = self.middle.from_beside(at);
        let (from, to) = (from - FURTHER, to + FURTHER);
        let steps = ((to - from) / STEP).ceil();
        for k in (0..=steps as usize).rev() {
            let (sin, cos) = (from + (to - from) * k as f64 / steps).sin_cos();
            let heading = start.turned(sin, cos);
            push(contour, self.plane.point(around.to(inner_m * heading.east, inner_m * heading.north)));
        }
    }

    /// As [`Self::inner_arc`], beside an edge.
    fn inner_edge(&self, a: LonLat, b: LonLat, inner_m: f64, contour: &mut Contour) {
        for (at, further) in [(b, FURTHER), (a, -FURTHER)] {
            let around = self.middle.from_beside(at);
            if let Some(heading) = Heading::new(&around, a, b) {
                let inward = heading.right().turned(further.sin(), further.cos());
                push(contour, self.plane.point(around.to(inner_m * inward.east, inner_m * inward.north)));
            }
        }
    }

    /// The outer sides of all pieces of a ring's region, in its order.
    pub(super) fn sides_of_ring(&self, ring: &[LonLat]) -> Vec<Contour> {
        let n = ring.len();
        let mut sides = Vec::with_capacity(2 * n);
        for (i, at) in ring.iter().copied().enumerate() {
            let (before, next) = (ring[if i == 0 { n - 1 } else { i - 1 }], ring[if i + 1 == n { 0 } else { i + 1 }]);
            let bend = match n {
                1 => Some(Bend::Left(Heading { east: 1.0, north: 0.0 }, TAU)),
                _ => Bend::new(&self.middle.from_beside(at), before, at, next),
            };
            if let Some(Bend::Left(start, turn)) = bend {
                sides.push(self.outer_arc(at, start, turn, [0.0, 1.0]));
            }
            if n > 1 {
                let mut side = Contour::new();
                self.outer_side(ring, &Piece::Edge(i), &mut side);
                sides.push(side);
            }
        }
        sides
    }

    /// All of a ring's region.
    pub(super) fn around_ring(&mut self, ring: &[LonLat]) {
        let corners: Vec<u32> = (0..ring.len() as u32).collect();
        self.right_of_ring(ring, &corners, &Everything);
    }
}

/// Sine and cosine of the step of an arc by their series: at 2.7° less than a last digit is left.
pub(super) fn sin_cos_of_step(step: f64) -> (f64, f64) {
    let s2 = step * step;
    let sin = step * (1.0 - s2 / 6.0 * (1.0 - s2 / 20.0 * (1.0 - s2 / 42.0)));
    let cos = 1.0 - s2 / 2.0 * (1.0 - s2 / 12.0 * (1.0 - s2 / 30.0 * (1.0 - s2 / 56.0)));
    (sin, cos)
}

/// Adds a corner that is not the one before it.
pub(super) fn push(contour: &mut Contour, p: IntPoint<i64>) {
    if contour.last() != Some(&p) {
        contour.push(p);
    }
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
    if is_clockwise(&corners) != is_hole {
        corners.reverse();
    }
    corners
}
