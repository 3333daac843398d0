//! Text files as a stream of UTF-8: the encoding is told from the whole file, then the bytes are decoded in stretches.

use super::{Bytes, FormatError, Note};
use crate::i18n::{Said, tr};
use crate::progress::Progress;
use encoding_rs::{DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

/// Bytes read at once.
const STRETCH: usize = 1 << 18;

/// How an encoding was come by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// The planner said so.
    Hint,
    /// A byte order mark, or the zero bytes of UTF-16.
    Shown,
    /// Every byte is UTF-8.
    Valid,
    /// It is not UTF-8: taken as the encoding of Chinese Windows.
    Guess,
}

/// The encoding of a text file.
#[derive(Clone, Copy, Debug)]
pub struct TextEncoding {
    /// The encoding.
    pub encoding: &'static Encoding,
    /// Bytes of the mark to skip.
    pub mark: u64,
    /// How it was come by.
    pub basis: Basis,
    /// Byte sequences that are no character in it.
    pub damaged: u64,
    /// Characters that were lost before: U+FFFD written out in the file.
    pub lost: u64,
}

impl TextEncoding {
    /// The name as a person calls it: `UTF-8`, `GB 18030`, `GBK`, `UTF-16LE`.
    pub fn name(&self) -> String {
        if self.encoding == GB18030 { "GB 18030".to_owned() } else { self.encoding.name().to_owned() }
    }

    /// What must be said about it.
    pub fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        let name = self.name();
        if self.basis == Basis::Guess {
            let said = Said::told(|lang| tr!(lang, "format.text.guessed", name = name).into_owned());
            notes.push(Note { row: None, said, kind: "format.text.guessed", is_doubt: true });
        }
        if self.damaged > 0 {
            let said = Said::told(|lang| tr!(lang, "format.text.damaged", n = self.damaged, name = name).into_owned());
            notes.push(Note { row: None, said, kind: "format.text.damaged", is_doubt: true });
        }
        if self.lost > 0 {
            let said = Said::told(|lang| tr!(lang, "format.text.lost", n = self.lost).into_owned());
            notes.push(Note { row: None, said, kind: "format.text.lost", is_doubt: true });
        }
        notes
    }
}

/// The encoding of a file: the hint, else its mark or the zero bytes of UTF-16, else UTF-8 where it fits, else GB 18030. Looks at
/// the first `limit` bytes at most.
///
/// # Errors
/// Where the hint is no encoding's name; where reading fails or is cancelled.
pub fn detect(
    bytes: &dyn Bytes,
    hint: Option<&str>,
    limit: u64,
    progress: &Progress,
) -> Result<TextEncoding, FormatError> {
    let head = bytes.stretch(0, 4096)?;
    let shown = Encoding::for_bom(&head).or_else(|| match (zeros(&head, 0), zeros(&head, 1)) {
        (false, true) => Some((UTF_16LE, 0)),
        (true, false) => Some((UTF_16BE, 0)),
        _ => None,
    });
    let hinted = match hint {
        None => None,
        Some(name) => Some(Encoding::for_label(name.trim().as_bytes()).ok_or_else(|| {
            FormatError::refused(Said::told(|lang| tr!(lang, "format.text.unknown_encoding", name = name).into_owned()))
        })?),
    };
    let mut found = match (hinted, shown) {
        // What the bytes of UTF-16 show goes before a name.
        (_, Some((encoding, mark))) if encoding != UTF_8 => told(encoding, mark, Basis::Shown),
        (Some(encoding), mark) => {
            told(encoding, if encoding == UTF_8 { mark.map_or(0, |(_, mark)| mark) } else { 0 }, Basis::Hint)
        }
        (None, Some((encoding, mark))) => told(encoding, mark, Basis::Shown),
        (None, None) => told(UTF_8, 0, Basis::Valid),
    };
    let end = bytes.len().min(limit);
    let survey = Survey::of(bytes, &found, end, progress)?;
    if found.encoding == UTF_8 && survey.bad > 0 && found.basis == Basis::Valid {
        // Chinese in GBK is hardly ever UTF-8 by chance, character by character: many that fit and few that do not is
        // damaged UTF-8.
        if survey.good < survey.bad.saturating_mul(10) {
            found = told(GB18030, 0, Basis::Guess);
            let survey = Survey::of(bytes, &found, end, progress)?;
            (found.damaged, found.lost) = (survey.bad, survey.lost);
            return Ok(found);
        }
    }
    (found.damaged, found.lost) = (survey.bad, survey.lost);
    Ok(found)
}

fn told(encoding: &'static Encoding, mark: usize, basis: Basis) -> TextEncoding {
    TextEncoding { encoding, mark: mark as u64, basis, damaged: 0, lost: 0 }
}

