//! Which encoding a text is in: the planner's word, the `.cpg` file, the language driver, or what the bytes show.

use super::super::{FormatError, Note};
use crate::i18n::{Said, tr};
use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Who said which encoding a text is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The planner: nothing else is tried.
    Planner,
    /// The file: a value that does not fit is tried in another encoding.
    File,
    /// Nobody: it is guessed from the bytes.
    Guess,
}

/// An encoding, and who said so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chosen {
    /// The encoding.
    pub(super) encoding: &'static Encoding,
    /// Who said so.
    pub(super) source: Source,
}

impl Chosen {
    /// What a person calls it.
    pub(super) fn name(self) -> &'static str {
        match self.encoding.name() {
            "gb18030" => "GB 18030",
            name => name,
        }
    }
}

/// What a file says of its encoding, if anything: the planner's word goes before all, then the `.cpg` file, then
/// the driver.
///
/// # Errors
/// Where the planner names an encoding that does not exist.
pub(super) fn said(
    hint: Option<&str>,
    cpg: Option<&[u8]>,
    language: u8,
    notes: &mut Vec<Note>,
) -> Result<Option<Chosen>, FormatError> {
    if let Some(label) = hint {
        let encoding = by_label(label).ok_or_else(|| {
            FormatError::refused(Said::told(|lang| {
                tr!(lang, "format.dbase.unknown_encoding", encoding = label).into_owned()
            }))
        })?;
        return Ok(Some(Chosen { encoding, source: Source::Planner }));
    }
    if let Some(bytes) = cpg {
        let text = String::from_utf8_lossy(bytes);
        let label = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\0' | '\u{feff}' | '"' | '\''));
        let label = label.lines().next().unwrap_or_default().trim();
        if is_page(&text) {
            notes.push(note("format.dbase.cpg_is_page", false, |lang| {
                tr!(lang, "format.dbase.cpg_is_page").into_owned()
            }));
        } else if let Some(encoding) = by_label(label) {
            return Ok(Some(Chosen { encoding, source: Source::File }));
        } else if !label.is_empty() {
            let label: String = label.chars().take(40).collect();
            notes.push(note("format.dbase.cpg_unknown", true, |lang| {
                tr!(lang, "format.dbase.cpg_unknown", encoding = label).into_owned()
            }));
        }
    }
    Ok(by_driver(language).map(|encoding| Chosen { encoding, source: Source::File }))
}

/// True for a web page that a server sent in place of the file.
pub(in crate::io::formats) fn is_page(text: &str) -> bool {
    let start = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    start.starts_with('<')
}

fn note(kind: &'static str, is_doubt: bool, say: impl Fn(crate::i18n::Lang) -> String) -> Note {
    Note { row: None, said: Said::told(say), kind, is_doubt }
}

/// The encoding of a language driver that says one. Drivers of western Europe (0x01, 0x02, 0x03, 0x57, 0x58) are
/// what programs write without thinking: they say nothing.
fn by_driver(language: u8) -> Option<&'static Encoding> {
    Some(match language {
        0x4d | 0x7a => GBK,
        0x4f | 0x78 => BIG5,
        0x4e | 0x79 => EUC_KR,
        0x13 | 0x7b => SHIFT_JIS,
        0x7c | 0x50 => encoding_rs::WINDOWS_874,
        0xc8 => encoding_rs::WINDOWS_1250,
        0xc9 => encoding_rs::WINDOWS_1251,
        0xca => encoding_rs::WINDOWS_1254,
        0xcb => encoding_rs::WINDOWS_1253,
        0xcc => encoding_rs::WINDOWS_1257,
        0x26 | 0x65 => encoding_rs::IBM866,
        _ => return None,
    })
}

