//! Local planes: the tangent plane in which overlays run, and the step from a position by metres.

use super::ellipsoid::{Latitude, SECOND_ECCENTRICITY_SQUARED};
use super::{LonLat, LonLatBox, destination, ellipsoid, metres_per_degree};

/// A plane about an origin: x = N cos φ₀ Δλ metres east, y = M Δφ metres north.
///
/// It is affine in longitude and latitude, so an edge that is straight there is straight here, and
/// an overlay (which asks only which side a point is on) gives the same answer here as there. As a
/// *metric* it holds only near the origin; figures are taken after going back to longitude and latitude.
#[derive(Clone, Copy, Debug)]
pub struct LocalFrame {
    origin: LonLat,
    metres_per_deg_lon: f64,
    metres_per_deg_lat: f64,
}

impl LocalFrame {
    /// So far from its origin, east or north, its distances can be trusted.
    pub const NEAR_M: f64 = 20_000.0;

    /// The plane about `origin`.
    pub fn at(origin: LonLat) -> Self {
        let [metres_per_deg_lon, metres_per_deg_lat] = metres_per_degree(origin.lat);
        Self { origin, metres_per_deg_lon: metres_per_deg_lon.max(1e-3), metres_per_deg_lat }
    }

    /// Where it touches the ellipsoid.
    pub fn origin(&self) -> LonLat {
        self.origin
    }

    /// True where distances in this plane between positions of `area` are within a hundredth of the geodesic: within
    /// 20 km of the origin and 70° of the equator.
    pub fn is_near(&self, area: &LonLatBox) -> bool {
        let corners = [self.to_xy(area.min), self.to_xy(area.max)];
        self.origin.lat.abs() < 70.0 && corners.iter().flatten().all(|v| v.abs() < Self::NEAR_M)
    }

    /// The share by which distances in this plane are off at most between positions within so many metres of the origin,
    /// north and south: what a degree of longitude is worth changes with the tangent of the latitude, that of latitude by
    /// less than a hundredth of that of a radian.
    pub fn share_off(&self, within_m: f64) -> f64 {
        let d = within_m / ellipsoid::MERIDIONAL_RADIUS_MIN_M;
        let steepest = (self.origin.lat.abs().to_radians() + d).min(1.57);
        (steepest.tan() + 0.02) * d * (1.0 + d)
    }

    /// Metres east and north of the origin.
    pub fn to_xy(&self, p: LonLat) -> [f64; 2] {
        [(p.lon - self.origin.lon) * self.metres_per_deg_lon, (p.lat - self.origin.lat) * self.metres_per_deg_lat]
    }

    /// Metres that degrees of longitude and latitude are worth.
    pub fn to_xy_delta(&self, d_lon: f64, d_lat: f64) -> [f64; 2] {
        [d_lon * self.metres_per_deg_lon, d_lat * self.metres_per_deg_lat]
    }

    /// The position at metres east and north of the origin; rounding leads past no pole.
    pub fn to_lon_lat(&self, [x, y]: [f64; 2]) -> LonLat {
        let lat = self.origin.lat + y / self.metres_per_deg_lat;
        LonLat::new(self.origin.lon + x / self.metres_per_deg_lon, lat.clamp(-90.0, 90.0))
    }
}

/// Beyond this a step is taken by Karney's direct problem, metres.
const SERIES_LIMIT_M: f64 = 5_000.0;
/// Nearer to a pole than this too, degrees.
const SERIES_LIMIT_LAT: f64 = 75.0;

/// Steps from one position by metres east and north.
///
/// Up to 5 km by Legendre's series to the third order (W. Torge, *Geodesy*, 6.3): within 0.05 mm of Karney's direct
/// problem at 75°, 1 µm at 45°; the tests hold it to that. Beyond it by Karney's.
#[derive(Clone, Copy, Debug)]
pub struct Steps {
    from: LonLat,
    lat: Latitude,
    /// 1 ∕ N.
    per_normal: f64,
    tan: f64,
    /// 1 ∕ cos.
    sec: f64,
}

impl Steps {
    /// From a position.
    pub fn from(from: LonLat) -> Self {
        Self::with(from, Latitude::new(from.lat))
    }

    /// From another position; without trigonometry where it is within 0.1° of latitude of this one.
    pub fn from_beside(&self, from: LonLat) -> Self {
        Self::with(from, self.lat.beside(from.lat))
    }

    fn with(from: LonLat, lat: Latitude) -> Self {
        let w2 = 1.0 - ellipsoid::ECCENTRICITY_SQUARED * lat.sin * lat.sin;
        let sec = 1.0 / lat.cos;
        Self { from, lat, per_normal: w2.sqrt() / ellipsoid::EQUATORIAL_RADIUS_M, tan: lat.sin * sec, sec }
    }

    /// The position they start from.
    pub fn position(&self) -> LonLat {
        self.from
    }

