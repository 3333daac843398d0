//! What the command line writes. Each command runs in a process of its own, whose disk fails below the planner's folder.

use super::{KILLED, State, Way, failing, has_cause, is_long, planners, put, state};
use shanshui::cli::{Cli, Outcome};
use shanshui::i18n::Lang;
use shanshui::ui::{self, ViewError};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Output};
use std::sync::atomic::Ordering;

/// A command that writes: its arguments, with OUT for the folder or the file it writes below the planner's folder.
struct Writes {
    test: &'static str,
    arguments: &'static [&'static str],
    out: &'static str,
}

const COMMANDS: [Writes; 31] = [
    Writes { test: "convert", arguments: &["convert", "outlet.geojson", "OUT"], out: "out/a.geojson" },
    Writes {
        test: "within",
        arguments: &["within", "outlet.geojson", "--of", "shoreline.geojson", "--distance", "9000", "-o", "OUT"],
        out: "out/a.geojson",
    },
    Writes {
        test: "nearest",
        arguments: &["nearest", "outlet.geojson", "--to", "shoreline.geojson", "-o", "OUT"],
        out: "out/a.geojson",
    },
    Writes {
        test: "gaps",
        arguments: &["gaps", "far/area.geojson", "--from", "far/zone.geojson", "--radius", "9", "-o", "OUT"],
        out: "out/a.geojson",
    },
    Writes {
        test: "overlap",
        arguments: &["overlap", "far/area.geojson", "--with", "far/zone.geojson", "-o", "OUT"],
        out: "out/a.geojson",
    },
    Writes {
        test: "buffer",
        arguments: &["buffer", "outlet.geojson", "--distance", "9", "-o", "OUT"],
        out: "out/a.geojson",
    },
    Writes {
        test: "audit",
        arguments: &["audit", "far/area.geojson", "far/zone.geojson", "--key", "name", "-o", "OUT"],
        out: "out/a.geojson",
    },
    Writes {
        test: "inspect",
        arguments: &["inspect", "p.shanshui.json", "--zone", "far/zone.geojson", "-o", "OUT"],
        out: "out/a.geojson",
    },
    Writes { test: "cards", arguments: &["cards", "p.shanshui.json", "-o", "OUT"], out: "out/a.html" },
    Writes {
        test: "run",
        arguments: &["run", "p.shanshui.json", "outlets-near-yangtze", "findings", "-o", "OUT"],
        out: "out",
    },
    Writes {
        test: "run_new",
        arguments: &["run", "p.shanshui.json", "outlets-near-yangtze", "-o", "OUT"],
        out: "new/below",
    },
    Writes {
        test: "compare",
        arguments: &["compare", "p.shanshui.json", "outlets-near-yangtze", "--scenario", "甲", "-o", "OUT"],
        out: "out/a.json",
    },
    Writes {
        test: "compare_html",
        arguments: &["compare", "p.shanshui.json", "outlets-near-yangtze", "--scenario", "甲", "-o", "OUT"],
        out: "out/a.html",
    },
    Writes { test: "print", arguments: &["print", "p.shanshui.json", "-o", "OUT"], out: "out/a.pdf" },
    Writes { test: "report", arguments: &["report", "p.shanshui.json", "-o", "OUT"], out: "out/a.html" },
    Writes { test: "convert_shp", arguments: &["convert", "far/area.geojson", "OUT", "--overwrite"], out: "out/a.shp" },
    Writes { test: "convert_dbf", arguments: &["convert", "far/area.geojson", "OUT", "--overwrite"], out: "out/a.dbf" },
    Writes { test: "convert_kml", arguments: &["convert", "far/area.geojson", "OUT", "--overwrite"], out: "out/a.kml" },
    Writes { test: "convert_dxf", arguments: &["convert", "far/area.geojson", "OUT", "--overwrite"], out: "out/a.dxf" },
    Writes {
        test: "convert_gpkg",
        arguments: &["convert", "far/area.geojson", "OUT", "--overwrite"],
        out: "out/a.gpkg",
    },
    Writes { test: "convert_fgb", arguments: &["convert", "far/area.geojson", "OUT", "--overwrite"], out: "out/a.fgb" },
    Writes { test: "convert_csv", arguments: &["convert", "far/area.geojson", "OUT", "--overwrite"], out: "out/a.csv" },
    Writes {
        test: "convert_xlsx",
        arguments: &["convert", "far/area.geojson", "OUT", "--overwrite"],
        out: "out/a.xlsx",
    },
    Writes { test: "convert_wkt", arguments: &["convert", "far/area.geojson", "OUT", "--overwrite"], out: "out/a.wkt" },
    Writes {
        test: "convert_txt",
        arguments: &["convert", "far/area.geojson", "OUT", "--to-crs", "EPSG:4549", "--overwrite"],
        out: "out/a.txt",
    },
    Writes {
        test: "join",
        arguments: &["join", "outlet.geojson", "far/area.geojson", "--on", "name", "-o", "OUT"],
        out: "out/a.geojson",
    },
    Writes {
        test: "join_shp",
        arguments: &["join", "outlet.geojson", "far/area.geojson", "--on", "name", "-o", "OUT", "--overwrite"],
        out: "out/a.shp",
    },
    Writes { test: "print_png", arguments: &["print", "p.shanshui.json", "-o", "OUT"], out: "out/a.png" },
    Writes {
        test: "view",
        arguments: &["view", "p.shanshui.json", "--size", "320x240", "--screenshot", "OUT"],
        out: "out/a.png",
    },
    Writes {
        test: "timings",
        arguments: &["view", "p.shanshui.json", "--size", "320x240", "--tour", "1", "--timings", "OUT"],
        out: "out/a.json",
    },
    Writes { test: "one_map", arguments: &["run", "p.shanshui.json", "one-map", "-o", "OUT"], out: "out" },
];

