//! Words that rules meet: the same word on both sides of a table, wide words, sections, names of waters, and what contradicts.
//! Each table has what was found silent and siblings of it.

mod bans;
mod kinds;
mod narrow;
mod rebuilt;

use serde_json::{Map, Value, json};
use shanshui::geodesy::{LocalFrame, LonLat};
use shanshui::i18n::Lang;
use shanshui::index::IndexedLayer;
use shanshui::io::{ReadOptions, read_layer_bytes};
use shanshui::model::Role;
use shanshui::progress::Progress;
use shanshui::rules::{Catalogue, RuleAnswer, RuleInput, TargetState, Values, Verdict, run};
use shanshui::vocabulary::Vocabulary;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A box or, of one corner, a point, in metres, and its cells; a cell that is null is not there.
type Drawn = (Vec<f64>, Value);

fn input(layers: &[(Role, Vec<Drawn>)]) -> RuleInput {
    let at = |x: f64, y: f64| {
        let p = LocalFrame::at(LonLat::new(121.4, 31.3)).to_lon_lat([x, y]);
        [p.lon, p.lat]
    };
    let layer = |(role, drawn): &(Role, Vec<Drawn>)| {
        let feature = |(corners, cells): &Drawn| {
            let geometry = match corners[..] {
                [x, y] => json!({"type": "Point", "coordinates": at(x, y)}),
                [w, s, e, n] => {
                    let ring = [at(w, s), at(e, s), at(e, n), at(w, n), at(w, s)];
                    json!({"type": "Polygon", "coordinates": [ring]})
                }
                [a, b, c, d, ..] => json!({"type": "LineString", "coordinates": [at(a, b), at(c, d)]}),
                // What lies nowhere.
                [] => Value::Null,
                _ => panic!("no geometry"),
            };
            let cells: Map<String, Value> =
                cells.as_object().expect("cells").clone().into_iter().filter(|(_, value)| !value.is_null()).collect();
            json!({"type": "Feature", "properties": cells, "geometry": geometry})
        };
        let all: Vec<Value> = drawn.iter().map(feature).collect();
        let text = json!({"type": "FeatureCollection", "features": all}).to_string();
        let layer = read_layer_bytes(text.as_bytes(), role.id(), &ReadOptions::default(), &Progress::default());
        (*role, Arc::new(IndexedLayer::new(Arc::new(layer.expect("GeoJSON")))))
    };
    RuleInput::new(layers.iter().map(layer).collect())
}

fn asked(rule: &str, input: &RuleInput) -> RuleAnswer {
    let catalogue = Catalogue::builtin();
    let rule = catalogue.get(rule).unwrap_or_else(|| panic!("no rule {rule}"));
    run(rule, input, &Values::new(), &Progress::default()).expect("nobody stopped it")
}

/// Of rows of a role the gravest verdicts.
fn verdicts(answer: &RuleAnswer, role: Role) -> BTreeMap<usize, Verdict> {
    let mut found: BTreeMap<usize, Verdict> = BTreeMap::new();
    for feature in &answer.features {
        if let Some((_, row)) = feature.of.filter(|(of, _)| *of == role) {
            let known = found.entry(row).or_insert(feature.verdict);
            *known = (*known).max(feature.verdict);
        }
    }
    found
}

/// What is wrong where each of some cases, a pair of words, must come to a verdict; each pair lies by itself.
fn faults(
    rule: &str,
    subject: (Role, &dyn Fn(&str) -> Value, bool),
    reference: (Role, &dyn Fn(&str) -> Value),
    cases: &[(&str, &str, Option<Verdict>)],
) -> Vec<String> {
    let east = |i: usize| i as f64 * 3_000.0 - 60_000.0;
    let is_point = subject.2;
    let subjects = cases.iter().enumerate().map(|(i, (own, ..))| {
        let place = if is_point { vec![east(i), 0.0] } else { vec![east(i), 0.0, east(i) + 100.0, 100.0] };
        (place, subject.1(own))
    });
    let references = cases
        .iter()
        .enumerate()
        .map(|(i, (_, other, _))| (vec![east(i) - 200.0, -200.0, east(i) + 200.0, 200.0], reference.1(other)));
    let input = input(&[(subject.0, subjects.collect()), (reference.0, references.collect())]);
    let found = verdicts(&asked(rule, &input), subject.0);
    let wrong = cases.iter().enumerate().filter(|(i, (.., wanted))| found.get(i) != wanted.as_ref());
    wrong.map(|(i, (own, other, wanted))| format!("{own} | {other}: {:?}, not {wanted:?}", found.get(&i))).collect()
}

