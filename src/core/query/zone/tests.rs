//! Zones drawn for a view, held to the regions of buffers and to distances.

use super::*;
use crate::index::{contains_point, nearest_to};
use crate::io::{ReadOptions, read_layer_bytes};
use std::sync::Arc;

fn layer(geometries: &[&str]) -> IndexedLayer {
    let features: Vec<String> =
        geometries.iter().map(|g| format!(r#"{{"type":"Feature","properties":{{}},"geometry":{g}}}"#)).collect();
    let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
    let read = read_layer_bytes(text.as_bytes(), "p.geojson", &ReadOptions::default(), &Progress::default());
    IndexedLayer::new(Arc::new(read.expect("readable")))
}

fn view(west: f64, south: f64, east: f64, north: f64, cell_m: f64) -> ZoneView {
    ZoneView { window: LonLatBox { min: LonLat::new(west, south), max: LonLat::new(east, north) }, cell_m }
}

fn drawn(reference: &IndexedLayer, distance_m: f64, view: &ZoneView) -> Polygons {
    match zone_in_view(reference, distance_m, view, Bounds::WINDOW, &Progress::default()) {
        Ok(ViewedZone::Drawn(polygons)) => polygons,
        other => panic!("{other:?}"),
    }
}

/// Holds a zone to the distances themselves, all over its window: nowhere is it more than a cell off.
fn holds(reference: &IndexedLayer, distance_m: f64, view: &ZoneView) {
    let mut rings: Vec<Vec<LonLat>> = drawn(reference, distance_m, view).into_iter().flatten().collect();
    rings.iter_mut().for_each(|ring| ring.extend(ring.first().copied()));
    let window = view.window;
    let mut inside = 0;
    const SIDE: usize = 60;
    for i in 0..SIDE * SIDE {
        // Nowhere on a line of the grid, and clear of the window's edge.
        let [x, y] = [i % SIDE, i / SIDE].map(|k| 0.02 + 0.96 * (k as f64 + 0.377) / SIDE as f64);
        let p = LonLat::new(
            window.min.lon + (window.max.lon - window.min.lon) * x,
            window.min.lat + (window.max.lat - window.min.lat) * y,
        );
        let is_in = contains_point(rings.iter().map(Vec::as_slice), p);
        let m = nearest_to(p, reference, f64::INFINITY).map_or(f64::INFINITY, |n| n.distance_m);
        assert!((m - distance_m).abs() < view.cell_m || is_in == (m <= distance_m), "{p:?}: {m} m, drawn {is_in}");
        inside += usize::from(is_in);
    }
    assert!(inside > 0 && inside < SIDE * SIDE, "{inside} of {} places: the test tests nothing", SIDE * SIDE);
}

const LINE: &str =
    r#"{"type":"LineString","coordinates":[[121.02,31.02],[121.05,31.07],[121.051,31.02],[121.09,31.06]]}"#;
const POINTS: &str = r#"{"type":"MultiPoint","coordinates":[[121.03,31.03],[121.07,31.05],[121.072,31.052]]}"#;
const RING: &str = r#"{"type":"Polygon","coordinates":[
    [[121.01,31.01],[121.09,31.01],[121.09,31.09],[121.01,31.09],[121.01,31.01]],
    [[121.03,31.03],[121.03,31.07],[121.07,31.07],[121.07,31.03],[121.03,31.03]]]}"#;
const PARTS: &str = r#"{"type":"MultiPolygon","coordinates":[
    [[[121.01,31.01],[121.03,31.01],[121.03,31.03],[121.01,31.01]]],
    [[[121.05,31.05],[121.05,31.08],[121.08,31.08],[121.05,31.05]]]]}"#;

#[test]
fn a_zone_is_right_about_lines_points_areas_holes_and_parts() {
    let view = view(121.0, 31.0, 121.1, 31.1, 20.0);
    for (geometry, distances) in
        [(LINE, [60.0, 900.0]), (POINTS, [250.0, 1_500.0]), (RING, [60.0, 1_000.0]), (PARTS, [120.0, 1_800.0])]
    {
        for distance_m in distances {
            holds(&layer(&[geometry]), distance_m, &view);
        }
    }
    holds(&layer(&[LINE, POINTS, PARTS, RING]), 300.0, &view);
}

