//! A system by its parameters (ellipsoid, shift to WGS 84, projection), and the same made ready for use.

use super::datum::{DatumWay, Ellipsoid, Helmert};
use super::proj_string;
use super::tmerc::{TmParameters, TransverseMercator};
use crate::geodesy::LonLat;
use proj4rs::Proj;

/// A system by its parameters. Plain and comparable.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct System {
    pub ellipsoid: Ellipsoid,
    pub shift: Shift,
    pub projection: Projection,
}

/// How a datum lies to WGS 84.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shift {
    /// As WGS 84: CGCS2000, and all that say so.
    None,
    /// By these parameters, to WGS 84.
    Helmert(Helmert),
    /// By these parameters, from WGS 84.
    HelmertBack(Helmert),
    /// By parameters that are not public: of a datum by its name.
    Secret(SecretDatum),
}

/// A datum whose parameters are not public, or not one set for all of its area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SecretDatum {
    /// 1980 西安坐标系。
    Xian80,
    /// 1954 北京坐标系。
    Beijing54,
    /// Any other.
    Other,
}

/// From the ellipsoid to the plane.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Projection {
    /// None: degrees.
    Geographic,
    TransverseMercator(TmParameters),
    /// Web Mercator: the ellipsoid's degrees on a sphere of its semi-major axis.
    WebMercator,
    /// By proj4rs: a PROJ string without a shift.
    Library(String),
}

impl System {
    /// Degrees on WGS 84's place.
    pub const WGS84: Self =
        Self { ellipsoid: Ellipsoid::WGS84, shift: Shift::None, projection: Projection::Geographic };
    /// CGCS2000, degrees.
    pub const CGCS2000: Self =
        Self { ellipsoid: Ellipsoid::GRS80, shift: Shift::None, projection: Projection::Geographic };
    /// Web Mercator.
    pub const WEB_MERCATOR: Self =
        Self { ellipsoid: Ellipsoid::WGS84, shift: Shift::None, projection: Projection::WebMercator };

    pub fn transverse_mercator(ellipsoid: Ellipsoid, parameters: TmParameters) -> Self {
        Self { ellipsoid, shift: Shift::None, projection: Projection::TransverseMercator(parameters) }
    }

    pub fn is_degrees(&self) -> bool {
        self.projection == Projection::Geographic
    }

    pub fn tm(&self) -> Option<&TmParameters> {
        match &self.projection {
            Projection::TransverseMercator(tm) => Some(tm),
            _ => None,
        }
    }

    /// True where both put every position in the same place, to about a tenth of a millimetre.
    pub fn is_like(&self, other: &Self) -> bool {
        let on_like = self.ellipsoid.is_like(other.ellipsoid)
            || self.ellipsoid.is_modern() && other.ellipsoid.is_modern() && self.tm().is_none();
        let shift = match (&self.shift, &other.shift) {
            (Shift::Secret(_), Shift::Secret(_)) => true,
            (a, b) => a == b,
        };
        on_like
            && shift
            && match (&self.projection, &other.projection) {
                (Projection::TransverseMercator(a), Projection::TransverseMercator(b)) => a.is_like(b),
                (Projection::Library(_), Projection::Library(_)) => self.projects_like(other),
                (a, b) => a == b,
            }
    }

    /// Compares two projections of the library by where they put some places.
    fn projects_like(&self, other: &Self) -> bool {
        let (Some(a), Some(b)) = (Projector::new(self), Projector::new(other)) else { return false };
        let mut seen = 0;
        for lon in (-180..180).step_by(20) {
            for lat in [-75.0, -40.0, -10.0, 15.0, 45.0, 80.0] {
                let p = LonLat::new(f64::from(lon) + 0.5, lat);
                if let (Some(here), Some(there)) = (a.forward(p), b.forward(p)) {
                    let large = here[0].hypot(here[1]);
                    if large > 1e7 {
                        continue;
                    }
                    if (here[0] - there[0]).hypot(here[1] - there[1]) > 1e-3 {
                        return false;
                    }
                    seen += 1;
                }
            }
        }
        seen > 0
    }

