//! The buffer strip along waters: from the water's edge, flat at a river's ends, the water itself left out.
//!
//! The edge is that of the river's water body where there is one (of its name, or holding more than half of its length),
//! else the centreline less half of its width. A river with neither is not guessed at: it is named.

use super::answer::is_area;
use super::outline::within_distance;
use super::overlay::{Contour, Operation, Plane, Polygons, STEPS_PER_M, overlay, polygons_area_m2};
use super::region::{Region, Wanted, there_and_back};
use super::{AskError, FEATURES_AT_ONCE};
use crate::geodesy::{LonLat, LonLatBox, distance_m};
use crate::index::{IndexedLayer, contains};
use crate::io::geojson::within_half_turns;
use crate::model::{Layer, Shape};
use crate::progress::Progress;
use rayon::prelude::*;
use serde::Serialize;
use std::f64::consts::PI;
use std::sync::Arc;

/// The most that a spike is wide: more than positions are rounded to in a file.
const SPIKE_M: f64 = 1e-3;

/// Where a strip begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Edge {
    /// At the border of a water body.
    WaterBody,
    /// Half of the width from the centreline.
    Centreline,
}

/// What strips are made of.
#[derive(Clone, Copy, Debug)]
pub struct StripLayers<'a> {
    /// Rivers (lines), or waters by themselves (areas).
    pub waters: &'a IndexedLayer,
    /// Water bodies: the edges of rivers, and what is left out.
    pub bodies: Option<&'a IndexedLayer>,
    /// What strips are clipped to.
    pub inside: Option<&'a IndexedLayer>,
    /// What counts as green.
    pub greens: &'a [Arc<IndexedLayer>],
}

/// Widths by row, metres; `None` where nobody says.
#[derive(Clone, Debug, Default)]
pub struct StripWidths {
    /// Of the strip.
    pub strip_m: Vec<Option<f64>>,
    /// Of the river itself.
    pub river_m: Vec<Option<f64>>,
    /// Where the land lies; both sides without an entry.
    pub land: Vec<LandSide>,
}

/// Where the land of a shore lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LandSide {
    /// On both sides: a river.
    #[default]
    Both,
    /// On the left of the line's direction.
    Left,
    /// On its right.
    Right,
}

/// The strip of one water.
#[derive(Clone, Debug)]
pub struct StripPiece {
    /// Its row.
    pub row: usize,
    /// Its ground.
    pub polygons: Polygons,
    /// Its area; m².
    pub area_m2: f64,
    /// What of it is green; m².
    pub green_m2: f64,
    /// Its width; metres.
    pub width_m: f64,
    /// Where it begins.
    pub edge: Edge,
}

/// The strips of all waters.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Strips {
    /// Features.
    pub features_in: usize,
    /// The ground of all strips, what several share once; m².
    pub area_m2: f64,
    /// What of it is green; m².
    pub green_m2: f64,
    /// Rows with neither a water body nor a width.
    pub without_edge: Vec<usize>,
    /// Rivers whose water bodies hold less than nine tenths of them: the rest has no strip.
    pub partly: Vec<usize>,
    /// Rows with no width of their strip.
    pub without_width: Vec<usize>,
    /// Features that could not be used.
    pub left_out: usize,
    /// The strips.
    #[serde(skip)]
    pub pieces: Vec<StripPiece>,
}

/// No disc round a path's ends.
struct FlatEnds;

impl Wanted for FlatEnds {
    fn edge(&self, _: usize, _: LonLat, _: LonLat) -> bool {
        true
    }

    fn corner(&self, _: usize, _: LonLat) -> bool {
        true
    }

    fn sector(&self, _: usize, _: LonLat, _: [f64; 2], turn: f64) -> Option<[f64; 2]> {
        (turn < PI - 1e-6).then_some([0.0, 1.0])
    }
}

