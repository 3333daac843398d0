//! Backdrops under the layers: tiles as textured meshes through the map's own camera. What is on is opened, what is off is closed;
//! of a service nothing is asked before it is on.

use super::camera::Camera;
use super::overlay::haloed;
use crate::geodesy::LonLat;
use crate::i18n::{Lang, cause_text, tr};
use crate::raster::{
    About, Backdrop, Grid, Loader, Opening, Pixels, RasterError, ServiceKey, Template, TileCache, TileId, Tiles, Told,
};
use crate::session::{Key, OpenBackdrop, Wake};
use crate::ui::theme::Palette;
use eframe::egui::{
    self, Align2, Color32, ColorImage, FontId, Mesh, Painter, Pos2, Rect, Shape, TextureHandle, TextureOptions, pos2,
    vec2,
};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

/// Tiles of a view at most.
const MOST: usize = 320;
/// What the tiles of a backdrop take at most, those of the view aside; bytes.
const KEPT: usize = 128 << 20;
/// Tiles that are known of a backdrop at most, those that are not there among them.
const KNOWN: usize = 20_000;
/// Tiles that are handed to the GPU in a frame.
const A_FRAME: usize = 8;
/// Levels above a tile that stand in for it while it is on its way.
const ABOVE: u8 = 8;

/// What becomes of a backdrop that is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is off.
    Off,
    /// Its source is being opened.
    Opening,
    /// It is shown; tiles may be on their way.
    Shown,
    /// It begins at a larger scale.
    TooFar,
    /// Its server does not answer, and is asked again.
    Waiting(RasterError),
    /// Nothing of it can be shown.
    Failed(RasterError),
}

/// A tile that is known.
struct Tile {
    /// None where the source has none.
    texture: Option<TextureHandle>,
    bytes: usize,
    seen: u64,
}

/// A backdrop that is on.
struct Drawn {
    backdrop: Arc<Backdrop>,
    key: ServiceKey,
    loader: Loader,
    about: Option<Arc<About>>,
    tiles: HashMap<TileId, Tile>,
    /// Where the corners of the meshes of tiles lie.
    corners: HashMap<TileId, Vec<LonLat>>,
    /// Decoded, and not yet with the GPU.
    coming: VecDeque<(TileId, Pixels)>,
    /// The side of its tiles; pixels.
    side: usize,
    status: Status,
    /// True where a damaged tile was told.
    has_told_damage: bool,
}

/// What a backdrop has to say that a planner should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// Nothing of it can be shown, or a server does not answer.
    Failed(RasterError),
    /// A tile is damaged; later ones are not told.
    Damaged(RasterError),
    /// What somebody should know of it.
    Note(String, crate::i18n::Said),
    /// Tiles cannot be kept on the disk.
    NotKept(String),
}

impl News {
    /// What went wrong, in the reader's language; `None` for what is only to be known.
    pub fn error(&self, lang: Lang) -> Option<String> {
        Some(match self {
            Self::Failed(e) => e.message(lang),
            Self::Damaged(e) => tr!(lang, "backdrop.damaged", what = e.message(lang)).into_owned(),
            Self::NotKept(cause) => tr!(lang, "backdrop.not_kept", cause = cause_text(cause, lang)).into_owned(),
            Self::Note(..) => return None,
        })
    }

    /// What is to be known.
    pub fn note(&self, lang: Lang) -> String {
        match self {
            Self::Note(name, note) => tr!(lang, "raster.of", of = name, why = note.text(lang)).into_owned(),
            _ => self.error(lang).unwrap_or_default(),
        }
    }
}

/// The backdrops of a page, with what opening them needs.
#[derive(Clone, Default)]
pub struct Under {
    /// Those that are on, the one on top first.
    pub all: Vec<OpenBackdrop>,
    /// The planner's keys, by the servers they are for.
    pub keys: BTreeMap<String, ServiceKey>,
    /// Where tiles of services are kept.
    pub cache: Option<Arc<TileCache>>,
}

/// The backdrops that are on, with their tiles.
pub struct Backdrops {
    drawn: HashMap<Key, Drawn>,
    cache: Option<Arc<TileCache>>,
    wake: Wake,
    frame: u64,
    /// Tiles of a view at most.
    most: usize,
    news: Vec<News>,
}

impl Backdrops {
    /// None is on. Tiles of services are kept in a cache, where there is one.
    pub fn new(cache: Option<Arc<TileCache>>, wake: Wake) -> Self {
        Self { drawn: HashMap::new(), cache, wake, frame: 0, most: MOST, news: Vec::new() }
    }

    /// For a page, which has more dots than a screen.
    pub fn for_paper(cache: Option<Arc<TileCache>>) -> Self {
        Self { most: 3 * MOST, ..Self::new(cache, Arc::new(|| {})) }
    }

