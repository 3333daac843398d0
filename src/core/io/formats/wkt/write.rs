//! Writes a geometry as WKT.

use super::parse::word_of;
use crate::io::formats::{RawGeometry, RawKind};
use crate::model::GeometryKind;
use std::fmt::Write as _;

/// Appends a geometry as WKT of OGC SFA 1.2 (`POINT Z (1 2 3)`), its numbers by the shortest digits that read back the same.
/// A height or measure that is missing at one position becomes `NaN`.
pub fn write_wkt(geometry: &RawGeometry, out: &mut String) {
    out.push_str(word_of(geometry.kind));
    let (z, m) = (!geometry.z.is_empty(), !geometry.m.is_empty());
    match (z, m) {
        (true, true) => out.push_str(" ZM"),
        (true, false) => out.push_str(" Z"),
        (false, true) => out.push_str(" M"),
        (false, false) => {}
    }
    out.push(' ');
    if geometry.kind == RawKind::Collection {
        return list(out, geometry.members.iter(), write_wkt_in);
    }
    if geometry.xy.is_empty() {
        return out.push_str("EMPTY");
    }
    let parts = geometry.parts();
    let kind = match geometry.kind {
        RawKind::Simple(kind) => kind,
        RawKind::Collection => return,
    };
    let path = |range: std::ops::Range<usize>, out: &mut String| {
        list(out, range, |at, out| position(geometry, at, out));
    };
    match kind {
        GeometryKind::Point | GeometryKind::LineString => {
            parts.flatten().take(1).for_each(|range| path(range, out));
        }
        GeometryKind::Polygon => parts.take(1).for_each(|paths| list(out, paths, path)),
        GeometryKind::MultiPoint | GeometryKind::MultiLineString => list(out, parts.flatten(), path),
        GeometryKind::MultiPolygon => list(out, parts, |paths, out| list(out, paths, path)),
    }
}

fn write_wkt_in(geometry: &RawGeometry, out: &mut String) {
    write_wkt(geometry, out);
}

/// Items in brackets; `EMPTY` where there is none.
fn list<T>(out: &mut String, items: impl IntoIterator<Item = T>, each: impl Fn(T, &mut String)) {
    let from = out.len();
    for item in items {
        out.push_str(if out.len() == from { "(" } else { ", " });
        each(item, out);
    }
    out.push_str(if out.len() == from { "EMPTY" } else { ")" });
}

fn position(geometry: &RawGeometry, at: usize, out: &mut String) {
    let Some([x, y]) = geometry.xy.get(at) else { return };
    // Writing to a String does not fail.
    let _ = write!(out, "{x} {y}");
    for values in [&geometry.z, &geometry.m] {
        if let Some(value) = values.get(at) {
            let _ = write!(out, " {value}");
        }
    }
}
