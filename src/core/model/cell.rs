//! Where a value's JSON stands in a layer's text, in eight bytes.

use super::Span;

/// Where a value's JSON stands in the kept text, if it is there: 40 bits of start, 24 of length. A value that is longer than those
/// tell is followed to its end in the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell(u64);

impl Cell {
    /// No value.
    pub const MISSING: Self = Self(0);

    /// The length from which on it is not told; bytes.
    const LONG: usize = 0xff_ffff;

    /// A value at a span that is not empty.
    pub fn new(span: Span) -> Self {
        Self((span.start as u64) << 24 | ((span.end - span.start) as u64).min(Self::LONG as u64))
    }

    /// The same in a text that begins `by` bytes earlier.
    pub fn moved(self, by: usize) -> Self {
        if self == Self::MISSING { self } else { Self(self.0 + ((by as u64) << 24)) }
    }

    /// Its span in the text. Cost: nothing, but for values of 16 MiB and more their length.
    pub fn span(self, text: &[u8]) -> Option<Span> {
        let (start, length) = ((self.0 >> 24) as usize, (self.0 & 0xff_ffff) as usize);
        let length = if length == Self::LONG { value_length(text.get(start..)?) } else { length };
        (length > 0).then_some(Span { start, end: start + length })
    }
}

/// The bytes of the JSON value at the start of a text that is known to be JSON.
fn value_length(text: &[u8]) -> usize {
    let (mut depth, mut in_string, mut i) = (0_usize, false, 0);
    while let Some(byte) = text.get(i) {
        match byte {
            b'\\' if in_string => i += 1,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => depth += 1,
            // What closes, or a comma, outside of all brackets stands behind a number.
            b']' | b'}' | b',' | b' ' | b'\n' | b'\r' | b'\t' if depth == 0 => return i,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
        i += 1;
        if depth == 0 && matches!(byte, b'"' | b']' | b'}') && !in_string {
            return i;
        }
    }
    i.min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_where_they_end() {
        for value in
            [r#""a\"],}""#, "12.5e3", "null", r#"[1,{"a":"]\\"},[]]"#, r#"{"a":[1,2],"b":"}"}"#, "[]", "{}", r#""""#]
        {
            for behind in ["", ",\"b\":1", "}", " }", "]"] {
                assert_eq!(value_length(format!("{value}{behind}").as_bytes()), value.len(), "{value}{behind}");
            }
        }
    }
}
