//! Where the tiles of a source lie: the usual cuts of the world, and the pixels of an image in any system.

use super::affine::Affine;
use super::{Shift, Tiling};
use crate::geodesy::crs::{Crs, gcj02_to_wgs84, wgs84_to_gcj02};
use crate::geodesy::{LonLat, LonLatBox, distance_m};
use std::sync::Arc;

/// Side of a tile that nothing else is known of; pixels.
pub(super) const TILE: u32 = 256;
/// The finest level of any source.
pub(super) const FINEST: u8 = 24;

/// A tile: its level (0 the coarsest), column from the west (or the left) and row from the north (or the top).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    /// Its level.
    pub level: u8,
    /// Its column.
    pub x: u32,
    /// Its row.
    pub y: u32,
}

impl TileId {
    /// The tile a level coarser that holds it.
    pub fn parent(self) -> Option<Self> {
        Some(Self { level: self.level.checked_sub(1)?, x: self.x >> 1, y: self.y >> 1 })
    }
}

/// The tiles of a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tiles {
    /// These, those in the middle first.
    These(Vec<TileId>),
    /// None: the source has nothing there.
    Elsewhere,
    /// More than are drawn: the source begins at a larger scale.
    TooMany,
}

/// Where the tiles of a source lie.
#[derive(Clone, Debug)]
pub enum Grid {
    /// A cut of the whole world.
    World(Tiling, Shift),
    /// The pixels of an image.
    Image(Arc<ImageGrid>),
}

/// An image and its place.
#[derive(Debug)]
pub struct ImageGrid {
    pub(super) size: [u32; 2],
    pub(super) affine: Affine,
    pub(super) crs: Crs,
    /// The level at which a pixel of a tile is a pixel of the image.
    pub(super) finest: u8,
    /// Metres to a pixel, in the middle.
    pub(super) metres: f64,
    /// What of the world it covers.
    pub(super) bounds: LonLatBox,
}

impl ImageGrid {
    /// An image of this size at its place; `None` where that is none on the ground.
    pub(super) fn new(size: [u32; 2], affine: Affine, crs: Crs) -> Option<Self> {
        let side = size[0].max(size[1]).div_ceil(TILE);
        let finest = u8::try_from(u32::BITS - side.max(1).saturating_sub(1).leading_zeros()).ok()?;
        let grid = Self { size, affine, crs, finest, metres: 0.0, bounds: LonLatBox::EMPTY };
        let [w, h] = size.map(f64::from);
        let of = |column: f64, row: f64| grid.position([column, row]);
        let step = (w.min(h) / 4.0).clamp(1.0, 64.0);
        let (middle, beside) = (of(w / 2.0, h / 2.0)?, of(w / 2.0 + step, h / 2.0)?);
        let metres = distance_m(middle, beside) / step;
        let along = (0..=32).map(|i| f64::from(i) / 32.0);
        let border = along.flat_map(|s| [of(w * s, 0.0), of(w * s, h), of(0.0, h * s), of(w, h * s)]);
        let bounds = border.flatten().fold(LonLatBox::EMPTY, LonLatBox::with);
        let is_on_the_ground = metres > 1e-6 && metres.is_finite() && middle.is_in_range() && !bounds.is_empty();
        is_on_the_ground.then_some(Self { metres, bounds, ..grid })
    }

    fn position(&self, place: [f64; 2]) -> Option<LonLat> {
        let [x, y] = self.affine.forward(place);
        self.crs.to_wgs84(x, y).filter(|p| p.lon.is_finite() && p.lat.is_finite())
    }

    /// Pixels of the image to a pixel of a tile.
    pub(super) fn step(&self, level: u8) -> f64 {
        f64::from(self.finest.saturating_sub(level)).exp2()
    }

