//! Drawings made in the tests: read, damaged, written and read again.

use super::{Dwg, Dxf, clean, ring, text};
use crate::i18n::Lang;
use crate::io::formats::{
    Cell, Field, FieldKind, Format, FormatError, InMemory, LayerInfo, Note, Output, RawGeometry, RawKind, ReadHints,
    RowSink, RowSource, Schema, WriteFormat, WriteSeek,
};
use crate::model::GeometryKind;
use crate::progress::Progress;
use std::io::Cursor;

/// A row as it came.
#[derive(Clone, Debug)]
struct Taken {
    cells: Vec<Cell<'static>>,
    geometry: Option<RawGeometry>,
}

#[derive(Debug, Default)]
struct Collect {
    schema: Schema,
    rows: Vec<Taken>,
    notes: Vec<Note>,
}

fn owned(cell: &Cell<'_>) -> Cell<'static> {
    match cell {
        Cell::Text(text) => Cell::Text(text.clone().into_owned().into()),
        Cell::Json(text) => Cell::Json(text.clone().into_owned().into()),
        Cell::Decimal(text) => Cell::Decimal(text.clone().into_owned().into()),
        Cell::Integer(number) => Cell::Integer(*number),
        Cell::Real(number) => Cell::Real(*number),
        Cell::Bool(is) => Cell::Bool(*is),
        Cell::Date(date) => Cell::Date(*date),
        _ => Cell::Null,
    }
}

impl RowSink for Collect {
    fn schema(&mut self, schema: &Schema) -> Result<(), FormatError> {
        self.schema = schema.clone();
        Ok(())
    }
    fn row(&mut self, _: Option<i64>, cells: &[Cell<'_>], geometry: Option<&RawGeometry>) -> Result<(), FormatError> {
        assert_eq!(cells.len(), self.schema.fields.len());
        self.rows.push(Taken { cells: cells.iter().map(owned).collect(), geometry: geometry.cloned() });
        Ok(())
    }
    fn note(&mut self, note: Note) {
        self.notes.push(note);
    }
}

impl Collect {
    fn cell(&self, row: usize, field: &str) -> &Cell<'static> {
        let index = self.schema.fields.iter().position(|one| one.name == field);
        &self.rows[row].cells[index.unwrap_or_else(|| panic!("no field {field} in {:?}", self.schema.fields))]
    }
    fn text(&self, row: usize, field: &str) -> &str {
        match self.cell(row, field) {
            Cell::Text(text) | Cell::Json(text) => text,
            other => panic!("{field}: {other:?}"),
        }
    }
    fn has(&self, kind: &str) -> bool {
        self.notes.iter().any(|note| note.kind == kind)
    }
    fn xy(&self, row: usize) -> &[[f64; 2]] {
        &self.rows[row].geometry.as_ref().expect("geometry").xy
    }
}

fn format(name: &str) -> &'static dyn Format {
    if name.ends_with("dwg") { &Dwg } else { &Dxf }
}

fn layers(name: &str, bytes: &[u8], hint: Option<&str>) -> Result<Vec<LayerInfo>, FormatError> {
    let hints = ReadHints { encoding: hint.map(str::to_owned), ..ReadHints::default() };
    format(name).layers(&InMemory::default().with(name, bytes.to_vec()).input(name), &hints)
}

/// All layers, each read; without the cache's help now and then.
fn all(name: &str, bytes: &[u8], hint: Option<&str>) -> Result<Vec<Collect>, FormatError> {
    let hints = ReadHints { encoding: hint.map(str::to_owned), ..ReadHints::default() };
    let input = InMemory::default().with(name, bytes.to_vec()).input(name);
    let infos = format(name).layers(&input, &hints)?;
    let read = infos.iter().map(|info| {
        let mut sink = Collect::default();
        format(name).read(&input, &info.name, &hints, &mut sink, &Progress::default())?;
        assert_eq!(sink.rows.len() as u64, info.rows.expect("counted"));
        assert_eq!(sink.schema.name, info.name);
        Ok(sink)
    });
    read.collect()
}

/// Pairs separated by `|`.
fn pairs(text: &str) -> Vec<u8> {
    let mut parts = text.split('|').map(str::trim);
    let mut out = Vec::new();
    while let (Some(code), Some(value)) = (parts.next(), parts.next()) {
        out.extend_from_slice(format!("{code}\r\n{value}\r\n").as_bytes());
    }
    out
}

struct Drawing<'a> {
    version: &'a str,
    page: &'a str,
    units: i32,
    tables: &'a str,
    blocks: &'a str,
}

const PLAIN: Drawing<'static> = Drawing { version: "AC1015", page: "ANSI_936", units: 6, tables: "", blocks: "" };

impl Drawing<'_> {
    fn with(&self, entities: &str) -> Vec<u8> {
        let Self { version, page, units, tables, blocks } = self;
        let mut text = format!("0|SECTION|2|HEADER|9|$ACADVER|1|{version}|9|$INSUNITS|70|{units}");
        if !page.is_empty() {
            text += &format!("|9|$DWGCODEPAGE|3|{page}");
        }
        text += "|0|ENDSEC";
        if !tables.is_empty() {
            text += &format!("|0|SECTION|2|TABLES|{tables}|0|ENDSEC");
        }
        if !blocks.is_empty() {
            text += &format!("|0|SECTION|2|BLOCKS|{blocks}|0|ENDSEC");
        }
        let bar = if entities.is_empty() { "" } else { "|" };
        text += &format!("|0|SECTION|2|ENTITIES{bar}{entities}|0|ENDSEC|0|EOF");
        pairs(&text)
    }
}

fn read(entities: &str) -> Vec<Collect> {
    all("a.dxf", &PLAIN.with(entities), None).expect("reads")
}

fn near(a: [f64; 2], b: [f64; 2]) -> bool {
    (a[0] - b[0]).abs() < 1e-9 && (a[1] - b[1]).abs() < 1e-9
}

