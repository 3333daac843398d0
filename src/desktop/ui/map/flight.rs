//! How the map gets from one view to another: eased, in the time that a zoom takes.

use super::camera::Camera;
use super::canvas::MapView;
use super::strip::Strip;
use crate::geodesy::{LonLat, LonLatBox};
use eframe::egui::{Rect, Ui};

/// How long it takes, seconds.
pub const SECONDS: f64 = 0.12;

/// Tools and legend are kept clear of what is fitted where so much width is left between them, points.
const LEAST_ROOM: f32 = 360.0;

/// A box is fitted for so many frames: panels that open with it settle their size in the first.
const FIT_FRAMES: u8 = 3;

/// A view that the map is on its way to.
#[derive(Clone, Copy, Debug)]
struct Way {
    from: Camera,
    to: Camera,
    /// Seconds on the way.
    since: f64,
}

/// Where the map is on its way to.
#[derive(Debug)]
pub struct Flight {
    way: Option<Way>,
    /// A box to be fitted, and for how many frames.
    to_fit: Option<(LonLatBox, u8)>,
    /// For so many frames a view is there at once: the first one, while the panels about it settle.
    fresh: u8,
}

impl Default for Flight {
    fn default() -> Self {
        Self { way: None, to_fit: None, fresh: FIT_FRAMES }
    }
}

impl Flight {
    /// True where the map goes nowhere.
    pub fn is_over(&self) -> bool {
        self.way.is_none() && self.to_fit.is_none()
    }

    /// The map stays where it is.
    pub(super) fn end(&mut self) {
        (self.way, self.to_fit, self.fresh) = (None, None, 0);
    }

    /// From one view to another from here on; where one is on the way already, to the other in the time left.
    fn go(&mut self, from: Camera, to: Camera) {
        if self.fresh > 0 {
            self.fresh -= 1;
            self.way = Some(Way { from: to, to, since: SECONDS });
            return;
        }
        match &mut self.way {
            Some(way) if way.since < SECONDS => (way.from, way.to) = (from, to),
            _ => self.way = Some(Way { from, to, since: 0.0 }),
        }
    }

    /// Where the map looks `dt` seconds later; `None` where it goes nowhere.
    fn step(&mut self, dt: f64) -> Option<Camera> {
        let way = self.way.as_mut()?;
        way.since += dt;
        let camera = way.at(way.since / SECONDS);
        if way.since >= SECONDS {
            self.way = None;
        }
        Some(camera)
    }
}

impl Way {
    /// The view at a part of the time: fast at first, slow at the end.
    fn at(&self, part: f64) -> Camera {
        if part >= 1.0 {
            return self.to;
        }
        let left = (1.0 - part.max(0.0)).powi(3);
        let scale = (self.to.scale.ln() * (1.0 - left) + self.from.scale.ln() * left).exp();
        // A place moves over the screen as the scale grows: so far from the middle as it would be at the end.
        let share = match (self.from.scale, self.to.scale) {
            (a, b) if (a / b - 1.0).abs() < 1e-6 => left,
            (a, b) => ((1.0 / scale - 1.0 / b) / (1.0 / a - 1.0 / b)).clamp(0.0, 1.0),
        };
        let between = |from: f64, to: f64| to + (from - to) * share;
        let center = LonLat::new(
            between(self.from.center.lon, self.to.center.lon),
            between(self.from.center.lat, self.to.center.lat),
        );
        Camera { center, scale }
    }
}

impl MapView {
    /// Shows all of a box from the next frame on, eased.
    pub fn fit(&mut self, area: LonLatBox) {
        if !area.is_empty() {
            self.flight.to_fit = Some((area, FIT_FRAMES));
        }
    }

    /// Brings an answer into view, where it is not well in view already.
    pub fn ease_to(&mut self, area: LonLatBox) {
        if !area.is_empty() && !self.is_well_seen(&area) {
            self.fit(area.padded(crate::geodesy::distance_m(area.min, area.max).max(400.0) * 0.04));
        }
    }

    /// The part of the map that neither a panel nor, where there is room enough beside them, tools and legend cover.
    fn uncovered(&self, view: Rect) -> Rect {
        let mut free = view;
        free.max.x = (view.right() - self.covered).max(view.left() + 64.0);
        let left = Strip::of(view, false).rect.right();
        let right = if self.legend_rect.is_positive() && self.legend_rect.height() > view.height() * 0.3 {
            self.legend_rect.left()
        } else {
            free.right()
        };
        if right.min(free.right()) - left >= LEAST_ROOM {
            (free.min.x, free.max.x) = (left, right.min(free.right()));
        }
        free
    }

