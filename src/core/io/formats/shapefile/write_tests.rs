//! Tests of writing shapefiles: what is read back, directions of rings, losses.

use super::super::dbase::TableEncoding;
use super::super::dbase::tests::Kept;
use super::super::dbase::write_tests::Written;
use super::super::{Cell, Field, FieldKind, Format, FormatError, RawGeometry, RawKind, ReadHints, Schema, WriteFormat};
use super::{Shapefile, ShapefileWriter};
use crate::model::GeometryKind;
use crate::progress::Progress;

/// A geometry of parts of paths.
fn shape(kind: GeometryKind, parts: &[&[&[[f64; 2]]]]) -> RawGeometry {
    let mut shape = RawGeometry::new(RawKind::Simple(kind));
    for part in parts {
        for path in *part {
            shape.xy.extend_from_slice(path);
            shape.end_path();
        }
        shape.end_part();
    }
    shape
}

fn rows(shapes: &[Option<RawGeometry>]) -> Kept {
    let fields = vec![Field::new("编号", FieldKind::Integer)];
    let schema = Schema { fields, crs: Some("PROJCS[\"x\"]".to_owned()), ..Schema::default() };
    let rows = shapes.iter().enumerate().map(|(at, shape)| (vec![Cell::Integer(at as i64)], shape.clone())).collect();
    Kept { schema, rows, notes: Vec::new() }
}

fn written(rows: &Kept) -> Result<Written, FormatError> {
    let mut out = Written::default();
    ShapefileWriter { encoding: TableEncoding::Gbk }.write(rows, "x.shp", &mut out, &Progress::default()).map(|()| out)
}

fn read(out: &Written, with_index: bool) -> Kept {
    let mut out = Written(out.0.clone());
    if !with_index {
        out.0.remove("x.shx");
    }
    let mut kept = Kept::default();
    let read = Shapefile.read(&out.folder().input("x.shp"), "", &ReadHints::default(), &mut kept, &Progress::default());
    read.expect("it is read");
    assert!(!kept.has_doubt(), "{:?}", kept.notes);
    kept
}

const OUTER: &[[f64; 2]] = &[[0., 0.], [0., 9.], [9., 9.], [9., 0.], [0., 0.]];
const HOLE: &[[f64; 2]] = &[[1., 1.], [2., 1.], [2., 2.], [1., 1.]];
const OTHER: &[[f64; 2]] = &[[20., 0.], [20., 9.], [29., 9.], [20., 0.]];

