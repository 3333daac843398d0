//! In which encoding the texts of a drawing are, where the drawing says so wrongly or not at all.

use super::notes;
use crate::i18n::{Said, tr};
use crate::io::formats::{FormatError, Note};
use encoding_rs::{Encoding, GB18030, GBK, UTF_8, WINDOWS_1252};

/// The encoding chosen for a drawing.
#[derive(Debug)]
pub(super) struct Choice {
    /// How its bytes are read.
    pub encoding: &'static Encoding,
    /// Said where it is not what the drawing declares.
    pub note: Option<Note>,
}

/// The encoding of a label a person gives.
///
/// # Errors
/// Where no encoding is called so.
pub(super) fn by_label(label: &str) -> Result<&'static Encoding, FormatError> {
    Encoding::for_label(label.trim().as_bytes()).or_else(|| of_code_page(label)).ok_or_else(|| {
        let said = Said::told(|lang| tr!(lang, "format.cad.encoding_unknown", label = label).into_owned());
        FormatError::refused(said)
    })
}

/// The encoding of a code page as drawings name it (`ANSI_936`); `None` where it is not known.
pub(super) fn of_code_page(page: &str) -> Option<&'static Encoding> {
    let page = page.trim().to_ascii_lowercase();
    let number = page.strip_prefix("ansi_").or_else(|| page.strip_prefix("dos")).unwrap_or(&page);
    Some(match number {
        "936" | "gb2312" | "gbk" => GBK,
        "54936" | "gb18030" => GB18030,
        "950" | "big5" => encoding_rs::BIG5,
        "932" => encoding_rs::SHIFT_JIS,
        "949" | "korean" => encoding_rs::EUC_KR,
        "874" => encoding_rs::WINDOWS_874,
        "1250" => encoding_rs::WINDOWS_1250,
        "1251" => encoding_rs::WINDOWS_1251,
        "1252" => WINDOWS_1252,
        "1253" => encoding_rs::WINDOWS_1253,
        "1254" => encoding_rs::WINDOWS_1254,
        "1255" => encoding_rs::WINDOWS_1255,
        "1256" => encoding_rs::WINDOWS_1256,
        "1257" => encoding_rs::WINDOWS_1257,
        "1258" => encoding_rs::WINDOWS_1258,
        "866" => encoding_rs::IBM866,
        "utf-8" | "utf8" | "65001" => UTF_8,
        _ => return None,
    })
}

/// The number that drawings (R13 to R2004) give a code page in their file header; `None` for those without one.
pub(super) fn page_index(encoding: &'static Encoding) -> Option<u16> {
    let known = [
        (encoding_rs::WINDOWS_874, 37),
        (encoding_rs::SHIFT_JIS, 38),
        (GBK, 39),
        (GB18030, 39),
        (encoding_rs::EUC_KR, 40),
        (encoding_rs::BIG5, 41),
        (encoding_rs::WINDOWS_1250, 28),
        (encoding_rs::WINDOWS_1251, 29),
        (WINDOWS_1252, 30),
        (encoding_rs::WINDOWS_1253, 32),
        (encoding_rs::WINDOWS_1254, 33),
        (encoding_rs::WINDOWS_1255, 34),
        (encoding_rs::WINDOWS_1256, 35),
        (encoding_rs::WINDOWS_1257, 36),
    ];
    known.iter().find(|(one, _)| *one == encoding).map(|(_, index)| *index)
}

/// How an encoding is called where people read it.
pub(super) fn title(encoding: &'static Encoding) -> &'static str {
    if encoding == GB18030 { "GBK" } else { encoding.name() }
}

/// Chooses the encoding of a text drawing. `is_unicode` is true for R2007 and later, which are UTF-8 by rule; `declared` is
/// what `$DWGCODEPAGE` says; `hint` goes before everything.
pub(super) fn choose(
    bytes: &[u8],
    is_unicode: bool,
    declared: Option<&str>,
    hint: Option<&'static Encoding>,
) -> Choice {
    let plain = |encoding| Choice { encoding, note: None };
    if let Some(encoding) = hint {
        return plain(encoding);
    }
    if bytes.is_ascii() {
        return plain(UTF_8);
    }
    let page = declared.and_then(of_code_page);
    let unicode = std::str::from_utf8(bytes).ok();
    if is_unicode {
        if unicode.is_some() {
            return plain(UTF_8);
        }
        // Converters that only change the version number leave the bytes of the code page behind.
        let encoding = match page {
            Some(page) if page != UTF_8 && (is_east_asian(page) || !reads_as_chinese(bytes)) => page,
            _ => GB18030,
        };
        return Choice { encoding, note: Some(guessed("UTF-8", encoding)) };
    }
    if let Some(text) = unicode {
        // Two-byte characters alone are not enough beside a Chinese code page: some pairs of GBK are UTF-8, too.
        let is_sure = !page.is_some_and(is_east_asian) || text.chars().any(|c| c as u32 >= 0x800);
        if is_sure {
            let note = page.filter(|page| *page != UTF_8).map(|page| guessed(page.name(), UTF_8));
            return Choice { encoding: UTF_8, note };
        }
    }
    match page {
        Some(page) if page == UTF_8 => Choice { encoding: GB18030, note: Some(guessed("UTF-8", GB18030)) },
        Some(page) if is_east_asian(page) || !reads_as_chinese(bytes) => {
            plain(if page == GBK { GB18030 } else { page })
        }
        Some(page) => Choice { encoding: GB18030, note: Some(guessed(page.name(), GB18030)) },
        None => Choice { encoding: GB18030, note: Some(guessed(declared.unwrap_or("—"), GB18030)) },
    }
}

/// The note on an encoding other than the one declared.
pub(super) fn guessed(declared: &str, taken: &'static Encoding) -> Note {
    notes::doubt("format.cad.encoding_guessed", None, |lang| {
        tr!(lang, "format.cad.encoding_guessed", declared = declared, taken = title(taken)).into_owned()
    })
}

fn is_east_asian(encoding: &'static Encoding) -> bool {
    [GBK, GB18030, encoding_rs::BIG5, encoding_rs::SHIFT_JIS, encoding_rs::EUC_KR].contains(&encoding)
}

/// True where all bytes above 127 come in pairs of GBK, nearly all of them of GB 2312, and there are at least two such pairs: the
/// text of a Chinese program in a drawing that claims a Western code page.
pub(super) fn reads_as_chinese(bytes: &[u8]) -> bool {
    let (mut at, mut common, mut rare) = (0, 0_usize, 0_usize);
    while at < bytes.len() {
        if bytes[at] < 0x80 {
            at += 1;
            continue;
        }
        match (bytes[at], bytes.get(at + 1)) {
            (0xB0..=0xF7, Some(0xA1..=0xFE)) => common += 1,
            (0xA1..=0xA9, Some(0xA1..=0xFE)) => {}
            (0x81..=0xFE, Some(0x40..=0x7E | 0x80..=0xFE)) => rare += 1,
            _ => return false,
        }
        at += 2;
    }
    common >= 2 && rare * 10 <= common
}

/// True where texts that were read as Windows-1252 are Chinese after all.
pub(super) fn is_chinese_misread<'a>(texts: impl Iterator<Item = &'a str>) -> bool {
    let mut bytes = Vec::new();
    for text in texts.filter(|text| !text.is_ascii()).take(2_000) {
        let (encoded, _, is_lossy) = WINDOWS_1252.encode(text);
        if is_lossy {
            return false;
        }
        bytes.extend_from_slice(&encoded);
        bytes.push(b' ');
    }
    reads_as_chinese(&bytes)
}
