//! Entities of XML texts: predefined, numeric, those of the file's own DTD, and those of HTML that people write without a DTD.

use std::collections::HashMap;

/// The most bytes that one entity of a DTD may stand for.
const LONGEST: usize = 64 * 1024;

/// How a reference was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    /// As XML says.
    Standard,
    /// By HTML's table, though the file does not declare it.
    Html,
    /// Not at all: it stays as it is written.
    Unknown,
    /// The file's entities expand to more than the file itself many times over.
    TooMuch,
}

/// The entities that a file declares, and how many bytes they may still expand to.
#[derive(Debug)]
pub(super) struct Entities {
    declared: HashMap<String, String>,
    room: usize,
}

impl Entities {
    pub(super) fn new(file_length: u64) -> Self {
        let room = usize::try_from(file_length).unwrap_or(usize::MAX).saturating_add(LONGEST);
        Self { declared: HashMap::new(), room }
    }

    /// Takes the general entities of an internal subset whose values hold no further entities of the file. Others (of files
    /// outside, nested ones) are left out, so that a reference to them stays as it is written.
    pub(super) fn declare(&mut self, doctype: &str) {
        for declaration in doctype.split("<!ENTITY").skip(1) {
            let Some((name, rest)) = declaration.trim_start().split_once(char::is_whitespace) else { continue };
            let rest = rest.trim_start();
            let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'')) else { continue };
            let Some((value, _)) = rest[1..].split_once(quote) else { continue };
            if name == "%" || value.len() > LONGEST || value.contains('<') {
                continue;
            }
            let Some(value) = plain(value) else { continue };
            // The first declaration counts, as XML says.
            self.declared.entry(name.to_owned()).or_insert(value);
        }
    }

    /// Appends what `&name;` stands for.
    pub(super) fn resolve(&mut self, name: &str, into: &mut String) -> Taken {
        if let Some(c) = standard(name) {
            into.push(c);
            return Taken::Standard;
        }
        if let Some(value) = self.declared.get(name) {
            let Some(room) = self.room.checked_sub(value.len()) else { return Taken::TooMuch };
            self.room = room;
            into.push_str(value);
            return Taken::Standard;
        }
        if let Some(c) = of_html(name) {
            into.push(c);
            return Taken::Html;
        }
        into.push('&');
        into.push_str(name);
        into.push(';');
        Taken::Unknown
    }
}

/// A text with standard references alone resolved; `None` where there are others.
fn plain(text: &str) -> Option<String> {
    let mut pieces = text.split('&');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (name, rest) = piece.split_once(';')?;
        plain.push(standard(name)?);
        plain.push_str(rest);
    }
    Some(plain)
}

/// One of XML's five, or a number.
fn standard(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| *c != '\0');
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

/// The ones of HTML 4 that are met in descriptions.
fn of_html(name: &str) -> Option<char> {
    const TABLE: &[(&str, char)] = &[
        ("nbsp", '\u{a0}'),
        ("ensp", '\u{2002}'),
        ("emsp", '\u{2003}'),
        ("copy", '©'),
        ("reg", '®'),
        ("trade", '™'),
        ("deg", '°'),
        ("plusmn", '±'),
        ("times", '×'),
        ("divide", '÷'),
        ("middot", '·'),
        ("bull", '•'),
        ("sup2", '²'),
        ("sup3", '³'),
        ("micro", 'µ'),
        ("frac12", '½'),
        ("para", '¶'),
        ("sect", '§'),
        ("hellip", '…'),
        ("ndash", '–'),
        ("mdash", '—'),
        ("lsquo", '‘'),
        ("rsquo", '’'),
        ("ldquo", '“'),
        ("rdquo", '”'),
        ("laquo", '«'),
        ("raquo", '»'),
        ("larr", '←'),
        ("rarr", '→'),
        ("uarr", '↑'),
        ("darr", '↓'),
        ("yen", '¥'),
        ("euro", '€'),
        ("pound", '£'),
        ("cent", '¢'),
        ("le", '≤'),
        ("ge", '≥'),
        ("ne", '≠'),
        ("permil", '‰'),
        ("prime", '′'),
        ("Prime", '″'),
        ("eacute", 'é'),
        ("egrave", 'è'),
        ("agrave", 'à'),
        ("ccedil", 'ç'),
        ("auml", 'ä'),
        ("ouml", 'ö'),
        ("uuml", 'ü'),
        ("szlig", 'ß'),
    ];
    TABLE.iter().find(|(entity, _)| *entity == name).map(|(_, c)| *c)
}

/// Resolves references in HTML of a text: the standard ones and HTML's; others stay as they are written.
pub fn unescape_html(text: &str, into: &mut String) {
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        into.push_str(before);
        let name = after.get(..after.bytes().take(10).position(|b| b == b';').unwrap_or(0));
        match name.and_then(|name| standard(name).or_else(|| of_html(name)).map(|c| (name.len(), c))) {
            Some((length, c)) => {
                into.push(c);
                rest = &after[length + 1..];
            }
            None => {
                into.push('&');
                rest = after;
            }
        }
    }
    into.push_str(rest);
}
