//! Findings are written by a job: the window's thread waits for no disk and no other desk.
//!
//! One job writes at a time. What is changed meanwhile is written by the next, so that the last state is what the file holds. Until
//! then it is unsaved: the journal has it, and who closes the window waits for the job.

use super::following::FollowingError;
use super::jobs::{Event, Outcome};
use super::{JobKind, Session};
use crate::io::{FileStamp, Held, SaveError};
use crate::model::UnknownKey;
use crate::rules::beside::FindingSwap;
use crate::rules::findings::{FILE, Findings, FindingsError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a folder keeps of findings.
pub(super) struct ReadFindings {
    file: PathBuf,
    found: Result<(Findings, Vec<UnknownKey>), FindingsError>,
    stamp: Option<FileStamp>,
}

impl ReadFindings {
    /// Of this folder.
    pub(super) fn of(folder: &Path) -> Self {
        let file = folder.join(FILE);
        let stamp = FileStamp::of(&file).ok();
        let found = Findings::read(&file).map(|findings| {
            let unknown = findings.unknown(&file);
            (findings, unknown)
        });
        Self { file, found, stamp }
    }
}

/// Swaps that the file does not have yet, with their moment.
pub(super) type Swapped = (Arc<Vec<FindingSwap>>, String);

/// What is to be written.
struct Writing {
    file: PathBuf,
    own: Findings,
    swapped: Vec<Swapped>,
    /// The state of the findings.
    edition: u64,
}

/// Why the file is as it was.
enum Unwritten {
    Unread(FindingsError),
    Unsaved(SaveError),
}

impl Writing {
    /// What stands in the file is taken in first: nothing that another program wrote since is lost, and none writes between.
    fn write(&self) -> Result<(Findings, Option<FileStamp>), Unwritten> {
        let _held = Held::hold_patiently(&self.file, Held::LONG).map_err(Unwritten::Unsaved)?;
        // Also where its size and its time are what they were: both can be so after another program wrote it.
        let mut theirs = Findings::read(&self.file).map_err(Unwritten::Unread)?;
        // A finding that was taken out is not to come back from there.
        for (swaps, at) in &self.swapped {
            theirs.swap(swaps, at);
        }
        let both = self.own.clone().behind(theirs);
        both.write(&self.file).map_err(Unwritten::Unsaved)?;
        Ok((both, FileStamp::of(&self.file).ok()))
    }
}

impl Session {
    /// Takes what the open project's folder keeps.
    pub(super) fn take_findings_read(&mut self, read: ReadFindings) {
        let ReadFindings { file, found, stamp } = read;
        self.findings.edition += 1;
        self.findings.swapped.clear();
        match found {
            Ok((findings, unknown)) => {
                if !unknown.is_empty() {
                    self.report(Event::UnknownKeys(unknown));
                }
                self.findings.put(findings);
                self.findings.are_kept = true;
                self.findings.read = vec![file];
                self.findings.stamp = stamp;
                self.findings.elsewhere = self.findings_files().elsewhere;
                self.findings.remarks_are_unsaved = false;
                self.findings.remarked.clear();
            }
            Err(e) => {
                self.findings.are_kept = false;
                self.report(Event::FollowingFailed(e.into()));
            }
        }
    }

    /// Keeps the findings beside a project that was saved here: behind those that are there already.
    pub(super) fn keep_findings_here(&mut self) {
        let Some(file) = self.findings_file() else { return };
        self.findings.are_kept = true;
        if !self.findings.all.all.is_empty() || file.exists() {
            self.write_findings();
        }
    }

    /// True while a job writes the findings.
    pub(super) fn are_findings_on_the_way(&self) -> bool {
        self.findings.writing.is_some_and(|id| self.jobs.running.iter().any(|job| job.id == id))
    }

    /// The findings were changed, and are to be written beside the project, where one is open.
    pub(super) fn write_findings(&mut self) {
        self.findings.edition += 1;
        // What could not be read is not written over.
        let Some(file) = self.findings_file().filter(|_| self.findings.are_kept) else { return };
        self.findings.remarks_are_unsaved = true;
        // Where a job is at it, the next follows it.
        if !self.are_findings_on_the_way() {
            self.start_writing(file);
        }
    }

    fn start_writing(&mut self, file: PathBuf) {
        let kind = JobKind::Exporting(crate::io::file_name(&file));
        let (own, swapped) = (self.findings.all.clone(), self.findings.swapped.clone());
        let writing = Writing { file, own, swapped, edition: self.findings.edition };
        let id = self.spawn(kind, move |_, tell| {
            let written = writing.write();
            // Nothing is put in the place of what is the same.
            let written = written.map(|(both, stamp)| ((both != writing.own).then_some(both), stamp));
            let Writing { file, swapped, edition, own } = writing;
            drop(own);
            tell(Outcome::done(move |session| session.findings_written(&file, edition, swapped.len(), written)));
        });
        self.findings.writing = Some(id);
    }

    /// What became of writing the findings of an edition, with so many swaps; what else the file holds is taken in.
    fn findings_written(
        &mut self,
        file: &Path,
        edition: u64,
        swaps: usize,
        written: Result<(Option<Findings>, Option<FileStamp>), Unwritten>,
    ) {
        self.findings.writing = None;
        let is_of_now = edition == self.findings.edition;
        let is_here = self.findings_file().as_deref() == Some(file);
        match written {
            // Another project is open.
            Ok(_) if !is_here => {}
            Ok((theirs, stamp)) => {
                self.findings.stamp = stamp;
                self.findings.swapped.drain(..swaps.min(self.findings.swapped.len()));
                if is_of_now {
                    self.findings.remarks_are_unsaved = false;
                    self.findings.remarked.clear();
                    if let Some(theirs) = theirs {
                        self.findings.put(theirs);
                    }
                }
            }
            Err(Unwritten::Unread(e)) => {
                self.findings.are_kept &= !is_here;
                self.report(Event::FollowingFailed(FollowingError::from(e)));
            }
            // They stay unsaved: saving the project, or the next finding, writes them again.
            Err(Unwritten::Unsaved(e)) => self.report(Event::ExportFailed(e)),
        }
        // What was changed meanwhile.
        if !is_of_now && self.findings.remarks_are_unsaved {
            self.write_findings();
        }
        self.note_settings();
    }

    /// Swaps findings for others, here and in their file; what takes it back. A finding that somebody changed meanwhile stays as
    /// it is: where another desk wrote the file since, that is read first.
    pub(super) fn swap_kept(&mut self, swaps: &[FindingSwap], now: &str) -> Vec<FindingSwap> {
        let file = self.findings_file().filter(|_| self.findings.are_kept);
        if let Some(file) = file.filter(|file| FileStamp::of(file).ok() != self.findings.stamp) {
            match Findings::read(&file) {
                Ok(mut theirs) => {
                    for (swaps, at) in &self.findings.swapped {
                        theirs.swap(swaps, at);
                    }
                    let both = std::mem::take(&mut self.findings.all).behind(theirs);
                    self.findings.put(both);
                }
                Err(e) => {
                    self.findings.are_kept = false;
                    self.report(Event::FollowingFailed(e.into()));
                }
            }
        }
        let back = self.findings.all.swap(swaps, now);
        if !back.is_empty() {
            self.findings.swapped.push((Arc::new(swaps.to_vec()), now.to_owned()));
        }
        self.write_findings();
        back
    }
}
