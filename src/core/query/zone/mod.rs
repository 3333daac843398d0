//! The land within a distance of a layer as one view of the map shows it: what is drawn beside an answer, never an answer.
//!
//! The distance to the nearest feature is known at any place from the layer's tree, and changes by no more than one walks. So
//! a square whose middle is further from the zone's border than its corners are from the middle lies inside the zone or outside it
//! as a whole; others are parted, down to the nodes of a grid as fine as the screen shows. The border is led between the
//! nodes where the distance is passed. Cost: the length of the border on the screen, however many corners the layer has and
//! however long the distance is; memory: that of the grid. Both are bounded ([`Bounds`]).

mod ground;
mod rings;

use super::overlay::{Operation, Plane};
use super::{AskError, Polygons};
use crate::geodesy::{LonLat, LonLatBox, distance_m};
use crate::index::{IndexedLayer, border_distance_m};
use crate::progress::{Cancelled, Progress};
use ground::Ground;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A part of the world, and how finely it is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ZoneView {
    /// What is drawn; it may reach beyond what is seen.
    pub window: LonLatBox,
    /// Metres between places that a reader can just tell apart.
    pub cell_m: f64,
}

/// The part of the world that a zone is drawn in.
const WORLD: LonLatBox = LonLatBox { min: LonLat::new(-180.0, -89.999), max: LonLat::new(180.0, 89.999) };

impl ZoneView {
    /// True where what was drawn for this view serves another that shows `seen` and is drawn as finely as `wanted`: nothing of
    /// it lies outside, and the one is less than twice as fine as the other.
    pub fn serves(&self, seen: &LonLatBox, wanted: &Self) -> bool {
        let seen = seen.intersection(WORLD);
        let ratio = self.cell_m / wanted.cell_m;
        (seen.is_empty() || self.window.contains_box(&seen)) && ratio > 0.55 && ratio < 1.8
    }
}

/// What a zone may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Nodes of the grid; four bytes each.
    pub nodes: usize,
    /// Distances that are measured, some microseconds each.
    pub distances: usize,
    /// How many times coarser than the view asks the grid may become.
    pub coarser: u32,
}

impl Bounds {
    /// What a window takes: at most some 60 MB and one or two seconds, cells of at most eight points.
    pub const WINDOW: Self = Self { nodes: 12_000_000, distances: 600_000, coarser: 8 };
}

/// What there is to draw.
#[derive(Clone, Debug, PartialEq)]
pub enum ViewedZone {
    /// What of the zone lies in the window, perhaps nothing.
    Drawn(Polygons),
    /// At this scale the zone is narrower than what can be seen, or its border longer than what may be spent.
    TooSmall,
}

/// The land within `distance_m` of a layer in a view. Where the border passes between two nodes it is at most a cell off.
///
/// # Errors
/// Cancelled.
pub fn zone_in_view(
    reference: &IndexedLayer,
    distance_m: f64,
    view: &ZoneView,
    bounds: Bounds,
    progress: &Progress,
) -> Result<ViewedZone, AskError> {
    let window = view.window.intersection(WORLD);
    if window.is_empty() || reference.feature_count() == 0 {
        return Ok(ViewedZone::Drawn(Vec::new()));
    }
    let [width_m, height_m] = extent_m(&window);
    let least_m = (width_m * height_m / bounds.nodes as f64).sqrt().max(width_m.max(height_m) / MOST_ACROSS);
    // A strip of less than three cells would be torn.
    let most_m = (distance_m / 1.5).min(view.cell_m * f64::from(bounds.coarser.max(1)));
    if least_m > most_m {
        return Ok(ViewedZone::TooSmall);
    }
    // Before the blocks are parted among the cores.
    reference.build_edges();
    if reference.has_areas() {
        reference.build_features();
    }
    let mut cell_m = view.cell_m.clamp(least_m, most_m);
    loop {
        let grid = Grid::new(window, cell_m);
        if let Some(field) = Field::new(&grid, reference, distance_m, bounds.distances, progress)? {
            return Ok(ViewedZone::Drawn(polygons(&grid, &field.values)));
        }
        if cell_m * 2.0 > most_m {
            return Ok(ViewedZone::TooSmall);
        }
        cell_m *= 2.0;
    }
}

/// Cells across a window at most.
const MOST_ACROSS: f64 = 16_384.0;

/// Width and height of a box in metres, the width where it is widest.
fn extent_m(window: &LonLatBox) -> [f64; 2] {
    let lat = if window.min.lat <= 0.0 && window.max.lat >= 0.0 {
        0.0
    } else if window.min.lat > 0.0 {
        window.min.lat
    } else {
        window.max.lat
    };
    let (middle, step) = (window.center().lon, 0.01);
    let metres_per_degree = distance_m(LonLat::new(middle, lat), LonLat::new(middle + step, lat)) / step;
    let up = distance_m(LonLat::new(middle, window.min.lat), LonLat::new(middle, window.max.lat));
    [(window.max.lon - window.min.lon) * metres_per_degree, up]
}

/// Nodes over a window, in rows from the south.
struct Grid {
    origin: LonLat,
    /// Degrees between nodes.
    step: [f64; 2],
    /// Nodes in a row, and rows.
    size: [usize; 2],
    /// More than the way between two nodes of a cell.
    diagonal_m: f64,
}

impl Grid {
    fn new(window: LonLatBox, cell_m: f64) -> Self {
        let extent = extent_m(&window);
        let cells = extent.map(|m| (m / cell_m).ceil().max(2.0));
        let step = [(window.max.lon - window.min.lon) / cells[0], (window.max.lat - window.min.lat) / cells[1]];
        // The length of a degree of latitude differs by a hundredth over the earth.
        let [x, y] = [extent[0] / cells[0], extent[1] / cells[1] * 1.011];
        Self { origin: window.min, step, size: cells.map(|n| n as usize + 1), diagonal_m: x.hypot(y) * 1.001 }
    }

