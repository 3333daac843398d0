//! Every kind of question against a slow answer that shares no code with it: all pairs, no index, dense curves.

use crate::common::{answer, exported, karney, layer_of, number, slow_distance};
use geo::algorithm::{Area, BooleanOps, BoundingRect, Contains};
use geo::geometry::{Coord, LineString, MultiPolygon, Point, Polygon};
use proptest::prelude::*;
use serde_json::{Value, json};
use shanshui::geodesy::{LocalFrame, LonLat, crossing, nearest_on_edge, ring_signed_area_m2};
use shanshui::index::nearest_feature;
use shanshui::query::{Dissolve, Figures, Question, Side};

const CENTER: (f64, f64) = (121.45, 31.35);

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Positions within about 3 km of the centre, on a grid of a centimetre.
fn position() -> impl Strategy<Value = (f64, f64)> {
    let near = -30_000..30_000_i32;
    (near.clone(), near).prop_map(|(x, y)| (CENTER.0 + f64::from(x) * 1e-6, CENTER.1 + f64::from(y) * 1e-6))
}

/// A star-shaped ring about a centre, a hole in some.
fn polygon() -> impl Strategy<Value = Value> {
    (position(), prop::collection::vec(0.4..1.0_f64, 3..12), 0.0005..0.008_f64, any::<bool>(), any::<bool>()).prop_map(
        |((lon, lat), radii, size, hole, clockwise)| {
            let n = radii.len() as f64;
            let ring = |scale: f64, back: bool| {
                let mut ring: Vec<[f64; 2]> = radii
                    .iter()
                    .enumerate()
                    .map(|(i, r)| {
                        let (s, c) = (i as f64 / n * std::f64::consts::TAU).sin_cos();
                        [lon + size * scale * r * c, lat + size * scale * r * s].map(|v| (v * 1e7).round() / 1e7)
                    })
                    .collect();
                if back {
                    ring.reverse();
                }
                ring.push(ring[0]);
                ring
            };
            let mut rings = vec![ring(1.0, clockwise)];
            if hole && radii.len() >= 5 {
                rings.push(ring(0.3, !clockwise));
            }
            json!({"type": "Polygon", "coordinates": rings})
        },
    )
}

fn line() -> impl Strategy<Value = Value> {
    prop::collection::vec(position(), 2..6).prop_map(|path| json!({"type": "LineString", "coordinates": path}))
}

fn point() -> impl Strategy<Value = Value> {
    position().prop_map(|p| json!({"type": "Point", "coordinates": p}))
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![point(), line(), polygon()]
}

fn paths(geometry: &Value) -> Vec<Vec<LonLat>> {
    let position = |v: &Value| LonLat::new(v[0].as_f64().expect("lon"), v[1].as_f64().expect("lat"));
    let path = |v: &Value| v.as_array().expect("a path").iter().map(position).collect::<Vec<_>>();
    let c = &geometry["coordinates"];
    match geometry["type"].as_str() {
        Some("Point") => vec![vec![position(c)]],
        Some("LineString") => vec![path(c)],
        Some("Polygon") => c.as_array().expect("rings").iter().map(path).collect(),
        Some("MultiPolygon") => c
            .as_array()
            .expect("polygons")
            .iter()
            .flat_map(|p| p.as_array().expect("rings").iter().map(path).collect::<Vec<_>>())
            .collect(),
        other => panic!("{other:?}"),
    }
}

/// In lon/lat as a plane, as `geo` sees it.
fn planar(geometry: &Value) -> Option<Polygon> {
    if geometry["type"] != "Polygon" {
        return None;
    }
    let mut rings = paths(geometry)
        .into_iter()
        .map(|r| LineString::new(r.into_iter().map(|p| Coord { x: p.lon, y: p.lat }).collect()));
    let shell = rings.next()?;
    Some(Polygon::new(shell, rings.collect()))
}

