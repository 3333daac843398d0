//! A datum shift suspected by comparison: no file says of itself that it was shifted.

use crate::geodesy::crs::wgs84_to_gcj02;
use crate::geodesy::{LonLat, distance_m};
use crate::model::{Datum, Layer, ProblemKind};
use std::collections::HashMap;

/// How many features the two layers must share before a comparison says anything.
const SHARED_AT_LEAST: usize = 3;
/// How well the shift must fit, metres.
const FIT_M: f64 = 20.0;

/// Compares `layer` with a `reference` known to be WGS 84 by features that both have (same id and first
/// name): where most stand where GCJ-02 would show the reference's, the suspicion is returned.
pub fn suspect_shift(layer: &Layer, reference: &Layer) -> Option<ProblemKind> {
    let first = |l: &Layer, row: usize| l.geometries.positions_of(row).first().copied();
    let known: HashMap<(&str, String), LonLat> = (0..reference.len())
        .filter_map(|row| Some(((reference.id_json(row)?, reference.label(row)), first(reference, row)?)))
        .collect();
    let mut apart = Vec::new();
    let mut fitting = 0;
    for row in 0..layer.len() {
        let (Some(id), Some(ours)) = (layer.id_json(row), first(layer, row)) else { continue };
        let Some(theirs) = known.get(&(id, layer.label(row))) else { continue };
        apart.push(distance_m(ours, *theirs));
        fitting += usize::from(distance_m(ours, wgs84_to_gcj02(*theirs)) < FIT_M);
    }
    if apart.len() < SHARED_AT_LEAST || fitting * 10 < apart.len() * 8 {
        return None;
    }
    apart.sort_by(f64::total_cmp);
    let median = apart[apart.len() / 2];
    (median > 5.0 * FIT_M).then(|| ProblemKind::Shifted {
        datum: Datum::Gcj02,
        reference: reference.name.clone(),
        distance_m: median,
    })
}
