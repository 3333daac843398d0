//! Where an answer goes: a file, written whole or not at all, or standard output; and what is printed beside it.

use super::terminal::Watched;
use super::{Common, Failure, say};
use crate::i18n::{Lang, tr};
use crate::io::guard::check_apart;
use crate::io::store::is_store;
use crate::io::{Form, Guard, SaveCause, SaveError, file_name, is_stdout, save_atomically, write_stdout};
use crate::model::SourceChanged;
use crate::session::guard_of;
use std::io::Write;
use std::path::{Path, PathBuf};

/// The place that `-o` names: a file, standard output, or a table of a shared store.
pub(super) struct Output<'a> {
    path: &'a Path,
    is_json: bool,
    lang: Lang,
    overwrite: bool,
}

impl<'a> Output<'a> {
    /// A place for an answer: never one of the inputs, nor standard output where `--json` has it.
    pub(super) fn new(common: &Common, path: &'a Path, guard: &Guard, form: Form) -> Result<Self, Failure> {
        let output = Self { path, is_json: common.json, lang: common.lang(), overwrite: common.overwrite };
        if is_store(path) {
            // What is there is told when it is written.
            return Ok(output);
        }
        if output.is_stdout() && common.json {
            return Err(Failure::Usage(tr!(common.lang(), "cli.json_and_stdout").into_owned()));
        }
        // What was typed into findings stands nowhere else: only a run, which takes it along, writes them.
        let guard = guard.clone().keeping(crate::rules::findings::FILE).keeping(crate::comments::FILE);
        guard.file(path, form).map_err(|e| refusal(common, e))?;
        check_replaced(common, path)?;
        Ok(output)
    }

    fn is_stdout(&self) -> bool {
        is_stdout(self.path)
    }

    /// The file, where it is one: not standard output, no table of a store.
    pub(super) fn file(&self) -> Option<&'a Path> {
        (!self.is_stdout() && !is_store(self.path)).then_some(self.path)
    }

    /// From here on the answer is written. A file is finished whatever is pressed; a table that is given up is not there, and a
    /// server may keep one waiting.
    pub(super) fn begin(&self, watched: &Watched) {
        if !is_store(self.path) {
            watched.begin_saving();
        }
    }

    /// Writes the answer.
    pub(super) fn write(
        &self,
        write: impl FnOnce(&mut (dyn Write + Send)) -> std::io::Result<()>,
    ) -> Result<(), Failure> {
        if is_store(self.path) {
            let mut text = Vec::new();
            write(&mut text).map_err(|e| SaveError { file: file_name(self.path), cause: e.into() })?;
            return super::store::put_answer(self.path, &text, self.overwrite, self.lang);
        }
        match self.file() {
            None => write_stdout(write).map_err(|e| match e.get_ref() {
                // Not the output: what was read from.
                Some(inner) if inner.is::<SourceChanged>() => {
                    SaveError { file: "-".to_owned(), cause: e.into() }.into()
                }
                _ => Failure::Print(e),
            }),
            Some(file) => Ok(save_atomically(file, write)?),
        }
    }

    /// Prints a summary: on standard error where the answer took standard output.
    pub(super) fn print(&self, text: &str) -> Result<(), Failure> {
        match (self.is_stdout(), self.is_json) {
            (true, _) => say::error_lines(text),
            (_, true) => say::print_json(text)?,
            (_, false) => say::print_lines(text)?,
        }
        Ok(())
    }
}

/// What may not be written is a fault of the command line; what cannot be, is not.
pub(super) fn refusal(common: &Common, e: SaveError) -> Failure {
    match e.cause {
        SaveCause::Refused(_) => Failure::Usage(e.message(common.lang())),
        _ => Failure::Save(e),
    }
}

/// Refuses a named file that is there and that this program did not make, unless that is asked for.
pub(super) fn check_replaced(common: &Common, path: &Path) -> Result<(), Failure> {
    if common.overwrite { Ok(()) } else { Guard::replaces_ours(path).map_err(|e| refusal(common, e)) }
}

/// Whether files may be written for a command that opens these: the window's code reads and writes them.
pub(super) fn check(common: &Common, paths: &[PathBuf], outputs: &[(&Path, Form)]) -> Result<(), Failure> {
    let guard = guard_of(paths.iter().map(PathBuf::as_path), common.plan.as_deref());
    for (path, form) in outputs {
        Output::new(common, path, &guard, *form)?;
    }
    let paths: Vec<&Path> = outputs.iter().map(|(path, _)| *path).collect();
    check_apart(&paths).map_err(|e| refusal(common, e))
}
