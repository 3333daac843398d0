//! Which ring of a polygon is a hole of which: by containment and not by direction.
//!
//! Files have shells and holes of one direction, and holes before their shells.
//!
//! The parent of a ring is the smallest ring around it. A ring with an even number of rings around it is an
//! exterior ring, one with an odd number a hole of its parent. Rings are looked up in a packed R-tree (fan-out 16,
//! sorted by tiles: Leutenegger and others, STR, 1997) that keeps the smallest area below each node; whether a
//! place is in a ring is counted by crossings over the edges of one horizontal slab. Cost: O(n log n) where few
//! rings overlap; the work is limited in any case.

use std::ops::Range;

/// Rings below one node.
const FAN: usize = 16;
/// So many edges may be looked at for each position, and at least so many: far more than files need whose rings do
/// not cross.
const EDGES_PER_POSITION: u64 = 400;
const EDGES_AT_LEAST: u64 = 4_000_000;
/// Rings with fewer positions are looked at edge by edge.
const SMALL_RING: usize = 48;
/// So many places of a ring are asked whether they lie in another.
const SAMPLES: usize = 8;

/// The rings of a polygon in order: each exterior ring is followed by its holes.
#[derive(Debug, Default)]
pub(super) struct Grouping {
    /// Rings: exterior ones in the order of the file, each followed by its holes in the order of the file.
    pub(super) order: Vec<u32>,
    /// The exterior ring of each ring; its own number for an exterior ring.
    pub(super) shell_of: Vec<u32>,
    /// False where the work would have been too much, and some rings were taken for exterior ones.
    pub(super) is_certain: bool,
}

/// A ring.
#[derive(Debug)]
struct Ring<'a> {
    xy: &'a [[f64; 2]],
    envelope: [f64; 4],
    /// Positive where counterclockwise.
    signed_area: f64,
    number: u32,
    slabs: Option<Slabs>,
}

/// A node over rings or nodes: a range of the level below.
#[derive(Clone, Debug)]
struct Node {
    envelope: [f64; 4],
    least_area: f64,
    greatest_area: f64,
    below: Range<usize>,
}

impl Grouping {
    /// Groups rings, each with at least three places. They need not be closed.
    pub(super) fn group(&mut self, xy: &[[f64; 2]], ranges: &[Range<usize>]) {
        self.is_certain = true;
        self.order.clear();
        self.shell_of.clear();
        self.order.extend(0..ranges.len() as u32);
        self.shell_of.extend(0..ranges.len() as u32);
        if ranges.len() == 1 {
            return;
        }
        let mut rings: Vec<_> =
            ranges.iter().enumerate().map(|(number, range)| Ring::new(&xy[range.clone()], number as u32)).collect();
        // Parents come before children; of two alike the first in the file.
        rings.sort_by(|a, b| b.area().total_cmp(&a.area()).then(a.number.cmp(&b.number)));
        let tree = Tree::over(&rings);
        let mut budget = EDGES_AT_LEAST.max(xy.len() as u64 * EDGES_PER_POSITION);
        // For each ring its depth, in the order of areas; and whose hole it is.
        let mut depths = vec![0_u32; rings.len()];
        for at in 0..rings.len() {
            match tree.parent(&mut rings, at, &mut budget) {
                Ok(None) => {}
                Ok(Some(parent)) => {
                    depths[at] = depths[parent] + 1;
                    if depths[at] % 2 == 1 {
                        self.shell_of[rings[at].number as usize] = rings[parent].number;
                    }
                }
                Err(TooMuch) => self.is_certain = false,
            }
        }
        let shell_of = &self.shell_of;
        self.order.sort_by_key(|ring| (shell_of[*ring as usize], shell_of[*ring as usize] != *ring, *ring));
    }
}

/// The limit of the work is reached.
struct TooMuch;

impl<'a> Ring<'a> {
    fn new(xy: &'a [[f64; 2]], number: u32) -> Self {
        let mut envelope = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        let [x0, y0] = xy[0];
        let (mut doubled, mut before) = (0.0, [0.0; 2]);
        for [x, y] in xy {
            envelope = [envelope[0].min(*x), envelope[1].min(*y), envelope[2].max(*x), envelope[3].max(*y)];
            let here = [x - x0, y - y0];
            doubled += before[0] * here[1] - here[0] * before[1];
            before = here;
        }
        Self { xy, envelope, signed_area: doubled / 2.0, number, slabs: None }
    }

    fn area(&self) -> f64 {
        self.signed_area.abs()
    }

    /// Its edges; the last closes it.
    fn edge(&self, at: usize) -> ([f64; 2], [f64; 2]) {
        let next = if at + 1 == self.xy.len() { 0 } else { at + 1 };
        (self.xy[at], self.xy[next])
    }

