//! Rules as scripts use them: the catalogue, runs, plans, findings, cards, the one map, zones.

use crate::common::maps;
use crate::program::*;
use serde_json::{Value, json};

/// What a summary says of a rule.
fn of_rule(summary: &Value, id: &str) -> Value {
    summary["rules"].as_array().expect("a list").iter().find(|rule| rule["id"] == id).expect("it ran").clone()
}

fn baoshan() -> String {
    maps().join("baoshan").display().to_string()
}

#[test]
fn rules_are_listed_and_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let baoshan = baoshan();
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
    assert_eq!(json["shanshui"]["clause"], "水污染防治法第六十四条; BS (十三); SY 4.5");
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
fn a_plan_says_what_is_met() {
    let folder = tempfile::tempdir().expect("a folder");
    let without = summary(&run(folder.path(), &["run", &baoshan(), "forest-cover", "-o", "a", "--json"]));
    let rule = of_rule(&without, "forest-cover");
    assert_eq!((&rule["target"], &rule["met"], &without["plan"]), (&Value::Null, &Value::Null, &Value::Null));
    let with = summary(&run(folder.path(), &["run", &baoshan(), "--plan", "BS", "-o", "b", "--json"]));
    let rule = of_rule(&with, "forest-cover");
    assert_eq!((&rule["target"], &rule["met"], &with["plan"]), (&json!(18.0), &json!(false), &json!("BS")));
    let table = std::fs::read_to_string(folder.path().join("b/targets.geojson")).expect("written");
    let table: Value = serde_json::from_str(&table).expect("JSON");
    let rows = table["features"].as_array().expect("rows");
    assert_eq!(rows.len(), shanshui::rules::Plan::builtin("BS").expect("built in").targets.len());
    let row = rows.iter().find(|row| row["properties"]["indicator"] == "Forest cover").expect("there");
    assert_eq!((&row["geometry"], &row["properties"]["state"]), (&Value::Null, &json!("missed")));
    // A planner's own table, and one that cannot be read.
    std::fs::write(
        folder.path().join("own.toml"),
        "id = \"我区\"\n[[target]]\nyear = 2030\nindicator = \"林\"\ntext = \"4 %\"\nvalue = 4.0\nrule = \"forest-cover\"\n",
    )
    .expect("writable");
    let own =
        summary(&run(folder.path(), &["run", &baoshan(), "forest-cover", "--plan", "own.toml", "-o", "c", "--json"]));
    assert_eq!((&of_rule(&own, "forest-cover")["met"], &own["plan"]), (&json!(true), &json!("我区")));
    let none = run(folder.path(), &["run", &baoshan(), "--plan", "nothing.toml", "-o", "d"]);
    assert_eq!(status(&none), 3);
    assert!(stderr(&none).contains("nothing.toml") && !folder.path().join("d").exists(), "{}", stderr(&none));
}

#[test]
fn a_project_names_its_plan_columns_and_parameters() {
    let folder = tempfile::tempdir().expect("a folder");
    let outlets = std::fs::read_to_string(maps().join("baoshan/outlet.geojson")).expect("there");
    std::fs::write(folder.path().join("口.geojson"), outlets.replace("\"status\":", "\"状态\":")).expect("writable");
    std::fs::copy(maps().join("baoshan/shoreline.geojson"), folder.path().join("shoreline.geojson")).expect("writable");
    let project = json!({
        "shanshui": 1,
        "plan": "JS",
        "parameters": {"outlets-near-yangtze": {"distance_m": 1000.0}},
        "values": [{"indicator": "PM2.5 平均浓度", "year": 2024, "value": 27.5}],
        "layers": [{"file": "口.geojson", "role": "outlet", "names": {"status": "状态"}}, {"file": "shoreline.geojson"}],
    });
    std::fs::write(folder.path().join("p.shanshui.json"), project.to_string()).expect("writable");
    let s = summary(&run(folder.path(), &["run", "p.shanshui.json", "-o", "out", "--json"]));
    let ledger = of_rule(&s, "outlet-ledger");
    assert_eq!(ledger["status"], "answered");
    assert!((ledger["figure"].as_f64().expect("a share") - 78.688_5).abs() < 1e-3);
    let near = of_rule(&s, "outlets-near-yangtze")["features"].as_u64().expect("a number");
    assert!(near > 10 && near < 54, "{near}");
    let table = std::fs::read_to_string(folder.path().join("out/targets.geojson")).expect("written");
    let table: Value = serde_json::from_str(&table).expect("JSON");
    let rows = table["features"].as_array().expect("rows");
    let air = rows.iter().find(|row| row["properties"]["indicator"] == "PM2.5, mean").expect("there");
    assert_eq!((&air["properties"]["state"], &air["properties"]["value"]), (&json!("met"), &json!(27.5)));
}

