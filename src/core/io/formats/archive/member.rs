//! A member of an archive: inflated into memory, or where it lies.

use super::super::{Bytes, FormatError, FormatPlace};
use crate::i18n::{Said, count, tr};
use std::io::{BufReader, Error, ErrorKind, Read, Result};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// A member is inflated to at most so many bytes.
pub(super) const MEMBER_LIMIT: u64 = 1 << 30;
/// All members that are open at once take at most so many.
const OPEN_LIMIT: u64 = 2 << 30;
/// A member beyond this size that was packed tighter than `RATIO_LIMIT` to one is a bomb, not data.
pub(super) const RATIO_FROM: u64 = 64 << 20;
pub(super) const RATIO_LIMIT: u64 = 250;
/// A stored member beyond this size is read where it lies.
const IN_PLACE_FROM: u64 = 16 << 20;
/// Read at once.
const STRETCH: usize = 1 << 16;

/// Bytes in memory.
#[derive(Debug)]
pub(super) struct Held(Vec<u8>);

impl Bytes for Held {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, from: u64, into: &mut [u8]) -> Result<()> {
        let end = from.checked_add(into.len() as u64).filter(|end| *end <= self.len());
        let end = end.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?;
        into.copy_from_slice(&self.0[from as usize..end as usize]);
        Ok(())
    }
}

/// A stretch of a file as a file.
#[derive(Debug)]
struct Within {
    outer: Arc<dyn Bytes>,
    from: u64,
    length: u64,
}

impl Bytes for Within {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, from: u64, into: &mut [u8]) -> Result<()> {
        let fits = from.checked_add(into.len() as u64).is_some_and(|end| end <= self.length);
        if !fits {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.outer.read_at(self.from + from, into)
    }
}

/// A stretch of a file as a stream.
pub(super) struct Stream {
    bytes: Arc<dyn Bytes>,
    at: u64,
    end: u64,
}

impl Stream {
    /// The stretch from `at` to `end`, buffered.
    pub(super) fn new(bytes: Arc<dyn Bytes>, at: u64, end: u64) -> BufReader<Self> {
        BufReader::with_capacity(STRETCH, Self { bytes, at, end })
    }
}

impl Read for Stream {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let length = (self.end - self.at).min(into.len() as u64) as usize;
        self.bytes.read_at(self.at, &mut into[..length])?;
        self.at += length as u64;
        Ok(length)
    }
}

/// The members that are open: opening one twice gives the same bytes, and their sum is limited.
#[derive(Debug, Default)]
pub(super) struct Open(Mutex<Vec<(usize, Weak<Held>)>>);

impl Open {
    /// The member of a number, made by `make` where it is not open. `size` is what it will take.
    pub(super) fn get(
        &self,
        number: usize,
        size: u64,
        make: impl FnOnce() -> std::result::Result<Vec<u8>, FormatError>,
    ) -> std::result::Result<Arc<dyn Bytes>, FormatError> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|(_, held)| held.strong_count() > 0);
        if let Some(held) = open.iter().find(|(one, _)| *one == number).and_then(|(_, held)| held.upgrade()) {
            return Ok(held);
        }
        let taken: u64 = open.iter().filter_map(|(_, held)| held.upgrade()).map(|held| held.len()).sum();
        if taken + size > OPEN_LIMIT {
            return Err(too_large(taken + size, OPEN_LIMIT));
        }
        let held = Arc::new(Held(make()?));
        open.push((number, Arc::downgrade(&held)));
        Ok(held)
    }
}

/// A member as the directory describes it.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// The archive it is in.
    pub(super) source: Arc<dyn Bytes>,
    /// Where its local header is.
    pub(super) header_at: u64,
    pub(super) method: u16,
    pub(super) is_encrypted: bool,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
}

