//! Geodesic area of rings whose edges are straight in longitude and latitude.
//!
//! By Green's theorem the area is ∮ S(φ) dλ, where S(φ) = ∫₀^φ M N cos φ dφ has the closed form of
//! the authalic latitude (Snyder, *Map Projections*, USGS PP 1395, eq. 3-12). Along an edge φ is linear
//! in λ and S is smooth, so three Gauss–Legendre nodes a degree give full precision without densifying.

use super::LonLat;
use super::ellipsoid::{ECCENTRICITY_SQUARED, EQUATORIAL_RADIUS_M};

/// S(φ): area between equator and latitude, per radian of longitude; m²/rad.
fn area_to_equator(sin_lat: f64) -> f64 {
    let e2 = ECCENTRICITY_SQUARED;
    let e = e2.sqrt();
    let b2 = EQUATORIAL_RADIUS_M * EQUATORIAL_RADIUS_M * (1.0 - e2);
    let es = e * sin_lat;
    b2 / 2.0 * (sin_lat / (1.0 - es * es) + es.atanh() / e)
}

/// Mean of S over the latitudes of an edge, in radians.
fn mean_over_edge(lat_a: f64, lat_b: f64) -> f64 {
    const NODES: [(f64, f64); 3] =
        [(-0.774_596_669_241_483_4, 5.0 / 18.0), (0.0, 8.0 / 18.0), (0.774_596_669_241_483_4, 5.0 / 18.0)];
    let pieces = ((lat_b - lat_a).abs().to_degrees().ceil()).max(1.0);
    let step = (lat_b - lat_a) / pieces;
    let mut sum = 0.0;
    for k in 0..pieces as usize {
        let middle = lat_a + step * (k as f64 + 0.5);
        for (x, weight) in NODES {
            sum += weight * area_to_equator((middle + x * step / 2.0).sin());
        }
    }
    sum / pieces
}

/// Within so many degrees of a latitude the derivatives there serve; longer edges are integrated.
const SMALL_DEG: f64 = 0.05;

/// S(φ) − S(φ₀) near a latitude: its first three derivatives there. Off by less than 1e-10 of itself within
/// [`SMALL_DEG`].
struct Near {
    first: f64,
    second: f64,
    third: f64,
}

impl Near {
    fn new(lat_deg: f64) -> Self {
        let (s, c) = lat_deg.to_radians().sin_cos();
        let e2 = ECCENTRICITY_SQUARED;
        let per_w = 1.0 / (1.0 - e2 * s * s);
        let k = EQUATORIAL_RADIUS_M * EQUATORIAL_RADIUS_M * (1.0 - e2) * per_w * per_w;
        Self {
            first: k * c,
            second: k * s * (4.0 * e2 * c * c * per_w - 1.0),
            third: k
                * c
                * (4.0 * e2 * (c * c - 3.0 * s * s) * per_w + 24.0 * e2 * e2 * s * s * c * c * per_w * per_w - 1.0),
        }
    }

    /// The mean over an edge, whose ends are so many radians north of φ₀.
    #[inline]
    fn mean(&self, a: f64, b: f64) -> f64 {
        let (sum, squares) = (a + b, a * a + b * b);
        self.first / 2.0 * sum + self.second / 6.0 * (squares + a * b) + self.third / 24.0 * sum * squares
    }
}

/// The radius of a polygon of equal area to the arc, for arcs of radius 1 and steps of `step` radians.
pub fn equal_area(step: f64) -> f64 {
    (step / step.sin()).sqrt()
}

/// True where a ring runs clockwise seen from above. Without an area it runs neither way.
pub fn is_clockwise(ring: &[LonLat]) -> bool {
    // The side on which a simple ring has its inside is the same in any plane.
    let Some(first) = ring.first() else { return false };
    let mut twice = 0.0;
    for edge in ring.windows(2) {
        twice += (edge[0].lon - first.lon) * (edge[1].lat - first.lat);
        twice -= (edge[1].lon - first.lon) * (edge[0].lat - first.lat);
    }
    twice < 0.0
}

