//! Packed projects on the command line: the window, pictures, pages and reports open them; the other commands read files where
//! they stand, and say how to get there.

use super::Failure;
use super::arguments::{Command, StoreCommand};
use crate::i18n::{Lang, between, tr};
use crate::session::pack::is_packed;
use crate::session::projects_in;
use std::path::Path;

/// What a command reads that does not open archives.
pub(super) fn inputs(command: &Command) -> Vec<&Path> {
    match command {
        Command::Demo | Command::View { .. } | Command::Print { .. } | Command::Report { .. } => Vec::new(),
        Command::Info { files } => files.iter().map(|file| file.as_path()).collect(),
        Command::Inspect { project, zone, .. } => project.iter().chain([zone]).map(|file| file.as_path()).collect(),
        Command::Within { subject, of, .. } => vec![subject.as_path(), of.as_path()],
        Command::Nearest { subject, to, .. } => vec![subject.as_path(), to.as_path()],
        Command::Gaps { demand, from, .. } => vec![demand.as_path(), from.as_path()],
        Command::Overlap { subject, with, .. } => vec![subject.as_path(), with.as_path()],
        Command::Buffer { subject, .. } => vec![subject.as_path()],
        Command::Rules { project } => project.iter().map(|file| file.as_path()).collect(),
        Command::Run { project, .. } | Command::Compare { project, .. } | Command::Cards { project, .. } => {
            vec![project.as_path()]
        }
        Command::Audit { before, after, .. } => vec![before.as_path(), after.as_path()],
        Command::Convert { input, .. } => vec![input.as_path()],
        Command::Join { subject, table, .. } => vec![subject.as_path(), table.as_path()],
        Command::Store { command: StoreCommand::Put { file, .. } } => vec![file.as_path()],
        Command::Store { .. } => Vec::new(),
    }
}

/// Why a command does not read a packed project that it was given, and how to go on.
pub(super) fn refusal(command: &Command, lang: Lang) -> Option<Failure> {
    let file = inputs(command).into_iter().find(|path| is_packed(path) && path.is_file())?;
    let folder = folder_of(file);
    let names = projects_in(file);
    // Without a project it holds layers.
    let first = names.first()?;
    let text = tr!(
        lang,
        "packed.unpack_first",
        file = file.display(),
        folder = folder,
        names = names.join(between(lang)),
        project = Path::new(&folder).join(first).display().to_string()
    );
    Some(Failure::Input(text.into_owned()))
}

/// A folder beside an archive to unpack it into: its name without its endings.
fn folder_of(file: &Path) -> String {
    let name = crate::io::file_name(file);
    let stem = name.split('.').next().filter(|stem| !stem.is_empty()).unwrap_or("project");
    file.with_file_name(stem).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_called_after_its_archive() {
        for (file, folder) in
            [("x.shanshui.zip", "x"), ("a/b/我区.shanshui.zip", "a/b/我区"), ("plan.zip", "plan"), (".zip", "project")]
        {
            assert_eq!(folder_of(Path::new(file)), folder);
        }
    }
}
