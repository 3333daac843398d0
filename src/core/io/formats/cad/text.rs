//! Texts of drawings without their control codes.

use std::borrow::Cow;

/// A name (layer, block, tag): only `\U+XXXX` and `\M+nXXXX` are codes.
pub(super) fn name(raw: &str) -> Cow<'_, str> {
    if !raw.contains("\\U+") && !raw.contains("\\M+") && !raw.contains("\\u+") {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match escape(rest) {
            Some((decoded, length)) => {
                out.push_str(&decoded);
                rest = &rest[length..];
            }
            None => {
                out.push('\\');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The text of TEXT, ATTRIB and ATTDEF: `%%c`, `%%d`, `%%p`, `%%nnn` and the escapes are decoded, underlines (`%%u`) dropped.
pub(super) fn line(raw: &str) -> Cow<'_, str> {
    match name(raw) {
        Cow::Borrowed(raw) => percent(raw),
        Cow::Owned(text) => Cow::Owned(percent(&text).into_owned()),
    }
}

/// The text of MTEXT without formatting. Paragraphs are separated by a line feed; a stacked fraction becomes `a/b`.
pub(super) fn paragraphs(raw: &str) -> Cow<'_, str> {
    if !raw.contains(['\\', '{', '}', '%']) {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['\\', '{', '}']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if !rest.starts_with('\\') {
            rest = &rest[1..];
            continue;
        }
        if let Some((decoded, length)) = escape(rest) {
            out.push_str(&decoded);
            rest = &rest[length..];
            continue;
        }
        let mut chars = rest[1..].chars();
        let Some(code) = chars.next() else {
            out.push('\\');
            rest = "";
            break;
        };
        rest = chars.as_str();
        match code {
            'P' | 'N' | 'X' => out.push('\n'),
            '~' => out.push(' '),
            '\\' | '{' | '}' => out.push(code),
            'L' | 'l' | 'O' | 'o' | 'K' | 'k' => {}
            'A' | 'C' | 'c' | 'F' | 'f' | 'H' | 'p' | 'Q' | 'T' | 'W' | 'S' => match argument_end(rest) {
                Some(end) => {
                    if code == 'S' {
                        stacked(&rest[..end], &mut out);
                    }
                    rest = &rest[end + 1..];
                }
                // A code without its end is text: nothing may vanish.
                None => out.extend(['\\', code]),
            },
            other => out.extend(['\\', other]),
        }
    }
    out.push_str(rest);
    Cow::Owned(percent(&out).into_owned())
}

/// Where the argument of a code ends. Arguments are short; a text without ends must not be searched again and again.
fn argument_end(text: &str) -> Option<usize> {
    memchr::memchr(b';', &text.as_bytes()[..text.len().min(1_000)])
}

/// `1#2`, `1/2` and `+0.1^-0.2` as text.
fn stacked(argument: &str, out: &mut String) {
    let Some(at) = argument.find(['#', '/', '^']) else {
        out.push_str(argument);
        return;
    };
    let (above, below) = (argument[..at].trim(), argument[at + 1..].trim());
    out.push_str(above);
    if !above.is_empty() && !below.is_empty() {
        out.push('/');
    }
    out.push_str(below);
}

fn percent(raw: &str) -> Cow<'_, str> {
    if !raw.contains("%%") {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find("%%") {
        out.push_str(&rest[..at]);
        let code = &rest[at + 2..];
        let first = code.chars().next();
        let mut taken = 1;
        match first {
            Some('c' | 'C') => out.push('⌀'),
            Some('d' | 'D') => out.push('°'),
            Some('p' | 'P') => out.push('±'),
            Some('u' | 'U' | 'o' | 'O' | 'k' | 'K') => {}
            Some('%') => out.push('%'),
            Some('0'..='9') => {
                let digits = code.bytes().take(3).take_while(u8::is_ascii_digit).count();
                let number = code[..digits].parse::<u8>().ok().filter(|n| digits == 3 && (32..127).contains(n));
                match number {
                    Some(number) => out.push(char::from(number)),
                    // Characters of fonts (`%%130` is the sign of a steel bar) have no Unicode of their own.
                    None => {
                        out.push_str("%%");
                        out.push_str(&code[..digits]);
                    }
                }
                taken = digits;
            }
            _ => {
                out.push_str("%%");
                taken = 0;
            }
        }
        rest = &code[taken..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character of `\U+XXXX` or `\M+nXXXX` at the start of a text, and how many bytes it took.
fn escape(text: &str) -> Option<(Cow<'static, str>, usize)> {
    let unit = |from: usize| -> Option<u16> {
        let head = text.get(from..from + 7)?;
        let is_unicode = head.starts_with("\\U+") || head.starts_with("\\u+");
        is_unicode.then(|| u16::from_str_radix(&head[3..], 16).ok())?
    };
    if let Some(first) = unit(0) {
        let second = unit(7).filter(|second| (0xDC00..0xE000).contains(second));
        return match second {
            Some(second) if (0xD800..0xDC00).contains(&first) => {
                Some((Cow::Owned(String::from_utf16(&[first, second]).ok()?), 14))
            }
            _ => Some((Cow::Owned(char::from_u32(u32::from(first))?.to_string()), 7)),
        };
    }
    let head = text.get(..8).filter(|head| head.starts_with("\\M+"))?;
    let encoding = match head.as_bytes()[3] {
        b'1' => encoding_rs::SHIFT_JIS,
        b'2' => encoding_rs::BIG5,
        b'3' => encoding_rs::EUC_KR,
        b'5' => encoding_rs::GBK,
        _ => return None,
    };
    let bytes = u16::from_str_radix(&head[4..], 16).ok()?.to_be_bytes();
    let (decoded, has_errors) = encoding.decode_without_bom_handling(&bytes);
    (!has_errors).then(|| (Cow::Owned(decoded.into_owned()), 8))
}
