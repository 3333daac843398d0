//! Looks through an XLS file before it is read: its chains of sectors end, and its sheets are no larger than their cells.

use super::Fault;

/// A run of cells may span this many for each that is there.
const SPREAD: u64 = 16;
/// Or this many in all.
const FREE: u64 = 1 << 20;

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at.checked_add(2)?).and_then(|two| two.try_into().ok()).map(u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes)
}

/// A compound file (MS-CFB).
struct Compound<'a> {
    bytes: &'a [u8],
    shift: u32,
    fat: Vec<u32>,
}

impl<'a> Compound<'a> {
    fn open(bytes: &'a [u8]) -> Option<Self> {
        let shift = u32::from(u16_at(bytes, 30)?);
        if !matches!(shift, 9 | 12) || u16_at(bytes, 32)? != 6 {
            return None;
        }
        let mut file = Self { bytes, shift, fat: Vec::new() };
        let sectors = file.sectors();
        let mut tables: Vec<u32> = (0..109).map_while(|n| u32_at(bytes, 76 + 4 * n)).collect();
        let mut next = u32_at(bytes, 68)?;
        let mut left = sectors;
        while next < 0xffff_fffa {
            left = left.checked_sub(1)?;
            let sector = file.sector(next)?;
            let count = sector.len() / 4;
            tables.extend((0..count - 1).filter_map(|n| u32_at(sector, 4 * n)));
            next = u32_at(sector, 4 * (count - 1))?;
        }
        let tables: Vec<u32> = tables.into_iter().filter(|sector| *sector < 0xffff_fffa).collect();
        if tables.len() > sectors {
            return None;
        }
        for table in tables {
            let sector = file.sector(table)?;
            let entries: Vec<u32> = sector.chunks_exact(4).filter_map(|four| u32_at(four, 0)).collect();
            file.fat.extend(entries);
        }
        Some(file)
    }

    fn sectors(&self) -> usize {
        (self.bytes.len() >> self.shift) + 1
    }

    /// A sector; the last may be short.
    fn sector(&self, number: u32) -> Option<&'a [u8]> {
        let size = 1_usize << self.shift;
        let from = (number as usize).checked_add(1)?.checked_mul(size)?;
        let sector = self.bytes.get(from..self.bytes.len().min(from.checked_add(size)?))?;
        (!sector.is_empty() && sector.len() % 4 == 0 || sector.len() >= 4).then_some(sector)
    }

    fn chain(&self, first: u32) -> Option<Vec<u8>> {
        let (mut all, mut next, mut left) = (Vec::new(), first, self.sectors());
        while next < 0xffff_fffa {
            left = left.checked_sub(1)?;
            all.extend_from_slice(self.sector(next)?);
            next = *self.fat.get(next as usize)?;
        }
        Some(all)
    }

    /// The workbook's stream; `Ok(None)` where the file holds something else.
    fn workbook(&self) -> Result<Option<Vec<u8>>, Fault> {
        let damaged = Fault::Damaged;
        let directory = self.chain(u32_at(self.bytes, 48).ok_or(damaged)?).ok_or(damaged)?;
        let name = |entry: &[u8]| -> String {
            let length = usize::from(u16_at(entry, 64).unwrap_or(0)).min(64) / 2;
            let units: Vec<u16> = (0..length.saturating_sub(1)).filter_map(|n| u16_at(entry, 2 * n)).collect();
            String::from_utf16_lossy(&units)
        };
        let entries: Vec<&[u8]> = directory.chunks_exact(128).collect();
        if entries.iter().any(|entry| name(entry) == "EncryptedPackage") {
            return Err(Fault::Password);
        }
        let is_book = |entry: &&&[u8]| ["workbook", "book"].contains(&&*name(entry).to_lowercase());
        let Some(book) = entries.iter().find(is_book) else { return Ok(None) };
        let (first, size) = (u32_at(book, 116).ok_or(damaged)?, u32_at(book, 120).ok_or(damaged)? as usize);
        let mut stream = if size < u32_at(self.bytes, 56).ok_or(damaged)? as usize {
            let root = entries.first().ok_or(damaged)?;
            let inner = self.chain(u32_at(root, 116).ok_or(damaged)?).ok_or(damaged)?;
            let table = self.chain(u32_at(self.bytes, 60).ok_or(damaged)?).ok_or(damaged)?;
            let (mut all, mut next, mut left) = (Vec::new(), first, inner.len() / 64 + 1);
            while next < 0xffff_fffa {
                left = left.checked_sub(1).ok_or(damaged)?;
                let from = (next as usize).checked_mul(64).ok_or(damaged)?;
                all.extend_from_slice(inner.get(from..inner.len().min(from + 64)).ok_or(damaged)?);
                next = u32_at(&table, (next as usize).checked_mul(4).ok_or(damaged)?).ok_or(damaged)?;
            }
            all
        } else {
            self.chain(first).ok_or(damaged)?
        };
        stream.truncate(size);
        if stream.len() < size {
            return Err(damaged);
        }
        Ok(Some(stream))
    }
}

