//! The rules of the second edition in the window, beside the command line; values that nobody knows, and what an edit makes old.

use super::following::tab;
use super::hands::field;
use super::tools::key;
use super::*;
use eframe::egui::accesskit::Role as Access;
use shanshui::rules::{Status, Verdict};
use std::path::Path;

/// The rules that the second edition added or widened (the last part of the list of questions), and a sample map with their
/// layers.
const RULES: [(&str, &str); 14] = [
    ("strict-farmland-audit", "baoshan"),
    ("priority-farmland-in-basic", "baoshan"),
    ("groundwater-zones", "baoshan"),
    ("fume-monitoring", "baoshan"),
    ("traffic-noise", "baoshan"),
    ("outside-parks", "baoshan"),
    ("built-up-bans", "baoshan"),
    ("coast-development", "jinshan"),
    ("wetland-audit", "baoshan"),
    ("shore-forest", "baoshan"),
    ("no-fishing", "baoshan"),
    ("near-wells", "baoshan"),
    ("plot-burdens", "baoshan"),
    ("green-supply", "baoshan"),
];

/// What the command line says of these rules of a map: by rule its status and how many rows it writes.
fn by_command(map: &str, folder: &Path) -> serde_json::Value {
    let ids = RULES.iter().filter(|(_, of)| *of == map).map(|(id, _)| *id);
    let out = folder.join(map);
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_shanshui"))
        .args(["run", &format!("maps/{map}")])
        .args(ids)
        .args(["--json", "--lang", "zh", "-o"])
        .arg(&out)
        .env("SHANSHUI_CONFIG", folder)
        .output()
        .expect("it starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("JSON")
}

pub fn rules_of_the_second_edition_answer_as_the_command_line_does() {
    let folder = tempfile::tempdir().expect("a folder");
    for map in ["baoshan", "jinshan"] {
        let told = by_command(map, folder.path());
        let options = WindowOptions {
            paths: vec![format!("maps/{map}").into()],
            lang: Some(Lang::Zh),
            ..WindowOptions::default()
        };
        let mut window = window(options, [1280.0, 800.0], false);
        settle(&mut window);
        tab(&mut window, "规则");
        for (id, _) in RULES.iter().filter(|(_, of)| *of == map) {
            let rule = window.state().workbench().session().catalogue().get(id).expect("in the catalogue").clone();
            field(&mut window, "查找规则", id);
            click(&mut window, &rule.title.zh);
            click(&mut window, "运行");
            picture(&mut window, &format!("second-{id}"));
            let result = window.state().workbench().session().rule_result(id).expect("it ran").clone();
            let answer = &result.answer;
            assert_eq!(answer.status, Status::Answered, "{id}: {:?}", answer.error);
            let own = told["rules"].as_array().expect("a list").iter().find(|rule| rule["id"] == *id).expect("told");
            let counts = |verdict| answer.count(verdict) as u64;
            assert_eq!(own["status"], "answered", "{id}");
            assert_eq!(own["features"].as_u64(), Some(answer.features.len() as u64), "{id}");
            assert_eq!(own["ban"].as_u64(), Some(counts(Verdict::Ban)), "{id}");
            assert_eq!(own["review"].as_u64(), Some(counts(Verdict::Review)), "{id}");
            let file = folder.path().join(map).join(own["file"].as_str().expect("a file"));
            let written = read(&file);
            assert_eq!(written.feature_count(), answer.features.len(), "{id}");
            // The rows of the table are those of the file, by what they are called; one of them leads to the map.
            let found = result.table.indexed.layer();
            assert_eq!(found.feature_count(), written.feature_count(), "{id}");
            let names =
                |layer: &shanshui::model::Layer| -> Vec<String> { layer.rows().map(|row| layer.label(row)).collect() };
            assert_eq!(names(found), names(&written), "{id}");
            if answer.features.is_empty() {
                continue;
            }
            // The first row of the table, below the headings and, where there is one, the line of sums.
            let place = eframe::egui::pos2(300.0, 650.0);
            window.drag_at(place);
            window.drop_at(place);
            settle(&mut window);
            let lead = window.state().workbench().selection().lead();
            let lead = lead.unwrap_or_else(|| panic!("{id}: the row is not selected"));
            let layer = window.state().workbench().session().indexed(lead.key).expect("open").layer().clone();
            assert!(names(found).contains(&layer.label(lead.row)), "{id}: {}", layer.label(lead.row));
            let center = window.state().workbench().map().camera.center;
            let bounds = layer.geometries.bounds(lead.row).padded(3_000.0);
            assert!(
                bounds.contains(center),
                "{id}: the map went to {center:?}, and {} lies elsewhere",
                layer.label(lead.row)
            );
        }
    }
}

/// A folder with a red line whose core is said in a word that nobody knows, and a project on it.
fn unknown_word(folder: &Path) {
    let square = |x: f64| format!("[[[{x},31.4],[{},31.4],[{},31.41],[{x},31.41],[{x},31.4]]]", x + 0.01, x + 0.01);
    let layer = |properties: &str, x: f64| {
        let geometry = format!(r#"{{"type":"Polygon","coordinates":{}}}"#, square(x));
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{{properties}}},"geometry":{geometry}}}]}}"#
        )
    };
    std::fs::write(folder.join("red_line.geojson"), layer(r#""name":"红","core":"甲类""#, 121.4)).expect("writable");
    std::fs::write(folder.join("plot.geojson"), layer(r#""name":"项目","stage":"拟建""#, 121.405)).expect("writable");
}

/// What was said of a value is kept with the project: read again, the rule answers by it.
pub fn what_a_value_means_is_kept_with_the_project() {
    for (lang, dark, size) in [(Lang::Zh, false, [1280.0, 800.0]), (Lang::En, true, [1024.0, 700.0])] {
        let zh = lang == Lang::Zh;
        let text = |zh_text: &'static str, en_text: &'static str| if zh { zh_text } else { en_text };
        let folder = tempfile::tempdir().expect("a folder");
        unknown_word(folder.path());
        let open = |path: &Path| {
            let options = WindowOptions { paths: vec![path.to_owned()], lang: Some(lang), ..WindowOptions::default() };
            let mut window = window(options, size, dark);
            settle(&mut window);
            tab(&mut window, text("规则", "Rules"));
            field(&mut window, text("查找规则", "Find a rule"), "red-line-encroachment");
            let title = window
                .state()
                .workbench()
                .session()
                .catalogue()
                .get("red-line-encroachment")
                .expect("known")
                .title
                .clone();
            click(&mut window, title.text(lang));
            click(&mut window, text("运行", "Run"));
            window
        };
        let counts = |window: &Window| {
            let session = window.state().workbench().session();
            let answer = session.rule_result("red-line-encroachment").expect("it ran").answer.clone();
            [answer.count(Verdict::Ban), answer.count(Verdict::Review)]
        };
        let line = text(
            "1 个取值不认识：核心 = 甲类（1 个要素）",
            "1 value not understood: Ecological red line: core = 甲类 (1 feature)",
        );
        let mut first = open(folder.path());
        assert_eq!(counts(&first), [0, 1]);
        let place = first.get_by_label(line).rect();
        assert!(place.right() <= size[0] && place.bottom() <= size[1], "the line is in the window: {place:?}");
        // By the pointer: what is shown is where it seems to be.
        let say = first.get_by_label(text("说明含义…", "Say what it means…")).rect().center();
        first.drag_at(say);
        first.drop_at(say);
        settle(&mut first);
        picture(&mut first, &format!("say-{}", size[0]));
        let meant = text("“甲类”的意思是", "“甲类” means");
        let choice = first.get_by(|n| n.role() == Access::ComboBox && n.label().as_deref() == Some(meant)).rect();
        first.drag_at(choice.center());
        first.drop_at(choice.center());
        settle(&mut first);
        picture(&mut first, &format!("say-choice-{}", size[0]));
        let entries = first.get_all_by_label(text("是", "true")).map(|n| n.rect());
        let entry = entries.max_by(|a, b| a.left().total_cmp(&b.left())).expect("an entry").center();
        first.drag_at(entry);
        first.drop_at(entry);
        settle(&mut first);
        assert_eq!(counts(&first), [1, 0]);
        picture(&mut first, &format!("said-{}", size[0]));
        let path = folder.path().join("p.shanshui.json");
        first.key_press_modifiers(Modifiers::COMMAND.plus(Modifiers::ALT), Key::S);
        settle(&mut first);
        let hint = text(
            "项目文件（.shanshui.json）：图层按相对路径，连同角色、提问和视图",
            "Project file (.shanshui.json): layers by relative path, roles, questions, view",
        );
        type_path(&mut first, hint, &path.display().to_string());
        let kept: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&path).expect("saved")).expect("JSON");
        assert_eq!(kept["words"][0]["value"], "甲类");
        drop(first);
        // Read again, and by the command line.
        let mut again = open(&path);
        assert_eq!(counts(&again), [1, 0]);
        assert!(again.query_by_label(line).is_none());
        let out = folder.path().join("answers");
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_shanshui"))
            .args(["run", &path.display().to_string(), "red-line-encroachment", "--json", "-o"])
            .arg(&out)
            .output()
            .expect("it starts");
        let told: serde_json::Value = serde_json::from_slice(&done.stdout).expect("JSON");
        assert_eq!((told["rules"][0]["ban"].as_u64(), told["rules"][0]["review"].as_u64()), (Some(1), Some(0)));
        // Taken back in a window that never saw it said.
        assert_eq!(again.state().workbench().session().words().len(), 1);
        key(&mut again, Key::Escape);
    }
}

/// Writes a report; its text.
fn text_of_report(window: &mut Window, file: &Path) -> String {
    click(window, "报告…");
    type_path(window, "报告（HTML，可打印成 PDF），旁边存一个同名的工作簿（XLSX）", &file.display().to_string());
    let start = Instant::now();
    while !file.exists() {
        window.step();
        assert!(start.elapsed() < Duration::from_secs(60), "the report is not written");
    }
    settle(window);
    std::fs::read_to_string(file).expect("there")
}

/// What was typed in for the plan stands in the report that is written next.
pub fn a_report_has_what_was_typed_in_for_the_plan() {
    use shanshui::rules::{TargetState, Typed};
    use shanshui::session::Command;
    let folder = tempfile::tempdir().expect("a folder");
    let mut window = demo(Lang::Zh, [1280.0, 800.0], false);
    let session = window.state_mut().workbench_mut().session_mut();
    session.execute(Command::SetPlan(Some("JS".to_owned())));
    session.execute(Command::RunRules(vec!["targets".to_owned()], Lang::Zh));
    settle(&mut window);
    let plan = window.state().workbench().session().plan().cloned().expect("a plan");
    let target =
        plan.targets.iter().find(|target| target.rule.is_none() && target.value.is_some()).expect("one to type");
    let (indicator, value) = (target.indicator.clone(), target.value.map(|value| value + 1.25));
    let typed = Typed { indicator, year: target.year, value, judged: None::<TargetState> };
    window.state_mut().workbench_mut().session_mut().execute(Command::TypeValue(typed));
    settle(&mut window);
    tab(&mut window, "规则");
    let report = text_of_report(&mut window, &folder.path().join("r.html"));
    let wanted = format!("{}", value.expect("a number"));
    assert!(!report.contains("已过期") && report.contains(&wanted), "{wanted}");
    // What was typed in by mistake goes again.
    tab(&mut window, "指标");
    let called = target.called().text(Lang::Zh).to_owned();
    window
        .get_all_by(|n| n.role() == Access::Button && n.label().as_deref() == Some(&*called))
        .next()
        .expect("it")
        .click();
    settle(&mut window);
    click(&mut window, &format!("删除 {} 年的填报值", target.year));
    assert!(window.state().workbench().session().plan().expect("a plan").typed.is_empty());
}

/// An edit makes the answer of a rule old: it says so in its row and on its card; a report runs it again.
pub fn an_edit_marks_the_answer_of_a_rule() {
    let folder = tempfile::tempdir().expect("a folder");
    unknown_word(folder.path());
    let options =
        WindowOptions { paths: vec![folder.path().to_owned()], lang: Some(Lang::Zh), ..WindowOptions::default() };
    let mut window = window(options, [1280.0, 800.0], false);
    settle(&mut window);
    tab(&mut window, "规则");
    field(&mut window, "查找规则", "red-line-encroachment");
    click(&mut window, "占用生态保护红线");
    click(&mut window, "运行");
    assert!(window.query_all_by_label("已过期").next().is_none());
    let plots = window.state().workbench().session().by_role(shanshui::model::Role::Plot).expect("open").key;
    let session = window.state_mut().workbench_mut().session_mut();
    session.execute(shanshui::session::Command::SetEditable(plots, true));
    let away = vec![vec![vec![[121.5, 31.4], [121.51, 31.4], [121.51, 31.41], [121.5, 31.4]]]];
    let parts = away.into_iter().map(|part: Vec<Vec<[f64; 2]>>| {
        let ring =
            |ring: Vec<[f64; 2]>| ring.into_iter().map(|[lon, lat]| shanshui::geodesy::LonLat::new(lon, lat)).collect();
        part.into_iter().map(ring).collect()
    });
    let geometry = shanshui::model::Geometry { kind: shanshui::model::GeometryKind::Polygon, parts: parts.collect() };
    session.execute(shanshui::session::Command::Reshape(plots, vec![(0, geometry)], shanshui::session::EditKind::Move));
    settle(&mut window);
    assert!(window.get_all_by_label("已过期").count() >= 2, "in the row and on the card");
    picture(&mut window, "old-rule");
    // A report that is made now is of fresh answers: the rule runs again before it is written.
    let now = text_of_report(&mut window, &folder.path().join("new.html"));
    assert!(now.contains("占用生态保护红线") && !now.contains("已过期"), "what was old ran again");
    assert!(window.query_all_by_label("已过期").next().is_none());
    click(&mut window, "重新运行");
    assert!(window.query_all_by_label("已过期").next().is_none());
    assert!(
        window
            .state()
            .workbench()
            .session()
            .rule_result("red-line-encroachment")
            .expect("ran")
            .answer
            .features
            .is_empty()
    );
}

/// What the table puts on the clipboard is text where a spreadsheet would work it out, and reads back as the cells it was.
pub fn copied_cells_are_text_when_they_are_pasted() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = [
        "=HYPERLINK(\"http://x\",\"y\")",
        "+1+cmd",
        "-2+3",
        "@SUM(1)",
        "＝1+1",
        "  =1",
        "=1\t=2",
        "-5",
        "\"引号\"在前",
        "长江",
    ];
    let features: Vec<serde_json::Value> = names
        .iter()
        .map(|name| {
            serde_json::json!({"type": "Feature", "properties": {"name": name, "=栏": name},
                "geometry": {"type": "Point", "coordinates": [121.4, 31.3]}})
        })
        .collect();
    let layer = serde_json::json!({"type": "FeatureCollection", "features": features});
    std::fs::write(folder.path().join("outlet.geojson"), layer.to_string()).expect("writable");
    let options =
        WindowOptions { paths: vec![folder.path().to_owned()], lang: Some(Lang::Zh), ..WindowOptions::default() };
    let mut window = window(options, [1280.0, 800.0], false);
    settle(&mut window);
    window.get_by_label("复制为表格文本（TSV）").click();
    let copied = (0..4).find_map(|_| {
        window.step();
        window.output().platform_output.commands.iter().find_map(|command| match command {
            eframe::egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
    });
    let text = copied.expect("something is copied");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), names.len() + 1, "{text}");
    for cell in lines.iter().flat_map(|line| line.split('\t')) {
        let is_number = cell.parse::<f64>().is_ok();
        let first = cell.trim_start().chars().next().unwrap_or(' ');
        assert!(is_number || !"=+-@＝＋－＠".contains(first), "{cell} is worked out");
    }
    // As a file of that text is read.
    let pasted = folder.path().join("pasted.tsv");
    std::fs::write(&pasted, &text).expect("writable");
    let table = read(&pasted);
    assert_eq!(table.feature_count(), names.len());
    let column = table.attributes.column("name").or_else(|| table.attributes.column("名称")).expect("a column");
    for (row, name) in names.iter().enumerate() {
        let cell = table.attributes.value(row, column).display().into_owned();
        let bare = name.replace('\t', " ");
        assert!(cell == bare || cell == format!("'{bare}") || cell.trim() == bare.trim(), "{cell:?} of {name:?}");
    }
}
