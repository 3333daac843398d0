//! What a project and a session read: files that nothing is written over.

use super::members::is_folder;
use super::paths::from_folder;
use super::project::{Project, folder_of, is_project};
use super::{Key, Session};
use crate::comments;
use crate::io::{Form, Guard, SaveError, endings};
use crate::rules::Plan;
use crate::rules::findings::FILE;
use std::path::{Path, PathBuf};

/// Files of a folder whose names end so.
fn files_of(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_one =
        |path: &PathBuf| path.extension().is_some_and(|e| endings.iter().any(|known| e.eq_ignore_ascii_case(known)));
    entries.filter(is_one).collect()
}

/// Planners' own rules and words: in their configuration, and beside a project.
fn rule_files(beside: &Path) -> Vec<PathBuf> {
    let config = directories::ProjectDirs::from("", "", "shanshui").map(|dirs| dirs.config_dir().join("rules"));
    config.into_iter().chain([beside.join("rules")]).flat_map(|folder| files_of(&folder, &["toml"])).collect()
}

/// The file of a plan that is not one of the program's.
fn plan_file(name: Option<&str>, folder: &Path) -> Option<PathBuf> {
    name.filter(|name| Plan::builtin(name).is_none()).map(|name| folder.join(name))
}

/// What a command reads that is given projects, folders or layers, and a plan: the files themselves, a project's layers,
/// every layer of a folder, findings, rules, words, the plan's table.
pub fn guard_of<'a>(paths: impl IntoIterator<Item = &'a Path>, plan: Option<&str>) -> Guard {
    let mut guard = Guard::new(plan_file(plan, Path::new("")));
    for path in paths {
        let folder = folder_of(path);
        guard = guard.and([path.to_owned(), folder.join(FILE), folder.join(comments::FILE)]).and(rule_files(folder));
        if is_folder(path) {
            // Whether it is read as a layer or left out: it is the planner's, unless it is an answer of ours.
            guard = guard.and_unmarked(files_of(path, &endings()));
        } else if is_project(path)
            // One that cannot be read is told when it is read.
            && let Ok(project) = Project::read(path)
        {
            let layers: Vec<PathBuf> = project.layers.iter().map(|layer| Project::file(layer, folder)).collect();
            let pictures = project.backdrops.iter().filter_map(|backdrop| backdrop.file.as_ref());
            let pictures: Vec<PathBuf> = pictures.map(|file| from_folder(&file.to_string_lossy(), folder)).collect();
            guard = guard.and(layers).and(plan_file(project.plan.as_deref(), folder)).and_pictures(pictures);
        }
    }
    guard
}

/// What a session writes back to its own file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// A layer.
    Layer(Key),
    /// The project.
    Project,
    /// Something new.
    Nothing,
}

impl Session {
    /// Whether a session may write something to a file: the same for its commands and for the window's dialogs.
    ///
    /// # Errors
    /// [`SaveError`] with the reason: an input, findings, or the ending of another format.
    pub fn may_write(&self, but: Own, path: &Path, form: Form) -> Result<(), SaveError> {
        self.guard(but).file(path, form)
    }

    /// What this session reads, but for what is written back to where it was: the files of its layers, and everything of
    /// its project.
    pub fn guard(&self, but: Own) -> Guard {
        let own = match but {
            Own::Layer(key) => self.layer(key).and_then(|layer| layer.path.clone()),
            Own::Project | Own::Nothing => None,
        };
        let layers = self.layers().iter().filter(|layer| but != Own::Layer(layer.key));
        let files = layers.flat_map(|layer| [layer.path.clone(), layer.layer().source.path.clone()]).flatten();
        // A file that is open twice is saved by both: which was first is seen by its time.
        let pictures = self.backdrops().iter().filter_map(|open| open.backdrop.file.clone());
        let guard = Guard::new(files.filter(|file| own.as_ref() != Some(file)))
            .keeping(FILE)
            .keeping(comments::FILE)
            .and_pictures(pictures);
        let Some(open) = self.open_project() else { return guard };
        let folder = folder_of(&open.path);
        let unread = open.unread.iter().map(|layer| Project::file(layer, folder));
        guard
            .and(unread)
            .and((but != Own::Project).then(|| open.path.clone()))
            .and(rule_files(folder))
            .and(plan_file(self.plan_name(), folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_of_a_project_is_an_input() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("far")).expect("writable");
        std::fs::create_dir_all(at("map/rules")).expect("writable");
        let files = ["far/a.geojson", "map/b.geojson", "map/findings.geojson", "map/rules/mine.toml", "map/own.toml"];
        for name in files.iter().chain(&["map/rules/vocabulary.toml", "map/c.ndjson"]) {
            std::fs::write(at(name), "{}").expect("writable");
        }
        let project = r#"{"shanshui":1,"plan":"own.toml","layers":[{"file":"../far/a.geojson"},{"file":"b.geojson"}],
            "backdrops":[{"file":"../far/base.png"},{"file":"tiles"},{"url":"https://a.invalid/{z}/{x}/{y}"}]}"#;
        std::fs::create_dir_all(at("map/tiles/0/0")).expect("writable");
        for name in ["far/base.png", "far/base.pgw", "map/tiles/0/0/0.png"] {
            std::fs::write(at(name), "x").expect("writable");
        }
        std::fs::write(at("map/p.shanshui.json"), project).expect("writable");
        let path = at("map/p.shanshui.json");
        let guard = guard_of([path.as_path()], None);
        for name in files.iter().chain(&["map/rules/vocabulary.toml", "map/p.shanshui.json"]) {
            guard.file(&at(name), Form::GeoJson).expect_err(name);
        }
        for name in ["far/base.png", "far/base.pgw", "map/tiles/0/0/0.png", "map/tiles/1/0/0.png"] {
            guard.file(&at(name), Form::Png).expect_err(name);
        }
        guard.file(&at("map/c.ndjson"), Form::GeoJson).unwrap_or_else(|e| panic!("no layer of the project: {e}"));
        // Of the folder everything that may be a layer, but for answers.
        std::fs::write(at("map/near.geojson"), r#"{"shanshui":{"rule":"x"}}"#).expect("writable");
        let map = at("map");
        let guard = guard_of([map.as_path()], map.join("own.toml").to_str());
        for name in ["b.geojson", "c.ndjson", "p.shanshui.json", "findings.geojson", "rules/mine.toml", "own.toml"] {
            guard.file(&map.join(name), Form::GeoJson).expect_err(name);
        }
        guard.file(&map.join("near.geojson"), Form::GeoJson).unwrap_or_else(|e| panic!("an answer: {e}"));
    }
}
