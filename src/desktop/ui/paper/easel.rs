//! What pages are drawn on: a texture, and the draw lists that are ready.

use super::series::Among;
use super::{Content, DPI, POINTS, Paper, page, pdf, vector_map};
use crate::i18n::Lang;
use crate::ui::map::backdrop::{Backdrops, Under};
use crate::ui::map::scene::Scene;
use crate::ui::map::{Gpu, mapped};
use crate::ui::offscreen::{DrawError, Offscreen};
use crate::ui::theme;
use eframe::egui::epaint::ClippedShape;
use eframe::egui::{Rect, Shape, ThemePreference, Ui};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long drawing may take before it is given up.
const PATIENCE: Duration = Duration::from_secs(300);
/// Frames in which everything was there before one is drawn.
const QUIET_FRAMES: u32 = 2;

/// A texture to draw on, with the draw lists that are ready.
pub(super) struct Easel {
    offscreen: Offscreen,
    scene: Scene,
    pub(super) backdrops: Backdrops,
}

impl Easel {
    /// Of so many pixels, for texts of a language.
    pub(super) fn new(pixels: (u32, u32), pixels_per_point: f32, lang: Lang) -> Result<Self, DrawError> {
        let offscreen = Offscreen::new(pixels, pixels_per_point)?;
        theme::install(&offscreen.ctx, lang);
        offscreen.ctx.set_theme(ThemePreference::Light);
        Ok(Self { offscreen, scene: Scene::new(Arc::new(|| {})), backdrops: Backdrops::for_paper(None) })
    }

    /// What `show` draws once everything on it is there.
    pub(super) fn drawn(
        &mut self,
        under: &Under,
        show: impl Fn(&mut Ui, &mut Scene, &mut Backdrops) -> bool,
    ) -> Result<image::RgbaImage, DrawError> {
        self.when_there(under, show, |offscreen, show| offscreen.frame(0.05, show).map(drop))?;
        self.offscreen.picture()
    }

    /// The shapes of it; nothing is drawn.
    fn laid_out(
        &mut self,
        under: &Under,
        show: impl Fn(&mut Ui, &mut Scene, &mut Backdrops) -> bool,
    ) -> Result<Vec<ClippedShape>, DrawError> {
        self.when_there(under, show, |offscreen, show| Ok(offscreen.shapes(0.05, show)))
    }

    /// What the first frame gives in which everything is there, after as many as egui needs to settle sizes. Before that nothing is
    /// drawn.
    fn when_there<T>(
        &mut self,
        under: &Under,
        show: impl Fn(&mut Ui, &mut Scene, &mut Backdrops) -> bool,
        last: impl Fn(&mut Offscreen, &mut dyn FnMut(&mut Ui)) -> Result<T, DrawError>,
    ) -> Result<T, DrawError> {
        let start = Instant::now();
        let mut quiet = 0;
        loop {
            let mut ready = false;
            let (scene, backdrops) = (&mut self.scene, &mut self.backdrops);
            backdrops.follow(&self.offscreen.ctx, &under.all, &under.keys);
            // The page says what of them it has not.
            drop(backdrops.take_news());
            let mut shown = |ui: &mut Ui| ready = show(ui, scene, backdrops);
            if quiet < QUIET_FRAMES {
                self.offscreen.think(0.05, shown);
            } else {
                let done = last(&mut self.offscreen, &mut shown)?;
                if ready {
                    return Ok(done);
                }
            }
            quiet = if ready { quiet + 1 } else { 0 };
            if start.elapsed() > PATIENCE {
                return Err(DrawError::Late(PATIENCE));
            }
            if !ready {
                std::thread::sleep(Duration::from_millis(5));
            }
        }
    }

    /// Adds a page to a PDF. A map over pictures, or with too much on it, is a picture; all else is areas, lines and letters.
    pub(super) fn add_page(
        &mut self,
        pages: &mut pdf::Pages,
        paper: &Paper,
        content: &Content,
        among: Option<&Among<'_>>,
        lang: Lang,
    ) -> Result<(), DrawError> {
        let shapes = self.laid_out(&content.under, |ui, scene, backdrops| {
            page::show(ui, paper, content, among, scene, backdrops, &Gpu::Paper, lang)
        })?;
        let frame = shapes.iter().find_map(|clipped| match &clipped.shape {
            Shape::Callback(callback) => mapped(callback),
            _ => None,
        });
        let pictured = match frame.filter(|frame| !vector_map::can_be_written(frame)) {
            None => None,
            Some(frame) => {
                let drawn = self.drawn(&content.under, |ui, scene, backdrops| {
                    page::ground(ui, paper, content, scene, backdrops, &Gpu::Wgpu)
                })?;
                // Whole dots.
                let dots = DPI / POINTS;
                let [min, max] = [frame.rect.min, frame.rect.max].map(|p| (p.to_vec2() * dots).round());
                let [x, y, width, height] = [min.x, min.y, max.x - min.x, max.y - min.y].map(|v| v as u32);
                let cut = image::imageops::crop_imm(&drawn, x, y, width, height).to_image();
                let place = Rect::from_min_max((min / dots).to_pos2(), (max / dots).to_pos2());
                Some(pdf::Pictured { dots: image::DynamicImage::from(cut).into_rgb8(), place })
            }
        };
        pages.add(&shapes, paper.points(), pictured.as_ref());
        Ok(())
    }
}
