//! Tests of archives: names, limits, damage, zips inside.

use super::super::{Bytes, Folder, FormatError, InMemory};
use super::{archive_input, gzip_input, refusal};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use std::io::Write;
use std::sync::Arc;

fn bytes(content: Vec<u8>) -> Arc<dyn Bytes> {
    InMemory::default().with("x", content).open("x").expect("it is there")
}

fn crc(content: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(content);
    crc.sum()
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).expect("in memory");
    encoder.finish().expect("in memory")
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).expect("in memory");
    encoder.finish().expect("in memory")
}

/// A member: name, flags, method, content, and what the directory says of its size.
#[derive(Clone)]
struct Packed {
    name: Vec<u8>,
    flags: u16,
    method: u16,
    content: Vec<u8>,
    size: Option<u32>,
    extra: Vec<u8>,
}

fn member(name: &[u8], content: &[u8]) -> Packed {
    Packed { name: name.to_vec(), flags: 0, method: 8, content: content.to_vec(), size: None, extra: Vec::new() }
}

fn zip(members: &[Packed]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for one in members {
        let packed = if one.method == 8 { deflated(&one.content) } else { one.content.clone() };
        let mut common = [0, 0].to_vec();
        common.splice(0..2, 20_u16.to_le_bytes());
        common.extend(one.flags.to_le_bytes());
        common.extend(one.method.to_le_bytes());
        common.extend([0; 4]);
        common.extend(crc(&one.content).to_le_bytes());
        common.extend((packed.len() as u32).to_le_bytes());
        common.extend(one.size.unwrap_or(one.content.len() as u32).to_le_bytes());
        common.extend((one.name.len() as u16).to_le_bytes());
        let at = file.len() as u32;
        file.extend(b"PK\x03\x04");
        file.extend(&common);
        file.extend([0; 2]);
        file.extend(&one.name);
        file.extend(packed);
        directory.extend(b"PK\x01\x02\x14\0");
        directory.extend(&common);
        directory.extend((one.extra.len() as u16).to_le_bytes());
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(&one.name);
        directory.extend(&one.extra);
    }
    let at = file.len() as u32;
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend((members.len() as u16).to_le_bytes().repeat(2));
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(at.to_le_bytes());
    file.extend([0; 2]);
    file
}

fn names(archive: Vec<u8>) -> Vec<String> {
    archive_input(bytes(archive)).expect("an archive").names().expect("names")
}

fn content(folder: &dyn Folder, name: &str) -> Result<Vec<u8>, FormatError> {
    let file = folder.open(name).map_err(refusal)?;
    Ok(file.stretch(0, file.len() as usize)?)
}

#[test]
fn names_are_decoded_and_harmless() {
    let utf8 = Packed { flags: 1 << 11, ..member("宝山/河道.shp".as_bytes(), b"1") };
    let unicode = |name: &str| {
        let mut field = 0x7075_u16.to_le_bytes().to_vec();
        field.extend((name.len() as u16 + 5).to_le_bytes());
        field.push(1);
        field.extend(crc(b"raw.shp").to_le_bytes());
        field.extend(name.as_bytes());
        field
    };
    let cases: &[(Packed, &[&str])] = &[
        (utf8, &["宝山/河道.shp"]),
        (member("河道.shp".as_bytes(), b"1"), &["河道.shp"]),
        (member(b"\xba\xd3\xb5\xc0.shp", b"1"), &["河道.shp"]),
        (member(b"\xb1\xa6\xc9\xbd\\\xba\xd3\xb5\xc0.shp", b"1"), &["宝山/河道.shp"]),
        (Packed { extra: unicode("河道.shp"), ..member(b"raw.shp", b"1") }, &["河道.shp"]),
        (Packed { extra: unicode("河道.shp"), ..member(b"other.shp", b"1") }, &["other.shp"]),
        (member(b"../../etc/passwd", b"1"), &["etc/passwd"]),
        (member(b"/abs/a.shp", b"1"), &["abs/a.shp"]),
        (member(b"C:\\data\\a.shp", b"1"), &["data/a.shp"]),
        (member(b"a/./b/../c.shp", b"1"), &["a/b/c.shp"]),
        (member(b"a\0b.shp", b"1"), &["a_b.shp"]),
        (member(b"folder/", b""), &[]),
        (member(b"..", b""), &[]),
        (member(b"", b""), &[]),
        (member(b"__MACOSX/._a.shp", b"1"), &[]),
        (member(b"x/.DS_Store", b"1"), &[]),
    ];
    for (packed, expected) in cases {
        assert_eq!(names(zip(std::slice::from_ref(packed))), *expected);
    }
    let twice =
        [member(b"a.shp", b"1"), member(b"../a.shp", b"2"), member(b"/a.shp", b"3"), member(b"b/a.shp.xml", b"4")];
    let folder = archive_input(bytes(zip(&twice))).expect("an archive");
    assert_eq!(folder.names().expect("names"), ["a.shp", "a (2).shp", "a (3).shp", "b/a.shp.xml"]);
    assert_eq!(content(folder.as_ref(), "a (2).shp").expect("it opens"), b"2");
    assert_eq!(folder.open("no").err().map(|e| e.kind()), Some(std::io::ErrorKind::NotFound));
    assert_eq!(names(zip(&[])), Vec::<String>::new());
}

