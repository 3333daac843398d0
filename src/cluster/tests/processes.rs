//! Real schedulers and executors: the answers are the desktop's to the byte, whatever is killed, or there are none.

use crate::common::{Cluster, PROGRAM, Service, desktop, differences, executor_of, ingest, map};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const MAPS: [&str; 3] = ["baoshan", "putuo", "jinshan"];

/// What a run told on standard error, a JSON object a line.
fn events(stderr: &[u8]) -> Vec<Value> {
    String::from_utf8_lossy(stderr).lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

fn number(events: &[Value], event: &str, key: &str) -> u64 {
    let of = events.iter().find(|said| said["event"] == event);
    of.and_then(|said| said[key].as_u64()).unwrap_or_else(|| panic!("no {key} of {event} in {events:?}"))
}

#[test]
fn every_rule_of_every_map_says_what_the_desktop_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = Cluster::start(2);
    let mut differ = Vec::new();
    for name in MAPS {
        let (data, here) = (folder.path().join(format!("{name}-data")), folder.path().join(format!("{name}-here")));
        ingest(&map(name), &data);
        desktop(&map(name), &here, &[]);
        let mut before = 0;
        for tiles in ["4", "16"] {
            let there = folder.path().join(format!("{name}-{tiles}"));
            let started = Instant::now();
            let run = cluster.run(&data, &there, &["--tiles", tiles]);
            let said = String::from_utf8_lossy(&run.stderr);
            assert!(run.status.success(), "{name} {tiles}: {said}");
            let events = events(&run.stderr);
            let (works, done) = (number(&events, "done", "works"), number(&events, "done", "tiles"));
            println!("{name} {tiles}: {works} works, {done} tiles, {:.1} s", started.elapsed().as_secs_f64());
            assert!(works > 10 && done > before, "{works} works in {done} tiles, before in {before}");
            before = done;
            differ.extend(differences(&here, &there).into_iter().map(|text| format!("{name} {tiles} {text}")));
        }
        assert!(std::fs::read_dir(data.join("jobs")).expect("there").next().is_none(), "tasks are left");
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// A run that goes on.
struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStderr>>,
    said: Vec<String>,
}

impl Running {
    fn start(cluster: &Cluster, data: &Path, out: &Path, more: &[&str]) -> Self {
        let arguments = cluster.run_arguments(data, out, more);
        let mut child = Command::new(PROGRAM).args(arguments).stderr(Stdio::piped()).spawn().expect("started");
        let lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        Self { child, lines, said: Vec::new() }
    }

    /// Waits until it did so many works.
    fn until_works(&mut self, works: usize) {
        let mut done = 0;
        while done < works {
            let line = self.lines.next().unwrap_or_else(|| panic!("it ended: {:?}", self.said)).expect("readable");
            done += usize::from(line.contains("\"event\":\"work\""));
            self.said.push(line);
        }
    }

    /// Waits for its end; the status and what it said.
    fn end(mut self) -> (Option<i32>, String) {
        self.said.extend(self.lines.map_while(Result::ok));
        (self.child.wait().expect("ended").code(), self.said.join("\n"))
    }
}

/// Rules that take long enough for something to happen meanwhile: some fifty works.
const LONG: [&str; 4] = ["plot-burdens", "park-500-gaps", "outlet-rivers", "green-300-park-500"];

/// A data set of a map, and what the desktop says of these rules.
fn baoshan(folder: &Path) -> (PathBuf, PathBuf) {
    let (data, here) = (folder.join("data"), folder.join("here"));
    ingest(&map("baoshan"), &data);
    desktop(&map("baoshan"), &here, &LONG);
    (data, here)
}

#[test]
fn executors_may_be_killed() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, here) = baoshan(folder.path());
    let mut cluster = Cluster::start(2);
    let there = folder.path().join("there");
    let mut run = Running::start(&cluster, &data, &there, &[&["--tiles", "12"][..], &LONG].concat());
    run.until_works(2);
    cluster.executors.remove(0).kill();
    // One that comes later is taken in.
    run.until_works(1);
    cluster.executors.push(executor_of(&cluster.scheduler.address));
    let (status, said) = run.end();
    assert_eq!(status, Some(0), "{said}");
    assert_eq!(differences(&here, &there), Vec::<String>::new());
}

