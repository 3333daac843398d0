//! The clauses that were answered later, on the sample maps, held to what an independent program says of them; and the
//! sample respelt at random, which changes no answer.

use crate::common::expected;
use crate::common::rules::{answer, found, map};
use serde_json::Value;
use shanshui::index::IndexedLayer;
use shanshui::io::{ReadOptions, read_layer_bytes};
use shanshui::model::Role;
use shanshui::progress::Progress;
use shanshui::rules::{Catalogue, RuleAnswer, RuleInput, Status, Values, run, run_all};
use shanshui::vocabulary::{Kind, Reading, Vocabulary};
use std::path::Path;
use std::sync::Arc;

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn near(ours: f64, theirs: f64, share: f64, what: &str) {
    assert!((ours - theirs).abs() <= share * theirs.abs() + 1e-6, "{what}: {ours} and {theirs}");
}

fn figure(answer: &RuleAnswer, name: &str) -> f64 {
    let figure = answer.figures.iter().find(|figure| figure.name == name);
    figure.and_then(|figure| figure.value).unwrap_or_else(|| panic!("{} has no {name}", answer.rule.id))
}

fn names(value: &Value, key: Option<&str>) -> Vec<String> {
    let text = |v: &Value| key.map_or(v, |key| &v[key]).as_str().expect("a text").to_owned();
    let mut all: Vec<String> = value.as_array().expect("a list").iter().map(text).collect();
    all.sort();
    all
}

#[test]
fn audits_answer_as_another_program_says() {
    let (expected, input) = (&expected()["second_edition"], map("baoshan"));
    for (rule, of) in [("strict-farmland-audit", "strict_farmland_audit"), ("wetland-audit", "wetland_audit")] {
        let found = answer(rule, &input);
        for (ours, theirs) in
            [("before_ha", "before_m2"), ("after_ha", "after_m2"), ("lost_ha", "lost_m2"), ("gained_ha", "gained_m2")]
        {
            near(figure(&found, ours) * 1e4, number(&expected[of][theirs]), 1e-4, ours);
        }
    }
}

#[test]
fn ground_answers_as_another_program_says() {
    let (expected, input) = (&expected()["second_edition"], map("baoshan"));
    let of = &expected["priority_farmland_in_basic"];
    let farms = answer("priority-farmland-in-basic", &input);
    near(figure(&farms, "outside_ha") * 1e4, number(&of["outside_m2"]), 1e-5, "outside");
    near(figure(&farms, "inside_share"), number(&of["inside_percent"]), 1e-4, "inside");
    assert_eq!(farms.features.len() as f64, number(&of["features_outside"]));
    let of = &expected["shore_forest"]["cut_square_at_the_ends"];
    let shore = answer("shore-forest", &input);
    near(figure(&shore, "strip_ha") * 1e4, number(&of["strip_m2"]), 2e-3, "strip");
    near(figure(&shore, "green_share"), number(&of["share_percent"]), 5e-3, "share");
    let coast = answer("coast-development", &map("jinshan"));
    let of = &expected["coast_development"];
    assert_eq!(found(&coast, &map("jinshan"), "name", None), names(&of["within_500_m"], Some("name")));
    near(figure(&coast, "near_ha") * 1e4, number(&of["within_m2"]), 2e-4, "near the coast");
    let fishing = answer("no-fishing", &input);
    let of = &expected["no_fishing"];
    let mut waters = [names(&of["rivers"], Some("name")), names(&of["waters"], Some("name"))].concat();
    waters.sort();
    assert_eq!(found(&fishing, &input, "name", None), waters);
    let length: f64 = fishing.features.iter().filter_map(|f| f.number("length_m")).sum();
    near(length, number(&of["rivers"][0]["length_m"]), 1e-4, "length");
    let burdens = answer("plot-burdens", &input);
    let plots = input.together(Role::Plot).expect("there").layer();
    for of in expected["plot_burdens"].as_array().expect("plots") {
        let name = of["name"].as_str().expect("a name");
        let row = burdens.features.iter().find(|f| plots.label(f.of.expect("a plot").1) == name).expect("there");
        for zone in ["red_line", "water_source_zone", "basic_farmland", "wetland", "control_unit"] {
            let ours = row.number(&format!("{zone}_m2")).unwrap_or_default();
            assert!((ours - number(&of[zone])).abs() <= number(&of[zone]) * 1e-4 + 0.05, "{name} {zone}: {ours} {of}");
        }
    }
}