#[test]
fn geometries_come_back() {
    use GeometryKind::{LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
    let line: &[[f64; 2]] = &[[0.1, 0.2], [1., 1.]];
    let sets: Vec<(i32, Vec<RawGeometry>)> = vec![
        (1, vec![shape(Point, &[&[&[[40_512_345.678_9, 3.]]]])]),
        (8, vec![shape(MultiPoint, &[&[&[[1., 2.]]], &[&[[3., 4.]]]])]),
        (3, vec![shape(LineString, &[&[line]]), shape(MultiLineString, &[&[line], &[OUTER]])]),
        (5, vec![shape(Polygon, &[&[OUTER, HOLE]]), shape(MultiPolygon, &[&[OUTER, HOLE], &[OTHER]])]),
    ];
    for (code, shapes) in sets {
        for (z, m) in [(false, false), (true, false), (false, true), (true, true)] {
            let mut shapes: Vec<_> = shapes.iter().cloned().map(Some).collect();
            for shape in shapes.iter_mut().flatten() {
                let values = |from: f64| (0..shape.xy.len()).map(|at| from + at as f64).collect::<Vec<_>>();
                (shape.z, shape.m) = (values(100.), values(0.5));
                // A ring ends with the values that it begins with.
                for ring in shape
                    .parts()
                    .flatten()
                    .filter(|ring| shape.xy[ring.start] == shape.xy[ring.end - 1])
                    .collect::<Vec<_>>()
                {
                    shape.z[ring.end - 1] = shape.z[ring.start];
                    shape.m[ring.end - 1] = shape.m[ring.start];
                }
                if !z {
                    shape.z.clear();
                }
                if !m {
                    shape.m.clear();
                }
            }
            shapes.insert(0, None);
            let source = rows(&shapes);
            let out = written(&source).expect("written");
            let code = code
                + if z {
                    10
                } else if m {
                    20
                } else {
                    0
                };
            assert_eq!(out.0["x.shp"][32], code as u8);
            assert_eq!(
                out.0["x.shp"].len(),
                u32::from_be_bytes(out.0["x.shp"][24..28].try_into().unwrap()) as usize * 2
            );
            assert_eq!(out.0["x.prj"], b"PROJCS[\"x\"]");
            assert_eq!(out.0["x.cpg"], b"GBK");
            for with_index in [true, false] {
                let back = read(&out, with_index);
                assert_eq!((&back.rows, back.schema.fields[0].name.as_str()), (&source.rows, "编号"));
            }
        }
    }
}

fn doubled_area(ring: &[[f64; 2]]) -> f64 {
    ring.windows(2).map(|pair| pair[0][0] * pair[1][1] - pair[1][0] * pair[0][1]).sum()
}

#[test]
fn exterior_rings_are_clockwise_and_rings_closed() {
    let turned = |ring: &[[f64; 2]]| ring.iter().rev().copied().collect::<Vec<_>>();
    let open = |ring: &[[f64; 2]]| ring[..ring.len() - 1].to_vec();
    for outer in [OUTER.to_vec(), turned(OUTER), open(OUTER), open(&turned(OUTER))] {
        for hole in [HOLE.to_vec(), turned(HOLE), open(HOLE), open(&turned(HOLE))] {
            let mut area = shape(GeometryKind::Polygon, &[&[&outer, &hole]]);
            area.z = area.xy.iter().map(|[x, y]| x * 10. + y).collect();
            let back = read(&written(&rows(&[Some(area)])).expect("written"), true);
            let back = back.rows[0].1.as_ref().expect("a geometry");
            let rings: Vec<_> = back.parts().flatten().map(|range| back.xy[range].to_vec()).collect();
            assert_eq!((rings.len(), rings[0].len(), rings[1].len()), (2, 5, 4));
            assert!(doubled_area(&rings[0]) < 0. && doubled_area(&rings[1]) > 0.);
            assert!(rings.iter().all(|ring| ring.first() == ring.last()));
            assert!(back.xy.iter().zip(&back.z).all(|([x, y], z)| x * 10. + y == *z), "heights stay with their places");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused_or_said() {
    let writer = ShapefileWriter::default();
    let point = || Some(shape(GeometryKind::Point, &[&[&[[1., 2.]]]]));
    let line = || Some(shape(GeometryKind::LineString, &[&[OUTER]]));
    let area = || Some(shape(GeometryKind::Polygon, &[&[OUTER]]));
    let collection = || {
        let mut all = RawGeometry::new(RawKind::Collection);
        all.members.extend(point());
        Some(all)
    };
    for mixed in [
        vec![point(), line()],
        vec![line(), area()],
        vec![point(), area()],
        vec![collection()],
        vec![area(), collection()],
    ] {
        assert_eq!(writer.losses(&rows(&mixed)).len(), 1);
        assert!(matches!(written(&rows(&mixed)), Err(FormatError::Refused { .. })));
    }
    // Points beside multipoints become multipoints; heights that are missing 0.
    let mut high = shape(GeometryKind::MultiPoint, &[&[&[[1., 2.]]], &[&[[3., 4.]]]]);
    high.z = vec![5., f64::NAN];
    let source = rows(&[point(), Some(high)]);
    assert_eq!(writer.losses(&source).len(), 2);
    let back = read(&written(&source).expect("written"), true);
    assert_eq!(back.rows[1].1.as_ref().map(|shape| shape.z.clone()), Some(vec![5., 0.]));
    assert_eq!(back.rows[0].1.as_ref().map(|shape| shape.kind), Some(RawKind::Simple(GeometryKind::MultiPoint)));
    // Nothing at all; rows without geometries; no system.
    for empty in [vec![], vec![None, None]] {
        let mut source = rows(&empty);
        source.schema.crs = None;
        assert_eq!(writer.losses(&source).len(), 1);
        let out = written(&source).expect("written");
        assert!(!out.0.contains_key("x.prj"));
        assert_eq!(read(&out, true).rows.len(), empty.len());
    }
    // Extents: what is not there is 0.
    let out = written(&rows(&[point()])).expect("written");
    assert_eq!(&out.0["x.shp"][68..100], &[0; 32]);
}
