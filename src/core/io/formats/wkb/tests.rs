//! Tests of well-known binary: every kind and flavour, both byte orders, damage.

use super::*;
use std::time::{Duration, Instant};

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).expect("ascii"), 16).expect("hex")).collect()
}

/// A big-endian or little-endian WKB put together by its numbers.
#[derive(Clone)]
struct Made {
    bytes: Vec<u8>,
    is_little: bool,
}

impl Made {
    fn new(is_little: bool) -> Self {
        Self { bytes: Vec::new(), is_little }
    }

    fn head(mut self, code: u32) -> Self {
        self.bytes.push(u8::from(self.is_little));
        self.u32(code)
    }

    fn u32(mut self, n: u32) -> Self {
        self.bytes.extend(if self.is_little { n.to_le_bytes() } else { n.to_be_bytes() });
        self
    }

    fn numbers(mut self, numbers: &[f64]) -> Self {
        for n in numbers {
            self.bytes.extend(if self.is_little { n.to_le_bytes() } else { n.to_be_bytes() });
        }
        self
    }
}

fn taken(bytes: &[u8]) -> Result<(RawGeometry, Taken), WkbError> {
    let mut geometry = RawGeometry::new(RawKind::Collection);
    read(bytes, STEP_METRES, &mut geometry).map(|taken| (geometry, taken))
}

#[test]
fn every_kind_in_both_orders_and_all_dimensions_comes_back() {
    for is_little in [true, false] {
        for (z, m) in [(false, false), (true, false), (false, true), (true, true)] {
            let iso = 1000 * u32::from(z) + 2000 * u32::from(m);
            let flags = (0x8000_0000 * u32::from(z)) | (0x4000_0000 * u32::from(m));
            let width = 2 + usize::from(z) + usize::from(m);
            let run = |count: usize, from: f64| -> Vec<f64> {
                let mut numbers: Vec<f64> = (0..count * width).map(|i| from + i as f64 * i as f64).collect();
                let first = numbers[..width].to_vec();
                numbers[(count - 1) * width..].copy_from_slice(&first);
                numbers
            };
            for (base, is_extended) in [(iso, false), (flags, true)] {
                let code = |number: u32| if is_extended { number | base } else { number + base };
                let made = || Made::new(is_little);
                let polygon =
                    |made: Made| made.head(code(3)).u32(2).u32(4).numbers(&run(4, 0.5)).u32(5).numbers(&run(5, 7.0));
                let all = [
                    (made().head(code(1)).numbers(&run(1, 3.0)), 1, 1, 1),
                    (made().head(code(2)).u32(3).numbers(&run(3, 1.0)), 3, 1, 1),
                    (polygon(made()), 9, 2, 1),
                    (
                        made()
                            .head(code(4))
                            .u32(2)
                            .head(code(1))
                            .numbers(&run(1, 3.0))
                            .head(code(1))
                            .numbers(&run(1, 4.0)),
                        2,
                        2,
                        2,
                    ),
                    (
                        made()
                            .head(code(5))
                            .u32(2)
                            .head(code(2))
                            .u32(2)
                            .numbers(&run(2, 1.0))
                            .head(code(2))
                            .u32(3)
                            .numbers(&run(3, 1.0)),
                        5,
                        2,
                        2,
                    ),
                    (polygon(polygon(made().head(code(6)).u32(2))), 18, 4, 2),
                    (polygon(made().head(code(15)).u32(1)), 9, 2, 1),
                    (made().head(code(17)).u32(1).u32(4).numbers(&run(4, 0.5)), 4, 1, 1),
                ];
                for (made, positions, paths, parts) in all {
                    let (geometry, _) = taken(&made.bytes).unwrap_or_else(|e| panic!("{e} {:02x?}", made.bytes));
                    assert_eq!(
                        (geometry.xy.len(), geometry.path_ends.len(), geometry.part_ends.len()),
                        (positions, paths, parts)
                    );
                    assert_eq!(geometry.z.len(), if z { positions } else { 0 });
                    assert_eq!(geometry.m.len(), if m { positions } else { 0 });
                    for extended in [false, true] {
                        let mut again = Vec::new();
                        if extended {
                            write_ewkb(&geometry, Some(4490), &mut again)
                        } else {
                            write(&geometry, &mut again)
                        }
                        let (back, told) = taken(&again).expect("our own");
                        assert!(is_same(&geometry, &back));
                        assert_eq!(told.srid, extended.then_some(4490));
                    }
                    let mut blob = Vec::new();
                    write_geopackage(&geometry, 4547, &mut blob);
                    let mut back = RawGeometry::new(RawKind::Collection);
                    assert_eq!(read_geopackage(&blob, 1e-4, &mut back).expect("our own").srid, Some(4547));
                    assert!(is_same(&geometry, &back));
                }
            }
        }
    }
}

