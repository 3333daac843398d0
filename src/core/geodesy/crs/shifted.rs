//! GCJ-02 and BD-09, the shifted systems of Chinese web maps. Their published forms lead there; the ways back are found by
//! iteration, to a micrometre.

use crate::geodesy::LonLat;
use std::f64::consts::PI;

/// Where GCJ-02 puts a WGS 84 position. Outside mainland China's box nothing is moved.
pub fn wgs84_to_gcj02(p: LonLat) -> LonLat {
    if !(72.004..=137.8347).contains(&p.lon) || !(0.8293..=55.8271).contains(&p.lat) {
        return p;
    }
    // Krasovsky 1940, as the published algorithm has it.
    const A: f64 = 6_378_245.0;
    const E2: f64 = 0.006_693_421_622_965_943;
    let (x, y) = (p.lon - 105.0, p.lat - 35.0);
    let wave = |v: f64, a: f64, b: f64| a * (v * PI).sin() + b * (v * 2.0 * PI).sin();
    let common = wave(6.0 * x, 20.0, 0.0) + wave(2.0 * x, 20.0, 0.0);
    let d_lat = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + (common
            + 20.0 * (y * PI).sin()
            + 40.0 * (y / 3.0 * PI).sin()
            + 160.0 * (y / 12.0 * PI).sin()
            + 320.0 * (y * PI / 30.0).sin())
            * 2.0
            / 3.0;
    let d_lon = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + (common
            + 20.0 * (x * PI).sin()
            + 40.0 * (x / 3.0 * PI).sin()
            + 150.0 * (x / 12.0 * PI).sin()
            + 300.0 * (x / 30.0 * PI).sin())
            * 2.0
            / 3.0;
    let lat_rad = p.lat.to_radians();
    let magic = 1.0 - E2 * lat_rad.sin().powi(2);
    LonLat::new(
        p.lon + (d_lon * 180.0) / (A / magic.sqrt() * lat_rad.cos() * PI),
        p.lat + (d_lat * 180.0) / (A * (1.0 - E2) / (magic * magic.sqrt()) * PI),
    )
}

/// The WGS 84 position that GCJ-02 shows at `p`.
pub fn gcj02_to_wgs84(p: LonLat) -> LonLat {
    undone(p, wgs84_to_gcj02)
}

/// Where BD-09 puts a position of GCJ-02.
pub fn gcj02_to_bd09(p: LonLat) -> LonLat {
    let k = PI * 3000.0 / 180.0;
    let z = p.lon.hypot(p.lat) + 0.000_02 * (p.lat * k).sin();
    let theta = p.lat.atan2(p.lon) + 0.000_003 * (p.lon * k).cos();
    LonLat::new(z * theta.cos() + 0.0065, z * theta.sin() + 0.006)
}

/// The position of GCJ-02 that BD-09 shows at `p`. The published inverse is half a metre off; this one is not.
pub fn bd09_to_gcj02(p: LonLat) -> LonLat {
    undone(p, gcj02_to_bd09)
}

/// The position that `shown` brings to `p`, by fixed-point iteration: the shifts change by less than 1 % of the way. At the
/// border of the box, where a shift begins at once, the nearest found.
fn undone(p: LonLat, shown: impl Fn(LonLat) -> LonLat) -> LonLat {
    let mut guess = p;
    let mut best = (f64::INFINITY, p);
    for _ in 0..16 {
        let there = shown(guess);
        let off = LonLat::new(p.lon - there.lon, p.lat - there.lat);
        let size = off.lon.abs() + off.lat.abs();
        if size < best.0 {
            best = (size, guess);
        }
        if size < 1e-11 {
            break;
        }
        guess = LonLat::new(guess.lon + off.lon, guess.lat + off.lat);
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::distance_m;

    #[test]
    fn both_ways_back_are_good_to_a_tenth_of_a_millimetre() {
        // Over all of the box, at odd places.
        for i in 0..40 {
            for j in 0..40 {
                let p =
                    LonLat::new(72.3 + 65.0 * f64::from(i) / 39.0 + 0.0013, 1.1 + 54.0 * f64::from(j) / 39.0 + 0.0007);
                let gcj02 = wgs84_to_gcj02(p);
                assert!(distance_m(gcj02_to_wgs84(gcj02), p) < 1e-4, "{p:?}");
                assert!(distance_m(bd09_to_gcj02(gcj02_to_bd09(gcj02)), gcj02) < 1e-4, "{p:?}");
            }
        }
        // Outside of it, and not a number.
        let p = LonLat::new(-0.1, 51.5);
        assert_eq!(gcj02_to_wgs84(p), p);
        assert!(gcj02_to_wgs84(LonLat::new(f64::NAN, 31.0)).lon.is_nan());
    }

    #[test]
    fn gcj02_is_where_web_maps_show_it() {
        for (lon, lat) in [(121.5, 31.4), (116.4, 39.9), (104.0, 30.6), (87.6, 43.8)] {
            let p = LonLat::new(lon, lat);
            assert!((100.0..900.0).contains(&distance_m(p, wgs84_to_gcj02(p))), "{p:?}");
        }
        // A corner of 顾村公园 and where the sample's shifted copy has it.
        let shown = wgs84_to_gcj02(LonLat::new(121.355_694_8, 31.355_652_8));
        assert!(distance_m(shown, LonLat::new(121.360_308_1, 31.353_825_7)) < 0.02, "{shown:?}");
    }
}
