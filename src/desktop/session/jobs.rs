//! Background jobs: what they are, how they are told and given up, what they come to.

use super::contents::Contents;
use super::following::FollowingError;
use super::journal::TakenUp;
use super::project::{ProjectError, ProjectView};
use super::unpack::{UnpackCause, UnpackError};
use super::{ClusterAnswers, Command, FindingsBeside, KeptAnswer, Key, Session, TooLarge, Unput, Wake};
use crate::i18n::Said;
use crate::io::formats::Examined;
use crate::io::geojson::EditError;
use crate::io::store::{Conflict, Written};
use crate::io::{ReadCause, ReadError, SaveError};
use crate::model::UnknownKey;
use crate::progress::Progress;
use crate::query::AskError;
use crate::rules::{RuleError, ValueError};
use crate::vocabulary::WordsError;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
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
    /// Waits for a run on a cluster, which has done so many works.
    Clustering(u64),
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

/// The running jobs, and the way on which they tell.
pub(super) struct Jobs {
    /// Oldest first.
    pub(super) running: Vec<Job>,
    sender: Sender<Report>,
    reports: Receiver<Report>,
    pub(super) wake: Wake,
}

impl Jobs {
    /// None yet; `wake` is called from their threads.
    pub(super) fn new(wake: Wake) -> Self {
        let (sender, reports) = channel();
        Self { running: Vec::new(), sender, reports, wake }
    }

    /// The way to the session for one that is no job.
    pub(super) fn teller(&self) -> Teller {
        self.teller_of(HERE)
    }

    fn teller_of(&self, job: u64) -> Teller {
        Teller { job, sender: self.sender.clone(), wake: Arc::clone(&self.wake) }
    }
}

/// The way to a session from another thread: a job's, or one that is no job.
pub(super) struct Teller {
    job: u64,
    sender: Sender<Report>,
    wake: Wake,
}

impl Teller {
    /// Tells it; a session that is gone no longer listens.
    pub(super) fn tell(&self, outcome: Outcome) {
        let _ = self.sender.send(Report { job: self.job, outcome });
        (self.wake)();
    }
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
    /// Another desk's findings are beside those kept here.
    FindingsBeside(Arc<FindingsBeside>),
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
    /// A run on a cluster came to its end: what it wrote, or what it said last.
    ClusterEnded(Result<Box<ClusterAnswers>, String>),
    /// An answer was written.
    Exported(Key, PathBuf),
    /// An answer could not be written.
    ExportFailed(SaveError),
    /// A layer was saved.
    Saved(Key, PathBuf),
    /// A layer could not be saved.
    SaveFailed(Key, SaveError),
    /// The edits of a layer of a shared store are in its table.
    Stored(Key, Written),
    /// They are not: these rows were changed by somebody else.
    Conflicts(Key, Arc<Vec<Conflict>>),
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
    /// A file that was not read; one that was stopped is no failure.
    pub(super) fn of_reading(error: ReadError) -> Self {
        match error.cause {
            ReadCause::Cancelled => Self::Cancelled(JobKind::Reading(error.file)),
            _ => Self::ReadFailed(error),
        }
    }

    /// The same of a packed project.
    pub(super) fn of_unpacking(error: UnpackError) -> Self {
        match error.cause {
            UnpackCause::Cancelled => Self::Cancelled(JobKind::Reading(error.file)),
            _ => Self::UnpackFailed(error),
        }
    }

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

struct Report {
    job: u64,
    outcome: Outcome,
}

/// What becomes of the session by what a job says, with the job's number, and what is told of it.
pub(super) struct Outcome(Box<dyn FnOnce(&mut Session, u64) -> Vec<Event> + Send>);

impl From<Event> for Outcome {
    fn from(event: Event) -> Self {
        Self::then(|_| Some(event))
    }
}

impl Outcome {
    pub(super) fn of_job<E: IntoIterator<Item = Event>>(
        act: impl FnOnce(&mut Session, u64) -> E + Send + 'static,
    ) -> Self {
        Self(Box::new(|session, job| act(session, job).into_iter().collect()))
    }

    /// The session is changed, and events are told.
    pub(super) fn then<E: IntoIterator<Item = Event>>(act: impl FnOnce(&mut Session) -> E + Send + 'static) -> Self {
        Self::of_job(|session, _| act(session))
    }

