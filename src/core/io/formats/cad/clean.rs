//! A DXF file as the decoder gets it: UTF-8, the sections and tables that hold geometry, records whose counts do not lie.

use super::encoding::{self, Choice};
use super::pairs::{BINARY_START, Pair, Pairs, ValueKind, is_number, text_of_binary, truncated, value_kind};
use super::{notes, refuse};
use crate::i18n::{count, tr};
use crate::io::formats::{FormatError, Note};
use encoding_rs::{Encoding, UTF_8};
use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Write;

/// Record types that the decoder takes over whole. Of the others only layer, space and handle are passed on, so that they can
/// be counted.
const READ: &[&[u8]] = &[
    b"POINT",
    b"LINE",
    b"CIRCLE",
    b"ARC",
    b"ELLIPSE",
    b"LWPOLYLINE",
    b"POLYLINE",
    b"VERTEX",
    b"SEQEND",
    b"TEXT",
    b"MTEXT",
    b"ATTDEF",
    b"ATTRIB",
    b"INSERT",
    b"HATCH",
    b"MPOLYGON",
    b"SPLINE",
    b"HELIX",
    b"SOLID",
    b"TRACE",
    b"3DFACE",
    b"MLINE",
    b"MESH",
    b"BLOCK",
    b"ENDBLK",
];

/// Stands before the type of a record that is passed on as a stub.
pub(super) const STUB: char = '~';

/// A cleaned drawing.
#[derive(Debug)]
pub(super) struct Cleaned {
    /// The text for the decoder.
    pub text: Vec<u8>,
    /// The encoding of the original.
    pub encoding: &'static Encoding,
    /// What was doubtful.
    pub notes: Vec<Note>,
}

/// Cleans the bytes of a DXF file, text or binary.
///
/// # Errors
/// Where the file ends within a section, or a group code is no number.
pub(super) fn clean(bytes: &[u8], hint: Option<&'static Encoding>) -> Result<Cleaned, FormatError> {
    if bytes.starts_with(BINARY_START) {
        let text = text_of_binary(bytes)?;
        return clean_text(&text, hint);
    }
    match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(bytes) => clean_text(bytes, hint.or(Some(UTF_8))),
        None => clean_text(bytes, hint),
    }
}

fn clean_text(bytes: &[u8], hint: Option<&'static Encoding>) -> Result<Cleaned, FormatError> {
    let head = header(bytes)?;
    let is_unicode = head.version.as_deref().is_some_and(|version| version >= "AC1021");
    let Choice { encoding, note } = encoding::choose(bytes, is_unicode, head.code_page.as_deref(), hint);
    let mut cleaner = Cleaner {
        bytes,
        encoding,
        is_plain: bytes.is_ascii() || (encoding == UTF_8 && std::str::from_utf8(bytes).is_ok()),
        out: Vec::with_capacity(bytes.len() + 256),
        record: Vec::new(),
        undecodable: 0,
        bad_numbers: 0,
        lying: 0,
        first_bad_line: 0,
        handles: HashSet::new(),
        twins: 0,
    };
    cleaner.header(&head);
    let has_end = cleaner.sections()?;
    cleaner.pair(0, b"EOF");
    let mut all: Vec<Note> = note.into_iter().collect();
    cleaner.say(has_end, &mut all);
    Ok(Cleaned { text: cleaner.out, encoding, notes: all })
}

#[derive(Debug, Default)]
struct Header {
    version: Option<String>,
    code_page: Option<String>,
    units: Option<i32>,
    is_imperial: bool,
}

