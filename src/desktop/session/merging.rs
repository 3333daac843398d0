//! Another desk's findings beside those kept here: looked at, then merged in one step that can be taken back.

use super::following::FollowingError;
use super::jobs::{Event, Outcome};
use super::{Change, JobKind, Session};
use crate::rules::beside::{Beside, Choices, FindingSwap};
use crate::rules::findings::Findings;
use crate::rules::moment;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

/// The beginning of a file that is looked at to tell what it holds; bytes.
const HEAD: u64 = 1 << 16;

/// Findings of another file beside those kept here.
#[derive(Clone, Debug)]
pub struct FindingsBeside {
    /// The other file.
    pub file: PathBuf,
    /// What differs.
    pub beside: Beside,
    theirs: Findings,
}

/// True for a file whose beginning has the members of findings.
fn holds_findings(path: &Path) -> bool {
    let is_called = path.extension().is_some_and(|ending| ["geojson", "json"].iter().any(|own| ending == *own));
    let mut head: Vec<u8> = Vec::new();
    let read = |head: &mut Vec<u8>| std::fs::File::open(path).and_then(|file| file.take(HEAD).read_to_end(head));
    if !is_called || !path.is_file() || read(&mut head).is_err() {
        return false;
    }
    ["\"found_on\"", "\"seen_on\"", "\"verdict\"", "\"history\""]
        .iter()
        .all(|member| head.windows(member.len()).any(|window| window == member.as_bytes()))
}

impl Session {
    /// True for a file with findings beside which others are kept here: it is merged, and no layer.
    pub(super) fn is_second_findings(&self, path: &Path) -> bool {
        (self.open_project().is_some() || !self.findings().all.is_empty()) && holds_findings(path)
    }

    /// Reads another desk's findings and holds them beside those kept here.
    pub(super) fn start_beside(&mut self, file: PathBuf) {
        let (own, edition) = (self.findings().clone(), self.findings.edition);
        self.spawn(JobKind::Reading(crate::io::file_name(&file)), move |_, tell| match Findings::read(&file) {
            Err(e) => tell(Event::FollowingFailed(FollowingError::from(e)).into()),
            Ok(theirs) => {
                let beside = own.beside(&theirs);
                tell(Outcome::then(move |session| {
                    if session.findings.edition != edition {
                        // They changed meanwhile: once more beside what they are now.
                        session.start_beside(file);
                        return None;
                    }
                    Some(Event::FindingsBeside(Arc::new(FindingsBeside { file, beside, theirs })))
                }));
            }
        });
    }

    /// Merges them: of each field what was set last, but for what was chosen.
    pub(super) fn merge_findings(&mut self, with: &Arc<FindingsBeside>, choices: &Choices) {
        let (own, with, choices) = (self.findings.all.clone(), Arc::clone(with), choices.clone());
        let name = crate::io::file_name(&with.file);
        self.spawn(JobKind::Editing(name), move |_, tell| {
            let swaps = Arc::new(own.merging(&with.theirs, &choices, &moment(SystemTime::now())));
            tell(Outcome::unless_stopped(move |session| {
                // What somebody changed meanwhile stays: a swap asks for what it was made of.
                if !swaps.is_empty() {
                    session.change(Change::Findings(swaps));
                }
            }));
        });
    }

    /// Makes of findings what they are to be, here and in their file; what takes it back.
    pub(super) fn swap_findings(&mut self, swaps: &[FindingSwap]) -> Option<Arc<Vec<FindingSwap>>> {
        let now = moment(SystemTime::now());
        let ids = swaps.iter().filter_map(|swap| swap.to.as_ref()).map(|finding| finding.id.clone());
        self.findings.remarked.extend(ids);
        self.findings.remarks_are_unsaved = true;
        let back = self.swap_kept(swaps, &now);
        (!back.is_empty()).then(|| Arc::new(back))
    }
}
