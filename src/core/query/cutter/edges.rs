//! The edges of contours: where corners are shared, where they cross, and how often what lies beside one is wound round.

use super::super::overlay::Contour;
use smallvec::SmallVec;

/// More edges than this are better swept.
const MOST_EDGES: usize = 1024;
/// Room for so many edges near the result needs no allocation.
const USUAL_EDGES: usize = 128;
/// Room for so many crossings is made beforehand.
const USUAL_CROSSINGS: usize = 16;
/// What passes nearer than this touches; steps of the grid.
const TOUCH: f64 = 1.0;
/// Crossings of one edge nearer to one another than this have no sure order; steps.
pub(super) const APART: f64 = 4.0;
/// Edges this far beside the result may end at the border of a window and lie on one another there; steps (a quarter
/// of a metre, where windows leave one metre).
pub(super) const MARGIN: f64 = 2_097_152.0;

#[derive(Clone, Copy, Debug)]
pub(super) struct Box2 {
    pub(super) min: [f64; 2],
    pub(super) max: [f64; 2],
}

impl Box2 {
    pub(super) fn of(contours: &[Contour]) -> Self {
        let mut all = Self { min: [f64::INFINITY; 2], max: [f64::NEG_INFINITY; 2] };
        for p in contours.iter().flatten().map(|p| [p.x as f64, p.y as f64]) {
            all = Self {
                min: [all.min[0].min(p[0]), all.min[1].min(p[1])],
                max: [all.max[0].max(p[0]), all.max[1].max(p[1])],
            };
        }
        all
    }

    pub(super) fn of_edge(a: [f64; 2], b: [f64; 2]) -> Self {
        Self { min: [a[0].min(b[0]), a[1].min(b[1])], max: [a[0].max(b[0]), a[1].max(b[1])] }
    }

    pub(super) fn intersection(&self, other: &Self) -> Self {
        Self {
            min: [self.min[0].max(other.min[0]), self.min[1].max(other.min[1])],
            max: [self.max[0].min(other.max[0]), self.max[1].min(other.max[1])],
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.min[0] > self.max[0] || self.min[1] > self.max[1]
    }

    pub(super) fn padded(&self, by: f64) -> Self {
        Self { min: self.min.map(|v| v - by), max: self.max.map(|v| v + by) }
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        !self.intersection(other).is_empty()
    }

    pub(super) fn holds(&self, [x, y]: [f64; 2]) -> bool {
        self.min[0] <= x && x <= self.max[0] && self.min[1] <= y && y <= self.max[1]
    }
}

/// No edge, no node.
pub(super) const NONE: u32 = u32::MAX;

/// From `a` to `b`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) a: [f64; 2],
    pub(super) b: [f64; 2],
    /// How much more often subject and clip wind round what is on the left than round what is on the right.
    pub(super) step: [i32; 2],
    /// The edge that begins where this one ends, and the one that ends where it begins.
    pub(super) next: u32,
    pub(super) before: u32,
    /// It comes near the result, and the next one does where this one ends.
    pub(super) is_near: bool,
    pub(super) goes_on: bool,
    /// The nodes where it begins and ends, where several contours have their corner.
    pub(super) nodes: [u32; 2],
    /// Where it is near.
    pub(super) length: f64,
}

impl Edge {
    pub(super) fn at(&self, t: f64) -> [f64; 2] {
        [self.a[0] + (self.b[0] - self.a[0]) * t, self.a[1] + (self.b[1] - self.a[1]) * t]
    }

    /// How far `p` is on the left of the edge's line, times the edge's length. Coordinates are whole and below 2⁵², so
    /// the differences are exact, and far below a step of rounding is left.
    pub(super) fn left(&self, p: [f64; 2]) -> f64 {
        (self.b[0] - self.a[0]) * (p[1] - self.a[1]) - (self.b[1] - self.a[1]) * (p[0] - self.a[0])
    }
}

pub(super) struct Edges {
    pub(super) all: Vec<Edge>,
    pub(super) near: Vec<u32>,
    pub(super) place: Box2,
    /// Corners of several contours.
    pub(super) shared: Vec<[f64; 2]>,
}

/// Where one edge is crossed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cross {
    pub(super) edge: u32,
    /// From 0 to 1 along the edge.
    pub(super) t: f64,
    pub(super) node: u32,
    /// What the winding numbers on the right change by.
    pub(super) step: [i32; 2],
}

pub(super) struct Crossings {
    /// Shared corners, then crossings.
    pub(super) nodes: Vec<[f64; 2]>,
    /// By edge, then along it.
    of_edges: Vec<Cross>,
    /// Where those of each edge begin, and where the last one's end.
    starts: Vec<u32>,
}

