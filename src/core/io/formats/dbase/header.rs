//! The header of a dBASE table: how many rows, how long each is, which fields at which byte.

use super::super::{Bytes, FormatError, FormatPlace};
use crate::i18n::{Said, count, tr};

/// Letters of fields that any dialect knows.
const LETTERS: &[u8] = b"CNFDLTIMBGPYVQW@+O0X";

/// A field as the header describes it.
#[derive(Clone, Debug)]
pub(in crate::io::formats) struct Column {
    /// The bytes of its name, up to the first zero.
    pub(super) name: Vec<u8>,
    /// The letter of its type.
    pub(super) letter: u8,
    /// Where it begins in a record.
    pub(super) offset: usize,
    /// Its bytes in a record.
    pub(super) width: usize,
    /// Digits behind the point.
    pub(super) decimals: u8,
    /// The bit among `_NullFlags` that is set where it has no value.
    pub(super) null_bit: Option<usize>,
    /// The bit that is set where its last byte says how long it is.
    pub(super) length_bit: Option<usize>,
}

/// The header of a table.
#[derive(Clone, Debug)]
pub(in crate::io::formats) struct Header {
    /// The dialect.
    pub(super) version: u8,
    /// The language driver.
    pub(super) language: u8,
    /// Where the first record begins.
    pub(super) start: u64,
    /// Bytes of a record.
    pub(super) record: usize,
    /// Rows that the header counts.
    pub(super) declared: u64,
    /// Rows that are there.
    pub(super) rows: u64,
    /// Fields in the order of the file, without those of the system.
    pub(super) columns: Vec<Column>,
    /// Where the bits of missing values are in a record (Visual FoxPro).
    pub(super) null_flags: Option<(usize, usize)>,
    /// True for dBASE 7, whose numbers are stored for sorting.
    pub(super) is_level_7: bool,
    /// True where bytes follow the rows that the header counts, enough for one more.
    pub(super) has_more: bool,
}

/// True where the first bytes of a file can be those of a table.
pub(super) fn is_table(head: &[u8], file_length: u64) -> bool {
    const VERSIONS: &[u8] =
        &[0x02, 0x03, 0x04, 0x05, 0x30, 0x31, 0x32, 0x43, 0x7b, 0x83, 0x8b, 0x8c, 0xcb, 0xe5, 0xf5, 0xfb];
    let [version, _, month, day, ..] = *head else { return false };
    if head.len() < 32 || !VERSIONS.contains(&version) || month > 12 || day > 31 {
        return false;
    }
    let start = u64::from(u16::from_le_bytes([head[8], head[9]]));
    let record = u16::from_le_bytes([head[10], head[11]]);
    let first = head.get(32).copied().unwrap_or(0x0d);
    let has_field = first == 0x0d || letter_at(head, 32 + 11) || letter_at(head, 68 + 32);
    record > 0 && start > 32 && start <= file_length && has_field
}

fn letter_at(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(|letter| LETTERS.contains(&letter.to_ascii_uppercase()))
}

