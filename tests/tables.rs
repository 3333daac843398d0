//! An answer as a table is what its file says: the same bytes are exported, and each row, cell and position is what a reader of that file
//! finds there.

use crate::common::read;
use crate::common::rules::map;
use serde_json::json;
use shanshui::geodesy::{LonLat, LonLatBox};
use shanshui::i18n::Lang;
use shanshui::index::IndexedLayer;
use shanshui::io::geojson::{ResultRows, feature_text, geometry_json, made};
use shanshui::io::{ReadOptions, read_layer_bytes};
use shanshui::model::{Edited, Geometry, GeometryKind, Layer, ProblemKind};
use shanshui::progress::Progress;
use shanshui::query::{Dissolve, Layers, Question, ResultTable, Side, ask};
use shanshui::rules::{Catalogue, Values, run_all};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a row of a layer says: its id, its cells by name, its geometry, whether a question can use it.
fn row_text(layer: &Layer, row: usize, columns: &BTreeSet<String>) -> String {
    let cell = |name: &String| {
        let column = layer.attributes.column(name)?;
        let json = layer.attributes.json(row, column)?;
        let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        Some(format!("{name}={value} ({})", layer.attributes.value(row, column).display()))
    };
    let cells: Vec<String> = columns.iter().filter_map(cell).collect();
    // Without what differs between files: which way round rings are, -0.
    let geometry = layer.geometries.geometry(row).map(|geometry| geometry_json(&geometry).to_string());
    let kinds: Vec<&str> = layer.problems_of(row).iter().map(|problem| problem.kind.code()).collect();
    format!("{:?} {cells:?} {geometry:?} {} {kinds:?}", layer.id_json(row), layer.unusable[row])
}

/// Holds a table to the file that is exported of it.
fn check(of: &str, table: &ResultTable) {
    let text = table.to_geojson().expect("readable");
    let own = table.indexed.layer();
    let name = &own.source.file_name;
    let read = read_layer_bytes(&text, name, &ReadOptions::default(), &Progress::default()).expect("an answer");
    assert_eq!(own.len(), read.len(), "{of}");
    let names = |layer: &Layer| layer.attributes.names().iter().map(|name| name.to_string()).collect::<BTreeSet<_>>();
    let columns = names(own);
    assert_eq!(columns, names(&read), "{of}");
    for row in 0..own.len() {
        assert_eq!(row_text(own, row, &columns), row_text(&read, row, &columns), "{of} row {row}");
    }
    let kinds = |layer: &Layer| layer.kinds.iter().map(|kind| kind.name()).collect::<BTreeSet<_>>();
    assert_eq!((kinds(own), own.bounds), (kinds(&read), read.bounds), "{of}");
    let of_file = |layer: &Layer| -> BTreeSet<&'static str> {
        layer.problems.iter().filter(|p| p.row.is_none()).map(|p| p.kind.code()).collect()
    };
    assert_eq!(of_file(own), of_file(&read), "{of}");
}

#[test]
fn every_rule_is_exported_from_its_table_as_from_its_answer() {
    for name in ["baoshan", "putuo", "jinshan"] {
        let input = map(name);
        let rules: Vec<_> = Catalogue::builtin().rules.iter().map(|rule| (rule.clone(), Values::new())).collect();
        let answers = run_all(&rules, &input, &[], None, &Progress::default(), |_| {}).expect("nobody stopped it");
        let mut rows = 0;
        for answer in &answers {
            for lang in [Lang::Zh, Lang::En] {
                let of = format!("{name} {} {lang:?}", answer.rule.id);
                let mut text = Vec::new();
                answer.write_geojson(&input, "2026-01-01", lang, &mut text).expect("in memory");
                let table = answer.table(&input, "2026-01-01", lang, &Progress::default()).expect("not stopped");
                let of_table = table.to_geojson().expect("readable");
                assert!(
                    text == of_table,
                    "{of}:\n{}\n{}",
                    String::from_utf8_lossy(&text),
                    String::from_utf8_lossy(&of_table)
                );
                check(&of, &table);
                rows += table.indexed.layer().len();
            }
        }
        assert!(rows > 100, "{name}: {rows}");
    }
}

fn asked(question: &Question, layers: &Layers) -> ResultTable {
    let answer = ask(question, layers, &Progress::default()).expect("an answer");
    let text = answer.to_geojson("answer", layers, "now").expect("readable");
    let table = answer.table("answer", layers, "now", &Progress::default()).expect("not stopped");
    assert_eq!(String::from_utf8(text), String::from_utf8(table.to_geojson().expect("readable")), "{question:?}");
    check(&format!("{question:?}"), &table);
    table
}

fn every_question(layers: &Layers) {
    let people = None;
    for question in [
        Question::Within { distance_m: 5_000.0, side: Side::Within },
        Question::Within { distance_m: 500.0, side: Side::Beyond },
        Question::Nearest { max_m: None },
        Question::Gaps { radius_m: 300.0, min_area_m2: 0.0, people },
        Question::Overlap,
        Question::Buffer { distance_m: 150.0, dissolve: Dissolve::Each },
        Question::Buffer { distance_m: 150.0, dissolve: Dissolve::Union },
    ] {
        asked(&question, layers);
    }
}

