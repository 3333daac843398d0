//! The catalogue on the sample maps, held against what their authors worked out; and verdicts on maps drawn by hand.

use serde_json::Value;
use shanshui::i18n::Lang;
use shanshui::index::IndexedLayer;
use shanshui::io::{ReadOptions, read_layer, read_layer_bytes};
use shanshui::model::Role;
use shanshui::progress::Progress;
use shanshui::rules::{Catalogue, RuleAnswer, RuleInput, Status, Values, Verdict, run};
use std::path::Path;
use std::sync::Arc;

fn expected() -> Value {
    serde_json::from_str(&std::fs::read_to_string("maps/expected.json").expect("readable")).expect("JSON")
}

fn map(name: &str) -> RuleInput {
    let mut layers = Vec::new();
    for entry in std::fs::read_dir(Path::new("maps").join(name)).expect("a folder") {
        let path = entry.expect("an entry").path();
        let layer = read_layer(&path, &ReadOptions::default(), &Progress::default()).expect("readable");
        if let Some(role) = layer.guessed_role {
            layers.push((role, Arc::new(IndexedLayer::new(Arc::new(layer)))));
        }
    }
    RuleInput::new(layers).expect("readable")
}

fn answer(id: &str, input: &RuleInput) -> RuleAnswer {
    let catalogue = Catalogue::builtin();
    let rule = catalogue.get(id).unwrap_or_else(|| panic!("no rule {id}"));
    run(rule, input, &Values::new(), &Progress::default()).expect("nobody stopped it")
}

/// Values of a column of what was found with a verdict, sorted.
fn found(answer: &RuleAnswer, input: &RuleInput, column: &str, verdict: Option<Verdict>) -> Vec<String> {
    let of = answer.features.iter().filter(|f| verdict.is_none_or(|v| f.verdict == v));
    let mut all: Vec<String> = of
        .filter_map(|f| f.of)
        .map(|(role, row)| {
            input.together(role).expect("asked").layer().attributes.get(row, column).display().into_owned()
        })
        .collect();
    all.sort();
    all
}

fn texts(value: &Value) -> Vec<String> {
    let mut all: Vec<String> =
        value.as_array().expect("a list").iter().map(|v| v.as_str().expect("a text").to_owned()).collect();
    all.sort();
    all
}

#[test]
fn the_sample_map_answers_as_its_authors_say() {
    let (expected, input) = (expected(), map("baoshan"));
    let near = answer("outlets-near-yangtze", &input);
    assert_eq!(found(&near, &input, "code", None), texts(&expected["outlets_within_2000_m"]["codes"]));

    let zones = answer("outlets-in-source-zones", &input);
    let levels = &expected["outlets_in_water_source_zones"];
    let mut banned = [texts(&levels["一级"]), texts(&levels["二级"])].concat();
    banned.sort();
    banned.dedup();
    assert_eq!(found(&zones, &input, "code", Some(Verdict::Ban)), banned);
    // An outlet in two zones is judged by the graver.
    let only_outer: Vec<String> = texts(&levels["准"]).into_iter().filter(|code| !banned.contains(code)).collect();
    assert_eq!(found(&zones, &input, "code", Some(Verdict::Review)), only_outer);

    let gaps = answer("park-500-gaps", &input);
    let share = expected["residential"]["baoshan"]["area_share"].as_f64().expect("a number") * 100.0;
    assert!((gaps.figure().expect("a share").value - share).abs() < 2e-3, "{:?} {share}", gaps.figures);

    let per_head = answer("park-area-per-head", &input).figure().expect("a figure").value;
    let district = input.together(Role::District).expect("there").layer().clone();
    let people = district.attributes.get(0, "population").as_number().expect("people");
    let parks = expected["park_union_m2"]["baoshan"].as_f64().expect("m²");
    assert!((per_head * people / parks - 1.0).abs() < 1e-3, "{per_head} {parks}");

    let chemical = answer("yangtze-chemical", &input);
    let plants = expected["chemical_enterprises_m"].as_object().expect("distances");
    let mut near: Vec<String> =
        plants.iter().filter(|(_, m)| m.as_f64().is_some_and(|m| m <= 1_000.0)).map(|(name, _)| name.clone()).collect();
    near.sort();
    let names: Vec<String> = chemical
        .features
        .iter()
        .filter_map(|f| f.of.filter(|(role, _)| *role == Role::Enterprise))
        .map(|(role, row)| input.together(role).expect("there").layer().label(row))
        .collect();
    let mut names = names;
    names.sort();
    assert_eq!(names, near);

    let red = answer("red-line-encroachment", &input);
    let mut plots = found(&red, &input, "name", None);
    plots.dedup();
    let mut known: Vec<String> = expected["plots_on_red_line"]
        .as_array()
        .expect("a list")
        .iter()
        // Three centimetres over the line are a sliver, reported apart.
        .filter(|p| p["now"].as_f64().is_some_and(|m2| m2 > 10.0))
        .map(|p| p["name"].as_str().expect("a name").to_owned())
        .collect();
    known.sort();
    assert_eq!(plots, known);
}

