//! JSON read in place: values by their kind, numbers as they are written, commas before a closing bracket let pass.

use crate::i18n::{Said, tr};
use crate::io::formats::{FormatError, FormatPlace};
use std::borrow::Cow;

/// The deepest nesting of lists and objects.
const DEEPEST: usize = 128;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{`
    Object,
    /// `[`
    Array,
    /// `"`
    Text,
    /// A digit or a minus.
    Number,
    /// `true`, `false`
    Bool,
    /// `null`
    Null,
}

/// A place in a JSON text.
#[derive(Clone, Debug)]
pub struct Json<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// True once a comma stood before a closing bracket.
    pub has_trailing_comma: bool,
}

impl<'a> Json<'a> {
    /// At a byte of a text.
    pub fn at(text: &'a str, at: usize) -> Self {
        Self { text, at, depth: 0, has_trailing_comma: false }
    }

    /// The byte of the next value.
    pub fn place(&mut self) -> usize {
        self.space();
        self.at
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Why the text cannot be read here.
    pub fn malformed(&self) -> FormatError {
        let is_end = self.at >= self.text.len();
        FormatError::refused(Said::told(|lang| match is_end {
            true => tr!(lang, "format.topojson.truncated").into_owned(),
            false => tr!(lang, "format.topojson.malformed").into_owned(),
        }))
        .at(FormatPlace::Byte(self.at as u64))
    }

    /// What the next value is.
    ///
    /// # Errors
    /// Where there is none.
    pub fn kind(&mut self) -> Result<Kind, FormatError> {
        self.space();
        Ok(match self.byte() {
            Some(b'{') => Kind::Object,
            Some(b'[') => Kind::Array,
            Some(b'"') => Kind::Text,
            Some(b'-' | b'0'..=b'9') => Kind::Number,
            Some(b't' | b'f') => Kind::Bool,
            Some(b'n') => Kind::Null,
            _ => return Err(self.malformed()),
        })
    }

    fn expect(&mut self, byte: u8) -> Result<(), FormatError> {
        self.space();
        if self.byte() != Some(byte) {
            return Err(self.malformed());
        }
        self.at += 1;
        Ok(())
    }

    /// After an item: true where another follows.
    fn goes_on(&mut self, close: u8) -> Result<bool, FormatError> {
        self.space();
        match self.byte() {
            Some(b',') => {
                self.at += 1;
                self.space();
                if self.byte() == Some(close) {
                    self.has_trailing_comma = true;
                    self.at += 1;
                    return Ok(false);
                }
                Ok(true)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            _ => Err(self.malformed()),
        }
    }

    fn enter(&mut self, open: u8, close: u8) -> Result<bool, FormatError> {
        self.expect(open)?;
        if self.depth == DEEPEST {
            let said = Said::told(|lang| tr!(lang, "format.topojson.deep").into_owned());
            return Err(FormatError::refused(said).at(FormatPlace::Byte(self.at as u64)));
        }
        self.space();
        if self.byte() == Some(close) {
            self.at += 1;
            return Ok(false);
        }
        self.depth += 1;
        Ok(true)
    }

    /// Calls `each` for every member of an object; it must read the value.
    ///
    /// # Errors
    /// Where the text is malformed; those of `each`.
    pub fn object(
        &mut self,
        mut each: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), FormatError>,
    ) -> Result<(), FormatError> {
        if !self.enter(b'{', b'}')? {
            return Ok(());
        }
        loop {
            let key = self.string()?;
            self.expect(b':')?;
            each(self, key)?;
            if !self.goes_on(b'}')? {
                self.depth -= 1;
                return Ok(());
            }
        }
    }

    /// Calls `each` for every item of a list; it must read the value.
    ///
    /// # Errors
    /// As [`Self::object`].
    pub fn array(&mut self, mut each: impl FnMut(&mut Self) -> Result<(), FormatError>) -> Result<(), FormatError> {
        if !self.enter(b'[', b']')? {
            return Ok(());
        }
        loop {
            each(self)?;
            if !self.goes_on(b']')? {
                self.depth -= 1;
                return Ok(());
            }
        }
    }

    /// A text.
    ///
    /// # Errors
    /// Where none stands here.
    pub fn string(&mut self) -> Result<Cow<'a, str>, FormatError> {
        self.expect(b'"')?;
        let bytes = self.text.as_bytes();
        let from = self.at;
        let mut owned: Option<String> = None;
        let mut copied = from;
        loop {
            let Some(next) = memchr::memchr2(b'"', b'\\', &bytes[self.at..]) else {
                self.at = bytes.len();
                return Err(self.malformed());
            };
            self.at += next;
            if bytes[self.at] == b'"' {
                let tail = &self.text[copied..self.at];
                self.at += 1;
                return Ok(match owned {
                    None => Cow::Borrowed(tail),
                    Some(text) => Cow::Owned(text + tail),
                });
            }
            let text = owned.get_or_insert_default();
            text.push_str(&self.text[copied..self.at]);
            self.at += 1;
            let c = match self.byte() {
                Some(b'n') => '\n',
                Some(b't') => '\t',
                Some(b'r') => '\r',
                Some(b'b') => '\u{8}',
                Some(b'f') => '\u{c}',
                Some(b @ (b'"' | b'\\' | b'/')) => char::from(b),
                Some(b'u') => {
                    let c = self.escape()?;
                    self.at -= 1;
                    c
                }
                _ => return Err(self.malformed()),
            };
            text.push(c);
            self.at += 1;
            copied = self.at;
        }
    }

