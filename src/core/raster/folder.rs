//! A folder of tiles: `z/x/y.png` (or jpg, jpeg, webp), rows from the north; from the south where gdal2tiles' own
//! `tilemapresource.xml` stands beside them.

use super::decode::{TILE_BYTES, decode_tile};
use super::grid::FINEST;
use super::source::{About, TileSource};
use super::{Grid, Pixels, RasterError, Shift, TileId, Tiling};
use crate::geodesy::LonLatBox;
use crate::i18n::{Said, tr};
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Entries of a folder that are looked at, at most.
const ENTRIES: usize = 20_000;

pub(super) struct FolderTiles {
    path: PathBuf,
    name: String,
    /// Rows are counted from the south.
    is_tms: bool,
    about: About,
}

/// The names of a folder's entries that are numbers below a bound, in rising order.
fn numbers(folder: &Path, below: u64) -> Vec<u32> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().take(ENTRIES).flatten();
    let names = entries.filter_map(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let stem = name.split('.').next().unwrap_or_default();
        stem.parse::<u32>().ok().filter(|number| u64::from(*number) < below)
    });
    let mut numbers: Vec<u32> = names.collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

impl FolderTiles {
    pub fn open(path: &Path, shift: Shift) -> Result<Self, RasterError> {
        std::fs::read_dir(path).map_err(|e| RasterError::system(path, &e))?;
        let resource = path.join("tilemapresource.xml");
        let resource = match resource.is_file() {
            true => Some(crate::model::small_text(&resource).map_err(|e| RasterError::system(&resource, &e))?),
            false => None,
        };
        let is_geographic = resource.as_ref().is_some_and(|text| text.contains("\"geodetic\""));
        if is_geographic {
            // 180° to a tile at level 0: another cut than services in longitude and latitude have.
            return Err(RasterError::file(path, Said::of("raster.geodetic_folder")));
        }
        let levels: Vec<u8> =
            numbers(path, u64::from(FINEST) + 1).into_iter().filter_map(|z| u8::try_from(z).ok()).collect();
        let is_there = |level: &u8| path.join(level.to_string()).is_dir();
        let levels: Vec<u8> = levels.into_iter().filter(is_there).collect();
        let (Some(first), Some(last)) = (levels.first(), levels.last()) else {
            return Err(RasterError::file(path, Said::of("raster.no_tiles")));
        };
        let is_tms = resource.is_some();
        let grid = Grid::World(Tiling::Mercator, shift);
        let bounds = bounds(path, &levels, is_tms, &grid);
        if bounds.is_empty() {
            return Err(RasterError::file(path, Said::of("raster.no_tiles")));
        }
        let levels = [*first, *last];
        let what = Said::told(|lang| tr!(lang, "raster.what_folder", first = levels[0], last = levels[1]).into_owned());
        let about = About { grid, levels, bounds, attribution: String::new(), what, notes: Vec::new() };
        Ok(Self { path: path.to_owned(), name: crate::io::file_name(path), is_tms, about })
    }
}

/// What the tiles cover, by the finest level with few enough columns to look into.
fn bounds(path: &Path, levels: &[u8], is_tms: bool, grid: &Grid) -> LonLatBox {
    const COLUMNS: usize = 64;
    let mut bounds = LonLatBox::EMPTY;
    for level in levels {
        let all = 1_u64 << level;
        let folder = path.join(level.to_string());
        let columns = numbers(&folder, all);
        if columns.len() > COLUMNS && !bounds.is_empty() {
            break;
        }
        let mut here = LonLatBox::EMPTY;
        for x in columns.iter().take(ENTRIES / 64) {
            let rows = numbers(&folder.join(x.to_string()), all);
            for row in rows.first().into_iter().chain(rows.last()) {
                let y = if is_tms { (all - 1) as u32 - row } else { *row };
                for (dx, dy) in [(0.0, 0.0), (1.0, 1.0)] {
                    let corner = grid.position(*level, [f64::from(*x) + dx, f64::from(y) + dy]);
                    here = corner.map_or(here, |corner| here.with(corner));
                }
            }
        }
        bounds = if here.is_empty() { bounds } else { here };
    }
    bounds
}

