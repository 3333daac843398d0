//! GeoTIFF and TIFF with a world file: read chunk by chunk, in the resolution that a view needs.

use super::RasterError;
use super::affine::{Affine, read_world, world_file};
use super::geokeys::GeoTags;
use super::image_file::{placed, system_of};
use super::source::TileSource;
use super::store::{Block, PixelStore};
use crate::i18n::{Said, tr};
use samples::{Look, Sampled};
use std::collections::VecDeque;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use tiff::decoder::{Decoder, Limits};
use tiff::tags::Tag;
use tiff::{ColorType, TiffError};

#[path = "tiff_samples.rs"]
mod samples;
#[path = "tiff_scan.rs"]
mod scan;
#[cfg(test)]
#[path = "tiff_tests.rs"]
mod tests;

/// The most pixels of a chunk (a tile or a strip of the file): 128 MB as they are held.
const CHUNK: u64 = 32 << 20;
/// Directories of a file that are looked at.
const DIRECTORIES: usize = 32;
/// Chunks that are kept; bytes.
const KEPT: usize = 160 << 20;

type Reader = Decoder<BufReader<File>>;
/// A chunk by its resolution and number.
type KeptChunk = ((usize, u32), Arc<Vec<u8>>);

/// One resolution of the image.
struct Resolution {
    reader: Mutex<Reader>,
    colour: ColorType,
    palette: Vec<u16>,
    chunk: [u32; 2],
    /// Chunks beside one another, and below.
    chunks: [u32; 2],
    /// One sample a chunk, and how many of them are read.
    planes: Option<u32>,
}

/// An image in a TIFF.
struct TiffStore {
    sizes: Vec<[u32; 2]>,
    resolutions: Vec<Resolution>,
    look: Look,
    kept: Mutex<VecDeque<KeptChunk>>,
}

fn said(e: &TiffError) -> Said {
    match e {
        TiffError::LimitsExceeded => Said::of("raster.tiff_limits"),
        TiffError::UnsupportedError(what) => {
            let cause = what.to_string();
            Said::told(|lang| tr!(lang, "raster.tiff_unsupported", cause = cause).into_owned())
        }
        other => {
            let cause = other.to_string();
            Said::told(|lang| tr!(lang, "raster.damaged", cause = cause).into_owned())
        }
    }
}

fn reader(path: &Path, directory: usize) -> Result<Reader, TiffError> {
    let mut limits = Limits::default();
    // Eight bytes a sample of four, and places of a million chunks.
    limits.decoding_buffer_size = 256 << 20;
    limits.intermediate_buffer_size = 128 << 20;
    limits.ifd_value_size = 32 << 20;
    let mut reader = Decoder::new(BufReader::new(File::open(path)?))?.with_limits(limits);
    if directory > 0 {
        reader.seek_to_image(directory)?;
    }
    Ok(reader)
}

impl Resolution {
    /// What a directory holds.
    fn read(mut reader: Reader) -> Result<([u32; 2], Self), Said> {
        let fail = |e: TiffError| said(&e);
        let (width, height) = reader.dimensions().map_err(fail)?;
        let colour = reader.colortype().map_err(fail)?;
        samples::check(colour)?;
        let palette = reader.find_tag_unsigned_vec::<u16>(Tag::ColorMap).map_err(fail)?.unwrap_or_default();
        let chunk = reader.chunk_dimensions();
        let chunk = [chunk.0, chunk.1.min(height.max(1))];
        let pixels = u64::from(chunk[0]) * u64::from(chunk[1]);
        if width == 0 || height == 0 || pixels == 0 {
            return Err(Said::of("raster.no_picture"));
        }
        if pixels > CHUNK {
            let [w, h] = chunk;
            return Err(Said::told(|lang| tr!(lang, "raster.chunk", width = w, height = h).into_owned()));
        }
        let is_planar = reader.find_tag_unsigned::<u16>(Tag::PlanarConfiguration).map_err(fail)? == Some(2);
        let samples = samples::per_pixel(colour);
        let planes = (is_planar && samples > 1).then_some(samples as u32);
        let chunks = [width.div_ceil(chunk[0]), height.div_ceil(chunk[1])];
        Ok(([width, height], Self { reader: Mutex::new(reader), colour, palette, chunk, chunks, planes }))
    }

