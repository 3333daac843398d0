//! Polygons as they are written: on the grid of nine decimals, valid by OGC's rules there, and cut at the antimeridian.
//!
//! Rounding moves a corner by up to 0.05 mm. Where that lets borders touch or cross that did not, the polygons are joined
//! again on that very grid; what has no extent there goes.

use crate::geodesy::{GridBox, LonLat, groups_apart};
use crate::index::meetings;
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::i_float::int::point::IntPoint;
use rayon::prelude::*;
use std::borrow::Cow;

/// Exterior and holes, not closed, a polygon each.
type Polygons = Vec<Vec<Vec<LonLat>>>;
type Point = IntPoint<i64>;

/// Steps of the grid to a degree: nine decimals.
const STEPS_PER_DEG: f64 = 1e9;
/// 180° in steps.
const HALF_TURN: i64 = 180_000_000_000;
/// 90° in steps.
const POLE: i64 = 90_000_000_000;

/// Polygons with every longitude from -180 to 180: what lies beyond is cut off there and stands on the other side
/// (RFC 7946 §3.1.9).
pub fn within_half_turns(polygons: Polygons) -> Polygons {
    let is_beyond = |p: &LonLat| p.lon.abs() > 180.0;
    if !polygons.iter().flatten().flatten().any(is_beyond) {
        return polygons;
    }
    in_degrees(&cut_at_antimeridian(&on_grid(&polygons)))
}

/// Polygons that are valid once they are written with nine decimals.
///
/// Cost: a sweep over the edges; an overlay where something touches.
pub(crate) fn settled(polygons: &[Vec<Vec<LonLat>>]) -> Cow<'_, [Vec<Vec<LonLat>>]> {
    let grid = on_grid(polygons);
    let is_beyond = grid.iter().flatten().flatten().any(|p| p.x.abs() > HALF_TURN);
    if is_beyond {
        return Cow::Owned(in_degrees(&cut_at_antimeridian(&grid)));
    }
    // Corners that go with a ring or by themselves make them fewer.
    let corners = polygons.iter().flatten().map(Vec::len).sum::<usize>();
    let is_unchanged = grid.iter().flatten().map(Vec::len).sum::<usize>() == corners;
    if !touches(&grid) {
        return if is_unchanged { Cow::Borrowed(polygons) } else { Cow::Owned(in_degrees(&grid)) };
    }
    Cow::Owned(in_degrees(&joined(&grid)))
}

/// Polygons of more corners than this are looked at, and joined, in groups that lie apart, on all cores.
const CORNERS_AT_ONCE: usize = 4_096;
/// Joining moves nothing so far; steps.
const BESIDE: i64 = 4_096;

/// Groups of polygons between which nothing meets; `None` where there is only one, or few corners.
fn apart(polygons: &[Vec<Vec<Point>>]) -> Option<Vec<Vec<&Vec<Vec<Point>>>>> {
    if polygons.iter().flatten().map(Vec::len).sum::<usize>() <= CORNERS_AT_ONCE {
        return None;
    }
    let around = |rings: &Vec<Vec<Point>>| rings.iter().flatten().fold(GridBox::EMPTY, |all, p| all.with([p.x, p.y]));
    let boxes: Vec<GridBox> = polygons.iter().map(around).collect();
    let of_group = |group: Vec<u32>| group.into_iter().map(|i| &polygons[i as usize]).collect();
    Some(groups_apart(&boxes, BESIDE)?.into_iter().map(of_group).collect())
}

/// What polygons cover together.
fn joined(polygons: &[Vec<Vec<Point>>]) -> Vec<Vec<Vec<Point>>> {
    let Some(groups) = apart(polygons) else { return overlay(&oriented(polygons), &[], OverlayRule::Subject) };
    let of_group = |group: Vec<&Vec<Vec<Point>>>| overlay(&oriented(group), &[], OverlayRule::Subject);
    let mut all: Vec<Vec<Vec<Point>>> = groups.into_par_iter().with_max_len(1).flat_map_iter(of_group).collect();
    // As the engine gives them: by the western end of each.
    all.sort_by_cached_key(|rings| rings[0].iter().map(|p| (p.x, p.y)).min());
    all
}

