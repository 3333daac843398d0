//! Many points as hexagons with counts: what thousands of marks on one another hide is counted, cell by cell.

use super::camera::Camera;
use super::detail::Detail;
use super::draw_list::{FillVertex, Segment};
use super::style::Styler;
use super::tessellate::{Buffers, Drawn, relative, slices};
use crate::geodesy::{LonLat, LonLatBox};
use crate::i18n::{Lang, count};
use crate::model::{Layer, Shape};
use crate::ui::theme::Palette;
use eframe::egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Vec2};

/// More points in sight than this are counted in hexagons.
pub const FROM: usize = 5_000;
/// Width of a hexagon at the finest scale of its level, points; at the coarsest it is half as wide.
const WIDTH: f64 = 92.0;
/// Steps of colour, from few to many.
const STEPS: usize = 5;
/// Cells of a grid at most: more than any screen has room for.
const MOST_CELLS: usize = 1 << 18;

/// A grid of hexagons with a corner up, in a plane whose unit is a point of the screen at the finest scale of a level.
///
/// It is tied to the world, not to the view: cells stay where they are while the map is moved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    per_degree: [f64; 2],
}

impl Grid {
    /// Of a level at a latitude.
    fn of(detail: &Detail) -> Option<Self> {
        let [x, y] = detail.finest()?;
        // The parallels are worth less from degree to degree: in steps, so that cells do not creep while the map is moved.
        let aspect = ((x / y * 64.0).round() / 64.0).max(1.0 / 64.0);
        Some(Self { per_degree: [y * aspect, y] })
    }

    fn size() -> f64 {
        WIDTH / 3.0_f64.sqrt()
    }

    /// The cell of a position: its column and row; odd rows stand half a cell further right.
    pub fn cell(&self, p: LonLat) -> [i64; 2] {
        let [x, y] = [p.lon * self.per_degree[0], p.lat * self.per_degree[1]];
        let size = Self::size();
        // Axial coordinates, rounded in the three directions of the grid together.
        let (q, r) = ((x * 3.0_f64.sqrt() / 3.0 - y / 3.0) / size, y * 2.0 / 3.0 / size);
        let s = -q - r;
        let (mut rq, mut rr, rs) = (q.round(), r.round(), s.round());
        let (dq, dr, ds) = ((rq - q).abs(), (rr - r).abs(), (rs - s).abs());
        if dq > dr && dq > ds {
            rq = -rr - rs;
        } else if dr > ds {
            rr = -rq - rs;
        }
        let (q, r) = (rq as i64, rr as i64);
        [q + (r - (r & 1)) / 2, r]
    }

    /// The middle of a cell.
    pub fn center(&self, [column, row]: [i64; 2]) -> LonLat {
        let x = WIDTH * (column as f64 + 0.5 * (row & 1) as f64);
        let y = Self::size() * 1.5 * row as f64;
        LonLat::new(x / self.per_degree[0], y / self.per_degree[1])
    }

    /// The corners of a cell, drawn in by a share of its size.
    pub fn corners(&self, cell: [i64; 2], share: f64) -> [LonLat; 6] {
        let center = self.center(cell);
        let size = Self::size() * (1.0 - share);
        std::array::from_fn(|i| {
            let (sin, cos) = (std::f64::consts::FRAC_PI_3 * i as f64 + std::f64::consts::FRAC_PI_6).sin_cos();
            LonLat::new(center.lon + cos * size / self.per_degree[0], center.lat + sin * size / self.per_degree[1])
        })
    }
}

/// Points of a layer counted in hexagons.
#[derive(Clone, Debug, PartialEq)]
pub struct Hexes {
    /// The grid.
    pub grid: Grid,
    /// Column and row of the first cell, and how many columns there are.
    first: [i64; 2],
    columns: usize,
    counts: Vec<u32>,
    most: u32,
    total: usize,
}

impl Hexes {
    /// Counts the points of a layer's rows that are shown and not recent, in the window of a detail; `None` where so few are
    /// in sight that each has room for its own mark. One pass over the positions.
    pub fn of(layer: &Layer, detail: &Detail, shows: &dyn Fn(usize) -> bool) -> Option<Self> {
        let is_points = layer.kinds.iter().all(|kind| kind.shape() == Shape::Points);
        if layer.geometries.position_count() <= FROM || !is_points {
            return None;
        }
        let grid = Grid::of(detail)?;
        let window = detail.window;
        let first = grid.cell(window.min).map(|n| n - 1);
        let last = grid.cell(window.max).map(|n| n + 1);
        let [columns, rows] = [0, 1].map(|i| usize::try_from(last[i] - first[i] + 1).unwrap_or(0));
        let cells = columns.checked_mul(rows).filter(|cells| *cells <= MOST_CELLS)?;
        let mut counts = vec![0_u32; cells];
        let seen = detail.in_sight();
        let (mut in_sight, mut total) = (0, 0);
        for row in (0..layer.len()).filter(|row| !layer.edits.is_recent(*row) && shows(*row)) {
            for p in layer.geometries.positions_of(row).iter().filter(|p| window.contains(**p)) {
                let [column, line] = grid.cell(*p);
                let at = (line - first[1]) as usize * columns + (column - first[0]) as usize;
                if let Some(n) = counts.get_mut(at) {
                    *n += 1;
                }
                in_sight += usize::from(seen.contains(*p));
                total += 1;
            }
        }
        let most = counts.iter().copied().max().unwrap_or(0);
        (in_sight > FROM).then_some(Self { grid, first, columns, counts, most, total })
    }

