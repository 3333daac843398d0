//! Rings whose polygons cross where the curves that they are drawn of do not, or not so: they are parted at the crossings, and
//! what is narrower than arcs are exact goes.
//!
//! Where two rings cross, each goes on along the other: both have the region on their left, so what is parted off is the
//! sliver between the two. The areas of all rings together stay what they were.

use super::super::overlay::{Contour, around, twice_area};
use super::voids::holds;
use crate::geodesy::GridBox;
use crate::index::{EdgeOfRing, Meeting, meetings, side_on_grid};
use i_overlay::i_float::int::point::IntPoint;
use rayon::prelude::*;
use std::borrow::Cow;
use std::cmp::Ordering;

type P = IntPoint<i64>;

/// Slivers are smaller than this share of the square of the distance.
const SLIVER: f64 = 1e-3;
/// With more crossings than this for each ring and hundred corners the rings are no outline.
const CROSSINGS: usize = 8;

fn as_slices(rings: &[Contour]) -> Vec<&[P]> {
    rings.iter().map(Vec::as_slice).collect()
}

fn after(ring: &Contour, i: usize) -> usize {
    if i + 1 == ring.len() { 0 } else { i + 1 }
}

fn edge_of(rings: &[Contour], (ring, i): EdgeOfRing) -> [P; 2] {
    let own = &rings[ring as usize];
    [own[i as usize], own[after(own, i as usize)]]
}

/// Where two edges that cross do, on the grid, and how far along each.
fn crossing([a, b]: [P; 2], [c, d]: [P; 2]) -> (P, [f64; 2]) {
    let side = |a: P, b: P, p: P| side_on_grid([a.x, a.y], [b.x, b.y], [p.x, p.y]);
    let (ca, cb, ac, ad) = (side(c, d, a), side(c, d, b), side(a, b, c), side(a, b, d));
    let share = |from: i128, to: i128| from as f64 / (from as f64 - to as f64);
    let (t, u) = (share(ca, cb), share(ac, ad));
    let along = |a: i64, b: i64| a + ((b - a) as f64 * t).round() as i64;
    (P { x: along(a.x, b.x), y: along(a.y, b.y) }, [t, u])
}

/// Rings without crossings: as they are, where none crosses another or itself, or parted at their crossings, without slivers.
/// `None` where they touch, or what would go is larger than what arcs are off.
///
/// Cost: n log n in corners.
pub(super) fn untangled(rings: &[Contour], distance: f64) -> Option<Cow<'_, [Contour]>> {
    let corners: usize = rings.iter().map(Vec::len).sum();
    let most = 64 + CROSSINGS * (rings.len() + corners / 100);
    let Some(met) = meetings(&as_slices(rings), most) else {
        tracing::debug!(rings = rings.len(), corners, most, "more crossings than an outline has");
        return None;
    };
    if met.is_empty() {
        return Some(Cow::Borrowed(rings));
    }
    let touching = met.iter().filter(|met| !met.crosses).count();
    if touching > 0 {
        tracing::debug!(touching, met = met.len(), "rings touch");
        return None;
    }
    let (parted, places) = parted(rings, &met)?;
    let is_small = |ring: &Contour| twice_area(ring).unsigned_abs() as f64 <= 2.0 * SLIVER * distance * distance;
    let is_sliver = |ring: &Contour| is_small(ring) && ring.iter().any(|p| is_place(p, &places));
    let (gone, kept): (Vec<Contour>, Vec<Contour>) = parted.into_iter().partition(is_sliver);
    // Two that are left may share a corner where they were parted, and nothing else.
    let edge = |of: EdgeOfRing| edge_of(&kept, of);
    let is_parting = |Meeting { edges, crosses }: &Meeting| {
        let [e, f] = edges.map(edge);
        let is_shared = |p: &P| f.contains(p) && is_place(p, &places);
        !crosses && e.iter().any(is_shared)
    };
    let are_apart = meetings(&as_slices(&kept), most)?.iter().all(is_parting);
    // What went is accounted for: no more than slivers.
    let area = |rings: &[Contour]| rings.iter().map(|ring| twice_area(ring)).sum::<i128>() as f64;
    let lost: f64 = gone.iter().map(|ring| twice_area(ring).unsigned_abs() as f64).sum();
    let own = area(&kept);
    let is_kept = lost <= 1e-6 * own && (area(rings) - own).abs() <= 1e-6 * own;
    let are_nested = are_nested(&kept, &places);
    tracing::debug!(crossings = met.len(), slivers = gone.len(), are_apart, is_kept, are_nested, "rings parted");
    (are_apart && is_kept && are_nested).then_some(Cow::Owned(kept))
}

