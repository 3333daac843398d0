//! Scenarios: what is drawn in one is the project's, and everything else stays as it is.

use super::{finish, maps, session};
use shanshui::geodesy::LonLat;
use shanshui::i18n::Lang;
use shanshui::model::{Geometry, GeometryKind, Role};
use shanshui::rules::Verdict;
use shanshui::rules::comparison::Became;
use shanshui::session::journal::left_in;
use shanshui::session::project::ProjectView;
use shanshui::session::scenarios::DrawnKind;
use shanshui::session::{Change, Command, EditKind, Event, Key, ScenarioCommand, Session};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const RULE: &str = "outlets-in-source-zones";
const VIEW: ProjectView = ProjectView { center: LonLat { lon: 121.4, lat: 31.4 }, scale: 1e4 };

fn project(folder: &Path) -> PathBuf {
    let names = ["outlet", "water_source_zone", "shoreline"];
    for name in names {
        let file = format!("{name}.geojson");
        std::fs::copy(maps().join("baoshan").join(&file), folder.join(&file)).expect("copied");
    }
    let layers = names.map(|name| format!(r#"{{"file":"{name}.geojson","role":"{name}","editable":true}}"#)).join(",");
    let project = folder.join("p.shanshui.json");
    std::fs::write(&project, format!(r#"{{"shanshui":1,"layers":[{layers}],"later":7}}"#)).expect("writable");
    project
}

fn opened(project: &Path) -> Session {
    let mut session = session();
    session.execute(Command::OpenProject(project.to_owned()));
    finish(&mut session);
    assert_eq!(session.layers().len(), 3);
    session
}

fn outlets(session: &Session) -> Key {
    session.by_role(Role::Outlet).expect("open").key
}

fn scenario(session: &mut Session, command: ScenarioCommand) -> Vec<Event> {
    session.execute(Command::Scenario(command));
    finish(session)
}

/// Runs the rule; its bans, by their rows, and its answer but for the time.
fn run(session: &mut Session) -> (Vec<usize>, String) {
    session.execute(Command::RunRules(vec![RULE.to_owned()], Lang::Zh));
    finish(session);
    let result = session.rule_result(RULE).expect("it ran");
    let bans = result.answer.features.iter().filter(|f| f.verdict == Verdict::Ban).filter_map(|f| Some(f.of?.1));
    let bans = bans.collect();
    (bans, written(result))
}

/// An answer as it is exported, but for the time.
fn written(result: &shanshui::session::RuleResult) -> String {
    let text = result.table.to_geojson().expect("readable");
    String::from_utf8_lossy(&text).replace(&result.time, "")
}

fn point(session: &Session, row: usize, east: f64) -> Geometry {
    let at = session.layer(outlets(session)).expect("open").layer().geometries.positions_of(row)[0];
    Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![LonLat::new(at.lon + east, at.lat)]]] }
}

/// Every outlet as it is: its text.
fn features(session: &Session) -> BTreeSet<String> {
    let layer = session.layer(outlets(session)).expect("open").layer();
    let text = |row: usize| shanshui::io::geojson::saved_text(layer, row).expect("readable");
    layer.rows().map(|row| String::from_utf8(text(row)).expect("UTF-8")).collect()
}

/// Draws one of each: an outlet taken out, one moved, one with another property, one more.
fn draw(session: &mut Session, bans: &[usize]) {
    let key = outlets(session);
    let (moved, new) = (point(session, bans[1], 0.3), point(session, bans[0], 1e-5));
    session.execute(Command::Delete(key, vec![bans[0]]));
    session.execute(Command::Reshape(key, vec![(bans[1], moved)], EditKind::Move));
    session.execute(Command::SetProperty(key, bans[2], "owner".into(), "新业主".into()));
    session.execute(Command::Draw(Some(key), Box::new(new), "绘制".into()));
    assert!(finish(session).is_empty());
}

#[test]
fn files_findings_and_answers_are_as_without_the_scenario() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = project(folder.path());
    let file = folder.path().join("outlet.geojson");
    let before = std::fs::read(&file).expect("readable");
    let mut session = opened(&project);
    let (bans, base) = run(&mut session);
    assert_eq!(bans.len(), 14);
    let findings = std::fs::read(folder.path().join("findings.geojson")).expect("written");
    let found = session.findings().all.len();
    scenario(&mut session, ScenarioCommand::Add("方案一".into()));
    assert_eq!(session.scenario_on().map(|one| one.name.clone()), Some("方案一".into()));
    let all = features(&session);
    draw(&mut session, &bans);
    // What is drawn is the project's: no layer waits to be saved.
    assert!(session.unsaved().next().is_none() && session.is_project_unsaved());
    let kinds: Vec<DrawnKind> = session.drawn_rows().iter().map(|row| row.kind).collect();
    assert_eq!(kinds.len(), 4);
    for kind in [DrawnKind::Added, DrawnKind::Moved, DrawnKind::Changed, DrawnKind::Gone] {
        assert!(kinds.contains(&kind), "{kind:?} of {kinds:?}");
    }
    let (now, under) = run(&mut session);
    assert_eq!(now.len(), 13, "one is gone, one is elsewhere, one is new");
    assert_eq!(session.rule_result(RULE).and_then(|result| result.scenario()), Some("方案一"));
    assert!(under.contains("\"scenario\":\"方案一\"") && under.contains("\"changes\":4"), "its provenance says so");
    assert!(!under.contains("unsaved_edits") && !base.contains("scenario"));
    // Findings are of what stands.
    assert_eq!(session.findings().all.len(), found);
    assert!(session.findings().all.iter().all(|finding| finding.gone_on.is_none()));
    assert_eq!(std::fs::read(folder.path().join("findings.geojson")).expect("there"), findings);
    // A layer that is saved meanwhile is saved as it is without the scenario.
    session.execute(Command::Save { layer: outlets(&session), path: file.clone(), over: false });
    assert!(finish(&mut session).iter().any(|event| matches!(event, Event::Saved(..))));
    assert_eq!(std::fs::read(&file).expect("there"), before);
    scenario(&mut session, ScenarioCommand::Switch(None));
    assert_eq!(features(&session), all);
    assert_eq!(run(&mut session).1, base, "the answer without it is the answer that was");
    assert_eq!(session.scenario_changes(session.scenarios()[0].id), 4);
}

