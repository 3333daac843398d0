//! Packed projects of strangers: regular files inside a folder of their own, or nothing at all, and why.

use super::{finish, maps, session};
use shanshui::geodesy::LonLat;
use shanshui::i18n::Lang;
use shanshui::progress::Progress;
use shanshui::session::project::ProjectView;
use shanshui::session::{Change, Command, Event, Limits, UnpackCause, UnpackError, unpack};
use std::path::{Path, PathBuf};

const PROJECT: &[u8] = br#"{"shanshui":1,"layers":[{"file":"layers/a.geojson"}]}"#;
const LAYER: &[u8] = br#"{"type":"FeatureCollection","features":[]}"#;
const REGULAR: u32 = 0o100_644;
const UNIX: u8 = 3;

/// A member as a hostile packer writes it: any name, any mode, and sizes that may lie.
struct Member<'a> {
    name: &'a [u8],
    mode: u32,
    system: u8,
    data: &'a [u8],
    deflated: bool,
    size: Option<u32>,
    flags: u16,
}

fn member<'a>(name: &'a str, data: &'a [u8]) -> Member<'a> {
    Member { name: name.as_bytes(), mode: REGULAR, system: UNIX, data, deflated: false, size: None, flags: 1 << 11 }
}

fn crc(data: &[u8]) -> u32 {
    let mut crc = !0u32;
    for byte in data {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

fn zip(members: &[Member<'_>]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let data = match member.deflated {
            true => miniz_oxide::deflate::compress_to_vec(member.data, 9),
            false => member.data.to_vec(),
        };
        let mut head: Vec<u8> = Vec::new();
        for short in [20, member.flags, if member.deflated { 8 } else { 0 }, 0, 33] {
            head.extend(u16::to_le_bytes(short));
        }
        head.extend(crc(member.data).to_le_bytes());
        head.extend((data.len() as u32).to_le_bytes());
        head.extend(member.size.unwrap_or(member.data.len() as u32).to_le_bytes());
        head.extend((member.name.len() as u16).to_le_bytes());
        head.extend([0, 0]);
        let at = out.len() as u32;
        out.extend(b"PK\x03\x04");
        out.extend(&head);
        out.extend(member.name);
        out.extend(data);
        directory.extend(b"PK\x01\x02");
        directory.extend([30, member.system]);
        directory.extend(&head);
        // Comment, disk, inner attributes.
        directory.extend([0; 6]);
        directory.extend((member.mode << 16).to_le_bytes());
        directory.extend(at.to_le_bytes());
        directory.extend(member.name);
    }
    let (at, length, n) = (out.len() as u32, directory.len() as u32, members.len() as u16);
    out.extend(directory);
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend(n.to_le_bytes());
    out.extend(n.to_le_bytes());
    out.extend(length.to_le_bytes());
    out.extend(at.to_le_bytes());
    out.extend([0, 0]);
    out
}

/// A good project with members more.
fn with(more: Vec<Member<'_>>) -> Vec<u8> {
    let mut members = vec![member("p.shanshui.json", PROJECT), member("layers/a.geojson", LAYER)];
    members.extend(more);
    zip(&members)
}

struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    fn put(&self, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join("p.shanshui.zip");
        std::fs::write(&path, bytes).expect("writable");
        path
    }

    /// Everything there, by name.
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.0.path())
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

/// Small enough for a test.
fn limits() -> Limits {
    Limits { members: 50, bytes: 20 << 20, ratio: 200, small: 1 << 20 }
}

/// What an archive is refused for; nothing of it is there.
fn refused(bytes: &[u8]) -> UnpackError {
    let place = Place::new();
    let path = place.put(bytes);
    let error = unpack(&path, &limits(), &Progress::default()).expect_err("refused");
    assert_eq!(place.names(), ["p.shanshui.zip"], "{error}");
    for lang in [Lang::Zh, Lang::En] {
        let message = error.message(lang);
        assert!(message.contains("p.shanshui.zip") && !message.contains("unpack."), "{message}");
        assert!(!message.contains('\u{202E}') && !message.contains('\u{1b}'), "{message}");
    }
    error
}

