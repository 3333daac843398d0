//! What would be lost if the session ended now: edits that no file holds, work on its way into a layer or a file, what was
//! set and is in no project.

use super::scenarios::KeptScenario;
use super::{Job, JobKind, OpenLayer, Session};
use crate::model::{ColumnNames, LayerStyle, ReadAs, Role};
use crate::raster::Backdrop;
use crate::rules::{Typed, Values};
use crate::vocabulary::Word;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What a project's file holds of a session, but for where the map looks and what is merely shown, hidden or locked.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Kept {
    layers: Vec<KeptLayer>,
    plan: Option<String>,
    words: Vec<Word>,
    typed: Vec<Typed>,
    parameters: BTreeMap<String, Values>,
    questions_changed: bool,
    backdrops: Vec<Backdrop>,
    scenarios: Vec<KeptScenario>,
}

#[derive(Clone, Debug, PartialEq)]
struct KeptLayer {
    path: Option<PathBuf>,
    role: Option<Role>,
    is_apart: bool,
    title: Option<String>,
    style: Arc<LayerStyle>,
    names: ColumnNames,
    read_as: ReadAs,
}

impl KeptLayer {
    fn of(layer: &OpenLayer) -> Self {
        Self {
            path: layer.path.clone(),
            role: layer.role,
            is_apart: layer.is_apart,
            title: layer.title.clone(),
            style: Arc::clone(&layer.style),
            names: layer.layer().attributes.column_names().clone(),
            read_as: layer.read_as.clone(),
        }
    }
}

impl OpenLayer {
    /// True where something was set of it that a project would keep: its role, its style, its columns.
    pub(super) fn is_set(&self) -> bool {
        let has_names = !self.layer().attributes.column_names().is_empty();
        let as_opened = self.layer().guessed_role.filter(|_| !self.is_apart);
        // The sample's layers are in no file that a project could name.
        self.path.is_some() && (has_names || self.title.is_some() || !self.style.is_default() || self.role != as_opened)
    }
}

impl Session {
    /// Layers with edits that no file holds.
    pub fn unsaved(&self) -> impl Iterator<Item = &OpenLayer> {
        self.layers.iter().filter(|layer| layer.is_unsaved())
    }

    /// Jobs whose work is lost where the session ends before them: changes of many features, layers being made, files being
    /// written.
    pub fn on_the_way(&self) -> impl Iterator<Item = &Job> {
        self.jobs
            .running
            .iter()
            .filter(|job| matches!(job.kind, JobKind::Editing(_) | JobKind::Making(_) | JobKind::Exporting(_)))
    }

    /// True where something was set (styles, roles, columns, parameters, values typed in, questions asked, remarks on
    /// findings) since the open project was read or written; without a project, where any of it but questions was.
    pub fn is_project_unsaved(&self) -> bool {
        // What a job writes is on its way ([`Self::on_the_way`]).
        (self.findings.remarks_are_unsaved && !self.are_findings_on_the_way())
            || self.findings.wait
            || (self.are_comments_unsaved() && !self.are_comments_on_the_way())
            || self.has_settings_unsaved()
    }

    pub(super) fn has_settings_unsaved(&self) -> bool {
        match &self.project {
            Some(open) => open.kept != self.kept(),
            None => {
                !self.plan.typed.is_empty()
                    || !self.rules.words.is_empty()
                    || !self.scenarios().is_empty()
                    || self.parameters().next().is_some()
                    || self.layers.iter().any(OpenLayer::is_set)
            }
        }
    }

    /// Parameters that are not the defaults, by rule.
    pub(super) fn parameters(&self) -> impl Iterator<Item = (&String, &Values)> {
        self.rules.values.iter().filter(|(_, values)| !values.is_empty())
    }

    /// Notes that the open project's file holds what is set now.
    pub(super) fn project_is_kept(&mut self) {
        self.questions.changed = false;
        let kept = self.kept();
        if let Some(open) = &mut self.project {
            open.kept = kept;
        }
    }

    /// What a project's file would hold now.
    fn kept(&self) -> Kept {
        Kept {
            layers: self.layers.iter().map(KeptLayer::of).collect(),
            plan: self.plan.name.clone(),
            typed: self.plan.typed.clone(),
            words: self.rules.words.clone(),
            parameters: self.parameters().map(|(id, values)| (id.clone(), values.clone())).collect(),
            questions_changed: self.questions.changed,
            backdrops: self.backdrops_set(),
            scenarios: self.kept_scenarios(),
        }
    }
}
