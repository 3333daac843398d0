//! Files of pages: a PDF whose pages are pictures, and the picture itself with its resolution.

use super::DPI;
use crate::io::mark::{GENERATOR, PICTURE_KEYWORD};
use crate::ui::offscreen::DrawError;
use eframe::egui::Vec2;
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref, TextStr};

/// A PDF whose pages are added one by one: each is packed before the next is drawn.
pub(super) struct Pages {
    pdf: Pdf,
    pages: Vec<Ref>,
    next: i32,
}

const CATALOG: Ref = Ref::new(1);
const TREE: Ref = Ref::new(2);
const INFO: Ref = Ref::new(3);

impl Default for Pages {
    fn default() -> Self {
        Self { pdf: Pdf::new(), pages: Vec::new(), next: 4 }
    }
}

impl Pages {
    fn new_ref(&mut self) -> Ref {
        self.next += 1;
        Ref::new(self.next - 1)
    }

    /// Adds a page that is a picture, of so many printers' points.
    pub(super) fn add(&mut self, picture: &image::RgbaImage, points: Vec2) {
        let [page, image, content] = [self.new_ref(), self.new_ref(), self.new_ref()];
        let mut leaf = self.pdf.page(page);
        leaf.media_box(Rect::new(0.0, 0.0, points.x, points.y)).parent(TREE).contents(content);
        leaf.resources().x_objects().pair(Name(b"Map"), image);
        leaf.finish();
        let rgb: Vec<u8> = picture.pixels().flat_map(|p| [p.0[0], p.0[1], p.0[2]]).collect();
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&rgb, 6);
        let mut object = self.pdf.image_xobject(image, &packed);
        object.filter(Filter::FlateDecode);
        object.width(picture.width() as i32);
        object.height(picture.height() as i32);
        object.color_space().device_rgb();
        object.bits_per_component(8);
        object.finish();
        let mut drawing = Content::new();
        drawing.save_state();
        drawing.transform([points.x, 0.0, 0.0, points.y, 0.0, 0.0]);
        drawing.x_object(Name(b"Map"));
        drawing.restore_state();
        self.pdf.stream(content, &drawing.finish());
        self.pages.push(page);
    }

    /// The bytes of the file.
    pub(super) fn finish(mut self, title: &str) -> Vec<u8> {
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
        let picture = image::RgbaImage::new(4, 3);
        let mut pages = Pages::default();
        (0..3).for_each(|_| pages.add(&picture, Vec2::new(842.0, 595.0)));
        let bytes = pages.finish("图");
        let text = String::from_utf8_lossy(&bytes);
        assert!(text.starts_with("%PDF-") && text.contains("/Count 3") && text.ends_with("%%EOF"));
        assert_eq!(text.matches("/MediaBox [0 0 842 595]").count(), 3);
    }
}
