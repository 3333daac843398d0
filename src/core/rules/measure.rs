//! What a figure measures: areas, lengths, counts and sums, of layers or of what the rule found, for the whole or a part.

use super::answer::{RuleAnswer, RuleFeature};
use super::choose::Doubtful;
use super::figure::{Measure, NearBy};
use super::pieces::{found_pieces, open_pieces_m2, pieces_by_area};
use super::run::Asking;
use crate::geodesy::path_length_m;
use crate::index::IndexedLayer;
use crate::model::{Geometry, Role};
use crate::query::construct::{layer_of_parts, merged, without};
use crate::query::{AskError, inspect, is_area, measured_inside, meeting_by, polygons_area_m2, union_area_m2};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The layer of a role; of the district, where there is none, its towns.
fn whole<'a>(asking: &Asking<'a>, role: Role) -> Option<(Role, &'a Arc<IndexedLayer>)> {
    let there = |role: Role| asking.input.together(role).map(|layer| (role, layer));
    there(role).or_else(|| (role == Role::District).then(|| there(Role::Town)).flatten())
}

/// One area that a figure is wanted for.
pub(super) struct Unit<'a> {
    pub(super) role: Role,
    pub(super) row: usize,
    pub(super) zone: &'a IndexedLayer,
}

/// What was measured.
#[derive(Debug, Default)]
pub(super) struct Measured {
    /// The sum; `None` where a part of it cannot be read.
    pub(super) value: Option<f64>,
    /// The sum if what is open counted; `None` where nothing is open, or where nobody can say.
    pub(super) most: Option<f64>,
    /// Features of which nobody knows whether, or how much, they count: they do not.
    pub(super) open: Vec<String>,
    /// Features that may be still to come: they do not count either.
    pub(super) ahead: Vec<String>,
    /// Features that would be measured and lie nowhere: they are left out.
    pub(super) lost: Vec<String>,
}

impl Measured {
    fn of(value: f64) -> Self {
        Self { value: Some(value), ..Self::default() }
    }
}

/// A measure with the features that it counts: they are chosen once, and measured for the whole and for every part.
pub(super) struct Measuring<'m> {
    measure: &'m Measure,
    layers: Vec<Arc<IndexedLayer>>,
    /// Those of which nobody knows whether they count.
    doubtful: Vec<Doubtful>,
    /// Those that may be still to come.
    ahead: Vec<Arc<IndexedLayer>>,
    /// What is open for every part.
    open: Vec<String>,
    /// How many of those are features that may count, where that is all that they are.
    open_count: Option<usize>,
    /// What is built up, where that is the ground.
    built: Option<Arc<IndexedLayer>>,
    /// The ground of pieces that were found, by the role and the rows of the areas that it lies in; all areas at once.
    pieces: RefCell<BTreeMap<Role, BTreeMap<usize, f64>>>,
    met: RefCell<Met>,
}

/// By layers and the role of areas, the rows that meet each area: worked out for all areas at once.
type Met = BTreeMap<(u64, Role), BTreeMap<usize, Vec<usize>>>;

