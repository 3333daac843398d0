//! What a project consists of, that what is read is one state of a file, and that parameters are held to their rules: every
//! case that was found to fail, and others of its kind.

use crate::common::maps;
use crate::program::*;
use serde_json::{Value, json};
use shanshui::io::{ReadCause, ReadOptions, read_layer};
use shanshui::model::Role;
use shanshui::progress::Progress;
use shanshui::session::{Command, Event, Session};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A folder of the sample's outlets, shore and source zones.
fn folder_of_outlets() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let inside = folder.path().join("p");
    std::fs::create_dir(&inside).expect("a folder");
    for name in ["outlet.geojson", "shoreline.geojson", "water_source_zone.geojson"] {
        std::fs::copy(maps().join("baoshan").join(name), inside.join(name)).expect("copied");
    }
    folder
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("JSON")
}

/// How many features two rules find in a project, and its summary.
fn found(folder: &Path, project: &str) -> ([u64; 2], Value) {
    let ids = ["outlets-near-yangtze", "outlets-in-source-zones"];
    let done = run(folder, &["run", project, ids[0], ids[1], "-o", "out", "--json"]);
    let told = summary(&done);
    let of = |id: &str| {
        let rules = told["rules"].as_array().expect("rules").iter();
        rules.clone().find(|rule| rule["id"] == id).and_then(|rule| rule["features"].as_u64()).expect("a number")
    };
    (ids.map(of), told.clone())
}

fn ignored(summary: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = summary["ignored"].as_array().expect("what is left out");
    all.iter().map(|one| (text(&one["file"]), text(&one["reason"]))).collect()
}