    /// The size of a chunk, what lies beyond the image left out.
    fn size_of(&self, at: [u32; 2], size: [u32; 2]) -> [u32; 2] {
        [0, 1].map(|n| self.chunk[n].min(size[n] - at[n] * self.chunk[n]))
    }

    /// A chunk's samples.
    fn chunk(&self, at: [u32; 2]) -> Result<Sampled, Said> {
        let number = u64::from(at[1]) * u64::from(self.chunks[0]) + u64::from(at[0]);
        let all = u64::from(self.chunks[0]) * u64::from(self.chunks[1]);
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let mut read = |number: u64| {
            let number = u32::try_from(number).map_err(|_| Said::of("raster.cut"))?;
            reader.read_chunk(number).map_err(|e| said(&e))
        };
        match self.planes {
            None => Ok(Sampled::Pixels(read(number)?)),
            Some(planes) => {
                let planes = (0..u64::from(planes.min(4))).map(|plane| read(number + plane * all));
                Ok(Sampled::Planes(planes.collect::<Result<_, _>>()?))
            }
        }
    }
}

impl TiffStore {
    fn open(path: &Path) -> Result<(Self, GeoTags), Said> {
        scan::check(path)?;
        let fail = |e: TiffError| said(&e);
        let mut first = reader(path, 0).map_err(fail)?;
        let tags = tags(&mut first);
        let nodata = first.get_tag_ascii_string(Tag::GdalNodata).ok();
        let nodata = nodata.and_then(|text| text.trim_matches(['\0', ' ']).parse::<f64>().ok());
        let mut directories = vec![(0, Resolution::read(first)?)];
        let whole = directories[0].1.0;
        let mut looks = reader(path, 0).map_err(fail)?;
        for number in 1..DIRECTORIES {
            if !looks.more_images() || looks.next_image().is_err() {
                break;
            }
            // Reduced resolutions alone: no masks, no further pages.
            let kind = looks.find_tag_unsigned::<u32>(Tag::NewSubfileType).ok().flatten().unwrap_or(0);
            let Ok((width, height)) = looks.dimensions() else { break };
            let is_part = |n: usize, side: u32| {
                let coarseness = f64::from(whole[0]) / f64::from(width.max(1));
                (f64::from(whole[n]) / coarseness - f64::from(side)).abs() <= 2.0
            };
            if kind & 1 == 0 || kind & 4 != 0 || width >= whole[0] || !is_part(1, height) {
                continue;
            }
            // One that is damaged is done without.
            if let Some(coarser) = reader(path, number).ok().and_then(|own| Resolution::read(own).ok()) {
                directories.push((number, coarser));
            }
        }
        directories.sort_by_key(|(number, (size, _))| (std::cmp::Reverse(size[0]), *number));
        let (sizes, resolutions): (Vec<_>, Vec<_>) = directories.into_iter().map(|(_, own)| own).unzip();
        let mut store = Self { sizes, resolutions, look: Look { nodata, ..Look::default() }, kept: Mutex::default() };
        store.look.stretch = store.stretch()?;
        Ok((store, tags))
    }

    /// What of values of more than eight bits becomes black and white, a band each: by the middle of the coarsest resolution.
    fn stretch(&self) -> Result<Vec<[f64; 2]>, Said> {
        let Some(coarsest) = self.resolutions.last().filter(|own| !samples::is_of_bytes(own.colour)) else {
            return Ok(Vec::new());
        };
        let middle = coarsest.chunks.map(|n| n / 2);
        let sampled = coarsest.chunk(middle)?;
        Ok(samples::stretch(&sampled, samples::per_pixel(coarsest.colour), self.look.nodata))
    }

