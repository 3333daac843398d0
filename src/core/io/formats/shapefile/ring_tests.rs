//! Tests of the grouping of rings, and of what it costs.

use super::rings::Grouping;
use proptest::strategy::Strategy;
use std::ops::Range;

type Ring = Vec<[f64; 2]>;

/// A square, clockwise.
fn square(x: f64, y: f64, side: f64) -> Ring {
    vec![[x, y], [x, y + side], [x + side, y + side], [x + side, y], [x, y]]
}

fn turned(mut ring: Ring) -> Ring {
    ring.reverse();
    ring
}

/// Rings as numbers: each exterior ring with its holes; and whether all were told.
fn grouped(rings: &[Ring]) -> (Vec<Vec<u32>>, bool) {
    let mut end = 0;
    let range = |ring: &Ring| {
        end += ring.len();
        end - ring.len()..end
    };
    let ranges: Vec<Range<usize>> = rings.iter().map(range).collect();
    let mut grouping = Grouping::default();
    grouping.group(&rings.concat(), &ranges);
    let mut groups: Vec<Vec<u32>> = Vec::new();
    for ring in &grouping.order {
        if grouping.shell_of[*ring as usize] == *ring {
            groups.push(Vec::new());
        }
        groups.last_mut().expect("an exterior ring comes first").push(*ring);
    }
    (groups, grouping.is_certain)
}

#[test]
fn rings_are_grouped_by_containment() {
    let big = || square(0., 0., 100.);
    let far = || square(1000., 0., 100.);
    let hole = || square(10., 10., 10.);
    let cases: Vec<(&str, Vec<Ring>, Vec<Vec<u32>>)> = vec![
        ("as ESRI writes them", vec![big(), turned(hole())], vec![vec![0, 1]]),
        ("both clockwise", vec![big(), hole()], vec![vec![0, 1]]),
        ("both counterclockwise", vec![turned(big()), turned(hole())], vec![vec![0, 1]]),
        ("directions exchanged", vec![turned(big()), hole()], vec![vec![0, 1]]),
        ("the hole before its shell", vec![turned(hole()), big()], vec![vec![1, 0]]),
        ("a hole behind another shell", vec![big(), far(), turned(hole())], vec![vec![0, 2], vec![1]]),
        ("a hole of the last shell", vec![turned(square(1010., 10., 5.)), big(), far()], vec![vec![1], vec![2, 0]]),
        ("two shells", vec![big(), far()], vec![vec![0], vec![1]]),
        (
            "an island in a hole",
            vec![big(), turned(square(10., 10., 50.)), square(20., 20., 10.)],
            vec![vec![0, 1], vec![2]],
        ),
        (
            "a hole in an island in a hole",
            vec![square(21., 21., 2.), square(20., 20., 10.), square(10., 10., 50.), big()],
            vec![vec![1, 0], vec![3, 2]],
        ),
        (
            "a hole that touches its shell in a corner",
            vec![big(), turned(vec![[0., 0.], [5., 2.], [2., 5.], [0., 0.]])],
            vec![vec![0, 1]],
        ),
        ("a hole with one side on its shell", vec![big(), turned(square(0., 10., 10.))], vec![vec![0, 1]]),
        (
            "a hole with all corners on its shell",
            vec![big(), turned(vec![[0., 50.], [50., 100.], [100., 50.], [50., 0.], [0., 50.]])],
            vec![vec![0, 1]],
        ),
        ("shells side by side", vec![big(), square(100., 0., 100.)], vec![vec![0], vec![1]]),
        ("shells that touch in a corner", vec![big(), square(100., 100., 100.)], vec![vec![0], vec![1]]),
        ("shells that overlap", vec![big(), square(90., 20., 50.)], vec![vec![0], vec![1]]),
        (
            "a shell in the envelope of another",
            vec![vec![[0., 0.], [0., 100.], [100., 100.], [0., 0.]], square(60., 10., 20.)],
            vec![vec![0], vec![1]],
        ),
        ("the same ring twice", vec![big(), big()], vec![vec![0], vec![1]]),
        ("the same ring turned", vec![big(), turned(big())], vec![vec![0, 1]]),
        (
            "a hole that sticks out",
            vec![big(), vec![[50., 50.], [60., 50.], [60., 60.], [101., 55.], [50., 61.], [50., 50.]]],
            vec![vec![0, 1]],
        ),
        ("open rings", vec![big()[..4].to_vec(), hole()[..4].to_vec()], vec![vec![0, 1]]),
    ];
    for (what, rings, expected) in cases {
        assert_eq!(grouped(&rings), (expected.clone(), true), "{what}");
        // Far from the origin, as in Gauss–Krüger with zone numbers.
        let moved: Vec<Ring> = rings
            .iter()
            .map(|ring| ring.iter().map(|[x, y]| [x + 40_512_345.678, y + 3_456_789.012]).collect())
            .collect();
        assert_eq!(grouped(&moved), (expected, true), "{what}, moved");
    }
}

