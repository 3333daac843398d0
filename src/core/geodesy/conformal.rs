//! A conformal plane: shapes small against the globe keep their shape, and circles stay circles, at a known scale.

use super::LonLat;
use super::ellipsoid::{ECCENTRICITY_SQUARED, EQUATORIAL_RADIUS_M};

/// The radius of the sphere, metres; it only sets the scale, which is told with every position.
const RADIUS_M: f64 = 6_371_000.0;

/// The oblique stereographic plane about a position: the ellipsoid conformally on a sphere, that on a plane (J. P. Snyder,
/// *Map projections: a working manual*, 20–21 and 3-1).
///
/// What it is for: distances up to some tens of kilometres, compared by one rule over a whole region. A circle about a
/// position is a circle here, its radius times the scale there, but for [`Self::share_off`].
#[derive(Clone, Copy, Debug)]
pub struct ConformalPlane {
    lon: f64,
    /// The origin in the polar plane of the sphere.
    origin: f64,
}

/// The isometric latitude of a latitude in radians.
fn isometric(lat: f64) -> f64 {
    let e = ECCENTRICITY_SQUARED.sqrt();
    lat.tan().asinh() - e * (e * lat.sin()).atanh()
}

impl ConformalPlane {
    /// The plane about a position, not a pole.
    pub fn about(origin: LonLat) -> Self {
        Self { lon: origin.lon.to_radians(), origin: (-isometric(origin.lat.to_radians())).exp() }
    }

    /// Metres east and north of the origin, times the scale there; and the scale: metres of the plane to one on the ground.
    pub fn to_xy(&self, p: LonLat) -> ([f64; 2], f64) {
        let lat = p.lat.to_radians();
        let far = (-isometric(lat)).exp();
        let (sin, cos) = (p.lon.to_radians() - self.lon).sin_cos();
        // (w − o) ∕ (1 + o w) of the polar plane's complex numbers, which turns the sphere until the origin is its pole.
        let (south, east) = (far * cos - self.origin, far * sin);
        let (re, im) = (1.0 + self.origin * far * cos, self.origin * far * sin);
        let norm = re * re + im * im;
        let diameter = 2.0 * RADIUS_M;
        let y = -diameter * (south * re + east * im) / norm;
        let x = diameter * (east * re - south * im) / norm;
        let sin_lat = lat.sin();
        let parallel_m = EQUATORIAL_RADIUS_M / (1.0 - ECCENTRICITY_SQUARED * sin_lat * sin_lat).sqrt() * lat.cos();
        ([x, y], diameter * (1.0 + self.origin * self.origin) / norm * far / parallel_m)
    }

    /// By what share of their radius circles of `radius_m` are off circles at most, about positions within so many metres
    /// of the origin in this plane: the scale changes across them.
    pub fn share_off(reach_m: f64, radius_m: f64) -> f64 {
        // Half of the radius times the scale's slope: that of the plane, and that of the sphere (e² sin φ cos φ).
        let slope = reach_m / (2.0 * RADIUS_M * RADIUS_M) + 0.0034 / RADIUS_M;
        let of_radius = radius_m / RADIUS_M;
        0.5 * radius_m * slope + of_radius * of_radius / 6.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::{destination, distance_m};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn circles_are_circles_at_the_scale(
            lat in -78.0..78.0_f64,
            away in (0.0..360.0_f64, 0.0..2e6_f64),
            azimuth in 0.0..360.0_f64,
            radius_m in 1.0..60_000.0_f64,
        ) {
            let origin = LonLat::new(121.5, lat);
            let center = destination(origin, away.0, away.1);
            prop_assume!(center.lat.abs() < 80.0);
            let plane = ConformalPlane::about(origin);
            let ([cx, cy], scale) = plane.to_xy(center);
            let ([x, y], _) = plane.to_xy(destination(center, azimuth, radius_m));
            let off = (x - cx).hypot(y - cy) / (radius_m * scale) - 1.0;
            let allowed = ConformalPlane::share_off(cx.hypot(cy), radius_m);
            prop_assert!(off.abs() <= 1.05 * allowed + 1e-8 / radius_m + 1e-9, "{off} for {allowed}");
        }
    }

    #[test]
    fn east_is_right_and_north_is_up() {
        let plane = ConformalPlane::about(LonLat::new(121.5, 31.0));
        for (to, east, north) in [([121.51, 31.0], true, false), ([121.5, 31.01], false, true)] {
            let (at, scale) = plane.to_xy(to.into());
            let far = distance_m(LonLat::new(121.5, 31.0), to.into());
            assert!(((at[0].hypot(at[1])) / (far * scale) - 1.0).abs() < 1e-5);
            assert_eq!((at[0] > 0.9 * far, at[1] > 0.9 * far), (east, north));
        }
    }
}
