//! Tests of reading shapefiles: records, index, rings, files beside, damage.

use super::super::dbase::tests::{Kept, table};
use super::super::{Cell, Format, FormatError, InMemory, RawKind, ReadHints};
use super::Shapefile;
use crate::model::GeometryKind;
use crate::progress::Progress;

/// The content of a record: its type, then numbers.
pub(super) fn content(code: i32, counts: &[i32], numbers: &[f64]) -> Vec<u8> {
    let mut bytes = code.to_le_bytes().to_vec();
    if !matches!(code, 0 | 1 | 11 | 21) {
        bytes.extend([0; 32]);
    }
    counts.iter().for_each(|count| bytes.extend(count.to_le_bytes()));
    numbers.iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes
}

/// A polygon of rings.
fn polygon(rings: &[&[[f64; 2]]]) -> Vec<u8> {
    let mut counts = vec![rings.len() as i32, rings.iter().map(|ring| ring.len()).sum::<usize>() as i32];
    let mut start = 0;
    for ring in rings {
        counts.push(start);
        start += ring.len() as i32;
    }
    content(5, &counts, &rings.concat().concat())
}

fn point(x: f64, y: f64) -> Vec<u8> {
    content(1, &[], &[x, y])
}

fn with_header(code: i32, records: &[u8]) -> Vec<u8> {
    let mut bytes = 9994_u32.to_be_bytes().to_vec();
    bytes.resize(24, 0);
    bytes.extend(((100 + records.len()) as u32 / 2).to_be_bytes());
    bytes.extend(1000_u32.to_le_bytes());
    bytes.extend(code.to_le_bytes());
    bytes.extend(f64::NAN.to_le_bytes().repeat(8));
    bytes.extend(records);
    bytes
}

/// A `.shp` and its `.shx`. Bytes behind a record's content are a gap.
fn files(code: i32, records: &[(Vec<u8>, usize)]) -> (Vec<u8>, Vec<u8>) {
    let (mut shp, mut shx) = (Vec::new(), Vec::new());
    for (number, (content, gap)) in records.iter().enumerate() {
        shx.extend(((100 + shp.len()) as u32 / 2).to_be_bytes());
        shx.extend((content.len() as u32 / 2).to_be_bytes());
        shp.extend((number as u32 + 1).to_be_bytes());
        shp.extend((content.len() as u32 / 2).to_be_bytes());
        shp.extend(content);
        shp.extend(vec![0xee; *gap]);
    }
    (with_header(code, &shp), with_header(code, &shx))
}

fn plain(code: i32, records: &[Vec<u8>]) -> (Vec<u8>, Vec<u8>) {
    files(code, &records.iter().map(|record| (record.clone(), 0)).collect::<Vec<_>>())
}

fn read_in(folder: InMemory, hints: &ReadHints) -> Result<Kept, FormatError> {
    let mut kept = Kept::default();
    Shapefile.read(&folder.input("x.shp"), "", hints, &mut kept, &Progress::default()).map(|()| kept)
}

/// Reads with attributes 1, 2, 3…
fn read(shp: Vec<u8>, shx: Option<Vec<u8>>, rows: usize) -> Kept {
    let values: Vec<String> = (1..=rows).map(|row| row.to_string()).collect();
    let rows: Vec<Vec<&[u8]>> = values.iter().map(|value| vec![&b" "[..], value.as_bytes()]).collect();
    let rows: Vec<&[&[u8]]> = rows.iter().map(Vec::as_slice).collect();
    let mut folder = InMemory::default().with("x.shp", shp).with("x.DBF", table(3, 0, &[(b"ID", b'N', 9, 0)], &rows));
    if let Some(shx) = shx {
        folder = folder.with("x.shx", shx);
    }
    read_in(folder, &ReadHints::default()).expect("it is read")
}

/// The first x of each row's geometry beside its attribute.
fn pairs(kept: &Kept) -> Vec<(Option<f64>, Cell<'static>)> {
    kept.rows.iter().map(|(cells, shape)| (shape.as_ref().map(|shape| shape.xy[0][0]), cells[0].clone())).collect()
}

