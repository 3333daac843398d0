//! A layer's text, and the places in it. The long coordinate arrays of a large file stay in the file.

use super::Span;
use rustc_hash::FxBuildHasher;
use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::Arc;

/// A place in a file, both counted from 1; the column in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Place {
    /// Line.
    pub line: usize,
    /// Byte in the line.
    pub column: usize,
}

impl Place {
    /// The place of a byte in a text.
    pub fn of(text: &[u8], offset: usize) -> Self {
        Lines::of(&text[..offset.min(text.len())]).end()
    }
}

/// The line breaks of a stretch of text, and what follows the last. Stretches add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lines {
    breaks: usize,
    tail: usize,
}

impl Lines {
    /// Those of a stretch.
    pub fn of(text: &[u8]) -> Self {
        let breaks = memchr::memchr_iter(b'\n', text).count();
        Self { breaks, tail: memchr::memrchr(b'\n', text).map_or(text.len(), |at| text.len() - at - 1) }
    }

    /// This stretch with another behind it.
    pub fn then(self, next: Self) -> Self {
        let tail = if next.breaks == 0 { self.tail + next.tail } else { next.tail };
        Self { breaks: self.breaks + next.breaks, tail }
    }

    /// The place behind the stretch, for a stretch from the start of a file.
    pub fn end(self) -> Place {
        Place { line: self.breaks + 1, column: self.tail + 1 }
    }
}

/// The most that a project, a rule or a table may have; bytes.
const SMALL_FILE: u64 = 64 << 20;

/// The text of a file that people write: a project, a rule, a table. Nothing is opened that could keep its reader waiting.
///
/// # Errors
/// What the operating system says; what is no regular file, is larger than 64 MiB, or no UTF-8.
pub fn small_text(path: &std::path::Path) -> std::io::Result<String> {
    use std::io::{Error, ErrorKind, Read};
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(Error::new(ErrorKind::InvalidInput, "not a regular file"));
    }
    let mut text = String::new();
    std::fs::File::open(path)?.take(SMALL_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > SMALL_FILE {
        return Err(Error::new(ErrorKind::InvalidData, "larger than 64 MiB"));
    }
    Ok(text)
}

/// Where the rest of a text is: the file it was read from.
pub trait Origin: std::fmt::Debug + Send + Sync {
    /// The file's name.
    fn name(&self) -> &str;

    /// Fills `into` with the bytes that stand there now from `from` on.
    ///
    /// # Errors
    /// Where the file cannot be read or is shorter now.
    fn read(&self, from: u64, into: &mut [u8]) -> std::io::Result<()>;

    /// SHA-256 of the whole file, in hexadecimal.
    ///
    /// # Errors
    /// Where the file cannot be read or is no longer what it was.
    fn sha256(&self) -> std::io::Result<String>;
}

/// The cause of an [`std::io::Error`] of an [`Origin`] whose file (by its name) is no longer what it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} was changed by another program since it was read")]
pub struct SourceChanged(pub String);

/// A stretch that was left in the file.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// Where it belongs in the kept text.
    pub at: usize,
    /// Its first byte in the file.
    pub from: u64,
    /// Its bytes.
    pub length: usize,
    /// Its line breaks.
    pub lines: Lines,
    /// What its bytes are known by.
    pub hash: u64,
}

impl Cut {
    /// The cut of these bytes, which stand at `from` in the file.
    pub fn new(at: usize, from: u64, bytes: &[u8]) -> Self {
        Self { at, from, length: bytes.len(), lines: Lines::of(bytes), hash: hash_of(bytes) }
    }

    /// Adds its bytes, as they stand in the file, to `out`.
    fn restore(&self, origin: &dyn Origin, out: &mut Vec<u8>) -> std::io::Result<()> {
        let start = out.len();
        out.resize(start + self.length, 0);
        origin.read(self.from, &mut out[start..])?;
        // By its bytes, not by the file's time: one that was touched or written again as it was does still.
        match hash_of(&out[start..]) == self.hash {
            true => Ok(()),
            false => Err(std::io::Error::other(SourceChanged(origin.name().to_owned()))),
        }
    }
}

fn hash_of(bytes: &[u8]) -> u64 {
    FxBuildHasher.hash_one(bytes)
}

/// The text of a layer (UTF-8 JSON): all of it, or all but the inside of long `coordinates`, which stay in the
/// file. What is kept is well-formed by itself; spans count in it.
#[derive(Debug, Default)]
pub struct Text {
    kept: Vec<u8>,
    /// In rising order.
    cuts: Vec<Cut>,
    origin: Option<Arc<dyn Origin>>,
}

impl Text {
    /// A text that is kept whole.
    pub fn whole(kept: Vec<u8>) -> Self {
        Self { kept, cuts: Vec::new(), origin: None }
    }

    /// A text with stretches left in a file.
    pub fn with_cuts(mut kept: Vec<u8>, mut cuts: Vec<Cut>, origin: Arc<dyn Origin>) -> Self {
        kept.shrink_to_fit();
        cuts.shrink_to_fit();
        Self { kept, cuts, origin: Some(origin) }
    }

    /// What is kept.
    pub fn kept(&self) -> &[u8] {
        &self.kept
    }

    /// Adds the bytes of a span of the kept text to `out`, with what was left in the file put back.
    ///
    /// # Errors
    /// Where the file cannot be read or is no longer what it was.
    pub fn restore(&self, span: Span, out: &mut Vec<u8>) -> std::io::Result<()> {
        let mut from = span.start;
        let first = self.cuts.partition_point(|cut| cut.at <= span.start);
        if let Some(origin) = &self.origin {
            for cut in self.cuts[first..].iter().take_while(|cut| cut.at < span.end) {
                out.extend_from_slice(&self.kept[from..cut.at]);
                from = cut.at;
                cut.restore(&**origin, out)?;
            }
        }
        out.extend_from_slice(&self.kept[from..span.end]);
        Ok(())
    }

