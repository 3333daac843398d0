//! `maps/broken`, file by file: bad input gets a clear error or an entry in the health list, and nothing is lost.

use crate::common::maps;
use shanshui::geodesy::{distance_m, ring_signed_area_m2};
use shanshui::health::suspect_shift;
use shanshui::i18n::Lang;
use shanshui::io::{OutOfRange, ReadCause, ReadError, ReadOptions, read_layer};
use shanshui::model::{Datum, Layer, ProblemKind, Severity};
use shanshui::progress::Progress;

fn open_with(name: &str, options: &ReadOptions) -> Result<Layer, ReadError> {
    read_layer(&maps().join("broken").join(name), options, &Progress::default())
}

fn open(name: &str) -> Result<Layer, ReadError> {
    open_with(name, &ReadOptions::default())
}

/// Rows that questions leave out, counted from 1 as people do.
fn unusable(layer: &Layer) -> Vec<usize> {
    (0..layer.len()).filter(|r| layer.unusable[*r]).map(|r| r + 1).collect()
}

fn codes(layer: &Layer) -> Vec<(Option<usize>, &'static str)> {
    layer.problems.iter().map(|p| (p.row.map(|r| r + 1), p.kind.code())).collect()
}

#[test]
fn files_that_can_be_read_say_what_is_wrong() {
    // File, features, left out, entries of the health list.
    type Case = (&'static str, usize, &'static [usize], &'static [(Option<usize>, &'static str)]);
    let table: &[Case] = &[
        ("self_intersecting", 3, &[3], &[(Some(3), "self-intersection")]),
        ("ring_not_closed", 5, &[2], &[(Some(2), "ring-not-closed")]),
        ("nan_string", 5, &[2], &[(Some(2), "bad-geometry")]),
        (
            "wrong_nesting",
            5,
            &[1, 2, 3],
            &[(Some(1), "bad-geometry"), (Some(2), "bad-geometry"), (Some(3), "bad-geometry")],
        ),
        ("duplicate_ids", 5, &[], &[(Some(1), "duplicate-id"), (Some(2), "duplicate-id"), (Some(4), "duplicate-id")]),
        ("coordinates_3d", 5, &[], &[(None, "third-coordinate")]),
        ("empty_collection", 0, &[], &[(None, "empty-collection")]),
        ("utf8_bom", 5, &[], &[(None, "byte-order-mark")]),
        ("crlf", 5, &[], &[]),
        ("gbk_names", 5, &[], &[(None, "not-utf8")]),
        ("crs_3857", 5, &[], &[(None, "reprojected")]),
        ("gcj02_parks", 120, &[], &[]),
    ];
    for (name, features, left_out, problems) in table {
        let layer = open(&format!("{name}.geojson")).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(layer.len(), *features, "{name}");
        assert_eq!(unusable(&layer), *left_out, "{name}");
        assert_eq!(codes(&layer), *problems, "{name}");
        for problem in layer.problems.iter() {
            for lang in [Lang::Zh, Lang::En] {
                assert!(!problem.kind.message(lang).contains("problem."), "{name}: a text is missing");
                assert!(!problem.kind.done(lang).contains("problem."), "{name}: a text is missing");
            }
        }
    }
}

#[test]
fn files_that_cannot_be_read_are_refused_with_the_place() {
    let table: &[(&str, Option<(usize, usize)>, &str)] = &[
        ("truncated", Some((4, 659)), "the file ends in the middle of a value"),
        ("nan_literal", Some((3, 233)), "“NaN” is not a JSON value"),
        ("zero_bytes", None, "the file is empty"),
    ];
    for (name, place, cause) in table {
        let error = open(&format!("{name}.geojson")).expect_err(name);
        assert_eq!(error.place.map(|p| (p.line, p.column)), *place, "{name}");
        let message = error.message(Lang::En);
        assert!(message.contains(cause) && message.starts_with(&format!("{name}.geojson")), "{message}");
    }
    assert!(matches!(open("missing.geojson").expect_err("missing").cause, ReadCause::System(_)));
    let readme = read_layer(&maps().join("README.md"), &ReadOptions::default(), &Progress::default());
    assert_eq!(readme.expect_err("no GeoJSON").cause, ReadCause::UnknownFormat);
}

