//! Tables as they come.

use super::*;
use crate::io::formats::tabular::tests::Collected;
use crate::io::formats::{InMemory, Output, RawGeometry, RowSource, Schema, WriteFormat, WriteSeek};

fn input(name: &str, bytes: impl Into<Vec<u8>>) -> Input {
    InMemory::default().with(name, bytes.into()).input(name)
}

fn read(text: &str) -> Collected {
    Collected::read(&Csv, input("a.csv", text), "").unwrap_or_else(|e| panic!("{text}: {e:?}"))
}

#[test]
fn positions_are_found_in_every_spelling() {
    let p = "POINT (121.5 31.25)";
    for (text, shapes, crs) in [
        ("名称,经度,纬度\nA,121.5,31.25", vec![p], None),
        ("名称,纬度,经度\nA,31.25,121.5", vec![p], None),
        ("lng;lat;n\n121.5;31.25;A", vec![p], None),
        ("lng\tlat\n121.5\t31.25", vec![p], None),
        ("lng|lat\n121.5|31.25", vec![p], None),
        ("经度,纬度\n121°30′0″E,31°15′0″N", vec![p], None),
        ("经度,纬度\n121度30分,31度15分0秒", vec![p], None),
        ("经度,纬度\n121-30-0,31-15-0", vec![p], None),
        ("经度,纬度\n121 30 0,31 15 0", vec![p], None),
        ("坐标\n\"121.5,31.25\"", vec![p], None),
        ("坐标\n\"31.25,121.5\"", vec![p], None),
        ("名称,纬经度\nA,\"31.25,121.5\"", vec![p], None),
        ("名称,位置\nA,\"121.5, 31.25\"\nB,\"121.5 31.25\"", vec![p, p], None),
        ("经度度,经度分,经度秒,纬度度,纬度分,纬度秒\n121,30,0,31,15,", vec![p], None),
        ("x,y\n31.25,121.5", vec![p], None),
        ("经度,纬度\n31.25,121.5\n31.25,121.5", vec![p, p], None),
        ("id,wkt\n1,POINT(121.5 31.25)", vec![p], None),
        ("id,geom\n1,SRID=4490;POINT(121.5 31.25)", vec![p], Some("EPSG:4490")),
        ("id,几何\n1,\"LINESTRING(0 0,1 1)\"", vec!["LINESTRING (0 0, 1 1)"], None),
        ("id,什么\n1,POINT(121.5 31.25)", vec![p], None),
        ("经度（GCJ-02）,纬度（GCJ-02）\n121.5,31.25", vec![p], Some("GCJ-02")),
        ("lng_bd09,lat_bd09\n121.5,31.25", vec![p], Some("BD-09")),
        ("坐标系：CGCS2000,,\nid,经度,纬度\n1,121.5,31.25", vec![p], Some("EPSG:4490")),
        ("X坐标,Y坐标\n3456789.12,512345.67", vec!["POINT (512345.67 3456789.12)"], None),
        ("X,Y\n512345.67,3456789.12", vec!["POINT (512345.67 3456789.12)"], None),
        ("X坐标,Y坐标\n3456789.12,40512345.67", vec!["POINT (40512345.67 3456789.12)"], None),
        ("CGCS2000坐标,,\nid,X,Y\n1,3456789.12,40512345.67", vec!["POINT (40512345.67 3456789.12)"], Some("EPSG:4528")),
        ("东坐标,北坐标\n12.5,-3.25", vec!["POINT (12.5 -3.25)"], None),
        (
            "名称,\"X坐标(EPSG:4549)\",Y坐标\nA,3456789.12,512345.67",
            vec!["POINT (512345.67 3456789.12)"],
            Some("EPSG:4549"),
        ),
        (
            "甲,121.4737,31.2304\n乙,121.4738,31.2305",
            vec!["POINT (121.4737 31.2304)", "POINT (121.4738 31.2305)"],
            None,
        ),
    ] {
        let got = read(text);
        assert_eq!(got.shapes(), shapes, "{text}");
        assert_eq!(got.schema.crs.as_deref(), crs, "{text}");
        assert!(!got.schema.is_table);
    }
    for text in ["plz,ort\n01067,Dresden", "id,x\n1,2", "经度\n121.5", "名称,坐标\nA,路口东侧", "id,v\n1,10"]
    {
        let got = read(text);
        assert!(got.schema.is_table && got.shapes().iter().all(String::is_empty), "{text}");
    }
}

