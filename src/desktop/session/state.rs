//! Parts of a session's state, by how long they live and what they are for.

use super::keeping::Swapped;
use super::settings::Settings;
use super::{Change, Operands, RuleResult, Unput};
use crate::i18n::Said;
use crate::io::FileStamp;
use crate::query::Question;
use crate::rules::findings::Findings;
use crate::rules::{Catalogue, Given, Plan, RoleLayers, Typed, Values};
use crate::vocabulary::{Vocabulary, Word};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

/// The steps that can be taken back and made again.
#[derive(Default)]
pub(super) struct History {
    pub(super) undo: Vec<Change>,
    pub(super) redo: Vec<Change>,
    /// Steps that cannot be taken back any more, until that is told.
    pub(super) let_go: usize,
}

/// The questions that have no answer yet.
#[derive(Default)]
pub(super) struct Questions {
    /// Those that are being answered, by their jobs.
    pub(super) asking: Vec<(u64, Question, Operands)>,
    /// Those of the project, and those that were not put since a layer is not there.
    pub(super) unanswered: Vec<(Question, Operands)>,
    pub(super) unput: Vec<Unput>,
    /// True where questions were put, or answers removed, since the project was read or written.
    pub(super) changed: bool,
}

/// The rules, their parameters and words, and what they found.
pub(super) struct Rules {
    pub(super) catalogue: Catalogue,
    pub(super) results: Vec<RuleResult>,
    pub(super) values: BTreeMap<String, Values>,
    /// What a project gives for parameters and cannot be used; it keeps that.
    pub(super) refused: BTreeMap<String, Given>,
    /// What planners said that values mean, and what a file beside their rules says.
    pub(super) words: Vec<Word>,
    pub(super) folder_words: Vec<Word>,
    pub(super) vocabulary: Arc<Vocabulary>,
    /// What layers of national databases were read as, by their states.
    pub(super) national: RefCell<HashMap<u64, (Option<Said>, RoleLayers)>>,
}

/// The plan that is followed, and what was typed in for it.
#[derive(Default)]
pub(super) struct PlanKept {
    /// How often what was typed in changed.
    pub(super) version: u64,
    pub(super) name: Option<String>,
    /// True where the plan was named at the start: a project's own does not take its place.
    pub(super) is_given: bool,
    pub(super) plan: Option<Plan>,
    pub(super) typed: Vec<Typed>,
}

impl Default for Rules {
    /// The program's own.
    fn default() -> Self {
        Self {
            catalogue: Catalogue::builtin(),
            results: Vec::new(),
            values: BTreeMap::new(),
            refused: BTreeMap::new(),
            words: Vec::new(),
            folder_words: Vec::new(),
            vocabulary: Arc::clone(Vocabulary::builtin()),
            national: RefCell::default(),
        }
    }
}

/// What is followed of what rules found.
pub(super) struct FindingsKept {
    /// Shared with jobs that look through them.
    pub(super) all: Findings,
    pub(super) are_kept: bool,
    /// The files that they were read from.
    pub(super) read: Vec<PathBuf>,
    /// The files with findings that stood elsewhere in the project's folder when it was opened.
    pub(super) elsewhere: Vec<String>,
    /// True where rules found something that is not written yet.
    pub(super) wait: bool,
    /// True where planners remarked on findings, or rules found some for the open project, that no file holds; and the
    /// findings that were remarked on.
    pub(super) remarks_are_unsaved: bool,
    pub(super) remarked: BTreeSet<String>,
    /// How often the findings were changed here.
    pub(super) edition: u64,
    /// The job that writes them.
    pub(super) writing: Option<u64>,
    /// What was swapped since the file was written.
    pub(super) swapped: Vec<Swapped>,
    /// The file as it was read or written last.
    pub(super) stamp: Option<FileStamp>,
    /// Those that were remarked on as a text, with the edition that it is of.
    pub(super) noted: RefCell<Option<(u64, Option<String>)>>,
}

impl FindingsKept {
    /// Puts findings in the place of these. A million of them take a while to be given back: not here.
    pub(super) fn put(&mut self, findings: Findings) {
        let before = std::mem::replace(&mut self.all, findings);
        if before.all.len() > AT_ONCE {
            std::thread::spawn(move || drop(before));
        }
    }

    /// Those that were remarked on and that no file holds, as GeoJSON; none where there are none.
    pub(super) fn remarked_text(&self) -> Option<String> {
        if self.remarked.is_empty() {
            return None;
        }
        let mut noted = self.noted.borrow_mut();
        if let Some((_, text)) = noted.as_ref().filter(|(edition, _)| *edition == self.edition) {
            return text.clone();
        }
        let remarked = self.all.all.iter().filter(|finding| self.remarked.contains(&finding.id));
        let remarked = Findings::of(remarked.cloned().collect());
        let text = (!remarked.all.is_empty()).then(|| remarked.to_geojson());
        *noted = Some((self.edition, text.clone()));
        text
    }
}

/// More findings than these are not given back on the window's thread.
const AT_ONCE: usize = 1_000;

impl Default for FindingsKept {
    /// None, which are to be kept.
    fn default() -> Self {
        Self {
            all: Findings::default(),
            are_kept: true,
            read: Vec::new(),
            elsewhere: Vec::new(),
            wait: false,
            remarks_are_unsaved: false,
            remarked: BTreeSet::new(),
            edition: 0,
            writing: None,
            swapped: Vec::new(),
            stamp: None,
            noted: RefCell::default(),
        }
    }
}

/// What of the settings is in the journal, and what of an ended session's is still to be taken up.
#[derive(Default)]
pub(super) struct SettingsKept {
    pub(super) noted: Settings,
    pub(super) left: Option<Box<Settings>>,
}
