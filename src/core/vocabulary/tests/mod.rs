//! The table itself, and words as offices write them.

use super::*;
use crate::model::Value;
use std::borrow::Cow;

mod asides;
mod codes;
mod phrases;
mod quantities;
mod sentences;
mod truths;
mod turned;

fn read(role: Role, property: &str, text: &str) -> Reading {
    let property = Vocabulary::builtin().property(role, property).unwrap_or_else(|| panic!("{role:?}.{property}"));
    property.read(&Value::Text(Cow::Borrowed(text)), &property.name)
}

fn has(role: Role, property: &str, text: &str, term: &str) -> Option<bool> {
    match read(role, property, text) {
        Reading::Terms(terms) => terms.has(term),
        Reading::Empty => Some(false),
        _ => None,
    }
}

/// What a cell that should hold a truth says; `None` where that is not known.
fn truth(role: Role, property: &str, text: &str) -> Option<bool> {
    match read(role, property, text) {
        Reading::Truth(is) => Some(is),
        _ => None,
    }
}

/// True where something of a cell is left to a person.
fn is_open(role: Role, property: &str, text: &str) -> bool {
    !read(role, property, text).unknown().is_empty()
}

#[test]
fn the_table_is_read_and_agrees_with_itself() {
    let (vocabulary, _) = Vocabulary::parse(TABLE).unwrap_or_else(|e| panic!("{e}"));
    assert!(vocabulary.version >= 1);
    for (role, property) in vocabulary.properties() {
        let of = format!("{}.{}", role.id(), property.name);
        assert!(property.kind != Kind::Terms || !property.terms.is_empty() || property.is_open, "{of}");
        if let Empty::Is(is) = &property.empty {
            assert!(property.is_term(is), "{of}: {is}");
        }
        for (at, term) in property.terms.iter().enumerate() {
            for word in std::iter::once(&term.is).chain(&term.also) {
                let other = property.spelled.get(&property.compared(word)).map(|at| &property.terms[*at].is);
                assert_eq!(other, Some(&term.is), "{of}: {word} stands twice ({at})");
            }
            for word in &term.may_be {
                assert!(property.is_term(word), "{of}: {} may be {word}", term.is);
                assert!(!property.is_under(&term.is, word), "{of}: {} is {word}", term.is);
            }
            for code in &term.codes {
                // Codes of several lists stay apart.
                let by_code = property.by_codes(&folded(code));
                assert!(by_code.iter().any(|at| property.terms[*at].is == term.is), "{of}: {code}");
            }
        }
    }
}

/// Where a word does not say which of several it is, what decides is left to a person; what it is not is certain.
#[test]
fn wide_words_may_be_narrower_ones() {
    for (role, property, text, term, expected) in [
        (Role::Facility, "kind", "锅炉", "燃煤锅炉", None),
        (Role::Facility, "kind", "锅炉房", "燃煤锅炉", None),
        (Role::Facility, "kind", "工业炉窑", "燃煤锅炉", None),
        (Role::Facility, "kind", "锅炉", "高污染燃料", Some(true)),
        (Role::Facility, "kind", "锅炉", "餐饮", Some(false)),
        (Role::Facility, "kind", "锅炉、燃煤锅炉", "燃煤锅炉", Some(true)),
        (Role::Facility, "kind", "燃气锅炉", "燃煤锅炉", Some(false)),
        (Role::Facility, "kind", "搅拌站", "现场搅拌混凝土", None),
        (Role::Facility, "kind", "商混站", "现场搅拌混凝土", Some(false)),
        (Role::Plot, "industry", "医药", "化工", None),
        (Role::Plot, "industry", "C27", "化工", None),
        (Role::Plot, "industry", "新材料", "化工", None),
        (Role::Plot, "industry", "化工仓储", "化工", None),
        (Role::Plot, "industry", "油库、装备制造", "化工", None),
        // What may be 271 never falls through; what names the biological ones does not mean it, as the sample's authors answer.
        (Role::Plot, "industry", "生物医药", "化工", Some(false)),
        (Role::Plot, "industry", "大健康", "化工", None),
        (Role::Plot, "industry", "氢能", "化工", None),
        (Role::Plot, "industry", "生物药品", "化工", Some(false)),
        (Role::Plot, "industry", "疫苗", "化工", Some(false)),
        (Role::Plot, "industry", "光伏", "化工", Some(false)),
        (Role::Plot, "industry", "新材料、化工", "化工", Some(true)),
        (Role::ContaminatedPlot, "planned_use", "留白用地", "敏感", None),
        (Role::ContaminatedPlot, "planned_use", "16", "敏感", None),
    ] {
        assert_eq!(has(role, property, text, term), expected, "{property} {text}");
    }
    let Reading::Terms(terms) = read(Role::Plot, "industry", "新材料") else { panic!("known") };
    assert_eq!((terms.are(&["化工"]), terms.are(&["食品"])), (None, Some(false)));
}