#[test]
fn members_are_read_whole() {
    let text = "排污口".repeat(100_000).into_bytes();
    let stored = Packed { method: 0, ..member(b"stored", &text) };
    let large = Packed { method: 0, ..member(b"large", &vec![7; 17 << 20]) };
    let archive = zip(&[member(b"deflated", &text), stored, large, member(b"empty", b"")]);
    // With a program before it, and a comment behind.
    let mut commented = archive.clone();
    let end = commented.len();
    commented[end - 2] = 3;
    commented.extend(b"abc");
    for archive in [archive.clone(), [b"MZ program".to_vec(), archive].concat(), commented] {
        let folder = archive_input(bytes(archive)).expect("an archive");
        for name in ["deflated", "stored"] {
            assert!(content(folder.as_ref(), name).expect("it opens") == text);
        }
        let large = folder.open("large").expect("it opens");
        assert_eq!((large.len(), large.stretch(16 << 20, 2).expect("bytes")), (17 << 20, vec![7, 7]));
        assert!(large.read_at((17 << 20) - 1, &mut [0; 2]).is_err());
        assert!(content(folder.as_ref(), "empty").expect("it opens").is_empty());
        // Opened twice it is in memory once.
        let (one, two) = (folder.open("deflated").expect("one"), folder.open("deflated").expect("two"));
        assert!(Arc::ptr_eq(&one, &two));
    }
}

#[test]
fn zips_inside_are_opened_one_level_deep() {
    let deepest = zip(&[member(b"c.shp", b"3")]);
    let inner = zip(&[member(b"b.shp", b"2"), member(b"deep.zip", &deepest)]);
    let outer = zip(&[member(b"x/in.ZIP", &inner), member(b"a.shp", b"1"), member(b"bad.zip", b"not a zip")]);
    let folder = archive_input(bytes(outer)).expect("an archive");
    assert_eq!(folder.names().expect("names"), ["x/in.ZIP/b.shp", "x/in.ZIP/deep.zip", "a.shp", "bad.zip"]);
    for (name, expected) in
        [("x/in.ZIP/b.shp", &b"2"[..]), ("a.shp", b"1"), ("x/in.ZIP/deep.zip", &deepest), ("bad.zip", b"not a zip")]
    {
        assert_eq!(content(folder.as_ref(), name).expect("it opens"), expected, "{name}");
    }
}

