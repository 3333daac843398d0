//! Texts and the geometries that they are; texts that are none.

use super::*;
use crate::io::formats::InMemory;
use crate::io::formats::tabular::tests::Collected;

fn read(text: &str) -> Result<(RawGeometry, WktRead), WktError> {
    let mut geometry = RawGeometry::new(RawKind::Collection);
    read_wkt(text, &mut geometry).map(|read| (geometry, read))
}

#[test]
fn geometries_come_back_as_they_are() {
    for text in [
        "POINT (1 2)",
        "POINT Z (1 2 3)",
        "POINT M (1 2 3)",
        "POINT ZM (1 2 3 4)",
        "POINT EMPTY",
        "POINT Z (1 2 NaN)",
        "LINESTRING (0 0, 1.5 -2, 1e300 3)",
        "LINESTRING EMPTY",
        "POLYGON ((0 0, 4 0, 4 4, 0 0), (1 1, 2 1, 2 2, 1 1))",
        "POLYGON Z ((0 0 1, 4 0 2, 4 4 3, 0 0 1))",
        "MULTIPOINT ((1 2), (3 4))",
        "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))",
        "MULTIPOLYGON (((0 0, 4 0, 4 4, 0 0), (1 1, 2 1, 2 2, 1 1)), ((9 9, 10 9, 10 10, 9 9)))",
        "GEOMETRYCOLLECTION (POINT (1 2), LINESTRING (0 0, 1 1), GEOMETRYCOLLECTION (POINT Z (1 2 3)))",
        "GEOMETRYCOLLECTION EMPTY",
        "POINT (121.47370000000001 31.23)",
    ] {
        let (geometry, _) = read(text).expect(text);
        let mut out = String::new();
        write_wkt(&geometry, &mut out);
        let same = text.replace("1e300", &format!("{}", 1e300));
        assert_eq!(out, same);
        assert!(looks_like_wkt(text), "{text}");
    }
}

#[test]
fn spellings_are_one() {
    for (text, is) in [
        ("point(1 2)", "POINT (1 2)"),
        (" \u{feff} POINT(1 2) ; ", "POINT (1 2)"),
        ("Point z(1 2 3)", "POINT Z (1 2 3)"),
        ("POINTZ(1 2 3)", "POINT Z (1 2 3)"),
        ("POINTM(1 2 3)", "POINT M (1 2 3)"),
        ("POINTZM(1 2 3 4)", "POINT ZM (1 2 3 4)"),
        ("POINT(1 2 3)", "POINT Z (1 2 3)"),
        ("POINT(nan nan)", "POINT EMPTY"),
        ("MULTIPOINT(1 2,3 4)", "MULTIPOINT ((1 2), (3 4))"),
        ("MULTIPOINT(EMPTY,(3 4))", "MULTIPOINT ((3 4))"),
        ("MULTIPOLYGON(EMPTY,((0 0,1 0,1 1,0 0)))", "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)))"),
        ("POLYGON((0 0,1 0,1 1))", "POLYGON ((0 0, 1 0, 1 1, 0 0))"),
        ("LINESTRING( 0\t0 ,\n1 1 )", "LINESTRING (0 0, 1 1)"),
        ("POINT(.5 -1.E2)", "POINT (0.5 -100)"),
    ] {
        let text = text.trim_start_matches(' ');
        let (geometry, _) = read(text).unwrap_or_else(|e| panic!("{text}: {e:?}"));
        let mut out = String::new();
        write_wkt(&geometry, &mut out);
        assert_eq!(out, is, "{text}");
    }
    assert_eq!(read("POLYGON((0 0,1 0,1 1))").expect("open").1.closed, 1);
    for (text, srid) in [("SRID=4549;POINT(1 2)", Some(4549)), ("srid=0;POINT(1 2)", None), ("POINT(1 2)", None)] {
        assert_eq!(read(text).expect(text).1.srid, srid);
    }
}

#[test]
fn what_is_no_geometry_is_told() {
    for (text, fault) in [
        ("", WktFault::CutOff),
        ("POINT", WktFault::CutOff),
        ("POINT(1 2", WktFault::CutOff),
        ("POINT(1)", WktFault::Syntax),
        ("POINT(1 2) x", WktFault::Syntax),
        ("POINT(1 b)", WktFault::Syntax),
        ("POINT(1 2 3 4 5)", WktFault::Mixed),
        ("POINT Z(1 2)", WktFault::Mixed),
        ("LINESTRING(1 2, 3 4 5)", WktFault::Mixed),
        ("POINT(1 inf)", WktFault::Number),
        ("POINT(nan 1)", WktFault::Number),
        ("POINT(1e999 1)", WktFault::Number),
        ("CIRCULARSTRING(0 0,1 1,2 0)", WktFault::Curve),
        ("CURVEPOLYGON Z EMPTY", WktFault::Curve),
        ("TIN(((0 0,1 0,1 1,0 0)))", WktFault::Curve),
        ("SRID=;POINT(1 2)", WktFault::Syntax),
        ("SRID=99999999999;POINT(1 2)", WktFault::Syntax),
        ("排口(1 2)", WktFault::Syntax),
        ("POLYGON((0 0,1 0,1 1,0 0)", WktFault::CutOff),
    ] {
        assert_eq!(read(text).map(|_| ()).map_err(|e| e.fault), Err(fault), "{text}");
    }
    let deep = format!("{}POINT(1 2){}", "GEOMETRYCOLLECTION(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(read(&deep).expect_err("deep").fault, WktFault::Deep);
    for text in ["point", "name", "POINT x", "经度", "POINTER(1)", "SRID", "multi(", "1 2"] {
        assert!(!looks_like_wkt(text), "{text}");
    }
}

#[test]
fn damaged_texts_are_told() {
    let text = "SRID=4549;MULTIPOLYGON Z (((0 0 1, 4 0 2, 4 4 3, 0 0 1)), ((9 9 1, 10 9 1, 10 10 1, 9 9 1)))";
    for end in 0..text.len() {
        assert!(read(&text[..end]).is_err(), "{end}");
    }
    for at in 0..text.len() {
        for bit in 0..7 {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            let _ = read(&String::from_utf8_lossy(&bytes));
        }
    }
}

#[test]
fn files_are_one_geometry_a_line() {
    let text = "SRID=4549;POINT(1 2)\r\n\r\nLINESTRING(0 0,\n 1 1)\nPOINT(x)\nSRID=4490;POINT(1 2)\nPOINT(3 4)";
    let read = Collected::read(&Wkt, InMemory::default().with("a.wkt", text.into()).input("a.wkt"), "").expect("read");
    assert_eq!(read.shapes(), ["POINT (1 2)", "LINESTRING (0 0, 1 1)", "", "", "POINT (3 4)"]);
    assert_eq!(read.schema.crs.as_deref(), Some("EPSG:4549"));
    assert_eq!(read.kinds(), ["format.wkt.unread", "format.wkt.other_srid"]);
    for bad in ["POINT(1 2)\nLINESTRING(0 0,1 1", "hello\nPOINT", "POINT(1 2)\nPOIN"] {
        let input = InMemory::default().with("a.wkt", bad.into()).input("a.wkt");
        let read = Collected::read(&Wkt, input, "");
        assert!(matches!(read, Err(FormatError::Refused { place: Some(_), .. })) || bad.ends_with("POIN"), "{bad}");
    }
}
