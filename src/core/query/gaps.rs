//! Which parts of the demand (homes) lie further than a radius from every facility (parks).
//!
//! Each feature of the demand is cut on its own, in its own plane, by the pieces of the facilities' served
//! region near it and nothing else. What no facility reaches is left whole, byte for byte.

use super::answer::{LeftOut, LeftOutReason, area, id_of, is_area, length, name_of, not_areas, share};
use super::engine::{By, Kind, RowWork, rows_by};
use super::outline::is_near_pole;
use super::overlay::{Operation, Plane, overlay, polygons_area_m2};
use super::served::{Facilities, Gap, Served};
use super::{
    Answer, AnswerFeature, AskError, FEATURES_AT_ONCE, Features, Figures, Input, Layers, Note, Question, Sliver, Values,
};
use crate::geodesy::LonLatBox;
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry};
use crate::model::Layer;
use crate::progress::Progress;
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// Gives every feature of the demand that has a gap, with the unserved part as geometry.
///
/// A feature carries `area_m2` (unserved), `share` (unserved), `people` (by share) and the nearest
/// facility: `distance_m` from it to the gap (never below the radius), `home_distance_m` to the feature as a whole. Totals are sums over the features; land that two share is told apart.
pub(super) fn ask(
    radius_m: f64,
    min_area_m2: f64,
    people: Option<&str>,
    layers: &Layers,
    reference: &IndexedLayer,
    by: By<'_>,
) -> Result<Answer, AskError> {
    let demand = layers.subject.layer();
    let people_column = people
        .map(|name| demand.attributes.column(name).ok_or_else(|| AskError::NoColumn(name.to_owned())))
        .transpose();
    // A layer without features has no columns, and nobody to count.
    let people_column = if demand.is_empty() { None } else { people_column? };
    let rows: Vec<usize> = layers.subject.rows().filter(|row| is_area(demand, *row)).collect();
    if rows.iter().any(|row| is_near_pole(&demand.geometries.bounds(*row), radius_m)) {
        return Err(AskError::Pole);
    }
    let facilities = Facilities::new(reference, layers.entrances.as_deref(), min_area_m2);
    let (facility_of, serving) =
        (Arc::new(facilities.facility_of), [Some(&facilities.outlines), facilities.entrances.as_ref()]);
    let work = RowWork::new(Kind::Gap { radius_m, facility_of }, &layers.subject, serving.into_iter().flatten());
    let gaps = rows_by(by, &work, &rows)?.gaps()?;
    let overlap = rows_by(by, &RowWork::new(Kind::Shared, &layers.subject, []), &rows)?.areas_m2()?;

    let question = Question::Gaps { radius_m, min_area_m2, people: people.map(str::to_owned) };
    let mut columns = vec!["area_m2", "share", "distance_m", "nearest_id", "nearest_name", "home_distance_m"];
    columns.extend(people.map(|_| "people"));
    let mut totals = Totals::default();
    let mut features = Vec::new();
    let edge = reference.layer().bounds;
    let mut near_edge = 0;
    let mut slivers = Vec::new();
    for (row, gap) in rows.iter().copied().zip(gaps) {
        let number = people_column.map(|c| count_of(demand, row, c));
        totals.add(&gap, number);
        slivers.extend(gap.slivers.iter().map(|thin| Sliver {
            feature: demand.label(row),
            with: gap.nearest.map_or_else(String::new, |(_, facility)| reference.layer().label(facility)),
            area_m2: thin.area_m2,
            mean_width_m: thin.mean_width_m,
        }));
        let Some(polygons) = gap.unserved else { continue };
        let unserved_share = gap.unserved_m2 / gap.demand_m2;
        near_edge += usize::from(!edge.contains_box(&demand.geometries.bounds(row).padded(radius_m)));
        let mut values: Values = smallvec::smallvec![area(gap.unserved_m2), share(unserved_share)];
        match &gap.nearest {
            Some((nearest, facility)) => {
                // A gap begins where the radius of the nearest facility ends, or further off.
                let gap_m = nearest.distance_m.max(radius_m);
                let home_m = length(nearest.distance_m);
                values.extend([length(gap_m), id_of(*facility), name_of(*facility), home_m]);
            }
            None => values.extend([Added::Null; 4]),
        }
        if let Some(number) = number {
            values.push(number.map_or(Added::Null, |n| Added::Number((n * unserved_share * 1e6).round() / 1e6)));
        }
        features.push(AnswerFeature { row: Some(row), id: None, geometry: polygons, values });
    }

    let mut answer = Answer::new(
        question,
        layers,
        columns,
        totals.figures(people, facilities.count, overlap.iter().fold(0.0, |sum, m2| sum + m2)),
    );
    answer.left_out.extend(not_areas(Input::Subject, &layers.subject));
    if let Some(entrances) = &layers.entrances {
        answer.left_out.extend(facilities.unknown_entrances.into_iter().map(|row| LeftOut {
            input: Input::Entrances,
            row,
            label: entrances.layer().label(row),
            reason: LeftOutReason::UnknownFacility,
        }));
    }
    if facilities.count == 0 {
        answer.notes.push(Note::NoFacilities);
    }
    if near_edge > 0 {
        answer.notes.push(Note::EdgeOfLayer { features: near_edge });
    }
    if !facilities.without_entrance.is_empty() {
        let names = facilities.without_entrance.iter().map(|row| reference.layer().label(*row)).collect();
        answer.notes.push(Note::OutlineInstead { facilities: names });
    }
    if totals.people_unknown > 0 {
        answer.notes.push(Note::PeopleUnknown { features: totals.people_unknown });
    }
    answer.summary.matched = features.len();
    answer.features = Features::Made(features);
    answer.slivers = slivers;
    Ok(answer)
}

