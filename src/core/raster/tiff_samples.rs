//! The samples of a TIFF's chunk as red, green, blue and opacity.

use crate::i18n::{Said, tr};
use tiff::ColorType;
use tiff::decoder::DecodingResult;

/// Samples of a chunk as they are read.
pub(super) enum Sampled {
    /// All samples of a pixel beside one another.
    Pixels(DecodingResult),
    /// One sample of all pixels after the other.
    Planes(Vec<DecodingResult>),
}

/// How samples become colours.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// The value of pixels that are not there.
    pub nodata: Option<f64>,
    /// Of each band the values that become black and white; empty where samples are bytes.
    pub stretch: Vec<[f64; 2]>,
}

/// Samples to a pixel.
pub(super) fn per_pixel(colour: ColorType) -> usize {
    usize::from(colour.num_samples())
}

/// True where samples have eight bits or fewer.
pub(super) fn is_of_bytes(colour: ColorType) -> bool {
    colour.bit_depth() <= 8
}

/// Refuses colours that are not read.
pub(super) fn check(colour: ColorType) -> Result<(), Said> {
    let is_read = match colour {
        ColorType::Gray(bits) | ColorType::Palette(bits) => matches!(bits, 1 | 2 | 4 | 8) || is_wide(colour, bits),
        ColorType::YCbCr(bits) | ColorType::CMYK(bits) => bits == 8,
        ColorType::GrayA(bits) | ColorType::RGB(bits) | ColorType::RGBA(bits) => bits == 8 || is_wide(colour, bits),
        ColorType::Multiband { bit_depth, .. } => bit_depth == 8 || is_wide(colour, bit_depth),
        _ => false,
    };
    let name = format!("{colour:?}");
    if is_read {
        Ok(())
    } else {
        Err(Said::told(|lang| tr!(lang, "raster.tiff_unsupported", cause = name).into_owned()))
    }
}

fn is_wide(colour: ColorType, bits: u8) -> bool {
    !matches!(colour, ColorType::Palette(_)) && matches!(bits, 16 | 32 | 64)
}

/// A sample as a number; NaN beyond the last.
fn value(samples: &DecodingResult, at: usize) -> f64 {
    macro_rules! of {
        ($samples:expr) => {
            $samples.get(at).map_or(f64::NAN, |v| f64::from(*v))
        };
    }
    match samples {
        DecodingResult::U8(all) => of!(all),
        DecodingResult::U16(all) => of!(all),
        DecodingResult::U32(all) => of!(all),
        DecodingResult::U64(all) => all.get(at).map_or(f64::NAN, |v| *v as f64),
        DecodingResult::I8(all) => of!(all),
        DecodingResult::I16(all) => of!(all),
        DecodingResult::I32(all) => of!(all),
        DecodingResult::I64(all) => all.get(at).map_or(f64::NAN, |v| *v as f64),
        DecodingResult::F16(all) => all.get(at).map_or(f64::NAN, |v| v.to_f64()),
        DecodingResult::F32(all) => of!(all),
        DecodingResult::F64(all) => of!(all),
    }
}

fn length(samples: &DecodingResult) -> usize {
    match samples {
        DecodingResult::U8(all) => all.len(),
        DecodingResult::U16(all) => all.len(),
        DecodingResult::U32(all) => all.len(),
        DecodingResult::U64(all) => all.len(),
        DecodingResult::I8(all) => all.len(),
        DecodingResult::I16(all) => all.len(),
        DecodingResult::I32(all) => all.len(),
        DecodingResult::I64(all) => all.len(),
        DecodingResult::F16(all) => all.len(),
        DecodingResult::F32(all) => all.len(),
        DecodingResult::F64(all) => all.len(),
    }
}

impl Sampled {
    /// A band of a pixel; `samples` to a pixel.
    fn band(&self, pixel: usize, band: usize, samples: usize) -> f64 {
        match self {
            Self::Pixels(all) => value(all, pixel * samples + band),
            Self::Planes(planes) => planes.get(band).map_or(f64::NAN, |plane| value(plane, pixel)),
        }
    }