    /// As a PROJ string that [`proj_string::read`] takes back, `None` where the shift is not known.
    pub fn proj_string(&self) -> Option<String> {
        let shift = match &self.shift {
            Shift::None if self.ellipsoid.is_modern() => String::new(),
            Shift::None => " +towgs84=0,0,0".to_owned(),
            Shift::Helmert(h) => {
                format!(" +towgs84={}", h.0.map(|v| v.to_string()).join(","))
            }
            Shift::HelmertBack(_) | Shift::Secret(_) => return None,
        };
        let ellipsoid = if self.ellipsoid.is_like(Ellipsoid::GRS80) {
            "+ellps=GRS80".to_owned()
        } else if self.ellipsoid.is_like(Ellipsoid::WGS84) {
            "+ellps=WGS84".to_owned()
        } else if self.ellipsoid.is_like(Ellipsoid::KRASSOWSKY) {
            "+ellps=krass".to_owned()
        } else {
            format!("+a={} +rf={}", self.ellipsoid.a, (self.ellipsoid.inverse_flattening() * 1e9).round() / 1e9)
        };
        let projection = match &self.projection {
            Projection::Geographic => "+proj=longlat".to_owned(),
            Projection::TransverseMercator(tm) => format!(
                "+proj=tmerc +lat_0={} +lon_0={} +k={} +x_0={} +y_0={} +units=m",
                tm.lat_0, tm.lon_0, tm.k, tm.x_0, tm.y_0
            ),
            Projection::WebMercator => return Some("EPSG:3857".to_owned()),
            Projection::Library(text) => return Some(format!("{text}{shift}")),
        };
        Some(format!("{projection} {ellipsoid}{shift} +no_defs"))
    }
}

/// A projection made ready.
pub(super) enum Projector {
    Geographic,
    TransverseMercator(Box<TransverseMercator>),
    WebMercator { radius: f64 },
    Library { plane: Box<Proj>, degrees: Box<Proj> },
}

impl Projector {
    /// `None` where the library knows it not, or not both ways.
    pub fn new(system: &System) -> Option<Self> {
        Some(match &system.projection {
            Projection::Geographic => Self::Geographic,
            Projection::TransverseMercator(tm) => {
                Self::TransverseMercator(Box::new(TransverseMercator::new(system.ellipsoid, tm)))
            }
            Projection::WebMercator => Self::WebMercator { radius: system.ellipsoid.a },
            Projection::Library(text) => {
                let plane = Proj::from_proj_string(text).ok()?;
                if !plane.has_inverse() || !plane.has_forward() {
                    return None;
                }
                let degrees = Proj::from_proj_string(&proj_string::on_its_ellipsoid(text)).ok()?;
                Self::Library { plane: Box::new(plane), degrees: Box::new(degrees) }
            }
        })
    }

    /// The place on the ellipsoid.
    pub fn inverse(&self, x: f64, y: f64) -> Option<LonLat> {
        // Farther out than any plane: Mercators would call it a pole.
        if !(x.abs() < 1e8 && y.abs() < 1e8) {
            return None;
        }
        let p = match self {
            Self::Geographic => LonLat::new(x, y),
            Self::TransverseMercator(tm) => tm.inverse(x, y)?,
            Self::WebMercator { radius } => {
                let lon = (x / radius).to_degrees();
                // As far as a turn: what a map that was panned across the antimeridian writes.
                let lon =
                    if lon.abs() > 180.0 && lon.abs() <= 540.0 { lon - 360.0 * (lon / 360.0).round() } else { lon };
                LonLat::new(lon, (y / radius).sinh().atan().to_degrees())
            }
            Self::Library { plane, degrees } => {
                let mut point = (x, y, 0.0);
                proj4rs::transform::transform(plane, degrees, &mut point).ok()?;
                LonLat::new(point.0.to_degrees(), point.1.to_degrees())
            }
        };
        p.is_in_range().then_some(p)
    }

