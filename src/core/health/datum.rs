//! A datum shift suspected by comparison: no file says of itself that it was shifted.

use crate::geodesy::crs::{gcj02_to_bd09, wgs84_to_gcj02};
use crate::geodesy::{LonLat, distance_m};
use crate::model::{Datum, Layer, ProblemKind};
use std::borrow::Cow;
use std::collections::HashMap;

/// How many features the two layers must share before a comparison says anything.
const SHARED_AT_LEAST: usize = 3;
/// How well the shift must fit, metres.
const FIT_M: f64 = 20.0;

/// Compares `layer` with a `reference` known to be WGS 84 by features that both have (same id and first
/// name): where most stand where GCJ-02 or BD-09 would show the reference's, the suspicion is returned.
pub fn suspect_shift(layer: &Layer, reference: &Layer) -> Option<ProblemKind> {
    let mut apart = Vec::new();
    let mut fitting = [0; 2];
    for [ours, theirs] in shared(layer, reference) {
        apart.push(distance_m(ours, theirs));
        let gcj02 = wgs84_to_gcj02(theirs);
        for (fits, shown) in fitting.iter_mut().zip([gcj02, gcj02_to_bd09(gcj02)]) {
            *fits += usize::from(distance_m(ours, shown) < FIT_M);
        }
    }
    let datum = [Datum::Gcj02, Datum::Bd09]
        .into_iter()
        .zip(fitting)
        .find(|(_, fits)| apart.len() >= SHARED_AT_LEAST && fits * 10 >= apart.len() * 8)?
        .0;
    apart.sort_by(f64::total_cmp);
    let median = apart[apart.len() / 2];
    (median > 5.0 * FIT_M).then(|| ProblemKind::Shifted {
        datum,
        reference: reference.name.clone(),
        distance_m: median,
    })
}

/// First positions in both layers of features with the same id and name. The smaller layer is looked up in.
fn shared(a: &Layer, b: &Layer) -> Vec<[LonLat; 2]> {
    if a.len() < b.len() {
        return shared(b, a).into_iter().map(|[b, a]| [a, b]).collect();
    }
    let first = |l: &Layer, row: usize| l.geometries.positions_of(row).first().copied();
    let mut known: HashMap<Cow<'_, str>, HashMap<String, LonLat>> = HashMap::new();
    for (row, id) in (0..b.len()).filter_map(|row| Some((row, b.id_json(row)?))) {
        if let Some(position) = first(b, row) {
            known.entry(id).or_default().insert(b.label(row), position);
        }
    }
    if known.is_empty() {
        return Vec::new();
    }
    let both = |row: usize| {
        let theirs = known.get(&a.id_json(row)?)?.get(&a.label(row))?;
        Some([first(a, row)?, *theirs])
    };
    (0..a.len()).filter_map(both).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;

    #[test]
    fn both_shifts_are_told_apart_and_none_is_seen_where_there_is_none() {
        let layer = |shift: fn(LonLat) -> LonLat| {
            let features: Vec<String> = (0..5)
                .map(|i| {
                    let p = shift(LonLat::new(121.4 + f64::from(i) * 0.01, 31.3));
                    format!(
                        r#"{{"type":"Feature","id":{i},"properties":{{}},"geometry":{{"type":"Point","coordinates":[{},{}]}}}}"#,
                        p.lon, p.lat
                    )
                })
                .collect();
            let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
            let read = read_layer_bytes(text.as_bytes(), "x.geojson", &ReadOptions::default(), &Progress::default());
            read.expect("readable")
        };
        let good = layer(|p| p);
        let datum = |l: &Layer| match suspect_shift(l, &good) {
            Some(ProblemKind::Shifted { datum, .. }) => Some(datum),
            _ => None,
        };
        assert_eq!(datum(&layer(wgs84_to_gcj02)), Some(Datum::Gcj02));
        assert_eq!(datum(&layer(|p| gcj02_to_bd09(wgs84_to_gcj02(p)))), Some(Datum::Bd09));
        assert_eq!(datum(&good), None);
        assert_eq!(datum(&layer(|p| LonLat::new(p.lon + 0.004, p.lat - 0.003))), None);
    }
}