#[test]
fn plots_and_facilities_are_forbidden_as_the_samples_say() {
    let expected = expected();
    for name in ["baoshan", "putuo"] {
        let input = map(name);
        let units = answer("control-unit-check", &input);
        let known = expected["forbidden_plots"][name].as_array().expect("pairs");
        // Three centimetres over a unit's border are a sliver, reported apart.
        let known = known.iter().filter(|pair| pair["area"].as_f64().is_some_and(|m2| m2 > 10.0));
        let (existing, new): (Vec<&Value>, Vec<&Value>) = known.partition(|pair| pair["stage"] == "现状");
        let names = |pairs: &[&Value]| {
            let mut names: Vec<String> = pairs.iter().map(|p| p["plot"].as_str().expect("a name").to_owned()).collect();
            names.sort();
            names
        };
        assert_eq!(found(&units, &input, "name", Some(Verdict::Ban)), names(&new), "{name}");
        assert_eq!(found(&units, &input, "name", Some(Verdict::Review)), names(&existing), "{name}");

        let banned = answer("ban-zones", &input);
        let all: u64 = expected["ban_zone_facilities"][name]
            .as_array()
            .expect("zones")
            .iter()
            .map(|zone| zone["count"].as_u64().expect("a count"))
            .sum();
        assert_eq!(banned.features.len() as u64, all, "{name}");
    }
}

#[test]
fn layers_drawn_later_answer_as_another_program_says() {
    let (expected, input) = (expected(), map("baoshan"));
    let expected = &expected["drawn_later"];
    let number = |value: &Value| value.as_f64().expect("a number");
    let area = |found: &RuleAnswer| found.features.iter().filter_map(|f| f.number("area_m2")).sum::<f64>();
    let near = |ours: f64, theirs: f64, share: f64| assert!((ours - theirs).abs() <= share * theirs, "{ours} {theirs}");
    let taken = answer("wetland-green-line", &input);
    assert_eq!(taken.features.len() as f64, number(&expected["wetland_green_line"]["pairs"]));
    near(area(&taken), number(&expected["wetland_green_line"]["m2"]), 1e-5);
    let farms = answer("basic-farmland", &input);
    assert_eq!(farms.count(Verdict::Ban) as f64, number(&expected["basic_farmland"]["ban"]));
    near(area(&farms), number(&expected["basic_farmland"]["m2"]), 1e-5);
    let catalogue = Catalogue::builtin();
    for (choice, name) in [(0.0, "district"), (1.0, "land"), (2.0, "built_up")] {
        let rule = catalogue.get("green-cover").expect("there");
        let values = Values::from([("ground".to_owned(), choice)]);
        let found = run(rule, &input, &values, &Progress::default()).expect("nobody stopped it");
        near(found.figure().expect("a share").value, number(&expected["green_cover_percent"][name]), 1e-4);
    }
    let mut roads: Vec<String> = answer("waterside-risk", &input)
        .features
        .iter()
        .filter_map(|f| f.of.filter(|(role, _)| *role == Role::Road))
        .map(|(role, row)| input.together(role).expect("there").layer().label(row))
        .collect();
    roads.sort();
    assert_eq!(roads, texts(&expected["hazmat_roads_crossing"]));
    let circle = answer("life-circle", &input);
    for (kind, shares) in expected["life_circle_people_percent"].as_object().expect("kinds") {
        let group = circle.groups.iter().find(|group| group.name == *kind).expect("a kind");
        for (figure, theirs) in group.figures.iter().zip(shares.as_array().expect("shares")) {
            assert!((figure.value - number(theirs)).abs() < 0.5, "{kind} {} {theirs}", figure.value);
        }
    }
}

