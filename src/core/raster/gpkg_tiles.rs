//! Tiles of a GeoPackage (OGC 12-128r18, clause 2.2): the first tile table, in any system, each level twice as fine as the one before.

use super::affine::Affine;
use super::decode::decode_tile;
use super::grid::{FINEST, ImageGrid, TILE};
use super::image_file::system_of;
use super::mbtiles::{Ticks, connect, sqlite_said};
use super::source::{About, TileSource};
use super::{Grid, Pixels, RasterError, TileId};
use crate::geodesy::crs::Crs;
use crate::i18n::{Lang, Said, between, tr};
use crate::io::formats::geopackage::sql_name;
use rusqlite::{Connection, OptionalExtension};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

/// Tile tables and levels that are looked at.
const LOOKED_AT: usize = 100;

pub(super) struct GpkgTiles {
    db: Mutex<Connection>,
    ticks: Ticks,
    name: String,
    table: String,
    about: About,
}

/// A level: its number, columns and rows of tiles, their size in pixels, a pixel's size.
struct Level {
    zoom: u8,
    matrix: [i64; 2],
    tile: [i64; 2],
    pixel: [f64; 2],
}

/// True where a file that is SQLite is a GeoPackage.
pub(super) fn is_one_at(path: &Path) -> bool {
    let sql = "SELECT count(*) FROM sqlite_master WHERE lower(name) = 'gpkg_contents'";
    let found = connect(path, &Ticks::default()).and_then(|db| db.query_row(sql, [], |row| row.get::<_, i64>(0)));
    found.is_ok_and(|n| n > 0)
}

fn levels(db: &Connection, table: &str) -> rusqlite::Result<Vec<Level>> {
    let sql = "SELECT zoom_level, matrix_width, matrix_height, tile_width, tile_height, pixel_x_size, pixel_y_size
        FROM gpkg_tile_matrix WHERE lower(table_name) = lower(?1) ORDER BY zoom_level LIMIT 100";
    let mut query = db.prepare(sql)?;
    let rows = query.query_map([table], |row| {
        let zoom = row.get::<_, i64>(0)?;
        let own = Level {
            zoom: u8::try_from(zoom).unwrap_or(u8::MAX),
            matrix: [row.get(1)?, row.get(2)?],
            tile: [row.get(3)?, row.get(4)?],
            pixel: [row.get(5)?, row.get(6)?],
        };
        Ok(own)
    })?;
    let mut levels: Vec<Level> = rows.collect::<Result<_, _>>()?;
    levels.retain(|level| level.zoom <= FINEST);
    Ok(levels)
}

/// The system of a tile table; `None` where the file does not say one that is known.
fn system(db: &Connection, srs: i64) -> rusqlite::Result<Option<Crs>> {
    let sql = "SELECT organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?1";
    let own = db.query_row(sql, [srs], |row| {
        Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, Option<String>>(2)?))
    });
    let Some((organization, code, definition)) = own.optional()? else { return Ok(None) };
    let is_epsg = organization.is_some_and(|name| name.eq_ignore_ascii_case("EPSG"));
    let by_code = code.filter(|_| is_epsg).and_then(|code| Crs::parse(&format!("EPSG:{code}")).ok());
    Ok(by_code.or_else(|| Crs::parse(&definition?).ok()))
}

/// The grid of levels that go together: tiles of 256 pixels, each level's half as large as those of the one before.
fn grid(levels: &[Level], corner: [f64; 2], crs: Crs) -> Option<ImageGrid> {
    let finest = levels.last()?;
    let is_regular = levels.iter().all(|level| {
        let coarser = f64::from(finest.zoom - level.zoom).exp2();
        let is_twice = |n: usize| (level.pixel[n] / (finest.pixel[n] * coarser) - 1.0).abs() < 1e-6;
        level.tile == [i64::from(TILE); 2] && is_twice(0) && is_twice(1)
    });
    let side = |n: usize| u32::try_from(finest.matrix[n].checked_mul(i64::from(TILE))?).ok().filter(|side| *side > 0);
    let size = [side(0)?, side(1)?];
    let affine = Affine { a: finest.pixel[0], b: 0.0, c: corner[0], d: 0.0, e: -finest.pixel[1], f: corner[1] };
    let grid = ImageGrid::new(size, affine, crs).filter(|_| is_regular && affine.is_usable())?;
    Some(ImageGrid { finest: finest.zoom, ..grid })
}

