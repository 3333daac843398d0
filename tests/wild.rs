//! Layers and questions as they are in the wild: kinds of input that bug reports tell of, through the command line.

use crate::program::*;
use serde_json::{Value, json};
use std::path::Path;

/// Writes a layer of features with properties and geometries.
fn write(folder: &Path, name: &str, features: &[(Value, Value)]) {
    let feature = |(properties, geometry): &(Value, Value)| json!({"type": "Feature", "properties": properties, "geometry": geometry});
    let all: Vec<Value> = features.iter().map(feature).collect();
    let text = json!({"type": "FeatureCollection", "features": all}).to_string();
    std::fs::write(folder.join(name), text).expect("written");
}

fn point(lon: f64, lat: f64) -> Value {
    json!({"type": "Point", "coordinates": [lon, lat]})
}

fn read(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join(name)).expect("a file")).expect("JSON")
}

/// Values of a property in what a condition leaves of `a.geojson`.
fn left(folder: &Path, condition: &str) -> Vec<u64> {
    let done = run(folder, &["convert", "a.geojson", "o.geojson", "--where", condition, "--json"]);
    assert_eq!(status(&done), 0, "{condition}: {}", stderr(&done));
    let features = read(folder, "o.geojson");
    features["features"]
        .as_array()
        .expect("features")
        .iter()
        .map(|f| f["properties"]["k"].as_u64().expect("k"))
        .collect()
}

#[test]
fn whole_numbers_compare_by_every_digit() {
    let folder = tempfile::tempdir().expect("a folder");
    let codes = ["2305843009223239036", "2305843009223239037", "-2305843009223239036", "99999999999999999999999", "7"];
    let feature = |(k, code): (usize, &&str)| {
        format!(r#"{{"type":"Feature","properties":{{"k":{},"code":{code},"text":"{code}"}},"geometry":null}}"#, k + 1)
    };
    let all: Vec<String> = codes.iter().enumerate().map(feature).collect();
    let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, all.join(","));
    std::fs::write(folder.path().join("a.geojson"), text).expect("written");
    for (condition, rows) in [
        ("code = 2305843009223239036", vec![1]),
        ("code <> 2305843009223239036 AND code > 8", vec![2, 4]),
        ("code = -2305843009223239036", vec![3]),
        ("code IN (2305843009223239037, 99999999999999999999999)", vec![2, 4]),
        ("code BETWEEN 2305843009223239037 AND 2305843009223239038", vec![2]),
        ("code > 2305843009223239036", vec![2, 4]),
        ("text = 2305843009223239037", vec![2]),
        ("number(text) < -2305843009223239035", vec![3]),
        ("code = 7", vec![5]),
        ("code < 8 AND code > 6.5", vec![5]),
    ] {
        assert_eq!(left(folder.path(), condition), rows, "{condition}");
    }
}

#[test]
fn times_compare_as_instants_and_patterns_are_folded() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = [
        ("2024-02-29T23:59:59Z", "Park"),
        ("2024-03-01T07:00:00+08:00", "PARC"),
        ("2024-03-01T08:00:00+08:00", "école"),
        ("2024-03-01 09:00:00+0800", "Straße"),
    ];
    let features: Vec<_> =
        rows.iter().enumerate().map(|(i, (d, n))| (json!({"k": i + 1, "d": d, "n": n}), Value::Null)).collect();
    write(folder.path(), "a.geojson", &features);
    for (condition, rows) in [
        ("d >= TIMESTAMP('2024-03-01T00:00:00Z')", vec![3, 4]),
        ("d = TIMESTAMP('2024-03-01T00:00:00.000Z')", vec![3]),
        ("d < TIMESTAMP('2024-03-01T00:00:00Z')", vec![1, 2]),
        ("d BETWEEN TIMESTAMP('2024-02-29T23:59:59Z') AND TIMESTAMP('2024-03-01T00:00:00Z')", vec![1, 3]),
        ("CASEI(n) LIKE CASEI('PAR%')", vec![1, 2]),
        ("CASEI(n) NOT LIKE CASEI('par%')", vec![3, 4]),
        ("ACCENTI(n) LIKE ACCENTI('éco%')", vec![3]),
        ("CASEI(ACCENTI(n)) LIKE CASEI(ACCENTI('ÉCO%'))", vec![3]),
        ("CASEI(n) = CASEI('STRASSE')", vec![4]),
        ("UPPER(n) LIKE UPPER('par_')", vec![1, 2]),
    ] {
        assert_eq!(left(folder.path(), condition), rows, "{condition}");
    }
}

