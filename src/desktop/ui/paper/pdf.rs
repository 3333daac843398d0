//! Files of pages: a PDF of areas, lines and letters, with a picture in the place of a map that is too large for that; and a page as
//! a picture with its resolution.

use super::letters::Letters;
use super::vector::{Drawing, alpha_name, font_name};
use super::{DPI, POINTS, PRINTERS_POINTS};
use crate::i18n::Lang;
use crate::io::mark::{GENERATOR, PICTURE_KEYWORD};
use crate::ui::offscreen::DrawError;
use eframe::egui::epaint::ClippedShape;
use eframe::egui::{self, Vec2};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, TextStr};
use std::collections::BTreeMap;

const CATALOG: Ref = Ref::new(1);
const TREE: Ref = Ref::new(2);
const INFO: Ref = Ref::new(3);

/// Numbers of the objects of a file: behind those that every file has.
pub(super) struct Numbers(i32);

impl Default for Numbers {
    fn default() -> Self {
        Self(INFO.get())
    }
}

impl Numbers {
    /// The next one.
    pub(super) fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

/// A PDF whose pages are added one by one: each is packed before the next is drawn.
pub(super) struct Pages {
    pdf: Pdf,
    pages: Vec<Ref>,
    numbers: Numbers,
    letters: Letters,
    /// The opacities that pages use, of 255.
    alphas: BTreeMap<u8, Ref>,
}

impl Pages {
    /// Of texts in a language.
    pub(super) fn new(lang: Lang) -> Self {
        let (pages, alphas) = (Vec::new(), BTreeMap::new());
        Self { pdf: Pdf::new(), pages, numbers: Numbers::default(), letters: Letters::new(lang), alphas }
    }
}

/// A picture that stands for the map of a page, and where, in points of the map.
pub(super) struct Pictured {
    /// Its dots.
    pub dots: image::RgbImage,
    /// Its place.
    pub place: egui::Rect,
}

/// Writes a stream, packed.
pub(super) fn packed(pdf: &mut Pdf, of: Ref, bytes: &[u8]) {
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(bytes, 6);
    pdf.stream(of, &packed).filter(Filter::FlateDecode);
}

impl Pages {
    /// Adds a page of a size, in points of the map, on which these shapes are.
    pub(super) fn add(&mut self, shapes: &[ClippedShape], size: Vec2, pictured: Option<&Pictured>) {
        let [page, content] = [self.numbers.next(), self.numbers.next()];
        let unit = PRINTERS_POINTS / POINTS;
        let place = pictured.map(|pictured| pictured.place);
        let mut drawing = Drawing::new(size.y, unit, &mut self.letters, &mut self.numbers, place);
        drawing.shapes(shapes, egui::Rect::from_min_size(egui::Pos2::ZERO, size));
        let (fonts, used) = (drawing.fonts, drawing.alphas);
        packed(&mut self.pdf, content, &drawing.content.finish());
        let image = pictured.map(|Pictured { dots, .. }| {
            let image = self.numbers.next();
            let bytes = miniz_oxide::deflate::compress_to_vec_zlib(dots.as_raw(), 6);
            let mut object = self.pdf.image_xobject(image, &bytes);
            object.filter(Filter::FlateDecode);
            object.width(dots.width() as i32);
            object.height(dots.height() as i32);
            object.color_space().device_rgb();
            object.bits_per_component(8);
            image
        });
        for alpha in &used {
            self.alphas.entry(*alpha).or_insert_with(|| self.numbers.next());
        }
        let mut leaf = self.pdf.page(page);
        let [width, height] = [size.x, size.y].map(|side| (side * unit * 100.0).round() / 100.0);
        leaf.media_box(Rect::new(0.0, 0.0, width, height)).parent(TREE).contents(content);
        let mut resources = leaf.resources();
        if let Some(image) = image {
            resources.x_objects().pair(Name(b"Map"), image);
        }
        let mut states = resources.ext_g_states();
        used.iter().for_each(|alpha| {
            states.pair(Name(alpha_name(*alpha).as_bytes()), self.alphas[alpha]);
        });
        states.finish();
        let mut named = resources.fonts();
        fonts.iter().for_each(|font| {
            named.pair(Name(font_name(*font).as_bytes()), self.letters.font(*font));
        });
        named.finish();
        resources.finish();
        leaf.finish();
        self.pages.push(page);
    }

