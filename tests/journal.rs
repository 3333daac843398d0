//! Nothing is lost: a session killed at any moment leaves a journal from which the next one takes up exactly what was
//! done. A child process edits and saves; it is killed without warning.
//!
//! `SHANSHUI_KILLS=1000 cargo test --release --test all journal::` kills as often as that; a few times without.

use shanshui::geodesy::LonLat;
use shanshui::io::ReadOptions;
use shanshui::io::geojson::write_layer;
use shanshui::model::{Geometry, GeometryKind, Layer};
use shanshui::session::journal::{left_in, replay};
use shanshui::session::{Command, EditKind, Key, Session};
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

mod crash;
mod damaged;
mod read_anew;

/// A sequence that looks random and is the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn geometry(&mut self) -> Geometry {
        let mut at = || LonLat::new(121.0 + self.below(9_999) as f64 * 1e-5, 31.0 + self.below(9_999) as f64 * 1e-5);
        let (a, b, c) = (at(), at(), at());
        Geometry { kind: GeometryKind::Polygon, parts: vec![vec![vec![a, b, c, a]]] }
    }
}

fn features(n: usize) -> String {
    let feature = |i: usize| {
        let (x, y) = (121.0 + i as f64 * 0.01, 31.0);
        format!(
            "{{\"type\":\"Feature\",\"id\":{i},\"properties\":{{\"name\":\"地块{i}\"}},\"geometry\":{{\"type\":\"Polygon\",\
             \"coordinates\":[[[{x},{y}],[{},{y}],[{x},{}],[{x},{y}]]]}}}}",
            x + 0.005,
            y + 0.005
        )
    };
    let all: Vec<String> = (0..n).map(feature).collect();
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", all.join(",\n"))
}

fn session() -> Session {
    Session::new(ReadOptions::default(), Arc::new(|| {}))
}

fn settle(session: &mut Session) {
    while !session.jobs().is_empty() {
        session.poll();
        std::thread::sleep(Duration::from_micros(200));
    }
    session.poll();
}

/// A layer as its file would be, and its features in any order: recovered ones stand behind the last.
fn saved(layer: &Layer) -> Vec<String> {
    let mut out = Vec::new();
    write_layer(layer, &mut out).expect("in memory");
    let text: serde_json::Value = serde_json::from_slice(&out).expect("JSON");
    let mut all: Vec<String> = text["features"].as_array().expect("features").iter().map(|f| f.to_string()).collect();
    all.sort();
    all
}

/// One edit, an undo, a redo, or a saving.
fn step(session: &mut Session, dice: &mut Dice, file: Key, path: &Path, drawn: &mut Option<Key>) {
    let rows: Vec<usize> = session.layer(file).expect("open").layer().rows().collect();
    let row = rows.get(dice.below(rows.len().max(1) as u64) as usize).copied();
    match (dice.below(12), row) {
        (0..=3, Some(row)) => {
            session.execute(Command::Reshape(file, vec![(row, dice.geometry())], EditKind::MoveVertex));
        }
        (4, Some(row)) => session.execute(Command::Delete(file, vec![row])),
        (5 | 6, _) => session.execute(Command::Draw(Some(file), Box::new(dice.geometry()), String::new())),
        (7, _) => session.execute(Command::Undo),
        (8, _) => session.execute(Command::Redo),
        (9, _) => {
            session.execute(Command::Save { layer: file, path: path.to_owned(), over: false });
            settle(session);
        }
        _ => {
            session.execute(Command::Draw(*drawn, Box::new(dice.geometry()), "草图".to_owned()));
            let is_drawn = |l: &&shanshui::session::OpenLayer| l.layer().name == "草图";
            *drawn = session.layers().iter().find(is_drawn).map(|l| l.key).or(*drawn);
        }
    }
}

/// What stands in the layers: the file's, and those drawn.
fn state(session: &Session, file: Key) -> String {
    let mut drawn: Vec<String> =
        session.layers().iter().filter(|l| l.key != file).flat_map(|l| saved(l.layer())).collect();
    drawn.sort();
    let own = session.layer(file).map(|l| saved(l.layer())).unwrap_or_default();
    serde_json::json!([own, drawn]).to_string()
}

