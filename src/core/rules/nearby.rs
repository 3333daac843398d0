//! A rule asked only of what lies near a place: where what it says of a feature depends on the features near by alone, the
//! rows further away are left out, and it says the same there.

use super::answer::{RuleAnswer, RuleFeature, Status};
use super::bank::{WIDTH, open_half_m};
use super::run::{missing_roles, run};
use super::{Rule, RuleInput, Step, StepKind, Values, Verdict, Work};
use crate::geodesy::LonLatBox;
use crate::index::IndexedLayer;
use crate::io::geojson::OutGeometry;
use crate::model::Role;
use crate::progress::{Cancelled, Progress};
use crate::vocabulary::Reading;
use std::sync::Arc;

/// What a rule has to be put to, so that its bans and reviews in a place are known.
enum Scope {
    /// It has none anywhere: it lists.
    Nothing,
    /// The features of these roles in the place, and what lies near them.
    Near(Vec<Role>),
    /// All features, wherever they lie.
    Everything,
}

/// How far a rule looks for its bans and reviews in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It has none.
    Nothing,
    /// At what lies near it.
    Near,
    /// At everything.
    Everything,
}

impl Step {
    /// True where a match of it can be more than listed: by its verdict, or because it depends on a value that nobody knows.
    fn may_judge(&self) -> bool {
        let has_condition = self.subject_where.is_some()
            || !self.subject_only.is_empty()
            || self.reference_where.is_some()
            || self.forbids.is_some()
            || self.absent_is_open;
        self.verdict != Verdict::List || (self.kind != StepKind::Gaps && has_condition)
    }
}

impl Rule {
    /// How far it looks for its bans and reviews in a place.
    pub(super) fn reach(&self) -> Reach {
        match self.scope() {
            Scope::Nothing => Reach::Nothing,
            Scope::Near(_) => Reach::Near,
            Scope::Everything => Reach::Everything,
        }
    }

    fn scope(&self) -> Scope {
        if self.is_derived() {
            return Scope::Nothing;
        }
        let may_judge = self.steps.iter().any(Step::may_judge);
        let mut judged: Vec<Role> = self.steps.iter().flat_map(|step| step.subject.iter().copied()).collect();
        match &self.work {
            None | Some(Work::Zoning(_)) if !may_judge => return Scope::Nothing,
            Some(Work::Burdens(_) | Work::Siting(_) | Work::Supply(_) | Work::Circle(_)) if !may_judge => {
                return Scope::Nothing;
            }
            None | Some(Work::Zoning(_)) => {}
            Some(Work::Strip(work)) => judged.extend(work.intruders.into_iter().chain([work.rivers, work.bodies])),
            Some(Work::Contents(work)) => judged.extend(work.listed.iter().copied()),
            // What a unit came to, or what a network hangs together by, may lie anywhere.
            Some(_) => return Scope::Everything,
        }
        // What serves a home may be known by its name.
        if self.steps.iter().any(|step| step.kind == StepKind::Gaps) {
            return Scope::Everything;
        }
        judged.sort_unstable();
        judged.dedup();
        Scope::Near(judged)
    }

    /// Puts the rule to what its bans and reviews in an area depend on; `None` where it has none there. With a role, only
    /// matches of its features are wanted. Matches outside the area may be missing or wrong.
    ///
    /// # Errors
    /// Where it was stopped.
    pub(super) fn asked_near(
        &self,
        input: &RuleInput,
        values: &Values,
        (area, only): (&LonLatBox, Option<Role>),
        progress: &Progress,
    ) -> Result<Option<RuleAnswer>, Cancelled> {
        if area.is_empty() || !missing_roles(self, input).is_empty() {
            return Ok(None);
        }
        let judged = match self.scope() {
            Scope::Nothing => return Ok(None),
            Scope::Everything => return run(self, input, values, progress).map(Some),
            Scope::Near(judged) => judged,
        };
        let judged: Vec<Role> = judged.into_iter().filter(|role| only.is_none_or(|only| only == *role)).collect();
        let Some(near) = self.input_near(input, values, &judged, area) else { return Ok(None) };
        // Figures judge nothing, and neither do zones that are drawn.
        let work = self.work.clone().filter(|work| !matches!(work, Work::Zoning(_)));
        let alone = Self { figures: Vec::new(), groups: Vec::new(), work, ..self.clone() };
        let answer = run(&alone, &near, values, progress)?;
        if answer.status == Status::Answered {
            return Ok(Some(answer));
        }
        // Why it has no answer may depend on what was left out.
        run(self, input, values, progress).map(Some)
    }

