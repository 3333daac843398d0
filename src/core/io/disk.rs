//! The disk as the program writes to it: every making, writing, flushing, renaming, removing and locking of a file goes through
//! here and nowhere else (`tests/architecture.rs`). So a test can let each of them fail in turn ([`judged`]) in the program as
//! it ships; where nobody judges, an operation costs one look at a number more than the system's own. What is only read does
//! not go through here.

use std::fs::{self, Metadata, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// What is done to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A file is made, or opened to be written to.
    Open,
    /// Bytes are written.
    Write,
    /// A file is cut off.
    Cut,
    /// A file is flushed to the disk.
    Sync,
    /// A folder's entries are flushed to the disk.
    SyncFolder,
    /// A file is locked.
    Lock,
    /// A file gets the mode and the owner of another.
    Access,
    /// A folder is made.
    MakeFolder,
    /// A file or a folder gets another name; judged by the new one.
    Rename,
    /// A file is removed.
    Remove,
    /// A folder is removed, empty or with everything in it.
    RemoveFolder,
}

/// What becomes of an operation.
#[derive(Debug)]
pub enum Fate {
    /// The system carries it out.
    Goes,
    /// The system carries out the first half of a writing, as where a disk becomes full.
    Half,
    /// It fails with this, and nothing is done.
    Fails(std::io::Error),
}

type Judge = Arc<dyn Fn(Operation, &Path) -> Fate + Send + Sync>;

/// Who judges what below which folder, by number.
static JUDGES: RwLock<Vec<(usize, PathBuf, Judge)>> = RwLock::new(Vec::new());
/// How many there are.
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Operations are judged as long as this lives.
#[derive(Debug)]
pub struct Judged {
    number: usize,
}

/// Lets a test decide what becomes of every operation below a folder, on all threads. Standard output has the path `-`.
#[must_use]
pub fn judged(below: &Path, judge: impl Fn(Operation, &Path) -> Fate + Send + Sync + 'static) -> Judged {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    JUDGES.write().unwrap_or_else(PoisonError::into_inner).push((number, below.to_owned(), Arc::new(judge)));
    COUNT.fetch_add(1, Ordering::SeqCst);
    Judged { number }
}

impl Drop for Judged {
    fn drop(&mut self) {
        COUNT.fetch_sub(1, Ordering::SeqCst);
        JUDGES.write().unwrap_or_else(PoisonError::into_inner).retain(|(number, ..)| *number != self.number);
    }
}

fn fate(operation: Operation, path: &Path) -> Fate {
    if COUNT.load(Ordering::SeqCst) == 0 {
        return Fate::Goes;
    }
    let judges = JUDGES.read().unwrap_or_else(PoisonError::into_inner);
    let judge = judges.iter().find(|(_, below, _)| path.starts_with(below)).map(|(.., judge)| Arc::clone(judge));
    drop(judges);
    judge.map_or(Fate::Goes, |judge| judge(operation, path))
}

/// Fails where the operation is to fail.
fn ask(operation: Operation, path: &Path) -> Result<()> {
    match fate(operation, path) {
        Fate::Goes | Fate::Half => Ok(()),
        Fate::Fails(e) => Err(e),
    }
}

/// Writes bytes to what has a path; how many.
pub(super) fn write(to: &mut impl Write, path: &Path, bytes: &[u8]) -> Result<usize> {
    match fate(Operation::Write, path) {
        Fate::Goes => to.write(bytes),
        Fate::Half => to.write(&bytes[..bytes.len().div_ceil(2)]),
        Fate::Fails(e) => Err(e),
    }
}

/// A file that is written to, or locked.
#[derive(Debug)]
pub struct File {
    file: fs::File,
    path: PathBuf,
}

impl File {
    fn opened(path: &Path, options: &OpenOptions) -> Result<Self> {
        ask(Operation::Open, path)?;
        Ok(Self { file: options.open(path)?, path: path.to_owned() })
    }

    /// A file that was not there.
    ///
    /// # Errors
    /// Where something has that name, or what the system says.
    pub fn create_new(path: &Path) -> Result<Self> {
        Self::opened(path, OpenOptions::new().write(true).create_new(true))
    }

