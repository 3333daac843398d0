//! One file packed with gzip, as a folder.

use super::super::{Bytes, Folder, FormatError};
use super::member::{MEMBER_LIMIT, Open, RATIO_FROM, RATIO_LIMIT, Stream, bomb, damaged, inflated, too_large};
use super::{carried, names};
use crate::i18n::{Said, tr};
use std::io::{BufRead, ErrorKind, Result as IoResult};
use std::sync::Arc;

/// True where a file begins as one packed with gzip.
pub(super) fn is_gzip(head: &[u8]) -> bool {
    head.starts_with(&[0x1f, 0x8b, 8])
}

/// A file packed with gzip.
#[derive(Debug)]
pub(super) struct Gzip {
    bytes: Arc<dyn Bytes>,
    name: String,
    open: Open,
}

impl Gzip {
    /// The file is called as the packed one without `.gz`, or as it was when it was packed.
    ///
    /// # Errors
    /// Where the file within is a tar archive.
    pub(super) fn new(bytes: Arc<dyn Bytes>, name: Option<&str>) -> Result<Self, FormatError> {
        let path = bytes.path().and_then(|path| path.file_name()).map(|name| name.to_string_lossy().into_owned());
        let name = match name.map(str::to_owned).or(path) {
            Some(name) => without_ending(&name),
            None => kept_name(&bytes.stretch(0, 4096)?).unwrap_or_else(|| "data".to_owned()),
        };
        if name.to_ascii_lowercase().ends_with(".tar") {
            let said = Said::told(|lang| tr!(lang, "format.archive.other_kind", kind = "tar.gz").into_owned());
            return Err(FormatError::refused(said));
        }
        Ok(Self { bytes, name, open: Open::default() })
    }

    /// All that is packed: a file may be packed in several pieces.
    fn inflate(&self) -> Result<Vec<u8>, FormatError> {
        let mut stream = Stream::new(self.bytes.clone(), 0, self.bytes.len());
        // What would be a bomb is not inflated any further.
        let limit = MEMBER_LIMIT.min(self.bytes.len().saturating_mul(RATIO_LIMIT).max(RATIO_FROM));
        let mut content = Vec::new();
        loop {
            let room = limit - content.len() as u64;
            let mut decoder = flate2::bufread::GzDecoder::new(stream);
            let piece = inflated(&mut decoder, room, |_| {})?;
            if piece.len() as u64 > room {
                return Err(if limit == MEMBER_LIMIT { too_large(limit + 1, MEMBER_LIMIT) } else { bomb() });
            }
            match content.is_empty() {
                true => content = piece,
                false => content.extend_from_slice(&piece),
            }
            stream = decoder.into_inner();
            match stream.fill_buf()? {
                [] => return Ok(content),
                [0x1f, ..] => {}
                // Zeros fill a block of a tape.
                rest if rest.iter().all(|byte| *byte == 0) => return Ok(content),
                _ => return Err(damaged()),
            }
        }
    }
}

impl Folder for Gzip {
    fn names(&self) -> IoResult<Vec<String>> {
        Ok(vec![self.name.clone()])
    }

    fn open(&self, name: &str) -> IoResult<Arc<dyn Bytes>> {
        if name != self.name {
            return Err(ErrorKind::NotFound.into());
        }
        self.open.get(0, 0, || self.inflate()).map_err(|e| carried(e.of_file(name)))
    }
}

/// `roads.geojson` for `roads.geojson.gz`, `x.tar` for `x.tgz`.
fn without_ending(name: &str) -> String {
    match name.rsplit_once('.') {
        Some((stem, ending)) if ending.eq_ignore_ascii_case("gz") && !stem.is_empty() => stem.to_owned(),
        Some((stem, ending)) if ending.eq_ignore_ascii_case("tgz") => format!("{stem}.tar"),
        _ => name.to_owned(),
    }
}

/// The name that the header keeps (RFC 1952, 2.3).
fn kept_name(head: &[u8]) -> Option<String> {
    let flags = *head.get(3)?;
    let mut at = 10;
    if flags & 4 != 0 {
        at += 2 + usize::from(u16::from_le_bytes([*head.get(10)?, *head.get(11)?]));
    }
    let rest = head.get(at..).filter(|_| flags & 8 != 0)?;
    let name = &rest[..memchr::memchr(0, rest)?];
    names::harmless(&names::decoded(name))
}
