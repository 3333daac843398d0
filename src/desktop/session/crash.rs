//! The program broke down: what is needed to mend it is written beside the journal, and offered at the next start. Nothing of
//! the planner's stands in it: no layer, no name, no path. What the fault itself says may hold such things, so of it only
//! what cannot is kept.

use crate::io::disk::{self, File};
use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Reports of one process; a fault that comes again and again tells nothing new.
const MOST: usize = 3;
/// Reports that were looked at and are kept.
const SEEN: usize = 20;
/// How names of reports end, before and after they were looked at.
const NEW: &str = "txt";
const LOOKED_AT: &str = "seen";

/// From here on a fault writes a report into the folder and tells where, before it is told as it was.
pub fn install(folder: PathBuf, tell: fn(&str)) {
    static WRITTEN: AtomicUsize = AtomicUsize::new(0);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let number = WRITTEN.fetch_add(1, Relaxed);
        if number < MOST {
            let time = crate::report::timestamp();
            let trace = std::backtrace::Backtrace::force_capture().to_string();
            let text = report(&place(info), &what(info), &time, &trace);
            // Nothing more can be done where it cannot be written.
            if let Some(path) = write(&folder, &time, number, &text) {
                tell(&format!("crash report: {}", path.display()));
            }
        }
        before(info);
    }));
}

fn place(info: &PanicHookInfo<'_>) -> String {
    info.location().map_or_else(String::new, |at| format!("{}:{}:{}", source(at.file()), at.line(), at.column()))
}

/// A source file from its package on: whoever built the program may have their name before that.
fn source(path: &str) -> String {
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    // What is relative is relative to the package.
    let is_absolute = path.starts_with(['/', '\\']) || path.get(1..2) == Some(":");
    let from = if is_absolute { parts.len() - 1 } else { 0 };
    let package = parts.iter().rposition(|part| *part == "src").map_or(from, |src| src.saturating_sub(1));
    parts[package..].join("/")
}

/// What a fault says, where that is the program's own text and numbers.
fn what(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    match (payload.downcast_ref::<&'static str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => without_data(text),
        (None, None) => String::new(),
    }
}

/// What stands in place of a text that may hold data.
const LEFT_OUT: &str = "(left out: it may hold data)";

/// A fault's text, where it is one of those of the language itself, which hold numbers alone.
fn without_data(text: &str) -> String {
    const NUMBERS: [&str; 7] = [
        "index out of bounds: the len is ",
        "range start index ",
        "range end index ",
        "slice index starts at ",
        "attempt to ",
        "insertion index (is ",
        "removal index (is ",
    ];
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " :()<=-,".contains(c);
    if NUMBERS.iter().any(|start| text.starts_with(start)) && text.chars().all(is_plain) && text.len() < 200 {
        return text.to_owned();
    }
    match text.split_once("` value: ") {
        Some((before, _)) if before.starts_with("called `") => format!("{before}` value: {LEFT_OUT}"),
        _ => LEFT_OUT.to_owned(),
    }
}

/// The lines of a trace that tell where the program was, with sources by their last parts.
fn trace_lines(trace: &str) -> String {
    let mut lines = String::new();
    for line in trace.lines() {
        let own = match line.trim_start().strip_prefix("at ") {
            Some(path) => format!("             at {}", source(path)),
            None => line.to_owned(),
        };
        let _ = writeln!(lines, "{own}");
    }
    lines
}

/// The report's text.
fn report(place: &str, what: &str, time: &str, trace: &str) -> String {
    let thread = std::thread::current();
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    format!(
        "Shanshui crash report\n\
         It holds no layer, no name and no path of yours.\n\n\
         version: {}\n\
         system: {} {}, {cores} cores\n\
         time: {time}\n\
         thread: {}\n\
         place: {place}\n\
         message: {what}\n\n\
         {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        thread.name().unwrap_or("-"),
        trace_lines(trace)
    )
}

fn write(folder: &Path, time: &str, number: usize, text: &str) -> Option<PathBuf> {
    disk::create_dir_all(folder).ok()?;
    let name = format!("crash-{}-{}-{number}.{NEW}", time.replace(':', "-"), std::process::id());
    let path = folder.join(name);
    let mut file = File::create_new(&path).ok()?;
    if file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).is_err() {
        // Half a report tells nobody anything.
        let _ = disk::remove_file(&path);
        return None;
    }
    Some(path)
}

fn with_ending(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_file = |path: &PathBuf| path.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == ending))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("crash-")))
        .filter(is_file)
        .collect();
    paths.sort();
    paths
}