fn circle(x: f64, y: f64, radius: f64, places: usize) -> Ring {
    let angle = |at: usize| at as f64 / places as f64 * std::f64::consts::TAU;
    let mut ring: Ring = (0..places).map(|at| [x + radius * angle(at).cos(), y + radius * angle(at).sin()]).collect();
    ring.push(ring[0]);
    ring
}

#[test]
fn many_rings_do_not_take_quadratic_time() {
    let start = std::time::Instant::now();
    // A shell of 200,000 places with 40,000 holes.
    let mut rings = vec![circle(0., 0., 1000., 200_000)];
    rings.extend((0..40_000).map(|at| square(f64::from(at % 200) * 6. - 600., f64::from(at / 200) * 6. - 600., 5.)));
    let (groups, is_certain) = grouped(&rings);
    assert!(groups.len() == 1 && groups[0].len() == 40_001 && is_certain);
    // 40,000 shells beside each other, in one row and in a square.
    for across in [200, 40_000] {
        let at = |at: i32| square(f64::from(at % across) * 6., f64::from(at / across) * 6., 5.);
        let rings: Vec<Ring> = (0..40_000).map(at).collect();
        assert_eq!(grouped(&rings).0.len(), 40_000);
    }
    // 12,000 rings one in another: each second is a hole of the one before.
    let rings: Vec<Ring> =
        (0..12_000).map(|at| square(f64::from(at), f64::from(at), 24_001. - 2. * f64::from(at))).collect();
    let (groups, is_certain) = grouped(&rings);
    assert!(is_certain && groups.len() == 6000 && groups.iter().all(|group| group.len() == 2));
    assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
}

#[test]
fn hostile_rings_are_given_up_in_time() {
    // A megabyte of rings that all cross: long thin combs within each other's envelopes.
    for (rings, places) in [(12_000, 5), (600, 100), (100, 600), (10, 6000)] {
        let ring = |number: usize| -> Ring {
            let at = number as f64 / rings as f64;
            let place = |place: usize| {
                let x = place as f64 / places as f64 * 1000.;
                [x + at, if place.is_multiple_of(2) { at } else { 1000. - at } + x * 1e-3]
            };
            (0..places).map(place).collect()
        };
        let rings: Vec<Ring> = (0..rings).map(ring).collect();
        let start = std::time::Instant::now();
        let (groups, _) = grouped(&rings);
        assert!(!groups.is_empty());
        assert!(start.elapsed().as_secs_f64() < 2.5, "{} rings of {places}: {:?}", rings.len(), start.elapsed());
    }
}

/// A ring of a few places, with repeats and crossings.
fn ring() -> impl proptest::strategy::Strategy<Value = Ring> {
    proptest::collection::vec((-9..9_i32, -9..9_i32).prop_map(|(x, y)| [f64::from(x), f64::from(y)]), 3..8)
}

proptest::proptest! {
    /// Whatever the rings, each is given once and the order is of shells with their holes.
    #[test]
    fn every_ring_is_given_once(rings in proptest::collection::vec(ring(), 1..30)) {
        let (groups, _) = grouped(&rings);
        let mut given: Vec<u32> = groups.concat();
        given.sort_unstable();
        assert_eq!(given, (0..rings.len() as u32).collect::<Vec<_>>());
    }
}
