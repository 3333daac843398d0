//! Every construction against what it must leave: areas that add up, corners that stay, geo's own judgement.

use super::*;
use crate::geodesy::{path_length_m, ring_area_m2};
use crate::model::Edited;
use proptest::prelude::*;

fn at(x: f64, y: f64) -> LonLat {
    LonLat::new(121.0 + x * 1e-3, 31.0 + y * 1e-3)
}

fn path(corners: &[(f64, f64)]) -> Vec<LonLat> {
    corners.iter().map(|(x, y)| at(*x, *y)).collect()
}

fn ring(corners: &[(f64, f64)]) -> Vec<LonLat> {
    closed(path(corners))
}

fn polygon(rings: Vec<Vec<LonLat>>) -> Geometry {
    Geometry { kind: GeometryKind::Polygon, parts: vec![rings] }
}

fn square(x: f64, y: f64, side: f64) -> Geometry {
    polygon(vec![ring(&[(x, y), (x + side, y), (x + side, y + side), (x, y + side)])])
}

fn line(corners: &[(f64, f64)]) -> Geometry {
    Geometry { kind: GeometryKind::LineString, parts: vec![vec![path(corners)]] }
}

fn ground_m2(geometry: &Geometry) -> f64 {
    polygons_area_m2(&geometry.parts.iter().map(|part| open(part)).collect::<Vec<_>>())
}

fn is_sound(geometry: &Geometry) -> bool {
    matches!(made(geometry, &[]), Ok(Edited::Feature(layer, _)) if !layer.unusable[0])
}

#[test]
fn a_line_splits_what_it_goes_through() {
    let whole = square(0.0, 0.0, 8.0);
    let halves = split(&whole, &path(&[(-1.0, 4.0), (9.0, 4.0)]));
    assert_eq!(halves.len(), 2);
    assert!((halves.iter().map(ground_m2).sum::<f64>() / ground_m2(&whole) - 1.0).abs() < 1e-7);
    // An S goes through four times.
    let pieces = split(&whole, &path(&[(-1.0, 2.0), (9.0, 2.0), (9.0, 4.0), (-1.0, 4.0), (-1.0, 6.0), (9.0, 6.0)]));
    assert_eq!(pieces.len(), 4);
    // Ends inside cut nothing.
    assert!(split(&whole, &path(&[(1.0, 4.0), (7.0, 4.0)])).is_empty());
    // Through a hole.
    let ringed = polygon(vec![whole.parts[0][0].clone(), ring(&[(3.0, 3.0), (3.0, 5.0), (5.0, 5.0), (5.0, 3.0)])]);
    let halves = split(&ringed, &path(&[(4.0, -1.0), (4.0, 9.0)]));
    assert_eq!(halves.len(), 2);
    assert!(halves.iter().all(is_sound));
    // Only the part that it meets.
    let two = Geometry {
        kind: GeometryKind::MultiPolygon,
        parts: [whole, square(20.0, 0.0, 2.0)].map(|g| g.parts[0].clone()).to_vec(),
    };
    assert_eq!(split(&two, &path(&[(-1.0, 4.0), (9.0, 4.0)])).len(), 2);
    let river = line(&[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0)]);
    let pieces = split(&river, &path(&[(2.0, -1.0), (2.0, 1.0), (5.0, 2.0)]));
    assert_eq!(pieces.len(), 3);
    let sum: f64 = pieces.iter().map(|p| path_length_m(&p.parts[0][0])).sum();
    assert!((sum - path_length_m(&river.parts[0][0])).abs() < 1e-3);
}

#[test]
fn parts_that_a_line_does_not_cut_stay_one_feature() {
    let squares = [square(0.0, 0.0, 8.0), square(20.0, 0.0, 2.0), square(30.0, 0.0, 3.0), square(40.0, 0.0, 6.0)];
    let many =
        Geometry { kind: GeometryKind::MultiPolygon, parts: squares.iter().map(|g| g.parts[0].clone()).collect() };
    // Through the first; through the first and the last; past all of them, and into one of them only.
    let (one, two) = (path(&[(-1.0, 3.0), (9.0, 3.0)]), path(&[(-1.0, 3.0), (50.0, 5.0)]));
    for (line, pieces, with_largest) in [
        (&one, 2, 4),
        (&two, 4, 3),
        (&path(&[(-1.0, 9.0), (50.0, 9.0)]), 0, 0),
        (&path(&[(-1.0, 1.0), (4.0, 1.0)]), 0, 0),
    ] {
        let cut = split(&many, line);
        assert_eq!((cut.len(), cut.first().map_or(0, |g| g.parts.len())), (pieces, with_largest));
        assert!(cut.iter().skip(1).all(|g| g.parts.len() == 1) && cut.iter().all(is_sound));
        let whole: f64 = cut.iter().map(ground_m2).sum();
        assert!(cut.is_empty() || (whole / ground_m2(&many) - 1.0).abs() < 1e-7);
    }
    // A part that is not cut keeps every position.
    assert_eq!(split(&many, &one)[0].parts[1..], many.parts[1..]);
    // Paths alike: the longest piece keeps those that were not cut.
    let rivers = Geometry {
        kind: GeometryKind::MultiLineString,
        parts: [[(0.0, 0.0), (8.0, 0.0)], [(0.0, 2.0), (1.0, 2.0)], [(0.0, 4.0), (9.0, 4.0)]]
            .map(|corners| vec![path(&corners)])
            .to_vec(),
    };
    let cut = split(&rivers, &path(&[(5.0, -1.0), (5.0, 1.0)]));
    assert_eq!(cut.iter().map(|g| g.parts.len()).collect::<Vec<_>>(), [3, 1]);
    assert_eq!(cut[0].parts[1..], rivers.parts[1..]);
    assert!(split(&rivers, &path(&[(5.0, 5.0), (5.0, 6.0)])).is_empty());
}

