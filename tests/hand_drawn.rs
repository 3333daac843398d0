//! Every rule on maps drawn by hand, a few features each, with answers worked out by hand: `tests/fixtures/rules.toml`.

use serde::Deserialize;
use serde_json::{Value, json};
use shanshui::geodesy::{LocalFrame, LonLat};
use shanshui::i18n::Lang;
use shanshui::index::IndexedLayer;
use shanshui::io::{ReadOptions, read_layer_bytes};
use shanshui::model::Role;
use shanshui::progress::Progress;
use shanshui::rules::{Catalogue, RuleInput, Status, Values, run};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    rule: String,
    why: String,
    #[serde(default)]
    parameters: Values,
    layers: BTreeMap<String, Vec<String>>,
    expect: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    found: Vec<String>,
    #[serde(default)]
    figures: BTreeMap<String, f64>,
    /// `by name figure`.
    #[serde(default)]
    groups: BTreeMap<String, f64>,
    #[serde(default)]
    status: Option<String>,
}

/// A position so many metres east and north of where the maps are drawn.
fn position(east_m: f64, north_m: f64) -> [f64; 2] {
    let p = LocalFrame::at(LonLat::new(121.4, 31.3)).to_lon_lat([east_m, north_m]);
    [p.lon, p.lat]
}

/// `point x y`, `line x y, x y`, `box w s e n`.
fn geometry(text: &str) -> Value {
    let (kind, rest) = text.trim().split_once(' ').expect("a kind and numbers");
    let numbers: Vec<f64> = rest
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .map(|word| word.parse().unwrap_or_else(|_| panic!("a number: {word}")))
        .collect();
    let positions: Vec<[f64; 2]> = numbers.chunks(2).map(|p| position(p[0], p[1])).collect();
    match (kind, &numbers[..]) {
        ("point", [_, _]) => json!({"type": "Point", "coordinates": positions[0]}),
        ("line", _) => json!({"type": "LineString", "coordinates": positions}),
        ("box", [w, s, e, n]) => {
            let ring = [position(*w, *s), position(*e, *s), position(*e, *n), position(*w, *n), position(*w, *s)];
            json!({"type": "Polygon", "coordinates": [ring]})
        }
        _ => panic!("no geometry: {text}"),
    }
}

fn feature(text: &str) -> Value {
    let parts: Vec<&str> = text.split('|').map(str::trim).collect();
    let mut properties = serde_json::Map::new();
    properties.insert("name".into(), parts[0].into());
    for pair in parts.get(2).into_iter().flat_map(|all| all.split(';')) {
        let (name, value) = pair.split_once('=').unwrap_or_else(|| panic!("name=value: {pair}"));
        let value = serde_json::from_str(value.trim()).unwrap_or_else(|_| value.trim().into());
        properties.insert(name.trim().into(), value);
    }
    json!({"type": "Feature", "properties": properties, "geometry": geometry(parts[1])})
}

fn input(layers: &BTreeMap<String, Vec<String>>) -> RuleInput {
    let layer = |(role, features): (&String, &Vec<String>)| {
        let all: Vec<Value> = features.iter().map(|text| feature(text)).collect();
        let text = json!({"type": "FeatureCollection", "features": all}).to_string();
        let layer = read_layer_bytes(text.as_bytes(), role, &ReadOptions::default(), &Progress::default());
        let role = Role::parse(role).unwrap_or_else(|| panic!("no role {role}"));
        (role, Arc::new(IndexedLayer::new(Arc::new(layer.expect("GeoJSON")))))
    };
    RuleInput::new(layers.iter().map(layer).collect()).expect("in memory")
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string("tests/fixtures/rules.toml").expect("beside the tests");
    toml::from_str::<Cases>(&text).unwrap_or_else(|e| panic!("{e}")).case
}

#[test]
fn answers_are_those_worked_out_by_hand() {
    let catalogue = Catalogue::builtin();
    let mut wrong = Vec::new();
    for case in cases() {
        let of = format!("{} ({})", case.rule, case.why);
        let input = input(&case.layers);
        let rule = catalogue.get(&case.rule).unwrap_or_else(|| panic!("no rule {}", case.rule));
        let answer = run(rule, &input, &case.parameters, &Progress::default()).expect("nobody stopped it");
        let status = match answer.status {
            Status::Answered => "answered",
            Status::NeedsInput => "needs-input",
            Status::MissingLayer => "missing-layer",
            Status::Error => "error",
        };
        if status != case.expect.status.as_deref().unwrap_or("answered") {
            wrong.push(format!("{of}: {status} {:?} {:?}", answer.missing, answer.error));
            continue;
        }
        let name = |of: Option<(Role, usize)>| {
            of.map_or_else(|| "made".to_owned(), |(role, row)| input.together(role).expect("there").layer().label(row))
        };
        let mut found: Vec<String> =
            answer.features.iter().map(|f| format!("{} {}", f.verdict.id(), name(f.of))).collect();
        found.sort();
        let mut expected = case.expect.found.clone();
        expected.sort();
        if found != expected {
            wrong.push(format!("{of}: found {found:?}, not {expected:?}"));
        }
        let near = |a: f64, b: f64| (a - b).abs() <= b.abs() * 1e-3 + 1e-6;
        for (name, value) in &case.expect.figures {
            let figure = answer.figures.iter().find(|figure| figure.name == *name).map(|figure| figure.value);
            if !figure.is_some_and(|figure| near(figure, *value)) {
                wrong.push(format!("{of}: {name} is {figure:?}, not {value}"));
            }
        }
        for (path, value) in &case.expect.groups {
            let words: Vec<&str> = path.split(' ').collect();
            let group = answer
                .groups
                .iter()
                .find(|g| g.by == words[0] && g.name == words[1] && g.figures.iter().any(|f| f.name == words[2]));
            let figure = group.and_then(|g| g.figures.iter().find(|f| f.name == words[2])).map(|f| f.value);
            if !figure.is_some_and(|figure| near(figure, *value)) {
                wrong.push(format!("{of}: {path} is {figure:?}, not {value}"));
            }
        }
        // What is written reads back, with a reason for everything.
        let mut text = Vec::new();
        answer.write_geojson(&input, "t", Lang::En, &mut text).expect("in memory");
        let layer = read_layer_bytes(&text, "t", &ReadOptions::default(), &Progress::default()).expect("GeoJSON");
        assert_eq!(layer.feature_count(), answer.features.len(), "{of}");
        for row in layer.rows() {
            assert!(!layer.attributes.get(row, "reason").display().is_empty(), "{of}");
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_map_of_its_own() {
    let cases = cases();
    for rule in Catalogue::builtin().rules.iter().filter(|rule| !rule.is_on_demand()) {
        assert!(cases.iter().any(|case| case.rule == rule.id), "{}", rule.id);
    }
}
