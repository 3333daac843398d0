//! Notes of one kind: the first hundred by row, the rest as one number.

use super::super::{Note, RowSink};
use crate::i18n::{Said, count, tr};
use std::collections::HashMap;

/// So many notes of a kind about a field are given by row: a file with a bad field in millions of rows says the
/// rest in one.
const BY_ROW: u64 = 100;

/// Gives notes to a sink, and counts those that are too many to be given one by one.
#[derive(Debug, Default)]
pub(in crate::io::formats) struct Notes {
    seen: HashMap<(&'static str, usize), (u64, bool)>,
}

impl Notes {
    /// A note about a row, of a kind (the key of its text) and about a field (any number that tells fields apart).
    pub(in crate::io::formats) fn add(
        &mut self,
        sink: &mut dyn RowSink,
        row: usize,
        (kind, field): (&'static str, usize),
        is_doubt: bool,
        say: impl FnOnce() -> Said,
    ) {
        let (seen, _) = self.seen.entry((kind, field)).or_insert((0, is_doubt));
        *seen += 1;
        if *seen <= BY_ROW {
            sink.note(Note { row: Some(row), said: say(), kind, is_doubt });
        }
    }

    /// Counts without a note by row; [`Self::counted`] has the number.
    pub(in crate::io::formats) fn count(&mut self, kind: &'static str, field: usize) {
        self.seen.entry((kind, field)).or_insert((BY_ROW, false)).0 += 1;
    }

    /// How many were counted by [`Self::count`], which are then not given by [`Self::close`].
    pub(in crate::io::formats) fn counted(&mut self, kind: &'static str, field: usize) -> u64 {
        self.seen.remove(&(kind, field)).map_or(0, |(seen, _)| seen - BY_ROW)
    }

    /// Says how many more there were of each kind.
    pub(in crate::io::formats) fn close(self, sink: &mut dyn RowSink) {
        let mut rest: Vec<_> = self.seen.into_iter().filter(|(_, (seen, _))| *seen > BY_ROW).collect();
        rest.sort_unstable();
        for ((kind, _), (seen, is_doubt)) in rest {
            let more = count((seen - BY_ROW) as usize);
            let said = Said::told(|lang| tr!(lang, "format.dbase.more", n = more).into_owned());
            sink.note(Note { row: None, said, kind, is_doubt });
        }
    }
}