    fn pixels(&self, samples: usize) -> usize {
        match self {
            Self::Pixels(all) => length(all) / samples.max(1),
            Self::Planes(planes) => planes.first().map_or(0, length),
        }
    }
}

/// The values of each band that leave out two in a hundred at either end.
pub(super) fn stretch(sampled: &Sampled, samples: usize, nodata: Option<f64>) -> Vec<[f64; 2]> {
    const LOOKED_AT: usize = 20_000;
    let pixels = sampled.pixels(samples);
    let step = pixels.div_ceil(LOOKED_AT).max(1);
    let of_band = |band| {
        let all = (0..pixels).step_by(step).map(|pixel| sampled.band(pixel, band, samples));
        let mut all: Vec<f64> = all.filter(|v| v.is_finite() && Some(*v) != nodata).collect();
        all.sort_by(f64::total_cmp);
        let (Some(low), Some(high)) = (all.get(all.len() / 50), all.get(all.len().saturating_sub(1 + all.len() / 50)))
        else {
            return [0.0, 1.0];
        };
        if high > low { [*low, *high] } else { [*low, low + 1.0] }
    };
    (0..samples.min(4)).map(of_band).collect()
}

/// Samples of fewer than eight bits, each in a byte of its own. Rows begin at bytes.
fn unpacked(bytes: &[u8], size: [u32; 2], bits: u8) -> Vec<u8> {
    let (width, height) = (size[0] as usize, size[1] as usize);
    let row = (width * usize::from(bits)).div_ceil(8);
    let mask = (1_u16 << bits) as u8 - 1;
    let sample = |y: usize, x: usize| {
        let bit = x * usize::from(bits);
        let byte = bytes.get(y * row + bit / 8).copied().unwrap_or(0);
        byte >> (8 - usize::from(bits) - bit % 8) & mask
    };
    (0..height).flat_map(|y| (0..width).map(move |x| (y, x))).map(|(y, x)| sample(y, x)).collect()
}

/// A chunk's pixels, four bytes each.
///
/// # Errors
/// Where the file gave fewer samples than the chunk has.
pub(super) fn rgba(
    sampled: &Sampled,
    size: [u32; 2],
    colour: ColorType,
    palette: &[u16],
    look: &Look,
) -> Result<Vec<u8>, Said> {
    let pixels = size[0] as usize * size[1] as usize;
    let bits = colour.bit_depth();
    let unpacked = match sampled {
        Sampled::Pixels(DecodingResult::U8(bytes)) if bits < 8 => {
            Some(Sampled::Pixels(DecodingResult::U8(unpacked(bytes, size, bits))))
        }
        _ => None,
    };
    let sampled = unpacked.as_ref().unwrap_or(sampled);
    let samples = per_pixel(colour);
    if sampled.pixels(samples) < pixels {
        return Err(Said::of("raster.cut"));
    }
    let mut out = Vec::with_capacity(pixels * 4);
    if let (Sampled::Pixels(DecodingResult::U8(bytes)), ColorType::RGB(8), None) = (sampled, colour, look.nodata) {
        bytes.chunks_exact(3).take(pixels).for_each(|p| out.extend([p[0], p[1], p[2], 255]));
        return Ok(out);
    }
    let most = f64::from((1_u16 << bits.min(8)) - 1);
    let byte = |pixel: usize, band: usize| {
        let v = sampled.band(pixel, band, samples);
        let share = match look.stretch.get(band) {
            Some([low, high]) => (v - low) / (high - low),
            None => v / most,
        };
        (share * 255.0).round().clamp(0.0, 255.0) as u8
    };
    // The bands that are colours, and the one that is the opacity.
    let (bands, opacity) = match colour {
        ColorType::GrayA(_) => (1, Some(1)),
        ColorType::RGBA(_) => (3, Some(3)),
        ColorType::CMYK(_) => (4, None),
        ColorType::RGB(_) | ColorType::YCbCr(_) => (3, None),
        ColorType::Multiband { num_samples, .. } if num_samples >= 3 => (3, None),
        _ => (1, None),
    };
    let is_missing = |pixel: usize| {
        let is_none = |v: f64| v.is_nan() || look.nodata == Some(v);
        (0..bands).all(|band| is_none(sampled.band(pixel, band, samples)))
    };
    for pixel in 0..pixels {
        let of = |band| byte(pixel, band);
        let [r, g, b] = match colour {
            ColorType::Palette(_) => {
                let index = sampled.band(pixel, 0, samples) as usize;
                let all = palette.len() / 3;
                let part = |n: usize| palette.get(n * all + index).map_or(0, |v| (v >> 8) as u8);
                [part(0), part(1), part(2)]
            }
            ColorType::YCbCr(_) => from_ycbcr([of(0), of(1), of(2)]),
            ColorType::CMYK(_) => {
                let key = 255 - u16::from(of(3));
                [0, 1, 2].map(|band| ((255 - u16::from(of(band))) * key / 255) as u8)
            }
            _ if bands >= 3 => [of(0), of(1), of(2)],
            _ => [of(0); 3],
        };
        let a = match opacity {
            _ if is_missing(pixel) => 0,
            // The opacity of wide samples is a share of all that they hold.
            Some(band) if bits > 8 => u8::from(sampled.band(pixel, band, samples) > 0.0) * 255,
            Some(band) => of(band),
            None => 255,
        };
        out.extend([r, g, b, a]);
    }
    Ok(out)
}

