//! Rows become a layer, and a layer's rows become what a writer takes.

use super::*;
use crate::geodesy::crs::Crs;
use crate::io::geojson::{edited, feature_text, saved_text, write_converted};
use crate::io::{OutOfRange, ReadCause, ReadOptions};
use crate::model::{GeometryKind, Layer, ProblemKind, Value};
use std::borrow::Cow;

fn polygon(rings: &[&[[f64; 2]]]) -> RawGeometry {
    let mut raw = RawGeometry::new(RawKind::Simple(GeometryKind::Polygon));
    for ring in rings {
        raw.xy.extend_from_slice(ring);
        raw.end_path();
    }
    raw.end_part();
    raw
}

fn point(x: f64, y: f64) -> RawGeometry {
    let mut raw = RawGeometry::new(RawKind::Simple(GeometryKind::Point));
    raw.xy.push([x, y]);
    raw.end_path();
    raw.end_part();
    raw
}

fn schema(fields: &[(&str, FieldKind)]) -> Schema {
    Schema { fields: fields.iter().map(|(name, kind)| Field::new(*name, *kind)).collect(), ..Schema::default() }
}

fn built(
    schema: &Schema,
    rows: &[(Vec<Cell<'_>>, Option<RawGeometry>)],
    options: &ReadOptions,
) -> Result<Layer, ReadCause> {
    let mut builder = LayerBuilder::new(options);
    builder.schema(schema).expect("taken");
    for (cells, geometry) in rows {
        builder.row(None, cells, geometry.as_ref()).expect("taken");
    }
    builder.finish("outlet", &Progress::default()).map_err(|e| e.cause)
}

fn exported(layer: &Layer) -> serde_json::Value {
    let mut out = Vec::new();
    write_converted(layer, &layer.rows().collect::<Vec<_>>(), &mut out).expect("memory");
    serde_json::from_slice(&out).expect("JSON")
}

const SQUARE: [[f64; 2]; 5] = [[121.0, 31.0], [121.0, 31.1], [121.1, 31.1], [121.1, 31.0], [121.0, 31.0]];

#[test]
fn values_keep_their_types_and_digits() {
    let fields = [
        ("code", FieldKind::Integer),
        ("flow", FieldKind::Real),
        ("long", FieldKind::Decimal),
        ("name", FieldKind::Text),
        ("core", FieldKind::Bool),
        ("day", FieldKind::Date),
        ("at", FieldKind::DateTime),
        ("more", FieldKind::Json),
    ];
    let day = Date { year: 2026, month: 1, day: 5 };
    let time = Time { hour: 8, minute: 0, second: 30, nanosecond: 250_000_000 };
    let cells = vec![
        Cell::Integer(310_113_001_000_000_001),
        Cell::Real(0.1),
        Cell::Decimal("12345678901234567890.10".into()),
        Cell::Text("南港\"口\"".into()),
        Cell::Bool(true),
        Cell::Date(day),
        Cell::DateTime(DateTime { date: day, time, offset_minutes: Some(480) }),
        Cell::Json("[1,\"二\"]".into()),
    ];
    let nothing = vec![Cell::Null; fields.len()];
    let options = ReadOptions::default();
    let rows = [(cells, Some(point(121.5, 31.2))), (nothing, None)];
    let layer = built(&schema(&fields), &rows, &options).expect("a layer");
    let text = String::from_utf8(feature_text(&layer, 0).expect("made").into_owned()).expect("UTF-8");
    let expected = concat!(
        r#"{"type":"Feature","properties":{"code":310113001000000001,"flow":0.1,"long":12345678901234567890.10,"#,
        r#""name":"南港\"口\"","core":true,"day":"2026-01-05","at":"2026-01-05T08:00:30.250+08:00","more":[1,"二"]},"#,
        r#""geometry":{"type":"Point","coordinates":[121.5,31.2]}}"#
    );
    assert_eq!(text, expected);
    assert!((0..fields.len()).all(|column| layer.attributes.value(1, column) == Value::Null));
    assert!(layer.problems.iter().any(|p| p.row == Some(1) && p.kind == ProblemKind::MissingGeometry));
    // What is written is what was read: through the rows for writers, too.
    let crs = Crs::parse("CRS84").expect("known");
    let all: Vec<usize> = layer.rows().collect();
    let rows = LayerRows::new(&layer, &all, &crs);
    let kinds: Vec<FieldKind> = rows.schema().fields.iter().map(|field| field.kind).collect();
    assert_eq!(kinds, fields.map(|(_, kind)| kind));
    let mut first = None;
    let taken = rows.each(&mut |cells, geometry| {
        first.get_or_insert((format!("{cells:?}"), geometry.cloned()));
        Ok(())
    });
    taken.expect("readable");
    let (cells, geometry) = first.expect("a row");
    assert!(cells.contains("Integer(310113001000000001)") && cells.contains("offset_minutes: Some(480)"), "{cells}");
    assert_eq!(geometry.map(|geometry| geometry.xy), Some(vec![[121.5, 31.2]]));
}

#[test]
fn names_that_repeat_or_are_empty_are_told_apart() {
    let fields =
        [("a", FieldKind::Integer), ("a", FieldKind::Integer), ("", FieldKind::Text), ("a_2", FieldKind::Text)];
    let cells = vec![Cell::Integer(1), Cell::Integer(2), Cell::Text("x".into()), Cell::Text("y".into())];
    let layer = built(&schema(&fields), &[(cells, None)], &ReadOptions::default()).expect("a layer");
    let names: Vec<&str> = layer.attributes.names().iter().map(|name| &**name).collect();
    assert_eq!(names, ["a", "a_2", "field_3", "a_2_2"]);
}

#[test]
fn a_value_of_another_type_makes_the_column_text_and_is_told() {
    let fields = [("n", FieldKind::Integer)];
    let cell = |cell: Cell<'static>| (vec![cell], Some(point(121.0, 31.0)));
    let rows = [cell(Cell::Integer(7)), cell(Cell::Text("约三".into())), cell(Cell::Integer(9)), cell(Cell::Null)];
    let layer = built(&schema(&fields), &rows, &ReadOptions::default()).expect("a layer");
    let told: Vec<Cow<'_, str>> =
        (0..4).map(|row| layer.attributes.value(row, 0)).map(|v| v.display().into_owned().into()).collect();
    assert_eq!(told, ["7", "约三", "9", ""]);
    let is_told =
        |p: &crate::model::Problem| matches!(p.kind, ProblemKind::OfFormat { code: "format.mixed_types", .. });
    assert_eq!(layer.problems.iter().filter(|p| is_told(p)).count(), 1);
}

#[test]
fn heights_stay_with_their_corners_whichever_way_a_ring_is_wound() {
    // Wound clockwise, as a shapefile has it.
    let mut raw = polygon(&[&SQUARE]);
    raw.z = vec![1.0, 2.0, f64::NAN, 4.0, 1.0];
    let layer = built(&schema(&[]), &[(vec![], Some(raw))], &ReadOptions::default()).expect("a layer");
    let text = String::from_utf8(feature_text(&layer, 0).expect("made").into_owned()).expect("UTF-8");
    let ring = "[[[121,31,1],[121.1,31,4],[121.1,31.1],[121,31.1,2],[121,31,1]]]";
    assert!(text.contains(ring), "{text}");
    let crs = Crs::parse("CRS84").expect("known");
    let mut heights = Vec::new();
    let each = LayerRows::new(&layer, &[0], &crs).each(&mut |_, geometry| {
        heights = geometry.expect("there").z.clone();
        Ok(())
    });
    each.expect("readable");
    assert_eq!((heights.len(), heights[1]), (5, 2.0));
    // The same of a layer of text.
    let collection = format!(r#"{{"type":"FeatureCollection","features":[{text}]}}"#);
    let again = crate::io::read_layer_bytes(collection.as_bytes(), "a", &ReadOptions::default(), &Progress::default());
    let again = again.expect("readable");
    let each = LayerRows::new(&again, &[0], &crs).each(&mut |_, geometry| {
        heights = geometry.expect("there").z.clone();
        Ok(())
    });
    each.expect("readable");
    assert_eq!((heights[1], heights[3]), (4.0, 2.0));
}

#[test]
fn a_part_that_is_no_area_is_left_out_and_still_exported() {
    let mut raw = polygon(&[&SQUARE]);
    raw.kind = RawKind::Simple(GeometryKind::MultiPolygon);
    raw.xy.extend([[121.5, 31.5], [121.6, 31.5], [121.5, 31.5]]);
    raw.end_path();
    raw.end_part();
    raw.z = (0..8).map(f64::from).collect();
    let next = polygon(&[&SQUARE.map(|[x, y]| [x + 1.0, y])]);
    let rows = [(vec![], Some(raw)), (vec![], Some(RawGeometry { z: vec![9.0; 5], ..next }))];
    let layer = built(&schema(&[]), &rows, &ReadOptions::default()).expect("a layer");
    assert_eq!(layer.geometries.parts(0).count(), 1);
    let json = exported(&layer);
    assert_eq!(json["features"][0]["geometry"]["coordinates"].as_array().map(Vec::len), Some(2));
    // The heights of the rows behind stay theirs.
    assert_eq!(json["features"][1]["geometry"]["coordinates"][0][0][2], 9.0);
}

#[test]
fn collections_are_kept_and_exported_and_no_question_takes_them() {
    let mut raw = RawGeometry::new(RawKind::Collection);
    raw.members = vec![point(121.0, 31.0), polygon(&[&SQUARE])];
    let layer = built(&schema(&[]), &[(vec![], Some(raw))], &ReadOptions::default()).expect("a layer");
    assert!(layer.unusable[0]);
    let json = exported(&layer);
    assert_eq!(json["features"][0]["geometry"]["type"], "GeometryCollection");
    assert_eq!(json["features"][0]["geometry"]["geometries"][1]["type"], "Polygon");
}

#[test]
fn projected_positions_land_where_they_belong_and_others_are_refused() {
    let metres = [(vec![], Some(point(500_000.0, 3_460_000.0)))];
    let beyond = built(&schema(&[]), &metres, &ReadOptions::default());
    assert!(matches!(beyond, Err(ReadCause::OutOfRange { features: 1, of: 1, .. })), "{beyond:?}");
    let keep = ReadOptions { out_of_range: OutOfRange::Keep, ..ReadOptions::default() };
    assert!(built(&schema(&[]), &metres, &keep).expect("kept").unusable[0]);
    // By the file's word, and by the planner's; the file's goes before.
    let said = Schema { crs: Some("EPSG:4549".to_owned()), ..schema(&[]) };
    let named = ReadOptions { crs: Some("EPSG:4549".to_owned()), ..ReadOptions::default() };
    let other = ReadOptions { crs: Some("EPSG:4547".to_owned()), ..ReadOptions::default() };
    for (schema, options, is_named) in
        [(&said, &ReadOptions::default(), false), (&schema(&[]), &named, true), (&said, &other, false)]
    {
        let layer = built(schema, &metres, options).expect("placed");
        let at = layer.geometries.positions_of(0)[0];
        assert!((at.lon - 120.0).abs() < 1e-9 && (at.lat - 31.26).abs() < 0.1, "{at:?}");
        assert_eq!(layer.source.read_as.crs.is_some(), is_named);
        assert_eq!((layer.reprojected, layer.declared_crs.as_deref()), (true, Some("EPSG:4549")));
    }
}

#[test]
fn an_edited_row_is_a_text_and_keeps_the_others_values() {
    let fields = [("code", FieldKind::Integer), ("name", FieldKind::Text)];
    let row =
        |code: i64, name: &'static str| (vec![Cell::Integer(code), Cell::Text(name.into())], Some(point(121.0, 31.0)));
    let layer = built(&schema(&fields), &[row(1, "甲"), row(9_007_199_254_740_993, "乙")], &ReadOptions::default());
    let layer = layer.expect("a layer");
    let change =
        edited(&layer, 1, None, &[("name".to_owned(), crate::io::geojson::Put::Value("丙".into()))]).expect("a row");
    let now = layer.with_edits(&[(1, Some(change))]);
    assert_eq!(
        (&*now.attributes.get(1, "code").display(), &*now.attributes.get(1, "name").display()),
        ("9007199254740993", "丙")
    );
    assert_eq!(now.attributes.get(0, "name").display(), "甲");
    assert_eq!(saved_text(&now.unedited(), 1).expect("made"), saved_text(&layer, 1).expect("made"));
    let rows: Vec<usize> = now.rows().collect();
    let crs = Crs::parse("CRS84").expect("known");
    let source = LayerRows::new(&now, &rows, &crs);
    assert_eq!(source.schema().fields[0].kind, FieldKind::Integer);
    assert_eq!(now.label(1), "丙");
}
