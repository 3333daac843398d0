//! The numbers of changes in a store: which tables others changed since they were read.

use super::StoreError;
use super::connect::Connection;
use super::url::{StoreUrl, shown};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A connection over which the register is asked again and again. It holds no transaction in between.
#[derive(Debug)]
pub struct Feeds {
    store: String,
    address: PathBuf,
    connection: Connection,
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
        Ok(Self { store, address: address.to_owned(), connection })
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
}
