//! What is open: layers, answers, running jobs. Commands in, events out; jobs work on immutable snapshots.

mod asking;
mod backdrops;
mod change;
mod clustering;
mod command;
mod commenting;
mod constructing;
pub mod contents;
mod copies;
mod counted;
pub mod crash;
mod drawing;
mod editing;
pub mod exporting;
mod features;
mod filter;
mod findings_files;
mod folders;
mod following;
mod history;
mod importing;
mod inputs;
mod jobs;
pub mod journal;
mod keeping;
mod left_out;
mod line;
mod members;
mod memory;
mod merging;
mod open;
mod opening;
mod outside;
pub mod pack;
mod pasting;
mod paths;
pub mod project;
mod projects;
mod questions;
mod recovering;
mod replay;
mod ruling;
mod sample;
mod saving;
pub mod scenarios;
pub mod settings;
mod state;
mod storing;
mod unknown;
mod unpack;
mod unsaved;
mod watching;
mod words;
mod workshop;

pub use backdrops::{BackdropCommand, OpenBackdrop};
pub use change::{Change, Edit, EditKind, EditName};
pub use clustering::{ClusterAnswer, ClusterAnswers, ClusterAt, ClusterRun};
pub use command::Command;
pub use commenting::{CommentChange, CommentCommand};
pub use constructing::{ColumnChange, Construct};
pub use features::{Swap, TableJoin};
pub use filter::ShownRows;
pub use findings_files::FindingsFiles;
pub use following::{FollowingError, findings_are_there};
pub use inputs::{Own, guard_of};
use jobs::Jobs;
pub use jobs::{Event, Job, JobKind};
pub use memory::{Memory, TooLarge};
pub use merging::FindingsBeside;
pub use open::{Inspected, KeptAnswer, KeptZone, Key, OpenLayer, Operands};
pub use outside::{outside_of, outside_told};
pub use pasting::{MOST_COPIED, copied};
pub use questions::{Unput, unput_text};
pub use ruling::{RuleResult, RunChanges};
pub use sample::sample_files;
pub use saving::save_layer;
pub use scenarios::{KeptComparison, OpenScenario, ScenarioChange, ScenarioCommand};
pub use storing::stored_text;
pub use unpack::{Limits, UnpackCause, UnpackError, projects_in, unpack};

use crate::i18n::Lang;
use crate::index::IndexedLayer;
use crate::io::ReadOptions;
use crate::io::geojson::EditError;
use crate::model::{Geometry, ReadAs, Role};
use crate::rules::{Catalogue, named_as_national};
use contents::Contents;
use journal::Journal;
use project::OpenProject;
use state::{FindingsKept, History, PlanKept, Questions, Rules, SettingsKept};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;

/// Called when a job has something to tell, from the job's thread.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// An open session: what is open, what is asked of it, and what goes on.
pub struct Session {
    // What is open.
    layers: Vec<OpenLayer>,
    answers: Vec<KeptAnswer>,
    project: Option<OpenProject>,
    /// What the folders and projects that were opened consist of.
    contents: Contents,
    scenarios: scenarios::Scenarios,
    comments: commenting::CommentsKept,
    /// The backdrops, the one on top first; and those of an unpacked project that are not opened.
    backdrops: Vec<OpenBackdrop>,
    backdrops_kept: Vec<crate::raster::Backdrop>,
    inspection: Option<Inspected>,
    // What is asked of it.
    questions: Questions,
    rules: Rules,
    plan: PlanKept,
    findings: FindingsKept,
    // What goes on.
    history: History,
    jobs: Jobs,
    journal: Journal,
    settings: SettingsKept,
    /// The shared stores whose changes by others are looked for; and the changes of layers that were told.
    watches: Vec<watching::Watch>,
    told_feeds: HashMap<Key, i64>,
    told_states: HashMap<Key, String>,
    /// Layers of which it was told how others' changes are seen.
    said_unwatched: HashSet<Key>,
    next_key: u64,
    // How it reads and speaks.
    read: ReadOptions,
    /// The language of what is found, where somebody said one.
    lang: Option<Lang>,
    /// The memory reckoned with, where it is not the machine's.
    memory_total: Option<u64>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Session({} layers, {} answers, {} jobs)",
            self.layers.len(),
            self.answers.len(),
            self.jobs.running.len()
        )
    }
}

