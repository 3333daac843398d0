//! PNG, JPEG and WebP with a world file: read whole, within a bound.

use super::affine::{Affine, beside, read_world, world_file};
use super::decode::{decode, size};
use super::folder::read_small;
use super::grid::{Grid, ImageGrid};
use super::source::{About, TileSource};
use super::store::{Block, ImageTiles, PixelStore, coarsest};
use super::{RasterError, RasterErrorKind};
use crate::geodesy::crs::Crs;
use crate::i18n::{Lang, Said, tr};
use std::path::Path;
use std::sync::Arc;

/// The most pixels of an image that is held in memory: 256 MB.
const PIXELS: u64 = 64_000_000;
/// The longest side, and the largest file; pixels, bytes.
const SIDE: u32 = 60_000;
const BYTES: u64 = 512 << 20;

/// An image that is held.
struct Whole {
    sizes: [[u32; 2]; 1],
    rgba: Arc<Vec<u8>>,
}

impl PixelStore for Whole {
    fn sizes(&self) -> &[[u32; 2]] {
        &self.sizes
    }

    fn blocks(&self, _: usize, _: [[u32; 2]; 2], each: &mut dyn FnMut(Block) -> bool) -> Result<(), Said> {
        each(Block { at: [0, 0], size: self.sizes[0], rgba: Arc::clone(&self.rgba) });
        Ok(())
    }
}

/// The system of an image: named by the planner, else by a `.prj` beside it.
///
/// # Errors
/// Where neither is there, or it is none that is known.
pub(super) fn system_of(path: &Path, named: Option<&str>) -> Result<Crs, RasterError> {
    let needs = |why: Said| RasterError { kind: RasterErrorKind::NeedsSystem, ..RasterError::file(path, why) };
    if let Some(name) = named.filter(|name| !name.trim().is_empty()) {
        return Crs::parse(name).map_err(|e| needs(e.said));
    }
    let Some(file) = beside(path, &["prj"]) else { return Err(needs(Said::of("raster.needs_system"))) };
    let text = crate::model::small_text(&file).map_err(|e| needs(Said::as_is(e.to_string())))?;
    Crs::parse(&text).map_err(|e| needs(e.said))
}

/// The tiles of an image at its place, as a source.
pub(super) fn placed<S: PixelStore + 'static>(
    path: &Path,
    store: S,
    affine: Affine,
    crs: Crs,
    format: &'static str,
    notes: Vec<Said>,
) -> Result<Arc<dyn TileSource>, RasterError> {
    let size = store.sizes()[0];
    let title = |lang: Lang| crs.title(lang);
    let what = Said::told(|lang| {
        let [width, height] = size;
        tr!(lang, "raster.what_image", format = format, width = width, height = height, crs = title(lang)).into_owned()
    });
    let grid = ImageGrid::new(size, affine, crs).ok_or_else(|| RasterError::file(path, Said::of("raster.no_place")))?;
    let grid = Arc::new(grid);
    let levels = [coarsest(&grid, store.sizes()), grid.finest];
    let bounds = grid.bounds;
    let about = About { grid: Grid::Image(Arc::clone(&grid)), levels, bounds, attribution: String::new(), what, notes };
    Ok(Arc::new(ImageTiles { store, grid, name: crate::io::file_name(path), about }))
}

/// Opens a plain image.
///
/// # Errors
/// [`RasterError`]: no picture, too large, no world file, no system.
pub(super) fn open(path: &Path, crs: Option<&str>) -> Result<Arc<dyn TileSource>, RasterError> {
    let of_file = |why| RasterError::file(path, why);
    let bytes = read_small(path, BYTES).map_err(|e| RasterError::system(path, &e))?;
    let dimensions = size(&bytes).map_err(of_file)?;
    let world = world_file(path).ok_or_else(|| of_file(Said::of("raster.no_world")))?;
    let affine = read_world(&world).map_err(of_file)?;
    let crs = system_of(path, crs)?;
    let pixels = decode(&bytes, SIDE, PIXELS).map_err(of_file)?;
    let store = Whole { sizes: [dimensions], rgba: Arc::new(pixels.rgba) };
    placed(path, store, affine, crs, "PNG/JPEG/WebP", Vec::new())
}

#[cfg(test)]
mod tests {
    use super::super::TileId;
    use super::super::tests::png_of;
    use super::*;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn an_image_is_cut_into_tiles_and_made_coarser() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("图.png");
        // The left half white, the right black.
        let bytes = png_of([600, 300], |x, _| if x < 300 { [255; 4] } else { [0, 0, 0, 255] });
        std::fs::write(&file, bytes).expect("writable");
        assert!(open(&file, None).is_err_and(|e| e.kind == RasterErrorKind::Source), "no world file");
        std::fs::write(folder.path().join("图.pgw"), "1e-4\n0\n0\n-1e-4\n121.00005\n31.49995\n").expect("writable");
        let e = open(&file, None).map(|_| ()).expect_err("no system");
        assert_eq!(e.kind, RasterErrorKind::NeedsSystem);
        assert!(open(&file, Some("EPSG:1")).is_err_and(|e| e.kind == RasterErrorKind::NeedsSystem));
        let tiles = open(&file, Some("EPSG:4490")).expect("placed");
        let bounds = tiles.about().bounds;
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(near(bounds.min.lon, 121.0) && near(bounds.max.lon, 121.06), "{bounds:?}");
        assert!(near(bounds.min.lat, 31.47) && near(bounds.max.lat, 31.5), "{bounds:?}");
        assert_eq!(tiles.about().levels, [0, 2]);
        let stop = AtomicBool::new(false);
        let at = |level, x, y| tiles.tile(TileId { level, x, y }, &stop).expect("whole");
        assert_eq!(at(2, 2, 1).expect("the corner").size, [88, 44]);
        assert_eq!(at(2, 3, 0), None);
        let coarse = at(0, 0, 0).expect("all of it");
        assert_eq!(coarse.size, [150, 75]);
        assert_eq!((coarse.rgba[0], coarse.rgba[4 * 149]), (255, 0));
        std::fs::write(folder.path().join("图.prj"), "GEOGCS[\"GCS_China_Geodetic_Coordinate_System_2000\",DATUM[\"D_China_2000\",SPHEROID[\"CGCS2000\",6378137.0,298.257222101]],PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]")
            .expect("writable");
        assert!(open(&file, None).is_ok(), "by its .prj");
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        let stopped = tiles.tile(TileId { level: 0, x: 0, y: 0 }, &stop).expect_err("nobody wants it");
        assert_eq!(stopped.kind, RasterErrorKind::Stopped);
    }
}
