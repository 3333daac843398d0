//! Journals that are not as this version writes them: what can be read is offered, the rest is named, and no journal goes
//! unread.

use super::{Dice, editing, features, read, saved, session, settle, step};
use shanshui::i18n::Lang;
use shanshui::session::journal::{Left, Numbering, Recovered, Unread, left_in, replay_from};
use shanshui::session::{Command, Event, Session};
use std::path::{Path, PathBuf};

const TEXT: &str = r#"{\"type\":\"Feature\",\"properties\":{\"name\":\"edited\"},\"geometry\":null}"#;
const ADDED: &str = r#"{\"type\":\"Feature\",\"properties\":{\"name\":\"added\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":[121.4,31.4]}}"#;

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("journal")).expect("a folder");
        Self(folder)
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("plots.geojson")
    }

    fn journals(&self) -> PathBuf {
        self.0.path().join("journal")
    }

    /// Puts a journal there, in which `FILE` stands for the layer's file and `STAMP` for what it looks like.
    fn put(&self, name: &str, text: &str) -> PathBuf {
        let stamp = shanshui::io::FileStamp::of(&self.file()).ok();
        let stamp = serde_json::to_string(&stamp).expect("JSON");
        let file = self.file().display().to_string().replace('\\', "\\\\");
        let path = self.journals().join(name);
        std::fs::write(&path, text.replace("FILE", &file).replace("STAMP", &stamp)).expect("writable");
        path
    }

    fn left(&self) -> Vec<Left> {
        left_in(&self.journals())
    }

    /// The same where a session has just gone: the thread that writes its journal may hold it a moment longer.
    fn left_after(&self, count: usize) -> Vec<Left> {
        for _ in 0..2_000 {
            if self.left().len() == count {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        self.left()
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.journals()).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// A session that takes everything up, and what it is told.
    fn recovered(&self) -> (Session, Vec<Event>) {
        self.recovered_with(|_| {})
    }

    fn recovered_with(&self, point: impl Fn(&mut Recovered)) -> (Session, Vec<Event>) {
        let mut session = session();
        session.keep_journal(self.journals());
        let mut events = Vec::new();
        // One after another, so that the layers' order is that of the journals.
        for mut left in self.left() {
            left.layers.iter_mut().for_each(&point);
            session.execute(Command::Recover(Box::new(left)));
            while !session.jobs().is_empty() {
                events.extend(session.poll());
                std::thread::sleep(std::time::Duration::from_micros(200));
            }
            events.extend(session.poll());
        }
        session.journal_mut().sync();
        (session, events)
    }
}

/// What the planner is told of what was taken up.
fn told(events: &[Event], lang: Lang) -> String {
    let told = events.iter().filter_map(|event| match event {
        Event::TakenUp(taken_up) => Some(taken_up.message(lang)),
        _ => None,
    });
    told.collect::<Vec<_>>().join("\n")
}

fn properties(session: &Session, layer: usize) -> Vec<String> {
    let layer = session.layers()[layer].layer();
    layer.rows().map(|row| layer.attributes.get(row, "name").display().into_owned()).collect()
}

#[test]
fn a_line_that_cannot_be_read_is_skipped_and_named() {
    // The first line's first byte is another; a newer version's line stands between.
    let flipped = format!(
        " \"layer\":{{\"key\":1,\"name\":\"outlets\",\"file\":\"FILE\",\"stamp\":null,\"rows\":1}}}}\n{{\"edit\":{{\"key\":1,\"rows\":[[0,\"{TEXT}\"]]}}}}\n"
    );
    let newer = format!(
        "{{\"layer\":{{\"key\":1,\"name\":\"outlets\",\"file\":\"FILE\",\"stamp\":STAMP,\"rows\":1}}}}\n{{\"crs\":{{\"key\":1,\"crs\":\"GCJ-02\"}}}}\n{{\"edit\":{{\"key\":1,\"rows\":[[0,\"{TEXT}\"]]}}}}\n"
    );
    let place = Place::new();
    std::fs::write(place.file(), features(1)).expect("writable");
    place.put("flipped.jsonl", &flipped);
    let path = place.put("newer.jsonl", &newer);
    let bytes = std::fs::read(&path).expect("there");
    let left = place.left();
    assert_eq!(left.len(), 2);
    assert_eq!(place.names(), ["flipped.jsonl", "newer.jsonl"], "looking removes nothing");
    assert!(matches!(left[0].unread[..], [ref line] if line.line == 1 && matches!(line.why, Unread::NotJson(_))));
    assert_eq!((left[0].layers[0].numbering, left[0].layers[0].name.as_str()), (Numbering::Unknown, ""));
    assert!(matches!(&left[1].unread[..], [line] if line.line == 2 && line.why == Unread::Kind("crs".to_owned())));
    let (session, events) = place.recovered();
    assert_eq!(session.layers().len(), 2);
    // The newer one's file is as it was, so its feature is edited there; the other's feature is a layer of its own.
    assert_eq!(
        (properties(&session, 0), properties(&session, 1)),
        (vec!["edited".to_owned()], vec!["edited".to_owned()])
    );
    assert_eq!(session.layers()[0].path.as_deref(), Some(&*place.file()));
    for lang in [Lang::Zh, Lang::En] {
        let told = told(&events, lang);
        assert!(
            told.contains("newer.jsonl.kept") && told.contains("flipped.jsonl.kept") && told.contains("crs"),
            "{told}"
        );
    }
    assert_eq!(std::fs::read(path.with_extension("jsonl.kept")).expect("kept"), bytes);
    assert!(!path.exists());
    // What is kept is offered no more, and nothing is kept over it.
    assert!(place.left().is_empty());
    place.put("newer.jsonl", &newer);
    place.recovered();
    let kept: Vec<String> = place.names().into_iter().filter(|name| name.ends_with(".kept")).collect();
    assert_eq!(kept, ["flipped.jsonl.kept", "newer.jsonl.2.kept", "newer.jsonl.kept"]);
}

/// A journal as a session writes it, of edits, additions, deletions and savings.
fn written(place: &Place, seed: u64) -> (PathBuf, Vec<u8>) {
    std::fs::write(place.file(), features(6)).expect("writable");
    let (mut session, file) = editing(place.0.path(), &place.file());
    let (mut dice, mut drawn) = (Dice(seed), None);
    for _ in 0..30 {
        step(&mut session, &mut dice, file, &place.file(), &mut drawn);
    }
    session.journal_mut().flush();
    let path = std::fs::read_dir(place.journals()).expect("there").next().expect("one").expect("one").path();
    let text = std::fs::read(&path).expect("readable");
    (path, text)
}

#[test]
fn whatever_line_is_damaged_nothing_else_is_lost_and_the_journal_stays() {
    let place = Place::new();
    let (path, text) = written(&place, 11);
    let lines: Vec<&[u8]> = text.split_inclusive(|b| *b == b'\n').collect();
    let file = std::fs::read(place.file()).expect("saved");
    // Texts that stand in the journal behind the last line that says where the file's rows are.
    for (n, line) in lines.iter().enumerate() {
        let half = [&line[..line.len() / 2], b"\n"].concat();
        let flipped = [b"\x00", &line[1..]].concat();
        let newer = [b"{\"of_2031\":", &line[..line.len() - 1], b"}\n"].concat();
        for damaged in [half, flipped, newer, b"\n".to_vec(), b"\xff\xfe\n".to_vec()] {
            let damaged: Vec<u8> = [&lines[..n].concat()[..], &damaged, &lines[n + 1..].concat()].concat();
            let replay = replay_from(&damaged[..]);
            assert_eq!(replay.unread.len(), 1, "line {n}");
            assert_eq!(replay.unread[0].line, n + 1);
            std::fs::write(&path, &damaged).expect("writable");
            std::fs::write(place.file(), &file).expect("writable");
            let left = place.left();
            assert_eq!((left.len(), place.names().len()), (1, 1));
            assert!(!left[0].is_whole());
            assert_eq!(std::fs::read(&path).expect("there"), damaged, "not deleted, not changed");
            // Every feature of lines that are not followed by a saving is somewhere in what is offered.
            let said: String = left[0].layers.iter().map(|layer| format!("{:?}", layer.rows)).collect();
            let last = lines.iter().rposition(|line| line.starts_with(b"{\"sav")).map_or(0, |at| at + 1);
            let is_edit = |line: &&&[u8]| line.starts_with(b"{\"edit") && line.len() > 60;
            for edit in lines[last..].iter().enumerate().filter(|(at, line)| at + last != n && is_edit(line)) {
                let text = String::from_utf8_lossy(edit.1);
                let coordinates = text.rsplit("coordinates").next().unwrap_or_default();
                let later = lines[last..][edit.0 + 1..].concat();
                let is_last_word =
                    text.matches("],[").count() < 6 && !String::from_utf8_lossy(&later).contains("\"edit");
                let known = coordinates.chars().filter(|c| c.is_ascii_digit()).take(12).collect::<String>();
                let digits = said.chars().filter(char::is_ascii_digit).collect::<String>();
                assert!(!is_last_word || digits.contains(&known), "line {n}: {text}");
            }
        }
    }
}

#[test]
fn cut_anywhere_a_journal_is_kept_unless_the_cut_is_between_lines() {
    let place = Place::new();
    let (path, text) = written(&place, 5);
    for cut in (1..=text.len()).step_by(7) {
        std::fs::write(&path, &text[..cut]).expect("writable");
        let is_whole = text[cut - 1] == b'\n';
        let left = place.left();
        assert_eq!(path.exists(), !left.is_empty(), "cut at {cut}");
        assert!(is_whole || left[0].unread.last().is_some_and(|line| line.why == Unread::Cut), "cut at {cut}");
        assert!(left.iter().all(|left| left.is_whole() == is_whole), "cut at {cut}");
    }
}

#[test]
fn absurd_numbers_end_nothing() {
    let layer = |rows: &str, stamp: &str| {
        format!(
            "{{\"layer\":{{\"key\":1,\"name\":\"outlets\",\"file\":\"FILE\",\"stamp\":{stamp},\"rows\":{rows}}}}}\n"
        )
    };
    let edit = |row: &str| format!("{{\"edit\":{{\"key\":1,\"rows\":[[{row},\"{TEXT}\"]]}}}}\n");
    let gone = |row: &str| format!("{{\"edit\":{{\"key\":1,\"rows\":[[{row},true]]}}}}\n");
    let saving = "{\"saving\":{\"key\":1,\"state\":1,\"file\":\"x.geojson\"}}\n";
    let saved = "{\"saved\":{\"key\":1,\"state\":1,\"stamp\":null}}\n";
    let (max, many) = ("18446744073709551615", "1000000000000000000");
    let secs = r#"{"bytes":18446744073709551615,"written":{"secs_since_epoch":18446744073709551615,"nanos_since_epoch":4294967295}}"#;
    let mut cases = Vec::new();
    for rows in ["1000000000", max, many, "4294967295", "4294967296", "1e18", "-1", "99999999999999999999999999", "0"] {
        for stamp in ["null", "STAMP", secs] {
            for row in ["0", "5", max, many] {
                let start = layer(rows, stamp) + &edit(row);
                cases.push(start.clone());
                cases.push(start.clone() + saving);
                cases.push(start.clone() + saving + saved + &edit(many) + &gone("3"));
                cases.push(start + &gone(row) + &edit("1") + saving + saved + saving + &edit(row) + saved);
            }
        }
    }
    cases.push(edit("0").replace(":1,", &format!(":{max},")));
    cases.push(format!("{{\"open\":[{max},true]}}\n{{\"open\":[1,false]}}\n"));
    for text in cases {
        let place = Place::new();
        std::fs::write(place.file(), features(1)).expect("writable");
        let path = place.put("absurd.jsonl", &text);
        let offered = place.left();
        assert_eq!(path.exists(), !offered.is_empty(), "{text}");
        let (session, _) = place.recovered();
        assert!(session.layers().iter().all(|layer| layer.layer().len() < 10), "{text}");
        let texts = text.matches("edited").count();
        assert!(session.layers().iter().all(|layer| layer.layer().edits.count() <= texts.max(1) + 1), "{text}");
    }
}

#[test]
fn good_rows_are_taken_and_bad_ones_named() {
    let place = Place::new();
    std::fs::write(place.file(), features(1)).expect("writable");
    let start = "{\"layer\":{\"key\":1,\"name\":\"one bad row\",\"file\":\"FILE\",\"stamp\":STAMP,\"rows\":1}}\n";
    let two = format!("{},{}", TEXT, TEXT);
    let bad = ["not json {", &two, "", "7", "[]", "\\\"Feature\\\"", "{\\\"type\\\":\\\"Feature\\\"", "]}"];
    let rows: Vec<String> = bad.iter().enumerate().map(|(n, text)| format!("[{},\"{text}\"]", n + 6)).collect();
    let text = format!(
        "{start}{{\"edit\":{{\"key\":1,\"rows\":[[0,\"{TEXT}\"],[5,\"{ADDED}\"],{},[40,7],[\"x\",\"{TEXT}\"],[41,\"{ADDED}\"]]}}}}\n",
        rows.join(",")
    );
    let path = place.put("rows.jsonl", &text);
    let (session, events) = place.recovered();
    assert_eq!(properties(&session, 0), ["edited", "added", "added"]);
    assert_eq!(session.layers()[0].path.as_deref(), Some(&*place.file()));
    let said = told(&events, Lang::En);
    assert!(said.contains("one bad row") && said.contains("7 (") && said.contains("more"), "{said}");
    assert!(!path.exists() && path.with_extension("jsonl.kept").exists());
    // What was recovered stands in the new session's journal.
    drop(session);
    assert_eq!(place.left_after(1).len(), 1);
}

#[test]
fn many_rows_with_one_bad_one_are_read_together() {
    let place = Place::new();
    std::fs::write(place.file(), features(1)).expect("writable");
    let row = |n: usize| match n {
        7_777 => format!("[{n},\"{{ not json\"]"),
        _ => format!("[{n},\"{}\"]", ADDED.replace("added", &format!("a{n}"))),
    };
    let rows: Vec<String> = (1..=20_000).map(row).collect();
    place.put("many.jsonl", &format!("{{\"layer\":{{\"key\":1,\"name\":\"a\",\"file\":\"FILE\",\"stamp\":STAMP,\"rows\":1}}}}\n{{\"edit\":{{\"key\":1,\"rows\":[{}]}}}}\n", rows.join(",")));
    let (session, events) = place.recovered();
    let names = properties(&session, 0);
    assert_eq!((names.len(), &*names[7_776], &*names[7_777], &*names[19_999]), (20_000, "a7776", "a7778", "a20000"));
    assert!(told(&events, Lang::En).contains("7,778 ("));
}

#[test]
fn a_layer_whose_file_moved_is_pointed_to_another() {
    let text = format!(
        "{{\"layer\":{{\"key\":1,\"name\":\"moved\",\"file\":\"FILE\",\"stamp\":STAMP,\"rows\":3}}}}\n\
         {{\"edit\":{{\"key\":1,\"rows\":[[0,\"{TEXT}\"],[1,true],[5,\"{ADDED}\"]]}}}}\n"
    );
    let place = Place::new();
    std::fs::write(place.file(), features(3)).expect("writable");
    let path = place.put("moved.jsonl", &text);
    let elsewhere = place.0.path().join("elsewhere.geojson");
    std::fs::rename(place.file(), &elsewhere).expect("moved");
    assert!(place.left()[0].layers[0].wants_file());
    let (session, events) = place.recovered_with(|layer| layer.pointed = Some(elsewhere.clone()));
    assert_eq!(properties(&session, 0), ["edited", "地块2", "added"]);
    assert_eq!(session.layers()[0].path.as_deref(), Some(&*elsewhere));
    assert_eq!((told(&events, Lang::En), path.exists()), (String::new(), false), "nothing is lost");

    // Without it the features are a layer of their own; a deletion cannot be done again, so the journal is kept.
    let path = place.put("moved.jsonl", &text.replace("STAMP", "null"));
    let (session, events) = place.recovered();
    assert_eq!(
        (properties(&session, 0), session.layers()[0].layer().name.as_str()),
        (vec!["edited".into(), "added".into()], "moved")
    );
    assert!(session.layers()[0].path.is_none() && session.layers()[0].is_unsaved());
    let said = told(&events, Lang::En);
    assert!(
        said.contains("1 feature deleted in moved was not deleted again") && said.contains("is not there"),
        "{said}"
    );
    assert!(path.with_extension("jsonl.kept").exists());

    // Files that are another's, that are none, or that are not there are not edited.
    let other = place.0.path().join("other.geojson");
    for (n, content) in [features(5), "no JSON".to_owned(), String::new()].into_iter().enumerate() {
        std::fs::write(&other, content).expect("writable");
        place.put("moved.jsonl", &text.replace("STAMP", "null"));
        let (session, events) = place.recovered_with(|layer| layer.pointed = Some(other.clone()));
        assert_eq!(properties(&session, 0), ["edited", "added"], "{n}");
        let said = told(&events, Lang::En);
        assert!(said.contains("other.geojson") && (n > 0 || said.contains("has 5 features, and had 3")), "{said}");
    }
    place.put("moved.jsonl", &text.replace("STAMP", "null"));
    let (session, _) = place.recovered_with(|layer| layer.pointed = Some(place.0.path().to_owned()));
    assert_eq!(properties(&session, 0), ["edited", "added"], "a folder");
    // One whose own line is lost may be pointed to any.
    place.put("moved.jsonl", &text.replacen('{', "(", 1));
    assert!(place.left()[0].layers[0].wants_file());
    let (session, _) = place.recovered_with(|layer| layer.pointed = Some(elsewhere.clone()));
    assert_eq!(properties(&session, 0), ["edited", "地块2", "added"]);
}

#[test]
fn a_lost_line_never_puts_an_edit_into_another_feature() {
    // Row 3 was added by a line that is lost, row 4 by one that is not; then both were saved, and row 4 was edited again.
    let place = Place::new();
    std::fs::write(place.file(), features(5)).expect("writable");
    let text = format!(
        "{{\"layer\":{{\"key\":1,\"name\":\"a\",\"file\":\"FILE\",\"stamp\":null,\"rows\":3}}}}\n\
         XX\n\
         {{\"edit\":{{\"key\":1,\"rows\":[[4,\"{ADDED}\"]]}}}}\n\
         {{\"saving\":{{\"key\":1,\"state\":9,\"file\":\"FILE\"}}}}\n\
         {{\"saved\":{{\"key\":1,\"state\":9,\"stamp\":STAMP}}}}\n\
         {{\"edit\":{{\"key\":1,\"rows\":[[4,\"{TEXT}\"]]}}}}\n"
    );
    for text in [text.clone(), text.replace("{\"saved\":{\"key\":1,\"state\":9,\"stamp\":STAMP}}", "XX")] {
        place.put("lost.jsonl", &text);
        let left = place.left();
        assert!(left[0].layers[0].saving.is_none());
        let (session, _) = place.recovered();
        assert!(session.layers()[0].path.is_none(), "a layer of its own");
        assert_eq!(properties(&session, 0).last().map(String::as_str), Some("edited"));
    }
    // Whole, it is edited where it stands.
    place
        .put("whole.jsonl", &text.replace("XX\n", &format!("{{\"edit\":{{\"key\":1,\"rows\":[[3,\"{ADDED}\"]]}}}}\n")));
    let (session, _) = place.recovered();
    assert_eq!(properties(&session, 0), ["地块0", "地块1", "地块2", "地块3", "edited"]);
}

#[test]
fn a_key_that_stands_twice_loses_neither_layer() {
    let layer = |name: &str| {
        format!("{{\"layer\":{{\"key\":1,\"name\":\"{name}\",\"file\":null,\"stamp\":null,\"rows\":0}}}}\n")
    };
    let edit = format!("{{\"edit\":{{\"key\":1,\"rows\":[[0,\"{ADDED}\"]]}}}}\n");
    let twice = replay_from((layer("a") + &edit + &layer("b") + &edit).as_bytes());
    assert_eq!(twice.layers.iter().map(|layer| layer.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    // One that was taken out before begins anew.
    let anew = replay_from((layer("a") + &edit + "{\"open\":[1,false]}\n" + &layer("b") + &edit).as_bytes());
    assert_eq!(anew.layers.len(), 1);
}

#[test]
fn given_up_a_journal_is_kept_under_another_name() {
    let place = Place::new();
    let whole = format!(
        "{{\"layer\":{{\"key\":1,\"name\":\"a\",\"file\":null,\"stamp\":null,\"rows\":0}}}}\n{{\"edit\":{{\"key\":1,\"rows\":[[0,\"{ADDED}\"]]}}}}\n"
    );
    place.put("a.jsonl", &whole);
    place.put("b.jsonl", &format!("{whole}XX\n"));
    place.put("c.jsonl", "XX\n");
    place.put("d.jsonl", &whole.replace("[0,", "[0,7],[0,"));
    let kept: Vec<_> = place.left().iter().filter_map(Left::give_up).collect();
    assert_eq!(kept.len(), 4, "{kept:?}");
    assert_eq!(place.names(), ["a.jsonl.kept", "b.jsonl.kept", "c.jsonl.kept", "d.jsonl.kept"]);
    assert!(place.left().is_empty(), "nothing is offered again");
}

#[cfg(unix)]
#[test]
fn what_is_no_journal_is_left_alone() {
    let place = Place::new();
    std::fs::create_dir(place.journals().join("folder.jsonl")).expect("a folder");
    std::os::unix::fs::symlink("/dev/zero", place.journals().join("zero.jsonl")).expect("a link");
    std::os::unix::fs::symlink("nowhere", place.journals().join("dangling.jsonl")).expect("a link");
    let pipe = place.journals().join("pipe.jsonl");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs");
    assert!(made.success());
    assert!(place.left().is_empty());
    assert_eq!(place.names().len(), 4);
}

#[cfg(unix)]
#[test]
fn paths_that_are_no_text_and_times_before_1970_are_written() {
    use std::os::unix::ffi::OsStrExt as _;
    let place = Place::new();
    let folder = place.0.path().join(std::ffi::OsStr::from_bytes(b"\xcd\xbc\xb2\xe3\xff"));
    let Ok(()) = std::fs::create_dir(&folder) else {
        // Some systems have text for names alone.
        return;
    };
    let path = folder.join("plots.geojson");
    std::fs::write(&path, features(6)).expect("writable");
    let old = std::time::SystemTime::UNIX_EPOCH - std::time::Duration::from_millis(86_400_500);
    std::fs::File::options().write(true).open(&path).and_then(|file| file.set_modified(old)).expect("our own");
    let (mut first, file) = editing(place.0.path(), &path);
    let (mut dice, mut drawn) = (Dice(3), None);
    for _ in 0..12 {
        step(&mut first, &mut dice, file, &path, &mut drawn);
    }
    let edited = first.layer(file).map(|layer| saved(layer.layer())).expect("open");
    first.journal_mut().flush();
    let left = place.left();
    assert!(left.iter().all(Left::is_whole), "{left:?}");
    let (session, _) = place.recovered();
    let again = session.layers().iter().find(|layer| layer.path.as_deref() == Some(&path));
    match again {
        Some(layer) => assert_eq!(saved(layer.layer()), edited),
        // All of it was saved.
        None => assert_eq!(saved(&read(&std::fs::read_to_string(&path).expect("text"))), edited),
    }
}

#[test]
fn lines_of_an_older_version_without_anything_in_them_hide_no_others() {
    let place = Place::new();
    std::fs::write(place.file(), features(2)).expect("writable");
    place.put("old.jsonl", &format!("{{\"layer\":{{\"key\":1,\"name\":\"a\",\"file\":\"FILE\",\"stamp\":STAMP,\"rows\":2}}}}\n\n{{\"edit\":{{\"key\":1,\"rows\":[[1,\"{TEXT}\"]]}}}}\n"));
    let (session, events) = place.recovered();
    assert_eq!(properties(&session, 0), ["地块0", "edited"]);
    assert!(told(&events, Lang::En).contains("line 2"));
}

#[test]
fn a_stopped_recovery_changes_nothing() {
    let place = Place::new();
    std::fs::write(place.file(), features(2)).expect("writable");
    let path = place.put("a.jsonl", &format!("{{\"layer\":{{\"key\":1,\"name\":\"a\",\"file\":\"FILE\",\"stamp\":STAMP,\"rows\":2}}}}\n{{\"edit\":{{\"key\":1,\"rows\":[[1,\"{TEXT}\"]]}}}}\n"));
    let mut session = session();
    session.keep_journal(place.journals());
    session.execute(Command::Recover(Box::new(place.left().remove(0))));
    session.execute(Command::CancelAll);
    settle(&mut session);
    session.journal_mut().sync();
    // It was stopped in time, or it was done before.
    assert_eq!(session.layers().is_empty(), path.exists());
}

/// A path's folder, whatever the test runs in.
#[test]
fn a_journal_folder_that_is_not_there_holds_nothing() {
    assert!(left_in(Path::new("no such folder")).is_empty());
}
