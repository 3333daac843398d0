//! A geometry in the coordinates of its file.

use crate::model::GeometryKind;

/// What a geometry is, or a layer declares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RawKind {
    /// One of the six simple kinds.
    Simple(GeometryKind),
    /// A collection of geometries.
    Collection,
}

/// A geometry as flat arrays in the file's own coordinates (x before y: easting or longitude first, whatever the file's order).
///
/// A geometry is a run of parts, a part a run of paths, a path a run of positions, as in the program's model: a point is one
/// part of one path of one position; a polygon is one part whose first path is the exterior ring, its holes follow. Rings
/// are closed: the first position is repeated at the end (a reader closes what the file leaves open, with a note). Winding is as in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct RawGeometry {
    /// What it is.
    pub kind: RawKind,
    /// Positions: x, y.
    pub xy: Vec<[f64; 2]>,
    /// Heights, one a position; empty where there are none. NaN where one position lacks it.
    pub z: Vec<f64>,
    /// Measures, likewise.
    pub m: Vec<f64>,
    /// Ends of paths, in `xy`.
    pub path_ends: Vec<u32>,
    /// Ends of parts, in `path_ends`.
    pub part_ends: Vec<u32>,
    /// The members of a collection.
    pub members: Vec<RawGeometry>,
}

impl RawGeometry {
    /// Nothing yet.
    pub fn new(kind: RawKind) -> Self {
        Self {
            kind,
            xy: Vec::new(),
            z: Vec::new(),
            m: Vec::new(),
            path_ends: Vec::new(),
            part_ends: Vec::new(),
            members: Vec::new(),
        }
    }

    /// Empties it for another of this kind; its room is kept.
    pub fn reset(&mut self, kind: RawKind) {
        self.kind = kind;
        self.xy.clear();
        self.z.clear();
        self.m.clear();
        self.path_ends.clear();
        self.part_ends.clear();
        self.members.clear();
    }

    /// Ends the path being built.
    pub fn end_path(&mut self) {
        self.path_ends.push(self.xy.len() as u32);
    }

    /// Ends the part being built.
    pub fn end_part(&mut self) {
        self.part_ends.push(self.path_ends.len() as u32);
    }

    /// Every position, those of members too; false as soon as `is_fine` is for one.
    pub fn all_positions(&self, is_fine: &mut impl FnMut([f64; 2]) -> bool) -> bool {
        self.xy.iter().all(|p| is_fine(*p)) && self.members.iter().all(|member| member.all_positions(is_fine))
    }

    /// True where there is no position.
    pub fn is_empty(&self) -> bool {
        self.xy.is_empty() && self.members.iter().all(Self::is_empty)
    }

    /// The paths of each part as ranges of positions.
    pub fn parts(&self) -> impl Iterator<Item = Vec<std::ops::Range<usize>>> + '_ {
        let (mut path, mut from) = (0_usize, 0_usize);
        self.part_ends.iter().map(move |end| {
            let paths = &self.path_ends[path..*end as usize];
            path = *end as usize;
            paths.iter().map(|end| std::mem::replace(&mut from, *end as usize)..*end as usize).collect()
        })
    }
}
