//! Which feature of a reference is nearest to each of the subject's.

use super::engine::{By, Kind, RowWork, rows_by};
use super::within::{Matches, greater};
use super::{Answer, AskError, Features, Figures, Layers, Match, Question, for_blocks};
use crate::index::{IndexedLayer, NearestOf};
use crate::progress::Progress;

/// Each feature with its nearest, `distance_m`, `nearest_id` and `nearest_name`; those with none within
/// `max_m` are counted and not given out. O((n + m) log m).
pub(super) fn ask(
    max_m: Option<f64>,
    layers: &Layers,
    reference: &IndexedLayer,
    by: By<'_>,
) -> Result<Answer, AskError> {
    let rows: Vec<usize> = layers.subject.rows().collect();
    let work = RowWork::new(Kind::Nearest { max_m }, &layers.subject, [reference]);
    let Matches { matches, max_distance_m, .. } = rows_by(by, &work, &rows)?.matches()?;
    let columns = vec!["distance_m", "nearest_id", "nearest_name"];
    let figures = Figures::Nearest { max_distance_m, unmatched: rows.len() - matches.len() };
    let mut answer = Answer::new(Question::Nearest { max_m }, layers, columns, figures);
    answer.summary.matched = matches.len();
    answer.features = Features::Matched(matches);
    Ok(answer)
}

/// Of some rows those that have something within `max_m`, in their order.
pub(super) fn matches(
    max_m: Option<f64>,
    subject: &IndexedLayer,
    reference: &IndexedLayer,
    rows: &[usize],
    progress: &Progress,
) -> Result<Matches, AskError> {
    let subject = subject.layer();
    let near = NearestOf::new(reference, max_m.unwrap_or(f64::INFINITY), rows.len());
    let found = for_blocks(rows, progress, |block| {
        let mut matches = Vec::with_capacity(block.len());
        let mut furthest: Option<f64> = None;
        for &row in block {
            let Some(n) = near.to(subject, row) else { continue };
            furthest = Some(furthest.unwrap_or(0.0).max(n.distance_m));
            matches.push(Match::new(row, Some((n.row, n.distance_m)), None));
        }
        (matches, furthest)
    })?;
    let max_distance_m = found.iter().map(|(_, furthest)| *furthest).fold(None, greater);
    let matches = found.into_iter().flat_map(|(matches, _)| matches).collect();
    Ok(Matches { matches, max_distance_m, min_distance_m: None })
}