const BAN: Option<Verdict> = Some(Verdict::Ban);
const REVIEW: Option<Verdict> = Some(Verdict::Review);
const LIST: Option<Verdict> = Some(Verdict::List);

fn banned(cases: &[(&str, &str, Option<Verdict>)]) -> Vec<String> {
    let facility = |kind: &str| json!({"kind": kind});
    let zone = |bans: &str| json!({"bans": bans, "degree": "禁止"});
    faults("ban-zones", (Role::Facility, &facility, true), (Role::BanZone, &zone), cases)
}

/// `industry` or `use=…` of a plot that is planned.
fn forbidden(cases: &[(&str, &str, Option<Verdict>)]) -> Vec<String> {
    let plot = |text: &str| {
        let (used, industry) = match text.split_once('=') {
            Some(("use", used)) => match used.split_once('+') {
                Some((used, industry)) => (Some(used), Some(industry)),
                None => (Some(used), None),
            },
            _ => (None, Some(text)),
        };
        json!({"use": used, "industry": industry, "stage": "拟建"})
    };
    let unit = |forbids: &str| json!({"code": "1", "forbids": forbids});
    faults("control-unit-check", (Role::Plot, &plot, false), (Role::ControlUnit, &unit), cases)
}

#[test]
fn names_of_the_yangtze_are_asked_about() {
    let asked_about = [
        "镇扬河段",
        "澄通河段",
        "南京河段",
        "铜陵河段",
        "武汉河段",
        "江阴水道",
        "福姜沙水道",
        "口岸直水道",
        "横沙通道",
        "新桥通道",
        "狼山沙",
        "世业洲",
        "八卦洲",
        "长兴岛南沿",
        "崇明南沿",
        "吴淞口",
        "外高桥",
        "罗泾",
        "江",
        "主江",
        "沿江",
        "沿江岸线",
        "江堤",
        "江岸",
        "滨江",
        "深水航道",
        "镇江段",
        "扬州江段",
        "1",
        "A",
        "Yangtse",
        "Yangzi River",
        "JinshaJiang",
        "CJ",
        // Siblings.
        "马洲",
        "青草沙水库",
        "嘉陵江",
        "汉水",
        "左岸",
    ];
    let others =
        ["练祁河", "蕰藻浜", "大治河", "练祁河左岸", "淀山湖", "珠江", "黄浦江", "苏州河", "川杨河河段", "杭州湾"];
    let shores = |names: &[&str]| -> Vec<String> {
        let silent = names.iter().filter(|name| {
            let line = (vec![-5_000.0, 0.0, 5_000.0, 0.0, 0.0], json!({"water": name}));
            let plot = (vec![0.0, 500.0, 50.0, 550.0], json!({"industry": "化工", "stage": "拟建"}));
            let input = input(&[(Role::Shoreline, vec![line]), (Role::Plot, vec![plot])]);
            verdicts(&asked("yangtze-chemical", &input), Role::Plot).get(&0) != REVIEW.as_ref()
        });
        silent.map(|name| (*name).to_owned()).collect()
    };
    assert_eq!(shores(&asked_about), Vec::<String>::new(), "not asked about");
    assert_eq!(shores(&others), others, "asked about");
}

