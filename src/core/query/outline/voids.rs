//! Which rings of joined pieces bound the region, and which go round voids where pieces were left out.

use super::super::overlay::{Contour, Plane, twice_area};
use super::{Rings, share_off};
use crate::geodesy::{LocalFrame, LonLat, LonLatBox, Ruler, Steps, planar_distance_2};
use crate::index::RunsOfPaths;
use i_overlay::i_float::int::point::IntPoint;
use rayon::prelude::*;

/// Borders that a region keeps its distance from.
pub(super) struct Borders {
    pub(super) rings: Rings,
    runs: RunsOfPaths,
    distance_m: f64,
    /// A ring that comes nearer than this to a border does not bound the region: arcs are off by less.
    nearer_m: f64,
}

impl Borders {
    pub(super) fn new(rings: Rings, distance_m: f64) -> Self {
        let runs = RunsOfPaths::new(&rings.positions, &rings.ends);
        let bounds = LonLatBox::of(&rings.positions);
        let nearer_m = distance_m * (1.0 - share_off(&bounds, distance_m));
        Self { rings, runs, distance_m, nearer_m }
    }

    /// True where a border is nearer than the distance, less what arcs are off.
    fn is_near(&self, p: LonLat) -> bool {
        let window = LonLatBox { min: p, max: p }.padded(self.distance_m);
        let ruler = Ruler::from_beside(&Steps::from(p), p);
        let frame = LocalFrame::at(p);
        let nearer_m = self.nearer_m;
        let mut found = false;
        self.runs.search(&window, |ring, first, last, _| {
            if found {
                return;
            }
            let ring = self.rings.ring(ring as usize);
            let at = |i: u32| ring[if i as usize == ring.len() { 0 } else { i as usize }];
            found = (first..last).any(|i| {
                let (a, b) = (at(i), at(i + 1));
                if ruler.distance_2(a) < nearer_m * nearer_m {
                    return true;
                }
                // The foot in the plane about the position, and how far it is by the scale half way.
                let ([ax, ay], [bx, by]) = (frame.to_xy(a), frame.to_xy(b));
                let way_2 = (bx - ax).powi(2) + (by - ay).powi(2);
                if way_2 == 0.0 || planar_distance_2([0.0; 2], [ax, ay], [bx, by]) > 1.1 * nearer_m * nearer_m {
                    return false;
                }
                let t = (-(ax * (bx - ax) + ay * (by - ay)) / way_2).clamp(0.0, 1.0);
                ruler.distance_2(a.lerp(b, t)) < nearer_m * nearer_m
            });
        });
        found
    }

    /// Whether a ring bounds the region, by the middles of some of its edges: those of a border keep the distance, those
    /// of a void do not. `None` where it seems to be both.
    fn bounds(&self, plane: &Plane, ring: &Contour) -> Option<bool> {
        const LOOKED_AT: usize = 24;
        let n = ring.len();
        let is_near = |i: usize| {
            let (a, b) = (plane.position(&ring[i]), plane.position(&ring[if i + 1 == n { 0 } else { i + 1 }]));
            self.is_near(a.lerp(b, 0.5))
        };
        let looked_at = LOOKED_AT.min(n);
        let near = (0..looked_at).filter(|k| is_near(k * n / looked_at)).count();
        match near * 8 {
            few if few <= looked_at => Some(true),
            most if most >= looked_at * 7 => Some(false),
            _ => None,
        }
    }

    /// The polygons without the voids in which pieces lay that were left out; `None` where a void is not closed.
    pub(super) fn without_voids(&self, plane: &Plane, polygons: Vec<Vec<Contour>>) -> Option<Vec<Vec<Contour>>> {
        type Found = (Option<Contour>, Vec<Contour>);
        let found: Vec<Found> = polygons
            .into_par_iter()
            .map(|rings| {
                let (mut outer, mut holes) = (None, Vec::new());
                for (i, ring) in rings.into_iter().enumerate() {
                    match (self.bounds(plane, &ring)?, i) {
                        (false, _) => {}
                        (true, 0) => outer = Some(ring),
                        (true, _) => holes.push(ring),
                    }
                }
                Some((outer, holes))
            })
            .collect::<Option<_>>()?;
        let mut whole: Vec<Vec<Contour>> = Vec::new();
        // Holes whose ring round them was one of a void: they are in what lies round the void.
        let mut loose: Vec<Contour> = Vec::new();
        for (outer, holes) in found {
            match outer {
                Some(outer) => whole.push(std::iter::once(outer).chain(holes).collect()),
                None => loose.extend(holes),
            }
        }
        for hole in loose {
            let holding = whole.iter_mut().filter(|rings| holds(&rings[0], hole[0]));
            if let Some(smallest) = holding.min_by_key(|rings| twice_area(&rings[0])) {
                smallest.push(hole);
            }
        }
        Some(whole)
    }
}

/// Whether a contour holds a point of the grid that is not on it.
pub(super) fn holds(contour: &[IntPoint<i64>], p: IntPoint<i64>) -> bool {
    let edges = contour.iter().zip(contour.iter().cycle().skip(1));
    edges.filter(|(a, b)| is_east(**a, **b, p)).count() % 2 == 1
}

/// Whether an edge crosses the line from a point to the east.
pub(super) fn is_east(a: IntPoint<i64>, b: IntPoint<i64>, p: IntPoint<i64>) -> bool {
    (a.y > p.y) != (b.y > p.y) && (p.x - a.x) as f64 <= (b.x - a.x) as f64 * ((p.y - a.y) as f64 / (b.y - a.y) as f64)
}
