//! `ingest`: a project becomes a data set, whole or not at all.

use crate::data::{FORM, LayerOf, MANIFEST, Manifest, copy_files, write_layers};
use crate::identity;
use crate::texts::{ClusterError, told};
use shanshui_core::i18n::Lang;
use shanshui_core::io::{TEMPORARY, disk};
use shanshui_core::rules::RuleInput;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Component, Path, PathBuf};

/// How names of projects end.
const PROJECT: &str = ".shanshui.json";

/// What belongs to a project, below a folder.
#[derive(Debug, PartialEq, Eq)]
pub struct Members {
    /// The folder that they stand in.
    pub folder: PathBuf,
    /// The project's file; `None` where the folder is the project.
    pub project: Option<String>,
    /// The files, relative to the folder, in order.
    pub files: Vec<PathBuf>,
}

impl Members {
    /// Those of a project: everything in a folder; of a project's file what it names, and the rules and words beside it.
    ///
    /// # Errors
    /// Where it cannot be read, stands in a store or an archive, or names files that lie elsewhere.
    pub fn of(project: &Path, lang: Lang) -> Result<Self, ClusterError> {
        let shown = project.display().to_string();
        let failed = |cause: String| ClusterError::Input(told::unreadable(lang, &shown, &cause));
        if shanshui_core::io::store::is_store(project) {
            return Err(ClusterError::Input(told::no_store(lang, &shown)));
        }
        let metadata = std::fs::metadata(project).map_err(|e| failed(e.to_string()))?;
        let name = project.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if metadata.is_dir() {
            let mut files = Vec::new();
            collect(project, Path::new(""), &mut files).map_err(|e| failed(e.to_string()))?;
            return Ok(Self { folder: project.to_owned(), project: None, files });
        }
        if !name.to_lowercase().ends_with(PROJECT) {
            return Err(ClusterError::Input(told::no_project(lang, &shown)));
        }
        let folder = match project.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let text = std::fs::read(project).map_err(|e| failed(e.to_string()))?;
        let read: serde_json::Value = serde_json::from_slice(&text).map_err(|e| failed(e.to_string()))?;
        let layers = read["layers"].as_array().into_iter().flatten().filter_map(|layer| layer["file"].as_str());
        let plan = read["plan"].as_str().filter(|plan| folder.join(plan).is_file());
        let mut files = BTreeSet::from([PathBuf::from(&name)]);
        for file in layers.chain(plan) {
            let path = PathBuf::from(file);
            if !path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
                return Err(ClusterError::Input(told::lies_elsewhere(lang, &shown, file)));
            }
            beside(&folder, &path, &mut files).map_err(|e| failed(format!("{file}: {e}")))?;
        }
        let mut more = Vec::new();
        if folder.join("rules").is_dir() {
            collect(&folder, Path::new("rules"), &mut more).map_err(|e| failed(e.to_string()))?;
        }
        files.extend(more);
        Ok(Self { folder, project: Some(name), files: files.into_iter().collect() })
    }
}

/// Files below a folder, links by what they lead to; what this program left half written is none.
fn collect(root: &Path, below: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(root.join(below))?.collect::<Result<_, _>>()?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let path = below.join(&name);
        let metadata = std::fs::metadata(entry.path())?;
        if name.to_string_lossy().starts_with(TEMPORARY) {
            continue;
        }
        if metadata.is_dir() {
            collect(root, &path, files)?;
        } else if metadata.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

/// A layer's file, with all that are called like it but for their endings (a shapefile's); a folder (a file geodatabase) whole.
fn beside(folder: &Path, file: &Path, files: &mut BTreeSet<PathBuf>) -> std::io::Result<()> {
    if std::fs::metadata(folder.join(file))?.is_dir() {
        let mut all = Vec::new();
        collect(folder, file, &mut all)?;
        files.extend(all);
        return Ok(());
    }
    files.insert(file.to_owned());
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase());
    let within = file.parent().unwrap_or(Path::new(""));
    for entry in std::fs::read_dir(folder.join(within))? {
        let path = within.join(entry?.file_name());
        let is_like =
            stem(&path) == stem(file) || stem(&path) == file.file_name().map(|n| n.to_string_lossy().to_lowercase());
        if is_like && std::fs::metadata(folder.join(&path))?.is_file() {
            files.insert(path);
        }
    }
    Ok(())
}

/// Makes a data set of a project, in a folder that is not there or empty. The folder gets its name when everything is written.
///
/// # Errors
/// [`ClusterError`]: nothing is left then.
pub fn ingest(
    (members, input): (&Members, &RuleInput),
    folder: &Path,
    read: BTreeMap<String, String>,
    lang: Lang,
    tell: impl FnMut(&LayerOf),
) -> Result<(), ClusterError> {
    check(members, folder, lang)?;
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let failed = |path: &Path, e: &std::io::Error| {
        ClusterError::Output(told::unwritable(lang, &path.display().to_string(), &e.to_string()))
    };
    disk::create_dir_all(parent).map_err(|e| failed(parent, &e))?;
    // Dropped, it is gone.
    let made = tempfile::Builder::new().prefix(TEMPORARY).tempdir_in(parent).map_err(|e| failed(parent, &e))?;
    let content = made.path().join("data");
    for name in ["", "project", "layers"] {
        let path = content.join(name);
        disk::create_dir(&path).map_err(|e| failed(&path, &e))?;
    }
    let files =
        copy_files(&members.folder, &members.files, &content.join("project")).map_err(|(path, e)| failed(&path, &e))?;
    let layers = write_layers(input, &content, tell).map_err(|(path, e)| failed(&path, &e))?;
    let manifest = Manifest {
        form: FORM,
        written_by: format!("shanshui-cluster {}", env!("CARGO_PKG_VERSION")),
        build: identity::id().map_err(|e| failed(Path::new("shanshui-cluster"), &e))?.to_owned(),
        project: members.project.clone(),
        read,
        layers,
        files,
    };
    let path = content.join(MANIFEST);
    let write = || -> std::io::Result<()> {
        let mut file = disk::File::create_new_readable(&path)?;
        file.write_all(&serde_json::to_vec_pretty(&manifest)?)?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    write().map_err(|e| failed(&path, &e))?;
    if folder.is_dir() {
        // It is empty, or this fails.
        disk::remove_dir(folder).map_err(|e| failed(folder, &e))?;
    }
    disk::rename(&content, folder).map_err(|e| failed(folder, &e))?;
    disk::sync_folder(Some(parent));
    Ok(())
}

/// Refuses a folder that holds something, and one within the project or around it.
fn check(members: &Members, folder: &Path, lang: Lang) -> Result<(), ClusterError> {
    let shown = folder.display().to_string();
    match std::fs::read_dir(folder).map(|mut all| all.next().is_some()) {
        Ok(false) => {}
        Ok(true) => return Err(ClusterError::Output(told::holds_something(lang, &shown))),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
        Err(e) => return Err(ClusterError::Output(told::unwritable(lang, &shown, &e.to_string()))),
    }
    let place = |path: &Path| {
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let known = absolute.ancestors().find_map(|above| Some((above, above.canonicalize().ok()?)));
        known.and_then(|(above, real)| Some(real.join(absolute.strip_prefix(above).ok()?))).unwrap_or(absolute)
    };
    let (own, project) = (place(folder), place(&members.folder));
    // Of a project's file the folder holds more than the project.
    if own == project || (members.project.is_none() && own.starts_with(&project)) {
        return Err(ClusterError::Output(told::within_project(lang, &shown)));
    }
    Ok(())
}