#[test]
fn neighbours_answer_as_another_program_says() {
    let (expected, input) = (&expected()["second_edition"], map("baoshan"));
    let of = &expected["fume_monitoring"];
    let fumes = answer("fume-monitoring", &input);
    near(figure(&fumes, "monitored_share"), number(&of["share_percent"]), 1e-9, "monitored");
    assert_eq!(found(&fumes, &input, "name", None), names(&of["not_monitored"], None));
    let wells = answer("near-wells", &input);
    let sites: Vec<_> =
        wells.features.iter().filter(|f| f.of.is_some_and(|(role, _)| role == Role::SensitiveSite)).collect();
    assert_eq!(sites.len(), names(&expected["near_wells"]["within_100_m"], None).len());
    // Every industry that counts as heavily polluting, the stated ones among them.
    let outside = answer("outside-parks", &input);
    let listed = found(&outside, &input, "name", None);
    for name in names(&expected["outside_parks"]["outside"], None) {
        assert!(listed.contains(&name), "{name}");
    }
    let of = &expected["green_supply"];
    let supply = answer("green-supply", &input);
    near(figure(&supply, "m2_per_person"), number(&of["mean_m2_per_person"]), 1e-4, "supply");
    near(figure(&supply, "overloaded"), number(&of["homes_covered_below_5_m2"]), 1e-9, "overloaded");
    let of = &expected["traffic_noise"]["main_road_35_m"];
    let noise = answer("traffic-noise", &input);
    let homes = found(&noise, &input, "name", None);
    let behind = names(&of["behind_a_barrier"], None);
    for name in names(&of["names"], None).iter().filter(|name| !behind.contains(name)) {
        assert!(homes.contains(name), "{name}");
    }
}

/// A number from 0 that is the same on every machine.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n.max(1)
    }
}

/// A value of a role's property under another of its spellings.
fn respelt(role: Role, property: &str, value: &Value, dice: &mut Dice) -> Value {
    let Some(known) = Vocabulary::builtin().property(role, property) else { return value.clone() };
    let json = value.to_string();
    let text = value.as_str();
    let cell = match (value, text) {
        (_, Some(text)) => shanshui::model::Value::Text(text.into()),
        (Value::Bool(b), _) => shanshui::model::Value::Bool(*b),
        (Value::Number(n), _) => {
            shanshui::model::Value::Number(n.as_f64().unwrap_or_default(), shanshui::model::Written::Text(&json))
        }
        _ => return value.clone(),
    };
    let term = match known.read(&cell, property) {
        Reading::Terms(terms) if terms.own.len() == 1 && terms.unknown.is_empty() && known.is_term(&terms.own[0]) => {
            terms.own[0].clone()
        }
        Reading::Truth(is) => is.to_string(),
        // People and widths, as offices write them.
        Reading::Number(n) if known.kind == Kind::Number && n.fract() == 0.0 => {
            return match dice.below(3) {
                0 => format!("{n}").into(),
                1 => format!(" {n} ").into(),
                _ => format!("{}万", n / 10_000.0).into(),
            };
        }
        _ => return value.clone(),
    };
    let spellings = known.spellings(&term);
    let own = spellings[dice.below(spellings.len())];
    let full_width = |c: char| match c {
        '!'..='~' => char::from_u32(c as u32 + 0xfee0).unwrap_or(c),
        c => c,
    };
    match dice.below(3) {
        0 => own.into(),
        1 => format!(" {own}\u{3000}").into(),
        _ => own.chars().map(full_width).collect::<String>().into(),
    }
}

/// The sample map of Baoshan, every value of the vocabulary spelt otherwise.
fn respelt_map(seed: u64) -> RuleInput {
    let mut dice = Dice(seed);
    let mut layers = Vec::new();
    let mut paths: Vec<_> =
        std::fs::read_dir(Path::new("maps/baoshan")).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        let role = Role::parse(&path.file_stem().expect("a name").to_string_lossy()).expect("a role");
        let mut layer: Value = serde_json::from_str(&std::fs::read_to_string(&path).expect("readable")).expect("JSON");
        for feature in layer["features"].as_array_mut().expect("features") {
            let Some(properties) = feature["properties"].as_object_mut() else { continue };
            for (name, value) in properties.iter_mut() {
                *value = respelt(role, name, value, &mut dice);
            }
        }
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let layer =
            read_layer_bytes(layer.to_string().as_bytes(), &name, &ReadOptions::default(), &Progress::default());
        layers.push((role, Arc::new(IndexedLayer::new(Arc::new(layer.expect("GeoJSON"))))));
    }
    RuleInput::new(layers)
}

/// What must not change: every feature's verdict, every figure.
fn told(answer: &RuleAnswer) -> (Status, Vec<(Option<(Role, usize)>, String)>, Vec<(String, Option<String>)>) {
    let features = answer.features.iter().map(|f| (f.of, f.verdict.id().to_owned())).collect();
    // What sums of people differ by in the last digits is the order of their digits.
    let figures = answer.figures.iter().map(|f| (f.name.clone(), f.value.map(|v| format!("{v:.6e}")))).collect();
    (answer.status, features, figures)
}

#[test]
fn a_district_spelt_otherwise_has_the_same_answers() {
    let rules: Vec<_> = Catalogue::builtin()
        .rules
        .into_iter()
        .filter(|rule| !rule.is_derived())
        .map(|rule| (rule, Values::new()))
        .collect();
    let all = |input: &RuleInput| run_all(&rules, input, &[], None, &Progress::default(), |_| ()).expect("answers");
    let plain = all(&map("baoshan"));
    let other = all(&respelt_map(20_261_129));
    for (a, b) in plain.iter().zip(&other) {
        assert_eq!(told(a), told(b), "{}", a.rule.id);
        assert!(b.unknown_values.is_empty(), "{}: {:?}", b.rule.id, b.unknown_values);
    }
}

