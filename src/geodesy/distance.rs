//! Geodesic distances: point to point, point to edge, and the bound that prunes an index.
//!
//! Source: C. F. F. Karney, "Algorithms for geodesics", J. Geodesy 87 (2013), through geographiclib-rs.

use super::{LonLat, LonLatBox, ellipsoid, metres_per_degree};
use geographiclib_rs::{Geodesic, InverseGeodesic};
use std::sync::LazyLock;

static WGS84: LazyLock<Geodesic> = LazyLock::new(Geodesic::wgs84);

/// Length of the shortest geodesic between two positions; metres.
pub fn distance_m(a: LonLat, b: LonLat) -> f64 {
    WGS84.inverse(a.lat, a.lon, b.lat, b.lon)
}

/// Sum of the geodesic lengths of a path's edges; metres.
pub fn path_length_m(path: &[LonLat]) -> f64 {
    path.windows(2).map(|edge| distance_m(edge[0], edge[1])).sum()
}

/// The nearest place on an edge.
#[derive(Clone, Copy, Debug)]
pub struct EdgeFoot {
    /// Where it lies, from 0 at the edge's start to 1 at its end.
    pub t: f64,
    /// The place.
    pub position: LonLat,
    /// Its geodesic distance; metres.
    pub distance_m: f64,
}

/// An edge that spans more degrees than this is searched piece by piece, since the distance along
/// it may then have more than one minimum.
const PIECE_DEG: f64 = 2.0;
/// Below this the mid-latitude estimate may decide that an edge is out of reach: it is off by under a millimetre at
/// 31°, by 0.2 m at 84°, and the margin is a ten-thousandth.
const ESTIMATE_HOLDS_M: f64 = 10_000.0;
/// North of this it decides nothing.
const ESTIMATE_HOLDS_LAT: f64 = 84.0;
/// Room left around the estimate: this, and a ten-thousandth of it.
const ESTIMATE_MARGIN_M: f64 = 0.005;

/// The place of the edge `a`–`b` (straight in longitude and latitude) nearest to `p`, good to 1 mm,
/// or `None` where that is certainly further than `limit_m`.
///
/// The foot is found in the tangent plane at the mid-latitude of point and foot, then moved along the
/// edge until Karney's azimuth at the foot stands square to it. Cost: a few dozen flops where the
/// estimate rules the edge out, else two to four geodesics.
pub fn nearest_on_edge(p: LonLat, a: LonLat, b: LonLat, limit_m: f64) -> Option<EdgeFoot> {
    let span = (b.lon - a.lon).abs().max((b.lat - a.lat).abs());
    if span <= PIECE_DEG {
        return nearest_on_piece(p, a, b, limit_m);
    }
    let pieces = (span / PIECE_DEG).ceil();
    let at = |k: f64| along(a, b, k / pieces);
    let mut best: Option<EdgeFoot> = None;
    for k in 0..pieces as usize {
        let k = k as f64;
        let limit = best.map_or(limit_m, |f| f.distance_m);
        if let Some(foot) = nearest_on_piece(p, at(k), at(k + 1.0), limit)
            && best.is_none_or(|f| foot.distance_m < f.distance_m)
        {
            best = Some(EdgeFoot { t: (k + foot.t) / pieces, ..foot });
        }
    }
    best
}

fn along(a: LonLat, b: LonLat, t: f64) -> LonLat {
    LonLat::new(a.lon + (b.lon - a.lon) * t, a.lat + (b.lat - a.lat) * t)
}

fn nearest_on_piece(p: LonLat, a: LonLat, b: LonLat, limit_m: f64) -> Option<EdgeFoot> {
    // Bring the edge to the side of the antimeridian that the point is on.
    let turn = ((p.lon - (a.lon + b.lon) / 2.0) / 360.0).round() * 360.0;
    let a = LonLat::new(a.lon + turn, a.lat);
    let b = LonLat::new(b.lon + turn, b.lat);

    let (mut t, mut estimate) = (0.5, 0.0);
    let mut lat = p.lat;
    for _ in 0..2 {
        let [x_m, y_m] = metres_per_degree(lat);
        let (ux, uy) = ((b.lon - a.lon) * x_m, (b.lat - a.lat) * y_m);
        let (px, py) = ((p.lon - a.lon) * x_m, (p.lat - a.lat) * y_m);
        let length_2 = ux * ux + uy * uy;
        t = if length_2 > 0.0 { ((px * ux + py * uy) / length_2).clamp(0.0, 1.0) } else { 0.0 };
        let (dx, dy) = (px - t * ux, py - t * uy);
        estimate = (dx * dx + dy * dy).sqrt();
        lat = (p.lat + a.lat + (b.lat - a.lat) * t) / 2.0;
    }
    let decides = estimate < ESTIMATE_HOLDS_M && lat.abs() < ESTIMATE_HOLDS_LAT;
    if decides && estimate * (1.0 - 1e-4) > limit_m + ESTIMATE_MARGIN_M {
        return None;
    }
    let foot = settle(p, a, b, t);
    let foot = EdgeFoot { position: LonLat::new(foot.position.lon - turn, foot.position.lat), ..foot };
    (foot.distance_m <= limit_m).then_some(foot)
}

