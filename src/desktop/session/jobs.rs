//! Background jobs: what they are, how they are told and given up, what they come to.

use super::contents::Contents;
use super::features::Worked;
use super::filter::Filtered;
use super::following::FollowingError;
use super::journal::{Left, TakenUp};
use super::open::Reading;
use super::opening::Opened;
use super::project::{OpenProject, ProjectError, ProjectView};
use super::ruling::InWords;
use super::unpack::{UnpackCause, UnpackError};
use super::{Command, Inspected, KeptAnswer, KeptZone, Key, RuleResult, Session, TooLarge, Unput};
use crate::i18n::Said;
use crate::index::IndexedLayer;
use crate::io::formats::Examined;
use crate::io::geojson::EditError;
use crate::io::{FileStamp, ReadCause, ReadError, SaveError};
use crate::model::{Layer, UnknownKey};
use crate::progress::Progress;
use crate::query::{AskError, CoveragePoint};
use crate::rules::{RuleAnswer, RuleError, ValueError};
use crate::vocabulary::WordsError;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a job does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// Reads a file (or the sample).
    Reading(String),
    /// Answers a question of this kind.
    Asking(&'static str),
    /// Works out what an answer is drawn with: its zone, its curve.
    Drawing(Key),
    /// Puts rules.
    Ruling(String),
    /// Looks at what lies in a zone.
    Inspecting,
    /// Changes many features of a layer.
    Editing(String),
    /// Makes a layer of this name.
    Making(String),
    /// Works out which rows the filter of a layer leaves.
    Filtering {
        /// The layer.
        layer: Key,
        /// Its name.
        name: String,
        /// The filter.
        filter: String,
        /// The state of the layer.
        state: u64,
    },
    /// Looks for the features of a scenario of this name.
    Switching(String),
    /// Puts rules to the layers without and with these scenarios.
    Comparing(String),
    /// Writes a file.
    Exporting(String),
}

/// A running job.
#[derive(Debug)]
pub struct Job {
    /// Its number.
    pub id: u64,
    /// What it does.
    pub kind: JobKind,
    progress: Arc<Progress>,
    started: Instant,
    cancelled: Option<Instant>,
    /// True where another takes its place, or nobody wants it any more: that it was stopped is no news.
    is_superseded: bool,
}

/// Stands for the session where a job's number is asked.
pub(super) const HERE: u64 = 0;

/// How long a cancelled job may take to notice before the session goes on without it.
const PATIENCE: Duration = Duration::from_millis(150);

impl Job {
    pub(super) fn new(id: u64, kind: JobKind, progress: Arc<Progress>) -> Self {
        Self { id, kind, progress, started: Instant::now(), cancelled: None, is_superseded: false }
    }

    /// Asks it to stop.
    pub(super) fn cancel(&mut self) {
        // A file that is being written is finished: it is there a moment later, or it was never begun. And a filter that
        // stands in the style is what the map shows.
        if !matches!(self.kind, JobKind::Exporting(_) | JobKind::Filtering { .. }) {
            self.cancelled.get_or_insert_with(Instant::now);
            self.progress.cancel();
        }
    }

    /// Asks it to stop without a word: another takes its place, or nobody wants it any more.
    pub(super) fn supersede(&mut self) {
        self.is_superseded = true;
        self.cancel();
    }

    /// True where it was not asked to stop.
    pub(super) fn goes_on(&self) -> bool {
        self.cancelled.is_none()
    }

    /// How far it is, 0 to 1, once it knows.
    pub fn share(&self) -> Option<f32> {
        self.progress.share()
    }

