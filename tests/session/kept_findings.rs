//! Findings that two programs keep at the same time.

use super::{finish, maps, session};
use shanshui::i18n::Lang;
use shanshui::io::Held;
use shanshui::rules::findings::{FILE, Finding, Remark, State};
use shanshui::session::journal::{Left, left_in};
use shanshui::session::{Command, JobKind, Session};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const ID: &str = "r/outlet/a";

const KEPT: &str = r#"{"type":"FeatureCollection","features":[{"type":"Feature","id":"r/outlet/a","properties":{"id":"r/outlet/a",
    "rule":"r","role":"outlet","subject":"a","name":"甲","verdict":"ban","reason":"因","state":"发现","found_on":"2026-01-01",
    "seen_on":"2026-01-01","history":[{"on":"2026-01-01","what":"发现"}]},"geometry":{"type":"Point","coordinates":[121.4,31.4]}}]}"#;

fn opened(project: &Path) -> Session {
    let mut session = session();
    session.execute(Command::OpenProject(project.to_owned()));
    finish(&mut session);
    assert_eq!(session.findings().all.len(), 1);
    session
}

fn remark(session: &mut Session, remark: Remark) {
    session.execute(Command::Remark(ID.to_owned(), remark));
    assert!(finish(session).is_empty() && !session.is_project_unsaved());
}

fn kept(folder: &Path) -> Finding {
    shanshui::rules::findings::Findings::read(&folder.join(FILE)).expect("readable").all.remove(0)
}

