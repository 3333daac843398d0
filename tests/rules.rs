//! The catalogue on the sample maps, held against what their authors worked out.

use crate::common::rules::{answer, found, map};
use crate::common::{expected, read};
use serde_json::{Value, json};
use shanshui::i18n::Lang;
use shanshui::index::IndexedLayer;
use shanshui::io::{ReadOptions, read_layer_bytes};
use shanshui::model::Role;
use shanshui::progress::{Cancelled, Progress};
use shanshui::query::meeting;
use shanshui::rules::{
    Catalogue, Rule, RuleAnswer, RuleInput, Status, Values, Verdict, ZoneVerdict, areas_of_sums, run, run_all,
    run_each, verdicts_as_plot, verdicts_in, zone_verdicts,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A figure to two decimals; a dash where it is undecided.
fn rounded(value: Option<f64>) -> String {
    value.map_or_else(|| "—".to_owned(), |value| format!("{value:.2}"))
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
    assert!((gaps.figure().expect("a share").value.expect("known") - share).abs() < 2e-3, "{:?} {share}", gaps.figures);

    let per_head = answer("park-area-per-head", &input).figure().expect("a figure").value.expect("known");
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
        near(
            found.figure().expect("a share").value.expect("known"),
            number(&expected["green_cover_percent"][name]),
            1e-4,
        );
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
        let group = circle.groups.iter().find(|group| group.name.zh == *kind).expect("a kind");
        for (figure, theirs) in group.figures.iter().zip(shares.as_array().expect("shares")) {
            let ours = figure.value.expect("known");
            assert!((ours - number(theirs)).abs() < 0.5, "{kind} {ours} {theirs}");
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
            let length = found.figures.iter().find(|f| f.name == "length_km").expect("a length").value.expect("known");
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
                writeln!(text, "{} {} {}", figure.title.zh, rounded(figure.value), figure.unit).expect("in memory");
            }
            if let Some(aim) = &answer.aim {
                writeln!(text, "{} 年目标 {}：{:?}", aim.year, aim.text.zh, aim.state).expect("in memory");
            }
            answer.notes.iter().for_each(|note| writeln!(text, "{}", note.zh).expect("in memory"));
            for group in &answer.groups {
                let figures: Vec<String> =
                    group.figures.iter().map(|f| format!("{} {} {}", f.title.zh, rounded(f.value), f.unit)).collect();
                writeln!(text, "  {} {}: {}", group.title.zh, group.name.zh, figures.join("，")).expect("in memory");
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
            // Nor does Putuo say which caterers are monitored.
            let asks =
                [("jinshan", "riparian-buffer"), ("putuo", "fume-monitoring")].contains(&(name, rule.id.as_str()));
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

#[test]
fn a_zone_is_judged_by_what_lies_near_it_as_by_the_whole_map() {
    let (input, progress) = (map("baoshan"), Progress::default());
    let of = |rule: &Rule| (rule.clone(), Values::new());
    let rules: Vec<(Rule, Values)> = Catalogue::builtin().rules.iter().map(of).collect();
    let own: Vec<(Rule, Values)> = rules.iter().filter(|(rule, _)| !rule.is_derived()).cloned().collect();
    let answers = run_all(&own, &input, &[], None, &progress, |_| ()).expect("nobody stopped it");
    let layers: Vec<(&str, IndexedLayer)> = answers
        .iter()
        .filter(|answer| !answer.features.is_empty())
        .map(|answer| (answer.rule.id.as_str(), answer.rows(&input, Lang::Zh, &progress).expect("not stopped")))
        .collect();
    let mut judged = 0;
    for (w, s, size) in
        [(121.3, 31.45, 0.08), (121.34, 31.47, 0.004), (121.45, 31.35, 0.02), (121.38, 31.3, 0.05), (121.2, 31.2, 0.5)]
    {
        let (e, n) = (w + size, s + size);
        let zone = json!({
            "type": "Feature",
            "properties": {"stage": "拟建", "use": null, "industry": null},
            "geometry": {"type": "Polygon", "coordinates": [[[w, s], [e, s], [e, n], [w, n], [w, s]]]},
        });
        let zone = json!({"type": "FeatureCollection", "features": [zone]}).to_string();
        let zone = Arc::new(IndexedLayer::new(Arc::new(read(zone.as_bytes()))));
        let whole: Vec<ZoneVerdict> = layers
            .iter()
            .flat_map(|(id, layer)| verdicts_in(&zone, id, layer, &progress).expect("nobody stopped it"))
            .collect();
        let near = zone_verdicts(&zone, &rules, &input, &progress).expect("nobody stopped it");
        assert_eq!(near, whole, "{w} {s} {size}");
        judged += near.len();

        // As if the zone were the only plot of the whole map.
        let others = input.layers.iter().filter(|(role, _)| *role != Role::Plot).cloned();
        let with_zone = others.chain([(Role::Plot, Arc::clone(&zone))]).collect();
        let with_zone = RuleInput::new(with_zone);
        let mut whole = Vec::new();
        for (rule, values) in &own {
            if rule.steps.iter().all(|step| !step.subject.contains(&Role::Plot)) {
                continue;
            }
            let answer = run(rule, &with_zone, values, &progress).expect("nobody stopped it");
            for verdict in [Verdict::Ban, Verdict::Review] {
                let is_it = |role: Option<(Role, usize)>| role.is_some_and(|(role, _)| role == Role::Plot);
                let count = answer.features.iter().filter(|f| f.verdict == verdict && is_it(f.of)).count();
                if count > 0 {
                    whole.push(ZoneVerdict { id: rule.id.clone(), verdict, count });
                }
            }
        }
        let near = verdicts_as_plot(&zone, &rules, &input, &progress).expect("nobody stopped it");
        assert_eq!(near, whole, "{w} {s} {size}");
    }
    assert!(judged > 10, "{judged}");
}

#[test]
fn sums_are_the_same_of_what_is_kept_of_answers() {
    let (input, progress) = (map("baoshan"), Progress::default());
    let rules = Catalogue::builtin().rules;
    let rules: Vec<(Rule, Values)> =
        rules.iter().filter(|rule| !rule.is_on_demand()).map(|rule| (rule.clone(), Values::new())).collect();
    let whole = run_all(&rules, &input, &[], None, &progress, |_| ()).expect("nobody stopped it");
    let areas = areas_of_sums(&rules, &input);
    assert!(areas.is_some());
    let kept = run_each::<Cancelled>(&rules, &input, &[], None, &progress, |answer| {
        if answer.rule.is_derived() {
            return Ok(Arc::new(answer));
        }
        // What is kept of features is which areas they meet, as they are exported.
        let met = answer.for_others(areas.as_deref(), &input, &progress).expect("nobody stopped it");
        Ok(Arc::new(met))
    });
    let kept = kept.expect("nobody stopped it");
    assert_eq!(whole.len(), kept.len());
    let text = |answer: &RuleAnswer| {
        let mut text = Vec::new();
        answer.write_geojson(&input, "t", Lang::Zh, &mut text).expect("in memory");
        String::from_utf8(text).expect("UTF-8")
    };
    let derived: Vec<_> = whole.iter().zip(&kept).filter(|(answer, _)| answer.rule.is_derived()).collect();
    assert!(derived.len() >= 2);
    // As the answers read back from their files say it.
    let areas = areas.expect("areas");
    let mut tallies: BTreeMap<(usize, usize, (Role, usize)), Verdict> = BTreeMap::new();
    for (number, answer) in whole.iter().enumerate() {
        let is_table = ["plot-burdens", "green-supply"].contains(&answer.rule.id.as_str());
        if answer.rule.is_derived() || is_table || answer.features.is_empty() {
            continue;
        }
        let layer = answer.rows(&input, Lang::Zh, &progress).expect("not stopped");
        for (at, area) in meeting(&layer, &areas, &progress).expect("nobody stopped it") {
            let Some(of) = answer.features[at].of else { continue };
            let verdict = answer.features[at].verdict;
            let gravest = tallies.entry((area, number, of)).or_insert(verdict);
            *gravest = verdict.max(*gravest);
        }
    }
    let by_grid = kept.iter().find(|answer| answer.rule.id == "by-grid").expect("sums");
    assert!(!tallies.is_empty() && by_grid.features.len() == areas.rows().count());
    for feature in &by_grid.features {
        let (_, area) = feature.of.expect("an area");
        for (verdict, column) in [(Verdict::Ban, "ban"), (Verdict::Review, "review"), (Verdict::List, "list")] {
            let of = tallies.iter().filter(|((own, ..), is)| *own == area && **is == verdict).count();
            assert_eq!(feature.number(column), Some(of as f64), "{column} of area {area}");
        }
    }
    for (whole, kept) in derived {
        assert_eq!(text(whole), text(kept), "{}", whole.rule.id);
    }
}
