//! Rows changed since a layer was read. Each is a row of a layer with a text of its own, so that what is shown, asked and
//! saved of it comes from the same bytes, by the same reader.

use super::{BorrowedRow, Geometries, Geometry, GeometryKind, Layer, Part};
use crate::geodesy::{LonLat, LonLatBox};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

/// What became of a row.
#[derive(Clone, Debug)]
pub enum Edited {
    /// It was taken out. Its number is not given again.
    Gone,
    /// It is this row of this layer, whose text is kept whole.
    Feature(Arc<Layer>, u32),
}

impl Edited {
    /// The feature's own bytes; none where it is gone.
    pub fn text(&self) -> Option<&[u8]> {
        match self {
            Self::Gone => None,
            Self::Feature(layer, row) => layer.kept_text(*row as usize),
        }
    }
}

impl PartialEq for Edited {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

/// The changed rows of a layer. Cheap to share; a change copies the blocks that it concerns.
///
/// What is built of a layer (trees, pictures) is built of a settled state. Rows edited since then are *recent*: they
/// stand beside what was built, until so many are that another state is settled.
#[derive(Clone, Debug, Default)]
pub struct Edits(Option<Arc<Rows>>);

/// Rows in one block.
const BLOCK: usize = 256;

#[derive(Clone, Debug)]
struct Rows {
    /// Blocks of rows, where one of them was changed.
    blocks: Vec<Option<Arc<Vec<Option<Edited>>>>>,
    count: usize,
    /// Rows of the file, and rows with those added.
    as_read: usize,
    len: usize,
    gone: usize,
    /// Changed rows that have an id.
    named: usize,
    /// True where the settled state has changed rows.
    settled: bool,
    /// Recent rows, and a bit a row.
    recent: BTreeSet<u32>,
    is_recent: Vec<u64>,
}

impl Rows {
    fn new(as_read: usize) -> Self {
        Self {
            blocks: Vec::new(),
            count: 0,
            as_read,
            len: as_read,
            gone: 0,
            named: 0,
            settled: false,
            recent: BTreeSet::new(),
            is_recent: Vec::new(),
        }
    }

    fn set(&mut self, row: usize, edited: Option<Edited>) {
        let (block, at) = (row / BLOCK, row % BLOCK);
        if self.blocks.len() <= block {
            self.blocks.resize(block + 1, None);
        }
        let block = self.blocks[block].get_or_insert_with(|| Arc::new(vec![None; BLOCK]));
        let is_gone = |edited: &Option<Edited>| usize::from(matches!(edited, Some(Edited::Gone)));
        let is_recent = self.settled || edited.is_some();
        let is_named = |edited: &Option<Edited>| match edited {
            Some(Edited::Feature(layer, row)) => usize::from(layer.id_json(*row as usize).is_some()),
            _ => 0,
        };
        self.named += is_named(&edited);
        self.gone += is_gone(&edited);
        self.count += usize::from(edited.is_some());
        let before = std::mem::replace(&mut Arc::make_mut(block)[at], edited);
        self.named -= is_named(&before);
        self.gone -= is_gone(&before);
        self.count -= usize::from(before.is_some());
        self.mark(row, is_recent);
    }

    fn mark(&mut self, row: usize, is_recent: bool) {
        let (word, bit) = (row / 64, 1 << (row % 64));
        if self.is_recent.len() <= word {
            self.is_recent.resize(word + 1, 0);
        }
        if is_recent {
            self.is_recent[word] |= bit;
            self.recent.insert(row as u32);
        } else {
            self.is_recent[word] &= !bit;
            self.recent.remove(&(row as u32));
        }
    }
}

impl Edits {
    /// What became of a row; `None` where it is as it was read.
    #[inline]
    pub fn get(&self, row: usize) -> Option<&Edited> {
        self.0.as_ref()?.blocks.get(row / BLOCK)?.as_ref()?[row % BLOCK].as_ref()
    }

    /// True where no row is changed.
    pub fn is_empty(&self) -> bool {
        self.count() == 0
    }

