//! Work on rows of a layer, what of other layers it depends on, and the part of the layers that some rows need.

use super::Found;
use super::found::Results;
use crate::geodesy::LonLatBox;
use crate::index::IndexedLayer;
use crate::progress::Progress;
use crate::query::{AskError, Side, gaps, inspect, meeting, nearest, overlap, part, within};
use std::collections::HashMap;
use std::sync::Arc;

/// What is done with each row. Lengths in metres.
#[derive(Clone, Debug)]
pub(in crate::query) enum Kind {
    /// Whether something of the first reference is within the distance, and what; a second is water that tells the sides.
    Within { distance_m: f64, side: Side },
    /// The smallest distance of all rows.
    Least,
    /// The nearest, where there is one within the limit.
    Nearest { max_m: Option<f64> },
    /// What no facility reaches: the first reference serves by outlines, a second by entrances, each of a facility.
    Gap { radius_m: f64, facility_of: Arc<HashMap<usize, usize>> },
    /// The ground that a later row covers too and no earlier one.
    Shared,
    /// What areas of the reference cover of it; and what of that no earlier row has under its pairs.
    Overlap { with_added: bool },
    /// What it meets.
    Meet,
    /// The areas that it, a line or a point, lies in.
    InArea,
    /// Its ground that no area of the references covers.
    Outside,
    /// The same in figures, less what earlier rows cover.
    Ground,
}

/// How far from a row lies what its work depends on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reach {
    /// Of the references: metres from the row's box.
    pub references_m: f64,
    /// True where that may not suffice: a row for which it did not is to be asked again with more.
    pub is_open: bool,
    /// True where rows of the row's own layer that it touches matter, and what lies near those.
    pub own: bool,
}

/// Work on rows of a layer.
#[derive(Clone, Debug)]
pub struct RowWork<'a> {
    pub(in crate::query) kind: Kind,
    subject: &'a IndexedLayer,
    references: Vec<&'a IndexedLayer>,
}

/// What an overlay's window and the rounding of a grid reach beyond a row's box; metres.
const BESIDE_M: f64 = 2.0;

/// How far is looked first for the nearest of all; metres.
const FIRST_LOOK_M: f64 = 2_000.0;

impl<'a> RowWork<'a> {
    /// Of a kind, on rows of `subject`, held against layers.
    pub(in crate::query) fn new(
        kind: Kind,
        subject: &'a IndexedLayer,
        references: impl IntoIterator<Item = &'a IndexedLayer>,
    ) -> Self {
        Self { kind, subject, references: references.into_iter().collect() }
    }

    /// The layer whose rows are worked on.
    pub fn subject(&self) -> &'a IndexedLayer {
        self.subject
    }

    /// What they are held against.
    pub fn references(&self) -> &[&'a IndexedLayer] {
        &self.references
    }

    /// How far it reaches.
    pub fn reach(&self) -> Reach {
        let own = matches!(self.kind, Kind::Shared | Kind::Ground | Kind::Overlap { with_added: true });
        let (references_m, is_open) = match self.kind {
            Kind::Within { distance_m, side: Side::Within } => (distance_m, false),
            Kind::Nearest { max_m: Some(max_m) } => (max_m, false),
            Kind::Within { distance_m: m, .. } | Kind::Gap { radius_m: m, .. } => (m.max(FIRST_LOOK_M), true),
            Kind::Nearest { max_m: None } | Kind::Least => (FIRST_LOOK_M, true),
            Kind::Shared | Kind::Overlap { .. } | Kind::Meet | Kind::InArea | Kind::Outside | Kind::Ground => {
                (0.0, false)
            }
        };
        // Without end is everything.
        Reach { references_m, is_open: is_open && references_m.is_finite(), own }
    }

    /// What some rows need of the layers, where references matter that far from them; metres.
    pub fn part(&self, rows: &[usize], references_m: f64) -> Part {
        let layer = self.subject.layer();
        let mut own = vec![false; layer.len()];
        rows.iter().for_each(|row| own[*row] = true);
        if self.reach().own {
            for row in rows {
                let beside = layer.geometries.bounds(*row).padded(BESIDE_M);
                self.subject.rows_in(&beside).into_iter().for_each(|row| own[row] = true);
            }
        }
        let boxes: Vec<LonLatBox> = (0..own.len())
            .filter(|row| own[*row])
            .map(|row| layer.geometries.bounds(row).padded(references_m + BESIDE_M))
            .collect();
        let near = |reference: &&IndexedLayer| {
            let mut near = vec![false; reference.layer().len()];
            if references_m.is_finite() {
                for window in &boxes {
                    for window in std::iter::once(*window).chain(window.turns().map(|(turned, _)| turned)) {
                        reference.rows_in(&window).into_iter().for_each(|row| near[row] = true);
                    }
                }
            } else {
                reference.rows().for_each(|row| near[row] = true);
            }
            IndexedLayer::restricted(Arc::clone(reference.layer()), near)
        };
        let references: Vec<IndexedLayer> = self.references.iter().map(near).collect();
        let is_whole =
            references.iter().zip(&self.references).all(|(part, all)| part.rows().count() == all.rows().count());
        Part { subject: IndexedLayer::restricted(Arc::clone(layer), own), references, is_whole }
    }

    /// Does the work for some rows, in rising order, here and on all cores.
    ///
    /// # Errors
    /// Cancelled.
    pub fn done(&self, rows: &[usize], progress: &Progress) -> Result<Found, AskError> {
        let (subject, first, second) = (self.subject, self.references.first(), self.references.get(1).copied());
        let first = || first.copied().ok_or(AskError::NoReference);
        let results = match &self.kind {
            Kind::Within { distance_m, side } => {
                Results::Matches(within::matches((*distance_m, *side), subject, (first()?, second), rows, progress)?)
            }
            Kind::Least => Results::Least(within::least(subject.layer(), first()?, rows, progress)?),
            Kind::Nearest { max_m } => Results::Matches(nearest::matches(*max_m, subject, first()?, rows, progress)?),
            Kind::Gap { radius_m, facility_of } => {
                Results::Gaps(gaps::gaps_of(*radius_m, subject, (first()?, second, facility_of), rows, progress)?)
            }
            Kind::Shared => Results::Areas(gaps::shared_m2(subject, rows, progress)?),
            Kind::Overlap { with_added } => {
                let (found, added_m2) = overlap::overlaps_of(*with_added, subject, first()?, rows, progress)?;
                Results::Overlaps(found, added_m2)
            }
            Kind::Meet => Results::Pairs(meeting::pairs_of(subject, first()?, rows, progress)?),
            Kind::InArea => Results::Inside(part::in_areas_of(subject, first()?, rows, progress)?),
            Kind::Outside => Results::Outside(part::outside_of(subject, &self.references, rows, progress)?),
            Kind::Ground => Results::Areas(inspect::grounds_m2(subject, &self.references, rows, progress)?),
        };
        Ok(Found(results))
    }
}

/// What some rows need of the layers of a work: the layers themselves, restricted.
#[derive(Debug)]
pub struct Part {
    subject: IndexedLayer,
    references: Vec<IndexedLayer>,
    /// True where all of the references is in it.
    pub(super) is_whole: bool,
}

impl Part {
    /// The work on it.
    pub fn work<'p>(&'p self, of: &RowWork<'_>) -> RowWork<'p> {
        RowWork { kind: of.kind.clone(), subject: &self.subject, references: self.references.iter().collect() }
    }

    /// Rows that are in it, of all its layers.
    pub fn row_count(&self) -> usize {
        std::iter::once(&self.subject).chain(&self.references).map(|layer| layer.rows().count()).sum()
    }
}
