//! The zones that several grounds make: a planar partition, each piece of which knows every ground that covers it.

use super::answer::is_area;
use super::near::Near;
use super::outline::{joined, within_distance};
use super::overlay::{Contour, Operation, Plane, Polygons, around_all, overlay, west_first};
use super::slivers::Sifted;
use super::{AskError, FEATURES_AT_ONCE};
use crate::geodesy::{GridBox, LonLatBox, groups_apart};
use crate::index::IndexedLayer;
use crate::progress::Progress;
use rayon::prelude::*;
use std::collections::BTreeMap;
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

/// What a ground covers: an area of its layer, or a polygon of its strip.
struct Cover {
    number: usize,
    row: Option<usize>,
    contours: Vec<Contour>,
}

struct Part {
    contours: Vec<Contour>,
    place: GridBox,
    grounds: Vec<(usize, Option<usize>)>,
}

impl Part {
    /// `None` where it has no ground.
    fn of(polygons: Vec<Vec<Contour>>, grounds: Vec<(usize, Option<usize>)>) -> Option<Self> {
        let contours = polygons.concat();
        let place = around_all(&contours);
        (!contours.is_empty()).then_some(Self { contours, place, grounds })
    }
}

/// Cuts grounds into the pieces that each set of them covers.
///
/// Cost: grounds between which nothing meets are cut by themselves, on all cores; among the others each is cut with the
/// pieces whose box meets its own, each near that piece.
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
    let mut covers: Vec<Cover> = Vec::new();
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
                let strip = joined(regions.concat(), progress)?;
                covers.extend(strip.into_iter().map(|contours| Cover { number, row: None, contours }));
                found.left_out += ground.layer.feature_count() - rows.len();
            }
            None => {
                let rows: Vec<usize> = ground.layer.rows().filter(|row| is_area(layer, *row)).collect();
                found.left_out += ground.layer.feature_count() - rows.len();
                for row in rows {
                    let mut contours = Vec::new();
                    plane.row(layer, row, &layer.geometries.bounds(row), &mut contours);
                    let contours = overlay(&contours, &[], Operation::Union).concat();
                    covers.push(Cover { number, row: Some(row), contours });
                }
            }
        }
    }
    progress.start(covers.len() as u64);
    let parts: Vec<Part> = groups(covers)
        .into_par_iter()
        .with_max_len(1)
        .map(|covers| parts(covers, progress))
        .collect::<Result<Vec<_>, AskError>>()?
        .into_iter()
        .flatten()
        .collect();
    // A strip has pieces in several groups: what the same grounds cover is one.
    let settled: Vec<Vec<Vec<Contour>>> = parts
        .par_iter()
        .with_max_len(FEATURES_AT_ONCE)
        .map(|part| overlay(&part.contours, &[], Operation::Union))
        .collect();
    let mut by_grounds: BTreeMap<Vec<(usize, Option<usize>)>, Vec<Vec<Contour>>> = BTreeMap::new();
    for (mut part, polygons) in parts.into_iter().zip(settled) {
        part.grounds.sort_unstable();
        by_grounds.entry(part.grounds).or_default().extend(polygons);
    }
    let by_grounds: Vec<_> = by_grounds.into_iter().collect();
    let sifted: Vec<_> = by_grounds
        .into_par_iter()
        .with_max_len(FEATURES_AT_ONCE)
        .map(|(grounds, mut polygons)| {
            west_first(&mut polygons);
            (grounds, Sifted::new(plane.positions(&polygons)))
        })
        .collect();
    for (grounds, Sifted { polygons, area_m2, slivers, .. }) in sifted {
        found.slivers += slivers.len();
        if !polygons.is_empty() {
            found.pieces.push(ZonePiece { area_m2, polygons, grounds });
        }
    }
    Ok(found)
}

/// Covers between which nothing meets.
fn groups(covers: Vec<Cover>) -> Vec<Vec<Cover>> {
    /// Steps of the grid (half a millimetre): cutting moves nothing so far.
    const BESIDE: i64 = 4_096;
    let boxes: Vec<GridBox> = covers.iter().map(|cover| around_all(&cover.contours)).collect();
    let Some(groups) = groups_apart(&boxes, BESIDE) else { return vec![covers] };
    let mut covers: Vec<Option<Cover>> = covers.into_iter().map(Some).collect();
    let of = |group: Vec<u32>| group.into_iter().filter_map(|i| covers[i as usize].take()).collect();
    groups.into_iter().map(of).collect()
}

/// The parts that each set of covers makes.
fn parts(mut covers: Vec<Cover>, progress: &Progress) -> Result<Vec<Part>, AskError> {
    // The large ones last: what is cut then is small, and each is cut once.
    covers.sort_by_key(|cover| cover.contours.iter().map(Vec::len).sum::<usize>());
    let mut parts: Vec<Part> = Vec::new();
    for Cover { number, row, contours } in covers {
        progress.advance(1)?;
        let place = around_all(&contours);
        let near: Vec<Part> = parts.extract_if(.., |part| part.place.meets(&place)).collect();
        let taken: Vec<Contour> = near.iter().flat_map(|part| part.contours.iter().cloned()).collect();
        let cover = Near::new(contours);
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
                Ok([Part::of(outside, old.grounds), Part::of(inside, with)])
            })
            .collect::<Result<_, AskError>>()?;
        parts.extend(cut.into_iter().flatten().flatten());
        let rest = match taken.is_empty() {
            true => vec![cover.contours().to_vec()],
            false => overlay(cover.contours(), &taken, Operation::Difference),
        };
        parts.extend(Part::of(rest, vec![(number, row)]));
    }
    Ok(parts)
}
