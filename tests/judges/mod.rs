//! Judges that are no part of this program: cases in the form of JTS's tests, and random cases whose answers GEOS and
//! Karney's algorithm gave.
//!
//! The cases in `own` and the recorded ones run with `cargo test`. Those of JTS run where somebody has a checkout of it:
//! `SHANSHUI_JTS=folder cargo test --release --test all -- judges:: --ignored --nocapture`. New random cases are made and compared
//! by `random_cases.py`.

mod jts;
mod wkt;
mod xml;

use crate::common::{answer, layer_of};
use jts::{Difference, Tally};
use serde::Deserialize;
use serde_json::Value;
use shanshui::index::{IndexedLayer, nearest_feature};
use shanshui::query::{Figures, Question};
use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Differences from JTS that are meant, in classes.
#[derive(Deserialize)]
struct Permitted {
    class: Vec<Class>,
}

/// Differences with one reason.
#[derive(Deserialize)]
struct Class {
    reason: String,
    /// Keys of differences: `general/TestValid.xml 50 isvalid`.
    #[serde(default)]
    cases: Vec<String>,
    /// Files of which any difference is meant: `failure/TestOverlayNGFailure.xml`.
    #[serde(default)]
    files: Vec<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join("judges")
}

/// All `.xml` files below a folder, in the order of their names.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension().is_some_and(|of| of == "xml") {
            files.push(path);
        }
    }
    files
}

/// Judges every file below a folder; files are named with the folder they lie in.
fn judged(folder: &Path) -> Tally {
    let mut tally = Tally::default();
    for path in files_below(folder) {
        let part = |path: Option<&Path>| path.and_then(Path::file_name).map(|n| n.to_string_lossy().into_owned());
        let name = format!("{}/{}", part(path.parent()).unwrap_or_default(), part(Some(&path)).unwrap_or_default());
        let text = std::fs::read(&path).unwrap_or_else(|e| panic!("{name}: {e}"));
        if let Err(e) = jts::judge(&name, &String::from_utf8_lossy(&text), &mut tally) {
            *tally.skipped.entry(format!("file {name}: {e}")).or_default() += 1;
        }
    }
    tally
}

/// Prints what was compared, and gives the differences that no class permits.
fn not_permitted(tally: &Tally) -> Vec<Difference> {
    let text = std::fs::read_to_string(folder().join("permitted.toml")).expect("beside this file");
    let permitted: Permitted = toml::from_str(&text).unwrap_or_else(|e| panic!("permitted.toml: {e}"));
    let is_meant = |class: &Class, key: &str| {
        class.cases.iter().any(|case| case == key)
            || class.files.iter().any(|file| key.split(' ').next() == Some(file.as_str()))
    };
    println!("compared: {:?}", tally.compared);
    println!("not compared: {:?}", tally.skipped);
    for class in &permitted.class {
        let count = tally.differences.iter().filter(|difference| is_meant(class, &difference.key)).count();
        println!("{count} permitted: {}", class.reason);
    }
    let is_permitted = |key: &str| permitted.class.iter().any(|class| is_meant(class, key));
    let found: BTreeSet<&str> = tally.differences.iter().map(|difference| difference.key.as_str()).collect();
    let met =
        permitted.class.iter().flat_map(|class| &class.cases).filter(|case| !found.contains(case.as_str())).count();
    println!("{met} permitted differences were not met");
    tally.differences.iter().filter(|difference| !is_permitted(&difference.key)).cloned().collect()
}

fn told(differences: &[Difference]) -> String {
    let line = |d: &Difference| format!("{}: {} where {} is expected", d.key, d.found, d.expected);
    differences.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn own_cases_are_answered_as_they_say() {
    let tally = judged(&folder().join("own"));
    let differences = not_permitted(&tally);
    assert!(differences.is_empty(), "\n{}", told(&differences));
    assert!(tally.skipped.is_empty(), "{:?}", tally.skipped);
    assert!(tally.compared.values().sum::<usize>() >= 150, "{:?}", tally.compared);
}

#[test]
#[ignore = "needs a checkout of JTS: SHANSHUI_JTS=folder"]
fn jts_is_answered_as_it_says() {
    let checkout = std::env::var_os("SHANSHUI_JTS").expect("SHANSHUI_JTS names a checkout of JTS");
    let tests = Path::new(&checkout).join("modules/tests/src/test/resources/testxml");
    let tally = judged(if tests.is_dir() { &tests } else { Path::new(&checkout) });
    let differences = not_permitted(&tally);
    assert!(differences.is_empty(), "\n{}", told(&differences));
    assert!(tally.compared.values().sum::<usize>() > 1_000, "{:?}", tally.compared);
}

/// What a layer's areas have in common with another's, slivers included; m².
fn overlap_m2(a: &Arc<IndexedLayer>, b: &Arc<IndexedLayer>) -> f64 {
    match answer(&Question::Overlap, a, Some(b)).summary.figures {
        Figures::Overlap { overlap_m2, slivers_m2, .. } => overlap_m2 + slivers_m2,
        figures => panic!("{figures:?}"),
    }
}

/// `random_cases.py --record` wrote these: twenty of each kind, with what GEOS and Karney's algorithm say of them.
#[test]
fn recorded_random_cases_are_answered_as_by_geos_and_karney() {
    let text = std::fs::read_to_string(folder().join("random_sample.json")).expect("beside this file");
    let cases: Vec<Value> = serde_json::from_str(&text).expect("JSON");
    let mut number_of: HashMap<String, usize> = HashMap::new();
    let mut wrong = Vec::new();
    for case in &cases {
        let kind = case["kind"].as_str().expect("a kind").to_owned();
        let number = number_of.entry(kind.clone()).or_default();
        *number += 1;
        let (a, b) = (layer_of(&[case["a"].clone()]), layer_of(&[case["b"].clone()]));
        let usable = [&a, &b].map(|layer| !layer.layer().unusable[0]);
        let mut hold = |what: &str, found: f64, expected: f64, tolerance: f64| {
            if (found - expected).abs() > tolerance || found.is_nan() {
                wrong.push(format!("{kind} {number}: {what} {found} where {expected} is expected"));
            }
        };
        for (i, layer) in [&a, &b].into_iter().enumerate() {
            let expected = case["usable"][i].as_bool().expect("yes or no");
            hold("usable", f64::from(u8::from(usable[i])), f64::from(u8::from(expected)), 0.0);
            if let (true, Some(m2)) = (usable[i], case[["a_m2", "b_m2"][i]].as_f64()) {
                hold("area", overlap_m2(layer, layer), m2, 1e-6 * m2 + 2e-3);
            }
        }
        let (Some(m2), Some(perimeter_m)) = (case["overlap_m2"].as_f64(), case["overlap_perimeter_m"].as_f64()) else {
            continue;
        };
        if usable != [true, true] {
            continue;
        }
        hold("overlap", overlap_m2(&a, &b), m2, 1e-6 * m2 + 1e-5 * perimeter_m + 2e-3);
        let distance_m = case["distance_m"].as_f64().expect("a distance");
        let found = nearest_feature(a.layer(), 0, &b, f64::INFINITY).expect("one");
        hold("distance", found.distance_m, distance_m, 1e-3 + 1e-9 * distance_m);
    }
    assert!(number_of.len() >= 11 && number_of.values().all(|of| *of >= 20), "{number_of:?}");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
