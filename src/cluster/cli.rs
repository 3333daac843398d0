//! From the command line to the commands, and how they end.

use crate::arguments::{Cli, Command};
use crate::commands::{Ended, executor, run, scheduler, take_in};
use crate::local;
use crate::say::Form;
use shanshui::cli::say;
use shanshui_core::i18n::Lang;
use std::process::ExitCode;

impl Cli {
    /// Runs the command; its exit status.
    pub fn run(self) -> ExitCode {
        let lang = self.lang.unwrap_or_else(Lang::of_system);
        let done = match self.command {
            Command::Ingest { project, folder, reading, progress } => {
                take_in(&project, &folder, &reading, (lang, Form::of(progress))).map(|()| ExitCode::SUCCESS)
            }
            Command::Scheduler { bind, child } => scheduler(bind, child, lang),
            Command::Executor { scheduler, bind, host, slots, memory, child } => {
                executor(&scheduler, (bind, host), (slots, memory), child, lang)
            }
            Command::Run { folder, rules, scheduler, asked } => run(&folder, &rules, &scheduler, &asked, lang),
            Command::Local { workers, project, rules, memory, reading, asked } => {
                let of = local::Local { workers, project, rules, keep_mb: memory.keep_mb, reading, asked };
                of.run(lang)
            }
        };
        done.unwrap_or_else(|e: Ended| match e {
            Ended::Said(code) => code,
            Ended::Failed(e) => {
                say::warn(format!("shanshui-cluster: {e}"));
                e.status()
            }
        })
    }
}
