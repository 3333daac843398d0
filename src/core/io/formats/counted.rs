//! Notes of rows, of which many may say the same: those beyond a number are counted.

use super::{Note, RowSink};
use crate::i18n::{Lang, Said};
use std::collections::HashMap;

/// Notes of one kind that are given row by row; those beyond are counted.
pub(in crate::io) const MOST_NOTES: usize = 1_000;

/// Notes on their way to the sink.
#[derive(Default)]
pub(in crate::io) struct CountedNotes {
    kinds: HashMap<&'static str, (usize, Option<Said>)>,
}

impl CountedNotes {
    /// Gives a note of a row, or counts it where there were many of its kind.
    pub(in crate::io) fn add(&mut self, note: Note, sink: &mut dyn RowSink) {
        let (seen, first) = self.kinds.entry(note.kind).or_default();
        *seen += 1;
        if *seen <= MOST_NOTES {
            sink.note(note);
        } else {
            first.get_or_insert(note.said);
        }
    }

    /// Says of each kind how many more there were, in the words of `more`: how many, and what the first said.
    pub(in crate::io) fn finish(self, sink: &mut dyn RowSink, more: fn(Lang, usize, &str) -> String) {
        let mut rest: Vec<_> = self.kinds.into_iter().filter(|(_, (seen, _))| *seen > MOST_NOTES).collect();
        rest.sort_by_key(|(kind, _)| *kind);
        for (kind, (seen, first)) in rest {
            if let Some(first) = first {
                let said = Said::told(|lang| more(lang, seen - MOST_NOTES, first.text(lang)));
                sink.note(Note { row: None, said, kind, is_doubt: true });
            }
        }
    }
}
