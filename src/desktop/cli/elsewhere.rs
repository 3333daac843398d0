//! `run` where something else than this process does the work on rows: for the cluster, which is a program of its own.

use super::arguments::Command;
use super::project::{Opened, catalogue};
use super::terminal::Watched;
use super::{Cli, Failure, Outcome, report};
use crate::query::Engine;
use crate::rules::RuleInput;
use std::fmt::Debug;
use std::process::ExitCode;
use std::sync::Arc;

/// Who does the work on rows of a run.
pub trait Elsewhere: Debug {
    /// What `summary.json` calls it.
    fn name(&self) -> &str;

    /// Does the work.
    fn engine(&self) -> Arc<dyn Engine>;

    /// Why it does no more, in the reader's language: then the whole run has failed, and nothing of it is written.
    fn failure(&self) -> Option<String>;
}

impl Cli {
    /// Runs what needs no window, with another engine. Whatever is not `run` is left to [`Self::run`].
    pub fn run_elsewhere(self, elsewhere: &dyn Elsewhere) -> Outcome {
        self.run_by(Some(elsewhere))
    }

    /// The layers that `run` would put the rules to. None where the command is another.
    ///
    /// # Errors
    /// The exit status, where they cannot be read: why was said.
    pub fn run_input(&self) -> Result<Option<RuleInput>, ExitCode> {
        let Some(Command::Run { project, .. }) = &self.command else { return Ok(None) };
        let read = || -> Result<RuleInput, Failure> {
            self.common.check()?;
            let catalogue = catalogue(Some(project), self.common.lang());
            let watched = Watched::new();
            Ok(Opened::read(&self.common, project, &catalogue, &watched)?.input())
        };
        read().map(Some).map_err(|failure| report(&self.common, Err(failure)))
    }
}

/// The run's failure, where whoever works has failed.
pub(super) fn failed(elsewhere: Option<&dyn Elsewhere>) -> Result<(), Failure> {
    match elsewhere.and_then(Elsewhere::failure) {
        None => Ok(()),
        Some(why) => Err(Failure::Input(why)),
    }
}

/// What `summary.json` says of who worked.
pub(super) fn named(elsewhere: Option<&dyn Elsewhere>) -> &str {
    elsewhere.map_or("here", Elsewhere::name)
}

/// The layers of a run on whatever engine it has.
pub(super) fn put_on(input: RuleInput, elsewhere: Option<&dyn Elsewhere>) -> RuleInput {
    match elsewhere {
        None => input,
        Some(elsewhere) => input.on(elsewhere.engine()),
    }
}
