//! Regions that are wide against the spacing of corners: which of their pieces can bound them, and the joining of those.
//!
//! A piece that lies within the distance of some other corner bounds nothing. Whether it does is asked of its outer side
//! alone, stretch by stretch: what lies within a distance of a position is convex, so a stretch is hidden where both its
//! ends are. The corners that are asked are few: those one, two, four, … places along the ring, again among those that
//! are left, and two a cell of a grid. So the pieces that are made follow the outline and not the distance over the
//! spacing; and of each only the brim is, since what lies inside crosses what lies beside. The joined brims have voids
//! inside them: a ring bounds the region only if it keeps the distance from everything, and others go.

mod cells;
mod compact;
mod sight;
mod traced;
mod untangle;
mod voids;

use super::AskError;
use super::overlay::{Contour, Operation, Plane, STEPS_PER_M, joined_parts, overlay, twice_area};
use super::region::{Region, outside_on_right, there_and_back};
use crate::geodesy::{LocalFrame, LonLat, LonLatBox};
use crate::model::{Layer, Shape};
use crate::progress::Progress;
use rayon::prelude::*;
use sight::{Seen, Sight};

use std::ops::Range;
use traced::TooMany;
use voids::Borders;

/// Rings of features with the outside on their right: outlines, paths there and back, positions alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Rings {
    pub(super) positions: Vec<LonLat>,
    /// Where each ring ends in `positions`.
    pub(super) ends: Vec<u32>,
}

impl Rings {
    /// Adds those of a row.
    pub(super) fn add(&mut self, layer: &Layer, row: usize) {
        let Some(kind) = layer.geometries.kind(row) else { return };
        let mut add = |ring: &[LonLat]| {
            self.positions.extend_from_slice(ring);
            self.ends.push(self.positions.len() as u32);
        };
        for part in layer.geometries.parts(row) {
            for (i, path) in part.paths().enumerate() {
                match kind.shape() {
                    Shape::Points => path.chunks(1).for_each(&mut add),
                    Shape::Lines => add(&there_and_back(path)),
                    Shape::Polygons => add(&outside_on_right(path, i > 0)),
                }
            }
        }
    }

    /// Adds the rings from one on again, so many degrees further east.
    pub(super) fn repeat(&mut self, first: usize, by_deg: f64) {
        for ring in first..self.ends.len() {
            let moved: Vec<LonLat> = self.ring(ring).iter().map(|p| LonLat::new(p.lon + by_deg, p.lat)).collect();
            self.positions.extend(moved);
            self.ends.push(self.positions.len() as u32);
        }
    }

    pub(super) fn range(&self, ring: usize) -> Range<usize> {
        let start = if ring == 0 { 0 } else { self.ends[ring - 1] as usize };
        start..self.ends[ring] as usize
    }

    pub(super) fn ring(&self, ring: usize) -> &[LonLat] {
        &self.positions[self.range(ring)]
    }

    fn all(&self) -> impl Iterator<Item = &[LonLat]> {
        (0..self.ends.len()).map(|ring| self.ring(ring))
    }
}

/// The pieces of rings that can bound the region, and whether they are some of them, so that there may be voids inside.
fn pieces(
    rings: &Rings,
    plane: &Plane,
    distance_m: f64,
    progress: &Progress,
) -> Result<(Vec<Contour>, bool), AskError> {
    let mut region = Region::new(plane, distance_m);
    let bounds = LonLatBox::of(&rings.positions);
    // A ring is about three times as long as its box is across.
    let length_m: f64 = rings.all().map(LonLatBox::of).map(|b| 3.0 * diagonal_m(&b)).sum();
    let edges = distance_m * rings.positions.len() as f64 / length_m.max(f64::MIN_POSITIVE);
    let sight = if edges > 1.0 { Sight::new(rings, &bounds, distance_m) } else { None };
    let Some(sight) = sight else {
        rings.all().for_each(|ring| region.around_ring(ring));
        return Ok((region.out, false));
    };
    let open = sight.look(progress)?;
    // Thin: what lies deeper is crossed by more. The voids inside are told from the outline for certain.
    let inner = 1.0 - 10.0 * share_off(&bounds, distance_m);
    for ring in 0..rings.ends.len() {
        let range = rings.range(ring);
        let (positions, open) = (&rings.positions[range.clone()], &open[range]);
        let corners: Vec<u32> = (0..open.len() as u32).filter(|i| open[*i as usize].is_any()).collect();
        if corners.is_empty() {
            continue;
        }
        if edges > EDGES_OF_BRIMS {
            region.brim_of_ring(positions, &corners, inner, &Seen(open));
        } else {
            region.right_of_ring(positions, &corners, &Seen(open));
        }
    }
    Ok((region.out, true))
}

