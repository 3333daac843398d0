//! Which outer sides and arcs others hide: found by looking from corners along the ring, so most are never crossed with
//! anything.

use super::curve::{Curve, Of, Point, along, cross, dot, minus};
use super::narrow::{Near, Parts};
use super::nodes::{Joint, Nodes};
use rayon::prelude::*;
use std::f64::consts::{PI, TAU};
use std::ops::Range;

/// Rings in a conformal plane, the outside on their right.
#[derive(Debug, Default)]
pub(super) struct Corners {
    pub(super) at: Vec<Point>,
    /// The distance times the scale at each.
    pub(super) radius: Vec<f64>,
    /// Where each ring ends.
    pub(super) ends: Vec<u32>,
}

impl Corners {
    pub(super) fn range(&self, ring: usize) -> Range<usize> {
        let start = if ring == 0 { 0 } else { self.ends[ring - 1] as usize };
        start..self.ends[ring] as usize
    }

    /// The corners of the ring that one belongs to.
    pub(super) fn ring_of(&self, corner: usize) -> Range<usize> {
        self.range(self.ends.partition_point(|end| *end as usize <= corner))
    }
}

const SIDE: u8 = 1;
const ARC: u8 = 2;
/// An arc that turns by more, radians, is not told to be hidden by its ends.
const WIDE: f64 = 2.8;
/// Where there are so many of these, what the corners about them leave open of them is looked for.
const WIDE_ARCS: usize = 8;
/// What is within this share of the distance is hidden; squared.
const SURELY_2: f64 = 1.0 - 4e-9;
/// Where the side before a corner ends within this share of the distance of where the next begins, one follows the other:
/// the ring hardly bends, and what is between is off the true outline by half of its square.
pub(super) const STRAIGHT: f64 = 2e-4;

/// What turns by less, radians, is as good as straight: two sides along one line.
pub(super) const EVEN: f64 = 1e-8;

/// Sides and turns of all corners.
pub(super) struct Sides<'a> {
    corners: &'a Corners,
    nodes: &'a Nodes,
    sides: Vec<[Point; 2]>,
    turns: Vec<f64>,
}

/// The curves that may bound the region, ring by ring.
#[derive(Default)]
pub(super) struct Curves {
    pub(super) all: Vec<Curve>,
    /// The curve that begins where each ends; [`Curves::NONE`] where that is hidden or the ring turns right.
    pub(super) next: Vec<u32>,
}

impl Curves {
    pub(super) const NONE: u32 = u32::MAX;

    /// Adds those of other rings.
    fn append(&mut self, other: Self) {
        let before = self.all.len() as u32;
        self.all.extend(other.all);
        self.next.extend(other.next.into_iter().map(|next| if next == Self::NONE { next } else { before + next }));
    }

    /// Adds a curve that the one before it leads to, where it does; its number.
    fn add(&mut self, curve: Curve, leads: &mut bool) -> u32 {
        let number = self.all.len() as u32;
        if std::mem::replace(leads, true)
            && let Some(next) = self.next.last_mut()
        {
            *next = number;
        }
        self.all.push(curve);
        self.next.push(Self::NONE);
        number
    }
}

/// The curves of some rings.
#[derive(Default)]
struct Block {
    curves: Curves,
    /// Where corners are shared: the side that begins at a corner.
    sides: Vec<(u32, u32)>,
    /// And a curve of a joint's arc, and whether it begins and ends it.
    arcs: Vec<(u32, u32, [bool; 2])>,
}

/// Rings that a thread takes up at a time.
pub(super) const RINGS_AT_ONCE: usize = 128;

/// What is made of some rings after others, on all cores, in their order.
fn in_blocks<T: Send>(rings: usize, of: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let blocks = (0..rings.div_ceil(RINGS_AT_ONCE)).into_par_iter().with_max_len(1);
    blocks.map(|n| of(n * RINGS_AT_ONCE..((n + 1) * RINGS_AT_ONCE).min(rings))).collect()
}

/// The curves that meet at shared corners.
struct Ends {
    /// By corner: the side that begins there. Empty where no corner is shared.
    sides: Vec<u32>,
    /// By joint: its arc's curve from the first side on, and the one that ends at the other.
    arcs: Vec<[u32; 2]>,
}

impl Ends {
    fn new(nodes: &Nodes, corners: usize) -> Self {
        let sides = if nodes.joints.is_empty() { Vec::new() } else { vec![Curves::NONE; corners] };
        Self { sides, arcs: vec![[Curves::NONE; 2]; nodes.joints.len()] }
    }

    /// Of a block whose curves come after so many.
    fn add(&mut self, block: &Block, before: u32) {
        for (corner, curve) in &block.sides {
            self.sides[*corner as usize] = before + curve;
        }
        for (joint, curve, [begins, ends]) in &block.arcs {
            let [first, last] = &mut self.arcs[*joint as usize];
            *first = if *begins { before + curve } else { *first };
            *last = if *ends { before + curve } else { *last };
        }
    }

