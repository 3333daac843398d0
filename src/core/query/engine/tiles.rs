//! Work in tiles: rows that lie beside one another, each time with no more of the layers than they need.

use super::work::Needs;
use super::{Engine, Found, Reach, RowWork};
use crate::geodesy::LonLatBox;
use crate::index::by_place;
use crate::progress::Progress;
use crate::query::AskError;
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Rows of one tile, and what they need.
#[derive(Clone, Debug)]
pub struct Tile {
    /// The rows that are worked on, in rising order.
    pub own: Vec<usize>,
    /// What is read for that.
    pub needs: Needs,
}

/// How much further is looked for what is near, where nothing was found.
const FURTHER: f64 = 4.0;

/// Does a work tile by tile: `round` does it for the rows of each tile of a round, in the order of the tiles. What a reach did
/// not decide is asked again in tiles that look four times as far.
///
/// A number of tiles for all rows, of about equally many corners each; `reach` is what the work's own reach is multiplied by: less
/// than 1 breaks answers, more changes none.
///
/// # Errors
/// Those of `round`; [`AskError::Engine`] where it left a tile or rows out.
pub fn in_tiles(
    (work, rows): (&RowWork<'_>, &[usize]),
    (number, reach): (usize, f64),
    mut round: impl FnMut(&[Tile]) -> Result<Vec<Found>, AskError>,
) -> Result<Found, AskError> {
    let Reach { references_m, is_open, .. } = work.reach();
    let (mut looked_m, mut open, mut found) = (references_m * reach, rows.to_vec(), Vec::new());
    let all = work.reference_rows();
    loop {
        let made = tiles(work, &open, number).into_par_iter().map(|own| {
            let needs = work.needs(&own, looked_m);
            Tile { own, needs }
        });
        let made: Vec<Tile> = made.collect();
        let given = round(&made)?;
        if given.len() != made.len() {
            let (given, asked) = (given.len(), made.len());
            return Err(AskError::Engine(format!("the engine answered for {given} of {asked} tiles")));
        }
        let mut undecided = Vec::new();
        for (tile, of_tile) in made.into_iter().zip(given) {
            if is_open && tile.needs.reference_rows() < all {
                undecided.extend(of_tile.undecided(work, &tile.own, looked_m));
            }
            found.push((tile.own, of_tile));
        }
        if undecided.is_empty() {
            return Found::joined(work, rows, found);
        }
        undecided.sort_unstable();
        (open, looked_m) = (undecided, looked_m * FURTHER);
    }
}

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
        in_tiles((work, rows), (self.tiles, self.reach), |round| {
            let done = |tile: &Tile| {
                progress.advance(0)?;
                self.owned.fetch_add(tile.own.len(), Ordering::Relaxed);
                self.read.fetch_add(tile.needs.row_count(), Ordering::Relaxed);
                work.part(&tile.needs).work(work).done(&tile.own, progress)
            };
            round.iter().map(done).collect()
        })
    }
}

/// Rows in tiles of about equally many corners, neighbours together; those of a tile in rising order.
fn tiles(work: &RowWork<'_>, rows: &[usize], number: usize) -> Vec<Vec<usize>> {
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
