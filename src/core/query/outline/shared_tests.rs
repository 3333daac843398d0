//! Regions of roads that meet and of areas that share borders, held to regions of all pieces.

use super::tests::{at, holds_about_the_same, wandering_side};
use super::*;
use proptest::prelude::*;
use serde_json::{Value, json};

/// A layer of features of one kind.
fn layer(kind: &str, all: &[Value]) -> Layer {
    let feature = |coordinates: &Value| json!({"type": "Feature", "properties": {}, "geometry": {"type": kind, "coordinates": coordinates}});
    let features: Vec<Value> = all.iter().map(feature).collect();
    let text = json!({"type": "FeatureCollection", "features": features}).to_string();
    let options = crate::io::ReadOptions::default();
    crate::io::read_layer_bytes(text.as_bytes(), "a.geojson", &options, &Progress::default()).expect("a layer")
}

/// Crossings of a grid, moved at random, and the ways between neighbours, each with some corners of its own: the same in
/// both directions.
struct Grid {
    columns: usize,
    corners: Vec<[f64; 2]>,
    moves: Vec<f64>,
    halvings: u32,
}

impl Grid {
    fn new(columns: usize, rows: usize, size_m: f64, jitter: &[f64], halvings: u32) -> Self {
        let mut own = jitter.iter().cycle();
        let mut moved = || own.next().copied().unwrap_or_default() * size_m;
        let corners = (0..columns * rows)
            .map(|i| [(i % columns) as f64 * size_m + moved(), (i / columns) as f64 * size_m + moved()])
            .collect();
        Self { columns, corners, moves: jitter.iter().map(|share| share * 0.4).collect(), halvings }
    }

    /// The way from one crossing to another, with both.
    fn way(&self, from: usize, to: usize) -> Vec<[f64; 2]> {
        let (first, last) = (from.min(to), from.max(to));
        let mut way =
            wandering_side(self.corners[first], self.corners[last], &self.moves, first * 7 + last, self.halvings);
        if from > to {
            way.reverse();
        }
        way
    }

    /// The ways of a cell, round it.
    fn cell(&self, column: usize, row: usize) -> Vec<[f64; 2]> {
        let first = row * self.columns + column;
        let round = [first, first + 1, first + 1 + self.columns, first + self.columns, first];
        let mut ring = Vec::new();
        for pair in round.windows(2) {
            ring.pop();
            ring.extend(self.way(pair[0], pair[1]));
        }
        ring
    }
}

fn of_all_pieces(layer: &Layer, plane: &Plane, distance_m: f64) -> Vec<Vec<Contour>> {
    let rows: Vec<usize> = (0..layer.len()).collect();
    let mut rings = Rings::default();
    rows.iter().for_each(|row| rings.add(layer, *row));
    let mut region = Region::new(plane, distance_m);
    rings.all().for_each(|ring| region.around_ring(ring));
    let groups = with_ground(layer, &rows, plane, by_themselves(region.out));
    joined(groups, &Progress::default()).expect("not stopped")
}

/// The region as it is traced; `None` where it is not.
fn as_traced(layer: &Layer, plane: &Plane, distance_m: f64) -> Option<Vec<Vec<Contour>>> {
    let rows: Vec<usize> = (0..layer.len()).collect();
    let mut rings = Rings::default();
    rows.iter().for_each(|row| rings.add(layer, *row));
    traced(layer, &rows, &rings, plane, distance_m, &Progress::default()).expect("not stopped").expect("few")
}

fn same_as_all_pieces(layer: &Layer, distance_m: f64) -> Result<bool, TestCaseError> {
    let plane = Plane::about(&layer.bounds);
    let found = as_traced(layer, &plane, distance_m).map(|found| without_hairs(found, distance_m));
    if let Some(found) = &found {
        let at =
            |times: f64| plane.positions(&without_hairs(of_all_pieces(layer, &plane, distance_m * times), distance_m));
        let whole = at(1.0);
        // Pieces about one corner have arcs of several rings, whose polygons together are larger than each: an arc's own
        // has the area of the arc.
        holds_about_the_same(&plane.positions(found), &whole, &at, distance_m, 3e-4, 0)?;
    }
    Ok(found.is_some())
}

/// Roads of a grid: some of its ways, some of them joined to one line, some drawn twice.
fn roads(grid: &Grid, rows: usize, lat: f64, chosen: &[u8]) -> Layer {
    let mut own = chosen.iter().cycle();
    let mut lines: Vec<Value> = Vec::new();
    for i in 0..grid.columns * rows {
        let right = (i % grid.columns + 1 < grid.columns).then_some(i + 1);
        let up = (i / grid.columns + 1 < rows).then_some(i + grid.columns);
        for to in [right, up].into_iter().flatten() {
            let mut way = grid.way(i, to);
            match own.next().copied().unwrap_or_default() {
                0 => continue,
                1 => lines.push(json!(at(lat, way))),
                2 => {
                    way.reverse();
                    lines.push(json!(at(lat, way)));
                }
                3 => {
                    lines.push(json!(at(lat, way.clone())));
                    way.reverse();
                    lines.push(json!(at(lat, way)));
                }
                // On to the next one up, where there is one.
                _ => {
                    if to + grid.columns < grid.columns * rows {
                        way.pop();
                        way.extend(grid.way(to, to + grid.columns));
                    }
                    lines.push(json!(at(lat, way)));
                }
            }
        }
    }
    layer("LineString", &lines)
}