/// True for one of the places, which are in order, where rings were parted.
fn is_place(p: &P, places: &[(i64, i64)]) -> bool {
    places.binary_search(&(p.x, p.y)).is_ok()
}

/// True where every ring that was parted bounds: an outer one lies in no other's ground, a hole in one's.
fn are_nested(rings: &[Contour], places: &[(i64, i64)]) -> bool {
    let is_place = |p: &P| is_place(p, places);
    let boxes: Vec<GridBox> = rings.iter().map(around).collect();
    rings.par_iter().enumerate().filter(|(_, ring)| ring.iter().any(is_place)).all(|(own, ring)| {
        let Some(p) = ring.iter().find(|p| !is_place(p)) else { return false };
        let at = GridBox::EMPTY.with([p.x, p.y]);
        let others = rings.iter().zip(&boxes).enumerate().filter(|(i, (_, b))| *i != own && b.meets(&at));
        let turns = others.filter(|(_, (other, _))| holds(other, *p)).map(|(_, (other, _))| twice_area(other).signum());
        turns.sum::<i128>() == i128::from(twice_area(ring) < 0)
    })
}

/// The rings parted where they cross: each goes on along the other there. And the places, in order.
fn parted(rings: &[Contour], met: &[Meeting]) -> Option<(Vec<Contour>, Vec<(i64, i64)>)> {
    // By edge, how far along, and the crossing: two for each.
    let mut visits: Vec<(EdgeOfRing, f64, u32)> = Vec::with_capacity(2 * met.len());
    let mut places: Vec<P> = Vec::with_capacity(met.len());
    for (number, Meeting { edges, .. }) in met.iter().enumerate() {
        let [e, f] = edges.map(|edge| edge_of(rings, edge));
        let (place, shares) = crossing(e, f);
        places.push(place);
        visits.extend(edges.iter().zip(shares).map(|(edge, share)| (*edge, share, number as u32)));
    }
    visits.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
    let is_told =
        |pair: &[(EdgeOfRing, f64, u32)]| pair[0].0 != pair[1].0 || pair[0].1.total_cmp(&pair[1].1) == Ordering::Less;
    if !visits.windows(2).all(is_told) {
        return None;
    }
    // The visits of each crossing.
    let mut of_crossing = vec![[usize::MAX; 2]; met.len()];
    for (i, (_, _, number)) in visits.iter().enumerate() {
        let own = &mut of_crossing[*number as usize];
        own[usize::from(own[0] != usize::MAX)] = i;
    }
    let other = |visit: usize| {
        let [a, b] = of_crossing[visits[visit].2 as usize];
        if a == visit { b } else { a }
    };
    // Where each ring's visits begin, and the end.
    let begin = |ring: usize| visits.partition_point(|((own, _), ..)| (*own as usize) < ring);
    let mut found: Vec<Contour> = Vec::new();
    for (ring, own) in rings.iter().enumerate() {
        if begin(ring) == begin(ring + 1) {
            found.push(own.clone());
        }
    }
    let mut is_used = vec![false; visits.len()];
    for first in 0..visits.len() {
        if is_used[first] {
            continue;
        }
        let (mut contour, mut visit) = (Contour::new(), first);
        // From a crossing along a ring to its next, and on along the other one.
        while !std::mem::replace(&mut is_used[visit], true) {
            let ((ring, from), _, number) = visits[visit];
            let (start, end) = (begin(ring as usize), begin(ring as usize + 1));
            let next = if visit + 1 == end { start } else { visit + 1 };
            let own = &rings[ring as usize];
            push(&mut contour, places[number as usize]);
            let ((_, to), ..) = visits[next];
            if next <= visit || to != from {
                let mut i = from as usize;
                loop {
                    i = after(own, i);
                    push(&mut contour, own[i]);
                    if i == to as usize {
                        break;
                    }
                }
            }
            visit = other(next);
        }
        while contour.len() > 1 && contour.first() == contour.last() {
            contour.pop();
        }
        if contour.len() > 2 {
            found.push(contour);
        }
    }
    let mut places: Vec<(i64, i64)> = places.iter().map(|p| (p.x, p.y)).collect();
    places.sort_unstable();
    Some((found, places))
}

