//! The files of a folder that may be layers, and those of the folders in it: what comes from several offices comes in several folders.

use super::contents::{Ignored, Why};
use super::copies::{files_of, is_mere_table};
use super::members::is_folder;
use super::pack::holds_project;
use super::project::folder_of;
use crate::i18n::Said;
use crate::io::{ReadOptions, file_name, is_layer_ending, is_ours, layers_of};
use std::path::{Path, PathBuf};

/// How far a folder is looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Its own files. Folders in it that hold layers are named.
    Alone,
    /// Those of the folders in it as well, as far as `LEVELS` and `FILES` go; what lies beyond is named.
    Whole,
}

/// Levels of folders that are looked into below the first.
const LEVELS: usize = 6;
/// Files that are taken for layers before folders are left alone: a folder that was meant holds fewer.
const FILES: usize = 500;
/// Folders that are looked into, and entries of them where only names are looked at, before the rest is left alone.
const FOLDERS: usize = 300;
const ENTRIES: usize = 5_000;
/// The file by which a folder of answers is known.
const SUMMARY: &str = "summary.json";

/// The files of a folder that are layers as far as names tell, and what is left out; names of what lies in a folder within begin
/// with that folder's.
///
/// # Errors
/// What the system says of the folder itself; a folder within that cannot be looked into is named.
pub(super) fn files_in(folder: &Path, depth: Depth) -> std::io::Result<(Vec<PathBuf>, Vec<Ignored>)> {
    let (mut files, mut ignored) = files_of(folder)?;
    archives(folder, "", depth, &mut files, &mut ignored);
    let mut left = FOLDERS;
    look(folder, "", depth, LEVELS, &mut left, &mut files, &mut ignored);
    Ok((files, ignored))
}

/// Adds the archives in a folder that hold layers, and names those that are what lies unpacked beside them.
fn archives(folder: &Path, prefix: &str, depth: Depth, files: &mut Vec<PathBuf>, out: &mut Vec<Ignored>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let is_zip = |path: &PathBuf| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("zip"));
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(is_zip).collect();
    paths.sort();
    for path in paths {
        let name = file_name(&path);
        // A packed project is opened by itself.
        let is_project = holds_project(&path);
        let holds_layers = || layers_of(&path, &ReadOptions::default()).map(|layers| !layers.is_empty());
        let why = match (name.starts_with('.'), is_project, holds_layers()) {
            (true, ..) => Some(Why::Hidden),
            (_, true, _) => Some(Why::Project),
            (.., Ok(false)) => continue,
            (.., Err(e)) => Some(Why::Unread(Said::told(|lang| e.message(lang)))),
            (.., Ok(true)) => {
                let stem = path.with_extension("");
                let twin = files.iter().find(|file| file.with_extension("") == stem).map(|file| file_name(file));
                twin.map(Why::Copy).or((depth == Depth::Alone).then_some(Why::Folder))
            }
        };
        match why {
            Some(why) => out.push(Ignored { file: format!("{prefix}{name}"), why }),
            None => files.push(path),
        }
    }
}

/// Adds what the folders in a folder hold.
fn look(
    folder: &Path,
    prefix: &str,
    depth: Depth,
    levels: usize,
    left: &mut usize,
    files: &mut Vec<PathBuf>,
    out: &mut Vec<Ignored>,
) {
    for within in folders_of(folder) {
        let name = format!("{prefix}{}", file_name(&within));
        let is_wanted = depth == Depth::Whole && levels > 0 && *left > 0;
        let own = is_wanted.then(|| files_of(&within).ok()).flatten();
        let Some((own, ignored)) = own.filter(|(own, _)| files.len() + own.len() <= FILES) else {
            if holds_layers(&within, LEVELS, &mut { ENTRIES }) {
                out.push(Ignored { file: name, why: Why::Folder });
            }
            continue;
        };
        *left -= 1;
        files.extend(own);
        out.extend(ignored.into_iter().map(|ignored| Ignored { file: format!("{name}/{}", ignored.file), ..ignored }));
        archives(&within, &format!("{name}/"), depth, files, out);
        look(&within, &format!("{name}/"), depth, levels - 1, left, files, out);
    }
}

