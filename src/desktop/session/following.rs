//! What follows from rules: the plan and what is typed in for it, findings with their history, names of columns.

use super::jobs::Event;
use super::{FindingsFiles, Job, JobKind, Key, OpenLayer, Session};
use crate::i18n::{Lang, cause_text, tr};
use crate::io::geojson::geometry_json;
use crate::io::{ReadOptions, read_layer_bytes};
use crate::model::{ColumnNames, LabelStyle, LayerStyle, Method, Rgba, Shape, StyleBy, Symbol, breaks};
use crate::progress::Progress;
use crate::rules::findings::{FILE, Findings, FindingsError, Found, Remark};
use crate::rules::{Group, Plan, RuleAnswer, RuleFigure, RuleInput, TargetError, Typed, Values, moment};
use crate::session::project::folder_of;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why a plan or findings are not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FollowingError {
    /// The plan's table of targets cannot be read.
    #[error(transparent)]
    Plan(#[from] TargetError),
    /// The findings cannot be read; they are not written over.
    #[error(transparent)]
    Findings(#[from] FindingsError),
}

impl FollowingError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::Plan(e) => e.message(lang),
            Self::Findings(e) => {
                tr!(lang, "findings.unreadable", file = e.file, cause = cause_text(&e.cause, lang)).into_owned()
            }
        }
    }
}

impl Session {
    /// The values that a rule runs with, where they are not its defaults.
    pub fn rule_values(&self, rule: &str) -> Values {
        self.rules.values.get(rule).cloned().unwrap_or_default()
    }

    /// The name of the plan, or of a planner's own table.
    pub fn plan_name(&self) -> Option<&str> {
        self.plan.name.as_deref()
    }

