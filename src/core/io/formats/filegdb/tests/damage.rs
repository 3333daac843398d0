//! Damaged and hostile geodatabases: no panic, no hang, no half-read table that looks whole.

use super::super::super::{Folder, FormatError, InMemory, ReadHints};
use super::geometry::{arc, blob, read_shapes};
use super::made::*;
use std::time::Instant;

fn sample() -> InMemory {
    let fields = [
        id_field(),
        shape_field("PROJCS[\"x\",UNIT[\"Meter\",1.0]]"),
        text_field("T"),
        fixed_field("D", 5, 8),
        fixed_field("N", 13, 8),
    ];
    let curve =
        blob(&[51 | 0x2000_0000, 4, 1, 1, 0, 0, 9, 9], &[0, 0, 0, 9000, 9000, 0, -9000, -9000], &arc(1, [4.5, 9.0], 8));
    let rings = blob(&[5, 8, 2, 0, 0, 9, 9, 4], &[0, 0, 0, 99, 99, 0, -99, -99, 10, 20, 10, 0, 0, 10, -10, -10], &[]);
    let day = 45_000.5_f64.to_le_bytes();
    let rows = [
        row(&[0xF0], &[&curve, &sized("甲".as_bytes()), &day, &[1; 8]]),
        None,
        row(&[0xF0], &[&rings, &sized(b""), &day, &[2; 8]]),
        row(&[0xFD], &[&sized("乙".as_bytes())]),
    ];
    let item = "<A><DatasetType>esriDTFeatureClass</DatasetType><AliasName>图层</AliasName></A>";
    geodatabase(
        &[("t", table(&fields, &rows, Stored { width: 4, geometry_type: 4, ..PLAIN }))],
        &[("t", "\\d\\t", item)],
    )
}

fn bytes_of(files: &InMemory, name: &str) -> Vec<u8> {
    files.open(name).and_then(|bytes| bytes.stretch(0, usize::MAX)).expect("bytes")
}

/// Reads everything; rows, where it could be read.
fn try_all(files: &InMemory) -> Result<usize, FormatError> {
    layers(files)?;
    read(files, "t").map(|taken| taken.rows.len())
}

#[test]
fn a_file_cut_at_any_byte_is_refused_or_whole() {
    let files = sample();
    assert_eq!(try_all(&files).expect("rows"), 3);
    for name in files.names().expect("names") {
        let whole = bytes_of(&files, &name);
        // Offsets fill blocks of 1,024: a few places in them stand for all.
        let places = (0..whole.len()).filter(|at| !name.ends_with("tablx") || *at < 64 || at + 64 > whole.len());
        for at in places {
            match try_all(&files.clone().with(&name, whole[..at].to_vec())) {
                Ok(rows) => panic!("{name} cut at {at} gives {rows} rows"),
                Err(FormatError::Refused { said, .. }) => assert!(!said.zh.is_empty()),
                Err(other) => panic!("{name} cut at {at}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_changed_byte_anywhere_does_no_harm() {
    let files = sample();
    for name in files.names().expect("names") {
        let whole = bytes_of(&files, &name);
        for at in (0..whole.len()).filter(|at| !name.ends_with("tablx") || *at < 64 || at + 64 > whole.len()) {
            for change in [0xFF, 0x80, 0x01] {
                let mut changed = whole.clone();
                changed[at] ^= change;
                if let Err(FormatError::System(said)) = try_all(&files.clone().with(&name, changed)) {
                    panic!("{name} {at}: {said}");
                }
            }
        }
    }
}

#[test]
fn a_megabyte_of_anything_takes_less_than_a_second() {
    let circles = |count: u64, radius: f64| {
        let arcs: Vec<u8> = (0..count).flat_map(|n| arc(2 * n, [radius, 0.0], 0)).collect();
        let counts = vec![2; count as usize - 1];
        let points = vec![0; 4 * count as usize];
        blob(&[&[51 | 0x2000_0000, 2 * count, count, count, 0, 0, 9, 9], &counts[..]].concat(), &points, &arcs)
    };
    let squares = |count: u64| {
        let mut signed = Vec::new();
        for n in 0..count as i64 {
            let back = if n == 0 { 0 } else { 1 };
            signed.extend([back, 0, 0, 1 << 20, 1 << 20, 0, 0, -(1 << 20), -(1 << 20), 0]);
        }
        blob(&[&[5, 5 * count, count, 0, 0, 9, 9], &vec![5; count as usize - 1][..]].concat(), &signed, &[])
    };
    for (name, blobs, wanted) in [
        ("a row of great circles", vec![circles(30_000, 1e9)], &["by_winding", "coarse_curves", "curves"][..]),
        ("rows of great circles", vec![circles(1, 1e9); 20_000], &["coarse_curves", "curves"]),
        ("rows of circles", vec![circles(10, 5.0); 2_000], &["curves"]),
        ("squares over each other", vec![squares(40_000)], &["by_winding"]),
        ("rows of squares over each other", vec![squares(100); 400], &[]),
    ] {
        let started = Instant::now();
        let taken = read_shapes(&blobs, &ReadHints::default());
        assert_eq!(taken.kinds(), wanted, "{name}");
        // Unoptimised builds are several times slower than the bound is meant for.
        assert!(started.elapsed().as_secs() < 8, "{name}: {:?}", started.elapsed());
    }
}

#[test]
fn counts_that_lie_reserve_nothing() {
    let huge = u32::MAX.to_le_bytes();
    for (at, file) in [(4, "gdbtablx"), (8, "gdbtablx"), (4, "gdbtable"), (40, "gdbtable"), (52, "gdbtable")] {
        let files = sample();
        let name = format!("x.gdb/a00000009.{file}");
        let mut bytes = bytes_of(&files, &name);
        bytes[at..at + 4].copy_from_slice(&huge);
        let done = try_all(&files.with(&name, bytes));
        assert!(matches!(done, Err(FormatError::Refused { .. })), "{file} {at}: {done:?}");
    }
}
