//! PNG, JPEG and WebP to pixels, with bounds on what a stranger's bytes may ask for.

use super::Pixels;
use crate::i18n::{Said, tr};
use image::{ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// The longest side of a tile; pixels.
pub(super) const TILE_SIDE: u32 = 1024;
/// The largest file of a tile; bytes.
pub(super) const TILE_BYTES: u64 = 8 << 20;

/// What bytes are that are no picture, where they tell.
fn what_it_is(bytes: &[u8]) -> Said {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(600)]);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let lower = text.to_ascii_lowercase();
    if bytes.is_empty() {
        Said::of("raster.empty")
    } else if bytes.starts_with(b"\x1f\x8b") {
        Said::of("raster.is_vector")
    } else if lower.starts_with("<!doctype html") || lower.starts_with("<html") {
        Said::of("raster.is_html")
    } else if text.starts_with(['{', '[', '<']) && !text.contains('\u{fffd}') {
        // What servers say of a key or a layer.
        let start: String = text.chars().filter(|c| !c.is_control()).take(120).collect();
        Said::told(|lang| tr!(lang, "raster.is_text", text = start).into_owned())
    } else {
        Said::of("raster.no_picture")
    }
}

/// The size of a picture, from its head.
///
/// # Errors
/// Where the bytes are no PNG, JPEG or WebP.
pub(super) fn size(bytes: &[u8]) -> Result<[u32; 2], Said> {
    let (width, height) = reader(bytes)?.into_dimensions().map_err(|e| damaged(&e))?;
    Ok([width, height])
}

fn reader(bytes: &[u8]) -> Result<ImageReader<Cursor<&[u8]>>, Said> {
    match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP)) => {
            Ok(ImageReader::with_format(Cursor::new(bytes), format))
        }
        _ => Err(what_it_is(bytes)),
    }
}

fn damaged(e: &image::ImageError) -> Said {
    let cause = e.to_string();
    Said::told(|lang| tr!(lang, "raster.damaged", cause = cause).into_owned())
}

/// Decodes a picture of at most so many pixels, each side no longer than `side`.
///
/// # Errors
/// Where it is larger (with its size; nothing is decoded), damaged, or none.
pub fn decode(bytes: &[u8], side: u32, most: u64) -> Result<Pixels, Said> {
    let [width, height] = size(bytes)?;
    if width == 0 || height == 0 || width > side || height > side || u64::from(width) * u64::from(height) > most {
        let most = (side.to_string(), crate::i18n::count(usize::try_from(most).unwrap_or(usize::MAX)));
        return Err(Said::told(|lang| {
            tr!(lang, "raster.too_large", width = width, height = height, side = most.0, most = most.1).into_owned()
        }));
    }
    let mut reader = reader(bytes)?;
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(width), Some(height));
    // Sixteen bits of four colours, and as much again to work with.
    limits.max_alloc = Some(most * 16 + (1 << 20));
    reader.limits(limits);
    let picture = reader.decode().map_err(|e| damaged(&e))?.into_rgba8();
    let size = [picture.width() as usize, picture.height() as usize];
    Ok(Pixels { size, rgba: picture.into_raw() })
}

/// Decodes a tile.
pub(super) fn decode_tile(bytes: &[u8]) -> Result<Pixels, Said> {
    decode(bytes, TILE_SIDE, u64::from(TILE_SIDE) * u64::from(TILE_SIDE))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{jpeg, png, webp};
    use super::*;

    #[test]
    fn pictures_of_three_formats_are_read() {
        let red = [200, 30, 30, 255];
        for bytes in [png([5, 3], red), webp([5, 3], red)] {
            let tile = decode_tile(&bytes).expect("a picture");
            assert_eq!((tile.size, &tile.rgba[..4]), ([5, 3], &red[..]));
        }
        let tile = decode_tile(&jpeg([16, 16], red)).expect("a picture");
        assert!(tile.rgba[0] > 180 && tile.rgba[1] < 60 && tile.rgba[3] == 255);
    }

    #[test]
    fn what_is_no_picture_is_named() {
        use crate::i18n::Lang;
        for (bytes, word) in [
            (&b""[..], "empty"),
            (b"<!DOCTYPE html><html>", "web page"),
            (br#"{"code":301012,"msg":"bad key"}"#, "bad key"),
            (b"\x1f\x8b\x08aaaa", "vector"),
            (b"\x00\x01\x02", "not a PNG"),
            (b"GIF89a\x01\x00\x01\x00", "not a PNG"),
        ] {
            let why = decode_tile(bytes).expect_err("no picture");
            assert!(why.text(Lang::En).contains(word), "{why:?}");
        }
    }

    #[test]
    fn a_head_that_lies_is_refused_with_its_size() {
        let mut bytes = png([4, 4], [1, 2, 3, 255]);
        // Width and height of the header, and its checksum.
        bytes[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
        let crc = crc(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        let why = decode_tile(&bytes).expect_err("huge");
        assert!(why.en.contains("100000"), "{why:?}");
        let whole = png([64, 64], [9, 9, 9, 255]);
        for n in 0..whole.len() {
            // Whatever is cut off: an error, never a panic.
            drop(decode_tile(&whole[..n]));
        }
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |c, _| if c & 1 == 1 { c >> 1 ^ 0xEDB8_8320 } else { c >> 1 })
        })
    }
}
