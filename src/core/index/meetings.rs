//! Which edges of rings on a grid of whole numbers cross or touch. Sides are decided exactly.

use super::PackedTree;
use crate::geodesy::{GridBox, LonLat, LonLatBox};
use rayon::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

type P = [i64; 2];

/// A point of a grid.
pub trait GridPoint: Copy + Sync {
    /// Its place in it.
    fn xy(self) -> [i64; 2];
}

impl GridPoint for [i64; 2] {
    fn xy(self) -> [i64; 2] {
        self
    }
}

/// Edges of a run: they are looked up together.
const RUN: usize = 16;
/// Of no more runs every two are looked at.
const FEW_RUNS: usize = 6;
/// Pairs that are looked at for each edge, at most.
const PAIRS: usize = 1_000;

/// An edge by its ring, and the corner of the ring where it begins.
pub type EdgeOfRing = (u32, u32);

/// Two edges that cross, or touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// The edges, the earlier one first.
    pub edges: [EdgeOfRing; 2],
    /// True where each goes through the inside of the other.
    pub crosses: bool,
}

/// Twice the area of a triangle; positive where `p` lies on the left of the way from `a` to `b`.
pub fn side_on_grid(a: P, b: P, p: P) -> i128 {
    minus(b, a)[0] * minus(p, a)[1] - minus(b, a)[1] * minus(p, a)[0]
}

fn minus(a: P, b: P) -> [i128; 2] {
    [0, 1].map(|axis| i128::from(a[axis]) - i128::from(b[axis]))
}

/// True where a point of an edge's line lies between its ends.
fn is_between(a: P, b: P, p: P) -> bool {
    [0, 1].iter().all(|axis| p[*axis] >= a[*axis].min(b[*axis]) && p[*axis] <= a[*axis].max(b[*axis]))
}

/// How two edges meet: `Some(true)` where they cross.
fn meet([a, b]: [P; 2], [c, d]: [P; 2]) -> Option<bool> {
    let (on_a, on_b) = (side_on_grid(c, d, a), side_on_grid(c, d, b));
    if (on_a > 0 && on_b > 0) || (on_a < 0 && on_b < 0) {
        return None;
    }
    let (on_c, on_d) = (side_on_grid(a, b, c), side_on_grid(a, b, d));
    if on_a.signum() * on_b.signum() < 0 && on_c.signum() * on_d.signum() < 0 {
        return Some(true);
    }
    let touches = (on_a == 0 && is_between(c, d, a))
        || (on_b == 0 && is_between(c, d, b))
        || (on_c == 0 && is_between(a, b, c))
        || (on_d == 0 && is_between(a, b, d));
    touches.then_some(false)
}

/// True where an edge turns back along the one before it.
fn turns_back([a, b]: [P; 2], [_, c]: [P; 2]) -> bool {
    let (on, own) = (minus(c, b), minus(b, a));
    side_on_grid(a, b, c) == 0 && on[0] * own[0] + on[1] * own[1] < 0
}

/// Rings, the last corner of each leading to its first, in runs of edges.
struct Runs<'a, G> {
    rings: &'a [&'a [G]],
    /// The ring, the first edge and the one behind the last.
    all: Vec<(u32, u32, u32)>,
    boxes: Vec<GridBox>,
    /// How many pairs may still be looked at.
    left: AtomicUsize,
}

impl<'a, G: GridPoint> Runs<'a, G> {
    fn new(rings: &'a [&'a [G]]) -> Self {
        let edges: usize = rings.iter().map(|ring| ring.len()).sum();
        let mut all = Vec::with_capacity(edges / RUN + rings.len());
        for (ring, own) in rings.iter().enumerate() {
            let starts = (0..own.len()).step_by(RUN);
            all.extend(starts.map(|first| (ring as u32, first as u32, (first + RUN).min(own.len()) as u32)));
        }
        let mut own = Self { rings, all, boxes: Vec::new(), left: AtomicUsize::new((edges + PAIRS) * PAIRS) };
        let around = |run: &(u32, u32, u32)| {
            let edges = (run.1..run.2).map(|i| around(own.edge((run.0, i))));
            edges.fold(GridBox::EMPTY, GridBox::union)
        };
        own.boxes = own.all.iter().map(around).collect();
        own
    }

    fn edge(&self, (ring, i): EdgeOfRing) -> [P; 2] {
        let (own, i) = (self.rings[ring as usize], i as usize);
        [own[i], own[if i + 1 == own.len() { 0 } else { i + 1 }]].map(G::xy)
    }

    /// Looks at every edge of a run with every later one of another, or of the same; false where too much was looked at.
    fn look(&self, own: usize, other: usize, found: &mut Vec<Meeting>) -> bool {
        let ((ring, first, last), (other_ring, other_first, other_last)) = (self.all[own], self.all[other]);
        let n = self.rings[ring as usize].len() as u32;
        let mut looks = 0;
        for i in first..last {
            let e = self.edge((ring, i));
            let around_e = around(e);
            if !around_e.meets(&self.boxes[other]) {
                continue;
            }
            let from = if own == other { i + 1 } else { other_first };
            for k in from..other_last {
                let f = self.edge((other_ring, k));
                looks += 1;
                if !around_e.meets(&around(f)) {
                    continue;
                }
                let follows = |i: u32, k: u32| ring == other_ring && k == if i + 1 == n { 0 } else { i + 1 };
                // In a ring of two each edge follows the other, and turns back.
                let meets = match (follows(i, k), follows(k, i)) {
                    (true, _) => turns_back(e, f).then_some(false),
                    (_, true) => turns_back(f, e).then_some(false),
                    _ => meet(e, f),
                };
                found.extend(meets.map(|crosses| Meeting { edges: [(ring, i), (other_ring, k)], crosses }));
            }
        }
        let spent = self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(looks));
        spent.is_ok()
    }
}

