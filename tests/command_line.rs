//! The program as scripts use it: names, summaries, exit statuses, no partial files.

mod common;

use common::maps;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shanshui"))
        .args(arguments)
        .args(["--lang", "en"])
        .current_dir(folder)
        .output()
        .expect("the program runs")
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("an exit status")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn summary(output: &Output) -> Value {
    assert_eq!(status(output), 0, "{}", stderr(output));
    serde_json::from_slice(&output.stdout).expect("one JSON object and nothing else")
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn the_two_headline_questions() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = |name: &str| maps().join(name).display().to_string();
    let within = run(
        folder.path(),
        &[
            "within",
            &map("baoshan/outlet.geojson"),
            "--of",
            &map("baoshan/shoreline.geojson"),
            "--distance",
            "2000",
            "-o",
            "near.geojson",
            "--json",
        ],
    );
    let s = summary(&within);
    assert_eq!(
        (s["features_in"].as_u64(), s["matched"].as_u64(), s["left_out"].as_u64()),
        (Some(244), Some(54), Some(1))
    );
    assert!((s["max_distance_m"].as_f64().expect("m") - 1_999.901_9).abs() < 1e-3);
    assert_eq!(keys(&s["seconds"]), ["read", "query", "write"]);
    assert!(stderr(&within).contains("WGS 84"), "says what it took the positions for");

    let gaps = run(
        folder.path(),
        &[
            "gaps",
            &map("baoshan/residential.geojson"),
            "--from",
            &map("baoshan/park.geojson"),
            "--radius",
            "500",
            "--min-area",
            "5000",
            "--people",
            "population",
            "-o",
            "gaps.geojson",
            "--json",
        ],
    );
    let s = summary(&gaps);
    assert_eq!(s["matched"], 1720);
    for key in ["demand_m2", "unserved_m2", "covered_share", "demand_overlap_m2", "people", "people_unserved"] {
        assert!(s[key].is_number(), "{key}");
    }
    assert!((s["covered_share"].as_f64().expect("a share") - 0.359_359_5).abs() < 2e-5);
    let overlap = run(
        folder.path(),
        &[
            "overlap",
            &map("baoshan/plot.geojson"),
            "--with",
            &map("baoshan/red_line.geojson"),
            "-o",
            "o.geojson",
            "--json",
        ],
    );
    let s = summary(&overlap);
    assert_eq!((s["pairs"].as_u64(), s["slivers"].as_u64()), (Some(8), Some(1)));
    let buffer = run(
        folder.path(),
        &["buffer", &map("baoshan/shoreline.geojson"), "--distance", "2000", "--union", "-o", "b.geojson"],
    );
    assert_eq!(status(&buffer), 0);
    for file in ["near.geojson", "gaps.geojson", "o.geojson", "b.geojson"] {
        let text = std::fs::read_to_string(folder.path().join(file)).expect("written");
        assert!(text.parse::<geojson::GeoJson>().is_ok(), "{file}");
    }
}

#[test]
fn people_read_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = |name: &str| maps().join(name).display().to_string();
    let output = run(
        folder.path(),
        &[
            "within",
            &map("baoshan/outlet.geojson"),
            "--of",
            &map("baoshan/shoreline.geojson"),
            "--distance",
            "2000",
            "-o",
            "near.geojson",
        ],
    );
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(text.contains("54 of 243 outlets lie within 2,000 m of 长江岸线（宝山段）; nearest 0 m"), "{text}");
    assert!(text.contains("1 feature left out") && text.contains("no geometry"), "{text}");
    // The answer itself on standard output leaves the sentence to standard error.
    let piped = run(
        folder.path(),
        &[
            "within",
            &map("baoshan/outlet.geojson"),
            "--of",
            &map("baoshan/shoreline.geojson"),
            "--distance",
            "2000",
            "-o",
            "-",
        ],
    );
    assert!(String::from_utf8_lossy(&piped.stdout).parse::<geojson::GeoJson>().is_ok());
    assert!(stderr(&piped).contains("54 of 243"));
}