#[test]
fn empty_geometries_have_no_position() {
    let nan = [f64::NAN; 2];
    for (made, empty_parts) in [
        (Made::new(true).head(1).numbers(&nan), false),
        (Made::new(false).head(2).u32(0), false),
        (Made::new(true).head(3).u32(0), false),
        (Made::new(true).head(3).u32(1).u32(0), true),
        (Made::new(true).head(4).u32(0), false),
        (Made::new(true).head(4).u32(1).head(1).numbers(&nan), true),
        (Made::new(true).head(5).u32(1).head(2).u32(0), true),
        (Made::new(true).head(6).u32(1).head(3).u32(0), true),
        (Made::new(true).head(7).u32(0), false),
        (Made::new(true).head(7).u32(1).head(1).numbers(&nan), false),
    ] {
        let (geometry, told) = taken(&made.bytes).expect("fine");
        assert!(geometry.is_empty() && geometry.part_ends.is_empty() && geometry.path_ends.is_empty());
        assert_eq!(told.empty_parts, empty_parts, "{:02x?}", made.bytes);
        let mut again = Vec::new();
        write_geopackage(&geometry, 0, &mut again);
        assert_eq!(again[3], 0x11);
        let mut back = RawGeometry::new(RawKind::Collection);
        read_geopackage(&again, 1e-4, &mut back).expect("our own");
        assert!(is_same(&back, &geometry));
    }
}

#[test]
fn curves_are_stepped() {
    // SELECT ST_AsBinary('CURVEPOLYGON(COMPOUNDCURVE(CIRCULARSTRING(0 0,2 0,2 1),(2 1,1 3,0 0)))') is put together so.
    let arc = |made: Made| made.head(8).u32(3).numbers(&[0.0, 0.0, 2.0, 0.0, 2.0, 1.0]);
    let ring =
        arc(Made::new(true).head(10).u32(1).head(9).u32(2)).head(2).u32(3).numbers(&[2.0, 1.0, 1.0, 3.0, 0.0, 0.0]);
    let (geometry, told) = taken(&ring.bytes).expect("fine");
    assert!(told.stepped && !told.closed && !told.coarse);
    assert_eq!(geometry.kind, RawKind::Simple(GeometryKind::Polygon));
    assert!(geometry.xy.len() > 50 && geometry.xy.first() == geometry.xy.last());
    for control in [[2.0, 0.0], [2.0, 1.0], [1.0, 3.0]] {
        assert_eq!(geometry.xy.iter().filter(|xy| **xy == control).count(), 1, "the joint is there once");
    }
    for (made, kind) in [
        (arc(Made::new(true)), GeometryKind::LineString),
        (arc(Made::new(true).head(11).u32(1)), GeometryKind::MultiLineString),
        (
            Made { bytes: [Made::new(true).head(12).u32(1).bytes, ring.bytes].concat(), is_little: true },
            GeometryKind::MultiPolygon,
        ),
    ] {
        let (geometry, told) = taken(&made.bytes).expect("fine");
        assert!(told.stepped && geometry.kind == RawKind::Simple(kind) && geometry.part_ends == [1]);
    }
    for count in [1, 2, 4] {
        let made = Made::new(true).head(8).u32(count).numbers(&vec![1.0; 2 * count as usize]);
        assert_eq!(taken(&made.bytes).map_err(|e| e.fault).err(), Some(Fault::Arc));
    }
}

