//! What facilities have near a home: outlines prepared once, and the home with less and less of it left.

use super::outline::Rings;
use super::overlay::{AllOrNothing, Contour, Operation, Plane, Polygons, overlay};
use super::region::{Region, Wanted};
use crate::geodesy::{LocalFrame, LonLat, LonLatBox, PlanarEdge, planar_distance_2};
use crate::index::{IndexedLayer, RunsOfPaths};
use smallvec::SmallVec;
use std::f64::consts::TAU;
use std::ops::Range;

/// What may lie within a radius of a home: decided by boxes, in the home's plane with a hundredth to spare.
pub(super) struct Reach {
    home: LonLatBox,
    pub(super) window: LonLatBox,
    frame: LocalFrame,
    /// Half the diagonal of the home's box; metres.
    half_m: f64,
    distance_m: f64,
    /// The radius, where the plane can be trusted over the whole window.
    radius_m: Option<f64>,
}

impl Reach {
    pub(super) fn new(home: LonLatBox, distance_m: f64) -> Self {
        let window = home.padded(distance_m);
        let frame = LocalFrame::at(home.center());
        let radius_m = frame.is_near(&window).then_some(distance_m);
        let [x, y] = frame.to_xy(home.max);
        Self { home, window, frame, half_m: (x * x + y * y).sqrt(), distance_m, radius_m }
    }

    /// The reach toward a part of the home.
    fn toward(&self, part: LonLatBox) -> Self {
        Self::new(part, self.distance_m)
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

impl Wanted for Reach {
    fn edge(&self, _: usize, a: LonLat, b: LonLat) -> bool {
        // The piece lies on the right of its edge. Straight in longitude and latitude, so the sides of the home's
        // box are exact; a hair is allowed for where the home only touches the line.
        let home = &self.home;
        let (dx, dy) = (b.lon - a.lon, b.lat - a.lat);
        let lon = if dy >= 0.0 { home.max.lon } else { home.min.lon };
        let lat = if dx >= 0.0 { home.min.lat } else { home.max.lat };
        let reaches_right = dx * (lat - a.lat) - dy * (lon - a.lon) <= 1e-12;
        reaches_right && self.holds(&LonLatBox::of(&[a, b]))
    }

    fn corner(&self, _: usize, at: LonLat) -> bool {
        self.holds(&LonLatBox { min: at, max: at })
    }

    fn sector(&self, _: usize, at: LonLat, [east, north]: [f64; 2], turn: f64) -> Option<[f64; 2]> {
        let [x, y] = self.frame.to_xy(at);
        let distance_m = (x * x + y * y).sqrt();
        if self.radius_m.is_none() || distance_m <= self.half_m * 1.1 {
            return Some([0.0, 1.0]);
        }
        // The directions in which the home lies, seen from the corner; the plane's angles are off by less than the
        // margin.
        const MARGIN: f64 = 0.03;
        let half = (self.half_m / distance_m).asin() + MARGIN;
        let toward = (y * -east - x * -north).atan2(x * -east + y * -north) - half;
        let from = if toward < 0.0 { toward + TAU } else { toward };
        let to = from + 2.0 * half;
        let shares = match (from < turn, to > TAU) {
            (true, true) => [0.0, turn],
            (true, false) => [from, to.min(turn)],
            (false, true) => [0.0, (to - TAU).min(turn)],
            (false, false) => return None,
        };
        Some(shares.map(|angle| (angle / turn).min(1.0)))
    }
}

/// What is left of a home while one facility after another serves its part: what is left is small soon, and most of the
/// others have nothing to add.
pub(super) struct Left<'a> {
    plane: &'a Plane,
    polygons: Vec<Vec<Contour>>,
    /// How many corners they have.
    corners: usize,
    /// What is to be taken away, until it has as many corners: large homes are not cut anew for each facility.
    waiting: Vec<Contour>,
    waiting_corners: usize,
    reach: Reach,
    is_whole: bool,
}

impl<'a> Left<'a> {
    /// All of a home.
    pub(super) fn new(plane: &'a Plane, home: Vec<Contour>, reach: Reach) -> Self {
        let corners = home.iter().map(Vec::len).sum();
        let (waiting, waiting_corners) = (Vec::new(), 0);
        Self { plane, polygons: vec![home], corners, waiting, waiting_corners, reach, is_whole: true }
    }