#[test]
fn a_tributary_by_its_number_may_be_an_important_one() {
    for (rank, wanted) in [
        ("一级支流", REVIEW),
        ("二级支流", REVIEW),
        ("三级支流", REVIEW),
        ("长江一级支流", REVIEW),
        ("重要支流", BAN),
        ("支流", None),
        ("一般支流", None),
        ("次要支流", None),
        ("其他", None),
        ("主要支流", REVIEW),
    ] {
        let line = (vec![-5_000.0, 0.0, 5_000.0, 0.0, 0.0], json!({"rank": rank, "water": "汉江"}));
        let pond = (vec![0.0, 500.0, 50.0, 550.0], json!({"industry": "尾矿库", "stage": "拟建"}));
        let input = input(&[(Role::Shoreline, vec![line]), (Role::Plot, vec![pond])]);
        let found = verdicts(&asked("yangtze-tailings", &input), Role::Plot);
        assert_eq!(found.get(&0).copied(), wanted, "{rank}");
        // Of chemistry every tributary counts.
        let line = (vec![-5_000.0, 0.0, 5_000.0, 0.0, 0.0], json!({"rank": rank}));
        let plant = (vec![0.0, 500.0, 50.0, 550.0], json!({"industry": "化工", "stage": "拟建"}));
        let input = self::input(&[(Role::Shoreline, vec![line]), (Role::Plot, vec![plant])]);
        let found = verdicts(&asked("yangtze-chemical", &input), Role::Plot);
        assert_eq!(found.contains_key(&0), rank != "其他", "{rank}");
    }
}

/// A layer without features is named as one that is not there.
#[test]
fn a_layer_without_features_is_named() {
    let plot = || vec![(vec![0.0, 0.0, 50.0, 50.0], json!({"industry": "化工", "stage": "拟建", "use": "化工用地"}))];
    for (rule, role) in [
        ("yangtze-chemical", Role::Shoreline),
        ("projects-in-source-zones", Role::WaterSourceZone),
        ("red-line-encroachment", Role::RedLine),
        ("reserve-encroachment", Role::NatureReserve),
        ("control-unit-check", Role::ControlUnit),
        ("yangtze-chemical", Role::River),
    ] {
        let shore = vec![(vec![-5_000.0, 90_000.0, 5_000.0, 90_000.0, 0.0], json!({"water": "长江"}))];
        let mut layers = vec![(Role::Plot, plot()), (role, Vec::new())];
        if role == Role::River {
            layers.push((Role::Shoreline, shore));
        }
        let answer = asked(rule, &input(&layers));
        let told = answer.not_checked.iter().find(|told| told.role == role && told.property.is_none());
        assert!(told.is_some_and(|told| told.why.zh.contains("没有要素")), "{rule} {role:?}: {:?}", answer.not_checked);
    }
}

/// Land for the chemical industry of a layer that names no trade, and everyday words that may mean chemistry.
#[test]
fn what_may_be_chemistry_by_the_yangtze_is_looked_at() {
    let found = |cells: Value| {
        let shore = vec![(vec![-5_000.0, 0.0, 5_000.0, 0.0, 0.0], json!({"water": "长江"}))];
        let plot = vec![(vec![0.0, 500.0, 50.0, 550.0], cells)];
        let answer = asked("yangtze-chemical", &input(&[(Role::Shoreline, shore), (Role::Plot, plot)]));
        let names_column = answer.not_checked.iter().any(|told| told.property.as_deref() == Some("industry"));
        (verdicts(&answer, Role::Plot).get(&0).copied(), names_column)
    };
    for used in ["化工用地", "化学工业用地", "石化用地", "化工园区用地", "石化用地、仓储用地"]
    {
        assert_eq!(found(json!({"use": used, "stage": "拟建"})), (REVIEW, true), "{used}");
    }
    assert_eq!(found(json!({"use": "工业用地", "stage": "拟建"})).0, None);
    for industry in ["大健康", "氢能", "生命科学", "生物产业", "新材料", "医药"] {
        assert_eq!(found(json!({"industry": industry, "stage": "拟建"})).0, REVIEW, "{industry}");
    }
    for industry in ["生物医药", "生物科技", "疫苗", "生物药品", "光伏", "食品", "中药", "化工设备"]
    {
        assert_eq!(found(json!({"industry": industry, "stage": "拟建"})).0, None, "{industry}");
    }
}