    /// The layers with only the rows near the features of roles that lie in an area; `None` where none lies there.
    fn input_near(&self, input: &RuleInput, values: &Values, judged: &[Role], area: &LonLatBox) -> Option<RuleInput> {
        let rows_in = |role: Role, place: &LonLatBox| -> Vec<usize> {
            input.together(role).map(|layer| layer.rows_in(place)).unwrap_or_default()
        };
        let with_rows_in = |role: Role, place: LonLatBox, from: &LonLatBox| -> LonLatBox {
            let Some(layer) = input.together(role) else { return place };
            let geometries = &layer.layer().geometries;
            rows_in(role, from).into_iter().fold(place, |place, row| place.union(geometries.bounds(row)))
        };
        if judged.iter().all(|role| rows_in(*role, area).is_empty()) {
            return None;
        }
        let around = judged.iter().fold(*area, |place, role| with_rows_in(*role, place, area));
        let around = around.padded(self.reach_m(input, values) * 1.01 + 10.0);
        // A river's bank is the border of its water bodies, which are known by all of the river.
        let (mut lines, mut bodies) = (vec![Role::River], vec![Role::WaterBody]);
        if let Some(Work::Strip(work)) = &self.work {
            lines.push(work.rivers);
            bodies.push(work.bodies);
        }
        let by_bodies = bodies.iter().fold(around, |place, role| with_rows_in(*role, place, &around));
        let by_rivers = lines.iter().fold(by_bodies, |place, role| with_rows_in(*role, place, &by_bodies));
        let restricted = self.roles().into_iter().chain(bodies.iter().copied()).filter_map(|role| {
            let layer = input.together(role)?;
            let is_water = lines.contains(&role) || bodies.contains(&role);
            let rows = layer.rows_in(if is_water { &by_rivers } else { &around });
            Some((role, Arc::new(IndexedLayer::of_rows(Arc::clone(layer.layer()), rows))))
        });
        Some(input.with_together(restricted))
    }

    /// Further than this from a feature nothing matters for what the rule says of it; metres.
    fn reach_m(&self, input: &RuleInput, values: &Values) -> f64 {
        let named = self.named().into_iter().map(|name| self.value(name, values)).filter(|m| m.is_finite());
        let of_strip: Vec<String> = match &self.work {
            Some(Work::Strip(work)) => work.strip_column.iter().chain(&work.width_column).cloned().collect(),
            _ => Vec::new(),
        };
        let columns = of_strip.into_iter().filter(|column| column != WIDTH).chain([WIDTH.to_owned()]);
        let widest = columns.map(|column| {
            let roles = self.roles().into_iter().chain([Role::WaterBody]).filter(|role| {
                matches!(role, Role::River | Role::Road | Role::Corridor | Role::Shoreline | Role::WaterBody)
            });
            roles.map(|role| largest(input, role, &column)).fold(0.0, f64::max)
        });
        named.fold(0.0, f64::max) + widest.sum::<f64>()
    }
}

/// The largest number in a column of a role.
fn largest(input: &RuleInput, role: Role, column: &str) -> f64 {
    let Some(indexed) = input.together(role) else { return 0.0 };
    let reading = input.reading(role, column);
    let number = |row: usize| match &reading {
        Some(reading) => match &**reading.of(row) {
            // What is not understood may be as wide as that.
            Reading::Unknown(_) => reading.largest(row).or(Some(2.0 * open_half_m(role))),
            known => known.number(),
        },
        None => indexed.layer().attributes.get(row, column).as_number(),
    };
    indexed.rows().filter_map(number).filter(|m| m.is_finite()).fold(0.0, f64::max)
}

impl RuleAnswer {
    /// Leaves only the bans and reviews whose box meets an area.
    pub(super) fn keep_judged_in(&mut self, input: &RuleInput, area: &LonLatBox) {
        let area = area.padded(1.0);
        self.features.retain(|feature| {
            feature.verdict != Verdict::List && bounds_of(input, feature).is_some_and(|own| own.intersects(&area))
        });
    }
}

/// The box of a feature as it is exported.
fn bounds_of(input: &RuleInput, feature: &RuleFeature) -> Option<LonLatBox> {
    let with_path = |all: LonLatBox, path: &Vec<crate::geodesy::LonLat>| all.union(LonLatBox::of(path));
    match &feature.geometry {
        OutGeometry::Unchanged => {
            let (role, row) = feature.of?;
            Some(input.together(role)?.layer().geometries.bounds(row))
        }
        OutGeometry::Polygons(polygons) => Some(polygons.iter().flatten().fold(LonLatBox::EMPTY, with_path)),
        OutGeometry::Lines(paths) => Some(paths.iter().fold(LonLatBox::EMPTY, with_path)),
    }
}
