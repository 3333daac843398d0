//! Which land lies within a distance of features: regions bounded by true offset curves.

use super::answer::area;
use super::overlay::{Contour, Operation, Plane, Polygons, polygons_area_m2};
use super::region::{Region, outside_on_right, there_and_back};
use super::{Answer, AnswerFeature, AskError, Dissolve, Features, Figures, Layers, Question};
use crate::io::geojson::OutGeometry;
use crate::model::{Layer, Shape};
use crate::progress::Progress;
use rayon::prelude::*;

/// A region a feature, with `area_m2`, or one region in all. Polygons stay within 0.01 % of the distance
/// from the true curve.
pub(super) fn ask(
    distance_m: f64,
    dissolve: Dissolve,
    layers: &Layers,
    progress: &Progress,
) -> Result<Answer, AskError> {
    let layer = layers.subject.layer();
    let rows: Vec<usize> = layers.subject.rows().collect();
    progress.start(rows.len() as u64);
    let mut features = Vec::new();
    let mut area_m2 = 0.0;
    match dissolve {
        Dissolve::Each => {
            let regions: Vec<Polygons> = rows
                .par_iter()
                .map(|row| {
                    progress.advance(1)?;
                    let plane = Plane::about(&layer.geometries.bounds(*row));
                    Ok(plane.overlay(&pieces(layer, *row, &plane, distance_m), &[], Operation::Union))
                })
                .collect::<Result<_, AskError>>()?;
            for (row, region) in rows.iter().zip(regions) {
                let own_m2 = polygons_area_m2(&region);
                area_m2 += own_m2;
                features.push(AnswerFeature {
                    row: Some(*row),
                    id: None,
                    geometry: OutGeometry::Polygons(region),
                    values: smallvec::smallvec![area(own_m2)],
                });
            }
        }
        Dissolve::Union => {
            let plane = Plane::about(&layer.bounds);
            let contours: Vec<Vec<Contour>> = rows
                .par_iter()
                .map(|row| {
                    progress.advance(1)?;
                    Ok(pieces(layer, *row, &plane, distance_m))
                })
                .collect::<Result<_, AskError>>()?;
            let region = plane.overlay(&contours.concat(), &[], Operation::Union);
            progress.advance(0)?;
            area_m2 = polygons_area_m2(&region);
            if !region.is_empty() {
                let geometry = OutGeometry::Polygons(region);
                features.push(AnswerFeature {
                    row: None,
                    id: None,
                    geometry,
                    values: smallvec::smallvec![area(area_m2)],
                });
            }
        }
    }
    let question = Question::Buffer { distance_m, dissolve };
    let mut answer = Answer::new(question, layers, vec!["area_m2"], Figures::Buffer { area_m2 });
    answer.summary.matched = rows.len();
    answer.features = Features::Made(features);
    Ok(answer)
}

/// The pieces of one feature's region, its own ground included.
pub(super) fn pieces(layer: &Layer, row: usize, plane: &Plane, distance_m: f64) -> Vec<Contour> {
    let mut region = Region::new(plane, distance_m);
    let Some(kind) = layer.geometries.kind(row) else { return Vec::new() };
    for part in layer.geometries.parts(row) {
        for (i, path) in part.paths().enumerate() {
            match kind.shape() {
                Shape::Points => path.iter().for_each(|p| region.disc(*p)),
                Shape::Lines => region.around_ring(&there_and_back(path)),
                Shape::Polygons => region.around_ring(&outside_on_right(path, i > 0)),
            }
        }
    }
    let mut contours = region.out;
    if kind.shape() == Shape::Polygons {
        plane.row(layer, row, &layer.geometries.bounds(row), &mut contours);
    }
    contours
}