/// The variables of the header that matter.
fn header(bytes: &[u8]) -> Result<Header, FormatError> {
    let mut pairs = Pairs::new(bytes);
    let mut found = Header::default();
    let mut variable: &[u8] = b"";
    let mut is_header = false;
    while let Some(pair) = pairs.next()? {
        let text = || String::from_utf8_lossy(pair.value.trim_ascii()).into_owned();
        match (pair.code, pair.value.trim_ascii()) {
            (2, b"HEADER") => is_header = true,
            (0, b"ENDSEC") if is_header => break,
            // A header stands first, where there is one.
            (2, b"BLOCKS" | b"ENTITIES" | b"TABLES") if !is_header => break,
            (0, b"EOF") => break,
            (9, name) => variable = name,
            (1, _) if variable == b"$ACADVER" => found.version = Some(text()),
            (3, _) if variable == b"$DWGCODEPAGE" => found.code_page = Some(text()),
            (70, value) if variable == b"$MEASUREMENT" => found.is_imperial = value == b"0",
            (70, _) if variable == b"$INSUNITS" => found.units = text().parse().ok(),
            _ => {}
        }
    }
    Ok(found)
}

struct Cleaner<'a> {
    bytes: &'a [u8],
    encoding: &'static Encoding,
    /// True where bytes can be passed on as they are.
    is_plain: bool,
    out: Vec<u8>,
    record: Vec<Pair<'a>>,
    undecodable: usize,
    bad_numbers: usize,
    lying: usize,
    first_bad_line: u64,
    /// Handles that were given already: the decoder knows entities by them alone.
    handles: HashSet<u64>,
    twins: usize,
}

impl<'a> Cleaner<'a> {
    fn pair(&mut self, code: i32, value: &[u8]) {
        // Writing to memory cannot fail.
        let _ = writeln!(self.out, "{code}");
        self.out.extend_from_slice(value);
        self.out.push(b'\n');
    }

    fn header(&mut self, head: &Header) {
        self.pair(0, b"SECTION");
        self.pair(2, b"HEADER");
        if let Some(version) = &head.version {
            self.pair(9, b"$ACADVER");
            self.pair(1, version.as_bytes());
        }
        if let Some(units) = head.units.filter(|units| (0..=1_000).contains(units)) {
            self.pair(9, b"$INSUNITS");
            self.pair(70, units.to_string().as_bytes());
        }
        self.pair(9, b"$MEASUREMENT");
        self.pair(70, if head.is_imperial { b"0" } else { b"1" });
        self.pair(0, b"ENDSEC");
    }

    /// Passes the sections on; gives true where the file has its end mark.
    fn sections(&mut self) -> Result<bool, FormatError> {
        let mut pairs = Pairs::new(self.bytes);
        let (mut is_drawing, mut has_entities) = (false, false);
        loop {
            let Some(pair) = pairs.next()? else {
                return match (is_drawing, has_entities) {
                    (_, true) => Ok(false),
                    // Cut between two sections: what matters is missing.
                    (true, false) => Err(truncated(pairs.line())),
                    (false, false) => Err(not_a_drawing()),
                };
            };
            match (pair.code, pair.value.trim_ascii()) {
                (0, b"EOF") if has_entities => return Ok(true),
                (0, b"EOF") if is_drawing => return Err(no_entities()),
                (0, b"EOF") => return Err(not_a_drawing()),
                (0, b"SECTION") => {}
                _ => continue,
            }
            is_drawing = true;
            let Some(name) = pairs.next()? else { return Err(truncated(pairs.line())) };
            if name.code == 0 {
                // A section without a name, then the end: some writers leave it.
                if name.value.trim_ascii() == b"EOF" {
                    return if has_entities { Ok(true) } else { Err(no_entities()) };
                }
                continue;
            }
            has_entities |= name.value.trim_ascii() == b"ENTITIES";
            let has_end = match name.value.trim_ascii() {
                b"TABLES" => self.section(&mut pairs, b"TABLES", true)?,
                b"BLOCKS" => self.section(&mut pairs, b"BLOCKS", false)?,
                b"ENTITIES" => self.section(&mut pairs, b"ENTITIES", false)?,
                _ => skip(&mut pairs)?,
            };
            if !has_end {
                return if has_entities { Ok(true) } else { Err(no_entities()) };
            }
        }
    }

