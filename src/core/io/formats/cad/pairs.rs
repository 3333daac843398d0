//! The pairs of group code and value that a DXF file consists of.

use super::refuse;
use crate::i18n::tr;
use crate::io::formats::{FormatError, FormatPlace};
use memchr::memchr;

/// The first bytes of a binary DXF file.
pub(super) const BINARY_START: &[u8] = b"AutoCAD Binary DXF\r\n\x1a\x00";

/// A group code with its value, and where the pair is in the bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    /// The group code.
    pub code: i32,
    /// The value without its line end.
    pub value: &'a [u8],
    /// The bytes of both lines.
    pub range: (usize, usize),
    /// The line of the code, counted from 1.
    pub line: u64,
}

/// Pairs of a text.
#[derive(Debug)]
pub(super) struct Pairs<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
    line_end: u8,
}

impl<'a> Pairs<'a> {
    /// Pairs from the first line on.
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        // Lines of old Macintosh files end with CR alone.
        let head = &bytes[..bytes.len().min(4_096)];
        let is_mac = memchr(b'\n', head).is_none() && memchr(b'\r', head).is_some();
        Self { bytes, at: 0, line: 0, line_end: if is_mac { b'\r' } else { b'\n' } }
    }

    /// The line that was read last.
    pub(super) fn line(&self) -> u64 {
        self.line
    }

    fn next_line(&mut self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let end = memchr(self.line_end, rest);
        let line = &rest[..end.unwrap_or(rest.len())];
        self.at += end.map_or(rest.len(), |end| end + 1);
        self.line += 1;
        Some(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// The next pair; `None` at the end.
    ///
    /// # Errors
    /// Where a group code is no number, or its value is missing.
    pub(super) fn next(&mut self) -> Result<Option<Pair<'a>>, FormatError> {
        let from = self.at;
        let Some(code) = self.next_line() else { return Ok(None) };
        let line = self.line;
        let code = code.trim_ascii();
        let Some(number) = whole(code) else {
            if code.is_empty() && self.bytes[self.at..].trim_ascii().is_empty() {
                return Ok(None);
            }
            let found = String::from_utf8_lossy(&code[..code.len().min(40)]).into_owned();
            return Err(
                refuse(|lang| tr!(lang, "format.cad.bad_code", found = found).into_owned()).at(FormatPlace::Line(line))
            );
        };
        let Some(value) = self.next_line() else { return Err(truncated(self.line)) };
        Ok(Some(Pair { code: number, value, range: (from, self.at), line }))
    }
}

/// The refusal of a drawing that ends too early.
pub(super) fn truncated(line: u64) -> FormatError {
    refuse(|lang| tr!(lang, "format.cad.truncated").into_owned()).at(FormatPlace::Line(line))
}

fn whole(text: &[u8]) -> Option<i32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// What the value of a group code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueKind {
    /// Text up to a zero byte.
    Text,
    /// A double.
    Real,
    /// 16 bits.
    Short,
    /// 32 bits.
    Long,
    /// 64 bits.
    LongLong,
    /// One byte.
    Byte,
    /// A length byte, then bytes.
    Chunk,
}

/// The kind of a group code's value; `None` for codes that no drawing uses.
pub(super) fn value_kind(code: i32) -> Option<ValueKind> {
    Some(match code {
        0..=9 | 100..=109 | 300..=309 | 320..=369 | 390..=399 | 410..=419 | 430..=439 | 470..=481 | 999..=1003 => {
            ValueKind::Text
        }
        1005..=1009 => ValueKind::Text,
        10..=59 | 110..=149 | 210..=239 | 460..=469 | 1010..=1059 => ValueKind::Real,
        60..=79 | 170..=179 | 270..=289 | 370..=389 | 400..=409 | 1060..=1070 => ValueKind::Short,
        90..=99 | 420..=429 | 440..=459 | 1071 => ValueKind::Long,
        160..=169 => ValueKind::LongLong,
        290..=299 => ValueKind::Byte,
        310..=319 | 1004 => ValueKind::Chunk,
        _ => return None,
    })
}