#[test]
fn words_are_what_offices_mean() {
    for (role, property, text, term, expected) in [
        (Role::WaterSourceZone, "level", "一级保护区", "一级", Some(true)),
        (Role::WaterSourceZone, "level", "Ⅰ级", "一级", Some(true)),
        (Role::WaterSourceZone, "level", "1", "一级", Some(true)),
        (Role::WaterSourceZone, "level", " １ 级 ", "一级", Some(true)),
        (Role::WaterSourceZone, "level", "饮用水水源二级保护区", "二级", Some(true)),
        (Role::WaterSourceZone, "level", "准保护区", "准", Some(true)),
        (Role::WaterSourceZone, "level", "一级（陆域）", "一级", Some(true)),
        (Role::WaterSourceZone, "level", "甲", "一级", None),
        (Role::Plot, "stage", "新建", "拟建", Some(true)),
        (Role::Plot, "stage", "扩建", "拟建", Some(true)),
        (Role::Plot, "stage", "改建", "拟建", Some(false)),
        (Role::Plot, "stage", "已建成", "现状", Some(true)),
        (Role::Plot, "stage", "施工中", "在建", Some(true)),
        (Role::Plot, "industry", "石化", "化工", Some(true)),
        (Role::Plot, "industry", "精细化工项目", "化工", Some(true)),
        (Role::Plot, "industry", "化学原料和化学制品制造业", "化工", Some(true)),
        (Role::Plot, "industry", "C26", "化工", Some(true)),
        (Role::Plot, "industry", "2614", "化工", Some(true)),
        (Role::Plot, "industry", "2710", "化工", Some(true)),
        (Role::Plot, "industry", "装备制造、化工", "化工", Some(true)),
        (Role::Plot, "industry", "绿化工程", "化工", Some(false)),
        (Role::Plot, "industry", "文化", "化工", Some(false)),
        (Role::Plot, "industry", "装备制造", "化工", Some(false)),
        (Role::Plot, "industry", "尾砂库", "尾矿库", Some(true)),
        (Role::ContaminatedPlot, "planned_use", "住宅", "敏感", Some(true)),
        (Role::ContaminatedPlot, "planned_use", "0701", "敏感", Some(true)),
        (Role::ContaminatedPlot, "planned_use", "0804", "敏感", Some(true)),
        (Role::ContaminatedPlot, "planned_use", "化学工业用地", "敏感", Some(false)),
        (Role::NatureReserve, "zone", "缓冲区", "核心保护区", Some(true)),
        (Role::NatureReserve, "zone", "实验区", "一般控制区", Some(true)),
        (Role::Outlet, "status", "未溯源", "待溯源", Some(true)),
        (Role::Outlet, "status", "已完成整治", "已销号", Some(true)),
        (Role::Outlet, "status", "其他", "已溯源", None),
        (Role::Outlet, "class", "城镇雨洪排口", "其他排口", Some(true)),
        (Role::Farmland, "class", "严格管控", "严格管控类", Some(true)),
        (Role::Farmland, "class", "Ⅲ类", "严格管控类", None),
        (Role::Farmland, "crop", "花生", "食用", Some(true)),
        (Role::Farmland, "crop", "红豆杉", "食用", Some(false)),
        (Role::Farmland, "crop", "麦冬", "食用", Some(false)),
        (Role::Facility, "kind", "燃气锅炉", "高污染燃料", Some(false)),
        (Role::Facility, "kind", "挖掘机", "高排放非道路移动机械", Some(true)),
        (Role::Building, "kind", "学校", "公共机构", Some(true)),
    ] {
        assert_eq!(
            has(role, property, text, term),
            expected,
            "{role:?}.{property} = {text}: {:?}",
            read(role, property, text)
        );
    }
    for (text, expected) in [
        ("是", true),
        ("Y", true),
        ("√", true),
        ("１", true),
        ("核心区", true),
        ("否", false),
        ("×", false),
        ("一般控制区", false),
    ] {
        assert_eq!(read(Role::RedLine, "core", text), Reading::Truth(expected), "{text}");
    }
    assert_eq!(read(Role::RedLine, "core", "甲类"), Reading::Unknown("甲类".into()));
    assert_eq!(read(Role::Town, "population", "1.2万"), Reading::Number(12_000.0));
    assert_eq!(read(Role::Greenway, "year", "2020-01-31"), Reading::Number(2020.0));
    assert!(read(Role::Plot, "industry", "某种从未听说的东西").unknown() == ["某种从未听说的东西"]);
}

