//! What positions of an unknown or doubtful system may mean: the readings that put them in China, each to be previewed.

use super::epsg::{self, GaussKruger};
use super::local::LocalBase;
use super::system::{Projection, System};
use super::{Crs, LocalCrs};
use crate::geodesy::{LonLat, LonLatBox};
use crate::i18n::{Lang, tr};

/// What a reading takes positions for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadingKind {
    /// What was declared.
    Declared,
    /// The declared zone, its eastings with or without the zone's number against what was declared.
    OtherPrefix,
    /// Degrees, longitude first.
    Degrees,
    /// Degrees, latitude first.
    SwappedDegrees,
    /// Degrees, longitudes from 0 to 360.
    TurnedDegrees,
    /// Degrees as a Chinese web map shows them. Numbers alone cannot tell.
    WebMap,
    /// A zone of CGCS2000 by the number that eastings begin with.
    Zone,
    /// Zones of CGCS2000, each position by its own number.
    MixedZones,
    /// Web Mercator.
    WebMercator,
    /// A zone of CGCS2000 by one of the meridians that put the positions in China.
    Meridian,
    /// A zone of UTM on WGS 84.
    Utm,
}

/// One way to read positions.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What it takes them for.
    pub kind: ReadingKind,
    /// True where north is taken to come first.
    pub is_north_first: bool,
    /// The system, as [`Crs::parse`] reads it.
    pub crs: String,
    /// Where the positions land.
    pub bounds: LonLatBox,
    /// The share of them that lands in China, from 0 to 1.
    pub share_in_china: f64,
}

impl Reading {
    /// What it is called for people: kind and system.
    pub fn name(&self, lang: Lang) -> String {
        let crs = Crs::parse(&self.crs).map_or_else(|_| self.crs.clone(), |crs| crs.title(lang));
        match self.kind {
            ReadingKind::Declared => tr!(lang, "format.crs.reading.declared", crs = crs),
            ReadingKind::OtherPrefix => tr!(lang, "format.crs.reading.other_prefix", crs = crs),
            ReadingKind::Degrees => tr!(lang, "format.crs.reading.degrees", crs = crs),
            ReadingKind::SwappedDegrees => tr!(lang, "format.crs.reading.swapped"),
            ReadingKind::TurnedDegrees => tr!(lang, "format.crs.reading.turned"),
            ReadingKind::WebMap => tr!(lang, "format.crs.reading.web_map", crs = crs),
            ReadingKind::Zone | ReadingKind::MixedZones => tr!(lang, "format.crs.reading.zone", crs = crs),
            ReadingKind::WebMercator | ReadingKind::Meridian | ReadingKind::Utm => crs.into(),
        }
        .into_owned()
    }
}

/// How much of a sample must land in China: the rest may be slips of the pen.
const MOST: f64 = 0.9;
/// How many positions are looked at.
const LOOKED_AT: usize = 1_000;

/// West and east ends of China with its seas by latitude, in steps of 2° from 2°N, a little wide.
const CHINA: [(f64, f64); 26] = [
    (107.0, 119.0),
    (107.0, 119.0),
    (107.0, 119.0),
    (107.0, 119.0),
    (107.0, 119.0),
    (107.0, 119.0),
    (107.0, 119.0),
    (107.0, 119.0),
    (107.0, 119.0),
    (99.0, 122.0),
    (97.3, 122.5),
    (97.3, 124.5),
    (85.0, 124.5),
    (81.0, 123.5),
    (78.3, 123.5),
    (77.8, 123.5),
    (77.3, 122.5),
    (73.5, 123.0),
    (73.2, 124.8),
    (73.3, 129.0),
    (79.0, 131.8),
    (79.0, 133.6),
    (81.8, 135.2),
    (84.8, 135.3),
    (115.0, 131.5),
    (119.0, 127.5),
];

/// True where a place lies in China or its seas, or a little outside: a coarse outline, no border.
pub fn is_in_china(p: LonLat) -> bool {
    let band = ((p.lat - 2.0) / 2.0).floor();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in the table")]
    let ends = (0.0..CHINA.len() as f64).contains(&band).then(|| CHINA[band as usize]);
    ends.is_some_and(|(west, east)| (west..=east).contains(&p.lon))
}