    /// How many points there are in the cell of a position.
    pub fn at(&self, p: LonLat) -> Option<([i64; 2], u32)> {
        let cell = self.grid.cell(p);
        let column = usize::try_from(cell[0] - self.first[0]).ok().filter(|column| *column < self.columns)?;
        let row = usize::try_from(cell[1] - self.first[1]).ok()?;
        let n = *self.counts.get(row * self.columns + column)?;
        (n > 0).then_some((cell, n))
    }

    /// The box of a cell.
    pub fn bounds(&self, cell: [i64; 2]) -> LonLatBox {
        LonLatBox::of(&self.grid.corners(cell, 0.0))
    }

    /// Points counted.
    pub fn total(&self) -> usize {
        self.total
    }

    /// The cells in which there is something, with how much.
    pub fn cells(&self) -> impl Iterator<Item = ([i64; 2], u32)> {
        let counted = self.counts.iter().enumerate().filter(|(_, n)| **n > 0);
        counted.map(|(i, n)| {
            let [column, row] = [i % self.columns, i / self.columns];
            ([self.first[0] + column as i64, self.first[1] + row as i64], *n)
        })
    }

    /// Which step of colour a count has, from 0: by its order of magnitude among the cells.
    fn step(&self, n: u32) -> usize {
        let share = f64::from(n).ln_1p() / f64::from(self.most.max(1)).ln_1p();
        ((share * STEPS as f64) as usize).min(STEPS - 1)
    }
}

/// The hexagons of a layer, where so many of its points are in sight that marks would hide one another.
pub(super) fn counted(layer: &Layer, styler: &Styler, detail: &Detail, shows: &dyn Fn(usize) -> bool) -> Option<Hexes> {
    styler.counts().then(|| Hexes::of(layer, detail, shows)).flatten()
}

/// The cells as draw lists: the fuller, the firmer.
pub fn drawn(hexes: Hexes, layer: &Layer, styler: &Styler, detail: &Detail) -> Drawn {
    let ink = styler.hue(layer);
    let rim = styler.ground();
    let (mut buffers, origin) = Buffers::over(&detail.window);
    for (cell, n) in hexes.cells() {
        // Their counts are read on all of them: the firmest is no firmer than letters allow.
        let firmest = if styler.is_dark() { 0.42 } else { 0.60 };
        let alpha = 0.14 + (firmest - 0.14) * hexes.step(n) as f32 / (STEPS - 1) as f32;
        let color = ink.gamma_multiply(alpha).to_array();
        let corners = hexes.grid.corners(cell, 0.03).map(|p| relative(p, origin));
        for i in 1..5 {
            let corner = |k: usize| FillVertex { offset: corners[k], color, pattern: 0 };
            buffers.fills.elements.extend([corner(0), corner(i), corner(i + 1)]);
        }
        for i in 0..6 {
            let ([a, b], [c, d]) = (corners[i], corners[(i + 1) % 6]);
            let color = rim.gamma_multiply(0.8).to_array();
            buffers.segments.elements.push(Segment { ends: [a, b, c, d], color, width: 1.0, dash: 0.0, start: 0.0 });
        }
    }
    Drawn { lists: slices(buffers, &detail.window), thinned: None, hexes: Some(std::sync::Arc::new(hexes)) }
}

/// Writes the counts into their cells, where a cell has room for its own.
pub fn counts(painter: &Painter, hexes: &Hexes, camera: &Camera, view: Rect, lang: Lang, palette: &Palette) {
    let width = WIDTH * camera.scale / hexes.grid.per_degree[1];
    let font = FontId::proportional(if width > 64.0 { 12.0 } else { 11.0 });
    let seen = view.expand(WIDTH as f32);
    for (cell, n) in hexes.cells() {
        let at = camera.screen_from_world(view, hexes.grid.center(cell));
        if !seen.contains(at) {
            continue;
        }
        let text = short(n, lang);
        let galley = painter.layout_no_wrap(text, font.clone(), palette.text);
        if f64::from(galley.size().x) < width * 0.92 {
            haloed(painter, at, galley, palette);
        }
    }
}

