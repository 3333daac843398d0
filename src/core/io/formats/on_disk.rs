//! A folder on the disk whose files are read, and what they were when they were opened.

use super::{Bytes, Folder, Input};
use crate::io::source::{SourceFile, hex};
use crate::io::{NoFile, ReadCause};
use crate::model::Origin;
use sha2::{Digest as _, Sha256};
use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A folder of the disk: its files, and those of folders that are formats by themselves (`x.gdb`).
#[derive(Debug)]
pub struct OnDisk {
    root: PathBuf,
    /// Files opened so far, by name.
    opened: Mutex<Vec<(String, Arc<DiskFile>)>>,
}

/// Files of a folder that is looked into are not more than this.
const FILES: usize = 100_000;

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
        let folder = Arc::new(Self { root, opened: Mutex::default() });
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
        let file = Arc::new(DiskFile { file, path });
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
            return file.file.sha256();
        }
        let mut hasher = Sha256::new();
        for (name, file) in &self.files {
            hasher.update(format!("{}  {name}\n", file.file.sha256()?));
        }
        Ok(hex(&hasher.finalize()))
    }
}
