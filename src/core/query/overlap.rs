//! Which features of one layer overlap which of another, by how much; slivers apart.

use super::answer::{LeftOut, area, id_of, is_area, name_of, not_areas, share};
use super::engine::{By, Kind, RowWork, rows_by};
use super::near::Near;
use super::overlay::{Contour, Operation, Plane, Polygons, around, around_all, overlay, polygons_area_m2, row_area_m2};
use super::slivers::{Sifted, Thin};
use super::{Answer, AnswerFeature, AskError, FEATURES_AT_ONCE, Features, Figures, Input, Layers, Question, Sliver};
use crate::index::{IndexedLayer, contains};
use crate::io::geojson::{Added, OutGeometry};
use crate::model::Layer;
use crate::progress::Progress;
use rayon::prelude::*;
use std::collections::HashSet;

#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) other: usize,
    /// `None` for all of the row's ground.
    pub(super) polygons: Option<Polygons>,
    pub(super) area_m2: f64,
}

/// What an area has in common with areas of the reference.
#[derive(Clone, Debug)]
pub(super) struct Overlaps {
    pub(super) own_m2: f64,
    pub(super) pairs: Vec<Pair>,
    /// Pieces too thin or small, and of what.
    pub(super) slivers: Vec<(usize, Thin)>,
}