fn ids(pairs: &[(Option<f64>, i64)]) -> Vec<(Option<f64>, Cell<'static>)> {
    pairs.iter().map(|(x, id)| (*x, Cell::Integer(*id))).collect()
}

#[test]
fn all_types_are_read() {
    let line = [0., 0., 1., 1., 2., 0.];
    let z = [[0., 9.].as_slice(), &[7., 8., 9.]].concat();
    let m = [[0., 9.].as_slice(), &[4., -1e39, 6.]].concat();
    let none = [[0., 9.].as_slice(), &[-1e39, -1e39, -2e38]].concat();
    let area = [0., 0., 0., 1., 1., 1., 0., 0.];
    type Case<'a> = (i32, Vec<i32>, Vec<f64>, GeometryKind, &'a [f64], &'a [f64]);
    let some = [4., f64::NAN, 6.];
    let cases: Vec<Case<'_>> = vec![
        (1, vec![], vec![3., 4.], GeometryKind::Point, &[], &[]),
        (11, vec![], vec![3., 4., 5., 6.], GeometryKind::Point, &[5.], &[6.]),
        (11, vec![], vec![3., 4., 5., -1e39], GeometryKind::Point, &[5.], &[]),
        (11, vec![], vec![3., 4., 5.], GeometryKind::Point, &[5.], &[]),
        (21, vec![], vec![3., 4., 6.], GeometryKind::Point, &[], &[6.]),
        (8, vec![3], line.to_vec(), GeometryKind::MultiPoint, &[], &[]),
        (18, vec![3], [&line[..], &z, &m].concat(), GeometryKind::MultiPoint, &[7., 8., 9.], &some),
        (28, vec![3], [&line[..], &m].concat(), GeometryKind::MultiPoint, &[], &some),
        (3, vec![1, 3, 0], line.to_vec(), GeometryKind::LineString, &[], &[]),
        (3, vec![2, 3, 0, 1], line.to_vec(), GeometryKind::MultiLineString, &[], &[]),
        (3, vec![3, 3, 0, 0, 3], line.to_vec(), GeometryKind::LineString, &[], &[]),
        (13, vec![1, 3, 0], [&line[..], &z].concat(), GeometryKind::LineString, &[7., 8., 9.], &[]),
        (13, vec![1, 3, 0], [&line[..], &z, &none].concat(), GeometryKind::LineString, &[7., 8., 9.], &[]),
        (23, vec![1, 3, 0], line.to_vec(), GeometryKind::LineString, &[], &[]),
        (5, vec![1, 4, 0], area.to_vec(), GeometryKind::Polygon, &[], &[]),
        (
            15,
            vec![1, 4, 0],
            [&area[..], &[0., 9., 1., 2., 3., 1.]].concat(),
            GeometryKind::Polygon,
            &[1., 2., 3., 1.],
            &[],
        ),
        (25, vec![1, 4, 0], area.to_vec(), GeometryKind::Polygon, &[], &[]),
    ];
    for (code, counts, numbers, kind, z, m) in cases {
        let (shp, shx) = plain(code, &[content(code, &counts, &numbers)]);
        let kept = read(shp, Some(shx), 1);
        let shape = kept.rows[0].1.as_ref().expect("a geometry");
        assert_eq!(shape.kind, RawKind::Simple(kind), "{code}");
        let same = |a: &[f64], b: &[f64]| {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a == b || (a.is_nan() && b.is_nan()))
        };
        assert!(same(&shape.z, z) && same(&shape.m, m), "{code} {shape:?}");
        assert_eq!(kept.kinds(), Vec::<&str>::new(), "{code}");
        assert_eq!(shape.path_ends.last(), Some(&(shape.xy.len() as u32)));
    }
}

