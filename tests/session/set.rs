//! What a session says in the language of the moment, what it has set, what it finds beside a folder.

use super::{finish, session};
use crate::common::maps;
use shanshui::geodesy::LonLat;
use shanshui::i18n::Lang;
use shanshui::io::ReadOptions;
use shanshui::model::Role;
use shanshui::rules::Typed;
use shanshui::rules::findings::{Remark, State};
use shanshui::session::journal::left_in;
use shanshui::session::project::ProjectView;
use shanshui::session::{Change, Command, Event, Session};
use shanshui::vocabulary::Word;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const RULE: &str = "red-line-encroachment";

fn run(session: &mut Session, lang: Lang) {
    session.execute(Command::RunRules(vec![RULE.to_owned()], lang));
    finish(session);
}

/// A folder with the plots and the red line of the sample.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let bs = folder.path().join("bs");
    std::fs::create_dir(&bs).expect("a folder");
    for name in ["plot.geojson", "red_line.geojson"] {
        std::fs::copy(maps().join("baoshan").join(name), bs.join(name)).expect("copied");
    }
    (folder, bs)
}

fn open(session: &mut Session, path: &Path) {
    session.execute(Command::Open(vec![path.to_owned()], None));
    finish(session);
}

fn has_han(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// The reasons in the rows that map and table show.
fn reasons(session: &Session) -> Vec<String> {
    let result = session.rule_result(RULE).expect("ran");
    let layer = result.table.indexed.layer();
    layer.rows().map(|row| layer.attributes.get(row, "reason").display().into_owned()).collect()
}

#[test]
fn what_rules_found_is_said_in_the_language_of_the_moment() {
    let (_folder, bs) = folder();
    let mut session = session();
    session.execute(Command::Speak(Lang::Zh));
    open(&mut session, &bs);
    run(&mut session, Lang::Zh);
    let title = session.catalogue().get(RULE).expect("there").title.clone();
    let said_in = |session: &Session, lang: Lang| {
        let result = session.rule_result(RULE).expect("ran");
        assert_eq!(result.table.indexed.layer().name, title.text(lang));
        let reasons = reasons(session);
        assert!(
            !reasons.is_empty() && reasons.iter().all(|reason| has_han(reason) == (lang == Lang::Zh)),
            "{reasons:?}"
        );
        for finding in &session.findings_in(lang).all {
            assert_eq!(has_han(&finding.reason), lang == Lang::Zh, "{}", finding.reason);
        }
        assert!(!session.findings().all.is_empty());
    };
    said_in(&session, Lang::Zh);
    let (answer, time) = session.rule_result(RULE).map(|r| (Arc::clone(&r.answer), r.time.clone())).expect("ran");
    for lang in [Lang::En, Lang::Zh, Lang::En] {
        session.execute(Command::Speak(lang));
        finish(&mut session);
        said_in(&session, lang);
        let result = session.rule_result(RULE).expect("ran");
        assert!(Arc::ptr_eq(&result.answer, &answer) && result.time == time, "it is the same run");
        assert!(!session.is_rule_out_of_date(result) && result.changes.is_none());
    }
    // A run that began in the other language ends in this one.
    run(&mut session, Lang::Zh);
    said_in(&session, Lang::En);
    // What a file says that another session wrote is said as far as the rule's own words tell.
    let zh: Vec<String> = session.findings_in(Lang::Zh).all.iter().map(|finding| finding.reason.clone()).collect();
    let rule = session.catalogue().get(RULE).expect("there");
    assert!(zh.iter().all(|reason| !has_han(&rule.reason_in(reason, Lang::En))), "{zh:?}");
}

/// A session with everything set that no file holds.
fn session_that_sets(journals: &Path, bs: &Path) -> (String, Session) {
    let mut session = Session::new(ReadOptions::default(), Arc::new(|| {}));
    session.keep_journal(journals.to_owned());
    open(&mut session, bs);
    run(&mut session, Lang::En);
    let red_line = session.by_role(Role::RedLine).expect("open").key;
    session.execute(Command::Change(Change::SetRole(red_line, Some(Role::Wetland))));
    let word = Word { role: Role::RedLine, property: "core".into(), value: "甲类".into(), is: "true".into() };
    session.execute(Command::Change(Change::SetWords(vec![word])));
    session.execute(Command::SetRuleValues("outlets-near-yangtze".into(), [("distance_m".into(), 1500.0)].into()));
    session.execute(Command::SetPlan(Some("BS".into())));
    session.execute(Command::TypeValue(Typed { indicator: "x".into(), year: 2030, value: Some(1.5), judged: None }));
    let id = session.findings().all[0].id.clone();
    session.execute(Command::Remark(id.clone(), Remark::Note("to be looked at".into())));
    (id, session)
}

#[test]
fn what_is_set_is_offered_after_a_session_that_was_killed() {
    let (folder, bs) = folder();
    let journals = folder.path().join("journals");
    let (id, mut ended) = session_that_sets(&journals, &bs);
    assert!(ended.is_project_unsaved());
    ended.journal_mut().flush();
    drop(ended);
    let left = left_in(&journals);
    assert_eq!(left.len(), 1);
    let told = left[0].settings.as_ref().expect("settings").text(Lang::En);
    for part in ["1 layer", "1 meaning", "1 rule", "1 value", "1 finding"] {
        assert!(told.contains(part), "{told}");
    }
    let mut session = session();
    let next = folder.path().join("next");
    session.keep_journal(next.clone());
    for left in left {
        session.execute(Command::Recover(Box::new(left)));
    }
    finish(&mut session);
    session.poll();
    assert!(session.by_role(Role::Wetland).is_some(), "its layer is opened again, with its role");
    assert_eq!((session.words().len(), session.typed().len()), (1, 1));
    assert_eq!(session.rule_values("outlets-near-yangtze").get("distance_m"), Some(&1500.0));
    assert_eq!(session.plan_name(), Some("BS"));
    assert_eq!(session.findings().all.iter().find(|one| one.id == id).map(|one| &*one.note), Some("to be looked at"));
    // It is in the new session's journal, and the old one is gone.
    session.journal_mut().sync();
    assert!(left_in(&journals).is_empty());
    // Saved as a project nothing is left.
    let view = ProjectView { center: LonLat::new(121.4, 31.4), scale: 3_000.0 };
    session.execute(Command::SaveProject(bs.join("p.shanshui.json"), view));
    finish(&mut session);
    assert!(!session.is_project_unsaved());
    session.journal_mut().flush();
    drop(session);
    assert!(left_in(&next).is_empty());
}

#[test]
fn what_was_set_and_put_back_leaves_nothing() {
    let (folder, bs) = folder();
    let journals = folder.path().join("journals");
    let mut session = Session::new(ReadOptions::default(), Arc::new(|| {}));
    session.keep_journal(journals.clone());
    open(&mut session, &bs);
    let key = session.by_role(Role::RedLine).expect("open").key;
    session.execute(Command::Change(Change::SetRole(key, None)));
    assert!(session.is_project_unsaved(), "a role is asked for when the window is closed");
    session.execute(Command::Undo);
    assert!(!session.is_project_unsaved());
    session.journal_mut().flush();
    drop(session);
    assert!(left_in(&journals).is_empty());
}

#[test]
fn settings_of_files_that_are_gone_are_named() {
    let (folder, bs) = folder();
    let journals = folder.path().join("journals");
    let (_, mut ended) = session_that_sets(&journals, &bs);
    ended.journal_mut().flush();
    drop(ended);
    std::fs::remove_file(bs.join("red_line.geojson")).expect("removed");
    let mut session = session();
    session.keep_journal(folder.path().join("next"));
    for left in left_in(&journals) {
        session.execute(Command::Recover(Box::new(left)));
    }
    let mut events = finish(&mut session);
    events.extend(session.poll());
    let told: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            shanshui::session::Event::TakenUp(taken_up) => Some(taken_up.message(Lang::En)),
            _ => None,
        })
        .collect();
    assert!(told.iter().any(|text| text.contains("red_line.geojson")), "{events:?}");
    assert_eq!(session.words().len(), 1);
}

