//! The pixels of an image as tiles: each level half as fine as the next, averaged over what a pixel of it covers.

use super::Pixels;
use super::grid::{ImageGrid, TILE};
use super::source::{About, TileSource};
use super::{RasterError, TileId};
use crate::i18n::Said;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// A rectangle of an image with its pixels, four bytes each.
pub(super) struct Block {
    /// The column and the row of its first pixel.
    pub at: [u32; 2],
    /// Width and height.
    pub size: [u32; 2],
    /// Red, green, blue, opacity.
    pub rgba: Arc<Vec<u8>>,
}

/// Where the pixels of an image come from, in one or several resolutions.
pub(super) trait PixelStore: Send + Sync {
    /// Width and height of each resolution, the finest first.
    fn sizes(&self) -> &[[u32; 2]];

    /// Hands over the blocks of a resolution that meet a window (first and past the last column and row), until `each` says
    /// that it is enough.
    ///
    /// # Errors
    /// Why a block cannot be read.
    fn blocks(&self, resolution: usize, window: [[u32; 2]; 2], each: &mut dyn FnMut(Block) -> bool)
    -> Result<(), Said>;
}

/// Pixels that are read for a tile at most: bounds the time that a tile of an image without coarser resolutions takes.
const READ: f64 = (4096 * 4096) as f64;

/// An image as a source of tiles.
pub(super) struct ImageTiles<S> {
    pub store: S,
    pub grid: Arc<ImageGrid>,
    pub name: String,
    pub about: About,
}

/// The resolution that a tile's pixels of so many of the image are best read from, and pixels of it to one of the tile.
fn resolution(sizes: &[[u32; 2]], step: f64) -> (usize, f64) {
    let coarseness = |size: &[u32; 2]| f64::from(sizes[0][0]) / f64::from(size[0].max(1));
    let fits = |(_, size): &(usize, &[u32; 2])| coarseness(size) <= step * 1.01;
    let best = sizes.iter().enumerate().filter(fits).max_by(|(_, a), (_, b)| coarseness(a).total_cmp(&coarseness(b)));
    best.map_or((0, step), |(at, size)| (at, step / coarseness(size)))
}

/// The coarsest level whose tiles are read from few enough pixels.
pub(super) fn coarsest(grid: &ImageGrid, sizes: &[[u32; 2]]) -> u8 {
    let is_quick = |level: &u8| {
        let (at, step) = resolution(sizes, grid.step(*level));
        let side = |n: usize| (f64::from(TILE) * step).min(f64::from(sizes[at][n]));
        side(0) * side(1) <= READ
    };
    (0..=grid.finest).find(is_quick).unwrap_or(grid.finest)
}

impl<S: PixelStore> ImageTiles<S> {
    fn read(&self, tile: TileId, stop: &AtomicBool) -> Result<Option<Pixels>, Said> {
        let sizes = self.store.sizes();
        let (at, step) = resolution(sizes, self.grid.step(tile.level));
        let size = sizes[at];
        let side = f64::from(TILE);
        // The resolution need not be an exact part of the finest.
        let step = [step * f64::from(size[0]) / ideal(sizes, at, 0), step * f64::from(size[1]) / ideal(sizes, at, 1)];
        let first = [f64::from(tile.x) * side * step[0], f64::from(tile.y) * side * step[1]];
        let mut window = [[0_u32; 2]; 2];
        let mut out = [0_usize; 2];
        for n in 0..2 {
            let (low, high) = (first[n], (first[n] + side * step[n]).min(f64::from(size[n])));
            if high <= low {
                return Ok(None);
            }
            window[0][n] = low.floor() as u32;
            window[1][n] = (high.ceil() as u32).min(size[n]);
            out[n] = (((high - low) / step[n]).ceil() as usize).clamp(1, TILE as usize);
        }
        let mut sums = vec![[0_u32; 5]; out[0] * out[1]];
        self.store.blocks(at, window, &mut |block| {
            add(&mut sums, out, first, step, window, &block);
            !stop.load(Relaxed)
        })?;
        let mut rgba = Vec::with_capacity(sums.len() * 4);
        for [r, g, b, opacity, n] in sums {
            let part =
                |sum: u32| if opacity == 0 { 0 } else { (u64::from(sum) * 255 / u64::from(opacity)).min(255) as u8 };
            // Colours were added up by their opacity.
            rgba.extend([part(r), part(g), part(b), opacity.checked_div(n).unwrap_or(0) as u8]);
        }
        let is_empty = rgba.chunks_exact(4).all(|pixel| pixel[3] == 0);
        Ok((!is_empty).then_some(Pixels { size: out, rgba }))
    }
}

