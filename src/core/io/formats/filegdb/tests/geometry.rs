//! Geometries of every type, as rows store them.

use super::super::super::{RawGeometry, RawKind, ReadHints};
use super::made::*;
use crate::model::GeometryKind::{LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

/// A geometry field's bytes: unsigned numbers, then signed ones, then plain bytes.
pub(super) fn blob(unsigned: &[u64], signed: &[i64], rest: &[u8]) -> Vec<u8> {
    let numbers = unsigned.iter().flat_map(|n| varuint(*n)).chain(signed.iter().flat_map(|n| varint(*n)));
    sized(&numbers.chain(rest.iter().copied()).collect::<Vec<u8>>())
}

/// Reads rows of one geometry each.
pub(super) fn read_shapes(blobs: &[Vec<u8>], hints: &ReadHints) -> Taken {
    let rows: Vec<_> = blobs.iter().map(|blob| row(&[0xFE], &[blob])).collect();
    let stored = Stored { geometry_type: 7, ..PLAIN };
    let files = geodatabase(
        &[("t", table(&[id_field(), shape_field("PROJCS[\"x\",UNIT[\"Meter\",1.0]]")], &rows, stored))],
        &[],
    );
    read_with(&files, "t", hints).expect("rows")
}

fn shape(blob: Vec<u8>) -> (Option<RawGeometry>, Vec<&'static str>) {
    let mut taken = read_shapes(&[blob], &ReadHints::default());
    (taken.rows.remove(0).2, taken.kinds())
}

/// What a geometry is, in short: kind, parts as lists of paths, heights, measures.
fn short(g: &RawGeometry) -> String {
    let RawKind::Simple(kind) = g.kind else { return "collection".to_owned() };
    let position = |p: &[f64; 2]| format!("{} {}", p[0], p[1]);
    let paths = |part: Vec<std::ops::Range<usize>>| {
        part.into_iter()
            .map(|path| format!("({})", g.xy[path].iter().map(position).collect::<Vec<_>>().join(",")))
            .collect::<String>()
    };
    let parts: Vec<String> = g.parts().map(paths).collect();
    let values =
        |name: &str, values: &[f64]| if values.is_empty() { String::new() } else { format!(" {name}{values:?}") };
    format!("{kind:?} {}{}{}", parts.join("|"), values("z", &g.z), values("m", &g.m))
}

/// Relative positions of a square of 10 m at (0, 0), clockwise, closed.
const SQUARE: [i64; 10] = [0, 0, 0, 10_000, 10_000, 0, 0, -10_000, -10_000, 0];

#[test]
fn every_type_of_geometry_is_read() {
    let box4 = [0, 0, 10_000, 10_000];
    let with = |before: &[u64], after: &[u64]| [before, &box4, after].concat();
    let ring = |more: &[i64]| [&SQUARE, more].concat();
    // a hole of 2 m at (4, 4), counter-clockwise, after the square
    let hole = [4000, 4000, 2000, 0, 0, 2000, -2000, 0, 0, -2000];
    for (blob, wanted) in [
        (blob(&[0], &[], &[]), "none"),
        (blob(&[1, 1501, 2501], &[], &[]), "Point (1.5 2.5)"),
        (blob(&[1, 0, 0], &[], &[]), "Point "),
        (blob(&[9, 1001, 2001, 3001], &[], &[]), "Point (1 2) z[3.0]"),
        (blob(&[11, 1001, 2001, 3001, 0], &[], &[]), "Point (1 2) z[3.0]"),
        (blob(&[11, 1001, 2001, 3001, 4001], &[], &[]), "Point (1 2) z[3.0] m[4.0]"),
        (blob(&[21, 1001, 2001, 4001], &[], &[]), "Point (1 2) m[4.0]"),
        (blob(&[52 | 0xC000_0000, 1001, 2001, 3001, 4001], &[], &[]), "Point (1 2) z[3.0] m[4.0]"),
        (blob(&with(&[8, 2], &[]), &[1000, 2000, 2000, -1000], &[]), "MultiPoint (1 2)|(3 1)"),
        (
            blob(&with(&[20, 2], &[]), &[1000, 2000, 2000, -1000, 7000, -2000], &[]),
            "MultiPoint (1 2)|(3 1) z[7.0, 5.0]",
        ),
        (blob(&with(&[53, 1], &[]), &[1000, 2000], &[]), "MultiPoint (1 2)"),
        (blob(&[8, 0], &[], &[]), "MultiPoint "),
        (blob(&with(&[3, 2, 1], &[]), &[1000, 2000, 2000, -1000], &[]), "LineString (1 2,3 1)"),
        (
            blob(&with(&[3, 4, 2], &[2]), &[1000, 2000, 2000, -1000, 1000, 1000, 0, 1000], &[]),
            "MultiLineString (1 2,3 1)|(4 2,4 3)",
        ),
        // an empty part between two
        (
            blob(&with(&[3, 4, 3], &[2, 0]), &[1000, 2000, 2000, -1000, 1000, 1000, 0, 1000], &[]),
            "MultiLineString (1 2,3 1)|(4 2,4 3)",
        ),
        // measures: some, the mark of none, NaN for one
        (blob(&with(&[23, 2, 1], &[]), &[0, 0, 1000, 0, 5000, 1000], &[]), "LineString (0 0,1 0) m[5.0, 6.0]"),
        (blob(&with(&[23, 2, 1], &[]), &[0, 0, 1000, 0], &[0x42]), "LineString (0 0,1 0)"),
        (
            blob(&with(&[13, 2, 1], &[]), &[0, 0, 1000, 0, 9000, 0, -1, 6001], &[]),
            "LineString (0 0,1 0) z[9.0, 9.0] m[NaN, 6.0]",
        ),
        (blob(&with(&[5, 5, 1], &[]), &SQUARE, &[]), "Polygon (0 0,0 10,10 10,10 0,0 0)"),
        (blob(&with(&[5, 10, 2], &[5]), &ring(&hole), &[]), "Polygon (0 0,0 10,10 10,10 0,0 0)(4 4,6 4,6 6,4 6,4 4)"),
        (
            blob(&with(&[5, 10, 2], &[5]), &ring(&[20_000, 0, 0, 1000, 1000, 0, 0, -1000, -1000, 0]), &[]),
            "MultiPolygon (0 0,0 10,10 10,10 0,0 0)|(20 0,20 1,21 1,21 0,20 0)",
        ),
        (blob(&[5, 0], &[], &[]), "Polygon "),
        (blob(&[51 | 0x8000_0000, 0], &[], &[]), "Polygon "),
        // a square open at its end, as a surface in space of one ring
        (
            blob(
                &[54 | 0x8000_0000, 4, 99, 1, 0, 0, 10_000, 10_000, 2],
                &[0, 0, 0, 10_000, 10_000, 0, 0, -10_000, 1000, 0, 0, 0],
                &[],
            ),
            "Polygon (0 0,0 10,10 10,10 0,0 0) z[1.0, 1.0, 1.0, 1.0, 1.0]",
        ),
    ] {
        let (got, _) = shape(blob);
        assert_eq!(got.map_or("none".to_owned(), |g| short(&g)), wanted);
    }
}

#[test]
fn what_is_odd_about_a_geometry_is_said() {
    let box4 = [0, 0, 10_000, 10_000];
    let with = |before: &[u64], after: &[u64]| [before, &box4, after].concat();
    for (blob, kinds, is_there) in [
        (blob(&with(&[5, 4, 1], &[]), &SQUARE[..8], &[]), &["open_ring"][..], true),
        (
            blob(
                &with(&[5, 10, 2], &[5]),
                &[&SQUARE[..], &[4000, 4000, 0, 2000, 2000, 0, 0, -2000, -2000, 0]].concat(),
                &[],
            ),
            &["same_winding"],
            true,
        ),
        (blob(&[77], &[], &[]), &["shape_unknown"], false),
        (blob(&[], &[], &[]), &["shape_damaged"], false),
        (blob(&with(&[5, 500, 1], &[]), &SQUARE, &[]), &["shape_damaged"], false),
        (blob(&with(&[5, 5, 2], &[9]), &SQUARE, &[]), &["shape_damaged"], false),
        (blob(&with(&[3, u64::MAX, u64::MAX], &[]), &[], &[]), &["shape_damaged"], false),
        (blob(&with(&[3, 2, 1], &[]), &[i64::MAX, 0, i64::MAX, 0], &[]), &["shape_damaged"], false),
        (blob(&with(&[50 | 0x2000_0000, 2, 1, 1], &[]), &[0, 0, 1000, 0], &[0, 3, 0, 0]), &["lost_curves"], true),
        (
            blob(&with(&[50 | 0x2000_0000, 2, 1, 1], &[]), &[0, 0, 1000, 0], &[&[1, 1][..], &[0; 20]].concat()),
            &["lost_curves"],
            true,
        ),
        (
            blob(&with(&[50 | 0x2000_0000, 2, 1, 1], &[]), &[0, 0, 1000, 0], &arc(0, [f64::NAN, 0.0], 0)),
            &["lost_curves"],
            true,
        ),
        (
            blob(
                &with(&[50 | 0x2000_0000, 2, 1, 1], &[]),
                &[0, 0, 1000, 0],
                &[&[0, 5][..], &[0; 40], &[0, 2, 0, 0]].concat(),
            ),
            &["lost_curves"],
            true,
        ),
        (blob(&[54, 3, 99, 1, 0, 0, 9, 9, 0], &[0, 0, 1000, 0, 0, 1000], &[]), &["multipatch"], true),
    ] {
        let (got, said) = shape(blob);
        assert_eq!((said.as_slice(), got.is_some()), (kinds, is_there));
    }
}

/// A segment that is an arc about a centre.
pub(super) fn arc(start: u64, centre: [f64; 2], flags: u32) -> Vec<u8> {
    [
        varuint(start),
        vec![1],
        centre[0].to_le_bytes().to_vec(),
        centre[1].to_le_bytes().to_vec(),
        flags.to_le_bytes().to_vec(),
    ]
    .concat()
}

#[test]
fn curves_are_stepped_to_a_tenth_of_a_millimetre() {
    // a circle of 5 m about (5, 5) as a ring of two equal positions, then a line with an arc in its middle, with heights
    let circle = blob(&[51 | 0x2000_0000, 2, 1, 1, 0, 0, 10_000, 10_000], &[0, 5000, 0, 0], &arc(0, [5.0, 5.0], 0));
    let line = blob(
        &[50 | 0xA000_0000, 4, 1, 1, 0, 0, 20_000, 10_000],
        &[0, 0, 5000, 0, 10_000, 0, 5000, 0, 0, 1000, 2000, 0],
        &arc(1, [10.0, 0.0], 16),
    );
    let taken = read_shapes(&[circle, line], &ReadHints::default());
    assert_eq!(taken.kinds(), ["curves"]);
    let circle = taken.rows[0].2.as_ref().expect("a circle");
    assert_eq!((circle.kind, circle.xy.first() == circle.xy.last()), (RawKind::Simple(Polygon), true));
    let off = |p: [f64; 2], centre: [f64; 2]| ((p[0] - centre[0]).hypot(p[1] - centre[1]) - 5.0).abs();
    let middle = |pair: &[[f64; 2]]| [(pair[0][0] + pair[1][0]) / 2.0, (pair[0][1] + pair[1][1]) / 2.0];
    assert!(circle.xy.windows(2).all(|pair| off(middle(pair), [5.0, 5.0]) <= 1e-4));
    let line = taken.rows[1].2.as_ref().expect("a line");
    let inner = &line.xy[1..line.xy.len() - 1];
    assert!(inner.windows(2).all(|pair| off(middle(pair), [10.0, 0.0]) <= 1e-4 && pair[1][1] >= -1e-12));
    assert!(inner.len() > 100 && line.z.len() == line.xy.len());
    assert!(line.z[1..line.z.len() - 1].windows(2).all(|pair| pair[0] < pair[1]), "heights go along the arc");
    assert_eq!((line.z[1], line.z[line.z.len() - 2]), (1.0, 3.0));
}

#[test]
fn only_what_meets_the_window_is_given() {
    let box_at = |x: u64| [5, 5, 1, x, 0, 10_000, 10_000];
    let moved = |x: i64| [&[x, 0], &SQUARE[2..]].concat();
    let blobs = [
        blob(&box_at(0), &moved(0), &[]),
        blob(&box_at(100_000), &moved(100_000), &[]),
        blob(&[1, 105_001, 5001], &[], &[]),
        blob(&[0], &[], &[]),
    ];
    for (window, ids) in [
        ([100.0, 0.0, 110.0, 10.0], &[2, 3, 4][..]),
        ([-10.0, -10.0, 0.0, 0.0], &[1, 4]),
        ([50.0, 50.0, 60.0, 60.0], &[4]),
        ([f64::NEG_INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::INFINITY], &[1, 2, 3, 4]),
    ] {
        let taken = read_shapes(&blobs, &ReadHints { window: Some(window), ..ReadHints::default() });
        assert_eq!(taken.rows.iter().filter_map(|row| row.0).collect::<Vec<_>>(), ids, "{window:?}");
        assert_eq!(taken.kinds(), Vec::<&str>::new());
    }
}

#[test]
fn kinds_of_layers_are_those_of_the_geometry_field() {
    for (of, wanted) in [
        (1, &[Point][..]),
        (2, &[MultiPoint]),
        (3, &[LineString, MultiLineString]),
        (4, &[Polygon, MultiPolygon]),
        (9, &[Polygon, MultiPolygon]),
        (7, &[]),
    ] {
        let stored = Stored { geometry_type: of, ..PLAIN };
        let files = geodatabase(&[("t", table(&[id_field(), shape_field("")], &[], stored))], &[]);
        let layer = layers(&files).expect("layers").remove(0);
        assert_eq!(layer.kinds, wanted.iter().copied().map(RawKind::Simple).collect::<Vec<_>>());
        assert_eq!((layer.is_table, layer.crs), (false, None));
    }
}
