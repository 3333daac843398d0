//! Rings and paths: closed, long enough, simple, holes inside their shell, wound by the right-hand rule.
//!
//! A ring may touch itself (OGC calls that invalid too, but its area is not in doubt and it is used);
//! it may not cross itself. Sides are decided exactly.

use super::parts::{Rings, hole_outside, line, plane_about, shared_ground};
use super::sweep::{Work, sweep};
use crate::geodesy::{
    LocalFrame, LonLat, LonLatBox, is_clockwise, ring_area_m2, ring_signed_area_m2, side_of_line as side,
};
use crate::model::{Geometries, GeometryKind, ProblemKind, Severity, Shape};
use geo::geometry::{LineString, MultiPolygon, Polygon};
use geo::{Area, BooleanOps};

/// What was found of one row's geometry.
#[derive(Debug, Default)]
pub struct Checked {
    /// What is wrong.
    pub problems: Vec<ProblemKind>,
    /// Paths of the row, counted through its parts, that are not to be used though the rest is: of parts that are no
    /// areas or paths by themselves, and holes without extent.
    pub left_out: Vec<usize>,
}

/// What is wrong with one row's geometry. Where nothing of it can be used, the first fault is told.
pub(super) fn check(geometries: &Geometries, row: usize) -> Checked {
    let mut checked = match geometries.kind(row).map(GeometryKind::shape) {
        None | Some(Shape::Points) => return Checked::default(),
        Some(Shape::Lines) => check_paths(geometries, row),
        Some(Shape::Polygons) => check_polygons(geometries, row),
    };
    let bounds = geometries.bounds(row);
    if bounds.max.lon - bounds.min.lon > 180.0 && checked.problems.iter().all(|p| p.severity() != Severity::LeftOut) {
        checked.problems.extend(wide_edge(geometries, row));
    }
    checked
}

fn check_paths(geometries: &Geometries, row: usize) -> Checked {
    let paths = || geometries.paths(row).enumerate();
    let left_out: Vec<usize> = paths().filter(|(_, path)| path.len() < 2).map(|(i, _)| i).collect();
    let of = paths().count();
    let problems = match left_out.len() {
        0 => Vec::new(),
        all if all == of => vec![ProblemKind::TooShort],
        count => vec![ProblemKind::PartsLeftOut { count, of, cause: Box::new(ProblemKind::TooShort) }],
    };
    Checked { left_out: if problems == [ProblemKind::TooShort] { Vec::new() } else { left_out }, problems }
}

fn check_polygons(geometries: &Geometries, row: usize) -> Checked {
    let mut checked = Checked::default();
    let mut causes: Vec<ProblemKind> = Vec::new();
    let mut sound: Vec<Rings<'_>> = Vec::new();
    let mut work = Work::of(geometries.positions_of(row).len());
    let (mut badly_wound, mut of, mut first) = (false, 0, 0);
    for part in geometries.parts(row) {
        let rings: Rings<'_> = part.paths().collect();
        let paths = first..first + rings.len();
        first = paths.end;
        of += 1;
        // Holes without extent take nothing away.
        let is_speck = |i: usize| i > 0 && (rings[i].len() < 4 || is_flat(rings[i])) && is_closed(rings[i]);
        let specks: Vec<usize> = (0..rings.len()).filter(|i| is_speck(*i)).collect();
        let used: Rings<'_> = (0..rings.len()).filter(|i| specks.binary_search(i).is_err()).map(|i| rings[i]).collect();
        if let Some(fault) = polygon_fault(&used, &mut work) {
            causes.push(fault);
            checked.left_out.extend(paths);
            continue;
        }
        for speck in specks {
            of += 1;
            causes.push(if rings[speck].len() < 4 { ProblemKind::TooShort } else { ProblemKind::NoArea });
            checked.left_out.push(paths.start + speck);
        }
        badly_wound |= used.iter().enumerate().any(|(i, ring)| match i {
            0 => is_clockwise(ring),
            _ => !is_clockwise(ring) && ring_signed_area_m2(ring) > 0.0,
        });
        sound.push(used);
    }
    if sound.is_empty() {
        return Checked { problems: causes.into_iter().take(1).collect(), left_out: Vec::new() };
    }
    let count = causes.len();
    let told = causes.into_iter().next().map(|cause| ProblemKind::PartsLeftOut { count, of, cause: Box::new(cause) });
    checked.problems.extend(told);
    checked.problems.extend(shared_ground(&sound, &mut work).map(|at| ProblemKind::PartsOverlap { at }));
    checked.problems.extend(work.is_spent().then_some(ProblemKind::NotAllChecked));
    checked.problems.extend(badly_wound.then_some(ProblemKind::WrongWinding));
    checked
}