    fn side(&self, place: [f64; 2], budget: &mut u64) -> Result<Side, TooMuch> {
        let [min_x, min_y, max_x, max_y] = self.envelope;
        if place[0] < min_x || place[0] > max_x || place[1] < min_y || place[1] > max_y {
            return Ok(Side::Outside);
        }
        let listed = self.slabs.as_ref().map(|slabs| slabs.at(place[1]));
        let work = listed.map_or(self.xy.len(), <[u32]>::len) as u64 + 1;
        *budget = budget.checked_sub(work).ok_or(TooMuch)?;
        let reach = 8.0 * f64::EPSILON * min_x.abs().max(max_x.abs()).max(min_y.abs()).max(max_y.abs());
        let mut is_inside = false;
        let mut look = |at: usize| {
            let (a, b) = self.edge(at);
            if is_on(place, a, b, reach) {
                return true;
            }
            if (a[1] > place[1]) != (b[1] > place[1]) {
                let x = a[0] + (place[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
                is_inside ^= place[0] < x;
            }
            false
        };
        let is_on_edge = match listed {
            Some(edges) => edges.iter().any(|at| look(*at as usize)),
            None => (0..self.xy.len()).any(&mut look),
        };
        Ok(match (is_on_edge, is_inside) {
            (true, _) => Side::Edge,
            (_, true) => Side::Inside,
            _ => Side::Outside,
        })
    }
}

/// Where a place is in respect to a ring.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Inside,
    Edge,
    Outside,
}

/// True where a place is on a segment, by a few units of the last digit.
fn is_on([x, y]: [f64; 2], a: [f64; 2], b: [f64; 2], reach: f64) -> bool {
    if x < a[0].min(b[0]) - reach
        || x > a[0].max(b[0]) + reach
        || y < a[1].min(b[1]) - reach
        || y > a[1].max(b[1]) + reach
    {
        return false;
    }
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let across = dx * (y - a[1]) - dy * (x - a[0]);
    across.abs() <= reach * (dx.abs() + dy.abs())
}

/// The edges of a ring by horizontal slabs of equal height.
#[derive(Debug)]
struct Slabs {
    min_y: f64,
    per_y: f64,
    starts: Vec<u32>,
    edges: Vec<u32>,
}

impl Slabs {
    /// As many slabs as there are four edges, fewer where edges are long: never more than eight entries an edge.
    fn of(ring: &Ring<'_>) -> Self {
        let [_, min_y, _, max_y] = ring.envelope;
        let mut slabs = (ring.xy.len() / 4).max(1);
        loop {
            let per_y = if max_y > min_y { slabs as f64 / (max_y - min_y) } else { 0.0 };
            let mut made = Self { min_y, per_y, starts: vec![0; slabs + 1], edges: Vec::new() };
            let reach_of = |at: usize, made: &Self| {
                let (a, b) = ring.edge(at);
                // One slab more on both sides, for a place that rounding puts beside its edge.
                (made.slab(a[1].min(b[1])).saturating_sub(1), (made.slab(a[1].max(b[1])) + 1).min(slabs - 1))
            };
            let total: usize = (0..ring.xy.len()).map(|at| reach_of(at, &made)).map(|(from, to)| to - from + 1).sum();
            if total > ring.xy.len() * 8 && slabs > 1 {
                slabs /= 2;
                continue;
            }
            for at in 0..ring.xy.len() {
                let (from, to) = reach_of(at, &made);
                made.starts[from + 1..=to + 1].iter_mut().for_each(|count| *count += 1);
            }
            for slab in 0..slabs {
                made.starts[slab + 1] += made.starts[slab];
            }
            let mut next = made.starts.clone();
            made.edges = vec![0; total];
            for at in 0..ring.xy.len() {
                let (from, to) = reach_of(at, &made);
                for slot in &mut next[from..=to] {
                    made.edges[*slot as usize] = at as u32;
                    *slot += 1;
                }
            }
            return made;
        }
    }

    fn slab(&self, y: f64) -> usize {
        (((y - self.min_y) * self.per_y) as usize).min(self.starts.len() - 2)
    }

