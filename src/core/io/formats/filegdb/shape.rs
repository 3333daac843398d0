//! Geometries as rows store them (whole numbers of variable length, each the difference to the one before) to [`RawGeometry`].

use super::super::{RawGeometry, RawKind};
use super::cursor::Cursor;
use super::curves::Modifier;
use super::positions::Positions;
use super::rings::Rings;
use super::table::GeometryField;
use crate::model::GeometryKind::{self, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

/// What is to be said of a geometry.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct ShapeDoubts {
    /// Curves were stepped.
    pub(super) has_curves: bool,
    /// Curves were stepped more coarsely than wanted: to this distance, in the file's units.
    pub(super) coarse: Option<f64>,
    /// Curves of a kind that is not described are straight lines here.
    pub(super) has_lost_curves: bool,
    /// It is a multipatch: surfaces in space became areas in the plane.
    pub(super) is_multipatch: bool,
    /// Exterior rings and holes were told by winding.
    pub(super) is_by_winding: bool,
    /// A hole runs the same way round as its exterior ring.
    pub(super) is_same_winding: bool,
    /// A ring was not closed.
    pub(super) was_open: bool,
}

/// Why a geometry cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShapeError {
    /// It ends early, or counts more than it has.
    Damaged,
    /// It is of a type that is not known.
    Unknown(u64),
}

/// Reads the geometries of a table; keeps its room between them.
#[derive(Debug)]
pub(super) struct ShapeReader<'t> {
    pub(super) field: &'t GeometryField,
    /// The greatest distance of a stepped curve from the curve, in the file's units.
    tolerance: f64,
    /// Positions that curves of the table may still become: damaged files must not fill the memory with circles.
    curve_positions: u64,
    pub(super) positions: Positions,
    spare: Positions,
    modifiers: Vec<Modifier>,
    rings: Rings,
    pub(super) doubts: ShapeDoubts,
}

const HAS_CURVES: u64 = 0x2000_0000;
const HAS_M: u64 = 0x4000_0000;
const HAS_Z: u64 = 0x8000_0000;
/// Positions that the curves of one geometry may become.
const CURVES_OF_ROW: u64 = 1 << 21;
/// Positions that the curves of a table may become, beside eight for each of its bytes: 6,500 circles of 500 m.
const CURVES_OF_TABLE: u64 = 1 << 25;

/// What a geometry type says: its family and which values positions have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Type {
    family: Family,
    pub(super) has_z: bool,
    pub(super) has_m: bool,
    has_curves: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Family {
    Null,
    Point,
    Points,
    Lines,
    Areas,
    Patches,
}

impl Type {
    fn of(code: u64) -> Option<Self> {
        let family = match code & 0xFF {
            0 => Family::Null,
            1 | 9 | 11 | 21 | 52 => Family::Point,
            8 | 18 | 20 | 28 | 53 => Family::Points,
            3 | 10 | 13 | 23 | 50 => Family::Lines,
            5 | 15 | 19 | 25 | 51 => Family::Areas,
            31 | 32 | 54 => Family::Patches,
            _ => return None,
        };
        let has_z = code & HAS_Z != 0 || matches!(code & 0xFF, 9 | 10 | 11 | 13 | 15 | 18 | 19 | 20 | 31 | 32);
        let has_m = code & HAS_M != 0 || matches!(code & 0xFF, 11 | 13 | 15 | 18 | 21 | 23 | 25 | 28);
        Some(Self { family, has_z, has_m, has_curves: code & HAS_CURVES != 0 })
    }

    /// Numbers between the count of positions and the envelope.
    fn counts(self) -> usize {
        match self.family {
            Family::Null | Family::Point | Family::Points => 0,
            Family::Lines | Family::Areas => 1 + usize::from(self.has_curves),
            Family::Patches => 2,
        }
    }
}

impl<'t> ShapeReader<'t> {
    /// A reader for a table of so many bytes.
    pub(super) fn new(field: &'t GeometryField, tolerance: f64, bytes: u64) -> Self {
        Self {
            field,
            tolerance,
            curve_positions: CURVES_OF_TABLE.saturating_add(bytes.saturating_mul(8)),
            positions: Positions::default(),
            spare: Positions::default(),
            modifiers: Vec::new(),
            rings: Rings::default(),
            doubts: ShapeDoubts::default(),
        }
    }

    /// Reads one into `out`; false where it is the null geometry. What is to be said of it is in `doubts` afterwards.
    ///
    /// # Errors
    /// See [`ShapeError`].
    pub(super) fn read(&mut self, blob: &[u8], out: &mut RawGeometry) -> Result<bool, ShapeError> {
        self.doubts = ShapeDoubts::default();
        let mut cursor = Cursor::new(blob);
        let code = cursor.varuint().ok_or(ShapeError::Damaged)?;
        let of = Type::of(code).ok_or(ShapeError::Unknown(code))?;
        let read = match of.family {
            Family::Null => return Ok(false),
            Family::Point => self.point(&mut cursor, of, out),
            Family::Points => self.points(&mut cursor, of, out),
            Family::Lines => self.paths(&mut cursor, of, out),
            Family::Areas => self.paths(&mut cursor, of, out),
            Family::Patches => self.patches(&mut cursor, of, out),
        };
        read.map(|()| true).ok_or(ShapeError::Damaged)
    }

