//! What turning, mirroring, splitting, more corners, another order or winding must leave as it is, and what must add up. No
//! other answer is needed to judge this.

use crate::common::{answer, layer_of, read};
use proptest::prelude::*;
use serde_json::{Value, json};
use shanshui::index::{IndexedLayer, nearest_feature};
use shanshui::model::{ProblemKind, Severity};
use shanshui::progress::Progress;
use shanshui::query::{AuditBy, Dissolve, Figures, Layers, Question, Side, ask, audit};
use std::sync::Arc;

const CENTER: [f64; 2] = [121.45, 31.35];

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Positions within about 1.5 km of the centre, on a grid of a decimetre.
fn position() -> impl Strategy<Value = [f64; 2]> {
    (-15_000..15_000_i32, -15_000..15_000_i32).prop_map(|(x, y)| on_grid([x, y].map(|v| f64::from(v) * 1e-6)))
}

/// Degrees from the centre as a position of seven decimals.
fn on_grid(offset: [f64; 2]) -> [f64; 2] {
    [0, 1].map(|axis| ((CENTER[axis] + offset[axis]) * 1e7).round() / 1e7)
}

/// A star-shaped ring about a centre, a hole in some.
fn polygon() -> impl Strategy<Value = Value> {
    (position(), prop::collection::vec(0.4..1.0_f64, 5..10), 0.001..0.008_f64, any::<bool>()).prop_map(
        |(middle, radii, size, has_hole)| {
            let ring = |scale: f64| {
                let corner = |(i, radius): (usize, &f64)| {
                    let (sin, cos) = (i as f64 / radii.len() as f64 * std::f64::consts::TAU).sin_cos();
                    let reach = size * scale * radius;
                    on_grid([middle[0] - CENTER[0] + reach * cos, middle[1] - CENTER[1] + reach * sin])
                };
                let mut ring: Vec<[f64; 2]> = radii.iter().enumerate().map(corner).collect();
                ring.push(ring[0]);
                ring
            };
            let mut rings = vec![ring(1.0)];
            if has_hole {
                rings.push(ring(0.3).into_iter().rev().collect());
            }
            json!({"type": "Polygon", "coordinates": rings})
        },
    )
}

fn anything() -> impl Strategy<Value = Value> {
    let point = position().prop_map(|p| json!({"type": "Point", "coordinates": p}));
    let line = prop::collection::vec(position(), 2..5).prop_map(|p| json!({"type": "LineString", "coordinates": p}));
    prop_oneof![point, line, polygon(), polygon()]
}

fn layers() -> impl Strategy<Value = (Vec<Value>, Vec<Value>)> {
    (prop::collection::vec(polygon(), 1..4), prop::collection::vec(anything(), 1..4))
}

/// The geometry with every position put where `to` says.
fn mapped(geometry: &Value, to: &dyn Fn([f64; 2]) -> [f64; 2]) -> Value {
    fn go(value: &Value, to: &dyn Fn([f64; 2]) -> [f64; 2]) -> Value {
        let items = value.as_array().expect("positions");
        match items[..] {
            [ref x, ref y] if x.is_number() => {
                json!(to([x, y].map(|v| v.as_f64().expect("a number"))))
            }
            _ => items.iter().map(|item| go(item, to)).collect(),
        }
    }
    json!({"type": geometry["type"], "coordinates": go(&geometry["coordinates"], to)})
}

/// The geometry with every ring of an area made another; lines and points stay.
fn with_rings(geometry: &Value, to: &dyn Fn(Vec<[f64; 2]>) -> Vec<[f64; 2]>) -> Value {
    if geometry["type"] != "Polygon" {
        return geometry.clone();
    }
    let rings: Vec<Vec<[f64; 2]>> = serde_json::from_value(geometry["coordinates"].clone()).expect("rings");
    json!({"type": "Polygon", "coordinates": rings.into_iter().map(to).collect::<Vec<_>>()})
}

/// What is asked of two layers.
#[derive(Debug)]
struct Asked {
    overlap_m2: f64,
    demand_m2: f64,
    unserved_m2: f64,
    buffer_m2: f64,
    union_m2: f64,
    /// Corners that arcs lie round.
    corners: usize,
    /// Of each feature to the nearest, in rising order.
    distances_m: Vec<f64>,
}

