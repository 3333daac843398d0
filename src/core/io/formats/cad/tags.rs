//! Group codes with values, written one after another. Texts are GBK (`ANSI_936`); other characters are `\U+XXXX`.

use crate::io::formats::WriteSeek;
use encoding_rs::GBK;
use std::io::{BufWriter, Result, Seek, SeekFrom, Write};

fn is_gbk(c: char) -> bool {
    c.is_ascii() || !GBK.encode(c.encode_utf8(&mut [0; 4])).2
}

/// Bytes that a character takes in a file.
fn width(c: char) -> usize {
    match c {
        '^' => 2,
        c if c.is_ascii() => 1 + usize::from(c.is_control()),
        c if is_gbk(c) => 2,
        c => 7 * c.len_utf16(),
    }
}

/// Bytes that a text takes in a file.
pub(super) fn width_of(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().map(width).sum() }
}

/// Where to cut a text so that its start takes at most so many bytes; its end where it does not need a cut.
pub(super) fn cut(text: &str, most: usize) -> usize {
    let mut taken = 0;
    let over = text.char_indices().find(|(_, c)| {
        taken += width(*c);
        taken > most
    });
    over.map_or(text.len(), |(end, _)| end)
}

/// A DXF file that is being written.
pub(super) struct Tags<'a> {
    out: BufWriter<Box<dyn WriteSeek + 'a>>,
    next_handle: u64,
}

impl<'a> Tags<'a> {
    /// Begins a file.
    pub(super) fn new(out: Box<dyn WriteSeek + 'a>) -> Self {
        // Handles below are those of the frame.
        Self { out: BufWriter::with_capacity(1 << 16, out), next_handle: 0x100 }
    }

    /// A text. Line ends and carets are written as DXF has them.
    pub(super) fn text(&mut self, code: i32, value: &str) -> Result<()> {
        write!(self.out, "{code}\r\n")?;
        if !value.contains(|c: char| c == '^' || c.is_control()) {
            let (bytes, _, is_lossy) = GBK.encode(value);
            if !is_lossy {
                self.out.write_all(&bytes)?;
                return self.out.write_all(b"\r\n");
            }
        }
        for c in value.chars() {
            match c {
                '^' => self.out.write_all(b"^ ")?,
                c if (c as u32) < 0x20 => self.out.write_all(&[b'^', b'@' + c as u8])?,
                c if is_gbk(c) => self.out.write_all(&GBK.encode(c.encode_utf8(&mut [0; 4])).0)?,
                c => c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(self.out, "\\U+{unit:04X}"))?,
            }
        }
        self.out.write_all(b"\r\n")
    }

    /// A whole number.
    pub(super) fn whole(&mut self, code: i32, value: i64) -> Result<()> {
        write!(self.out, "{code}\r\n{value}\r\n")
    }

    /// A number, with all its digits.
    pub(super) fn real(&mut self, code: i32, value: f64) -> Result<()> {
        write!(self.out, "{code}\r\n{value:?}\r\n")
    }

    /// Three numbers; the codes are ten apart.
    pub(super) fn position(&mut self, code: i32, [x, y, z]: [f64; 3]) -> Result<()> {
        self.real(code, x)?;
        self.real(code + 10, y)?;
        self.real(code + 20, z)
    }

    /// A handle.
    pub(super) fn handle(&mut self, code: i32, value: u64) -> Result<()> {
        write!(self.out, "{code}\r\n{value:X}\r\n")
    }

    /// A handle that was not given before.
    pub(super) fn new_handle(&mut self) -> u64 {
        self.next_handle += 1;
        self.next_handle
    }

    /// What every entity begins with; gives its handle.
    pub(super) fn entity(&mut self, kind: &str, owner: u64, layer: &str) -> Result<u64> {
        self.text(0, kind)?;
        let handle = self.new_handle();
        self.handle(5, handle)?;
        self.handle(330, owner)?;
        self.text(100, "AcDbEntity")?;
        self.text(8, layer)?;
        Ok(handle)
    }

    /// A place for the handle after the last, filled at the end.
    pub(super) fn seed(&mut self) -> Result<u64> {
        write!(self.out, "5\r\n")?;
        let at = self.out.stream_position()?;
        write!(self.out, "{:016X}\r\n", 0)?;
        Ok(at)
    }

    /// Fills the place and writes everything out.
    pub(super) fn finish(&mut self, seed: u64) -> Result<()> {
        self.out.seek(SeekFrom::Start(seed))?;
        let next = self.next_handle + 1;
        write!(self.out, "{next:016X}")?;
        self.out.seek(SeekFrom::End(0))?;
        self.out.flush()
    }
}
