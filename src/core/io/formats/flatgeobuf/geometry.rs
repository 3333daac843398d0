//! Geometries of FlatGeobuf features, read and built.

use super::flat::{Broken, Builder, Slot, Table};
use crate::i18n::{Said, tr};
use crate::io::formats::wkb::{Position, Stepper, Taken, close_ring, pad, put, raw_kind};
use crate::io::formats::{RawGeometry, RawKind};
use crate::model::GeometryKind;
use std::ops::Range;

/// Collections nest so deep at most.
const DEPTH: usize = 32;

/// Why a geometry cannot be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The buffer leads out of itself: the file is damaged.
    Broken,
    /// A type that is not known, or does not belong there.
    Kind(u8),
    /// Ends of paths are not in order, or leave positions over.
    Ends,
    /// Collections nest deeper than 32, or share members without end.
    Depth,
    /// A coordinate is no finite number.
    NotFinite,
    /// An arc string with an even number of positions.
    Arc,
}

impl From<Broken> for Fault {
    fn from(Broken: Broken) -> Self {
        Self::Broken
    }
}

impl Fault {
    /// The cause in both languages, without an end stop.
    pub(super) fn said(self) -> Said {
        Said::told(|lang| {
            match self {
                Self::Broken => tr!(lang, "format.flatgeobuf.geometry_broken"),
                Self::Kind(kind) => tr!(lang, "format.flatgeobuf.geometry_kind", kind = kind),
                Self::Ends => tr!(lang, "format.flatgeobuf.geometry_ends"),
                Self::Depth => tr!(lang, "format.flatgeobuf.geometry_depth"),
                Self::NotFinite => tr!(lang, "format.flatgeobuf.geometry_not_finite"),
                Self::Arc => tr!(lang, "format.flatgeobuf.geometry_arc"),
            }
            .into_owned()
        })
    }
}

/// Reads a geometry of a feature into `into` (which is emptied first). `kind` is the file's type, 0 where each has its own;
/// `size` is the feature's in bytes; `step` as in [`crate::io::formats::wkb::read`].
pub(super) fn read(
    table: &Table<'_>,
    kind: u8,
    size: usize,
    step: f64,
    into: &mut RawGeometry,
) -> Result<Taken, Fault> {
    // A position takes 16 bytes and a part 8: parts that are shared could otherwise ask for any number.
    let mut reader =
        Reader { positions: size / 16, parts: size / 8, stepper: Stepper::new(step), taken: Taken::default() };
    reader.geometry(table, kind, into, 0)?;
    reader.taken.stepped = reader.stepper.stepped;
    reader.taken.coarse = reader.stepper.coarse;
    Ok(reader.taken)
}

struct Reader {
    /// Positions that may still come.
    positions: usize,
    /// Parts that may still come.
    parts: usize,
    stepper: Stepper,
    taken: Taken,
}

/// Positions of a table: as they lie in it.
struct Run<'a> {
    xy: &'a [u8],
    z: &'a [u8],
    m: &'a [u8],
}

impl Run<'_> {
    fn len(&self) -> usize {
        self.xy.len() / 16
    }

    fn at(&self, i: usize) -> Position {
        let more = |bytes: &[u8]| if bytes.is_empty() { f64::NAN } else { number(bytes, i) };
        [number(self.xy, 2 * i), number(self.xy, 2 * i + 1), more(self.z), more(self.m)]
    }
}

#[inline]
fn number(bytes: &[u8], i: usize) -> f64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[i * 8..i * 8 + 8]);
    f64::from_le_bytes(eight)
}

impl Reader {
    fn geometry(&mut self, table: &Table<'_>, kind: u8, into: &mut RawGeometry, depth: usize) -> Result<(), Fault> {
        let kind = if kind == 0 { table.u8(6, 0)? } else { kind };
        into.reset(raw_kind(u32::from(kind)).ok_or(Fault::Kind(kind))?);
        match kind {
            7 => {
                if depth >= DEPTH {
                    return Err(Fault::Depth);
                }
                for part in self.parts_of(table)? {
                    let mut member = RawGeometry::new(into.kind);
                    self.geometry(&part?, 0, &mut member, depth + 1)?;
                    into.members.push(member);
                }
            }
            1 | 4 => self.points(table, kind, into)?,
            2 | 8 | 9 => {
                self.curve(table, kind, into)?;
                if !into.xy.is_empty() {
                    into.end_path();
                    into.end_part();
                }
            }
            5 => self.lines(table, into)?,
            3 | 10 | 17 => self.polygon(table, kind, into)?,
            _ => self.multi(table, kind, into)?,
        }
        pad(into);
        Ok(())
    }

