//! Kinds of one thing: what bans one of them bans no other, and is looked at; and what is not so, or not yet.

use super::*;

type Case = (&'static str, &'static str, Option<Verdict>);

#[test]
fn a_ban_of_one_kind_is_looked_at_for_its_neighbours() {
    let mut cases: Vec<Case> = Vec::new();
    // A plot, and what the unit forbids: another kind of the same, or the whole where a kind is forbidden.
    for (plot, forbids) in [
        ("养猪", "养牛"),
        ("养猪场", "牛羊"),
        ("养鸡", "养猪"),
        ("养鸭", "养鸡"),
        ("畜禽养殖", "养猪"),
        ("家禽养殖", "养鸡"),
        ("养殖场", "散养"),
        ("养鸡", "规模化畜禽养殖"),
        ("捕捞", "水产养殖"),
        ("捕捞", "养殖"),
        ("养殖场", "规模化养殖"),
        ("铁合金", "炼钢"),
        ("炼钢", "铁合金"),
        ("精细化工", "除草剂"),
        ("选矿", "赤泥库"),
        ("汽车", "机床"),
        ("磷化工", "硫酸"),
        ("渔业", "养殖"),
        ("炼铁", "炼钢"),
        ("啤酒", "白酒"),
        ("酿造", "白酒"),
        ("金矿", "铜矿"),
        ("洗煤", "煤矿"),
        ("水洗", "印花"),
        ("便利店", "超市"),
        ("磷肥", "氮肥"),
        ("甲醇", "硫酸"),
        ("油墨", "涂料"),
        ("医疗废物处置", "危险废物焚烧"),
        ("锻造", "铸造厂、煤矿、冷轧"),
        ("生猪屠宰", "肉类加工"),
        ("电镀", "酸洗"),
        // Codes of four digits that are of one group.
        ("2614", "2611"),
        ("0311", "0313"),
        ("313", "0311"),
        ("C261", "C2614"),
        ("312", "311"),
        ("基础化学原料", "2614"),
        ("2611", "2614有机化学原料制造"),
        ("五金", "电镀"),
        // 医院 is no 诊所, whichever of the columns says so.
        ("诊所", "医院"),
        ("医院", "诊所"),
        ("门诊部", "综合医院"),
        ("社区卫生服务中心", "医院"),
        ("疾控中心", "医院"),
        ("8425", "841"),
        ("医疗", "医院"),
        ("use=诊所", "医院"),
        ("use=社区卫生服务中心", "禁止新建医院"),
        ("use=080602", "医院"),
        ("use=医院用地", "诊所"),
        ("use=医疗卫生用地", "诊所"),
        ("use=医疗卫生用地+诊所", "医院"),
        ("use=0806+社区卫生服务中心", "医院"),
        ("use=医疗卫生用地", "医院（专科医院除外）"),
    ] {
        cases.push((plot, forbids, if plot == "锻造" { BAN } else { REVIEW }));
    }
    for (plot, forbids) in [
        ("养猪", "养猪"),
        ("猪场", "生猪养殖"),
        ("养猪", "畜禽养殖"),
        ("奶牛养殖", "牛羊养殖"),
        ("养鸡", "家禽"),
        ("蛋鸡", "鸡场"),
        ("0313", "养猪"),
        ("0313", "031"),
        ("散养", "畜禽养殖"),
        ("炼钢", "钢铁"),
        ("炼钢", "化工、炼钢"),
        ("啤酒", "酿造"),
        ("尿素", "氮肥"),
        ("尿素", "化肥"),
        ("硫酸", "无机酸"),
        ("硫酸", "化工"),
        ("生猪屠宰", "屠宰"),
        ("油漆", "涂料"),
        ("海水养殖", "养殖"),
        ("2614", "261"),
        ("2614", "C2614"),
        ("26142", "禁止新建C2614项目"),
        ("2614", "化工"),
        ("2614", "2614有机化学原料制造"),
        ("C2614 有机化学原料制造", "2614"),
        ("2614", "禁止新建C2614（有机化学原料制造）项目"),
        ("酒精 1511", "1511"),
        ("医院", "医院"),
        ("专科医院", "禁止新建医院项目"),
        ("诊所", "诊所、学校"),
        ("诊所", "卫生"),
        ("门诊部", "医疗"),
        ("卫生院", "医疗卫生用地"),
        ("8425", "84"),
        ("8425", "842"),
        ("use=医院用地", "医院"),
        ("use=医院", "医院"),
        ("use=080601", "医院"),
        ("use=A51", "医院"),
        ("use=0806", "医院"),
        ("use=医疗卫生用地", "医院"),
        ("use=医疗用地", "禁止新建医院"),
        ("use=诊所", "医疗卫生用地"),
        ("use=诊所", "卫生"),
        ("use=医院", "医疗卫生用地"),
        ("use=医疗卫生用地+医院", "医院"),
        ("use=医疗卫生用地+医疗", "医院"),
    ] {
        cases.push((plot, forbids, if plot == "26142" { REVIEW } else { BAN }));
    }
    for (plot, forbids) in
        [("食品", "炼钢"), ("水产养殖", "养猪"), ("养猪", "捕捞"), ("炼钢", "白酒"), ("2614", "0311")]
    {
        cases.push((plot, forbids, LIST));
    }
    let wrong = forbidden(&cases);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_zone_that_bans_one_kind_is_looked_at_for_its_neighbours() {
    let mut cases: Vec<Case> = Vec::new();
    for (kind, bans) in [
        ("养猪场", "牛羊"),
        ("牛场", "生猪养殖"),
        ("养鸭场", "养鸡"),
        ("兔场", "养猪"),
        ("养殖场", "散养"),
        ("养猪场", "畜禽散养"),
        ("散养户", "养猪"),
        ("叉车", "挖掘机"),
        ("非道路移动机械", "叉车"),
        ("压路机", "装载机"),
        ("垃圾露天焚烧", "秸秆禁烧区"),
        ("露天焚烧", "秸秆焚烧"),
        ("燃煤锅炉", "炉窑"),
        ("生物质锅炉", "茶水炉"),
        ("家禽养殖场", "养鸡"),
        ("诊所", "医院"),
        ("医院", "诊所"),
        ("门诊部", "医院"),
        ("社区卫生服务中心", "医院"),
        ("医疗机构", "医院"),
    ] {
        cases.push((kind, bans, REVIEW));
    }
    for (kind, bans) in [
        ("养猪场", "猪"),
        ("猪", "生猪养殖"),
        ("牛", "牛羊"),
        ("奶牛养殖", "畜禽养殖"),
        ("兔养殖", "畜禽养殖"),
        ("鸭棚", "家禽"),
        ("养猪场", "规模化畜禽养殖"),
        ("散养", "散养"),
        ("畜禽散养", "畜禽养殖"),
        ("叉车", "叉车"),
        ("液压挖掘机", "挖掘机"),
        ("叉车", "高排放非道路移动机械"),
        ("茶水炉", "高污染燃料"),
        ("秸秆焚烧", "露天焚烧"),
        ("秸秆焚烧", "秸秆禁烧"),
        // With how many of them there are.
        ("2台燃煤锅炉", "高污染燃料"),
        ("燃煤锅炉2台", "高污染燃料"),
        ("燃煤锅炉×2", "高污染燃料"),
        ("燃煤锅炉x2", "高污染燃料"),
        ("2t/h燃煤锅炉", "高污染燃料"),
        ("4蒸吨燃煤锅炉", "高污染燃料"),
        ("挖掘机3台", "高排放非道路移动机械"),
        ("3t叉车", "高排放非道路移动机械"),
        ("500头猪场", "畜禽养殖"),
        ("医院", "医院"),
        ("专科医院", "医院"),
        ("诊所", "医疗机构"),
        ("门诊部", "诊所"),
    ] {
        cases.push((kind, bans, BAN));
    }
    for (kind, bans) in [("养猪场", "水产养殖"), ("叉车", "秸秆焚烧"), ("4S店", "锅炉"), ("电动叉车", "叉车")]
    {
        cases.push((kind, bans, None));
    }
    let wrong = banned(&cases);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A neighbour is named by both words, and is none of what is listed.
#[test]
fn a_neighbour_is_named_by_both_words() {
    for (plot, forbids, words) in [
        ("养猪", "养牛", ["养猪", "养牛"]),
        ("2614", "2611", ["2614", "2611"]),
        ("油墨", "涂料", ["油墨", "涂料"]),
        ("诊所", "医院", ["诊所", "医院"]),
    ] {
        let plots = vec![(vec![0.0, 0.0, 90.0, 90.0], json!({"name": "甲", "industry": plot, "stage": "拟建"}))];
        let unit = vec![(vec![-10.0, -10.0, 100.0, 100.0], json!({"code": "1", "forbids": forbids}))];
        let answer = asked("control-unit-check", &input(&[(Role::Plot, plots), (Role::ControlUnit, unit)]));
        let reason: String = answer.features.iter().map(|f| answer.reason(f, Lang::Zh)).collect();
        assert!(words.iter().all(|word| reason.contains(word)) && reason.contains("同属一类"), "{reason}");
    }
}

/// What a zone is to become, may be or is proposed to be is no ground for a ban today.
#[test]
fn what_is_to_come_or_uncertain_bans_nothing_today() {
    let levels: [(&str, Option<Verdict>); 22] = [
        ("二级（拟调整为一级）", REVIEW),
        ("二级（2026年12月调整为一级）", REVIEW),
        ("二级保护区（计划升为一级）", REVIEW),
        ("准（将改为一级）", REVIEW),
        ("一级（疑似）", REVIEW),
        ("一级（待核实）", REVIEW),
        ("一级（？）", REVIEW),
        ("一级（拟）", REVIEW),
        ("一级（待批）", REVIEW),
        ("一级保护区（征求意见稿）", REVIEW),
        ("一级（已调整为二级）", REVIEW),
        ("一级（撤销）", REVIEW),
        // What is so stays so.
        ("一级", BAN),
        ("一级（陆域）", BAN),
        ("一级（2020年批复）", BAN),
        ("一级（拟撤销）", BAN),
        ("一级（拟调整为二级）", BAN),
        ("二级（已调整为一级）", BAN),
        ("一二级", BAN),
        ("1-2级", BAN),
        ("一级、二级", BAN),
        ("二级", REVIEW),
    ];
    let east = |i: usize| i as f64 * 300.0;
    let plots = levels.iter().enumerate().map(|(i, _)| {
        (vec![east(i), 0.0, east(i) + 60.0, 60.0], json!({"use": "工业用地", "industry": "食品", "stage": "拟建"}))
    });
    let zones = levels.iter().enumerate().map(|(i, (level, _))| {
        (vec![east(i) - 20.0, -20.0, east(i) + 80.0, 80.0], json!({"name": "源", "level": level}))
    });
    let input = input(&[(Role::Plot, plots.collect()), (Role::WaterSourceZone, zones.collect())]);
    let answer = asked("projects-in-source-zones", &input);
    let found = verdicts(&answer, Role::Plot);
    let wrong = levels.iter().enumerate().filter(|(i, (_, wanted))| found.get(i) != wanted.as_ref());
    let wrong: Vec<String> = wrong.map(|(i, (level, _))| format!("{level}: {:?}", found.get(&i))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for level in ["二级（拟调整为一级）", "一级（疑似）", "一级（拟）", "一级（待批）"] {
        assert!(answer.unknown_values.iter().any(|unknown| unknown.value == level), "{level}");
    }
}

/// Nor is a crop that is not sown any more, or that is no food.
#[test]
fn crops_that_are_no_food_any_more_are_looked_at() {
    let crops: [(&str, Option<Verdict>); 16] = [
        ("水稻（已停种）", REVIEW),
        ("水稻（2024年停种）", REVIEW),
        ("水稻（已改种苗木）", REVIEW),
        ("水稻（非食用）", REVIEW),
        ("玉米（饲用）", REVIEW),
        ("玉米（青贮）", REVIEW),
        ("高粱（酿酒）", REVIEW),
        ("水稻（疑似）", REVIEW),
        ("水稻（拟种）", REVIEW),
        ("苗木（拟改为水稻）", REVIEW),
        // What is so stays so.
        ("水稻", BAN),
        ("水稻（2024年）", BAN),
        ("水稻（早稻）", BAN),
        ("苗木（套种水稻）", BAN),
        ("玉米（鲜食）", BAN),
        ("苗木", None),
    ];
    let east = |i: usize| i as f64 * 200.0;
    let fields = crops.iter().enumerate().map(|(i, (crop, _))| {
        (vec![east(i), 0.0, east(i) + 90.0, 90.0], json!({"class": "严格管控类", "crop": crop, "safe_use": "否"}))
    });
    let found = verdicts(&asked("farmland-safety", &input(&[(Role::Farmland, fields.collect())])), Role::Farmland);
    let wrong = crops.iter().enumerate().filter(|(i, (_, wanted))| found.get(i) != wanted.as_ref());
    let wrong: Vec<String> = wrong.map(|(i, (crop, _))| format!("{crop}: {:?}", found.get(&i))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A year that may be still to come counts in no figure of what was built; which years are over is a parameter.
#[test]
fn parks_of_years_to_come_are_named() {
    let new_m2 = |year: &str, values: &[(&str, f64)]| {
        let district = vec![(vec![0.0, 0.0, 900.0, 900.0], json!({"name": "区", "population": 1000}))];
        let parks = vec![
            (vec![0.0, 0.0, 100.0, 100.0], json!({"name": "旧园", "year": "2022"})),
            (vec![200.0, 0.0, 300.0, 100.0], json!({"name": "新园", "year": year})),
        ];
        let input = input(&[(Role::District, district), (Role::Park, parks)]);
        let catalogue = Catalogue::builtin();
        let rule = catalogue.get("park-area-per-head").expect("in the catalogue");
        let values: Values = values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let answer = run(rule, &input, &values, &Progress::default()).expect("nobody stopped it");
        let figure = answer.figures.iter().find(|figure| figure.name == "new_park_m2").expect("there");
        let notes: String = answer.notes.iter().map(|note| note.zh.clone()).collect();
        (figure.value.map(|m2| (m2 / 10_000.0).round()), notes.contains("新园"))
    };
    let until = ("until", 2026.0);
    for year in ["2026年12月", "2026", "202612", "2026-12-31", "2026年"] {
        assert_eq!(new_m2(year, &[until]), (None, true), "{year}");
        assert_eq!(new_m2(year, &[until, ("over", 2026.0)]), (Some(2.0), false), "{year}");
        // Of 2023 at most: the later one does not matter.
        assert_eq!(new_m2(year, &[]), (Some(1.0), false), "{year}");
    }
    for year in ["2023年12月", "2021", "2023-01-01"] {
        assert_eq!(new_m2(year, &[]), (Some(2.0), false), "{year}");
    }
    assert_eq!(new_m2("2025年12月", &[until]), (Some(2.0), false));
    // A later release moves both.
    let catalogue = Catalogue::builtin();
    for id in ["park-area-per-head", "greenway-continuity"] {
        let rule = catalogue.get(id).expect("in the catalogue");
        let over = rule.parameters.iter().find(|parameter| parameter.name == "over").expect("there");
        assert_eq!(over.default, f64::from(shanshui::vocabulary::LAST_YEAR_OVER), "{id}");
    }
}

/// A planned home is a plot and a home by one row: it is no burden of itself, and other homes on it are.
#[test]
fn a_row_is_no_burden_of_itself() {
    let row = |x: f64, y: f64, code: &str| (vec![x, y, x + 100.0, y + 100.0], json!({"YDYHFLDM": code, "name": code}));
    let rows = vec![row(0.0, 0.0, "0701"), row(500.0, 0.0, "1001"), row(900.0, 0.0, "1401"), row(950.0, 0.0, "0702")];
    let drawn = input(&[(Role::Plot, rows)]);
    let layer = drawn.together(Role::Plot).expect("drawn").layer();
    let named = Arc::new(IndexedLayer::new(Arc::new(shanshui::model::Layer {
        name: "ZXCQGHYDYH".into(),
        ..Arc::unwrap_or_clone(Arc::clone(layer))
    })));
    let read = shanshui::rules::as_national(&named, Vocabulary::builtin(), Lang::Zh).expect("national");
    // A red line drawn along a plot's border is another layer.
    let red = input(&[(Role::RedLine, vec![(vec![500.0, 0.0, 600.0, 100.0], json!({"core": "是"}))])]);
    let all = RuleInput::new([read.layers, red.layers.clone()].concat());
    let answer = asked("plot-burdens", &all);
    let plots = all.together(Role::Plot).expect("there").layer();
    let taken = |code: &str, column: &str| {
        let is_it = |row: usize| plots.attributes.get(row, "YDYHFLDM").display() == code;
        let feature = answer.features.iter().find(|feature| feature.of.is_some_and(|(_, row)| is_it(row)));
        feature.expect("a row a plot").number(column).expect("a column")
    };
    assert_eq!(taken("0701", "residential_m2"), 0.0);
    assert_eq!(taken("1001", "residential_m2"), 0.0);
    assert!(taken("1001", "red_line_m2") > 9_000.0);
    // The park lies on homes, and they on it.
    assert!(taken("1401", "residential_m2") > 4_000.0 && taken("0702", "park_m2") > 4_000.0);
    let burdened = answer.figures.iter().find(|figure| figure.name == "burdened").and_then(|figure| figure.value);
    assert_eq!(burdened, Some(3.0));
}

/// That no field was strictly controlled before is an answer; a class that is only proposed is none.
#[test]
fn a_version_without_the_class_is_compared() {
    let both = |before: &str, after: &str| {
        let field = |class: &str| vec![(vec![0.0, 0.0, 100.0, 100.0], json!({"class": class}))];
        asked("strict-farmland-audit", &input(&[(Role::FarmlandBefore, field(before)), (Role::Farmland, field(after))]))
    };
    for (before, after, wanted) in [
        ("安全利用类", "严格管控类", BAN),
        ("优先保护", "严格管控", BAN),
        ("严格管控类", "安全利用类", LIST),
        ("安全利用类", "严格管控类（拟）", REVIEW),
        ("安全利用类", "安全利用类（拟调整为严格管控类）", REVIEW),
        ("安全利用类", "严格管控类（待定）", REVIEW),
        ("安全利用类", "优先保护类", None),
    ] {
        let answer = both(before, after);
        let gravest = answer.features.iter().map(|feature| feature.verdict).max();
        assert_eq!(gravest, wanted, "{before} {after}");
        let notes: Vec<&str> = answer.notes.iter().map(|note| note.zh.as_str()).collect();
        assert!(notes.iter().all(|note| !note.contains("无从比较")), "{before} {after}: {notes:?}");
        if wanted != REVIEW {
            let net = answer.figures.iter().find(|figure| figure.name == "net_ha").and_then(|figure| figure.value);
            assert!(net.is_some(), "{before} {after}");
        }
    }
}

/// A zone that is only proposed bans nothing yet.
#[test]
fn a_proposed_zone_bans_nothing_yet() {
    let cases: [(&str, &str, Option<Verdict>); 9] = [
        ("禁养（拟）", "畜禽养殖", REVIEW),
        ("禁养区（待批）", "畜禽养殖", REVIEW),
        ("禁止（征求意见稿）", "畜禽养殖", REVIEW),
        ("限养区（拟调整为禁养区）", "畜禽养殖", REVIEW),
        ("禁养区（已取消）", "畜禽养殖", REVIEW),
        // What is so stays so.
        ("禁养区（拟调整为限养区）", "畜禽养殖", BAN),
        ("禁养区（2019年）", "畜禽养殖", BAN),
        ("禁养", "畜禽养殖", BAN),
        ("适养", "畜禽养殖", None),
    ];
    let farm = |_: &str| json!({"kind": "养猪场"});
    let zone = |text: &str| {
        let (degree, bans) = text.split_once('|').unwrap_or((text, ""));
        json!({"degree": degree, "bans": bans})
    };
    let joined: Vec<String> = cases.iter().map(|(degree, bans, _)| format!("{degree}|{bans}")).collect();
    let pairs: Vec<(&str, &str, Option<Verdict>)> =
        joined.iter().zip(&cases).map(|(text, case)| ("养猪场", text.as_str(), case.2)).collect();
    let wrong = faults("ban-zones", (Role::Facility, &farm, true), (Role::BanZone, &zone), &pairs);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