#[test]
fn curves_are_within_a_tenth_of_a_millimetre() {
    let circle = &read("0|CIRCLE|8|a|10|100|20|200|40|50")[0];
    let xy = circle.xy(0);
    assert_eq!(xy.first(), xy.last());
    for pair in xy.windows(2) {
        let radius = |p: [f64; 2]| (p[0] - 100.0).hypot(p[1] - 200.0);
        assert!((radius(pair[0]) - 50.0).abs() < 1e-9);
        let middle = [(pair[0][0] + pair[1][0]) / 2.0, (pair[0][1] + pair[1][1]) / 2.0];
        assert!(50.0 - radius(middle) <= 1e-4 + 1e-9);
    }
    // The envelope is exact.
    assert!(xy.iter().any(|p| near(*p, [50.0, 200.0])) && xy.iter().any(|p| near(*p, [100.0, 250.0])));
    let arc = &read("0|ARC|8|a|10|0|20|0|40|2|50|270|51|90")[0];
    let xy = arc.xy(0);
    assert!(near(xy[0], [0.0, -2.0]) && near(xy[xy.len() - 1], [0.0, 2.0]) && xy.iter().all(|p| p[0] > -1e-9));
    assert_eq!(arc.rows[0].geometry.as_ref().expect("line").kind, RawKind::Simple(GeometryKind::LineString));
    // A half circle by a bulge: from the right to the left, over the top.
    let line = &read("0|LWPOLYLINE|8|a|90|2|70|0|10|1|20|0|42|1|10|-1|20|0")[0];
    let xy = line.xy(0);
    assert!(xy.len() > 100 && xy.iter().all(|p| (p[0].hypot(p[1]) - 1.0).abs() < 1e-9 && p[1] >= 0.0));
    assert_eq!((xy[0], xy[xy.len() - 1]), ([1.0, 0.0], [-1.0, 0.0]));
    // A quarter of an ellipse, and a whole one, which is an area.
    let ellipse = &read("0|ELLIPSE|8|a|10|0|20|0|30|0|11|4|21|0|31|0|40|0.5|41|0|42|1.5707963267948966")[0];
    let xy = ellipse.xy(0);
    assert!(near(xy[0], [4.0, 0.0]) && near(xy[xy.len() - 1], [0.0, 2.0]));
    let whole = &read("0|ELLIPSE|8|a|10|0|20|0|30|0|11|4|21|0|31|0|40|0.5|41|0|42|6.283185307179586")[0];
    assert_eq!(whole.rows[0].geometry.as_ref().expect("area").kind, RawKind::Simple(GeometryKind::Polygon));
    // A quadratic Bézier curve: the middle is known.
    let spline = "0|SPLINE|8|a|70|8|71|2|72|6|73|3|74|0|40|0|40|0|40|0|40|1|40|1|40|1|10|0|20|0|30|0|10|1|20|2|30|0|10|2|20|0|30|0";
    let curve = &read(spline)[0];
    let xy = curve.xy(0);
    assert_eq!((xy[0], xy[xy.len() - 1]), ([0.0, 0.0], [2.0, 0.0]));
    assert!(xy.iter().all(|p| (p[1] - p[0] * (2.0 - p[0])).abs() < 1e-9) && xy.len() > 20);
    // A rational one: a quarter circle.
    let weight = std::f64::consts::FRAC_1_SQRT_2;
    let quarter = format!(
        "0|SPLINE|8|a|70|12|71|2|72|6|73|3|74|0|40|0|40|0|40|0|40|1|40|1|40|1|41|1|41|{weight}|41|1|10|1|20|0|30|0|10|1|20|1|30|0|10|0|20|1|30|0"
    );
    assert!(read(&quarter)[0].xy(0).iter().all(|p| (p[0].hypot(p[1]) - 1.0).abs() < 1e-9));
    // A periodic one as DWG files have it: one knot more than points.
    let periodic = "0|SPLINE|8|a|70|11|71|3|72|5|73|4|74|0|40|0|40|1|40|2|40|3|40|4|10|0|20|0|30|0|10|6|20|0|30|0|10|6|20|6|30|0|10|0|20|6|30|0";
    let ring = &read(periodic)[0];
    let xy = ring.xy(0);
    assert!(near(xy[0], [5.0, 5.0]) && xy.first() == xy.last(), "{:?}", xy[0]);
    for corner in [[1.0, 1.0], [5.0, 1.0], [1.0, 5.0]] {
        assert!(xy.iter().any(|p| near(*p, corner)));
    }
    // By fit points alone: it passes through them.
    let fit = &read("0|SPLINE|8|a|70|8|71|3|72|0|73|0|74|3|11|0|21|0|31|0|11|1|21|1|31|0|11|2|21|0|31|0")[0];
    assert!([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]].iter().all(|p| fit.xy(0).iter().any(|q| near(*p, *q))));
}

#[test]
fn closed_paths_are_areas_and_open_ones_lines() {
    let square = "10|0|20|0|10|4|20|0|10|4|20|4|10|0|20|4";
    let cases = [
        (format!("0|LWPOLYLINE|8|a|90|4|70|1|{square}"), GeometryKind::Polygon, 5),
        (format!("0|LWPOLYLINE|8|a|90|4|70|0|{square}"), GeometryKind::LineString, 4),
        (format!("0|LWPOLYLINE|8|a|90|5|70|0|{square}|10|0|20|0"), GeometryKind::Polygon, 5),
        ("0|LWPOLYLINE|8|a|90|2|70|1|10|0|20|0|10|4|20|0".to_owned(), GeometryKind::LineString, 3),
        ("0|LINE|8|a|10|0|20|0|11|1|21|1".to_owned(), GeometryKind::LineString, 2),
        ("0|SOLID|8|a|10|0|20|0|11|1|21|0|12|0|22|1|13|1|23|1".to_owned(), GeometryKind::Polygon, 5),
        ("0|TRACE|8|a|10|0|20|0|11|1|21|0|12|0|22|1|13|0|23|1".to_owned(), GeometryKind::Polygon, 4),
        ("0|3DFACE|8|a|10|0|20|0|30|1|11|1|21|0|31|1|12|1|22|1|32|2|13|0|23|1|33|2".to_owned(), GeometryKind::Polygon, 5),
        (
            "0|POLYLINE|8|a|66|1|70|9|0|VERTEX|8|a|10|0|20|0|30|1|70|32|0|VERTEX|8|a|10|1|20|0|30|2|70|32|0|VERTEX|8|a|10|1|20|1|30|3|70|32|0|SEQEND"
                .to_owned(),
            GeometryKind::Polygon,
            4,
        ),
        (
            "0|POLYLINE|8|a|66|1|70|0|30|5|0|VERTEX|8|a|10|0|20|0|0|VERTEX|8|a|10|1|20|0|0|SEQEND|8|a".to_owned(),
            GeometryKind::LineString,
            2,
        ),
    ];
    for (entity, kind, positions) in cases {
        let got = &read(&entity)[0];
        let geometry = got.rows[0].geometry.as_ref().expect("geometry");
        assert_eq!((geometry.kind, geometry.xy.len()), (RawKind::Simple(kind), positions), "{entity}");
    }
    // SOLID runs in a Z: its area is not twisted.
    let solid = &read("0|SOLID|8|a|10|0|20|0|11|1|21|0|12|0|22|1|13|1|23|1")[0];
    assert_eq!(solid.xy(0), [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]]);
}

