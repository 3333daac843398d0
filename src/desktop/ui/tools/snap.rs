//! Snapping: the corner, the crossing or the place on an edge near the cursor, of any visible layer; else a round position.

use crate::geodesy::{LonLat, LonLatBox};
use crate::session::Key;
use crate::ui::map::camera::Camera;
use crate::ui::map::scene::Shown;
use eframe::egui::{Pos2, Rect, Vec2};
use serde::{Deserialize, Serialize};

/// How near a corner must be to draw the cursor to it, and an edge; points.
const TO_CORNER: f32 = 10.0;
const TO_EDGE: f32 = 7.0;
/// Lines of the grid stand at least so far apart; points.
const GRID: f64 = 14.0;
/// Of more edges than this near the cursor no crossings are looked for.
const MOST_EDGES: usize = 64;

/// What the cursor is drawn to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SnapKind {
    /// A corner, or a point.
    Corner,
    /// Where two edges cross.
    Crossing,
    /// A place on an edge.
    Edge,
    /// A round position.
    Grid,
}

/// What the cursor was drawn to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snap {
    /// The place.
    pub at: LonLat,
    /// What it is.
    pub kind: SnapKind,
    /// Whose.
    pub of: Option<(Key, usize)>,
    /// The edge that it lies on, or that ends there.
    pub edge: Option<[LonLat; 2]>,
}

/// To what the cursor is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapping {
    /// Corners, crossings and edges of visible layers.
    pub features: bool,
    /// Round positions.
    pub grid: bool,
}

impl Default for Snapping {
    fn default() -> Self {
        Self { features: true, grid: false }
    }
}

/// Of layers larger than this nothing is snapped to before the map's thread has built their tree of edges; positions.
const AT_ONCE: usize = 20_000;

/// True where the layer's tree of edges can be asked without waiting for it.
fn is_ready(what: &Shown) -> bool {
    what.indexed.has_edges() || what.indexed.layer().geometries.position_count() <= AT_ONCE
}

/// What is near `at`: a corner before a crossing before an edge before a round position. The row under the planner's
/// hands is passed over.
pub fn snap(
    shown: &[Shown],
    camera: &Camera,
    view: Rect,
    at: Pos2,
    but: Option<(Key, usize)>,
    snapping: Snapping,
) -> Option<Snap> {
    let found = snapping.features.then(|| near(shown, camera, view, at, but)).flatten();
    found.or_else(|| snapping.grid.then(|| on_grid(camera, view, at)))
}

/// An edge near the cursor, and where it stands on the screen.
struct Near {
    of: (Key, usize),
    world: [LonLat; 2],
    screen: [Pos2; 2],
}

fn near(shown: &[Shown], camera: &Camera, view: Rect, at: Pos2, but: Option<(Key, usize)>) -> Option<Snap> {
    let around = Rect::from_center_size(at, Vec2::splat(TO_CORNER * 2.0));
    let area = LonLatBox {
        min: camera.world_from_screen(view, around.left_bottom()),
        max: camera.world_from_screen(view, around.right_top()),
    };
    let mut best: [Option<(f32, Snap)>; 3] = [None; 3];
    let mut nearer = |place: usize, distance: f32, snap: Snap| {
        if best[place].is_none_or(|(least, _)| distance < least) {
            best[place] = Some((distance, snap));
        }
    };
    let mut edges: Vec<Near> = Vec::new();
    for what in shown.iter().filter(|what| what.emphasis.is_pointed_at() && is_ready(what)) {
        let layer = what.indexed.layer();
        what.indexed.runs_in(&area, |run, _| {
            let of = (what.key, run.row as usize);
            if but == Some(of) || !what.shows(of.1) {
                return;
            }
            let positions = run.of(layer);
            let mut before: Option<(LonLat, Pos2)> = None;
            for p in positions {
                let here = camera.screen_from_world(view, *p);
                let from = before.replace((*p, here));
                let edge = from.map(|(from, _)| [from, *p]);
                if here.distance(at) <= TO_CORNER {
                    nearer(0, here.distance(at), Snap { at: *p, kind: SnapKind::Corner, of: Some(of), edge });
                }
                if let (Some((_, start)), Some(world)) = (from, edge) {
                    let t = share(at, start, here);
                    let distance = (start + (here - start) * t).distance(at);
                    if distance <= TO_EDGE {
                        let foot = between(world, f64::from(t));
                        nearer(2, distance, Snap { at: foot, kind: SnapKind::Edge, of: Some(of), edge });
                    }
                    if distance <= TO_CORNER && edges.len() <= MOST_EDGES {
                        edges.push(Near { of, world, screen: [start, here] });
                    }
                }
            }
        });
    }
    if edges.len() <= MOST_EDGES {
        for (i, a) in edges.iter().enumerate() {
            for b in &edges[..i] {
                let Some(t) = crossing(a.screen, b.screen) else { continue };
                let place = between(a.world, t);
                let distance = camera.screen_from_world(view, place).distance(at);
                if distance <= TO_CORNER {
                    let snap = Snap { at: place, kind: SnapKind::Crossing, of: Some(a.of), edge: Some(a.world) };
                    nearer(1, distance, snap);
                }
            }
        }
    }
    best.into_iter().flatten().map(|(_, snap)| snap).next()
}

