//! What follows from rules: their catalogue, findings and what becomes of them, targets, figures by town.

use super::hands::{field, unnamed};
use super::tools::key;
use super::*;
use eframe::egui::Event;
use eframe::egui::accesskit::Role as Access;
use shanshui::rules::findings::State;

pub fn every_rule_is_run_by_its_name() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    click(&mut window, "Rules");
    picture(&mut window, "rules");
    click(&mut window, "Outlets in drinking-water protection zones");
    click(&mut window, "Run");
    let result = |window: &Window, id: &str| {
        window.state().workbench().session().rule_result(id).unwrap_or_else(|| panic!("{id} did not run")).clone()
    };
    let zones = result(&window, "outlets-in-source-zones");
    assert_eq!(zones.answer.count(shanshui::rules::Verdict::Ban), 14);
    window.get_by_label("Possible breach 14");
    picture(&mut window, "rule");
    // Another value, another answer; what changed is told, and the default is a click away.
    click(&mut window, "Outlets within 2 km of the Yangtze shoreline");
    click(&mut window, "Run");
    assert_eq!(result(&window, "outlets-near-yangtze").answer.features.len(), 54);
    let drag =
        window.get_by(|n| n.role() == Access::SpinButton && n.label().as_deref() == Some("Distance to the shoreline"));
    drag.click();
    settle(&mut window);
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(Event::Text("1000".to_owned()));
    window.step();
    key(&mut window, Key::Enter);
    click(&mut window, "Run again");
    let near = result(&window, "outlets-near-yangtze");
    let changes = near.changes.expect("a second run");
    let gone = changes.gone.len();
    assert!(near.answer.features.len() < 54 && changes.new.is_empty(), "{changes:?}");
    assert_eq!(gone, 54 - near.answer.features.len());
    window.get_by_label_contains("Gone: ");
    window.get_by_label_contains("Distance to the shoreline 1,000");
    window.get_by_label_contains(&format!("0 new and {gone} gone"));
    click(&mut window, "Reset");
    click(&mut window, "Zones for siting outlets");
    click(&mut window, "Run");
    picture(&mut window, "zones");
    click(&mut window, "Run all");
    let session = window.state().workbench().session();
    let roles: Vec<_> = session.layers().iter().filter_map(|l| l.role).collect();
    for rule in &session.catalogue().rules {
        let can = rule.needs().iter().all(|any| any.iter().any(|role| roles.contains(role)));
        // What runs only where it is named has a tab or a page of its own.
        let can = can && !rule.is_on_demand();
        assert_eq!(session.rule_result(&rule.id).is_some(), can, "{}", rule.id);
    }
    assert_eq!(result(&window, "outlets-near-yangtze").answer.features.len(), 54);
    // What a rule lacks is said by name.
    field(&mut window, "Find a rule", "sea");
    click(&mut window, "Outlets to the sea");
    window.get_by_label_contains("Lacks: Coastline");
    // A layer that is open may take its place.
    pick(&mut window, "Take as Coastline:", "Shoreline");
    click(&mut window, "Run");
    assert!(result(&window, "sea-outlets").answer.features.len() > 10);
    picture(&mut window, "rules-run");
}

pub fn every_rule_of_a_whole_map_is_run_by_its_label() {
    let options = WindowOptions {
        paths: vec!["maps/baoshan".into()],
        lang: Some(Lang::Zh),
        plan: Some("BS".to_owned()),
        ..WindowOptions::default()
    };
    let mut window = window(options, [1440.0, 900.0], false);
    settle(&mut window);
    tab(&mut window, "规则");
    let rules = window.state().workbench().session().catalogue().rules.clone();
    let mut ran = 0;
    // The district has no sea.
    let is_inland = |id: &str| !["sea-outlets", "coast-development"].contains(&id);
    for rule in rules.iter().filter(|rule| !rule.is_on_demand() && is_inland(&rule.id)) {
        field(&mut window, "查找规则", &rule.id);
        click(&mut window, &rule.title.zh);
        click(&mut window, "运行");
        let session = window.state().workbench().session();
        let answer = &session.rule_result(&rule.id).unwrap_or_else(|| panic!("{} did not run", rule.id)).answer;
        assert_eq!(answer.status, shanshui::rules::Status::Answered, "{}: {:?}", rule.id, answer.error);
        if rule.id == "plot-burdens" {
            // Columns that rules add have names, and the first says what takes of a plot.
            window.get_by_label("压占情况");
            assert!(window.query_by_label("red_line_share").is_none());
        }
        ran += 1;
        if ["park-siting", "life-circle", "greenway-continuity", "riparian-buffer"].contains(&rule.id.as_str()) {
            picture(&mut window, &rule.id);
        }
    }
    assert_eq!(ran, rules.len() - 4);
}