#[test]
fn a_scheduler_that_is_lost_ends_the_run_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let (data, here) = baoshan(folder.path());
    let mut cluster = Cluster::start(1);
    let (there, never) = (folder.path().join("there"), folder.path().join("never"));
    let mut run = Running::start(&cluster, &data, &there, &LONG);
    run.until_works(2);
    cluster.scheduler.kill();
    // Started again at once: it knows nothing of the run, and the executor finds it again.
    let address = cluster.scheduler.address.clone();
    cluster.scheduler = Service::start(&["scheduler", "--bind", &address]);
    let (status, said) = run.end();
    if status == Some(0) {
        // The job was sent again, and the new one did it.
        assert_eq!(differences(&here, &there), Vec::<String>::new());
    } else {
        assert!(status == Some(3) && said.contains(&format!("（{address}）")), "{status:?} {said}");
        assert!(!there.exists() || std::fs::read_dir(&there).expect("there").next().is_none(), "{said}");
    }
    // And for good.
    let mut run = Running::start(&cluster, &data, &never, &LONG);
    run.until_works(1);
    cluster.scheduler.kill();
    let (status, said) = run.end();
    assert!(status == Some(3) && said.contains(&format!("（{address}）")), "{status:?} {said}");
    assert!(!never.exists() || std::fs::read_dir(&never).expect("there").next().is_none(), "{said}");
    assert!(std::fs::read_dir(data.join("jobs")).expect("there").next().is_none(), "tasks are left");
}

#[test]
fn nobody_waits_for_a_cluster_that_is_not_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    ingest(&map("jinshan"), &data);
    // A scheduler without executors.
    let cluster = Cluster::start(0);
    let there = folder.path().join("there");
    let started = Instant::now();
    let run = cluster.run(&data, &there, &["--timeout", "3"]);
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.code() == Some(3) && said.contains("--timeout"), "{said}");
    assert!(started.elapsed() < Duration::from_secs(30) && !there.exists());
    // No scheduler.
    let mut cluster = cluster;
    cluster.scheduler.kill();
    let run = cluster.run(&data, &there, &["--timeout", "20"]);
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.code() == Some(3) && said.contains(&cluster.scheduler.address), "{said}");
    assert!(!there.exists());
}

#[test]
fn a_damaged_data_set_is_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    ingest(&map("jinshan"), &data);
    for entry in std::fs::read_dir(data.join("layers")).expect("there") {
        let path = entry.expect("one").path();
        let mut bytes = std::fs::read(&path).expect("readable");
        let middle = bytes.len() / 3;
        bytes.truncate(middle);
        std::fs::write(&path, bytes).expect("writable");
    }
    let cluster = Cluster::start(1);
    let there = folder.path().join("there");
    let run = cluster.run(&data, &there, &[]);
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.code() == Some(3) && said.contains(".parquet"), "{said}");
    assert!(!there.join("summary.json").exists());
}

