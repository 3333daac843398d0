//! Regions that are wide against the spacing of corners: which of their pieces can bound them, and the joining of those.
//!
//! A piece that lies within the distance of some other corner bounds nothing. Whether it does is asked of its outer side
//! alone, stretch by stretch: what lies within a distance of a position is convex, so a stretch is hidden where both its
//! ends are. The corners that are asked are few: those one, two, four, … places along the ring, again among those that
//! are left, and two a cell of a grid. So the pieces that are made follow the outline and not the distance over the
//! spacing; and of each only the brim is, since what lies inside crosses what lies beside. The joined brims have voids
//! inside them: a ring bounds the region only if it keeps the distance from everything, and others go.

use super::AskError;
use super::overlay::{Contour, Operation, Plane, overlay, twice_area};
use super::region::{Bend, Heading, Region, Wanted, outside_on_right, there_and_back};
use crate::geodesy::{LocalFrame, LonLat, LonLatBox, Ruler, Steps, planar_distance_2};
use crate::index::RunsOfPaths;
use crate::model::{Layer, Shape};
use crate::progress::Progress;
use i_overlay::i_float::int::point::IntPoint;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use std::f64::consts::{PI, TAU};
use std::ops::Range;

/// Rings of features with the outside on their right: outlines, paths there and back, positions alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Rings {
    pub(super) positions: Vec<LonLat>,
    /// Where each ring ends in `positions`.
    pub(super) ends: Vec<u32>,
}

impl Rings {
    /// Adds those of a row.
    pub(super) fn add(&mut self, layer: &Layer, row: usize) {
        let Some(kind) = layer.geometries.kind(row) else { return };
        let mut add = |ring: &[LonLat]| {
            self.positions.extend_from_slice(ring);
            self.ends.push(self.positions.len() as u32);
        };
        for part in layer.geometries.parts(row) {
            for (i, path) in part.paths().enumerate() {
                match kind.shape() {
                    Shape::Points => path.chunks(1).for_each(&mut add),
                    Shape::Lines => add(&there_and_back(path)),
                    Shape::Polygons => add(&outside_on_right(path, i > 0)),
                }
            }
        }
    }

    pub(super) fn range(&self, ring: usize) -> Range<usize> {
        let start = if ring == 0 { 0 } else { self.ends[ring - 1] as usize };
        start..self.ends[ring] as usize
    }

    pub(super) fn ring(&self, ring: usize) -> &[LonLat] {
        &self.positions[self.range(ring)]
    }

    fn all(&self) -> impl Iterator<Item = &[LonLat]> {
        (0..self.ends.len()).map(|ring| self.ring(ring))
    }
}

/// What nothing is known to hide at a corner.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Open {
    /// Halves of the outer side of the edge that begins there, a bit each.
    edge: u8,
    /// Of the sector there, from where to where; radians.
    sector: [f32; 2],
}

impl Open {
    const BOTH_HALVES: u8 = 0b11;

    fn has_sector(&self) -> bool {
        self.sector[0] < self.sector[1]
    }

    fn is_any(&self) -> bool {
        self.edge != 0 || self.has_sector()
    }
}

/// The outer sides at a corner: rulers at the ends of the halves beside the edge, and of the sector's open part.
struct Outer {
    edge: SmallVec<[Ruler; 3]>,
    /// As [`Sight::surely_2`], for all between the ends beside the edge: it bends.
    beside_2: f64,
    around: Steps,
    start: Heading,
    sector: Option<[Ruler; 2]>,
}

/// Wider than this, or nearer to a pole, nothing is left out: the plane's error is not small.
const WIDEST_M: f64 = 100_000.0;
const NEAREST_TO_POLE_DEG: f64 = 78.0;

/// Which stretches of rings can bound a region.
struct Sight<'a> {
    rings: &'a Rings,
    middle: Steps,
    distance_m: f64,
    /// What is nearer than this to a corner lies within the distance for certain; squared.
    surely_2: f64,
    /// What is nearer than this lies within the polygon that is drawn for the distance; squared.
    deeply_2: f64,
    /// So many radians a metre directions in the plane about a corner turn from those of geodesics, at most.
    bending: f64,
}

