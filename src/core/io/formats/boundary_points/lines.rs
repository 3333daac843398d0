//! The lines of a 拐点坐标 text: sections, descriptions, parcels, points.

use crate::i18n::{Said, tr};
use crate::io::formats::positions::read_number;
use crate::io::formats::text::{TextEncoding, TextStream};
use crate::io::formats::{Bytes, FormatError, FormatPlace};
use crate::progress::Progress;

/// Bytes of a line, at most.
const LONGEST: usize = 1 << 20;

/// What a line is.
#[derive(Clone, Debug, PartialEq)]
pub enum Line<'a> {
    /// `[属性描述]`, `[地块坐标]`.
    Section(&'a str),
    /// `坐标系=2000国家大地坐标系`.
    Description(&'a str, &'a str),
    /// A parcel's cells, without the `@`.
    Parcel(Vec<&'a str>),
    /// A point: its name, ring, northing (the first number) and easting as the file has them.
    Point {
        /// `J1`.
        name: &'a str,
        /// The ring's number; 1 where the line has none.
        ring: &'a str,
        /// The first number.
        first: f64,
        /// The second.
        second: f64,
    },
    /// Nothing to see.
    Blank,
    /// Anything else.
    Unknown(&'a str),
}

/// Splits at commas of either width and tabs; white space around cells does not count.
fn cells(text: &str) -> Vec<&str> {
    text.split([',', '，', '\t']).map(str::trim).collect()
}

/// What a line is.
pub fn read_line(text: &str) -> Line<'_> {
    let text = text.trim().trim_start_matches('\u{feff}');
    if text.is_empty() {
        return Line::Blank;
    }
    if let Some(name) = text.strip_prefix(['[', '［', '【']) {
        return Line::Section(name.trim_end_matches([']', '］', '】']).trim());
    }
    if let Some(parcel) = text.trim_end_matches([',', '，', ' ']).strip_suffix(['@', '＠']) {
        let mut cells = cells(parcel);
        // The comma in front of the mark ends the last cell.
        if cells.last().is_some_and(|last| last.is_empty()) {
            cells.pop();
        }
        return Line::Parcel(cells);
    }
    if let Some((key, value)) = text.split_once(['=', '＝']) {
        return Line::Description(key.trim(), value.trim());
    }
    let mut all = cells(text);
    if all.len() == 1 {
        all = text.split_whitespace().collect();
    }
    while all.len() > 3 && all.last().is_some_and(|last| last.is_empty()) {
        all.pop();
    }
    let (name, ring, first, second) = match all[..] {
        // A height may follow.
        [name, ring, first, second] | [name, ring, first, second, _] => (name, ring, first, second),
        [name, first, second] => (name, "", first, second),
        _ => return Line::Unknown(text),
    };
    match (read_number(first), read_number(second)) {
        (Some(first), Some(second)) => {
            Line::Point { name, ring: if ring.is_empty() { "1" } else { ring }, first, second }
        }
        _ => Line::Unknown(text),
    }
}

/// Calls `each` with every line and its number, counted from 1; the last says whether it is without a line break.
///
/// # Errors
/// Where a line is too long; what the system says; those of `each`.
pub fn each_line(
    bytes: &dyn Bytes,
    encoding: &TextEncoding,
    progress: &Progress,
    each: &mut dyn FnMut(&str, u64, bool) -> Result<(), FormatError>,
) -> Result<(), FormatError> {
    let mut stream = TextStream::new(bytes, encoding);
    let (mut buffer, mut number) = (Vec::new(), 1);
    loop {
        let read = stream.more(0, &mut buffer)?;
        progress.advance(read)?;
        let ended = read == 0;
        let mut at = 0;
        while let Some(length) = buffer[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let end = at + length;
            // The second half of `\r\n` may be in the next stretch.
            if buffer[end] == b'\r' && end + 1 == buffer.len() && !ended {
                break;
            }
            each(&String::from_utf8_lossy(&buffer[at..end]), number, false)?;
            at = end + if buffer[end] == b'\r' && buffer.get(end + 1) == Some(&b'\n') { 2 } else { 1 };
            number += 1;
        }
        buffer.drain(..at);
        if ended {
            return if buffer.is_empty() { Ok(()) } else { each(&String::from_utf8_lossy(&buffer), number, true) };
        }
        if buffer.len() > LONGEST {
            let said = Said::told(|lang| tr!(lang, "format.points.long_line").into_owned());
            return Err(FormatError::refused(said).at(FormatPlace::Line(number)));
        }
    }
}