/// Rings on the grid without corners that follow themselves; a hole that has no extent is gone, and a polygon whose
/// exterior has none.
fn on_grid(polygons: &[Vec<Vec<LonLat>>]) -> Vec<Vec<Vec<Point>>> {
    let step = |v: f64| (v * STEPS_PER_DEG).round() as i64;
    let ring = |ring: &Vec<LonLat>| {
        let mut corners: Vec<Point> = ring.iter().map(|p| IntPoint { x: step(p.lon), y: step(p.lat) }).collect();
        corners.dedup();
        while corners.len() > 1 && corners.first() == corners.last() {
            corners.pop();
        }
        corners
    };
    let polygon = |rings: &Vec<Vec<LonLat>>| {
        let mut rings: Vec<Vec<Point>> = rings.iter().map(ring).collect();
        let has_extent = rings.first().is_some_and(|exterior| exterior.len() > 2);
        rings.retain(|ring| ring.len() > 2);
        has_extent.then_some(rings)
    };
    polygons.iter().filter_map(polygon).collect()
}

fn in_degrees(polygons: &[Vec<Vec<Point>>]) -> Polygons {
    let position = |p: &Point| LonLat::new(p.x as f64 / STEPS_PER_DEG, p.y as f64 / STEPS_PER_DEG);
    polygons.iter().map(|rings| rings.iter().map(|ring| ring.iter().map(position).collect()).collect()).collect()
}

/// All rings, exteriors counter-clockwise, holes clockwise.
fn oriented<'p>(polygons: impl IntoIterator<Item = &'p Vec<Vec<Point>>>) -> Vec<Vec<Point>> {
    let turned = |(i, ring): (usize, &Vec<Point>)| {
        let mut ring = ring.clone();
        if (twice_area(&ring) < 0) != (i > 0) {
            ring.reverse();
        }
        ring
    };
    polygons.into_iter().flat_map(|rings| rings.iter().enumerate().map(turned)).collect()
}

fn twice_area(ring: &[Point]) -> i128 {
    let edges = ring.iter().zip(ring.iter().cycle().skip(1));
    edges.map(|(a, b)| i128::from(a.x) * i128::from(b.y) - i128::from(b.x) * i128::from(a.y)).sum()
}

fn cut_at_antimeridian(polygons: &[Vec<Vec<Point>>]) -> Vec<Vec<Vec<Point>>> {
    let rings = oriented(polygons);
    // What winds round the earth meets itself there, and counts once.
    let turned = |by: i64| {
        let moved = move |ring: &Vec<Point>| ring.iter().map(|p| IntPoint { x: p.x + by, y: p.y }).collect();
        rings.iter().map(moved)
    };
    let all: Vec<Vec<Point>> = [-2 * HALF_TURN, 0, 2 * HALF_TURN].into_iter().flat_map(turned).collect();
    let corner = |x: i64, y: i64| IntPoint { x, y };
    let earth =
        vec![corner(-HALF_TURN, -POLE), corner(HALF_TURN, -POLE), corner(HALF_TURN, POLE), corner(-HALF_TURN, POLE)];
    overlay(&all, &[earth], OverlayRule::Intersect)
}

fn overlay(subject: &[Vec<Point>], clip: &[Vec<Point>], rule: OverlayRule) -> Vec<Vec<Vec<Point>>> {
    let options = IntOverlayOptions { ogc: true, ..IntOverlayOptions::keep_output_points() };
    let mut overlay = Overlay::<i64>::from_subj_and_clip_custom(subject, clip, options, Default::default());
    overlay.overlay(rule, FillRule::NonZero)
}

