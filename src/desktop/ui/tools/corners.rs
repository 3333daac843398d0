//! The corners of the feature chosen: handles to drag, to add one between two, to take one out. Neighbours that share a
//! corner move with it.

use crate::geodesy::{LonLat, LonLatBox};
use crate::io::geojson::rounded_position;
use crate::model::{Geometry, Layer, Shape};
use crate::ui::map::camera::Camera;
use eframe::egui::{Pos2, Rect};

/// How near a handle must be, points.
const REACH: f32 = 9.0;
/// Edges shorter than this on the screen have no handle in their middle, points.
const ROOM: f32 = 28.0;
/// More handles than this in sight say nothing.
pub const MOST_HANDLES: usize = 4_000;

/// A corner of a geometry: part, path, number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Corner {
    /// The part.
    pub part: usize,
    /// The path in the part.
    pub path: usize,
    /// The position in the path.
    pub number: usize,
}

/// A handle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Handle {
    /// The corner; where `is_middle`, the one that would follow the new one.
    pub corner: Corner,
    /// In the middle of an edge: dragged, it becomes a corner.
    pub is_middle: bool,
    /// Where it stands.
    pub at: LonLat,
}

/// The handles of a geometry in sight; `None` where there are too many.
pub fn handles(geometry: &Geometry, camera: &Camera, view: Rect) -> Option<Vec<Handle>> {
    let in_sight = camera.visible(view.expand(REACH));
    let closed = geometry.kind.shape() == Shape::Polygons;
    let mut handles = Vec::new();
    for (part, paths) in geometry.parts.iter().enumerate() {
        for (path, positions) in paths.iter().enumerate() {
            // A ring's last position is its first.
            let corners = if closed { positions.len().saturating_sub(1) } else { positions.len() };
            for (number, at) in positions.iter().enumerate() {
                let corner = Corner { part, path, number };
                if number < corners && in_sight.contains(*at) {
                    handles.push(Handle { corner, is_middle: false, at: *at });
                }
                if number > 0 {
                    let before = positions[number - 1];
                    let middle = LonLat::new((before.lon + at.lon) / 2.0, (before.lat + at.lat) / 2.0);
                    let [a, b] = [before, *at].map(|p| camera.screen_from_world(view, p));
                    if in_sight.contains(middle) && a.distance(b) >= ROOM {
                        handles.push(Handle { corner, is_middle: true, at: middle });
                    }
                }
                if handles.len() > MOST_HANDLES {
                    return None;
                }
            }
        }
    }
    Some(handles)
}

/// The handle under the cursor, corners before middles.
pub fn handle_at(handles: &[Handle], camera: &Camera, view: Rect, at: Pos2) -> Option<Handle> {
    let distance = |handle: &Handle| camera.screen_from_world(view, handle.at).distance(at);
    let near = handles.iter().filter(|handle| distance(handle) <= REACH);
    near.min_by(|a, b| a.is_middle.cmp(&b.is_middle).then(distance(a).total_cmp(&distance(b)))).copied()
}

/// The geometry with a handle put elsewhere: a corner moved, or one more.
pub fn with_handle_at(geometry: &Geometry, handle: Handle, to: LonLat) -> Geometry {
    let mut moved = geometry.clone();
    let Corner { part, path, number } = handle.corner;
    let positions = &mut moved.parts[part][path];
    let to = rounded_position(to);
    if handle.is_middle {
        positions.insert(number, to);
        return moved;
    }
    let closed = geometry.kind.shape() == Shape::Polygons;
    positions[number] = to;
    if let (true, 0, Some(last)) = (closed, number, positions.last_mut()) {
        *last = to;
    }
    moved
}

/// The geometry without a corner; `None` where too few would be left.
pub fn without_corner(geometry: &Geometry, corner: Corner) -> Option<Geometry> {
    let mut less = geometry.clone();
    let positions = &mut less.parts[corner.part][corner.path];
    let (closed, least) = match geometry.kind.shape() {
        Shape::Polygons => (true, 5),
        Shape::Lines => (false, 3),
        Shape::Points => return None,
    };
    if positions.len() < least {
        return None;
    }
    positions.remove(corner.number);
    if let (true, 0) = (closed, corner.number) {
        positions.pop();
        positions.push(positions[0]);
    }
    Some(less)
}

/// The geometry moved as it is, by degrees.
pub fn moved(geometry: &Geometry, by: [f64; 2]) -> Geometry {
    geometry.clone().map(|p| rounded_position(LonLat::new(p.lon + by[0], p.lat + by[1])))
}

/// Other rows of a layer with a corner at `from`, with that corner at `to`: towns and control units share theirs.
pub fn neighbours_moved(layer: &Layer, rows: &[usize], row: usize, from: LonLat, to: LonLat) -> Vec<(usize, Geometry)> {
    let to = rounded_position(to);
    let at = LonLatBox { min: from, max: from };
    let others = rows.iter().filter(|other| **other != row && layer.geometries.bounds(**other).intersects(&at));
    let shares = others.filter(|other| layer.geometries.positions_of(**other).contains(&from));
    shares
        .filter_map(|other| {
            let geometry = layer.geometries.geometry(*other)?;
            Some((*other, geometry.map(|p| if p == from { to } else { p })))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::GeometryKind;

    fn square() -> Geometry {
        let ring = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)];
        let ring = ring.iter().map(|(lon, lat)| LonLat::new(*lon, *lat)).collect();
        Geometry { kind: GeometryKind::Polygon, parts: vec![vec![ring]] }
    }

    fn corner(number: usize) -> Corner {
        Corner { part: 0, path: 0, number }
    }

    #[test]
    fn rings_stay_closed() {
        let to = LonLat::new(-1.0, -1.0);
        for number in 0..4 {
            let handle = Handle { corner: corner(number), is_middle: false, at: LonLat::default() };
            let ring = &with_handle_at(&square(), handle, to).parts[0][0];
            assert_eq!((ring.first(), ring.len(), ring[number]), (ring.last(), 5, to));
            let ring = &without_corner(&square(), corner(number)).expect("four corners").parts[0][0];
            assert_eq!((ring.first(), ring.len()), (ring.last(), 4));
            assert!(!ring.contains(&square().parts[0][0][number]));
        }
        for number in 1..5 {
            let handle = Handle { corner: corner(number), is_middle: true, at: LonLat::default() };
            let ring = &with_handle_at(&square(), handle, to).parts[0][0];
            assert_eq!((ring.first(), ring.len(), ring[number]), (ring.last(), 6, to));
        }
        let triangle = without_corner(&square(), corner(1)).expect("four corners");
        assert_eq!(without_corner(&triangle, corner(1)), None);
    }

    #[test]
    fn a_corner_is_taken_before_the_middle_of_an_edge() {
        let view = Rect::from_min_size(Pos2::ZERO, eframe::egui::vec2(400.0, 400.0));
        let camera = Camera { center: LonLat::new(0.5, 0.5), scale: 100.0 };
        let all = handles(&square(), &camera, view).expect("few");
        assert_eq!((all.len(), all.iter().filter(|h| h.is_middle).count()), (8, 4));
        let at = camera.screen_from_world(view, LonLat::new(1.0, 1.0));
        let handle = handle_at(&all, &camera, view, at).expect("there");
        assert_eq!((handle.corner.number, handle.is_middle), (2, false));
        let between = camera.screen_from_world(view, LonLat::new(1.0, 0.5));
        assert!(handle_at(&all, &camera, view, between).expect("there").is_middle);
        assert_eq!(handle_at(&all, &camera, view, Pos2::ZERO), None);
    }
}
