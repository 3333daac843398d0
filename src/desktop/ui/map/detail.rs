//! How much of a large layer is drawn: what the view and its surroundings need, as finely as a pixel can show.

use super::camera::Camera;
use crate::geodesy::{LonLat, LonLatBox};
use crate::model::{Layer, Shape};
use crate::query::ZoneView;
use eframe::egui::Rect;

/// Layers with at most so many positions are drawn whole, once.
const SMALL: usize = 50_000;
/// Layers of marks only where they are at most so many: more would hide one another, and their ground.
const FEW_MARKS: usize = 2_000;
/// What is built reaches beyond the view by this share of it on every side, so that panning finds it there.
const MARGIN: f64 = 0.6;
/// Half a point of the screen: corners nearer than this to the last one are left out.
const TOLERANCE_POINTS: f64 = 0.5;
/// What is drawn until that is there is so many times coarser.
const SKETCH_COARSER: f64 = 4.0;
/// Marks nearer than this to one another stand for each other, points.
const MARK_POINTS: f64 = 6.0;

/// A part of the world at a scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detail {
    /// Scales double from one level to the next; `None` draws everything.
    level: Option<i32>,
    /// What is drawn.
    pub window: LonLatBox,
    /// Points of the screen per degree of longitude and latitude, the most that this level serves.
    points_per_degree: [f64; 2],
}

impl Detail {
    /// Everything, exactly.
    pub const WHOLE: Self = Self {
        level: None,
        window: LonLatBox { min: LonLat::new(-1e3, -1e3), max: LonLat::new(1e3, 1e3) },
        points_per_degree: [f64::INFINITY; 2],
    };

    /// What a layer needs in a view.
    pub fn wanted(layer: &Layer, camera: &Camera, view: Rect) -> Self {
        let is_marks = layer.kinds.iter().all(|kind| kind.shape() == Shape::Points);
        let most = if is_marks { FEW_MARKS } else { SMALL };
        if layer.geometries.position_count() <= most { Self::WHOLE } else { Self::of_view(camera, view) }
    }

    /// What a large layer needs in a view.
    pub fn of_view(camera: &Camera, view: Rect) -> Self {
        let window = with_margin(&camera.visible(view), MARGIN);
        let level = camera.scale.log2().ceil() as i32;
        let finest = f64::from(level).exp2();
        Self { level: Some(level), window, points_per_degree: [finest * camera.aspect(), finest] }
    }

    /// True where what was built for this serves a view as well as what `wanted` says would.
    pub fn serves(&self, wanted: &Self, camera: &Camera, view: Rect) -> bool {
        let visible = camera.visible(view);
        self.level == wanted.level && (self.level.is_none() || self.window.contains_box(&visible))
    }

    /// What is drawn of a layer in the frame in which it comes, until this is there; `None` where the view shows so little
    /// of the layer that it would be wrong there, or where this is there as soon.
    pub fn sketch(&self, layer: &Layer) -> Option<Self> {
        let is_worth = self.level.is_some() && self.window.contains_box(&layer.bounds);
        let coarser = || Self { points_per_degree: self.points_per_degree.map(|p| p / SKETCH_COARSER), ..*self };
        is_worth.then(coarser)
    }

    /// Points of the screen per degree at the finest scale that this level serves, whatever the detail; `None` where everything
    /// is drawn.
    pub fn finest(&self) -> Option<[f64; 2]> {
        let finest = f64::from(self.level?).exp2();
        Some([finest * self.points_per_degree[0] / self.points_per_degree[1], finest])
    }

    /// What of the window the view showed for which this was wanted.
    pub fn in_sight(&self) -> LonLatBox {
        with_margin(&self.window, -MARGIN / (1.0 + 2.0 * MARGIN))
    }

    /// True where everything is drawn.
    pub fn is_whole(&self) -> bool {
        self.level.is_none()
    }

    /// The grid of cells a corner of which stands for all in it.
    pub fn corners(&self) -> Cells {
        self.cells(TOLERANCE_POINTS)
    }

    /// The grid of cells a mark of which stands for all in it.
    pub fn marks(&self) -> Cells {
        self.cells(MARK_POINTS)
    }