/// The readings that are plausible in China, best first. Where the declared system puts them in China it comes first; where it
/// puts them elsewhere it comes last, and where it fails it is left out. Degrees outside of China are kept where nothing else
/// fits. Empty where no reading is plausible: positions of a local system.
pub fn readings(positions: &[[f64; 2]], declared: Option<&Crs>) -> Vec<Reading> {
    let step = positions.len().div_ceil(LOOKED_AT).max(1);
    let sample: Vec<[f64; 2]> =
        positions.iter().step_by(step).copied().filter(|[x, y]| x.is_finite() && y.is_finite()).collect();
    let mut search = Search { sample, found: Vec::new() };
    if search.sample.is_empty() {
        return Vec::new();
    }
    let first =
        declared.and_then(|crs| search.landing(crs)).map(|landing| landing.reading(ReadingKind::Declared, declared));
    let is_at_home = first.as_ref().is_some_and(|r| r.share_in_china >= MOST);
    let within = |low: [f64; 2], high: [f64; 2]| {
        let inside = |p: &&[f64; 2]| (0..2).all(|i| (low[i]..=high[i]).contains(&p[i]));
        search.sample.iter().filter(inside).count() as f64 >= MOST * search.sample.len() as f64
    };
    if within([-360.0; 2], [360.0; 2]) {
        search.degrees(within([-180.0, -90.0], [180.0, 90.0]), within([0.0, -90.0], [360.0, 90.0]));
    } else {
        if let Some(crs) = declared {
            search.other_prefix(crs);
        }
        for is_north_first in [false, true] {
            search.planes(is_north_first);
        }
    }
    let mut all = search.found;
    all.sort_by_key(Reading::rank);
    if let Some(first) = first {
        all.retain(|r| r.crs != first.crs && !(is_same(&r.crs, declared)));
        if is_at_home { all.insert(0, first) } else { all.push(first) }
    }
    all
}

/// True where a text means the declared system.
fn is_same(text: &str, declared: Option<&Crs>) -> bool {
    let Some(declared) = declared else { return false };
    Crs::parse(text)
        .is_ok_and(|crs| crs.epsg.is_some() && crs.epsg == declared.epsg || crs.is_lon_lat() && declared.is_lon_lat())
}

/// Puts readings that land near what is already on the map before the others, the nearest first.
pub fn nearest_first(readings: &mut [Reading], reference: LonLatBox) {
    if reference.is_empty() {
        return;
    }
    let near = LonLatBox {
        min: LonLat::new(reference.min.lon - 0.5, reference.min.lat - 0.5),
        max: LonLat::new(reference.max.lon + 0.5, reference.max.lat + 0.5),
    };
    let apart = |r: &Reading| {
        let (a, b) = (r.bounds.center(), reference.center());
        if r.bounds.intersects(&near) { 0.0 } else { (a.lon - b.lon).hypot(a.lat - b.lat) }
    };
    readings.sort_by(|a, b| apart(a).total_cmp(&apart(b)));
}

impl Reading {
    /// Its place among others: what is more often meant before what is less.
    fn rank(&self) -> u32 {
        let kind = match self.kind {
            ReadingKind::Declared => 0,
            ReadingKind::OtherPrefix => 1,
            ReadingKind::Degrees if self.share_in_china < MOST => 9,
            ReadingKind::Degrees => 2,
            ReadingKind::SwappedDegrees | ReadingKind::WebMercator => 3,
            ReadingKind::Zone | ReadingKind::MixedZones => 4,
            ReadingKind::WebMap => 5,
            ReadingKind::TurnedDegrees | ReadingKind::Meridian => 6,
            ReadingKind::Utm => 7,
        };
        // Meridians by how many people live near: the middle of the country's people is near 114°E, 33°N.
        let away = match self.kind {
            ReadingKind::Meridian | ReadingKind::Utm => (self.bounds.center().lon - 114.0).abs().min(99.0),
            _ => 0.0,
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 990")]
        let away = (away * 10.0) as u32;
        (kind * 2 + u32::from(self.is_north_first)) * 1_000 + away
    }
}

struct Search {
    sample: Vec<[f64; 2]>,
    found: Vec<Reading>,
}

/// Where a sample lands.
struct Landing {
    bounds: LonLatBox,
    share_in_china: f64,
    /// The largest distance from a meridian, degrees, of those in China.
    places: Vec<LonLat>,
}

impl Landing {
    fn reading(self, kind: ReadingKind, crs: Option<&Crs>) -> Reading {
        Reading {
            kind,
            is_north_first: crs.is_some_and(Crs::is_north_first),
            crs: crs.map(|crs| crs.name().to_owned()).unwrap_or_default(),
            bounds: self.bounds,
            share_in_china: self.share_in_china,
        }
    }