fn push(contour: &mut Contour, p: P) {
    if contour.last() != Some(&p) {
        contour.push(p);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(points: &[[i64; 2]]) -> Contour {
        points.iter().map(|[x, y]| P { x: *x, y: *y }).collect()
    }

    fn areas(rings: &[Contour]) -> Vec<i128> {
        let mut all: Vec<i128> = rings.iter().map(|ring| twice_area(ring)).collect();
        all.sort_unstable();
        all
    }

    const FAR: f64 = 1e9;

    #[test]
    fn what_crosses_nothing_stays() {
        let rings =
            vec![ring(&[[0, 0], [100, 0], [100, 100], [0, 100]]), ring(&[[20, 20], [20, 40], [40, 40], [40, 20]])];
        assert_eq!(untangled(&rings, 10.0).as_deref(), Some(&rings[..]));
    }

    const N: i64 = 1_000_000_000;
    const HAIR: i64 = 4_000;

    #[test]
    fn two_rings_that_overlap_by_a_hair_become_one() {
        let (west, east) = (N - 4 * HAIR, N + 4 * HAIR);
        let left = ring(&[[0, 0], [west, 0], [N + HAIR, N / 2], [west, N], [0, N]]);
        let right = ring(&[[N + N, 0], [N + N, N], [east, N], [N - HAIR, N / 2], [east, 0]]);
        let rings = [left, right];
        let joined = untangled(&rings, FAR).expect("one ring");
        assert_eq!(joined.len(), 1);
        let whole = 4 * i128::from(N) * i128::from(N);
        assert!((areas(&joined)[0] - whole).abs() < whole / 10_000);
    }

    #[test]
    fn a_loop_of_a_hair_goes() {
        // Its upper side turns back and on again.
        let rings = [ring(&[[0, 0], [N, 0], [N, N], [N / 2 - HAIR, N + HAIR], [N / 2 + HAIR, N], [0, N + 2 * HAIR]])];
        let kept = untangled(&rings, FAR).expect("told");
        assert_eq!(kept.len(), 1);
        assert!(meetings(&as_slices(&kept), 0).is_some());
    }

    #[test]
    fn a_gap_that_closes_in_the_middle_becomes_two_holes() {
        let outer = ring(&[[-N, -N], [2 * N, -N], [2 * N, 2 * N], [-N, 2 * N]]);
        // A hole whose long sides cross one another twice.
        let hole = ring(&[[0, 0], [0, N], [N / 2, N / 2 - HAIR], [N, N], [N, 0], [N / 2, N / 2 + HAIR]]);
        let rings = [outer, hole];
        let kept = untangled(&rings, FAR).expect("told");
        assert_eq!(kept.len(), 3, "{:?}", areas(&kept));
        assert_eq!(kept.iter().filter(|ring| twice_area(ring) < 0).count(), 2);
    }

    #[test]
    fn what_is_parted_once_shares_a_corner() {
        // An hourglass of which one half is as it should be, within an area.
        let outer = ring(&[[-N, -N], [2 * N, -N], [2 * N, 2 * N], [-N, 2 * N]]);
        let hole = ring(&[[0, 0], [0, N], [N, 0], [N, HAIR]]);
        let rings = [outer, hole];
        let kept = untangled(&rings, FAR);
        assert_eq!(kept.map(|kept| kept.len()), Some(2));
    }

    #[test]
    fn what_touches_or_overlaps_by_more_is_not_told() {
        let square = |x: i64| ring(&[[x, 0], [x + N, 0], [x + N, N], [x, N]]);
        let shifted = |x: i64, y: i64| -> Contour { square(x).into_iter().map(|p| P { x: p.x, y: p.y + y }).collect() };
        assert_eq!(untangled(&[square(0), shifted(N / 2, N / 2)], FAR), None);
        assert_eq!(untangled(&[square(0), shifted(N, HAIR)], FAR), None);
        assert_eq!(untangled(&[square(0), shifted(N, N)], FAR), None);
    }
}