    fn cells(&self, points: f64) -> Cells {
        Cells { origin: self.window.min, per_degree: self.points_per_degree.map(|p| p / points) }
    }
}

/// A box with a share of its width and height more on every side.
fn with_margin(area: &LonLatBox, share: f64) -> LonLatBox {
    let (width, height) = (area.max.lon - area.min.lon, area.max.lat - area.min.lat);
    LonLatBox {
        min: LonLat::new(area.min.lon - width * share, area.min.lat - height * share),
        max: LonLat::new(area.max.lon + width * share, area.max.lat + height * share),
    }
}

/// Zones reach beyond the view by this share of it.
const ZONE_MARGIN: f64 = 0.35;
/// The border of a zone is followed from one place to the next at so many points of the screen at the finest scale of a
/// level: between them it is straight, and mostly far less than half a point off.
const ZONE_POINTS: f64 = 1.5;

/// What of the world a zone is drawn in for a view, and how finely: by the same levels as layers.
pub fn zone_view(camera: &Camera, view: Rect) -> ZoneView {
    let window = with_margin(&camera.visible(view), ZONE_MARGIN);
    let finest = camera.scale.log2().ceil().exp2();
    let per_point = Camera { scale: finest, ..*camera }.metres_per_point();
    ZoneView { window, cell_m: per_point * ZONE_POINTS }
}

/// Cells of a grid over a window.
#[derive(Clone, Copy, Debug)]
pub struct Cells {
    origin: LonLat,
    per_degree: [f64; 2],
}

impl Cells {
    /// The cell of a position. The cells next to the origin are twice as wide: rounding towards zero takes a tenth of
    /// the time of rounding down.
    #[inline]
    pub fn of(&self, p: LonLat) -> [i32; 2] {
        [
            ((p.lon - self.origin.lon) * self.per_degree[0]) as i32,
            ((p.lat - self.origin.lat) * self.per_degree[1]) as i32,
        ]
    }

    /// Width and height of a cell, degrees.
    pub fn size(&self) -> [f64; 2] {
        self.per_degree.map(|p| 1.0 / p)
    }

    /// True where a box is smaller than a cell.
    pub fn exceed(&self, b: &LonLatBox) -> bool {
        (b.max.lon - b.min.lon) * self.per_degree[0] < 1.0 && (b.max.lat - b.min.lat) * self.per_degree[1] < 1.0
    }

    /// The corners of a path of which none is in the cell of the one before it, and its last.
    pub fn thin(&self, path: &[LonLat], thinned: &mut Vec<LonLat>) {
        thinned.clear();
        let mut last_cell = None;
        for p in path {
            let cell = Some(self.of(*p));
            if cell != last_cell {
                thinned.push(*p);
                last_cell = cell;
            }
        }
        if let (Some(end), true) = (path.last(), thinned.last() != path.last()) {
            thinned.push(*end);
        }
    }
}

/// Which cells of a grid are taken.
pub struct Taken {
    cells: Cells,
    columns: i32,
    taken: Vec<bool>,
}

impl Taken {
    /// None yet, over a window.
    pub fn new(cells: Cells, window: &LonLatBox) -> Self {
        let [columns, rows] = cells.of(window.max).map(|n| n.max(0).saturating_add(1));
        // A grid finer than any screen would be a fault; it is not worth the memory.
        let size = (columns as usize * rows as usize).min(1 << 26);
        Self { cells, columns, taken: vec![false; size] }
    }

