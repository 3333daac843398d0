//! A layer before its rows are read: its fields with titles and domains, its key, its system.

use super::catalogue::{Entry, Srs, columns_of, has_table, srs};
use super::open::{Opened, quoted};
use super::value::Declared;
use crate::io::formats::{Domain, Field, FieldKind};
use rusqlite::{Connection, OptionalExtension};
use std::collections::HashMap;
use std::sync::Arc;

/// A column that is given as a field.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) declared: Declared,
    pub(super) field: Field,
    /// True where it is computed, or the key: it cannot be written.
    pub(super) is_fixed: bool,
}

/// What is known of a layer.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    /// The expression for a row's id; `None` where rows have none.
    pub(super) id: Option<String>,
    /// True where the id is kept by the file (an integer primary key).
    pub(super) has_ids: bool,
    pub(super) columns: Vec<Column>,
    pub(super) srs: Srs,
}

/// Names of key columns that are nothing but ids. A key of another name is a field too: `地块编号` is what planners ask for.
const KEY_NAMES: [&str; 11] =
    ["fid", "ogc_fid", "id", "_id", "gid", "pk", "pkid", "pk_uid", "pkuid", "objectid", "rowid"];

/// Reads what is known of a layer.
pub(super) fn layer(opened: &Opened, entry: &Entry) -> rusqlite::Result<Layer> {
    let db = &opened.db;
    let declared = columns_of(db, &entry.table)?;
    let geometry = entry.geometry.as_ref();
    let keys: Vec<_> = declared.iter().filter(|column| column.is_key).collect();
    let key = match keys[..] {
        [key] if key.declared.eq_ignore_ascii_case("INTEGER") && !entry.is_view => Some(key.name.clone()),
        // A view's key is its first column (OGC 12-128r18, 2.1.7), where it is called like one.
        _ if entry.is_view => declared.first().map(|first| first.name.clone()).filter(|name| is_key_name(name)),
        _ => None,
    };
    let id = match &key {
        Some(key) => Some(quoted(key)),
        None if entry.is_view || has_no_rowid(db, &entry.table)? => None,
        None => {
            let is_free = |name: &&str| !declared.iter().any(|column| column.name.eq_ignore_ascii_case(name));
            ["rowid", "_rowid_", "oid"].into_iter().find(is_free).map(str::to_owned)
        }
    };
    let titles = titles(db, &entry.name)?;
    let mut columns = Vec::new();
    for column in declared {
        let is_id = key.as_ref() == Some(&column.name);
        if geometry.is_some_and(|geometry| geometry.column == column.name) || is_id && is_key_name(&column.name) {
            continue;
        }
        let (mut declared, width) = Declared::of(&column.declared);
        let mut field = Field::new(column.name.clone(), FieldKind::Text);
        field.width = width;
        if let Some(title) = titles.get(&column.name.to_lowercase()) {
            if title.is_json && declared == Declared::Text {
                declared = Declared::Json;
            }
            field.title.clone_from(&title.title);
            field.domain.clone_from(&title.domain);
        }
        field.kind =
            if declared == Declared::Any { kind_by_content(opened, entry, &column.name) } else { declared.kind() };
        columns.push(Column { declared, field, is_fixed: is_id || column.is_generated });
    }
    let srs = srs(db, geometry.and_then(|geometry| geometry.srs_id))?;
    Ok(Layer { id, has_ids: key.is_some(), columns, srs })
}

fn is_key_name(name: &str) -> bool {
    KEY_NAMES.iter().any(|key| name.eq_ignore_ascii_case(key))
}

fn has_no_rowid(db: &Connection, table: &str) -> rusqlite::Result<bool> {
    let sql = "SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1";
    Ok(db.query_row(sql, [table], |row| row.get(0)).optional()?.unwrap_or(false))
}

/// What the first values of a column are that is declared as nothing.
fn kind_by_content(opened: &Opened, entry: &Entry, column: &str) -> FieldKind {
    let (column, table) = (quoted(column), quoted(&entry.table));
    let sql = format!("SELECT DISTINCT typeof(c) FROM (SELECT {column} AS c FROM {table} LIMIT 100) WHERE c NOT NULL");
    let types =
        || -> rusqlite::Result<Vec<String>> { opened.db.prepare(&sql)?.query_map([], |row| row.get(0))?.collect() };
    let types = opened.guard.within(100, types).unwrap_or_default();
    let all = |allowed: &[&str]| !types.is_empty() && types.iter().all(|found| allowed.contains(&found.as_str()));
    if all(&["integer"]) {
        FieldKind::Integer
    } else if all(&["integer", "real"]) {
        FieldKind::Real
    } else {
        FieldKind::Text
    }
}

/// What the schema extension says of a column.
#[derive(Clone, Debug, Default)]
struct Title {
    title: Option<String>,
    domain: Option<Arc<Domain>>,
    is_json: bool,
}

/// Titles and domains by column in lower case.
fn titles(db: &Connection, name: &str) -> rusqlite::Result<HashMap<String, Title>> {
    let mut all = HashMap::new();
    if !has_table(db, "gpkg_data_columns")? {
        return Ok(all);
    }
    let has_domains = has_table(db, "gpkg_data_column_constraints")?;
    let mut statement = db.prepare(
        "SELECT column_name, name, title, mime_type, constraint_name FROM gpkg_data_columns WHERE lower(table_name) = lower(?1)",
    )?;
    let mut rows = statement.query([name])?;
    while let Some(row) = rows.next()? {
        let text = |i| row.get::<_, Option<String>>(i).unwrap_or_default().filter(|text| !text.is_empty());
        let Some(column) = text(0) else {
            continue;
        };
        let title = [text(2), text(1)].into_iter().flatten().find(|title| *title != column);
        let domain = match text(4).filter(|_| has_domains) {
            Some(constraint) => domain(db, &constraint)?,
            None => None,
        };
        let is_json = text(3).is_some_and(|mime| mime.eq_ignore_ascii_case("application/json"));
        all.insert(column.to_lowercase(), Title { title, domain, is_json });
    }
    Ok(all)
}

/// The codes of an enumeration; `None` for a range or a pattern, which say nothing of what values mean.
fn domain(db: &Connection, name: &str) -> rusqlite::Result<Option<Arc<Domain>>> {
    let sql = "SELECT value, description FROM gpkg_data_column_constraints
               WHERE lower(constraint_name) = lower(?1) AND lower(constraint_type) = 'enum' ORDER BY rowid";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([name])?;
    let mut values = Vec::new();
    while let Some(row) = rows.next()? {
        let code: Option<String> = row.get(0).unwrap_or_default();
        let meaning: Option<String> = row.get(1).unwrap_or_default();
        if let Some(code) = code {
            // Without a description the code stands for itself.
            let meaning = meaning.filter(|meaning| !meaning.is_empty()).unwrap_or_else(|| code.clone());
            values.push((code, meaning));
        }
    }
    Ok((!values.is_empty()).then(|| Arc::new(Domain { name: name.to_owned(), values })))
}
