//! Codes of lists, and numbers that are none.

use super::*;

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

/// A code and words that nobody knows: what the code says is named, and a person looks. Words that are known and say the same
/// let the code speak.
#[test]
fn codes_do_not_silence_the_words_behind_them() {
    let planned_use = (Role::ContaminatedPlot, "planned_use");
    let industry = (Role::Plot, "industry");
    for ((role, property), text) in [
        (planned_use, "1001拟改住"),
        (planned_use, "1001已改居"),
        (planned_use, "100101改住"),
        (planned_use, "1402改建楼盘"),
        (planned_use, "1001楼盘"),
        (planned_use, "1001商品楼"),
        (planned_use, "0902人才房"),
        (planned_use, "0901幼教"),
        (planned_use, "0901托教"),
        (planned_use, "0901医美"),
        (planned_use, "1206上盖住区"),
        (planned_use, "1208上盖开发"),
        (planned_use, "1101待定"),
        (planned_use, "1001原作他用"),
        (planned_use, "1001转作他用"),
        (planned_use, "1001-拟工业"),
        (planned_use, "1402某地"),
        (industry, "3985光刻胶"),
        (industry, "4210废油再生"),
        (industry, "N77废酸"),
        (industry, "C34某种东西"),
        (industry, "3599改别的"),
    ] {
        assert!(is_open(role, property, text), "{text}: {:?}", read(role, property, text));
        assert_ne!(has(role, property, text, "敏感"), Some(false), "{text}");
    }
    let are = |text: &str| match read(Role::Plot, "use", text) {
        Reading::Terms(terms) => terms.are(&["供水", "水利"]),
        _ => None,
    };
    for text in ["1301-拟改住", "1301化工", "1301餐馆饭庄", "1301旅游开发", "1301某某用地", "1301原作他用", "U11某某"]
    {
        assert_ne!(are(text), Some(true), "{text}: {:?}", read(Role::Plot, "use", text));
    }
    for text in ["1301", "1301供水用地", "1301-水厂", "供水用地1301", "1301自来水厂用地"] {
        assert_eq!(are(text), Some(true), "{text}: {:?}", read(Role::Plot, "use", text));
    }
    for text in [
        "3985电子专用材料制造",
        "C3599其他专用设备制造",
        "3670汽车零部件及配件制造",
        "C38电气机械制造业",
        "3411锅炉及辅助设备制造",
    ] {
        let expected = (text != "3411锅炉及辅助设备制造").then_some(false);
        assert_eq!(
            has(Role::Plot, "industry", text, "化工"),
            expected,
            "{text}: {:?}",
            read(Role::Plot, "industry", text)
        );
    }
    // Two codes that are written as one.
    for (role, property, text) in [
        (Role::ContaminatedPlot, "planned_use", "1001010701"),
        (Role::Plot, "use", "13010701"),
        (Role::Plot, "industry", "34612614"),
    ] {
        assert!(matches!(read(role, property, text), Reading::Unknown(_)), "{text}: {:?}", read(role, property, text));
    }
}

/// One digit is no code, and a number that lost its zero is what it was.
#[test]
fn short_numbers_are_read_with_care() {
    for text in [
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "1类",
        "1类用地",
        "１类用地",
        "01类用地",
        "2类用地",
        "1、2类用地",
        "1#",
        "02类",
        "03类用地",
        "9",
        "251",
        "252",
        "253",
        "254",
        "241",
        "242",
        "244",
        "245",
        "111",
        "121",
        "204",
        "261",
        "281",
    ] {
        let reading = read(Role::ContaminatedPlot, "planned_use", text);
        assert!(!reading.unknown().is_empty(), "{text}: {reading:?}");
        assert_ne!(has(Role::ContaminatedPlot, "planned_use", text, "敏感"), Some(false), "{text}");
    }
    for text in ["1", "9", "1类", "2类", "3类", "2#", "7", "01类"] {
        assert!(matches!(read(Role::Plot, "industry", text), Reading::Unknown(_)), "{text}");
    }
    for (role, property, text, term) in [
        (Role::Plot, "industry", "610", "煤炭开采和洗选业"),
        (Role::Plot, "industry", "620", "重污染"),
        (Role::Plot, "industry", "690", "采矿"),
        (Role::Plot, "industry", "810", "重污染"),
        (Role::Plot, "industry", "820", "黑色金属矿采选业"),
        (Role::Plot, "industry", "890", "采矿"),
        (Role::Plot, "industry", "911", "有色金属矿采选业"),
        (Role::Plot, "industry", "912", "采矿"),
        (Role::Plot, "industry", "921", "采矿"),
        (Role::Plot, "industry", "931", "重污染"),
        (Role::Plot, "industry", "313", "畜禽养殖"),
        (Role::Plot, "industry", "313", "钢压延加工"),
        (Role::Plot, "industry", "313项目", "畜禽养殖"),
        (Role::Plot, "industry", "C313", "钢压延加工"),
        (Role::Plot, "industry", "0313", "畜禽养殖"),
        (Role::Plot, "industry", "261", "化工"),
        (Role::Plot, "industry", "461", "供水"),
        (Role::ControlUnit, "forbids", "911", "采矿"),
        (Role::ContaminatedPlot, "planned_use", "701", "敏感"),
        (Role::ContaminatedPlot, "planned_use", "80403", "敏感"),
        (Role::ContaminatedPlot, "planned_use", "101", "耕地"),
        (Role::ContaminatedPlot, "planned_use", "901", "商业服务业用地"),
    ] {
        assert_eq!(has(role, property, text, term), Some(true), "{text}: {:?}", read(role, property, text));
    }
    assert_eq!(has(Role::Plot, "industry", "C313", "畜禽养殖"), Some(false));
}