/// Distance by all pairs of edges, with containment and crossing decided by `geo`.
fn slow(a: &Value, b: &Value) -> f64 {
    use geo::Intersects;
    let as_geometry = |v: &Value| -> geo::Geometry {
        match v["type"].as_str() {
            Some("Point") => {
                let p = paths(v)[0][0];
                Point::new(p.lon, p.lat).into()
            }
            Some("LineString") => {
                LineString::new(paths(v)[0].iter().map(|p| Coord { x: p.lon, y: p.lat }).collect()).into()
            }
            _ => planar(v).expect("a polygon").into(),
        }
    };
    if as_geometry(a).intersects(&as_geometry(b)) {
        return 0.0;
    }
    let one_way = |from: &Value, to: &Value| {
        let mut best = f64::INFINITY;
        for p in paths(from).into_iter().flatten() {
            for path in paths(to) {
                if path.len() == 1 {
                    best = best.min(karney(p, path[0]));
                }
                for e in path.windows(2) {
                    best = best.min(slow_distance(p, e[0], e[1]));
                }
            }
        }
        best
    };
    one_way(a, b).min(one_way(b, a))
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn nearest_is_the_nearest_of_all(subjects in prop::collection::vec(anything(), 1..5), references in prop::collection::vec(anything(), 1..6)) {
        let (a, b) = (layer_of(&subjects), layer_of(&references));
        let usable: Vec<bool> = b.layer().unusable.iter().map(|u| !u).collect();
        let found = exported(&Question::Nearest { max_m: None }, &a, Some(&b));
        for feature in &found.features {
            let row = match feature.id.as_ref().expect("an id") { geojson::feature::Id::Number(n) => n.as_u64().expect("row") as usize, id => panic!("{id:?}") };
            let wanted = references.iter().zip(&usable).filter(|(_, u)| **u).map(|(r, _)| slow(&subjects[row], r)).fold(f64::INFINITY, f64::min);
            prop_assert!((number(feature, "distance_m") - wanted).abs() < 1e-3, "{} {wanted}", number(feature, "distance_m"));
        }
        // A limit keeps what lies within it, the limit included.
        for feature in &found.features {
            let d = number(feature, "distance_m");
            let some = answer(&Question::Nearest { max_m: Some(d + 1e-3) }, &a, Some(&b));
            prop_assert!(some.summary.matched >= 1);
            let split = answer(&Question::Within { distance_m: d, side: Side::Within }, &a, Some(&b)).summary.matched
                + answer(&Question::Within { distance_m: d, side: Side::Beyond }, &a, Some(&b)).summary.matched;
            prop_assert_eq!(split, found.features.len());
        }
    }
}

/// A wandering path with steps of so many degrees.
fn wandering() -> impl Strategy<Value = Vec<(f64, f64)>> {
    prop::collection::vec((-1.0..1.0_f64, -1.0..1.0_f64), 2..150)
}

proptest! {
    #![proptest_config(config(40))]

    /// Paths of many runs, from the equator to where planes are no longer trusted, from metres to whole countries.
    #[test]
    fn long_paths_are_as_near_as_the_nearest_of_all_their_edges(
        lat in -72.0..72.0_f64, step in -5.0..0.0_f64, apart in 0.0..12.0_f64, ours in wandering(), theirs in wandering(),
    ) {
        let step = 10.0_f64.powf(step) * 0.3;
        let path = |steps: &[(f64, f64)], mut lon: f64| {
            let mut lat = lat;
            let mut position = |(east, north): &(f64, f64)| {
                (lon, lat) = (lon + east * step, (lat + north * step).clamp(-75.0, 75.0));
                [lon, lat].map(|v| (v * 1e9).round() / 1e9)
            };
            steps.iter().map(&mut position).collect::<Vec<_>>()
        };
        let (ours, theirs) = (path(&ours, 121.0), path(&theirs, 121.0 + apart * step));
        let line = |path: &[[f64; 2]]| json!({"type": "LineString", "coordinates": path});
        let (a, b) = (layer_of(&[line(&ours)]), layer_of(&[line(&theirs)]));
        let at = |path: &[[f64; 2]]| path.iter().copied().map(LonLat::from).collect::<Vec<_>>();
        let (ours, theirs) = (at(&ours), at(&theirs));
        let cross = ours.windows(2).any(|e| theirs.windows(2).any(|f| crossing(e[0], e[1], f[0], f[1]).is_some()));
        let one_way = |from: &[LonLat], to: &[LonLat]| {
            let distances = from.iter().flat_map(|p| to.windows(2).map(|e| nearest_on_edge(*p, e[0], e[1], f64::INFINITY)));
            distances.map(|foot| foot.expect("no limit").distance_m).fold(f64::INFINITY, f64::min)
        };
        let wanted = if cross { 0.0 } else { one_way(&ours, &theirs).min(one_way(&theirs, &ours)) };
        let found = nearest_feature(a.layer(), 0, &b, f64::INFINITY).expect("a line").distance_m;
        prop_assert!((found - wanted).abs() < 1e-6, "{found} {wanted}");
        prop_assert!(nearest_feature(a.layer(), 0, &b, wanted * 0.999 - 1e-3).is_none());
    }
}

