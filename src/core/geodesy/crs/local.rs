//! Local systems by their parameters under a name: what a city's surveying office gives out with its coordinates.

use super::datum::{Ellipsoid, Helmert};
use super::error::{Refusal, refusal, wanted};
use super::system::{Shift, Similarity, System};
use super::tmerc::TmParameters;
use super::{epsg, names, proj_string, wkt};
use crate::i18n::tr;
use serde::{Deserialize, Serialize};

/// A local system: a projection (its own, or another system's), and where they are given the parameters of its datum (three
/// or seven) and of its plane (four). As text it is `LOCAL{…}` with this struct as JSON.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalCrs {
    /// What it is called: `上海2000`.
    pub name: String,
    /// What it is built on.
    pub base: LocalBase,
    /// From its datum to CGCS2000 or back: 三参数、七参数。 Needed where the base is on Xi'an 1980, Beijing 1954 or another datum
    /// whose shift is not public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datum: Option<DatumShift>,
    /// From its plane to the base's or back: 四参数。
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plane: Option<PlaneShift>,
}

/// What a local system is built on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LocalBase {
    /// A transverse Mercator projection of its own.
    TransverseMercator {
        /// The ellipsoid of its datum.
        ellipsoid: LocalEllipsoid,
        /// 中央子午线, degrees.
        central_meridian_deg: f64,
        /// 东偏移, metres.
        false_easting_m: f64,
        /// 北偏移, metres.
        false_northing_m: f64,
        /// Scale on the central meridian.
        #[serde(default = "one")]
        scale: f64,
        /// Latitude of the origin of northings, degrees.
        #[serde(default)]
        base_latitude_deg: f64,
        /// 投影面高程, metres: the ellipsoid is enlarged by it (semi-major axis plus height, the same flattening) and latitudes
        /// are kept, as surveying programs do.
        #[serde(default)]
        projection_height_m: f64,
    },
    /// Another system: `EPSG:4549`, a name, a PROJ string or WKT. It may be one of Xi'an 1980 or Beijing 1954.
    System(String),
}

fn one() -> f64 {
    1.0
}

/// The ellipsoid of a local system's datum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LocalEllipsoid {
    /// CGCS2000 (GRS 80); where no datum shift is given, as CGCS2000 lies.
    Cgcs2000,
    /// WGS 84.
    Wgs84,
    /// 西安 80 (IAG 1975): wants a datum shift.
    Xian80,
    /// 北京 54 (Krassowsky 1940): wants a datum shift.
    Beijing54,
    /// Another: wants a datum shift.
    Other {
        /// Semi-major axis, metres.
        semi_major_m: f64,
        /// Inverse flattening.
        inverse_flattening: f64,
    },
}

/// Which way parameters lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Local coordinates go in; those of CGCS2000, or of the base's plane, come out.
    FromLocal,
    /// The reverse.
    ToLocal,
}

/// The sign of the rotations of seven parameters. A set is metres off under the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HelmertConvention {
    /// Positions are turned: 布尔沙模型 in Europe's form, PROJ's `+towgs84` (EPSG method 1033).
    PositionVector,
    /// The axes are turned: the form of Chinese textbooks and of the United States (EPSG method 1032).
    CoordinateFrame,
}

/// Three or seven parameters (Bursa–Wolf) between the local datum and CGCS2000.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatumShift {
    /// Which way they lead.
    pub direction: Direction,
    /// The sign of the rotations; needed where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convention: Option<HelmertConvention>,
    /// ΔX, metres.
    pub dx_m: f64,
    /// ΔY, metres.
    pub dy_m: f64,
    /// ΔZ, metres.
    pub dz_m: f64,
    /// Rotation about X, seconds of arc.
    #[serde(default)]
    pub rx_seconds: f64,
    /// Rotation about Y, seconds of arc.
    #[serde(default)]
    pub ry_seconds: f64,
    /// Rotation about Z, seconds of arc.
    #[serde(default)]
    pub rz_seconds: f64,
    /// Scale, parts per million.
    #[serde(default)]
    pub scale_ppm: f64,
}

/// The sense of the rotation of four parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// A positive angle turns north towards east, clockwise on the map: with X north and Y east,
    /// X′ = ΔX + K(X cos α − Y sin α), Y′ = ΔY + K(X sin α + Y cos α).
    Clockwise,
    /// A positive angle turns east towards north.
    CounterClockwise,
}