/// An edge that goes more than half way round the earth, as one does that was not cut at the antimeridian. Those from
/// one antimeridian to the other are the borders of masks of the whole earth.
fn wide_edge(geometries: &Geometries, row: usize) -> Option<ProblemKind> {
    let edges = geometries.paths(row).flat_map(|path| path.windows(2));
    let mut wide = edges.filter(|edge| {
        let degrees = (edge[1].lon - edge[0].lon).abs();
        degrees > 180.0 && degrees < 360.0
    });
    wide.next().map(|edge| ProblemKind::WideEdge { at: edge[0] })
}

fn is_closed(ring: &[LonLat]) -> bool {
    ring.first() == ring.last()
}

fn polygon_fault(rings: &[&[LonLat]], work: &mut Work) -> Option<ProblemKind> {
    if rings.is_empty() {
        return Some(ProblemKind::TooShort);
    }
    for ring in rings {
        if ring.len() >= 2 && !is_closed(ring) {
            return Some(ProblemKind::NotClosed);
        }
        if ring.len() < 4 {
            return Some(ProblemKind::TooShort);
        }
    }
    let swept = sweep(rings, work);
    if let Some(at) = swept.crossing {
        return Some(ProblemKind::SelfIntersection { at });
    }
    // A stretch that two passes share may be a touch or a crossing: that shows in the area.
    if let Some(at) = swept.shared
        && rings.iter().any(|ring| !covers_its_area(&[ring], work))
    {
        return Some(ProblemKind::SelfIntersection { at });
    }
    let area_m2 = || ring_area_m2(rings[0]) - rings[1..].iter().map(|hole| ring_area_m2(hole)).sum::<f64>();
    if (rings.len() > 1 || is_thin(rings[0])) && area_m2() <= NO_AREA_M2 {
        return Some(ProblemKind::NoArea);
    }
    // Nothing crosses, so that any position inside decides.
    if let Some(hole) = hole_outside(rings[0], &rings[1..], work) {
        return Some(ProblemKind::HoleOutside { at: hole[0] });
    }
    if swept.shared.is_some() && !covers_its_area(rings, work) {
        return Some(ProblemKind::HolesOverlap { at: rings[rings.len() - 1][0] });
    }
    let holes: Vec<Rings<'_>> = rings[1..].iter().map(|hole| vec![*hole]).collect();
    shared_ground(&holes, work).map(|at| ProblemKind::HolesOverlap { at })
}

/// Less ground than this is none, m².
const NO_AREA_M2: f64 = 1e-6;

/// True where a ring's area in the plane of its first position does not show at once that it has some.
fn is_thin(ring: &[LonLat]) -> bool {
    let plane = LocalFrame::at(ring[0]);
    let twice: f64 = ring
        .windows(2)
        .map(|edge| {
            let ([ax, ay], [bx, by]) = (plane.to_xy(edge[0]), plane.to_xy(edge[1]));
            ax * by - bx * ay
        })
        .sum();
    twice.abs() < 1.0 || !plane.is_near(&LonLatBox::of(ring))
}

/// True where exterior less holes is what lies inside an odd number of the rings; also where the work does not allow to tell.
fn covers_its_area(rings: &[&[LonLat]], work: &mut Work) -> bool {
    let plane = plane_about(rings);
    let mut lines = rings.iter().map(|ring| line(&plane, ring));
    let Some(shell) = lines.next() else { return true };
    let holes: Vec<LineString> = lines.collect();
    let area = |ring: &LineString| Polygon::new(ring.clone(), Vec::new()).unsigned_area();
    let (outer, inner) = (area(&shell), holes.iter().map(area).sum::<f64>());
    if rings.iter().any(|ring| is_flat(ring)) {
        // Ground that has no width is nobody's; it is told as an area without extent.
        return true;
    }
    if !work.take_union(rings.iter().copied()) {
        return true;
    }
    // geo joins by the even-odd rule.
    let covered = Polygon::new(shell, holes).union(&MultiPolygon::new(Vec::new())).unsigned_area();
    (covered - (outer - inner)).abs() <= 1e-6 * outer + 1e-3
}

