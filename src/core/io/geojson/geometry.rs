//! Geometry of the model as GeoJSON text.

use super::write::{push_number, rounded_position};
use crate::geodesy::{LonLat, ring_signed_area_m2};
use crate::model::{Geometry, Shape};

/// A geometry as JSON: rounded to what nine decimals hold, rings closed and wound by the right-hand rule.
pub fn geometry_json(geometry: &Geometry) -> serde_json::Value {
    let text = geometry_text(&geometry.clone().map(rounded_position), |_, _| {});
    serde_json::from_slice(&text).unwrap_or_default()
}

/// A geometry object; rings are closed and wound by the right-hand rule. `tail` adds what follows the two coordinates of
/// a position.
pub(super) fn geometry_text(geometry: &Geometry, tail: impl Fn(LonLat, &mut Vec<u8>)) -> Vec<u8> {
    let kind = geometry.kind;
    let position = |out: &mut Vec<u8>, p: &LonLat| {
        out.push(b'[');
        push_number(out, p.lon);
        out.push(b',');
        push_number(out, p.lat);
        tail(*p, out);
        out.push(b']');
    };
    let path = |out: &mut Vec<u8>, path: &[LonLat]| list(out, path, position);
    let ring = |out: &mut Vec<u8>, (i, ring): (usize, &Vec<LonLat>)| {
        let mut closed = ring.clone();
        if let (Some(first), true) = (ring.first(), ring.first() != ring.last()) {
            closed.push(*first);
        }
        if (ring_signed_area_m2(&closed) < 0.0) != (i > 0) {
            closed.reverse();
        }
        path(out, &closed);
    };
    let part = |out: &mut Vec<u8>, part: &Vec<Vec<LonLat>>| match kind.shape() {
        Shape::Points => part.iter().flatten().for_each(|p| position(out, p)),
        Shape::Lines => part.iter().for_each(|line| path(out, line)),
        Shape::Polygons => list(out, part.iter().enumerate(), ring),
    };
    let mut out = format!("{{\"type\":\"{}\",\"coordinates\":", kind.name()).into_bytes();
    if kind.is_multi() {
        list(&mut out, &geometry.parts, part);
    } else {
        geometry.parts.iter().take(1).for_each(|only| part(&mut out, only));
    }
    out.push(b'}');
    out
}

/// A JSON array of what `push` writes of each.
pub(super) fn list<T>(out: &mut Vec<u8>, items: impl IntoIterator<Item = T>, push: impl Fn(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        push(out, item);
    }
    out.push(b']');
}
