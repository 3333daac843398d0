//! A project, or a folder, as commands put rules to it: its layers by role, its plan, its own rules and parameters.

use super::terminal::Watched;
use super::{Common, Failure};
use crate::i18n::{Lang, tr};
use crate::index::IndexedLayer;
use crate::io::read_layer;
use crate::rules::{Catalogue, Plan, RoleLayers, Rule, Values};
use crate::session::project::{Project, folder_of};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A project that was read.
pub(super) struct Opened {
    pub(super) layers: RoleLayers,
    pub(super) plan: Option<Plan>,
    project: Project,
    /// The folder that it stands in.
    pub(super) folder: PathBuf,
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
        let mut layers = Vec::new();
        for (file, known) in project.files(path) {
            let layer = read_layer(&file, &common.read_options(), watched.progress())?;
            match known.role.or(layer.guessed_role) {
                Some(role) => {
                    let layer = layer.with_column_names(known.names.clone());
                    layers.push((role, Arc::new(IndexedLayer::new(Arc::new(layer)))));
                }
                None => eprintln!("{}", tr!(lang, "inspect.no_role", file = layer.source.file_name)),
            }
        }
        Ok(Self { layers, plan, project, folder })
    }

    /// A rule with the project's values of its parameters.
    pub(super) fn with_values(&self, rule: &Rule) -> (Rule, Values) {
        (rule.clone(), self.project.parameters.get(&rule.id).cloned().unwrap_or_default())
    }
}

/// The rules of the program, of the planner's configuration, and of the project's folder.
pub(super) fn catalogue(project: Option<&Path>, lang: Lang) -> Catalogue {
    let mut catalogue = Catalogue::builtin();
    let config = directories::ProjectDirs::from("", "", "shanshui").map(|dirs| dirs.config_dir().join("rules"));
    for folder in config.into_iter().chain(project.map(|path| folder_of(path).join("rules"))) {
        catalogue.add_folder(&folder).iter().for_each(|e| eprintln!("{}", e.message(lang)));
    }
    catalogue
}
