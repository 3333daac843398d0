//! Coordinate systems other than WGS 84 longitude and latitude, and the ways from them and to them.
//!
//! Transverse Mercator (Gauss–Krüger, UTM) and Web Mercator are projected here, other methods by proj4rs (PROJ's formulas,
//! EPSG's parameters). Shifts between datums are seven-parameter ways; they are never guessed. CGCS2000 and WGS 84 are one
//! (they differ by centimetres). GCJ-02 and BD-09 are the shifted systems of Chinese web maps.

mod datum;
mod epsg;
mod error;
mod kind;
mod local;
mod names;
mod position;
mod proj_string;
mod readings;
mod shifted;
mod system;
#[cfg(test)]
mod tests;
mod tmerc;
mod wkt;

pub use error::CrsError;
pub use local::{DatumShift, Direction, HelmertConvention, LocalBase, LocalCrs, LocalEllipsoid, PlaneShift, Turn};
pub use position::{PositionStyle, format_position, parse_position};
pub use readings::{Reading, ReadingKind, is_in_china, nearest_first, readings};
pub use shifted::{bd09_to_gcj02, gcj02_to_bd09, gcj02_to_wgs84, wgs84_to_gcj02};

use super::LonLat;
use crate::i18n::{Lang, tr};
use epsg::{ChineseDatum, GaussKruger};
use error::{Refusal, refusal};
use kind::Kind;
use system::{Shift, System};

/// A coordinate system that positions may come in.
pub struct Crs {
    name: String,
    kind: Kind,
    epsg: Option<u32>,
    /// Its parameters, where it has any.
    system: Option<System>,
    local: Option<Box<LocalCrs>>,
    /// A definition in ESRI's form that it was read from.
    wkt: Option<Box<str>>,
}

/// How a system is written to files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Definition {
    /// WKT 1 as ESRI writes it, for `.prj`. `None` where no such text says it: GCJ-02, BD-09, a plane that was turned, latitude
    /// or north first.
    pub esri_wkt1: Option<String>,
    /// EPSG's number.
    pub epsg: Option<u32>,
}

impl std::fmt::Debug for Crs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Crs({})", self.name)
    }
}

impl Crs {
    /// WGS 84 longitude and latitude.
    pub fn wgs84() -> Self {
        Self::plain("EPSG:4326", Kind::LonLat, Some(4326), Some(System::WGS84))
    }

    /// Reads `EPSG:4547`, `urn:ogc:def:crs:EPSG::3857`, `CRS84`, `LATLON` (latitude first), `LONLAT360` (longitudes from 0 to
    /// 360), `GCJ-02`, `BD-09`, a PROJ string, WKT (1, 2, ESRI's), a name such as `CGCS2000_3_Degree_GK_CM_120E`,
    /// `CGCS2000_3_DEGREE_BY_PREFIX` (each easting by the number it begins with; also 6), `LOCAL{…}` ([`LocalCrs`]), and any
    /// of the plane ones after `NE:` where north comes first.
    ///
    /// # Errors
    /// Where the text is none of these, its datum's shift to WGS 84 is not known, or it cannot be done as PROJ does it.
    pub fn parse(name: &str) -> Result<Self, CrsError> {
        Self::read(name).map_err(|said| CrsError::new(name, said))
    }

    fn read(name: &str) -> Result<Self, Refusal> {
        let text = name.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\0');
        if let Some(rest) = text.get(..3).filter(|s| s.eq_ignore_ascii_case("NE:")).and(text.get(3..)) {
            return Self::read(rest)?.with_north_first();
        }
        if let Some(json) = text.get(..5).filter(|s| s.eq_ignore_ascii_case("LOCAL")).and(text.get(5..))
            && json.trim_start().starts_with('{')
        {
            return local::read(json).and_then(|local| Self::of_local(&local));
        }
        if text.contains('[') || text.contains('"') {
            return wkt::read(text);
        }
        let upper = text.to_ascii_uppercase();
        let plain: String = upper.chars().filter(char::is_ascii_alphanumeric).collect();
        let kind = match plain.as_str() {
            _ if plain.ends_with("CRS84") => Some(Kind::LonLat),
            "LATLON" => Some(Kind::LatLon),
            "LONLAT360" => Some(Kind::Turned),
            "GCJ02" => Some(Kind::Gcj02),
            "BD09" | "BD09LL" => Some(Kind::Bd09),
            "CGCS20003DEGREEBYPREFIX" => Some(Kind::by_prefix(3)?),
            "CGCS20006DEGREEBYPREFIX" => Some(Kind::by_prefix(6)?),
            _ => None,
        };
        if let Some(kind) = kind {
            let is_wgs84 = matches!(kind, Kind::LonLat);
            return Ok(Self::plain(text, kind, is_wgs84.then_some(4326), is_wgs84.then_some(System::WGS84)));
        }
        if upper.contains("+PROJ") {
            let system = proj_string::read(text)?;
            let code = epsg::code_of(&system);
            return Self::of_system(text, system, code);
        }
        if upper.contains("EPSG") {
            let digits = upper.rsplit([':', '/', '#']).next().unwrap_or_default();
            let code = digits.trim().parse().map_err(|_| refusal(|lang| tr!(lang, "format.crs.no_epsg")))?;
            return Self::of_code(text, code);
        }
        match names::code(text) {
            Some(code) => Self::of_code(text, code),
            None => Err(refusal(|lang| tr!(lang, "format.crs.unknown"))),
        }
    }

