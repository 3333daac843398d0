//! What facilities have near a home: outlines prepared once, and the sieve before anything is cut.

use super::overlay::{Contour, Plane};
use super::region::{Region, Wanted, outside_on_right, there_and_back};
use crate::geodesy::{LocalFrame, LonLat, LonLatBox, planar_distance_2};
use crate::index::{IndexedLayer, RunsOfPaths};
use crate::model::Shape;
use std::f64::consts::TAU;

/// What may lie within a radius of a home: decided by boxes, in the home's plane with a hundredth to spare.
pub(super) struct Reach {
    home: LonLatBox,
    pub(super) window: LonLatBox,
    frame: LocalFrame,
    /// Half the diagonal of the home's box; metres.
    half_m: f64,
    /// The radius, where the plane can be trusted over the whole window.
    radius_m: Option<f64>,
}

impl Reach {
    pub(super) fn new(home: LonLatBox, radius_m: f64) -> Self {
        let window = home.padded(radius_m);
        let frame = LocalFrame::at(home.center());
        let radius_m = frame.is_near(&window).then_some(radius_m);
        let [x, y] = frame.to_xy(home.max);
        Self { home, window, frame, half_m: (x * x + y * y).sqrt(), radius_m }
    }

    /// False where nothing in the box lies within the radius of the home's box.
    fn holds(&self, area: &LonLatBox) -> bool {
        if !area.intersects(&self.window) {
            return false;
        }
        let Some(radius_m) = self.radius_m else { return true };
        let gap = |a_min: f64, a_max: f64, b_min: f64, b_max: f64| (b_min - a_max).max(a_min - b_max).max(0.0);
        let [x, y] = self.frame.to_xy_delta(
            gap(area.min.lon, area.max.lon, self.home.min.lon, self.home.max.lon),
            gap(area.min.lat, area.max.lat, self.home.min.lat, self.home.max.lat),
        );
        x * x + y * y <= (radius_m * 1.02) * (radius_m * 1.02)
    }
}

/// What is wanted for a home that some edges serve anyway.
struct ForHome<'a> {
    reach: &'a Reach,
    /// Edges whose regions were added before, in the home's plane.
    before: Vec<[[f64; 2]; 2]>,
}

impl ForHome<'_> {
    /// True where an edge added before serves a place with a hundredth to spare.
    fn serves(&self, edge: usize, at: [f64; 2], radius_m: f64) -> bool {
        let [a, b] = self.before[edge];
        planar_distance_2(at, a, b) <= (radius_m * 0.98) * (radius_m * 0.98)
    }
}

impl ForHome<'_> {
    /// True where the convex region of one edge added before holds all of a contour.
    fn covers(&self, plane: &Plane, contour: &Contour) -> bool {
        let Some(radius_m) = self.reach.radius_m else { return false };
        let corners: Vec<[f64; 2]> = contour.iter().map(|p| plane.metres(p)).collect();
        (0..self.before.len()).any(|edge| corners.iter().all(|at| self.serves(edge, *at, radius_m)))
    }
}

impl Wanted for ForHome<'_> {
    fn edge(&self, a: LonLat, b: LonLat) -> bool {
        // The piece lies on the right of its edge. Straight in longitude and latitude, so the sides of the home's
        // box are exact; a hair is allowed for where the home only touches the line.
        let home = &self.reach.home;
        let (dx, dy) = (b.lon - a.lon, b.lat - a.lat);
        let lon = if dy >= 0.0 { home.max.lon } else { home.min.lon };
        let lat = if dx >= 0.0 { home.min.lat } else { home.max.lat };
        let reaches_right = dx * (lat - a.lat) - dy * (lon - a.lon) <= 1e-12;
        reaches_right && self.reach.holds(&LonLatBox::of(&[a, b]))
    }

    fn sector(&self, at: LonLat, start: f64, turn: f64) -> Option<[f64; 2]> {
        let reach = self.reach;
        if !reach.holds(&LonLatBox { min: at, max: at }) {
            return None;
        }
        let [x, y] = reach.frame.to_xy(at);
        let distance_m = (x * x + y * y).sqrt();
        if reach.radius_m.is_none() || distance_m <= reach.half_m * 1.1 {
            return Some([0.0, 1.0]);
        }
        // The directions in which the home lies, seen from the corner; the plane's angles are off by less than the
        // margin.
        const MARGIN: f64 = 0.03;
        let half = (reach.half_m / distance_m).asin() + MARGIN;
        let from = ((-y).atan2(-x) - half - start).rem_euclid(TAU);
        let to = from + 2.0 * half;
        let shares = match (from < turn, to > TAU) {
            (true, true) => [0.0, turn],
            (true, false) => [from, to.min(turn)],
            (false, true) => [0.0, (to - TAU).min(turn)],
            (false, false) => return None,
        };
        Some(shares.map(|angle| (angle / turn).min(1.0)))
    }

    fn covering(&self, p: LonLat, like: Option<usize>) -> Option<usize> {
        let radius_m = self.reach.radius_m?;
        let at = self.reach.frame.to_xy(p);
        let same = like.filter(|edge| self.serves(*edge, at, radius_m));
        same.or_else(|| (0..self.before.len()).find(|edge| self.serves(*edge, at, radius_m)))
    }
}

