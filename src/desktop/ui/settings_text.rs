//! The text of the settings (RON) with what this version does not know of it: written again, it stands where it stood.

use crate::model::{UnknownKey, nearest};

/// What stands where no bracket and no comma counts.
enum Opaque {
    /// A text or a character, to its closing mark.
    Quoted(usize),
    /// A comment, to its end.
    Comment(usize),
    /// One of them that does not end.
    Open,
}

/// What of this begins a text, with its length: a text (`"…"`), one as it stands (`r#"…"#`), a character, a comment.
fn opaque(text: &str, behind: Option<char>) -> Option<Opaque> {
    let ends = |from: usize, mark: &str| text[from..].find(mark).map(|at| from + at + mark.len());
    let quoted = |end: Option<usize>| Some(end.map_or(Opaque::Open, Opaque::Quoted));
    let escaped = |mark: char| {
        let mut is_escaped = false;
        let end = text.char_indices().skip(1).find(|(_, c)| {
            let is_end = *c == mark && !is_escaped;
            is_escaped = *c == '\\' && !is_escaped;
            is_end
        });
        end.map(|(at, _)| at + 1)
    };
    match text.as_bytes() {
        [b'/', b'/', ..] => Some(Opaque::Comment(text.find('\n').unwrap_or(text.len()))),
        [b'/', b'*', ..] => {
            // They stand in one another.
            let (mut depth, mut at) = (1, 2);
            while depth > 0 {
                let (open, close) = (text[at..].find("/*"), text[at..].find("*/"));
                match (open, close) {
                    (Some(open), Some(close)) if open < close => (depth, at) = (depth + 1, at + open + 2),
                    (_, Some(close)) => (depth, at) = (depth - 1, at + close + 2),
                    (_, None) => return Some(Opaque::Open),
                }
            }
            Some(Opaque::Comment(at))
        }
        [b'"', ..] => quoted(escaped('"')),
        // A name may begin with it, too; and a byte string has a letter before it.
        [b'r', rest @ ..] if behind.is_none_or(|c| c == 'b' || !(c.is_alphanumeric() || c == '_')) => {
            let hashes = rest.iter().take_while(|c| **c == b'#').count();
            (rest.get(hashes) == Some(&b'"')).then(|| quoted(ends(hashes + 2, &format!("\"{}", "#".repeat(hashes)))))?
        }
        [b'\'', ..] => quoted(escaped('\'')),
        _ => None,
    }
}

/// A text without its comments.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut at, mut behind) = (0, None);
    while let Some(c) = text[at..].chars().next() {
        let end = match opaque(&text[at..], behind) {
            Some(Opaque::Comment(length)) => {
                out.push(' ');
                at += length;
                behind = None;
                continue;
            }
            Some(Opaque::Quoted(length)) => at + length,
            Some(Opaque::Open) => text.len(),
            None => at + c.len_utf8(),
        };
        out.push_str(&text[at..end]);
        behind = out.chars().next_back();
        at = end;
    }
    out
}

/// The fields of a struct as RON writes it, `(lang:En,paper:(size:A4))`, with their values; `None` for anything else. Without comments.
fn fields(text: &str) -> Option<Vec<(&str, &str)>> {
    let inside = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    let mut parts = Vec::new();
    let (mut depth, mut from) = (0_i32, 0);
    let (mut at, mut behind) = (0, None);
    while let Some(c) = inside[at..].chars().next() {
        match opaque(&inside[at..], behind) {
            Some(Opaque::Quoted(length) | Opaque::Comment(length)) => {
                at += length;
                behind = Some('"');
                continue;
            }
            Some(Opaque::Open) => return None,
            None => {}
        }
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inside[from..at]);
                from = at + 1;
            }
            _ => {}
        }
        if depth < 0 {
            return None;
        }
        at += c.len_utf8();
        behind = Some(c);
    }
    parts.push(&inside[from..]);
    if depth != 0 {
        return None;
    }
    let is_name = |name: &str| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
    };
    let parts = parts.into_iter().map(str::trim).filter(|part| !part.is_empty());
    let fields = parts.map(|part| part.split_once(':').map(|(name, value)| (name.trim(), value.trim())));
    let fields: Option<Vec<(&str, &str)>> = fields.collect();
    fields.filter(|all| all.iter().all(|(name, _)| is_name(name)))
}

/// The settings as they are now, with the fields that an earlier text has and they have not.
pub fn carried(before: &str, now: &str) -> String {
    carried_over(&without_comments(before), now)
}

/// True where a text that is to be written holds all that an earlier one has and the settings as they are now have not; false, too,
/// where the earlier text cannot be looked through.
pub fn holds_all(before: &str, written: &str, now: &str) -> bool {
    let named = |text: &str| unknown_in(text, now, "").into_iter().map(|key| (key.place, key.key)).collect::<Vec<_>>();
    fields(&without_comments(before)).is_some() && named(before) == named(written)
}

fn carried_over(before: &str, now: &str) -> String {
    let (Some(old), Some(new)) = (fields(before), fields(now)) else { return now.to_owned() };
    let mut all: Vec<String> = Vec::new();
    for (name, value) in &new {
        let was = old.iter().find(|(own, _)| own == name);
        let value = was.map_or_else(|| (*value).to_owned(), |(_, was)| carried_over(was, value));
        all.push(format!("{name}:{value}"));
    }
    let unknown = old.iter().filter(|(name, _)| !new.iter().any(|(own, _)| own == name));
    all.extend(unknown.map(|(name, value)| format!("{name}:{value}")));
    format!("({})", all.join(","))
}

