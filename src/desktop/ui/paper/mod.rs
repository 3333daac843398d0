//! The map on paper: a page with title, map, legend, scale, north, graticule and the fields that offices print; PNG by the code that
//! draws the window's map, PDF as areas, lines and letters from the same draw lists.

mod comments;
mod easel;
mod legend;
mod letters;
mod page;
mod pdf;
pub(in crate::ui) mod preview;
pub mod series;
mod title;
mod vector;
mod vector_map;

use super::map::Gpu;
use super::map::backdrop::{Backdrops, Under};
use super::map::camera::Camera;
use super::map::scene::{Shown, place_of_zones};
use super::offscreen::DrawError;
pub use crate::cli::{PaperSize, PrintOptions};
use crate::comments::Comment;
use crate::geodesy::{LonLatBox, meridional_radius_m};
use crate::i18n::{Lang, tr};
use crate::index::IndexedLayer;
use crate::progress::Progress;
use crate::query::{ViewedZone, ZoneBounds, ZoneView, zone_in_view};
use crate::session::{KeptZone, Key};
use easel::Easel;
use eframe::egui::{Pos2, Rect, Vec2, vec2};
pub(in crate::ui) use pdf::screenshot;
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
pub(in crate::ui) use title::map_title;

/// Dots to an inch.
pub const DPI: f32 = 300.0;
/// Points of the map to an inch: signs on paper are as large as on the screen.
const POINTS: f32 = 96.0;
/// Points of printers to an inch.
const PRINTERS_POINTS: f32 = 72.0;

/// A page and what is written on it. Kept from one map to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Paper {
    /// Its size.
    pub size: PaperSize,
    /// Upright.
    pub portrait: bool,
    /// The title.
    pub title: String,
    /// What the map of that title was called by itself: another map does not get it.
    pub title_of: String,
    /// 审图号: the number under which the map was examined.
    pub map_number: String,
    /// 密级: how secret it is.
    pub secrecy: String,
    /// 编制单位: who made it.
    pub unit: String,
    /// Where the data come from.
    pub source: String,
    /// The date; today's where none is given.
    pub date: String,
    /// Comments stand on the map with their numbers, and beside the legend.
    pub comments: bool,
    /// A series has a page with all of its pages first.
    pub index: bool,
    /// Its pages have a key map.
    pub inset: bool,
}

impl Default for Paper {
    fn default() -> Self {
        Self {
            size: PaperSize::A4,
            portrait: false,
            title: String::new(),
            title_of: String::new(),
            map_number: String::new(),
            secrecy: String::new(),
            unit: String::new(),
            source: String::new(),
            date: String::new(),
            comments: false,
            index: true,
            inset: true,
        }
    }
}

/// A file's format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A picture.
    Png,
    /// A page.
    Pdf,
}

impl Format {
    /// By the ending of its name: a page where it is not PNG.
    pub fn of(path: &Path) -> Self {
        if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("png")) { Self::Png } else { Self::Pdf }
    }
}

/// What stands on the map, apart from the session: it is drawn on another thread.
#[derive(Clone)]
pub struct Content {
    /// What is drawn, bottom first, and what the legend calls it.
    pub shown: Vec<(Shown, String)>,
    /// The scale is one to this; the roundest at which the window's view fits where none is given.
    pub scale: Option<f64>,
    /// What is to be on the map where no scale is given; the middle of it is the page's.
    pub bounds: LonLatBox,
    /// Zones that are drawn for the page's own scale, whatever the window shows of them.
    pub zones: Vec<ZoneOf>,
    /// True where one of them is not drawn at the page's scale.
    pub leaves_out_zones: bool,
    /// What of the open layers is not on the map, in words.
    pub left_out: Vec<String>,
    /// Comments that are printed with their numbers; on a page alone.
    pub comments: Vec<Comment>,
    /// The pictures under the layers; on a page alone.
    pub under: Under,
}

/// A zone that is to stand on a page.
#[derive(Clone)]
pub struct ZoneOf {
    /// The answer.
    pub answer: Key,
    /// What it lies round.
    pub reference: Arc<IndexedLayer>,
    /// How far.
    pub distance_m: f64,
    /// What the legend calls it.
    pub name: String,
}

impl Content {
    /// The same with its zones drawn, for a map of so many points of so many pixels each way.
    fn with_zones(&self, map: Vec2, pixels_per_point: f32) -> Self {
        let mut content = Self { zones: Vec::new(), ..self.clone() };
        let (camera, _) = camera(self, map);
        let view = Rect::from_min_size(Pos2::ZERO, map);
        let window = camera.visible(view.expand(16.0));
        // As finely as the dots of the paper show it, but no finer than a hair.
        let view = ZoneView { window, cell_m: camera.metres_per_point() / f64::from(pixels_per_point.clamp(1.0, 2.0)) };
        for of in &self.zones {
            let drawn = zone_in_view(&of.reference, of.distance_m, &view, ZoneBounds::WINDOW, &Progress::default());
            // Nobody stops it.
            let zone = KeptZone::new(view, drawn.unwrap_or(ViewedZone::TooSmall));
            content.leaves_out_zones |= zone.is_left_out;
            if let Some(layer) = zone.layer {
                let shown: Vec<Shown> = content.shown.iter().map(|(what, _)| what.clone()).collect();
                let place = place_of_zones(&shown);
                content.shown.insert(place, (Shown::zone(of.answer, layer), of.name.clone()));
            }
        }
        content
    }
}

