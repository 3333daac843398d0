//! Who does the work of a question: what depends on nothing but a row and what lies near it may be done anywhere.
//!
//! A question parts into work on rows ([`RowWork`]), which takes nearly all of its time, and what is made of that: sums, ids,
//! notes. An [`Engine`] does the first and may part it; the second is one code in one place and adds up in the order of rows. So
//! an answer is the same to the last byte whoever works, as long as the work on a row is.

mod bytes;
mod found;
mod found_bytes;
mod tiles;
mod wire;
mod work;

pub use bytes::{Reader, WireError, Writer};
pub use found::Found;
pub use tiles::{Tile, TileFigures, Tiles, in_tiles};
pub use wire::{RemoteError, done_for};
pub(in crate::query) use work::Kind;
pub use work::{Needs, Reach, RowWork};

use super::AskError;
use crate::progress::Progress;
use std::fmt::Debug;

/// Does work on rows.
pub trait Engine: Debug + Send + Sync {
    /// Does it for some rows of the subject, given in rising order.
    ///
    /// # Errors
    /// Cancelled; [`AskError::Engine`] where the engine failed.
    fn rows(&self, work: &RowWork<'_>, rows: &[usize], progress: &Progress) -> Result<Found, AskError>;
}

/// An engine, and the progress of what it does.
pub type By<'a> = (&'a dyn Engine, &'a Progress);

/// This process, on all cores.
#[derive(Clone, Copy, Debug, Default)]
pub struct Here;

impl Engine for Here {
    fn rows(&self, work: &RowWork<'_>, rows: &[usize], progress: &Progress) -> Result<Found, AskError> {
        work.done(rows, progress)
    }
}

/// Has an engine do work for some rows, and counts what comes back.
///
/// # Errors
/// Those of the engine; [`AskError::Engine`] where it left rows out of what has one thing for each.
pub(in crate::query) fn rows_by(
    (engine, progress): By<'_>,
    work: &RowWork<'_>,
    rows: &[usize],
) -> Result<Found, AskError> {
    let found = engine.rows(work, rows, progress)?;
    match found.len() {
        Some(given) if given != rows.len() => {
            Err(AskError::Engine(format!("the engine answered for {given} of {} rows", rows.len())))
        }
        _ => Ok(found),
    }
}
