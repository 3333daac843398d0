//! Corners at which several rings meet, or one several times: junctions of roads, borders that areas share.
//!
//! A corner is the nearest of a direction's positions only if no edge that begins there leads towards it. So of the arcs about
//! a shared corner one is left at most, between two edges with more than half a turn between them; every other arc there, and
//! what leads to it, is hidden. An edge that several rings go along in one direction has one outer side.

use super::curve::{cross, dot, minus};
use super::hidden::{Corners, EVEN, STRAIGHT, before, next};
use crate::geodesy::LonLat;
use rustc_hash::FxHashMap;
use std::f64::consts::{PI, TAU};

/// Where the outline can go on at a shared corner: from an outer side along an arc to another, or at once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Joint {
    /// The corner at which the first side's edge begins, that edge's end, and the corner at which the other's begins.
    pub(super) before: u32,
    pub(super) at: u32,
    pub(super) to: u32,
    /// How far the arc between turns; 0 where the edges hardly bend.
    pub(super) turn: f64,
}

/// The shared corners of rings.
#[derive(Debug, Default)]
pub(super) struct Nodes {
    /// By corner; empty where none is looked for.
    is_shared: Vec<bool>,
    /// Whether the edge that begins there is another ring's too, and its side that one's.
    is_double: Vec<bool>,
    /// By the corner whose arc it is: the number in `joints`.
    of: FxHashMap<u32, u32>,
    pub(super) joints: Vec<Joint>,
}

/// An edge as it is seen from a corner.
struct Edge {
    angle: f64,
    /// The corner at its other end.
    far: u32,
    /// Which corner of the ring it comes to or goes from.
    at: u32,
    comes: bool,
}

/// Directions nearer to one another than this are one, radians.
const SAME_WAY: f64 = 1e-9;

impl Nodes {
    /// Of rings whose corners have these positions.
    pub(super) fn new(corners: &Corners, positions: &[LonLat]) -> Self {
        let mut order: Vec<u32> = (0..positions.len() as u32).collect();
        let key = |i: u32| {
            let p = positions[i as usize];
            // One zero.
            [(p.lon + 0.0).to_bits(), (p.lat + 0.0).to_bits()]
        };
        order.sort_unstable_by_key(|i| (key(*i), *i));
        let mut own = Self {
            is_shared: vec![false; positions.len()],
            is_double: vec![false; positions.len()],
            ..Self::default()
        };
        for group in order.chunk_by(|a, b| key(*a) == key(*b)).filter(|group| group.len() > 1) {
            own.add(group, corners, &key);
        }
        own
    }

    /// Looks at the corners of one position, in rising order.
    fn add(&mut self, group: &[u32], corners: &Corners, key: &impl Fn(u32) -> [u64; 2]) {
        let mut edges = Vec::with_capacity(2 * group.len());
        for at in group {
            let i = *at as usize;
            let ring = corners.ring_of(i);
            if ring.len() > 1 {
                for (far, comes) in [(before(&ring, i), true), (next(&ring, i), false)] {
                    let [x, y] = minus(corners.at[far], corners.at[i]);
                    edges.push(Edge { angle: y.atan2(x), far: far as u32, at: *at, comes });
                }
            }
        }
        if group.len() == 2 && is_there_and_back(&edges, key) {
            // A path that goes on there and back: nothing else meets it.
            return;
        }
        group.iter().for_each(|at| self.is_shared[*at as usize] = true);
        edges.sort_unstable_by(|a, b| a.angle.total_cmp(&b.angle).then(a.at.cmp(&b.at)));
        let mut ways: Vec<&[Edge]> = edges.chunk_by(|a, b| b.angle - a.angle < SAME_WAY).collect();
        // The last may be the first, a turn further.
        let wraps = ways.len() > 1 && edges[0].angle + TAU - edges[edges.len() - 1].angle < SAME_WAY;
        let (wrapped, rest) = match wraps {
            true => (ways.pop().unwrap_or_default(), ways),
            false => (&[][..], ways),
        };
        let ways: Vec<Vec<&Edge>> = rest
            .iter()
            .enumerate()
            .map(|(k, way)| way.iter().chain(if k == 0 { wrapped } else { &[] }).collect())
            .collect();
        for way in &ways {
            self.mark_doubles(way, key);
        }
        for (k, way) in ways.iter().enumerate() {
            let after = &ways[if k + 1 == ways.len() { 0 } else { k + 1 }];
            let coming = way.iter().filter(|edge| edge.comes).min_by_key(|edge| edge.far);
            let going = after.iter().filter(|edge| !edge.comes).min_by_key(|edge| edge.at);
            let (Some(coming), Some(going)) = (coming, going) else { continue };
            let wide = match ways.len() {
                1 => TAU,
                _ => angle_between(corners, coming, going),
            };
            if wide > PI - STRAIGHT {
                let turn = if wide - PI > EVEN { wide - PI } else { 0.0 };
                let joint = Joint { before: coming.far, at: coming.at, to: going.at, turn };
                self.of.insert(coming.at, self.joints.len() as u32);
                self.joints.push(joint);
            }
        }
    }

    /// Of edges that go from the corner to one position, the first has the side.
    fn mark_doubles(&mut self, way: &[&Edge], key: &impl Fn(u32) -> [u64; 2]) {
        let going = || way.iter().filter(|edge| !edge.comes);
        for edge in going() {
            let first = going().filter(|other| key(other.far) == key(edge.far)).map(|other| other.at).min();
            self.is_double[edge.at as usize] = first != Some(edge.at);
        }
    }

    pub(super) fn is_shared(&self, corner: usize) -> bool {
        self.is_shared.get(corner).is_some_and(|is| *is)
    }

    pub(super) fn is_double(&self, corner: usize) -> bool {
        self.is_double.get(corner).is_some_and(|is| *is)
    }

    /// Where the outline goes on at a shared corner by the arc about this one of its corners, and the number of that.
    pub(super) fn joint(&self, corner: usize) -> Option<(usize, Joint)> {
        let number = *self.of.get(&(corner as u32))? as usize;
        Some((number, self.joints[number]))
    }
}

/// True for the four edges of a path's corner, gone by there and back.
fn is_there_and_back(edges: &[Edge], key: &impl Fn(u32) -> [u64; 2]) -> bool {
    let [in_a, out_a, in_b, out_b] = edges else { return false };
    let far = |edge: &Edge| key(edge.far);
    far(in_a) == far(out_b) && far(in_b) == far(out_a) && far(in_a) != far(out_a)
}

/// The angle from one edge counter-clockwise to another, up to a turn.
fn angle_between(corners: &Corners, from: &Edge, to: &Edge) -> f64 {
    let way = |edge: &Edge| minus(corners.at[edge.far as usize], corners.at[edge.at as usize]);
    let (a, b) = (way(from), way(to));
    let angle = cross(a, b).atan2(dot(a, b));
    if angle <= 0.0 { angle + TAU } else { angle }
}
