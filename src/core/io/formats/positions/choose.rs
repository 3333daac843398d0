//! Chooses the columns of positions by their names and a sample, and decides how their values are meant.

use super::Placing;
use super::angle::read_pair;
use super::names::{Candidate, Named, candidates};
use super::scan::PositionScan;
use super::systems::named_system;
use crate::i18n::{Said, tr};
use crate::io::formats::Note;
use crate::io::formats::tabular::Raw;
use crate::io::formats::wkt::looks_like_wkt;

/// The columns that are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Those that tell positions; `None` where none do.
    pub chosen: Option<Candidate>,
    /// Those that could have been taken instead.
    pub others: Vec<Candidate>,
    /// A column called a geometry whose texts are no WKT (WKB, GeoJSON).
    pub unread: Option<usize>,
}

/// The columns that tell positions: by name where the sample's values can be read, else by the sample's values alone. Also says
/// whether other columns could have been taken. `sample` is some rows of the table.
pub fn choose(names: &[String], sample: &[Vec<Raw<'_>>]) -> Choice {
    let named = candidates(names);
    let mut good = Vec::new();
    let (mut empty, mut unread, mut no_wkt) = (None, None, None);
    for candidate in named {
        let mut scan = PositionScan::new(candidate);
        sample.iter().for_each(|cells| scan.see(cells));
        // Names that can mean nothing else need no majority: what cannot be read is told row by row.
        let is_certain = match &scan.candidate {
            Candidate::Pair { named, .. } => matches!(named, Named::Degrees | Named::EastNorth),
            Candidate::Parts { .. } => true,
            Candidate::Single { .. } | Candidate::Wkt { .. } => false,
        };
        // Of others most must be readable; a column that is empty so far may be filled later.
        if scan.read() > 0 && (is_certain || scan.read() >= scan.failed) {
            good.push(scan.candidate);
        } else if scan.failed > 0 && is_certain && unread.is_none() {
            unread = Some(scan.candidate);
        } else if let Candidate::Wkt { column } = scan.candidate
            && scan.failed > 0
        {
            no_wkt = no_wkt.or(Some(column).filter(|column| is_geometry_text(sample, *column)));
        } else if scan.read() + scan.failed == 0 && empty.is_none() {
            empty = Some(scan.candidate);
        }
    }
    let others = good.split_off(good.len().min(1));
    let chosen = good.pop().or_else(|| by_values(sample)).or(unread).or(empty);
    Choice { chosen, others, unread: no_wkt }
}

/// True where a column's texts begin like hexadecimal WKB or GeoJSON.
fn is_geometry_text(sample: &[Vec<Raw<'_>>], column: usize) -> bool {
    let mut cells = sample.iter().filter_map(|cells| cells.get(column)).filter(|raw| !raw.is_blank());
    cells.next().is_some_and(|raw| {
        let text = raw.shown();
        let is_wkb = text.len() >= 18 && text.starts_with("0") && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_wkb || (text.trim_start().starts_with('{') && text.contains("coordinates"))
    })
}

/// The columns whose values can be nothing else.
fn by_values(sample: &[Vec<Raw<'_>>]) -> Option<Candidate> {
    let width = sample.iter().map(Vec::len).max().unwrap_or(0).min(1000);
    let texts = |column: usize| {
        let cells = sample.iter().filter_map(move |cells| cells.get(column));
        cells.filter_map(|cell| match cell {
            Raw::Text(text) if !text.trim().is_empty() => Some(&**text),
            _ => None,
        })
    };
    for column in 0..width {
        if texts(column).next().is_some() && texts(column).all(looks_like_wkt) {
            return Some(Candidate::Wkt { column });
        }
    }
    for column in 0..width {
        let in_china = |text: &str| {
            read_pair(text).is_some_and(|(first, second)| {
                let (a, b) = (first.degrees, second.degrees);
                let lies = |lon: f64, lat: f64| (73.0..=136.0).contains(&lon) && (3.0..=54.0).contains(&lat);
                a.fract() != 0.0 && b.fract() != 0.0 && (lies(a, b) || lies(b, a))
            })
        };
        if texts(column).next().is_some() && texts(column).all(in_china) {
            return Some(Candidate::Single { column, latitude_first: None });
        }
    }
    for column in 1..width {
        let candidate = Candidate::Pair { x: column - 1, y: column, named: Named::Values };
        let mut scan = PositionScan::new(candidate);
        sample.iter().for_each(|cells| scan.see(cells));
        let (a, b) = (&scan.x, &scan.y);
        if scan.failed > 0 || !a.mostly(a.fractions) || !b.mostly(b.fractions) {
            continue;
        }
        let degrees =
            |lon: &super::AxisScan, lat: &super::AxisScan| lon.all(lon.china_longitude) && lat.all(lat.china_latitude);
        let metres = |east: &super::AxisScan, north: &super::AxisScan| {
            north.all(north.north) && (east.all(east.zoned) || east.all(east.east))
        };
        if degrees(a, b) || degrees(b, a) || metres(a, b) || metres(b, a) {
            return Some(scan.candidate);
        }
    }
    None
}

/// Decides from a whole scan how positions are meant, which system they name, and what must be said about it. `texts` are
/// those that may name a system: names of the columns, titles above the table, the file's name.
pub(crate) fn decide(scan: &PositionScan, names: &[String], texts: &[&str], by_hand: bool) -> Decided {
    let mut notes = Vec::new();
    let mut tell =
        |said: Said, kind: &'static str, is_doubt: bool| notes.push(Note { row: None, said, kind, is_doubt });
    let name = |column: usize| names.get(column).map_or("", String::as_str);
    let (x, y) = (&scan.x, &scan.y);
    let mut placing = Placing { candidate: scan.candidate.clone(), swap: false, projected: false, srid: scan.srid };
    placing.projected = scan.read() > 0 && !(x.is_degrees() && y.is_degrees());
    if matches!(scan.candidate, Candidate::Parts { .. }) {
        placing.projected = false;
    }
    let (named, both) = match &scan.candidate {
        Candidate::Pair { x, y, named } => (Some(*named), [name(*x), name(*y)]),
        Candidate::Single { column, .. } => (None, [name(*column); 2]),
        Candidate::Parts { x, y } => (Some(Named::Degrees), [name(x[0]), name(y[0])]),
        Candidate::Wkt { column } => (None, [name(*column); 2]),
    };
    let is_wkt = matches!(scan.candidate, Candidate::Wkt { .. });
    if !is_wkt && !by_hand && scan.read() > 0 {
        let latitude_first = match scan.candidate {
            Candidate::Single { latitude_first, .. } => latitude_first,
            _ => None,
        };
        let flipped_degrees = y.mostly(y.within_180)
            || (x.all(x.china_latitude) && y.all(y.china_longitude) && named != Some(Named::EastNorth));
        let [first, second] = both;
        if !placing.projected {
            placing.swap = if x.mostly(x.within_180) { false } else { flipped_degrees || latitude_first == Some(true) };
            if placing.swap && latitude_first != Some(true) && x.north_south == 0 {
                let said = Said::told(|lang| {
                    tr!(lang, "format.position.latitude_first", first = first, second = second).into_owned()
                });
                tell(said, "format.position.latitude_first", true);
            }
        } else {
            let flipped = x.mostly(x.north) && !y.mostly(y.north);
            let straight = y.mostly(y.north) && !x.mostly(x.north);
            placing.swap = flipped;
            if flipped {
                let said = Said::told(|lang| {
                    tr!(lang, "format.position.x_is_north", first = first, second = second).into_owned()
                });
                tell(said, "format.position.x_is_north", named != Some(Named::Xy));
            } else if !straight && named != Some(Named::EastNorth) {
                let said = Said::told(|lang| {
                    tr!(lang, "format.position.which_is_east", first = first, second = second).into_owned()
                });
                tell(said, "format.position.which_is_east", true);
            }
        }
    }
    if named == Some(Named::Values) && !by_hand {
        let [first, second] = both;
        let said =
            Said::told(|lang| tr!(lang, "format.position.by_values", first = first, second = second).into_owned());
        tell(said, "format.position.by_values", true);
    }
    let east = if placing.swap { y } else { x };
    let zone = east.zones.filter(|_| placing.projected && east.mostly(east.zoned));
    if let Some((least, most)) = zone {
        if least == most {
            let said = Said::told(|lang| tr!(lang, "format.position.zone", zone = least).into_owned());
            tell(said, "format.position.zone", false);
        } else {
            let said = Said::told(|lang| tr!(lang, "format.position.zones", least = least, most = most).into_owned());
            tell(said, "format.position.zones", true);
        }
    }
    let one_zone = zone.filter(|(least, most)| least == most).map(|(zone, _)| zone);
    let mut crs = scan.srid.map(|srid| format!("EPSG:{srid}"));
    if crs.is_none() {
        let mut all: Vec<&str> = both.to_vec();
        all.extend_from_slice(texts);
        if let Some(named) = named_system(&all, placing.projected, one_zone) {
            let (system, word) = (named.crs.as_str(), named.word);
            let key = if named.is_guess { "format.position.system_guess" } else { "format.position.system" };
            let said = Said::told(|lang| match named.is_guess {
                true => tr!(lang, "format.position.system_guess", system = system, word = word).into_owned(),
                false => tr!(lang, "format.position.system", system = system, word = word).into_owned(),
            });
            tell(said, key, named.is_guess);
            crs = Some(named.crs);
        }
    }
    Decided { placing, crs, notes }
}

/// How positions are meant.
pub(crate) struct Decided {
    /// How rows become geometries.
    pub placing: Placing,
    /// The system, where something names it.
    pub crs: Option<String>,
    /// What must be said.
    pub notes: Vec<Note>,
}