    /// The changed rows, in rising order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Edited)> {
        let blocks = self.0.iter().flat_map(|rows| rows.blocks.iter().enumerate());
        blocks.flat_map(|(block, edited)| {
            let rows = edited.iter().flat_map(|rows| rows.iter().enumerate());
            rows.filter_map(move |(at, edited)| Some((block * BLOCK + at, edited.as_ref()?)))
        })
    }

    /// True where the row was edited since the state was settled that trees and pictures are built of.
    #[inline]
    pub fn is_recent(&self, row: usize) -> bool {
        let Some(rows) = &self.0 else { return false };
        rows.is_recent.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    /// The recent rows, in rising order.
    pub fn recent(&self) -> impl Iterator<Item = usize> {
        self.0.iter().flat_map(|rows| rows.recent.iter().map(|row| *row as usize))
    }

    /// The rows that stand otherwise than in an earlier state of the same layer, in rising order. Cost: the blocks that are not
    /// shared.
    pub fn since(&self, before: &Self) -> Vec<usize> {
        let blocks = |edits: &Self| edits.0.as_ref().map_or(0, |rows| rows.blocks.len());
        let mut rows = Vec::new();
        for block in 0..blocks(self).max(blocks(before)) {
            let of = |edits: &Self| edits.0.as_ref().and_then(|rows| rows.blocks.get(block).cloned().flatten());
            let (now, then) = (of(self), of(before));
            let is_shared = match (&now, &then) {
                (Some(now), Some(then)) => Arc::ptr_eq(now, then),
                (None, None) => true,
                _ => false,
            };
            if !is_shared {
                let rows_of = block * BLOCK..(block + 1) * BLOCK;
                rows.extend(rows_of.filter(|row| !is_same(self.get(*row), before.get(*row))));
            }
        }
        rows
    }

    /// Number of recent rows.
    pub fn recent_count(&self) -> usize {
        self.0.as_ref().map_or(0, |rows| rows.recent.len())
    }

    /// These, with none recent.
    pub(super) fn settled(&self) -> Self {
        let Some(rows) = self.0.as_ref().filter(|rows| rows.count > 0) else { return Self::default() };
        Self(Some(Arc::new(Rows {
            settled: true,
            recent: BTreeSet::new(),
            is_recent: Vec::new(),
            ..Rows::clone(rows)
        })))
    }

    /// Rows of the file with those added, for a file of so many.
    pub(super) fn len(&self, as_read: usize) -> usize {
        self.0.as_ref().map_or(as_read, |rows| rows.len)
    }

    /// Changed rows that have an id.
    pub(super) fn named(&self) -> usize {
        self.0.as_ref().map_or(0, |rows| rows.named)
    }

    /// Rows that are gone.
    pub(super) fn gone(&self) -> usize {
        self.0.as_ref().map_or(0, |rows| rows.gone)
    }

    /// Number of changed rows.
    pub fn count(&self) -> usize {
        self.0.as_ref().map_or(0, |rows| rows.count)
    }

    /// These with some rows as given; `None` for as it was read. A row that was added and is no longer stays as a gap.
    pub(super) fn with(&self, as_read: usize, changes: &[(usize, Option<Edited>)]) -> Self {
        let mut rows = self.0.as_ref().map_or_else(|| Rows::new(as_read), |rows| Rows::clone(rows));
        for (row, edited) in changes {
            // No number between is left without a row.
            for between in rows.len..*row {
                rows.set(between, Some(Edited::Gone));
            }
            rows.len = rows.len.max(row + 1);
            let is_added = *row >= rows.as_read;
            rows.set(*row, edited.clone().or(is_added.then_some(Edited::Gone)));
        }
        Self((rows.count > 0 || rows.settled).then(|| Arc::new(rows)))
    }
}

/// True where a row is the same feature, not merely one alike.
fn is_same(one: Option<&Edited>, other: Option<&Edited>) -> bool {
    match (one, other) {
        (None, None) | (Some(Edited::Gone), Some(Edited::Gone)) => true,
        (Some(Edited::Feature(one, row)), Some(Edited::Feature(other, other_row))) => {
            Arc::ptr_eq(one, other) && row == other_row
        }
        _ => false,
    }
}

/// Geometry of what is not there: one row without any.
static NOTHING: LazyLock<Geometries> = LazyLock::new(|| {
    let mut nothing = Geometries::default();
    nothing.end_row(None);
    nothing
});

/// The geometries of a layer's rows as they are now: flat arrays, and edited rows beside them.
#[derive(Clone, Debug, Default)]
pub struct RowGeometries {
    flat: Arc<Geometries>,
    edits: Edits,
}

impl RowGeometries {
    /// As they were read.
    pub fn new(flat: Geometries) -> Self {
        Self { flat: Arc::new(flat), edits: Edits::default() }
    }

