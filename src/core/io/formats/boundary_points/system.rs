//! The coordinate system of a 拐点坐标 text: what its description says, and what its numbers show.

use crate::i18n::{Said, tr};
use crate::io::formats::Note;
use crate::io::formats::positions::{Datum, ZoneWidth, zone_of};

/// What the description and the numbers tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// All lines of the description.
    pub description: Vec<(String, String)>,
    /// Points.
    pub points: u64,
    /// Points whose first number is an easting and whose second a northing.
    pub flipped: u64,
    /// Points in degrees.
    pub degrees: u64,
    /// The zones in front of eastings.
    pub zones: Option<(u32, u32)>,
    /// Points whose easting has none.
    pub unzoned: u64,
}

impl Told {
    /// Looks at the two numbers of a point.
    pub fn see(&mut self, first: f64, second: f64) {
        self.points += 1;
        self.degrees += u64::from(first.abs() <= 180.0 && second.abs() <= 180.0);
        let is_north = |value: f64| (1.5e6..6.2e6).contains(&value);
        let is_flipped =
            !is_north(first) && is_north(second) || (first.abs() > 90.0 && first <= 180.0 && second.abs() <= 90.0);
        self.flipped += u64::from(is_flipped);
        match zone_of(if is_flipped { first } else { second }) {
            None => self.unzoned += 1,
            Some(zone) => {
                let (least, most) = self.zones.unwrap_or((zone, zone));
                self.zones = Some((least.min(zone), most.max(zone)));
            }
        }
    }

    /// True where the file has the easting first.
    pub fn is_flipped(&self) -> bool {
        self.flipped * 2 > self.points
    }

    fn get(&self, key: &str) -> &str {
        self.description.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
    }

    /// A whole number in a value of the description: `3`, `3度`, `带号39`.
    fn number(&self, key: &str) -> Option<u32> {
        let value = self.get(key);
        let digits: String =
            value.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).take(4).collect();
        digits.parse().ok()
    }

    /// The system, where it follows; and what must be said.
    pub fn system(&self) -> (Option<String>, Vec<Note>) {
        let mut notes = Vec::new();
        let mut tell = |said: Said, kind, is_doubt| notes.push(Note { row: None, said, kind, is_doubt });
        let all = self.description.iter().filter(|(_, value)| !value.is_empty());
        let all = all.map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join("；");
        if !all.is_empty() {
            tell(
                Said::told(|lang| tr!(lang, "format.points.description", text = all).into_owned()),
                "format.points.description",
                false,
            );
        }
        if self.is_flipped() {
            tell(Said::told(|lang| tr!(lang, "format.points.flipped").into_owned()), "format.points.flipped", true);
        }
        let unit = self.get("计量单位");
        if !unit.is_empty() && !unit.starts_with('米') && !unit.eq_ignore_ascii_case("m") && !unit.contains('度') {
            tell(
                Said::told(|lang| tr!(lang, "format.points.unit", unit = unit).into_owned()),
                "format.points.unit",
                true,
            );
        }
        let named = self.get("坐标系");
        let Some(datum) = Datum::named(named) else {
            tell(
                Said::told(|lang| tr!(lang, "format.points.unknown_system", name = named).into_owned()),
                "format.points.unknown_system",
                true,
            );
            return (None, notes);
        };
        if self.points > 0 && self.degrees == self.points {
            return (Some(format!("EPSG:{}", datum.geographic())), notes);
        }
        let width = match self.number("几度分带") {
            Some(3) => Some(ZoneWidth::Three),
            Some(6) => Some(ZoneWidth::Six),
            _ => None,
        };
        let declared = self.number("带号").filter(|zone| *zone > 0);
        let shown = self.zones.filter(|(least, most)| least == most && self.unzoned == 0).map(|(zone, _)| zone);
        if let Some((least, most)) = self.zones.filter(|_| shown.is_none()) {
            tell(
                Said::told(|lang| {
                    tr!(lang, "format.points.zones", least = least, most = most, n = self.unzoned).into_owned()
                }),
                "format.points.zones",
                true,
            );
            return (None, notes);
        }
        if let (Some(shown), Some(declared)) = (shown, declared)
            && shown != declared
        {
            tell(
                Said::told(|lang| {
                    tr!(lang, "format.points.other_zone", shown = shown, declared = declared).into_owned()
                }),
                "format.points.other_zone",
                true,
            );
        }
        let epsg = match (shown, declared) {
            (Some(zone), _) => {
                // The number itself tells the width: zones of 3° and 6° do not overlap in China.
                let by_number = ZoneWidth::of_zone(zone);
                if width.is_some() && by_number != width {
                    tell(
                        Said::told(|lang| tr!(lang, "format.points.other_width", zone = zone).into_owned()),
                        "format.points.other_width",
                        true,
                    );
                }
                by_number.and_then(|width| datum.zone(width, zone))
            }
            // Some write the central meridian in its place.
            (None, Some(meridian @ 75..=135)) => datum.meridian(width.unwrap_or(ZoneWidth::Three), meridian),
            (None, Some(zone)) => {
                let width = ZoneWidth::of_zone(zone).or(width);
                width.and_then(|width| datum.meridian(width, width.meridian(zone)))
            }
            (None, None) => None,
        };
        if epsg.is_none() {
            tell(
                Said::told(|lang| tr!(lang, "format.points.no_zone", name = named).into_owned()),
                "format.points.no_zone",
                true,
            );
        }
        (epsg.map(|epsg| format!("EPSG:{epsg}")), notes)
    }
}
