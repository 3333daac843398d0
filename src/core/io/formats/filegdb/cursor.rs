//! Reads numbers and texts from a stretch of bytes; every step is checked against its end.

/// A place in a stretch of bytes. Every reading gives `None` where the bytes end before, and then does not move.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes that are left.
    pub(super) fn left(&self) -> usize {
        self.bytes.len() - self.at
    }

    /// Bytes that were passed.
    pub(super) fn passed(&self) -> usize {
        self.at
    }

    /// The next byte, which stays.
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next `n` bytes.
    pub(super) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let end = self.at.checked_add(n)?;
        let taken = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn i16(&mut self) -> Option<i16> {
        self.array().map(i16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn i32(&mut self) -> Option<i32> {
        self.array().map(i32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn i64(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    pub(super) fn f32(&mut self) -> Option<f32> {
        self.array().map(f32::from_le_bytes)
    }

    pub(super) fn f64(&mut self) -> Option<f64> {
        self.array().map(f64::from_le_bytes)
    }

    /// A text of `units` UTF-16 code units; lone surrogates become U+FFFD.
    pub(super) fn utf16(&mut self, units: usize) -> Option<String> {
        let bytes = self.take(units.checked_mul(2)?)?;
        Some(utf16(bytes).0)
    }

    /// An unsigned number of variable length: seven bits a byte, the lowest first, the top bit set where more follow.
    /// `None` also where it exceeds 64 bits.
    #[inline]
    pub(super) fn varuint(&mut self) -> Option<u64> {
        let first = *self.bytes.get(self.at)?;
        if first & 0x80 == 0 {
            self.at += 1;
            return Some(u64::from(first));
        }
        let (value, end) = self.further(u64::from(first & 0x7F), 7)?;
        self.at = end;
        Some(value)
    }

    /// A signed number of variable length: the second bit of the first byte is the sign, six bits follow, then seven a byte.
    /// `None` also where it exceeds 63 bits.
    #[inline]
    pub(super) fn varint(&mut self) -> Option<i64> {
        let first = *self.bytes.get(self.at)?;
        let (magnitude, end) = if first & 0x80 == 0 {
            (u64::from(first & 0x3F), self.at + 1)
        } else {
            self.further(u64::from(first & 0x3F), 6)?
        };
        let magnitude = i64::try_from(magnitude).ok()?;
        self.at = end;
        Some(if first & 0x40 == 0 { magnitude } else { -magnitude })
    }

    /// The bytes of a number after the first one, and the place behind it.
    #[inline]
    fn further(&self, mut value: u64, mut shift: u32) -> Option<(u64, usize)> {
        let mut at = self.at + 1;
        loop {
            let byte = *self.bytes.get(at)?;
            at += 1;
            let bits = u64::from(byte & 0x7F);
            if shift > 63 || bits > u64::MAX >> shift {
                return None;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Some((value, at));
            }
            shift += 7;
        }
    }

    /// A length of variable size that must fit into what is left.
    #[inline]
    pub(super) fn length(&mut self) -> Option<usize> {
        let before = *self;
        match self.varuint().and_then(|n| usize::try_from(n).ok()).filter(|n| *n <= self.left()) {
            Some(n) => Some(n),
            None => {
                *self = before;
                None
            }
        }
    }
}

/// The text of UTF-16LE bytes, and whether every unit was right (an odd byte at the end is not).
pub(super) fn utf16(bytes: &[u8]) -> (String, bool) {
    let units = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let mut right = bytes.len().is_multiple_of(2);
    let text = char::decode_utf16(units)
        .map(|unit| {
            unit.unwrap_or_else(|_| {
                right = false;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    (text, right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_variable_length_are_exact_and_never_overflow() {
        for (bytes, unsigned, signed) in [
            (&[0x00][..], Some(0), Some(0)),
            (&[0x05], Some(5), Some(5)),
            (&[0x41], Some(65), Some(-1)),
            (&[0x7F], Some(127), Some(-63)),
            (&[0x80, 0x01], Some(128), Some(64)),
            (&[0xC0, 0x01], Some(192), Some(-64)),
            (&[0xE5, 0x8E, 0x26], Some(624_485), Some(-312_229)),
            (&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], Some(u64::MAX), Some(-i64::MAX)),
            (&[0xBF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], Some(u64::MAX - 64), Some(i64::MAX)),
            (&[0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02], None, None),
            (&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], None, None),
            (&[0x80], None, None),
            (&[], None, None),
        ] {
            let mut cursor = Cursor::new(bytes);
            assert_eq!(cursor.varuint(), unsigned, "{bytes:02x?}");
            assert_eq!(cursor.passed(), if unsigned.is_some() { bytes.len() } else { 0 });
            assert_eq!(Cursor::new(bytes).varint(), signed, "{bytes:02x?}");
        }
    }

    #[test]
    fn a_length_beyond_the_end_is_none() {
        assert_eq!(Cursor::new(&[2, 0, 0]).length(), Some(2));
        assert_eq!(Cursor::new(&[3, 0, 0]).length(), None);
        assert_eq!(Cursor::new(&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F]).length(), None);
    }

    #[test]
    fn utf16_with_halves_of_characters_says_so() {
        assert_eq!(utf16(&[0x0C, 0x54]), ("\u{540C}".to_owned(), true));
        assert_eq!(utf16(&[0x00, 0xD8]), ("\u{FFFD}".to_owned(), false));
        assert_eq!(utf16(&[0x41, 0x00, 0x42]), ("A".to_owned(), false));
    }
}