/// What of some rows of the demand no facility reaches: `serving` by their outlines, `entrances` as they belong to facilities.
///
/// # Errors
/// Cancelled.
pub(super) fn gaps_of(
    radius_m: f64,
    demand: &IndexedLayer,
    (serving, entrances, facility_of): (&IndexedLayer, Option<&IndexedLayer>, &HashMap<usize, usize>),
    rows: &[usize],
    progress: &Progress,
) -> Result<Vec<Gap>, AskError> {
    let layer = demand.layer();
    progress.start(rows.len() as u64);
    let (served, ()) = rayon::join(
        || Served::new(serving, entrances, facility_of, radius_m, (&layer.bounds, progress)),
        || demand.build_features(),
    );
    let served = served?;
    let of = |row: &usize| {
        progress.advance(1)?;
        Ok(served.gap(layer, *row, radius_m))
    };
    rows.par_iter().with_max_len(FEATURES_AT_ONCE).map(of).collect()
}

/// Of each row the land that a later row covers too and no earlier one does; m².
///
/// # Errors
/// Cancelled.
pub(super) fn shared_m2(demand: &IndexedLayer, rows: &[usize], progress: &Progress) -> Result<Vec<f64>, AskError> {
    demand.build_features();
    let of = |row: &usize| {
        progress.advance(0)?;
        Ok(shared_area_m2(demand, *row))
    };
    rows.par_iter().with_max_len(FEATURES_AT_ONCE).map(of).collect()
}

/// The number of people in a cell, as offices write it (1.2万), by the unit that its column names; `None` where it is none.
pub(crate) fn count_of(layer: &Layer, row: usize, column: usize) -> Option<f64> {
    let called = layer.attributes.names().get(column)?;
    crate::vocabulary::people(&layer.attributes.value(row, column), called)
}

#[derive(Default)]
struct Totals {
    demand_m2: f64,
    unserved_m2: f64,
    wholly_served: usize,
    wholly_unserved: usize,
    slivers: usize,
    slivers_m2: f64,
    people: f64,
    people_unserved: f64,
    people_unknown: usize,
}

impl Totals {
    fn add(&mut self, gap: &Gap, people: Option<Option<f64>>) {
        self.demand_m2 += gap.demand_m2;
        self.unserved_m2 += gap.unserved_m2;
        self.slivers += gap.slivers.len();
        self.slivers_m2 += gap.slivers.iter().fold(0.0, |sum, thin| sum + thin.area_m2);
        match &gap.unserved {
            None => self.wholly_served += 1,
            Some(OutGeometry::Unchanged) => self.wholly_unserved += 1,
            Some(_) => {}
        }
        match people {
            Some(Some(n)) => {
                self.people += n;
                self.people_unserved += n * gap.unserved_m2 / gap.demand_m2;
            }
            Some(None) => self.people_unknown += 1,
            None => {}
        }
    }

    fn figures(&self, people: Option<&str>, facilities: usize, demand_overlap_m2: f64) -> Figures {
        Figures::Gaps {
            demand_m2: self.demand_m2,
            unserved_m2: self.unserved_m2,
            covered_share: if self.demand_m2 > 0.0 { 1.0 - self.unserved_m2 / self.demand_m2 } else { 0.0 },
            demand_overlap_m2,
            facilities,
            wholly_served: self.wholly_served,
            wholly_unserved: self.wholly_unserved,
            slivers: self.slivers,
            slivers_m2: self.slivers_m2,
            people: people.map(|_| self.people),
            people_unserved: people.map(|_| self.people_unserved),
        }
    }
}

/// Land of this row that a later row covers too and no earlier one does: summed over rows, land that
/// several share is counted once.
fn shared_area_m2(demand: &IndexedLayer, row: usize) -> f64 {
    let layer = demand.layer();
    let bounds = layer.geometries.bounds(row);
    let mut others = demand.rows_in(&bounds);
    others.retain(|other| *other != row && is_area(layer, *other));
    let (earlier, later) = others.split_at(others.partition_point(|other| *other < row));
    if later.is_empty() {
        return 0.0;
    }
    let plane = Plane::about(&bounds);
    let contours = |rows: &[usize], window: &LonLatBox| {
        let mut contours = Vec::new();
        rows.iter().for_each(|row| plane.row(layer, *row, window, &mut contours));
        contours
    };
    let window = bounds.padded(1.0);
    let later_bounds = later.iter().fold(LonLatBox::EMPTY, |all, row| all.union(layer.geometries.bounds(*row)));
    let own = contours(&[row], &later_bounds.padded(1.0));
    let shared = overlay(&own, &contours(later, &window), Operation::Intersection);
    if shared.is_empty() || earlier.is_empty() {
        return polygons_area_m2(&plane.positions(&shared));
    }
    polygons_area_m2(&plane.overlay(&shared.concat(), &contours(earlier, &window), Operation::Difference))
}
