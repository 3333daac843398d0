//! The file of row offsets (`.gdbtablx`): where each row of a table starts, by OBJECTID.

use super::super::{Bytes, FormatError, FormatPlace};
use super::cursor::Cursor;
use super::files::Files;
use super::said;
use super::table::Table;
use std::sync::Arc;

/// Rows of one block; a block without rows may be left out of the file.
const BLOCK: u64 = 1024;
const HEAD: u64 = 16;

/// The offsets of a table's rows in the order of their OBJECTIDs.
#[derive(Debug)]
pub(super) struct Offsets {
    bytes: Arc<dyn Bytes>,
    /// Bytes of an offset: 4, 5 or 6.
    width: usize,
    /// Rows, deleted ones included.
    rows: u64,
    /// Blocks in the file.
    blocks: u64,
    /// A bit for each block of 1,024 OBJECTIDs, set where the block is in the file; `None` where all are.
    map: Option<Vec<u8>>,
    /// False where the map is of a form that nobody has described: rows are all found, their OBJECTIDs are not known.
    pub(super) has_ids: bool,
    /// The block that is being given: its rows, the number of its first row, the next of its rows.
    block: Vec<u8>,
    first: u64,
    next: usize,
    /// Blocks given of the file; blocks passed of the map.
    given: u64,
    passed: u64,
}

impl Offsets {
    /// Opens the offsets of a table.
    ///
    /// # Errors
    /// A refusal where the file is missing though the table has rows, ends early or does not fit the table.
    pub(super) fn open(files: &Files, table: &Table) -> Result<Option<Self>, FormatError> {
        let file = table.offsets_file();
        match files.open(&file)? {
            None if table.rows == 0 => Ok(None),
            None => Err(said::missing(&file)),
            Some(bytes) => Self::read(bytes, table.is_64_bit).map(Some).map_err(|e| e.of_file(&file)),
        }
    }

    fn read(bytes: Arc<dyn Bytes>, is_64_bit: bool) -> Result<Self, FormatError> {
        let head = bytes.stretch(0, HEAD as usize)?;
        let mut cursor = Cursor::new(&head);
        let truncated = || said::truncated().at(FormatPlace::Byte(bytes.len()));
        let version = cursor.i32().ok_or_else(truncated)?;
        if version != if is_64_bit { 4 } else { 3 } {
            return Err(said::version(version));
        }
        let counts = if is_64_bit {
            (|| Some((cursor.u64()?, 0, cursor.u32()?)))()
        } else {
            (|| Some((u64::from(cursor.u32()?), u64::from(cursor.u32()?), cursor.u32()?)))()
        };
        let (blocks, rows, width) = counts.ok_or_else(truncated)?;
        let damaged = || said::damaged_offsets().at(FormatPlace::Byte(4));
        let width = usize::try_from(width).ok().filter(|width| (4..=6).contains(width)).ok_or_else(damaged)?;
        let end = blocks.checked_mul(BLOCK * width as u64).and_then(|n| n.checked_add(HEAD)).ok_or_else(damaged)?;
        if end > bytes.len() {
            return Err(truncated());
        }
        let mut offsets = Self {
            bytes: bytes.clone(),
            width,
            rows,
            blocks,
            map: None,
            has_ids: true,
            block: Vec::new(),
            first: 0,
            next: 0,
            given: 0,
            passed: 0,
        };
        if blocks == 0 {
            return if rows == 0 { Ok(offsets) } else { Err(damaged()) };
        }
        if is_64_bit {
            offsets.tail_64(end)?
        } else {
            offsets.tail_32(end)?
        };
        // A file may count rows in a last block that is not there; without a map there is nothing behind its blocks.
        if offsets.map.is_none() && offsets.rows > blocks * BLOCK {
            return Err(damaged());
        }
        Ok(offsets)
    }