#[test]
fn steps_are_taken_back_and_made_again_through_the_switch() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = opened(&project(folder.path()));
    let (bans, _) = run(&mut session);
    let base = features(&session);
    scenario(&mut session, ScenarioCommand::Add("甲".into()));
    draw(&mut session, &bans);
    let drawn = features(&session);
    scenario(&mut session, ScenarioCommand::Switch(None));
    // Edited below, while it is off.
    let key = outlets(&session);
    session.execute(Command::SetProperty(key, bans[5], "owner".into(), "别人".into()));
    session.execute(Command::Draw(Some(key), Box::new(point(&session, bans[6], 0.2)), "绘制".into()));
    let edited = features(&session);
    assert_eq!(session.unsaved().count(), 1);
    let id = session.scenarios()[0].id;
    scenario(&mut session, ScenarioCommand::Switch(Some(id)));
    let both = features(&session);
    assert_eq!(both.len(), base.len() + 1, "one is gone, two are new");
    assert!(both.difference(&edited).eq(drawn.difference(&base)), "what was drawn stands over what was edited");
    let states = [&both, &edited, &edited, &base, &drawn];
    let mut undone = vec![features(&session)];
    for _ in 0..4 {
        session.execute(Command::Undo);
        undone.push(features(&session));
    }
    assert_eq!([&undone[0], &undone[1], &undone[3], &undone[4]], [states[0], states[1], states[3], states[4]]);
    assert_eq!(session.scenario_on().map(|one| one.name.as_str()), Some("甲"));
    for _ in 0..4 {
        session.execute(Command::Undo);
    }
    assert_eq!(features(&session), base);
    assert_eq!(session.drawn_rows().len(), 0);
    for _ in 0..2 {
        session.execute(Command::Undo);
    }
    assert!(session.scenarios().is_empty() && session.scenario_on().is_none());
    assert!(!session.can_undo());
    while session.can_redo() {
        session.execute(Command::Redo);
    }
    assert_eq!(features(&session), both);
}