/// The fields of a text that the settings have not, with their places.
pub fn unknown_in(text: &str, now: &str, file: &str) -> Vec<UnknownKey> {
    let mut found = Vec::new();
    find(&without_comments(text), now, file, "settings", &mut found);
    found
}

fn find(text: &str, now: &str, file: &str, place: &str, found: &mut Vec<UnknownKey>) {
    let (Some(old), Some(new)) = (fields(text), fields(now)) else { return };
    for (name, value) in old {
        match new.iter().find(|(own, _)| *own == name) {
            Some((_, now)) => find(value, now, file, &format!("{place}.{name}"), found),
            None => found.push(UnknownKey {
                file: file.to_owned(),
                line: None,
                place: place.to_owned(),
                key: name.to_owned(),
                nearest: nearest(name, new.iter().map(|(own, _)| *own)),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::Settings;
    use super::*;

    #[test]
    fn what_is_not_known_is_named_and_kept() {
        let settings = Settings { recent: vec!["a,b(\"c\".geojson".into()], ..Settings::default() };
        let now = ron::to_string(&settings).expect("written");
        assert!(unknown_in(&now, &now, "app.ron").is_empty());
        assert_eq!(carried(&now, &now), now);
        for (from, to, key, alike) in [
            ("(lang:", "(glow:Some((1,\"x,)\")),lang:", "glow", None),
            ("left_open:", "lft_open:false,left_open:", "lft_open", Some("left_open")),
            ("portrait:", "sheets:[(a:1),(a:2)],portrait:", "sheets", None),
            ("grid:", "grids:true,grid:", "grids", Some("grid")),
        ] {
            let before = now.replacen(from, to, 1);
            assert_ne!(before, now, "{from} is in {now}");
            let unknown = unknown_in(&before, &now, "app.ron");
            assert_eq!(unknown.len(), 1, "{unknown:?}");
            assert_eq!((unknown[0].key.as_str(), unknown[0].nearest.as_deref()), (key, alike));
            let written = carried(&before, &now);
            assert_eq!(unknown_in(&written, &now, "app.ron"), unknown, "{written}");
            // It is read as the same settings, and what changes is changed.
            assert_eq!(ron::from_str::<Settings>(&written).expect("read"), settings);
            let other = ron::to_string(&Settings { left_open: false, ..settings.clone() }).expect("written");
            let written = carried(&before, &other);
            assert!(!ron::from_str::<Settings>(&written).expect("read").left_open);
            assert_eq!(unknown_in(&written, &now, "app.ron"), unknown);
        }
    }

    #[test]
    fn brackets_and_commas_in_texts_characters_and_comments_count_for_nothing() {
        let settings = Settings { recent: vec!["a".into()], ..Settings::default() };
        let now = ron::to_string(&settings).expect("written");
        for unknown in [
            r###"glow:r#"a" ),(["#"###,
            r#"glow:r"\""#,
            r####"glow:r##"a"#,b:("##"####,
            r##"glow:br#"),"#"##,
            "glow:'('",
            r"glow:'\''",
            r##"glow:('\u{28}','"','(')"##,
            "/* ( , \" */ glow:1",
            "glow: /* a /* b ) */ , */ 1",
            "glow:1 // (,\"",
            "// it's (\n glow:\"it's\"",
            "r:1, glow:(r:\"x\")",
        ] {
            let before = now.replacen("(lang:", &format!("({unknown}\n,lang:"), 1);
            let written = carried(&before, &now);
            assert_eq!(ron::from_str::<Settings>(&written).expect(&written), settings);
            let named: Vec<String> = unknown_in(&written, &now, "app.ron").into_iter().map(|key| key.key).collect();
            assert_eq!(named.last().map(String::as_str), Some("glow"), "{unknown} {written}");
            assert_eq!(carried(&written, &now), written);
        }
        // As the fuzzer found it: a text as it stands with brackets and marks in it, in a field that is known.
        let before = "(recent:[r#\"a)  (\\\"\"#,\"\\u{5b9d}\"],gl:1)";
        let written = carried(before, &now);
        assert_eq!(ron::from_str::<Settings>(&written).expect(&written), settings);
        assert!(written.ends_with(",gl:1)"), "{written}");
    }

    #[test]
    fn texts_that_are_no_struct_are_left_alone() {
        assert!(!holds_all("7", "(a:1)", "(a:1)") && holds_all("(a:2)", "(a:1)", "(a:1)"));
        assert!(!holds_all("(a:2,b:3)", "(a:1)", "(a:1)") && holds_all("(a:2,b:3)", "(a:1,b:3)", "(a:1)"));
        for text in
            ["", "(", "()", "(1,2)", "[a:1]", "(a:(1)", "(a:\"x)", "(a:r#\"x\")", "(a:'x)", "(/* a:1)", "lang:En"]
        {
            assert_eq!(carried(text, "(a:1)"), "(a:1)", "{text}");
        }
        assert_eq!(carried("(b:2)", "(a:1)"), "(a:1,b:2)");
        assert_eq!(carried("(a:(c:\"\\\"),(\"),b:2,)", "(a:(d:1))"), "(a:(d:1,c:\"\\\"),(\"),b:2)");
    }
}