#[test]
fn layers_of_national_databases_serve_by_their_codes() {
    let square = |x: f64| serde_json::json!({"type": "Polygon", "coordinates": [[[x, 31.0], [x + 0.01, 31.0], [x + 0.01, 31.01], [x, 31.01], [x, 31.0]]]});
    let feature = |code: &str, x: f64| serde_json::json!({"type": "Feature", "properties": {"BSM": code, "DLBM": code, "DLMC": "名"}, "geometry": square(x)});
    let codes = ["0101", "0103", "1101", "1106", "0701", "0602"];
    let features: Vec<Value> =
        codes.iter().enumerate().map(|(i, code)| feature(code, 121.0 + i as f64 * 0.02)).collect();
    let text = serde_json::json!({"type": "FeatureCollection", "name": "DLTB", "features": features}).to_string();
    let layer = read_layer_bytes(text.as_bytes(), "DLTB.geojson", &ReadOptions::default(), &Progress::default());
    let layer = Arc::new(IndexedLayer::new(Arc::new(layer.expect("GeoJSON"))));
    let read = shanshui::rules::as_national(&layer, Vocabulary::builtin(), shanshui::i18n::Lang::Zh).expect("national");
    let counts: Vec<_> = read.layers.iter().map(|(role, layer)| (*role, layer.layer().feature_count())).collect();
    assert_eq!(counts, [(Role::WaterBody, 1), (Role::Residential, 1), (Role::Farmland, 2), (Role::Wetland, 1)]);
    assert!(read.others == 1 && read.told.contains("推测") && read.told.contains("耕地 2"), "{}", read.told);
    assert_eq!(read.layers[2].1.layer().label(0), "名");
    // What such a database never holds is said where a rule needs it.
    let input = RuleInput::new(read.layers);
    let rule = Catalogue::builtin().get("farmland-safety").expect("there").clone();
    let found = run(&rule, &input, &Values::new(), &Progress::default()).expect("nobody stopped it");
    assert_eq!(found.status, Status::NeedsInput);
    assert!(found.not_checked.iter().any(|told| told.why.zh.contains("国家数据库")), "{:?}", found.not_checked);
}

#[test]
fn national_layers_are_known_by_their_names_in_chinese_and_codes_without_a_role_are_told() {
    let square = serde_json::json!({"type": "Polygon", "coordinates": [[[121.0, 31.0], [121.01, 31.0], [121.01, 31.01], [121.0, 31.01], [121.0, 31.0]]]});
    let layer = |file: &str, rows: &[Value]| {
        let feature = |row: &Value| serde_json::json!({"type": "Feature", "properties": row, "geometry": square});
        let features: Vec<Value> = rows.iter().map(feature).collect();
        let text = serde_json::json!({"type": "FeatureCollection", "features": features}).to_string();
        let layer = read_layer_bytes(text.as_bytes(), file, &ReadOptions::default(), &Progress::default());
        Arc::new(IndexedLayer::new(Arc::new(layer.expect("GeoJSON"))))
    };
    let read = |layer: &Arc<IndexedLayer>| {
        shanshui::rules::as_national(layer, Vocabulary::builtin(), shanshui::i18n::Lang::Zh)
    };
    let land = |code: Value| serde_json::json!({"DLBM": code, "DLMC": "名", "TBMJ": 1});
    let survey = layer("地类图斑.geojson", &[land(101.into()), land("701".into()), land("0307".into())]);
    let read_survey = read(&survey).expect("national");
    let roles: Vec<Role> = read_survey.layers.iter().map(|(role, _)| *role).collect();
    assert_eq!(roles, [Role::Residential, Role::Farmland]);
    assert!(read_survey.others == 1 && read_survey.told.contains("0307"), "{}", read_survey.told);
    // Only with the columns of the database.
    assert!(read(&layer("地类图斑.geojson", &[serde_json::json!({"name": "甲"})])).is_none());
    let lines = [serde_json::json!({"HXBM": "1", "HXMC": "红线甲"})];
    let now = read(&layer("宝山区生态保护红线.geojson", &lines)).expect("national");
    assert_eq!((now.layers[0].0, now.layers[0].1.layer().label(0)), (Role::RedLine, "红线甲".to_owned()));
    let before = read(&layer("生态保护红线（前一版）.geojson", &lines)).expect("national");
    assert_eq!(before.layers[0].0, Role::RedLineBefore);
    // Where the role is known, the columns serve all the same.
    let own = layer("red_line.geojson", &lines);
    let own = shanshui::rules::named_as_national(Role::RedLine, &own, Vocabulary::builtin());
    assert_eq!(own.layer().label(0), "红线甲");
    // Codes without a role are told by every rule that reads a part of the file.
    let input = RuleInput::new(read_survey.layers);
    let found = answer("farmland-safety", &input);
    let told = found.not_checked.iter().find(|told| told.property.as_deref() == Some("DLBM")).expect("told");
    assert!(told.count == Some(1) && told.why.zh.contains("0307"), "{:?}", told.why);
}
