//! A JSON scanner over bytes (RFC 8259) that builds no tree: the caller asks for what it expects next.

use super::number::{number, number_length, plain_position};
use crate::i18n::{Lang, tr};
use crate::model::Span;

/// How deep arrays and objects may nest.
const MAX_DEPTH: usize = 128;

/// Text that is not JSON: where, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Byte in the text.
    pub offset: usize,
    /// Why.
    pub cause: SyntaxCause,
}

/// Why a text is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SyntaxCause {
    /// The text ends in the middle of a value.
    UnexpectedEnd,
    /// This byte cannot stand here.
    UnexpectedByte(u8),
    /// `NaN`, `Infinity` and their like, which JSON does not have.
    NotAJsonNumber(String),
    /// A control character or a wrong escape in a string.
    BadString,
    /// Arrays or objects nest deeper than 128 levels.
    TooDeep,
    /// Something follows the value.
    TrailingText,
    /// Another JSON text follows: one feature a line (GeoJSONL, RFC 8142).
    AnotherText,
}

impl SyntaxCause {
    /// The cause in a sentence.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::UnexpectedEnd => tr!(lang, "syntax.unexpected_end"),
            Self::UnexpectedByte(b) => tr!(lang, "syntax.unexpected_byte", byte = (*b as char).escape_default()),
            Self::NotAJsonNumber(word) => tr!(lang, "syntax.not_a_number", word = word),
            Self::BadString => tr!(lang, "syntax.bad_string"),
            Self::TooDeep => tr!(lang, "syntax.too_deep"),
            Self::TrailingText => tr!(lang, "syntax.trailing_text"),
            Self::AnotherText => tr!(lang, "syntax.another_text"),
        }
        .into_owned()
    }
}

/// The scanner: a position in a text.
#[derive(Clone, Debug)]
pub struct Scanner<'a> {
    text: &'a [u8],
    position: usize,
}

type Result<T> = std::result::Result<T, SyntaxError>;