/// Reads the header.
///
/// # Errors
/// Where the file is shorter than its header, or the fields are wider than a record.
pub(super) fn read(bytes: &dyn Bytes) -> Result<Header, FormatError> {
    let head = bytes.stretch(0, 32)?;
    let short = || FormatError::refused(Said::told(|lang| tr!(lang, "format.dbase.short_header").into_owned()));
    if head.len() < 32 {
        return Err(short().at(FormatPlace::Byte(bytes.len())));
    }
    let version = head[0];
    let declared = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
    let start = u64::from(u16::from_le_bytes([head[8], head[9]]));
    let record = usize::from(u16::from_le_bytes([head[10], head[11]]));
    if start <= 32 {
        let said = Said::told(|lang| tr!(lang, "format.dbase.not_a_table").into_owned());
        return Err(FormatError::refused(said).at(FormatPlace::Byte(8)));
    }
    if start > bytes.len() {
        return Err(short().at(FormatPlace::Byte(bytes.len())));
    }
    let all = bytes.stretch(0, start as usize)?;
    let is_level_7 = version & 7 == 4 && !letter_at(&all, 32 + 11) && letter_at(&all, 68 + 32);
    let (first, step, name_room, letter_at) = if is_level_7 { (68, 48, 32, 32) } else { (32, 32, 11, 11) };
    let mut described = Vec::new();
    for one in all.get(first..).unwrap_or_default().chunks_exact(step) {
        if matches!(one[0], 0x0d | 0) {
            break;
        }
        let name = one[..name_room].split(|byte| *byte == 0).next().unwrap_or_default();
        let is_wide = one[..2] == [0xff, 0xfe] || (one[1] == 0 && one[2] != 0 && one[3] == 0);
        described.push(Described {
            name: if is_wide { &one[..name_room] } else { name }.to_vec(),
            letter: one[letter_at].to_ascii_uppercase(),
            width: usize::from(one[if is_level_7 { 33 } else { 16 }]),
            decimals: one[if is_level_7 { 34 } else { 17 }],
            flags: if matches!(version, 0x30..=0x32) { one[18] } else { 0 },
        });
    }
    widen(&mut described, record);
    let total = 1 + described.iter().map(|one| one.width).sum::<usize>();
    // Some writers do not count the byte that marks deleted rows: told by the file's length.
    let forgets_mark =
        total == record + 1 && (0..=1).contains(&(bytes.len() as i64 - (start + declared * total as u64) as i64));
    let record = if forgets_mark { total } else { record };
    if total > record {
        let (total, record) = (count(total), count(record));
        let said = Said::told(|lang| tr!(lang, "format.dbase.too_wide", fields = total, record = record).into_owned());
        return Err(FormatError::refused(said).at(FormatPlace::Byte(10)));
    }
    let there = (bytes.len() - start) / record as u64;
    let mut next = vec![0];
    let has_more = there > declared && {
        bytes.read_at(start + declared * record as u64, &mut next)?;
        matches!(next[0], b' ' | b'*')
    };
    let mut header = Header {
        version,
        language: head[29],
        start,
        record,
        declared,
        rows: declared.min(there),
        columns: Vec::new(),
        null_flags: None,
        is_level_7,
        has_more,
    };
    header.place(described);
    Ok(header)
}

struct Described {
    name: Vec<u8>,
    letter: u8,
    width: usize,
    decimals: u8,
    flags: u8,
}

/// Clipper and FoxPro keep the upper byte of long texts' width where numbers have their decimals: taken so where
/// the record's length says it.
fn widen(described: &mut [Described], record: usize) {
    let is_long = |one: &Described| one.letter == b'C' && one.decimals > 0;
    let plain = 1 + described.iter().map(|one| one.width).sum::<usize>();
    let more: usize = described.iter().filter(|one| is_long(one)).map(|one| usize::from(one.decimals) << 8).sum();
    if more > 0 && plain != record && plain + more == record {
        for one in described.iter_mut().filter(|one| is_long(one)) {
            one.width += usize::from(one.decimals) << 8;
        }
    }
}

impl Header {
    /// Gives each field its place in a record. Bits of `_NullFlags` go by the order of fields: one for a text
    /// of changing length, one for a field that may lack a value.
    fn place(&mut self, described: Vec<Described>) {
        let (mut offset, mut bit) = (1, 0);
        for one in described {
            let mut next_bit = |wanted: bool| {
                bit += usize::from(wanted);
                wanted.then(|| bit - 1)
            };
            let length_bit = next_bit(matches!(one.letter, b'V' | b'Q') && matches!(self.version, 0x30..=0x32));
            let null_bit = next_bit(one.flags & 2 != 0);
            let Described { name, letter, width, decimals, flags } = one;
            if letter == b'0' && flags & 1 != 0 {
                self.null_flags = Some((offset, width));
            } else {
                self.columns.push(Column { name, letter, offset, width, decimals, null_bit, length_bit });
            }
            offset += width;
        }
    }

    /// Bytes of a record that no field takes.
    pub(super) fn unused(&self) -> usize {
        let flags = self.null_flags.map_or(0, |(_, width)| width);
        self.record - 1 - flags - self.columns.iter().map(|column| column.width).sum::<usize>()
    }

    /// Where a row begins.
    pub(super) fn row_at(&self, row: u64) -> u64 {
        self.start + row * self.record as u64
    }
}