/// A mark behind a code says that it is not certain, or that more is meant.
#[test]
fn a_code_with_a_mark_is_not_certain() {
    for (role, property, code) in [
        (Role::ContaminatedPlot, "planned_use", "1001"),
        (Role::ContaminatedPlot, "planned_use", "1402"),
        (Role::Plot, "use", "1301"),
        (Role::Plot, "industry", "461"),
        (Role::Plot, "industry", "C4610"),
    ] {
        for mark in [
            "?",
            "？",
            "…",
            "...",
            "+",
            "+?",
            "→?",
            "→",
            "/?",
            "、？",
            "*",
            "（?）",
            " ？", // Siblings.
            "??",
            "!?",
            "~",
            "＋",
            "++",
            "（？）",
            ".?",
            "-?",
        ] {
            let text = format!("{code}{mark}");
            assert!(is_open(role, property, &text), "{text}: {:?}", read(role, property, &text));
            assert_ne!(has(role, property, &text, "敏感"), Some(false), "{text}");
        }
        // Marks that say nothing.
        for mark in ["", "。", "、", "-", "（2023）", " "] {
            let text = format!("{code}{mark}");
            assert!(!is_open(role, property, &text), "{text}: {:?}", read(role, property, &text));
        }
    }
}

/// A ban of codes is one of those that begin with them, so the codes of a term stand in one division.
#[test]
fn a_ban_of_a_code_is_one_of_what_begins_with_it() {
    let vocabulary = Vocabulary::builtin();
    let forbids = vocabulary.property(Role::ControlUnit, "forbids").expect("in the table");
    for term in forbids.terms.iter().filter(|term| term.list == 0) {
        let divisions: BTreeSet<&str> = term.codes.iter().filter_map(|code| code.get(..2)).collect();
        assert!(divisions.len() < 2, "{}: {divisions:?}", term.is);
    }
    for wide in &forbids.terms {
        for part in &wide.parts {
            assert!(forbids.is_term(part) && forbids.bans(&wide.is, part), "{}: {part}", wide.is);
        }
        for narrow in forbids.terms.iter().filter(|narrow| narrow.list == wide.list) {
            let is_held = |code: &String| wide.codes.iter().any(|own| code.starts_with(own.as_str()));
            if !narrow.codes.is_empty() && narrow.codes.iter().all(is_held) {
                assert!(forbids.bans(&wide.is, &narrow.is), "{} {}", wide.is, narrow.is);
            }
            if narrow.codes.iter().any(is_held) && wide.is != narrow.is {
                assert!(forbids.may_be_banned(&narrow.is, &wide.is), "{} {}", wide.is, narrow.is);
            }
        }
    }
    for (wide, narrow) in
        [("铅蓄电池", "锂电池"), ("化学药品制剂制造", "化工"), ("焦化", "煤化工"), ("电厂用地", "供电")]
    {
        assert!(!forbids.bans(wide, narrow), "{wide} {narrow}");
    }
    // What is a part for a ban is no class for a rule.
    assert_eq!(has(Role::Plot, "industry", "2720", "化工"), Some(false));
}

/// A kind is a term of its own under the term, and of one kin with the others; codes say less than a term.
#[test]
fn kinds_stand_under_their_term_and_codes_within_it() {
    let property = Vocabulary::builtin().property(Role::Plot, "industry").expect("in the table");
    for (text, own, class, kin) in [
        ("猪场", "养猪", "畜禽养殖", "畜禽养殖"),
        ("蛋鸡", "养鸡", "家禽养殖", "畜禽养殖"),
        ("电炉炼钢", "炼钢", "钢铁", "钢铁"),
        ("尿素", "尿素", "化工", "肥料制造"),
        ("轮胎", "轮胎", "橡胶", "橡胶"),
        ("0313", "养猪", "畜禽养殖", "畜禽养殖"),
    ] {
        let Reading::Terms(terms) = read(Role::Plot, "industry", text) else { panic!("{text}") };
        assert!(terms.own.contains(&own.to_owned()) && terms.has(class) == Some(true), "{text}: {terms:?}");
        assert!(property.kin(own).any(|of| of == kin), "{text}");
    }
    for (text, term, codes) in [
        ("2614", "基础化学原料", vec!["2614"]),
        ("C2614、化工", "基础化学原料", vec!["2614"]),
        ("261", "基础化学原料", vec![]),
        ("2614基础化学原料", "基础化学原料", vec![]),
        ("2611-2614", "基础化学原料", vec![]),
        ("311", "钢铁", vec!["311"]),
        ("化工", "化工", vec![]),
    ] {
        assert_eq!(property.finer_codes(text, term), codes, "{text}");
    }
}
