//! Where files are looked for and written: folders to begin with, names that are free, the system's own dialog.

use super::{Chosen, Target};
use crate::session::{Session, Wake};
use std::path::{Path, PathBuf};
use std::sync::mpsc::Sender;

/// A file of this name in a folder, numbered where the name is taken.
pub(in crate::ui) fn free_path(folder: &Path, name: &str) -> PathBuf {
    let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
    let numbered = (2..).map(|k| format!("{stem}-{k}.{ending}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered).map(|name| folder.join(name));
    names.find(|path| !path.exists()).unwrap_or_else(|| folder.join(name))
}

/// Where something of a session is written unless somebody says otherwise: its project's folder, else its first layer's.
pub(super) fn folder_beside(session: &Session) -> PathBuf {
    let project = session.open_project().and_then(|open| open.path.parent().map(PathBuf::from));
    let layer = || session.layers().iter().find_map(|layer| layer.path.as_deref()?.parent().map(PathBuf::from));
    project.or_else(layer).or_else(documents).unwrap_or_default()
}

/// The planner's folder for documents, else their own folder.
pub(in crate::ui) fn documents() -> Option<PathBuf> {
    let dirs = directories::UserDirs::new()?;
    Some(dirs.document_dir().filter(|d| d.is_dir()).unwrap_or_else(|| dirs.home_dir()).to_owned())
}

/// A typed path, with a leading ~ for the planner's own folder.
pub(in crate::ui) fn typed_path(text: &str) -> PathBuf {
    let text = text.trim();
    match (text.strip_prefix("~/"), directories::BaseDirs::new()) {
        (Some(rest), Some(dirs)) => dirs.home_dir().join(rest),
        _ => PathBuf::from(text),
    }
}

/// Asks the system's dialog on a thread of its own: a service that never answers must not hold the window.
pub(super) fn browse(export: Option<Target>, path: &str, sender: Sender<Option<Chosen>>, wake: Wake) {
    let suggestion = typed_path(path);
    std::thread::spawn(move || {
        let mut endings = crate::io::endings();
        endings.extend(["zip", "pdf", "png", "html"]);
        let dialog = rfd::FileDialog::new().add_filter("Shanshui", &endings);
        let chosen = match export {
            None => dialog.pick_files().map(Chosen::Open),
            Some(key) => {
                let name = suggestion.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                dialog.set_file_name(name).save_file().map(|path| Chosen::Write(key, path))
            }
        };
        // A window that is gone no longer listens.
        let _ = sender.send(chosen);
        wake();
    });
}