    /// A section up to its end; false where the end mark of the file came instead.
    fn section(&mut self, pairs: &mut Pairs<'a>, name: &[u8], is_tables: bool) -> Result<bool, FormatError> {
        self.pair(0, b"SECTION");
        self.pair(2, name);
        let mut table: &[u8] = b"";
        let has_end = loop {
            let Some(pair) = pairs.next()? else { return Err(truncated(pairs.line())) };
            if pair.code == 0 {
                if is_tables {
                    self.table_record(&mut table);
                } else {
                    self.entity();
                }
                match pair.value.trim_ascii() {
                    b"ENDSEC" => break true,
                    b"EOF" => break false,
                    // The end of this section and more is missing.
                    b"SECTION" => return Err(truncated(pair.line)),
                    _ => {}
                }
            }
            if pair.code != 999 {
                self.record.push(pair);
            }
        };
        self.pair(0, b"ENDSEC");
        Ok(has_end)
    }

    /// Passes a record of a table on where the table is about layers, blocks or applications.
    fn table_record(&mut self, table: &mut &'a [u8]) {
        let record = std::mem::take(&mut self.record);
        if let Some(first) = record.first() {
            let kind = first.value.trim_ascii();
            if kind == b"TABLE" {
                *table = record.iter().find(|pair| pair.code == 2).map_or(b"", |pair| pair.value.trim_ascii());
            }
            // References in records that are dropped do not matter, their handles do not either.
            let is_wanted = matches!(*table, b"LAYER" | b"BLOCK_RECORD" | b"APPID");
            if is_wanted && (matches!(kind, b"TABLE" | b"ENDTAB") || kind == *table) {
                self.pass(&record);
            }
            if kind == b"ENDTAB" {
                *table = b"";
            }
        }
        self.record = record;
        self.record.clear();
    }

    /// Passes an entity on, or the stub of one that is not read.
    fn entity(&mut self) {
        let record = std::mem::take(&mut self.record);
        if let Some(first) = record.first() {
            let kind = first.value.trim_ascii();
            let is_read = READ.contains(&kind);
            let is_lying = is_read && has_lying_count(kind, &record);
            if is_read && !is_lying {
                self.pass(&record);
            } else {
                if is_lying {
                    self.lying += 1;
                    self.bad_at(first.line);
                }
                let mut name = STUB.to_string().into_bytes();
                name.extend_from_slice(kind);
                self.pair(0, &name);
                let is_twin = self.is_twin(&record);
                let codes =
                    record.iter().filter(|pair| matches!(pair.code, 8 | 60 | 67 | 330) || (pair.code == 5 && !is_twin));
                for pair in codes.take(8) {
                    let value = self.value(pair).into_owned();
                    self.pair(pair.code, &value);
                }
            }
        }
        self.record = record;
        self.record.clear();
    }

