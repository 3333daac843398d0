//! Geometries that are checked while more of them are read: rows come on one thread, and blocks of them are looked at on others.

use crate::geodesy::LonLat;
use crate::health::{self, Checked};
use crate::model::{Geometries, GeometryKind};
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A block has so many positions, or so many rows, before it is handed over.
const POSITIONS: usize = 1 << 15;
const ROWS: usize = 1 << 14;
/// So many blocks wait at most: beyond, whoever reads checks one itself. What is in memory twice stays small.
const WAITING: usize = 4;

/// Rows of a block with what is wrong with them; none of those that are sound.
type Found = Vec<(usize, Checked)>;
type Told = std::thread::Result<Found>;

#[derive(Default)]
struct State {
    waiting: VecDeque<(usize, Geometries)>,
    done: BTreeMap<usize, (Geometries, Told)>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    is_done: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Checks the block that has waited longest; false where none waits.
    fn check_one(&self) -> bool {
        let Some((number, block)) = self.state().waiting.pop_front() else { return false };
        let told = catch_unwind(AssertUnwindSafe(|| found(&block)));
        self.state().done.insert(number, (block, told));
        self.is_done.notify_one();
        true
    }
}

/// What is wrong with the rows of a block.
fn found(block: &Geometries) -> Found {
    let rows = (0..block.len()).filter(|row| block.kind(*row).is_some());
    let checked = rows.map(|row| (row, health::check_geometry(block, row)));
    checked.filter(|(_, checked)| !checked.problems.is_empty() || !checked.left_out.is_empty()).collect()
}

/// Geometries row by row, each checked.
#[derive(Default)]
pub(super) struct Checking {
    /// The rows that are being read.
    block: Geometries,
    /// Rows whose blocks were checked, in their order, and what is wrong with them.
    whole: Geometries,
    found: Found,
    shared: Arc<Shared>,
    /// Blocks that were handed over, and of these those that are back; positions in those handed over.
    handed: usize,
    back: usize,
    before: usize,
    /// A block to be filled again.
    spare: Geometries,
}

impl Checking {
    /// Positions of all rows so far.
    pub(super) fn position_count(&self) -> usize {
        self.before + self.block.position_count()
    }

    pub(super) fn push_position(&mut self, p: LonLat) {
        self.block.push_position(p);
    }

    pub(super) fn end_path(&mut self) {
        self.block.end_path();
    }

    pub(super) fn end_part(&mut self) {
        self.block.end_part();
    }

    pub(super) fn abandon_row(&mut self) {
        self.block.abandon_row();
    }

    pub(super) fn end_row(&mut self, kind: Option<GeometryKind>) {
        self.block.end_row(kind);
        if self.block.position_count() >= POSITIONS || self.block.len() >= ROWS {
            self.hand_over();
            self.take_back();
        }
    }

    fn hand_over(&mut self) {
        let block = std::mem::replace(&mut self.block, std::mem::take(&mut self.spare));
        self.before += block.position_count();
        let waiting = {
            let mut state = self.shared.state();
            state.waiting.push_back((self.handed, block));
            state.waiting.len()
        };
        self.handed += 1;
        let shared = Arc::clone(&self.shared);
        // Whoever comes first: a thread of the pool, or the one that reads.
        rayon::spawn(move || {
            shared.check_one();
        });
        if waiting > WAITING {
            self.shared.check_one();
        }
    }

    /// Takes the blocks that are checked, in their order.
    fn take_back(&mut self) {
        loop {
            let next = self.shared.state().done.remove(&self.back);
            let Some((mut block, told)) = next else { return };
            let first = self.whole.len();
            let found = told.unwrap_or_else(|panic| resume_unwind(panic));
            self.found.extend(found.into_iter().map(|(row, checked)| (first + row, checked)));
            self.whole.append(&block);
            self.back += 1;
            block.clear();
            self.spare = block;
        }
    }

