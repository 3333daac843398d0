//! A folder on the disk whose files are read, and what they were when they were opened.

use super::{Bytes, Folder, Input};
use crate::io::source::{SourceFile, hex};
use crate::io::{NoFile, ReadCause};
use crate::model::Origin;
use sha2::{Digest as _, Sha256};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// A folder of the disk: its files, and those of folders that are formats by themselves (`x.gdb`).
#[derive(Debug)]
pub struct OnDisk {
    root: PathBuf,
    /// Files opened so far, by name.
    opened: Mutex<Vec<(String, Arc<DiskFile>)>>,
    /// True where their hashes are worked out while they are read.
    is_hashed: AtomicBool,
}

/// Files of a folder that is looked into are not more than this.
const FILES: usize = 100_000;
/// The hash of a smaller file takes no time worth a thread; bytes.
const HASHED_BESIDE: u64 = 1 << 20;

impl OnDisk {
    /// The folder a path is in, and the path's name in it.
    ///
    /// # Errors
    /// `NotFound` where nothing is there.
    pub fn at(path: &Path) -> Result<(Arc<Self>, Input)> {
        std::fs::metadata(path)?;
        let root = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let name = path.file_name().ok_or_else(|| Error::new(ErrorKind::NotFound, "no file name"))?;
        let name = name.to_string_lossy().into_owned();
        let folder = Arc::new(Self { root, opened: Mutex::default(), is_hashed: AtomicBool::new(false) });
        let input = Input { folder: Arc::clone(&folder) as Arc<dyn Folder>, name };
        Ok((folder, input))
    }

    /// A path among the files of its folder.
    ///
    /// # Errors
    /// As [`Self::at`].
    pub fn input(path: &Path) -> Result<Input> {
        Self::at(path).map(|(_, input)| input)
    }

    /// Fails where a file that was opened is another now: what was read may be of two states.
    ///
    /// # Errors
    /// [`crate::model::SourceChanged`]; what the system says.
    pub fn check_read(&self) -> Result<()> {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner).clone();
        opened.iter().try_for_each(|(_, file)| file.file.check_read(&file.path))
    }

    /// From here on the hash of every file is worked out on another core while it is read, of those that are open already too.
    pub fn hash_beside(&self) {
        let opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_hashed.store(true, Ordering::Relaxed);
        opened.iter().for_each(|(_, file)| file.hash_beside());
    }

    /// The files opened so far, in order of their names.
    pub fn opened(&self) -> Vec<(String, Arc<DiskFile>)> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner).clone();
        opened.sort_by(|a, b| a.0.cmp(&b.0));
        opened
    }
}

impl Folder for OnDisk {
    fn names(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.root)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = entry.path();
            if path.is_dir() {
                if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gdb")) {
                    let inner = std::fs::read_dir(&path)?.flatten().filter(|inner| inner.path().is_file());
                    names.extend(inner.map(|inner| format!("{name}/{}", inner.file_name().to_string_lossy())));
                }
            } else {
                names.push(name);
            }
            if names.len() > FILES {
                break;
            }
        }
        names.sort();
        Ok(names)
    }

    fn open(&self, name: &str) -> Result<Arc<dyn Bytes>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, file)) = opened.iter().find(|(known, _)| known == name) {
            return Ok(Arc::clone(file) as Arc<dyn Bytes>);
        }
        let path = self.root.join(name);
        let file = match SourceFile::open(&path)? {
            Ok(file) => file,
            Err(no_file) => return Err(Error::other(NotAFile(no_file))),
        };
        let file = Arc::new(DiskFile { file, path, hash: Mutex::default() });
        if self.is_hashed.load(Ordering::Relaxed) {
            file.hash_beside();
        }
        opened.push((name.to_owned(), Arc::clone(&file)));
        Ok(file)
    }
}

/// What is no regular file.
#[derive(Debug, thiserror::Error)]
#[error("not a regular file")]
struct NotAFile(NoFile);

/// Why something of a folder could not be read.
pub(in crate::io) fn cause_of(e: Error) -> ReadCause {
    match e.get_ref().and_then(|inner| inner.downcast_ref::<NotAFile>()) {
        Some(NotAFile(no_file)) => ReadCause::NoFile(*no_file),
        None => e.into(),
    }
}

/// A file of the disk.
#[derive(Debug)]
pub struct DiskFile {
    file: Arc<SourceFile>,
    path: PathBuf,
    hash: Mutex<Hash>,
}

/// The hash of a file.
#[derive(Debug, Default)]
enum Hash {
    /// Nobody asked.
    #[default]
    Unknown,
    /// On its way.
    Beside(Beside),
    /// There.
    Known(String),
}

