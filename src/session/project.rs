//! A project file: layers by relative path with their roles, the questions asked of them, where the map looked. JSON with
//! a version; members that this version does not know are kept.

use super::contents;
use super::jobs::Outcome;
use super::unsaved::Kept;
use super::{Change, Command, JobKind, OpenLayer, Operands, Session};
use crate::geodesy::LonLat;
use crate::i18n::{Lang, tr};
use crate::index::IndexedLayer;
use crate::io::{ReadCause, SaveError, save_atomically};
use crate::model::{ColumnNames, LayerStyle, Role};
use crate::query::Question;
use crate::rules::{Plan, TargetError, Typed, Values, is_national_otherwise};
use crate::vocabulary::Word;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The version that this program writes.
pub const VERSION: u64 = 1;
/// How the names of project files end.
pub const ENDING: &str = crate::io::guard::PROJECT;

/// A project.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Project {
    /// The version of the format.
    pub shanshui: u64,
    /// The plan that it belongs to: BS, SY, PT, TZ, JS, or the file of the planner's own table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// What planners typed in for the plan's indicators.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Typed>,
    /// Parameters of rules that are not the defaults, by rule and name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Values>,
    /// What planners said that values of their data mean.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Word>,
    /// The layers, the one drawn last (on top) first.
    pub layers: Vec<ProjectLayer>,
    /// The questions asked, newest first.
    #[serde(default)]
    pub questions: Vec<ProjectQuestion>,
    /// Where the map looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<ProjectView>,
    /// What this version does not know.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// A layer of a project.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProjectLayer {
    /// Its file, relative to the project's folder where it can be; `/` between folders.
    pub file: String,
    /// What it means; the planner's word, or the guess at the time.
    #[serde(default)]
    pub role: Option<Role>,
    /// Drawn or not.
    #[serde(default = "yes")]
    pub visible: bool,
    /// True where tools may change it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub editable: bool,
    /// How it is drawn, where it is not by its role.
    #[serde(default, skip_serializing_if = "LayerStyle::is_default")]
    pub style: LayerStyle,
    /// Its own columns for the names that rules use: `class` is called `排口类型` here.
    #[serde(default, skip_serializing_if = "ColumnNames::is_empty")]
    pub names: ColumnNames,
    /// What this version does not know.
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// A question of a project; its layers by their number in the list of layers, from 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectQuestion {
    /// The question.
    pub question: Question,
    /// The layer asked about.
    pub subject: usize,
    /// What it is held against.
    #[serde(default)]
    pub reference: Option<usize>,
    /// Entrances of the reference's facilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entrances: Option<usize>,
    /// Only features of the layer asked about for which this CQL2 text is true.
    #[serde(default, rename = "where", skip_serializing_if = "Option::is_none")]
    pub subject_where: Option<String>,
    /// Only such features of what it is held against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference_where: Option<String>,
}

/// Where the map looked.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProjectView {
    /// The position in the middle.
    pub center: LonLat,
    /// Points of the screen per degree of latitude.
    pub scale: f64,
}

fn yes() -> bool {
    true
}

fn is_false(value: &bool) -> bool {
    !value
}

/// Why a project could not be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub enum ProjectError {
    /// The file cannot be read.
    System(String, String),
    /// It is no project: the line, the column, and why.
    NotAProject(String, usize, usize, String),
    /// A newer version of the program wrote it: this version.
    Newer(String, u64),
}

impl ProjectError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::System(file, cause) => tr!(lang, "project.system", file = file, cause = cause),
            Self::NotAProject(file, line, column, cause) => {
                tr!(lang, "project.not_one", file = file, line = line, column = column, cause = cause)
            }
            Self::Newer(file, version) => tr!(lang, "project.newer", file = file, version = version),
        }
        .into_owned()
    }
}

/// The folder that a project stands in; a folder itself.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        _ if path.is_dir() => path,
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// True where a path is that of a project.
pub fn is_project(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(ENDING))
}

impl Project {
    /// Reads a project.
    ///
    /// # Errors
    /// [`ProjectError`]: unreadable, no project (with the place), or made by a newer version.
    pub fn read(path: &Path) -> Result<Self, ProjectError> {
        let file = crate::io::file_name(path);
        let text = crate::model::small_text(path).map_err(|e| ProjectError::System(file.clone(), e.to_string()))?;
        Self::parse(&text, &file)
    }