/// Some cells of a grid as areas that share their borders.
fn areas(grid: &Grid, rows: usize, lat: f64, chosen: &[u8]) -> Layer {
    let mut own = chosen.iter().cycle();
    let mut cells: Vec<Value> = Vec::new();
    for row in 0..rows - 1 {
        for column in 0..grid.columns - 1 {
            if own.next().is_some_and(|chosen| *chosen > 0) {
                let mut ring = at(lat, grid.cell(column, row));
                let last = ring.len() - 1;
                ring[last] = ring[0];
                cells.push(json!([ring]));
            }
        }
    }
    layer("Polygon", &cells)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_roads_that_meet(
        lat in -60.0..60.0_f64,
        jitter in prop::collection::vec(-0.3..0.3_f64, 40..90),
        chosen in prop::collection::vec(0..5_u8, 8..40),
        halvings in 0..4_u32,
        distance_m in 15.0..900.0_f64,
    ) {
        let grid = Grid::new(5, 4, 400.0, &jitter, halvings);
        let layer = roads(&grid, 4, lat, &chosen);
        prop_assume!(!layer.is_empty());
        same_as_all_pieces(&layer, distance_m)?;
    }

    #[test]
    fn of_areas_that_share_borders(
        lat in -60.0..60.0_f64,
        jitter in prop::collection::vec(-0.2..0.2_f64, 40..90),
        chosen in prop::collection::vec(0..4_u8, 8..40),
        halvings in 0..4_u32,
        distance_m in 15.0..900.0_f64,
    ) {
        let grid = Grid::new(5, 5, 400.0, &jitter, halvings);
        let layer = areas(&grid, 5, lat, &chosen);
        prop_assume!(!layer.is_empty());
        same_as_all_pieces(&layer, distance_m)?;
    }
}

#[test]
fn roads_that_meet_and_areas_that_share_borders_are_traced() {
    let jitter: Vec<f64> = (0..83).map(|k| f64::from((k * 7919) % 1_000) / 2_500.0 - 0.2).collect();
    let straight = [0.0];
    let chosen: Vec<u8> = (0..31).map(|k| ((k * 7) % 5) as u8).collect();
    for (jitter, halvings) in [(&jitter[..], 0), (&jitter[..], 3), (&straight[..], 0), (&straight[..], 2)] {
        let grid = Grid::new(7, 6, 400.0, jitter, halvings);
        for (of, layer) in [
            ("some roads", roads(&grid, 6, 31.2, &chosen)),
            ("all roads", roads(&grid, 6, 31.2, &[1])),
            ("all areas", areas(&grid, 6, 31.2, &[1])),
            ("some areas", areas(&grid, 6, 31.2, &chosen)),
        ] {
            for distance_m in [10.0, 50.0, 133.0, 330.0, 1_000.0] {
                let what = format!("{of}, {distance_m} m, {halvings} halvings, {} moves", jitter.len());
                let is_traced = same_as_all_pieces(&layer, distance_m).unwrap_or_else(|e| panic!("{what}: {e}"));
                assert!(is_traced, "{what}");
            }
        }
    }
}

#[test]
fn positions_on_corners_of_others_are_traced() {
    let grid = Grid::new(4, 4, 400.0, &[0.1, -0.15, 0.05], 1);
    let roads = roads(&grid, 4, 31.2, &[1, 4, 2]);
    let mut features: Vec<Value> = Vec::new();
    for row in roads.rows() {
        for path in
            roads.geometries.parts(row).flat_map(|part| part.paths().map(<[LonLat]>::to_vec).collect::<Vec<_>>())
        {
            let line: Vec<[f64; 2]> = path.iter().map(|p| [p.lon, p.lat]).collect();
            features.push(
                json!({"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": line[0]}}),
            );
            features.push(
                json!({"type": "Feature", "properties": {}, "geometry": {"type": "LineString", "coordinates": line}}),
            );
        }
    }
    let text = json!({"type": "FeatureCollection", "features": features}).to_string();
    let options = crate::io::ReadOptions::default();
    let layer =
        crate::io::read_layer_bytes(text.as_bytes(), "a.geojson", &options, &Progress::default()).expect("a layer");
    for distance_m in [20.0, 120.0, 700.0] {
        assert!(same_as_all_pieces(&layer, distance_m).unwrap_or_else(|e| panic!("{distance_m} m: {e}")));
    }
}
