//! Polygons beside one another: parts of a MultiPolygon and holes of a polygon, which may touch and not share ground.

use super::sweep::{Swept, Work, is_swept_northwards, sweep, turned};
use crate::geodesy::{LocalFrame, LonLat, LonLatBox};
use crate::index::{RunsOfPaths, contains_point};
use geo::geometry::{LineString, MultiPolygon, Polygon};
use geo::{Area, BooleanOps};

/// Exterior, then holes; every ring closed.
pub(super) type Rings<'a> = Vec<&'a [LonLat]>;

/// A place that two parts share, where they share ground. Each part by itself is sound.
///
/// Cost: n log n in edges; a union where parts have stretches of border in common. `None` also where the work does not allow
/// to tell.
pub(super) fn shared_ground(parts: &[Rings<'_>], work: &mut Work) -> Option<LonLat> {
    let parts = meeting(parts, work);
    if parts.len() < 2 || work.is_spent() {
        return None;
    }
    let rings: Rings<'_> = parts.iter().flat_map(|part| part.iter().copied()).collect();
    let Swept { crossing, shared, touches } = sweep(&rings, work);
    if crossing.is_some() || work.is_spent() {
        return crossing;
    }
    // Borders that touch may hide an overlap: that shows in the area.
    match shared.is_some() || touches {
        true if !work.take_union(rings.iter().copied()) => None,
        true if is_sum_of_parts(&parts, &plane_about(&rings)) => None,
        true => nested(&parts, work).or(shared).or(Some(parts[0][0][0])),
        false => nested(&parts, work),
    }
}

/// The parts whose boxes meet another's.
fn meeting<'p, 'a>(parts: &'p [Rings<'a>], work: &mut Work) -> Vec<&'p Rings<'a>> {
    let boxes: Vec<LonLatBox> = parts.iter().map(|part| LonLatBox::of(part[0])).collect();
    let northwards = is_swept_northwards(&boxes);
    let mut boxes: Vec<(LonLatBox, usize)> = boxes.into_iter().map(|own| turned(own, northwards)).zip(0..).collect();
    boxes.sort_unstable_by(|(a, _), (b, _)| a.min.lon.total_cmp(&b.min.lon));
    let mut meets = vec![false; parts.len()];
    let mut active: Vec<(LonLatBox, usize)> = Vec::new();
    for (own, part) in boxes {
        if !work.take(active.len()) {
            break;
        }
        active.retain(|(other, k)| {
            let is_beside = other.max.lon >= own.min.lon;
            if is_beside && other.intersects(&own) {
                (meets[*k], meets[part]) = (true, true);
            }
            is_beside
        });
        active.push((own, part));
    }
    parts.iter().zip(meets).filter(|(_, meets)| *meets).map(|(part, _)| part).collect()
}

/// Rings with their edges in a tree, for rays that cross them.
struct Rays {
    positions: Vec<LonLat>,
    ends: Vec<u32>,
    runs: RunsOfPaths,
}

impl Rays {
    fn new<'a>(rings: impl Iterator<Item = &'a [LonLat]>) -> Self {
        let (mut positions, mut ends) = (Vec::new(), Vec::new());
        for ring in rings {
            positions.extend_from_slice(ring);
            ends.push(positions.len() as u32);
        }
        let runs = RunsOfPaths::new(&positions, &ends);
        Self { positions, ends, runs }
    }

    /// Calls `crossed` with a ring for each stretch of it that a ray from a place to the east crosses an odd number of times.
    fn cast(&self, from: LonLat, work: &mut Work, mut crossed: impl FnMut(usize)) {
        let ray = LonLatBox { min: from, max: LonLat::new(f64::INFINITY, from.lat) };
        self.runs.search(&ray, |path, first, last, _| {
            let path = path as usize;
            let start = if path == 0 { 0 } else { self.ends[path - 1] };
            let edges = start + first..(start + last + 1).min(self.ends[path]);
            let edges = &self.positions[edges.start as usize..edges.end as usize];
            if work.take(8 * edges.len()) && contains_point(std::iter::once(edges), from) {
                crossed(path);
            }
        });
    }
}

/// The first hole of some that lies outside of the shell; none of their borders cross.
pub(super) fn hole_outside<'a>(shell: &[LonLat], holes: &[&'a [LonLat]], work: &mut Work) -> Option<&'a [LonLat]> {
    let mut places = holes.iter().filter_map(|hole| Some((*hole, place_in(&[hole])?)));
    if holes.len() <= FEW {
        return places.find(|(_, inside)| !contains_point([shell].into_iter(), *inside)).map(|(hole, _)| hole);
    }
    let rays = Rays::new([shell].into_iter());
    let found = places.find(|(_, inside)| {
        let mut is_inside = false;
        rays.cast(*inside, work, |_| is_inside = !is_inside);
        !is_inside || work.is_spent()
    });
    found.map(|(hole, _)| hole).filter(|_| !work.is_spent())
}

