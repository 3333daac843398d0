//! What a session writes: layers, projects, findings, answers, packs.

use super::{Way, failing, finish, has_cause, planners, put, session, state};
use shanshui::geodesy::LonLat;
use shanshui::i18n::Lang;
use shanshui::model::{LayerStyle, Role, StyleBy, Symbol};
use shanshui::query::{Question, Side};
use shanshui::rules::findings::Remark;
use shanshui::session::project::ProjectView;
use shanshui::session::{Change, Command, Event, Operands, Session};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Something that writes.
struct Deed {
    name: &'static str,
    /// What is done before the disk fails.
    begin: fn(&Path) -> Session,
    write: fn(&mut Session, &Path),
    /// True where the session would lose something if it ended now; where that is what the deed changes.
    is_dirty: Option<fn(&Session) -> bool>,
}

const VIEW: ProjectView = ProjectView { center: LonLat { lon: 121.4, lat: 31.4 }, scale: 3_000.0 };
/// What is remarked stands in the list at once; that it was written is not told.
const REMARK: &str = "a remark";
const RULE: &str = "outlets-near-yangtze";

fn opened(root: &Path) -> Session {
    let mut session = session();
    session.execute(Command::OpenProject(root.join("p.shanshui.json")));
    let events = finish(&mut session);
    assert!(events.iter().any(|event| matches!(event, Event::ProjectOpened(_))), "{events:?}");
    session
}

/// With an edit that no file holds.
fn edited(root: &Path) -> Session {
    let mut session = opened(root);
    let key = session.by_role(Role::Outlet).expect("open").key;
    session.execute(Command::SetEditable(key, true));
    session.execute(Command::Delete(key, vec![1]));
    assert!(session.unsaved().next().is_some());
    session
}

/// With a style that no project holds.
fn styled(root: &Path) -> Session {
    let mut session = opened(root);
    let key = session.by_role(Role::Outlet).expect("open").key;
    let style = LayerStyle { by: Some(StyleBy::Single { symbol: Symbol::default() }), ..LayerStyle::default() };
    session.execute(Command::Change(Change::SetStyle(key, Arc::new(style))));
    assert!(session.is_project_unsaved());
    session
}

/// With findings, which a file holds.
fn ruled(root: &Path) -> Session {
    let mut session = opened(root);
    run_rule(&mut session, root);
    finish(&mut session);
    assert!(!session.findings().all.is_empty() && root.join("findings.geojson").exists());
    session
}

fn ruled_and_styled(root: &Path) -> Session {
    std::fs::create_dir_all(root.join("sub")).expect("writable");
    let mut session = ruled(root);
    let key = session.by_role(Role::Outlet).expect("open").key;
    let style = LayerStyle { by: Some(StyleBy::Single { symbol: Symbol::default() }), ..LayerStyle::default() };
    session.execute(Command::Change(Change::SetStyle(key, Arc::new(style))));
    session
}

fn answered(root: &Path) -> Session {
    let mut session = opened(root);
    let key = |role| session.by_role(role).expect("open").key;
    let operands =
        Operands { subject: key(Role::Outlet), reference: Some(key(Role::Shoreline)), ..Operands::default() };
    session.execute(Command::Ask(Question::Within { distance_m: 9_000.0, side: Side::Within }, operands));
    finish(&mut session);
    assert_eq!(session.answers().len(), 1);
    session
}

fn packed(root: &Path) -> Session {
    let mut session = edited(root);
    pack(&mut session, root);
    finish(&mut session);
    session.execute(Command::Undo);
    session
}

fn with_a_pack(root: &Path) -> Session {
    packed(root);
    session()
}

fn save(session: &mut Session, path: &Path) {
    let layer = session.by_role(Role::Outlet).expect("open").key;
    session.execute(Command::Save { layer, path: path.to_owned(), over: false });
}

fn run_rule(session: &mut Session, _root: &Path) {
    session.execute(Command::RunRules(vec![RULE.to_owned()], Lang::En));
}

fn pack(session: &mut Session, root: &Path) {
    session.execute(Command::Pack(root.join("x.shanshui.zip"), VIEW));
}

fn has_unsaved(session: &Session) -> bool {
    session.unsaved().next().is_some()
}

const DEEDS: [Deed; 10] = [
    Deed {
        name: "a layer over its file",
        begin: edited,
        write: |session, root| save(session, &root.join("outlet.geojson")),
        is_dirty: Some(has_unsaved),
    },
    Deed {
        name: "a layer as a new file",
        begin: edited,
        write: |session, root| save(session, &root.join("far/new.geojson")),
        is_dirty: Some(has_unsaved),
    },
    Deed {
        name: "a project",
        begin: styled,
        write: |session, root| session.execute(Command::SaveProject(root.join("p.shanshui.json"), VIEW)),
        is_dirty: Some(Session::is_project_unsaved),
    },
    Deed {
        name: "a project and its findings elsewhere",
        begin: ruled_and_styled,
        write: |session, root| session.execute(Command::SaveProject(root.join("sub/q.shanshui.json"), VIEW)),
        is_dirty: Some(Session::is_project_unsaved),
    },
    Deed { name: "what a rule finds", begin: opened, write: run_rule, is_dirty: Some(Session::is_project_unsaved) },
    Deed {
        name: REMARK,
        begin: ruled,
        write: |session, _| {
            let id = session.findings().all[0].id.clone();
            session.execute(Command::Remark(id, Remark::Note("现场核查".to_owned())));
        },
        is_dirty: Some(Session::is_project_unsaved),
    },
    Deed {
        name: "an answer",
        begin: answered,
        write: |session, root| {
            let key = session.answers()[0].key;
            session.execute(Command::Export(key, root.join("near.geojson")));
        },
        is_dirty: None,
    },
    Deed { name: "a pack", begin: edited, write: pack, is_dirty: None },
    Deed { name: "a pack over another", begin: packed, write: pack, is_dirty: None },
    Deed {
        name: "an unpacked project",
        begin: with_a_pack,
        write: |session, root| session.execute(Command::Open(vec![root.join("x.shanshui.zip")], None)),
        is_dirty: None,
    },
];

