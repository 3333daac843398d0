//! Making notes and refusals.

use crate::i18n::{Lang, Said};
use crate::io::formats::Note;

/// Something that is not in the layer as it should be.
pub(super) fn doubt(kind: &'static str, row: Option<usize>, say: impl Fn(Lang) -> String) -> Note {
    Note { row, said: Said::told(say), kind, is_doubt: true }
}

/// Something worth knowing.
pub(super) fn information(kind: &'static str, say: impl Fn(Lang) -> String) -> Note {
    Note { row: None, said: Said::told(say), kind, is_doubt: false }
}
