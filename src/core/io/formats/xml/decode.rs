//! The bytes of an XML file as UTF-8, in stretches of 64 KiB, whatever its encoding.

use crate::io::formats::{Bytes, FormatError, ReadHints};
use encoding_rs::{Decoder, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};
use std::io::{BufRead, Error, ErrorKind, Read, Result};
use std::sync::Arc;

/// How many bytes are read at once.
const STRETCH: usize = 64 * 1024;

/// The most bytes that one token (a text, a tag) may take.
const LONGEST_TOKEN: usize = 512 * 1024 * 1024;

/// What encoding a file is in, and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charset {
    /// The encoding.
    pub encoding: &'static Encoding,
    /// True where nobody may doubt it: the planner said so, or the bytes show it (a byte order mark, UTF-16).
    pub is_certain: bool,
}

impl Charset {
    /// The name as a person calls it.
    pub fn name(self) -> &'static str {
        if self.encoding == GB18030 { "GB18030" } else { self.encoding.name() }
    }

    /// Tells the encoding: the hint, a byte order mark, the look of UTF-16, the XML declaration, else UTF-8.
    ///
    /// # Errors
    /// Where the hint names no encoding; what the system says.
    pub fn of(bytes: &dyn Bytes, hints: &ReadHints) -> std::result::Result<Self, FormatError> {
        if let Some(label) = &hints.encoding {
            let encoding = labelled(label).ok_or_else(|| super::refusal::unknown_label(label))?;
            return Ok(Self { encoding, is_certain: true });
        }
        Ok(Self::of_head(&bytes.stretch(0, 1024)?))
    }

    /// The same by the first bytes alone.
    pub fn of_head(head: &[u8]) -> Self {
        if let Some((encoding, _)) = Encoding::for_bom(head) {
            return Self { encoding, is_certain: true };
        }
        match head {
            [b'<', 0, ..] => return Self { encoding: UTF_16LE, is_certain: true },
            [0, b'<', ..] => return Self { encoding: UTF_16BE, is_certain: true },
            _ => {}
        }
        let encoding = declared(head).and_then(|label| labelled(&label)).filter(|e| *e != UTF_16LE && *e != UTF_16BE);
        // A text that says UTF-16 in plain bytes was converted without its declaration.
        Self { encoding: encoding.unwrap_or(UTF_8), is_certain: false }
    }

    /// The other encoding that a Chinese file may be in, where this one does not fit.
    pub fn other(self) -> Option<Self> {
        let encoding = if self.is_certain {
            return None;
        } else if self.encoding == UTF_8 {
            GB18030
        } else {
            UTF_8
        };
        Some(Self { encoding, is_certain: false })
    }
}

/// The encoding of a label, with those that Windows programs write and the WHATWG does not know.
fn labelled(label: &str) -> Option<&'static Encoding> {
    let label = label.trim();
    Encoding::for_label(label.as_bytes()).or_else(|| match label.to_ascii_lowercase().as_str() {
        "cp936" | "ms936" | "windows-936" | "936" | "gb_2312" => Some(GBK),
        "cp54936" | "54936" => Some(GB18030),
        "cp65001" | "65001" | "utf_8" => Some(UTF_8),
        "cp950" | "950" => Some(encoding_rs::BIG5),
        _ => None,
    })
}

/// The label in `<?xml … encoding="GBK"?>`.
fn declared(head: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(head);
    let declaration = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?.0;
    let after = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    after[1..].split_once(quote).map(|(label, _)| label.to_owned())
}

/// Text in stretches. Memory: about 250 KiB.
pub struct Decoded {
    bytes: Arc<dyn Bytes>,
    at: u64,
    decoder: Decoder,
    /// Looks at bytes of a declared GBK beside: whether they are UTF-8 in truth.
    beside: Option<(Decoder, Vec<u8>)>,
    is_utf8_beside: bool,
    has_letters: bool,
    raw: Vec<u8>,
    raw_from: usize,
    text: Vec<u8>,
    from: usize,
    end: usize,
    is_over: bool,
    /// Bytes that the token being read may still take.
    room: usize,
    /// Where the token being read begins in `text`.
    mark: usize,
    /// Line breaks before the token, where it begins in an earlier stretch.
    breaks_at_mark: Option<u64>,
    /// Line breaks before this stretch.
    breaks: u64,
    /// True where bytes do not fit the encoding.
    pub(super) is_bad: bool,
}

