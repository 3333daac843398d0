//! Which tables a store has, and what the register says of them.

use super::columns::{Columns, GeometryColumn, Registered, columns};
use super::connect::{Connection, Snapshots};
use super::url::{StoreUrl, shown};
use super::{StoreError, literal, quoted};
use crate::i18n::{Said, between, tr};
use crate::io::formats::LayerInfo;
use crate::io::formats::wkb::kind_named;
use crate::model::Role;
use std::path::Path;

/// Tables of more rows than this are not counted; what the server reckons is told instead.
const COUNTED: f64 = 1_000_000.0;

/// A table, a view, or what else gives rows.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) oid: u32,
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) title: Option<String>,
    /// `r` for tables; `v` for views, …
    pub(super) kind: String,
    pub(super) is_readable: bool,
    /// Rows as the server reckons; negative where it does not know.
    estimate: f64,
    pub(super) entered: Option<EnteredLayer>,
    /// True where the user may give it triggers.
    pub(super) is_own: bool,
}

/// What the register says of a table.
#[derive(Clone, Debug)]
pub(super) struct EnteredLayer {
    pub(super) title: Option<String>,
    pub(super) role: Option<Role>,
    /// How it is read, where this program made it.
    pub(super) reading: Option<Registered>,
    pub(super) is_answer: bool,
    pub(super) seq: i64,
    /// When it was changed last, by the server's clock.
    changed: String,
}