    fn point(&mut self, cursor: &mut Cursor<'_>, of: Type, out: &mut RawGeometry) -> Option<()> {
        start(out, Point);
        let (x, y) = (cursor.varuint()?, cursor.varuint()?);
        if x == 0 || y == 0 {
            return Some(()); // the empty point
        }
        let field = self.field;
        out.xy
            .push([(x - 1) as f64 / field.xy_scale + field.x_origin, (y - 1) as f64 / field.xy_scale + field.y_origin]);
        let value = |raw: u64, scale: f64, origin: f64| {
            raw.checked_sub(1).map_or(f64::NAN, |raw| finite(raw as f64 / scale + origin))
        };
        if of.has_z {
            out.z.push(value(cursor.varuint()?, field.z_scale, field.z_origin));
        }
        if of.has_m {
            out.m.push(value(cursor.varuint()?, field.m_scale, field.m_origin));
        }
        drop_absent(&mut out.m);
        out.end_path();
        out.end_part();
        Some(())
    }

    fn points(&mut self, cursor: &mut Cursor<'_>, of: Type, out: &mut RawGeometry) -> Option<()> {
        start(out, MultiPoint);
        let count = cursor.varuint()?;
        if count == 0 {
            return Some(());
        }
        envelope(cursor)?;
        self.read_xy(cursor, count)?;
        self.read_z_m(cursor, of)?;
        self.give(out);
        out.path_ends.extend(1..=out.xy.len() as u32);
        out.part_ends.extend(1..=out.xy.len() as u32);
        Some(())
    }

    fn paths(&mut self, cursor: &mut Cursor<'_>, of: Type, out: &mut RawGeometry) -> Option<()> {
        let is_area = of.family == Family::Areas;
        start(out, if is_area { Polygon } else { LineString });
        let Some((count, parts)) = counts(cursor)? else { return Some(()) };
        let curves = if of.has_curves { cursor.varuint()? } else { 0 };
        envelope(cursor)?;
        self.read_ends(cursor, count, parts)?;
        self.read_xy(cursor, count)?;
        self.read_z_m(cursor, of)?;
        if curves > 0 {
            self.read_curves(cursor, curves);
            self.step_curves();
        }
        if is_area {
            self.doubts.was_open = self.positions.close(&mut self.spare);
        }
        if is_area && self.positions.ends.len() > 1 {
            self.doubts.is_by_winding = !self.rings.group(&self.positions.xy, &self.positions.ends);
            self.doubts.is_same_winding = self.rings.has_hole_of_same_winding();
            if !self.rings.is_in_order() {
                self.positions.reorder(&self.rings.order, &mut self.spare);
            }
            out.part_ends.extend_from_slice(&self.rings.part_ends);
        } else {
            out.part_ends.extend((1..=self.positions.ends.len()).map(|end| end as u32));
        }
        out.path_ends.extend_from_slice(&self.positions.ends);
        self.give(out);
        if out.part_ends.len() > 1 {
            out.kind = RawKind::Simple(if is_area { MultiPolygon } else { MultiLineString });
        }
        Some(())
    }

    /// Ends of parts: their counts, the last of which is what is left. Parts without positions are passed over.
    fn read_ends(&mut self, cursor: &mut Cursor<'_>, count: u64, parts: u64) -> Option<()> {
        let ends = &mut self.positions.ends;
        ends.clear();
        let mut end = 0_u64;
        for _ in 1..parts {
            let of_part = cursor.varuint()?;
            end = end.checked_add(of_part).filter(|end| *end <= count)?;
            if of_part > 0 {
                ends.push(u32::try_from(end).ok()?);
            }
        }
        if end < count {
            ends.push(u32::try_from(count).ok()?);
        }
        Some(())
    }

    fn read_xy(&mut self, cursor: &mut Cursor<'_>, count: u64) -> Option<()> {
        let count = usize::try_from(count).ok().filter(|count| *count <= cursor.left() / 2)?;
        let GeometryField { x_origin, y_origin, xy_scale, .. } = *self.field;
        let xy = &mut self.positions.xy;
        xy.clear();
        xy.reserve(count);
        let (mut x, mut y) = (0_i64, 0_i64);
        for _ in 0..count {
            x = x.checked_add(cursor.varint()?)?;
            y = y.checked_add(cursor.varint()?)?;
            xy.push([x as f64 / xy_scale + x_origin, y as f64 / xy_scale + y_origin]);
        }
        Some(())
    }

