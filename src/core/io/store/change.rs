//! What was edited of a layer goes back to its table: one transaction that changes the edited rows and nothing else, and none that
//! somebody else changed since.

use super::catalogue::{Entry, entry};
use super::columns::{Column, Decode};
use super::connect::Connection;
use super::read::{Parts, of_parts};
use super::url::{StoreUrl, shown};
use super::{StoreError, literal, quoted};
use crate::geodesy::crs::Crs;
use crate::i18n::{Said, between, tr};
use crate::io::formats::{FormatError, LayerRows, RawGeometry, RowSource, is_rounded_alone, wkb};
use crate::io::geojson::{feature_text, frame_of};
use crate::io::{OutOfRange, ReadOptions};
use crate::model::{Edited, Layer, ReadAs, Value};
use crate::progress::Progress;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// A row that was edited here and, since it was read, somewhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Its row in the layer.
    pub row: usize,
    /// What it is called.
    pub label: String,
    /// The cells in which the three states differ, in the order of the columns.
    pub cells: Vec<ConflictCell>,
    /// True where its geometry was changed here; there.
    pub moved: [bool; 2],
    /// True where it was taken out here; there.
    pub gone: [bool; 2],
}

/// A cell of a row that was edited on both sides, as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictCell {
    /// The column.
    pub column: String,
    /// As it was read.
    pub was: String,
    /// As it is here.
    pub ours: String,
    /// As it is in the store.
    pub theirs: String,
}

/// What became of edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// They are in the store.
    Written(Written),
    /// Nothing was written: these rows were changed by somebody else.
    Conflicts(Vec<Conflict>),
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows that were changed; added; taken out.
    pub rows: [usize; 3],
    /// The number of the table's last change with them, where changes are counted.
    pub feed: Option<i64>,
    /// What is otherwise in the store than it was drawn: the server rounds it, or a trigger changed it.
    pub altered: Vec<String>,
}