#[test]
fn options_are_honoured_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    write(
        folder.path(),
        "a.geojson",
        &[(json!({"k": "x"}), point(121.0, 31.0)), (json!({"k": "y"}), point(121.1, 31.0))],
    );
    let done = summary(&run(folder.path(), &["convert", "a.geojson", "o.geojson", "--where", "k = 'x'", "--json"]));
    assert_eq!((done["features_in"].as_u64(), done["matched"].as_u64()), (Some(2), Some(1)));
    assert_eq!(read(folder.path(), "o.geojson")["features"].as_array().map(Vec::len), Some(1));
    for arguments in [
        &["info", "a.geojson", "--where", "nosuch = 'x'"][..],
        &["convert", "a.geojson", "p.geojson", "--where", "nosuch = 'x'"],
        &["convert", "a.geojson", "p.geojson", "--where-ref", "k = 'x'"],
        &["buffer", "a.geojson", "--distance", "5", "--where-ref", "k = 'x'", "-o", "p.geojson"],
        &["buffer", "a.geojson", "--distance", "5", "--plan", "BS", "-o", "p.geojson"],
        &["audit", "a.geojson", "a.geojson", "--key", "k", "--where", "k = 'x'", "-o", "p.geojson"],
        &["rules", ".", "--layer", "a"],
    ] {
        let refused = run(folder.path(), arguments);
        assert_eq!(status(&refused), 2, "{arguments:?}: {}", stderr(&refused));
        assert!(!folder.path().join("p.geojson").exists(), "{arguments:?}");
    }
}

#[test]
fn conversion_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = r#"{"type":"FeatureCollection","title":"草案","crs":{"type":"name","properties":{"name":"EPSG:32651"}},"features":[
{"type":"Feature","id":1,"properties":null,"geometry":{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[350000,3450000,12.5]},{"type":"LineString","coordinates":[[350000,3450000,1],[350000,3450000,9]]}]}},
{"type":"Feature","properties":{"k":1},"note":"x","geometry":{"type":"Polygon","coordinates":[[[350000,3450000,5],[350100,3450000,6],[350100,3450100,7],[350000,3450000,5]]]}}],"after":[1,2]}"#;
    std::fs::write(folder.path().join("a.geojson"), text).expect("written");
    summary(&run(folder.path(), &["convert", "a.geojson", "o.geojson", "--json"]));
    let out = read(folder.path(), "o.geojson");
    assert_eq!((&out["title"], &out["after"], &out["crs"]), (&json!("草案"), &json!([1, 2]), &Value::Null));
    let [first, second] = [0, 1].map(|i| &out["features"][i]);
    assert_eq!((&first["properties"], &second["note"]), (&Value::Null, &json!("x")));
    let parts = first["geometry"]["geometries"].as_array().expect("a collection");
    assert_eq!((&parts[0]["coordinates"][2], &parts[1]["coordinates"][1][2]), (&json!(12.5), &json!(9)));
    assert!((parts[0]["coordinates"][0].as_f64().expect("longitude") - 121.43).abs() < 0.02, "{}", parts[0]);
    let heights: Vec<&Value> =
        second["geometry"]["coordinates"][0].as_array().expect("a ring").iter().map(|p| &p[2]).collect();
    assert_eq!(heights, [&json!(5), &json!(6), &json!(7), &json!(5)]);
}

#[test]
fn an_id_is_never_another_ones() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "a.geojson", &[(json!({}), point(121.0, 31.0)), (json!({}), point(121.1, 31.0))]);
    let named =
        |id: Value, lon: f64| json!({"type": "Feature", "id": id, "properties": {}, "geometry": point(lon, 31.0)});
    let mut unnamed = named(Value::Null, 121.0001);
    unnamed.as_object_mut().expect("a feature").remove("id");
    let all = json!({"type": "FeatureCollection", "features": [unnamed, named(json!(1), 121.1001)]});
    std::fs::write(folder.path().join("b.geojson"), all.to_string()).expect("written");
    summary(&run(folder.path(), &["nearest", "a.geojson", "--to", "b.geojson", "-o", "o.geojson", "--json"]));
    let out = read(folder.path(), "o.geojson");
    let ids: Vec<&Value> = [0, 1].iter().map(|i| &out["features"][*i]["properties"]["nearest_id"]).collect();
    assert_eq!(ids, [&json!("#1"), &json!(1)]);
}

