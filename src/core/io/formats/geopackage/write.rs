//! Writing a new GeoPackage 1.4 of one layer.

use super::open::{quoted, refused};
use super::sql::{
    APPLICATION_ID, CATALOGUE, SCHEMA, SYSTEMS, USER_VERSION, around, index_name, name_of, register, triggers,
};
use super::value::{Declared, value};
use crate::i18n::{Said, tr};
use crate::io::formats::wkb::write_geopackage;
use crate::io::formats::{
    Cell, Field, FieldKind, FormatError, FormatPlace, Loss, RawGeometry, RawKind, RowSource, Schema,
};
use crate::model::GeometryKind;
use crate::progress::Progress;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, params};
use std::collections::HashSet;
use std::path::Path;

/// The id of a system that no organisation numbers.
const OWN_SRS: i64 = 100_000;

/// How a field is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Plan {
    pub(super) name: String,
    pub(super) declared: Declared,
    /// `TEXT(20)`.
    pub(super) declaration: String,
    pub(super) losses: Vec<Loss>,
}

/// How all fields are written: names are told apart whatever their case, and from the columns that the format needs.
pub(super) fn plans(schema: &Schema) -> Vec<Plan> {
    let mut taken: HashSet<String> = ["fid", "geom"].into_iter().map(str::to_owned).collect();
    schema.fields.iter().enumerate().map(|(i, field)| plan(field, i, &mut taken)).collect()
}

fn plan(field: &Field, place: usize, taken: &mut HashSet<String>) -> Plan {
    let clean = field.name.replace('\0', "");
    let base = if clean.trim().is_empty() { format!("field_{}", place + 1) } else { clean };
    let mut name = base.clone();
    let mut number = 1;
    while !taken.insert(name.to_lowercase()) {
        number += 1;
        name = format!("{base}_{number}");
    }
    let mut losses = Vec::new();
    let mut lose = |what: Said| losses.push(Loss { what, field: Some(field.name.clone()) });
    if name != field.name {
        let (from, to) = (&field.name, &name);
        lose(Said::told(|lang| tr!(lang, "format.geopackage.renamed", from = from, to = to).into_owned()));
    }
    let declared = match field.kind {
        FieldKind::Bool => Declared::Bool,
        FieldKind::Integer => Declared::Integer,
        FieldKind::Real => Declared::Real,
        FieldKind::Decimal => match (field.width, field.decimals) {
            (Some(1..=18), Some(0)) => Declared::Integer,
            // Fifteen digits come back from a double as they were.
            (Some(1..=15), Some(1..=15)) => Declared::Real,
            _ => {
                lose(Said::told(|lang| tr!(lang, "format.geopackage.decimal", name = field.name).into_owned()));
                Declared::Text
            }
        },
        FieldKind::Text => Declared::Text,
        FieldKind::Date => Declared::Date,
        FieldKind::Time => {
            lose(Said::told(|lang| tr!(lang, "format.geopackage.time", name = field.name).into_owned()));
            Declared::Text
        }
        FieldKind::DateTime => Declared::DateTime,
        FieldKind::Json => Declared::Json,
    };
    let declaration = match declared {
        Declared::Bool => "BOOLEAN".to_owned(),
        Declared::Integer => "INTEGER".to_owned(),
        Declared::Real => "REAL".to_owned(),
        Declared::Date => "DATE".to_owned(),
        Declared::DateTime => "DATETIME".to_owned(),
        _ => match field.width.filter(|_| field.kind == FieldKind::Text) {
            Some(width) => format!("TEXT({width})"),
            None => "TEXT".to_owned(),
        },
    };
    Plan { name, declared, declaration, losses }
}

/// What a look at all rows tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Look {
    kinds: HashSet<RawKind>,
    with_z: usize,
    with_m: usize,
    geometries: usize,
}

impl Look {
    pub(super) fn of(rows: &dyn RowSource) -> Result<Self, FormatError> {
        let mut look = Self::default();
        if rows.schema().is_table {
            return Ok(look);
        }
        rows.each(&mut |_, geometry| {
            if let Some(geometry) = geometry {
                look.kinds.insert(geometry.kind);
                look.geometries += 1;
                look.with_z += usize::from(has(geometry, |geometry| !geometry.z.is_empty()));
                look.with_m += usize::from(has(geometry, |geometry| !geometry.m.is_empty()));
            }
            Ok(())
        })?;
        Ok(look)
    }

