//! Local systems by their parameters.

use super::*;

fn own(ellipsoid: LocalEllipsoid, meridian: f64, x_0: f64, y_0: f64) -> LocalBase {
    LocalBase::TransverseMercator {
        ellipsoid,
        central_meridian_deg: meridian,
        false_easting_m: x_0,
        false_northing_m: y_0,
        scale: 1.0,
        base_latitude_deg: 0.0,
        projection_height_m: 0.0,
    }
}

fn local(base: LocalBase) -> LocalCrs {
    LocalCrs { name: "城市坐标系".to_owned(), base, datum: None, plane: None }
}

const SEVEN: DatumShift = DatumShift {
    direction: Direction::FromLocal,
    convention: Some(HelmertConvention::PositionVector),
    dx_m: 12.3,
    dy_m: -147.1,
    dz_m: -71.9,
    rx_seconds: 0.31,
    ry_seconds: -0.42,
    rz_seconds: 0.53,
    scale_ppm: 1.9,
};

const FOUR: PlaneShift = PlaneShift {
    direction: Direction::FromLocal,
    east_m: 500_123.456,
    north_m: 3_400_321.654,
    rotation_seconds: 3_600.0,
    turn: Some(Turn::Clockwise),
    scale: 1.000_012_3,
};

#[test]
fn a_local_system_is_kept_as_text_and_comes_back() {
    let p = LonLat::new(121.475, 31.2345);
    let all = [
        local(own(LocalEllipsoid::Cgcs2000, 121.467, 0.0, -3_456_000.0)),
        local(LocalBase::System("EPSG:4549".into())),
        LocalCrs { datum: Some(SEVEN), ..local(own(LocalEllipsoid::Beijing54, 120.0, 500_000.0, 0.0)) },
        LocalCrs { datum: Some(SEVEN), ..local(LocalBase::System("EPSG:2437".into())) },
        LocalCrs {
            datum: Some(DatumShift { direction: Direction::ToLocal, ..SEVEN }),
            ..local(LocalBase::System("Xian_1980_3_Degree_GK_Zone_40".into()))
        },
        LocalCrs { plane: Some(FOUR), ..local(LocalBase::System("EPSG:4549".into())) },
        LocalCrs {
            plane: Some(PlaneShift { direction: Direction::ToLocal, ..FOUR }),
            datum: Some(SEVEN),
            ..local(own(
                LocalEllipsoid::Other { semi_major_m: 6_378_140.0, inverse_flattening: 298.257 },
                120.0,
                0.0,
                0.0,
            ))
        },
    ];
    for local in all {
        let crs = Crs::local(&local).unwrap_or_else(|e| panic!("{local:?}: {e}"));
        assert_eq!(crs.name(), local.text());
        assert_eq!(crs.title(Lang::Zh), "城市坐标系");
        let again = Crs::parse(crs.name()).expect("reads back");
        assert_eq!(again.as_local(), Some(&local));
        let (x, y) = crs.from_wgs84(p).expect("there");
        assert_eq!(again.from_wgs84(p), Some((x, y)));
        assert!(off_m(crs.to_wgs84(x, y).expect("back"), p) < 1e-6, "{local:?}");
    }
    // By hand, with what may be left out left out.
    let text = r#"local {"name":"上海2000","base":{"transverse_mercator":{"ellipsoid":"cgcs2000","central_meridian_deg":121.467,"false_easting_m":0,"false_northing_m":0}}}"#;
    assert_eq!(crs(text).title(Lang::En), "上海2000");
}

#[test]
fn parameters_mean_what_they_say() {
    let p = LonLat::new(121.475, 31.2345);
    let at = |local: &LocalCrs| Crs::local(local).expect("good").from_wgs84(p).expect("there");
    let near = |a: (f64, f64), b: (f64, f64)| assert!((a.0 - b.0).hypot(a.1 - b.1) < 1e-5, "{a:?} {b:?}");
    // Seven parameters are PROJ's +towgs84 as position vector, with the other sign as coordinate frame.
    let proj = "+proj=tmerc +lon_0=120 +x_0=500000 +ellps=krass +towgs84=12.3,-147.1,-71.9,0.31,-0.42,0.53,1.9";
    let vector = LocalCrs { datum: Some(SEVEN), ..local(LocalBase::System("EPSG:2437".into())) };
    near(at(&vector), crs(proj).from_wgs84(p).expect("there"));
    let frame = DatumShift {
        convention: Some(HelmertConvention::CoordinateFrame),
        rx_seconds: -0.31,
        ry_seconds: 0.42,
        rz_seconds: -0.53,
        ..SEVEN
    };
    near(at(&LocalCrs { datum: Some(frame), ..vector.clone() }), at(&vector));
    // The height of the plane enlarges everything from the equator and the meridian.
    let flat = local(own(LocalEllipsoid::Cgcs2000, 120.0, 500_000.0, 0.0));
    let mut raised = flat.clone();
    if let LocalBase::TransverseMercator { projection_height_m, .. } = &mut raised.base {
        *projection_height_m = 637.8137;
    }
    let ((x, y), (rx, ry)) = (at(&flat), at(&raised));
    near((rx, ry), (500_000.0 + (x - 500_000.0) * 1.0001, y * 1.0001));
    // Four parameters, X north: X′ = ΔX + K(X cos α − Y sin α), Y′ = ΔY + K(X sin α + Y cos α).
    let base = crs("EPSG:4549").from_wgs84(p).expect("there");
    let to_local = LocalCrs {
        plane: Some(PlaneShift { direction: Direction::ToLocal, east_m: 11.0, north_m: 22.0, ..FOUR }),
        ..local(LocalBase::System("EPSG:4549".into()))
    };
    let (s, c) = 1f64.to_radians().sin_cos();
    let k = 1.000_012_3;
    near(at(&to_local), (11.0 + k * (base.1 * s + base.0 * c), 22.0 + k * (base.1 * c - base.0 * s)));
    let other =
        PlaneShift { turn: Some(Turn::CounterClockwise), rotation_seconds: -3_600.0, ..to_local.plane.expect("set") };
    near(at(&LocalCrs { plane: Some(other), ..to_local.clone() }), at(&to_local));
}