impl Session {
    /// An empty session; `wake` is called from job threads when [`Self::poll`] has something to collect.
    pub fn new(read: ReadOptions, wake: Wake) -> Self {
        Self {
            layers: Vec::new(),
            answers: Vec::new(),
            project: None,
            contents: Contents::default(),
            scenarios: scenarios::Scenarios::default(),
            comments: commenting::CommentsKept::default(),
            backdrops: Vec::new(),
            backdrops_kept: Vec::new(),
            inspection: None,
            questions: Questions::default(),
            rules: Rules::default(),
            plan: PlanKept::default(),
            findings: FindingsKept::default(),
            history: History::default(),
            jobs: Jobs::new(wake),
            journal: Journal::default(),
            settings: SettingsKept::default(),
            watches: Vec::new(),
            told_feeds: HashMap::new(),
            told_states: HashMap::new(),
            said_unwatched: HashSet::new(),
            next_key: 1,
            read,
            lang: None,
            memory_total: None,
        }
    }

    /// Keeps a journal of edits in a folder from here on.
    pub fn keep_journal(&mut self, folder: PathBuf) {
        self.journal = Journal::in_folder(folder);
    }

    /// The journal of edits.
    pub fn journal_mut(&mut self) -> &mut Journal {
        &mut self.journal
    }

    /// The open layers, the one drawn last (on top) first.
    pub fn layers(&self) -> &[OpenLayer] {
        &self.layers
    }

    /// The answers, newest first.
    pub fn answers(&self) -> &[KeptAnswer] {
        &self.answers
    }

    /// The rules.
    pub fn catalogue(&self) -> &Catalogue {
        &self.rules.catalogue
    }

    /// The project that is open.
    pub fn open_project(&self) -> Option<&OpenProject> {
        self.project.as_ref()
    }

    /// The language of what is found, where somebody said one.
    pub fn lang(&self) -> Option<Lang> {
        self.lang
    }

    /// What the folders and projects that were opened consist of.
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    fn extend_contents(&mut self, contents: Contents) {
        self.contents.extend(contents);
    }

    /// Tells what stands beside what is open.
    fn tell_contents(&self, contents: Contents) {
        self.report(jobs::Outcome::contents(contents));
    }

    /// What was inspected last.
    pub fn inspection(&self) -> Option<&Inspected> {
        self.inspection.as_ref()
    }

    /// The layers that an inspection reads, with their roles.
    pub fn with_roles(&self) -> Vec<(Role, Arc<IndexedLayer>)> {
        let mut all = Vec::new();
        for layer in &self.layers {
            match layer.role {
                Some(role) => all.push((role, named_as_national(role, &layer.indexed, &self.rules.vocabulary))),
                None => all.extend(self.national(layer).1),
            }
        }
        all
    }

    /// The states of the layers that an inspection reads.
    pub(super) fn states(&self) -> Vec<u64> {
        let has_role = |layer: &&OpenLayer| layer.role.is_some() || !self.national(layer).1.is_empty();
        self.layers.iter().filter(has_role).map(|l| l.indexed.id()).collect()
    }

    /// True where a zone was inspected and no layer was edited since.
    pub fn is_inspected(&self, zone: &Geometry) -> bool {
        self.inspection.as_ref().is_some_and(|known| known.zone == *zone && known.states == self.states())
    }

    /// The running jobs, oldest first.
    pub fn jobs(&self) -> &[Job] {
        &self.jobs.running
    }

    /// An open layer.
    pub fn layer(&self, key: Key) -> Option<&OpenLayer> {
        self.layers.iter().find(|l| l.key == key)
    }

