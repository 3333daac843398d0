//! Tests of FlatGeobuf: round trips, windows, files that lie, damage.

use super::super::{
    Cell, Date, DateTime, Field, FieldKind, Format, FormatError, InMemory, Note, RawGeometry, RawKind, ReadHints,
    RowSink, RowSource, Schema, Time, wkb,
};
use super::{FlatGeobuf, write};
use crate::model::GeometryKind;
use crate::progress::Progress;
use std::borrow::Cow;
use std::time::{Duration, Instant};

/// Rows in memory: what a reader gives, and what a writer takes.
#[derive(Clone, Debug, Default)]
pub(in crate::io::formats) struct Held {
    pub(in crate::io::formats) schema: Schema,
    pub(in crate::io::formats) ids: Vec<Option<i64>>,
    pub(in crate::io::formats) rows: Vec<(Vec<Cell<'static>>, Option<RawGeometry>)>,
    pub(in crate::io::formats) notes: Vec<Note>,
    pub(in crate::io::formats) definition: (Option<String>, Option<u32>),
}

/// A cell of its own.
pub(in crate::io::formats) fn owned(cell: &Cell<'_>) -> Cell<'static> {
    let own = |text: &Cow<'_, str>| Cow::Owned(text.to_string());
    match cell {
        Cell::Missing => Cell::Missing,
        Cell::Null => Cell::Null,
        Cell::Bool(truth) => Cell::Bool(*truth),
        Cell::Integer(number) => Cell::Integer(*number),
        Cell::Real(number) => Cell::Real(*number),
        Cell::Decimal(text) => Cell::Decimal(own(text)),
        Cell::Text(text) => Cell::Text(own(text)),
        Cell::Json(text) => Cell::Json(own(text)),
        Cell::Date(day) => Cell::Date(*day),
        Cell::Time(time) => Cell::Time(*time),
        Cell::DateTime(moment) => Cell::DateTime(*moment),
    }
}

impl RowSink for Held {
    fn schema(&mut self, schema: &Schema) -> Result<(), FormatError> {
        self.schema = schema.clone();
        Ok(())
    }

    fn row(&mut self, id: Option<i64>, cells: &[Cell<'_>], geometry: Option<&RawGeometry>) -> Result<(), FormatError> {
        assert_eq!(cells.len(), self.schema.fields.len());
        self.ids.push(id);
        self.rows.push((cells.iter().map(owned).collect(), geometry.cloned()));
        Ok(())
    }

    fn note(&mut self, note: Note) {
        assert!(!note.said.zh.contains("format.") && !note.said.en.contains("format."), "{note:?}");
        self.notes.push(note);
    }
}

impl RowSource for Held {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn crs_definition(&self) -> (Option<String>, Option<u32>) {
        self.definition.clone()
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

/// A geometry of simple parts: paths of x, y.
pub(in crate::io::formats) fn geometry(kind: GeometryKind, parts: &[&[&[[f64; 2]]]]) -> RawGeometry {
    let mut geometry = RawGeometry::new(RawKind::Simple(kind));
    for part in parts {
        for path in *part {
            geometry.xy.extend_from_slice(path);
            geometry.end_path();
        }
        geometry.end_part();
    }
    geometry
}

/// A layer with every type, and geometries of many kinds.
pub(in crate::io::formats) fn example(kinds: &[GeometryKind], rows: usize) -> Held {
    let fields = [
        ("编码", FieldKind::Integer),
        ("名称", FieldKind::Text),
        ("面积", FieldKind::Real),
        ("真", FieldKind::Bool),
        ("长码", FieldKind::Decimal),
        ("日", FieldKind::Date),
        ("时刻", FieldKind::Time),
        ("时间", FieldKind::DateTime),
        ("属性", FieldKind::Json),
    ];
    let mut held = Held { definition: (None, Some(4547)), ..Held::default() };
    held.schema = Schema {
        name: "图层".to_owned(),
        title: Some("一个图层".to_owned()),
        crs: Some("EPSG:4547".to_owned()),
        ..Schema::default()
    };
    held.schema.fields = fields.iter().map(|(name, kind)| Field::new(*name, *kind)).collect();
    held.schema.fields[1].title = Some("排污口名称".to_owned());
    held.schema.fields[1].width = Some(40);
    for i in 0..rows {
        let (x, y) = (40_500_000.0 + (i * 37 % 101) as f64 * 10.0, 3_450_000.0 + (i * 53 % 97) as f64 * 10.0);
        let ring: &[[f64; 2]] = &[[x, y], [x + 4.0, y], [x + 4.0, y + 4.0], [x, y]];
        let hole: &[[f64; 2]] = &[[x + 2.0, y + 1.0], [x + 3.0, y + 1.0], [x + 3.0, y + 2.0], [x + 2.0, y + 1.0]];
        let kind = kinds[i % kinds.len()];
        let mut shape = match kind {
            GeometryKind::Point => geometry(kind, &[&[&[[x, y]]]]),
            GeometryKind::MultiPoint => geometry(kind, &[&[&[[x, y]]], &[&[[x + 1.0, y + 0.125]]]]),
            GeometryKind::LineString => geometry(kind, &[&[ring]]),
            GeometryKind::MultiLineString => geometry(kind, &[&[ring], &[hole]]),
            GeometryKind::Polygon => geometry(kind, &[&[ring, hole]]),
            GeometryKind::MultiPolygon => geometry(kind, &[&[ring, hole], &[hole]]),
        };
        if i % 4 == 3 {
            shape.z = (0..shape.xy.len()).map(|z| z as f64 - 0.5).collect();
            shape.m = (0..shape.xy.len()).map(|m| m as f64 * 10.0).collect();
        }
        let day = Date { year: 2024, month: 2, day: 1 + (i % 28) as u8 };
        let time =
            Time { hour: 8, minute: 30, second: (i % 60) as u8, nanosecond: if i % 2 == 0 { 0 } else { 123_000_000 } };
        let offset_minutes = [None, Some(0), Some(480)][i % 3];
        let mut cells = vec![
            Cell::Integer(310_113_001_000_000_001 + i as i64),
            Cell::Text(if i % 5 == 0 { "".into() } else { format!("排污口{i}𠮷").into() }),
            Cell::Real(i as f64 * 0.1),
            Cell::Bool(i % 2 == 0),
            Cell::Decimal(format!("1234567890123456789012345678901{i}.50").into()),
            Cell::Date(day),
            Cell::Time(time),
            Cell::DateTime(DateTime { date: day, time, offset_minutes }),
            Cell::Json(format!("{{\"值\":[{i},null]}}").into()),
        ];
        if i % 7 == 6 {
            cells.fill(Cell::Null);
        }
        held.rows.push((cells, (i % 9 != 8).then_some(shape)));
    }
    held
}

pub(in crate::io::formats) const KINDS: [GeometryKind; 6] = [
    GeometryKind::Point,
    GeometryKind::MultiPoint,
    GeometryKind::LineString,
    GeometryKind::MultiLineString,
    GeometryKind::Polygon,
    GeometryKind::MultiPolygon,
];

fn written(held: &Held, memory: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    write::write(held, "stem", &mut bytes, memory, &Progress::default()).expect("written");
    bytes
}

fn read_all(bytes: Vec<u8>, window: Option<[f64; 4]>) -> Result<Held, FormatError> {
    let input = InMemory::default().with("x.fgb", bytes).input("x.fgb");
    let hints = ReadHints { window, ..ReadHints::default() };
    let mut held = Held::default();
    let layers = FlatGeobuf.layers(&input, &hints)?;
    assert_eq!(layers.len(), 1);
    FlatGeobuf.read(&input, &layers[0].name, &hints, &mut held, &Progress::default())?;
    Ok(held)
}

/// Rows by their first cell and geometry, in an order of their own.
fn sorted(held: &Held) -> Vec<String> {
    let text = |(cells, geometry): &(Vec<Cell<'_>>, Option<RawGeometry>)| format!("{cells:?} {geometry:?}");
    let mut all: Vec<String> = held.rows.iter().map(text).collect();
    all.sort();
    all
}

#[test]
fn layers_come_back_whole() {
    for kinds in
        KINDS.iter().map(|kind| vec![*kind]).chain([KINDS.to_vec(), vec![GeometryKind::Point, GeometryKind::Polygon]])
    {
        for rows in [0, 1, 2, 16, 17, 300] {
            // Two rows of these are a single and a multiple kind, which is another test's.
            if kinds.len() > 2 && rows == 2 {
                continue;
            }
            let held = example(&kinds, rows);
            let bytes = written(&held, 1 << 20);
            // However little memory there is, the same file comes out.
            assert!(bytes == written(&held, 1000) && bytes == written(&held, 0));
            let back = read_all(bytes, None).expect("read");
            assert_eq!(sorted(&back), sorted(&held), "{kinds:?} {rows}");
            assert_eq!(back.notes, []);
            assert_eq!(back.schema.fields, held.schema.fields);
            assert_eq!(
                (back.schema.crs.as_deref(), back.schema.title.as_deref()),
                (Some("EPSG:4547"), Some("一个图层"))
            );
            assert_eq!(back.schema.is_table, rows == 0);
        }
    }
}

#[test]
fn mixed_single_and_multiple_polygons_are_written_as_multiple() {
    let held = example(&[GeometryKind::Polygon, GeometryKind::MultiPolygon], 10);
    let back = read_all(written(&held, 1 << 20), None).expect("read");
    let kind = |(_, geometry): &(Vec<Cell<'_>>, Option<RawGeometry>)| geometry.as_ref().map(|geometry| geometry.kind);
    assert!(back.rows.iter().filter_map(kind).all(|kind| kind == RawKind::Simple(GeometryKind::MultiPolygon)));
    assert!(super::write::losses(&held).len() >= 2);
}

#[test]
fn windows_give_what_meets_them_with_and_without_an_index() {
    let held = example(&KINDS, 500);
    let bytes = written(&held, 1 << 20);
    let w = [40_500_100.0, 3_450_100.0, 40_500_300.0, 3_450_290.0];
    let meets = |geometry: &Option<RawGeometry>| {
        geometry
            .as_ref()
            .and_then(wkb::envelope)
            .is_some_and(|e| e[0] <= w[2] && e[2] >= w[0] && e[1] <= w[3] && e[3] >= w[1])
    };
    let mut expected = held.clone();
    expected.rows.retain(|(_, geometry)| meets(geometry));
    assert!(expected.rows.len() > 10 && expected.rows.len() < 100);
    let back = read_all(bytes.clone(), Some(w)).expect("read");
    assert_eq!(sorted(&back), sorted(&expected));
    assert_eq!(back.notes, []);
    // An index that leads astray is noticed, and not used.
    let header = 12 + u32::from_le_bytes(bytes[8..12].try_into().expect("four")) as usize;
    let mut wrong = bytes.clone();
    wrong[header + 32] ^= 1;
    let back = read_all(wrong, Some(w)).expect("read");
    assert_eq!(sorted(&back), sorted(&expected));
    assert_eq!(back.notes.iter().map(|note| note.kind).collect::<Vec<_>>(), ["format.flatgeobuf.index"]);
    assert_eq!(read_all(bytes, Some([0.0, 0.0, 1.0, 1.0])).expect("read").rows.len(), 0);
}

#[test]
fn tables_without_geometry_are_tables() {
    let mut held = example(&KINDS, 20);
    held.schema.is_table = true;
    held.rows.iter_mut().for_each(|row| row.1 = None);
    let back = read_all(written(&held, 1 << 20), None).expect("read");
    assert!(back.schema.is_table && back.rows == held.rows);
}

#[test]
fn hostile_files_are_refused_in_time() {
    let held = example(&[GeometryKind::MultiPolygon, GeometryKind::LineString], 6);
    let bytes = written(&held, 1 << 20);
    let start = Instant::now();
    for end in 0..bytes.len() {
        assert!(read_all(bytes[..end].to_vec(), None).is_err(), "cut at {end}");
    }
    let window = Some([40_500_000.0, 3_450_000.0, 40_500_100.0, 3_450_100.0]);
    for at in 0..bytes.len() {
        for change in [0x01, 0x80, 0xFF] {
            let mut wrong = bytes.clone();
            wrong[at] ^= change;
            let _ = read_all(wrong.clone(), None);
            let _ = read_all(wrong, window);
        }
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    // Other versions and other files.
    for (head, what) in [
        (&b"fgb\x02fgb\x00\x00\x00\x00\x00"[..], "version 3"),
        (b"PK\x03\x04aaaaaaaaaaaa", "not a FlatGeobuf"),
        (b"", "too early"),
    ] {
        let error = read_all(head.to_vec(), None).expect_err("refused").to_string();
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn more_bytes_than_features_are_told() {
    let mut bytes = written(&example(&KINDS, 3), 1 << 20);
    bytes.extend_from_slice(b"more");
    let back = read_all(bytes, None).expect("read");
    assert_eq!(back.notes.iter().map(|note| note.kind).collect::<Vec<_>>(), ["format.flatgeobuf.behind"]);
    assert_eq!(back.rows.len(), 3);
}

/// A file whose features bring their columns themselves: by name, type and value.
fn with_own_columns(features: &[&[(&str, u8, &[u8])]]) -> Vec<u8> {
    use super::flat::{Builder, Slot};
    let mut bytes = b"fgb\x03fgb\x00".to_vec();
    let mut builder = Builder::new(&mut bytes);
    builder.table(4, [Slot::Absent; 1]);
    builder.finish();
    for columns in features {
        let mut builder = Builder::new(&mut bytes);
        let [_, properties, own] = builder.table(4, [Slot::Absent, Slot::Offset, Slot::Offset]);
        let mut values = Vec::new();
        for (i, (_, _, value)) in columns.iter().enumerate() {
            values.extend_from_slice(&(i as u16).to_le_bytes());
            values.extend_from_slice(value);
        }
        builder.vector(properties, 1, &values);
        for ((name, kind, _), place) in columns.iter().zip(builder.offsets(own, columns.len())) {
            let [name_at, _] = builder.table(place, [Slot::Offset, Slot::U8(*kind)]);
            builder.string(name_at, name);
        }
        builder.finish();
    }
    bytes
}

#[test]
fn features_may_bring_their_own_columns() {
    let long = 310_113_001_000_000_001_i64.to_le_bytes();
    let text = b"\x04\x00\x00\x00text";
    let bytes = with_own_columns(&[
        &[("码", 7, &long), ("a", 11, text)],
        &[("b", 8, &u64::MAX.to_le_bytes()), ("码", 0, &[0xFF])],
        &[],
        &[("a", 10, &f64::NAN.to_le_bytes()), ("c", 14, b"\x01\x00\x00\x00x")],
        &[("a", 13, b"\x0a\x00\x00\x002024-02-29"), ("b", 2, &[1])],
    ]);
    let held = read_all(bytes, None).expect("read");
    let names: Vec<_> = held.schema.fields.iter().map(|field| (field.name.as_str(), field.kind)).collect();
    assert_eq!(
        names,
        [("码", FieldKind::Integer), ("a", FieldKind::Text), ("b", FieldKind::Text), ("c", FieldKind::Text)]
    );
    let none = || Cell::Missing;
    let day = Cell::Date(Date { year: 2024, month: 2, day: 29 });
    let expected = [
        vec![Cell::Integer(310_113_001_000_000_001), Cell::Text("text".into()), none(), none()],
        vec![Cell::Integer(-1), none(), Cell::Decimal("18446744073709551615".into()), none()],
        vec![none(), none(), none(), none()],
        vec![none(), Cell::Null, none(), Cell::Null],
        vec![none(), day, Cell::Bool(true), none()],
    ];
    assert!(held.rows.iter().map(|row| &row.0).eq(&expected), "{:?}", held.rows);
    assert!(held.schema.is_table);
    let mut kinds: Vec<_> = held.notes.iter().map(|note| note.kind).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["format.flatgeobuf.binary", "format.flatgeobuf.not_finite"]);
}
