//! Pictures for the tests of the readers.

use super::TileId;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ExtendedColorType, ImageFormat, RgbaImage};
use std::io::Cursor;

/// A tile over Shanghai.
pub(super) const CHINA: TileId = TileId { level: 10, x: 857, y: 418 };

/// A PNG of one colour.
pub(super) fn png(size: [u32; 2], colour: [u8; 4]) -> Vec<u8> {
    png_of(size, |_, _| colour)
}

/// A PNG by its pixels.
pub(super) fn png_of([width, height]: [u32; 2], colour: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let picture = RgbaImage::from_fn(width, height, |x, y| image::Rgba(colour(x, y)));
    picture.write_to(&mut out, ImageFormat::Png).expect("memory");
    out.into_inner()
}

/// A JPEG of one colour.
pub(super) fn jpeg([width, height]: [u32; 2], [r, g, b, _]: [u8; 4]) -> Vec<u8> {
    let mut out = Vec::new();
    let pixels = [r, g, b].repeat((width * height) as usize);
    JpegEncoder::new_with_quality(&mut out, 95)
        .encode(&pixels, width, height, ExtendedColorType::Rgb8)
        .expect("memory");
    out
}

/// A WebP of one colour, without loss.
pub(super) fn webp([width, height]: [u32; 2], colour: [u8; 4]) -> Vec<u8> {
    let mut out = Vec::new();
    let pixels = colour.repeat((width * height) as usize);
    WebPEncoder::new_lossless(&mut out).encode(&pixels, width, height, ExtendedColorType::Rgba8).expect("memory");
    out
}
