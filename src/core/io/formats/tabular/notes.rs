//! Notes about rows, bounded: of one kind the first thousand, then their number.

use crate::i18n::{Said, tr};
use crate::io::formats::{Note, RowSink};

/// Notes of a kind that are given one by one.
const EACH: u64 = 1000;

/// Passes notes on to a sink; what comes after the first thousand of a kind is counted.
#[derive(Debug, Default)]
pub struct RowNotes {
    kinds: Vec<(&'static str, u64, bool)>,
}

impl RowNotes {
    /// A note about a row, counted from 0; `said` is asked only where it is passed on.
    pub fn tell(
        &mut self,
        sink: &mut dyn RowSink,
        row: usize,
        kind: &'static str,
        is_doubt: bool,
        said: impl FnOnce() -> Said,
    ) {
        let at = self.kinds.iter().position(|(other, ..)| *other == kind).unwrap_or_else(|| {
            self.kinds.push((kind, 0, is_doubt));
            self.kinds.len() - 1
        });
        self.kinds[at].1 += 1;
        if self.kinds[at].1 <= EACH {
            sink.note(Note { row: Some(row), said: said(), kind, is_doubt });
        }
    }

    /// At the end: how many more there were of each kind.
    pub fn finish(self, sink: &mut dyn RowSink) {
        for (kind, n, is_doubt) in self.kinds.into_iter().filter(|(_, n, _)| *n > EACH) {
            let more = n - EACH;
            let said = Said::told(|lang| tr!(lang, "format.table.more", n = more).into_owned());
            sink.note(Note { row: None, said, kind, is_doubt });
        }
    }
}