#[test]
fn exit_statuses_tell_what_went_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = |name: &str| maps().join(name).display().to_string();
    let (outlets, shore) = (map("baoshan/outlet.geojson"), map("baoshan/shoreline.geojson"));
    let ask = |subject: &str, of: &str, distance: &str, out: &str| {
        run(folder.path(), &["within", subject, "--of", of, "--distance", distance, "-o", out])
    };
    // Arguments, status, what standard error names.
    let table: Vec<(Output, i32, &str)> = vec![
        (ask(&outlets, &shore, "-5", "a.geojson"), 2, "distance"),
        (ask(&outlets, &shore, "NaN", "a.geojson"), 2, "distance"),
        (
            run(folder.path(), &["within", &outlets, "--of", &shore, "--distance", "1", "-o", "-", "--json"]),
            2,
            "--json",
        ),
        (
            run(
                folder.path(),
                &["gaps", &outlets, "--from", &shore, "--radius", "5", "--people", "heads", "-o", "a.geojson"],
            ),
            2,
            "heads",
        ),
        (run(folder.path(), &["fly"]), 3, "fly"),
        (ask(&outlets, &map("broken/truncated.geojson"), "1", "a.geojson"), 3, "truncated.geojson: line 4, column 659"),
        (ask(&outlets, &map("broken/nan_literal.geojson"), "1", "a.geojson"), 3, "line 3"),
        (ask(&outlets, &map("broken/zero_bytes.geojson"), "1", "a.geojson"), 3, "empty"),
        (ask(&outlets, &map("broken/lat_lon_swapped.geojson"), "1", "a.geojson"), 3, "LATLON"),
        (ask(&outlets, &map("missing.geojson"), "1", "a.geojson"), 3, "missing.geojson"),
        (
            run(
                folder.path(),
                &["within", &outlets, "--of", &shore, "--distance", "1", "-o", "a.geojson", "--crs", "EPSG:12"],
            ),
            2,
            "EPSG:12",
        ),
        (run(folder.path(), &["info", &outlets, "--encoding", "klingon"]), 2, "klingon"),
        (ask(&outlets, &shore, "1", "missing/a.geojson"), 4, "missing/a.geojson"),
    ];
    for (output, code, text) in &table {
        assert_eq!(status(output), *code, "{}", stderr(output));
        assert!(stderr(output).contains(text), "{text}: {}", stderr(output));
        assert!(output.stdout.is_empty());
    }
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "a failure leaves no file");
}

#[test]
fn an_input_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = folder.path().join("outlet.geojson");
    std::fs::copy(maps().join("baoshan/outlet.geojson"), &copy).expect("copied");
    let before = std::fs::read(&copy).expect("readable");
    let shore = maps().join("baoshan/shoreline.geojson").display().to_string();
    let output =
        run(folder.path(), &["within", "outlet.geojson", "--of", &shore, "--distance", "1", "-o", "./outlet.geojson"]);
    assert_eq!(status(&output), 2);
    assert_eq!(std::fs::read(&copy).expect("readable"), before);
}

#[test]
fn info_tells_what_is_in_a_file_and_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = |name: &str| maps().join(name).display().to_string();
    let s = summary(&run(folder.path(), &["info", &map("baoshan/outlet.geojson"), "--json"]));
    assert_eq!(s["features"], 244);
    assert_eq!(s["types"]["Point"], 243);
    assert_eq!(s["role"], "outlet");
    assert_eq!(s["health"][0]["problem"], "missing-geometry");
    assert_eq!(s["health"][0]["line"], 245);
    assert_eq!(s["properties"][0]["name"], "code");
    let both = summary(&run(
        folder.path(),
        &["info", &map("baoshan/park.geojson"), &map("broken/gcj02_parks.geojson"), "--json"],
    ));
    assert!(
        both["files"].as_array().expect("two").iter().any(|f| f["health"][0]["problem"] == "datum-shift-suspected")
    );
    let swapped = run(folder.path(), &["info", &map("broken/lat_lon_swapped.geojson")]);
    assert_eq!(status(&swapped), 3);
    assert!(String::from_utf8_lossy(&swapped.stdout).contains("swapped"));
    let text = run(folder.path(), &["info", &map("broken/self_intersecting.geojson")]);
    assert!(
        String::from_utf8_lossy(&text.stdout)
            .contains("feature 3, 蝴蝶结公园 (line 4, column 1): polygon crosses itself at 121.356695, 31.356653")
    );
}