    /// The parts of a table, counted.
    fn parts_of<'a>(&mut self, table: &Table<'a>) -> Result<Vec<Result<Table<'a>, Broken>>, Fault> {
        let parts = table.tables(7)?;
        self.parts = self.parts.checked_sub(parts.len()).ok_or(Fault::Depth)?;
        Ok(parts.iter().collect())
    }

    /// The positions of a table, counted and seen to be finite (NaN is let through for points).
    fn run<'a>(&mut self, table: &Table<'a>) -> Result<Run<'a>, Fault> {
        let (xy, z, m) = (table.vector(1, 8)?, table.vector(2, 8)?, table.vector(3, 8)?);
        let positions = xy.len() / 16;
        self.positions = self.positions.checked_sub(positions).ok_or(Fault::Depth)?;
        let fits = |more: &[u8]| more.is_empty() || more.len() == positions * 8;
        if xy.len() % 16 != 0 || !fits(z) || !fits(m) {
            return Err(Fault::Ends);
        }
        Ok(Run { xy, z, m })
    }

    /// Adds positions of a run.
    fn add(&mut self, run: &Run<'_>, range: Range<usize>, into: &mut RawGeometry) -> Result<(), Fault> {
        let from = into.xy.len();
        let bytes = &run.xy[range.start * 16..range.end * 16];
        into.xy.extend(bytes.chunks_exact(16).map(|p| [number(p, 0), number(p, 1)]));
        if !into.xy[from..].iter().all(|[x, y]| x.is_finite() && y.is_finite()) {
            return Err(Fault::NotFinite);
        }
        for (bytes, more) in [(run.z, &mut into.z), (run.m, &mut into.m)] {
            if !bytes.is_empty() {
                more.resize(from, f64::NAN);
                more.extend(bytes[range.start * 8..range.end * 8].chunks_exact(8).map(|n| number(n, 0)));
            }
        }
        Ok(())
    }

    /// Where paths end: one path where nothing is said.
    fn paths(table: &Table<'_>, positions: usize) -> Result<Vec<Range<usize>>, Fault> {
        let ends = table.vector(0, 4)?;
        if ends.len() <= 4 {
            return Ok(if positions == 0 { Vec::new() } else { std::iter::once(0..positions).collect() });
        }
        let mut from = 0;
        let mut paths = Vec::with_capacity(ends.len() / 4);
        for end in ends.chunks_exact(4) {
            let end = u32::from_le_bytes([end[0], end[1], end[2], end[3]]) as usize;
            if end < from || end > positions {
                return Err(Fault::Ends);
            }
            paths.push(std::mem::replace(&mut from, end)..end);
        }
        if from == positions { Ok(paths) } else { Err(Fault::Ends) }
    }

    fn points(&mut self, table: &Table<'_>, kind: u8, into: &mut RawGeometry) -> Result<(), Fault> {
        let run = self.run(table)?;
        if kind == 1 && run.len() > 1 {
            return Err(Fault::Ends);
        }
        for i in 0..run.len() {
            let position = run.at(i);
            if position[0].is_nan() && position[1].is_nan() {
                self.taken.empty_parts |= kind == 4;
                continue;
            }
            self.add(&run, i..i + 1, into)?;
            into.end_path();
            into.end_part();
        }
        Ok(())
    }

    fn lines(&mut self, table: &Table<'_>, into: &mut RawGeometry) -> Result<(), Fault> {
        let run = self.run(table)?;
        for path in Self::paths(table, run.len())? {
            if path.is_empty() {
                self.taken.empty_parts = true;
                continue;
            }
            self.add(&run, path, into)?;
            into.end_path();
            into.end_part();
        }
        Ok(())
    }

    /// Ends a ring that begins at `from`.
    fn end_ring(&mut self, from: usize, into: &mut RawGeometry) {
        if into.xy.len() == from {
            self.taken.empty_parts = true;
            return;
        }
        self.taken.closed |= into.xy.last() != into.xy.get(from);
        close_ring(into, from);
        into.end_path();
    }

    /// A polygon as a part; of a TIN each ring is one.
    fn polygon(&mut self, table: &Table<'_>, kind: u8, into: &mut RawGeometry) -> Result<(), Fault> {
        let before = into.path_ends.len();
        if kind == 10 {
            for part in self.parts_of(table)? {
                let (part, from) = (part?, into.xy.len());
                self.curve(&part, part.u8(6, 0)?, into)?;
                self.end_ring(from, into);
            }
        } else {
            let run = self.run(table)?;
            for path in Self::paths(table, run.len())? {
                let from = into.xy.len();
                self.add(&run, path, into)?;
                self.end_ring(from, into);
                if kind == 16 && into.xy.len() > from {
                    into.end_part();
                }
            }
        }
        if kind != 16 && into.path_ends.len() > before {
            into.end_part();
        }
        Ok(())
    }

    /// A multi-geometry of parts: polygons (also as surfaces) or curves.
    fn multi(&mut self, table: &Table<'_>, kind: u8, into: &mut RawGeometry) -> Result<(), Fault> {
        self.taken.surface |= matches!(kind, 15 | 16);
        let parts = self.parts_of(table)?;
        if parts.is_empty() {
            // A single polygon under a multipolygon's name; the triangles of a TIN.
            return self.polygon(table, if kind == 16 { 16 } else { 3 }, into);
        }
        for part in parts {
            let part = part?;
            let own = part.u8(6, 0)?;
            let before = into.xy.len();
            match (kind, own) {
                (6 | 15 | 16, 0 | 3 | 17) | (12, 3 | 10 | 17) => self.polygon(&part, own, into)?,
                (11, 2 | 8 | 9) => {
                    self.curve(&part, own, into)?;
                    if into.xy.len() > before {
                        into.end_path();
                        into.end_part();
                    }
                }
                _ => return Err(Fault::Kind(own)),
            }
            self.taken.empty_parts |= into.xy.len() == before;
        }
        Ok(())
    }

    /// The positions of a line string, an arc string or a compound curve.
    fn curve(&mut self, table: &Table<'_>, kind: u8, into: &mut RawGeometry) -> Result<(), Fault> {
        match kind {
            2 => {
                let run = self.run(table)?;
                self.add(&run, 0..run.len(), into)
            }
            8 => {
                let run = self.run(table)?;
                let count = run.len();
                if count > 0 && (count < 3 || count % 2 == 0) {
                    return Err(Fault::Arc);
                }
                self.add(&run, 0..count.min(1), into)?;
                for from in (0..count.saturating_sub(2)).step_by(2) {
                    let [a, b, c] = [run.at(from), run.at(from + 1), run.at(from + 2)];
                    if [b, c].iter().any(|position| !position[0].is_finite() || !position[1].is_finite()) {
                        return Err(Fault::NotFinite);
                    }
                    let (has_z, has_m) = (!run.z.is_empty(), !run.m.is_empty());
                    self.stepper.arc(a, b, c, |position| put(has_z, has_m, position, into));
                }
                Ok(())
            }
            9 => {
                let start = into.xy.len();
                for part in self.parts_of(table)? {
                    let (part, joint) = (part?, into.xy.len());
                    let own = part.u8(6, 0)?;
                    if !matches!(own, 2 | 8) {
                        return Err(Fault::Kind(own));
                    }
                    self.curve(&part, own, into)?;
                    // Each begins where the one before ends.
                    if joint > start && into.xy.len() > joint && into.xy[joint] == into.xy[joint - 1] {
                        into.xy.remove(joint);
                        for more in [&mut into.z, &mut into.m] {
                            if more.len() > joint {
                                more.remove(joint);
                            }
                        }
                    }
                }
                Ok(())
            }
            other => Err(Fault::Kind(other)),
        }
    }
}

