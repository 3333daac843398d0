//! Reading well-known binary.

use super::{DEPTH, Fault, Position, Stepper, Taken, WkbError, raw_kind};
use crate::io::formats::RawGeometry;

/// Reads ISO WKB or EWKB into `into` (which is emptied first; its room is kept). `step` is how far a segment may lie beside its
/// arc, in units of coordinates: [`super::STEP_METRES`], [`super::STEP_DEGREES`]. A point of NaN is an empty point. Bytes
/// behind the geometry are left alone.
///
/// # Errors
/// [`WkbError`] where they are no geometry; `into` is of no use then. Cost: one pass; room is taken for no more than the bytes hold,
/// and a million positions for arcs.
pub fn read(bytes: &[u8], step: f64, into: &mut RawGeometry) -> Result<Taken, WkbError> {
    Reader::new(bytes, 0, step).whole(into)
}

/// Reads a GeoPackage's binary geometry (OGC 12-128r18, 2.1.3). Where its header says "empty", it is what its WKB says.
///
/// # Errors
/// As [`read`]; where the header is none.
pub fn read_geopackage(blob: &[u8], step: f64, into: &mut RawGeometry) -> Result<Taken, WkbError> {
    let header = |fault| Err(WkbError { fault, at: 0 });
    let [b'G', b'P', 0, flags, srid @ ..] = blob else {
        return header(Fault::Header);
    };
    let Some(srid) = srid.first_chunk::<4>() else {
        return header(Fault::Short);
    };
    if flags & 0x20 != 0 {
        return header(Fault::Extended);
    }
    let srid = if flags & 1 == 1 { i32::from_le_bytes(*srid) } else { i32::from_be_bytes(*srid) };
    let envelope = match flags >> 1 & 7 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        _ => return header(Fault::Header),
    };
    if blob.len() < 8 + envelope {
        return header(Fault::Short);
    }
    let taken = Reader::new(blob, 8 + envelope, step).whole(into)?;
    Ok(Taken { srid: Some(srid), ..taken })
}

/// What stands before each geometry.
#[derive(Clone, Copy)]
struct Head {
    is_little: bool,
    /// 1 to 17.
    number: u32,
    has_z: bool,
    has_m: bool,
}

