//! MBTiles 1.3: tiles in a SQLite file, rows from the south.

use super::decode::{TILE_BYTES, decode_tile};
use super::grid::FINEST;
use super::source::{About, TileSource};
use super::{Grid, Pixels, RasterError, Shift, TileId, Tiling};
use crate::geodesy::{LonLat, LonLatBox};
use crate::i18n::{Said, tr};
use crate::io::formats::geopackage::sqlite_uri;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// Virtual machine instructions between two ticks, and the ticks that a query has: views of hostile files never end.
const TICK: i32 = 100_000;
const TICKS: u64 = 2_000;

/// Counts what a query does; it is stopped at its end.
#[derive(Clone, Debug, Default)]
pub(super) struct Ticks(Arc<AtomicU64>);

impl Ticks {
    /// A query begins.
    pub fn reset(&self) {
        self.0.store(0, Relaxed);
    }
}

pub(super) struct MbTiles {
    db: Mutex<Connection>,
    ticks: Ticks,
    name: String,
    /// Rows are counted from the south, unless the file says otherwise.
    is_tms: bool,
    about: About,
}

fn refused(path: &Path, e: &rusqlite::Error) -> RasterError {
    RasterError::file(path, sqlite_said(e))
}

/// What SQLite says.
pub(super) fn sqlite_said(e: &rusqlite::Error) -> Said {
    match e.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted | ErrorCode::TooBig) => Said::of("raster.endless"),
        _ => {
            let cause = e.to_string();
            Said::told(|lang| tr!(lang, "raster.damaged", cause = cause).into_owned())
        }
    }
}

/// Opens the file so that reading leaves no trace beside it.
pub(super) fn connect(path: &Path, ticks: &Ticks) -> rusqlite::Result<Connection> {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    let has_wal = std::fs::metadata(wal).is_ok_and(|wal| wal.len() > 0);
    // Nobody writes to a backdrop; where somebody does, their journal is minded.
    let end = if has_wal { "?mode=ro" } else { "?mode=ro&immutable=1" };
    let uri = sqlite_uri(path) + end;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(uri, flags)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_limit(Limit::SQLITE_LIMIT_LENGTH, TILE_BYTES as i32)?;
    let ticks = Arc::clone(&ticks.0);
    db.progress_handler(TICK, Some(move || ticks.fetch_add(1, Relaxed) > TICKS))?;
    Ok(db)
}

impl MbTiles {
    pub fn open(path: &Path, shift: Shift) -> Result<Self, RasterError> {
        let ticks = Ticks::default();
        let fail = |e: rusqlite::Error| refused(path, &e);
        let db = connect(path, &ticks).map_err(fail)?;
        let has = |name: &str| {
            let sql = "SELECT count(*) FROM sqlite_master WHERE lower(name) = ?1";
            db.query_row(sql, [name], |row| row.get::<_, i64>(0)).map(|n| n > 0)
        };
        if !has("tiles").map_err(fail)? {
            return Err(RasterError::file(path, Said::of("raster.no_mbtiles")));
        }
        let metadata = if has("metadata").map_err(fail)? { metadata(&db).map_err(fail)? } else { HashMap::new() };
        let of = |name: &str| metadata.get(name).map(String::as_str).unwrap_or_default();
        if matches!(of("format"), "pbf" | "mvt") {
            return Err(RasterError::file(path, Said::of("raster.is_vector")));
        }
        ticks.reset();
        let sql = "SELECT min(zoom_level), max(zoom_level) FROM tiles";
        let found = db.query_row(sql, [], |row| Ok([row.get::<_, Option<i64>>(0)?, row.get::<_, Option<i64>>(1)?]));
        let [Some(first), Some(last)] = found.map_err(fail)? else {
            return Err(RasterError::file(path, Said::of("raster.no_tiles")));
        };
        let level = |z: i64| u8::try_from(z.clamp(0, i64::from(FINEST))).unwrap_or(FINEST);
        let levels = [level(first), level(last)];
        let grid = Grid::World(Tiling::Mercator, shift);
        let bounds = bounds_of(of("bounds")).unwrap_or_else(|| grid.extent());
        let what = Said::told(|lang| {
            tr!(lang, "raster.what_tiles", format = "MBTiles", first = levels[0], last = levels[1]).into_owned()
        });
        let attribution = plain(of("attribution"));
        let about = About { grid, levels, bounds, attribution, what, notes: Vec::new() };
        let is_tms = of("scheme") != "xyz";
        Ok(Self { db: Mutex::new(db), ticks, name: crate::io::file_name(path), is_tms, about })
    }
}

fn metadata(db: &Connection) -> rusqlite::Result<HashMap<String, String>> {
    let mut query = db.prepare("SELECT CAST(name AS TEXT), CAST(value AS TEXT) FROM metadata LIMIT 200")?;
    let rows = query.query_map([], |row| Ok((row.get::<_, Option<String>>(0)?, row.get::<_, Option<String>>(1)?)))?;
    let named = rows.filter_map(|row| match row {
        Ok((name, value)) => Some(Ok((name?.to_lowercase(), value?))),
        Err(e) => Some(Err(e)),
    });
    named.collect()
}

/// `west,south,east,north`, where that is a box on the ground.
fn bounds_of(text: &str) -> Option<LonLatBox> {
    let numbers: Vec<f64> = text.split(',').map_while(|n| n.trim().parse().ok()).collect();
    let [west, south, east, north] = numbers[..] else { return None };
    let bounds = LonLatBox { min: LonLat::new(west, south), max: LonLat::new(east, north) };
    (bounds.min.is_in_range() && bounds.max.is_in_range() && west < east && south < north).then_some(bounds)
}