    /// Where tiles of services are kept.
    pub fn cache(&self) -> Option<&Arc<TileCache>> {
        self.cache.as_ref()
    }

    /// Opens what was turned on and closes what was turned off; with the planner's keys by the servers they are for.
    pub fn follow(&mut self, ctx: &egui::Context, all: &[OpenBackdrop], keys: &BTreeMap<String, ServiceKey>) {
        self.frame += 1;
        let key_for = |backdrop: &Backdrop| {
            let template = backdrop.url.as_deref().and_then(|url| Template::parse(url).ok());
            template.and_then(|(template, _)| keys.get(template.origin()).cloned()).unwrap_or_default()
        };
        let is_on = |key: &Key, drawn: &Drawn| {
            let own = all.iter().find(|open| open.key == *key && open.backdrop.on);
            own.is_some_and(|open| {
                open.backdrop.has_same_source(&drawn.backdrop) && key_for(&open.backdrop) == drawn.key
            })
        };
        self.drawn.retain(|key, drawn| is_on(key, drawn));
        for OpenBackdrop { key, backdrop } in all.iter().filter(|open| open.backdrop.on) {
            let drawn = self.drawn.entry(*key).or_insert_with(|| {
                let own = key_for(backdrop);
                let opening = Opening { key: own.clone(), cache: self.cache.clone() };
                let wake = Arc::clone(&self.wake);
                Drawn {
                    backdrop: Arc::clone(backdrop),
                    key: own,
                    loader: Loader::start(Backdrop::clone(backdrop), opening, move || wake()),
                    about: None,
                    tiles: HashMap::new(),
                    corners: HashMap::new(),
                    coming: VecDeque::new(),
                    side: 256,
                    status: Status::Opening,
                    has_told_damage: false,
                }
            });
            drawn.backdrop = Arc::clone(backdrop);
            drawn.take(ctx, self.frame, &mut self.news);
        }
        if let Some(cause) = self.cache.as_ref().and_then(|cache| cache.take_trouble()) {
            self.news.push(News::NotKept(cause));
        }
    }

    /// What there is to be told.
    pub fn take_news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }

    /// True where nothing is on its way.
    pub fn is_settled(&self) -> bool {
        self.news.is_empty() && self.drawn.values().all(Drawn::is_settled)
    }

    /// What becomes of a backdrop.
    pub fn status(&self, key: Key) -> Status {
        self.drawn.get(&key).map_or(Status::Off, |drawn| drawn.status.clone())
    }

    /// What is known of one that is on.
    pub fn about(&self, key: Key) -> Option<&Arc<About>> {
        self.drawn.get(&key)?.about.as_ref()
    }

    /// True where something of a backdrop is under the map.
    pub fn is_any_on(&self) -> bool {
        !self.drawn.is_empty()
    }

    /// Draws them, the last of the list first, and asks for what is not there.
    pub fn paint(&mut self, painter: &Painter, camera: &Camera, view: Rect, all: &[OpenBackdrop]) {
        for open in all.iter().rev() {
            if let Some(drawn) = self.drawn.get_mut(&open.key) {
                drawn.paint(painter, camera, view, self.most, self.frame);
            }
        }
    }

    /// Whose the pictures are, at the lower right of the map, and which of them begin at a larger scale.
    pub fn credits(&self, painter: &Painter, view: Rect, all: &[OpenBackdrop], palette: &Palette, lang: Lang) {
        let mut lines: Vec<String> = Vec::new();
        for open in all {
            let Some(drawn) = self.drawn.get(&open.key) else { continue };
            let own = drawn.about.as_ref().map(|about| about.attribution.clone()).unwrap_or_default();
            let credit = if open.backdrop.attribution.is_empty() { own } else { open.backdrop.attribution.clone() };
            if !credit.is_empty() && !lines.contains(&credit) && drawn.status == Status::Shown {
                lines.push(credit);
            }
            let missing = match drawn.status {
                Status::TooFar => "backdrop.too_far",
                Status::Waiting(_) | Status::Failed(_) => "backdrop.not_shown",
                _ => continue,
            };
            lines.push(tr!(lang, missing, name = open.backdrop.title).into_owned());
        }
        let text = lines.join("  ·  ");
        if !text.is_empty() {
            let at = view.right_bottom() + vec2(-8.0, -20.0);
            haloed(painter, at, Align2::RIGHT_BOTTOM, &text, FontId::proportional(11.0), palette.text, palette.halo);
        }
    }
}

