//! A project file: layers by relative path with their roles, the questions asked of them, where the map looked. JSON with
//! a version; members that this version does not know are kept.

use super::members::is_folder;
use super::paths::from_folder;
use super::unknown::{carry_layer, carry_project, unknown_in};
use super::unsaved::Kept;
use crate::geodesy::LonLat;
use crate::i18n::{Lang, cause_text, tr};
use crate::io::store::is_store;
use crate::io::{SaveError, save_atomically};
use crate::model::{ColumnNames, LayerStyle, ReadAs, Role, UnknownKey, lines_of, place_of};
use crate::query::Question;
use crate::raster::Backdrop;
use crate::rules::scenario::Scenario;
use crate::rules::{Catalogue, Given, Plan, TargetError, Typed, ValueError, Values, given_once};
use crate::vocabulary::Word;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

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
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "given_once")]
    pub parameters: BTreeMap<String, Given>,
    /// What planners said that values of their data mean.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Word>,
    /// The layers, the one drawn last (on top) first.
    pub layers: Vec<ProjectLayer>,
    /// The questions asked, newest first.
    #[serde(default)]
    pub questions: Vec<ProjectQuestion>,
    /// The pictures under the layers, the one on top first; files relative to the project's folder where they can be.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub backdrops: Vec<Backdrop>,
    /// Sets of drawn changes over the layers, which are named by their files here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scenarios: Vec<Scenario>,
    /// Where the map looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view: Option<ProjectView>,
    /// What this version does not know.
    #[serde(flatten)]
    pub more: Map<String, Value>,
    /// True where it was unpacked from an archive: files outside its folder are not read.
    #[serde(skip)]
    pub is_confined: bool,
    /// Members that this version does not know, and where they stand.
    #[serde(skip)]
    pub unknown: Vec<UnknownKey>,
    /// The lines on which the values of its parameters stood when it was read, by their places.
    #[serde(skip)]
    pub(super) parameter_lines: HashMap<String, usize>,
    /// What was read, but for the layers, where some of it is not known.
    #[serde(skip)]
    pub(super) raw: Value,
}

/// A layer of a project.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ProjectLayer {
    /// Its file, relative to the project's folder where it can be; `/` between folders.
    pub file: String,
    /// What it means; the planner's word, or the guess at the time.
    #[serde(default)]
    pub role: Option<Role>,
    /// What a planner called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Drawn or not.
    #[serde(default = "yes")]
    pub visible: bool,
    /// True where tools may change it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub editable: bool,
    /// False where it counts for nothing, whatever it could be taken for.
    #[serde(default = "yes", skip_serializing_if = "is_true")]
    pub counted: bool,
    /// How it is drawn, where it is not by its role.
    #[serde(default, skip_serializing_if = "LayerStyle::is_default")]
    pub style: LayerStyle,
    /// Its own columns for the names that rules use: `class` is called `排口类型` here.
    #[serde(default, skip_serializing_if = "ColumnNames::is_empty")]
    pub names: ColumnNames,
    /// How its file is to be read, where a planner named that: `crs`, `encoding`.
    #[serde(flatten)]
    pub read_as: ReadAs,
    /// What this version does not know.
    #[serde(flatten)]
    pub more: Map<String, Value>,
    /// What was read, where some of it is not known.
    #[serde(skip)]
    pub(super) raw: Value,
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

fn is_true(value: &bool) -> bool {
    *value
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
            Self::System(file, cause) => {
                tr!(lang, "project.system", file = file, cause = cause_text(cause, lang))
            }
            Self::NotAProject(file, line, column, cause) => {
                tr!(lang, "project.not_one", file = file, line = line, column = column, cause = cause_text(cause, lang))
            }
            Self::Newer(file, version) => tr!(lang, "project.newer", file = file, version = version),
        }
        .into_owned()
    }
}