impl<'a> Sight<'a> {
    /// `None` where nothing can be left out, or little would be.
    fn new(rings: &'a Rings, bounds: &LonLatBox, distance_m: f64) -> Option<Self> {
        let extreme = bounds.min.lat.abs().max(bounds.max.lat.abs()) + distance_m / 111_000.0;
        if distance_m > WIDEST_M || extreme > NEAREST_TO_POLE_DEG || rings.positions.len() < 8 {
            return None;
        }
        let tan = extreme.to_radians().tan();
        let radians = distance_m / 6.35e6;
        // What rulers and series can be off, and a hair.
        let margin = 2e-5 + 4.0 * radians * radians * (1.0 + tan * tan);
        let surely_m = distance_m * (1.0 - margin);
        let middle = Steps::from(bounds.center());
        let deeply_m = distance_m * (1.0 - share_off(bounds, distance_m));
        let (surely_2, deeply_2) = (surely_m * surely_m, deeply_m * deeply_m);
        Some(Self { rings, middle, distance_m, surely_2, deeply_2, bending: (1.0 + tan) / 6.35e6 })
    }

    /// All that is at a corner of a ring.
    fn all_at(&self, ring: &[LonLat], i: usize) -> Open {
        if ring.len() == 1 {
            return Open { edge: 0, sector: [0.0, TAU as f32] };
        }
        match self.bend(&self.middle.from_beside(ring[i]), ring, i) {
            Some(Bend::Left(_, turn)) => Open { edge: Open::BOTH_HALVES, sector: [0.0, turn as f32] },
            _ => Open { edge: Open::BOTH_HALVES, sector: [0.0; 2] },
        }
    }

    fn bend(&self, around: &Steps, ring: &[LonLat], i: usize) -> Option<Bend> {
        let n = ring.len();
        Bend::new(around, ring[if i == 0 { n - 1 } else { i - 1 }], ring[i], ring[if i + 1 == n { 0 } else { i + 1 }])
    }

    /// A ruler at the end of the distance in a direction.
    fn end(&self, from: &Steps, square: Heading) -> Ruler {
        Ruler::from_beside(from, from.about(self.distance_m * square.east, self.distance_m * square.north))
    }

    fn ends_of_sector(&self, around: &Steps, start: Heading, open: &Open) -> [Ruler; 2] {
        open.sector.map(|angle| {
            let (sin, cos) = f64::from(angle).sin_cos();
            self.end(around, start.turned(sin, cos))
        })
    }

    /// What is open of the outer sides at a corner.
    fn outer(&self, ring: &[LonLat], i: usize, open: &Open) -> Outer {
        let n = ring.len();
        let around = self.middle.from_beside(ring[i]);
        let (mut edge, mut beside_2) = (SmallVec::new(), self.surely_2);
        if open.edge != 0 {
            let (a, b) = (ring[i], ring[if i + 1 == n { 0 } else { i + 1 }]);
            let [x, y] = around.metres(b.lon - a.lon, b.lat - a.lat);
            let surely_m = self.surely_2.sqrt() - 0.5 * self.bending * (x * x + y * y);
            beside_2 = surely_m.max(0.0).powi(2);
            for at in [a, a.lerp(b, 0.5), b] {
                let from = self.middle.from_beside(at);
                edge.extend(Heading::new(&from, a, b).map(|heading| self.end(&from, heading.right())));
            }
        }
        let east = Heading { east: 1.0, north: 0.0 };
        let start = match (open.has_sector(), n) {
            (true, 1) => Some(east),
            (true, _) => match self.bend(&around, ring, i) {
                Some(Bend::Left(start, _)) => Some(start),
                _ => None,
            },
            _ => None,
        };
        let sector = start.map(|start| self.ends_of_sector(&around, start, open));
        Outer { edge, beside_2, around, start: start.unwrap_or(east), sector }
    }

    /// Closes what one of some other corners hides.
    fn hide(&self, outer: &mut Outer, open: &mut Open, by: impl IntoIterator<Item = LonLat>) {
        for corner in by {
            let is_in = |end: &Ruler| end.distance_2(corner) < self.surely_2;
            let mut before = false;
            for (k, end) in outer.edge.iter().enumerate() {
                let is_in = end.distance_2(corner) < outer.beside_2;
                if is_in && before {
                    open.edge &= !(1 << (k - 1));
                }
                before = is_in;
            }
            if let Some([first, last]) = &outer.sector {
                let are_in = [is_in(first), is_in(last)];
                if are_in[0] || are_in[1] {
                    self.narrow(outer, open, corner, are_in);
                }
            }
            if !open.is_any() {
                return;
            }
        }
    }

