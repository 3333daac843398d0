//! What lies in a zone, against answers that share no code with it: geo's own overlays, sampled lines.

use crate::common::{layer_of, maps, read};
use geo::algorithm::{BooleanOps, Contains, Intersects};
use geo::geometry::{Coord, LineString, MultiPolygon, Point, Polygon};
use proptest::prelude::*;
use serde_json::{Value, json};
use shanshui::geodesy::{LonLat, distance_m};
use shanshui::index::IndexedLayer;
use shanshui::model::Role;
use shanshui::progress::Progress;
use shanshui::query::{Inside, Inspection, inspect, polygons_area_m2};
use std::sync::Arc;

fn position() -> impl Strategy<Value = (f64, f64)> {
    (-30_000..30_000_i32, -30_000..30_000_i32)
        .prop_map(|(x, y)| (121.45 + f64::from(x) * 1e-6, 31.35 + f64::from(y) * 1e-6))
}

/// A star-shaped area about a position.
fn area(size: f64) -> impl Strategy<Value = Vec<[f64; 2]>> {
    (position(), prop::collection::vec(0.4..1.0_f64, 3..10)).prop_map(move |((lon, lat), radii)| {
        let corner = |(i, r): (usize, &f64)| {
            let (s, c) = (i as f64 / radii.len() as f64 * std::f64::consts::TAU).sin_cos();
            [lon + size * r * c, lat + size * r * s].map(|v| (v * 1e7).round() / 1e7)
        };
        let mut ring: Vec<[f64; 2]> = radii.iter().enumerate().map(corner).collect();
        ring.push(ring[0]);
        ring
    })
}

fn polygon(ring: &[[f64; 2]]) -> Polygon {
    Polygon::new(LineString::new(ring.iter().map(|p| Coord { x: p[0], y: p[1] }).collect()), Vec::new())
}

fn geodesic_m2(polygons: &MultiPolygon) -> f64 {
    let ring = |line: &LineString| line.coords().map(|c| LonLat::new(c.x, c.y)).collect::<Vec<_>>();
    let rings = |p: &Polygon| std::iter::once(p.exterior()).chain(p.interiors()).map(ring).collect::<Vec<_>>();
    polygons_area_m2(&polygons.iter().map(rings).collect::<Vec<_>>())
}

fn ask(zone: &Arc<IndexedLayer>, layers: &[(Role, Arc<IndexedLayer>)]) -> Inspection {
    inspect(zone, layers, &Progress::default()).expect("a zone with an area")
}