impl Head {
    /// Bytes of a position.
    fn stride(self) -> usize {
        16 + 8 * (usize::from(self.has_z) + usize::from(self.has_m))
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    taken: Taken,
    stepper: Stepper,
    /// Positions of an arc string, kept for their room.
    arcs: Vec<Position>,
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8], at: usize, step: f64) -> Self {
        Self { bytes, at, taken: Taken::default(), stepper: Stepper::new(step), arcs: Vec::new() }
    }

    fn whole(mut self, into: &mut RawGeometry) -> Result<Taken, WkbError> {
        self.geometry(into, 0)?;
        self.taken.stepped = self.stepper.stepped;
        self.taken.coarse = self.stepper.coarse;
        Ok(self.taken)
    }

    fn fault<T>(&self, fault: Fault) -> Result<T, WkbError> {
        Err(WkbError { fault, at: self.at })
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], WkbError> {
        match self.at.checked_add(length).and_then(|end| self.bytes.get(self.at..end)) {
            Some(taken) => {
                self.at += length;
                Ok(taken)
            }
            None => self.fault(Fault::Short),
        }
    }

    fn u32(&mut self, is_little: bool) -> Result<u32, WkbError> {
        let bytes = self.take(4)?;
        let bytes = [bytes[0], bytes[1], bytes[2], bytes[3]];
        Ok(if is_little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) })
    }

    /// A count of things of at least `size` bytes, which must be there.
    fn count(&mut self, head: Head, size: usize) -> Result<usize, WkbError> {
        let count = self.u32(head.is_little)? as usize;
        if count.checked_mul(size).is_none_or(|needed| needed > self.bytes.len() - self.at) {
            self.at -= 4;
            return self.fault(Fault::Short);
        }
        Ok(count)
    }

    /// Members of a geometry: each has at least an order, a type and a count.
    fn members(&mut self, head: Head) -> Result<usize, WkbError> {
        self.count(head, 9)
    }

    fn head(&mut self) -> Result<Head, WkbError> {
        let from = self.at;
        let order = self.take(1)?[0];
        if order > 1 {
            self.at = from;
            return self.fault(Fault::Order(order));
        }
        let is_little = order == 1;
        let code = self.u32(is_little)?;
        // EWKB has flags in the highest bits, ISO has thousands; old programs write both.
        let mut number = code & 0x0FFF_FFFF;
        let (mut has_z, mut has_m) = (code & 0x8000_0000 != 0, code & 0x4000_0000 != 0);
        if code & 0x2000_0000 != 0 {
            let srid = self.u32(is_little)? as i32;
            self.taken.srid.get_or_insert(srid);
        }
        if (1000..4000).contains(&number) {
            has_z |= matches!(number / 1000, 1 | 3);
            has_m |= number >= 2000;
            number %= 1000;
        }
        if raw_kind(number).is_none() || code & 0x1000_0000 != 0 {
            self.at = from;
            return self.fault(Fault::Kind(code));
        }
        Ok(Head { is_little, number, has_z, has_m })
    }

    fn geometry(&mut self, into: &mut RawGeometry, depth: usize) -> Result<(), WkbError> {
        let head = self.head()?;
        if let Some(kind) = raw_kind(head.number) {
            into.reset(kind);
        }
        match head.number {
            1 => self.point(head, into).map(|_| ())?,
            2 | 8 | 9 => {
                self.curve(head, into)?;
                if !into.xy.is_empty() {
                    into.end_path();
                    into.end_part();
                }
            }
            3 | 10 | 17 => self.polygon(head, into)?,
            7 if depth >= DEPTH => return self.fault(Fault::Depth),
            7 => {
                for _ in 0..self.members(head)? {
                    let mut member = RawGeometry::new(into.kind);
                    self.geometry(&mut member, depth + 1)?;
                    into.members.push(member);
                }
            }
            _ => self.multi(head, into)?,
        }
        pad(into);
        Ok(())
    }

    /// The members of a multi-geometry, or of a surface of polygons.
    fn multi(&mut self, head: Head, into: &mut RawGeometry) -> Result<(), WkbError> {
        self.taken.surface |= matches!(head.number, 15 | 16);
        for _ in 0..self.members(head)? {
            let at = self.at;
            let member = self.head()?;
            let before = into.xy.len();
            match (head.number, member.number) {
                (4, 1) => {
                    self.point(member, into)?;
                }
                (5 | 11, 2 | 8 | 9) => {
                    self.curve(member, into)?;
                    if into.xy.len() > before {
                        into.end_path();
                        into.end_part();
                    }
                }
                (6 | 12 | 15 | 16, 3 | 10 | 17) => self.polygon(member, into)?,
                _ => return Err(WkbError { fault: Fault::Member(member.number), at }),
            }
            self.taken.empty_parts |= into.xy.len() == before;
        }
        Ok(())
    }

    /// A point as a part; none for NaN.
    fn point(&mut self, head: Head, into: &mut RawGeometry) -> Result<(), WkbError> {
        let position = self.position(head)?;
        if position[0].is_nan() && position[1].is_nan() {
            return Ok(());
        }
        self.push(head, position, into)?;
        into.end_path();
        into.end_part();
        Ok(())
    }

    /// A polygon as a part; none where it has no ring with positions.
    fn polygon(&mut self, head: Head, into: &mut RawGeometry) -> Result<(), WkbError> {
        let rings = if head.number == 10 { self.members(head)? } else { self.count(head, 4)? };
        let mut has_exterior = false;
        for ring in 0..rings {
            let from = into.xy.len();
            if head.number == 10 {
                let at = self.at;
                let member = self.head()?;
                if !matches!(member.number, 2 | 8 | 9) {
                    return Err(WkbError { fault: Fault::Member(member.number), at });
                }
                self.curve(member, into)?;
            } else {
                self.positions(head, into)?;
            }
            let Some(last) = into.xy.get(from..).and_then(<[_]>::last) else {
                self.taken.empty_parts = true;
                continue;
            };
            if ring > 0 && !has_exterior {
                return self.fault(Fault::Exterior);
            }
            has_exterior = true;
            self.taken.closed |= *last != into.xy[from];
            close_ring(into, from);
            into.end_path();
        }
        if has_exterior {
            into.end_part();
        }
        Ok(())
    }

    /// The positions of a line string, an arc string or a compound curve.
    fn curve(&mut self, head: Head, into: &mut RawGeometry) -> Result<(), WkbError> {
        match head.number {
            2 => self.positions(head, into),
            8 => self.arcs(head, into),
            _ => {
                for _ in 0..self.members(head)? {
                    let at = self.at;
                    let member = self.head()?;
                    if !matches!(member.number, 2 | 8) {
                        return Err(WkbError { fault: Fault::Member(member.number), at });
                    }
                    // Each begins where the one before ends.
                    let joint = into.xy.len();
                    let goes_on = joint > into.path_ends.last().map_or(0, |end| *end as usize);
                    self.curve(member, into)?;
                    if goes_on && into.xy.len() > joint && into.xy[joint] == into.xy[joint - 1] {
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
        }
    }

    fn arcs(&mut self, head: Head, into: &mut RawGeometry) -> Result<(), WkbError> {
        let at = self.at;
        let count = self.count(head, head.stride())?;
        let mut arcs = std::mem::take(&mut self.arcs);
        arcs.clear();
        for _ in 0..count {
            arcs.push(self.position(head)?);
        }
        if count > 0 && (count < 3 || count % 2 == 0) {
            return Err(WkbError { fault: Fault::Arc, at });
        }
        if let Some(first) = arcs.first() {
            self.push(head, *first, into)?;
        }
        for start in (0..count.saturating_sub(2)).step_by(2) {
            let [from, via, to] = [arcs[start], arcs[start + 1], arcs[start + 2]];
            if [via, to].iter().any(|position| !position[0].is_finite() || !position[1].is_finite()) {
                return Err(WkbError { fault: Fault::NotFinite, at });
            }
            self.stepper.arc(from, via, to, |position| put(head.has_z, head.has_m, position, into));
        }
        self.arcs = arcs;
        Ok(())
    }

    fn position(&mut self, head: Head) -> Result<Position, WkbError> {
        let bytes = self.take(head.stride())?;
        let number = |i: usize| number(bytes, i, head.is_little);
        let z = if head.has_z { number(2) } else { f64::NAN };
        let m = if head.has_m { number(2 + usize::from(head.has_z)) } else { f64::NAN };
        Ok([number(0), number(1), z, m])
    }

    fn push(&mut self, head: Head, position: Position, into: &mut RawGeometry) -> Result<(), WkbError> {
        if !position[0].is_finite() || !position[1].is_finite() {
            return self.fault(Fault::NotFinite);
        }
        put(head.has_z, head.has_m, position, into);
        Ok(())
    }

    /// A counted run of positions.
    fn positions(&mut self, head: Head, into: &mut RawGeometry) -> Result<(), WkbError> {
        let stride = head.stride();
        let count = self.count(head, stride)?;
        let at = self.at;
        let bytes = self.take(count * stride)?;
        let from = into.xy.len();
        if head.is_little {
            into.xy.extend(bytes.chunks_exact(stride).map(|p| [number(p, 0, true), number(p, 1, true)]));
        } else {
            into.xy.extend(bytes.chunks_exact(stride).map(|p| [number(p, 0, false), number(p, 1, false)]));
        }
        if !into.xy[from..].iter().all(|[x, y]| x.is_finite() && y.is_finite()) {
            return Err(WkbError { fault: Fault::NotFinite, at });
        }
        let mut place = 2;
        for (has, more) in [(head.has_z, &mut into.z), (head.has_m, &mut into.m)] {
            if has {
                more.resize(from, f64::NAN);
                more.extend(bytes.chunks_exact(stride).map(|p| number(p, place, head.is_little)));
                place += 1;
            }
        }
        Ok(())
    }
}

/// The number at a place of a position.
#[inline]
fn number(bytes: &[u8], place: usize, is_little: bool) -> f64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[place * 8..place * 8 + 8]);
    if is_little { f64::from_le_bytes(eight) } else { f64::from_be_bytes(eight) }
}

/// Adds a position; heights and measures that were not there before are NaN.
pub(in crate::io::formats) fn put(has_z: bool, has_m: bool, position: Position, into: &mut RawGeometry) {
    let before = into.xy.len();
    into.xy.push([position[0], position[1]]);
    for (has, more, value) in [(has_z, &mut into.z, position[2]), (has_m, &mut into.m, position[3])] {
        if has {
            more.resize(before, f64::NAN);
            more.push(value);
        }
    }
}

/// Repeats the first position of the ring that begins at `from`, where it is not its last one already.
pub(in crate::io::formats) fn close_ring(into: &mut RawGeometry, from: usize) {
    if into.xy.last() != into.xy.get(from) {
        let first = |more: &[f64]| more.get(from).copied().unwrap_or(f64::NAN);
        let position = [into.xy[from][0], into.xy[from][1], first(&into.z), first(&into.m)];
        put(!into.z.is_empty(), !into.m.is_empty(), position, into);
    }
}

/// Heights and measures for all positions or for none.
pub(in crate::io::formats) fn pad(into: &mut RawGeometry) {
    let positions = into.xy.len();
    for more in [&mut into.z, &mut into.m] {
        if !more.is_empty() {
            more.resize(positions, f64::NAN);
        }
    }
}
