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
        let mut file = AtomicWriteFile::open(path)?;
        file.write_all(bytes)?;
        file.commit()
    };
    write().map_err(|e| SaveError { file: path.display().to_string(), cause: e.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;

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
