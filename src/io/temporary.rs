//! Files and folders that are written to before they get their names, and what killed runs left of them.
//!
//! A temporary file or folder is called `.shanshui-` and sixteen hexadecimal digits, `.tmp`, and is held under an exclusive
//! lock of the operating system as long as the process that made it lives. So a later run tells what was left (nobody
//! holds the lock) from what is being written (somebody does), on this machine and, where locks reach that far, on others.

use super::together;
use std::ffi::OsStr;
use std::fs::{File, TryLockError};
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
        let _ = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
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
}

impl TemporaryFile {
    /// In a folder, from which what killed runs left is removed first.
    pub(super) fn new_in(folder: &Path) -> Result<Self> {
        remove_leftovers(folder);
        for _ in 0..ATTEMPTS {
            let path = folder.join(free_name());
            let file = match File::options().write(true).create_new(true).open(&path) {
                Err(e) if e.kind() == ErrorKind::AlreadyExists => continue,
                opened => opened?,
            };
            note(&path);
            let made = Self { file, path };
            // Another run may have taken it for a leftover before it was locked.
            if lock(&made.file) && made.path.symlink_metadata().is_ok() {
                return Ok(made);
            }
        }
        Err(Error::from(ErrorKind::AlreadyExists))
    }

    /// Gives it its name; what had that name is gone. On disk when this returns.
    pub(super) fn rename(self, to: &Path) -> Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.path, to)?;
        sync_folder(to.parent());
        Ok(())
    }
}

impl Drop for TemporaryFile {
    fn drop(&mut self) {
        // After a rename there is nothing of this name.
        let _ = std::fs::remove_file(&self.path);
        forget(&self.path);
    }
}

/// A folder of temporary files; removed where it is dropped.
#[derive(Debug)]
pub(super) struct TemporaryFolder {
    pub(super) path: PathBuf,
    _lock: File,
}

impl TemporaryFolder {
    /// In a folder, from which what killed runs left is removed first.
    pub(super) fn new_in(folder: &Path) -> Result<Self> {
        remove_leftovers(folder);
        for _ in 0..ATTEMPTS {
            let path = folder.join(free_name());
            match std::fs::create_dir(&path) {
                Err(e) if e.kind() == ErrorKind::AlreadyExists => continue,
                made => made?,
            }
            note(&path);
            let locked = File::options().write(true).create_new(true).open(path.join(LOCK));
            match locked {
                Ok(file) if lock(&file) && path.join(LOCK).exists() => return Ok(Self { path, _lock: file }),
                // Another run took it for a leftover.
                Ok(_) => forget(&path),
                Err(e) => {
                    forget(&path);
                    let _ = std::fs::remove_dir(&path);
                    if e.kind() != ErrorKind::NotFound {
                        return Err(e);
                    }
                }
            }
        }
        Err(Error::from(ErrorKind::AlreadyExists))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        remove_folder(&self.path);
        forget(&self.path);
    }
}

/// Removes a temporary folder, its lock last: what is left of it stays recognisable.
fn remove_folder(path: &Path) {
    for entry in std::fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_name() != LOCK {
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            // The next run removes what cannot be removed now.
            let _ = match is_folder {
                true => std::fs::remove_dir_all(entry.path()),
                false => std::fs::remove_file(entry.path()),
            };
        }
    }
    let _ = std::fs::remove_file(path.join(LOCK));
    let _ = std::fs::remove_dir(path);
}

/// Removes what killed runs left in a folder; where one was killed while it put files in the place of others, those are put
/// back first. Costs a listing of the folder.
pub(super) fn remove_leftovers(folder: &Path) {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
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
            match File::options().write(true).open(path.join(LOCK)) {
                Ok(lock) if lock.try_lock().is_ok() => {
                    together::roll_back(&path, here);
                    remove_folder(&path);
                }
                // Just made, or killed before it was locked; only an empty one goes.
                Err(e) if e.kind() == ErrorKind::NotFound => drop(std::fs::remove_dir(&path)),
                _ => {}
            }
        } else if kind.is_file()
            && let Ok(file) = File::options().write(true).open(&path)
            && file.try_lock().is_ok()
        {
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// Writes a folder's entries to disk, where the system can; a crash of the machine may else bring back what stood there.
pub(super) fn sync_folder(folder: Option<&Path>) {
    #[cfg(unix)]
    if let Some(folder) = folder {
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        // Some file systems cannot; the files themselves are on disk.
        let _ = File::open(here).and_then(|folder| folder.sync_all());
    }
    #[cfg(not(unix))]
    let _ = folder;
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
        remove_leftovers(here);
        assert_eq!(count(here), others.len() + 2, "both are being written");
        drop((live, folder_too));
        assert_eq!(count(here), others.len());
    }
}