#[test]
fn a_folder_keeps_the_states_of_its_findings() {
    let (_folder, bs) = folder();
    let mut first = session();
    open(&mut first, &bs);
    run(&mut first, Lang::Zh);
    let mut findings = first.findings().clone();
    findings.all[0].state = State::Urged;
    std::fs::write(bs.join("findings.geojson"), findings.to_geojson()).expect("writable");
    let mut again = session();
    open(&mut again, &bs);
    assert_eq!(again.findings().all.len(), findings.all.len(), "before any rule runs");
    assert_eq!(again.findings().all[0].state, State::Urged);
    run(&mut again, Lang::Zh);
    assert_eq!((again.findings().all.len(), again.findings().all[0].state), (findings.all.len(), State::Urged));
    // Files of it that are opened one by one are no folder.
    let mut alone = session();
    open(&mut alone, &bs.join("plot.geojson"));
    assert!(alone.findings().all.is_empty());
}

/// Values that cannot be used stay in the project until their rule is given others.
#[test]
fn values_that_cannot_be_used_are_kept_with_the_project() {
    let (_folder, bs) = folder();
    let path = bs.join("p.shanshui.json");
    let given = serde_json::json!({
        "outlets-near-yangtze": {"distance_m": "2 miles"},
        "park-siting": {"sites": 1e9, "radius_m": "500 m"},
        "nobody": {"a": "1 km", "b": 2.0},
    });
    let text = serde_json::json!({"shanshui": 1, "parameters": given, "layers": [{"file": "plot.geojson"}]});
    std::fs::write(&path, serde_json::to_string_pretty(&text).expect("JSON")).expect("writable");
    let mut session = session();
    session.execute(Command::OpenProject(path.clone()));
    let events = finish(&mut session);
    let told: Vec<String> = events
        .iter()
        .filter_map(|event| match event {
            Event::ValueFailed(e) => Some(e.message(Lang::En)),
            _ => None,
        })
        .collect();
    for words in ["2 miles", "1000000000", "nobody"] {
        assert!(told.iter().any(|one| one.contains(words) && one.contains("line ")), "{words}: {told:?}");
    }
    let view = ProjectView { center: LonLat::new(121.4, 31.4), scale: 1e4 };
    let saved = |session: &mut Session| {
        session.execute(Command::SaveProject(path.clone(), view));
        finish(session);
        let text = std::fs::read_to_string(&path).expect("there");
        serde_json::from_str::<serde_json::Value>(&text).expect("JSON")["parameters"].clone()
    };
    let kept = saved(&mut session);
    for (rule, name) in
        [("outlets-near-yangtze", "distance_m"), ("park-siting", "sites"), ("nobody", "a"), ("nobody", "b")]
    {
        assert_eq!(kept[rule][name], given[rule][name], "{kept}");
    }
    assert!(session.rule_values("outlets-near-yangtze").is_empty(), "no value that was not understood is taken");
    // A planner's word goes before.
    let values = [("distance_m".to_owned(), 700.0)].into();
    session.execute(Command::SetRuleValues("outlets-near-yangtze".to_owned(), values));
    assert_eq!(saved(&mut session)["outlets-near-yangtze"]["distance_m"], 700.0);
    session.execute(Command::SetRuleValues("park-siting".to_owned(), Default::default()));
    assert_eq!(saved(&mut session).get("park-siting"), None);
}