#[test]
fn a_layer_of_several_shapes_is_split_and_names_stay_apart() {
    let got = layers(
        "a.dxf",
        &PLAIN.with("0|POINT|8|road|10|1|20|1|0|LINE|8|ROAD|10|0|20|0|11|1|21|1|0|POINT|8|road·点|10|1|20|1|0|POINT|8|x|10|0|20|0"),
        Some("UTF-8"),
    );
    let names: Vec<String> = got.expect("reads").into_iter().map(|layer| layer.name).collect();
    assert_eq!(names, ["road·点 (2)", "road·线", "road·点", "x"]);
}

#[test]
fn blocks_are_placed_turned_scaled_mirrored_and_in_arrays() {
    let blocks = "0|BLOCK|8|0|2|b|70|0|10|1|20|1|30|0|0|LINE|8|0|62|0|10|1|20|1|11|3|21|1|0|POINT|8|own|10|2|20|1|0|ENDBLK|8|0\
        |0|BLOCK|8|0|2|outer|70|0|10|0|20|0|30|0|0|INSERT|8|0|2|b|10|10|20|0|0|ENDBLK|8|0";
    let drawing = Drawing { blocks, ..PLAIN };
    let cases: [(&str, &[[[f64; 2]; 2]]); 6] = [
        ("0|INSERT|8|tree|2|b|10|5|20|5", &[[[5.0, 5.0], [7.0, 5.0]]]),
        ("0|INSERT|8|tree|2|b|10|5|20|5|50|90", &[[[5.0, 5.0], [5.0, 7.0]]]),
        ("0|INSERT|8|tree|2|b|10|5|20|5|41|-2|42|3", &[[[5.0, 5.0], [1.0, 5.0]]]),
        // Seen from below: x runs the other way.
        ("0|INSERT|8|tree|2|b|10|5|20|5|210|0|220|0|230|-1", &[[[-5.0, 5.0], [-7.0, 5.0]]]),
        (
            "0|INSERT|8|tree|2|b|10|0|20|0|70|2|71|1|44|10|50|90",
            &[[[0.0, 0.0], [0.0, 2.0]], [[0.0, 10.0], [0.0, 12.0]]],
        ),
        ("0|INSERT|8|tree|2|outer|10|0|20|0|41|2|42|2", &[[[20.0, 0.0], [24.0, 0.0]]]),
    ];
    for (entity, lines) in cases {
        let got = all("a.dxf", &drawing.with(entity), None).expect("reads");
        let tree = got.iter().find(|sheet| sheet.schema.name == "tree·线").expect("layer 0 goes with the INSERT");
        let found: Vec<_> = (0..tree.rows.len()).map(|row| tree.xy(row).to_vec()).collect();
        assert_eq!(found.len(), lines.len(), "{entity}");
        for (found, line) in found.iter().zip(lines) {
            assert!(near(found[0], line[0]) && near(found[1], line[1]), "{entity}: {found:?}");
        }
        assert_eq!(tree.text(0, "block"), "b");
        assert!(got.iter().any(|sheet| sheet.schema.name == "own"), "other layers stay");
    }
}

#[test]
fn attributes_become_columns() {
    let blocks = "0|BLOCK|8|0|2|b|70|2|10|0|20|0|0|CIRCLE|8|0|10|0|20|0|40|1|0|ATTDEF|8|0|10|0|20|0|40|1|1|x|2|编号|70|0|3|?\
        |0|ATTDEF|8|0|10|0|20|0|40|1|1|固定|2|类别|70|2|3|?|0|ENDBLK|8|0";
    let drawing = Drawing { blocks, version: "AC1021", ..PLAIN };
    let entity = "0|INSERT|8|0|66|1|2|b|10|0|20|0|0|ATTRIB|8|0|10|0|20|0|40|1|1|A-01%%d|2|编号|70|0|0|SEQEND|8|0|0|POINT|8|0|10|1|20|1";
    let got = all("a.dxf", &drawing.with(entity), None).expect("reads");
    for sheet in &got {
        let row = (0..sheet.rows.len())
            .find(|row| matches!(sheet.text(*row, "type"), "INSERT" | "CIRCLE"))
            .expect("of the block");
        assert_eq!((sheet.text(row, "编号"), sheet.text(row, "类别")), ("A-01°", "固定"));
    }
    let points = &got[0];
    let point = (0..points.rows.len()).find(|row| points.text(*row, "type") == "POINT").expect("point");
    assert_eq!(points.cell(point, "编号"), &Cell::Null);
}