#[test]
fn kinds_are_those_of_whole_columns() {
    for (cells, kind, values) in [
        (["1", "22", "-3"], "Integer", ["1", "22", "-3"]),
        (["1", "2.50", "-3e-2"], "Real", ["1", "2.5", "-0.03"]),
        (["01067", "1067", "5"], "Text", ["01067", "1067", "5"]),
        (["310113001000000001", "310113001000000002", "1"], "Text", ["310113001000000001", "310113001000000002", "1"]),
        (["1234567890123456", "1", "2"], "Text", ["1234567890123456", "1", "2"]),
        (["0.1234567890123456789", "1", "2.5"], "Decimal", ["0.1234567890123456789", "1", "2.5"]),
        (["2026-01-05", "2026/1/6", "2026年1月7日"], "Date", ["2026-01-05", "2026-01-06", "2026-01-07"]),
        (["2026-01-05 8:30", "2026/1/6 08:30:15", ""], "DateTime", ["2026-01-05 08:30:00", "2026-01-06 08:30:15", "∅"]),
        (["2026-01-05", "2026-01-05 8:30", ""], "Text", ["2026-01-05", "2026-01-05 8:30", "∅"]),
        (["true", "FALSE", ""], "Bool", ["true", "false", "∅"]),
        (["是", "否", ""], "Text", ["是", "否", "∅"]),
        (["10", "inf", "NaN"], "Integer", ["10", "∅", "∅"]),
        (["+8613800000000", "1", "2"], "Text", ["+8613800000000", "1", "2"]),
        (["12E3", "1", "2"], "Text", ["12E3", "1", "2"]),
        (["\t0123", "'0124", "=\"0125\""], "Text", ["0123", "0124", "0125"]),
        (["\"a\"\"b\"", "\"c\nd\"", "\"\""], "Text", ["a\"b", "c\nd", ""]),
    ] {
        let text = format!("k,v\na,{}\nb,{}\nc,{}\n", cells[0], cells[1], cells[2]);
        let got = read(&text);
        assert_eq!(got.fields()[1], format!("v:{kind}"), "{cells:?}");
        let all: Vec<&str> = (0..3).map(|row| got.cells(row)[1]).collect();
        assert_eq!(all, values, "{cells:?}");
    }
    assert!(read("k,v\na,inf\nb,2").has("format.table.no_value"));
}

