//! What formats are read from: bytes at places, files that belong together. A folder on the disk, the members of an archive and
//! bytes in a test are alike.

use std::fmt::Debug;
use std::io::{Error, ErrorKind, Result};
use std::path::Path;
use std::sync::Arc;

/// The bytes of one file. Reading from several threads is fine.
pub trait Bytes: Debug + Send + Sync {
    /// How many.
    fn len(&self) -> u64;

    /// True where there is none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Fills `into` from `from` on.
    ///
    /// # Errors
    /// `UnexpectedEof` where the file ends before; what the system says.
    fn read_at(&self, from: u64, into: &mut [u8]) -> Result<()>;

    /// A stretch, shorter where the file ends.
    ///
    /// # Errors
    /// As [`Self::read_at`].
    fn stretch(&self, from: u64, length: usize) -> Result<Vec<u8>> {
        let length = self.len().saturating_sub(from).min(length as u64) as usize;
        let mut bytes = vec![0; length];
        self.read_at(from, &mut bytes)?;
        Ok(bytes)
    }

    /// Where it lies on the disk, where it does: for libraries that want a path.
    fn path(&self) -> Option<&Path> {
        None
    }
}

/// Files that belong together: a folder, or an archive's members.
pub trait Folder: Debug + Send + Sync {
    /// Names of all files in it, with `/` between folders, in order.
    ///
    /// # Errors
    /// What the system says.
    fn names(&self) -> Result<Vec<String>>;

    /// Opens a file by its name as in [`Self::names`].
    ///
    /// # Errors
    /// `NotFound`; what the system says.
    fn open(&self, name: &str) -> Result<Arc<dyn Bytes>>;

    /// How many bytes a file has, without unpacking it where that can be told; 0 where it cannot be opened.
    fn size(&self, name: &str) -> u64 {
        self.open(name).map_or(0, |bytes| bytes.len())
    }
}

/// What a reader gets: a file among those beside it. A format that is a folder (`x.gdb`) gets the folder's name.
#[derive(Clone, Debug)]
pub struct Input {
    /// The folder it is in.
    pub folder: Arc<dyn Folder>,
    /// Its name in it.
    pub name: String,
}

impl Input {
    /// The file itself.
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn open(&self) -> Result<Arc<dyn Bytes>> {
        self.folder.open(&self.name)
    }

    /// How many bytes it has, as [`Folder::size`].
    pub fn size(&self) -> u64 {
        self.folder.size(&self.name)
    }

    /// The stem: the name without folders and ending.
    pub fn stem(&self) -> &str {
        let file = self.name.rsplit('/').next().unwrap_or(&self.name);
        file.rsplit_once('.').map_or(file, |(stem, _)| stem)
    }

    /// The ending in lower case, without the dot.
    pub fn extension(&self) -> String {
        let file = self.name.rsplit('/').next().unwrap_or(&self.name);
        file.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_ascii_lowercase())
    }

    /// The file beside this one with another ending, whatever its case (`senate.DBF` beside `senate.shp`); the same case first.
    ///
    /// # Errors
    /// As [`Folder::open`]; `Ok(None)` where there is none.
    pub fn sibling(&self, ending: &str) -> Result<Option<Arc<dyn Bytes>>> {
        match self.sibling_name(ending)? {
            Some(name) => self.folder.open(&name).map(Some),
            None => Ok(None),
        }
    }

    /// The name of the file beside this one with another ending.
    ///
    /// # Errors
    /// What the system says.
    pub fn sibling_name(&self, ending: &str) -> Result<Option<String>> {
        let own = self.name.rsplit_once('.').map_or(self.name.as_str(), |(before, _)| before);
        let wanted = format!("{own}.{ending}");
        let names = self.folder.names()?;
        let exact = names.iter().find(|name| **name == wanted);
        Ok(exact.or_else(|| names.iter().find(|name| name.to_lowercase() == wanted.to_lowercase())).cloned())
    }
}

/// Files in memory, by name: for archives and tests.
#[derive(Clone, Debug, Default)]
pub struct InMemory {
    files: std::collections::BTreeMap<String, Arc<Vec<u8>>>,
}

impl InMemory {
    /// With one more file.
    pub fn with(mut self, name: &str, bytes: Vec<u8>) -> Self {
        self.files.insert(name.to_owned(), Arc::new(bytes));
        self
    }

    /// The input for one of the files.
    pub fn input(self, name: &str) -> Input {
        Input { folder: Arc::new(self), name: name.to_owned() }
    }
}

impl Folder for InMemory {
    fn names(&self) -> Result<Vec<String>> {
        Ok(self.files.keys().cloned().collect())
    }

    fn open(&self, name: &str) -> Result<Arc<dyn Bytes>> {
        let bytes = self.files.get(name).cloned();
        bytes.map(|bytes| Arc::new(MemoryFile(bytes)) as Arc<dyn Bytes>).ok_or_else(|| ErrorKind::NotFound.into())
    }
}

#[derive(Debug)]
struct MemoryFile(Arc<Vec<u8>>);

impl Bytes for MemoryFile {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, from: u64, into: &mut [u8]) -> Result<()> {
        let eof = || Error::from(ErrorKind::UnexpectedEof);
        let start = usize::try_from(from).map_err(|_| eof())?;
        let end = start.checked_add(into.len()).ok_or_else(eof)?;
        into.copy_from_slice(self.0.get(start..end).ok_or_else(eof)?);
        Ok(())
    }
}