/// A place in a part that lies in another, where borders do not cross.
fn nested(parts: &[&Rings<'_>], work: &mut Work) -> Option<LonLat> {
    let mut places = parts.iter().enumerate().filter_map(|(k, part)| Some((k, place_in(part)?)));
    if parts.len() <= FEW {
        let holds = |(k, inside): (usize, LonLat)| {
            let mut others = parts.iter().enumerate().filter(|(i, _)| *i != k);
            others.any(|(_, other)| contains_point(other.iter().copied(), inside)).then_some(inside)
        };
        return places.find_map(holds);
    }
    let part_of: Vec<usize> = parts.iter().enumerate().flat_map(|(k, part)| part.iter().map(move |_| k)).collect();
    let rays = Rays::new(parts.iter().flat_map(|part| part.iter().copied()));
    for (k, inside) in places {
        // Parts whose borders are crossed an odd number of times hold the place.
        let mut crossed: Vec<usize> = Vec::new();
        rays.cast(inside, work, |ring| crossed.push(part_of[ring]));
        if work.is_spent() {
            return None;
        }
        crossed.sort_unstable();
        if crossed.chunk_by(|a, b| a == b).any(|of_one| of_one.len() % 2 == 1 && of_one[0] != k) {
            return Some(inside);
        }
    }
    None
}

/// Up to so many parts are looked at one by one.
const FEW: usize = 8;

/// A position inside a polygon, half way through the widest stretch of a parallel near its middle; `None` where it has
/// no height.
pub(super) fn place_in(rings: &[&[LonLat]]) -> Option<LonLat> {
    let bounds = LonLatBox::of(rings[0]);
    let middle = bounds.min.lat + (bounds.max.lat - bounds.min.lat) / 2.0;
    let lats = || rings.iter().flat_map(|ring| ring.iter()).map(|p| p.lat);
    // Between corners, so that the parallel meets none.
    let below = lats().filter(|lat| *lat <= middle).fold(f64::NEG_INFINITY, f64::max);
    let above = lats().filter(|lat| *lat > middle).fold(f64::INFINITY, f64::min);
    let lat = below + (above - below) / 2.0;
    let edges = rings.iter().flat_map(|ring| ring.windows(2)).filter(|edge| (edge[0].lat > lat) != (edge[1].lat > lat));
    let mut lons: Vec<f64> = edges
        .map(|edge| edge[0].lon + (edge[1].lon - edge[0].lon) * ((lat - edge[0].lat) / (edge[1].lat - edge[0].lat)))
        .collect();
    lons.sort_unstable_by(f64::total_cmp);
    let widest = lons.chunks_exact(2).max_by(|a, b| (a[1] - a[0]).total_cmp(&(b[1] - b[0])))?;
    (lat.is_finite() && widest[0] < widest[1]).then(|| LonLat::new(widest[0] + (widest[1] - widest[0]) / 2.0, lat))
}

/// A plane in which rings keep some width, whichever pole they come to.
pub(super) fn plane_about(rings: &[&[LonLat]]) -> LocalFrame {
    let bounds = rings.iter().fold(LonLatBox::EMPTY, |all, ring| all.union(LonLatBox::of(ring)));
    let center = bounds.center();
    LocalFrame::at(LonLat::new(center.lon, center.lat.clamp(-80.0, 80.0)))
}

pub(super) fn line(plane: &LocalFrame, ring: &[LonLat]) -> LineString {
    LineString::from_iter(ring.iter().map(|p| plane.to_xy(*p)))
}

/// True where the parts together cover as much as each by itself does.
fn is_sum_of_parts(parts: &[&Rings<'_>], plane: &LocalFrame) -> bool {
    let polygon = |part: &&Rings<'_>| {
        let mut rings = part.iter().map(|ring| line(plane, ring));
        rings.next().map(|shell| Polygon::new(shell, rings.collect()))
    };
    let polygons: Vec<Polygon> = parts.iter().filter_map(polygon).collect();
    let sum: f64 = polygons.iter().map(Area::unsigned_area).sum();
    let mut polygons = polygons.into_iter();
    let first = MultiPolygon::new(polygons.next().into_iter().collect());
    // One after another would be the square of their number: geo joins all that are given together by the even-odd rule,
    // under which ground that two share is lost.
    let covered = first.union(&MultiPolygon::new(polygons.collect())).unsigned_area();
    (covered - sum).abs() <= 1e-6 * sum + 1e-3
}
