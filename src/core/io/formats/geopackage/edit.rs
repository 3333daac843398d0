//! Changing rows of a GeoPackage in place: all in one transaction, or none.

use super::catalogue::{Entry, catalogue, has_table, is_counted};
use super::layer::{Column, Layer, layer};
use super::open::{Guard, MAGIC, Opened, PATIENCE, quoted, refused};
use super::sql::{around, index_name, register};
use super::value::{cell, is_same, value};
use crate::i18n::{Said, tr};
use crate::io::formats::wkb::{self, STEP_DEGREES, STEP_METRES, read_geopackage, write_geopackage};
use crate::io::formats::{Cell, FormatError, FormatPlace, RawGeometry, RawKind};
use crate::progress::Progress;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OpenFlags, OptionalExtension, TransactionBehavior, params_from_iter};
use std::path::Path;

/// A cell that is changed.
#[derive(Clone, Debug, PartialEq)]
pub struct CellChange<'a> {
    /// The field's name.
    pub field: &'a str,
    /// What it was when it was read.
    pub was: Cell<'a>,
    /// What it becomes.
    pub now: Cell<'a>,
}

/// A geometry that is changed, in the layer's own coordinates; `None` for none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeometryChange<'a> {
    /// What it was when it was read.
    pub was: Option<&'a RawGeometry>,
    /// What it becomes.
    pub now: Option<&'a RawGeometry>,
}

/// A change of one row.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RowChange<'a> {
    /// Some cells and the geometry of a row get other values.
    Update {
        /// The row's id, as reading gave it.
        id: i64,
        /// The cells that change.
        cells: Vec<CellChange<'a>>,
        /// The geometry, where it changes.
        geometry: Option<GeometryChange<'a>>,
    },
    /// A new row; fields that are not named are null.
    Insert {
        /// Fields with their values.
        cells: Vec<(&'a str, Cell<'a>)>,
        /// Its geometry.
        geometry: Option<&'a RawGeometry>,
    },
    /// A row goes.
    Delete {
        /// Its id.
        id: i64,
        /// What it was: fields with their values; those that are not named may be anything.
        was: Vec<(&'a str, Cell<'a>)>,
        /// Its geometry, where that is to be compared.
        geometry: Option<Option<&'a RawGeometry>>,
    },
}

