//! WKT in all its forms.

use super::*;

/// A projected definition as ESRI writes it.
fn esri(name: &str, gcs: &str, method: &str, x_0: f64, lon_0: f64, k: f64) -> String {
    format!(
        "PROJCS[\"{name}\",{gcs},PROJECTION[\"{method}\"],PARAMETER[\"False_Easting\",{x_0:?}],\
         PARAMETER[\"False_Northing\",0.0],PARAMETER[\"Central_Meridian\",{lon_0:?}],PARAMETER[\"Scale_Factor\",{k:?}],\
         PARAMETER[\"Latitude_Of_Origin\",0.0],UNIT[\"Meter\",1.0]]"
    )
}

fn gcs(name: &str, datum: &str, spheroid: &str) -> String {
    format!(
        "GEOGCS[\"{name}\",DATUM[\"{datum}\",SPHEROID[{spheroid}]],PRIMEM[\"Greenwich\",0.0],\
         UNIT[\"Degree\",0.0174532925199433]]"
    )
}

const GRS80: &str = "\"CGCS2000\",6378137.0,298.257222101";
const KRASSOWSKY: &str = "\"Krasovsky_1940\",6378245.0,298.3";

fn cgcs2000() -> String {
    gcs("GCS_China_Geodetic_Coordinate_System_2000", "D_China_2000", GRS80)
}

/// WKT 2 of EPSG:4549 as PROJ writes it.
const WKT2: &str = r#"PROJCRS["CGCS2000 / 3-degree Gauss-Kruger CM 120E",BASEGEOGCRS["China Geodetic Coordinate System 2000",DATUM["China 2000",ELLIPSOID["CGCS2000",6378137,298.257222101,LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]],ID["EPSG",4490]],CONVERSION["3-degree Gauss-Kruger CM 120E",METHOD["Transverse Mercator",ID["EPSG",9807]],PARAMETER["Latitude of natural origin",0,ANGLEUNIT["degree",0.0174532925199433],ID["EPSG",8801]],PARAMETER["Longitude of natural origin",120,ANGLEUNIT["degree",0.0174532925199433],ID["EPSG",8802]],PARAMETER["Scale factor at natural origin",1,SCALEUNIT["unity",1],ID["EPSG",8805]],PARAMETER["False easting",500000,LENGTHUNIT["metre",1],ID["EPSG",8806]],PARAMETER["False northing",0,LENGTHUNIT["metre",1],ID["EPSG",8807]]],CS[Cartesian,2],AXIS["northing (X)",north,ORDER[1],LENGTHUNIT["metre",1]],AXIS["easting (Y)",east,ORDER[2],LENGTHUNIT["metre",1]],USAGE[SCOPE["Cadastre."],AREA["China - onshore between 118°30'E and 121°30'E."],BBOX[24.43,118.5,53.33,121.5]],ID["EPSG",4549]]"#;

#[test]
fn the_forms_of_one_system_are_one_system() {
    let gk = esri("CGCS2000_3_Degree_GK_CM_120E", &cgcs2000(), "Gauss_Kruger", 500_000.0, 120.0, 1.0);
    let vertical = "VERTCS[\"Yellow_Sea_1985\",VDATUM[\"Yellow_Sea_1985\"],PARAMETER[\"Vertical_Shift\",0.0],\
                    PARAMETER[\"Direction\",1.0],UNIT[\"Meter\",1.0]]";
    let forms = [
        gk.clone(),
        format!("\u{feff}{gk}"),
        format!("{gk}\0"),
        format!("  {gk}\r\n\0\0"),
        format!("{gk},{vertical}"),
        format!("COMPD_CS[\"x\",{gk},{}]", vertical.replace("VERTCS", "VERT_CS")),
        format!(
            "COMPOUNDCRS[\"x\",{WKT2},VERTCRS[\"y\",VDATUM[\"z\"],CS[vertical,1],AXIS[\"up\",up],LENGTHUNIT[\"metre\",1]]]"
        ),
        gk.replace("Gauss_Kruger", "Transverse_Mercator"),
        gk.replace("CGCS2000_3_Degree_GK_CM_120E", "我的坐标系"),
        gk.replace('[', "(").replace(']', ")"),
        gk.replace("PROJCS", "projcs")
            .replace("GEOGCS", "geogcs")
            .replace("PARAMETER", "parameter")
            .replace("UNIT", "unit"),
        gk.replace(",", ",\n    "),
        gk.replace("UNIT[\"Meter\",1.0]]", "UNIT[\"Meter\",1.0],AUTHORITY[\"EPSG\",\"4549\"]]"),
        // A number that the parameters contradict: the parameters count.
        gk.replace("UNIT[\"Meter\",1.0]]", "UNIT[\"Meter\",1.0],AUTHORITY[\"EPSG\",\"4548\"]]"),
        WKT2.to_owned(),
        WKT2.replace(",ID[\"EPSG\",4549]", ""),
        WKT2.to_lowercase().replace("cartesian", "Cartesian"),
    ];
    let (x, y) = crs("EPSG:4549").from_wgs84(LonLat::new(121.5, 31.2)).expect("there");
    for text in forms {
        let read = crs(&text);
        assert_eq!(read.epsg(), Some(4549), "{text}");
        assert_eq!(read.name(), "EPSG:4549");
        assert!(off_m(read.to_wgs84(x, y).expect("there"), LonLat::new(121.5, 31.2)) < 1e-6);
    }
}