    /// Takes from a sector what another corner hides from its ends on.
    fn narrow(&self, outer: &mut Outer, open: &mut Open, corner: LonLat, are_in: [bool; 2]) {
        let [from, to] = open.sector.map(f64::from);
        let p = outer.around.position();
        let [x, y] = outer.around.metres(corner.lon - p.lon, corner.lat - p.lat);
        let length = x.hypot(y);
        // Half of the angle under which the part of the circle appears that lies within the distance of the other.
        let cos =
            (self.distance_m * self.distance_m + length * length - self.surely_2) / (2.0 * self.distance_m * length);
        if are_in == [true, true] && to - from < 0.5 * PI {
            open.sector = [0.0; 2];
        } else if cos < 1.0 {
            let half = cos.max(-1.0).acos() - 1e-4 - 1.5 * self.bending * length;
            let start = outer.start;
            let toward = (start.east * y - start.north * x).atan2(start.east * x + start.north * y);
            let near = |angle: f64| toward + ((angle - toward) / TAU).round() * TAU;
            if are_in[0] {
                open.sector[0] = open.sector[0].max((near(from) + half) as f32);
            }
            if are_in[1] {
                open.sector[1] = open.sector[1].min((near(to) - half) as f32);
            }
        }
        if open.has_sector() {
            outer.sector = Some(self.ends_of_sector(&outer.around, outer.start, open));
        } else {
            open.sector = [0.0; 2];
            outer.sector = None;
        }
    }

    /// What can bound the region, for every position of the rings: first what nothing hides, then how much of that is to
    /// be drawn so that its ends lie deep enough for what hides them to cover them, arcs being polygons.
    fn look(mut self, progress: &Progress) -> Result<Vec<Open>, AskError> {
        let mut open: Vec<Open> = vec![Open::default(); self.rings.positions.len()];
        self.by_ring(&mut open).into_par_iter().with_max_len(256).for_each(|(ring, open)| {
            open.par_iter_mut().with_min_len(1_024).enumerate().for_each(|(i, open)| *open = self.all_at(ring, i));
        });
        self.close(&mut open, progress)?;
        self.by_ring(&mut open).into_par_iter().with_max_len(256).for_each(|(ring, open)| {
            for (i, open) in open.iter_mut().enumerate().filter(|(_, open)| open.has_sector()) {
                open.sector = self.all_at(ring, i).sector;
            }
        });
        self.surely_2 = self.deeply_2;
        self.close(&mut open, progress)?;
        Ok(open)
    }

    /// Closes what others hide, as far as they are asked.
    fn close(&self, open: &mut [Open], progress: &Progress) -> Result<(), AskError> {
        self.by_ring(open).into_par_iter().with_max_len(256).try_for_each(|(ring, open)| {
            progress.advance(0)?;
            self.along(ring, open);
            self.among_the_open(ring, open);
            Ok::<_, AskError>(())
        })?;
        self.by_cells(open, progress)
    }