    /// The type for the catalogue, and whether single geometries are written as multiple ones.
    pub(super) fn kind(&self) -> (&'static str, bool) {
        let has = |kind| self.kinds.contains(&RawKind::Simple(kind));
        let single = |kind| (name_of(kind), false);
        let all: Vec<_> = self.kinds.iter().collect();
        if let [RawKind::Simple(kind)] = all[..] {
            return single(*kind);
        }
        if all == [&RawKind::Collection] {
            return ("GEOMETRYCOLLECTION", false);
        }
        for (one, many) in [
            (GeometryKind::Point, GeometryKind::MultiPoint),
            (GeometryKind::LineString, GeometryKind::MultiLineString),
            (GeometryKind::Polygon, GeometryKind::MultiPolygon),
        ] {
            if all.len() == 2 && has(one) && has(many) {
                return (name_of(many), true);
            }
        }
        ("GEOMETRY", false)
    }

    /// 0 where no geometry has it, 1 where all have, 2 where some have.
    fn dimension(&self, with: usize) -> i64 {
        match with {
            0 => 0,
            n if n == self.geometries => 1,
            _ => 2,
        }
    }
}

fn has(geometry: &RawGeometry, test: fn(&RawGeometry) -> bool) -> bool {
    test(geometry) || geometry.members.iter().any(|member| has(member, test))
}

/// Writes a file at a path where there is none yet. Nothing is left where it fails but the file itself.
pub(super) fn write(rows: &dyn RowSource, stem: &str, path: &Path, progress: &Progress) -> Result<(), FormatError> {
    if std::fs::metadata(path).is_ok_and(|there| there.len() > 0) {
        return Err(std::io::Error::from(std::io::ErrorKind::AlreadyExists).into());
    }
    progress.start((rows.len() as u64).max(1));
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(path, flags).map_err(|e| refused(&e))?;
    fill(&mut db, rows, stem, progress).map_err(|stop| match stop {
        Stop::Sql(e) => refused(&e),
        Stop::Format(e) => e,
    })?;
    db.close().map_err(|(_, e)| refused(&e))
}

enum Stop {
    Sql(rusqlite::Error),
    Format(FormatError),
}

impl From<rusqlite::Error> for Stop {
    fn from(e: rusqlite::Error) -> Self {
        Self::Sql(e)
    }
}

impl From<FormatError> for Stop {
    fn from(e: FormatError) -> Self {
        Self::Format(e)
    }
}

fn fill(db: &mut Connection, rows: &dyn RowSource, stem: &str, progress: &Progress) -> Result<(), Stop> {
    // The file gets its name when it is whole: neither a journal nor waiting for the disk is needed before.
    db.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA encoding = 'UTF-8'; PRAGMA cache_size = -16384;",
    )?;
    register(db)?;
    let look = Look::of(rows)?;
    let schema = rows.schema();
    let (plans, table) = (plans(schema), table_name(schema, stem));
    let transaction = db.transaction()?;
    transaction.execute_batch(CATALOGUE)?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", USER_VERSION)?;
    for (name, id, organization, definition, description) in SYSTEMS {
        let values = params![name, id, organization, id, definition, description];
        transaction.execute("INSERT INTO gpkg_spatial_ref_sys VALUES (?1, ?2, ?3, ?4, ?5, ?6)", values)?;
    }
    let srs_id = put_srs(&transaction, rows)?;
    let mut columns = String::from("fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL");
    let (kind, as_multi) = look.kind();
    if !schema.is_table {
        columns.push_str(&format!(", geom {kind}"));
    }
    for plan in &plans {
        columns.push_str(&format!(", {} {}", quoted(&plan.name), plan.declaration));
    }
    transaction.execute_batch(&format!("CREATE TABLE {} ({columns});", quoted(&table)))?;
    let index = (!schema.is_table).then(|| index_name(&table, "geom"));
    if let Some(index) = &index {
        transaction.execute_batch(&format!(
            "CREATE VIRTUAL TABLE {} USING rtree(id, minx, maxx, miny, maxy)",
            quoted(index)
        ))?;
    }
    let extent = put_rows(&transaction, rows, &plans, &table, index.as_deref(), srs_id, as_multi, progress)?;
    let data_type = if schema.is_table { "attributes" } else { "features" };
    let side = |i: usize| extent.map(|extent| extent[i]);
    let identifier = schema.title.as_deref().filter(|title| !title.is_empty()).unwrap_or(&table);
    let own_srs = (!schema.is_table).then_some(srs_id);
    transaction.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, min_x, min_y, max_x, max_y, srs_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![table, data_type, identifier, side(0), side(1), side(2), side(3), own_srs],
    )?;
    if !schema.is_table {
        let (z, m) = (look.dimension(look.with_z), look.dimension(look.with_m));
        let values = params![table, "geom", kind, srs_id, z, m];
        transaction.execute("INSERT INTO gpkg_geometry_columns VALUES (?1, ?2, ?3, ?4, ?5, ?6)", values)?;
        let definition = "http://www.geopackage.org/spec120/#extension_rtree";
        let values = params![table, "geom", "gpkg_rtree_index", definition, "write-only"];
        transaction.execute("INSERT INTO gpkg_extensions VALUES (?1, ?2, ?3, ?4, ?5)", values)?;
        transaction.execute_batch(&triggers(&table, "geom", "fid"))?;
    }
    put_titles(&transaction, schema, &plans, &table)?;
    transaction.commit()?;
    Ok(())
}