    fn parse(text: &str, file: &str) -> Result<Self, ProjectError> {
        let wrong =
            |e: serde_json::Error| ProjectError::NotAProject(file.to_owned(), e.line(), e.column(), e.to_string());
        // The version first: a newer one may mean other things by the same names.
        #[derive(Deserialize)]
        struct Version {
            shanshui: u64,
        }
        let Version { shanshui } = serde_json::from_str(text).map_err(wrong)?;
        if shanshui > VERSION {
            return Err(ProjectError::Newer(file.to_owned(), shanshui));
        }
        serde_json::from_str(text).map_err(wrong)
    }

    /// Writes the project, or leaves what stood there.
    ///
    /// # Errors
    /// [`SaveError`] with the operating system's cause.
    pub fn write(&self, path: &Path) -> Result<(), SaveError> {
        save_atomically(path, |out| {
            let text = serde_json::to_string_pretty(self).map_err(std::io::Error::other)?;
            out.write_all(text.as_bytes())?;
            out.write_all(b"\n")
        })
    }

    /// A project; for a folder, or a file alone, one that says nothing.
    ///
    /// # Errors
    /// [`ProjectError`] where a project cannot be read.
    pub fn of(path: &Path) -> Result<Self, ProjectError> {
        if is_project(path) {
            return Self::read(path);
        }
        Ok(Self { shanshui: VERSION, ..Self::default() })
    }

    /// The targets of a plan, or of the project's own, with what was typed in.
    ///
    /// # Errors
    /// [`TargetError`] where a planner's own table cannot be read.
    pub fn targets(&self, plan: Option<&str>, folder: &Path) -> Result<Option<Plan>, TargetError> {
        let Some(name) = plan.or(self.plan.as_deref()) else { return Ok(None) };
        Ok(Some(Plan { typed: self.values.clone(), ..Plan::find(name, folder)? }))
    }

    /// The file of a layer, for a project in this folder.
    pub fn file(layer: &ProjectLayer, folder: &Path) -> PathBuf {
        // Pushed, not joined: each join would copy what stands before it.
        let mut path = folder.to_owned();
        for part in layer.file.split('/') {
            match part {
                // An absolute path begins with the root.
                "" => path = PathBuf::from("/"),
                part => path.push(part),
            }
        }
        path
    }
}

/// A path seen from a folder: with `..` where it lies beside it, absolute where the two share nothing.
fn relative(path: &Path, folder: &Path) -> String {
    let (path, folder) = (absolute(path), absolute(folder));
    let (own, from): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (path.components().collect(), folder.components().collect());
    let shared = own.iter().zip(&from).take_while(|(a, b)| a == b).count();
    let parts: Vec<String> = if shared <= 1 {
        own.iter().map(|part| part.as_os_str().to_string_lossy().trim_matches(['/', '\\']).to_owned()).collect()
    } else {
        let up = std::iter::repeat_n("..".to_owned(), from.len() - shared);
        up.chain(own[shared..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned())).collect()
    };
    parts.join("/")
}

fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_owned())
}

/// The project that is open.
#[derive(Clone, Debug)]
pub struct OpenProject {
    /// Its file.
    pub path: PathBuf,
    /// As it stands there.
    pub project: Project,
    /// Layers of it that could not be read; they stay in it.
    pub unread: Vec<ProjectLayer>,
    /// What it holds of the session.
    pub(super) kept: Kept,
}

impl OpenProject {
    /// Its name: the file's without its ending.
    pub fn name(&self) -> String {
        let name = crate::io::file_name(&self.path);
        name.strip_suffix(ENDING).map(str::to_owned).unwrap_or(name)
    }
}

