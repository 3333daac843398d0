//! The zones that several grounds make: a planar partition, each piece of which knows every ground that covers it.

use super::AskError;
use super::answer::is_area;
use super::outline::{joined, within_distance};
use super::overlay::{
    Contour, Operation, Plane, Polygons, TOUCH_WIDTH_M, is_sliver, mean_width_m, overlay, polygons_area_m2,
};
use crate::geodesy::LonLatBox;
use crate::index::IndexedLayer;
use crate::progress::Progress;
use rayon::prelude::*;
use std::sync::Arc;

/// A ground: what of a layer makes a zone.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The layer.
    pub layer: Arc<IndexedLayer>,
    /// Everything within so many metres of its features as one ground; without it each area by itself.
    pub strip_m: Option<f64>,
    /// By row, how far the water's edge lies from a river's line, metres: a strip begins there.
    pub offset_m: Vec<f64>,
    /// Areas that strips lie along too: the water bodies of the rivers.
    pub bodies: Option<Arc<IndexedLayer>>,
}

impl Ground {
    /// A layer's own ground, or strips along it.
    pub fn of(layer: Arc<IndexedLayer>, strip_m: Option<f64>) -> Self {
        Self { layer, strip_m, offset_m: Vec::new(), bodies: None }
    }
}

/// A piece of the partition.
#[derive(Clone, Debug, PartialEq)]
pub struct ZonePiece {
    /// Its ground.
    pub polygons: Polygons,
    /// Geodesic; m².
    pub area_m2: f64,
    /// What covers it: the number of the ground, and the row; no row for a strip.
    pub grounds: Vec<(usize, Option<usize>)>,
}

/// The zones that grounds make.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Zoning {
    /// The pieces, which nowhere overlap.
    pub pieces: Vec<ZonePiece>,
    /// Pieces too thin or small.
    pub slivers: usize,
    /// Features that are no usable ground.
    pub left_out: usize,
}

struct Part {
    contours: Vec<Contour>,
    bounds: LonLatBox,
    grounds: Vec<(usize, Option<usize>)>,
}

/// Cuts grounds into the pieces that each set of them covers.
///
/// Cost: each ground is cut with the pieces whose box meets its own.
///
/// # Errors
/// Cancelled.
pub fn zoning(grounds: &[Ground], progress: &Progress) -> Result<Zoning, AskError> {
    let all = grounds.iter().fold(LonLatBox::EMPTY, |all, ground| {
        let bounds = ground.layer.layer().bounds;
        all.union(if bounds.is_empty() { bounds } else { bounds.padded(ground.strip_m.unwrap_or(0.0)) })
    });
    let mut found = Zoning::default();
    if all.is_empty() {
        return Ok(found);
    }
    let plane = Plane::about(&all);
    let mut covers: Vec<(usize, Option<usize>, Vec<Contour>)> = Vec::new();
    for (number, ground) in grounds.iter().enumerate() {
        let layer = ground.layer.layer();
        match ground.strip_m {
            Some(strip_m) => {
                let rows: Vec<usize> = ground.layer.rows().collect();
                let bodies: Vec<usize> = ground.bodies.iter().flat_map(|bodies| bodies.rows()).collect();
                let own = rows.iter().map(|row| {
                    let offset_m = ground.offset_m.get(*row).copied().unwrap_or(0.0);
                    (&**layer, *row, strip_m + offset_m)
                });
                let of_bodies = ground
                    .bodies
                    .iter()
                    .flat_map(|indexed| bodies.iter().map(|row| (&**indexed.layer(), *row, strip_m)));
                let all: Vec<_> = own.chain(of_bodies).collect();
                let regions: Vec<Vec<Vec<Contour>>> = all
                    .par_iter()
                    .map(|(layer, row, around_m)| {
                        progress.advance(0)?;
                        within_distance(layer, &[*row], &plane, *around_m, progress)
                    })
                    .collect::<Result<_, AskError>>()?;
                let strip = joined(regions.concat(), progress)?.concat();
                covers.push((number, None, strip));
                found.left_out += ground.layer.feature_count() - rows.len();
            }
            None => {
                let rows: Vec<usize> = ground.layer.rows().filter(|row| is_area(layer, *row)).collect();
                found.left_out += ground.layer.feature_count() - rows.len();
                for row in rows {
                    let mut contours = Vec::new();
                    plane.row(layer, row, &layer.geometries.bounds(row), &mut contours);
                    covers.push((number, Some(row), overlay(&contours, &[], Operation::Union).concat()));
                }
            }
        }
    }
    progress.start(covers.len() as u64);
    let mut parts: Vec<Part> = Vec::new();
    for (number, row, cover) in covers {
        progress.advance(1)?;
        let bounds = plane.bounds(&cover);
        let (near, mut next): (Vec<Part>, Vec<Part>) = parts.into_iter().partition(|p| p.bounds.intersects(&bounds));
        let taken: Vec<Contour> = near.iter().flat_map(|part| part.contours.iter().cloned()).collect();
        let part = |contours: Vec<Vec<Contour>>, grounds: Vec<(usize, Option<usize>)>| {
            let contours = contours.concat();
            let bounds = plane.bounds(&contours);
            (!contours.is_empty()).then_some(Part { contours, bounds, grounds })
        };
        let cut: Vec<[Option<Part>; 2]> = near
            .into_par_iter()
            .map(|old| {
                progress.advance(0)?;
                let inside = overlay(&old.contours, &cover, Operation::Intersection);
                if inside.is_empty() {
                    return Ok([Some(old), None]);
                }
                let outside = overlay(&old.contours, &cover, Operation::Difference);
                let with = old.grounds.iter().copied().chain([(number, row)]).collect();
                Ok([part(outside, old.grounds), part(inside, with)])
            })
            .collect::<Result<_, AskError>>()?;
        next.extend(cut.into_iter().flatten().flatten());
        let rest = match taken.is_empty() {
            true => vec![cover],
            false => overlay(&cover, &taken, Operation::Difference),
        };
        next.extend(part(rest, vec![(number, row)]));
        parts = next;
    }
    for part in parts {
        let mut whole = Polygons::new();
        for rings in plane.overlay(&part.contours, &[], Operation::Union) {
            let one = std::slice::from_ref(&rings);
            let area_m2 = polygons_area_m2(one);
            let width_m = mean_width_m(one, area_m2);
            if is_sliver(area_m2, width_m) {
                found.slivers += usize::from(width_m > TOUCH_WIDTH_M);
            } else {
                whole.push(rings);
            }
        }
        if !whole.is_empty() {
            found.pieces.push(ZonePiece { area_m2: polygons_area_m2(&whole), polygons: whole, grounds: part.grounds });
        }
    }
    found.pieces.sort_by(|a, b| a.grounds.cmp(&b.grounds));
    Ok(found)
}