#[test]
fn null_shapes_keep_their_rows() {
    let null = content(0, &[], &[]);
    let expected = ids(&[(Some(1.), 1), (None, 2), (Some(3.), 3), (None, 4)]);
    let (shp, shx) = plain(1, &[point(1., 1.), null.clone(), point(3., 3.), null.clone()]);
    for shx in [Some(shx), None] {
        let kept = read(shp.clone(), shx, 4);
        assert_eq!((pairs(&kept), kept.kinds()), (expected.clone(), vec!["format.shapefile.nothing"]));
    }
    // Null records that are longer than two words: by their header, or by the index alone.
    let (shp, shx) = plain(1, &[point(1., 1.), [null.clone(), vec![0; 16]].concat(), point(3., 3.), null.clone()]);
    assert_eq!(pairs(&read(shp.clone(), Some(shx.clone()), 4)), expected);
    assert_eq!(pairs(&read(shp.clone(), None, 4)), expected);
    let mut lying = shp;
    lying[100 + 28 + 7] = 2;
    assert_eq!(pairs(&read(lying, Some(shx), 4)), expected);
    let (shp, shx) = files(1, &[(point(1., 1.), 0), (null.clone(), 40), (point(3., 3.), 6), (null, 0)]);
    assert_eq!(pairs(&read(shp, Some(shx), 4)), expected);
}

#[test]
fn the_index_is_trusted_where_it_fits() {
    let records = [point(1., 1.), point(2., 2.), point(3., 3.)];
    let expected = ids(&[(Some(1.), 1), (Some(2.), 2), (Some(3.), 3)]);
    let (shp, shx) = plain(1, &records);
    // Lengths that count the header (8 bytes too long), as some programs write them.
    let mut long = shx.clone();
    (0..3).for_each(|at| long[100 + at * 8 + 7] += 4);
    // Offsets beyond the file, into a record, all alike; an older index; half an entry; none.
    let odd = |at: usize, value: u8| {
        let mut shx = shx.clone();
        shx[at] = value;
        shx
    };
    let mut alike = shx.clone();
    alike.copy_within(100..108, 108);
    let fit = [shx.clone(), long];
    let wrong =
        [odd(108, 0x90), odd(111, 51), alike, shx[..116].to_vec(), shx[..100].to_vec(), shx[..50].to_vec(), Vec::new()];
    for (index, kinds) in fit
        .into_iter()
        .map(|shx| (shx, vec![]))
        .chain(wrong.into_iter().map(|shx| (shx, vec!["format.shapefile.wrong_index"])))
    {
        let kept = read(shp.clone(), Some(index.clone()), 3);
        assert_eq!((pairs(&kept), kept.kinds()), (expected.clone(), kinds), "{index:?}");
    }
    // Records in another order than their numbers, with gaps: as programs leave them that edit in place.
    let (shp, mut shx) = files(1, &[(point(3., 3.), 4), (point(1., 1.), 22), (point(2., 2.), 0)]);
    shx[100..].rotate_left(8);
    assert_eq!(pairs(&read(shp, Some(shx), 3)), expected);
    // Record numbers are nobody's word.
    let (mut shp, _) = plain(1, &records);
    (0..3).for_each(|at| shp[100 + at * 28 + 3] = 0);
    assert_eq!(pairs(&read(shp, None, 3)), expected);
}

#[test]
fn the_length_in_the_header_is_checked() {
    let (whole, _) = plain(1, &[point(1., 1.), point(2., 2.)]);
    let cases: &[(u8, Option<&str>)] = &[
        (78, None),
        (50, Some("format.shapefile.too_short")),
        (64, Some("format.shapefile.too_short")),
        (70, Some("format.shapefile.too_short")),
        (0, Some("format.shapefile.too_short")),
        (90, Some("format.shapefile.too_long")),
    ];
    for (words, kind) in cases {
        let mut shp = whole.clone();
        shp[27] = *words;
        let kept = read(shp, None, 2);
        assert_eq!((pairs(&kept).len(), kept.kinds().first().copied()), (2, *kind), "{words}");
    }
    let kept = read([whole, vec![0; 30]].concat(), None, 2);
    assert_eq!((pairs(&kept).len(), kept.kinds()), (2, vec!["format.shapefile.followed"]));
}

