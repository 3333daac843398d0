//! Contours of which only what lies near a place takes part in an overlay.

use super::overlay::{Contour, Operation, around, around_all, clip_contour, overlay};
use crate::geodesy::{GridBox, LonLat, LonLatBox};
use crate::index::PackedTree;
use i_overlay::i_float::int::point::IntPoint;

/// So many steps of the grid a place reaches beyond what is cut there: a metre and a little.
const BESIDE: i64 = 9_000_000;

/// As a box of a tree, which takes its numbers as they are.
pub(super) fn as_box(place: &GridBox) -> LonLatBox {
    let corner = |[x, y]: [i64; 2]| LonLat::new(x as f64, y as f64);
    LonLatBox { min: corner(place.min), max: corner(place.max) }
}

/// Contours with the boxes of their stretches.
pub(super) struct Near {
    contours: Vec<Contour>,
    places: Vec<GridBox>,
    /// Boxes of so many edges each, contour by contour, and where a contour's begin.
    stretches: Vec<GridBox>,
    first_stretch: Vec<usize>,
    /// Over the contours' boxes, and which contour each item is; none where they are few.
    tree: Option<(PackedTree, Vec<u32>)>,
}

/// Edges in one stretch.
const STRETCH: usize = 64;
/// Up to so many contours are looked at one by one.
const FEW: usize = 16;

impl Near {
    /// n log n in contours.
    pub(super) fn new(contours: Vec<Contour>) -> Self {
        let (mut stretches, mut first_stretch, mut places) = (Vec::new(), Vec::new(), Vec::new());
        for contour in &contours {
            first_stretch.push(stretches.len());
            for start in (0..contour.len()).step_by(STRETCH) {
                let end = (start + STRETCH + 1).min(contour.len());
                // The last stretch ends where the first begins.
                let closing = if start + STRETCH < contour.len() { None } else { contour.first() };
                let corners = contour[start..end].iter().chain(closing);
                stretches.push(corners.fold(GridBox::EMPTY, |all, p| all.with([p.x, p.y])));
            }
            places.push(around(contour));
        }
        let tree = (contours.len() > FEW).then(|| {
            let boxes: Vec<LonLatBox> = places.iter().map(as_box).collect();
            PackedTree::new(&boxes)
        });
        Self { contours, places, stretches, first_stretch, tree }
    }

    pub(super) fn contours(&self) -> &[Contour] {
        &self.contours
    }

    /// Cuts a subject with the contours.
    pub(super) fn cut(&self, subject: &[Contour], operation: Operation) -> Vec<Vec<Contour>> {
        overlay(subject, &self.at(around_all(subject)), operation)
    }

    /// What both cover.
    pub(super) fn common(&self, other: Vec<Contour>) -> Vec<Vec<Contour>> {
        let corners = |contours: &[Contour]| contours.iter().map(Vec::len).sum::<usize>();
        let place = around_all(&self.contours).meet(around_all(&other));
        if corners(&self.contours) <= STRETCH {
            return overlay(&self.contours, &other, Operation::Intersection);
        }
        overlay(&self.at(place), &other, Operation::Intersection)
    }

    /// Contours that wind round every point of a place as these do. They may run along its border, a metre off.
    pub(super) fn at(&self, place: GridBox) -> Vec<Contour> {
        let place = place.padded(BESIDE);
        let mut near = Vec::new();
        match &self.tree {
            None => near.extend((0..self.contours.len()).filter_map(|i| self.clipped(i, &place))),
            Some((tree, order)) => {
                let mut found = Vec::new();
                tree.search(&as_box(&place), |item| found.push(order[item] as usize));
                found.sort_unstable();
                near.extend(found.into_iter().filter_map(|i| self.clipped(i, &place)));
            }
        }
        near
    }

    fn clipped(&self, i: usize, place: &GridBox) -> Option<Contour> {
        if !self.places[i].meets(place) {
            return None;
        }
        let contour = &self.contours[i];
        let mut near = Contour::with_capacity(contour.len().min(4 * STRETCH));
        for (corners, stretch) in contour.chunks(STRETCH).zip(&self.stretches[self.first_stretch[i]..]) {
            // What does not meet the place lies beyond one of its sides, and winds round it as its ends do.
            near.extend_from_slice(if stretch.meets(place) { corners } else { &corners[..1] });
        }
        let corner = |[x, y]: [i64; 2]| IntPoint { x, y };
        clip_contour(near, corner(place.min), corner(place.max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::overlay::twice_area;
    use proptest::prelude::*;

    fn area(polygons: &[Vec<Contour>]) -> f64 {
        polygons.iter().flatten().map(|ring| twice_area(ring) as f64).sum()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_cut_near_by_is_a_cut(
            shares in prop::collection::vec(0.3..1.0_f64, 3..400),
            squares in prop::collection::vec((-2e9..2e9_f64, -2e9..2e9_f64, 1e7..1e9_f64), 1..40),
        ) {
            let point = |x: f64, y: f64| IntPoint { x: x as i64, y: y as i64 };
            let n = shares.len() as f64;
            let star: Contour = shares
                .iter()
                .enumerate()
                .map(|(k, share)| {
                    let (sin, cos) = (k as f64 / n * std::f64::consts::TAU).sin_cos();
                    point(1.5e9 * share * cos, 1.5e9 * share * sin)
                })
                .collect();
            let square = |(x, y, a): &(f64, f64, f64)| {
                vec![point(*x, *y), point(x + a, *y), point(x + a, y + a), point(*x, y + a)]
            };
            let squares: Vec<Contour> = squares.iter().map(square).collect();
            let all: Vec<Contour> = squares.iter().cloned().chain([star.clone()]).collect();
            for operation in [Operation::Intersection, Operation::Difference] {
                for subject in &squares {
                    let others = Near::new(vec![star.clone()]);
                    let near = area(&others.cut(std::slice::from_ref(subject), operation));
                    let whole = area(&overlay(std::slice::from_ref(subject), std::slice::from_ref(&star), operation));
                    prop_assert!((near - whole).abs() <= 1e-6 * whole.abs() + 1e10, "{near} for {whole}");
                }
                let near = area(&Near::new(all.clone()).cut(&squares[..1], operation));
                let whole = area(&overlay(&squares[..1], &all, operation));
                prop_assert!((near - whole).abs() <= 1e-6 * whole.abs() + 1e10, "{near} for {whole}");
            }
        }
    }
}