impl Session {
    /// Reads a project and its layers; those that cannot be read are told, the rest is opened.
    pub(super) fn start_project(&mut self, path: PathBuf) {
        let (options, vocabulary) = (self.read.clone(), Arc::clone(&self.vocabulary));
        self.spawn(JobKind::Reading(crate::io::file_name(&path)), move |progress, tell| {
            let project = match Project::read(&path) {
                Ok(project) => project,
                Err(e) => return tell(Outcome::ProjectFailed(e)),
            };
            let read = contents::read(&path, &project, &options, &vocabulary, progress);
            for e in read.failed {
                let is_cancelled = e.cause == ReadCause::Cancelled;
                tell(Outcome::ReadFailed(e));
                if is_cancelled {
                    return;
                }
            }
            let mut layers: Vec<Option<IndexedLayer>> = project.layers.iter().map(|_| None).collect();
            for one in read.layers {
                let names = one.known.map(|known| known.names.clone()).unwrap_or_default();
                layers[one.number] = Some(IndexedLayer::new(Arc::new(one.layer.with_column_names(names))));
            }
            tell(Outcome::Contents(Box::new(read.contents), None));
            let unread = layers.iter().zip(&project.layers).filter(|(layer, _)| layer.is_none());
            let unread = unread.map(|(_, known)| known.clone()).collect();
            let open = OpenProject { path, project, unread, kept: Kept::default() };
            tell(Outcome::Project(Box::new(open), layers));
        });
    }

    /// Adds the layers of a project in its order and puts its questions; where the map looked.
    pub(super) fn add_project(&mut self, open: OpenProject, layers: Vec<Option<IndexedLayer>>) -> Option<ProjectView> {
        let mut keys = Vec::new();
        for (at, (indexed, known)) in layers.into_iter().zip(&open.project.layers).enumerate() {
            keys.push(indexed.map(|indexed| {
                let key = self.new_key();
                let opened = OpenLayer::new(key, Arc::new(indexed));
                // A guess, that no national database contradicts.
                let is_other = |role: Role| is_national_otherwise(opened.layer(), role, &self.vocabulary);
                let guess = opened.role.filter(|role| !is_other(*role));
                let (role, visible, is_editable) = (known.role.or(guess), known.visible, known.editable);
                let style = Arc::new(known.style.clone());
                let layer = OpenLayer { role, visible, is_editable, style, ..opened };
                self.change(Change::InsertLayer(at, Box::new(layer)));
                key
            }));
        }
        let key = |number: usize| keys.get(number).copied().flatten();
        for asked in open.project.questions.iter().rev() {
            let Some(subject) = key(asked.subject) else { continue };
            let operands = Operands {
                subject,
                reference: asked.reference.and_then(key),
                entrances: asked.entrances.and_then(key),
                subject_where: asked.subject_where.clone(),
                reference_where: asked.reference_where.clone(),
            };
            // A question whose layer is gone is not put.
            if asked.reference.is_some() == operands.reference.is_some() {
                self.execute(Command::Ask(asked.question.clone(), operands));
            }
        }
        let view = open.project.view;
        // Rules of the project's own stand beside it.
        self.open_rules(&open.path);
        self.typed = open.project.values.clone();
        self.open_values(&open);
        self.open_words(&open.path, open.project.words.clone());
        let plan = open.project.plan.clone();
        self.project = Some(open);
        if !self.plan_is_given {
            self.set_plan(plan);
        } else if let Some(plan) = &mut self.plan {
            plan.typed.clone_from(&self.typed);
        }
        self.read_findings();
        if keys.iter().flatten().count() == self.layers.len() {
            // Layers that were open before are in no project yet.
            self.project_is_kept();
        }
        view
    }

    /// Writes what is open as a project.
    pub(super) fn save_project(&mut self, path: PathBuf, view: ProjectView) {
        let before = self.project.as_ref().map(|open| &open.project);
        let folder = path.parent().unwrap_or(Path::new(".")).to_owned();
        let outcome = match self.project(before, &folder, view) {
            Err(unsaved) => Outcome::ProjectNeeds(unsaved),
            Ok(project) => match project.write(&path) {
                Ok(()) => {
                    let unread = self.project.as_ref().map(|open| open.unread.clone()).unwrap_or_default();
                    let moved = self.project.as_ref().map(|open| folder_of(&open.path)) != Some(folder_of(&path));
                    self.project = Some(OpenProject { path: path.clone(), project, unread, kept: Kept::default() });
                    self.project_is_kept();
                    if moved {
                        // Another folder's findings are not those that were read.
                        self.findings_stamp = None;
                    }
                    self.keep_findings_here();
                    Outcome::ProjectSaved(path)
                }
                Err(e) => Outcome::ExportFailed(e),
            },
        };
        self.report(outcome);
    }