#[test]
fn refusals_name_what_is_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let line = r#"{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[121,31]}}"#;
    let turned = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[190.5,-17]}}]}"#;
    for (text, said) in [
        (format!("{line}\n{{\n"), "line-delimited"),
        (r#"{"type":"FeatureCollection"}"#.to_owned(), "features"),
        (r#"{"type":"FeatureCollection","features":{}}"#.to_owned(), "features"),
        (turned.to_owned(), "longitude cannot exceed 180"),
        (turned.replace("190.5,-17", "190.5,-97"), "latitude cannot exceed 90"),
    ] {
        std::fs::write(folder.path().join("a.geojson"), &text).expect("written");
        let refused = run(folder.path(), &["buffer", "a.geojson", "--distance", "5", "-o", "o.geojson"]);
        assert_ne!(status(&refused), 0, "{text}");
        assert!(stderr(&refused).contains(said), "{text}: {}", stderr(&refused));
    }
    // One feature a line is read, and kept so.
    for text in [format!("{line}\n{line}\n"), format!("\u{1e}{line}\n\u{1e}{line}\n"), format!("{line}\r\n\r\n{line}")]
    {
        std::fs::write(folder.path().join("a.geojsonl"), &text).expect("written");
        let info = summary(&run(folder.path(), &["info", "a.geojsonl", "--json"]));
        assert_eq!((&info["features"], &info["left_out"]), (&json!(2), &json!(0)), "{info}");
        assert_eq!(health(folder.path(), "a.geojsonl"), ["line-delimited"]);
        let done = run(folder.path(), &["buffer", "a.geojsonl", "--distance", "5", "-o", "o.geojson", "--json"]);
        assert_eq!(summary(&done)["matched"], 2, "{}", stderr(&done));
    }
    // Notepad's "Unicode" opens as it is.
    let wide: Vec<u8> = format!("\u{feff}{line}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    std::fs::write(folder.path().join("a.geojson"), wide).expect("written");
    assert_eq!(summary(&run(folder.path(), &["info", "a.geojson", "--json"]))["features"], 1);
}

#[test]
fn a_wide_buffer_of_a_ragged_border_follows_its_outline() {
    let folder = tempfile::tempdir().expect("a folder");
    let corner = |k: usize| {
        let (sin, cos) = (k as f64 / 20_000.0 * std::f64::consts::TAU).sin_cos();
        let radius = 0.03 * (1.0 + 0.003 * ((k * 7919) % 1_000) as f64 / 1_000.0);
        json!([121.4 + radius * cos / 0.855, 31.2 + radius * sin])
    };
    let mut ring: Vec<Value> = (0..20_000).map(corner).collect();
    ring.push(ring[0].clone());
    write(folder.path(), "a.geojson", &[(json!({}), json!({"type": "Polygon", "coordinates": [ring]}))]);
    let wide =
        summary(&run(folder.path(), &["buffer", "a.geojson", "--distance", "3000", "-o", "o.geojson", "--json"]));
    // An ellipse of 3,354 m by 3,336 m, and 3,000 m more.
    let radius_m = (wide["area_m2"].as_f64().expect("an area") / std::f64::consts::PI).sqrt();
    assert!((radius_m - 6_345.0).abs() < 1.5, "{radius_m}");
    let corners =
        read(folder.path(), "o.geojson")["features"][0]["geometry"]["coordinates"][0].as_array().map(Vec::len);
    assert!(corners.is_some_and(|corners| corners < 20_000), "{corners:?}");
    let info = summary(&run(folder.path(), &["info", "o.geojson", "--json"]));
    assert_eq!(info["health"].as_array().map(Vec::len), Some(0), "{info}");
}

#[test]
fn figures_of_an_audit_add_up_and_poles_are_right_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let area = |south: f64| {
        let ring = [[121.0, south], [121.2, 31.0], [121.2, 31.1], [121.0, 31.1], [121.0, south]];
        (json!({"k": 1}), json!({"type": "Polygon", "coordinates": [ring]}))
    };
    write(folder.path(), "a.geojson", &[area(31.0)]);
    // A wedge of at most 11 cm along 19 km.
    write(folder.path(), "b.geojson", &[area(31.000001)]);
    for (before, after) in [("a.geojson", "b.geojson"), ("b.geojson", "a.geojson")] {
        let s = summary(&run(folder.path(), &["audit", before, after, "--key", "k", "-o", "o.geojson", "--json"]));
        let m2 = |name: &str| s[name].as_f64().expect("an area");
        let sum = m2("before_m2") - m2("lost_m2") - m2("slivers_lost_m2") + m2("gained_m2") + m2("slivers_gained_m2");
        assert!((sum - m2("after_m2")).abs() < 0.5, "{sum}: {s}");
        assert!(m2("slivers_lost_m2") + m2("slivers_gained_m2") > 500.0, "{s}");
    }
    for lat in [90.0, -90.0, 89.7] {
        write(folder.path(), "p.geojson", &[(json!({}), point(10.0, lat))]);
        let refused = run(folder.path(), &["buffer", "p.geojson", "--distance", "50000", "-o", "q.geojson"]);
        assert_eq!(status(&refused), 2, "{lat}");
        assert!(stderr(&refused).contains("pole") && !folder.path().join("q.geojson").exists(), "{lat}");
    }
    let cap = |ring: Value| (json!({}), json!({"type": "Polygon", "coordinates": [ring]}));
    for pole in [90.0, -90.0] {
        let ring =
            |from: f64, to: f64, lat: f64| json!([[from, lat], [to, lat], [to, pole], [from, pole], [from, lat]]);
        write(folder.path(), "c.geojson", &[cap(ring(0.0, 40.0, pole * 0.9))]);
        write(folder.path(), "d.geojson", &[cap(ring(20.0, 60.0, pole * 0.9))]);
        let both =
            summary(&run(folder.path(), &["overlap", "c.geojson", "--with", "d.geojson", "-o", "o.geojson", "--json"]));
        assert_eq!(both["pairs"], 1, "{both}");
        assert!(both["overlap_m2"].as_f64().is_some_and(|m2| m2 > 1e11), "{both}");
    }
}

fn square(lon: f64, lat: f64, side: f64) -> Value {
    json!([[lon, lat], [lon + side, lat], [lon + side, lat + side], [lon, lat + side], [lon, lat]])
}

/// The health list of a file, as codes.
fn health(folder: &Path, name: &str) -> Vec<String> {
    let info = summary(&run(folder, &["info", name, "--json"]));
    let problems = info["health"].as_array().expect("a list");
    problems.iter().map(|p| p["problem"].as_str().expect("a code").to_owned()).collect()
}

#[test]
fn one_bad_part_does_not_discard_a_feature() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = square(121.0, 31.0, 0.01);
    let speck = json!([[121.1, 31.0], [121.1, 31.0], [121.1, 31.0], [121.1, 31.0]]);
    let crossing = json!([[121.1, 31.0], [121.11, 31.01], [121.11, 31.0], [121.1, 31.01], [121.1, 31.0]]);
    write(folder.path(), "all.geojson", &[(json!({}), json!({"type": "Polygon", "coordinates": [good]}))]);
    let whole =
        summary(&run(folder.path(), &["overlap", "all.geojson", "--with", "all.geojson", "-o", "o.geojson", "--json"]));
    for (name, geometry) in [
        ("a speck", json!({"type": "MultiPolygon", "coordinates": [[speck], [good]]})),
        ("an empty part", json!({"type": "MultiPolygon", "coordinates": [[good], []]})),
        ("an empty ring", json!({"type": "MultiPolygon", "coordinates": [[[]], [good]]})),
        ("a part that crosses itself", json!({"type": "MultiPolygon", "coordinates": [[good], [crossing]]})),
        ("a hole without extent", json!({"type": "Polygon", "coordinates": [good, speck]})),
        ("an empty hole", json!({"type": "Polygon", "coordinates": [good, []]})),
    ] {
        write(folder.path(), "a.geojson", &[(json!({"name": "甲"}), geometry.clone())]);
        assert_eq!(health(folder.path(), "a.geojson"), ["part-left-out"], "{name}");
        let done = run(folder.path(), &["overlap", "a.geojson", "--with", "all.geojson", "-o", "o.geojson", "--json"]);
        let found = summary(&done);
        assert_eq!((&found["left_out"], &found["overlap_m2"]), (&json!(0), &whole["overlap_m2"]), "{name}");
        let notes = read(folder.path(), "o.geojson")["shanshui"]["notes"].clone();
        assert_eq!(notes[0]["note"], "parts_left_out", "{name}: {notes}");
        assert_eq!(notes[0]["names"], json!(["甲"]), "{name}");
        // What was read stands in a copy byte for byte.
        let done = run(folder.path(), &["convert", "a.geojson", "c.geojson"]);
        assert_eq!(status(&done), 0, "{name}: {}", stderr(&done));
        assert_eq!(read(folder.path(), "c.geojson")["features"][0]["geometry"], geometry, "{name}");
    }
    let lines = json!({"type": "MultiLineString", "coordinates": [[[121.0, 31.0]], [[121.0, 31.0], [121.1, 31.0]]]});
    write(folder.path(), "l.geojson", &[(json!({}), lines)]);
    assert_eq!(health(folder.path(), "l.geojson"), ["part-left-out"]);
    write(folder.path(), "l.geojson", &[(json!({}), json!({"type": "MultiPolygon", "coordinates": [[speck], []]}))]);
    assert_eq!(health(folder.path(), "l.geojson"), ["no-area"]);
}

