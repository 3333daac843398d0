//! Coordinate systems other than WGS 84 longitude and latitude, and the way from them.
//!
//! Projected systems go through proj4rs (PROJ's formulas, EPSG's parameters). GCJ-02 and BD-09 are
//! the shifted systems of Chinese web maps; their shift is inverted by iteration to below a millimetre.

use super::LonLat;
use proj4rs::Proj;
use std::f64::consts::PI;

/// A coordinate system that positions may come in.
pub struct Crs {
    name: String,
    kind: Kind,
}

enum Kind {
    LonLat,
    LatLon,
    Gcj02,
    Bd09,
    Proj { from: Box<Proj>, to: Box<Proj> },
}

/// Why a coordinate system cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("coordinate system '{name}' is not known: {cause}")]
pub struct CrsError {
    /// The name as given.
    pub name: String,
    /// What the parser said.
    pub cause: String,
}

impl std::fmt::Debug for Crs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Crs({})", self.name)
    }
}

impl Crs {
    /// Reads `EPSG:4547`, `urn:ogc:def:crs:EPSG::3857`, `CRS84`, `LATLON` (latitude first), `GCJ-02`,
    /// `BD-09` or a PROJ string.
    ///
    /// # Errors
    /// Where the name or string is none of these, or PROJ's definition of it cannot be inverted.
    pub fn parse(name: &str) -> Result<Self, CrsError> {
        let fail = |cause: String| CrsError { name: name.to_owned(), cause };
        let upper = name.trim().to_ascii_uppercase();
        let plain: String = upper.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        let kind = if plain.ends_with("CRS84") || plain == "WGS84" || plain == "CGCS2000" {
            Kind::LonLat
        } else if plain == "LATLON" {
            Kind::LatLon
        } else if plain == "GCJ02" {
            Kind::Gcj02
        } else if plain == "BD09" || plain == "BD09LL" {
            Kind::Bd09
        } else if upper.contains("EPSG") {
            let code: u32 = upper
                .rsplit([':', '/'])
                .next()
                .and_then(|s| s.parse().ok())
                .ok_or_else(|| fail("no EPSG number".into()))?;
            match code {
                // GeoJSON in the wild writes these in the order longitude, latitude.
                4326 | 4490 | 4979 => Kind::LonLat,
                _ => {
                    let unknown = || fail("no such EPSG number".into());
                    let code = u16::try_from(code).map_err(|_| unknown())?;
                    Self::from_proj(crs_definitions::from_code(code).ok_or_else(unknown)?.proj4).map_err(fail)?
                }
            }
        } else if upper.contains("+PROJ") {
            Self::from_proj(name.trim()).map_err(fail)?
        } else {
            return Err(fail("neither EPSG:N, CRS84, LATLON, GCJ-02, BD-09 nor a PROJ string".into()));
        };
        Ok(Self { name: name.trim().to_owned(), kind })
    }

    /// The way from a PROJ string's system, refused where its datum's shift to WGS 84 is not said: it is never guessed.
    fn from_proj(definition: &str) -> Result<Kind, String> {
        const SHIFT_IS_KNOWN: [&str; 6] =
            ["+towgs84=", "+nadgrids=", "+datum=", "+ellps=GRS80", "+ellps=WGS84", "+ellps=sphere"];
        if !SHIFT_IS_KNOWN.iter().any(|word| definition.contains(word)) {
            return Err("the shift of its datum to WGS 84 is not public; give a PROJ string with +towgs84".to_owned());
        }
        let from = Proj::from_proj_string(definition).map_err(|e| e.to_string())?;
        if !from.is_latlong() && !from.has_inverse() {
            return Err("the projection has no inverse".into());
        }
        let to = Proj::from_proj_string("+proj=longlat +datum=WGS84 +no_defs").map_err(|e| e.to_string())?;
        Ok(Kind::Proj { from: Box::new(from), to: Box::new(to) })
    }

    /// The name it was given by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where a position lies in this system; `None` where it has none there.
    pub fn from_wgs84(&self, p: LonLat) -> Option<(f64, f64)> {
        match &self.kind {
            Kind::LonLat => Some((p.lon, p.lat)),
            Kind::LatLon => Some((p.lat, p.lon)),
            Kind::Gcj02 => Some(wgs84_to_gcj02(p)).map(|p| (p.lon, p.lat)),
            Kind::Bd09 => Some(gcj02_to_bd09(wgs84_to_gcj02(p))).map(|p| (p.lon, p.lat)),
            Kind::Proj { from, to } => {
                let mut point = (p.lon.to_radians(), p.lat.to_radians(), 0.0);
                proj4rs::transform::transform(to, from, &mut point).ok()?;
                let is_degrees = from.is_latlong();
                Some(if is_degrees { (point.0.to_degrees(), point.1.to_degrees()) } else { (point.0, point.1) })
            }
        }
    }

    /// The text of its definition for a `.prj`, and its EPSG number, where it has them.
    pub fn definition(&self) -> (Option<String>, Option<u32>) {
        let number = self.name.to_ascii_uppercase().strip_prefix("EPSG:").and_then(|code| code.parse().ok());
        (None, number)
    }