    /// The plan's targets with what was typed in; `None` where none is chosen.
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.plan.as_ref()
    }

    /// What was typed in for the plan's indicators.
    pub fn typed(&self) -> &[Typed] {
        &self.plan.typed
    }

    /// Holds the rules to this plan, whatever a project says.
    pub fn give_plan(&mut self, name: String) {
        self.set_plan(Some(name));
        self.plan.is_given = self.plan.plan.is_some();
    }

    pub(super) fn set_plan(&mut self, name: Option<String>) {
        let folder = self.project.as_ref().map(|open| folder_of(&open.path).to_owned()).unwrap_or_default();
        self.plan.name.clone_from(&name);
        let plan = match name.as_deref().map(|name| Plan::find(name, &folder)).transpose() {
            Ok(plan) => plan,
            Err(e) => {
                // Its name stays: a project is not to lose it because a file is missing for a while.
                self.plan.plan = None;
                return self.report(Event::FollowingFailed(e.into()));
            }
        };
        self.plan.plan = plan.map(|plan| Plan { typed: self.plan.typed.clone(), ..plan });
    }

    pub(super) fn type_value(&mut self, typed: Typed) {
        self.plan.version += 1;
        self.plan.typed.retain(|known| known.indicator != typed.indicator || known.year != typed.year);
        if typed.value.is_some() || typed.judged.is_some() {
            self.plan.typed.push(typed);
        }
        self.plan.typed.sort_by(|a, b| a.indicator.cmp(&b.indicator).then(a.year.cmp(&b.year)));
        if let Some(plan) = &mut self.plan.plan {
            plan.typed.clone_from(&self.plan.typed);
        }
    }

    /// The findings.
    pub fn findings(&self) -> &Findings {
        &self.findings.all
    }

    /// The file that keeps the findings; none where no project is open.
    pub fn findings_file(&self) -> Option<PathBuf> {
        self.project.as_ref().map(|open| folder_of(&open.path).join(FILE))
    }

    fn tell_unknown(&self, findings: &Findings, file: &Path) {
        let unknown = findings.unknown(file);
        if !unknown.is_empty() {
            self.report(Event::UnknownKeys(unknown));
        }
    }

    /// Reads what a folder of layers keeps, which is no project; it is never written to.
    pub(super) fn read_findings_of(&mut self, folder: &Path) {
        if let Err(e) = self.take_in(folder.join(FILE)) {
            self.report(Event::FollowingFailed(e.into()));
        }
    }

    /// Takes on what was typed into the findings of a file that a run left elsewhere. Findings are written to no file from here
    /// on: neither to that one nor to the project's, whose they are not.
    ///
    /// # Errors
    /// Where the file cannot be read, or is not there.
    pub fn take_findings(&mut self, file: &Path) -> Result<(), FindingsError> {
        findings_are_there(file)?;
        self.findings.are_kept = false;
        self.take_in(file.to_owned())
    }

    fn take_in(&mut self, file: PathBuf) -> Result<(), FindingsError> {
        let findings = Findings::read(&file)?;
        self.tell_unknown(&findings, &file);
        self.findings.all = std::mem::take(&mut self.findings.all).behind(findings);
        self.findings.edition += 1;
        self.findings.read.push(file);
        Ok(())
    }

    /// The files with findings that stood elsewhere in the project's folder when it was opened.
    pub fn findings_elsewhere(&self) -> &[String] {
        &self.findings.elsewhere
    }

    /// Which files the findings were taken on from, and which stand elsewhere in the folder of the project, or of these layers.
    pub fn findings_files(&self) -> FindingsFiles {
        let of_project = self.project.as_ref().map(|open| folder_of(&open.path));
        let of_layers = || self.findings.read.first().and_then(|file| file.parent());
        of_project
            .or_else(of_layers)
            .map_or_else(FindingsFiles::default, |folder| FindingsFiles::of(folder, &self.findings.read))
    }

    pub(super) fn remark(&mut self, id: &str, remark: Remark) {
        let (today, at) = (crate::report::today(), moment(std::time::SystemTime::now()));
        if let Some(finding) = self.findings.all.get_mut(id) {
            finding.remark(remark, &today, &at);
            // Until they are written.
            self.findings.remarks_are_unsaved = true;
            self.findings.remarked.insert(id.to_owned());
            self.write_findings();
        }
    }

    /// Takes in what a rule found.
    pub(super) fn follow(&mut self, answer: &RuleAnswer, found: &[Found]) {
        if answer.rule.is_derived() || answer.status != crate::rules::Status::Answered {
            return;
        }
        self.findings.all.update(&answer.rule.id, found, &crate::report::today());
        self.findings.edition += 1;
        self.findings.wait = true;
    }

    /// Writes what rules found, once for all that were run together.
    pub(super) fn write_found(&mut self) {
        let is_ruling = |job: &Job| matches!(job.kind, JobKind::Ruling(_));
        if self.findings.wait && !self.jobs.running.iter().any(is_ruling) {
            self.findings.wait = false;
            self.write_findings();
        }
    }

    pub(super) fn set_column_names(&mut self, key: Key, names: ColumnNames) {
        if let Some(layer) = self.layers.iter_mut().find(|layer| layer.key == key) {
            let is_saved = layer.saved == Some(layer.own().id());
            if let Some(under) = &mut layer.under {
                under.base = Arc::new(under.base.with_column_names(names.clone()));
            }
            layer.indexed = Arc::new(layer.indexed.with_column_names(names));
            if is_saved {
                // Nothing of the file changed.
                layer.saved = Some(layer.own().id());
            }
        }
    }

    /// Adds a layer of areas with a rule's figures for them.
    pub(super) fn map_groups(&mut self, rule: &str, by: &str, lang: Lang) {
        let Some(result) = self.rules.results.iter().find(|result| result.answer.rule.id == rule) else { return };
        let answer = Arc::clone(&result.answer);
        let groups: Vec<&Group> = answer.groups.iter().filter(|group| group.by == by && group.area.is_some()).collect();
        // The layers of the role are read together, as the rule did.
        let input = RuleInput::with_vocabulary(self.with_roles(), Arc::clone(&self.rules.vocabulary));
        let mut titles: Vec<String> = Vec::new();
        for figure in groups.iter().flat_map(|group| &group.figures) {
            let title = titled(figure, lang);
            if !titles.contains(&title) {
                titles.push(title);
            }
        }
        let features: Vec<serde_json::Value> = groups
            .iter()
            .filter_map(|group| {
                let (role, row) = group.area?;
                let geometry = input.together(role)?.layer().geometries.geometry(row)?;
                let mut properties = serde_json::Map::new();
                properties.insert("name".to_owned(), group.name.text(lang).into());
                for figure in &group.figures {
                    properties.insert(titled(figure, lang), figure.value.map_or(serde_json::Value::Null, Into::into));
                }
                Some(serde_json::json!({"type": "Feature", "properties": properties, "geometry": geometry_json(&geometry)}))
            })
            .collect();
        let first = groups.first().map(|group| group.title.text(lang)).unwrap_or_default();
        // The legend names what the colours stand for, with its unit.
        let column = titles.first().cloned().unwrap_or_default();
        let name = format!("{column} · {first}");
        let text = serde_json::json!({"type": "FeatureCollection", "name": name, "features": features}).to_string();
        let read = read_layer_bytes(text.as_bytes(), "groups.geojson", &ReadOptions::default(), &Progress::default());
        let Ok(mut layer) = read else { return };
        layer.name.clone_from(&name);
        // It shows figures; no rule is to read it.
        layer.guessed_role = None;
        let values: Vec<f64> = layer.rows().filter_map(|row| layer.attributes.get(row, &column).as_number()).collect();
        let style = LayerStyle {
            by: Some(StyleBy::Graduated {
                column,
                method: Method::Natural,
                breaks: breaks(Method::Natural, values, CLASSES),
                ramp: "blues".to_owned(),
                symbol: Symbol { stroke: Some(Rgba([255, 255, 255, 255])), width: 1.0, ..Symbol::default() },
            }),
            labels: Some(LabelStyle { column: "name".to_owned(), size: 11.0 }),
            ..LayerStyle::default()
        };
        let key = self.add_made(layer);
        // Under the points and lines, which would be lost below its areas.
        let is_area = |layer: &OpenLayer| layer.layer().shape().is_none_or(|shape| shape == Shape::Polygons);
        let below = self.layers.iter().rposition(|layer| !is_area(layer));
        if let (Some(from), Some(below)) = (self.layers.iter().position(|layer| layer.key == key), below)
            && from < below
        {
            let layer = self.layers.remove(from);
            self.layers.insert(below, layer);
        }
        for layer in self.layers.iter_mut().filter(|layer| layer.key == key) {
            // It shows figures; no rule is to read it.
            (layer.role, layer.style) = (None, Arc::new(style.clone()));
        }
        self.report(Event::LayerAdded(key));
    }
}

/// Refuses findings that are not there: of a file that somebody names, unlike of a folder's own.
///
/// # Errors
/// Where there is no such file.
pub fn findings_are_there(file: &Path) -> Result<(), FindingsError> {
    match std::fs::metadata(file) {
        Ok(_) => Ok(()),
        Err(e) => Err(FindingsError { file: file.display().to_string(), cause: e.to_string() }),
    }
}

/// Classes of a map of figures.
const CLASSES: usize = 5;

/// A figure's name as a column: with its unit.
fn titled(figure: &RuleFigure, lang: Lang) -> String {
    let title = figure.title.text(lang);
    let unit = crate::rules::unit_text(&figure.unit, lang);
    if unit.is_empty() { title.to_owned() } else { format!("{title} ({unit})") }
}
