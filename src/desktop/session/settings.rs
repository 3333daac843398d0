//! What was set and is in no project yet: roles, styles, columns, meanings of values, parameters, the plan and what was typed
//! in for it, remarks on findings. The journal holds it as a whole whenever it changes, and a session that goes on from a
//! journal has it again.

use super::journal::{Lost, TakenUp};
use super::scenarios::KeptScenario;
use super::{Change, Command, Event, JobKind, Key, Session};
use crate::comments::Comments;
use crate::i18n::{Lang, between, count, tr};
use crate::model::{ColumnNames, LayerStyle, ReadAs, Role};
use crate::raster::Backdrop;
use crate::rules::findings::Findings;
use crate::rules::{Typed, Values};
use crate::vocabulary::Word;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What was set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The project that was open.
    #[serde(with = "super::line::optional_path", skip_serializing_if = "Option::is_none")]
    pub project: Option<PathBuf>,
    /// The plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// What was typed in for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub typed: Vec<Typed>,
    /// What values mean.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Word>,
    /// Parameters of rules.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Values>,
    /// Layers by their files.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<LayerSettings>,
    /// The backdrops, where a project is open; files by their whole paths.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub backdrops: Vec<Backdrop>,
    /// The scenarios; layers by their whole paths.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) scenarios: Vec<KeptScenario>,
    /// True where those are all: one of the project that is not among them was taken out. Older programs did not say.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) all_scenarios: bool,
    /// Findings with remarks that no file holds, as GeoJSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<String>,
    /// Comments that no file holds, as GeoJSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
}

/// What was set of a layer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LayerSettings {
    /// Its file.
    #[serde(with = "super::line::path")]
    pub file: PathBuf,
    /// How it is read, where it does not say so itself.
    pub read_as: ReadAs,
    /// What it means.
    pub role: Option<Role>,
    /// True where it counts for nothing.
    pub apart: bool,
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How it is drawn.
    #[serde(skip_serializing_if = "LayerStyle::is_default")]
    pub style: LayerStyle,
    /// Its own columns for the names that rules use.
    #[serde(skip_serializing_if = "ColumnNames::is_empty")]
    pub names: ColumnNames,
}

impl Settings {
    /// True where nothing is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What of it there is, in words.
    pub fn text(&self, lang: Lang) -> String {
        let remarks = self.findings.as_ref().and_then(|text| Findings::parse(text).ok()).map_or(0, |all| all.all.len());
        let comments =
            self.comments.as_ref().and_then(|text| Comments::parse(text).ok()).map_or(0, |all| all.all.len());
        let all = [
            ("recovery.set_layers", self.layers.len()),
            ("recovery.set_words", self.words.len()),
            ("recovery.set_parameters", self.parameters.len()),
            ("recovery.set_values", self.typed.len()),
            ("recovery.set_backdrops", self.backdrops.len()),
            ("recovery.set_scenarios", self.scenarios.len()),
            ("recovery.set_remarks", remarks),
            ("recovery.set_comments", comments),
        ];
        let some = all.into_iter().filter(|(_, n)| *n > 0);
        let some: Vec<String> = some.map(|(key, n)| tr!(lang, key, n = count(n)).into_owned()).collect();
        let some =
            if some.is_empty() { tr!(lang, "recovery.set_project").into_owned() } else { some.join(between(lang)) };
        tr!(lang, "recovery.settings", what = some).into_owned()
    }
}

impl Session {
    /// What is set now and in no project.
    fn settings(&self) -> Settings {
        if !self.findings.remarks_are_unsaved && !self.are_comments_unsaved() && !self.has_settings_unsaved() {
            return Settings::default();
        }
        let project = self.open_project().map(|open| open.path.clone());
        let has_project = project.is_some();
        let of_project = self.layers.iter().filter(|layer| has_project || layer.is_set());
        let layers = of_project.filter_map(|layer| {
            Some(LayerSettings {
                file: std::path::absolute(layer.path.as_deref()?).ok()?,
                read_as: layer.read_as.clone(),
                role: layer.role,
                apart: layer.is_apart,
                title: layer.title.clone(),
                style: LayerStyle::clone(&layer.style),
                names: layer.layer().attributes.column_names().clone(),
            })
        });
        Settings {
            layers: layers.collect(),
            backdrops: if has_project { self.backdrops_set() } else { Vec::new() },
            scenarios: self.kept_scenarios(),
            all_scenarios: has_project,
            project,
            plan: self.plan.name.clone().filter(|_| !self.plan.is_given),
            typed: self.plan.typed.clone(),
            words: self.rules.words.clone(),
            parameters: self.parameters().map(|(id, values)| (id.clone(), values.clone())).collect(),
            findings: self.findings.remarked_text(),
            comments: self.unsaved_comments(),
        }
    }

