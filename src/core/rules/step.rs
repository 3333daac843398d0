//! The questions of a rule, one after another: what they surely match, and what depends on values that nobody knows.

use super::answer::{RuleAnswer, RuleValue};
use super::choose::{Chosen, doubts_of};
use super::forbids::Forbidden;
use super::input::joined;
use super::matched::{Matched, pair_id};
use super::run::Asking;
use super::told::first_names;
use super::{Said, Step, StepKind};
use crate::i18n::{asked, between, colon, count, tr};
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry};
use crate::model::Role;
use crate::query::{
    Answer, AnswerFeature, AskError, InArea, Layers, Note, Question, ask_by, is_area, lines_and_points_in, meeting_by,
    outside,
};
use crate::vocabulary::Doubt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl RuleAnswer {
    /// Puts a step's question. A layer without a column that decides is named and not asked, but where the column says
    /// only how grave a match is.
    pub(super) fn ask_step(&mut self, asking: &Asking<'_>, number: usize) -> Result<(), AskError> {
        let step = &asking.rule.steps[number];
        let Some((subjects, references)) = self.put_to(asking, step)? else { return Ok(()) };
        for mut subject in subjects {
            self.tell_asked(asking, step, &subject);
            if let Some(left) = step.left_by.and_then(|earlier| self.left.get(&(earlier - 1))) {
                subject.certain = Arc::clone(&left.layer);
            }
            self.ask_subject(asking, number, &subject, &references)?;
        }
        Ok(())
    }

    /// What a step asks about, and what that is held against; `None` where there is nothing to hold it against.
    pub(super) fn put_to(
        &mut self,
        asking: &Asking<'_>,
        step: &Step,
    ) -> Result<Option<(Vec<Chosen>, Vec<Chosen>)>, AskError> {
        let counts = |role: &Role| step.reference_if.get(role).is_none_or(|name| asking.value(name) >= 0.5);
        let reference: Vec<Role> = step.reference.iter().copied().filter(counts).collect();
        let is_open = step.absent_is_open;
        let (references, lacking) = self.chosen_of(asking, &reference, is_open, |_| step.reference_where.as_ref())?;
        if references.is_empty() && !step.reference.is_empty() {
            // What the rule runs without may lack a column too: that is said.
            return lacking.filter(|_| !step.optional).map_or(Ok(None), Err);
        }
        for chosen in &references {
            let is_any = self.referred.entry(chosen.role).or_default();
            *is_any |= !chosen.is_empty();
        }
        let only = |role: Role| step.subject_only.get(&role).or(step.subject_where.as_ref());
        let (subjects, lacking) = self.chosen_of(asking, &step.subject, false, only)?;
        if let (true, Some(lacking), false) = (subjects.is_empty(), lacking, step.optional) {
            return Err(lacking);
        }
        let subjects = match &step.subject_but {
            Some(but) => subjects.into_iter().map(|own| asking.chosen_without(own, but)).collect::<Result<_, _>>()?,
            None => subjects,
        };
        Ok(Some((subjects, references)))
    }

    /// The features of roles that a condition chooses, of those that are there; and why one that is there was not asked. A
    /// layer without a column that decides is asked as one whose cells are empty where that is wanted.
    fn chosen_of<'t>(
        &mut self,
        asking: &Asking<'_>,
        roles: &[Role],
        absent_is_open: bool,
        only: impl Fn(Role) -> Option<&'t String>,
    ) -> Result<(Vec<Chosen>, Option<AskError>), AskError> {
        let (mut all, mut lacking) = (Vec::new(), None);
        for role in roles {
            match asking.chosen(*role, only(*role)) {
                Ok(chosen) => {
                    if let (Some(text), Some(_)) = (only(*role), &chosen) {
                        self.chose.insert((*role, text.clone()));
                    }
                    all.extend(chosen);
                }
                Err(AskError::Lacks(role, column)) if absent_is_open => {
                    self.tell_lacking(asking.input, role, &column, "told.column_as_empty");
                    all.extend(asking.all_open(role, &column));
                }
                Err(AskError::Lacks(role, column)) => {
                    self.tell_no_column(asking, role, &column);
                    lacking = lacking.or(Some(AskError::Lacks(role, column)));
                }
                Err(e) => return Err(e),
            }
        }
        Ok((all, lacking))
    }

    fn ask_subject(
        &mut self,
        asking: &Asking<'_>,
        number: usize,
        subject: &Chosen,
        references: &[Chosen],
    ) -> Result<(), AskError> {
        let step = &asking.rule.steps[number];
        let role = subject.role;
        step.check_columns(subject, references)?;
        let matched = match step.kind {
            StepKind::Match => matching(subject),
            StepKind::Within | StepKind::Inside | StepKind::Nearest => {
                self.within(asking, step, subject, references)?
            }
            StepKind::Beyond => self.beyond(asking, step, subject, references)?,
            StepKind::Overlap => self.overlapping(asking, step, subject, references)?,
            StepKind::Meets => meeting_pairs(asking, step, subject, references)?,
            StepKind::Outside => self.outside(asking, subject, references)?,
            StepKind::Near => self.near(asking, step, subject, references)?,
            StepKind::Gaps => self.gaps(asking, number, subject, references)?,
        };
        self.add(asking, number, role, matched);
        Ok(())
    }

    /// Pairs with ground in common; lines by their length inside, points by being inside.
    fn overlapping(
        &mut self,
        asking: &Asking<'_>,
        step: &Step,
        subject: &Chosen,
        references: &[Chosen],
    ) -> Result<Vec<Matched>, AskError> {
        let mut all = Vec::new();
        for (own, own_doubts) in subject.both() {
            let layer = own.layer();
            let areas: Vec<usize> = own.rows().filter(|row| is_area(layer, *row)).collect();
            let others = own.rows().count() - areas.len();
            let areas =
                if others == 0 { Arc::clone(&own) } else { Arc::new(IndexedLayer::of_rows(Arc::clone(layer), areas)) };
            for reference in references {
                for (other, doubts) in reference.both() {
                    let is_sure = own_doubts.is_none() && doubts.is_none();
                    let pair = PairOf { asking, step, roles: (subject.role, reference.role), other: &other };
                    let why = |row: usize, with: usize| -> Vec<Doubt> {
                        [doubts_of(&own_doubts, row), doubts_of(&doubts, with)].concat()
                    };
                    let layers = Layers::of(Arc::clone(&areas)).and(Arc::clone(&other));
                    let answer = ask_by(&Question::Overlap, &layers, asking.by())?;
                    if is_sure {
                        self.tell_question(&answer);
                    } else {
                        // What is too narrow to be judged is so whatever the value means.
                        self.tell_slivers(&answer);
                    }
                    let Answer { columns, features, .. } = answer;
                    for feature in features.into_vec() {
                        let AnswerFeature { row: Some(row), geometry, values, .. } = feature else { continue };
                        let Some(Added::NameOf(with)) = values.last().copied() else { continue };
                        let id = pair_id((layer, row), (other.layer(), with as usize));
                        let values = columns.iter().copied().zip(values.into_iter().map(RuleValue::from)).collect();
                        all.extend(pair.judged((row, with as usize), id, geometry, values, why(row, with as usize)));
                    }
                    let inside = if others == 0 { Vec::new() } else { lines_and_points_in(&own, &other, asking.by())? };
                    if is_sure && !inside.is_empty() {
                        self.summaries.push(serde_json::json!({
                            "lines_and_points": inside.len(),
                            "length_m": inside.iter().filter_map(|one| one.length_m).sum::<f64>(),
                        }));
                    }
                    for InArea { row, with, length_m } in inside {
                        let mut values: Vec<(&'static str, RuleValue)> = Vec::new();
                        values.extend(length_m.map(|m| ("length_m", RuleValue::rounded(m, 3))));
                        values.push(("with_id", Added::IdOf(with as u32).into()));
                        values.push(("with_name", Added::NameOf(with as u32).into()));
                        let id = pair_id((layer, row), (other.layer(), with));
                        all.extend(pair.judged((row, with), id, OutGeometry::Unchanged, values, why(row, with)));
                    }
                }
            }
        }
        Ok(all)
    }

    /// The ground of areas that no reference covers; one whose coverage depends on something is looked at.
    fn outside(
        &mut self,
        asking: &Asking<'_>,
        subject: &Chosen,
        references: &[Chosen],
    ) -> Result<Vec<Matched>, AskError> {
        let certain: Vec<Arc<IndexedLayer>> = references.iter().map(|r| Arc::clone(&r.certain)).collect();
        let mut all = Vec::new();
        for (own, own_doubts) in subject.both() {
            let (found, slivers) = outside(&own, &certain, asking.by())?;
            if slivers > 0 {
                self.note(Said::told(|lang| tr!(lang, "told.slivers", n = slivers).into_owned()));
            }
            if own_doubts.is_none() {
                let area_m2: f64 = found.iter().map(|one| one.area_m2).sum();
                self.summaries.push(serde_json::json!({
                    "features_in": own.feature_count(), "matched": found.len(), "area_m2": area_m2, "slivers": slivers,
                }));
            }
            for one in found {
                let share = if one.own_m2 > 0.0 { (one.area_m2 / one.own_m2).min(1.0) } else { 0.0 };
                all.push(Matched {
                    row: one.row,
                    id: None,
                    geometry: one.polygons.map_or(OutGeometry::Unchanged, OutGeometry::Polygons),
                    values: vec![
                        ("area_m2", RuleValue::rounded(one.area_m2, 3)),
                        ("share", RuleValue::rounded(share, 6)),
                    ],
                    reference: None,
                    doubts: doubts_of(&own_doubts, one.row),
                });
            }
        }
        Ok(all)
    }

    /// Ground further than the radius from every facility.
    fn gaps(
        &mut self,
        asking: &Asking<'_>,
        number: usize,
        subject: &Chosen,
        references: &[Chosen],
    ) -> Result<Vec<Matched>, AskError> {
        let step = &asking.rule.steps[number];
        let certain: Vec<&Arc<IndexedLayer>> = references.iter().map(|reference| &reference.certain).collect();
        let reference = together(references, &certain);
        let own = Arc::clone(&subject.certain);
        let min_area_m2 = step.min_area.as_ref().map_or(0.0, |name| asking.value(name));
        let left = step.left_by.and_then(|earlier| self.left.get(&(earlier - 1)));
        let people = step.people.as_ref().map(|name| match left {
            // What is left has its own share of them.
            Some(left) => left.added("people").to_owned(),
            None => name.clone(),
        });
        // Without a column of people the ground is told, and people are not judged.
        let homes = asking.input.together(subject.role).map(|homes| homes.layer());
        let lacks = |name: &&String| homes.is_some_and(|l| !l.is_empty() && l.attributes.column(name).is_none());
        let lacking = step.people.as_ref().filter(lacks);
        if let Some(name) = lacking {
            self.tell_lacking(asking.input, subject.role, name, "told.no_people");
        }
        let people = people.filter(|_| lacking.is_none());
        let radius_m = step.distance.as_ref().map_or(0.0, |name| asking.value(name));
        let from_entrances = step.entrances.as_ref().is_some_and(|name| asking.value(name) >= 0.5);
        let entrances = from_entrances.then(|| asking.input.together(Role::ParkEntrance).cloned()).flatten();
        let layers = Layers { subject: own, reference, entrances, water: None };
        let mut answer = ask_by(&Question::Gaps { radius_m, min_area_m2, people }, &layers, asking.by())?;
        let facilities: Vec<Role> = references.iter().map(|reference| reference.role).collect();
        self.tell_edge(asking, &mut answer, step, (subject.role, facilities.as_slice()));
        self.tell_question(&answer);
        self.gap_figures(asking, number, &answer, &layers)?;
        let left = step.left_by.and_then(|earlier| self.left.get(&(earlier - 1)));
        let Answer { columns, features, .. } = answer;
        let matched = features.into_vec().into_iter().filter_map(|feature| {
            let values = columns.iter().copied().zip(feature.values.into_iter().map(RuleValue::from)).collect();
            let one = Matched {
                row: feature.row?,
                id: feature.id,
                geometry: feature.geometry,
                values,
                reference: layers.reference.clone(),
                doubts: Vec::new(),
            };
            Some(match left {
                Some(left) => left.of_home(one),
                None => one,
            })
        });
        Ok(matched.collect())
    }

    /// What a question says beside its answer, and its summary.
    pub(super) fn tell_question(&mut self, answer: &Answer) {
        for note in &answer.notes {
            self.note(match note {
                // What a rule makes of them is no figure, rather than one that leaves some out.
                Note::PeopleUnknown { features } => {
                    Said::told(|lang| tr!(lang, "told.people_unread", n = features).into_owned())
                }
                note => Said::told(|lang| note.message(lang)),
            });
        }
        self.tell_slivers(answer);
        self.summaries.push(serde_json::to_value(&answer.summary).unwrap_or_default());
    }

    /// Says how many homes lie nearer to the edge of the facilities' layers than the radius, and of which step: a rule may ask
    /// about several radii, layers, and what an earlier step left.
    fn tell_edge(
        &mut self,
        asking: &Asking<'_>,
        answer: &mut Answer,
        step: &Step,
        (homes, facilities): (Role, &[Role]),
    ) {
        let near = answer.notes.iter().position(|note| matches!(note, Note::EdgeOfLayer { .. }));
        let Some(Note::EdgeOfLayer { features }) = near.map(|at| answer.notes.remove(at)) else { return };
        let m = asked(step.distance.as_ref().map_or(0.0, |name| asking.value(name)));
        self.note(Said::told(|lang| {
            let layers: Vec<&str> = facilities.iter().map(|role| role.title(lang)).collect();
            let (role, layers) = (homes.title(lang), layers.join(between(lang)));
            let text = tr!(lang, "told.edge_of_layer", role = role, n = count(features), layers = layers, m = m);
            match &step.title {
                Some(title) => format!("{}{}{text}", title.text(lang).trim_end_matches(['：', ':']), colon(lang)),
                None => text.into_owned(),
            }
        }));
    }

    /// Slivers, which are no match, by name.
    fn tell_slivers(&mut self, answer: &Answer) {
        if !answer.slivers.is_empty() {
            let names: Vec<String> = answer.slivers.iter().map(|s| format!("{}／{}", s.feature, s.with)).collect();
            let n = names.len();
            self.note(Said::told(|lang| {
                tr!(lang, "rules.slivers", n = n, names = first_names(&names, lang)).into_owned()
            }));
        }
    }
}

