//! Texts of land offices.

use super::*;
use crate::io::formats::tabular::tests::Collected;
use crate::io::formats::{InMemory, Output, RowSource, WriteFormat, WriteSeek};

const HEAD: &str = "[属性描述]\r\n格式版本号=1.01版本\r\n坐标系=2000国家大地坐标系\r\n几度分带=3\r\n投影类型=高斯克吕格\r\n计量单位=米\r\n带号=40\r\n精度=0.001\r\n转换参数=,,,,,,\r\n[地块坐标]\r\n";

fn input(bytes: impl Into<Vec<u8>>) -> Input {
    InMemory::default().with("a.txt", bytes.into()).input("a.txt")
}

fn read(text: &str) -> Collected {
    Collected::read(&BoundaryPoints, input(text), "").unwrap_or_else(|e| panic!("{text}: {e:?}"))
}

fn square(name: &str, ring: &str, x: f64, y: f64, size: f64, closed: bool) -> String {
    let corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size), (x, y)];
    let corners = &corners[..if closed { 5 } else { 4 }];
    corners.iter().enumerate().map(|(n, (x, y))| format!("{name}{},{ring},{x},{y}\r\n", n % 4 + 1)).collect()
}

const PARCEL: &str = "5,0.0100,310113-001,地块甲,面,,公园绿地,1401,@\r\n";

#[test]
fn rings_are_areas_holes_and_parts() {
    let outer = |closed| square("J", "1", 0.0, 0.0, 10.0, closed);
    let shell = "((0 0, 0 10, 10 10, 10 0, 0 0)";
    for (points, shape) in [
        (outer(true), format!("POLYGON {shell})")),
        (outer(false), format!("POLYGON {shell})")),
        (outer(true).replace('J', ""), format!("POLYGON {shell})")),
        (outer(true) + &square("J", "2", 2.0, 2.0, 2.0, true), format!("POLYGON {shell}, (2 2, 2 4, 4 4, 4 2, 2 2))")),
        (
            outer(true) + &square("J", "2", 20.0, 0.0, 2.0, true),
            format!("MULTIPOLYGON ({shell}), ((0 20, 0 22, 2 22, 2 20, 0 20)))"),
        ),
        // The hole comes first; an island in it.
        (
            square("J", "1", 2.0, 2.0, 6.0, true)
                + &square("J", "2", 0.0, 0.0, 10.0, true)
                + &square("J", "3", 4.0, 4.0, 1.0, true),
            format!("MULTIPOLYGON ({shell}, (2 2, 2 8, 8 8, 8 2, 2 2)), ((4 4, 4 5, 5 5, 5 4, 4 4)))"),
        ),
        // Two parts under one ring number, each closed.
        (
            outer(true) + &square("J", "1", 20.0, 0.0, 2.0, true),
            format!("MULTIPOLYGON ({shell}), ((0 20, 0 22, 2 22, 2 20, 0 20)))"),
        ),
        (outer(true).replace(",1,", ",,"), format!("POLYGON {shell})")),
        (outer(true).replace(',', "，"), format!("POLYGON {shell})")),
        (outer(true).replace("\r\n", ",\r\n"), format!("POLYGON {shell})")),
        // A hole that touches its shell at a corner.
        (outer(true) + &square("J", "2", 0.0, 0.0, 2.0, true), format!("POLYGON {shell}, (0 0, 0 2, 2 2, 2 0, 0 0))")),
    ] {
        let got = read(&format!("{HEAD}{PARCEL}{points}"));
        assert_eq!(got.shapes(), [shape], "{points}");
        assert_eq!(got.cells(0), ["5", "0.0100", "310113-001", "地块甲", "面", "∅", "公园绿地", "1401"]);
    }
    let line = "3,,1,路,线,,,,@\r\nJ1,1,0,0\r\nJ2,1,0,5\r\nJ3,1,5,5\r\n";
    assert_eq!(read(&format!("{HEAD}{line}")).shapes(), ["LINESTRING (0 0, 5 0, 5 5)"]);
    let point = "1,,1,井,点,,,,@\r\nJ1,1,3,4\r\n";
    assert_eq!(read(&format!("{HEAD}{point}")).shapes(), ["POINT (4 3)"]);
    let twice = format!("{HEAD}{PARCEL}{}{PARCEL}{}", outer(true), outer(true));
    assert_eq!(read(&twice).rows.len(), 2, "two parcels with the same line stay two");
}