    fn plain(name: &str, kind: Kind, epsg: Option<u32>, system: Option<System>) -> Self {
        Self { name: name.to_owned(), kind, epsg, system, local: None, wkt: None }
    }

    fn of_code(name: &str, code: u32) -> Result<Self, Refusal> {
        Self::of_system(name, epsg::system(code)?, Some(code))
    }

    fn of_system(name: &str, system: System, code: Option<u32>) -> Result<Self, Refusal> {
        let is_wgs84 = system.is_degrees() && system.shift == Shift::None;
        let kind = if is_wgs84 { Kind::LonLat } else { Kind::of(&system, None)? };
        let code = match code {
            Some(900_913 | 102_100 | 102_113) => Some(3857),
            other => other,
        };
        Ok(Self::plain(name, kind, code, Some(system)))
    }

    /// A local system by its parameters.
    ///
    /// # Errors
    /// Where a parameter is out of its range, or the system it is built on is not known.
    pub fn local(local: &LocalCrs) -> Result<Self, CrsError> {
        Self::of_local(local).map_err(|said| CrsError::new(&local.name, said))
    }

    fn of_local(local: &LocalCrs) -> Result<Self, Refusal> {
        let (system, plane) = local.system()?;
        let kind = Kind::of(&system, plane)?;
        let local = Some(Box::new(local.clone()));
        let name = local.as_deref().map(LocalCrs::text).unwrap_or_default();
        Ok(Self { name, kind, epsg: None, system: Some(system), local, wkt: None })
    }

    /// The same with north first.
    fn with_north_first(self) -> Result<Self, Refusal> {
        match self.kind {
            Kind::Ready { ready, is_north_first: false } => Ok(Self {
                name: format!("NE:{}", self.name),
                kind: Kind::Ready { ready, is_north_first: true },
                epsg: None,
                wkt: None,
                ..self
            }),
            Kind::LonLat => Ok(Self::plain("LATLON", Kind::LatLon, None, None)),
            _ => Err(refusal(|lang| tr!(lang, "format.crs.no_north_first"))),
        }
    }

    /// The name it was given by; [`Crs::parse`] reads it back.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is called for people: a local system by its own name, a zone by its meridian.
    pub fn title(&self, lang: Lang) -> String {
        if let Some(local) = &self.local {
            return local.name.clone();
        }
        let north_first = matches!(self.kind, Kind::Ready { is_north_first: true, .. });
        let code = self.epsg.or_else(|| self.system.as_ref().filter(|_| north_first).and_then(epsg::code_of));
        let title = code.and_then(|code| title_of_code(code, lang));
        let title = title.unwrap_or_else(|| match &self.kind {
            Kind::LatLon => tr!(lang, "format.crs.title.lat_lon").into_owned(),
            Kind::Turned => tr!(lang, "format.crs.title.turned").into_owned(),
            Kind::ByPrefix { width, .. } => tr!(lang, "format.crs.title.by_prefix", width = width).into_owned(),
            _ => {
                let name = self.name.strip_prefix("NE:").unwrap_or(&self.name);
                error::name_in(name).unwrap_or(name).to_owned()
            }
        });
        if north_first { tr!(lang, "format.crs.title.north_first", title = title).into_owned() } else { title }
    }

    /// EPSG's number: as given, or found by the parameters.
    pub fn epsg(&self) -> Option<u32> {
        self.epsg
    }

    /// The local system's parameters, where it is one.
    pub fn as_local(&self) -> Option<&LocalCrs> {
        self.local.as_deref()
    }

    /// How it is written to files.
    pub fn definition(&self) -> Definition {
        let is_plain = match &self.kind {
            Kind::Ready { is_north_first, .. } => !is_north_first,
            Kind::LonLat => true,
            _ => false,
        };
        // Others on the ellipsoid of CGCS2000 are not called by its name.
        let is_known = self.epsg.is_some_and(epsg::is_written) || self.name.contains("+proj");
        let name = self.local.as_ref().map(|local| local.name.as_str());
        let writes = match &self.local {
            Some(local) => local.plane.is_none(),
            None => is_known && self.system.as_ref().is_some_and(|s| s.shift == Shift::None),
        };
        let system = self.system.as_ref().filter(|_| is_plain && writes);
        let made = system.and_then(|system| wkt::write(system, self.epsg, name));
        let kept = || self.wkt.as_deref().filter(|_| is_plain).map(str::to_owned);
        Definition { esri_wkt1: made.or_else(kept), epsg: self.epsg }
    }

