//! Archives as folders: zip (with zips inside, one level deep) and gzip of a single file.
//!
//! Our own reader of the zip directory (PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5) over `flate2`: every count and
//! size is held against the file before anything is reserved. Members are inflated into memory when they are
//! opened, each at most 1 GB, all that are open together at most 2 GB; large members that are stored as they are
//! stay where they are. Nothing is written to the disk.

mod gzip;
mod member;
mod names;
mod zip;

#[cfg(test)]
mod tests;

use super::{Bytes, Folder, FormatError, Input};
use crate::i18n::{Said, tr};
use std::io::ErrorKind;
use std::sync::Arc;

/// The bytes that an archive's members have unpacked, as it says itself; of what is no archive those of the file.
pub fn unpacked_bytes(input: &Input) -> u64 {
    let members = input.open().ok().and_then(|bytes| archive_input(bytes).ok());
    let names = members.as_ref().and_then(|folder| folder.names().ok());
    let sizes = members.zip(names).map(|(folder, names)| names.iter().map(|name| folder.size(name)).sum());
    sizes.unwrap_or_else(|| input.size())
}

/// The folder of an archive's members.
///
/// # Errors
/// Where the file is no archive, damaged, or of a kind that is not read (RAR, 7z, tar), with the way out.
pub fn archive_input(bytes: Arc<dyn Bytes>) -> Result<Arc<dyn Folder>, FormatError> {
    let head = bytes.stretch(0, 512)?;
    if gzip::is_gzip(&head) {
        return Ok(Arc::new(gzip::Gzip::new(bytes, None)?));
    }
    let other = match head.as_slice() {
        [b'R', b'a', b'r', b'!', 0x1a, 7, ..] => Some("RAR"),
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Some("7z"),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some("bzip2"),
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Some("xz"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("zstd"),
        _ if head.get(257..262) == Some(b"ustar") => Some("tar"),
        _ => None,
    };
    if let Some(kind) = other {
        return Err(FormatError::refused(Said::told(|lang| {
            tr!(lang, "format.archive.other_kind", kind = kind).into_owned()
        })));
    }
    if super::dbase::is_page(&String::from_utf8_lossy(&head)) {
        return Err(FormatError::refused(Said::told(|lang| tr!(lang, "format.archive.page").into_owned())));
    }
    Ok(Arc::new(zip::Zip::open(bytes)?))
}

/// The folder of the one file that is packed with gzip. `name` is the packed file's (`roads.geojson.gz`).
///
/// # Errors
/// Where it is not packed with gzip, or is a `.tar.gz`.
pub fn gzip_input(bytes: Arc<dyn Bytes>, name: &str) -> Result<Arc<dyn Folder>, FormatError> {
    if !gzip::is_gzip(&bytes.stretch(0, 18)?) {
        return Err(FormatError::refused(Said::told(|lang| tr!(lang, "format.archive.not_one").into_owned())));
    }
    Ok(Arc::new(gzip::Gzip::new(bytes, Some(name))?))
}

/// A refusal as the error that [`Folder::open`] gives. [`refusal`] has it back.
fn carried(refused: FormatError) -> std::io::Error {
    std::io::Error::new(ErrorKind::InvalidData, refused)
}

/// What an error of [`Folder::open`] says: the refusal that an archive's member carries, else what the system says.
pub fn refusal(e: std::io::Error) -> FormatError {
    match e.downcast::<FormatError>() {
        Ok(refused) => refused,
        Err(e) => FormatError::System(e.to_string()),
    }
}
