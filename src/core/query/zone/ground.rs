//! Which nodes of a grid stand on the ground of a layer's areas: counted along rows of the grid, by the borders that are crossed.

use super::Grid;
use crate::geodesy::{LonLat, LonLatBox, is_clockwise};
use crate::index::IndexedLayer;
use crate::model::Shape;
use crate::progress::{Cancelled, Progress};

/// Crossings that are kept at most; twelve bytes each.
const MOST_CROSSINGS: usize = 8_000_000;

/// The ground on a grid, in rows.
pub(super) struct Ground {
    /// Where in each row ground begins and ends, by turns; from where on they stand is in `starts`.
    ends: Vec<u32>,
    starts: Vec<u32>,
}

impl Ground {
    /// `None` where borders cross the grid's rows too often.
    ///
    /// Cost: a look at every corner of areas that meet the window, and n log n of those that stand by it.
    pub(super) fn new(grid: &Grid, reference: &IndexedLayer, progress: &Progress) -> Result<Option<Self>, Cancelled> {
        let [columns, rows] = grid.size;
        // Row, column from which on, and by how much the border winds there.
        let mut crossings: Vec<(u32, u32, i32)> = Vec::new();
        let window = LonLatBox { min: grid.origin, max: grid.at(columns as f64 - 1.0, rows as f64 - 1.0) };
        let layer = reference.layer();
        let near = if reference.has_areas() { reference.rows_in(&window) } else { Vec::new() };
        for row in near {
            if layer.geometries.kind(row).is_none_or(|kind| kind.shape() != Shape::Polygons) {
                continue;
            }
            progress.advance(0)?;
            for part in layer.geometries.parts(row) {
                for (i, ring) in part.paths().enumerate() {
                    let way = if is_clockwise(ring) == (i > 0) { 1 } else { -1 };
                    add(grid, &window.near_ring(ring), way, &mut crossings);
                    if crossings.len() > MOST_CROSSINGS {
                        return Ok(None);
                    }
                }
            }
        }
        crossings.sort_unstable();
        let (mut ends, mut starts) = (Vec::new(), Vec::with_capacity(rows + 1));
        let mut next = crossings.into_iter().peekable();
        for row in 0..rows as u32 {
            starts.push(ends.len() as u32);
            let mut winding = 0;
            while let Some((_, column, _)) = next.peek().copied().filter(|(of, ..)| *of == row) {
                let before = winding;
                while let Some((_, _, by)) = next.next_if(|(of, at, _)| (*of, *at) == (row, column)) {
                    winding += by;
                }
                if (before != 0) != (winding != 0) {
                    ends.push(column);
                }
            }
        }
        starts.push(ends.len() as u32);
        Ok(Some(Self { ends, starts }))
    }

    fn ends(&self, row: usize) -> &[u32] {
        &self.ends[self.starts[row] as usize..self.starts[row + 1] as usize]
    }

    /// True for a node on ground.
    pub(super) fn holds(&self, column: usize, row: usize) -> bool {
        self.ends(row).partition_point(|end| *end <= column as u32) % 2 == 1
    }
}

/// Adds where the edges of an open ring cross rows of the grid.
fn add(grid: &Grid, ring: &[LonLat], way: i32, crossings: &mut Vec<(u32, u32, i32)>) {
    let [columns, rows] = grid.size;
    let row_of = |lat: f64| ((lat - grid.origin.lat) / grid.step[1]).ceil().clamp(0.0, rows as f64) as usize;
    for (i, b) in ring.iter().enumerate() {
        let a = ring[if i == 0 { ring.len() - 1 } else { i - 1 }];
        let (south, north) = if a.lat <= b.lat { (a, *b) } else { (*b, a) };
        let by = if a.lat <= b.lat { -way } else { way };
        // From the southern end on, without the northern one: so borders that meet on a row are crossed once.
        for row in row_of(south.lat)..row_of(north.lat) {
            let lat = grid.origin.lat + row as f64 * grid.step[1];
            let t = (lat - south.lat) / (north.lat - south.lat);
            let column = ((south.lon + (north.lon - south.lon) * t - grid.origin.lon) / grid.step[0]).ceil();
            if column < columns as f64 {
                crossings.push((row as u32, column.max(0.0) as u32, by));
                if crossings.len() > MOST_CROSSINGS {
                    return;
                }
            }
        }
    }
}
