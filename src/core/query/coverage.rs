//! How the covered share grows with the radius: the same question at several radii.

use super::{AskError, Figures, Layers, Question, ask};
use crate::progress::Progress;

/// What is served at one radius.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CoveragePoint {
    /// The radius; metres.
    pub radius_m: f64,
    /// Share of the demand's area.
    pub area_share: f64,
    /// Share of the people, where a column was named.
    pub people_share: Option<f64>,
}

/// Asks a `gaps` question again at each radius.
///
/// # Errors
/// As [`ask`]. Any other kind of question has no curve: an empty one is given.
pub fn coverage_curve(
    question: &Question,
    layers: &Layers,
    radii_m: &[f64],
    progress: &Progress,
) -> Result<Vec<CoveragePoint>, AskError> {
    let Question::Gaps { min_area_m2, people, .. } = question else { return Ok(Vec::new()) };
    let mut curve = Vec::with_capacity(radii_m.len());
    for &radius_m in radii_m {
        let at = Question::Gaps { radius_m, min_area_m2: *min_area_m2, people: people.clone() };
        if let Figures::Gaps { covered_share, people, people_unserved, .. } =
            ask(&at, layers, progress)?.summary.figures
        {
            let people_share =
                people.zip(people_unserved).filter(|(all, _)| *all > 0.0).map(|(all, un)| 1.0 - un / all);
            curve.push(CoveragePoint { radius_m, area_share: covered_share, people_share });
        }
    }
    Ok(curve)
}
