//! Atomic saving: write beside, flush to disk, rename.

use crate::i18n::{Lang, tr};
use crate::model::SourceChanged;
use atomic_write_file::AtomicWriteFile;
use serde::{Deserialize, Serialize};
use std::io::{Error, Result, Write};
use std::path::Path;
use std::time::SystemTime;

/// What tells whether a file is the one it was: its size and the time it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStamp {
    bytes: u64,
    #[serde(with = "super::moment")]
    written: Option<SystemTime>,
}

impl FileStamp {
    /// Of a file as it is now.
    ///
    /// # Errors
    /// Where there is none, or it cannot be looked at.
    pub fn of(path: &Path) -> Result<Self> {
        let metadata = std::fs::metadata(path)?;
        Ok(Self { bytes: metadata.len(), written: metadata.modified().ok() })
    }
}

/// Why a file could not be written. The old file, if there was one, is untouched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub struct SaveError {
    /// The file.
    pub file: String,
    /// Why.
    pub cause: SaveCause,
}

/// Why a file could not be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveCause {
    /// The operating system says so.
    System(String),
    /// An input (its name) was changed by another program since it was read, and is needed for the answer.
    InputChanged(String),
    /// What was to be written is no longer there.
    Gone,
    /// It is the file of an open layer.
    IsALayer,
    /// Another program changed the file since it was read or saved.
    ChangedOnDisk,
}

impl From<Error> for SaveCause {
    fn from(e: Error) -> Self {
        match e.get_ref().and_then(|inner| inner.downcast_ref::<SourceChanged>()) {
            Some(SourceChanged(file)) => Self::InputChanged(file.clone()),
            None => Self::System(e.to_string()),
        }
    }
}

impl SaveError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match &self.cause {
            SaveCause::System(cause) => tr!(lang, "save.error", file = self.file, cause = cause),
            SaveCause::InputChanged(input) => tr!(lang, "save.input_changed", file = self.file, input = input),
            SaveCause::IsALayer => tr!(lang, "save.is_a_layer", file = self.file),
            SaveCause::ChangedOnDisk => tr!(lang, "save.changed_on_disk", file = self.file),
            SaveCause::Gone => tr!(lang, "save.gone", file = self.file),
        }
        .into_owned()
    }
}

/// Writes to `path` what `write` gives, so that a crash, a full disk or a failure leaves either the old file or
/// the new one, never a part.
///
/// # Errors
/// [`SaveError`] with the operating system's cause, or `write`'s.
pub fn save_atomically(
    path: &Path,
    write: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>,
) -> std::result::Result<(), SaveError> {
    let save = || -> Result<()> {
        // A link's target is what is meant; a pipe or a device can only be written to, never replaced.
        let target = match path.canonicalize() {
            Ok(target) if !target.is_file() && !target.is_dir() => {
                return write(&mut std::fs::OpenOptions::new().write(true).open(target)?);
            }
            Ok(target) => target,
            Err(_) => path.to_owned(),
        };
        let mut file = AtomicWriteFile::open(target)?;
        write(&mut *file)?;
        file.commit()
    };
    save().map_err(|e| SaveError { file: path.display().to_string(), cause: e.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn links_are_followed_and_devices_written_to() {
        let folder = tempfile::tempdir().expect("a folder");
        let (target, link) = (folder.path().join("target"), folder.path().join("link"));
        std::fs::write(&target, b"old").expect("writable");
        std::os::unix::fs::symlink(&target, &link).expect("a link");
        save_atomically(&link, |out| out.write_all(b"new")).expect("writable");
        assert!(link.symlink_metadata().expect("there").is_symlink());
        assert_eq!(std::fs::read(&target).expect("readable"), b"new");
        save_atomically(Path::new("/dev/null"), |out| out.write_all(b"gone")).expect("writable");
        assert!(!Path::new("/dev/null").is_file(), "still a device");
    }

    #[test]
    fn a_failure_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = folder.path().join("missing").join("a.geojson");
        let error = save_atomically(&missing, |out| out.write_all(b"x")).expect_err("no such folder");
        assert!(error.message(Lang::En).contains("a.geojson"));
        let file = folder.path().join("a.geojson");
        save_atomically(&file, |out| out.write_all(b"one")).expect("writable");
        save_atomically(&file, |out| out.write_all(b"two")).expect("writable");
        assert_eq!(std::fs::read(&file).expect("readable"), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
