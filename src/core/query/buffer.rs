//! Which land lies within a distance of features: regions bounded by true offset curves.

use super::answer::area;
use super::outline::{within_distance, within_distance_of_many};
use super::overlay::{Plane, Polygons, polygons_area_m2};
use super::{Answer, AnswerFeature, AskError, Dissolve, Features, Figures, Layers, Question};
use crate::index::by_place;
use crate::io::geojson::{OutGeometry, within_half_turns};
use crate::progress::Progress;
use rayon::prelude::*;

/// A region a feature, with `area_m2`, or one region in all. Polygons stay within 0.02 % of the distance
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
                    let region = within_distance(layer, &[*row], &plane, distance_m, progress)?;
                    Ok(within_half_turns(plane.positions(&region)))
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
            let boxes: Vec<_> = rows.iter().map(|row| layer.geometries.bounds(*row)).collect();
            let near_one_another: Vec<usize> = by_place(&boxes).into_iter().map(|i| rows[i as usize]).collect();
            let region = within_distance_of_many(layer, &near_one_another, &plane, distance_m, progress)?;
            let region = within_half_turns(plane.positions(&region));
            progress.advance(rows.len() as u64)?;
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
