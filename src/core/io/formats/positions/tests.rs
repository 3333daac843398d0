//! Angles, pairs and names.

use super::*;

#[test]
fn angles_are_read_in_every_spelling() {
    let degrees = 121.0 + 28.0 / 60.0 + 30.5 / 3600.0;
    for text in [
        "121°28′30.5″",
        "121°28′30.5″E",
        "E121°28′30.5″",
        "121°28'30.5\"",
        "121°28'30.5''",
        "121° 28′ 30.5″ E",
        "121度28分30.5秒",
        "东经121度28分30.5秒",
        "东经：121°28′30.5″",
        "121 28 30.5",
        "121-28-30.5",
        "121:28:30.5",
        "121.28.30.5",
        "１２１°２８′３０．５″",
        "121º28’30.5”",
        "121d28m30.5s",
        "121d28'30.5\"E",
        "121˚28´30.5〃",
        "121°28′30.5",
        "121deg28min30.5sec",
    ] {
        let angle = read_angle(text).unwrap_or_else(|| panic!("{text}"));
        assert!((angle.degrees - degrees).abs() < 1e-12 && angle.is_dms, "{text}: {angle:?}");
    }
    for (text, value, is_dms) in [
        ("121.2830", 121.283, false),
        ("121.475°", 121.475, false),
        ("121.475E", 121.475, false),
        ("121.475°W", -121.475, false),
        ("-31.5", -31.5, false),
        ("121,4737", 121.4737, false),
        (" 121.47 ", 121.47, false),
        ("121°28.508′", 121.0 + 28.508 / 60.0, true),
        ("121°28′", 121.0 + 28.0 / 60.0, true),
        ("-0°30′0″", -0.5, true),
        ("S 31°30′", -31.5, true),
        ("31°30′N", 31.5, true),
        ("121°28′60″", 121.0 + 29.0 / 60.0, true),
    ] {
        let angle = read_angle(text).unwrap_or_else(|| panic!("{text}"));
        assert!((angle.degrees - value).abs() < 1e-12 && angle.is_dms == is_dms, "{text}: {angle:?}");
    }
    for text in [
        "",
        "无",
        "121°61′00″",
        "121°28′61″",
        "121°28′30″5",
        "30′",
        "121′28°",
        "121.5°30′",
        "abc",
        "121-28-30-5",
        "1/2/3/4",
        "-",
        "E",
        "°",
        "N-31°",
        "121°28′30″东西",
        "121,473",
        "1,2,3",
    ] {
        assert_eq!(read_angle(text), None, "{text}");
    }
}

#[test]
fn numbers_and_pairs_are_read() {
    for (text, value) in [
        ("590,123.45", Some(590_123.45)),
        ("1,234,567", Some(1_234_567.0)),
        ("3456789.123", Some(3_456_789.123)),
        ("４０", Some(40.0)),
        ("40 512 345.6", None),
        ("1e400", None),
        ("inf", None),
        ("12,34,56", None),
    ] {
        assert_eq!(read_number(text), value, "{text}");
    }
    for text in [
        "121.47,31.23",
        "(121.47, 31.23)",
        "121.47，31.23",
        "121.47 31.23",
        "121.47;31.23",
        "[121.47,31.23]",
        "121.47,31.23,5.2",
    ] {
        let (x, y) = read_pair(text).expect(text);
        assert_eq!((x.degrees, y.degrees), (121.47, 31.23), "{text}");
    }
    let (x, y) = read_pair("东经121°30′，北纬31°15′").expect("a pair");
    assert_eq!((x.degrees, y.degrees, x.side, y.side), (121.5, 31.25, Some(Side::Longitude), Some(Side::Latitude)));
    for text in ["121.47", "上海,静安", "", ",", "1 2 3"] {
        assert_eq!(read_pair(text), None, "{text}");
    }
}

#[test]
fn columns_are_found_by_their_names() {
    let pair = |x, y, named| Some(Candidate::Pair { x, y, named });
    for (names, first) in [
        ("名称,经度,纬度", pair(1, 2, Named::Degrees)),
        ("纬度,经度", pair(1, 0, Named::Degrees)),
        ("lon,lat", pair(0, 1, Named::Degrees)),
        ("Lng,Lat,name", pair(0, 1, Named::Degrees)),
        ("LATITUDE,LONGITUDE", pair(1, 0, Named::Degrees)),
        ("start_lon,start_lat", pair(0, 1, Named::Degrees)),
        ("东经,北纬", pair(0, 1, Named::Degrees)),
        ("东经(E),北纬(N)", pair(0, 1, Named::Degrees)),
        ("中心经度,中心纬度", pair(0, 1, Named::Degrees)),
        ("经度(°),纬度(°)", pair(0, 1, Named::Degrees)),
        ("坐标 经度,坐标 纬度", pair(0, 1, Named::Degrees)),
        ("起点经度,起点纬度,终点经度,终点纬度", pair(0, 1, Named::Degrees)),
        ("gcj02_lon,gcj02_lat,wgs84_lon,wgs84_lat", pair(2, 3, Named::Degrees)),
        ("X坐标,Y坐标", pair(0, 1, Named::Xy)),
        ("x,y", pair(0, 1, Named::Xy)),
        ("POINT_X,POINT_Y", pair(0, 1, Named::Xy)),
        ("X坐标（m）,Y坐标（m）", pair(0, 1, Named::Xy)),
        ("centroidX,centroidY", pair(0, 1, Named::Xy)),
        ("纵坐标X,横坐标Y", pair(1, 0, Named::EastNorth)),
        ("东坐标,北坐标", pair(0, 1, Named::EastNorth)),
        ("E,N", pair(0, 1, Named::EastNorth)),
        ("Easting,Northing", pair(0, 1, Named::EastNorth)),
        ("经度度,经度分,经度秒,纬度度,纬度分,纬度秒", Some(Candidate::Parts { x: [0, 1, 2], y: [3, 4, 5] })),
        (
            "经度(度),经度(分),经度(秒),纬度(度),纬度(分),纬度(秒)",
            Some(Candidate::Parts { x: [0, 1, 2], y: [3, 4, 5] }),
        ),
        ("东经 度,东经 分,东经 秒,北纬 度,北纬 分,北纬 秒", Some(Candidate::Parts { x: [0, 1, 2], y: [3, 4, 5] })),
        ("经度（度）,纬度（度）", pair(0, 1, Named::Degrees)),
        ("id,经纬度", Some(Candidate::Single { column: 1, latitude_first: Some(false) })),
        ("id,latlng", Some(Candidate::Single { column: 1, latitude_first: Some(true) })),
        ("id,坐标", Some(Candidate::Single { column: 1, latitude_first: None })),
        ("id,WKT", Some(Candidate::Wkt { column: 1 })),
        ("id,几何", Some(Candidate::Wkt { column: 1 })),
        ("id,the_geom", Some(Candidate::Wkt { column: 1 })),
        ("名称,面积", None),
        ("经办人,纬创", None),
        ("N,数量", None),
        ("name,long name", None),
    ] {
        let names: Vec<String> = names.split(',').map(str::to_owned).collect();
        assert_eq!(candidates(&names).first().cloned(), first, "{names:?}");
    }
}
