//! The journal on a disk that fails: what it took is whole, what it did not take is told and taken once it mends.

use super::{Way, failing, finish, has_cause, is_long, session};
use shanshui::geodesy::LonLat;
use shanshui::io::disk::{Fate, Operation, judged};
use shanshui::io::geojson::write_layer;
use shanshui::model::{Geometry, GeometryKind};
use shanshui::session::journal::{Left, left_in};
use shanshui::session::{Command, Event, Session};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

fn point(n: usize) -> Box<Geometry> {
    let at = LonLat::new(121.4 + n as f64 * 1e-4, 31.4);
    Box::new(Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![at]]] })
}

/// A session that keeps its journal in a folder that is not there yet.
fn keeping(folder: &Path) -> Session {
    let mut session = session();
    session.keep_journal(folder.join("below/journal"));
    session
}

/// One edit, offered to the disk before this returns.
fn edit(session: &mut Session, n: usize) {
    let into = session.layers().first().map(|layer| layer.key);
    session.execute(Command::Draw(into, point(n), "草图".to_owned()));
    let key = session.layers()[0].key;
    match n % 5 {
        3 => session.execute(Command::Delete(key, vec![n - 2])),
        4 => {
            session.execute(Command::Undo);
            session.execute(Command::Redo);
        }
        _ => {}
    }
    session.journal_mut().sync();
}

/// The features of the only layer, in any order.
fn features(session: &Session) -> Vec<String> {
    assert_eq!(session.layers().len(), 1);
    let mut text = Vec::new();
    write_layer(session.layers()[0].layer(), &mut text).expect("in memory");
    let all: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    let mut features: Vec<String> = all["features"].as_array().expect("a list").iter().map(|f| f.to_string()).collect();
    features.sort();
    features
}

/// What the next session finds and takes over.
fn recovered(folder: &Path) -> (Vec<Left>, Session) {
    let journals = folder.join("below/journal");
    let mut left = left_in(&journals);
    // A process that another test is about to start holds, up to that moment, what this one held.
    for _ in 0..200 {
        let is_there = std::fs::read_dir(&journals).is_ok_and(|mut all| all.next().is_some());
        if !left.is_empty() || !is_there {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
        left = left_in(&journals);
    }
    let mut session = session();
    for one in &left {
        session.execute(Command::Recover(Box::new(one.clone())));
        finish(&mut session);
    }
    (left, session)
}

/// What was told of the journal.
fn told(session: &mut Session) -> Vec<String> {
    let said = |event| match event {
        Event::JournalFailed(text) => Some(text),
        _ => None,
    };
    finish(session).into_iter().filter_map(said).collect()
}

#[test]
fn every_operation_of_a_journal_fails_in_turn() {
    for way in Way::tried() {
        for at in 0.. {
            let folder = tempfile::tempdir().expect("a folder");
            let mut session = keeping(folder.path());
            let (disk, seen) = failing(folder.path(), *way, at);
            let mut trouble = Vec::new();
            for n in 0..8 {
                edit(&mut session, n);
                trouble.extend(told(&mut session));
            }
            drop(disk);
            let why = format!("{way:?} {at}: {trouble:?}");
            assert!(trouble.iter().all(|text| has_cause(text) && text.contains("below/journal")), "{why}");
            // Nothing of it is edited again: the next line is enough.
            edit(&mut session, 8);
            assert!(told(&mut session).is_empty(), "{why}");
            let own = features(&session);
            session.journal_mut().flush();
            let (left, mut next) = recovered(folder.path());
            assert_eq!(left.len(), 1, "{why}");
            assert!(left[0].is_whole(), "{why}: {:?}", left[0].unread);
            assert_eq!(features(&next), own, "{why}");
            next.journal_mut().discard();
            if seen.load(Ordering::SeqCst) <= at {
                break;
            }
            assert!(at < 500);
        }
    }
}

/// Any operations fail, and the disk may mend between two edits: what is in the file then is what was edited.
#[test]
fn whatever_fails_in_a_journal_nothing_that_it_took_is_lost() {
    for seed in 1..if is_long() { 400 } else { 20 } {
        let folder = tempfile::tempdir().expect("a folder");
        let mut session = keeping(folder.path());
        let dice = Arc::new(AtomicU64::new(seed));
        let own = Arc::clone(&dice);
        let disk = judged(folder.path(), move |operation, _| {
            let mut roll = own.load(Ordering::SeqCst);
            roll = roll.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            own.store(roll, Ordering::SeqCst);
            match (roll >> 33) % 5 {
                0 => Fate::Fails(std::io::Error::from_raw_os_error(super::NO_SPACE)),
                1 if operation == Operation::Write => Fate::Half,
                _ => Fate::Goes,
            }
        });
        for n in 0..30 {
            edit(&mut session, n);
        }
        drop(disk);
        // No edit more: the writer offers again by itself, also at the end.
        let own = features(&session);
        session.journal_mut().flush();
        let (left, mut next) = recovered(folder.path());
        assert!(left.iter().all(Left::is_whole), "seed {seed}: {:?}", left[0].unread);
        assert_eq!(features(&next), own, "seed {seed}");
        next.journal_mut().discard();
    }
}

/// An older journal that cannot be removed, or put aside, is told, tried again and offered until it is gone.
#[test]
fn an_older_journal_goes_once_it_can() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut before = keeping(folder.path());
    edit(&mut before, 0);
    before.journal_mut().flush();
    let journals = folder.path().join("below/journal");
    let count = || std::fs::read_dir(&journals).expect("there").count();
    let left = left_in(&journals);
    assert_eq!((left.len(), count()), (1, 1));
    let mut session = keeping(folder.path());
    let tried = Arc::new(AtomicUsize::new(0));
    let own = Arc::clone(&tried);
    let disk = judged(folder.path(), move |operation, _| match operation {
        Operation::Remove | Operation::Rename => {
            own.fetch_add(1, Ordering::SeqCst);
            Fate::Fails(std::io::Error::from_raw_os_error(super::NO_ACCESS))
        }
        _ => Fate::Goes,
    });
    session.execute(Command::Recover(Box::new(left[0].clone())));
    let mut events = finish(&mut session);
    session.journal_mut().sync();
    events.extend(finish(&mut session));
    assert!(tried.load(Ordering::SeqCst) > 0 && count() == 2, "{events:?}");
    let is_told =
        |event: &Event| matches!(event, Event::JournalFailed(text) if has_cause(text) && text.contains(".jsonl"));
    assert!(events.iter().any(is_told), "{events:?}");
    drop(disk);
    edit(&mut session, 1);
    assert_eq!(count(), 1, "the older one is gone");
    let own = features(&session);
    session.journal_mut().flush();
    let (_, next) = recovered(folder.path());
    assert_eq!(features(&next), own);
}

/// A crash report that cannot be written leaves nothing, and one that nobody can put aside is offered again.
#[test]
fn crash_reports_are_whole() {
    use shanshui::session::crash::{looked_at, reports_in};
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("crash-1-1-0.txt");
    std::fs::write(&path, "Shanshui crash report").expect("writable");
    let (disk, _) = failing(folder.path(), Way::Gone, 0);
    let reports = reports_in(folder.path());
    assert_eq!(reports.len(), 1);
    looked_at(&reports[0]);
    drop(disk);
    assert_eq!(reports_in(folder.path()), reports, "offered again");
    looked_at(&reports[0]);
    assert!(reports_in(folder.path()).is_empty());
}