#[test]
fn rows_and_shapes_of_different_number_are_said() {
    let (shp, shx) = plain(1, &[point(1., 1.), point(2., 2.)]);
    let kept = read(shp.clone(), Some(shx.clone()), 3);
    assert_eq!(pairs(&kept), ids(&[(Some(1.), 1), (Some(2.), 2), (None, 3)]));
    assert!(kept.kinds().contains(&"format.shapefile.counts"));
    let kept = read(shp.clone(), Some(shx.clone()), 1);
    assert_eq!(pairs(&kept), [(Some(1.), Cell::Integer(1)), (Some(2.), Cell::Null)]);
    // A row of attributes that is marked as deleted takes its shape with it.
    let rows: &[&[&[u8]]] = &[&[b"*", b"1"], &[b" ", b"2"]];
    let dbf = table(3, 0, &[(b"ID", b'N', 9, 0)], rows);
    let folder = InMemory::default().with("x.shp", shp.clone()).with("x.dbf", dbf).with("x.shx", shx);
    let kept = read_in(folder, &ReadHints::default()).expect("read");
    assert_eq!((pairs(&kept), kept.kinds()), (ids(&[(Some(2.), 2)]), vec!["format.dbase.deleted"]));
    let kept = read_in(InMemory::default().with("x.shp", shp.clone()), &ReadHints::default()).expect("read");
    assert_eq!((kept.rows.len(), kept.kinds()), (2, vec!["format.shapefile.no_dbf"]));
    let folder = InMemory::default().with("x.shp", shp).with("x.dbf", b"no table".to_vec());
    let refused = read_in(folder, &ReadHints::default()).expect_err("refused");
    assert!(matches!(&refused, FormatError::Refused { file: Some(file), .. } if file == "x.dbf"), "{refused:?}");
}

#[test]
fn a_window_leaves_out_what_does_not_meet_it() {
    let (shp, shx) = plain(1, &[point(1., 1.), point(2., 2.), content(0, &[], &[]), point(4., 4.)]);
    let folder = InMemory::default().with("x.shp", shp).with("x.shx", shx);
    let hints = ReadHints { window: Some([1.5, 0., 3., 3.]), ..ReadHints::default() };
    let kept = read_in(folder, &hints).expect("read");
    let xs: Vec<_> = kept.rows.iter().map(|(_, shape)| shape.as_ref().map(|shape| shape.xy[0][0])).collect();
    assert_eq!(xs, [Some(2.), None]);
}

