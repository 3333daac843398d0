//! TIFFs made here: strips, coarser resolutions, places, and files that lie.

use super::super::{RasterErrorKind, TileId, Tiles};
use super::*;
use std::io::Cursor;
use std::sync::atomic::AtomicBool;
use tiff::encoder::colortype::{Gray8, Gray16, RGB8};
use tiff::encoder::{Compression, TiffEncoder};

/// A place in zone 3° 120E of CGCS2000, half a metre to a pixel.
fn place(encoder: &mut tiff::encoder::DirectoryEncoder<'_, &mut Cursor<Vec<u8>>, tiff::encoder::TiffKindStandard>) {
    encoder.write_tag(Tag::ModelPixelScaleTag, &[0.5_f64, 0.5, 0.0][..]).expect("memory");
    encoder.write_tag(Tag::ModelTiepointTag, &[0.0_f64, 0.0, 0.0, 620_000.0, 3_460_000.0, 0.0][..]).expect("memory");
    let keys: [u16; 16] = [1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, 1, 3072, 0, 1, 4549];
    encoder.write_tag(Tag::GeoKeyDirectoryTag, &keys[..]).expect("memory");
}

/// A picture with a row of colours, and one half as fine.
fn made(size: [u32; 2], is_placed: bool, compression: Compression) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut out).expect("memory").with_compression(compression);
    for step in [1, 2] {
        let [width, height] = size.map(|side| side / step);
        let mut image = encoder.new_image::<RGB8>(width, height).expect("memory");
        image.rows_per_strip(16).expect("rows");
        if step == 1 && is_placed {
            place(image.encoder());
        }
        if step == 2 {
            image.encoder().write_tag(Tag::NewSubfileType, 1_u32).expect("memory");
        }
        // The coarser one has another green, so that a test sees which was read.
        let green = if step == 1 { 10 } else { 20 };
        let pixels: Vec<u8> =
            (0..width * height).flat_map(|n| [if n % width < width / 2 { 250 } else { 0 }, green, 0]).collect();
        image.write_data(&pixels).expect("memory");
    }
    out.into_inner()
}

fn put(folder: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, bytes).expect("writable");
    file
}

#[test]
fn each_level_is_read_from_the_resolution_that_serves() {
    let folder = tempfile::tempdir().expect("a folder");
    for compression in [Compression::Uncompressed, Compression::Lzw, Compression::Deflate(Default::default())] {
        let file = put(folder.path(), "a.tif", &made([1000, 600], true, compression));
        let tiles = open(&file, None).unwrap_or_else(|e| panic!("{e}"));
        let about = tiles.about();
        assert_eq!(about.levels, [0, 2]);
        assert!(about.what.en.contains("1000") && about.what.en.contains("120°"), "{:?}", about.what);
        let stop = AtomicBool::new(false);
        let fine = tiles.tile(TileId { level: 2, x: 1, y: 1 }, &stop).expect("whole").expect("there");
        assert_eq!((fine.size, &fine.rgba[..4]), ([256, 256], &[250, 10, 0, 255][..]));
        let coarse = tiles.tile(TileId { level: 1, x: 0, y: 0 }, &stop).expect("whole").expect("there");
        assert_eq!((coarse.size, &coarse.rgba[..4]), ([256, 256], &[250, 20, 0, 255][..]));
        let coarsest = tiles.tile(TileId { level: 0, x: 0, y: 0 }, &stop).expect("whole").expect("there");
        assert_eq!((coarsest.size, &coarsest.rgba[..4]), ([250, 150], &[250, 20, 0, 255][..]));
        assert_eq!(tiles.tile(TileId { level: 2, x: 4, y: 0 }, &stop), Ok(None));
        let Tiles::These(all) = about.grid.tiles(about.bounds, about.bounds, 2, 100) else { panic!("tiles") };
        assert_eq!(all.len(), 12);
    }
}