/// The width or height that a resolution would have, were it an exact part of the finest.
fn ideal(sizes: &[[u32; 2]], at: usize, n: usize) -> f64 {
    let coarseness = f64::from(sizes[0][0]) / f64::from(sizes[at][0].max(1));
    (f64::from(sizes[0][n]) / coarseness).max(1.0)
}

/// Adds a block's pixels to the sums of those of a tile: colours by their opacity, opacity, number.
fn add(sums: &mut [[u32; 5]], out: [usize; 2], first: [f64; 2], step: [f64; 2], window: [[u32; 2]; 2], block: &Block) {
    let range = |n: usize| {
        let (low, high) = (block.at[n].max(window[0][n]), (block.at[n] + block.size[n]).min(window[1][n]));
        low..high.max(low)
    };
    let place = |at: u32, n: usize| {
        let along = (f64::from(at) + 0.5 - first[n]) / step[n];
        (along.max(0.0) as usize).min(out[n] - 1)
    };
    let columns: Vec<(usize, usize)> =
        range(0).map(|column| (((column - block.at[0]) as usize) * 4, place(column, 0))).collect();
    for row in range(1) {
        let line = (row - block.at[1]) as usize * block.size[0] as usize * 4;
        let into = place(row, 1) * out[0];
        for (at, column) in &columns {
            let Some([r, g, b, a]) = block.rgba.get(line + at..line + at + 4).and_then(|p| p.first_chunk::<4>()) else {
                continue;
            };
            let sum = &mut sums[into + column];
            let opacity = u32::from(*a);
            // At most 4096² of them: 32 bits hold that.
            for (sum, value) in sum.iter_mut().zip([*r, *g, *b]) {
                *sum = sum.saturating_add(u32::from(value) * opacity / 255);
            }
            sum[3] = sum[3].saturating_add(opacity);
            sum[4] += 1;
        }
    }
}

impl<S: PixelStore> TileSource for ImageTiles<S> {
    fn about(&self) -> &About {
        &self.about
    }

    fn tile(&self, tile: TileId, stop: &AtomicBool) -> Result<Option<Pixels>, RasterError> {
        let read = self.read(tile, stop).map_err(|why| RasterError::tile(&self.name, tile, why))?;
        // What was not read to its end is no tile.
        if stop.load(Relaxed) { Err(RasterError::stopped(&self.name)) } else { Ok(read) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coarsest_resolution_that_is_fine_enough_is_read() {
        let sizes = [[40_000, 20_000], [20_000, 10_000], [10_001, 5_001], [2_500, 1_250]];
        assert_eq!(resolution(&sizes, 1.0), (0, 1.0));
        assert_eq!(resolution(&sizes, 2.0), (1, 1.0));
        assert_eq!(resolution(&sizes, 4.0).0, 2);
        assert_eq!(resolution(&sizes, 8.0).0, 2);
        assert_eq!(resolution(&sizes, 64.0), (3, 4.0));
    }

    #[test]
    fn pixels_are_averaged_by_their_opacity() {
        let rgba = Arc::new([[200, 0, 0, 255], [100, 0, 0, 255], [9, 9, 9, 0], [50, 0, 0, 255]].concat());
        let block = Block { at: [0, 0], size: [2, 2], rgba };
        let mut sums = vec![[0; 5]; 1];
        add(&mut sums, [1, 1], [0.0, 0.0], [2.0, 2.0], [[0, 0], [2, 2]], &block);
        assert_eq!(sums, [[350, 0, 0, 765, 4]]);
    }
}