#[test]
fn what_is_not_read_is_refused_with_the_way_out() {
    let whole = zip(&[member(b"a.shp", b"1234567890")]);
    let mut split = whole.clone();
    let end = split.len();
    split[end - 18] = 1;
    let files: Vec<(Vec<u8>, &str)> = vec![
        (b"Rar!\x1a\x07\x01\0".to_vec(), "RAR"),
        (b"7z\xbc\xaf\x27\x1c\0\x04".to_vec(), "7z"),
        (b"<!DOCTYPE html><html>".to_vec(), "web page"),
        (b"neither".to_vec(), "not a zip"),
        (Vec::new(), "not a zip"),
        (whole[..whole.len() - 30].to_vec(), "not whole"),
        (split, "split"),
    ];
    for (file, word) in files {
        let said = archive_input(bytes(file)).expect_err("refused").to_string();
        assert!(said.contains(word), "{said}");
    }
    let plain = member(b"a", b"1234567890");
    let bomb = vec![0; 70 << 20];
    let members = [
        (Packed { flags: 1, ..plain.clone() }, "password"),
        (Packed { method: 12, ..plain.clone() }, "bzip2"),
        (Packed { method: 9, ..plain.clone() }, "Deflate64"),
        (Packed { method: 77, ..plain.clone() }, "77"),
        (Packed { size: Some(9), ..plain.clone() }, "damaged"),
        (Packed { size: Some(11), ..plain.clone() }, "damaged"),
        (Packed { size: Some(0xffff_fff0), ..plain.clone() }, "limit"),
        (member(b"a", &bomb), "tighter"),
    ];
    for (packed, word) in members {
        let folder = archive_input(bytes(zip(&[packed]))).expect("an archive");
        let said = content(folder.as_ref(), "a").expect_err("refused");
        assert!(said.to_string().contains(word), "{said}");
        assert!(matches!(said, FormatError::Refused { file: Some(_), .. }));
    }
    // Counts that lie.
    for at in [12, 14] {
        let mut lying = whole.clone();
        let end = lying.len();
        lying[end - at] = 9;
        lying[end - 12] = 9;
        assert!(archive_input(bytes(lying)).is_err());
    }
}

#[test]
fn gzip_holds_one_file() {
    let text = b"{\"type\":\"FeatureCollection\"}".repeat(10);
    let two = [gzip(&text), gzip(b"more")].concat();
    for (file, expected) in [
        (gzip(&text), text.clone()),
        (two, [&text[..], b"more"].concat()),
        ([gzip(&text), vec![0; 9]].concat(), text.clone()),
    ] {
        let folder = gzip_input(bytes(file), "x/roads.geojson.GZ").expect("gzip");
        assert_eq!(folder.names().expect("names"), ["x/roads.geojson"]);
        assert_eq!(content(folder.as_ref(), "x/roads.geojson").expect("it opens"), expected);
    }
    let named =
        flate2::GzBuilder::new().filename("a.json").write(Vec::new(), Compression::fast()).finish().expect("in memory");
    assert_eq!(names(named), ["a.json"]);
    assert_eq!(names(gzip(&text)), ["data"]);
    assert!(gzip_input(bytes(gzip(&text)), "x.tar.gz").is_err());
    assert!(gzip_input(bytes(gzip(&text)), "x.tgz").is_err());
    assert!(gzip_input(bytes(text.clone()), "x.gz").is_err());
    let whole = gzip(&text);
    let damaged = |file: Vec<u8>| gzip_input(bytes(file), "x.gz").and_then(|folder| content(folder.as_ref(), "x"));
    for end in 0..whole.len() {
        assert!(damaged(whole[..end].to_vec()).is_err(), "cut at {end}");
    }
    assert!(damaged([whole, b"junk".to_vec()].concat()).is_err());
    let said = damaged(gzip(&vec![0; 70 << 20])).expect_err("refused").to_string();
    assert!(said.contains("tighter"), "{said}");
}

#[test]
fn damage_does_not_panic_and_is_never_passed_on() {
    let whole = zip(&[member(b"a.shp", b"1234567890"), Packed { method: 0, ..member(b"b.dbf", b"abc") }]);
    let read = |file: Vec<u8>| -> Result<Vec<Vec<u8>>, FormatError> {
        let folder = archive_input(bytes(file))?;
        folder.names()?.iter().map(|name| content(folder.as_ref(), name)).collect()
    };
    assert_eq!(read(whole.clone()).expect("whole"), [b"1234567890".to_vec(), b"abc".to_vec()]);
    for end in 0..whole.len() {
        assert!(read(whole[..end].to_vec()).is_err(), "cut at {end}");
    }
    for at in 0..whole.len() {
        for flip in [0xff, 1, 0x80] {
            let mut file = whole.clone();
            file[at] ^= flip;
            if let Ok(read) = read(file) {
                assert!(read.iter().all(|one| one == b"1234567890" || one == b"abc"), "byte {at}");
            }
        }
    }
    // A megabyte of end records, and one of directory entries without members.
    let start = std::time::Instant::now();
    assert!(read(b"PK\x05\x06\0\0\0\0\x01\0\x01\0\0\0\0\0\0\0\0\0\0\0".repeat(48_000)).is_err());
    let many: Vec<Packed> = (0..9000).map(|_| Packed { method: 0, ..member(b"a", b"") }).collect();
    assert_eq!(names(zip(&many)).len(), 9000);
    assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
}