/// Outlines of facilities: rings with the outside on their right, and runs of their edges in a tree.
#[derive(Debug)]
pub(super) struct Outlines {
    positions: Vec<LonLat>,
    /// Where each ring ends in `positions`.
    ends: Vec<u32>,
    runs: RunsOfPaths,
}

impl Outlines {
    pub(super) fn new(facilities: &IndexedLayer) -> Self {
        let geometries = &facilities.layer().geometries;
        let (mut positions, mut ends) = (Vec::new(), Vec::new());
        let mut add = |ring: Vec<LonLat>| {
            positions.extend(ring);
            ends.push(positions.len() as u32);
        };
        for row in facilities.rows() {
            let Some(kind) = geometries.kind(row) else { continue };
            for part in geometries.parts(row) {
                for (i, path) in part.paths().enumerate() {
                    match kind.shape() {
                        Shape::Points => path.iter().for_each(|p| add(vec![*p])),
                        Shape::Lines => add(there_and_back(path)),
                        Shape::Polygons => add(outside_on_right(path, i > 0)),
                    }
                }
            }
        }
        let runs = RunsOfPaths::new(&positions, &ends);
        Self { positions, ends, runs }
    }

    fn ring(&self, ring: usize) -> &[LonLat] {
        let start = if ring == 0 { 0 } else { self.ends[ring - 1] as usize };
        &self.positions[start..self.ends[ring] as usize]
    }

    /// The corners whose edges (to the next corner) may serve a home: the ring, and the corners in rising order.
    pub(super) fn near(&self, reach: &Reach) -> Vec<(usize, Vec<u32>)> {
        let mut runs: Vec<(u32, u32, u32)> = Vec::new();
        self.runs.search(&reach.window, |ring, first, last, bounds| {
            if reach.holds(bounds) {
                runs.push((ring, first, last));
            }
        });
        runs.sort_unstable();
        let mut near: Vec<(usize, Vec<u32>)> = Vec::new();
        for (ring, first, last) in runs {
            match near.last_mut() {
                Some((same, corners)) if *same == ring as usize => corners.extend(first..last),
                _ => near.push((ring as usize, (first..last).collect())),
            }
        }
        near
    }

    /// True where one edge or point reaches all of `corners`: what lies within a radius of it is convex, so it
    /// reaches everything between them too. Decided in the home's plane with a hundredth to spare; where that is
    /// not enough the home is cut.
    pub(super) fn one_edge_serves(&self, near: &[(usize, Vec<u32>)], reach: &Reach, corners: &[LonLat]) -> bool {
        let Some(radius_m) = reach.radius_m else { return false };
        let frame = &reach.frame;
        let reach_2 = (radius_m * 0.99) * (radius_m * 0.99);
        // What is further than this from the middle of the home does not reach its farthest corner.
        let corners: Vec<[f64; 2]> = corners.iter().map(|p| frame.to_xy(*p)).collect();
        let from_middle = |p: &[f64; 2]| p[0] * p[0] + p[1] * p[1];
        let Some(farthest) = corners.iter().max_by(|a, b| from_middle(a).total_cmp(&from_middle(b))) else {
            return false;
        };
        near.iter().any(|(ring, starts)| {
            let ring = self.ring(*ring);
            starts.iter().any(|start| {
                let i = *start as usize;
                let a = frame.to_xy(ring[i]);
                let b = frame.to_xy(ring[if i + 1 == ring.len() { 0 } else { i + 1 }]);
                planar_distance_2(*farthest, a, b) <= reach_2
                    && corners.iter().all(|p| planar_distance_2(*p, a, b) <= reach_2)
            })
        })
    }

    /// Contours of what serves a home, clipped to the home's window, the nearest ring first: what the others add to it
    /// is less. `None` where one of them serves all of it.
    pub(super) fn serve(
        &self,
        mut near: Vec<(usize, Vec<u32>)>,
        reach: &Reach,
        plane: &Plane,
        window: &LonLatBox,
        distance_m: f64,
    ) -> Option<Vec<Contour>> {
        let mut home = ForHome { reach, before: Vec::new() };
        let edges_of = |ring: usize, corners: &[u32]| {
            let ring = self.ring(ring);
            let next = |i: usize| if i + 1 == ring.len() { 0 } else { i + 1 };
            let xy = |i: usize| reach.frame.to_xy(ring[i]);
            corners.iter().map(|i| [xy(*i as usize), xy(next(*i as usize))]).collect::<Vec<_>>()
        };
        near.sort_by_cached_key(|(ring, corners)| {
            let distances = edges_of(*ring, corners).into_iter().map(|[a, b]| planar_distance_2([0.0; 2], a, b));
            distances.fold(f64::MAX, f64::min).to_bits()
        });
        let mut served = Vec::new();
        for (ring, corners) in near {
            let mut region = Region::new(plane, distance_m);
            region.right_of_ring(self.ring(ring), &corners, &home);
            let contours = plane.clipped(region.out, window);
            if plane.one_covers(&contours, window) {
                return None;
            }
            served.extend(contours.into_iter().filter(|contour| !home.covers(plane, contour)));
            home.before.extend(edges_of(ring, &corners));
        }
        Some(served)
    }
}
