//! Geometries of rows as well-known binary (OGC 06-103r4, little-endian, two coordinates), and back, with all their bits.

use shanshui_core::geodesy::LonLat;
use shanshui_core::model::{Geometries, GeometryKind, Part};

/// What bytes cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("byte {at} of a geometry: {what}")]
pub struct WkbError {
    /// The byte.
    pub at: usize,
    /// What is wrong with it.
    pub what: &'static str,
}

/// The number of a kind in well-known binary.
fn code(kind: GeometryKind) -> u32 {
    match kind {
        GeometryKind::Point => 1,
        GeometryKind::LineString => 2,
        GeometryKind::Polygon => 3,
        GeometryKind::MultiPoint => 4,
        GeometryKind::MultiLineString => 5,
        GeometryKind::MultiPolygon => 6,
    }
}

/// The kind of each part of a kind, where it holds several.
fn of_parts(kind: GeometryKind) -> Option<GeometryKind> {
    match kind {
        GeometryKind::MultiPoint => Some(GeometryKind::Point),
        GeometryKind::MultiLineString => Some(GeometryKind::LineString),
        GeometryKind::MultiPolygon => Some(GeometryKind::Polygon),
        _ => None,
    }
}

/// Writes a geometry of these parts; false where it has none that well-known binary could say (nothing is written then).
pub fn write<'a>(out: &mut Vec<u8>, kind: GeometryKind, parts: impl Iterator<Item = Part<'a>> + Clone) -> bool {
    let before = out.len();
    let is_written = match of_parts(kind) {
        Some(single) => {
            head(out, kind);
            count(out, parts.clone().count());
            parts.clone().all(|part| part_of(out, single, &part))
        }
        None => {
            let mut all = parts.clone();
            all.next().is_some_and(|part| part_of(out, kind, &part)) && all.next().is_none()
        }
    };
    if !is_written {
        out.truncate(before);
    }
    is_written
}

fn head(out: &mut Vec<u8>, kind: GeometryKind) {
    out.push(1);
    out.extend_from_slice(&code(kind).to_le_bytes());
}

fn count(out: &mut Vec<u8>, number: usize) {
    out.extend_from_slice(&(number as u32).to_le_bytes());
}

fn positions(out: &mut Vec<u8>, all: &[LonLat]) {
    for p in all {
        out.extend_from_slice(&p.lon.to_le_bytes());
        out.extend_from_slice(&p.lat.to_le_bytes());
    }
}

fn part_of(out: &mut Vec<u8>, kind: GeometryKind, part: &Part<'_>) -> bool {
    let mut paths = part.paths();
    head(out, kind);
    match kind {
        GeometryKind::Polygon => {
            count(out, paths.clone().count());
            for ring in paths {
                count(out, ring.len());
                positions(out, ring);
            }
            true
        }
        GeometryKind::LineString => match (paths.next(), paths.next()) {
            (Some(path), None) => {
                count(out, path.len());
                positions(out, path);
                true
            }
            _ => false,
        },
        _ => match (paths.next(), paths.next()) {
            (Some(point @ [_]), None) => {
                positions(out, point);
                true
            }
            _ => false,
        },
    }
}

struct Bytes<'a> {
    all: &'a [u8],
    at: usize,
}

impl Bytes<'_> {
    fn wrong<T>(&self, what: &'static str) -> Result<T, WkbError> {
        Err(WkbError { at: self.at, what })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], WkbError> {
        match self.all.get(self.at..self.at + N).and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => {
                self.at += N;
                Ok(bytes)
            }
            None => self.wrong("the bytes end too early"),
        }
    }

    fn kind(&mut self) -> Result<GeometryKind, WkbError> {
        if self.take::<1>()? != [1] {
            return self.wrong("another order of bytes");
        }
        Ok(match u32::from_le_bytes(self.take()?) {
            1 => GeometryKind::Point,
            2 => GeometryKind::LineString,
            3 => GeometryKind::Polygon,
            4 => GeometryKind::MultiPoint,
            5 => GeometryKind::MultiLineString,
            6 => GeometryKind::MultiPolygon,
            _ => return self.wrong("a kind of geometry that this program does not write"),
        })
    }

    fn count(&mut self) -> Result<usize, WkbError> {
        Ok(u32::from_le_bytes(self.take()?) as usize)
    }

    fn positions(&mut self, count: usize, to: &mut Geometries) -> Result<(), WkbError> {
        for _ in 0..count {
            let lon = f64::from_le_bytes(self.take()?);
            to.push_position(LonLat::new(lon, f64::from_le_bytes(self.take()?)));
        }
        to.end_path();
        Ok(())
    }

    fn part(&mut self, kind: GeometryKind, to: &mut Geometries) -> Result<(), WkbError> {
        match kind {
            GeometryKind::Polygon => {
                for _ in 0..self.count()? {
                    let count = self.count()?;
                    self.positions(count, to)?;
                }
            }
            GeometryKind::LineString => {
                let count = self.count()?;
                self.positions(count, to)?;
            }
            _ => self.positions(1, to)?,
        }
        to.end_part();
        Ok(())
    }
}

/// Adds a row of a geometry that [`write()`] wrote; an empty one is a row without a geometry.
///
/// # Errors
/// [`WkbError`] where it is none; no row is added then.
pub fn read(bytes: &[u8], to: &mut Geometries) -> Result<(), WkbError> {
    if bytes.is_empty() {
        to.end_row(None);
        return Ok(());
    }
    let mut from = Bytes { all: bytes, at: 0 };
    let read = row(&mut from, to);
    match read {
        Ok(kind) => to.end_row(Some(kind)),
        Err(_) => to.abandon_row(),
    }
    read.map(drop)
}

fn row(from: &mut Bytes<'_>, to: &mut Geometries) -> Result<GeometryKind, WkbError> {
    let kind = from.kind()?;
    match of_parts(kind) {
        Some(single) => {
            for _ in 0..from.count()? {
                if from.kind()? != single {
                    return from.wrong("a part of another kind");
                }
                from.part(single, to)?;
            }
        }
        None => from.part(kind, to)?,
    }
    if from.at == from.all.len() { Ok(kind) } else { from.wrong("more bytes than there should be") }
}