#[test]
fn what_lies_beside_the_layers_is_counted_by_nobody() {
    let folder = folder_of_outlets();
    let project = folder.path().join("p");
    let (expected, told) = found(folder.path(), "p");
    assert_eq!(expected, [54, 24]);
    assert!(ignored(&told).is_empty(), "{told}");
    let of_role: Vec<_> = told["layers"].as_array().expect("layers").iter().map(|one| one["role"].clone()).collect();
    assert_eq!(of_role, ["outlet", "shoreline", "water_source_zone"]);
    assert_eq!(told["layers"][0], json!({"role": "outlet", "file": "outlet.geojson", "reason": "name"}));

    let near = ["within", "outlet.geojson", "--of", "shoreline.geojson", "--distance", "2000", "-o", "near.geojson"];
    assert_eq!(status(&run(&project, &near)), 0);
    let outlets = std::fs::read_to_string(project.join("outlet.geojson")).expect("readable");
    // As another program writes an answer: its members in another order.
    let answer = read(&project.join("near.geojson"));
    let late = format!(
        r#"{{"type":"FeatureCollection","features":{},"shanshui":{}}}"#,
        answer["features"], answer["shanshui"]
    );
    let fewer = outlets.replacen("\"id\"", "\"was\"", 1);
    for (name, text, reason) in [
        ("near.geojson", std::fs::read_to_string(project.join("near.geojson")).expect("readable"), "answer"),
        ("排污口近岸.geojson", late, "answer"),
        ("._outlet.geojson", "\0\x05\x16\x07Mac OS X".to_owned(), "hidden"),
        (".outlet.geojson", outlets.clone(), "hidden"),
        ("outlet copy.geojson", outlets.clone(), "copy"),
        ("outlet (1).geojson", fewer.clone(), "copy"),
        ("outlet 副本.geojson", "not even JSON".to_owned(), "copy"),
        ("Outlet - Copy (2).geojson", fewer.clone(), "copy"),
        ("拷贝 outlet.geojson", fewer, "copy"),
        ("入河排污口.geojson", outlets.clone(), "same-content"),
        ("a-outlet.geojson", outlets.clone(), "same-content"),
        ("findings.geojson", r#"{"type":"FeatureCollection","features":[]}"#.to_owned(), "findings"),
    ] {
        std::fs::write(project.join(name), text).expect("writable");
        let (now, told) = found(folder.path(), "p");
        assert_eq!(now, expected, "{name}");
        assert!(ignored(&told).contains(&(name.to_owned(), reason.to_owned())), "{name}: {told}");
    }
    // Pictures beside the layers stop nothing.
    let tiles = include_bytes!("fuzz/corpus/raster/gpkg");
    for name in ["base.gpkg", "outlet.GPKG"] {
        std::fs::write(project.join(name), tiles).expect("writable");
        let (now, told) = found(folder.path(), "p");
        assert_eq!(now, expected, "{name}");
        assert!(ignored(&told).contains(&(name.to_owned(), "tiles".to_owned())), "{name}: {told}");
    }
    for (name, bytes) in [
        ("base.png", &include_bytes!("fuzz/corpus/raster/png")[..]),
        ("base.tif", include_bytes!("fuzz/corpus/raster/tiff")),
        ("base.mbtiles", include_bytes!("fuzz/corpus/raster/mbtiles")),
        ("base.pmtiles", include_bytes!("fuzz/corpus/raster/pmtiles")),
    ] {
        std::fs::write(project.join(name), bytes).expect("writable");
        assert_eq!(found(folder.path(), "p").0, expected, "{name}");
    }
    // Said on standard error too, with the reason.
    let done = run(folder.path(), &["run", "p", "outlets-near-yangtze", "-o", "out"]);
    let said = stderr(&done);
    for words in ["3 layers", "near.geojson (an answer of this program)", "._outlet.geojson (a hidden file)"] {
        assert!(said.contains(words), "{said}");
    }
    // And to those who only look.
    let zone = ["inspect", "p", "--zone", "p/water_source_zone.geojson", "-o", "in.geojson", "--json"];
    let inside = summary(&run(folder.path(), &zone));
    std::fs::remove_file(project.join("near.geojson")).expect("there");
    assert_eq!(summary(&run(folder.path(), &zone))["layers"], inside["layers"]);
}

#[test]
fn a_second_file_of_a_role_is_refused_unless_the_project_says_so() {
    let folder = folder_of_outlets();
    let project = folder.path().join("p");
    let outlets = std::fs::read_to_string(project.join("outlet.geojson")).expect("readable");
    let other = format!("{outlets}\n");
    let refused = |what: &str| {
        let done = run(folder.path(), &["run", what, "outlets-near-yangtze", "-o", "out"]);
        assert_eq!(status(&done), 3, "{what}: {}", stderr(&done));
        assert!(!folder.path().join("out").exists(), "{what}: nothing is written");
        stderr(&done)
    };
    for name in ["outlets2.geojson", "新排污口.geojson", "a_outlet.geojson"] {
        std::fs::write(project.join(name), &other).expect("writable");
        let said = refused("p");
        assert!(said.contains("outlet.geojson") && said.contains(name) && said.contains("Outlets"), "{said}");
        let cards = run(folder.path(), &["cards", "p", "-o", "cards.html"]);
        assert_eq!((status(&cards), folder.path().join("cards.html").exists()), (3, false));
        std::fs::remove_file(project.join(name)).expect("there");
    }
    std::fs::write(project.join("outlets2.geojson"), &other).expect("writable");
    // Two copies of a file that is not there: which of them is it?
    let layer = |file: &str, role: Value| json!({"file": file, "role": role});
    let write = |name: &str, layers: Value| {
        let text = json!({"shanshui": 1, "layers": layers}).to_string();
        std::fs::write(project.join(name), text).expect("writable");
    };
    let shore = layer("shoreline.geojson", json!("shoreline"));
    let zones = layer("water_source_zone.geojson", json!("water_source_zone"));
    // The project's word decides, not a guess.
    write(
        "both.shanshui.json",
        json!([layer("outlet.geojson", json!("outlet")), layer("outlets2.geojson", json!("outlet")), shore, zones]),
    );
    assert_eq!(found(folder.path(), "p/both.shanshui.json").0, [108, 48].map(|n: u64| n));
    std::fs::remove_dir_all(folder.path().join("out")).expect("there");
    write(
        "guess.shanshui.json",
        json!([layer("outlet.geojson", json!("outlet")), layer("outlets2.geojson", Value::Null), shore, zones]),
    );
    assert!(refused("p/guess.shanshui.json").contains("outlets2.geojson"));
    // One file twice is one file.
    write(
        "twice.shanshui.json",
        json!([layer("outlet.geojson", json!("outlet")), layer("../p/outlet.geojson", json!("outlet")), shore, zones]),
    );
    let (twice, told) = found(folder.path(), "p/twice.shanshui.json");
    assert_eq!(twice, [54, 24]);
    assert_eq!(ignored(&told), [("outlet.geojson".to_owned(), "same-file".to_owned())]);
    // A copy alone is the layer; and an earlier version that is the same is another role.
    std::fs::remove_file(project.join("outlets2.geojson")).expect("there");
    std::fs::rename(project.join("outlet.geojson"), project.join("outlet (1).geojson")).expect("there");
    assert_eq!(found(folder.path(), "p").0, [54, 24]);
    for name in ["red_line.geojson", "red_line_before.geojson"] {
        std::fs::copy(maps().join("baoshan/red_line.geojson"), project.join(name)).expect("copied");
    }
    let told = found(folder.path(), "p").1;
    assert!(told["layers"].to_string().contains("red_line_before"), "{told}");
    // The same file in two arguments.
    let inspect = |paths: &[&str]| {
        let rest = ["--zone", "p/water_source_zone.geojson", "-o", "in.geojson", "--json"];
        let all: Vec<&str> = ["inspect"].iter().chain(paths).chain(&rest).copied().collect();
        summary(&run(folder.path(), &all))["layers"]["outlet"]["count"].clone()
    };
    assert_eq!(inspect(&["p"]), inspect(&["p", "p/outlet (1).geojson"]));
}

fn opened(path: &Path) -> (Session, Vec<Event>) {
    let mut session = Session::new(ReadOptions::default(), Arc::new(|| {}));
    session.execute(Command::Open(vec![path.to_owned()], None));
    let (start, mut events) = (Instant::now(), Vec::new());
    loop {
        events.extend(session.poll());
        if session.jobs().is_empty() {
            return (session, events);
        }
        assert!(start.elapsed() < Duration::from_secs(120), "a job does not end");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn the_window_takes_the_same_files_and_the_same_rules() {
    let folder = folder_of_outlets();
    let project = folder.path().join("p");
    let outlets = std::fs::read_to_string(project.join("outlet.geojson")).expect("readable");
    std::fs::write(project.join("outlet copy.geojson"), &outlets).expect("writable");
    std::fs::write(project.join("._outlet.geojson"), "Mac OS X").expect("writable");
    std::fs::create_dir(project.join("rules")).expect("a folder");
    let ours = std::fs::read_to_string("assets/rules/outlets-near-yangtze.toml").expect("there");
    let mine = ours.replacen("outlets-near-yangtze", "mine", 1);
    std::fs::write(project.join("rules/mine.toml"), &mine).expect("writable");
    let (session, events) = opened(&project);
    assert_eq!(session.layers().len(), 3);
    assert_eq!(session.contents().ignored.len(), 2);
    assert!(session.catalogue().get("mine").is_some(), "a folder's own rules");
    assert!(events.iter().any(|event| matches!(event, Event::Contents(contents) if contents.layers.len() == 3)));
    assert!(!events.iter().any(|event| matches!(event, Event::ReadFailed(_))), "{events:?}");
    // A second file of a role is open and not counted until somebody says what it is.
    std::fs::write(project.join("outlets2.geojson"), format!("{outlets}\n")).expect("writable");
    let (session, _) = opened(&project);
    let outlet = session.layers().iter().filter(|layer| layer.role == Some(Role::Outlet)).count();
    assert_eq!((session.layers().len(), outlet, session.contents().doubled.len()), (4, 1, 1));
    // A rule that is wrong, and a project's value that is, are told; the value is not used.
    std::fs::write(project.join("rules/mine.toml"), mine.replace("default = 2000.0", "default = nan"))
        .expect("writable");
    let text = json!({"shanshui": 1, "layers": [{"file": "outlet.geojson"}],
        "parameters": {"outlets-near-yangtze": {"distance_m": 5e6}, "sea-outlets": {"nothing": 1}}});
    std::fs::write(project.join("q.shanshui.json"), text.to_string()).expect("writable");
    let (session, events) = opened(&project.join("q.shanshui.json"));
    assert_eq!(events.iter().filter(|event| matches!(event, Event::ValueFailed(_))).count(), 2, "{events:?}");
    assert!(events.iter().any(|event| matches!(event, Event::RuleFailed(_))));
    assert!(session.catalogue().get("mine").is_none());
}

#[test]
fn the_samples_open_as_they_did() {
    for (name, layers) in [("baoshan", 40), ("putuo", 24), ("jinshan", 7)] {
        let (session, _) = opened(&maps().join(name));
        assert_eq!(session.layers().len(), layers, "{name}");
        assert!(session.layers().iter().all(|layer| layer.role.is_some()), "{name}");
        assert!(session.contents().ignored.is_empty() && session.contents().doubled.is_empty(), "{name}");
    }
}

/// What is no regular file.
#[cfg(unix)]
#[test]
fn what_never_ends_is_refused_by_name() {
    let folder = folder_of_outlets();
    let project = folder.path().join("p");
    let park = project.join("park.geojson");
    let refused = |arguments: &[&str], name: &str, word: &str| {
        let start = Instant::now();
        let done = run(folder.path(), arguments);
        assert_eq!(status(&done), 3, "{arguments:?}: {}", stderr(&done));
        assert!(stderr(&done).contains(name) && stderr(&done).contains(word), "{}", stderr(&done));
        assert!(start.elapsed() < Duration::from_secs(60), "{arguments:?}");
    };
    let run_it = ["run", "p", "outlets-near-yangtze", "-o", "out"];
    let pipe = std::process::Command::new("mkfifo").arg(&park).status();
    if pipe.is_ok_and(|status| status.success()) {
        refused(&run_it, "park.geojson", "a pipe");
        refused(&["info", "p/park.geojson"], "park.geojson", "a pipe");
        let within = ["within", "p/outlet.geojson", "--of", "p/park.geojson", "--distance", "1", "-o", "o.geojson"];
        refused(&within, "park.geojson", "a pipe");
        std::fs::remove_file(&park).expect("there");
        // Whatever it is called: it is refused or left out, by name.
        for name in
            ["x.zip", "X.ZIP", "x.shanshui.zip", "x.gpkg", "x.shp", "x.xlsx", "x.csv", "x.kmz", "x.dwg", "x.gdb"]
        {
            let pipe = project.join(name);
            assert!(std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()));
            for command in [&run_it[..], &["rules", "p"], &["cards", "p", "-o", "c.html"]] {
                let done = run(folder.path(), command);
                let said = format!("{}{}", stderr(&done), String::from_utf8_lossy(&done.stdout));
                assert!(matches!(status(&done), 0 | 3) && said.contains(name), "{command:?} {name}: {said}");
            }
            std::fs::remove_file(&pipe).expect("there");
        }
    }
    std::fs::create_dir(&park).expect("a folder");
    refused(&run_it, "park.geojson", "a folder");
    std::fs::remove_dir(&park).expect("there");
    let socket = std::os::unix::net::UnixListener::bind(&park);
    if socket.is_ok() {
        refused(&run_it, "park.geojson", "a socket");
        std::fs::remove_file(&park).expect("there");
    }
    std::os::unix::fs::symlink("/dev/zero", &park).expect("a link");
    refused(&run_it, "park.geojson", "a device");
    refused(&["info", "/dev/zero"], "zero", "a device");
    std::fs::remove_file(&park).expect("there");
    std::os::unix::fs::symlink("nowhere", &park).expect("a link");
    refused(&run_it, "park.geojson", "");
    std::fs::remove_file(&park).expect("there");
    // A file that holds nothing and says that it is huge.
    let huge = std::fs::File::create(&park).expect("writable");
    if huge.set_len(1 << 40).is_ok() {
        refused(&run_it, "park.geojson", "too large");
        std::fs::write(&park, "{\"type\":\"FeatureCollection\",\"features\":[").expect("writable");
        let huge = std::fs::OpenOptions::new().write(true).open(&park).expect("there");
        huge.set_len(1 << 40).expect("as before");
        refused(&run_it, "park.geojson", "");
    }
    std::fs::remove_file(&park).expect("there");
    // Projects and rules too.
    std::fs::create_dir(project.join("rules")).expect("a folder");
    let rule = project.join("rules/mine.toml");
    if std::process::Command::new("mkfifo").arg(&rule).status().is_ok_and(|status| status.success()) {
        let done = run(folder.path(), &["run", "p", "outlets-near-yangtze", "-o", "out"]);
        assert!(status(&done) == 0 && stderr(&done).contains("mine.toml"), "{}", stderr(&done));
        let pipe = project.join("q.shanshui.json");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().is_ok_and(|status| status.success()));
        refused(&["run", "p/q.shanshui.json", "-o", "out"], "q.shanshui.json", "");
    }
}

/// A layer of so many points, all in one place.
fn points(count: usize, lat: &str) -> String {
    let one = |i: usize| {
        format!(
            r#"{{"type":"Feature","properties":{{"k":"{i:07}","at":"{lat}"}},"geometry":{{"type":"Point","coordinates":[121.40,{lat}]}}}}"#
        )
    };
    let all: Vec<String> = (0..count).map(one).collect();
    format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}", all.join(",\n"))
}

