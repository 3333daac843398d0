//! Whatever reads a stranger's file, as a function of bytes: nothing that stands in them ends the program, and what was read can be
//! written and read again. Fuzzing and the replay of its corpus put bytes into the same functions.

use shanshui::index::IndexedLayer;
use shanshui::io::geojson::write_anew;
use shanshui::io::{OutOfRange, ReadError, ReadOptions, read_layer_bytes};
use shanshui::model::Layer;
use shanshui::progress::Progress;
use shanshui::query::expression::Expression;
use shanshui::rules::Catalogue;
use shanshui::session::{Limits, journal, project::Project, unpack};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The entries by the names of their corpora.
pub const ENTRIES: [(&str, fn(&[u8])); 6] = [
    ("archive", archive),
    ("condition", condition),
    ("geojson", geojson),
    ("journal", journal),
    ("project", project),
    ("rule", rule),
];

/// A file of these bytes in a folder of its own, which goes with the first value.
fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("written");
    (folder, path)
}

fn read(bytes: &[u8]) -> Result<Layer, ReadError> {
    let options = ReadOptions { out_of_range: OutOfRange::Keep, ..ReadOptions::default() };
    read_layer_bytes(bytes, "fuzz.geojson", &options, &Progress::default())
}

/// A layer: read, indexed, named, written and read again.
pub fn geojson(bytes: &[u8]) {
    let Ok(layer) = read(bytes) else { return };
    let rows: Vec<usize> = layer.rows().collect();
    rows.iter().for_each(|row| drop((layer.label(*row), layer.id_text(*row))));
    let mut text = Vec::new();
    write_anew(&layer, &rows, &mut text).expect("written to memory");
    let again = read(&text).unwrap_or_else(|e| panic!("{e}: {}", String::from_utf8_lossy(&text)));
    assert_eq!(again.feature_count(), rows.len(), "{}", String::from_utf8_lossy(&text));
    let indexed = IndexedLayer::new(Arc::new(layer));
    if let Ok(all) = Expression::parse("area_m2() >= 0 OR length_m() >= 0 OR lon() > 0") {
        let _ = all.rows(&indexed);
    }
}

/// A condition: read and worked out.
pub fn condition(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(expression) = Expression::parse(text) else { return };
    let _ = (expression.columns(), expression.literals());
    let layer = read(
        r#"{"type":"FeatureCollection","features":[
        {"type":"Feature","id":1,"properties":{"n":1,"name":"甲","on":true},"geometry":{"type":"Point","coordinates":[121,31]}},
        {"type":"Feature","id":"x","properties":{"n":null,"name":"乙"},"geometry":null}]}"#
            .as_bytes(),
    );
    let layer = layer.expect("readable");
    if let Ok(over) = expression.over(&layer) {
        layer.rows().for_each(|row| drop(over.value(row)));
    }
    assert_eq!(Expression::parse(expression.text()), Ok(expression.clone()));
}

/// What an ended session left.
pub fn journal(bytes: &[u8]) {
    let (folder, _) = file("1.jsonl", bytes);
    let _ = journal::left_in(folder.path());
}

/// A project: read, its files named, written and read again.
pub fn project(bytes: &[u8]) {
    let (folder, path) = file("p.shanshui.json", bytes);
    let Ok(project) = Project::read(&path) else { return };
    project.layers.iter().for_each(|layer| drop(Project::file(layer, folder.path())));
    let _ = project.targets(None, folder.path());
    project.write(&path).expect("written");
    assert!(Project::read(&path).is_ok());
}

/// A planner's own rule.
pub fn rule(bytes: &[u8]) {
    let (folder, _) = file("own.toml", bytes);
    let mut catalogue = Catalogue::default();
    let errors = catalogue.add_folder(folder.path());
    assert_eq!(catalogue.rules.len() + errors.len(), 1, "a file is a rule or an error");
}

/// A packed project: nothing is written but in its folder.
pub fn archive(bytes: &[u8]) {
    let outside = tempfile::tempdir().expect("a folder");
    let inside = outside.path().join("inside");
    std::fs::create_dir(&inside).expect("a folder");
    let path = inside.join("a.shanshui.zip");
    std::fs::write(&path, bytes).expect("written");
    let _ = unpack(&path, &Limits::default(), &Progress::default());
    let names = |folder: &Path| {
        let entries = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        entries.map(|name| name.to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(outside.path()), ["inside"]);
    assert!(names(&inside).iter().all(|name| name == "a.shanshui.zip" || name == "a"), "{:?}", names(&inside));
    assert_eq!(std::fs::read(&path).expect("still there"), bytes);
}