    /// Takes the cell of a position: false where it was taken, or lies outside.
    pub fn take(&mut self, p: LonLat) -> bool {
        let [column, row] = self.cells.of(p);
        if column < 0 || row < 0 || column >= self.columns {
            return false;
        }
        match self.taken.get_mut(row as usize * self.columns as usize + column as usize) {
            Some(taken) => !std::mem::replace(taken, true),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;
    use eframe::egui::{Pos2, vec2};

    #[test]
    fn a_detail_serves_small_moves_and_not_another_scale() {
        let view = Rect::from_min_size(Pos2::ZERO, vec2(1_000.0, 700.0));
        let mut camera = Camera { center: LonLat::new(121.0, 31.0), scale: 3_000.0 };
        let built = Detail::of_view(&camera, view);
        let serves = |camera: &Camera| built.serves(&Detail::of_view(camera, view), camera, view);
        assert!(serves(&camera));
        camera.pan(vec2(500.0, -300.0));
        assert!(serves(&camera));
        camera.scale *= 1.3;
        assert!(serves(&camera));
        camera.pan(vec2(1_500.0, 0.0));
        assert!(!serves(&camera));
        camera.pan(vec2(-1_500.0, 0.0));
        camera.scale *= 1.5;
        assert!(!serves(&camera));
    }

    #[test]
    fn what_was_in_sight_is_told_of_a_window() {
        let view = Rect::from_min_size(Pos2::ZERO, vec2(1_000.0, 700.0));
        let camera = Camera { center: LonLat::new(121.0, 31.0), scale: 3_000.0 };
        let (seen, visible) = (Detail::of_view(&camera, view).in_sight(), camera.visible(view));
        for (a, b) in [(seen.min, visible.min), (seen.max, visible.max)] {
            assert!((a.lon - b.lon).abs() < 1e-9 && (a.lat - b.lat).abs() < 1e-9, "{seen:?} {visible:?}");
        }
        assert!(Detail::WHOLE.finest().is_none());
    }

    #[test]
    fn few_marks_are_drawn_whole_and_many_are_not() {
        let layer = |points: usize, kind: &str| {
            let positions: Vec<String> = (0..points).map(|i| format!("[{},30]", i as f64 * 1e-3)).collect();
            let text = format!(r#"{{"type":"{kind}","coordinates":[{}]}}"#, positions.join(","));
            let read = read_layer_bytes(text.as_bytes(), "p", &ReadOptions::default(), &Progress::default());
            read.expect("readable")
        };
        let camera = Camera { center: LonLat::new(1.0, 30.0), scale: 100.0 };
        let view = Rect::from_min_size(Pos2::ZERO, vec2(1_000.0, 700.0));
        let is_whole = |points, kind| Detail::wanted(&layer(points, kind), &camera, view).is_whole();
        assert_eq!([2_000, 2_001].map(|n| is_whole(n, "MultiPoint")), [true, false]);
        assert_eq!([2_001, 50_000, 50_001].map(|n| is_whole(n, "LineString")), [true, true, false]);
    }

    #[test]
    fn thinned_paths_keep_within_a_cell_of_every_corner() {
        let camera = Camera { center: LonLat::new(121.0, 31.0), scale: 500.0 };
        let view = Rect::from_min_size(Pos2::ZERO, vec2(1_000.0, 700.0));
        let cells = Detail::of_view(&camera, view).corners();
        let path: Vec<LonLat> = (0..5_000)
            .map(|i| (f64::from(i) * 0.01).sin_cos())
            .enumerate()
            .map(|(i, (s, c))| LonLat::new(121.0 + i as f64 * 1e-4 + s * 0.01, 31.0 + c * 0.01))
            .collect();
        let mut thinned = Vec::new();
        cells.thin(&path, &mut thinned);
        assert!(thinned.len() > 10 && thinned.len() < path.len() / 2, "{}", thinned.len());
        assert_eq!((thinned.first(), thinned.last()), (path.first(), path.last()));
        let [width, height] = cells.size();
        for p in &path {
            let near = |q: &LonLat| (p.lon - q.lon).abs() <= width && (p.lat - q.lat).abs() <= height;
            assert!(thinned.iter().any(near), "{p:?}");
        }
        // Half a point at the finest scale of the level.
        assert!(height * 512.0 <= 0.5 + 1e-9);
    }

    #[test]
    fn a_cell_is_taken_once() {
        let window = LonLatBox { min: LonLat::new(0.0, 0.0), max: LonLat::new(10.0, 10.0) };
        let cells = Cells { origin: window.min, per_degree: [1.0, 1.0] };
        let mut taken = Taken::new(cells, &window);
        assert!(taken.take(LonLat::new(3.2, 4.7)) && !taken.take(LonLat::new(3.9, 4.1)));
        assert!(
            taken.take(LonLat::new(10.0, 10.0))
                && !taken.take(LonLat::new(-1.1, 5.0))
                && !taken.take(LonLat::new(5.0, 11.5))
        );
    }
}