    /// The arrays themselves, which layers share that differ in other things; `None` where rows were edited since.
    pub fn shared(&self) -> Option<&Arc<Geometries>> {
        self.edits.is_empty().then_some(&self.flat)
    }

    pub(super) fn with(&self, edits: Edits) -> Self {
        Self { flat: Arc::clone(&self.flat), edits }
    }

    /// Where a row's arrays are, and its number there.
    #[inline]
    fn at(&self, row: usize) -> (&Geometries, usize) {
        match self.edits.get(row) {
            None => (&self.flat, row),
            Some(Edited::Gone) => (&NOTHING, 0),
            Some(Edited::Feature(layer, row)) => (&layer.geometries.flat, *row as usize),
        }
    }

    /// Number of positions as read: a measure of size.
    pub fn position_count(&self) -> usize {
        self.flat.position_count()
    }

    /// The positions by row, where every row is a point and as it was read.
    pub fn points(&self) -> Option<&[LonLat]> {
        self.edits.is_empty().then(|| self.flat.points()).flatten()
    }

    /// The row's geometry as `geo_traits` has it, borrowed; `None` where it has none that could be read.
    pub fn view(&self, row: usize) -> Option<BorrowedRow<'_>> {
        let (flat, row) = self.at(row);
        flat.view(row)
    }

    /// The row's geometry by itself.
    pub fn geometry(&self, row: usize) -> Option<Geometry> {
        let (flat, row) = self.at(row);
        flat.geometry(row)
    }

    /// [`Edits::is_recent`]
    #[inline]
    pub fn is_recent(&self, row: usize) -> bool {
        self.edits.is_recent(row)
    }

    /// The row's type; `None` where it has no geometry that could be read.
    pub fn kind(&self, row: usize) -> Option<GeometryKind> {
        let (flat, row) = self.at(row);
        flat.kind(row)
    }

    /// The row's parts.
    pub fn parts(&self, row: usize) -> impl Iterator<Item = Part<'_>> + Clone {
        let (flat, row) = self.at(row);
        flat.parts(row)
    }

    /// The row's paths, of all its parts.
    pub fn paths(&self, row: usize) -> impl Iterator<Item = &[LonLat]> + Clone {
        let (flat, row) = self.at(row);
        flat.paths(row)
    }

    /// The row's paths as ranges of the array that [`Self::stretch`] reads.
    pub fn path_ranges(&self, row: usize) -> impl Iterator<Item = Range<usize>> + '_ {
        let (flat, row) = self.at(row);
        flat.path_ranges(row)
    }

    /// A stretch of one of the row's paths.
    #[inline]
    pub fn stretch(&self, row: usize, range: Range<usize>) -> &[LonLat] {
        &self.at(row).0.positions()[range]
    }

    /// The row's positions, of all its paths.
    pub fn positions_of(&self, row: usize) -> &[LonLat] {
        let (flat, row) = self.at(row);
        flat.positions_of(row)
    }

    /// The row's box; empty where it has no geometry.
    pub fn bounds(&self, row: usize) -> LonLatBox {
        let (flat, row) = self.at(row);
        flat.bounds(row)
    }
}
