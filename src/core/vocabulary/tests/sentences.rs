//! Sentences, lists and the words around terms.

use super::*;

#[test]
fn sentences_are_searched_for_terms() {
    assert_eq!(has(Role::ControlUnit, "forbids", "禁止新建化工项目、电镀", "化工"), Some(true));
    assert_eq!(has(Role::ControlUnit, "forbids", "禁止新建化工项目、电镀", "电镀"), Some(true));
    assert!(matches!(read(Role::ControlUnit, "forbids", "按有关要求执行。"), Reading::Unknown(_)));
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

/// What a sentence says beside what is known of it is left to a person: each of these may forbid 线路板.
#[test]
fn sentences_that_say_more_are_open() {
    for text in [
        "禁止新建化工、涉重金属项目",
        "禁止新建化工和涉重金属项目",
        "禁止新建化工及涉重金属项目",
        "禁止新建化工以及涉重金属项目",
        "禁止新建化工与涉重金属项目",
        "禁止新建化工跟涉重金属项目",
        "禁止新建化工或涉重金属项目",
        "禁止新建化工+涉重金属项目",
        "禁止化工并禁止涉重金属项目",
        "化工和落后产能项目",
        "化工和高排放项目",
        "化工和有毒有害项目",
        "化工和任何生产性项目",
        "化工和含电镀工序的项目",
        "化工和淘汰类",
        "化工和列入负面清单的项目",
        "化工和不符合产业定位的项目",
        "化工和开发建设",
        "禁止化工和与保护无关的建设",
        "化工和各类污染行业",
        "化工。涉重金属",
        "化工：涉重金属",
        "化工—涉重金属",
        "化工·涉重金属",
        "化工•涉重金属",
        "化工&涉重金属",
        "化工*涉重金属",
        "化工_涉重金属",
        "化工→涉重金属",
        "化工~涉重金属",
        "化工<br>涉重金属",
        "化工\\n涉重金属",
        "1.化工2.涉重金属",
        "（一）化工（二）涉重金属",
        "一是禁止化工二是禁止涉重金属",
        "化工…",
        "化工等",
        "化工等项目",
        "化工及楼盘",
        "化工和屠畜",
        "化工和蓄电池",
        "禁止化工和洗砂场",
        "禁止新建化工及宾馆饭庄",
        "化工和敏感建筑",
        "化工和企业",
        "禁止化工和使用有毒物质的企业",
        "禁止新建产能过剩的化工",
        "禁止化工、电镀及其延伸项目",
        "100万吨以上化工",
    ] {
        let reading = read(Role::ControlUnit, "forbids", text);
        assert_eq!(has(Role::ControlUnit, "forbids", text, "化工"), Some(true), "{text}: {reading:?}");
        assert_eq!(has(Role::ControlUnit, "forbids", text, "线路板"), None, "{text}: {reading:?}");
    }
    for text in [
        "禁止新建化工和电镀项目",
        "禁止新建、扩建化工项目",
        "严禁引进化工、印染企业",
        "一切化工项目",
        "禁止新建化工类企业",
        "（一）化工（二）电镀",
        "一是禁止化工二是禁止电镀",
        "1、化工；2、电镀",
        "不得新建化工或者电镀项目",
        "禁止发展化工",
    ] {
        let reading = read(Role::ControlUnit, "forbids", text);
        assert!(reading.unknown().is_empty(), "{text}: {reading:?}");
        assert_eq!(has(Role::ControlUnit, "forbids", text, "化工"), Some(true), "{text}: {reading:?}");
    }
}

/// A sentence that allows or names what there is forbids nothing that is certain.
#[test]
fn sentences_that_turn_are_left_to_a_person() {
    for text in [
        "主导产业：化工",
        "主导产业：化工、电镀",
        "准入：化工",
        "支持化工",
        "可发展化工",
        "重点发展化工",
        "保留现有化工",
        "引导化工入园",
        "化工（鼓励）",
        "化工（允许）",
        "化工（准入）",
        "化工（限制）",
        "严格控制化工",
        "控制新建化工",
        "加强化工园区监管",
        "化工园区外禁止新建化工",
        "无化工",
        "优先引入化工",
        "推进化工集聚",
        "鼓励发展：物流、化工",
        "强化化工污染治理",
        "化工（已取消）",
    ] {
        let reading = read(Role::ControlUnit, "forbids", text);
        assert_eq!(has(Role::ControlUnit, "forbids", text, "化工"), None, "{text}: {reading:?}");
        assert!(!reading.unknown().is_empty(), "{text}: {reading:?}");
    }
    // What stands behind a word that forbids is forbidden.
    assert_eq!(has(Role::ControlUnit, "forbids", "鼓励发展物流，禁止化工", "化工"), Some(true));
    for text in
        ["水源涵养（已降级）", "不再水源涵养", "水源涵养功能丧失", "原水源涵养", "水源涵养调整为旅游", "无水源涵养功能"]
    {
        assert_ne!(has(Role::RedLine, "function", text, "水源涵养"), Some(true), "{text}");
        assert!(is_open(Role::RedLine, "function", text), "{text}");
    }
}

/// 强化工业 holds no 化工.
#[test]
fn words_are_not_found_inside_others() {
    for (role, property, text) in [
        (Role::ControlUnit, "forbids", "强化工业污染治理"),
        (Role::ControlUnit, "forbids", "深化工业改革"),
        (Role::ControlUnit, "forbids", "优化工业布局"),
        (Role::ControlUnit, "forbids", "净化工程"),
        (Role::ControlUnit, "forbids", "信息化工程"),
        (Role::ControlUnit, "forbids", "数字化工厂"),
        (Role::ControlUnit, "forbids", "自动化工程"),
        (Role::ControlUnit, "forbids", "标准化工地"),
        (Role::Plot, "industry", "装备制造（智能化工厂）"),
        (Role::Plot, "industry", "机械（自动化工程）"),
        (Role::Plot, "industry", "电子（净化工程）"),
        (Role::Plot, "industry", "装备制造（数字化工厂）"),
        (Role::Plot, "industry", "装备制造（绿化工程）"),
        (Role::Plot, "industry", "智能化工厂"),
    ] {
        assert_ne!(has(role, property, text, "化工"), Some(true), "{text}: {:?}", read(role, property, text));
    }
    assert_eq!(has(Role::Plot, "industry", "智能化工厂", "化工"), None);
    for text in ["专业化工园区", "现代化工", "禁止精细化工", "禁止重化工"] {
        assert_eq!(has(Role::ControlUnit, "forbids", text, "化工"), Some(true), "{text}");
    }
}

/// Spellings that offices use.
#[test]
fn common_spellings_are_known() {
    for (role, property, text, term) in [
        (Role::Plot, "stage", "01-新建", "拟建"),
        (Role::Plot, "stage", "1-新建", "拟建"),
        (Role::Plot, "stage", "正在扩建", "拟建"),
        (Role::Plot, "stage", "新（扩）建", "拟建"),
        (Role::Plot, "stage", "技改扩建", "拟建"),
        (Role::WaterSourceZone, "level", "一级保护区1", "一级"),
        (Role::WaterSourceZone, "level", "1号一级保护区", "一级"),
        (Role::WaterSourceZone, "level", "一级水源地", "一级"),
        (Role::WaterSourceZone, "level", "一级-陆域", "一级"),
        (Role::WaterSourceZone, "level", "河流型一级", "一级"),
        (Role::WaterSourceZone, "level", "备用水源地一级保护区", "一级"),
        (Role::NatureReserve, "zone", "核心区域", "核心保护区"),
        (Role::NatureReserve, "zone", "核心区1", "核心保护区"),
        (Role::Outlet, "status", "市级已销号", "已销号"),
        (Role::ContaminatedPlot, "status", "移除名录", "已移出名录"),
        (Role::ContaminatedPlot, "planned_use", "第一类用地", "敏感"),
        (Role::ContaminatedPlot, "planned_use", "公租房", "敏感"),
        (Role::ContaminatedPlot, "planned_use", "政府", "敏感"),
        (Role::ContaminatedPlot, "planned_use", "诊所", "敏感"),
        (Role::ContaminatedPlot, "planned_use", "Hospital", "敏感"),
        (Role::ContaminatedPlot, "planned_use", "居住70%、商业30%", "敏感"),
        (Role::Plot, "industry", "PTA", "化工"),
        (Role::Plot, "industry", "环氧树脂", "化工"),
        (Role::Plot, "industry", "refinery", "化工"),
        (Role::Facility, "kind", "猪舍", "畜禽养殖"),
        (Role::BanZone, "bans", "柴油叉车", "叉车"),
        (Role::Facility, "kind", "叉车", "高排放非道路移动机械"),
        (Role::Road, "kind", "主次干路", "主干路"),
        (Role::UrbanBoundary, "kind", "现状建成区", "建成区"),
    ] {
        assert_eq!(has(role, property, text, term), Some(true), "{text}: {:?}", read(role, property, text));
    }
    let Reading::Terms(terms) = read(Role::ContaminatedPlot, "status", "已移出名录（第三批）") else {
        panic!("known")
    };
    assert!(terms.unknown.is_empty(), "{terms:?}");
    assert_eq!(truth(Role::RedLine, "core", "自然保护地核心区"), Some(true));
}

/// Words that stand around a list and no list: everything may be meant.
#[test]
fn a_frame_without_a_list_is_left_to_a_person() {
    for text in [
        "禁止建设",
        "禁止新建",
        "禁止",
        "严禁",
        "不得新建",
        "禁止引进",
        "禁止准入",
        "一切",
        "所有",
        "任何",
        "全部",
        "各类",
        "其他",
        "新建",
        "扩建",
        "建设",
        "禁止新建、扩建",
        r#"["禁止建设"]"#,
        "印染、一切",
        "印染；禁止建设",
        "印染、全部",
        // Siblings.
        "禁止建设；印染",
        "印染、禁止新建",
        "印染、新建、扩建",
        "印染、其他",
        "印染。禁止建设。",
        "禁止建设\n印染",
        r#"["禁止新建", "印染"]"#,
        "其他、印染",
        "禁止新建 扩建",
    ] {
        let value = match text.starts_with('[') {
            true => Value::Json(text),
            false => Value::Text(Cow::Borrowed(text)),
        };
        let property = Vocabulary::builtin().property(Role::ControlUnit, "forbids").expect("in the table");
        let reading = property.read(&value, "forbids");
        assert!(!reading.unknown().is_empty(), "{text}: {reading:?}");
    }
    for text in [
        "禁止新建、扩建印染",
        "禁止新建、改建、扩建印染项目",
        "禁止新建 印染",
        "禁止引进，印染、化工",
        "禁止新建、扩建印染；禁止新建化工",
        "印染；化工",
        "其他印染",
        "所有印染",
    ] {
        let reading = read(Role::ControlUnit, "forbids", text);
        assert!(reading.unknown().is_empty(), "{text}: {reading:?}");
        assert_eq!(has(Role::ControlUnit, "forbids", text, "印染"), Some(true), "{text}");
    }
}

/// What grows in the other seasons, or for whom, is not said; food is food.
#[test]
fn a_crop_of_a_season_leaves_the_others_open() {
    for text in [
        "冬绿肥",
        "绿肥（冬）",
        "冬紫云英",
        "冬牧草",
        "冬黑麦草",
        "冬休耕",
        "夏休耕",
        "秋冬休耕",
        "休耕（冬）",
        "休耕（早）",
        "休耕(晚)",
        "冬闲置",
        "冬未种植",
        "撂荒（夏）",
        "绿肥（轮作）",
        "轮作绿肥",
        "休耕（轮作）",
        "烟草（轮作）",
        "轮作苗木",
        "休耕0亩",
        "休耕（大棚）",
        "鲜食花卉",
        // Siblings.
        "春休耕",
        "冬苜蓿种植",
        "50亩冬绿肥",
        "冬绿肥30亩",
        "棉花（露地）",
        "0亩休耕",
        "苗木0.0亩",
        "绿肥（秋）",
        "冬绿肥、冬休耕",
    ] {
        assert!(is_open(Role::Farmland, "crop", text), "{text}: {:?}", read(Role::Farmland, "crop", text));
        assert_ne!(has(Role::Farmland, "crop", text, "食用"), Some(false), "{text}");
    }
    for text in [
        "绿肥",
        "紫云英",
        "休耕",
        "撂荒",
        "冬青",
        "麦冬",
        "大棚花卉",
        "休耕50亩",
        "20亩苗木",
        "休耕（2023）",
        "苗木种植",
        "绿化苗木",
        "闲置地",
        "烟草",
    ] {
        assert!(!is_open(Role::Farmland, "crop", text), "{text}: {:?}", read(Role::Farmland, "crop", text));
        assert_eq!(has(Role::Farmland, "crop", text, "食用"), Some(false), "{text}");
    }
    for text in ["冬小麦", "春土豆", "秋毛豆", "晚橘", "轮作水稻", "鲜食玉米", "水稻（早）", "番茄（大棚）", "冬油菜"]
    {
        assert!(!is_open(Role::Farmland, "crop", text), "{text}: {:?}", read(Role::Farmland, "crop", text));
        assert_eq!(has(Role::Farmland, "crop", text, "食用"), Some(true), "{text}");
    }
    assert_eq!(has(Role::Farmland, "crop", "水稻0亩", "食用"), None);
}
