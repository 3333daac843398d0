//! WKT 1 as ESRI writes it, for `.prj` files.

use crate::geodesy::crs::datum::Ellipsoid;
use crate::geodesy::crs::epsg::{ChineseDatum, GaussKruger};
use crate::geodesy::crs::system::{Projection, Shift, System};
use crate::geodesy::crs::tmerc::TmParameters;

/// The definition of a system, by its number where it has one. `None` for what the library projects, and for a shift that such
/// a text cannot say: of a datum without a name.
pub(in crate::geodesy::crs) fn write(system: &System, code: Option<u32>, name: Option<&str>) -> Option<String> {
    let degrees = geographic(system)?;
    Some(match &system.projection {
        Projection::Geographic => degrees,
        Projection::WebMercator => format!(
            "PROJCS[\"WGS_1984_Web_Mercator_Auxiliary_Sphere\",{degrees},PROJECTION[\"Mercator_Auxiliary_Sphere\"],\
             PARAMETER[\"False_Easting\",0.0],PARAMETER[\"False_Northing\",0.0],PARAMETER[\"Central_Meridian\",0.0],\
             PARAMETER[\"Standard_Parallel_1\",0.0],PARAMETER[\"Auxiliary_Sphere_Type\",0.0],UNIT[\"Meter\",1.0]]"
        ),
        Projection::TransverseMercator(tm) => {
            let zone = code.and_then(GaussKruger::of_code);
            let method = if zone.is_some() { "Gauss_Kruger" } else { "Transverse_Mercator" };
            let known = zone.map(esri_name).or_else(|| code.and_then(utm_name));
            let name = known.or_else(|| name_of(system, tm, name));
            projected(&name.unwrap_or_else(|| "Transverse_Mercator".to_owned()), &degrees, method, tm)
        }
        Projection::Library(_) => return None,
    })
}

/// A given name, else that of a zone of a system on a datum without public parameters.
fn name_of(system: &System, tm: &TmParameters, given: Option<&str>) -> Option<String> {
    given.map(|name| name.replace(['"', '[', ']'], "")).or_else(|| {
        let datum = chinese(system.ellipsoid)?;
        [(3, false), (3, true), (6, true)].into_iter().find_map(|(width, has_prefix)| {
            let zone = GaussKruger::by_meridian(datum, width, tm.lon_0, has_prefix)?;
            zone.parameters().is_like(tm).then(|| esri_name(zone))
        })
    })
}

fn chinese(ellipsoid: Ellipsoid) -> Option<ChineseDatum> {
    [
        (Ellipsoid::GRS80, ChineseDatum::Cgcs2000),
        (Ellipsoid::XIAN80, ChineseDatum::Xian80),
        (Ellipsoid::KRASSOWSKY, ChineseDatum::Beijing54),
    ]
    .into_iter()
    .find(|(own, _)| own.is_like(ellipsoid))
    .map(|(_, datum)| datum)
}

/// `CGCS2000_3_Degree_GK_CM_120E`, `CGCS2000_GK_Zone_20`.
fn esri_name(zone: GaussKruger) -> String {
    let datum = match zone.datum {
        ChineseDatum::Cgcs2000 => "CGCS2000",
        ChineseDatum::Xian80 => "Xian_1980",
        ChineseDatum::Beijing54 => "Beijing_1954",
    };
    let width = if zone.width == 3 { "_3_Degree" } else { "" };
    if zone.has_prefix {
        format!("{datum}{width}_GK_Zone_{}", zone.zone)
    } else {
        format!("{datum}{width}_GK_CM_{}E", zone.meridian())
    }
}

fn utm_name(code: u32) -> Option<String> {
    match code {
        32_601..=32_660 => Some(format!("WGS_1984_UTM_Zone_{}N", code - 32_600)),
        32_701..=32_760 => Some(format!("WGS_1984_UTM_Zone_{}S", code - 32_700)),
        _ => None,
    }
}

/// The geographic part, by the ellipsoid.
fn geographic(system: &System) -> Option<String> {
    let (name, datum, spheroid) = if system.ellipsoid.is_like(Ellipsoid::GRS80) && system.shift == Shift::None {
        ("GCS_China_Geodetic_Coordinate_System_2000", "D_China_2000", "CGCS2000")
    } else if system.ellipsoid.is_like(Ellipsoid::WGS84) && system.shift == Shift::None {
        ("GCS_WGS_1984", "D_WGS_1984", "WGS_1984")
    } else if system.ellipsoid.is_like(Ellipsoid::XIAN80) {
        ("GCS_Xian_1980", "D_Xian_1980", "Xian_1980")
    } else if system.ellipsoid.is_like(Ellipsoid::KRASSOWSKY) {
        ("GCS_Beijing_1954", "D_Beijing_1954", "Krasovsky_1940")
    } else {
        return None;
    };
    let (a, rf) = (system.ellipsoid.a, (system.ellipsoid.inverse_flattening() * 1e9).round() / 1e9);
    Some(format!(
        "GEOGCS[\"{name}\",DATUM[\"{datum}\",SPHEROID[\"{spheroid}\",{a:?},{rf:?}]],PRIMEM[\"Greenwich\",0.0],\
         UNIT[\"Degree\",0.0174532925199433]]"
    ))
}

fn projected(name: &str, degrees: &str, method: &str, tm: &TmParameters) -> String {
    let TmParameters { lon_0, lat_0, k, x_0, y_0 } = tm;
    format!(
        "PROJCS[\"{name}\",{degrees},PROJECTION[\"{method}\"],PARAMETER[\"False_Easting\",{x_0:?}],\
         PARAMETER[\"False_Northing\",{y_0:?}],PARAMETER[\"Central_Meridian\",{lon_0:?}],\
         PARAMETER[\"Scale_Factor\",{k:?}],PARAMETER[\"Latitude_Of_Origin\",{lat_0:?}],UNIT[\"Meter\",1.0]]"
    )
}
