//! What a GeoPackage says of its tables: names, titles, geometry columns, systems.

use super::open::{Opened, quoted, refused};
use crate::i18n::{Said, tr};
use crate::io::formats::FormatError;
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashMap;

/// A geometry column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct GeometryColumn {
    pub(super) column: String,
    /// `POLYGON`, as in the catalogue.
    pub(super) kind: String,
    /// `None` where no catalogue says it.
    pub(super) srs_id: Option<i64>,
}

/// A table that is offered as a layer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Its name as the catalogue has it.
    pub(super) name: String,
    /// Its name as the database has it (another case).
    pub(super) table: String,
    pub(super) title: Option<String>,
    pub(super) geometry: Option<GeometryColumn>,
    pub(super) is_view: bool,
    /// False where no catalogue names it.
    pub(super) is_registered: bool,
}

/// All tables of a file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Catalogue {
    /// Layers and tables, in the order of `gpkg_contents`, then those that are not registered.
    pub(super) entries: Vec<Entry>,
    /// Tables with tiles or gridded coverages.
    pub(super) tiles: Vec<String>,
    /// Tables that are registered and not there.
    pub(super) missing: Vec<String>,
}

/// The system of a layer.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Srs {
    /// As in [`crate::io::formats::LayerInfo::crs`].
    pub(super) crs: Option<String>,
    /// True where coordinates are degrees.
    pub(super) is_degrees: bool,
    /// True where the file names a system and does not define it.
    pub(super) is_missing: bool,
}

/// Tables of the format and of programs, which are no layers.
fn is_housekeeping(lower: &str) -> bool {
    ["gpkg_", "sqlite_", "rtree_", "gpkgext_", "idx_"].iter().any(|start| lower.starts_with(start))
        || matches!(lower, "layer_styles" | "qgis_projects" | "android_metadata")
}

/// True where the database has a table or view of this name.
pub(super) fn has_table(db: &Connection, name: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND lower(name) = lower(?1)";
    Ok(db.query_row(sql, [name], |_| Ok(())).optional()?.is_some())
}

/// Reads the catalogue.
///
/// # Errors
/// Where there is none (an SQLite file of another kind), or it is damaged.
pub(super) fn catalogue(opened: &Opened) -> Result<Catalogue, FormatError> {
    let db = &opened.db;
    let sql = |e: rusqlite::Error| refused(&e);
    if !has_table(db, "gpkg_contents").map_err(sql)? {
        let is_spatialite = has_table(db, "geometry_columns").map_err(sql)?;
        return Err(FormatError::refused(Said::told(|lang| {
            if is_spatialite {
                tr!(lang, "format.geopackage.spatialite")
            } else {
                tr!(lang, "format.geopackage.no_contents")
            }
            .into_owned()
        })));
    }
    read_catalogue(db).map_err(sql)
}

fn read_catalogue(db: &Connection) -> rusqlite::Result<Catalogue> {
    // Names in lower case: the name, and whether it is a view.
    let mut tables: HashMap<String, (String, bool)> = HashMap::new();
    let mut order = Vec::new();
    let mut statement =
        db.prepare("SELECT name, type = 'view' FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY rowid")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (name, is_view): (String, bool) = (row.get(0)?, row.get(1)?);
        order.push(name.to_lowercase());
        tables.insert(name.to_lowercase(), (name, is_view));
    }
    let mut geometries = geometry_columns(db, &tables)?;
    let mut all = Catalogue::default();
    let mut statement =
        db.prepare("SELECT table_name, data_type, identifier, srs_id FROM gpkg_contents ORDER BY rowid")?;
    let mut rows = statement.query([])?;
    let mut is_taken = std::collections::HashSet::new();
    while let Some(row) = rows.next()? {
        let name: String = row.get(0)?;
        let kind: String = row.get::<_, Option<String>>(1)?.unwrap_or_default();
        let title: Option<String> = row.get(2).unwrap_or_default();
        let lower = name.to_lowercase();
        if !is_taken.insert(lower.clone()) {
            continue;
        }
        if matches!(kind.as_str(), "tiles" | "2d-gridded-coverage" | "vector-tiles") {
            all.tiles.push(name);
            continue;
        }
        let Some((table, is_view)) = tables.get(&lower) else {
            all.missing.push(name);
            continue;
        };
        let mut geometry = geometries.remove(&lower);
        if geometry.is_none() && kind == "features" {
            geometry = geometry_by_content(db, table)?;
        }
        if let Some(geometry) = geometry.as_mut().filter(|geometry| geometry.srs_id.is_none()) {
            geometry.srs_id = row.get(3).unwrap_or_default();
        }
        let title = title.filter(|title| !title.is_empty() && title.to_lowercase() != lower);
        all.entries.push(Entry { name, table: table.clone(), title, geometry, is_view: *is_view, is_registered: true });
    }
    for lower in order {
        let Some((table, is_view)) =
            tables.get(&lower).filter(|_| !is_taken.contains(&lower) && !is_housekeeping(&lower))
        else {
            continue;
        };
        let geometry = match geometries.remove(&lower) {
            Some(geometry) => Some(geometry),
            None => geometry_by_content(db, table)?,
        };
        let (name, table) = (table.clone(), table.clone());
        all.entries.push(Entry { name, table, title: None, geometry, is_view: *is_view, is_registered: false });
    }
    Ok(all)
}

