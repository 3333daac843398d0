//! A grid of cells that knows two positions of each: corners near a place that are enough to tell what is hidden there.

use crate::geodesy::LonLat;
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// The first and the last position of each cell of a grid: of two borders that pass through it often one each.
pub(super) enum Cells {
    /// Row by row from the least numbers on, so many a row: the place in the list, and one more; none is 0.
    Dense { least: [i32; 2], across: [usize; 2], places: Vec<u32>, ends: Vec<[LonLat; 2]> },
    /// Where there would be far more cells than positions.
    Sparse(FxHashMap<[i32; 2], [LonLat; 2]>),
}

impl Cells {
    /// Of positions and the cell of each.
    pub(super) fn new(of: &[([i32; 2], LonLat)]) -> Self {
        let (mut least, mut most) = ([i32::MAX; 2], [i32::MIN; 2]);
        for (cell, _) in of {
            for axis in 0..2 {
                least[axis] = least[axis].min(cell[axis]);
                most[axis] = most[axis].max(cell[axis]);
            }
        }
        let across = [0, 1].map(|axis| (i64::from(most[axis]) - i64::from(least[axis]) + 1).max(0) as usize);
        let count = across[0].checked_mul(across[1]).filter(|count| *count <= 1_024 + 64 * of.len());
        let Some(count) = count else {
            let mut cells: FxHashMap<[i32; 2], [LonLat; 2]> = FxHashMap::default();
            for (cell, p) in of {
                cells.entry(*cell).and_modify(|known| known[1] = *p).or_insert([*p; 2]);
            }
            return Self::Sparse(cells);
        };
        let (mut places, mut ends) = (vec![0_u32; count], Vec::new());
        for ([x, y], p) in of {
            let place = &mut places[(y - least[1]) as usize * across[0] + (x - least[0]) as usize];
            match *place {
                0 => {
                    ends.push([*p; 2]);
                    *place = ends.len() as u32;
                }
                known => ends[known as usize - 1][1] = *p,
            }
        }
        Self::Dense { least, across, places, ends }
    }

    pub(super) fn get(&self, [x, y]: [i32; 2]) -> Option<&[LonLat; 2]> {
        match self {
            Self::Sparse(cells) => cells.get(&[x, y]),
            Self::Dense { least, across, places, ends } => {
                let column = usize::try_from(x.checked_sub(least[0])?).ok().filter(|column| *column < across[0])?;
                let row = usize::try_from(y.checked_sub(least[1])?).ok().filter(|row| *row < across[1])?;
                (places[row * across[0] + column] as usize).checked_sub(1).map(|place| &ends[place])
            }
        }
    }
}

/// The rings of cells about one that are made beforehand.
const RINGS: i32 = 24;

/// Cells about one, the near ones first.
pub(super) fn rings_of_cells(reach: i32) -> impl Iterator<Item = [i32; 2]> {
    static NEAR: LazyLock<Vec<[i32; 2]>> = LazyLock::new(|| (0..=RINGS).flat_map(ring_of_cells).collect());
    let known = reach.clamp(0, RINGS) as usize;
    let near = &NEAR[..(2 * known + 1) * (2 * known + 1)];
    near.iter().copied().chain((RINGS + 1..=reach).flat_map(ring_of_cells))
}

/// Cells so many columns or rows from one.
fn ring_of_cells(r: i32) -> impl Iterator<Item = [i32; 2]> {
    (-r..=r).flat_map(move |x| {
        let step = if x.abs() == r { 1 } else { (2 * r).max(1) };
        (-r..=r).step_by(step as usize).map(move |y| [x, y])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn cells_about_one_are_all_within_reach_the_near_ones_first() {
        for reach in [0, 1, 5, RINGS, RINGS + 2] {
            let all: Vec<[i32; 2]> = rings_of_cells(reach).collect();
            let far = |[x, y]: &[i32; 2]| x.abs().max(y.abs());
            assert!(all.is_sorted_by_key(far));
            let mut different = all.clone();
            different.sort_unstable();
            different.dedup();
            let across = 2 * reach as usize + 1;
            assert_eq!((all.len(), different.len()), (across * across, across * across));
            assert!(all.iter().all(|cell| far(cell) <= reach));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_grid_gives_what_a_map_gives(
            of in prop::collection::vec((-40..40_i32, -40..40_i32), 0..200),
            far in any::<bool>(),
        ) {
            // One far away: the grid would have too many cells.
            let cells = of.iter().map(|(x, y)| [*x, *y]).chain(far.then_some([i32::MAX, i32::MIN]));
            let placed: Vec<([i32; 2], LonLat)> =
                cells.enumerate().map(|(i, cell)| (cell, LonLat::new(i as f64, 0.0))).collect();
            let grid = Cells::new(&placed);
            prop_assert!(!far || of.is_empty() || matches!(grid, Cells::Sparse(_)));
            for (x, y) in (-42..42).flat_map(|x| (-42..42).map(move |y| (x, y))).chain([(i32::MAX, i32::MIN)]) {
                let own: Vec<LonLat> =
                    placed.iter().filter(|(cell, _)| *cell == [x, y]).map(|(_, p)| *p).collect();
                let ends = own.first().zip(own.last()).map(|(first, last)| [*first, *last]);
                prop_assert_eq!(grid.get([x, y]).copied(), ends);
            }
        }
    }
}
