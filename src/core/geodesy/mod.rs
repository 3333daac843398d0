//! Positions, distances, areas and local planes on the WGS 84 ellipsoid. The only caller of geographiclib.
//!
//! Coordinates are longitude, latitude in degrees (RFC 7946 §4); lengths are metres, areas square
//! metres. An edge is the straight line in longitude and latitude between its two positions
//! (RFC 7946 §3.1.1). CGCS2000 (EPSG:4490) is treated as the same ellipsoid.

mod apart;
mod area;
mod chord;
mod conformal;
pub mod crs;
mod distance;
mod ellipsoid;
mod frame;
mod short;

pub use apart::{GridBox, groups_apart};
pub use area::{equal_area, is_clockwise, ring_area_m2, ring_signed_area_m2};
pub use chord::{
    CHORDS_HOLD, CHORDS_HOLD_LAT, ChordEdge, ChordsFrom, Geocentric, chord_2, geodesic_least_m, geodesic_most_m,
};
pub use conformal::ConformalPlane;
pub use distance::{
    EdgeFoot, FromPosition, LowerBound, azimuth_deg, destination, distance_m, exact_distance_m, nearest_on_edge,
    path_length_m,
};
pub use ellipsoid::{meridional_radius_m, metres_per_degree, normal_radius_m};
pub use frame::{LocalFrame, PlanarEdge, Ruler, Steps, planar_distance_2};

use serde::{Deserialize, Serialize};

/// A position: longitude and latitude in degrees, in this order, on WGS 84.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LonLat {
    /// Degrees east, −180 to 180.
    pub lon: f64,
    /// Degrees north, −90 to 90.
    pub lat: f64,
}

impl LonLat {
    /// A position from degrees east and degrees north.
    pub const fn new(lon: f64, lat: f64) -> Self {
        Self { lon, lat }
    }

    /// The position at a share of the way to another, straight in degrees.
    pub fn lerp(self, to: Self, share: f64) -> Self {
        Self::new(self.lon + (to.lon - self.lon) * share, self.lat + (to.lat - self.lat) * share)
    }

    /// True where it is in range but for a turn of its longitude: as data from 0 to 360 have it.
    pub fn is_in_range_but_for_a_turn(self) -> bool {
        self.lon.abs() <= 360.0 && self.lat.abs() <= 90.0
    }

    /// True where both numbers are finite and in the range of longitude and latitude.
    pub fn is_in_range(self) -> bool {
        self.lon.abs() <= 180.0 && self.lat.abs() <= 90.0
    }
}

impl From<[f64; 2]> for LonLat {
    fn from([lon, lat]: [f64; 2]) -> Self {
        Self { lon, lat }
    }
}

impl From<LonLat> for [f64; 2] {
    fn from(p: LonLat) -> Self {
        [p.lon, p.lat]
    }
}

/// Which side of the line from `a` to `b` a position is on: positive left, negative right, 0 on it. Exact in sign
/// (J. R. Shewchuk's predicates, crate `robust`), in longitude and latitude as a plane.
pub fn side_of_line(a: LonLat, b: LonLat, p: LonLat) -> f64 {
    let coord = |q: LonLat| robust::Coord { x: q.lon, y: q.lat };
    robust::orient2d(coord(a), coord(b), coord(p))
}

/// Where two edges cross at a place inside both: the share of the first, from 0 to 1. Touching is none.
pub fn crossing(a: LonLat, b: LonLat, c: LonLat, d: LonLat) -> Option<f64> {
    let (from_c, from_d) = (side_of_line(a, b, c), side_of_line(a, b, d));
    if from_c * from_d >= 0.0 {
        return None;
    }
    let (from_a, from_b) = (side_of_line(c, d, a), side_of_line(c, d, b));
    (from_a * from_b < 0.0).then(|| from_a / (from_a - from_b))
}

/// A box in longitude and latitude, degrees; empty where `min` exceeds `max`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LonLatBox {
    /// South-west corner.
    pub min: LonLat,
    /// North-east corner.
    pub max: LonLat,
}

impl LonLatBox {
    /// The box that holds nothing.
    pub const EMPTY: Self =
        Self { min: LonLat::new(f64::INFINITY, f64::INFINITY), max: LonLat::new(f64::NEG_INFINITY, f64::NEG_INFINITY) };

    /// The box of a run of positions.
    pub fn of(positions: &[LonLat]) -> Self {
        // Comparisons rather than `f64::min`, whose care for NaN keeps the loop from being vectorized.
        let mut b = Self::EMPTY;
        for p in positions {
            b.min.lon = if p.lon < b.min.lon { p.lon } else { b.min.lon };
            b.min.lat = if p.lat < b.min.lat { p.lat } else { b.min.lat };
            b.max.lon = if p.lon > b.max.lon { p.lon } else { b.max.lon };
            b.max.lat = if p.lat > b.max.lat { p.lat } else { b.max.lat };
        }
        b
    }

    /// This box, grown to hold `p`.
    pub fn with(self, p: LonLat) -> Self {
        self.union(Self { min: p, max: p })
    }

    /// The smallest box that holds both.
    pub fn union(self, other: Self) -> Self {
        Self {
            min: LonLat::new(self.min.lon.min(other.min.lon), self.min.lat.min(other.min.lat)),
            max: LonLat::new(self.max.lon.max(other.max.lon), self.max.lat.max(other.max.lat)),
        }
    }

