//! Geodesic distances: point to point, point to edge, and the bound that prunes an index.
//!
//! Source: C. F. F. Karney, "Algorithms for geodesics", J. Geodesy 87 (2013), through geographiclib-rs.

use super::chord::{CHORDS_HOLD, CHORDS_HOLD_LAT, ChordsFrom, geodesic_least_m};
use super::ellipsoid::Latitude;
use super::short::ShortGeodesic;
use super::{LonLat, LonLatBox, ellipsoid, metres_per_degree, planar_distance_2};
use geographiclib_rs::{DirectGeodesic, Geodesic, InverseGeodesic};
use std::sync::LazyLock;

static WGS84: LazyLock<Geodesic> = LazyLock::new(Geodesic::wgs84);

/// Length of the shortest geodesic between two positions, within 2 µm of [`exact_distance_m`]; metres.
pub fn distance_m(a: LonLat, b: LonLat) -> f64 {
    ShortGeodesic::new(a, b).map_or_else(|| exact_distance_m(a, b), |short| short.length_m)
}

/// Length of the shortest geodesic between two positions by Karney's algorithm; metres.
pub fn exact_distance_m(a: LonLat, b: LonLat) -> f64 {
    WGS84.inverse(a.lat, a.lon, b.lat, b.lon)
}

/// Azimuth at `a` of the geodesic to `b` by Karney's algorithm; degrees clockwise from north, from 0 to 360.
pub fn azimuth_deg(a: LonLat, b: LonLat) -> f64 {
    let (_, azimuth, _, _): (f64, f64, f64, f64) = WGS84.inverse(a.lat, a.lon, b.lat, b.lon);
    azimuth.rem_euclid(360.0)
}