#[test]
fn swapped_positions_are_refused_and_read_when_the_planner_says_so() {
    let error = open("lat_lon_swapped.geojson").expect_err("latitudes above 90");
    assert!(matches!(error.cause, ReadCause::OutOfRange { features: 5, of: 5, swapped: true, .. }), "{error:?}");
    for lang in [Lang::Zh, Lang::En] {
        let message = error.message(lang);
        assert!(message.contains("90") && message.contains("LATLON"), "{message}");
    }
    let kept =
        open_with("lat_lon_swapped.geojson", &ReadOptions { out_of_range: OutOfRange::Keep, ..Default::default() });
    let kept = kept.expect("kept to be looked at");
    assert_eq!(unusable(&kept), [1, 2, 3, 4, 5]);
    assert!(kept.problems.iter().any(|p| p.kind == ProblemKind::Swapped));
    assert!(kept.bounds.is_empty(), "nothing is drawn as longitude and latitude");
    let turned =
        open_with("lat_lon_swapped.geojson", &ReadOptions { crs: Some("LATLON".into()), ..Default::default() });
    let turned = turned.expect("in range");
    assert_eq!(
        turned.geometries.positions_of(0)[0],
        crate::common::sample("baoshan/park.geojson").layer().geometries.positions_of(0)[0]
    );
}

#[test]
fn where_and_what_stands_in_the_list() {
    let layer = open("self_intersecting.geojson").expect("readable");
    let problem = &layer.problems[0];
    assert_eq!(problem.place.map(|p| p.line), Some(4));
    let at = problem.kind.position().expect("a place");
    assert!((at.lon - 121.356_694_8).abs() < 1e-9 && (at.lat - 31.356_652_8).abs() < 1e-9, "{at:?}");
    // The geometry is kept and shown; only questions leave it out.
    assert_eq!(layer.geometries.positions_of(2).len(), 5);
    assert_eq!(problem.kind.severity(), Severity::LeftOut);
    let nan = open("nan_string.geojson").expect("readable");
    let place = nan.problems[0].place.expect("a place");
    let line = std::fs::read_to_string(maps().join("broken/nan_string.geojson")).expect("readable");
    let line = line.lines().nth(place.line - 1).expect("the line");
    assert!(line.as_bytes()[place.column - 1..].starts_with(b"\"NaN\""), "the column is the place itself");
}

#[test]
fn what_was_read_is_right() {
    let good = crate::common::sample("baoshan/park.geojson");
    let name = |layer: &Layer, row: usize| layer.label(row);
    for file in ["gbk_names", "utf8_bom", "crlf", "clockwise_rings", "crs_3857", "coordinates_3d"] {
        let layer = open(&format!("{file}.geojson")).expect("readable");
        for row in 0..layer.len() {
            assert_eq!(name(&layer, row), name(good.layer(), row), "{file}");
            let area = |l: &Layer| ring_signed_area_m2(l.geometries.paths(row).next().expect("a ring")).abs();
            // The Mercator copy is rounded to a centimetre.
            let tolerance = if file == "crs_3857" { 1e-3 } else { 1e-9 };
            assert!((area(&layer) / area(good.layer()) - 1.0).abs() < tolerance, "{file} {row}");
            let first = |l: &Layer| l.geometries.positions_of(row)[0];
            assert!(distance_m(first(&layer), first(good.layer())) < 0.02, "{file} {row}");
        }
    }
    let clockwise = open("clockwise_rings.geojson").expect("readable");
    assert!(clockwise.problems.iter().all(|p| p.kind == ProblemKind::WrongWinding) && !clockwise.problems.is_empty());
}

#[test]
fn a_shift_is_suspected_beside_the_true_layer_and_undone_when_it_is_declared() {
    let good = crate::common::sample("baoshan/park.geojson");
    let shifted = open("gcj02_parks.geojson").expect("readable");
    let Some(ProblemKind::Shifted { datum, distance_m: apart, .. }) = suspect_shift(&shifted, good.layer()) else {
        panic!("not suspected")
    };
    assert_eq!(datum, Datum::Gcj02);
    assert!((400.0..600.0).contains(&apart), "{apart}");
    assert_eq!(suspect_shift(good.layer(), good.layer()), None);
    let declared = open_with("gcj02_parks.geojson", &ReadOptions { crs: Some("GCJ-02".into()), ..Default::default() });
    let declared = declared.expect("readable");
    for row in 0..declared.len() {
        let first = |l: &Layer| l.geometries.positions_of(row)[0];
        assert!(distance_m(first(&declared), first(good.layer())) < 0.05);
    }
}