    /// What both boxes share; empty where they are apart.
    pub fn intersection(self, other: Self) -> Self {
        Self {
            min: LonLat::new(self.min.lon.max(other.min.lon), self.min.lat.max(other.min.lat)),
            max: LonLat::new(self.max.lon.min(other.max.lon), self.max.lat.min(other.max.lat)),
        }
    }

    /// True where it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.min.lon > self.max.lon || self.min.lat > self.max.lat
    }

    /// True where `p` lies in it or on its border.
    pub fn contains(&self, p: LonLat) -> bool {
        p.lon >= self.min.lon && p.lon <= self.max.lon && p.lat >= self.min.lat && p.lat <= self.max.lat
    }

    /// True where all of `other` lies in it.
    pub fn contains_box(&self, other: &Self) -> bool {
        self.contains(other.min) && self.contains(other.max)
    }

    /// True where the two share at least a point.
    pub fn intersects(&self, other: &Self) -> bool {
        !self.intersection(*other).is_empty()
    }

    /// A box that reaches beyond an antimeridian as boxes on the other side of it, each with the degrees of longitude that
    /// lead from here to there: what lies in it lies in those too, a turn away. None for a box within the half turns.
    pub fn turns(&self) -> impl Iterator<Item = (Self, f64)> + use<> {
        let moved = |by: f64| Self {
            min: LonLat::new(self.min.lon + by, self.min.lat),
            max: LonLat::new(self.max.lon + by, self.max.lat),
        };
        let west = (self.min.lon < -180.0).then(|| (moved(360.0), 360.0));
        let east = (self.max.lon > 180.0).then(|| (moved(-360.0), -360.0));
        [west, east].into_iter().flatten()
    }

    /// On which sides of it a position lies outside: a bit each for west, east, south, north.
    fn sides_beyond(&self, p: LonLat) -> u8 {
        u8::from(p.lon < self.min.lon)
            | u8::from(p.lon > self.max.lon) << 1
            | u8::from(p.lat < self.min.lat) << 2
            | u8::from(p.lat > self.max.lat) << 3
    }

    /// A ring without its closing position and without corners that lie, with their neighbours, beyond one side of
    /// the box: what is left winds round every place in the box as the ring does.
    pub fn near_ring(&self, ring: &[LonLat]) -> Vec<LonLat> {
        let open = match ring {
            [first, .., last] if first == last => &ring[..ring.len() - 1],
            _ => ring,
        };
        let mut near = Vec::with_capacity(open.len().min(64));
        let mut before = open.last().map_or(0, |p| self.sides_beyond(*p));
        for (i, p) in open.iter().enumerate() {
            let here = self.sides_beyond(*p);
            let next = self.sides_beyond(open[if i + 1 == open.len() { 0 } else { i + 1 }]);
            // The last position stays, so that the first one's neighbour is what it was taken for.
            if before & here & next == 0 || i + 1 == open.len() {
                near.push(*p);
                before = here;
            }
        }
        near
    }

    /// An open ring clipped to the box (Sutherland and Hodgman 1974). It may run back along the border of the box.
    pub fn clipped_ring(&self, ring: &[LonLat]) -> Vec<LonLat> {
        let beyond = ring.iter().fold(0, |sides, p| sides | self.sides_beyond(*p));
        let mut out = ring.to_vec();
        type Depth = fn(&LonLatBox, LonLat) -> f64;
        let depths: [Depth; 4] =
            [|b, p| p.lon - b.min.lon, |b, p| b.max.lon - p.lon, |b, p| p.lat - b.min.lat, |b, p| b.max.lat - p.lat];
        let crossed = (0..4).filter(|side| beyond & (1 << side) != 0);
        for depth in crossed.map(|side| depths[side]) {
            let input = std::mem::take(&mut out);
            for (i, b) in input.iter().enumerate() {
                let a = input[if i == 0 { input.len() - 1 } else { i - 1 }];
                let (da, db) = (depth(self, a), depth(self, *b));
                if (da >= 0.0) != (db >= 0.0) {
                    let t = da / (da - db);
                    out.push(LonLat::new(a.lon + (b.lon - a.lon) * t, a.lat + (b.lat - a.lat) * t));
                }
                if db >= 0.0 {
                    out.push(*b);
                }
            }
        }
        out
    }

    /// The middle.
    pub fn center(&self) -> LonLat {
        LonLat::new((self.min.lon + self.max.lon) / 2.0, (self.min.lat + self.max.lat) / 2.0)
    }

    /// This box grown on every side so that it holds every position within `distance_m` of it:
    /// latitude by D/M, longitude by D/(N cos φ), both at the extreme latitude of the grown box.
    pub fn padded(&self, distance_m: f64) -> Self {
        if self.is_empty() {
            return *self;
        }
        // The meridional radius is smallest at the equator, so this pads too much rather than too little.
        let d_lat = (distance_m / ellipsoid::MERIDIONAL_RADIUS_MIN_M).to_degrees();
        let (south, north) = (self.min.lat - d_lat, self.max.lat + d_lat);
        let parallel_m = ellipsoid::EQUATORIAL_RADIUS_M * south.abs().max(north.abs()).to_radians().cos();
        let d_lon =
            if parallel_m > distance_m / std::f64::consts::PI { (distance_m / parallel_m).to_degrees() } else { 360.0 };
        Self { min: LonLat::new(self.min.lon - d_lon, south), max: LonLat::new(self.max.lon + d_lon, north) }
    }
}