/// True for text that Rust's parser takes as a finite-looking number: digits with a sign, a point and an exponent.
pub(super) fn is_number(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    let unsigned = text.strip_prefix(b"-").or_else(|| text.strip_prefix(b"+")).unwrap_or(text);
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let whole = digits(unsigned);
    let mut rest = &unsigned[whole..];
    let mut count = whole;
    if let Some(after) = rest.strip_prefix(b".") {
        let decimals = digits(after);
        count += decimals;
        rest = &after[decimals..];
    }
    if count == 0 {
        return false;
    }
    let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) else { return rest.is_empty() };
    let exponent = exponent.strip_prefix(b"-").or_else(|| exponent.strip_prefix(b"+")).unwrap_or(exponent);
    !exponent.is_empty() && digits(exponent) == exponent.len()
}

/// Writes a binary DXF file as a text one, so that both are read alike. Strings keep their bytes.
///
/// # Errors
/// Where a group code is none, or the file ends within a value.
pub(super) fn text_of_binary(bytes: &[u8]) -> Result<Vec<u8>, FormatError> {
    use std::io::Write;
    let mut at = BINARY_START.len();
    let mut out = Vec::with_capacity(bytes.len().saturating_mul(2));
    // The first code is 0: one byte before R13, two since.
    let is_old = bytes.get(at + 1).is_some_and(|byte| *byte != 0);
    let cut =
        |at: usize| refuse(|lang| tr!(lang, "format.cad.truncated").into_owned()).at(FormatPlace::Byte(at as u64));
    while at < bytes.len() {
        let start = at;
        let mut take = |length: usize| -> Result<&[u8], FormatError> {
            let taken = bytes.get(at..at + length).ok_or_else(|| cut(start))?;
            at += length;
            Ok(taken)
        };
        let short = |taken: &[u8]| i32::from(i16::from_le_bytes([taken[0], taken[1]]));
        let code = match is_old {
            false => short(take(2)?),
            true => match take(1)?[0] {
                255 => short(take(2)?),
                code => i32::from(code),
            },
        };
        let bad = || {
            refuse(|lang| tr!(lang, "format.cad.bad_code", found = code).into_owned())
                .at(FormatPlace::Byte(start as u64))
        };
        let kind = value_kind(code).ok_or_else(bad)?;
        // Writing to memory cannot fail.
        let _ = writeln!(out, "{code}");
        let _ = match kind {
            ValueKind::Text => {
                let end = memchr(0, &bytes[at.min(bytes.len())..]).ok_or_else(|| cut(start))?;
                let value = &bytes[at..at + end];
                at += end + 1;
                escape_controls(value, &mut out);
                if code == 0 && value == b"EOF" {
                    out.push(b'\n');
                    return Ok(out);
                }
                Ok(())
            }
            ValueKind::Real => {
                let mut value = [0; 8];
                value.copy_from_slice(take(8)?);
                write!(out, "{:?}", f64::from_le_bytes(value))
            }
            ValueKind::Short => write!(out, "{}", short(take(2)?)),
            ValueKind::Long => {
                let mut value = [0; 4];
                value.copy_from_slice(take(4)?);
                write!(out, "{}", i32::from_le_bytes(value))
            }
            ValueKind::LongLong => {
                let mut value = [0; 8];
                value.copy_from_slice(take(8)?);
                write!(out, "{}", i64::from_le_bytes(value))
            }
            ValueKind::Byte => write!(out, "{}", take(1)?[0]),
            ValueKind::Chunk => {
                let length = usize::from(take(1)?[0]);
                take(length)?.iter().try_for_each(|byte| write!(out, "{byte:02X}"))
            }
        };
        out.push(b'\n');
    }
    Ok(out)
}

/// Line ends within a string of a binary file, as text files write them.
fn escape_controls(value: &[u8], out: &mut Vec<u8>) {
    for byte in value {
        match byte {
            b'\n' => out.extend_from_slice(b"^J"),
            b'\r' => out.extend_from_slice(b"^M"),
            b'^' => out.extend_from_slice(b"^ "),
            byte => out.push(*byte),
        }
    }
}
