//! RFC 7946: its own examples, round trips, odd but legal texts, and any bytes at all.

use crate::common::{answer, exported, layer_of, read};
use proptest::prelude::*;
use serde_json::{Value, json};
use shanshui::io::{ReadOptions, read_layer_bytes};
use shanshui::model::{GeometryKind, ProblemKind, Value as Cell, Written};
use shanshui::progress::Progress;
use shanshui::query::{Layers, Question, Side, ask};

/// RFC 7946 §1.5, §1.3 (Feature), and appendix A.
const EXAMPLES: &[(&str, usize, Option<GeometryKind>)] = &[
    (
        r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","geometry":{"type":"Point","coordinates":[102.0,0.5]},"properties":{"prop0":"value0"}},
        {"type":"Feature","geometry":{"type":"LineString","coordinates":[[102.0,0.0],[103.0,1.0],[104.0,0.0],[105.0,1.0]]},"properties":{"prop0":"value0","prop1":0.0}},
        {"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[100.0,0.0],[101.0,0.0],[101.0,1.0],[100.0,1.0],[100.0,0.0]]]},"properties":{"prop0":"value0","prop1":{"this":"that"}}}]}"#,
        3,
        Some(GeometryKind::Point),
    ),
    (
        r#"{"type":"Feature","bbox":[-10.0,-10.0,10.0,10.0],"geometry":{"type":"Polygon","coordinates":[[[-10.0,-10.0],[10.0,-10.0],[10.0,10.0],[-10.0,-10.0]]]}}"#,
        1,
        Some(GeometryKind::Polygon),
    ),
    (r#"{"type":"Point","coordinates":[100.0,0.0]}"#, 1, Some(GeometryKind::Point)),
    (r#"{"type":"LineString","coordinates":[[100.0,0.0],[101.0,1.0]]}"#, 1, Some(GeometryKind::LineString)),
    (
        r#"{"type":"Polygon","coordinates":[[[100.0,0.0],[101.0,0.0],[101.0,1.0],[100.0,1.0],[100.0,0.0]]]}"#,
        1,
        Some(GeometryKind::Polygon),
    ),
    (
        r#"{"type":"Polygon","coordinates":[[[100.0,0.0],[101.0,0.0],[101.0,1.0],[100.0,1.0],[100.0,0.0]],[[100.8,0.8],[100.8,0.2],[100.2,0.2],[100.2,0.8],[100.8,0.8]]]}"#,
        1,
        Some(GeometryKind::Polygon),
    ),
    (r#"{"type":"MultiPoint","coordinates":[[100.0,0.0],[101.0,1.0]]}"#, 1, Some(GeometryKind::MultiPoint)),
    (
        r#"{"type":"MultiLineString","coordinates":[[[100.0,0.0],[101.0,1.0]],[[102.0,2.0],[103.0,3.0]]]}"#,
        1,
        Some(GeometryKind::MultiLineString),
    ),
    (
        r#"{"type":"MultiPolygon","coordinates":[[[[102.0,2.0],[103.0,2.0],[103.0,3.0],[102.0,3.0],[102.0,2.0]]],[[[100.0,0.0],[101.0,0.0],[101.0,1.0],[100.0,1.0],[100.0,0.0]],[[100.2,0.2],[100.2,0.8],[100.8,0.8],[100.8,0.2],[100.2,0.2]]]]}"#,
        1,
        Some(GeometryKind::MultiPolygon),
    ),
    (
        r#"{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[100.0,0.0]},{"type":"LineString","coordinates":[[101.0,0.0],[102.0,1.0]]}]}"#,
        1,
        None,
    ),
];

#[test]
fn the_examples_of_the_rfc_are_read() {
    for (text, features, kind) in EXAMPLES {
        let layer = read(text.as_bytes());
        assert_eq!(layer.len(), *features, "{text}");
        assert_eq!(layer.geometries.kind(0), *kind, "{text}");
        assert_eq!(layer.unusable[0], kind.is_none(), "{text}");
        assert!(text.parse::<geojson::GeoJson>().is_ok(), "the other reader reads it too");
    }
}

#[test]
fn members_may_come_in_any_order_and_foreign_ones_are_kept() {
    let text = r#"{ "features" : [ {"bbox":[1,2,3,4],"geometry":{"foreign":[{"a":1}],"coordinates":[121.5,3.1e1,7],"type":"Point"},"id":7,"extra":{"k":[null,true]},"properties":{"n\u0061me":"\u5c71\"水","code":"0107120","distance_m":1.50},"type":"Feature"} ], "crs":null, "name":"乱序", "type":"FeatureCollection" }"#;
    let layer = read(text.as_bytes());
    assert_eq!((layer.name.as_str(), layer.len(), layer.unusable[0]), ("乱序", 1, false));
    assert_eq!(layer.id_json(0).as_deref(), Some("7"));
    assert_eq!(layer.attributes.get(0, "name"), Cell::Text("山\"水".into()));
    assert_eq!(layer.attributes.get(0, "code").display(), "0107120");
    // The answer carries every member as it was written, and its own under a name that is free.
    let indexed = std::sync::Arc::new(shanshui::index::IndexedLayer::new(std::sync::Arc::new(layer)));
    let layers = Layers::of(indexed.clone()).and(indexed);
    let question = Question::Within { distance_m: 1.0, side: Side::Within };
    let bytes = ask(&question, &layers, &Progress::default())
        .expect("an answer")
        .to_geojson("x", &layers, "t")
        .expect("in memory");
    let out = String::from_utf8(bytes).expect("UTF-8");
    for kept in [
        r#""geometry":{"foreign":[{"a":1}],"coordinates":[121.5,3.1e1,7],"type":"Point"}"#,
        r#""id":7"#,
        r#""extra":{"k":[null,true]}"#,
        r#""bbox":[1,2,3,4]"#,
        r#""properties":{"n\u0061me":"\u5c71\"水","code":"0107120","distance_m":1.50,"distance_m_2":0,"#,
    ] {
        assert!(out.contains(kept), "{kept}\n{out}");
    }
}

#[test]
fn two_runs_give_the_same_bytes_but_for_the_time() {
    let (outlets, shoreline) =
        (crate::common::sample("baoshan/outlet.geojson"), crate::common::sample("baoshan/shoreline.geojson"));
    let layers = Layers::of(outlets).and(shoreline);
    let run = |time: &str| {
        let question = Question::Within { distance_m: 2_000.0, side: Side::Within };
        let answer = ask(&question, &layers, &Progress::default()).expect("an answer");
        answer.to_geojson("near", &layers, time).expect("in memory")
    };
    assert_eq!(run("a"), run("a"));
    let text = String::from_utf8(run("2026-11-22T00:00:00Z")).expect("UTF-8");
    let provenance = serde_json::from_str::<Value>(&text).expect("JSON")["shanshui"].clone();
    assert_eq!(provenance["rule"], "within");
    assert_eq!(provenance["parameters"]["distance_m"], 2000.0);
    assert_eq!(provenance["inputs"][0]["file"], "outlet.geojson");
    assert_eq!(provenance["inputs"][0]["features"], 244);
    assert_eq!(provenance["inputs"][0]["sha256"].as_str().map(str::len), Some(64));
    assert_eq!(provenance["left_out"][0]["reason"], "missing-geometry");
    assert_eq!(provenance["time"], "2026-11-22T00:00:00Z");
    assert!(provenance["version"].is_string() && provenance["engine"] == "shanshui");
}

#[test]
fn made_geometry_is_rounded_to_nine_decimals() {
    let line = layer_of(&[json!({"type": "LineString", "coordinates": [[121.0, 31.0], [121.123_456_789_123, 31.2]]})]);
    let out =
        exported(&Question::Buffer { distance_m: 123.456, dissolve: shanshui::query::Dissolve::Each }, &line, None);
    let text = out.to_string();
    let longest = text
        .split(['[', ']', ','])
        .filter_map(|n| n.parse::<f64>().ok().and(n.split_once('.')))
        .map(|(_, decimals)| decimals.len())
        .max();
    assert_eq!(longest, Some(9));
}

#[test]
fn odd_features_are_named_and_kept() {
    let text = r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","properties":null,"geometry":null},
        {"type":"Feature","properties":{}},
        {"type":"Thing","properties":{},"geometry":{"type":"Point","coordinates":[1,2]}},
        17,
        {"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[]}},
        {"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1]}},
        {"type":"Feature","properties":{},"geometry":{"type":"Circle","coordinates":[1,2]}},
        {"type":"Feature","properties":{},"geometry":{"type":"Point"}},
        {"type":"Feature","properties":{},"geometry":{"type":"LineString","coordinates":[[1,2]]}},
        {"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,1e999]}},
        {"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[1,2]}}
    ]}"#;
    let layer = read(text.as_bytes());
    assert_eq!(layer.len(), 11);
    let usable: Vec<usize> = (0..11).filter(|r| !layer.unusable[*r]).collect();
    assert_eq!(usable, [10]);
    // Each stands in the list once, with its line.
    for row in 0..10 {
        let entries: Vec<_> = layer.problems.iter().filter(|p| p.row == Some(row)).collect();
        assert_eq!(entries.len(), 1, "{row}: {entries:?}");
        assert_eq!(entries[0].place.map(|p| p.line), Some(row + 2), "{row}");
    }
    assert!(matches!(
        layer.problems.iter().find(|p| p.row == Some(9)).map(|p| &p.kind),
        Some(ProblemKind::OutOfRange { .. })
    ));
    let point = layer_of(&[json!({"type": "Point", "coordinates": [1, 2]})]);
    let indexed = std::sync::Arc::new(shanshui::index::IndexedLayer::new(std::sync::Arc::new(layer)));
    let found = answer(&Question::Within { distance_m: 1.0, side: Side::Within }, &indexed, Some(&point));
    assert_eq!((found.summary.matched, found.summary.left_out), (1, 10));
}

/// Any JSON value of a modest size.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        // serde_json itself reads some longer numbers a bit off: the judge must be right.
        any::<i32>().prop_map(|v| Value::from(f64::from(v) / 1024.0)),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map("\\PC{0,6}", inner, 0..4)
                .prop_map(|m| Value::from(m.into_iter().collect::<serde_json::Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn properties_and_positions_survive_an_answer(
        properties in prop::collection::vec(prop::collection::btree_map("\\PC{0,8}", json_value(), 0..5), 1..5),
        positions in prop::collection::vec((-179_000_000..179_000_000_i64, -85_000_000..85_000_000_i64).prop_map(|(x, y)| (x as f64 / 1e6, y as f64 / 1e6)), 5),
    ) {
        let features: Vec<Value> = properties.iter().zip(&positions).enumerate().map(|(i, (p, (x, y)))| {
            json!({"type": "Feature", "id": format!("f{i}"), "properties": p, "geometry": {"type": "Point", "coordinates": [x, y]}})
        }).collect();
        let text = json!({"type": "FeatureCollection", "features": features}).to_string();
        let layer = read(text.as_bytes());
        // The reader sees what serde_json sees.
        for (row, p) in properties.iter().enumerate() {
            for (name, value) in p {
                let column = layer.attributes.column(name).expect("a column");
                let cell = layer.attributes.json(row, column).expect("a cell");
                prop_assert_eq!(&serde_json::from_str::<Value>(&cell).expect("JSON"), value);
            }
            let at = layer.geometries.positions_of(row)[0];
            prop_assert_eq!((at.lon.to_bits(), at.lat.to_bits()), (positions[row].0.to_bits(), positions[row].1.to_bits()));
        }
        // And an answer carries it on.
        let indexed = std::sync::Arc::new(shanshui::index::IndexedLayer::new(std::sync::Arc::new(layer)));
        let out = exported(&Question::Nearest { max_m: None }, &indexed, Some(&indexed));
        for (feature, p) in out.features.iter().zip(&properties) {
            for (name, value) in p {
                let kept = feature.property(name).expect("kept");
                prop_assert_eq!(kept, value);
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read_layer_bytes(&bytes, "x.geojson", &ReadOptions::default(), &Progress::default());
    }

    #[test]
    fn a_damaged_file_is_read_or_refused_without_a_panic(at in 0..3_000_usize, byte in any::<u8>(), cut in 0..3_500_usize) {
        let mut bytes = std::fs::read(crate::common::maps().join("broken/duplicate_ids.geojson")).expect("readable");
        let n = bytes.len();
        bytes[at % n] = byte;
        bytes.truncate(cut.max(1));
        let _ = read_layer_bytes(&bytes, "x.geojson", &ReadOptions::default(), &Progress::default());
    }
}

#[test]
fn what_a_file_declares_goes_before_what_the_planner_says_of_others() {
    let feature = r#"{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[121.5,31.2]}}"#;
    let crs = |name: &str| format!(r#""crs":{{"type":"name","properties":{{"name":"{name}"}}}}"#);
    let read_as = |text: &str, crs: Option<&str>| {
        let options = ReadOptions { crs: crs.map(str::to_owned), ..ReadOptions::default() };
        read_layer_bytes(text.as_bytes(), "x.geojson", &options, &Progress::default()).expect("readable")
    };
    // The member may stand before or behind the features.
    for declared in ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4490"] {
        for text in [
            format!(r#"{{"type":"FeatureCollection",{},"features":[{feature}]}}"#, crs(declared)),
            format!(r#"{{"type":"FeatureCollection","features":[{feature}],{}}}"#, crs(declared)),
        ] {
            let layer = read_as(&text, Some("GCJ-02"));
            assert_eq!(layer.geometries.positions_of(0)[0], shanshui::geodesy::LonLat::new(121.5, 31.2));
            assert!(!layer.reprojected && layer.declared_crs.as_deref() == Some(declared));
        }
    }
    let silent = format!(r#"{{"type":"FeatureCollection","features":[{feature}]}}"#);
    assert!(read_as(&silent, Some("GCJ-02")).reprojected);
    assert_eq!(read_as(&silent, None).declared_crs, None);
    let unknown = format!(r#"{{"type":"FeatureCollection",{},"features":[{feature}]}}"#, crs("上海2000"));
    let error = read_layer_bytes(unknown.as_bytes(), "x.geojson", &ReadOptions::default(), &Progress::default());
    assert!(matches!(error.expect_err("not guessed").cause, shanshui::io::ReadCause::Crs(_)));
}

#[test]
fn a_hash_worked_out_while_reading_is_that_of_the_file() {
    let feature = |i: u32| {
        let (lon, lat) = (121.0 + f64::from(i % 1_000) * 1e-3, 31.0 + f64::from(i / 1_000) * 1e-3);
        format!(
            r#"{{"type":"Feature","properties":{{"i":{i}}},"geometry":{{"type":"Point","coordinates":[{lon},{lat}]}}}}"#
        )
    };
    let features: Vec<String> = (0..60_000).map(feature).collect();
    let crs = r#","crs":{"type":"name","properties":{"name":"EPSG:4490"}}"#;
    let folder = tempfile::tempdir().expect("a folder");
    // Large enough to be read in blocks; a mark before it, and a member behind the features for which they are read twice.
    for (mark, behind) in [("", ""), ("\u{feff}", ""), ("\u{feff}", crs)] {
        let text =
            format!("{mark}{{\"type\":\"FeatureCollection\",\"features\":[{}]{behind}}}\r\n", features.join(",\n"));
        let path = folder.path().join("many.geojson");
        std::fs::write(&path, &text).expect("written");
        assert!(text.len() > 5 << 20, "{}", text.len());
        let hash = |is_hashed: bool| {
            let options = ReadOptions { is_hashed, crs: Some("GCJ-02".to_owned()), ..ReadOptions::default() };
            let layer = shanshui::io::read_layer(&path, &options, &Progress::default()).expect("readable");
            assert_eq!((layer.len(), layer.source.digest.is_known()), (60_000, is_hashed));
            layer.source.digest.sha256().expect("readable").to_owned()
        };
        let of_bytes = read_layer_bytes(text.as_bytes(), "many.geojson", &ReadOptions::default(), &Progress::default());
        let of_bytes = of_bytes.expect("readable").source.digest;
        assert_eq!([hash(true), hash(false)], [of_bytes.sha256().expect("known"); 2].map(str::to_owned));
    }
}

#[test]
fn values_of_more_than_16_mib_are_whole() {
    // One letter of three bytes more or less, so that a length in 24 bits would end within one.
    let long = "山".repeat((16 << 20) / 3 + 2);
    let list = format!("[{}1]", "1,".repeat(9 << 20));
    for before in ["", "a", "ab"] {
        let text = format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","id":"{before}{long}","properties":{{"a":"{before}{long}","list":{list},"b":7}},"geometry":null}}]}}"#
        );
        let layer = read(text.as_bytes());
        assert_eq!(layer.attributes.get(0, "a"), Cell::Text(format!("{before}{long}").into()));
        assert_eq!(layer.attributes.get(0, "list"), Cell::Json(&list));
        assert_eq!(layer.attributes.get(0, "b"), Cell::Number(7.0, Written::Text("7")));
        assert_eq!(layer.id_text(0).map(|id| id.len()), Some(before.len() + long.len()));
    }
}

#[test]
fn of_arrays_of_features_in_a_large_file_the_last_counts() {
    let feature = |k: usize| {
        format!(
            r#"{{"type":"Feature","properties":{{"k":{k}}},"geometry":{{"type":"Point","coordinates":[1.5,2.5]}}}}"#
        )
    };
    let first: Vec<String> = (0..60_000).map(feature).collect();
    let text = format!(
        r#"{{"type":"FeatureCollection","features":[{}],"features":[],"features":[{},{}],"name":"last"}}"#,
        first.join(","),
        feature(7),
        feature(8)
    );
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.geojson");
    std::fs::write(&path, &text).expect("written");
    assert!(text.len() > 4 << 20, "read in blocks");
    let layer = shanshui::io::read_layer(&path, &ReadOptions::default(), &Progress::default()).expect("a layer");
    assert_eq!((layer.len(), layer.name.as_str()), (2, "last"));
    assert_eq!(layer.attributes.get(1, "k"), Cell::Number(8.0, Written::Text("8")));
    let twice = ProblemKind::MemberTwice { name: "features".to_owned() };
    assert_eq!(layer.problems.iter().filter(|problem| problem.kind == twice).count(), 1);
}

#[test]
fn edges_that_were_not_all_compared_are_told() {
    // A comb askew: its teeth lie side by side whichever way a sweep goes.
    let teeth = 20_000;
    let corner = |x: f64, k: usize| {
        let y = k as f64 / teeth as f64;
        json!([x * 0.8 - y * 0.6, x * 0.6 + y * 0.8])
    };
    let tooth = |k: usize| [corner(0.1, 2 * k), corner(1.0, 2 * k), corner(1.0, 2 * k + 1), corner(0.1, 2 * k + 1)];
    let mut ring: Vec<Value> = (0..teeth).flat_map(tooth).collect();
    ring.extend([corner(0.0, 2 * teeth), corner(0.0, 0), ring[0].clone()]);
    let layer = layer_of(&[json!({"type": "Polygon", "coordinates": [ring]})]);
    let kinds: Vec<&str> = layer.layer().problems.iter().map(|problem| problem.kind.code()).collect();
    assert_eq!((kinds, layer.layer().unusable[0]), (vec!["not-all-checked"], false));
}
