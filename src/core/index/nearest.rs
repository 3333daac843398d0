//! The nearest feature of a layer: branch and bound over runs of edges, ranked by the distance that is reported.

use super::cells::Cells;
use super::search::Search;
use super::{IndexedLayer, contains};
use crate::geodesy::{LonLat, exact_distance_m};
use crate::model::{Layer, Shape};
use rayon::prelude::*;

/// The nearest feature and how near.
#[derive(Clone, Copy, Debug)]
pub struct Nearest {
    /// Its row in the layer searched.
    pub row: usize,
    /// Geodesic distance, 0 where the two meet; metres.
    pub distance_m: f64,
    /// The place on it.
    pub at: LonLat,
    /// The edge on which that place lies, start and end; `None` for a point or where the two overlap.
    pub edge: Option<(LonLat, LonLat)>,
    /// The place that it is measured from.
    pub(super) from: LonLat,
}

impl Nearest {
    /// What was measured elsewhere: a row, the distance in metres, the two places, and the edge.
    pub(crate) fn measured(
        (row, distance_m): (usize, f64),
        (from, at): (LonLat, LonLat),
        edge: Option<(LonLat, LonLat)>,
    ) -> Self {
        Self { row, distance_m, at, edge, from }
    }

    /// The place that it is measured from.
    pub fn from(&self) -> LonLat {
        self.from
    }
}

/// A limit that is none for most: half a degree.
pub(super) const UNLIMITED_M: f64 = 50_000.0;

/// Nearer than this to the limit a distance is measured by Karney's algorithm itself before it is held against it.
const DOUBT_M: f64 = 1e-5;

/// What lies nearer to one another than this meets: half of what nine decimals of a degree hold.
const MEETS_M: f64 = 5e-5;

/// The feature of `reference` nearest to a row of `layer`, if one lies within `limit_m` (inclusive).
///
/// As [`NearestOf::to`], for one row.
pub fn nearest_feature(layer: &Layer, row: usize, reference: &IndexedLayer, limit_m: f64) -> Option<Nearest> {
    NearestOf { reference, limit_m, cells: None }.to(layer, row)
}

/// The feature of `reference` nearest to a position, if one lies within `limit_m` (inclusive).
pub fn nearest_to(p: LonLat, reference: &IndexedLayer, limit_m: f64) -> Option<Nearest> {
    NearestOf { reference, limit_m, cells: None }.to_position(p)
}

/// How far the nearest border, line or point of `reference` is from a position, whatever ground the position lies on; if one
/// is within `limit_m`. Metres, good to 1 mm.
///
/// Cost: logarithmic in the reference.
pub fn border_distance_m(p: LonLat, reference: &IndexedLayer, limit_m: f64) -> Option<f64> {
    let mut search = Search { best: None, limit_m, is_recent: false };
    search.near_position(p, reference.edges(), reference.layer());
    if let Some(recent) = reference.edited_edges() {
        search.is_recent = true;
        search.near_position(p, recent, reference.layer());
    }
    search.best.map(|best| best.distance_m)
}

/// A search for the nearest feature of one layer within one distance, for many rows.
#[derive(Debug)]
pub struct NearestOf<'a> {
    reference: &'a IndexedLayer,
    limit_m: f64,
    cells: Option<Cells>,
}

/// A row to look at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visit {
    position: LonLat,
    row: u32,
    /// True where it has that position and no other.
    is_alone: bool,
}

impl Visit {
    /// The row.
    pub fn row(&self) -> usize {
        self.row as usize
    }

    /// Its position, where it is one alone.
    pub fn alone(&self) -> Option<LonLat> {
        self.is_alone.then_some(self.position)
    }
}

/// From so many rows on it pays to keep what is near the cells of a grid.
const MANY_ROWS: usize = 10_000;

impl<'a> NearestOf<'a> {
    /// In `reference`, within `limit_m` (inclusive), for about so many rows.
    pub fn new(reference: &'a IndexedLayer, limit_m: f64, rows: usize) -> Self {
        // Before the rows are parted among the cores.
        reference.build_edges();
        if reference.has_areas() {
            reference.build_features();
        }
        let worth = rows >= MANY_ROWS && limit_m < UNLIMITED_M;
        let cells = if worth { Cells::new(reference.layer().bounds, limit_m + DOUBT_M) } else { None };
        Self { reference, limit_m, cells }
    }