/// Reads a file of at most so many bytes.
pub(super) fn read_small(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(std::io::Error::from(ErrorKind::FileTooLarge)),
        false => Ok(bytes),
    }
}

impl TileSource for FolderTiles {
    fn about(&self) -> &About {
        &self.about
    }

    fn tile(&self, tile: TileId, _stop: &AtomicBool) -> Result<Option<Pixels>, RasterError> {
        let TileId { level, x, y } = tile;
        let row = if self.is_tms { ((1_u64 << level) - 1) as u32 - y } else { y };
        let column = self.path.join(level.to_string()).join(x.to_string());
        for ending in ["png", "jpg", "jpeg", "webp"] {
            let file = column.join(format!("{row}.{ending}"));
            // A pipe of that name would keep its reader waiting.
            if !file.is_file() {
                continue;
            }
            let bytes = read_small(&file, TILE_BYTES);
            let bytes = bytes.map_err(|e| RasterError::tile(&self.name, tile, Said::as_is(e.to_string())))?;
            return decode_tile(&bytes).map(Some).map_err(|why| RasterError::tile(&self.name, tile, why));
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{CHINA, png};
    use super::*;

    fn put(folder: &Path, tile: TileId, ending: &str, bytes: &[u8]) {
        let column = folder.join(tile.level.to_string()).join(tile.x.to_string());
        std::fs::create_dir_all(&column).expect("writable");
        std::fs::write(column.join(format!("{}.{ending}", tile.y)), bytes).expect("writable");
    }

    #[test]
    fn tiles_are_found_damaged_ones_named_and_others_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let red = [200, 0, 0, 255];
        put(folder.path(), CHINA, "png", &png([256, 256], red));
        let damaged = TileId { y: CHINA.y + 1, ..CHINA };
        put(folder.path(), damaged, "jpg", b"\xff\xd8\xff not a picture");
        std::fs::create_dir(folder.path().join("notes")).expect("writable");
        let tiles = FolderTiles::open(folder.path(), Shift::None).expect("tiles");
        let stop = AtomicBool::new(false);
        assert_eq!(tiles.about().levels, [CHINA.level; 2]);
        let one = tiles.tile(CHINA, &stop).expect("whole").expect("there");
        assert_eq!(&one.rgba[..4], &red);
        let e = tiles.tile(damaged, &stop).expect_err("damaged");
        assert_eq!((e.kind, e.tile), (super::super::RasterErrorKind::Tile, Some(damaged)));
        assert_eq!(tiles.tile(TileId { x: 0, ..CHINA }, &stop), Ok(None));
        let bounds = tiles.about().bounds;
        let corner = tiles.about().grid.position(CHINA.level, [f64::from(CHINA.x), f64::from(CHINA.y)]);
        assert_eq!(corner.map(|c| (c.lon, c.lat)), Some((bounds.min.lon, bounds.max.lat)));
    }

    #[test]
    fn rows_of_gdal2tiles_are_counted_from_the_south() {
        let folder = tempfile::tempdir().expect("a folder");
        let flipped = TileId { y: (1 << CHINA.level) - 1 - CHINA.y, ..CHINA };
        put(folder.path(), flipped, "png", &png([4, 4], [1, 2, 3, 255]));
        std::fs::write(
            folder.path().join("tilemapresource.xml"),
            "<TileMap><TileSets profile=\"mercator\"/></TileMap>",
        )
        .expect("writable");
        let tiles = FolderTiles::open(folder.path(), Shift::None).expect("tiles");
        assert!(tiles.tile(CHINA, &AtomicBool::new(false)).expect("whole").is_some());
        std::fs::write(folder.path().join("tilemapresource.xml"), "<TileSets profile=\"geodetic\"/>")
            .expect("writable");
        assert!(FolderTiles::open(folder.path(), Shift::None).is_err());
    }

    #[test]
    fn a_folder_of_something_else_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(FolderTiles::open(folder.path(), Shift::None).is_err());
        std::fs::create_dir_all(folder.path().join("3").join("1")).expect("writable");
        assert!(FolderTiles::open(folder.path(), Shift::None).is_err(), "no tile in it");
        assert!(FolderTiles::open(&folder.path().join("gone"), Shift::None).is_err());
    }
}
