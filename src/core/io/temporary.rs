//! Files and folders that are written to before they get their names, and what killed runs left of them.
//!
//! A temporary file or folder is called `.shanshui-` and sixteen hexadecimal digits, `.tmp`, and is held under an exclusive
//! lock of the operating system as long as the process that made it lives. So a later run tells what was left (nobody
//! holds the lock) from what is being written (somebody does), on this machine and, where locks reach that far, on others.

use super::disk::{self, File, sync_folder};
use super::together;
use std::ffi::OsStr;
use std::fs::TryLockError;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// How names of temporary files and folders begin.
pub const TEMPORARY: &str = ".shanshui-";
/// How they end.
pub(super) const SUFFIX: &str = ".tmp";
/// The file in a temporary folder that is locked.
const LOCK: &str = "lock";
/// Names are made up so often before it is given up.
const ATTEMPTS: usize = 64;

/// What this process is writing at the moment.
static LIVE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Held while files are moved to their places: then what was set aside is needed.
pub(super) static MOVING: Mutex<()> = Mutex::new(());

fn note(path: &Path) {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
}

fn forget(path: &Path) {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner).retain(|own| own != path);
}

/// Removes every temporary file and folder of this process: for a process that ends without unwinding, at once after this.
/// Waits for files that are being moved to their places; none is moved from here on.
pub fn remove_temporaries() {
    std::mem::forget(MOVING.lock().unwrap_or_else(PoisonError::into_inner));
    let live = std::mem::take(&mut *LIVE.lock().unwrap_or_else(PoisonError::into_inner));
    for path in live {
        // The next run removes what cannot be removed now.
        let _ = if path.is_dir() { disk::remove_dir_all(&path) } else { disk::remove_file(&path) };
    }
}

fn free_name() -> String {
    format!("{TEMPORARY}{:016x}{SUFFIX}", RandomState::new().build_hasher().finish())
}

/// True for a name that [`free_name`] gives.
pub(super) fn is_temporary(name: &OsStr) -> bool {
    let middle = name.to_str().and_then(|name| name.strip_prefix(TEMPORARY)?.strip_suffix(SUFFIX));
    middle.is_some_and(|m| m.len() == 16 && m.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)))
}

/// Locks a file that was just made. File systems without locks do without: then nothing is removed there either.
fn lock(file: &File) -> bool {
    !matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

/// A file without its name yet; removed where it is dropped before it gets one.
#[derive(Debug)]
pub(super) struct TemporaryFile {
    pub(super) file: File,
    path: PathBuf,
    has_name: bool,
}

impl TemporaryFile {
    /// In a folder, from which what killed runs left is removed first.
    pub(super) fn new_in(folder: &Path) -> Result<Self> {
        // What another run left half moved is that folder's; a file by itself can be written beside it.
        let _ = remove_leftovers(folder);
        for _ in 0..ATTEMPTS {
            let path = folder.join(free_name());
            let file = match File::create_new(&path) {
                Err(e) if e.kind() == ErrorKind::AlreadyExists => continue,
                opened => opened?,
            };
            note(&path);
            let made = Self { file, path, has_name: false };
            // Another run may have taken it for a leftover before it was locked.
            if lock(&made.file) && made.path.symlink_metadata().is_ok() {
                return Ok(made);
            }
        }
        Err(Error::from(ErrorKind::AlreadyExists))
    }

    /// Gives it its name; what had that name is gone. On disk when this returns.
    pub(super) fn rename(mut self, to: &Path) -> Result<()> {
        self.file.sync_all()?;
        disk::rename(&self.path, to)?;
        self.has_name = true;
        sync_folder(to.parent());
        Ok(())
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        if !self.has_name {
            // The next run removes what cannot be removed now.
            let _ = disk::remove_file(&self.path);
        }
        forget(&self.path);
    }
}

/// A folder of temporary files; removed where it is dropped.
#[derive(Debug)]
pub(super) struct TemporaryFolder {
    pub(super) path: PathBuf,
    _lock: File,
    is_kept: bool,
}

impl TemporaryFolder {
    /// In a folder, from which what killed runs left is removed first.
    ///
    /// # Errors
    /// What the system says; also where files that a killed run set aside cannot be put back.
    pub(super) fn new_in(folder: &Path) -> Result<Self> {
        remove_leftovers(folder)?;
        for _ in 0..ATTEMPTS {
            let path = folder.join(free_name());
            match disk::create_dir(&path) {
                Err(e) if e.kind() == ErrorKind::AlreadyExists => continue,
                made => made?,
            }
            note(&path);
            let locked = File::create_new(&path.join(LOCK));
            match locked {
                Ok(file) if lock(&file) && path.join(LOCK).exists() => {
                    return Ok(Self { path, _lock: file, is_kept: false });
                }
                // Another run took it for a leftover.
                Ok(_) => forget(&path),
                Err(e) => {
                    forget(&path);
                    let _ = disk::remove_dir(&path);
                    if e.kind() != ErrorKind::NotFound {
                        return Err(e);
                    }
                }
            }
        }
        Err(Error::from(ErrorKind::AlreadyExists))
    }

    /// Leaves the folder where it is, for the next run: it holds what could not be put back.
    pub(super) fn keep(&mut self) {
        self.is_kept = true;
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if !self.is_kept {
            remove_folder(&self.path);
        }
        forget(&self.path);
    }
}

/// Removes a temporary folder, its lock last: what is left of it stays recognisable, and goes with the next run.
fn remove_folder(path: &Path) {
    let mut is_empty = true;
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_name() != LOCK {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            let removed = match is_folder {
                true => disk::remove_dir_all(&entry.path()),
                false => disk::remove_file(&entry.path()),
            };
            is_empty &= removed.is_ok();
        }
    }
    if is_empty {
        let _ = disk::remove_file(&path.join(LOCK));
        let _ = disk::remove_dir(path);
    }
}

