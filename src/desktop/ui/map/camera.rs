//! Where the map looks: a north-up geographic view with the right aspect at every latitude.

use crate::geodesy::{LonLat, LonLatBox, meridional_radius_m, normal_radius_m};
use eframe::egui::{Pos2, Rect, Vec2};

/// The least and the greatest scale, pixels (points of the screen) per degree of latitude.
const SCALE: std::ops::RangeInclusive<f64> = 1.5..=2e7;

/// A view: centre and scale.
///
/// A degree of longitude is as wide as the parallel through the centre has it (N cos φ to M), so shapes near the
/// centre stand as they do on the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// The position in the middle.
    pub center: LonLat,
    /// Points of the screen per degree of latitude.
    pub scale: f64,
}

impl Default for Camera {
    fn default() -> Self {
        // China, about as wide as a window.
        Self { center: LonLat::new(104.0, 35.5), scale: 18.0 }
    }
}

impl Camera {
    /// Width of a degree of longitude over height of a degree of latitude, at the centre.
    pub fn aspect(&self) -> f64 {
        let lat = self.center.lat.clamp(-85.0, 85.0);
        normal_radius_m(lat) * lat.to_radians().cos() / meridional_radius_m(lat)
    }

    /// Points per degree of longitude and of latitude.
    pub fn points_per_degree(&self) -> [f64; 2] {
        [self.scale * self.aspect(), self.scale]
    }

    /// Metres of ground to a point of the screen, at the centre.
    pub fn metres_per_point(&self) -> f64 {
        meridional_radius_m(self.center.lat).to_radians() / self.scale
    }

    /// Where on the screen a position stands.
    pub fn screen_from_world(&self, view: Rect, p: LonLat) -> Pos2 {
        let [x, y] = self.points_per_degree();
        view.center() + Vec2::new(((p.lon - self.center.lon) * x) as f32, (-(p.lat - self.center.lat) * y) as f32)
    }

    /// The position that stands at a place of the screen.
    pub fn world_from_screen(&self, view: Rect, at: Pos2) -> LonLat {
        let [x, y] = self.points_per_degree();
        let from_center = at - view.center();
        LonLat::new(self.center.lon + f64::from(from_center.x) / x, self.center.lat - f64::from(from_center.y) / y)
    }

    /// What the view shows.
    pub fn visible(&self, view: Rect) -> LonLatBox {
        let (a, b) = (self.world_from_screen(view, view.left_bottom()), self.world_from_screen(view, view.right_top()));
        LonLatBox { min: a, max: b }
    }

    /// Moves by points of the screen.
    pub fn pan(&mut self, by: Vec2) {
        let [x, y] = self.points_per_degree();
        self.center.lon -= f64::from(by.x) / x;
        self.center.lat = (self.center.lat + f64::from(by.y) / y).clamp(-90.0, 90.0);
        self.keep_in_world();
    }

    /// Scales so that the position at `at` stays where it is.
    pub fn zoom_at(&mut self, view: Rect, at: Pos2, factor: f64) {
        let fixed = self.world_from_screen(view, at);
        self.scale = (self.scale * factor).clamp(*SCALE.start(), *SCALE.end());
        // The aspect moves with the centre: two rounds settle it below a hundredth of a point.
        for _ in 0..3 {
            let now = self.world_from_screen(view, at);
            self.center.lon += fixed.lon - now.lon;
            self.center.lat = (self.center.lat + fixed.lat - now.lat).clamp(-90.0, 90.0);
        }
        self.keep_in_world();
    }

    fn keep_in_world(&mut self) {
        self.center.lon = self.center.lon.clamp(-200.0, 200.0);
    }

    /// The view that shows all of a box, with a margin.
    pub fn fitting(area: &LonLatBox, size: Vec2) -> Option<Self> {
        if area.is_empty() {
            return None;
        }
        let mut camera = Self { center: area.center(), scale: *SCALE.end() };
        let room = |points: f32| f64::from((points - 48.0).max(32.0));
        let width = (area.max.lon - area.min.lon) * camera.aspect();
        let height = area.max.lat - area.min.lat;
        let fit = |room: f64, extent: f64| if extent > 0.0 { room / extent } else { f64::INFINITY };
        // A lone point is shown at street level.
        let street = 2e5;
        camera.scale = fit(room(size.x), width).min(fit(room(size.y), height)).min(street).max(*SCALE.start());
        Some(camera)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn screen_and_world_are_inverse_and_zoom_keeps_the_cursor() {
        let view = Rect::from_min_size(Pos2::new(100.0, 50.0), Vec2::new(900.0, 600.0));
        let mut camera = Camera { center: LonLat::new(121.4, 31.4), scale: 5_000.0 };
        let at = Pos2::new(700.0, 120.0);
        let p = camera.world_from_screen(view, at);
        assert!((camera.screen_from_world(view, p) - at).length() < 1e-2);
        camera.zoom_at(view, at, 3.0);
        assert!((camera.screen_from_world(view, p) - at).length() < 0.05);
        assert!((camera.scale - 15_000.0).abs() < 1e-6);
    }

    #[test]
    fn a_square_on_the_ground_is_square_at_every_latitude() {
        for lat in [0.0, 20.0, 31.4, 53.0] {
            let camera = Camera { center: LonLat::new(100.0, lat), scale: 1e5 };
            let [x, y] = camera.points_per_degree();
            let east = crate::geodesy::distance_m(camera.center, LonLat::new(100.001, lat)) / (0.001 * x);
            let north = crate::geodesy::distance_m(camera.center, LonLat::new(100.0, lat + 0.001)) / (0.001 * y);
            assert!((east / north - 1.0).abs() < 1e-4, "lat {lat}: {}", east / north);
        }
    }

    #[test]
    fn a_fitted_box_is_in_view() {
        let area = LonLatBox { min: LonLat::new(121.2, 31.2), max: LonLat::new(121.6, 31.5) };
        let size = Vec2::new(800.0, 500.0);
        let camera = Camera::fitting(&area, size).expect("not empty");
        let visible = camera.visible(Rect::from_min_size(Pos2::ZERO, size));
        assert!(visible.contains_box(&area));
        assert!(Camera::fitting(&LonLatBox::EMPTY, size).is_none());
    }
}
