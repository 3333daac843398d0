//! What the GPU gets of a layer: vertices, segments and marks in tiles. The processor's copy is given away when it is handed
//! over, and the GPU's lives as long as the list: a province is in memory once.

use crate::geodesy::{LonLat, LonLatBox};
use bytemuck::{Pod, Zeroable};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A corner of a triangle.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct FillVertex {
    /// Degrees east and north of the tile's origin.
    pub offset: [f32; 2],
    /// Premultiplied sRGB.
    pub color: [u8; 4],
    /// 0 solid, 1 hatch, 2 dense hatch; [`AREA_BEGINS`] is added at the first corner of each area.
    pub pattern: u32,
}

/// Where an area begins: a page writes each as one, so that no seam is seen in it.
pub const AREA_BEGINS: u32 = 0x100;

/// A segment of a line.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct Segment {
    /// Start and end, degrees east and north of the tile's origin.
    pub ends: [f32; 4],
    /// Premultiplied sRGB.
    pub color: [u8; 4],
    /// Width in points.
    pub width: f32,
    /// Dash length in points; 0 for a full line.
    pub dash: f32,
    /// Length of the path before this segment, degrees of latitude.
    pub start: f32,
}

/// A point's mark.
#[repr(C)]
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
pub struct MarkInstance {
    /// Degrees east and north of the tile's origin.
    pub offset: [f32; 2],
    /// Premultiplied sRGB inside.
    pub inside: [u8; 4],
    /// Premultiplied sRGB of the rim.
    pub rim: [u8; 4],
    /// Radius in points.
    pub radius: f32,
    /// 0 circle, 1 square, 2 triangle, 3 diamond.
    pub mark: u32,
}

/// A run of a buffer with its own origin.
#[derive(Clone, Debug)]
pub struct Tile {
    /// What the offsets count from.
    pub origin: LonLat,
    /// The box of what is in it.
    pub bounds: LonLatBox,
    /// Vertices, segments or marks.
    pub range: Range<u32>,
}

/// What a list is drawn from.
#[derive(Clone, Debug, Default)]
pub struct Elements {
    /// Corners of triangles, three a triangle.
    pub fills: Vec<FillVertex>,
    /// Segments.
    pub segments: Vec<Segment>,
    /// Marks.
    pub marks: Vec<MarkInstance>,
}

impl Elements {
    /// Vertices, segments and marks in all.
    pub fn len(&self) -> usize {
        self.fills.len() + self.segments.len() + self.marks.len()
    }

    /// True where there is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A layer's buffers, as tiles of elements.
#[derive(Debug)]
pub struct DrawList {
    /// Unlike any other's, so that the GPU's copy can be found again.
    pub id: u64,
    /// Until the GPU has them.
    elements: Mutex<Option<Elements>>,
    count: usize,
    /// Tiles of `Elements::fills`.
    pub fill_tiles: Vec<Tile>,
    /// Tiles of `Elements::segments`.
    pub segment_tiles: Vec<Tile>,
    /// Tiles of `Elements::marks`.
    pub mark_tiles: Vec<Tile>,
}

impl DrawList {
    /// A list of these elements, in tiles of fills, segments and marks.
    pub fn new(elements: Elements, [fill_tiles, segment_tiles, mark_tiles]: [Vec<Tile>; 3]) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let (id, count) = (NEXT.fetch_add(1, Ordering::Relaxed), elements.len());
        Self { id, elements: Mutex::new(Some(elements)), count, fill_tiles, segment_tiles, mark_tiles }
    }

    /// Vertices, segments and marks in all.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The elements, once: they are the GPU's from here on, which keeps them as long as the list is there.
    pub fn hand_over(&self) -> Option<Elements> {
        self.elements.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Looks at the elements, where nobody has taken them over.
    pub fn look<T>(&self, look: impl FnOnce(&Elements) -> T) -> Option<T> {
        self.elements.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(look)
    }
}
