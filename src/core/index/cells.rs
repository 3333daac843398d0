//! What lies near the cells of a grid: the answer of a tree for a whole cell, kept for the many positions in it.
//!
//! A million outlets ask a tree the same few thousand questions. A cell asks it once, when its first position comes;
//! where nothing is near, that is the answer for all of them. Where something is, the cell is parted, and each part
//! keeps the few edges of which one is nearest to whatever lies in it: a part that is h from its middle to its farthest
//! corner, and d from its nearest edge, needs none that is further than d + 2h from its middle.

use super::{EdgeRun, RunTree};
use crate::geodesy::{FromPosition, LocalFrame, LonLat, LonLatBox, LowerBound, distance_m, planar_distance_2};
use crate::model::Layer;
use std::sync::OnceLock;

/// Cells at most: with all their edges some hundred megabytes, mostly some megabytes.
const MOST_CELLS: f64 = 32_768.0;
/// Parts of a cell, each way.
const PARTS: usize = 2;
/// Runs near one cell above which its positions had better ask the tree.
const MOST_RUNS: usize = 512;
/// Edges near one part above which its positions had better ask the tree.
const MOST_EDGES: usize = 128;

/// A grid over everything within a distance of a tree's runs.
#[derive(Debug)]
pub(super) struct Cells {
    limit_m: f64,
    area: LonLatBox,
    columns: usize,
    rows: usize,
    /// Parts of cells in a degree of longitude and of latitude.
    per_degree: [f64; 2],
    /// `None` where nothing is near.
    cells: Vec<OnceLock<Option<Box<Cell>>>>,
}

/// What is near a cell.
#[derive(Debug)]
struct Cell {
    /// Runs; none where they are too many.
    runs: Option<Vec<u32>>,
    parts: [OnceLock<Option<NearEdges>>; PARTS * PARTS],
}

/// What is near a position.
#[derive(Debug)]
pub(super) enum NearCell<'a> {
    /// Nothing.
    Nothing,
    /// Of these edges one is nearest, if anything is within the distance.
    Edges(&'a NearEdges),
    /// So many that the tree has to be asked.
    Many,
}

/// Edges near a part of a cell, in a plane.
#[derive(Debug)]
pub(super) struct NearEdges {
    /// Runs of one edge, or of a position alone.
    edges: Box<[EdgeRun]>,
    plane: LocalFrame,
    /// The middle of the part, beside which positions are measured from.
    middle: FromPosition,
    /// By which share its distances are off at most.
    share: f64,
    in_plane: Box<[Eight]>,
}

/// Edges at a time.
const EIGHT: usize = 8;

/// Eight edges in a plane, side by side, so that a few vector instructions measure them: start, way to the end, and one
/// over the square of that way's length. In single precision: metres below 20,000, to a few millimetres.
#[derive(Clone, Copy, Debug)]
struct Eight {
    ax: [f32; EIGHT],
    ay: [f32; EIGHT],
    ux: [f32; EIGHT],
    uy: [f32; EIGHT],
    over_length_2: [f32; EIGHT],
}

impl NearEdges {
    fn new(edges: Box<[EdgeRun]>, plane: LocalFrame, share: f64, layer: &Layer) -> Self {
        /// Where no edge is.
        const FAR_M: f32 = 1e15;
        let eight = |edges: &[EdgeRun]| {
            let none = [0.0; EIGHT];
            let mut eight = Eight { ax: [FAR_M; EIGHT], ay: none, ux: none, uy: none, over_length_2: none };
            for (i, edge) in edges.iter().enumerate() {
                let (a, b) = ends(edge.of(layer));
                let ([ax, ay], [bx, by]) = (plane.to_xy(a), plane.to_xy(b));
                let length_2 = (bx - ax) * (bx - ax) + (by - ay) * (by - ay);
                [eight.ax[i], eight.ay[i], eight.ux[i], eight.uy[i]] = [ax, ay, bx - ax, by - ay].map(|v| v as f32);
                eight.over_length_2[i] = if length_2 > 0.0 { (1.0 / length_2).min(1e12) as f32 } else { 0.0 };
            }
            eight
        };
        let in_plane = edges.chunks(EIGHT).map(eight).collect();
        Self { edges, plane, middle: FromPosition::new(plane.origin()), share, in_plane }
    }

    /// A position to measure them from.
    pub(super) fn from(&self, p: LonLat) -> FromPosition {
        self.middle.beside(p)
    }