#[test]
fn the_project_keeps_it_and_names_what_no_longer_fits() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = project(folder.path());
    let mut session = opened(&path);
    let (bans, _) = run(&mut session);
    scenario(&mut session, ScenarioCommand::Add("方案一".into()));
    let id = session.scenarios()[0].id;
    scenario(&mut session, ScenarioCommand::Note(id, "迁走两处".into()));
    draw(&mut session, &bans);
    let drawn = features(&session);
    session.execute(Command::SaveProject(path.clone(), VIEW));
    assert!(finish(&mut session).iter().any(|event| matches!(event, Event::ProjectSaved(_))));
    assert!(!session.is_project_unsaved(), "the project holds it");
    let text = std::fs::read_to_string(&path).expect("readable");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let layer = &json["scenarios"][0]["layers"][0];
    assert_eq!((&json["scenarios"][0]["name"], &layer["file"]), (&"方案一".into(), &"outlet.geojson".into()));
    assert_eq!(json["later"], 7);
    let of: Vec<&str> = layer["changes"].as_array().expect("a list").iter().filter_map(|c| c["of"].as_str()).collect();
    assert!(
        of.len() == 3 && of.iter().all(|of| of.starts_with("WP-310113-")),
        "named by what they are known by: {of:?}"
    );

    let name = |at: usize| layer["changes"][at]["name"].as_str().expect("a name").to_owned();
    let names = [name(0), name(1)];

    // Opened again it is off, and then the same.
    let mut again = opened(&path);
    assert!(again.scenario_on().is_none() && !again.is_project_unsaved());
    assert_eq!(again.scenarios()[0].note, "迁走两处");
    let id = again.scenarios()[0].id;
    assert_eq!(again.scenario_changes(id), 4);
    let told = scenario(&mut again, ScenarioCommand::Switch(Some(id)));
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(features(&again), drawn);
    assert!(!again.is_project_unsaved(), "looking at it changes nothing");
    scenario(&mut again, ScenarioCommand::Switch(None));
    assert!(!again.is_project_unsaved());

    // Its file is written anew: in another order, one of the features gone, another one changed.
    let file = folder.path().join("outlet.geojson");
    let mut outlets: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&file).expect("readable")).expect("JSON");
    let all = outlets["features"].as_array_mut().expect("features");
    all.reverse();
    all.retain(|feature| feature["properties"]["code"] != of[0]);
    let other = all.iter_mut().find(|feature| feature["properties"]["code"] == of[1]).expect("there");
    other["properties"]["owner"] = "改过".into();
    std::fs::write(&file, outlets.to_string()).expect("writable");
    let mut changed = opened(&path);
    let id = changed.scenarios()[0].id;
    let told = scenario(&mut changed, ScenarioCommand::Switch(Some(id)));
    let said: Vec<&str> =
        told.iter().filter_map(|e| if let Event::Told(said) = e { Some(said.text(Lang::En)) } else { None }).collect();
    let [said] = said[..] else { panic!("{told:?}") };
    for part in ["outlet.geojson", "changed after", &names[0], &names[1], "kept in the scenario"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(changed.drawn_rows().len(), 3);
    // What could not be put stays in the scenario.
    assert_eq!(changed.scenario_changes(id), 4);
    changed.execute(Command::SaveProject(path.clone(), VIEW));
    finish(&mut changed);
    let text = std::fs::read_to_string(&path).expect("readable");
    assert!(of.iter().all(|of| text.contains(of)), "nothing is lost");
}