impl Crossings {
    /// Of so many edges: sorted by counting, and along each edge.
    fn new(nodes: Vec<[f64; 2]>, found: &[Cross], edges: usize) -> Self {
        let mut starts = vec![0_u32; edges + 2];
        found.iter().for_each(|cross| starts[cross.edge as usize + 2] += 1);
        for edge in 2..starts.len() {
            starts[edge] += starts[edge - 1];
        }
        let mut of_edges = found.to_vec();
        for cross in found {
            let place = &mut starts[cross.edge as usize + 1];
            of_edges[*place as usize] = *cross;
            *place += 1;
        }
        for same in of_edges.chunk_by_mut(|a, b| a.edge == b.edge).filter(|same| same.len() > 1) {
            same.sort_unstable_by(|a, b| a.t.total_cmp(&b.t));
        }
        Self { nodes, of_edges, starts }
    }

    pub(super) fn of(&self, edge: u32) -> &[Cross] {
        let edge = edge as usize;
        &self.of_edges[self.starts[edge] as usize..self.starts[edge + 1] as usize]
    }
}

impl Edges {
    pub(super) fn new(sides: [&[Contour]; 2], place: &Box2) -> Option<Self> {
        let corners: usize = sides.iter().flat_map(|side| side.iter()).map(Vec::len).sum();
        let mut all: Vec<Edge> = Vec::with_capacity(corners);
        let mut near = Vec::with_capacity(corners.min(MOST_EDGES));
        for (contours, step) in sides.into_iter().zip([[1, 0], [0, 1]]) {
            for contour in contours {
                let first = all.len();
                let Some(last) = contour.last() else { continue };
                let mut a = [last.x as f64, last.y as f64];
                for b in contour.iter().map(|p| [p.x as f64, p.y as f64]) {
                    if a != b {
                        let is_near = Box2::of_edge(a, b).meets(place);
                        if is_near {
                            if near.len() == MOST_EDGES {
                                return None;
                            }
                            near.push(all.len() as u32);
                        }
                        let here = all.len() as u32;
                        let (next, before) = (here + 1, here.wrapping_sub(1));
                        let length_2 = (b[0] - a[0]) * (b[0] - a[0]) + (b[1] - a[1]) * (b[1] - a[1]);
                        let length = if is_near { length_2.sqrt() } else { 0.0 };
                        all.push(Edge { a, b, step, next, before, is_near, goes_on: false, nodes: [NONE; 2], length });
                        a = b;
                    }
                }
                match all.len() - first {
                    0 => continue,
                    1 | 2 => return None,
                    _ => {}
                }
                let last = all.len() - 1;
                all[last].next = first as u32;
                all[first].before = last as u32;
                for i in first..all.len() {
                    let next = all[i].next as usize;
                    all[i].goes_on = all[i].is_near && all[next].is_near && place.holds(all[i].b);
                }
            }
        }
        (near.len() <= MOST_EDGES).then_some(Self { all, near, place: *place, shared: Vec::new() })
    }

