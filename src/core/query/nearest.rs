//! Which feature of a reference is nearest to each of the subject's.

use super::{Answer, AskError, Features, Figures, Layers, Match, Question, for_blocks};
use crate::index::{IndexedLayer, NearestOf};
use crate::progress::Progress;

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
    let limit_m = max_m.unwrap_or(f64::INFINITY);
    let near = NearestOf::new(reference, limit_m, rows.len());
    let found = for_blocks(&rows, progress, |block| {
        let mut matches = Vec::with_capacity(block.len());
        let mut furthest: Option<f64> = None;
        for &row in block {
            let Some(n) = near.to(subject, row) else { continue };
            furthest = Some(furthest.unwrap_or(0.0).max(n.distance_m));
            matches.push(Match::new(row, Some((n.row, n.distance_m)), None));
        }
        (matches, furthest)
    })?;
    let max_distance_m = found.iter().filter_map(|(_, furthest)| *furthest).max_by(f64::total_cmp);
    let matches: Vec<Match> = found.into_iter().flat_map(|(matches, _)| matches).collect();
    let columns = vec!["distance_m", "nearest_id", "nearest_name"];
    let figures = Figures::Nearest { max_distance_m, unmatched: rows.len() - matches.len() };
    let mut answer = Answer::new(Question::Nearest { max_m }, layers, columns, figures);
    answer.summary.matched = matches.len();
    answer.features = Features::Matched(matches);
    Ok(answer)
}
