//! Areas made valid: borders that cross themselves cut where they cross, holes taken out of their shells, parts joined.

use super::overlay::{Contour, Operation, Plane, Polygons, Winding, overlay};
use crate::geodesy::{LonLat, path_length_m, ring_area_m2};
use crate::io::geojson::{rounded_position, settled};
use crate::model::{Geometry, GeometryKind, Shape};

/// Pieces with less ground than this are rounding, m²; and those thinner than this, metres.
const NOTHING_M2: f64 = 1e-6;
const NOTHING_M: f64 = 5e-4;

/// The areas that a polygon's borders go round, as polygons whose borders do not cross: what a shell winds round (however
/// often) without what its holes wind round, parts joined. `None` for what is no area, or has none.
///
/// Corners that stay keep their positions to a billionth of a degree.
pub fn repaired(geometry: &Geometry) -> Option<Geometry> {
    if geometry.kind.shape() != Shape::Polygons {
        return None;
    }
    let plane = Plane::about(&geometry.bounds());
    let ground = |ring: &Vec<LonLat>| -> Vec<Contour> {
        let contour = plane.contour(ring, Winding::CounterClockwise);
        overlay(&[contour], &[], Operation::Union).concat()
    };
    let mut all: Vec<Contour> = Vec::new();
    for part in &geometry.parts {
        let Some(shell) = part.first() else { continue };
        let holes: Vec<Contour> = part[1..].iter().flat_map(ground).collect();
        let shell = ground(shell);
        all.extend(match holes.is_empty() {
            true => shell,
            false => overlay(&shell, &holes, Operation::Difference).concat(),
        });
    }
    as_written(plane.overlay(&all, &[], Operation::Union))
}

/// Polygons as they are written: rounded, closed, without borders that rounding lets touch, and rings and parts of which it leaves
/// nothing. `None` where nothing is left.
pub(super) fn as_written(polygons: Polygons) -> Option<Geometry> {
    // What is thinner than a few steps of rounding may fold.
    let stays = |ring: &Vec<LonLat>| {
        let area_m2 = ring_area_m2(ring);
        ring.len() >= 4 && area_m2 > NOTHING_M2 && 2.0 * area_m2 / path_length_m(ring) > NOTHING_M
    };
    let mut parts = Vec::new();
    for rings in settled(&polygons).into_owned() {
        let mut rings = rings.into_iter().map(closed);
        if let Some(shell) = rings.next().filter(&stays) {
            parts.push(std::iter::once(shell).chain(rings.filter(&stays)).collect::<Vec<_>>());
        }
    }
    let kind = match parts.len() {
        0 => return None,
        1 => GeometryKind::Polygon,
        _ => GeometryKind::MultiPolygon,
    };
    Some(Geometry { kind, parts })
}

