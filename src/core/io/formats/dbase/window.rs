//! A stretch of a file kept in memory, moved forwards as records are read.

use super::super::Bytes;
use std::io::{Error, ErrorKind, Result};
use std::sync::Arc;

/// What is read at once where records follow each other.
const AHEAD: usize = 1 << 20;
/// What is read at once where they lie about.
const NEAR: usize = 1 << 14;

/// Reads a file record by record: in stretches of 1 MB where records follow each other, in small ones where they
/// do not. Memory: the larger of 1 MB and the longest record asked for.
#[derive(Debug)]
pub(in crate::io::formats) struct Window {
    bytes: Arc<dyn Bytes>,
    held: Vec<u8>,
    from: u64,
}

impl Window {
    /// Nothing read yet.
    pub(in crate::io::formats) fn new(bytes: Arc<dyn Bytes>) -> Self {
        Self { bytes, held: Vec::new(), from: 0 }
    }

    /// How long the file is.
    pub(in crate::io::formats) fn len(&self) -> u64 {
        self.bytes.len()
    }

    /// The `length` bytes at `at`.
    ///
    /// # Errors
    /// `UnexpectedEof` where the file ends before; what the system says.
    pub(in crate::io::formats) fn get(&mut self, at: u64, length: usize) -> Result<&[u8]> {
        let held_to = self.from + self.held.len() as u64;
        let end = at.checked_add(length as u64).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?;
        if at < self.from || end > held_to {
            // What follows the stretch at hand is read in one go with what comes after it.
            let follows = at >= self.from && at <= held_to.saturating_add(NEAR as u64);
            let wanted = length.max(if follows { AHEAD } else { NEAR });
            let room = (self.bytes.len() - at).min(wanted as u64) as usize;
            self.held.resize(room, 0);
            if let Err(e) = self.bytes.read_at(at, &mut self.held) {
                self.held.clear();
                return Err(e);
            }
            self.from = at;
        }
        let start = (at - self.from) as usize;
        Ok(&self.held[start..start + length])
    }
}