    /// The position in the plane.
    pub fn forward(&self, p: LonLat) -> Option<[f64; 2]> {
        let [x, y] = match self {
            Self::Geographic => [p.lon, p.lat],
            Self::TransverseMercator(tm) => tm.forward(p)?,
            Self::WebMercator { radius } if p.lat.abs() < 90.0 => {
                [radius * p.lon.to_radians(), radius * p.lat.to_radians().tan().asinh()]
            }
            Self::WebMercator { .. } => return None,
            Self::Library { plane, degrees } => {
                let mut point = (p.lon.to_radians(), p.lat.to_radians(), 0.0);
                proj4rs::transform::transform(degrees, plane, &mut point).ok()?;
                [point.0, point.1]
            }
        };
        (x.is_finite() && y.is_finite()).then_some([x, y])
    }
}

/// A plane similarity: turned and scaled about the origin, then moved.
#[derive(Clone, Copy, Debug)]
pub(super) struct Similarity {
    cos: f64,
    sin: f64,
    east: f64,
    north: f64,
}

impl Similarity {
    /// `turn` is counter-clockwise, radians.
    pub fn new(east: f64, north: f64, turn: f64, scale: f64) -> Self {
        Self { cos: scale * turn.cos(), sin: scale * turn.sin(), east, north }
    }

    pub fn forward(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [self.east + self.cos * x - self.sin * y, self.north + self.sin * x + self.cos * y]
    }

    pub fn inverse(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (x, y) = (x - self.east, y - self.north);
        let d = self.cos * self.cos + self.sin * self.sin;
        [(self.cos * x + self.sin * y) / d, (self.cos * y - self.sin * x) / d]
    }

    /// The similarity that undoes this one.
    pub fn undone(&self) -> Self {
        let d = self.cos * self.cos + self.sin * self.sin;
        let [east, north] = self.inverse([0.0, 0.0]);
        Self { cos: self.cos / d, sin: -self.sin / d, east, north }
    }
}

/// A datum's way to WGS 84, as its parameters lead.
enum Way {
    Same,
    ToWgs84(DatumWay),
    FromWgs84(DatumWay),
}

impl Way {
    fn to_wgs84(&self, p: LonLat) -> LonLat {
        match self {
            Self::Same => p,
            Self::ToWgs84(way) => way.forward(p),
            Self::FromWgs84(way) => way.inverse(p),
        }
    }

    fn undo(&self, p: LonLat) -> LonLat {
        match self {
            Self::Same => p,
            Self::ToWgs84(way) => way.inverse(p),
            Self::FromWgs84(way) => way.forward(p),
        }
    }
}

/// A system made ready for use: positions go through it from many threads.
pub(super) struct Ready {
    projector: Projector,
    way: Way,
    /// From the positions of the file to the plane of the projection.
    plane: Option<Similarity>,
}

impl Ready {
    /// `None` where the shift is not known, or the library cannot do the projection.
    pub fn new(system: &System, plane: Option<Similarity>) -> Option<Self> {
        let way = match &system.shift {
            Shift::None => Way::Same,
            Shift::Helmert(helmert) => Way::ToWgs84(DatumWay::new(system.ellipsoid, helmert, Ellipsoid::WGS84)?),
            Shift::HelmertBack(helmert) => Way::FromWgs84(DatumWay::new(Ellipsoid::WGS84, helmert, system.ellipsoid)?),
            Shift::Secret(_) => return None,
        };
        Some(Self { projector: Projector::new(system)?, way, plane })
    }

    pub fn to_wgs84(&self, x: f64, y: f64) -> Option<LonLat> {
        let [x, y] = self.plane.map_or([x, y], |plane| plane.forward([x, y]));
        let p = self.projector.inverse(x, y)?;
        Some(self.way.to_wgs84(p))
    }

    pub fn position_of(&self, p: LonLat) -> Option<[f64; 2]> {
        if !p.is_in_range() {
            return None;
        }
        let position = self.projector.forward(self.way.undo(p))?;
        Some(self.plane.map_or(position, |plane| plane.inverse(position)))
    }
}
