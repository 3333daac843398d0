//! What is written comes back as it was.

use super::*;
use crate::io::formats::{
    Cell, Date, DateTime, Domain, Field, FieldKind, Loss, Output, RawGeometry, RawKind, RowSource, Schema, Time,
};
use crate::io::formats::{WriteFormat, WriteSeek};
use crate::model::GeometryKind;
use std::borrow::Cow;

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
struct Files(std::io::Cursor<Vec<u8>>);

impl Output for Files {
    fn create(&mut self, _: &str) -> std::io::Result<Box<dyn WriteSeek + '_>> {
        Ok(Box::new(&mut self.0))
    }
    fn path(&mut self, name: &str) -> std::path::PathBuf {
        name.into()
    }
}

fn geometry(kind: GeometryKind, parts: &[&[&[[f64; 2]]]]) -> RawGeometry {
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

fn written(rows: &Rows) -> Result<String, FormatError> {
    let mut files = Files::default();
    KmlWriter.write(rows, "out.kml", &mut files, &Progress::default())?;
    Ok(String::from_utf8(files.0.into_inner()).unwrap())
}

fn rows(fields: Vec<Field>, cells: Vec<Vec<Cell<'static>>>) -> Rows {
    let schema = Schema { name: "层".to_owned(), fields, crs: Some("EPSG:4326".to_owned()), ..Schema::default() };
    Rows { schema, rows: cells.into_iter().map(|cells| (cells, None)).collect() }
}

fn text(text: &'static str) -> Cell<'static> {
    Cell::Text(Cow::Borrowed(text))
}

#[test]
fn rows_come_back() {
    let moment = DateTime {
        date: Date { year: 2026, month: 11, day: 1 },
        time: Time { hour: 8, minute: 30, second: 0, nanosecond: 250_000_000 },
        offset_minutes: Some(-210),
    };
    let mut fields = [
        ("name", FieldKind::Text),
        ("编码", FieldKind::Text),
        ("n", FieldKind::Integer),
        ("wide", FieldKind::Integer),
        ("x", FieldKind::Real),
        ("b", FieldKind::Bool),
        ("begin", FieldKind::DateTime),
        ("day", FieldKind::Date),
        ("n", FieldKind::Text),
        ("dec", FieldKind::Decimal),
    ]
    .map(|(name, kind)| Field::new(name, kind))
    .to_vec();
    fields[1].title = Some("地块<编码>".to_owned());
    fields[2].domain =
        Some(Arc::new(Domain { name: "d".to_owned(), values: vec![("1".to_owned(), "一".to_owned())] }));
    let mut source = rows(
        fields,
        vec![
            vec![
                text("河&<>\"'\u{1}\t\n\r"),
                text(""),
                Cell::Integer(-5),
                Cell::Integer(310113001000000001),
                Cell::Real(0.1),
                Cell::Bool(true),
                Cell::DateTime(moment),
                Cell::Date(moment.date),
                text("二"),
                Cell::Decimal(Cow::Borrowed("12345678901234567890.10")),
            ],
            vec![
                Cell::Null,
                Cell::Missing,
                Cell::Null,
                Cell::Null,
                Cell::Real(1e300),
                Cell::Null,
                Cell::Null,
                Cell::Null,
                Cell::Null,
                Cell::Null,
            ],
        ],
    );
    let ring: &[[f64; 2]] = &[[121.1, 31.0], [122.0, 31.0], [122.0, 32.0], [121.1, 31.0]];
    let mut polygon = geometry(GeometryKind::MultiPolygon, &[&[ring, ring], &[ring]]);
    polygon.z = (0..12).map(f64::from).collect();
    polygon.m = vec![1.0; 12];
    source.rows[0].1 = Some(polygon);
    let mut collection = RawGeometry::new(RawKind::Collection);
    collection.members =
        vec![geometry(GeometryKind::Point, &[&[&[[1.5, 2.0]]]]), geometry(GeometryKind::LineString, &[&[ring]])];
    source.rows[1].1 = Some(collection);
    let kml = written(&source).unwrap();
    let taken = first(&kml);
    assert_eq!(
        taken.fields.join(" "),
        "name:Text begin:DateTime 编码(地块<编码>):Text n:Integer wide:Text x:Real b:Bool day:Text n (2):Text dec:Text"
    );
    let r = "121.1 31 0,122 31 1,122 32 2,121.1 31 3;121.1 31 4,122 31 5,122 32 6,121.1 31 7|121.1 31 8,122 31 9,122 32 10,121.1 31 11";
    assert_eq!(
        taken.rows,
        [
            format!(
                "'河&<>\"'' 2026-11-01 8:30:00.250000000 Some(-210) '' -5 '310113001000000001' 0.1 true '2026-11-01' '二' \
                 '12345678901234567890.10' MultiPolygon[{r}]"
            ),
            "- - - - - 1e300 - - - - (Point[1.5 2] + LineString[121.1 31,122 31,122 32,121.1 31])".to_owned(),
        ]
    );
    let losses = KmlWriter.losses(&source);
    let about = |loss: &Loss| format!("{}: {}", loss.field.clone().unwrap_or_default(), loss.what.en);
    let expected = [
        ("n: of the field", "domain"),
        ("wide: the field", "type"),
        ("day: the field", "type"),
        ("n: the field “n” is written as “n (2)”", "name"),
        ("dec: the field", "type"),
        (": control characters in 1 values", "control"),
        (": measures", "measures"),
    ];
    assert_eq!(losses.len(), expected.len(), "{losses:?}");
    for (loss, (start, _)) in losses.iter().zip(expected) {
        assert!(about(loss).starts_with(start), "{loss:?}");
    }
}

#[test]
fn other_systems_are_refused() {
    let mut source = rows(vec![], vec![vec![]]);
    source.schema.crs = Some("EPSG:4549".to_owned());
    assert!(
        refusal(&written(&source).unwrap_err()).starts_with("KML holds longitude and latitude only, not EPSG:4549")
    );
    source.schema.crs = None;
    source.rows[0].1 = Some(geometry(GeometryKind::Point, &[&[&[[500_000.0, 3_400_000.0]]]]));
    assert!(refusal(&written(&source).unwrap_err()).contains("are not longitude and latitude"));
    source.rows[0].1 = Some(geometry(GeometryKind::Point, &[&[&[[121.5, 31.2]]]]));
    assert_eq!(first(&written(&source).unwrap()).rows, ["Point[121.5 31.2]"]);
}
