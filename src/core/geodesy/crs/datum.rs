//! Ellipsoids and the seven-parameter way between datums (Bursa–Wolf; EPSG methods 1033 and 1032).

use crate::geodesy::LonLat;

/// An ellipsoid of revolution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Ellipsoid {
    /// Semi-major axis, metres.
    pub a: f64,
    /// Flattening.
    pub f: f64,
}

impl Ellipsoid {
    pub const GRS80: Self = Self::by_inverse(6_378_137.0, 298.257_222_101);
    pub const WGS84: Self = Self::by_inverse(6_378_137.0, 298.257_223_563);
    /// Of Xi'an 1980 (IAG 1975).
    pub const XIAN80: Self = Self::by_inverse(6_378_140.0, 298.257);
    /// Of Beijing 1954.
    pub const KRASSOWSKY: Self = Self::by_inverse(6_378_245.0, 298.3);

    pub const fn by_inverse(a: f64, inverse_flattening: f64) -> Self {
        Self { a, f: if inverse_flattening == 0.0 { 0.0 } else { 1.0 / inverse_flattening } }
    }

    /// True where the two differ by less than a tenth of a millimetre on the ground, but for GRS 80 and WGS 84, which are told
    /// apart by their flattening.
    pub fn is_like(self, other: Self) -> bool {
        (self.a - other.a).abs() < 1e-4 && (self.f - other.f).abs() < 1e-12
    }

    /// GRS 80 or WGS 84: systems on them coincide with WGS 84 unless they say otherwise. Their semi-minor axes differ by 0.1 mm.
    pub fn is_modern(self) -> bool {
        (self.a - 6_378_137.0).abs() < 1e-3 && (self.f - Self::GRS80.f).abs() < 1e-10
    }

    pub fn inverse_flattening(self) -> f64 {
        if self.f == 0.0 { 0.0 } else { 1.0 / self.f }
    }

    fn e2(self) -> f64 {
        self.f * (2.0 - self.f)
    }

    /// Geocentric metres of a place on the ellipsoid.
    fn geocentric(self, p: LonLat) -> [f64; 3] {
        let (sin_lat, cos_lat) = p.lat.to_radians().sin_cos();
        let (sin_lon, cos_lon) = p.lon.to_radians().sin_cos();
        let n = self.a / (1.0 - self.e2() * sin_lat * sin_lat).sqrt();
        [n * cos_lat * cos_lon, n * cos_lat * sin_lon, n * (1.0 - self.e2()) * sin_lat]
    }

    /// Longitude and latitude of geocentric metres near the ellipsoid (B. R. Bowring, 1976; twice, which is exact to
    /// rounding up to 10 km of height).
    fn geodetic(self, [x, y, z]: [f64; 3]) -> LonLat {
        let p = x.hypot(y);
        let (e2, b_over_a) = (self.e2(), 1.0 - self.f);
        let mut reduced = (z / b_over_a).atan2(p);
        let mut lat = 0.0;
        for _ in 0..2 {
            let (s, c) = reduced.sin_cos();
            let north = z + e2 / (1.0 - e2) * self.a * b_over_a * s * s * s;
            let out = p - e2 * self.a * c * c * c;
            lat = north.atan2(out);
            reduced = (b_over_a * lat.sin()).atan2(lat.cos());
        }
        LonLat::new(y.atan2(x).to_degrees(), lat.to_degrees())
    }
}

/// Seven parameters from a datum to WGS 84, as PROJ's `+towgs84` has them: metres, seconds of arc (position vector), parts
/// per million.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Helmert(pub [f64; 7]);

impl Helmert {
    /// The shift that EPSG publishes for Beijing 1954 in the Tarim basin; PROJ and its kin give it to all of China, where it is
    /// up to 70 m off.
    pub fn is_of_tarim(&self) -> bool {
        self.0 == [15.8, -154.4, -82.3, 0.0, 0.0, 0.0, 0.0]
    }

    pub fn is_zero(&self) -> bool {
        self.0.iter().all(|v| *v == 0.0)
    }
}

/// The way from one ellipsoid to another by seven parameters, ready to be gone often.
#[derive(Clone, Debug)]
pub(super) struct DatumWay {
    from: Ellipsoid,
    to: Ellipsoid,
    shift: [f64; 3],
    matrix: [[f64; 3]; 3],
    inverse: [[f64; 3]; 3],
}