/// True where all positions of a ring stand in one line.
fn is_flat(ring: &[LonLat]) -> bool {
    let Some(end) = ring.iter().find(|p| **p != ring[0]) else { return true };
    ring.iter().all(|p| side(ring[0], *end, *p) == 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polygon(rings: &[&[(f64, f64)]]) -> Vec<ProblemKind> {
        let mut g = Geometries::default();
        for ring in rings {
            ring.iter().for_each(|(lon, lat)| g.push_position(LonLat::new(*lon, *lat)));
            g.end_path();
        }
        g.end_part();
        g.end_row(Some(GeometryKind::Polygon));
        check(&g, 0).problems
    }

    #[test]
    fn rings_are_judged() {
        use ProblemKind::{HoleOutside, HolesOverlap, NoArea, NotClosed, SelfIntersection, TooShort, WrongWinding};
        let square: &[(f64, f64)] = &[(0., 0.), (4., 0.), (4., 4.), (0., 4.), (0., 0.)];
        use ProblemKind::WideEdge;
        let at = |lon, lat| LonLat::new(lon, lat);
        let without = |count, of, cause| ProblemKind::PartsLeftOut { count, of, cause: Box::new(cause) };
        type Ring<'a> = &'a [(f64, f64)];
        let cases: Vec<(&str, Vec<Ring<'_>>, Vec<ProblemKind>)> = vec![
            ("a square", vec![square], vec![]),
            ("clockwise", vec![&[(0., 0.), (0., 4.), (4., 4.), (4., 0.), (0., 0.)]], vec![WrongWinding]),
            ("open", vec![&[(0., 0.), (4., 0.), (4., 4.), (0., 4.)]], vec![NotClosed]),
            ("two corners", vec![&[(0., 0.), (4., 0.), (0., 0.)]], vec![TooShort]),
            (
                "a bow tie",
                vec![&[(0., 0.), (2., 2.), (2., 0.), (0., 2.), (0., 0.)]],
                vec![SelfIntersection { at: at(1., 1.) }],
            ),
            (
                "a bow tie crossing at a corner",
                vec![&[(0., 0.), (1., 1.), (2., 2.), (2., 0.), (1., 1.), (0., 2.), (0., 0.)]],
                vec![SelfIntersection { at: at(1., 1.) }],
            ),
            (
                "a corner that touches an edge from inside",
                vec![&[(0., 0.), (4., 0.), (4., 4.), (2., 0.), (0., 4.), (0., 0.)]],
                vec![],
            ),
            (
                "a path through an edge at a corner of its own",
                vec![&[(0., 0.), (4., 0.), (4., 4.), (2., 0.), (1., -2.), (-1., -1.), (0., 0.)]],
                vec![SelfIntersection { at: at(2., 0.) }],
            ),
            ("a spike", vec![&[(0., 0.), (4., 0.), (6., 0.), (4., 0.), (4., 4.), (0., 4.), (0., 0.)]], vec![]),
            ("a hole", vec![square, &[(1., 1.), (1., 2.), (2., 2.), (2., 1.), (1., 1.)]], vec![]),
            ("a hole that touches the shell", vec![square, &[(0., 1.), (1., 2.), (1., 1.), (0., 1.)]], vec![]),
            (
                "a hole outside",
                vec![square, &[(5., 1.), (5., 2.), (6., 2.), (6., 1.), (5., 1.)]],
                vec![HoleOutside { at: at(5., 1.) }],
            ),
            (
                "a bow tie crossing along a stretch",
                vec![&[(0., 0.), (2., 1.), (3., 1.), (5., 2.), (5., 0.), (3., 1.), (2., 1.), (0., 2.), (0., 0.)]],
                vec![SelfIntersection { at: at(2., 1.) }],
            ),
            (
                "a keyhole: a stretch there and back",
                vec![&[
                    (0., 0.),
                    (4., 0.),
                    (4., 4.),
                    (0., 4.),
                    (0., 2.),
                    (1., 2.),
                    (1., 3.),
                    (2., 2.),
                    (1., 1.),
                    (1., 2.),
                    (0., 2.),
                    (0., 0.),
                ]],
                vec![],
            ),
            (
                "a hole twice",
                vec![
                    square,
                    &[(1., 1.), (1., 2.), (2., 2.), (2., 1.), (1., 1.)],
                    &[(1., 1.), (1., 2.), (2., 2.), (2., 1.), (1., 1.)],
                ],
                vec![HolesOverlap { at: at(1., 1.) }],
            ),
            (
                "a hole of another that ends on its sides",
                vec![
                    square,
                    &[(1., 1.), (1., 2.), (2., 2.), (2., 1.), (1., 1.)],
                    &[(1.5, 1.), (1.5, 2.), (3., 2.), (3., 1.), (1.5, 1.)],
                ],
                vec![HolesOverlap { at: at(1.5, 1.) }],
            ),
            (
                "a hole in a bay of the shell, every corner on its border",
                vec![
                    &[(0., 0.), (4., 0.), (4., 4.), (2., 1.), (0., 4.), (0., 0.)],
                    &[(4., 4.), (2., 1.), (0., 4.), (4., 4.)],
                ],
                vec![HoleOutside { at: at(4., 4.) }],
            ),
            (
                "a hole without extent",
                vec![square, &[(1., 1.), (2., 2.), (3., 3.), (1., 1.)]],
                vec![without(1, 2, NoArea)],
            ),
            ("a hole of two corners", vec![square, &[(1., 1.), (2., 2.), (1., 1.)]], vec![without(1, 2, TooShort)]),
            (
                "a mask of the whole earth that begins at a pole",
                vec![
                    &[(180., 90.), (-180., 90.), (-180., -90.), (180., -90.), (180., 90.)],
                    &[(121., 31.), (121., 31.1), (121.1, 31.1), (121., 31.)],
                    &[(122., 31.), (122., 31.1), (122.1, 31.1), (122., 31.)],
                ],
                vec![],
            ),
            (
                "a ring that was not cut at the antimeridian",
                vec![&[(179.9, -1.), (-179.9, -1.), (-179.9, 1.), (179.9, 1.), (179.9, -1.)]],
                vec![WrongWinding, WideEdge { at: at(179.9, -1.) }],
            ),
            (
                "a hole in a hole",
                vec![
                    square,
                    &[(1., 1.), (1., 3.), (3., 3.), (3., 1.), (1., 1.)],
                    &[(1.5, 1.5), (1.5, 2.), (2., 2.), (2., 1.5), (1.5, 1.5)],
                ],
                vec![HolesOverlap { at: at(1.75, 1.75) }],
            ),
            ("a line there and back", vec![&[(0., 0.), (1., 0.), (2., 0.), (0., 0.)]], vec![NoArea]),
            ("all hole", vec![square, &[(0., 0.), (0., 4.), (4., 4.), (4., 0.), (0., 0.)]], vec![NoArea]),
            (
                "a hole across the shell",
                vec![square, &[(3., 1.), (3., 2.), (5., 2.), (5., 1.), (3., 1.)]],
                vec![SelfIntersection { at: at(4., 1.) }],
            ),
        ];
        for (name, rings, expected) in cases {
            let found = polygon(&rings);
            match (&found[..], &expected[..]) {
                ([SelfIntersection { .. }], [SelfIntersection { .. }]) if name.contains("stretch") => {}
                ([SelfIntersection { .. }], [SelfIntersection { at }]) if name.contains("across") => {
                    assert_eq!(at.lon, 4.0, "{name}");
                }
                _ => assert_eq!(found, expected, "{name}"),
            }
        }
    }

    #[test]
    fn many_holes_are_looked_for_in_their_shell() {
        let square = |x: f64, y: f64, a: f64| vec![(x, y), (x, y + a), (x + a, y + a), (x + a, y), (x, y)];
        let mut shell = square(0., 0., 60.);
        shell.reverse();
        // A bay between the holes, so that rays cross the shell more than once.
        shell.splice(1..1, [(29., 0.), (29., 50.), (31., 50.), (31., 0.)]);
        let mut rings = vec![shell];
        rings.extend((0..100).map(|k| square(f64::from(k % 10) * 6. + 2., f64::from(k / 10) * 5. + 1., 1.)));
        let judged = |rings: &[Vec<(f64, f64)>]| polygon(&rings.iter().map(Vec::as_slice).collect::<Vec<_>>());
        assert_eq!(judged(&rings), []);
        for outside in [(29.5, 7.), (70., 7.), (-3., 30.)] {
            rings[77] = square(outside.0, outside.1, 1.);
            assert_eq!(judged(&rings), [ProblemKind::HoleOutside { at: LonLat::new(outside.0, outside.1) }]);
        }
    }

    #[test]
    fn parts_beside_one_another_are_judged() {
        let square = |x: f64, y: f64, a: f64| vec![(x, y), (x + a, y), (x + a, y + a), (x, y + a), (x, y)];
        let turned = |mut ring: Vec<(f64, f64)>| {
            ring.reverse();
            ring
        };
        let speck = vec![(9., 9.), (9.1, 9.), (9.2, 9.), (9., 9.)];
        type Part = Vec<Vec<(f64, f64)>>;
        let many = |shift: f64| -> Vec<Part> {
            let one = |i: i32| vec![square(f64::from(i % 10) * 2. + shift, f64::from(i / 10) * 2., 1.)];
            (0..100).map(one).collect()
        };
        let cases: Vec<(&str, Vec<Part>, &[&str])> = vec![
            ("apart", vec![vec![square(0., 0., 1.)], vec![square(2., 0., 1.)]], &[]),
            ("a corner in common", vec![vec![square(0., 0., 1.)], vec![square(1., 1., 1.)]], &[]),
            ("a side in common", vec![vec![square(0., 0., 1.)], vec![square(1., 0., 1.)]], &[]),
            ("part of a side in common", vec![vec![square(0., 0., 2.)], vec![square(2., 0.5, 1.)]], &[]),
            ("across", vec![vec![square(0., 0., 2.)], vec![square(1., 1., 2.)]], &["parts-overlap"]),
            ("across, ends on sides", vec![vec![square(0., 0., 2.)], vec![square(1., 0., 2.)]], &["parts-overlap"]),
            ("in one another", vec![vec![square(0., 0., 4.)], vec![square(1., 1., 2.)]], &["parts-overlap"]),
            (
                "in one another, the inner one first",
                vec![vec![square(1., 1., 2.)], vec![square(0., 0., 4.)]],
                &["parts-overlap"],
            ),
            ("in a corner", vec![vec![square(0., 0., 4.)], vec![square(0., 0., 2.)]], &["parts-overlap"]),
            ("twice", vec![vec![square(0., 0., 4.)], vec![square(0., 0., 4.)]], &["parts-overlap"]),
            (
                "an island in a lake",
                vec![vec![square(0., 0., 4.), turned(square(1., 1., 2.))], vec![square(1.5, 1.5, 1.)]],
                &[],
            ),
            (
                "a lake filled",
                vec![vec![square(0., 0., 4.), turned(square(1., 1., 2.))], vec![square(1., 1., 2.)]],
                &[],
            ),
            ("a speck", vec![vec![square(0., 0., 4.)], vec![speck.clone()]], &["part-left-out"]),
            ("a part without rings", vec![vec![], vec![square(0., 0., 4.)]], &["part-left-out"]),
            ("specks alone", vec![vec![speck.clone()], vec![speck]], &["no-area"]),
            ("many", many(0.), &[]),
            ("many, twice", [many(0.), many(0.5)].concat(), &["parts-overlap"]),
            ("many in one", [many(0.), vec![vec![square(-1., -1., 30.)]]].concat(), &["parts-overlap"]),
        ];
        for (name, parts, expected) in cases {
            let mut g = Geometries::default();
            for part in &parts {
                for ring in part {
                    ring.iter().for_each(|(lon, lat)| g.push_position(LonLat::new(*lon, *lat)));
                    g.end_path();
                }
                g.end_part();
            }
            g.end_row(Some(GeometryKind::MultiPolygon));
            let checked = check(&g, 0);
            let codes: Vec<&str> = checked.problems.iter().map(ProblemKind::code).collect();
            assert_eq!(codes, expected, "{name}");
            let left = g.without(&[(0, checked.left_out.clone())]);
            if !checked.left_out.is_empty() {
                assert!(check(&left, 0).problems.is_empty() && left.parts(0).count() == 1, "{name}");
            }
        }
    }

    #[test]
    fn a_long_ring_is_swept() {
        // 20,000 corners on a circle, then the same with two corners exchanged.
        let n = 20_000;
        let mut ring: Vec<(f64, f64)> = (0..n)
            .map(|i| (f64::from(i) / f64::from(n) * std::f64::consts::TAU).sin_cos())
            .map(|(s, c)| (c, s))
            .collect();
        ring.push(ring[0]);
        assert_eq!(polygon(&[&ring]), []);
        ring.swap(5_000, 5_003);
        assert!(matches!(polygon(&[&ring])[..], [ProblemKind::SelfIntersection { .. }]));
    }
}