#[test]
fn systems_follow_from_the_description_and_the_numbers() {
    for (datum, width, zone, easting, crs) in [
        ("2000国家大地坐标系", "3", "40", 40_500_000.0, Some("EPSG:4528")),
        ("2000国家大地坐标系", "3", "", 40_500_000.0, Some("EPSG:4528")),
        ("2000国家大地坐标系", "3", "40", 500_000.0, Some("EPSG:4549")),
        ("CGCS2000", "6", "20", 20_500_000.0, Some("EPSG:4498")),
        ("CGCS2000", "6", "20", 500_000.0, Some("EPSG:4509")),
        ("80国家大地坐标系", "3", "40", 40_500_000.0, Some("EPSG:2364")),
        ("80国家大地坐标系", "3", "40", 500_000.0, Some("EPSG:2385")),
        ("54北京坐标系", "3", "40", 40_500_000.0, Some("EPSG:2416")),
        ("2000国家大地坐标系", "3", "120", 500_000.0, Some("EPSG:4549")),
        ("2000国家大地坐标系", "", "40", 500_000.0, Some("EPSG:4549")),
        ("2000国家大地坐标系", "3", "", 500_000.0, None),
        ("上海城建坐标系", "3", "40", 500_000.0, None),
        ("", "", "", 500_000.0, None),
    ] {
        let head = HEAD
            .replace("坐标系=2000国家大地坐标系", &format!("坐标系={datum}"))
            .replace("几度分带=3", &format!("几度分带={width}"))
            .replace("带号=40", &format!("带号={zone}"));
        let got = read(&format!("{head}{PARCEL}{}", square("J", "1", 3_456_000.0, easting, 10.0, true)));
        assert_eq!(got.schema.crs.as_deref(), crs, "{datum} {width} {zone} {easting}");
        assert_eq!(got.kinds().is_empty(), crs.is_some(), "{:?}", got.kinds());
    }
    let text = format!("{HEAD}{PARCEL}{}", square("J", "1", 40_500_000.0, 3_456_000.0, 10.0, true));
    let got = read(&text);
    assert!(got.has("format.points.flipped") && got.shapes()[0].starts_with("POLYGON ((40500000 3456000"));
}

#[test]
fn encodings_of_land_offices() {
    let text = format!("{HEAD}{PARCEL}{}", square("J", "1", 3_456_000.0, 40_500_000.0, 10.0, true));
    let utf16: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [
        text.clone().into_bytes(),
        format!("\u{feff}{text}").into_bytes(),
        encoding_rs::GBK.encode(&text).0.into_owned(),
        utf16,
    ] {
        assert!(looks_like_boundary_points(&bytes[..bytes.len().min(4096)]));
        let got = Collected::read(&BoundaryPoints, input(bytes), "").expect("read");
        assert_eq!(got.cells(0)[3], "地块甲");
    }
    assert!(!looks_like_boundary_points("名称,经度,纬度\n".as_bytes()));
    assert!(!looks_like_boundary_points(b""));
}

