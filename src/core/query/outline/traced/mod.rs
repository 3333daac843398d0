//! The outline of everything within a distance of rings, traced along its offset curves.
//!
//! The outline is part of the outer sides beside edges and of the arcs about corners. Most of them lie within the distance
//! of some other corner and go at once; the rest are cut where they cross, and what is left between is followed from one to
//! the next. So no piece of the region is made, and the cost follows the corners and the outline, not the distance over the
//! spacing of corners.
//!
//! Which curves hide and cross which is told in a conformal plane, in which circles are circles; the positions of the outline
//! are found on the ellipsoid. Only a crossing is as exact as the plane: a few hundred-thousandths of the distance.

mod cover;
mod curve;
mod drawn;
mod hidden;
mod narrow;
mod nodes;
mod runs;

use super::Rings;
use super::voids::is_east;
use crate::geodesy::{ConformalPlane, LonLat, LonLatBox, Steps};
use crate::index::RunsOfPaths;
use crate::query::overlay::{Contour, Plane, twice_area};
use cover::Cover;
use curve::{Point, dot, minus};
use drawn::Drawing;
use hidden::{Corners, RINGS_AT_ONCE, Sides};
use nodes::Nodes;
use rayon::prelude::*;
use runs::{Untraced, loops};
use rustc_hash::{FxHashMap, FxHashSet};

/// The plane may be off by this share of the distance; more, and nothing is traced.
const SHARE_OFF: f64 = 8e-5;
/// Beyond this latitude, or further than this from the middle, nothing is traced: degrees, metres of the plane.
const LATITUDE: f64 = 80.0;
const REACH_M: f64 = 3e6;
/// An edge leaves its line in the plane by so much of the distance at most, or it is parted.
const BULGE: f64 = 2e-5;
/// A part of an edge that begins so far from where the last kept corner was keeps its own, metres: the side bends.
const SIDE_STEP_M: f64 = 10_000.0;
/// Edges are parted into so many times the corners at most.
const PARTS_A_CORNER: usize = 4;

/// Curves of the rings cross more often than is held in memory: fewer rings at a time can be traced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMany;

/// Rings as they are traced: with corners where long edges are parted.
#[derive(Default)]
struct Parted {
    positions: Vec<LonLat>,
    /// Whether a corner may be left out of the outline: it only parts an edge.
    is_between: Vec<bool>,
    corners: Corners,
}

impl Parted {
    /// `None` where the plane is not exact enough.
    fn new(rings: &Rings, distance_m: f64) -> Option<Self> {
        let bounds = LonLatBox::of(&rings.positions);
        let extreme = bounds.min.lat.abs().max(bounds.max.lat.abs());
        if bounds.is_empty() || extreme > LATITUDE || bounds.max.lon - bounds.min.lon > 90.0 {
            return None;
        }
        let plane = ConformalPlane::about(bounds.center());
        let steepest = extreme.to_radians().tan().max(0.1);
        // A line straight in degrees bends in the plane as a parallel does, at most about twice that.
        let longest_m = (BULGE * distance_m * 4.0 * 6.37e6 / steepest).sqrt();
        let most = 1_000 + PARTS_A_CORNER * rings.positions.len();
        // Positions that stand several times are one circle.
        let mut points: FxHashSet<[u64; 2]> = FxHashSet::default();
        let is_first = |ring: &usize| match rings.ring(*ring) {
            [p] => points.insert([p.lon.to_bits(), p.lat.to_bits()]),
            _ => true,
        };
        let own: Vec<usize> = (0..rings.ends.len()).filter(is_first).collect();
        let of_block = |block: &[usize]| -> Option<(Self, f64)> {
            let mut parted = Self::default();
            let mut reach_m: f64 = 0.0;
            for ring in block {
                reach_m = reach_m.max(parted.ring(rings.ring(*ring), longest_m, &plane, distance_m));
                if parted.positions.len() > most || parted.has_twins() {
                    return None;
                }
            }
            Some((parted, reach_m))
        };
        let blocks: Vec<(Self, f64)> = own.par_chunks(RINGS_AT_ONCE).map(of_block).collect::<Option<_>>()?;
        let (mut all, mut reach_m) = (Self::default(), 0.0_f64);
        for (block, far_m) in blocks {
            reach_m = reach_m.max(far_m);
            all.append(block);
        }
        let is_exact = reach_m < REACH_M && ConformalPlane::share_off(reach_m, distance_m) < SHARE_OFF;
        (is_exact && all.positions.len() <= most).then_some(all)
    }

    /// Adds a ring; how far from the middle it reaches, metres of the plane.
    fn ring(&mut self, ring: &[LonLat], longest_m: f64, plane: &ConformalPlane, distance_m: f64) -> f64 {
        let mut reach_m: f64 = 0.0;
        let placed: Vec<(Point, f64)> = ring.iter().map(|p| plane.to_xy(*p)).collect();
        for (i, p) in ring.iter().enumerate() {
            let (at, scale) = placed[i];
            self.corner(*p, (at, scale), distance_m, false);
            reach_m = reach_m.max(at[0].hypot(at[1]));
            if ring.len() < 2 {
                continue;
            }
            let next = if i + 1 == ring.len() { 0 } else { i + 1 };
            let d = minus(placed[next].0, at);
            let length_m = dot(d, d).sqrt();
            if length_m > longest_m {
                self.part(*p, ring[next], length_m, longest_m, plane, distance_m);
            }
        }
        self.corners.ends.push(self.positions.len() as u32);
        reach_m
    }

