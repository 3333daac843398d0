//! `local`: data set, scheduler and executors on this machine, for one run. They end with this process, however it ends.

use crate::arguments::{Asked, Reading};
use crate::commands::{Ended, run, take_in};
use crate::say::Form;
use crate::texts::{ClusterError, told};
use serde_json::json;
use shanshui_core::i18n::Lang;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a service may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is to be run.
#[derive(Debug)]
pub(crate) struct Local {
    pub(crate) workers: usize,
    pub(crate) project: PathBuf,
    pub(crate) rules: Vec<String>,
    pub(crate) keep_mb: usize,
    pub(crate) reading: Reading,
    pub(crate) asked: Asked,
}

/// A service as a process of its own, ended when this is dropped.
#[derive(Debug)]
struct Service(Child);

impl Drop for Service {
    fn drop(&mut self) {
        // One that has ended already cannot be.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Service {
    /// Starts this program with arguments, and waits until it says where it listens. Its standard input ends with this process,
    /// and it with that; it takes the folder away then.
    fn start(what: &str, arguments: &[&str], folder: &Path, lang: Lang) -> Result<(Self, String), ClusterError> {
        let failed = |cause: &str| ClusterError::Input(told::child(lang, what, cause));
        let program = std::env::current_exe().map_err(|e| failed(&e.to_string()))?;
        let mut child = Command::new(program)
            .arg(what)
            .args(arguments)
            .args(["--lang", lang.code(), "--of-parent"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| failed(&e.to_string()))?;
        let out = child.stdout.take();
        let service = Self(child);
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            let mut line = String::new();
            if let Some(out) = out {
                let mut out = BufReader::new(out);
                // Whoever waits sees that there is none.
                let _ = out.read_line(&mut line);
                let _ = tell.send(line);
                // It must be able to go on writing.
                let _ = std::io::copy(&mut out, &mut std::io::sink());
            }
        });
        let line = told.recv_timeout(PATIENCE).map_err(|_| failed("no word of it"))?;
        let address = serde_json::from_str::<serde_json::Value>(&line)
            .ok()
            .and_then(|said| Some(said["address"].as_str()?.to_owned()));
        Ok((service, address.ok_or_else(|| failed(line.trim()))?))
    }
}

impl Local {
    pub(crate) fn run(self, lang: Lang) -> Result<ExitCode, Ended> {
        let Self { workers, project, rules, keep_mb, reading, asked } = self;
        if workers == 0 {
            return Err(ClusterError::Usage(told::workers(lang)).into());
        }
        let progress = Form::of(asked.progress.or(asked.json.then_some(Form::Json)));
        let failed = |e: std::io::Error| {
            ClusterError::Output(told::unwritable(lang, &std::env::temp_dir().display().to_string(), &e.to_string()))
        };
        // Before the services: it goes when they have gone.
        let folder = tempfile::Builder::new().prefix("shanshui-cluster-").tempdir().map_err(failed)?;
        let data = folder.path().join("data");
        take_in(&project, &data, &reading, (lang, progress))?;
        let (_scheduler, address) = Service::start("scheduler", &["--bind", "127.0.0.1:0"], folder.path(), lang)?;
        progress.tell("scheduler", json!({ "address": address }), || format!("scheduler at {address}"));
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let (slots, keep) = ((cores / workers).max(1).to_string(), keep_mb.to_string());
        let mut executors = Vec::with_capacity(workers);
        for _ in 0..workers {
            let arguments = ["--scheduler", &address, "--bind", "127.0.0.1:0", "--slots", &slots, "--keep", &keep];
            let (service, at) = Service::start("executor", &arguments, folder.path(), lang)?;
            let process = service.0.id();
            progress.tell("executor", json!({ "address": at, "process": process }), || format!("executor at {at}"));
            executors.push(service);
        }
        let done = run(&data, &rules, &address, &asked, lang);
        drop(executors);
        done
    }
}
