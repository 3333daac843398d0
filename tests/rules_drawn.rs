//! Verdicts of the catalogue on maps drawn by hand, and audits against counted cells.

use crate::common::expected;
use crate::common::rules::{answer, found, map};
use shanshui::i18n::Lang;
use shanshui::index::IndexedLayer;
use shanshui::io::{ReadOptions, read_layer_bytes};
use shanshui::model::Role;
use shanshui::progress::Progress;
use shanshui::rules::{Catalogue, RuleAnswer, RuleInput, Status, Values, Verdict};
use std::sync::Arc;

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
    RuleInput::new(layers.iter().map(|(role, features)| (*role, layer(features))).collect())
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
    assert_eq!(
        answer.reason(graver, Lang::Zh),
        "位于饮用水水源一级保护区（第六十四条禁止设置排污口）；位于饮用水水源准保护区：是否允许设置排污口以地方规定为准"
    );
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
    assert_eq!((answer.status, answer.missing), (Status::NeedsInput, vec!["enterprise.industry".to_owned()]));
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
    let share = answer.figure().expect("a share").value.expect("known");
    assert!((share - 37.5).abs() < 0.01, "{share}");
}

#[test]
fn a_home_has_columns_of_its_own_beside_those_that_are_added() {
    let (park, home, town) = (square(121.0, 31.0, 0.001), square(121.003, 31.0, 0.004), square(120.9, 30.9, 0.3));
    let told = |own: &str| {
        let properties = format!(r#""name":"村","population":80{own}"#);
        let input = drawn(&[
            (Role::Park, &[(r#""name":"园""#, &park)]),
            (Role::Residential, &[(&properties, &home)]),
            (Role::Town, &[(r#""name":"镇""#, &town)]),
        ]);
        let answer = answer("green-300-park-500", &input);
        let number = |name: &'static str| answer.features.iter().map(|f| f.number(name)).collect::<Vec<_>>();
        (["area_m2", "share", "people"].map(number), answer.figures.clone(), answer.groups.clone())
    };
    let plain = told("");
    assert!(plain.0[2].iter().all(|people| people.is_some_and(|n| n > 0.0 && n < 80.0)), "{:?}", plain.0);
    for own in [
        r#","people_2":999,"share_2":0.25"#,
        r#","people":7,"share":0.5"#,
        r#","people":7,"people_2":999,"share":0.5,"share_2":0.25"#,
        r#","people":7,"people_2":999,"people_3":1,"share_3":9"#,
    ] {
        assert_eq!(told(own), plain, "{own}");
    }
}

#[test]
fn schools_of_one_name_are_counted_apart() {
    let (near, far) = (square(121.0, 31.0, 0.001), square(121.1, 31.0, 0.001));
    let works = [point(121.0005, 31.0005), point(121.1005, 31.0005), point(121.1006, 31.0005)];
    let input = drawn(&[
        (Role::Facility, &[("", &works[0]), ("", &works[1]), ("", &works[2])]),
        (Role::SensitiveSite, &[(r#""name":"小学","code":"1""#, &near), (r#""name":"小学","code":"2""#, &far)]),
    ]);
    let answer = answer("sensitive-surroundings", &input);
    let of = |by: &str| {
        let mut groups: Vec<(String, Option<f64>)> = answer
            .groups
            .iter()
            .filter(|group| group.by == by)
            .map(|group| (group.name.text(Lang::Zh).to_owned(), group.figures[0].value))
            .collect();
        groups.sort_by(|a, b| a.0.cmp(&b.0));
        groups
    };
    assert_eq!(of("sensitive_site"), [("小学 · 1".to_owned(), Some(1.0)), ("小学 · 2".to_owned(), Some(2.0))]);
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
fn a_sliver_is_told_whatever_the_zone_is() {
    let (zone, plot) = (square(121.0, 31.0, 0.01), square(121.009_999_7, 31.0, 0.005));
    for core in ["true", "\"甲类\"", "null"] {
        let core = format!(r#""name":"线","core":{core}"#);
        let input = drawn(&[(Role::RedLine, &[(&core, &zone)]), (Role::Plot, &[(r#""name":"丙""#, &plot)])]);
        let answer = answer("red-line-encroachment", &input);
        assert!(answer.features.is_empty(), "{core}");
        let notes: Vec<&str> = answer.all_notes().map(|note| note.text(Lang::En)).collect();
        assert!(notes.iter().any(|note| note.contains("sliver") && note.contains('丙')), "{core}: {notes:?}");
    }
}

#[test]
fn a_unit_that_only_changed_its_code_is_no_loss() {
    let (a, b) = (square(121.0, 31.0, 0.01), square(121.1, 31.0, 0.01));
    let input = drawn(&[
        (
            Role::RedLineBefore,
            &[
                (r#""code":"1","function":"水源涵养","core":true"#, &a),
                (r#""code":"2","function":"水土保持","core":false"#, &b),
            ],
        ),
        (
            Role::RedLine,
            &[
                (r#""code":"1x","function":"水源涵养","core":true"#, &a),
                (r#""code":"2","function":"水土保持","core":false"#, &b),
            ],
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
                        format!(r#""code":"{x}-{y}","function":"{}","core":{}"#, 11 + function[version], core[version]);
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
                    let group = answer.groups.iter().find(|group| group.by == "town" && group.name.zh == name)?;
                    group.figures.iter().find(|f| f.name == figure).and_then(|f| f.value)
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

#[test]
fn the_gravest_level_is_named_where_zones_nest() {
    let (inside, inner, outer) = (point(121.05, 31.05), square(121.0, 31.0, 0.1), square(120.9, 30.9, 0.4));
    // The milder stands first in the file.
    let zones = [(r#""name":"外","level":"二级保护区""#, &*outer), (r#""name":"内","level":"Ⅰ级""#, &*inner)];
    let input = drawn(&[(Role::Outlet, &[(r#""code":"A""#, &inside)]), (Role::WaterSourceZone, &zones)]);
    let answer = answer("outlets-in-source-zones", &input);
    let mut text = Vec::new();
    answer.write_geojson(&input, "t", Lang::Zh, &mut text).expect("in memory");
    let written: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let properties = &written["features"][0]["properties"];
    assert_eq!((&properties["level"], &properties["nearest_name"]), (&"Ⅰ级".into(), &"内".into()));
}

#[test]
fn of_several_references_the_nearest_is_shown() {
    let line = |y: f64| format!(r#"{{"type":"LineString","coordinates":[[120.9,{y}],[121.1,{y}]]}}"#);
    let (shore, river, plot) = (line(31.008), line(30.996), square(121.0, 31.0, 0.001));
    let input = drawn(&[
        (Role::Shoreline, &[(r#""name":"岸","water":"长江""#, &shore)]),
        (Role::River, &[(r#""name":"支流","rank":"支流","width_m":"60米""#, &river)]),
        (Role::Plot, &[(r#""name":"厂","industry":"精细化工","stage":"扩建""#, &plot)]),
    ]);
    let answer = answer("yangtze-chemical", &input);
    let distance = answer.features[0].number("distance_m").expect("metres");
    // 0.004 degrees of latitude to the centreline, less half of 60 m.
    assert!((distance - (443.5 - 30.0)).abs() < 0.5, "{distance}");
}

#[test]
fn a_gap_lies_no_nearer_than_the_radius() {
    let (park, home) = (square(121.0, 31.0, 0.001), {
        r#"{"type":"Polygon","coordinates":[[[121.003,31.0],[121.013,31.0],[121.013,31.001],[121.003,31.001],[121.003,31.0]]]}"#
    });
    let input =
        drawn(&[(Role::Park, &[(r#""name":"园""#, &park)]), (Role::Residential, &[(r#""population":"1.2万""#, home)])]);
    let answer = answer("park-500-gaps", &input);
    let of = |column| answer.features[0].number(column).expect("metres");
    assert!((of("distance_m") - 500.0).abs() < 1e-9 && (of("home_distance_m") - 191.0).abs() < 1.0);
    assert!(of("people") > 6_000.0 && of("people") < 12_000.0);
}

#[test]
fn a_record_without_a_place_counts_and_is_not_left_out() {
    let input = drawn(&[
        (Role::Outlet, &[(r#""status":"已溯源""#, &*point(121.05, 31.05)), (r#""status":"待溯源""#, "null")]),
        (Role::Town, &[(r#""name":"镇""#, &*square(121.0, 31.0, 0.1))]),
    ]);
    let answer = answer("outlet-ledger", &input);
    let figure = |name: &str| answer.figures.iter().find(|figure| figure.name == name).and_then(|figure| figure.value);
    assert_eq!((figure("outlets"), figure("traced_share"), answer.left_out), (Some(2.0), Some(50.0), 0));
}

#[test]
fn a_plot_in_two_cells_of_an_owner_is_one() {
    let (plot, line) = (square(120.999, 31.001, 0.002), square(120.9, 30.9, 0.3));
    let cells = [
        (r#""code":"G1","owner":"张三""#, &*square(120.99, 31.0, 0.01)),
        (r#""code":"G2","owner":"张三""#, &*square(121.0, 31.0, 0.01)),
    ];
    let input = drawn(&[
        (Role::Plot, &[(r#""name":"跨格","stage":"拟建""#, &plot)]),
        (Role::RedLine, &[(r#""core":"是""#, &line)]),
        (Role::Grid, &cells),
    ]);
    let catalogue = Catalogue::builtin();
    let rules = ["red-line-encroachment", "by-grid"].map(|id| {
        let by = Values::from([("by".to_owned(), 2.0)]);
        (catalogue.get(id).expect("there").clone(), by)
    });
    let answers = shanshui::rules::run_all(&rules, &input, &[], None, &Progress::default(), |_| ()).expect("answers");
    let by_owner = answers.last().expect("by owner");
    let ban = by_owner.groups[0].figures.iter().find(|figure| figure.name == "ban").and_then(|figure| figure.value);
    assert_eq!((by_owner.groups.len(), by_owner.groups[0].name.zh.as_str(), ban), (1, "张三", Some(1.0)));
}

#[test]
fn a_target_is_measured_by_the_figure_that_it_names() {
    let plan = shanshui::rules::Plan::builtin("BS").expect("built in");
    let farm = square(121.0, 31.0, 0.01);
    // Nothing is recognised as polluted: a share of nothing is none, whatever other figures the rule has.
    let input = drawn(&[(Role::Farmland, &[(r#""class":"Ⅲ类","safe_use":"是","crop":"水稻""#, &farm)])]);
    let catalogue = Catalogue::builtin();
    let rule = catalogue.get("farmland-safety").expect("there").clone();
    let answers =
        shanshui::rules::run_all(&[(rule, Values::new())], &input, &[], Some(&plan), &Progress::default(), |_| ());
    let answers = answers.expect("answers");
    assert_eq!(
        (answers[0].figure().map(|figure| figure.value), answers[0].aim.as_ref().and_then(|aim| aim.state)),
        (Some(None), None)
    );
    let standings = plan.standings(&[&answers[0]]);
    let of = standings.iter().find(|s| s.target.indicator == "受污染耕地安全利用率").expect("in the plan");
    assert_eq!((of.value, of.state), (None, None));
    assert_eq!(answers[0].count(Verdict::Review), 1, "a class that nobody knows under a food crop");
}

#[test]
fn what_lies_near_a_river_of_unknown_grade_is_not_said_to_lie_far_from_all() {
    let (near, far) = (point(121.05, 31.0001), point(121.05, 31.01));
    let input = drawn(&[
        (Role::Outlet, &[(r#""code":"A""#, &near), (r#""code":"B""#, &far)]),
        (
            Role::River,
            &[(
                r#""name":"某河","grade":"甲等河道","width_m":5"#,
                r#"{"type":"LineString","coordinates":[[121.0,31.0],[121.1,31.0]]}"#,
            )],
        ),
    ]);
    let answer = answer("outlet-rivers", &input);
    assert_eq!(found(&answer, &input, "code", Some(Verdict::Review)), ["A", "B"]);
    let reasons: Vec<String> = answer.features.iter().map(|feature| answer.reason(feature, Lang::Zh)).collect();
    assert!(reasons[0].contains("甲等河道") && !reasons[0].contains("没有镇管以上"), "{reasons:?}");
    assert!(reasons[1].contains("没有镇管以上"), "{reasons:?}");
}

#[test]
fn a_lacking_column_is_named_with_its_layer() {
    let ground = square(121.0, 31.0, 0.01);
    let input =
        drawn(&[(Role::RedLineBefore, &[(r#""code":"1""#, &ground)]), (Role::RedLine, &[(r#""name":"甲""#, &ground)])]);
    let answer = answer("red-line-audit", &input);
    assert_eq!((answer.status, answer.missing), (Status::NeedsInput, vec!["red_line.code".to_owned()]));
}

/// Where values that nobody knows decide whether a target is met, it is not judged, and says between what the figure lies.
#[test]
fn a_target_that_open_values_decide_is_not_judged() {
    let plan = shanshui::rules::Plan::builtin("PT").expect("built in");
    let (out, open) = (square(121.0, 31.0, 0.001), square(121.01, 31.0, 0.001));
    let input = drawn(&[(
        Role::ContaminatedPlot,
        &[
            (r#""name":"a","status":"已移出名录","planned_use":"居住""#, &out),
            (r#""name":"b","status":"风险管控","planned_use":"待定""#, &open),
        ],
    )]);
    let rule = Catalogue::builtin().get("contaminated-reuse").expect("there").clone();
    let answers =
        shanshui::rules::run_all(&[(rule, Values::new())], &input, &[], Some(&plan), &Progress::default(), |_| ());
    let answer = &answers.expect("answers")[0];
    let figure = answer.figures.iter().find(|figure| figure.name == "reuse_safe_share").expect("there");
    let [low, high] = figure.between.expect("one is open");
    assert!((low - 50.0).abs() < 0.1 && (high - 100.0).abs() < 0.1, "{low} {high}");
    // Of a share that is promised, what is surely so counts.
    assert_eq!(figure.value, Some(low));
    let aim = answer.aim.as_ref().expect("the plan has it");
    assert_eq!(aim.state, None);
    assert!(aim.why.as_ref().is_some_and(|why| why.zh.contains("50.00 与 100.00")), "{:?}", aim.why);
}

/// A target that means other parameters than the rule ran with is measured with its own, or says what that lacks.
#[test]
fn a_target_is_measured_with_the_parameters_that_it_means() {
    let plan = shanshui::rules::Plan::builtin("TZ").expect("built in");
    let (district, built) = (square(121.0, 31.0, 0.02), square(121.0, 31.0, 0.01));
    let green = square(121.0, 31.0, 0.008);
    let of = |layers: &[(Role, &[(&str, &str)])]| {
        let input = drawn(layers);
        let rule = Catalogue::builtin().get("green-cover").expect("there").clone();
        let rules = [(rule, Values::new())];
        let answers = shanshui::rules::run_all(&rules, &input, &[], Some(&plan), &Progress::default(), |_| ());
        answers.expect("answers").remove(0)
    };
    let (of_district, greens): (&[(&str, &str)], &[(&str, &str)]) = (&[("", &district)], &[("", &green)]);
    let answer = of(&[
        (Role::District, of_district),
        (Role::GreenSpace, greens),
        (Role::UrbanBoundary, &[(r#""kind":"建成区""#, &built)]),
    ]);
    let standings = plan.standings(&[&answer]);
    let target = standings.iter().find(|s| s.target.indicator == "建成区绿化覆盖率").expect("in the plan");
    assert!(target.value.is_some_and(|value| (value - 64.0).abs() < 0.1), "{:?}", target.value);
    assert_eq!(target.state, Some(shanshui::rules::TargetState::Met));
    assert!(answer.figure().and_then(|f| f.value).is_some_and(|value| (value - 16.0).abs() < 0.1));
    let aim = answer.aim.as_ref().expect("the plan has it");
    assert_eq!((aim.state, aim.measured), (target.state, target.value));
    // Without the built-up area it says so.
    let answer = of(&[(Role::District, of_district), (Role::GreenSpace, greens)]);
    let standings = plan.standings(&[&answer]);
    let target = standings.iter().find(|s| s.target.indicator == "建成区绿化覆盖率").expect("in the plan");
    assert_eq!((target.value, target.state), (None, None));
    let boundary = Role::UrbanBoundary.title(Lang::Zh);
    assert!(target.why.as_ref().is_some_and(|why| why.zh.contains(boundary)), "{:?}", target.why);
    assert!(answer.notes.iter().any(|note| note.zh.contains("建成区绿化覆盖率")), "{:?}", answer.notes);
}

/// A plot over many patches breaks a rule once.
#[test]
fn a_plot_over_many_patches_counts_once_by_grid() {
    let plot = square(121.0, 31.0, 0.01);
    let patches: Vec<String> = (0..8).map(|i| square(121.0 + f64::from(i) * 0.001, 31.001, 0.000_5)).collect();
    let patches: Vec<(&str, &str)> = patches.iter().map(|patch| ("", patch.as_str())).collect();
    let input = drawn(&[
        (Role::Plot, &[(r#""name":"厂","stage":"拟建""#, &plot)]),
        (Role::BasicFarmland, &patches),
        (Role::Grid, &[(r#""code":"G","owner":"张三""#, &square(120.99, 30.99, 0.03))]),
    ]);
    let catalogue = Catalogue::builtin();
    let rules = ["basic-farmland", "by-grid"]
        .map(|id| (catalogue.get(id).expect("there").clone(), Values::from([("by".to_owned(), 2.0)])));
    let answers = shanshui::rules::run_all(&rules, &input, &[], None, &Progress::default(), |_| ()).expect("answers");
    assert_eq!(answers[0].features.len(), 8, "a row for each patch");
    let by_owner = answers.last().expect("by owner");
    let counts = |name: &str| {
        let of =
            |figures: &[shanshui::rules::RuleFigure]| figures.iter().find(|f| f.name == name).and_then(|f| f.value);
        (of(&by_owner.groups[0].figures), of(&by_owner.figures))
    };
    let all = [counts("ban"), counts("review"), counts("list")];
    let sum: f64 = all.iter().filter_map(|(group, _)| *group).sum();
    assert_eq!(sum, 1.0, "{all:?}");
    assert!(all.iter().all(|(group, whole)| group == whole), "{all:?}");
}

/// A summary is about all questions of a rule: pairs of both steps, their ground once; lines and points have ids of their own.
#[test]
fn a_summary_is_of_the_whole_answer() {
    let (core, other) = (square(121.0, 31.0, 0.01), square(121.005, 31.0, 0.01));
    let plot = square(121.001, 31.001, 0.008);
    let line = r#"{"type":"LineString","coordinates":[[120.99,31.0095],[121.02,31.0095]]}"#;
    let input = drawn(&[
        (
            Role::Plot,
            &[(r#""code":"1","name":"面","stage":"拟建""#, &plot), (r#""code":"2","name":"路","stage":"拟建""#, line)],
        ),
        (Role::RedLine, &[(r#""code":"R1","core":"是""#, &core), (r#""code":"R2","core":"否""#, &other)]),
    ]);
    let answer = answer("red-line-encroachment", &input);
    let summary = answer.summary();
    let rows_m2: f64 = answer.features.iter().filter_map(|feature| feature.number("area_m2")).sum();
    let m2 = |key: &str| summary[key].as_f64().expect("m²");
    assert_eq!((summary["features_in"].as_u64(), summary["matched"].as_u64()), (Some(2), Some(2)), "{summary}");
    assert_eq!((summary["pairs"].as_u64(), summary["lines_and_points"].as_u64()), (Some(2), Some(2)), "{summary}");
    assert!((m2("overlap_m2") - rows_m2).abs() < 1e-6, "{summary}");
    // The plot lies in the core wholly: what the other takes of it is counted with that.
    let own = answer.features.iter().filter_map(|feature| feature.number("area_m2")).fold(0.0, f64::max);
    assert!((m2("overlap_union_m2") - own).abs() < 1.0 && m2("overlap_union_m2") < rows_m2, "{summary}");
}

#[test]
fn the_distances_of_a_summary_are_those_of_the_rows() {
    let line = |y: f64| format!(r#"{{"type":"LineString","coordinates":[[120.9,{y}],[121.1,{y}]]}}"#);
    let (shore, river) = (line(32.0), line(30.996));
    let input = drawn(&[
        (Role::Shoreline, &[(r#""name":"岸","water":"长江""#, &shore)]),
        (Role::River, &[(r#""name":"支流","rank":"支流","width_m":"60米""#, &river)]),
        (Role::Plot, &[(r#""name":"厂","industry":"精细化工","stage":"扩建""#, &square(121.0, 31.0, 0.001))]),
    ]);
    let answer = answer("yangtze-chemical", &input);
    let (row, summary) = (answer.features[0].number("distance_m"), answer.summary());
    assert_eq!((summary["max_distance_m"].as_f64(), summary["min_distance_m"].as_f64()), (row, row), "{summary}");
    assert_eq!((summary["features_in"].as_u64(), summary["matched"].as_u64()), (Some(1), Some(1)), "{summary}");
}

/// A line in two areas is two matches, each with an id of its own.
#[test]
fn what_lies_in_several_areas_has_an_id_for_each() {
    let text = |features: &str| format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#);
    let feature = |id: &str, properties: &str, geometry: &str| {
        format!(r#"{{"type":"Feature","id":"{id}","properties":{{{properties}}},"geometry":{geometry}}}"#)
    };
    let line = r#"{"type":"LineString","coordinates":[[120.99,31.005],[121.03,31.005]]}"#;
    let plots = text(&feature("ln", r#""name":"路","stage":"拟建""#, line));
    let lines = text(
        &[
            feature("R1", r#""core":"是""#, &square(121.0, 31.0, 0.01)),
            feature("R2", r#""core":"是""#, &square(121.015, 31.0, 0.01)),
        ]
        .join(","),
    );
    let layer = |text: &str| {
        let layer = read_layer_bytes(text.as_bytes(), "t", &ReadOptions::default(), &Progress::default());
        Arc::new(IndexedLayer::new(Arc::new(layer.expect("GeoJSON"))))
    };
    let input = RuleInput::new(vec![(Role::Plot, layer(&plots)), (Role::RedLine, layer(&lines))]);
    let answer = answer("red-line-encroachment", &input);
    let mut written = Vec::new();
    answer.write_geojson(&input, "t", Lang::Zh, &mut written).expect("in memory");
    let written: serde_json::Value = serde_json::from_slice(&written).expect("JSON");
    let mut ids: Vec<&str> =
        written["features"].as_array().expect("features").iter().filter_map(|f| f["id"].as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["ln+R1", "ln+R2"]);
}

/// What a rule lacks is known before it runs, and is what a run says.
#[test]
fn lacking_columns_are_told_as_a_run_tells_them() {
    for name in ["baoshan", "putuo", "jinshan"] {
        let input = map(name);
        for rule in &Catalogue::builtin().rules {
            let told = shanshui::rules::lacking(rule, &input, &Values::new(), &Progress::default()).expect("told");
            let ran = answer(&rule.id, &input);
            assert_eq!(told, (ran.status, ran.missing), "{name} {}", rule.id);
        }
    }
    let input = drawn(&[
        (Role::RedLine, &[(r#""name":"线""#, &square(121.0, 31.0, 0.01))]),
        (Role::Plot, &[(r#""name":"厂","stage":"拟建""#, &square(121.0, 31.0, 0.001))]),
        (Role::Residential, &[(r#""name":"村""#, &square(121.0, 31.0, 0.001))]),
        (Role::Park, &[(r#""name":"园""#, &square(121.01, 31.0, 0.001))]),
        (Role::Farmland, &[(r#""name":"田""#, &square(121.02, 31.0, 0.001))]),
    ]);
    // Those that judge by a column say which it is; those that it only makes more of give what they can.
    for (rule, status) in [
        ("red-line-encroachment", Status::Answered),
        ("park-500-gaps", Status::Answered),
        ("green-supply", Status::NeedsInput),
        ("farmland-safety", Status::NeedsInput),
    ] {
        let catalogue = Catalogue::builtin();
        let rule = catalogue.get(rule).expect("there");
        let told = shanshui::rules::lacking(rule, &input, &Values::new(), &Progress::default()).expect("told");
        let ran = answer(&rule.id, &input);
        assert_eq!(told, (ran.status, ran.missing.clone()), "{}", rule.id);
        assert_eq!(told.0, status, "{} {:?}", rule.id, ran.missing);
    }
}