    /// The rows of `layer` to look at: those that certainly have nothing within the distance are left out, and the
    /// others are in an order in which neighbours follow one another, so that what is near them is near at hand.
    pub fn visits(&self, layer: &Layer, rows: &[usize]) -> Vec<Visit> {
        let points = layer.geometries.points();
        let visit = |row: &usize| {
            let (position, is_alone) = match points {
                Some(points) => (points[*row], true),
                None => match layer.geometries.positions_of(*row) {
                    [p] => (*p, true),
                    _ => (LonLat::default(), false),
                },
            };
            Visit { position, row: *row as u32, is_alone }
        };
        let Some(cells) = &self.cells else { return rows.iter().map(visit).collect() };
        let tree = self.reference.edges();
        let only_edges = self.has_only_edges();
        // The part of each row; what is not alone is in the first, what is left out in none.
        let left_out = cells.parts_in_all();
        let part = |row: &usize| match visit(row).alone().map(|p| cells.part_of(p, tree)) {
            Some(Some(part)) => part,
            Some(None) if only_edges => left_out,
            _ => 0,
        };
        let parts: Vec<u32> = rows.par_iter().with_min_len(1 << 12).map(part).collect();
        // Counted, and each row put where its part begins: a share of the parts for each core.
        let mut starts = vec![0_u32; left_out as usize + 2];
        parts.iter().for_each(|part| starts[*part as usize + 1] += 1);
        for part in 0..=left_out as usize {
            starts[part + 1] += starts[part];
        }
        let kept = starts[left_out as usize];
        let mut visits = vec![Visit::default(); kept as usize];
        let cores = rayon::current_num_threads() as u32;
        let (mut rest, mut shares, mut from) = (&mut visits[..], Vec::new(), 0);
        for core in 1..=cores {
            let to = match core == cores {
                true => left_out,
                false => starts.partition_point(|start| *start < kept / cores * core) as u32,
            };
            let own;
            (own, rest) = rest.split_at_mut((starts[to as usize] - starts[from as usize]) as usize);
            shares.push((from..to, own));
            from = to;
        }
        shares.into_par_iter().for_each(|(share, visits)| {
            let begin = starts[share.start as usize];
            let mut next: Vec<u32> =
                starts[share.start as usize..share.end as usize].iter().map(|s| s - begin).collect();
            for (row, part) in rows.iter().zip(&parts).filter(|(_, part)| share.contains(part)) {
                let place = &mut next[(part - share.start) as usize];
                visits[*place as usize] = visit(row);
                *place += 1;
            }
        });
        visits
    }

    /// True where nothing but edges as they were read can be near.
    fn has_only_edges(&self) -> bool {
        !self.reference.has_areas() && self.reference.edited_edges().is_none()
    }

    /// As [`Self::to`], for a row to look at.
    pub fn to_visit(&self, layer: &Layer, visit: &Visit) -> Option<Nearest> {
        let (Some(p), Some(cells)) = (visit.alone().filter(|_| self.has_only_edges()), &self.cells) else {
            return self.to(layer, visit.row());
        };
        let mut search = self.search();
        search.near_in_cells(p, cells, self.reference);
        self.decided(search)
    }

    fn to_position(&self, p: LonLat) -> Option<Nearest> {
        let (reference, mut search) = (self.reference, self.search());
        search.near_ground(p, reference);
        search.near_position(p, reference.edges(), reference.layer());
        if let Some(recent) = reference.edited_edges() {
            search.is_recent = true;
            search.near_position(p, recent, reference.layer());
        }
        self.decided(search)
    }

    fn search(&self) -> Search {
        Search { best: None, limit_m: self.limit_m + MEETS_M, is_recent: false }
    }

    /// What was found, if it is within the distance.
    fn decided(&self, search: Search) -> Option<Nearest> {
        let (best, limit_m) = (search.best?, self.limit_m);
        if best.distance_m < MEETS_M {
            return Some(Nearest { distance_m: 0.0, ..best });
        }
        if (best.distance_m - limit_m).abs() > DOUBT_M {
            return (best.distance_m <= limit_m).then_some(best);
        }
        let distance_m = exact_distance_m(best.from, best.at);
        (distance_m <= limit_m).then_some(Nearest { distance_m, ..best })
    }

    /// The feature nearest to a row of `layer`, if one lies within the distance.
    ///
    /// Of several at the same distance the first in the file is given. Distances are good to 1 mm.
    /// Cost: logarithmic in the reference for points; times the edges of the row for lines and areas.
    pub fn to(&self, layer: &Layer, row: usize) -> Option<Nearest> {
        let reference = self.reference;
        let mut search = self.search();
        // Containment first: it ends the search.
        let shape = layer.geometries.kind(row)?.shape();
        for first in layer.geometries.paths(row).filter_map(|path| path.first()) {
            search.near_ground(*first, reference);
        }
        if shape == Shape::Polygons {
            // A feature of the reference wholly inside this polygon touches none of its edges.
            let bounds = layer.geometries.bounds(row);
            for other in reference.rows_in(&bounds) {
                let starts = reference.layer().geometries.paths(other).filter_map(|path| path.first());
                for p in starts {
                    if contains(layer, row, *p) {
                        search.offer(Nearest { row: other, distance_m: 0.0, at: *p, edge: None, from: *p });
                    }
                }
            }
        }
        for path in layer.geometries.paths(row) {
            match (path, &self.cells) {
                ([p], Some(cells)) => search.near_in_cells(*p, cells, reference),
                _ => search.near_path(path, reference.edges(), reference.layer()),
            }
        }
        if let Some(edited) = reference.edited_edges() {
            search.is_recent = true;
            for path in layer.geometries.paths(row) {
                search.near_path(path, edited, reference.layer());
            }
        }
        self.decided(search)
    }
}
