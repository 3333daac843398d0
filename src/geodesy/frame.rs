//! Local planes: the tangent plane in which overlays run, and the step from a position by metres.

use super::{LonLat, LonLatBox, ellipsoid, metres_per_degree};
use geographiclib_rs::{DirectGeodesic, Geodesic};

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
    /// The plane about `origin`.
    pub fn at(origin: LonLat) -> Self {
        let [metres_per_deg_lon, metres_per_deg_lat] = metres_per_degree(origin.lat);
        Self { origin, metres_per_deg_lon: metres_per_deg_lon.max(1e-3), metres_per_deg_lat }
    }

    /// True where distances in this plane between positions of `area` are within a hundredth of the geodesic: within
    /// 20 km of the origin and 70° of the equator.
    pub fn is_near(&self, area: &LonLatBox) -> bool {
        const NEAR_M: f64 = 20_000.0;
        let corners = [self.to_xy(area.min), self.to_xy(area.max)];
        self.origin.lat.abs() < 70.0 && corners.iter().flatten().all(|v| v.abs() < NEAR_M)
    }

    /// Metres east and north of the origin.
    pub fn to_xy(&self, p: LonLat) -> [f64; 2] {
        [(p.lon - self.origin.lon) * self.metres_per_deg_lon, (p.lat - self.origin.lat) * self.metres_per_deg_lat]
    }

    /// Metres that degrees of longitude and latitude are worth.
    pub fn to_xy_delta(&self, d_lon: f64, d_lat: f64) -> [f64; 2] {
        [d_lon * self.metres_per_deg_lon, d_lat * self.metres_per_deg_lat]
    }

    /// The position at metres east and north of the origin.
    pub fn to_lon_lat(&self, [x, y]: [f64; 2]) -> LonLat {
        LonLat::new(self.origin.lon + x / self.metres_per_deg_lon, self.origin.lat + y / self.metres_per_deg_lat)
    }
}

/// Beyond this a step is taken by Karney's direct problem, metres.
const MID_LATITUDE_LIMIT_M: f64 = 5_000.0;

/// The position reached from `from` by `east_m` and `north_m` metres along one geodesic, with
/// azimuth atan2(east, north) at `from`.
///
/// Up to 5 km by the mid-latitude formula (under a millimetre off there), beyond it by Karney's direct problem.
pub fn offset(from: LonLat, east_m: f64, north_m: f64) -> LonLat {
    let length_m = east_m.hypot(north_m);
    if length_m > MID_LATITUDE_LIMIT_M || from.lat.abs() > 85.0 {
        let azimuth = east_m.atan2(north_m).to_degrees();
        let (lat, lon): (f64, f64) = Geodesic::wgs84().direct(from.lat, from.lon, azimuth, length_m);
        // Stay on the side of the antimeridian that `from` is on.
        return LonLat::new(lon + ((from.lon - lon) / 360.0).round() * 360.0, lat);
    }
    // The azimuth turns by Δλ sin φ along the way; at the middle it has turned by half of that.
    let e2 = ellipsoid::ECCENTRICITY_SQUARED;
    let (mut d_lat, mut d_lon) = (0.0_f64, 0.0_f64);
    for _ in 0..3 {
        let mid_rad = from.lat.to_radians() + d_lat / 2.0;
        let (sin_mid, cos_mid) = mid_rad.sin_cos();
        let w2 = 1.0 - e2 * sin_mid * sin_mid;
        let normal = ellipsoid::EQUATORIAL_RADIUS_M / w2.sqrt();
        let meridional = ellipsoid::MERIDIONAL_RADIUS_MIN_M / (w2 * w2.sqrt());
        let (sin_turn, cos_turn) = (d_lon * sin_mid / 2.0).sin_cos();
        let (east, north) = (east_m * cos_turn + north_m * sin_turn, north_m * cos_turn - east_m * sin_turn);
        d_lat = north / meridional;
        d_lon = east / (normal * cos_mid);
    }
    LonLat::new(from.lon + d_lon.to_degrees(), from.lat + d_lat.to_degrees())
}

/// Square of the distance from `p` to the segment `a`–`b`, in a plane.
pub fn planar_distance_2(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let (ux, uy) = (b[0] - a[0], b[1] - a[1]);
    let (px, py) = (p[0] - a[0], p[1] - a[1]);
    let length_2 = ux * ux + uy * uy;
    let t = if length_2 > 0.0 { ((px * ux + py * uy) / length_2).clamp(0.0, 1.0) } else { 0.0 };
    let (dx, dy) = (px - t * ux, py - t * uy);
    dx * dx + dy * dy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::distance_m;
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
    fn offset_lands_at_its_length() {
        for lat in [-60.0, 0.0, 18.2, 31.4, 53.5] {
            let from = LonLat::new(121.5, lat);
            for length in [0.01, 12.0, 500.0, 2_000.0, 4_999.0, 5_001.0, 50_000.0] {
                for k in 0..16 {
                    let (s, c) = (f64::from(k) * std::f64::consts::FRAC_PI_8).sin_cos();
                    let to = offset(from, length * s, length * c);
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
            let off = distance_m(offset(from, 2_000.0 * s, 2_000.0 * c), LonLat::new(lon, lat));
            assert!(off < 1e-3, "azimuth {azimuth}: {off} m");
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
