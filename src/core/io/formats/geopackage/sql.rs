//! The tables and triggers of GeoPackage 1.4, and the SQL functions that its triggers call.

use super::open::quoted;
use crate::io::formats::RawGeometry;
use crate::io::formats::wkb::{STEP_METRES, envelope, kind_named, read_geopackage};
use crate::io::formats::{RawKind, wkb};
use crate::model::GeometryKind;
use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;

/// `GPKG`, the application id.
pub(super) const APPLICATION_ID: i32 = 0x4750_4B47;
/// Version 1.4.
pub(super) const USER_VERSION: i32 = 10_400;

/// The catalogue's tables (OGC 12-128r18, annex C).
pub(super) const CATALOGUE: &str = "
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL,
  z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name),
  CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_extensions (
  table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL, definition TEXT NOT NULL, scope TEXT NOT NULL,
  CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
";

/// The tables of the schema extension: titles and domains.
pub(super) const SCHEMA: &str = "
CREATE TABLE gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
  constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name), CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
INSERT INTO gpkg_extensions VALUES
  ('gpkg_data_columns', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write'),
  ('gpkg_data_column_constraints', NULL, 'gpkg_schema', 'http://www.geopackage.org/spec121/#extension_schema', 'read-write');
";

/// The systems that are always there.
pub(super) const SYSTEMS: [(&str, i64, &str, &str, &str); 4] = [
    ("Undefined Cartesian SRS", -1, "NONE", "undefined", "undefined Cartesian coordinate reference system"),
    ("Undefined geographic SRS", 0, "NONE", "undefined", "undefined geographic coordinate reference system"),
    (
        "WGS 84 geodetic",
        4326,
        "EPSG",
        r#"GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]"#,
        "longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid",
    ),
    (
        "China Geodetic Coordinate System 2000",
        4490,
        "EPSG",
        r#"GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4490"]]"#,
        "longitude/latitude coordinates in decimal degrees on CGCS2000",
    ),
];

/// The R-tree's name.
pub(super) fn index_name(table: &str, column: &str) -> String {
    format!("rtree_{table}_{column}")
}

/// The triggers that keep the R-tree of a table (OGC 12-128r18, F.3, version 1.4).
pub(super) fn triggers(table: &str, column: &str, id: &str) -> String {
    let name = index_name(table, column);
    let trigger = |end: &str| quoted(&format!("{name}_{end}"));
    let (t, c, i, r) = (quoted(table), quoted(column), quoted(id), quoted(&name));
    let is_there = |row: &str| format!("({row}.{c} NOTNULL AND NOT ST_IsEmpty({row}.{c}))");
    let is_none = |row: &str| format!("({row}.{c} ISNULL OR ST_IsEmpty({row}.{c}))");
    let values = format!("NEW.{i}, ST_MinX(NEW.{c}), ST_MaxX(NEW.{c}), ST_MinY(NEW.{c}), ST_MaxY(NEW.{c})");
    let (new, old, no_new, no_old) = (is_there("NEW"), is_there("OLD"), is_none("NEW"), is_none("OLD"));
    format!(
        "CREATE TRIGGER {insert} AFTER INSERT ON {t} WHEN {new} BEGIN
           INSERT OR REPLACE INTO {r} VALUES ({values}); END;
         CREATE TRIGGER {update2} AFTER UPDATE OF {c} ON {t} WHEN OLD.{i} = NEW.{i} AND {no_new} BEGIN
           DELETE FROM {r} WHERE id = OLD.{i}; END;
         CREATE TRIGGER {update4} AFTER UPDATE ON {t} WHEN OLD.{i} != NEW.{i} AND {no_new} BEGIN
           DELETE FROM {r} WHERE id IN (OLD.{i}, NEW.{i}); END;
         CREATE TRIGGER {update5} AFTER UPDATE ON {t} WHEN OLD.{i} != NEW.{i} AND {new} BEGIN
           DELETE FROM {r} WHERE id = OLD.{i}; INSERT OR REPLACE INTO {r} VALUES ({values}); END;
         CREATE TRIGGER {update6} AFTER UPDATE OF {c} ON {t} WHEN OLD.{i} = NEW.{i} AND {new} AND {old} BEGIN
           UPDATE {r} SET minx = ST_MinX(NEW.{c}), maxx = ST_MaxX(NEW.{c}), miny = ST_MinY(NEW.{c}), maxy = ST_MaxY(NEW.{c})
           WHERE id = NEW.{i}; END;
         CREATE TRIGGER {update7} AFTER UPDATE OF {c} ON {t} WHEN OLD.{i} = NEW.{i} AND {new} AND {no_old} BEGIN
           INSERT INTO {r} VALUES ({values}); END;
         CREATE TRIGGER {delete} AFTER DELETE ON {t} WHEN OLD.{c} NOT NULL BEGIN
           DELETE FROM {r} WHERE id = OLD.{i}; END;",
        insert = trigger("insert"),
        update2 = trigger("update2"),
        update4 = trigger("update4"),
        update5 = trigger("update5"),
        update6 = trigger("update6"),
        update7 = trigger("update7"),
        delete = trigger("delete"),
    )
}

/// The geometry that a function is called with; `None` where it is none.
fn argument(context: &Context<'_>) -> Option<RawGeometry> {
    let ValueRef::Blob(blob) = context.get_raw(0) else {
        return None;
    };
    let mut geometry = RawGeometry::new(RawKind::Collection);
    read_geopackage(blob, STEP_METRES, &mut geometry).ok().map(|_| geometry)
}

/// The name of a geometry's type.
fn type_name(geometry: &RawGeometry) -> &'static str {
    match geometry.kind {
        RawKind::Collection => "GEOMETRYCOLLECTION",
        RawKind::Simple(kind) => name_of(kind),
    }
}