/// The type's number for a geometry; one of a single kind with several parts counts as the multiple kind, and every one where
/// `as_multi` is set.
pub(super) fn number_of(geometry: &RawGeometry, as_multi: bool) -> u8 {
    let many = as_multi || geometry.part_ends.len() > 1;
    match geometry.kind {
        RawKind::Collection => 7,
        RawKind::Simple(GeometryKind::Point) if !many => 1,
        RawKind::Simple(GeometryKind::LineString) if !many => 2,
        RawKind::Simple(GeometryKind::Polygon) if !many => 3,
        RawKind::Simple(GeometryKind::Point | GeometryKind::MultiPoint) => 4,
        RawKind::Simple(GeometryKind::LineString | GeometryKind::MultiLineString) => 5,
        RawKind::Simple(GeometryKind::Polygon | GeometryKind::MultiPolygon) => 6,
    }
}

/// Builds the table of a geometry, to which `place` leads.
pub(super) fn build(geometry: &RawGeometry, as_multi: bool, place: usize, builder: &mut Builder<'_>) {
    let number = number_of(geometry, as_multi);
    if number == 7 {
        // Empty members are left out: other programs cannot read them.
        let members: Vec<_> = geometry.members.iter().filter(|member| !member.is_empty()).collect();
        let [.., parts_at] = table(builder, place, number, [false; 4], !members.is_empty());
        if !members.is_empty() {
            let places = builder.offsets(parts_at, members.len());
            for (member, place) in members.into_iter().zip(places) {
                build(member, false, place, builder);
            }
        }
        return;
    }
    if number == 6 {
        let parts: Vec<_> = geometry.parts().collect();
        let [.., parts_at] = table(builder, place, number, [false; 4], !parts.is_empty());
        if !parts.is_empty() {
            let places = builder.offsets(parts_at, parts.len());
            for (paths, place) in parts.into_iter().zip(places) {
                positions(geometry, &paths, 3, place, builder);
            }
        }
        return;
    }
    let paths: Vec<_> = geometry.parts().flatten().collect();
    // Paths of points are the points themselves: nothing has to be said of where they end.
    let paths = if number == 1 || number == 4 { std::iter::once(0..geometry.xy.len()).collect() } else { paths };
    positions(geometry, &paths, number, place, builder);
}

