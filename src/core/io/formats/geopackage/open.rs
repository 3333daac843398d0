//! Opening a GeoPackage so that reading leaves no trace: not in the file, not beside it.

use crate::i18n::{Said, tr};
use crate::io::formats::{Bytes, FormatError, Input};
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// How every SQLite file begins.
pub(super) const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// How a rollback journal begins that is still needed.
const JOURNAL_MAGIC: &[u8; 8] = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7";
/// How long another program's lock is waited for.
pub(super) const PATIENCE: Duration = Duration::from_secs(2);
/// Virtual machine instructions between looks at the clock that a query has.
const TICK: i32 = 100_000;

/// Stops a query that runs on and on without giving a row: views of hostile files do.
#[derive(Debug)]
pub(super) struct Guard {
    ticks: AtomicU64,
    most: AtomicU64,
    usual: u64,
}

impl Guard {
    /// One that never stops anything: for files that are changed, where a query must not end half way.
    pub(super) fn unlimited() -> Arc<Self> {
        Arc::new(Self { ticks: AtomicU64::new(0), most: AtomicU64::new(u64::MAX), usual: u64::MAX })
    }

    /// A row came: the clock begins anew.
    pub(super) fn reset(&self) {
        self.ticks.store(0, Relaxed);
    }

    /// Runs something with another limit in ticks.
    pub(super) fn within<T>(&self, ticks: u64, run: impl FnOnce() -> T) -> T {
        self.most.store(ticks.min(self.usual), Relaxed);
        self.reset();
        let result = run();
        self.most.store(self.usual, Relaxed);
        self.reset();
        result
    }
}

/// An open file.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) db: Connection,
    pub(super) guard: Arc<Guard>,
    /// The file's size: what takes a look at all pages is left out for large ones.
    pub(super) bytes: u64,
    /// Held as long as the file is read.
    _copy: Option<tempfile::TempDir>,
}

impl Opened {
    /// A connection of one's own.
    pub(super) fn of(db: Connection, guard: Arc<Guard>) -> Self {
        Self { db, guard, bytes: 0, _copy: None }
    }
}

/// A file on the disk: the planner's own, or a copy that goes with `_copy`.
struct Local {
    path: PathBuf,
    copy: Option<tempfile::TempDir>,
}

/// A file on the disk with the same content, with the journals that belong to it. The planner's own where it lies on
/// the disk and `wants_copy` is not set.
fn on_disk(input: &Input, bytes: &dyn Bytes, wants_copy: bool) -> Result<Local, FormatError> {
    if let Some(path) = bytes.path().filter(|_| !wants_copy) {
        return Ok(Local { path: path.to_owned(), copy: None });
    }
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("copy.gpkg");
    copy(bytes, &path)?;
    for ending in ["-wal", "-journal"] {
        if let Ok(beside) = input.folder.open(&format!("{}{ending}", input.name)) {
            copy(beside.as_ref(), &with_ending(&path, ending))?;
        }
    }
    Ok(Local { path, copy: Some(folder) })
}

fn copy(bytes: &dyn Bytes, path: &Path) -> std::io::Result<()> {
    let mut file = crate::io::disk::File::create_new(path)?;
    let mut at = 0;
    while at < bytes.len() {
        let stretch = bytes.stretch(at, 1 << 20)?;
        std::io::Write::write_all(&mut file, &stretch)?;
        at += stretch.len() as u64;
    }
    Ok(())
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Which way a file may be opened.
enum Way {
    /// Read-only, with the locks of other programs minded.
    Shared,
    /// Read-only, and nobody else is thought to write: the only way to read a file in WAL mode without making files beside it.
    Immutable,
    /// From a copy: another program left changes beside it that have to be worked in first.
    Copy,
}

/// Opens a file for reading. Neither it nor its folder is changed.
///
/// # Errors
/// Where it is empty, no SQLite file, cut short, locked or damaged.
pub(super) fn open(input: &Input) -> Result<Opened, FormatError> {
    let bytes = input.open()?;
    let head = bytes.stretch(0, 100)?;
    check_head(&head, bytes.len())?;
    let length_of = |ending: &str| input.folder.open(&format!("{}{ending}", input.name)).ok();
    let wal = length_of("-wal");
    let wal_bytes = wal.as_ref().map_or(0, |wal| wal.len());
    let journal = length_of("-journal");
    let is_hot = journal.is_some_and(|journal| journal.stretch(0, 8).is_ok_and(|head| head == JOURNAL_MAGIC));
    let is_wal_mode = head[18] == 2 || head[19] == 2;
    let way = if is_hot || wal_bytes > 0 && length_of("-shm").is_none() {
        Way::Copy
    } else if is_wal_mode && (wal.is_none() || length_of("-shm").is_none()) {
        Way::Immutable
    } else {
        Way::Shared
    };
    if wal_bytes == 0 && !is_hot {
        check_pages(&head, bytes.len())?;
    }
    let local = on_disk(input, bytes.as_ref(), matches!(way, Way::Copy))?;
    // A copy is ours, and SQLite may work the journal into it.
    let way = if local.copy.is_some() { Way::Copy } else { way };
    let db = connect(&local.path, way).map_err(|e| refused(&e))?;
    watched(db, local.copy, bytes.len())
}

fn connect(path: &Path, way: Way) -> rusqlite::Result<Connection> {
    let uri = OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connect = |uri_end: &str, flags| Connection::open_with_flags(uri_of(path) + uri_end, flags | uri);
    match way {
        Way::Copy => connect("?mode=rw", OpenFlags::SQLITE_OPEN_READ_WRITE),
        Way::Immutable => connect("?mode=ro&immutable=1", OpenFlags::SQLITE_OPEN_READ_ONLY),
        Way::Shared => {
            let db = connect("?mode=ro", OpenFlags::SQLITE_OPEN_READ_ONLY)?;
            db.busy_timeout(PATIENCE)?;
            // Some network drives know no locks: there it is read as if nobody wrote.
            match db.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(())) {
                Err(e) if e.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) => {
                    connect("?mode=ro&immutable=1", OpenFlags::SQLITE_OPEN_READ_ONLY)
                }
                _ => Ok(db),
            }
        }
    }
}

