//! The WGS 84 ellipsoid (NIMA TR8350.2) and its two radii of curvature.

/// Semi-major axis, metres.
pub(super) const EQUATORIAL_RADIUS_M: f64 = 6_378_137.0;
/// Flattening.
pub(super) const FLATTENING: f64 = 1.0 / 298.257_223_563;
/// First eccentricity squared.
pub(super) const ECCENTRICITY_SQUARED: f64 = FLATTENING * (2.0 - FLATTENING);
/// Second eccentricity squared.
pub(super) const SECOND_ECCENTRICITY_SQUARED: f64 = ECCENTRICITY_SQUARED / (1.0 - ECCENTRICITY_SQUARED);
/// The smallest meridional radius of curvature, at the equator, metres.
pub(super) const MERIDIONAL_RADIUS_MIN_M: f64 = EQUATORIAL_RADIUS_M * (1.0 - ECCENTRICITY_SQUARED);

/// Sine and cosine of a latitude.
#[derive(Clone, Copy, Debug)]
pub(super) struct Latitude {
    pub(super) deg: f64,
    pub(super) sin: f64,
    pub(super) cos: f64,
}

/// Within this of a latitude its sine and cosine serve for another; degrees.
const BESIDE_DEG: f64 = 0.1;

impl Latitude {
    /// Of a latitude in degrees.
    #[inline]
    pub(super) fn new(deg: f64) -> Self {
        let (sin, cos) = deg.to_radians().sin_cos();
        Self { deg, sin, cos }
    }

    /// Of another; without trigonometry where it is within 0.1° of this one.
    #[inline]
    pub(super) fn beside(&self, deg: f64) -> Self {
        let d_deg = deg - self.deg;
        // Not within it where it is not a number.
        if d_deg.abs() <= BESIDE_DEG {
            // Series to the fourth order: 1.5e-16 is left.
            let d = d_deg.to_radians();
            let d2 = d * d;
            let (sin_d, cos_d) = (d * (1.0 - d2 / 6.0), 1.0 - d2 / 2.0 + d2 * d2 / 24.0);
            Self { deg, sin: self.sin * cos_d + self.cos * sin_d, cos: self.cos * cos_d - self.sin * sin_d }
        } else {
            Self::new(deg)
        }
    }

    /// Metres per degree of longitude (N cos φ) and of latitude (M).
    #[inline]
    pub(super) fn metres_per_degree(&self) -> [f64; 2] {
        let w2 = 1.0 - ECCENTRICITY_SQUARED * self.sin * self.sin;
        let normal = EQUATORIAL_RADIUS_M / w2.sqrt();
        [(normal * self.cos).to_radians(), (normal * (1.0 - ECCENTRICITY_SQUARED) / w2).to_radians()]
    }

    /// The position on the ellipsoid so many degrees east of the meridian of the first axis, in geocentric coordinates (the third
    /// axis points north); metres.
    pub(super) fn geocentric(&self, east_deg: f64) -> [f64; 3] {
        let normal = EQUATORIAL_RADIUS_M / (1.0 - ECCENTRICITY_SQUARED * self.sin * self.sin).sqrt();
        let (sin, cos) = east_deg.to_radians().sin_cos();
        let from_axis = normal * self.cos;
        [from_axis * cos, from_axis * sin, normal * (1.0 - ECCENTRICITY_SQUARED) * self.sin]
    }
}

/// Metres per degree of longitude (N cos φ) and of latitude (M) at a latitude in degrees, from one sine.
pub fn metres_per_degree(lat_deg: f64) -> [f64; 2] {
    Latitude::new(lat_deg).metres_per_degree()
}

/// M: radius of curvature along the meridian at a latitude in degrees; metres.
pub fn meridional_radius_m(lat_deg: f64) -> f64 {
    let s = lat_deg.to_radians().sin();
    let w2 = 1.0 - ECCENTRICITY_SQUARED * s * s;
    MERIDIONAL_RADIUS_MIN_M / (w2 * w2.sqrt())
}

/// N: radius of curvature in the prime vertical at a latitude in degrees; metres.
pub fn normal_radius_m(lat_deg: f64) -> f64 {
    let s = lat_deg.to_radians().sin();
    EQUATORIAL_RADIUS_M / (1.0 - ECCENTRICITY_SQUARED * s * s).sqrt()
}