    /// The bytes of the file.
    pub(super) fn finish(mut self, title: &str) -> Vec<u8> {
        let Self { pdf, numbers, letters, .. } = &mut self;
        letters.write(pdf, || numbers.next());
        for (alpha, of) in &self.alphas {
            let share = f32::from(*alpha) / 255.0;
            self.pdf.ext_graphics(*of).non_stroking_alpha(share).stroking_alpha(share);
        }
        self.pdf.catalog(CATALOG).pages(TREE);
        let n = self.pages.len() as i32;
        self.pdf.pages(TREE).kids(self.pages.iter().copied()).count(n);
        self.pdf.document_info(INFO).title(TextStr(title)).producer(TextStr("Shanshui"));
        self.pdf.finish()
    }
}

/// A PNG that tells its resolution, so that it is printed at its size.
pub(super) fn png(picture: &image::RgbaImage) -> Result<Vec<u8>, DrawError> {
    let rgb: Vec<u8> = picture.pixels().flat_map(|p| [p.0[0], p.0[1], p.0[2]]).collect();
    let per_metre = (DPI / 0.0254).round() as u32;
    let dims = png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter };
    marked_png(picture, png::ColorType::Rgb, &rgb, Some(dims))
}

/// A PNG of the window.
pub(in crate::ui) fn screenshot(picture: &image::RgbaImage) -> Result<Vec<u8>, DrawError> {
    marked_png(picture, png::ColorType::Rgba, picture.as_raw(), None)
}

/// A PNG that says who made it.
fn marked_png(
    picture: &image::RgbaImage,
    color: png::ColorType,
    values: &[u8],
    dims: Option<png::PixelDimensions>,
) -> Result<Vec<u8>, DrawError> {
    let failed = |e: png::EncodingError| DrawError::Gpu(e.to_string());
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, picture.width(), picture.height());
    encoder.set_color(color);
    encoder.set_pixel_dims(dims);
    encoder.add_text_chunk(PICTURE_KEYWORD.to_owned(), GENERATOR.to_owned()).map_err(failed)?;
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(values).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_tells_its_resolution_and_reads_back() {
        let picture = image::RgbaImage::from_pixel(30, 20, image::Rgba([200, 100, 50, 255]));
        let bytes = png(&picture).expect("a picture");
        let at = bytes.windows(4).position(|w| w == b"pHYs").expect("the resolution");
        assert_eq!(bytes[at + 4..at + 8], 11_811_u32.to_be_bytes());
        let read = image::load_from_memory(&bytes).expect("a PNG").into_rgb8();
        assert_eq!((read.dimensions(), read.get_pixel(3, 4).0), ((30, 20), [200, 100, 50]));
    }

    #[test]
    fn pages_have_their_size_and_are_counted() {
        let mut pages = Pages::new(Lang::Zh);
        let size = Vec2::new(842.0, 595.0) * (POINTS / PRINTERS_POINTS);
        let place = egui::Rect::from_min_size(egui::pos2(10.0, 10.0), Vec2::new(40.0, 30.0));
        let pictured = Pictured { dots: image::RgbImage::new(4, 3), place };
        let empty = egui::Shape::Callback(egui::PaintCallback { rect: place, callback: std::sync::Arc::new(()) });
        let shapes = [ClippedShape::new(egui::Rect::EVERYTHING, empty)];
        pages.add(&[], size, None);
        pages.add(&shapes, size, Some(&pictured));
        let bytes = pages.finish("图");
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("%PDF-") && text.contains("/Count 2") && text.ends_with("%%EOF"));
        assert_eq!(text.matches("/MediaBox [0 0 842 595]").count(), 2);
        assert_eq!((text.matches("/Subtype /Image").count(), text.matches("/XObject").count()), (1, 2));
    }
}
