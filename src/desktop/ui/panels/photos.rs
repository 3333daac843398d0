//! Photos of a feature: files beside its layer, read and made small on threads of their own.

use crate::i18n::{Lang, Said, colon, text_of};
use crate::model::{Layer, Value};
use crate::raster::decode_picture;
use crate::report::cards::photos;
use crate::ui::later::Later;
use crate::ui::theme;
use crate::ui::widgets;
use eframe::egui::{self, ColorImage, TextureHandle, Ui, vec2};
use std::path::{Component, Path, PathBuf};

/// Photos that are shown of a feature at most.
const MOST: usize = 6;
/// The longest side of one on the screen; points.
const SIDE: f32 = 148.0;
/// Bytes and pixels of a photo at most.
const BYTES: u64 = 64 << 20;
const PIXELS: u64 = 100_000_000;
/// Endings of pictures that can be shown.
const ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

enum State {
    Coming(Later<Result<ColorImage, Said>>),
    Shown(TextureHandle),
    Failed(Said),
}

/// The photos of the feature that is looked at.
#[derive(Default)]
pub struct Photos(Vec<(PathBuf, State)>);

/// Files that a feature names as its photos: of the column for photos, and of any cell that is the name of a picture. Only files in
/// the folder of the layer and below: nothing else is opened because a table says so.
pub fn files(layer: &Layer, row: usize, folder: &Path) -> Vec<PathBuf> {
    let own = layer.attributes.column("photos");
    let mut found: Vec<PathBuf> = Vec::new();
    for column in layer.attributes.columns_of(row) {
        let value = layer.attributes.value(row, column);
        let is_text = matches!(value, Value::Text(_) | Value::Json(_));
        if !is_text {
            continue;
        }
        let names = if own == Some(column) { photos(&value) } else { vec![value.display().trim().to_owned()] };
        for name in names.iter().filter(|name| name.len() < 1_000) {
            let path = Path::new(name);
            let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
            let is_picture = ending.is_some_and(|ending| ENDINGS.contains(&&*ending));
            let is_below = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
            let path = folder.join(path);
            if is_picture && is_below && !name.contains([':', '\\']) && !found.contains(&path) {
                found.push(path);
            }
        }
    }
    found.truncate(MOST);
    found
}

/// Reads a photo and makes it as small as it is shown.
fn read(path: &Path, side: u32) -> Result<ColorImage, Said> {
    let failed = |e: std::io::Error| Said::told(|lang| crate::i18n::cause_text(&e.to_string(), lang));
    let meta = std::fs::metadata(path).map_err(failed)?;
    if !meta.is_file() || meta.len() > BYTES {
        return Err(Said::of("photos.too_large"));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let pixels = decode_picture(&bytes, 30_000, PIXELS)?;
    let [width, height] = pixels.size.map(|side| side as u32);
    let Some(whole) = image::RgbaImage::from_raw(width, height, pixels.rgba) else {
        return Err(Said::of("raster.no_picture"));
    };
    let share = f64::from(side) / f64::from(width.max(height));
    let small = match share < 1.0 {
        true => {
            let [w, h] = [width, height].map(|n| ((f64::from(n) * share).round() as u32).max(1));
            image::imageops::thumbnail(&whole, w, h)
        }
        false => whole,
    };
    Ok(ColorImage::from_rgba_unmultiplied([small.width() as usize, small.height() as usize], small.as_raw()))
}

impl Photos {
    /// Shows photos; nothing where there are none.
    pub fn show(&mut self, ui: &mut Ui, files: &[PathBuf], lang: Lang) {
        self.0.retain(|(path, _)| files.contains(path));
        if files.is_empty() {
            return;
        }
        let palette = theme::palette(ui);
        let side = (SIDE * ui.ctx().pixels_per_point()).round() as u32;
        for path in files {
            if !self.0.iter().any(|(known, _)| known == path) {
                let own = path.clone();
                self.0.push((path.clone(), State::Coming(Later::start(ui.ctx(), move || read(&own, side)))));
            }
        }
        ui.add_space(4.0);
        widgets::section(ui, &text_of(lang, "column.photos"));
        ui.horizontal_wrapped(|ui| {
            for (path, state) in &mut self.0 {
                let name = crate::io::file_name(path);
                if let State::Coming(later) = state
                    && let Ok(done) = later.take()
                {
                    *state = match done {
                        Some(Ok(image)) => {
                            State::Shown(ui.ctx().load_texture(&name, image, egui::TextureOptions::LINEAR))
                        }
                        Some(Err(why)) => State::Failed(why),
                        None => State::Failed(Said::of("raster.no_picture")),
                    };
                }
                match state {
                    State::Shown(texture) => {
                        let size = texture.size_vec2() / ui.ctx().pixels_per_point();
                        let picture =
                            egui::Image::from_texture((texture.id(), size)).alt_text(&name).corner_radius(4.0);
                        ui.add(picture).on_hover_text(path.display().to_string());
                    }
                    State::Coming(_) => {
                        let (place, _) = ui.allocate_exact_size(vec2(SIDE, SIDE * 0.75), egui::Sense::hover());
                        ui.painter().rect_filled(place, 4.0, palette.line);
                    }
                    State::Failed(why) => {
                        widgets::quiet(ui, format!("{name}{}{}", colon(lang), why.text(lang)));
                    }
                }
            }
        });
    }

    /// True while one is read.
    pub fn is_working(&self) -> bool {
        self.0.iter().any(|(_, state)| matches!(state, State::Coming(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;

    #[test]
    fn only_pictures_beside_the_layer_are_opened() {
        let names = r#"["照片/a.jpg","../b.jpg","/etc/c.png","http://host/d.png","c:\\e.png","f.txt","g.PNG"]"#;
        let text = format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"photos":{names},"现场":"h.webp","n":3,"备注":"见 i.jpg 等"}},"geometry":null}}]}}"#
        );
        let layer = read_layer_bytes(text.as_bytes(), "l", &ReadOptions::default(), &Progress::default());
        let found = files(&layer.expect("readable"), 0, Path::new("dir"));
        assert_eq!(found, ["dir/照片/a.jpg", "dir/g.PNG", "dir/h.webp", "dir/见 i.jpg 等"].map(PathBuf::from)[..3]);
    }
}
