//! Regions of what is small against the distance.
//!
//! Where the whole of a feature lies within the distance of the plane's middle, every piece of its region holds the middle, and
//! so does every line from there to what the piece holds. Then the region is bounded by whichever outer side lies farthest
//! in each direction: the upper envelope of the sides by their angle, found in one turn and without joining anything.

use super::Rings;
use crate::geodesy::LonLat;
use crate::query::overlay::{Contour, Plane};
use crate::query::region::Region;
use i_overlay::i_float::int::point::IntPoint;
use std::f64::consts::{PI, TAU};

/// Features of more corners are left to the other ways: each corner's side is held against those beside it.
const CORNERS: usize = 160;
/// How far from the middle a feature may reach, as a share of the distance.
const REACH: f64 = 0.9;
/// Directions nearer to one another are one; radians. Of a region of 100 km, a tenth of a step of the grid.
const SAME: f64 = 1e-13;
/// Sides nearer to one another are one; steps of the grid.
const STEP: f64 = 0.25;

/// A straight stretch of a side, seen from the middle.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    a: [f64; 2],
    b: [f64; 2],
    /// The directions of its ends, rising.
    from: f64,
    to: f64,
}

impl Stretch {
    /// How far from the middle it lies in a direction.
    fn reach(&self, [cos, sin]: [f64; 2]) -> f64 {
        let d = [self.b[0] - self.a[0], self.b[1] - self.a[1]];
        (self.a[0] * d[1] - self.a[1] * d[0]) / (cos * d[1] - sin * d[0])
    }
}

/// The region of rings about the middle of a plane; `None` where they are not small against the distance.
///
/// Cost: n log n in corners and steps of arcs, times the sides that lie in one direction.
pub(super) fn compact(rings: &Rings, plane: &Plane, distance_m: f64) -> Option<Contour> {
    let is_small = |p: &LonLat| {
        let [x, y] = plane.metres(&plane.point(*p));
        x.hypot(y) <= REACH * distance_m
    };
    if rings.positions.len() > CORNERS || rings.positions.is_empty() || !rings.positions.iter().all(is_small) {
        return None;
    }
    let region = Region::new(plane, distance_m);
    let mut stretches = Vec::with_capacity(512);
    for ring in rings.all() {
        for side in region.sides_of_ring(ring) {
            add(&side, &mut stretches)?;
        }
    }
    envelope(stretches)
}

/// Adds a side's stretches, those that pass due west on both sides of it. `None` where it turns back, seen from the middle.
fn add(side: &Contour, stretches: &mut Vec<Stretch>) -> Option<()> {
    let ends = side.iter().map(|p| [p.x as f64, p.y as f64]);
    let mut before: Option<([f64; 2], f64)> = None;
    for b in ends {
        let to = b[1].atan2(b[0]);
        if let Some((a, from)) = before {
            let by = if to - from < -PI { to - from + TAU } else { to - from };
            if !(-SAME..PI / 2.0).contains(&by) {
                return None;
            }
            let stretch = Stretch { a, b, from, to: from + by };
            stretches.push(stretch);
            if stretch.to > PI {
                stretches.push(Stretch { from: from - TAU, to: stretch.to - TAU, ..stretch });
            }
        }
        before = Some((b, to));
    }
    Some(())
}

/// The farthest of stretches in every direction, counter-clockwise; `None` where there is none in one.
fn envelope(mut stretches: Vec<Stretch>) -> Option<Contour> {
    stretches.retain(|stretch| stretch.to - stretch.from > SAME);
    stretches.sort_unstable_by(|a, b| a.from.total_cmp(&b.from));
    let mut directions: Vec<f64> = stretches.iter().flat_map(|s| [s.from, s.to]).collect();
    directions.extend([-PI, PI]);
    directions.retain(|t| (-PI..=PI).contains(t));
    directions.sort_unstable_by(f64::total_cmp);
    directions.dedup_by(|b, a| *b - *a <= SAME);
    let mut outline = Contour::with_capacity(directions.len());
    let mut push = |[x, y]: [f64; 2]| {
        let p = IntPoint { x: x.round() as i64, y: y.round() as i64 };
        if outline.last() != Some(&p) {
            outline.push(p);
        }
    };
    let (mut next, mut active): (usize, Vec<usize>) = (0, Vec::new());
    let mut last: Option<usize> = None;
    for pair in directions.windows(2) {
        let [start, end] = [pair[0], pair[1]];
        let middle = f64::midpoint(start, end);
        while stretches.get(next).is_some_and(|stretch| stretch.from < middle) {
            active.push(next);
            next += 1;
        }
        active.retain(|i| stretches[*i].to > middle);
        let ways = [start, end].map(|t| [t.cos(), t.sin()]);
        let reach = |i: usize, way: usize| stretches[i].reach(ways[way]);
        let at = |i: usize, way: usize| ways[way].map(|c| c * reach(i, way));
        // The farthest at the start; of equals the one that is farther at the end.
        let farther = |a: &usize, b: &usize| {
            let (s, t) = (reach(*a, 0), reach(*b, 0));
            if (s - t).abs() <= STEP { reach(*a, 1).total_cmp(&reach(*b, 1)) } else { s.total_cmp(&t) }
        };
        let mut own = *active.iter().max_by(|a, b| farther(a, b))?;
        if last != Some(own) {
            // Where one ends and the other begins, which may lie further in or out.
            if let Some(before) = last {
                push(at(before, 0));
            }
            push(at(own, 0));
        }
        // Others that cross it before the end, the first crossing first.
        loop {
            let own_stretch = stretches[own];
            let crossing = |i: usize| {
                let is_beyond = reach(i, 1) - reach(own, 1) > STEP;
                is_beyond.then(|| meet(&own_stretch, &stretches[i]))?
            };
            let ahead = active.iter().filter(|i| **i != own).filter_map(|i| Some((*i, crossing(*i)?)));
            let turn = |p: [f64; 2]| ways[0][0] * p[1] - ways[0][1] * p[0];
            let share = |p: [f64; 2]| turn(p) / p[0].hypot(p[1]);
            let Some((other, p)) = ahead.min_by(|(_, p), (_, q)| share(*p).total_cmp(&share(*q))) else { break };
            push(p);
            own = other;
        }
        last = Some(own);
    }
    push([-stretches[last?].reach([-1.0, 0.0]), 0.0]);
    if outline.len() > 1 && outline.first() == outline.last() {
        outline.pop();
    }
    (outline.len() > 2).then_some(outline)
}

/// Where the lines of two stretches meet.
fn meet(e: &Stretch, f: &Stretch) -> Option<[f64; 2]> {
    let (d, g) = ([e.b[0] - e.a[0], e.b[1] - e.a[1]], [f.b[0] - f.a[0], f.b[1] - f.a[1]]);
    let cross = d[0] * g[1] - d[1] * g[0];
    let t = ((f.a[0] - e.a[0]) * g[1] - (f.a[1] - e.a[1]) * g[0]) / cross;
    t.is_finite().then(|| [e.a[0] + t * d[0], e.a[1] + t * d[1]])
}
