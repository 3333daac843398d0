//! Findings of earlier runs that a command takes on.

use super::project::{Opened, UNKNOWN};
use super::{Failure, say};
use crate::i18n::Lang;
use crate::rules::findings::{self, Findings};
use crate::session::{FollowingError, findings_are_there};
use std::path::{Path, PathBuf};

/// The project's findings with what was typed into those of an earlier run in the same folder. The project's own file is
/// read and left alone.
pub(super) fn earlier_findings(
    opened: &Opened,
    folder: &Path,
    given: Option<&Path>,
    lang: Lang,
) -> Result<(Findings, Vec<PathBuf>), Failure> {
    let files = [opened.folder.join(findings::FILE), folder.join(findings::FILE)];
    let [own, earlier] = files.each_ref().map(|file| read_findings(file, lang));
    let (own, earlier) = (own?, earlier?);
    let both = if own == Findings::default() { earlier } else { own.behind(earlier) };
    let (all, more) = taken_on(both, given, lang)?;
    Ok((all, files.into_iter().chain(more).collect()))
}

/// Findings with those of a file that was named, which has to be there; and that file.
pub(super) fn taken_on(own: Findings, given: Option<&Path>, lang: Lang) -> Result<(Findings, Vec<PathBuf>), Failure> {
    let Some(file) = given else { return Ok((own, Vec::new())) };
    findings_are_there(file).map_err(|e| Failure::Input(FollowingError::from(e).message(lang)))?;
    let theirs = read_findings(file, lang)?;
    let both = if own == Findings::default() { theirs } else { own.behind(theirs) };
    Ok((both, vec![file.to_owned()]))
}

/// The findings of a file; properties of theirs that this version does not know are said.
pub(super) fn read_findings(file: &Path, lang: Lang) -> Result<Findings, Failure> {
    let findings = Findings::read(file).map_err(|e| Failure::Input(e.to_string()))?;
    findings.unknown(file).iter().take(UNKNOWN).for_each(|key| say::warn_once(key.message(lang)));
    Ok(findings)
}