    /// How long it has run.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// What a job came to, for whoever watches the session.
#[derive(Clone, Debug)]
pub enum Event {
    /// A layer was added.
    LayerAdded(Key),
    /// A file that was to be opened is open: this layer.
    AlreadyOpen(Key),
    /// What a folder or a project that was opened consists of.
    Contents(Arc<Contents>),
    /// A file could not be read; what was open is as it was.
    ReadFailed(ReadError),
    /// A file is not read yet: something of it has to be said first.
    Undecided(Arc<Examined>),
    /// A question was answered.
    Answered(Key),
    /// A rule's file could not be read.
    RuleFailed(RuleError),
    /// A value of a project for a parameter cannot be used.
    ValueFailed(ValueError),
    /// A planner's words could not be read, or one of them not be used.
    WordsFailed(WordsError),
    /// Members of files that this version does not know; they are kept.
    UnknownKeys(Vec<UnknownKey>),
    /// The plan's targets or the findings could not be read.
    FollowingFailed(FollowingError),
    /// A rule ran.
    Ruled(Key),
    /// Scenarios were compared.
    Compared,
    /// A question could not be answered.
    AskFailed(AskError),
    /// Questions of a project that were not put, since a layer is not there; the project keeps them.
    Unput(Vec<Unput>),
    /// A question of this kind of the project could not be answered; the project keeps it.
    QuestionKept(&'static str, AskError),
    /// This would need more memory than the program takes by itself; it was not begun. [`Command::Anyway`] begins it.
    TooLarge(Box<Command>, TooLarge),
    /// An answer was written.
    Exported(Key, PathBuf),
    /// An answer could not be written.
    ExportFailed(SaveError),
    /// A layer was saved.
    Saved(Key, PathBuf),
    /// A layer could not be saved.
    SaveFailed(Key, SaveError),
    /// A project was opened; the map is to look there.
    ProjectOpened(Option<ProjectView>),
    /// A project could not be opened; what was open is as it was.
    ProjectFailed(ProjectError),
    /// A project was written.
    ProjectSaved(PathBuf),
    /// What is open was packed.
    Packed(PathBuf),
    /// Something to know that is no failure.
    Told(Said),
    /// A packed project was not unpacked; nothing of it is there.
    UnpackFailed(UnpackError),
    /// Edits of an ended session were taken up, and not all of them, or not where they were.
    TakenUp(TakenUp),
    /// These layers have no file yet, so no project can name them.
    ProjectNeeds(Vec<String>),
    /// A feature could not be changed; it is as it was.
    EditFailed(EditError),
    /// So many of the oldest steps cannot be taken back any more: there was no room for what they held.
    StepsLetGo(usize),
    /// Edits are not in the journal: the session is not safe until it is saved.
    JournalFailed(String),
    /// A job was stopped; everything is as it was.
    Cancelled(JobKind),
    /// A job broke down by a fault of the program; everything is as it was.
    BrokeDown(JobKind),
}

impl Event {
    /// True where something that the planner did is not in its layer or its file.
    pub fn is_failure(&self) -> bool {
        match self {
            Self::ExportFailed(_)
            | Self::SaveFailed(..)
            | Self::ProjectNeeds(_)
            | Self::EditFailed(_)
            | Self::FollowingFailed(_)
            | Self::BrokeDown(_) => true,
            Self::Cancelled(kind) => matches!(kind, JobKind::Editing(_) | JobKind::Making(_)),
            _ => false,
        }
    }
}

pub(super) struct Report {
    pub(super) job: u64,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    Opened(Box<Opened>),
    Made(Box<Layer>),
    Reloaded(Key, Box<Layer>),
    Undecided(Box<Examined>),
    ReadFailed(ReadError),
    Answered(Box<KeptAnswer>),
    AskFailed(AskError),
    Unput(Vec<Unput>),
    TooLarge(Box<Command>, TooLarge),
    Zone(Key, KeptZone),
    Curve(Key, Arc<Vec<CoveragePoint>>),
    Exported(Key, PathBuf),
    ExportFailed(SaveError),
    Saved {
        key: Key,
        reading: Reading,
        path: PathBuf,
        id: u64,
        stamp: Option<FileStamp>,
    },
    SaveFailed(Key, SaveError),
    EditFailed(EditError),
    Edited(Box<Worked>),
    Filtered(Box<Filtered>),
    Inspected(Box<Inspected>),
    Ruled(Box<RuleResult>),
    Resolved(u64, HashMap<Key, super::scenarios::Found>),
    Compared(Box<super::scenarios::Comparing>),
    InWords(Key, Arc<RuleAnswer>, Box<InWords>),
    RuleFailed(RuleError),
    ValueFailed(ValueError),
    /// What was opened consists of this.
    Contents(Box<Contents>),
    WordsFailed(WordsError),
    UnknownKeys(Vec<UnknownKey>),
    FollowingFailed(FollowingError),
    Added(Key),
    Project(Box<OpenProject>, Vec<Option<(IndexedLayer, bool)>>),
    ProjectFailed(ProjectError),
    ProjectSaved(PathBuf),
    Packed(PathBuf),
    Told(Said),
    Unpacked(PathBuf),
    UnpackFailed(UnpackError),
    ProjectNeeds(Vec<String>),
    Recovered(Box<IndexedLayer>),
    TakenOver(Left, TakenUp),
    BrokeDown,
    Ended,
}

impl Session {
    /// Collects what jobs have told since the last call.
    pub fn poll(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        events.extend(self.journal.news().map(Event::JournalFailed));
        events.extend(self.take_let_go().map(Event::StepsLetGo));
        while let Ok(Report { job, outcome }) = self.reports.try_recv() {
            // A job that was given up may still report: nobody asks for it any more.
            if job != HERE && !self.jobs.iter().any(|j| j.id == job) {
                continue;
            }
            match outcome {
                Outcome::Opened(opened) => events.extend(self.take_opened(*opened)),
                Outcome::Made(layer) => events.push(Event::LayerAdded(self.add_made(*layer))),
                Outcome::Reloaded(key, layer) => self.take_reloaded(key, *layer),
                Outcome::ReadFailed(e) if e.cause == ReadCause::Cancelled => {
                    events.push(Event::Cancelled(JobKind::Reading(e.file)));
                }
                Outcome::ReadFailed(e) => events.push(Event::ReadFailed(e)),
                Outcome::Undecided(examined) => events.push(Event::Undecided(Arc::new(*examined))),
                Outcome::Answered(answer) => {
                    let key = self.keep(*answer);
                    events.push(Event::Answered(key));
                }
                Outcome::AskFailed(AskError::Cancelled(_)) => {
                    events.extend(self.jobs.iter().find(|j| j.id == job).map(|j| Event::Cancelled(j.kind.clone())));
                }
                Outcome::AskFailed(e) => events.push(match self.kept_question(job) {
                    Some(kind) => Event::QuestionKept(kind, e),
                    None => Event::AskFailed(e),
                }),
                Outcome::Unput(unput) => events.push(Event::Unput(unput)),
                Outcome::TooLarge(command, why) => events.push(Event::TooLarge(command, why)),
                Outcome::Zone(key, zone) => self.take_zone(key, zone),
                Outcome::Curve(key, curve) => {
                    self.answers.iter_mut().filter(|a| a.key == key).for_each(|a| a.curve = Some(Arc::clone(&curve)));
                }
                Outcome::Exported(key, path) => {
                    self.answers.iter_mut().filter(|a| a.key == key).for_each(|a| a.saved_to = Some(path.clone()));
                    events.push(Event::Exported(key, path));
                }
                Outcome::ExportFailed(e) => events.push(Event::ExportFailed(e)),
                Outcome::Saved { key, reading, path, id, stamp } => {
                    self.note_saved(reading, &path, id, stamp);
                    events.push(Event::Saved(key, path));
                }
                Outcome::SaveFailed(key, e) => events.push(Event::SaveFailed(key, e)),
                Outcome::RuleFailed(e) => events.push(Event::RuleFailed(e)),
                Outcome::ValueFailed(e) => events.push(Event::ValueFailed(e)),
                Outcome::Contents(contents) => {
                    self.contents.extend(Contents::clone(&contents));
                    events.push(Event::Contents(Arc::new(*contents)));
                }
                Outcome::WordsFailed(e) => events.push(Event::WordsFailed(e)),
                Outcome::UnknownKeys(keys) => events.push(Event::UnknownKeys(keys)),
                Outcome::Added(key) => events.push(Event::LayerAdded(key)),
                Outcome::FollowingFailed(e) => events.push(Event::FollowingFailed(e)),
                Outcome::Resolved(id, found) => self.take_resolved(id, found),
                Outcome::Compared(comparing) => {
                    self.take_comparison(*comparing);
                    events.push(Event::Compared);
                }
                Outcome::Ruled(result) => {
                    let key = self.keep_ruled(*result);
                    events.push(Event::Ruled(key));
                }
                Outcome::InWords(key, answer, in_words) => self.take_in_words(key, &answer, *in_words),
                Outcome::Inspected(inspected) => self.inspection = Some(*inspected),
                Outcome::Project(open, layers) => {
                    let view = self.add_project(*open, layers);
                    events.push(Event::ProjectOpened(view));
                }
                Outcome::ProjectFailed(e) => events.push(Event::ProjectFailed(e)),
                Outcome::Packed(path) => events.push(Event::Packed(path)),
                Outcome::Told(said) => events.push(Event::Told(said)),
                Outcome::Unpacked(path) => self.start_unpacked(path),
                Outcome::UnpackFailed(e) if e.cause == UnpackCause::Cancelled => {
                    events.push(Event::Cancelled(JobKind::Reading(e.file)));
                }
                Outcome::UnpackFailed(e) => events.push(Event::UnpackFailed(e)),
                Outcome::ProjectSaved(path) => events.push(Event::ProjectSaved(path)),
                Outcome::ProjectNeeds(layers) => events.push(Event::ProjectNeeds(layers)),
                Outcome::Recovered(indexed) => events.push(Event::LayerAdded(self.add_recovered(*indexed))),
                Outcome::TakenOver(left, taken_up) => events.extend(self.take_over(&left, taken_up)),
                Outcome::Edited(worked) => {
                    // One that was stopped in its last moment changes nothing.
                    if self.jobs.iter().any(|j| j.id == job && j.cancelled.is_none()) {
                        self.take_edited(*worked);
                    }
                }
                Outcome::Filtered(filtered) => self.take_filtered(*filtered),
                Outcome::EditFailed(EditError::Cancelled(_)) => {
                    events.extend(self.jobs.iter().find(|j| j.id == job).map(|j| Event::Cancelled(j.kind.clone())));
                }
                Outcome::EditFailed(e) => events.push(Event::EditFailed(e)),
                Outcome::BrokeDown => {
                    events.extend(self.jobs.iter().find(|j| j.id == job).map(|j| Event::BrokeDown(j.kind.clone())));
                }
                Outcome::Ended => {
                    self.jobs.retain(|j| j.id != job);
                    // What a run found that began in another language.
                    self.lang.into_iter().for_each(|lang| self.speak(lang));
                }
            }
        }
        events.extend(self.take_settings());
        if !events.is_empty() {
            self.note_settings();
        }
        let given_up = |j: &Job| j.cancelled.is_some_and(|at| at.elapsed() > PATIENCE);
        let given_up = self.jobs.extract_if(.., |j| given_up(j)).filter(|j| !j.is_superseded);
        events.extend(given_up.map(|j| Event::Cancelled(j.kind)));
        self.write_found();
        self.asking.retain(|(id, ..)| self.jobs.iter().any(|j| j.id == *id));
        events.retain(|e| !matches!(e, Event::Cancelled(JobKind::Inspecting)));
        events
    }

