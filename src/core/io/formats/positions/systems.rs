//! Coordinate systems as Chinese tables name them, and Gauss–Krüger zones as EPSG numbers.

use super::angle::half_width;

/// A geodetic datum with Gauss–Krüger zones in the EPSG register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datum {
    /// 2000 国家大地坐标系.
    Cgcs2000,
    /// 1980 西安坐标系.
    Xian80,
    /// 1954 北京坐标系.
    Beijing54,
}

/// Degrees between the meridians of a system of zones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneWidth {
    /// 3°带, zones 25 to 45.
    Three,
    /// 6°带, zones 13 to 23.
    Six,
}

impl ZoneWidth {
    /// The width of the zones among which a number is; `None` outside of China.
    pub fn of_zone(zone: u32) -> Option<Self> {
        match zone {
            13..=23 => Some(Self::Six),
            25..=45 => Some(Self::Three),
            _ => None,
        }
    }

    /// The central meridian of a zone, in degrees.
    pub fn meridian(self, zone: u32) -> u32 {
        match self {
            Self::Three => zone * 3,
            Self::Six => (zone * 6).saturating_sub(3),
        }
    }
}

impl Datum {
    /// The datum that a text names, however it is spelled: `2000国家大地坐标系`, `CGCS2000`, `80国家大地坐标系`, `西安80`, `北京54`.
    pub fn named(text: &str) -> Option<Self> {
        let text = plain(text);
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if has(&[
            "cgcs2000",
            "2000国家",
            "国家2000",
            "大地2000",
            "国家大地坐标系2000",
            "2000坐标系",
            "2000大地",
            "cgcs",
        ]) {
            Some(Self::Cgcs2000)
        } else if has(&["80国家", "80西安", "西安80", "西安1980", "xian80", "xian1980", "1980", "80坐标系", "国家80"])
        {
            Some(Self::Xian80)
        } else if has(&["54北京", "北京54", "北京1954", "beijing54", "beijing1954", "1954", "54坐标系"]) {
            Some(Self::Beijing54)
        } else {
            None
        }
    }

    /// The EPSG number of a zone whose eastings carry the zone in front (40 500 000).
    pub fn zone(self, width: ZoneWidth, zone: u32) -> Option<u32> {
        let (first, three, six) = match self {
            Self::Cgcs2000 => (zone, 4513, 4491),
            Self::Xian80 => (zone, 2349, 2327),
            Self::Beijing54 => (zone, 2401, 21413),
        };
        match width {
            ZoneWidth::Three => (25..=45).contains(&first).then(|| three + first - 25),
            ZoneWidth::Six => (13..=23).contains(&first).then(|| six + first - 13),
        }
    }

    /// The EPSG number of a zone by its central meridian in degrees, eastings without the zone (500 000).
    pub fn meridian(self, width: ZoneWidth, meridian: u32) -> Option<u32> {
        let (three, six) = match self {
            Self::Cgcs2000 => (4534, 4502),
            Self::Xian80 => (2370, 2338),
            Self::Beijing54 => (2422, 21453),
        };
        if !(75..=135).contains(&meridian) {
            return None;
        }
        match width {
            ZoneWidth::Three => meridian.is_multiple_of(3).then(|| three + (meridian - 75) / 3),
            ZoneWidth::Six => (meridian - 75).is_multiple_of(6).then(|| six + (meridian - 75) / 6),
        }
    }

    /// The EPSG number of the datum's longitudes and latitudes.
    pub fn geographic(self) -> u32 {
        match self {
            Self::Cgcs2000 => 4490,
            Self::Xian80 => 4610,
            Self::Beijing54 => 4214,
        }
    }
}

/// A system that a header, a title or a file's name tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// `EPSG:4490`, `GCJ-02`, `BD-09`.
    pub crs: String,
    /// The words it was told by.
    pub word: &'static str,
    /// True where it is a guess that must be checked: an offset system by the name of a map service.
    pub is_guess: bool,
}

/// Lower case, ASCII widths, without spaces, `-` and `_`.
fn plain(text: &str) -> String {
    let kept = text.chars().map(half_width).filter(|c| !c.is_whitespace() && !matches!(c, '-' | '_'));
    kept.flat_map(char::to_lowercase).collect()
}

/// The system that texts about positions name; the first text that names one decides. `projected`: positions are metres, so
/// that a datum alone says nothing; `zone` is the number in front of their eastings.
pub fn named_system(texts: &[&str], projected: bool, zone: Option<u32>) -> Option<Named> {
    texts.iter().find_map(|text| of_text(&plain(text), projected, zone))
}

