//! Straight lines through the ellipsoid, and what they tell of geodesics: far beyond a plane, to a few decimetres.

use super::ellipsoid::{Latitude, MERIDIONAL_RADIUS_MIN_M};
use super::{LonLat, LonLatBox};

/// The places whose chords are told: at most this far from where they are told from, and from one another along an edge; radians.
pub const CHORDS_HOLD: f64 = 0.1;
/// And where they are told from at most this far north or south; degrees.
pub const CHORDS_HOLD_LAT: f64 = 70.0;

/// Geocentric coordinates, whose second axis points east of where chords are told from and whose third points north; metres.
pub type Geocentric = [f64; 3];

/// Where chords are told from.
#[derive(Clone, Copy, Debug)]
pub struct ChordsFrom {
    lat: Latitude,
    lon: f64,
}

impl ChordsFrom {
    /// From a position.
    pub fn new(p: LonLat) -> Self {
        Self::with(Latitude::new(p.lat), p.lon)
    }

    pub(super) fn with(lat: Latitude, lon: f64) -> Self {
        Self { lat, lon }
    }

    /// The place itself.
    pub fn here(&self) -> Geocentric {
        self.lat.geocentric(0.0)
    }

    /// A position.
    pub fn place(&self, q: LonLat) -> Geocentric {
        self.lat.beside(q.lat).geocentric(q.lon - self.lon)
    }

    /// The middle of a box, and how far a place in it is from that at most; metres.
    pub fn ball(&self, area: &LonLatBox) -> (Geocentric, f64) {
        let (middle, size) = (area.center(), [area.max.lon - area.min.lon, area.max.lat - area.min.lat]);
        let [east, north] = size.map(f64::to_radians);
        let lat = self.lat.beside(middle.lat);
        let radius = (east * (lat.cos + north / 2.0)).hypot(north) / 2.0;
        (lat.geocentric(middle.lon - self.lon), radius * 6.4e6)
    }

    /// An edge that is straight in longitude and latitude, by its chord.
    pub fn edge(&self, a: LonLat, b: LonLat) -> ChordEdge {
        ChordEdge::between((a, self.place(a)), (b, self.place(b)))
    }
}

/// The chord of an edge.
#[derive(Clone, Copy, Debug, Default)]
pub struct ChordEdge {
    from: Geocentric,
    along: Geocentric,
    /// One through the square of its length; 0 for an edge without length.
    per_length_2: f64,
    /// How far the edge is from it at most; metres.
    pub bent_m: f64,
}

impl ChordEdge {
    /// Of an edge that is straight in longitude and latitude, between two positions and their places.
    ///
    /// Along it the place turns by v²/R towards the earth's middle, by v² tan φ / R north and by twice that east, so that it
    /// leaves its chord by an eighth of their sum.
    pub fn between((a, from): (LonLat, Geocentric), (b, to): (LonLat, Geocentric)) -> Self {
        let along = minus(to, from);
        let length_2 = dot(along, along);
        let [x, y, z] = if a.lat.abs() > b.lat.abs() { from } else { to };
        let steepest = z.abs() / (x * x + y * y).sqrt();
        let bent_m = length_2 * (1.0 + 3.0 * steepest) / (7.0 * MERIDIONAL_RADIUS_MIN_M);
        Self { from, along, per_length_2: if length_2 > 0.0 { 1.0 / length_2 } else { 0.0 }, bent_m }
    }

    /// The square of its distance from a place, through the ellipsoid; m².
    #[inline]
    pub fn distance_2(&self, place: Geocentric) -> f64 {
        let to_place = minus(place, self.from);
        let t = (dot(to_place, self.along) * self.per_length_2).clamp(0.0, 1.0);
        let off = [0, 1, 2].map(|axis| to_place[axis] - t * self.along[axis]);
        dot(off, off)
    }
}

/// The square of the length of a chord; m².
#[inline]
pub fn chord_2(a: Geocentric, b: Geocentric) -> f64 {
    let off = minus(a, b);
    dot(off, off)
}

/// How long a geodesic is at least whose ends lie so far apart through the ellipsoid; metres.
///
/// One of curvature 1/R and chord c is c + c³/24R² + … long, and R at most 6,400 km: 6,500 km is taken for it.
#[inline]
pub fn geodesic_least_m(chord_m: f64) -> f64 {
    let chord_m = chord_m.max(0.0);
    chord_m * (1.0 + chord_m * chord_m / (24.0 * 6.5e6 * 6.5e6))
}

/// How long it is at most, within [`CHORDS_HOLD`]: R is at least 6,335 km, and 6,300 km is taken for it; metres.
#[inline]
pub fn geodesic_most_m(chord_m: f64) -> f64 {
    chord_m * (1.0 + chord_m * chord_m / (24.0 * 6.3e6 * 6.3e6))
}

fn minus(a: Geocentric, b: Geocentric) -> Geocentric {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn dot(u: Geocentric, v: Geocentric) -> f64 {
    u[0] * v[0] + u[1] * v[1] + u[2] * v[2]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::{distance_m, exact_distance_m, nearest_on_edge};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_chord_tells_the_geodesic_to_a_few_decimetres(
            lat in -70.0..70.0_f64, away in (-5.5..5.5_f64, -5.5..5.5_f64), to in (-1.0..1.0_f64, -1.0..1.0_f64), size in 0.0..1.0_f64,
        ) {
            let p = LonLat::new(121.0, lat);
            let a = LonLat::new(121.0 + away.0, lat + away.1);
            let b = LonLat::new(a.lon + to.0 * size * size, a.lat + to.1 * size * size);
            let from = ChordsFrom::new(p);
            let exact_m = exact_distance_m(p, a);
            if exact_m > 6.3e6 * CHORDS_HOLD {
                return Ok(());
            }
            let chord_m = chord_2(from.here(), from.place(a)).sqrt();
            prop_assert!(geodesic_least_m(chord_m) <= exact_m + 1e-6 && exact_m <= geodesic_most_m(chord_m) + 1e-6);
            let (edge, true_m) = (from.edge(a, b), nearest_on_edge(p, a, b, f64::INFINITY).expect("no limit").distance_m);
            let chord_m = edge.distance_2(from.here()).sqrt();
            let (least_m, most_m) = (geodesic_least_m(chord_m - edge.bent_m), geodesic_most_m(chord_m + edge.bent_m));
            prop_assert!(least_m <= true_m + 1e-3 && true_m <= most_m + 1e-3, "{least_m} {true_m} {most_m}");
            prop_assert!(most_m - least_m < 0.2 + 7e-5 * true_m + 2.2 * edge.bent_m, "{least_m} {most_m}");
        }

        #[test]
        fn all_of_a_box_lies_in_its_ball(
            lat in -75.0..75.0_f64, away in (-5.0..5.0_f64, -5.0..5.0_f64), size in (0.0..3.0_f64, 0.0..3.0_f64), at in (0.0..=1.0_f64, 0.0..=1.0_f64),
        ) {
            let from = ChordsFrom::new(LonLat::new(121.0, lat));
            let min = LonLat::new(121.0 + away.0, lat + away.1);
            let area = LonLatBox { min, max: LonLat::new(min.lon + size.0, min.lat + size.1) };
            let inside = LonLat::new(min.lon + at.0 * size.0, min.lat + at.1 * size.1);
            let (middle, radius_m) = from.ball(&area);
            prop_assert!(chord_2(middle, from.place(inside)).sqrt() <= radius_m + 1e-6);
            prop_assert!(radius_m <= 1.3 * distance_m(area.min, area.max) + 0.01 * (size.0 + size.1) * 1e5);
        }
    }
}
