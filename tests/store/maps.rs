//! The sample maps from the store and from files: the same answers.

use super::server::Server;
use crate::common::maps;
use crate::program::{run, status, stderr, summary};
use serde_json::{Value, json};
use shanshui::io::store::{PutOptions, put};
use shanshui::io::{ReadOptions, read_layer};
use shanshui::progress::Progress;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub fn all() -> Vec<(&'static str, fn(&Server))> {
    vec![
        ("jinshan_from_the_store_is_jinshan_from_files", |server| same_run(server, "jinshan")),
        ("putuo_from_the_store_is_putuo_from_files", |server| same_run(server, "putuo")),
        ("baoshan_from_the_store_is_baoshan_from_files", |server| same_run(server, "baoshan")),
        ("a_run_is_of_one_moment", a_run_is_of_one_moment),
        ("questions_and_reports_take_addresses", questions_and_reports_take_addresses),
        ("a_project_may_name_tables", a_project_may_name_tables),
    ]
}

/// Puts every file of a folder into a schema of its name; none loses anything.
fn put_folder(url: &str, folder: &Path) {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    for file in files {
        let layer = read_layer(&file, &ReadOptions::default(), &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
        let done = put(Path::new(url), &layer, PutOptions::default(), &Progress::default());
        let done = done.unwrap_or_else(|e| panic!("{e}"));
        assert_eq!((done.respelled, done.not_whole, done.rows), (0, 0, layer.feature_count()), "{}", done.table);
    }
}

/// An answer's features as they are written, and what it says of itself without its inputs and the time.
fn parts(file: &Path) -> (String, Value) {
    let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    let (head, features) = text.split_once("\"features\":[").expect("a collection");
    let mut head: Value = serde_json::from_str(&format!("{head}\"features\":[]}}")).expect("JSON");
    let inputs = head["shanshui"]["inputs"].take();
    let roles: Vec<_> =
        inputs.as_array().into_iter().flatten().map(|i| [&i["input"], &i["features"]].map(Value::clone)).collect();
    head["shanshui"]["inputs"] = json!(roles);
    head["shanshui"]["time"] = Value::Null;
    (features.to_owned(), head)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

fn same_run(server: &Server, map: &str) {
    drop(server.database(map));
    let url = server.url(map, "?schema=plan");
    put_folder(&url, &maps().join(map));
    let folder = tempfile::tempdir().expect("a folder");
    let of_files = run(folder.path(), &["run", &maps().join(map).display().to_string(), "-o", "files", "--json"]);
    let of_store = run(folder.path(), &["run", &url, "-o", "store", "--json"]);
    let [mut a, mut b] = [summary(&of_files), summary(&of_store)];
    for summary in [&mut a, &mut b] {
        summary["seconds"] = Value::Null;
        // Where the layers come from; that each has its role is compared.
        let layers = summary["layers"].as_array().expect("a list").iter();
        let layers: Vec<Value> = layers.map(|layer| layer["role"].clone()).collect();
        summary["layers"] = json!(layers);
    }
    assert!(a["layers"].as_array().is_some_and(|layers| layers.len() > 5), "{a}");
    assert_eq!(a, b);
    let (files, store) = (folder.path().join("files"), folder.path().join("store"));
    assert_eq!(names(&files), names(&store));
    let mut features = 0;
    for name in names(&files).iter().filter(|name| name.ends_with(".geojson")) {
        let (was, is) = (parts(&files.join(name)), parts(&store.join(name)));
        assert_eq!(was.1, is.1, "{map}/{name}");
        assert!(was.0 == is.0, "{map}/{name} has other features");
        features += was.0.matches("\"Feature\"").count();
    }
    assert!(features > 20, "{features}");
    // Where it came from is said.
    let name = names(&store).into_iter().find(|name| name.ends_with(".geojson")).expect("an answer");
    let text = std::fs::read_to_string(store.join(name)).expect("written");
    let head: Value = serde_json::from_str(&text).expect("JSON");
    let input = &head["shanshui"]["inputs"][0];
    assert_eq!(input["store"]["server"], format!("127.0.0.1:{}", server.port), "{input}");
    assert!(input["store"]["table"].as_str().is_some_and(|table| table.starts_with("plan.")), "{input}");
    assert!(
        input["store"]["feed"].is_i64() && input["sha256"].as_str().is_some_and(|hash| hash.len() == 64),
        "{input}"
    );
}

fn a_run_is_of_one_moment(server: &Server) {
    let mut client = server.database("moment");
    client
        .batch_execute(
            "CREATE TABLE a (id int PRIMARY KEY, geom geometry(Point, 4326));
             CREATE TABLE b (id int PRIMARY KEY, geom geometry(Point, 4326));
             INSERT INTO a VALUES (1, 'SRID=4326;POINT(121 31)'); INSERT INTO b SELECT * FROM a;",
        )
        .expect("tables");
    let read = |options: &ReadOptions, table: &str| {
        let url = server.url("moment", &format!("?table={table}"));
        let layer = read_layer(Path::new(&url), options, &Progress::default()).unwrap_or_else(|e| panic!("{e}"));
        (layer.len(), layer.source.digest.sha256().expect("known").to_owned())
    };
    let options = ReadOptions::default().in_one_snapshot();
    let before = read(&options, "a");
    client
        .batch_execute(
            "INSERT INTO a VALUES (2, 'SRID=4326;POINT(122 31)'); INSERT INTO b SELECT * FROM a WHERE id = 2;",
        )
        .expect("rows");
    // One that fails between leaves the snapshot as it is.
    let missing = server.url("moment", "?table=none");
    read_layer(Path::new(&missing), &options, &Progress::default()).expect_err("no such table");
    assert_eq!((before.0, read(&options, "b").0), (1, 1));
    assert_eq!(read(&options, "a"), before);
    let after = read(&ReadOptions::default().in_one_snapshot(), "a");
    assert!(after.0 == 2 && after.1 != before.1);
}

fn questions_and_reports_take_addresses(server: &Server) {
    drop(server.database("asked"));
    let url = server.url("asked", "?schema=plan");
    put_folder(&url, &maps().join("jinshan"));
    let folder = tempfile::tempdir().expect("a folder");
    let table = |name: &str| server.url("asked", &format!("?table=plan.{name}"));
    let file = |name: &str| maps().join(format!("jinshan/{name}.geojson")).display().to_string();
    let within = |subject: &str, of: &str, out: &str| {
        let done = run(folder.path(), &["within", subject, "--of", of, "--distance", "2km", "-o", out, "--json"]);
        let mut summary = summary(&done);
        summary["seconds"] = Value::Null;
        summary
    };
    let of_files = within(&file("outlet"), &file("coastline"), "files.geojson");
    assert_eq!(of_files, within(&table("outlet"), &table("coastline"), "store.geojson"));
    let (was, is) = (parts(&folder.path().join("files.geojson")), parts(&folder.path().join("store.geojson")));
    assert!(was.0 == is.0 && was.0.matches("\"Feature\"").count() > 3);
    // An answer becomes a table, which says what it is and is no layer of the next run.
    let mixed = within(&table("outlet"), &file("coastline"), &table("near"));
    assert_eq!(mixed, of_files);
    let listed = summary(&run(folder.path(), &["store", "list", &url, "--json"]));
    let tables = listed["tables"].as_array().expect("a list");
    let near = tables.iter().find(|table| table["table"] == "near").expect("put there");
    assert_eq!((&near["rows"], &near["srid"]), (&of_files["matched"], &json!(4326)));
    assert!(tables.iter().all(|table| table["feed"].is_i64() && table["changed"].is_string()), "{listed}");
    let again = run(folder.path(), &["run", &url, "-o", "answers", "--json"]);
    let ignored = summary(&again)["ignored"].clone();
    assert!(ignored.to_string().contains(r#"{"file":"near","reason":"answer"}"#), "{ignored}");
    let refused = run(
        folder.path(),
        &["within", &table("outlet"), "--of", &table("coastline"), "--distance", "1km", "-o", &table("outlet")],
    );
    assert!(status(&refused) == 2 && stderr(&refused).contains("-o"), "{}", stderr(&refused));
    // info and rules, by schema and by table.
    let told = summary(&run(folder.path(), &["info", &url, "--json"]));
    assert_eq!(told["files"].as_array().map(Vec::len), Some(tables.len()));
    let one = run(folder.path(), &["info", &table("outlet")]);
    assert!(status(&one) == 0 && String::from_utf8_lossy(&one.stdout).contains("outlet"), "{one:?}");
    let rules = run(folder.path(), &["rules", &url, "--json"]);
    let rules: Value = serde_json::from_slice(&rules.stdout).expect("a list");
    assert!(
        rules.as_array().expect("a list").iter().any(|rule| rule["id"] == "sea-outlets" && rule["runnable"] == true)
    );
    // The maps of a report need a graphics driver.
    if std::env::var("SHANSHUI_REQUIRE_GPU").is_ok_and(|v| v == "1") {
        let report = run(folder.path(), &["report", &url, "-o", "report.html"]);
        assert_eq!(status(&report), 0, "{}", stderr(&report));
        let html = std::fs::read_to_string(folder.path().join("report.html")).expect("written");
        assert!(html.contains("outlet") && html.len() > 10_000);
    }
    // A role that the register gives goes before what a name says.
    let file = file("outlet");
    let named = server.url("asked", "?table=other.quelle");
    assert_eq!(status(&run(folder.path(), &["store", "put", &file, &named, "--role", "outlet"])), 0);
    let told = run(folder.path(), &["run", &server.url("asked", "?schema=other"), "-o", "other", "--json"]);
    let layers = summary(&told)["layers"].clone();
    assert_eq!(layers, json!([{"role": "outlet", "file": "quelle", "reason": "store"}]));
}

fn a_project_may_name_tables(server: &Server) {
    drop(server.database("named"));
    let url = server.url("named", "?schema=plan");
    put_folder(&url, &maps().join("jinshan"));
    let folder = tempfile::tempdir().expect("a folder");
    let layer = |name: &str| json!({"file": server.url("named", &format!("?table=plan.{name}")), "role": name});
    let project = json!({"shanshui": 1, "layers": [layer("outlet"), layer("coastline")]});
    std::fs::write(folder.path().join("p.shanshui.json"), project.to_string()).expect("writable");
    let done = run(folder.path(), &["run", "p.shanshui.json", "sea-outlets", "-o", "answers", "--json"]);
    let answered = summary(&done);
    assert_eq!(answered["rules"][0]["status"], "answered", "{answered}");
    let direct = summary(&run(folder.path(), &["run", &url, "sea-outlets", "-o", "direct", "--json"]));
    assert_eq!(answered["rules"], direct["rules"]);
}