impl Decoded {
    pub(super) fn new(bytes: Arc<dyn Bytes>, charset: Charset) -> Self {
        let is_unicode = [UTF_8, UTF_16LE, UTF_16BE].contains(&charset.encoding);
        let look_beside = !is_unicode && !charset.is_certain;
        Self {
            bytes,
            at: 0,
            decoder: charset.encoding.new_decoder_with_bom_removal(),
            beside: look_beside.then(|| (UTF_8.new_decoder_without_bom_handling(), vec![0; 3 * STRETCH + 64])),
            is_utf8_beside: true,
            has_letters: false,
            raw: Vec::new(),
            raw_from: 0,
            text: vec![0; STRETCH * 3 / 2],
            from: 0,
            end: 0,
            is_over: false,
            room: LONGEST_TOKEN,
            mark: 0,
            breaks_at_mark: None,
            breaks: 0,
            is_bad: false,
        }
    }

    /// Says that a token begins here.
    pub(super) fn begin_token(&mut self) {
        self.room = LONGEST_TOKEN;
        (self.mark, self.breaks_at_mark) = (self.from, None);
    }

    /// The line on which the token began, counted from 1. Cost: a look at up to 64 KiB.
    pub(super) fn token_line(&self) -> u64 {
        1 + self.breaks_at_mark.unwrap_or_else(|| self.breaks + self.breaks_before(self.mark))
    }

    /// The line being read, likewise.
    pub(super) fn line(&self) -> u64 {
        1 + self.breaks + self.breaks_before(self.from)
    }

    fn breaks_before(&self, at: usize) -> u64 {
        memchr::memchr_iter(b'\n', &self.text[..at]).count() as u64
    }

    /// Bytes of the file that were read.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// True where bytes do not fit, or where letters of a declared GBK are UTF-8 to the last one.
    pub(super) fn is_doubtful(&self) -> bool {
        self.is_bad || self.beside.is_some() && self.has_letters && self.is_utf8_beside
    }

    fn refill(&mut self) -> Result<()> {
        while !self.is_over && self.from == self.end {
            if self.raw_from == self.raw.len() && self.at < self.bytes.len() {
                let length = (self.bytes.len() - self.at).min(STRETCH as u64) as usize;
                self.raw.resize(length, 0);
                self.bytes.read_at(self.at, &mut self.raw)?;
                self.at += length as u64;
                self.raw_from = 0;
                if let Some((decoder, scratch)) = &mut self.beside {
                    let (_, _, _, bad) = decoder.decode_to_utf8(&self.raw, scratch, false);
                    self.is_utf8_beside &= !bad;
                    self.has_letters |= !self.raw.is_ascii();
                }
            }
            if self.breaks_at_mark.is_none() {
                self.breaks_at_mark = Some(self.breaks + self.breaks_before(self.mark));
            }
            self.breaks += self.breaks_before(self.end);
            let is_last = self.at >= self.bytes.len();
            let (result, read, written, bad) =
                self.decoder.decode_to_utf8(&self.raw[self.raw_from..], &mut self.text, is_last);
            self.raw_from += read;
            self.is_bad |= bad;
            (self.from, self.end) = (0, written);
            self.is_over = is_last && result == encoding_rs::CoderResult::InputEmpty;
        }
        Ok(())
    }
}

impl Read for Decoded {
    fn read(&mut self, into: &mut [u8]) -> Result<usize> {
        let ready = self.fill_buf()?;
        let length = ready.len().min(into.len());
        into[..length].copy_from_slice(&ready[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Decoded {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        if self.room == 0 {
            return Err(Error::from(ErrorKind::FileTooLarge));
        }
        self.refill()?;
        Ok(&self.text[self.from..self.end])
    }

    fn consume(&mut self, amount: usize) {
        let until = (self.from + amount).min(self.end);
        self.room = self.room.saturating_sub(until - self.from);
        self.from = until;
    }
}
