//! Changes named, put to other files, and put back.

use super::*;
use crate::geodesy::LonLat;
use crate::io::geojson::{made, read_feature};
use crate::io::{ReadOptions, read_layer_bytes};
use crate::model::{Geometry, GeometryKind};

fn feature(id: &str, name: &str, x: f64) -> String {
    let id = if id.is_empty() { String::new() } else { format!(r#""id":"{id}","#) };
    format!(
        r#"{{"type":"Feature",{id}"properties":{{"name":"{name}"}},"geometry":{{"type":"Point","coordinates":[{x},31.0]}}}}"#
    )
}

fn layer(features: &[String]) -> Arc<IndexedLayer> {
    let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
    let read = read_layer_bytes(text.as_bytes(), "outlet.geojson", &ReadOptions::default(), &Progress::default());
    Arc::new(IndexedLayer::new(Arc::new(read.expect("readable"))))
}

fn point(x: f64) -> Edited {
    let geometry = Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![LonLat::new(x, 30.0)]]] };
    made(&geometry, &[]).expect("a feature")
}

fn drawn(base: &Arc<IndexedLayer>, rows: &[(usize, Option<Edited>)]) -> DrawnLayer {
    let changes = changes_of(base, &base.with_edits(rows)).expect("readable");
    DrawnLayer { file: "outlet.geojson".into(), changes, ..DrawnLayer::default() }
}

/// By the places of features what they are called, in a layer with changes.
fn places(base: &Arc<IndexedLayer>, drawn: &DrawnLayer) -> (Vec<(String, String)>, Resolved) {
    let resolved = resolved(base, drawn, &Progress::default()).expect("not stopped");
    let state = base.with_edits(&resolved.rows);
    let layer = state.layer();
    let mut all: Vec<(String, String)> = layer
        .rows()
        .map(|row| {
            (
                format!("{:?}", layer.geometries.positions_of(row)[0]),
                layer.attributes.get(row, "name").display().into_owned(),
            )
        })
        .collect();
    all.sort();
    (all, resolved)
}

#[test]
fn changes_find_their_features_in_a_file_written_anew() {
    let of = |rows: &[(&str, &str, f64)]| layer(&rows.iter().map(|(id, n, x)| feature(id, n, *x)).collect::<Vec<_>>());
    // By id; by name and geometry; two alike in everything.
    let rows = [("a", "甲", 121.0), ("b", "乙", 121.1), ("", "丙", 121.2), ("", "丁", 121.3), ("", "丁", 121.3)];
    let base = of(&rows);
    let moved = read_feature(feature("b", "乙", 122.0).into_bytes()).expect("a feature");
    let drawn = drawn(
        &base,
        &[
            (0, Some(Edited::Gone)),
            (1, Some(moved)),
            (2, Some(Edited::Gone)),
            (4, Some(Edited::Gone)),
            (5, Some(point(123.0))),
        ],
    );
    assert_eq!(drawn.changes.len(), 5);
    let (expected, all) = places(&base, &drawn);
    assert_eq!(expected.len(), 3, "{expected:?}");
    assert!(all.doubts.is_empty() && all.left.is_empty());
    // As a project's file has it.
    let text = serde_json::to_string(&drawn).expect("JSON");
    let again: DrawnLayer = serde_json::from_str(&text).expect("JSON");
    assert_eq!(again, drawn);
    // Another order, another feature between.
    let mut other: Vec<_> = rows.into_iter().rev().collect();
    other.insert(2, ("z", "新", 125.0));
    let (found, all) = places(&of(&other), &again);
    assert!(all.left.is_empty(), "{:?}", all.left);
    assert_eq!(found.iter().filter(|(_, name)| name != "新").cloned().collect::<Vec<_>>(), expected);
}

#[test]
fn what_a_file_no_longer_has_is_named_and_kept() {
    let base = layer(&[feature("a", "甲", 121.0), feature("b", "乙", 121.1)]);
    let mut drawn = drawn(&base, &[(0, Some(Edited::Gone)), (1, Some(point(122.0)))]);
    drawn
        .changes
        .push(DrawnChange { name: "坏".into(), feature: Some("{\"type\":".into()), ..DrawnChange::default() });
    drawn.changes.push(DrawnChange { name: "空".into(), ..DrawnChange::default() });
    // One is gone, the other was moved since.
    drawn.stamp = None;
    let mut now = layer(&[feature("b", "乙", 121.5)]);
    let mut read = Layer::clone(now.layer());
    read.source.stamp = Some(FileStamp { bytes: 7, written: None });
    now = Arc::new(IndexedLayer::new(Arc::new(read)));
    let (found, all) = places(&now, &drawn);
    assert_eq!(found.len(), 1);
    assert_eq!(all.doubts.missing, ["甲"]);
    assert_eq!(all.doubts.differing, ["乙"]);
    assert_eq!(all.doubts.unreadable, ["坏", "空"]);
    assert_eq!(all.left.len(), 3, "the scenario keeps what it cannot put");
    for lang in [Lang::Zh, Lang::En] {
        let said = all.doubts.message(lang);
        assert!(["甲", "乙", "坏", "outlet.geojson"].iter().all(|word| said.contains(word)), "{said}");
    }
    // Of another size, with everything in its place: said, and nothing is left out.
    let mut drawn = DrawnLayer { stamp: Some(FileStamp { bytes: 8, written: None }), ..DrawnLayer::default() };
    drawn.changes.push(DrawnChange { feature: Some(feature("n", "新", 121.0)), ..DrawnChange::default() });
    let all = resolved(&now, &drawn, &Progress::default()).expect("not stopped");
    assert!(all.doubts.is_other_file && all.left.is_empty() && all.rows.len() == 1);
    assert!(!all.doubts.is_empty() && all.doubts.message(Lang::En).contains("outlet.geojson"));
}

#[test]
fn what_was_drawn_is_carried_over_edits_of_what_lies_below() {
    let base = layer(&[feature("a", "甲", 121.0), feature("b", "乙", 121.1)]);
    let state = base.with_edits(&[(0, Some(point(122.0))), (2, Some(point(123.0))), (3, Some(point(124.0)))]);
    // Below, one is added and one goes meanwhile; in the scenario one that was drawn was taken out again.
    let state = state.with_edits(&[(3, Some(Edited::Gone))]);
    let below = base.with_edits(&[(1, Some(Edited::Gone)), (2, Some(point(125.0)))]);
    let rows = carried(base.layer(), state.layer(), below.layer());
    assert_eq!(rows.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [0, 3]);
    let over = below.with_edits(&rows);
    let mut places: Vec<f64> =
        over.layer().rows().map(|row| over.layer().geometries.positions_of(row)[0].lon).collect();
    places.sort_by(f64::total_cmp);
    assert_eq!(places, [122.0, 123.0, 125.0]);
    // What is gone below is not brought back.
    let below = base.with_edits(&[(0, Some(Edited::Gone))]);
    let rows = carried(base.layer(), state.layer(), below.layer());
    assert_eq!(rows.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [2]);
}