/// True where a folder or one in it holds files that are called like layers (tables are of all kinds), as far as so many entries go.
fn holds_layers(folder: &Path, levels: usize, entries: &mut usize) -> bool {
    let Ok(listed) = std::fs::read_dir(folder) else { return true };
    for path in listed.flatten().map(|entry| entry.path()) {
        let Some(less) = entries.checked_sub(1) else { return false };
        *entries = less;
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        let is_called = ending == "geojson" || is_layer_ending(&ending) && !is_mere_table(&path);
        if is_called && !file_name(&path).starts_with('.') {
            return true;
        }
    }
    levels > 1 && folders_of(folder).iter().any(|within| holds_layers(within, levels - 1, entries))
}

/// The folders in a folder, in the order of their names: not those that are hidden, one format (`x.gdb`), a link, the place of rules,
/// or answers of this program.
fn folders_of(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    // A link may lead back to where it stands.
    let real = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let mut folders: Vec<PathBuf> = real.map(|entry| entry.path()).filter(|path| is_folder(path)).collect();
    folders.retain(|path| {
        let name = file_name(path);
        !name.starts_with('.') && name != "rules" && name != "__MACOSX" && !is_ours(&path.join(SUMMARY))
    });
    folders.sort();
    folders
}

/// Where planners' own rules and words stand: in their configuration, and beside what is opened (a folder, a project, a
/// file).
pub fn rule_folders(path: Option<&Path>) -> impl Iterator<Item = PathBuf> {
    let config = directories::ProjectDirs::from("", "", "shanshui").map(|dirs| dirs.config_dir().join("rules"));
    config.into_iter().chain(path.map(|path| folder_of(path).join("rules")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_within_are_read_where_that_is_wanted_and_named_where_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let put = |path: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().expect("one")).expect("writable");
            // What has this program's mark is an answer, whatever it is called.
            let is_summary = path.ends_with(SUMMARY);
            let text = if is_summary { r#"{"rules":[],"plan":null,"seconds":{}}"# } else { "{}" };
            std::fs::write(path, text).expect("writable");
        };
        for path in [
            "a.geojson",
            "水务局/b.geojson",
            "水务局/十月/c.kml",
            "answers/summary.json",
            "answers/d.geojson",
            ".hidden/e.geojson",
            "rules/f.geojson",
            "文档/说明.docx",
            "设计院/院内/g.dxf",
        ] {
            put(path);
        }
        let names = |depth| {
            let (files, ignored) = files_in(folder.path(), depth).expect("readable");
            let files: Vec<String> = files.iter().map(|path| file_name(path)).collect();
            let named: Vec<String> = ignored.into_iter().map(|ignored| ignored.file).collect();
            (files, named)
        };
        let (mut files, named) = names(Depth::Whole);
        files.sort();
        assert_eq!((files, named.len()), (["a.geojson", "b.geojson", "c.kml", "g.dxf"].map(String::from).into(), 0));
        let (files, named) = names(Depth::Alone);
        assert_eq!((files, named), (vec!["a.geojson".to_owned()], vec!["水务局".to_owned(), "设计院".to_owned()]));
    }

    #[test]
    fn folders_without_end_are_named_and_not_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let deep = (0..LEVELS + 2).fold(folder.path().to_owned(), |path, i| path.join(format!("{i}")));
        std::fs::create_dir_all(&deep).expect("writable");
        std::fs::write(deep.join("a.geojson"), "{}").expect("writable");
        let (files, ignored) = files_in(folder.path(), Depth::Whole).expect("readable");
        assert_eq!(files, Vec::<PathBuf>::new());
        assert_eq!(ignored.iter().filter(|ignored| ignored.why == Why::Folder).count(), 1, "{ignored:?}");
    }
}