    /// Keeps an answer, shown above all others. Asked again, it takes the place and the name of the one before it.
    fn keep(&mut self, mut answer: KeptAnswer) -> Key {
        self.is_answered(&answer.answer.question, &answer.operands);
        let same = |a: &KeptAnswer| a.answer.question == answer.answer.question && a.operands == answer.operands;
        let mut at = 0;
        if let Some(i) = self.answers.iter().position(same) {
            let before = self.answers.remove(i);
            self.stop_drawing(before.key);
            answer.key = before.key;
            answer.saved_to = before.saved_to;
            at = i;
        }
        let key = answer.key;
        self.answers.insert(at, answer);
        self.show_answer(key);
        self.start_curve(key);
        key
    }

    /// Shows one answer and hides the others.
    pub(super) fn show_answer(&mut self, key: Key) {
        self.answers.iter_mut().for_each(|a| a.visible = a.key == key);
        self.forget_hidden_zones();
    }
}

impl Session {
    /// Tells those who watch, as a job would.
    pub(super) fn report(&self, outcome: Outcome) {
        // The receiver is this session's own.
        let _ = self.sender.send(Report { job: HERE, outcome });
        (self.wake)();
    }

    /// Begins a job; its number.
    pub(super) fn spawn(
        &mut self,
        kind: JobKind,
        work: impl FnOnce(&Progress, &dyn Fn(Outcome)) + Send + 'static,
    ) -> u64 {
        let id = self.new_key().0;
        let progress = Arc::new(Progress::default());
        self.jobs.push(Job::new(id, kind, Arc::clone(&progress)));
        let (sender, wake) = (self.sender.clone(), Arc::clone(&self.wake));
        std::thread::spawn(move || {
            let tell = |outcome| {
                // A session that is gone no longer listens.
                let _ = sender.send(Report { job: id, outcome });
                wake();
            };
            // A fault in one job must not leave it running for ever in the planner's eyes.
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&progress, &tell)));
            if done.is_err() {
                tell(Outcome::BrokeDown);
            }
            tell(Outcome::Ended);
        });
        id
    }
}