impl DatumWay {
    pub fn new(from: Ellipsoid, helmert: &Helmert, to: Ellipsoid) -> Option<Self> {
        let [dx, dy, dz, rx, ry, rz, ppm] = helmert.0;
        let [rx, ry, rz] = [rx, ry, rz].map(|seconds| (seconds / 3600.0).to_radians());
        let scale = 1.0 + ppm * 1e-6;
        let matrix = [[1.0, -rz, ry], [rz, 1.0, -rx], [-ry, rx, 1.0]].map(|row| row.map(|v| v * scale));
        Some(Self { from, to, shift: [dx, dy, dz], inverse: inverted(matrix)?, matrix })
    }

    /// A place on the first ellipsoid as the second has it.
    pub fn forward(&self, p: LonLat) -> LonLat {
        let [x, y, z] = applied(&self.matrix, self.from.geocentric(p));
        let [dx, dy, dz] = self.shift;
        self.to.geodetic([x + dx, y + dy, z + dz])
    }

    /// The place on the first ellipsoid that [`Self::forward`] brings to `p`, to 1e-12 degrees. The height that the way makes
    /// is not kept with positions, so the plain inverse would miss by up to some millimetres.
    pub fn inverse(&self, p: LonLat) -> LonLat {
        let [x, y, z] = self.to.geocentric(p);
        let [dx, dy, dz] = self.shift;
        let mut guess = self.from.geodetic(applied(&self.inverse, [x - dx, y - dy, z - dz]));
        for _ in 0..4 {
            let there = self.forward(guess);
            let off = LonLat::new((p.lon - there.lon + 540.0).rem_euclid(360.0) - 180.0, p.lat - there.lat);
            guess = LonLat::new(guess.lon + off.lon, guess.lat + off.lat);
            if off.lon.abs() < 1e-12 && off.lat.abs() < 1e-12 {
                break;
            }
        }
        guess
    }
}

fn applied(m: &[[f64; 3]; 3], v: [f64; 3]) -> [f64; 3] {
    [0, 1, 2].map(|i| m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2])
}

/// The inverse of a matrix, `None` where it has none.
fn inverted(m: [[f64; 3]; 3]) -> Option<[[f64; 3]; 3]> {
    let minor = |i: usize, j: usize| {
        let (a, b) = ((i + 1) % 3, (i + 2) % 3);
        let (c, d) = ((j + 1) % 3, (j + 2) % 3);
        m[a][c] * m[b][d] - m[a][d] * m[b][c]
    };
    let determinant = (0..3).map(|j| m[0][j] * minor(0, j)).sum::<f64>();
    let inverse = [0, 1, 2].map(|i| [0, 1, 2].map(|j| minor(j, i) / determinant));
    inverse.iter().flatten().all(|v| v.is_finite()).then_some(inverse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shift_is_undone_exactly() {
        for parameters in [
            [15.8, -154.4, -82.3, 0.0, 0.0, 0.0, 0.0],
            [-162.619, -276.959, -161.764, 0.067753, -2.243649, -1.158827, -1.094246],
            [982.6, 552.8, -540.9, 6.7, -31.6, -19.8, 16.8],
        ] {
            let way = DatumWay::new(Ellipsoid::KRASSOWSKY, &Helmert(parameters), Ellipsoid::WGS84).expect("invertible");
            for p in [(121.5, 31.2), (75.0, 39.0), (135.0, 53.0), (-70.0, -33.0), (179.999, 0.0), (0.0, 89.0)] {
                let p = LonLat::new(p.0, p.1);
                let back = way.inverse(way.forward(p));
                let lon = (back.lon - p.lon + 540.0).rem_euclid(360.0) - 180.0;
                assert!(lon.abs() < 3e-12 && (back.lat - p.lat).abs() < 3e-12, "{p:?} {back:?}");
            }
        }
    }

    #[test]
    fn a_place_is_found_from_its_geocentric_metres() {
        for e in [Ellipsoid::GRS80, Ellipsoid::KRASSOWSKY, Ellipsoid::by_inverse(6_371_000.0, 0.0)] {
            for lat in [-90.0, -45.0, 0.0, 1e-9, 31.0, 89.999, 90.0] {
                let back = e.geodetic(e.geocentric(LonLat::new(121.0, lat)));
                assert!((back.lat - lat).abs() < 1e-13 && (lat.abs() == 90.0 || (back.lon - 121.0).abs() < 1e-13));
            }
        }
    }
}
