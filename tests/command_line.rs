//! The program as scripts use it: names, summaries, exit statuses, no partial files.

use crate::common::maps;
use crate::program::*;
use serde_json::Value;
use std::process::{Command, Output};

#[test]
fn what_needs_more_than_half_of_the_memory_is_refused_with_a_way_round() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = |name: &str| maps().join("baoshan").join(name).display().to_string();
    let (homes, parks) = (map("residential.geojson"), map("park.geojson"));
    // Too much for a machine of twenty megabytes, whatever is asked.
    let buffer = ["buffer", &homes, "--distance", "500", "-o", "a.geojson", "--json"];
    let union = [&buffer[..], &["--union"]].concat();
    let gaps = ["gaps", &homes, "--from", &parks, "--radius", "500", "-o", "a.geojson", "--json"];
    let overlap = ["overlap", &homes, "--with", &homes, "-o", "a.geojson", "--json"];
    for (arguments, way) in
        [(&buffer[..], "--union"), (&union[..], "--union"), (&gaps[..], "--where"), (&overlap[..], "--where")]
    {
        let refused = run(folder.path(), &[arguments, &["--memory", "0.02"]].concat());
        assert_eq!(status(&refused), 3, "{}", stderr(&refused));
        for word in ["GB of memory", "half", "--any-size", way] {
            assert!(stderr(&refused).contains(word), "{word}: {}", stderr(&refused));
        }
        assert!(!folder.path().join("a.geojson").exists(), "nothing was written");
    }
    // Told to, it goes on, and the answer is the same.
    let asked = run(folder.path(), &[&gaps[..], &["--memory", "0.02", "--any-size"]].concat());
    assert_eq!(summary(&asked)["matched"], 1561);
    let here = run(folder.path(), &gaps);
    assert_eq!(summary(&here)["matched"], 1561);
    // A small question is answered on whatever machine.
    let outlets = map("outlet.geojson");
    let few =
        ["within", &outlets, "--of", &map("shoreline.geojson"), "--distance", "2000", "-o", "b.geojson", "--json"];
    assert_eq!(summary(&run(folder.path(), &[&few[..], &["--memory", "0.05"]].concat()))["matched"], 54);
    // So are rules and audits.
    std::fs::remove_file(folder.path().join("a.geojson")).expect("written above");
    let baoshan = maps().join("baoshan").display().to_string();
    let rules = ["run", &baoshan, "green-300-park-500", "outlets-near-yangtze", "-o", "out", "--json"];
    let zone = ["inspect", &baoshan, "--zone", &map("district.geojson"), "-o", "a.geojson", "--json"];
    let versions = ["audit", &homes, &homes, "--key", "name", "-o", "a.geojson", "--json"];
    for (arguments, way) in [(&rules[..], "some rules"), (&zone[..], "smaller zone"), (&versions[..], "smaller area")] {
        let refused = run(folder.path(), &[arguments, &["--memory", "0.001"]].concat());
        assert_eq!(status(&refused), 3, "{}", stderr(&refused));
        for word in ["GB of memory", "half", "--any-size", way] {
            assert!(stderr(&refused).to_lowercase().contains(&word.to_lowercase()), "{word}: {}", stderr(&refused));
        }
        assert!(!folder.path().join("a.geojson").exists() && !folder.path().join("out/summary.json").exists());
        let asked = run(folder.path(), &[arguments, &["--memory", "0.001", "--any-size"]].concat());
        assert_eq!(status(&asked), 0, "{}", stderr(&asked));
        std::fs::remove_file(folder.path().join("a.geojson"))
            .or_else(|_| std::fs::remove_dir_all(folder.path().join("out")))
            .expect("written");
    }
    // A layer that is too large is not read, whatever for.
    let large = folder.path().join("large.geojson");
    std::fs::File::create(&large).and_then(|file| file.set_len(300 << 20)).expect("writable");
    let large = large.display().to_string();
    for arguments in [
        &["info", &large][..],
        &["convert", &large, "a.csv"],
        &["join", &homes, &large, "--on", "name", "-o", "a.geojson"],
        &["overlap", &homes, "--with", &large, "-o", "a.geojson"],
    ] {
        let refused = run(folder.path(), &[arguments, &["--memory", "0.4"]].concat());
        assert_eq!(status(&refused), 3, "{arguments:?} {}", stderr(&refused));
        for word in ["large.geojson", "GB of memory", "--any-size"] {
            assert!(stderr(&refused).contains(word), "{word}: {}", stderr(&refused));
        }
        // It is read all the same, and is no layer.
        let read = run(folder.path(), &[arguments, &["--memory", "0.4", "--any-size"]].concat());
        assert!(status(&read) == 3 && !stderr(&read).contains("GB of memory"), "{arguments:?} {}", stderr(&read));
    }
    // The options are of what may be large.
    for option in [&["--any-size"][..], &["--memory", "4"]] {
        let unused = run(folder.path(), &[&["rules"], option].concat());
        assert_eq!(status(&unused), 2, "{}", stderr(&unused));
        assert!(stderr(&unused).contains(option[0]));
    }
    assert_eq!(status(&run(folder.path(), &[&few[..], &["--memory", "0"]].concat())), 2);
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
    // What is not judged says why, in words and as JSON.
    let square = |x: f64, more: &str| {
        let ring = format!("[[{x},31],[{},31],[{},31.1],[{x},31.1],[{x},31]]", x + 0.1, x + 0.1);
        let geometry = format!(r#"{{"type":"Polygon","coordinates":[{ring}]}}"#);
        format!(r#"{{"type":"Feature","properties":{{"code":"{x}"{more}}},"geometry":{geometry}}}"#)
    };
    let nowhere = r#"{"type":"Feature","properties":{"code":"9"},"geometry":null}"#.to_owned();
    for (name, features) in [
        ("old.geojson", vec![square(121.0, r#","core":"是""#)]),
        ("plain.geojson", vec![square(121.0, "")]),
        ("far.geojson", vec![square(125.0, r#","core":"是""#)]),
        ("unknown.geojson", vec![square(121.0, r#","core":"甲类""#)]),
        ("half.geojson", vec![square(121.0, r#","core":"是""#), nowhere]),
        ("none.geojson", vec![]),
    ] {
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        std::fs::write(folder.path().join(name), text).expect("writable");
    }
    for (after, lang, why) in [
        ("plain.geojson", "zh", "性质不改变未判定：plain.geojson 没有字段“core”（用 --core 指明）"),
        ("plain.geojson", "en", "functions are not judged: --function names no column"),
        ("far.geojson", "zh", "未判定的原因：两版没有重叠的范围，无从比较"),
        ("half.geojson", "en", "1 feature of half.geojson without a usable area was not compared"),
        ("none.geojson", "zh", "未判定的原因：none.geojson 没有可用的面，两版无从比较"),
        ("unknown.geojson", "en", "nature is not judged: values are not given or not understood on"),
    ] {
        let arguments = ["audit", "old.geojson", after, "--key", "code", "-o", "c.geojson", "--lang", lang];
        let told = |more: &[&str]| {
            let program = Command::new(env!("CARGO_BIN_EXE_shanshui"))
                .args(arguments)
                .args(more)
                .current_dir(folder.path())
                .output();
            program.expect("the program runs")
        };
        let output = told(&[]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains(why), "{after}: {text}{}", stderr(&output));
        let json = summary(&told(&["--json"]));
        let told = json["not_judged"].as_array().expect("reasons").iter().filter_map(Value::as_str);
        assert!(told.into_iter().any(|told| told.contains(why)), "{after}: {json}");
    }
}
