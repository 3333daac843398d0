//! A packed R-tree: boxes in the order of a Hilbert curve, every sixteen under one box of the level above.
//!
//! Built in one sort, held in one array, never changed: for layers nobody edits. After flatbush (V. Agafonkin) and
//! I. Kamel, C. Faloutsos, "On packing R-trees" (1993). Boxes are kept in single precision, rounded outwards, side by
//! side, so that sixteen are held against a place in a few vector instructions: a search gives at least what meets an
//! area, and at most what lies a metre or two beside it.

use crate::geodesy::{LonLat, LonLatBox, LowerBound};
use rayon::prelude::*;
use smallvec::SmallVec;

/// Boxes in one block.
const FAN: usize = 16;

/// Sixteen boxes; those that are not there are empty.
#[derive(Clone, Copy, Debug)]
struct Block {
    west: [f32; FAN],
    south: [f32; FAN],
    east: [f32; FAN],
    north: [f32; FAN],
}

impl Block {
    const EMPTY: Self = Self {
        west: [f32::INFINITY; FAN],
        south: [f32::INFINITY; FAN],
        east: [f32::NEG_INFINITY; FAN],
        north: [f32::NEG_INFINITY; FAN],
    };

    fn set(&mut self, i: usize, b: [f32; 4]) {
        [self.west[i], self.south[i], self.east[i], self.north[i]] = b;
    }

    fn get(&self, i: usize) -> [f32; 4] {
        [self.west[i], self.south[i], self.east[i], self.north[i]]
    }

    /// The box of all sixteen.
    fn all(&self) -> [f32; 4] {
        let least = |values: &[f32; FAN]| values.iter().fold(f32::INFINITY, |a, b| a.min(*b));
        let most = |values: &[f32; FAN]| values.iter().fold(f32::NEG_INFINITY, |a, b| a.max(*b));
        [least(&self.west), least(&self.south), most(&self.east), most(&self.north)]
    }
}

/// West, south, east, north, rounded outwards.
fn outward(b: &LonLatBox) -> [f32; 4] {
    let down = |v: f64| if f64::from(v as f32) <= v { v as f32 } else { (v as f32).next_down() };
    let up = |v: f64| if f64::from(v as f32) >= v { v as f32 } else { (v as f32).next_up() };
    [down(b.min.lon), down(b.min.lat), up(b.max.lon), up(b.max.lat)]
}

/// The tree. Items are numbered in the tree's order; [`Self::new`] gives the order.
#[derive(Debug, Default)]
pub(crate) struct PackedTree {
    /// Blocks of items, then of blocks, up to a single one.
    blocks: Vec<Block>,
    /// Where each level begins in `blocks`.
    starts: Vec<usize>,
}

/// An item, or a block of a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// 0 for items, 1 for blocks of items, and so on.
    level: u32,
    /// In its level.
    index: u32,
}

impl Node {
    /// The item's number, if the node is an item.
    pub(super) fn item(self) -> Option<usize> {
        (self.level == 0).then_some(self.index as usize)
    }

    /// True for a block of items.
    pub(super) fn is_lowest(self) -> bool {
        self.level == 1
    }
}

impl PackedTree {
    /// The tree of these boxes, none of them empty, and which box each item is. O(n log n), on all cores.
    pub(crate) fn new(items: &[LonLatBox]) -> (Self, Vec<u32>) {
        let all = items.iter().fold(LonLatBox::EMPTY, |all, b| all.union(*b));
        let scale = |min: f64, max: f64| if max > min { f64::from(u16::MAX) / (max - min) } else { 0.0 };
        let (x_scale, y_scale) = (scale(all.min.lon, all.max.lon), scale(all.min.lat, all.max.lat));
        let mut keyed: Vec<u64> = items
            .par_iter()
            .enumerate()
            .map(|(i, b)| {
                let LonLat { lon, lat } = b.center();
                let (x, y) = ((lon - all.min.lon) * x_scale, (lat - all.min.lat) * y_scale);
                u64::from(hilbert(x as u16, y as u16)) << 32 | i as u64
            })
            .collect();
        keyed.par_sort_unstable();
        let order: Vec<u32> = keyed.iter().map(|key| *key as u32).collect();
        drop(keyed);
        let mut blocks = Vec::with_capacity(items.len().div_ceil(FAN - 1) + 8);
        for sixteen in order.chunks(FAN) {
            let mut block = Block::EMPTY;
            sixteen.iter().enumerate().for_each(|(k, i)| block.set(k, outward(&items[*i as usize])));
            blocks.push(block);
        }
        let mut starts = vec![0];
        let mut level = 0..blocks.len();
        while level.len() > 1 {
            starts.push(level.end);
            for first in level.clone().step_by(FAN) {
                let mut block = Block::EMPTY;
                for (k, child) in (first..(first + FAN).min(level.end)).enumerate() {
                    block.set(k, blocks[child].all());
                }
                blocks.push(block);
            }
            level = level.end..blocks.len();
        }
        (Self { blocks, starts }, order)
    }

