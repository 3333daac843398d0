//! Bytes of text values to text: strict, with what did not fit said.

use super::encoding::{Chosen, Source, has_lost};
use encoding_rs::{DecoderResult, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

/// U+FFFD in UTF-8: what stands where an earlier conversion destroyed a character. Read as GBK, two of them show
/// as 锟斤拷.
pub(super) const LOST: &[u8] = b"\xef\xbf\xbd";

/// What was not as it should be in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TextFlaw {
    /// The field's width cut a character in two; its half is left out.
    Cut,
    /// It is in another encoding than the rest, and read in that.
    OtherEncoding(&'static str),
    /// Characters were destroyed before.
    Lost,
    /// Bytes that are no text in the encoding.
    Invalid,
}

/// Appends the text of a value without padding. `fills` is true where it takes all bytes of its field.
pub(super) fn decode(chosen: Chosen, value: &[u8], fills: bool, into: &mut String) -> Option<TextFlaw> {
    let Chosen { encoding, source } = chosen;
    if encoding == UTF_16LE || encoding == UTF_16BE {
        return decode_wide(encoding, value, into);
    }
    if value.is_ascii() {
        into.push_str(std::str::from_utf8(value).unwrap_or_default());
        return None;
    }
    let is_lost = has_lost(value);
    let as_utf8 = std::str::from_utf8(value);
    if let Ok(text) = as_utf8
        && (encoding == UTF_8 || is_lost)
    {
        into.push_str(text);
        return is_lost.then_some(TextFlaw::Lost);
    }
    if memchr::memmem::find(value, b"\xef\xbf\xbd\xef\xbf\xbd").is_some() {
        decode_around(encoding, value, fills, into);
        return Some(TextFlaw::Lost);
    }
    let is_chinese = encoding == GBK || encoding == GB18030;
    if let Ok(text) = as_utf8
        && is_chinese
        && source != Source::Planner
        && text.chars().all(|c| {
            c.is_ascii() || matches!(c, '\u{2010}'..='\u{203f}' | '\u{3000}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
        })
    {
        // Several Chinese characters that are valid UTF-8 by chance are rare (1 in 50,000 names).
        into.push_str(text);
        return Some(TextFlaw::OtherEncoding("UTF-8"));
    }
    if let Some(flaw) = decode_strictly(encoding, value, fills, into) {
        return flaw;
    }
    if source != Source::Planner {
        for other in [UTF_8, GB18030] {
            if other != encoding && decode_strictly(other, value, fills, into).is_some() {
                return Some(TextFlaw::OtherEncoding(if other == UTF_8 { "UTF-8" } else { "GBK" }));
            }
        }
    }
    into.push_str(&encoding.decode_without_bom_handling(value).0);
    Some(if is_lost { TextFlaw::Lost } else { TextFlaw::Invalid })
}

/// Appends the text where the bytes are valid but for a last character cut by the field's end; `None`, and nothing
/// appended, where they are not.
pub(super) fn decode_strictly(
    encoding: &'static Encoding,
    value: &[u8],
    fills: bool,
    into: &mut String,
) -> Option<Option<TextFlaw>> {
    let before = into.len();
    let mut decoder = encoding.new_decoder_without_bom_handling();
    into.reserve(decoder.max_utf8_buffer_length_without_replacement(value.len())?);
    // What is not the last piece may end within a character: what the decoder then says at the end is the cut.
    let (result, read) = decoder.decode_to_string_without_replacement(value, into, false);
    if result == DecoderResult::InputEmpty && read == value.len() {
        match decoder.decode_to_string_without_replacement(&[], into, true).0 {
            DecoderResult::InputEmpty => return Some(None),
            DecoderResult::Malformed(..) if fills => return Some(Some(TextFlaw::Cut)),
            _ => {}
        }
    }
    into.truncate(before);
    None
}

/// The text around destroyed characters, which are shown as U+FFFD.
fn decode_around(encoding: &'static Encoding, value: &[u8], fills: bool, into: &mut String) {
    let mut rest = value;
    while let Some(at) = memchr::memmem::find(rest, LOST) {
        if decode_strictly(encoding, &rest[..at], false, into).is_none() {
            into.push_str(&encoding.decode_without_bom_handling(&rest[..at]).0);
        }
        into.push('\u{fffd}');
        rest = &rest[at + LOST.len()..];
    }
    if decode_strictly(encoding, rest, fills, into).is_none() {
        into.push_str(&encoding.decode_without_bom_handling(rest).0);
    }
}

fn decode_wide(encoding: &'static Encoding, value: &[u8], into: &mut String) -> Option<TextFlaw> {
    let value = &value[..value.len() & !1];
    let (text, had_errors) = encoding.decode_without_bom_handling(value);
    let text = text.split('\0').next().unwrap_or_default().trim_start_matches('\u{feff}');
    // A writer pads with spaces of one byte, which are U+2020 by two.
    into.push_str(text.trim_end_matches([' ', '\u{2020}', '\u{2000}']));
    had_errors.then_some(TextFlaw::Invalid)
}

/// A value without its padding: what is behind a zero, and spaces at the end.
pub(super) fn unpadded(value: &[u8]) -> &[u8] {
    let value = memchr::memchr(0, value).map_or(value, |end| &value[..end]);
    let end = value.iter().rposition(|byte| *byte != b' ').map_or(0, |last| last + 1);
    &value[..end]
}
