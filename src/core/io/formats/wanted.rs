//! Which rows of a file become rows of a layer: those in the box that was asked for, as long as there is memory.

use super::{FormatError, RawGeometry};
use crate::geodesy::crs::Crs;
use crate::geodesy::{LonLat, LonLatBox};
use crate::i18n::{Said, count, tr};
use crate::io::ReadOptions;
use crate::model::ProblemKind;

/// After so many rows and positions more it is looked at whether there is memory left.
const LOOKED_AT: usize = 1 << 19;

/// A position of a file in longitude and latitude; `None` where the projection has no answer.
pub(super) fn lon_lat(crs: Option<&Crs>, [x, y]: [f64; 2]) -> Option<LonLat> {
    match crs {
        Some(crs) => crs.to_wgs84(x, y),
        None => Some(LonLat::new(x, y)),
    }
}

/// What is wanted of the rows that a reader gives.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    options: &'a ReadOptions,
    /// Rows that were given.
    given: usize,
    /// Where a part is wanted, the numbers of those that are kept.
    kept: Vec<u32>,
    /// What could be taken when reading began; bytes.
    room: u64,
    /// How many rows and positions there are when that is looked at again.
    until: usize,
}

impl<'a> Wanted<'a> {
    /// Nothing was given yet.
    pub(super) fn new(options: &'a ReadOptions) -> Self {
        let room = options.room.as_ref().map_or(u64::MAX, |room| room.left());
        Self { options, given: 0, kept: Vec::new(), room, until: LOOKED_AT }
    }

    /// Rows that were given, the last one too.
    pub(super) fn given(&self) -> usize {
        self.given
    }

    /// One more row is given; false where it lies outside of the box that is wanted. What has no place by its coordinates is kept, and
    /// told; rows of a table have none and are kept.
    pub(super) fn is_kept(&mut self, geometry: Option<&RawGeometry>, is_located: bool, crs: Option<&Crs>) -> bool {
        self.given += 1;
        let Some(bbox) = self.options.bbox else { return true };
        let is_kept = !is_located
            || geometry.filter(|raw| !raw.is_empty()).is_some_and(|raw| {
                let mut bounds = LonLatBox::EMPTY;
                let are_placed = raw.all_positions(&mut |p| {
                    let placed = lon_lat(crs, p).filter(|p| p.is_in_range());
                    placed.inspect(|p| bounds = bounds.with(*p)).is_some()
                });
                !are_placed || bbox.meets(&bounds)
            });
        if is_kept {
            self.kept.push((self.given - 1) as u32);
        }
        is_kept
    }

    /// Nothing passes what may be taken, whatever a file's size promised. `taken`: rows and positions so far.
    ///
    /// # Errors
    /// [`FormatError::NeedsMemory`].
    pub(super) fn has_room(&mut self, taken: usize) -> Result<(), FormatError> {
        let Some(room) = self.options.room.as_ref().filter(|_| taken >= self.until) else { return Ok(()) };
        self.until += LOOKED_AT;
        let needs = self.room.saturating_add(self.room / 4);
        if room.left() > 0 { Ok(()) } else { Err(FormatError::NeedsMemory { needs, room: self.room }) }
    }

    /// The row of the layer for one that was given; `None` where it was not wanted.
    pub(super) fn row_of(&self, given: usize) -> Option<usize> {
        match self.options.bbox {
            Some(_) => self.kept.binary_search(&(given as u32)).ok(),
            None => Some(given),
        }
    }

    /// What is said where only a part was read, of so many rows.
    pub(super) fn told(&self, rows: usize) -> Option<ProblemKind> {
        let (n, bbox) = (count(rows), self.options.bbox?.to_string());
        let said = Said::told(|lang| tr!(lang, "format.bbox", n = n, bbox = bbox).into_owned());
        Some(ProblemKind::OfFormat { said, code: "format.bbox", is_doubt: true })
    }
}