fn haloed(painter: &Painter, at: Pos2, galley: std::sync::Arc<eframe::egui::Galley>, palette: &Palette) {
    let min = Align2::CENTER_CENTER.anchor_size(at, galley.size()).min;
    let halo: Color32 = palette.halo.gamma_multiply(0.8);
    for offset in [Vec2::new(-1.0, 0.0), Vec2::new(1.0, 0.0), Vec2::new(0.0, -1.0), Vec2::new(0.0, 1.0)] {
        painter.galley_with_override_text_color(min + offset, galley.clone(), halo);
    }
    painter.galley(min, galley, palette.text);
}

/// A count that has room in a cell: 9,999, 1.2万, 123万; 12k, 1.2M.
fn short(n: u32, lang: Lang) -> String {
    let of = |unit: f64, name: &str| {
        let value = f64::from(n) / unit;
        if value < 9.95 { format!("{value:.1}{name}") } else { format!("{value:.0}{name}") }
    };
    match (lang, n) {
        (_, 0..10_000) => count(n as usize),
        (Lang::Zh, 10_000..100_000_000) => of(1e4, "万"),
        (Lang::Zh, _) => of(1e8, "亿"),
        (Lang::En, 10_000..1_000_000) => of(1e3, "k"),
        (Lang::En, _) => of(1e6, "M"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;
    use eframe::egui::vec2;

    fn layer(points: impl Iterator<Item = (f64, f64)>) -> Layer {
        let positions: Vec<String> = points.map(|(lon, lat)| format!("[{lon},{lat}]")).collect();
        let text = format!(r#"{{"type":"MultiPoint","coordinates":[{}]}}"#, positions.join(","));
        read_layer_bytes(text.as_bytes(), "p", &ReadOptions::default(), &Progress::default()).expect("readable")
    }

    fn scattered(n: u32) -> impl Iterator<Item = (f64, f64)> {
        // A sequence without a period in sight, over two degrees each way.
        (0..n).map(|i| {
            let (a, b) = (f64::from(i) * 0.618_033_988_75, f64::from(i) * 0.754_877_666_25);
            (120.0 + a.fract() * 2.0, 30.0 + b.fract() * 2.0)
        })
    }

    fn detail(scale: f64) -> Detail {
        let camera = Camera { center: LonLat::new(121.0, 31.0), scale };
        Detail::of_view(&camera, Rect::from_min_size(Pos2::ZERO, vec2(1_000.0, 700.0)))
    }

    #[test]
    fn every_point_is_counted_once_in_the_cell_whose_middle_is_nearest() {
        let layer = layer(scattered(20_000));
        let hexes = Hexes::of(&layer, &detail(300.0), &|_| true).expect("many in sight");
        assert_eq!(hexes.total(), 20_000);
        assert_eq!(hexes.cells().map(|(_, n)| n as usize).sum::<usize>(), 20_000);
        let [x, y] = hexes.grid.per_degree;
        for p in layer.geometries.positions_of(0).iter().step_by(97) {
            let (cell, n) = hexes.at(*p).expect("counted");
            assert!(n > 0);
            let away = |cell: [i64; 2]| {
                let c = hexes.grid.center(cell);
                ((c.lon - p.lon) * x).hypot((c.lat - p.lat) * y)
            };
            let own = away(cell);
            assert!(own <= Grid::size() + 1e-9, "{own} from the middle of its cell");
            for (dc, dr) in [(-1, 0), (1, 0), (0, 1), (0, -1), (-1, 1), (1, 1), (-1, -1), (1, -1)] {
                assert!(away([cell[0] + dc, cell[1] + dr]) >= own - 1e-9, "{cell:?} {dc} {dr}");
            }
        }
    }

    #[test]
    fn few_in_sight_have_marks_and_cells_stay_while_the_map_moves() {
        assert!(Hexes::of(&layer(scattered(4_000)), &detail(300.0), &|_| true).is_none());
        let many = layer(scattered(20_000));
        // So near that a few hundred are in sight.
        assert!(Hexes::of(&many, &detail(6_000.0), &|_| true).is_none());
        let grid = |lat: f64| {
            let camera = Camera { center: LonLat::new(121.0, lat), scale: 300.0 };
            let view = Rect::from_min_size(Pos2::ZERO, vec2(1_000.0, 700.0));
            Grid::of(&Detail::of_view(&camera, view)).expect("a level")
        };
        assert_eq!(grid(31.0), grid(31.2), "a small way");
    }

    #[test]
    fn counts_are_as_short_as_their_cells() {
        let said = |n, lang| short(n, lang);
        assert_eq!([7, 9_999, 12_300, 1_234_567].map(|n| said(n, Lang::Zh)), ["7", "9,999", "1.2万", "123万"]);
        assert_eq!([7, 9_999, 12_300, 1_234_567].map(|n| said(n, Lang::En)), ["7", "9,999", "12k", "1.2M"]);
    }
}