impl<'m> Measuring<'m> {
    /// Chooses the features of a measure; with columns, only those of which every term is what is asked for, but for those
    /// columns.
    ///
    /// # Errors
    /// [`AskError`]: a column that is not there, cancelled.
    pub(super) fn of(
        measure: &'m Measure,
        wholly_but: Option<&[String]>,
        asking: &Asking<'_>,
        answer: &RuleAnswer,
    ) -> Result<Self, AskError> {
        let (layers, doubtful, open) = (Vec::new(), Vec::new(), Vec::new());
        let (built, pieces, met) = (None, RefCell::default(), RefCell::default());
        let ahead = Vec::new();
        let mut chosen = Self { measure, layers, doubtful, ahead, open, open_count: Some(0), built, pieces, met };
        if matches!(measure, Measure::Sum { .. } | Measure::FoundSum { .. } | Measure::Pieces { .. }) {
            return Ok(chosen);
        }
        for role in measure.roles() {
            let Some((role, layer)) = whole(asking, *role) else { continue };
            if !matches!(measure, Measure::Found { .. }) {
                let of_role = asking.choose_by(role, layer, measure.condition(), wholly_but)?;
                chosen.doubtful.extend(of_role.doubtful);
                let certain = of_role.certain;
                let counted = match measure.ahead() {
                    Some(ahead) => asking.without(role, &certain, ahead)?,
                    None => Arc::clone(&certain),
                };
                if counted.feature_count() < certain.feature_count() {
                    let rows = certain.layer().rows().filter(|row| certain.is_in(*row) && !counted.is_in(*row));
                    chosen.ahead.push(Arc::new(IndexedLayer::of_rows(Arc::clone(certain.layer()), rows)));
                }
                chosen.layers.push(counted);
                continue;
            }
            let [found, open] = answer.found_of(role, layer);
            let of_role = asking.choose_by(role, &found, measure.condition(), wholly_but)?;
            chosen.doubtful.extend(of_role.doubtful);
            chosen.layers.push(of_role.certain);
            if open.feature_count() > 0 {
                // What may be found and meets the condition, surely or not, may count.
                let may_be = asking.choose_by(role, &open, measure.condition(), wholly_but)?;
                let certain = may_be.certain;
                let rows = certain.layer().rows().filter(|row| certain.is_in(*row));
                let doubts = Arc::new(rows.map(|row| (row, Vec::new())).collect());
                chosen.doubtful.push(Doubtful { layer: certain, doubts });
                chosen.doubtful.extend(may_be.doubtful);
            }
        }
        if measure.ground().is_some_and(|name| asking.value(name).round() == 2.0) {
            // What may be built up, or not.
            let built = asking.chosen(Role::UrbanBoundary, Some(&BUILT_UP.to_owned()))?;
            let (built, doubtful) = built.map(|built| (built.certain, built.doubtful)).unzip();
            let doubtful = doubtful.flatten();
            chosen.built = built;
            let rows = doubtful.iter().flat_map(|doubtful| doubtful.doubts.keys().map(|row| doubtful.called(*row)));
            chosen.open.extend(rows);
            if !chosen.open.is_empty() {
                chosen.open_count = None;
            }
        }
        if let Some(near) = measure.near() {
            let before = chosen.open.len();
            let of = |layer: &Arc<IndexedLayer>| near_by(layer, near, asking, &mut chosen.open);
            chosen.layers = chosen.layers.iter().map(of).collect::<Result<_, AskError>>()?;
            chosen.open_count = chosen.open_count.map(|n| n + chosen.open.len() - before);
        }
        Ok(chosen)
    }