#[test]
fn the_system_is_the_text_of_the_prj() {
    let (shp, _) = plain(1, &[]);
    let wkt = "GEOGCS[\"CGCS2000\"]";
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(wkt.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let cases: &[(&[u8], Option<&str>)] = &[
        (wkt.as_bytes(), Some(wkt)),
        (&[b"\xef\xbb\xbf", wkt.as_bytes()].concat(), Some(wkt)),
        (&[wkt.as_bytes(), b"\0\0"].concat(), Some(wkt)),
        (&[b" \r\n", wkt.as_bytes(), b"\r\n"].concat(), Some(wkt)),
        (&utf16, Some(wkt)),
        (b"GEOGCS[\"\xb1\xb1\xbe\xa954\"]", Some("GEOGCS[\"北京54\"]")),
        (b"", None),
        (b"\0\0", None),
        (b"\n<!DOCTYPE html><html>", None),
        (&vec![b'x'; 100_000], None),
    ];
    for (prj, crs) in cases {
        let folder = InMemory::default().with("x.shp", shp.clone()).with("x.PRJ", prj.to_vec());
        let kept = read_in(folder.clone(), &ReadHints::default()).expect("read");
        assert_eq!(kept.schema.crs.as_deref(), *crs);
        let is_odd = crs.is_none() && prj.len() > 5;
        assert_eq!(kept.kinds().contains(&"format.shapefile.prj_is_page"), is_odd);
        let layers = Shapefile.layers(&folder.input("x.shp"), &ReadHints::default()).expect("layers");
        assert_eq!(layers[0].crs.as_deref(), *crs);
    }
}

#[test]
fn what_cannot_be_a_shape_is_said() {
    let square: &[[f64; 2]] = &[[0., 0.], [0., 4.], [4., 4.], [4., 0.]];
    let cases: Vec<(Vec<u8>, bool, &str)> = vec![
        (point(f64::NAN, 1.), false, "format.shapefile.coordinates"),
        (point(f64::INFINITY, 1.), false, "format.shapefile.coordinates"),
        (point(-f64::MAX, -f64::MAX), false, "format.shapefile.coordinates"),
        (content(31, &[1, 1, 0], &[0., 0.]), false, "format.shapefile.record_multipatch"),
        (content(7, &[], &[1., 1.]), false, "format.shapefile.record_damaged"),
        (content(3, &[1, 9, 0], &[0., 0.]), false, "format.shapefile.record_damaged"),
        (content(3, &[1, i32::MAX, 0], &[0., 0.]), false, "format.shapefile.record_damaged"),
        (content(3, &[-1, 1, 0], &[0., 0.]), false, "format.shapefile.record_damaged"),
        (content(3, &[i32::MAX, 1], &[0., 0.]), false, "format.shapefile.record_damaged"),
        (content(3, &[2, 2, 1, 0], &[0., 0., 1., 1.]), false, "format.shapefile.record_damaged"),
        (content(3, &[2, 2, 0, 5], &[0., 0., 1., 1.]), false, "format.shapefile.record_damaged"),
        (content(8, &[0], &[]), false, "format.shapefile.nothing"),
        (content(3, &[0, 0], &[]), false, "format.shapefile.nothing"),
        (polygon(&[square]), true, "format.shapefile.closed"),
        (polygon(&[&[[0., 0.], [1., 1.], [0., 0.]]]), false, "format.shapefile.ring_left_out"),
        (polygon(&[&[[0., 0.], [0., 1.], [1., 1.], [0., 0.]], &[[5., 5.]]]), true, "format.shapefile.ring_left_out"),
    ];
    for (record, has_shape, kind) in cases {
        let (shp, shx) = plain(5, std::slice::from_ref(&record));
        let kept = read(shp, Some(shx), 1);
        assert_eq!((kept.rows[0].1.is_some(), kept.kinds()), (has_shape, vec![kind]), "{record:?}");
        if let Some(shape) = &kept.rows[0].1 {
            assert!(shape.parts().flatten().all(|ring| shape.xy[ring.start] == shape.xy[ring.end - 1]));
        }
    }
    let (shp, _) = plain(31, &[]);
    assert!(read_in(InMemory::default().with("x.shp", shp), &ReadHints::default()).is_err());
    let (shp, _) = plain(99, &[]);
    assert!(read_in(InMemory::default().with("x.shp", shp), &ReadHints::default()).is_err());
}

#[test]
fn damage_is_refused_or_said() {
    let square: &[[f64; 2]] = &[[0., 0.], [0., 4.], [4., 4.], [4., 0.], [0., 0.]];
    let (shp, shx) = plain(
        5,
        &[polygon(&[square]), content(0, &[], &[]), polygon(&[square, &[[1., 1.], [2., 1.], [2., 2.], [1., 1.]]])],
    );
    let with = |shp: &[u8], shx: &[u8]| InMemory::default().with("x.shp", shp.to_vec()).with("x.shx", shx.to_vec());
    for end in 0..shp.len() {
        let read = read_in(with(&shp[..end], &shx), &ReadHints::default());
        let is_said = |kept: Kept| kept.kinds().contains(&"format.shapefile.too_long");
        assert!(read.is_err() || read.is_ok_and(is_said), "cut at {end}");
    }
    for at in 0..shp.len().max(shx.len()) {
        for flip in [0xff, 1, 0x80] {
            let (mut shp, mut shx) = (shp.clone(), shx.clone());
            for bytes in [&mut shp, &mut shx] {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= flip;
                }
            }
            for folder in [with(&shp, &shx), InMemory::default().with("x.shp", shp.clone())] {
                let _ = Shapefile.layers(&folder.clone().input("x.shp"), &ReadHints::default());
                let _ = read_in(folder, &ReadHints::default());
            }
        }
    }
    let input = with(&shp, &shx).input("x.shp");
    assert!(Shapefile.is_it(&input, &shp) && !Shapefile.is_it(&input, b"PK\x03\x04") && !Shapefile.is_it(&input, &[]));
}