/// Moves the foot along the edge by what the geodesic to `p` leaves over in the edge's direction.
fn settle(p: LonLat, a: LonLat, b: LonLat, mut t: f64) -> EdgeFoot {
    let mut best = EdgeFoot { t, position: a, distance_m: f64::INFINITY };
    for _ in 0..12 {
        let q = along(a, b, t);
        let (distance, _azimuth_at_p, azimuth_at_q, _arc): (f64, f64, f64, f64) =
            WGS84.inverse(p.lat, p.lon, q.lat, q.lon);
        if distance >= best.distance_m {
            break;
        }
        best = EdgeFoot { t, position: q, distance_m: distance };
        let [x_m, y_m] = metres_per_degree(q.lat);
        let (east, north) = ((b.lon - a.lon) * x_m, (b.lat - a.lat) * y_m);
        let speed = (east * east + north * north).sqrt();
        if speed <= 0.0 || distance <= 0.0 {
            break;
        }
        // The azimuth at q points onward, away from p.
        let (sin_az, cos_az) = azimuth_at_q.to_radians().sin_cos();
        let onward = distance * (sin_az * east + cos_az * north) / speed;
        let next = (t - onward / speed).clamp(0.0, 1.0);
        // A foot off by s makes the distance s²/2d too long.
        let step = (next - t) * speed;
        if step * step < 2e-5 * distance {
            break;
        }
        t = next;
    }
    best
}