#[test]
fn a_member_that_stands_twice_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let feature =
        r#""type":"Feature","id":1,"properties":{"k":"a"},"geometry":{"type":"Point","coordinates":[121,31]}"#;
    let collection = |feature: &str| format!(r#"{{"type":"FeatureCollection","features":[{{{feature}}}]}}"#);
    for (name, text, told) in [
        ("once", collection(feature), 0),
        ("type", collection(&format!(r#"{feature},"type":"Feature""#)), 1),
        ("id", collection(&format!(r#""id":2,{feature}"#)), 1),
        ("geometry", collection(&format!(r#"{feature},"geometry":null"#)), 1),
        ("properties", collection(&format!(r#"{feature},"properties":{{"z":1}}"#)), 1),
        ("a property", collection(&feature.replace(r#""k":"a""#, r#""k":"a","j":0,"k":"b""#)), 1),
        ("coordinates", collection(&feature.replace("[121,31]", r#"[121,31],"coordinates":[1,2]"#)), 1),
        ("a geometry's type", collection(&feature.replace(r#""type":"Point""#, r#""type":"Point","type":"Point""#)), 1),
        ("features", format!(r#"{{"type":"FeatureCollection","features":[],"features":[{{{feature}}}]}}"#), 1),
        ("crs", format!(r#"{{"type":"FeatureCollection","crs":null,"crs":null,"features":[{{{feature}}}]}}"#), 1),
    ] {
        std::fs::write(folder.path().join("a.geojson"), text).expect("written");
        let problems = health(folder.path(), "a.geojson");
        assert_eq!(problems.iter().filter(|p| *p == "duplicate-member").count(), told, "{name}: {problems:?}");
    }
    // The last properties count, and nothing of the first.
    let text = collection(&format!(r#"{feature},"properties":{{"z":1}}"#));
    std::fs::write(folder.path().join("a.geojson"), text).expect("written");
    let done = run(folder.path(), &["convert", "a.geojson", "o.geojson", "--where", "k IS NULL AND z = 1", "--json"]);
    assert_eq!(status(&done), 0, "{}", stderr(&done));
    assert_eq!(read(folder.path(), "o.geojson")["features"].as_array().map(Vec::len), Some(1));
}

#[test]
fn an_answer_can_be_asked_about_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let polygon = |ring: Value| (json!({}), json!({"type": "Polygon", "coordinates": [ring]}));
    // A border that two areas share but for hairs, and an area that a needle of the other leaves.
    let wobbling: Vec<Value> =
        (0..=200).map(|k| json!([121.0 + f64::from(k) * 1e-4, 31.0 + f64::from(k % 3) * 4e-10])).collect();
    let above = [&wobbling[..], &[json!([121.02, 31.01]), json!([121.0, 31.01]), wobbling[0].clone()]].concat();
    let straight =
        json!([[121.0, 31.0], [121.02, 31.0], [121.02, 30.99], [121.01, 31.005], [121.0, 30.99], [121.0, 31.0]]);
    let needle =
        json!([[121.0, 31.0], [121.02, 31.0], [121.02, 31.01], [121.01, 31.0000000004], [121.0, 31.01], [121.0, 31.0]]);
    write(folder.path(), "a.geojson", &[polygon(json!(above))]);
    for (name, other) in [("straight", straight), ("needle", needle)] {
        write(folder.path(), "b.geojson", &[polygon(other)]);
        for args in [["overlap", "a.geojson", "--with", "b.geojson"], ["gaps", "a.geojson", "--from", "b.geojson"]] {
            let mut args = args.to_vec();
            if args[0] == "gaps" {
                args.extend(["--radius", "1"]);
            }
            args.extend(["-o", "o.geojson", "--json"]);
            let done = run(folder.path(), &args);
            assert_eq!(status(&done), 0, "{name}: {}", stderr(&done));
            let told = health(folder.path(), "o.geojson");
            assert!(told.iter().all(|code| code == "empty-collection"), "{name} {args:?}: {told:?}");
        }
    }
}

#[test]
fn what_lies_across_the_antimeridian_is_as_near_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let polygon = |ring: Value| (json!({}), json!({"type": "Polygon", "coordinates": [ring]}));
    let area = |args: &[&str], figure: &str| -> f64 {
        let done = run(folder.path(), args);
        assert_eq!(status(&done), 0, "{}", stderr(&done));
        summary(&done)[figure].as_f64().expect("an area")
    };
    // Areas to one part in 10,000: a degree of longitude is worth the same everywhere on a parallel.
    let same = |a: f64, b: f64, name: &str| assert!((a / b - 1.0).abs() < 1e-4, "{name}: {a} and {b}");
    let buffer = ["buffer", "a.geojson", "--distance", "10000", "-o", "o.geojson", "--json"];
    let gaps = ["gaps", "a.geojson", "--from", "f.geojson", "--radius", "1500", "-o", "o.geojson", "--json"];
    let mut all = Vec::new();
    // By the antimeridian, from either side, and at a place of the same latitude.
    for (home, facility) in [(179.98, -179.995), (-180.0, 179.98), (121.0, 121.025)] {
        write(folder.path(), "a.geojson", &[polygon(square(home, 60.0, 0.02))]);
        let m2 = area(&buffer, "area_m2");
        assert!(health(folder.path(), "o.geojson").is_empty());
        write(folder.path(), "f.geojson", &[polygon(square(facility, 60.0, 0.01))]);
        let unserved = area(&gaps, "unserved_m2");
        write(folder.path(), "f.geojson", &[(json!({}), point(facility, 60.0))]);
        all.push((m2, unserved, area(&gaps, "unserved_m2")));
    }
    same(all[0].0, all[2].0, "buffer");
    same(all[1].0, all[2].0, "buffer from the east");
    same(all[0].1, all[2].1, "gaps");
    same(all[0].2, all[2].2, "gaps to a point");
    let ring = json!([[179.9, -1.0], [-179.9, -1.0], [-179.9, 1.0], [179.9, 1.0], [179.9, -1.0]]);
    write(folder.path(), "a.geojson", &[polygon(ring)]);
    assert!(health(folder.path(), "a.geojson").contains(&"wide-edge".to_owned()));
    let mask = json!([[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]);
    write(folder.path(), "a.geojson", &[polygon(mask)]);
    assert!(health(folder.path(), "a.geojson").is_empty());
}

#[test]
fn a_sliver_is_judged_piece_by_piece() {
    let folder = tempfile::tempdir().expect("a folder");
    let polygon = |ring: Value| (json!({}), json!({"type": "Polygon", "coordinates": [ring]}));
    // A border of 19 km shared but for 5 cm, and a bay of some thousand square metres that the other fills.
    let a = json!([[121.0, 31.0], [121.2, 31.0], [121.2, 31.1], [121.0, 31.1], [121.0, 31.0]]);
    let b = json!([
        [121.0, 30.9],
        [121.2, 30.9],
        [121.2, 31.0000004],
        [121.1004, 31.0000004],
        [121.1004, 30.9999],
        [121.1003, 30.9999],
        [121.1003, 31.0003],
        [121.1, 31.0003],
        [121.1, 30.9999],
        [121.0999, 30.9999],
        [121.0999, 31.0000004],
        [121.0, 31.0000004],
        [121.0, 30.9]
    ]);
    write(folder.path(), "a.geojson", &[polygon(a)]);
    write(folder.path(), "b.geojson", &[polygon(b)]);
    let s = summary(&run(folder.path(), &["overlap", "a.geojson", "--with", "b.geojson", "-o", "o.geojson", "--json"]));
    assert_eq!((&s["pairs"], &s["slivers"]), (&json!(1), &json!(2)), "{s}");
    let m2 = |name: &str| s[name].as_f64().expect("an area");
    assert!((900.0..1_000.0).contains(&m2("overlap_m2")), "{s}");
    assert!((800.0..900.0).contains(&m2("slivers_m2")), "{s}");
    assert!(m2("overlap_union_m2") <= m2("overlap_m2"), "{s}");
}
