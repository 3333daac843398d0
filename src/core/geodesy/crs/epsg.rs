//! EPSG's numbers: those of China by rule, others by their PROJ strings where they were found to agree with PROJ.

use super::datum::{Ellipsoid, Helmert};
use super::error::{Refusal, refusal, wanted};
use super::proj_string;
use super::system::{Projection, SecretDatum, Shift, System};
use super::tmerc::TmParameters;
use crate::i18n::tr;
use std::ops::RangeInclusive;

/// A datum of China that has Gauss–Krüger zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChineseDatum {
    Cgcs2000,
    Xian80,
    Beijing54,
}

/// A Gauss–Krüger zone of China.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GaussKruger {
    pub datum: ChineseDatum,
    /// 3 or 6 degrees wide.
    pub width: u8,
    /// Its number: 25 to 45 of 3 degrees, 13 to 23 of 6.
    pub zone: u8,
    /// True where eastings begin with the number.
    pub has_prefix: bool,
}

/// The first numbers of four runs: 6° by zone number, 6° by meridian, 3° by zone number, 3° by meridian.
const RUNS: [(ChineseDatum, [u32; 4]); 3] = [
    (ChineseDatum::Cgcs2000, [4491, 4502, 4513, 4534]),
    (ChineseDatum::Xian80, [2327, 2338, 2349, 2370]),
    (ChineseDatum::Beijing54, [21413, 21453, 2401, 2422]),
];

/// Beijing 1954's 6° zones once more: eastings without the number, named by it.
const BEIJING54_AGAIN: RangeInclusive<u32> = 21473..=21483;

impl GaussKruger {
    /// First zone and how many, by width.
    fn zones(width: u8) -> (u8, u8) {
        if width == 3 { (25, 21) } else { (13, 11) }
    }

    pub fn of_code(code: u32) -> Option<Self> {
        if BEIJING54_AGAIN.contains(&code) {
            let zone = u8::try_from(code - BEIJING54_AGAIN.start()).ok()? + 13;
            return Some(Self { datum: ChineseDatum::Beijing54, width: 6, zone, has_prefix: false });
        }
        RUNS.iter().find_map(|(datum, starts)| {
            let forms = [(6, true), (6, false), (3, true), (3, false)];
            starts.iter().zip(forms).find_map(|(start, (width, has_prefix))| {
                let (first, count) = Self::zones(width);
                let i = u8::try_from(code.checked_sub(*start)?).ok().filter(|i| *i < count)?;
                Some(Self { datum: *datum, width, zone: first + i, has_prefix })
            })
        })
    }

    /// Its number, `None` where China has no such zone.
    pub fn code(self) -> Option<u32> {
        let (first, count) = Self::zones(self.width);
        let i = self.zone.checked_sub(first).filter(|i| *i < count)?;
        let (_, starts) = RUNS.iter().find(|(datum, _)| *datum == self.datum)?;
        let run = if self.width == 3 { 2 } else { 0 } + usize::from(!self.has_prefix);
        Some(starts[run] + u32::from(i))
    }

    /// Degrees of its central meridian.
    pub fn meridian(self) -> f64 {
        f64::from(self.zone) * if self.width == 3 { 3.0 } else { 6.0 } - if self.width == 3 { 0.0 } else { 3.0 }
    }

    /// The zone whose central meridian it is.
    pub fn by_meridian(datum: ChineseDatum, width: u8, degrees: f64, has_prefix: bool) -> Option<Self> {
        let (first, count) = Self::zones(width);
        (first..first + count)
            .map(|zone| Self { datum, width, zone, has_prefix })
            .find(|own| (own.meridian() - degrees).abs() < 1e-9)
    }

    pub fn parameters(self) -> TmParameters {
        let prefix = if self.has_prefix { f64::from(self.zone) * 1e6 } else { 0.0 };
        TmParameters::gauss_kruger(self.meridian(), prefix + 500_000.0)
    }

