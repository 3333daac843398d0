//! Features in another order: what rules find is the same, and known by the same from one run to the next.

use serde_json::{Value, json};
use shanshui::i18n::Lang;
use shanshui::index::IndexedLayer;
use shanshui::io::{ReadOptions, read_layer_bytes};
use shanshui::progress::Progress;
use shanshui::rules::findings::{Findings, State, found_by};
use shanshui::rules::{Catalogue, RuleInput, Values, Verdict, run};
use std::collections::BTreeSet;
use std::sync::Arc;

type Files = Vec<(String, Value)>;

/// The files of a sample map.
fn files(name: &str) -> Files {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(std::path::Path::new("maps").join(name)).expect("a folder") {
        let path = entry.expect("an entry").path();
        let text = std::fs::read(&path).expect("readable");
        let file = path.file_name().expect("a name").to_string_lossy().into_owned();
        if file.ends_with(".geojson") {
            files.push((file, serde_json::from_slice(&text).expect("JSON")));
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

/// The layers of files.
fn input(files: &Files) -> RuleInput {
    let layers = files.iter().filter_map(|(name, collection)| {
        let text = serde_json::to_vec(collection).expect("text");
        let layer = read_layer_bytes(&text, name, &ReadOptions::default(), &Progress::default()).expect("readable");
        Some((layer.guessed_role?, Arc::new(IndexedLayer::new(Arc::new(layer)))))
    });
    RuleInput::new(layers.collect())
}

/// The same features in another order.
fn permuted(files: &Files) -> Files {
    let mut files = files.clone();
    for (_, collection) in &mut files {
        let features = collection["features"].as_array_mut().expect("features");
        // Far from each other, and what stood last first.
        features.reverse();
        let n = features.len();
        let step = (1..n).rev().find(|step| gcd(*step, n) == 1 && *step * 3 < n).unwrap_or(1);
        let turned: Vec<Value> = (0..n).map(|i| features[i * step % n].take()).collect();
        *features = turned;
    }
    files
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Without ids and codes: what is left are names and places.
fn without_ids(files: &Files, of: &[&str]) -> Files {
    let mut files = files.clone();
    for (_, collection) in files.iter_mut().filter(|(name, _)| of.iter().any(|of| name.starts_with(of))) {
        for feature in collection["features"].as_array_mut().expect("features") {
            feature.as_object_mut().expect("a feature").remove("id");
            if let Some(properties) = feature["properties"].as_object_mut() {
                properties.remove("code");
            }
        }
    }
    files
}

/// What a rule finds: what bans and reviews are known by, the ids of all that is written, how many.
fn known(input: &RuleInput, id: &str) -> (BTreeSet<String>, BTreeSet<String>, usize) {
    let catalogue = Catalogue::builtin();
    let answer = run(catalogue.get(id).expect(id), input, &Values::new(), &Progress::default()).expect("not stopped");
    let mut text = Vec::new();
    answer.write_geojson(input, "", Lang::Zh, &mut text).expect("in memory");
    let written: Value = serde_json::from_slice(&text).expect("JSON");
    let ids = written["features"].as_array().expect("features").iter().map(|f| f["id"].to_string()).collect();
    let rows = answer.rows(input, Lang::Zh, &Progress::default()).expect("not stopped");
    let found = found_by(&answer, input, rows.layer()).expect("readable");
    let graver = found.iter().filter(|one| one.verdict != Verdict::List);
    let keys: BTreeSet<String> = graver.clone().map(|one| one.key.to_string()).collect();
    assert_eq!(keys.len(), graver.count(), "{id}: no two are known by the same");
    (keys, ids, answer.features.len())
}

#[test]
fn another_order_of_features_changes_nothing_that_they_are_known_by() {
    for name in ["baoshan", "putuo"] {
        let files = files(name);
        let (one, other) = (input(&files), input(&permuted(&files)));
        for rule in Catalogue::builtin().rules.iter().filter(|rule| !rule.is_derived()) {
            assert_eq!(known(&one, &rule.id), known(&other, &rule.id), "{name} {}", rule.id);
        }
    }
}

#[test]
fn nor_where_nothing_but_names_and_places_tells_features_apart() {
    let files = without_ids(&files("baoshan"), &["river", "water_body", "plot", "greenway"]);
    let (one, other) = (input(&files), input(&permuted(&files)));
    for id in ["riparian-buffer", "greenway-continuity", "wetland-green-line", "control-unit-check"] {
        let (one, other) = (known(&one, id), known(&other, id));
        assert_eq!((one.0, one.2), (other.0, other.2), "{id}");
    }
}

/// Three greenways in a row with a gap between each two, and one that leaves a gap of its own.
fn greenways(order: &[usize], turned: bool) -> Files {
    let lines = [
        ("甲", [[121.400, 31.300], [121.410, 31.300]]),
        ("乙", [[121.4105, 31.300], [121.420, 31.300]]),
        ("丙", [[121.4205, 31.3001], [121.430, 31.300]]),
    ];
    let feature = |at: &usize| {
        let (name, mut ends) = lines[*at];
        if turned {
            ends.reverse();
        }
        json!({"type": "Feature", "properties": {"name": name},
            "geometry": {"type": "LineString", "coordinates": ends}})
    };
    let features: Vec<Value> = order.iter().map(feature).collect();
    vec![("greenway.geojson".to_owned(), json!({"type": "FeatureCollection", "features": features}))]
}

#[test]
fn a_gap_keeps_its_state_whichever_greenway_stands_first() {
    let catalogue = Catalogue::builtin();
    let rule = catalogue.get("greenway-continuity").expect("there");
    let found = |files: &Files| {
        let input = input(files);
        let answer = run(rule, &input, &Values::new(), &Progress::default()).expect("not stopped");
        let rows = answer.rows(&input, Lang::Zh, &Progress::default()).expect("not stopped");
        found_by(&answer, &input, rows.layer()).expect("readable")
    };
    let mut findings = Findings::default();
    findings.update(&rule.id, &found(&greenways(&[0, 1, 2], false)), "2026-01-01");
    let names: BTreeSet<&str> = findings.all.iter().map(|finding| finding.name.as_str()).collect();
    assert_eq!(names, BTreeSet::from(["甲—乙", "乙—丙"]));
    findings.all[0].state = State::PassedOn;
    let first = findings.all[0].name.clone();
    for (order, turned) in [([2, 1, 0], false), ([1, 0, 2], false), ([0, 1, 2], true), ([2, 0, 1], true)] {
        let updated = findings.update(&rule.id, &found(&greenways(&order, turned)), "2026-01-02");
        assert_eq!((updated.new, updated.still, updated.gone), (0, 2, 0), "{order:?} {turned}");
        let kept: Vec<&str> =
            findings.all.iter().filter(|f| f.state == State::PassedOn).map(|f| f.name.as_str()).collect();
        assert_eq!(kept, [first.as_str()], "{order:?} {turned}");
    }
}