/// Everything within a distance of a row's lines, flat at their ends.
fn along(layer: &Layer, row: usize, plane: &Plane, half_m: f64, land: LandSide, out: &mut Vec<Contour>) {
    let mut region = Region::new(plane, half_m);
    for path in layer.geometries.paths(row).filter(|path| path.len() > 1) {
        let ring = there_and_back(path);
        if ring.len() > 1 {
            // There on the right of the line, back on its left.
            let (all, turn) = (ring.len() as u32, ring.len() as u32 / 2);
            let corners: Vec<u32> = match land {
                LandSide::Both => (0..all).collect(),
                LandSide::Right => (0..turn).collect(),
                LandSide::Left => (turn..all).collect(),
            };
            region.right_of_ring(&ring, &corners, &FlatEnds);
        }
    }
    out.append(&mut region.out);
}

/// Takes from a ring the corners where it goes out and back along one line; false where nothing is left of it. The flat
/// ends of a strip and of its water lie on one line, and what rounding leaves between them is no ground.
fn is_left_without_spikes(ring: &mut Contour) -> bool {
    let is_spike = |a: usize, b: usize, c: usize, ring: &Contour| {
        let to = |p: usize| [(ring[p].x - ring[b].x) as f64, (ring[p].y - ring[b].y) as f64];
        let ([ax, ay], [cx, cy]) = (to(a), to(c));
        let longer = ax.hypot(ay).max(cx.hypot(cy));
        ax * cx + ay * cy >= 0.0 && (ax * cy - ay * cx).abs() <= SPIKE_M * STEPS_PER_M * longer
    };
    let mut at = 0;
    // Each corner once more after the last that went: what is beside it may be a spike now.
    let mut kept = 0;
    while ring.len() > 2 && kept < ring.len() {
        let n = ring.len();
        let b = at % n;
        if is_spike((b + n - 1) % n, b, (b + 1) % n, ring) {
            ring.remove(b);
            (at, kept) = (b + n - 2, 0);
        } else {
            (at, kept) = (b + 1, kept + 1);
        }
    }
    ring.len() > 2
}

