//! Connections: one to a database while a run lasts, in one transaction that only reads, so that all its layers are of one moment.

use super::secrets::{Settings, SslWish, Surroundings, settings};
use super::url::{StoreUrl, shown};
use super::{StoreError, literal};
use crate::i18n::Said;
use postgres::config::SslMode;
use postgres::{Client, Config, NoTls};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The transaction in which layers are read: all that is read of it is of one moment. A standby server allows it too.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// What texts made of values look like, whatever the database's own settings; names are looked up nowhere but where they are said to be.
const PLAIN: &str = "SET LOCAL search_path = pg_catalog; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL intervalstyle = 'iso_8601'; \
     SET LOCAL timezone = 'UTC'; SET LOCAL bytea_output = 'hex'";

/// How long a table that somebody uses is waited for before it is told: this very command may be reading it.
const WAITS: &str = "; SET LOCAL lock_timeout = '5s'";

/// A server that answers.
pub(super) struct Connection {
    pub(super) client: Client,
    /// The server for people: `db.example:5432`.
    pub(super) server: String,
    pub(super) database: String,
    /// The schema that PostGIS is in; none where the database has no PostGIS.
    pub(super) postgis: Option<String>,
    /// True where the database has the register of layers.
    pub(super) has_register: bool,
}

impl Connection {
    /// Connects, and begins a transaction that ends with the connection unless it is committed.
    pub(super) fn open(path: &Path, url: &StoreUrl, writes: bool) -> Result<Self, StoreError> {
        Self::with(path, &settings(url, path, &Surroundings::of_process())?, writes)
    }

    fn with(path: &Path, settings: &Settings, writes: bool) -> Result<Self, StoreError> {
        let store = shown(path);
        if settings.ssl_mode == SslWish::Required {
            return Err(StoreError::new(store, Said::of("store.no_tls")));
        }
        let mut config = Config::new();
        config
            .user(&settings.user)
            .dbname(&settings.database)
            .port(settings.port)
            .application_name("shanshui")
            .ssl_mode(SslMode::Disable)
            .connect_timeout(Duration::from_secs(settings.connect_timeout))
            // A server that is gone without a word is noticed within two minutes, and not within the system's two hours.
            .keepalives_idle(Duration::from_secs(30))
            .keepalives_interval(Duration::from_secs(15))
            .keepalives_retries(4)
            .tcp_user_timeout(Duration::from_secs(90));
        match settings.is_socket() {
            #[cfg(unix)]
            true => config.host_path(&settings.host),
            _ => config.host(&settings.host),
        };
        if let Some(password) = &settings.password {
            config.password(password.reveal());
        }
        let client = config.connect(NoTls).map_err(|e| StoreError::of_connecting(&store, settings, &e))?;
        let mut connection = Self {
            client,
            server: settings.server(),
            database: settings.database.clone(),
            postgis: None,
            has_register: false,
        };
        let (begin, waits) = if writes { ("BEGIN", WAITS) } else { (BEGIN, "") };
        connection.run(&store, &format!("{begin}; {PLAIN}{waits}"))?;
        connection.look_around(&store)?;
        Ok(connection)
    }

    /// What the database has.
    pub(super) fn look_around(&mut self, store: &str) -> Result<(), StoreError> {
        let sql = "SELECT (SELECT n.nspname::text FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
                   WHERE e.extname = 'postgis'), to_regclass('shanshui.layer') IS NOT NULL";
        let row = self.client.query_one(sql, &[]).map_err(|e| StoreError::of_server(store, &e))?;
        (self.postgis, self.has_register) = (row.get(0), row.get(1));
        Ok(())
    }

    /// Ends the transaction for good.
    pub(super) fn commit(&mut self, store: &str) -> Result<(), StoreError> {
        self.client.batch_execute("COMMIT").map_err(|e| match e.as_db_error() {
            Some(_) => StoreError::of_server(store, &e),
            // It may have come through, and only the answer not.
            None => StoreError::unsure(store, &e),
        })
    }

    /// Runs statements that give nothing back.
    pub(super) fn run(&mut self, store: &str, sql: &str) -> Result<(), StoreError> {
        self.client.batch_execute(sql).map_err(|e| StoreError::of_server(store, &e))
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("server", &self.server).field("database", &self.database).finish()
    }
}

/// Connections that are kept while several layers are read: those of one database are read in one transaction, which sees one
/// state of it whatever others write meanwhile. Dropped, they end.
#[derive(Debug, Default)]
pub struct Snapshots {
    open: Mutex<Vec<(Settings, Connection)>>,
}

impl Snapshots {
    /// Does something with the connection that a URL means. What fails undoes nothing but itself.
    pub(super) fn with<T>(
        &self,
        path: &Path,
        url: &StoreUrl,
        then: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let wanted = settings(url, path, &Surroundings::of_process())?;
        let store = shown(path);
        // One that panicked left its transaction, which is asked again below.
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let at = match open.iter().position(|(own, _)| *own == wanted) {
            Some(at) => at,
            None => {
                let connection = Connection::with(path, &wanted, false)?;
                open.push((wanted, connection));
                open.len() - 1
            }
        };
        let connection = &mut open[at].1;
        // A connection that was cut is not made anew: what is read then would be of another moment.
        connection.run(&store, "SAVEPOINT layer")?;
        let done = then(connection);
        let undone = match &done {
            Ok(_) => connection.client.batch_execute("RELEASE SAVEPOINT layer"),
            Err(_) => connection.client.batch_execute("ROLLBACK TO SAVEPOINT layer"),
        };
        match (done, undone) {
            (Err(e), _) => Err(e),
            (Ok(_), Err(e)) => Err(StoreError::of_server(&store, &e)),
            (Ok(done), Ok(())) => Ok(done),
        }
    }
}

/// A statement that gives an object a comment for people; nothing where there is none.
pub(super) fn comment(on: &str, text: Option<&str>) -> String {
    text.map(|text| format!("COMMENT ON {on} IS {};\n", literal(text))).unwrap_or_default()
}