#[test]
fn greenways_break_where_the_samples_say() {
    let expected = expected();
    for (name, km) in [("baoshan", 137.134), ("putuo", 29.112)] {
        let input = map(name);
        let lengths: Vec<f64> = expected["greenway_gaps_m"][name]
            .as_array()
            .expect("gaps")
            .iter()
            .map(|gap| gap["gap"].as_f64().expect("metres"))
            .collect();
        // With every gap joined but one, that one is a link; with all of them joined none of them is.
        let missing = |snap_m: f64| -> Vec<f64> {
            let catalogue = Catalogue::builtin();
            let rule = catalogue.get("greenway-continuity").expect("there");
            let values = Values::from([("snap_m".to_owned(), snap_m)]);
            let found = run(rule, &input, &values, &Progress::default()).expect("nobody stopped it");
            let length = found.figures.iter().find(|f| f.name == "length_km").expect("a length").value;
            assert!((length - km).abs() < 1e-3, "{name} {length}");
            let links = found.summaries.last().expect("a summary")["links"].as_array().expect("links").clone();
            links.iter().filter(|l| l["closes_loop"] == false).map(|l| l["length_m"].as_f64().expect("m")).collect()
        };
        let joined = missing(130.0);
        assert!(joined.iter().all(|link| *link > 130.0), "{name} {joined:?}");
        let apart = missing(0.1);
        // A gap beside which another greenway passes is no link of its own; every link of a gap's length is one.
        let of_gaps = apart.iter().filter(|link| lengths.iter().any(|gap| (gap - **link).abs() < 0.05)).count();
        assert!(of_gaps * 3 >= lengths.len() * 2, "{name} {of_gaps} of {} {apart:?}", lengths.len());
    }
}

/// What every rule says of a sample map, to be read by people; `UPDATE_GOLDEN=1` writes it anew.
#[test]
fn the_sample_maps_answers_are_those_on_file() {
    use std::fmt::Write as _;
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    for name in ["baoshan", "putuo", "jinshan"] {
        let input = map(name);
        let rules: Vec<_> = Catalogue::builtin()
            .rules
            .into_iter()
            .filter(|rule| !rule.is_on_demand())
            .map(|rule| (rule, Values::new()))
            .collect();
        let plan = shanshui::rules::Plan::builtin(match name {
            "baoshan" => "BS",
            "putuo" => "PT",
            _ => "JS",
        });
        let answers = shanshui::rules::run_all(&rules, &input, &[], plan.as_ref(), &Progress::default(), |_| ())
            .expect("answers");
        let mut text = String::new();
        for answer in &answers {
            writeln!(text, "== {} {}", answer.rule.id, answer.rule.title.zh).expect("in memory");
            if answer.status != Status::Answered {
                writeln!(text, "{:?}: {}", answer.status, answer.missing.join(", ")).expect("in memory");
            }
            for figure in &answer.figures {
                writeln!(text, "{} {:.2} {}", figure.title.zh, figure.value, figure.unit).expect("in memory");
            }
            if let Some(aim) = &answer.aim {
                writeln!(text, "{} 年目标 {}：{:?}", aim.year, aim.text, aim.state).expect("in memory");
            }
            answer.notes.iter().for_each(|note| writeln!(text, "{}", note.zh).expect("in memory"));
            for group in &answer.groups {
                let figures: Vec<String> =
                    group.figures.iter().map(|f| format!("{} {:.2} {}", f.title.zh, f.value, f.unit)).collect();
                writeln!(text, "  {} {}: {}", group.title.zh, group.name, figures.join("，")).expect("in memory");
            }
            for verdict in [Verdict::Ban, Verdict::Review, Verdict::List] {
                let of: Vec<_> = answer.features.iter().filter(|f| f.verdict == verdict).collect();
                if of.is_empty() {
                    continue;
                }
                writeln!(text, "{} {}", verdict.id(), of.len()).expect("in memory");
                for feature in of.iter().take(12) {
                    let label = feature
                        .of
                        .map(|(role, row)| input.together(role).expect("there").layer().label(row))
                        .unwrap_or_default();
                    let values: Vec<String> = ["distance_m", "area_m2", "share", "people", "length_m"]
                        .iter()
                        .filter_map(|column| Some(format!("{column} {:.2}", feature.number(column)?)))
                        .collect();
                    writeln!(text, "  {label} {} {}", values.join(" "), answer.reason(feature, Lang::Zh))
                        .expect("in memory");
                }
            }
        }
        let path = format!("tests/golden/{name}.txt");
        if update {
            std::fs::create_dir_all("tests/golden").expect("writable");
            std::fs::write(&path, &text).expect("writable");
        }
        let known = std::fs::read_to_string(&path).expect("beside the tests");
        for (number, (ours, known)) in text.lines().zip(known.lines()).enumerate() {
            assert_eq!(ours, known, "{path}:{}", number + 1);
        }
        assert_eq!(text.lines().count(), known.lines().count(), "{path}");
    }
}

