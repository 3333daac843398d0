//! What stands in brackets, what is so of a part or later, and what has ended.

use super::*;

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

/// What an aside takes back is left to a person.
#[test]
fn asides_take_back_what_stands_before_them() {
    for (role, property, text, term) in [
        (Role::Facility, "kind", "叉车（电动）", "高排放非道路移动机械"),
        (Role::Facility, "kind", "挖掘机（新能源）", "高排放非道路移动机械"),
        (Role::Facility, "kind", "非道路移动机械（国四）", "高排放非道路移动机械"),
        (Role::Facility, "kind", "装载机（纯电动）", "高排放非道路移动机械"),
        (Role::Facility, "kind", "燃煤锅炉（已拆除）", "高污染燃料"),
        (Role::Facility, "kind", "燃煤锅炉（已改电）", "高污染燃料"),
        (Role::Farmland, "crop", "苗木（原水稻）", "食用"),
        (Role::Farmland, "crop", "水稻（已改种）", "食用"),
        (Role::Plot, "stage", "新建（取消）", "拟建"),
        (Role::Plot, "stage", "新建（2023年取消）", "拟建"),
        (Role::BanZone, "degree", "禁养区（已取消）", "禁止"),
        (Role::WaterSourceZone, "level", "一级（已撤销）", "一级"),
        (Role::Plot, "industry", "装备制造（原化工）", "化工"),
    ] {
        assert_eq!(has(role, property, text, term), None, "{text}: {:?}", read(role, property, text));
        assert!(is_open(role, property, text), "{text}");
    }
    // What is still to be taken away is there.
    assert_eq!(has(Role::Plot, "stage", "现状（待拆除）", "现状"), Some(true));
    assert_eq!(has(Role::Plot, "stage", "现状（拆除重建）", "拟建"), Some(true));
}

/// A stage of what will have ended has not.
#[test]
fn stages_of_an_end_are_not_the_end() {
    for (role, property, text) in [
        (Role::ContaminatedPlot, "status", "移出阶段"),
        (Role::ContaminatedPlot, "status", "移出名录阶段"),
        (Role::ContaminatedPlot, "status", "已移出名录阶段"),
        (Role::ContaminatedPlot, "status", "移出类"),
        (Role::ContaminatedPlot, "status", "移出名录类"),
        (Role::ContaminatedPlot, "status", "移出状态"),
        (Role::Outlet, "status", "销号阶段"),
        (Role::Outlet, "status", "销号状态"),
        (Role::Outlet, "status", "已整治阶段"),
        (Role::Outlet, "status", "整治销号阶段"),
        (Role::Plot, "stage", "竣工验收阶段"),
        (Role::Plot, "stage", "调试阶段"),
        (Role::Plot, "stage", "调试期"),
        (Role::Plot, "stage", "试生产阶段"),
        (Role::Plot, "stage", "生产项目"),
        (Role::Plot, "stage", "生产用地"),
    ] {
        assert!(matches!(read(role, property, text), Reading::Unknown(_)), "{text}: {:?}", read(role, property, text));
    }
    for (role, property, text, term) in [
        (Role::ContaminatedPlot, "status", "已移出名录地块", "已移出名录"),
        (Role::ContaminatedPlot, "status", "修复阶段", "修复中"),
        (Role::Outlet, "status", "已销号排口", "已销号"),
        (Role::Plot, "stage", "运营阶段", "现状"),
        (Role::Plot, "stage", "竣工项目", "现状"),
    ] {
        assert_eq!(has(role, property, text, term), Some(true), "{text}: {:?}", read(role, property, text));
    }
}
