//! Snapping: the corner or the place on an edge near the cursor, of any visible layer.

use crate::geodesy::{LonLat, LonLatBox};
use crate::session::Key;
use crate::ui::map::camera::Camera;
use crate::ui::map::scene::Shown;
use crate::ui::map::style::Emphasis;
use eframe::egui::{Pos2, Rect, Vec2};

/// How near a corner must be to draw the cursor to it, and an edge; points.
const TO_CORNER: f32 = 10.0;
const TO_EDGE: f32 = 7.0;

/// What the cursor was drawn to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snap {
    /// The place.
    pub at: LonLat,
    /// A corner; else a place on an edge.
    pub is_corner: bool,
}

/// Of layers larger than this nothing is snapped to before the map's thread has built their tree of edges; positions.
const AT_ONCE: usize = 100_000;

/// True where the layer's tree of edges can be asked without waiting for it.
fn is_ready(what: &Shown) -> bool {
    what.indexed.has_edges() || what.indexed.layer().geometries.position_count() <= AT_ONCE
}

/// The corner near `at`, else the nearest place on an edge. The row under the planner's hands is passed over.
pub fn snap(shown: &[Shown], camera: &Camera, view: Rect, at: Pos2, but: Option<(Key, usize)>) -> Option<Snap> {
    let around = Rect::from_center_size(at, Vec2::splat(TO_CORNER * 2.0));
    let area = LonLatBox {
        min: camera.world_from_screen(view, around.left_bottom()),
        max: camera.world_from_screen(view, around.right_top()),
    };
    let (mut corner, mut edge): (Option<(f32, LonLat)>, Option<(f32, LonLat)>) = (None, None);
    let nearer = |best: &mut Option<(f32, LonLat)>, distance: f32, at: LonLat| {
        if best.is_none_or(|(least, _)| distance < least) {
            *best = Some((distance, at));
        }
    };
    for what in shown.iter().filter(|what| what.emphasis != Emphasis::Zone && is_ready(what)) {
        let layer = what.indexed.layer();
        what.indexed.runs_in(&area, |run, _| {
            if but == Some((what.key, run.row as usize)) {
                return;
            }
            let positions = run.of(layer);
            let mut before: Option<Pos2> = None;
            for (i, p) in positions.iter().enumerate() {
                let here = camera.screen_from_world(view, *p);
                let distance = here.distance(at);
                if distance <= TO_CORNER {
                    nearer(&mut corner, distance, *p);
                }
                if let Some(from) = before.replace(here) {
                    let along = here - from;
                    let t = (at - from).dot(along) / along.length_sq().max(f32::MIN_POSITIVE);
                    let t = t.clamp(0.0, 1.0);
                    let distance = (from + along * t).distance(at);
                    if distance <= TO_EDGE {
                        // On the edge itself, not where the screen's pixels are.
                        let (a, b, t) = (positions[i - 1], *p, f64::from(t));
                        let foot = LonLat::new(a.lon + (b.lon - a.lon) * t, a.lat + (b.lat - a.lat) * t);
                        nearer(&mut edge, distance, foot);
                    }
                }
            }
        });
    }
    let corner = corner.map(|(_, at)| Snap { at, is_corner: true });
    corner.or_else(|| edge.map(|(_, at)| Snap { at, is_corner: false }))
}
