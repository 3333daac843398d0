//! The two languages of the program. Every text a person reads is a key of `assets/locales/app.yml`.

mod cause;

pub use cause::cause_text;

use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt::{Display, Write as _};

/// The language of texts. Data keep the language they are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// 简体中文
    Zh,
    /// English
    #[default]
    En,
}

impl Lang {
    /// The locale's name in the text file.
    pub fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The language of the operating system: Chinese where it says so, else English.
    pub fn of_system() -> Self {
        match sys_locale::get_locale() {
            Some(name) if name.to_ascii_lowercase().starts_with("zh") => Self::Zh,
            _ => Self::En,
        }
    }
}

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// 中文。
    pub zh: String,
    /// English.
    pub en: String,
}

impl Said {
    /// What data say: the same in every language.
    pub fn as_is(text: String) -> Self {
        Self { zh: text.clone(), en: text }
    }

    /// What stands under a key in both languages.
    pub fn of(key: &str) -> Self {
        Self::told(|lang| text_of(lang, key))
    }

    /// What is said in each language.
    pub fn told(say: impl Fn(Lang) -> String) -> Self {
        Self { zh: say(Lang::Zh), en: say(Lang::En) }
    }

    /// In the reader's language.
    pub fn text(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// The text of a key in a language: `tr!(lang, "ask.run")`, `tr!(lang, "sentence.left_out", n = 3)`.
#[macro_export]
macro_rules! tr {
    ($lang:expr, $key:expr $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::i18n::said($lang, $key, &[$((stringify!($name), &$value as &dyn ::std::fmt::Display)),*])
    };
}

pub use crate::tr;

/// The text of a key with values in the places of their names (`%{n}`), nouns and verbs in their number; what [`tr!`] stands for.
pub fn said<'k>(lang: Lang, key: &'k str, values: &[(&str, &dyn Display)]) -> Cow<'k, str> {
    let text = crate::_rust_i18n_translate(lang.code(), key);
    if values.is_empty() {
        return in_number(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = &*text;
    while let Some(at) = rest.find("%{") {
        out.push_str(&rest[..at]);
        let name = rest[at + 2..].split_once('}').map(|(name, _)| name);
        match name.and_then(|name| values.iter().find(|(known, _)| *known == name)) {
            Some((name, value)) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "{value}");
                rest = &rest[at + name.len() + 3..];
            }
            None => {
                out.push_str("%{");
                rest = &rest[at + 2..];
            }
        }
    }
    out.push_str(rest);
    in_number(Cow::Owned(out))
}

/// Chooses between singular and plural: `1 ⟦row|rows⟧` reads “1 row”. The number is the last one before the bracket.
fn in_number(text: Cow<'_, str>) -> Cow<'_, str> {
    if !text.contains('⟦') {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some((before, (one, many), after)) = next_choice(rest) {
        out.push_str(before);
        let number =
            out.rsplit(|c: char| !c.is_ascii_digit() && c != ',').find(|run| !run.trim_matches(',').is_empty());
        out.push_str(if number == Some("1") { one } else { many });
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The text before a choice, both its forms, the text after it.
fn next_choice(text: &str) -> Option<(&str, (&str, &str), &str)> {
    let (before, rest) = text.split_once('⟦')?;
    let (choice, after) = rest.split_once('⟧')?;
    Some((before, choice.split_once('|')?, after))
}

/// The text of a key that is put together while the program runs.
pub fn text_of(lang: Lang, key: &str) -> String {
    tr!(lang, key).into_owned()
}

/// What stands between the names of a list.
pub fn between(lang: Lang) -> &'static str {
    if lang == Lang::Zh { "、" } else { ", " }
}

/// What stands between the parts of a sentence.
pub fn comma(lang: Lang) -> &'static str {
    if lang == Lang::Zh { "，" } else { ", " }
}

/// What stands between sentences that are parts of one.
pub fn semicolon(lang: Lang) -> &'static str {
    if lang == Lang::Zh { "；" } else { "; " }
}

/// A text in brackets, as it follows another.
pub fn bracketed(text: &str, lang: Lang) -> String {
    if lang == Lang::Zh { format!("（{text}）") } else { format!(" ({text})") }
}

/// What stands between a name and what it is about.
pub fn colon(lang: Lang) -> &'static str {
    if lang == Lang::Zh { "：" } else { ": " }
}

/// A property by what it is called, with its name in files, by which it can be found there.
pub fn with_key(title: Option<&str>, key: &str, lang: Lang) -> String {
    match (title.filter(|title| *title != key), lang) {
        (Some(title), Lang::Zh) => format!("“{title}”（{key}）"),
        (Some(title), Lang::En) => format!("“{title}” ({key})"),
        (None, _) => key.to_owned(),
    }
}

/// A whole number with thousands separators.
pub fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A number with `decimals` places and thousands separators.
pub fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "—".to_owned();
    }
    let text = format!("{:.decimals$}", value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let sign = if value < 0.0 && text.bytes().any(|b| b.is_ascii_digit() && b != b'0') { "−" } else { "" };
    format!("{sign}{}{rest}", whole.parse::<usize>().map_or_else(|_| whole.to_owned(), count))
}

/// A length as a planner writes it: metres below 10 km, with decimals only where they are asked for by size.
pub fn metres(value: f64) -> String {
    match value.abs() {
        v if v > 0.0 && v < 10.0 && v.fract() != 0.0 => number(value, 1),
        _ => number(value, 0),
    }
}

/// A length as it was asked for: nothing of it is rounded away.
pub fn asked(value: f64) -> String {
    let text = number(value, 3);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_and_verbs_agree_with_the_number_before_them() {
        for (n, text) in [
            ("0", "0 rows are"),
            ("1", "1 row is"),
            ("2", "2 rows are"),
            ("11", "11 rows are"),
            ("1,001", "1,001 rows are"),
        ] {
            let raw = format!("“甲 1”: {n} ⟦row|rows⟧ ⟦is|are⟧ left");
            assert_eq!(in_number(raw.into()), format!("“甲 1”: {text} left"));
        }
        assert_eq!(in_number("nothing to choose [a|b]".into()), "nothing to choose [a|b]");
        assert_eq!(in_number("1 ⟦cut off".into()), "1 ⟦cut off");
    }

    #[test]
    fn numbers_read_as_planners_write_them() {
        for (value, decimals, text) in [
            (0.0, 0, "0"),
            (999.4, 0, "999"),
            (1_000.0, 0, "1,000"),
            (1_234_567.891, 2, "1,234,567.89"),
            (-12_345.6, 1, "−12,345.6"),
            (-0.001, 1, "0.0"),
            (f64::NAN, 1, "—"),
        ] {
            assert_eq!(number(value, decimals), text);
        }
        for (value, text) in [(2_000.0, "2,000"), (12.5, "12.5"), (2_000.125, "2,000.125"), (500.0, "500"), (0.0, "0")]
        {
            assert_eq!(asked(value), text);
        }
        assert_eq!(metres(1.25), "1.2");
        assert_eq!(metres(2_000.0), "2,000");
    }
}