#[test]
fn the_keys_win_over_a_world_file_and_that_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = put(folder.path(), "a.tif", &made([64, 64], true, Compression::Uncompressed));
    let world = |shift: f64| format!("0.5\n0\n0\n-0.5\n{}\n3459999.75\n", 620_000.25 + shift);
    put(folder.path(), "a.tfw", world(0.0).as_bytes());
    let same = open(&file, Some("EPSG:4547")).expect("placed");
    assert!(same.about().notes.is_empty(), "{:?}", same.about().notes);
    put(folder.path(), "a.tfw", world(500.0).as_bytes());
    let other = open(&file, None).expect("placed");
    assert_eq!(other.about().bounds, same.about().bounds);
    assert!(other.about().notes[0].en.contains("a.tfw"));
    // Without its own place the world file's is taken, and the system is asked for.
    let bare = put(folder.path(), "a.tif", &made([64, 64], false, Compression::Uncompressed));
    assert!(open(&bare, None).is_err_and(|e| e.kind == RasterErrorKind::NeedsSystem));
    let placed = open(&bare, Some("EPSG:4549")).expect("placed");
    assert!((placed.about().bounds.min.lon - same.about().bounds.min.lon - 500.0 / 95_000.0).abs() < 1e-4);
    std::fs::remove_file(folder.path().join("a.tfw")).expect("there");
    assert!(open(&bare, Some("EPSG:4549")).is_err_and(|e| e.why.en.contains("world file")));
}

#[test]
fn values_of_sixteen_bits_are_stretched_and_that_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut out = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut out).expect("memory");
    let mut image = encoder.new_image::<Gray16>(100, 100).expect("memory");
    place(image.encoder());
    let heights: Vec<u16> = (0..10_000).map(|n| 300 + n / 100).collect();
    image.write_data(&heights).expect("memory");
    let file = put(folder.path(), "h.tif", out.get_ref());
    let tiles = open(&file, None).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(tiles.about().notes.len(), 1);
    let tile = tiles.tile(TileId { level: 0, x: 0, y: 0 }, &AtomicBool::new(false)).expect("whole").expect("there");
    assert!(tile.rgba[0] < 20 && tile.rgba[tile.rgba.len() - 4] > 235);
}

#[test]
fn files_that_lie_are_refused_and_ask_for_no_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = made([200, 200], true, Compression::Deflate(Default::default()));
    let look = |bytes: &[u8]| {
        let file = put(folder.path(), "a.tif", bytes);
        open(&file, None).map(|tiles| tiles.tile(TileId { level: 0, x: 0, y: 0 }, &AtomicBool::new(false)))
    };
    for n in (0..whole.len()).step_by(7) {
        drop(look(&whole[..n]));
    }
    // The directories stand behind their pictures: every byte of them turned.
    for n in whole.len() - 300..whole.len() {
        for byte in [0, 0x7f, 0xff] {
            let mut turned = whole.clone();
            turned[n] = byte;
            drop(look(&turned));
        }
    }
    // One strip that is larger than is held.
    let mut out = Cursor::new(Vec::new());
    let mut encoder =
        TiffEncoder::new(&mut out).expect("memory").with_compression(Compression::Deflate(Default::default()));
    let mut image = encoder.new_image::<Gray8>(8_000, 8_000).expect("memory");
    image.rows_per_strip(8_000).expect("rows");
    place(image.encoder());
    image.write_data(&vec![0; 64_000_000]).expect("memory");
    let e = look(out.get_ref()).expect_err("too large");
    assert!(e.why.en.contains("8000") && e.why.en.contains("TILED"), "{e}");
}

/// A text of a directory that claims more than there is memory for is refused in our words, and before the crate prints its own.
#[test]
fn a_text_beyond_the_limits_is_refused_with_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut out = Cursor::new(Vec::new());
    let mut encoder = TiffEncoder::new(&mut out).expect("memory");
    let mut image = encoder.new_image::<RGB8>(4, 4).expect("memory");
    place(image.encoder());
    image.encoder().write_tag(Tag::GdalNodata, "-9999").expect("memory");
    image.write_data(&[0; 48]).expect("memory");
    let mut bytes = out.into_inner();
    // The entry: tag 42113, type 2, count 6 with its end.
    let entry = [0x81, 0xa4, 2, 0, 6, 0, 0, 0];
    let at = bytes.windows(8).position(|own| own == entry).expect("an entry");
    assert!(open(&put(folder.path(), "whole.tif", &bytes), None).is_ok());
    bytes[at + 4..at + 8].copy_from_slice(&0x2000_0000_u32.to_le_bytes());
    let error = open(&put(folder.path(), "long.tif", &bytes), None).map(|_| ()).expect_err("too long");
    let said = format!("{error}");
    assert!(said.contains(Said::of("raster.tiff_limits").en.as_str()), "{said}");
}