#[test]
fn a_good_archive_is_unpacked_into_a_folder_of_its_own() {
    let place = Place::new();
    let executable = Member { mode: 0o100_777, ..member("layers/b.geojson", LAYER) };
    let folder = Member { mode: 0o040_755, ..member("layers/", b"") };
    let dos = Member { mode: 0, system: 0, ..member("rules/r.toml", b"") };
    let path = place.put(&with(vec![folder, executable, dos]));
    let project = unpack(&path, &limits(), &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(project, place.0.path().join("p").join("p.shanshui.json"));
    assert_eq!(std::fs::read(project).expect("there"), PROJECT);
    assert_eq!(std::fs::read(place.0.path().join("p/layers/b.geojson")).expect("there"), LAYER);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = place.0.path().join("p/layers/b.geojson").metadata().expect("there").permissions().mode();
        assert_eq!(mode & 0o7133, 0, "{mode:o}");
    }
    assert_eq!(place.names(), ["p", "p.shanshui.zip"]);
    // Once more: beside.
    let again = unpack(&path, &limits(), &Progress::default()).expect("unpacked");
    assert_eq!(again, place.0.path().join("p-2").join("p.shanshui.json"));
    // With something before it, as some packers do.
    let place = Place::new();
    let path = place.put(&[b"#!/bin/sh\n".to_vec(), with(Vec::new())].concat());
    assert!(unpack(&path, &limits(), &Progress::default()).is_ok());
}

#[test]
fn names_that_lead_out_or_mean_something_else_are_refused() {
    for name in [
        "../x.geojson",
        "layers/../../x.geojson",
        "..",
        ".",
        "./x.geojson",
        "/etc/x.geojson",
        "//server/x.geojson",
        "layers//x.geojson",
        "C:/x.geojson",
        "C:x.geojson",
        "x.geojson:stream",
        r"..\x.geojson",
        r"layers\x.geojson",
        r"\\server\x.geojson",
        "x\u{0}.geojson",
        "x\n.geojson",
        "\u{1b}[2J.geojson",
        "con",
        "layers/NUL.geojson",
        "Com1.txt",
        "lpt¹",
        "x.",
        "x ",
        "layers /x.geojson",
        "a?b",
        "",
        "/",
    ] {
        let error = refused(&with(vec![member(name, LAYER)]));
        assert!(matches!(error.cause, UnpackCause::Name(_) | UnpackCause::Special(_)), "{name:?}: {error:?}");
    }
    let long = "x".repeat(300);
    assert!(matches!(refused(&with(vec![member(&long, LAYER)])).cause, UnpackCause::Name(_)));
    let deep = "x/".repeat(40) + "x";
    assert!(matches!(refused(&with(vec![member(&deep, LAYER)])).cause, UnpackCause::Name(_)));
    // Bytes that are no text: read as the archive's own letters, or refused; never a way out.
    let bytes = Member { name: b"..\xff/x", flags: 0, ..member("", LAYER) };
    let place = Place::new();
    let path = place.put(&with(vec![bytes]));
    let _ = unpack(&path, &limits(), &Progress::default());
    assert!(place.names().iter().all(|name| name == "p" || name == "p.shanshui.zip"), "{:?}", place.names());
}

#[test]
fn what_is_no_regular_file_is_refused() {
    let of = |mode| Member { mode, ..member("findings.geojson", b"../other/findings.geojson") };
    // Whatever system the archive says it was made on.
    for system in [UNIX, 0, 19, 255] {
        let link = Member { system, ..of(0o120_777) };
        assert!(matches!(refused(&with(vec![link])).cause, UnpackCause::Link(name) if name == "findings.geojson"));
    }
    for kind in [0o020_000, 0o060_000, 0o010_000, 0o140_000, 0o040_000, 0o150_000] {
        assert!(matches!(refused(&with(vec![of(kind | 0o644)])).cause, UnpackCause::Special(_)), "{kind:o}");
    }
    for rights in [0o004_755, 0o002_755, 0o006_755, 0o001_755] {
        assert!(matches!(refused(&with(vec![of(0o100_000 | rights)])).cause, UnpackCause::Rights(_)), "{rights:o}");
    }
    let folder = Member { mode: 0o120_777, ..member("layers/", b"/etc") };
    assert!(matches!(refused(&with(vec![folder])).cause, UnpackCause::Link(_)));
    let secret = Member { flags: 1 << 11 | 1, ..member("a.geojson", &[0; 64]) };
    assert!(matches!(refused(&with(vec![secret])).cause, UnpackCause::Encrypted(_)));
}

