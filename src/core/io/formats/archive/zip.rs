//! The directory of a zip archive.

use super::super::{Bytes, Folder, FormatError, FormatPlace};
use super::member::{Member, Open, damaged, too_large};
use super::{carried, names};
use crate::i18n::{Said, count, tr};
use std::collections::HashMap;
use std::io::{ErrorKind, Result as IoResult};
use std::sync::Arc;

/// More members are refused: a file geodatabase has hundreds.
const MEMBERS_LIMIT: u64 = 100_000;
/// A directory of so many members takes less.
const DIRECTORY_LIMIT: u64 = 64 << 20;
/// Zips inside are opened together with the archive: so many, of so many bytes together. Others stay files.
const INNER_LIMIT: usize = 64;
const INNER_BYTES: u64 = 256 << 20;
/// The record at the end, and the longest comment behind it.
const END: usize = 22;
const COMMENT: usize = 65_535;

/// A zip archive.
#[derive(Debug)]
pub(super) struct Zip {
    names: Vec<String>,
    by_name: HashMap<String, usize>,
    members: Vec<Member>,
    open: Open,
}

impl Folder for Zip {
    fn names(&self) -> IoResult<Vec<String>> {
        Ok(self.names.clone())
    }

    fn open(&self, name: &str) -> IoResult<Arc<dyn Bytes>> {
        let number = *self.by_name.get(name).ok_or(ErrorKind::NotFound)?;
        let opened = self.members[number].open(number, &self.open);
        opened.map_err(|e| carried(e.of_file(name)))
    }

    fn size(&self, name: &str) -> u64 {
        self.by_name.get(name).map_or(0, |number| self.members[*number].size)
    }
}

impl Zip {
    /// Reads the directory, and those of zips inside (named `inner.zip/roads.shp`).
    ///
    /// # Errors
    /// Where it is no zip archive, damaged, split over several files, or beyond the limits.
    pub(super) fn open(bytes: Arc<dyn Bytes>) -> Result<Self, FormatError> {
        let mut zip = Self { names: Vec::new(), by_name: HashMap::new(), members: Vec::new(), open: Open::default() };
        let mut given = names::Given::default();
        let (mut inner, mut inner_bytes) = (0, 0);
        for (name, member) in directory(&bytes)? {
            let is_inner = name.to_ascii_lowercase().ends_with(".zip") && inner < INNER_LIMIT;
            if is_inner && inner_bytes + member.size <= INNER_BYTES {
                inner += 1;
                inner_bytes += member.size;
                // What is no archive by itself stays a file, and is refused when it is opened as one.
                if let Ok(members) = member.open(usize::MAX - inner, &zip.open).and_then(|bytes| directory(&bytes)) {
                    for (below, member) in members {
                        zip.add(given.apart(format!("{name}/{below}")), member)?;
                    }
                    continue;
                }
            }
            zip.add(given.apart(name), member)?;
        }
        Ok(zip)
    }

    fn add(&mut self, name: String, member: Member) -> Result<(), FormatError> {
        if self.members.len() as u64 >= MEMBERS_LIMIT {
            return Err(too_many(MEMBERS_LIMIT + 1));
        }
        self.by_name.insert(name.clone(), self.members.len());
        self.names.push(name);
        self.members.push(member);
        Ok(())
    }
}

fn too_many(members: u64) -> FormatError {
    let (n, limit) = (count(members as usize), count(MEMBERS_LIMIT as usize));
    FormatError::refused(Said::told(|lang| tr!(lang, "format.archive.too_many", n = n, limit = limit).into_owned()))
}

fn half(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 2).and_then(|two| two.try_into().ok()).map_or(0, |two| u16::from_le_bytes(two).into())
}

fn word(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map_or(0, |four| u32::from_le_bytes(four).into())
}

fn long(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|eight| eight.try_into().ok()).map_or(0, u64::from_le_bytes)
}

/// Where the directory is.
struct End {
    /// Its first byte, and its length.
    at: u64,
    length: u64,
    /// The members that it counts, and the number that the count is modulo of.
    count: u64,
    modulo: u64,
    /// What is before the archive in the file (a program that unpacks it): offsets do not count it.
    before: u64,
}