    /// Each ring, and its own of a number a position.
    fn by_ring<'o>(&self, mut open: &'o mut [Open]) -> Vec<(&'a [LonLat], &'o mut [Open])> {
        let mut rings = Vec::with_capacity(self.rings.ends.len());
        for ring in self.rings.all() {
            let (own, rest) = open.split_at_mut(ring.len());
            rings.push((ring, own));
            open = rest;
        }
        rings
    }

    /// Looks at every corner of a ring from others of it.
    fn along(&self, ring: &[LonLat], open: &mut [Open]) {
        let corners = open.par_iter_mut().with_min_len(1_024).enumerate();
        corners.filter(|(_, open)| open.is_any()).for_each(|(i, open)| {
            let mut outer = self.outer(ring, i, open);
            self.hide(&mut outer, open, strides(ring.len(), i).map(|k| ring[k]));
        });
    }

    /// Looks again from what is left, as long as that helps: corners that stand out hide most.
    fn among_the_open(&self, ring: &[LonLat], open: &mut [Open]) {
        let mut left: Vec<u32> = (0..open.len() as u32).filter(|i| open[*i as usize].is_any()).collect();
        while left.len() > 16 {
            let looked = |(k, i): (usize, &u32)| {
                let mut own = open[*i as usize];
                let by = strides(left.len(), k).map(|k| ring[left[k] as usize]);
                let mut outer = self.outer(ring, *i as usize, &own);
                self.hide(&mut outer, &mut own, by);
                own
            };
            let seen: Vec<Open> = left.par_iter().with_min_len(1_024).enumerate().map(looked).collect();
            for (i, seen) in left.iter().zip(seen) {
                open[*i as usize] = seen;
            }
            let before = left.len();
            left.retain(|i| open[*i as usize].is_any());
            if left.len() * 32 > before * 31 {
                break;
            }
        }
    }

    /// Looks from two corners of each cell of a grid near by: what other borders hide.
    fn by_cells(&self, open: &mut [Open], progress: &Progress) -> Result<(), AskError> {
        const CELLS_A_DISTANCE: f64 = 4.0;
        let frame = LocalFrame::at(self.middle.position());
        let cell = |p: LonLat| frame.to_xy(p).map(|v| (v * CELLS_A_DISTANCE / self.distance_m).floor() as i32);
        // The first and the last of a cell: of two borders that pass through it often one each.
        let mut cells: FxHashMap<[i32; 2], [LonLat; 2]> = FxHashMap::default();
        for (p, _) in self.rings.positions.iter().zip(&*open).filter(|(_, open)| open.is_any()) {
            cells.entry(cell(*p)).and_modify(|known| known[1] = *p).or_insert([*p; 2]);
        }
        let far = CELLS_A_DISTANCE as i32;
        self.by_ring(open).into_par_iter().with_max_len(256).try_for_each(|(ring, open)| {
            progress.advance(0)?;
            open.par_iter_mut().with_min_len(256).enumerate().filter(|(_, open)| open.is_any()).for_each(
                |(i, open)| {
                    let mut outer = self.outer(ring, i, open);
                    let ends = outer.edge.iter().chain(outer.sector.iter().flatten());
                    let mut at: SmallVec<[[i32; 2]; 8]> = ends.map(|end| cell(end.position())).collect();
                    if open.sector[1] - open.sector[0] > 1.0 {
                        // Between its ends it bulges.
                        at.extend([[-1, 0], [1, 0], [0, -1], [0, 1]].map(|[x, y]| {
                            let [own_x, own_y] = cell(ring[i]);
                            [own_x + x * far, own_y + y * far]
                        }));
                    }
                    let spread = |axis: usize| {
                        let of = || at.iter().map(|cell| cell[axis]);
                        (of().min().unwrap_or(0), of().max().unwrap_or(0))
                    };
                    let ([west, east], [south, north]) = (spread(0).into(), spread(1).into());
                    let middle = [(west + east) / 2, (south + north) / 2];
                    let reach = far + (east - west).max(north - south) / 2 + 1;
                    let by = rings_of_cells(reach).filter_map(|[dx, dy]| cells.get(&[middle[0] + dx, middle[1] + dy]));
                    self.hide(&mut outer, open, by.flatten().copied());
                },
            );
            Ok(())
        })
    }
}

/// Places one, two, four, … from `i` along a ring of so many, either way.
fn strides(of: usize, i: usize) -> impl Iterator<Item = usize> {
    let steps = std::iter::successors(Some(1_usize), |step| Some(step * 2)).take_while(move |step| step * 2 <= of);
    steps.flat_map(move |step| [(i + step) % of, (i + of - step) % of])
}

/// Cells about one, the near ones first.
fn rings_of_cells(reach: i32) -> impl Iterator<Item = [i32; 2]> {
    (0..=reach).flat_map(|r| {
        (-r..=r).flat_map(move |x| {
            let step = if x.abs() == r { 1 } else { (2 * r).max(1) };
            (-r..=r).step_by(step as usize).map(move |y| [x, y])
        })
    })
}

/// What of one ring is open.
struct Seen<'a>(&'a [Open]);

impl Wanted for Seen<'_> {
    fn edge(&self, i: usize, _: LonLat, _: LonLat) -> bool {
        self.0[i].edge != 0
    }

    fn corner(&self, i: usize, _: LonLat) -> bool {
        self.0[i].has_sector()
    }

    fn sector(&self, i: usize, _: LonLat, _: [f64; 2], turn: f64) -> Option<[f64; 2]> {
        self.0[i].has_sector().then(|| self.0[i].sector.map(|angle| (f64::from(angle) / turn).clamp(0.0, 1.0)))
    }
}