impl Drawn {
    /// Takes in what its loader has to tell, and hands some tiles to the GPU.
    fn take(&mut self, ctx: &egui::Context, frame: u64, news: &mut Vec<News>) {
        let name = self.backdrop.title.clone();
        for told in self.loader.poll() {
            match told {
                Told::Opened(about) => {
                    news.extend(about.notes.iter().map(|note| News::Note(name.clone(), note.clone())));
                    (self.about, self.status) = (Some(about), Status::Shown);
                }
                Told::Tile(tile, Some(pixels)) => self.coming.push_back((tile, pixels)),
                Told::Tile(tile, None) => drop(self.tiles.insert(tile, Tile { texture: None, bytes: 0, seen: frame })),
                Told::Damaged(tile, e) => {
                    self.tiles.insert(tile, Tile { texture: None, bytes: 0, seen: frame });
                    if !self.has_told_damage {
                        self.has_told_damage = true;
                        news.push(News::Damaged(e));
                    }
                }
                Told::Waiting(e) => {
                    news.push(News::Failed(e.clone()));
                    self.status = Status::Waiting(e);
                }
                Told::Back => self.status = Status::Shown,
                Told::Failed(e) => {
                    news.push(News::Failed(e.clone()));
                    self.status = Status::Failed(e);
                }
            }
        }
        for _ in 0..A_FRAME {
            let Some((tile, Pixels { size, rgba })) = self.coming.pop_front() else { break };
            self.side = size[0].max(size[1]).max(if self.is_of_the_world() { 1 } else { 256 });
            let bytes = rgba.len();
            let image = ColorImage::from_rgba_unmultiplied(size, &rgba);
            let texture = ctx.load_texture("backdrop", image, TextureOptions::LINEAR);
            self.tiles.insert(tile, Tile { texture: Some(texture), bytes, seen: frame });
        }
        if !self.coming.is_empty() {
            ctx.request_repaint();
        }
    }

    fn is_of_the_world(&self) -> bool {
        self.about.as_ref().is_some_and(|about| matches!(about.grid, Grid::World(..)))
    }

    fn is_settled(&self) -> bool {
        let has_told = !matches!(self.status, Status::Opening);
        has_told && self.loader.is_idle() && self.coming.is_empty()
    }

    /// The tiles of a view, of the level that its scale wants or the next coarser that is not too many.
    fn wanted(&self, about: &About, camera: &Camera, view: Rect, pixels_per_point: f32, most: usize) -> Tiles {
        let metres = camera.metres_per_point() / f64::from(pixels_per_point);
        let [first, last] = about.levels;
        let mut level = about.grid.level_for(metres, camera.center, self.side.max(1)).clamp(first, last);
        // Larger tiles are fewer.
        let most = (most * 256 * 256 / (self.side * self.side).max(1)).clamp(32, most);
        let visible = camera.visible(view);
        loop {
            match about.grid.tiles(visible, about.bounds, level, most) {
                Tiles::TooMany if level > first => level -= 1,
                tiles => return tiles,
            }
        }
    }

    fn paint(&mut self, painter: &Painter, camera: &Camera, view: Rect, most: usize, frame: u64) {
        let Some(about) = self.about.clone() else { return };
        let tiles = match self.wanted(&about, camera, view, painter.ctx().pixels_per_point(), most) {
            Tiles::These(tiles) => tiles,
            nothing => {
                self.loader.want(&[]);
                let is_far = nothing == Tiles::TooMany;
                match self.status {
                    Status::Shown if is_far => self.status = Status::TooFar,
                    Status::TooFar if !is_far => self.status = Status::Shown,
                    _ => {}
                }
                return;
            }
        };
        if self.status == Status::TooFar {
            self.status = Status::Shown;
        }
        self.loader.want(&tiles);
        // Those of other views.
        if self.corners.len() > 4 * MOST {
            self.corners.clear();
        }
        let ink = Color32::from_white_alpha((self.backdrop.opacity() * 255.0).round() as u8);
        for tile in &tiles {
            let Some(shown) = self.stands_for(*tile, frame) else { continue };
            let corners = self.corners.entry(*tile).or_insert_with(|| corners(&about.grid, *tile));
            let corners: Vec<Pos2> = corners.iter().map(|p| camera.screen_from_world(view, *p)).collect();
            painter.add(Shape::mesh(mesh(&about.grid, *tile, shown, &corners, ink)));
        }
        self.let_go(frame);
    }

    /// The tile, or the nearest above it that is there, with its texture; none where the source has none.
    fn stands_for(&mut self, tile: TileId, frame: u64) -> Option<(TileId, egui::TextureId)> {
        let mut at = tile;
        for _ in 0..=ABOVE {
            if let Some(known) = self.tiles.get_mut(&at) {
                known.seen = frame;
                if let Some(texture) = &known.texture {
                    return Some((at, texture.id()));
                }
                if at == tile {
                    // It was looked for: what is above it is coarser, and there is nothing here.
                    return None;
                }
            }
            at = at.parent()?;
        }
        None
    }