impl<'a> Scanner<'a> {
    /// At the start of a text.
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, position: 0 }
    }

    /// The whole text.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The next byte to be read.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Goes to a byte read before.
    pub fn rewind(&mut self, position: usize) {
        self.position = position;
    }

    /// The error that stands at the next byte.
    pub fn unexpected(&self) -> SyntaxError {
        let cause = match self.text.get(self.position) {
            None => SyntaxCause::UnexpectedEnd,
            Some(b) => {
                let word: Vec<u8> = self.text[self.position..]
                    .iter()
                    .copied()
                    .take(10)
                    .take_while(|b| b.is_ascii_alphabetic() || *b == b'-' || *b == b'+')
                    .collect();
                match word.iter().find(|b| b.is_ascii_alphabetic()) {
                    Some(_) if b.is_ascii_alphabetic() || word.len() > 1 => {
                        SyntaxCause::NotAJsonNumber(String::from_utf8_lossy(&word).into_owned())
                    }
                    _ => SyntaxCause::UnexpectedByte(*b),
                }
            }
        };
        SyntaxError { offset: self.position, cause }
    }

    /// The next byte that is not white space, without taking it.
    #[inline]
    pub fn peek(&mut self) -> Option<u8> {
        while let Some(&b) = self.text.get(self.position) {
            if !matches!(b, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(b);
            }
            self.position += 1;
        }
        None
    }

    /// Takes `byte` if it comes next.
    #[inline]
    pub fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    /// Takes `byte`.
    ///
    /// # Errors
    /// Where something else comes next.
    #[inline]
    pub fn expect(&mut self, byte: u8) -> Result<()> {
        if self.take(byte) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Takes a string; the span is what stands between its quotes, escapes as written.
    ///
    /// # Errors
    /// Where no well-formed string comes next.
    pub fn string(&mut self) -> Result<Span> {
        self.expect(b'"')?;
        let start = self.position;
        loop {
            while let Some(word) = self.text.get(self.position..self.position + 8)
                && !has_quote_escape_or_control(word)
            {
                self.position += 8;
            }
            match self.text.get(self.position) {
                Some(b'"') => {
                    self.position += 1;
                    return Ok(Span { start, end: self.position - 1 });
                }
                Some(b'\\') => self.escape()?,
                Some(0..0x20) => {
                    return Err(SyntaxError { offset: self.position, cause: SyntaxCause::BadString });
                }
                Some(_) => self.position += 1,
                None => return Err(self.unexpected()),
            }
        }
    }

    fn escape(&mut self) -> Result<()> {
        let bad = SyntaxError { offset: self.position, cause: SyntaxCause::BadString };
        match self.text.get(self.position + 1) {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.position += 2,
            Some(b'u') => {
                let digits = self.text.get(self.position + 2..self.position + 6).ok_or(bad.clone())?;
                if !digits.iter().all(u8::is_ascii_hexdigit) {
                    return Err(bad);
                }
                self.position += 6;
            }
            _ => return Err(bad),
        }
        Ok(())
    }

    /// Takes these very bytes if they stand at the next byte, white space not skipped.
    #[inline]
    pub fn take_bytes(&mut self, bytes: &[u8]) -> bool {
        let found = self.text[self.position..].starts_with(bytes);
        self.position += if found { bytes.len() } else { 0 };
        found
    }

    /// Takes `"name":` if it stands there without white space; `name` has no escapes.
    #[inline]
    pub fn take_name(&mut self, name: &[u8]) -> bool {
        let rest = &self.text[self.position..];
        let length = name.len() + 3;
        let found = rest.len() > length
            && rest[0] == b'"'
            && rest[1..=name.len()] == *name
            && rest[name.len() + 1..length] == *b"\":";
        self.position += if found { length } else { 0 };
        found
    }

    /// Takes a number.
    ///
    /// # Errors
    /// Where no JSON number comes next.
    #[inline]
    pub fn number(&mut self) -> Result<f64> {
        self.peek();
        match number(&self.text[self.position..]) {
            Ok((value, length)) => {
                self.position += length;
                Ok(value)
            }
            Err(at) => {
                self.position += at;
                Err(self.unexpected())
            }
        }
    }

    /// Takes a number without asking what it is worth.
    fn pass_number(&mut self) -> Result<()> {
        match number_length(&self.text[self.position..]) {
            Ok(length) => {
                self.position += length;
                Ok(())
            }
            Err(at) => {
                self.position += at;
                Err(self.unexpected())
            }
        }
    }

    /// Takes a position if one of two plain numbers without white space stands at the next byte.
    #[inline]
    pub fn plain_position(&mut self) -> Option<[f64; 2]> {
        let (position, length) = plain_position(&self.text[self.position..])?;
        self.position += length;
        Some(position)
    }

    /// Takes `byte` if it stands at the next byte, white space not skipped.
    #[inline]
    pub fn take_plain(&mut self, byte: u8) -> bool {
        let found = self.text.get(self.position) == Some(&byte);
        self.position += usize::from(found);
        found
    }

    /// Takes any value; the span holds it as written.
    ///
    /// # Errors
    /// Where no well-formed value comes next.
    pub fn value(&mut self) -> Result<Span> {
        self.peek();
        let start = self.position;
        self.skip(0)?;
        Ok(Span { start, end: self.position })
    }

    fn skip(&mut self, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(SyntaxError { offset: self.position, cause: SyntaxCause::TooDeep });
        }
        match self.peek() {
            Some(b'"') => self.string().map(drop),
            Some(b'{') => self.members(|scanner, _name| scanner.skip(depth + 1)),
            Some(b'[') => self.elements(|scanner| scanner.skip(depth + 1)),
            Some(b't') => self.literal(b"true"),
            Some(b'f') => self.literal(b"false"),
            Some(b'n') => self.literal(b"null"),
            Some(b'-' | b'0'..=b'9') => self.pass_number(),
            _ => Err(self.unexpected()),
        }
    }

    /// Takes `true`, `false` or `null`.
    fn literal(&mut self, word: &[u8]) -> Result<()> {
        if !self.text[self.position..].starts_with(word) {
            return Err(self.unexpected());
        }
        self.position += word.len();
        Ok(())
    }

    /// Takes `null` if it comes next.
    pub fn null(&mut self) -> bool {
        self.peek() == Some(b'n') && self.literal(b"null").is_ok()
    }

    /// Takes an object; `each` gets every name's span and must take the member's value.
    ///
    /// # Errors
    /// Where no well-formed object comes next, or `each` fails.
    pub fn members<Er: From<SyntaxError>>(
        &mut self,
        mut each: impl FnMut(&mut Self, Span) -> std::result::Result<(), Er>,
    ) -> std::result::Result<(), Er> {
        self.expect(b'{')?;
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let name = self.string()?;
            self.expect(b':')?;
            each(self, name)?;
            if self.take(b'}') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// Takes an array; `each` must take one element.
    ///
    /// # Errors
    /// Where no well-formed array comes next, or `each` fails.
    #[inline]
    pub fn elements<Er: From<SyntaxError>>(
        &mut self,
        mut each: impl FnMut(&mut Self) -> std::result::Result<(), Er>,
    ) -> std::result::Result<(), Er> {
        self.expect(b'[')?;
        if self.take(b']') {
            return Ok(());
        }
        loop {
            each(self)?;
            if self.take(b']') {
                return Ok(());
            }
            self.expect(b',')?;
        }
    }

    /// The end of the text, after white space.
    ///
    /// # Errors
    /// Where something else follows.
    pub fn end(&mut self) -> Result<()> {
        match self.peek() {
            None => Ok(()),
            // The next text of several, or the mark before it (RFC 8142).
            Some(b'{' | b'[' | 0x1e) => Err(SyntaxError { offset: self.position, cause: SyntaxCause::AnotherText }),
            Some(_) => Err(SyntaxError { offset: self.position, cause: SyntaxCause::TrailingText }),
        }
    }
}