#[test]
fn findings_go_on_where_they_were() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["outlet", "water_source_zone", "red_line"] {
        let file = format!("{name}.geojson");
        std::fs::copy(maps().join("baoshan").join(&file), folder.path().join(&file)).expect("writable");
    }
    // A bare run has neither findings nor a map.
    let bare = summary(&run(folder.path(), &["run", ".", "-o", "bare", "--json"]));
    assert!(bare["rules"].as_array().expect("a list").iter().all(|r| r["id"] != "findings" && r["id"] != "one-map"));
    let first = summary(&run(folder.path(), &["run", ".", "findings", "-o", "out", "--json"]));
    let read = |path: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.path().join(path)).expect("written")).expect("JSON")
    };
    let all = read("out/findings.geojson");
    let features = all["features"].as_array().expect("features");
    assert_eq!(of_rule(&first, "findings")["features"].as_u64(), Some(features.len() as u64));
    assert!(features.len() >= 24 && features.iter().all(|f| f["properties"]["state"] == "发现"));
    // Somebody takes one up, and the file becomes the project's own.
    let mut changed = all.clone();
    changed["features"][0]["properties"]["state"] = "督促整改".into();
    changed["features"][0]["properties"]["照片"] = "1.jpg".into();
    std::fs::write(folder.path().join("findings.geojson"), changed.to_string()).expect("writable");
    summary(&run(folder.path(), &["run", ".", "findings", "-o", "again", "--json"]));
    let again = read("again/findings.geojson");
    assert_eq!(again["features"].as_array().map(Vec::len), Some(features.len()));
    let properties = &again["features"][0]["properties"];
    assert_eq!((&properties["state"], &properties["照片"]), (&json!("督促整改"), &json!("1.jpg")));
    // What is no findings is told, and nothing is written over it.
    std::fs::write(folder.path().join("findings.geojson"), "{").expect("writable");
    assert_eq!(status(&run(folder.path(), &["run", ".", "findings", "-o", "third"])), 3);
}

#[test]
fn every_outlet_has_its_card() {
    let folder = tempfile::tempdir().expect("a folder");
    let done = run(folder.path(), &["cards", &baoshan(), "-o", "cards.html"]);
    assert_eq!(status(&done), 0, "{}", stderr(&done));
    let text = std::fs::read_to_string(folder.path().join("cards.html")).expect("written");
    assert_eq!(text.matches("<section class=\"card\">").count(), 244);
    assert!(text.contains("WP-310113-0217-QT") && text.contains("陈行饮用水水源保护区（一级）"));
    // What is left out is said in them: an outlet without a position, roles of which there is no layer.
    assert!(text.contains("cannot be used") && text.contains("入河排污口 (1)") && text.contains("no layer of"), "said");
    let jinshan = maps().join("broken").display().to_string();
    assert_eq!(status(&run(folder.path(), &["cards", &jinshan, "-o", "none.html"])), 3);
}

