//! A project is opened, and what is open is written as one.

use super::contents::{self, Contents, Depth, Failed};
use super::jobs::{Event, Outcome};
use super::keeping::ReadFindings;
use super::outside::outside_told;
use super::paths::{absolute, relative};
use super::project::{OpenProject, Project, ProjectLayer, ProjectView, VERSION, folder_of};
use super::unsaved::Kept;
use super::{JobKind, Key, OpenLayer, Own, Session};
use crate::index::IndexedLayer;
use crate::io::{Form, ReadCause, SaveCause, SaveError};
use crate::model::{LayerStyle, Role};
use crate::rules::is_national_otherwise;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a project was opened from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Where it stands.
    Disk,
    /// It was unpacked just now.
    Archive,
}

impl Session {
    /// Reads a project and its layers; those that cannot be read are told, the rest is opened.
    pub(super) fn start_project(&mut self, path: PathBuf) {
        self.start_project_from(path, Place::Disk);
    }

    /// Reads a project that was unpacked: what lies outside its folder is told and not read.
    pub(super) fn start_unpacked(&mut self, path: PathBuf) {
        self.start_project_from(path, Place::Archive);
    }

    fn start_project_from(&mut self, path: PathBuf, place: Place) {
        let (options, vocabulary) = (self.read.clone(), Arc::clone(&self.rules.vocabulary));
        self.spawn(JobKind::Reading(crate::io::file_name(&path)), move |progress, tell| {
            let mut project = match Project::read(&path) {
                Ok(project) => project,
                Err(e) => return tell(Event::ProjectFailed(e).into()),
            };
            if !project.unknown.is_empty() {
                tell(Event::UnknownKeys(project.unknown.clone()).into());
            }
            project.is_confined = place == Place::Archive;
            if let Some(said) = outside_told(&project, &path) {
                tell(Event::Told(said).into());
            }
            let read = contents::read(&path, Depth::Alone, &project, &options, &vocabulary, progress);
            for Failed { error: e, .. } in read.failed {
                let is_cancelled = e.cause == ReadCause::Cancelled;
                tell(Event::of_reading(e).into());
                if is_cancelled {
                    return;
                }
            }
            let mut layers: Vec<Option<(IndexedLayer, bool)>> = project.layers.iter().map(|_| None).collect();
            for one in read.layers {
                let is_apart = one.is_apart;
                let names = one.known.map(|known| known.names.clone()).unwrap_or_default();
                let indexed = IndexedLayer::new(Arc::new(one.layer.with_column_names(names)));
                layers[one.number] = Some((indexed, is_apart));
            }
            tell(Outcome::contents(read.contents));
            let unread = layers.iter().zip(&project.layers).filter(|(layer, _)| layer.is_none());
            let unread = unread.map(|(_, known)| known.clone()).collect();
            let findings = ReadFindings::of(folder_of(&path));
            let open = OpenProject { path, project, unread, kept: Kept::default() };
            tell(Outcome::then(|session| Some(Event::ProjectOpened(session.add_project(open, layers, findings)))));
        });
    }

    /// Adds the layers of a project in its order and puts its questions; where the map looked.
    pub(super) fn add_project(
        &mut self,
        open: OpenProject,
        layers: Vec<Option<(IndexedLayer, bool)>>,
        findings: ReadFindings,
    ) -> Option<ProjectView> {
        let mut keys = Vec::new();
        let before: Vec<Key> = self.layers.iter().map(|layer| layer.key).collect();
        let mut beside = Contents { name: crate::io::file_name(&open.path), ..Contents::default() };
        for (at, (indexed, known)) in layers.into_iter().zip(&open.project.layers).enumerate() {
            keys.push(indexed.map(|(indexed, is_apart)| {
                let key = self.new_key();
                let opened = OpenLayer::new(key, Arc::new(indexed));
                // A guess, that no national database contradicts.
                let is_other = |role: Role| is_national_otherwise(opened.layer(), role, &self.rules.vocabulary);
                let guess = opened.role.filter(|role| !is_other(*role));
                let role = if is_apart { None } else { known.role.or(guess) };
                let (visible, is_editable) = (known.visible, known.editable);
                let style = Arc::new(known.style.clone());
                let title = known.title.clone();
                let layer = OpenLayer { role, is_apart, title, visible, is_editable, style, ..opened };
                self.insert_of_project(at, layer, known.role.is_some(), &before, &mut beside)
            }));
        }
        if !beside.ignored.is_empty() || !beside.doubled.is_empty() {
            self.tell_contents(beside);
        }
        self.put_questions(&open.project.questions, &open.project.layers, &keys);
        let view = open.project.view;
        for said in self.add_backdrops(&open.project, &open.path) {
            self.report(Event::Told(said));
        }
        // Rules of the project's own stand beside it.
        self.open_rules(&open.path);
        self.plan.typed = open.project.values.clone();
        self.open_values(&open);
        self.open_words(&open.path, open.project.words.clone());
        self.open_scenarios(&open);
        let plan = open.project.plan.clone().filter(|plan| !open.project.leads_out(plan));
        self.project = Some(open);
        if !self.plan.is_given {
            self.set_plan(plan);
        } else if let Some(plan) = &mut self.plan.plan {
            plan.typed.clone_from(&self.plan.typed);
        }
        self.take_findings_read(findings);
        self.read_comments();
        if keys.iter().flatten().count() == self.layers.len() {
            // Layers that were open before are in no project yet.
            self.project_is_kept();
        }
        view
    }

