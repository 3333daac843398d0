//! XML as a stream: elements one after another in bounded memory, texts with references resolved, places by line. For formats
//! whose elements are read by local names (KML, GPX).
//!
//! Deliberately absent: namespaces (a name is told by its local part, whatever the prefix), validation, external entities.

mod columns;
mod decode;
mod doubts;
mod entities;
mod refusal;
mod time;

pub use columns::{Column, Declared, Seen, cell};
pub use decode::Charset;
pub use entities::unescape_html;
pub use refusal::{bad_bytes_note, guessed_note, root_of};
pub use time::{Moment, moment};

use crate::io::formats::{Bytes, FormatError, FormatPlace, Note};
use decode::Decoded;
use doubts::{Doubts, append, resolve};
use entities::Entities;
use quick_xml::Reader;
use quick_xml::events::Event;
use quick_xml::events::attributes::Attributes;
use std::sync::Arc;

/// The deepest nesting of elements.
const DEEPEST: usize = 256;

/// The longest text of an attribute or of an element other than coordinates, in bytes.
pub const LONGEST_TEXT: usize = 64 * 1024 * 1024;

/// What stands next in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Start,
    End,
    Text,
    Eof,
}

/// A reader of elements. Everything is asked about the element that was opened last.
pub struct Xml {
    reader: Reader<Decoded>,
    buf: Vec<u8>,
    /// The start tag's content and the ends of its name and where its local name begins.
    tag: String,
    name_end: usize,
    local_from: usize,
    is_empty_tag: bool,
    end_name: String,
    /// Names of open elements, one after another.
    open: String,
    open_from: Vec<usize>,
    entities: Entities,
    /// Elements whose content may be HTML that is no XML.
    html: &'static [&'static str],
    doubts: Doubts,
}

