//! Changes of what is open: applying one returns its inverse, so undo and redo are one code path.

use super::features::AT_ONCE;
use super::scenarios::Under;
use super::{CommentChange, KeptAnswer, Key, OpenBackdrop, OpenLayer, ScenarioChange, Session, Swap};
use crate::model::{ColumnNames, Edited, LayerStyle, Role};
use crate::rules::beside::FindingSwap;
use crate::vocabulary::Word;
use std::sync::Arc;

/// A change that can be taken back.
#[derive(Clone, Debug)]
pub enum Change {
    /// Take a layer or an answer out.
    Remove(Key),
    /// Put a layer in at a place of the drawing order.
    InsertLayer(usize, Box<OpenLayer>),
    /// Put another state of a layer, of the same key, in its place.
    Replace(Box<OpenLayer>),
    /// Put an answer in at a place of the list.
    InsertAnswer(usize, Box<KeptAnswer>),
    /// Say what a layer means.
    SetRole(Key, Option<Role>),
    /// Say whether a layer without a role counts for nothing, though it is one of a national database.
    SetApart(Key, bool),
    /// Move a layer to a place of the drawing order.
    Move(Key, usize),
    /// Draw a layer otherwise.
    SetStyle(Key, Arc<LayerStyle>),
    /// Call a layer otherwise; none is its own name.
    Rename(Key, Option<String>),
    /// Let columns of a layer stand for names that rules use, in place of those that did.
    SetColumnNames(Key, ColumnNames),
    /// Say what values of the data mean, in place of what was said.
    SetWords(Vec<Word>),
    /// Set the backdrops, in place of those that were.
    SetBackdrops(Vec<OpenBackdrop>),
    /// Change the scenarios, or which of them is on.
    Scenario(ScenarioChange),
    /// Change a comment, or add one.
    Comment(CommentChange),
    /// Make of findings what they are to be.
    Findings(Arc<Vec<FindingSwap>>),
    /// Change features of a layer.
    Edit(Edit),
}

/// Rows of a layer in the states they are to be in: changed, added behind the last, gone, or (`None`) as they were read.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The layer.
    pub layer: Key,
    /// The rows, each once.
    pub rows: Vec<(usize, Option<Edited>)>,
    /// What it is called.
    pub name: EditName,
    /// The layer's state that it leads to, where that is known: of edits of many rows.
    pub swap: Option<Swap>,
}

/// What an edit is called in the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditName {
    /// What is done.
    pub kind: EditKind,
    /// The feature it is done to, or how many.
    pub of: String,
}

/// What is done to features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EditKind {
    /// A new feature.
    Draw,
    /// Features taken out.
    Delete,
    /// Features moved as they are.
    Move,
    /// A corner moved.
    MoveVertex,
    /// A corner added.
    AddVertex,
    /// A corner taken out.
    DeleteVertex,
    /// A property set.
    SetProperty,
    /// An area made valid.
    Repair,
    /// Features cut by a line.
    Split,
    /// Features joined.
    Merge,
    /// Ground taken away.
    Subtract,
    /// A border led along a line.
    Reshape,
    /// Features turned.
    Rotate,
    /// Features once more.
    Duplicate,
    /// Corners left out.
    Simplify,
    /// A hole more.
    Hole,
    /// A part more.
    Part,
    /// A column filled.
    Fill,
    /// A table joined.
    Join,
    /// A column's name changed.
    RenameColumn,
    /// A column taken out.
    RemoveColumn,
    /// A scenario's change given up.
    Restore,
    /// A scenario's changes taken into the layer.
    Adopt,
    /// Edits given up for what others made of a shared store's rows.
    TakeTheirs,
    /// Features copied elsewhere, put in.
    Paste,
}