/// Ends a writer when it goes.
struct Stops<'a>(&'a std::sync::atomic::AtomicBool);

impl Drop for Stops<'_> {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

fn sha256(text: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_file_that_is_rewritten_while_it_is_read_is_one_state_or_refused() {
    use std::io::Write;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("x.geojson");
    for (count, in_place, piece) in [(3_000, true, 1 << 14), (3_000, false, 1 << 14), (40_000, true, 1 << 19)] {
        let states = [points(count, "31.00"), points(count, "41.00")];
        // Whatever stands in the file at some moment, also where the writer is kept from going on for long.
        let mut moments: std::collections::HashSet<String> = states.iter().map(|s| sha256(s.as_bytes())).collect();
        for (new, old) in [(&states[0], &states[1]), (&states[1], &states[0])] {
            for at in (0..new.len()).step_by(piece) {
                moments.insert(sha256(format!("{}{}", &new[..at], if in_place { &old[at..] } else { "" }).as_bytes()));
            }
        }
        std::fs::write(&path, &states[0]).expect("writable");
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            // Also where a claim below fails.
            let _stops = Stops(&stop);
            scope.spawn(|| {
                for state in states.iter().cycle().take_while(|_| !stop.load(std::sync::atomic::Ordering::Relaxed)) {
                    let mut file = match in_place {
                        true => std::fs::OpenOptions::new().write(true).open(&path).expect("there"),
                        false => std::fs::File::create(&path).expect("writable"),
                    };
                    for piece in state.as_bytes().chunks(piece) {
                        file.write_all(piece).expect("writable");
                        std::thread::sleep(Duration::from_micros(200));
                    }
                    std::thread::sleep(Duration::from_millis(30));
                }
            });
            let options = ReadOptions { is_hashed: true, ..ReadOptions::default() };
            for _ in 0..12 {
                match read_layer(&path, &options, &Progress::default()) {
                    Ok(layer) => {
                        let read = layer.source.digest.sha256().expect("known").to_owned();
                        assert!(moments.contains(&read), "half of one state and half of another");
                        assert_eq!(layer.len(), count);
                    }
                    // What a writer that is kept waiting leaves half done is no whole file.
                    Err(e) if !in_place && matches!(e.cause, ReadCause::Syntax(_) | ReadCause::NothingInIt) => {}
                    Err(e) => assert_eq!(e.cause, ReadCause::Changed, "{e}"),
                }
            }
        });
    }
    // And where it is at rest again, it is read.
    std::fs::write(&path, points(10, "31.00")).expect("writable");
    assert!(read_layer(&path, &ReadOptions::default(), &Progress::default()).is_ok());
}