impl GpkgTiles {
    pub fn open(path: &Path, named: Option<&str>) -> Result<Self, RasterError> {
        let ticks = Ticks::default();
        let fail = |e: rusqlite::Error| RasterError::file(path, sqlite_said(&e));
        let refused = |key: &str| RasterError::file(path, Said::of(key));
        let db = connect(path, &ticks).map_err(fail)?;
        let sql = "SELECT table_name FROM gpkg_contents WHERE data_type = 'tiles' ORDER BY table_name";
        let tables: Vec<String> = db
            .prepare(sql)
            .and_then(|mut query| query.query_map([], |row| row.get(0))?.take(LOOKED_AT).collect())
            .map_err(fail)?;
        let (table, others) = tables.split_first().ok_or_else(|| refused("raster.gpkg_none"))?;
        let sql = "SELECT srs_id, min_x, max_y FROM gpkg_tile_matrix_set WHERE lower(table_name) = lower(?1)";
        let set = db
            .query_row(sql, [table], |row| Ok((row.get::<_, i64>(0)?, [row.get::<_, f64>(1)?, row.get::<_, f64>(2)?])));
        let (srs, corner): (i64, [f64; 2]) = set.map_err(fail)?;
        let levels = levels(&db, table).map_err(fail)?;
        let crs = match system(&db, srs).map_err(fail)? {
            Some(own) => own,
            None => system_of(path, named)?,
        };
        let title = Said::told(|lang| crs.title(lang));
        let grid = Arc::new(grid(&levels, corner, crs).ok_or_else(|| refused("raster.gpkg_matrix"))?);
        let span = [levels.first(), levels.last()].map(|level| level.map_or(0, |level| level.zoom));
        let what = Said::told(|lang| {
            let format = tr!(lang, "raster.what_tiles", format = "GeoPackage", first = span[0], last = span[1]);
            format!("{format}{}{}", crate::i18n::comma(lang), title.text(lang))
        });
        let names = |lang: Lang| others.join(between(lang));
        let note = || Said::told(|lang| tr!(lang, "raster.gpkg_others", names = names(lang)).into_owned());
        let notes = if others.is_empty() { Vec::new() } else { vec![note()] };
        let bounds = grid.bounds;
        let about = About { grid: Grid::Image(grid), levels: span, bounds, attribution: String::new(), what, notes };
        let table = sql_name(table);
        Ok(Self { db: Mutex::new(db), ticks, name: crate::io::file_name(path), table, about })
    }
}

impl TileSource for GpkgTiles {
    fn about(&self) -> &About {
        &self.about
    }