#[test]
fn a_zone_knows_its_verdicts() {
    let folder = tempfile::tempdir().expect("a folder");
    // Round an outlet in the first-level zone, on the red line's core.
    let zone = json!({"type": "Polygon", "coordinates": [[[121.3, 31.45], [121.38, 31.45], [121.38, 31.52], [121.3, 31.52], [121.3, 31.45]]]});
    std::fs::write(folder.path().join("zone.geojson"), zone.to_string()).expect("writable");
    let s =
        summary(&run(folder.path(), &["inspect", &baoshan(), "--zone", "zone.geojson", "-o", "in.geojson", "--json"]));
    let verdicts = s["verdicts"].as_array().expect("a list");
    let outlets = verdicts.iter().find(|v| v["rule"] == "outlets-in-source-zones" && v["verdict"] == "ban");
    let banned = outlets.expect("outlets in source zones")["count"].as_u64().expect("a count");
    assert!(banned > 0 && banned <= 14, "{banned}");
    // The zone itself, were it a project.
    assert!(
        s["as_plot"].as_array().expect("a list").iter().any(|v| v["id"] == "red-line-encroachment"),
        "{}",
        s["as_plot"]
    );
    let far = json!({"type": "Polygon", "coordinates": [[[120.0, 30.0], [120.1, 30.0], [120.1, 30.1], [120.0, 30.0]]]});
    std::fs::write(folder.path().join("far.geojson"), far.to_string()).expect("writable");
    let s =
        summary(&run(folder.path(), &["inspect", &baoshan(), "--zone", "far.geojson", "-o", "f.geojson", "--json"]));
    assert_eq!((&s["verdicts"], &s["as_plot"]), (&json!([]), &json!([])));
}

#[test]
fn what_was_typed_into_findings_outlives_the_same_command() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["outlet", "water_source_zone"] {
        let file = format!("{name}.geojson");
        std::fs::create_dir_all(folder.path().join("map")).expect("writable");
        std::fs::copy(maps().join("baoshan").join(&file), folder.path().join("map").join(&file)).expect("writable");
    }
    let path = folder.path().join("answers/findings.geojson");
    let read = || -> Value { serde_json::from_str(&std::fs::read_to_string(&path).expect("written")).expect("JSON") };
    let again = || run(folder.path(), &["run", "map", "findings", "-o", "answers", "--json"]);
    summary(&again());
    let mut typed = read();
    typed["features"][0]["properties"]["state"] = "移交查处".into();
    typed["features"][0]["properties"]["note"] = "已约谈".into();
    std::fs::write(&path, typed.to_string()).expect("writable");
    summary(&again());
    let properties = read()["features"][0]["properties"].clone();
    assert_eq!((&properties["state"], &properties["note"]), (&json!("移交查处"), &json!("已约谈")));
}