    /// What the measure comes to, for the whole or a part.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub(super) fn measured(
        &self,
        asking: &Asking<'_>,
        unit: Option<&Unit<'_>>,
        answer: &RuleAnswer,
    ) -> Result<Measured, AskError> {
        asking.progress.advance(0)?;
        match self.measure {
            Measure::Sum { roles, column } => return summed(roles, column, asking, unit),
            Measure::FoundSum { roles, column, added } => {
                return found_sum(roles, column.as_deref(), added.as_deref(), asking, answer);
            }
            Measure::Pieces { roles } => {
                let value = self.pieces_m2(roles, asking, unit, answer);
                let may_be = unit.is_none().then(|| open_pieces_m2(roles, asking, answer)).filter(|m2| *m2 > 0.0);
                return Ok(Measured { most: may_be.map(|m2| value + m2), ..Measured::of(value) });
            }
            _ => {}
        }
        let mut open = Vec::new();
        for doubtful in &self.doubtful {
            let rows: Vec<usize> = match unit {
                None => doubtful.doubts.keys().copied().collect(),
                Some(unit) => self.met(&doubtful.layer, unit, asking)?,
            };
            open.extend(rows.into_iter().map(|row| doubtful.called(row)));
        }
        open.extend(self.open.iter().cloned());
        let mut ahead = Vec::new();
        for layer in &self.ahead {
            let rows: Vec<usize> = match unit {
                None => layer.layer().rows().filter(|row| layer.is_in(*row)).collect(),
                Some(unit) => self.met(layer, unit, asking)?,
            };
            ahead.extend(rows.into_iter().map(|row| layer.layer().label(row)));
        }
        let value = self.sized(&self.layers, asking, unit)?;
        let most = match self.open_count.filter(|_| !open.is_empty() || !ahead.is_empty()) {
            Some(n) => {
                let may_be = self.doubtful.iter().map(|doubtful| &doubtful.layer).chain(&self.ahead);
                let all: Vec<Arc<IndexedLayer>> = self.layers.iter().chain(may_be).cloned().collect();
                Some(self.sized(&all, asking, unit)? + n as f64)
            }
            None => None,
        };
        let lost = if unit.is_none() { self.lost() } else { Vec::new() };
        Ok(Measured { value: Some(value), most, open, ahead, lost })
    }

    /// What it would measure and lies nowhere.
    fn lost(&self) -> Vec<String> {
        if !matches!(self.measure, Measure::Area { .. } | Measure::Length { .. }) {
            return Vec::new();
        }
        let all = self.layers.iter().chain(self.doubtful.iter().map(|doubtful| &doubtful.layer)).chain(&self.ahead);
        all.flat_map(|layer| nowhere(layer)).collect()
    }

    /// The ground of pieces that were found, in a part or in all; m².
    fn pieces_m2(&self, roles: &[Role], asking: &Asking<'_>, unit: Option<&Unit<'_>>, answer: &RuleAnswer) -> f64 {
        let Some(unit) = unit else {
            return found_pieces(roles, asking, answer).map(|polygons| polygons_area_m2(&polygons)).sum();
        };
        let mut known = self.pieces.borrow_mut();
        let by = known.entry(unit.role).or_insert_with(|| match asking.input.together(unit.role) {
            Some(areas) => pieces_by_area(areas, roles, asking, answer),
            None => BTreeMap::new(),
        });
        by.get(&unit.row).copied().unwrap_or(0.0)
    }

    /// The rows of a layer that meet a part.
    fn met(&self, layer: &IndexedLayer, unit: &Unit<'_>, asking: &Asking<'_>) -> Result<Vec<usize>, AskError> {
        let key = (layer.id(), unit.role);
        let of_unit = |by: &BTreeMap<usize, Vec<usize>>| by.get(&unit.row).cloned().unwrap_or_default();
        if let Some(by) = self.met.borrow().get(&key) {
            return Ok(of_unit(by));
        }
        let mut by: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        if let Some(areas) = asking.input.together(unit.role) {
            for (row, area) in meeting_by(layer, areas, asking.by())? {
                by.entry(area).or_default().push(row);
            }
        }
        let rows = of_unit(&by);
        self.met.borrow_mut().insert(key, by);
        Ok(rows)
    }

    /// What layers measure, as a whole or in a part.
    fn sized(
        &self,
        layers: &[Arc<IndexedLayer>],
        asking: &Asking<'_>,
        unit: Option<&Unit<'_>>,
    ) -> Result<f64, AskError> {
        let measure = self.measure;
        // What is measured of the district is, for a part of it, the part's own.
        let is_own = unit.is_some() && measure.roles() == [Role::District];
        match measure {
            Measure::Sum { .. } | Measure::FoundSum { .. } | Measure::Pieces { .. } => Ok(0.0),
            Measure::Count { .. } | Measure::Found { .. } => match unit {
                // By attributes alone: what has no place counts too.
                None => Ok(layers.iter().map(|layer| layer.feature_count() as f64).sum()),
                Some(unit) => layers.iter().map(|layer| Ok(self.met(layer, unit, asking)?.len() as f64)).sum(),
            },
            Measure::Length { .. } => match unit {
                None => {
                    let of = |layer: &Arc<IndexedLayer>| -> f64 {
                        let geometries = &layer.layer().geometries;
                        layer.rows().flat_map(|row| geometries.paths(row)).map(path_length_m).sum()
                    };
                    Ok(layers.iter().map(of).sum())
                }
                Some(unit) => Ok(measured_inside(unit.zone, layers, asking.progress)?.length_m.unwrap_or(0.0)),
            },
            Measure::Ground { ground } => match self.ground_of(ground, asking, unit)? {
                Some(zone) => union_area_m2(&[zone], asking.by()),
                None => Ok(0.0),
            },
            Measure::Area { ground: Some(ground), .. } => match self.ground_of(ground, asking, unit)? {
                Some(zone) => ground_inside(&zone, layers, asking),
                None => Ok(0.0),
            },
            Measure::Area { inside, .. } => match (unit, inside.and_then(|role| whole(asking, role))) {
                (Some(unit), _) if is_own => Ok(inspect(unit.zone, &[], asking.progress)?.area_m2),
                (Some(unit), _) => ground_inside(unit.zone, layers, asking),
                (None, Some((_, zone))) => ground_inside(zone, layers, asking),
                (None, None) if inside.is_some() => Ok(0.0),
                (None, None) => union_area_m2(layers, asking.by()),
            },
        }
    }

    /// The ground that a parameter chooses, of the district or of a part of it.
    fn ground_of(
        &self,
        parameter: &str,
        asking: &Asking<'_>,
        unit: Option<&Unit<'_>>,
    ) -> Result<Option<Arc<IndexedLayer>>, AskError> {
        let Some((_, district)) = whole(asking, Role::District) else { return Ok(None) };
        let geometry = |layer: &IndexedLayer, row: usize| layer.layer().geometries.geometry(row);
        let geometries = |layer: &IndexedLayer| -> Vec<Geometry> {
            let rows = layer.rows().filter(|row| is_area(layer.layer(), *row));
            rows.filter_map(|row| geometry(layer, row)).collect()
        };
        let choice = asking.value(parameter).round();
        let whole = match unit {
            Some(unit) => geometries(unit.zone),
            None => geometries(district),
        };
        let Some(whole) = merged(&whole) else { return Ok(None) };
        let bounds = whole.bounds();
        let near = |layer: &IndexedLayer| -> Vec<Geometry> {
            let rows = layer.rows_in(&bounds).into_iter().filter(|row| is_area(layer.layer(), *row));
            rows.filter_map(|row| geometry(layer, row)).collect()
        };
        let ground = if choice == 1.0 {
            let waters = asking.input.together(Role::WaterBody);
            let waters = waters.ok_or(AskError::NoLayer(Role::WaterBody))?;
            without(&whole, &near(waters))
        } else if choice == 2.0 {
            let built = self.built.as_ref().ok_or(AskError::NoLayer(Role::UrbanBoundary))?;
            // What is both is what is left without what is not built up.
            let outside = without(&whole, &near(built));
            match outside {
                Some(outside) => without(&whole, &[outside]),
                None => Some(whole),
            }
        } else {
            Some(whole)
        };
        Ok(ground.as_ref().and_then(layer_of_parts).map(Arc::new))
    }
}

