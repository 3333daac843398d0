//! The numbers of changes in a store: which tables others changed since they were read.

use super::StoreError;
use super::catalogue::Entry;
use super::connect::Connection;
use super::url::{StoreUrl, shown};
use crate::model::TableMark;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A look at every row takes at most this share of the time.
const SHARE: u32 = 20;

/// A connection over which the register is asked again and again. It holds no transaction in between.
#[derive(Debug)]
pub struct Feeds {
    store: String,
    address: PathBuf,
    connection: Connection,
    /// Where the server's log stood when rows were looked at last, and when they may be again.
    log: Option<String>,
    again: Instant,
}

/// What a look at every row of a table says of its state; `None` for views, foreign tables and those in
/// partitions, whose rows need not have transactions.
///
/// Cost: a scan of the table.
pub(super) fn mark_of(connection: &mut Connection, entry: &Entry) -> Result<Option<TableMark>, StoreError> {
    if !entry.is_readable || !matches!(&*entry.kind, "r" | "m") {
        return Ok(None);
    }
    let sql = entry.sql();
    let row = connection.client.query_one(&state_of(&sql), &[]);
    let state = row.map_err(|e| StoreError::of_server(&entry.called(), &e))?.get(0);
    Ok(Some(TableMark { sql, state }))
}

fn state_of(table: &str) -> String {
    format!("SELECT count(*) || ' ' || coalesce(sum(xmin::text::bigint), 0) FROM {table}")
}

impl Feeds {
    /// Connects to the store that an address means.
    ///
    /// # Errors
    /// [`StoreError`]: the server cannot be reached.
    pub fn connect(address: &Path) -> Result<Self, StoreError> {
        let mut connection = Connection::open(address, &StoreUrl::parse(address)?, false)?;
        let store = shown(address);
        connection.run(&store, "COMMIT")?;
        Ok(Self { store, address: address.to_owned(), connection, log: None, again: Instant::now() })
    }

    /// The address.
    pub fn address(&self) -> &Path {
        &self.address
    }

    /// The number of the last change of each registered table, by its name with its schema; nothing without a register.
    ///
    /// # Errors
    /// [`StoreError`]: the connection was cut.
    pub fn read(&mut self) -> Result<BTreeMap<String, i64>, StoreError> {
        if !self.connection.has_register {
            return Ok(BTreeMap::new());
        }
        let sql = "SELECT schema_name || '.' || table_name, seq FROM shanshui.layer";
        let rows = self.connection.client.query(sql, &[]).map_err(|e| StoreError::of_server(&self.store, &e))?;
        Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    /// The states of tables whose changes nothing counts, by their names; `None` where it was not looked: nothing was written on the server
    /// since, or the last look is not long ago against the time that it took. A table that is gone or may not be read any more is left out.
    ///
    /// # Errors
    /// [`StoreError`]: the connection was cut.
    pub fn states(
        &mut self,
        tables: &BTreeMap<String, String>,
    ) -> Result<Option<BTreeMap<String, String>>, StoreError> {
        if tables.is_empty() || Instant::now() < self.again {
            return Ok(None);
        }
        let log = self.log()?;
        if log.is_some() && log == self.log {
            return Ok(None);
        }
        let started = Instant::now();
        let mut states = BTreeMap::new();
        for (table, sql) in tables {
            match self.connection.client.query_one(&state_of(sql), &[]) {
                Ok(row) => drop(states.insert(table.clone(), row.get(0))),
                Err(e) if e.is_closed() => return Err(StoreError::of_server(&self.store, &e)),
                Err(_) => {}
            }
        }
        self.log = log;
        self.again = Instant::now() + started.elapsed().saturating_mul(SHARE).max(Duration::from_millis(500));
        Ok(Some(states))
    }

    /// Where the server's log stands; `None` where that is not told to everybody.
    fn log(&mut self) -> Result<Option<String>, StoreError> {
        let sql = "SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END::text";
        match self.connection.client.query_one(sql, &[]) {
            Ok(row) => Ok(row.get(0)),
            Err(e) if e.is_closed() => Err(StoreError::of_server(&self.store, &e)),
            Err(_) => Ok(None),
        }
    }
}