/// A value that nobody knows is named under the answer; a planner says what it means, and takes that back.
pub fn a_planner_says_what_a_value_means() {
    let folder = tempfile::tempdir().expect("a folder");
    let square = |x: f64| format!("[[[{x},31.4],[{},31.4],[{},31.41],[{x},31.41],[{x},31.4]]]", x + 0.01, x + 0.01);
    let layer = |properties: &str, x: f64| {
        let geometry = format!(r#"{{"type":"Polygon","coordinates":{}}}"#, square(x));
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{{properties}}},"geometry":{geometry}}}]}}"#
        )
    };
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).expect("writable");
    write("red_line.geojson", layer(r#""name":"红","core":"甲类""#, 121.4));
    write("plot.geojson", layer(r#""name":"项目","stage":"拟建""#, 121.405));
    let options =
        WindowOptions { paths: vec![folder.path().to_owned()], lang: Some(Lang::Zh), ..WindowOptions::default() };
    let mut window = window(options, [1440.0, 900.0], false);
    settle(&mut window);
    tab(&mut window, "规则");
    field(&mut window, "查找规则", "red-line-encroachment");
    click(&mut window, "占用生态保护红线");
    click(&mut window, "运行");
    let counts = |window: &Window| {
        let result = window.state().workbench().session().rule_result("red-line-encroachment").expect("it ran").clone();
        [shanshui::rules::Verdict::Ban, shanshui::rules::Verdict::Review].map(|verdict| result.answer.count(verdict))
    };
    assert_eq!(counts(&window), [0, 1]);
    window.get_by_label("1 个取值不认识：核心 = 甲类（1 个要素）");
    click(&mut window, "说明含义…");
    picture(&mut window, "unknown-value");
    pick(&mut window, "“甲类”的意思是", "是");
    assert_eq!(counts(&window), [1, 0]);
    assert!(window.query_by_label_contains("个取值不认识").is_none());
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    assert!(window.state().workbench().session().words().is_empty());
    assert!(window.get_all_by_label("已过期").count() >= 2, "in the row and on the card");
    // The value is unknown by the words of now, though the answer was worked out with it.
    window.get_by_label("1 个取值不认识：核心 = 甲类（1 个要素）");
    // Redone, the words are what they were: nothing is out of date.
    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    settle(&mut window);
    assert_eq!(window.state().workbench().session().words().len(), 1);
    assert!(window.query_all_by_label("已过期").next().is_none());
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    click(&mut window, "重新运行");
    assert_eq!(counts(&window), [0, 1]);
}

/// A rule that finds nothing says so, and how near the nearest came, in the place of the rows of another rule.
pub fn a_rule_that_finds_nothing_says_how_near_it_came() {
    let folder = tempfile::tempdir().expect("a folder");
    let layer = |properties: &str, x: f64| {
        let geometry = format!(r#"{{"type":"Point","coordinates":[{x},31.4]}}"#);
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{{properties}}},"geometry":{geometry}}}]}}"#
        )
    };
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).expect("writable");
    write("sensitive_site.geojson", layer(r#""name":"井","kind":"水井""#, 121.4));
    write("facility.geojson", layer(r#""name":"站","kind":"加油站""#, 121.403));
    let options =
        WindowOptions { paths: vec![folder.path().to_owned()], lang: Some(Lang::Zh), ..WindowOptions::default() };
    let mut window = window(options, [1440.0, 900.0], false);
    settle(&mut window);
    tab(&mut window, "规则");
    field(&mut window, "查找规则", "near-wells");
    click(&mut window, "重点污染源周边的敏感目标和饮用水水源保护区");
    let reset = |window: &Window| window.get_by_label("恢复默认").rect();
    let run = window.get_by_label("运行").rect();
    assert!(reset(&window).left() > run.right(), "beside what runs the rule, not in its place");
    click(&mut window, "运行");
    let result = window.state().workbench().session().rule_result("near-wells").expect("it ran").clone();
    assert!(result.answer.features.is_empty());
    assert!(window.get_all_by_label_contains("最近的相距").count() >= 2, "on the card and in the table");
    picture(&mut window, "nothing-found");
}

/// Types into a field and leaves it.
fn typed(window: &mut Window, name: &str, text: &str) {
    field(window, name, text);
    key(window, Key::Enter);
}

/// Chooses an entry of a choice whose name stands elsewhere in the window too.
fn pick(window: &mut Window, choice: &str, entry: &str) {
    window.get_by(|n| n.role() == Access::ComboBox && n.label().as_deref() == Some(choice)).click();
    settle(window);
    // The choice is in the panel on the right.
    let entries = window.get_all_by_label(entry);
    entries.max_by(|a, b| a.rect().left().total_cmp(&b.rect().left())).expect("an entry").click();
    settle(window);
}

/// Opens the tab of this name.
pub fn tab(window: &mut Window, name: &str) {
    let tabs = window.get_all_by_label(name);
    tabs.into_iter().next().expect("a tab").click();
    settle(window);
}

pub fn the_palette_finds_rules_and_tabs() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    for words in ["run rule forest", "near-yangtze", "panel targets"] {
        window.key_press_modifiers(Modifiers::COMMAND, Key::K);
        settle(&mut window);
        window.event(Event::Text(words.to_owned()));
        settle(&mut window);
        key(&mut window, Key::Enter);
    }
    let session = window.state().workbench().session();
    assert!(session.rule_result("forest-cover").is_some());
    // Rules are found by their ids too.
    assert!(session.rule_result("outlets-near-yangtze").is_some());
    window.get_by_label_contains("Choose a plan");
}

pub fn findings_follow_what_rules_find() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    tab(&mut window, "Findings");
    window.get_by_label_contains("Nothing yet.");
    tab(&mut window, "Rules");
    click(&mut window, "Outlets in drinking-water protection zones");
    click(&mut window, "Run");
    tab(&mut window, "Findings");
    window.get_by_label("Found 24");
    picture(&mut window, "findings");
    let first = window.state().workbench().session().findings().all[0].clone();
    window.get_by(|n| n.role() == Access::Button && n.label().as_deref() == Some(first.name.as_str())).click();
    settle(&mut window);
    click(&mut window, "Passed on");
    typed(&mut window, "Owner", "张三");
    typed(&mut window, "Deadline", "2020-01-31");
    let session = window.state().workbench().session();
    let finding = session.findings().all.iter().find(|f| f.id == first.id).expect("it stays").clone();
    assert_eq!((finding.state, finding.owner.as_str()), (State::PassedOn, "张三"));
    assert_eq!(finding.history.len(), 4, "{:?}", finding.history);
    window.get_by_label("Found 23");
    window.get_by_label("Passed on 1");
    window.get_by_label_contains("past its deadline");
    picture(&mut window, "finding");
    // What is no day stays out.
    typed(&mut window, "Deadline", "soon");
    let all = &window.state().workbench().session().findings().all;
    assert_eq!(all.iter().find(|f| f.id == first.id).expect("it stays").deadline, "2020-01-31");
    // Run again: nothing is lost.
    tab(&mut window, "Rules");
    click(&mut window, "Run again");
    let again = window.state().workbench().session().findings().all.clone();
    assert_eq!(again.iter().find(|f| f.id == first.id).expect("it stays").state, State::PassedOn);
    assert_eq!(again.len(), 24);
}

pub fn a_zone_shows_what_rules_say_in_it() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    tab(&mut window, "Rules");
    click(&mut window, "Outlets in drinking-water protection zones");
    click(&mut window, "Run");
    // The first-level zone itself is the zone that is looked into.
    let session = window.state().workbench().session();
    let zones = session.by_role(shanshui::model::Role::WaterSourceZone).expect("there").clone();
    let geometry = zones.layer().geometries.geometry(0).expect("an area");
    window.state_mut().workbench_mut().session_mut().execute(shanshui::session::Command::Inspect(Box::new(geometry)));
    settle(&mut window);
    let inspected = window.state().workbench().session().inspection().expect("inspected").clone();
    let banned = inspected.verdicts.iter().find(|of| of.verdict == shanshui::rules::Verdict::Ban).expect("bans");
    assert_eq!((banned.id.as_str(), banned.count), ("outlets-in-source-zones", 5));
}

