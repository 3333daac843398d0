//! Rebuilding (改建): neither what is new nor what only stands. What the law bans with it is a ban, what the law leaves to the case
//! is a review with its words, and nothing of it goes free without one.

use super::*;

/// Ways in which offices write it, with what they add.
const REBUILT: [&str; 12] = [
    "改建",
    "技改",
    "技术改造",
    "改造",
    "提标改造",
    "安全改造",
    "环保改造",
    "改建项目",
    "拟改建",
    "改建（不增加排污量）",
    "改建（减排）",
    "改建（以提升安全水平为目的）",
];

/// The verdicts of a rule on plots that lie in, or by, a reference, one for each way of writing the stage; and their reasons.
fn judged(rule: &str, cells: &Value, reference: (Role, Value)) -> Vec<(&'static str, Option<Verdict>, String)> {
    let east = |i: usize| i as f64 * 3_000.0 - 40_000.0;
    let plots = REBUILT.iter().enumerate().map(|(i, stage)| {
        let mut cells = cells.clone();
        cells["stage"] = json!(stage);
        (vec![east(i), 0.0, east(i) + 100.0, 100.0], cells)
    });
    let area = match reference.0 {
        Role::Shoreline => vec![-60_000.0, 300.0, 60_000.0, 300.0, 60_000.0],
        _ => vec![-60_000.0, -500.0, 60_000.0, 500.0],
    };
    let layers = [(Role::Plot, plots.collect()), (reference.0, vec![(area, reference.1)])];
    let answer = asked(rule, &input(&layers));
    let gravest = verdicts(&answer, Role::Plot);
    let reason = |row: usize| {
        let own = answer.features.iter().filter(|f| f.of == Some((Role::Plot, row)));
        own.map(|f| answer.reason(f, Lang::Zh)).collect::<Vec<_>>().join("；")
    };
    REBUILT.iter().enumerate().map(|(i, stage)| (*stage, gravest.get(&i).copied(), reason(i))).collect()
}

#[test]
fn what_is_rebuilt_is_judged_by_the_words_of_the_law() {
    let yangtze = || (Role::Shoreline, json!({"water": "长江", "rank": "干流"}));
    let zone = |level: &str| (Role::WaterSourceZone, json!({"level": level}));
    let unit = |forbids: &str| (Role::ControlUnit, json!({"code": "1", "forbids": forbids}));
    let register = || (Role::ContaminatedPlot, json!({"status": "风险管控", "planned_use": "工业用地"}));
    let printing = json!({"industry": "印染"});
    for (rule, cells, reference, verdict, words) in [
        // Art. 26 of the Yangtze law: 新建、扩建 of chemistry, and 新建、改建、扩建 of tailings but for safety.
        ("yangtze-chemical", json!({"industry": "化工"}), yangtze(), REVIEW, "是否实为扩建"),
        (
            "yangtze-tailings",
            json!({"industry": "尾矿库"}),
            yangtze(),
            REVIEW,
            "以提升安全、生态环境保护水平为目的的除外",
        ),
        // Arts. 65 to 67 of the law on water pollution.
        ("projects-in-source-zones", printing.clone(), zone("一级"), BAN, "第六十五条"),
        ("projects-in-source-zones", printing.clone(), zone("二级"), REVIEW, "不得新建、改建、扩建"),
        ("projects-in-source-zones", printing.clone(), zone("准"), REVIEW, "改建建设项目不得增加排污量"),
        // Siblings: what bans only what is new or extended says so of rebuilding.
        ("control-unit-check", printing.clone(), unit("印染"), REVIEW, "是否及于改建须核实"),
        ("control-unit-check", printing.clone(), unit("禁止新建、改建、扩建印染项目"), REVIEW, "是否及于改建须核实"),
        ("basic-farmland", printing.clone(), (Role::BasicFarmland, json!({"code": "1"})), REVIEW, "改建"),
        ("contaminated-reuse", printing, register(), REVIEW, "改建"),
        ("contaminated-reuse", json!({"industry": "土壤修复"}), register(), REVIEW, "是否属风险管控、修复活动须核实"),
    ] {
        for (stage, found, reason) in judged(rule, &cells, reference.clone()) {
            assert_eq!(found, verdict, "{rule}: {stage} ({reason})");
            // What says more than the word is left to a person, who reads that.
            let is_plain = !stage.contains('（');
            assert!(!is_plain || reason.contains(words), "{rule}: {stage} ({reason})");
            assert!(is_plain || reason.contains(words) || reason.contains(stage), "{rule}: {stage} ({reason})");
        }
    }
}

/// What is rebuilt to discharge more is extended, and a ban.
#[test]
fn what_is_rebuilt_to_be_larger_is_extended() {
    for stage in ["改扩建", "技改扩能", "新改扩建", "扩建", "改建（扩建）", "改建、扩建"] {
        let plots = vec![(vec![0.0, 0.0, 90.0, 90.0], json!({"industry": "化工", "stage": stage}))];
        let shore = vec![(vec![-900.0, 300.0, 900.0, 300.0, 0.0], json!({"water": "长江"}))];
        let answer = asked("yangtze-chemical", &input(&[(Role::Plot, plots), (Role::Shoreline, shore)]));
        assert_eq!(verdicts(&answer, Role::Plot).get(&0), Some(&Verdict::Ban), "{stage}");
    }
}