#[test]
fn names_that_are_one_file_somewhere_are_refused() {
    for (a, b) in [
        ("x.geojson", "x.geojson"),
        ("x.geojson", "X.GeoJSON"),
        ("layers/a.geojson", "Layers/A.geojson"),
        ("é.geojson", "e\u{301}.geojson"),
        ("Ａ.geojson", "a.geojson"),
        ("x", "x/y.geojson"),
        ("X", "x/y.geojson"),
        ("straße.geojson", "STRAßE.geojson"),
    ] {
        let error = refused(&with(vec![member(a, LAYER), member(b, LAYER)]));
        assert!(matches!(error.cause, UnpackCause::Twice(..)), "{a} {b}: {error:?}");
    }
    let twice = with(vec![member("p.shanshui.json", b"{\"shanshui\":1,\"layers\":[]}")]);
    assert!(matches!(refused(&twice).cause, UnpackCause::Twice(..)), "the project itself");
}

#[test]
fn limits_are_held_by_what_comes_out() {
    let zeros = vec![b' '; 8 << 20];
    let bomb = |size| Member { deflated: true, size, ..member("bomb.geojson", &zeros) };
    // What the archive says of itself is not believed: it may say that it holds nothing.
    for size in [None, Some(0), Some(10)] {
        let error = refused(&with(vec![bomb(size)]));
        assert!(matches!(error.cause, UnpackCause::Ratio(..) | UnpackCause::Damaged(_)), "{size:?}: {error:?}");
    }
    // Many small ones are one large one.
    let part = vec![b' '; 900 << 10];
    let names: Vec<String> = (0..30).map(|n| format!("part{n}.geojson")).collect();
    let parts = names.iter().map(|name| Member { deflated: true, ..member(name, &part) }).collect();
    assert!(matches!(refused(&with(parts)).cause, UnpackCause::Ratio(..)));
    // What cannot be pressed is held by bytes.
    let mut state = 1u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    let noise: Vec<u8> = (0..21 << 20).map(|_| noise()).collect();
    assert!(matches!(refused(&with(vec![member("noise.geojson", &noise)])).cause, UnpackCause::Bytes(..)));
    let names: Vec<String> = (0..60).map(|n| format!("{n}.geojson")).collect();
    let many = names.iter().map(|name| member(name, b"")).collect();
    assert!(matches!(refused(&with(many)).cause, UnpackCause::Members(50)));
}

#[test]
fn what_is_no_archive_or_no_project_is_told() {
    assert!(matches!(refused(b"").cause, UnpackCause::Damaged(_)));
    assert!(matches!(refused(LAYER).cause, UnpackCause::Damaged(_)));
    assert_eq!(refused(&zip(&[member("layers/a.geojson", LAYER)])).cause, UnpackCause::NoProject);
    assert_eq!(refused(&zip(&[member("x/p.shanshui.json", PROJECT)])).cause, UnpackCause::NoProject);
    // Which of several is wanted nobody knows; what macOS puts beside a file is none, nor is one in a folder.
    let two = refused(&with(vec![member("q.shanshui.json", PROJECT), member("old/r.shanshui.json", PROJECT)]));
    let both = ["p.shanshui.json", "q.shanshui.json"].map(str::to_owned).to_vec();
    assert_eq!(two.cause, UnpackCause::SeveralProjects(both.clone()));
    assert!(both.iter().all(|name| two.message(Lang::En).contains(name) && two.message(Lang::Zh).contains(name)));
    let evil = refused(&with(vec![member("q\u{202e}.shanshui.json", PROJECT)]));
    assert!(matches!(evil.cause, UnpackCause::Name(_) | UnpackCause::SeveralProjects(_)));
    assert_eq!(refused(&zip(&[member("._p.shanshui.json", PROJECT)])).cause, UnpackCause::NoProject);
    let place = Place::new();
    let path = place.put(&with(vec![member("._p.shanshui.json", b"Mac OS X"), member("a/q.shanshui.json", PROJECT)]));
    let project = unpack(&path, &limits(), &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
    assert!(project.ends_with("p/p.shanshui.json"), "{}", project.display());
    // Cut anywhere, or with a byte changed: refused, or what was packed.
    let good = with(vec![Member { deflated: true, ..member("b.geojson", LAYER) }]);
    for cut in (0..good.len()).step_by(3) {
        refused(&good[..cut]);
    }
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 0x41;
        let place = Place::new();
        let path = place.put(&bytes);
        let done = unpack(&path, &limits(), &Progress::default());
        let names = place.names();
        assert!(names.len() == 1 + usize::from(done.is_ok()), "byte {at}: {names:?} {done:?}");
    }
    let place = Place::new();
    std::fs::create_dir(place.0.path().join("p.shanshui.zip")).expect("a folder");
    assert!(unpack(&place.0.path().join("p.shanshui.zip"), &limits(), &Progress::default()).is_err());
    let path = place.0.path().join("missing.shanshui.zip");
    assert!(matches!(
        unpack(&path, &limits(), &Progress::default()).expect_err("missing").cause,
        UnpackCause::System(_)
    ));
    let stopped = Progress::default();
    stopped.cancel();
    let place = Place::new();
    let path = place.put(&with(Vec::new()));
    assert_eq!(unpack(&path, &limits(), &stopped).expect_err("stopped").cause, UnpackCause::Cancelled);
    assert_eq!(place.names(), ["p.shanshui.zip"]);
}