    fn block(&self, resolution: usize, at: [u32; 2]) -> Result<Block, Said> {
        let own = &self.resolutions[resolution];
        let size = own.size_of(at, self.sizes[resolution]);
        let place = [at[0] * own.chunk[0], at[1] * own.chunk[1]];
        let key = (resolution, at[1].wrapping_mul(own.chunks[0]).wrapping_add(at[0]));
        let lock = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        {
            let mut kept = lock();
            if let Some(n) = kept.iter().position(|(known, _)| *known == key)
                && let Some(found) = kept.remove(n)
            {
                let rgba = Arc::clone(&found.1);
                kept.push_back(found);
                return Ok(Block { at: place, size, rgba });
            }
        }
        let sampled = own.chunk(at)?;
        let rgba = Arc::new(samples::rgba(&sampled, size, own.colour, &own.palette, &self.look)?);
        let mut kept = lock();
        kept.push_back((key, Arc::clone(&rgba)));
        let mut bytes: usize = kept.iter().map(|(_, chunk)| chunk.len()).sum();
        while bytes > KEPT && kept.len() > 1 {
            bytes -= kept.pop_front().map_or(0, |(_, chunk)| chunk.len());
        }
        Ok(Block { at: place, size, rgba })
    }
}

impl PixelStore for TiffStore {
    fn sizes(&self) -> &[[u32; 2]] {
        &self.sizes
    }

    fn blocks(
        &self,
        resolution: usize,
        window: [[u32; 2]; 2],
        each: &mut dyn FnMut(Block) -> bool,
    ) -> Result<(), Said> {
        let chunk = self.resolutions[resolution].chunk;
        let range = |n: usize| window[0][n] / chunk[n]..window[1][n].div_ceil(chunk[n]);
        for y in range(1) {
            for x in range(0) {
                if !each(self.block(resolution, [x, y])?) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn tags(reader: &mut Reader) -> GeoTags {
    let mut floats = |tag| reader.get_tag_f64_vec(tag).unwrap_or_default();
    let (scale, tiepoints, matrix) =
        (floats(Tag::ModelPixelScaleTag), floats(Tag::ModelTiepointTag), floats(Tag::ModelTransformationTag));
    GeoTags {
        scale,
        tiepoints,
        matrix,
        keys: reader.get_tag_u16_vec(Tag::GeoKeyDirectoryTag).unwrap_or_default(),
        texts: reader.get_tag_ascii_string(Tag::GeoAsciiParamsTag).unwrap_or_default(),
    }
}

/// Opens a TIFF. Its own place and system count before a world file and what a planner names; that is told.
///
/// # Errors
/// [`RasterError`]: damaged, of a kind that is not read, in chunks that are too large, without a place or a system.
pub(super) fn open(path: &Path, crs: Option<&str>) -> Result<Arc<dyn TileSource>, RasterError> {
    let of_file = |why| RasterError::file(path, why);
    let (store, tags) = TiffStore::open(path).map_err(of_file)?;
    let size = store.sizes[0];
    let mut notes = Vec::new();
    let world = world_file(path);
    let affine = match (tags.affine(), world) {
        (Some(own), Some(world)) => {
            // One that cannot be read changes nothing.
            if read_world(&world).is_ok_and(|other: Affine| !other.is_like(&own, size)) {
                let file = crate::io::file_name(&world);
                notes.push(Said::told(|lang| tr!(lang, "raster.keys_win", file = file).into_owned()));
            }
            own
        }
        (Some(own), None) => own,
        (None, Some(world)) => read_world(&world).map_err(of_file)?,
        (None, None) => return Err(of_file(Said::of("raster.no_world"))),
    };
    let crs = match tags.crs() {
        Some(own) => own,
        None => system_of(path, crs)?,
    };
    if !store.look.stretch.is_empty() {
        notes.push(Said::of("raster.stretched"));
    }
    placed(path, store, affine, crs, "TIFF", notes)
}
