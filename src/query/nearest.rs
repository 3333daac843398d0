//! Which feature of a reference is nearest to each of the subject's.

use super::answer::{id_of, length, name_of};
use super::{Answer, AnswerFeature, AskError, Figures, Layers, Question};
use crate::index::{IndexedLayer, Nearest, nearest_feature};
use crate::io::geojson::OutGeometry;
use crate::model::Layer;
use crate::progress::Progress;
use rayon::prelude::*;

/// The nearest feature of the reference within a limit, for each row; parallel.
pub(super) fn nearest_of_each(
    subject: &Layer,
    rows: &[usize],
    reference: &IndexedLayer,
    limit_m: f64,
    progress: &Progress,
) -> Result<Vec<Option<Nearest>>, AskError> {
    progress.start(rows.len() as u64);
    rows.par_iter()
        .map(|row| {
            progress.advance(1)?;
            Ok(nearest_feature(subject, *row, reference, limit_m))
        })
        .collect()
}

/// Each feature with its nearest, `distance_m`, `nearest_id` and `nearest_name`; those with none within
/// `max_m` are counted and not given out. O((n + m) log m).
pub(super) fn ask(
    max_m: Option<f64>,
    layers: &Layers,
    reference: &IndexedLayer,
    progress: &Progress,
) -> Result<Answer, AskError> {
    let subject = layers.subject.layer();
    let rows: Vec<usize> = layers.subject.rows().collect();
    let found = nearest_of_each(subject, &rows, reference, max_m.unwrap_or(f64::INFINITY), progress)?;
    let max_distance_m = found.iter().flatten().map(|n| n.distance_m).max_by(f64::total_cmp);
    let unmatched = found.iter().filter(|n| n.is_none()).count();
    let columns = vec!["distance_m", "nearest_id", "nearest_name"];
    let figures = Figures::Nearest { max_distance_m, unmatched };
    let mut answer = Answer::new(Question::Nearest { max_m }, layers, columns, figures);
    answer.features = rows
        .into_iter()
        .zip(found)
        .filter_map(|(row, nearest)| {
            let n = nearest?;
            let values = vec![length(n.distance_m), id_of(n.row), name_of(n.row)];
            Some(AnswerFeature { row: Some(row), id: None, geometry: OutGeometry::Unchanged, values })
        })
        .collect();
    answer.summary.matched = answer.features.len();
    Ok(answer)
}
