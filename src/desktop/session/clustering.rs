//! Runs on a cluster: `shanshui-cluster` as a process of its own, what it tells meanwhile, and what it wrote.

use super::jobs::Outcome;
use super::{Event, JobKind, Session};
use crate::i18n::Lang;
use crate::progress::Progress;
use serde_json::Value;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// What the program is called.
const PROGRAM: &str = if cfg!(windows) { "shanshui-cluster.exe" } else { "shanshui-cluster" };
/// How often it is looked at whether the planner wants it to stop.
const LOOK: Duration = Duration::from_millis(100);
/// So many of its last lines are kept, for when it fails.
const LINES: usize = 12;
/// A longer line is nothing that it says.
const LINE: u64 = 1 << 16;

/// Which rules are put where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterRun {
    /// The program.
    pub program: PathBuf,
    /// Where.
    pub at: ClusterAt,
    /// The rules; all of them where none is named.
    pub rules: Vec<String>,
    /// The folder for the answers, which is made.
    pub out: PathBuf,
    /// The language of what is found.
    pub lang: Lang,
}

/// Where rules are put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClusterAt {
    /// So many executors on this machine, to the project of a file or folder.
    Here {
        /// Executors.
        workers: usize,
        /// The project.
        project: PathBuf,
    },
    /// A scheduler, to a data set that every machine sees under this path.
    Scheduler {
        /// Its host and port.
        address: String,
        /// The data set.
        data: PathBuf,
    },
}

/// What came of a run on a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterAnswers {
    /// Where the answers are.
    pub folder: PathBuf,
    /// The rules that were answered.
    pub rules: Vec<ClusterAnswer>,
    /// What it told when it was done: works, tiles, rows.
    pub told: Value,
}

/// An answer of a rule, in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterAnswer {
    /// The rule's id.
    pub rule: String,
    /// Features, bans and reviews.
    pub counts: [u64; 3],
    /// Its file; none where there is no feature.
    pub file: Option<PathBuf>,
}

impl ClusterRun {
    /// The program beside this one, or where programs are looked for.
    pub fn program() -> Option<PathBuf> {
        let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join(PROGRAM)));
        let path = std::env::var_os("PATH").unwrap_or_default();
        beside
            .into_iter()
            .chain(std::env::split_paths(&path).map(|folder| folder.join(PROGRAM)))
            .find(|at| at.is_file())
    }

    fn arguments(&self) -> Vec<OsString> {
        let mut all: Vec<OsString> = match &self.at {
            ClusterAt::Here { workers, project } => {
                vec!["local".into(), "--workers".into(), workers.to_string().into(), project.into()]
            }
            ClusterAt::Scheduler { address, data } => {
                vec!["run".into(), "--scheduler".into(), address.into(), data.into()]
            }
        };
        all.extend(self.rules.iter().map(OsString::from));
        all.extend(["-o".into(), self.out.clone().into(), "--progress".into(), "json".into()]);
        all.extend(["--lang".into(), self.lang.code().into()]);
        all
    }
}

/// The process, ended when this is dropped: nobody would hear of it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already cannot be.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Lines as they come; a line that is no text, or endless, is cut.
fn lines(mut from: impl BufRead, mut each: impl FnMut(String)) {
    loop {
        let mut line = Vec::new();
        match (&mut from).take(LINE).read_until(b'\n', &mut line) {
            Ok(0) | Err(_) => return,
            Ok(_) => each(String::from_utf8_lossy(&line).trim_end().to_owned()),
        }
    }
}