#[test]
fn every_rule_runs_or_says_what_it_lacks() {
    for name in ["baoshan", "putuo", "jinshan"] {
        let input = map(name);
        for rule in &Catalogue::builtin().rules {
            let answer = answer(&rule.id, &input);
            assert_ne!(answer.status, Status::Error, "{name} {}: {:?}", rule.id, answer.error);
            // Nothing tells where the water of Jinshan's rivers ends: that is asked, not guessed.
            let asks = name == "jinshan" && rule.id == "riparian-buffer";
            assert_eq!(answer.status == Status::NeedsInput, asks, "{name} {}: {:?}", rule.id, answer.missing);
            let lacks = matches!(answer.status, Status::MissingLayer | Status::NeedsInput);
            assert_eq!(lacks, !answer.missing.is_empty(), "{name} {}", rule.id);
            // What is written is GeoJSON that reads back, with why.
            let mut text = Vec::new();
            answer.write_geojson(&input, "t", Lang::Zh, &mut text).expect("in memory");
            let layer = read_layer_bytes(&text, "t", &ReadOptions::default(), &Progress::default()).expect("GeoJSON");
            assert_eq!(layer.feature_count(), answer.features.len(), "{name} {}", rule.id);
            for row in layer.rows() {
                let verdict = layer.attributes.get(row, "verdict").display().into_owned();
                assert!(["list", "review", "ban"].contains(&verdict.as_str()), "{name} {}: {verdict}", rule.id);
                assert!(!layer.attributes.get(row, "reason").display().is_empty(), "{name} {}", rule.id);
            }
        }
    }
}

/// Layers drawn by hand, by their roles.
fn drawn(layers: &[(Role, &[(&str, &str)])]) -> RuleInput {
    let layer = |features: &[(&str, &str)]| {
        let feature = |(properties, geometry): &(&str, &str)| {
            format!(r#"{{"type":"Feature","properties":{{{properties}}},"geometry":{geometry}}}"#)
        };
        let all: Vec<String> = features.iter().map(feature).collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, all.join(","));
        let layer = read_layer_bytes(text.as_bytes(), "t", &ReadOptions::default(), &Progress::default());
        Arc::new(IndexedLayer::new(Arc::new(layer.expect("GeoJSON"))))
    };
    RuleInput::new(layers.iter().map(|(role, features)| (*role, layer(features))).collect()).expect("in memory")
}

