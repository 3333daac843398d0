//! True, false, and what something is not.

use super::*;

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

/// What is none of a narrow word may be what the word is a part of.
#[test]
fn what_is_no_part_of_a_truth_says_nothing() {
    for text in [
        "非重点排污单位",
        "非重点排污",
        "非重点管理",
        "非简化管理",
        "非重污染",
        "非排污许可",
        "不是重点排污单位",
        "不属于重点排污单位",
        "未列入重点排污单位",
        "不在重点管理",
        "不是重污染",
    ] {
        assert_eq!(truth(Role::Enterprise, "polluting", text), None, "{text}");
    }
    for text in ["非限行", "非限时", "非限时通行", "不是限行", "不在限行", "非指定线路", "不是指定线路"]
    {
        assert_eq!(truth(Role::Road, "hazmat", text), None, "{text}");
    }
    for (role, property, text, expected) in [
        (Role::Enterprise, "polluting", "重点排污单位", true),
        (Role::Enterprise, "polluting", "非排污单位", false),
        (Role::Enterprise, "polluting", "非污染企业", false),
        (Role::Road, "hazmat", "限行", true),
        (Role::Road, "hazmat", "禁行", false),
    ] {
        assert_eq!(truth(role, property, text), Some(expected), "{text}");
    }
}

/// Words that hold food beside others are no promise that none grows.
#[test]
fn crops_that_may_be_food_are_open() {
    for text in [
        "非粮",
        "非粮作物",
        "非粮种植",
        "非粮化",
        "非主粮",
        "经济林木",
        "苗木等",
        "花卉等",
        "花卉、苗木等",
        "花卉…",
        "轮作休耕",
        "休耕轮作",
        "花卉等作物",
        "苗木80%",
    ] {
        assert_eq!(has(Role::Farmland, "crop", text, "食用"), None, "{text}: {:?}", read(Role::Farmland, "crop", text));
    }
    for (text, expected) in
        [("花卉", false), ("休耕", false), ("轮作水稻", true), ("水稻等", true), ("花卉、苗木", false)]
    {
        assert_eq!(has(Role::Farmland, "crop", text, "食用"), Some(expected), "{text}");
    }
}
