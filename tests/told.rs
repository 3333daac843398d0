//! What stands beside answers: of which layer, which step and which column each note speaks.

use crate::common::rules::{answer, map};
use serde_json::json;
use shanshui::i18n::Lang;
use shanshui::index::IndexedLayer;
use shanshui::io::{ReadOptions, read_layer_bytes};
use shanshui::model::Role;
use shanshui::progress::Progress;
use shanshui::report::why_text;
use shanshui::rules::{RuleAnswer, RuleInput, Status, as_national};
use shanshui::vocabulary::Vocabulary;
use std::sync::Arc;

/// A file with a row of properties a feature, each in a square of its own.
fn file(name: &str, rows: &[serde_json::Value]) -> Arc<IndexedLayer> {
    let square = |at: usize| {
        let x = 121.4 + at as f64 * 0.02;
        json!({"type": "Polygon", "coordinates":
            [[[x, 31.3], [x + 0.01, 31.3], [x + 0.01, 31.31], [x, 31.31], [x, 31.3]]]})
    };
    let feature = |(at, row): (usize, &serde_json::Value)| json!({"type": "Feature", "id": format!("{name} {at}"), "properties": row, "geometry": square(at)});
    let features: Vec<_> = rows.iter().enumerate().map(feature).collect();
    let text = json!({"type": "FeatureCollection", "features": features}).to_string();
    let layer = read_layer_bytes(text.as_bytes(), name, &ReadOptions::default(), &Progress::default());
    Arc::new(IndexedLayer::new(Arc::new(layer.expect("GeoJSON"))))
}

fn notes(answer: &RuleAnswer, lang: Lang) -> Vec<String> {
    answer.all_notes().map(|note| note.text(lang).to_owned()).collect()
}

#[test]
fn notes_of_several_steps_say_of_which() {
    let input = map("baoshan");
    for (rule, mark, at_least) in [("green-300-park-500", "边缘", 2), ("traffic-noise", "声屏障，未列", 2)] {
        let notes = notes(&answer(rule, &input), Lang::Zh);
        let own: Vec<&String> = notes.iter().filter(|note| note.contains(mark)).collect();
        assert!(own.len() >= at_least, "{rule}: {notes:?}");
        // Whatever the numbers are, no two speak of the same.
        let without_numbers = |note: &&String| {
            let head = note.rsplit_once('：').map_or("", |(head, _)| head);
            head.chars().filter(|c| !c.is_ascii_digit() && *c != ',').collect::<String>()
        };
        let mut about: Vec<String> = own.iter().map(without_numbers).collect();
        about.sort();
        about.dedup();
        assert_eq!(about.len(), own.len(), "{rule}: {own:?}");
        assert!(own.iter().all(|note| note.contains("“居住用地”") || note.contains("“敏感目标”")), "{rule}: {own:?}");
    }
}

#[test]
fn a_shoreline_without_ranks_was_asked_by_its_water() {
    let answer = answer("yangtze-tailings", &map("baoshan"));
    let of_rank =
        |told: &&shanshui::rules::NotChecked| told.role == Role::Shoreline && told.property.as_deref() == Some("rank");
    let told: Vec<&str> = answer.not_checked.iter().filter(of_rank).map(|told| told.why.text(Lang::Zh)).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("（rank）") && told[0].contains("（water）检查"), "{told:?}");
    // Of rivers there is nothing else to go by.
    let of_rivers = answer.not_checked.iter().find(|told| told.role == Role::River).expect("told");
    assert!(of_rivers.why.text(Lang::Zh).ends_with("未检查"), "{of_rivers:?}");
}

#[test]
fn a_file_that_lacks_a_column_is_told_by_the_columns_title() {
    let rows = |properties: serde_json::Value| vec![properties.clone(), properties];
    let water = file("shoreline.geojson", &rows(json!({"water": "长江", "rank": "干流"})));
    let one = file("a.geojson", &rows(json!({"name": "甲", "industry": "化工", "stage": "拟建"})));
    let two = file("b.geojson", &rows(json!({"name": "乙", "stage": "拟建"})));
    let layers = vec![(Role::Enterprise, one), (Role::Enterprise, two), (Role::Shoreline, water)];
    let answer = answer("yangtze-tailings", &RuleInput::new(layers));
    let told = notes(&answer, Lang::Zh);
    let own: Vec<&String> = told.iter().filter(|note| note.contains("b.geojson")).collect();
    assert!(
        !own.is_empty() && own.iter().all(|note| note.contains("“行业") && note.contains("（industry）")),
        "{told:?}"
    );
    assert!(own.iter().all(|note| note.contains("企业")), "{own:?}");
}

/// Rules that cannot be answered without people say of layers of national databases that those never hold them.
#[test]
fn what_a_national_database_never_holds_is_said_where_a_rule_needs_it() {
    let code = |code: &str| json!({"BSM": code, "DLBM": code, "DLMC": "名"});
    let survey = file("310113_DLTB_2023.geojson", &[code("0701"), code("0702"), code("0810A")]);
    let read = as_national(&survey, Vocabulary::builtin(), Lang::Zh).expect("national");
    let mut layers = read.layers;
    // 行政区 and a park beside it, the first of the national database too.
    let district = file("XZQ.geojson", &[json!({"BSM": "1", "XZQDM": "310113", "XZQMC": "宝山区", "DCMJ": 1})]);
    let district = as_national(&district, Vocabulary::builtin(), Lang::Zh).expect("national");
    layers.extend(district.layers);
    layers.push((Role::Park, file("park.geojson", &[json!({"name": "园"})])));
    for role in [Role::Residential, Role::District] {
        assert!(layers.iter().any(|(own, _)| *own == role), "{role:?}");
    }
    let input = RuleInput::new(layers);
    for rule in ["green-supply", "park-area-per-head"] {
        let answer = answer(rule, &input);
        assert_eq!(answer.status, Status::NeedsInput, "{rule}");
        let why = why_text(&answer, Vocabulary::builtin(), Lang::Zh);
        assert!(
            why.contains("（population）") && why.contains("国家数据库") && why.contains("须另外挂接"),
            "{rule}: {why}"
        );
        assert!(notes(&answer, Lang::Zh).iter().any(|note| note.contains("须另外挂接")), "{rule}");
        let english = why_text(&answer, Vocabulary::builtin(), Lang::En);
        assert!(english.contains("national database"), "{rule}: {english}");
    }
    // A layer of somebody's own has the column nowhere: it is asked for, and nothing more is known.
    let own = vec![
        (Role::Residential, file("residential.geojson", &[json!({"name": "甲"})])),
        (Role::Park, file("park.geojson", &[json!({"name": "园"})])),
    ];
    let answer = answer("green-supply", &RuleInput::new(own));
    assert_eq!(answer.status, Status::NeedsInput);
    let why = why_text(&answer, Vocabulary::builtin(), Lang::Zh);
    assert!(why.contains("（population）") && !why.contains("国家数据库"), "{why}");
}