    /// A file that was not there, for its owner to write and for others to read.
    ///
    /// # Errors
    /// As [`Self::create_new`].
    pub fn create_new_readable(path: &Path) -> Result<Self> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o644);
        Self::opened(path, &options)
    }

    /// A file that was not there and only grows.
    ///
    /// # Errors
    /// As [`Self::create_new`].
    pub fn append_new(path: &Path) -> Result<Self> {
        Self::opened(path, OpenOptions::new().append(true).create_new(true))
    }

    /// A file, empty, whether it was there or not.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(path: &Path) -> Result<Self> {
        Self::opened(path, OpenOptions::new().write(true).create(true).truncate(true))
    }

    /// A file or a device that is there, to be written to.
    ///
    /// # Errors
    /// What the system says.
    pub fn open(path: &Path) -> Result<Self> {
        Self::opened(path, OpenOptions::new().write(true))
    }

    /// What is there, to be written to at its end.
    ///
    /// # Errors
    /// What the system says.
    pub fn open_at_end(path: &Path) -> Result<Self> {
        Self::opened(path, OpenOptions::new().append(true))
    }

    /// A file that is there, to be read and locked. Opening it is no operation that is judged.
    ///
    /// # Errors
    /// What the system says.
    pub fn open_to_read(path: &Path) -> Result<Self> {
        Ok(Self { file: fs::File::open(path)?, path: path.to_owned() })
    }

    /// Where it was when it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the system knows of it.
    ///
    /// # Errors
    /// What the system says.
    pub fn metadata(&self) -> Result<Metadata> {
        self.file.metadata()
    }

    /// Flushes what it holds, and what the system knows of it, to the disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync_all(&self) -> Result<()> {
        ask(Operation::Sync, &self.path)?;
        self.file.sync_all()
    }

    /// Flushes what it holds to the disk.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync_data(&self) -> Result<()> {
        ask(Operation::Sync, &self.path)?;
        self.file.sync_data()
    }

    /// Cuts it off after so many bytes.
    ///
    /// # Errors
    /// What the system says.
    pub fn set_len(&self, bytes: u64) -> Result<()> {
        ask(Operation::Cut, &self.path)?;
        self.file.set_len(bytes)
    }

    /// Locks it, or waits until it can be.
    ///
    /// # Errors
    /// Where the file system knows no locks, or what the system says.
    pub fn lock(&self) -> Result<()> {
        ask(Operation::Lock, &self.path)?;
        self.file.lock()
    }

    /// Locks it, where nobody else holds it.
    ///
    /// # Errors
    /// Where somebody does, or as [`Self::lock`].
    pub fn try_lock(&self) -> std::result::Result<(), TryLockError> {
        ask(Operation::Lock, &self.path).map_err(TryLockError::Error)?;
        self.file.try_lock()
    }

    /// Gives it the mode, and where it may be given away the owner, of the one that it replaces.
    ///
    /// # Errors
    /// Where it has another mode and that cannot be changed.
    pub fn take_access(&self, before: &Metadata) -> Result<()> {
        ask(Operation::Access, &self.path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
            let own = self.file.metadata()?;
            if (own.uid(), own.gid()) != (before.uid(), before.gid()) {
                // Only root may give files away; then it is the writer's.
                let _ = fchown(&self.file, Some(before.uid()), Some(before.gid()));
            }
            self.file.set_permissions(PermissionsExt::from_mode(before.mode() & 0o777))
        }
        #[cfg(not(unix))]
        self.file.set_permissions(before.permissions())
    }
}

impl Write for File {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        write(&mut self.file, &self.path, bytes)
    }

    fn flush(&mut self) -> Result<()> {
        self.file.flush()
    }
}

impl Seek for File {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        self.file.seek(to)
    }
}

impl Read for &File {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        (&self.file).read(into)
    }
}

/// Gives a file or a folder another name; what had it is gone.
///
/// # Errors
/// What the system says; both are as they were.
pub fn rename(from: &Path, to: &Path) -> Result<()> {
    ask(Operation::Rename, to)?;
    fs::rename(from, to)
}

/// Removes a file or a link.
///
/// # Errors
/// What the system says.
pub fn remove_file(path: &Path) -> Result<()> {
    ask(Operation::Remove, path)?;
    fs::remove_file(path)
}

/// Removes an empty folder.
///
/// # Errors
/// Where something is in it, or what the system says.
pub fn remove_dir(path: &Path) -> Result<()> {
    ask(Operation::RemoveFolder, path)?;
    fs::remove_dir(path)
}

/// Removes a folder with everything in it.
///
/// # Errors
/// What the system says; a part may be gone.
pub fn remove_dir_all(path: &Path) -> Result<()> {
    ask(Operation::RemoveFolder, path)?;
    fs::remove_dir_all(path)
}

/// Makes a folder.
///
/// # Errors
/// Where something has that name, or what the system says.
pub fn create_dir(path: &Path) -> Result<()> {
    ask(Operation::MakeFolder, path)?;
    fs::create_dir(path)
}

/// Makes a folder and those above it, where they are missing.
///
/// # Errors
/// What the system says; some may be made.
pub fn create_dir_all(path: &Path) -> Result<()> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    path.parent().map_or(Ok(()), create_dir_all)?;
    match create_dir(path) {
        // Somebody else was faster.
        Err(e) if e.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        made => made,
    }
}

/// Writes a folder's entries to disk, where the system can; a crash of the machine may else bring back what stood there.
pub fn sync_folder(folder: Option<&Path>) {
    #[cfg(unix)]
    if let Some(folder) = folder {
        let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        // Some file systems cannot; the files themselves are on disk.
        let _ = ask(Operation::SyncFolder, here).and_then(|()| fs::File::open(here)?.sync_all());
    }
    #[cfg(not(unix))]
    let _ = folder;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn operations_below_a_folder_are_judged_and_no_others() {
        let (one, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let note = Arc::clone(&seen);
        let judge = judged(one.path(), move |operation, _| {
            note.lock().expect("whole").push(operation);
            match operation {
                Operation::Write => Fate::Half,
                Operation::Rename => Fate::Fails(ErrorKind::StorageFull.into()),
                _ => Fate::Goes,
            }
        });
        for (folder, is_judged) in [(one.path(), true), (other.path(), false)] {
            create_dir_all(&folder.join("a/b")).expect("made");
            let path = folder.join("a/b/c");
            let mut file = File::create_new(&path).expect("made");
            assert_eq!(file.write(b"four").expect("written"), if is_judged { 2 } else { 4 });
            assert_eq!(rename(&path, &folder.join("d")).is_err(), is_judged);
        }
        let all = [Operation::MakeFolder, Operation::MakeFolder, Operation::Open, Operation::Write, Operation::Rename];
        assert_eq!(*seen.lock().expect("whole"), all);
        drop(judge);
        rename(&one.path().join("a/b/c"), &one.path().join("d")).expect("nobody judges any more");
    }
}