    /// How far the places reach from a meridian, degrees.
    fn reach(&self, meridian: f64) -> f64 {
        self.places.iter().map(|p| (p.lon - meridian).abs()).fold(0.0, f64::max)
    }
}

impl Search {
    /// `None` where more than a few positions have no place.
    fn landing(&self, crs: &Crs) -> Option<Landing> {
        let landed = self.sample.iter().filter_map(|p| crs.to_wgs84(p[0], p[1])).filter(|p| p.is_in_range());
        let places: Vec<LonLat> = landed.collect();
        let share = |n: usize| n as f64 / self.sample.len() as f64;
        if share(places.len()) < MOST {
            return None;
        }
        let at_home: Vec<LonLat> = places.iter().copied().filter(|p| is_in_china(*p)).collect();
        let share_in_china = share(at_home.len());
        let places = if share_in_china >= MOST { at_home } else { places };
        Some(Landing { bounds: LonLatBox::of(&places), share_in_china, places })
    }

    fn consider(&mut self, kind: ReadingKind, name: &str, fits: impl Fn(&Landing) -> bool) {
        let Ok(crs) = Crs::parse(name) else { return };
        if let Some(landing) = self.landing(&crs).filter(|l| fits(l))
            && !self.found.iter().any(|r| r.crs == name)
        {
            self.found.push(landing.reading(kind, Some(&crs)));
        }
    }

    fn degrees(&mut self, in_range: bool, in_range_turned: bool) {
        let at_home = |l: &Landing| l.share_in_china >= MOST;
        if in_range {
            self.consider(ReadingKind::Degrees, "EPSG:4490", |_| true);
        }
        self.consider(ReadingKind::SwappedDegrees, "LATLON", at_home);
        if in_range_turned && !in_range {
            self.consider(ReadingKind::TurnedDegrees, "LONLAT360", |_| true);
        }
        for shifted in ["GCJ-02", "BD-09"] {
            self.consider(ReadingKind::WebMap, shifted, at_home);
        }
    }

    /// Systems in metres, of one order of the axes.
    fn planes(&mut self, is_north_first: bool) {
        let at_home = |l: &Landing| l.share_in_china >= MOST;
        let named = |name: &str| if is_north_first { format!("NE:{name}") } else { name.to_owned() };
        let numbers = self.numbers(is_north_first);
        if let [number] = numbers[..] {
            // A number of 6° zones is none of 3° ones.
            let zone =
                [4_513 - 25, 4_491 - 13].into_iter().zip([25..=45, 13..=23]).find(|(_, zones)| zones.contains(&number));
            if let Some((start, _)) = zone {
                self.consider(ReadingKind::Zone, &named(&format!("EPSG:{}", start + number)), at_home);
            }
        } else if !is_north_first {
            for (zones, name) in [(25..=45, "CGCS2000_3_DEGREE_BY_PREFIX"), (13..=23, "CGCS2000_6_DEGREE_BY_PREFIX")] {
                if numbers.iter().all(|n| zones.contains(n)) {
                    self.consider(ReadingKind::MixedZones, name, at_home);
                }
            }
        }
        self.consider(ReadingKind::WebMercator, &named("EPSG:3857"), at_home);
        if numbers != [0] {
            return;
        }
        for i in 0..21 {
            let meridian = 75.0 + 3.0 * f64::from(i);
            // Positions wider than a 3° zone are in one of 6°, where its meridian is one.
            let narrow = |l: &Landing| at_home(l) && l.reach(meridian) <= 1.7;
            let wide = |l: &Landing| at_home(l) && (1.7..=3.4).contains(&l.reach(meridian));
            self.consider(ReadingKind::Meridian, &named(&format!("EPSG:{}", 4_534 + i)), narrow);
            if i % 2 == 0 {
                self.consider(ReadingKind::Meridian, &named(&format!("EPSG:{}", 4_502 + i / 2)), wide);
            }
        }
        for zone in 43..=53u32 {
            let meridian = f64::from(zone) * 6.0 - 183.0;
            let fits = |l: &Landing| at_home(l) && l.reach(meridian) <= 3.2;
            self.consider(ReadingKind::Utm, &named(&format!("EPSG:{}", 32_600 + zone)), fits);
        }
    }