impl Entry {
    /// Its name with its schema, for people.
    pub(super) fn called(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    /// About how many rows it has, as far as the server knows.
    pub(super) fn rows_about(&self) -> u64 {
        self.estimate.max(0.0) as u64
    }

    /// Its name in SQL.
    pub(super) fn sql(&self) -> String {
        format!("{}.{}", quoted(&self.schema), quoted(&self.name))
    }
}

/// The tables of a schema by their names, or one of them.
pub(super) fn entries(
    connection: &mut Connection,
    store: &str,
    schema: &str,
    table: Option<&str>,
) -> Result<Vec<Entry>, StoreError> {
    let of_server = |e: postgres::Error| StoreError::of_server(store, &e);
    let (entered, join) = match connection.has_register {
        true => (
            "l.title, l.role, l.reading::text, l.is_answer, l.seq, to_char(l.changed_at, 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')",
            "LEFT JOIN shanshui.layer l ON l.schema_name = n.nspname AND l.table_name = c.relname",
        ),
        false => ("NULL::text, NULL::text, NULL::text, NULL::bool, NULL::int8, NULL::text", ""),
    };
    // What belongs to an extension is no data, and of parts of a table the whole is read.
    let sql = format!(
        "SELECT c.oid, n.nspname::text, c.relname::text, obj_description(c.oid, 'pg_class'), c.relkind::text, \
         has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'), c.reltuples::float8, \
         pg_has_role(c.relowner, 'USAGE'), {entered} \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace {join} \
         WHERE n.nspname = $1 AND ($2::text IS NULL OR c.relname = $2) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
         AND NOT c.relispartition AND NOT EXISTS (SELECT FROM pg_depend d \
         WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY c.relname COLLATE \"C\""
    );
    let rows = connection.client.query(&sql, &[&schema, &table]).map_err(of_server)?;
    let one = |row: postgres::Row| {
        let called = format!("{}.{}", row.get::<_, String>(1), row.get::<_, String>(2));
        let entered = match row.get::<_, Option<i64>>(12) {
            None => None,
            Some(seq) => Some(EnteredLayer {
                title: row.get(8),
                role: row.get::<_, Option<String>>(9).map(|role| role_of(store, &called, &role)).transpose()?,
                reading: row
                    .get::<_, Option<String>>(10)
                    .map(|json| serde_json::from_str(&json).map_err(|e| wrong_entry(store, &called, &e.to_string())))
                    .transpose()?,
                is_answer: row.get(11),
                seq,
                changed: row.get(13),
            }),
        };
        Ok(Entry {
            oid: row.get(0),
            schema: row.get(1),
            name: row.get(2),
            title: row.get(3),
            kind: row.get(4),
            is_readable: row.get(5),
            estimate: row.get(6),
            is_own: row.get(7),
            entered,
        })
    };
    rows.into_iter().map(one).collect()
}

fn wrong_entry(store: &str, table: &str, cause: &str) -> StoreError {
    StoreError::new(store, Said::told(|lang| tr!(lang, "store.wrong_entry", table = table, cause = cause).into_owned()))
}

fn role_of(store: &str, table: &str, id: &str) -> Result<Role, StoreError> {
    Role::parse(id).ok_or_else(|| wrong_entry(store, table, id))
}

/// The one table that a URL and a name mean.
///
/// # Errors
/// [`StoreError`]: it is not there (what is there is named), it may not be read, or several could be meant.
pub(super) fn entry(
    connection: &mut Connection,
    store: &str,
    url: &StoreUrl,
    named: Option<&str>,
) -> Result<Entry, StoreError> {
    let schema = url.schema();
    let wanted = named.or(url.table.as_deref());
    let found = entries(connection, store, schema, wanted)?;
    let names = |all: &[Entry]| all.iter().map(|entry| entry.name.clone()).collect::<Vec<_>>();
    let fail = |said| Err(StoreError::new(store, said));
    match (wanted, &found[..]) {
        (_, [one]) if one.is_readable => Ok(one.clone()),
        (_, [one]) => {
            let table = one.called();
            fail(Said::told(|lang| tr!(lang, "store.denied_table", table = table).into_owned()))
        }
        (Some(table), _) => {
            let all = names(&entries(connection, store, schema, None)?);
            let missing = format!("{schema}.{table}");
            fail(Said::told(|lang| match all.is_empty() {
                true => tr!(lang, "store.no_table_at_all", table = missing, schema = schema).into_owned(),
                false => tr!(lang, "store.no_table", table = missing, names = all.join(between(lang))).into_owned(),
            }))
        }
        (None, []) => fail(Said::told(|lang| tr!(lang, "store.empty", schema = schema).into_owned())),
        (None, many) => {
            let all = names(many);
            fail(Said::told(|lang| tr!(lang, "store.which_table", names = all.join(between(lang))).into_owned()))
        }
    }
}

/// The layers that a URL means, in the order of their names: a table each, without what is counted.
///
/// # Errors
/// [`StoreError`]: the server cannot be reached, the schema is empty, a table is not there.
pub(in crate::io) fn layers(path: &Path, snapshots: &Snapshots) -> Result<Vec<LayerInfo>, StoreError> {
    let url = StoreUrl::parse(path)?;
    let store = shown(path);
    snapshots.with(path, &url, |connection| {
        let all = match url.table {
            Some(_) => vec![entry(connection, &store, &url, None)?],
            None => entries(connection, &store, url.schema(), None)?,
        };
        if all.is_empty() {
            let schema = url.schema();
            return Err(StoreError::new(
                &*store,
                Said::told(|lang| tr!(lang, "store.empty", schema = schema).into_owned()),
            ));
        }
        let mut infos = Vec::with_capacity(all.len());
        for entry in all {
            let columns = columns(connection, &store, entry.oid)?;
            let geometry = geometry_of(&columns, &url, &store, &entry)?;
            infos.push(LayerInfo {
                name: entry.name.clone(),
                title: entry.title.clone(),
                kinds: geometry.and_then(|geometry| kind_named(&geometry.kind)).into_iter().collect(),
                is_table: geometry.is_none(),
                rows: (entry.estimate >= 0.0).then_some(entry.rows_about()),
                crs: None,
            });
        }
        Ok(infos)
    })
}

/// The column of a table's geometry: the one that the URL names, else the first.
pub(super) fn geometry_of<'a>(
    columns: &'a Columns,
    url: &StoreUrl,
    store: &str,
    entry: &Entry,
) -> Result<Option<&'a GeometryColumn>, StoreError> {
    let Some(name) = url.geometry.as_deref() else { return Ok(columns.geometries.first()) };
    let found = columns.geometries.iter().find(|geometry| geometry.name == name);
    found.map(Some).ok_or_else(|| {
        let table = entry.called();
        StoreError::new(
            store,
            Said::told(|lang| tr!(lang, "store.no_geometry", table = table, name = name).into_owned()),
        )
    })
}

