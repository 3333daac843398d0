//! Geometry as flat arrays: one array of positions, with the ends of paths, parts and features.

use super::reserve;
use crate::geodesy::{LonLat, LonLatBox};
use serde::{Deserialize, Serialize};

/// A GeoJSON geometry type (RFC 7946 §1.4) that a question can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum GeometryKind {
    /// One position.
    Point,
    /// Several positions.
    MultiPoint,
    /// One path.
    LineString,
    /// Several paths.
    MultiLineString,
    /// One area: an exterior ring, then holes.
    Polygon,
    /// Several areas.
    MultiPolygon,
}

/// What a geometry is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Positions.
    Points,
    /// Paths.
    Lines,
    /// Areas.
    Polygons,
}

impl GeometryKind {
    /// The type of this GeoJSON name.
    pub fn parse(name: &[u8]) -> Option<Self> {
        Some(match name {
            b"Point" => Self::Point,
            b"MultiPoint" => Self::MultiPoint,
            b"LineString" => Self::LineString,
            b"MultiLineString" => Self::MultiLineString,
            b"Polygon" => Self::Polygon,
            b"MultiPolygon" => Self::MultiPolygon,
            _ => return None,
        })
    }

    /// The GeoJSON name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Point => "Point",
            Self::MultiPoint => "MultiPoint",
            Self::LineString => "LineString",
            Self::MultiLineString => "MultiLineString",
            Self::Polygon => "Polygon",
            Self::MultiPolygon => "MultiPolygon",
        }
    }

    /// What it is made of.
    pub fn shape(self) -> Shape {
        match self {
            Self::Point | Self::MultiPoint => Shape::Points,
            Self::LineString | Self::MultiLineString => Shape::Lines,
            Self::Polygon | Self::MultiPolygon => Shape::Polygons,
        }
    }

    /// True for the types that hold several parts.
    pub fn is_multi(self) -> bool {
        matches!(self, Self::MultiPoint | Self::MultiLineString | Self::MultiPolygon)
    }
}

/// One geometry by itself, for tools that change it: parts of paths of positions, as in [`Geometries`]. Rings are closed.
#[derive(Clone, Debug, PartialEq)]
pub struct Geometry {
    /// Its type.
    pub kind: GeometryKind,
    /// Its parts.
    pub parts: Vec<Vec<Vec<LonLat>>>,
}

impl Geometry {
    /// The same with every position put where `to` says.
    pub fn map(mut self, to: impl Fn(LonLat) -> LonLat) -> Self {
        self.parts.iter_mut().flatten().flatten().for_each(|p| *p = to(*p));
        self
    }

    /// Its box.
    pub fn bounds(&self) -> LonLatBox {
        self.parts.iter().flatten().fold(LonLatBox::EMPTY, |all, path| all.union(LonLatBox::of(path)))
    }
}

/// The geometries of a layer, by row.
///
/// A feature is a run of parts, a part a run of paths, a path a run of positions. A point is one part
/// of one path of one position; a polygon is one part whose first path is the exterior ring and whose
/// others are holes. Rings keep the closing position that GeoJSON repeats.
#[derive(Clone, Debug, Default)]
pub struct Geometries {
    positions: Vec<LonLat>,
    path_ends: Vec<u32>,
    part_ends: Vec<u32>,
    feature_ends: Vec<u32>,
    kinds: Vec<Option<GeometryKind>>,
    /// Boxes of the rows; empty as long as every row is a single position or none, which is its own box.
    bounds: Vec<LonLatBox>,
}

/// One part of a geometry: a point, a path, or a polygon's rings.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    positions: &'a [LonLat],
    /// Ends of the paths, counted from the layer's first position.
    ends: &'a [u32],
    start: usize,
}

impl<'a> Part<'a> {
    /// The paths: one for a point or a line, exterior then holes for a polygon.
    pub fn paths(&self) -> impl Iterator<Item = &'a [LonLat]> + Clone + use<'a> {
        let positions = self.positions;
        let starts = std::iter::once(self.start).chain(self.ends.iter().map(|e| *e as usize));
        starts.zip(self.ends.iter()).map(move |(start, end)| &positions[start..*end as usize])
    }
}

impl Part<'_> {
    /// A polygon's rings without the closing position that repeats the first.
    pub fn open_rings(&self) -> Vec<Vec<LonLat>> {
        self.paths().map(|ring| ring[..ring.len().saturating_sub(1)].to_vec()).collect()
    }
}

fn run(ends: &[u32], i: usize) -> std::ops::Range<usize> {
    let start = if i == 0 { 0 } else { ends[i - 1] as usize };
    start..ends[i] as usize
}

impl Geometries {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// True where there is no row.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    /// Number of positions in all.
    pub fn position_count(&self) -> usize {
        self.positions.len()
    }