/// The pieces of rings that can bound the region, and whether they are some of them, so that there may be voids inside.
fn pieces(
    rings: &Rings,
    plane: &Plane,
    distance_m: f64,
    progress: &Progress,
) -> Result<(Vec<Contour>, bool), AskError> {
    let mut region = Region::new(plane, distance_m);
    let bounds = LonLatBox::of(&rings.positions);
    // A ring is about three times as long as its box is across.
    let length_m: f64 = rings.all().map(LonLatBox::of).map(|b| 3.0 * diagonal_m(&b)).sum();
    let edges = distance_m * rings.positions.len() as f64 / length_m.max(f64::MIN_POSITIVE);
    let sight = if edges > 1.0 { Sight::new(rings, &bounds, distance_m) } else { None };
    let Some(sight) = sight else {
        rings.all().for_each(|ring| region.around_ring(ring));
        return Ok((region.out, false));
    };
    let open = sight.look(progress)?;
    // Thin: what lies deeper is crossed by more. The voids inside are told from the outline for certain.
    let inner = 1.0 - 10.0 * share_off(&bounds, distance_m);
    for ring in 0..rings.ends.len() {
        let range = rings.range(ring);
        let (positions, open) = (&rings.positions[range.clone()], &open[range]);
        let corners: Vec<u32> = (0..open.len() as u32).filter(|i| open[*i as usize].is_any()).collect();
        if corners.is_empty() {
            continue;
        }
        if edges > EDGES_OF_BRIMS {
            region.brim_of_ring(positions, &corners, inner, &Seen(open));
        } else {
            region.right_of_ring(positions, &corners, &Seen(open));
        }
    }
    Ok((region.out, true))
}

/// Where the distance is longer than so many edges, only the brims of pieces are made: the pieces cross one another.
const EDGES_OF_BRIMS: f64 = 12.0;

fn diagonal_m(bounds: &LonLatBox) -> f64 {
    let [x, y] =
        LocalFrame::at(bounds.center()).to_xy_delta(bounds.max.lon - bounds.min.lon, bounds.max.lat - bounds.min.lat);
    x.hypot(y)
}

/// Everything within a distance of some rows of a layer, their own ground included, as polygons of the grid.
///
/// Cost: n log n in corners, and that of joining the pieces that can bound the region.
///
/// # Errors
/// Cancelled.
pub(super) fn within_distance(
    layer: &Layer,
    rows: &[usize],
    plane: &Plane,
    distance_m: f64,
    progress: &Progress,
) -> Result<Vec<Vec<Contour>>, AskError> {
    let mut rings = Rings::default();
    rows.iter().for_each(|row| rings.add(layer, *row));
    let (contours, are_some) = pieces(&rings, plane, distance_m, progress)?;
    let polygons = joined(with_ground(layer, rows, plane, contours), progress)?;
    if !are_some {
        return Ok(polygons);
    }
    let borders = Borders::new(rings, distance_m);
    if let Some(whole) = borders.without_voids(plane, polygons) {
        return Ok(whole);
    }
    tracing::debug!(rows = rows.len(), distance_m, "a void is not closed: every piece is made");
    let mut region = Region::new(plane, distance_m);
    borders.rings.all().for_each(|ring| region.around_ring(ring));
    joined(with_ground(layer, rows, plane, region.out), progress)
}

/// Contours as groups to be joined, and the rows' own ground.
fn with_ground(layer: &Layer, rows: &[usize], plane: &Plane, contours: Vec<Contour>) -> Vec<Vec<Contour>> {
    let mut groups: Vec<Vec<Contour>> = contours.into_iter().map(|contour| vec![contour]).collect();
    for row in rows {
        if layer.geometries.kind(*row).is_some_and(|kind| kind.shape() == Shape::Polygons) {
            let mut ground = Vec::new();
            plane.row(layer, *row, &layer.geometries.bounds(*row), &mut ground);
            groups.push(ground);
        }
    }
    groups
}

/// The share of a distance by which outlines are off it at most: arcs, and rulers where it is long.
fn share_off(bounds: &LonLatBox, distance_m: f64) -> f64 {
    let tan = bounds.min.lat.abs().max(bounds.max.lat.abs()).min(80.0).to_radians().tan();
    let radians = distance_m / 6.35e6;
    5e-4 + 2.0 * radians * radians * (1.0 + tan * tan)
}

/// Contours with more corners than this are joined part by part.
const CORNERS_AT_ONCE: usize = 4_096;
/// So many joined parts are joined at a time.
const PARTS_AT_ONCE: usize = 6;