    /// An item's box, rounded outwards.
    pub(super) fn bounds(&self, item: usize) -> LonLatBox {
        let [west, south, east, north] = self.blocks[item / FAN].get(item % FAN).map(f64::from);
        LonLatBox { min: LonLat::new(west, south), max: LonLat::new(east, north) }
    }

    /// The box of all that is under a node; of an item its own.
    pub(super) fn bounds_of(&self, node: Node) -> LonLatBox {
        let [west, south, east, north] = match node.item() {
            Some(item) => return self.bounds(item),
            None => self.block(node).all().map(f64::from),
        };
        LonLatBox { min: LonLat::new(west, south), max: LonLat::new(east, north) }
    }

    /// The block that all others are under; `None` where there is no item.
    pub(super) fn root(&self) -> Option<Node> {
        (!self.blocks.is_empty()).then_some(Node { level: self.starts.len() as u32, index: 0 })
    }

    fn block(&self, node: Node) -> &Block {
        &self.blocks[self.starts[node.level as usize - 1] + node.index as usize]
    }

    fn child(node: Node, i: usize) -> Node {
        Node { level: node.level - 1, index: node.index * FAN as u32 + i as u32 }
    }

    /// Calls `found` with every item whose box meets `area`; some that lie just beside it may be among them.
    pub(crate) fn search(&self, area: &LonLatBox, mut found: impl FnMut(usize)) {
        let [west, south, east, north] = outward(area);
        let mut open: smallvec::SmallVec<[Node; 64]> = self.root().into_iter().collect();
        while let Some(node) = open.pop() {
            let block = self.block(node);
            let mut meets = [false; FAN];
            for (i, meets) in meets.iter_mut().enumerate() {
                *meets = (block.west[i] <= east)
                    & (block.east[i] >= west)
                    & (block.south[i] <= north)
                    & (block.north[i] >= south);
            }
            for i in (0..FAN).filter(|i| meets[*i]) {
                let child = Self::child(node, i);
                match child.item() {
                    Some(item) => found(item),
                    None => open.push(child),
                }
            }
        }
    }

    /// Calls `found` with every child of a block that is not certainly further than the limit, and the square of its
    /// bound.
    #[inline]
    pub(super) fn near(&self, node: Node, place: &Place, limit_m: f64, mut found: impl FnMut(Node, f32)) {
        let block = self.block(node);
        // A hair more than the limit makes up for rounding.
        let limit_2 = (limit_m * limit_m * (1.0 + 1e-6)) as f32;
        let greater = |a: f32, b: f32| if a > b { a } else { b };
        let mut bounds_2 = [0.0_f32; FAN];
        let [west, south, east, north] = place.area;
        for (i, bound_2) in bounds_2.iter_mut().enumerate() {
            let gap_lat = greater(greater(block.south[i] - north, south - block.north[i]), 0.0);
            let gap_lon = greater(greater(block.west[i] - east, west - block.east[i]), 0.0);
            // Or the other way round the globe.
            let span = greater(east, block.east[i]) - if west < block.west[i] { west } else { block.west[i] };
            let round = greater(360.0 - span, 0.0);
            let gap_lon = if round < gap_lon { round } else { gap_lon };
            let (x, y) = (gap_lon * place.east_m_per_deg, gap_lat * place.north_m_per_deg);
            *bound_2 = x * x + y * y;
        }
        for (i, bound_2) in bounds_2.into_iter().enumerate() {
            if bound_2 <= limit_2 && block.west[i] < f32::INFINITY {
                found(Self::child(node, i), bound_2);
            }
        }
    }