#[test]
fn what_is_wrong_is_told() {
    let outer = square("J", "1", 0.0, 0.0, 10.0, true);
    for (body, kind) in [
        (format!("9,1,1,a,面,,,,@\r\n{outer}"), "format.points.other_count"),
        (format!("{PARCEL}J1,1,0,0\r\nJ2,1,0,x\r\nJ3,1,1,1\r\n"), "format.points.no_point"),
        (format!("{PARCEL}J1,1,0,0\r\nJ2,1,0,1\r\n"), "format.points.few_points"),
        (PARCEL.to_owned(), "format.points.empty"),
        (format!("5,1,1,a,体,,,,@\r\n{outer}"), "format.points.unknown_kind"),
        (format!("5,约1亩,1,a,面,,,,@\r\n{outer}"), "format.points.no_number"),
    ] {
        let got = read(&format!("{HEAD}{body}"));
        assert!(got.has(kind) && got.rows.len() == 1, "{kind}: {:?}", got.notes);
    }
    for text in ["", "[地块坐标]\r\nJ1,1,0,0\r\n", "a,b\r\n1,2\r\n"] {
        assert!(Collected::read(&BoundaryPoints, input(text), "").is_err(), "{text}");
    }
    let whole = format!("{HEAD}{PARCEL}{}", square("J", "1", 3_456_000.0, 40_500_000.0, 10.0, true));
    let cut = &whole[..whole.len() - 40];
    assert!(Collected::read(&BoundaryPoints, input(cut), "").is_err(), "cut off");
    for end in 0..whole.len() {
        let _ = Collected::read(&BoundaryPoints, input(&whole.as_bytes()[..end]), "");
    }
    for at in 0..whole.len() {
        let mut bytes = whole.as_bytes().to_vec();
        bytes[at] ^= 0x10;
        let _ = Collected::read(&BoundaryPoints, input(bytes), "");
    }
    let many: String = (0..20_000).map(|n| format!("J1,{n},0,0\nJ2,{n},0,1\nJ3,{n},1,1\n")).collect();
    let start = std::time::Instant::now();
    assert!(read(&format!("{HEAD}{PARCEL}{many}")).has("format.points.few_points"));
    assert!(start.elapsed().as_secs() < 5);
}

struct Again(Collected);

impl RowSource for Again {
    fn schema(&self) -> &Schema {
        &self.0.schema
    }

    fn crs_definition(&self) -> (Option<String>, Option<u32>) {
        let crs = self.0.schema.crs.as_deref().and_then(|crs| crs.strip_prefix("EPSG:"));
        (None, crs.and_then(|epsg| epsg.parse().ok()))
    }

    fn len(&self) -> usize {
        self.0.rows.len()
    }

    fn each(
        &self,
        each: &mut dyn FnMut(&[Cell<'_>], Option<&RawGeometry>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        for (cells, geometry) in &self.0.rows {
            let cells: Vec<Cell<'_>> =
                cells.iter().map(|cell| cell.as_deref().map_or(Cell::Null, |text| Cell::Text(text.into()))).collect();
            each(&cells, geometry.as_ref())?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Written(std::io::Cursor<Vec<u8>>);

impl Output for Written {
    fn create(&mut self, _: &str) -> std::io::Result<Box<dyn WriteSeek + '_>> {
        Ok(Box::new(&mut self.0))
    }

    fn path(&mut self, name: &str) -> std::path::PathBuf {
        name.into()
    }
}

#[test]
fn what_is_written_comes_back() {
    for (zone, easting) in [("40", 40_500_000.125), ("40", 500_000.125)] {
        let head = HEAD.replace("带号=40", &format!("带号={zone}"));
        let points = square("J", "1", 3_456_000.0, easting, 10.0, true)
            + &square("J", "2", 3_456_002.0, easting + 2.0, 2.0, true)
            + &square("J", "3", 3_456_050.0, easting, 5.0, false);
        let parcel = PARCEL.replace("0.0100", "0.0121").replace("5,0", "15,0");
        let first = read(&format!("{head}{parcel}{points}"));
        let (shapes, crs) = (first.shapes(), first.schema.crs.clone());
        let cells: Vec<String> = first.cells(0).iter().map(|cell| (*cell).to_owned()).collect();
        let mut written = Written::default();
        let source = Again(first);
        BoundaryPoints.write(&source, "a.txt", &mut written, &Progress::default()).expect("written");
        let again = Collected::read(&BoundaryPoints, input(written.0.into_inner()), "").expect("read again");
        assert_eq!((again.shapes(), again.schema.crs.clone()), (shapes, crs));
        assert_eq!(again.cells(0), cells);
        assert_eq!(again.kinds().iter().filter(|kind| **kind != "format.text.guessed").count(), 0, "{:?}", again.notes);
    }
    let mut geographic = read(&format!("{HEAD}{PARCEL}{}", square("J", "1", 0.0, 0.0, 10.0, true)));
    geographic.schema.crs = Some("EPSG:4326".into());
    assert!(BoundaryPoints.write(&Again(geographic), "a.txt", &mut Written::default(), &Progress::default()).is_err());
}
