//! Opens a workbook: what it is, whether its members are of a size that can be read.

use super::{Fault, xls_guard};
use crate::io::formats::{Bytes, InMemory, Input};
use calamine::{Ods, Reader as _, Xls, Xlsx};
use std::io::{Cursor, Read, Seek, SeekFrom, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A member of an archive that holds more is refused.
const MEMBER: u64 = 4 << 30;
/// Members that are held in memory are smaller.
const HELD: u64 = 1 << 30;
/// From this size on a member that is packed too well is refused.
const SUSPECT: u64 = 32 << 20;
/// So much smaller is no table.
const RATIO: u64 = 200;
/// An XLS file is held in memory.
const XLS: u64 = 512 << 20;
/// An ODS file that must be written anew to be read holds less.
const REWRITTEN: u64 = 256 << 20;
/// Bytes read at once.
const STRETCH: usize = 1 << 16;

/// A file as a reader that can go back.
#[derive(Debug)]
pub(super) struct Reader {
    bytes: Arc<dyn Bytes>,
    at: u64,
    held: Vec<u8>,
    held_from: u64,
}

impl Reader {
    pub(super) fn new(bytes: Arc<dyn Bytes>) -> Self {
        Self { bytes, at: 0, held: Vec::new(), held_from: 0 }
    }
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let is_held = self.at >= self.held_from && self.at < self.held_from + self.held.len() as u64;
        if !is_held {
            self.held = self.bytes.stretch(self.at, STRETCH)?;
            self.held_from = self.at;
        }
        let held = self.held.get((self.at - self.held_from) as usize..).unwrap_or_default();
        let length = held.len().min(into.len());
        into[..length].copy_from_slice(&held[..length]);
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let place = match to {
            SeekFrom::Start(place) => Some(place),
            SeekFrom::End(by) => self.bytes.len().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = place.ok_or(std::io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// A workbook.
pub(super) enum Book {
    Xlsx(Box<Xlsx<Reader>>),
    Ods(Box<Ods<Reader>>),
    Xls(Box<Xls<Cursor<Vec<u8>>>>),
}

/// What the first bytes of a file show, its ending beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Xlsx,
    Ods,
    Xls,
    Xlsb,
    /// A web page or other XML under the name of a workbook.
    Markup,
    Other,
}

pub(super) fn kind_of(input: &Input, head: &[u8]) -> Kind {
    let ending = input.extension();
    let has = |word: &str| memchr::memmem::find(head, word.as_bytes()).is_some();
    if head.starts_with(b"PK\x03\x04") {
        return match &*ending {
            "xlsb" => Kind::Xlsb,
            "ods" => Kind::Ods,
            "xlsx" | "xlsm" | "xltx" | "xltm" => Kind::Xlsx,
            // By the members whose names stand in the first bytes.
            _ if has("opendocument.spreadsheet") => Kind::Ods,
            _ if has("xl/workbook.xml") || has("xl/worksheets") || has("xl/_rels") => Kind::Xlsx,
            "xls" | "et" => Kind::Xlsx,
            _ => Kind::Other,
        };
    }
    let is_ours = ["xls", "xlsx", "xlsm", "et", "xlt", "ods"].contains(&&*ending);
    if head.starts_with(&[0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]) {
        return if is_ours { Kind::Xls } else { Kind::Other };
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if is_ours && !head.is_empty() {
        return if text.starts_with(b"<") { Kind::Markup } else { Kind::Other };
    }
    Kind::Other
}

/// Runs what a library does with a file; a panic of it is a damaged file.
pub(super) fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|_| Fault::Damaged)
}

/// Opens a workbook of a kind.
pub(super) fn open(bytes: Arc<dyn Bytes>, kind: Kind) -> Result<Book, Fault> {
    match kind {
        Kind::Xlsx => {
            check_zip(
                &bytes,
                &["xl/sharedstrings.xml", "xl/styles.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"],
            )?;
            let opened = guarded(|| Xlsx::new(Reader::new(bytes)))?;
            opened.map(|book| Book::Xlsx(Box::new(book))).map_err(|e| match e {
                calamine::XlsxError::Password => Fault::Password,
                _ => Fault::Damaged,
            })
        }
        Kind::Ods => {
            check_zip(&bytes, &["content.xml", "meta.xml", "meta-inf/manifest.xml"])?;
            let mut opened = guarded(|| Ods::new(Reader::new(Arc::clone(&bytes))))?;
            if matches!(opened, Err(calamine::OdsError::Mismatch { .. })) {
                // calamine stops at white space between cells, which some programs write.
                let whole = without_gaps(&bytes)?;
                opened = guarded(|| Ods::new(Reader::new(whole)))?;
            }
            opened.map(|book| Book::Ods(Box::new(book))).map_err(|e| match e {
                calamine::OdsError::Password => Fault::Password,
                calamine::OdsError::CellLimitExceeded { .. } => Fault::TooLarge,
                _ => Fault::Damaged,
            })
        }
        Kind::Xls => {
            if bytes.len() > XLS {
                return Err(Fault::TooLarge);
            }
            let all = bytes.stretch(0, bytes.len() as usize).map_err(|_| Fault::Damaged)?;
            xls_guard::check(&all)?;
            let opened = guarded(|| Xls::new(Cursor::new(all)))?;
            opened.map(|book| Book::Xls(Box::new(book))).map_err(|e| match e {
                calamine::XlsError::Password => Fault::Password,
                _ => Fault::Damaged,
            })
        }
        Kind::Xlsb => Err(Fault::Xlsb),
        Kind::Markup => Err(Fault::Markup),
        Kind::Other => Err(Fault::NoWorkbook),
    }
}

/// Looks at an archive's list of members, and reads those that will be held in memory to their ends: none is larger than it
/// says, none is damaged.
fn check_zip(bytes: &Arc<dyn Bytes>, held: &[&str]) -> Result<(), Fault> {
    let mut archive = zip::ZipArchive::new(Reader::new(Arc::clone(bytes))).map_err(|_| Fault::Damaged)?;
    let mut look = Vec::new();
    for index in 0..archive.len() {
        let member = archive.by_index_raw(index).map_err(|_| Fault::Damaged)?;
        let (size, packed) = (member.size(), member.compressed_size());
        let is_held = held.contains(&&*member.name().to_lowercase().trim_start_matches('/').replace('\\', "/"));
        if size > MEMBER || (is_held && size > HELD) || (size > SUSPECT && size / RATIO > packed) {
            return Err(Fault::TooLarge);
        }
        if member.encrypted() {
            return Err(Fault::Password);
        }
        if is_held {
            look.push(index);
        }
    }
    for index in look {
        let member = archive.by_index(index).map_err(|_| Fault::Damaged)?;
        let size = member.size();
        let is_strings = member.name().to_lowercase().ends_with("sharedstrings.xml");
        let mut limited = member.take(size + 1);
        let mut head = Vec::new();
        if is_strings {
            (&mut limited).take(4096).read_to_end(&mut head).map_err(|_| Fault::Damaged)?;
            // Room is made for as many strings as it says.
            if unique_count(&head).is_some_and(|count| count > size / 5 + 1) {
                return Err(Fault::Damaged);
            }
        }
        let rest = std::io::copy(&mut limited, &mut std::io::sink()).map_err(|_| Fault::Damaged)?;
        if rest + head.len() as u64 != size {
            return Err(Fault::Damaged);
        }
    }
    Ok(())
}

/// An ODS file of the same cells without white space in front of cells, rows and paragraphs.
fn without_gaps(bytes: &Arc<dyn Bytes>) -> Result<Arc<dyn Bytes>, Fault> {
    let damaged = |_| Fault::Damaged;
    let mut archive = zip::ZipArchive::new(Reader::new(Arc::clone(bytes))).map_err(|_| Fault::Damaged)?;
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for name in ["mimetype", "META-INF/manifest.xml", "content.xml"] {
        let member = archive.by_name(name).map_err(|_| Fault::Damaged)?;
        if member.size() > REWRITTEN {
            return Err(Fault::TooLarge);
        }
        let mut text = Vec::new();
        member.take(REWRITTEN).read_to_end(&mut text).map_err(damaged)?;
        if name == "content.xml" {
            text = close_up(&text);
        }
        writer.start_file(name, stored).map_err(|_| Fault::Damaged)?;
        writer.write_all(&text).map_err(damaged)?;
    }
    let all = writer.finish().map_err(|_| Fault::Damaged)?.into_inner();
    InMemory::default().with("book", all).input("book").open().map_err(damaged)
}

/// A text of XML without white space in front of tags of tables and paragraphs.
fn close_up(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut from = 0;
    for at in memchr::memchr_iter(b'<', text) {
        let before = &text[from..at];
        let rest = text[at + 1..].strip_prefix(b"/").unwrap_or(&text[at + 1..]);
        let is_table = rest.starts_with(b"table:") || text[at + 1..].starts_with(b"text:p");
        let is_gap =
            is_table && before.rsplit(|byte| *byte == b'>').next().is_some_and(|gap| gap.trim_ascii().is_empty());
        let kept = if is_gap { before.trim_ascii_end() } else { before };
        out.extend_from_slice(kept);
        from = at;
    }
    out.extend_from_slice(&text[from..]);
    out
}

/// How many strings a table of shared strings says that it holds.
fn unique_count(head: &[u8]) -> Option<u64> {
    let at = memchr::memmem::find(head, b"uniqueCount")?;
    let rest = head[at + 11..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let digits = rest.get(1..)?.iter().take_while(|byte| byte.is_ascii_digit()).take(20);
    let digits: String = digits.map(|byte| char::from(*byte)).collect();
    Some(digits.parse().unwrap_or(u64::MAX))
}
