//! The table itself, and words as offices write them.

use super::*;
use std::borrow::Cow;

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

#[test]
fn the_table_is_read_and_agrees_with_itself() {
    let vocabulary = Vocabulary::parse(TABLE).unwrap_or_else(|e| panic!("{e}"));
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
        (Role::Plot, "industry", "生物医药", "化工", Some(false)),
        (Role::Plot, "industry", "新材料、化工", "化工", Some(true)),
        (Role::ContaminatedPlot, "planned_use", "留白用地", "敏感", None),
        (Role::ContaminatedPlot, "planned_use", "16", "敏感", None),
    ] {
        assert_eq!(has(role, property, text, term), expected, "{property} {text}");
    }
    let Reading::Terms(terms) = read(Role::Plot, "industry", "新材料") else { panic!("known") };
    assert_eq!((terms.are(&["化工"]), terms.are(&["食品"])), (None, Some(false)));
}

/// Lists as databases write them into texts, and texts in brackets.
#[test]
fn what_stands_in_brackets_as_a_whole_is_read() {
    for (role, property, text, term, expected) in [
        (Role::Plot, "industry", r#"["化工"]"#, "化工", Some(true)),
        (Role::Plot, "industry", r#"["装备制造", "化工"]"#, "化工", Some(true)),
        (Role::Plot, "industry", r#"["\u5316\u5de5"]"#, "化工", Some(true)),
        (Role::Plot, "industry", "['化工', '电镀']", "电镀", Some(true)),
        (Role::Plot, "industry", "{化工,电镀}", "化工", Some(true)),
        (Role::Plot, "industry", r#"{"化工","电镀"}"#, "电镀", Some(true)),
        (Role::Plot, "industry", "（化工）", "化工", Some(true)),
        (Role::Plot, "industry", "【C26】", "化工", Some(true)),
        (Role::Plot, "industry", "[26]", "化工", Some(true)),
        (Role::Plot, "industry", r#"["未知词"]"#, "化工", None),
        (Role::Plot, "industry", r#"["装备制造", "未知词"]"#, "化工", None),
        (Role::Plot, "stage", r#"["新建"]"#, "拟建", Some(true)),
        (Role::Plot, "stage", "2024/5/1 新建", "拟建", Some(true)),
        (Role::Plot, "stage", "2024-05-01新建", "拟建", Some(true)),
        (Role::Plot, "stage", "新建（2024/5/1）", "拟建", Some(true)),
        (Role::Plot, "stage", "〔在建〕", "在建", Some(true)),
        (Role::ContaminatedPlot, "planned_use", r#"["住宅"]"#, "敏感", Some(true)),
        (Role::WaterSourceZone, "level", "（一级）", "一级", Some(true)),
        (Role::WaterSourceZone, "level", "(I)", "一级", Some(true)),
        (Role::WaterSourceZone, "level", "[]", "一级", Some(false)),
    ] {
        assert_eq!(has(role, property, text, term), expected, "{property} {text}");
    }
    for (text, expected) in
        [("（是）", Some(true)), ("[核心]", Some(true)), ("【否】", Some(false)), ("（甲类）", None)]
    {
        let is = match read(Role::RedLine, "core", text) {
            Reading::Truth(is) => Some(is),
            _ => None,
        };
        assert_eq!(is, expected, "{text}");
    }
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
fn asides_add_and_leave_open() {
    // What a cell holds as a whole, and whether something of it is not known.
    for (role, property, text, terms, is_open) in [
        (Role::Plot, "industry", "装备制造（含化工）", vec!["化工"], false),
        (Role::Plot, "industry", "选矿（含尾矿库）", vec!["尾矿库"], false),
        (Role::Plot, "industry", "食品（含电镀、印染）、造纸", vec!["电镀", "印染", "造纸"], false),
        (Role::Plot, "industry", "化学原料和化学制品制造业（C26）", vec!["化工"], false),
        (Role::Plot, "industry", "印染（停产）", vec!["印染"], false),
        (Role::Plot, "stage", "已建（拟扩建）", vec!["现状", "拟建"], false),
        (Role::Plot, "stage", "现状（待拆除）", vec!["现状"], false),
        (Role::Plot, "stage", "新建（2023年已建成）", vec!["拟建", "现状"], false),
        (Role::ContaminatedPlot, "planned_use", "工业（含住宅）", vec!["敏感"], false),
        (Role::ContaminatedPlot, "planned_use", "商业（兼容居住）", vec!["敏感"], false),
        (Role::ContaminatedPlot, "planned_use", "M1（配套宿舍）", vec!["敏感"], false),
        (Role::ContaminatedPlot, "planned_use", "居住用地（R2）", vec!["敏感"], false),
        (Role::ContaminatedPlot, "status", "已移出名录（拟）", vec!["已移出名录"], true),
        (Role::ContaminatedPlot, "status", "已移出名录（待公告）", vec!["已移出名录"], true),
        (Role::ContaminatedPlot, "status", "已移出名录（部分）", vec!["已移出名录"], true),
        (Role::ContaminatedPlot, "status", "已移出名录（申请中）", vec!["已移出名录"], true),
        (Role::ContaminatedPlot, "status", "已移出名录（2023）", vec!["已移出名录"], false),
        (Role::ContaminatedPlot, "status", "已移出名录（沪环〔2023〕12号）", vec!["已移出名录"], false),
        (Role::ContaminatedPlot, "status", "已移出名录（撤回）", vec!["已移出名录"], true),
        (Role::ContaminatedPlot, "status", "已移出名录（A区）", vec!["已移出名录"], true),
        (Role::ContaminatedPlot, "status", "已移出名录（按工业用地）", vec!["已移出名录"], true),
        (Role::ContaminatedPlot, "planned_use", "工业用地（R2地块）", vec![], true),
        (Role::ContaminatedPlot, "planned_use", "工业用地（07）", vec!["敏感"], false),
        (Role::Farmland, "crop", "花卉（农户自种）", vec![], true),
        (Role::Plot, "use", "水厂（职工食堂）", vec![], true),
        (Role::Plot, "stage", "现状（2025年扩）", vec!["现状"], true),
        (Role::Plot, "industry", "装备制造（26）", vec!["化工"], false),
        (Role::WaterSourceZone, "level", "准保护区（二级陆域及水域）", vec!["二级"], true),
        (Role::Outlet, "status", "已销号（1号）", vec!["已销号"], false),
        (Role::Outlet, "status", "已销号（待复核）", vec!["已销号"], true),
        (Role::Outlet, "status", "已整治（未验收）", vec!["已销号"], true),
        (Role::Farmland, "crop", "花卉（套种水稻）", vec!["食用"], false),
        (Role::Farmland, "crop", "休耕（2023年种水稻）", vec!["食用"], false),
        (Role::WaterSourceZone, "level", "准保护区（部分二级）", vec!["准", "二级"], true),
        (Role::WaterSourceZone, "level", "一级（陆域）", vec!["一级"], false),
        (Role::WaterSourceZone, "level", "一级保护区（青草沙）", vec!["一级"], true),
        (Role::NatureReserve, "zone", "一般控制区（含核心区）", vec!["一般控制区", "核心保护区"], false),
        (Role::Plot, "use", "水利（不含码头）", vec!["水利"], true),
        (Role::Plot, "use", "土壤修复（后开发住宅）", vec!["土壤修复", "居住"], true),
        (Role::Shoreline, "water", "长江（宝山段）", vec!["长江"], false),
    ] {
        let reading = read(role, property, text);
        let Reading::Terms(found) = &reading else { panic!("{text}: {reading:?}") };
        for term in terms {
            assert_eq!(found.has(term), Some(true), "{text}: {term}, {found:?}");
        }
        assert_eq!(!found.unknown.is_empty(), is_open, "{text}: {found:?}");
    }
}

#[test]
fn numbers_before_words_are_no_codes() {
    for (role, property, text, term) in [
        (Role::Plot, "industry", "100万吨/年乙烯", "化工"),
        (Role::Plot, "industry", "3000吨/年农药", "化工"),
        (Role::Plot, "industry", "年产120万吨PX", "化工"),
        (Role::Plot, "industry", "2024年扩建化工项目", "化工"),
        (Role::Plot, "industry", "100吨电镀", "电镀"),
        (Role::ContaminatedPlot, "planned_use", "100亩住宅", "敏感"),
        (Role::ContaminatedPlot, "planned_use", "1500平方米住宅", "敏感"),
        (Role::ContaminatedPlot, "planned_use", "1500㎡住宅", "敏感"),
        (Role::ContaminatedPlot, "planned_use", "104地块（居住）", "敏感"),
        (Role::ContaminatedPlot, "planned_use", "101地块居住用地", "敏感"),
        (Role::ContaminatedPlot, "planned_use", "105号地块学校", "敏感"),
        (Role::ContaminatedPlot, "planned_use", "2025年建学校", "敏感"),
        (Role::Plot, "industry", "C26 化学原料", "化工"),
        (Role::Plot, "industry", "2614有机化学原料制造", "化工"),
        (Role::Plot, "industry", "26、35", "化工"),
        (Role::Plot, "use", "0701-城镇住宅用地", "居住"),
    ] {
        assert_eq!(has(role, property, text, term), Some(true), "{text}: {:?}", read(role, property, text));
    }
    // The code says one thing and the words another.
    assert_ne!(has(Role::Plot, "industry", "351化工装置", "化工"), Some(false));
    assert!(matches!(read(Role::Plot, "industry", "100万吨"), Reading::Unknown(_)));
}

#[test]
fn what_a_value_is_not_leaves_the_others_open() {
    for (role, property, text, term, expected) in [
        (Role::WaterSourceZone, "level", "非一级", "一级", Some(false)),
        (Role::WaterSourceZone, "level", "非一级保护区", "二级", None),
        (Role::WaterSourceZone, "level", "非准保护区", "一级", None),
        (Role::Plot, "stage", "非现状", "拟建", None),
        (Role::Plot, "stage", "非现状", "现状", Some(false)),
        (Role::Plot, "industry", "非化工", "化工", Some(false)),
        (Role::Plot, "industry", "非化工", "精细化工", Some(false)),
        (Role::Plot, "industry", "非化工", "重污染", None),
        (Role::NatureReserve, "zone", "非核心区", "一般控制区", Some(true)),
        (Role::NatureReserve, "zone", "非核心区", "核心保护区", Some(false)),
        (Role::Farmland, "class", "非优先保护类", "优先保护类", Some(false)),
        (Role::Farmland, "class", "非优先保护类", "严格管控类", None),
        (Role::Shoreline, "water", "非长江", "长江", Some(false)),
    ] {
        assert_eq!(has(role, property, text, term), expected, "{text}: {:?}", read(role, property, text));
    }
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
fn codes_of_two_lists_mean_all_that_they_may() {
    for (text, term, expected) in [
        ("C26、C25", "化工", Some(true)),
        ("C26", "化工", Some(true)),
        ("26,28", "化工", Some(true)),
        ("A33", "金属制品业", Some(false)),
        ("M3", "三类工业用地", Some(true)),
        ("0701", "城镇住宅用地", Some(true)),
    ] {
        assert_eq!(has(Role::ControlUnit, "forbids", text, term), expected, "{text}");
    }
    for text in ["一类工业以外", "除电镀外禁止化工", "一类工业之外的项目"] {
        assert!(matches!(read(Role::ControlUnit, "forbids", text), Reading::Unknown(_)), "{text}");
    }
}

#[test]
fn codes_in_sentences_and_spans_are_read() {
    for (role, property, text, term, expected) in [
        (Role::ControlUnit, "forbids", "禁止新建C26项目", "化工", Some(true)),
        (Role::ControlUnit, "forbids", "禁止新建、扩建C26项目", "化工", Some(true)),
        (Role::ControlUnit, "forbids", "不得引进26、27类企业", "化工", Some(true)),
        (Role::ControlUnit, "forbids", "C26~C28", "化学纤维制造业", Some(true)),
        (Role::ControlUnit, "forbids", "C25-C28", "化学原料和化学制品制造业", Some(true)),
        (Role::ControlUnit, "forbids", "C25至C28", "化工", Some(true)),
        (Role::ControlUnit, "forbids", "禁止C33－C36类项目", "金属制品业", Some(true)),
        (Role::ControlUnit, "forbids", "禁止新建100万吨以上项目", "化工", None),
        (Role::ControlUnit, "forbids", "限制发展化工", "化工", None),
        (Role::Plot, "industry", "C25-C26", "化工", Some(true)),
        (Role::Plot, "industry", "C39和C26", "化工", Some(true)),
        (Role::Plot, "industry", "C39、C40和C26", "化工", Some(true)),
        (Role::Plot, "industry", "C39或C26", "化工", Some(true)),
        (Role::Plot, "industry", "13 26", "化工", Some(true)),
        (Role::Plot, "industry", "C39 C26", "化工", Some(true)),
        (Role::Plot, "industry", "C35至C25", "化工", Some(true)),
        (Role::Plot, "industry", "C39电子信息26", "化工", Some(true)),
        (Role::Plot, "industry", "461和26", "化工", Some(true)),
        (Role::ContaminatedPlot, "planned_use", "0901和0701", "敏感", Some(true)),
        (Role::ContaminatedPlot, "planned_use", "0901兼0701", "敏感", Some(true)),
        (Role::ControlUnit, "forbids", "C33和C26", "化工", Some(true)),
        (Role::ControlUnit, "forbids", "禁止C33和C26", "化工", Some(true)),
        (Role::ControlUnit, "forbids", "禁止新建C33和C26项目", "化工", Some(true)),
        (Role::ControlUnit, "forbids", "C17至C28", "化工", Some(true)),
        (Role::Plot, "industry", "C34-C36", "化工", Some(false)),
        (Role::Plot, "industry", "2611～2619", "化工", Some(true)),
        (Role::ContaminatedPlot, "planned_use", "城镇住宅用地0701", "敏感", Some(true)),
        (Role::ContaminatedPlot, "planned_use", "居住用地R2", "敏感", Some(true)),
        (Role::ContaminatedPlot, "planned_use", "工业用地-M1", "敏感", Some(false)),
        (Role::ContaminatedPlot, "planned_use", "工业用地R2", "敏感", Some(true)),
        (Role::ContaminatedPlot, "planned_use", "701.0", "敏感", Some(true)),
        (Role::Plot, "industry", "26.0", "化工", Some(true)),
    ] {
        assert_eq!(has(role, property, text, term), expected, "{text}: {:?}", read(role, property, text));
    }
}

#[test]
fn dates_amounts_marks_and_joints_stand_around_terms() {
    for (role, property, text, term, expected) in [
        (Role::Plot, "stage", "2021年拟建", "拟建", Some(true)),
        (Role::Plot, "stage", "2021年5月开工", "在建", Some(true)),
        (Role::Plot, "stage", "2026-2027年扩建", "拟建", Some(true)),
        (Role::Plot, "stage", "二期扩建", "拟建", Some(true)),
        (Role::Plot, "stage", "第2期在建", "在建", Some(true)),
        (Role::Plot, "stage", "一期已建、二期扩建", "拟建", Some(true)),
        (Role::Plot, "stage", "③扩建", "拟建", Some(true)),
        (Role::Plot, "stage", "现状（规划保留）", "拟建", Some(false)),
        (Role::Plot, "stage", "未批先建", "在建", Some(true)),
        (Role::Outlet, "status", "2023年6月已销号", "已销号", Some(true)),
        (Role::Farmland, "crop", "50亩水稻", "食用", Some(true)),
        (Role::Farmland, "crop", "水稻50亩", "食用", Some(true)),
        (Role::Farmland, "crop", "水稻约50亩、花卉20亩", "食用", Some(true)),
        (Role::Farmland, "crop", "花卉20亩", "食用", Some(false)),
        (Role::Plot, "industry", "化工。", "化工", Some(true)),
        (Role::Plot, "industry", "“化工”", "化工", Some(true)),
        (Role::Plot, "industry", "①食品②化工", "化工", Some(true)),
        (Role::Plot, "industry", "1、食品 2、化工", "化工", Some(true)),
        (Role::Plot, "industry", "（1）食品；（2）化工。", "化工", Some(true)),
        (Role::Plot, "industry", "化工和电镀", "电镀", Some(true)),
        (Role::Plot, "industry", "食品与化工", "化工", Some(true)),
        (Role::Plot, "industry", "食品及化工", "化工", Some(true)),
        (Role::Plot, "industry", "食品+化工", "化工", Some(true)),
        (Role::Plot, "industry", "食品-化工", "化工", Some(true)),
        (Role::Plot, "industry", "食品以及化工", "化工", Some(true)),
        (Role::Plot, "industry", "化工和某种东西", "化工", Some(true)),
        (Role::Plot, "industry", "食品和某种东西", "化工", None),
        (Role::Plot, "industry", "除化工和电镀", "电镀", None),
        (Role::Plot, "industry", "石油化学", "化工", Some(true)),
        (Role::Plot, "industry", "化学原料和化学制品制造业", "化工", Some(true)),
        (Role::Shoreline, "water", "长江与黄浦江", "长江", Some(true)),
        (Role::Shoreline, "water", "和平河", "长江", Some(false)),
        (Role::River, "rank", "非支流", "干流", None),
        (Role::WaterSourceZone, "level", "①级", "一级", Some(true)),
        (Role::Outlet, "class", "规模化养殖", "农业排口", Some(true)),
        (Role::Enterprise, "risk", "较大[一般-大气(Q1-M2-E3)+较大-水(Q2-M2-E2)]", "有风险", Some(true)),
        (Role::Enterprise, "risk", "一般[一般-大气(Q0)+一般-水(Q0)]", "有风险", Some(false)),
    ] {
        assert_eq!(has(role, property, text, term), expected, "{text}: {:?}", read(role, property, text));
    }
    // Marks alone say nothing that is known.
    for text in ["、", "；；", "。"] {
        assert!(matches!(read(Role::Plot, "industry", text), Reading::Unknown(_)), "{text}");
    }
}

#[test]
fn what_is_so_of_a_part_or_later_leaves_the_cell_open() {
    for (role, property, text, term) in [
        (Role::ContaminatedPlot, "status", "一期已移出名录", "已移出名录"),
        (Role::ContaminatedPlot, "status", "2030年移出名录", "已移出名录"),
        (Role::ContaminatedPlot, "status", "已移出名录（2030）", "已移出名录"),
        (Role::ContaminatedPlot, "status", "已移出名录（2030年公告）", "已移出名录"),
        (Role::Plot, "stage", "2030年建成", "现状"),
        (Role::Plot, "stage", "2028年12月投产", "现状"),
        (Role::Plot, "stage", "建成（2028年）", "现状"),
        (Role::Plot, "stage", "一期已建", "现状"),
        (Role::Farmland, "crop", "2030年休耕", "休耕"),
        (Role::Farmland, "crop", "休耕（2030年）", "休耕"),
        (Role::Farmland, "crop", "50%休耕", "休耕"),
        (Role::Outlet, "status", "2030年销号", "已销号"),
        (Role::Outlet, "status", "一期已销号", "已销号"),
    ] {
        let reading = read(role, property, text);
        assert!(!reading.unknown().is_empty(), "{text}: {reading:?}");
        assert_ne!(has(role, property, text, "no other"), Some(false), "{text}: {reading:?}");
        assert_ne!(has(role, property, text, term), Some(false), "{text}: {reading:?}");
    }
    // What has come is so.
    for (role, property, text, term) in [
        (Role::ContaminatedPlot, "status", "2023年已移出名录", "已移出名录"),
        (Role::Plot, "stage", "2019年建成", "现状"),
        (Role::Outlet, "status", "已销号（2024年6月）", "已销号"),
    ] {
        let Reading::Terms(terms) = read(role, property, text) else { panic!("{text}") };
        assert!(terms.has(term) == Some(true) && terms.unknown.is_empty(), "{text}: {terms:?}");
    }
}

#[test]
fn truths_have_words_around_them() {
    for (text, expected) in [
        ("核心区（北）", Some(true)),
        ("核心保护区内", Some(true)),
        ("核心区域", Some(true)),
        ("位于核心区", Some(true)),
        ("1.00", Some(true)),
        ("0.0", Some(false)),
        ("是。", Some(true)),
        ("是（2023）", Some(true)),
        ("是（否）", None),
        ("核心区（已调出）", None),
        ("一般控制区（核心区外）", Some(false)),
        ("一般控制区（含核心区）", None),
        ("核心区外", Some(false)),
        ("不在核心区内", Some(false)),
        ("不在实验区", None),
        ("核心区边缘", None),
        ("非缓冲区", None),
        ("不在缓冲区", None),
        ("是否", None),
        ("非核心区", Some(false)),
    ] {
        let expected = expected.map_or_else(|| Reading::Unknown(text.into()), Reading::Truth);
        assert_eq!(read(Role::RedLine, "core", text), expected, "{text}");
    }
    assert!(matches!(read(Role::Farmland, "safe_use", "是（部分）"), Reading::Unknown(_)));
    assert!(matches!(read(Role::Farmland, "safe_use", "是（北部）"), Reading::Unknown(_)));
}

#[test]
fn sentences_are_searched_for_terms() {
    assert_eq!(has(Role::ControlUnit, "forbids", "禁止新建化工项目、电镀", "化工"), Some(true));
    assert_eq!(has(Role::ControlUnit, "forbids", "禁止新建化工项目、电镀", "电镀"), Some(true));
    assert!(matches!(read(Role::ControlUnit, "forbids", "按有关要求执行。"), Reading::Unknown(_)));
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