impl Paper {
    /// What the command line asked for, of a map that is called so by itself.
    pub fn of_options(options: &PrintOptions, own: Option<String>, lang: Lang) -> Self {
        let untitled = || own.unwrap_or_else(|| tr!(lang, "paper.untitled").into_owned());
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Self {
            size: options.paper,
            portrait: options.portrait,
            title: options.title.clone().unwrap_or_else(untitled),
            title_of: String::new(),
            map_number: text(&options.map_number),
            secrecy: text(&options.secrecy),
            unit: text(&options.unit),
            source: text(&options.source),
            date: text(&options.date),
            comments: options.comments,
            index: true,
            inset: true,
        }
    }

    /// Width and height; points of the map.
    pub fn points(&self) -> Vec2 {
        let (short_mm, long_mm) = match self.size {
            PaperSize::A4 => (210.0, 297.0),
            PaperSize::A3 => (297.0, 420.0),
        };
        let mm = if self.portrait { vec2(short_mm, long_mm) } else { vec2(long_mm, short_mm) };
        mm / 25.4 * POINTS
    }

    /// Width and height; pixels.
    pub fn pixels(&self) -> (u32, u32) {
        let size = self.points() * (DPI / POINTS);
        (size.x.round() as u32, size.y.round() as u32)
    }
}

/// The camera on a page whose map has so many points: at the scale asked for, else at the roundest at which everything
/// that the window shows is on it.
pub fn camera(content: &Content, map: Vec2) -> (Camera, f64) {
    let center = content.bounds.center();
    let metres_per_degree = meridional_radius_m(center.lat).to_radians();
    let aspect = Camera { center, scale: 1.0 }.aspect();
    let LonLatBox { min, max } = content.bounds;
    let ground = [(max.lon - min.lon) * aspect, max.lat - min.lat].map(|degrees| degrees * metres_per_degree);
    let per_point = (ground[0] / f64::from(map.x)).max(ground[1] / f64::from(map.y));
    let metres_to_scale = f64::from(POINTS) / 0.0254;
    let denominator = content.scale.unwrap_or_else(|| round_scale(per_point * metres_to_scale));
    let scale = metres_per_degree / (denominator / metres_to_scale);
    (Camera { center, scale }, denominator)
}

/// The roundest denominator that is at least this.
fn round_scale(least: f64) -> f64 {
    let power = 10_f64.powf(least.max(1.0).log10().floor());
    [1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.5, 10.0].iter().map(|k| k * power).find(|d| *d >= least).unwrap_or(least)
}

/// Draws the page; the bytes of its file. On any thread.
///
/// # Errors
/// [`DrawError`]: no driver, or one that fails.
pub fn draw(paper: &Paper, content: &Content, lang: Lang, format: Format) -> Result<Vec<u8>, DrawError> {
    let map = page::map_frame(Rect::from_min_size(Pos2::ZERO, paper.points()), paper.portrait).size();
    let content = &content.with_zones(map, DPI / POINTS);
    let mut easel = Easel::new(paper.pixels(), DPI / POINTS, lang)?;
    easel.backdrops = Backdrops::for_paper(content.under.cache.clone());
    match format {
        Format::Pdf => {
            let mut pages = pdf::Pages::new(lang);
            easel.add_page(&mut pages, paper, content, None, lang)?;
            Ok(pages.finish(&paper.title))
        }
        Format::Png => pdf::png(&easel.drawn(&content.under, |ui, scene, backdrops| {
            page::show(ui, paper, content, None, scene, backdrops, &Gpu::Wgpu, lang)
        })?),
    }
}

/// Draws the map alone, for a page: a PNG of so many points, two pixels to a point. On any thread.
///
/// # Errors
/// As [`draw`].
pub fn picture(content: &Content, points: (u32, u32), lang: Lang) -> Result<Vec<u8>, DrawError> {
    Pictures::new(points, lang)?.png(content, false)
}

/// As [`picture`], without a scale bar: for lists.
///
/// # Errors
/// As [`draw`].
pub fn bare_picture(content: &Content, points: (u32, u32), lang: Lang) -> Result<Vec<u8>, DrawError> {
    Pictures::new(points, lang)?.drawn(content, Beside::Nothing)
}

/// What stands on a map that is no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// Nothing but the layers and their names.
    Nothing,
    /// A scale bar.
    Scale,
    /// And a legend of what has a name, in a language.
    Legend(Lang),
}

/// Maps of one size drawn one after another: what they share is made ready once.
pub struct Pictures {
    easel: Easel,
    points: Vec2,
    lang: Lang,
}