/// Draws the strips.
///
/// # Errors
/// Cancelled.
pub fn strips(layers: &StripLayers<'_>, widths: &StripWidths, progress: &Progress) -> Result<Strips, AskError> {
    let waters = layers.waters.layer();
    let mut found = Strips { features_in: layers.waters.feature_count(), ..Strips::default() };
    if waters.bounds.is_empty() {
        return Ok(found);
    }
    let plane = Plane::about(&waters.bounds);
    let shape = |row: usize| waters.geometries.kind(row).map(|kind| kind.shape());
    let rows: Vec<usize> = layers.waters.rows().filter(|row| shape(*row) != Some(Shape::Points)).collect();
    found.left_out = found.features_in - rows.len();
    progress.start(2 * rows.len() as u64);
    let river_m = |row: usize| widths.river_m.get(row).copied().flatten();

    struct Made {
        row: usize,
        width_m: f64,
        edge: Edge,
        is_partly: bool,
        strip: Vec<Vec<Contour>>,
        bounds: LonLatBox,
    }
    enum Lacks {
        Edge(usize),
        Width(usize),
    }
    let made: Vec<Result<Made, Lacks>> = rows
        .par_iter()
        .with_max_len(FEATURES_AT_ONCE)
        .map(|row| {
            progress.advance(1)?;
            let row = *row;
            let Some(width_m) = widths.strip_m.get(row).copied().flatten() else { return Ok(Err(Lacks::Width(row))) };
            let is_line = shape(row) == Some(Shape::Lines);
            let own = match layers.bodies.filter(|_| is_line) {
                Some(bodies) => bodies_of(waters, row, bodies),
                None => Vec::new(),
            };
            let mut region = Vec::new();
            for body in &own {
                let bodies = layers.bodies.map_or(waters, |bodies| bodies.layer());
                region.extend(within_distance(bodies, &[*body], &plane, width_m, progress)?.into_iter().flatten());
            }
            let edge = if own.is_empty() && is_line { Edge::Centreline } else { Edge::WaterBody };
            // Where there is a water body its border is the edge, whatever width is written.
            match (is_line, river_m(row)) {
                (false, _) => {
                    region.extend(within_distance(waters, &[row], &plane, width_m, progress)?.into_iter().flatten());
                }
                (true, _) if !own.is_empty() => {}
                (true, Some(across_m)) => {
                    let land = widths.land.get(row).copied().unwrap_or_default();
                    along(waters, row, &plane, across_m / 2.0 + width_m, land, &mut region);
                }
                (true, None) => return Ok(Err(Lacks::Edge(row))),
            }
            let is_partly = is_line && !own.is_empty() && !holds_most(waters, row, layers.bodies, &own);
            let bounds = plane.bounds(&region);
            let mut water = Vec::new();
            if let Some(bodies) = layers.bodies {
                areas_near(bodies, &plane, &bounds, &mut water);
            }
            for other in layers.waters.rows_in(&bounds) {
                match (shape(other), river_m(other)) {
                    (Some(Shape::Polygons), _) => plane.row(waters, other, &bounds.padded(1.0), &mut water),
                    (Some(Shape::Lines), Some(across_m)) if other != row || own.is_empty() => {
                        along(waters, other, &plane, across_m / 2.0, LandSide::Both, &mut water);
                    }
                    _ => {}
                }
            }
            let mut strip = overlay(&region, &water, Operation::Difference);
            if let Some(inside) = layers.inside {
                let mut ground = Vec::new();
                areas_near(inside, &plane, &bounds, &mut ground);
                strip = overlay(&strip.concat(), &ground, Operation::Intersection);
            }
            strip.iter_mut().for_each(|rings| rings.retain_mut(is_left_without_spikes));
            strip.retain(|rings| !rings.is_empty());
            let bounds = plane.bounds(strip.iter().flatten());
            Ok(Ok(Made { row, width_m, edge, is_partly, strip, bounds }))
        })
        .collect::<Result<_, AskError>>()?;
    let mut strips: Vec<Made> = Vec::new();
    for one in made {
        match one {
            Ok(made) => {
                found.partly.extend(made.is_partly.then_some(made.row));
                strips.push(made);
            }
            Err(Lacks::Edge(row)) => found.without_edge.push(row),
            Err(Lacks::Width(row)) => found.without_width.push(row),
        }
    }
    let green_m2 = |ground: &[Contour], bounds: &LonLatBox| {
        let mut greens = Vec::new();
        for green in layers.greens {
            areas_near(green, &plane, bounds, &mut greens);
        }
        polygons_area_m2(&plane.overlay(ground, &greens, Operation::Intersection))
    };
    // Its own, and what no strip before it covers: the land and the green of that.
    let measured: Vec<[f64; 4]> = (0..strips.len())
        .into_par_iter()
        .map(|i| {
            progress.advance(1)?;
            let own = &strips[i];
            let contours = own.strip.concat();
            let area_m2 = polygons_area_m2(&plane.positions(&own.strip));
            let own_green_m2 = green_m2(&contours, &own.bounds);
            let before = strips[..i].iter().filter(|other| other.bounds.intersects(&own.bounds));
            let taken: Vec<Contour> = before.flat_map(|other| other.strip.concat()).collect();
            if taken.is_empty() {
                return Ok([area_m2, own_green_m2, area_m2, own_green_m2]);
            }
            let rest = overlay(&contours, &taken, Operation::Difference);
            let rest_m2 = polygons_area_m2(&plane.positions(&rest));
            Ok([area_m2, own_green_m2, rest_m2, green_m2(&rest.concat(), &own.bounds)])
        })
        .collect::<Result<_, AskError>>()?;
    for (made, [area_m2, green_m2, rest_m2, rest_green_m2]) in strips.into_iter().zip(measured) {
        found.area_m2 += rest_m2;
        found.green_m2 += rest_green_m2;
        let polygons = within_half_turns(plane.positions(&made.strip));
        let (row, width_m, edge) = (made.row, made.width_m, made.edge);
        found.pieces.push(StripPiece { row, polygons, area_m2, green_m2, width_m, edge });
    }
    Ok(found)
}