#[test]
fn tables_with_more_than_cells() {
    let rows: String = (0..20).map(|n| format!("{n},{n}.5\n")).collect();
    for (text, kind) in [
        (format!("a,b\n{rows}x,无\n"), "format.table.nearly_numbers"),
        ("a,b,c\n1,2,3\n合计,,6\n".into(), "format.table.total"),
        ("a,b\n1,2,3\n".into(), "format.table.long_row"),
        ("a,b,c\n1,2\n".into(), "format.table.short_row"),
        ("a,b,b\nx,2,3\n".into(), "format.table.same_name"),
        ("a,,b\nx,2,3\n".into(), "format.table.unnamed"),
        ("a,b\nx,\"2\"z\n".into(), "format.table.odd_quote"),
        ("经度,纬度,n\n121.5,31.2,a\n无,31.2,b\n".into(), "format.position.unreadable"),
        ("经度,纬度,n\n121.5,31.2,a\n,31.2,b\n".into(), "format.position.half"),
        ("经度,纬度,n\n121.5,31.2,a\n,,b\n".into(), "format.position.blank"),
        ("经度,纬度,n\n121.5,31.2,a\n121.5,99999,b\n".into(), "format.position.range"),
        ("经度,纬度,n\n121.5,31.2,a\n121.6,31.3,a\n31.2,121.5,b\n".into(), "format.position.swapped"),
        ("经度,纬度,n\n121.5,31.2,a\n0,0,b\n".into(), "format.position.zero"),
        ("n,wkt\na,POINT(1 2)\nb,POINT(1\n".into(), "format.position.wkt"),
        ("n,wkt\na,SRID=1;POINT(1 2)\nb,SRID=2;POINT(1 2)\n".into(), "format.position.srid"),
        ("n,wkt\na,\"POLYGON((0 0,1 0,1 1))\"\n".into(), "format.position.closed"),
        ("X,Y\n12,13000\n".into(), "format.position.which_is_east"),
        ("起点经度,起点纬度,终点经度,终点纬度\n121.5,31.2,121.6,31.3\n".into(), "format.position.others"),
        ("X,Y\n3456789.5,40512345.5\n3456789.5,41512345.5\n".into(), "format.position.zones"),
        ("1,a\n2,b\n".into(), "format.table.no_header"),
        ("id,geom\n1,0101000020E6100000000000000000F03F0000000000000040\n".into(), "format.position.no_wkt"),
        ("id,geom\n1,\"{\"\"type\"\":\"\"Point\"\",\"\"coordinates\"\":[1,2]}\"\n".into(), "format.position.no_wkt"),
    ] {
        let got = read(&text);
        assert!(got.kinds().contains(&kind), "{text}: {:?}", got.kinds());
    }
    let got = read("经度,纬度,n\n121.5,31.2,a\n无,31.2,b\n121.6,31.3,c\n");
    assert_eq!(
        got.shapes(),
        ["POINT (121.5 31.2)", "", "POINT (121.6 31.3)"],
        "a row that cannot be placed keeps its place"
    );
    let note = got.notes.iter().find(|note| note.row == Some(1)).expect("a note");
    assert!(note.said.zh.contains("第 3 行 A 列") && note.said.zh.contains('无'), "{note:?}");
    let got = read("a,b,,\n1,x,,\n2,y,,\n,,,\n\n3,z,,\n,,,\n");
    assert_eq!((got.rows.len(), got.fields().len()), (3, 2), "empty columns and rows at the ends are none");
    let got = read("sep=;\na;b\n1,5;2\n");
    assert_eq!(got.cells(0), ["1,5", "2"]);
    let got = read("a\r1\r2\r");
    assert_eq!(got.rows.len(), 2);
    let got = read("\"a\nb\",c\n1,2\n");
    assert_eq!(got.fields(), ["a b:Integer", "c:Integer"]);
    assert_eq!(read("").rows.len(), 0);
    assert_eq!(read("a,b\n").fields(), ["a:Text", "b:Text"]);
}

#[test]
fn encodings_are_told() {
    let text = "名称,经度,纬度\n排污口镕,121.5,31.25\n";
    let utf16 = |unit: fn(u16) -> [u8; 2], mark: &str| {
        format!("{mark}{text}").encode_utf16().flat_map(unit).collect::<Vec<u8>>()
    };
    let gbk = encoding_rs::GB18030.encode(text).0.into_owned();
    for (bytes, name) in [
        (text.as_bytes().to_vec(), "UTF-8"),
        (format!("\u{feff}{text}").into_bytes(), "UTF-8"),
        (gbk.clone(), "GB 18030"),
        (utf16(u16::to_le_bytes, "\u{feff}"), "UTF-16LE"),
        (utf16(u16::to_be_bytes, "\u{feff}"), "UTF-16BE"),
    ] {
        let got = Collected::read(&Csv, input("a.csv", bytes), "").expect(name);
        assert_eq!(got.schema.encoding.as_deref(), Some(name));
        assert_eq!(got.cells(0), ["排污口镕", "121.5", "31.25"]);
        assert_eq!(got.schema.fields[0].name, "名称");
    }
    let hints = ReadHints { encoding: Some("gbk".into()), ..ReadHints::default() };
    let got = Collected::read_with(&Csv, input("a.csv", gbk), "", &hints).expect("GBK");
    assert_eq!(got.schema.encoding.as_deref(), Some("GBK"));
    assert!(got.kinds().is_empty());
    let hints = ReadHints { encoding: Some("klingon".into()), ..ReadHints::default() };
    assert!(Collected::read_with(&Csv, input("a.csv", "a"), "", &hints).is_err());
    // Damaged UTF-8 stays UTF-8, and says so.
    let mut cut = "名称,甲\n".repeat(20).into_bytes();
    cut.extend_from_slice(b"\xe6\x8e,x\n");
    assert!(Collected::read(&Csv, input("a.csv", cut), "").expect("damaged").has("format.text.damaged"));
    assert!(read("名称\n锟\u{fffd}\n").has("format.text.lost"));
}