impl Pictures {
    /// For maps of so many points, two pixels to a point, with texts of a language.
    ///
    /// # Errors
    /// As [`draw`].
    pub fn new(points: (u32, u32), lang: Lang) -> Result<Self, DrawError> {
        let easel = Easel::new((points.0 * 2, points.1 * 2), 2.0, lang)?;
        Ok(Self { easel, points: vec2(points.0 as f32, points.1 as f32), lang })
    }

    /// A map as PNG, where it is wanted with a legend of what has a name.
    ///
    /// # Errors
    /// As [`draw`].
    pub fn png(&mut self, content: &Content, has_legend: bool) -> Result<Vec<u8>, DrawError> {
        self.drawn(content, if has_legend { Beside::Legend(self.lang) } else { Beside::Scale })
    }

    fn drawn(&mut self, content: &Content, beside: Beside) -> Result<Vec<u8>, DrawError> {
        let content = &content.with_zones(self.points, 2.0);
        let under = Under::default();
        pdf::png(&self.easel.drawn(&under, |ui, scene, _| page::map_alone(ui, content, scene, &Gpu::Wgpu, beside))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::LonLat;
    use crate::ui::map::style::Emphasis;

    #[test]
    fn scales_are_round_and_hold_the_view() {
        for (least, round) in [(48_300.0, 50_000.0), (12_001.0, 15_000.0), (210_000.0, 250_000.0), (1.0, 1.0)] {
            assert_eq!(round_scale(least), round);
        }
        let content = Content {
            shown: Vec::new(),
            bounds: LonLatBox { min: LonLat::new(121.2, 31.3), max: LonLat::new(121.6, 31.5) },
            scale: None,
            zones: Vec::new(),
            leaves_out_zones: false,
            left_out: Vec::new(),
            comments: Vec::new(),
            under: Under::default(),
        };
        let map = vec2(700.0, 480.0);
        let (camera, denominator) = camera(&content, map);
        let metres = camera.metres_per_point();
        assert!((metres * 96.0 / 0.0254 / denominator - 1.0).abs() < 1e-9);
        let width_m = crate::geodesy::distance_m(LonLat::new(121.2, 31.4), LonLat::new(121.6, 31.4));
        assert!(metres * 700.0 >= width_m * 0.999 && metres * 700.0 < width_m * 2.5);
        let fixed = Content { scale: Some(25_000.0), ..content };
        assert_eq!(super::camera(&fixed, map).1, 25_000.0);
    }

    #[test]
    fn zones_are_drawn_for_the_page_whatever_the_window_shows() {
        let read = |text: &str| {
            let layer = crate::io::read_layer_bytes(text.as_bytes(), "l", &Default::default(), &Progress::default());
            Arc::new(IndexedLayer::new(Arc::new(layer.expect("readable"))))
        };
        let shore = read(r#"{"type":"LineString","coordinates":[[121.2,31.3],[121.6,31.5]]}"#);
        let outlets = read(r#"{"type":"Point","coordinates":[121.4,31.4]}"#);
        let plain = |key: u64, of: &Arc<IndexedLayer>, emphasis| {
            (Shown::plain(Key(key), Arc::clone(of), None, emphasis), String::new())
        };
        let content = Content {
            shown: vec![
                plain(1, &shore, Emphasis::Plain),
                plain(2, &outlets, Emphasis::Behind),
                plain(3, &outlets, Emphasis::Answer),
            ],
            bounds: LonLatBox { min: LonLat::new(121.2, 31.3), max: LonLat::new(121.6, 31.5) },
            scale: None,
            zones: vec![ZoneOf {
                answer: Key(3),
                reference: Arc::clone(&shore),
                distance_m: 2_000.0,
                name: "zone".to_owned(),
            }],
            leaves_out_zones: false,
            left_out: Vec::new(),
            comments: Vec::new(),
            under: Under::default(),
        };
        let map = vec2(700.0, 480.0);
        let drawn = content.with_zones(map, DPI / POINTS);
        let order: Vec<_> = drawn.shown.iter().map(|(what, name)| (what.key.0, what.emphasis, name.as_str())).collect();
        let zone = (3, Emphasis::Zone, "zone");
        assert_eq!(order[1], zone, "over lines, under points: {order:?}");
        assert!(order.len() == 4 && drawn.zones.is_empty() && !drawn.leaves_out_zones);
        let corners = |content: &Content| content.shown[1].0.indexed.layer().geometries.positions_of(0).to_vec();
        assert!(corners(&drawn).len() > 100);
        assert_eq!(corners(&drawn), corners(&content.with_zones(map, DPI / POINTS)), "the same page twice");
        // A whole country on the page: nobody could see a zone of two kilometres, and the page says so.
        let far = Content { scale: Some(500_000_000.0), ..content.clone() }.with_zones(map, DPI / POINTS);
        assert!(far.leaves_out_zones && far.shown.len() == 3);
    }

    #[test]
    fn pages_have_three_hundred_dots_to_the_inch() {
        assert_eq!(Paper::default().pixels(), (3508, 2480));
        assert_eq!(Paper { size: PaperSize::A3, portrait: true, ..Paper::default() }.pixels(), (3508, 4961));
    }
}