#[test]
fn blocks_that_contain_themselves_and_too_many_end() {
    let blocks = "0|BLOCK|8|0|2|a|10|0|20|0|0|INSERT|8|0|2|b|10|1|20|0|0|LINE|8|0|10|0|20|0|11|1|21|1|0|ENDBLK|8|0\
        |0|BLOCK|8|0|2|b|10|0|20|0|0|INSERT|8|0|2|A|10|1|20|0|0|ENDBLK|8|0";
    let drawing = Drawing { blocks, ..PLAIN };
    let got = all("a.dxf", &drawing.with("0|INSERT|8|0|2|a|10|0|20|0"), None).expect("reads");
    assert!(got.iter().all(|sheet| sheet.has("format.cad.recursive")));
    // Ten levels of ten: ten thousand million lines.
    let mut blocks = "0|BLOCK|8|0|2|b0|10|0|20|0|0|LINE|8|0|10|0|20|0|11|1|21|1|0|ENDBLK|8|0".to_owned();
    for level in 1..=10 {
        blocks += &format!("|0|BLOCK|8|0|2|b{level}|10|0|20|0");
        for _ in 0..10 {
            blocks += &format!("|0|INSERT|8|0|2|b{}|10|0|20|0", level - 1);
        }
        blocks += "|0|ENDBLK|8|0";
    }
    let started = std::time::Instant::now();
    for insert in ["0|INSERT|8|0|2|b10|10|0|20|0", "0|INSERT|8|0|2|b0|70|30000|71|30000|44|1|45|1|10|0|20|0"] {
        let bytes = Drawing { blocks: &blocks, ..PLAIN }.with(insert);
        assert!(matches!(layers("a.dxf", &bytes, None), Err(FormatError::Refused { .. })));
    }
    assert!(started.elapsed().as_secs() < 5);
}

#[test]
fn object_coordinate_systems_are_applied() {
    // Extrusion along −z mirrors x; along x the plane stands upright.
    let circle = &read("0|CIRCLE|8|a|10|10|20|0|40|1|210|0|220|0|230|-1")[0];
    assert!(circle.xy(0).iter().all(|p| ((p[0] + 10.0).hypot(p[1]) - 1.0).abs() < 1e-9));
    let line = &read("0|LWPOLYLINE|8|a|90|2|70|0|38|7|10|1|20|2|10|3|20|2|210|1|220|0|230|0")[0];
    assert!(near(line.xy(0)[0], [7.0, 1.0]) && near(line.xy(0)[1], [7.0, 3.0]));
    assert_eq!(line.rows[0].geometry.as_ref().expect("line").z, [2.0, 2.0]);
    assert_eq!(line.cell(0, "elevation"), &Cell::Real(2.0));
}

#[test]
fn hatches_have_their_holes() {
    let ring = |low: f64, high: f64| {
        format!("92|2|72|0|73|1|93|4|10|{low}|20|{low}|10|{high}|20|{low}|10|{high}|20|{high}|10|{low}|20|{high}|97|0")
    };
    let hatch = |rings: &[String], style: u8| {
        let body = rings.join("|");
        format!(
            "0|HATCH|8|a|10|0|20|0|30|0|210|0|220|0|230|1|2|SOLID|70|1|71|0|91|{}|{body}|75|{style}|76|1|98|0",
            rings.len()
        )
    };
    // Holes before their shell; an island in the hole; a second shell.
    let rings = [ring(2.0, 8.0), ring(0.0, 10.0), ring(4.0, 6.0), ring(20.0, 21.0)];
    for (style, ends) in [(0, vec![1, 3, 4]), (1, vec![1, 3]), (2, vec![1, 2])] {
        let got = &read(&hatch(&rings, style))[0];
        let geometry = got.rows[0].geometry.as_ref().expect("area");
        assert_eq!(geometry.kind, RawKind::Simple(GeometryKind::MultiPolygon));
        let sizes: Vec<usize> = geometry.parts().map(|part| part.len()).collect();
        let mut want: Vec<usize> =
            ends.iter().scan(0, |before, end| Some(end - std::mem::replace(before, *end))).collect();
        let mut got = sizes.clone();
        got.sort_unstable();
        want.sort_unstable();
        assert_eq!(got, want, "style {style}");
    }
    // Edges out of order and one the wrong way round; a half circle both ways.
    let half = |angles: &str| {
        format!(
            "0|HATCH|8|a|10|0|20|0|30|0|210|0|220|0|230|1|2|SOLID|70|1|71|0|91|1|92|1|93|3|72|1|10|0|20|0|11|2|21|0|72|1|10|0|20|2|11|0|21|0|{angles}|97|0|75|0|76|1|98|0"
        )
    };
    let quarter = half("72|2|10|0|20|0|40|2|50|0|51|90|73|1");
    for entity in [quarter, half("72|3|10|0|20|0|11|2|21|0|40|1|50|0|51|90|73|1")] {
        let got = &read(&entity)[0];
        assert!(!got.has("format.cad.hatch_gap"), "{entity}");
        let xy = got.xy(0);
        let area: f64 = xy.windows(2).map(|p| p[0][0] * p[1][1] - p[1][0] * p[0][1]).sum::<f64>() / 2.0;
        assert!((area.abs() - std::f64::consts::PI).abs() < 1e-3, "{area}");
    }
    let open = "0|HATCH|8|a|10|0|20|0|30|0|2|SOLID|70|1|71|0|91|1|92|1|93|2|72|1|10|0|20|0|11|2|21|0|72|1|10|2|20|0|11|2|21|2|97|0|75|0|76|1|98|0";
    assert!(read(open)[0].has("format.cad.hatch_gap"));
    let lie = "0|POINT|8|a|10|0|20|0|0|HATCH|8|a|91|1|92|2|72|0|73|1|93|2147483647|10|0|20|0|97|0|75|0|76|1|98|0";
    assert!(read(lie)[0].has("format.cad.lying_counts"));
}

#[test]
fn nesting_is_by_containment() {
    let square = |x: f64, y: f64, size: f64| vec![[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]];
    let rings = vec![square(1.0, 1.0, 2.0), square(0.0, 0.0, 10.0), square(0.0, 5.0, 2.0), square(10.0, 0.0, 3.0)];
    let groups = ring::nest(&rings, ring::Fill::Alternating).expect("few");
    // The third touches the border from within; the fourth only touches.
    assert_eq!(groups, [vec![1, 0, 2], vec![3]]);
}