    pub fn system(self) -> System {
        let (ellipsoid, shift) = match self.datum {
            ChineseDatum::Cgcs2000 => (Ellipsoid::GRS80, Shift::None),
            ChineseDatum::Xian80 => (Ellipsoid::XIAN80, Shift::Secret(SecretDatum::Xian80)),
            ChineseDatum::Beijing54 => (Ellipsoid::KRASSOWSKY, Shift::Secret(SecretDatum::Beijing54)),
        };
        System { ellipsoid, shift, projection: Projection::TransverseMercator(self.parameters()) }
    }
}

/// The system of a number. Where its shift is not public it is there all the same, as [`Shift::Secret`]: who has parameters
/// may use it.
///
/// # Errors
/// Where there is no such number, or it cannot be done as PROJ does it.
pub(super) fn system(code: u32) -> Result<System, Refusal> {
    if let Some(zone) = GaussKruger::of_code(code) {
        return Ok(zone.system());
    }
    let geographic = |ellipsoid, shift| System { ellipsoid, shift, projection: Projection::Geographic };
    Ok(match code {
        4326 | 4979 => System::WGS84,
        4490 | 4480 => System::CGCS2000,
        // 900913, 102100 and 102113 are what others call it; 6871 has heights.
        3857 | 6871 | 900_913 | 102_100 | 102_113 => System::WEB_MERCATOR,
        4610 => geographic(Ellipsoid::XIAN80, Shift::Secret(SecretDatum::Xian80)),
        4214 => geographic(Ellipsoid::KRASSOWSKY, Shift::Secret(SecretDatum::Beijing54)),
        32_601..=32_660 => utm(code - 32_600, false),
        32_701..=32_760 => utm(code - 32_700, true),
        4479 | 4978 => return Err(refusal(|lang| tr!(lang, "format.crs.geocentric"))),
        _ => of_the_list(code)?,
    })
}

fn utm(zone: u32, is_south: bool) -> System {
    // Both ranges above give 1 to 60.
    let zone = u8::try_from(zone).unwrap_or(1);
    System::transverse_mercator(Ellipsoid::WGS84, proj_string::utm(zone, is_south))
}

/// Numbers (first and last of each run) whose PROJ strings say that they lie on WGS 84, where PROJ itself knows better: later
/// realisations of NAD83 in the Americas, NAD83 in Hawaii and the Aleutians, frames of their own epoch, all 0.4 to 1.4 m off; and
/// four that the list has wrong. No rule over the strings tells them. Found by sampling the area of use of each number against
/// PROJ 9.5; all others that are accepted agree to 0.7 mm.
#[rustfmt::skip]
const UNLIKE_PROJ: &[(u32, u32)] = &[
    (2036, 2038), (2139, 2153), (2292, 2292), (2759, 2781), (2787, 2865), (2867, 2962), (2967, 2968), (2984, 2984),
    (2993, 2994), (3071, 3071), (3075, 3077), (3079, 3079), (3084, 3085), (3087, 3087), (3090, 3091), (3153, 3160),
    (3162, 3162), (3311, 3311), (3338, 3338), (3348, 3348), (3358, 3373), (3402, 3404), (3425, 3432), (3441, 3446),
    (3456, 3459), (3464, 3464), (3568, 3570), (3579, 3579), (3581, 3581), (3740, 3749), (3753, 3759), (3761, 3761),
    (3779, 3782), (3799, 3799), (3802, 3802), (3815, 3815), (3969, 3969), (3979, 3979), (4055, 4055), (4140, 4140),
    (4152, 4152), (4217, 4217), (4359, 4361), (4420, 4421), (4617, 4617), (4645, 4645), (4955, 4957), (5071, 5071),
    (5321, 5321), (5340, 5349), (5364, 5367), (5499, 5499), (5654, 5654), (6098, 6114), (6649, 6665), (6989, 6997),
    (7138, 7139), (7372, 7372), (7902, 7902), (7911, 7912), (8090, 8226), (8449, 8449), (8990, 8990), (8999, 9000),
    (26_825, 26_835), (26_855, 26_862), (26_891, 26_901), (26_904, 26_905), (26_940, 26_940), (26_961, 26_965),
];