    /// Heights and measures of the positions. Raw numbers below 0 mean that there is none; a single byte 0x42 (-2) in place of
    /// the measures that there are none at all.
    pub(super) fn read_z_m(&mut self, cursor: &mut Cursor<'_>, of: Type) -> Option<()> {
        let count = self.positions.xy.len();
        let read = |cursor: &mut Cursor<'_>, values: &mut Vec<f64>, scale: f64, origin: f64| {
            values.reserve(count);
            let mut raw = 0_i64;
            for _ in 0..count {
                raw = raw.checked_add(cursor.varint()?)?;
                values.push(if raw < 0 { f64::NAN } else { finite(raw as f64 / scale + origin) });
            }
            Some(())
        };
        let GeometryField { z_scale, z_origin, m_scale, m_origin, .. } = *self.field;
        self.positions.z.clear();
        self.positions.m.clear();
        if of.has_z {
            read(cursor, &mut self.positions.z, z_scale, z_origin)?;
        }
        if of.has_m {
            if cursor.peek() == Some(0x42) {
                cursor.u8();
            } else if cursor.left() >= count {
                read(cursor, &mut self.positions.m, m_scale, m_origin)?;
                drop_absent(&mut self.positions.m);
            }
        }
        Some(())
    }

    fn read_curves(&mut self, cursor: &mut Cursor<'_>, count: u64) {
        self.modifiers.clear();
        for _ in 0..count {
            match Modifier::read(cursor) {
                Some(modifier) => self.modifiers.push(modifier),
                None => {
                    self.doubts.has_lost_curves = true;
                    break;
                }
            }
        }
        self.modifiers.sort_by_key(|modifier| modifier.start);
    }

    /// Puts positions on the curves between positions.
    fn step_curves(&mut self) {
        let room = CURVES_OF_ROW.min(self.curve_positions);
        let stepped = self.positions.step(&mut self.modifiers, self.tolerance, room, &mut self.spare);
        self.curve_positions = self.curve_positions.saturating_sub(stepped.added);
        self.doubts.has_curves = stepped.has_curves;
        self.doubts.has_lost_curves |= stepped.has_lost;
        self.doubts.coarse = stepped.coarse;
    }

    /// Gives the positions away, for the room of those given before.
    fn give(&mut self, out: &mut RawGeometry) {
        std::mem::swap(&mut out.xy, &mut self.positions.xy);
        std::mem::swap(&mut out.z, &mut self.positions.z);
        std::mem::swap(&mut out.m, &mut self.positions.m);
    }

    fn patches(&mut self, cursor: &mut Cursor<'_>, of: Type, out: &mut RawGeometry) -> Option<()> {
        self.doubts.is_multipatch = true;
        start(out, Polygon);
        let count = cursor.varuint()?;
        if count == 0 {
            return Some(());
        }
        let (_size, parts) = (cursor.varuint()?, cursor.varuint()?);
        if parts == 0 {
            return Some(());
        }
        envelope(cursor)?;
        self.read_ends(cursor, count, parts)?;
        let types: Vec<u64> = (0..parts.min(cursor.left() as u64 + 1))
            .map(|_| cursor.varuint().map(|of| of & 15))
            .collect::<Option<_>>()?;
        // Parts without positions have a type too; then types and parts no longer go together.
        if types.len() != self.positions.ends.len() {
            return None;
        }
        self.read_xy(cursor, count)?;
        self.read_z_m(cursor, of)?;
        super::patches::areas(&self.positions, &types, out)?;
        if out.part_ends.len() > 1 {
            out.kind = RawKind::Simple(MultiPolygon);
        }
        Some(())
    }
}

/// The envelope of a geometry in raw numbers from the file's origin: min x, min y, max x, max y. `None` where it has none, or does not
/// say it.
pub(super) fn raw_envelope(blob: &[u8]) -> Option<[u64; 4]> {
    let mut cursor = Cursor::new(blob);
    let of = Type::of(cursor.varuint()?)?;
    match of.family {
        Family::Null => None,
        Family::Point => {
            let (x, y) = (cursor.varuint()?.checked_sub(1)?, cursor.varuint()?.checked_sub(1)?);
            Some([x, y, x, y])
        }
        _ => {
            cursor.varuint().filter(|count| *count > 0)?;
            for _ in 0..of.counts() {
                cursor.varuint()?;
            }
            envelope(&mut cursor)
        }
    }
}

fn envelope(cursor: &mut Cursor<'_>) -> Option<[u64; 4]> {
    let [x, y, width, height] = [cursor.varuint()?, cursor.varuint()?, cursor.varuint()?, cursor.varuint()?];
    Some([x, y, x.saturating_add(width), y.saturating_add(height)])
}

/// Counts of positions and parts; `Some(None)` where there is none.
fn counts(cursor: &mut Cursor<'_>) -> Option<Option<(u64, u64)>> {
    let count = cursor.varuint()?;
    if count == 0 {
        return Some(None);
    }
    let parts = cursor.varuint()?;
    // Each part but the last takes a byte for its count.
    (parts <= cursor.left() as u64).then_some((parts > 0).then_some((count, parts)))
}

fn start(out: &mut RawGeometry, kind: GeometryKind) {
    out.reset(RawKind::Simple(kind));
}

fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}

/// Leaves no values where no position has one.
fn drop_absent(values: &mut Vec<f64>) {
    if values.iter().all(|value| value.is_nan()) {
        values.clear();
    }
}