impl Session {
    /// Applies a change; its inverse, or `None` where there was nothing to change.
    pub(super) fn apply(&mut self, change: Change) -> Option<Change> {
        match change {
            Change::Remove(key) => {
                if let Some(i) = self.layers.iter().position(|l| l.key == key) {
                    self.gather();
                    let layer = self.layers.remove(i);
                    self.journal.open(layer.reading, false);
                    return Some(Change::InsertLayer(i, Box::new(layer)));
                }
                let i = self.answers.iter().position(|a| a.key == key)?;
                self.stop_drawing(key);
                self.questions.changed = true;
                let mut answer = self.answers.remove(i);
                answer.forget_zone();
                Some(Change::InsertAnswer(i, Box::new(answer)))
            }
            Change::InsertLayer(i, mut layer) => {
                let key = layer.key;
                self.dress(&mut layer);
                self.note_inserted(&layer);
                self.layers.insert(i.min(self.layers.len()), *layer);
                self.follow_filter(key, None);
                Some(Change::Remove(key))
            }
            Change::Replace(mut layer) => {
                let key = layer.key;
                let i = self.layers.iter().position(|l| l.key == key)?;
                self.gather();
                self.dress(&mut layer);
                self.journal.open(self.layers[i].reading, false);
                self.note_inserted(&layer);
                let before = std::mem::replace(&mut self.layers[i], *layer);
                self.follow_filter(key, None);
                Some(Change::Replace(Box::new(before)))
            }
            Change::InsertAnswer(i, answer) => {
                let key = answer.key;
                self.answers.insert(i.min(self.answers.len()), *answer);
                self.start_curve(key);
                Some(Change::Remove(key))
            }
            Change::SetRole(key, role) => {
                let layer = self.layers.iter_mut().find(|l| l.key == key)?;
                let before = std::mem::replace(&mut layer.role, role);
                (before != role).then_some(Change::SetRole(key, before))
            }
            Change::SetApart(key, is_apart) => {
                let layer = self.layers.iter_mut().find(|l| l.key == key)?;
                let before = std::mem::replace(&mut layer.is_apart, is_apart);
                (before != is_apart).then_some(Change::SetApart(key, before))
            }
            Change::Move(key, to) => {
                let from = self.layers.iter().position(|l| l.key == key)?;
                let layer = self.layers.remove(from);
                let to = to.min(self.layers.len());
                self.layers.insert(to, layer);
                (from != to).then_some(Change::Move(key, from))
            }
            Change::SetStyle(key, style) => {
                let layer = self.layers.iter_mut().find(|l| l.key == key)?;
                let before = std::mem::replace(&mut layer.style, style);
                if before == layer.style {
                    return None;
                }
                self.follow_filter(key, None);
                Some(Change::SetStyle(key, before))
            }
            Change::Rename(key, title) => {
                let layer = self.layers.iter_mut().find(|l| l.key == key)?;
                let before = std::mem::replace(&mut layer.title, title);
                (before != layer.title).then_some(Change::Rename(key, before))
            }
            Change::SetColumnNames(key, names) => {
                let before = self.layer(key)?.layer().attributes.column_names().clone();
                if before == names {
                    return None;
                }
                self.set_column_names(key, names);
                Some(Change::SetColumnNames(key, before))
            }
            Change::SetWords(words) => {
                let before = self.set_words(words);
                (before != self.rules.words).then_some(Change::SetWords(before))
            }
            Change::SetBackdrops(all) => self.set_backdrops(all).map(Change::SetBackdrops),
            Change::Scenario(change) => self.apply_to_scenarios(change).map(Change::Scenario),
            Change::Comment(change) => self.apply_to_comments(change).map(Change::Comment),
            Change::Findings(swaps) => self.swap_findings(&swaps).map(Change::Findings),
            Change::Edit(Edit { layer: key, mut rows, name, swap }) => {
                let is_drawn = self.scenario_on().is_some();
                let layer = self.layers.iter_mut().find(|l| l.key == key)?;
                if is_drawn && layer.under.is_none() {
                    let base = Arc::clone(&layer.indexed);
                    layer.under = Some(Under { base, left: Arc::default(), dressed: None });
                }
                let edits = &layer.indexed.layer().edits;
                let before = rows.iter().map(|(row, _)| (*row, edits.get(*row).cloned())).collect();
                rows.sort_by_key(|(row, _)| *row);
                let known = swap.filter(|swap| swap.from == layer.indexed.id()).map(|swap| swap.to);
                // Of a state with many edited rows the one before is kept whole: it shares nearly all of it.
                let is_kept = known.is_some() || layer.indexed.layer().edits.count() > AT_ONCE;
                let to = known.unwrap_or_else(|| Arc::new(layer.indexed.with_edits(&rows)));
                let from = std::mem::replace(&mut layer.indexed, to);
                let since = from.id();
                let back = is_kept.then(|| Swap { from: layer.indexed.id(), to: from });
                let edit = Edit { layer: key, rows, name, swap: None };
                if !is_drawn {
                    self.journal.edit(&edit, layer);
                }
                self.follow_filter(key, Some((since, &edit.rows)));
                Some(Change::Edit(Edit { rows: before, swap: back, ..edit }))
            }
        }
    }
}