/// Where the distance is longer than so many edges, only the brims of pieces are made: the pieces cross one another.
const EDGES_OF_BRIMS: f64 = 12.0;

fn diagonal_m(bounds: &LonLatBox) -> f64 {
    let [x, y] =
        LocalFrame::at(bounds.center()).to_xy_delta(bounds.max.lon - bounds.min.lon, bounds.max.lat - bounds.min.lat);
    x.hypot(y)
}

/// Everything within a distance of some rows of a layer, their own ground included, as polygons of the grid.
///
/// Cost: n log n in corners, and that of joining the pieces that can bound the region.
///
/// # Errors
/// [`AskError::Pole`] where it comes too near a pole; cancelled.
pub(super) fn within_distance(
    layer: &Layer,
    rows: &[usize],
    plane: &Plane,
    distance_m: f64,
    progress: &Progress,
) -> Result<Vec<Vec<Contour>>, AskError> {
    if rows.iter().any(|row| is_near_pole(&layer.geometries.bounds(*row), distance_m)) {
        return Err(AskError::Pole);
    }
    let mut rings = Rings::default();
    rows.iter().for_each(|row| rings.add(layer, *row));
    if let Some(outline) = compact::compact(&rings, plane, distance_m) {
        progress.advance(0)?;
        return Ok(vec![vec![outline]]);
    }
    if let Ok(Some(found)) = traced(layer, rows, &rings, plane, distance_m, progress)? {
        return Ok(without_hairs(found, distance_m));
    }
    of_pieces(layer, rows, rings, plane, distance_m, progress)
}

/// The region by its pieces: those that can bound it, joined.
fn of_pieces(
    layer: &Layer,
    rows: &[usize],
    rings: Rings,
    plane: &Plane,
    distance_m: f64,
    progress: &Progress,
) -> Result<Vec<Vec<Contour>>, AskError> {
    let (contours, are_some) = pieces(&rings, plane, distance_m, progress)?;
    let polygons = joined(with_ground(layer, rows, plane, by_themselves(contours)), progress)?;
    if !are_some {
        return Ok(without_hairs(polygons, distance_m));
    }
    let borders = Borders::new(rings, distance_m);
    if let Some(whole) = borders.without_voids(plane, polygons)
        && is_large_enough(&whole, layer, rows, plane, distance_m)
    {
        return Ok(without_hairs(whole, distance_m));
    }
    tracing::debug!(rows = rows.len(), distance_m, "a void is not closed: every piece is made");
    let mut region = Region::new(plane, distance_m);
    borders.rings.all().for_each(|ring| region.around_ring(ring));
    Ok(without_hairs(joined(with_ground(layer, rows, plane, by_themselves(region.out)), progress)?, distance_m))
}

/// The region by its traced outline; `None` where that is not known to be all of it: rows that cross themselves have ground
/// that no outline goes round. [`TooMany`] where fewer rows may be traced.
fn traced(
    layer: &Layer,
    rows: &[usize],
    rings: &Rings,
    plane: &Plane,
    distance_m: f64,
    progress: &Progress,
) -> Result<Result<Option<Vec<Vec<Contour>>>, TooMany>, AskError> {
    progress.advance(0)?;
    let is_sound = |row: &usize| !layer.problems_of(*row).iter().any(|problem| problem.kind.is_of_rings());
    if !rows.iter().all(is_sound) {
        return Ok(Ok(None));
    }
    let is_area = |row: &usize| layer.geometries.kind(*row).is_some_and(|kind| kind.shape() == Shape::Polygons);
    let has_areas = rows.len() > 1 && rows.iter().any(is_area);
    let found = match traced::outline(rings, has_areas, plane, distance_m) {
        Ok(Some(found)) => found,
        untold => return Ok(untold.map(|_| None)),
    };
    if let Some(rings) = untangle::untangled(&found, distance_m * STEPS_PER_M)
        && let Some(polygons) = traced::grouped(&rings)
    {
        return Ok(Ok(Some(polygons)));
    }
    // Rings that touch. Those that are well wound keep their area.
    let twice = |contours: &[Contour]| contours.iter().map(|ring| twice_area(ring) as f64).sum::<f64>();
    let polygons = overlay(&found, &[], Operation::Union);
    let own = twice(&found);
    let is_kept = (polygons.iter().map(|rings| twice(rings)).sum::<f64>() - own).abs() <= 1e-6 * own.abs();
    Ok(Ok(is_kept.then_some(polygons)))
}