#[test]
fn what_is_changed_is_told() {
    let open = Made::new(true).head(1003).u32(1).u32(3).numbers(&[0.0, 0.0, 9.0, 1.0, 0.0, 8.0, 1.0, 1.0, 7.0]);
    let (geometry, told) = taken(&open.bytes).expect("fine");
    assert!(told.closed && geometry.xy.len() == 4 && geometry.z == [9.0, 8.0, 7.0, 9.0]);
    let mut kinds = Vec::new();
    told.notes(Some(3), |note| kinds.push((note.kind, note.row, note.is_doubt)));
    assert_eq!(kinds, [("format.wkb.closed", Some(3), true)]);
    // A member without heights among members with them.
    let mixed = Made::new(true)
        .head(0x8000_0004)
        .u32(2)
        .head(1)
        .numbers(&[1.0, 2.0])
        .head(0x8000_0001)
        .numbers(&[3.0, 4.0, 5.0]);
    let (geometry, _) = taken(&mixed.bytes).expect("fine");
    assert!(geometry.z[0].is_nan() && geometry.z[1] == 5.0 && geometry.z.len() == 2);
}

#[test]
fn what_is_no_geometry_is_refused() {
    let deep = (0..40).fold(Made::new(true), |made, _| made.head(7).u32(1)).head(7).u32(0);
    let table = [
        (Vec::new(), Fault::Short),
        (hex("0101000000"), Fault::Short),
        (hex("0201000000"), Fault::Order(2)),
        (hex("0112000000"), Fault::Kind(18)),
        (hex("010d000000"), Fault::Kind(13)),
        (hex("0100000000"), Fault::Kind(0)),
        (hex("0102000000 FFFFFFFF"), Fault::Short),
        (hex("0107000000 FFFFFF7F"), Fault::Short),
        (hex("0106000000 FFFFFFFF"), Fault::Short),
        (Made::new(true).head(4).u32(1).head(2).u32(0).bytes, Fault::Member(2)),
        (Made::new(true).head(3).u32(2).u32(0).u32(1).numbers(&[1.0, 1.0]).bytes, Fault::Exterior),
        (Made::new(true).head(2).u32(1).numbers(&[1.0, f64::INFINITY]).bytes, Fault::NotFinite),
        (Made::new(true).head(1).numbers(&[1.0, f64::NAN]).bytes, Fault::NotFinite),
        (deep.bytes, Fault::Depth),
    ];
    for (bytes, fault) in table {
        let error = taken(&bytes).expect_err("refused");
        let wanted = fault;
        assert_eq!(error.fault, wanted, "{bytes:02x?}");
        assert!(!error.said().zh.contains("format.") && !error.said().en.contains("format."));
    }
    let mut geometry = RawGeometry::new(RawKind::Collection);
    for (bytes, fault) in [
        (hex("4750"), Fault::Header),
        (hex("47500101E6100000"), Fault::Header),
        (hex("4750000FE6100000"), Fault::Header),
        (hex("47500021E6100000"), Fault::Extended),
        (hex("47500003E6100000 0000"), Fault::Short),
    ] {
        assert_eq!(read_geopackage(&bytes, 1e-4, &mut geometry).map_err(|e| e.fault).err(), Some(fault));
    }
}

#[test]
fn damage_is_never_a_panic_or_a_hang() {
    let arc = Made::new(true).head(8).u32(3).numbers(&[0.0, 0.0, 2.0, 0.0, 2.0, 1.0]).bytes;
    let line = Made::new(false).head(2).u32(2).numbers(&[0.0, 0.0, 2.0, 0.0]).bytes;
    let whole = [
        Made::new(true).head(7).u32(3).bytes,
        arc.clone(),
        line,
        Made::new(true).head(12).u32(1).head(10).u32(1).bytes,
        arc,
    ]
    .concat();
    let mut blob = hex("47500001E6100000");
    blob.extend(&whole);
    let start = Instant::now();
    let mut geometry = RawGeometry::new(RawKind::Collection);
    for end in 0..whole.len() {
        assert!(read(&whole[..end], 1e-4, &mut geometry).is_err());
    }
    for at in 0..blob.len() {
        for bit in 0..8 {
            let mut bytes = blob.clone();
            bytes[at] ^= 1 << bit;
            if read_geopackage(&bytes, 1e-4, &mut geometry).is_ok() {
                write(&geometry, &mut Vec::new());
            }
        }
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    // A megabyte of the largest circles there are.
    let mut wild = Made::new(true).head(11).u32(16_000);
    for _ in 0..16_000 {
        wild = wild.head(8).u32(3).numbers(&[0.0, 0.0, 1e6, 0.0, 0.0, 0.0]);
    }
    let start = Instant::now();
    let (_, told) = taken(&wild.bytes).expect("fine");
    assert!(told.coarse && start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}
