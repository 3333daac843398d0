//! The bytes of rows: read in stretches, one row lent at a time.

use super::super::{FormatError, FormatPlace};
use super::offsets::Offsets;
use super::said;
use super::table::Table;

/// Bytes read at once where rows follow each other, and where they do not.
const AHEAD: usize = 1 << 20;
const APART: usize = 16 << 10;

/// Gives the rows of a table in the order of their OBJECTIDs.
#[derive(Debug)]
pub(super) struct Rows<'t> {
    table: &'t Table,
    offsets: Option<Offsets>,
    buffer: Vec<u8>,
    /// Where the buffer starts in the file.
    start: u64,
    /// Where the row given last ends.
    end: u64,
}

/// A row as it is stored: null flags, then values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'r> {
    /// Its OBJECTID.
    pub(super) id: i64,
    /// Where it starts in the file.
    pub(super) at: u64,
    pub(super) bytes: &'r [u8],
}

impl<'t> Rows<'t> {
    pub(super) fn new(table: &'t Table, offsets: Option<Offsets>) -> Self {
        Self { table, offsets, buffer: Vec::new(), start: 0, end: 0 }
    }

    /// The next row.
    ///
    /// # Errors
    /// A refusal where it does not lie in the file as a row does; what the system says.
    pub(super) fn next(&mut self) -> Result<Option<Row<'_>>, FormatError> {
        let Some((row, at)) = (match &mut self.offsets {
            Some(offsets) => offsets.next()?,
            None => None,
        }) else {
            return Ok(None);
        };
        let id = i64::try_from(row).unwrap_or(i64::MAX - 1) + 1;
        let bad = |said: FormatError| said.of_file(&self.table.file).at(FormatPlace::Row(row + 1));
        let file = &self.table.bytes;
        let room = file.len().checked_sub(at).filter(|room| *room >= 4);
        let Some(room) = room else { return Err(bad(said::row_beyond_end())) };
        let start = self.have(at, 4)?;
        let length = self.buffer[start..start + 4].iter().rev().fold(0_u32, |all, byte| all << 8 | u32::from(*byte));
        if u64::from(length) > room - 4 {
            return Err(bad(said::row_beyond_end()));
        }
        if (length as usize) < self.table.null_bytes {
            return Err(bad(said::damaged_row()));
        }
        let whole = length as usize + 4;
        let start = self.have(at, whole)?;
        self.end = at + whole as u64;
        Ok(Some(Row { id, at, bytes: &self.buffer[start + 4..start + whole] }))
    }

    /// Brings `length` bytes from `at` on into the buffer; gives their place in it. The file has them, unless it has become shorter.
    fn have(&mut self, at: u64, length: usize) -> Result<usize, FormatError> {
        let inside = |at: u64| at.checked_sub(self.start).and_then(|from| usize::try_from(from).ok());
        if let Some(from) = inside(at)
            && from.checked_add(length).is_some_and(|end| end <= self.buffer.len())
        {
            return Ok(from);
        }
        let follows = at.abs_diff(self.end) <= APART as u64 || at == self.start;
        let wanted = length.max(if follows { AHEAD } else { APART });
        let left = self.table.bytes.len().saturating_sub(at);
        let wanted = usize::try_from(left).map_or(wanted, |left| wanted.min(left));
        // A row of unusual length is not kept room for.
        if self.buffer.capacity() > 4 * AHEAD.max(wanted) {
            self.buffer = Vec::new();
        }
        self.buffer.clear();
        self.buffer.resize(wanted, 0);
        self.start = at;
        self.table.bytes.read_at(at, &mut self.buffer)?;
        Ok(0)
    }
}