/// The rows of one step of a long dissolve have about so many positions together: where outlines are traced, and where
/// pieces are made.
const TRACED_AT_ONCE: usize = 1 << 20;
const PIECES_AT_ONCE: usize = 8_192;

/// As [`within_distance`], of rows that follow one another by their places: some at a time, on all cores, and their regions
/// joined. So what is in memory follows the outlines of some rows and not the pieces round all of them.
///
/// # Errors
/// As [`within_distance`].
pub(super) fn within_distance_of_many(
    layer: &Layer,
    rows: &[usize],
    plane: &Plane,
    distance_m: f64,
    progress: &Progress,
) -> Result<Vec<Vec<Contour>>, AskError> {
    if rows.iter().any(|row| is_near_pole(&layer.geometries.bounds(*row), distance_m)) {
        return Err(AskError::Pole);
    }
    // One after another: each is worked on by all cores, and has its memory.
    let mut regions = Vec::new();
    let (mut rest, mut at_once) = (rows, TRACED_AT_ONCE);
    while !rest.is_empty() {
        let step = first_of(layer, rest, at_once);
        let mut rings = Rings::default();
        step.iter().for_each(|row| rings.add(layer, *row));
        match traced(layer, step, &rings, plane, distance_m, progress)? {
            Ok(Some(found)) => regions.push(found),
            Err(TooMany) if step.len() > 1 => {
                // What follows is mostly like it.
                at_once = rings.positions.len().min(at_once) / 2;
                continue;
            }
            Ok(None) | Err(TooMany) => regions.push(in_steps(layer, step, PIECES_AT_ONCE, progress, &|rows| {
                within_distance(layer, rows, plane, distance_m, progress)
            })?),
        }
        rest = &rest[step.len()..];
    }
    let found = match regions.len() {
        1 => regions.remove(0),
        _ => joined_parts(regions),
    };
    Ok(without_hairs(found, distance_m))
}

/// The first of some rows: as few as have so many positions together.
fn first_of<'r>(layer: &Layer, rows: &'r [usize], at_once: usize) -> &'r [usize] {
    let mut positions = 0;
    let before = rows.iter().take_while(|row| {
        let is_open = positions < at_once;
        positions += layer.geometries.positions_of(**row).len();
        is_open
    });
    &rows[..before.count().max(1)]
}

/// The regions of rows, so many positions at a time, joined.
fn in_steps(
    layer: &Layer,
    rows: &[usize],
    at_once: usize,
    progress: &Progress,
    region: &(impl Fn(&[usize]) -> Result<Vec<Vec<Contour>>, AskError> + Sync),
) -> Result<Vec<Vec<Contour>>, AskError> {
    let mut rest = rows;
    let steps: Vec<&[usize]> = std::iter::from_fn(|| {
        let step = (!rest.is_empty()).then(|| first_of(layer, rest, at_once))?;
        rest = &rest[step.len()..];
        Some(step)
    })
    .collect();
    if steps.len() < 2 {
        return region(rows);
    }
    let regions: Vec<Vec<Vec<Contour>>> =
        steps.into_par_iter().with_max_len(1).map(region).collect::<Result<_, AskError>>()?;
    joined(regions.into_iter().flatten().collect(), progress)
}

/// The same without holes that are narrower than the outline is exact: where pieces meet, rounding can leave such.
fn without_hairs(mut polygons: Vec<Vec<Contour>>, distance_m: f64) -> Vec<Vec<Contour>> {
    /// Of the distance.
    const NARROW: f64 = 1e-4;
    let is_wide = |hole: &Contour| {
        let sides = hole.iter().zip(hole.iter().cycle().skip(1));
        let perimeter: f64 = sides.map(|(a, b)| ((b.x - a.x) as f64).hypot((b.y - a.y) as f64)).sum();
        // The mean width is twice the area by the perimeter.
        twice_area(hole).abs() as f64 > NARROW * distance_m * STEPS_PER_M * perimeter
    };
    for rings in &mut polygons {
        let mut is_exterior = true;
        rings.retain(|ring| std::mem::take(&mut is_exterior) || is_wide(ring));
    }
    polygons
}