    /// The open layers and questions as a project in a folder; what an earlier state of it held beside stays. Layers that
    /// are in no file are named instead.
    ///
    /// # Errors
    /// The names of layers that have no file yet.
    pub fn project(&self, before: Option<&Project>, folder: &Path, view: ProjectView) -> Result<Project, Vec<String>> {
        let unsaved: Vec<String> =
            self.layers.iter().filter(|l| l.path.is_none()).map(|l| l.layer().name.clone()).collect();
        if !unsaved.is_empty() {
            return Err(unsaved);
        }
        Ok(self.project_of(before, view, |layer| {
            layer.path.as_deref().map_or_else(String::new, |path| relative(path, folder))
        }))
    }

    /// The open layers and questions as a project, each layer in the file that `file` says.
    pub(super) fn project_of(
        &self,
        before: Option<&Project>,
        view: ProjectView,
        file: impl Fn(&OpenLayer) -> String,
    ) -> Project {
        let layers: Vec<ProjectLayer> = self
            .layers
            .iter()
            .map(|layer| {
                let file = file(layer);
                let known = before.and_then(|project| project.layers.iter().find(|l| l.file == file));
                let more = known.map(|l| l.more.clone()).unwrap_or_default();
                ProjectLayer {
                    file,
                    role: layer.role,
                    visible: layer.visible,
                    editable: layer.is_editable,
                    style: LayerStyle::clone(&layer.style),
                    names: layer.layer().attributes.column_names().clone(),
                    more,
                }
            })
            .collect();
        let mut layers = layers;
        let is_open = |file: &str| layers.iter().any(|layer| layer.file == file);
        let unread = self.project.iter().filter(|_| before.is_some()).flat_map(|open| &open.unread);
        let unread: Vec<ProjectLayer> = unread.filter(|layer| !is_open(&layer.file)).cloned().collect();
        layers.extend(unread);
        let number = |key| self.layers.iter().position(|l| l.key == key);
        let answered = self.answers.iter().map(|answer| (&answer.answer.question, &answer.operands));
        let is_answered = |asked: &(&Question, &Operands)| answered.clone().any(|known| known == *asked);
        // Newest first.
        let asking = self.asking.iter().rev().map(|(_, question, operands)| (question, operands));
        let questions =
            asking.filter(|asked| !is_answered(asked)).chain(answered.clone()).filter_map(|(question, own)| {
                let Operands { subject, reference, entrances, .. } = *own;
                Some(ProjectQuestion {
                    question: question.clone(),
                    subject: number(subject)?,
                    reference: reference.and_then(number),
                    entrances: entrances.and_then(number),
                    subject_where: own.subject_where.clone(),
                    reference_where: own.reference_where.clone(),
                })
            });
        Project {
            shanshui: VERSION,
            plan: match self.plan_is_given {
                // What was named at the start is not the project's.
                true => before.and_then(|project| project.plan.clone()),
                false => self.plan_name.clone(),
            },
            values: self.typed.clone(),
            parameters: self.parameters().map(|(id, values)| (id.clone(), values.clone())).collect(),
            words: self.words.clone(),
            layers,
            questions: questions.collect(),
            view: Some(view),
            more: before.map(|project| project.more.clone()).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_kept() {
        let text =
            r#"{"shanshui":1,"layers":[{"file":"a.geojson","role":"outlet","look":{"color":"red"}}],"notes":[1]}"#;
        let project = Project::parse(text, "p").expect("a project");
        assert!(project.layers[0].visible && !project.layers[0].editable);
        let again: Value = serde_json::from_str(&serde_json::to_string(&project).expect("JSON")).expect("JSON");
        assert_eq!(again["notes"], serde_json::json!([1]));
        assert_eq!(again["layers"][0]["look"]["color"], "red");
    }

    #[test]
    fn errors_name_the_place() {
        let parse = |text: &str| Project::parse(text, "p.shanshui.json").expect_err("no project");
        assert_eq!(parse(r#"{"shanshui":9,"layers":"?"}"#), ProjectError::Newer("p.shanshui.json".into(), 9));
        let ProjectError::NotAProject(_, line, column, _) = parse("{\"shanshui\":1,\n \"layers\":[{\"file\":1}]}")
        else {
            panic!("a place")
        };
        assert_eq!((line, column), (2, 20));
        assert!(matches!(parse("{}"), ProjectError::NotAProject(..)));
    }

    /// Texts as each earlier state of the program wrote them.
    const FORMS: [&str; 3] = [
        r#"{"shanshui":1,"layers":[
            {"file":"图层/outlet.geojson","role":"outlet","visible":true,"editable":true},
            {"file":"../shoreline.geojson","role":"shoreline","visible":false}],
            "questions":[{"question":{"kind":"within","distance_m":2000.0,"side":"within"},"subject":0,"reference":1}],
            "view":{"center":{"lon":121.4,"lat":31.4},"scale":3000.0}}"#,
        r##"{"shanshui":1,"layers":[
            {"file":"outlet.geojson","role":"outlet","visible":true,"style":{"by":"category","column":"class",
                "classes":[{"value":"工业排污口","symbol":{"fill":"#B03A48","radius":5.0}}],"other":null,"filter":"flow > 5"}},
            {"file":"park.geojson","role":"park","visible":true}],
            "questions":[{"question":{"kind":"gaps","radius_m":500.0,"min_area_m2":0.0,"people":"population"},
                "subject":0,"reference":1,"where":"class = '工业排污口'","reference_where":"area_m2 > 400"}]}"##,
        r#"{"shanshui":1,"plan":"BS","values":[{"indicator":"water-1","year":2030,"value":95.0}],
            "parameters":{"outlet.survey":{"distance_m":1500.0}},
            "layers":[{"file":"outlet.geojson","role":"outlet","visible":true,"names":{"class":"排口类型"}}],
            "questions":[]}"#,
    ];

    #[test]
    fn every_form_that_was_ever_written_opens_and_means_the_same() {
        let [first, styled, planned] = FORMS.map(|text| Project::parse(text, "p").unwrap_or_else(|e| panic!("{e}")));
        assert_eq!(first.layers[0].role, Some(Role::Outlet));
        assert_eq!((first.layers[0].editable, first.layers[1].visible), (true, false));
        assert!(first.layers.iter().all(|layer| layer.style.is_default() && layer.names.is_empty()));
        assert_eq!(first.questions[0].reference, Some(1));
        assert_eq!(first.view.map(|view| view.center), Some(LonLat::new(121.4, 31.4)));
        assert_eq!(styled.layers[0].style.filter.as_deref(), Some("flow > 5"));
        assert!(styled.layers[0].style.by.is_some() && styled.layers[1].style.is_default());
        assert_eq!(styled.questions[0].subject_where.as_deref(), Some("class = '工业排污口'"));
        assert_eq!((planned.plan.as_deref(), planned.values.len(), planned.parameters.len()), (Some("BS"), 1, 1));
        assert!(!planned.layers[0].names.is_empty());
        // Nothing was taken for something unknown, and what is written again says all of it.
        for (text, project) in FORMS.iter().zip([first, styled, planned]) {
            assert!(project.more.is_empty() && project.layers.iter().all(|layer| layer.more.is_empty()), "{text}");
            let again = serde_json::to_value(&project).expect("JSON");
            let before: Value = serde_json::from_str(text).expect("JSON");
            assert!(says(&again, &before), "{again}");
        }
    }

    /// True where a value says all that another says.
    fn says(all: &Value, some: &Value) -> bool {
        match (all, some) {
            (Value::Object(all), Value::Object(some)) => {
                some.iter().all(|(name, value)| all.get(name).is_some_and(|own| says(own, value)))
            }
            (Value::Array(all), Value::Array(some)) => {
                all.len() == some.len() && all.iter().zip(some).all(|(a, b)| says(a, b))
            }
            _ => all == some,
        }
    }

    #[test]
    fn paths_are_seen_from_the_project() {
        let folder = tempfile::tempdir().expect("a folder");
        let (maps, plans) = (folder.path().join("maps"), folder.path().join("plans").join("2026"));
        std::fs::create_dir_all(&maps).expect("writable");
        std::fs::create_dir_all(&plans).expect("writable");
        let file = maps.join("公园.geojson");
        std::fs::write(&file, "{}").expect("writable");
        let seen = relative(&file, &plans);
        assert_eq!(seen, "../../maps/公园.geojson");
        let layer = ProjectLayer { file: seen, role: None, visible: true, editable: false, ..ProjectLayer::default() };
        assert_eq!(absolute(&Project::file(&layer, &plans)), absolute(&file));
        assert_eq!(relative(&file, &maps), "公园.geojson");
        let far = ProjectLayer { file: "/srv/a.geojson".into(), ..layer };
        assert_eq!(Project::file(&far, &plans), Path::new("/srv/a.geojson"));
    }
}
