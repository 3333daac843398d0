//! The commands but for `local`: what is checked, in which order, and how they end.

use crate::arguments::{Asked, Child, Memory, Reading};
use crate::client::Client;
use crate::data::{DataSet, JOBS};
use crate::engine::{Ballista, OnCluster, Parting};
use crate::files::RunFolder;
use crate::identity;
use crate::ingest::{Members, ingest};
use crate::say::Form;
use crate::services::{self, ExecutorOptions};
use crate::texts::{ClusterError, told};
use serde_json::json;
use shanshui::cli::{Elsewhere, Outcome, say};
use shanshui_core::i18n::Lang;
use shanshui_core::io::disk;
use shanshui_core::progress::Progress;
use shanshui_core::rules::RuleInput;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How a command ended that did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Why was said.
    Said(ExitCode),
    /// Why is still to be said.
    Failed(ClusterError),
}

impl From<ClusterError> for Ended {
    fn from(e: ClusterError) -> Self {
        Self::Failed(e)
    }
}

/// A host and a port.
pub(crate) fn host_and_port(text: &str, lang: Lang) -> Result<(String, u16), ClusterError> {
    let parts = text.rsplit_once(':').and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)));
    parts.filter(|(host, _)| !host.is_empty()).ok_or_else(|| ClusterError::Usage(told::address(lang, text)))
}

/// The options of the desktop's `run` that stand for these.
fn desktop_options(read: &BTreeMap<String, String>, lang: Lang) -> Vec<OsString> {
    let mut options: Vec<OsString> = vec!["--lang".into(), lang.code().into()];
    for (option, value) in read {
        options.extend([format!("--{option}").into(), value.into()]);
    }
    options
}

/// How a project was read, for its manifest.
fn read_by(reading: &Reading) -> BTreeMap<String, String> {
    let options = [("crs", &reading.crs), ("encoding", &reading.encoding)];
    options.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))).collect()
}

/// The layers of a project as the desktop's `run` reads them.
fn input_of(project: &Path, read: &BTreeMap<String, String>, lang: Lang) -> Result<RuleInput, Ended> {
    let mut line: Vec<OsString> = vec!["shanshui".into(), "run".into(), project.into(), "--out".into(), "-".into()];
    line.extend(desktop_options(read, lang));
    let cli = shanshui::cli::Cli::read(line).map_err(Ended::Said)?;
    match cli.run_input().map_err(Ended::Said)? {
        Some(input) => Ok(input),
        None => Err(ClusterError::Usage(told::no_project(lang, &project.display().to_string())).into()),
    }
}

/// `ingest`.
pub(crate) fn take_in(
    project: &Path,
    folder: &Path,
    reading: &Reading,
    (lang, progress): (Lang, Form),
) -> Result<(), Ended> {
    let started = Instant::now();
    let members = Members::of(project, lang)?;
    let read = read_by(reading);
    let input = input_of(project, &read, lang)?;
    ingest((&members, &input), folder, read, lang, |layer| {
        let values = json!({
            "file": layer.file, "name": layer.name, "roles": layer.roles, "rows": layer.written.rows,
            "corners": layer.written.corners, "row_groups": layer.written.groups.len(),
        });
        progress.tell("layer", values, || {
            format!("{}: {} rows, {} row groups", layer.name, layer.written.rows, layer.written.groups.len())
        });
    })?;
    let seconds = started.elapsed().as_secs_f64();
    let values = json!({ "folder": folder, "seconds": seconds });
    progress.tell("ingested", values, || format!("{}: {seconds:.1} s", folder.display()));
    Ok(())
}