/// A plane good to 1e-7 over a few kilometres: what the overlay is judged in.
fn plane(geometry: &Value) -> Option<Polygon> {
    let frame = LocalFrame::at(LonLat::new(CENTER.0, CENTER.1));
    let project =
        |line: &LineString| LineString::new(line.coords().map(|c| frame.to_xy(LonLat::new(c.x, c.y)).into()).collect());
    planar(geometry).map(|p| Polygon::new(project(p.exterior()), p.interiors().iter().map(project).collect()))
}

fn geodesic_area(multi: &MultiPolygon) -> f64 {
    let frame = LocalFrame::at(LonLat::new(CENTER.0, CENTER.1));
    let ring = |line: &LineString| {
        let ring: Vec<LonLat> = line.coords().map(|c| frame.to_lon_lat([c.x, c.y])).collect();
        ring_signed_area_m2(&ring).abs()
    };
    multi.iter().map(|p| ring(p.exterior()) - p.interiors().iter().map(ring).sum::<f64>()).sum()
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn overlaps_are_what_geo_cuts(subjects in prop::collection::vec(polygon(), 1..5), references in prop::collection::vec(polygon(), 1..5)) {
        let (a, b) = (layer_of(&subjects), layer_of(&references));
        let found = exported(&Question::Overlap, &a, Some(&b));
        let total = answer(&Question::Overlap, &a, Some(&b));
        let usable = |layer: &shanshui::model::Layer, i: usize| !layer.unusable[i];
        let (mut sum, mut pairs) = (0.0, 0);
        let empty = MultiPolygon::new(Vec::new());
        let union = |geometries: &[Value], layer: &shanshui::model::Layer| {
            geometries.iter().enumerate().filter(|(i, _)| usable(layer, *i)).filter_map(|(_, g)| plane(g)).fold(empty.clone(), |u, p| u.union(&p))
        };
        for (i, s) in subjects.iter().enumerate().filter(|(i, _)| usable(a.layer(), *i)) {
            for (k, r) in references.iter().enumerate().filter(|(k, _)| usable(b.layer(), *k)) {
                let cut = plane(s).expect("polygon").intersection(&plane(r).expect("polygon"));
                let area = geodesic_area(&cut);
                let id = format!("{i}+{k}");
                let ours = found.features.iter().find(|f| f.id == Some(geojson::feature::Id::String(id.clone())));
                match ours {
                    Some(feature) => {
                        prop_assert!((number(feature, "area_m2") - area).abs() <= 1e-6 * area + 2e-3, "{id}: {} {area}", number(feature, "area_m2"));
                        sum += area;
                        pairs += 1;
                    }
                    // A sliver, told apart.
                    None => prop_assert!(area < 1.0 || total.slivers.iter().any(|s| (s.area_m2 - area).abs() < 0.01), "{id}: {area}"),
                }
            }
        }
        let Figures::Overlap { pairs: n, overlap_m2, overlap_union_m2, .. } = total.summary.figures else { panic!("overlap") };
        prop_assert_eq!(n, pairs);
        prop_assert!((overlap_m2 - sum).abs() <= 1e-6 * sum + 0.02);
        let both = union(&subjects, a.layer()).intersection(&union(&references, b.layer()));
        let area = geodesic_area(&both);
        prop_assert!((overlap_union_m2 - area).abs() <= 2e-6 * area + 0.02, "{overlap_union_m2} {area}");
    }

    #[test]
    fn gaps_are_the_places_too_far_from_everything(homes in prop::collection::vec(polygon(), 1..3), parks in prop::collection::vec(anything(), 1..4), radius in 60.0..900.0_f64) {
        let (demand, facilities) = (layer_of(&homes), layer_of(&parks));
        let question = Question::Gaps { radius_m: radius, min_area_m2: 0.0, people: None };
        let found = exported(&question, &demand, Some(&facilities));
        let total = answer(&question, &demand, Some(&facilities));
        let usable = |i: &usize| !facilities.layer().unusable[*i];
        let mut unserved = 0.0;
        for (i, home) in homes.iter().enumerate().filter(|(i, _)| !demand.layer().unusable[*i]) {
            let shape = planar(home).expect("polygon");
            let gap = found.features.iter().find(|f| f.id == Some(geojson::feature::Id::Number(i.into())));
            unserved += gap.map_or(0.0, |f| number(f, "area_m2"));
            let cut: Option<MultiPolygon> = gap.map(|f| {
                let g: geo::Geometry = f.geometry.clone().expect("a geometry").try_into().expect("readable");
                match g { geo::Geometry::Polygon(p) => MultiPolygon::new(vec![p]), geo::Geometry::MultiPolygon(m) => m, other => panic!("{other:?}") }
            });
            // Places of the home on a grid: each is in the gap exactly where it is too far from every facility.
            let b = shape.bounding_rect().expect("not empty");
            for x in 0..7 {
                for y in 0..7 {
                    let p = Point::new(b.min().x + b.width() * (f64::from(x) + 0.37) / 7.0, b.min().y + b.height() * (f64::from(y) + 0.61) / 7.0);
                    if !shape.contains(&p) {
                        continue;
                    }
                    let at = json!({"type": "Point", "coordinates": [p.x(), p.y()]});
                    let nearest = parks.iter().enumerate().filter(|(k, _)| usable(k)).map(|(_, park)| slow(&at, park)).fold(f64::INFINITY, f64::min);
                    // The curve is a polygon within 0.02 % of the radius; a sliver is 0.1 m wide.
                    if (nearest - radius).abs() > radius * 2e-4 + 0.1 {
                        let in_gap = cut.as_ref().is_some_and(|c| c.contains(&p));
                        prop_assert_eq!(in_gap, nearest > radius, "{:?} {} {}", p, nearest, radius);
                    }
                }
            }
        }
        let Figures::Gaps { unserved_m2, demand_m2, covered_share, .. } = total.summary.figures else { panic!("gaps") };
        prop_assert!((unserved_m2 - unserved).abs() < 1e-3);
        prop_assert!((covered_share - (1.0 - unserved_m2 / demand_m2)).abs() < 1e-12);
    }

    #[test]
    fn buffers_hold_what_is_near_and_nothing_else(features in prop::collection::vec(anything(), 1..3), distance in 20.0..2_500.0_f64, probes in prop::collection::vec(position(), 40)) {
        let layer = layer_of(&features);
        let usable: Vec<&Value> = features.iter().enumerate().filter(|(i, _)| !layer.layer().unusable[*i]).map(|(_, f)| f).collect();
        if usable.is_empty() {
            return Ok(());
        }
        let found = exported(&Question::Buffer { distance_m: distance, dissolve: Dissolve::Union }, &layer, None);
        let g: geo::Geometry = found.features[0].geometry.clone().expect("a geometry").try_into().expect("readable");
        let region = match g { geo::Geometry::Polygon(p) => MultiPolygon::new(vec![p]), geo::Geometry::MultiPolygon(m) => m, other => panic!("{other:?}") };
        let nearest = |lon: f64, lat: f64| {
            let at = json!({"type": "Point", "coordinates": [lon, lat]});
            usable.iter().map(|f| slow(&at, f)).fold(f64::INFINITY, f64::min)
        };
        for (lon, lat) in probes {
            let d = nearest(lon, lat);
            if (d - distance).abs() > 2e-4 * distance {
                prop_assert_eq!(region.contains(&Point::new(lon, lat)), d < distance, "{} {}", d, distance);
            }
        }
        // Its corners lie on the true curve.
        for ring in region.iter().map(Polygon::exterior) {
            for c in ring.coords().step_by(7) {
                let d = nearest(c.x, c.y);
                prop_assert!((d - distance).abs() <= 2e-4 * distance + 1e-3, "{d} {distance}");
            }
            // By the right-hand rule.
            prop_assert!(ring.0.len() >= 4 && Polygon::new(ring.clone(), vec![]).signed_area() > 0.0);
        }
        let Figures::Buffer { area_m2 } = answer(&Question::Buffer { distance_m: distance, dissolve: Dissolve::Union }, &layer, None).summary.figures else { panic!("buffer") };
        prop_assert!((number(&found.features[0], "area_m2") / area_m2 - 1.0).abs() < 1e-9);
    }
}

