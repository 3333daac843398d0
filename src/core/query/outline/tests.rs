//! Regions of the pieces that can bound them, held to regions of all pieces.

use super::*;
use crate::query::overlay::{Polygons, polygons_area_m2, union_of_polygons_m2};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::f64::consts::TAU;

/// A layer of one feature.
fn layer(kind: &str, coordinates: &Value) -> Layer {
    let geometry = json!({"type": kind, "coordinates": coordinates});
    let text = json!({"type": "Feature", "properties": {}, "geometry": geometry}).to_string();
    let options = crate::io::ReadOptions::default();
    crate::io::read_layer_bytes(text.as_bytes(), "a.geojson", &options, &Progress::default()).expect("a layer")
}

/// The region with every piece made.
fn of_all_pieces(layer: &Layer, plane: &Plane, distance_m: f64) -> Vec<Vec<Contour>> {
    let mut rings = Rings::default();
    rings.add(layer, 0);
    let mut region = Region::new(plane, distance_m);
    rings.all().for_each(|ring| region.around_ring(ring));
    let mut contours = region.out;
    if layer.geometries.kind(0).is_some_and(|kind| kind.shape() == Shape::Polygons) {
        plane.row(layer, 0, &layer.geometries.bounds(0), &mut contours);
    }
    overlay(&contours, &[], Operation::Union)
}

/// How many corners each ring of each polygon of the row's ground has.
fn corners_of_ground(layer: &Layer) -> Vec<Vec<usize>> {
    let plane = Plane::about(&layer.geometries.bounds(0));
    let mut contours = Vec::new();
    plane.row(layer, 0, &layer.geometries.bounds(0), &mut contours);
    let polygons = overlay(&contours, &[], Operation::Union);
    polygons.iter().map(|rings| rings.iter().map(Vec::len).collect()).collect()
}

/// Holds what is made of the pieces that can bound a region to what is made of all: the same ground and rings.
fn same_as_of_all_pieces(layer: &Layer, distance_m: f64) -> Result<(), TestCaseError> {
    let plane = Plane::about(&layer.geometries.bounds(0));
    let at = |times: f64| plane.positions(&of_all_pieces(layer, &plane, distance_m * times));
    let whole = at(1.0);
    let quick = within_distance(layer, &[0], &plane, distance_m, &Progress::default()).expect("not stopped");
    let corners = layer.geometries.position_count();
    holds_the_same(&plane.positions(&quick), &whole, &at, distance_m, corners)?;
    // Where no outline can be traced.
    let mut rings = Rings::default();
    rings.add(layer, 0);
    let joined = of_pieces(layer, &[0], rings, &plane, distance_m, &Progress::default()).expect("not stopped");
    holds_the_same(&plane.positions(&joined), &whole, &at, distance_m, corners)
}

fn holds_the_same(
    quick: &Polygons,
    whole: &Polygons,
    at: &dyn Fn(f64) -> Polygons,
    distance_m: f64,
    corners: usize,
) -> Result<(), TestCaseError> {
    holds_about_the_same(quick, whole, at, distance_m, 3e-5, corners)
}

/// Regions all but touch where they do at a distance by this share smaller or greater.
const ALL_BUT: f64 = 3e-4;

/// Two thirds of the height and length of a step of an arc, as a share of the square of its radius: what an arc may be off at an end
/// where another cuts it.
const CUT: f64 = 8.7e-6;

/// The same ground and rings; areas may differ by a share of distance and extent, and at both ends of each corner's arc by what a cut
/// leaves, either way: half of the 0.02 % that are promised at most. Where regions all but touch, rings are as many as at
/// another distance (`at` so many times it).
pub(super) fn holds_about_the_same(
    quick: &Polygons,
    whole: &Polygons,
    at: &dyn Fn(f64) -> Polygons,
    distance_m: f64,
    share: f64,
    corners: usize,
) -> Result<(), TestCaseError> {
    let (quick_m2, whole_m2) = (polygons_area_m2(quick), polygons_area_m2(whole));
    let both_m2 = union_of_polygons_m2(&[quick.clone(), whole.clone()]);
    // Where arcs cross at a small angle, one may end a step of them before or behind the other.
    let cut_m2 = (4.0 * corners as f64 * CUT * distance_m * distance_m).min(1e-4 * whole_m2);
    let allowed = (share * whole_m2.sqrt() * distance_m).max(cut_m2) + 1e-3;
    prop_assert!((quick_m2 - whole_m2).abs() <= allowed, "{quick_m2} for {whole_m2} m²");
    prop_assert!((both_m2 - whole_m2).abs() <= allowed, "{both_m2} m² in both for {whole_m2}");
    let holes = |polygons: &[Vec<Vec<LonLat>>]| {
        let large = |ring: &&Vec<LonLat>| crate::geodesy::ring_area_m2(ring) > 1e-4 * distance_m * distance_m;
        polygons.iter().map(|rings| rings.iter().skip(1).filter(large).count()).sum::<usize>()
    };
    let rings = |polygons: &Polygons| (polygons.len(), holes(polygons));
    if rings(quick) != rings(whole) {
        let beside = [1.0 - ALL_BUT, 1.0 + ALL_BUT].map(|times| rings(&at(times)));
        prop_assert!(beside.contains(&rings(quick)), "{:?} for {:?}, {beside:?}", rings(quick), rings(whole));
    }
    Ok(())
}

