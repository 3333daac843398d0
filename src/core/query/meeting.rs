//! Every pair of features of two layers that meet: a point in an area, a line across it, a border that touches.

use super::AskError;
use super::answer::is_area;
use super::expression::to_geo;
use crate::geodesy::LonLatBox;
use crate::index::{IndexedLayer, contains};
use crate::model::Geometry;
use crate::progress::Progress;
use geo::Intersects;
use smallvec::SmallVec;
use std::cell::LazyCell;
use std::sync::OnceLock;

/// What is met: features, each made ready when it is first looked at.
struct Met<'a> {
    indexed: &'a IndexedLayer,
    known: Vec<OnceLock<Option<geo::Geometry>>>,
}

impl<'a> Met<'a> {
    fn new(indexed: &'a IndexedLayer) -> Self {
        // Before the rows are parted among the cores.
        rayon::join(|| indexed.build_features(), || indexed.build_edges());
        Self { indexed, known: (0..indexed.layer().len()).map(|_| OnceLock::new()).collect() }
    }

    /// Adds those that a geometry meets, of the rows near it, each beside the geometry's own number. One with no edge near the
    /// geometry holds all of it, or none.
    fn by(&self, own: (usize, &Geometry), mut near: Vec<usize>, pairs: &mut Vec<(usize, usize)>) {
        let Some(first) = own.1.parts.iter().flatten().flatten().next() else { return };
        near.sort_unstable();
        let mut at_border: SmallVec<[usize; 16]> = SmallVec::new();
        self.indexed.runs_in(&own.1.bounds(), |run, _| at_border.push(run.row as usize));
        at_border.sort_unstable();
        let layer = self.indexed.layer();
        let geometry = LazyCell::new(|| to_geo(own.1));
        for with in near {
            let meets = if at_border.binary_search(&with).is_err() {
                is_area(layer, with) && contains(layer, with, *first)
            } else {
                let known = self.known[with].get_or_init(|| layer.geometries.geometry(with).as_ref().map(to_geo));
                known.as_ref().is_some_and(|known| known.intersects(&*geometry))
            };
            if meets {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use proptest::prelude::*;
    use std::sync::Arc;

    /// Stars on a lattice of thousandths of a degree, so that some touch; every third a line along one, every fourth a point.
    fn layer(of: &[(i32, i32, Vec<u8>)]) -> IndexedLayer {
        let feature = |(i, (x, y, shares)): (usize, &(i32, i32, Vec<u8>))| {
            let corner = |(k, share): (usize, &u8)| {
                let (sin, cos) = (k as f64 / shares.len() as f64 * std::f64::consts::TAU).sin_cos();
                let [dx, dy] = [cos, sin].map(|v| (v * f64::from(*share)).round());
                format!("[{},{}]", 121.0 + (f64::from(*x) + dx) * 1e-3, 31.0 + (f64::from(*y) + dy) * 1e-3)
            };
            let corners: Vec<String> = shares.iter().enumerate().map(corner).collect();
            let geometry = match i % 4 {
                3 => format!(r#"{{"type":"Point","coordinates":{}}}"#, corners[0]),
                2 => format!(r#"{{"type":"LineString","coordinates":[{}]}}"#, corners.join(",")),
                _ => format!(r#"{{"type":"Polygon","coordinates":[[{},{}]]}}"#, corners.join(","), corners[0]),
            };
            format!(r#"{{"type":"Feature","properties":{{}},"geometry":{geometry}}}"#)
        };
        let features: Vec<String> = of.iter().enumerate().map(feature).collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        let read = read_layer_bytes(text.as_bytes(), "x", &ReadOptions::default(), &Progress::default());
        IndexedLayer::new(Arc::new(read.expect("readable")))
    }

    fn stars(most: u8) -> impl Strategy<Value = Vec<(i32, i32, Vec<u8>)>> {
        prop::collection::vec((0..30, 0..30, prop::collection::vec(1..most, 3..9)), 1..16)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_meets_is_what_every_pair_says(own in stars(4), other in stars(20)) {
            let (own, other, progress) = (layer(&own), layer(&other), Progress::default());
            let geometry = |of: &IndexedLayer, row: usize| of.layer().geometries.geometry(row);
            let mut every = Vec::new();
            for row in own.rows() {
                let one = to_geo(&geometry(&own, row).expect("a geometry"));
                for with in other.rows() {
                    if to_geo(&geometry(&other, with).expect("a geometry")).intersects(&one) {
                        every.push((row, with));
                    }
                }
            }
            prop_assert_eq!(&meeting(&own, &other, &progress).expect("nobody stopped it"), &every);
            let rows: Vec<usize> = own.rows().collect();
            let made = meeting_made(&rows, |row| geometry(&own, row), &other, &progress);
            prop_assert_eq!(made.expect("nobody stopped it"), every);
        }
    }
}
