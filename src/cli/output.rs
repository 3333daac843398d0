//! Where an answer goes: a file, written whole or not at all, or standard output; and what is printed beside it.

use super::{Common, Failure};
use crate::i18n::tr;
use crate::io::{SaveError, save_atomically};
use std::io::Write;
use std::path::Path;

/// The place that `-o` names.
pub(super) struct Output<'a> {
    path: &'a Path,
}

impl<'a> Output<'a> {
    /// A place for an answer: never one of the inputs, nor standard output where `--json` has it.
    pub(super) fn new<'i>(
        common: &Common,
        path: &'a Path,
        inputs: impl IntoIterator<Item = &'i Path>,
    ) -> Result<Self, Failure> {
        let (lang, output) = (common.lang(), Self { path });
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
    ) -> Result<(), SaveError> {
        let Some(file) = self.file() else {
            let mut out = std::io::BufWriter::with_capacity(1 << 20, std::io::stdout());
            let written = write(&mut out).and_then(|()| out.flush());
            return written.map_err(|e| SaveError { file: "-".to_owned(), cause: e.into() });
        };
        save_atomically(file, write)
    }

    /// Prints a summary: on standard error where the answer took standard output.
    pub(super) fn print(&self, text: &str) -> Result<(), Failure> {
        let printed = match self.is_stdout() {
            true => std::io::stderr().write_all(text.as_bytes()),
            false => std::io::stdout().write_all(text.as_bytes()),
        };
        printed.map_err(|e| Failure::Print(e.to_string()))
    }
}

fn same_file(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => false,
    }
}