    /// A kept answer.
    pub fn answer(&self, key: Key) -> Option<&KeptAnswer> {
        self.answers.iter().find(|a| a.key == key)
    }

    /// The first layer of a role.
    pub fn by_role(&self, role: Role) -> Option<&OpenLayer> {
        self.layers.iter().find(|l| l.role == Some(role))
    }

    /// True where a layer that an answer was worked out from was edited since.
    pub fn is_out_of_date(&self, answer: &KeptAnswer) -> bool {
        let Operands { subject, reference, entrances, .. } = answer.operands;
        let asked = [
            (Some(subject), Some(&answer.layers.subject)),
            (reference, answer.layers.reference.as_ref()),
            (entrances, answer.layers.entrances.as_ref()),
        ];
        asked.into_iter().any(|(key, then)| match (key.and_then(|key| self.layer(key)), then) {
            // A choice of rows is a layer of its own over the state that it was made of.
            (Some(now), Some(then)) => !Arc::ptr_eq(now.indexed.layer(), then.layer()),
            _ => false,
        })
    }

    /// The layer or the answer of this key, with its trees.
    pub fn indexed(&self, key: Key) -> Option<&Arc<IndexedLayer>> {
        let of_rule = || self.rules.results.iter().find(|r| r.key == key).map(|r| &r.table.indexed);
        let of_answer = || self.answer(key).map(|answer| &answer.table.indexed);
        self.layer(key).map(|l| &l.indexed).or_else(of_answer).or_else(of_rule)
    }

    /// A layer's name in lists: what a planner called it, else its role's, with its own behind it where another layer has the
    /// same role.
    pub fn title(&self, layer: &OpenLayer, lang: Lang) -> String {
        if let Some(title) = &layer.title {
            return title.clone();
        }
        let own = || layer.own_name();
        let Some(role) = layer.role else { return own() };
        let alone = self.layers.iter().filter(|l| l.role == layer.role).count() == 1;
        if alone { role.title(lang).to_owned() } else { format!("{} · {}", role.title(lang), own()) }
    }

    /// True where there is a change to take back.
    pub fn can_undo(&self) -> bool {
        !self.history.undo.is_empty()
    }

    /// True where there is a change to make again.
    pub fn can_redo(&self) -> bool {
        !self.history.redo.is_empty()
    }

    fn new_key(&mut self) -> Key {
        self.next_key += 1;
        Key(self.next_key)
    }