/// A red line's function that something is said of beside its name is not known to be kept.
#[test]
fn a_function_is_kept_where_it_is_named_and_nothing_else() {
    let audited = |before: &str, after: &str| {
        let unit = |function: &str| {
            vec![(vec![0.0, 0.0, 100.0, 100.0], json!({"code": "1", "function": function, "core": "否"}))]
        };
        let input = input(&[(Role::RedLineBefore, unit(before)), (Role::RedLine, unit(after))]);
        let answer = asked("red-line-audit", &input);
        let kept = answer.summaries[0]["kept"]["function"].clone();
        (kept, verdicts(&answer, Role::RedLine).get(&0).copied())
    };
    for after in [
        "不再水源涵养",
        "取消水源涵养",
        "撤销水源涵养",
        "丧失水源涵养",
        "退出水源涵养",
        "失去水源涵养",
        "不具备水源涵养",
        "不属于水源涵养",
        "原水源涵养",
        "无水源涵养功能",
        "水源涵养功能丧失",
        "水源涵养功能下降",
        "水源涵养功能退化",
        "水源涵养（已降级）",
        "水源涵养（已取消）",
        "水源涵养调出",
        "水源涵养区外",
        "水源涵养调整为旅游",
        "由水源涵养调整为旅游",
        "水源涵养改为农业",
        "水源涵养转建设用地",
        "水源涵养→旅游",
        "原水源涵养，现旅游",
        "水源涵养/建设用地",
        "水源涵养林砍伐",
        "非水源涵养",
        "水涵养",
        "戊", // Siblings.
        "水源涵养功能减弱",
        "水源涵养待定",
        "水源涵养、戊",
        "拟水源涵养",
        "曾为水源涵养",
    ] {
        assert_eq!(audited("水源涵养", after), (Value::Null, REVIEW), "{after}");
    }
    for after in ["水源涵养", "水源涵养功能区", "11", "生物多样性维护、水源涵养", "重要水源涵养生态功能区"]
    {
        assert_eq!(audited("水源涵养", after), (json!(true), None), "{after}");
    }
    assert_eq!(audited("水源涵养", "水土保持"), (json!(false), BAN));
    assert_eq!(audited("戊", "水源涵养"), (Value::Null, REVIEW));
    // What both versions say alike did not change, whatever it means; nothing said is no word.
    for same in ["f", "戊", "水源涵养、戊", "水涵养", "不再水源涵养"] {
        assert_eq!(audited(same, same), (json!(true), None), "{same}");
    }
    assert_eq!(audited("戊", "己"), (Value::Null, REVIEW));
    assert_eq!(audited("", "").0, Value::Null);
}

#[test]
fn farmland_that_may_be_strictly_controlled_breaks_no_promise() {
    let field = |class: &str| vec![(vec![0.0, 0.0, 100.0, 100.0], json!({"class": class}))];
    for (before, after, wanted) in [
        ("Ⅲ类", "严格管控类", REVIEW),
        ("安全利用类", "严格管控类", BAN),
        ("严格管控类", "严格管控类", None),
        ("戊", "严格管控类", REVIEW),
        ("三类", "严格管控类", REVIEW),
    ] {
        let input = input(&[(Role::FarmlandBefore, field(before)), (Role::Farmland, field(after))]);
        let answer = asked("strict-farmland-audit", &input);
        assert_eq!(verdicts(&answer, Role::Farmland).get(&0).copied(), wanted, "{before} {after}");
        let text: String = answer.features.iter().map(|f| answer.reason(f, Lang::Zh)).collect();
        assert!(!text.contains("调入") && !text.contains("调出"), "{text}");
        let titles: String = answer.figures.iter().map(|figure| figure.title.text(Lang::Zh)).collect();
        assert!(!titles.contains('调') && titles.contains("减少"), "{titles}");
    }
    // Elsewhere it is sure.
    let mut before = field("安全利用类");
    before.push((vec![1_000.0, 0.0, 1_100.0, 100.0], json!({"class": "Ⅲ类"})));
    let input = input(&[(Role::FarmlandBefore, before), (Role::Farmland, field("严格管控类"))]);
    let found = verdicts(&asked("strict-farmland-audit", &input), Role::Farmland);
    assert_eq!(found.get(&0).copied(), REVIEW, "whether there is more in all is not known");
}