    /// `u4e2d`, or two of them; a half of a pair becomes U+FFFD.
    fn escape(&mut self) -> Result<char, FormatError> {
        let first = self.hex()?;
        if (0xd800..0xdc00).contains(&first) && self.text.as_bytes()[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 1;
            let second = self.hex()?;
            if (0xdc00..0xe000).contains(&second) {
                return Ok(char::from_u32(0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)).unwrap_or('\u{fffd}'));
            }
            self.at = back;
        }
        Ok(char::from_u32(first).unwrap_or('\u{fffd}'))
    }

    fn hex(&mut self) -> Result<u32, FormatError> {
        let digits = self.text.as_bytes().get(self.at + 1..self.at + 5).filter(|d| d.iter().all(u8::is_ascii_hexdigit));
        let digits = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).ok_or_else(|| self.malformed())?;
        self.at += 5;
        Ok(code)
    }

    /// A number as it is written.
    ///
    /// # Errors
    /// Where none stands here.
    pub fn number(&mut self) -> Result<&'a str, FormatError> {
        self.space();
        let from = self.at;
        let digits = |json: &mut Self| {
            let from = json.at;
            while json.byte().is_some_and(|b| b.is_ascii_digit()) {
                json.at += 1;
            }
            json.at > from
        };
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        let mut is_number = digits(self);
        if self.byte() == Some(b'.') {
            self.at += 1;
            is_number &= digits(self);
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.byte(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            is_number &= digits(self);
        }
        if is_number { Ok(&self.text[from..self.at]) } else { Err(self.malformed()) }
    }

    /// Passes over a value and gives its text.
    ///
    /// # Errors
    /// Where it is malformed.
    pub fn raw(&mut self) -> Result<&'a str, FormatError> {
        let from = self.place();
        match self.kind()? {
            Kind::Object => self.object(|json, _| json.raw().map(|_| ()))?,
            Kind::Array => self.array(|json| json.raw().map(|_| ()))?,
            Kind::Text => {
                self.string()?;
            }
            Kind::Number => {
                self.number()?;
            }
            Kind::Bool | Kind::Null => {
                let word = ["true", "false", "null"].into_iter().find(|word| self.text[self.at..].starts_with(word));
                self.at += word.ok_or_else(|| self.malformed())?.len();
            }
        }
        Ok(&self.text[from..self.at])
    }

    /// Makes sure that nothing follows.
    ///
    /// # Errors
    /// Where something does.
    pub fn finish(&mut self) -> Result<(), FormatError> {
        while matches!(self.byte(), Some(b' ' | b'\t' | b'\n' | b'\r' | 0)) {
            self.at += 1;
        }
        if self.at < self.text.len() { Err(self.malformed()) } else { Ok(()) }
    }
}
