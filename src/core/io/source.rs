//! What a layer is read from: bytes in memory, or a file that is read in blocks and looked into again later.
//!
//! Not a memory map: a file truncated under one kills the process.

use crate::model::{Origin, SourceChanged};
use positioned_io::ReadAt;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fs::{File, Metadata};
use std::io::{Error, ErrorKind, Result};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// A file that is open for reading, and what it was when it was opened.
#[derive(Debug)]
pub(super) struct SourceFile {
    file: File,
    name: String,
    /// Its size; bytes.
    pub(super) len: u64,
    state: State,
}

/// What tells one state of a file from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    len: u64,
    modified: Option<SystemTime>,
    /// The device and the file's number on it.
    place: Option<(u64, u64)>,
}

impl State {
    fn of(metadata: &Metadata) -> Self {
        Self { len: metadata.len(), modified: metadata.modified().ok(), place: place(metadata) }
    }
}

#[cfg(unix)]
fn place(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn place(_: &Metadata) -> Option<(u64, u64)> {
    None
}

/// What a path leads to that is no regular file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoFile {
    /// A folder.
    Folder,
    /// A named pipe.
    Pipe,
    /// A socket.
    Socket,
    /// A device.
    Device,
}

impl NoFile {
    /// What a path leads to; `None` for a regular file.
    fn of(metadata: &Metadata) -> Option<Self> {
        let kind = metadata.file_type();
        if kind.is_file() {
            return None;
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::FileTypeExt;
            if kind.is_fifo() {
                return Some(Self::Pipe);
            }
            if kind.is_socket() {
                return Some(Self::Socket);
            }
        }
        Some(if kind.is_dir() { Self::Folder } else { Self::Device })
    }
}

/// How far apart the times are that a file system notes, at most: a file written again sooner may keep its time.
const TICK: Duration = Duration::from_millis(20);

/// How long to wait until a file that was written just now would have another time if it were written again; nothing where it
/// would already.
fn wait_for_the_clock(modified: Option<SystemTime>) -> Option<Duration> {
    let age = match SystemTime::now().duration_since(modified?) {
        Ok(age) => age,
        // Another machine's clock; a little ahead is waited for.
        Err(ahead) if ahead.duration() < TICK => Duration::ZERO,
        Err(_) => return None,
    };
    TICK.checked_sub(age).filter(|wait| !wait.is_zero())
}

/// How often a file that is being written is looked at again before it is refused.
const LOOKS: usize = 5;

impl SourceFile {
    /// Opens a regular file.
    ///
    /// # Errors
    /// What the operating system says; [`SourceChanged`] where it is being written; or what the path leads to instead.
    /// Nothing is opened that could keep its reader waiting.
    pub(super) fn open(path: &Path) -> Result<std::result::Result<Arc<Self>, NoFile>> {
        for _ in 0..LOOKS {
            let metadata = std::fs::metadata(path)?;
            if let Some(no_file) = NoFile::of(&metadata) {
                return Ok(Err(no_file));
            }
            if let Some(wait) = wait_for_the_clock(metadata.modified().ok()) {
                std::thread::sleep(wait);
            }
            let file = File::open(path)?;
            let state = State::of(&file.metadata()?);
            if state.len == 0 {
                // Perhaps it was cut off just now to be written anew; not every file system gives it another time for that.
                std::thread::sleep(TICK);
            }
            let is_at_rest = state.len > 0 || State::of(&std::fs::metadata(path)?) == state;
            if is_at_rest && wait_for_the_clock(state.modified).is_none() {
                return Ok(Ok(Arc::new(Self { file, name: super::file_name(path), len: state.len, state })));
            }
        }
        Err(Error::other(SourceChanged(super::file_name(path))))
    }

    /// Reads all of it into memory, a block at a time; `each` is told of every block.
    ///
    /// # Errors
    /// [`ErrorKind::OutOfMemory`] where it does not fit; what the operating system or `each` says.
    pub(super) fn read_all<E: From<Error>>(
        &self,
        mut each: impl FnMut(u64) -> std::result::Result<(), E>,
    ) -> std::result::Result<Vec<u8>, E> {
        const BLOCK: usize = 1 << 20;
        let mut bytes = room_for(self.len)?;
        while (bytes.len() as u64) < self.len {
            let from = bytes.len();
            let length = BLOCK.min((self.len - from as u64) as usize);
            bytes.resize(from + length, 0);
            self.read_exact_at(from as u64, &mut bytes[from..])?;
            each(length as u64)?;
        }
        Ok(bytes)
    }

    /// The SHA-256 of the file, in hexadecimal, as long as `goes_on` says so.
    ///
    /// # Errors
    /// [`ErrorKind::Interrupted`] where it did not go on; [`SourceChanged`]; what the system says.
    pub(super) fn sha256_while(&self, goes_on: &dyn Fn() -> bool) -> Result<String> {
        const BLOCK: usize = 1 << 20;
        let mut hasher = Sha256::new();
        let mut block = vec![0; BLOCK.min(self.len as usize)];
        let mut from = 0;
        while from < self.len {
            if !goes_on() {
                return Err(ErrorKind::Interrupted.into());
            }
            let length = (self.len - from).min(block.len() as u64) as usize;
            self.read_exact_at(from, &mut block[..length])?;
            hasher.update(&block[..length]);
            from += length as u64;
        }
        self.check_unchanged()?;
        Ok(hex(&hasher.finalize()))
    }

