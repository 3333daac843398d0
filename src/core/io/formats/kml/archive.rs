//! The members of a KMZ. A stand-in for the program's archive module: everything else asks [`members`] alone.

use super::notes::refused;
use crate::i18n::{Said, tr};
use crate::io::formats::{Bytes, Folder, FormatError, InMemory};
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;

/// The most bytes that a KMZ's KML may expand to.
const LARGEST: u64 = 512 * 1024 * 1024;
/// Beyond this many bytes, no member may expand to more than this many times its size.
const SMALL: u64 = 64 * 1024 * 1024;
const MOST_TIMES: u64 = 100;
/// The most members that are looked at.
const MOST_MEMBERS: usize = 100_000;

/// The KML members of an archive, those named `doc.kml` first, in memory.
///
/// # Errors
/// Where the archive is damaged, encrypted, holds no KML or expands too far.
pub fn members(bytes: &Arc<dyn Bytes>) -> Result<Vec<(String, Arc<dyn Bytes>)>, FormatError> {
    let damaged = |e: &dyn std::fmt::Display| {
        let cause = e.to_string();
        refused(Said::told(|lang| tr!(lang, "format.kml.kmz_damaged", cause = cause).into_owned()))
    };
    let reader = BufReader::new(Cursor { bytes: Arc::clone(bytes), at: 0 });
    let mut archive = zip::ZipArchive::new(reader).map_err(|e| damaged(&e))?;
    let too_large = || refused(Said::told(|lang| tr!(lang, "format.kml.kmz_large").into_owned()));
    let mut folder = InMemory::default();
    let mut names = Vec::new();
    let mut total = 0_u64;
    for at in 0..archive.len().min(MOST_MEMBERS) {
        let member = archive.by_index_raw(at).map_err(|e| damaged(&e))?;
        let name = name_of(member.name_raw());
        drop(member);
        if !name.to_lowercase().ends_with(".kml") || name.starts_with("__MACOSX/") {
            continue;
        }
        let mut member = archive.by_index(at).map_err(|e| damaged(&e).of_file(&name))?;
        let most = member.compressed_size().saturating_mul(MOST_TIMES).max(SMALL).min(LARGEST - total);
        let mut text = Vec::new();
        let read = member.by_ref().take(most + 1).read_to_end(&mut text).map_err(|e| damaged(&e).of_file(&name))?;
        if read as u64 > most {
            return Err(too_large().of_file(&name));
        }
        total += read as u64;
        // Two members of one name: the later one goes by its number.
        let key = format!("{at}/{name}");
        folder = folder.with(&key, text);
        names.push((key, name));
    }
    if names.is_empty() {
        return Err(refused(Said::told(|lang| tr!(lang, "format.kml.kmz_empty").into_owned())));
    }
    names.sort_by_key(|(_, name)| !name.eq_ignore_ascii_case("doc.kml"));
    names.into_iter().map(|(key, name)| Ok((name, folder.open(&key)?))).collect()
}

/// A member's name: UTF-8 where it is, else GBK as Windows programs in China write it.
fn name_of(raw: &[u8]) -> String {
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => encoding_rs::GB18030.decode_without_bom_handling(raw).0.into_owned(),
    }
}

/// Bytes as the zip crate wants them.
struct Cursor {
    bytes: Arc<dyn Bytes>,
    at: u64,
}

impl Read for Cursor {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let length = self.bytes.len().saturating_sub(self.at).min(into.len() as u64) as usize;
        self.bytes.read_at(self.at, &mut into[..length])?;
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Cursor {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.bytes.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(std::io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
