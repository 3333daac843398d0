//! PMTiles 3 (<https://github.com/protomaps/PMTiles>): tiles in one file behind directories of their places along a Hilbert curve.
//! Our own reader: the crate of that name reads asynchronously only.

use super::decode::{TILE_BYTES, decode_tile};
use super::grid::FINEST;
use super::mbtiles::plain;
use super::source::{About, TileSource};
use super::{Grid, Pixels, RasterError, Shift, TileId, Tiling};
use crate::geodesy::{LonLat, LonLatBox};
use crate::i18n::{Said, tr};
use flate2::read::GzDecoder;
use positioned_io::ReadAt;
use std::collections::VecDeque;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

const HEADER: usize = 127;
/// The largest directory, packed and unpacked; bytes. Files say 16 KiB for the first.
const PACKED: u64 = 16 << 20;
const UNPACKED: u64 = 64 << 20;
/// Directories below one another.
const DEEPEST: usize = 4;
/// Directories that are kept.
const KEPT: usize = 16;

/// How something is packed, by its number in the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
}

impl Packing {
    fn of(number: u8) -> Result<Self, Said> {
        match number {
            1 => Ok(Self::None),
            2 => Ok(Self::Gzip),
            // Brotli and Zstandard: nobody writes them by default.
            other => Err(Said::told(|lang| tr!(lang, "raster.packing", number = other).into_owned())),
        }
    }

    fn unpack(self, bytes: Vec<u8>, most: u64) -> Result<Vec<u8>, Said> {
        if self == Self::None {
            return Ok(bytes);
        }
        let mut out = Vec::new();
        let read = GzDecoder::new(&*bytes).take(most + 1).read_to_end(&mut out);
        read.map_err(|e| damaged(&e.to_string()))?;
        if out.len() as u64 > most { Err(damaged(&format!("> {most}"))) } else { Ok(out) }
    }
}

/// A run of tiles at a place of the file, or (`run` 0) a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    id: u64,
    run: u64,
    length: u64,
    offset: u64,
}

/// A directory by its place in the file.
type KeptDirectory = (u64, Arc<Vec<Entry>>);

pub(super) struct PmTiles {
    file: File,
    name: String,
    root: Vec<Entry>,
    leaves: u64,
    data: u64,
    packing: Packing,
    tile_packing: Packing,
    kept: Mutex<VecDeque<KeptDirectory>>,
    about: About,
}

fn damaged(cause: &str) -> Said {
    Said::told(|lang| tr!(lang, "raster.damaged", cause = cause).into_owned())
}

fn cut() -> Said {
    Said::of("raster.cut")
}

/// Reads so many bytes at a place; no more than the file has.
fn read_at(file: &File, at: u64, length: u64, most: u64) -> Result<Vec<u8>, Said> {
    if length > most {
        let length = length.to_string();
        return Err(Said::told(|lang| tr!(lang, "raster.too_long", bytes = length, most = most).into_owned()));
    }
    let end = file.metadata().map_err(|e| damaged(&e.to_string()))?.len();
    if at.checked_add(length).is_none_or(|last| last > end) {
        return Err(cut());
    }
    let mut bytes = vec![0; length as usize];
    file.read_exact_at(at, &mut bytes).map_err(|e| damaged(&e.to_string()))?;
    Ok(bytes)
}

/// A number in seven bits a byte.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// The entries of a directory, ids rising.
fn directory(mut bytes: &[u8]) -> Option<Vec<Entry>> {
    let count = usize::try_from(varint(&mut bytes)?).ok()?;
    // Each takes four bytes at least, so a count that lies asks for nothing.
    if count > bytes.len() / 4 {
        return None;
    }
    let mut entries = vec![Entry { id: 0, run: 0, length: 0, offset: 0 }; count];
    let mut id = 0_u64;
    for entry in &mut entries {
        id = id.checked_add(varint(&mut bytes)?)?;
        entry.id = id;
    }
    for entry in &mut entries {
        entry.run = varint(&mut bytes)?;
    }
    for entry in &mut entries {
        entry.length = varint(&mut bytes)?;
    }
    let mut next = 0_u64;
    for (n, entry) in entries.iter_mut().enumerate() {
        entry.offset = match varint(&mut bytes)? {
            0 if n > 0 => next,
            0 => return None,
            offset => offset - 1,
        };
        next = entry.offset.checked_add(entry.length)?;
    }
    Some(entries)
}