    /// What stands behind the blocks of a file with OBJECTIDs of 32 bits.
    fn tail_32(&mut self, at: u64) -> Result<(), FormatError> {
        let tail = self.bytes.stretch(at, 16)?;
        let mut cursor = Cursor::new(&tail);
        let tail = (|| Some([cursor.u32()?, cursor.u32()?, cursor.u32()?, cursor.u32()?]))();
        let [words, bits, blocks, _useful] =
            tail.ok_or_else(|| said::truncated().at(FormatPlace::Byte(self.bytes.len())))?;
        let damaged = || said::damaged_offsets().at(FormatPlace::Byte(at));
        if u64::from(blocks) != self.blocks || (words == 0 && u64::from(bits) != self.blocks) {
            return Err(damaged());
        }
        if words == 0 {
            return Ok(());
        }
        if self.rows > u64::from(bits) * BLOCK {
            return Err(damaged());
        }
        let length = bits.div_ceil(8) as usize;
        let mut map = self.bytes.stretch(at + 16, length)?;
        if map.len() < length {
            return Err(said::truncated().at(FormatPlace::Byte(self.bytes.len())));
        }
        if let (Some(last), used @ 1..) = (map.last_mut(), bits % 8) {
            *last &= (1 << used) - 1;
        }
        self.take_map(map).ok_or_else(damaged)
    }

    /// What stands behind the blocks of a file with OBJECTIDs of 64 bits: the rows, and a map in one of several forms of which
    /// one is known.
    fn tail_64(&mut self, at: u64) -> Result<(), FormatError> {
        const MAP: usize = 32_768;
        let tail = self.bytes.stretch(at, 12)?;
        let mut cursor = Cursor::new(&tail);
        let (rows, length) = (|| Some((cursor.u64()?, cursor.u32()?)))()
            .ok_or_else(|| said::truncated().at(FormatPlace::Byte(self.bytes.len())))?;
        self.rows = rows;
        if length == 0 {
            return Ok(());
        }
        let section = self.bytes.stretch(at + 12, (22 + MAP + 52).min(length as usize))?;
        if section.len() < (22 + MAP + 52).min(length as usize) {
            return Err(said::truncated().at(FormatPlace::Byte(self.bytes.len())));
        }
        let is_known = length as usize == 22 + MAP + 52
            && section.starts_with(&[1, 0, 1, 0, 0, 0])
            && section[22 + MAP..].starts_with(&[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
            && rows <= (MAP as u64) * 8 * BLOCK;
        let is_taken = is_known && self.take_map(section[22..22 + MAP].to_vec()).is_some();
        if !is_taken {
            self.has_ids = false;
            self.rows = self.blocks * BLOCK;
        }
        Ok(())
    }

    /// Takes a map that has a bit for each block of the file.
    fn take_map(&mut self, map: Vec<u8>) -> Option<()> {
        let set: u64 = map.iter().map(|byte| u64::from(byte.count_ones())).sum();
        (set == self.blocks).then(|| self.map = Some(map))
    }

    /// The next row that is not deleted: its number from 0 (the OBJECTID less one) and where it starts.
    ///
    /// # Errors
    /// What the system says; a refusal where the file has become shorter.
    pub(super) fn next(&mut self) -> Result<Option<(u64, u64)>, FormatError> {
        loop {
            while let Some(offset) = self.block.get(self.next..self.next + self.width) {
                let row = self.first + (self.next / self.width) as u64;
                self.next += self.width;
                if row >= self.rows {
                    return Ok(None);
                }
                let mut bytes = [0; 8];
                bytes[..self.width].copy_from_slice(offset);
                match u64::from_le_bytes(bytes) {
                    0 => {}
                    offset => return Ok(Some((row, offset))),
                }
            }
            if self.given == self.blocks {
                return Ok(None);
            }
            if let Some(map) = &self.map {
                let is_there = |block: u64| map.get((block / 8) as usize).is_some_and(|b| b & 1 << (block % 8) != 0);
                while !is_there(self.passed) {
                    self.passed += 1; // ends: the map has as many bits set as there are blocks
                }
            }
            let length = BLOCK as usize * self.width;
            self.block.resize(length, 0);
            self.bytes.read_at(HEAD + self.given * length as u64, &mut self.block)?;
            (self.first, self.next) = (self.passed * BLOCK, 0);
            self.given += 1;
            self.passed += 1;
        }
    }
}
