//! Geometry made from geometry by a planner's hand: split, joined, taken away, reshaped, turned, simplified.
//!
//! Corners that stay keep their positions to a billionth of a degree; edges are straight in the local plane.

use super::overlay::{Contour, Operation, Plane, Winding, polygons_area_m2};
use super::repair::{as_written, closed};
use crate::geodesy::{LocalFrame, LonLat, LonLatBox, azimuth_deg, destination, distance_m, side_of_line};
use crate::index::IndexedLayer;
use crate::io::geojson::{SEPARATOR, made, rounded_position};
use crate::io::{ReadOptions, read_layer_bytes};
use crate::model::{Geometry, GeometryKind, Layer, Shape};
use crate::progress::Progress;
use geo::Simplify;
use geo::geometry::{Coord, LineString};
use i_overlay::core::fill_rule::FillRule;
use i_overlay::string::slice::IntSlice;
use rayon::prelude::*;
use std::sync::Arc;

/// A layer of one feature.
pub fn layer_of(geometry: &Geometry) -> Option<IndexedLayer> {
    match made(geometry, &[]) {
        Ok(crate::model::Edited::Feature(layer, _)) => Some(IndexedLayer::new(layer)),
        _ => None,
    }
}

/// A layer of the parts of an area, each a feature of its own: what is held against it meets the parts near by alone.
pub fn layer_of_parts(area: &Geometry) -> Option<IndexedLayer> {
    if area.parts.len() < 2 || area.kind.shape() != Shape::Polygons {
        return layer_of(area);
    }
    let mut text = br#"{"type":"FeatureCollection","features":["#.to_vec();
    for (i, part) in area.parts.iter().enumerate() {
        let alone = made(&Geometry { kind: GeometryKind::Polygon, parts: vec![part.clone()] }, &[]).ok()?;
        text.extend_from_slice(if i > 0 { SEPARATOR } else { b"" });
        text.extend_from_slice(alone.text()?);
    }
    text.extend_from_slice(b"]}");
    let layer = read_layer_bytes(&text, "", &ReadOptions::default(), &Progress::default()).ok()?;
    Some(IndexedLayer::new(Arc::new(layer)))
}

/// The rings of an area on a plane.
fn contours(plane: &Plane, geometry: &Geometry) -> Vec<Contour> {
    let part = |part: &Vec<Vec<LonLat>>| -> Vec<Contour> {
        let ring = |(i, ring): (usize, &Vec<LonLat>)| {
            plane.contour(ring, if i == 0 { Winding::CounterClockwise } else { Winding::Clockwise })
        };
        part.iter().enumerate().map(ring).collect()
    };
    geometry.parts.iter().flat_map(part).collect()
}

fn bounds<'a>(geometries: impl IntoIterator<Item = &'a Geometry>) -> LonLatBox {
    geometries.into_iter().fold(LonLatBox::EMPTY, |all, geometry| all.union(geometry.bounds()))
}

/// The pieces that a line cuts an area or a line into, largest first; none where it does not go through. Parts that it does
/// not cut stay with the largest. The line's own ends may lie inside: they cut nothing.
pub fn split(geometry: &Geometry, line: &[LonLat]) -> Vec<Geometry> {
    match geometry.kind.shape() {
        Shape::Points => Vec::new(),
        Shape::Polygons => split_area(geometry, line),
        Shape::Lines => split_line(geometry, line),
    }
}

fn split_area(geometry: &Geometry, line: &[LonLat]) -> Vec<Geometry> {
    let plane = Plane::about(&geometry.bounds());
    let path: Vec<_> = line.iter().map(|p| plane.point(*p)).collect();
    let (mut pieces, mut uncut): (Vec<Geometry>, _) = (Vec::new(), Vec::new());
    for part in &geometry.parts {
        let alone = Geometry { kind: GeometryKind::Polygon, parts: vec![part.clone()] };
        let cut = contours(&plane, &alone).slice_by_path(&path, FillRule::NonZero);
        let cut: Vec<Geometry> =
            plane.positions(&cut).into_iter().filter_map(|rings| as_written(vec![rings])).collect();
        if cut.len() < 2 {
            uncut.push(part.clone());
        } else {
            pieces.extend(cut);
        }
    }
    let ground = |g: &Geometry| polygons_area_m2(&g.parts.iter().map(|part| open(part)).collect::<Vec<_>>());
    pieces.sort_by(|a, b| ground(b).total_cmp(&ground(a)));
    with_uncut(pieces, uncut, GeometryKind::MultiPolygon)
}

/// Pieces, the first of which has the parts that were not cut besides.
fn with_uncut(mut pieces: Vec<Geometry>, uncut: Vec<Vec<Vec<LonLat>>>, kind: GeometryKind) -> Vec<Geometry> {
    if let Some(largest) = pieces.first_mut().filter(|_| !uncut.is_empty()) {
        largest.parts.extend(uncut);
        largest.kind = kind;
    }
    pieces
}

/// Rings without their repeated last position.
fn open(part: &[Vec<LonLat>]) -> Vec<Vec<LonLat>> {
    part.iter().map(|ring| ring[..ring.len().saturating_sub(1)].to_vec()).collect()
}