/// Signed area of a ring, m²: positive where it runs counter-clockwise seen from above.
///
/// The ring may be closed (last position repeats the first) or not. A ring that crosses itself has
/// the algebraic sum of its lobes. Good to 1e-9 relative down to a square metre.
pub fn ring_signed_area_m2(ring: &[LonLat]) -> f64 {
    let Some(first) = ring.first() else { return 0.0 };
    // Measured from the first latitude, so that small rings far from the equator lose no digits.
    let base = area_to_equator(first.lat.to_radians().sin());
    let (mut center, mut near, mut above_base) = (first.lat, Near::new(first.lat), 0.0);
    let mut sum = 0.0;
    let mut a = ring[ring.len() - 1];
    for b in ring {
        let d_lon = (b.lon - a.lon).to_radians();
        let is_near = |center: f64| (a.lat - center).abs() < SMALL_DEG && (b.lat - center).abs() < SMALL_DEG;
        if !is_near(center) && (b.lat - a.lat).abs() < SMALL_DEG {
            // The edges that follow will be near here too.
            center = b.lat;
            near = Near::new(center);
            above_base = area_to_equator(center.to_radians().sin()) - base;
        }
        let mean = if is_near(center) {
            above_base + near.mean((a.lat - center).to_radians(), (b.lat - center).to_radians())
        } else {
            mean_over_edge(a.lat.to_radians(), b.lat.to_radians()) - base
        };
        sum -= d_lon * mean;
        a = *b;
    }
    sum
}

/// Area of a ring whichever way it winds; m².
pub fn ring_area_m2(ring: &[LonLat]) -> f64 {
    ring_signed_area_m2(ring).abs()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geographiclib_rs::{Geodesic, PolygonArea, Winding};
    use proptest::prelude::*;

    /// Karney's polygon area with the edges densified: the oracle.
    fn karney(ring: &[LonLat], pieces: usize) -> f64 {
        let geodesic = Geodesic::wgs84();
        let mut polygon = PolygonArea::new(&geodesic, Winding::CounterClockwise);
        for (i, a) in ring.iter().enumerate() {
            let b = ring[(i + 1) % ring.len()];
            for k in 0..pieces {
                let t = k as f64 / pieces as f64;
                polygon.add_point(a.lat + (b.lat - a.lat) * t, a.lon + (b.lon - a.lon) * t);
            }
        }
        polygon.compute(true).1
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn agrees_with_karney(lon in 73.0..135.0_f64, lat in -50.0..54.0_f64, log_size in -4.0..0.3_f64, turns in prop::collection::vec(0.5..1.5_f64, 3..24)) {
            let size = 10_f64.powf(log_size);
            let n = turns.len() as f64;
            let ring: Vec<_> = turns.iter().enumerate().map(|(i, r)| {
                let (s, c) = (i as f64 / n * std::f64::consts::TAU).sin_cos();
                LonLat::new(lon + size * r * c, lat + size * r * s)
            }).collect();
            let ours = ring_signed_area_m2(&ring);
            let pieces = ((size / 0.002).ceil() as usize).clamp(16, 2000);
            let theirs = karney(&ring, pieces);
            prop_assert!((ours - theirs).abs() <= 1e-6 * theirs.abs(), "{ours} {theirs}");
            prop_assert!(ours > 0.0);
            prop_assert!(!is_clockwise(&ring));
            let backwards: Vec<_> = ring.iter().rev().copied().collect();
            prop_assert!((ring_signed_area_m2(&backwards) + ours).abs() <= 1e-9 * ours);
            prop_assert!(is_clockwise(&backwards));
        }

        #[test]
        fn rings_have_the_area_that_is_integrated(lat in -80.0..80.0_f64, turns in prop::collection::vec(0.1..1.0_f64, 3..60), log_size in -3.0..0.5_f64) {
            let n = turns.len() as f64;
            let ring: Vec<_> = turns.iter().enumerate().map(|(i, r)| {
                let (s, c) = (i as f64 / n * std::f64::consts::TAU).sin_cos();
                let r = r * 10_f64.powf(log_size);
                LonLat::new(121.0 + r * c, lat + r * s)
            }).collect();
            let base = area_to_equator(ring[0].lat.to_radians().sin());
            let integrated: f64 = ring.iter().enumerate().map(|(i, a)| {
                let b = ring[(i + 1) % ring.len()];
                -(b.lon - a.lon).to_radians() * (mean_over_edge(a.lat.to_radians(), b.lat.to_radians()) - base)
            }).sum();
            let ours = ring_signed_area_m2(&ring);
            prop_assert!((ours - integrated).abs() <= 1e-9 * ours, "{ours} {integrated}");
        }
    }

    #[test]
    fn a_quarter_of_the_ellipsoid() {
        // From equator to pole over 90° of longitude: an eighth of the whole, 510,065,621.72 km².
        let ring = [LonLat::new(0.0, 0.0), LonLat::new(90.0, 0.0), LonLat::new(90.0, 90.0), LonLat::new(0.0, 90.0)];
        let eighth = 510_065_621_724_088.5 / 8.0;
        assert!((ring_area_m2(&ring) / eighth - 1.0).abs() < 1e-9);
    }
}
