//! How a page will look, by the code that prints it: drawn small on a thread of its own whenever something of it changes.

use super::{Content, Easel, Paper, page};
use crate::geodesy::LonLatBox;
use crate::i18n::Lang;
use crate::session::Key;
use crate::ui::later::Later;
use crate::ui::map::Gpu;
use crate::ui::offscreen::DrawError;
use eframe::egui::{self, ColorImage, Context, Pos2, Rect, TextureHandle, TextureId};
use std::sync::Arc;

/// What a picture was drawn of.
#[derive(Clone, Debug, PartialEq)]
struct Of {
    paper: Paper,
    bounds: LonLatBox,
    scale: Option<f64>,
    shown: Vec<(Key, u64, usize)>,
    lang: Lang,
    pixels: u32,
}

/// The picture of the page that is asked for; while it is drawn, the one before it.
#[derive(Default)]
pub struct Preview {
    of: Option<Of>,
    coming: Option<(Of, Later<Result<ColorImage, DrawError>>)>,
    texture: Option<TextureHandle>,
    failed: Option<DrawError>,
}

/// Draws a page so many pixels wide.
fn drawn(paper: &Paper, content: &Content, lang: Lang, pixels: u32) -> Result<ColorImage, DrawError> {
    let points = paper.points();
    let per_point = pixels as f32 / points.x;
    let map = page::map_frame(Rect::from_min_size(Pos2::ZERO, points), paper.portrait).size();
    let content = &content.with_zones(map, 1.0);
    let height = (points.y * per_point).round().max(1.0) as u32;
    let mut easel = Easel::new((pixels, height), per_point, lang)?;
    let picture = easel.drawn(&content.under, |ui, scene, backdrops| {
        page::show(ui, paper, content, None, scene, backdrops, &Gpu::Wgpu, lang)
    })?;
    let size = [picture.width() as usize, picture.height() as usize];
    Ok(ColorImage::from_rgba_unmultiplied(size, picture.as_raw()))
}

impl Preview {
    /// The picture of a page, so many points wide on the screen; none before the first is drawn.
    pub fn follow(
        &mut self,
        ctx: &Context,
        paper: Paper,
        content: Content,
        lang: Lang,
        width: f32,
    ) -> Option<TextureId> {
        self.take(ctx);
        let shown = content.shown.iter();
        let shown = shown.map(|(what, _)| (what.key, what.indexed.id(), Arc::as_ptr(&what.style) as usize)).collect();
        // Finer than the screen, so that letters can be told.
        let pixels = (width * ctx.pixels_per_point() * 1.5).round().max(16.0) as u32;
        let of = Of { paper: paper.clone(), bounds: content.bounds, scale: content.scale, shown, lang, pixels };
        if self.of.as_ref() != Some(&of) && self.coming.is_none() {
            let later = Later::start(ctx, move || drawn(&paper, &content, lang, pixels));
            self.coming = Some((of, later));
        }
        self.texture.as_ref().map(TextureHandle::id)
    }

    /// Takes in what was drawn; where the page changed meanwhile, it is drawn once more.
    fn take(&mut self, ctx: &Context) {
        let Some((of, later)) = self.coming.take() else { return };
        match later.take() {
            Err(_) => self.coming = Some((of, later)),
            Ok(done) => {
                self.of = Some(of);
                match done {
                    Some(Ok(image)) => {
                        self.texture = Some(ctx.load_texture("page", image, egui::TextureOptions::LINEAR));
                        self.failed = None;
                    }
                    Some(Err(e)) => (self.texture, self.failed) = (None, Some(e)),
                    None => (self.texture, self.failed) = (None, None),
                }
            }
        }
    }

    /// True while a picture is drawn.
    pub fn is_working(&self) -> bool {
        self.coming.is_some()
    }

    /// Why there is none.
    pub fn error(&self, lang: Lang) -> Option<String> {
        self.failed.as_ref().map(|e| e.message(lang))
    }
}