/// How far along an edge the place nearest to a point lies, 0 to 1.
pub fn share(at: Pos2, from: Pos2, to: Pos2) -> f32 {
    let along = to - from;
    ((at - from).dot(along) / along.length_sq().max(f32::MIN_POSITIVE)).clamp(0.0, 1.0)
}

/// On the edge itself, not where the screen's pixels are.
fn between([a, b]: [LonLat; 2], t: f64) -> LonLat {
    a.lerp(b, t)
}

/// How far along the first edge the second crosses it, where it does and they share no end.
fn crossing([a, b]: [Pos2; 2], [c, d]: [Pos2; 2]) -> Option<f64> {
    let cross = |u: Vec2, v: Vec2| f64::from(u.x) * f64::from(v.y) - f64::from(u.y) * f64::from(v.x);
    let both = cross(b - a, d - c);
    let (t, s) = (cross(c - a, d - c) / both, cross(c - a, b - a) / both);
    (both != 0.0 && t > 0.0 && t < 1.0 && s > 0.0 && s < 1.0).then_some(t)
}

/// The nearest position in round degrees.
fn on_grid(camera: &Camera, view: Rect, at: Pos2) -> Snap {
    let [per_lon, _] = camera.points_per_degree();
    let fine = 10_f64.powf((GRID / per_lon).log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].iter().map(|k| k * fine).find(|s| s * per_lon >= GRID).unwrap_or(10.0 * fine);
    let p = camera.world_from_screen(view, at);
    let round = |v: f64| (v / step).round() * step;
    let at = crate::io::geojson::rounded_position(LonLat::new(round(p.lon), round(p.lat)));
    Snap { at, kind: SnapKind::Grid, of: None, edge: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::pos2;

    #[test]
    fn crossings_lie_inside_both_edges() {
        let cross = crossing([pos2(0.0, 0.0), pos2(4.0, 4.0)], [pos2(0.0, 2.0), pos2(4.0, 2.0)]);
        assert!((cross.expect("they cross") - 0.5).abs() < 1e-9);
        assert_eq!(crossing([pos2(0.0, 0.0), pos2(4.0, 4.0)], [pos2(0.0, 0.0), pos2(4.0, 0.0)]), None);
        assert_eq!(crossing([pos2(0.0, 0.0), pos2(1.0, 1.0)], [pos2(0.0, 4.0), pos2(4.0, 4.0)]), None);
    }

    #[test]
    fn the_grid_is_round_at_every_scale() {
        let view = Rect::from_min_size(Pos2::ZERO, Vec2::splat(400.0));
        for scale in [50.0, 900.0, 1e5] {
            let camera = Camera { center: LonLat::new(121.437_219, 31.4), scale };
            let Snap { at, .. } = on_grid(&camera, view, pos2(123.0, 45.0));
            let away = camera.screen_from_world(view, at).distance(pos2(123.0, 45.0));
            assert!(away < 40.0, "{away}");
            let digits = (scale * 2.0).log10().ceil() as i32;
            let scaled = at.lon * 10_f64.powi(digits);
            assert!((scaled - scaled.round()).abs() < 1e-6, "{at:?}");
        }
    }
}