    /// The position at a place between nodes.
    fn at(&self, column: f64, row: f64) -> LonLat {
        LonLat::new(self.origin.lon + column * self.step[0], self.origin.lat + row * self.step[1])
    }
}

/// Blocks of so many nodes each way are looked at first.
const BLOCK: usize = 32;
/// And blocks of so many have their nodes measured one by one.
const SMALLEST: usize = 4;
/// So many diagonals of a cell from the border a block must be as a whole, so that every node beside the border is measured.
const CLEAR: f64 = 1.5;

/// By how much nodes are outside of the zone; below zero inside. Metres near the border, else what is certain.
struct Field {
    values: Vec<f32>,
}

/// What a worker needs.
struct Look<'a> {
    grid: &'a Grid,
    reference: &'a IndexedLayer,
    ground: &'a Ground,
    distance_m: f64,
    measured: &'a AtomicUsize,
}

impl Field {
    /// `None` where more distances would have to be measured than may be.
    fn new(
        grid: &Grid,
        reference: &IndexedLayer,
        distance_m: f64,
        most: usize,
        progress: &Progress,
    ) -> Result<Option<Self>, Cancelled> {
        let Some(ground) = Ground::new(grid, reference, progress)? else { return Ok(None) };
        let [columns, rows] = grid.size;
        let measured = AtomicUsize::new(0);
        let look = Look { grid, reference, ground: &ground, distance_m, measured: &measured };
        progress.start(rows.div_ceil(BLOCK) as u64);
        let mut values = vec![f32::INFINITY; columns * rows];
        values.par_chunks_mut(BLOCK * columns).enumerate().try_for_each(|(i, band)| {
            for column in (0..columns).step_by(BLOCK) {
                if measured.load(Relaxed) > most {
                    break;
                }
                progress.advance(0)?;
                look.block(band, i * BLOCK, [column, i * BLOCK], BLOCK);
            }
            progress.advance(1)
        })?;
        if measured.into_inner() > most {
            return Ok(None);
        }
        // The zone ends with the window.
        let last = rows - 1;
        for column in 0..columns {
            values[column] = f32::INFINITY;
            values[last * columns + column] = f32::INFINITY;
        }
        for row in 0..rows {
            values[row * columns] = f32::INFINITY;
            values[row * columns + columns - 1] = f32::INFINITY;
        }
        Ok(Some(Self { values }))
    }
}

impl Look<'_> {
    /// How far the nearest border is from a node, where that is at most `limit_m`; else without end.
    fn border_m(&self, [column, row]: [usize; 2], limit_m: f64) -> f64 {
        self.measured.fetch_add(1, Relaxed);
        let p = self.grid.at(column as f64, row as f64);
        border_distance_m(p, self.reference, limit_m).unwrap_or(f64::INFINITY)
    }

    /// Fills the nodes of a block that stands in `band`, the rows from `first` on.
    fn block(&self, band: &mut [f32], first: usize, at: [usize; 2], size: usize) {
        let [columns, rows] = self.grid.size;
        if at[0] >= columns || at[1] >= rows {
            return;
        }
        let to = [(at[0] + size).min(columns), (at[1] + size).min(rows)];
        let place = |column: usize, row: usize| (row - first) * columns + column;
        if size > SMALLEST {
            let middle = [(at[0] + size / 2).min(columns - 1), (at[1] + size / 2).min(rows - 1)];
            // From the middle to any node of the block, and the cells beside it.
            let clear_m = self.grid.diagonal_m * (size as f64 * 0.5 + CLEAR);
            let border_m = self.border_m(middle, self.distance_m + clear_m);
            let value = if border_m < self.distance_m - clear_m {
                // Whatever of it is not ground is near the same border.
                f32::NEG_INFINITY
            } else if border_m > self.distance_m + clear_m {
                // No border is in it: it is ground as a whole, or not at all.
                if self.ground.holds(middle[0], middle[1]) { f32::NEG_INFINITY } else { f32::INFINITY }
            } else {
                let half = size / 2;
                for by in [[0, 0], [half, 0], [0, half], [half, half]] {
                    self.block(band, first, [at[0] + by[0], at[1] + by[1]], half);
                }
                return;
            };
            for row in at[1]..to[1] {
                band[place(at[0], row)..=place(to[0] - 1, row)].fill(value);
            }
            return;
        }
        let near_m = self.grid.diagonal_m * (CLEAR + 1.0);
        for row in at[1]..to[1] {
            for column in at[0]..to[0] {
                band[place(column, row)] = match self.ground.holds(column, row) {
                    true => f32::NEG_INFINITY,
                    false => (self.border_m([column, row], self.distance_m + near_m) - self.distance_m) as f32,
                };
            }
        }
    }
}

/// The zone as polygons with their holes.
fn polygons(grid: &Grid, values: &[f32]) -> Polygons {
    let rings = rings::rings(grid.size, values);
    let plane = Plane::about(&LonLatBox {
        min: grid.origin,
        max: grid.at(grid.size[0] as f64 - 1.0, grid.size[1] as f64 - 1.0),
    });
    let contours: Vec<_> = rings
        .into_iter()
        .map(|ring| ring.into_iter().map(|[column, row]| plane.point(grid.at(column, row))).collect())
        .collect();
    plane.overlay(&contours, &[], Operation::Union)
}

#[cfg(test)]
mod tests;