    /// The edges that may be nearest to a position within `limit_m` of it, the nearest in the plane first: calls
    /// `measure`, which gives the new limit.
    pub(super) fn nearest(&self, p: LonLat, mut limit_m: f64, mut measure: impl FnMut(&EdgeRun) -> f64) {
        let [x, y] = self.plane.to_xy(p).map(|v| v as f32);
        let mut squares = [[0.0; EIGHT]; MOST_EDGES / EIGHT];
        // Lane by lane, without a branch: the least, and of which eight it is.
        let (mut least, mut of) = ([f32::INFINITY; EIGHT], [0_u32; EIGHT]);
        for (k, (eight, squares)) in self.in_plane.iter().zip(&mut squares).enumerate() {
            for i in 0..EIGHT {
                let (px, py) = (x - eight.ax[i], y - eight.ay[i]);
                let t = (px * eight.ux[i] + py * eight.uy[i]) * eight.over_length_2[i];
                // Comparisons rather than `clamp`, for what they compile to.
                let t = if t > 0.0 { t } else { 0.0 };
                let t = if t < 1.0 { t } else { 1.0 };
                let (dx, dy) = (px - t * eight.ux[i], py - t * eight.uy[i]);
                let square = dx * dx + dy * dy;
                squares[i] = square;
                let is_less = square < least[i];
                least[i] = if is_less { square } else { least[i] };
                of[i] = if is_less { k as u32 } else { of[i] };
            }
        }
        let mut best = (f32::INFINITY, 0);
        for i in 0..EIGHT {
            if least[i] < best.0 {
                best = (least[i], of[i] as usize * EIGHT + i);
            }
        }
        let reach_2 = |limit_m: f64| {
            // A decimetre for single precision.
            let reach_m = limit_m * (1.0 + self.share) + 0.1;
            (reach_m * reach_m) as f32
        };
        if best.0 > reach_2(limit_m) {
            return;
        }
        limit_m = measure(&self.edges[best.1]);
        let mut most = reach_2(limit_m);
        for (k, squares) in squares[..self.in_plane.len()].iter().enumerate() {
            if !squares.iter().fold(false, |is_any, square| is_any | (*square <= most)) {
                continue;
            }
            for (i, square) in squares.iter().enumerate() {
                let edge = k * EIGHT + i;
                if *square <= most && edge != best.1 {
                    limit_m = measure(&self.edges[edge]);
                    most = reach_2(limit_m);
                }
            }
        }
    }
}

impl Cells {
    /// Cells about as large as the distance over what lies within it of `bounds`; `None` round the poles and the
    /// antimeridian.
    pub(super) fn new(bounds: LonLatBox, limit_m: f64) -> Option<Self> {
        let area = bounds.padded(limit_m);
        let (width, height) = (area.max.lon - area.min.lon, area.max.lat - area.min.lat);
        let in_range =
            area.min.lon >= -180.0 && area.max.lon <= 180.0 && area.max.lat.abs().max(area.min.lat.abs()) < 85.0;
        if bounds.is_empty() || !in_range || limit_m <= 0.0 {
            return None;
        }
        let lat = (limit_m / crate::geodesy::meridional_radius_m(0.0)).to_degrees();
        let lon = lat / area.center().lat.to_radians().cos();
        let stretch = (width * height / (lat * lon) / MOST_CELLS).sqrt().max(1.0);
        let (lon, lat) = (lon * stretch, lat * stretch);
        let (columns, rows) = ((width / lon).ceil().max(1.0) as usize, (height / lat).ceil().max(1.0) as usize);
        if columns as f64 * rows as f64 > 2.0 * MOST_CELLS {
            // Long and narrow.
            return None;
        }
        let cells = std::iter::repeat_with(OnceLock::new).take(columns * rows).collect();
        let per_degree = [PARTS as f64 / lon, PARTS as f64 / lat];
        Some(Self { limit_m, area, columns, rows, per_degree, cells })
    }

    /// The number of the part that a position is in, counted cell by cell; `None` where nothing is near.
    #[inline]
    pub(super) fn part_of(&self, p: LonLat, tree: &RunTree) -> Option<u32> {
        let (at, part) = self.place(p)?;
        self.cell(at, tree)?;
        Some((at * PARTS * PARTS + part) as u32)
    }

    /// How many parts there are.
    pub(super) fn parts_in_all(&self) -> u32 {
        (self.cells.len() * PARTS * PARTS) as u32
    }

    /// What is near a cell; `None` for nothing.
    #[inline]
    fn cell(&self, at: usize, tree: &RunTree) -> Option<&Cell> {
        self.cells[at].get_or_init(|| self.look(at % self.columns, at / self.columns, tree)).as_deref()
    }

    /// The cell and its part that a position is in; `None` outside.
    #[inline]
    fn place(&self, p: LonLat) -> Option<(usize, usize)> {
        if !self.area.contains(p) {
            return None;
        }
        let part = |at: f64, min: f64, per_degree: f64, cells: usize| {
            (((at - min) * per_degree) as usize).min(cells * PARTS - 1)
        };
        let column = part(p.lon, self.area.min.lon, self.per_degree[0], self.columns);
        let row = part(p.lat, self.area.min.lat, self.per_degree[1], self.rows);
        Some((row / PARTS * self.columns + column / PARTS, row % PARTS * PARTS + column % PARTS))
    }