/// False where a region is smaller than the ground of one of its rows, or than a disc: a border was taken for a void. By
/// the plane, in which grounds far apart have different scales.
fn is_large_enough(region: &[Vec<Contour>], layer: &Layer, rows: &[usize], plane: &Plane, distance_m: f64) -> bool {
    const SCALE: f64 = 0.3;
    let on_grid = |contours: &[Contour]| contours.iter().map(|c| twice_area(c) as f64 / 2.0).sum::<f64>();
    let own: f64 = region.iter().map(|rings| on_grid(rings)).sum();
    let disc = std::f64::consts::PI * (distance_m * STEPS_PER_M).powi(2);
    let ground = |row: &usize| {
        let mut contours = Vec::new();
        if layer.geometries.kind(*row).is_some_and(|kind| kind.shape() == Shape::Polygons) {
            plane.row(layer, *row, &layer.geometries.bounds(*row), &mut contours);
        }
        on_grid(&contours)
    };
    let largest = rows.iter().map(ground).fold(disc * SCALE, f64::max);
    own >= if rows.len() == 1 { largest } else { largest * SCALE }
}

/// Pieces as groups to be joined.
fn by_themselves(pieces: Vec<Contour>) -> Vec<Vec<Contour>> {
    pieces.into_iter().map(|piece| vec![piece]).collect()
}

/// Groups to be joined, and the rows' own ground.
fn with_ground(layer: &Layer, rows: &[usize], plane: &Plane, mut groups: Vec<Vec<Contour>>) -> Vec<Vec<Contour>> {
    for row in rows {
        if layer.geometries.kind(*row).is_some_and(|kind| kind.shape() == Shape::Polygons) {
            let mut ground = Vec::new();
            plane.row(layer, *row, &layer.geometries.bounds(*row), &mut ground);
            groups.push(ground);
        }
    }
    groups
}

/// True where a region comes so near a pole that lines straight in longitude and latitude leave its border by 0.02 % of
/// the distance.
pub(super) fn is_near_pole(bounds: &LonLatBox, distance_m: f64) -> bool {
    let lat = bounds.min.lat.abs().max(bounds.max.lat.abs());
    !bounds.is_empty() && (90.0 - lat) * 110_500.0 < 5.0 * distance_m
}

/// The share of a distance by which outlines are off it at most: arcs, and rulers where it is long.
fn share_off(bounds: &LonLatBox, distance_m: f64) -> f64 {
    let tan = bounds.min.lat.abs().max(bounds.max.lat.abs()).min(80.0).to_radians().tan();
    let radians = distance_m / 6.35e6;
    5e-4 + 2.0 * radians * radians * (1.0 + tan * tan)
}

/// Contours with more corners than this are joined part by part.
const CORNERS_AT_ONCE: usize = 4_096;
/// So many joined parts are joined at a time.
const PARTS_AT_ONCE: usize = 6;

/// What groups of contours together wind round, each of them a piece or a polygon with its holes. Those that follow one
/// another should lie near one another: they are joined first.
pub(super) fn joined(groups: Vec<Vec<Contour>>, progress: &Progress) -> Result<Vec<Vec<Contour>>, AskError> {
    let corners = |group: &[Contour]| group.iter().map(Vec::len).sum::<usize>();
    if groups.iter().map(|group| corners(group)).sum::<usize>() <= CORNERS_AT_ONCE {
        return Ok(overlay(&groups.concat(), &[], Operation::Union));
    }
    let mut parts: Vec<Vec<Contour>> = Vec::new();
    let mut count = 0;
    for group in groups {
        let own = corners(&group);
        match parts.last_mut() {
            Some(part) if count + own <= CORNERS_AT_ONCE => {
                part.extend(group);
                count += own;
            }
            _ => {
                parts.push(group);
                count = own;
            }
        }
    }
    let joined = |part: Vec<Contour>| {
        progress.advance(0)?;
        Ok(overlay(&part, &[], Operation::Union))
    };
    let mut parts: Vec<Vec<Vec<Contour>>> =
        parts.into_par_iter().with_max_len(1).map(joined).collect::<Result<_, AskError>>()?;
    while parts.len() > 1 {
        let mut rest = parts.into_iter();
        let steps = std::iter::from_fn(|| Some(rest.by_ref().take(PARTS_AT_ONCE).collect::<Vec<_>>()));
        let steps: Vec<Vec<Vec<Vec<Contour>>>> = steps.take_while(|step| !step.is_empty()).collect();
        let joined = |step: Vec<Vec<Vec<Contour>>>| {
            progress.advance(0)?;
            Ok(joined_parts(step))
        };
        parts = steps.into_par_iter().with_max_len(1).map(joined).collect::<Result<_, AskError>>()?;
    }
    Ok(parts.into_iter().flatten().collect())
}

#[cfg(test)]
mod shared_tests;
#[cfg(test)]
mod tests;