/// Positions at metres east and north of a place.
pub(super) fn at(lat: f64, xy: impl IntoIterator<Item = [f64; 2]>) -> Vec<[f64; 2]> {
    let frame = LocalFrame::at(LonLat::new(121.5, lat));
    xy.into_iter().map(|xy| frame.to_lon_lat(xy)).map(|p| [p.lon, p.lat]).collect()
}

/// A border about a place that stands out and in again by the given shares of its radius.
fn star(lat: f64, radius_m: f64, shares: &[f64]) -> Vec<[f64; 2]> {
    let n = shares.len() as f64;
    let corner = |(k, share): (usize, &f64)| {
        let (sin, cos) = (k as f64 * TAU / n).sin_cos();
        [radius_m * share * cos, radius_m * share * sin]
    };
    let mut ring = at(lat, shares.iter().enumerate().map(corner));
    ring.push(ring[0]);
    ring
}

/// A side whose halves are moved again and again, by ever less, with both ends.
pub(super) fn wandering_side(a: [f64; 2], b: [f64; 2], moves: &[f64], first: usize, halvings: u32) -> Vec<[f64; 2]> {
    let mut corners = vec![a, b];
    let mut own = moves.iter().cycle().skip(first % moves.len());
    for _ in 0..halvings {
        let mut finer = vec![a];
        for pair in corners.windows(2) {
            let share = own.next().copied().unwrap_or_default();
            let ([ax, ay], [bx, by]) = (pair[0], pair[1]);
            finer.push([(ax + bx) / 2.0 + share * (by - ay), (ay + by) / 2.0 - share * (bx - ax)]);
            finer.push(pair[1]);
        }
        corners = finer;
    }
    corners
}