    /// Puts what is set into the journal, where it changed.
    pub(super) fn note_settings(&mut self) {
        // What is being taken up is in the journal, and not yet in the session.
        if self.settings.left.is_some() {
            return;
        }
        let now = self.settings();
        if now != self.settings.noted {
            self.journal.settings(&now);
            self.settings.noted = now;
        }
    }

    /// Opens what the settings of an ended session are about; once that is there they are taken up.
    pub(super) fn start_settings(&mut self, settings: Settings) {
        // Before the journal that they come from goes.
        self.journal.settings(&settings);
        self.settings.noted = settings.clone();
        let project = settings.project.clone().filter(|path| path.is_file());
        let is_there = |path: &PathBuf| self.open_project().is_some_and(|open| open.path == *path);
        if let Some(project) = project.filter(|path| !is_there(path)) {
            self.start_project(project);
        }
        if settings.project.is_none() {
            for LayerSettings { file, read_as, .. } in &settings.layers {
                if file.is_file() && self.layer_in(file).is_none() {
                    self.start_reading(vec![file.clone()], read_as, false);
                }
            }
        }
        self.settings.left = Some(Box::new(settings));
    }

    fn layer_in(&self, file: &std::path::Path) -> Option<Key> {
        let place = file.canonicalize().ok()?;
        let of = |path: &PathBuf| path.canonicalize().is_ok_and(|own| own == place);
        self.layers.iter().find(|layer| layer.path.as_ref().is_some_and(of)).map(|layer| layer.key)
    }

    /// Takes up what an ended session had set, once its layers are read; what has no layer any more is told.
    pub(super) fn take_settings(&mut self) -> Option<Event> {
        if self.jobs.running.iter().any(|job| matches!(job.kind, JobKind::Reading(_))) {
            return None;
        }
        let settings = *self.settings.left.take()?;
        let Settings { plan, typed, words, parameters, layers, backdrops, .. } = settings;
        let Settings { scenarios, all_scenarios, findings, comments, .. } = settings;
        let mut lost = Vec::new();
        for of in layers {
            let Some(key) = self.layer_in(&of.file) else {
                lost.push(of.file.display().to_string());
                continue;
            };
            // What was so before is no step.
            self.apply(Change::SetRole(key, of.role));
            self.apply(Change::SetApart(key, of.apart));
            self.apply(Change::Rename(key, of.title));
            self.apply(Change::SetStyle(key, Arc::new(of.style)));
            self.set_column_names(key, of.names);
        }
        if !backdrops.is_empty() {
            self.take_backdrops(backdrops);
        }
        if all_scenarios {
            self.keep_scenarios(&scenarios);
        }
        scenarios.into_iter().for_each(|kept| self.add_kept(kept, true));
        if !words.is_empty() {
            self.apply(Change::SetWords(words));
        }
        for (rule, values) in parameters {
            self.carry_out(Command::SetRuleValues(rule, values));
        }
        typed.into_iter().for_each(|typed| self.type_value(typed));
        if plan.is_some() && !self.plan.is_given {
            self.set_plan(plan);
        }
        if let Some(Ok(remarked)) = findings.as_deref().map(Findings::parse) {
            self.findings.remarked.extend(remarked.all.iter().map(|finding| finding.id.clone()));
            self.findings.all = remarked.behind(std::mem::take(&mut self.findings.all));
            self.findings.edition += 1;
            self.findings.remarks_are_unsaved = true;
            self.write_findings();
        }
        if let Some(comments) = comments {
            self.take_up_comments(&comments);
        }
        self.note_settings();
        (!lost.is_empty()).then(|| Event::TakenUp(TakenUp { lost: vec![Lost::Settings(lost)], ..TakenUp::default() }))
    }
}