#[test]
fn numbers_come_from_parameters_whatever_the_name() {
    let wgs84 = gcs("GCS_WGS_1984", "D_WGS_1984", "\"WGS_1984\",6378137.0,298.257223563");
    let mercator = |method: &str, name: &str| {
        format!(
            "PROJCS[\"{name}\",{wgs84},PROJECTION[\"{method}\"],PARAMETER[\"central_meridian\",0],\
             PARAMETER[\"scale_factor\",1],PARAMETER[\"false_easting\",0],PARAMETER[\"false_northing\",0],UNIT[\"metre\",1]]"
        )
    };
    for (text, code) in [
        (cgcs2000(), Some(4490)),
        (wgs84.clone(), Some(4326)),
        (wgs84.replace("Degree\",0.0174532925199433", "Decimal_Degree\",0.01745329251994328"), Some(4326)),
        (esri("x", &cgcs2000(), "Gauss_Kruger", 40_500_000.0, 120.0, 1.0), Some(4528)),
        (esri("x", &cgcs2000(), "Gauss_Kruger", 20_500_000.0, 117.0, 1.0), Some(4498)),
        // A GK meridian of 3 and of 6 degrees: by the name.
        (esri("CGCS2000_GK_CM_117E", &cgcs2000(), "Gauss_Kruger", 500_000.0, 117.0, 1.0), Some(4509)),
        (esri("x", &cgcs2000(), "Gauss_Kruger", 500_000.0, 117.0, 1.0), Some(4548)),
        (esri("WGS_1984_UTM_Zone_51N", &wgs84, "Transverse_Mercator", 500_000.0, 123.0, 0.9996), Some(32651)),
        // WKT 1 of Web Mercator: Mercator on the ellipsoid, by its name none.
        (mercator("Mercator_1SP", "WGS 84 / Pseudo-Mercator"), Some(3857)),
        (
            "PROJCS[\"WGS_1984_Web_Mercator_Auxiliary_Sphere\",".to_owned()
                + &wgs84
                + ",PROJECTION[\"Mercator_Auxiliary_Sphere\"],PARAMETER[\"False_Easting\",0.0],PARAMETER[\"False_Northing\",0.0],\
                   PARAMETER[\"Central_Meridian\",0.0],PARAMETER[\"Standard_Parallel_1\",0.0],\
                   PARAMETER[\"Auxiliary_Sphere_Type\",0.0],UNIT[\"Meter\",1.0]]",
            Some(3857),
        ),
        // Another meridian than any zone's, and another datum on the same ellipsoid.
        (esri("上海", &cgcs2000(), "Gauss_Kruger", 0.0, 121.467, 1.0), None),
        (gcs("GCS_North_American_1983", "D_North_American_1983", "\"GRS_1980\",6378137.0,298.257222101"), None),
        (gcs("GCS_Hong_Kong_1980", "D_Hong_Kong_1980", "\"International_1924\",6378388.0,297.0"), Some(4611)),
    ] {
        let read = crs(&text);
        assert_eq!(read.epsg(), code, "{text}");
        // What it is called reads back as the same.
        assert_eq!(crs(read.name()).epsg(), code);
        let p = LonLat::new(114.3, 22.4);
        assert_eq!(crs(read.name()).from_wgs84(p), read.from_wgs84(p));
    }
    // Read from ESRI's form without a number: written as it was.
    let text = esri("上海", &cgcs2000(), "Gauss_Kruger", 0.0, 121.467, 1.0);
    assert_eq!(crs(&text).definition().esri_wkt1.as_deref(), Some(text.as_str()));
    assert_eq!(crs(&text).title(Lang::Zh), "上海");
}