    /// Lets tiles go that were not seen for longest, until the others have room.
    fn let_go(&mut self, frame: u64) {
        let mut bytes: usize = self.tiles.values().map(|tile| tile.bytes).sum();
        if bytes <= KEPT && self.tiles.len() <= KNOWN {
            return;
        }
        let mut old: Vec<(u64, TileId)> =
            self.tiles.iter().filter(|(_, tile)| tile.seen < frame).map(|(id, tile)| (tile.seen, *id)).collect();
        old.sort_unstable();
        for (_, id) in old {
            // Some room, so that the next tile does not take up the work again.
            if bytes <= KEPT / 4 * 3 && self.tiles.len() <= KNOWN / 4 * 3 {
                break;
            }
            bytes -= self.tiles.remove(&id).map_or(0, |tile| tile.bytes);
            self.loader.forget(id);
        }
    }
}

/// Cells along a side of a tile's mesh: coarse tiles are bent.
fn cells(grid: &Grid, level: u8) -> u32 {
    match (grid, level) {
        (Grid::World(..), 0..=2) => 32,
        (Grid::World(..), 3..=6) => 12,
        _ => 4,
    }
}

/// The corners of a tile's mesh, row by row; none where one has no place: then the whole tile is left out.
fn corners(grid: &Grid, tile: TileId) -> Vec<LonLat> {
    let (cells, share) = (cells(grid, tile.level), grid.share(tile));
    let along = |n: u32, side: usize| share[side] * f64::from(n) / f64::from(cells);
    let place = |column, row| {
        grid.position(tile.level, [f64::from(tile.x) + along(column, 0), f64::from(tile.y) + along(row, 1)])
    };
    let all = (0..=cells).flat_map(|row| (0..=cells).map(move |column| (column, row)));
    all.map(|(column, row)| place(column, row)).collect::<Option<_>>().unwrap_or_default()
}

/// The mesh of a tile, with the part of a texture that lies in it: of its own, or of one above it.
fn mesh(
    grid: &Grid,
    tile: TileId,
    (shown, texture): (TileId, egui::TextureId),
    corners: &[Pos2],
    ink: Color32,
) -> Mesh {
    let cells = cells(grid, tile.level);
    let mut mesh = Mesh::with_texture(texture);
    let (share, above) = (grid.share(tile), grid.share(shown));
    let scale = f64::from(tile.level - shown.level).exp2();
    let part = |n: u32, side: usize, own: u32, above_at: u32| {
        let along = f64::from(own) + share[side] * f64::from(n) / f64::from(cells);
        ((along / scale - f64::from(above_at)) / above[side].max(1e-9)) as f32
    };
    let places = (0..=cells).flat_map(|row| (0..=cells).map(move |column| (column, row)));
    for ((column, row), pos) in places.zip(corners) {
        let uv = pos2(part(column, 0, tile.x, shown.x), part(row, 1, tile.y, shown.y));
        mesh.vertices.push(egui::epaint::Vertex { pos: *pos, uv, color: ink });
    }
    let side = cells + 1;
    let squares = if corners.is_empty() { 0 } else { cells };
    for row in 0..squares {
        for column in 0..squares {
            let first = row * side + column;
            mesh.indices.extend([first, first + 1, first + side, first + 1, first + side + 1, first + side]);
        }
    }
    mesh
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raster::Tiling;

    #[test]
    fn a_tile_above_is_cut_to_the_tile_it_stands_for() {
        let grid = Grid::World(Tiling::Mercator, Default::default());
        let (tile, above) = (TileId { level: 12, x: 3431, y: 1673 }, TileId { level: 10, x: 857, y: 418 });
        let camera = Camera { center: LonLat::new(121.5, 31.2), scale: 1_000.0 };
        let view = Rect::from_min_size(Pos2::ZERO, vec2(800.0, 600.0));
        let places: Vec<Pos2> = corners(&grid, tile).iter().map(|p| camera.screen_from_world(view, *p)).collect();
        let mesh = mesh(&grid, tile, (above, egui::TextureId::default()), &places, Color32::WHITE);
        let (first, last) = (mesh.vertices[0], mesh.vertices[mesh.vertices.len() - 1]);
        assert_eq!((first.uv, last.uv), (pos2(0.75, 0.25), pos2(1.0, 0.5)));
        let corner = camera.screen_from_world(view, grid.position(12, [3431.0, 1673.0]).expect("a place"));
        assert!((first.pos - corner).length() < 1e-3 && last.pos.x > first.pos.x && last.pos.y > first.pos.y);
        assert_eq!(mesh.indices.len(), 4 * 4 * 6);
    }
}
