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

#[cfg(test)]
mod tests {
    use crate::geodesy::{LonLat, crossing, nearest_on_edge};
    use crate::index::{IndexedLayer, nearest_feature};
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;
    use proptest::prelude::*;

    fn lines(all: &[Vec<LonLat>]) -> IndexedLayer {
        let features: Vec<String> = all
            .iter()
            .map(|line| {
                let at: Vec<String> = line.iter().map(|p| format!("[{},{}]", p.lon, p.lat)).collect();
                let geometry = format!(r#"{{"type":"LineString","coordinates":[{}]}}"#, at.join(","));
                format!(r#"{{"type":"Feature","properties":null,"geometry":{geometry}}}"#)
            })
            .collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        let read = read_layer_bytes(text.as_bytes(), "lines.geojson", &ReadOptions::default(), &Progress::default());
        IndexedLayer::new(read.expect("a layer").into())
    }

    /// The least of all distances between a position of one line and an edge of the other, and 0 where they cross.
    fn scanned_m(a: &[LonLat], b: &[LonLat]) -> f64 {
        let of = |from: &[LonLat], to: &[LonLat]| {
            let to_edges = |p: &LonLat| -> Vec<f64> {
                to.windows(2)
                    .filter_map(|e| nearest_on_edge(*p, e[0], e[1], f64::INFINITY))
                    .map(|f| f.distance_m)
                    .collect()
            };
            from.iter().flat_map(to_edges).fold(f64::INFINITY, f64::min)
        };
        let crosses = a.windows(2).any(|e| b.windows(2).any(|f| crossing(e[0], e[1], f[0], f[1]).is_some()));
        if crosses { 0.0 } else { of(a, b).min(of(b, a)) }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        /// Lines from two kilometres to hundreds of them away, of short edges and long, at every latitude.
        #[test]
        fn the_nearest_of_far_lines_is_what_a_scan_finds(
            at in (-178.0..178.0_f64, -78.0..78.0_f64),
            away in (-4.0..4.0_f64, -4.0..4.0_f64, 0.02..1.0_f64),
            steps in prop::collection::vec((-1.0..1.0_f64, -1.0..1.0_f64), 40..80),
            (size, others) in (0.0002..0.2_f64, 1_usize..4),
        ) {
            let walk = |from: LonLat, steps: &[(f64, f64)], size: f64| {
                let mut p = from;
                let mut line = vec![p];
                line.extend(steps.iter().map(|(x, y)| {
                    p = LonLat::new((p.lon + x * size).clamp(-180.0, 180.0), (p.lat + y * size).clamp(-85.0, 85.0));
                    p
                }));
                line
            };
            let (ours, theirs) = steps.split_at(20);
            let ours = walk(LonLat::new(at.0, at.1), ours, size);
            let of = |k: usize| {
                let k = k as f64;
                let from = LonLat::new(
                    (at.0 + away.0 * away.2 + k * 0.01).clamp(-180.0, 180.0),
                    (at.1 + away.1 * away.2 - k * 0.02).clamp(-85.0, 85.0),
                );
                walk(from, theirs, size * (1.0 - 0.2 * k))
            };
            let theirs: Vec<Vec<LonLat>> = (0..others).map(of).collect();
            let (layer, reference) = (lines(std::slice::from_ref(&ours)), lines(&theirs));
            let wanted_m = theirs.iter().map(|line| scanned_m(&ours, line)).fold(f64::INFINITY, f64::min);
            for limit_m in [f64::INFINITY, wanted_m * 1.2 + 1.0] {
                let found = nearest_feature(layer.layer(), 0, &reference, limit_m).expect("one is near");
                prop_assert!((found.distance_m - wanted_m).abs() < 1e-3, "{} for {wanted_m}", found.distance_m);
            }
            prop_assert!(wanted_m < 1.0 || nearest_feature(layer.layer(), 0, &reference, wanted_m * 0.999).is_none());
        }
    }
}