/// A session that edits a file and keeps its journal in the folder.
fn editing(folder: &Path, path: &Path) -> (Session, Key) {
    let mut session = session();
    session.keep_journal(folder.join("journal"));
    session.execute(Command::Open(vec![path.to_owned()], None));
    settle(&mut session);
    let file = session.layers()[0].key;
    session.execute(Command::SetEditable(file, true));
    (session, file)
}

/// The child: edits until it is killed, and says after every step what stands where once that is on the disk.
fn child(folder: &Path, seed: u64) {
    let path = folder.join("plots.geojson");
    let (mut session, file) = editing(folder, &path);
    let (mut dice, mut drawn) = (Dice(seed), None);
    let out = std::io::stdout();
    // The harness has begun a line.
    writeln!(out.lock()).expect("a reader");
    loop {
        step(&mut session, &mut dice, file, &path, &mut drawn);
        // Before and after it is on the disk: a kill may come between.
        writeln!(out.lock(), "?{}", state(&session, file)).expect("a reader");
        session.journal_mut().sync();
        writeln!(out.lock(), "!").expect("a reader");
    }
}

/// What the next session has after it took over what was left.
fn recovered(folder: &Path) -> String {
    let path = folder.join("plots.geojson");
    let mut session = session();
    let left = left_in(&folder.join("journal"));
    let mut file = None;
    for left in left {
        session.execute(Command::Recover(Box::new(left)));
        settle(&mut session);
        file = session.layers().iter().find(|l| l.path.as_deref() == Some(&path)).map(|l| l.key).or(file);
    }
    let file = file.unwrap_or_else(|| {
        // Everything of it was saved.
        session.execute(Command::Open(vec![path], None));
        settle(&mut session);
        let read = |l: &&shanshui::session::OpenLayer| l.layer().source.path.is_some();
        session.layers().iter().find(read).expect("the file").key
    });
    state(&session, file)
}