/// Applies changes to a layer of a GeoPackage in one transaction, in their order. Gives the ids of the inserted rows.
///
/// Every row is compared with what it was when it was read, before it is changed: nothing that another program wrote
/// meanwhile is overwritten. `gpkg_contents.last_change`, its extent and the R-tree are kept. Cost: the rows that change.
///
/// # Errors
/// Where a row is no longer what it was (at its id), a value does not fit its column, a field cannot be written, the file is locked or
/// damaged; nothing is changed then.
pub fn apply(path: &Path, name: &str, changes: &[RowChange<'_>], progress: &Progress) -> Result<Vec<i64>, FormatError> {
    let mut head = [0; 16];
    std::io::Read::read_exact(&mut std::fs::File::open(path)?, &mut head)?;
    if &head != MAGIC {
        return Err(FormatError::refused(Said::told(|lang| tr!(lang, "format.geopackage.no_sqlite").into_owned())));
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags).map_err(|e| refused(&e))?;
    let set_up = || {
        db.busy_timeout(PATIENCE)?;
        db.pragma_update(None, "synchronous", "FULL")?;
        register(&db)
    };
    set_up().map_err(|e| refused(&e))?;
    let mut opened = Opened::of(db, Guard::unlimited());
    let all = catalogue(&opened)?;
    let entry = super::find(&all, name)?;
    let layer = layer(&opened, entry).map_err(|e| refused(&e))?;
    if entry.is_view || !layer.has_ids {
        return Err(FormatError::refused(Said::told(|lang| tr!(lang, "format.geopackage.no_key").into_owned())));
    }
    progress.start((changes.len() as u64).max(1));
    run(&mut opened.db, entry, &layer, changes, progress).map_err(|stop| match stop {
        Stop::Sql(e) => refused(&e),
        Stop::Format(e) => e,
    })
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

fn run(
    db: &mut Connection,
    entry: &Entry,
    layer: &Layer,
    changes: &[RowChange<'_>],
    progress: &Progress,
) -> Result<Vec<i64>, Stop> {
    // The lock is taken at once: what is compared stays so until it is changed. It is all taken back where it is dropped.
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let editor = Editor { db: &transaction, entry, layer, index: index_of(&transaction, entry)? };
    let mut inserted = Vec::new();
    let mut extent: Option<[f64; 4]> = None;
    for change in changes {
        progress.advance(1).map_err(FormatError::from)?;
        let now = match change {
            RowChange::Update { id, cells, geometry } => {
                editor.compare(
                    *id,
                    cells.iter().map(|cell| (cell.field, &cell.was)),
                    geometry.map(|geometry| geometry.was),
                )?;
                editor.update(*id, cells, *geometry)?;
                geometry.and_then(|geometry| geometry.now)
            }
            RowChange::Insert { cells, geometry } => {
                inserted.push(editor.insert(cells, *geometry)?);
                *geometry
            }
            RowChange::Delete { id, was, geometry } => {
                editor.compare(*id, was.iter().map(|(field, cell)| (*field, cell)), *geometry)?;
                let sql = format!("DELETE FROM {} WHERE {} = ?1", quoted(&entry.table), editor.key());
                transaction.execute(&sql, [id])?;
                editor.enter(*id, None)?;
                None
            }
        };
        if let Some(e) = around(now) {
            let all = extent.get_or_insert(e);
            *all = [all[0].min(e[0]), all[1].min(e[1]), all[2].max(e[2]), all[3].max(e[3])];
        }
    }
    let has_moved = changes.iter().any(|change| !matches!(change, RowChange::Update { .. }));
    editor.close(extent, has_moved)?;
    transaction.commit()?;
    Ok(inserted)
}

/// The layer's R-tree, where there is one.
fn index_of(db: &Connection, entry: &Entry) -> rusqlite::Result<Option<String>> {
    let Some(geometry) = &entry.geometry else {
        return Ok(None);
    };
    let sql =
        "SELECT name FROM sqlite_master WHERE type = 'table' AND lower(name) = lower(?1) AND sql LIKE '%USING%rtree%'";
    db.query_row(sql, [index_name(&entry.table, &geometry.column)], |row| row.get(0)).optional()
}

struct Editor<'a> {
    db: &'a Connection,
    entry: &'a Entry,
    layer: &'a Layer,
    index: Option<String>,
}

impl Editor<'_> {
    fn key(&self) -> &str {
        self.layer.id.as_deref().unwrap_or("rowid")
    }

    fn column(&self, field: &str) -> Result<&Column, FormatError> {
        let found = self.layer.columns.iter().find(|column| column.field.name == field);
        found.ok_or_else(|| {
            FormatError::refused(Said::told(|lang| tr!(lang, "format.geopackage.no_field", field = field).into_owned()))
        })
    }

    /// The value for a field.
    fn value(&self, field: &str, cell: &Cell<'_>, row: i64) -> Result<Value, FormatError> {
        let column = self.column(field)?;
        let value = if column.is_fixed { None } else { value(cell, column.declared) };
        value.ok_or_else(|| {
            let said = Said::told(|lang| tr!(lang, "format.geopackage.cannot_hold", field = field).into_owned());
            FormatError::refused(said).at(FormatPlace::Row(row.unsigned_abs()))
        })
    }

    fn geometry_column(&self) -> Result<String, FormatError> {
        self.entry.geometry.as_ref().map(|geometry| quoted(&geometry.column)).ok_or_else(|| {
            FormatError::refused(Said::told(|lang| tr!(lang, "format.geopackage.is_table").into_owned()))
        })
    }

    fn blob(&self, geometry: Option<&RawGeometry>) -> Value {
        let srs_id = self.entry.geometry.as_ref().and_then(|geometry| geometry.srs_id).unwrap_or(0);
        geometry.map_or(Value::Null, |geometry| {
            let mut blob = Vec::new();
            write_geopackage(geometry, i32::try_from(srs_id).unwrap_or(0), &mut blob);
            Value::Blob(blob)
        })
    }

    /// Refuses where a row is not what it was.
    fn compare<'b>(
        &self,
        id: i64,
        cells: impl Iterator<Item = (&'b str, &'b Cell<'b>)>,
        geometry: Option<Option<&RawGeometry>>,
    ) -> Result<(), Stop> {
        let changed = |what: Option<&str>| {
            let said = Said::told(|lang| match what {
                Some(field) => tr!(lang, "format.geopackage.changed", id = id, field = field).into_owned(),
                None => tr!(lang, "format.geopackage.gone", id = id).into_owned(),
            });
            Stop::Format(FormatError::refused(said).at(FormatPlace::Member(format!("{} fid {id}", self.entry.name))))
        };
        let cells: Vec<_> = cells.collect();
        let geometry_column = match geometry {
            Some(_) => self.geometry_column()?,
            None => "NULL".to_owned(),
        };
        let mut sql = format!("SELECT {geometry_column}");
        for (field, _) in &cells {
            sql.push_str(", ");
            sql.push_str(&quoted(&self.column(field)?.field.name));
        }
        sql.push_str(&format!(" FROM {} WHERE {} = ?1", quoted(&self.entry.table), self.key()));
        let mut statement = self.db.prepare(&sql)?;
        let mut rows = statement.query([id])?;
        let Some(row) = rows.next()? else {
            return Err(changed(None));
        };
        for (i, (field, was)) in cells.iter().enumerate() {
            let (found, _) = cell(row.get_ref(i + 1)?, self.column(field)?.declared, None);
            if !is_same(&found, was) {
                return Err(changed(Some(field)));
            }
        }
        if let Some(was) = geometry {
            let step = if self.layer.srs.is_degrees { STEP_DEGREES } else { STEP_METRES };
            let mut found = RawGeometry::new(RawKind::Collection);
            let is_there = match row.get_ref(0)? {
                ValueRef::Blob(blob) => read_geopackage(blob, step, &mut found).is_ok(),
                _ => false,
            };
            let is_same = match was {
                Some(was) => is_there && wkb::is_alike(&found, was),
                None => !is_there,
            };
            if !is_same {
                return Err(changed(self.entry.geometry.as_ref().map(|geometry| geometry.column.as_str())));
            }
        }
        Ok(())
    }

    fn update(&self, id: i64, cells: &[CellChange<'_>], geometry: Option<GeometryChange<'_>>) -> Result<(), Stop> {
        let (mut sets, mut values) = (Vec::new(), Vec::new());
        for change in cells {
            sets.push(format!("{} = ?", quoted(change.field)));
            values.push(self.value(change.field, &change.now, id)?);
        }
        if let Some(change) = geometry {
            sets.push(format!("{} = ?", self.geometry_column()?));
            values.push(self.blob(change.now));
        }
        if sets.is_empty() {
            return Ok(());
        }
        values.push(Value::Integer(id));
        let sql = format!("UPDATE {} SET {} WHERE {} = ?", quoted(&self.entry.table), sets.join(", "), self.key());
        self.db.execute(&sql, params_from_iter(values))?;
        if let Some(change) = geometry {
            self.enter(id, change.now)?;
        }
        Ok(())
    }

    fn insert(&self, cells: &[(&str, Cell<'_>)], geometry: Option<&RawGeometry>) -> Result<i64, Stop> {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for (field, cell) in cells {
            names.push(quoted(field));
            values.push(self.value(field, cell, 0)?);
        }
        if geometry.is_some() {
            names.push(self.geometry_column()?);
            values.push(self.blob(geometry));
        }
        let table = quoted(&self.entry.table);
        let sql = if names.is_empty() {
            format!("INSERT INTO {table} DEFAULT VALUES")
        } else {
            format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), vec!["?"; names.len()].join(", "))
        };
        self.db.execute(&sql, params_from_iter(values))?;
        // Of the table, whatever its triggers inserted elsewhere: they have ids of their own.
        let id = self.db.last_insert_rowid();
        self.enter(id, geometry)?;
        Ok(id)
    }

    /// Sets a row's entry in the R-tree. Triggers do the same where the file has them; not every file does.
    fn enter(&self, id: i64, geometry: Option<&RawGeometry>) -> rusqlite::Result<()> {
        let Some(index) = &self.index else {
            return Ok(());
        };
        let index = quoted(index);
        match around(geometry) {
            Some(e) => {
                let sql = format!("INSERT OR REPLACE INTO {index} VALUES (?1, ?2, ?3, ?4, ?5)");
                self.db.execute(&sql, rusqlite::params![id, e[0], e[2], e[1], e[3]])?;
            }
            None => {
                self.db.execute(&format!("DELETE FROM {index} WHERE id = ?1"), [id])?;
            }
        }
        Ok(())
    }

    /// Notes the change in the catalogues.
    fn close(&self, extent: Option<[f64; 4]>, has_moved: bool) -> rusqlite::Result<()> {
        let name = &self.entry.name;
        let now = "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE lower(table_name) = lower(?1)";
        self.db.execute(now, [name])?;
        if let Some([min_x, min_y, max_x, max_y]) = extent {
            let sql = "UPDATE gpkg_contents SET min_x = min(coalesce(min_x, ?2), ?2), min_y = min(coalesce(min_y, ?3), ?3),
                       max_x = max(coalesce(max_x, ?4), ?4), max_y = max(coalesce(max_y, ?5), ?5) WHERE lower(table_name) = lower(?1)";
            self.db.execute(sql, rusqlite::params![name, min_x, min_y, max_x, max_y])?;
        }
        let is_counted = is_counted(self.db, &self.entry.table)?;
        if has_moved && !is_counted && has_table(self.db, "gpkg_ogr_contents")? {
            // Nobody keeps the count: it is better unknown than wrong.
            let sql = "UPDATE gpkg_ogr_contents SET feature_count = NULL WHERE lower(table_name) = lower(?1)";
            self.db.execute(sql, [name])?;
        }
        Ok(())
    }
}