pub fn findings_are_kept_beside_their_project() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["outlet", "water_source_zone"] {
        let from = format!("maps/baoshan/{name}.geojson");
        std::fs::copy(from, folder.path().join(format!("{name}.geojson"))).expect("writable");
    }
    let path = folder.path().join("p.shanshui.json");
    let text =
        r#"{"shanshui":1,"plan":"BS","layers":[{"file":"outlet.geojson"},{"file":"water_source_zone.geojson"}]}"#;
    std::fs::write(&path, text).expect("writable");
    let open = || {
        let options = WindowOptions { paths: vec![path.clone()], lang: Some(Lang::En), ..WindowOptions::default() };
        let mut window = window(options, [1440.0, 900.0], false);
        settle(&mut window);
        window
    };
    let mut first = open();
    assert_eq!(first.state().workbench().session().plan().map(|plan| plan.id.as_str()), Some("BS"));
    tab(&mut first, "Rules");
    click(&mut first, "Outlets in drinking-water protection zones");
    click(&mut first, "Run");
    let kept = folder.path().join("findings.geojson");
    assert_eq!(read(&kept).feature_count(), 24);
    // They go with the project when it is packed.
    let packed = folder.path().join("p.shanshui.zip");
    let view =
        shanshui::session::project::ProjectView { center: shanshui::geodesy::LonLat::new(121.4, 31.4), scale: 1e5 };
    let pack = shanshui::session::Command::Pack(packed.clone(), view);
    first.state_mut().workbench_mut().session_mut().execute(pack);
    settle(&mut first);
    let bytes = std::fs::read(&packed).expect("packed");
    assert!(bytes.windows(16).any(|name| name == b"findings.geojson"));
    drop(first);
    let again = open();
    assert_eq!(again.state().workbench().session().findings().all.len(), 24);
    // They are no layer of the folder.
    assert_eq!(again.state().workbench().session().layers().len(), 2);
}