#[test]
fn a_zone_is_right_where_the_view_shows_a_part_of_what_it_lies_round() {
    // The ground begins far outside of the window, and so do the ends of the line.
    let ground = r#"{"type":"Polygon","coordinates":[[[100,20],[121.05,20],[121.06,45],[100,45],[100,20]]]}"#;
    let far = r#"{"type":"LineString","coordinates":[[100,31],[140,31.1]]}"#;
    for geometry in [ground, far] {
        holds(&layer(&[geometry]), 700.0, &view(121.0, 31.0, 121.1, 31.1, 25.0));
    }
    // From the north of Norway to both sides of the equator.
    for (south, north) in [(69.9, 70.1), (-0.1, 0.1), (-45.1, -44.9)] {
        let middle = (south + north) / 2.0;
        let line = format!(r#"{{"type":"LineString","coordinates":[[20,{middle}],[20.1,{}]]}}"#, middle + 0.02);
        holds(&layer(&[&line]), 2_000.0, &view(19.8, south, 20.2, north, 60.0));
    }
}

#[test]
fn a_zone_reaches_over_the_antimeridian() {
    let beyond = layer(&[r#"{"type":"Point","coordinates":[-179.99,10]}"#]);
    holds(&beyond, 5_000.0, &view(179.9, 9.9, 179.999, 10.1, 50.0));
    // What of the window lies beyond the world's edge is left out.
    let polygons = drawn(&beyond, 5_000.0, &view(179.9, 9.9, 181.0, 10.1, 50.0));
    assert!(polygons.iter().flatten().flatten().all(|p| p.lon <= 180.0) && !polygons.is_empty());
}

#[test]
fn a_view_deep_within_a_zone_or_far_from_it_costs_nothing() {
    let line = layer(&[LINE]);
    let street = view(121.04, 31.04, 121.045, 31.043, 0.3);
    let grid = Grid::new(street.window, street.cell_m);
    let measured = |distance_m: f64, most: usize| {
        Field::new(&grid, &line, distance_m, most, &Progress::default()).expect("not stopped").map(|field| field.values)
    };
    // As many as there are blocks.
    let blocks = grid.size.iter().map(|n| n.div_ceil(BLOCK)).product();
    let all = measured(200_000.0, blocks).expect("one distance a block");
    assert!(all.iter().filter(|v| **v < 0.0).count() > all.len() * 9 / 10);
    let none = measured(10.0, blocks).expect("one distance a block");
    assert!(none.iter().all(|v| *v > 0.0));
    let window = drawn(&line, 200_000.0, &street);
    assert_eq!(window.iter().map(|rings| rings.len()).collect::<Vec<_>>(), [1]);
    assert!(window[0][0].len() <= 16, "a rectangle of {} corners", window[0][0].len());
    assert!(drawn(&line, 10.0, &street).is_empty());
    assert!(drawn(&layer(&[]), 10.0, &street).is_empty());
}

#[test]
fn what_is_drawn_follows_the_view_and_not_the_corners() {
    // A shore of 100,000 corners, and a distance of a thousand of their steps.
    let corners: Vec<String> = (0..100_000)
        .map(|i| {
            let t = f64::from(i) / 100_000.0;
            format!("[{},{}]", 121.0 + 0.1 * t, 31.05 + 0.001 * (t * 3_000.0).sin())
        })
        .collect();
    let shore = layer(&[&format!(r#"{{"type":"LineString","coordinates":[{}]}}"#, corners.join(","))]);
    let view = view(121.0, 31.0, 121.1, 31.1, 20.0);
    let polygons = drawn(&shore, 2_000.0, &view);
    let count: usize = polygons.iter().flatten().map(Vec::len).sum();
    assert!(count < 4_000, "{count} corners");
    holds(&shore, 2_000.0, &view);
}

#[test]
fn what_cannot_be_seen_or_afforded_is_not_drawn() {
    let line = layer(&[LINE]);
    let all_china = view(73.0, 18.0, 135.0, 53.0, 4_000.0);
    let asked = |distance_m: f64, view: &ZoneView, bounds: Bounds| {
        zone_in_view(&line, distance_m, view, bounds, &Progress::default()).expect("not stopped")
    };
    // Twenty metres wide where a point of the screen is four kilometres: no grid of so few nodes would meet it.
    assert_eq!(asked(10.0, &all_china, Bounds::WINDOW), ViewedZone::TooSmall);
    let town = view(121.0, 31.0, 121.1, 31.1, 2.0);
    let few = Bounds { distances: 200, ..Bounds::WINDOW };
    assert_eq!(asked(500.0, &town, few), ViewedZone::TooSmall);
    // Coarser where that is enough.
    let some = Bounds { distances: 60_000, ..Bounds::WINDOW };
    let ViewedZone::Drawn(coarse) = asked(500.0, &town, some) else { panic!("not drawn") };
    let fine = drawn(&line, 500.0, &town);
    let corners = |polygons: &Polygons| polygons.iter().flatten().map(Vec::len).sum::<usize>();
    assert!(corners(&coarse) < corners(&fine), "{} of {}", corners(&coarse), corners(&fine));
    let few_nodes = Bounds { nodes: 1_000, ..Bounds::WINDOW };
    assert_eq!(asked(500.0, &town, few_nodes), ViewedZone::TooSmall);
}

#[test]
fn a_zone_that_another_takes_the_place_of_is_given_up() {
    let progress = Progress::default();
    progress.cancel();
    let zone = zone_in_view(&layer(&[LINE]), 500.0, &view(121.0, 31.0, 121.1, 31.1, 5.0), Bounds::WINDOW, &progress);
    assert_eq!(zone, Err(AskError::Cancelled(Cancelled)));
}

#[test]
fn the_same_view_has_the_same_zone() {
    let line = layer(&[LINE, RING]);
    let view = view(121.0, 31.0, 121.1, 31.1, 7.0);
    assert_eq!(drawn(&line, 400.0, &view), drawn(&line, 400.0, &view));
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    assert_eq!(one.install(|| drawn(&line, 400.0, &view)), drawn(&line, 400.0, &view));
}

#[test]
fn a_view_serves_small_moves_and_not_another_scale() {
    let built = view(121.0, 31.0, 121.4, 31.4, 10.0);
    let seen = |west: f64, scale: f64| {
        let seen = LonLatBox { min: LonLat::new(west, 31.1), max: LonLat::new(west + 0.2, 31.3) };
        built.serves(&seen, &ZoneView { window: seen, cell_m: 10.0 * scale })
    };
    assert!(seen(121.1, 1.0) && seen(121.19, 1.01) && seen(121.0, 0.99));
    assert!(!seen(121.21, 1.0) && !seen(120.9, 1.0) && !seen(121.1, 2.0) && !seen(121.1, 0.5));
    // Beyond the world's edge there is nothing to serve.
    let edge = view(179.0, 0.0, 180.5, 1.0, 10.0);
    let seen = LonLatBox { min: LonLat::new(179.5, 0.2), max: LonLat::new(181.0, 0.5) };
    assert!(edge.serves(&seen, &ZoneView { window: seen, cell_m: 10.0 }));
}