/// What cells of a kind span.
#[derive(Default)]
struct Span {
    cells: u64,
    bounds: Option<(u16, u16, u16, u16)>,
}

impl Span {
    fn see(&mut self, data: &[u8], last: Option<u16>) -> Option<()> {
        let (row, column) = (u16_at(data, 0)?, u16_at(data, 2)?);
        let last = last.unwrap_or(column).max(column);
        self.cells += u64::from(last - column) + 1;
        let (top, left, bottom, right) = self.bounds.unwrap_or((row, column, row, last));
        self.bounds = Some((top.min(row), left.min(column), bottom.max(row), right.max(last)));
        Some(())
    }

    fn area(&self) -> u64 {
        let Some((top, left, bottom, right)) = self.bounds else { return 0 };
        (u64::from(bottom - top) + 1) * (u64::from(right - left) + 1)
    }
}

/// Looks through an XLS file.
///
/// # Errors
/// Where it is damaged, needs a password, is no workbook, or has sheets far larger than what is in them.
pub(super) fn check(bytes: &[u8]) -> Result<(), Fault> {
    let file = Compound::open(bytes).ok_or(Fault::Damaged)?;
    let stream = file.workbook()?.ok_or(Fault::NoWorkbook)?;
    let mut sheets = Vec::new();
    let mut at = 0;
    while let Some(kind) = u16_at(&stream, at) {
        let Some(length) = u16_at(&stream, at + 2) else { break };
        if kind == 0x0085 {
            sheets.push(u32_at(&stream, at + 4).ok_or(Fault::Damaged)? as usize);
        }
        // A password (FILEPASS).
        if kind == 0x002f {
            return Err(Fault::Password);
        }
        at += 4 + usize::from(length);
        if kind == 0x000a {
            break;
        }
    }
    sheets.sort_unstable();
    if sheets.is_empty() || sheets.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(Fault::Damaged);
    }
    let mut all = 0;
    for (n, from) in sheets.iter().enumerate() {
        if *from >= stream.len() {
            return Err(Fault::Damaged);
        }
        all += sheet(&stream, *from, sheets.get(n + 1).copied())?;
    }
    if all > 1 << 26 { Err(Fault::TooLarge) } else { Ok(()) }
}

/// The cells that a sheet spans.
fn sheet(stream: &[u8], from: usize, next: Option<usize>) -> Result<u64, Fault> {
    let (mut values, mut formulas) = (Span::default(), Span::default());
    let mut at = from;
    let mut depth = 0_u32;
    while let (Some(kind), Some(length)) = (u16_at(stream, at), u16_at(stream, at + 2)) {
        let data = stream.get(at + 4..at + 4 + usize::from(length)).ok_or(Fault::Damaged)?;
        // A sheet that runs into the next one never ended.
        if next.is_some_and(|next| at >= next) {
            return Err(Fault::Damaged);
        }
        match kind {
            0x0809 => depth += 1,
            0x000a if depth <= 1 => break,
            0x000a => depth -= 1,
            // What the sheet says it spans.
            0x0200 => {
                let is_wide = data.len() >= 14;
                let rows = match is_wide {
                    true => (u32_at(data, 0), u32_at(data, 4)),
                    false => (u16_at(data, 0).map(u32::from), u16_at(data, 2).map(u32::from)),
                };
                let column = if is_wide { 8 } else { 4 };
                let (Some(top), Some(bottom)) = rows else { return Err(Fault::Damaged) };
                let (Some(left), Some(right)) = (u16_at(data, column), u16_at(data, column + 2)) else {
                    return Err(Fault::Damaged);
                };
                if bottom > 65_536 || right > 256 || (bottom > 0 && top >= bottom) || (right > 0 && left >= right) {
                    return Err(Fault::Damaged);
                }
            }
            0x0203 | 0x0204 | 0x00d6 | 0x0205 | 0x027e | 0x00fd => {
                values.see(data, None).ok_or(Fault::Damaged)?;
            }
            0x00bd => {
                let last = u16_at(data, data.len().saturating_sub(2));
                values.see(data, last).ok_or(Fault::Damaged)?;
            }
            0x0006 => {
                values.see(data, None).ok_or(Fault::Damaged)?;
                formulas.see(data, None).ok_or(Fault::Damaged)?;
            }
            _ => {}
        }
        at += 4 + usize::from(length);
    }
    for span in [&values, &formulas] {
        if span.bounds.is_some_and(|(.., right)| right >= 256) {
            return Err(Fault::Damaged);
        }
        if span.area() > FREE.max(span.cells.saturating_mul(SPREAD)) {
            return Err(Fault::TooLarge);
        }
    }
    Ok(values.area() + formulas.area())
}