    /// Writes what [`Self::restore`] adds; in memory is what was left in the file of one feature at a time.
    ///
    /// # Errors
    /// As [`Self::restore`]; where it cannot be written.
    pub fn write(&self, span: Span, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        let (mut from, mut bytes) = (span.start, Vec::new());
        let first = self.cuts.partition_point(|cut| cut.at <= span.start);
        if let Some(origin) = &self.origin {
            for cut in self.cuts[first..].iter().take_while(|cut| cut.at < span.end) {
                out.write_all(&self.kept[from..cut.at])?;
                from = cut.at;
                bytes.clear();
                cut.restore(&**origin, &mut bytes)?;
                out.write_all(&bytes)?;
            }
        }
        out.write_all(&self.kept[from..span.end])
    }

    /// The bytes of a span of the kept text, with what was left in the file put back.
    ///
    /// # Errors
    /// As [`Self::restore`].
    pub fn restored(&self, span: Span) -> std::io::Result<Cow<'_, [u8]>> {
        let first = self.cuts.partition_point(|cut| cut.at <= span.start);
        if self.cuts.get(first).is_none_or(|cut| cut.at >= span.end) {
            return Ok(Cow::Borrowed(span.of(&self.kept)));
        }
        let mut out = Vec::new();
        self.restore(span, &mut out)?;
        Ok(Cow::Owned(out))
    }

    /// Places in the file of bytes of the kept text, asked for in rising order.
    pub fn places(&self) -> Places<'_> {
        Places { text: self, read: 0, cut: 0, lines: Lines::default() }
    }
}

/// Places of bytes asked for in rising order: one pass over the text for all of them.
#[derive(Debug)]
pub struct Places<'a> {
    text: &'a Text,
    read: usize,
    cut: usize,
    lines: Lines,
}

impl Places<'_> {
    /// The place of a byte that is not before the last one asked for.
    pub fn of(&mut self, offset: usize) -> Place {
        while let Some(cut) = self.text.cuts.get(self.cut).filter(|cut| cut.at <= offset) {
            let before = Lines::of(&self.text.kept[self.read..cut.at]);
            self.lines = self.lines.then(before).then(cut.lines);
            self.read = cut.at;
            self.cut += 1;
        }
        self.lines = self.lines.then(Lines::of(&self.text.kept[self.read..offset]));
        self.read = offset;
        self.lines.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Memory(&'static [u8]);

    impl Origin for Memory {
        fn name(&self) -> &str {
            "memory"
        }

        fn read(&self, from: u64, into: &mut [u8]) -> std::io::Result<()> {
            into.copy_from_slice(&self.0[from as usize..from as usize + into.len()]);
            Ok(())
        }

        fn sha256(&self) -> std::io::Result<String> {
            Ok(String::new())
        }
    }

    #[test]
    fn a_long_stretch_is_written_piece_by_piece() {
        /// What was written, and the longest piece.
        #[derive(Default)]
        struct Pieces(Vec<u8>, usize);

        impl std::io::Write for Pieces {
            fn write(&mut self, piece: &[u8]) -> std::io::Result<usize> {
                self.1 = self.1.max(piece.len());
                self.0.extend_from_slice(piece);
                Ok(piece.len())
            }

            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }

        const FILE: &[u8] = b"a[0123456789]b[0123456789]c[0123456789]d";
        let cuts = (0..3).map(|i| Cut::new(2 + 3 * i, 2 + 13 * i as u64, b"0123456789")).collect();
        let text = Text::with_cuts(b"a[]b[]c[]d".to_vec(), cuts, Arc::new(Memory(FILE)));
        let mut pieces = Pieces::default();
        text.write(Span { start: 0, end: 10 }, &mut pieces).expect("in memory");
        assert_eq!((&pieces.0[..], pieces.1), (FILE, 10));
        let mut pieces = Pieces::default();
        text.write(Span { start: 3, end: 7 }, &mut pieces).expect("in memory");
        assert_eq!(pieces.0, b"b[0123456789]c");
        // Other bytes of as many are found out.
        let cuts = vec![Cut::new(2, 2, b"0123456780")];
        let text = Text::with_cuts(b"a[]".to_vec(), cuts, Arc::new(Memory(FILE)));
        let error = text.write(Span { start: 0, end: 3 }, &mut Pieces::default()).expect_err("changed");
        assert!(error.get_ref().is_some_and(|e| e.is::<SourceChanged>()));
    }

    #[test]
    fn what_was_cut_comes_back_and_counts_in_places() {
        let file = b"ab\n[1,\n2]c\nd[3]e";
        let cuts = vec![Cut::new(4, 4, &file[4..8]), Cut::new(9, 13, &file[13..14])];
        let text = Text::with_cuts(b"ab\n[]c\nd[]e".to_vec(), cuts, Arc::new(Memory(file)));
        let restored = |start, end| text.restored(Span { start, end }).expect("readable").into_owned();
        assert_eq!(restored(0, 11), file);
        assert_eq!(restored(3, 6), b"[1,\n2]c");
        assert_eq!(restored(7, 11), b"d[3]e");
        assert!(matches!(text.restored(Span { start: 0, end: 3 }), Ok(Cow::Borrowed(_))));
        // a, the first bracket, c, d, e: as in the file.
        let kept = [0, 3, 5, 7, 10];
        let whole = [0, 3, 9, 11, 15];
        let mut places = text.places();
        for (kept, whole) in kept.into_iter().zip(whole) {
            assert_eq!(places.of(kept), Place::of(file, whole), "{kept}");
        }
    }
}