/// The layer's name as a table's: the file's where it has none; not one of the format's own.
fn table_name(schema: &Schema, stem: &str) -> String {
    let mut names = [schema.name.as_str(), stem, "layer"].into_iter().map(|name| name.replace('\0', ""));
    let name = names.find(|name| !name.trim().is_empty()).unwrap_or_default();
    let lower = name.to_lowercase();
    let is_reserved = ["gpkg_", "sqlite_", "rtree_"].iter().any(|start| lower.starts_with(start));
    if is_reserved { format!("_{name}") } else { name }
}

/// The id of the rows' system, which is added where it is not there.
fn put_srs(db: &Connection, rows: &dyn RowSource) -> rusqlite::Result<i64> {
    if rows.schema().crs.is_none() || rows.schema().is_table {
        return Ok(-1);
    }
    let (definition, epsg) = rows.crs_definition();
    let id = match (epsg, &definition) {
        (Some(code), _) if SYSTEMS.iter().any(|system| system.1 == i64::from(code)) => return Ok(i64::from(code)),
        (Some(code), _) => i64::from(code),
        (None, Some(_)) => OWN_SRS,
        (None, None) => return Ok(-1),
    };
    let definition = definition.unwrap_or_else(|| "undefined".to_owned());
    let name = definition.split('"').nth(1).map_or_else(|| format!("EPSG:{id}"), str::to_owned);
    let organization = if epsg.is_some() { "EPSG" } else { "NONE" };
    let values = params![name, id, organization, id, definition];
    db.execute("INSERT INTO gpkg_spatial_ref_sys VALUES (?1, ?2, ?3, ?4, ?5, NULL)", values)?;
    Ok(id)
}

#[expect(clippy::too_many_arguments, reason = "one loop over all rows, with everything it needs")]
fn put_rows(
    db: &Connection,
    rows: &dyn RowSource,
    plans: &[Plan],
    table: &str,
    index: Option<&str>,
    srs_id: i64,
    as_multi: bool,
    progress: &Progress,
) -> Result<Option<[f64; 4]>, Stop> {
    let places = plans.len() + 1 + usize::from(index.is_some());
    let marks = vec!["?"; places].join(", ");
    let mut insert = db.prepare(&format!("INSERT INTO {} VALUES ({marks})", quoted(table)))?;
    let mut enter = match index {
        Some(index) => Some(db.prepare(&format!("INSERT INTO {} VALUES (?1, ?2, ?3, ?4, ?5)", quoted(index)))?),
        None => None,
    };
    let mut extent: Option<[f64; 4]> = None;
    let (mut fid, mut blob, mut promoted) = (0_i64, Vec::new(), RawGeometry::new(RawKind::Collection));
    let mut row = |cells: &[Cell<'_>], geometry: Option<&RawGeometry>| -> Result<(), Stop> {
        fid += 1;
        if fid % 256 == 0 {
            progress.advance(256).map_err(FormatError::from)?;
        }
        insert.raw_bind_parameter(1, fid)?;
        let mut place = 2;
        if let Some(enter) = &mut enter {
            let geometry = geometry.map(|geometry| if as_multi { promote(geometry, &mut promoted) } else { geometry });
            match geometry {
                Some(geometry) => {
                    blob.clear();
                    write_geopackage(geometry, srs_id as i32, &mut blob);
                    insert.raw_bind_parameter(2, &blob[..])?;
                }
                None => insert.raw_bind_parameter(2, rusqlite::types::Null)?,
            }
            if let Some(e) = around(geometry) {
                enter.execute(params![fid, e[0], e[2], e[1], e[3]])?;
                let all = extent.get_or_insert(e);
                *all = [all[0].min(e[0]), all[1].min(e[1]), all[2].max(e[2]), all[3].max(e[3])];
            }
            place = 3;
        }
        for (i, plan) in plans.iter().enumerate() {
            match cells.get(i) {
                // The usual ones without a copy.
                Some(Cell::Text(text)) if plan.declared == Declared::Text => {
                    insert.raw_bind_parameter(place + i, text.as_ref())?
                }
                Some(cell) => match value(cell, plan.declared) {
                    Some(value) => insert.raw_bind_parameter(place + i, value)?,
                    None => return Err(cannot_hold(plan, fid).into()),
                },
                None => insert.raw_bind_parameter(place + i, Value::Null)?,
            }
        }
        insert.raw_execute()?;
        Ok(())
    };
    let mut stopped = None;
    let result = rows.each(&mut |cells, geometry| {
        row(cells, geometry).map_err(|stop| match stop {
            Stop::Format(e) => e,
            Stop::Sql(e) => {
                let refusal = refused(&e);
                stopped = Some(e);
                refusal
            }
        })
    });
    if let Some(e) = stopped {
        return Err(e.into());
    }
    result?;
    progress.advance((fid % 256) as u64).map_err(FormatError::from)?;
    Ok(extent)
}