impl Step {
    /// Whether layers have the columns without which the step says nothing of them.
    ///
    /// # Errors
    /// The column that one of them lacks.
    pub(super) fn check_columns(&self, subject: &Chosen, references: &[Chosen]) -> Result<(), AskError> {
        let layer = subject.certain.layer();
        if let Some(forbids) = &self.forbids {
            if !layer.is_empty() && !forbids.says_what(layer) {
                return Err(AskError::Lacks(subject.role, forbids.subject.join("|")));
            }
            for reference in references.iter().map(|r| (r.role, r.certain.layer())) {
                if !reference.1.is_empty() && reference.1.attributes.column(&forbids.reference).is_none() {
                    return Err(AskError::Lacks(reference.0, forbids.reference.clone()));
                }
            }
        }
        Ok(())
    }
}

/// Features for which the condition holds, or may.
fn matching(subject: &Chosen) -> Vec<Matched> {
    let mut all = Vec::new();
    for (own, doubts) in subject.both() {
        let layer = own.layer();
        for row in layer.rows().filter(|row| own.is_in(*row)) {
            all.push(Matched {
                row,
                id: None,
                geometry: OutGeometry::Unchanged,
                values: Vec::new(),
                reference: None,
                doubts: doubts_of(&doubts, row),
            });
        }
    }
    all
}