/// What an event says that something could not be written.
fn failure(event: &Event) -> Option<String> {
    match event {
        Event::SaveFailed(_, e) | Event::ExportFailed(e) => Some(e.to_string()),
        Event::UnpackFailed(e) => Some(e.to_string()),
        Event::BrokeDown(_) | Event::FollowingFailed(_) | Event::ProjectFailed(_) | Event::ReadFailed(_) => {
            panic!("{event:?}")
        }
        _ => None,
    }
}

/// True where an event says that something was written.
fn is_done(event: &Event) -> bool {
    matches!(
        event,
        Event::Saved(..)
            | Event::Exported(..)
            | Event::ProjectSaved(_)
            | Event::Packed(_)
            | Event::ProjectOpened(_)
            | Event::Ruled(_)
    )
}

/// The deed where operation `at` fails; false where it has fewer.
fn fails_at(deed: &Deed, way: Way, at: usize) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    put(root, &planners());
    let mut session = (deed.begin)(root);
    let (before, left) = state(root);
    let why = format!("{} {way:?} {at}", deed.name);
    assert!(left.is_empty(), "{why}: {left:?}");

    let (judged, seen) = failing(root, way, at);
    (deed.write)(&mut session, root);
    let events = finish(&mut session);
    drop(judged);
    let failures: Vec<String> = events.iter().filter_map(failure).collect();
    let (then, _) = state(root);
    for text in &failures {
        assert!(has_cause(text) && text.contains(&root.display().to_string()), "{why}: {text}");
    }
    let is_said = |events: &[Event]| events.iter().any(is_done) || deed.name == REMARK;
    assert!(!failures.is_empty() || is_said(&events), "{why}: nothing was said: {events:?}");
    if let Some(is_dirty) = deed.is_dirty {
        assert_eq!(is_dirty(&session), !failures.is_empty(), "{why}: {events:?}");
    }

    // Once the disk mends.
    let mut now = then.clone();
    if !failures.is_empty() {
        (deed.write)(&mut session, root);
        let events = finish(&mut session);
        assert_eq!(events.iter().filter_map(failure).next(), None, "{why}: it can be written again");
        assert!(is_said(&events), "{why}: {events:?}");
        assert!(deed.is_dirty.is_none_or(|is_dirty| !is_dirty(&session)), "{why}");
        now = state(root).0;
    }
    assert!(now != before || deed.name == "a pack over another", "{why}: nothing was written");
    for (name, bytes) in &then {
        let is_old = before.get(name) == Some(bytes);
        assert!(is_old || now.get(name) == Some(bytes), "{why}: {} is neither old nor new", name.display());
    }
    assert!(before.keys().all(|name| then.contains_key(name)), "{why}: a file is gone");
    if !state(root).1.is_empty() {
        // The next start.
        (deed.write)(&mut session, root);
        finish(&mut session);
    }
    assert_eq!(state(root).1, Vec::<std::path::PathBuf>::new(), "{why}");
    seen.load(Ordering::SeqCst) > at
}

fn fails_everywhere(number: usize) {
    for way in Way::tried() {
        let operations = (0..1_000).find(|at| !fails_at(&DEEDS[number], *way, *at)).expect("an end");
        // It is opened, written to, flushed and renamed at least.
        assert!(operations >= 4, "{}: {operations} operations", DEEDS[number].name);
    }
}

#[test]
fn a_layer_over_its_file() {
    fails_everywhere(0);
}

#[test]
fn a_layer_as_a_new_file() {
    fails_everywhere(1);
}

#[test]
fn a_project() {
    fails_everywhere(2);
}

#[test]
fn a_project_and_its_findings_elsewhere() {
    fails_everywhere(3);
}

#[test]
fn what_a_rule_finds() {
    fails_everywhere(4);
}

#[test]
fn a_remark() {
    fails_everywhere(5);
}

#[test]
fn an_answer() {
    fails_everywhere(6);
}

#[test]
fn a_pack() {
    fails_everywhere(7);
}

#[test]
fn a_pack_over_another() {
    fails_everywhere(8);
}

#[test]
fn an_unpacked_project() {
    fails_everywhere(9);
}

/// A disk that takes half of every writing, as pipes and networks do, takes all of it in the end.
#[test]
fn short_writings_are_gone_on_with() {
    use shanshui::io::disk::{Fate, judged};
    for deed in &DEEDS {
        let written = |is_short: bool| {
            let folder = tempfile::tempdir().expect("a folder");
            let root = folder.path();
            put(root, &planners());
            let mut session = (deed.begin)(root);
            let judged = judged(root, move |_, _| if is_short { Fate::Half } else { Fate::Goes });
            (deed.write)(&mut session, root);
            let events = finish(&mut session);
            drop(judged);
            assert!(events.iter().filter_map(failure).next().is_none(), "{}: {events:?}", deed.name);
            let sizes: Vec<_> = state(root).0.into_iter().map(|(name, bytes)| (name, bytes.len())).collect();
            sizes
        };
        assert_eq!(written(true), written(false), "{}", deed.name);
    }
}