/// What groups of contours together wind round, each of them a piece or a polygon with its holes. Those that follow one
/// another should lie near one another: they are joined first.
pub(super) fn joined(groups: Vec<Vec<Contour>>, progress: &Progress) -> Result<Vec<Vec<Contour>>, AskError> {
    let corners = |group: &[Contour]| group.iter().map(Vec::len).sum::<usize>();
    if groups.iter().map(|group| corners(group)).sum::<usize>() <= CORNERS_AT_ONCE {
        return Ok(overlay(&groups.concat(), &[], Operation::Union));
    }
    let mut parts: Vec<Vec<Contour>> = vec![Vec::new()];
    let mut count = 0;
    for group in groups {
        let own = corners(&group);
        if count > 0 && count + own > CORNERS_AT_ONCE {
            parts.push(Vec::new());
            count = 0;
        }
        count += own;
        parts.last_mut().expect("there is one").extend(group);
    }
    loop {
        let joined: Vec<Vec<Vec<Contour>>> = parts
            .into_par_iter()
            .with_max_len(1)
            .map(|part| {
                progress.advance(0)?;
                Ok(overlay(&part, &[], Operation::Union))
            })
            .collect::<Result<_, AskError>>()?;
        if joined.len() == 1 {
            return Ok(joined.into_iter().flatten().collect());
        }
        let mut rest = joined.into_iter();
        parts = Vec::new();
        loop {
            let part: Vec<Contour> = rest.by_ref().take(PARTS_AT_ONCE).flatten().flatten().collect();
            if part.is_empty() {
                break;
            }
            parts.push(part);
        }
        if parts.is_empty() {
            return Ok(Vec::new());
        }
    }
}

/// Borders that a region keeps its distance from.
struct Borders {
    rings: Rings,
    runs: RunsOfPaths,
    distance_m: f64,
    /// A ring that comes nearer than this to a border does not bound the region: arcs are off by less.
    nearer_m: f64,
}

impl Borders {
    fn new(rings: Rings, distance_m: f64) -> Self {
        let runs = RunsOfPaths::new(&rings.positions, &rings.ends);
        let bounds = LonLatBox::of(&rings.positions);
        let nearer_m = distance_m * (1.0 - share_off(&bounds, distance_m));
        Self { rings, runs, distance_m, nearer_m }
    }

    /// True where a border is nearer than the distance, less what arcs are off.
    fn is_near(&self, p: LonLat) -> bool {
        let window = LonLatBox { min: p, max: p }.padded(self.distance_m);
        let ruler = Ruler::from_beside(&Steps::from(p), p);
        let frame = LocalFrame::at(p);
        let nearer_m = self.nearer_m;
        let mut found = false;
        self.runs.search(&window, |ring, first, last, _| {
            if found {
                return;
            }
            let ring = self.rings.ring(ring as usize);
            let at = |i: u32| ring[if i as usize == ring.len() { 0 } else { i as usize }];
            found = (first..last).any(|i| {
                let (a, b) = (at(i), at(i + 1));
                if ruler.distance_2(a) < nearer_m * nearer_m {
                    return true;
                }
                // The foot in the plane about the position, and how far it is by the scale half way.
                let ([ax, ay], [bx, by]) = (frame.to_xy(a), frame.to_xy(b));
                let way_2 = (bx - ax).powi(2) + (by - ay).powi(2);
                if way_2 == 0.0 || planar_distance_2([0.0; 2], [ax, ay], [bx, by]) > 1.1 * nearer_m * nearer_m {
                    return false;
                }
                let t = (-(ax * (bx - ax) + ay * (by - ay)) / way_2).clamp(0.0, 1.0);
                ruler.distance_2(a.lerp(b, t)) < nearer_m * nearer_m
            });
        });
        found
    }

    /// Whether a ring bounds the region, by the middles of some of its edges: those of a border keep the distance, those
    /// of a void do not. `None` where it seems to be both.
    fn bounds(&self, plane: &Plane, ring: &Contour) -> Option<bool> {
        const LOOKED_AT: usize = 24;
        let n = ring.len();
        let is_near = |i: usize| {
            let (a, b) = (plane.position(&ring[i]), plane.position(&ring[if i + 1 == n { 0 } else { i + 1 }]));
            self.is_near(a.lerp(b, 0.5))
        };
        let looked_at = LOOKED_AT.min(n);
        let near = (0..looked_at).filter(|k| is_near(k * n / looked_at)).count();
        match near * 8 {
            few if few <= looked_at => Some(true),
            most if most >= looked_at * 7 => Some(false),
            _ => None,
        }
    }

