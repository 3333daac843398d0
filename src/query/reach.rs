//! Which edges and corners of facilities can serve a home at all: the sieve before anything is cut.

use super::region::{Pieces, outside_on_right, there_and_back};
use crate::geodesy::{LocalFrame, LonLat, LonLatBox, planar_distance_2};
use crate::index::IndexedLayer;
use crate::model::Shape;

/// What may lie within a radius of a home: decided by boxes, in the home's plane with a hundredth to spare.
pub(super) struct Reach {
    home: LonLatBox,
    pub(super) window: LonLatBox,
    frame: LocalFrame,
    /// The radius, where the plane can be trusted over the whole window.
    radius_m: Option<f64>,
}

impl Reach {
    pub(super) fn new(home: LonLatBox, radius_m: f64) -> Self {
        let window = home.padded(radius_m);
        let frame = LocalFrame::at(home.center());
        let radius_m = frame.is_near(&window).then_some(radius_m);
        Self { home, window, frame, radius_m }
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

/// The corners and edges of facilities near a home, each with its neighbours; those on whose served side no part of
/// the home lies are left out.
pub(super) struct Near {
    /// Edges with the outside (or, for lines, one side each way) on the right.
    edges: Vec<(LonLat, LonLat)>,
    corners: Vec<(LonLat, LonLat, LonLat)>,
    points: Vec<LonLat>,
}

impl Near {
    pub(super) fn new(facilities: &IndexedLayer, reach: &Reach) -> Self {
        let layer = facilities.layer();
        let mut near = Self { edges: Vec::new(), corners: Vec::new(), points: Vec::new() };
        let mut rows = Vec::new();
        facilities.runs_in(&reach.window, |run, bounds| {
            if reach.holds(bounds) {
                rows.push(run.row as usize);
            }
        });
        rows.sort_unstable();
        rows.dedup();
        for row in rows {
            let Some(kind) = layer.geometries.kind(row) else { continue };
            for part in layer.geometries.parts(row) {
                for (i, path) in part.paths().enumerate() {
                    match kind.shape() {
                        Shape::Points => {
                            near.points.extend(path.iter().filter(|p| reach.holds(&LonLatBox::of(&[**p]))))
                        }
                        Shape::Lines => near.ring(&there_and_back(path), reach),
                        Shape::Polygons => near.ring(&outside_on_right(path, i > 0), reach),
                    }
                }
            }
        }
        near
    }

    fn ring(&mut self, ring: &[LonLat], reach: &Reach) {
        let home = &reach.home;
        let n = ring.len();
        if n == 1 {
            self.points.push(ring[0]);
            return;
        }
        // A piece lies on the right of its edge. Straight in longitude and latitude, so the sides of the home's
        // box are exact; a hair is allowed for where the home only touches the line.
        let reaches_right = |a: LonLat, b: LonLat| {
            let (dx, dy) = (b.lon - a.lon, b.lat - a.lat);
            let lon = if dy >= 0.0 { home.max.lon } else { home.min.lon };
            let lat = if dx >= 0.0 { home.min.lat } else { home.max.lat };
            dx * (lat - a.lat) - dy * (lon - a.lon) <= 1e-12
        };
        let mut before_reaches = reaches_right(ring[n - 1], ring[0]);
        for i in 0..n {
            let (before, a, b) = (ring[(i + n - 1) % n], ring[i], ring[(i + 1) % n]);
            let reaches = reaches_right(a, b);
            if reaches && reach.holds(&LonLatBox::of(&[a, b])) {
                self.edges.push((a, b));
            }
            // A sector lies on the right of one of its edges at least.
            if (reaches || before_reaches) && reach.holds(&LonLatBox::of(&[a])) {
                self.corners.push((before, a, b));
            }
            before_reaches = reaches;
        }
    }

    pub(super) fn pieces(&self, pieces: &mut Pieces<'_>) {
        self.edges.iter().for_each(|(a, b)| pieces.right_of_edge(*a, *b));
        self.corners.iter().for_each(|(before, a, b)| pieces.right_of_corner(*before, *a, *b));
        self.points.iter().for_each(|p| pieces.disc(*p));
    }

    /// True where one edge or point reaches all of `corners`: what lies within a radius of it is convex, so it
    /// reaches everything between them too. Decided in the home's plane with a hundredth to spare; where that is
    /// not enough the home is cut.
    pub(super) fn one_edge_serves(&self, reach: &Reach, corners: &[LonLat], radius_m: f64) -> bool {
        if reach.radius_m.is_none() {
            return false;
        }
        let frame = &reach.frame;
        let corners: Vec<[f64; 2]> = corners.iter().map(|p| frame.to_xy(*p)).collect();
        let reach_2 = (radius_m * 0.99) * (radius_m * 0.99);
        let serves = |a: LonLat, b: LonLat| {
            let (a, b) = (frame.to_xy(a), frame.to_xy(b));
            corners.iter().all(|p| planar_distance_2(*p, a, b) <= reach_2)
        };
        self.edges.iter().any(|(a, b)| serves(*a, *b)) || self.points.iter().any(|p| serves(*p, *p))
    }
}