#[test]
fn what_the_planner_says_goes_first() {
    let text = "a,b,wkt\n121.5,31.25,POINT(1 2)\n";
    let hints = |columns: &[&str]| ReadHints {
        columns: Some(columns.iter().map(|c| (*c).to_owned()).collect()),
        ..ReadHints::default()
    };
    for (columns, shape) in [(&["a", "b"][..], "POINT (121.5 31.25)"), (&["b", "a"], ""), (&["wkt"], "POINT (1 2)")] {
        let got = Collected::read_with(&Csv, input("a.csv", text), "", &hints(columns)).expect("read");
        assert_eq!(got.shapes(), [shape]);
    }
    for columns in [&["没有"][..], &["a", "b", "wkt"]] {
        assert!(Collected::read_with(&Csv, input("a.csv", text), "", &hints(columns)).is_err());
    }
    let hints = ReadHints { delimiter: Some(';'), ..ReadHints::default() };
    assert_eq!(
        Collected::read_with(&Csv, input("a.csv", "a;b,c\n1;2,3\n"), "", &hints).expect("read").cells(0),
        ["1", "2,3"]
    );
}

#[test]
fn open_quotes_are_refused_with_their_line() {
    for (text, line) in [("id,txt\n1,\"foo\"\"\n2,bar\n", 2), ("a,b\n1,2\n\"x,3\n4,5\n", 3), ("\"a\nb", 1)] {
        let refused = Collected::read(&Csv, input("a.csv", text), "").expect_err("open");
        let place = crate::io::formats::FormatPlace::Line(line);
        assert!(matches!(&refused, FormatError::Refused { place: Some(at), .. } if *at == place), "{refused:?}");
    }
    let got = Collected::read(&Csv, input("a.tsv", "a\tb\n1\t\"x\n2\ty\n"), "").expect("tabs");
    assert_eq!((got.rows.len(), got.cells(0)[1]), (2, "\"x"));
    assert!(got.has("format.csv.plain_quotes"));
}

#[test]
fn a_preview_tells_what_would_fail() {
    let text = "台账,,\n名称,经度,纬度\nA,121.5,31.25\nB,无,31.25\nC,121.5,\n";
    let seen = preview(&input("a.csv", text), &ReadHints::default(), 100).expect("preview");
    assert_eq!((seen.delimiter, seen.header, seen.titles.join("")), (Some(','), Some(2), "台账".into()));
    assert_eq!(seen.positions, ["经度", "纬度"]);
    assert_eq!(
        seen.failing.iter().map(|row| (row.line, row.column.as_str())).collect::<Vec<_>>(),
        [(4, "经度"), (5, "纬度")]
    );
    assert_eq!(seen.rows.len(), 3);
    let seen = preview(&input("a.csv", text), &ReadHints::default(), 1).expect("preview");
    assert_eq!((seen.rows.len(), seen.failing.len()), (1, 0));
}

#[test]
fn damage_does_no_harm() {
    let text = "\u{feff}名称,经度,纬度\r\n\"a\"\"\nb\",121.5,31°15′0″\r\n合计,,\r\n";
    for end in 0..text.len() {
        let _ = Collected::read(&Csv, input("a.csv", &text.as_bytes()[..end]), "");
    }
    for at in 0..text.len() {
        for bit in 0..8 {
            let mut bytes = text.as_bytes().to_vec();
            bytes[at] ^= 1 << bit;
            let _ = Collected::read(&Csv, input("a.csv", bytes), "");
        }
    }
    for text in [
        ",".repeat(1_000_000),
        "\"".repeat(999_999),
        "\n".repeat(1_000_000),
        "a,".repeat(10_000),
        "((((".repeat(100_000),
    ] {
        let start = std::time::Instant::now();
        let _ = Collected::read(&Csv, input("a.csv", text), "");
        assert!(start.elapsed().as_secs() < 5);
    }
}

