//! Every pair of features of two layers that meet: a point in an area, a line across it, a border that touches.

use super::AskError;
use super::expression::to_geo;
use crate::geodesy::LonLatBox;
use crate::index::IndexedLayer;
use crate::progress::Progress;
use geo::Intersects;
use std::sync::OnceLock;

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
    let theirs: Vec<OnceLock<Option<geo::Geometry>>> = (0..other.len()).map(|_| OnceLock::new()).collect();
    let area = reference.rows().fold(LonLatBox::EMPTY, |all, row| all.union(other.geometries.bounds(row)));
    // Where the reference is a part of the ground, the tree gives what can meet it.
    let rows: Vec<usize> =
        if area.contains_box(&own.bounds) { subject.rows().collect() } else { subject.rows_in(&area) };
    let of_blocks = super::for_blocks(&rows, progress, |block| {
        let mut pairs = Vec::new();
        for row in block {
            let mut near = reference.rows_in(&own.geometries.bounds(*row));
            if near.is_empty() {
                continue;
            }
            near.sort_unstable();
            let Some(geometry) = own.geometries.geometry(*row).as_ref().map(to_geo) else { continue };
            for with in near {
                let known = theirs[with].get_or_init(|| other.geometries.geometry(with).as_ref().map(to_geo));
                if known.as_ref().is_some_and(|known| known.intersects(&geometry)) {
                    pairs.push((*row, with));
                }
            }
        }
        pairs
    })?;
    Ok(of_blocks.concat())
}