/// The status of a child that has no graphics driver.
const NO_DRIVER: i32 = 77;
/// What stands behind the end of what an earlier run wrote, so that it is told from what this one writes.
const MARK: &[u8] = b"\n \n";

fn number(code: ExitCode) -> i32 {
    let is_same = |number: &u8| format!("{:?}", ExitCode::from(*number)) == format!("{code:?}");
    (0..=u8::MAX).find(is_same).map_or(1, i32::from)
}

fn drawn(done: Result<(), ViewError>) -> i32 {
    match done {
        Ok(()) => 0,
        Err(ViewError::Draw(e)) => {
            eprintln!("{}", e.message(Lang::En));
            NO_DRIVER
        }
        Err(e) => {
            eprintln!("{}", e.message(Lang::En));
            4
        }
    }
}

/// The program with a disk that fails, as far as its answers are written.
fn child(arguments: &str) -> ! {
    let variable = |name: &str| std::env::var(name).expect(name);
    let below = PathBuf::from(variable("SHANSHUI_FAULTS_BELOW"));
    let at = variable("SHANSHUI_FAULTS_AT").parse().expect("a number");
    let way = Way::ALL.into_iter().chain([Way::Kill]).find(|way| format!("{way:?}") == variable("SHANSHUI_FAULTS_WAY"));
    let (judged, seen) = failing(&below, way.expect("a way"), at);
    let arguments = std::iter::once("shanshui").chain(arguments.split('\n')).chain(["--lang", "en"]);
    let code = match Cli::read(arguments.map(Into::into)) {
        Err(code) => number(code),
        Ok(cli) => match cli.run() {
            Outcome::Done(code) => number(code),
            Outcome::Print(options) => drawn(ui::print(&options)),
            Outcome::Report(options) => drawn(ui::report(&options).map(drop)),
            Outcome::View(options) => drawn(ui::view(&options, std::time::Instant::now())),
            Outcome::PrintThenFinish(options, rest) => match ui::print(&options) {
                Ok(()) => number(rest.finish()),
                Err(e) => drawn(Err(e)),
            },
            Outcome::Window(_) => panic!("no command of these"),
        },
    };
    drop(judged);
    eprintln!("\nseen {}", seen.load(Ordering::SeqCst));
    std::process::exit(code)
}