/// Four parameters between the local plane and the base's: turned and scaled about the origin, then moved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaneShift {
    /// Which way they lead.
    pub direction: Direction,
    /// What is added to eastings, metres (ΔY where X is north).
    pub east_m: f64,
    /// What is added to northings, metres (ΔX where X is north).
    pub north_m: f64,
    /// Rotation, seconds of arc.
    #[serde(default)]
    pub rotation_seconds: f64,
    /// The sense of the rotation; needed where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turn: Option<Turn>,
    /// Scale as a ratio near 1 (K, or 1 + m).
    #[serde(default = "one")]
    pub scale: f64,
}

/// Reads the JSON of a local system.
pub(super) fn read(json: &str) -> Result<LocalCrs, Refusal> {
    serde_json::from_str(json).map_err(|e| {
        refusal(|lang| tr!(lang, "format.crs.local.json", cause = crate::i18n::cause_text(&e.to_string(), lang)))
    })
}

/// Refuses a number out of its range, by the name of its field.
fn in_range(field: &str, value: f64, low: f64, high: f64) -> Result<(), Refusal> {
    if (low..=high).contains(&value) {
        return Ok(());
    }
    let (value, low, high) = (value.to_string(), low.to_string(), high.to_string());
    Err(refusal(|lang| tr!(lang, "format.crs.local.range", field = field, value = value, low = low, high = high)))
}

impl LocalCrs {
    /// As [`super::Crs::parse`] reads it.
    pub fn text(&self) -> String {
        // Numbers, names and enums: there is nothing in it that JSON cannot hold.
        format!("LOCAL{}", serde_json::to_string(self).unwrap_or_default())
    }

    /// Its parameters, and the way from its positions to the plane of its projection.
    pub(super) fn system(&self) -> Result<(System, Option<Similarity>), Refusal> {
        const LONGEST_NAME: usize = 100;
        let length = self.name.chars().count();
        if self.name.trim().is_empty() || length > LONGEST_NAME || self.name.chars().any(|c| c.is_control() || c == '"')
        {
            return Err(refusal(|lang| tr!(lang, "format.crs.local.name")));
        }
        let mut system = self.base.system()?;
        if let Some(datum) = &self.datum {
            if matches!(system.shift, Shift::Helmert(_) | Shift::HelmertBack(_)) {
                return Err(refusal(|lang| tr!(lang, "format.crs.local.shifted_twice")));
            }
            let helmert = datum.helmert()?;
            system.shift = match datum.direction {
                Direction::FromLocal => Shift::Helmert(helmert),
                Direction::ToLocal => Shift::HelmertBack(helmert),
            };
        }
        if let Shift::Secret(datum) = system.shift {
            return Err(wanted(datum));
        }
        let plane = self.plane.as_ref().map(PlaneShift::similarity).transpose()?;
        if plane.is_some() && system.is_degrees() {
            return Err(refusal(|lang| tr!(lang, "format.crs.local.degrees")));
        }
        Ok((system, plane))
    }
}

impl LocalBase {
    fn system(&self) -> Result<System, Refusal> {
        match self {
            Self::System(text) => of_text(text),
            Self::TransverseMercator {
                ellipsoid,
                central_meridian_deg,
                false_easting_m,
                false_northing_m,
                scale,
                base_latitude_deg,
                projection_height_m,
            } => {
                in_range("central_meridian_deg", *central_meridian_deg, -180.0, 180.0)?;
                in_range("false_easting_m", *false_easting_m, -1e8, 1e8)?;
                in_range("false_northing_m", *false_northing_m, -1e8, 1e8)?;
                in_range("scale", *scale, 0.9, 1.1)?;
                in_range("base_latitude_deg", *base_latitude_deg, -90.0, 90.0)?;
                in_range("projection_height_m", *projection_height_m, -1_000.0, 9_000.0)?;
                let (ellipsoid, shift) = ellipsoid.datum()?;
                let parameters = TmParameters {
                    lon_0: *central_meridian_deg,
                    lat_0: *base_latitude_deg,
                    // An ellipsoid enlarged as a whole has its whole plane enlarged.
                    k: scale * (1.0 + projection_height_m / ellipsoid.a),
                    x_0: *false_easting_m,
                    y_0: *false_northing_m,
                };
                Ok(System { shift, ..System::transverse_mercator(ellipsoid, parameters) })
            }
        }
    }
}