    /// True where a corner of the last ring is the one before it.
    fn has_twins(&self) -> bool {
        let last = self.corners.range(self.corners.ends.len() - 1);
        self.corners.at[last].windows(2).any(|pair| pair[0] == pair[1])
    }

    /// Adds the rings of another.
    fn append(&mut self, other: Self) {
        let before = self.positions.len() as u32;
        self.positions.extend(other.positions);
        self.is_between.extend(other.is_between);
        self.corners.at.extend(other.corners.at);
        self.corners.radius.extend(other.corners.radius);
        self.corners.ends.extend(other.corners.ends.into_iter().map(|end| before + end));
    }

    fn corner(&mut self, p: LonLat, (at, scale): (Point, f64), distance_m: f64, is_between: bool) {
        self.positions.push(p);
        self.is_between.push(is_between);
        self.corners.at.push(at);
        self.corners.radius.push(distance_m * scale);
    }

    /// Adds corners between the ends of a long edge.
    fn part(&mut self, a: LonLat, b: LonLat, length_m: f64, longest_m: f64, plane: &ConformalPlane, distance_m: f64) {
        let parts = (length_m / longest_m).ceil();
        let step_m = length_m / parts;
        let mut since_kept_m = 0.0;
        for k in 1..parts as usize {
            let p = a.lerp(b, k as f64 / parts);
            since_kept_m += step_m;
            let is_kept = since_kept_m + step_m > SIDE_STEP_M;
            if is_kept {
                since_kept_m = 0.0;
            }
            self.corner(p, plane.to_xy(p), distance_m, !is_kept);
        }
    }
}

/// The outline of everything within a distance of rings, on the grid: outer rings counter-clockwise, holes clockwise.
///
/// A ring's own ground lies within its outline. That of another may hold parts of it, which then bound nothing: that is
/// looked for where `has_areas` is true.
///
/// `None` where it cannot be told so: far from the plane's middle against the distance, where edges of one direction lie along
/// one another in part, or where areas overlap one another by more than the distance.
///
/// Cost: n log n in corners, and the crossings of curves that no corner hides.
///
/// # Errors
/// [`TooMany`].
pub(super) fn outline(
    rings: &Rings,
    has_areas: bool,
    plane: &Plane,
    distance_m: f64,
) -> Result<Option<Vec<Contour>>, TooMany> {
    let Some(parted) = Parted::new(rings, distance_m) else { return Ok(None) };
    let cover = Cover::new(&parted.corners, has_areas);
    let traced = |nodes: &Nodes| loops(&Sides::new(&parted.corners, nodes).curves(), &|p| cover.holds(p));
    // Corners that rings share are looked for where arcs lie along one another.
    let mut nodes = Nodes::default();
    let loops = match traced(&nodes) {
        Err(Untraced::Coincide) => {
            nodes = Nodes::new(&parted.corners, &parted.positions);
            traced(&nodes)
        }
        told => told,
    };
    let loops = match loops {
        Ok(Some(loops)) => loops,
        Ok(None) | Err(Untraced::Coincide) => return Ok(None),
        Err(Untraced::TooMany) => return Err(TooMany),
    };
    let drawing = Drawing { parted: &parted, nodes: &nodes, plane, middle: Steps::from(plane.middle()), distance_m };
    Ok(loops.par_iter().map(|own| drawing.contour(own)).collect())
}

/// Outer rings with the holes in them; `None` where a hole lies in none.
///
/// Cost: for each hole a look at the edges that lie east of it.
pub(super) fn grouped(contours: &[Contour]) -> Option<Vec<Vec<Contour>>> {
    let (outer, holes): (Vec<&Contour>, Vec<&Contour>) = contours.iter().partition(|ring| twice_area(ring) > 0);
    let areas: Vec<i128> = outer.iter().map(|ring| twice_area(ring)).collect();
    let mut ends = Vec::with_capacity(outer.len());
    let mut corners: Vec<LonLat> = Vec::with_capacity(outer.iter().map(|ring| ring.len()).sum());
    for ring in &outer {
        corners.extend(ring.iter().map(|p| LonLat::new(p.x as f64, p.y as f64)));
        ends.push(corners.len() as u32);
    }
    let runs = RunsOfPaths::new(&corners, &ends);
    let smallest_about = |hole: &&Contour| -> Option<usize> {
        let p = hole[0];
        let east =
            LonLatBox { min: LonLat::new(p.x as f64, p.y as f64), max: LonLat::new(f64::from(f32::MAX), p.y as f64) };
        // How often the line to the east crosses each ring: most rings do not lie there.
        let mut crossed: FxHashMap<u32, u32> = FxHashMap::default();
        runs.search(&east, |ring, first, last, _| {
            let own = outer[ring as usize];
            let edges =
                (first as usize..last as usize).map(|i| (own[i], own[if i + 1 == own.len() { 0 } else { i + 1 }]));
            let count = edges.filter(|(a, b)| is_east(*a, *b, p)).count() as u32;
            *crossed.entry(ring).or_default() += count;
        });
        let holding = crossed.into_iter().filter(|(_, count)| count % 2 == 1).map(|(ring, _)| ring as usize);
        holding.min_by_key(|ring| (areas[*ring], *ring))
    };
    let about: Vec<usize> = holes.par_iter().map(smallest_about).collect::<Option<_>>()?;
    let mut polygons: Vec<Vec<Contour>> = outer.iter().map(|ring| vec![(*ring).clone()]).collect();
    for (hole, ring) in holes.into_iter().zip(about) {
        polygons[ring].push(hole.clone());
    }
    Some(polygons)
}