#[cfg(unix)]
#[test]
fn nothing_is_written_through_a_link_that_stands_there() {
    let (place, other) = (Place::new(), Place::new());
    let path = place.put(&with(Vec::new()));
    // A link to a folder, one that leads nowhere, and one where the program would unpack.
    std::os::unix::fs::symlink(other.0.path(), place.0.path().join("p")).expect("a link");
    std::os::unix::fs::symlink(other.0.path().join("new"), place.0.path().join("p-2")).expect("a link");
    let own = format!(".shanshui-unpacking-{}-0", std::process::id());
    std::os::unix::fs::symlink(other.0.path(), place.0.path().join(&own)).expect("a link");
    let project = unpack(&path, &limits(), &Progress::default()).expect("beside them");
    assert_eq!(project, place.0.path().join("p-3").join("p.shanshui.json"));
    assert!(other.names().is_empty(), "{:?}", other.names());
    assert_eq!(place.names(), [own.as_str(), "p", "p-2", "p-3", "p.shanshui.zip"]);
}

#[test]
fn what_a_killed_program_left_is_cleared_and_a_running_ones_stays() {
    let place = Place::new();
    let path = place.put(&with(Vec::new()));
    let left = |name: &str| {
        let folder = place.0.path().join(name);
        std::fs::create_dir_all(folder.join("content")).expect("a folder");
        std::fs::write(folder.join("content/half.geojson"), "half").expect("writable");
        std::fs::write(folder.join("held"), "").expect("writable");
        folder
    };
    let (killed, running) = (left(".shanshui-unpacking-1-0"), left(".shanshui-unpacking-2-0"));
    let own = place.0.path().join("shanshui-unpacking-mine");
    std::fs::create_dir(&own).expect("a folder");
    let held = std::fs::File::open(running.join("held")).expect("there");
    held.lock().expect("free");
    unpack(&path, &limits(), &Progress::default()).expect("unpacked");
    assert_eq!((killed.exists(), running.exists(), own.exists()), (false, true, true));
}

#[test]
fn a_session_says_why_and_how_to_go_on() {
    let place = Place::new();
    let path = place.put(&with(vec![Member { mode: 0o120_777, ..member("findings.geojson", b"../x") }]));
    let mut session = session();
    session.execute(Command::Open(vec![path], None));
    let events = finish(&mut session);
    let [Event::UnpackFailed(error)] = &events[..] else { panic!("{events:?}") };
    assert!(error.message(Lang::En).contains("findings.geojson") && error.message(Lang::En).contains("link"));
    assert_eq!((session.layers().len(), place.names().len()), (0, 1));
}

