//! Systems by their names, as EPSG, ESRI and planners write them: `CGCS2000_3_Degree_GK_CM_120E`,
//! `CGCS2000 / 3-degree Gauss-Kruger zone 40`, `WGS_1984_UTM_Zone_51N`, `GCS_Xian_1980`.

use super::epsg::{ChineseDatum, GaussKruger};

/// The EPSG number of a name, `None` where it is not known.
pub(super) fn code(name: &str) -> Option<u32> {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect();
    // ESRI's prefixes of geographic systems and datums.
    let bare = plain.strip_prefix("GCS").unwrap_or(&plain);
    match bare {
        "WGS84" | "WGS1984" | "WORLDGEODETICSYSTEM1984" => return Some(4326),
        "CGCS2000" | "CHINAGEODETICCOORDINATESYSTEM2000" | "CHINA2000" | "国家2000" | "2000国家大地坐标系" => {
            return Some(4490);
        }
        "XIAN1980" | "XIAN80" | "1980西安坐标系" | "西安80" => return Some(4610),
        "BEIJING1954" | "BEIJING54" | "1954北京坐标系" | "北京54" => return Some(4214),
        "WGS1984WEBMERCATORAUXILIARYSPHERE" | "WGS1984WEBMERCATOR" | "WGS84PSEUDOMERCATOR" | "WEBMERCATOR" => {
            return Some(3857);
        }
        "HONGKONG1980" => return Some(4611),
        "HONGKONG1980GRID" | "HONGKONG1980GRIDSYSTEM" => return Some(2326),
        "GOOGLEMAPSGLOBALMERCATOR" | "POPULARVISUALISATIONCRSMERCATOR" => return Some(3857),
        _ => {}
    }
    utm(bare).or_else(|| gauss_kruger(bare))
}

/// `WGS1984UTMZONE51N`.
fn utm(plain: &str) -> Option<u32> {
    let rest = ["WGS1984UTMZONE", "WGS84UTMZONE"].iter().find_map(|start| plain.strip_prefix(start))?;
    let (digits, base) = match rest.strip_suffix('N') {
        Some(digits) => (digits, 32_600),
        None => (rest.strip_suffix('S')?, 32_700),
    };
    let zone: u32 = digits.parse().ok().filter(|z| (1..=60).contains(z))?;
    Some(base + zone)
}

/// `CGCS20003DEGREEGKCM120E`, `XIAN1980GKZONE20`, `BEIJING1954GKZONE20N`.
fn gauss_kruger(plain: &str) -> Option<u32> {
    const DATUMS: [(&str, ChineseDatum); 7] = [
        ("CGCS2000", ChineseDatum::Cgcs2000),
        ("CHINAGEODETICCOORDINATESYSTEM2000", ChineseDatum::Cgcs2000),
        ("CHINA2000", ChineseDatum::Cgcs2000),
        ("XIAN1980", ChineseDatum::Xian80),
        ("XIAN80", ChineseDatum::Xian80),
        ("BEIJING1954", ChineseDatum::Beijing54),
        ("BEIJING54", ChineseDatum::Beijing54),
    ];
    let (rest, datum) = DATUMS.iter().find_map(|(start, datum)| Some((plain.strip_prefix(start)?, *datum)))?;
    let widths = [("3DEGREE", 3), ("6DEGREE", 6), ("3度带", 3), ("6度带", 6)];
    let found = widths.iter().find_map(|(start, width)| Some((rest.strip_prefix(start)?, *width)));
    let (rest, width) = found.unwrap_or((rest, 6));
    let rest = ["GAUSSKRUGER", "GK", "高斯克吕格"].iter().find_map(|start| rest.strip_prefix(start)).unwrap_or(rest);
    let zone = if let Some(degrees) = ["CM", "中央经线", "中央子午线"].iter().find_map(|start| rest.strip_prefix(start))
    {
        let degrees: f64 = degrees.trim_end_matches(['E', '度']).parse().ok()?;
        GaussKruger::by_meridian(datum, width, degrees, false)?
    } else {
        let number = ["ZONE", "带号"].iter().find_map(|start| rest.strip_prefix(start)).or(rest.strip_suffix('带'))?;
        // ESRI's `Zone 20N` is the zone without its number in the eastings.
        let (digits, has_prefix) = number.strip_suffix('N').map_or((number, true), |digits| (digits, false));
        GaussKruger { datum, width, zone: digits.parse().ok()?, has_prefix }
    };
    zone.code()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_however_they_are_written() {
        for (name, expected) in [
            ("CGCS2000_3_Degree_GK_CM_120E", Some(4549)),
            ("CGCS2000_3_Degree_GK_Zone_40", Some(4528)),
            ("CGCS2000_3_degree_Gauss_Kruger_CM_120E", Some(4549)),
            ("CGCS2000 / 3-degree Gauss-Kruger CM 120E", Some(4549)),
            ("CGCS2000 / 3-degree Gauss-Kruger zone 40", Some(4528)),
            ("CGCS2000_GK_CM_111E", Some(4508)),
            ("CGCS2000_GK_Zone_19", Some(4497)),
            ("CGCS2000 / Gauss-Kruger CM 123E", Some(4510)),
            ("CGCS2000 3度带 40带", Some(4528)),
            ("CGCS2000 3度带 中央经线120", Some(4549)),
            ("GCS_China_Geodetic_Coordinate_System_2000", Some(4490)),
            ("China Geodetic Coordinate System 2000", Some(4490)),
            ("国家2000", Some(4490)),
            ("Xian_1980_3_Degree_GK_CM_120E", Some(2385)),
            ("Xian_1980_GK_Zone_20", Some(2334)),
            ("Xian 1980 / 3-degree Gauss-Kruger zone 40", Some(2364)),
            ("Beijing_1954_3_Degree_GK_CM_123E", Some(2438)),
            ("Beijing_1954_GK_Zone_20", Some(21420)),
            ("Beijing_1954_GK_Zone_20N", Some(21460)),
            ("WGS_1984_UTM_Zone_51N", Some(32651)),
            ("WGS 84 / UTM zone 56S", Some(32756)),
            ("WGS_1984_Web_Mercator_Auxiliary_Sphere", Some(3857)),
            ("WGS 84 / Pseudo-Mercator", Some(3857)),
            ("CGCS2000_3_Degree_GK_CM_121E", None),
            ("CGCS2000_3_Degree_GK_Zone_46", None),
            ("CGCS2000_3_Degree_GK_Zone_", None),
            ("上海2000", None),
            ("", None),
        ] {
            assert_eq!(code(name), expected, "{name}");
        }
    }
}
