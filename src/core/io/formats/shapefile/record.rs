//! The content of a record: its type, its positions, its parts.

use super::super::{RawGeometry, RawKind};
use super::rings;
use crate::model::GeometryKind;
use std::ops::Range;

/// Numbers below stand for "no data" (ESRI, shapefile technical description, page 2).
const NO_DATA: f64 = -1e38;

/// What a shape is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShapeType {
    Null,
    /// One position.
    Point(Dims),
    PolyLine(Dims),
    Polygon(Dims),
    MultiPoint(Dims),
    MultiPatch,
}

/// What a position has besides x and y.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dims {
    Xy,
    /// A height, and often a measure.
    Xyzm,
    /// A measure.
    Xym,
}

impl ShapeType {
    /// The type of a code.
    pub(super) fn of(code: i32) -> Option<Self> {
        let dims = match code / 10 {
            0 => Dims::Xy,
            1 => Dims::Xyzm,
            _ => Dims::Xym,
        };
        Some(match code {
            0 => Self::Null,
            1 | 11 | 21 => Self::Point(dims),
            3 | 13 | 23 => Self::PolyLine(dims),
            5 | 15 | 25 => Self::Polygon(dims),
            8 | 18 | 28 => Self::MultiPoint(dims),
            31 => Self::MultiPatch,
            _ => return None,
        })
    }

    /// What its positions have.
    pub(super) fn dims(self) -> Dims {
        match self {
            Self::Null | Self::MultiPatch => Dims::Xy,
            Self::Point(dims) | Self::PolyLine(dims) | Self::Polygon(dims) | Self::MultiPoint(dims) => dims,
        }
    }

    /// The code of the type.
    pub(super) fn code(self) -> i32 {
        let (plain, dims) = match self {
            Self::Null => return 0,
            Self::MultiPatch => return 31,
            Self::Point(dims) => (1, dims),
            Self::PolyLine(dims) => (3, dims),
            Self::Polygon(dims) => (5, dims),
            Self::MultiPoint(dims) => (8, dims),
        };
        plain
            + match dims {
                Dims::Xy => 0,
                Dims::Xyzm => 10,
                Dims::Xym => 20,
            }
    }

    /// The geometry types that its records can be.
    pub(super) fn kinds(self) -> Vec<RawKind> {
        let kinds: &[GeometryKind] = match self {
            Self::Null | Self::MultiPatch => &[],
            Self::Point(_) => &[GeometryKind::Point],
            Self::PolyLine(_) => &[GeometryKind::LineString, GeometryKind::MultiLineString],
            Self::Polygon(_) => &[GeometryKind::Polygon, GeometryKind::MultiPolygon],
            Self::MultiPoint(_) => &[GeometryKind::MultiPoint],
        };
        kinds.iter().map(|kind| RawKind::Simple(*kind)).collect()
    }
}

/// What a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A geometry.
    Whole,
    /// A geometry of which something was mended or left out.
    Flawed(ShapeFlaw),
    /// A null shape, or one without positions.
    Nothing,
    /// It cannot be read.
    Unread(Unread),
    /// It does not meet the window.
    Outside,
}

/// What was mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShapeFlaw {
    /// A ring was closed.
    Closed,
    /// A ring of fewer than three places was left out.
    RingLeftOut,
    /// Rings cross each other so often that some were taken for areas of their own.
    NotGrouped,
}

/// Why a record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    /// Its numbers do not fit its length.
    Damaged,
    /// A coordinate is no number, or a "no data".
    Coordinates,
    /// It is a MultiPatch.
    MultiPatch,
}

/// Room that is used for one record after another.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    whole: Option<RawGeometry>,
    rings: Vec<Range<usize>>,
    grouping: rings::Grouping,
}