fn of_text(text: &str, projected: bool, zone: Option<u32>) -> Option<Named> {
    let named = |crs: String, word, is_guess| Some(Named { crs, word, is_guess });
    if let Some(number) = number_behind(text, &["epsg:", "epsg"]).filter(|number| (1024..=32767).contains(number)) {
        return named(format!("EPSG:{number}"), "EPSG", false);
    }
    if !projected {
        for (words, crs) in [
            (["gcj02", "gcj", "高德", "火星", "腾讯", "国测局"].as_slice(), "GCJ-02"),
            (["bd09", "百度"].as_slice(), "BD-09"),
        ] {
            if let Some(word) = words.iter().find(|word| text.contains(**word)) {
                return named(crs.to_owned(), word, true);
            }
        }
        if ["wgs84", "wgs1984", "4326"].iter().any(|word| text.contains(word)) {
            return named("EPSG:4326".to_owned(), "WGS 84", false);
        }
        if text.contains("4490") {
            return named("EPSG:4490".to_owned(), "4490", false);
        }
    }
    let datum = Datum::named(text)?;
    let word = match datum {
        Datum::Cgcs2000 => "CGCS2000",
        Datum::Xian80 => "西安80",
        Datum::Beijing54 => "北京54",
    };
    if !projected {
        return named(format!("EPSG:{}", datum.geographic()), word, false);
    }
    let by_zone = zone.and_then(|zone| datum.zone(ZoneWidth::of_zone(zone)?, zone));
    let meridian = number_behind(text, &["中央子午线", "中央经线", "cm"]).filter(|_| zone.is_none());
    let by_meridian = meridian.and_then(|meridian| datum.meridian(ZoneWidth::Three, meridian));
    by_zone.or(by_meridian).and_then(|epsg| named(format!("EPSG:{epsg}"), word, false))
}

/// The whole number behind the first of some words, with `:` or `=` between at most.
fn number_behind(text: &str, words: &[&str]) -> Option<u32> {
    let (at, word) = words.iter().find_map(|word| text.find(word).map(|at| (at, word)))?;
    let rest = text[at + word.len()..].trim_start_matches([':', '=', '为', '：', '/', '(', 'l', '0']);
    let digits: String = rest.chars().take_while(char::is_ascii_digit).take(6).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_and_meridians_have_their_numbers() {
        let (three, six) = (ZoneWidth::Three, ZoneWidth::Six);
        for (datum, width, zone, epsg) in [
            (Datum::Cgcs2000, three, 25, Some(4513)),
            (Datum::Cgcs2000, three, 40, Some(4528)),
            (Datum::Cgcs2000, three, 45, Some(4533)),
            (Datum::Cgcs2000, six, 13, Some(4491)),
            (Datum::Cgcs2000, six, 23, Some(4501)),
            (Datum::Xian80, three, 40, Some(2364)),
            (Datum::Xian80, six, 20, Some(2334)),
            (Datum::Beijing54, three, 40, Some(2416)),
            (Datum::Beijing54, six, 21, Some(21421)),
            (Datum::Cgcs2000, three, 24, None),
            (Datum::Cgcs2000, six, 40, None),
        ] {
            assert_eq!(datum.zone(width, zone), epsg, "{datum:?} {width:?} {zone}");
        }
        for (datum, width, meridian, epsg) in [
            (Datum::Cgcs2000, three, 114, Some(4547)),
            (Datum::Cgcs2000, three, 120, Some(4549)),
            (Datum::Cgcs2000, six, 117, Some(4509)),
            (Datum::Xian80, three, 120, Some(2385)),
            (Datum::Beijing54, six, 123, Some(21461)),
            (Datum::Cgcs2000, three, 121, None),
            (Datum::Cgcs2000, three, 72, None),
            (Datum::Cgcs2000, six, 120, None),
        ] {
            assert_eq!(datum.meridian(width, meridian), epsg, "{datum:?} {width:?} {meridian}");
        }
    }

    #[test]
    fn systems_are_told_by_words() {
        for (text, projected, zone, crs) in [
            ("经度（GCJ-02）", false, None, Some("GCJ-02")),
            ("高德经度", false, None, Some("GCJ-02")),
            ("lng_bd09", false, None, Some("BD-09")),
            ("百度坐标", false, None, Some("BD-09")),
            ("WGS-84 经度", false, None, Some("EPSG:4326")),
            ("国家2000坐标", false, None, Some("EPSG:4490")),
            ("坐标系：CGCS2000", true, Some(40), Some("EPSG:4528")),
            ("CGCS2000 中央子午线120°", true, None, Some("EPSG:4549")),
            ("CGCS2000", true, None, None),
            ("x (EPSG:4549)", true, None, Some("EPSG:4549")),
            ("西安80", true, Some(20), Some("EPSG:2334")),
            ("名称", false, None, None),
            ("2000年", false, None, None),
        ] {
            let told = named_system(&[text], projected, zone).map(|named| named.crs);
            assert_eq!(told.as_deref(), crs, "{text}");
        }
    }
}