    /// Writes what is open as a project.
    pub(super) fn save_project(&mut self, path: PathBuf, view: ProjectView) {
        if let Err(e) = self.may_write(Own::Project, &path, Form::Project) {
            return self.report(Event::ExportFailed(e));
        }
        let before = self.project.as_ref().map(|open| &open.project);
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        let told = match self.project(before, &folder, view) {
            Err(unsaved) => Event::ProjectNeeds(unsaved),
            Ok(mut project) => match self.put_scenarios_in(&mut project, &folder).map_or_else(
                |cause| Err(SaveError { file: path.display().to_string(), cause: SaveCause::System(cause) }),
                |()| project.write(&path),
            ) {
                Ok(()) => {
                    let unread = project.layers.iter().skip(self.layers.len()).cloned().collect();
                    self.project = Some(OpenProject { path: path.clone(), project, unread, kept: Kept::default() });
                    self.project_is_kept();
                    self.keep_findings_here();
                    self.keep_comments_here();
                    Event::ProjectSaved(path)
                }
                Err(e) => Event::ExportFailed(e),
            },
        };
        self.report(told);
    }

    /// The open layers and questions as a project in a folder; what an earlier state of it held beside stays. Layers that
    /// are in no file are named instead.
    ///
    /// # Errors
    /// The names of layers that have no file yet.
    pub fn project(&self, before: Option<&Project>, folder: &Path, view: ProjectView) -> Result<Project, Vec<String>> {
        let unsaved: Vec<String> = self
            .layers
            .iter()
            .filter(|l| l.path.is_none() && l.store().is_none())
            .map(|l| l.layer().name.clone())
            .collect();
        if !unsaved.is_empty() {
            return Err(unsaved);
        }
        let mut project = self.project_of(before, view, |layer| {
            let store = || layer.store().map(|address| address.to_string_lossy().into_owned());
            layer.path.as_deref().map(|path| relative(path, folder)).or_else(store).unwrap_or_default()
        });
        project.backdrops = self.backdrops_of(folder);
        // Layers that could not be read are named from where the project stood.
        let stood =
            self.project.as_ref().map(|open| folder_of(&open.path)).filter(|stood| absolute(stood) != absolute(folder));
        if let Some(stood) = stood {
            for layer in project.layers.iter_mut().skip(self.layers.len()) {
                let place = Project::file(layer, stood);
                // It may be gone, and its folder there.
                let place = match (place.parent(), place.file_name()) {
                    (Some(beside), Some(name)) => absolute(beside).join(name),
                    _ => place,
                };
                layer.file = relative(&place, folder);
            }
        }
        Ok(project)
    }

    /// The open layers and questions as a project, each layer in the file that `file` says.
    pub(super) fn project_of(
        &self,
        before: Option<&Project>,
        view: ProjectView,
        file: impl Fn(&OpenLayer) -> String,
    ) -> Project {
        // By where they stand: saved elsewhere, a layer has another path from there.
        let folder = self.project.as_ref().map_or(Path::new(""), |open| folder_of(&open.path));
        let places: Vec<(PathBuf, &ProjectLayer)> = before
            .into_iter()
            .flat_map(|project| &project.layers)
            .map(|layer| (absolute(&Project::file(layer, folder)), layer))
            .collect();
        let layers: Vec<ProjectLayer> = self
            .layers
            .iter()
            .map(|layer| {
                let file = file(layer);
                let place = layer.path.as_deref().map(absolute);
                let known = places.iter().find(|(own, _)| Some(own) == place.as_ref()).map(|(_, layer)| *layer);
                let more = known.map(|l| l.more.clone()).unwrap_or_default();
                let raw = known.map(|l| l.raw.clone()).unwrap_or_default();
                ProjectLayer {
                    file,
                    role: layer.role,
                    title: layer.title.clone(),
                    visible: layer.visible,
                    editable: layer.is_editable,
                    // What it would be taken for again is not what somebody said.
                    counted: !(layer.role.is_none() && (layer.is_apart || layer.layer().guessed_role.is_some())),
                    style: LayerStyle::clone(&layer.style),
                    names: layer.layer().attributes.column_names().clone(),
                    read_as: layer.read_as.clone(),
                    more,
                    raw,
                }
            })
            .collect();
        let mut layers = layers;
        let is_open = |file: &str| layers.iter().any(|layer| layer.file == file);
        let unread = self.project.iter().filter(|_| before.is_some()).flat_map(|open| &open.unread);
        let unread: Vec<ProjectLayer> = unread.filter(|layer| !is_open(&layer.file)).cloned().collect();
        layers.extend(unread);
        let questions = self.questions_of(&layers);
        Project {
            shanshui: VERSION,
            plan: match self.plan.is_given {
                // What was named at the start is not the project's.
                true => before.and_then(|project| project.plan.clone()),
                false => self.plan.name.clone(),
            },
            values: self.plan.typed.clone(),
            parameters: self.given_parameters(),
            words: self.rules.words.clone(),
            layers,
            questions,
            view: Some(view),
            more: before.map(|project| project.more.clone()).unwrap_or_default(),
            is_confined: before.is_some_and(|project| project.is_confined),
            unknown: before.map(|project| project.unknown.clone()).unwrap_or_default(),
            raw: before.map(|project| project.raw.clone()).unwrap_or_default(),
            ..Project::default()
        }
    }
}
