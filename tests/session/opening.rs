//! Whatever is opened later, and whichever way: nothing counts twice, and what does not count is named.

use super::{finish, session};
use crate::common::maps;
use shanshui::geodesy::LonLat;
use shanshui::i18n::Lang;
use shanshui::io::ReadOptions;
use shanshui::model::Role;
use shanshui::session::contents::{Contents, Why};
use shanshui::session::journal::left_in;
use shanshui::session::project::{Project, ProjectView};
use shanshui::session::{Change, Command, Event, Key, Session};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const RULE: &str = "outlets-near-yangtze";

fn open(session: &mut Session, paths: &[PathBuf]) -> Vec<Event> {
    session.execute(Command::Open(paths.to_vec(), None));
    finish(session)
}

fn found(session: &mut Session) -> usize {
    session.execute(Command::RunRules(vec![RULE.to_owned()], Lang::En));
    finish(session);
    session.rule_result(RULE).expect("ran").answer.features.len()
}

fn told(events: &[Event]) -> Contents {
    let mut all = Contents::default();
    for event in events {
        if let Event::Contents(contents) = event {
            all.extend(Contents::clone(contents));
        }
    }
    all
}

fn outlets(session: &Session) -> Vec<Key> {
    session.layers().iter().filter(|layer| layer.role == Some(Role::Outlet)).map(|layer| layer.key).collect()
}

fn view() -> ProjectView {
    ProjectView { center: LonLat::new(121.4, 31.4), scale: 3_000.0 }
}

/// A folder with the outlets and the shoreline of the sample.
fn folder() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let bs = folder.path().join("bs");
    std::fs::create_dir(&bs).expect("a folder");
    for name in ["outlet.geojson", "shoreline.geojson"] {
        std::fs::copy(maps().join("baoshan").join(name), bs.join(name)).expect("copied");
    }
    let (outlet, shoreline) = (bs.join("outlet.geojson"), bs.join("shoreline.geojson"));
    (folder, outlet, shoreline)
}

/// Another file of outlets: one fewer.
fn other_outlets(from: &Path, to: &Path) {
    let mut all: serde_json::Value = serde_json::from_slice(&std::fs::read(from).expect("there")).expect("JSON");
    all["features"].as_array_mut().expect("features").pop();
    std::fs::write(to, all.to_string()).expect("writable");
}

#[test]
fn nothing_counts_twice_whichever_way_it_is_opened() {
    let (folder, outlet, shoreline) = folder();
    let mut session = session();
    open(&mut session, &[outlet.clone(), shoreline.clone()]);
    assert_eq!(found(&mut session), 54);
    let first = outlets(&session);
    // The same file, also by another path.
    for again in [outlet.clone(), folder.path().join("bs/../bs/outlet.geojson")] {
        let events = open(&mut session, &[again]);
        assert!(events.iter().any(|event| matches!(event, Event::AlreadyOpen(key) if *key == first[0])), "{events:?}");
        assert!(told(&events).ignored.iter().any(|one| matches!(one.why, Why::SameFile(_))));
        assert!(told(&events).notice_text(Lang::Zh).expect("told").contains("outlet.geojson"));
        assert_eq!((session.layers().len(), found(&mut session)), (2, 54));
    }
    // A copy elsewhere.
    let copy = folder.path().join("outlet.geojson");
    std::fs::copy(&outlet, &copy).expect("copied");
    let events = open(&mut session, std::slice::from_ref(&copy));
    let why = told(&events).ignored;
    assert!(matches!(&why[..], [one] if matches!(&one.why, Why::SameContent(of) if of.contains("bs"))), "{why:?}");
    assert_eq!((session.layers().len(), outlets(&session), found(&mut session)), (3, first.clone(), 54));
    // An answer of the program.
    let answer = folder.path().join("near.geojson");
    let table = &session.rule_result(RULE).expect("ran").table;
    std::fs::write(&answer, table.to_geojson().expect("readable")).expect("writable");
    let events = open(&mut session, std::slice::from_ref(&answer));
    assert!(told(&events).ignored.iter().any(|one| one.why == Why::Answer), "{events:?}");
    assert_eq!((session.layers().len(), found(&mut session)), (4, 54));
    // Another file of the role, alone and in a folder.
    let other = folder.path().join("other/outlet.geojson");
    std::fs::create_dir(folder.path().join("other")).expect("a folder");
    other_outlets(&outlet, &other);
    let events = open(&mut session, &[folder.path().join("other")]);
    assert_eq!(told(&events).doubled.iter().map(|one| one.role).collect::<Vec<_>>(), [Role::Outlet]);
    assert!(told(&events).notice_text(Lang::En).expect("told").contains("more than one file"));
    assert_eq!((session.layers().len(), found(&mut session)), (5, 54));
    // Given its role it counts.
    let key = session.layers().iter().find(|layer| layer.path.as_ref() == Some(&other)).expect("open").key;
    session.execute(Command::Change(Change::SetRole(key, Some(Role::Outlet))));
    assert!(found(&mut session) > 54);
    session.execute(Command::Undo);
    // The folder that both came from.
    let events = open(&mut session, &[folder.path().join("bs")]);
    assert_eq!(told(&events).ignored.len(), 2, "{events:?}");
    assert_eq!((session.layers().len(), found(&mut session)), (5, 54));
}