/// True where a number is known, be it refused or not.
pub(super) fn is_listed(code: u32) -> bool {
    u16::try_from(code).is_ok_and(|code| crs_definitions::from_code(code).is_some())
}

/// A number whose PROJ string is in `crs-definitions`.
fn of_the_list(code: u32) -> Result<System, Refusal> {
    let unknown = || refusal(|lang| tr!(lang, "format.crs.no_number"));
    let definition = u16::try_from(code).ok().and_then(crs_definitions::from_code).ok_or_else(unknown)?.proj4;
    let system = proj_string::read(definition)?;
    if UNLIKE_PROJ.iter().any(|(first, last)| (*first..=*last).contains(&code)) {
        return Err(refusal(|lang| tr!(lang, "format.crs.unlike_proj")));
    }
    match &system.shift {
        Shift::Helmert(h) if h.is_of_tarim() => Err(wanted(SecretDatum::Beijing54)),
        // EPSG has several shifts for most datums, by region; the PROJ string holds one of them, which may be a hundred
        // metres off elsewhere. Hong Kong's is one for all of it.
        Shift::Helmert(h) if *h != HONG_KONG => Err(refusal(|lang| tr!(lang, "format.crs.one_of_many"))),
        _ => Ok(system),
    }
}

/// Of Hong Kong 1980 (EPSG:1825).
const HONG_KONG: Helmert = Helmert([-162.619, -276.959, -161.764, 0.067_753, -2.243_649, -1.158_827, -1.094_246]);

/// True for numbers whose definition is written by us: WGS 84, CGCS2000, UTM, Web Mercator, the zones of China.
pub(super) fn is_written(code: u32) -> bool {
    matches!(code, 4326 | 4490 | 3857 | 32_601..=32_660 | 32_701..=32_760) || GaussKruger::of_code(code).is_some()
}

/// The number of a system by its parameters, of those that are written often: WGS 84, CGCS2000 in all its zones, UTM, Web
/// Mercator, and the zones of Xi'an 1980 and Beijing 1954. Where zones of 3 and 6 degrees coincide, that of 3.
pub(super) fn code_of(system: &System) -> Option<u32> {
    match &system.projection {
        Projection::Geographic => [(4490, System::CGCS2000), (4326, System::WGS84)]
            .into_iter()
            .find(|(_, own)| own.ellipsoid.is_like(system.ellipsoid) && own.shift == system.shift)
            .map(|(code, _)| code)
            .or_else(|| [4610, 4214].into_iter().find(|code| self::system(*code).is_ok_and(|own| own.is_like(system)))),
        Projection::WebMercator => Some(3857),
        Projection::TransverseMercator(tm) if (tm.k - 0.9996).abs() < 1e-11 => {
            let zone = (tm.lon_0 + 183.0) / 6.0;
            if !(0.5..60.5).contains(&zone) || system.shift != Shift::None {
                return None;
            }
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in range by the line above")]
            let zone = zone.round() as u32;
            [32_600 + zone, 32_700 + zone].into_iter().find(|c| self::system(*c).is_ok_and(|own| own.is_like(system)))
        }
        Projection::TransverseMercator(tm) => RUNS.iter().find_map(|(datum, _)| {
            [(3, false), (3, true), (6, false), (6, true)].into_iter().find_map(|(width, has_prefix)| {
                let zone = GaussKruger::by_meridian(*datum, width, tm.lon_0, has_prefix)?;
                zone.system().is_like(system).then(|| zone.code())?
            })
        }),
        Projection::Library(_) => None,
    }
}