#[test]
fn land_left_open_and_lettered_public_land_are_not_safe() {
    for (planned, wanted, share) in [
        // Of a share that is promised only what is surely so counts.
        ("留白用地", REVIEW, Some(0.0)),
        ("战略留白", REVIEW, Some(0.0)),
        ("留白", REVIEW, Some(0.0)),
        ("白地", REVIEW, Some(0.0)),
        ("16", REVIEW, Some(0.0)),
        ("A7", BAN, Some(0.0)),
        ("A8", BAN, Some(0.0)),
        ("A9", BAN, Some(0.0)),
        ("C7", BAN, Some(0.0)),
        ("1503", None, Some(100.0)),
        ("工业用地", None, Some(100.0)),
    ] {
        let plot = vec![(vec![0.0, 0.0, 100.0, 100.0], json!({"planned_use": planned, "status": "风险管控"}))];
        let answer = asked("contaminated-reuse", &input(&[(Role::ContaminatedPlot, plot)]));
        let found = verdicts(&answer, Role::ContaminatedPlot).get(&0).copied();
        assert_eq!(found, wanted, "{planned}");
        for name in ["safe_use_share", "reuse_safe_share"] {
            let figure = answer.figures.iter().find(|figure| figure.name == name).expect("there");
            assert_eq!(figure.value, share, "{planned} {name}");
        }
    }
}

/// A share of nothing says what there is none of.
#[test]
fn a_share_of_nothing_names_its_denominator() {
    let field = vec![(vec![0.0, 0.0, 100.0, 100.0], json!({"class": "优先保护类", "safe_use": "是", "crop": "水稻"}))];
    let answer = asked("farmland-safety", &input(&[(Role::Farmland, field)]));
    let notes: String = answer.notes.iter().map(|note| note.zh.as_str()).collect();
    assert!(notes.contains("分母为 0") && notes.contains("安全利用类、严格管控类"), "{notes}");
    // Where there is some, nothing is said.
    let field = vec![(vec![0.0, 0.0, 100.0, 100.0], json!({"class": "安全利用类", "safe_use": "是", "crop": "苗木"}))];
    let answer = asked("farmland-safety", &input(&[(Role::Farmland, field)]));
    assert!(answer.notes.iter().all(|note| !note.zh.contains("分母为 0")), "{:?}", answer.notes);
}

/// What is to be said of a term is said where a rule tells it apart.
#[test]
fn notes_of_terms_stand_where_they_decide() {
    let zone = || vec![(vec![-200.0, -200.0, 200.0, 200.0], json!({"code": "1", "forbids": "化工"}))];
    let plot =
        |used: &str| vec![(vec![0.0, 0.0, 50.0, 50.0], json!({"use": used, "industry": "食品", "stage": "拟建"}))];
    let notes = |answer: &RuleAnswer| answer.notes.iter().map(|note| note.zh.clone()).collect::<String>();
    let answer = asked("control-unit-check", &input(&[(Role::Plot, plot("绿地")), (Role::ControlUnit, zone())]));
    assert!(!notes(&answer).contains("公园绿地"), "{}", notes(&answer));
    // Where parks are what is asked about, it is said.
    let contaminated = vec![(vec![0.0, 0.0, 50.0, 50.0], json!({"planned_use": "绿地", "status": "风险管控"}))];
    let answer = asked("contaminated-reuse", &input(&[(Role::ContaminatedPlot, contaminated)]));
    assert!(notes(&answer).contains("公园绿地"), "{}", notes(&answer));
    // 医药 may be chemistry.
    let plot = vec![(vec![0.0, 0.0, 50.0, 50.0], json!({"industry": "医药", "stage": "拟建"}))];
    let answer = asked("control-unit-check", &input(&[(Role::Plot, plot), (Role::ControlUnit, zone())]));
    assert!(notes(&answer).contains("271"), "{}", notes(&answer));
    let plot = vec![(vec![0.0, 0.0, 50.0, 50.0], json!({"industry": "医药", "stage": "拟建"}))];
    let source = vec![(vec![-200.0, -200.0, 200.0, 200.0], json!({"level": "一级"}))];
    let answer = asked("projects-in-source-zones", &input(&[(Role::Plot, plot), (Role::WaterSourceZone, source)]));
    assert!(!notes(&answer).contains("271"), "{}", notes(&answer));
}

