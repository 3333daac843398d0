//! Bytes to UTF-8 text: a byte order mark is skipped, GB 18030 is tried where UTF-8 does not fit, and both are said.

use encoding_rs::{Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};
use std::borrow::Cow;

/// A file's text, and how it was come by.
#[derive(Debug)]
pub struct Decoded<'a> {
    /// UTF-8, without a byte order mark.
    pub text: Cow<'a, [u8]>,
    /// The encoding it was converted from, where it was not UTF-8.
    pub converted_from: Option<&'static str>,
    /// True where a byte order mark was skipped.
    pub had_mark: bool,
}

/// Why bytes could not be made text.
#[derive(Debug, PartialEq, Eq)]
pub enum EncodingError {
    /// No encoding has this name.
    UnknownName(String),
    /// The bytes are not valid in the encoding; the first that is not.
    Invalid {
        /// The encoding's name.
        encoding: &'static str,
        /// The first byte that is not UTF-8.
        offset: usize,
    },
}

/// The byte order mark of UTF-8.
pub(super) const UTF8_MARK: [u8; 3] = *b"\xef\xbb\xbf";

/// True where `name` is one of UTF-8's.
pub(super) fn is_utf8(name: &str) -> bool {
    Encoding::for_label(name.as_bytes()) == Some(UTF_8)
}

/// True where `name` is an encoding's.
pub fn is_encoding(name: &str) -> bool {
    Encoding::for_label(name.as_bytes()).is_some()
}

/// The encoding that the first bytes show, and the length of its mark: JSON begins with ASCII and has no zero bytes, so
/// UTF-16 shows without a mark too.
fn shown(bytes: &[u8]) -> Option<(&'static Encoding, usize)> {
    Encoding::for_bom(bytes).or(match bytes {
        [0, 1..=0x7f, ..] => Some((UTF_16BE, 0)),
        [1..=0x7f, 0, ..] => Some((UTF_16LE, 0)),
        _ => None,
    })
}

/// The text of `bytes`: in the encoding that their mark shows, else the one named or, without one, UTF-8 and then
/// GB 18030.
///
/// # Errors
/// Where the name is unknown, or the bytes fit no encoding tried.
pub fn decode<'a>(bytes: &'a [u8], encoding: Option<&str>) -> Result<Decoded<'a>, EncodingError> {
    let named = encoding
        .map(|name| Encoding::for_label(name.as_bytes()).ok_or_else(|| EncodingError::UnknownName(name.to_owned())))
        .transpose()?;
    let (shown, mark) = shown(bytes).map_or((None, 0), |(encoding, mark)| (Some(encoding), mark));
    // What the bytes of UTF-16 show goes before a name.
    let named = shown.filter(|encoding| *encoding != UTF_8).or(named);
    let body = &bytes[mark..];
    let first_bad = match std::str::from_utf8(body) {
        Ok(_) if named.is_none_or(|e| e == UTF_8) => {
            return Ok(Decoded { text: Cow::Borrowed(body), converted_from: None, had_mark: mark > 0 });
        }
        Ok(_) => 0,
        Err(e) => e.valid_up_to(),
    };
    let encoding = named.unwrap_or(GB18030);
    match encoding.decode_without_bom_handling_and_without_replacement(body) {
        Some(text) if encoding != UTF_8 => {
            // GB 18030 has a mark of its own.
            let plain = text.strip_prefix('\u{feff}');
            let had_mark = mark > 0 || plain.is_some();
            let text = plain.unwrap_or(&text).as_bytes().to_vec();
            Ok(Decoded { text: Cow::Owned(text), converted_from: Some(encoding.name()), had_mark })
        }
        _ => Err(EncodingError::Invalid { encoding: encoding.name(), offset: first_bad }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_is_borrowed_and_gb18030_is_tried() {
        let plain = decode("山水".as_bytes(), None).expect("UTF-8");
        assert!(matches!(plain.text, Cow::Borrowed(_)) && plain.converted_from.is_none());
        let marked = decode("\u{feff}山".as_bytes(), None).expect("UTF-8");
        assert!(marked.had_mark && &*marked.text == "山".as_bytes());
        let (gbk, _, _) = GB18030.encode("公园，镕");
        let read = decode(&gbk, None).expect("GB 18030");
        assert_eq!((&*read.text, read.converted_from), ("公园，镕".as_bytes(), Some("gb18030")));
        assert_eq!(decode(&gbk, Some("gbk")).expect("named").converted_from, Some("GBK"));
    }

    #[test]
    fn utf16_is_read_with_a_mark_and_without_whatever_is_named() {
        let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
        for (bytes, had_mark, name) in [
            (little("\u{feff}{\"山\":1}"), true, "UTF-16LE"),
            (little("{\"山\":1}"), false, "UTF-16LE"),
            (big("\u{feff}{\"山\":1}"), true, "UTF-16BE"),
            (big("{\"山\":1}"), false, "UTF-16BE"),
        ] {
            for encoding in [None, Some("UTF-16"), Some("utf-16le"), Some("gbk")] {
                let read = decode(&bytes, encoding).expect("UTF-16");
                let got = (&*read.text, read.converted_from, read.had_mark);
                assert_eq!(got, ("{\"山\":1}".as_bytes(), Some(name), had_mark), "{encoding:?}");
            }
        }
        let (marked, _, _) = GB18030.encode("\u{feff}{\"山\":1}");
        let read = decode(&marked, None).expect("GB 18030");
        assert!(read.had_mark && &*read.text == "{\"山\":1}".as_bytes());
    }

    #[test]
    fn what_fits_no_encoding_is_refused() {
        assert!(matches!(decode(b"ab\xff\xff", None), Err(EncodingError::Invalid { offset: 2, .. })));
        assert_eq!(decode(b"a", Some("klingon")).expect_err("unknown"), EncodingError::UnknownName("klingon".into()));
    }
}
