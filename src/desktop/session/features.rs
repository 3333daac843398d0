//! Features of a layer changed by a command: at once where they are few, beside the window where they are many.

use super::constructing::{NamedRows, called, constructed, filled, with_column};
use super::jobs::{Event, Outcome};
use super::{Change, Command, Edit, EditKind, EditName, JobKind, Key, Session};
use crate::geodesy::LonLatBox;
use crate::i18n::{Said, count, tr};
use crate::index::IndexedLayer;
use crate::io::geojson::{EditError, Put, Rewritten, edited, rewritten_rows};
use crate::model::{Edited, Geometry, Layer};
use crate::progress::Progress;
use crate::query::{JoinError, join_table, repaired};
use crate::rules::scenario::MOST_CHANGES;
use std::sync::Arc;

/// Rows that are changed at once: more would be seen to take their time.
pub(super) const AT_ONCE: usize = 2_000;

/// A state of a layer that an edit leads to, where it was worked out beside the window or left by the edit before.
#[derive(Clone, Debug)]
pub struct Swap {
    /// The state that the edit was made of.
    pub(super) from: u64,
    /// The state that it leads to.
    pub(super) to: Arc<IndexedLayer>,
}

/// A table that is joined to a layer, and the columns whose values are to be the same.
#[derive(Clone, Debug)]
pub struct TableJoin {
    /// The layer's column.
    pub on: String,
    /// The table, as it is when it is joined.
    pub table: Arc<IndexedLayer>,
    /// The table's column.
    pub with: String,
}

/// An edit that was worked out beside the window, and the command that it carries out.
pub(super) struct Worked {
    /// The state that it was worked out of.
    of: Arc<IndexedLayer>,
    edit: Edit,
    command: Command,
}

impl Session {
    /// Changes features of a layer as a command says.
    pub(super) fn edit(&mut self, key: Key, command: Command) {
        let Some(layer) = self.layer(key).filter(|layer| layer.is_editable) else {
            return self.report(Outcome::edit_failed(EditError::Gone));
        };
        let indexed = Arc::clone(&layer.indexed);
        let meant = rows_meant(indexed.layer(), &command);
        if !self.has_room_for(layer, meant) {
            return self.report(Event::Told(Said::told(|lang| {
                tr!(lang, "scenario.too_many", n = count(MOST_CHANGES)).into_owned()
            })));
        }
        if meant <= AT_ONCE {
            let made = changed_rows(indexed.layer(), &command, &Progress::default());
            return self.try_change(made.map(|(rows, name)| Change::Edit(Edit { layer: key, rows, name, swap: None })));
        }
        self.spawn(JobKind::Editing(indexed.layer().name.clone()), move |progress, tell| {
            match changed_rows(indexed.layer(), &command, progress) {
                Ok((rows, name)) => {
                    let to = Arc::new(indexed.with_edits(&rows));
                    to.build();
                    to.shown_rows_in(&LonLatBox::EMPTY);
                    let edit = Edit { layer: key, rows, name, swap: Some(Swap { from: indexed.id(), to }) };
                    let worked = Worked { of: indexed, edit, command };
                    tell(Outcome::unless_stopped(|session| session.take_edited(worked)));
                }
                Err(e) => tell(Outcome::edit_failed(e)),
            }
        });
    }

