//! Atomic saving: write beside, flush to disk, rename.

use crate::i18n::{Lang, tr};
use atomic_write_file::AtomicWriteFile;
use std::io::Write;
use std::path::Path;

/// Why a file could not be written. The old file, if there was one, is untouched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub struct SaveError {
    /// The file.
    pub file: String,
    /// What the operating system says.
    pub cause: String,
}

impl SaveError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        tr!(lang, "save.error", file = self.file, cause = self.cause).into_owned()
    }
}

/// Writes `bytes` to `path` so that a crash, a full disk or a failure leaves either the old file or
/// the new one, never a part.
///
/// # Errors
/// [`SaveError`] with the operating system's cause.
pub fn save_atomically(path: &Path, bytes: &[u8]) -> Result<(), SaveError> {
    let write = || -> std::io::Result<()> {
        // A link's target is what is meant; a pipe or a device can only be written to, never replaced.
        let target = match path.canonicalize() {
            Ok(target) if !target.is_file() && !target.is_dir() => {
                return std::fs::OpenOptions::new().write(true).open(target)?.write_all(bytes);
            }
            Ok(target) => target,
            Err(_) => path.to_owned(),
        };
        let mut file = AtomicWriteFile::open(target)?;
        file.write_all(bytes)?;
        file.commit()
    };
    write().map_err(|e| SaveError { file: path.display().to_string(), cause: e.to_string() })
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
        save_atomically(&link, b"new").expect("writable");
        assert!(link.symlink_metadata().expect("there").is_symlink());
        assert_eq!(std::fs::read(&target).expect("readable"), b"new");
        save_atomically(Path::new("/dev/null"), b"gone").expect("writable");
        assert!(!Path::new("/dev/null").is_file(), "still a device");
    }

    #[test]
    fn a_failure_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = folder.path().join("missing").join("a.geojson");
        let error = save_atomically(&missing, b"x").expect_err("no such folder");
        assert!(error.message(Lang::En).contains("a.geojson"));
        let file = folder.path().join("a.geojson");
        save_atomically(&file, b"one").expect("writable");
        save_atomically(&file, b"two").expect("writable");
        assert_eq!(std::fs::read(&file).expect("readable"), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }
}