    /// Metres that degrees of longitude and latitude are worth there.
    pub fn metres(&self, d_lon: f64, d_lat: f64) -> [f64; 2] {
        let v2 = 1.0 + SECOND_ECCENTRICITY_SQUARED * self.lat.cos * self.lat.cos;
        [d_lon.to_radians() * self.lat.cos / self.per_normal, d_lat.to_radians() / (v2 * self.per_normal)]
    }

    /// The position reached by `east_m` and `north_m` metres along one geodesic, with azimuth atan2(east, north) at
    /// the start.
    pub fn to(&self, east_m: f64, north_m: f64) -> LonLat {
        let length_2 = east_m * east_m + north_m * north_m;
        if length_2 > SERIES_LIMIT_M * SERIES_LIMIT_M || self.from.lat.abs() > SERIES_LIMIT_LAT {
            return destination(self.from, east_m.atan2(north_m).to_degrees(), length_2.sqrt());
        }
        self.about(east_m, north_m)
    }

    /// As [`Self::to`], by the series at any length: within 1e-5 of a length of 50 km below 70° of latitude.
    pub fn about(&self, east_m: f64, north_m: f64) -> LonLat {
        let Self { from, lat: Latitude { cos, .. }, per_normal, tan: t, sec } = *self;
        let (e, n) = (east_m * per_normal, north_m * per_normal);
        let t2 = t * t;
        let eta2 = SECOND_ECCENTRICITY_SQUARED * cos * cos;
        let (e2, n2) = (e * e, n * n);
        let d_lat = (1.0 + eta2)
            * (n - t / 2.0 * (e2 + 3.0 * eta2 * n2)
                - n * ((1.0 + 3.0 * t2 + eta2 - 9.0 * eta2 * t2) / 6.0 * e2 + eta2 * (1.0 - t2) / 2.0 * n2));
        let d_lon = e * (1.0 + t * n + (1.0 + 3.0 * t2 + eta2) / 3.0 * n2 - t2 / 3.0 * e2) * sec;
        LonLat::new(from.lon + d_lon.to_degrees(), from.lat + d_lat.to_degrees())
    }
}

/// Distances from one position to others near it, by the scale at the latitude half way: up to 100 km and below 75° of
/// latitude within a share of (length ∕ radius)² (1 + tan²) of the geodesic, which a test holds it to.
#[derive(Clone, Copy, Debug)]
pub struct Ruler {
    from: LonLat,
    /// Metres that a degree of longitude is worth, and what half a degree of latitude more changes of that.
    east: [f64; 2],
    north: f64,
}

impl Ruler {
    /// From a position; `beside` is one whose latitude is known.
    pub fn from_beside(beside: &Steps, from: LonLat) -> Self {
        let lat = beside.lat.beside(from.lat);
        let [east, north] = lat.metres_per_degree();
        Self { from, east: [east, -0.5 * east * (lat.sin / lat.cos).to_radians()], north }
    }

    /// The position that it measures from.
    pub fn position(&self) -> LonLat {
        self.from
    }

    /// The square of the distance to a position; m².
    #[inline]
    pub fn distance_2(&self, to: LonLat) -> f64 {
        let (d_lon, d_lat) = (to.lon - self.from.lon, to.lat - self.from.lat);
        let (x, y) = (d_lon * (self.east[0] + self.east[1] * d_lat), d_lat * self.north);
        x * x + y * y
    }
}

/// A segment in a plane, from which many distances are taken.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlanarEdge {
    a: [f64; 2],
    way: [f64; 2],
    /// One over the square of its length; 0 where it has none.
    over_length_2: f64,
}

impl PlanarEdge {
    /// From `a` to `b`.
    #[inline]
    pub fn new(a: [f64; 2], b: [f64; 2]) -> Self {
        let way = [b[0] - a[0], b[1] - a[1]];
        let length_2 = way[0] * way[0] + way[1] * way[1];
        Self { a, way, over_length_2: if length_2 > 0.0 { 1.0 / length_2 } else { 0.0 } }
    }

    /// The square of the distance to a position.
    #[inline]
    pub fn distance_2(&self, p: [f64; 2]) -> f64 {
        let [ux, uy] = self.way;
        let (px, py) = (p[0] - self.a[0], p[1] - self.a[1]);
        let t = (px * ux + py * uy) * self.over_length_2;
        // Comparisons rather than `clamp`, for what they compile to.
        let t = if t > 0.0 { t } else { 0.0 };
        let t = if t < 1.0 { t } else { 1.0 };
        let (dx, dy) = (px - t * ux, py - t * uy);
        dx * dx + dy * dy
    }
}