    /// What of `tree`, which is of `layer` as it was settled, may lie within the distance of `p`. Recent rows are left out.
    #[inline]
    pub(super) fn near(&self, p: LonLat, tree: &RunTree, layer: &Layer) -> NearCell<'_> {
        let Some((at, part)) = self.place(p) else { return NearCell::Nothing };
        let Some(cell) = self.cell(at, tree) else { return NearCell::Nothing };
        let Some(runs) = &cell.runs else { return NearCell::Many };
        let edges = cell.parts[part].get_or_init(|| {
            let (column, row) = (at % self.columns, at / self.columns);
            let part = self.parts(column * PARTS + part % PARTS, row * PARTS + part / PARTS, 1);
            self.sift(part, runs, tree, layer)
        });
        edges.as_ref().map_or(NearCell::Many, NearCell::Edges)
    }

    /// The box of so many parts each way; a hair larger, so that a position on its border may fall to either side.
    fn parts(&self, column: usize, row: usize, parts: usize) -> LonLatBox {
        let corner = |column: usize, row: usize| {
            LonLat::new(
                self.area.min.lon + column as f64 / self.per_degree[0],
                self.area.min.lat + row as f64 / self.per_degree[1],
            )
        };
        LonLatBox { min: corner(column, row), max: corner(column + parts, row + parts) }.padded(0.01)
    }

    /// Runs that may be within the distance of something in a cell.
    fn look(&self, column: usize, row: usize, tree: &RunTree) -> Option<Box<Cell>> {
        let cell = self.parts(column * PARTS, row * PARTS, PARTS);
        let bound = LowerBound::new(cell, self.limit_m);
        let mut runs = Vec::new();
        tree.tree.search(&cell.padded(self.limit_m), |item| {
            if bound.to_2(&tree.tree.bounds(item)) <= self.limit_m * self.limit_m {
                runs.push(item as u32);
            }
        });
        if runs.is_empty() {
            return None;
        }
        let parts = std::array::from_fn(|_| OnceLock::new());
        Some(Box::new(Cell { runs: (runs.len() <= MOST_RUNS).then_some(runs), parts }))
    }

    /// The edges of some runs that may be nearest to something in a box; `None` where they are too many, or too far for
    /// a plane.
    fn sift(&self, area: LonLatBox, runs: &[u32], tree: &RunTree, layer: &Layer) -> Option<NearEdges> {
        let plane = LocalFrame::at(area.center());
        let corners =
            [area.min, area.max, LonLat::new(area.min.lon, area.max.lat), LonLat::new(area.max.lon, area.min.lat)];
        let half_m = corners.iter().map(|corner| distance_m(plane.origin(), *corner)).fold(0.0, f64::max);
        let share = plane.share_off(1.1 * self.limit_m + 2.0 * half_m) * 1.1;
        // Runs first: what is near them at most, and at least.
        let mut near: Vec<(f64, &EdgeRun)> = Vec::with_capacity(runs.len());
        let mut nearest_m = f64::INFINITY;
        for item in runs {
            let (run, bounds) = (&tree.runs[*item as usize], tree.tree.bounds(*item as usize));
            if layer.geometries.is_recent(run.row as usize) {
                continue;
            }
            let Some(first) = run.of(layer).first() else { continue };
            if !plane.is_near(&bounds.padded(half_m)) {
                return None;
            }
            let ([west, south], [east, north]) = (plane.to_xy(bounds.min), plane.to_xy(bounds.max));
            let [x, y] = [west.max(-east).max(0.0), south.max(-north).max(0.0)];
            near.push(((x * x + y * y).sqrt(), run));
            let [x, y] = plane.to_xy(*first);
            nearest_m = nearest_m.min((x * x + y * y).sqrt());
        }
        let reach_m = |nearest_m: f64| {
            (self.limit_m + half_m).min(nearest_m / (1.0 - share) + 2.0 * half_m) * (1.0 + share) + 0.1
        };
        near.retain(|(least_m, _)| *least_m <= reach_m(nearest_m));
        let mut edges: Vec<(f64, EdgeRun)> = Vec::with_capacity(near.len() * super::RUN);
        for (_, run) in near {
            for edge in run.edges() {
                let (a, b) = ends(edge.of(layer));
                let planar_m = planar_distance_2([0.0; 2], plane.to_xy(a), plane.to_xy(b)).sqrt();
                nearest_m = nearest_m.min(planar_m);
                edges.push((planar_m, edge));
            }
        }
        edges.retain(|(planar_m, _)| *planar_m <= reach_m(nearest_m));
        let edges: Box<[EdgeRun]> = edges.into_iter().map(|(_, edge)| edge).collect();
        (edges.len() <= MOST_EDGES).then(|| NearEdges::new(edges, plane, share, layer))
    }
}

/// The first position of an edge and the last: the same of a position alone.
fn ends(edge: &[LonLat]) -> (LonLat, LonLat) {
    (edge[0], edge[edge.len() - 1])
}
