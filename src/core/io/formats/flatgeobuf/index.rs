//! The packed Hilbert R-tree: where its nodes are, searching it in the file, building it.
//!
//! Nodes of 40 bytes (min x, min y, max x, max y, offset) lie level by level, the root first, the features' own last. All nodes
//! are full but the last of each level, so where a node's children are follows from its place; its offset repeats it.

use crate::io::formats::Bytes;
use std::io::{Result, Write};

/// Bytes of a node.
const NODE: u64 = 40;
/// Children of a node in trees that are built.
pub(super) const NODE_SIZE: u16 = 16;

/// How many nodes each level has, features first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Levels {
    node_size: u64,
    /// From the features' nodes up to the root: the first node's number, and how many.
    levels: Vec<(u64, u64)>,
}

impl Levels {
    /// The levels for so many features; `None` where that is more than any file holds.
    pub(super) fn new(features: u64, node_size: u16) -> Option<Self> {
        if features == 0 || features > 1 << 40 || node_size < 2 {
            return None;
        }
        let node_size = u64::from(node_size);
        let mut counts = vec![features];
        let mut count = features;
        // There is always a root above the features' nodes, above a single one too.
        loop {
            count = count.div_ceil(node_size);
            counts.push(count);
            if count == 1 {
                break;
            }
        }
        let mut first: u64 = counts.iter().sum();
        let levels = counts.iter().map(|count| {
            first -= count;
            (first, *count)
        });
        Some(Self { node_size, levels: levels.collect() })
    }

    /// The size of the whole tree.
    pub(super) fn bytes(&self) -> u64 {
        self.levels.iter().map(|(_, count)| count * NODE).sum()
    }

    /// The offsets of all features (from the first one on) whose envelopes meet a window, in the order of the file. `None` where the
    /// tree is not what it should be. Cost: the nodes on the way; nothing else is read.
    pub(super) fn search(
        &self,
        bytes: &dyn Bytes,
        at: u64,
        window: [f64; 4],
        features: u64,
    ) -> Result<Option<Vec<u64>>> {
        let mut found = Vec::new();
        let top = self.levels.len() - 1;
        // Level, first node in it, and how many.
        let mut stack = vec![(top, 0, self.levels[top].1)];
        while let Some((level, from, count)) = stack.pop() {
            let nodes = bytes.stretch(at + (self.levels[level].0 + from) * NODE, (count * NODE) as usize)?;
            for (i, node) in nodes.chunks_exact(NODE as usize).enumerate() {
                let side = |i: usize| f64::from_le_bytes(eight(node, i));
                if side(0) > window[2] || side(1) > window[3] || side(2) < window[0] || side(3) < window[1] {
                    continue;
                }
                let offset = u64::from_le_bytes(eight(node, 4));
                if level == 0 {
                    if offset >= features {
                        return Ok(None);
                    }
                    found.push(offset);
                    continue;
                }
                let (below, number) = (self.levels[level - 1], from + i as u64);
                let first = number * self.node_size;
                if offset != below.0 + first {
                    return Ok(None);
                }
                stack.push((level - 1, first, self.node_size.min(below.1 - first)));
            }
        }
        found.sort_unstable();
        let all = found.len();
        found.dedup();
        Ok((found.len() == all).then_some(found))
    }

    /// Writes the tree of features with these envelopes and offsets, in their order.
    pub(super) fn write(
        &self,
        leaves: impl Iterator<Item = ([f64; 4], u64)> + Clone,
        out: &mut dyn Write,
    ) -> Result<()> {
        // All levels above the features' own are a fifteenth of it.
        let mut above: Vec<Vec<[f64; 4]>> = Vec::new();
        let mut groups = vec![NOTHING; self.levels.get(1).map_or(0, |level| level.1 as usize)];
        for (i, (envelope, _)) in leaves.clone().enumerate() {
            widen(&mut groups[i / self.node_size as usize], envelope);
        }
        for level in 2..self.levels.len() {
            let mut next = vec![NOTHING; self.levels[level].1 as usize];
            for (i, envelope) in groups.iter().enumerate() {
                widen(&mut next[i / self.node_size as usize], *envelope);
            }
            above.push(std::mem::replace(&mut groups, next));
        }
        above.push(groups);
        for (level, envelopes) in above.iter().enumerate().rev() {
            for (i, envelope) in envelopes.iter().enumerate() {
                node(*envelope, self.levels[level].0 + i as u64 * self.node_size, out)?;
            }
        }
        let mut leaves = leaves;
        leaves.try_for_each(|(envelope, offset)| node(envelope, offset, out))
    }
}

/// The envelope of nothing: it meets no window and widens no other.
pub(super) const NOTHING: [f64; 4] = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];

/// Makes an envelope hold another.
pub(super) fn widen(all: &mut [f64; 4], one: [f64; 4]) {
    *all = [all[0].min(one[0]), all[1].min(one[1]), all[2].max(one[2]), all[3].max(one[3])];
}

fn node(envelope: [f64; 4], offset: u64, out: &mut dyn Write) -> Result<()> {
    for side in envelope {
        out.write_all(&side.to_le_bytes())?;
    }
    out.write_all(&offset.to_le_bytes())
}

fn eight(bytes: &[u8], place: usize) -> [u8; 8] {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[place * 8..place * 8 + 8]);
    eight
}

/// The place of an envelope's centre on a Hilbert curve of 65,536 by 65,536 cells over `all`; the end for the envelope of nothing.
pub(super) fn hilbert(envelope: [f64; 4], all: [f64; 4]) -> u32 {
    if envelope[0] > envelope[2] {
        return u32::MAX;
    }
    let cell = |low: f64, high: f64, from: f64, to: f64| {
        let part = (f64::midpoint(low, high) - from) / (to - from);
        // Saturates; NaN (an extent without width) is 0.
        (part * 65_535.0) as u32
    };
    let mut x = cell(envelope[0], envelope[2], all[0], all[2]).min(65_535);
    let mut y = cell(envelope[1], envelope[3], all[1], all[3]).min(65_535);
    let mut place = 0;
    let mut half = 32_768;
    while half > 0 {
        let (right, upper) = (u32::from(x & half > 0), u32::from(y & half > 0));
        place = place << 2 | (3 * right) ^ upper;
        // The quarter is turned so that the curve inside goes on where the last one ended.
        if upper == 0 {
            if right == 1 {
                (x, y) = (65_535 - x, 65_535 - y);
            }
            std::mem::swap(&mut x, &mut y);
        }
        half >>= 1;
    }
    place
}