/// The features of a layer that lie near others; those whose nearest is not known are open.
fn near_by(
    layer: &Arc<IndexedLayer>,
    near: &NearBy,
    asking: &Asking<'_>,
    open: &mut Vec<String>,
) -> Result<Arc<IndexedLayer>, AskError> {
    let Some(others) = asking.chosen(near.role, near.only.as_ref())? else {
        return Ok(Arc::new(IndexedLayer::of_rows(Arc::clone(layer.layer()), [])));
    };
    let of = match asking.input.together(near.role).filter(|_| near.nearest) {
        Some(all) => Arc::clone(all),
        None => Arc::clone(&others.certain),
    };
    let banks = asking.banks(near.role, &of);
    let (found, _) = asking.within_banks(layer, &banks.all, asking.value(&near.distance), None)?;
    let mut rows = Vec::new();
    let is_found: BTreeSet<usize> = found.iter().map(|one| one.row).collect();
    if !banks.open.is_empty() {
        // What is near a river only if it is wide depends on that.
        let (wide, _) = asking.within_banks(layer, &banks.open, asking.value(&near.distance), None)?;
        let more = wide.into_iter().filter(|one| !is_found.contains(&one.row));
        open.extend(more.map(|one| layer.layer().label(one.row)));
    }
    for one in found {
        if others.certain.is_in(one.of.1) {
            rows.push(one.row);
        } else if others.doubtful.as_ref().is_some_and(|doubtful| doubtful.doubts.contains_key(&one.of.1)) {
            open.push(layer.layer().label(one.row));
        }
    }
    Ok(Arc::new(IndexedLayer::of_rows(Arc::clone(layer.layer()), rows)))
}

/// The sum of a column; without a value where a cell of it cannot be read.
fn summed(roles: &[Role], column: &str, asking: &Asking<'_>, unit: Option<&Unit<'_>>) -> Result<Measured, AskError> {
    // What is summed of the district is, for a part of it, the part's own.
    let own = unit
        .filter(|_| roles == [Role::District])
        .and_then(|unit| Some((unit.role, asking.input.together(unit.role)?, Some(unit.row))));
    let all = roles.iter().filter_map(|role| whole(asking, *role)).map(|(role, layer)| (role, layer, None));
    let mut sum = Measured::of(0.0);
    for (role, indexed, only) in own.map_or_else(|| all.collect::<Vec<_>>(), |own| vec![own]) {
        let layer = indexed.layer();
        if layer.attributes.column(column).is_none() && !layer.is_empty() {
            return Err(AskError::Lacks(role, column.to_owned()));
        }
        for row in layer.rows().filter(|row| only.is_none_or(|only: usize| only == *row)) {
            // What is measured in a district that lies nowhere cannot be: nor do its people count.
            if matches!(role, Role::District | Role::Town) && layer.unusable[row] {
                sum.lost.push(layer.label(row));
                continue;
            }
            match asking.input.number(role, column, row).filter(|n| *n >= 0.0) {
                Some(n) => sum.value = sum.value.map(|sum| sum + n),
                None => {
                    sum.value = None;
                    sum.open.push(layer.label(row));
                }
            }
        }
    }
    Ok(sum)
}