/// Where two edges cross, as shares along each; `None` where they do not, or run along one another. An end that lies on
/// the other counts.
fn crossing([a, b]: [LonLat; 2], [c, d]: [LonLat; 2]) -> Option<(f64, f64)> {
    let (from_a, from_b) = (side_of_line(c, d, a), side_of_line(c, d, b));
    let (from_c, from_d) = (side_of_line(a, b, c), side_of_line(a, b, d));
    let apart = |x: f64, y: f64| (x > 0.0 && y > 0.0) || (x < 0.0 && y < 0.0) || (x == 0.0 && y == 0.0);
    if apart(from_a, from_b) || apart(from_c, from_d) {
        return None;
    }
    Some((from_a / (from_a - from_b), from_c / (from_c - from_d)))
}

fn between(a: LonLat, b: LonLat, share: f64) -> LonLat {
    match share {
        0.0 => a,
        1.0 => b,
        share => rounded_position(a.lerp(b, share)),
    }
}

/// Where a line crosses a path: the path's edge and the share along it, the line's edge and its share; in the line's
/// order.
fn crossings(path: &[LonLat], line: &[LonLat]) -> Vec<((usize, f64), (usize, f64))> {
    let mut found = Vec::new();
    for (k, cut) in line.windows(2).enumerate() {
        for (i, edge) in path.windows(2).enumerate() {
            if let Some((along, across)) = crossing([edge[0], edge[1]], [cut[0], cut[1]]) {
                found.push(((i, along), (k, across)));
            }
        }
    }
    found.sort_by(|(_, a), (_, b)| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    found
}

fn split_line(geometry: &Geometry, line: &[LonLat]) -> Vec<Geometry> {
    let (mut pieces, mut uncut): (Vec<Vec<LonLat>>, _) = (Vec::new(), Vec::new());
    for path in geometry.parts.iter().flatten() {
        let before = pieces.len();
        let mut cuts: Vec<(usize, f64)> = crossings(path, line).into_iter().map(|(at, _)| at).collect();
        cuts.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let (mut piece, mut next) = (vec![path[0]], 1);
        for (i, share) in cuts {
            piece.extend_from_slice(&path[next..=i.max(next - 1)]);
            let at = between(path[i], path[i + 1], share);
            next = i + 1;
            piece.push(at);
            piece.dedup();
            if piece.len() >= 2 {
                pieces.push(std::mem::replace(&mut piece, vec![at]));
            }
        }
        piece.extend_from_slice(&path[next..]);
        piece.dedup();
        if piece.len() >= 2 {
            pieces.push(piece);
        }
        if pieces.len() < before + 2 {
            pieces.truncate(before);
            uncut.push(vec![path.clone()]);
        }
    }
    let mut pieces: Vec<Geometry> =
        pieces.into_iter().map(|path| Geometry { kind: GeometryKind::LineString, parts: vec![vec![path]] }).collect();
    let length = |g: &Geometry| crate::geodesy::path_length_m(&g.parts[0][0]);
    pieces.sort_by(|a, b| length(b).total_cmp(&length(a)));
    with_uncut(pieces, uncut, GeometryKind::MultiLineString)
}

/// Features joined to one: areas to the ground that any covers, lines and points side by side. `None` where they are of
/// different shapes, or have no ground.
pub fn merged(geometries: &[Geometry]) -> Option<Geometry> {
    let shape = geometries.first()?.kind.shape();
    if geometries.iter().any(|g| g.kind.shape() != shape) {
        return None;
    }
    let kind = match shape {
        Shape::Polygons => {
            let plane = Plane::about(&bounds(geometries));
            let all: Vec<Contour> = geometries.iter().flat_map(|g| contours(&plane, g)).collect();
            return as_written(plane.overlay(&all, &[], Operation::Union));
        }
        Shape::Lines => GeometryKind::MultiLineString,
        Shape::Points => GeometryKind::MultiPoint,
    };
    Some(Geometry { kind, parts: geometries.iter().flat_map(|g| g.parts.iter().cloned()).collect() })
}

/// The ground of an area that none of the others covers; `None` where nothing is left, or it is no area.
pub fn without(geometry: &Geometry, others: &[Geometry]) -> Option<Geometry> {
    if geometry.kind.shape() != Shape::Polygons {
        return None;
    }
    let plane = Plane::about(&geometry.bounds());
    let areas = others.iter().filter(|g| g.kind.shape() == Shape::Polygons);
    let clip: Vec<Contour> = areas.flat_map(|g| contours(&plane, g)).collect();
    as_written(plane.overlay(&contours(&plane, geometry), &clip, Operation::Difference))
}

/// A path or a border led along a line between the first and the last place where the line crosses it; the part of a
/// border that leaves the larger area stays. `None` where it crosses less than twice.
pub fn reshaped(geometry: &Geometry, line: &[LonLat]) -> Option<Geometry> {
    let mut new = geometry.clone();
    for path in new.parts.iter_mut().flatten() {
        let found = crossings(path, line);
        let (Some(first), Some(last)) = (found.first(), found.last()) else { continue };
        if first.1 == last.1 {
            continue;
        }
        let at = |(i, share): (usize, f64)| between(path[i], path[i + 1], share);
        let mut way = vec![at(first.0)];
        way.extend(line[first.1.0 + 1..=last.1.0].iter().copied().map(rounded_position));
        way.push(at(last.0));
        let (mut from, mut to) = (first.0, last.0);
        if (to.0, to.1) < (from.0, from.1) {
            way.reverse();
            (from, to) = (to, from);
        }
        let around = [&path[..=from.0], &way[..], &path[to.0 + 1..]].concat();
        *path = match geometry.kind.shape() {
            Shape::Polygons => {
                // The other side of the border: the way back along what the first leaves out.
                let other = [&path[from.0 + 1..=to.0], &way.iter().rev().copied().collect::<Vec<_>>()[..]].concat();
                let ground = |ring: &[LonLat]| polygons_area_m2(&[vec![ring.to_vec()]]);
                if ground(&other) > ground(&around[..around.len() - 1]) {
                    closed(other)
                } else {
                    closed(around[..around.len() - 1].to_vec())
                }
            }
            _ => around,
        };
        path.dedup();
        return Some(new);
    }
    None
}

/// The rows of a layer whose geometry meets an area, by geo's predicates.
pub fn meets(layer: &Layer, rows: Vec<usize>, area: &Geometry) -> Vec<usize> {
    use geo::Intersects;
    let area = super::expression::to_geo(area);
    let meets = |row: &usize| {
        layer.geometries.geometry(*row).is_some_and(|own| super::expression::to_geo(&own).intersects(&area))
    };
    rows.into_par_iter().with_min_len(64).filter(meets).collect()
}

/// The geometry turned about a position, clockwise; lengths and angles from there stay on the ellipsoid.
pub fn rotated(geometry: &Geometry, center: LonLat, clockwise_deg: f64) -> Geometry {
    geometry.clone().map(|p| match distance_m(center, p) {
        0.0 => p,
        away_m => rounded_position(destination(center, azimuth_deg(center, p) + clockwise_deg, away_m)),
    })
}

/// The geometry with fewer corners: none that is left out lay further than a tolerance (metres) from what stays
/// (Douglas and Peucker 1973). What would become unusable stays as it is.
pub fn simplified(geometry: &Geometry, tolerance_m: f64) -> Geometry {
    if geometry.kind.shape() == Shape::Points {
        return geometry.clone();
    }
    let frame = LocalFrame::at(geometry.bounds().center());
    let mut new = geometry.clone();
    for path in new.parts.iter_mut().flatten() {
        let flat: LineString =
            path.iter().map(|p| frame.to_xy(*p)).map(|[x, y]| Coord { x, y }).collect::<Vec<_>>().into();
        let kept = flat.simplify(tolerance_m);
        // The corners that stay are the ones that were, not their way there and back.
        let mut own = path.iter().zip(&flat.0);
        let stays = |corner: &Coord| own.by_ref().find(|(_, flat)| *flat == corner).map(|(p, _)| *p);
        let thinner: Vec<LonLat> = kept.0.iter().filter_map(stays).collect();
        let least = if geometry.kind.shape() == Shape::Polygons { 4 } else { 2 };
        if thinner.len() >= least {
            *path = thinner;
        }
    }
    let is_usable =
        |g: &Geometry| matches!(made(g, &[]), Ok(crate::model::Edited::Feature(layer, _)) if !layer.unusable[0]);
    if is_usable(&new) { new } else { geometry.clone() }
}

/// An area with a hole more, where the ring lies inside it; an area or path or position more as a part, where it lies
/// beside the others. `None` where it does not.
pub fn with_hole(geometry: &Geometry, ring: &[LonLat]) -> Option<Geometry> {
    use geo::Relate;
    let hole = Geometry { kind: GeometryKind::Polygon, parts: vec![vec![ring.to_vec()]] };
    let inside = super::expression::to_geo(&hole).relate(&super::expression::to_geo(geometry)).is_coveredby();
    inside.then(|| without(geometry, &[hole])).flatten()
}

/// A geometry with the parts of another of the same shape; areas must lie beside one another.
pub fn with_part(geometry: &Geometry, part: &Geometry) -> Option<Geometry> {
    use geo::Relate;
    if geometry.kind.shape() != part.kind.shape() {
        return None;
    }
    let kind = match part.kind.shape() {
        Shape::Points => GeometryKind::MultiPoint,
        Shape::Lines => GeometryKind::MultiLineString,
        Shape::Polygons => {
            let [own, new] = [geometry, part].map(super::expression::to_geo);
            let matrix = own.relate(&new);
            if matrix.is_intersects() && !matrix.is_touches() {
                return None;
            }
            if matrix.is_touches() {
                return merged(&[geometry.clone(), part.clone()]);
            }
            GeometryKind::MultiPolygon
        }
    };
    Some(Geometry { kind, parts: geometry.parts.iter().chain(&part.parts).cloned().collect() })
}

#[cfg(test)]
mod tests;
