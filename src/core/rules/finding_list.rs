//! A list of findings in blocks that copies share: a copy of a million costs what its list of blocks costs, and a change of one
//! finding what its block costs.

use super::findings::Finding;
use std::ops::{Index, IndexMut};
use std::sync::Arc;

/// Findings in a block.
const BLOCK: usize = 64;

type Block = Arc<Vec<Finding>>;

/// Findings in their order. Blocks are full, but for the last.
#[derive(Clone, Debug, Default)]
pub struct FindingList {
    blocks: Vec<Block>,
}

impl FindingList {
    /// How many they are.
    pub fn len(&self) -> usize {
        self.blocks.last().map_or(0, |last| (self.blocks.len() - 1) * BLOCK + last.len())
    }

    /// True where there are none.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    /// One by its place.
    pub fn get(&self, at: usize) -> Option<&Finding> {
        self.blocks.get(at / BLOCK)?.get(at % BLOCK)
    }

    /// One by its place, to be changed; its block is copied where another list has it.
    pub fn get_mut(&mut self, at: usize) -> Option<&mut Finding> {
        Arc::make_mut(self.blocks.get_mut(at / BLOCK)?).get_mut(at % BLOCK)
    }

    /// All of them.
    pub fn iter(&self) -> Iter<'_> {
        let findings: fn(&Block) -> std::slice::Iter<'_, Finding> = |block| block.iter();
        self.blocks.iter().flat_map(findings)
    }

    /// All of them, to be changed: nothing is shared any more.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Finding> {
        self.blocks.iter_mut().flat_map(|block| Arc::make_mut(block).iter_mut())
    }

    /// Adds one at the end.
    pub fn push(&mut self, finding: Finding) {
        match self.blocks.last_mut().filter(|last| last.len() < BLOCK) {
            Some(last) => Arc::make_mut(last).push(finding),
            None => {
                let mut block = Vec::with_capacity(BLOCK);
                block.push(finding);
                self.blocks.push(Arc::new(block));
            }
        }
    }

    /// Takes one out. Cost: once through the list.
    ///
    /// # Panics
    /// Where there is none at this place, as a `Vec` does.
    pub fn remove(&mut self, at: usize) -> Finding {
        let mut all: Vec<Finding> = std::mem::take(self).into_iter().collect();
        let removed = all.remove(at);
        *self = all.into();
        removed
    }

    /// Leaves those for which this is true. Cost: once through the list.
    pub fn retain(&mut self, mut stays: impl FnMut(&Finding) -> bool) {
        *self = std::mem::take(self).into_iter().filter(|finding| stays(finding)).collect();
    }
}

/// Findings of a list.
pub type Iter<'a> = std::iter::FlatMap<
    std::slice::Iter<'a, Block>,
    std::slice::Iter<'a, Finding>,
    fn(&'a Block) -> std::slice::Iter<'a, Finding>,
>;

/// Findings out of a list.
pub type IntoIter = std::iter::FlatMap<std::vec::IntoIter<Block>, Vec<Finding>, fn(Block) -> Vec<Finding>>;

impl PartialEq for FindingList {
    fn eq(&self, other: &Self) -> bool {
        let is_same = |(a, b): (&Block, &Block)| Arc::ptr_eq(a, b) || a == b;
        self.blocks.len() == other.blocks.len() && self.blocks.iter().zip(&other.blocks).all(is_same)
    }
}

impl Index<usize> for FindingList {
    type Output = Finding;

    fn index(&self, at: usize) -> &Finding {
        &self.blocks[at / BLOCK][at % BLOCK]
    }
}

impl IndexMut<usize> for FindingList {
    fn index_mut(&mut self, at: usize) -> &mut Finding {
        &mut Arc::make_mut(&mut self.blocks[at / BLOCK])[at % BLOCK]
    }
}

impl From<Vec<Finding>> for FindingList {
    fn from(all: Vec<Finding>) -> Self {
        all.into_iter().collect()
    }
}

impl FromIterator<Finding> for FindingList {
    fn from_iter<I: IntoIterator<Item = Finding>>(all: I) -> Self {
        let mut list = Self::default();
        all.into_iter().for_each(|finding| list.push(finding));
        list
    }
}

impl IntoIterator for FindingList {
    type Item = Finding;
    type IntoIter = IntoIter;

    fn into_iter(self) -> IntoIter {
        self.blocks.into_iter().flat_map(Arc::unwrap_or_clone)
    }
}

impl<'a> IntoIterator for &'a FindingList {
    type Item = &'a Finding;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn finding(n: usize) -> Finding {
        let json = json!({"id": format!("r/{n}"), "rule": "r", "name": "", "verdict": "ban", "reason": "", "state": "发现",
            "found_on": "", "seen_on": ""});
        serde_json::from_value(json).expect("a finding")
    }

    #[test]
    fn it_is_what_a_vector_of_them_is() {
        for len in [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5] {
            let all: Vec<Finding> = (0..len).map(finding).collect();
            let mut list = FindingList::from(all.clone());
            assert_eq!((list.len(), list.is_empty()), (len, len == 0));
            assert!(list.iter().eq(&all) && list.iter().rev().eq(all.iter().rev()), "{len}");
            assert!(
                (0..len).all(|at| list[at] == all[at] && list.get(at) == Some(&all[at])) && list.get(len).is_none()
            );
            list.push(finding(len));
            assert_eq!((list.len(), &list[len].id), (len + 1, &format!("r/{len}")));
            assert_eq!(list.remove(len / 2).id, format!("r/{}", len / 2));
            list.retain(|finding| finding.id.ends_with('1'));
            let left = all.iter().chain([&finding(len)]).map(|one| one.id.clone()).collect::<Vec<_>>();
            let left = left.into_iter().filter(|id| id.ends_with('1') && *id != format!("r/{}", len / 2));
            assert!(list.into_iter().map(|one| one.id).eq(left), "{len}");
        }
    }

    #[test]
    fn a_copy_shares_all_but_the_block_that_is_changed() {
        let list: FindingList = (0..3 * BLOCK).map(finding).collect();
        let mut copy = list.clone();
        assert_eq!(copy, list);
        copy[BLOCK + 1].note = "约".to_owned();
        assert_ne!(copy, list);
        assert_eq!(list[BLOCK + 1].note, "");
        let shared = |at: usize| Arc::ptr_eq(&copy.blocks[at], &list.blocks[at]);
        assert_eq!([0, 1, 2].map(shared), [true, false, true]);
    }
}
