//! What is still to come, what a remark turns, ends or says more closely, and what a list leaves out.

use super::super::parts::is_ahead;
use super::*;

#[test]
fn times_that_are_not_over_are_ahead() {
    for text in [
        "2026年",
        "2026年12月",
        "2026年1月1日",
        "2027年",
        "2025-2026年",
        "2026-12-31",
        "20261231",
        "202612",
        "26年12月",
        "12月",
        "1日",
        "12月31日",
        "至2030年",
    ] {
        assert!(is_ahead(text), "{text}");
    }
    for text in [
        "2025年12月",
        "2025年12月31日",
        "20251231",
        "1998年3月",
        "98年3月",
        "25年12月",
        "沪环〔2026〕12号",
        "沪府(2026)5号",
        "12号",
        "12个月",
        "2614",
        "30",
        "2.5公顷",
        "",
    ] {
        assert!(!is_ahead(text), "{text}");
    }
}

#[test]
fn remarks_say_more_closely_or_end() {
    let terms = |role: Role, property: &str, text: &str| match read(role, property, text) {
        Reading::Terms(terms) => (terms.own, !terms.unknown.is_empty()),
        Reading::Unknown(_) => (Vec::new(), true),
        other => panic!("{text}: {other:?}"),
    };
    for (role, property, text, own, is_open) in [
        (Role::Facility, "kind", "锅炉（燃气）", vec!["燃气锅炉"], true),
        (Role::Facility, "kind", "锅炉/天然气", vec!["燃气锅炉"], true),
        (Role::Facility, "kind", "锅炉-电", vec!["电锅炉"], true),
        (Role::Facility, "kind", "锅炉（燃煤）", vec!["燃煤锅炉"], false),
        (Role::Facility, "kind", "锅炉（热泵）", vec!["热泵和电窑炉"], true),
        (Role::Facility, "kind", "叉车（锂电）", vec![], true),
        (Role::Facility, "kind", "养殖场（鱼塘）", vec!["鱼塘"], true),
        (Role::Facility, "kind", "养殖场（已关停）", vec![], true),
        (Role::Facility, "kind", "养殖场（已关停搬迁）", vec![], true),
        (Role::Facility, "kind", "锅炉、燃气锅炉", vec!["锅炉", "燃气锅炉"], false),
        (Role::Plot, "industry", "化工（已退出）", vec![], true),
        (Role::Plot, "industry", "化工（2023年已关闭）", vec![], true),
        (Role::Plot, "industry", "印染（停产）", vec!["印染"], false),
        (Role::Plot, "stage", "现状（已关停）", vec!["现状", "关停"], false),
        (Role::WaterSourceZone, "level", "一级（现为准）", vec!["准"], true),
        (Role::WaterSourceZone, "level", "二级（已调整为准保护区）", vec!["准"], true),
        (Role::WaterSourceZone, "level", "准保护区（现为一级）", vec!["一级"], true),
        (Role::WaterSourceZone, "level", "一级（现为一级）", vec!["一级"], false),
        (Role::NatureReserve, "zone", "核心区（现一般控制区）", vec!["一般控制区"], true),
        (Role::ContaminatedPlot, "status", "已移出名录（2026年12月）", vec!["已移出名录"], true),
        (Role::ContaminatedPlot, "status", "已移出名录（沪环〔2026〕12号）", vec!["已移出名录"], false),
    ] {
        let own: Vec<String> = own.into_iter().map(str::to_owned).collect();
        assert_eq!(terms(role, property, text), (own, is_open), "{text}");
    }
}

#[test]
fn lists_leave_out_what_they_say() {
    for (text, excepted) in [
        ("住宅（人才公寓除外）", vec!["宿舍公寓用地"]),
        ("禁止化工（不含涂料）", vec!["涂料"]),
        ("禁止化工，涂料除外", vec!["涂料"]),
        ("禁止化工，涂料、农药除外", vec!["农药", "涂料"]),
        ("化工（除涂料）", vec!["涂料"]),
        ("禁止化工、电镀", vec![]),
        ("化工（含涂料）", vec![]),
    ] {
        let Reading::Terms(terms) = read(Role::ControlUnit, "forbids", text) else { panic!("{text}") };
        assert_eq!(terms.excepted.iter().map(String::as_str).collect::<Vec<_>>(), excepted, "{text}");
        assert!(!terms.own.is_empty(), "{text}");
        assert_eq!(terms.unknown.is_empty(), excepted.is_empty(), "{text}: {terms:?}");
    }
}

/// What only has to be done is not searched for bans; what is forbidden is, whatever else stands there.
#[test]
fn instructions_forbid_nothing() {
    for text in [
        "化工项目须环评",
        "新建化工项目须进入园区",
        "化工、电镀项目实行总量控制",
        "在居住区和工业区、工业企业之间设置防护绿地",
        "化工企业应符合规范条件",
        "电镀项目需取得排污许可",
        "化工项目严格执行环境准入",
    ] {
        let named = match read(Role::ControlUnit, "forbids", text) {
            Reading::Terms(terms) => terms.own,
            _ => Vec::new(),
        };
        assert_eq!(named, Vec::<String>::new(), "{text}");
        assert!(is_open(Role::ControlUnit, "forbids", text), "{text}");
    }
    for text in
        ["禁止在居住区之间新建化工", "禁止新建不符合规划的化工项目", "应禁止新建化工", "禁止新建化工；电镀项目须环评"]
    {
        assert_eq!(has(Role::ControlUnit, "forbids", text, "化工"), Some(true), "{text}");
    }
}