/// The numbers of a record, taken from the front.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Unread> {
        let (front, rest) = self.0.split_at_checked(length).ok_or(Unread::Damaged)?;
        self.0 = rest;
        Ok(front)
    }

    fn count(&mut self) -> Result<usize, Unread> {
        let four = self.take(4)?.try_into().map_err(|_| Unread::Damaged)?;
        usize::try_from(i32::from_le_bytes(four)).map_err(|_| Unread::Damaged)
    }

    /// `count` positions.
    fn positions(&mut self, count: usize, into: &mut Vec<[f64; 2]>) -> Result<(), Unread> {
        let bytes = self.take(count.checked_mul(16).ok_or(Unread::Damaged)?)?;
        let (pairs, _) = bytes.as_chunks::<16>();
        let (from, mut is_number) = (into.len(), true);
        into.extend(pairs.iter().map(|pair| {
            let (eights, _) = pair.as_chunks::<8>();
            [f64::from_le_bytes(eights[0]), f64::from_le_bytes(eights[1])]
        }));
        for [x, y] in &into[from..] {
            is_number &= x.abs() < -NO_DATA && y.abs() < -NO_DATA;
        }
        if is_number { Ok(()) } else { Err(Unread::Coordinates) }
    }

    /// `count` heights or measures; those that are no data are NaN. Nothing is kept where all are.
    fn values(&mut self, count: usize, into: &mut Vec<f64>) -> Result<(), Unread> {
        let bytes = self.take(count.checked_mul(8).ok_or(Unread::Damaged)?)?;
        let (eights, _) = bytes.as_chunks::<8>();
        into.extend(eights.iter().map(|eight| match f64::from_le_bytes(*eight) {
            value if value > NO_DATA && value.is_finite() => value,
            _ => f64::NAN,
        }));
        if into.iter().all(|value| value.is_nan()) {
            into.clear();
        }
        Ok(())
    }

    /// The same behind their range, where the record is long enough: measures may be left out of it.
    fn ranged(&mut self, count: usize, into: &mut Vec<f64>) -> Result<(), Unread> {
        self.take(16)?;
        self.values(count, into)
    }

    fn has(&self, count: usize) -> bool {
        count.checked_mul(8).and_then(|bytes| bytes.checked_add(16)).is_some_and(|bytes| self.0.len() >= bytes)
    }
}

/// Reads a record's content into a geometry. `window`: what does not meet it is not made up.
pub(super) fn read(content: &[u8], window: Option<[f64; 4]>, into: &mut RawGeometry, scratch: &mut Scratch) -> Shape {
    match try_read(content, window, into, scratch) {
        Ok(shape) => shape,
        Err(unread) => Shape::Unread(unread),
    }
}

fn try_read(
    content: &[u8],
    window: Option<[f64; 4]>,
    into: &mut RawGeometry,
    scratch: &mut Scratch,
) -> Result<Shape, Unread> {
    let mut reader = Reader(content);
    let four = reader.take(4)?.try_into().map_err(|_| Unread::Damaged)?;
    let shape = ShapeType::of(i32::from_le_bytes(four)).ok_or(Unread::Damaged)?;
    let outside = |xy: &[[f64; 2]]| window.is_some_and(|window| !meets(xy, window));
    match shape {
        ShapeType::Null => Ok(Shape::Nothing),
        ShapeType::MultiPatch => Err(Unread::MultiPatch),
        ShapeType::Point(dims) => {
            into.reset(RawKind::Simple(GeometryKind::Point));
            reader.positions(1, &mut into.xy)?;
            if dims == Dims::Xyzm {
                reader.values(1, &mut into.z)?;
            }
            if dims != Dims::Xy && reader.0.len() >= 8 {
                reader.values(1, &mut into.m)?;
            }
            into.end_path();
            into.end_part();
            Ok(if outside(&into.xy) { Shape::Outside } else { Shape::Whole })
        }
        ShapeType::MultiPoint(dims) => {
            into.reset(RawKind::Simple(GeometryKind::MultiPoint));
            reader.take(32)?;
            let count = reader.count()?;
            read_values(&mut reader, dims, count, into)?;
            for end in 1..=count as u32 {
                into.path_ends.push(end);
                into.part_ends.push(end);
            }
            Ok(match count {
                0 => Shape::Nothing,
                _ if outside(&into.xy) => Shape::Outside,
                _ => Shape::Whole,
            })
        }
        ShapeType::PolyLine(dims) | ShapeType::Polygon(dims) => {
            reader.take(32)?;
            let (paths, count) = (reader.count()?, reader.count()?);
            let starts = reader.take(paths.checked_mul(4).ok_or(Unread::Damaged)?)?;
            let is_area = matches!(shape, ShapeType::Polygon(_));
            let whole = if is_area {
                scratch.whole.get_or_insert_with(|| RawGeometry::new(RawKind::Simple(GeometryKind::Polygon)))
            } else {
                &mut *into
            };
            whole.reset(RawKind::Simple(GeometryKind::LineString));
            read_values(&mut reader, dims, count, whole)?;
            ranges(starts, count, &mut scratch.rings)?;
            if scratch.rings.is_empty() {
                return Ok(Shape::Nothing);
            }
            if outside(&whole.xy) {
                return Ok(Shape::Outside);
            }
            if is_area {
                return Ok(area(scratch, into));
            }
            for range in &scratch.rings {
                into.path_ends.push(range.end as u32);
                into.end_part();
            }
            if into.part_ends.len() > 1 {
                into.kind = RawKind::Simple(GeometryKind::MultiLineString);
            }
            Ok(Shape::Whole)
        }
    }
}

