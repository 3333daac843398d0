//! Changes of what is open: applying one returns its inverse, so undo and redo are one code path.

use super::{KeptAnswer, Key, OpenLayer, Session};
use crate::model::Role;

/// A change that can be taken back.
#[derive(Clone, Debug)]
pub enum Change {
    /// Take a layer or an answer out.
    Remove(Key),
    /// Put a layer in at a place of the drawing order.
    InsertLayer(usize, Box<OpenLayer>),
    /// Put an answer in at a place of the list.
    InsertAnswer(usize, Box<KeptAnswer>),
    /// Say what a layer means.
    SetRole(Key, Option<Role>),
    /// Move a layer to a place of the drawing order.
    Move(Key, usize),
}

impl Session {
    /// Applies a change; its inverse, or `None` where there was nothing to change.
    pub(super) fn apply(&mut self, change: Change) -> Option<Change> {
        match change {
            Change::Remove(key) => {
                if let Some(i) = self.layers.iter().position(|l| l.key == key) {
                    return Some(Change::InsertLayer(i, Box::new(self.layers.remove(i))));
                }
                let i = self.answers.iter().position(|a| a.key == key)?;
                self.stop_drawing(key);
                Some(Change::InsertAnswer(i, Box::new(self.answers.remove(i))))
            }
            Change::InsertLayer(i, layer) => {
                let key = layer.key;
                self.layers.insert(i.min(self.layers.len()), *layer);
                Some(Change::Remove(key))
            }
            Change::InsertAnswer(i, answer) => {
                let key = answer.key;
                self.answers.insert(i.min(self.answers.len()), *answer);
                self.start_drawing(key);
                Some(Change::Remove(key))
            }
            Change::SetRole(key, role) => {
                let layer = self.layers.iter_mut().find(|l| l.key == key)?;
                let before = std::mem::replace(&mut layer.role, role);
                (before != role).then_some(Change::SetRole(key, before))
            }
            Change::Move(key, to) => {
                let from = self.layers.iter().position(|l| l.key == key)?;
                let layer = self.layers.remove(from);
                let to = to.min(self.layers.len());
                self.layers.insert(to, layer);
                (from != to).then_some(Change::Move(key, from))
            }
        }
    }
}
