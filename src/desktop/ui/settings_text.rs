//! The text of the settings (RON) with what this version does not know of it: written again, it stands where it stood.

use crate::model::{UnknownKey, nearest};

/// The fields of a struct as RON writes it, `(lang:En,paper:(size:A4))`, with their values; `None` for anything else.
fn fields(text: &str) -> Option<Vec<(&str, &str)>> {
    let inside = text.trim().strip_prefix('(')?.strip_suffix(')')?;
    let mut parts = Vec::new();
    let (mut depth, mut from) = (0_i32, 0);
    // Within quotation marks, and behind a backslash in them.
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in inside.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
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
    }
    parts.push(&inside[from..]);
    if depth != 0 || quoted {
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
    let (Some(old), Some(new)) = (fields(before), fields(now)) else { return now.to_owned() };
    let mut all: Vec<String> = Vec::new();
    for (name, value) in &new {
        let was = old.iter().find(|(own, _)| own == name);
        let value = was.map_or_else(|| (*value).to_owned(), |(_, was)| carried(was, value));
        all.push(format!("{name}:{value}"));
    }
    let unknown = old.iter().filter(|(name, _)| !new.iter().any(|(own, _)| own == name));
    all.extend(unknown.map(|(name, value)| format!("{name}:{value}")));
    format!("({})", all.join(","))
}

/// The fields of a text that the settings have not, with their places.
pub fn unknown_in(text: &str, now: &str, file: &str) -> Vec<UnknownKey> {
    let mut found = Vec::new();
    find(text, now, file, "settings", &mut found);
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
    fn texts_that_are_no_struct_are_left_alone() {
        for text in ["", "(", "()", "(1,2)", "[a:1]", "(a:(1)", "(a:\"x)", "lang:En"] {
            assert_eq!(carried(text, "(a:1)"), "(a:1)", "{text}");
        }
        assert_eq!(carried("(b:2)", "(a:1)"), "(a:1,b:2)");
        assert_eq!(carried("(a:(c:\"\\\"),(\"),b:2,)", "(a:(d:1))"), "(a:(d:1,c:\"\\\"),(\"),b:2)");
    }
}