/// True where any two edges touch that do not follow one another, or those that do turn back along one another; also where too
/// many lie side by side to tell.
fn touches(polygons: &[Vec<Vec<Point>>]) -> bool {
    let rings: Vec<&[Point]> = polygons.iter().flatten().map(Vec::as_slice).collect();
    meetings(&rings, 0).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::algorithm::Validation;
    use proptest::prelude::*;

    fn polygons(rings: &[&[(f64, f64)]]) -> Polygons {
        vec![rings.iter().map(|ring| ring.iter().map(|(lon, lat)| LonLat::new(*lon, *lat)).collect()).collect()]
    }

    fn is_valid(polygons: &[Vec<Vec<LonLat>>]) -> bool {
        let ring = |ring: &Vec<LonLat>| geo::LineString::from_iter(ring.iter().map(|p| (p.lon, p.lat)));
        let polygon = |rings: &Vec<Vec<LonLat>>| {
            let mut rings = rings.iter().map(ring);
            geo::Polygon::new(rings.next().expect("an exterior"), rings.collect())
        };
        geo::MultiPolygon::new(polygons.iter().map(polygon).collect()).is_valid()
    }

    #[test]
    fn what_stays_apart_stays_as_it_is() {
        let square = polygons(&[
            &[(1.0, 1.0), (2.0, 1.0), (2.0, 2.0), (1.0, 2.0)],
            &[(1.2, 1.2), (1.2, 1.4), (1.4, 1.4), (1.4, 1.2)],
        ]);
        assert!(matches!(settled(&square), Cow::Borrowed(_)));
    }

    #[test]
    fn rounding_leaves_what_is_valid() {
        let hair = 3e-10;
        for (name, rings, count) in [
            (
                "a needle that closes",
                polygons(&[&[(0., 0.), (1., 0.), (1., 1.), (0.5, 1.), (0.5, 5.), (0.5 + hair, 1.), (0., 1.)]]),
                1,
            ),
            ("all of it a hair", polygons(&[&[(0., 0.), (1., 0.), (1., hair), (0., hair)]]), 0),
            (
                "a waist that closes",
                polygons(&[&[(0., 0.), (1., 1.), (2., 0.), (2., 2.), (1., 1. + hair), (0., 2.)]]),
                2,
            ),
            ("a corner on an edge", polygons(&[&[(0., 0.), (4., 0.), (4., 3.), (2., hair), (0., 3.)]]), 2),
            (
                "a hole that reaches the shell",
                polygons(&[&[(0., 0.), (4., 0.), (4., 4.), (0., 4.)], &[(1., hair), (1., 1.), (2., 1.), (2., hair)]]),
                1,
            ),
            (
                "holes that close",
                polygons(&[
                    &[(0., 0.), (4., 0.), (4., 4.), (0., 4.)],
                    &[(1., 1.), (1., 1. + hair), (2., 1. + hair), (2., 1.)],
                ]),
                1,
            ),
            ("across the antimeridian", polygons(&[&[(179., 0.), (181., 0.), (181., 1.), (179., 1.)]]), 2),
            ("beyond it", polygons(&[&[(181., 0.), (182., 0.), (182., 1.), (181., 1.)]]), 1),
            ("all round the earth and more", polygons(&[&[(-170., 0.), (200., 0.), (200., 1.), (-170., 1.)]]), 1),
        ] {
            let settled = settled(&rings);
            assert_eq!(settled.len(), count, "{name}: {settled:?}");
            assert!(is_valid(&settled), "{name}: {settled:?}");
            assert!(settled.iter().flatten().flatten().all(|p| p.lon.abs() <= 180.0), "{name}");
            assert_eq!(*super::settled(&settled), *settled, "{name}: settled again");
        }
    }

    #[test]
    fn an_area_across_the_antimeridian_keeps_its_ground() {
        let across = polygons(&[&[(179.5, 59.0), (180.5, 59.0), (180.5, 60.0), (179.5, 60.0)]]);
        let area =
            |polygons: &Polygons| polygons.iter().map(|rings| crate::geodesy::ring_area_m2(&rings[0])).sum::<f64>();
        let cut = within_half_turns(across.clone());
        assert_eq!(cut.len(), 2);
        assert!((area(&cut) / area(&across) - 1.0).abs() < 1e-9);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn stars_of_a_few_steps_are_valid(shares in prop::collection::vec(0.0..1.0_f64, 5..40), size in 1e-9..1e-7_f64) {
            let n = shares.len() as f64;
            let corner = |(k, share): (usize, &f64)| {
                let (sin, cos) = (k as f64 / n * std::f64::consts::TAU).sin_cos();
                LonLat::new(121.0 + size * (0.05 + share) * cos, 31.0 + size * (0.05 + share) * sin)
            };
            let star: Polygons = vec![vec![shares.iter().enumerate().map(corner).collect()]];
            prop_assert!(is_valid(&settled(&star)), "{:?}", settled(&star));
        }
    }
}