/// Features of a layer that lie nowhere.
fn nowhere(layer: &IndexedLayer) -> Vec<String> {
    let own = layer.layer();
    let rows = own.rows().filter(|row| own.unusable[*row] && layer.is_in(*row));
    rows.map(|row| own.label(row)).collect()
}

impl RuleAnswer {
    /// True for a feature that a step surely found; a step that only marks what others found finds nothing.
    pub(super) fn is_sure(&self, feature: &RuleFeature) -> bool {
        self.rule.steps.is_empty() || feature.steps.iter().any(|step| !self.rule.steps[*step].marks)
    }

    /// The features of a role that steps found: surely, and those of which that depends on a value that nobody knows.
    fn found_of(&self, role: Role, layer: &Arc<IndexedLayer>) -> [Arc<IndexedLayer>; 2] {
        let (mut sure, mut open) = (BTreeSet::new(), BTreeSet::new());
        for feature in &self.features {
            let Some((_, row)) = feature.of.filter(|(own, _)| *own == role) else { continue };
            let rows = if self.is_sure(feature) { &mut sure } else { &mut open };
            rows.insert(row);
        }
        open.retain(|row| !sure.contains(row));
        [sure, open].map(|rows| Arc::new(IndexedLayer::of_rows(Arc::clone(layer.layer()), rows)))
    }
}

/// A sum over what was found: of a column, each feature once, or of what the rule added.
fn found_sum(
    roles: &[Role],
    column: Option<&str>,
    added: Option<&str>,
    asking: &Asking<'_>,
    answer: &RuleAnswer,
) -> Result<Measured, AskError> {
    let mut sum = Measured::of(0.0);
    // What may have been found besides.
    let mut more = Some(0.0);
    for (role, layer) in roles.iter().filter_map(|role| whole(asking, *role)) {
        if let Some(added) = added {
            for feature in &answer.features {
                let Some((_, row)) = feature.of.filter(|(own, _)| *own == role) else { continue };
                let Some(n) = feature.number(added) else { continue };
                if answer.is_sure(feature) {
                    sum.value = sum.value.map(|sum| sum + n);
                } else {
                    more = more.map(|more| more + n);
                    sum.open.push(layer.layer().label(row));
                }
            }
            continue;
        }
        let Some(column) = column else { continue };
        let own = layer.layer();
        if own.attributes.column(column).is_none() && !own.is_empty() {
            return Err(AskError::Lacks(role, column.to_owned()));
        }
        let [found, open] = answer.found_of(role, layer);
        for row in own.rows().filter(|row| found.is_in(*row)) {
            match asking.input.number(role, column, row).filter(|n| *n >= 0.0) {
                Some(n) => sum.value = sum.value.map(|sum| sum + n),
                None => {
                    sum.value = None;
                    sum.open.push(own.label(row));
                }
            }
        }
        for row in own.rows().filter(|row| open.is_in(*row)) {
            let n = asking.input.number(role, column, row).filter(|n| *n >= 0.0);
            more = more.zip(n).map(|(more, n)| more + n);
            sum.open.push(own.label(row));
        }
    }
    if !sum.open.is_empty() {
        sum.most = sum.value.zip(more).map(|(sum, more)| sum + more);
    }
    Ok(sum)
}

/// The ground of layers in a zone, what several cover counted once; m².
fn ground_inside(zone: &IndexedLayer, layers: &[Arc<IndexedLayer>], asking: &Asking<'_>) -> Result<f64, AskError> {
    Ok(measured_inside(zone, layers, asking.progress)?.area_m2.unwrap_or(0.0))
}

/// What of the urban boundaries is built up.
const BUILT_UP: &str = "kind = '建成区'";