/// Findings that a run left in another folder are named by whoever would take them on, and taken on where they are given.
#[test]
fn findings_of_another_folder_are_named_and_taken_on() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("map")).expect("writable");
    for name in ["outlet.geojson", "water_source_zone.geojson"] {
        std::fs::copy(maps().join("baoshan").join(name), folder.path().join("map").join(name)).expect("writable");
    }
    let place = |name: &str| folder.path().join(name);
    let go = |arguments: &[&str]| run(folder.path(), arguments);
    let first = summary(&go(&["run", "map", "findings", "-o", "map/answers", "--json"]));
    assert_eq!(first["findings"], json!({"read": [], "elsewhere": []}));
    let mut typed: Value =
        serde_json::from_str(&std::fs::read_to_string(place("map/answers/findings.geojson")).expect("written"))
            .expect("JSON");
    typed["features"][0]["properties"]["state"] = "移交查处".into();
    typed["features"][0]["properties"]["note"] = "已约谈某厂".into();
    let kept = typed.to_string();
    std::fs::write(place("map/answers/findings.geojson"), &kept).expect("writable");

    // Without the option they are named beside the answer, by every command that reads findings.
    for arguments in [
        vec!["report", "map", "-o", "r.html", "--overwrite"],
        vec!["cards", "map", "-o", "c.html", "--overwrite"],
        vec!["run", "map", "findings", "-o", "other"],
    ] {
        let done = go(&arguments);
        assert_eq!(status(&done), 0, "{}", stderr(&done));
        assert!(stderr(&done).contains("answers/findings.geojson"), "{arguments:?}: {}", stderr(&done));
        assert!(stderr(&done).contains("--findings"), "{arguments:?}: {}", stderr(&done));
    }
    let html = std::fs::read_to_string(place("r.html")).expect("written");
    assert!(html.contains("answers/findings.geojson") && html.contains("No earlier findings"), "the report says so");
    assert!(!html.contains("已约谈某厂"));

    // With it they are taken on, and left as they are.
    let given = "map/answers/findings.geojson";
    let told = summary(&go(&["report", "map", "-o", "with.html", "--findings", given, "--json"]));
    assert_eq!(told["findings"], json!({"read": ["answers/findings.geojson"], "elsewhere": []}));
    let html = std::fs::read_to_string(place("with.html")).expect("written");
    assert!(html.contains("已约谈某厂") && html.contains("taken on from: answers/findings.geojson"));
    assert!(!html.contains("No earlier findings"));
    let told = summary(&go(&["run", "map", "findings", "-o", "third", "--findings", given, "--json"]));
    assert_eq!(told["findings"]["read"], json!(["answers/findings.geojson"]));
    assert!(std::fs::read_to_string(place("third/findings.geojson")).expect("written").contains("已约谈某厂"));
    let done = go(&["cards", "map", "-o", "with-cards.html", "--findings", given]);
    assert_eq!(status(&done), 0, "{}", stderr(&done));
    assert!(stderr(&done).contains("taken on from"), "{}", stderr(&done));
    // A card tells the state and what happened, and no note.
    assert!(std::fs::read_to_string(place("with-cards.html")).expect("written").contains("Passed on"));
    assert_eq!(std::fs::read_to_string(place(given)).expect("there"), kept, "it is an input");

    // A file that is named has to be there and to hold findings, and is written over by nothing.
    std::fs::write(place("broken.geojson"), "{").expect("writable");
    for file in ["none.geojson", "broken.geojson", "map"] {
        for arguments in [
            vec!["report", "map", "-o", "no.html", "--findings", file],
            vec!["cards", "map", "-o", "no.html", "--findings", file],
            vec!["run", "map", "findings", "-o", "no", "--findings", file],
        ] {
            let done = go(&arguments);
            assert_eq!(status(&done), 3, "{arguments:?}: {}", stderr(&done));
            assert!(stderr(&done).contains(file), "{arguments:?}: {}", stderr(&done));
            assert!(!place("no").exists() && !place("no.html").exists(), "{arguments:?}");
        }
    }
    std::fs::write(place("copy.html"), &kept).expect("writable");
    for command in ["report", "cards"] {
        let done = go(&[command, "map", "-o", "copy.html", "--findings", "copy.html", "--overwrite"]);
        assert_eq!(status(&done), 2, "{command}: {}", stderr(&done));
        assert_eq!(std::fs::read_to_string(place("copy.html")).expect("there"), kept, "{command}");
    }
}

/// A report with findings of another file leaves those of the project alone.
#[test]
fn a_report_with_other_findings_writes_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let copy = |name: &str| {
        std::fs::copy(maps().join("baoshan").join(name), folder.path().join(name)).expect("writable");
    };
    ["outlet.geojson", "water_source_zone.geojson"].into_iter().for_each(copy);
    let project = json!({"shanshui": 1, "layers": [{"file": "outlet.geojson"}, {"file": "water_source_zone.geojson"}]});
    std::fs::write(folder.path().join("p.shanshui.json"), project.to_string()).expect("writable");
    summary(&run(folder.path(), &["run", "p.shanshui.json", "findings", "-o", "answers", "--json"]));
    let arguments = ["report", "p.shanshui.json", "-o", "r.html", "--findings", "answers/findings.geojson", "--json"];
    let told = summary(&run(folder.path(), &arguments));
    assert_eq!(told["findings"]["read"], json!(["answers/findings.geojson"]));
    assert!(!folder.path().join("findings.geojson").exists(), "whose they are not");
}