/// ITU-R BT.601 in full range, as JPEG has it.
fn from_ycbcr([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let (y, cb, cr) = (f64::from(y), f64::from(cb) - 128.0, f64::from(cr) - 128.0);
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb].map(|v| v.round().clamp(0.0, 255.0) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_and_palettes_become_colours() {
        let bits = Sampled::Pixels(DecodingResult::U8(vec![0b1010_0000, 0b0100_0000]));
        let out = rgba(&bits, [3, 2], ColorType::Gray(1), &[], &Look::default()).expect("six");
        let first: Vec<u8> = out.chunks(4).map(|p| p[0]).collect();
        assert_eq!(first, [255, 0, 255, 0, 255, 0]);
        let palette = [0, 0xff00, 0x8000, 0, 0x1000, 0x2000];
        let index = Sampled::Pixels(DecodingResult::U8(vec![0, 1, 7]));
        let out = rgba(&index, [3, 1], ColorType::Palette(8), &palette, &Look::default()).expect("three");
        assert_eq!(out, [[0, 0x80, 0x10, 255], [255, 0, 0x20, 255], [0, 0, 0, 255]].concat());
        assert!(rgba(&index, [4, 1], ColorType::Palette(8), &palette, &Look::default()).is_err());
    }

    #[test]
    fn wide_samples_are_stretched_and_nodata_is_clear() {
        let heights: Vec<f32> = (0..1000).map(|v| v as f32).chain([-9999.0]).collect();
        let sampled = Sampled::Pixels(DecodingResult::F32(heights));
        let stretch = stretch(&sampled, 1, Some(-9999.0));
        assert_eq!(stretch, [[20.0, 979.0]]);
        let look = Look { nodata: Some(-9999.0), stretch };
        let out = rgba(&sampled, [1001, 1], ColorType::Gray(32), &[], &look).expect("all");
        assert_eq!((out[0], out[4 * 999], out[4 * 1000 + 3]), (0, 255, 0));
        let plane = || DecodingResult::U8(vec![10, 20]);
        let planes = Sampled::Planes(vec![plane(), plane(), plane()]);
        let out = rgba(&planes, [2, 1], ColorType::RGB(8), &[], &Look::default()).expect("two");
        assert_eq!(out, [10, 10, 10, 255, 20, 20, 20, 255]);
    }

    #[test]
    fn colours_of_jpeg_and_of_print() {
        assert_eq!(from_ycbcr([76, 85, 255]), [254, 0, 0]);
        let ink = Sampled::Pixels(DecodingResult::U8(vec![0, 255, 255, 0]));
        let out = rgba(&ink, [1, 1], ColorType::CMYK(8), &[], &Look::default()).expect("one");
        assert_eq!(out, [255, 0, 0, 255]);
        assert!(
            check(ColorType::Lab(8)).is_err()
                && check(ColorType::RGB(12)).is_err()
                && check(ColorType::Gray(16)).is_ok()
        );
    }
}
