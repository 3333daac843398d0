//! What lies near the cells of a grid: the answer of a tree for a whole cell, kept for the many positions in it.
//!
//! A million outlets ask a tree the same few thousand questions. A cell asks it once, when its first position comes;
//! where nothing is near, that is the answer for all of them.

use super::RunTree;
use crate::geodesy::{LonLat, LonLatBox, LowerBound};
use std::sync::OnceLock;

/// Cells at most: some megabytes.
const MOST_CELLS: f64 = 131_072.0;
/// Runs near one cell above which its positions had better ask the tree.
const MOST_RUNS: usize = 48;

/// A grid over everything within a distance of a tree's runs.
#[derive(Debug)]
pub(super) struct Cells {
    limit_m: f64,
    area: LonLatBox,
    columns: usize,
    /// Cells in a degree of longitude and of latitude.
    per_degree: [f64; 2],
    cells: Vec<OnceLock<Option<Box<[u32]>>>>,
}

/// What is near a position.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NearCell<'a> {
    /// These runs, and no other.
    Runs(&'a [u32]),
    /// So many that the tree has to be asked.
    Many,
}

impl Cells {
    /// Cells about as large as the distance over what lies within it of `bounds`; `None` round the poles and the
    /// antimeridian.
    pub(super) fn new(bounds: LonLatBox, limit_m: f64) -> Option<Self> {
        let area = bounds.padded(limit_m);
        let (width, height) = (area.max.lon - area.min.lon, area.max.lat - area.min.lat);
        let in_range =
            area.min.lon >= -180.0 && area.max.lon <= 180.0 && area.max.lat.abs().max(area.min.lat.abs()) < 85.0;
        if bounds.is_empty() || !in_range || limit_m <= 0.0 {
            return None;
        }
        let lat = (limit_m / crate::geodesy::meridional_radius_m(0.0)).to_degrees();
        let lon = lat / area.center().lat.to_radians().cos();
        let stretch = (width * height / (lat * lon) / MOST_CELLS).sqrt().max(1.0);
        let (lon, lat) = (lon * stretch, lat * stretch);
        let (columns, rows) = ((width / lon).ceil().max(1.0) as usize, (height / lat).ceil().max(1.0) as usize);
        let cells = std::iter::repeat_with(OnceLock::new).take(columns * rows).collect();
        Some(Self { limit_m, area, columns, per_degree: [1.0 / lon, 1.0 / lat], cells })
    }

    /// What runs of `tree` may lie within the distance of `p`.
    pub(super) fn near(&self, p: LonLat, tree: &RunTree) -> NearCell<'_> {
        if !self.area.contains(p) {
            return NearCell::Runs(&[]);
        }
        let rows = self.cells.len() / self.columns;
        let column = (((p.lon - self.area.min.lon) * self.per_degree[0]) as usize).min(self.columns - 1);
        let row = (((p.lat - self.area.min.lat) * self.per_degree[1]) as usize).min(rows - 1);
        let runs = self.cells[row * self.columns + column].get_or_init(|| self.look(column, row, tree));
        runs.as_deref().map_or(NearCell::Many, NearCell::Runs)
    }

    fn look(&self, column: usize, row: usize, tree: &RunTree) -> Option<Box<[u32]>> {
        let corner = |column: usize, row: usize| {
            LonLat::new(
                self.area.min.lon + column as f64 / self.per_degree[0],
                self.area.min.lat + row as f64 / self.per_degree[1],
            )
        };
        // A hair larger than the cell, so that a position on its border may fall to either side.
        let cell = LonLatBox { min: corner(column, row), max: corner(column + 1, row + 1) }.padded(0.01);
        let bound = LowerBound::new(cell, self.limit_m);
        let mut runs = Vec::new();
        tree.tree.search(&cell.padded(self.limit_m), |item| {
            if bound.to_2(&tree.tree.bounds(item)) <= self.limit_m * self.limit_m {
                runs.push(item as u32);
            }
        });
        (runs.len() <= MOST_RUNS).then(|| runs.into_boxed_slice())
    }
}
