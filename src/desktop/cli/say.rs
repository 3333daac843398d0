//! What the program says: the one place that writes to standard output and standard error. Names, ids and paths come from
//! strangers' files, so nothing that steers a terminal or turns the order of letters passes as it is; and a stream that is full
//! or closed ends nothing.

use super::{Common, Failure};
use crate::io::write_stdout;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

/// True for what is written and not seen, and changes how the rest is seen: control characters (C0, DEL, C1), marks that turn the
/// direction of text, ends of lines and paragraphs that are no line feed.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}')
}

/// A text with such characters as one can read them, `but` those: `\n`, `\u{1b}`. Most texts have none.
fn shown_but(text: &str, but: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(|c| steers(c) && !but(c)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if steers(c) && !but(c) { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// A text of one line: line feeds in it are shown too.
pub fn shown(text: &str) -> Cow<'_, str> {
    shown_but(text, |_| false)
}

/// A text of several lines.
pub fn shown_lines(text: &str) -> Cow<'_, str> {
    shown_but(text, |c| c == '\n')
}

/// JSON in one line each, with such characters escaped by JSON's own rules: it reads back as the same.
fn json_lines(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| !steers(c) || c == '\n';
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let escaped = |c: char| if is_plain(c) { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) };
    Cow::Owned(text.chars().map(escaped).collect())
}

/// Adds a line to a text for people.
pub(super) fn line(to: &mut String, text: impl AsRef<str>) {
    to.push_str(&shown(text.as_ref()));
    to.push('\n');
}

/// Prints lines for people on standard output.
///
/// # Errors
/// As [`write_stdout`].
pub fn print_lines(text: &str) -> io::Result<()> {
    write_stdout(|out| out.write_all(shown_lines(text).as_bytes()))
}

/// Prints JSON, one value a line, on standard output.
///
/// # Errors
/// As [`write_stdout`].
pub fn print_json(text: &str) -> io::Result<()> {
    write_stdout(|out| out.write_all(json_lines(text).as_bytes()))
}

/// Prints a summary: JSON where that was asked for.
pub(super) fn summary(common: &Common, text: &str) -> Result<(), Failure> {
    Ok(if common.json { print_json(text) } else { print_lines(text) }?)
}

/// Writes to standard error. Nobody may be reading it any more, or its disk may be full: that takes no answer away.
pub fn error_lines(text: &str) {
    // There is nowhere left to say it.
    let _ = io::stderr().write_all(shown_lines(text).as_bytes());
}

/// Says a line on standard error.
pub fn warn(text: impl AsRef<str>) {
    error_lines(&format!("{}\n", shown(text.as_ref())));
}

/// As [`warn`], for the code of the window, which prints nothing itself.
pub(super) fn tell(text: &str) {
    warn(text);
}

/// Says a line on standard error that was not said before: several layers of one folder have the same rules and words.
pub(super) fn warn_once(text: impl AsRef<str>) {
    static SAID: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let text = text.as_ref();
    if SAID.lock().unwrap_or_else(PoisonError::into_inner).insert(text.to_owned()) {
        warn(text);
    }
}

/// Says on standard error why the program ends.
pub fn fail(text: impl AsRef<str>) {
    warn(format!("shanshui: {}", text.as_ref()));
}

/// Shows progress in the line that the cursor stands in.
pub(super) fn progress(text: &str) {
    // A share that is not shown is not missed.
    let _ = io::stderr().write_all(format!("\r{text}").as_bytes());
}

/// Where the log goes: standard error, like everything else that is said there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        error_lines(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_passes() {
        for (text, expected) in [
            ("长江岸线", "长江岸线"),
            ("a\u{1b}]0;PWNED\u{7}b", "a\\u{1b}]0;PWNED\\u{7}b"),
            ("\u{9b}2J\u{7f}\u{0}", "\\u{9b}2J\\u{7f}\\u{0}"),
            ("one\r\ntwo\tthree", "one\\r\\ntwo\\tthree"),
            (
                "\u{202e}abc\u{202c}\u{2066}\u{2069}\u{200e}\u{200f}\u{61c}",
                "\\u{202e}abc\\u{202c}\\u{2066}\\u{2069}\\u{200e}\\u{200f}\\u{61c}",
            ),
            ("a\u{2028}b\u{2029}c\u{85}d\u{b}e", "a\\u{2028}b\\u{2029}c\\u{85}d\\u{b}e"),
            // What belongs to words stays.
            ("e\u{301} \u{200d} \u{200b} \u{a0}", "e\u{301} \u{200d} \u{200b} \u{a0}"),
        ] {
            assert_eq!(shown(text), expected);
            assert!(!shown_lines(&shown(text)).contains(steers), "{text:?}");
        }
        assert_eq!(shown_lines("a\nb\u{1b}"), "a\nb\\u{1b}");
        let mut lines = String::new();
        ["one\nforged", "two"].iter().for_each(|text| line(&mut lines, text));
        assert_eq!(lines, "one\\nforged\ntwo\n");
    }

    #[test]
    fn json_reads_back_as_the_same() {
        let value = serde_json::json!({"name": "\u{1b}[2J\u{9b}\u{7f}\u{202e}abc\u{2028}\n\t\"\\山水", "n": [1, null]});
        let text = format!("{value}\n");
        let printed = json_lines(&text);
        assert!(!printed.trim_end().contains(steers), "{printed}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&printed).expect("JSON"), value);
    }
}