    /// Fails where the path leads to another file now, or to another state of it: what was read may be of both.
    pub(super) fn check_read(&self, path: &Path) -> Result<()> {
        let now = std::fs::metadata(path).map(|metadata| State::of(&metadata));
        match now {
            Ok(now) if now == self.state => self.check_unchanged(),
            _ => Err(Error::other(SourceChanged(self.name.clone()))),
        }
    }

    /// Fills `into` from `from` on.
    pub(super) fn read_exact_at(&self, from: u64, into: &mut [u8]) -> Result<()> {
        self.file.read_exact_at(from, into)
    }

    /// Fails where the file was written to since it was opened.
    pub(super) fn check_unchanged(&self) -> Result<()> {
        if State::of(&self.file.metadata()?) == self.state {
            Ok(())
        } else {
            Err(Error::other(SourceChanged(self.name.clone())))
        }
    }
}

impl Origin for SourceFile {
    fn name(&self) -> &str {
        &self.name
    }

    fn read(&self, from: u64, into: &mut [u8]) -> Result<()> {
        self.read_exact_at(from, into).map_err(|e| match e.kind() {
            // Shorter than it was.
            ErrorKind::UnexpectedEof => Error::other(SourceChanged(self.name.clone())),
            _ => e,
        })
    }

    fn sha256(&self) -> Result<String> {
        self.sha256_while(&|| true)
    }
}

/// Text is read into memory as a whole up to this size; bytes.
const IN_MEMORY: u64 = 8 << 30;

/// Room for so many bytes.
///
/// # Errors
/// [`ErrorKind::OutOfMemory`] where there is not so much memory, or it is more than anything is read as a whole.
pub(super) fn room_for(bytes: u64) -> Result<Vec<u8>> {
    let mut room = Vec::new();
    match usize::try_from(bytes).ok().filter(|_| bytes <= IN_MEMORY).map(|bytes| room.try_reserve_exact(bytes)) {
        Some(Ok(())) => Ok(room),
        _ => Err(ErrorKind::OutOfMemory.into()),
    }
}

/// SHA-256 of bytes in memory, in hexadecimal.
pub(super) fn sha256_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Sixteen digits of the SHA-256 of bytes: what something is known by that has no name of its own.
pub fn short_hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..8])
}

/// True for a text in the form of a [`short_hash`].
pub fn is_short_hash(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, b| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{b:02x}");
        text
    })
}

/// What a text is read from.
#[derive(Clone, Copy)]
pub(super) enum Input<'a> {
    /// All of it in memory.
    Memory(&'a [u8]),
    /// A file, from behind its byte order mark on.
    File {
        /// The file.
        file: &'a SourceFile,
        /// Bytes before the text.
        skip: u64,
    },
}

impl Input<'_> {
    /// Bytes of the text.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Memory(text) => text.len(),
            Self::File { file, skip } => (file.len - skip) as usize,
        }
    }

    /// The text from `from` to `to`.
    pub(super) fn load(&self, from: usize, to: usize) -> Result<Cow<'_, [u8]>> {
        match self {
            Self::Memory(text) => Ok(Cow::Borrowed(&text[from..to])),
            Self::File { .. } => {
                let mut bytes = vec![0; to - from];
                self.read(from, &mut bytes)?;
                Ok(Cow::Owned(bytes))
            }
        }
    }

    /// Fills `into` with the text from `from` on.
    pub(super) fn read(&self, from: usize, into: &mut [u8]) -> Result<()> {
        match self {
            Self::Memory(text) => into.copy_from_slice(&text[from..from + into.len()]),
            Self::File { file, skip } => file.read_exact_at(skip + from as u64, into)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn opened(path: &Path) -> Arc<SourceFile> {
        SourceFile::open(path).expect("there").expect("a file")
    }

    #[test]
    fn a_file_that_is_another_after_it_was_read_is_found_out() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.geojson");
        let other = folder.path().join("b.geojson");
        let changes: [(&str, &dyn Fn()); 5] = [
            ("written in place, of the same size", &|| {
                let mut file = std::fs::OpenOptions::new().write(true).open(&path).expect("there");
                file.write_all(b"bbbb").expect("writable");
            }),
            ("longer", &|| std::fs::write(&path, "aaaaa").expect("writable")),
            ("empty", &|| std::fs::write(&path, "").expect("writable")),
            ("another file in its place", &|| {
                std::fs::write(&other, "aaaa").expect("writable");
                std::fs::rename(&other, &path).expect("writable");
            }),
            ("gone", &|| std::fs::remove_file(&path).expect("writable")),
        ];
        for (what, change) in changes {
            std::fs::write(&path, "aaaa").expect("writable");
            let source = opened(&path);
            assert_eq!(source.read_all::<Error>(|_| Ok(())).expect("readable"), b"aaaa");
            source.check_read(&path).expect("as it was");
            change();
            assert!(source.check_read(&path).is_err(), "{what}");
        }
    }

    #[test]
    fn room_that_there_is_not_is_an_error() {
        assert!(room_for(1 << 50).is_err_and(|e| e.kind() == ErrorKind::OutOfMemory));
        assert!(room_for(0).is_ok());
    }
}