#[test]
fn texts_lose_their_codes() {
    let cases = [
        ("%%c100 %%d %%p0.5", "⌀100 ° ±0.5"),
        ("%%u住宅%%u", "住宅"),
        ("50%%%", "50%"),
        ("%%065%%130", "A%%130"),
        ("\\U+4E2D\\U+6587", "中文"),
        ("\\M+5D6D0", "中"),
        ("\\U+12", "\\U+12"),
        ("%%", "%%"),
        ("", ""),
    ];
    for (raw, plain) in cases {
        assert_eq!(text::line(raw), plain, "{raw}");
    }
    let cases = [
        ("{\\fSimSun|b0|i0|c134|p2;住宅}\\P\\H2.5x;R2", "住宅\nR2"),
        ("\\A1;\\C1;x{\\L下划\\l}", "x下划"),
        ("\\S1/2; \\S1#2;\\S2^ ;", "1/2 1/22"),
        ("a\\~b\\\\c\\{d\\}", "a b\\c{d}"),
        ("\\pxqc;\\W0.8;\\T1.1;\\Q10;z", "z"),
        ("\\U+4E2D%%d", "中°"),
        ("\\Hno end", "\\Hno end"),
        ("end\\", "end\\"),
        ("\\c255;x\\Ny", "x\ny"),
    ];
    for (raw, plain) in cases {
        assert_eq!(text::paragraphs(raw), plain, "{raw}");
    }
    let got = &read("0|TEXT|8|a|10|0|20|0|11|5|21|5|72|1|73|2|40|2.5|50|30|1|%%c8")[0];
    assert_eq!((got.text(0, "text"), got.xy(0)), ("⌀8", &[[5.0, 5.0]][..]));
    assert_eq!((got.cell(0, "rotation"), got.cell(0, "text_height")), (&Cell::Real(30.0), &Cell::Real(2.5)));
}

#[test]
fn chinese_is_right_whatever_is_declared() {
    let gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
    let file = |version: &str, page: &str, name: &[u8]| {
        let bytes = Drawing { version, page, ..PLAIN }.with("0|TEXT|8|NAME|10|0|20|0|40|1|1|NAME");
        let mut out = Vec::new();
        let mut rest = &bytes[..];
        while let Some(at) = rest.windows(4).position(|window| window == b"NAME") {
            out.extend_from_slice(&rest[..at]);
            out.extend_from_slice(name);
            rest = &rest[at + 4..];
        }
        out.extend_from_slice(rest);
        out
    };
    let word = "规划道路";
    let cases: [(&str, &str, Vec<u8>, Option<&str>, bool); 10] = [
        ("AC1015", "ANSI_936", gbk(word), None, false),
        ("AC1015", "gb2312", gbk(word), None, false),
        ("AC1009", "", gbk(word), None, true),
        ("AC1015", "ANSI_1252", gbk(word), None, true),
        ("AC1015", "ANSI_936", word.into(), None, true),
        ("AC1021", "ANSI_936", word.into(), None, false),
        ("AC1021", "ANSI_936", gbk(word), None, true),
        ("AC1015", "ANSI_1252", gbk(word), Some("GBK"), false),
        ("AC1015", "ANSI_936", b"\\U+89C4\\U+5212\\U+9053\\U+8DEF".to_vec(), None, false),
        ("AC1009", "", word.into(), None, false),
    ];
    for (version, page, name, hint, is_doubted) in cases {
        let got = &all("a.dxf", &file(version, page, &name), hint).expect("reads")[0];
        assert_eq!((got.schema.name.as_str(), got.text(0, "text")), (word, word), "{version} {page}");
        assert_eq!(got.has("format.cad.encoding_guessed"), is_doubted, "{version} {page}");
    }
    // One character alone, a Western name, a character beyond GB 2312.
    let one = &all("a.dxf", &file("AC1015", "ANSI_936", &gbk("联")), None).expect("reads")[0];
    assert_eq!(one.schema.name, "联");
    let western = &all("a.dxf", &file("AC1015", "ANSI_1252", b"Stra\xDFe"), None).expect("reads")[0];
    assert_eq!(western.schema.name, "Straße");
    let rare = &all("a.dxf", &file("AC1015", "ANSI_936", &gbk("朱镕基")), None).expect("reads")[0];
    assert_eq!(rare.schema.name, "朱镕基");
    let lost = &all("a.dxf", &file("AC1015", "ANSI_936", b"\xFF\xFFa"), Some("GBK")).expect("reads")[0];
    assert!(lost.has("format.cad.undecodable"));
    assert!(layers("a.dxf", &file("AC1015", "", b"a"), Some("klingon")).is_err());
}

#[test]
fn units_become_metres_unless_they_cannot_be() {
    let point = |units: i32, x: f64, y: f64| {
        let bytes = Drawing { units, ..PLAIN }.with(&format!("0|POINT|8|a|10|{x}|20|{y}|30|1000"));
        all("a.dxf", &bytes, None).expect("reads").remove(0)
    };
    let cases = [
        (4, 1_000.0, 2_000.0, [1.0, 2.0], "format.cad.units_scaled"),
        (5, 100.0, 200.0, [1.0, 2.0], "format.cad.units_scaled"),
        (7, 1.0, 2.0, [1_000.0, 2_000.0], "format.cad.units_scaled"),
        (2, 10.0, 0.0, [3.048, 0.0], "format.cad.units_scaled"),
        (6, 1.0, 2.0, [1.0, 2.0], "format.cad.units_metres"),
        (0, 1.0, 2.0, [1.0, 2.0], "format.cad.units_unknown"),
        (99, 1.0, 2.0, [1.0, 2.0], "format.cad.units_unknown"),
        (4, 40_512_345.5, 3_456_789.25, [40_512_345.5, 3_456_789.25], "format.cad.units_overruled"),
        (1, 512_345.5, 3_456_789.25, [512_345.5, 3_456_789.25], "format.cad.units_overruled"),
        (4, 512_345_500.0, 3_456_789_250.0, [512_345.5, 3_456_789.25], "format.cad.units_scaled"),
    ];
    for (units, x, y, want, kind) in cases {
        let got = point(units, x, y);
        assert!(near(got.xy(0)[0], want), "{units} {x} {y}: {:?}", got.xy(0));
        assert!(got.has(kind), "{units} {x} {y}: {:?}", got.notes);
        assert_eq!(got.schema.crs, None);
    }
}

#[test]
fn inches_of_the_imperial_template_are_not_believed() {
    let text = String::from_utf8(Drawing { units: 1, ..PLAIN }.with("0|POINT|8|a|10|1|20|2")).expect("ascii");
    let imperial = text.replacen("9\r\n$INSUNITS", "9\r\n$MEASUREMENT\r\n70\r\n0\r\n9\r\n$INSUNITS", 1);
    for (text, want, kind) in [(&text, [0.0254, 0.0508], "units_scaled"), (&imperial, [1.0, 2.0], "units_template")] {
        let got = &all("a.dxf", text.as_bytes(), None).expect("reads")[0];
        assert!(near(got.xy(0)[0], want) && got.has(&format!("format.cad.{kind}")), "{kind}");
    }
}