#[test]
fn areas_are_joined_and_taken_away() {
    let (a, b) = (square(0.0, 0.0, 4.0), square(4.0, 0.0, 4.0));
    let both = merged(&[a.clone(), b.clone()]).expect("two squares");
    assert_eq!((both.kind, both.parts[0].len()), (GeometryKind::Polygon, 1), "no seam");
    assert!((ground_m2(&both) / (ground_m2(&a) + ground_m2(&b)) - 1.0).abs() < 1e-7);
    let left = without(&both, std::slice::from_ref(&b)).expect("the first");
    assert!((ground_m2(&left) / ground_m2(&a) - 1.0).abs() < 1e-7);
    assert_eq!(without(&a, &[both]), None);
    assert_eq!(merged(&[a, line(&[(0.0, 0.0), (1.0, 1.0)])]), None);
}

#[test]
fn a_border_is_led_along_a_line() {
    let whole = square(0.0, 0.0, 8.0);
    // A bulge outward on the right side.
    let bulge = reshaped(&whole, &path(&[(7.0, 2.0), (9.0, 2.0), (9.0, 6.0), (7.0, 6.0)])).expect("two crossings");
    let more = ground_m2(&square(8.0, 2.0, 1.0)) * 4.0;
    assert!((ground_m2(&bulge) - ground_m2(&whole) - more).abs() < more * 1e-3);
    assert!(is_sound(&bulge));
    // A bite out of it, over the ring's first corner.
    let bite = reshaped(&whole, &path(&[(-1.0, 2.0), (2.0, 2.0), (2.0, -1.0)])).expect("two crossings");
    assert!((ground_m2(&whole) - ground_m2(&bite) - ground_m2(&square(0.0, 0.0, 2.0))).abs() < 1.0);
    assert!(is_sound(&bite));
    assert_eq!(reshaped(&whole, &path(&[(2.0, 2.0), (9.0, 2.0)])), None);
    let river = line(&[(0.0, 0.0), (8.0, 0.0)]);
    let bend = reshaped(&river, &path(&[(2.0, -1.0), (2.0, 1.0), (4.0, 1.0), (4.0, -1.0)])).expect("two crossings");
    assert_eq!(
        bend.parts[0][0],
        path(&[(0.0, 0.0), (2.0, 0.0), (2.0, 1.0), (4.0, 1.0), (4.0, 0.0), (8.0, 0.0)])
            .into_iter()
            .map(rounded_position)
            .collect::<Vec<_>>()
    );
}

#[test]
fn holes_lie_inside_and_parts_beside() {
    let whole = square(0.0, 0.0, 8.0);
    let pierced = with_hole(&whole, &ring(&[(2.0, 2.0), (4.0, 2.0), (4.0, 4.0), (2.0, 4.0)])).expect("inside");
    assert_eq!(pierced.parts[0].len(), 2);
    assert!((ground_m2(&whole) - ground_m2(&pierced) - ground_m2(&square(2.0, 2.0, 2.0))).abs() < 0.1);
    assert_eq!(with_hole(&whole, &ring(&[(7.0, 2.0), (9.0, 2.0), (9.0, 4.0)])), None);
    let two = with_part(&whole, &square(20.0, 0.0, 2.0)).expect("beside");
    assert_eq!((two.kind, two.parts.len()), (GeometryKind::MultiPolygon, 2));
    assert_eq!(with_part(&whole, &square(4.0, 4.0, 8.0)), None);
    assert_eq!(with_part(&whole, &square(8.0, 0.0, 8.0)).expect("it touches").kind, GeometryKind::Polygon);
}