    fn join(&self, nodes: &Nodes, next: &mut [u32]) {
        let mut lead = |from: u32, to: u32| {
            if let Some(next) = next.get_mut(from as usize).filter(|_| from != Curves::NONE) {
                *next = to;
            }
        };
        for (Joint { before, to, turn, .. }, [first, last]) in nodes.joints.iter().zip(&self.arcs) {
            let (before, to) = (self.sides[*before as usize], self.sides[*to as usize]);
            if *turn > 0.0 {
                lead(before, *first);
                lead(*last, to);
            } else {
                lead(before, to);
            }
        }
    }
}

/// How far a ring turns left at a corner; 0 where it does not.
fn left_turn(before: Point, at: Point, next: Point) -> f64 {
    let (coming, going) = (minus(at, before), minus(next, at));
    let (across, ahead) = (cross(coming, going), dot(coming, going));
    let scale = (dot(coming, coming) * dot(going, going)).sqrt();
    if across <= 0.0 && (ahead > 0.0 || across < -1e-8 * scale) {
        return 0.0;
    }
    let turn = across.atan2(ahead);
    match turn {
        _ if turn.abs() > PI - 1e-9 => PI,
        _ if turn <= EVEN => 0.0,
        _ => turn,
    }
}

impl<'a> Sides<'a> {
    /// Of rings in which no corner follows its like.
    pub(super) fn new(corners: &'a Corners, nodes: &'a Nodes) -> Self {
        let of_ring = |ring: usize| {
            let range = corners.range(ring);
            let of_corner = move |i: usize| {
                if range.len() == 1 {
                    return ([[0.0; 2]; 2], TAU);
                }
                let (before, next) = (before(&range, i), next(&range, i));
                let d = minus(corners.at[next], corners.at[i]);
                let length = dot(d, d).sqrt();
                let right = [d[1] / length, -d[0] / length];
                let side = |i: usize| along(corners.at[i], right, corners.radius[i]);
                let turn = left_turn(corners.at[before], corners.at[i], corners.at[next]);
                ([side(i), side(next)], turn)
            };
            corners.range(ring).map(of_corner)
        };
        let (mut sides, mut turns) = (Vec::with_capacity(corners.at.len()), Vec::with_capacity(corners.at.len()));
        for block in in_blocks(corners.ends.len(), |rings| rings.flat_map(of_ring).collect::<Vec<_>>()) {
            for (side, turn) in block {
                sides.push(side);
                turns.push(turn);
            }
        }
        Self { corners, nodes, sides, turns }
    }

    /// Closes what lies within the distance of a corner: what does is convex, so a side is hidden where both its ends are.
    fn hide(&self, i: usize, before: usize, by: usize, open: &mut u8) {
        let (at, radius) = (self.corners.at[by], self.corners.radius[by]);
        let is_in = |p: Point| {
            let d = minus(p, at);
            dot(d, d) < radius * radius * SURELY_2
        };
        if !is_in(self.sides[i][0]) {
            return;
        }
        if *open & SIDE != 0 && is_in(self.sides[i][1]) {
            *open &= !SIDE;
        }
        if *open & ARC != 0 && self.turns[i] < WIDE && is_in(self.sides[before][1]) {
            *open &= !ARC;
        }
    }

    /// What others of its ring do not hide, a byte a corner: looks from those one, two, four, … places along the ring, again
    /// among those that are left.
    fn open(&self) -> Vec<u8> {
        in_blocks(self.corners.ends.len(), |rings| {
            let mut open = Vec::new();
            rings.for_each(|ring| self.open_of_ring(&self.corners.range(ring), &mut open));
            open
        })
        .concat()
    }

    fn open_of_ring(&self, range: &Range<usize>, all: &mut Vec<u8>) {
        if range.len() == 1 {
            all.push(ARC);
            return;
        }
        let begin = all.len();
        all.extend(self.turns[range.clone()].iter().map(|turn| SIDE | if *turn > 0.0 { ARC } else { 0 }));
        let open = &mut all[begin..];
        let mut left: Vec<u32> = (range.start as u32..range.end as u32).collect();
        loop {
            let m = left.len();
            for k in 0..m {
                let i = left[k] as usize;
                let before = before(range, i);
                let own = &mut open[i - range.start];
                let mut step = 1;
                while step * 2 <= m && *own != 0 {
                    let on = left[if k + step >= m { k + step - m } else { k + step }];
                    let back = left[if k >= step { k - step } else { k + m - step }];
                    self.hide(i, before, on as usize, own);
                    self.hide(i, before, back as usize, own);
                    step *= 2;
                }
            }
            left.retain(|i| open[*i as usize - range.start] != 0);
            if left.len() <= 16 || left.len() * 16 > m * 15 {
                return;
            }
        }
    }