#[test]
fn files_of_one_command_line_are_held_against_one_another() {
    let (folder, outlet, shoreline) = folder();
    let (copy, other) = (folder.path().join("outlet.geojson"), folder.path().join("other/outlet.geojson"));
    std::fs::create_dir(folder.path().join("other")).expect("a folder");
    std::fs::copy(&outlet, &copy).expect("copied");
    other_outlets(&outlet, &other);
    let mut session = session();
    let events = open(&mut session, &[outlet.clone(), shoreline, outlet, copy, other]);
    let told = told(&events);
    assert_eq!((told.doubled.len(), told.ignored.len()), (1, 2), "{told:?}");
    assert_eq!((session.layers().len(), found(&mut session)), (4, 54));
}

#[test]
fn the_sample_and_a_folder_of_it_count_once() {
    let mut session = session();
    session.execute(Command::OpenSample);
    finish(&mut session);
    let layers = session.layers().len();
    let once = found(&mut session);
    session.execute(Command::OpenSample);
    finish(&mut session);
    assert_eq!((session.layers().len(), found(&mut session)), (layers, once));
    open(&mut session, &[maps().join("baoshan/outlet.geojson")]);
    assert_eq!(found(&mut session), once);
}

#[test]
fn a_project_beside_what_is_open_counts_once_and_keeps_its_roles() {
    let (folder, outlet, shoreline) = folder();
    let project = folder.path().join("p.shanshui.json");
    let text = r#"{"shanshui":1,"layers":[{"file":"bs/outlet.geojson","role":"outlet"},
        {"file":"bs/shoreline.geojson","role":"shoreline"}],"questions":[
        {"question":{"kind":"within","distance_m":2000.0,"side":"within"},"subject":0,"reference":1}]}"#;
    std::fs::write(&project, text).expect("writable");
    let mut one = session();
    open(&mut one, &[outlet.clone(), shoreline]);
    let events = open(&mut one, std::slice::from_ref(&project));
    assert_eq!((one.layers().len(), found(&mut one)), (2, 54), "{events:?}");
    assert_eq!(one.answers().len(), 1, "its question is put to what is open");
    // Another file of the role that was open steps back, and is named.
    let other = folder.path().join("outlet.geojson");
    other_outlets(&outlet, &other);
    let mut one = session();
    open(&mut one, &[other]);
    let events = open(&mut one, std::slice::from_ref(&project));
    assert_eq!(told(&events).doubled.len(), 1, "{events:?}");
    assert_eq!((one.layers().len(), found(&mut one)), (3, 54));
    // Saved and opened again it is the same: what does not count says so.
    one.execute(Command::SaveProject(project.clone(), view()));
    finish(&mut one);
    let kept = Project::read(&project).expect("a project");
    assert_eq!(kept.layers.iter().filter(|layer| !layer.counted).count(), 1);
    let mut again = session();
    let events = open(&mut again, &[project]);
    assert_eq!((again.layers().len(), found(&mut again)), (3, 54), "{events:?}");
    assert!(told(&events).ignored.iter().any(|one| one.why == Why::SetApart));
}

#[test]
fn what_is_recovered_takes_the_place_of_its_open_file() {
    let (folder, outlet, shoreline) = folder();
    let journals = folder.path().join("journals");
    let mut ended = Session::new(ReadOptions::default(), Arc::new(|| {}));
    ended.keep_journal(journals.clone());
    open(&mut ended, std::slice::from_ref(&outlet));
    let key = outlets(&ended)[0];
    ended.execute(Command::SetEditable(key, true));
    ended.execute(Command::SetProperty(key, 0, "name".to_owned(), "\"x\"".to_owned()));
    finish(&mut ended);
    ended.journal_mut().flush();
    let mut session = session();
    open(&mut session, &[outlet, shoreline]);
    for left in left_in(&journals) {
        session.execute(Command::Recover(Box::new(left)));
    }
    finish(&mut session);
    assert_eq!((session.layers().len(), outlets(&session).len(), found(&mut session)), (2, 1, 54));
    assert_eq!(session.unsaved().count(), 1);
}

