//! Which features of one layer overlap which of another, by how much; slivers apart.

use super::answer::{LeftOut, area, id_of, is_area, name_of, not_areas, share};
use super::overlay::{
    Operation, Plane, Polygons, TOUCH_WIDTH_M, is_sliver, mean_width_m, overlay, polygons_area_m2, row_area_m2,
    row_mean_width_m,
};
use super::{Answer, AnswerFeature, AskError, FEATURES_AT_ONCE, Features, Figures, Input, Layers, Question, Sliver};
use crate::index::{IndexedLayer, contains};
use crate::io::geojson::OutGeometry;
use crate::progress::Progress;
use rayon::prelude::*;
use std::collections::HashSet;

struct Pair {
    other: usize,
    /// `None` for all of the row's ground.
    polygons: Option<Polygons>,
    area_m2: f64,
    mean_width_m: f64,
}

struct Overlaps {
    own_m2: f64,
    pairs: Vec<Pair>,
    /// What this row adds to the overlap of the two unions.
    union_m2: f64,
}

/// One feature a pair: `area_m2`, `share` (of the subject's feature), `with_id`, `with_name`; its geometry
/// is the land that both cover. O(n log m) and the overlays of pairs whose boxes meet.
pub(super) fn ask(layers: &Layers, reference: &IndexedLayer, progress: &Progress) -> Result<Answer, AskError> {
    let subject = layers.subject.layer();
    let rows: Vec<usize> = layers.subject.rows().filter(|row| is_area(subject, *row)).collect();
    progress.start(rows.len() as u64);
    rayon::join(
        || layers.subject.build_features(),
        || rayon::join(|| reference.build_features(), || reference.build_edges()),
    );
    let found: Vec<Overlaps> = rows
        .par_iter()
        .with_max_len(FEATURES_AT_ONCE)
        .map(|row| {
            progress.advance(1)?;
            Ok(overlaps(&layers.subject, *row, reference))
        })
        .collect::<Result<_, AskError>>()?;

    let columns = vec!["area_m2", "share", "with_id", "with_name"];
    let (mut overlap_m2, mut overlap_union_m2) = (0.0, 0.0);
    let mut features = Vec::new();
    let mut slivers = Vec::new();
    let mut ids = HashSet::new();
    for (row, overlaps) in rows.into_iter().zip(found) {
        overlap_union_m2 += overlaps.union_m2;
        for pair in overlaps.pairs {
            if is_sliver(pair.area_m2, pair.mean_width_m) {
                slivers.push(Sliver {
                    feature: subject.label(row),
                    with: reference.layer().label(pair.other),
                    area_m2: pair.area_m2,
                    mean_width_m: pair.mean_width_m,
                });
                continue;
            }
            overlap_m2 += pair.area_m2;
            features.push(AnswerFeature {
                row: Some(row),
                id: pair_id(layers, row, reference, pair.other, &mut ids),
                geometry: pair.polygons.map_or(OutGeometry::Unchanged, OutGeometry::Polygons),
                values: smallvec::smallvec![
                    area(pair.area_m2),
                    share((pair.area_m2 / overlaps.own_m2).min(1.0)),
                    id_of(pair.other),
                    name_of(pair.other),
                ],
            });
        }
    }
    let figures = Figures::Overlap { pairs: features.len(), overlap_m2, overlap_union_m2, slivers: slivers.len() };
    let mut answer = Answer::new(Question::Overlap, layers, columns, figures);
    let mut no_areas: Vec<LeftOut> = not_areas(Input::Subject, &layers.subject).collect();
    no_areas.extend(not_areas(Input::Reference, reference));
    answer.left_out.extend(no_areas);
    let mut matched: Vec<_> = features.iter().map(|f| f.row).collect();
    matched.dedup();
    answer.summary.matched = matched.len();
    answer.features = Features::Made(features);
    answer.slivers = slivers;
    Ok(answer)
}

/// An id for the pair, so that no two features of the answer share one, whatever ids the layers have.
fn pair_id(
    layers: &Layers,
    row: usize,
    reference: &IndexedLayer,
    other: usize,
    taken: &mut HashSet<String>,
) -> Option<String> {
    let own = layers.subject.layer().id_text(row)?;
    let with = reference.layer().id_text(other).unwrap_or_else(|| (other + 1).to_string());
    let mut id = format!("{own}+{with}");
    if taken.contains(&id) {
        id = format!("{id}#{}+{}", row + 1, other + 1);
    }
    taken.insert(id.clone());
    Some(serde_json::Value::from(id).to_string())
}

fn overlaps(subject: &IndexedLayer, row: usize, reference: &IndexedLayer) -> Overlaps {
    let layer = subject.layer();
    let bounds = layer.geometries.bounds(row);
    let others: Vec<usize> =
        reference.rows_in(&bounds).into_iter().filter(|r| is_area(reference.layer(), *r)).collect();
    let first = layer.geometries.positions_of(row).first().copied();
    let (Some(first), false) = (first, others.is_empty()) else {
        return Overlaps { own_m2: 0.0, pairs: Vec::new(), union_m2: 0.0 };
    };
    let own_m2 = row_area_m2(layer, row);
    let plane = Plane::about(&bounds);
    let window = bounds.padded(1.0);
    // Those of whose edges one comes near.
    let mut at_border = Vec::new();
    reference.runs_in(&window, |run, _| at_border.push(run.row as usize));
    at_border.sort_unstable();
    at_border.dedup();
    let own = std::cell::LazyCell::new(|| {
        let mut own = Vec::new();
        plane.row(layer, row, &window, &mut own);
        own
    });
    let mut all = Vec::new();
    let mut pairs = Vec::new();
    for other in others {
        if at_border.binary_search(&other).is_err() {
            // No edge comes near: all of the row's ground is the other's, or none.
            if contains(reference.layer(), other, first) {
                let mean_width_m = row_mean_width_m(layer, row, own_m2);
                pairs.push(Pair { other, polygons: None, area_m2: own_m2, mean_width_m });
            }
            continue;
        }
        let mut theirs = Vec::new();
        plane.row(reference.layer(), other, &window, &mut theirs);
        let polygons = plane.overlay(&own, &theirs, Operation::Intersection);
        let area_m2 = polygons_area_m2(&polygons);
        let mean_width_m = mean_width_m(&polygons, area_m2);
        if mean_width_m > TOUCH_WIDTH_M {
            pairs.push(Pair { other, polygons: Some(polygons), area_m2, mean_width_m });
            all.extend(theirs);
        }
    }
    // The union's overlap: what earlier rows of the subject cover was counted with them.
    let mut earlier = Vec::new();
    for other in subject.rows_in(&bounds).into_iter().filter(|r| *r < row && is_area(layer, *r)) {
        plane.row(layer, other, &window, &mut earlier);
    }
    let is_within_one = pairs.iter().any(|pair| pair.polygons.is_none());
    let union_m2 = match &pairs[..] {
        [] => 0.0,
        [one] if earlier.is_empty() => one.area_m2,
        _ if is_within_one && earlier.is_empty() => own_m2,
        _ if is_within_one => polygons_area_m2(&plane.overlay(&own, &earlier, Operation::Difference)),
        _ => {
            let both = overlay(&own, &all, Operation::Intersection);
            if earlier.is_empty() {
                polygons_area_m2(&plane.positions(&both))
            } else {
                polygons_area_m2(&plane.overlay(&both.concat(), &earlier, Operation::Difference))
            }
        }
    };
    Overlaps { own_m2, pairs, union_m2 }
}