    /// The polygons without the voids in which pieces lay that were left out; `None` where a void is not closed.
    fn without_voids(&self, plane: &Plane, polygons: Vec<Vec<Contour>>) -> Option<Vec<Vec<Contour>>> {
        type Found = (Option<Contour>, Vec<Contour>);
        let found: Vec<Found> = polygons
            .into_par_iter()
            .map(|rings| {
                let (mut outer, mut holes) = (None, Vec::new());
                for (i, ring) in rings.into_iter().enumerate() {
                    match (self.bounds(plane, &ring)?, i) {
                        (false, _) => {}
                        (true, 0) => outer = Some(ring),
                        (true, _) => holes.push(ring),
                    }
                }
                Some((outer, holes))
            })
            .collect::<Option<_>>()?;
        let mut whole: Vec<Vec<Contour>> = Vec::new();
        // Holes whose ring round them was one of a void: they are in what lies round the void.
        let mut loose: Vec<Contour> = Vec::new();
        for (outer, holes) in found {
            match outer {
                Some(outer) => whole.push(std::iter::once(outer).chain(holes).collect()),
                None => loose.extend(holes),
            }
        }
        for hole in loose {
            let holding = whole.iter_mut().filter(|rings| holds(&rings[0], hole[0]));
            if let Some(smallest) = holding.min_by_key(|rings| twice_area(&rings[0])) {
                smallest.push(hole);
            }
        }
        Some(whole)
    }
}

