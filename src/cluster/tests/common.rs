//! Schedulers and executors as processes, and answers to compare.

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// The program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_shanshui-cluster");

/// A sample map's folder.
pub fn map(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../maps").join(name).canonicalize().expect("there")
}

/// A service as a process; ended with this.
pub struct Service {
    pub child: Child,
    pub address: String,
}

impl Service {
    /// Starts a command of the program and waits until it says where it listens.
    pub fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM).args(arguments).stdout(Stdio::piped()).spawn().expect("started");
        let mut line = String::new();
        let out = child.stdout.take().expect("piped");
        BufReader::new(out).read_line(&mut line).expect("readable");
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{arguments:?} said {line:?}: {e}"));
        Self { child, address: said["address"].as_str().expect("an address").to_owned() }
    }

    /// `kill -9`
    pub fn kill(&mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("ended");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A scheduler and executors.
pub struct Cluster {
    pub scheduler: Service,
    pub executors: Vec<Service>,
}

impl Cluster {
    pub fn start(executors: usize) -> Self {
        Self::start_at("127.0.0.1:0", executors)
    }

    pub fn start_at(address: &str, executors: usize) -> Self {
        let scheduler = Service::start(&["scheduler", "--bind", address]);
        let executors = (0..executors).map(|_| executor_of(&scheduler.address)).collect();
        Self { scheduler, executors }
    }

    /// Runs rules of a data set; `more` are options and rules.
    pub fn run(&self, data: &Path, out: &Path, more: &[&str]) -> Output {
        Command::new(PROGRAM).args(self.run_arguments(data, out, more)).output().expect("started")
    }

    pub fn run_arguments(&self, data: &Path, out: &Path, more: &[&str]) -> Vec<String> {
        let mut all: Vec<String> = ["run", "--lang", "zh", "--progress", "json", "--here-below", "0"]
            .iter()
            .map(|text| (*text).to_owned())
            .collect();
        all.extend(["--scheduler".to_owned(), self.scheduler.address.clone()]);
        all.extend(["--out".to_owned(), out.display().to_string()]);
        all.push(data.display().to_string());
        all.extend(more.iter().map(|text| (*text).to_owned()));
        all
    }
}

/// An executor of a scheduler.
pub fn executor_of(scheduler: &str) -> Service {
    Service::start(&["executor", "--scheduler", scheduler, "--slots", "2"])
}

/// Makes a data set.
pub fn ingest(project: &Path, folder: &Path) {
    let made = Command::new(PROGRAM).arg("ingest").args([project, folder]).output().expect("started");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// What the desktop's program answers; `rules` and options behind the project.
pub fn desktop(project: &Path, out: &Path, more: &[&str]) {
    let mut line: Vec<std::ffi::OsString> =
        ["shanshui", "run", "--lang", "zh", "--out"].iter().map(Into::into).collect();
    line.extend([out.into(), project.into()]);
    line.extend(more.iter().map(Into::into));
    let cli = shanshui::cli::Cli::read(line).expect("a command");
    assert!(matches!(cli.run(), shanshui::cli::Outcome::Done(code) if code == std::process::ExitCode::SUCCESS));
}

/// Takes out when an answer was made, which is the one thing that differs between two equal runs.
fn without_time(text: &str) -> String {
    let mut rest = text;
    let mut all = String::with_capacity(text.len());
    const TIME: &str = "\"time\":\"";
    while let Some(at) = rest.find(TIME) {
        let (before, behind) = rest.split_at(at + TIME.len());
        all.push_str(before);
        rest = behind.find('"').map_or("", |end| &behind[end..]);
    }
    all.push_str(rest);
    all
}

/// How the answers in two folders differ.
pub fn differences(one: &Path, other: &Path) -> Vec<String> {
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    let (own, others) = (names(one), names(other));
    let mut all = Vec::new();
    if own != others {
        all.push(format!("{own:?} and {others:?}"));
    }
    for name in own.iter().filter(|name| others.contains(name)) {
        let read = |folder: &Path| std::fs::read_to_string(folder.join(name)).expect("text");
        let (mut a, mut b) = (read(one), read(other));
        if name == "summary.json" {
            [a, b] = [a, b].map(|text| {
                let mut summary: Value = serde_json::from_str(&text).expect("JSON");
                let keys = summary.as_object_mut().expect("an object");
                assert!(keys.remove("engine").is_some() && keys.remove("seconds").is_some());
                summary.to_string()
            });
        }
        let (a, b) = (without_time(&a), without_time(&b));
        if a != b {
            let at = a.bytes().zip(b.bytes()).position(|(a, b)| a != b).unwrap_or(a.len().min(b.len()));
            let about = |text: &str| {
                let bytes = &text.as_bytes()[at.saturating_sub(120).min(text.len())..(at + 80).min(text.len())];
                String::from_utf8_lossy(bytes).into_owned()
            };
            all.push(format!("{name} at {at}:\n  {}\n  {}", about(&a), about(&b)));
        }
    }
    all
}
