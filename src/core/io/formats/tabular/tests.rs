//! A sink for tests, and headers.

use super::*;
use crate::io::formats::wkt::write_wkt;
use crate::io::formats::{Cell, Format, Input, Note, RawGeometry, ReadHints, RowSink, Schema};
use crate::progress::Progress;

/// What a sink was given.
#[derive(Debug, Default)]
pub(crate) struct Collected {
    pub schema: Schema,
    pub rows: Vec<(Vec<Option<String>>, Option<RawGeometry>)>,
    pub notes: Vec<Note>,
}

impl RowSink for Collected {
    fn schema(&mut self, schema: &Schema) -> Result<(), FormatError> {
        assert!(self.rows.is_empty(), "the schema comes first");
        self.schema = schema.clone();
        Ok(())
    }

    fn row(&mut self, _: Option<i64>, cells: &[Cell<'_>], geometry: Option<&RawGeometry>) -> Result<(), FormatError> {
        assert_eq!(cells.len(), self.schema.fields.len(), "a cell a field");
        self.rows.push((cells.iter().map(shown).collect(), geometry.cloned()));
        Ok(())
    }

    fn note(&mut self, note: Note) {
        self.notes.push(note);
    }
}

impl Collected {
    pub fn read(format: &dyn Format, input: Input, layer: &str) -> Result<Self, FormatError> {
        Self::read_with(format, input, layer, &ReadHints::default())
    }

    pub fn read_with(format: &dyn Format, input: Input, layer: &str, hints: &ReadHints) -> Result<Self, FormatError> {
        let mut collected = Self::default();
        format.read(&input, layer, hints, &mut collected, &Progress::default())?;
        Ok(collected)
    }

    /// Geometries as WKT, empty where a row has none.
    pub fn shapes(&self) -> Vec<String> {
        let shape = |geometry: &Option<RawGeometry>| {
            let mut out = String::new();
            if let Some(geometry) = geometry {
                write_wkt(geometry, &mut out);
            }
            out
        };
        self.rows.iter().map(|(_, geometry)| shape(geometry)).collect()
    }

    /// Kinds of the doubtful notes in their order.
    pub fn kinds(&self) -> Vec<&'static str> {
        self.notes.iter().filter(|note| note.is_doubt).map(|note| note.kind).collect()
    }

    pub fn has(&self, kind: &str) -> bool {
        self.notes.iter().any(|note| note.kind == kind)
    }

    /// `name:Kind` of each field.
    pub fn fields(&self) -> Vec<String> {
        self.schema.fields.iter().map(|field| format!("{}:{:?}", field.name, field.kind)).collect()
    }

    /// Cells of a row; `∅` where there is no value.
    pub fn cells(&self, row: usize) -> Vec<&str> {
        self.rows[row].0.iter().map(|cell| cell.as_deref().unwrap_or("∅")).collect()
    }
}

fn header(text: &str, merges: &[Merge]) -> (Vec<String>, Vec<String>, usize, u64) {
    let sample: Vec<SampleRow> = text
        .lines()
        .enumerate()
        .map(|(n, line)| {
            let cell = |text: &str| if text.is_empty() { Raw::Empty } else { Raw::Text(text.to_owned().into()) };
            SampleRow { index: n as u64, line: n as u64 + 1, cells: line.split(',').map(cell).collect() }
        })
        .collect();
    let header = find_header(&sample, merges);
    (header.names, header.titles, header.depth, header.data)
}

#[test]
fn headers_are_found() {
    let merge = |rows, columns| Merge { rows, columns };
    for (text, merges, names, titles, depth, data) in [
        ("a,b\n1,2", vec![], "a,b", "", 1, 1),
        ("1,2\n3,4", vec![], "field_1,field_2", "", 0, 0),
        ("台账,,\n名称,经度,纬度\nA,121.1,31.2\nB,121.2,31.3", vec![], "名称,经度,纬度", "台账", 1, 2),
        ("台账,,\n单位：米,,\n名称,经度,纬度\nA,121.1,31.2\nB,121,31", vec![], "名称,经度,纬度", "台账|单位：米", 1, 3),
        ("区,2019,2020\n静安,1.5,2.5\n宝山,3.5,4.5", vec![], "区,2019,2020", "", 1, 1),
        ("静安,1.5,2.5\n宝山,3.5,4.5", vec![], "field_1,field_2,field_3", "", 0, 0),
        (
            "序号,名称,坐标,,备注\n,,经度,纬度,\n1,A,121.1,31.2,x\n2,B,121.2,31.3,y",
            vec![],
            "序号,名称,坐标 经度,坐标 纬度,备注",
            "",
            2,
            2,
        ),
        (
            "名称,坐标,\n,经度,纬度\nA,甲,乙\nB,丙,丁",
            vec![merge((0, 1), (0, 0)), merge((0, 0), (1, 2))],
            "名称,坐标 经度,坐标 纬度",
            "",
            2,
            2,
        ),
        ("name,addr,\nfoo,bar,baz\nx,y,z", vec![], "name,addr,", "", 1, 1),
        ("POINT(1 2),a\nPOINT(3 4),b", vec![], "field_1,field_2", "", 0, 0),
        ("名称,日期\nA,2026-01-01", vec![], "名称,日期", "", 1, 1),
        ("编号\n001\n002", vec![], "编号", "", 1, 1),
        ("", vec![], "", "", 0, 0),
    ] {
        let got = header(text, &merges);
        let want = (names.to_owned(), titles.to_owned(), depth, data);
        assert_eq!((got.0.join(","), got.1.join("|"), got.2, got.3), want, "{text}");
    }
}

#[test]
fn letters_are_those_of_spreadsheets() {
    for (column, is) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")] {
        assert_eq!(letters(column), is);
    }
}