#[test]
fn secret_datums_are_refused_and_given_shifts_taken() {
    let xian = gcs("GCS_Xian_1980", "D_Xian_1980", "\"Xian_1980\",6378140.0,298.257");
    let beijing = gcs("GCS_Beijing_1954", "D_Beijing_1954", KRASSOWSKY);
    let shifted = |numbers: &str| {
        let beijing = beijing.replace("298.3]]", &format!("298.3],TOWGS84[{numbers}]]"));
        esri("Beijing_1954_3_Degree_GK_CM_120E", &beijing, "Gauss_Kruger", 500_000.0, 120.0, 1.0)
    };
    for (text, wanted) in [
        (xian.clone(), "Xian 1980"),
        (beijing.clone(), "Tarim"),
        (esri("Xian_1980_3_Degree_GK_CM_120E", &xian, "Gauss_Kruger", 500_000.0, 120.0, 1.0), "Xian 1980"),
        (esri("Beijing_1954_GK_Zone_20", &beijing, "Gauss_Kruger", 20_500_000.0, 117.0, 1.0), "Tarim"),
        // What PROJ's kin write for all of China, and zeros.
        (shifted("15.8,-154.4,-82.3,0,0,0,0"), "Tarim"),
        (shifted("0,0,0,0,0,0,0"), "Tarim"),
        (shifted("1,2"), "not a complete WKT"),
        (gcs("x", "D_China_2000", KRASSOWSKY), "contradicts"),
        (gcs("x", "D_Beijing_1954", GRS80), "contradicts"),
        (gcs("x", "D_Somewhere", "\"Bessel\",6377397.155,299.1528128"), "not public"),
        ("LOCAL_CS[\"城市坐标系\",UNIT[\"metre\",1]]".to_owned(), "without parameters"),
        ("GEOCCS[\"x\",DATUM[\"D\",SPHEROID[\"s\",6378137,298.257]]]".to_owned(), "needs Z"),
        ("<!DOCTYPE html><html lang=\"en\">[".to_owned(), "not a complete WKT"),
        (cgcs2000().replace("0.0174532925199433", "0.01570796326794897"), "not in degrees"),
        (WKT2.replace("AXIS[\"easting (Y)\",east", "AXIS[\"westing\",west"), "lead west"),
        (
            WKT2.replace(",ID[\"EPSG\",4549]", "").replace("\"Transverse Mercator\",ID[\"EPSG\",9807]", "\"Krovak\""),
            "Krovak",
        ),
        // Datums on modern ellipsoids that are not WGS 84: 190 m, 1 m, by number.
        (gcs("GCS_VN_2000", "D_Vietnam_2000", "\"WGS_1984\",6378137.0,298.257223563"), "metre or more"),
        (
            gcs("GCS_North_American_1983_HARN", "D_North_American_1983_HARN", "\"GRS_1980\",6378137.0,298.257222101"),
            "metre or more",
        ),
        (
            gcs("NAD83(HARN)", "x", "\"GRS 1980\",6378137,298.257222101")
                .replace("33]]", "33],AUTHORITY[\"EPSG\",\"4152\"]]"),
            "metre or more",
        ),
        (
            esri("x", &cgcs2000(), "Gauss_Kruger", 0.0, 121.0, 1.0).replace("Scale_Factor", "Secret_Factor"),
            "Secret_Factor",
        ),
        // Names that the library would pass over.
        (
            esri("x", &cgcs2000(), "Gauss_Kruger", 0.0, 121.0, 1.0).replace("Central_Meridian", "Central Meridian"),
            "not all parameters",
        ),
        ("[".repeat(5_000), "not a complete WKT"),
        ("A[".repeat(5_000), "not a complete WKT"),
        (format!("GEOGCS[\"{}", "x".repeat(70_000)), "not a complete WKT"),
    ] {
        let e = Crs::parse(&text).expect_err(&text);
        assert!(e.cause.contains(wanted), "{text}: {}", e.cause);
        assert!(e.name.chars().count() <= 161);
    }
    // A shift that is the file's own.
    let given = crs(&shifted("12.3,-147.1,-71.9,0.31,-0.42,0.53,1.9"));
    let same = crs("+proj=tmerc +lon_0=120 +x_0=500000 +ellps=krass +towgs84=12.3,-147.1,-71.9,0.31,-0.42,0.53,1.9");
    let p = LonLat::new(121.5, 31.2);
    assert_eq!(given.from_wgs84(p), same.from_wgs84(p));
    assert_eq!(crs(given.name()).from_wgs84(p), same.from_wgs84(p));
    // The same in WKT 2.
    let bound = |method: &str, rotations: [f64; 3]| {
        let [rx, ry, rz] = rotations;
        let source = WKT2.replace(",ID[\"EPSG\",4549]", "").replace(GRS80, "\"Krassovsky, 1942\",6378245,298.3");
        let source = source
            .replace("\"CGCS2000\",6378137,298.257222101", "\"k\",6378245,298.3")
            .replace("China 2000", "unknown");
        format!(
            "BOUNDCRS[SOURCECRS[{}],TARGETCRS[GEOGCRS[\"WGS 84\",DATUM[\"World Geodetic System 1984\",\
             ELLIPSOID[\"WGS 84\",6378137,298.257223563]],CS[ellipsoidal,2],AXIS[\"latitude\",north],AXIS[\"longitude\",east],\
             ANGLEUNIT[\"degree\",0.0174532925199433],ID[\"EPSG\",4326]]],ABRIDGEDTRANSFORMATION[\"x\",METHOD[\"{method}\"],\
             PARAMETER[\"X-axis translation\",12.3],PARAMETER[\"Y-axis translation\",-147.1],PARAMETER[\"Z-axis translation\",-71.9],\
             PARAMETER[\"X-axis rotation\",{rx}],PARAMETER[\"Y-axis rotation\",{ry}],PARAMETER[\"Z-axis rotation\",{rz}],\
             PARAMETER[\"Scale difference\",1.0000019]]]",
            source.replace("CGCS2000 / 3-degree Gauss-Kruger CM 120E", "unknown").replace(",ID[\"EPSG\",4490]", "")
        )
    };
    for text in [
        bound("Position Vector transformation (geog2D domain)", [0.31, -0.42, 0.53]),
        bound("Coordinate Frame rotation (geog2D domain)", [-0.31, 0.42, -0.53]),
    ] {
        let bound = crs(&text);
        let ((x, y), (sx, sy)) = (bound.from_wgs84(p).expect("there"), same.from_wgs84(p).expect("there"));
        assert!((x - sx).hypot(y - sy) < 1e-6, "{x} {y} {sx} {sy}");
        assert_eq!(crs(bound.name()).from_wgs84(p), bound.from_wgs84(p));
    }
    assert!(Crs::parse(&bound("NTv2", [0.0; 3])).is_err());
}

#[test]
fn a_damaged_text_is_refused_and_never_breaks_anything() {
    for text in [WKT2.to_owned(), esri("x", &cgcs2000(), "Gauss_Kruger", 500_000.0, 120.0, 1.0)] {
        let ends = text.char_indices().map(|(i, _)| i);
        for end in ends {
            // Cut off anywhere it is no system; whatever is changed, there is an answer.
            assert!(Crs::parse(&text[..end]).is_err(), "{}", &text[..end]);
            for put in ["\"", "[", "]", ",", "9", "-", "北"] {
                let next = text[end..].chars().next().map_or(0, char::len_utf8);
                let _ = Crs::parse(&format!("{}{put}{}", &text[..end], &text[end + next..]));
            }
        }
    }
}