    /// All rows, and what is wrong with those that are not sound, in their order.
    pub(super) fn finish(mut self) -> (Geometries, Vec<(usize, Checked)>) {
        if self.handed == 0 {
            let found = found(&self.block);
            return (std::mem::take(&mut self.block), found);
        }
        self.hand_over();
        while self.shared.check_one() {}
        while self.back < self.handed {
            self.take_back();
            let state = self.shared.state();
            // What is not back is being checked: its thread waits for nothing.
            if self.back < self.handed && !state.done.contains_key(&self.back) {
                drop(self.shared.is_done.wait(state).unwrap_or_else(PoisonError::into_inner));
            }
        }
        (std::mem::take(&mut self.whole), std::mem::take(&mut self.found))
    }
}

impl Drop for Checking {
    /// What waits is not looked at any more.
    fn drop(&mut self) {
        self.shared.state().waiting.clear();
    }
}

impl std::fmt::Debug for Checking {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checking").field("handed", &self.handed).field("back", &self.back).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A square, now and then one that crosses itself, a row without geometry, or a point.
    fn add(row: usize, corner: &mut impl FnMut(&[LonLat], Option<GeometryKind>)) {
        let at =
            |x: f64, y: f64| LonLat::new(100.0 + (row % 500) as f64 * 0.01 + x, 20.0 + (row / 500) as f64 * 0.01 + y);
        let (a, b, c, d) = (at(0.0, 0.0), at(0.005, 0.0), at(0.005, 0.005), at(0.0, 0.005));
        match row % 7 {
            3 => corner(&[a, c, b, d, a], Some(GeometryKind::Polygon)),
            4 => corner(&[], None),
            5 => corner(&[a], Some(GeometryKind::Point)),
            _ => corner(&[a, b, c, d, a], Some(GeometryKind::Polygon)),
        }
    }

    #[test]
    fn blocks_give_what_a_look_at_all_rows_gives() {
        for rows in [0, 1, 5_000, 3 * ROWS + 17] {
            let (mut checking, mut whole) = (Checking::default(), Geometries::default());
            for row in 0..rows {
                add(row, &mut |ring, kind| {
                    for p in ring {
                        checking.push_position(*p);
                        whole.push_position(*p);
                    }
                    if !ring.is_empty() {
                        checking.end_path();
                        checking.end_part();
                        whole.end_path();
                        whole.end_part();
                    }
                    checking.end_row(kind);
                    whole.end_row(kind);
                });
                assert_eq!(checking.position_count(), whole.position_count());
            }
            let expected = super::found(&whole);
            let (geometries, found) = checking.finish();
            assert_eq!(format!("{found:?}"), format!("{expected:?}"), "{rows}");
            assert_eq!(found.is_empty(), rows < 4);
            assert_eq!(geometries.positions(), whole.positions());
            assert_eq!(geometries.len(), rows);
            for row in 0..rows {
                assert_eq!(geometries.kind(row), whole.kind(row));
                assert_eq!(geometries.positions_of(row), whole.positions_of(row));
                assert_eq!(geometries.bounds(row), whole.bounds(row));
            }
        }
    }

    #[test]
    fn one_thread_of_the_pool_is_enough_and_a_reading_that_ends_early_leaves_nothing_waiting() {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
        pool.install(|| {
            let mut checking = Checking::default();
            for row in 0..2 * ROWS {
                let p = LonLat::new(row as f64 * 1e-3, 1.0);
                checking.push_position(p);
                checking.end_path();
                checking.end_part();
                checking.end_row(Some(GeometryKind::Point));
            }
            let shared = Arc::clone(&checking.shared);
            drop(checking);
            assert!(!shared.check_one());
            let mut checking = Checking::default();
            for row in 0..5 * ROWS {
                checking.push_position(LonLat::new(row as f64 * 1e-3, 1.0));
                checking.end_path();
                checking.end_part();
                checking.end_row(Some(GeometryKind::Point));
            }
            assert_eq!(checking.finish().0.len(), 5 * ROWS);
        });
    }
}