#[test]
fn rules_are_compared_without_and_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = opened(&project(folder.path()));
    let (bans, base) = run(&mut session);
    scenario(&mut session, ScenarioCommand::Add("甲".into()));
    draw(&mut session, &bans);
    let first = session.scenarios()[0].id;
    // A second one, with more of it.
    scenario(&mut session, ScenarioCommand::Copy(first, "乙".into()));
    session.execute(Command::Delete(outlets(&session), vec![bans[3]]));
    scenario(&mut session, ScenarioCommand::Switch(None));
    let second = session.scenarios()[1].id;
    let events = scenario(&mut session, ScenarioCommand::Compare(vec![first, second], Lang::Zh));
    assert!(events.iter().any(|event| matches!(event, Event::Compared)), "{events:?}");
    let kept = session.comparison().expect("compared");
    assert!(!session.is_comparison_out_of_date(kept));
    let comparison = std::sync::Arc::clone(&kept.comparison);
    let names: Vec<_> = comparison.scenarios.iter().map(|one| (one.name.as_str(), one.changes)).collect();
    assert_eq!(names, [("甲", 4), ("乙", 5)]);
    let rule = comparison.rules.iter().find(|rule| rule.rule.id == RULE).expect("it ran");
    assert_eq!(rule.before.count(Verdict::Ban), 14);
    assert_eq!(rule.after.iter().map(|after| after.side.count(Verdict::Ban)).collect::<Vec<_>>(), [13, 12]);
    assert_eq!(rule.after.iter().map(|after| after.count(Became::Gone)).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(rule.after.iter().map(|after| after.count(Became::New)).collect::<Vec<_>>(), [1, 1]);
    let ledger = comparison.rules.iter().find(|rule| rule.rule.id == "outlets-near-yangtze").expect("it ran");
    assert_eq!(
        ledger.before.count(Verdict::List) + ledger.before.count(Verdict::Ban) + ledger.before.count(Verdict::Review),
        54
    );
    // A rule that reads nothing of it says the same.
    let same = comparison.rules.iter().filter(|rule| !rule.differs()).count();
    assert!(same > 0 && comparison.differing() + same == comparison.rules.len());
    // The answers of the session are as they were.
    let result = session.rule_result(RULE).expect("it ran");
    assert_eq!(written(result), base);
    // Drawn on, it is out of date; without that again it is not.
    scenario(&mut session, ScenarioCommand::Switch(Some(second)));
    assert!(!session.is_comparison_out_of_date(session.comparison().expect("kept")));
    let key = outlets(&session);
    session.execute(Command::Delete(key, vec![bans[4]]));
    assert!(session.is_comparison_out_of_date(session.comparison().expect("kept")));
    // A change alone is given up.
    let rows = vec![bans[4], bans[3]];
    scenario(&mut session, ScenarioCommand::Restore(key, rows));
    assert_eq!(session.drawn_rows().len(), 4);
    assert_eq!(session.scenario_changes(second), 4);
}

#[test]
fn a_journal_brings_it_back_and_a_scenario_becomes_the_layers() {
    let folder = tempfile::tempdir().expect("a folder");
    let journals = folder.path().join("journals");
    let path = project(folder.path());
    let mut session = opened(&path);
    session.keep_journal(journals.clone());
    let (bans, _) = run(&mut session);
    let base = features(&session);
    scenario(&mut session, ScenarioCommand::Add("方案一".into()));
    draw(&mut session, &bans);
    let drawn = features(&session);
    session.journal_mut().sync();
    session.journal_mut().flush();
    drop(session);

    let left = left_in(&journals);
    assert_eq!(left.len(), 1);
    assert!(left[0].is_whole() && left[0].layers.is_empty(), "the layers were not edited: {left:?}");
    let settings = left[0].settings.as_ref().expect("the scenario is there");
    assert!(settings.text(Lang::En).contains("1 scenario"), "{}", settings.text(Lang::En));
    let mut next = super::session();
    next.keep_journal(journals.clone());
    next.execute(Command::Recover(Box::new(left.into_iter().next().expect("one"))));
    finish(&mut next);
    assert_eq!(next.scenarios().len(), 1);
    assert!(next.is_project_unsaved(), "no file holds it yet");
    assert_eq!(features(&next), base);
    let id = next.scenarios()[0].id;
    let told = scenario(&mut next, ScenarioCommand::Switch(Some(id)));
    assert!(told.is_empty(), "{told:?}");
    assert_eq!(features(&next), drawn);

    // It is decided: its changes are the layers'.
    scenario(&mut next, ScenarioCommand::Adopt);
    assert!(next.scenarios().is_empty() && next.scenario_on().is_none());
    assert_eq!(features(&next), drawn);
    assert_eq!(next.unsaved().count(), 1);
    while next.can_undo() {
        next.execute(Command::Undo);
    }
    assert_eq!(features(&next), base);
}

