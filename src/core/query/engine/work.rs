//! Work on rows of a layer, what of other layers it depends on, and the part of the layers that some rows need.

use super::Found;
use super::found::Results;
use crate::geodesy::LonLatBox;
use crate::index::{IndexedLayer, by_place};
use crate::progress::Progress;
use crate::query::within::Told;
use crate::query::{AskError, Side, gaps, inspect, meeting, nearest, overlap, part, within};
use std::collections::HashMap;
use std::sync::Arc;

/// What is done with each row. Lengths in metres.
#[derive(Clone, Debug)]
pub(in crate::query) enum Kind {
    /// Whether something of the first reference is within the distance, and what; a second is water that tells the sides.
    Within { distance_m: f64, side: Side, told: Arc<Told> },
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

/// From so many rows on those that several rows need are counted once before more are looked for.
const MANY_NEEDED: usize = 1 << 20;

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
        let (references_m, is_open) = match &self.kind {
            Kind::Within { distance_m, side: Side::Within, .. } => (*distance_m, false),
            Kind::Nearest { max_m: Some(max_m) } => (*max_m, false),
            Kind::Within { distance_m: m, .. } | Kind::Gap { radius_m: m, .. } => (m.max(FIRST_LOOK_M), true),
            Kind::Nearest { max_m: None } | Kind::Least => (FIRST_LOOK_M, true),
            Kind::Shared | Kind::Overlap { .. } | Kind::Meet | Kind::InArea | Kind::Outside | Kind::Ground => {
                (0.0, false)
            }
        };
        // Without end is everything.
        Reach { references_m, is_open: is_open && references_m.is_finite(), own }
    }

    /// Which rows of its layers some rows need, where references matter that far from them; metres.
    pub(super) fn needs(&self, rows: &[usize], references_m: f64) -> Needs {
        let geometries = &self.subject.layer().geometries;
        let mut own = rows.to_vec();
        if self.reach().own {
            for row in rows {
                own.extend(self.subject.rows_in(&geometries.bounds(*row).padded(BESIDE_M)));
            }
        }
        let own = in_order(own);
        let boxes: Vec<LonLatBox> = own.iter().map(|row| geometries.bounds(*row)).collect();
        let boxes: Vec<LonLatBox> = by_place(&boxes).into_iter().map(|at| boxes[at as usize]).collect();
        let mut windows = Vec::new();
        if references_m.is_finite() {
            shared_windows(&boxes, references_m + BESIDE_M, &mut windows);
        }
        let near = |reference: &&IndexedLayer| {
            if !references_m.is_finite() {
                return reference.rows().collect();
            }
            let mut near = Vec::new();
            for window in &windows {
                for window in std::iter::once(*window).chain(window.turns().map(|(turned, _)| turned)) {
                    near.extend(reference.rows_in(&window));
                }
                // Neighbours need the same.
                if near.len() > MANY_NEEDED {
                    near = in_order(near);
                }
            }
            in_order(near)
        };
        let references: Vec<Vec<usize>> = self.references.iter().map(near).collect();
        Needs { rows: std::iter::once(own).chain(references).collect() }
    }

    /// How many rows of the references a question could use.
    pub(super) fn reference_rows(&self) -> usize {
        self.references.iter().map(|reference| reference.rows().count()).sum()
    }

    /// The layers restricted to rows of them.
    pub(super) fn part(&self, needs: &Needs) -> Part {
        let restricted = |(layer, rows): (&IndexedLayer, &Vec<usize>)| {
            IndexedLayer::of_rows(Arc::clone(layer.layer()), rows.iter().copied())
        };
        let subject = restricted((self.subject, &needs.rows[0]));
        let references = self.references.iter().copied().zip(&needs.rows[1..]).map(restricted).collect();
        Part { subject, references }
    }

    /// Does the work for some rows, in rising order, here and on all cores.
    ///
    /// # Errors
    /// Cancelled.
    pub fn done(&self, rows: &[usize], progress: &Progress) -> Result<Found, AskError> {
        let (subject, first, second) = (self.subject, self.references.first(), self.references.get(1).copied());
        let first = || first.copied().ok_or(AskError::NoReference);
        let results = match &self.kind {
            Kind::Within { distance_m, side, told } => {
                let held_against = (first()?, second, &**told);
                Results::Matches(within::matches((*distance_m, *side), subject, held_against, rows, progress)?)
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

/// Boxes that hold those of rows, which follow one another by place, and what lies so far round each; metres. Neighbours share one that
/// is hardly larger than theirs, so that what they all need is looked up once.
fn shared_windows(boxes: &[LonLatBox], by_m: f64, windows: &mut Vec<LonLatBox>) {
    let Some(first) = boxes.first() else { return };
    let size = |of: LonLatBox| (of.max.lon - of.min.lon) * (of.max.lat - of.min.lat);
    let together = boxes.iter().fold(LonLatBox::EMPTY, |all, one| all.union(*one)).padded(by_m);
    let largest = boxes.iter().map(|one| size(one.padded(by_m))).fold(0.0, f64::max);
    if boxes.len() == 1 {
        windows.push(first.padded(by_m));
    } else if size(together) <= SHARED * largest {
        windows.push(together);
    } else {
        let (one, other) = boxes.split_at(boxes.len() / 2);
        shared_windows(one, by_m, windows);
        shared_windows(other, by_m, windows);
    }
}

/// So many times as large as the largest of theirs a box may be that neighbours share.
const SHARED: f64 = 1.5;

/// Rows in rising order, each once.
fn in_order(mut rows: Vec<usize>) -> Vec<usize> {
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// Rows of its layers that rows of a work need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needs {
    /// Of the subject and of each reference, in rising order.
    pub rows: Vec<Vec<usize>>,
}

impl Needs {
    /// Of all layers.
    pub fn row_count(&self) -> usize {
        self.rows.iter().map(Vec::len).sum()
    }

    /// Of the references.
    pub(super) fn reference_rows(&self) -> usize {
        self.rows.iter().skip(1).map(Vec::len).sum()
    }
}

/// What some rows need of the layers of a work: the layers themselves, restricted.
#[derive(Debug)]
pub(super) struct Part {
    subject: IndexedLayer,
    references: Vec<IndexedLayer>,
}

impl Part {
    /// The work on it.
    pub(super) fn work<'p>(&'p self, of: &RowWork<'_>) -> RowWork<'p> {
        RowWork { kind: of.kind.clone(), subject: &self.subject, references: self.references.iter().collect() }
    }
}