    /// The columns and rows of the image that a box covers: first and last.
    fn window(&self, view: LonLatBox) -> Option<[[f64; 2]; 2]> {
        const STEPS: u32 = 8;
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for i in 0..=STEPS {
            for j in 0..=STEPS {
                let share = |n: u32| f64::from(n) / f64::from(STEPS);
                let lon = view.min.lon + (view.max.lon - view.min.lon) * share(i);
                let lat = view.min.lat + (view.max.lat - view.min.lat) * share(j);
                let Some((x, y)) = self.crs.from_wgs84(LonLat::new(lon, lat)) else { continue };
                let at = self.affine.inverse([x, y]);
                for side in 0..2 {
                    low[side] = low[side].min(at[side]);
                    high[side] = high[side].max(at[side]);
                }
            }
        }
        low.iter().chain(&high).all(|v| v.is_finite()).then_some([low, high])
    }
}

/// Longitude and latitude as a share of the world's square, from the north-west; and back.
fn mercator(p: LonLat) -> [f64; 2] {
    let lat = p.lat.clamp(-85.051_128_779_806_6, 85.051_128_779_806_6).to_radians();
    [(p.lon + 180.0) / 360.0, (1.0 - lat.tan().asinh() / std::f64::consts::PI) / 2.0]
}

fn from_mercator([x, y]: [f64; 2]) -> LonLat {
    let lat = (std::f64::consts::PI * (1.0 - 2.0 * y)).sinh().atan().to_degrees();
    LonLat::new(x * 360.0 - 180.0, lat)
}

impl Grid {
    /// The place at columns and rows of a level, counted in tiles from the first; `None` where there is none.
    pub fn position(&self, level: u8, [x, y]: [f64; 2]) -> Option<LonLat> {
        let all = f64::from(level).exp2();
        match self {
            Self::World(tiling, shift) => {
                let at = [x / all, y / all];
                let p = match tiling {
                    Tiling::Mercator => from_mercator(at),
                    Tiling::Geographic => LonLat::new(at[0] * 360.0 - 180.0, 90.0 - at[1] * 360.0),
                };
                Some(if *shift == Shift::Gcj02 { gcj02_to_wgs84(p) } else { p })
            }
            Self::Image(image) => {
                let step = image.step(level) * f64::from(TILE);
                let [w, h] = image.size.map(f64::from);
                image.position([(x * step).min(w), (y * step).min(h)])
            }
        }
    }

    /// What of a tile there is, as shares of its width and height: the last ones of an image are narrower and lower.
    pub fn share(&self, tile: TileId) -> [f64; 2] {
        match self {
            Self::World(..) => [1.0; 2],
            Self::Image(image) => {
                let step = image.step(tile.level) * f64::from(TILE);
                let part = |side: u32, at: u32| (f64::from(side) / step - f64::from(at)).clamp(0.0, 1.0);
                [part(image.size[0], tile.x), part(image.size[1], tile.y)]
            }
        }
    }

    /// The level whose pixels are nearest to so many metres, at a place, of tiles of this side.
    pub fn level_for(&self, metres: f64, at: LonLat, side: usize) -> u8 {
        let finest = match self {
            Self::World(Tiling::Mercator, _) => (40_075_016.686 * at.lat.to_radians().cos() / side as f64, 0),
            Self::World(Tiling::Geographic, _) => (40_030_173.592 / side as f64, 0),
            Self::Image(image) => (image.metres, image.finest),
        };
        let level = f64::from(finest.1) + (finest.0 / metres).log2();
        if level.is_finite() { level.round().clamp(0.0, f64::from(FINEST)) as u8 } else { 0 }
    }