#[test]
fn layers_that_are_closed_drawn_or_read_anew_keep_their_part() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = opened(&project(folder.path()));
    let (bans, _) = run(&mut session);
    let base = features(&session);
    scenario(&mut session, ScenarioCommand::Add("甲".into()));
    draw(&mut session, &bans);
    let (drawn, id) = (features(&session), session.scenarios()[0].id);
    // Closed and brought back; read anew.
    let key = outlets(&session);
    session.execute(Command::Change(Change::Remove(key)));
    assert_eq!(session.scenario_changes(id), 4);
    session.execute(Command::Undo);
    assert_eq!(features(&session), drawn);
    session.execute(Command::Reload(key));
    finish(&mut session);
    assert_eq!(features(&session), drawn);
    scenario(&mut session, ScenarioCommand::Switch(None));
    assert_eq!(features(&session), base);
    // Closed for good, the scenario says so when it is switched on, and keeps its part.
    session.execute(Command::Change(Change::Remove(key)));
    let told = scenario(&mut session, ScenarioCommand::Switch(Some(id)));
    assert!(
        matches!(&told[..], [Event::Told(said)] if said.en.contains("outlet.geojson") && said.en.contains('4')),
        "{told:?}"
    );
    assert_eq!(session.scenario_changes(id), 4);
    session.execute(Command::Open(vec![folder.path().join("outlet.geojson")], None));
    finish(&mut session);
    let again = session.layers().iter().find(|layer| layer.layer().source.file_name == "outlet.geojson").expect("open");
    assert_eq!(again.drawn_rows().len(), 4, "put over it as it comes in");
    // Opening is no step: taking the switch back reaches the layer all the same.
    session.execute(Command::Undo);
    assert!(session.scenario_on().is_none());
    let bare = |session: &Session| session.layers().iter().all(|layer| layer.drawn_rows().is_empty());
    assert!(bare(&session) && session.scenario_changes(id) == 4);
    session.execute(Command::Redo);
    assert!(session.scenario_on().is_some() && !bare(&session));
    // A layer that is drawn under a scenario is empty without it.
    let square = Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![LonLat::new(121.4, 31.4)]]] };
    session.execute(Command::Draw(None, Box::new(square), "新层".into()));
    assert_eq!(session.layers()[0].layer().feature_count(), 1);
    assert_eq!(session.scenario_changes(id), 5);
    scenario(&mut session, ScenarioCommand::Switch(None));
    assert_eq!(session.layers()[0].layer().feature_count(), 0);
}

#[test]
fn a_scenario_that_was_deleted_or_renamed_does_not_come_back_after_a_crash() {
    let folder = tempfile::tempdir().expect("a folder");
    let (project, journals) = (project(folder.path()), folder.path().join("journals"));
    let mut session = opened(&project);
    for name in ["甲", "乙", "丙"] {
        scenario(&mut session, ScenarioCommand::Add(name.into()));
    }
    scenario(&mut session, ScenarioCommand::Switch(None));
    session.execute(Command::SaveProject(project.clone(), VIEW));
    finish(&mut session);
    drop(session);
    let mut session = opened(&project);
    session.keep_journal(journals.clone());
    let id = |session: &Session, name: &str| session.scenario_named(name).expect("there");
    let (first, second) = (id(&session, "甲"), id(&session, "乙"));
    scenario(&mut session, ScenarioCommand::Remove(first));
    scenario(&mut session, ScenarioCommand::Rename(second, "乙改".into()));
    session.journal_mut().sync();
    session.journal_mut().flush();
    drop(session);
    let left = left_in(&journals);
    assert_eq!(left.len(), 1);
    let mut next = super::session();
    next.keep_journal(journals);
    left.into_iter().for_each(|left| next.execute(Command::Recover(Box::new(left))));
    finish(&mut next);
    let mut names: Vec<&str> = next.scenarios().iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["丙", "乙改"]);
}