#[test]
fn a_disc_has_the_area_of_a_disc() {
    let point = layer_of(&[json!({"type": "Point", "coordinates": [CENTER.0, CENTER.1]})]);
    for distance in [10.0, 500.0, 2_000.0, 4_000.0, 20_000.0] {
        let Figures::Buffer { area_m2 } =
            answer(&Question::Buffer { distance_m: distance, dissolve: Dissolve::Each }, &point, None).summary.figures
        else {
            panic!("buffer")
        };
        let disc = std::f64::consts::PI * distance * distance;
        assert!((area_m2 / disc - 1.0).abs() < 1e-5, "{distance}: {area_m2} {disc}");
    }
}

#[test]
fn land_that_three_homes_share_is_counted_once() {
    let square = |x: f64| {
        let (a, b) = (121.0 + x, 121.01 + x);
        json!({"type": "Polygon", "coordinates": [[[a, 31.0], [b, 31.0], [b, 31.01], [a, 31.01], [a, 31.0]]]})
    };
    let homes = layer_of(&[square(0.0), square(0.0), square(0.0), square(0.02)]);
    let park = layer_of(&[json!({"type": "Point", "coordinates": [100.0, 20.0]})]);
    let found = answer(&Question::Gaps { radius_m: 500.0, min_area_m2: 0.0, people: None }, &homes, Some(&park));
    let Figures::Gaps { demand_m2, demand_overlap_m2, unserved_m2, .. } = found.summary.figures else { panic!("gaps") };
    assert!((demand_overlap_m2 / (demand_m2 / 4.0) - 1.0).abs() < 1e-6, "{demand_overlap_m2} {demand_m2}");
    assert!((unserved_m2 - demand_m2).abs() < 1e-6);
}

