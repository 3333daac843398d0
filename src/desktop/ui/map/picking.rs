//! What lies under the cursor: the topmost feature within a few points of it.

use super::camera::Camera;
use super::scene::Shown;
use super::style::{Emphasis, is_filled};
use crate::geodesy::{LonLat, LonLatBox};
use crate::index::contains;
use crate::model::{Layer, Shape};
use crate::session::Key;
use eframe::egui::{Pos2, Rect, Vec2};
use std::collections::HashMap;

/// A feature on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Its layer or answer.
    pub key: Key,
    /// Its row.
    pub row: usize,
}

/// How near the cursor must be, points.
const REACH: f32 = 6.0;

/// The topmost feature under `at`.
pub fn pick(shown: &[Shown], camera: &Camera, view: Rect, at: Pos2) -> Option<Hit> {
    let place = Place::of(camera, view, at);
    let pointed_at = shown.iter().rev().filter(|s| s.emphasis.is_pointed_at());
    pointed_at.into_iter().find_map(|s| place.nearest(s).first().map(|(row, _)| Hit { key: s.key, row: *row }))
}

/// As [`pick`]; where nothing lies there, the topmost area that holds the place and is drawn as an outline: what a click
/// means, while pointing does not name it all over its ground.
pub fn pick_or_ground(shown: &[Shown], camera: &Camera, view: Rect, at: Pos2) -> Option<Hit> {
    pick(shown, camera, view, at).or_else(|| grounds(shown, camera, view, at).next())
}

/// Everything that lies under `at`, the topmost first: what is within reach, then the areas drawn as outlines that hold the
/// place.
pub fn under(shown: &[Shown], camera: &Camera, view: Rect, at: Pos2) -> Vec<Hit> {
    let place = Place::of(camera, view, at);
    let mut hits: Vec<Hit> = Vec::new();
    for s in shown.iter().rev().filter(|s| s.emphasis.is_pointed_at()) {
        hits.extend(place.nearest(s).into_iter().take(MOST_UNDER).map(|(row, _)| Hit { key: s.key, row }));
    }
    for ground in grounds(shown, camera, view, at) {
        if !hits.contains(&ground) {
            hits.push(ground);
        }
    }
    hits.truncate(MOST_UNDER);
    hits
}

/// Features that a place leads to one after another at most.
const MOST_UNDER: usize = 24;

/// Areas that hold a place, the topmost first.
fn grounds<'a>(shown: &'a [Shown], camera: &Camera, view: Rect, at: Pos2) -> impl Iterator<Item = Hit> + 'a {
    let here = camera.world_from_screen(view, at);
    let place = LonLatBox { min: here, max: here };
    shown.iter().rev().filter(|s| s.emphasis.is_pointed_at()).flat_map(move |s| {
        let layer = s.indexed.layer();
        let holds = move |row: &usize| {
            let is_area = layer.geometries.kind(*row).is_some_and(|kind| kind.shape() == Shape::Polygons);
            is_area && s.shows(*row) && contains(layer, *row, here)
        };
        s.indexed.shown_rows_at_hand(&place).into_iter().flatten().filter(holds).map(|row| Hit { key: s.key, row })
    })
}

/// A place of the screen.
struct Place<'a> {
    camera: &'a Camera,
    view: Rect,
    at: Pos2,
    area: LonLatBox,
    here: LonLat,
}

impl<'a> Place<'a> {
    fn of(camera: &'a Camera, view: Rect, at: Pos2) -> Self {
        let around = Rect::from_center_size(at, Vec2::splat(REACH * 2.0));
        let area = LonLatBox {
            min: camera.world_from_screen(view, around.left_bottom()),
            max: camera.world_from_screen(view, around.right_top()),
        };
        Self { camera, view, at, area, here: camera.world_from_screen(view, at) }
    }

    /// Rows of what is within reach, the nearest first, with how near they are in points.
    fn nearest(&self, s: &Shown) -> Vec<(usize, f32)> {
        let layer = s.indexed.layer();
        // What is drawn as an outline is picked by its outline: the ground inside it belongs to what lies below.
        let filled = s.emphasis != Emphasis::Plain || is_filled(s.role);
        let rows = s.indexed.shown_rows_at_hand(&self.area).unwrap_or_default();
        // Of long borders only what is near is looked at.
        let borders = is_long(s).then(|| Borders::near(s, &self.area, self.camera, self.view, self.at));
        let inside = filled.then_some(self.here);
        let measure = |row: usize| match &borders {
            Some(borders) if !layer.unusable[row] => borders.distance(layer, row, inside),
            _ => distance(layer, row, self.camera, self.view, self.at, inside),
        };
        let rows = rows.into_iter().filter(|row| s.shows(*row));
        let mut near: Vec<(usize, f32)> = rows.filter_map(|row| Some((row, measure(row)?))).collect();
        near.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
        near
    }
}

