//! What an area forbids, held against what a feature is, by their words.

use super::*;

#[test]
fn a_facility_meets_the_ban_of_its_kind() {
    let ban = |pairs: &[(&'static str, &'static str)]| -> Vec<(&'static str, &'static str, Option<Verdict>)> {
        pairs.iter().map(|(kind, bans)| (*kind, *bans, BAN)).collect()
    };
    let mut cases = ban(&[
        ("化工", "化工"),
        ("化工厂", "化工项目"),
        ("化工企业", "化工企业"),
        ("化工园区", "化工园区"),
        ("石化", "化工"),
        ("农药厂", "化工"),
        ("焦化厂", "化工"),
        ("化工厂", "危险化学品"),
        ("化工厂", "危化品"),
        ("危化品仓库", "危险化学品"),
        ("储罐区", "危险化学品"),
        ("油库", "危化品"),
        ("水产养殖", "水产养殖"),
        ("水产养殖场", "水产养殖"),
        ("鱼塘", "水产养殖"),
        ("网箱养殖", "网箱养殖"),
        ("围网养殖", "围网养殖"),
        ("养鱼场", "水产"),
        ("虾场", "水产养殖"),
        ("电镀厂", "工业企业"),
        ("化工厂", "工业企业"),
        ("混凝土搅拌站", "工业企业"),
        ("汽修厂", "工业企业"),
        ("屠宰场", "工业企业"),
        ("尾矿库", "工业企业"),
        ("造纸厂", "工业"),
        ("水泥厂", "工业"),
        ("钢铁厂", "工厂"),
        ("制药厂", "工业项目"),
        ("危化品码头", "港口码头"),
        ("危化品码头", "码头"),
        ("码头堆场", "港口码头"),
        ("工业固废堆场", "堆场"),
        ("灰渣场", "堆场"),
        // Siblings.
        ("油品码头", "港口"),
        ("焦化厂", "工业企业"),
        ("混凝土搅拌站", "混凝土搅拌"),
        ("养猪场", "养殖"),
        ("食品厂", "工业企业"),
        ("码头堆场", "堆场"),
    ]);
    let review: [(&str, &str); 24] = [
        ("工业企业", "化工"),
        ("企业", "化工"),
        ("加工厂", "化工"),
        ("工业企业", "重点污染源"),
        ("工厂", "重点排污单位"),
        ("散乱污", "重污染企业"),
        ("火电厂", "高污染燃料"),
        ("热电厂", "高污染燃料"),
        ("焦化厂", "高污染燃料"),
        ("水泥厂", "高污染燃料"),
        ("钢铁厂", "高污染燃料"),
        ("电厂", "燃煤"),
        ("煤堆场", "煤炭"),
        ("水产养殖", "养殖"),
        ("大排档", "露天烧烤"),
        // Siblings.
        ("制药厂", "化工"),
        ("储罐区", "化工"),
        ("养殖场", "水产养殖"),
        ("小作坊", "化工企业"),
        ("储煤场", "燃煤"),
        ("工厂", "高污染燃料"),
        ("鱼塘", "养殖"),
        ("养殖户", "网箱养殖"),
        ("危化品码头", "化工项目"),
    ];
    cases.extend(review.map(|(kind, bans)| (kind, bans, REVIEW)));
    // What is another thing stays out.
    for (kind, bans) in [("燃气锅炉", "高污染燃料"), ("面馆", "露天烧烤"), ("加油站", "化工")] {
        cases.push((kind, bans, None));
    }
    let wrong = banned(&cases);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every ban bans a kind, and a word that both sides have meets itself.
#[test]
fn every_ban_bans_something_and_every_word_itself() {
    let vocabulary = Vocabulary::builtin();
    let kinds = vocabulary.property(Role::Facility, "kind").expect("in the table");
    let bans = vocabulary.property(Role::BanZone, "bans").expect("in the table");
    let empty: Vec<&str> = bans
        .choices()
        .into_iter()
        .filter(|ban| !kinds.choices().iter().any(|kind| kind == ban || kinds.is_under(kind, ban)))
        .collect();
    assert!(empty.is_empty(), "{empty:?}");
    let spelled = |choices: Vec<&'static str>, of: &dyn Fn(&str) -> Vec<&'static str>| -> BTreeSet<&'static str> {
        choices.into_iter().flat_map(of).collect()
    };
    let of_kinds = spelled(kinds.choices(), &|is| kinds.spellings(is));
    let of_bans = spelled(bans.choices(), &|is| bans.spellings(is));
    let both: Vec<(&str, &str, Option<Verdict>)> =
        of_kinds.intersection(&of_bans).map(|word| (*word, *word, BAN)).collect();
    assert!(both.len() > 60, "{}", both.len());
    let wrong = banned(&both);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_is_wider_than_what_is_forbidden_is_looked_at() {
    let mut cases: Vec<(&str, &str, Option<Verdict>)> = Vec::new();
    for (forbids, plot) in [
        ("化工", "医药"),
        ("化工", "27"),
        ("原料药", "制药"),
        ("农药", "精细化工"),
        ("焦化", "煤化工"),
        ("酿造", "15"),
        ("尾矿库", "09"),
        ("尾矿库", "选矿"),
        ("尾矿库", "采矿"),
        ("轮胎", "29"),
        ("橡胶", "29"),
        ("再生塑料", "29"),
        ("人造革", "29"),
        ("石灰", "30"),
        ("砖瓦", "30"),
        ("屠宰", "13"),
        ("制糖", "13"),
        ("味精", "14"),
        ("加油站", "52"),
        ("别墅", "use=城镇住宅用地"),
        ("养殖", "use=设施农用地"),
        ("污水处理", "环保"),
        ("化工", "use=工业用地"),
        ("化工", "use=三类工业用地"),
        // Siblings.
        ("电镀", "33"),
        ("线路板", "电子信息"),
        ("水产养殖", "养殖"),
        ("电镀", "use=二类工业用地"),
        ("化工", "工业"),
        ("化工", "制造业"),
        ("危险废物处置", "环保"),
        ("土壤修复", "77"),
        ("餐饮", "住宿和餐饮业"),
    ] {
        cases.push((plot, forbids, REVIEW));
    }
    for (forbids, plot) in [
        ("工业", "化工"),
        ("工业项目", "电镀"),
        ("一切工业", "钢铁"),
        ("工业企业", "装备制造"),
        ("制造业", "化工"),
        ("工业用地", "化工"),
        ("酒店、住宿和餐饮业", "酒店"),
        ("住宿和餐饮业", "酒店"),
        ("租赁和商务服务业", "租赁"),
        ("交通运输、仓储和邮政业", "仓储"),
        ("交通运输、仓储和邮政业", "快递"),
        ("文化、体育和娱乐业", "体育"),
        ("文化、体育和娱乐业", "娱乐"),
        ("卫生和社会工作", "养老"),
        ("居民服务、修理和其他服务业", "汽修"),
        ("电力、燃气及水的生产和供应业", "污水处理"),
        ("电力、燃气及水的生产和供应业", "燃气"),
        ("信息传输、软件和信息技术服务业", "数据中心"),
        ("水产养殖", "水产养殖"),
        ("养殖", "水产养殖"),
        // Siblings.
        ("工业", "use=仓储用地+化工"),
        ("工业", "采矿"),
        ("制造业", "食品"),
        ("建筑业", "道路工程"),
        ("采矿业", "铁矿"),
        ("工业", "use=二类工业用地"),
    ] {
        cases.push((plot, forbids, BAN));
    }
    // What another column settles, and what is no part.
    for (forbids, plot) in [
        ("化工", "use=工业用地+装备制造"),
        ("化工", "食品"),
        ("工业", "酒店"),
        ("酿造", "茶叶加工"),
        ("制造业", "铁矿"),
    ] {
        cases.push((plot, forbids, LIST));
    }
    let wrong = forbidden(&cases);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Some of 工业, and nobody knows which.
    let wrong = forbidden(&[("食品", "禁止新建高污染工业项目", REVIEW), ("化工", "禁止新建高耗能工业", REVIEW)]);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_trade_that_may_be_a_heavy_polluter_is_looked_at() {
    let wide = [
        "33",
        "金属制品业",
        "38",
        "39",
        "44",
        "电力",
        "15",
        "饮料",
        "14",
        "采矿",
        "采矿业",
        "矿山",
        "选矿",
        "07",
        "石油开采",
        "17",
        "30", // Siblings.
        "五金",
        "工业",
        "制造业",
        "环保",
        "77",
    ];
    let plain =
        ["食品", "电子", "电子信息", "家电", "糕点", "茶叶加工", "物联网", "装备制造", "软件", "服装", "家具", "灯具"];
    let words: Vec<&str> = wide.iter().chain(&plain).copied().collect();
    let enterprises =
        words.iter().enumerate().map(|(i, word)| (vec![i as f64 * 10.0, 500.0], json!({"industry": word})));
    let home = vec![(vec![-100.0, 0.0, 500.0, 400.0], json!({"name": "园"}))];
    let input = input(&[
        (Role::Enterprise, enterprises.collect()),
        (Role::IndustrialPark, vec![(vec![9_000.0, 0.0, 9_100.0, 100.0], json!({"kind": "工业园区"}))]),
        (Role::Residential, home),
    ]);
    let found = verdicts(&asked("outside-parks", &input), Role::Enterprise);
    let wrong: Vec<String> = words
        .iter()
        .enumerate()
        .filter(|(i, word)| found.contains_key(i) == plain.contains(word))
        .map(|(i, word)| format!("{word}: {:?}", found.get(&i)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_project_is_exempt_where_all_that_is_said_exempts_it() {
    let first: [(Option<&str>, Option<&str>, Option<Verdict>); 17] = [
        (Some("城镇住宅用地"), Some("自来水生产和供应"), BAN),
        (Some("化工用地"), Some("供水"), BAN),
        (Some("餐饮"), Some("水厂"), BAN),
        (Some("酒店"), Some("供水"), BAN),
        (Some("供水用地"), Some("化工"), BAN),
        (Some("供水用地"), Some("房地产"), BAN),
        (Some("1301"), Some("2614"), BAN),
        (Some("水厂"), Some("未知业"), REVIEW),
        (Some("未知用"), Some("供水"), REVIEW),
        (Some("供水用地"), Some("供水"), None),
        (Some("供水用地"), None, None),
        (None, Some("供水"), None),
        (None, None, BAN),
        // Siblings.
        (Some("水利"), Some("水利"), REVIEW),
        (Some("供水用地"), Some("水的生产和供应业"), REVIEW),
        (Some("水利"), Some("化工"), BAN),
        (None, Some("净水厂"), REVIEW),
    ];
    let second: [(Option<&str>, Option<&str>, Option<Verdict>); 8] = [
        (Some("水利"), Some("化工"), REVIEW),
        (Some("水利设施用地"), Some("酒店"), REVIEW),
        (Some("水厂"), Some("未知业"), REVIEW),
        (Some("未知用"), Some("供水"), REVIEW),
        (Some("水利"), None, None),
        (Some("水利"), Some("水利工程"), None),
        (Some("供水用地"), Some("供水"), None),
        (Some("净水厂"), None, REVIEW),
    ];
    for (level, cases) in [("一级", &first[..]), ("二级", &second[..]), ("准", &second[..])] {
        let east = |i: usize| i as f64 * 200.0;
        let plots = cases.iter().enumerate().map(|(i, (used, industry, _))| {
            (vec![east(i), 0.0, east(i) + 100.0, 100.0], json!({"name": "甲", "use": used, "industry": industry}))
        });
        let zone = vec![(vec![-100.0, -100.0, 9_000.0, 300.0], json!({"level": level}))];
        let input = input(&[(Role::Plot, plots.collect()), (Role::WaterSourceZone, zone)]);
        let answer = asked("projects-in-source-zones", &input);
        let found = verdicts(&answer, Role::Plot);
        let wrong = cases.iter().enumerate().filter(|(i, (.., wanted))| found.get(i) != wanted.as_ref());
        let wrong: Vec<String> = wrong.map(|(i, case)| format!("{level} {case:?}: {:?}", found.get(&i))).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        let reasons: String = answer.features.iter().map(|f| answer.reason(f, Lang::Zh)).collect();
        for value in ["未知业", "未知用"] {
            assert!(reasons.contains(value), "{level}: {value} is not named");
        }
    }
}

/// A land use settles nothing of a trade that is itself left open; a trade that is named settles a land use.
#[test]
fn a_land_use_settles_no_trade() {
    let open = [
        ("化工", "26"),
        ("化工", "C26"),
        ("化工", "化学原料和化学制品制造业"),
        ("化工", "石油化工"),
        ("化工", "农药"),
        ("化工", "涂料"),
        ("煤化工", "焦化"),
        ("医药", "化工"),
        ("27", "化工"),
        ("制药", "原料药"),
        ("新材料", "化工"),
        ("工业", "化工"),
        ("精细化工", "农药"),
        ("金属制品业", "电镀"),
        ("纺织", "印染"),
        ("30", "水泥"),
        ("38", "铅蓄电池"),
        ("采矿", "尾矿库"),
        ("电力", "火电"),
        ("13", "屠宰"),
        ("22", "造纸"),
        ("电子", "线路板"),
        ("水务", "污水处理"),
        ("冶炼", "钢铁"),
        ("52", "加油站"),
        ("房地产", "别墅"),
        ("仓储", "危险化学品仓储"),
        ("物流", "危险化学品仓储"),
        // Siblings.
        ("252", "焦化"),
        ("环保", "危险废物处置"),
        ("电池", "铅蓄电池"),
        ("商业", "加油站"),
        ("制造业、食品", "电镀"),
    ];
    let mut wrong = Vec::new();
    for used in ["", "工业用地", "M2", "1001", "商业用地", "居住用地", "仓储用地", "采矿用地", "工业用地、居住用地"]
    {
        let plots: Vec<String> = open.iter().map(|(industry, _)| format!("use={used}+{industry}")).collect();
        let cases: Vec<(&str, &str, Option<Verdict>)> =
            plots.iter().zip(open).map(|(plot, (_, forbids))| (plot.as_str(), forbids, REVIEW)).collect();
        wrong.extend(forbidden(&cases).into_iter().filter(|fault| !fault.contains("Some(Ban)")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let settled = [
        ("use=工业用地+装备制造", "化工", LIST),
        ("use=二类工业用地+食品", "化工", LIST),
        ("use=1001+汽车", "电镀", LIST),
        ("use=商业用地+餐饮", "加油站", LIST),
        ("use=仓储用地+冷库", "危险化学品仓储", LIST),
        ("use=三类工业用地+危险废物处置", "化工", LIST),
        ("use=设施农用地+种植业", "畜禽养殖", LIST),
        ("use=工业用地、居住用地+装备制造", "别墅", REVIEW),
    ];
    let wrong = forbidden(&settled);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A class that is forbidden forbids its parts; one that is wider than what is forbidden is looked at.
#[test]
fn a_ban_of_a_class_bans_its_parts() {
    let bans = [
        ("C15", "C1512"),
        ("13", "1351"),
        ("13", "1371"),
        ("13", "1391"),
        ("14", "味精"),
        ("14", "1411"),
        ("27", "2720"),
        ("医药制造业", "273"),
        ("医药", "278"),
        ("医药", "中药"),
        ("医药", "生物医药"),
        ("31", "3140"),
        ("31", "313"),
        ("32", "324"),
        ("22", "223"),
        ("19", "195"),
        ("30", "308"),
        ("30", "3012"),
        ("39", "3973"),
        ("38", "3841"),
        ("38", "3825"),
        ("35", "358"),
        ("C37", "3735"),
        ("44", "4416"),
        ("264", "2645"),
        ("51", "5166"),
        ("52", "5265"),
        ("52", "加油站"),
        ("59", "594"),
        ("59", "危化品仓储"),
        ("78", "782"),
        ("0901", "use=090104"),
        ("14", "use=1402"),
        ("10", "use=1003"),
        ("禁止新建酒、饮料和精制茶制造业项目", "1512"),
        ("制药", "2710"),
        ("制药", "原料药"),
        ("制药", "2720"),
        ("电池", "铅蓄电池"),
        ("电厂", "火电"),
        ("电厂", "4411"),
        ("码头", "油品码头"),
        ("港口", "化工码头"),
        ("仓储", "危化品仓储"),
        ("物流", "危化品仓储"),
        ("危险品仓储", "use=三类物流仓储用地"),
        ("商业", "加油站"),
        ("批发", "化工贸易"),
        ("环保", "危废处置"),
        ("新材料", "化工新材料"),
        ("生物医药", "原料药"),
        ("皮革", "制鞋"),
        // Siblings.
        ("17", "1713"),
        ("384", "3843"),
        ("252", "2521"),
        ("危化品", "危化品仓储"),
        ("1101", "use=110103"),
        ("商贸", "汽车销售"),
    ];
    let reviews = [
        ("铅蓄电池", "电池"),
        ("火电", "use=电厂用地"),
        ("危险品仓储", "use=1101"),
        ("垃圾焚烧", "生物质发电"),
        ("垃圾焚烧", "4417"),
        ("制药", "医药中间体"),
        // Siblings.
        ("3843", "384"),
        ("化工码头", "码头"),
        ("焦化", "252"),
        ("4416", "44"),
        ("味精", "食品制造业"),
        ("化工新材料", "新材料"),
        ("垃圾填埋", "782"),
    ];
    let certain = [
        ("2720", "2740"),
        ("31", "33"),
        ("1512", "1531"),
        ("码头", "物流"),
        ("危险品仓储", "use=一类物流仓储用地"),
        ("危险品仓储", "冷库"),
        ("危险品仓储", "化工"),
        ("火电", "风电"),
        ("电网", "火电"),
        ("化工", "2720"),
        ("加油站", "餐饮"),
        ("居住用地", "use=商业用地"),
        ("锂电池", "铅蓄电池"),
        ("化工", "疫苗"),
    ];
    let of = |pairs: &[(&'static str, &'static str)], wanted: Option<Verdict>| -> Vec<String> {
        forbidden(&pairs.iter().map(|(forbids, plot)| (*plot, *forbids, wanted)).collect::<Vec<_>>())
    };
    let wrong = [of(&bans, BAN), of(&reviews, REVIEW), of(&certain, LIST)].concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let wrong = forbidden(&[
        ("线路板", "禁止建设", REVIEW),
        ("线路板", "印染；禁止建设", REVIEW),
        ("线路板", "一切", REVIEW),
        ("use=居住用地", "禁止新建", REVIEW),
        ("印染", "印染、全部", BAN),
    ]);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A facility whose kind is wider or narrower than what is banned, and a zone that does not say what it bans.
#[test]
fn wide_and_narrow_bans_and_kinds_meet() {
    let wrong = banned(&[
        ("燃气锅炉", "锅炉", REVIEW),
        ("电锅炉", "锅炉", REVIEW),
        ("燃煤锅炉", "锅炉", BAN),
        ("茶水炉", "锅炉", BAN),
        ("窑炉", "锅炉", REVIEW),
        ("企业", "屠宰", REVIEW),
        ("工业企业", "汽修", REVIEW),
        ("工厂", "混凝土搅拌站", REVIEW),
        ("加工厂", "危险化学品", REVIEW),
        ("企业", "危险废物", REVIEW),
        ("垃圾处理", "垃圾填埋", REVIEW),
        ("堆场", "扬尘", REVIEW),
        ("搅拌站", "扬尘", REVIEW),
        ("工地", "扬尘", BAN),
        ("燃气锅炉", "污染源", REVIEW),
        ("燃气锅炉", "排放污染物的建设项目", REVIEW),
        // Siblings.
        ("餐饮", "露天烧烤", REVIEW),
        ("码头", "危险化学品", REVIEW),
        ("堆场", "港口码头", REVIEW),
        ("火电厂", "锅炉", REVIEW),
        ("砖窑", "锅炉", REVIEW),
        ("火锅店", "餐饮", BAN),
        // What is narrow stays out.
        ("火锅店", "露天烧烤", None),
        ("热泵", "锅炉", None),
        ("燃气锅炉", "高污染燃料", None),
        ("湿垃圾处理", "垃圾填埋", None),
        ("食品厂", "屠宰", None),
        ("加油站", "餐饮", None),
    ]);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let empty = ["", "无", "-", "/", "—", "暂无", "[]", "null", "??"];
    let wrong = banned(&empty.map(|bans| ("养殖场", bans, REVIEW)));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Whatever a kind may be that is banned, it does not pass without a word.
    let vocabulary = Vocabulary::builtin();
    let kinds = vocabulary.property(Role::Facility, "kind").expect("in the table");
    let bans = vocabulary.property(Role::BanZone, "bans").expect("in the table");
    let mut cases: Vec<(&str, &str)> = Vec::new();
    for (kind, narrow) in kinds.choices().into_iter().flat_map(|k| kinds.choices().into_iter().map(move |n| (k, n))) {
        let of = bans.choices().into_iter().filter(|ban| kinds.is_under(narrow, kind) && kinds.bans(ban, narrow));
        cases.extend(of.map(|ban| (kind, ban)));
    }
    let cases: Vec<(&str, &str, Option<Verdict>)> = cases.into_iter().map(|(kind, ban)| (kind, ban, None)).collect();
    let silent = cases.len() - banned(&cases).len();
    assert_eq!(silent, 0, "of {}", cases.len());
}

/// On a contaminated plot a project is exempt where all that it says is remediation, and what rebuilds is looked at; a pair is
/// judged once, by the graver.
#[test]
fn projects_on_contaminated_plots_are_judged_once() {
    let cases: [(Option<&str>, Option<&str>, &str, Option<Verdict>); 17] = [
        (Some("住宅"), Some("土壤修复"), "拟建", BAN),
        (Some("商业用地"), Some("7726"), "拟建", BAN),
        (Some("土壤修复"), Some("化工"), "拟建", BAN),
        (Some("土壤修复"), Some("房地产"), "在建", BAN),
        (Some("土壤修复、住宅"), None, "拟建", BAN),
        (Some("土壤修复"), None, "拟建", REVIEW),
        (None, Some("土壤修复"), "拟建", REVIEW),
        (Some("土壤修复"), Some("土壤修复"), "拟建", REVIEW),
        (Some("土壤修复"), Some("甲乙"), "拟建", REVIEW),
        (Some("住宅"), Some("房地产"), "改建", REVIEW),
        (Some("化工用地"), Some("化工"), "技改", REVIEW),
        (None, None, "改造", REVIEW),
        (Some("住宅"), None, "改造、新建", BAN),
        (Some("住宅"), None, "提标改造", REVIEW),
        (Some("住宅"), None, "现状", None),
        (Some("土壤修复"), None, "改建", REVIEW),
        (None, None, "拟建", BAN),
    ];
    let east = |i: usize| i as f64 * 1_000.0;
    let plots = cases.iter().enumerate().map(|(i, (used, industry, stage, _))| {
        (vec![east(i), 0.0, east(i) + 100.0, 100.0], json!({"use": used, "industry": industry, "stage": stage}))
    });
    let ground =
        vec![(vec![-100.0, -100.0, 20_000.0, 300.0], json!({"status": "风险管控", "planned_use": "工业用地"}))];
    let answer =
        asked("contaminated-reuse", &input(&[(Role::Plot, plots.collect()), (Role::ContaminatedPlot, ground)]));
    let found = verdicts(&answer, Role::Plot);
    let wrong = cases.iter().enumerate().filter(|(i, (.., wanted))| found.get(i) != wanted.as_ref());
    let wrong: Vec<String> = wrong.map(|(i, case)| format!("{case:?}: {:?}", found.get(&i))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let rows: Vec<usize> =
        answer.features.iter().filter_map(|f| f.of.filter(|of| of.0 == Role::Plot)).map(|of| of.1).collect();
    assert_eq!(rows.len(), found.len(), "a pair is judged once");
    // So are those of a source.
    let cases: [(Option<&str>, Option<&str>, Verdict); 7] = [
        (None, Some("水利管理业"), Verdict::Review),
        (None, Some("76"), Verdict::Review),
        (Some("商业用地"), Some("76"), Verdict::Ban),
        (Some("水利"), Some("化工"), Verdict::Ban),
        (Some("商业用地"), Some("土壤修复"), Verdict::Ban),
        (Some("土壤修复、住宅"), None, Verdict::Ban),
        (Some("土壤修复"), Some("甲乙"), Verdict::Review),
    ];
    let plots = cases.iter().enumerate().map(|(i, (used, industry, _))| {
        (vec![east(i), 0.0, east(i) + 100.0, 100.0], json!({"use": used, "industry": industry}))
    });
    let zone = vec![(vec![-100.0, -100.0, 9_000.0, 300.0], json!({"level": "一级"}))];
    let answer =
        asked("projects-in-source-zones", &input(&[(Role::Plot, plots.collect()), (Role::WaterSourceZone, zone)]));
    let got: Vec<(usize, Verdict)> = answer.features.iter().filter_map(|f| Some((f.of?.1, f.verdict))).collect();
    for (i, case) in cases.iter().enumerate() {
        let of: Vec<Verdict> = got.iter().filter(|(row, _)| *row == i).map(|(_, verdict)| *verdict).collect();
        assert_eq!(of, [case.2], "{case:?}");
    }
}
