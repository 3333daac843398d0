//! Rows changed since a layer was read. Each is a layer of one feature with a text of its own, so that what is shown,
//! asked and saved of it comes from the same bytes, by the same reader.

use super::{Geometries, Geometry, GeometryKind, Layer, Part};
use crate::geodesy::{LonLat, LonLatBox};
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

/// What became of a row.
#[derive(Clone, Debug)]
pub enum Edited {
    /// It was taken out. Its number is not given again.
    Gone,
    /// It is this layer's only feature.
    Feature(Arc<Layer>),
}

impl Edited {
    /// The feature's own bytes; none where it is gone.
    pub fn text(&self) -> Option<&[u8]> {
        match self {
            Self::Gone => None,
            Self::Feature(layer) => layer.first_text(),
        }
    }
}

impl PartialEq for Edited {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

/// The changed rows of a layer. Cheap to share.
#[derive(Clone, Debug, Default)]
pub struct Edits(Option<Arc<Rows>>);

#[derive(Clone, Debug)]
struct Rows {
    rows: BTreeMap<u32, Edited>,
    /// A bit a row.
    is_edited: Vec<u64>,
    /// Rows of the file, and rows with those added.
    as_read: usize,
    len: usize,
    gone: usize,
}

impl Edits {
    /// What became of a row; `None` where it is as it was read.
    #[inline]
    pub fn get(&self, row: usize) -> Option<&Edited> {
        let rows = self.0.as_ref()?;
        let is_edited = rows.is_edited.get(row / 64)? >> (row % 64) & 1 == 1;
        if is_edited { rows.rows.get(&(row as u32)) } else { None }
    }

    /// True where the row is not as it was read.
    #[inline]
    pub fn contains(&self, row: usize) -> bool {
        self.get(row).is_some()
    }

    /// True where no row is changed.
    pub fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The changed rows, in rising order.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &Edited)> {
        self.0.iter().flat_map(|rows| rows.rows.iter().map(|(row, edited)| (*row as usize, edited)))
    }

    /// Rows of the file with those added, for a file of so many.
    pub(super) fn len(&self, as_read: usize) -> usize {
        self.0.as_ref().map_or(as_read, |rows| rows.len)
    }

    /// Rows that are gone.
    pub(super) fn gone(&self) -> usize {
        self.0.as_ref().map_or(0, |rows| rows.gone)
    }

    /// Number of changed rows.
    pub fn count(&self) -> usize {
        self.0.as_ref().map_or(0, |rows| rows.rows.len())
    }

    /// These with some rows as given; `None` for as it was read. A row that was added and is no longer stays as a gap.
    pub(super) fn with(&self, as_read: usize, changes: &[(usize, Option<Edited>)]) -> Self {
        let mut rows = match &self.0 {
            Some(rows) => Rows::clone(rows),
            None => Rows { rows: BTreeMap::new(), is_edited: Vec::new(), as_read, len: as_read, gone: 0 },
        };
        for (row, edited) in changes {
            let word = row / 64;
            if rows.is_edited.len() <= word {
                rows.is_edited.resize(word + 1, 0);
            }
            let is_added = *row >= rows.as_read;
            let edited = edited.clone().or(is_added.then_some(Edited::Gone));
            // No number between is left without a row.
            for between in rows.len..*row {
                rows.is_edited.resize(rows.is_edited.len().max(between / 64 + 1), 0);
                rows.is_edited[between / 64] |= 1 << (between % 64);
                rows.rows.insert(between as u32, Edited::Gone);
                rows.gone += 1;
            }
            rows.len = rows.len.max(row + 1);
            let is_gone = |edited: &Option<Edited>| usize::from(matches!(edited, Some(Edited::Gone)));
            rows.gone += is_gone(&edited);
            let before = match edited {
                Some(edited) => {
                    rows.is_edited[word] |= 1 << (row % 64);
                    rows.rows.insert(*row as u32, edited)
                }
                None => {
                    rows.is_edited[word] &= !(1 << (row % 64));
                    rows.rows.remove(&(*row as u32))
                }
            };
            rows.gone -= is_gone(&before);
        }
        Self((!rows.rows.is_empty()).then(|| Arc::new(rows)))
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

    pub(super) fn with(&self, edits: Edits) -> Self {
        Self { flat: Arc::clone(&self.flat), edits }
    }

    /// Where a row's arrays are, and its number there.
    #[inline]
    fn at(&self, row: usize) -> (&Geometries, usize) {
        match self.edits.get(row) {
            None => (&self.flat, row),
            Some(Edited::Gone) => (&NOTHING, 0),
            Some(Edited::Feature(layer)) => (&layer.geometries.flat, 0),
        }
    }

    /// Number of positions as read: a measure of size.
    pub fn position_count(&self) -> usize {
        self.flat.position_count()
    }

    /// The row's geometry by itself.
    pub fn geometry(&self, row: usize) -> Option<Geometry> {
        let parts = self.parts(row).map(|part| part.paths().map(<[LonLat]>::to_vec).collect()).collect();
        Some(Geometry { kind: self.kind(row)?, parts })
    }

    /// True where the row is not as it was read.
    #[inline]
    pub fn is_edited(&self, row: usize) -> bool {
        self.edits.contains(row)
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