/// A report that nobody looked at yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashReport {
    /// Its file.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// The reports in a folder that nobody looked at yet, newest first.
pub fn reports_in(folder: &Path) -> Vec<CrashReport> {
    let read = |path: PathBuf| {
        // One that was written by hand may be anything.
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut std::io::Read::take(std::fs::File::open(&path).ok()?, 1 << 20), &mut text)
            .ok()?;
        Some(CrashReport { path, text: String::from_utf8_lossy(&text).into_owned() })
    };
    with_ending(folder, NEW).into_iter().rev().filter_map(read).collect()
}

/// The planner has looked at a report: it is offered no more, and kept for a while.
pub fn looked_at(report: &CrashReport) {
    // One that keeps its name is offered once more.
    let _ = disk::rename(&report.path, &report.path.with_extension(LOOKED_AT));
    let Some(folder) = report.path.parent() else { return };
    let seen = with_ending(folder, LOOKED_AT);
    for old in &seen[..seen.len().saturating_sub(SEEN)] {
        let _ = disk::remove_file(old);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_hold_data_is_left_out() {
        for text in [
            "index out of bounds: the len is 3 but the index is 7",
            "range end index 9 out of range for slice of length 4",
            "attempt to subtract with overflow",
        ] {
            assert_eq!(without_data(text), text);
        }
        for text in [
            "byte index 1 is not a char boundary; it is inside '宝' (bytes 0..3) of `宝山.geojson`",
            "index out of bounds: the len is /home/li/outlet.geojson",
            "/home/li/outlet.geojson: no such file",
            "a layer: Os { code: 2 }",
            "called `Result::unwrap()` on an `Err` value: \"/home/li/outlet.geojson\"",
            "attempt to read outlet.geojson of li@host",
        ] {
            let kept = without_data(text);
            assert!(kept.ends_with(LEFT_OUT), "{kept}");
            for data in ["宝山", "/home", "geojson", "Os {"] {
                assert!(!kept.contains(data), "{kept}");
            }
        }
        assert!(
            without_data("called `Result::unwrap()` on an `Err` value: 7").starts_with("called `Result::unwrap()`")
        );
    }

    #[test]
    fn sources_are_named_without_whose_they_are() {
        assert_eq!(source("/home/li/.cargo/registry/src/x/egui-0.37.0/src/ui/grid.rs"), "egui-0.37.0/src/ui/grid.rs");
        assert_eq!(source("src/ui/map/scene.rs"), "src/ui/map/scene.rs");
        assert_eq!(source("tests/journal.rs"), "tests/journal.rs");
        assert_eq!(source(r"C:\Users\li\shanshui\src\main.rs:7:1"), "shanshui/src/main.rs:7:1");
        assert_eq!(source("/home/li/main.rs"), "main.rs");
        let trace = trace_lines("   0: a::b\n             at /home/li/code/shanshui/src/ui/map/scene.rs:7:1\n");
        assert!(!trace.contains("/home/li") && trace.contains("ui/map/scene.rs:7:1"), "{trace}");
    }

    #[test]
    fn reports_are_offered_until_they_are_looked_at() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(reports_in(&folder.path().join("missing")).is_empty());
        let text = report("src/a.rs:1:2", "a fault", "2026-11-29T09:30:00Z", "0: a");
        for number in 0..2 {
            write(folder.path(), "2026-11-29T09:30:00Z", number, &text).expect("writable");
        }
        assert!(write(folder.path(), "2026-11-29T09:30:00Z", 0, &text).is_none(), "none is written over");
        std::fs::write(folder.path().join("notes.txt"), "a planner's own").expect("writable");
        std::fs::create_dir(folder.path().join("crash-folder.txt")).expect("writable");
        let offered = reports_in(folder.path());
        assert_eq!(offered.len(), 2);
        assert!(offered[0].path > offered[1].path && offered[0].text.contains(env!("CARGO_PKG_VERSION")));
        offered.iter().for_each(looked_at);
        assert!(reports_in(folder.path()).is_empty());
        assert_eq!(with_ending(folder.path(), LOOKED_AT).len(), 2, "kept");
        // Not for ever.
        for number in 0..SEEN + 5 {
            std::fs::write(folder.path().join(format!("crash-1-{number:03}.seen")), "").expect("writable");
        }
        looked_at(&offered[0]);
        assert_eq!(with_ending(folder.path(), LOOKED_AT).len(), SEEN);
        assert!(folder.path().join("notes.txt").exists());
    }
}
