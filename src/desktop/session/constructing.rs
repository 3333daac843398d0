//! Features made of features, and columns of them changed: what the planner asks for becomes one edit that can be taken
//! back.

use super::{EditKind, EditName};
use crate::geodesy::LonLat;
use crate::io::geojson::{EditError, Put, Rewritten, edited, edited_rows, rewritten_rows, rounded_position};
use crate::model::{Edited, Geometry, Layer};
use crate::progress::Progress;
use crate::query::construct::{merged, reshaped, simplified, split, with_hole, with_part, without};
use crate::query::expression::Expression;

/// What is made of features.
#[derive(Clone, Debug, PartialEq)]
pub enum Construct {
    /// Each is cut by a line; the largest piece stays what it was, the others are features more.
    Split(Vec<LonLat>),
    /// All become the first.
    Merge,
    /// The others' ground is taken from the first.
    Subtract,
    /// The first is led along a line.
    Reshape(Vec<LonLat>),
    /// The first has a hole more: a closed ring.
    Hole(Vec<LonLat>),
    /// The first has a part more.
    Part(Box<Geometry>),
    /// Each stands once more, so many degrees east and north.
    Duplicate([f64; 2]),
    /// Each has fewer corners: none that is left out lay further away than so many metres.
    Simplify(f64),
}

/// What is done to a column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnChange {
    /// It has another name.
    Rename(String),
    /// It is taken out.
    Remove,
}

/// Rows in their new states, and what that is called.
pub(super) type NamedRows = (Vec<(usize, Option<Edited>)>, EditName);

/// Features made of the rows of a layer, the first of which leads.
pub(super) fn constructed(
    layer: &Layer,
    rows: &[usize],
    what: &Construct,
    progress: &Progress,
) -> Result<NamedRows, EditError> {
    let [first, others @ ..] = rows else { return Err(EditError::Gone) };
    let geometry = |row: usize| layer.home(row).and_then(|_| layer.geometries.geometry(row)).ok_or(EditError::Gone);
    let put = |geometry: &Geometry| edited(layer, *first, Some(geometry), &[]).map(|new| vec![(*first, Some(new))]);
    let own = |row: usize, geometry: &Geometry| Rewritten::own(layer, row, Some(geometry), &[]);
    let each = |rewrite: &(dyn Fn(usize, Geometry) -> Result<Rewritten, EditError> + Sync)| {
        rewritten_rows(layer, rows, |row| Ok((*row, rewrite(*row, geometry(*row)?)?)), progress)
    };
    let of_others = || others.iter().map(|row| geometry(*row)).collect::<Result<Vec<_>, EditError>>();
    let (changed, kind) = match what {
        Construct::Split(line) => {
            let changed = each(&|row, geometry| {
                let mut pieces = split(&geometry, line).into_iter();
                let Some(largest) = pieces.next() else { return Ok(Rewritten::default()) };
                pieces.try_fold(own(row, &largest)?, |made, piece| made.with_more(layer, row, &piece))
            })?;
            if changed.is_empty() {
                return Err(EditError::NotThrough);
            }
            (changed, EditKind::Split)
        }
        Construct::Merge => {
            let all = [vec![geometry(*first)?], of_others()?].concat();
            let mut changed = put(&merged(&all).ok_or(EditError::Unlike)?)?;
            changed.extend(others.iter().map(|row| (*row, Some(Edited::Gone))));
            (changed, EditKind::Merge)
        }
        Construct::Subtract => {
            let left = without(&geometry(*first)?, &of_others()?).ok_or(EditError::NothingLeft)?;
            (put(&left)?, EditKind::Subtract)
        }
        Construct::Reshape(line) => {
            (put(&reshaped(&geometry(*first)?, line).ok_or(EditError::NotTwice)?)?, EditKind::Reshape)
        }
        Construct::Hole(ring) => {
            (put(&with_hole(&geometry(*first)?, ring).ok_or(EditError::NotInside)?)?, EditKind::Hole)
        }
        Construct::Part(part) => {
            (put(&with_part(&geometry(*first)?, part).ok_or(EditError::NotBeside)?)?, EditKind::Part)
        }
        Construct::Duplicate([east, north]) => {
            let moved = |p: LonLat| rounded_position(LonLat::new(p.lon + east, p.lat + north));
            let changed = each(&|row, geometry| Rewritten::default().with_more(layer, row, &geometry.map(moved)))?;
            (changed, EditKind::Duplicate)
        }
        Construct::Simplify(tolerance_m) => {
            let changed = each(&|row, geometry| match simplified(&geometry, *tolerance_m) {
                simple if simple == geometry => Ok(Rewritten::default()),
                simple => own(row, &simple),
            })?;
            (changed, EditKind::Simplify)
        }
    };
    Ok((changed, EditName { kind, of: called(layer, rows) }))
}

/// A column of some rows filled with what an expression comes to.
pub(super) fn filled(
    layer: &Layer,
    rows: &[usize],
    column: &str,
    expression: &Expression,
    progress: &Progress,
) -> Result<NamedRows, EditError> {
    let over = expression.over(layer).map_err(|e| EditError::Source(e.to_string()))?;
    let member = |row: usize| [(column.to_owned(), Put::Value(over.value(row).to_json()))];
    let rows = edited_rows(layer, rows, member, progress)?;
    Ok((rows, EditName { kind: EditKind::Fill, of: format!("{column} = {}", expression.text()) }))
}

/// A column changed in every row that has it.
pub(super) fn with_column(
    layer: &Layer,
    name: &str,
    change: &ColumnChange,
    progress: &Progress,
) -> Result<NamedRows, EditError> {
    let (put, kind, of) = match change {
        ColumnChange::Remove => (Put::Gone, EditKind::RemoveColumn, name.to_owned()),
        ColumnChange::Rename(to) if layer.attributes.column(to).is_some() => {
            return Err(EditError::ColumnIsThere(to.clone()));
        }
        ColumnChange::Rename(to) => (Put::Renamed(to.clone()), EditKind::RenameColumn, format!("{name} → {to}")),
    };
    let column = layer.attributes.column(name).ok_or(EditError::Gone)?;
    let having: Vec<usize> = layer.rows().filter(|row| layer.attributes.json(*row, column).is_some()).collect();
    let rows = edited_rows(layer, &having, |_| [(name.to_owned(), put.clone())], progress)?;
    Ok((rows, EditName { kind, of }))
}

/// What rows are called in the history: the first by its name, and how many more.
pub(super) fn called(layer: &Layer, rows: &[usize]) -> String {
    match rows {
        [] => String::new(),
        [row] => layer.label(*row),
        [row, more @ ..] => format!("{} +{}", layer.label(*row), more.len()),
    }
}
