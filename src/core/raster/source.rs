//! What a source of tiles is, and how one is opened.

use super::cache::TileCache;
use super::folder::FolderTiles;
use super::gpkg_tiles::{self, GpkgTiles};
use super::mbtiles::MbTiles;
use super::pmtiles::PmTiles;
use super::template::ServiceKey;
use super::web::WebTiles;
use super::{Backdrop, Grid, Pixels, RasterError, TileId, image_file, tiff_file};
use crate::geodesy::LonLatBox;
use crate::i18n::Said;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What is known of a source once it is open.
#[derive(Clone, Debug)]
pub struct About {
    /// Where its tiles lie.
    pub grid: Grid,
    /// The levels that it has, coarsest and finest.
    pub levels: [u8; 2],
    /// What of the world it covers.
    pub bounds: LonLatBox,
    /// Whose the pictures are, as the file says it.
    pub attribution: String,
    /// What it is: its format, and of an image its size and system.
    pub what: Said,
    /// What somebody should know of it.
    pub notes: Vec<Said>,
}

/// A source of tiles.
pub trait TileSource: Send + Sync {
    /// What is known of it.
    fn about(&self) -> &About;

    /// A tile; `None` where the source has none there. Looks now and then whether `stop` is set.
    ///
    /// # Errors
    /// [`RasterError`]: the tile is damaged, the file or the server does not give it.
    fn tile(&self, tile: TileId, stop: &AtomicBool) -> Result<Option<Pixels>, RasterError>;
}

/// What opening a source needs beside the backdrop.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    /// The planner's key for its service.
    pub key: ServiceKey,
    /// Where tiles of services are kept; nowhere without one.
    pub cache: Option<Arc<TileCache>>,
}

/// Opens a backdrop's source. Of a service nothing is asked before its first tile.
///
/// # Errors
/// [`RasterError`]: it is not there, of no format that is read, damaged, or an image without a place.
pub fn open(backdrop: &Backdrop, opening: &Opening) -> Result<Arc<dyn TileSource>, RasterError> {
    match (&backdrop.file, &backdrop.url) {
        (_, Some(url)) => Ok(Arc::new(WebTiles::new(backdrop, url, opening)?)),
        (Some(file), None) => open_file(file, backdrop),
        (None, None) => Err(RasterError::source(backdrop.title.clone(), Said::of("raster.nowhere"))),
    }
}

fn open_file(path: &Path, backdrop: &Backdrop) -> Result<Arc<dyn TileSource>, RasterError> {
    let metadata = std::fs::metadata(path).map_err(|e| RasterError::system(path, &e))?;
    if metadata.is_dir() {
        return Ok(Arc::new(FolderTiles::open(path, backdrop.shift)?));
    }
    // A pipe would keep its reader waiting.
    if !metadata.is_file() {
        return Err(RasterError::file(path, Said::of("raster.no_file")));
    }
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(16).read_to_end(&mut head));
    read.map_err(|e| RasterError::system(path, &e))?;
    if head.starts_with(b"SQLite format 3\0") {
        match gpkg_tiles::is_one_at(path) {
            true => Ok(Arc::new(GpkgTiles::open(path, backdrop.crs.as_deref())?)),
            false => Ok(Arc::new(MbTiles::open(path, backdrop.shift)?)),
        }
    } else if head.starts_with(b"PMTiles") {
        Ok(Arc::new(PmTiles::open(path, backdrop.shift)?))
    } else if [&b"II*\0"[..], b"MM\0*", b"II+\0", b"MM\0+"].iter().any(|magic| head.starts_with(magic)) {
        tiff_file::open(path, backdrop.crs.as_deref())
    } else {
        image_file::open(path, backdrop.crs.as_deref())
    }
}