/// A text without the marks of HTML, in one line of bounded length: attributions are often links.
pub(super) fn plain(text: &str) -> String {
    const LONGEST: usize = 200;
    let mut is_mark = false;
    let shown = text.chars().filter(|c| {
        is_mark |= *c == '<';
        let is_shown = !is_mark && !c.is_control();
        is_mark &= *c != '>';
        is_shown
    });
    let text: String = shown.take(LONGEST).collect();
    text.replace("&copy;", "©").replace("&amp;", "&").trim().to_owned()
}

impl TileSource for MbTiles {
    fn about(&self) -> &About {
        &self.about
    }

    fn tile(&self, tile: TileId, _stop: &AtomicBool) -> Result<Option<Pixels>, RasterError> {
        let TileId { level, x, y } = tile;
        let row = if self.is_tms { (1_i64 << level) - 1 - i64::from(y) } else { i64::from(y) };
        let bytes: Option<Option<Vec<u8>>> = {
            let db = self.db.lock().unwrap_or_else(PoisonError::into_inner);
            self.ticks.reset();
            let sql = "SELECT tile_data FROM tiles WHERE zoom_level = ?1 AND tile_column = ?2 AND tile_row = ?3";
            let found = db.prepare(sql).and_then(|mut query| {
                query.query_row((i64::from(level), i64::from(x), row), |row| row.get(0)).optional()
            });
            found.map_err(|e| RasterError::tile(&self.name, tile, sqlite_said(&e)))?
        };
        let Some(bytes) = bytes.flatten() else { return Ok(None) };
        decode_tile(&bytes).map(Some).map_err(|why| RasterError::tile(&self.name, tile, why))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{CHINA, png};
    use super::*;

    fn made(path: &Path, sql: &str, tiles: &[(TileId, Vec<u8>)]) {
        let db = Connection::open(path).expect("writable");
        db.execute_batch(sql).expect("SQL");
        for (tile, bytes) in tiles {
            let row = (1_i64 << tile.level) - 1 - i64::from(tile.y);
            let values = (i64::from(tile.level), i64::from(tile.x), row, bytes);
            db.execute("INSERT INTO tiles VALUES (?1, ?2, ?3, ?4)", values).expect("inserted");
        }
    }

    const TABLES: &str = "CREATE TABLE metadata (name TEXT, value TEXT);
        CREATE TABLE tiles (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB);
        INSERT INTO metadata VALUES ('format', 'png'), ('bounds', '121.0,30.7,122.0,31.9'),
            ('attribution', '<a href=\"x\">&copy; Surveyors</a>'), ('note', NULL);";

    #[test]
    fn rows_are_counted_from_the_south() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a b#.mbtiles");
        let damaged = TileId { x: CHINA.x + 1, ..CHINA };
        made(&file, TABLES, &[(CHINA, png([256, 256], [0, 90, 0, 255])), (damaged, b"no picture".to_vec())]);
        let tiles = MbTiles::open(&file, Shift::None).expect("tiles");
        let about = tiles.about();
        assert_eq!((about.levels, about.attribution.as_str()), ([CHINA.level; 2], "© Surveyors"));
        assert_eq!(about.bounds.min, LonLat::new(121.0, 30.7));
        let stop = AtomicBool::new(false);
        assert_eq!(tiles.tile(CHINA, &stop).expect("whole").expect("there").rgba[1], 90);
        assert_eq!(tiles.tile(damaged, &stop).expect_err("damaged").tile, Some(damaged));
        assert_eq!(tiles.tile(TileId { y: 0, ..CHINA }, &stop), Ok(None));
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing is left beside it");
    }

    #[test]
    fn hostile_files_end() {
        let folder = tempfile::tempdir().expect("a folder");
        let endless = "CREATE VIEW tiles AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
            SELECT i AS zoom_level, i AS tile_column, i AS tile_row, x'00' AS tile_data FROM n;";
        let large = "CREATE VIEW tiles AS SELECT 3 AS zoom_level, 1 AS tile_column, 1 AS tile_row,
            zeroblob(900000000) AS tile_data;";
        let pbf = TABLES.replace("'png'", "'pbf'");
        for (name, sql) in [("endless", endless), ("none", "CREATE TABLE a (b);"), ("pbf", &pbf), ("empty", TABLES)] {
            let file = folder.path().join(name);
            made(&file, sql, &[]);
            assert!(MbTiles::open(&file, Shift::None).is_err(), "{name}");
        }
        let file = folder.path().join("large");
        made(&file, large, &[]);
        if let Ok(tiles) = MbTiles::open(&file, Shift::None) {
            assert!(tiles.tile(TileId { level: 3, x: 1, y: 6 }, &AtomicBool::new(false)).is_err());
        }
        let file = folder.path().join("cut");
        made(&file, TABLES, &[(CHINA, png([256, 256], [0, 90, 0, 255]))]);
        let whole = std::fs::read(&file).expect("there");
        for n in [16, 100, 1024, 5000] {
            std::fs::write(&file, &whole[..n.min(whole.len())]).expect("writable");
            if let Ok(tiles) = MbTiles::open(&file, Shift::None) {
                drop(tiles.tile(CHINA, &AtomicBool::new(false)));
            }
        }
    }

    #[test]
    fn boxes_that_are_none_are_not_taken() {
        for text in ["", "1,2,3", "10,0,-10,5", "0,0,inf,1", "a,b,c,d", "-181,0,0,1"] {
            assert_eq!(bounds_of(text), None, "{text}");
        }
        assert!(bounds_of(" -180.0,-85,180,85 ").is_some());
    }
}