#[test]
fn overlapping_parts_of_a_multipolygon_are_both() {
    let ring = |x: f64| {
        json!([[[121.0 + x, 31.0], [121.01 + x, 31.0], [121.01 + x, 31.01], [121.0 + x, 31.01], [121.0 + x, 31.0]]])
    };
    let both = layer_of(&[json!({"type": "MultiPolygon", "coordinates": [ring(0.0), ring(0.005)]})]);
    let one = layer_of(&[
        json!({"type": "Polygon", "coordinates": [[[121.0, 31.0], [121.015, 31.0], [121.015, 31.01], [121.0, 31.01], [121.0, 31.0]]]}),
    ]);
    let found = answer(&Question::Overlap, &both, Some(&one));
    let Figures::Overlap { overlap_m2, overlap_union_m2, .. } = found.summary.figures else { panic!("overlap") };
    let whole = answer(&Question::Overlap, &one, Some(&one));
    let Figures::Overlap { overlap_m2: area, .. } = whole.summary.figures else { panic!("overlap") };
    assert!(
        (overlap_m2 / area - 1.0).abs() < 1e-6 && (overlap_union_m2 / area - 1.0).abs() < 1e-6,
        "{overlap_m2} {area}"
    );
}

#[test]
fn a_home_in_the_hole_of_a_park_is_served_from_its_rim() {
    let park = layer_of(&[json!({"type": "Polygon", "coordinates": [
        [[121.0, 31.0], [121.05, 31.0], [121.05, 31.05], [121.0, 31.05], [121.0, 31.0]],
        [[121.01, 31.01], [121.01, 31.04], [121.04, 31.04], [121.04, 31.01], [121.01, 31.01]],
    ]})]);
    let home = layer_of(&[
        json!({"type": "Polygon", "coordinates": [[[121.02, 31.02], [121.03, 31.02], [121.03, 31.03], [121.02, 31.03], [121.02, 31.02]]]}),
    ]);
    let share =
        |radius_m: f64| match answer(&Question::Gaps { radius_m, min_area_m2: 0.0, people: None }, &home, Some(&park))
            .summary
            .figures
        {
            Figures::Gaps { covered_share, .. } => covered_share,
            _ => panic!("gaps"),
        };
    // The home begins 955 m from the rim of the hole to the west, 1,109 m to the south.
    assert_eq!(share(950.0), 0.0);
    assert!((0.1..0.5).contains(&share(1_100.0)), "{}", share(1_100.0));
    assert_eq!(share(1_700.0), 1.0);
}

