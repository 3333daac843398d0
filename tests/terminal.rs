//! What the program says, and where: strangers' names on a terminal, streams that are full or closed, options in any place,
//! text and JSON that nests without end, a machine without a screen.

use crate::common::maps;
use crate::program::*;
use serde_json::{Value, json};
use std::fs::{File, write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A title, a colour, a cleared screen, letters turned round, a C1 sequence, a forged line.
const EVIL: &str = "\u{1b}]0;PWNED\u{7}\u{1b}[31mRED\u{1b}[2J\u{202e}abc\u{202c}\u{9b}2J\u{7f}\u{2066}\u{200f}\u{61c}\r\nsecond line\u{2028}third\tend";

/// True for what a terminal obeys, or what turns the order of letters; a line feed ends our lines.
fn steers(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_clean(output: &Output, what: &str) {
    for stream in [&output.stdout, &output.stderr] {
        let text = std::str::from_utf8(stream).expect("UTF-8");
        assert!(!text.contains(steers), "{what}: {}", text.escape_debug());
        assert!(
            !text.lines().any(|line| line.starts_with("second line") || line.starts_with("third")),
            "{what}: {text}"
        );
    }
}

fn polygon(id: &str, west: f64, properties: Value) -> Value {
    let (s, e, n) = (31.4, west + 0.01, 31.41);
    let ring = json!([[west, s], [e, s], [e, n], [west, n], [west, s]]);
    json!({"type": "Feature", "id": id, "properties": properties, "geometry": {"type": "Polygon", "coordinates": [ring]}})
}

fn collection(name: &str, features: Vec<Value>) -> String {
    json!({"type": "FeatureCollection", "name": name, "features": features}).to_string()
}

fn evil_files(folder: &Path) {
    let properties = || json!({"name": EVIL, EVIL: EVIL, "code": EVIL, "class": EVIL, "function": EVIL, "kind": EVIL});
    let one = polygon(EVIL, 121.4, properties());
    let empty = json!({"type": "Feature", "id": EVIL, "properties": properties(), "geometry": null});
    let bow = json!({"type": "Feature", "id": EVIL, "properties": properties(), "geometry": {"type": "Polygon",
        "coordinates": [[[121.4, 31.4], [121.5, 31.5], [121.5, 31.4], [121.4, 31.5], [121.4, 31.4]]]}});
    write(folder.join("esc.geojson"), collection(EVIL, vec![one.clone(), empty, bow])).expect("written");
    // It overlaps the other in a sliver.
    write(folder.join("b.geojson"), collection(EVIL, vec![polygon(EVIL, 121.409_999_9, properties())]))
        .expect("written");
    write(folder.join("c.geojson"), collection(EVIL, vec![polygon("other", 121.42, json!({"code": "k"}))]))
        .expect("written");
    let project = folder.join("project");
    std::fs::create_dir_all(project.join("rules")).expect("a folder");
    write(project.join("plot.geojson"), collection(EVIL, vec![one.clone()])).expect("written");
    write(project.join("wetland.geojson"), collection(EVIL, vec![one.clone()])).expect("written");
    write(project.join("stray.geojson"), collection(EVIL, vec![one])).expect("written");
    write(project.join("rules/own.toml"), "id = \"\\u001B[2J\\u202Eown\"\nkind = 1\n").expect("written");
    write(project.join("rules/words.toml"), "[[words]]\nrole = \"\\u001B[2J\"\n").expect("written");
}

#[test]
fn names_of_strangers_do_not_steer_a_terminal() {
    let folder = tempfile::tempdir().expect("a folder");
    evil_files(folder.path());
    let named = format!("no{EVIL}.geojson");
    let condition = format!("\"{EVIL}\" = 1 AND missing = 2");
    let table: &[&[&str]] = &[
        &["info", "esc.geojson"],
        &["within", "esc.geojson", "--of", "b.geojson", "--distance", "5000", "-o", "w.geojson"],
        &["nearest", "esc.geojson", "--to", "b.geojson", "-o", "n.geojson"],
        &["overlap", "esc.geojson", "--with", "b.geojson", "-o", "o.geojson"],
        &["gaps", "esc.geojson", "--from", "b.geojson", "--radius", "5", "-o", "g.geojson"],
        &["buffer", "esc.geojson", "--distance", "5", "-o", "u.geojson"],
        &["audit", "b.geojson", "c.geojson", "--key", "code", "-o", "a.geojson"],
        &["audit", "b.geojson", "c.geojson", "--key", EVIL, "-o", "a.geojson"],
        &["inspect", "project", "--zone", "b.geojson", "-o", "i.geojson"],
        &["rules", "project"],
        &["run", "project", "-o", "out"],
        &["run", "project", EVIL, "-o", "out"],
        &["convert", "esc.geojson", "k.geojson", "--where", &condition],
        &["convert", "esc.geojson", "k.geojson", "--layer", EVIL],
        &["convert", "esc.geojson", "k.geojson", "--crs", EVIL],
        &["convert", "esc.geojson", "k.geojson", "--encoding", EVIL],
        &["info", &named],
        &[&named],
        &["--distance", EVIL, "within"],
        &["within", "esc.geojson", "--of", "b.geojson", "--distance", EVIL, "-o", "w.geojson"],
        &[EVIL, "info"],
        &["view", "esc.geojson", "--size", EVIL],
    ];
    for arguments in table {
        let output = run(folder.path(), arguments);
        assert!(!output.stdout.is_empty() || !output.stderr.is_empty(), "{arguments:?} says nothing");
        is_clean(&output, &format!("{arguments:?}"));
    }
    let text = String::from_utf8(run(folder.path(), &["info", "esc.geojson"]).stdout).expect("UTF-8");
    assert!(
        text.contains("\\u{1b}]0;PWNED\\u{7}") && text.contains("\\u{202e}abc") && text.contains("\\r\\nsecond"),
        "{text}"
    );
}

#[test]
fn json_escapes_them_by_its_own_rules() {
    let folder = tempfile::tempdir().expect("a folder");
    evil_files(folder.path());
    let output = run(folder.path(), &["info", "esc.geojson", "--json"]);
    is_clean(&output, "info --json");
    let told = summary(&output);
    assert_eq!(told["name"], EVIL);
    assert!(told["health"].as_array().expect("a list").iter().any(|problem| problem["id"] == EVIL), "{told}");
    let output = run(folder.path(), &["audit", "b.geojson", "c.geojson", "--key", "code", "-o", "a.geojson", "--json"]);
    is_clean(&output, "audit --json");
    assert_eq!(summary(&output)["units_lost"], json!([EVIL]));
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shanshui"));
    command.args(arguments).current_dir(folder);
    command
}

/// The arguments of a question with an answer.
fn within(out: &str) -> Vec<String> {
    let map = |name: &str| maps().join("baoshan").join(name).display().to_string();
    let (outlets, shore) = (map("outlet.geojson"), map("shoreline.geojson"));
    ["within", &outlets, "--of", &shore, "--distance", "2000", "--lang", "en", "-o", out].map(str::to_owned).to_vec()
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_or_closed_standard_error_takes_no_answer_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let full = || Stdio::from(File::options().write(true).open("/dev/full").expect("a full device"));
    let gone = || Stdio::from(std::io::pipe().expect("a pipe").1);
    for (streams, log) in [(full as fn() -> Stdio, ""), (gone, ""), (full, "trace"), (gone, "trace")] {
        let asked = within("near.geojson");
        let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
        let output = command(folder.path(), &asked).env("SHANSHUI_LOG", log).stderr(streams()).output().expect("runs");
        assert_eq!(status(&output), 0);
        assert!(String::from_utf8_lossy(&output.stdout).contains("54 of 243"));
        let answer = std::fs::read_to_string(folder.path().join("near.geojson")).expect("an answer");
        assert_eq!(
            serde_json::from_str::<Value>(&answer).expect("JSON")["features"].as_array().map(Vec::len),
            Some(54)
        );
        std::fs::remove_file(folder.path().join("near.geojson")).expect("removed");
        // The summary goes to standard error then: it is not the answer.
        let asked = within("-");
        let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
        let output = command(folder.path(), &asked).stderr(streams()).output().expect("runs");
        assert_eq!((status(&output), output.stdout.is_empty()), (0, false));
        for (arguments, code) in [
            (&["info", "missing.geojson"][..], 3),
            (&["info", "missing.geojson", "other.geojson"], 3),
            (&["fly"], 3),
            (&["within", "a.geojson"], 2),
            (&["info", "x", "--crs", "EPSG:1"], 2),
            (&["run", "missing.shanshui.json", "-o", "o"], 3),
        ] {
            let output = command(folder.path(), arguments).stderr(streams()).output().expect("runs");
            assert_eq!(status(&output), code, "{arguments:?}");
        }
    }
    let asked = within("near.geojson").join("' '");
    let closed = format!("exec '{}' '{asked}' 2>&-", env!("CARGO_BIN_EXE_shanshui"));
    let output = Command::new("sh").args(["-c", &closed]).current_dir(folder.path()).output().expect("a shell");
    assert_eq!(status(&output), 0);
    assert!(folder.path().join("near.geojson").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_or_closed_standard_output_is_status_4() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = maps().join("baoshan/outlet.geojson").display().to_string();
    let full = || Stdio::from(File::options().write(true).open("/dev/full").expect("a full device"));
    let gone = || Stdio::from(std::io::pipe().expect("a pipe").1);
    let asked = within("-");
    let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
    let told = [&within("near.geojson")[..], &["--json".to_owned()]].concat();
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    let table: Vec<Vec<&str>> = vec![
        asked,
        told,
        vec!["convert", &map, "-"],
        vec!["buffer", &map, "--distance", "5", "-o", "-"],
        vec!["info", &map, "--json"],
        vec!["info", &map],
        vec!["rules", "--json"],
        vec!["rules"],
        vec!["--help"],
        vec!["info", "--help"],
        vec!["--version"],
    ];
    for arguments in table {
        let arguments: Vec<&str> =
            if arguments.contains(&"--lang") { arguments } else { [&arguments[..], &["--lang", "en"]].concat() };
        let output = command(folder.path(), &arguments).stdout(full()).output().expect("runs");
        assert_eq!(status(&output), 4, "{arguments:?}");
        assert!(stderr(&output).contains("standard output cannot be written"), "{arguments:?}: {}", stderr(&output));
        // A reader who has enough hears nothing.
        let output = command(folder.path(), &arguments).stdout(gone()).output().expect("runs");
        assert_eq!(status(&output), 4, "{arguments:?}");
        assert!(!stderr(&output).contains("shanshui:"), "{arguments:?}: {}", stderr(&output));
        let closed = format!("exec '{}' '{}' >&-", env!("CARGO_BIN_EXE_shanshui"), arguments.join("' '"));
        let output = Command::new("sh").args(["-c", &closed]).current_dir(folder.path()).output().expect("a shell");
        assert_eq!(status(&output), 4, "{arguments:?}");
        assert!(stderr(&output).contains("closed"), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn options_stand_before_and_behind_the_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = maps().join("baoshan/outlet.geojson").display().to_string();
    let own = |arguments: &[&str]| command(folder.path(), arguments).output().expect("the program runs");
    write(folder.path().join("a.geojson"), collection("a", vec![polygon("p", 121.4, json!({}))])).expect("written");
    // What the README of the case asks: the option, before.
    let output = own(&["--lang", "en", "info", "README"]);
    assert!(stderr(&output).contains("README") && !stderr(&output).contains("info:"), "{}", stderr(&output));
    for (before, behind) in [
        (&["--lang", "en", "info", &map][..], &["info", &map, "--lang", "en"][..]),
        (&["--lang", "zh", "info", &map], &["info", &map, "--lang=zh"]),
        (&["--json", "--lang", "en", "info", &map], &["info", "--json", &map, "--lang", "en"]),
        (&["--crs", "EPSG:4490", "info", &map], &["info", &map, "--crs", "EPSG:4490"]),
        (&["--encoding", "GBK", "--lang", "en", "info", &map], &["info", &map, "--encoding", "GBK", "--lang", "en"]),
        (
            &["--where", "code = 'x'", "convert", "a.geojson", "b.geojson"],
            &["convert", "a.geojson", "b.geojson", "--where", "code = 'x'"],
        ),
        (
            &["--plan", "BS", "--lang", "en", "rules", "a.geojson"],
            &["rules", "a.geojson", "--plan", "BS", "--lang", "en"],
        ),
        (&["--help", "info"], &["info", "--help"]),
        (&["-h", "within"], &["within", "-h"]),
        (&["--version", "info"], &["info", "--version"]),
        (&["--lang", "en", "--version"], &["--version", "--lang", "en"]),
    ] {
        let (one, other) = (own(before), own(behind));
        assert_eq!(status(&one), status(&other), "{before:?}: {}", stderr(&one));
        assert_eq!(one.stdout, other.stdout, "{before:?}");
        assert_eq!(one.stderr, other.stderr, "{before:?}");
    }
    assert_eq!(own(&["--version", "info"]).stdout, concat!("shanshui ", env!("CARGO_PKG_VERSION"), "\n").as_bytes());
    assert!(String::from_utf8_lossy(&own(&["--help", "info"]).stdout).contains("shanshui info"));
    // What is refused says the right order, or what to leave out.
    for (arguments, said) in [
        (&["--lang", "en", "--distance", "5", "within", "a.geojson"][..], "shanshui within … --distance …"),
        (&["--lang", "zh", "info", "a.geojson", "--beyond"], "写在命令之后"),
        (&["--lang", "en", "a.geojson", "info", "b.geojson"], "shanshui info … a.geojson"),
        (&["--lang", "en", "--json", "view", "a.geojson", "--screenshot", "a.png"], "no use for --json"),
        (&["cards", ".", "-o", "c.html", "--json", "--lang", "en"], "no use for --json"),
        (&["--lang", "en", "--json", "demo"], "no use for --json"),
        (&["--lang", "en", "--json", "a.geojson"], "no use for --json"),
        (&["--lang", "en", "--crs", "EPSG:4326", "rules"], "no use for --crs"),
        (&["--lang", "en", "--encoding", "GBK", "demo"], "no use for --encoding"),
        (&["--lang", "en", "--plan", "BS", "info", "a.geojson"], "no use for --plan"),
        (&["--where", "TRUE", "info", "a.geojson", "--lang", "en"], "no use for --where"),
        (&["view", "a.geojson", "--size", "20000x20000", "--screenshot", "a.png"], "8192x8192"),
    ] {
        let output = own(arguments);
        assert_eq!(status(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn what_nests_without_end_is_refused_with_a_word() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let nested = |n: usize| format!("{}TRUE{}", "(".repeat(n), ")".repeat(n));
    write(path.join("plot.geojson"), collection("plot", vec![polygon("p", 121.4, json!({"n": 1}))])).expect("written");
    for condition in [nested(1_525), nested(65), vec!["1"; 2_470].join("+") + " > 1", "NOT ".repeat(5_000) + "TRUE"] {
        for arguments in [
            &["convert", "plot.geojson", "b.geojson", "--where", &condition][..],
            &[
                "within",
                "plot.geojson",
                "--of",
                "plot.geojson",
                "--distance",
                "1",
                "-o",
                "b.geojson",
                "--where-ref",
                &condition,
            ],
            &["--where", &condition, "buffer", "plot.geojson", "--distance", "1", "-o", "b.geojson"],
        ] {
            let output = run(path, arguments);
            assert_eq!(status(&output), 2, "{}", stderr(&output));
            assert!(stderr(&output).contains("nested too deeply"), "{}", stderr(&output));
        }
        let chinese =
            command(path, &["convert", "plot.geojson", "b.geojson", "--where", &condition, "--lang", "zh"]).output();
        assert!(stderr(&chinese.expect("runs")).contains("嵌套过深"));
        // A rule of a stranger's is left out and named.
        std::fs::create_dir_all(path.join("rules")).expect("a folder");
        let rule = std::fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/rules/outlets-near-yangtze.toml"),
        )
        .expect("a rule");
        let own = rule.replacen("outlets-near-yangtze", "own", 1).replacen("water = '长江'", &condition, 1);
        write(path.join("rules/own.toml"), own).expect("written");
        let output = run(path, &["rules", "."]);
        assert_eq!(status(&output), 0, "{}", stderr(&output));
        let said = stderr(&output);
        assert!(said.contains("own.toml") && said.contains("nested too deeply") && said.len() < 2_000, "{said}");
        std::fs::remove_dir_all(path.join("rules")).expect("removed");
    }
    assert_eq!(
        status(&run(path, &["convert", "plot.geojson", "b.geojson", "--where", &(vec!["n = 1"; 1_500].join(" OR "))])),
        0
    );
}

#[test]
fn files_that_nest_without_end_are_refused_with_a_word() {
    let folder = tempfile::tempdir().expect("a folder");
    let n = 10_000;
    let lists = format!("{}{}", "[".repeat(n), "]".repeat(n));
    let objects = format!("{}1{}", "{\"a\":".repeat(n), "}".repeat(n));
    let point = r#"{"type":"Point","coordinates":[121,31]}"#;
    let collections =
        format!("{}{point}{}", r#"{"type":"GeometryCollection","geometries":["#.repeat(n), "]}".repeat(n));
    let feature = |properties: &str, geometry: &str| {
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{properties},"geometry":{geometry}}}]}}"#
        )
    };
    for (what, text) in [
        ("a list", feature(&format!("{{\"a\":{lists}}}"), point)),
        ("an object", feature(&objects, point)),
        ("positions", feature("{}", &format!(r#"{{"type":"MultiPolygon","coordinates":{lists}}}"#))),
        ("collections", feature("{}", &collections)),
        ("geometry alone", collections.clone()),
        ("a member", format!(r#"{{"x":{lists},"type":"FeatureCollection","features":[]}}"#)),
        ("a member after", format!(r#"{{"type":"FeatureCollection","features":[],"x":{objects}}}"#)),
        ("features", format!(r#"{{"type":"FeatureCollection","features":{lists}}}"#)),
        ("an open end", format!(r#"{{"type":"FeatureCollection","features":{}"#, "[".repeat(1_000_000))),
        ("nothing else", lists.clone()),
    ] {
        write(folder.path().join("deep.geojson"), text).expect("written");
        for arguments in [&["info", "deep.geojson"][..], &["convert", "deep.geojson", "b.geojson"]] {
            let output = run(folder.path(), arguments);
            assert_eq!(status(&output), 3, "{what}: {}", stderr(&output));
            assert!(stderr(&output).contains("deep.geojson"), "{what}: {}", stderr(&output));
        }
    }
    write(folder.path().join("deep.geojson"), feature("{}", point)).expect("written");
    write(folder.path().join("p.shanshui.json"), format!(r#"{{"shanshui":1,"layers":[],"questions":[],"x":{lists}}}"#))
        .expect("written");
    let output = run(folder.path(), &["rules", "p.shanshui.json"]);
    assert_eq!(status(&output), 3, "{}", stderr(&output));
    std::fs::create_dir_all(folder.path().join("f/rules")).expect("a folder");
    write(folder.path().join("f/rules/lists.toml"), format!("a = {lists}\n")).expect("written");
    write(folder.path().join("f/rules/tables.toml"), format!("a = {}1{}\n", "{a=".repeat(n), "}".repeat(n)))
        .expect("written");
    write(folder.path().join("f/rules/keys.toml"), format!("[{}]\nx = 1\n", vec!["a"; n].join("."))).expect("written");
    let output = run(folder.path(), &["rules", "f"]);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    for file in ["lists.toml", "tables.toml", "keys.toml"] {
        assert!(stderr(&output).contains(file), "{file}: {}", stderr(&output));
    }
}

#[test]
fn conditions_saved_in_a_project_are_told_and_end_nothing() {
    use shanshui::io::ReadOptions;
    use shanshui::query::AskError;
    use shanshui::query::expression::ExpressionError;
    use shanshui::session::{Command, Event, Session};
    let folder = tempfile::tempdir().expect("a folder");
    let one = collection("a", vec![polygon("p", 121.4, json!({"n": 1}))]);
    let deep = format!("{}TRUE{}", "(".repeat(5_000), ")".repeat(5_000));
    let asked = |own: Value| json!({"question": {"kind": "within", "distance_m": 1.0, "side": "within"}, "subject": 0, "reference": 0, "where": own});
    let layer = |filter: Value| json!({"file": "a.geojson", "visible": true, "style": {"filter": filter}});
    for (what, project) in [
        ("a question", json!({"shanshui": 1, "layers": [layer(Value::Null)], "questions": [asked(json!(deep))]})),
        ("a filter", json!({"shanshui": 1, "layers": [layer(json!(deep))], "questions": []})),
        ("a chain", json!({"shanshui": 1, "layers": [layer(json!(vec!["1"; 9_000].join("+")))], "questions": []})),
    ] {
        write(folder.path().join("a.geojson"), &one).expect("written");
        write(folder.path().join("q.shanshui.json"), project.to_string()).expect("written");
        let mut session = Session::new(ReadOptions::default(), std::sync::Arc::new(|| {}));
        session.execute(Command::Open(vec![folder.path().join("q.shanshui.json")], None));
        let mut events = Vec::new();
        for _ in 0..10_000 {
            events.extend(session.poll());
            if session.jobs().is_empty() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        let is_told = |e: &Event| {
            let why = match e {
                Event::AskFailed(why) | Event::QuestionKept(_, why) => Some(why),
                _ => None,
            };
            matches!(why, Some(AskError::Expression(ExpressionError::TooDeep)))
        };
        assert!(events.iter().any(is_told), "{what}: {events:?}");
        assert_eq!(session.layers().len(), 1, "{what}");
        // As a picture is drawn of it, where there is a driver.
        let picture = folder.path().join("q.png");
        let output = run(folder.path(), &["view", "q.shanshui.json", "--screenshot", "q.png", "--size", "640x480"]);
        if !stderr(&output).contains("mesa-vulkan-drivers") {
            assert_eq!(status(&output), 2, "{what}: {}", stderr(&output));
            assert!(stderr(&output).contains("nested too deeply") && !picture.exists(), "{what}: {}", stderr(&output));
        }
    }
}

/// Without a display.
#[cfg(target_os = "linux")]
fn headless(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = command(folder, arguments);
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
        command.env_remove(name);
    }
    command.env("XDG_DATA_HOME", folder).output().expect("the program runs")
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_display_it_says_what_serves() {
    let folder = tempfile::tempdir().expect("a folder");
    for arguments in [&["demo", "--lang", "en"][..], &["--lang", "en"], &["--lang", "en", "demo"]] {
        let output = headless(folder.path(), arguments);
        assert_eq!(status(&output), 4, "{}", stderr(&output));
        let said = stderr(&output);
        let ours: Vec<&str> = said.lines().filter(|line| line.starts_with("shanshui:")).collect();
        assert_eq!(ours.len(), 1, "{said}");
        assert!(!ours[0].contains(".rs:"), "no place in a source: {said}");
        for word in ["DISPLAY", "view", "report", "run", "Debian"] {
            assert!(ours[0].contains(word), "{word}: {said}");
        }
    }
    let output = headless(folder.path(), &["demo", "--lang", "zh"]);
    assert!(stderr(&output).contains("没有可用的显示"), "{}", stderr(&output));
    // The settings' language, where none is asked for.
    std::fs::create_dir_all(folder.path().join("shanshui")).expect("a folder");
    for (settings, word) in [("(lang:zh)", "没有可用的显示"), ("(lang:en)", "no display")] {
        let all = ron::to_string(&std::collections::HashMap::from([("settings", settings)])).expect("RON");
        write(folder.path().join("shanshui/app.ron"), all).expect("written");
        let output = headless(folder.path(), &["demo"]);
        assert!(stderr(&output).contains(word), "{settings}: {}", stderr(&output));
    }
}
