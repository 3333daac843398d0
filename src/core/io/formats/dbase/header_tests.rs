//! Tests of reading tables: odd headers, damage, time.

use super::super::{Cell, Format, InMemory, ReadHints};
use super::Dbase;
use super::tests::{read, read_with, table, text};

#[test]
fn headers_are_read_with_patience() {
    let plain = table(3, 0, &[(b"A", b'N', 3, 0)], &[&[b" ", b"  7"]]);
    let one = vec![vec![Cell::Integer(7)]];
    // Padding behind the descriptors, of any length.
    for padding in [1_u16, 2, 31, 32, 64, 263] {
        let mut bytes = plain.clone();
        bytes.splice(65..65, vec![b'N'; usize::from(padding)]);
        bytes[8..10].copy_from_slice(&(65 + padding).to_le_bytes());
        assert_eq!(read(bytes).cells(), one, "{padding}");
    }
    // No end mark behind the descriptors; none behind the rows.
    let mut bytes = plain.clone();
    bytes.remove(64);
    bytes[8] = 64;
    bytes.pop();
    assert_eq!(read(bytes).cells(), one);
    // Records that are longer than their fields.
    let mut bytes = plain.clone();
    bytes[10] = 6;
    bytes.splice(69..69, [b'z'; 2]);
    let kept = read(bytes);
    assert_eq!((kept.cells(), kept.kinds()), (one.clone(), vec!["format.dbase.unused"]));
    // A record length that forgets the deletion mark.
    let mut bytes = plain.clone();
    bytes[10] = 3;
    assert_eq!(read(bytes).cells(), one);
    // A text of 300 bytes keeps its upper byte where numbers have decimals.
    let mut bytes = table(3, 0, &[(b"A", b'C', 44, 1)], &[]);
    bytes[4] = 1;
    bytes[10..12].copy_from_slice(&301_u16.to_le_bytes());
    bytes.pop();
    bytes.extend([b' ']);
    bytes.extend([b'x'; 300]);
    assert_eq!(read(bytes).cells(), [[text(&"x".repeat(300))]]);
    // More rows are counted than are there, and the reverse.
    let mut bytes = plain.clone();
    bytes[4] = 9;
    let kept = read(bytes);
    assert_eq!((kept.cells(), kept.kinds()), (one, vec!["format.dbase.cut_short"]));
    let mut bytes = table(3, 0, &[(b"A", b'N', 3, 0)], &[&[b" ", b"  7"], &[b" ", b"  8"]]);
    bytes[4] = 1;
    assert_eq!(read(bytes).kinds(), ["format.dbase.more_rows"]);
}

#[test]
fn damage_is_refused_or_said() {
    let rows: &[&[&[u8]]] = &[&[b" ", b"\xb1\xa6", b"1.5", b"20240101"], &[b" ", b"ab", b"2.5", b"20240102"]];
    let whole = table(3, 0x4d, &[(b"A", b'C', 4, 0), (b"B", b'N', 6, 2), (b"C", b'D', 8, 0)], rows);
    for end in 0..whole.len() - 1 {
        let read = read_with(whole[..end].to_vec(), None, None);
        assert!(read.is_err() || read.is_ok_and(|kept| kept.has_doubt()), "cut at {end}");
    }
    for at in 0..whole.len() {
        for flip in [0xff, 1, 0x80] {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            let folder = InMemory::default().with("x.dbf", bytes.clone());
            let _ = Dbase.is_it(&folder.clone().input("x.dbf"), &bytes);
            let _ = Dbase.layers(&folder.input("x.dbf"), &ReadHints::default());
            let _ = read_with(bytes, None, None);
        }
    }
    assert!(Dbase.is_it(&InMemory::default().with("x.dbf", whole.clone()).input("x.dbf"), &whole));
    for text in
        ["", "id,name\n1,2\n", "{\"type\":\"FeatureCollection\"}", "2024-01-01,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15"]
    {
        let input = InMemory::default().with("x.dbf", text.as_bytes().to_vec()).input("x.dbf");
        assert!(!Dbase.is_it(&input, text.as_bytes()), "{text}");
    }
}

#[test]
fn a_megabyte_of_bad_values_takes_less_than_a_second() {
    let start = std::time::Instant::now();
    for (letter, byte) in [(b'N', b'x'), (b'C', 0xff), (b'D', b'9')] {
        let mut bytes = table(3, 0, &[(b"A", letter, 1, 0)], &[]);
        bytes[4..8].copy_from_slice(&500_000_u32.to_le_bytes());
        bytes.pop();
        bytes.extend([b' ', byte].repeat(500_000));
        let kept = read(bytes);
        assert_eq!(kept.rows.len(), 500_000);
        assert!(kept.notes.len() < 110);
    }
    assert!(start.elapsed().as_secs() < 6, "{:?}", start.elapsed());
}
