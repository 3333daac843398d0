//! Where layers come from, and what was named of that.

use super::Bbox;
use super::{FileStamp, Origin, Role};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

/// Where a layer's bytes came from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The file, where there is one.
    pub path: Option<PathBuf>,
    /// The file's name, or what stands for it.
    pub file_name: String,
    /// Size of the file; bytes.
    pub bytes: u64,
    /// Its hash.
    pub digest: Digest,
    /// Size and time of the file, or of the first of its files, when it was read.
    pub stamp: Option<FileStamp>,
    /// Features of it that stand in no layer, where its layers are parts of it by their codes.
    pub unplaced: Option<Arc<Unplaced>>,
    /// What a planner named of it, because it does not say so itself.
    pub read_as: ReadAs,
    /// The table that it was read from, where it is one of a shared store and no file.
    pub store: Option<Arc<StoreSource>>,
}

impl Source {
    /// What stands in no file; called so all the same.
    pub fn of_no_file(name: &str) -> Self {
        Self {
            path: None,
            file_name: name.to_owned(),
            bytes: 0,
            digest: Digest::default(),
            stamp: None,
            unplaced: None,
            read_as: ReadAs::default(),
            store: None,
        }
    }
}

/// The state of a table's rows: another one where anything was changed, whoever did it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableMark {
    /// The table as SQL names it.
    pub sql: String,
    /// How many rows there are, and the sum of the transactions that wrote them: a changed row has a later one.
    pub state: String,
}

/// A table of a shared store that a layer was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSource {
    /// The address that it was read from; the table is the name of the layer.
    pub address: std::path::PathBuf,
    /// The server and its port.
    pub server: String,
    /// The database.
    pub database: String,
    /// The table with its schema.
    pub table: String,
    /// The number of its last change when it was read; none where nothing counts them.
    pub feed: Option<i64>,
    /// Of a table whose changes nothing counts: the state of its rows when it was read.
    pub mark: Option<TableMark>,
    /// What the store says that it means.
    pub role: Option<Role>,
    /// True where the store says that it is an answer of this program.
    pub is_answer: bool,
    /// The key of each row, where the table's key is one whole number: edits go back under it.
    pub keys: Option<Arc<Vec<i64>>>,
}

/// How a file is to be read that does not say so itself. Kept wherever a layer's file is kept, and used when it is read
/// again.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ReadAs {
    /// The coordinate system of its positions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crs: Option<String>,
    /// The encoding of its text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// The layer of it, where it holds several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layer: Option<String>,
    /// The columns that hold positions, where it is a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub columns: Option<Vec<String>>,
    /// What stands between its cells, where it is a text table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<char>,
    /// Only features whose box meets this one are read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bbox: Option<Bbox>,
}

/// Features of a file whose codes have no role: none of the layers made of it holds them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unplaced {
    /// The column of the codes.
    pub column: String,
    /// The codes, each with the number of its features.
    pub codes: BTreeMap<String, usize>,
}

impl Unplaced {
    /// How many features that are.
    pub fn features(&self) -> usize {
        self.codes.values().sum()
    }
}

/// SHA-256 of a source: known, or worked out from the file when it is first asked for.
#[derive(Clone, Debug, Default)]
pub struct Digest {
    known: OnceLock<String>,
    origin: Option<Arc<dyn Origin>>,
}

impl Digest {
    /// A hash that is known, in hexadecimal.
    pub fn known(sha256: String) -> Self {
        Self { known: OnceLock::from(sha256), origin: None }
    }

    /// The hash of a file.
    pub fn of(origin: Arc<dyn Origin>) -> Self {
        Self { known: OnceLock::new(), origin: Some(origin) }
    }

    /// True where it need not be worked out any more.
    pub fn is_known(&self) -> bool {
        self.known.get().is_some()
    }

    /// SHA-256 in hexadecimal; reads the file the first time.
    ///
    /// # Errors
    /// Where the file cannot be read or is no longer what it was.
    pub fn sha256(&self) -> std::io::Result<&str> {
        if let Some(known) = self.known.get() {
            return Ok(known);
        }
        let sha256 = self.origin.as_ref().map_or(Ok(String::new()), |origin| origin.sha256())?;
        Ok(self.known.get_or_init(|| sha256))
    }
}