/// The geometry columns that the catalogue names and that are there, by the table's name in lower case.
fn geometry_columns(
    db: &Connection,
    tables: &HashMap<String, (String, bool)>,
) -> rusqlite::Result<HashMap<String, GeometryColumn>> {
    let mut all = HashMap::new();
    if !has_table(db, "gpkg_geometry_columns")? {
        return Ok(all);
    }
    let mut statement =
        db.prepare("SELECT table_name, column_name, geometry_type_name, srs_id FROM gpkg_geometry_columns")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (lower, wanted) = (row.get::<_, String>(0)?.to_lowercase(), row.get::<_, String>(1)?.to_lowercase());
        let Some((table, _)) = tables.get(&lower) else {
            continue;
        };
        let columns = columns_of(db, table)?;
        if let Some(column) = columns.into_iter().find(|column| column.name.to_lowercase() == wanted) {
            let kind = row.get::<_, Option<String>>(2)?.unwrap_or_default();
            let geometry = GeometryColumn { column: column.name, kind, srs_id: row.get(3).unwrap_or_default() };
            all.entry(lower).or_insert(geometry);
        }
    }
    Ok(all)
}

/// A column whose first values are GeoPackage geometries, in a table of which no catalogue says it.
fn geometry_by_content(db: &Connection, table: &str) -> rusqlite::Result<Option<GeometryColumn>> {
    for column in columns_of(db, table)? {
        let declared = column.declared.to_ascii_uppercase();
        if !declared.is_empty()
            && declared != "BLOB"
            && declared != "GEOMETRY"
            && super::super::wkb::kind_named(&declared).is_none()
        {
            continue;
        }
        let (name, table) = (quoted(&column.name), quoted(table));
        let sql = format!("SELECT c FROM (SELECT {name} AS c FROM {table} LIMIT 100) WHERE typeof(c) = 'blob' LIMIT 1");
        // A view that cannot be run is told when it is read.
        let Ok(Some(blob)) = db.query_row(&sql, [], |row| row.get::<_, Vec<u8>>(0)).optional() else {
            continue;
        };
        if let [b'G', b'P', 0, flags, a, b, c, d, ..] = blob[..] {
            let id = if flags & 1 == 1 { i32::from_le_bytes([a, b, c, d]) } else { i32::from_be_bytes([a, b, c, d]) };
            let kind = if declared == "BLOB" { String::new() } else { declared };
            return Ok(Some(GeometryColumn { column: column.name, kind, srs_id: Some(i64::from(id)) }));
        }
    }
    Ok(None)
}

/// A column as the database declares it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Declared {
    pub(super) name: String,
    /// `TEXT(20)`; empty where nothing is declared.
    pub(super) declared: String,
    /// True for a part of the primary key.
    pub(super) is_key: bool,
    /// True where it is computed and cannot be written.
    pub(super) is_generated: bool,
}

/// The columns of a table in their order.
pub(super) fn columns_of(db: &Connection, table: &str) -> rusqlite::Result<Vec<Declared>> {
    let mut statement =
        db.prepare("SELECT name, type, pk, hidden FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid")?;
    let rows = statement.query_map([table], |row| {
        Ok(Declared {
            name: row.get(0)?,
            declared: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            is_key: row.get::<_, i64>(2)? > 0,
            is_generated: row.get::<_, i64>(3)? > 1,
        })
    })?;
    rows.collect()
}