/// Positions, then heights, then measures where the record is long enough for them.
fn read_values(reader: &mut Reader<'_>, dims: Dims, count: usize, into: &mut RawGeometry) -> Result<(), Unread> {
    reader.positions(count, &mut into.xy)?;
    if dims == Dims::Xyzm {
        reader.ranged(count, &mut into.z)?;
    }
    if dims != Dims::Xy && reader.has(count) {
        reader.ranged(count, &mut into.m)?;
    }
    Ok(())
}

/// The parts of a record as ranges of positions, without empty ones.
fn ranges(starts: &[u8], count: usize, into: &mut Vec<Range<usize>>) -> Result<(), Unread> {
    into.clear();
    let (starts, _) = starts.as_chunks::<4>();
    if starts.is_empty() && count > 0 {
        return Err(Unread::Damaged);
    }
    let mut before = None;
    for end in starts.iter().map(|start| i32::from_le_bytes(*start)).chain([count as i32]) {
        let end = usize::try_from(end).map_err(|_| Unread::Damaged)?;
        match before {
            None if end != 0 => return Err(Unread::Damaged),
            Some(start) if end < start || end > count => return Err(Unread::Damaged),
            Some(start) if end > start => into.push(start..end),
            _ => {}
        }
        before = Some(end);
    }
    Ok(())
}

/// True where the envelope of positions meets a rectangle.
fn meets(xy: &[[f64; 2]], [min_x, min_y, max_x, max_y]: [f64; 4]) -> bool {
    let mut envelope = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for [x, y] in xy {
        envelope = [envelope[0].min(*x), envelope[1].min(*y), envelope[2].max(*x), envelope[3].max(*y)];
    }
    envelope[0] <= max_x && envelope[2] >= min_x && envelope[1] <= max_y && envelope[3] >= min_y
}

/// Makes areas of the rings that were read, each hole with its exterior ring.
fn area(scratch: &mut Scratch, into: &mut RawGeometry) -> Shape {
    let Scratch { whole: Some(whole), rings, grouping } = scratch else { return Shape::Nothing };
    let before = rings.len();
    rings.retain(|ring| has_three_places(&whole.xy[ring.clone()]));
    let mut flaw = (rings.len() < before).then_some(ShapeFlaw::RingLeftOut);
    into.reset(RawKind::Simple(GeometryKind::Polygon));
    if rings.is_empty() {
        return flaw.map_or(Shape::Nothing, Shape::Flawed);
    }
    grouping.group(&whole.xy, rings);
    if !grouping.is_certain {
        flaw = Some(ShapeFlaw::NotGrouped);
    }
    for (at, ring) in grouping.order.iter().enumerate() {
        let range = rings[*ring as usize].clone();
        let is_open = whole.xy[range.start] != whole.xy[range.end - 1];
        let closing = is_open.then_some(range.start);
        if is_open {
            flaw = flaw.or(Some(ShapeFlaw::Closed));
        }
        into.xy.extend_from_slice(&whole.xy[range.clone()]);
        into.xy.extend(closing.map(|first| whole.xy[first]));
        for (from, to) in [(&whole.z, &mut into.z), (&whole.m, &mut into.m)] {
            if !from.is_empty() {
                to.extend_from_slice(&from[range.clone()]);
                to.extend(closing.map(|first| from[first]));
            }
        }
        into.end_path();
        let is_last = grouping.order.get(at + 1).is_none_or(|next| grouping.shell_of[*next as usize] == *next);
        if is_last {
            into.end_part();
        }
    }
    if into.part_ends.len() > 1 {
        into.kind = RawKind::Simple(GeometryKind::MultiPolygon);
    }
    flaw.map_or(Shape::Whole, Shape::Flawed)
}

/// True where a ring has at least three different places.
fn has_three_places(ring: &[[f64; 2]]) -> bool {
    let first = ring[0];
    let Some(second) = ring.iter().find(|place| **place != first) else { return false };
    ring.iter().any(|place| *place != first && place != second)
}