    /// Takes in what was worked out; again of the layer as it is now, where it was edited meanwhile.
    pub(super) fn take_edited(&mut self, worked: Worked) {
        let Worked { of, edit, mut command } = worked;
        let Some(now) = self.layer(edit.layer).filter(|layer| layer.is_editable).map(|layer| &layer.indexed) else {
            return self.report(Outcome::edit_failed(EditError::Gone));
        };
        if now.id() == of.id() {
            return self.change(Change::Edit(edit));
        }
        let (was, now) = (of.layer(), now.layer());
        let left = match &mut command {
            // It goes by a name, or by what is in a column.
            Command::Column(..) | Command::Join(..) => 1,
            // The file was read anew: its rows are others.
            _ if !Arc::ptr_eq(&was.as_read, &now.as_read) => 0,
            // It says where corners are to be: what was edited meanwhile stays as it was put then.
            Command::Reshape(_, to, _) => {
                to.retain(|(row, _)| was.edits.get(*row) == now.edits.get(*row));
                to.len()
            }
            // What was taken out meanwhile stays so; the others are changed all the same.
            Command::Construct(_, rows, _) | Command::Fill(_, rows, ..) | Command::Delete(_, rows) => {
                rows.retain(|row| !now.is_gone(*row));
                rows.len()
            }
            _ => 1,
        };
        match left {
            0 => self.report(Outcome::edit_failed(EditError::Gone)),
            _ => self.edit(edit.layer, command),
        }
    }
}

/// How many rows a command changes, at most.
fn rows_meant(layer: &Layer, command: &Command) -> usize {
    match command {
        Command::Construct(_, rows, _) | Command::Fill(_, rows, ..) | Command::Delete(_, rows) => rows.len(),
        Command::Reshape(_, rows, _) => rows.len(),
        Command::Column(..) | Command::Join(..) => layer.len(),
        _ => 1,
    }
}

/// What a command makes of a layer's rows.
fn changed_rows(layer: &Layer, command: &Command, progress: &Progress) -> Result<NamedRows, EditError> {
    match command {
        Command::Construct(_, rows, what) => constructed(layer, rows, what, progress),
        Command::Fill(_, rows, column, expression) => filled(layer, rows, column, expression, progress),
        Command::Join(_, join) => {
            let table = join.table.layer();
            let (_, rows) = join_table(layer, &join.on, table, &join.with, progress).map_err(|e| match e {
                JoinError::Edit(e) => e,
                JoinError::NoColumn { .. } => EditError::Gone,
            })?;
            let of = format!("{} · {}", table.name, join.on);
            Ok((rows, EditName { kind: EditKind::Join, of }))
        }
        Command::Column(_, name, change) => with_column(layer, name, change, progress),
        Command::Reshape(_, to, kind) => reshaped(layer, to, *kind, progress),
        Command::SetProperty(_, row, name, text) => with_property(layer, *row, name, text),
        Command::Repair(_, row) => {
            let mended = layer.geometries.geometry(*row).and_then(|geometry| repaired(&geometry));
            reshaped(layer, &[(*row, mended.ok_or(EditError::NoArea)?)], EditKind::Repair, progress)
        }
        Command::Delete(_, rows) => {
            let gone = rows.iter().map(|row| (*row, Some(Edited::Gone))).collect();
            Ok((gone, EditName { kind: EditKind::Delete, of: called(layer, rows) }))
        }
        // No other command is about the features of one layer.
        _ => Err(EditError::Gone),
    }
}

/// Features with other geometries.
fn reshaped(
    layer: &Layer,
    to: &[(usize, Geometry)],
    kind: EditKind,
    progress: &Progress,
) -> Result<NamedRows, EditError> {
    let of = match kind {
        // Neighbours that share a corner follow it; the feature in hand names the step.
        EditKind::MoveVertex => to.first().map_or_else(String::new, |(row, _)| layer.label(*row)),
        _ => called(layer, &to.iter().map(|(row, _)| *row).collect::<Vec<_>>()),
    };
    let put = |(row, geometry): &(usize, Geometry)| Ok((*row, Rewritten::own(layer, *row, Some(geometry), &[])?));
    Ok((rewritten_rows(layer, to, put, progress)?, EditName { kind, of }))
}

/// A feature with a property set to what is typed.
fn with_property(layer: &Layer, row: usize, name: &str, text: &str) -> Result<NamedRows, EditError> {
    let value = layer.attributes.get(row, name).retyped(text);
    let feature = edited(layer, row, None, &[(name.to_owned(), Put::Value(value))])?;
    let of = format!("{} · {name}", layer.label(row));
    Ok((vec![(row, Some(feature))], EditName { kind: EditKind::SetProperty, of }))
}
