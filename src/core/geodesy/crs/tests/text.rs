//! Positions as people read and write them.

use super::*;

#[test]
fn positions_are_shown_and_taken_back() {
    let p = LonLat::new(121.475, 31.233_333_333);
    for (name, style, text, tolerance) in [
        ("EPSG:4490", PositionStyle::Degrees, Some("121.4750000°E 31.2333333°N"), 0.01),
        ("EPSG:4490", PositionStyle::DegreesMinutesSeconds, Some("121°28′30.0000″E 31°14′00.0000″N"), 0.01),
        ("EPSG:4549", PositionStyle::DegreesMinutesSeconds, Some("121°28′30.0000″E 31°14′00.0000″N"), 0.01),
        ("EPSG:4549", PositionStyle::Projected, None, 0.001),
        ("NE:EPSG:4549", PositionStyle::Projected, None, 0.001),
        ("EPSG:4528", PositionStyle::Projected, None, 0.001),
        ("EPSG:3857", PositionStyle::Projected, None, 0.001),
        ("GCJ-02", PositionStyle::Degrees, None, 0.02),
        ("BD-09", PositionStyle::DegreesMinutesSeconds, None, 0.02),
    ] {
        let crs = crs(name);
        let shown = format_position(&crs, p, style).expect("shown");
        if let Some(text) = text {
            assert_eq!(shown, text);
        }
        let back = parse_position(&shown, &crs).unwrap_or_else(|| panic!("{name}: {shown}"));
        assert!(off_m(back, p) < tolerance, "{name}: {shown}");
    }
    assert_eq!(format_position(&crs("EPSG:4490"), p, PositionStyle::Projected), None);
    assert_eq!(format_position(&crs("EPSG:4549"), LonLat::new(-60.0, 0.0), PositionStyle::Projected), None);
    // A second that rounds up to a minute, and the other hemispheres.
    let edge = LonLat::new(-120.999_999_999_9, -0.999_999_999_9);
    let shown = format_position(&crs("EPSG:4490"), edge, PositionStyle::DegreesMinutesSeconds);
    assert_eq!(shown.as_deref(), Some("121°00′00.0000″W 1°00′00.0000″S"));
    let meridian = format_position(&crs("EPSG:4549"), LonLat::new(120.0, 0.0), PositionStyle::Projected);
    assert_eq!(meridian.as_deref(), Some("E 500000.000 N 0.000"));
}