/// Removes what killed runs left in a folder; where one was killed while it put files in the place of others, those are put
/// back first. Costs a listing of the folder.
///
/// # Errors
/// Where they cannot be put back; they stay for the next run.
pub(super) fn remove_leftovers(folder: &Path) -> Result<()> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let mut outcome = Ok(());
    for entry in std::fs::read_dir(here).into_iter().flatten().flatten() {
        let Ok(kind) = entry.file_type() else { continue };
        if !is_temporary(&entry.file_name()) {
            continue;
        }
        let path = entry.path();
        if kind.is_dir() {
            // A folder may come from a stranger: a pipe in its place would be waited for.
            if path.join(LOCK).symlink_metadata().is_ok_and(|found| !found.is_file()) {
                continue;
            }
            match File::open(&path.join(LOCK)) {
                Ok(lock) if lock.try_lock().is_ok() => match together::roll_back(&path, here) {
                    Ok(()) => remove_folder(&path),
                    Err(e) => outcome = outcome.and(Err(Error::new(e.kind(), format!("{}: {e}", path.display())))),
                },
                // Just made, or killed before it was locked; only an empty one goes.
                Err(e) if e.kind() == ErrorKind::NotFound => drop(disk::remove_dir(&path)),
                _ => {}
            }
        } else if kind.is_file()
            && let Ok(file) = File::open(&path)
            && file.try_lock().is_ok()
        {
            // The next run removes what cannot be removed now.
            let _ = disk::remove_file(&path);
        }
    }
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(folder: &Path) -> usize {
        std::fs::read_dir(folder).expect("a folder").count()
    }

    #[test]
    fn what_killed_runs_left_goes_and_what_is_being_written_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let here = folder.path();
        // As a killed run leaves them: nobody holds a lock.
        std::fs::write(here.join(free_name()), b"half").expect("writable");
        let left = here.join(free_name());
        std::fs::create_dir_all(left.join("new")).expect("writable");
        std::fs::write(left.join(LOCK), b"").expect("writable");
        std::fs::write(left.join("new/a.geojson"), b"half").expect("writable");
        std::fs::create_dir(here.join(free_name())).expect("writable");
        // What merely looks like one is somebody else's.
        let others =
            [".shanshui-0123.tmp", ".shanshui-0123456789abcdeg.tmp", "shanshui-0123456789abcdef.tmp", ".x.tmp"];
        for name in others {
            std::fs::write(here.join(name), b"theirs").expect("writable");
        }
        let live = TemporaryFile::new_in(here).expect("writable");
        let folder_too = TemporaryFolder::new_in(here).expect("writable");
        assert_eq!(count(here), others.len() + 2);
        remove_leftovers(here).expect("nothing to put back");
        assert_eq!(count(here), others.len() + 2, "both are being written");
        drop((live, folder_too));
        assert_eq!(count(here), others.len());
    }
}