#[test]
fn of_members_of_one_name_the_last_counts_and_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |place: [f64; 2]| json!({"type": "Point", "coordinates": place}).to_string();
    let (here, there) = (at([121.4, 31.4]), at([100.0, 20.0]));
    let target = format!(
        r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{}},"geometry":{here}}}]}}"#
    );
    std::fs::write(folder.path().join("t.geojson"), target).expect("writable");
    let feature = |members: &str| format!(r#"{{"type":"Feature",{members}}}"#);
    let collection = |features: &str| format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#);
    let line = r#"{"type":"LineString","coordinates":[[121.4,31.4],[121.5,31.5]]}"#;
    let cases = [
        ("geometry", collection(&feature(&format!(r#""geometry":{here},"geometry":{there},"properties":{{"a":1}}"#)))),
        (
            "a line first",
            collection(&feature(&format!(r#""geometry":{line},"properties":{{"a":1}},"geometry":{there}"#))),
        ),
        (
            "a broken one first",
            collection(&feature(&format!(
                r#""geometry":{{"type":"Point","coordinates":["x"]}},"geometry":{there},"properties":{{"a":1}}"#
            ))),
        ),
        (
            "one out of range first",
            collection(&feature(&format!(
                r#""geometry":{{"type":"Point","coordinates":[900,900]}},"geometry":{there},"properties":{{"a":1}}"#
            ))),
        ),
        ("null first", collection(&feature(&format!(r#""geometry":null,"properties":{{"a":1}},"geometry":{there}"#)))),
        (
            "coordinates",
            collection(&feature(
                r#""properties":{"a":1},"geometry":{"type":"Point","coordinates":[121.4,31.4],"coordinates":[100.0,20.0]}"#,
            )),
        ),
        (
            "type and coordinates",
            collection(&feature(
                r#""properties":{"a":1},"geometry":{"type":"LineString","coordinates":[[121.4,31.4],[121.4,31.5]],"coordinates":[100.0,20.0],"type":"Point"}"#,
            )),
        ),
        (
            "an escaped name",
            collection(&feature(&format!(r#""geometry":{here},"properties":{{"a":1}},"geometr\u0079":{there}"#))),
        ),
        (
            "properties",
            collection(&feature(&format!(r#""properties":{{"a":7,"b":1}},"geometry":{there},"properties":{{"a":1}}"#))),
        ),
        ("a property", collection(&feature(&format!(r#""properties":{{"a":7,"\u0061":8,"a":1}},"geometry":{there}"#)))),
        ("id", collection(&feature(&format!(r#""id":"x","properties":{{"a":1}},"geometry":{there},"id":"y""#)))),
        (
            "a foreign member",
            collection(&feature(&format!(r#""note":1,"properties":{{"a":1}},"geometry":{there},"note":2"#))),
        ),
        (
            "features",
            format!(
                r#"{{"type":"FeatureCollection","features":[{}],"features":[{}]}}"#,
                feature(&format!(r#""properties":{{}},"geometry":{here}"#)),
                feature(&format!(r#""properties":{{"a":1}},"geometry":{there}"#))
            ),
        ),
    ];
    for (name, text) in cases {
        // The same once more behind so much that the file is read in blocks.
        for large in [false, true] {
            let text = if large { format!("{text}{}", " ".repeat(5 << 20)) } else { text.clone() };
            std::fs::write(folder.path().join("d.geojson"), &text).expect("writable");
            let told = summary(&run(folder.path(), &["info", "d.geojson", "--json"]));
            let health = told["files"][0]["health"].to_string();
            assert!(health.contains("duplicate-member"), "{name}: {health}");
            assert!(!health.contains("out-of-range") && !health.contains("bad-geometry"), "{name}: {health}");
            let within = ["within", "d.geojson", "--of", "t.geojson", "--distance", "1", "-o", "o.geojson", "--json"];
            let near = summary(&run(folder.path(), &within));
            assert_eq!((near["features_in"].as_u64(), near["matched"].as_u64()), (Some(1), Some(0)), "{name}");
            let beyond: Vec<&str> = within.iter().copied().chain(["--beyond"]).collect();
            assert_eq!(summary(&run(folder.path(), &beyond))["matched"], 1, "{name}");
            assert_eq!(status(&run(folder.path(), &["convert", "d.geojson", "c.geojson"])), 0, "{name}");
            // A reader that keeps the first reads what one reads that keeps the last.
            for file in ["o.geojson", "c.geojson"] {
                let text = std::fs::read_to_string(folder.path().join(file)).expect("written");
                let json: Value = serde_json::from_str(&text).expect("JSON");
                let feature = &json["features"][0];
                assert_eq!(feature["geometry"], serde_json::from_str::<Value>(&there).expect("JSON"), "{name} {file}");
                assert_eq!(
                    (&feature["properties"]["a"], &feature["properties"]["b"]),
                    (&json!(1), &Value::Null),
                    "{name}"
                );
                let head = text.rsplit("\"features\"").next().expect("features");
                for member in ["\"geometry\"", "\"properties\"", "\"coordinates\"", "\"id\"", "\"note\"", "\"a\""] {
                    assert!(head.matches(member).count() <= 1, "{name} {file}: {member} in {head}");
                }
                assert_eq!(text.matches("\"features\":[").count(), 1, "{name} {file}");
            }
            // What is written has nothing twice any more.
            let told = summary(&run(folder.path(), &["info", "c.geojson", "--json"]));
            assert_eq!(told["files"][0]["health"], json!([]), "{name}");
        }
    }
}

/// Features with a property of their own each.
fn sparse(rows: usize) -> String {
    let one = |i: usize| {
        format!(
            r#"{{"type":"Feature","properties":{{"all":1,"p{i}":{i}}},"geometry":{{"type":"Point","coordinates":[121.4,31.4]}}}}"#
        )
    };
    format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", (0..rows).map(one).collect::<Vec<_>>().join(",\n"))
}

/// Runs the program with so many KiB of address space.
#[cfg(unix)]
fn run_within(folder: &Path, kib: u64, arguments: &[&str]) -> std::process::Output {
    let line = format!("ulimit -v {kib} && exec \"$0\" \"$@\"");
    std::process::Command::new("sh")
        .args(["-c", &line, env!("CARGO_BIN_EXE_shanshui")])
        .args(arguments)
        .args(["--lang", "en"])
        // Address space that many cores reserve and do not use is none of the program's memory.
        .envs([("RAYON_NUM_THREADS", "2"), ("MALLOC_ARENA_MAX", "1")])
        .current_dir(folder)
        .output()
        .expect("a shell")
}

#[cfg(unix)]
#[test]
fn a_table_of_many_columns_takes_memory_by_its_cells() {
    let folder = tempfile::tempdir().expect("a folder");
    // A byte a row and column would be 1.6 GB.
    std::fs::write(folder.path().join("a.geojson"), sparse(40_000)).expect("writable");
    let within = |arguments: &[&str]| {
        let done = run_within(folder.path(), 1_200_000, arguments);
        assert_eq!(status(&done), 0, "{arguments:?}: {}", stderr(&done));
        done
    };
    within(&["convert", "a.geojson", "b.geojson"]);
    let written = read(&folder.path().join("b.geojson"));
    assert_eq!(written["features"].as_array().map(Vec::len), Some(40_000));
    assert_eq!(written["features"][39_999]["properties"], json!({"all": 1, "p39999": 39_999}));
    let told = summary(&within(&["info", "a.geojson", "--json"]));
    let properties = told["files"][0]["properties"].as_array().expect("properties").clone();
    assert_eq!(properties.len(), 40_001);
    assert_eq!((&properties[0]["present"], &properties[40_000]["present"]), (&json!(40_000), &json!(1)));
    let one = summary(&within(&["convert", "a.geojson", "c.geojson", "--where", "p17 = 17", "--json"]));
    assert_eq!(one["matched"], 1);
}

/// Refused before anything is looked at: rows times columns are many cells.
#[test]
fn more_columns_than_a_format_holds_are_refused_with_both_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("a.geojson"), sparse(20_000)).expect("writable");
    for (ending, most) in
        [("gpkg", "1,998"), ("csv", "16,382"), ("xlsx", "16,382"), ("shp", "2,046"), ("dbf", "2,046"), ("fgb", "4,096")]
    {
        let done = run(folder.path(), &["convert", "a.geojson", &format!("b.{ending}"), "--overwrite"]);
        let told = stderr(&done);
        assert!(status(&done) == 4 && told.contains("20,001 fields") && told.contains(most), "{ending}: {told}");
    }
    // Nothing of it is there; GeoJSON takes them all.
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    assert_eq!(status(&run(folder.path(), &["convert", "a.geojson", "b.geojson"])), 0);
}

#[test]
fn lengths_are_taken_with_their_units_and_each_once() {
    let folder = folder_of_outlets();
    let near = "outlets-near-yangtze";
    let found = |parameters: &str| {
        let text = format!(
            r#"{{"shanshui":1,"parameters":{parameters},"layers":[{{"file":"outlet.geojson"}},{{"file":"shoreline.geojson"}}]}}"#
        );
        std::fs::write(folder.path().join("p/q.shanshui.json"), text).expect("writable");
        run(folder.path(), &["run", "p/q.shanshui.json", near, "-o", "out", "--json"])
    };
    let features = |done: &std::process::Output| summary(done)["rules"][0]["features"].as_u64().expect("a number");
    let plain = features(&found(&format!(r#"{{"{near}":{{"distance_m":1500}}}}"#)));
    for text in ["1.5 km", "1500 m", "1,500米", "1.5千米", "１.５公里"] {
        let done = found(&format!(r#"{{"{near}":{{"distance_m":"{text}"}}}}"#));
        assert_eq!(features(&done), plain, "{text}");
    }
    for twice in [
        format!(r#"{{"{near}":{{"distance_m":1500,"distance_m":2000}}}}"#),
        format!(r#"{{"{near}":{{"distance_m":1500}},"{near}":{{}}}}"#),
    ] {
        let done = found(&twice);
        assert_eq!(status(&done), 3, "{}", stderr(&done));
        let name = if twice.contains("2000") { "distance_m" } else { near };
        assert!(stderr(&done).contains(name) && stderr(&done).contains("line 1"), "{}", stderr(&done));
    }
    // On the command line likewise.
    let within = |distance: &str| {
        run(
            folder.path(),
            &["within", "p/outlet.geojson", "--of", "p/shoreline.geojson", "--distance", distance, "-o", "w.geojson"],
        )
    };
    let answer = || std::fs::read_to_string(folder.path().join("w.geojson")).expect("written");
    let features_of = |text: &str| text.lines().skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(status(&within("1500")), 0);
    let plain = features_of(&answer());
    for distance in ["1.5km", "1.5 km", "1500m", "1.5千米"] {
        assert_eq!(status(&within(distance)), 0, "{distance}");
        assert_eq!(features_of(&answer()), plain, "{distance}");
    }
    for (distance, word) in
        [("30 %", "2km"), ("2 ha", "2km"), ("2 miles", "not known"), ("2,5 km", "number"), ("-1", "negative")]
    {
        let done = within(distance);
        assert_eq!(status(&done), 2, "{distance}: {}", stderr(&done));
        assert!(stderr(&done).contains(word) || distance == "-1", "{distance}: {}", stderr(&done));
    }
}

#[test]
fn members_that_are_not_known_are_named_with_what_was_meant() {
    let folder = folder_of_outlets();
    let project = folder.path().join("p");
    let text = r#"{"shanshui": 1, "paramters": {},
"layers": [{"file": "outlet.geojson", "role": "outlet",
    "visble": false},
  {"file": "shoreline.geojson", "style": {"lables":
    {"column": "name"}}}]}"#;
    std::fs::write(project.join("q.shanshui.json"), text).expect("writable");
    let finding = json!({"id": "a", "rule": "a", "name": "a", "verdict": "ban", "reason": "a", "state": "发现",
        "found_on": "2026-01-01", "seen_on": "2026-01-01", "dedline": "2026-12-01", "照片": "1.jpg"});
    let findings = json!({"type": "FeatureCollection", "features": [
        {"type": "Feature", "bbox": [1, 2, 3, 4], "properties": finding, "geometry": null}]});
    std::fs::write(project.join("findings.geojson"), findings.to_string()).expect("writable");
    for command in [
        &["run", "p/q.shanshui.json", "outlets-near-yangtze", "-o", "out"][..],
        &["rules", "p/q.shanshui.json"],
        &["cards", "p/q.shanshui.json", "-o", "c.html"],
        &["run", "p/q.shanshui.json", "findings", "-o", "found"],
    ] {
        let done = run(folder.path(), command);
        let told = stderr(&done);
        assert_eq!(status(&done), 0, "{command:?}: {told}");
        for words in [
            "q.shanshui.json, line 1: paramters is not known (did you mean parameters?)",
            "q.shanshui.json, line 3: layers[0].visble is not known (did you mean visible?)",
            "q.shanshui.json, line 4: layers[1].style.lables is not known (did you mean labels?)",
        ] {
            assert_eq!(told.matches(words).count(), 1, "{command:?}: {told}");
        }
        if command.contains(&"cards") || command.contains(&"findings") {
            assert!(told.contains("dedline is not known (did you mean deadline?)") && told.contains("照片"), "{told}");
        }
    }
    // What a run has no use for stands in its findings all the same.
    let found = std::fs::read_to_string(folder.path().join("found/findings.geojson")).expect("written");
    let found: Value = serde_json::from_str(&found).expect("JSON");
    let own = found["features"].as_array().expect("features").iter().find(|one| one["properties"]["id"] == "a");
    let own = own.expect("kept");
    assert_eq!((&own["bbox"], &own["properties"]["dedline"]), (&json!([1, 2, 3, 4]), &json!("2026-12-01")));
}

#[test]
fn files_outside_of_a_projects_folder_are_told_before_they_are_read() {
    let folder = folder_of_outlets();
    std::fs::create_dir(folder.path().join("q")).expect("a folder");
    let outside = ["../p/outlet.geojson", "../p/shoreline.geojson"];
    let put = |layers: &[&str]| {
        let layers: Vec<Value> = layers.iter().map(|file| json!({ "file": file })).collect();
        std::fs::write(folder.path().join("q/q.shanshui.json"), json!({"shanshui": 1, "layers": layers}).to_string())
            .expect("writable");
    };
    let commands = [
        &["run", "q/q.shanshui.json", "outlets-near-yangtze", "-o", "out"][..],
        &["rules", "q/q.shanshui.json"],
        &["cards", "q/q.shanshui.json", "-o", "c.html"],
    ];
    put(&outside);
    for command in commands {
        let done = run(folder.path(), command);
        let told = stderr(&done);
        assert_eq!(status(&done), 0, "{command:?}: {told}");
        // Once, and before what was read is listed.
        let said = "reads files outside its own folder: ../p/outlet.geojson, ../p/shoreline.geojson";
        assert_eq!(told.matches(said).count(), 1, "{command:?}: {told}");
        let listed = told.find("outlet.geojson (").or_else(|| told.rfind("outlet.geojson"));
        assert!(told.find(said) < listed, "{command:?}: {told}");
    }
    // Also where it cannot be read.
    put(&["../none.geojson"]);
    for command in commands {
        let done = run(folder.path(), command);
        assert_eq!(status(&done), 3, "{command:?}: {}", stderr(&done));
        assert!(stderr(&done).contains("outside its own folder: ../none.geojson"), "{}", stderr(&done));
    }
    std::fs::copy(folder.path().join("p/outlet.geojson"), folder.path().join("q/outlet.geojson")).expect("copied");
    put(&["outlet.geojson"]);
    for command in commands {
        let done = run(folder.path(), command);
        assert!(!stderr(&done).contains("outside its own folder"), "{command:?}: {}", stderr(&done));
    }
}

#[test]
fn a_packed_project_is_refused_with_the_way_to_it() {
    let folder = folder_of_outlets();
    let put = |name: &str, members: &[&str]| {
        let mut zip = zip::ZipWriter::new(std::fs::File::create(folder.path().join(name)).expect("writable"));
        for member in members {
            zip.start_file(*member, zip::write::SimpleFileOptions::default()).expect("writable");
            std::io::Write::write_all(&mut zip, b"{\"shanshui\":1,\"layers\":[]}").expect("writable");
        }
        zip.finish().expect("writable");
    };
    put("x.shanshui.zip", &["p.shanshui.json"]);
    put("two.zip", &["p.shanshui.json", "q.shanshui.json"]);
    put("photos.zip", &["a.jpg"]);
    for (file, words) in [
        ("x.shanshui.zip", vec!["packed project", "unzip x.shanshui.zip -d x", "x/p.shanshui.json"]),
        ("two.zip", vec!["p.shanshui.json, q.shanshui.json", "two/p.shanshui.json"]),
        ("photos.zip", vec!["holds no layer"]),
    ] {
        for command in [
            &["run", file, "-o", "out"][..],
            &["rules", file],
            &["cards", file, "-o", "c.html"],
            &["inspect", "p", "--zone", file, "-o", "i.geojson"],
            &["info", "p/outlet.geojson", file],
            &["within", "p/outlet.geojson", "--of", file, "--distance", "1", "-o", "w.geojson"],
            &["convert", file, "w.geojson"],
        ] {
            let done = run(folder.path(), command);
            assert_eq!(status(&done), 3, "{command:?}: {}", stderr(&done));
            assert!(words.iter().all(|word| stderr(&done).contains(word)), "{command:?}: {}", stderr(&done));
            assert!(!folder.path().join("out").exists());
        }
    }
    // A folder of that name is a folder, and what is not there is not there.
    std::fs::rename(folder.path().join("p"), folder.path().join("p.zip")).expect("moved");
    assert_eq!(status(&run(folder.path(), &["run", "p.zip", "outlets-near-yangtze", "-o", "out"])), 0);
    assert!(!stderr(&run(folder.path(), &["run", "none.zip", "-o", "out"])).contains("packed"));
}

#[test]
fn what_is_wrong_in_a_rule_or_a_word_is_said_once() {
    let folder = folder_of_outlets();
    let project = folder.path().join("p");
    let ours = std::fs::read_to_string("assets/rules/outlets-near-yangtze.toml").expect("there");
    std::fs::create_dir(project.join("rules")).expect("a folder");
    std::fs::write(project.join("rules/r.toml"), ours.replace("default = 2000.0", "default = nan")).expect("writable");
    std::fs::write(project.join("rules/s.toml"), "id = \"mine\"\ntitle = 3\n").expect("writable");
    let near = "outlets-near-yangtze";
    for (command, expected) in [
        (vec!["run", "p", near, "-o", "a"], 3),
        (vec!["run", "p", "mine", "-o", "a"], 3),
        (vec!["run", "p", "-o", "a"], 3),
        (vec!["rules", "p"], 0),
        (vec!["cards", "p", "-o", "c.html"], 0),
        // Both layers stand beside the same rules.
        (vec!["inspect", "p/outlet.geojson", "p/shoreline.geojson", "--zone", "zone.geojson", "-o", "z.geojson"], 0),
    ] {
        let zone = r#"{"type":"Polygon","coordinates":[[[121,31],[122,31],[122,32],[121,32],[121,31]]]}"#;
        std::fs::write(folder.path().join("zone.geojson"), zone).expect("writable");
        let done = run(folder.path(), &command);
        let told = stderr(&done);
        assert_eq!(status(&done), expected, "{command:?}: {told}");
        for file in ["r.toml, line", "s.toml, line"] {
            assert_eq!(told.matches(file).count(), 1, "{command:?}: {told}");
        }
        assert!(!told.contains("shanshui: ") || told.lines().last().is_some_and(|line| line.contains(command[2])));
    }
}

#[test]
fn parameters_are_held_to_what_their_rule_says() {
    let folder = folder_of_outlets();
    let project = folder.path().join("p");
    let ours = std::fs::read_to_string("assets/rules/outlets-near-yangtze.toml").expect("there");
    let mine = ours.replacen("outlets-near-yangtze", "mine", 1);
    std::fs::create_dir(project.join("rules")).expect("a folder");
    let line = mine.lines().position(|line| line.starts_with("default")).expect("there") + 1;
    for value in ["nan", "inf", "-5.0", "60000.0"] {
        let text = mine.replace("default = 2000.0", &format!("default = {value}"));
        std::fs::write(project.join("rules/r.toml"), text).expect("writable");
        let done = run(folder.path(), &["run", "p", "mine", "-o", "out"]);
        assert_eq!(status(&done), 3, "{value}: {}", stderr(&done));
        for words in ["r.toml", &format!("line {line}"), "distance_m"] {
            assert!(stderr(&done).contains(words), "{value}: {}", stderr(&done));
        }
        assert!(!folder.path().join("out").exists(), "{value}");
        // Where all rules are wanted, one is missing, and that is no success; the others are answered.
        let all = run(folder.path(), &["run", "p", "-o", "all", "--json"]);
        let told: Value = serde_json::from_slice(&all.stdout).expect("a summary");
        assert_eq!((status(&all), told["wrong_rules"].as_array().map(Vec::len)), (3, Some(1)), "{value}");
        assert!(told["rules"].as_array().is_some_and(|rules| rules.len() > 30), "{value}");
        std::fs::remove_dir_all(folder.path().join("all")).expect("there");
        // Another rule that is asked for alone does not stand back.
        assert_eq!(status(&run(folder.path(), &["run", "p", "outlets-near-yangtze", "-o", "one"])), 0);
    }
    // A wrong rule in the place of one of ours: ours does not answer for it.
    let text = ours.replace("default = 2000.0", "default = nan");
    std::fs::write(project.join("rules/r.toml"), text).expect("writable");
    let done = run(folder.path(), &["run", "p", "outlets-near-yangtze", "-o", "out"]);
    assert!(status(&done) == 3 && stderr(&done).contains("r.toml"), "{}", stderr(&done));
    std::fs::write(project.join("rules/r.toml"), &mine).expect("writable");

    let near = "outlets-near-yangtze";
    let write = |parameters: Value| {
        let layers = json!([{"file": "outlet.geojson"}, {"file": "shoreline.geojson"}]);
        let text = json!({"shanshui": 1, "layers": layers, "parameters": parameters}).to_string();
        std::fs::write(project.join("q.shanshui.json"), text).expect("writable");
    };
    for (parameters, words) in [
        (json!({near: {"distence_m": 500}}), vec!["distence_m", "did you mean distance_m"]),
        (json!({near: {"distance_m": 5_000_000}}), vec!["distance_m", "5000000", "50000"]),
        (json!({near: {"distance_m": -1}}), vec!["distance_m", "-1"]),
        (json!({"outlet-near-yangtze": {"distance_m": 500}}), vec!["did you mean outlets-near-yangtze"]),
        (json!({"mine": {"distance": 500}}), vec!["mine", "did you mean distance_m"]),
        (json!({near: {"distance_m": "500"}}), vec!["q.shanshui.json", "line 1"]),
        (json!({near: {"distance_m": "30 %"}}), vec!["q.shanshui.json", "distance_m", "30 %", "in m"]),
        (json!({near: {"distance_m": "400 m²"}}), vec!["distance_m", "400 m²"]),
        (json!({near: {"distance_m": "2 miles"}}), vec!["distance_m", "not known"]),
        (json!({near: {"distance_m": "60 km"}}), vec!["60000", "50000"]),
        (json!({near: {"distence_m": "2 km"}}), vec!["distence_m", "did you mean distance_m"]),
        (json!({near: {"distance_m": 500, "nothing_of_the_kind": 1}}), vec!["nothing_of_the_kind"]),
    ] {
        write(parameters.clone());
        for command in [
            vec!["run", "p/q.shanshui.json", near, "-o", "out"],
            vec!["cards", "p/q.shanshui.json", "-o", "c.html"],
            vec!["rules", "p/q.shanshui.json"],
        ] {
            let done = run(folder.path(), &command);
            assert_eq!(status(&done), 3, "{parameters}: {}", stderr(&done));
            assert!(words.iter().all(|word| stderr(&done).contains(word)), "{parameters}: {}", stderr(&done));
            assert!(stderr(&done).contains("line 1"), "{parameters}: {}", stderr(&done));
        }
        assert!(!folder.path().join("out").exists() && !folder.path().join("c.html").exists());
    }
    write(json!({near: {"distance_m": 50_000}, "mine": {"distance_m": 0}}));
    assert_eq!(status(&run(folder.path(), &["run", "p/q.shanshui.json", near, "mine", "-o", "out"])), 0);
}