impl Xml {
    /// A reader at the start of a file. `html` names elements whose content may be HTML that is not well-formed.
    pub fn new(bytes: Arc<dyn Bytes>, charset: Charset, html: &'static [&'static str]) -> Self {
        let entities = Entities::new(bytes.len());
        let mut reader = Reader::from_reader(Decoded::new(bytes, charset));
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        Self {
            reader,
            buf: Vec::new(),
            tag: String::new(),
            name_end: 0,
            local_from: 0,
            is_empty_tag: false,
            end_name: String::new(),
            open: String::new(),
            open_from: Vec::new(),
            entities,
            html,
            doubts: Doubts::default(),
        }
    }

    /// The local name of the element that was opened last.
    pub fn name(&self) -> &str {
        &self.tag[self.local_from..self.name_end]
    }

    /// Bytes of the file that were read.
    pub fn at(&self) -> u64 {
        self.reader.get_ref().at()
    }

    /// True where the encoding does not fit the bytes. To be asked at the end.
    pub fn is_encoding_doubtful(&self) -> bool {
        self.reader.get_ref().is_doubtful()
    }

    /// True where bytes were read that do not fit the encoding.
    pub fn has_bad_bytes(&self) -> bool {
        self.reader.get_ref().is_bad
    }

    /// The line being read, counted from 1.
    pub fn line(&self) -> FormatPlace {
        FormatPlace::Line(self.reader.get_ref().line())
    }

    /// Opens the root element.
    ///
    /// # Errors
    /// Where there is none.
    pub fn root(&mut self) -> Result<(), FormatError> {
        loop {
            match self.step(None)? {
                Step::Start => return self.push(),
                Step::Text => {}
                Step::End | Step::Eof => return Err(refusal::truncated(None).at(self.line())),
            }
        }
    }

    /// Opens the next child of the element; false where there is none and the element is closed.
    ///
    /// # Errors
    /// Where the file ends or is malformed.
    pub fn child(&mut self) -> Result<bool, FormatError> {
        loop {
            match self.step(None)? {
                Step::Start => return self.push().map(|()| true),
                Step::End => return self.pop().map(|()| false),
                Step::Text => {}
                Step::Eof => return Err(self.truncated()),
            }
        }
    }

    /// The same; the element's own text before the child is appended to `text`.
    ///
    /// # Errors
    /// As [`Self::child`]; where the text is too long.
    pub fn child_or_text(&mut self, text: &mut String) -> Result<bool, FormatError> {
        loop {
            match self.step(Some(text))? {
                Step::Start => return self.push().map(|()| true),
                Step::End => return self.pop().map(|()| false),
                Step::Text if text.len() > LONGEST_TEXT => return Err(refusal::long().at(self.line())),
                Step::Text => {}
                Step::Eof => return Err(self.truncated()),
            }
        }
    }

    /// Passes over the rest of the element.
    ///
    /// # Errors
    /// As [`Self::child`].
    pub fn skip(&mut self) -> Result<(), FormatError> {
        let depth = self.open_from.len();
        if self.html.contains(&self.name()) {
            return self.html_text(None);
        }
        loop {
            match self.step(None)? {
                Step::Start => {
                    self.push()?;
                    if self.html.contains(&self.name()) {
                        self.html_text(None)?;
                    }
                }
                Step::End => {
                    self.pop()?;
                    if self.open_from.len() < depth {
                        return Ok(());
                    }
                }
                Step::Text => {}
                Step::Eof => return Err(self.truncated()),
            }
        }
    }

    /// Reads the element's text, up to its end, in place of what `into` holds. Elements in it stay as they are written.
    ///
    /// # Errors
    /// As [`Self::child`]; where it is longer than `longest` bytes.
    pub fn text(&mut self, into: &mut String, longest: usize) -> Result<(), FormatError> {
        into.clear();
        if self.html.contains(&self.name()) {
            return self.html_text(Some(into));
        }
        let depth = self.open_from.len();
        loop {
            match self.step(Some(into))? {
                Step::Start => {
                    self.doubts.markup = true;
                    self.write_start(into);
                    if !std::mem::take(&mut self.is_empty_tag) {
                        self.push()?;
                    }
                }
                Step::End => {
                    self.pop()?;
                    if self.open_from.len() < depth {
                        return Ok(());
                    }
                    self.write_end(into);
                }
                Step::Text if into.len() > longest => return Err(refusal::long().at(self.line())),
                Step::Text => {}
                Step::Eof => return Err(self.truncated()),
            }
        }
    }

    /// The same where tags inside need not match: everything up to the element's own end.
    fn html_text(&mut self, mut into: Option<&mut String>) -> Result<(), FormatError> {
        let own = self.open_from.last().map(|from| self.open[*from..].to_owned()).unwrap_or_default();
        let mut inner = 0_usize;
        loop {
            match self.step(into.as_deref_mut())? {
                Step::Start => {
                    self.doubts.markup |= into.is_some();
                    if !self.is_empty_tag && self.tag[..self.name_end] == own {
                        inner += 1;
                    }
                    if let Some(into) = into.as_deref_mut() {
                        self.write_start(into);
                    }
                    self.is_empty_tag = false;
                }
                Step::End => {
                    if self.end_name == own {
                        if inner == 0 {
                            return self.pop();
                        }
                        inner -= 1;
                    }
                    if let Some(into) = into.as_deref_mut() {
                        self.write_end(into);
                    }
                }
                Step::Text if into.as_deref().is_some_and(|into| into.len() > LONGEST_TEXT) => {
                    return Err(refusal::long().at(self.line()));
                }
                Step::Text => {}
                Step::Eof => return Err(self.truncated()),
            }
        }
    }

    /// The value of an attribute by its local name, in place of what `into` holds; false where there is none.
    ///
    /// # Errors
    /// Where the tag is malformed.
    pub fn attribute(&mut self, local: &str, into: &mut String) -> Result<bool, FormatError> {
        into.clear();
        let line = || FormatPlace::Line(self.reader.get_ref().line());
        let mut attributes = Attributes::new(&self.tag, self.name_end);
        for attribute in attributes.with_checks(false) {
            let attribute = attribute.map_err(|e| refusal::malformed(&e).at(line()))?;
            if attribute.key.local_name().as_ref() != local.as_bytes() {
                continue;
            }
            let value = std::str::from_utf8(&attribute.value).map_err(|e| refusal::malformed(&e).at(line()))?;
            let mut rest = value;
            while let Some((before, after)) = rest.split_once('&') {
                into.push_str(before);
                let Some((name, after)) = after.split_once(';') else {
                    self.doubts.ampersand = true;
                    into.push('&');
                    rest = after;
                    break;
                };
                resolve(&mut self.entities, &mut self.doubts, name, into).map_err(|e| e.at(line()))?;
                rest = after;
            }
            into.push_str(rest);
            return Ok(true);
        }
        Ok(false)
    }

    /// Passes over what follows the root element, which must be nothing but comments.
    ///
    /// # Errors
    /// Where there is more: the file is two files in one.
    pub fn finish(&mut self) -> Result<(), FormatError> {
        let mut text = String::new();
        loop {
            match self.step(Some(&mut text))? {
                Step::Eof => return Ok(()),
                Step::Text if text.chars().all(|c| c.is_whitespace() || c == '\0') => text.clear(),
                _ => return Err(refusal::after_end().at(self.line())),
            }
        }
    }

    /// Gives notes of what was doubtful since the last call, for a row.
    pub fn notes(&mut self, row: Option<usize>, give: impl FnMut(Note)) {
        std::mem::take(&mut self.doubts).tell(row, give);
    }

    /// Reads what stands next. Texts are appended to `text`, where it is wanted.
    fn step(&mut self, text: Option<&mut String>) -> Result<Step, FormatError> {
        if std::mem::take(&mut self.is_empty_tag) {
            self.end_name.clear();
            self.end_name.push_str(&self.tag[..self.name_end]);
            return Ok(Step::End);
        }
        loop {
            self.buf.clear();
            self.reader.get_mut().begin_token();
            let event = match self.reader.read_event_into(&mut self.buf) {
                Ok(event) => event,
                // What is cut short by the end of the file is told by its first line.
                Err(e) => return Err(refusal::of_xml(&e).at(FormatPlace::Line(self.reader.get_ref().token_line()))),
            };
            let line = || FormatPlace::Line(self.reader.get_ref().token_line());
            let utf8 = |bytes| std::str::from_utf8(bytes).map_err(|e| refusal::malformed(&e).at(line()));
            match &event {
                Event::Start(tag) | Event::Empty(tag) => {
                    self.is_empty_tag = matches!(event, Event::Empty(_));
                    self.tag.clear();
                    self.tag.push_str(utf8(tag)?);
                    self.name_end = tag.name().as_ref().len();
                    self.local_from = tag.name().as_ref().iter().position(|b| *b == b':').map_or(0, |colon| colon + 1);
                    return Ok(Step::Start);
                }
                Event::End(tag) => {
                    self.end_name.clear();
                    self.end_name.push_str(utf8(tag.name().as_ref())?);
                    return Ok(Step::End);
                }
                Event::Text(piece) => {
                    if let Some(text) = text {
                        // References are tokens of their own: an ampersand here stands alone.
                        self.doubts.ampersand |= memchr::memchr(b'&', piece).is_some();
                        append(utf8(piece)?, text);
                    }
                    return Ok(Step::Text);
                }
                Event::CData(piece) => {
                    if let Some(text) = text {
                        append(utf8(piece)?, text);
                    }
                    return Ok(Step::Text);
                }
                Event::GeneralRef(name) => {
                    if let Some(text) = text {
                        resolve(&mut self.entities, &mut self.doubts, utf8(name)?, text).map_err(|e| e.at(line()))?;
                    }
                    return Ok(Step::Text);
                }
                Event::DocType(doctype) => self.entities.declare(utf8(doctype)?),
                Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
                Event::Eof => return Ok(Step::Eof),
            }
        }
    }

    fn push(&mut self) -> Result<(), FormatError> {
        if self.open_from.len() == DEEPEST {
            return Err(refusal::deep().at(self.line()));
        }
        self.open_from.push(self.open.len());
        self.open.push_str(&self.tag[..self.name_end]);
        Ok(())
    }

    fn pop(&mut self) -> Result<(), FormatError> {
        let from = self.open_from.pop().unwrap_or_default();
        if self.open[from..] != self.end_name {
            let name = self.open[from..].to_owned();
            return Err(refusal::mismatch(&name, &self.end_name).at(self.line()));
        }
        self.open.truncate(from);
        Ok(())
    }

    fn write_start(&self, into: &mut String) {
        into.push('<');
        into.push_str(&self.tag);
        into.push_str(if self.is_empty_tag { "/>" } else { ">" });
    }

    fn write_end(&self, into: &mut String) {
        into.push_str("</");
        into.push_str(&self.end_name);
        into.push('>');
    }

    fn truncated(&self) -> FormatError {
        let name = self.open_from.last().map(|from| self.open[*from..].to_owned());
        refusal::truncated(name.as_deref()).at(self.line())
    }
}

#[cfg(test)]
pub(in crate::io::formats) mod tests;