impl Strips {
    /// Of areas (towns): what of all strips lies in each, counted once, and how much of that is green; m².
    ///
    /// # Errors
    /// Cancelled.
    pub fn by_area(
        &self,
        areas: &IndexedLayer,
        greens: &[Arc<IndexedLayer>],
        progress: &Progress,
    ) -> Result<Vec<(usize, [f64; 2])>, AskError> {
        let layer = areas.layer();
        let boxes: Vec<LonLatBox> = self
            .pieces
            .iter()
            .map(|piece| {
                piece.polygons.iter().flatten().fold(LonLatBox::EMPTY, |all, ring| all.union(LonLatBox::of(ring)))
            })
            .collect();
        let rows: Vec<usize> = areas.rows().filter(|row| is_area(layer, *row)).collect();
        rows.into_par_iter()
            .map(|row| {
                progress.advance(0)?;
                let bounds = layer.geometries.bounds(row);
                let plane = Plane::about(&bounds);
                let (mut strips, mut own) = (Vec::new(), Vec::new());
                for (piece, _) in self.pieces.iter().zip(&boxes).filter(|(_, b)| b.intersects(&bounds)) {
                    plane.polygons(&piece.polygons, &mut strips);
                }
                plane.row(layer, row, &bounds.padded(1.0), &mut own);
                let inside = overlay(&strips, &own, Operation::Intersection);
                let area_m2 = polygons_area_m2(&plane.positions(&inside));
                let mut green = Vec::new();
                greens.iter().for_each(|layer| areas_near(layer, &plane, &bounds, &mut green));
                let green_m2 = match inside.is_empty() || green.is_empty() {
                    true => 0.0,
                    false => polygons_area_m2(&plane.overlay(&inside.concat(), &green, Operation::Intersection)),
                };
                Ok((row, [area_m2, green_m2]))
            })
            .collect()
    }
}

/// The contours of the areas of a layer that come near a box.
fn areas_near(indexed: &IndexedLayer, plane: &Plane, bounds: &LonLatBox, out: &mut Vec<Contour>) {
    let layer = indexed.layer();
    let near = indexed.rows_in(bounds).into_iter().filter(|row| is_area(layer, *row));
    near.for_each(|row| plane.row(layer, row, &bounds.padded(1.0), out));
}

/// The water bodies of a river: of its name, or holding more than half of its length.
fn bodies_of(rivers: &Layer, row: usize, bodies: &IndexedLayer) -> Vec<usize> {
    let layer = bodies.layer();
    let name = rivers.attributes.get(row, "name").display().into_owned();
    let near = bodies.rows_in(&rivers.geometries.bounds(row)).into_iter().filter(|body| is_area(layer, *body));
    let near: Vec<usize> = near.collect();
    let is_named = |body: &usize| !name.is_empty() && layer.attributes.get(*body, "name").display().starts_with(&name);
    let named: Vec<usize> = near.iter().copied().filter(is_named).collect();
    if !named.is_empty() {
        return named;
    }
    near.into_iter().filter(|body| share_inside(rivers, row, layer, &[*body]) > 0.5).collect()
}

/// The water bodies of a river, and whether they hold nine tenths of it.
pub fn water_bodies_of(rivers: &Layer, row: usize, bodies: &IndexedLayer) -> (Vec<usize>, bool) {
    let own = bodies_of(rivers, row, bodies);
    let holds_most = !own.is_empty() && holds_most(rivers, row, Some(bodies), &own);
    (own, holds_most)
}

/// True where a river's water bodies hold nine tenths of it.
fn holds_most(rivers: &Layer, row: usize, bodies: Option<&IndexedLayer>, own: &[usize]) -> bool {
    bodies.is_some_and(|bodies| share_inside(rivers, row, bodies.layer(), own) >= 0.9)
}

/// The share of a river's length that some bodies hold, edge by edge.
fn share_inside(rivers: &Layer, row: usize, bodies: &Layer, of: &[usize]) -> f64 {
    let (mut whole_m, mut inside_m) = (0.0, 0.0);
    let of: Vec<(usize, LonLatBox)> = of.iter().map(|body| (*body, bodies.geometries.bounds(*body))).collect();
    for edge in rivers.geometries.paths(row).flat_map(|path| path.windows(2)) {
        let length_m = distance_m(edge[0], edge[1]);
        let middle = LonLat::new((edge[0].lon + edge[1].lon) / 2.0, (edge[0].lat + edge[1].lat) / 2.0);
        whole_m += length_m;
        let place = LonLatBox { min: middle, max: middle };
        let holds = |(body, bounds): &(usize, LonLatBox)| bounds.intersects(&place) && contains(bodies, *body, middle);
        inside_m += if of.iter().any(holds) { length_m } else { 0.0 };
    }
    if whole_m > 0.0 { inside_m / whole_m } else { 0.0 }
}
