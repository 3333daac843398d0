//! The folder in which an archive is unpacked before its files get their place.

use crate::io::disk::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What folders are called in which archives are being unpacked.
const UNPACKING: &str = ".shanshui-unpacking-";

/// Where in such a folder the archive's files stand.
const CONTENT: &str = "content";
/// The file in such a folder that is locked.
const HELD: &str = "held";

/// A folder to unpack in. It is held while it is filled, so that the next to unpack knows what was left by one that was killed;
/// it goes with everything in it, whatever happens.
pub(super) struct Workshop {
    folder: PathBuf,
    held: Option<File>,
}

impl Workshop {
    pub(super) fn new(beside: &Path) -> std::io::Result<Self> {
        Self::clear(beside);
        for n in 0..1_000 {
            let folder = beside.join(format!("{UNPACKING}{}-{n}", std::process::id()));
            match disk::create_dir(&folder) {
                Ok(()) => {
                    let mut workshop = Self { folder, held: None };
                    let held = match File::create_new(&workshop.folder.join(HELD)) {
                        // Another that unpacks here took the empty folder for a leftover.
                        Err(e) if e.kind() == ErrorKind::NotFound => continue,
                        held => held?,
                    };
                    // Where there are no locks nobody clears up, either.
                    let _ = held.try_lock();
                    workshop.held = Some(held);
                    disk::create_dir(&workshop.content())?;
                    return Ok(workshop);
                }
                Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
                Err(e) => return Err(e),
            }
        }
        Err(ErrorKind::AlreadyExists.into())
    }

    pub(super) fn content(&self) -> PathBuf {
        self.folder.join(CONTENT)
    }

    /// Removes what killed programs left.
    fn clear(beside: &Path) {
        for entry in std::fs::read_dir(beside).into_iter().flatten().flatten() {
            let is_one = entry.file_name().to_str().is_some_and(|name| name.starts_with(UNPACKING));
            // A link of that name is nobody's workshop.
            if is_one && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                let path = entry.path();
                let held = path.join(HELD);
                let is_free = || File::open_to_read(&held).is_ok_and(|held| held.try_lock().is_ok());
                match held.symlink_metadata() {
                    Ok(found) if found.is_file() && is_free() => Self::remove(&path),
                    // Killed before it was held, or just made; only an empty one goes.
                    Err(e) if e.kind() == ErrorKind::NotFound => drop(disk::remove_dir(&path)),
                    _ => {}
                }
            }
        }
    }

    /// Removes a folder, what it is known by last: what stays is cleared by the next.
    fn remove(folder: &Path) {
        let _ = disk::remove_dir_all(&folder.join(CONTENT));
        if !folder.join(CONTENT).exists() {
            let _ = disk::remove_file(&folder.join(HELD));
            let _ = disk::remove_dir(folder);
        }
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        self.held = None;
        Self::remove(&self.folder);
    }
}