    /// True where positions need no conversion.
    pub fn is_lon_lat(&self) -> bool {
        matches!(self.kind, Kind::LonLat)
    }

    /// WGS 84 longitude and latitude of `x`, `y` (degrees or metres, as the system has it), or `None`
    /// where the projection fails there.
    pub fn to_wgs84(&self, x: f64, y: f64) -> Option<LonLat> {
        match &self.kind {
            Kind::LonLat => Some(LonLat::new(x, y)),
            Kind::LatLon => Some(LonLat::new(y, x)),
            Kind::Gcj02 => Some(gcj02_to_wgs84(LonLat::new(x, y))),
            Kind::Bd09 => Some(gcj02_to_wgs84(bd09_to_gcj02(LonLat::new(x, y)))),
            Kind::Proj { from, to } => {
                let mut point = if from.is_latlong() { (x.to_radians(), y.to_radians(), 0.0) } else { (x, y, 0.0) };
                proj4rs::transform::transform(from, to, &mut point).ok()?;
                let p = LonLat::new(point.0.to_degrees(), point.1.to_degrees());
                p.is_in_range().then_some(p)
            }
        }
    }
}

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
    let mut guess = p;
    for _ in 0..8 {
        let shown = wgs84_to_gcj02(guess);
        guess = LonLat::new(guess.lon + p.lon - shown.lon, guess.lat + p.lat - shown.lat);
    }
    guess
}

/// Where BD-09 puts a position of GCJ-02.
pub fn gcj02_to_bd09(p: LonLat) -> LonLat {
    let k = PI * 3000.0 / 180.0;
    let z = p.lon.hypot(p.lat) + 0.000_02 * (p.lat * k).sin();
    let theta = p.lat.atan2(p.lon) + 0.000_003 * (p.lon * k).cos();
    LonLat::new(z * theta.cos() + 0.0065, z * theta.sin() + 0.006)
}

fn bd09_to_gcj02(p: LonLat) -> LonLat {
    let k = PI * 3000.0 / 180.0;
    let (x, y) = (p.lon - 0.0065, p.lat - 0.006);
    let z = x.hypot(y) - 0.000_02 * (y * k).sin();
    let theta = y.atan2(x) - 0.000_003 * (x * k).cos();
    LonLat::new(z * theta.cos(), z * theta.sin())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::distance_m;

    #[test]
    fn gcj02_goes_there_and_back() {
        for (lon, lat) in [(121.5, 31.4), (116.4, 39.9), (104.0, 30.6), (87.6, 43.8)] {
            let p = LonLat::new(lon, lat);
            let shown = wgs84_to_gcj02(p);
            assert!((100.0..900.0).contains(&distance_m(p, shown)), "{p:?} {shown:?}");
            assert!(distance_m(gcj02_to_wgs84(shown), p) < 1e-3);
            // BD-09's published inverse is good to about half a metre.
            let baidu = gcj02_to_bd09(shown);
            assert!(
                distance_m(Crs::parse("BD-09").expect("known").to_wgs84(baidu.lon, baidu.lat).expect("there"), p) < 1.0
            );
        }
        // A corner of 顾村公园 and where the sample's shifted copy has it.
        let shown = wgs84_to_gcj02(LonLat::new(121.355_694_8, 31.355_652_8));
        assert!(distance_m(shown, LonLat::new(121.360_308_1, 31.353_825_7)) < 0.02, "{shown:?}");
    }

    #[test]
    fn web_mercator_comes_back() {
        let crs = Crs::parse("urn:ogc:def:crs:EPSG::3857").expect("known");
        let p = crs.to_wgs84(13_509_254.15, 3_679_024.08).expect("in range");
        assert!(distance_m(p, LonLat::new(121.355_694_8, 31.355_652_8)) < 0.02, "{p:?}");
    }

    #[test]
    fn gauss_kruger_of_shanghai_comes_back() {
        // CGCS2000 / 3-degree Gauss-Kruger CM 120E; the origin of the false easting.
        let crs = Crs::parse("EPSG:4549").expect("known");
        let p = crs.to_wgs84(500_000.0, 0.0).expect("in range");
        assert!(distance_m(p, LonLat::new(120.0, 0.0)) < 1e-3, "{p:?}");
    }

    #[test]
    fn unknown_systems_are_refused_by_name() {
        // Xi'an 1980 and Beijing 1954 lie some 100 m off, by parameters that only the planner has.
        for name in
            ["EPSG:99", "EPSG:x", "上海2000", "+proj=nowhere", "EPSG:4610", "EPSG:2384", "+proj=tmerc +ellps=krass"]
        {
            assert_eq!(Crs::parse(name).expect_err(name).name, name);
        }
        for name in ["CRS84", "EPSG:4490", "urn:ogc:def:crs:OGC:1.3:CRS84"] {
            assert!(Crs::parse(name).expect(name).is_lon_lat());
        }
    }
}
