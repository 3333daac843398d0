//! What is said about values of a table that are not as they should be.

use super::super::RowSink;
use super::encoding::Chosen;
use super::notes::Notes;
use super::text::TextFlaw;
use super::value::{ValueFlaw, trimmed};
use crate::i18n::{Said, tr};

/// A value as it can be shown: its first characters.
fn shown(value: &[u8]) -> String {
    let value = trimmed(value);
    String::from_utf8_lossy(value).chars().take(30).map(|c| if c.is_control() { '·' } else { c }).collect()
}

/// Says what is wrong with a value that is no text.
pub(super) fn say_value(
    flaw: ValueFlaw,
    (at, field): (usize, &str),
    value: &[u8],
    given: usize,
    notes: &mut Notes,
    sink: &mut dyn RowSink,
) {
    match flaw {
        ValueFlaw::Asterisks => notes.count("format.dbase.asterisks", at),
        ValueFlaw::Comma => notes.add(sink, given, ("format.dbase.comma", at), true, || {
            Said::told(|lang| tr!(lang, "format.dbase.comma", field = field, value = shown(value)).into_owned())
        }),
        ValueFlaw::NotWhole => notes.add(sink, given, ("format.dbase.not_whole", at), true, || {
            Said::told(|lang| tr!(lang, "format.dbase.not_whole", field = field, value = shown(value)).into_owned())
        }),
        ValueFlaw::NotOne => notes.add(sink, given, ("format.dbase.not_a_value", at), true, || {
            Said::told(|lang| tr!(lang, "format.dbase.not_a_value", field = field, value = shown(value)).into_owned())
        }),
    }
}

/// Says what is wrong with a text.
pub(super) fn say_text(
    flaw: TextFlaw,
    chosen: Chosen,
    (at, field): (usize, &str),
    text: &str,
    given: usize,
    notes: &mut Notes,
    sink: &mut dyn RowSink,
) {
    let text: String = text.chars().take(30).collect();
    match flaw {
        TextFlaw::Cut => notes.add(sink, given, ("format.dbase.text_cut", at), true, || {
            Said::told(|lang| tr!(lang, "format.dbase.text_cut", field = field, value = text).into_owned())
        }),
        TextFlaw::OtherEncoding(other) => notes.add(sink, given, ("format.dbase.mixed", at), true, || {
            let main = chosen.name();
            Said::told(|lang| {
                tr!(lang, "format.dbase.mixed", field = field, value = text, main = main, other = other).into_owned()
            })
        }),
        TextFlaw::Lost => notes.add(sink, given, ("format.dbase.lost", at), true, || {
            Said::told(|lang| tr!(lang, "format.dbase.lost", field = field, value = text).into_owned())
        }),
        TextFlaw::Invalid => notes.add(sink, given, ("format.dbase.invalid", at), true, || {
            let main = chosen.name();
            Said::told(|lang| tr!(lang, "format.dbase.invalid", field = field, value = text, main = main).into_owned())
        }),
    }
}