/// Whatever layers and plans are called, what is packed here is unpacked here.
#[test]
fn a_pack_of_any_names_is_opened_again() {
    let place = Place::new();
    let mut one = session();
    one.execute(Command::Open(vec![maps().join("baoshan/outlet.geojson")], None));
    finish(&mut one);
    let names = ["con", "../../x", "a:b|c", "A", "a", "", ".", "甲 乙", &"长".repeat(300), "x\u{0}y", "é", "e\u{301}"];
    for name in names {
        let mut geometry = shanshui::model::Geometry {
            kind: shanshui::model::GeometryKind::Point,
            parts: vec![vec![vec![LonLat::new(121.4, 31.4)]]],
        };
        geometry.parts[0][0][0].lon += 0.01;
        one.execute(Command::Draw(None, Box::new(geometry), name.to_owned()));
    }
    let first = one.layers()[0].key;
    one.execute(Command::Change(Change::Move(first, 3)));
    let view = ProjectView { center: LonLat::new(121.4, 31.4), scale: 1e4 };
    for title in ["p.shanshui.zip", "nul.shanshui.zip", "100%: 甲.zip"] {
        let path = place.0.path().join(title);
        one.execute(Command::Pack(path.clone(), view));
        let events = finish(&mut one);
        assert!(matches!(events[..], [Event::Packed(_)]), "{events:?}");
        let mut again = session();
        again.execute(Command::Open(vec![path], None));
        let events = finish(&mut again);
        assert!(
            !events.iter().any(|e| matches!(e, Event::UnpackFailed(_) | Event::ReadFailed(_))),
            "{title}: {events:?}"
        );
        assert_eq!(again.layers().len(), one.layers().len(), "{title}");
    }
}