    /// Carries a command out: at once where it is short, else as a job whose events come by [`Self::poll`].
    pub fn execute(&mut self, command: Command) {
        // These are many, and set nothing.
        let sets = !matches!(command, Command::DrawZone(..) | Command::Inspect(_) | Command::Cancel(_));
        self.carry_out(command);
        if sets {
            self.note_settings();
        }
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Open(paths, crs) => self.start_reading(paths, &ReadAs { crs, ..ReadAs::default() }, false),
            Command::OpenWithin(paths, crs, bbox) => {
                self.start_reading(paths, &ReadAs { crs, bbox: Some(bbox), ..ReadAs::default() }, false);
            }
            Command::RunOnCluster(asked) => self.start_on_cluster(*asked),
            Command::Examine(path, read_as) => self.start_examining(path, &read_as),
            Command::Import(layers) => self.start_importing(layers),
            Command::OpenSample => self.start_sample(),
            Command::Ask(question, operands) => {
                self.questions.changed = true;
                self.start_asking(question, operands, false);
            }
            Command::Anyway(command) => self.execute_anyway(*command),
            Command::RunRules(ids, lang) => self.start_rules(ids, lang, false),
            Command::Speak(lang) => self.speak(lang),
            Command::SetRuleValues(rule, values) => self.set_rule_values(rule, values),
            Command::SetPlan(plan) => self.set_plan(plan),
            Command::TypeValue(typed) => self.type_value(typed),
            Command::Remark(id, remark) => self.remark(&id, remark),
            Command::MapGroups(rule, by, lang) => self.map_groups(&rule, &by, lang),
            Command::SetColumnNames(key, names) => self.change(Change::SetColumnNames(key, names)),
            Command::Cancel(id) => self.jobs.running.iter_mut().filter(|j| j.id == id).for_each(Job::cancel),
            Command::CancelAll => self.jobs.running.iter_mut().for_each(Job::cancel),
            Command::Export(key, path) => self.start_export(key, path),
            Command::Change(change) => self.change(change),
            Command::Draw(into, geometry, name) => {
                let change = self.drawing(into, &geometry, &name);
                self.try_change(change);
            }
            Command::Paste(into, text, name) => self.paste(into, &text, &name),
            Command::Reshape(key, ..)
            | Command::SetProperty(key, ..)
            | Command::Construct(key, ..)
            | Command::Fill(key, ..)
            | Command::Column(key, ..)
            | Command::Join(key, ..)
            | Command::Repair(key, _)
            | Command::Delete(key, _) => self.edit(key, command),
            Command::Buffer(key, rows, distance_m, name) => {
                self.start_buffering(key, &rows, distance_m, name, false);
            }
            Command::Inspect(zone) => self.start_inspecting(*zone),
            Command::Recover(left) => self.start_recovering(*left),
            Command::SetEditable(key, editable) => {
                self.layers.iter_mut().filter(|l| l.key == key).for_each(|l| l.is_editable = editable);
            }
            Command::OpenProject(path) => self.start_project(path),
            Command::SaveProject(path, view) => self.save_project(path, view),
            Command::Pack(path, view) => self.start_packing(path, view),
            Command::Style(key, style, continues) => {
                let goes_on =
                    matches!(self.history.undo.last(), Some(Change::SetStyle(last, _)) if continues && *last == key);
                match goes_on {
                    true => drop(self.apply(Change::SetStyle(key, style))),
                    false => self.change(Change::SetStyle(key, style)),
                }
            }
            Command::Reload(key) => self.start_reloading(key),
            Command::Save { layer, path, over } => self.start_saving(layer, path, over, false),
            Command::SaveLossy(layer, path) => self.start_saving(layer, path, false, true),
            Command::ExportAs(export) => self.start_exporting(*export),
            Command::Store { layer, ours, theirs } => self.start_storing(layer, ours, &theirs),
            Command::SetVisible(key, visible) => {
                self.layers.iter_mut().filter(|l| l.key == key).for_each(|l| l.visible = visible);
                self.answers.iter_mut().filter(|a| a.key == key).for_each(|a| a.visible = visible);
                self.forget_hidden_zones();
                self.rules.results.iter_mut().filter(|r| r.key == key).for_each(|r| r.visible = visible);
            }
            Command::ShowAnswer(key) => {
                self.show_answer(key);
                // A curve that another question put off.
                self.start_curve(key);
            }
            Command::Backdrop(command) => self.carry_out_backdrop(command),
            Command::Scenario(command) => self.carry_out_scenario(command),
            Command::Comment(command) => self.comment(command),
            Command::CompareFindings(file) => self.start_beside(file),
            Command::MergeFindings(with, choices) => self.merge_findings(&with, &choices),
            Command::DrawZone(key, view) => self.start_zone(key, view),
            Command::Undo => {
                if let Some(inverse) = self.history.undo.pop().and_then(|change| self.apply(change)) {
                    self.history.redo.push(inverse);
                }
            }
            Command::Redo => {
                if let Some(inverse) = self.history.redo.pop().and_then(|change| self.apply(change)) {
                    self.history.undo.push(inverse);
                }
            }
        }
    }

    fn change(&mut self, change: Change) {
        if let Some(inverse) = self.apply(change) {
            self.step(inverse);
        }
    }

    /// Notes what takes the last change back.
    fn step(&mut self, inverse: Change) {
        self.history.undo.push(inverse);
        self.history.redo.clear();
        self.bound_history();
    }

    fn try_change(&mut self, change: Result<Change, EditError>) {
        match change {
            Ok(change) => self.change(change),
            Err(e) => self.report(jobs::Outcome::edit_failed(e)),
        }
    }
}