/// A thread that works a hash out. It ends early where nobody waits for it any more.
#[derive(Debug)]
struct Beside {
    thread: Option<JoinHandle<Result<String>>>,
    is_wanted: Arc<AtomicBool>,
}

impl Beside {
    fn start(file: Arc<SourceFile>) -> Self {
        let is_wanted = Arc::new(AtomicBool::new(true));
        let goes_on = Arc::clone(&is_wanted);
        let thread = std::thread::spawn(move || file.sha256_while(&|| goes_on.load(Ordering::Relaxed)));
        Self { thread: Some(thread), is_wanted }
    }

    fn wait(mut self) -> Result<String> {
        let broken = || Err(Error::other("the hash could not be worked out"));
        self.thread.take().map_or_else(broken, |thread| thread.join().unwrap_or_else(|_| broken()))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.is_wanted.store(false, Ordering::Relaxed);
    }
}

impl DiskFile {
    fn hash_beside(&self) {
        let mut hash = self.hash.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*hash, Hash::Unknown) && self.file.len >= HASHED_BESIDE {
            *hash = Hash::Beside(Beside::start(Arc::clone(&self.file)));
        }
    }

    fn sha256(&self) -> Result<String> {
        let mut hash = self.hash.lock().unwrap_or_else(PoisonError::into_inner);
        let known = match std::mem::take(&mut *hash) {
            Hash::Unknown => self.file.sha256()?,
            Hash::Beside(beside) => beside.wait()?,
            Hash::Known(known) => known,
        };
        *hash = Hash::Known(known.clone());
        Ok(known)
    }
}

impl Bytes for DiskFile {
    fn len(&self) -> u64 {
        self.file.len
    }

    fn read_at(&self, from: u64, into: &mut [u8]) -> Result<()> {
        self.file.read_exact_at(from, into)
    }

    fn path(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

/// Files that a layer was read from together: a shapefile's, a geodatabase's. Its hash is that of the list of their hashes and
/// names as `sha256sum` prints it; of one file alone it is the file's.
#[derive(Debug)]
pub struct Set {
    name: String,
    files: Vec<(String, Arc<DiskFile>)>,
}

impl Set {
    /// Of a main file of this name and those opened with it.
    pub fn new(name: String, files: Vec<(String, Arc<DiskFile>)>) -> Self {
        Self { name, files }
    }

    /// Bytes of all.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|(_, file)| file.len()).sum()
    }
}

impl Origin for Set {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, _: u64, _: &mut [u8]) -> Result<()> {
        // No text of a layer was left in such files.
        Err(ErrorKind::Unsupported.into())
    }

    fn sha256(&self) -> Result<String> {
        if let [(_, file)] = &self.files[..] {
            return file.sha256();
        }
        let mut hasher = Sha256::new();
        for (name, file) in &self.files {
            hasher.update(format!("{}  {name}\n", file.sha256()?));
        }
        Ok(hex(&hasher.finalize()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Digest;

    #[test]
    fn hashes_that_are_worked_out_beside_reading_are_those_of_the_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let bytes = |seed: u8, length: u64| (0..length).map(|i| (i as u8).wrapping_mul(seed)).collect::<Vec<_>>();
        // A small one, and two that are worth a thread; one of these was opened before.
        let files = [("a.dbf", 3, 100), ("b.shp", 5, HASHED_BESIDE), ("c.shx", 7, 3 * HASHED_BESIDE + 1)];
        for (name, seed, length) in files {
            std::fs::write(folder.path().join(name), bytes(seed, length)).expect("written");
        }
        let set = |is_beside: bool| {
            let (on_disk, input) = OnDisk::at(&folder.path().join("b.shp")).expect("there");
            input.open().expect("opened");
            if is_beside {
                on_disk.hash_beside();
            }
            files.iter().for_each(|(name, ..)| drop(on_disk.open(name).expect("opened")));
            Set::new("b.shp".to_owned(), on_disk.opened())
        };
        let expected = set(false).sha256().expect("a hash");
        let beside = Digest::of(Arc::new(set(true)));
        assert_eq!(beside.sha256().expect("a hash"), expected);
        assert_eq!(beside.sha256().expect("the same again"), expected);
    }

    #[test]
    fn a_file_that_changes_beside_reading_has_no_hash() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.shp");
        std::fs::write(&path, vec![1; 2 * HASHED_BESIDE as usize]).expect("written");
        let (on_disk, input) = OnDisk::at(&path).expect("there");
        input.open().expect("opened");
        let set = Set::new("a.shp".to_owned(), on_disk.opened());
        std::fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, b"x"))
            .expect("written");
        on_disk.hash_beside();
        let e = set.sha256().expect_err("another file");
        assert!(e.get_ref().is_some_and(|inner| inner.is::<crate::model::SourceChanged>()), "{e:?}");
    }
}