/// A length that no path between the two boxes can undercut, as far as it matters below `limit_m`.
///
/// The answer is a true lower bound wherever the true distance is at most `limit_m`; where it
/// exceeds `limit_m` so does the distance. A path no longer than the limit stays in a band of
/// latitude, and in that band a degree is worth at least M_min north and a cos φ east.
pub fn box_distance_bound_m(a: &LonLatBox, b: &LonLatBox, limit_m: f64) -> f64 {
    let gap_lat = (b.min.lat - a.max.lat).max(a.min.lat - b.max.lat).max(0.0);
    let mut gap_lon = (b.min.lon - a.max.lon).max(a.min.lon - b.max.lon).max(0.0);
    if gap_lon > 180.0 {
        // Round the antimeridian.
        let span = a.max.lon.max(b.max.lon) - a.min.lon.min(b.min.lon);
        gap_lon = gap_lon.min((360.0 - span).max(0.0));
    }
    let north_m = gap_lat.to_radians() * ellipsoid::MERIDIONAL_RADIUS_MIN_M;
    if gap_lon == 0.0 || !limit_m.is_finite() {
        return north_m;
    }
    // A path of this length from either box stays within this reach of it.
    let reach = (limit_m / ellipsoid::MERIDIONAL_RADIUS_MIN_M).to_degrees();
    let farthest = |b: &LonLatBox| b.max.lat.abs().max(b.min.lat.abs());
    let lat = farthest(a).min(farthest(b)) + reach;
    if lat >= 90.0 {
        return north_m;
    }
    let east_m = gap_lon.to_radians() * ellipsoid::EQUATORIAL_RADIUS_M * lat.to_radians().cos();
    (north_m * north_m + east_m * east_m).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Golden-section search on Karney's distance, from a fine scan: slow, and shares no code with the above.
    fn brute(p: LonLat, a: LonLat, b: LonLat) -> f64 {
        let n = 400;
        let f = |t: f64| distance_m(p, along(a, b, t));
        let k = (0..=n).min_by(|&i, &j| f(f64::from(i) / f64::from(n)).total_cmp(&f(f64::from(j) / f64::from(n))));
        let k = f64::from(k.expect("a scan is never empty"));
        let (mut lo, mut hi) = (((k - 1.0) / f64::from(n)).max(0.0), ((k + 1.0) / f64::from(n)).min(1.0));
        let g = 0.618_033_988_749_895;
        for _ in 0..90 {
            let (c, d) = (hi - g * (hi - lo), lo + g * (hi - lo));
            if f(c) < f(d) { hi = d } else { lo = c }
        }
        f((lo + hi) / 2.0).min(f(0.0)).min(f(1.0))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn foot_is_the_nearest_place(
            lon in 73.0..135.0_f64, lat in 3.0..54.0_f64,
            ax in -0.4..0.4_f64, ay in -0.4..0.4_f64, bx in -0.4..0.4_f64, by in -0.4..0.4_f64,
        ) {
            let (p, a, b) = (LonLat::new(lon, lat), LonLat::new(lon + ax, lat + ay), LonLat::new(lon + bx, lat + by));
            let ours = nearest_on_edge(p, a, b, f64::INFINITY).expect("no limit").distance_m;
            let theirs = brute(p, a, b);
            prop_assert!((ours - theirs).abs() < 1e-3, "{ours} {theirs}");
        }

        #[test]
        fn short_edges_are_good_to_a_tenth_of_a_millimetre(
            lat in 18.0..54.0_f64, ax in -0.02..0.02_f64, ay in -0.02..0.02_f64, bx in -0.02..0.02_f64, by in -0.02..0.02_f64,
        ) {
            let (p, a, b) = (LonLat::new(121.0, lat), LonLat::new(121.0 + ax, lat + ay), LonLat::new(121.0 + bx, lat + by));
            let ours = nearest_on_edge(p, a, b, f64::INFINITY).expect("no limit").distance_m;
            let theirs = brute(p, a, b);
            prop_assert!((ours - theirs).abs() < 1e-4, "{ours} {theirs}");
            // A limit just above the distance lets it through, one just below does not.
            prop_assert!(nearest_on_edge(p, a, b, ours + 1e-6).is_some());
            prop_assert!(nearest_on_edge(p, a, b, ours - 1e-6).is_none());
        }

        #[test]
        fn the_bound_never_exceeds_the_distance(
            a in (-179.0..179.0_f64, -80.0..80.0_f64), d in (-3.0..3.0_f64, -3.0..3.0_f64), w in (0.0..0.5_f64, 0.0..0.5_f64), room in 1.0..3.0_f64,
        ) {
            let p = LonLat::new(a.0, a.1);
            let q = LonLat::new((a.0 + d.0).clamp(-180.0, 180.0), a.1 + d.1);
            let box_p = LonLatBox::EMPTY.with(p);
            let box_q = LonLatBox::EMPTY.with(q).with(LonLat::new(q.lon + w.0, q.lat + w.1));
            let true_m = distance_m(p, q);
            prop_assert!(box_distance_bound_m(&box_p, &box_q, true_m * room) <= true_m * (1.0 + 1e-12) + 1e-9);
        }
    }

    #[test]
    fn far_north_a_limit_just_above_the_distance_lets_it_through() {
        for lat in [53.0, 65.0, 75.0, 80.0, 83.9, 86.0, 89.0] {
            for k in 0..24 {
                let (s, c) = (f64::from(k) * 0.26).sin_cos();
                let p = LonLat::new(20.0, lat);
                let a = crate::geodesy::offset(p, 9_950.0 * s, 9_950.0 * c);
                let b = LonLat::new(a.lon + 1e-5, a.lat);
                let true_m = brute(p, a, b);
                assert!(nearest_on_edge(p, a, b, true_m + 1e-3).is_some(), "lat {lat}, direction {k}");
            }
        }
    }

    #[test]
    fn a_long_parallel_is_searched_in_pieces() {
        // Due north of the middle of a parallel the nearest place is straight south, not at an end.
        let (p, a, b) = (LonLat::new(110.0, 40.0), LonLat::new(80.0, 39.0), LonLat::new(140.0, 39.0));
        let foot = nearest_on_edge(p, a, b, f64::INFINITY).expect("no limit");
        assert!((foot.distance_m - brute(p, a, b)).abs() < 1e-3);
    }

    #[test]
    fn edges_across_the_antimeridian_are_near() {
        let foot = nearest_on_edge(
            LonLat::new(179.99, 10.0),
            LonLat::new(-179.99, 9.9),
            LonLat::new(-179.99, 10.1),
            f64::INFINITY,
        )
        .expect("no limit");
        assert!((foot.distance_m - distance_m(LonLat::new(179.99, 10.0), foot.position)).abs() < 1e-6);
        assert!(foot.distance_m < 2_300.0);
    }

    #[test]
    fn an_edge_without_length_is_a_point() {
        let (p, a) = (LonLat::new(121.0, 31.0), LonLat::new(121.01, 31.0));
        let foot = nearest_on_edge(p, a, a, f64::INFINITY).expect("no limit");
        assert!((foot.distance_m - distance_m(p, a)).abs() < 1e-9);
    }
}
