//! Qualities of ground in two versions of a layer, a function or being core: what of the ground lost one. Ground is compared
//! with ground, not unit with unit.

use super::answer::is_area;
use super::overlay::{Operation, Plane, Polygons, overlay};
use crate::index::IndexedLayer;
use crate::model::Layer;
use crate::vocabulary::folded;
use std::collections::{BTreeMap, BTreeSet};

/// A quality of the rows of a version: a function, or being core.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quality {
    /// What must not be lost; `None` where there is nothing to lose.
    pub main: Option<String>,
    /// Everything that it is.
    pub all: BTreeSet<String>,
    /// How important it is; 0 where that is not said.
    pub rank: u8,
    /// True where nobody knows what the cell means.
    pub is_unknown: bool,
    /// The cell as it stands, folded, of what nobody knows in whole or in part: where both versions say the same, nothing
    /// changed. Empty where that is not asked.
    pub said: String,
}

impl Quality {
    /// Whether land of this quality keeps another's; `None` where nobody knows.
    fn keeps(&self, old: &Self) -> Option<bool> {
        if !self.said.is_empty() && self.said == old.said {
            return self.keeps_rank(old);
        }
        // What is known in part may be anything.
        if self.is_unknown || old.is_unknown {
            return if old.main.is_none() && !old.is_unknown { Some(true) } else { None };
        }
        let Some(main) = &old.main else { return Some(true) };
        if self.all.contains(main) {
            return self.keeps_rank(old);
        }
        Some(false)
    }

    /// Whether it is as important as it was; `None` where that is said no longer and may have fallen.
    fn keeps_rank(&self, old: &Self) -> Option<bool> {
        match (old.rank, self.rank) {
            // What was not said, or was the lowest, cannot fall.
            (0 | 1, _) => Some(true),
            (_, 0) => None,
            (old, new) => Some(new >= old),
        }
    }

    /// True where land of this quality is known and how important it is, which was said of another, is not.
    pub fn lacks_rank_of(&self, old: &Self) -> bool {
        !self.is_unknown && !old.is_unknown && self.rank == 0 && old.rank > 1
    }
}

/// A quality by the rows of both versions.
#[derive(Clone, Debug, Default)]
pub struct Qualities {
    /// Of the old version.
    pub before: Vec<Quality>,
    /// Of the new one.
    pub after: Vec<Quality>,
}

impl Qualities {
    /// Columns as they stand: the parts of a list in any order, the first of them the main one.
    pub fn of_columns(before: &Layer, after: &Layer, column: &str) -> Option<Self> {
        let of = |layer: &Layer| -> Option<Vec<Quality>> {
            let column = layer.attributes.column(column);
            if column.is_none() && !layer.is_empty() {
                return None;
            }
            let quality = |row: usize| {
                let text = column.map(|c| layer.attributes.value(row, c).display().into_owned()).unwrap_or_default();
                let parts: Vec<String> = crate::vocabulary::parts(&text, true).iter().map(|p| folded(p)).collect();
                Quality { main: parts.first().cloned(), all: parts.into_iter().collect(), ..Quality::default() }
            };
            Some((0..layer.len()).map(quality).collect())
        };
        Some(Self { before: of(before)?, after: of(after)? })
    }
}

/// A row's ground whose quality in the old version nothing of the new one keeps: surely, or (not `is_sure`) perhaps. What rows
/// before it cover is theirs. The ground is compared, not the units: what keeps its quality under another unit keeps it.
pub(super) fn fallen(
    before: &IndexedLayer,
    after: &IndexedLayer,
    row: usize,
    of: &Qualities,
    is_sure: bool,
) -> Polygons {
    let bounds = after.layer().geometries.bounds(row);
    let own_quality = &of.after[row];
    let olds: Vec<usize> = before.rows_in(&bounds).into_iter().filter(|old| is_area(before.layer(), *old)).collect();
    // Old rows by what they were, of those that this row does not keep.
    let mut lost: BTreeMap<&Quality, Vec<usize>> = BTreeMap::new();
    for old in olds {
        let quality = &of.before[old];
        let keeps = own_quality.keeps(quality);
        if keeps == Some(false) || (!is_sure && keeps.is_none()) {
            lost.entry(quality).or_default().push(old);
        }
    }
    if lost.is_empty() {
        return Vec::new();
    }
    let plane = Plane::about(&bounds);
    let window = bounds.padded(1.0);
    let contours = |indexed: &IndexedLayer, rows: &mut dyn Iterator<Item = usize>| {
        let mut contours = Vec::new();
        rows.for_each(|r| plane.row(indexed.layer(), r, &window, &mut contours));
        contours
    };
    let news: Vec<usize> = after.rows_in(&bounds).into_iter().filter(|r| is_area(after.layer(), *r)).collect();
    let mut own = contours(after, &mut std::iter::once(row));
    let earlier = contours(after, &mut news.iter().copied().filter(|r| *r < row));
    if !earlier.is_empty() {
        own = overlay(&own, &earlier, Operation::Difference).concat();
    }
    let mut all = Vec::new();
    for (quality, rows) in lost {
        // What may keep it is no sure loss; of what is no sure loss only that is asked where this row may keep it.
        let keeps = |r: &usize| match of.after[*r].keeps(quality) {
            Some(keeps) => keeps,
            None => is_sure,
        };
        let is_open = own_quality.keeps(quality).is_none();
        let others_open = news.iter().any(|r| of.after[*r].keeps(quality).is_none());
        if !is_sure && !is_open && !others_open {
            continue;
        }
        let kept = contours(after, &mut news.iter().copied().filter(keeps));
        let theirs = contours(before, &mut rows.into_iter());
        let common = overlay(&own, &theirs, Operation::Intersection);
        let mut rest = if kept.is_empty() { common } else { overlay(&common.concat(), &kept, Operation::Difference) };
        if !is_sure && !is_open {
            let open = contours(after, &mut news.iter().copied().filter(|r| of.after[*r].keeps(quality).is_none()));
            rest = overlay(&rest.concat(), &open, Operation::Intersection);
        }
        all.extend(rest.concat());
    }
    if all.is_empty() { Vec::new() } else { plane.overlay(&all, &[], Operation::Union) }
}