/// A ring as it is written: rounded, its first position repeated.
pub(super) fn closed(ring: Vec<LonLat>) -> Vec<LonLat> {
    let mut ring: Vec<LonLat> = ring.into_iter().map(rounded_position).collect();
    ring.extend(ring.first().copied());
    ring.dedup();
    ring
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::geojson::made;
    use crate::model::Edited;
    use crate::query::polygons_area_m2;
    use proptest::prelude::*;

    fn ring(corners: &[(f64, f64)]) -> Vec<LonLat> {
        let mut ring: Vec<LonLat> =
            corners.iter().map(|(x, y)| LonLat::new(121.0 + x * 1e-3, 31.0 + y * 1e-3)).collect();
        ring.push(ring[0]);
        ring
    }

    fn area(parts: Vec<Vec<Vec<LonLat>>>) -> Geometry {
        Geometry { kind: if parts.len() == 1 { GeometryKind::Polygon } else { GeometryKind::MultiPolygon }, parts }
    }

    /// Nothing is wrong with it, by the reader's own judgement.
    fn is_sound(geometry: &Geometry) -> bool {
        matches!(made(geometry, &[]), Ok(Edited::Feature(layer, _)) if !layer.unusable[0])
    }

    #[test]
    fn a_bow_tie_is_two_triangles() {
        let bow = area(vec![vec![ring(&[(0.0, 0.0), (4.0, 4.0), (4.0, 0.0), (0.0, 4.0)])]]);
        assert!(!is_sound(&bow));
        let mended = repaired(&bow).expect("two triangles");
        assert_eq!((mended.kind, mended.parts.len()), (GeometryKind::MultiPolygon, 2));
        assert!(is_sound(&mended));
        let whole = ring_area_m2(&ring(&[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)]));
        let mended_m2: f64 = mended.parts.iter().map(|part| ring_area_m2(&part[0])).sum();
        assert!((mended_m2 / whole - 0.5).abs() < 1e-3, "{mended_m2} {whole}");
    }

    #[test]
    fn holes_that_overlap_are_joined_and_one_outside_is_dropped() {
        let shell = ring(&[(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)]);
        let holes = [
            ring(&[(1.0, 1.0), (4.0, 1.0), (4.0, 4.0), (1.0, 4.0)]),
            ring(&[(3.0, 3.0), (6.0, 3.0), (6.0, 6.0), (3.0, 6.0)]),
            ring(&[(20.0, 0.0), (21.0, 0.0), (21.0, 1.0)]),
        ];
        let mended = repaired(&area(vec![[&[shell][..], &holes].concat()])).expect("an area");
        assert!(is_sound(&mended));
        assert_eq!((mended.parts.len(), mended.parts[0].len()), (1, 2));
    }

    /// Two of its sides lie along one another but for the last decimal.
    #[test]
    fn a_spike_that_rounding_folds_goes() {
        let corners = [(-9.0 / 7.0, 2.0), (0.0, -37.0 / 11.0), (36.0 / 7.0, 13.0 / 11.0), (-34.0 / 7.0, 27.0 / 11.0)];
        let mended = repaired(&area(vec![vec![ring(&corners)]])).expect("a triangle");
        assert!(is_sound(&mended), "{mended:?}");
        assert_eq!((mended.parts.len(), mended.parts[0].len()), (1, 1));
    }

    #[test]
    fn what_is_sound_stays_as_it_is() {
        let square = area(vec![vec![ring(&[(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)])]]);
        let mended = repaired(&square).expect("an area");
        let mut corners = mended.parts[0][0][1..].to_vec();
        corners.sort_by(|a, b| a.lon.total_cmp(&b.lon).then(a.lat.total_cmp(&b.lat)));
        let mut own = square.parts[0][0][1..].to_vec();
        own.sort_by(|a, b| a.lon.total_cmp(&b.lon).then(a.lat.total_cmp(&b.lat)));
        assert_eq!(corners, own.iter().map(|p| rounded_position(*p)).collect::<Vec<_>>());
        let point = Geometry { kind: GeometryKind::Point, parts: vec![vec![vec![LonLat::new(1.0, 2.0)]]] };
        assert_eq!(repaired(&point), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]
        /// Whatever the corners: what comes out is sound, and once more it is the same ground.
        #[test]
        fn anything_becomes_sound(corners in prop::collection::vec((-50_i32..50, -50_i32..50), 3..12)) {
            let corners: Vec<(f64, f64)> = corners.iter().map(|(x, y)| (f64::from(*x) / 7.0, f64::from(*y) / 11.0)).collect();
            if let Some(mended) = repaired(&area(vec![vec![ring(&corners)]])) {
                prop_assert!(is_sound(&mended), "{:?}", mended);
                let ground = |g: &Geometry| polygons_area_m2(&g.parts.iter().map(|p| p.iter().map(|r| r[1..].to_vec()).collect()).collect::<Vec<_>>());
                let twice = repaired(&mended).expect("an area");
                prop_assert!((ground(&twice) / ground(&mended) - 1.0).abs() < 1e-6);
            }
        }
    }
}