/// The number of a tile along the curves of all levels.
fn id_of(tile: TileId) -> u64 {
    let before = ((1_u64 << (2 * u32::from(tile.level))) - 1) / 3;
    let (mut x, mut y, mut along) = (u64::from(tile.x), u64::from(tile.y), 0);
    let mut side = (1_u64 << tile.level) >> 1;
    while side > 0 {
        let (rx, ry) = (u64::from(x & side > 0), u64::from(y & side > 0));
        along += side * side * ((3 * rx) ^ ry);
        if ry == 0 {
            if rx == 1 {
                (x, y) = ((side - 1).wrapping_sub(x), (side - 1).wrapping_sub(y));
            }
            (x, y) = (y, x);
        }
        side >>= 1;
    }
    before + along
}

impl PmTiles {
    pub fn open(path: &Path, shift: Shift) -> Result<Self, RasterError> {
        let file = File::open(path).map_err(|e| RasterError::system(path, &e))?;
        Self::read(file, path, shift).map_err(|why| RasterError::file(path, why))
    }

    fn read(file: File, path: &Path, shift: Shift) -> Result<Self, Said> {
        let head = read_at(&file, 0, HEADER as u64, HEADER as u64)?;
        if head[7] != 3 {
            return Err(Said::told(|lang| tr!(lang, "raster.pmtiles_version", version = head[7]).into_owned()));
        }
        let u64_at = |at: usize| head[at..at + 8].iter().rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        let e7_at =
            |at: usize| f64::from(i32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]])) / 1e7;
        match head[99] {
            2..=4 => {}
            1 => return Err(Said::of("raster.is_vector")),
            _ => return Err(Said::of("raster.no_picture")),
        }
        let (packing, tile_packing) = (Packing::of(head[97])?, Packing::of(head[98].max(1))?);
        let root = packing.unpack(read_at(&file, u64_at(8), u64_at(16), PACKED)?, UNPACKED)?;
        let root = directory(&root).ok_or_else(cut)?;
        if root.is_empty() {
            return Err(Said::of("raster.no_tiles"));
        }
        // Its attribution is wanted; without it the tiles are as good.
        let metadata = read_at(&file, u64_at(24), u64_at(32), 1 << 20).and_then(|m| packing.unpack(m, 4 << 20));
        let metadata: Option<serde_json::Value> = metadata.ok().and_then(|text| serde_json::from_slice(&text).ok());
        let attribution = metadata.as_ref().and_then(|all| all["attribution"].as_str()).map(plain).unwrap_or_default();
        let grid = Grid::World(Tiling::Mercator, shift);
        let (first, last) = (head[100].min(FINEST), head[101].min(FINEST));
        let levels = [first.min(last), last.max(first)];
        let own = LonLatBox { min: LonLat::new(e7_at(102), e7_at(106)), max: LonLat::new(e7_at(110), e7_at(114)) };
        let is_box =
            own.min.is_in_range() && own.max.is_in_range() && own.min.lon < own.max.lon && own.min.lat < own.max.lat;
        let bounds = if is_box { own } else { grid.extent() };
        let what = Said::told(|lang| {
            tr!(lang, "raster.what_tiles", format = "PMTiles", first = levels[0], last = levels[1]).into_owned()
        });
        Ok(Self {
            name: crate::io::file_name(path),
            root,
            leaves: u64_at(40),
            data: u64_at(56),
            packing,
            tile_packing,
            kept: Mutex::default(),
            about: About { grid, levels, bounds, attribution, what, notes: Vec::new() },
            file,
        })
    }

    /// A directory below the first.
    fn leaf(&self, entry: &Entry) -> Result<Arc<Vec<Entry>>, Said> {
        let at = self.leaves.checked_add(entry.offset).ok_or_else(cut)?;
        let lock = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = lock().iter().find(|(place, _)| *place == at) {
            return Ok(Arc::clone(known));
        }
        let bytes = self.packing.unpack(read_at(&self.file, at, entry.length, PACKED)?, UNPACKED)?;
        let read = Arc::new(directory(&bytes).ok_or_else(cut)?);
        let mut kept = lock();
        kept.push_back((at, Arc::clone(&read)));
        if kept.len() > KEPT {
            kept.pop_front();
        }
        Ok(read)
    }

    /// The bytes of a tile.
    fn find(&self, id: u64) -> Result<Option<Vec<u8>>, Said> {
        let within = |entries: &[Entry]| {
            let after = entries.partition_point(|entry| entry.id <= id);
            after.checked_sub(1).map(|at| entries[at])
        };
        let mut entry = within(&self.root);
        for _ in 0..DEEPEST {
            let Some(found) = entry else { return Ok(None) };
            if found.run > 0 {
                if id - found.id >= found.run {
                    return Ok(None);
                }
                let at = self.data.checked_add(found.offset).ok_or_else(cut)?;
                let bytes = read_at(&self.file, at, found.length, TILE_BYTES)?;
                return self.tile_packing.unpack(bytes, TILE_BYTES).map(Some);
            }
            entry = within(&self.leaf(&found)?);
        }
        Err(damaged("directories"))
    }
}

