//! A project, or a folder, as commands put rules to it: its layers by role, its plan, its own rules and parameters.

use super::terminal::Watched;
use super::{Common, Failure, say};
use crate::i18n::{Lang, tr};
use crate::index::IndexedLayer;
use crate::io::read_layer;
use crate::rules::{Catalogue, Plan, RoleLayers, Rule, RuleInput, Values, as_national, named_as_national, national_of};
use crate::session::project::{Project, folder_of};
use crate::vocabulary::{Vocabulary, WordsError, words_of};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A project that was read.
pub(super) struct Opened {
    pub(super) layers: RoleLayers,
    pub(super) plan: Option<Plan>,
    project: Project,
    /// The folder that it stands in.
    pub(super) folder: PathBuf,
    /// The vocabulary, with the words of its planners.
    pub(super) vocabulary: Arc<Vocabulary>,
}

impl Opened {
    /// Reads a project and its layers that have a role.
    pub(super) fn read(common: &Common, path: &Path, watched: &Watched) -> Result<Self, Failure> {
        let lang = common.lang();
        let project = Project::of(path).map_err(|e| Failure::Input(e.message(lang)))?;
        let folder = folder_of(path).to_owned();
        let plan = match &common.plan {
            // A planner's own table stands where it was named; one in the project, beside it.
            Some(name) => project.targets(Some(name), Path::new("")),
            None => project.targets(None, &folder),
        };
        let plan = plan.map_err(|e| Failure::Input(e.message(lang)))?;
        let mut words = Vec::new();
        for folder in rule_folders(Some(path)) {
            words.extend(words_of(&folder).map_err(|e| Failure::Input(e.message(lang)))?);
        }
        for word in &project.words {
            if let Some(cause) = Vocabulary::builtin().fault_of(word) {
                say::warn(WordsError { file: path.display().to_string(), line: None, cause }.message(lang));
            }
        }
        words.extend(project.words.iter().cloned());
        let vocabulary = Arc::new(Vocabulary::builtin().with_words(&words));
        let mut layers = Vec::new();
        for (file, known) in project.files(path) {
            let layer = read_layer(&file, &common.read_options(), watched.progress())?;
            match known.role.or(layer.guessed_role) {
                // The planner's word, or a guess that no national database contradicts.
                Some(role) if known.role.is_some() || national_of(&layer, &vocabulary).is_none() => {
                    let layer = layer.with_column_names(known.names.clone());
                    let indexed = Arc::new(IndexedLayer::new(Arc::new(layer)));
                    layers.push((role, named_as_national(role, &indexed, &vocabulary)));
                }
                _ => {
                    let file = layer.source.file_name.clone();
                    let layer = layer.with_column_names(known.names.clone());
                    let indexed = Arc::new(IndexedLayer::new(Arc::new(layer)));
                    let read = as_national(&indexed, &vocabulary, lang).map_err(|e| Failure::Input(e.to_string()))?;
                    match read {
                        Some(read) => {
                            say::warn(&read.told);
                            layers.extend(read.layers);
                        }
                        None => say::warn(tr!(lang, "inspect.no_role", file = file)),
                    }
                }
            }
        }
        Ok(Self { layers, plan, project, folder, vocabulary })
    }

    /// Its layers as rules are put to them, read with the planner's own words.
    pub(super) fn input(&mut self) -> Result<RuleInput, Failure> {
        let layers = std::mem::take(&mut self.layers);
        RuleInput::with_vocabulary(layers, Arc::clone(&self.vocabulary)).map_err(|e| Failure::Input(e.to_string()))
    }

    /// A rule with the project's values of its parameters.
    pub(super) fn with_values(&self, rule: &Rule) -> (Rule, Values) {
        (rule.clone(), self.project.parameters.get(&rule.id).cloned().unwrap_or_default())
    }
}

/// The rules of the program, of the planner's configuration, and of the project's folder.
pub(super) fn catalogue(project: Option<&Path>, lang: Lang) -> Catalogue {
    let mut catalogue = Catalogue::builtin();
    for folder in rule_folders(project) {
        catalogue.add_folder(&folder).iter().for_each(|e| say::warn(e.message(lang)));
    }
    catalogue
}

/// Where planners' own rules and words stand: in their configuration, and beside the project.
fn rule_folders(project: Option<&Path>) -> impl Iterator<Item = PathBuf> {
    let config = directories::ProjectDirs::from("", "", "shanshui").map(|dirs| dirs.config_dir().join("rules"));
    config.into_iter().chain(project.map(|path| folder_of(path).join("rules")))
}