/// Writes what was edited of a layer into the table it was read from; rows among `ours` whatever others made of them.
///
/// Cost: the edited rows, read twice. They are locked for as long as that takes.
///
/// # Errors
/// [`StoreError`]: the table has no key of one whole number, or not these columns; rights are missing, a value does not fit, the
/// connection was cut. Nothing is changed then.
pub fn write_changes(
    path: &Path,
    layer: &Layer,
    ours: &BTreeSet<usize>,
    progress: &Progress,
) -> Result<Saved, StoreError> {
    let url = StoreUrl::parse(path)?;
    let store = shown(path);
    let refuse = |key: &str| StoreError::new(&*store, Said::of(key));
    let source = layer.source.store.as_ref().ok_or_else(|| refuse("store.edit.not_its_table"))?;
    let keys = source.keys.as_ref().ok_or_else(|| refuse("store.edit.no_key"))?;
    let edited: Vec<usize> = layer.edits.iter().map(|(row, _)| row).collect();
    if edited.is_empty() {
        return Ok(Saved::Written(Written::default()));
    }
    let mut connection = Connection::open(path, &url, true)?;
    let entry = entry(&mut connection, &store, &url, layer.source.read_as.layer.as_deref())?;
    if entry.called() != source.table {
        return Err(refuse("store.edit.not_its_table"));
    }
    if !matches!(&*entry.kind, "r" | "p") {
        return Err(refuse("store.edit.view"));
    }
    let parts = Parts::of(&mut connection, &entry, &url)?;
    let key = parts.all.integer_key.clone().ok_or_else(|| refuse("store.edit.no_key"))?;
    let (postgis, read_as) = (connection.postgis.clone(), &layer.source.read_as);
    let table = Table { store: &store, entry: &entry, parts: &parts, key: &key, postgis, read_as };
    let known: Vec<i64> = edited.iter().filter_map(|row| keys.get(*row).copied()).collect();
    table.lock(&mut connection, known.clone())?;
    let before = layer.unedited();
    let theirs = table.rows(&mut connection, &known, progress)?;
    let mut conflicts = Vec::new();
    let mut changes = Vec::new();
    for row in &edited {
        progress.advance(0).map_err(|_| StoreError::cancelled(&*store))?;
        let is_gone = matches!(layer.edits.get(*row), Some(Edited::Gone));
        let Some(own) = keys.get(*row) else {
            changes.extend((!is_gone).then_some(Change::Insert(*row)));
            continue;
        };
        let there = theirs.row(*own);
        let is_as_read = match there {
            Some(there) => text(&store, &before, *row)? == text(&store, &theirs.layer, there)?,
            None => false,
        };
        match there {
            None if is_gone => {}
            None if ours.contains(row) => changes.push(Change::Insert(*row)),
            None => conflicts.push(table.conflict(layer, &before, None, *row)?),
            Some(there) if !is_as_read && !ours.contains(row) => {
                let conflict = table.conflict(layer, &before, Some((&theirs.layer, there)), *row)?;
                // Where both made the same of it there is nothing to decide.
                let is_same = conflict.cells.iter().all(|cell| cell.ours == cell.theirs);
                if is_gone || !is_same || !table.is_same_ground((layer, *row), (&theirs.layer, there))? {
                    conflicts.push(conflict);
                }
            }
            Some(_) if is_gone => changes.push(Change::Delete(*own)),
            Some(there) => changes.push(Change::Update(*row, *own, there)),
        }
    }
    if !conflicts.is_empty() {
        return Ok(Saved::Conflicts(conflicts));
    }
    let mut written = Written::default();
    let mut sql = String::new();
    let has_default = table.key_has_default(&mut connection)?;
    for change in &changes {
        match change {
            Change::Update(row, own, there) => {
                let set = table.set(layer, *row, Some((&theirs.layer, *there)))?;
                if !set.is_empty() {
                    let set: Vec<String> = set.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                    let on = table.entry.sql();
                    sql.push_str(&format!("UPDATE {on} SET {} WHERE {} = {own};\n", set.join(", "), quoted(&key)));
                    written.rows[0] += 1;
                }
            }
            Change::Insert(row) => {
                let mut set = table.set(layer, *row, None)?;
                if !has_default && !set.iter().any(|(name, _)| *name == quoted(&key)) {
                    let on = table.entry.sql();
                    set.push((quoted(&key), format!("(SELECT coalesce(max({}), 0) + 1 FROM {on})", quoted(&key))));
                }
                let (names, values): (Vec<String>, Vec<String>) = set.into_iter().unzip();
                sql.push_str(&match names.is_empty() {
                    true => format!("INSERT INTO {} DEFAULT VALUES;\n", table.entry.sql()),
                    false => {
                        format!(
                            "INSERT INTO {} ({}) VALUES ({});\n",
                            table.entry.sql(),
                            names.join(", "),
                            values.join(", ")
                        )
                    }
                });
                written.rows[1] += 1;
            }
            Change::Delete(own) => {
                sql.push_str(&format!("DELETE FROM {} WHERE {} = {own};\n", table.entry.sql(), quoted(&key)));
                written.rows[2] += 1;
            }
        }
    }
    connection.run(&store, &sql)?;
    written.altered = table.altered(&mut connection, layer, &changes, progress)?;
    written.feed = table.feed(&mut connection)?;
    if progress.is_cancelled() {
        return Err(StoreError::cancelled(store));
    }
    connection.commit(&store)?;
    Ok(Saved::Written(written))
}

/// What is to become of a row of the table.
enum Change {
    /// A row of the layer, the key, and the row among those that were read again.
    Update(usize, i64, usize),
    Insert(usize),
    Delete(i64),
}

/// A table and how its columns are a layer's.
struct Table<'a> {
    store: &'a str,
    entry: &'a Entry,
    parts: &'a Parts,
    key: &'a str,
    postgis: Option<String>,
    /// What was named of the table when the layer was read: its rows are read again in the same way.
    read_as: &'a ReadAs,
}