/// A project that names its own table of targets outside its folder is packed with it, and opened again.
#[test]
fn a_plan_beside_the_project_is_packed_with_it() {
    let place = Place::new();
    let folder = place.0.path().join("project");
    std::fs::create_dir(&folder).expect("a folder");
    std::fs::write(place.0.path().join("t.toml"), "title = { zh = \"甲\", en = \"A\" }\nindicators = []\n")
        .expect("writable");
    std::fs::copy(maps().join("baoshan/outlet.geojson"), folder.join("outlet.geojson")).expect("copied");
    let project = folder.join("p.shanshui.json");
    std::fs::write(&project, r#"{"shanshui":1,"plan":"../t.toml","layers":[{"file":"outlet.geojson"}]}"#)
        .expect("writable");
    let mut one = session();
    one.execute(Command::Open(vec![project], None));
    finish(&mut one);
    let packed: &Path = &place.0.path().join("q.shanshui.zip");
    one.execute(Command::Pack(packed.to_owned(), ProjectView { center: LonLat::new(121.4, 31.4), scale: 1e4 }));
    finish(&mut one);
    let opened = unpack(packed, &Limits::default(), &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
    let text = std::fs::read_to_string(&opened).expect("there");
    assert!(text.contains("\"t.toml\"") && opened.with_file_name("t.toml").is_file(), "{text}");
}

/// What a project has and an archive holds not is told when it is packed; words beside its rules are packed with its own.
#[test]
fn what_is_not_packed_is_named() {
    let place = Place::new();
    let folder = place.0.path().join("project");
    std::fs::create_dir_all(folder.join("rules")).expect("a folder");
    std::fs::copy(maps().join("baoshan/outlet.geojson"), folder.join("outlet.geojson")).expect("copied");
    let ours = include_str!("../../assets/rules/outlets-near-yangtze.toml");
    std::fs::write(folder.join("rules/own.toml"), ours.replacen("outlets-near-yangtze", "own", 1)).expect("writable");
    let word = "[[word]]\nrole = \"outlet\"\nproperty = \"class\"\nvalue = \"甲类口\"\nis = \"工业排污口\"\n";
    std::fs::write(folder.join("rules/vocabulary.toml"), word).expect("writable");
    let layers = r#"[{"file":"outlet.geojson"},{"file":"gone.geojson"},{"file":"../far/gone too.geojson"}]"#;
    let project = folder.join("p.shanshui.json");
    std::fs::write(&project, format!(r#"{{"shanshui":1,"plan":"t.toml","layers":{layers}}}"#)).expect("writable");
    let mut one = session();
    one.execute(Command::OpenProject(project));
    let events = finish(&mut one);
    let told = |events: &[Event]| {
        let said = events.iter().filter_map(|event| match event {
            Event::Told(said) => Some(said.en.clone()),
            _ => None,
        });
        said.collect::<Vec<_>>().join("\n")
    };
    assert!(told(&events).contains("outside its own folder: ../far/gone too.geojson"), "{events:?}");
    let packed = place.0.path().join("q.shanshui.zip");
    let view = ProjectView { center: LonLat::new(121.4, 31.4), scale: 1e4 };
    one.execute(Command::Pack(packed.clone(), view));
    let events = finish(&mut one);
    assert!(matches!(events[0], Event::Packed(_)), "{events:?}");
    for name in ["gone.geojson", "gone too.geojson", "t.toml", "own.toml"] {
        assert!(told(&events).contains(name), "{name}: {events:?}");
    }
    let opened = unpack(&packed, &Limits::default(), &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
    let text = std::fs::read_to_string(&opened).expect("there");
    assert!(text.contains("甲类口"), "{text}");

    // Saved elsewhere the project means the same files.
    std::fs::create_dir(place.0.path().join("far")).expect("a folder");
    let elsewhere = place.0.path().join("far/r.shanshui.json");
    for _ in 0..2 {
        one.execute(Command::SaveProject(elsewhere.clone(), view));
        finish(&mut one);
        let text = std::fs::read_to_string(&elsewhere).expect("written");
        for file in ["../project/outlet.geojson", "../project/gone.geojson", "\"gone too.geojson"] {
            assert!(text.contains(file), "{file}: {text}");
        }
    }
}

/// The session's layers, and what it says is left out, once an archive was opened.
fn opened(project: &str, beside: &[&str]) -> (Vec<String>, Vec<String>) {
    let place = Place::new();
    for name in beside {
        std::fs::write(place.0.path().join(name), r#"{"type":"Point","coordinates":[121.4,31.4]}"#).expect("writable");
    }
    let project = project.replace("FOLDER", &place.0.path().display().to_string());
    let path = place.put(&zip(&[member("p.shanshui.json", project.as_bytes()), member("layers/a.geojson", LAYER)]));
    let mut session = session();
    session.execute(Command::Open(vec![path], None));
    finish(&mut session);
    let names = session.layers().iter().map(|layer| layer.layer().source.file_name.clone()).collect();
    let told = session.contents().ignored.iter().filter(|ignored| ignored.why.id() != "no-role");
    (names, told.map(|ignored| format!("{} {}", ignored.file, ignored.why.id())).collect())
}

#[test]
fn layers_and_plans_outside_of_an_archive_are_told_and_not_read() {
    for outside in ["../x.geojson", "FOLDER/x.geojson", "layers/../../x.geojson", "./../x.geojson"] {
        let project = format!(r#"{{"shanshui":1,"layers":[{{"file":"{outside}"}},{{"file":"layers/a.geojson"}}]}}"#);
        let (layers, left_out) = opened(&project, &["x.geojson"]);
        assert_eq!(layers, ["a.geojson"], "{outside}");
        assert!(left_out.len() == 1 && left_out[0].ends_with("x.geojson outside"), "{left_out:?}");
    }
    let (layers, left_out) =
        opened(r#"{"shanshui":1,"plan":"../own.toml","layers":[{"file":"layers/a.geojson"}]}"#, &[]);
    assert_eq!((layers.len(), left_out), (1, vec!["../own.toml outside".to_owned()]));
    // Inside, whatever way it is named.
    let (layers, left_out) = opened(r#"{"shanshui":1,"layers":[{"file":"layers/../layers/a.geojson"}]}"#, &[]);
    assert_eq!((layers.len(), left_out.len()), (1, 0));
}

#[test]
fn an_unpacked_project_keeps_what_was_not_read() {
    let place = Place::new();
    std::fs::write(place.0.path().join("x.geojson"), LAYER).expect("writable");
    let text = br#"{"shanshui":1,"layers":[{"file":"../x.geojson","role":"park"},{"file":"layers/a.geojson"}]}"#;
    let path = place.put(&zip(&[member("p.shanshui.json", text), member("layers/a.geojson", LAYER)]));
    let mut session = session();
    session.execute(Command::Open(vec![path], None));
    finish(&mut session);
    let own = place.0.path().join("p/p.shanshui.json");
    session.execute(Command::SaveProject(own.clone(), ProjectView { center: LonLat::new(121.4, 31.4), scale: 1.0 }));
    finish(&mut session);
    let saved = std::fs::read_to_string(&own).expect("there");
    assert!(saved.contains("../x.geojson") && saved.contains("park"), "{saved}");
}