/// Pairs that meet.
fn meeting_pairs(
    asking: &Asking<'_>,
    step: &Step,
    subject: &Chosen,
    references: &[Chosen],
) -> Result<Vec<Matched>, AskError> {
    let mut all = Vec::new();
    for (own, own_doubts) in subject.both() {
        for reference in references {
            for (other, doubts) in reference.both() {
                let pair = PairOf { asking, step, roles: (subject.role, reference.role), other: &other };
                for (row, with) in meeting_by(&own, &other, asking.by())? {
                    let values: Vec<(&'static str, RuleValue)> = vec![
                        ("with_id", Added::IdOf(with as u32).into()),
                        ("with_name", Added::NameOf(with as u32).into()),
                    ];
                    let why = [doubts_of(&own_doubts, row), doubts_of(&doubts, with)].concat();
                    let id = pair_id((own.layer(), row), (other.layer(), with));
                    all.extend(pair.judged((row, with), id, OutGeometry::Unchanged, values, why));
                }
            }
        }
    }
    Ok(all)
}

/// What pairs of a step are judged by.
struct PairOf<'a> {
    asking: &'a Asking<'a>,
    step: &'a Step,
    /// Of the subject and of the reference.
    roles: (Role, Role),
    other: &'a Arc<IndexedLayer>,
}