/// A border as counties have them: halves of every side are moved again and again, by ever less.
fn wandering(lat: f64, radius_m: f64, moves: &[f64], halvings: u32) -> Vec<[f64; 2]> {
    let mut corners: Vec<[f64; 2]> = (0..12)
        .map(|k| (f64::from(k) * TAU / 12.0).sin_cos())
        .map(|(sin, cos)| [radius_m * cos, radius_m * sin])
        .collect();
    let mut own = moves.iter().cycle();
    for _ in 0..halvings {
        let sides = corners.iter().zip(corners.iter().cycle().skip(1));
        corners = sides
            .flat_map(|(a, b)| {
                let share = own.next().copied().unwrap_or_default();
                let [x, y] = [b[0] - a[0], b[1] - a[1]];
                [*a, [(a[0] + b[0]) / 2.0 + share * y, (a[1] + b[1]) / 2.0 - share * x]]
            })
            .collect();
    }
    let mut ring = at(lat, corners);
    ring.push(ring[0]);
    ring
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_few_rows_at_a_time_come_to_what_all_come_to(
        lat in -70.0..70.0_f64,
        places in prop::collection::vec((-1.0..1.0_f64, -1.0..1.0_f64, 1.0..200.0_f64), 8..60),
        distance_m in 50.0..600.0_f64,
    ) {
        let feature = |(i, (x, y, size)): (usize, &(f64, f64, f64))| {
            let (x, y) = (x * 2_000.0, y * 2_000.0);
            let square = at(lat, [[x, y], [x + size, y], [x + size, y + size], [x, y + size], [x, y]]);
            let geometry = match i % 3 {
                0 => json!({"type": "Point", "coordinates": square[0]}),
                1 => json!({"type": "LineString", "coordinates": square[..3]}),
                _ => json!({"type": "Polygon", "coordinates": [square]}),
            };
            json!({"type": "Feature", "properties": {}, "geometry": geometry})
        };
        let features: Vec<Value> = places.iter().enumerate().map(feature).collect();
        let text = json!({"type": "FeatureCollection", "features": features}).to_string();
        let options = crate::io::ReadOptions::default();
        let read = crate::io::read_layer_bytes(text.as_bytes(), "a.geojson", &options, &Progress::default());
        let layer = read.expect("a layer");
        let (plane, progress) = (Plane::about(&layer.bounds), Progress::default());
        let rows: Vec<usize> = (0..layer.len()).collect();
        let whole = within_distance(&layer, &rows, &plane, distance_m, &progress).expect("not stopped");
        let steps = in_steps(&layer, &rows, 12, &progress, &|rows| {
            within_distance(&layer, rows, &plane, distance_m, &progress)
        }).expect("not stopped");
        let [whole, steps] = [whole, steps].map(|polygons| plane.positions(&polygons));
        let (whole_m2, steps_m2) = (polygons_area_m2(&whole), polygons_area_m2(&steps));
        let both_m2 = union_of_polygons_m2(&[whole.clone(), steps.clone()]);
        let allowed = 3e-5 * whole_m2.sqrt() * distance_m + 1e-3;
        prop_assert!((whole_m2 - steps_m2).abs() <= allowed, "{steps_m2} for {whole_m2} m²");
        prop_assert!((both_m2 - whole_m2).abs() <= allowed, "{both_m2} m² in both for {whole_m2}");
        if whole.len() != steps.len() {
            // Two regions that all but touch are one or two by a rounding: a little beside, their number is another.
            let count = |distance_m| {
                within_distance(&layer, &rows, &plane, distance_m, &progress).map(|all| all.len()).expect("not stopped")
            };
            prop_assert_ne!(count(distance_m * (1.0 - 2e-4)), count(distance_m * (1.0 + 2e-4)));
        }
    }

    #[test]
    fn of_what_is_small_against_the_distance(
        lat in -75.0..75.0_f64,
        shares in prop::collection::vec(0.02..1.0_f64, 3..40),
        path in prop::collection::vec((-1.0..1.0_f64, -1.0..1.0_f64), 2..30),
        size_m in 0.5..800.0_f64,
    ) {
        let distance_m = 1_000.0;
        let scaled = |(x, y): &(f64, f64)| [x * size_m * 0.6, y * size_m * 0.6];
        let places = json!(at(lat, path.iter().map(scaled)));
        for layer in [
            layer("Polygon", &json!([star(lat, size_m, &shares)])),
            layer("LineString", &places),
            layer("MultiPoint", &places),
        ] {
            if layer.unusable[0] {
                continue;
            }
            let mut rings = Rings::default();
            rings.add(&layer, 0);
            let plane = Plane::about(&layer.geometries.bounds(0));
            prop_assert!(compact::compact(&rings, &plane, distance_m).is_some(), "{} corners", rings.positions.len());
            same_as_of_all_pieces(&layer, distance_m)?;
        }
    }

    #[test]
    fn of_ragged_borders(
        lat in -60.0..60.0_f64,
        radius_m in 200.0..20_000.0_f64,
        shares in prop::collection::vec(0.4..1.0_f64, 20..400),
        wide in 0.02..3.0_f64,
    ) {
        same_as_of_all_pieces(&layer("Polygon", &json!([star(lat, radius_m, &shares)])), radius_m * wide)?;
    }

    #[test]
    fn of_borders_that_wander(
        lat in -60.0..60.0_f64,
        radius_m in 2_000.0..40_000.0_f64,
        moves in prop::collection::vec(-0.22..0.22_f64, 50..300),
        halvings in 4..7_u32,
        wide in 0.02..0.3_f64,
    ) {
        let border = wandering(lat, radius_m, &moves, halvings);
        let corners = border.len() - 1;
        let layer = layer("MultiPolygon", &json!([[border]]));
        // One that crosses itself has no inside.
        prop_assume!(corners_of_ground(&layer) == [[corners]]);
        same_as_of_all_pieces(&layer, radius_m * wide)?;
    }

    #[test]
    fn of_borders_with_a_lake_in_them(
        lat in -60.0..60.0_f64,
        radius_m in 200.0..20_000.0_f64,
        shares in prop::collection::vec(0.8..1.0_f64, 20..200),
        lake in prop::collection::vec(0.4..0.7_f64, 20..200),
        wide in 0.02..0.6_f64,
    ) {
        let rings = json!([star(lat, radius_m, &shares), star(lat, radius_m, &lake)]);
        same_as_of_all_pieces(&layer("Polygon", &rings), radius_m * wide)?;
    }

    #[test]
    fn of_paths_that_wander(
        lat in -60.0..60.0_f64,
        steps in prop::collection::vec((-100.0..130.0_f64, -110.0..110.0_f64), 10..300),
        distance_m in 50.0..3_000.0_f64,
    ) {
        let mut here = [0.0, 0.0];
        let walk = steps.iter().map(|(x, y)| {
            here = [here[0] + x, here[1] + y];
            here
        });
        same_as_of_all_pieces(&layer("LineString", &json!(at(lat, walk))), distance_m)?;
    }

    #[test]
    fn of_paths_that_close(
        lat in -60.0..60.0_f64,
        radius_m in 500.0..20_000.0_f64,
        shares in prop::collection::vec(0.8..1.0_f64, 20..300),
        wide in 0.05..0.9_f64,
    ) {
        same_as_of_all_pieces(&layer("LineString", &json!(star(lat, radius_m, &shares))), radius_m * wide)?;
    }

    #[test]
    fn of_positions(
        lat in -60.0..60.0_f64,
        places in prop::collection::vec((-5_000.0..5_000.0_f64, -5_000.0..5_000.0_f64), 8..150),
        distance_m in 100.0..4_000.0_f64,
    ) {
        let places = at(lat, places.iter().map(|(x, y)| [*x, *y]));
        same_as_of_all_pieces(&layer("MultiPoint", &json!(places)), distance_m)?;
    }
}

