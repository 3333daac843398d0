//! What the history holds: layers and answers that were taken out stay for the way back, as long as there is room.

use super::{Change, Session};
use crate::index::IndexedLayer;

/// The share of the memory that layers and answers may take which only the history holds: one part in so many.
const ONE_IN: u64 = 8;

/// About what a layer takes; bytes.
fn bytes_of(indexed: &IndexedLayer) -> u64 {
    let layer = indexed.layer();
    let cells = layer.as_read.text.kept().len() + layer.attributes.bytes();
    (cells + layer.geometries.position_count() * 16) as u64
}

impl Change {
    /// About what it holds that nothing else does; bytes. Edits share nearly all with the layer.
    fn held_bytes(&self) -> u64 {
        match self {
            Self::InsertLayer(_, layer) | Self::Replace(layer) => bytes_of(&layer.indexed),
            Self::InsertAnswer(_, answer) => bytes_of(&answer.table.indexed),
            _ => 0,
        }
    }

    /// True where it holds edits that no file has.
    fn is_unsaved(&self) -> bool {
        matches!(self, Self::InsertLayer(_, layer) | Self::Replace(layer) if layer.is_unsaved())
    }
}

impl Session {
    /// Lets the oldest steps go where what was taken out has no room any more. The last step stays, and so does everything
    /// behind one that holds edits which no file has.
    pub(super) fn bound_history(&mut self) {
        if self.history.undo.last().is_none_or(|last| last.held_bytes() == 0) {
            return;
        }
        let room = self.memory().total / ONE_IN;
        let mut held: u64 = self.history.undo.iter().map(Change::held_bytes).sum();
        let mut behind = 0;
        for (at, change) in self.history.undo.iter().enumerate().take(self.history.undo.len() - 1) {
            if held <= room || change.is_unsaved() {
                break;
            }
            let own = change.held_bytes();
            if own > 0 {
                held -= own;
                behind = at + 1;
            }
        }
        self.history.undo.drain(..behind);
        self.history.let_go += behind;
    }

    /// How many steps were let go since this was asked last, where some were.
    pub(super) fn take_let_go(&mut self) -> Option<usize> {
        Some(std::mem::take(&mut self.history.let_go)).filter(|steps| *steps > 0)
    }
}