/// The name of a kind in catalogues.
pub(super) fn name_of(kind: GeometryKind) -> &'static str {
    match kind {
        GeometryKind::Point => "POINT",
        GeometryKind::MultiPoint => "MULTIPOINT",
        GeometryKind::LineString => "LINESTRING",
        GeometryKind::MultiLineString => "MULTILINESTRING",
        GeometryKind::Polygon => "POLYGON",
        GeometryKind::MultiPolygon => "MULTIPOLYGON",
    }
}

/// Registers what triggers of GeoPackages call: SQLite has none of it.
pub(super) fn register(db: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    db.create_scalar_function("ST_IsEmpty", 1, flags, |context| {
        Ok(argument(context).map(|geometry| geometry.is_empty()))
    })?;
    for (name, side) in [("ST_MinX", 0), ("ST_MinY", 1), ("ST_MaxX", 2), ("ST_MaxY", 3)] {
        db.create_scalar_function(name, 1, flags, move |context| {
            Ok(argument(context).as_ref().and_then(wkb::envelope).map(|envelope| envelope[side]))
        })?;
    }
    db.create_scalar_function("ST_GeometryType", 1, flags, |context| {
        Ok(argument(context).map(|geometry| type_name(&geometry)))
    })?;
    db.create_scalar_function("ST_SRID", 1, flags, |context| match context.get_raw(0) {
        ValueRef::Blob([b'G', b'P', _, flags, a, b, c, d, ..]) => {
            let id = [*a, *b, *c, *d];
            Ok(Some(if flags & 1 == 1 { i32::from_le_bytes(id) } else { i32::from_be_bytes(id) }))
        }
        _ => Ok(None),
    })?;
    // Of the extension that keeps other types out of a column: is the second type one of the first?
    db.create_scalar_function("GPKG_IsAssignable", 2, flags, |context| {
        let (wanted, actual) = (context.get::<String>(0)?, context.get::<String>(1)?);
        Ok(kind_named(&wanted).is_none_or(|kind| Some(kind) == kind_named(&actual)))
    })
}

/// The envelope of a geometry that is written.
pub(super) fn around(geometry: Option<&RawGeometry>) -> Option<[f64; 4]> {
    geometry.and_then(envelope)
}
