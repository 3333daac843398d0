//! What a layer is read from: bytes in memory, or a file that is read in blocks and looked into again later.
//!
//! Not a memory map: a file truncated under one kills the process.

use crate::model::{Origin, SourceChanged};
use positioned_io::ReadAt;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fs::File;
use std::io::{Error, Result};
use std::path::Path;
use std::sync::Arc;
use std::time::SystemTime;

/// A file that is open for reading, and what it was when it was opened.
#[derive(Debug)]
pub(super) struct SourceFile {
    file: File,
    name: String,
    /// Its size; bytes.
    pub(super) len: u64,
    modified: Option<SystemTime>,
}

impl SourceFile {
    /// Opens a file; `None` for what is no regular file (a pipe, a device) and can only be read through once.
    pub(super) fn open(path: &Path) -> Result<(File, Option<Arc<Self>>)> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let source = if metadata.is_file() {
            let own = file.try_clone()?;
            Some(Arc::new(Self {
                file: own,
                name: super::file_name(path),
                len: metadata.len(),
                modified: metadata.modified().ok(),
            }))
        } else {
            None
        };
        Ok((file, source))
    }

    /// Fills `into` from `from` on.
    pub(super) fn read_exact_at(&self, from: u64, into: &mut [u8]) -> Result<()> {
        self.file.read_exact_at(from, into)
    }

    /// Fails where the file was written to since it was opened.
    pub(super) fn check_unchanged(&self) -> Result<()> {
        let now = self.file.metadata()?;
        if now.len() == self.len && now.modified().ok() == self.modified {
            Ok(())
        } else {
            Err(Error::other(SourceChanged(self.name.clone())))
        }
    }
}

impl Origin for SourceFile {
    fn read(&self, from: u64, into: &mut [u8]) -> Result<()> {
        self.check_unchanged()?;
        self.read_exact_at(from, into)
    }

    fn sha256(&self) -> Result<String> {
        const BLOCK: usize = 1 << 20;
        let mut hasher = Sha256::new();
        let mut block = vec![0; BLOCK.min(self.len as usize)];
        let mut from = 0;
        while from < self.len {
            let length = (self.len - from).min(block.len() as u64) as usize;
            self.read_exact_at(from, &mut block[..length])?;
            hasher.update(&block[..length]);
            from += length as u64;
        }
        self.check_unchanged()?;
        Ok(hex(&hasher.finalize()))
    }
}

/// SHA-256 of bytes in memory, in hexadecimal.
pub(super) fn sha256_of(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
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