#[test]
fn options_are_honoured_or_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    ingest(&map("baoshan"), &data);
    let cluster = Cluster::start(1);
    let run = |out: &Path, more: &[&str]| {
        let mut all = vec!["run", "--lang", "en", "--scheduler", &cluster.scheduler.address, "--out"];
        let (out, data) = (out.display().to_string(), data.display().to_string());
        all.push(&out);
        all.push(&data);
        all.extend(more);
        Command::new(PROGRAM).args(&all).output().expect("started")
    };
    let (there, here) = (folder.path().join("there"), folder.path().join("here"));
    let strict = run(&there, &["red-line-encroachment", "--strict", "--plan", "BS", "--json"]);
    let summary: Value = serde_json::from_slice(&strict.stdout).expect("one JSON object");
    assert_eq!(summary["engine"], "cluster");
    assert_eq!(summary["plan"], "BS");
    let bans: u64 = summary["rules"].as_array().expect("rules").iter().filter_map(|rule| rule["ban"].as_u64()).sum();
    assert_eq!(strict.status.code(), Some(i32::from(bans > 0)), "{}", String::from_utf8_lossy(&strict.stderr));
    for (more, status, word) in [
        (&["--where", "a = 1"][..], 2, "--where"),
        (&["no-such-rule"], 2, "no-such-rule"),
        (&["one-map"], 2, "one-map"),
        (&["--scenario", "B"], 2, "B"),
        (&["--plan", "ZZ"], 3, "ZZ"),
    ] {
        let run = run(&here, more);
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.code() == Some(status) && said.contains(word), "{more:?}: {:?} {said}", run.status);
        assert!(!here.exists(), "{more:?}");
    }
    let within = run(&data.join("answers"), &[]);
    assert!(within.status.code() == Some(4) && !data.join("answers").exists());
    let address =
        Command::new(PROGRAM).args(["run", "x", "--scheduler", "nowhere", "-o", "y"]).output().expect("started");
    assert_eq!(address.status.code(), Some(2));
}

#[test]
fn an_executor_that_nobody_could_reach_does_not_start() {
    let arguments = ["executor", "--lang", "en", "--scheduler", "127.0.0.1:1", "--bind", "0.0.0.0:0"];
    let executor = Command::new(PROGRAM).args(arguments).output().expect("started");
    let said = String::from_utf8_lossy(&executor.stderr);
    assert!(executor.status.code() == Some(2) && said.contains("--host"), "{said}");
}

/// Processes of this program that have a text in their command line.
#[cfg(target_os = "linux")]
fn processes_with(text: &str) -> usize {
    let all = std::fs::read_dir("/proc")
        .expect("there")
        .filter_map(|entry| std::fs::read(entry.ok()?.path().join("cmdline")).ok());
    all.filter(|line| String::from_utf8_lossy(line).contains(text)).count()
}

#[test]
fn one_command_does_it_all_here_and_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let (here, there, temporary) =
        (folder.path().join("here"), folder.path().join("there"), folder.path().join("temporary"));
    std::fs::create_dir(&temporary).expect("writable");
    desktop(&map("putuo"), &here, &[]);
    let local = |out: &Path| {
        let mut command = Command::new(PROGRAM);
        command.args([
            "local",
            "--workers",
            "2",
            "--lang",
            "zh",
            "--progress",
            "json",
            "--here-below",
            "3000",
            "--out",
        ]);
        command.args([out.to_owned(), map("putuo")]).env("TMPDIR", &temporary);
        command
    };
    let run = local(&there).output().expect("started");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(number(&events(&run.stderr), "done", "works") > 3);
    assert_eq!(differences(&here, &there), Vec::<String>::new());
    let is_empty = || std::fs::read_dir(&temporary).expect("there").next().is_none();
    assert!(is_empty(), "something is left");
    // Killed in the middle, its services go too, and their folder.
    #[cfg(target_os = "linux")]
    {
        let mut child = local(&folder.path().join("killed")).stderr(Stdio::piped()).spawn().expect("started");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let is_work = |line: &std::io::Result<String>| line.as_ref().is_ok_and(|line| line.contains("\"started\""));
        assert!(lines.any(|line| is_work(&line)));
        let mark = temporary.display().to_string();
        assert!(processes_with(&mark) >= 3);
        child.kill().expect("killed");
        child.wait().expect("ended");
        let until = Instant::now() + Duration::from_secs(10);
        while (processes_with(&mark) > 0 || !is_empty()) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(processes_with(&mark) == 0 && is_empty(), "services outlive their parent");
        assert!(!folder.path().join("killed/summary.json").exists());
    }
}
