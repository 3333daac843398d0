//! The zones that several grounds make: a planar partition, each piece of which knows every ground that covers it.

use super::answer::is_area;
use super::near::{Near, Place};
use super::outline::{joined, within_distance};
use super::overlay::{Contour, Operation, Plane, Polygons, overlay};
use super::slivers::Sifted;
use super::{AskError, FEATURES_AT_ONCE};
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
    place: Place,
    grounds: Vec<(usize, Option<usize>)>,
}

/// Cuts grounds into the pieces that each set of them covers.
///
/// Cost: each ground is cut with the pieces whose box meets its own, each near that piece.
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
    // The large ones last: what is cut then is small, and each is cut once.
    covers.sort_by_key(|(_, _, cover)| cover.iter().map(Vec::len).sum::<usize>());
    let mut parts: Vec<Part> = Vec::new();
    for (number, row, cover) in covers {
        progress.advance(1)?;
        let place = Place::of(&cover);
        let near: Vec<Part> = parts.extract_if(.., |part| part.place.meets(&place)).collect();
        let taken: Vec<Contour> = near.iter().flat_map(|part| part.contours.iter().cloned()).collect();
        let part = |contours: Vec<Vec<Contour>>, grounds: Vec<(usize, Option<usize>)>| {
            let contours = contours.concat();
            let place = Place::of(&contours);
            (!contours.is_empty()).then_some(Part { contours, place, grounds })
        };
        let cover = Near::new(cover);
        let cut: Vec<[Option<Part>; 2]> = near
            .into_par_iter()
            .map(|old| {
                progress.advance(0)?;
                let inside = cover.cut(&old.contours, Operation::Intersection);
                if inside.is_empty() {
                    return Ok([Some(old), None]);
                }
                let outside = cover.cut(&old.contours, Operation::Difference);
                let with = old.grounds.iter().copied().chain([(number, row)]).collect();
                Ok([part(outside, old.grounds), part(inside, with)])
            })
            .collect::<Result<_, AskError>>()?;
        parts.extend(cut.into_iter().flatten().flatten());
        let rest = match taken.is_empty() {
            true => vec![cover.contours().to_vec()],
            false => overlay(cover.contours(), &taken, Operation::Difference),
        };
        parts.extend(part(rest, vec![(number, row)]));
    }
    let sifted: Vec<Sifted> = parts
        .par_iter()
        .with_max_len(FEATURES_AT_ONCE)
        .map(|part| Sifted::new(plane.overlay(&part.contours, &[], Operation::Union)))
        .collect();
    for (part, Sifted { polygons, area_m2, slivers, .. }) in parts.into_iter().zip(sifted) {
        found.slivers += slivers.len();
        if !polygons.is_empty() {
            let mut grounds = part.grounds;
            grounds.sort_unstable();
            found.pieces.push(ZonePiece { area_m2, polygons, grounds });
        }
    }
    found.pieces.sort_by(|a, b| a.grounds.cmp(&b.grounds));
    Ok(found)
}