/// The coordinate system of an SRID: EPSG's number of it, else its definition; `None` for 0.
pub(super) fn crs_of(connection: &mut Connection, store: &str, srid: i32) -> Result<Option<String>, StoreError> {
    let (true, Some(schema)) = (srid != 0, connection.postgis.as_deref()) else { return Ok(None) };
    if srid == 4326 || srid == 4490 {
        return Ok(Some(format!("EPSG:{srid}")));
    }
    let sql = format!("SELECT auth_name, auth_srid, srtext FROM {}.spatial_ref_sys WHERE srid = $1", quoted(schema));
    let row = connection.client.query_opt(&sql, &[&srid]).map_err(|e| StoreError::of_server(store, &e))?;
    let Some(row) = row else {
        return Err(StoreError::new(store, Said::told(|lang| tr!(lang, "store.no_srid", srid = srid).into_owned())));
    };
    let (authority, number, text): (Option<String>, Option<i32>, Option<String>) = (row.get(0), row.get(1), row.get(2));
    let is_epsg = authority.is_some_and(|name| name.eq_ignore_ascii_case("EPSG"));
    Ok(number.filter(|_| is_epsg).map(|number| format!("EPSG:{number}")).or(text))
}

/// A table of a store, as it is listed.
#[derive(Clone, Debug, PartialEq)]
pub struct StoreTable {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// What its layer is called.
    pub title: Option<String>,
    /// What it means, where the register says so.
    pub role: Option<Role>,
    /// The type of its geometries: `MultiPolygon`; none where it has none.
    pub geometry: Option<String>,
    /// The SRID of its geometries, where it declares one.
    pub srid: Option<i32>,
    /// Its rows; none where they may not be read.
    pub rows: Option<u64>,
    /// True where the server reckoned the rows: there are many.
    pub is_estimate: bool,
    /// The number of its last change; none where nothing counts them.
    pub feed: Option<i64>,
    /// When it was changed last (UTC); none where nothing notes it.
    pub changed: Option<String>,
    /// True where the user may read it.
    pub is_readable: bool,
}

/// The tables that a URL means: of its schema, or the one that it names.
///
/// Cost: tables of up to a million rows are counted.
///
/// # Errors
/// [`StoreError`]
pub fn list(path: &Path) -> Result<Vec<StoreTable>, StoreError> {
    let url = StoreUrl::parse(path)?;
    let store = shown(path);
    let snapshots = Snapshots::default();
    snapshots.with(path, &url, |connection| {
        let all = match url.table {
            Some(_) => vec![entry(connection, &store, &url, None)?],
            None => entries(connection, &store, url.schema(), None)?,
        };
        let mut tables = Vec::with_capacity(all.len());
        for entry in all {
            let columns = columns(connection, &store, entry.oid)?;
            let geometry = geometry_of(&columns, &url, &store, &entry)?;
            let is_estimate = entry.is_readable && entry.estimate > COUNTED;
            let rows = match (entry.is_readable, is_estimate) {
                (false, _) => None,
                (true, true) => Some(entry.estimate as u64),
                (true, false) => {
                    let sql = format!("SELECT count(*) FROM {}", entry.sql());
                    let row = connection.client.query_one(&sql, &[]);
                    let row = row.map_err(|e| StoreError::of_server(&entry.called(), &e))?;
                    u64::try_from(row.get::<_, i64>(0)).ok()
                }
            };
            let is_watched = entry.entered.is_some() && is_watched(connection, &store, &entry)?;
            let entered = entry.entered.as_ref();
            tables.push(StoreTable {
                title: entered.and_then(|layer| layer.title.clone()).or_else(|| entry.title.clone()),
                role: entered.and_then(|layer| layer.role),
                geometry: geometry.map(|geometry| geometry.kind.clone()),
                srid: geometry.map(|geometry| geometry.srid).filter(|srid| *srid != 0),
                rows,
                is_estimate,
                feed: entered.filter(|_| is_watched).map(|layer| layer.seq),
                changed: entered.filter(|_| is_watched).map(|layer| layer.changed.clone()),
                is_readable: entry.is_readable,
                schema: entry.schema,
                table: entry.name,
            });
        }
        Ok(tables)
    })
}

/// True where changes of a table are counted: its triggers are there and not switched off.
pub(super) fn is_watched(connection: &mut Connection, store: &str, entry: &Entry) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT count(*) FROM pg_trigger WHERE tgrelid = $1 AND tgname IN ({}) AND tgenabled <> 'D'",
        super::init::TRIGGERS.map(literal).join(", ")
    );
    let row = connection.client.query_one(&sql, &[&entry.oid]).map_err(|e| StoreError::of_server(store, &e))?;
    Ok(row.get::<_, i64>(0) == super::init::TRIGGERS.len() as i64)
}