pub fn targets_stand_beside_what_is_measured_and_typed() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    tab(&mut window, "Targets");
    window.get_by_label_contains("Choose a plan");
    choose(
        &mut window,
        "Plan",
        "BS Baoshan District: plan for the fight against pollution and an ecological Baoshan of science and innovation (draft for comment)",
    );
    click(&mut window, "Measure from layers");
    let session = window.state().workbench().session();
    let forest = session.rule_result("forest-cover").expect("it ran");
    assert_eq!(forest.answer.aim.as_ref().and_then(|aim| aim.state).map(|state| state.id()), Some("missed"));
    picture(&mut window, "targets");
    click(&mut window, "PM2.5");
    for (year, value) in [("2021", "35"), ("2022", "31.2"), ("2023", "29")] {
        let drag = window.get_by(|n| n.role() == Access::SpinButton && n.label().as_deref() == Some("Year"));
        drag.click();
        settle(&mut window);
        window.key_press_modifiers(Modifiers::COMMAND, Key::A);
        window.event(Event::Text(year.to_owned()));
        window.step();
        window.key_press(Key::Enter);
        settle(&mut window);
        field(&mut window, "Value", value);
        click(&mut window, "Save");
    }
    let plan = window.state().workbench().session().plan().expect("a plan").clone();
    let standings = plan.standings(&[]);
    let air = standings.iter().find(|s| s.target.indicator == "PM2.5 浓度").expect("there");
    assert_eq!((air.value, air.state.map(|state| state.id())), (Some(29.0), Some("met")));
    picture(&mut window, "target");
}