#[test]
fn what_is_not_read_is_named() {
    let tables =
        "0|TABLE|2|LAYER|70|2|0|LAYER|2|frozen|70|1|62|3|6|DASHED|0|LAYER|2|off|70|0|62|-5|6|Continuous|0|ENDTAB";
    let entities = "0|POINT|8|frozen|10|0|20|0|0|POINT|8|off|10|0|20|0|62|1|0|DIMENSION|8|d|10|0|20|0|0|LEADER|8|d|0|OLE2FRAME|8|d\
        |0|LINE|8|p|67|1|10|0|20|0|11|1|21|1|0|ACAD_PROXY_ENTITY|8|d|90|99|0|INSERT|8|off|2|gone|10|0|20|0";
    let got = all("a.dxf", &Drawing { tables, ..PLAIN }.with(entities), None).expect("reads");
    for sheet in &got {
        for kind in ["format.cad.frozen", "format.cad.unread", "format.cad.paper", "format.cad.missing_block"] {
            assert!(sheet.has(kind), "{kind}: {:?}", sheet.notes);
        }
        let unread = sheet.notes.iter().find(|note| note.kind == "format.cad.unread").expect("unread");
        for name in ["DIMENSION 1", "LEADER 1", "OLE2FRAME 1", "ACAD_PROXY_ENTITY 1"] {
            assert!(unread.said.text(Lang::En).contains(name), "{}", unread.said.en);
        }
    }
    assert_eq!((got[0].text(0, "color"), got[0].text(0, "linetype")), ("3", "DASHED"));
    assert_eq!((got[1].text(0, "color"), got[1].text(1, "color")), ("1", "5"));
    // Nothing that is read at all; nothing but paper; nothing.
    for entities in ["0|DIMENSION|8|d|10|0|20|0", "0|LINE|8|p|67|1|10|0|20|0|11|1|21|1"] {
        assert!(matches!(layers("a.dxf", &PLAIN.with(entities), None), Err(FormatError::Refused { .. })));
    }
    let empty = all("a.dxf", &PLAIN.with(""), None).expect("reads");
    assert_eq!((empty.len(), empty[0].rows.len()), (1, 0));
}