    /// Makes nodes of corners where several contours have one, and one edge of those that lie on one another.
    pub(super) fn share_corners(&mut self) {
        // A corner goes by the edge that begins there.
        let mut corners: Vec<([f64; 2], u32)> = Vec::with_capacity(self.near.len() + 8);
        for i in &self.near {
            let edge = &self.all[*i as usize];
            corners.push((edge.b, edge.next));
            if self.all[edge.next as usize].b == edge.a {
                // It turns right back: the two lie on one another.
                corners.push((edge.b, edge.next));
            }
            if !self.all[edge.before as usize].is_near {
                corners.push((edge.a, *i));
            }
        }
        corners.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
        for same in corners.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            let node = self.shared.len() as u32;
            self.shared.push(same[0].0);
            for (_, next) in same {
                let before = self.all[*next as usize].before as usize;
                self.all[*next as usize].nodes[0] = node;
                self.all[before].nodes[1] = node;
                self.all[before].goes_on = false;
            }
        }
        if self.shared.len() < 2 {
            return;
        }
        let between = |edge: &Edge| {
            let [a, b] = edge.nodes;
            [a.min(b), a.max(b)]
        };
        let mut joined: Vec<([u32; 2], u32)> =
            self.near.iter().map(|i| (between(&self.all[*i as usize]), *i)).collect();
        joined.retain(|(nodes, _)| nodes[1] != NONE);
        joined.sort_unstable();
        for same in joined.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            let first = same[0].1 as usize;
            for (_, other) in &same[1..] {
                let other = *other as usize;
                let way = if self.all[other].nodes == self.all[first].nodes { 1 } else { -1 };
                let step = std::mem::take(&mut self.all[other].step);
                (0..2).for_each(|side| self.all[first].step[side] += way * step[side]);
            }
            for (_, edge) in same {
                self.all[*edge as usize].is_near = self.all[*edge as usize].step != [0; 2];
            }
        }
        let all = &self.all;
        self.near.retain(|i| all[*i as usize].is_near);
    }

    /// Every crossing of two edges near the result. Whether corners are shared is asked once one has been found that is.
    pub(super) fn crossings(&self, corners_are_shared: bool) -> Result<Crossings, Unsure> {
        self.corners_turn()?;
        let mut nodes = Vec::with_capacity(self.shared.len() + USUAL_CROSSINGS);
        nodes.extend_from_slice(&self.shared);
        let mut found: Vec<Cross> = Vec::with_capacity(2 * USUAL_CROSSINGS);
        let order = self.west_to_east();
        let mut near: SmallVec<[u32; USUAL_EDGES]> = smallvec::smallvec![0; order.len()];
        for (k, here) in order.iter().enumerate() {
            let mut count = 0;
            for other in &order[k + 1..] {
                if other.west > here.east {
                    break;
                }
                // Without a branch for each. Neighbours have been looked at.
                near[count] = other.edge;
                count += usize::from(
                    (other.south <= here.north)
                        & (here.south <= other.north)
                        & (here.next != other.edge)
                        & (other.next != here.edge),
                );
            }
            let (i, e) = (here.edge, &self.all[here.edge as usize]);
            for j in &near[..count] {
                let f = &self.all[*j as usize];
                match meeting(e, f) {
                    Meeting::Apart => {}
                    Meeting::Touch => return Err(Unsure::Touch),
                    Meeting::Corner if corners_are_shared => {}
                    Meeting::Corner | Meeting::Overlay => return Err(Unsure::Shared),
                    Meeting::Cross { t, u, turn } => {
                        let node = nodes.len() as u32;
                        nodes.push(e.at(t));
                        found.push(Cross { edge: i, t, node, step: f.step.map(|step| step * turn) });
                        found.push(Cross { edge: *j, t: u, node, step: e.step.map(|step| step * -turn) });
                    }
                }
            }
        }
        let crossings = Crossings::new(nodes, &found, self.all.len());
        let has_order = crossings.of_edges.windows(2).all(|pair| {
            pair[0].edge != pair[1].edge || (pair[1].t - pair[0].t) * self.all[pair[0].edge as usize].length >= APART
        });
        if has_order { Ok(crossings) } else { Err(Unsure::Touch) }
    }

    /// Where the edges near the result spread, from west to east.
    fn west_to_east(&self) -> SmallVec<[Spread; USUAL_EDGES]> {
        // Whole numbers below 2⁵², and which of the near edges it is.
        let west = |i: &u32| self.all[*i as usize].a[0].min(self.all[*i as usize].b[0]) as i64;
        let mut keys: SmallVec<[i64; USUAL_EDGES]> =
            self.near.iter().enumerate().map(|(k, i)| west(i) * MOST_EDGES as i64 + k as i64).collect();
        keys.sort_unstable();
        let edge_of = |key: &i64| self.near[key.rem_euclid(MOST_EDGES as i64) as usize];
        keys.iter().map(|key| Spread::of(&self.all, edge_of(key))).collect()
    }

    /// An error where an edge near the result lies on the one before it.
    fn corners_turn(&self) -> Result<(), Unsure> {
        for e in self.near.iter().map(|i| &self.all[*i as usize]) {
            let f = &self.all[e.next as usize];
            if f.is_near {
                match at_corner(e, f, (e.b, e.a, f.b)) {
                    Meeting::Touch => return Err(Unsure::Touch),
                    Meeting::Overlay => return Err(Unsure::Shared),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Winding numbers of both sides on the right of an edge at a place of it, by a ray to the east; `None` where
    /// another edge passes too near to tell.
    pub(super) fn winding_right_of(&self, edge: u32, t: f64) -> Option<[i32; 2]> {
        let own = &self.all[edge as usize];
        let p = own.at(t);
        let mut winding = [0; 2];
        for (i, e) in self.all.iter().enumerate() {
            if (e.a[1] > p[1]) == (e.b[1] > p[1]) || i == edge as usize {
                continue;
            }
            let up = e.b[1] > p[1];
            if e.a[0].max(e.b[0]) < p[0] {
                continue;
            }
            let left = e.left(p);
            let [dx, dy] = [e.b[0] - e.a[0], e.b[1] - e.a[1]];
            if left * left <= 4.0 * TOUCH * TOUCH * (dx * dx + dy * dy) && e.step != [0; 2] {
                return None;
            }
            // An edge that goes up is east of what is on its left.
            if up == (left > 0.0) {
                let way = if up { 1 } else { -1 };
                (0..2).for_each(|side| winding[side] += way * e.step[side]);
            }
        }
        // The ray starts on the edge itself. East of one that goes up is its right; along one that goes east the ray
        // runs a hair above it, on its left.
        let [dx, dy] = [own.b[0] - own.a[0], own.b[1] - own.a[1]];
        if dy < 0.0 || (dy == 0.0 && dx > 0.0) {
            (0..2).for_each(|side| winding[side] -= own.step[side]);
        }
        Some(winding)
    }

    /// The stretch of an edge that lies in the place looked at, from 0 to 1; `None` where none does.
    pub(super) fn inside(&self, edge: &Edge) -> Option<[f64; 2]> {
        let (mut from, mut to) = (0.0_f64, 1.0_f64);
        for axis in 0..2 {
            let (a, d) = (edge.a[axis], edge.b[axis] - edge.a[axis]);
            if d != 0.0 {
                let (t, u) = ((self.place.min[axis] - a) / d, (self.place.max[axis] - a) / d);
                from = from.max(t.min(u));
                to = to.min(t.max(u));
            }
        }
        (from < to).then_some([from, to])
    }
}

/// Why crossings are not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unsure {
    /// Something touches.
    Touch,
    /// Corners are shared that are not known to be.
    Shared,
}

pub(super) enum Meeting {
    Apart,
    Touch,
    /// They share a corner, and nothing else.
    Corner,
    /// They share both.
    Overlay,
    /// At `t` along the first and `u` along the second; the first passes to the second's left where `turn` is 1.
    Cross {
        t: f64,
        u: f64,
        turn: i32,
    },
}

/// How far an edge spreads, with room for touching.
struct Spread {
    west: f64,
    east: f64,
    south: f64,
    north: f64,
    edge: u32,
    next: u32,
}

impl Spread {
    fn of(all: &[Edge], edge: u32) -> Self {
        let Edge { a, b, next, .. } = &all[edge as usize];
        let Box2 { min: [west, south], max: [east, north] } = Box2::of_edge(*a, *b).padded(TOUCH);
        Self { west, east, south, north, edge, next: *next }
    }
}

/// How two edges meet that share a corner, which is given with the other end of each.
fn at_corner(e: &Edge, f: &Edge, (corner, p, q): ([f64; 2], [f64; 2], [f64; 2])) -> Meeting {
    if p == q {
        return Meeting::Overlay;
    }
    let along = (p[0] - corner[0]) * (q[0] - corner[0]) + (p[1] - corner[1]) * (q[1] - corner[1]);
    let lies_on = along > 0.0 && (e.left(q).abs() <= TOUCH * e.length || f.left(p).abs() <= TOUCH * f.length);
    if lies_on { Meeting::Touch } else { Meeting::Corner }
}

/// How two edges meet whose boxes do.
pub(super) fn meeting(e: &Edge, f: &Edge) -> Meeting {
    let (touch_e, touch_f) = (TOUCH * e.length, TOUCH * f.length);
    let (ea, eb) = (f.left(e.a), f.left(e.b));
    if (ea > touch_f && eb > touch_f) || (ea < -touch_f && eb < -touch_f) {
        return Meeting::Apart;
    }
    let (fa, fb) = (e.left(f.a), e.left(f.b));
    if (fa > touch_e && fb > touch_e) || (fa < -touch_e && fb < -touch_e) {
        return Meeting::Apart;
    }
    // From a corner that they share to their other ends.
    let from_shared = match () {
        () if e.b == f.a => Some((e.b, e.a, f.b)),
        () if e.a == f.b => Some((e.a, e.b, f.a)),
        () if e.a == f.a => Some((e.a, e.b, f.b)),
        () if e.b == f.b => Some((e.b, e.a, f.a)),
        () => None,
    };
    if let Some(shared) = from_shared {
        return at_corner(e, f, shared);
    }
    if [ea, eb].iter().any(|v| v.abs() <= touch_f) || [fa, fb].iter().any(|v| v.abs() <= touch_e) {
        return Meeting::Touch;
    }
    Meeting::Cross { t: ea / (ea - eb), u: fa / (fa - fb), turn: if eb > 0.0 { 1 } else { -1 } }
}