impl TileSource for PmTiles {
    fn about(&self) -> &About {
        &self.about
    }

    fn tile(&self, tile: TileId, _stop: &AtomicBool) -> Result<Option<Pixels>, RasterError> {
        let of_tile = |why| RasterError::tile(&self.name, tile, why);
        match self.find(id_of(tile)).map_err(of_tile)? {
            Some(bytes) => decode_tile(&bytes).map(Some).map_err(of_tile),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{CHINA, png};
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn put(out: &mut Vec<u8>, mut value: u64) {
        while value > 0x7f {
            out.push(value as u8 | 0x80);
            value >>= 7;
        }
        out.push(value as u8);
    }

    fn packed(entries: &[Entry]) -> Vec<u8> {
        let mut out = Vec::new();
        put(&mut out, entries.len() as u64);
        let mut last = 0;
        for entry in entries {
            put(&mut out, entry.id - last);
            last = entry.id;
        }
        entries.iter().for_each(|entry| put(&mut out, entry.run));
        entries.iter().for_each(|entry| put(&mut out, entry.length));
        entries.iter().for_each(|entry| put(&mut out, entry.offset + 1));
        gzip(&out)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(bytes).expect("memory");
        gzip.finish().expect("memory")
    }

    /// A file of these tiles, the directory of them below the first one.
    fn made(tiles: &[(TileId, Vec<u8>)]) -> Vec<u8> {
        let mut entries = Vec::new();
        let mut data = Vec::new();
        let mut sorted: Vec<_> = tiles.iter().collect();
        sorted.sort_by_key(|(tile, _)| id_of(*tile));
        for (tile, bytes) in sorted {
            let (length, offset) = (bytes.len() as u64, data.len() as u64);
            entries.push(Entry { id: id_of(*tile), run: 1, length, offset });
            data.extend_from_slice(bytes);
        }
        let leaf = packed(&entries);
        let root = packed(&[Entry { id: entries[0].id, run: 0, length: leaf.len() as u64, offset: 0 }]);
        let metadata = gzip(br#"{"attribution":"<b>Surveyors</b>"}"#);
        let mut out = b"PMTiles\x03".to_vec();
        let parts = [&root, &metadata, &leaf, &data];
        let mut at = HEADER as u64;
        for part in parts {
            out.extend(at.to_le_bytes());
            out.extend((part.len() as u64).to_le_bytes());
            at += part.len() as u64;
        }
        out.extend([0; 24]);
        let (low, high) = tiles.iter().fold((FINEST, 0), |(a, b), (tile, _)| (a.min(tile.level), b.max(tile.level)));
        out.extend([1, 2, 1, 2, low, high]);
        for e7 in [1_210_000_000_i32, 307_000_000, 1_220_000_000, 319_000_000] {
            out.extend(e7.to_le_bytes());
        }
        out.extend([0; 9]);
        assert_eq!(out.len(), HEADER);
        parts.iter().for_each(|part| out.extend_from_slice(part));
        out
    }

    #[test]
    fn tiles_are_numbered_as_the_specification_has_it() {
        let id = |level, x, y| id_of(TileId { level, x, y });
        assert_eq!([id(0, 0, 0), id(1, 0, 0), id(1, 0, 1), id(1, 1, 1), id(1, 1, 0), id(2, 0, 0)], [0, 1, 2, 3, 4, 5]);
        assert_eq!(id(12, 3423, 1763), 19_078_479);
        let mut all: Vec<u64> = (0..16).flat_map(|x| (0..16).map(move |y| id(4, x, y))).collect();
        all.sort_unstable();
        assert_eq!(all, (85..341).collect::<Vec<u64>>());
    }

    #[test]
    fn tiles_are_found_below_the_first_directory() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.pmtiles");
        let damaged = TileId { x: CHINA.x + 1, ..CHINA };
        let root = TileId { level: 0, x: 0, y: 0 };
        let tiles =
            [(root, png([8, 8], [1, 1, 1, 255])), (CHINA, png([256, 256], [0, 0, 77, 255])), (damaged, b"no".to_vec())];
        std::fs::write(&file, made(&tiles)).expect("writable");
        let tiles = PmTiles::open(&file, Shift::None).expect("tiles");
        let stop = AtomicBool::new(false);
        assert_eq!((tiles.about().levels, tiles.about().attribution.as_str()), ([0, CHINA.level], "Surveyors"));
        assert_eq!(tiles.about().bounds.max, LonLat::new(122.0, 31.9));
        for _ in 0..2 {
            assert_eq!(tiles.tile(CHINA, &stop).expect("whole").expect("there").rgba[2], 77);
        }
        assert_eq!(tiles.tile(damaged, &stop).expect_err("damaged").tile, Some(damaged));
        assert_eq!(tiles.tile(TileId { y: 0, ..CHINA }, &stop), Ok(None));
        let high = TileId { level: FINEST, x: (1 << 24) - 1, y: 0 };
        assert_eq!(tiles.tile(high, &stop), Ok(None));
    }

    #[test]
    fn whatever_is_cut_or_turned_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("a.pmtiles");
        let whole = made(&[(CHINA, png([16, 16], [0, 0, 77, 255]))]);
        let look = |bytes: &[u8]| {
            std::fs::write(&file, bytes).expect("writable");
            PmTiles::open(&file, Shift::None).map(|tiles| tiles.tile(CHINA, &AtomicBool::new(false)))
        };
        for n in 0..whole.len() {
            assert!(!matches!(look(&whole[..n]), Ok(Ok(Some(_)))), "{n}");
        }
        for n in 0..HEADER {
            for byte in [0, 0xff] {
                let mut turned = whole.clone();
                turned[n] = byte;
                // An error or the tile, never a panic, never a wish for the memory that a count asks for.
                drop(look(&turned));
            }
        }
        // A directory that says it has more entries than bytes.
        let mut bytes = Vec::new();
        put(&mut bytes, u64::from(u32::MAX));
        assert_eq!(directory(&bytes), None);
        // One that leads to itself.
        let own = packed(&[Entry { id: 0, run: 0, length: 40, offset: 0 }]);
        let mut turned = whole.clone();
        turned[40..48].copy_from_slice(&(HEADER as u64).to_le_bytes());
        turned[HEADER..HEADER + own.len().min(20)].copy_from_slice(&own[..own.len().min(20)]);
        assert!(!matches!(look(&turned), Ok(Ok(Some(_)))));
    }
}