/// The system with this id.
pub(super) fn srs(db: &Connection, srs_id: Option<i64>) -> rusqlite::Result<Srs> {
    let id = match srs_id {
        // Undeclared: 0 is some degrees, −1 some metres (OGC 12-128r18, table 4).
        None | Some(-1 | 0) => return Ok(Srs { is_degrees: srs_id == Some(0), ..Srs::default() }),
        Some(id) => id,
    };
    let missing = Srs { is_missing: true, ..Srs::default() };
    if !has_table(db, "gpkg_spatial_ref_sys")? {
        return Ok(missing);
    }
    let read = |row: &rusqlite::Row<'_>| {
        let text = |i| row.get::<_, Option<String>>(i).unwrap_or_default().unwrap_or_default();
        Ok((text(0), text(1), row.get::<_, Option<i64>>(2).unwrap_or_default(), text(3)))
    };
    let sql = "SELECT srs_name, organization, organization_coordsys_id, definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?1";
    let Some((name, organization, code, mut definition)) = db.query_row(sql, [id], read).optional()? else {
        return Ok(missing);
    };
    if is_undefined(&definition) {
        // The extension for WKT 2 has its text in a column of its own.
        let sql = "SELECT definition_12_063 FROM gpkg_spatial_ref_sys WHERE srs_id = ?1";
        definition = db.query_row(sql, [id], |row| row.get(0)).unwrap_or_default();
    }
    let start = definition.trim_start().to_ascii_uppercase();
    let is_degrees =
        start.starts_with("GEOG") || start.starts_with("GEODCRS") || start.is_empty() && matches!(id, 4000..=4999);
    let epsg = code.filter(|code| organization.trim().eq_ignore_ascii_case("EPSG") && *code > 0);
    let crs = match epsg {
        Some(code) => Some(format!("EPSG:{code}")),
        None if is_undefined(&definition) || is_undefined(&name) => None,
        None => Some(definition.trim().to_owned()),
    };
    Ok(Srs { crs, is_degrees, is_missing: false })
}

/// True for a definition, or a name, that says of itself that it is none.
fn is_undefined(definition: &str) -> bool {
    let definition = definition.trim();
    let name = definition.split('"').nth(1).unwrap_or(definition).trim_start();
    definition.is_empty() || name.get(..9).is_some_and(|start| start.eq_ignore_ascii_case("undefined"))
}

/// Files up to here are counted: a fraction of a second.
const COUNTED: u64 = 256 << 20;

/// True where the file itself keeps count of a table's rows: by triggers at every one that comes and goes, as GDAL makes them.
pub(super) fn is_counted(db: &Connection, table: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT count(DISTINCT upper(sql) LIKE '%AFTER INSERT%') FROM sqlite_master WHERE type = 'trigger'
               AND lower(tbl_name) = lower(?1) AND sql LIKE '%gpkg_ogr_contents%'
               AND (upper(sql) LIKE '%AFTER INSERT%' OR upper(sql) LIKE '%AFTER DELETE%')";
    Ok(db.query_row(sql, [table], |row| row.get::<_, i64>(0))? == 2)
}

/// Rows of a table: as the file keeps count of them, else counted where that takes a fraction of a second, else as a program's
/// catalogue says where that can be.
pub(super) fn count(opened: &Opened, entry: &Entry) -> Option<u64> {
    let (db, table) = (&opened.db, quoted(&entry.table));
    let told = || {
        let told = "SELECT feature_count FROM gpkg_ogr_contents WHERE lower(table_name) = lower(?1)";
        let told: i64 = db.query_row(told, [&entry.name], |row| row.get(0)).ok()?;
        (told >= 0 && told as u64 <= most(opened, entry)?).then_some(told as u64)
    };
    if let (true, Some(told)) = (is_counted(db, &entry.table).unwrap_or_default(), told()) {
        return Some(told);
    }
    if opened.bytes <= COUNTED {
        // Not `count(*)`: that cannot be stopped.
        let sql = format!("SELECT coalesce(sum(1), 0) FROM {table}");
        if let Ok(rows) = opened.guard.within(100, || db.query_row(&sql, [], |row| row.get::<_, i64>(0))) {
            return u64::try_from(rows).ok();
        }
    }
    told()
}

/// An upper bound of the number of rows, at no cost: ids from the first to the last. `None` for views.
pub(super) fn most(opened: &Opened, entry: &Entry) -> Option<u64> {
    match ends(opened, entry)? {
        (first, last) if first > last => Some(0),
        (first, last) => u64::try_from(i128::from(last) - i128::from(first) + 1).ok(),
    }
}

/// The first and the last id of a table, the first after the last where there is none; `None` for views. Two questions: both ends in one
/// would be a look at every row.
pub(super) fn ends(opened: &Opened, entry: &Entry) -> Option<(i64, i64)> {
    let table = quoted(&entry.table);
    let end = |which| {
        opened.db.query_row(&format!("SELECT {which}(rowid) FROM {table}"), [], |row| row.get::<_, Option<i64>>(0))
    };
    if entry.is_view {
        return None;
    }
    match (end("min").ok()?, end("max").ok()?) {
        (Some(first), Some(last)) => Some((first, last)),
        _ => Some((1, 0)),
    }
}