/// Whether a contour holds a point of the grid that is not on it.
fn holds(contour: &[IntPoint<i64>], p: IntPoint<i64>) -> bool {
    let edges = contour.iter().zip(contour.iter().cycle().skip(1));
    let crossed = edges.filter(|(a, b)| {
        (a.y > p.y) != (b.y > p.y)
            && (p.x - a.x) as f64 <= (b.x - a.x) as f64 * ((p.y - a.y) as f64 / (b.y - a.y) as f64)
    });
    crossed.count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::overlay::{polygons_area_m2, union_of_polygons_m2};
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// A layer of one feature.
    fn layer(kind: &str, coordinates: &Value) -> Layer {
        let geometry = json!({"type": kind, "coordinates": coordinates});
        let text = json!({"type": "Feature", "properties": {}, "geometry": geometry}).to_string();
        let options = crate::io::ReadOptions::default();
        crate::io::read_layer_bytes(text.as_bytes(), "a.geojson", &options, &Progress::default()).expect("a layer")
    }

    /// The region with every piece made.
    fn of_all_pieces(layer: &Layer, plane: &Plane, distance_m: f64) -> Vec<Vec<Contour>> {
        let mut rings = Rings::default();
        rings.add(layer, 0);
        let mut region = Region::new(plane, distance_m);
        rings.all().for_each(|ring| region.around_ring(ring));
        let mut contours = region.out;
        if layer.geometries.kind(0).is_some_and(|kind| kind.shape() == Shape::Polygons) {
            plane.row(layer, 0, &layer.geometries.bounds(0), &mut contours);
        }
        overlay(&contours, &[], Operation::Union)
    }

    /// Holds what is made of the pieces that can bound a region to what is made of all: the same ground and rings.
    fn same_as_of_all_pieces(layer: &Layer, distance_m: f64) -> Result<(), TestCaseError> {
        let plane = Plane::about(&layer.geometries.bounds(0));
        let quick = within_distance(layer, &[0], &plane, distance_m, &Progress::default()).expect("not stopped");
        let quick = plane.positions(&quick);
        let whole = plane.positions(&of_all_pieces(layer, &plane, distance_m));
        let (quick_m2, whole_m2) = (polygons_area_m2(&quick), polygons_area_m2(&whole));
        let both_m2 = union_of_polygons_m2(&[quick.clone(), whole.clone()]);
        // Where arcs cross at a small angle, one may end a step of them before or behind the other.
        let allowed = 3e-5 * whole_m2.sqrt() * distance_m + 1e-3;
        prop_assert!((quick_m2 - whole_m2).abs() <= allowed, "{quick_m2} for {whole_m2} m²");
        prop_assert!((both_m2 - whole_m2).abs() <= allowed, "{both_m2} m² in both for {whole_m2}");
        let holes = |polygons: &[Vec<Vec<LonLat>>]| {
            let large = |ring: &&Vec<LonLat>| crate::geodesy::ring_area_m2(ring) > 1e-4 * distance_m * distance_m;
            polygons.iter().map(|rings| rings.iter().skip(1).filter(large).count()).sum::<usize>()
        };
        prop_assert_eq!((quick.len(), holes(&quick)), (whole.len(), holes(&whole)));
        Ok(())
    }

    /// Positions at metres east and north of a place.
    fn at(lat: f64, xy: impl IntoIterator<Item = [f64; 2]>) -> Vec<[f64; 2]> {
        let frame = LocalFrame::at(LonLat::new(121.5, lat));
        xy.into_iter().map(|xy| frame.to_lon_lat(xy)).map(|p| [p.lon, p.lat]).collect()
    }

    /// A border about a place that stands out and in again by the given shares of its radius.
    fn star(lat: f64, radius_m: f64, shares: &[f64]) -> Vec<[f64; 2]> {
        let n = shares.len() as f64;
        let corner = |(k, share): (usize, &f64)| {
            let (sin, cos) = (k as f64 * TAU / n).sin_cos();
            [radius_m * share * cos, radius_m * share * sin]
        };
        let mut ring = at(lat, shares.iter().enumerate().map(corner));
        ring.push(ring[0]);
        ring
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn of_ragged_borders(
            lat in -60.0..60.0_f64,
            radius_m in 200.0..20_000.0_f64,
            shares in prop::collection::vec(0.4..1.0_f64, 20..400),
            wide in 0.02..3.0_f64,
        ) {
            same_as_of_all_pieces(&layer("Polygon", &json!([star(lat, radius_m, &shares)])), radius_m * wide)?;
        }

        #[test]
        fn of_borders_with_a_lake_in_them(
            lat in -60.0..60.0_f64,
            radius_m in 200.0..20_000.0_f64,
            shares in prop::collection::vec(0.8..1.0_f64, 20..200),
            lake in prop::collection::vec(0.4..0.7_f64, 20..200),
            wide in 0.02..0.6_f64,
        ) {
            let rings = json!([star(lat, radius_m, &shares), star(lat, radius_m, &lake)]);
            same_as_of_all_pieces(&layer("Polygon", &rings), radius_m * wide)?;
        }

        #[test]
        fn of_paths_that_wander(
            lat in -60.0..60.0_f64,
            steps in prop::collection::vec((-100.0..130.0_f64, -110.0..110.0_f64), 10..300),
            distance_m in 50.0..3_000.0_f64,
        ) {
            let mut here = [0.0, 0.0];
            let walk = steps.iter().map(|(x, y)| {
                here = [here[0] + x, here[1] + y];
                here
            });
            same_as_of_all_pieces(&layer("LineString", &json!(at(lat, walk))), distance_m)?;
        }

        #[test]
        fn of_paths_that_close(
            lat in -60.0..60.0_f64,
            radius_m in 500.0..20_000.0_f64,
            shares in prop::collection::vec(0.8..1.0_f64, 20..300),
            wide in 0.05..0.9_f64,
        ) {
            same_as_of_all_pieces(&layer("LineString", &json!(star(lat, radius_m, &shares))), radius_m * wide)?;
        }

        #[test]
        fn of_positions(
            lat in -60.0..60.0_f64,
            places in prop::collection::vec((-5_000.0..5_000.0_f64, -5_000.0..5_000.0_f64), 8..150),
            distance_m in 100.0..4_000.0_f64,
        ) {
            let places = at(lat, places.iter().map(|(x, y)| [*x, *y]));
            same_as_of_all_pieces(&layer("MultiPoint", &json!(places)), distance_m)?;
        }
    }

    #[test]
    fn few_pieces_are_made_of_a_border_that_is_narrow_against_the_distance() {
        let shares: Vec<f64> = (0..20_000).map(|k| 0.9 + 0.1 * f64::from((k * 7919) % 1_000) / 1_000.0).collect();
        let layer = layer("Polygon", &json!([star(31.0, 5_000.0, &shares)]));
        let mut rings = Rings::default();
        rings.add(&layer, 0);
        let plane = Plane::about(&layer.geometries.bounds(0));
        let (contours, are_some) = pieces(&rings, &plane, 3_000.0, &Progress::default()).expect("not stopped");
        let corners: usize = contours.iter().map(Vec::len).sum();
        assert!(are_some && corners < 20_000, "{corners} corners");
    }
}
