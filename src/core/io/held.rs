//! A file that several programs read, change and write back is held meanwhile: the others wait.
//!
//! What is locked is a file beside it, since the file itself is replaced when it is written. It is called as temporary files
//! are, so that what a killed program leaves of it goes with the next that writes there.

use super::disk::{self, File};
use super::source::short_hash;
use super::temporary::{SUFFIX, TEMPORARY};
use super::{SaveCause, SaveError};
use std::fs::TryLockError;
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long another program is waited for: reading and writing what is held takes it moments.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long until it is looked at again.
const PAUSE: Duration = Duration::from_millis(5);

/// A file is held until this is dropped.
#[derive(Debug)]
pub struct Held {
    lock: PathBuf,
    _file: File,
}

impl Held {
    /// How long a job waits that keeps nobody from working: a million findings take another program a while.
    pub const LONG: Duration = Duration::from_secs(60);

    /// Holds a file, which need not be there. File systems without locks do without.
    ///
    /// # Errors
    /// [`SaveError`]: another program holds it for longer than a moment, or nothing can be written beside it.
    pub fn hold(path: &Path) -> std::result::Result<Self, SaveError> {
        Self::hold_patiently(path, PATIENCE)
    }

    /// The same for who can wait longer for another program.
    ///
    /// # Errors
    /// As [`Self::hold`].
    pub fn hold_patiently(path: &Path, patience: Duration) -> std::result::Result<Self, SaveError> {
        let fail = |cause| SaveError { file: path.display().to_string(), cause };
        match Self::hold_for(path, patience) {
            Ok(Some(held)) => Ok(held),
            Ok(None) => Err(fail(SaveCause::Busy)),
            Err(e) => Err(fail(e.into())),
        }
    }

    /// `None` where another program holds it all the time.
    fn hold_for(path: &Path, patience: Duration) -> Result<Option<Self>> {
        let lock = lock_of(path);
        let started = Instant::now();
        loop {
            // A pipe in its place would be waited for; a link leads elsewhere.
            if lock.symlink_metadata().is_ok_and(|found| !found.is_file()) {
                return Err(Error::from(ErrorKind::AlreadyExists));
            }
            match File::create(&lock) {
                Ok(file) => match file.try_lock() {
                    // Whoever held it before removed it: then what was locked is no one's.
                    Ok(()) if !is_at(&file, &lock) => continue,
                    Ok(()) | Err(TryLockError::Error(_)) => return Ok(Some(Self { lock, _file: file })),
                    Err(TryLockError::WouldBlock) => {}
                },
                // Where a file that is being removed keeps its name while somebody has it open.
                Err(e) if cfg!(windows) && e.kind() == ErrorKind::PermissionDenied => {}
                Err(e) => return Err(e),
            }
            if started.elapsed() >= patience {
                return Ok(None);
            }
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        // What stays is locked anew, or removed, by the next.
        let _ = disk::remove_file(&self.lock);
    }
}

/// The file that is locked for another.
fn lock_of(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default();
    path.with_file_name(format!("{TEMPORARY}{}{SUFFIX}", short_hash(name.as_encoded_bytes())))
}

/// True where a path leads to this file.
fn is_at(file: &File, path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let place = |found: std::fs::Metadata| (found.dev(), found.ino());
        let (own, there) = (file.metadata().map(place), path.metadata().map(place));
        matches!((own, there), (Ok(own), Ok(there)) if own == there)
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        path.try_exists().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::super::temporary::{is_temporary, remove_leftovers};
    use super::*;
    use crate::io::save_atomically;

    #[test]
    fn one_holds_and_the_others_wait() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("findings.geojson");
        std::fs::write(&path, "0").expect("writable");
        // Each adds one to what stands there, as often as it is its turn.
        let add = || {
            for _ in 0..8 {
                let held = Held::hold(&path).expect("moments");
                let known: u32 = std::fs::read_to_string(&path).expect("there").parse().expect("a number");
                save_atomically(&path, |out| write!(out, "{}", known + 1)).expect("writable");
                drop(held);
            }
        };
        std::thread::scope(|scope| (0..4).for_each(|_| drop(scope.spawn(add))));
        assert_eq!(std::fs::read_to_string(&path).expect("there"), "32");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing stays");
    }

    #[test]
    fn whoever_waits_in_vain_is_told_and_what_the_dead_left_is_no_hindrance() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("findings.geojson");
        let held = Held::hold(&path).expect("free");
        assert!(Held::hold_for(&path, Duration::from_millis(20)).expect("writable").is_none());
        assert!(is_temporary(lock_of(&path).file_name().expect("a name")));
        remove_leftovers(folder.path()).expect("removed");
        assert!(lock_of(&path).exists(), "it is held");
        drop(held);
        std::fs::write(lock_of(&path), "").expect("writable");
        drop(Held::hold(&path).expect("nobody holds it"));
        std::fs::write(lock_of(&path), "").expect("writable");
        remove_leftovers(folder.path()).expect("removed");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
        Held::hold(&folder.path().join("missing/findings.geojson")).expect_err("no such folder");
    }

    #[cfg(unix)]
    #[test]
    fn what_a_stranger_put_in_its_place_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let (path, other) = (folder.path().join("findings.geojson"), folder.path().join("other"));
        std::fs::write(&other, "theirs").expect("writable");
        std::os::unix::fs::symlink(&other, lock_of(&path)).expect("a link");
        Held::hold(&path).expect_err("a link");
        assert_eq!(std::fs::read_to_string(&other).expect("there"), "theirs");
    }
}