/// The system of a text that names no local one. One whose shift is secret is given as well.
fn of_text(text: &str) -> Result<System, Refusal> {
    let text = text.trim();
    let upper = text.to_ascii_uppercase();
    if upper.contains("+PROJ") {
        return proj_string::read(text);
    }
    if text.contains('[') {
        return wkt::system(text);
    }
    let digits = upper.contains("EPSG").then(|| upper.rsplit([':', '/', '#']).next().unwrap_or_default());
    let code = digits.and_then(|digits| digits.trim().parse().ok()).or_else(|| names::code(text));
    epsg::system(code.ok_or_else(|| refusal(|lang| tr!(lang, "format.crs.local.base", base = text)))?)
}

impl LocalEllipsoid {
    fn datum(self) -> Result<(Ellipsoid, Shift), Refusal> {
        use super::system::SecretDatum;
        Ok(match self {
            Self::Cgcs2000 => (Ellipsoid::GRS80, Shift::None),
            Self::Wgs84 => (Ellipsoid::WGS84, Shift::None),
            Self::Xian80 => (Ellipsoid::XIAN80, Shift::Secret(SecretDatum::Xian80)),
            Self::Beijing54 => (Ellipsoid::KRASSOWSKY, Shift::Secret(SecretDatum::Beijing54)),
            Self::Other { semi_major_m, inverse_flattening } => {
                in_range("semi_major_m", semi_major_m, 6_300_000.0, 6_400_000.0)?;
                in_range("inverse_flattening", inverse_flattening, 250.0, 350.0)?;
                (Ellipsoid::by_inverse(semi_major_m, inverse_flattening), Shift::Secret(SecretDatum::Other))
            }
        })
    }
}

impl DatumShift {
    /// The parameters as positions are turned.
    fn helmert(&self) -> Result<Helmert, Refusal> {
        for (field, value) in [("dx_m", self.dx_m), ("dy_m", self.dy_m), ("dz_m", self.dz_m)] {
            in_range(field, value, -10_000.0, 10_000.0)?;
        }
        let rotations = [self.rx_seconds, self.ry_seconds, self.rz_seconds];
        for (field, value) in ["rx_seconds", "ry_seconds", "rz_seconds"].into_iter().zip(rotations) {
            in_range(field, value, -120.0, 120.0)?;
        }
        in_range("scale_ppm", self.scale_ppm, -1_000.0, 1_000.0)?;
        let sign = match self.convention {
            Some(HelmertConvention::PositionVector) => 1.0,
            Some(HelmertConvention::CoordinateFrame) => -1.0,
            None if rotations.iter().all(|r| *r == 0.0) => 1.0,
            None => return Err(refusal(|lang| tr!(lang, "format.crs.local.convention"))),
        };
        let [rx, ry, rz] = rotations.map(|r| r * sign);
        Ok(Helmert([self.dx_m, self.dy_m, self.dz_m, rx, ry, rz, self.scale_ppm]))
    }
}

impl PlaneShift {
    /// The way from local positions to the base's plane.
    fn similarity(&self) -> Result<Similarity, Refusal> {
        in_range("east_m", self.east_m, -1e8, 1e8)?;
        in_range("north_m", self.north_m, -1e8, 1e8)?;
        in_range("rotation_seconds", self.rotation_seconds, -1_296_000.0, 1_296_000.0)?;
        in_range("plane.scale", self.scale, 0.9, 1.1)?;
        let turn = (self.rotation_seconds / 3600.0).to_radians();
        let turn = match self.turn {
            Some(Turn::CounterClockwise) => turn,
            Some(Turn::Clockwise) => -turn,
            None if turn == 0.0 => 0.0,
            None => return Err(refusal(|lang| tr!(lang, "format.crs.local.turn"))),
        };
        let similarity = Similarity::new(self.east_m, self.north_m, turn, self.scale);
        Ok(match self.direction {
            Direction::FromLocal => similarity,
            Direction::ToLocal => similarity.undone(),
        })
    }
}