    /// True where a record has the handle of an earlier one.
    fn is_twin(&mut self, record: &[Pair<'a>]) -> bool {
        let text = record.iter().find(|pair| pair.code == 5).and_then(|pair| std::str::from_utf8(pair.value).ok());
        let handle = text.and_then(|text| u64::from_str_radix(text.trim(), 16).ok());
        let is_twin = handle.is_some_and(|handle| handle != 0 && !self.handles.insert(handle));
        self.twins += usize::from(is_twin);
        is_twin
    }

    fn pass(&mut self, record: &[Pair<'a>]) {
        let is_twin = self.is_twin(record);
        let bad = record.iter().find(|pair| value_kind(pair.code) == Some(ValueKind::Real) && !is_number(pair.value));
        let (Some(first), Some(last)) = (record.first(), record.last()) else { return };
        let range = first.range.0..last.range.1;
        // Line ends of CR alone and comments are not for the decoder.
        let is_whole = record.iter().map(|pair| pair.range.1 - pair.range.0).sum::<usize>() == range.len();
        let is_closed = self.bytes.get(range.end.wrapping_sub(1)) == Some(&b'\n');
        if self.is_plain && bad.is_none() && is_whole && is_closed && !is_twin {
            self.out.extend_from_slice(&self.bytes[range]);
            return;
        }
        for pair in record.iter().filter(|pair| pair.code != 5 || !is_twin) {
            if value_kind(pair.code) == Some(ValueKind::Real) && !is_number(pair.value) {
                self.bad_numbers += 1;
                self.bad_at(pair.line);
                self.pair(pair.code, b"NaN");
                continue;
            }
            let value = self.value(pair);
            let _ = writeln!(self.out, "{}", pair.code);
            self.out.extend_from_slice(&value);
            self.out.push(b'\n');
        }
    }

    fn value(&mut self, pair: &Pair<'a>) -> Cow<'a, [u8]> {
        if self.is_plain || pair.value.is_ascii() {
            return Cow::Borrowed(pair.value);
        }
        let (text, has_errors) = self.encoding.decode_without_bom_handling(pair.value);
        if has_errors {
            self.undecodable += 1;
            self.bad_at(pair.line);
        }
        match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        }
    }

    fn bad_at(&mut self, line: u64) {
        if self.first_bad_line == 0 {
            self.first_bad_line = line;
        }
    }

    fn say(&self, has_end: bool, all: &mut Vec<Note>) {
        let line = self.first_bad_line;
        if !has_end {
            all.push(notes::doubt("format.cad.no_end", None, |lang| tr!(lang, "format.cad.no_end").into_owned()));
        }
        if self.undecodable > 0 {
            let (n, name) = (count(self.undecodable), encoding::title(self.encoding));
            all.push(notes::doubt("format.cad.undecodable", None, |lang| {
                tr!(lang, "format.cad.undecodable", n = n, encoding = name, line = line).into_owned()
            }));
        }
        if self.bad_numbers > 0 {
            let n = count(self.bad_numbers);
            all.push(notes::doubt("format.cad.bad_numbers", None, |lang| {
                tr!(lang, "format.cad.bad_numbers", n = n, line = line).into_owned()
            }));
        }
        if self.twins > 0 {
            let n = count(self.twins);
            all.push(notes::doubt("format.cad.twins", None, |lang| tr!(lang, "format.cad.twins", n = n).into_owned()));
        }
        if self.lying > 0 {
            let n = count(self.lying);
            all.push(notes::doubt("format.cad.lying_counts", None, |lang| {
                tr!(lang, "format.cad.lying_counts", n = n, line = line).into_owned()
            }));
        }
    }
}

/// True where a count in a record is negative or larger than the record.
fn has_lying_count(kind: &[u8], record: &[Pair<'_>]) -> bool {
    let counts: &[i32] = match kind {
        b"HATCH" | b"MPOLYGON" => &[78, 79, 91, 93, 94, 95, 96, 97, 98, 453],
        b"LWPOLYLINE" => &[90],
        b"SPLINE" | b"HELIX" => &[72, 73, 74],
        b"MLINE" => &[72, 73, 74, 75],
        b"MESH" => &[91, 92, 93, 94, 95],
        _ => return false,
    };
    record.iter().filter(|pair| counts.contains(&pair.code)).any(|pair| {
        let number = std::str::from_utf8(pair.value.trim_ascii()).ok().and_then(|text| text.parse::<i64>().ok());
        number.is_none_or(|number| number < 0 || number > record.len() as i64)
    })
}

/// Skips a section; false where the end mark of the file came instead of the section's.
fn skip(pairs: &mut Pairs<'_>) -> Result<bool, FormatError> {
    loop {
        let Some(pair) = pairs.next()? else { return Err(truncated(pairs.line())) };
        match (pair.code, pair.value.trim_ascii()) {
            (0, b"ENDSEC") => return Ok(true),
            (0, b"EOF") => return Ok(false),
            (0, b"SECTION") => return Err(truncated(pair.line)),
            _ => {}
        }
    }
}

fn no_entities() -> FormatError {
    refuse(|lang| tr!(lang, "format.cad.no_entities").into_owned())
}

fn not_a_drawing() -> FormatError {
    refuse(|lang| tr!(lang, "format.cad.not_a_drawing").into_owned())
}