/// True where one of eight bytes ends or interrupts a string.
#[inline]
fn has_quote_escape_or_control(word: &[u8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let Ok(bytes) = word.try_into() else { return true };
    let word = u64::from_le_bytes(bytes);
    // The high bit of a byte that is below another (for bytes without a high bit of their own).
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGHS;
    let (quote, escape) = (word ^ (ONES * u64::from(b'"')), word ^ (ONES * u64::from(b'\\')));
    below(word, 0x20) | below(quote, 1) | below(escape, 1) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> std::result::Result<Span, SyntaxError> {
        let mut scanner = Scanner::new(text.as_bytes());
        let span = scanner.value()?;
        scanner.end()?;
        Ok(span)
    }

    #[test]
    fn accepts_and_refuses_what_serde_json_does() {
        for text in [
            "",
            " ",
            "{",
            "}",
            "[]",
            "[1,]",
            "[,1]",
            "{\"a\":}",
            "{\"a\" 1}",
            "{\"a\":1,}",
            "nul",
            "nulll",
            "true",
            "01",
            "-",
            "-0",
            "1.",
            ".5",
            "1e",
            "1e+",
            "1e5",
            "\"",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u00e9\"",
            "\"\t\"",
            "[1 2]",
            "{} {}",
            "[[[[]]]]",
            "{\"a\":{\"b\":[null,false,\"x\\\\\"]}}",
            "NaN",
            "[NaN]",
            "-Infinity",
            "+1",
        ] {
            let theirs = serde_json::from_str::<serde_json::Value>(text).is_ok();
            assert_eq!(value(text).is_ok(), theirs, "{text:?}");
        }
    }

    #[test]
    fn says_where_and_why() {
        let error = value("[1,\n NaN]").expect_err("not JSON");
        assert_eq!(error, SyntaxError { offset: 5, cause: SyntaxCause::NotAJsonNumber("NaN".into()) });
        assert_eq!(value("[1, 2").expect_err("cut").cause, SyntaxCause::UnexpectedEnd);
        assert_eq!(value(&"[".repeat(400)).expect_err("deep").cause, SyntaxCause::TooDeep);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_bytes_are_refused_or_read_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Scanner::new(&bytes).value();
        }

        #[test]
        fn json_is_taken_whole(text in "\\[(\"[a-z\\\\n]{0,4}\"|[0-9]{1,3}|true|\\{\\})(, ?[0-9]{1,4}){0,5}\\]") {
            let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            prop_assert_eq!(value(&text).is_ok(), theirs);
        }
    }
}