#[test]
fn reprojected_inputs_are_written_as_wgs84() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = |name: &str| maps().join(name).display().to_string();
    let output = run(
        folder.path(),
        &[
            "nearest",
            &map("broken/crs_3857.geojson"),
            "--to",
            &map("baoshan/park.geojson"),
            "-o",
            "a.geojson",
            "--json",
        ],
    );
    assert_eq!(summary(&output)["matched"], 5);
    let out = std::fs::read_to_string(folder.path().join("a.geojson")).expect("written");
    let value: Value = serde_json::from_str(&out).expect("JSON");
    let lon = value["features"][0]["geometry"]["coordinates"][0][0][0].as_f64().expect("a number");
    assert!((121.0..122.0).contains(&lon), "{lon}");
}

#[test]
fn conditions_choose_what_is_asked_about() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = |name: &str| maps().join(name).display().to_string();
    let (outlets, shore) = (map("baoshan/outlet.geojson"), map("baoshan/shoreline.geojson"));
    let asked = |condition: &str| {
        let common = ["within", &outlets, "--of", &shore, "--distance", "2000", "-o", "a.geojson", "--json", "--where"];
        run(folder.path(), &[&common[..], &[condition]].concat())
    };
    let s = summary(&asked("class = '工业排污口'"));
    assert_eq!((s["features_in"].as_u64(), s["matched"].as_u64()), (Some(53), Some(18)));
    let text = std::fs::read_to_string(folder.path().join("a.geojson")).expect("written");
    let provenance = &serde_json::from_str::<Value>(&text).expect("JSON")["shanshui"];
    assert_eq!(provenance["inputs"][0]["where"], "class = '工业排污口'");
    for (wrong, said) in [("class = = 1", "line 1, column 9"), ("klass = 1", "no column “klass”")] {
        let output = asked(wrong);
        assert_eq!(status(&output), 2, "{wrong}");
        assert!(stderr(&output).contains(said), "{}", stderr(&output));
    }
}

#[test]
fn layers_are_converted() {
    let folder = tempfile::tempdir().expect("a folder");
    let swapped = maps().join("broken/lat_lon_swapped.geojson").display().to_string();
    let output = run(folder.path(), &["convert", &swapped, "b.geojson", "--crs", "LATLON"]);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    let output = run(folder.path(), &["info", "b.geojson", "--json"]);
    assert_eq!(status(&output), 0, "{}", stderr(&output));
    assert!(
        run(folder.path(), &["within", "b.geojson", "--of", "b.geojson", "--distance", "1", "-o", "-"])
            .status
            .success()
    );
    assert_eq!(status(&run(folder.path(), &["convert", &swapped, &swapped])), 2, "never over its input");
}