#[test]
fn nothing_to_compare_with_is_an_answer() {
    let (homes, empty) = (
        layer_of(&[
            json!({"type": "Polygon", "coordinates": [[[121.0, 31.0], [121.01, 31.0], [121.01, 31.01], [121.0, 31.0]]]}),
        ]),
        layer_of(&[]),
    );
    let gaps = answer(&Question::Gaps { radius_m: 500.0, min_area_m2: 0.0, people: None }, &homes, Some(&empty));
    assert_eq!(gaps.summary.matched, 1);
    assert_eq!(
        answer(&Question::Within { distance_m: 1.0, side: Side::Within }, &homes, Some(&empty)).summary.matched,
        0
    );
    assert_eq!(
        answer(&Question::Within { distance_m: 1.0, side: Side::Beyond }, &homes, Some(&empty)).summary.matched,
        1
    );
    assert_eq!(answer(&Question::Overlap, &homes, Some(&empty)).summary.matched, 0);
    assert_eq!(
        answer(&Question::Buffer { distance_m: 1.0, dissolve: Dissolve::Union }, &empty, None).features.len(),
        0
    );
}

/// Defects that an adversarial trial found before the first release, each with the input that showed it.
mod found_by_trial {
    use super::*;

    fn square(lon: f64, lat: f64, size: f64) -> Value {
        json!([[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]])
    }

    #[test]
    fn repeated_holes_are_named_and_left_out() {
        let block = json!({"type": "Polygon", "coordinates": [square(121.4, 31.4, 0.01), square(121.402, 31.402, 0.006), square(121.402, 31.402, 0.006)]});
        let (block, cover) =
            (layer_of(&[block]), layer_of(&[json!({"type": "Polygon", "coordinates": [square(121.39, 31.39, 0.03)]})]));
        let found = answer(&Question::Overlap, &block, Some(&cover));
        assert_eq!((found.summary.matched, found.summary.left_out), (0, 1));
        assert_eq!(found.left_out[0].reason.code(), "holes-overlap");
    }

    #[test]
    fn a_block_without_extent_leaves_the_totals_whole() {
        let flat =
            json!({"type": "Polygon", "coordinates": [[[121.4, 31.3], [121.41, 31.3], [121.42, 31.3], [121.4, 31.3]]]});
        let block = json!({"type": "Polygon", "coordinates": [square(121.5, 31.3, 0.01)]});
        let (homes, park) =
            (layer_of(&[flat, block]), layer_of(&[json!({"type": "Point", "coordinates": [121.505, 31.3]})]));
        let found = answer(
            &Question::Gaps { radius_m: 300.0, min_area_m2: 0.0, people: Some("name".into()) },
            &homes,
            Some(&park),
        );
        assert_eq!(found.left_out[0].reason.code(), "no-area");
        let Figures::Gaps { people_unserved, covered_share, .. } = found.summary.figures else { panic!("gaps") };
        assert!(people_unserved.expect("asked for").is_finite() && covered_share.is_finite());
    }

    #[test]
    fn an_empty_demand_has_nothing_to_say() {
        let (homes, park) = (layer_of(&[]), layer_of(&[json!({"type": "Point", "coordinates": [121.5, 31.3]})]));
        let found = answer(
            &Question::Gaps { radius_m: 300.0, min_area_m2: 0.0, people: Some("pop".into()) },
            &homes,
            Some(&park),
        );
        let Figures::Gaps { demand_overlap_m2, .. } = found.summary.figures else { panic!("gaps") };
        assert!(demand_overlap_m2.is_sign_positive());
    }

    #[test]
    fn pairs_never_share_an_id() {
        let feature = |id: Value| json!({"type": "Feature", "id": id, "properties": {}, "geometry": {"type": "Polygon", "coordinates": [square(121.4, 31.4, 0.01)]}});
        let text = json!({"type": "FeatureCollection", "features": [feature(json!(1)), feature(json!("1")), feature(json!(2))]}).to_string();
        let layer = std::sync::Arc::new(shanshui::index::IndexedLayer::new(std::sync::Arc::new(crate::common::read(
            text.as_bytes(),
        ))));
        let found = exported(&Question::Overlap, &layer, Some(&layer));
        let ids: std::collections::HashSet<String> = found.features.iter().map(|f| format!("{:?}", f.id)).collect();
        assert_eq!((found.features.len(), ids.len()), (9, 9));
        assert!(found.features.iter().all(|f| number(f, "share") <= 1.0));
    }
}
