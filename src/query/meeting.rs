//! Every pair of features of two layers that meet: a point in an area, a line across it, a border that touches.

use super::AskError;
use super::expression::to_geo;
use crate::geodesy::LonLatBox;
use crate::index::IndexedLayer;
use crate::model::Geometry;
use crate::progress::Progress;
use geo::Intersects;
use std::sync::OnceLock;

/// What is met: features, each made ready when it is first looked at.
struct Met<'a> {
    indexed: &'a IndexedLayer,
    known: Vec<OnceLock<Option<geo::Geometry>>>,
}

impl<'a> Met<'a> {
    fn new(indexed: &'a IndexedLayer) -> Self {
        Self { indexed, known: (0..indexed.layer().len()).map(|_| OnceLock::new()).collect() }
    }

    /// Adds those that a geometry meets, of the rows near it, each beside the geometry's own number.
    fn by(&self, own: (usize, &Geometry), mut near: Vec<usize>, pairs: &mut Vec<(usize, usize)>) {
        near.sort_unstable();
        let geometry = to_geo(own.1);
        let geometries = &self.indexed.layer().geometries;
        for with in near {
            let known = self.known[with].get_or_init(|| geometries.geometry(with).as_ref().map(to_geo));
            if known.as_ref().is_some_and(|known| known.intersects(&geometry)) {
                pairs.push((own.0, with));
            }
        }
    }
}

/// Rows of the subject with the rows of the reference that they meet, in the order of both. Touching counts.
///
/// Sides are decided exactly (`geo`'s robust predicates). Cost: logarithmic in the reference, and what lies near.
///
/// # Errors
/// Cancelled.
pub fn meeting(
    subject: &IndexedLayer,
    reference: &IndexedLayer,
    progress: &Progress,
) -> Result<Vec<(usize, usize)>, AskError> {
    let (own, other) = (subject.layer(), reference.layer());
    let met = Met::new(reference);
    let area = reference.rows().fold(LonLatBox::EMPTY, |all, row| all.union(other.geometries.bounds(row)));
    // Where the reference is a part of the ground, the tree gives what can meet it.
    let rows: Vec<usize> =
        if area.contains_box(&own.bounds) { subject.rows().collect() } else { subject.rows_in(&area) };
    let of_blocks = super::for_blocks(&rows, progress, |block| {
        let mut pairs = Vec::new();
        for row in block {
            let near = reference.rows_in(&own.geometries.bounds(*row));
            if near.is_empty() {
                continue;
            }
            let Some(geometry) = own.geometries.geometry(*row) else { continue };
            met.by((*row, &geometry), near, &mut pairs);
        }
        pairs
    })?;
    Ok(of_blocks.concat())
}

/// The same of geometries that stand in no layer, each known by its number.
///
/// # Errors
/// As [`meeting`].
pub fn meeting_made(
    numbers: &[usize],
    made: impl Fn(usize) -> Option<Geometry> + Sync,
    reference: &IndexedLayer,
    progress: &Progress,
) -> Result<Vec<(usize, usize)>, AskError> {
    let met = Met::new(reference);
    let of_blocks = super::for_blocks(numbers, progress, |block| {
        let mut pairs = Vec::new();
        for number in block {
            let Some(geometry) = made(*number) else { continue };
            met.by((*number, &geometry), reference.rows_in(&geometry.bounds()), &mut pairs);
        }
        pairs
    })?;
    Ok(of_blocks.concat())
}