    /// What needs cutting: what is left, with room for borders that are cut off.
    pub(super) fn window(&self) -> LonLatBox {
        self.reach.home.padded(1.0)
    }

    /// True where nothing is known to be left.
    pub(super) fn is_empty(&self) -> bool {
        self.polygons.is_empty()
    }

    /// Takes away what some contours together wind round. They may wait for others.
    pub(super) fn take(&mut self, contours: Vec<Contour>) {
        if self.is_empty() {
            return;
        }
        let window = self.window();
        let contours = self.plane.clipped(contours, &window);
        match self.plane.all_or_nothing(&contours, &window) {
            Some(AllOrNothing::Nothing) => return,
            Some(AllOrNothing::All) => {
                self.is_whole = false;
                return self.polygons.clear();
            }
            None => self.is_whole = false,
        }
        self.waiting_corners += contours.iter().map(Vec::len).sum::<usize>();
        self.waiting.extend(contours);
        if self.waiting_corners >= self.corners {
            self.cut();
        }
    }

    /// Takes away what waits.
    fn cut(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        if std::mem::take(&mut self.waiting_corners) == 0 || self.is_empty() {
            return;
        }
        let before: Vec<Contour> = std::mem::take(&mut self.polygons).into_iter().flatten().collect();
        self.polygons = overlay(&before, &waiting, Operation::Difference);
        self.corners = self.polygons.iter().flatten().map(Vec::len).sum();
        self.reach = self.reach.toward(self.plane.bounds(self.polygons.iter().flatten()));
    }

    /// What is left, perhaps nothing; `None` where nothing came near.
    pub(super) fn taken(mut self) -> Option<Polygons> {
        self.cut();
        (!self.is_whole).then(|| self.plane.positions(&self.polygons))
    }
}

/// Outlines of facilities: rings with the outside on their right, and runs of their edges in a tree.
#[derive(Debug)]
pub(super) struct Outlines {
    rings: Rings,
    /// The row of each.
    rows: Vec<u32>,
    runs: RunsOfPaths,
}

/// The corners of a home in its plane, and of them the farthest from its middle: what serves all of it reaches that.
struct Farthest<'a> {
    frame: &'a LocalFrame,
    reach_2: f64,
    corners: SmallVec<[[f64; 2]; 64]>,
    corner: [f64; 2],
}

impl<'a> Farthest<'a> {
    /// `None` where the plane cannot be trusted, or nothing is there.
    fn new(reach: &'a Reach, home: &[LonLat]) -> Option<Self> {
        let (frame, radius_m) = (&reach.frame, reach.radius_m?);
        let corners: SmallVec<[[f64; 2]; 64]> = home.iter().map(|p| frame.to_xy(*p)).collect();
        let from_middle = |p: &[f64; 2]| p[0] * p[0] + p[1] * p[1];
        let corner = *corners.iter().max_by(|a, b| from_middle(a).total_cmp(&from_middle(b)))?;
        Some(Self { frame, reach_2: (radius_m * 0.99) * (radius_m * 0.99), corners, corner })
    }

    /// False where everything in a box is too far from it.
    fn may_be_served_from(&self, area: &LonLatBox) -> bool {
        let ([west, south], [east, north]) = (self.frame.to_xy(area.min), self.frame.to_xy(area.max));
        let [x, y] = self.corner;
        let (dx, dy) = ((west - x).max(x - east).max(0.0), (south - y).max(y - north).max(0.0));
        dx * dx + dy * dy <= self.reach_2
    }

    /// True where one of some edges of a ring reaches all corners.
    fn one_edge_serves(&self, ring: &[LonLat], edges: Range<u32>) -> bool {
        let xy = |i: u32| self.frame.to_xy(ring[if i as usize == ring.len() { 0 } else { i as usize }]);
        let mut a = xy(edges.start);
        edges.into_iter().any(|i| {
            let b = xy(i + 1);
            let edge = PlanarEdge::new(std::mem::replace(&mut a, b), b);
            let reaches = |p: &[f64; 2]| edge.distance_2(*p) <= self.reach_2;
            reaches(&self.corner) && self.corners.iter().all(reaches)
        })
    }
}

/// Corners of outlines near a home, ring by ring.
pub(super) struct NearRings {
    corners: Vec<u32>,
    rings: Vec<NearRing>,
}