/// A target in words whose figure was measured waits for a judgement, and not for a value.
#[test]
fn a_target_in_words_that_was_measured_is_judged_by_people() {
    let outlets = vec![
        (vec![0.0, 0.0], json!({"status": "已销号", "traced_on": "2024-01-01", "closed_on": "2024-05-01"})),
        (vec![100.0, 0.0], json!({"status": "待溯源"})),
    ];
    let river = vec![(vec![-500.0, 0.0, 500.0, 0.0, 0.0], json!({"name": "甲河", "grade": "镇管", "width_m": 20}))];
    let input = input(&[(Role::Outlet, outlets), (Role::River, river)]);
    let plan = shanshui::rules::Plan::builtin("JS").expect("built in");
    let answer = asked("outlet-ledger", &input);
    let standings = plan.standings(&[&answer]);
    let of = standings.iter().find(|s| s.target.rule.as_deref() == Some("outlet-ledger")).expect("in the plan");
    assert_eq!(of.target.value, None);
    assert_eq!((of.value, of.state), (Some(50.0), None::<TargetState>));
    assert_eq!(of.unit, "%");
    assert!(of.why.as_ref().is_some_and(|why| why.zh.contains("没有数值")), "{:?}", of.why);
}

/// What was not compared is not kept: an empty version, units that lie nowhere, versions without common land.
#[test]
fn a_promise_that_nothing_was_compared_for_is_not_kept() {
    let unit =
        |corners: &[f64], code: &str| (corners.to_vec(), json!({"code": code, "function": "水源涵养", "core": "否"}));
    let here = || unit(&[0.0, 0.0, 100.0, 100.0], "1");
    let wide = || unit(&[0.0, 0.0, 200.0, 100.0], "1");
    let there = || unit(&[5_000.0, 0.0, 5_100.0, 100.0], "1");
    let nowhere = || unit(&[], "2");
    let point = || unit(&[50.0, 50.0], "3");
    let open = || [Value::Null, Value::Null, Value::Null];
    let kept = || [json!(true), json!(true), json!(true)];
    for (what, before, after, wanted) in [
        ("an empty old version", vec![], vec![here()], open()),
        ("both empty", vec![], vec![], open()),
        ("an empty new version", vec![here()], vec![], [json!(false), Value::Null, Value::Null]),
        ("an old version that lies nowhere", vec![nowhere()], vec![here()], open()),
        ("a new version that lies nowhere", vec![here()], vec![nowhere()], open()),
        ("one old unit nowhere", vec![here(), nowhere()], vec![here()], open()),
        ("one new unit nowhere", vec![here()], vec![here(), nowhere()], [json!(true), Value::Null, Value::Null]),
        ("less, and one new unit nowhere", vec![wide()], vec![here(), nowhere()], open()),
        (
            "less, and one old unit nowhere",
            vec![wide(), nowhere()],
            vec![here()],
            [json!(false), Value::Null, Value::Null],
        ),
        ("nothing in common", vec![here()], vec![there()], open()),
        ("an old unit that is a point", vec![here(), point()], vec![here()], open()),
        ("the same", vec![here()], vec![here()], kept()),
        ("more", vec![here()], vec![wide()], kept()),
    ] {
        let has_reason = wanted.contains(&Value::Null);
        let input = input(&[(Role::RedLineBefore, before), (Role::RedLine, after)]);
        let answer = asked("red-line-audit", &input);
        let told = &answer.summaries[0]["kept"];
        assert_eq!([&told["area"], &told["function"], &told["nature"]].map(Clone::clone), wanted, "{what}");
        let notes: Vec<&str> = answer.notes.iter().map(|note| note.zh.as_str()).collect();
        assert_eq!(notes.iter().any(|note| note.contains("承诺未判定")), has_reason, "{what}: {notes:?}");
        let said = notes.iter().filter(|note| note.ends_with("：符合")).count();
        assert_eq!(said, wanted.iter().filter(|kept| **kept == json!(true)).count(), "{what}: {notes:?}");
    }
}