#[test]
fn rules_are_listed_and_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let baoshan = maps().join("baoshan").display().to_string();
    let listed: Value = serde_json::from_slice(&run(folder.path(), &["rules", "--json"]).stdout).expect("a list");
    let first = &listed.as_array().expect("a list")[0];
    assert_eq!(keys(first), ["id", "title", "clause", "kind", "roles", "parameters", "answer"]);
    let with: Value =
        serde_json::from_slice(&run(folder.path(), &["rules", &baoshan, "--json"]).stdout).expect("a list");
    let rule = |id: &str| with.as_array().expect("a list").iter().find(|r| r["id"] == id).expect("known").clone();
    assert_eq!(rule("outlets-near-yangtze")["runnable"], true);
    assert_eq!(rule("sea-outlets")["missing"], serde_json::json!(["coastline"]));

    let output = run(folder.path(), &["run", &baoshan, "-o", "answers/all", "--json"]);
    let s = summary(&output);
    let of = |id: &str| s["rules"].as_array().expect("a list").iter().find(|r| r["id"] == id).expect("known").clone();
    let near = of("outlets-near-yangtze");
    assert_eq!((near["status"].as_str(), near["features"].as_u64()), (Some("answered"), Some(54)));
    for key in [
        "id", "status", "missing", "answer", "features", "figure", "unit", "target", "met", "left_out", "file",
        "summary",
    ] {
        assert!(near.get(key).is_some(), "{key}");
    }
    assert_eq!(of("sea-outlets")["status"], "missing-layer");
    assert_eq!(of("park-500-gaps")["summary"]["matched"], 1_720);
    let written = std::fs::read_to_string(folder.path().join("answers/all/summary.json")).expect("written");
    assert_eq!(serde_json::from_str::<Value>(&written).expect("JSON")["rules"], s["rules"]);
    let text =
        std::fs::read_to_string(folder.path().join("answers/all/outlets-in-source-zones.geojson")).expect("one a rule");
    let json: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(json["shanshui"]["clause"], "水污染防治法 64; BS (十三); SY 4.5");
    assert_eq!(json["features"][0]["properties"]["verdict"], "ban");

    let one = ["run", &baoshan, "outlets-in-source-zones", "-o", "one", "--strict"];
    assert_eq!(status(&run(folder.path(), &one)), 1, "a ban");
    assert_eq!(status(&run(folder.path(), &["run", &baoshan, "park-500-gaps", "-o", "two", "--strict"])), 0);
    assert_eq!(status(&run(folder.path(), &["run", &baoshan, "no-such-rule", "-o", "three"])), 2);

    // A planner's own rule beside the project; a broken one is told with its line, and the others serve.
    let own = folder.path().join("plan");
    std::fs::create_dir_all(own.join("rules")).expect("a folder");
    for name in ["outlet.geojson", "shoreline.geojson"] {
        std::fs::copy(maps().join("baoshan").join(name), own.join(name)).expect("copied");
    }
    let ours = std::fs::read_to_string("assets/rules/outlets-near-yangtze.toml").expect("there");
    let mine = ours.replace("default = 2000.0", "default = 500.0").replacen("outlets-near-yangtze", "mine", 1);
    std::fs::write(own.join("rules/mine.toml"), mine).expect("writable");
    std::fs::write(own.join("rules/broken.toml"), "id = \"x\"\ntitle = 3\n").expect("writable");
    let output = run(folder.path(), &["run", "plan", "mine", "-o", "four", "--json"]);
    assert!(stderr(&output).contains("broken.toml, line 2, column 9"), "{}", stderr(&output));
    let found = summary(&output)["rules"][0]["features"].as_u64().expect("a number");
    assert!(found > 0 && found < 54, "{found}");
}

#[test]
fn two_versions_are_audited() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = |name: &str| maps().join("baoshan").join(name).display().to_string();
    let (before, after) = (map("red_line_before.geojson"), map("red_line.geojson"));
    let output = run(
        folder.path(),
        &["audit", &before, &after, "--key", "code", "--function", "function", "-o", "audit.geojson", "--json"],
    );
    let s = summary(&output);
    assert_eq!(
        s["kept"],
        serde_json::json!({"area": s["after_m2"].as_f64() >= s["before_m2"].as_f64(), "function": false, "nature": false})
    );
    assert_eq!(s["units_new"], serde_json::json!(["HX-310113-09"]));
    let text = std::fs::read_to_string(folder.path().join("audit.geojson")).expect("written");
    let features = serde_json::from_str::<Value>(&text).expect("JSON")["features"].clone();
    let changes: std::collections::BTreeSet<&str> =
        features.as_array().expect("pieces").iter().filter_map(|f| f["properties"]["change"].as_str()).collect();
    assert_eq!(changes.into_iter().collect::<Vec<_>>(), ["功能改变", "性质降低", "调入", "调出"]);
    let output = run(folder.path(), &["audit", &before, &after, "--key", "nothing", "-o", "b.geojson"]);
    assert_eq!(status(&output), 2);
}
