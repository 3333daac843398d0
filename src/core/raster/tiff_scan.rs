//! A look at the directories of a TIFF before the `tiff` crate reads them: that one prints a line of its own, with its source
//! file, on standard error where a text of a directory is longer than its limits (0.11.3, `decoder/ifd.rs`).

use super::DIRECTORIES;
use crate::i18n::Said;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;

/// The most bytes that a text of a directory may claim.
pub(super) const TEXT: u64 = 32 << 20;

/// The type of texts.
const ASCII: u64 = 2;

/// Refuses a file of which a directory claims a text beyond [`TEXT`], whatever the text is said to be for. What is wrong
/// otherwise is left to the reader, which says so.
///
/// # Errors
/// The words for a file that claims too much.
pub(super) fn check(path: &Path) -> Result<(), Said> {
    let Ok(file) = File::open(path) else { return Ok(()) };
    match longest_text(&mut BufReader::new(file)) {
        Some(length) if length > TEXT => Err(Said::of("raster.tiff_limits")),
        _ => Ok(()),
    }
}

/// The length of the longest text that the directories claim; `None` where they end before they should.
fn longest_text(file: &mut (impl Read + Seek)) -> Option<u64> {
    let mut start = [0; 8];
    file.read_exact(&mut start).ok()?;
    let is_little = match &start[..2] {
        b"II" => true,
        b"MM" => false,
        _ => return None,
    };
    let number = |bytes: &[u8]| {
        let join = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        if is_little { bytes.iter().rev().fold(0, join) } else { bytes.iter().fold(0, join) }
    };
    // Of a BigTIFF places and counts have eight bytes.
    let is_big = match number(&start[2..4]) {
        42 => false,
        43 => true,
        _ => return None,
    };
    let wide = if is_big { 8 } else { 4 };
    let mut read = |at: u64, length: usize| {
        let mut bytes = vec![0; length];
        file.seek(SeekFrom::Start(at)).ok()?;
        file.read_exact(&mut bytes).ok()?;
        Some(bytes)
    };
    let mut place = number(&read(wide as u64, wide)?);
    let mut longest = 0;
    for _ in 0..DIRECTORIES {
        if place == 0 {
            break;
        }
        let head = if is_big { 8 } else { 2 };
        // More entries than there are tags are left to the reader.
        let entries = number(&read(place, head)?).min(1 << 16) as usize;
        let size = 4 + 2 * wide;
        let Some(all) = read(place + head as u64, entries * size) else { break };
        let texts = all.chunks_exact(size).filter(|entry| number(&entry[2..4]) == ASCII);
        longest = texts.map(|entry| number(&entry[4..4 + wide])).fold(longest, u64::max);
        let Some(next) = read(place + (head + entries * size) as u64, wide) else { break };
        place = number(&next);
    }
    Some(longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// A TIFF of one entry, of either order and width, and another directory behind it with a text of this length.
    fn of(is_little: bool, is_big: bool, length: u64) -> Vec<u8> {
        let put = |out: &mut Vec<u8>, number: u64, bytes: usize| {
            let all = number.to_le_bytes();
            let own = all[..bytes].iter().copied();
            if is_little { out.extend(own) } else { out.extend(own.rev()) }
        };
        let wide = if is_big { 8 } else { 4 };
        let head = if is_big { 8 } else { 2 };
        let first = if is_big { 16 } else { 8 };
        let directory = head + (4 + 2 * wide) + wide;
        let mut out = if is_little { b"II".to_vec() } else { b"MM".to_vec() };
        put(&mut out, if is_big { 43 } else { 42 }, 2);
        if is_big {
            put(&mut out, 8, 2);
            put(&mut out, 0, 2);
        }
        put(&mut out, first as u64, wide);
        for (kind, count, next) in [(3, 1 << 30, first + directory), (ASCII, length, 0)] {
            put(&mut out, 1, head);
            put(&mut out, 42_113, 2);
            put(&mut out, kind, 2);
            put(&mut out, count, wide);
            put(&mut out, 0, wide);
            put(&mut out, next as u64, wide);
        }
        out
    }

    #[test]
    fn the_longest_text_of_all_directories_is_found() {
        for (is_little, is_big) in [(true, false), (false, false), (true, true), (false, true)] {
            for length in [5, TEXT, TEXT + 1, 0xffff_ffff] {
                let found = longest_text(&mut Cursor::new(of(is_little, is_big, length)));
                assert_eq!(found, Some(length), "{is_little} {is_big}");
            }
        }
        // A directory that leads to itself ends, and so does a file that stops.
        let mut round = of(true, false, 7);
        let last = round.len() - 4;
        round[last..].copy_from_slice(&8_u32.to_le_bytes());
        assert_eq!(longest_text(&mut Cursor::new(round)), Some(7));
        let whole = of(true, false, 1 << 30);
        for end in 0..whole.len() {
            let found = longest_text(&mut Cursor::new(&whole[..end]));
            assert!(found.is_none_or(|found| found == 0 || found == 1 << 30), "{end}: {found:?}");
        }
    }
}
