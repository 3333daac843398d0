//! Polygons beside one another: parts of a MultiPolygon and holes of a polygon, which may touch and not share ground.

use super::rings::{Swept, sweep};
use crate::geodesy::{LocalFrame, LonLat, LonLatBox};
use crate::index::{RunsOfPaths, contains_point};
use geo::geometry::{LineString, MultiPolygon, Polygon};
use geo::{Area, BooleanOps};

/// Exterior, then holes; every ring closed.
pub(super) type Rings<'a> = Vec<&'a [LonLat]>;

/// A place that two parts share, where they share ground. Each part by itself is sound.
///
/// Cost: n log n in edges; a union where parts have stretches of border in common.
pub(super) fn shared_ground(parts: &[Rings<'_>]) -> Option<LonLat> {
    let parts = meeting(parts);
    if parts.len() < 2 {
        return None;
    }
    let rings: Rings<'_> = parts.iter().flat_map(|part| part.iter().copied()).collect();
    let Swept { crossing, shared, touches } = sweep(&rings);
    if crossing.is_some() {
        return crossing;
    }
    // Borders that touch may hide an overlap: that shows in the area.
    match shared.is_some() || touches {
        true if is_sum_of_parts(&parts, &plane_about(&rings)) => None,
        true => nested(&parts).or(shared).or(Some(parts[0][0][0])),
        false => nested(&parts),
    }
}

/// The parts whose boxes meet another's.
fn meeting<'p, 'a>(parts: &'p [Rings<'a>]) -> Vec<&'p Rings<'a>> {
    let mut boxes: Vec<(LonLatBox, usize)> = parts.iter().map(|part| LonLatBox::of(part[0])).zip(0..).collect();
    boxes.sort_unstable_by(|(a, _), (b, _)| a.min.lon.total_cmp(&b.min.lon));
    let mut meets = vec![false; parts.len()];
    let mut active: Vec<(LonLatBox, usize)> = Vec::new();
    for (own, part) in boxes {
        active.retain(|(other, _)| other.max.lon >= own.min.lon);
        for (other, k) in &active {
            if other.intersects(&own) {
                (meets[*k], meets[part]) = (true, true);
            }
        }
        active.push((own, part));
    }
    parts.iter().zip(meets).filter(|(_, meets)| *meets).map(|(part, _)| part).collect()
}

/// A place in a part that lies in another, where borders do not cross.
fn nested(parts: &[&Rings<'_>]) -> Option<LonLat> {
    let places = parts.iter().enumerate().filter_map(|(k, part)| Some((k, place_in(part)?)));
    if parts.len() <= FEW {
        let mut places = places;
        let holds = |(k, inside): (usize, LonLat)| {
            let mut others = parts.iter().enumerate().filter(|(i, _)| *i != k);
            others.any(|(_, other)| contains_point(other.iter().copied(), inside)).then_some(inside)
        };
        return places.find_map(holds);
    }
    let mut positions = Vec::new();
    let mut ends = Vec::new();
    let mut part_of = Vec::new();
    for (k, part) in parts.iter().enumerate() {
        for ring in part.iter() {
            positions.extend_from_slice(ring);
            ends.push(positions.len() as u32);
            part_of.push(k as u32);
        }
    }
    let runs = RunsOfPaths::new(&positions, &ends);
    for (k, inside) in places {
        // Eastwards: parts whose borders are crossed an odd number of times hold the place.
        let ray = LonLatBox { min: inside, max: LonLat::new(f64::INFINITY, inside.lat) };
        let mut crossed: Vec<u32> = Vec::new();
        runs.search(&ray, |path, from, to, _| {
            let start = if path == 0 { 0 } else { ends[path as usize - 1] };
            let edges = start + from..(start + to + 1).min(ends[path as usize]);
            let edges = &positions[edges.start as usize..edges.end as usize];
            if contains_point(std::iter::once(edges), inside) {
                crossed.push(part_of[path as usize]);
            }
        });
        crossed.sort_unstable();
        if crossed.chunk_by(|a, b| a == b).any(|of_one| of_one.len() % 2 == 1 && of_one[0] as usize != k) {
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