#[test]
fn a_project_keeps_questions_that_have_no_answer() {
    let (folder, ..) = folder();
    let project = folder.path().join("p.shanshui.json");
    let within = r#""question":{"kind":"within","distance_m":2000.0,"side":"within"}"#;
    let deep = format!("{}flow > 1{}", "NOT (".repeat(400), ")".repeat(400));
    let questions = [
        format!(r#"{{{within},"subject":0,"reference":1,"note":"kept"}}"#),
        format!(r#"{{{within},"subject":0,"reference":2}}"#),
        format!(r#"{{{within},"subject":2,"reference":1}}"#),
        format!(r#"{{{within},"subject":0,"reference":1,"entrances":2}}"#),
        format!(r#"{{{within},"subject":0,"reference":9}}"#),
        format!(r#"{{{within},"subject":0,"reference":1,"where":"{deep}"}}"#),
        format!(r#"{{{within},"subject":0,"reference":1,"where":"no_such_column = 1"}}"#),
        format!(r#"{{{within},"subject":0,"reference":1,"reference_where":"= = ="}}"#),
    ];
    let text = format!(
        r#"{{"shanshui":1,"layers":[{{"file":"bs/outlet.geojson","role":"outlet"}},
            {{"file":"bs/shoreline.geojson","role":"shoreline"}},{{"file":"gone.geojson","role":"river"}}],
            "questions":[{}]}}"#,
        questions.join(",")
    );
    std::fs::write(&project, &text).expect("writable");
    let mut session = session();
    let events = open(&mut session, std::slice::from_ref(&project));
    let unput: usize = events.iter().map(|e| if let Event::Unput(unput) = e { unput.len() } else { 0 }).sum();
    let unanswered = events.iter().filter(|e| matches!(e, Event::QuestionKept(..))).count();
    assert_eq!((unput, unanswered, session.answers().len()), (4, 3, 1), "{events:?}");
    session.execute(Command::SaveProject(project.clone(), view()));
    finish(&mut session);
    let said = |text: &str| -> Vec<String> {
        let all: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let of = |question: &serde_json::Value| {
            let at = |name: &str| question.get(name).cloned().unwrap_or_default();
            format!(
                "{} {} {} {} {} {}",
                at("subject"),
                at("reference"),
                at("entrances"),
                at("where"),
                at("reference_where"),
                at("note")
            )
        };
        let mut said: Vec<String> = all["questions"].as_array().expect("questions").iter().map(of).collect();
        said.sort();
        said
    };
    assert_eq!(said(&std::fs::read_to_string(&project).expect("written")), said(&text));
    // A question whose layer the planner takes out goes with it, and is no other without.
    let shoreline = session.by_role(Role::Shoreline).expect("open").key;
    session.execute(Command::Change(Change::Remove(shoreline)));
    session.execute(Command::SaveProject(project.clone(), view()));
    finish(&mut session);
    let kept = Project::read(&project).expect("a project");
    assert!(kept.questions.iter().all(|question| question.reference.is_some()), "{:?}", kept.questions);
}

#[test]
fn a_file_that_needs_more_memory_than_there_is_asks_first() {
    let folder = tempfile::tempdir().expect("a folder");
    let large = folder.path().join("large.geojson");
    // Holes take no room on the disk.
    std::fs::File::create(&large).and_then(|file| file.set_len(300 << 20)).expect("writable");
    let room = shanshui::io::Room::new(|| 200 << 20);
    let mut session = Session::new(ReadOptions { room: Some(room), ..ReadOptions::default() }, Arc::new(|| {}));
    session.execute(Command::Open(vec![large.clone(), maps().join("baoshan/outlet.geojson")], None));
    let events = finish(&mut session);
    let asked = events.iter().find_map(|event| match event {
        Event::TooLarge(command, why) => Some((command.clone(), *why)),
        _ => None,
    });
    let (command, why) = asked.expect("it asks");
    assert!(why.needs > 300 << 20, "{why:?}");
    assert!(matches!(&*command, Command::Open(paths, None) if *paths == [large.clone()]), "{command:?}");
    // What is small is open all the same.
    assert_eq!(session.layers().len(), 1);
    // All the same: it is read, and is no layer.
    session.execute(Command::Anyway(command));
    let events = finish(&mut session);
    assert!(matches!(&events[..], [Event::ReadFailed(e)] if e.file == "large.geojson"), "{events:?}");
}
