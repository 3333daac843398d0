//! Scenarios in the window: begun, drawn, switched, compared, by labels alone.

use super::hands::{field, unnamed};
use super::tools::key;
use super::*;
use eframe::egui::accesskit::Role as Access;
use shanshui::model::Role as Layer;
use shanshui::session::{Command, EditKind};

/// Takes an outlet that a rule bans out, and moves another one, as a planner's tools do.
fn draw(window: &mut Window) {
    let session = window.state_mut().workbench_mut().session_mut();
    let outlets = session.by_role(Layer::Outlet).expect("open").key;
    session.execute(Command::SetEditable(outlets, true));
    let layer = session.layer(outlets).expect("open").layer().clone();
    let found = session.rule_result("outlets-in-source-zones").map(|result| result.answer.clone());
    let found: Vec<usize> =
        found.iter().flat_map(|answer| &answer.features).filter_map(|feature| Some(feature.of?.1)).collect();
    let banned = found.first().copied().unwrap_or(0);
    let other = layer.rows().find(|row| *row != banned && !found.contains(row)).expect("another");
    let mut moved = layer.geometries.geometry(other).expect("a place");
    moved.parts[0][0][0].lon += 0.02;
    session.execute(Command::Delete(outlets, vec![banned]));
    session.execute(Command::Reshape(outlets, vec![(other, moved)], EditKind::Move));
    settle(window);
}

fn bans(window: &Window) -> usize {
    let result = window.state().workbench().session().rule_result("outlets-in-source-zones").expect("it ran");
    result.answer.count(shanshui::rules::Verdict::Ban)
}

fn button(window: &mut Window, label: &str) {
    window.get_by(|n| n.role() == Access::Button && n.label().as_deref() == Some(label)).click();
    settle(window);
}

fn radio(window: &mut Window, label: &str) {
    window.get_by(|n| n.role() == Access::RadioButton && n.label().as_deref() == Some(label)).click();
    settle(window);
}

pub fn a_scenario_is_drawn_switched_and_compared_by_labels() {
    let mut window = demo(Lang::En, [1440.0, 900.0], false);
    click(&mut window, "Rules");
    click(&mut window, "Outlets in drinking-water protection zones");
    click(&mut window, "Run");
    assert_eq!(bans(&window), 14);
    click(&mut window, "Scenarios");
    window.get_by_label_contains("A scenario is a set of changes");
    assert_eq!(unnamed(&window), Vec::<String>::new());
    picture(&mut window, "scenarios-none");
    click(&mut window, "New scenario");
    // The top bar says that what is seen is no longer what stands.
    window.get_by_label("Scenario: Scenario 1");
    window.get_by_label_contains("No changes yet.");
    field(&mut window, "Description", "close one, move one");
    key(&mut window, Key::Enter);
    draw(&mut window);
    window.get_by_label("2 changes");
    window.get_by_label("Deleted");
    window.get_by_label("Moved or reshaped");
    assert_eq!(unnamed(&window), Vec::<String>::new());
    picture(&mut window, "scenarios-drawn");
    // What was found of what stands is out of date, and runs anew under the scenario.
    click(&mut window, "Rules");
    click(&mut window, "Run again");
    assert_eq!(bans(&window), 13);
    let session = window.state().workbench().session();
    assert!(session.findings().all.iter().all(|finding| finding.gone_on.is_none()), "findings are of what stands");
    click(&mut window, "Scenarios");
    radio(&mut window, "As it stands");
    assert!(window.state().workbench().session().scenario_on().is_none());
    assert!(window.query_by_label("Scenario: Scenario 1").is_none());
    // Beside one another.
    button(&mut window, "Compare");
    window.get_by_label_contains("“Scenario 1” changes 2 features");
    window.get_by_label_contains("1 fewer possible breach");
    let rule = "Outlets in drinking-water protection zones";
    button(&mut window, rule);
    window.get_by_label("gone · Possible breach");
    assert_eq!(unnamed(&window), Vec::<String>::new());
    picture(&mut window, "scenarios-compared");
    let before = window.state().workbench().map().camera.center;
    let session = window.state().workbench().session();
    let comparison = &session.comparison().expect("compared").comparison;
    let of = comparison.rules.iter().find(|one| one.rule.id == "outlets-in-source-zones").expect("it ran");
    let name = of.after[0].changes[0].name.clone();
    button(&mut window, &name);
    assert_ne!(window.state().workbench().map().camera.center, before, "the map goes there");
    // Ctrl Z takes a switch back.
    radio(&mut window, "Scenario 1");
    assert!(window.state().workbench().session().scenario_on().is_some());
    window.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    settle(&mut window);
    assert!(window.state().workbench().session().scenario_on().is_none());
    // Called otherwise, and given up.
    button(&mut window, "More for “Scenario 1”");
    click(&mut window, "Rename scenario");
    window.key_press_modifiers(Modifiers::COMMAND, Key::A);
    window.event(eframe::egui::Event::Text("Close the works".to_owned()));
    window.step();
    key(&mut window, Key::Enter);
    radio(&mut window, "Close the works");
    radio(&mut window, "As it stands");
    let session = window.state().workbench().session();
    let kept = session.comparison().expect("compared");
    assert!(!session.is_comparison_out_of_date(kept), "a name changes no answer");
    assert_eq!(kept.comparison.scenarios[0].name, "Close the works");
    button(&mut window, "More for “Close the works”");
    click(&mut window, "Delete scenario");
    assert!(window.state().workbench().session().scenarios().is_empty());
}

pub fn scenarios_fit_every_size_in_both_languages_and_themes() {
    for (lang, tab, begin, compare) in
        [(Lang::Zh, "方案", "新建方案", "与现状比较"), (Lang::En, "Scenarios", "New scenario", "Compare")]
    {
        for (dark, size) in [(false, [1024.0, 700.0]), (true, [1280.0, 800.0]), (false, [1600.0, 1000.0])] {
            let mut window = demo(lang, size, dark);
            let tabs = ["ask.title", "rules.title", "targets.title", "scenario.title"];
            for name in tabs.map(|name| shanshui::i18n::text_of(lang, name)) {
                let places = window.get_all_by(|n| n.role() == Access::Button && n.label().as_deref() == Some(&*name));
                let place = places.map(|node| node.rect()).max_by(|a, b| a.min.x.total_cmp(&b.min.x)).expect("a tab");
                assert!(place.max.x <= size[0] + 0.5, "{name}: {place:?} of {size:?}");
            }
            button(&mut window, tab);
            click(&mut window, begin);
            draw(&mut window);
            picture(&mut window, &format!("scenario-{}-{dark}-{}", lang.code(), size[0]));
            button(&mut window, compare);
            let session = window.state().workbench().session();
            let kept = session.comparison().expect("compared");
            let first = kept.comparison.rules.iter().find(|rule| rule.differs()).expect("something differs");
            let title = first.rule.title.text(lang).to_owned();
            button(&mut window, &title);
            picture(&mut window, &format!("compared-{}-{dark}-{}", lang.code(), size[0]));
            assert_eq!(unnamed(&window), Vec::<String>::new());
        }
    }
}