#[test]
fn turning_keeps_lengths() {
    let whole = square(0.0, 0.0, 8.0);
    let center = at(4.0, 4.0);
    let turned = rotated(&whole, center, 30.0);
    assert!((ring_area_m2(&turned.parts[0][0]) / ring_area_m2(&whole.parts[0][0]) - 1.0).abs() < 1e-6);
    let back = rotated(&turned, center, -30.0);
    for (a, b) in whole.parts[0][0].iter().zip(&back.parts[0][0]) {
        assert!(distance_m(*a, *b) < 1e-3);
    }
    let angle = azimuth_deg(center, turned.parts[0][0][0]) - azimuth_deg(center, whole.parts[0][0][0]);
    assert!((angle.rem_euclid(360.0) - 30.0).abs() < 1e-4, "{angle}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the line: the pieces are sound, do not overlap, and make up the whole.
    #[test]
    fn pieces_make_up_the_whole(cut in prop::collection::vec((-20_i32..100, -20_i32..100), 2..7), spikes in prop::collection::vec(5_i32..40, 8)) {
        let corner = |(k, r): (usize, &i32)| {
            let turn = std::f64::consts::TAU * k as f64 / 8.0;
            (4.0 + f64::from(*r) / 10.0 * turn.cos(), 4.0 + f64::from(*r) / 10.0 * turn.sin())
        };
        let star = polygon(vec![ring(&spikes.iter().enumerate().map(corner).collect::<Vec<_>>())]);
        let cut: Vec<LonLat> = cut.iter().map(|(x, y)| at(f64::from(*x) / 10.0, f64::from(*y) / 10.0)).collect();
        let pieces = split(&star, &cut);
        prop_assert!(pieces.len() != 1);
        if pieces.len() >= 2 {
            let sum: f64 = pieces.iter().map(ground_m2).sum();
            prop_assert!((sum / ground_m2(&star) - 1.0).abs() < 1e-5, "{} {}", sum, ground_m2(&star));
            prop_assert!((ground_m2(&merged(&pieces).expect("the whole")) / ground_m2(&star) - 1.0).abs() < 1e-5);
        }
    }

    /// No corner that is left out lies further away than the tolerance.
    #[test]
    fn simpler_lines_stay_near(bends in prop::collection::vec(-30_i32..30, 3..40), tolerance in 1.0..200.0_f64) {
        let wavy = line(&bends.iter().enumerate().map(|(i, y)| (i as f64, f64::from(*y) / 20.0)).collect::<Vec<_>>());
        let simple = simplified(&wavy, tolerance);
        let (own, kept) = (&wavy.parts[0][0], &simple.parts[0][0]);
        prop_assert!(kept.iter().all(|p| own.contains(p)));
        for p in own {
            let away = kept.windows(2).map(|e| {
                let foot = crate::geodesy::nearest_on_edge(*p, e[0], e[1], f64::INFINITY);
                foot.map_or(f64::MAX, |foot| foot.distance_m)
            }).fold(f64::MAX, f64::min);
            prop_assert!(away <= tolerance * 1.001 + 1e-3, "{away} {tolerance}");
        }
    }
}

#[test]
fn parts_of_an_area_are_features_that_measure_what_the_area_does() {
    use crate::query::{inspect, measured_inside, union_area_m2};
    let parts = [square(0.0, 0.0, 4.0), square(10.0, 0.0, 4.0), square(0.0, 10.0, 4.0)];
    let whole = merged(&parts).expect("an area");
    let (one, several) = (layer_of(&whole).expect("a layer"), layer_of_parts(&whole).expect("a layer"));
    assert_eq!((one.feature_count(), several.feature_count()), (1, 3));
    let (one, several) = (Arc::new(one), Arc::new(several));
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * a.abs().max(1.0);
    let progress = crate::progress::Progress::default();
    let area =
        |layer| union_area_m2(&[Arc::clone(layer)], (&crate::query::Here, &progress)).expect("nobody stopped it");
    assert!(near(area(&one), area(&several)));
    // Wholly inside, across a border, across two parts, outside; and two that lie on one another.
    let fields = [
        square(1.0, 1.0, 1.0),
        square(3.0, 3.0, 2.0),
        square(2.0, -1.0, 10.0),
        square(20.0, 20.0, 1.0),
        square(0.5, 0.5, 1.0),
    ];
    let layers: Vec<Arc<IndexedLayer>> = fields.iter().filter_map(layer_of).map(Arc::new).collect();
    let m2 = |inside: crate::query::Inside| inside.area_m2.expect("areas");
    let progress = Progress::default();
    let with_role: Vec<_> = layers.iter().map(|layer| (crate::model::Role::Farmland, Arc::clone(layer))).collect();
    let inspected = inspect(&one, &with_role, &progress).expect("a zone");
    let [of_one, of_several] =
        [&one, &several].map(|zone| m2(measured_inside(zone, &layers, &progress).expect("a zone")));
    assert!(near(of_one, m2(inspected.layers["farmland"].inside)));
    assert!(near(of_one, of_several), "{of_one} {of_several}");
    // Against geometry made by hand: the ground of all fields together inside the three squares.
    let all = merged(&fields).expect("an area");
    let outside = without(&all, &parts).expect("something lies outside");
    let expected = ground_m2(&all) - ground_m2(&outside);
    assert!((of_one / expected - 1.0).abs() < 1e-5, "{of_one} {expected}");
}