#[test]
fn extended_data_is_json() {
    let entity = "0|POINT|8|a|10|0|20|0|1001|SOUTH|1000|131500|1002|{|1040|1.5|1071|7|1002|}|1010|1|1020|2|1030|3|1001|B|1000|say \"x\"";
    let got = &read(entity)[0];
    assert_eq!(got.text(0, "xdata"), r#"{"SOUTH":["131500",[1.5,7],[1.0,2.0,3.0]],"B":["say \"x\""]}"#);
}

#[test]
fn numbers_that_are_none_leave_the_row_without_geometry() {
    for bad in ["nan", "1.#QNAN", "", "1,5", "1e999"] {
        let got = &read(&format!("0|POINT|8|a|10|{bad}|20|0|0|POINT|8|a|10|1|20|0"))[0];
        assert_eq!((got.rows[0].geometry.is_none(), got.rows[1].geometry.is_some()), (true, true), "{bad}");
        assert!(got.has("format.cad.not_finite"), "{bad}");
    }
}

#[test]
fn handles_that_repeat_do_not_move_entities() {
    let blocks = "0|BLOCK|5|A|8|0|2|b|10|0|20|0|0|LINE|5|77|8|0|10|0|20|0|11|1|21|0|0|ENDBLK|5|B|8|0";
    let got =
        all("a.dxf", &Drawing { blocks, ..PLAIN }.with("0|LINE|5|77|8|z|10|5|20|5|11|6|21|5"), None).expect("reads");
    assert_eq!((got.len(), got[0].rows.len()), (1, 1));
    assert_eq!(got[0].xy(0), [[5.0, 5.0], [6.0, 5.0]]);
    assert!(got[0].has("format.cad.twins"));
}

/// Everything in one small file.
fn sample() -> Vec<u8> {
    let tables = "0|TABLE|2|LAYER|70|1|0|LAYER|2|a|70|0|62|3|6|Continuous|0|ENDTAB";
    let blocks = "0|BLOCK|5|20|8|0|2|b|70|0|10|0|20|0|30|0|0|LINE|5|21|8|0|10|1|20|1|11|3|21|1|0|ENDBLK|5|22|8|0";
    Drawing { tables, blocks, version: "AC1021", ..PLAIN }.with(
        "0|INSERT|5|30|8|a|66|1|2|b|10|1|20|2|0|ATTRIB|5|31|8|a|10|0|20|0|40|1|1|v|2|t|70|0|0|SEQEND|5|32|8|a\
         |0|LWPOLYLINE|5|33|8|a|90|3|70|1|10|0|20|0|42|0.5|10|1|20|0|10|1|20|1\
         |0|MTEXT|5|34|8|文字|10|0|20|0|40|1|1|{\\fA;中}文|0|SPLINE|5|35|8|a|70|8|71|2|72|6|73|3|74|0|40|0|40|0|40|0|40|1|40|1|40|1|10|0|20|0|30|0|10|1|20|2|30|0|10|2|20|0|30|0\
         |0|HATCH|5|36|8|a|10|0|20|0|30|0|2|SOLID|70|1|71|0|91|1|92|2|72|0|73|1|93|3|10|0|20|0|10|1|20|0|10|1|20|1|97|0|75|0|76|1|98|0",
    )
}

#[test]
fn damaged_text_files_are_refused_and_never_panic() {
    let whole = sample();
    let rows = |bytes: &[u8]| {
        all("a.dxf", bytes, None).map(|sheets| sheets.iter().map(|sheet| sheet.rows.len()).sum::<usize>())
    };
    let all_rows = rows(&whole).expect("reads");
    for end in 0..whole.len() {
        // Only the end mark may be missing.
        if let Ok(found) = rows(&whole[..end]) {
            assert_eq!(found, all_rows, "cut at {end}");
            assert!(end + 12 > whole.len(), "cut at {end}");
        }
    }
    for at in 0..whole.len() {
        for flip in [0x01, 0x10, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            let _ = rows(&bytes);
        }
    }
}

#[test]
fn binary_files_are_read_like_text() {
    let mut bytes = super::pairs::BINARY_START.to_vec();
    let text = sample();
    let mut lines = text.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    while let (Some(code), Some(value)) = (lines.next(), lines.next()) {
        let code: i32 = std::str::from_utf8(code).expect("text").parse().expect("code");
        bytes.extend_from_slice(&(code as i16).to_le_bytes());
        let number = || std::str::from_utf8(value).expect("text");
        match super::pairs::value_kind(code).expect("known") {
            super::pairs::ValueKind::Real => {
                bytes.extend_from_slice(&number().parse::<f64>().expect("real").to_le_bytes())
            }
            super::pairs::ValueKind::Short => {
                bytes.extend_from_slice(&number().parse::<i16>().expect("short").to_le_bytes())
            }
            super::pairs::ValueKind::Long => {
                bytes.extend_from_slice(&number().parse::<i32>().expect("long").to_le_bytes())
            }
            _ => {
                bytes.extend_from_slice(value);
                bytes.push(0);
            }
        }
    }
    let (binary, plain) = (all("b.dxf", &bytes, None).expect("reads"), all("a.dxf", &text, None).expect("reads"));
    assert_eq!(binary.len(), plain.len());
    for (b, p) in binary.iter().zip(&plain) {
        assert_eq!(b.schema, p.schema);
        for (b, p) in b.rows.iter().zip(&p.rows) {
            assert_eq!((&b.cells, &b.geometry), (&p.cells, &p.geometry));
        }
    }
    for end in 0..bytes.len() {
        let cut = all("b.dxf", &bytes[..end], None);
        assert!(cut.is_err() || end + 8 > bytes.len(), "cut at {end}");
        let mut flipped = bytes.clone();
        flipped[end] ^= 0x21;
        let _ = all("b.dxf", &flipped, None);
    }
}

#[test]
fn dwg_of_all_versions_and_damaged() {
    use acadrust::{CadDocument, DwgWriter, DxfVersion as V, EntityType, Line};
    for version in [V::AC1012, V::AC1014, V::AC1015, V::AC1018, V::AC1021, V::AC1024, V::AC1027, V::AC1032] {
        let mut document = CadDocument::with_version(version);
        document.header.insertion_units = 6;
        document.header.code_page = "ANSI_936".to_owned();
        document.layers.add(acadrust::tables::Layer::new("道路")).expect("new");
        let mut line = Line::from_coords(1.0, 2.0, 3.0, 4.5, 6.0, 3.0);
        line.common.layer = "道路".to_owned();
        document.add_entity(EntityType::Line(line)).expect("added");
        let bytes = DwgWriter::write_to_vec(&document).expect("written");
        let got = all("a.dwg", &bytes, None).unwrap_or_else(|error| panic!("{version:?}: {error}"));
        assert_eq!((got[0].schema.name.as_str(), got[0].xy(0)), ("道路", &[[1.0, 2.0], [4.5, 6.0]][..]), "{version:?}");
        let started = std::time::Instant::now();
        let step = bytes.len() / 150 + 1;
        for at in (0..bytes.len()).step_by(step) {
            let _ = layers("a.dwg", &bytes[..at], None);
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x55;
            let _ = all("a.dwg", &flipped, None);
        }
        assert!(started.elapsed().as_secs() < 60, "{version:?}");
    }
    for (head, way) in [("AC1006", "ODA"), ("AC1099", "newer"), ("AC1015", "mark")] {
        match layers("a.dwg", head.as_bytes(), None) {
            Err(FormatError::Refused { said, .. }) => assert!(said.en.contains(way), "{}", said.en),
            other => panic!("{other:?}"),
        }
    }
}

#[derive(Debug)]
struct Rows {
    schema: Schema,
    rows: Vec<(Vec<Cell<'static>>, Option<RawGeometry>)>,
}

impl RowSource for Rows {
    fn schema(&self) -> &Schema {
        &self.schema
    }
    fn crs_definition(&self) -> (Option<String>, Option<u32>) {
        (None, None)
    }
    fn len(&self) -> usize {
        self.rows.len()
    }
    fn each(
        &self,
        each: &mut dyn FnMut(&[Cell<'_>], Option<&RawGeometry>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        self.rows.iter().try_for_each(|(cells, geometry)| each(cells, geometry.as_ref()))
    }
}

#[derive(Default)]
struct Memory(Cursor<Vec<u8>>);

struct Shared<'a>(&'a mut Cursor<Vec<u8>>);

impl std::io::Write for Shared<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl std::io::Seek for Shared<'_> {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.0.seek(to)
    }
}

impl Output for Memory {
    fn create(&mut self, _: &str) -> std::io::Result<Box<dyn WriteSeek + '_>> {
        Ok(Box::new(Shared(&mut self.0)))
    }
    fn path(&mut self, name: &str) -> std::path::PathBuf {
        name.into()
    }
}

fn geometry(kind: GeometryKind, parts: &[&[&[[f64; 3]]]]) -> RawGeometry {
    let mut out = RawGeometry::new(RawKind::Simple(kind));
    for part in parts {
        for path in *part {
            out.xy.extend(path.iter().map(|p| [p[0], p[1]]));
            out.z.extend(path.iter().map(|p| p[2]));
            out.end_path();
        }
        out.end_part();
    }
    if out.z.iter().all(|z| *z == 0.0) {
        out.z.clear();
    }
    out
}

