//! Which parts of the demand (homes) lie further than a radius from every facility (parks).
//!
//! Each feature of the demand is cut on its own, in its own plane, by the pieces of the facilities' served
//! region near it and nothing else. What no facility reaches is left whole, byte for byte.

use super::answer::{LeftOut, LeftOutReason, area, id_of, is_area, length, name_of, not_areas, share};
use super::outline::is_near_pole;
use super::overlay::{Contour, Operation, Plane, Polygons, overlay, polygons_area_m2, row_area_m2};
use super::reach::{Left, Outlines, Reach};
use super::region::Region;
use super::slivers::{Sifted, Thin};
use super::{
    Answer, AnswerFeature, AskError, FEATURES_AT_ONCE, Features, Figures, Input, Layers, Note, Question, Sliver, Values,
};
use crate::geodesy::{LonLat, LonLatBox};
use crate::index::{IndexedLayer, Nearest, nearest_feature};
use crate::io::geojson::{Added, OutGeometry};
use crate::model::{Layer, Value};
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
    progress: &Progress,
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
    progress.start(rows.len() as u64);
    let ((served, unknown_entrances, without_entrance), ()) = rayon::join(
        || Served::new(reference, layers.entrances.as_deref(), min_area_m2, radius_m),
        || layers.subject.build_features(),
    );

    let gaps: Vec<Gap> = rows
        .par_iter()
        .with_max_len(FEATURES_AT_ONCE)
        .map(|row| {
            progress.advance(1)?;
            Ok(served.gap(demand, *row, radius_m))
        })
        .collect::<Result<_, AskError>>()?;
    let overlap: Vec<f64> = rows
        .par_iter()
        .with_max_len(FEATURES_AT_ONCE)
        .map(|row| {
            progress.advance(0)?;
            Ok(shared_area_m2(&layers.subject, *row))
        })
        .collect::<Result<_, AskError>>()?;

    let question = Question::Gaps { radius_m, min_area_m2, people: people.map(str::to_owned) };
    let mut columns = vec!["area_m2", "share", "distance_m", "nearest_id", "nearest_name", "home_distance_m"];
    columns.extend(people.map(|_| "people"));
    let mut totals = Totals::default();
    let mut features = Vec::new();
    let edge = reference.layer().bounds;
    let mut near_edge = 0;
    let mut slivers = Vec::new();
    for (row, gap) in rows.iter().copied().zip(gaps) {
        let number = people_column.map(|c| demand.attributes.value(row, c)).map(|v| count_of(&v));
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
        totals.figures(people, served.count, overlap.iter().fold(0.0, |sum, m2| sum + m2)),
    );
    answer.left_out.extend(not_areas(Input::Subject, &layers.subject));
    if let Some(entrances) = &layers.entrances {
        answer.left_out.extend(unknown_entrances.into_iter().map(|row| LeftOut {
            input: Input::Entrances,
            row,
            label: entrances.layer().label(row),
            reason: LeftOutReason::UnknownFacility,
        }));
    }
    if served.count == 0 {
        answer.notes.push(Note::NoFacilities);
    }
    if near_edge > 0 {
        answer.notes.push(Note::EdgeOfLayer { features: near_edge });
    }
    if !without_entrance.is_empty() {
        let facilities = without_entrance.iter().map(|row| reference.layer().label(*row)).collect();
        answer.notes.push(Note::OutlineInstead { facilities });
    }
    if totals.people_unknown > 0 {
        answer.notes.push(Note::PeopleUnknown { features: totals.people_unknown });
    }
    answer.summary.matched = features.len();
    answer.features = Features::Made(features);
    answer.slivers = slivers;
    Ok(answer)
}