    /// The kinds present, each once, in order of first appearance.
    pub fn kinds_present(&self) -> Vec<GeometryKind> {
        let mut present = Vec::new();
        for kind in self.kinds.iter().flatten() {
            if !present.contains(kind) {
                present.push(*kind);
            }
        }
        present
    }

    /// Every position, in the order of the file.
    pub fn positions(&self) -> &[LonLat] {
        &self.positions
    }

    /// The positions by row, where every row is a point.
    pub fn points(&self) -> Option<&[LonLat]> {
        let is_point = |kind: &Option<GeometryKind>| *kind == Some(GeometryKind::Point);
        let are_points = self.positions.len() == self.kinds.len() && self.kinds.iter().all(is_point);
        are_points.then_some(&self.positions)
    }

    /// The row's type; `None` where it has no geometry that could be read.
    pub fn kind(&self, row: usize) -> Option<GeometryKind> {
        self.kinds[row]
    }

    /// The row's parts.
    pub fn parts(&self, row: usize) -> impl Iterator<Item = Part<'_>> + Clone {
        run(&self.feature_ends, row).map(move |part| {
            let paths = run(&self.part_ends, part);
            let start = if paths.start == 0 { 0 } else { self.path_ends[paths.start - 1] as usize };
            Part { positions: &self.positions, ends: &self.path_ends[paths], start }
        })
    }

    /// The row's geometry by itself; `None` where it has none that could be read.
    pub fn geometry(&self, row: usize) -> Option<Geometry> {
        let parts = self.parts(row).map(|part| part.paths().map(<[LonLat]>::to_vec).collect()).collect();
        Some(Geometry { kind: self.kind(row)?, parts })
    }

    /// The row's paths, of all its parts.
    pub fn paths(&self, row: usize) -> impl Iterator<Item = &[LonLat]> + Clone {
        self.parts(row).flat_map(|part| part.paths())
    }

    /// The row's paths as ranges of [`Self::positions`].
    pub fn path_ranges(&self, row: usize) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
        run(&self.feature_ends, row)
            .flat_map(move |part| run(&self.part_ends, part))
            .map(move |path| run(&self.path_ends, path))
    }

    /// The row's positions, of all its paths.
    pub fn positions_of(&self, row: usize) -> &[LonLat] {
        let parts = run(&self.feature_ends, row);
        if parts.is_empty() {
            return &[];
        }
        let first = run(&self.part_ends, parts.start).start;
        let last = run(&self.part_ends, parts.end - 1).end;
        if last == 0 {
            return &[];
        }
        let start = if first == 0 { 0 } else { self.path_ends[first - 1] as usize };
        &self.positions[start..self.path_ends[last - 1] as usize]
    }

    /// The row's box; empty where it has no geometry.
    pub fn bounds(&self, row: usize) -> LonLatBox {
        match self.bounds.get(row) {
            Some(bounds) => *bounds,
            None => LonLatBox::of(self.positions_of(row)),
        }
    }

    /// The box of all rows.
    pub fn all_bounds(&self) -> LonLatBox {
        if self.bounds.is_empty() {
            return LonLatBox::of(&self.positions);
        }
        self.bounds.iter().fold(LonLatBox::EMPTY, |all, b| all.union(*b))
    }

    /// Adds a position to the path being built.
    pub fn push_position(&mut self, p: LonLat) {
        self.positions.push(p);
    }

    /// Ends the path being built.
    pub fn end_path(&mut self) {
        self.path_ends.push(self.positions.len() as u32);
    }

    /// Ends the part being built.
    pub fn end_part(&mut self) {
        self.part_ends.push(self.path_ends.len() as u32);
    }

    /// Ends the row being built.
    pub fn end_row(&mut self, kind: Option<GeometryKind>) {
        let positions = self.row_in_progress();
        if positions.len() > 1 || !self.bounds.is_empty() {
            let bounds = LonLatBox::of(positions);
            self.store_bounds_up_to(self.len());
            self.bounds.push(bounds);
        }
        self.feature_ends.push(self.part_ends.len() as u32);
        self.kinds.push(kind);
    }

    /// Adds the rows of `other` behind these.
    pub fn append(&mut self, other: &Self) {
        let shift = |ends: &mut Vec<u32>, by: usize, more: &[u32]| ends.extend(more.iter().map(|e| e + by as u32));
        shift(&mut self.feature_ends, self.part_ends.len(), &other.feature_ends);
        shift(&mut self.part_ends, self.path_ends.len(), &other.part_ends);
        shift(&mut self.path_ends, self.positions.len(), &other.path_ends);
        self.positions.extend_from_slice(&other.positions);
        self.kinds.extend_from_slice(&other.kinds);
        if !other.bounds.is_empty() {
            self.store_bounds_up_to(self.len() - other.len());
            self.bounds.extend_from_slice(&other.bounds);
        } else if !self.bounds.is_empty() {
            self.store_bounds_up_to(self.len());
        }
    }

    /// Stores the boxes of rows that have none stored.
    fn store_bounds_up_to(&mut self, end: usize) {
        for row in self.bounds.len()..end {
            let bounds = LonLatBox::of(self.positions_of(row));
            self.bounds.push(bounds);
        }
    }

    /// Drops what was added since the last row ended.
    pub fn abandon_row(&mut self) {
        let parts = self.feature_ends.last().copied().unwrap_or(0) as usize;
        self.part_ends.truncate(parts);
        let paths = self.part_ends.last().copied().unwrap_or(0) as usize;
        self.path_ends.truncate(paths);
        let positions = self.path_ends.last().copied().unwrap_or(0) as usize;
        self.positions.truncate(positions);
    }

    /// Drops the last row, which has this number, where it has ended.
    pub fn take_back(&mut self, row: usize) {
        self.feature_ends.truncate(row);
        self.kinds.truncate(row);
        self.bounds.truncate(row);
        self.abandon_row();
    }

    /// The positions added since the last row ended.
    pub fn row_in_progress(&self) -> &[LonLat] {
        let parts = self.feature_ends.last().copied().unwrap_or(0) as usize;
        let paths = if parts == 0 { 0 } else { self.part_ends[parts - 1] as usize };
        let positions = if paths == 0 { 0 } else { self.path_ends[paths - 1] as usize };
        &self.positions[positions..]
    }

    /// The same without some paths of rows, counted through the row's parts; a part without paths goes. Both in rising
    /// order.
    pub fn without(&self, paths: &[(usize, Vec<usize>)]) -> Self {
        let mut left = Self::default();
        let mut paths = paths.iter().peekable();
        for row in 0..self.len() {
            let left_out = paths.next_if(|(of, _)| *of == row).map_or(&[][..], |(_, paths)| paths);
            let mut path = 0;
            for part in self.parts(row) {
                let mut has_paths = false;
                for positions in part.paths() {
                    if left_out.binary_search(&path).is_err() {
                        left.positions.extend_from_slice(positions);
                        left.end_path();
                        has_paths = true;
                    }
                    path += 1;
                }
                if has_paths {
                    left.end_part();
                }
            }
            left.end_row(self.kinds[row]);
        }
        left
    }

    /// Takes the rows out and keeps the room.
    pub fn clear(&mut self) {
        self.positions.clear();
        self.path_ends.clear();
        self.part_ends.clear();
        self.feature_ends.clear();
        self.kinds.clear();
        self.bounds.clear();
    }

    /// Makes room for so many times as much as is there, where there is so much memory.
    pub fn reserve(&mut self, times: f64) {
        reserve(&mut self.positions, times);
        reserve(&mut self.path_ends, times);
        reserve(&mut self.part_ends, times);
        reserve(&mut self.feature_ends, times);
        reserve(&mut self.kinds, times);
        reserve(&mut self.bounds, times);
    }

    /// Gives back what the vectors reserved beyond their length.
    pub fn shrink(&mut self) {
        self.positions.shrink_to_fit();
        self.path_ends.shrink_to_fit();
        self.part_ends.shrink_to_fit();
        self.feature_ends.shrink_to_fit();
        self.kinds.shrink_to_fit();
        self.bounds.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_geometry_stand_between_others() {
        let mut g = Geometries::default();
        g.end_row(None);
        for lon in [1.0, 2.0] {
            g.push_position(LonLat::new(lon, 0.0));
            g.end_path();
            g.end_part();
        }
        g.end_row(Some(GeometryKind::MultiPoint));
        g.push_position(LonLat::new(9.0, 9.0));
        g.end_path();
        assert_eq!(g.row_in_progress().len(), 1);
        g.abandon_row();
        g.end_row(None);
        g.push_position(LonLat::new(3.0, 0.0));
        g.push_position(LonLat::new(4.0, 1.0));
        g.end_path();
        g.end_part();
        g.end_row(Some(GeometryKind::LineString));
        assert_eq!((0..4).map(|r| g.positions_of(r).len()).collect::<Vec<_>>(), [0, 2, 0, 2]);
        assert_eq!(g.parts(1).count(), 2);
        assert_eq!(g.paths(3).next().map(<[LonLat]>::len), Some(2));
        assert!(g.path_ranges(3).eq(std::iter::once(2..4)));
        assert!(g.bounds(0).is_empty());
        let mut twice = g.clone();
        twice.append(&g);
        assert_eq!(
            (4..8).map(|r| twice.positions_of(r)).collect::<Vec<_>>(),
            (0..4).map(|r| g.positions_of(r)).collect::<Vec<_>>()
        );
        assert!(twice.path_ranges(7).eq(std::iter::once(6..8)));
        assert_eq!((twice.kind(5), twice.bounds(7)), (g.kind(1), g.bounds(3)));
        assert_eq!(g.bounds(3).max, LonLat::new(4.0, 1.0));
    }
}