    /// True where all of a box is seen, and not so small that it is lost.
    fn is_well_seen(&self, area: &LonLatBox) -> bool {
        let free = self.uncovered(self.rect);
        let room = free.size();
        let [a, b] = [area.min, area.max].map(|p| self.camera.screen_from_world(self.rect, p));
        let seen = Rect::from_two_pos(a, b);
        let is_large = seen.width() >= room.x * 0.3 || seen.height() >= room.y * 0.3;
        room.x > 0.0 && room.y > 0.0 && free.contains_rect(seen) && is_large
    }

    /// Goes to a view, eased.
    pub fn fly(&mut self, to: Camera) {
        self.easing = None;
        self.flight.to_fit = None;
        self.flight.go(self.camera, to);
    }

    /// Where the map is that no panel covers.
    pub fn free_rect(&self) -> Rect {
        Rect::from_min_size(self.rect.min, self.free())
    }

    /// True where the map stands still.
    pub fn is_still(&self) -> bool {
        self.easing.is_none() && self.flight.is_over()
    }

    /// One frame of the way.
    pub(super) fn advance(&mut self, ui: &Ui, view: Rect) {
        if let Some((area, frames)) = self.flight.to_fit.take() {
            // Into the part that nothing covers.
            let free = self.uncovered(view);
            if let Some(mut camera) = Camera::fitting(&area, free.size()) {
                camera.pan(free.center() - view.center());
                self.easing = None;
                self.flight.go(self.camera, camera);
            }
            self.flight.to_fit = Some((area, frames - 1)).filter(|(_, left)| *left > 0);
            ui.ctx().request_repaint();
        }
        // A slow frame is no jump.
        let dt = f64::from(ui.input(|i| i.stable_dt)).min(0.05);
        if let Some(camera) = self.flight.step(dt) {
            self.camera = camera;
            ui.ctx().request_repaint();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn camera(lon: f64, scale: f64) -> Camera {
        Camera { center: LonLat::new(lon, 31.0), scale }
    }

    #[test]
    fn a_way_begins_at_one_view_ends_at_the_other_and_never_turns_back() {
        let (from, to) = (camera(121.0, 1_000.0), camera(121.5, 20_000.0));
        let way = Way { from, to, since: 0.0 };
        let at = |part: f64| way.at(part);
        assert!((at(0.0).center.lon - from.center.lon).abs() < 1e-9 && (at(0.0).scale / from.scale - 1.0).abs() < 1e-9);
        assert_eq!(at(1.0), to);
        let views: Vec<Camera> = (0..=50).map(|i| at(f64::from(i) / 50.0)).collect();
        assert!(views.windows(2).all(|w| w[0].scale <= w[1].scale && w[0].center.lon <= w[1].center.lon));
        // What the map goes to never leaves it on the way: it comes nearer to the middle from frame to frame.
        let away = |c: &Camera| (to.center.lon - c.center.lon) * c.scale;
        assert!(views.windows(2).all(|w| away(&w[0]) >= away(&w[1]) - 1e-6));
    }

    #[test]
    fn it_takes_a_hundred_and_twenty_milliseconds_and_the_first_view_is_there_at_once() {
        let mut flight = Flight::default();
        flight.go(camera(0.0, 10.0), camera(121.0, 1_000.0));
        assert_eq!(flight.step(0.0), Some(camera(121.0, 1_000.0)));
        assert!(flight.is_over());
        flight.end();
        flight.go(camera(121.0, 1_000.0), camera(121.1, 2_000.0));
        let steps = std::iter::from_fn(|| flight.step(1.0 / 60.0)).count();
        assert!((7..=8).contains(&steps), "{steps} frames");
        assert!(flight.is_over());
        // Sent elsewhere on the way, it is there in the time left.
        flight.go(camera(121.0, 1_000.0), camera(121.1, 2_000.0));
        let on = flight.step(0.06).expect("on the way");
        flight.go(on, camera(120.0, 500.0));
        flight.step(0.061);
        assert!(flight.is_over());
    }
}
