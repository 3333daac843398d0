//! Where the map looked before, and a position that is marked on it.

use super::camera::Camera;
use super::canvas::MapView;
use crate::geodesy::{LonLat, LonLatBox};
use crate::ui::theme::Palette;
use eframe::egui::{Painter, Rect, Stroke, vec2};

/// Views that are remembered at most.
const MOST: usize = 100;
/// Moves that follow one another faster than this are one, seconds.
const APART: f64 = 0.5;
/// A feature that is smaller than this on the screen is not seen, points.
const LEGIBLE: f32 = 5.0;
/// Ten metres: a feature of points that lie further apart is looked for as an area is.
const POINT_M: f64 = 10.0;
/// A position is looked at from no further than this, points per degree of latitude: about 1 : 100,000.
const NEAR: f64 = 4.2e3;

/// Which way along the views.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// To the one before.
    Back,
    /// To the one after it.
    On,
}

/// The views before the present one and after it, each where the map stood still.
#[derive(Debug, Default)]
pub struct Views {
    past: Vec<Camera>,
    future: Vec<Camera>,
    present: Option<Camera>,
    /// When the map came to stand there.
    since: f64,
}

impl Views {
    /// Takes note of where the map looks, while it stands still; `now` in seconds.
    pub fn follow(&mut self, camera: Camera, now: f64) {
        match self.present {
            Some(present) if present == camera => return,
            // Turns of the wheel that belong together are one move.
            Some(_) if now - self.since < APART => {}
            Some(present) => {
                self.past.push(present);
                if self.past.len() > MOST {
                    self.past.remove(0);
                }
                self.future.clear();
            }
            None => {}
        }
        (self.present, self.since) = (Some(camera), now);
    }

    /// True where there is a view before, and one after.
    pub fn can_turn(&self) -> (bool, bool) {
        (!self.past.is_empty(), !self.future.is_empty())
    }

    /// The view before or after, which is the present one from here on.
    fn turn(&mut self, turn: Turn) -> Option<Camera> {
        let (from, to) = match turn {
            Turn::Back => (&mut self.past, &mut self.future),
            Turn::On => (&mut self.future, &mut self.past),
        };
        let camera = from.pop()?;
        to.extend(self.present.replace(camera));
        // What is moved from here on is a move of its own.
        self.since = f64::NEG_INFINITY;
        Some(camera)
    }
}

impl MapView {
    /// Looks where the map looked before, or after that.
    pub fn turn(&mut self, turn: Turn) {
        if let Some(camera) = self.views.turn(turn) {
            self.fly(camera);
        }
    }

    /// Brings a feature into view: at the present scale where it can be seen there, else a point at street level and the rest
    /// with room around it. `is_point` where it is made of points, which are seen at any scale; `is_drawn` where its layer is, at
    /// this scale.
    pub fn go_to(&mut self, bounds: LonLatBox, is_point: bool, is_drawn: bool) {
        if bounds.is_empty() {
            return;
        }
        if is_drawn && self.is_legible(bounds, is_point) {
            return self.center_on(bounds.center());
        }
        let metres = crate::geodesy::distance_m(bounds.min, bounds.max).max(800.0);
        self.fit(bounds.padded(metres * 0.6));
    }

    /// Shows a position and marks it: at the present scale, from near enough.
    pub fn go_to_position(&mut self, p: LonLat) {
        self.marked = Some(p);
        let scale = self.camera.scale.max(NEAR);
        self.center_at(p, scale);
    }

    /// True where a feature can be told and fits at the present scale.
    fn is_legible(&self, bounds: LonLatBox, is_point: bool) -> bool {
        let room = self.free();
        let [x, y] = self.camera.points_per_degree();
        let size = vec2(((bounds.max.lon - bounds.min.lon) * x) as f32, ((bounds.max.lat - bounds.min.lat) * y) as f32);
        let is_point = is_point && crate::geodesy::distance_m(bounds.min, bounds.max) < POINT_M;
        room.x > 0.0 && size.x <= room.x && size.y <= room.y && (is_point || size.max_elem() >= LEGIBLE)
    }

    /// Moves a position to the middle of what no panel covers.
    fn center_on(&mut self, p: LonLat) {
        self.center_at(p, self.camera.scale);
    }

    fn center_at(&mut self, p: LonLat, scale: f64) {
        let mut camera = Camera { center: p, scale };
        camera.pan(vec2(-self.covered / 2.0, 0.0));
        self.fly(camera);
    }

    /// Draws the mark.
    pub(super) fn mark(&self, painter: &Painter, view: Rect, palette: &Palette) {
        let Some(p) = self.marked else { return };
        let at = self.camera.screen_from_world(view, p);
        for (width, ink) in [(5.0, palette.halo), (2.0, palette.accent)] {
            let pen = Stroke::new(width, ink);
            painter.circle_stroke(at, 9.0, pen);
            for along in [vec2(1.0, 0.0), vec2(-1.0, 0.0), vec2(0.0, 1.0), vec2(0.0, -1.0)] {
                painter.line_segment([at + along * 4.0, at + along * 16.0], pen);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64) -> Camera {
        Camera { center: LonLat::new(lon, 31.0), scale: 1_000.0 }
    }

    #[test]
    fn views_are_gone_back_to_and_on_to() {
        let mut views = Views::default();
        for (lon, now) in [(1.0, 0.0), (2.0, 1.0), (2.1, 1.2), (2.2, 1.4), (3.0, 5.0)] {
            views.follow(at(lon), now);
        }
        // What was moved in one go is one view.
        assert_eq!(views.turn(Turn::Back), Some(at(2.2)));
        views.follow(at(2.2), 5.1);
        assert_eq!(views.turn(Turn::Back), Some(at(1.0)));
        assert_eq!(views.turn(Turn::Back), None);
        assert_eq!(views.can_turn(), (false, true));
        assert_eq!(views.turn(Turn::On), Some(at(2.2)));
        assert_eq!(views.turn(Turn::On), Some(at(3.0)));
        // A move of one's own ends the way on.
        assert_eq!(views.turn(Turn::Back), Some(at(2.2)));
        views.follow(at(9.0), 5.2);
        assert_eq!(views.can_turn(), (true, false));
        assert_eq!(views.turn(Turn::Back), Some(at(2.2)));
    }

    #[test]
    fn views_are_not_kept_without_end() {
        let mut views = Views::default();
        (0..300).for_each(|n| views.follow(at(f64::from(n)), f64::from(n)));
        assert_eq!(views.past.len(), MOST);
    }
}