/// Sets limits against hostile files.
fn watched(mut db: Connection, copy: Option<tempfile::TempDir>, bytes: u64) -> Result<Opened, FormatError> {
    // 30 million instructions are a third of a second; large files may need more before their first row.
    let usual = 300 + bytes / 20_000;
    let guard = Arc::new(Guard { ticks: AtomicU64::new(0), most: AtomicU64::new(usual), usual });
    let watch = Arc::clone(&guard);
    let set_up = || {
        db.busy_timeout(PATIENCE)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        // No value is longer than the file, whatever a view makes up.
        db.set_limit(Limit::SQLITE_LIMIT_LENGTH, bytes.clamp(1 << 20, 1 << 30) as i32)?;
        db.progress_handler(TICK, Some(move || watch.ticks.fetch_add(1, Relaxed) > watch.most.load(Relaxed)))
    };
    set_up().map_err(|e| refused(&e))?;
    Ok(Opened { db, guard, bytes, _copy: copy })
}

/// An URI of a file for SQLite.
pub(crate) fn uri_of(path: &Path) -> String {
    let mut uri = String::from("file:");
    let mut bytes = path.as_os_str().as_encoded_bytes().to_vec();
    if cfg!(windows) {
        bytes.iter_mut().filter(|byte| **byte == b'\\').for_each(|byte| *byte = b'/');
        uri.push_str(if bytes.starts_with(b"//") { "//" } else { "///" });
    }
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"/-._~:".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// Refuses what is no SQLite file.
fn check_head(head: &[u8], bytes: u64) -> Result<(), FormatError> {
    if bytes == 0 {
        return Err(FormatError::refused(Said::told(|lang| tr!(lang, "format.geopackage.empty").into_owned())));
    }
    if head.len() < 100 || !head.starts_with(MAGIC) {
        return Err(FormatError::refused(Said::told(|lang| tr!(lang, "format.geopackage.no_sqlite").into_owned())));
    }
    Ok(())
}

/// Refuses a file that is shorter than its own header says (a download that broke off): SQLite itself reads on until it meets the end.
fn check_pages(head: &[u8], bytes: u64) -> Result<(), FormatError> {
    let u32_at = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let page = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    // The number of pages counts only where the program that wrote last kept it.
    let (pages, is_kept) = (u64::from(u32_at(28)), u32_at(24) == u32_at(92));
    if is_kept && pages * page > bytes {
        let (there, whole) = (bytes, pages * page);
        let said =
            Said::told(|lang| tr!(lang, "format.geopackage.cut_short", there = there, whole = whole).into_owned());
        return Err(FormatError::refused(said));
    }
    Ok(())
}

/// What SQLite says, as a refusal with a way out.
pub(super) fn refused(e: &rusqlite::Error) -> FormatError {
    let cause = e.to_string();
    let said = match e.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Said::told(|lang| tr!(lang, "format.geopackage.locked").into_owned())
        }
        Some(ErrorCode::NotADatabase) => Said::told(|lang| tr!(lang, "format.geopackage.no_sqlite").into_owned()),
        Some(ErrorCode::OperationInterrupted | ErrorCode::TooBig) => {
            Said::told(|lang| tr!(lang, "format.geopackage.endless").into_owned())
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            Said::told(|lang| tr!(lang, "format.geopackage.read_only", cause = cause).into_owned())
        }
        Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure | ErrorCode::DiskFull | ErrorCode::OutOfMemory) => {
            return FormatError::System(cause);
        }
        _ => Said::told(|lang| tr!(lang, "format.geopackage.damaged", cause = cause).into_owned()),
    };
    FormatError::refused(said)
}

/// A name as SQL takes it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