/// The encoding of a label in any spelling: `GBK`, `cp936`, `ANSI 936`, `OEM_936`, `65001`, `utf8`, `8859_1`, `88591`.
pub(super) fn by_label(label: &str) -> Option<&'static Encoding> {
    if let Some(encoding) = Encoding::for_label(label.as_bytes()) {
        return Some(encoding);
    }
    let plain: String = label.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let mut rest = plain.as_str();
    while let Some(shorter) = ["ansi", "oem", "codepage", "windows", "win", "ibm", "cp", "ms", "iso", "x"]
        .iter()
        .find_map(|p| rest.strip_prefix(p))
    {
        rest = shorter;
    }
    if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()) {
        return by_number(rest);
    }
    match rest {
        "utf8" | "utf8bom" | "unicodeutf8" => Some(UTF_8),
        "utf16" | "utf16le" | "ucs2" | "unicode" => Some(UTF_16LE),
        "utf16be" => Some(UTF_16BE),
        "gbk" | "gb2312" | "gb23121980" | "gb231280" | "euccn" | "chs" => Some(GBK),
        "gb18030" | "gb180302000" | "gb180302005" | "gb180302022" => Some(GB18030),
        "big5" | "big5hkscs" | "cht" => Some(BIG5),
        "euckr" | "uhc" | "ksc5601" => Some(EUC_KR),
        "sjis" | "shiftjis" => Some(SHIFT_JIS),
        "latin1" => Some(WINDOWS_1252),
        _ => Encoding::for_label(rest.as_bytes()),
    }
}

fn by_number(number: &str) -> Option<&'static Encoding> {
    if let Some(part) = number.strip_prefix("8859").filter(|part| !part.is_empty()) {
        return Encoding::for_label(format!("iso-8859-{part}").as_bytes());
    }
    match number {
        "65001" => Some(UTF_8),
        "936" | "1386" | "20936" | "51936" => Some(GBK),
        "54936" => Some(GB18030),
        "950" => Some(BIG5),
        "949" | "51949" => Some(EUC_KR),
        "932" | "943" => Some(SHIFT_JIS),
        "1200" => Some(UTF_16LE),
        "1201" => Some(UTF_16BE),
        "28591" => Some(WINDOWS_1252),
        "874" | "866" => Encoding::for_label(format!("cp{number}").as_bytes()).or(match number {
            "874" => Some(encoding_rs::WINDOWS_874),
            _ => Some(encoding_rs::IBM866),
        }),
        _ => Encoding::for_label(format!("windows-{number}").as_bytes()),
    }
}

/// What values show of their encoding.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    utf8: u64,
    cut: u64,
    gb: u64,
    /// Those of GB 18030 in which all bytes of characters are beyond ASCII, as they are in nearly all Chinese
    /// text, and are not in western text that is valid by chance (`é` before a letter).
    pairs: u64,
    neither: u64,
    lost: u64,
}

impl Evidence {
    /// Looks at a value, with whether it fills its field (its last character may then be cut).
    pub(super) fn look(&mut self, value: &[u8], fills: bool) {
        if value.is_ascii() {
            return;
        }
        let is_lost = has_lost(value);
        match std::str::from_utf8(value) {
            Ok(_) if is_lost => self.lost += 1,
            Ok(_) => self.utf8 += 1,
            Err(_) if is_lost => {}
            Err(e) if e.error_len().is_none() && fills => match value[..e.valid_up_to()].is_ascii() {
                true => self.cut += 1,
                false => self.utf8 += 1,
            },
            Err(_) => {
                let mut text = String::new();
                match super::text::decode_strictly(GB18030, value, fills, &mut text) {
                    Some(_) => {
                        self.gb += 1;
                        self.pairs += u64::from(has_pairs(value));
                    }
                    None => self.neither += 1,
                }
            }
        }
    }

    /// True once so many values were seen that more would not change the guess.
    pub(super) fn is_enough(&self) -> bool {
        self.gb > 50_000
    }

    /// Strict UTF-8 where all values fit, else GB 18030, else (more fit neither than are surely Chinese) Windows-1252.
    pub(super) fn guess(&self) -> (Chosen, bool) {
        let encoding = match self {
            Self { neither, pairs, .. } if neither > pairs => WINDOWS_1252,
            Self { gb, neither, .. } if gb + neither > 0 => GB18030,
            Self { cut, utf8: 0, .. } if *cut > 0 => GB18030,
            _ => UTF_8,
        };
        let is_ascii = self.utf8 + self.cut + self.gb + self.neither + self.lost == 0;
        (Chosen { encoding, source: Source::Guess }, is_ascii)
    }
}

/// True where bytes beyond ASCII come in runs of even length.
fn has_pairs(value: &[u8]) -> bool {
    value.split(u8::is_ascii).all(|run| run.len() % 2 == 0)
}

/// True where the bytes of U+FFFD are in it: characters that an earlier conversion destroyed.
pub(super) fn has_lost(value: &[u8]) -> bool {
    memchr::memmem::find(value, super::text::LOST).is_some()
}