/// A refusal for a value that a column cannot hold.
pub(super) fn cannot_hold(plan: &Plan, row: i64) -> FormatError {
    let field = &plan.name;
    let said = Said::told(|lang| tr!(lang, "format.geopackage.cannot_hold", field = field).into_owned());
    FormatError::refused(said).at(FormatPlace::Row(row.unsigned_abs()))
}

/// A geometry as its multiple kind.
fn promote<'a>(geometry: &'a RawGeometry, into: &'a mut RawGeometry) -> &'a RawGeometry {
    let kind = match geometry.kind {
        RawKind::Simple(GeometryKind::Point) => GeometryKind::MultiPoint,
        RawKind::Simple(GeometryKind::LineString) => GeometryKind::MultiLineString,
        RawKind::Simple(GeometryKind::Polygon) => GeometryKind::MultiPolygon,
        _ => return geometry,
    };
    into.clone_from(geometry);
    into.kind = RawKind::Simple(kind);
    into
}

/// Titles, domains and JSON columns, by the schema extension.
fn put_titles(db: &Connection, schema: &Schema, plans: &[Plan], table: &str) -> rusqlite::Result<()> {
    let is_told = |field: &Field| field.title.is_some() || field.domain.is_some() || field.kind == FieldKind::Json;
    if !schema.fields.iter().any(is_told) {
        return Ok(());
    }
    db.execute_batch(SCHEMA)?;
    let mut written = HashSet::new();
    for (field, plan) in schema.fields.iter().zip(plans).filter(|(field, _)| is_told(field)) {
        let mime = (field.kind == FieldKind::Json).then_some("application/json");
        let domain = field.domain.as_ref().filter(|domain| !domain.values.is_empty());
        // Constraints are called in lower case by the format's own rule.
        let constraint = domain.map(|domain| domain.name.to_lowercase());
        db.execute(
            "INSERT INTO gpkg_data_columns (table_name, column_name, title, mime_type, constraint_name) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![table, plan.name, field.title, mime, constraint],
        )?;
        let Some((domain, constraint)) = domain.zip(constraint).filter(|(_, name)| written.insert(name.clone())) else {
            continue;
        };
        for (code, meaning) in &domain.values {
            db.execute(
                "INSERT OR IGNORE INTO gpkg_data_column_constraints (constraint_name, constraint_type, value, description)
                 VALUES (?1, 'enum', ?2, ?3)",
                params![constraint, code, meaning],
            )?;
        }
    }
    Ok(())
}

/// What would be lost.
pub(super) fn losses(rows: &dyn RowSource) -> Vec<Loss> {
    let schema = rows.schema();
    let mut losses: Vec<Loss> = plans(schema).into_iter().flat_map(|plan| plan.losses).collect();
    let mut lose = |what: Said| losses.push(Loss { what, field: None });
    if schema.crs.is_some() && rows.crs_definition() == (None, None) {
        lose(Said::told(|lang| tr!(lang, "format.geopackage.lost_crs").into_owned()));
    }
    match Look::of(rows).map(|look| look.kind()) {
        Ok((_, true)) => lose(Said::told(|lang| tr!(lang, "format.geopackage.promoted").into_owned())),
        Ok(("GEOMETRY", false)) if !schema.is_table && !rows.is_empty() => {
            lose(Said::told(|lang| tr!(lang, "format.geopackage.mixed").into_owned()));
        }
        _ => {}
    }
    losses
}