    /// The session is changed, and nothing is told.
    pub(super) fn done(act: impl FnOnce(&mut Session) + Send + 'static) -> Self {
        Self::then(|session| {
            act(session);
            None
        })
    }

    /// The same, where the job was not stopped in its last moment.
    pub(super) fn unless_stopped(act: impl FnOnce(&mut Session) + Send + 'static) -> Self {
        Self::of_job(|session, job| {
            if session.jobs.running.iter().any(|j| j.id == job && j.cancelled.is_none()) {
                act(session);
            }
            None
        })
    }

    /// A question has no answer.
    pub(super) fn ask_failed(error: AskError) -> Self {
        Self::of_job(|session, job| match error {
            AskError::Cancelled(_) => session.kind_of(job).map(Event::Cancelled),
            error => Some(match session.kept_question(job) {
                Some(kind) => Event::QuestionKept(kind, error),
                None => Event::AskFailed(error),
            }),
        })
    }

    /// Features were not changed.
    pub(super) fn edit_failed(error: EditError) -> Self {
        Self::of_job(|session, job| match error {
            EditError::Cancelled(_) => session.kind_of(job).map(Event::Cancelled),
            error => Some(Event::EditFailed(error)),
        })
    }

    /// What was opened consists of this.
    pub(super) fn contents(contents: Contents) -> Self {
        Self::then(|session| {
            session.contents.extend(contents.clone());
            Some(Event::Contents(Arc::new(contents)))
        })
    }

    fn broke_down() -> Self {
        Self::of_job(|session, job| session.kind_of(job).map(Event::BrokeDown))
    }

    fn ended() -> Self {
        Self::of_job(|session, job| {
            session.jobs.running.retain(|j| j.id != job);
            // What a run found that began in another language.
            session.lang.into_iter().for_each(|lang| session.speak(lang));
            None
        })
    }
}

/// A job that takes longer may leave much memory behind.
const LONG: Duration = Duration::from_millis(200);

impl Session {
    /// Collects what jobs have told since the last call.
    pub fn poll(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        events.extend(self.journal.news().map(Event::JournalFailed));
        events.extend(self.take_let_go().map(Event::StepsLetGo));
        while let Ok(Report { job, outcome }) = self.jobs.reports.try_recv() {
            // A job that was given up may still report: nobody asks for it any more.
            if job == HERE || self.jobs.running.iter().any(|j| j.id == job) {
                events.extend((outcome.0)(self, job));
            }
        }
        events.extend(self.take_settings());
        if !events.is_empty() {
            self.note_settings();
        }
        let given_up = |j: &Job| j.cancelled.is_some_and(|at| at.elapsed() > PATIENCE);
        let given_up = self.jobs.running.extract_if(.., |j| given_up(j)).filter(|j| !j.is_superseded);
        events.extend(given_up.map(|j| Event::Cancelled(j.kind)));
        self.write_found();
        self.watch_stores();
        self.questions.asking.retain(|(id, ..)| self.jobs.running.iter().any(|j| j.id == *id));
        events.retain(|e| !matches!(e, Event::Cancelled(JobKind::Inspecting)));
        events
    }

    fn kind_of(&self, job: u64) -> Option<JobKind> {
        self.jobs.running.iter().find(|j| j.id == job).map(|j| j.kind.clone())
    }

    /// Keeps an answer, shown above all others. Asked again, it takes the place and the name of the one before it.
    pub(super) fn keep(&mut self, mut answer: KeptAnswer) -> Key {
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
    pub(super) fn report(&self, outcome: impl Into<Outcome>) {
        self.jobs.teller().tell(outcome.into());
    }

    /// Begins a job; its number.
    pub(super) fn spawn(
        &mut self,
        kind: JobKind,
        work: impl FnOnce(&Progress, &dyn Fn(Outcome)) + Send + 'static,
    ) -> u64 {
        let id = self.new_key().0;
        let progress = Arc::new(Progress::default());
        self.jobs.running.push(Job::new(id, kind, Arc::clone(&progress)));
        let teller = self.jobs.teller_of(id);
        std::thread::spawn(move || {
            let start = Instant::now();
            let tell = |outcome| teller.tell(outcome);
            // A fault in one job must not leave it running for ever in the planner's eyes.
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&progress, &tell)));
            if done.is_err() {
                tell(Outcome::broke_down());
            }
            tell(Outcome::ended());
            if start.elapsed() > LONG {
                crate::allocator::give_back();
            }
        });
        id
    }
}