/// Ends the process when standard input does: when the process that started it has gone, in whatever way. A folder is taken away
/// before.
fn end_with_parent(child: Child) {
    if let Some(folder) = child.of_parent {
        std::thread::spawn(move || {
            // What comes is of no interest; that nothing comes any more is.
            let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
            let _ = disk::remove_dir_all(&folder);
            std::process::exit(0);
        });
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}

/// `scheduler`.
pub(crate) fn scheduler(bind: SocketAddr, child: Child, lang: Lang) -> Result<ExitCode, Ended> {
    let failed =
        |e: &dyn std::fmt::Display| ClusterError::Output(told::cannot_serve(lang, &bind.to_string(), &e.to_string()));
    end_with_parent(child);
    let ready = |address: SocketAddr| listening("scheduler", address);
    runtime().map_err(|e| failed(&e))?.block_on(services::scheduler(bind, ready)).map_err(|e| failed(&e))?;
    Ok(ExitCode::SUCCESS)
}

/// Says where a service listens, in one JSON object on standard output: a port may have been chosen just now.
fn listening(what: &str, address: SocketAddr) {
    // Nobody has to read it.
    let _ = say::print_json(&format!("{}\n", json!({ "listening": what, "address": address.to_string() })));
}

/// A port that is free now, where none was named.
fn chosen(bind: SocketAddr) -> std::io::Result<SocketAddr> {
    if bind.port() != 0 { Ok(bind) } else { TcpListener::bind(bind)?.local_addr() }
}

/// `executor`.
pub(crate) fn executor(
    scheduler: &str,
    (bind, host): (SocketAddr, Option<String>),
    (slots, memory): (Option<usize>, Memory),
    child: Child,
    lang: Lang,
) -> Result<ExitCode, Ended> {
    let scheduler = host_and_port(scheduler, lang)?;
    // Results are fetched from where it says that it is.
    if bind.ip().is_unspecified() && host.is_none() {
        return Err(ClusterError::Usage(told::no_host(lang, &bind.to_string())).into());
    }
    let bind =
        chosen(bind).map_err(|e| ClusterError::Output(told::cannot_serve(lang, &bind.to_string(), &e.to_string())))?;
    let slots = slots.filter(|slots| *slots > 0);
    let slots = slots.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    // Work on a row is done by as many threads as there are tasks at once. Where they stand already, they stay.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(slots).build_global();
    let failed = |e: &dyn std::fmt::Display| ClusterError::Input(told::executor_ended(lang, &e.to_string()));
    let within = child.of_parent.clone().unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::Builder::new().prefix("shanshui-executor-").tempdir_in(within).map_err(|e| failed(&e))?;
    let patience_seconds = if child.of_parent.is_some() { 20 } else { 60 };
    end_with_parent(Child { of_parent: child.of_parent.map(|_| folder.path().to_owned()) });
    listening("executor", bind);
    let keeps_bytes = memory.keep_mb << 20;
    let folder_path = folder.path().to_owned();
    let options = ExecutorOptions { scheduler, bind, host, slots, keeps_bytes, folder: folder_path, patience_seconds };
    runtime().map_err(|e| failed(&e))?.block_on(services::executor(options)).map_err(|e| failed(&e))?;
    Ok(ExitCode::SUCCESS)
}

/// `run`.
pub(crate) fn run(
    folder: &Path,
    rules: &[String],
    scheduler: &str,
    asked: &Asked,
    lang: Lang,
) -> Result<ExitCode, Ended> {
    let scheduler = host_and_port(scheduler, lang)?;
    if rules.iter().any(|rule| rule == "one-map") {
        return Err(ClusterError::Usage(told::one_map(lang)).into());
    }
    let data = DataSet::open(folder, lang)?;
    check_out(&data, &asked.out, lang)?;
    let progress = Form::of(asked.progress.or(asked.json.then_some(Form::Json)));
    let failed = |path: PathBuf, e: std::io::Error| {
        ClusterError::Output(told::unwritable(lang, &path.display().to_string(), &e.to_string()))
    };
    let build = identity::id().map_err(|e| failed(PathBuf::from("shanshui-cluster"), e))?.to_owned();
    let jobs = data.folder.join(JOBS);
    let run_folder = RunFolder::new(&jobs).map_err(|e| failed(jobs, e))?;
    let client = Client::new(scheduler).map_err(|e| failed(PathBuf::new(), e))?;
    let (project, options) = (data.project(), desktop_options(&data.manifest.read, lang));
    let timeout = Duration::from_secs(asked.timeout);
    let parting = Parting { tiles: asked.tiles.filter(|tiles| *tiles > 0), here_below: asked.here_below, timeout };
    let engine = Arc::new(Ballista::new((client, build), (data, run_folder), parting, (lang, progress)));
    let executor = engine.greet(&Progress::default()).map_err(ClusterError::Input)?;
    progress.tell("started", json!({ "answered": executor }), || format!("{executor} answers"));
    let line = command_line(&project, rules, asked, options);
    let cli = shanshui::cli::Cli::read(line).map_err(Ended::Said)?;
    let elsewhere = OnCluster(Arc::clone(&engine));
    let outcome = cli.run_elsewhere(&elsewhere as &dyn Elsewhere);
    let figures = engine.figures();
    let values = json!({
        "works": figures.works, "tiles": figures.tiles, "rows": figures.owned, "rows_read": figures.read,
        "tile_seconds": figures.seconds, "slowest_over_median": figures.slowest_over_median, "again": figures.again,
    });
    progress.tell("done", values, || {
        format!("{} works in {} tiles, {} rows, {} read", figures.works, figures.tiles, figures.owned, figures.read)
    });
    match outcome {
        Outcome::Done(code) => Ok(code),
        // Nothing that needs the window was asked for.
        _ => Err(ClusterError::Usage(told::one_map(lang)).into()),
    }
}

/// The desktop's command line for the same.
fn command_line(project: &Path, rules: &[String], asked: &Asked, options: Vec<OsString>) -> Vec<OsString> {
    let mut line: Vec<OsString> = vec!["shanshui".into(), "run".into()];
    line.extend(options);
    line.extend(["--out".into(), asked.out.clone().into()]);
    for (option, is_given) in [("--strict", asked.strict), ("--any-size", asked.any_size), ("--json", asked.json)] {
        line.extend(is_given.then(|| option.into()));
    }
    let findings = asked.findings.clone().map(OsString::from);
    let memory = asked.memory.map(|gb| gb.to_string().into());
    let texts = [
        ("--scenario", asked.scenario.clone().map(OsString::from)),
        ("--plan", asked.plan.clone().map(OsString::from)),
    ];
    for (option, value) in texts.into_iter().chain([("--findings", findings), ("--memory", memory)]) {
        if let Some(value) = value {
            line.extend([option.into(), value]);
        }
    }
    line.extend(["--".into(), project.into()]);
    line.extend(rules.iter().map(OsString::from));
    line
}

/// Refuses answers within the data set, which does not change.
fn check_out(data: &DataSet, out: &Path, lang: Lang) -> Result<(), ClusterError> {
    let out = std::path::absolute(out).unwrap_or_else(|_| out.to_owned());
    let real = out.ancestors().find_map(|above| Some(above.canonicalize().ok()?.join(out.strip_prefix(above).ok()?)));
    if real.unwrap_or(out.clone()).starts_with(&data.folder) {
        return Err(ClusterError::Output(told::out_within(lang, &out)));
    }
    Ok(())
}