/// Rows of the table as it is now.
struct Now {
    layer: Layer,
    rows: HashMap<i64, usize>,
}

impl Now {
    fn row(&self, key: i64) -> Option<usize> {
        self.rows.get(&key).copied()
    }
}

/// A feature as it is written.
fn text(store: &str, layer: &Layer, row: usize) -> Result<Vec<u8>, StoreError> {
    let text = feature_text(layer, row).map_err(|e| StoreError::new(store, Said::as_is(e.to_string())))?;
    Ok(text.into_owned())
}

impl Table<'_> {
    fn fail(&self, e: FormatError) -> StoreError {
        StoreError::new(self.store, Said::told(|lang| e.clone().in_file(&self.entry.name).message(lang)))
    }

    /// Locks rows, so that they stay what they are until the transaction ends.
    fn lock(&self, connection: &mut Connection, mut keys: Vec<i64>) -> Result<(), StoreError> {
        // In one order, so that two desks wait for one another and not both.
        keys.sort_unstable();
        let keys: Vec<String> = keys.iter().map(i64::to_string).collect();
        let (on, key) = (self.entry.sql(), quoted(self.key));
        let sql =
            format!("SELECT FROM {on} WHERE {key} = ANY ('{{{}}}'::int8[]) ORDER BY {key} FOR UPDATE", keys.join(","));
        connection.run(self.store, &sql)
    }

    /// Rows by their keys.
    fn rows(&self, connection: &mut Connection, keys: &[i64], progress: &Progress) -> Result<Now, StoreError> {
        let options = ReadOptions { out_of_range: OutOfRange::Keep, ..self.read_as.clone().into() };
        let layer = of_parts(connection, (self.entry, self.parts), Some(keys), &options, progress)?;
        let layer = layer.map_err(|e| StoreError::new(self.store, Said::told(|lang| e.message(lang))))?;
        let keys = layer.source.store.as_ref().and_then(|store| store.keys.clone()).unwrap_or_default();
        Ok(Now { layer, rows: keys.iter().copied().zip(0..).collect() })
    }

    /// The number of the table's last change, this transaction's among them.
    fn feed(&self, connection: &mut Connection) -> Result<Option<i64>, StoreError> {
        if !connection.has_register {
            return Ok(None);
        }
        let sql = "SELECT seq FROM shanshui.layer WHERE schema_name = $1 AND table_name = $2";
        let row = connection.client.query_opt(sql, &[&self.entry.schema, &self.entry.name]);
        Ok(row.map_err(|e| StoreError::of_server(self.store, &e))?.map(|row| row.get(0)))
    }

    /// True where the server makes a key by itself.
    fn key_has_default(&self, connection: &mut Connection) -> Result<bool, StoreError> {
        let sql = "SELECT atthasdef OR attidentity <> '' FROM pg_attribute WHERE attrelid = $1 AND attname = $2";
        let row = connection.client.query_one(sql, &[&self.entry.oid, &self.key]);
        Ok(row.map_err(|e| StoreError::of_server(self.store, &e))?.get(0))
    }

    /// A row's geometry in the table's system.
    fn geometry(&self, layer: &Layer, row: usize) -> Result<Option<RawGeometry>, StoreError> {
        let crs = Crs::parse(layer.declared_crs.as_deref().or(self.parts.crs.as_deref()).unwrap_or("EPSG:4326"));
        let crs = crs.map_err(|e| StoreError::new(self.store, e.said))?;
        let mut found = None;
        let each = LayerRows::new(layer, &[row], &crs).each(&mut |_, geometry| {
            found = geometry.cloned();
            Ok(())
        });
        each.map_err(|e| self.fail(e))?;
        Ok(found)
    }

    /// True where a row's geometry is another's, but for what reading and writing of longitudes and latitudes rounds.
    fn is_same_ground(&self, one: (&Layer, usize), other: (&Layer, usize)) -> Result<bool, StoreError> {
        let (a, b) = (self.geometry(one.0, one.1)?, self.geometry(other.0, other.1)?);
        let heights = |of: &Option<RawGeometry>| of.as_ref().map(|geometry| geometry.z.clone());
        Ok(a == b || is_rounded_alone(one, other) && heights(&a) == heights(&b))
    }

    /// A row that was changed on both sides.
    fn conflict(
        &self,
        layer: &Layer,
        before: &Layer,
        theirs: Option<(&Layer, usize)>,
        row: usize,
    ) -> Result<Conflict, StoreError> {
        let is_gone = matches!(layer.edits.get(row), Some(Edited::Gone));
        let cell = |of: &Layer, row: usize, name: &str| of.attributes.get(row, name).display().into_owned();
        let mut cells = Vec::new();
        for name in before.attributes.names() {
            let was = cell(before, row, name);
            let ours = if is_gone { String::new() } else { cell(layer, row, name) };
            let there = theirs.map_or_else(String::new, |(theirs, row)| cell(theirs, row, name));
            if (!is_gone && was != ours) || (theirs.is_some() && was != there) {
                cells.push(ConflictCell { column: name.to_string(), was, ours, theirs: there });
            }
        }
        let moved = [
            !is_gone && !self.is_same_ground((layer, row), (before, row))?,
            match theirs {
                Some(there) => !self.is_same_ground(there, (before, row))?,
                None => false,
            },
        ];
        let label = if is_gone { before.label(row) } else { layer.label(row) };
        Ok(Conflict { row, label, cells, moved, gone: [is_gone, theirs.is_none()] })
    }

    /// The columns to be written of a row, each with its value in SQL: those that differ from what stands there, or all that have one.
    fn set(
        &self,
        layer: &Layer,
        row: usize,
        there: Option<(&Layer, usize)>,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let mut set = Vec::new();
        let mut known = BTreeSet::new();
        let is_empty = |value: &Value<'_>| matches!(value, Value::Missing | Value::Null);
        for column in &self.parts.all.values {
            known.insert(&*column.field.name);
            let (now, json) = (layer.attributes.get(row, &column.field.name), json_of(layer, row, column));
            let is_same = match there {
                Some((there, at)) => {
                    json == json_of(there, at, column)
                        || is_empty(&now) && is_empty(&there.attributes.get(at, &column.field.name))
                }
                None => is_empty(&now),
            };
            if !is_same {
                set.push((quoted(&column.own), self.value(column, &now, json.as_deref())?));
            }
        }
        // A column that the table lacks can be added by whoever owns it, not by an edit.
        let extra = layer.attributes.names().iter().filter(|name| !known.contains(&***name));
        let extra: Vec<String> =
            extra.filter(|name| !is_empty(&layer.attributes.get(row, name))).map(ToString::to_string).collect();
        if !extra.is_empty() {
            return Err(StoreError::new(
                self.store,
                Said::told(|lang| tr!(lang, "store.edit.columns", names = extra.join(between(lang))).into_owned()),
            ));
        }
        self.set_members(layer, row, there, &mut set)?;
        if let Some(column) = &self.parts.geometry {
            let geometry = self.geometry(layer, row)?;
            let is_same = match there {
                Some(there) => self.is_same_ground((layer, row), there)?,
                None => geometry.is_none(),
            };
            if !is_same {
                set.push((quoted(&column.name), self.geometry_value(column, geometry.as_ref())));
            }
        }
        Ok(set)
    }

    /// The feature's id and what stands beside its members.
    fn set_members(
        &self,
        layer: &Layer,
        row: usize,
        there: Option<(&Layer, usize)>,
        set: &mut Vec<(String, String)>,
    ) -> Result<(), StoreError> {
        if let Some(id) = &self.parts.id {
            let (now, then) = (layer.id_json(row), there.and_then(|(there, at)| there.id_json(at)));
            if now != then {
                let value = match (&now, id.decode) {
                    (None, _) => "NULL".to_owned(),
                    (Some(json), Decode::Json) => literal(json),
                    (Some(json), _) => literal(&unquoted(json)),
                };
                set.push((quoted(&id.own), value));
            }
        }
        let frame = |layer: &Layer, row: usize| Ok::<_, StoreError>(frame_of(&text(self.store, layer, row)?));
        let now = frame(layer, row)?;
        let then = there.map(|(there, at)| frame(there, at)).transpose()?.flatten();
        match &self.parts.frame {
            Some(column) if now != then => {
                set.push((quoted(&column.own), now.map_or("NULL".to_owned(), |json| literal(&json))));
            }
            _ => {}
        }
        Ok(())
    }

    /// A cell in SQL.
    fn value(&self, column: &Column, value: &Value<'_>, json: Option<&str>) -> Result<String, StoreError> {
        let text = match value {
            Value::Missing | Value::Null => return Ok("NULL".to_owned()),
            _ if column.decode == Decode::Json => json.map_or_else(|| value.display().into_owned(), str::to_owned),
            value => value.display().into_owned(),
        };
        if column.is_writable {
            // Without a type beside it: then what is too long for its column is refused and not cut.
            return Ok(literal(&text));
        }
        let name = &column.own;
        let said = Said::told(|lang| tr!(lang, "store.edit.list", name = name).into_owned());
        Err(StoreError::new(self.store, said))
    }

    /// A geometry in SQL, made what the column declares: of several parts, with heights.
    fn geometry_value(&self, column: &super::columns::GeometryColumn, geometry: Option<&RawGeometry>) -> String {
        let Some(geometry) = geometry else { return "NULL".to_owned() };
        let (mut ewkb, mut hex) = (Vec::new(), Vec::new());
        wkb::write_ewkb(geometry, (self.parts.srid != 0).then_some(self.parts.srid), &mut ewkb);
        super::write::push_hex(&mut hex, &ewkb);
        let postgis = quoted(self.postgis.as_deref().unwrap_or_default());
        let mut sql = format!("'{}'::{postgis}.geometry", String::from_utf8_lossy(&hex));
        if column.kind.starts_with("Multi") {
            sql = format!("{postgis}.st_multi({sql})");
        }
        if column.kind.ends_with('Z') && geometry.z.is_empty() {
            sql = format!("{postgis}.st_force3d({sql})");
        }
        match &*column.of {
            "geography" => format!("{sql}::{postgis}.geography"),
            _ => sql,
        }
    }

    /// The names of rows of which the store holds something else than was written.
    fn altered(
        &self,
        connection: &mut Connection,
        layer: &Layer,
        changes: &[Change],
        progress: &Progress,
    ) -> Result<Vec<String>, StoreError> {
        let updated: BTreeMap<i64, usize> = changes
            .iter()
            .filter_map(|change| match change {
                Change::Update(row, key, _) => Some((*key, *row)),
                _ => None,
            })
            .collect();
        let now = self.rows(connection, &updated.keys().copied().collect::<Vec<_>>(), progress)?;
        let mut altered = Vec::new();
        for (key, row) in updated {
            let is_kept = now.row(key).is_some_and(|there| {
                self.parts.all.values.iter().all(|column| {
                    let value =
                        |layer: &Layer, row| layer.attributes.get(row, &column.field.name).display().into_owned();
                    value(layer, row) == value(&now.layer, there)
                })
            });
            altered.extend((!is_kept).then(|| layer.label(row)));
        }
        Ok(altered)
    }
}

/// A cell as JSON, by the name that the layer has for its column.
fn json_of(layer: &Layer, row: usize, column: &Column) -> Option<String> {
    let at = layer.attributes.names().iter().position(|name| **name == *column.field.name)?;
    layer.attributes.json(row, at).map(std::borrow::Cow::into_owned)
}

/// The text of a JSON string; another value as it stands.
fn unquoted(json: &str) -> String {
    serde_json::from_str::<String>(json).unwrap_or_else(|_| json.to_owned())
}
