//! Where the records of a shapefile are: by its index where that is right, else one after another.

use super::super::dbase::Window;
use super::super::{Bytes, FormatError, FormatPlace};
use super::record::ShapeType;
use crate::i18n::{Said, tr};
use std::io::ErrorKind;
use std::sync::Arc;

/// Bytes of the header of a `.shp` or `.shx` file.
pub(super) const HEADER: u64 = 100;
/// Bytes of an index entry, and of a record's header.
const ENTRY: u64 = 8;

/// The header of a `.shp` file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    /// What it says its shapes are.
    pub(super) shape: ShapeType,
    /// Where it says that it ends; larger than the file where that is cut short.
    pub(super) declared_end: u64,
}

/// Reads the header of a `.shp` file.
///
/// # Errors
/// Where it is none, or of a kind of shape that is not read.
pub(super) fn header(bytes: &dyn Bytes) -> Result<Header, FormatError> {
    let head = bytes.stretch(0, HEADER as usize)?;
    let refused = |said: Said, at: u64| Err(FormatError::refused(said).at(FormatPlace::Byte(at)));
    if head.len() < 4 || word(&head, 0) != 9994 {
        return refused(Said::told(|lang| tr!(lang, "format.shapefile.not_one").into_owned()), 0);
    }
    if head.len() < HEADER as usize {
        return refused(Said::told(|lang| tr!(lang, "format.shapefile.cut").into_owned()), bytes.len());
    }
    let code = i32::from_le_bytes([head[32], head[33], head[34], head[35]]);
    let Some(shape) = ShapeType::of(code) else {
        return refused(Said::told(|lang| tr!(lang, "format.shapefile.unknown_shape", code = code).into_owned()), 32);
    };
    if shape == ShapeType::MultiPatch {
        return refused(Said::told(|lang| tr!(lang, "format.shapefile.multipatch").into_owned()), 32);
    }
    Ok(Header { shape, declared_end: u64::from(word(&head, 24)) * 2 })
}

/// A number of four bytes, the highest first.
fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, u32::from_be_bytes)
}

/// Where a record's content is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// Its first byte, behind its header.
    pub(super) at: u64,
    /// Its bytes.
    pub(super) length: u64,
}

/// What was found out about the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum IndexState {
    /// It is used.
    Used,
    /// There is none.
    Missing,
    /// It does not fit the records.
    Wrong,
}

/// The records of a shapefile in the order of their numbers. Memory: two windows.
#[derive(Debug)]
pub(super) struct Records {
    shp: Window,
    /// Where the records end.
    end: u64,
    way: Way,
    /// What was found out about the index.
    pub(super) index: IndexState,
    /// What was found out about the end that the header declares.
    pub(super) length: LengthState,
}

/// What was found out about the end that the header declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LengthState {
    /// The file ends there.
    Right,
    /// The file ends before.
    TooLong,
    /// Records follow behind it, and are read.
    TooShort,
    /// Bytes that are no record follow behind it.
    Followed,
}

#[derive(Debug)]
enum Way {
    Index { shx: Window, next: u64, count: u64, follow: bool },
    Scan { at: u64 },
}

impl Records {
    /// Decides how the records are found. Cost: a pass over the index, and over the records' headers where
    /// their order is odd.
    ///
    /// # Errors
    /// Where the files cannot be read.
    pub(super) fn open(
        bytes: &Arc<dyn Bytes>,
        head: &Header,
        shx: Option<Arc<dyn Bytes>>,
    ) -> Result<Self, FormatError> {
        let mut shp = Window::new(bytes.clone());
        let declared = head.declared_end;
        let length = match shp.len() {
            there if declared == there => LengthState::Right,
            there if declared > there => LengthState::TooLong,
            _ if declared < HEADER || slot_at(&mut shp, declared, None)?.is_some() => LengthState::TooShort,
            _ => LengthState::Followed,
        };
        let end = if length == LengthState::Followed { declared } else { shp.len() };
        let (way, index) = match shx {
            None => (None, IndexState::Missing),
            Some(shx) => match indexed(&mut shp, end, shx)? {
                Some(way) => (Some(way), IndexState::Used),
                None => (None, IndexState::Wrong),
            },
        };
        Ok(Self { shp, end, way: way.unwrap_or(Way::Scan { at: HEADER }), index, length })
    }

    /// How many records there are, where an index says it.
    pub(super) fn count(&self) -> Option<u64> {
        match &self.way {
            Way::Index { count, .. } => Some(*count),
            Way::Scan { .. } => None,
        }
    }