#[test]
fn names_that_hold_a_known_one_are_open() {
    for (text, expected) in [
        ("長江", Some(true)),
        ("揚子江", Some(true)),
        ("宝钢长江岸线", None),
        ("吴淞口长江段", None),
        ("Yangtze Estuary", Some(true)),
        ("黄浦江", Some(false)),
        ("蕰藻浜", Some(false)),
    ] {
        assert_eq!(has(Role::Shoreline, "water", text, "长江"), expected, "{text}");
    }
    assert_eq!(has(Role::WaterBody, "kind", "河湖", "湖库"), Some(true));
    assert_eq!(has(Role::WaterBody, "kind", "河湖", "河流"), Some(true));
    assert_eq!(has(Role::WaterSourceZone, "level", "準保護區", "准"), Some(true));
}

#[test]
fn lists_are_something_by_all_of_their_parts() {
    let are = |role: Role, property: &str, text: &str, terms: &[&str]| match read(role, property, text) {
        Reading::Terms(found) => found.are(terms),
        _ => None,
    };
    for (text, expected) in [
        ("已移出名录", Some(true)),
        ("已移出名录、风险管控", Some(false)),
        ("已移出名录,待定", None),
        ("已移出名录（拟）", None),
    ] {
        assert_eq!(are(Role::ContaminatedPlot, "status", text, &["已移出名录"]), expected, "{text}");
    }
    assert_eq!(are(Role::Plot, "use", "供水、餐饮", &["供水", "水利"]), Some(false));
    assert_eq!(are(Role::Plot, "use", "供水、水利", &["供水", "水利"]), Some(true));
    assert_eq!(are(Role::WaterSourceZone, "level", "非一级", &["一级"]), Some(false));
}

#[test]
fn a_planners_word_is_read_before_all_others() {
    let word = |value: &str, is: &str| Word {
        role: Role::RedLine,
        property: "core".into(),
        value: value.into(),
        is: is.into(),
    };
    let own = Vocabulary::builtin().with_words(&[word("甲 类", "true"), word("是", "false")]);
    let property = own.property(Role::RedLine, "core").expect("there");
    let read = |text: &'static str| property.read(&Value::Text(Cow::Borrowed(text)), "core");
    assert_eq!(
        (read("甲类"), read("是"), read("Y")),
        (Reading::Truth(true), Reading::Truth(false), Reading::Truth(true))
    );
}

#[test]
fn layers_of_national_databases_are_known_by_name_and_code() {
    let layers = Vocabulary::builtin().layers();
    let named = |name: &str| layers.iter().find(|layer| layer.is_named(name));
    assert_eq!(named("STBHHX").and_then(|layer| layer.role), Some(Role::RedLine));
    assert_eq!(named("310113_STBHHX_2023").and_then(|layer| layer.role), Some(Role::RedLine));
    let survey = named("DLTB").expect("known");
    let role = |code: &str| survey.part_of(code).map(|part| part.role);
    assert_eq!(
        [role("0101"), role("1101"), role("0303"), role("0702"), role("0602")],
        [Some(Role::Farmland), Some(Role::WaterBody), Some(Role::Wetland), Some(Role::Residential), None]
    );
    // A number that lost its zero, the code of a division before the name, a year behind it.
    assert_eq!([role("101"), role("701"), role("602")], [Some(Role::Farmland), Some(Role::Residential), None]);
    let is_survey = |name: &str| named(name).is_some_and(|layer| layer.title == "地类图斑");
    assert!(is_survey("310113DLTB") && is_survey("DLTB2023") && is_survey("310113_DLTB") && !is_survey("DLTBX"));
    let districts = named("XZQ").expect("known");
    assert_eq!(districts.part_of("310113001").map(|part| part.role), Some(Role::Town));
    assert!(named("plots").is_none());
}