#[test]
fn circles_that_all_but_touch_are_one_or_two() {
    let places = [[-1585.459971470083, 1963.9021647439122], [0.0, 0.0], [-2028.7264617491978, 678.5998061732582]];
    let layer = layer("MultiPoint", &json!(at(0.0, places)));
    same_as_of_all_pieces(&layer, 679.8182678275141).expect("as close as that");
    let plane = Plane::about(&layer.geometries.bounds(0));
    let regions = |distance_m: f64| {
        within_distance(&layer, &[0], &plane, distance_m, &Progress::default()).expect("not stopped").len()
    };
    assert_eq!([679.7, 679.9].map(regions), [3, 2]);
}

#[test]
fn outlines_of_what_is_drawn_are_traced() {
    let shares: Vec<f64> = (0..400).map(|k| 0.7 + 0.3 * f64::from((k * 7919) % 1_000) / 1_000.0).collect();
    let lattice = (0..400).map(|k| [f64::from(k % 20) * 90.0, f64::from(k / 20) * 110.0 + f64::from(k % 7)]);
    let moves: Vec<f64> = (0..97).map(|k| 0.2 * f64::from((k * 7919) % 1_000) / 1_000.0 - 0.1).collect();
    let lake: Vec<f64> = shares.iter().map(|share| share * 0.5).collect();
    for (layer, of) in [
        (layer("Polygon", &json!([star(31.0, 9_000.0, &shares)])), [40.0, 400.0, 2_000.0, 30_000.0]),
        (
            layer("Polygon", &json!([star(31.0, 9_000.0, &shares), star(31.0, 9_000.0, &lake)])),
            [20.0, 200.0, 700.0, 9_000.0],
        ),
        (layer("Polygon", &json!([wandering(-45.0, 9_000.0, &moves, 6)])), [10.0, 100.0, 1_000.0, 5_000.0]),
        (layer("MultiPoint", &json!(at(31.0, lattice))), [20.0, 60.0, 500.0, 5_000.0]),
        (layer("LineString", &json!(star(60.0, 5_000.0, &shares)[..399])), [10.0, 100.0, 1_000.0, 20_000.0]),
    ] {
        let mut rings = Rings::default();
        rings.add(&layer, 0);
        let plane = Plane::about(&layer.geometries.bounds(0));
        for distance_m in of {
            assert!(
                traced::outline(&rings, false, &plane, distance_m).is_ok_and(|found| found.is_some()),
                "{:?} {distance_m}",
                layer.kinds
            );
        }
    }
}

#[test]
fn where_the_plane_is_not_exact_nothing_is_traced() {
    for (from, to, distance_m) in [([0.0, 85.0], [5.0, 86.0], 100.0), ([-100.0, 10.0], [60.0, 20.0], 100.0)] {
        let layer = layer("LineString", &json!([from, to]));
        let mut rings = Rings::default();
        rings.add(&layer, 0);
        let plane = Plane::about(&layer.geometries.bounds(0));
        assert!(traced::outline(&rings, false, &plane, distance_m).is_ok_and(|found| found.is_none()));
    }
}

#[test]
fn few_pieces_are_made_of_a_border_that_is_narrow_against_the_distance() {
    let shares: Vec<f64> = (0..20_000).map(|k| 0.9 + 0.1 * f64::from((k * 7919) % 1_000) / 1_000.0).collect();
    let layer = layer("Polygon", &json!([star(31.0, 5_000.0, &shares)]));
    let mut rings = Rings::default();
    rings.add(&layer, 0);
    let plane = Plane::about(&layer.geometries.bounds(0));
    let (contours, are_some) = pieces(&rings, &plane, 3_000.0, &Progress::default()).expect("not stopped");
    let corners: usize = contours.iter().map(Vec::len).sum();
    assert!(are_some && corners < 20_000, "{corners} corners");
}