/// Borders of layers of more positions than this are asked of their tree, once it is built.
const LONG: usize = 20_000;

fn is_long(what: &Shown) -> bool {
    what.indexed.has_edges() && what.indexed.layer().geometries.position_count() > LONG
}

/// How near the borders of features are, of those that are near.
struct Borders(HashMap<usize, f32>);

impl Borders {
    fn near(what: &Shown, area: &LonLatBox, camera: &Camera, view: Rect, at: Pos2) -> Self {
        let layer = what.indexed.layer();
        let mut near: HashMap<usize, f32> = HashMap::new();
        what.indexed.runs_in(area, |run, _| {
            let mut before: Option<Pos2> = None;
            for p in run.of(layer) {
                let here = camera.screen_from_world(view, *p);
                let distance = before.map_or_else(|| here.distance(at), |from| to_segment(at, from, here));
                before = Some(here);
                let least = near.entry(run.row as usize).or_insert(f32::INFINITY);
                *least = least.min(distance);
            }
        });
        Self(near)
    }

    fn distance(&self, layer: &Layer, row: usize, inside: Option<LonLat>) -> Option<f32> {
        let is_area = layer.geometries.kind(row)?.shape() == Shape::Polygons;
        if is_area && inside.is_some_and(|here| contains(layer, row, here)) {
            return Some(0.0);
        }
        self.0.get(&row).copied().filter(|distance| *distance <= REACH)
    }
}

/// Points from the cursor to a feature, where it is within reach: 0 where an area holds `inside`.
fn distance(layer: &Layer, row: usize, camera: &Camera, view: Rect, at: Pos2, inside: Option<LonLat>) -> Option<f32> {
    let shape = layer.geometries.kind(row)?.shape();
    let on_screen = |p: &LonLat| camera.screen_from_world(view, *p);
    let nearest = match shape {
        Shape::Polygons if inside.is_some_and(|here| contains(layer, row, here)) => 0.0,
        Shape::Points => {
            layer.geometries.positions_of(row).iter().map(|p| on_screen(p).distance(at)).fold(f32::INFINITY, f32::min)
        }
        Shape::Lines | Shape::Polygons => layer
            .geometries
            .paths(row)
            .flat_map(|path| path.windows(2))
            .map(|edge| to_segment(at, on_screen(&edge[0]), on_screen(&edge[1])))
            .fold(f32::INFINITY, f32::min),
    };
    (nearest <= REACH).then_some(nearest)
}

fn to_segment(p: Pos2, a: Pos2, b: Pos2) -> f32 {
    let along = b - a;
    let t = if along.length_sq() > 0.0 { ((p - a).dot(along) / along.length_sq()).clamp(0.0, 1.0) } else { 0.0 };
    p.distance(a + along * t)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::IndexedLayer;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::model::Role;
    use crate::progress::Progress;
    use eframe::egui::vec2;
    use std::sync::Arc;

    fn square(key: u64, role: Role, half: f64) -> Shown {
        let [a, b] = [-half, half];
        let text =
            format!(r#"{{"type":"Polygon","coordinates":[[[{a},{a}],[{b},{a}],[{b},{b}],[{a},{b}],[{a},{a}]]]}}"#);
        let layer = read_layer_bytes(text.as_bytes(), "s.geojson", &ReadOptions::default(), &Progress::default());
        let indexed = Arc::new(IndexedLayer::new(Arc::new(layer.expect("readable"))));
        Shown::plain(Key(key), indexed, Some(role), Emphasis::Plain)
    }

    #[test]
    fn a_click_means_the_ground_of_an_outline_only_where_nothing_else_lies() {
        let shown = [square(1, Role::Park, 0.1), square(2, Role::Town, 1.0)];
        let camera = Camera { center: LonLat::new(0.0, 0.0), scale: 100.0 };
        let view = Rect::from_min_size(Pos2::ZERO, vec2(400.0, 400.0));
        let at = |x: f32, y: f32| Pos2::new(200.0 + x, 200.0 + y);
        let key = |hit: Option<Hit>| hit.map(|hit| hit.key.0);
        let both = |p: Pos2| [pick, pick_or_ground].map(|pick| key(pick(&shown, &camera, view, p)));
        assert_eq!(both(at(0.0, 0.0)), [Some(1), Some(1)], "a park in the town");
        assert_eq!(both(at(50.0, 50.0)), [None, Some(2)], "in the town");
        assert_eq!(both(at(99.0, 0.0)), [Some(2), Some(2)], "on its border");
        assert_eq!(both(at(150.0, 0.0)), [None, None]);
        let all = |p: Pos2| under(&shown, &camera, view, p).into_iter().map(|hit| hit.key.0).collect::<Vec<_>>();
        assert_eq!(all(at(0.0, 0.0)), [1, 2], "the park, then the town that it lies in");
        assert_eq!(all(at(50.0, 50.0)), [2]);
        assert!(all(at(150.0, 0.0)).is_empty());
    }
}