    /// True where positions need no conversion.
    pub fn is_lon_lat(&self) -> bool {
        matches!(self.kind, Kind::LonLat)
    }

    /// True where positions are degrees.
    pub fn is_degrees(&self) -> bool {
        match &self.kind {
            Kind::LonLat | Kind::LatLon | Kind::Turned | Kind::Gcj02 | Kind::Bd09 => true,
            Kind::Ready { .. } => self.system.as_ref().is_some_and(System::is_degrees),
            Kind::ByPrefix { .. } => false,
        }
    }

    /// A place in degrees, longitude first: of the system itself where it has degrees of its own, else of WGS 84.
    pub(crate) fn degrees_of(&self, p: LonLat) -> Option<LonLat> {
        match &self.kind {
            Kind::Gcj02 | Kind::Bd09 => self.kind.position_of(p).map(Into::into),
            Kind::Ready { is_north_first: false, .. } if self.is_degrees() => self.kind.position_of(p).map(Into::into),
            _ => Some(p),
        }
    }

    /// The place of degrees as [`Self::degrees_of`] gives them.
    pub(crate) fn of_degrees(&self, p: LonLat) -> Option<LonLat> {
        match &self.kind {
            Kind::Gcj02 | Kind::Bd09 => self.kind.to_wgs84(p.lon, p.lat),
            Kind::Ready { is_north_first: false, .. } if self.is_degrees() => self.kind.to_wgs84(p.lon, p.lat),
            _ => Some(p),
        }
    }

    /// True where the second number leads east.
    pub(crate) fn is_north_first(&self) -> bool {
        matches!(self.kind, Kind::LatLon | Kind::Ready { is_north_first: true, .. })
    }

    /// WGS 84 longitude and latitude of `x`, `y` (degrees or metres, as the system has it), or `None` where the projection
    /// fails there. Some 100 ns for a zone of Gauss–Krüger.
    pub fn to_wgs84(&self, x: f64, y: f64) -> Option<LonLat> {
        self.kind.to_wgs84(x, y)
    }

    /// The position of a place in this system, or `None` where the projection fails there. It undoes [`Self::to_wgs84`] to less
    /// than a micrometre (GCJ-02 and BD-09: a tenth of a millimetre).
    pub fn from_wgs84(&self, p: LonLat) -> Option<(f64, f64)> {
        self.kind.position_of(p).map(|[x, y]| (x, y))
    }

    /// Positions to WGS 84 longitude and latitude, in place. What has no place becomes NaN; returns how many did.
    pub fn all_to_wgs84(&self, positions: &mut [[f64; 2]]) -> usize {
        let mut lost = 0;
        let mut put = |position: &mut [f64; 2], p: Option<LonLat>| {
            lost += usize::from(p.is_none());
            *position = p.map_or([f64::NAN; 2], Into::into);
        };
        match &self.kind {
            Kind::LonLat => {}
            Kind::Ready { ready, is_north_first: false } => {
                positions.iter_mut().for_each(|p| put(p, ready.to_wgs84(p[0], p[1])));
            }
            kind => positions.iter_mut().for_each(|p| put(p, kind.to_wgs84(p[0], p[1]))),
        }
        lost
    }

    /// WGS 84 longitude and latitude to positions of this system, in place. What has none becomes NaN; returns how many did.
    pub fn all_from_wgs84(&self, positions: &mut [[f64; 2]]) -> usize {
        let mut lost = 0;
        for position in positions {
            let found = self.kind.position_of((*position).into());
            lost += usize::from(found.is_none());
            *position = found.unwrap_or([f64::NAN; 2]);
        }
        lost
    }
}

/// What a system of China, or one that is met everywhere, is called.
fn title_of_code(code: u32, lang: Lang) -> Option<String> {
    Some(match code {
        4326 => tr!(lang, "format.crs.title.wgs84").into_owned(),
        4490 => tr!(lang, "format.crs.title.cgcs2000").into_owned(),
        3857 => tr!(lang, "format.crs.title.web_mercator").into_owned(),
        32_601..=32_660 => format!("WGS 84 / UTM {}N", code - 32_600),
        32_701..=32_760 => format!("WGS 84 / UTM {}S", code - 32_700),
        _ => {
            let zone = GaussKruger::of_code(code)?;
            let datum = match zone.datum {
                ChineseDatum::Cgcs2000 => "CGCS2000",
                ChineseDatum::Xian80 => "Xian 1980",
                ChineseDatum::Beijing54 => "Beijing 1954",
            };
            let (width, meridian) = (zone.width, zone.meridian());
            if zone.has_prefix {
                let number = zone.zone;
                tr!(lang, "format.crs.title.zone", datum = datum, width = width, number = number, meridian = meridian)
            } else {
                tr!(lang, "format.crs.title.meridian", datum = datum, width = width, meridian = meridian)
            }
            .into_owned()
        }
    })
}
