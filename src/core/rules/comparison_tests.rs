//! What becomes of matches between two runs: every kind of it, both ways round.

use super::*;
use crate::index::IndexedLayer;
use crate::io::{ReadOptions, read_layer_bytes};
use crate::model::Role;
use crate::progress::Progress;
use crate::rules::{Catalogue, Values, run};
use std::sync::Arc;

fn layer(file: &str, features: &[String]) -> Arc<IndexedLayer> {
    let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
    let read = read_layer_bytes(text.as_bytes(), file, &ReadOptions::default(), &Progress::default());
    Arc::new(IndexedLayer::new(Arc::new(read.expect("readable"))))
}

/// Outlets by their codes and places; zones of the first level at 0, quasi at 1, nothing at 2; a shoreline far below.
fn answers(rule: &str, outlets: &[(&str, f64)]) -> Vec<Noted> {
    let outlet = |(code, x): &(&str, f64)| {
        format!(
            r#"{{"type":"Feature","properties":{{"code":"{code}"}},"geometry":{{"type":"Point","coordinates":[{},31.005]}}}}"#,
            121.005 + x * 0.1
        )
    };
    let zone = |level: &str, x: f64| {
        let (a, b) = (121.0 + x * 0.1, 121.01 + x * 0.1);
        format!(
            r#"{{"type":"Feature","properties":{{"level":"{level}"}},"geometry":{{"type":"Polygon","coordinates":[[[{a},31.0],[{b},31.0],[{b},31.01],[{a},31.01],[{a},31.0]]]}}}}"#
        )
    };
    let shore = r#"{"type":"Feature","properties":{"water":"长江"},"geometry":{"type":"LineString","coordinates":[[121.0,31.0],[121.02,31.0]]}}"#;
    let layers = vec![
        (Role::Outlet, layer("outlet.geojson", &outlets.iter().map(outlet).collect::<Vec<_>>())),
        (Role::WaterSourceZone, layer("water_source_zone.geojson", &[zone("一级", 0.0), zone("准", 1.0)])),
        (Role::Shoreline, layer("shoreline.geojson", &[shore.to_owned()])),
    ];
    let input = RuleInput::new(layers);
    let rule = Catalogue::builtin().get(rule).expect("a rule").clone();
    let answer = run(&rule, &input, &Values::new(), &Progress::default()).expect("not stopped");
    vec![Noted::of(&answer, &input)]
}

fn compared(rule: &str, before: &[(&str, f64)], after: &[(&str, f64)]) -> Comparison {
    let scenario = ComparedScenario { name: "甲".into(), note: String::new(), changes: 1, doubts: Vec::new() };
    Comparison::of(&answers(rule, before), vec![(scenario, answers(rule, after))], String::new())
}

#[test]
fn every_match_is_told_with_what_became_of_it() {
    let before = [("a", 0.0), ("b", 1.0), ("c", 2.0), ("d", 0.0), ("e", 0.0)];
    let after = [("a", 1.0), ("b", 0.0), ("c", 0.0), ("e", 0.0), ("f", 1.0)];
    let told = |before: &[(&str, f64)], after: &[(&str, f64)]| {
        let comparison = compared("outlets-in-source-zones", before, after);
        let changes = &comparison.rules[0].after[0].changes;
        changes.iter().map(|c| format!("{} {} {:?}", c.name, c.became.id(), c.verdicts)).collect::<Vec<_>>()
    };
    use Verdict::{Ban, Review};
    let (some, none) = (|v: Verdict| format!("Some({v:?})"), "None");
    let line = |name: &str, became: &str, a: &str, b: &str| format!("{name} {became} [{a}, {b}]");
    assert_eq!(
        told(&before, &after),
        [
            line("c", "new", none, &some(Ban)),
            line("f", "new", none, &some(Review)),
            line("b", "graver", &some(Review), &some(Ban)),
            line("a", "milder", &some(Ban), &some(Review)),
            line("d", "gone", &some(Ban), none),
        ]
    );
    // Both ways round.
    let back = told(&after, &before);
    assert_eq!(back.iter().filter(|line| line.contains(" gone ")).count(), 2);
    assert!(
        back.contains(&line("d", "new", none, &some(Ban)))
            && back.contains(&line("b", "milder", &some(Ban), &some(Review)))
    );
    assert!(told(&before, &before).is_empty(), "nothing differs from itself");
    let same = compared("outlets-in-source-zones", &before, &before);
    assert_eq!((same.differing(), same.rules.len()), (0, 1));
    // Another order of the file is no change.
    let mut turned = before;
    turned.reverse();
    assert_eq!(compared("outlets-in-source-zones", &before, &turned).differing(), 0);
    let comparison = compared("outlets-in-source-zones", &before, &after);
    let count = |became, verdict| comparison.total(0, became, verdict);
    assert_eq!([count(Became::New, Ban), count(Became::New, Review), count(Became::Gone, Ban)], [1, 1, 1]);
    let json = comparison.json(Lang::En);
    assert_eq!((&json["rules"][0]["before"]["ban"], &json["rules"][0]["after"][0]["ban"]), (&json!(3), &json!(3)));
    assert_eq!(json["rules"][0]["differs"], true, "as many bans, and others");
    assert_eq!(json["shanshui"]["comparison"], json!(["甲"]));
}

#[test]
fn a_match_that_moves_has_other_numbers() {
    let comparison = compared("outlets-near-yangtze", &[("a", 0.12), ("b", 0.12)], &[("a", 0.12), ("b", 0.18)]);
    let after = &comparison.rules[0].after[0];
    let [change] = &after.changes[..] else { panic!("{:?}", after.changes) };
    assert_eq!((change.name.as_str(), change.became), ("b", Became::Altered));
    assert!(change.numbers.iter().any(|(name, [then, now])| *name == "distance_m" && then != now), "{change:?}");
    assert!(!change.bounds.is_empty());
}

#[test]
fn a_rule_that_runs_in_one_run_alone_is_there() {
    let rule = Catalogue::builtin().get("outlets-in-source-zones").expect("a rule").clone();
    let outlets = layer("outlet.geojson", &[]);
    let without = RuleInput::new(vec![(Role::Outlet, outlets)]);
    let answer = run(&rule, &without, &Values::new(), &Progress::default()).expect("not stopped");
    let lacking = || vec![Noted::of(&answer, &without)];
    let scenario = || ComparedScenario { name: "甲".into(), note: String::new(), changes: 1, doubts: Vec::new() };
    let with = answers("outlets-in-source-zones", &[("a", 0.0)]);
    let one = Comparison::of(&lacking(), vec![(scenario(), with)], String::new());
    assert_eq!((one.rules.len(), one.differing()), (1, 1));
    // In none of them: left out.
    assert!(Comparison::of(&lacking(), vec![(scenario(), lacking())], String::new()).rules.is_empty());
}