/// A table of the type with the fields wanted: ends, xy, z, m; the last place is that of its parts.
fn table(builder: &mut Builder<'_>, place: usize, number: u8, has: [bool; 4], has_parts: bool) -> [usize; 8] {
    let slot = |has| if has { Slot::Offset } else { Slot::Absent };
    let [ends, xy, z, m] = has.map(slot);
    builder.table(place, [ends, xy, z, m, Slot::Absent, Slot::Absent, Slot::U8(number), slot(has_parts)])
}

/// A table of paths that follow each other.
fn positions(geometry: &RawGeometry, paths: &[Range<usize>], number: u8, place: usize, builder: &mut Builder<'_>) {
    let range = paths.first().map_or(0, |path| path.start)..paths.last().map_or(0, |path| path.end);
    let is_there = !range.is_empty();
    let (has_z, has_m) = (is_there && !geometry.z.is_empty(), is_there && !geometry.m.is_empty());
    let [ends, xy, z, m, ..] = table(builder, place, number, [paths.len() > 1, is_there, has_z, has_m], false);
    if paths.len() > 1 {
        let mut bytes = Vec::with_capacity(4 * paths.len());
        for path in paths {
            bytes.extend_from_slice(&((path.end - range.start) as u32).to_le_bytes());
        }
        builder.vector(ends, 4, &bytes);
    }
    if is_there {
        builder.numbers(xy, geometry.xy[range.clone()].as_flattened());
    }
    for (has, place, numbers) in [(has_z, z, &geometry.z), (has_m, m, &geometry.m)] {
        if let Some(numbers) = numbers.get(range.clone()).filter(|_| has) {
            builder.numbers(place, numbers);
        }
    }
}