fn point(x: f64, y: f64) -> String {
    format!(r#"{{"type":"Point","coordinates":[{x},{y}]}}"#)
}

fn square(x: f64, y: f64, side: f64) -> String {
    let (e, n) = (x + side, y + side);
    format!(r#"{{"type":"Polygon","coordinates":[[[{x},{y}],[{e},{y}],[{e},{n}],[{x},{n}],[{x},{y}]]]}}"#)
}

#[test]
fn a_match_is_judged_by_its_gravest_reason() {
    let (both, outer, none) = (point(121.05, 31.05), point(121.15, 31.15), point(122.0, 32.0));
    let (inner_zone, outer_zone) = (square(121.0, 31.0, 0.1), square(121.0, 31.0, 0.2));
    let input = drawn(&[
        (Role::Outlet, &[(r#""code":"A""#, &both), (r#""code":"B""#, &outer), (r#""code":"C""#, &none)]),
        (Role::WaterSourceZone, &[(r#""level":"一级""#, &inner_zone), (r#""level":"准""#, &outer_zone)]),
    ]);
    let answer = answer("outlets-in-source-zones", &input);
    assert_eq!(found(&answer, &input, "code", Some(Verdict::Ban)), ["A"]);
    assert_eq!(found(&answer, &input, "code", Some(Verdict::Review)), ["B"]);
    let graver = answer.features.iter().find(|f| f.verdict == Verdict::Ban).expect("A");
    assert_eq!(answer.reason(graver, Lang::Zh), "位于一级或二级水源保护区；位于准保护区，是否允许看地方规定");
}

#[test]
fn layers_of_one_role_are_read_together_and_columns_may_lack_in_some() {
    let shore = r#"{"type":"LineString","coordinates":[[121.0,31.0],[121.2,31.0]]}"#;
    let (near, also, far) = (point(121.05, 31.001), point(121.06, 31.002), point(121.05, 31.2));
    let plot = square(121.1, 31.001, 0.001);
    let input = drawn(&[
        (Role::Shoreline, &[(r#""water":"长江""#, shore)]),
        (Role::Enterprise, &[(r#""industry":"化工""#, &near), (r#""industry":"化工""#, &far)]),
        (Role::Enterprise, &[(r#""industry":"精细化工""#, &also)]),
        (Role::Plot, &[(r#""industry":"化工","stage":"拟建""#, &plot)]),
    ]);
    let answer = answer("yangtze-chemical", &input);
    assert_eq!(answer.status, Status::Answered, "{:?}", answer.missing);
    assert_eq!((answer.count(Verdict::Ban), answer.count(Verdict::List)), (1, 2));
    // Where every layer lacks the column the rule says so.
    let lacking =
        drawn(&[(Role::Shoreline, &[(r#""water":"长江""#, shore)]), (Role::Enterprise, &[(r#""name":"甲""#, &near)])]);
    let answer = self::answer("yangtze-chemical", &lacking);
    assert_eq!((answer.status, answer.missing), (Status::NeedsInput, vec!["industry".to_owned()]));
}

#[test]
fn shares_are_of_the_ground_counted_once() {
    // Two greens of a quarter each that lie half over one another, and a park beyond the district's border.
    let (district, a, b, beyond) = (
        square(121.0, 31.0, 0.01),
        square(121.0, 31.0, 0.005),
        square(121.0, 31.0025, 0.005),
        square(121.05, 31.0, 0.01),
    );
    let input = drawn(&[
        (Role::District, &[(r#""population":1000"#, &district)]),
        (Role::GreenSpace, &[("", &a)]),
        (Role::Park, &[("", &b), ("", &beyond)]),
    ]);
    let answer = answer("green-cover", &input);
    let share = answer.figure().expect("a share").value;
    assert!((share - 37.5).abs() < 0.01, "{share}");
}

#[test]
fn the_red_line_is_held_against_the_one_before() {
    let (expected, input) = (expected(), map("baoshan"));
    let units = expected["red_line"].as_array().expect("units");
    let sum = |key: &str| units.iter().filter_map(|unit| unit[key].as_f64()).sum::<f64>();
    let found = answer("red-line-audit", &input);
    let summary = &found.summaries[0];
    let m2 = |key: &str| summary[key].as_f64().expect("m²");
    assert!((m2("lost_m2") - sum("lost")).abs() < 5.0, "{} {}", m2("lost_m2"), sum("lost"));
    assert!((m2("gained_m2") - sum("gained")).abs() < 5.0, "{} {}", m2("gained_m2"), sum("gained"));
    let of = |code: &str| units.iter().find(|unit| unit["code"] == code).expect("known")["now"].as_f64().expect("m²");
    assert!((m2("changed_m2") - of("HX-310113-06")).abs() < 5.0);
    assert!((m2("downgraded_m2") - of("HX-310113-07")).abs() < 5.0);
    assert_eq!((&summary["units_lost"][0], &summary["units_new"][0]), (&"HX-310113-10".into(), &"HX-310113-09".into()));
    assert_eq!(
        summary["kept"],
        serde_json::json!({"area": m2("after_m2") >= m2("before_m2"), "function": false, "nature": false})
    );
    for unit in units {
        let own = summary["units"].as_array().expect("units").iter().find(|u| u["key"] == unit["code"]).expect("there");
        let before = unit["before"].as_f64().expect("m²");
        assert!((own["before_m2"].as_f64().expect("m²") - before).abs() <= before * 1e-5 + 0.1, "{unit} {own}");
    }
}

#[test]
fn a_unit_that_only_changed_its_code_is_no_loss() {
    let (a, b) = (square(121.0, 31.0, 0.01), square(121.1, 31.0, 0.01));
    let input = drawn(&[
        (
            Role::RedLineBefore,
            &[(r#""code":"1","function":"水","core":true"#, &a), (r#""code":"2","function":"林","core":false"#, &b)],
        ),
        (
            Role::RedLine,
            &[(r#""code":"1x","function":"水","core":true"#, &a), (r#""code":"2","function":"林","core":false"#, &b)],
        ),
    ]);
    let found = answer("red-line-audit", &input);
    let summary = &found.summaries[0];
    assert!(
        found.features.is_empty()
            && summary["kept"] == serde_json::json!({"area": true, "function": true, "nature": true})
    );
    assert_eq!(
        (summary["units_lost"].as_array().map(Vec::len), summary["units"][0]["renamed"].as_str()),
        (Some(0), Some("1x"))
    );
}

/// Squares on a grid, some with another function or nature in the new version: what changed is counted cell by cell.
#[test]
fn audits_of_random_squares_count_their_cells() {
    let mut seed = 7_u64;
    let mut below = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    for _ in 0..20 {
        let mut cells = Vec::new();
        for x in 0..5_u8 {
            for y in 0..4_u8 {
                cells.push(((x, y), [below(3) > 0, below(3) > 0], [below(2), below(2)], [below(2) > 0, below(2) > 0]));
            }
        }
        let side = 0.01;
        let cell = |(x, y): (u8, u8)| square(121.0 + f64::from(x) * side, 31.0 + f64::from(y) * side, side);
        let of = |version: usize| -> Vec<(String, String)> {
            let there = cells.iter().filter(|(_, is_there, ..)| is_there[version]);
            there
                .map(|(at, _, function, core)| {
                    let (x, y) = at;
                    let properties =
                        format!(r#""code":"{x}-{y}","function":"{}","core":{}"#, function[version], core[version]);
                    (properties, cell(*at))
                })
                .collect()
        };
        let (old, new) = (of(0), of(1));
        let texts = |all: &[(String, String)]| all.iter().map(|(p, g)| (p.clone(), g.clone())).collect::<Vec<_>>();
        let (old, new) = (texts(&old), texts(&new));
        let old: Vec<(&str, &str)> = old.iter().map(|(p, g)| (p.as_str(), g.as_str())).collect();
        let new: Vec<(&str, &str)> = new.iter().map(|(p, g)| (p.as_str(), g.as_str())).collect();
        let input = drawn(&[(Role::RedLineBefore, &old), (Role::RedLine, &new)]);
        let found = answer("red-line-audit", &input);
        let summary = &found.summaries[0];
        let row_m2: f64 = 1.0;
        let count = |is: &dyn Fn(&((u8, u8), [bool; 2], [u64; 2], [bool; 2])) -> bool| {
            cells.iter().filter(|c| is(c)).count() as f64 * row_m2
        };
        // Cells of one row of latitude have one area; they differ by a few parts in ten thousand from row to row.
        let one = summary["before_m2"].as_f64().expect("m²") / old.len() as f64;
        let near = |key: &str, cells: f64| {
            let m2 = summary[key].as_f64().expect("m²");
            assert!((m2 / one - cells).abs() < 0.02, "{key}: {m2} of {one} and {cells}");
        };
        near("lost_m2", count(&|c| c.1[0] && !c.1[1]));
        near("gained_m2", count(&|c| c.1[1] && !c.1[0]));
        near("changed_m2", count(&|c| c.1[0] && c.1[1] && c.2[0] != c.2[1]));
        near("downgraded_m2", count(&|c| c.1[0] && c.1[1] && c.3[0] && !c.3[1]));
    }
}

/// Outlets at random in towns that are the cells of a lattice: sums by town, figures by town and the nearest are counted one
/// by one.
#[test]
fn sums_by_town_are_those_of_its_own_features() {
    let mut seed = 99_u64;
    let mut below = |n: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % n
    };
    for _ in 0..10 {
        let side = 0.01;
        let mut towns = Vec::new();
        for x in 0..4_u8 {
            for y in 0..3_u8 {
                towns.push((
                    format!(r#""name":"{x}-{y}""#),
                    square(121.0 + f64::from(x) * side, 31.0 + f64::from(y) * side, side),
                ));
            }
        }
        // Never on a border.
        let outlets: Vec<([u64; 2], bool, String, String)> = (0..80)
            .map(|i| {
                let at = [below(4), below(3)];
                let (x, y) =
                    (at[0] as f64 + 0.05 + below(90) as f64 / 100.0, at[1] as f64 + 0.05 + below(90) as f64 / 100.0);
                let closed = below(2) == 0;
                let status = if closed { "已销号" } else { "待溯源" };
                (at, closed, format!(r#""code":"{i}","status":"{status}""#), point(121.0 + x * side, 31.0 + y * side))
            })
            .collect();
        let zone = square(121.0, 31.0, 2.0 * side);
        let of_towns: Vec<(&str, &str)> = towns.iter().map(|(p, g)| (p.as_str(), g.as_str())).collect();
        let of_outlets: Vec<(&str, &str)> = outlets.iter().map(|(_, _, p, g)| (p.as_str(), g.as_str())).collect();
        let input = drawn(&[
            (Role::Town, &of_towns),
            (Role::Outlet, &of_outlets),
            (Role::WaterSourceZone, &[(r#""level":"一级""#, &zone)]),
        ]);
        let catalogue = Catalogue::builtin();
        let rules: Vec<_> = ["outlets-in-source-zones", "outlet-ledger", "by-grid"]
            .iter()
            .map(|id| (catalogue.get(id).expect("there").clone(), Values::new()))
            .collect();
        let answers =
            shanshui::rules::run_all(&rules, &input, &[], None, &Progress::default(), |_| ()).expect("answers");
        let of = |id: &str| answers.iter().find(|answer| answer.rule.id == id).expect("it ran");
        for x in 0..4_u64 {
            for y in 0..3_u64 {
                let own: Vec<_> = outlets.iter().filter(|(at, ..)| *at == [x, y]).collect();
                let name = format!("{x}-{y}");
                let figure = |answer: &RuleAnswer, figure: &str| {
                    let group = answer.groups.iter().find(|group| group.by == "town" && group.name == name)?;
                    group.figures.iter().find(|f| f.name == figure).map(|f| f.value)
                };
                let banned = if x < 2 && y < 2 { own.len() } else { 0 };
                assert_eq!(figure(of("by-grid"), "ban"), Some(banned as f64), "{name}");
                assert_eq!(figure(of("outlet-ledger"), "outlets"), Some(own.len() as f64), "{name}");
                let closed = own.iter().filter(|(_, closed, ..)| *closed).count() as f64 / own.len() as f64 * 100.0;
                match figure(of("outlet-ledger"), "closed_share") {
                    Some(share) => assert!((share - closed).abs() < 1e-9, "{name}"),
                    None => assert!(own.is_empty()),
                }
            }
        }
    }
}