/// Runs it to its end.
///
/// # Errors
/// What it said last, where it failed or could not be started; `None` where it was stopped.
fn run(run: &ClusterRun, progress: &Progress, works: &dyn Fn(u64)) -> Result<ClusterAnswers, Option<String>> {
    let started = Command::new(&run.program)
        .args(run.arguments())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn();
    let mut process = Running(started.map_err(|e| Some(format!("{}: {e}", run.program.display())))?);
    let (sender, told) = channel();
    let errors = process.0.stderr.take();
    std::thread::spawn(move || {
        // Whoever listened may have gone.
        errors.into_iter().for_each(|errors| lines(BufReader::new(errors), |line| drop(sender.send(line))));
    });
    let (mut last, mut done, mut count) = (VecDeque::new(), Value::Null, 0);
    loop {
        match told.recv_timeout(LOOK) {
            Ok(line) => match serde_json::from_str::<Value>(&line) {
                Ok(event) if event["event"] == "work" => {
                    count += 1;
                    works(count);
                }
                Ok(event) if event["event"] == "done" => done = event,
                Ok(event) if event.get("event").is_some() => {}
                _ if line.is_empty() => {}
                _ => {
                    last.push_back(line);
                    if last.len() > LINES {
                        last.pop_front();
                    }
                }
            },
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if progress.is_cancelled() {
            return Err(None);
        }
    }
    let status = process.0.wait().map_err(|e| Some(e.to_string()))?;
    let failed = || {
        let said = Vec::from(last.clone()).join("\n");
        Some(if said.is_empty() { status.to_string() } else { said })
    };
    if !status.success() {
        return Err(failed());
    }
    answers(&run.out, done).ok_or_else(failed)
}

/// The answers in a folder, by its summary.
fn answers(folder: &Path, told: Value) -> Option<ClusterAnswers> {
    let summary: Value = serde_json::from_slice(&std::fs::read(folder.join("summary.json")).ok()?).ok()?;
    let answer = |rule: &Value| {
        let id = rule["id"].as_str().filter(|_| rule["status"] == "answered")?;
        let count = |name: &str| rule[name].as_u64().unwrap_or_default();
        let file = folder.join(format!("{id}.geojson"));
        let counts = [count("features"), count("ban"), count("review")];
        Some(ClusterAnswer { rule: id.to_owned(), counts, file: (counts[0] > 0 && file.is_file()).then_some(file) })
    };
    let rules = summary["rules"].as_array()?.iter().filter_map(answer).collect();
    Some(ClusterAnswers { folder: folder.to_owned(), rules, told })
}

impl Session {
    /// Puts rules to a project on a cluster; told by [`Event::ClusterEnded`].
    pub(super) fn start_on_cluster(&mut self, asked: ClusterRun) {
        self.spawn(JobKind::Clustering(0), move |progress, tell| {
            let works = |count| {
                tell(Outcome::of_job(move |session, job| {
                    let own = session.jobs.running.iter_mut().find(|running| running.id == job);
                    own.into_iter().for_each(|own| own.kind = JobKind::Clustering(count));
                    None
                }));
            };
            match run(&asked, progress, &works) {
                Err(None) => {}
                Err(Some(said)) => tell(Event::ClusterEnded(Err(said)).into()),
                Ok(answers) => tell(Event::ClusterEnded(Ok(Box::new(answers))).into()),
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(at: ClusterAt) -> ClusterRun {
        let rules = vec!["park-500-gaps".to_owned()];
        ClusterRun { program: "c".into(), at, rules, out: "/tmp/out".into(), lang: Lang::Zh }
    }

    #[test]
    fn arguments_are_those_of_the_program() {
        let here = asked(ClusterAt::Here { workers: 2, project: "maps/baoshan".into() });
        let there = asked(ClusterAt::Scheduler { address: "10.0.0.1:50050".into(), data: "/shared/data".into() });
        let end = ["park-500-gaps", "-o", "/tmp/out", "--progress", "json", "--lang", "zh"];
        assert_eq!(here.arguments(), [&["local", "--workers", "2", "maps/baoshan"][..], &end].concat());
        assert_eq!(there.arguments(), [&["run", "--scheduler", "10.0.0.1:50050", "/shared/data"][..], &end].concat());
    }

    #[test]
    fn what_is_no_program_or_says_nothing_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut asked = asked(ClusterAt::Here { workers: 2, project: "p".into() });
        asked.program = folder.path().join("none");
        let said = run(&asked, &Progress::default(), &|_| ()).expect_err("no program").expect("said");
        assert!(said.contains("none"), "{said}");
        // It ended well and wrote nothing: that is no answer.
        asked.program = "true".into();
        asked.out = folder.path().join("out");
        assert!(run(&asked, &Progress::default(), &|_| ()).is_err());
    }

    #[test]
    fn endless_lines_are_cut() {
        let mut text = vec![b'x'; 3 * LINE as usize / 2];
        text.extend_from_slice(b"\nlast\xff\n");
        let mut found = Vec::new();
        lines(&text[..], |line| found.push(line.len()));
        assert_eq!(found, [LINE as usize, LINE as usize / 2, 7]);
    }
}