    /// The curves that nothing is known to hide.
    pub(super) fn curves(&self) -> Curves {
        let open = self.open();
        let wide = (0..open.len()).filter(|i| open[*i] & ARC != 0 && self.turns[*i] >= WIDE).count();
        let near = (wide >= WIDE_ARCS).then(|| Near::new(self.corners));
        let blocks = in_blocks(self.corners.ends.len(), |rings| {
            let mut block = Block::default();
            rings.for_each(|ring| self.add_ring(&self.corners.range(ring), &open, near.as_ref(), &mut block));
            block
        });
        let mut found = Curves::default();
        let mut ends = Ends::new(self.nodes, open.len());
        for block in blocks {
            ends.add(&block, found.all.len() as u32);
            found.append(block.curves);
        }
        ends.join(self.nodes, &mut found.next);
        found
    }

    /// What the corners about an arc of a ring, or of a joint, leave open of it.
    fn parts(&self, arc: &Curve, is_open: bool, near: Option<&Near>) -> Parts {
        match near.filter(|_| arc.turn >= WIDE) {
            _ if !is_open => Parts::new(),
            Some(near) => near.open(arc),
            None => Parts::from_slice(&[[0.0, arc.turn]]),
        }
    }

    fn add_ring(&self, range: &Range<usize>, open: &[u8], near: Option<&Near>, block: &mut Block) {
        let found = &mut block.curves;
        let begin = found.all.len();
        // Whether the curve added last leads to what comes next.
        let mut leads = false;
        // Whether what the ring begins with is open, and led to by its end.
        let mut begins_open = None;
        for i in range.clone() {
            let before = before(range, i);
            let turn = self.turns[i];
            if self.nodes.is_shared(i) {
                // What leads to it and on from it is joined when all sides are there.
                (leads, begins_open) = (false, begins_open.or(Some(false)));
                if let Some((number, joint)) = self.nodes.joint(i).filter(|(_, joint)| joint.turn > 0.0) {
                    let arc = self.joint_arc(&joint);
                    for part in self.parts(&arc, turn <= 0.0 || open[i] & ARC != 0, near) {
                        let curve = found.add(arc.part(part), &mut leads);
                        block.arcs.push((number as u32, curve, [part[0] <= 0.0, part[1] >= arc.turn]));
                        leads = false;
                    }
                }
            } else if turn > 0.0 {
                let arc = self.arc(i, before);
                let parts = self.parts(&arc, open[i] & ARC != 0, near);
                begins_open.get_or_insert(parts.first().is_some_and(|part| part[0] <= 0.0));
                let mut until = 0.0;
                for part in parts {
                    leads &= part[0] <= until;
                    found.add(arc.part(part), &mut leads);
                    until = part[1];
                }
                leads &= until >= turn;
            } else {
                let gap = minus(self.sides[before][1], self.sides[i][0]);
                let is_straight = dot(gap, gap) < (STRAIGHT * self.corners.radius[i]).powi(2);
                begins_open.get_or_insert(is_straight && open[i] & SIDE != 0);
                leads &= is_straight;
            }
            if range.len() == 1 {
                break;
            }
            if open[i] & SIDE != 0 && !self.nodes.is_double(i) {
                let [from, to] = self.sides[i];
                let (center, radius) = (self.corners.at[i], self.corners.radius[i]);
                let side =
                    Curve { of: Of::Side(i as u32), from, to, center, radius, start: [0.0; 2], turn: 0.0, offset: 0.0 };
                let curve = found.add(side, &mut leads);
                if !self.nodes.joints.is_empty() {
                    block.sides.push((i as u32, curve));
                }
            } else {
                leads = false;
            }
        }
        if leads
            && begins_open == Some(true)
            && found.all.len() > begin
            && let Some(next) = found.next.last_mut()
        {
            *next = begin as u32;
        }
    }

    /// The arc between two sides that belong to different rings.
    fn joint_arc(&self, joint: &Joint) -> Curve {
        let i = joint.at as usize;
        let (center, radius) = (self.corners.at[i], self.corners.radius[i]);
        let (from, to) = (self.sides[joint.before as usize][1], self.sides[joint.to as usize][0]);
        let [x, y] = minus(from, center);
        let start = [x / radius, y / radius];
        Curve { of: Of::Arc(joint.at), from, to, center, radius, start, turn: joint.turn, offset: 0.0 }
    }

    fn arc(&self, i: usize, before: usize) -> Curve {
        let (center, radius) = (self.corners.at[i], self.corners.radius[i]);
        let (start, from, to) = if self.turns[i] >= TAU {
            let east = along(center, [1.0, 0.0], radius);
            ([1.0, 0.0], east, east)
        } else {
            let (from, to) = (self.sides[before][1], self.sides[i][0]);
            let [x, y] = minus(from, center);
            ([x / radius, y / radius], from, to)
        };
        Curve { of: Of::Arc(i as u32), from, to, center, radius, start, turn: self.turns[i], offset: 0.0 }
    }
}

/// The corner before one in its ring.
pub(super) fn before(ring: &Range<usize>, i: usize) -> usize {
    if i == ring.start { ring.end - 1 } else { i - 1 }
}

/// The corner after one in its ring.
pub(super) fn next(ring: &Range<usize>, i: usize) -> usize {
    if i + 1 == ring.end { ring.start } else { i + 1 }
}