/// Features with all that a file may hold: ids of either kind and none, members beside the usual ones, heights, names that the answer adds
/// too, codes of 18 digits, lists, null, no properties.
fn odd(west: f64) -> IndexedLayer {
    let area = |x: f64, size: f64| {
        json!([[[x, 31.0], [x + size, 31.0], [x + size, 31.0 + size], [x, 31.0 + size], [x, 31.0]]])
    };
    let features = [
        json!({"type": "Feature", "id": "甲", "bbox": [0, 0, 1, 1], "properties": {"name": "一号", "distance_m": 7, "code": "310113000000000001"},
               "geometry": {"type": "Polygon", "coordinates": area(west, 0.01)}}),
        json!({"type": "Feature", "properties": {"list": [1, {"a": "\"}"}], "nearest_id": null, "n": 310113001000000001_u64},
               "geometry": {"type": "Polygon", "coordinates": area(west + 0.005, 0.01)}, "seen": {"by": "区水务局"}}),
        json!({"type": "Feature", "id": 7, "properties": null,
               "geometry": {"type": "MultiPolygon", "coordinates": [area(west + 0.03, 0.004), area(west + 0.05, 0.004)]}}),
        json!({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates":
               [[[west + 0.02, 31.02, 4.5], [west + 0.03, 31.02, 5], [west + 0.03, 31.03, 6.25], [west + 0.02, 31.02, 4.5]]]}}),
        json!({"type": "Feature", "properties": {"name": ""}, "geometry": null}),
        json!({"type": "Feature", "properties": {"flag": true, "name": 5}, "geometry": {"type": "Point", "coordinates": [west + 0.001, 31.001]}}),
    ];
    indexed(read(json!({"type": "FeatureCollection", "features": features}).to_string().as_bytes()))
}

fn indexed(layer: Layer) -> IndexedLayer {
    IndexedLayer::new(Arc::new(layer))
}

#[test]
fn features_with_all_that_a_file_may_hold_are_lent_whole() {
    let layers = Layers::of(Arc::new(odd(121.0))).and(Arc::new(odd(121.004)));
    every_question(&layers);
}

#[test]
fn rows_that_were_edited_are_lent_as_they_are_now() {
    let all = odd(121.0);
    let moved = Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![LonLat::new(121.003, 31.002)]]] };
    let new = made(&moved, &[]).expect("a feature");
    let edited = all.with_edits(&[(5, Some(new)), (0, Some(Edited::Gone))]);
    let layers = Layers::of(Arc::new(edited)).and(Arc::new(odd(121.004)));
    every_question(&layers);
    let table = asked(&Question::Nearest { max_m: None }, &layers);
    let near = table.indexed.layer();
    assert!((0..near.len()).all(|row| near.lent_from(row).expect("lent").1 != 0), "what is gone is in no answer");
}

#[test]
fn layers_of_other_systems_are_lent_in_longitude_and_latitude() {
    let text = json!({"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "EPSG:4549"}}, "features": [
        {"type": "Feature", "properties": {"name": "地块"}, "geometry": {"type": "Polygon", "coordinates":
            [[[600000.123, 3450000.456], [601000.0, 3450000.0], [601000.0, 3451000.0], [600000.123, 3450000.456]]]}},
        {"type": "Feature", "properties": {"name": "点"}, "geometry": {"type": "Point", "coordinates": [600500.5, 3450100.25]}},
    ]})
    .to_string();
    let read = read_layer_bytes(text.as_bytes(), "p.geojson", &ReadOptions::default(), &Progress::default());
    let layer = Arc::new(indexed(read.expect("readable")));
    assert!(layer.layer().reprojected);
    every_question(&Layers::of(Arc::clone(&layer)).and(layer));
}

#[test]
fn answers_are_asked_again_like_any_layer() {
    let layers = Layers::of(Arc::new(odd(121.0))).and(Arc::new(odd(121.004)));
    let first = asked(&Question::Nearest { max_m: None }, &layers);
    let again = Layers::of(Arc::clone(&first.indexed)).and(Arc::new(odd(121.01)));
    every_question(&again);
    // Names that the first answer added are taken.
    let table = asked(&Question::Nearest { max_m: None }, &again);
    assert!(table.indexed.layer().attributes.column("distance_m_3").is_some());
    // An answer is known by its rows.
    let digest = |table: &ResultTable| table.indexed.layer().source.digest.sha256().expect("readable").to_owned();
    assert_eq!(digest(&first), digest(&asked(&Question::Nearest { max_m: None }, &layers)));
    assert_ne!(digest(&first), digest(&table));
}

#[test]
fn rows_of_an_answer_are_edited_like_any_row() {
    let layers = Layers::of(Arc::new(odd(121.0))).and(Arc::new(odd(121.004)));
    let table = asked(&Question::Nearest { max_m: None }, &layers);
    let first = feature_text(table.indexed.layer(), 0).expect("readable").into_owned();
    let edited = table.indexed.with_edits(&[(1, Some(Edited::Gone))]);
    let layer = edited.layer();
    assert_eq!(feature_text(layer, 0).expect("readable"), first);
    assert!(feature_text(layer, 1).expect("gone").is_empty() && layer.is_gone(1));
    let (seen, name) = (layer.attributes.get(0, "name").display().into_owned(), "一号");
    assert_eq!(seen, name);
}

#[test]
fn a_table_without_rows_is_an_empty_layer() {
    let layer = ResultRows::new().layer("none.geojson", "none");
    assert!(layer.is_empty() && layer.bounds == LonLatBox::EMPTY && layer.attributes.names().is_empty());
    assert!(layer.problems.iter().any(|problem| problem.kind == ProblemKind::Empty));
}