    /// The item whose box is nearest, going on from whichever block is.
    pub(super) fn guess(&self, place: &Place) -> Option<usize> {
        let mut open: SmallVec<[(f32, Node); 128]> = self.root().map(|root| (0.0, root)).into_iter().collect();
        loop {
            // Of those as near, items before blocks: several blocks may hold the place.
            let nearest = (0..open.len()).min_by(|a, b| {
                let (a, b) = (&open[*a], &open[*b]);
                a.0.total_cmp(&b.0).then(a.1.level.cmp(&b.1.level))
            })?;
            let (_, node) = open.swap_remove(nearest);
            if let Some(item) = node.item() {
                return Some(item);
            }
            self.near(node, place, f64::INFINITY, |child, bound_2| open.push((bound_2, child)));
        }
    }
}

/// A place that boxes are held against, and what a degree is worth there at least.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    area: [f32; 4],
    east_m_per_deg: f32,
    north_m_per_deg: f32,
}

impl From<&LowerBound> for Place {
    fn from(bound: &LowerBound) -> Self {
        let [east, north] = bound.m_per_deg();
        // Differences in single precision are off by less than a millionth.
        let down = |v: f64| (v * (1.0 - 1e-6)) as f32;
        Self { area: outward(bound.from()), east_m_per_deg: down(east), north_m_per_deg: down(north) }
    }
}

/// How far along a Hilbert curve over 65,536 × 65,536 cells a cell lies (H. S. Warren, *Hacker's Delight*, ch. 16).
fn hilbert(x: u16, y: u16) -> u32 {
    let (mut x, mut y) = (u32::from(x), u32::from(y));
    let mut along = 0;
    for bit in (0..16).rev() {
        let (rx, ry) = ((x >> bit) & 1, (y >> bit) & 1);
        along = (along << 2) | ((3 * rx) ^ ry);
        if ry == 0 {
            if rx == 1 {
                x = 0xffff - x;
                y = 0xffff - y;
            }
            std::mem::swap(&mut x, &mut y);
        }
    }
    along
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_curve_goes_from_cell_to_neighbour() {
        // Over the 16 × 16 corner every cell has its own place, and steps go to a neighbour.
        let mut cells: Vec<(u32, u16, u16)> = (0..256_u16).map(|i| (hilbert(i % 16, i / 16), i % 16, i / 16)).collect();
        cells.sort_unstable();
        for (i, pair) in cells.windows(2).enumerate() {
            assert_eq!(pair[1].0, pair[0].0 + 1, "step {i}");
            assert_eq!(pair[0].1.abs_diff(pair[1].1) + pair[0].2.abs_diff(pair[1].2), 1, "step {i}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_search_finds_what_a_scan_finds(
            boxes in prop::collection::vec((-180.0..180.0_f64, -90.0..90.0_f64, 0.0..9.0_f64, 0.0..9.0_f64), 0..600),
            area in (-180.0..180.0_f64, -90.0..90.0_f64, 0.0..60.0_f64, 0.0..60.0_f64),
        ) {
            let to_box = |&(lon, lat, w, h): &(f64, f64, f64, f64)| LonLatBox {
                min: LonLat::new(lon, lat),
                max: LonLat::new(lon + w, lat + h),
            };
            let boxes: Vec<LonLatBox> = boxes.iter().map(to_box).collect();
            let (tree, order) = PackedTree::new(&boxes);
            let area = to_box(&area);
            let mut found = Vec::new();
            tree.search(&area, |item| found.push(order[item]));
            found.sort_unstable();
            let meets = |i: &u32| boxes[*i as usize].intersects(&area);
            let scanned: Vec<u32> = (0..boxes.len() as u32).filter(meets).collect();
            prop_assert_eq!(found.iter().copied().filter(meets).collect::<Vec<_>>(), scanned);
            prop_assert!(found.iter().all(|i| boxes[*i as usize].intersects(&area.padded(5.0))));
            // What a bound leaves out is further than the limit.
            let bound = LowerBound::new(area, 400_000.0);
            let mut near = Vec::new();
            let mut open: Vec<Node> = tree.root().into_iter().collect();
            while let Some(node) = open.pop() {
                tree.near(node, &Place::from(&bound), 400_000.0, |child, _| match child.item() {
                    Some(item) => near.push(order[item]),
                    None => open.push(child),
                });
            }
            for i in 0..boxes.len() as u32 {
                prop_assert!(near.contains(&i) || bound.to_2(&boxes[i as usize]) > 400_000.0 * 400_000.0);
            }
            prop_assert_eq!(tree.guess(&Place::from(&bound)).is_some(), !boxes.is_empty());
        }
    }
}
