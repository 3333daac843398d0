//! The shared store: layers as tables of a PostgreSQL database with PostGIS, read in one snapshot and put there.
//!
//! A layer is any table with a geometry. Tables that this program made are entered in the register (`shanshui.layer`), which says
//! what a table cannot: the layer's name and role, whether an empty cell stood there as null, and the number of its last change.

mod binary;
mod catalogue;
mod change;
mod columns;
mod connect;
mod error;
mod feeds;
mod init;
mod put;
mod read;
mod secrets;
mod stream;
mod url;
mod write;

pub use catalogue::{StoreTable, list};
pub use change::{Conflict, ConflictCell, Saved, Written, write_changes};
pub use connect::Snapshots;
pub use error::StoreError;
pub use feeds::Feeds;
pub use init::{Initialised, init};
pub use put::{Put, PutOptions, put};
#[doc(hidden)]
pub use stream::read_stream;
pub use url::{PUBLIC, StoreUrl, is_store, shown};

pub(in crate::io) use catalogue::layers;
pub(in crate::io) use read::read_layer;

/// A name in SQL, quoted: any table and column may be called anything.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text in SQL, quoted.
fn literal(text: &str) -> String {
    match text.contains('\\') {
        true => format!(" E'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
        false => format!("'{}'", text.replace('\'', "''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_are_quoted() {
        assert_eq!(quoted("a\"; DROP TABLE b; --"), "\"a\"\"; DROP TABLE b; --\"");
        assert_eq!(literal("it's"), "'it''s'");
        assert_eq!(literal("a\\'b"), " E'a\\\\''b'");
    }
}