fn homes_of(areas: &[Vec<[f64; 2]>]) -> Arc<IndexedLayer> {
    let features: Vec<Value> = areas
        .iter()
        .map(|ring| json!({"type": "Feature", "properties": {"population": 1_000}, "geometry": {"type": "Polygon", "coordinates": [ring]}}))
        .collect();
    let text = json!({"type": "FeatureCollection", "features": features}).to_string();
    Arc::new(IndexedLayer::new(Arc::new(read(text.as_bytes()))))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn a_zone_holds_what_slow_answers_say(
        zone in area(0.02),
        homes in prop::collection::vec(area(0.008), 0..12),
        more in prop::collection::vec(area(0.006), 0..5),
        outlets in prop::collection::vec(position(), 0..20),
        river in prop::collection::vec(position(), 2..8),
    ) {
        let of = |kind: &str, all: &[Value]| layer_of(&all.iter().map(|c| json!({"type": kind, "coordinates": c})).collect::<Vec<_>>());
        let zone_layer = of("Polygon", &[json!([zone])]);
        let points: Vec<Value> = outlets.iter().map(|p| json!([p.0, p.1])).collect();
        let layers = vec![
            (Role::Residential, homes_of(&homes)),
            (Role::Residential, homes_of(&more)),
            (Role::Outlet, of("Point", &points)),
            (Role::River, of("LineString", &[json!(river)])),
        ];
        let found = ask(&zone_layer, &layers);
        let ground = polygon(&zone);
        prop_assert!((found.area_m2 / geodesic_m2(&MultiPolygon(vec![ground.clone()])) - 1.0).abs() < 1e-9);

        // Homes: how many meet it, their ground together, their people apart.
        let all: Vec<Polygon> = homes.iter().chain(&more).map(|ring| polygon(ring)).collect();
        let none = MultiPolygon(Vec::new());
        let union = all.iter().fold(none, |u, p| u.union(&MultiPolygon(vec![p.clone()])));
        let inside_m2 = geodesic_m2(&union.intersection(&MultiPolygon(vec![ground.clone()])));
        let residential = &found.layers["residential"];
        prop_assert_eq!(residential.count, all.iter().filter(|p| p.intersects(&ground)).count());
        if let Some(m2) = residential.inside.area_m2 {
            prop_assert!((m2 - inside_m2).abs() <= 1e-6 * inside_m2 + 0.01, "{} {}", m2, inside_m2);
        }
        let people: f64 = all
            .iter()
            .map(|p| {
                let own = MultiPolygon(vec![p.clone()]);
                1_000.0 * geodesic_m2(&own.intersection(&MultiPolygon(vec![ground.clone()]))) / geodesic_m2(&own)
            })
            .sum();
        let ours = found.people.expect("every home says how many");
        prop_assert!((ours - people).abs() <= 1e-3 * (1.0 + people), "{} {}", ours, people);

        if !outlets.is_empty() {
            let held = outlets.iter().filter(|p| ground.contains(&Point::new(p.0, p.1))).count();
            prop_assert_eq!(found.layers["outlet"].count, held);
            prop_assert_eq!(found.layers["outlet"].inside, Inside::default());
        }

        // The river: stretches of a thousandth of an edge, in or out by their middle.
        const STEPS: usize = 1_000;
        let sampled_m: f64 = river
            .windows(2)
            .map(|e| {
                let at = |t: f64| LonLat::new(e[0].0 + (e[1].0 - e[0].0) * t, e[0].1 + (e[1].1 - e[0].1) * t);
                let steps = (0..STEPS).filter(|k| {
                    let middle = at((*k as f64 + 0.5) / STEPS as f64);
                    ground.contains(&Point::new(middle.lon, middle.lat))
                });
                distance_m(at(0.0), at(1.0)) * steps.count() as f64 / STEPS as f64
            })
            .sum();
        let Some(length_m) = found.layers["river"].inside.length_m else { panic!("a length") };
        let whole_m: f64 = river.windows(2).map(|e| distance_m(LonLat::new(e[0].0, e[0].1), LonLat::new(e[1].0, e[1].1))).sum();
        prop_assert!((length_m - sampled_m).abs() <= 0.004 * whole_m + 0.1, "{} {} of {}", length_m, sampled_m, whole_m);
    }
}

#[test]
fn a_town_of_the_sample_holds_itself() {
    let read = |name: &str| crate::common::sample(&format!("baoshan/{name}.geojson"));
    let towns = read("town");
    let layers: Vec<(Role, Arc<IndexedLayer>)> =
        [Role::Town, Role::Residential, Role::Outlet, Role::Park, Role::Shoreline]
            .into_iter()
            .map(|role| (role, read(role.id())))
            .collect();
    assert!(maps().is_dir());
    // All towns together: every home, with all its people.
    let found = ask(&towns, &layers);
    let homes = &layers[1].1;
    let people: f64 = homes.rows().filter_map(|r| homes.layer().attributes.get(r, "population").as_number()).sum();
    let ours = found.people.expect("every home says how many");
    assert!(ours <= people * (1.0 + 1e-9) && ours > people * 0.99, "{ours} {people}");
    assert_eq!(found.layers["town"].count, 12);
    let Some(m2) = found.layers["town"].inside.area_m2 else { panic!("areas") };
    assert!((m2 / found.area_m2 - 1.0).abs() < 1e-6, "{m2} {}", found.area_m2);
    let by = &found.layers["outlet"].by;
    assert_eq!(by.values().sum::<usize>(), found.layers["outlet"].count);
    assert!(by.contains_key("工业排污口") && found.distances_m["shoreline"] < 2_000.0, "{by:?}");
    assert_eq!(found.distances_m["park"], 0.0);
}

#[test]
fn a_zone_without_area_is_refused() {
    let line = layer_of(&[json!({"type": "LineString", "coordinates": [[121.0, 31.0], [121.1, 31.0]]})]);
    assert!(inspect(&line, &[], &Progress::default()).is_err());
}