/// The position reached from another by so many metres along the geodesic that begins with this azimuth (degrees
/// clockwise from north), by Karney's algorithm; on the side of the antimeridian where the way began.
pub fn destination(from: LonLat, azimuth_deg: f64, distance_m: f64) -> LonLat {
    let (lat, lon): (f64, f64) = WGS84.direct(from.lat, from.lon, azimuth_deg, distance_m);
    LonLat::new(lon + ((from.lon - lon) / 360.0).round() * 360.0, lat)
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
/// Within this distance and latitude the plane at a position is off by less than a hundredth.
const PLANE_HOLDS_M: f64 = 20_000.0;
const PLANE_HOLDS_LAT: f64 = 70.0;
/// Within so many degrees of latitude what a degree is worth changes evenly.
const NEAR_LAT_DEG: f64 = 0.05;

/// A position from which edges are measured, and what a degree is worth there.
#[derive(Clone, Copy, Debug)]
pub struct FromPosition {
    p: LonLat,
    lat: Latitude,
    /// Metres east and north that a degree is worth.
    m_per_deg: [f64; 2],
    /// What the metres east change by with a degree of latitude.
    east_per_deg: f64,
}

impl FromPosition {
    /// From a position.
    pub fn new(p: LonLat) -> Self {
        Self::with(p, Latitude::new(p.lat))
    }

    /// From another position; without trigonometry where it is within 0.1° of latitude of this one.
    pub fn beside(&self, p: LonLat) -> Self {
        Self::with(p, self.lat.beside(p.lat))
    }

    fn with(p: LonLat, lat: Latitude) -> Self {
        let m_per_deg @ [east_m, _] = lat.metres_per_degree();
        Self { p, lat, m_per_deg, east_per_deg: -east_m * (lat.sin / lat.cos).to_radians() }
    }

    /// The position.
    pub fn position(&self) -> LonLat {
        self.p
    }

    /// True where the plane about it is off by less than a hundredth for all of a box.
    #[inline]
    pub fn plane_holds(&self, area: &LonLatBox) -> bool {
        let corners = [self.to_xy(area.min), self.to_xy(area.max)];
        self.p.lat.abs() < PLANE_HOLDS_LAT && corners.iter().flatten().all(|v| v.abs() < PLANE_HOLDS_M)
    }

    /// Metres east and north of it in the plane about it.
    #[inline]
    pub fn to_xy(&self, q: LonLat) -> [f64; 2] {
        [(q.lon - self.p.lon) * self.m_per_deg[0], (q.lat - self.p.lat) * self.m_per_deg[1]]
    }

    /// As [`Self::to_xy`], with what a degree of longitude is worth half-way: a foot found with it is seldom moved.
    fn xy_between(&self, q: LonLat) -> [f64; 2] {
        let d_lat = q.lat - self.p.lat;
        let half_way = if d_lat.abs() < NEAR_LAT_DEG { d_lat / 2.0 * self.east_per_deg } else { 0.0 };
        [(q.lon - self.p.lon) * (self.m_per_deg[0] + half_way), d_lat * self.m_per_deg[1]]
    }

    /// False where an edge is certainly further than `limit_m`: by what a degree is worth half-way, which is off by the square
    /// of the distance, and then by the straight line through the ellipsoid, which tells it to a few decimetres. For distances at
    /// which a geodesic costs a hundred times as much; true where nothing is certain. Cost: a dozen flops, and four sines where
    /// the plane leaves it open.
    pub fn may_reach(&self, a: LonLat, b: LonLat, limit_m: f64) -> bool {
        let (_, a, b) = self.on_this_side(a, b);
        let half_way = |q: LonLat| {
            let d_lat = q.lat - self.p.lat;
            let half = (d_lat / 2.0).to_radians();
            let east_m = self.m_per_deg[0] * (1.0 - half * half / 2.0) + d_lat / 2.0 * self.east_per_deg;
            [(q.lon - self.p.lon) * east_m, d_lat * self.m_per_deg[1]]
        };
        let (from, to) = (half_way(a), half_way(b));
        // Bounds from above, without roots and trigonometry.
        let radians = |m: [f64; 2]| (m[0].abs() + m[1].abs()) / ellipsoid::MERIDIONAL_RADIUS_MIN_M;
        let (d, long) = (radians(from).max(radians(to)), radians([to[0] - from[0], to[1] - from[1]]));
        if self.p.lat.abs() >= CHORDS_HOLD_LAT || d > CHORDS_HOLD {
            return true;
        }
        let tan = (self.lat.sin / self.lat.cos).abs();
        let steepest = tan + 2.0 * d * (1.0 + tan * tan);
        let off = 2.0 * d * d * (1.0 + steepest * steepest) + 0.012 * d;
        // An edge is bent a little by the measure.
        let bent_m = long * long * ellipsoid::MERIDIONAL_RADIUS_MIN_M * (1.0 + steepest) / 4.0;
        planar_distance_2([0.0; 2], from, to).sqrt() * (1.0 - off) - bent_m <= limit_m
            && self.may_reach_straight(a, b, limit_m)
    }

    /// The same by the edge's chord.
    fn may_reach_straight(&self, a: LonLat, b: LonLat, limit_m: f64) -> bool {
        let from = ChordsFrom::with(self.lat, self.p.lon);
        let edge = from.edge(a, b);
        geodesic_least_m(edge.distance_2(from.here()).sqrt() - edge.bent_m) <= limit_m
    }

    /// The place of the edge `a`–`b` (straight in longitude and latitude) nearest to the position, good to 1 mm,
    /// or `None` where that is certainly further than `limit_m`.
    ///
    /// The foot is found in the tangent plane at the position, then moved along the edge until the geodesic's
    /// azimuth at the foot stands square to it. Cost: a dozen flops where the plane rules the edge out, else one
    /// to four geodesics.
    pub fn nearest_on_edge(&self, a: LonLat, b: LonLat, limit_m: f64) -> Option<EdgeFoot> {
        let span = (b.lon - a.lon).abs().max((b.lat - a.lat).abs());
        if span <= PIECE_DEG {
            return self.nearest_on_piece(a, b, limit_m);
        }
        let pieces = (span / PIECE_DEG).ceil();
        let at = |k: f64| along(a, b, k / pieces);
        let mut best: Option<EdgeFoot> = None;
        for k in 0..pieces as usize {
            let k = k as f64;
            let limit = best.map_or(limit_m, |f| f.distance_m);
            if let Some(foot) = self.nearest_on_piece(at(k), at(k + 1.0), limit)
                && best.is_none_or(|f| foot.distance_m < f.distance_m)
            {
                best = Some(EdgeFoot { t: (k + foot.t) / pieces, ..foot });
            }
        }
        best
    }

    /// As [`Self::nearest_on_edge`] without a limit, for an edge of which a plane has told that it may be near.
    pub fn foot_on_edge(&self, a: LonLat, b: LonLat) -> Option<EdgeFoot> {
        let span = (b.lon - a.lon).abs().max((b.lat - a.lat).abs());
        if span <= PIECE_DEG {
            let (turn, a, b) = self.on_this_side(a, b);
            return Some(self.foot_on_piece(turn, a, b));
        }
        self.nearest_on_edge(a, b, f64::INFINITY)
    }

    fn nearest_on_piece(&self, a: LonLat, b: LonLat, limit_m: f64) -> Option<EdgeFoot> {
        let (turn, a, b) = self.on_this_side(a, b);
        // Only the plane itself, in which the edge is straight, may rule it out.
        let estimate = planar_distance_2([0.0; 2], self.to_xy(a), self.to_xy(b)).sqrt();
        let decides = estimate < PLANE_HOLDS_M && self.p.lat.abs() < PLANE_HOLDS_LAT;
        if decides && estimate * 0.98 > limit_m + 0.01 {
            return None;
        }
        let foot = self.foot_on_piece(turn, a, b);
        (foot.distance_m <= limit_m).then_some(foot)
    }

    /// Brings an edge to the side of the antimeridian that the position is on; by so many degrees.
    #[inline]
    fn on_this_side(&self, a: LonLat, b: LonLat) -> (f64, LonLat, LonLat) {
        let off = self.p.lon - (a.lon + b.lon) / 2.0;
        let turn = if off.abs() <= 180.0 { 0.0 } else { (off / 360.0).round() * 360.0 };
        (turn, LonLat::new(a.lon + turn, a.lat), LonLat::new(b.lon + turn, b.lat))
    }

    #[inline]
    fn foot_on_piece(&self, turn: f64, a: LonLat, b: LonLat) -> EdgeFoot {
        let ([ax, ay], [bx, by]) = (self.xy_between(a), self.xy_between(b));
        let (ux, uy) = (bx - ax, by - ay);
        let length_2 = ux * ux + uy * uy;
        let t = if length_2 > 0.0 { (-(ax * ux + ay * uy) / length_2).clamp(0.0, 1.0) } else { 0.0 };
        let foot = self.settle(a, b, t);
        EdgeFoot { position: LonLat::new(foot.position.lon - turn, foot.position.lat), ..foot }
    }

    /// Moves the foot along the edge by what the geodesic to it leaves over in the edge's direction.
    fn settle(&self, a: LonLat, b: LonLat, mut t: f64) -> EdgeFoot {
        let mut best = EdgeFoot { t, position: a, distance_m: f64::INFINITY };
        for _ in 0..12 {
            let q = along(a, b, t);
            // The direction at q points onward, away from p.
            let (distance, [to_east, to_north]) = self.geodesic(q);
            if distance >= best.distance_m {
                break;
            }
            best = EdgeFoot { t, position: q, distance_m: distance };
            let [x_m, y_m] = self.m_per_deg_at(q.lat);
            let (east, north) = ((b.lon - a.lon) * x_m, (b.lat - a.lat) * y_m);
            let speed_2 = east * east + north * north;
            if speed_2 <= 0.0 || distance <= 0.0 {
                break;
            }
            let next = (t - (to_east * east + to_north * north) / speed_2).clamp(0.0, 1.0);
            // A foot off by s makes the distance s²/2d too long.
            if (next - t) * (next - t) * speed_2 < 2e-5 * distance {
                break;
            }
            t = next;
        }
        best
    }

    /// Length of the geodesic to `q`; metres. To the last digit what [`Self::nearest_on_edge`] gives for an edge whose end
    /// is the nearest, so that one place is as far from here as a point and as a corner.
    pub fn distance_m(&self, q: LonLat) -> f64 {
        self.geodesic(q).0
    }

    /// Length of the geodesic to `q`, and that length east and north in the direction it has at `q`.
    fn geodesic(&self, q: LonLat) -> (f64, [f64; 2]) {
        let p = self.p;
        if let Some(short) = ShortGeodesic::beside(&self.lat, p, q) {
            return (short.length_m, short.arriving());
        }
        let (length, _azimuth_at_p, azimuth_at_q, _arc): (f64, f64, f64, f64) =
            WGS84.inverse(p.lat, p.lon, q.lat, q.lon);
        let (sin, cos) = azimuth_at_q.to_radians().sin_cos();
        (length, [length * sin, length * cos])
    }

    /// What a degree is worth at another latitude: by its change there, or afresh where that is far.
    fn m_per_deg_at(&self, lat: f64) -> [f64; 2] {
        let d_lat = lat - self.p.lat;
        if d_lat.abs() < NEAR_LAT_DEG && lat.abs() < 80.0 {
            [self.m_per_deg[0] + d_lat * self.east_per_deg, self.m_per_deg[1]]
        } else {
            metres_per_degree(lat)
        }
    }
}

/// [`FromPosition::nearest_on_edge`] for one edge.
pub fn nearest_on_edge(p: LonLat, a: LonLat, b: LonLat, limit_m: f64) -> Option<EdgeFoot> {
    FromPosition::new(p).nearest_on_edge(a, b, limit_m)
}

fn along(a: LonLat, b: LonLat, t: f64) -> LonLat {
    if t == 1.0 {
        // Exactly the end, which another edge may share.
        return b;
    }
    LonLat::new(a.lon + (b.lon - a.lon) * t, a.lat + (b.lat - a.lat) * t)
}

/// Metres that a degree of latitude is worth at least.
const NORTH_M_PER_DEG: f64 = ellipsoid::MERIDIONAL_RADIUS_MIN_M * std::f64::consts::PI / 180.0;

/// A length that no path from a box to another can undercut, as far as it matters below a limit.
///
/// A true lower bound wherever the true distance is at most the limit; where it exceeds the limit so does the
/// distance. A path no longer than the limit stays in a band of latitude, and in that band a degree is worth at least
/// M_min north and a cos φ east.
#[derive(Clone, Copy, Debug)]
pub struct LowerBound {
    from: LonLatBox,
    east_m_per_deg: f64,
}

impl LowerBound {
    /// From a box, for distances up to a limit.
    pub fn new(from: LonLatBox, limit_m: f64) -> Self {
        let reach_deg = (limit_m / ellipsoid::MERIDIONAL_RADIUS_MIN_M).to_degrees();
        let lat = from.max.lat.abs().max(from.min.lat.abs()) + reach_deg;
        // Not finite: no limit, no band.
        let in_a_band = lat < 90.0;
        let east_m_per_deg =
            if in_a_band { (ellipsoid::EQUATORIAL_RADIUS_M * lat.to_radians().cos()).to_radians() } else { 0.0 };
        Self { from, east_m_per_deg }
    }

    /// From a position, for distances up to a limit.
    pub fn from_position(from: &FromPosition, limit_m: f64) -> Self {
        let reach_rad = limit_m / ellipsoid::MERIDIONAL_RADIUS_MIN_M;
        let area = LonLatBox { min: from.p, max: from.p };
        if reach_rad.is_nan() || reach_rad > 0.1 {
            return Self::new(area, limit_m);
        }
        // a cos(φ + r) ≥ a cos φ (1 − r²/2) − a r sin φ, and N exceeds a by at most a 297th.
        let sin = from.lat.sin.abs();
        let east_m_per_deg = from.m_per_deg[0] * 0.996 * (1.0 - reach_rad * reach_rad / 2.0)
            - (ellipsoid::EQUATORIAL_RADIUS_M * sin * reach_rad).to_radians();
        Self { from: area, east_m_per_deg: east_m_per_deg.max(0.0) }
    }

    /// The box.
    pub fn from(&self) -> &LonLatBox {
        &self.from
    }

    /// Metres that a degree is worth at least, east and north.
    pub fn m_per_deg(&self) -> [f64; 2] {
        [self.east_m_per_deg, NORTH_M_PER_DEG]
    }

    /// The square of the bound; m².
    #[inline]
    pub fn to_2(&self, to: &LonLatBox) -> f64 {
        // Comparisons rather than `f64::max`, whose care for NaN costs as much as the rest.
        let greater = |a: f64, b: f64| if a > b { a } else { b };
        let from = &self.from;
        let gap_lat = greater(greater(to.min.lat - from.max.lat, from.min.lat - to.max.lat), 0.0);
        let gap_lon = greater(greater(to.min.lon - from.max.lon, from.min.lon - to.max.lon), 0.0);
        // Or the other way round the globe.
        let span =
            greater(from.max.lon, to.max.lon) - if from.min.lon < to.min.lon { from.min.lon } else { to.min.lon };
        let round = greater(360.0 - span, 0.0);
        let gap_lon = if round < gap_lon { round } else { gap_lon };
        let (east_m, north_m) = (gap_lon * self.east_m_per_deg, gap_lat * NORTH_M_PER_DEG);
        east_m * east_m + north_m * north_m
    }
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
        fn what_is_near_may_reach_and_what_is_far_may_not(
            lat in -69.0..69.0_f64, away in (-3.0..3.0_f64, -3.0..3.0_f64), to in (-0.5..0.5_f64, -0.5..0.5_f64), size in 0.0..1.0_f64,
        ) {
            let p = LonLat::new(121.0, lat);
            let a = LonLat::new(121.0 + away.0, lat + away.1);
            let b = LonLat::new(a.lon + to.0 * size * size, a.lat + to.1 * size * size);
            let true_m = nearest_on_edge(p, a, b, f64::INFINITY).expect("no limit").distance_m;
            let from = FromPosition::new(p);
            prop_assert!(from.may_reach(a, b, true_m), "{true_m}");
            // Where the edge is short it tells all but a few decimetres.
            if size < 0.1 && (1_000.0..300_000.0).contains(&true_m) && lat.abs() < 60.0 {
                prop_assert!(!from.may_reach(a, b, true_m * (1.0 - 3e-6) - 3.0), "{true_m}");
            }
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
            for bound in
                [LowerBound::new(box_p, true_m * room), LowerBound::from_position(&FromPosition::new(p), true_m * room)]
            {
                let bound_m = bound.to_2(&box_q).sqrt();
                prop_assert!(bound_m <= true_m * (1.0 + 1e-9) + 1e-9);
            }
        }
    }

    #[test]
    fn far_north_a_limit_just_above_the_distance_lets_it_through() {
        for lat in [53.0, 65.0, 75.0, 80.0, 83.9, 86.0, 89.0] {
            for k in 0..24 {
                let (s, c) = (f64::from(k) * 0.26).sin_cos();
                let p = LonLat::new(20.0, lat);
                let a = crate::geodesy::Steps::from(p).to(9_950.0 * s, 9_950.0 * c);
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
    fn a_position_on_a_long_edge_touches_it() {
        for lat in [0.0, 31.0, 45.0, 60.0, -38.0] {
            for size in [0.01, 0.03, 0.1, 0.3] {
                let p = LonLat::new(121.0, lat);
                let (a, b) = (LonLat::new(121.0 - size, lat - size), LonLat::new(121.0 + size, lat + size));
                let foot = nearest_on_edge(p, a, b, 1e-5);
                assert!(foot.is_some_and(|foot| foot.distance_m < 1e-5), "lat {lat}, {size}°: {foot:?}");
            }
        }
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
    fn a_corner_is_as_far_as_a_point_in_its_place() {
        let middle = FromPosition::new(LonLat::new(121.0, 31.02));
        for k in 0..200 {
            let p = LonLat::new(121.0 + f64::from(k % 20) * 1e-3, 31.0 + f64::from(k / 20) * 1e-3);
            let (a, b) = (LonLat::new(121.03, 31.004_7), LonLat::new(121.05, 31.004_7 + f64::from(k) * 1e-6));
            for from in [FromPosition::new(p), middle.beside(p)] {
                let foot = from.nearest_on_edge(b, a, f64::INFINITY).expect("no limit");
                assert_eq!((foot.position, foot.distance_m.to_bits()), (a, from.distance_m(a).to_bits()));
            }
        }
    }

    #[test]
    fn an_edge_without_length_is_a_point() {
        let (p, a) = (LonLat::new(121.0, 31.0), LonLat::new(121.01, 31.0));
        let foot = nearest_on_edge(p, a, a, f64::INFINITY).expect("no limit");
        assert!((foot.distance_m - distance_m(p, a)).abs() < 1e-9);
    }
}