/// The tabs at the smallest size and in the dark, where nothing may be cut off.
pub fn what_follows_fits_the_smallest_window() {
    for (name, size, dark) in [("small-dark", [1024.0, 700.0], true), ("wide-light", [1600.0, 1000.0], false)] {
        let options =
            WindowOptions { demo: true, lang: Some(Lang::Zh), plan: Some("SY".to_owned()), ..WindowOptions::default() };
        let mut window = window(options, size, dark);
        settle(&mut window);
        tab(&mut window, "规则");
        click(&mut window, "全部运行");
        picture(&mut window, &format!("rules-{name}"));
        tab(&mut window, "处置");
        picture(&mut window, &format!("findings-{name}"));
        tab(&mut window, "指标");
        picture(&mut window, &format!("targets-{name}"));
        // Every control has a name, an opened rule's and an opened finding's too.
        for title in ["规则", "处置", "指标"] {
            tab(&mut window, title);
            assert_eq!(unnamed(&window), Vec::<String>::new(), "{title}");
        }
        tab(&mut window, "规则");
        field(&mut window, "查找规则", "green-cover");
        click(&mut window, "绿化覆盖率");
        assert_eq!(unnamed(&window), Vec::<String>::new(), "a rule");
        // Every tab is reached, and stays in the window.
        for title in ["提问", "检查", "规则", "处置", "指标"] {
            let rect = window.get_all_by_label(title).map(|n| n.rect()).min_by(|a, b| a.top().total_cmp(&b.top()));
            let rect = rect.expect("a tab");
            assert!(rect.right() <= size[0] && rect.width() > 20.0, "{title} {rect:?}");
        }
    }
}

pub fn figures_by_town_are_shaded_on_the_map() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    tab(&mut window, "Rules");
    field(&mut window, "Find a rule", "park area");
    click(&mut window, "Park area per resident");
    click(&mut window, "Run");
    let before = window.state().workbench().session().layers().len();
    picture(&mut window, "per-head");
    let shade = window.get_all_by_label("Shade the areas on the map").last().expect("by town");
    shade.scroll_to_me();
    settle(&mut window);
    window.get_all_by_label("Shade the areas on the map").last().expect("by town").click();
    settle(&mut window);
    let session = window.state().workbench().session();
    assert_eq!(session.layers().len(), before + 1);
    let is_shade = |layer: &&shanshui::session::OpenLayer| layer.style.labels.is_some();
    let layer = session.layers().iter().find(is_shade).expect("added");
    assert_eq!(layer.layer().feature_count(), 12);
    // It lies under the points and lines.
    let mut below = session.layers().iter().skip_while(|layer| !is_shade(layer)).skip(1);
    assert!(below.all(|layer| layer.layer().shape().is_none_or(|shape| shape == shanshui::model::Shape::Polygons)));
    assert!(layer.style.by.is_some() && layer.style.labels.is_some());
    picture(&mut window, "by-town");
}

pub fn columns_of_other_names_serve_rules() {
    let folder = tempfile::tempdir().expect("a folder");
    let outlets = folder.path().join("outlet.geojson");
    let text = std::fs::read_to_string("maps/baoshan/outlet.geojson").expect("readable");
    std::fs::write(&outlets, text.replace("\"status\":", "\"状态\":")).expect("writable");
    let options = WindowOptions { paths: vec![outlets], lang: Some(Lang::En), ..WindowOptions::default() };
    let mut window = window(options, [1440.0, 900.0], false);
    settle(&mut window);
    tab(&mut window, "Rules");
    click(&mut window, "Outlet ledger");
    click(&mut window, "Run");
    let status = |window: &Window| {
        let session = window.state().workbench().session();
        session.rule_result("outlet-ledger").expect("it ran").answer.status
    };
    assert_eq!(status(&window), shanshui::rules::Status::NeedsInput);
    picture(&mut window, "needs-column");
    pick(&mut window, "“status” of Outlets is:", "状态");
    click(&mut window, "Run again");
    assert_eq!(status(&window), shanshui::rules::Status::Answered);
    let answer = window.state().workbench().session().rule_result("outlet-ledger").expect("it ran").answer.clone();
    assert!((answer.figure().expect("a share").value.expect("known") - 78.688_5).abs() < 1e-3);
}
