//! Files with findings that earlier runs left: which of them an answer takes on, and which stand elsewhere in the folder of a
//! project and are not read.

use crate::i18n::{Lang, between, tr};
use crate::io::file_name;
use crate::rules::findings::FILE;
use std::path::{Path, PathBuf};

/// Folders below a project's that are looked into, and how deep: a project may stand in a folder with everything in it.
const FOLDERS: usize = 500;
const DEPTH: usize = 3;

/// The findings that an answer takes on, and those it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindingsFiles {
    /// Those that were read.
    pub read: Vec<String>,
    /// Those that stand elsewhere in the project's folder.
    pub elsewhere: Vec<String>,
}

impl FindingsFiles {
    /// Of a project's folder, where these files were read. Names are told from the folder, other files by their own.
    pub fn of(folder: &Path, read: &[PathBuf]) -> Self {
        let same = |a: &Path, b: &Path| a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b));
        let name = |file: &PathBuf| match file.strip_prefix(folder) {
            Ok(inside) if !folder.as_os_str().is_empty() => inside.display().to_string(),
            _ => file.display().to_string(),
        };
        let mut distinct: Vec<&PathBuf> = Vec::new();
        for file in read.iter().filter(|file| file.exists()) {
            if !distinct.iter().any(|known| same(known, file)) {
                distinct.push(file);
            }
        }
        let is_unread = |file: &PathBuf| !read.iter().any(|own| same(own, file));
        let elsewhere = below(folder).into_iter().filter(is_unread);
        Self { read: distinct.into_iter().map(name).collect(), elsewhere: elsewhere.map(|file| name(&file)).collect() }
    }

    /// What is said of them, for the command line; nothing where there are none.
    pub fn told(&self, lang: Lang) -> Vec<String> {
        let list = |files: &[String]| files.join(between(lang));
        let mut told = Vec::new();
        if !self.read.is_empty() {
            told.push(tr!(lang, "findings.read_from", files = list(&self.read)).into_owned());
        }
        if !self.elsewhere.is_empty() {
            told.push(tr!(lang, "findings.elsewhere", files = list(&self.elsewhere)).into_owned());
        }
        told
    }

    /// For programs.
    pub fn json(&self) -> serde_json::Value {
        serde_json::json!({ "read": self.read, "elsewhere": self.elsewhere })
    }
}

/// The findings in a folder and below it, in the order of their names. Hidden folders and links are not followed; a folder that
/// cannot be read has none.
fn below(folder: &Path) -> Vec<PathBuf> {
    let start = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let (mut found, mut open, mut left) = (Vec::new(), vec![(start.to_owned(), 0)], FOLDERS);
    while let Some((folder, depth)) = open.pop() {
        let Some(fewer) = left.checked_sub(1) else { break };
        left = fewer;
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let is_hidden = file_name(&path).starts_with('.');
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < DEPTH && !is_hidden => open.push((path, depth + 1)),
                Ok(kind) if kind.is_file() && file_name(&path) == FILE => {
                    found.push(path.strip_prefix("./").map(Path::to_owned).unwrap_or(path));
                }
                _ => {}
            }
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_elsewhere_are_named_and_what_is_read_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name);
        for name in ["answers", "2024/三月", ".hidden", "a/b/c/d/e"] {
            std::fs::create_dir_all(at(name)).expect("a folder");
        }
        let files =
            ["findings.geojson", "answers/findings.geojson", "2024/三月/findings.geojson", ".hidden/findings.geojson"];
        for name in files.iter().chain(&["a/b/c/d/e/findings.geojson", "answers/other.geojson"]) {
            std::fs::write(at(name), "{}").expect("written");
        }
        let of = |read: &[PathBuf]| FindingsFiles::of(folder.path(), read);
        let own = of(&[at("findings.geojson")]);
        assert_eq!(own.read, ["findings.geojson"]);
        assert_eq!(own.elsewhere, ["2024/三月/findings.geojson", "answers/findings.geojson"]);
        // By another way to the same file.
        let read = [at("findings.geojson"), at("answers/../answers/findings.geojson")];
        assert_eq!(of(&read).elsewhere, ["2024/三月/findings.geojson"]);
        // The same file twice is one.
        assert_eq!(of(&[at("findings.geojson"), at("answers/../findings.geojson")]).read, ["findings.geojson"]);
        // What is not there was not read.
        std::fs::remove_file(at("findings.geojson")).expect("gone");
        assert_eq!(of(&[at("findings.geojson")]).read, [""; 0]);
        assert!(own.told(Lang::Zh).concat().contains("--findings"));
        assert_eq!(FindingsFiles::of(&at("none"), &[]), FindingsFiles::default());
    }
}