fn kill_once(seed: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plots.geojson");
    std::fs::write(&path, features(6)).expect("writable");
    let mut child = std::process::Command::new(std::env::current_exe().expect("this test"))
        .args([
            &*crate::common::named(module_path!(), "a_session_that_is_killed_loses_nothing"),
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("SHANSHUI_JOURNAL_CHILD", folder.path())
        .env("SHANSHUI_JOURNAL_SEED", seed.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("started");
    let output = child.stdout.take().expect("piped");
    let reader = std::thread::spawn(move || {
        let (mut lines, mut text) = (Vec::new(), Vec::new());
        // A line that the kill cut off says nothing.
        let _ = BufReader::new(output).read_to_end(&mut text);
        for line in text.split_inclusive(|b| *b == b'\n').filter_map(|line| line.strip_suffix(b"\n")) {
            if line.starts_with(b"?") || line.starts_with(b"!") {
                lines.push(String::from_utf8_lossy(line).into_owned());
            }
        }
        lines
    });
    std::thread::sleep(Duration::from_millis(30 + Dice(seed).below(120)));
    child.kill().expect("running");
    child.wait().expect("gone");
    let lines = reader.join().expect("read");
    // Steps that were surely on the disk, and the one that may have been.
    let sure = lines.iter().filter(|line| *line == "!").count();
    let states: Vec<&str> = lines.iter().filter_map(|line| line.strip_prefix('?')).collect();
    let before = serde_json::json!([saved(&read(&features(6))), []]).to_string();
    let at = |n: usize| if n == 0 { before.as_str() } else { states[n - 1] };
    let now = recovered(folder.path());
    let may_be: Vec<&str> = (sure..=states.len()).map(at).collect();
    // A step that was begun when the kill came has no state that was told.
    let is_next = states.len() == sure;
    let why = || may_be.last().map_or_else(String::new, |state| difference(&now, state));
    assert!(may_be.contains(&now.as_str()) || is_next, "seed {seed}: {sure} steps sure of {}{}", states.len(), why());
    if is_next && !may_be.contains(&now.as_str()) {
        // Then it is that step's, done once more here.
        let next = replayed(seed, sure + 1);
        assert!(now == next, "seed {seed}: {sure} steps sure, and the next:{}", difference(&now, &next));
    }
}

/// Features that one of two states has and the other has not.
fn difference(a: &str, b: &str) -> String {
    let sets = |state: &str| -> Vec<Vec<String>> { serde_json::from_str(state).expect("a state") };
    let (a, b) = (sets(a), sets(b));
    let mut said = String::new();
    for (which, (a, b)) in ["file", "drawn"].iter().zip(a.iter().zip(&b)) {
        a.iter().filter(|f| !b.contains(f)).for_each(|f| said += &format!("\n{which} has {f}"));
        b.iter().filter(|f| !a.contains(f)).for_each(|f| said += &format!("\n{which} lacks {f}"));
    }
    said
}

fn read(text: &str) -> Layer {
    shanshui::io::read_layer_bytes(text.as_bytes(), "t", &ReadOptions::default(), &Default::default()).expect("JSON")
}

/// The state after so many steps, in this process.
fn replayed(seed: u64, steps: usize) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plots.geojson");
    std::fs::write(&path, features(6)).expect("writable");
    let mut session = session();
    session.execute(Command::Open(vec![path.clone()], None));
    settle(&mut session);
    let file = session.layers()[0].key;
    session.execute(Command::SetEditable(file, true));
    let (mut dice, mut drawn) = (Dice(seed), None);
    for _ in 0..steps {
        step(&mut session, &mut dice, file, &path, &mut drawn);
    }
    state(&session, file)
}

#[test]
fn a_session_that_is_killed_loses_nothing() {
    if let Some(folder) = std::env::var_os("SHANSHUI_JOURNAL_CHILD") {
        let seed = std::env::var("SHANSHUI_JOURNAL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
        return child(&PathBuf::from(folder), seed);
    }
    let kills = std::env::var("SHANSHUI_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    (1..=kills).for_each(kill_once);
}

#[test]
fn a_half_written_line_is_dropped_and_all_before_it_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plots.geojson");
    std::fs::write(&path, features(6)).expect("writable");
    let mut session = session();
    session.keep_journal(folder.path().join("journal"));
    session.execute(Command::Open(vec![path.clone()], None));
    settle(&mut session);
    let file = session.layers()[0].key;
    session.execute(Command::SetEditable(file, true));
    let (mut dice, mut drawn) = (Dice(7), None);
    for _ in 0..40 {
        step(&mut session, &mut dice, file, &path, &mut drawn);
    }
    session.journal_mut().flush();
    let journal = std::fs::read_dir(folder.path().join("journal")).expect("there").next().expect("one").expect("one");
    let text = std::fs::read(journal.path()).expect("readable");
    let whole = |cut: usize| text[..cut].iter().rposition(|b| *b == b'\n').map_or(0, |at| at + 1);
    for cut in 0..=text.len() {
        assert_eq!(replay(&text[..cut]), replay(&text[..whole(cut)]), "cut at {cut}");
    }
    // A running session's journal is nobody else's.
    let mut other = session_with_edit(folder.path());
    assert_eq!(left_in(&folder.path().join("journal")).len(), 1, "the ended one's only");
    other.journal_mut().discard();
}

fn session_with_edit(folder: &Path) -> Session {
    let mut session = session();
    session.keep_journal(folder.join("journal"));
    session.execute(Command::Draw(None, Box::new(Dice(3).geometry()), "草图".to_owned()));
    session.journal_mut().sync();
    session
}

/// The child whose disk is full after some blocks: every byte that it writes beyond them is refused by the system.
fn child_on_a_full_disk(folder: &Path) {
    let path = folder.join("plots.geojson");
    let (mut session, file) = editing(folder, &path);
    session.execute(Command::Reshape(file, vec![(3, Dice(9).geometry())], EditKind::Move));
    session.journal_mut().sync();
    let told = |session: &mut Session| -> Vec<String> {
        let mut events = Vec::new();
        loop {
            events.extend(session.poll().iter().map(|event| format!("{event:?}")));
            if session.jobs().is_empty() {
                return events;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    // Saving needs more room than there is: it fails, and says so.
    session.execute(Command::Save { layer: file, path: path.clone(), over: false });
    let events = told(&mut session).join(" ");
    assert!(events.contains("SaveFailed"), "{events}");
    assert!(session.layer(file).expect("open").is_unsaved());
    // So does the journal, once it is full; the edits go on.
    let mut events = String::new();
    for n in 0..400 {
        session.execute(Command::Reshape(file, vec![(n % 50, Dice(n as u64).geometry())], EditKind::Move));
        session.journal_mut().sync();
        events += &told(&mut session).join(" ");
    }
    assert!(events.contains("JournalFailed"), "{events}");
    assert_eq!(session.layer(file).expect("open").layer().edits.count(), 50);
    println!("\ndone");
    // As if the power went: nothing is put in order.
    std::process::abort();
}

/// A disk that is full, and a folder that cannot be made: the file keeps its bytes, the journal what it took.
#[cfg(unix)]
#[test]
fn a_full_disk_loses_nothing_that_was_there() {
    if let Some(folder) = std::env::var_os("SHANSHUI_FULL_DISK") {
        return child_on_a_full_disk(&PathBuf::from(folder));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plots.geojson");
    std::fs::write(&path, features(300)).expect("writable");
    // No file may grow beyond 16 KiB; the signal is ignored, so that writing fails as on a full disk.
    let this = std::env::current_exe().expect("this test");
    let output = std::process::Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 16; exec \"$0\" \"$@\""])
        .arg(this)
        .args([
            &*crate::common::named(module_path!(), "a_full_disk_loses_nothing_that_was_there"),
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("SHANSHUI_FULL_DISK", folder.path())
        .output()
        .expect("started");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("\ndone"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read_to_string(&path).expect("there"), features(300), "as it was");
    let names: Vec<String> = std::fs::read_dir(folder.path())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name != "journal" && name != "plots.geojson")
        .collect();
    assert!(names.is_empty(), "no half of a file is left: {names:?}");
    // Every line that the disk took is there, and whole.
    let left = left_in(&folder.path().join("journal"));
    assert!(left.len() == 1 && left[0].layers[0].rows.contains_key(&3), "{left:?}");
    let mut session = session();
    session.execute(Command::Recover(Box::new(left[0].clone())));
    settle(&mut session);
    let layer = session.layers()[0].layer();
    assert!(layer.edits.count() > 1 && layer.len() == 300, "{}", layer.edits.count());
}

#[test]
fn a_journal_that_cannot_be_made_is_told_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let blocked = folder.path().join("blocked");
    std::fs::write(&blocked, "a file where the folder should be").expect("writable");
    let mut session = session();
    session.keep_journal(blocked.join("journal"));
    for n in 0..3 {
        session.execute(Command::Draw(None, Box::new(Dice(n).geometry()), format!("草图 {n}")));
    }
    let told = session.poll().iter().filter(|e| matches!(e, shanshui::session::Event::JournalFailed(_))).count();
    assert_eq!((told, session.layers().len()), (1, 3));
}

/// The child that may read a folder and not write in it.
fn child_without_rights(folder: &Path) {
    let path = folder.join("closed").join("plots.geojson");
    let (mut session, file) = editing(&folder.join("closed"), &path);
    session.execute(Command::Reshape(file, vec![(3, Dice(9).geometry())], EditKind::Move));
    session.journal_mut().sync();
    let told = |session: &mut Session| -> String {
        let mut events = String::new();
        loop {
            session.poll().iter().for_each(|event| events += &format!("{event:?} "));
            if session.jobs().is_empty() {
                return events;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    // Neither the journal nor the file can be written: both are told, and the edit stays.
    let events = told(&mut session);
    assert!(events.contains("JournalFailed"), "{events}");
    session.execute(Command::Save { layer: file, path: path.clone(), over: false });
    let events = told(&mut session);
    assert!(events.contains("SaveFailed"), "{events}");
    assert!(session.layer(file).expect("open").is_unsaved());
    // Where there are rights the same edit is saved.
    let open = folder.join("open").join("plots.geojson");
    session.execute(Command::Save { layer: file, path: open, over: false });
    let events = told(&mut session);
    assert!(events.contains("Saved(") && !session.layer(file).expect("open").is_unsaved(), "{events}");
    println!("\ndone");
}

/// A folder without the right to write in it: the file keeps its bytes, and what was edited can be saved elsewhere.
#[cfg(unix)]
#[test]
fn missing_rights_are_told_and_nothing_is_lost() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;
    if let Some(folder) = std::env::var_os("SHANSHUI_NO_RIGHTS") {
        return child_without_rights(&PathBuf::from(folder));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let set = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("our own");
    };
    let (closed, open) = (folder.path().join("closed"), folder.path().join("open"));
    std::fs::create_dir(&closed).expect("a folder");
    std::fs::create_dir(&open).expect("a folder");
    let path = closed.join("plots.geojson");
    std::fs::write(&path, features(300)).expect("writable");
    let before = std::fs::read(&path).expect("readable");
    // Whoever may do everything lets the child run as one who may not; it must be able to reach the program.
    let this = folder.path().join("this");
    std::fs::copy(std::env::current_exe().expect("this test"), &this).expect("a copy");
    for (path, mode) in [(folder.path(), 0o755), (&*closed, 0o555), (&*path, 0o444), (&*open, 0o777), (&*this, 0o755)] {
        set(path, mode);
    }
    let is_root = std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0);
    let mut command = std::process::Command::new(&this);
    command
        .args([
            &*crate::common::named(module_path!(), "missing_rights_are_told_and_nothing_is_lost"),
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("SHANSHUI_NO_RIGHTS", folder.path())
        .current_dir(folder.path());
    if is_root {
        command.uid(65_534).gid(65_534);
    }
    let output = command.output().expect("the child runs");
    set(&closed, 0o755);
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("\ndone"), "{said}");
    assert_eq!(std::fs::read(&path).expect("readable"), before);
    let saved = std::fs::read(open.join("plots.geojson")).expect("saved");
    assert!(saved != before && saved.len() > before.len() / 2);
}

/// The child that takes over what another session left, on a disk that takes nothing.
fn child_that_takes_over(folder: &Path) {
    let mut session = session();
    session.keep_journal(folder.join("journal"));
    let left = left_in(&folder.join("journal"));
    assert_eq!(left.len(), 1);
    for left in left {
        session.execute(Command::Recover(Box::new(left)));
        settle(&mut session);
    }
    assert_eq!(session.layers().len(), 1);
    session.journal_mut().sync();
    println!("\ndone");
    std::process::abort();
}

#[cfg(unix)]
#[test]
fn an_older_journal_stays_until_the_disk_took_what_it_held() {
    if let Some(folder) = std::env::var_os("SHANSHUI_TAKES_OVER") {
        return child_that_takes_over(&PathBuf::from(folder));
    }
    let folder = tempfile::tempdir().expect("a folder");
    session_with_edit(folder.path()).journal_mut().flush();
    let journals = folder.path().join("journal");
    let output = std::process::Command::new("bash")
        .args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().expect("this test"))
        .args([
            &*crate::common::named(module_path!(), "an_older_journal_stays_until_the_disk_took_what_it_held"),
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("SHANSHUI_TAKES_OVER", folder.path())
        .output()
        .expect("started");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("\ndone"), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let left = left_in(&journals);
    assert!(left.len() == 1 && left[0].layers[0].rows.len() == 1, "{left:?}");
    // Where there is room it goes, and its edit stands in the next one.
    let mut session = session();
    session.keep_journal(journals.clone());
    left.into_iter().for_each(|left| session.execute(Command::Recover(Box::new(left))));
    settle(&mut session);
    session.journal_mut().flush();
    assert_eq!(std::fs::read_dir(&journals).expect("there").count(), 1);
    assert_eq!(left_in(&journals)[0].layers[0].rows.len(), 1);
}

#[test]
fn a_journal_that_is_just_begun_is_not_taken_for_one_that_was_left() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let folder = tempfile::tempdir().expect("a folder");
    let journals = folder.path().join("journal");
    std::fs::create_dir(&journals).expect("a folder");
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        // Other sessions start all the time, and remove what is empty and nobody's.
        for _ in 0..3 {
            scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    left_in(&journals);
                }
            });
        }
        for n in 0..60 {
            let mut session = session_with_edit(folder.path());
            let names = || std::fs::read_dir(&journals).expect("there").count();
            if names() != 1 {
                is_done.store(true, Ordering::Relaxed);
                panic!("{n}: {} journals of one session", names());
            }
            session.journal_mut().discard();
        }
        is_done.store(true, Ordering::Relaxed);
    });
}