    fn tile(&self, tile: TileId, _stop: &AtomicBool) -> Result<Option<Pixels>, RasterError> {
        let of_tile = |why| RasterError::tile(&self.name, tile, why);
        let sql = format!(
            "SELECT tile_data FROM {} WHERE zoom_level = ?1 AND tile_column = ?2 AND tile_row = ?3",
            self.table
        );
        let bytes: Option<Option<Vec<u8>>> = {
            let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
            self.ticks.reset();
            let place = (i64::from(tile.level), i64::from(tile.x), i64::from(tile.y));
            let found = db.prepare(&sql).and_then(|mut query| query.query_row(place, |row| row.get(0)).optional());
            found.map_err(|e| of_tile(sqlite_said(&e)))?
        };
        let Some(bytes) = bytes.flatten() else { return Ok(None) };
        decode_tile(&bytes).map(Some).map_err(of_tile)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::png;
    use super::super::{Backdrop, Opening, RasterErrorKind, open};
    use super::*;

    fn made(path: &Path, pixel: f64, code: i64) {
        let db = Connection::open(path).expect("writable");
        let tables = format!(
            "CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT);
            CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER, organization TEXT, organization_coordsys_id INTEGER, definition TEXT);
            CREATE TABLE gpkg_tile_matrix_set (table_name TEXT, srs_id INTEGER, min_x, min_y, max_x, max_y);
            CREATE TABLE gpkg_tile_matrix (table_name TEXT, zoom_level, matrix_width, matrix_height, tile_width, tile_height,
                pixel_x_size, pixel_y_size);
            CREATE TABLE \"影\"\"像\" (id INTEGER PRIMARY KEY, zoom_level, tile_column, tile_row, tile_data BLOB);
            INSERT INTO gpkg_contents VALUES ('a', 'features'), ('影\"像', 'tiles'), ('附', 'tiles');
            INSERT INTO gpkg_spatial_ref_sys VALUES (77, 'EPSG', {code}, 'undefined');
            INSERT INTO gpkg_tile_matrix_set VALUES ('影\"像', 77, 600000, 3449488, 601024, 3450000);
            INSERT INTO gpkg_tile_matrix VALUES ('影\"像', 3, 2, 1, 256, 256, {pixel}, 2.0), ('影\"像', 4, 4, 2, 256, 256, 1.0, 1.0);"
        );
        db.execute_batch(&tables).expect("SQL");
        let insert = "INSERT INTO \"影\"\"像\" (zoom_level, tile_column, tile_row, tile_data) VALUES (4, 3, 1, ?1)";
        db.execute(insert, [png([256, 256], [5, 6, 7, 255])]).expect("inserted");
    }

    #[test]
    fn tiles_lie_in_the_system_of_their_table() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.gpkg");
        made(&file, 2.0, 4549);
        let backdrop = Backdrop { file: Some(file.clone()), ..Backdrop::default() };
        let tiles = open(&backdrop, &Opening::default()).unwrap_or_else(|e| panic!("{e}"));
        let about = tiles.about();
        assert_eq!(about.levels, [3, 4]);
        assert!(about.notes[0].en.contains('附') && about.what.en.contains("120°"), "{about:?}");
        let crs = Crs::parse("EPSG:4549").expect("known");
        let corner = crs.to_wgs84(600_000.0, 3_450_000.0).expect("there");
        assert_eq!(about.grid.position(4, [0.0, 0.0]), Some(corner));
        assert_eq!(about.grid.position(3, [0.0, 0.0]), Some(corner));
        let stop = AtomicBool::new(false);
        let tile = tiles.tile(TileId { level: 4, x: 3, y: 1 }, &stop).expect("whole").expect("there");
        assert_eq!(tile.rgba[..3], [5, 6, 7]);
        assert_eq!(tiles.tile(TileId { level: 3, x: 0, y: 0 }, &stop), Ok(None));
    }

    #[test]
    fn levels_that_do_not_go_together_and_systems_that_are_not_known() {
        let folder = tempfile::tempdir().expect("a folder");
        let open = |name: &str, pixel: f64, code: i64| {
            let file = folder.path().join(name);
            made(&file, pixel, code);
            GpkgTiles::open(&file, None).map(|_| ()).expect_err("refused")
        };
        assert!(open("a.gpkg", 3.0, 4549).why.en.contains("twice"));
        assert_eq!(open("b.gpkg", 2.0, 1).kind, RasterErrorKind::NeedsSystem);
        let empty = folder.path().join("c.gpkg");
        Connection::open(&empty)
            .and_then(|db| db.execute_batch("CREATE TABLE gpkg_contents (table_name, data_type)"))
            .expect("SQL");
        assert!(GpkgTiles::open(&empty, None).is_err_and(|e| e.why.en.contains("tile table")));
    }
}