#[test]
fn of_two_sessions_every_field_is_as_it_was_set_last() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = folder.path().join("p.shanshui.json");
    std::fs::write(&project, r#"{"shanshui":1,"layers":[]}"#).expect("writable");
    std::fs::write(folder.path().join(FILE), KEPT).expect("writable");
    let (mut a, mut b) = (opened(&project), opened(&project));
    // One event on each side, of texts of one length.
    remark(&mut a, Remark::Owner("张".into()));
    remark(&mut b, Remark::Owner("李".into()));
    assert_eq!(kept(folder.path()).owner, "李");
    remark(&mut a, Remark::Note("约".into()));
    let now = kept(folder.path());
    assert_eq!((now.owner.as_str(), now.note.as_str(), now.history.len()), ("李", "约", 4));
    // What the other did is seen with the next that is written.
    assert_eq!(a.findings().all[0].owner, "李");
    // Closed by one and opened again by the other; then by a hand that knows of no moments.
    remark(&mut a, Remark::State(State::Closed));
    remark(&mut b, Remark::State(State::Urged));
    assert_eq!(kept(folder.path()).state, State::Urged);
    std::thread::sleep(std::time::Duration::from_millis(30));
    let text = std::fs::read_to_string(folder.path().join(FILE)).expect("readable");
    std::fs::write(folder.path().join(FILE), text.replace(r#""owner":"李""#, r#""owner":"王""#)).expect("writable");
    remark(&mut a, Remark::Deadline("2026-12-31".into()));
    let now = kept(folder.path());
    assert_eq!((now.owner.as_str(), now.deadline.as_str(), now.state), ("王", "2026-12-31", State::Urged));
    // Nothing but the two files is left in the folder.
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 2);
}

#[test]
fn two_sessions_at_once_lose_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = folder.path().join("p.shanshui.json");
    std::fs::write(&project, r#"{"shanshui":1,"layers":[]}"#).expect("writable");
    std::fs::write(folder.path().join(FILE), KEPT).expect("writable");
    const EACH: usize = 10;
    std::thread::scope(|scope| {
        for who in ["甲", "乙", "丙"] {
            let project = &project;
            scope.spawn(move || {
                let mut session = opened(project);
                (0..EACH).for_each(|n| remark(&mut session, Remark::Note(format!("{who}{n}"))));
            });
        }
    });
    let now = kept(folder.path());
    for (who, n) in ["甲", "乙", "丙"].into_iter().flat_map(|who| (0..EACH).map(move |n| (who, n))) {
        assert!(now.history.iter().any(|event| event.what.ends_with(&format!("→ {who}{n}"))), "{who}{n}");
    }
    assert!(now.note.ends_with('9'), "{}", now.note);
}

#[test]
fn what_a_run_finds_is_written_once_when_it_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = ["outlet", "water_source_zone", "red_line", "shoreline"];
    for name in names {
        let file = format!("{name}.geojson");
        std::fs::copy(maps().join("baoshan").join(&file), folder.path().join(&file)).expect("copied");
    }
    let layers = names.map(|name| format!(r#"{{"file":"{name}.geojson","role":"{name}"}}"#)).join(",");
    let project = folder.path().join("p.shanshui.json");
    std::fs::write(&project, format!(r#"{{"shanshui":1,"layers":[{layers}]}}"#)).expect("writable");
    let mut session = session();
    session.execute(Command::OpenProject(project));
    finish(&mut session);
    let rules = ["outlets-in-source-zones", "outlets-near-yangtze", "outlet-ledger"].map(str::to_owned).to_vec();
    session.execute(Command::RunRules(rules, Lang::Zh));
    let file = folder.path().join(FILE);
    let rules = |session: &Session| session.jobs().iter().any(|job| matches!(job.kind, JobKind::Ruling(_)));
    while rules(&session) {
        assert!(!file.exists(), "written before the last rule ran");
        session.poll();
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    finish(&mut session);
    let kept = shanshui::rules::findings::Findings::read(&file).expect("written");
    assert!(kept.all.len() > 10 && kept.all.len() == session.findings().all.len());
    assert!(!session.is_project_unsaved());
}

fn project_of(folder: &Path) -> PathBuf {
    let project = folder.join("p.shanshui.json");
    std::fs::write(&project, r#"{"shanshui":1,"layers":[]}"#).expect("writable");
    std::fs::write(folder.join(FILE), KEPT).expect("writable");
    project
}

/// What another session would find if this one were killed now: its own journal is held while it lives.
fn journalled(session: &mut Session, folder: &Path) -> Vec<Left> {
    session.journal_mut().sync();
    let copy = tempfile::tempdir().expect("a folder");
    for entry in std::fs::read_dir(folder.join("journal")).into_iter().flatten() {
        let entry = entry.expect("an entry");
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("writable");
    }
    left_in(copy.path())
}

#[test]
fn who_remarks_waits_for_no_file_and_the_last_remark_is_in_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = opened(&project_of(folder.path()));
    session.keep_journal(folder.path().join("journal"));
    let file = folder.path().join(FILE);
    let before = std::fs::read(&file).expect("there");
    let held = Held::hold(&file).expect("free");
    let started = Instant::now();
    for n in 0..20 {
        session.execute(Command::Remark(ID.to_owned(), Remark::Note(format!("约{n}"))));
        session.poll();
    }
    session.execute(Command::Remark(ID.to_owned(), Remark::Owner("张".into())));
    assert!(started.elapsed() < Duration::from_secs(2), "another desk's file was waited for");
    assert_eq!(std::fs::read(&file).expect("there"), before);
    // Who closes is told of it; who is killed has it in the journal.
    assert_eq!(session.on_the_way().count(), 1, "one job for all of them");
    let left = journalled(&mut session, folder.path());
    let settings = left.iter().find_map(|left| left.settings.as_ref()).expect("noted");
    let noted = settings.findings.as_ref().expect("remarks");
    assert!(noted.contains("约19") && noted.contains("张"), "{noted}");
    drop(held);
    assert!(finish(&mut session).is_empty() && !session.is_project_unsaved());
    let now = kept(folder.path());
    assert_eq!((now.note.as_str(), now.owner.as_str(), now.history.len()), ("约19", "张", 22));
    let left = journalled(&mut session, folder.path());
    assert!(left.iter().all(|left| left.settings.is_none()), "the file has them: {left:?}");
}

#[test]
fn what_cannot_be_written_stays_unsaved_and_is_written_with_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut session = opened(&project_of(folder.path()));
    let file = folder.path().join(FILE);
    // In the place of the file is a folder: it cannot be read, and is not written over.
    std::fs::remove_file(&file).expect("there");
    std::fs::create_dir(&file).expect("free");
    session.execute(Command::Remark(ID.to_owned(), Remark::Owner("张".into())));
    let events = finish(&mut session);
    assert!(events.iter().any(shanshui::session::Event::is_failure), "{events:?}");
    assert!(session.is_project_unsaved());
    std::fs::remove_dir(&file).expect("empty");
    let project = folder.path().join("p.shanshui.json");
    let view =
        shanshui::session::project::ProjectView { center: shanshui::geodesy::LonLat::new(121.4, 31.4), scale: 1e5 };
    session.execute(Command::SaveProject(project, view));
    finish(&mut session);
    assert_eq!(kept(folder.path()).owner, "张");
    assert!(!session.is_project_unsaved());
}

#[test]
fn a_project_that_is_opened_meanwhile_has_its_own_findings() {
    let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let [first, second] = folders.each_ref().map(|folder| project_of(folder.path()));
    let mut session = opened(&first);
    let held = Held::hold(&first.with_file_name(FILE)).expect("free");
    session.execute(Command::Remark(ID.to_owned(), Remark::Owner("张".into())));
    session.execute(Command::OpenProject(second));
    let started = Instant::now();
    while session.findings().all[0].owner == "张" {
        session.poll();
        assert!(started.elapsed() < Duration::from_secs(60), "not opened");
        std::thread::sleep(Duration::from_millis(1));
    }
    drop(held);
    finish(&mut session);
    assert_eq!(folders.each_ref().map(|folder| kept(folder.path()).owner), ["张", ""]);
    assert_eq!(session.findings().all[0].owner, "");
    session.execute(Command::Remark(ID.to_owned(), Remark::Owner("李".into())));
    finish(&mut session);
    assert_eq!(folders.each_ref().map(|folder| kept(folder.path()).owner), ["张", "李"]);
}
