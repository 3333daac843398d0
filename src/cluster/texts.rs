//! What the cluster's commands say when they fail, in the reader's language: what, why, and what to do.

use shanshui::cli::status;
use std::process::ExitCode;

/// Why a command failed, in words, with its exit status.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// The command line is wrong.
    #[error("{0}")]
    Usage(String),
    /// Something cannot be read, or the cluster does not answer.
    #[error("{0}")]
    Input(String),
    /// Something cannot be written.
    #[error("{0}")]
    Output(String),
}

impl ClusterError {
    /// The exit status.
    pub fn status(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) => status::USAGE,
            Self::Input(_) => status::INPUT,
            Self::Output(_) => status::OUTPUT,
        })
    }
}

/// Its sentences.
pub(crate) mod told {
    use shanshui_core::i18n::{Lang, tr};
    use std::path::Path;

    pub(crate) fn no_data_set(lang: Lang, folder: &Path, cause: &str) -> String {
        tr!(lang, "cluster.no_data_set", folder = folder.display(), cause = cause).into_owned()
    }

    pub(crate) fn another_form(lang: Lang, form: u32, own: u32) -> String {
        tr!(lang, "cluster.another_form", form = form, own = own).into_owned()
    }

    pub(crate) fn unreadable(lang: Lang, file: &str, cause: &str) -> String {
        tr!(lang, "cluster.unreadable", file = file, cause = cause).into_owned()
    }

    pub(crate) fn unwritable(lang: Lang, file: &str, cause: &str) -> String {
        tr!(lang, "cluster.unwritable", file = file, cause = cause).into_owned()
    }

    pub(crate) fn no_store(lang: Lang, file: &str) -> String {
        tr!(lang, "cluster.no_store", file = file).into_owned()
    }

    pub(crate) fn no_project(lang: Lang, file: &str) -> String {
        tr!(lang, "cluster.no_project", file = file).into_owned()
    }

    pub(crate) fn lies_elsewhere(lang: Lang, project: &str, file: &str) -> String {
        tr!(lang, "cluster.lies_elsewhere", project = project, file = file).into_owned()
    }

    pub(crate) fn holds_something(lang: Lang, folder: &str) -> String {
        tr!(lang, "cluster.holds_something", folder = folder).into_owned()
    }

    pub(crate) fn within_project(lang: Lang, folder: &str) -> String {
        tr!(lang, "cluster.within_project", folder = folder).into_owned()
    }

    pub(crate) fn out_within(lang: Lang, folder: &Path) -> String {
        tr!(lang, "cluster.out_within", folder = folder.display()).into_owned()
    }

    pub(crate) fn address(lang: Lang, text: &str) -> String {
        tr!(lang, "cluster.address", text = text).into_owned()
    }

    pub(crate) fn no_host(lang: Lang, bind: &str) -> String {
        tr!(lang, "cluster.no_host", text = bind).into_owned()
    }

    pub(crate) fn one_map(lang: Lang) -> String {
        tr!(lang, "cluster.one_map").into_owned()
    }

    pub(crate) fn cannot_serve(lang: Lang, address: &str, cause: &str) -> String {
        tr!(lang, "cluster.cannot_serve", address = address, cause = cause).into_owned()
    }

    pub(crate) fn executor_ended(lang: Lang, cause: &str) -> String {
        tr!(lang, "cluster.executor_ended", cause = cause).into_owned()
    }

    pub(crate) fn child(lang: Lang, what: &str, cause: &str) -> String {
        tr!(lang, "cluster.child", what = what, cause = cause).into_owned()
    }

    pub(crate) fn failed(lang: Lang, scheduler: &str, cause: &str) -> String {
        tr!(lang, "cluster.failed", scheduler = scheduler, cause = cause).into_owned()
    }

    pub(crate) fn timeout(lang: Lang, seconds: u64) -> String {
        tr!(lang, "cluster.timeout", seconds = seconds).into_owned()
    }

    pub(crate) fn tile(lang: Lang, (tile, rows): (usize, usize), executor: &str, cause: &str) -> String {
        tr!(lang, "cluster.tile", tile = tile, rows = rows, executor = executor, cause = cause).into_owned()
    }

    pub(crate) fn receipts(lang: Lang, cause: &str) -> String {
        tr!(lang, "cluster.receipts", cause = cause).into_owned()
    }

    pub(crate) fn builds(lang: Lang, executor: &str, own: &str, asked: &str) -> String {
        tr!(lang, "cluster.builds", executor = executor, own = own, asked = asked).into_owned()
    }

    pub(crate) fn workers(lang: Lang) -> String {
        tr!(lang, "cluster.usage_workers").into_owned()
    }
}