fn around([a, b]: [P; 2]) -> GridBox {
    GridBox::EMPTY.with(a).with(b)
}

fn as_box(of: &GridBox) -> LonLatBox {
    let corner = |[x, y]: [i64; 2]| LonLat::new(x as f64, y as f64);
    LonLatBox { min: corner(of.min), max: corner(of.max) }
}

/// Every two edges of rings that cross or touch, but for those that follow one another and do not turn back; in order. `None`
/// where there are more than `most`, or so many lie side by side that it is not worth looking.
///
/// Cost: n log n in edges, on all cores where they are many.
pub fn meetings<G: GridPoint>(rings: &[&[G]], most: usize) -> Option<Vec<Meeting>> {
    let runs = Runs::new(rings);
    if runs.all.len() <= FEW_RUNS {
        let mut found = Vec::new();
        for own in 0..runs.all.len() {
            for other in own..runs.all.len() {
                let is_told = !runs.boxes[own].meets(&runs.boxes[other]) || runs.look(own, other, &mut found);
                if !is_told || found.len() > most {
                    return None;
                }
            }
        }
        return Some(found);
    }
    let boxes: Vec<LonLatBox> = runs.boxes.par_iter().map(as_box).collect();
    let (tree, order) = PackedTree::new(&boxes);
    let of_run = |own: usize| -> Option<Vec<Meeting>> {
        let (mut found, mut is_told) = (Vec::new(), true);
        tree.search(&boxes[own], |item| {
            let other = order[item] as usize;
            if other >= own && is_told {
                is_told = runs.look(own, other, &mut found) && found.len() <= most;
            }
        });
        is_told.then(|| {
            found.sort_unstable_by_key(|met| met.edges);
            found
        })
    };
    let found: Vec<Vec<Meeting>> =
        (0..boxes.len()).into_par_iter().with_min_len(64).map(of_run).collect::<Option<_>>()?;
    (found.iter().map(Vec::len).sum::<usize>() <= most).then(|| found.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ring(points: &[(i64, i64)]) -> Vec<P> {
        points.iter().map(|(x, y)| [*x, *y]).collect()
    }

    fn met(rings: &[&[(i64, i64)]]) -> Vec<(u32, u32, u32, u32, bool)> {
        let rings: Vec<Vec<P>> = rings.iter().map(|own| ring(own)).collect();
        let rings: Vec<&[P]> = rings.iter().map(Vec::as_slice).collect();
        let found = meetings(&rings, 1_000).expect("few");
        found.iter().map(|m| (m.edges[0].0, m.edges[0].1, m.edges[1].0, m.edges[1].1, m.crosses)).collect()
    }

    const SQUARE: &[(i64, i64)] = &[(0, 0), (8, 0), (8, 8), (0, 8)];

    #[test]
    fn rings_cross_touch_or_stay_apart() {
        for (of, rings, found) in [
            ("a square", &[SQUARE][..], &[][..]),
            ("a bow tie", &[&[(0, 0), (8, 8), (8, 0), (0, 8)][..]], &[(0, 0, 0, 2, true)]),
            ("a spike", &[&[(0, 0), (8, 0), (4, 0), (4, 8)][..]], &[(0, 0, 0, 1, false), (0, 0, 0, 2, false)]),
            ("there and back", &[&[(0, 0), (8, 3)][..]], &[(0, 0, 0, 1, false)]),
            ("apart", &[SQUARE, &[(9, 0), (20, 0), (20, 8)][..]], &[]),
            (
                "a hole on an edge",
                &[SQUARE, &[(2, 0), (4, 4), (2, 4)][..]],
                &[(0, 0, 1, 0, false), (0, 0, 1, 2, false)],
            ),
            (
                "two over one another",
                &[SQUARE, &[(4, -4), (6, -4), (6, 4)][..]],
                &[(0, 0, 1, 1, true), (0, 0, 1, 2, true)],
            ),
            (
                "one corner",
                &[SQUARE, &[(8, 8), (12, 8), (12, 12)][..]],
                &[(0, 1, 1, 0, false), (0, 1, 1, 2, false), (0, 2, 1, 0, false), (0, 2, 1, 2, false)],
            ),
        ] {
            assert_eq!(met(rings), found, "{of}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_a_tree_finds_is_what_every_two_are(
            points in prop::collection::vec((0..60_i64, 0..60_i64), 150..400),
            parts in 1..6_usize,
        ) {
            let rings: Vec<Vec<P>> = points.chunks(points.len().div_ceil(parts)).map(ring).collect();
            let rings: Vec<&[P]> = rings.iter().map(Vec::as_slice).collect();
            let runs = Runs::new(&rings);
            prop_assume!(runs.all.len() > FEW_RUNS);
            let mut all = Vec::new();
            for own in 0..runs.all.len() {
                let begin = all.len();
                (own..runs.all.len()).for_each(|other| assert!(runs.look(own, other, &mut all)));
                all[begin..].sort_unstable_by_key(|met| met.edges);
            }
            prop_assert_eq!(meetings(&rings, usize::MAX), Some(all.clone()));
            prop_assert_eq!(meetings(&rings, all.len()).map(|found| found.len()), Some(all.len()));
            prop_assert!(all.is_empty() || meetings(&rings, all.len() - 1).is_none());
        }
    }
}