    fn at(&self, y: f64) -> &[u32] {
        let slab = self.slab(y);
        &self.edges[self.starts[slab] as usize..self.starts[slab + 1] as usize]
    }
}

/// A packed tree over rings; the first level holds single rings.
#[derive(Debug)]
struct Tree {
    levels: Vec<Vec<Node>>,
}

impl Tree {
    fn over(rings: &[Ring<'_>]) -> Self {
        let node = |(at, ring): (usize, &Ring<'_>)| Node {
            envelope: ring.envelope,
            least_area: ring.area(),
            greatest_area: ring.area(),
            below: at..at + 1,
        };
        let mut level: Vec<_> = rings.iter().enumerate().map(node).collect();
        let tiles = ((level.len().div_ceil(FAN)) as f64).sqrt().ceil() as usize;
        let column = tiles.max(1) * FAN;
        // Rings in one place stay by area, so that nodes hold rings of like area.
        level.sort_by(|a, b| (a.envelope[0] + a.envelope[2]).total_cmp(&(b.envelope[0] + b.envelope[2])));
        for part in level.chunks_mut(column) {
            part.sort_by(|a, b| (a.envelope[1] + a.envelope[3]).total_cmp(&(b.envelope[1] + b.envelope[3])));
        }
        let mut levels = vec![level];
        while let Some(below) = levels.last().filter(|level| level.len() > 1) {
            let up = below.chunks(FAN).enumerate().map(|(at, nodes)| Node {
                envelope: nodes.iter().fold(nodes[0].envelope, |all, node| joined(all, node.envelope)),
                least_area: nodes.iter().map(|node| node.least_area).fold(f64::INFINITY, f64::min),
                greatest_area: nodes.iter().map(|node| node.greatest_area).fold(0.0, f64::max),
                below: at * FAN..at * FAN + nodes.len(),
            });
            let up = up.collect();
            levels.push(up);
        }
        Self { levels }
    }

    /// The smallest ring around a ring; rings are given by their rank of area, and only larger ones can be around it.
    fn parent(&self, rings: &mut [Ring<'_>], child: usize, budget: &mut u64) -> Result<Option<usize>, TooMuch> {
        let (envelope, mut best) = (rings[child].envelope, None::<usize>);
        // A hole that sticks out of its shell has its middle in it.
        let middle = [(envelope[0] + envelope[2]) / 2.0, (envelope[1] + envelope[3]) / 2.0];
        let middle = [middle[0], middle[1], middle[0], middle[1]];
        let top = self.levels.len() - 1;
        let mut open: Vec<(usize, usize)> = (0..self.levels[top].len()).map(|node| (top, node)).collect();
        while let Some((level, at)) = open.pop() {
            *budget = budget.checked_sub(1).ok_or(TooMuch)?;
            let node = &self.levels[level][at];
            let can_be = node.greatest_area >= rings[child].area()
                && best.is_none_or(|best| node.least_area <= rings[best].area());
            if !is_around(node.envelope, middle) || !can_be {
                continue;
            }
            if level > 0 {
                let from = open.len();
                open.extend(node.below.clone().map(|below| (level - 1, below)));
                // The smallest that can be a parent is looked at first: it rules out most others.
                let least = |(level, at): &(usize, usize)| self.levels[*level][*at].least_area;
                open[from..].sort_by(|a, b| least(b).total_cmp(&least(a)));
                continue;
            }
            let candidate = node.below.start;
            if candidate < child && best.is_none_or(|best| candidate > best) && holds(rings, candidate, child, budget)?
            {
                best = Some(candidate);
            }
        }
        Ok(best)
    }
}

fn joined(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
    [a[0].min(b[0]), a[1].min(b[1]), a[2].max(b[2]), a[3].max(b[3])]
}

fn is_around(outer: [f64; 4], inner: [f64; 4]) -> bool {
    outer[0] <= inner[0] && outer[1] <= inner[1] && outer[2] >= inner[2] && outer[3] >= inner[3]
}

/// True where a ring is around another: all places asked are in it. Where some are not (the rings cross), a ring
/// of the other direction is a hole of it if most are. Rings on one another are one the hole of the other where
/// their directions differ.
fn holds(rings: &mut [Ring<'_>], outer: usize, inner: usize, budget: &mut u64) -> Result<bool, TooMuch> {
    if rings[outer].xy.len() >= SMALL_RING && rings[outer].slabs.is_none() {
        rings[outer].slabs = Some(Slabs::of(&rings[outer]));
    }
    let (outer, inner) = (&rings[outer], &rings[inner]);
    let is_turned = (outer.signed_area > 0.0) != (inner.signed_area > 0.0);
    if !is_turned && !is_around(outer.envelope, inner.envelope) {
        return Ok(false);
    }
    let step = inner.xy.len().div_ceil(SAMPLES);
    let (mut inside, mut outside) = (0, 0);
    for at in (0..inner.xy.len()).step_by(step) {
        match outer.side(inner.xy[at], budget)? {
            Side::Inside => inside += 1,
            Side::Outside => outside += 1,
            Side::Edge => {}
        }
    }
    // Corners on the outer ring say nothing; the middles of edges may.
    let is_told = inside + outside > 1;
    for at in (0..inner.xy.len()).step_by(step).filter(|_| !is_told) {
        let (a, b) = inner.edge(at);
        match outer.side([a[0] / 2.0 + b[0] / 2.0, a[1] / 2.0 + b[1] / 2.0], budget)? {
            Side::Inside => inside += 1,
            Side::Outside => outside += 1,
            Side::Edge => {}
        }
    }
    Ok(match (inside, outside) {
        (0, 0) => is_turned,
        (_, 0) => true,
        _ => is_turned && inside > outside,
    })
}