/// Square of the distance from `p` to the segment `a`–`b`, in a plane.
pub fn planar_distance_2(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    PlanarEdge::new(a, b).distance_2(p)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::distance_m;
    use geographiclib_rs::{DirectGeodesic, Geodesic};
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn near_the_origin_the_plane_is_off_by_less_than_a_hundredth(
            lat in -69.9..69.9_f64, a in (-20_000.0..20_000.0_f64, -20_000.0..20_000.0_f64), b in (-20_000.0..20_000.0_f64, -20_000.0..20_000.0_f64),
        ) {
            let frame = LocalFrame::at(LonLat::new(121.5, lat));
            let (p, q) = (frame.to_lon_lat([a.0, a.1]), frame.to_lon_lat([b.0, b.1]));
            prop_assert!(frame.is_near(&LonLatBox::of(&[p, q])));
            let plane = (a.0 - b.0).hypot(a.1 - b.1);
            prop_assert!((plane - distance_m(p, q)).abs() <= 0.01 * plane);
        }
    }

    #[test]
    fn a_ruler_measures_what_lies_near() {
        for lat in [-69.0_f64, -31.0, 0.0, 31.2, 48.0, 70.0] {
            let from = LonLat::new(121.5, lat);
            let steps = Steps::from(from);
            for length in [1.0, 3_000.0, 20_000.0, 50_000.0, 100_000.0] {
                for k in 0..16 {
                    let (s, c) = (f64::from(k) * std::f64::consts::FRAC_PI_8).sin_cos();
                    let to = crate::geodesy::destination(from, s.atan2(c).to_degrees(), length);
                    let off = Ruler::from_beside(&steps, from).distance_2(to).sqrt() / length - 1.0;
                    let radians = length / 6.35e6;
                    let tan = lat.to_radians().tan();
                    let allowed = radians * radians * (1.0 + tan * tan) + radians * 0.006 + 1e-7;
                    assert!(off.abs() <= allowed, "{lat} {length} {k}: {off} {allowed}");
                    if length <= 50_000.0 {
                        let about = steps.about(length * s, length * c);
                        assert!(distance_m(about, to) <= 1e-5 * length, "{lat} {length} {k}");
                    }
                }
            }
        }
    }

    #[test]
    fn offset_lands_at_its_length() {
        for lat in [-80.0, -60.0, 0.0, 18.2, 31.4, 53.5, 74.9] {
            let from = LonLat::new(121.5, lat);
            for length in [0.01, 12.0, 500.0, 2_000.0, 4_999.0, 5_001.0, 50_000.0] {
                for k in 0..16 {
                    let (s, c) = (f64::from(k) * std::f64::consts::FRAC_PI_8).sin_cos();
                    let to = Steps::from(from).to(length * s, length * c);
                    let off = (distance_m(from, to) - length).abs();
                    assert!(off < 1e-3, "lat {lat}, {length} m, direction {k}: {off} m off");
                }
            }
        }
    }

    #[test]
    fn offset_agrees_with_the_direct_problem() {
        let from = LonLat::new(121.5, 31.4);
        for k in 0..16 {
            let azimuth = f64::from(k) * 22.5;
            let (s, c) = azimuth.to_radians().sin_cos();
            let (lat, lon): (f64, f64) = Geodesic::wgs84().direct(from.lat, from.lon, azimuth, 2_000.0);
            let off = distance_m(Steps::from(from).to(2_000.0 * s, 2_000.0 * c), LonLat::new(lon, lat));
            assert!(off < 1e-6, "azimuth {azimuth}: {off} m");
            let [east, north] = Steps::from(from).metres(s * 1e-3, c * 1e-3);
            let there = distance_m(from, LonLat::new(from.lon + s * 1e-3, from.lat + c * 1e-3));
            assert!((east.hypot(north) / there - 1.0).abs() < 1e-4, "azimuth {azimuth}");
        }
    }

    #[test]
    fn a_plane_is_off_by_no_more_than_its_share() {
        for lat in [-69.0, -31.0, 0.0, 0.5, 18.0, 31.4, 54.0, 69.0] {
            let frame = LocalFrame::at(LonLat::new(121.5, lat));
            for within_m in [500.0, 4_000.0, 20_000.0] {
                let share = frame.share_off(within_m);
                assert!(share < 0.012, "{share}");
                for k in 0..400 {
                    // Pairs all over the square.
                    let at =
                        |k: usize| [(k % 20) as f64 / 9.5 - 1.0, (k / 20) as f64 / 9.5 - 1.0].map(|v| v * within_m);
                    let (a, b) = (at(k), at((k * 7 + 13) % 400));
                    let plane = (a[0] - b[0]).hypot(a[1] - b[1]);
                    let true_m = distance_m(frame.to_lon_lat(a), frame.to_lon_lat(b));
                    assert!((plane - true_m).abs() <= share * true_m + 1e-6, "{lat} {within_m}: {plane} {true_m}");
                }
            }
        }
    }

    #[test]
    fn frame_goes_there_and_back() {
        let frame = LocalFrame::at(LonLat::new(121.5, 31.4));
        let p = LonLat::new(121.512_345_6, 31.398_765_4);
        let q = frame.to_lon_lat(frame.to_xy(p));
        assert!((p.lon - q.lon).abs() < 1e-13 && (p.lat - q.lat).abs() < 1e-13);
    }
}