    /// The tiles of a level that a view shows; at most so many.
    pub fn tiles(&self, view: LonLatBox, within: LonLatBox, level: u8, most: usize) -> Tiles {
        let view = view.intersection(within);
        if view.is_empty() {
            return Tiles::Elsewhere;
        }
        let (low, high, columns, rows) = match self {
            Self::World(tiling, shift) => {
                let all = f64::from(level).exp2();
                let share = |p: LonLat| {
                    let p = if *shift == Shift::Gcj02 { wgs84_to_gcj02(p) } else { p };
                    match tiling {
                        Tiling::Mercator => mercator(p),
                        Tiling::Geographic => [(p.lon + 180.0) / 360.0, (90.0 - p.lat) / 360.0],
                    }
                };
                let a = share(LonLat::new(view.min.lon, view.max.lat)).map(|v| v * all);
                let b = share(LonLat::new(view.max.lon, view.min.lat)).map(|v| v * all);
                let rows = if *tiling == Tiling::Geographic { (all / 2.0).max(1.0) } else { all };
                (a, b, all, rows)
            }
            Self::Image(image) => {
                let Some([a, b]) = image.window(view) else { return Tiles::Elsewhere };
                let step = image.step(level) * f64::from(TILE);
                let [w, h] = image.size.map(|side| (f64::from(side) / step).ceil().max(1.0));
                (a.map(|v| v / step), b.map(|v| v / step), w, h)
            }
        };
        let range = |low: f64, high: f64, all: f64| {
            let (first, last) = (low.floor().max(0.0), (high.ceil() - 1.0).min(all - 1.0));
            // A view without any extent lies in one.
            (first, last.max(first.min(all - 1.0)))
        };
        if high[0] < 0.0 || high[1] < 0.0 || low[0] >= columns || low[1] >= rows {
            return Tiles::Elsewhere;
        }
        let ((left, right), (top, bottom)) = (range(low[0], high[0], columns), range(low[1], high[1], rows));
        if (right - left + 1.0) * (bottom - top + 1.0) > most as f64 {
            return Tiles::TooMany;
        }
        let (left, right, top, bottom) = (left as u32, right as u32, top as u32, bottom as u32);
        let mut tiles: Vec<TileId> =
            (top..=bottom).flat_map(|y| (left..=right).map(move |x| TileId { level, x, y })).collect();
        let middle = [(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0];
        let apart = |tile: &TileId| {
            (f64::from(tile.x) + 0.5 - middle[0]).powi(2) + (f64::from(tile.y) + 0.5 - middle[1]).powi(2)
        };
        tiles.sort_by(|a, b| apart(a).total_cmp(&apart(b)));
        Tiles::These(tiles)
    }

    /// What of the world it covers at most.
    pub fn extent(&self) -> LonLatBox {
        match self {
            Self::World(Tiling::Mercator, _) => {
                LonLatBox { min: LonLat::new(-180.0, -85.0511), max: LonLat::new(180.0, 85.0511) }
            }
            Self::World(Tiling::Geographic, _) => {
                LonLatBox { min: LonLat::new(-180.0, -90.0), max: LonLat::new(180.0, 90.0) }
            }
            Self::Image(image) => image.bounds,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(lon: f64, lat: f64, half: f64) -> LonLatBox {
        LonLatBox { min: LonLat::new(lon - half, lat - half), max: LonLat::new(lon + half, lat + half) }
    }

    #[test]
    fn tiles_of_the_world_are_those_that_others_number_so() {
        // Shanghai's People's Square at level 12, as every slippy map has it; and in 天地图's matrix set c.
        let at = view(121.4737, 31.2304, 1e-6);
        let grid = Grid::World(Tiling::Mercator, Shift::None);
        assert_eq!(grid.tiles(at, grid.extent(), 12, 9), Tiles::These(vec![TileId { level: 12, x: 3430, y: 1673 }]));
        let grid = Grid::World(Tiling::Geographic, Shift::None);
        assert_eq!(grid.tiles(at, grid.extent(), 12, 9), Tiles::These(vec![TileId { level: 12, x: 3430, y: 668 }]));
    }

    #[test]
    fn a_place_lies_in_its_tile() {
        for tiling in [Tiling::Mercator, Tiling::Geographic] {
            for shift in [Shift::None, Shift::Gcj02] {
                let grid = Grid::World(tiling, shift);
                for (lon, lat, level) in [(121.47, 31.23, 14), (87.6, 43.8, 9), (104.0, 30.6, 18)] {
                    let Tiles::These(tiles) = grid.tiles(view(lon, lat, 1e-7), grid.extent(), level, 9) else {
                        panic!("{tiling:?} {shift:?}")
                    };
                    let tile = tiles[0];
                    let corner = |dx: u32, dy: u32| {
                        let at = [f64::from(tile.x + dx), f64::from(tile.y + dy)];
                        grid.position(level, at).expect("a place")
                    };
                    let (a, b) = (corner(0, 0), corner(1, 1));
                    let near = 1e-6;
                    assert!(a.lon - near <= lon && lon <= b.lon + near, "{tiling:?} {shift:?} {a:?} {b:?}");
                    assert!(b.lat - near <= lat && lat <= a.lat + near, "{tiling:?} {shift:?} {a:?} {b:?}");
                }
            }
        }
    }

    #[test]
    fn a_shifted_service_is_some_hundred_metres_off() {
        let (plain, shifted) =
            (Grid::World(Tiling::Mercator, Shift::None), Grid::World(Tiling::Mercator, Shift::Gcj02));
        let at = [13_720.5, 6_692.5];
        let apart = distance_m(plain.position(14, at).expect("there"), shifted.position(14, at).expect("there"));
        assert!((100.0..800.0).contains(&apart), "{apart}");
    }

    #[test]
    fn too_many_tiles_are_none() {
        let grid = Grid::World(Tiling::Mercator, Shift::None);
        let world = grid.extent();
        assert_eq!(grid.tiles(world, world, 10, 200), Tiles::TooMany);
        assert_eq!(grid.tiles(view(10.0, 10.0, 1.0), view(100.0, 10.0, 1.0), 5, 200), Tiles::Elsewhere);
        let Tiles::These(all) = grid.tiles(world, world, 2, 16) else { panic!("sixteen") };
        assert_eq!(all.len(), 16);
    }

    #[test]
    fn the_level_follows_the_scale() {
        let grid = Grid::World(Tiling::Mercator, Shift::None);
        let at = LonLat::new(121.0, 0.0);
        assert_eq!(grid.level_for(156_543.0, at, 256), 0);
        assert_eq!(grid.level_for(9.55, at, 256), 14);
        assert_eq!(grid.level_for(9.55, at, 512), 13);
        assert_eq!(grid.level_for(f64::NAN, at, 256), 0);
        assert_eq!(grid.level_for(1e-9, at, 256), FINEST);
    }

    #[test]
    fn an_image_lies_where_its_system_says() {
        // A kilometre square of CGCS2000 3-degree zone 40, a metre to a pixel.
        let affine = Affine { a: 1.0, b: 0.0, c: 40_600_000.0, d: 0.0, e: -1.0, f: 3_450_000.0 };
        let crs = Crs::parse("EPSG:4528").expect("known");
        let there = crs.to_wgs84(40_600_500.0, 3_449_500.0).expect("there");
        let image = ImageGrid::new([1000, 1000], affine, crs).expect("on the ground");
        assert!((image.metres - 1.0).abs() < 1e-2, "{}", image.metres);
        assert_eq!(image.finest, 2);
        let grid = Grid::Image(Arc::new(image));
        let Tiles::These(tiles) = grid.tiles(view(there.lon, there.lat, 1e-7), grid.extent(), 2, 9) else {
            panic!("a tile")
        };
        assert_eq!(tiles, [TileId { level: 2, x: 1, y: 1 }]);
        assert_eq!(grid.share(TileId { level: 2, x: 3, y: 0 }), [1000.0 / 256.0 - 3.0, 1.0]);
        let Tiles::These(all) = grid.tiles(grid.extent(), grid.extent(), 2, 16) else { panic!("all") };
        assert_eq!(all.len(), 16);
        let Tiles::These(whole) = grid.tiles(grid.extent(), grid.extent(), 0, 1) else { panic!("one") };
        assert_eq!(whole, [TileId { level: 0, x: 0, y: 0 }]);
        assert_eq!(grid.tiles(view(10.0, 10.0, 1.0), grid.extent(), 2, 9), Tiles::Elsewhere);
        let beyond = Affine { c: 1e12, ..affine };
        assert!(ImageGrid::new([10, 10], beyond, Crs::wgs84()).is_none());
    }
}