fn written() -> Rows {
    use GeometryKind as G;
    let shell: &[[f64; 3]] = &[[0.0, 0.0, 0.0], [9.0, 0.0, 0.0], [9.0, 9.0, 0.0], [0.0, 9.0, 0.0], [0.0, 0.0, 0.0]];
    let hole: &[[f64; 3]] = &[[2.0, 2.0, 0.0], [2.0, 4.0, 0.0], [4.0, 4.0, 0.0], [4.0, 2.0, 0.0], [2.0, 2.0, 0.0]];
    let far: &[[f64; 3]] = &[[20.0, 0.0, 0.0], [21.0, 0.0, 0.0], [21.0, 1.0, 0.0], [20.0, 0.0, 0.0]];
    let line: &[[f64; 3]] = &[[40_512_345.123_456_7, 3_456_789.125, 0.0], [40_512_346.0, 3_456_790.0, 0.0]];
    let steep: &[[f64; 3]] = &[[0.0, 0.0, 1.0], [1.0, 0.0, 2.0], [2.0, 0.0, 2.5]];
    let text = |text: &str| Cell::Text(text.to_owned().into());
    let row = |layer: &str, name: Cell<'static>, code: i64, area: f64| {
        vec![text(layer), name, Cell::Integer(code), Cell::Real(area)]
    };
    let long = "长".repeat(300) + &"𠮷".repeat(40) + "^J%%d\\U+4E2D";
    let field = Field::new;
    Rows {
        schema: Schema {
            name: "排污口".to_owned(),
            fields: vec![
                field("图层", FieldKind::Text),
                field("名称", FieldKind::Text),
                field("编码", FieldKind::Integer),
                field("面积", FieldKind::Real),
            ],
            ..Schema::default()
        },
        rows: vec![
            (
                row("点位", text("甲\n乙"), 310_113_001_000_000_001, 0.1),
                Some(geometry(G::Point, &[&[&[[1.5, 2.5, 3.5]]]])),
            ),
            (row("线:a", text(""), 7, 1e-300), Some(geometry(G::LineString, &[&[line]]))),
            (row("线:a", Cell::Null, -1, 2.0), Some(geometry(G::LineString, &[&[steep]]))),
            (row("面", text(&long), 0, 81.0), Some(geometry(G::Polygon, &[&[shell]]))),
            (row("面", text("洞"), 1, 77.0), Some(geometry(G::Polygon, &[&[shell, hole]]))),
            (row("面", text("两块"), 2, 82.0), Some(geometry(G::MultiPolygon, &[&[shell, hole], &[far]]))),
            (row("", text("空"), 3, 0.0), None),
        ],
    }
}

#[test]
fn what_is_written_is_read_back() {
    let rows = written();
    let mut out = Memory::default();
    Dxf.write(&rows, "a.dxf", &mut out, &Progress::default()).expect("written");
    let bytes = out.0.into_inner();
    if let Ok(path) = std::env::var("CAD_WRITTEN") {
        std::fs::write(path, &bytes).expect("kept");
    }
    let got = all("a.dxf", &bytes, None).expect("reads");
    let names: Vec<&str> = got.iter().map(|sheet| sheet.schema.name.as_str()).collect();
    assert_eq!(names, ["点位", "线_a", "面"]);
    assert!(got.iter().all(|sheet| !sheet.notes.iter().any(|note| note.is_doubt)), "{:?}", got[0].notes);
    let mut back = got.iter().flat_map(|sheet| (0..sheet.rows.len()).map(move |row| (sheet, row)));
    for (cells, geometry) in rows.rows.iter().take(6) {
        let (sheet, row) = back.next().expect("as many");
        assert_eq!(sheet.rows[row].geometry.as_ref(), geometry.as_ref());
        assert_eq!(sheet.cell(row, "图层"), &cells[0]);
        match &cells[1] {
            Cell::Null => assert_eq!(sheet.cell(row, "名称"), &Cell::Null),
            Cell::Text(name) => assert_eq!(sheet.text(row, "名称"), name.replace("\\U+4E2D", "中")),
            _ => unreachable!(),
        }
        match (&cells[2], sheet.cell(row, "编码")) {
            (Cell::Integer(want), Cell::Integer(got)) => assert_eq!(want, got),
            (Cell::Integer(want), Cell::Text(got)) => assert_eq!(want.to_string(), *got),
            other => panic!("{other:?}"),
        }
        assert_eq!(sheet.cell(row, "面积"), &cells[3]);
    }
    let losses = Dxf.losses(&rows);
    let said: Vec<&str> = losses.iter().map(|loss| loss.what.en.as_str()).collect();
    for part in ["coordinate system", "XDATA", "编码", "1 rows have no geometry", "2 areas", "线:a"] {
        assert!(said.iter().any(|said| said.contains(part)), "{part}: {said:?}");
    }
}

#[test]
fn formats_tell_their_files() {
    let input = InMemory::default().with("a", Vec::new()).input("a");
    let cases: [(&[u8], bool, bool); 8] = [
        (b"  0\r\nSECTION\r\n  2\r\nHEADER", true, false),
        (b"999\nmade by\n0\nSECTION\n", true, false),
        (b"\xEF\xBB\xBF0\nSECTION\n", true, false),
        (b"AutoCAD Binary DXF\r\n\x1a\x00", true, false),
        (b"AC1032\0\0", false, true),
        (b"AC1.40", false, true),
        (b"ACKNOWLEDGE", false, false),
        (b"x,y\n0,1\n", false, false),
    ];
    for (head, is_dxf, is_dwg) in cases {
        assert_eq!((Dxf.is_it(&input, head), Dwg.is_it(&input, head)), (is_dxf, is_dwg), "{head:?}");
    }
}

#[test]
fn comments_old_line_ends_and_missing_end_marks_do_no_harm() {
    let text = String::from_utf8(PLAIN.with("0|POINT|8|a|10|1|20|2")).expect("ascii");
    let cases = [
        text.replace("\r\n", "\r"),
        text.replace("\r\n", "\n"),
        format!("999\r\nhello\r\n{text}"),
        text.replace("0\r\nEOF\r\n", ""),
    ];
    for (index, text) in cases.iter().enumerate() {
        let got = &all("a.dxf", text.as_bytes(), None).expect("reads")[0];
        assert_eq!((got.xy(0), got.has("format.cad.no_end")), (&[[1.0, 2.0]][..], index == 3), "{index}");
    }
    // An end mark does not make up for a section that is missing, or whose end is.
    for broken in [text.replace("ENTITIES", "ENTITIEZ"), text.replacen("0\r\nENDSEC\r\n", "", 1)] {
        assert!(layers("a.dxf", broken.as_bytes(), None).is_err());
    }
    assert!(clean::clean(b"hello\nworld\n", None).is_err() && clean::clean(b"1\nworld\n", None).is_err());
}