/// A ring, and which of the corners are its own, in rising order.
struct NearRing {
    ring: usize,
    corners: Range<usize>,
}

impl Outlines {
    /// Outlines of chosen rows that homes within a radius may be near; those by the antimeridian stand on its other side
    /// too.
    pub(super) fn new(facilities: &IndexedLayer, is_chosen: impl Fn(usize) -> bool, radius_m: f64) -> Self {
        let (mut rings, mut rows) = (Rings::default(), Vec::new());
        for row in facilities.rows().filter(|row| is_chosen(*row)) {
            let first = rings.ends.len();
            rings.add(facilities.layer(), row);
            let window = facilities.layer().geometries.bounds(row).padded(radius_m);
            for (_, by) in window.turns() {
                rings.repeat(first, by);
            }
            rows.resize(rings.ends.len(), row as u32);
        }
        let runs = RunsOfPaths::new(&rings.positions, &rings.ends);
        Self { rings, rows, runs }
    }

    fn ring(&self, ring: usize) -> &[LonLat] {
        self.rings.ring(ring)
    }

    /// The corners whose edges (to the next corner) may serve a home; `None` where one edge or point reaches all of the
    /// home's own corners: what lies within a radius of it is convex, so it reaches everything between them too. That is
    /// decided in the home's plane with a hundredth to spare; where that is not enough the home is cut.
    pub(super) fn near(&self, reach: &Reach, home: &[LonLat]) -> Option<NearRings> {
        let mut runs: Vec<(u32, u32, u32)> = Vec::new();
        let mut one_serves = false;
        let farthest = Farthest::new(reach, home);
        self.runs.search(&reach.window, |ring, first, last, bounds| {
            if !one_serves && reach.holds(bounds) {
                one_serves = farthest.as_ref().is_some_and(|farthest| {
                    farthest.may_be_served_from(bounds)
                        && farthest.one_edge_serves(self.ring(ring as usize), first..last)
                });
                runs.push((ring, first, last));
            }
        });
        if one_serves {
            return None;
        }
        runs.sort_unstable();
        let count: u32 = runs.iter().map(|(_, first, last)| last - first).sum();
        let mut near = NearRings { corners: Vec::with_capacity(count as usize), rings: Vec::with_capacity(runs.len()) };
        for (ring, first, last) in runs {
            let start = near.corners.len();
            near.corners.extend(first..last);
            let end = near.corners.len();
            match near.rings.last_mut() {
                Some(same) if same.ring == ring as usize => same.corners.end = end,
                _ => near.rings.push(NearRing { ring: ring as usize, corners: start..end }),
            }
        }
        Some(near)
    }

    /// Takes what facilities serve, with their own ground, from what is left of a home, the nearest first. Gives their
    /// rows.
    pub(super) fn take_near(
        &self,
        near: &NearRings,
        left: &mut Left<'_>,
        ground: impl Fn(usize, &LonLatBox, &mut Vec<Contour>),
    ) -> SmallVec<[usize; 16]> {
        let row = |of: &NearRing| self.rows[of.ring] as usize;
        let frame = left.reach.frame;
        let distance_2 = |of: &NearRing| {
            let ring = self.ring(of.ring);
            let xy = |i: usize| frame.to_xy(ring[if i == ring.len() { 0 } else { i }]);
            let distances = near.corners[of.corners.clone()]
                .iter()
                .map(|i| planar_distance_2([0.0; 2], xy(*i as usize), xy(*i as usize + 1)));
            distances.fold(f64::MAX, f64::min)
        };
        let mut order: Vec<(f64, &[NearRing])> = near
            .rings
            .chunk_by(|a, b| row(a) == row(b))
            .map(|rings| (rings.iter().map(distance_2).fold(f64::MAX, f64::min), rings))
            .collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (_, rings) in &order {
            if left.is_empty() {
                break;
            }
            let mut region = Region::new(left.plane, left.reach.distance_m);
            for of in *rings {
                region.right_of_ring(self.ring(of.ring), &near.corners[of.corners.clone()], &left.reach);
            }
            let mut contours = region.out;
            ground(row(&rings[0]), &left.window(), &mut contours);
            left.take(contours);
        }
        order.iter().map(|(_, rings)| row(&rings[0])).collect()
    }
}