impl Member {
    /// Why it cannot be opened, where its description says so already.
    fn check(&self) -> std::result::Result<(), FormatError> {
        if self.is_encrypted || self.method == 99 {
            return Err(FormatError::refused(Said::told(|lang| tr!(lang, "format.archive.encrypted").into_owned())));
        }
        if !matches!(self.method, 0 | 8) {
            let method = match self.method {
                9 => "Deflate64".to_owned(),
                12 => "bzip2".to_owned(),
                14 => "LZMA".to_owned(),
                93 => "Zstandard".to_owned(),
                95 => "xz".to_owned(),
                98 => "PPMd".to_owned(),
                other => other.to_string(),
            };
            return Err(FormatError::refused(Said::told(|lang| {
                tr!(lang, "format.archive.method", method = method).into_owned()
            })));
        }
        if self.method == 8 && self.size > MEMBER_LIMIT {
            return Err(too_large(self.size, MEMBER_LIMIT));
        }
        if self.size > RATIO_FROM && self.size / self.packed.max(1) > RATIO_LIMIT {
            return Err(bomb());
        }
        Ok(())
    }

    /// Where its content begins.
    fn content_at(&self) -> std::result::Result<u64, FormatError> {
        let mut local = [0; 30];
        let is_there = self.source.read_at(self.header_at, &mut local).is_ok() && local.starts_with(b"PK\x03\x04");
        let half = |at: usize| u64::from(u16::from_le_bytes([local[at], local[at + 1]]));
        let at = self.header_at + 30 + half(26) + half(28);
        let fits = at.checked_add(self.packed).is_some_and(|end| end <= self.source.len());
        if is_there && fits { Ok(at) } else { Err(damaged().at(FormatPlace::Byte(self.header_at))) }
    }

    /// Its bytes.
    pub(super) fn open(&self, number: usize, open: &Open) -> std::result::Result<Arc<dyn Bytes>, FormatError> {
        self.check()?;
        let at = self.content_at()?;
        if self.method == 0 {
            if self.packed != self.size {
                return Err(damaged().at(FormatPlace::Byte(self.header_at)));
            }
            if self.size >= IN_PLACE_FROM {
                return Ok(Arc::new(Within { outer: self.source.clone(), from: at, length: self.size }));
            }
        }
        let stream = Stream::new(self.source.clone(), at, at + self.packed);
        open.get(number, self.size, || match self.method {
            0 => self.whole(stream),
            _ => self.whole(flate2::bufread::DeflateDecoder::new(stream)),
        })
    }

    /// All that a stream gives, which must be what the directory says.
    fn whole(&self, mut stream: impl Read) -> std::result::Result<Vec<u8>, FormatError> {
        let mut crc = flate2::Crc::new();
        let content = inflated(&mut stream, self.size, |piece| crc.update(piece))?;
        if content.len() as u64 != self.size || crc.sum() != self.crc {
            return Err(damaged().at(FormatPlace::Byte(self.header_at)));
        }
        Ok(content)
    }
}

/// At most one byte more than `limit` of a stream; memory grows as bytes come.
pub(super) fn inflated(
    stream: &mut impl Read,
    limit: u64,
    mut each: impl FnMut(&[u8]),
) -> std::result::Result<Vec<u8>, FormatError> {
    let mut content = Vec::with_capacity(limit.min(1 << 22) as usize);
    let mut piece = vec![0; STRETCH];
    while content.len() as u64 <= limit {
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(read) => {
                each(&piece[..read]);
                content.extend_from_slice(&piece[..read]);
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e)
                if matches!(e.kind(), ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof) =>
            {
                return Err(damaged());
            }
            Err(e) => return Err(e.into()),
        }
    }
    content.shrink_to_fit();
    Ok(content)
}

pub(super) fn damaged() -> FormatError {
    FormatError::refused(Said::told(|lang| tr!(lang, "format.archive.damaged").into_owned()))
}

pub(super) fn bomb() -> FormatError {
    FormatError::refused(Said::told(|lang| tr!(lang, "format.archive.bomb").into_owned()))
}

pub(super) fn too_large(size: u64, limit: u64) -> FormatError {
    let (size, limit) = (count((size >> 20) as usize), count((limit >> 20) as usize));
    FormatError::refused(Said::told(|lang| {
        tr!(lang, "format.archive.too_large", size = size, limit = limit).into_owned()
    }))
}
