//! Why an XML file is refused, and what is said of its encoding.

use super::decode::Charset;
use crate::i18n::{Said, tr};
use crate::io::formats::{FormatError, Note};
use encoding_rs::Encoding;

pub(super) fn unknown_label(label: &str) -> FormatError {
    FormatError::refused(Said::told(|lang| tr!(lang, "format.xml.unknown_label", label = label).into_owned()))
}

pub(super) fn truncated(open: Option<&str>) -> FormatError {
    FormatError::refused(Said::told(|lang| match open {
        Some(name) => tr!(lang, "format.xml.truncated", name = name).into_owned(),
        None => tr!(lang, "format.xml.no_element").into_owned(),
    }))
}

pub(super) fn malformed(cause: &dyn std::fmt::Display) -> FormatError {
    let cause: String = cause.to_string().chars().take(200).collect();
    FormatError::refused(Said::told(|lang| tr!(lang, "format.xml.malformed", cause = cause).into_owned()))
}

pub(super) fn mismatch(open: &str, close: &str) -> FormatError {
    let short = |name: &str| name.chars().take(60).collect::<String>();
    let (open, close) = (short(open), short(close));
    FormatError::refused(Said::told(|lang| tr!(lang, "format.xml.mismatch", open = open, close = close).into_owned()))
}

pub(super) fn deep() -> FormatError {
    FormatError::refused(Said::told(|lang| tr!(lang, "format.xml.deep").into_owned()))
}

pub(super) fn long() -> FormatError {
    FormatError::refused(Said::told(|lang| tr!(lang, "format.xml.long").into_owned()))
}

pub(super) fn entities() -> FormatError {
    FormatError::refused(Said::told(|lang| tr!(lang, "format.xml.entities").into_owned()))
}

pub(super) fn after_end() -> FormatError {
    FormatError::refused(Said::told(|lang| tr!(lang, "format.xml.after_end").into_owned()))
}

pub(super) fn of_xml(error: &quick_xml::Error) -> FormatError {
    use quick_xml::errors::SyntaxError;
    match error {
        quick_xml::Error::Io(e) if e.kind() == std::io::ErrorKind::FileTooLarge => long(),
        quick_xml::Error::Io(e) => FormatError::System(e.to_string()),
        // All others of its kind are about the file's end.
        quick_xml::Error::Syntax(e) if *e != SyntaxError::InvalidBangMarkup => {
            FormatError::refused(Said::told(|lang| tr!(lang, "format.xml.cut_tag").into_owned()))
        }
        other => malformed(other),
    }
}

/// The note that a file is read in another encoding than it declares.
pub fn guessed_note(declared: Charset, guessed: Charset) -> Note {
    let (declared, guessed) = (declared.name(), guessed.name());
    let said = Said::told(|lang| tr!(lang, "format.xml.guessed", declared = declared, guessed = guessed).into_owned());
    Note { row: None, said, kind: "format.xml.guessed", is_doubt: true }
}

/// The note that bytes do not fit the encoding.
pub fn bad_bytes_note(charset: Charset) -> Note {
    let name = charset.name();
    let said = Said::told(|lang| tr!(lang, "format.xml.bad_bytes", encoding = name).into_owned());
    Note { row: None, said, kind: "format.xml.bad_bytes", is_doubt: true }
}

/// The local name of the root element, told by the first bytes of a file (any encoding); `None` where there is none.
pub fn root_of(head: &[u8]) -> Option<String> {
    let charset = Charset::of_head(head);
    let bom = Encoding::for_bom(head).map_or(0, |(_, length)| length);
    let (text, _) = charset.encoding.decode_without_bom_handling(&head[bom..]);
    let mut rest: &str = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\0');
    loop {
        let after = rest.strip_prefix('<')?;
        let end = match after.as_bytes().first()? {
            b'?' => "?>",
            b'!' if after.starts_with("!--") => "-->",
            // An internal subset ends at `]>`.
            b'!' if after.find('[').is_some_and(|open| after.find('>').is_none_or(|close| open < close)) => "]>",
            b'!' => ">",
            _ => {
                let end = after.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))?;
                let name = &after[..end];
                return Some(name.rsplit(':').next().unwrap_or(name).to_owned());
            }
        };
        rest = after.split_once(end)?.1.trim_start();
    }
}
