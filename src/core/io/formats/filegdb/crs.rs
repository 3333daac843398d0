//! Coordinate systems as a geodatabase has them: a WKT with each table, numbers in the definitions of its items.

/// A coordinate system of an item's definition.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct System {
    /// Esri's WKT.
    pub(super) wkt: String,
    /// Esri's number, and the one that replaced it; 0 where there is none.
    pub(super) wkid: u32,
    pub(super) latest_wkid: u32,
}

impl System {
    /// `EPSG:n`, where one of its numbers is EPSG's: Esri's own ones stand above 32,767.
    fn epsg(&self) -> Option<String> {
        let number = [self.latest_wkid, self.wkid].into_iter().find(|number| (1024..=32_767).contains(number))?;
        Some(format!("EPSG:{number}"))
    }
}

/// The system of a table as [`super::super::LayerInfo::crs`] wants it, and whether its definition (`item`) says otherwise than the
/// table itself. Coordinates were stored with the table's own (`table`, WKT); the feature dataset's system holds for all in it.
pub(super) fn of_table(table: &str, item: Option<&System>, dataset: Option<&System>) -> (Option<String>, bool) {
    let whole = |system: &System| system.epsg().or_else(|| Some(system.wkt.clone()).filter(|wkt| !wkt.is_empty()));
    let item = item.filter(|system| whole(system).is_some());
    if table.is_empty() {
        return (item.or(dataset).and_then(whole), false);
    }
    let own = name(table);
    let same = |system: &&System| name(&system.wkt) == own;
    let disagrees = item.is_some_and(|item| !same(&item));
    let number = item.filter(same).or(dataset.filter(same)).and_then(System::epsg);
    (Some(number.unwrap_or_else(|| table.to_owned())), disagrees)
}

/// The name of a system in its WKT: the first text in quotes, letters and digits alone.
fn name(wkt: &str) -> String {
    let quoted = wkt.split('"').nth(1).unwrap_or("");
    quoted.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// The greatest distance of a stepped curve from the curve, in metres.
const STEP_M: f64 = 1e-4;
/// Metres of a degree of latitude, about.
const DEGREE_M: f64 = 111_320.0;

/// The greatest distance of a stepped curve from the curve in the units of a system (0.1 mm). Where the system is unknown,
/// `extent` tells whether coordinates can be degrees.
pub(super) fn curve_tolerance(wkt: &str, extent: [f64; 4]) -> f64 {
    let upper = wkt.trim_start().to_ascii_uppercase();
    let may_be_degrees = extent.iter().all(|side| side.abs() <= 400.0);
    if upper.starts_with("GEOGCS") || upper.starts_with("GEOGCRS") || (upper.is_empty() && may_be_degrees) {
        return STEP_M / DEGREE_M;
    }
    // The unit of a projected system stands behind its parameters; that of its vertical system, which follows, is another matter.
    let plane = upper.split(",VERTCS[").next().unwrap_or(&upper);
    let unit = plane
        .rsplit_once("UNIT[")
        .and_then(|(_, unit)| unit.split([',', ']']).nth(1))
        .and_then(|n| n.trim().parse().ok());
    STEP_M / unit.filter(|unit: &f64| unit.is_finite() && *unit > 1e-6).unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UTM: &str = "PROJCS[\"WGS_1984_UTM_Zone_51N\",GEOGCS[\"GCS_WGS_1984\",UNIT[\"Degree\",0.0174532925199433]],UNIT[\"Meter\",1.0]]";

    fn system(wkt: &str, wkid: u32, latest_wkid: u32) -> System {
        System { wkt: wkt.to_owned(), wkid, latest_wkid }
    }

    #[test]
    fn numbers_of_epsg_go_before_texts_and_the_table_before_its_definition() {
        let cgcs = "GEOGCS[\"GCS_China_Geodetic_Coordinate_System_2000\",UNIT[\"Degree\",0.0174532925199433]]";
        let local = "PROJCS[\"Shanghai_City\",UNIT[\"Meter\",1.0]]";
        for (table, item, dataset, crs, disagrees) in [
            (UTM, Some(system(UTM, 32_651, 32_651)), None, Some("EPSG:32651"), false),
            (UTM, Some(system(UTM, 102_113, 3857)), None, Some("EPSG:3857"), false),
            (UTM, Some(system(UTM, 102_113, 102_113)), None, Some(UTM), false),
            (local, Some(system(local, 0, 0)), None, Some(local), false),
            (UTM, Some(system(cgcs, 4490, 4490)), Some(system(UTM, 32_651, 0)), Some("EPSG:32651"), true),
            (UTM, Some(system(cgcs, 4490, 4490)), None, Some(UTM), true),
            (UTM, None, Some(system(UTM, 32_651, 0)), Some("EPSG:32651"), false),
            (UTM, None, None, Some(UTM), false),
            ("", Some(system(cgcs, 4490, 0)), None, Some("EPSG:4490"), false),
            ("", Some(system("", 0, 0)), Some(system(cgcs, 4490, 0)), Some("EPSG:4490"), false),
            ("", None, None, None, false),
        ] {
            let got = of_table(table, item.as_ref(), dataset.as_ref());
            assert_eq!((got.0.as_deref(), got.1), (crs, disagrees), "{table}");
        }
    }

    #[test]
    fn the_tolerance_of_curves_is_a_tenth_of_a_millimetre_in_any_unit() {
        let far = [0.0, 0.0, 500_000.0, 3e6];
        for (wkt, extent, wanted) in [
            (UTM, far, 1e-4),
            ("PROJCS[\"x\",UNIT[\"Foot_US\",0.3048006096012192]]", far, 1e-4 / 0.304_800_609_601_219_2),
            ("PROJCS[\"x\",UNIT[\"Meter\",1.0]],VERTCS[\"y\",UNIT[\"Foot\",0.3048]]", far, 1e-4),
            ("GEOGCS[\"x\",UNIT[\"Degree\",0.0174532925199433]]", far, 1e-4 / 111_320.0),
            ("", [120.0, 30.0, 122.0, 32.0], 1e-4 / 111_320.0),
            ("", far, 1e-4),
            ("", [f64::NAN; 4], 1e-4),
        ] {
            assert_eq!(curve_tolerance(wkt, extent), wanted, "{wkt}");
        }
    }
}