/// True where about every second byte, from `odd` on, is zero.
fn zeros(head: &[u8], odd: usize) -> bool {
    let (mut zero, mut all) = (0, 0);
    for byte in head.iter().skip(odd).step_by(2) {
        (zero, all) = (zero + usize::from(*byte == 0), all + 1);
    }
    all >= 2 && zero * 3 > all
}

/// What is in a file's bytes in an encoding.
struct Survey {
    /// Characters beyond ASCII that fit.
    good: u64,
    /// Sequences that do not.
    bad: u64,
    /// U+FFFD that are written out.
    lost: u64,
}

impl Survey {
    fn of(bytes: &dyn Bytes, of: &TextEncoding, end: u64, progress: &Progress) -> Result<Self, FormatError> {
        let mut survey = Self { good: 0, bad: 0, lost: 0 };
        let mut decoder = of.encoding.new_decoder_without_bom_handling();
        let mut at = of.mark;
        let (mut raw, mut out) = (Vec::new(), String::new());
        while at < end {
            let stretch = bytes.stretch(at, STRETCH.min((end - at) as usize))?;
            if stretch.is_empty() {
                break;
            }
            at += stretch.len() as u64;
            progress.advance(stretch.len() as u64)?;
            let last = at >= bytes.len();
            if of.encoding == UTF_8 {
                raw.extend_from_slice(&stretch);
                let open = survey.utf8(&raw, last);
                raw.drain(..open);
                continue;
            }
            let mut rest = &stretch[..];
            out.reserve(stretch.len().saturating_mul(3));
            loop {
                out.clear();
                let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut out, last);
                survey.count(out.as_bytes());
                rest = rest.get(read..).unwrap_or_default();
                match result {
                    DecoderResult::InputEmpty => break,
                    DecoderResult::OutputFull => out.reserve(64),
                    DecoderResult::Malformed(..) => survey.bad += 1,
                }
            }
        }
        Ok(survey)
    }

    /// Counts a stretch of UTF-8; gives where a character begins that the next stretch ends.
    fn utf8(&mut self, raw: &[u8], last: bool) -> usize {
        let mut at = 0;
        while let Err(fault) = std::str::from_utf8(&raw[at..]) {
            self.count(&raw[at..at + fault.valid_up_to()]);
            at += fault.valid_up_to();
            match fault.error_len() {
                Some(length) => {
                    self.bad += 1;
                    at += length;
                }
                None => {
                    self.bad += u64::from(last);
                    return if last { raw.len() } else { at };
                }
            }
        }
        self.count(&raw[at..]);
        raw.len()
    }

    fn count(&mut self, text: &[u8]) {
        if !text.is_ascii() {
            self.good += text.iter().filter(|byte| **byte >= 0xc0).count() as u64;
            self.lost += memchr::memmem::find_iter(text, "\u{fffd}").count() as u64;
        }
    }
}

/// A file's text in stretches, as UTF-8.
pub struct TextStream<'a> {
    bytes: &'a dyn Bytes,
    at: u64,
    decoder: Option<encoding_rs::Decoder>,
    done: bool,
}

impl<'a> TextStream<'a> {
    /// From the first character behind the mark.
    pub fn new(bytes: &'a dyn Bytes, of: &TextEncoding) -> Self {
        // UTF-8 that was looked through whole is taken as it is.
        let plain = of.encoding == UTF_8 && of.damaged == 0;
        let decoder = (!plain).then(|| of.encoding.new_decoder_without_bom_handling());
        Self { bytes, at: of.mark, decoder, done: false }
    }

    /// Appends the next stretch of at least `want` bytes of the file, unless it ends; gives the bytes of the file that were
    /// read, 0 at its end.
    ///
    /// # Errors
    /// What the system says.
    pub fn more(&mut self, want: usize, into: &mut Vec<u8>) -> Result<u64, FormatError> {
        if self.done {
            return Ok(0);
        }
        let raw = self.bytes.stretch(self.at, want.max(STRETCH))?;
        self.at += raw.len() as u64;
        self.done = self.at >= self.bytes.len();
        let read = raw.len() as u64;
        match &mut self.decoder {
            None if into.is_empty() => *into = raw,
            None => into.extend_from_slice(&raw),
            Some(decoder) => {
                let room = decoder.max_utf8_buffer_length(raw.len()).unwrap_or(raw.len().saturating_mul(3));
                let mut out = String::with_capacity(room);
                let _ = decoder.decode_to_string(&raw, &mut out, self.done);
                into.extend_from_slice(out.as_bytes());
            }
        }
        Ok(read)
    }
}