/// One feature a pair: `area_m2`, `share` (of the subject's feature), `with_id`, `with_name`; its geometry
/// is the land that both cover. O(n log m) and the overlays of pairs whose boxes meet.
pub(super) fn ask(layers: &Layers, reference: &IndexedLayer, by: By<'_>) -> Result<Answer, AskError> {
    let subject = layers.subject.layer();
    let rows = areas_of(&layers.subject);
    let work = RowWork::new(Kind::Overlap { with_added: true }, &layers.subject, [reference]);
    let (found, added_m2) = rows_by(by, &work, &rows)?.overlaps()?;

    let columns = vec!["area_m2", "share", "with_id", "with_name"];
    let mut overlap_m2 = 0.0;
    let mut features = Vec::new();
    let mut slivers = Vec::new();
    let mut ids = HashSet::new();
    for (row, overlaps) in rows.into_iter().zip(found) {
        slivers.extend(overlaps.slivers.into_iter().map(|(other, thin)| Sliver {
            feature: subject.label(row),
            with: reference.layer().label(other),
            area_m2: thin.area_m2,
            mean_width_m: thin.mean_width_m,
        }));
        for pair in overlaps.pairs {
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
    let figures = Figures::Overlap {
        pairs: features.len(),
        overlap_m2,
        overlap_union_m2: added_m2.iter().fold(0.0, |sum, m2| sum + m2),
        slivers: slivers.len(),
        slivers_m2: slivers.iter().fold(0.0, |sum, sliver| sum + sliver.area_m2),
    };
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

/// The rows of a layer's areas.
fn areas_of(subject: &IndexedLayer) -> Vec<usize> {
    subject.rows().filter(|row| is_area(subject.layer(), *row)).collect()
}

/// What of some areas of the subject lies in areas of the reference; where it is asked for, of each what lies under pairs of no
/// earlier row beside it, m². On all cores.
///
/// # Errors
/// Cancelled.
pub(super) fn overlaps_of(
    with_added: bool,
    subject: &IndexedLayer,
    reference: &IndexedLayer,
    rows: &[usize],
    progress: &Progress,
) -> Result<(Vec<Overlaps>, Vec<f64>), AskError> {
    progress.start(rows.len() as u64);
    rayon::join(|| reference.build_features(), || reference.build_edges());
    let of = |row: &usize| {
        progress.advance(1)?;
        Ok(overlaps(subject, *row, reference))
    };
    let found =
        |rows: &[usize]| rows.par_iter().with_max_len(FEATURES_AT_ONCE).map(of).collect::<Result<Vec<_>, AskError>>();
    if !with_added {
        return Ok((found(rows)?, Vec::new()));
    }
    subject.build_features();
    // Where an engine asks for a part of the rows, those beside them count too.
    let all = areas_of(subject);
    let of_all = found(&all)?;
    let added = |row: &usize| {
        progress.advance(0)?;
        Ok(all.binary_search(row).map_or(0.0, |i| added_m2(subject, &all, &of_all, i)))
    };
    let added_m2: Vec<f64> =
        rows.par_iter().with_max_len(FEATURES_AT_ONCE).map(added).collect::<Result<_, AskError>>()?;
    if all.len() == rows.len() {
        return Ok((of_all, added_m2));
    }
    let mut of_all: Vec<Option<Overlaps>> = of_all.into_iter().map(Some).collect();
    let own = rows.iter().filter_map(|row| of_all[all.binary_search(row).ok()?].take()).collect();
    Ok((own, added_m2))
}

/// Ground that an area has in common with another.
#[derive(Clone, Debug, PartialEq)]
pub struct CommonPair {
    /// The area's row.
    pub row: usize,
    /// The other's.
    pub with: usize,
    /// The ground; m², rounded as it is written.
    pub area_m2: f64,
    /// That as a share of the row's own; rounded as it is written.
    pub share: f64,
    /// The ground: the row's own polygons where it is all of it.
    pub geometry: OutGeometry,
}

/// The pairs that [`Question::Overlap`] gives, in their order, and how many slivers there are; no id is made and nothing
/// counted once.
///
/// # Errors
/// Cancelled.
pub fn common_pairs(
    subject: &IndexedLayer,
    reference: &IndexedLayer,
    by: By<'_>,
) -> Result<(Vec<CommonPair>, usize), AskError> {
    let rows = areas_of(subject);
    let work = RowWork::new(Kind::Overlap { with_added: false }, subject, [reference]);
    let (found, _) = rows_by(by, &work, &rows)?.overlaps()?;
    let slivers = found.iter().map(|overlaps| overlaps.slivers.len()).sum();
    let number = |added: Added| added.number().unwrap_or(0.0);
    let of_row = |(row, overlaps): (usize, Overlaps)| {
        overlaps.pairs.into_iter().map(move |pair| CommonPair {
            row,
            with: pair.other,
            area_m2: number(area(pair.area_m2)),
            share: number(share((pair.area_m2 / overlaps.own_m2).min(1.0))),
            geometry: pair.polygons.map_or(OutGeometry::Unchanged, OutGeometry::Polygons),
        })
    };
    Ok((rows.into_iter().zip(found).flat_map(of_row).collect(), slivers))
}

/// The ids of a feature and of what it is held against, as one: `a+b`, by the number in the file where the other has none.
fn joined_ids((layer, row): (&Layer, usize), (other, with): (&Layer, usize)) -> Option<String> {
    let with = other.id_text(with).unwrap_or_else(|| (with + 1).to_string());
    Some(format!("{}+{with}", layer.id_text(row)?))
}

/// An id for the pair, so that no two features of the answer share one, whatever ids the layers have.
fn pair_id(
    layers: &Layers,
    row: usize,
    reference: &IndexedLayer,
    other: usize,
    taken: &mut HashSet<String>,
) -> Option<String> {
    let mut id = joined_ids((layers.subject.layer(), row), (reference.layer(), other))?;
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
    let mut found = Overlaps { own_m2: 0.0, pairs: Vec::new(), slivers: Vec::new() };
    let first = layer.geometries.positions_of(row).first().copied();
    let (Some(first), false) = (first, others.is_empty()) else { return found };
    found.own_m2 = row_area_m2(layer, row);
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
        Near::new(own)
    });
    // The row's own ground, where nothing of it needs to be cut: one part is one piece as it stands.
    let whole = std::cell::LazyCell::new(|| {
        let parts = layer.geometries.parts(row);
        Sifted::new(match parts.clone().count() {
            1 => parts.map(|part| part.open_rings()).collect(),
            _ => plane.ground(layer, row),
        })
    });
    for other in others {
        if at_border.binary_search(&other).is_err() {
            // No edge comes near: all of the row's ground is the other's, or none.
            if contains(reference.layer(), other, first) {
                found.slivers.extend(whole.slivers.iter().map(|thin| (other, *thin)));
                if whole.slivers.is_empty() {
                    found.pairs.push(Pair { other, polygons: None, area_m2: found.own_m2 });
                } else if !whole.polygons.is_empty() {
                    let polygons = Some(whole.polygons.clone());
                    found.pairs.push(Pair { other, polygons, area_m2: whole.area_m2 });
                }
            }
            continue;
        }
        let mut theirs = Vec::new();
        plane.row(reference.layer(), other, &window, &mut theirs);
        let common = plane.positions(&own.common(theirs));
        let Sifted { polygons, area_m2, slivers, .. } = Sifted::new(common);
        found.slivers.extend(slivers.into_iter().map(|thin| (other, thin)));
        if !polygons.is_empty() {
            found.pairs.push(Pair { other, polygons: Some(polygons), area_m2 });
        }
    }
    found
}

/// The ground under the pairs of a row that lies under no pair of an earlier row; m².
fn added_m2(subject: &IndexedLayer, rows: &[usize], found: &[Overlaps], i: usize) -> f64 {
    let layer = subject.layer();
    let pairs = &found[i].pairs;
    if pairs.is_empty() {
        return 0.0;
    }
    let bounds = layer.geometries.bounds(rows[i]);
    let plane = Plane::about(&bounds);
    let under = |i: usize| -> Vec<Contour> {
        let mut contours = Vec::new();
        for pair in &found[i].pairs {
            match &pair.polygons {
                Some(polygons) => plane.polygons(polygons, &mut contours),
                None => plane.row(layer, rows[i], &layer.geometries.bounds(rows[i]), &mut contours),
            }
        }
        contours
    };
    let is_paired = |row: &usize| rows.binary_search(row).ok().filter(|k| !found[*k].pairs.is_empty());
    let earlier = subject.rows_in(&bounds).into_iter().filter(|row| *row < rows[i]);
    let earlier: Vec<usize> = earlier.filter_map(|row| is_paired(&row)).collect();
    let covers_row = pairs.iter().any(|pair| pair.polygons.is_none());
    match pairs[..] {
        [ref one] if earlier.is_empty() => return one.area_m2,
        _ if earlier.is_empty() && covers_row => return found[i].own_m2,
        _ => {}
    }
    let own = overlay(&under(i), &[], Operation::Union);
    let place = around_all(own.iter().flatten());
    let taken: Vec<Contour> =
        earlier.into_iter().flat_map(under).filter(|contour| around(contour).meets(&place)).collect();
    if taken.is_empty() {
        return polygons_area_m2(&plane.positions(&own));
    }
    polygons_area_m2(&plane.positions(&Near::new(taken).cut(&own.concat(), Operation::Difference)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::query::ask as ask_any;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn layer(squares: &[(f64, f64, f64)]) -> Arc<IndexedLayer> {
        let feature = |(x, y, a): &(f64, f64, f64)| {
            let at = |x: f64, y: f64| format!("[{},{}]", 121.0 + x * 1e-3, 31.0 + y * 1e-3);
            let ring = [at(*x, *y), at(x + a, *y), at(x + a, y + a), at(*x, y + a), at(*x, *y)].join(",");
            format!(
                r#"{{"type":"Feature","properties":{{}},"geometry":{{"type":"Polygon","coordinates":[[{ring}]]}}}}"#
            )
        };
        let features: Vec<String> = squares.iter().map(feature).collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        let read = read_layer_bytes(text.as_bytes(), "x", &ReadOptions::default(), &Progress::default());
        Arc::new(IndexedLayer::new(Arc::new(read.expect("readable"))))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn pairs_are_those_of_the_question(
            own in prop::collection::vec((0.0..20.0_f64, 0.0..20.0_f64, 0.001..6.0_f64), 1..20),
            other in prop::collection::vec((0.0..20.0_f64, 0.0..20.0_f64, 0.001..12.0_f64), 1..20),
        ) {
            let (own, other, progress) = (layer(&own), layer(&other), Progress::default());
            let layers = Layers::of(Arc::clone(&own)).and(Arc::clone(&other));
            let asked = ask_any(&Question::Overlap, &layers, &progress).expect("an answer");
            let (pairs, slivers) = common_pairs(&own, &other, (&crate::query::Here, &progress)).expect("nobody stopped it");
            prop_assert_eq!(slivers, asked.slivers.len());
            let of_question: Vec<CommonPair> = asked
                .features
                .into_vec()
                .into_iter()
                .map(|feature| {
                    let number = |i: usize| feature.values[i].number().expect("a number");
                    let Some(Added::NameOf(with)) = feature.values.last() else { panic!("a name") };
                    CommonPair {
                        row: feature.row.expect("a row"),
                        with: *with as usize,
                        area_m2: number(0),
                        share: number(1),
                        geometry: feature.geometry.clone(),
                    }
                })
                .collect();
            prop_assert_eq!(pairs, of_question);
        }
    }
}