#[test]
fn positions_are_read_however_they_are_written() {
    let shanghai = LonLat::new(121.475, 31.0 + 14.0 / 60.0);
    let degrees = [
        "121°28′30″E 31°14′N",
        "121°28′30″E, 31°14′00″N",
        "31°14′N 121°28′30″E",
        "121°28'30\" 31°14'0\"",
        "121°28’30” 31°14’0”",
        "121°28'30''E 31°14'00''N",
        "E121°28′30″ N31°14′",
        "N 31°14′ E 121°28′30″",
        "东经121°28′30″，北纬31°14′",
        "北纬31°14′00″ 东经121°28′30″",
        "东经 121度28分30秒 北纬 31度14分",
        "经度：121.475，纬度：31.2333333333333",
        "纬度:31.2333333333333 经度:121.475",
        "lon=121.475 lat=31.2333333333333",
        "Latitude: 31.2333333333333, Longitude: 121.475",
        "121.475,31.2333333333333",
        "121.475 31.2333333333333",
        "121.475;31.2333333333333",
        "121.475\t31.2333333333333",
        "31.2333333333333, 121.475",
        "(121.475, 31.2333333333333)",
        "121.475° 31.2333333333333°",
        "121.475°E 31.2333333333333°N",
        "+121.475 +31.2333333333333",
        "１２１．４７５，３１．２３３３３３３３３３３３３",
        "121 28 30 31 14 00",
        "121 28 30 E 31 14 00 N",
        "31 14 0, 121 28 30",
        "121:28:30 31:14:00",
        "121 28.5 31 14",
        "121°28.5′E 31°14′N",
        "东经121度28.5分 北纬31度14分",
    ];
    for name in ["EPSG:4490", "EPSG:4549", "LATLON", "NE:EPSG:4549"] {
        for text in degrees {
            let p = parse_position(text, &crs(name)).unwrap_or_else(|| panic!("{name}: {text}"));
            assert!(off_m(p, shanghai) < 1e-3, "{name}: {text}: {p:?}");
        }
    }
    let (x, y) = crs("EPSG:4549").from_wgs84(shanghai).expect("there");
    let prefixed = x + 4e7;
    let (xt, yt) = ("640,456.789", "3,456,789.123");
    for (text, name, east, north) in [
        (format!("{x} {y}"), "EPSG:4549", x, y),
        (format!("{x}, {y}"), "EPSG:4528", x, y),
        (format!("{prefixed} {y}"), "EPSG:4549", x, y),
        (format!("{prefixed} {y}"), "EPSG:4528", x, y),
        // Only the number of the zone says what they are.
        (format!("{prefixed} {y}"), "EPSG:4490", x, y),
        (format!("X={y} Y={prefixed}"), "EPSG:4490", x, y),
        // North first, as surveyors write it.
        (format!("{y} {x}"), "EPSG:4549", x, y),
        (format!("X={y}，Y={x}"), "EPSG:4549", x, y),
        (format!("N {y} E {x}"), "EPSG:4549", x, y),
        (format!("{x}E {y}N"), "EPSG:4549", x, y),
        (format!("{xt}, {yt}"), "EPSG:4549", 640_456.789, 3_456_789.123),
        (format!("{xt} {yt}"), "EPSG:4549", 640_456.789, 3_456_789.123),
        (format!("{x} m {y} m"), "EPSG:4549", x, y),
        (format!("{y} {x}"), "NE:EPSG:4549", x, y),
    ] {
        let p = parse_position(&text, &crs(name)).unwrap_or_else(|| panic!("{name}: {text}"));
        let there = crs("EPSG:4549").to_wgs84(east, north).expect("there");
        assert!(off_m(p, there) < 1e-3, "{name}: {text}: {p:?}");
    }
    // The other hemispheres, and Kashgar the other way round.
    for (text, lon, lat) in [
        ("0°7′39″W 51°30′26″N", -0.1275, 51.507_222_2),
        ("-0.1275, 51.5072222", -0.1275, 51.507_222_2),
        ("南纬33.87 东经151.2", 151.2, -33.87),
        ("-33.87 S 151.2", f64::NAN, f64::NAN),
        ("39.47 75.99", 75.99, 39.47),
        ("75.99 39.47", 75.99, 39.47),
    ] {
        match parse_position(text, &crs("EPSG:4490")) {
            Some(p) => assert!(off_m(p, LonLat::new(lon, lat)) < 0.1, "{text}: {p:?}"),
            None => assert!(lon.is_nan(), "{text}"),
        }
    }
}

#[test]
fn what_is_no_position_is_none() {
    for text in [
        "",
        "121.475",
        "上海市",
        "121.475 31.2 7",
        "121.475 abc",
        "121°60′00″E 31°14′N",
        "121°28′60″E 31°14′N",
        "200 31",
        "121.475E 31.2E",
        "1e400 5",
        "121..5 31",
        "590000 3456789",
        "°′″",
        "E N",
        "- -",
        ",,,,",
        "東西",
        "🌏",
    ] {
        assert_eq!(parse_position(text, &crs("EPSG:4490")), None, "{text}");
    }
    assert_eq!(parse_position(&"1 ".repeat(10_000), &crs("EPSG:4490")), None);
    // Nothing that is typed breaks it.
    let pieces = ["121", "°", "′", "″", "E", "N", "东经", ",", " ", ":", "-", "31.5", "度", "lat", "９", "x"];
    for i in 0..pieces.len().pow(4) {
        let text: String = (0..4u32).map(|k| pieces[i / pieces.len().pow(k) % pieces.len()]).collect();
        let _ = parse_position(&text, &crs("EPSG:4549"));
    }
}
