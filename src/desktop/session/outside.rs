//! Files that a project reads outside its own folder: told before they are read, as a stranger's project may name any.

use super::paths::absolute;
use super::project::{Project, folder_of, is_project, leads_out};
use crate::i18n::{Said, between, count, tr};
use std::path::Path;

/// Names that are told at most.
const SHOWN: usize = 10;

impl Project {
    /// Its layers, its backdrops and its plan that stand outside the folder of its file, as it names them: by the text of the path, or through
    /// a link. Nothing where all of them are left unread.
    pub fn outside(&self, path: &Path) -> Vec<&str> {
        if self.is_confined || !is_project(path) {
            return Vec::new();
        }
        let folder = folder_of(path);
        let own = absolute(folder);
        // What leads out by its text is not looked at: that may be a machine in a network.
        let leads_elsewhere = |file: &str| folder.join(file).canonicalize().is_ok_and(|place| !place.starts_with(&own));
        let is_outside = |file: &&str| leads_out(file) || leads_elsewhere(file);
        let plan = self.plan.as_deref().filter(|plan| crate::rules::Plan::builtin(plan).is_none());
        let pictures = self.backdrops.iter().filter_map(|backdrop| backdrop.file.as_ref()?.to_str());
        self.layers.iter().map(|layer| layer.file.as_str()).chain(pictures).chain(plan).filter(is_outside).collect()
    }
}

/// What is said of a project that is about to be read; nothing where all of it stands in its folder.
pub fn outside_told(project: &Project, path: &Path) -> Option<Said> {
    let outside = project.outside(path);
    let said = |lang| {
        let mut files: Vec<String> = outside.iter().take(SHOWN).map(|file| (*file).to_owned()).collect();
        if outside.len() > SHOWN {
            files.push(tr!(lang, "contents.more", n = count(outside.len() - SHOWN)).into_owned());
        }
        tr!(lang, "project.outside", file = path.display(), files = files.join(between(lang))).into_owned()
    };
    (!outside.is_empty()).then(|| Said::told(said))
}

/// The same of what was named on the command line, for whoever reads it later.
pub fn outside_of(paths: &[std::path::PathBuf]) -> Vec<Said> {
    let projects = paths.iter().filter_map(|path| Some((path, Project::of(path).ok()?)));
    projects.filter_map(|(path, project)| outside_told(&project, path)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;

    #[test]
    fn what_stands_outside_is_named() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("own");
        std::fs::create_dir_all(folder.join("layers")).expect("writable");
        std::fs::write(place.path().join("far.geojson"), "{}").expect("writable");
        std::fs::write(folder.join("layers/a.geojson"), "{}").expect("writable");
        let mut files = vec!["layers/a.geojson", "layers/../layers/a.geojson", "missing.geojson"];
        let mut outside = vec!["../far.geojson", "layers/../../far.geojson", "/etc/passwd", "\\\\host\\share\\x"];
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../far.geojson", folder.join("link.geojson")).expect("a link");
            std::os::unix::fs::symlink("layers/a.geojson", folder.join("inner.geojson")).expect("a link");
            outside.push("link.geojson");
            files.push("inner.geojson");
        }
        let path = folder.join("p.shanshui.json");
        let layers: Vec<_> = files.iter().chain(&outside).map(|file| serde_json::json!({ "file": file })).collect();
        let pictures = ["../base.png", "tiles", "/srv/tiles"].map(|file| serde_json::json!({ "file": file }));
        let text = serde_json::json!({"shanshui": 1, "plan": "../t.toml", "layers": layers, "backdrops": pictures});
        let text = text.to_string();
        std::fs::write(&path, text).expect("writable");
        let mut project = Project::read(&path).unwrap_or_else(|e| panic!("{e}"));
        outside.extend(["../base.png", "/srv/tiles", "../t.toml"]);
        assert_eq!(project.outside(&path), outside);
        for lang in [Lang::Zh, Lang::En] {
            let said = outside_told(&project, &path).expect("told");
            assert!(outside.iter().all(|file| said.text(lang).contains(file)), "{}", said.text(lang));
        }
        assert_eq!(outside_of(&[path.clone(), folder.join("layers/a.geojson"), folder.clone()]).len(), 1);
        project.plan = Some("BS".to_owned());
        assert_eq!(project.outside(&path).len(), outside.len() - 1);
        project.is_confined = true;
        assert!(outside_told(&project, &path).is_none());
    }
}
