//! Work in tiles: rows that lie beside one another, each time with no more of the layers than they need.

use super::{Engine, Found, RowWork};
use crate::geodesy::LonLatBox;
use crate::index::by_place;
use crate::progress::Progress;
use crate::query::AskError;
use std::sync::atomic::{AtomicUsize, Ordering};

/// This process, tile by tile: what an engine on other machines does, without them.
#[derive(Debug)]
pub struct Tiles {
    tiles: usize,
    /// What decisions by reach are multiplied by.
    reach: f64,
    owned: AtomicUsize,
    read: AtomicUsize,
}

/// What was read for what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TileFigures {
    /// Rows worked on.
    pub owned: usize,
    /// Rows read for that, with what lies near them.
    pub read: usize,
}

/// How much further is looked for what is near, where nothing was found.
const FURTHER: f64 = 4.0;

impl Tiles {
    /// So many tiles for each work.
    pub fn new(tiles: usize) -> Self {
        Self { tiles: tiles.max(1), reach: 1.0, owned: AtomicUsize::new(0), read: AtomicUsize::new(0) }
    }

    /// The same with other reaches than the work says: what is too small breaks answers, as a test wants to see.
    pub fn with_reach(self, times: f64) -> Self {
        Self { reach: times, ..self }
    }

    /// What was read until now.
    pub fn figures(&self) -> TileFigures {
        TileFigures { owned: self.owned.load(Ordering::Relaxed), read: self.read.load(Ordering::Relaxed) }
    }
}

impl Engine for Tiles {
    fn rows(&self, work: &RowWork<'_>, rows: &[usize], progress: &Progress) -> Result<Found, AskError> {
        let reach = work.reach();
        let (mut looked_m, mut open, mut found) = (reach.references_m * self.reach, rows.to_vec(), Vec::new());
        loop {
            let mut undecided = Vec::new();
            for own in tiles(work, &open, self.tiles) {
                progress.advance(0)?;
                let part = work.part(&own, looked_m);
                self.owned.fetch_add(own.len(), Ordering::Relaxed);
                self.read.fetch_add(part.row_count(), Ordering::Relaxed);
                let of_tile = part.work(work).done(&own, progress)?;
                if reach.is_open && !part.is_whole {
                    undecided.extend(of_tile.undecided(work, &own, looked_m));
                }
                found.push((own, of_tile));
            }
            if undecided.is_empty() {
                return Found::joined(work, rows, found);
            }
            undecided.sort_unstable();
            (open, looked_m) = (undecided, looked_m * FURTHER);
        }
    }
}

/// Rows in tiles of about equally many corners, neighbours together; those of a tile in rising order.
pub(super) fn tiles(work: &RowWork<'_>, rows: &[usize], number: usize) -> Vec<Vec<usize>> {
    let geometries = &work.subject().layer().geometries;
    let boxes: Vec<LonLatBox> = rows.iter().map(|row| geometries.bounds(*row)).collect();
    let weight = |row: usize| geometries.positions_of(row).len() + 1;
    let all: usize = rows.iter().map(|row| weight(*row)).sum();
    let (mut tiles, mut tile, mut done) = (Vec::new(), Vec::new(), 0);
    for at in by_place(&boxes) {
        let row = rows[at as usize];
        tile.push(row);
        done += weight(row);
        if done * number >= all * (tiles.len() + 1) {
            tiles.push(std::mem::take(&mut tile));
        }
    }
    tiles.extend((!tile.is_empty()).then_some(tile));
    tiles.iter_mut().for_each(|tile| tile.sort_unstable());
    tiles
}