/// Runs the child; below the folder its disk fails so.
fn run(folder: &Path, command: &Writes, way: Way, at: usize) -> Output {
    let out = folder.join(command.out).display().to_string();
    let arguments: Vec<&str> = command.arguments.iter().map(|a| if *a == "OUT" { &*out } else { a }).collect();
    std::process::Command::new(std::env::current_exe().expect("this test"))
        .args([
            &*crate::common::named(module_path!(), &format!("{}_fails", command.test)),
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("SHANSHUI_FAULTS_CHILD", arguments.join("\n"))
        .env("SHANSHUI_FAULTS_BELOW", folder)
        .env("SHANSHUI_FAULTS_WAY", format!("{way:?}"))
        .env("SHANSHUI_FAULTS_AT", at.to_string())
        .current_dir(folder)
        .output()
        .expect("started")
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// How many operations a child had.
fn seen(output: &Output) -> usize {
    let text = stderr(output);
    text.lines().rev().find_map(|line| line.strip_prefix("seen ")?.parse().ok()).unwrap_or(usize::MAX)
}

/// What is written of the files of a folder.
fn written(all: &State, inputs: &State) -> State {
    all.iter().filter(|(name, _)| !inputs.contains_key(*name)).map(|(n, bytes)| (n.clone(), bytes.clone())).collect()
}

/// What a command itself writes: findings are kept by the rules that a report runs, whatever becomes of the report.
fn of_command(command: &Writes, state: &State) -> State {
    let is_own = |name: &Path| command.test != "report" || name != Path::new("findings.geojson");
    state.iter().filter(|(name, _)| is_own(name)).map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
}

/// True where files are all those of a run, none of them of an earlier one, and each to its end.
fn are_new(files: &State, names: &BTreeSet<PathBuf>) -> bool {
    let is_whole = |(name, bytes): (&PathBuf, &Vec<u8>)| {
        let ending = name.extension().unwrap_or_default().to_string_lossy().into_owned();
        !bytes.ends_with(MARK)
            && match &*ending {
                "geojson" | "json" => serde_json::from_slice::<serde_json::Value>(bytes).is_ok(),
                "html" => bytes.trim_ascii_end().ends_with(b"</html>"),
                "pdf" => bytes.trim_ascii_end().ends_with(b"%%EOF"),
                _ => !bytes.is_empty(),
            }
    };
    files.keys().eq(names) && files.iter().all(is_whole)
}

/// What the next start there does before anything else.
fn next_start(folder: &Path, command: &Writes) {
    let out = folder.join(command.out);
    let there = out.ancestors().find(|path| path.is_dir()).expect("a folder");
    let mut together = shanshui::io::Together::begin(there).expect("writable");
    together.write("next.txt", |out| out.write_all(b"next")).expect("writable");
    together.commit().expect("writable");
    std::fs::remove_file(there.join("next.txt")).expect("there");
}

fn fails_everywhere(test: &str) {
    if let Ok(arguments) = std::env::var("SHANSHUI_FAULTS_CHILD") {
        child(&arguments);
    }
    let command = COMMANDS.iter().find(|command| command.test == test).expect("one of them");
    let mut inputs = planners();
    inputs.insert(PathBuf::from("out/theirs.txt"), b"a planner's own".to_vec());
    // As it is without a fault.
    let healthy = tempfile::tempdir().expect("a folder");
    put(healthy.path(), &inputs);
    let done = run(healthy.path(), command, Way::Once, usize::MAX);
    if done.status.code() == Some(NO_DRIVER) {
        let is_required = std::env::var("SHANSHUI_REQUIRE_GPU").is_ok_and(|v| v == "1");
        assert!(!is_required, "SHANSHUI_REQUIRE_GPU=1 and no driver was found");
        return eprintln!("{test}: not tested, there is no graphics driver");
    }
    assert_eq!(done.status.code(), Some(0), "{test}: {}", stderr(&done));
    let files = written(&state(healthy.path()).0, &inputs);
    let names: BTreeSet<PathBuf> = files.keys().cloned().collect();
    assert!(are_new(&files, &names) && !names.is_empty(), "{test}: {names:?}");
    let mut earlier = files;
    // A workbook is known by its end.
    earlier
        .iter_mut()
        .filter(|(name, _)| name.extension().is_some_and(|e| e != "xlsx"))
        .for_each(|(_, bytes)| bytes.extend(MARK));
    let is_run = command.test.starts_with("run") || command.test == "convert_shp";
    let ways: Vec<Way> = match () {
        () if is_long() => Way::ALL.into_iter().chain([Way::Kill]).collect(),
        () if is_run => vec![Way::Once, Way::Kill],
        () => vec![Way::Full],
    };
    // What draws takes its time.
    let step = match command.test {
        _ if is_long() => 1,
        "report" => 17,
        "print" | "print_png" | "view" | "timings" | "one_map" => 3,
        _ => 1,
    };
    for old in [State::new(), earlier] {
        for way in &ways {
            let operations = (0..10_000).step_by(step).find(|at| !fails_at(command, *way, *at, &inputs, &old, &names));
            assert!(operations.is_some_and(|n| n >= 4), "{test}: {operations:?} operations");
        }
    }
}

/// The command where operation `at` fails; false where it has fewer.
fn fails_at(command: &Writes, way: Way, at: usize, inputs: &State, old: &State, names: &BTreeSet<PathBuf>) -> bool {
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), inputs);
    put(folder.path(), old);
    let output = run(folder.path(), command, way, at);
    let text = stderr(&output);
    let why = format!("{} {way:?} {at} {}: {text}", command.test, if old.is_empty() { "new" } else { "over" });
    let (then, left) = state(folder.path());
    let then = written(&then, inputs);
    let is_kept = text.contains("is kept in the folder named");
    match output.status.code() {
        Some(0) => assert!(are_new(&then, names), "{why}: said to be done: {:?} and not {names:?}", then.keys()),
        Some(KILLED) => assert_eq!(way, Way::Kill, "{why}"),
        Some(4) => {
            assert!(has_cause(&text), "{why}");
            let first = command.out.split('/').next().expect("one");
            assert!(text.contains(&folder.path().join(first).display().to_string()), "{why}");
            // Else it says that not even that could be done, and where everything is.
            assert!(of_command(command, &then) == of_command(command, old) || is_kept, "{why}: {:?}", then.keys());
            if is_kept {
                let mut temporary = left.iter().map(|name| folder.path().join(name).display().to_string());
                assert!(temporary.any(|path| text.contains(&path)), "{why}");
            }
        }
        code => panic!("{why}: {code:?}"),
    }
    next_start(folder.path(), command);
    let (then, _) = state(folder.path());
    let now = written(&then, inputs);
    let is_old = of_command(command, &now) == of_command(command, old);
    assert!(is_old || are_new(&now, names), "{why}: neither old nor new: {:?}", now.keys());
    assert!(inputs.iter().all(|(name, bytes)| then.get(name) == Some(bytes)), "{why}: something of the planner's");
    // It can be written once the disk mends, and then nothing temporary is there. That takes as long again.
    if is_long() || at.is_multiple_of(3) {
        let again = run(folder.path(), command, Way::Once, usize::MAX);
        assert_eq!(again.status.code(), Some(0), "{why}: {}", stderr(&again));
        let (now, left) = state(folder.path());
        assert!(are_new(&written(&now, inputs), names) && left.is_empty(), "{why}: {left:?}");
    }
    match output.status.code() {
        Some(KILLED) => true,
        _ => seen(&output) > at,
    }
}

#[test]
fn convert_fails() {
    fails_everywhere("convert");
}

#[test]
fn within_fails() {
    fails_everywhere("within");
}

#[test]
fn nearest_fails() {
    fails_everywhere("nearest");
}

#[test]
fn gaps_fails() {
    fails_everywhere("gaps");
}

#[test]
fn overlap_fails() {
    fails_everywhere("overlap");
}

#[test]
fn buffer_fails() {
    fails_everywhere("buffer");
}

#[test]
fn audit_fails() {
    fails_everywhere("audit");
}

#[test]
fn inspect_fails() {
    fails_everywhere("inspect");
}

#[test]
fn cards_fails() {
    fails_everywhere("cards");
}

#[test]
fn run_fails() {
    fails_everywhere("run");
}

#[test]
fn run_new_fails() {
    fails_everywhere("run_new");
}

#[test]
fn print_fails() {
    fails_everywhere("print");
}

#[test]
fn report_fails() {
    fails_everywhere("report");
}

#[test]
fn convert_shp_fails() {
    fails_everywhere("convert_shp");
}

#[test]
fn convert_dbf_fails() {
    fails_everywhere("convert_dbf");
}

#[test]
fn convert_kml_fails() {
    fails_everywhere("convert_kml");
}

#[test]
fn convert_dxf_fails() {
    fails_everywhere("convert_dxf");
}

#[test]
fn convert_gpkg_fails() {
    fails_everywhere("convert_gpkg");
}

#[test]
fn convert_fgb_fails() {
    fails_everywhere("convert_fgb");
}

#[test]
fn convert_csv_fails() {
    fails_everywhere("convert_csv");
}

#[test]
fn convert_xlsx_fails() {
    fails_everywhere("convert_xlsx");
}

#[test]
fn convert_wkt_fails() {
    fails_everywhere("convert_wkt");
}

#[test]
fn convert_txt_fails() {
    fails_everywhere("convert_txt");
}

#[test]
fn join_fails() {
    fails_everywhere("join");
}

#[test]
fn join_shp_fails() {
    fails_everywhere("join_shp");
}

#[test]
fn print_png_fails() {
    fails_everywhere("print_png");
}

#[test]
fn view_fails() {
    fails_everywhere("view");
}

#[test]
fn timings_fails() {
    fails_everywhere("timings");
}

#[test]
fn one_map_fails() {
    fails_everywhere("one_map");
}

#[test]
fn compare_fails() {
    fails_everywhere("compare");
}

#[test]
fn compare_html_fails() {
    fails_everywhere("compare_html");
}

/// Every command that the program has and that writes is among them, and every format that is written.
#[test]
fn every_command_that_writes_fails() {
    // What `store` writes are tables: `tests/store` cuts its connections.
    const READ_ONLY: [&str; 5] = ["demo", "info", "rules", "store", "help"];
    let tried: BTreeSet<&str> = COMMANDS.iter().map(|command| command.arguments[0]).collect();
    let all = <Cli as clap::CommandFactory>::command();
    let left: Vec<&str> =
        all.get_subcommands().map(|one| one.get_name()).filter(|name| !READ_ONLY.contains(name)).collect();
    assert_eq!(left.into_iter().filter(|name| !tried.contains(name)).collect::<Vec<_>>(), [""; 0]);
    let endings = shanshui::io::formats::WRITERS.iter().map(|(endings, _)| endings[0]);
    let tried: BTreeSet<&str> = COMMANDS.iter().filter_map(|command| command.out.rsplit('.').next()).collect();
    assert_eq!(endings.filter(|ending| !tried.contains(ending)).collect::<Vec<_>>(), [""; 0]);
}

/// Standard output fails like any file: status 4, and no word that it was written.
#[test]
fn standard_output_fails() {
    if let Ok(arguments) = std::env::var("SHANSHUI_FAULTS_CHILD") {
        child(&arguments);
    }
    let folder = tempfile::tempdir().expect("a folder");
    put(folder.path(), &planners());
    let output = std::process::Command::new(std::env::current_exe().expect("this test"))
        .args([
            &*crate::common::named(module_path!(), "standard_output_fails"),
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env("SHANSHUI_FAULTS_CHILD", "convert\noutlet.geojson\n-")
        .env("SHANSHUI_FAULTS_BELOW", "-")
        .env("SHANSHUI_FAULTS_WAY", "Full")
        .env("SHANSHUI_FAULTS_AT", "0")
        .current_dir(folder.path())
        .output()
        .expect("started");
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(4), "{text}");
    assert!(has_cause(&text), "{text}");
}
