//! What a system does with positions.

use super::epsg::{ChineseDatum, GaussKruger};
use super::error::{Refusal, refusal, wanted};
use super::shifted::{bd09_to_gcj02, gcj02_to_bd09, gcj02_to_wgs84, wgs84_to_gcj02};
use super::system::{Ready, Shift, Similarity, System};
use crate::geodesy::LonLat;
use crate::i18n::tr;

/// What a system does with positions.
pub(super) enum Kind {
    LonLat,
    LatLon,
    /// Longitudes from 0 to 360.
    Turned,
    Gcj02,
    Bd09,
    Ready {
        ready: Box<Ready>,
        is_north_first: bool,
    },
    /// CGCS2000, each easting by the number it begins with: width of the zones, and all of them from the first.
    ByPrefix {
        width: f64,
        first: usize,
        zones: Vec<Ready>,
    },
}

impl Kind {
    pub fn of(system: &System, plane: Option<Similarity>) -> Result<Self, Refusal> {
        if let Shift::Secret(datum) = system.shift {
            return Err(wanted(datum));
        }
        let ready = Ready::new(system, plane).ok_or_else(|| refusal(|lang| tr!(lang, "format.crs.no_inverse")))?;
        Ok(Self::Ready { ready: Box::new(ready), is_north_first: false })
    }

    /// All zones of a width, by the number their eastings begin with.
    pub fn by_prefix(width: u8) -> Result<Self, Refusal> {
        let (first, last) = if width == 3 { (25, 45) } else { (13, 23) };
        let zone = |zone| GaussKruger { datum: ChineseDatum::Cgcs2000, width, zone, has_prefix: true };
        let zones = (first..=last).map(|z| Ready::new(&zone(z).system(), None)).collect::<Option<_>>();
        let zones = zones.ok_or_else(|| refusal(|lang| tr!(lang, "format.crs.no_inverse")))?;
        Ok(Self::ByPrefix { width: f64::from(width), first: usize::from(first), zones })
    }

    pub fn to_wgs84(&self, x: f64, y: f64) -> Option<LonLat> {
        match self {
            Self::LonLat => Some(LonLat::new(x, y)),
            Self::LatLon => Some(LonLat::new(y, x)),
            Self::Turned => (0.0..=360.0).contains(&x).then(|| LonLat::new(if x > 180.0 { x - 360.0 } else { x }, y)),
            Self::Gcj02 => Some(gcj02_to_wgs84(LonLat::new(x, y))),
            Self::Bd09 => Some(gcj02_to_wgs84(bd09_to_gcj02(LonLat::new(x, y)))),
            Self::Ready { ready, is_north_first: false } => ready.to_wgs84(x, y),
            Self::Ready { ready, is_north_first: true } => ready.to_wgs84(y, x),
            Self::ByPrefix { first, zones, .. } => {
                let number = (x / 1e6).floor() - *first as f64;
                let zone = zones.iter().enumerate().find(|(i, _)| *i as f64 == number)?.1;
                zone.to_wgs84(x, y)
            }
        }
    }

    pub fn position_of(&self, p: LonLat) -> Option<[f64; 2]> {
        match self {
            Self::LonLat => Some([p.lon, p.lat]),
            Self::LatLon => Some([p.lat, p.lon]),
            Self::Turned => Some([if p.lon < 0.0 { p.lon + 360.0 } else { p.lon }, p.lat]),
            Self::Gcj02 => Some(wgs84_to_gcj02(p).into()),
            Self::Bd09 => Some(gcj02_to_bd09(wgs84_to_gcj02(p)).into()),
            Self::Ready { ready, is_north_first } => {
                let [x, y] = ready.position_of(p)?;
                Some(if *is_north_first { [y, x] } else { [x, y] })
            }
            Self::ByPrefix { width, first, zones } => {
                // A place on the cut between two zones is in the eastern one.
                let number = if *width == 3.0 { (p.lon / 3.0 + 0.5).floor() } else { (p.lon / 6.0).floor() + 1.0 };
                let number = number - *first as f64;
                let zone = zones.iter().enumerate().find(|(i, _)| *i as f64 == number)?.1;
                zone.position_of(p)
            }
        }
    }
}