/// How important a function was and is no longer said to be is not known to be kept.
#[test]
fn a_rank_that_is_said_no_longer_is_looked_at() {
    let audited = |before: &str, after: &str| {
        let unit = |function: &str| vec![(vec![0.0, 0.0, 100.0, 100.0], json!({"code": "1", "function": function}))];
        let answer =
            asked("red-line-audit", &input(&[(Role::RedLineBefore, unit(before)), (Role::RedLine, unit(after))]));
        answer.summaries[0]["kept"]["function"].clone()
    };
    for (before, after, wanted) in [
        ("极重要水源涵养区", "水源涵养", Value::Null),
        ("重要水源涵养区", "水源涵养", Value::Null),
        ("极重要水土保持区", "水土保持", Value::Null),
        ("水源涵养（极重要）", "水源涵养功能区", Value::Null),
        ("极重要水源涵养区", "11", Value::Null),
        ("极重要水源涵养区", "重要水源涵养区", json!(false)),
        ("重要水源涵养区", "极重要水源涵养区", json!(true)),
        ("极重要水源涵养区", "极重要水源涵养区", json!(true)),
        ("水源涵养", "极重要水源涵养区", json!(true)),
    ] {
        assert_eq!(audited(before, after), wanted, "{before} | {after}");
    }
}

/// A river whose width is not understood may reach what is not near its line: that is looked at, and nothing further off.
#[test]
fn what_is_near_a_river_that_may_be_wide_is_looked_at() {
    let judged = |width: &str, north_m: f64| {
        let river =
            vec![(vec![-2_000.0, 0.0, 2_000.0, 0.0, 0.0], json!({"name": "甲", "rank": "支流", "width_m": width}))];
        let shore = vec![(vec![-900_000.0, 0.0, -899_000.0, 0.0, 0.0], json!({"water": "黄浦江", "rank": "其他"}))];
        let plot = vec![(vec![0.0, north_m, 50.0, north_m + 50.0], json!({"industry": "化工", "stage": "拟建"}))];
        let input = input(&[(Role::River, river), (Role::Shoreline, shore), (Role::Plot, plot)]);
        verdicts(&asked("yangtze-chemical", &input), Role::Plot).get(&0).copied()
    };
    for width in [
        "60米",
        "60米宽",
        "六十米",
        "60（m）",
        "河面宽60",
        "2×30",
        "60..80",
        "60（洪水期80）",
        "60 80",
        "60米（枯水期）",
    ] {
        assert_eq!(judged(width, 1_020.0), BAN, "{width}");
    }
    for width in ["60?", "见断面", "60（户）", "几十米", "底宽60", "40×60", "60亩"] {
        assert_eq!(judged(width, 1_020.0), REVIEW, "{width}");
        assert_eq!(judged(width, 990.0), BAN, "{width}");
        assert_eq!(judged(width, 1_600.0), None, "{width}");
    }
    assert_eq!(judged("20米", 1_020.0), None);
}

/// What lies nowhere is left out above and below, and what it could decide is not judged.
#[test]
fn a_share_of_what_lies_nowhere_is_not_judged() {
    let here = || vec![0.0, 0.0, 100.0, 100.0];
    let figure = |answer: &RuleAnswer, name: &str| {
        let found = answer.figures.iter().find(|figure| figure.name == name);
        found.unwrap_or_else(|| panic!("{name}: {:?}", answer.figures)).value
    };
    let field =
        |place: Vec<f64>, class: &str, safe: &str| (place, json!({"class": class, "crop": "水稻", "safe_use": safe}));
    let plot = |place: Vec<f64>, status: &str| (place, json!({"status": status, "planned_use": "住宅"}));
    let roof = |place: Vec<f64>, has: &str| (place, json!({"kind": "厂房", "roof_pv": has}));
    for (rule, role, whole, lost, name) in [
        (
            "farmland-safety",
            Role::Farmland,
            field(here(), "安全利用类", "是"),
            field(vec![], "严格管控类", "否"),
            "safe_use_share",
        ),
        (
            "contaminated-reuse",
            Role::ContaminatedPlot,
            plot(here(), "已移出名录"),
            plot(vec![], "风险管控"),
            "safe_use_share",
        ),
        ("roof-solar", Role::Building, roof(here(), "是"), roof(vec![], "否"), "roof_solar"),
    ] {
        let answer = asked(rule, &input(&[(role, vec![whole.clone()])]));
        assert_eq!(figure(&answer, name), Some(100.0), "{rule}");
        let answer = asked(rule, &input(&[(role, vec![whole, lost])]));
        assert_eq!(figure(&answer, name), None, "{rule}");
        assert!(answer.notes.iter().any(|note| note.zh.contains("没有可用的几何")), "{rule}: {:?}", answer.notes);
    }
    let district = |place: Vec<f64>| (place, json!({"name": "区", "population": 1_000}));
    let per_head = |districts: Vec<Drawn>| {
        let park = vec![(here(), json!({"name": "园"}))];
        asked("park-area-per-head", &input(&[(Role::District, districts), (Role::Park, park)]))
    };
    let wide = || vec![-500.0, -500.0, 500.0, 500.0];
    let known = figure(&per_head(vec![district(wide())]), "park_area_per_head").expect("known");
    assert!((known - 10.0).abs() < 1e-3, "{known}");
    assert_eq!(figure(&per_head(vec![district(wide()), district(vec![])]), "park_area_per_head"), None);
    // A layer without anything in it is named, and no error.
    for districts in [vec![], vec![district(vec![])]] {
        let answer = per_head(districts);
        assert_eq!(answer.status, shanshui::rules::Status::NeedsInput, "{:?}", answer.error);
        assert_eq!(answer.missing, ["district"]);
    }
}