    /// The millions of the eastings, each once, of all but a few.
    fn numbers(&self, is_north_first: bool) -> Vec<i64> {
        let mut counts: Vec<(i64, usize)> = Vec::new();
        for p in &self.sample {
            #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
            let number = (p[usize::from(is_north_first)] / 1e6).floor() as i64;
            match counts.iter().position(|(n, _)| *n == number) {
                Some(i) => counts[i].1 += 1,
                None if counts.len() < 60 => counts.push((number, 1)),
                None => {}
            }
        }
        let few = (1.0 - MOST) * self.sample.len() as f64;
        let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
        counts.retain(|(_, count)| *count as f64 > few || *count == most);
        counts.sort_unstable();
        counts.into_iter().map(|(n, _)| n).collect()
    }

    /// The declared zone with or without its number in the eastings.
    fn other_prefix(&mut self, declared: &Crs) {
        for is_north_first in [false, true] {
            if let [number] = self.numbers(is_north_first)[..]
                && let Some(name) = with_prefix(declared, number)
            {
                let name = if is_north_first { format!("NE:{name}") } else { name };
                self.consider(ReadingKind::OtherPrefix, &name, |l| l.share_in_china >= MOST);
            }
        }
    }
}

/// A zone's system with its eastings beginning with `number` (0: with none), as a text. `None` where the number is not the
/// zone's, or nothing changes.
pub(super) fn with_prefix(crs: &Crs, number: i64) -> Option<String> {
    let system = crs.system.as_ref()?;
    let tm = system.tm()?;
    let own = (tm.x_0 / 1e6).floor();
    let number = number as f64;
    let is_of_zone = number == 0.0 || number == tm.lon_0 / 3.0 || number == (tm.lon_0 + 3.0) / 6.0;
    if !is_of_zone || own == number || !(0.0..=60.0).contains(&own) {
        return None;
    }
    let mut moved = *tm;
    moved.x_0 += (number - own) * 1e6;
    let system = System { projection: Projection::TransverseMercator(moved), ..system.clone() };
    if let Some(local) = crs.as_local() {
        let mut local: LocalCrs = local.clone();
        match &mut local.base {
            LocalBase::TransverseMercator { false_easting_m, .. } => *false_easting_m = moved.x_0,
            LocalBase::System(text) => {
                *text = epsg::code_of(&secret_of(&system, text)).map(|code| format!("EPSG:{code}"))?;
            }
        }
        return Some(local.text());
    }
    match epsg::code_of(&system) {
        Some(code) => Some(format!("EPSG:{}", same_width(code, crs.epsg()))),
        None => system.proj_string(),
    }
}

/// The system with the shift that its base has by itself.
fn secret_of(system: &System, base: &str) -> System {
    let digits = base.rsplit(':').next().and_then(|code| code.trim().parse().ok());
    let shift = digits.and_then(|code| epsg::system(code).ok()).map_or(system.shift.clone(), |base| base.shift);
    System { shift, ..system.clone() }
}

/// A zone's number in the width of another: where both coincide, 6° stays 6°.
fn same_width(code: u32, other: Option<u32>) -> u32 {
    let (Some(zone), Some(other)) = (GaussKruger::of_code(code), other.and_then(GaussKruger::of_code)) else {
        return code;
    };
    let wide = GaussKruger::by_meridian(zone.datum, other.width, zone.meridian(), zone.has_prefix);
    wide.filter(|wide| wide.parameters().is_like(&zone.parameters())).and_then(GaussKruger::code).unwrap_or(code)
}
