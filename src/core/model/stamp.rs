//! What a state of a file is known by.

use serde::{Deserialize, Serialize};
use std::time::SystemTime;

/// What tells whether a file is the one it was: its size and the time it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStamp {
    pub(crate) bytes: u64,
    #[serde(with = "super::moment")]
    pub(crate) written: Option<SystemTime>,
}
