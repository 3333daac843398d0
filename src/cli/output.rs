//! Where an answer goes: a file, written whole or not at all, or standard output; and what is printed beside it.

use super::{Common, Failure, say};
use crate::i18n::tr;
use crate::io::{SaveError, save_atomically};
use crate::model::SourceChanged;
use std::io::Write;
use std::path::Path;

/// The place that `-o` names.
pub(super) struct Output<'a> {
    path: &'a Path,
    is_json: bool,
}

impl<'a> Output<'a> {
    /// A place for an answer: never one of the inputs, nor standard output where `--json` has it.
    pub(super) fn new<'i>(
        common: &Common,
        path: &'a Path,
        inputs: impl IntoIterator<Item = &'i Path>,
    ) -> Result<Self, Failure> {
        let (lang, output) = (common.lang(), Self { path, is_json: common.json });
        if output.is_stdout() && common.json {
            return Err(Failure::Usage(tr!(lang, "cli.json_and_stdout").into_owned()));
        }
        if !output.is_stdout() && inputs.into_iter().any(|input| same_file(input, path)) {
            return Err(Failure::Usage(tr!(lang, "cli.overwrites_input", file = path.display()).into_owned()));
        }
        Ok(output)
    }

    fn is_stdout(&self) -> bool {
        self.path.as_os_str() == "-"
    }

    /// The file, where it is one.
    pub(super) fn file(&self) -> Option<&'a Path> {
        (!self.is_stdout()).then_some(self.path)
    }

    /// Writes the answer.
    pub(super) fn write(
        &self,
        write: impl FnOnce(&mut (dyn Write + Send)) -> std::io::Result<()>,
    ) -> Result<(), Failure> {
        match self.file() {
            None => say::write_output(write).map_err(|e| match e.get_ref() {
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

fn same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