    /// Where the next record is; `None` behind the last.
    ///
    /// # Errors
    /// Where a record reaches past the end of the file.
    pub(super) fn next(&mut self) -> Result<Option<Slot>, FormatError> {
        match &mut self.way {
            Way::Index { next, count, .. } if *next == *count => Ok(None),
            Way::Index { shx, next, follow, .. } => {
                let (at, length) = entry(shx, *next)?;
                *next += 1;
                if *follow {
                    return Ok(Some(Slot { at: at + ENTRY, length }));
                }
                let slot = slot_at(&mut self.shp, at, Some(length))?;
                slot.map(Some).ok_or_else(|| damaged(at))
            }
            Way::Scan { at } => {
                if *at == self.end {
                    return Ok(None);
                }
                let here = *at;
                let length = match self.end - here {
                    0..ENTRY => return Err(cut(here)),
                    _ => u64::from(word(self.shp.get(here, ENTRY as usize)?, 4)) * 2,
                };
                if length < 4 {
                    return Err(damaged(here));
                }
                *at = here + ENTRY + length;
                if *at > self.end && *at <= self.shp.len() {
                    // The declared end lies within a record: what follows it are records.
                    self.end = self.shp.len();
                    self.length = LengthState::TooShort;
                }
                if *at > self.end {
                    return Err(cut(here));
                }
                Ok(Some(Slot { at: here + ENTRY, length }))
            }
        }
    }

    /// The content of a record.
    ///
    /// # Errors
    /// Where the file cannot be read or became shorter.
    pub(super) fn content(&mut self, slot: Slot) -> Result<&[u8], FormatError> {
        let length = usize::try_from(slot.length).map_err(|_| damaged(slot.at))?;
        self.shp
            .get(slot.at, length)
            .map_err(|e| if e.kind() == ErrorKind::UnexpectedEof { cut(slot.at) } else { e.into() })
    }
}

fn damaged(at: u64) -> FormatError {
    let said = Said::told(|lang| tr!(lang, "format.shapefile.damaged").into_owned());
    FormatError::refused(said).at(FormatPlace::Byte(at))
}

fn cut(at: u64) -> FormatError {
    let said = Said::told(|lang| tr!(lang, "format.shapefile.cut").into_owned());
    FormatError::refused(said).at(FormatPlace::Byte(at))
}

/// An entry of the index: where the record's header is, and the length of its content. Words of two bytes,
/// unsigned: files reach 8 GB.
fn entry(shx: &mut Window, number: u64) -> std::io::Result<(u64, u64)> {
    let bytes = shx.get(HEADER + number * ENTRY, ENTRY as usize)?;
    Ok((u64::from(word(bytes, 0)) * 2, u64::from(word(bytes, 4)) * 2))
}

/// The record whose header is at a place, where there can be one: by its own length, else by the index's (some
/// writers give null records a wrong length).
fn slot_at(shp: &mut Window, at: u64, indexed: Option<u64>) -> std::io::Result<Option<Slot>> {
    let room = shp.len().saturating_sub(at);
    if at < HEADER || room < ENTRY + 4 {
        return Ok(None);
    }
    let bytes = shp.get(at, ENTRY as usize + 4)?;
    let own = u64::from(word(bytes, 4)) * 2;
    let is_shape = ShapeType::of(i32::from_le_bytes([bytes[8], bytes[9], bytes[10], bytes[11]])).is_some();
    let fits = |length: &u64| *length >= 4 && *length <= room - ENTRY;
    let length = Some(own).filter(fits).or(indexed.filter(fits)).filter(|_| is_shape);
    Ok(length.map(|length| Slot { at: at + ENTRY, length }))
}

/// The index, where it fits the records: each entry leads to a record, no two records share their bytes, and no
/// record is behind the last.
fn indexed(shp: &mut Window, end: u64, shx: Arc<dyn Bytes>) -> Result<Option<Way>, FormatError> {
    let mut shx = Window::new(shx);
    if shx.len() < HEADER {
        return Ok(None);
    }
    let count = (shx.len() - HEADER) / ENTRY;
    let (mut follow, mut expected, mut last) = (true, HEADER, HEADER);
    for number in 0..count {
        let (at, length) = entry(&mut shx, number)?;
        follow &= at == expected && length >= 4;
        expected = at + ENTRY + length;
        last = last.max(expected);
    }
    if follow && last == end {
        return Ok(Some(Way::Index { shx, next: 0, count, follow }));
    }
    let (mut taken, mut last, mut before) = (HEADER, HEADER, 0..0);
    for number in 0..count {
        let (at, length) = entry(&mut shx, number)?;
        let Some(slot) = slot_at(shp, at, Some(length))? else { return Ok(None) };
        taken += ENTRY + slot.length;
        last = last.max(slot.at + slot.length);
        if taken > shp.len() || before.contains(&at) {
            return Ok(None);
        }
        before = at..slot.at + slot.length;
    }
    // A record behind the last that carries the next number: the index is older than the records.
    if last + ENTRY + 4 <= end {
        let number = u64::from(word(shp.get(last, 4)?, 0));
        let is_next = number == count + 1 || (count == 0 && number <= 1);
        if is_next && slot_at(shp, last, None)?.is_some() {
            return Ok(None);
        }
    }
    Ok(Some(Way::Index { shx, next: 0, count, follow: false }))
}