#[test]
fn a_new_name_leaves_a_comparison_valid_and_stands_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = opened(&project(folder.path()));
    let (bans, _) = run(&mut session);
    scenario(&mut session, ScenarioCommand::Add("甲".into()));
    draw(&mut session, &bans);
    let id = session.scenario_named("甲").expect("there");
    scenario(&mut session, ScenarioCommand::Compare(vec![id], Lang::Zh));
    scenario(&mut session, ScenarioCommand::Rename(id, "甲改".into()));
    let kept = session.comparison().expect("compared");
    assert!(!session.is_comparison_out_of_date(kept));
    assert_eq!(kept.comparison.scenarios[0].name, "甲改");
    session.execute(Command::Undo);
    assert_eq!(session.comparison().expect("compared").comparison.scenarios[0].name, "甲");
}

#[test]
fn a_switch_that_is_cancelled_says_so_and_changes_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = project(folder.path());
    // So many outlets that looking for features takes its time.
    let outlet = |i: u32| {
        let (lon, lat) = (121.0 + f64::from(i % 300) * 1e-3, 31.0 + f64::from(i / 300) * 1e-3);
        format!(
            r#"{{"type":"Feature","properties":{{"code":"P{i}"}},"geometry":{{"type":"Point","coordinates":[{lon:.4},{lat:.4}]}}}}"#
        )
    };
    let all: Vec<String> = (0..90_000).map(outlet).collect();
    let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, all.join(","));
    std::fs::write(folder.path().join("outlet.geojson"), text).expect("writable");
    let mut session = opened(&project);
    scenario(&mut session, ScenarioCommand::Add("甲".into()));
    let key = outlets(&session);
    session.execute(Command::SetProperty(key, 5, "owner".into(), "新业主".into()));
    session.execute(Command::Delete(key, vec![7]));
    session.execute(Command::SaveProject(project.clone(), VIEW));
    finish(&mut session);
    drop(session);
    let mut session = opened(&project);
    let id = session.scenarios()[0].id;
    let switch = |session: &mut Session, to| session.execute(Command::Scenario(ScenarioCommand::Switch(to)));
    if session.scenario_on().is_some() {
        switch(&mut session, None);
        finish(&mut session);
    }
    let drawn = |session: &Session| session.layer(outlets(session)).expect("open").drawn_rows().len();
    let (layers, steps) =
        (session.layers().iter().map(|layer| layer.indexed.id()).collect::<Vec<_>>(), session.can_undo());
    switch(&mut session, Some(id));
    assert_eq!(session.jobs().len(), 1, "its features are looked for beside the window");
    session.execute(Command::CancelAll);
    let told = finish(&mut session);
    let says_so = |event: &Event| match event {
        Event::Told(said) => said.zh.contains("甲") && said.en.contains("甲"),
        Event::Cancelled(kind) => matches!(kind, shanshui::session::JobKind::Switching(name) if name == "甲"),
        _ => false,
    };
    assert!(told.len() == 1 && says_so(&told[0]), "{told:?}");
    assert!(session.scenario_on().is_none() && drawn(&session) == 0);
    assert_eq!(session.layers().iter().map(|layer| layer.indexed.id()).collect::<Vec<_>>(), layers);
    assert_eq!((session.can_undo(), session.scenario_changes(id)), (steps, 2), "no step, and nothing of it is lost");
    // Asked again it is switched on.
    switch(&mut session, Some(id));
    finish(&mut session);
    assert!(session.scenario_on().is_some() && drawn(&session) == 2);
    // A large layer that is read while it is on gets its part from the job that reads it.
    session.execute(Command::Reload(outlets(&session)));
    let told = finish(&mut session);
    assert!(told.is_empty() && drawn(&session) == 2, "{told:?}");
}