fn asked(a: &[Value], b: &[Value], radius_m: f64) -> Asked {
    let (a, b) = (layer_of(a), layer_of(b));
    let (demand_m2, unserved_m2) = gaps(&a, &b, radius_m);
    let rows = (0..a.layer().len()).filter(|row| !a.layer().unusable[*row]);
    let distances = rows.filter_map(|row| nearest_feature(a.layer(), row, &b, f64::INFINITY));
    let mut distances_m: Vec<f64> = distances.map(|nearest| nearest.distance_m).collect();
    distances_m.sort_by(f64::total_cmp);
    Asked {
        overlap_m2: overlap_m2(&a, &b),
        demand_m2,
        unserved_m2,
        buffer_m2: buffer_m2(&b, radius_m, Dissolve::Each),
        union_m2: buffer_m2(&b, radius_m, Dissolve::Union),
        corners: b.layer().geometries.position_count(),
        distances_m,
    }
}

/// What layers have in common, slivers included.
fn overlap_m2(a: &Arc<IndexedLayer>, b: &Arc<IndexedLayer>) -> f64 {
    match answer(&Question::Overlap, a, Some(b)).summary.figures {
        Figures::Overlap { overlap_m2, slivers_m2, .. } => overlap_m2 + slivers_m2,
        figures => panic!("{figures:?}"),
    }
}

/// All that is asked about, and what of it is not served, slivers included.
fn gaps(homes: &Arc<IndexedLayer>, parks: &Arc<IndexedLayer>, radius_m: f64) -> (f64, f64) {
    let question = Question::Gaps { radius_m, min_area_m2: 0.0, people: None };
    match answer(&question, homes, Some(parks)).summary.figures {
        Figures::Gaps { demand_m2, unserved_m2, slivers_m2, .. } => (demand_m2, unserved_m2 + slivers_m2),
        figures => panic!("{figures:?}"),
    }
}

fn buffer_m2(layer: &Arc<IndexedLayer>, distance_m: f64, dissolve: Dissolve) -> f64 {
    match answer(&Question::Buffer { distance_m, dissolve }, layer, None).summary.figures {
        Figures::Buffer { area_m2 } => area_m2,
        figures => panic!("{figures:?}"),
    }
}

/// What regions of polygons for arcs (2.7° a step) may differ in where they begin elsewhere: their areas have no bias.
fn arcs_m2(radius_m: f64) -> f64 {
    1e-5 * radius_m * radius_m
}

/// What regions of which arcs were cut may differ in: two thirds of a step's height and length at each end of an arc, either way.
fn cut_arcs_m2(radius_m: f64, corners: usize) -> f64 {
    2.0 * corners as f64 * 2.0 * arcs_m2(radius_m)
}

/// Holds figures to those they must be.
fn same(found: &Asked, expected: &Asked, radius_m: f64) -> Result<(), TestCaseError> {
    let near = |a: f64, b: f64, tolerance: f64| (a - b).abs() <= tolerance;
    let arcs = arcs_m2(radius_m) + 1e-6 * expected.buffer_m2;
    prop_assert!(
        near(found.overlap_m2, expected.overlap_m2, 1e-6 * expected.demand_m2 + 0.01),
        "{found:?} {expected:?}"
    );
    prop_assert!(near(found.demand_m2, expected.demand_m2, 1e-6 * expected.demand_m2), "{found:?} {expected:?}");
    prop_assert!(near(found.unserved_m2, expected.unserved_m2, arcs), "{found:?} {expected:?}");
    prop_assert!(near(found.buffer_m2, expected.buffer_m2, arcs), "{found:?} {expected:?}");
    let cut = arcs + cut_arcs_m2(radius_m, expected.corners);
    prop_assert!(near(found.union_m2, expected.union_m2, cut), "{found:?} {expected:?}");
    prop_assert_eq!(found.distances_m.len(), expected.distances_m.len());
    for (a, b) in found.distances_m.iter().zip(&expected.distances_m) {
        prop_assert!(near(*a, *b, 1e-3), "{a} {b}");
    }
    Ok(())
}

