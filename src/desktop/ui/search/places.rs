//! Positions as people write them, in any of the systems that they may be meant in.

use crate::geodesy::crs::{Crs, PositionStyle, format_position, parse_position};
use crate::geodesy::{LonLat, distance_m};
use crate::i18n::Lang;
use crate::session::Session;

/// Positions further from where the map looks than this are not taken for metres of a plane, metres.
const FAR_M: f64 = 600e3;
/// Positions that are nearer than this are one, metres.
const SAME_M: f64 = 1.0;

/// A position, with the system that it is read in.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Where it is.
    pub at: LonLat,
    /// What it is called: its longitude and latitude, and the system.
    pub title: String,
}

/// What a text means as a position: in longitude and latitude first, then in the systems of what is open, in those of Chinese web
/// maps, and in the planes about `here`.
pub fn places(text: &str, session: &Session, here: LonLat, lang: Lang) -> Vec<Place> {
    // A number alone, and a text without one, is none.
    if text.chars().filter(char::is_ascii_digit).count() < 2 {
        return Vec::new();
    }
    let wgs84 = Crs::wgs84();
    let plain = parse_position(text, &wgs84).map(|at| (at, wgs84.title(lang)));
    let own = session.layers().iter().filter_map(|layer| layer.read_as.crs.clone());
    let mut names: Vec<String> = own.collect();
    names.sort();
    names.dedup();
    match plain {
        Some(_) => names.extend(["GCJ-02", "BD-09"].map(str::to_owned)),
        // Metres that do not say their zone: those whose meridians are nearest.
        None => names.extend(planes(here.lon)),
    }
    let read = names.iter().filter_map(|name| {
        let crs = Crs::parse(name).ok()?;
        let at = parse_position(text, &crs)?;
        let is_near = plain.is_some() || distance_m(at, here) < FAR_M;
        is_near.then(|| (at, crs.title(lang)))
    });
    let mut found: Vec<(LonLat, String)> = Vec::new();
    for (at, title) in plain.iter().cloned().chain(read) {
        if !found.iter().any(|(known, _)| distance_m(*known, at) < SAME_M) {
            found.push((at, title));
        }
    }
    let called = |at: LonLat| format_position(&wgs84, at, PositionStyle::Degrees).unwrap_or_default();
    found.into_iter().map(|(at, system)| Place { at, title: format!("{}  ·  {system}", called(at)) }).collect()
}

/// Planes of CGCS2000 in zones of 3° with the meridians next to a longitude, in zones of 6°, of UTM, and of web maps.
fn planes(lon: f64) -> Vec<String> {
    let number = |of: f64| of.floor() as i64;
    let three = number((lon + 1.5) / 3.0).clamp(25, 45);
    let six = number(lon / 6.0 + 1.0).clamp(13, 23);
    // EPSG:4534 has the meridian 75°, EPSG:4502 the zone 13 of 6° without its number.
    let of_three = [three, three - 1, three + 1].into_iter().filter(|zone| (25..=45).contains(zone));
    let mut all: Vec<String> = of_three.map(|zone| format!("EPSG:{}", 4534 + zone - 25)).collect();
    all.push(format!("EPSG:{}", 4502 + six - 13));
    all.push(format!("EPSG:{}", 32_600 + number((lon + 180.0) / 6.0 + 1.0).clamp(1, 60)));
    all.push("EPSG:3857".to_owned());
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::ReadOptions;
    use std::sync::Arc;

    const HERE: LonLat = LonLat { lon: 121.4, lat: 31.4 };

    fn found(text: &str) -> Vec<Place> {
        places(text, &Session::new(ReadOptions::default(), Arc::new(|| {})), HERE, Lang::Zh)
    }

    #[test]
    fn positions_are_read_in_every_usual_form() {
        let meant = LonLat::new(121.475, 31.233_333_3);
        for text in [
            "121.475, 31.2333333",
            "31.2333333 121.475",
            "121°28′30″E 31°14′00″N",
            "北纬31度14分 东经121度28分30秒",
            "121 28 30, 31 14 0",
        ] {
            let first = found(text).into_iter().next().unwrap_or_else(|| panic!("{text} is a position"));
            assert!(distance_m(first.at, meant) < 2.0, "{text}: {first:?}");
        }
        // As a web map would show it, a few hundred metres off.
        let other = found("121.475, 31.2333333");
        assert_eq!(other.len(), 3, "{other:?}");
        assert!(other[1..].iter().all(|place| (100.0..2_000.0).contains(&distance_m(place.at, meant))));
    }

    #[test]
    fn metres_are_read_in_the_planes_about_the_map() {
        for code in ["EPSG:4549", "EPSG:4550", "EPSG:4529", "EPSG:32651"] {
            let (x, y) = Crs::parse(code).expect("known").from_wgs84(HERE).expect("in it");
            for text in [format!("{x:.2}, {y:.2}"), format!("{y:.2} {x:.2}")] {
                let all = found(&text);
                assert!(all.iter().any(|place| distance_m(place.at, HERE) < 2.0), "{code} {text}: {all:?}");
            }
        }
        for text in ["公园", "500", "", "WP-310113-0225-GY", "2026-12-31"] {
            assert!(found(text).is_empty(), "{text}: {:?}", found(text));
        }
    }
}