impl PairOf<'_> {
    /// A pair as a match, where its reference forbids it if that is asked; with what it takes over of the reference.
    fn judged(
        &self,
        (row, with): (usize, usize),
        id: Option<String>,
        geometry: OutGeometry,
        mut values: Vec<(&'static str, RuleValue)>,
        mut doubts: Vec<Doubt>,
    ) -> Option<Matched> {
        if let Some(forbids) = &self.step.forbids {
            match forbids.judge(self.asking.input, (self.roles.0, row), (self.roles.1, with)) {
                Forbidden::By(word) => values.push(("forbidden", RuleValue::Text(word))),
                Forbidden::No => return None,
                Forbidden::Doubtful(why) => doubts.extend(why),
            }
        }
        let values = copied(self.step, self.other, with, values);
        let reference = Some(Arc::clone(self.other));
        Some(Matched { row, id, geometry, values, reference, doubts })
    }
}

/// Values with what a step takes over of the reference.
pub(super) fn copied(
    step: &Step,
    reference: &IndexedLayer,
    with: usize,
    mut values: Vec<(&'static str, RuleValue)>,
) -> Vec<(&'static str, RuleValue)> {
    for name in &step.copy {
        let value = reference.layer().attributes.get(with, name).display().into_owned();
        // Names of the plan's own columns are few; they are the program's from here on.
        if let Some(column) = COPIED.iter().find(|known| *known == name) {
            values.push((column, RuleValue::Text(value)));
        }
    }
    values
}

/// Columns of a reference that rules can take over.
const COPIED: [&str; 8] = ["requires", "class", "level", "zone", "core", "kind", "grade", "code"];

/// References as one layer.
pub(super) fn together(references: &[Chosen], layers: &[&Arc<IndexedLayer>]) -> Option<Arc<IndexedLayer>> {
    match (references, layers) {
        ([], _) | (_, []) => None,
        (_, [one]) => Some(Arc::clone(one)),
        ([first, ..], layers) => Some(Arc::new(joined(first.role, layers))),
    }
}

/// Roles whose features a rule refers to by conditions, where none of them chose any.
pub(super) fn unreferred(referred: &BTreeMap<Role, bool>) -> BTreeSet<Role> {
    referred.iter().filter(|(_, is_any)| !**is_any).map(|(role, _)| *role).collect()
}