/// The answer's file.
fn file(question: &Question, a: &Arc<IndexedLayer>, b: Option<&Arc<IndexedLayer>>) -> Vec<u8> {
    let layers = Layers { reference: b.cloned(), ..Layers::of(Arc::clone(a)) };
    let answer = ask(question, &layers, &Progress::default()).expect("an answer");
    answer.to_geojson("test", &layers, "2026-01-01T00:00:00Z").expect("in memory")
}

fn all(geometries: &[Value], to: &dyn Fn(&Value) -> Value) -> Vec<Value> {
    geometries.iter().map(to).collect()
}

proptest! {
    #![proptest_config(config(24))]

    #[test]
    fn turned_and_mirrored_layers_have_the_same_figures((a, b) in layers(), radius_m in 50.0..900.0_f64, degrees in -290..58_i32) {
        let expected = asked(&a, &b, radius_m);
        let turn = |p: [f64; 2]| [p[0] + f64::from(degrees), p[1]];
        let over_the_equator = |p: [f64; 2]| [p[0], -p[1]];
        let over_greenwich = |p: [f64; 2]| [-p[0], p[1]];
        let moves: [&dyn Fn([f64; 2]) -> [f64; 2]; 3] = [&turn, &over_the_equator, &over_greenwich];
        for to in moves {
            let put = |geometry: &Value| mapped(geometry, to);
            same(&asked(&all(&a, &put), &all(&b, &put), radius_m), &expected, radius_m)?;
        }
    }

    #[test]
    fn corners_order_and_winding_do_not_matter((a, b) in layers(), radius_m in 50.0..900.0_f64, start in 0..5_usize) {
        let expected = asked(&a, &b, radius_m);
        let denser = |ring: Vec<[f64; 2]>| -> Vec<[f64; 2]> {
            let halves = ring.windows(2).flat_map(|edge| {
                [edge[0], [0, 1].map(|axis| f64::midpoint(edge[0][axis], edge[1][axis]))]
            });
            halves.chain(ring.last().copied()).collect()
        };
        let rewound = |ring: Vec<[f64; 2]>| -> Vec<[f64; 2]> { ring.into_iter().rev().collect() };
        let begun_elsewhere = |mut ring: Vec<[f64; 2]>| -> Vec<[f64; 2]> {
            ring.pop();
            ring.rotate_left(start);
            ring.push(ring[0]);
            ring
        };
        let changes: [&dyn Fn(Vec<[f64; 2]>) -> Vec<[f64; 2]>; 3] = [&denser, &rewound, &begun_elsewhere];
        for to in changes {
            let put = |geometry: &Value| with_rings(geometry, to);
            same(&asked(&all(&a, &put), &all(&b, &put), radius_m), &expected, radius_m)?;
        }
        let back = |geometries: &[Value]| -> Vec<Value> { geometries.iter().rev().cloned().collect() };
        same(&asked(&back(&a), &back(&b), radius_m), &expected, radius_m)?;
    }

    /// Facilities of many corners are served from a region made once, and large homes are cut by many at a time.
    #[test]
    fn many_corners_serve_as_few_do((a, b) in layers(), radius_m in 50.0..900.0_f64) {
        let dense = |ring: Vec<[f64; 2]>| -> Vec<[f64; 2]> {
            let between = |edge: &[[f64; 2]], t: f64| [0, 1].map(|axis| edge[0][axis] + (edge[1][axis] - edge[0][axis]) * t);
            let parts = ring.windows(2).flat_map(|edge| (0..90).map(|k| between(edge, f64::from(k) / 90.0)).collect::<Vec<_>>());
            parts.chain(ring.last().copied()).collect()
        };
        let put = |geometry: &Value| with_rings(geometry, &dense);
        let expected = gaps(&layer_of(&a), &layer_of(&b), radius_m).1;
        for (homes, parks) in [(a.clone(), all(&b, &put)), (all(&a, &put), b.clone()), (all(&a, &put), all(&b, &put))] {
            let found = gaps(&layer_of(&homes), &layer_of(&parks), radius_m).1;
            let tolerance_m2 = arcs_m2(radius_m) + 1e-6 * buffer_m2(&layer_of(&parks), radius_m, Dissolve::Each);
            prop_assert!((found - expected).abs() <= tolerance_m2, "{found} for {expected}");
        }
    }

    #[test]
    fn what_is_split_adds_up(
        middle in position(), size in [0.001..0.008_f64, 0.001..0.008_f64], share in 0.2..0.8_f64,
        b in prop::collection::vec(anything(), 1..4), radius_m in 50.0..900.0_f64,
    ) {
        let rectangle = |from: f64, to: f64| {
            let corner = |x: f64, y: f64| {
                on_grid([middle[0] - CENTER[0] + size[0] * x, middle[1] - CENTER[1] + size[1] * y])
            };
            json!({"type": "Polygon", "coordinates": [[
                corner(from, 0.0), corner(to, 0.0), corner(to, 1.0), corner(from, 1.0), corner(from, 0.0)
            ]]})
        };
        let whole = asked(&[rectangle(0.0, 1.0)], &b, radius_m);
        let parts = asked(&[rectangle(0.0, share), rectangle(share, 1.0)], &b, radius_m);
        prop_assert!((whole.overlap_m2 - parts.overlap_m2).abs() <= 1e-6 * whole.demand_m2 + 0.01, "{whole:?} {parts:?}");
        prop_assert!((whole.unserved_m2 - parts.unserved_m2).abs() <= arcs_m2(radius_m), "{whole:?} {parts:?}");
        prop_assert!((whole.demand_m2 / parts.demand_m2 - 1.0).abs() <= 1e-6, "{whole:?} {parts:?}");
        let nearest = |asked: &Asked| asked.distances_m.first().copied().unwrap_or(f64::INFINITY);
        prop_assert!(nearest(&whole) == nearest(&parts) || (nearest(&whole) - nearest(&parts)).abs() < 1e-3, "{whole:?} {parts:?}");
    }

    #[test]
    fn a_larger_radius_never_serves_less((a, b) in layers(), radius_m in 50.0..900.0_f64, more in 1.0..2.0_f64) {
        let (homes, parks) = (layer_of(&a), layer_of(&b));
        let (near, far) = (gaps(&homes, &parks, radius_m), gaps(&homes, &parks, radius_m * more));
        prop_assert!(far.1 <= near.1 + arcs_m2(radius_m * more), "{near:?} {far:?}");
        let (small, large) = (buffer_m2(&parks, radius_m, Dissolve::Union), buffer_m2(&parks, radius_m * more, Dissolve::Union));
        prop_assert!(small <= large * (1.0 + 1e-5), "{small} {large}");
        let within = |distance_m: f64| answer(&Question::Within { distance_m, side: Side::Within }, &homes, Some(&parks)).summary.matched;
        prop_assert!(within(radius_m) <= within(radius_m * more));
    }

    #[test]
    fn served_and_unserved_are_the_whole((a, b) in layers(), radius_m in 50.0..900.0_f64) {
        let (homes, parks) = (layer_of(&a), layer_of(&b));
        let (demand_m2, unserved_m2) = gaps(&homes, &parks, radius_m);
        let region = file(&Question::Buffer { distance_m: radius_m, dissolve: Dissolve::Union }, &parks, None);
        let region = Arc::new(IndexedLayer::new(Arc::new(read(&region))));
        let served_m2 = overlap_m2(&homes, &region);
        let tolerance_m2 = arcs_m2(radius_m) + 1e-6 * demand_m2;
        prop_assert!((served_m2 + unserved_m2 - demand_m2).abs() <= tolerance_m2, "{served_m2} + {unserved_m2} of {demand_m2}");
    }

    #[test]
    fn an_audit_looks_the_same_from_the_other_side(before in prop::collection::vec(polygon(), 1..4), after in prop::collection::vec(polygon(), 1..4)) {
        let (before, after) = (layer_of(&before), layer_of(&after));
        let held = |a: &Arc<IndexedLayer>, b: &Arc<IndexedLayer>| {
            audit(a, b, &AuditBy::default(), &Progress::default()).expect("an audit")
        };
        let (there, back) = (held(&before, &after), held(&after, &before));
        let lost = |a: &shanshui::query::Audit| a.lost_m2 + a.slivers_lost_m2;
        let gained = |a: &shanshui::query::Audit| a.gained_m2 + a.slivers_gained_m2;
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * (there.before_m2 + there.after_m2) + 0.01;
        prop_assert!(near(lost(&there), gained(&back)) && near(gained(&there), lost(&back)), "{there:?} {back:?}");
        prop_assert!(near(there.before_m2, back.after_m2) && near(there.after_m2, back.before_m2), "{there:?} {back:?}");
        prop_assert!(near(there.before_m2 - lost(&there) + gained(&there), there.after_m2), "{there:?}");
    }

    #[test]
    fn every_answer_can_be_asked_about((a, b) in layers(), radius_m in 50.0..900.0_f64) {
        let (a, b) = (layer_of(&a), layer_of(&b));
        for (question, reference) in [
            (Question::Overlap, Some(&b)),
            (Question::Gaps { radius_m, min_area_m2: 0.0, people: None }, Some(&b)),
            (Question::Within { distance_m: radius_m, side: Side::Within }, Some(&b)),
            (Question::Nearest { max_m: None }, Some(&b)),
            (Question::Buffer { distance_m: radius_m, dissolve: Dissolve::Each }, None),
            (Question::Buffer { distance_m: radius_m, dissolve: Dissolve::Union }, None),
        ] {
            let back = read(&file(&question, &a, reference));
            let is_left_out = |kind: &ProblemKind| {
                kind.severity() == Severity::LeftOut || matches!(kind, ProblemKind::PartsLeftOut { .. })
            };
            prop_assert!(!back.unusable.iter().any(|unusable| *unusable), "{question:?}");
            prop_assert!(!back.problems.iter().any(|problem| is_left_out(&problem.kind)), "{question:?} {:?}", back.problems);
        }
    }

    /// A turn of longitude is only legal where it leads from one antimeridian to the other.
    #[test]
    fn both_names_of_the_antimeridian_are_one_place(lat in -60.0..60.0_f64, reach in 0.001..0.01_f64, radius_m in 50.0..900.0_f64) {
        let square = |west: f64, east: f64| json!({"type": "Polygon", "coordinates": [[
            [west, lat], [east, lat], [east, lat + reach], [west, lat + reach], [west, lat]
        ]]});
        let homes = [square(-180.0, -180.0 + reach), square(180.0 - reach, 180.0)];
        let at = |lon: f64| [json!({"type": "Point", "coordinates": [lon, lat + reach / 2.0]})];
        same(&asked(&homes, &at(-180.0), radius_m), &asked(&homes, &at(180.0), radius_m), radius_m)?;
    }
}

/// A facility of many corners serves homes on the other side of the antimeridian.
#[test]
fn many_corners_serve_across_the_antimeridian() {
    let unserved_m2 = |west_deg: f64| {
        let corner = |k: i32| {
            let (sin, cos) = (f64::from(k % 600) / 600.0 * std::f64::consts::TAU).sin_cos();
            [west_deg - 0.01 + 0.005 * cos, 30.0 + 0.005 * sin]
        };
        let park = json!({"type": "Polygon", "coordinates": [(0..=600).map(corner).collect::<Vec<_>>()]});
        let east = if west_deg < 180.0 { west_deg } else { west_deg - 360.0 };
        let home = json!({"type": "Polygon", "coordinates": [[
            [east + 0.001, 29.999], [east + 0.004, 29.999], [east + 0.004, 30.001], [east + 0.001, 30.001], [east + 0.001, 29.999]
        ]]});
        gaps(&layer_of(&[home]), &layer_of(&[park]), 750.0)
    };
    let (there, here) = (unserved_m2(180.0), unserved_m2(80.0));
    assert!(there.1 > 0.0 && there.1 < there.0, "{there:?}");
    assert!((there.1 - here.1).abs() < 0.1, "{there:?} {here:?}");
}