#[test]
fn bad_parameters_are_refused_with_their_name() {
    let good = local(own(LocalEllipsoid::Cgcs2000, 120.0, 500_000.0, 0.0));
    let with = |datum, plane| LocalCrs { datum, plane, ..good.clone() };
    let meridian = |m| local(own(LocalEllipsoid::Cgcs2000, m, 0.0, 0.0));
    for (local, wanted) in [
        (LocalCrs { name: " ".into(), ..good.clone() }, "needs a name"),
        (LocalCrs { name: "x".repeat(101), ..good.clone() }, "needs a name"),
        (LocalCrs { name: "a\"b".into(), ..good.clone() }, "needs a name"),
        (meridian(40_500_000.0), "central_meridian_deg"),
        (meridian(f64::NAN), "central_meridian_deg"),
        (local(own(LocalEllipsoid::Beijing54, 120.0, 0.0, 0.0)), "Beijing 1954"),
        (local(own(LocalEllipsoid::Xian80, 120.0, 0.0, 0.0)), "Xian 1980"),
        (local(LocalBase::System("EPSG:2437".into())), "Beijing 1954"),
        (local(LocalBase::System("GCJ-02".into())), "GCJ-02"),
        (local(LocalBase::System("EPSG:99".into())), "no such EPSG"),
        (with(Some(DatumShift { convention: None, ..SEVEN }), None), "convention"),
        (with(Some(DatumShift { rx_seconds: 4_000.0, ..SEVEN }), None), "rx_seconds"),
        (with(Some(DatumShift { scale_ppm: 1e6, ..SEVEN }), None), "scale_ppm"),
        (with(None, Some(PlaneShift { turn: None, ..FOUR })), "sense"),
        (with(None, Some(PlaneShift { scale: 12.3, ..FOUR })), "plane.scale"),
        (LocalCrs { plane: Some(FOUR), ..local(LocalBase::System("EPSG:4490".into())) }, "projected base"),
        (LocalCrs { datum: Some(SEVEN), ..local(LocalBase::System("EPSG:2326".into())) }, "of its own"),
        (
            local(own(LocalEllipsoid::Other { semi_major_m: 6_378.0, inverse_flattening: 298.0 }, 120.0, 0.0, 0.0)),
            "semi_major_m",
        ),
    ] {
        let e = Crs::local(&local).expect_err(wanted);
        assert!(e.cause.contains(wanted), "{local:?}: {}", e.cause);
        assert!(!e.said.zh.is_empty());
    }
    for text in [
        "LOCAL{",
        "LOCAL{}",
        r#"LOCAL{"name":"x","base":{"system":"EPSG:4549"},"frob":1}"#,
        r#"LOCAL{"name":"x","base":{"transverse_mercator":{"ellipsoid":"mars","central_meridian_deg":1,"false_easting_m":0,"false_northing_m":0}}}"#,
    ] {
        assert!(Crs::parse(text).expect_err(text).cause.contains("cannot be read"), "{text}");
    }
    assert!(Crs::parse(&format!("LOCAL{}", "{\"a\":".repeat(100_000))).is_err());
}

#[test]
fn a_prj_of_a_local_system_says_what_it_can() {
    let plain = Crs::local(&local(own(LocalEllipsoid::Cgcs2000, 121.467, 0.0, 0.0))).expect("good");
    let text = plain.definition().esri_wkt1.expect("written");
    let again = crs(&text);
    let p = LonLat::new(121.475, 31.2345);
    let ((x, y), (ax, ay)) = (plain.from_wgs84(p).expect("there"), again.from_wgs84(p).expect("there"));
    assert!((x - ax).hypot(y - ay) < 1e-6);
    assert!(text.starts_with("PROJCS[\"城市坐标系\""));
    let turned = LocalCrs { plane: Some(FOUR), ..local(LocalBase::System("EPSG:4549".into())) };
    assert_eq!(Crs::local(&turned).expect("good").definition(), Definition::default());
}