/// The folder that a project stands in; a folder itself.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        _ if is_folder(path) => path,
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

    /// A project from its text.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub(super) fn parse(text: &str, file: &str) -> Result<Self, ProjectError> {
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
        let mut project: Self = serde_json::from_str(text).map_err(wrong)?;
        let mut raw: Value = serde_json::from_str(text).map_err(wrong)?;
        project.unknown = unknown_in(&raw, text, file);
        let of_rule = |(rule, given): (&String, &Given)| {
            let rule = place_of("parameters", rule);
            given.0.keys().map(|name| place_of(&rule, name)).chain([rule.clone()]).collect::<Vec<_>>()
        };
        project.parameter_lines = lines_of(text, &project.parameters.iter().flat_map(of_rule).collect());
        if !project.unknown.is_empty() {
            let layers = raw.as_object_mut().and_then(|raw| raw.remove("layers"));
            let layers = layers.and_then(|layers| layers.as_array().cloned()).unwrap_or_default();
            project.layers.iter_mut().zip(layers).for_each(|(layer, raw)| layer.raw = raw);
            project.raw = raw;
        }
        Ok(project)
    }

    /// The values of its parameters in the units of their rules, and what of them cannot be used, with the lines of its file.
    pub fn values(&self, catalogue: &Catalogue, file: &str) -> (BTreeMap<String, Values>, Vec<ValueError>) {
        let (values, mut faults) = catalogue.values_of(file, &self.parameters);
        faults.iter_mut().for_each(|fault| fault.line = self.parameter_lines.get(&fault.place()).copied());
        (values, faults)
    }

    /// As it is written: with everything that was read and is not known, where it stood.
    ///
    /// # Errors
    /// None of its values is one that JSON cannot hold, so there are none.
    pub(super) fn to_json(&self) -> serde_json::Result<Value> {
        let mut all = serde_json::to_value(self)?;
        carry_project(&self.raw, &mut all);
        if let Some(layers) = all.get_mut("layers").and_then(Value::as_array_mut) {
            self.layers.iter().zip(layers).for_each(|(layer, written)| carry_layer(&layer.raw, written));
        }
        Ok(all)
    }

    /// Writes the project, or leaves what stood there.
    ///
    /// # Errors
    /// [`SaveError`] with the operating system's cause.
    pub fn write(&self, path: &Path) -> Result<(), SaveError> {
        save_atomically(path, |out| {
            let text =
                self.to_json().and_then(|all| serde_json::to_string_pretty(&all)).map_err(std::io::Error::other)?;
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

    /// True for a file that this project may not read: it came in an archive, and the file lies outside of its folder.
    pub fn leads_out(&self, file: &str) -> bool {
        self.is_confined && (leads_out(file) || is_store(Path::new(file)))
    }

    /// The file of a layer, for a project in this folder; the URL of a shared store as it is.
    pub fn file(layer: &ProjectLayer, folder: &Path) -> PathBuf {
        match is_store(Path::new(&layer.file)) {
            true => PathBuf::from(&layer.file),
            false => from_folder(&layer.file, folder),
        }
    }
}

/// True where a path, seen from a folder, leads out of it: it is absolute, or climbs above it. An archive holds no links, so the
/// text of the path tells.
pub(super) fn leads_out(file: &str) -> bool {
    let mut depth = 0_i32;
    let is_absolute = file.starts_with(['/', '\\']) || file.chars().nth(1) == Some(':');
    is_absolute
        || file.split(['/', '\\']).any(|part| {
            depth += match part {
                ".." => -1,
                "" | "." => 0,
                _ => 1,
            };
            // An empty part within begins at the root.
            depth < 0 || part.is_empty()
        })
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
    fn paths_that_lead_out_are_known() {
        for inside in
            ["a.geojson", "layers/a.geojson", "./a.geojson", "layers/../a.geojson", "图层/公园.geojson", "..a/b"]
        {
            assert!(!leads_out(inside), "{inside}");
        }
        for outside in [
            "../a.geojson",
            "..",
            "layers/../../a.geojson",
            "/etc/passwd",
            "C:/a.geojson",
            "c:a.geojson",
            r"..\a.geojson",
            r"\\server\a.geojson",
            "//server/a.geojson",
            "layers//etc/passwd",
            "./../a.geojson",
        ] {
            assert!(leads_out(outside), "{outside}");
            let project = |is_confined| Project { is_confined, ..Project::default() };
            assert!(project(true).leads_out(outside) && !project(false).leads_out(outside));
        }
    }
}
