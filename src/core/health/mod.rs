//! What is wrong with a layer: checks that look and tell, and never repair.

mod datum;
mod parts;
mod rings;
mod sweep;

pub use datum::suspect_shift;
pub use rings::Checked;

use crate::model::{Geometries, Layer, Problem, ProblemKind, Shape};
use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

/// What is wrong with the geometry of a row, and which of its paths are not to be used.
pub fn check_geometry(geometries: &Geometries, row: usize) -> Checked {
    rings::check(geometries, row)
}

/// Checks a layer whose geometry was checked while it was read: ids, types. Puts its health list in order.
pub fn check(layer: &mut Layer) {
    let mut found = duplicate_ids(layer);
    found.sort_by_key(|(row, _)| *row);
    // One pass over the text gives every row its line.
    let as_read = Arc::clone(&layer.as_read);
    let mut places = as_read.text.places();
    let placed = found
        .into_iter()
        .map(|(row, kind)| Problem { row: Some(row), place: as_read.spans.get(row).map(|s| places.of(s.start)), kind })
        .collect::<Vec<_>>();
    let problems = Arc::make_mut(&mut layer.problems);
    problems.extend(placed);
    if as_read.is_empty() {
        problems.push(Problem { row: None, place: None, kind: ProblemKind::Empty });
    }
    let mut shapes: Vec<Shape> = layer.kinds.iter().map(|k| k.shape()).collect();
    shapes.dedup();
    if shapes.iter().any(|s| *s != shapes[0]) {
        problems.push(Problem { row: None, place: None, kind: ProblemKind::MixedTypes });
    }
    // What concerns the whole file first, then in the order of the file.
    problems.sort_by_key(|p| p.row.map_or(0, |row| row + 1));
}

fn duplicate_ids(layer: &Layer) -> Vec<(usize, ProblemKind)> {
    // Row numbers of databases rise from row to row: a million of them need no texts and no table of them.
    if let Some(table) =
        layer.as_read.table.as_ref().filter(|table| table.named_ids.is_none() && layer.edits.is_empty())
        && table.ids.is_sorted_by(|a, b| a < b)
    {
        return Vec::new();
    }
    let mut first: HashMap<Cow<'_, str>, (usize, bool)> = HashMap::new();
    let mut found = Vec::new();
    for row in 0..layer.len() {
        let Some(id) = layer.id_json(row) else { continue };
        match first.get_mut(&id) {
            None => {
                first.insert(id, (row, false));
            }
            Some((first_row, told)) => {
                if !std::mem::replace(told, true) {
                    found.push((*first_row, ProblemKind::DuplicateId(id.to_string())));
                }
                found.push((row, ProblemKind::DuplicateId(id.into_owned())));
            }
        }
    }
    found
}
