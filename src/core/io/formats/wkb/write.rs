//! Writing well-known binary: little endian, ISO types for heights and measures.

use super::envelope;
use crate::io::formats::{RawGeometry, RawKind};
use crate::model::GeometryKind;

/// How heights and measures are told.
#[derive(Clone, Copy)]
enum Flavour {
    /// Thousands: 1003 is a polygon with heights.
    Iso,
    /// Bits, and the SRID before the first geometry alone.
    Extended,
}

/// Appends a geometry as ISO WKB. An empty point is NaN; a geometry of a single kind with several parts is written as the multiple kind.
pub fn write(geometry: &RawGeometry, into: &mut Vec<u8>) {
    whole(geometry, Flavour::Iso, None, into);
}

/// Appends a geometry as PostGIS's EWKB, with an SRID where one is given.
pub fn write_ewkb(geometry: &RawGeometry, srid: Option<i32>, into: &mut Vec<u8>) {
    whole(geometry, Flavour::Extended, srid, into);
}

/// Appends a geometry as a GeoPackage's binary with its envelope (none for points, as others do, and for empty ones).
pub fn write_geopackage(geometry: &RawGeometry, srs_id: i32, into: &mut Vec<u8>) {
    let around = envelope(geometry);
    let is_point = geometry.kind == RawKind::Simple(GeometryKind::Point);
    let around = around.filter(|_| !is_point || geometry.xy.len() > 1);
    let empty = if geometry.is_empty() { 0x10 } else { 0 };
    let envelope_kind = if around.is_some() { 0x02 } else { 0 };
    into.extend_from_slice(&[b'G', b'P', 0, 0x01 | envelope_kind | empty]);
    into.extend_from_slice(&srs_id.to_le_bytes());
    if let Some([min_x, min_y, max_x, max_y]) = around {
        for side in [min_x, max_x, min_y, max_y] {
            into.extend_from_slice(&side.to_le_bytes());
        }
    }
    write(geometry, into);
}

/// Which of heights and measures are written.
#[derive(Clone, Copy)]
struct Dimensions {
    z: bool,
    m: bool,
}

impl Dimensions {
    /// Those of a geometry or any of its members: a collection and its members agree.
    fn of(geometry: &RawGeometry) -> Self {
        let own = Self { z: !geometry.z.is_empty(), m: !geometry.m.is_empty() };
        geometry.members.iter().map(Self::of).fold(own, |a, b| Self { z: a.z || b.z, m: a.m || b.m })
    }
}

fn whole(geometry: &RawGeometry, flavour: Flavour, srid: Option<i32>, into: &mut Vec<u8>) {
    put(geometry, Dimensions::of(geometry), flavour, srid, into);
}

fn head(number: u32, has: Dimensions, flavour: Flavour, srid: Option<i32>, into: &mut Vec<u8>) {
    let code = match flavour {
        Flavour::Iso => number + 1000 * u32::from(has.z) + 2000 * u32::from(has.m),
        Flavour::Extended => {
            let flags = [(has.z, 0x8000_0000), (has.m, 0x4000_0000), (srid.is_some(), 0x2000_0000)];
            flags.iter().filter(|(is_set, _)| *is_set).fold(number, |code, (_, bit)| code | bit)
        }
    };
    into.push(1);
    into.extend_from_slice(&code.to_le_bytes());
    if let Some(srid) = srid {
        into.extend_from_slice(&srid.to_le_bytes());
    }
}

fn count(count: usize, into: &mut Vec<u8>) {
    into.extend_from_slice(&(count as u32).to_le_bytes());
}

fn positions(geometry: &RawGeometry, range: std::ops::Range<usize>, has: Dimensions, into: &mut Vec<u8>) {
    if !has.z && !has.m {
        into.reserve(range.len() * 16);
        for number in geometry.xy[range].as_flattened() {
            into.extend_from_slice(&number.to_le_bytes());
        }
        return;
    }
    for i in range {
        let at = |more: &[f64]| more.get(i).copied().unwrap_or(f64::NAN);
        let position = [
            Some(geometry.xy[i][0]),
            Some(geometry.xy[i][1]),
            has.z.then(|| at(&geometry.z)),
            has.m.then(|| at(&geometry.m)),
        ];
        for number in position.into_iter().flatten() {
            into.extend_from_slice(&number.to_le_bytes());
        }
    }
}

fn put(geometry: &RawGeometry, has: Dimensions, flavour: Flavour, srid: Option<i32>, into: &mut Vec<u8>) {
    let RawKind::Simple(kind) = geometry.kind else {
        head(7, has, flavour, srid, into);
        count(geometry.members.len(), into);
        for member in &geometry.members {
            put(member, has, flavour, None, into);
        }
        return;
    };
    let many = geometry.part_ends.len() > 1;
    match kind {
        GeometryKind::Point if !many => {
            head(1, has, flavour, srid, into);
            if geometry.xy.is_empty() {
                let numbers = 2 + usize::from(has.z) + usize::from(has.m);
                into.extend(std::iter::repeat_n(f64::NAN.to_le_bytes(), numbers).flatten());
            } else {
                positions(geometry, 0..1, has, into);
            }
        }
        GeometryKind::LineString if !many => {
            head(2, has, flavour, srid, into);
            count(geometry.xy.len(), into);
            positions(geometry, 0..geometry.xy.len(), has, into);
        }
        GeometryKind::Polygon if !many => {
            head(3, has, flavour, srid, into);
            rings(geometry, geometry.parts().next().unwrap_or_default(), has, into);
        }
        GeometryKind::Point | GeometryKind::MultiPoint => {
            head(4, has, flavour, srid, into);
            count(geometry.xy.len(), into);
            for i in 0..geometry.xy.len() {
                head(1, has, flavour, None, into);
                positions(geometry, i..i + 1, has, into);
            }
        }
        GeometryKind::LineString | GeometryKind::MultiLineString => {
            head(5, has, flavour, srid, into);
            count(geometry.path_ends.len(), into);
            for path in geometry.parts().flatten() {
                head(2, has, flavour, None, into);
                count(path.len(), into);
                positions(geometry, path, has, into);
            }
        }
        GeometryKind::Polygon | GeometryKind::MultiPolygon => {
            head(6, has, flavour, srid, into);
            count(geometry.part_ends.len(), into);
            for part in geometry.parts() {
                head(3, has, flavour, None, into);
                rings(geometry, part, has, into);
            }
        }
    }
}

fn rings(geometry: &RawGeometry, part: Vec<std::ops::Range<usize>>, has: Dimensions, into: &mut Vec<u8>) {
    count(part.len(), into);
    for ring in part {
        count(ring.len(), into);
        positions(geometry, ring, has, into);
    }
}