/// Every rule counts the people of a column by the unit that its name says, and none those of a number that may be two.
#[test]
fn people_are_counted_alike_by_every_rule() {
    let people = |population: Value| {
        let home = vec![(vec![3_000.0, 0.0, 3_100.0, 100.0], json!({"name": "村", "population": population}))];
        let park = vec![(vec![0.0, 0.0, 100.0, 100.0], json!({"name": "园"}))];
        let zone = vec![(vec![2_900.0, -100.0, 3_200.0, 200.0], json!({"level": "一级"}))];
        let input = input(&[(Role::Residential, home), (Role::Park, park), (Role::WaterSourceZone, zone)]);
        let figure = |rule: &str, name: &str| {
            let answer = asked(rule, &input);
            answer.figures.iter().find(|figure| figure.name == name).and_then(|figure| figure.value)
        };
        [
            figure("park-500-gaps", "people_unserved_1"),
            figure("green-supply", "people_unserved"),
            figure("source-zone-contents", "people"),
        ]
    };
    for (population, wanted) in [
        (json!("1.2万"), Some(12_000.0)),
        (json!("12 000人"), Some(12_000.0)),
        (json!(12_000), Some(12_000.0)),
        (json!("12.000"), None),
        (json!("5000 7000"), None),
        (json!(1e10), None),
        (json!(-12_000), None),
        (json!("2500000000"), None),
        (json!("12.000人"), None),
    ] {
        for found in people(population.clone()) {
            match (found, wanted) {
                (Some(a), Some(b)) => assert!((a - b).abs() < 1e-3, "{population}: {a}"),
                (a, b) => assert_eq!(a, b, "{population}"),
            }
        }
    }
}

/// Services are told apart by what their kinds mean; of an unknown one no share with all kinds is judged.
#[test]
fn kinds_of_services_are_read_through_the_vocabulary() {
    let share = |kinds: &[&str]| {
        let home = vec![(vec![0.0, 0.0, 100.0, 100.0], json!({"population": 100}))];
        let service = |(i, kind): (usize, &&str)| (vec![50.0 + i as f64 * 5_000.0, 150.0], json!({"kind": kind}));
        let services = kinds.iter().enumerate().map(service).collect();
        let answer = asked("life-circle", &input(&[(Role::Residential, home), (Role::Service, services)]));
        let kinds = answer.groups.iter().filter(|group| group.by == "kind").count();
        (answer.figures.iter().find(|f| f.name == "people_share_all").and_then(|f| f.value), kinds)
    };
    for other in ["公交车站", "公交站点", "公交車站", "公交站 ", "公 交 站"] {
        assert_eq!(share(&["公交站", other]), (Some(100.0), 1), "{other}");
    }
    for unknown in ["？", "", "未知", "—？", "待定"] {
        assert_eq!(share(&["公交站", unknown]), (None, 1), "{unknown}");
    }
    assert_eq!(share(&["公交站、菜场"]).1, 2);
    assert_eq!(share(&["菜场", "标准化菜市场", "农贸市场"]), (Some(100.0), 1));
}
