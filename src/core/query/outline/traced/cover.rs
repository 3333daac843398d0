//! What lies nearer to some edge than the distance, or inside an area, in the plane.

use super::curve::{Point, along, cross, dot, minus};
use super::hidden::{Corners, next};
use crate::geodesy::{LonLat, LonLatBox};
use crate::index::{PackedTree, RunsOfPaths};

/// Rings of more corners are looked up by runs of their edges.
const LONG_RING: usize = 256;

/// What bounds nothing: it lies within the region.
pub(super) struct Cover<'a> {
    corners: &'a Corners,
    runs: RunsOfPaths,
    widest: f64,
    /// The boxes of rings, and the ring of each, where areas may hold what is far from their borders.
    areas: Option<(PackedTree, Vec<u32>)>,
}

fn as_box(x: [f64; 2], y: [f64; 2]) -> LonLatBox {
    LonLatBox { min: LonLat::new(x[0], y[0]), max: LonLat::new(x[1], y[1]) }
}

impl<'a> Cover<'a> {
    /// By the edges of rings; by what they go round too, where that is asked for.
    pub(super) fn new(corners: &'a Corners, with_areas: bool) -> Self {
        let as_positions: Vec<LonLat> = corners.at.iter().map(|[x, y]| LonLat::new(*x, *y)).collect();
        let widest = corners.radius.iter().copied().fold(0.0, f64::max);
        let areas = with_areas.then(|| {
            let rings = (0..corners.ends.len()).filter(|ring| corners.range(*ring).len() > 2);
            let rings: Vec<u32> = rings.map(|ring| ring as u32).collect();
            let boxes: Vec<LonLatBox> =
                rings.iter().map(|ring| LonLatBox::of(&as_positions[corners.range(*ring as usize)])).collect();
            let (tree, order) = PackedTree::new(&boxes);
            (tree, order.into_iter().map(|i| rings[i as usize]).collect())
        });
        Self { corners, runs: RunsOfPaths::new(&as_positions, &corners.ends), widest, areas }
    }

    pub(super) fn holds(&self, p: Point) -> bool {
        self.is_near(p) || self.is_inside(p)
    }

    fn is_near(&self, p: Point) -> bool {
        /// What is nearer than this share of the distance is covered.
        const COVERED: f64 = 1.0 - 1e-8;
        let [x, y] = p.map(|v| [v - self.widest, v + self.widest]);
        let mut found = false;
        self.runs.search(&as_box(x, y), |ring, first, last, _| {
            if found {
                return;
            }
            let range = self.corners.range(ring as usize);
            found = (first..last).any(|i| {
                let a = range.start + i as usize;
                let b = next(&range, a);
                let (edge, way) = (minus(self.corners.at[b], self.corners.at[a]), minus(p, self.corners.at[a]));
                let length_2 = dot(edge, edge);
                let t = if length_2 > 0.0 { (dot(way, edge) / length_2).clamp(0.0, 1.0) } else { 0.0 };
                let off = minus(way, along([0.0; 2], edge, t));
                let radius = self.corners.radius[a] * (1.0 - t) + self.corners.radius[b] * t;
                dot(off, off) < (radius * COVERED).powi(2)
            });
        });
        found
    }

    /// True inside an area. Only for what is far from every border: there the plane's edges, which are straight in it and not
    /// in degrees, tell the same.
    fn is_inside(&self, p: Point) -> bool {
        let Some((tree, rings)) = &self.areas else { return false };
        let mut turns = 0;
        tree.search(&as_box([p[0]; 2], [p[1]; 2]), |item| {
            let number = rings[item];
            let range = self.corners.range(number as usize);
            if range.len() <= LONG_RING {
                turns += range.clone().map(|a| self.turn(a, next(&range, a), p)).sum::<i32>();
                return;
            }
            let east = self.runs_east(p);
            self.runs.search(&east, |ring, first, last, _| {
                if ring == number {
                    let edges = (first..last).map(|i| range.start + i as usize);
                    turns += edges.map(|a| self.turn(a, next(&range, a), p)).sum::<i32>();
                }
            });
        });
        turns > 0
    }

    fn runs_east(&self, p: Point) -> LonLatBox {
        as_box([p[0], f64::from(f32::MAX)], [p[1]; 2])
    }

    /// Whether an edge crosses the line from a point to the east: 1 on its way north, -1 on its way south.
    fn turn(&self, a: usize, b: usize, p: Point) -> i32 {
        let (a, b) = (self.corners.at[a], self.corners.at[b]);
        match (a[1] > p[1], b[1] > p[1]) {
            (false, true) => i32::from(cross(minus(b, a), minus(p, a)) > 0.0),
            (true, false) => -i32::from(cross(minus(b, a), minus(p, a)) < 0.0),
            _ => 0,
        }
    }
}