/// Rows that were read, to be written.
struct Rows {
    schema: Schema,
    rows: Vec<(Vec<crate::io::formats::Cell<'static>>, Option<RawGeometry>)>,
    epsg: Option<u32>,
}

impl RowSource for Rows {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn crs_definition(&self) -> (Option<String>, Option<u32>) {
        (None, self.epsg)
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn each(
        &self,
        each: &mut dyn FnMut(&[crate::io::formats::Cell<'_>], Option<&RawGeometry>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        self.rows.iter().try_for_each(|(cells, geometry)| each(cells, geometry.as_ref()))
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

fn geometry(wkt: &str) -> Option<RawGeometry> {
    let mut geometry = RawGeometry::new(crate::io::formats::RawKind::Collection);
    crate::io::formats::wkt::read_wkt(wkt, &mut geometry).ok().map(|_| geometry)
}

#[test]
fn what_is_written_comes_back() {
    use crate::io::formats::spreadsheet::Spreadsheet;
    use crate::io::formats::{Cell, Date, DateTime, Field, FieldKind, Time};
    let fields = vec![
        Field::new("编码", FieldKind::Text),
        Field::new("数", FieldKind::Integer),
        Field::new("值", FieldKind::Real),
        Field::new("日", FieldKind::Date),
        Field::new("时", FieldKind::DateTime),
    ];
    let date = Date { year: 2026, month: 11, day: 29 };
    let time = Time { hour: 8, minute: 30, second: 15, nanosecond: 0 };
    let row = |code: &str, n| {
        vec![
            Cell::Text(code.to_owned().into()),
            Cell::Integer(n),
            Cell::Real(0.1),
            Cell::Date(date),
            Cell::DateTime(DateTime { date, time, offset_minutes: None }),
        ]
    };
    for (shapes, epsg) in [
        (["POINT (121.5 31.25)", "POINT (121.6 31.26)"], Some(4490)),
        (["POINT (512345.678 3456789.123)", "POINT (512345.5 3456789.5)"], Some(4549)),
        (["POLYGON ((0 0, 1 0, 1 1, 0 0))", "LINESTRING (0 0, 1 1)"], Some(4549)),
    ] {
        let rows = Rows {
            schema: Schema { fields: fields.clone(), ..Schema::default() },
            rows: vec![
                (row("310113001000000001", 7), geometry(shapes[0])),
                (row("00\"12\",排口\n二", -3), geometry(shapes[1])),
                (vec![Cell::Text("x".into()), Cell::Null, Cell::Null, Cell::Null, Cell::Null], None),
            ],
            epsg,
        };
        for (format, writer, name, layer) in [
            (&Csv as &dyn Format, &Csv as &dyn WriteFormat, "a.csv", ""),
            (&Csv, &Csv, "a.tsv", ""),
            (&Spreadsheet, &Spreadsheet, "a.xlsx", "a"),
        ] {
            let mut written = Written::default();
            writer.write(&rows, name, &mut written, &Progress::default()).expect("written");
            assert!(!writer.losses(&rows).is_empty() || name == "a.xlsx");
            let got = Collected::read(format, input(name, written.0.into_inner()), layer).expect("read again");
            assert_eq!(got.shapes(), [shapes[0], shapes[1], ""], "{name}");
            let first = got.schema.fields.iter().position(|field| field.name == "编码").expect("the field");
            assert_eq!(
                got.fields()[first..],
                ["编码:Text", "数:Integer", "值:Real", "日:Date", "时:DateTime"],
                "{name}"
            );
            assert_eq!(got.cells(0)[first..], ["310113001000000001", "7", "0.1", "2026-11-29", "2026-11-29 08:30:15"]);
            assert_eq!(got.cells(1)[first], "00\"12\",排口\n二");
            assert_eq!(got.cells(2)[first..], ["x", "∅", "∅", "∅", "∅"]);
            if shapes[0].starts_with("POLYGON") {
                assert_eq!(got.schema.crs.as_deref(), Some("EPSG:4549"), "EWKT keeps the system");
            }
        }
    }
}