/// Looks for the end record among the last bytes: the last one that a directory lies before.
fn end(bytes: &dyn Bytes) -> Result<End, FormatError> {
    let tail_at = bytes.len().saturating_sub((END + COMMENT) as u64);
    let tail = bytes.stretch(tail_at, END + COMMENT)?;
    for at in memchr::memmem::rfind_iter(&tail, b"PK\x05\x06") {
        let record = &tail[at..];
        if record.len() < END {
            continue;
        }
        let here = tail_at + at as u64;
        let (mut count, mut length, mut offset) = (half(record, 10), word(record, 12), word(record, 16));
        let (mut directory_end, mut modulo) = (here, 1 << 16);
        let is_long = count == 0xffff || length == 0xffff_ffff || offset == 0xffff_ffff;
        if is_long && let Some((found_at, found)) = long_end(bytes, here)? {
            (count, length, offset) = (long(&found, 32), long(&found, 40), long(&found, 48));
            (directory_end, modulo) = (found_at, u64::MAX);
        } else if half(record, 4) != half(record, 6) {
            return Err(FormatError::refused(Said::told(|lang| tr!(lang, "format.archive.split").into_owned())));
        }
        // The directory ends where the record begins, or lies where its offset says.
        let starts = [directory_end.checked_sub(length), Some(offset)];
        for start in starts.into_iter().flatten() {
            let is_there = match length {
                0 => count == 0,
                _ => {
                    start.checked_add(length).is_some_and(|end| end <= directory_end)
                        && bytes.stretch(start, 4)? == b"PK\x01\x02"
                }
            };
            if is_there {
                return Ok(End { at: start, length, count, modulo, before: start.saturating_sub(offset) });
            }
        }
    }
    let is_cut = bytes.stretch(0, 4)? == b"PK\x03\x04";
    Err(FormatError::refused(Said::told(|lang| match is_cut {
        true => tr!(lang, "format.archive.cut").into_owned(),
        false => tr!(lang, "format.archive.not_one").into_owned(),
    })))
}

/// The end record of a large archive, by the locator before the short one.
fn long_end(bytes: &dyn Bytes, end_at: u64) -> Result<Option<(u64, Vec<u8>)>, FormatError> {
    let Some(locator_at) = end_at.checked_sub(20) else { return Ok(None) };
    let locator = bytes.stretch(locator_at, 20)?;
    if !locator.starts_with(b"PK\x06\x07") {
        return Ok(None);
    }
    for at in [long(&locator, 8), locator_at.saturating_sub(56)] {
        let found = bytes.stretch(at.min(bytes.len()), 56)?;
        if found.len() == 56 && found.starts_with(b"PK\x06\x06") {
            return Ok(Some((at, found)));
        }
    }
    Ok(None)
}

/// The members of an archive with their names, without folders.
fn directory(bytes: &Arc<dyn Bytes>) -> Result<Vec<(String, Member)>, FormatError> {
    let end = end(bytes.as_ref())?;
    if end.count > MEMBERS_LIMIT {
        return Err(too_many(end.count));
    }
    if end.length > DIRECTORY_LIMIT {
        return Err(too_large(end.length, DIRECTORY_LIMIT));
    }
    let directory = bytes.stretch(end.at, end.length as usize)?;
    let (mut members, mut at, mut seen) = (Vec::new(), 0, 0_u64);
    while at < directory.len() {
        let rest = &directory[at..];
        let place = FormatPlace::Byte(end.at + at as u64);
        let (name, extra) = (46..46 + half(rest, 28) as usize, half(rest, 30) as usize);
        let extra = name.end..name.end + extra;
        let next = extra.end + half(rest, 32) as usize;
        if !rest.starts_with(b"PK\x01\x02") || next > rest.len() {
            return Err(damaged().at(place));
        }
        at += next;
        seen += 1;
        if seen > MEMBERS_LIMIT {
            return Err(too_many(seen));
        }
        let mut raw = rest[name].to_vec();
        let mut member = Member {
            source: bytes.clone(),
            header_at: word(rest, 42),
            method: half(rest, 10) as u16,
            is_encrypted: half(rest, 8) & 1 == 1,
            crc: word(rest, 16) as u32,
            packed: word(rest, 20),
            size: word(rest, 24),
        };
        extended(&rest[extra], &mut member, &mut raw);
        member.header_at = member.header_at.checked_add(end.before).ok_or_else(|| damaged().at(place))?;
        if let Some(name) = names::harmless(&names::decoded(&raw)) {
            members.push((name, member));
        }
    }
    if seen % end.modulo != end.count {
        return Err(damaged().at(FormatPlace::Byte(end.at)));
    }
    Ok(members)
}

/// Takes sizes of 64 bits and the name in Unicode from a member's extra fields.
fn extended(mut extra: &[u8], member: &mut Member, raw: &mut Vec<u8>) {
    while extra.len() >= 4 {
        let (kind, length) = (half(extra, 0), half(extra, 2) as usize);
        let Some(field) = extra.get(4..4 + length) else { return };
        extra = &extra[4 + length..];
        match kind {
            1 => {
                let mut longs = field.chunks_exact(8).map(|eight| long(eight, 0));
                for value in [&mut member.size, &mut member.packed, &mut member.header_at] {
                    if *value == 0xffff_ffff {
                        *value = longs.next().unwrap_or(*value);
                    }
                }
            }
            0x7075 if field.first() == Some(&1) && field.len() > 5 => {
                let mut crc = flate2::Crc::new();
                crc.update(raw);
                if u64::from(crc.sum()) == word(field, 1) && std::str::from_utf8(&field[5..]).is_ok() {
                    *raw = field[5..].to_vec();
                }
            }
            _ => {}
        }
    }
}