#[test]
fn values_that_nobody_knows_are_listed_and_a_file_of_words_explains_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = folder.path().join("map");
    std::fs::create_dir_all(map.join("rules")).expect("writable");
    let square = "[[[121.4,31.4],[121.41,31.4],[121.41,31.41],[121.4,31.41],[121.4,31.4]]]";
    let layer = |properties: &str| {
        format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{{properties}}},"geometry":{{"type":"Polygon","coordinates":{square}}}}}]}}"#
        )
    };
    std::fs::write(map.join("red_line.geojson"), layer(r#""core":"甲类""#)).expect("writable");
    std::fs::write(map.join("plot.geojson"), layer(r#""name":"项目","stage":"拟建""#)).expect("writable");
    let listed = run(folder.path(), &["rules", "map", "--json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("a list");
    let of =
        listed.as_array().expect("a list").iter().find(|rule| rule["id"] == "red-line-encroachment").expect("there");
    let unknown = json!([{"role": "red_line", "property": "core", "value": "甲类", "count": 1}]);
    assert_eq!(of["unknown_values"], unknown);
    let asked = || {
        of_rule(
            &summary(&run(folder.path(), &["run", "map", "red-line-encroachment", "-o", "out", "--json"])),
            "red-line-encroachment",
        )
    };
    let rule = asked();
    assert_eq!((&rule["ban"], &rule["review"], &rule["unknown_values"]), (&json!(0), &json!(1), &unknown));
    std::fs::write(
        map.join("rules/vocabulary.toml"),
        "[[word]]\nrole = \"red_line\"\nproperty = \"core\"\nvalue = \"甲 类\"\nis = \"true\"\n",
    )
    .expect("writable");
    let rule = asked();
    assert_eq!((&rule["ban"], &rule["review"], &rule["unknown_values"]), (&json!(1), &json!(0), &json!([])));
    // A word that means nothing that the property has is an error that names it.
    std::fs::write(
        map.join("rules/vocabulary.toml"),
        "[[word]]\nrole = \"red_line\"\nproperty = \"core\"\nvalue = \"甲类\"\nis = \"大概\"\n",
    )
    .expect("writable");
    let wrong = run(folder.path(), &["run", "map", "red-line-encroachment", "-o", "out"]);
    let told = stderr(&wrong);
    assert!(wrong.status.code() == Some(3) && told.contains("line 1") && told.contains("“大概”"), "{told}");
    // In a project too: it is told, and the value stays unknown.
    std::fs::remove_file(map.join("rules/vocabulary.toml")).expect("there");
    let words = json!([
        {"role": "red_line", "property": "core", "value": "甲类", "is": "大概"},
        {"role": "red_line", "property": "kore", "value": "甲类", "is": "true"},
    ]);
    let layers = json!([{"file": "map/red_line.geojson"}, {"file": "map/plot.geojson"}]);
    let project = json!({"shanshui": 1, "layers": layers, "words": words});
    std::fs::write(folder.path().join("p.shanshui.json"), project.to_string()).expect("writable");
    let kept = run(folder.path(), &["run", "p.shanshui.json", "red-line-encroachment", "-o", "out", "--json"]);
    let told = stderr(&kept);
    assert!(told.contains("“大概”") && told.contains("kore"), "{told}");
    let rule = of_rule(&summary(&kept), "red-line-encroachment");
    assert_eq!((&rule["review"], &rule["unknown_values"]), (&json!(1), &unknown));
}

/// A project of three layers with two scenarios, as a window saves it.
fn with_scenarios(folder: &std::path::Path) -> String {
    for name in ["outlet", "water_source_zone", "shoreline"] {
        let file = format!("{name}.geojson");
        std::fs::copy(maps().join("baoshan").join(&file), folder.join(&file)).expect("copied");
    }
    let outlets: Value =
        serde_json::from_slice(&std::fs::read(folder.join("outlet.geojson")).expect("there")).expect("JSON");
    // In the water: it is one of those that the rule bans.
    let run = run(folder, &["run", ".", "outlets-in-source-zones", "-o", "first", "--json"]);
    assert_eq!(summary(&run)["rules"][0]["ban"], 14);
    let text = std::fs::read_to_string(folder.join("first/outlets-in-source-zones.geojson")).expect("written");
    let answer: Value = serde_json::from_str(&text).expect("JSON");
    let codes: Vec<Value> =
        answer["features"].as_array().expect("a list").iter().map(|f| f["properties"]["code"].clone()).collect();
    let first = outlets["features"].as_array().expect("a list").iter().find(|f| f["properties"]["code"] == codes[0]);
    let mut new = first.expect("there").clone();
    (new["id"], new["properties"]["code"], new["properties"]["name"]) = ("n".into(), "N-1".into(), "新排口".into());
    let layers = ["outlet", "water_source_zone", "shoreline"]
        .map(|name| json!({"file": format!("{name}.geojson"), "role": name}));
    let drawn = |changes: Value| json!([{"file": "outlet.geojson", "changes": changes}]);
    let project = json!({"shanshui": 1, "layers": layers, "scenarios": [
        {"name": "方案一", "note": "关闭两处", "layers": drawn(json!([{"of": codes[0]}, {"of": codes[1]}]))},
        {"name": "方案二", "layers": drawn(json!([{"feature": new.to_string()}, {"of": "nobody", "name": "没有的"}]))},
    ]});
    std::fs::write(folder.join("p.shanshui.json"), project.to_string()).expect("writable");
    "p.shanshui.json".to_owned()
}

#[test]
fn rules_run_and_are_compared_with_scenarios() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = with_scenarios(folder.path());
    let (project, rule) = (project.as_str(), "outlets-in-source-zones");
    let outlets = std::fs::read(folder.path().join("outlet.geojson")).expect("there");
    // Without one, nothing of them shows.
    let base = summary(&run(folder.path(), &["run", project, rule, "-o", "base", "--json"]));
    assert_eq!((&base["rules"][0]["ban"], base.get("scenario")), (&json!(14), None));
    let read = |path: &str| std::fs::read_to_string(folder.path().join(path)).expect("written");
    let without_time = |text: String| text.split(",\"time\":\"").next().expect("a part").to_owned();
    let file = format!("{rule}.geojson");
    assert_eq!(without_time(read(&format!("base/{file}"))), without_time(read(&format!("first/{file}"))));

    let one = summary(&run(folder.path(), &["run", project, rule, "-o", "one", "--scenario", "方案一", "--json"]));
    assert_eq!((&one["rules"][0]["ban"], &one["scenario"]), (&json!(12), &json!("方案一")));
    let answer: Value = serde_json::from_str(&read(&format!("one/{file}"))).expect("JSON");
    assert_eq!(answer["shanshui"]["scenario"], "方案一");
    let changes: Vec<&Value> =
        answer["shanshui"]["inputs"].as_array().expect("a list").iter().filter_map(|i| i.get("changes")).collect();
    assert_eq!(changes, [2]);
    let two = run(folder.path(), &["run", project, rule, "-o", "two", "--scenario", "方案二", "--json"]);
    assert!(stderr(&two).contains("没有的"), "{}", stderr(&two));
    assert_eq!(summary(&two)["rules"][0]["ban"], 15);

    let both = ["compare", project, "--scenario", "方案一", "--scenario", "方案二"];
    let told = run(folder.path(), &both);
    assert_eq!(status(&told), 0, "{}", stderr(&told));
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    for part in
        ["“方案一” changes 2 features", "2 fewer possible breaches", "1 new possible breach", "As it stands", rule]
    {
        assert!(text.contains(part), "{part}: {text}");
    }
    let json = summary(&run(folder.path(), &[&both[..], &["--json", "-o", "c.json"]].concat()));
    assert_eq!(json["scenarios"][1]["doubts"].as_array().map(Vec::len), Some(1));
    let of = of_rule(&json, rule);
    assert_eq!(
        (&of["before"]["ban"], &of["after"][0]["ban"], &of["after"][1]["ban"]),
        (&json!(14), &json!(12), &json!(15))
    );
    assert_eq!(of["after"][0]["changes"].as_array().map(Vec::len), Some(2));
    let new = &of["after"][1]["changes"][0];
    assert_eq!(
        (&new["name"], &new["became"], &new["before"], &new["after"]),
        (&json!("新排口"), &json!("new"), &Value::Null, &json!("ban"))
    );
    let written: Value = serde_json::from_str(&read("c.json")).expect("JSON");
    assert_eq!(written["rules"], json["rules"]);
    // Everything is there of what runs at all, and what differs is marked.
    let all = json["rules"].as_array().expect("a list");
    assert!(all.len() > 3 && all.iter().any(|rule| rule["differs"] == false));
    // One rule alone; a document with its workbook.
    let narrow = [&both[..4], &[rule, "-o", "c.html", "--json"]].concat();
    let narrow = summary(&run(folder.path(), &narrow));
    assert_eq!(narrow["rules"].as_array().map(Vec::len), Some(1));
    let page = read("c.html");
    assert!(page.contains("方案一") && page.contains("关闭两处") && page.contains("gone"), "{page}");
    assert!(folder.path().join("c.xlsx").metadata().expect("beside it").len() > 4_000);
    // The report of what stands, with the comparison in it.
    let report = run(folder.path(), &["report", project, "-o", "r.html", "--scenario", "方案一"]);
    assert_eq!(status(&report), 0, "{}", stderr(&report));
    let page = read("r.html");
    assert!(page.contains("<h2>Scenarios compared</h2>") && page.contains("2 fewer possible breaches"));
    assert_eq!(std::fs::read(folder.path().join("outlet.geojson")).expect("there"), outlets);
}

#[test]
fn what_no_scenario_can_do_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let project = with_scenarios(folder.path());
    let project = project.as_str();
    let rule = "outlets-in-source-zones";
    for (arguments, code, words) in [
        (vec!["run", project, rule, "-o", "o", "--scenario", "方案三"], 2, "方案一"),
        (vec!["run", ".", rule, "-o", "o", "--scenario", "方案一"], 2, "no scenarios"),
        (vec!["run", project, "findings", "-o", "o", "--scenario", "方案一"], 2, "as they stand"),
        (vec!["compare", project], 2, "--scenario"),
        (vec!["compare", project, "one-map", "--scenario", "方案一"], 2, "as they stand"),
        (vec!["compare", project, "no-such-rule", "--scenario", "方案一"], 2, "no-such-rule"),
        (vec!["compare", project, "--scenario", "方案一", "--scenario", "方案一"], 2, "twice"),
        (vec!["compare", project, "--scenario", "方案一", "-o", "outlet.geojson"], 2, "outlet.geojson"),
        (vec!["compare", project, "--scenario", "方案一", "-o", "findings.geojson"], 2, "findings.geojson"),
        (vec!["report", project, "-o", "r.html", "--scenario", "方案三"], 2, "方案一"),
        (vec!["rules", project, "--scenario", "方案一"], 2, "--scenario"),
    ] {
        let done = run(folder.path(), &arguments);
        assert_eq!(status(&done), code, "{arguments:?}: {}", stderr(&done));
        assert!(stderr(&done).contains(words), "{arguments:?}: {}", stderr(&done));
    }
    assert!(!folder.path().join("o").exists() && !folder.path().join("r.html").exists());
    // Two of a name; a layer that the project has no more.
    let text = std::fs::read_to_string(folder.path().join(project)).expect("there");
    let twice = text.replace("方案二", "方案一");
    std::fs::write(folder.path().join("twice.shanshui.json"), twice).expect("writable");
    let gone = text.replace("[{\"changes\"", "[{\"x\"").replacen(
        "\"file\":\"outlet.geojson\",\"changes\"",
        "\"file\":\"o.geojson\",\"changes\"",
        1,
    );
    std::fs::write(folder.path().join("gone.shanshui.json"), gone).expect("writable");
    for (project, words) in [("twice.shanshui.json", "Two scenarios"), ("gone.shanshui.json", "o.geojson")] {
        let done = run(folder.path(), &["run", project, rule, "-o", "o", "--scenario", "方案一"]);
        assert_eq!(status(&done), 3, "{}", stderr(&done));
        assert!(stderr(&done).contains(words), "{}", stderr(&done));
    }
}
