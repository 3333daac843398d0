//! Every operation on the disk fails in turn, in everything that writes: a layer, a project, a pack, findings, a journal, each
//! command. Then the old files are whole or the new ones; what failed is told by its file and the system's cause, nothing is
//! told as written that is not, and what is not written stays to be saved; once the disk mends it can be; and nothing
//! temporary outlives the next start.
//!
//! `SHANSHUI_FAULTS=all cargo test --release --test all faults::` lets the disk fail in every way, for every command; a part of that
//! without.

use crate::common::finish;
use shanshui::io::ReadOptions;
use shanshui::io::disk::{Fate, Judged, Operation, judged};
use shanshui::session::Session;
use std::collections::BTreeMap;
use std::io::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

mod commands;
mod deeds;
mod journals;

/// How a disk fails from an operation on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// That operation fails, and those after it go.
    Once,
    /// It is full: of that writing half is done, and nothing that needs room is done after it.
    Full,
    /// Nothing may be made, named or removed any more.
    Closed,
    /// It is gone: everything fails.
    Gone,
    /// The process is killed there; in the middle of it, where it writes.
    Kill,
}

/// The status of a process that was killed by [`Way::Kill`].
const KILLED: i32 = 86;

impl Way {
    const ALL: [Self; 4] = [Self::Once, Self::Full, Self::Closed, Self::Gone];
    const SHORT: [Self; 2] = [Self::Once, Self::Full];

    /// Those that are tried here and now.
    fn tried() -> &'static [Self] {
        if is_long() { &Self::ALL } else { &Self::SHORT }
    }

    fn fate(self, operation: Operation, number: usize, at: usize) -> Fate {
        let is_half = number == at && operation == Operation::Write;
        let needs_room =
            matches!(operation, Operation::Open | Operation::Write | Operation::Sync | Operation::MakeFolder);
        let is_named = matches!(
            operation,
            Operation::Open
                | Operation::MakeFolder
                | Operation::Rename
                | Operation::Remove
                | Operation::RemoveFolder
                | Operation::Access
        );
        let fails = |number| Fate::Fails(Error::from_raw_os_error(number));
        match self {
            Self::Once if number == at => fails(INPUT_OUTPUT),
            Self::Full | Self::Kill if is_half => Fate::Half,
            Self::Full if number >= at && needs_room => fails(NO_SPACE),
            Self::Closed if number >= at && is_named => fails(NO_ACCESS),
            Self::Gone if number >= at => fails(INPUT_OUTPUT),
            // Nothing is dropped, as where the system kills a process.
            Self::Kill if number >= at => std::process::exit(KILLED),
            _ => Fate::Goes,
        }
    }
}

const INPUT_OUTPUT: i32 = 5;
const NO_ACCESS: i32 = 13;
const NO_SPACE: i32 = 28;

fn is_long() -> bool {
    std::env::var_os("SHANSHUI_FAULTS").is_some_and(|what| what == "all")
}

/// Lets the disk fail below a folder from an operation on; how many operations there were.
fn failing(below: &Path, way: Way, at: usize) -> (Judged, Arc<AtomicUsize>) {
    let seen = Arc::new(AtomicUsize::new(0));
    let own = Arc::clone(&seen);
    let judged = judged(below, move |operation, _| way.fate(operation, own.fetch_add(1, Ordering::SeqCst), at));
    (judged, seen)
}

/// True where a text names one of the causes that the disk gives here.
fn has_cause(text: &str) -> bool {
    [INPUT_OUTPUT, NO_ACCESS, NO_SPACE]
        .iter()
        .any(|number| text.contains(&Error::from_raw_os_error(*number).to_string()))
}

/// Files by their names below a folder.
type State = BTreeMap<PathBuf, Vec<u8>>;

/// Every file below a folder, but for what is temporary; and what of that there is.
fn state(folder: &Path) -> (State, Vec<PathBuf>) {
    let (mut files, mut temporary) = (State::new(), Vec::new());
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.strip_prefix(folder).expect("below").to_owned();
            let is_temporary = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".shanshui-"));
            if is_temporary {
                temporary.push(name);
            } else if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(name, std::fs::read(&path).expect("readable"));
            }
        }
    }
    (files, temporary)
}

fn put(folder: &Path, files: &State) {
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("writable");
        std::fs::write(path, bytes).expect("writable");
    }
}

/// A planner's folder: layers, a rule's files, a project.
fn planners() -> State {
    let feature = |id: usize, name: &str, geometry: &str| {
        format!(
            r#"{{"type":"Feature","id":{id},"properties":{{"name":"{name}","water":"长江","class":"工业排污口"}},"geometry":{geometry}}}"#
        )
    };
    let collection = |features: &[String]| {
        format!("{{\"type\":\"FeatureCollection\",\"features\":[\n{}\n]}}\n", features.join(",\n")).into_bytes()
    };
    let points: Vec<String> = (0..4)
        .map(|n| feature(n, &format!("口{n}"), &format!(r#"{{"type":"Point","coordinates":[121.4,31.4{n}]}}"#)))
        .collect();
    let line = feature(1, "岸", r#"{"type":"LineString","coordinates":[[121.4,31.4],[121.5,31.5]]}"#);
    let area = feature(
        1,
        "区",
        r#"{"type":"Polygon","coordinates":[[[121.3,31.3],[121.5,31.3],[121.5,31.5],[121.3,31.5],[121.3,31.3]]]}"#,
    );
    let project = r#"{"shanshui":1,"layers":[{"file":"outlet.geojson","role":"outlet"},{"file":"shoreline.geojson","role":"shoreline"},
        {"file":"red_line.geojson","role":"red_line"}],"scenarios":[{"name":"甲"}]}"#;
    [
        ("outlet.geojson", collection(&points)),
        ("shoreline.geojson", collection(&[line])),
        ("red_line.geojson", collection(std::slice::from_ref(&area))),
        ("far/area.geojson", collection(std::slice::from_ref(&area))),
        ("far/zone.geojson", collection(&[area])),
        ("p.shanshui.json", project.as_bytes().to_vec()),
        ("notes.txt", b"a planner's own".to_vec()),
    ]
    .into_iter()
    .map(|(name, bytes)| (PathBuf::from(name), bytes))
    .collect()
}

fn session() -> Session {
    Session::new(ReadOptions::default(), Arc::new(|| {}))
}
