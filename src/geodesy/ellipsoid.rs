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

/// Metres per degree of longitude (N cos φ) and of latitude (M) at a latitude in degrees, from one sine.
pub fn metres_per_degree(lat_deg: f64) -> [f64; 2] {
    let (sin, cos) = lat_deg.to_radians().sin_cos();
    let w2 = 1.0 - ECCENTRICITY_SQUARED * sin * sin;
    let normal = EQUATORIAL_RADIUS_M / w2.sqrt();
    [(normal * cos).to_radians(), (normal * (1.0 - ECCENTRICITY_SQUARED) / w2).to_radians()]
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