/// A number of people, as offices write it (1.2万); `None` where the value is none.
pub(crate) fn count_of(value: &Value<'_>) -> Option<f64> {
    let number = match value {
        Value::Number(n, _) => Some(*n),
        value => crate::vocabulary::quantity(&value.display(), crate::vocabulary::Unit::Count),
    };
    number.filter(|n| n.is_finite() && *n >= 0.0)
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

/// What one feature of the demand lacks.
pub(super) struct Gap {
    demand_m2: f64,
    pub(super) unserved_m2: f64,
    /// `None` where it is served wholly.
    pub(super) unserved: Option<OutGeometry>,
    /// Unserved pieces that are no gaps.
    slivers: Vec<Thin>,
    /// The nearest facility, and its row.
    nearest: Option<(Nearest, usize)>,
}

/// The facilities that serve: their outlines, or their entrances where they have some.
pub(super) struct Served {
    layer: IndexedLayer,
    outlines: Outlines,
    entrances: Option<IndexedLayer>,
    /// The facility of each entrance.
    facility_of: HashMap<usize, usize>,
    count: usize,
}

impl Served {
    /// Facilities of at least `min_area_m2` (points and lines have no area and serve where none is asked).
    /// Also gives entrances that name no facility, and facilities without an entrance.
    pub(super) fn new(
        reference: &IndexedLayer,
        entrances: Option<&IndexedLayer>,
        min_area_m2: f64,
        radius_m: f64,
    ) -> (Self, Vec<usize>, Vec<usize>) {
        let layer = reference.layer();
        let rows: Vec<usize> = reference.rows().collect();
        let area_m2 = |row: &usize| if is_area(layer, *row) { row_area_m2(layer, *row) } else { 0.0 };
        let areas_m2: Vec<f64> = rows.par_iter().with_min_len(FEATURES_AT_ONCE).map(area_m2).collect();
        let mut large = vec![false; layer.len()];
        for (row, area_m2) in rows.iter().zip(areas_m2) {
            large[*row] = area_m2 >= min_area_m2;
        }
        let count = large.iter().filter(|is_large| **is_large).count();
        let Some(entrances) = entrances else {
            let layer = IndexedLayer::restricted(Arc::clone(layer), large);
            let outlines = Self::outlines(&layer, radius_m);
            let served = Self { layer, outlines, entrances: None, facility_of: HashMap::new(), count };
            return (served, Vec::new(), Vec::new());
        };
        let (facility_of, unknown) = facilities_of_entrances(entrances, reference);
        let doors = entrances.layer();
        let mut open = vec![false; doors.len()];
        let mut outline = large.clone();
        for (entrance, facility) in &facility_of {
            open[*entrance] = large[*facility];
            outline[*facility] = false;
        }
        let without = (0..layer.len()).filter(|row| outline[*row]).collect();
        let layer = IndexedLayer::restricted(Arc::clone(layer), outline);
        let served = Self {
            outlines: Self::outlines(&layer, radius_m),
            layer,
            entrances: Some(IndexedLayer::restricted(Arc::clone(doors), open)),
            facility_of,
            count,
        };
        (served, unknown, without)
    }

    /// The outlines of facilities; their trees are built beside.
    fn outlines(layer: &IndexedLayer, radius_m: f64) -> Outlines {
        let trees = || rayon::join(|| layer.build_edges(), || layer.build_features());
        rayon::join(|| Outlines::new(layer, radius_m), trees).0
    }

    /// The nearest outline or entrance, with the facility's row.
    fn nearest(&self, demand: &Layer, row: usize, likely_m: f64) -> Option<(Nearest, usize)> {
        // Most gaps begin where the radius of something ends.
        let outline = nearest_feature(demand, row, &self.layer, likely_m)
            .or_else(|| nearest_feature(demand, row, &self.layer, f64::INFINITY))
            .map(|n| (n, n.row));
        let limit = outline.map_or(f64::INFINITY, |(n, _)| n.distance_m);
        let door = self
            .entrances
            .as_ref()
            .and_then(|doors| nearest_feature(demand, row, doors, limit))
            .map(|n| (n, self.facility_of[&n.row]));
        match (outline, door) {
            (Some(o), Some(d)) if o.0.distance_m <= d.0.distance_m => Some(o),
            (outline, door) => door.or(outline),
        }
    }

    pub(super) fn gap(&self, demand: &Layer, row: usize, radius_m: f64) -> Gap {
        let demand_m2 = row_area_m2(demand, row);
        let mut left = Sifted::default();
        match self.cut(demand, row, radius_m) {
            Cut::Served => {
                return Gap { demand_m2, unserved_m2: 0.0, unserved: None, slivers: Vec::new(), nearest: None };
            }
            Cut::Unserved => {}
            Cut::Left(polygons) => {
                left = Sifted::new(polygons);
                if left.polygons.is_empty() {
                    let slivers = left.slivers;
                    let nearest = if slivers.is_empty() { None } else { self.nearest(demand, row, radius_m) };
                    return Gap { demand_m2, unserved_m2: 0.0, unserved: None, slivers, nearest };
                }
            }
        }
        let nearest = self.nearest(demand, row, radius_m);
        if nearest.as_ref().is_none_or(|(n, _)| n.distance_m > radius_m) {
            let unserved = Some(OutGeometry::Unchanged);
            return Gap { demand_m2, unserved_m2: demand_m2, unserved, slivers: Vec::new(), nearest };
        }
        if left.polygons.is_empty() {
            // It touches what is served, and nothing was cut off.
            left.polygons = Plane::about(&demand.geometries.bounds(row)).ground(demand, row);
            left.area_m2 = polygons_area_m2(&left.polygons);
        }
        let unserved_m2 = left.area_m2.min(demand_m2);
        let unserved = Some(OutGeometry::Polygons(left.polygons));
        Gap { demand_m2, unserved_m2, unserved, slivers: left.slivers, nearest }
    }

    /// The row less everything within the radius of a facility.
    fn cut(&self, demand: &Layer, row: usize, radius_m: f64) -> Cut {
        let bounds = demand.geometries.bounds(row);
        let reach = Reach::new(bounds, radius_m);
        let Some(near) = self.outlines.near(&reach, demand.geometries.positions_of(row)) else { return Cut::Served };
        let plane = Plane::about(&bounds);
        let mut contours = Vec::new();
        plane.row(demand, row, &bounds, &mut contours);
        let mut left = Left::new(&plane, contours, reach);
        let facilities = self.layer.layer();
        let ground = |facility: usize, window: &LonLatBox, out: &mut Vec<Contour>| {
            if is_area(facilities, facility) && facilities.geometries.bounds(facility).intersects(window) {
                plane.row(facilities, facility, window, out);
            }
        };
        // A facility's own ground is served with what lies round it; one that holds the home may have no border near.
        let rows = self.outlines.take_near(&near, &mut left, ground);
        for facility in self.layer.rows_in(&bounds).into_iter().filter(|row| !rows.contains(row)) {
            let mut contours = Vec::new();
            ground(facility, &left.window(), &mut contours);
            left.take(contours);
        }
        if let Some(doors) = &self.entrances {
            let window = bounds.padded(radius_m);
            // Those on the other side of the antimeridian are a turn away.
            for (window, by_deg) in std::iter::once((window, 0.0)).chain(window.turns()) {
                doors.runs_in(&window, |run, _| {
                    for p in run.of(doors.layer()) {
                        let mut region = Region::new(&plane, radius_m);
                        region.disc(LonLat::new(p.lon - by_deg, p.lat));
                        left.take(region.out);
                    }
                });
            }
        }
        match left.taken() {
            None => Cut::Unserved,
            Some(polygons) if polygons.is_empty() => Cut::Served,
            Some(polygons) => Cut::Left(polygons),
        }
    }
}

/// What is left of a row.
enum Cut {
    /// Nothing.
    Served,
    /// All of it: nothing that serves comes near.
    Unserved,
    /// These pieces of it, perhaps none.
    Left(Polygons),
}

/// The facility of every entrance: by the entrance's `park` (or `facility`), held against ids and names; of
/// several of one name the nearest. Without such a column, the nearest facility within 50 m.
fn facilities_of_entrances(entrances: &IndexedLayer, reference: &IndexedLayer) -> (HashMap<usize, usize>, Vec<usize>) {
    const BESIDE_M: f64 = 50.0;
    let doors = entrances.layer();
    let facilities = reference.layer();
    let column = ["park", "facility", "公园"].iter().find_map(|name| doors.attributes.column(name));
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for row in reference.rows() {
        for name in [Some(facilities.label(row)), facilities.id_text(row)].into_iter().flatten() {
            by_name.entry(name).or_default().push(row);
        }
    }
    let mut found = HashMap::new();
    let mut unknown = Vec::new();
    for door in entrances.rows() {
        let named = column.map(|c| doors.attributes.value(door, c).display().into_owned()).filter(|n| !n.is_empty());
        let facility = match named.map(|name| by_name.get(&name)) {
            Some(None) => None,
            Some(Some(rows)) if rows.iter().all(|r| *r == rows[0]) => Some(rows[0]),
            Some(Some(rows)) => {
                let same_name = IndexedLayer::of_rows(Arc::clone(facilities), rows.iter().copied());
                nearest_feature(doors, door, &same_name, f64::INFINITY).map(|n| n.row)
            }
            None => nearest_feature(doors, door, reference, BESIDE_M).map(|n| n.row),
        };
        match facility {
            Some(facility) => drop(found.insert(door, facility)),
            None => unknown.push(door),
        }
    }
    (found, unknown)
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
