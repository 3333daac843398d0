//! A rule put to layers: its questions asked one after another, what they match joined feature by feature.

use super::answer::{RuleAnswer, RuleFeature, RuleValue, Status};
use super::gaps::added_name;
use super::input::{RuleInput, joined};
use super::targets::Plan;
use super::{Group, Rule, Said, Step, StepKind, Values};
use crate::i18n::tr;
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry};
use crate::model::Role;
use crate::progress::{Cancelled, Progress};
use crate::query::expression::{Expression, ExpressionError};
use crate::query::{Answer, AskError, Layers, Question, Side, ask, meeting};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A rule and what it is put to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asking<'a> {
    pub(super) rule: &'a Rule,
    pub(super) input: &'a RuleInput,
    pub(super) values: &'a Values,
    pub(super) progress: &'a Progress,
}

impl Asking<'_> {
    /// A parameter's value.
    pub(super) fn value(&self, name: &str) -> f64 {
        self.rule.value(name, self.values)
    }

    /// A condition with the parameters in their places.
    pub(super) fn text(&self, text: &str) -> String {
        self.rule.with_values(text, self.values)
    }

    /// The features of a role for which a condition is true.
    pub(super) fn chosen(&self, role: Role, only: Option<&String>) -> Result<Option<Arc<IndexedLayer>>, AskError> {
        let Some(layer) = self.input.together(role) else { return Ok(None) };
        Ok(Some(match only {
            None => Arc::clone(layer),
            Some(text) => Arc::new(Expression::parse(&self.text(text))?.chosen(layer)?),
        }))
    }
}

/// Puts a rule to layers.
///
/// # Errors
/// Where it was stopped; everything else stands in the answer.
pub fn run(rule: &Rule, input: &RuleInput, values: &Values, progress: &Progress) -> Result<RuleAnswer, Cancelled> {
    run_with::<RuleAnswer>(rule, input, values, &[], None, progress)
}

/// Puts rules to layers, in their order; what is put together from what others found comes last. `known` is what was
/// found before; `plan` holds the targets.
///
/// # Errors
/// Where it was stopped.
pub fn run_all(
    rules: &[(Rule, Values)],
    input: &RuleInput,
    known: &[Arc<RuleAnswer>],
    plan: Option<&Plan>,
    progress: &Progress,
    mut tell: impl FnMut(&Arc<RuleAnswer>),
) -> Result<Vec<Arc<RuleAnswer>>, Cancelled> {
    let mut answers: Vec<Arc<RuleAnswer>> = Vec::new();
    let (derived, own): (Vec<_>, Vec<_>) = rules.iter().partition(|(rule, _)| rule.is_derived());
    for (rule, values) in own.into_iter().chain(derived) {
        let mut all: Vec<Arc<RuleAnswer>> = answers.clone();
        all.extend(known.iter().filter(|k| !answers.iter().any(|a| a.rule.id == k.rule.id)).cloned());
        let mut answer = run_with(rule, input, values, &all, plan, progress)?;
        answer.aim = plan.and_then(|plan| plan.aim(&answer));
        let answer = Arc::new(answer);
        tell(&answer);
        answers.push(answer);
    }
    Ok(answers)
}

fn run_with<A: Borrow<RuleAnswer>>(
    rule: &Rule,
    input: &RuleInput,
    values: &Values,
    others: &[A],
    plan: Option<&Plan>,
    progress: &Progress,
) -> Result<RuleAnswer, Cancelled> {
    let mut answer = RuleAnswer::of(rule, values);
    let is_there = |roles: &Vec<Role>| roles.iter().any(|role| input.together(*role).is_some());
    let missing = rule.needs().into_iter().filter(|roles| !is_there(roles));
    answer.missing = missing.map(|roles| roles.iter().map(|r| r.id()).collect::<Vec<_>>().join("|")).collect();
    if !answer.missing.is_empty() {
        answer.status = Status::MissingLayer;
        return Ok(answer);
    }
    let asking = Asking { rule, input, values, progress };
    let others: Vec<&RuleAnswer> = others.iter().map(Borrow::borrow).collect();
    match answer.ask_all(&asking, &others, plan) {
        Ok(()) => {}
        Err(AskError::Cancelled(cancelled)) => return Err(cancelled),
        Err(AskError::Expression(ExpressionError::NoColumn(column)) | AskError::NoColumn(column)) => {
            answer.status = Status::NeedsInput;
            answer.missing = vec![column];
        }
        Err(AskError::NoLayer(role)) => {
            answer.status = Status::MissingLayer;
            answer.missing = vec![role.id().to_owned()];
        }
        Err(e) => {
            answer.status = Status::Error;
            answer.error = Some(e.to_string());
        }
    }
    // The gravest first; otherwise as they stand in the files, or as the work ranked them.
    let is_ranked = matches!(rule.work, Some(super::Work::Siting(_)));
    answer.features.sort_by(|a, b| {
        let in_files = a.of.is_none().cmp(&b.of.is_none()).then(a.of.cmp(&b.of));
        b.verdict.cmp(&a.verdict).then(if is_ranked { std::cmp::Ordering::Equal } else { in_files })
    });
    Ok(answer)
}

impl RuleAnswer {
    fn ask_all(&mut self, asking: &Asking<'_>, others: &[&RuleAnswer], plan: Option<&Plan>) -> Result<(), AskError> {
        let rule = asking.rule;
        for number in 0..rule.steps.len() {
            match self.ask_step(asking, number) {
                // What the rule runs without may lack a column too: what was not looked at is said.
                Err(AskError::Expression(ExpressionError::NoColumn(column)) | AskError::NoColumn(column))
                    if rule.steps[number].optional =>
                {
                    let of = rule.steps[number].reason.clone().unwrap_or_else(|| rule.title.clone());
                    self.notes.push(Said::told(|lang| {
                        tr!(lang, "rules.not_checked", column = column, what = of.text(lang)).into_owned()
                    }));
                }
                done => done?,
            }
        }
        if let Some(work) = &rule.work {
            work.run(asking, others, plan, self)?;
        }
        for figure in &rule.figures {
            let is_there =
                |roles: &Vec<Role>| roles.is_empty() || roles.iter().any(|r| asking.input.together(*r).is_some());
            if figure.needs().iter().all(is_there) {
                match figure.worked_out(asking) {
                    Err(AskError::Expression(ExpressionError::NoColumn(_))) if figure.optional => {}
                    worked_out => {
                        self.figures.extend(worked_out?);
                        self.add_groups(figure.by_area(asking)?);
                    }
                }
            }
        }
        for by in &rule.groups {
            by.count(asking, self)?;
        }
        // Whatever of the layers that the rule read could not be used, once.
        for role in if rule.is_derived() { Vec::new() } else { rule.roles() } {
            let Some(layer) = asking.input.together(role).map(|indexed| indexed.layer()) else { continue };
            self.unused.extend(layer.rows().filter(|row| layer.unusable[*row]).map(|row| (role, row)));
        }
        self.left_out += self.unused.len();
        Ok(())
    }

    /// Takes in figures of parts; several of one part stand together.
    pub(super) fn add_groups(&mut self, groups: Vec<Group>) {
        for group in groups {
            match self.groups.iter_mut().find(|g| g.by == group.by && g.name == group.name && g.area == group.area) {
                Some(known) => known.figures.extend(group.figures),
                None => self.groups.push(group),
            }
        }
    }

    fn ask_step(&mut self, asking: &Asking<'_>, number: usize) -> Result<(), AskError> {
        let step = &asking.rule.steps[number];
        let reference: Vec<(Role, &Arc<IndexedLayer>)> =
            step.reference.iter().filter_map(|role| Some((*role, asking.input.together(*role)?))).collect();
        if reference.is_empty() && !step.reference.is_empty() {
            return Ok(());
        }
        let reference = reference_of(asking, step, &reference)?;
        let subjects: Vec<(Role, &Arc<IndexedLayer>)> =
            step.subject.iter().filter_map(|role| Some((*role, asking.input.together(*role)?))).collect();
        for (role, subject) in chosen_subjects(asking, step, &subjects)? {
            let left = step.left_by.and_then(|earlier| self.left.get(&(earlier - 1)));
            let subject = left.map_or(subject, |left| Arc::clone(&left.layer));
            self.ask_one(asking, number, role, subject, reference.clone())?;
        }
        Ok(())
    }

    fn ask_one(
        &mut self,
        asking: &Asking<'_>,
        number: usize,
        role: Role,
        subject: Arc<IndexedLayer>,
        reference: Option<Arc<IndexedLayer>>,
    ) -> Result<(), AskError> {
        let step = &asking.rule.steps[number];
        if let (Some(forbids), Some(reference)) = (&step.forbids, &reference) {
            if !subject.layer().is_empty() && !forbids.says_what(subject.layer()) {
                return Err(AskError::NoColumn(forbids.subject.join("|")));
            }
            if !reference.layer().is_empty() && reference.layer().attributes.column(&forbids.reference).is_none() {
                return Err(AskError::NoColumn(forbids.reference.clone()));
            }
        }
        let distance_m = step.distance.as_ref().map_or(0.0, |name| asking.value(name));
        let question = match step.kind {
            StepKind::Match => {
                let rows = subject.layer().rows().filter(|row| subject.is_in(*row));
                let matched =
                    rows.map(|row| Matched { row, id: None, geometry: OutGeometry::Unchanged, values: Vec::new() });
                self.add(number, step, role, matched.collect(), None);
                return Ok(());
            }
            StepKind::Meets => {
                let Some(reference) = reference else { return Ok(()) };
                let pairs = meeting(&subject, &reference, asking.progress)?;
                let matched = pairs.into_iter().map(|(row, with)| {
                    let with = with as u32;
                    let values = vec![("with_id", Added::IdOf(with).into()), ("with_name", Added::NameOf(with).into())];
                    Matched { row, id: None, geometry: OutGeometry::Unchanged, values }
                });
                let matched = judged(step, subject.layer(), Some(&reference), matched.collect());
                self.add(number, step, role, matched, Some(reference));
                return Ok(());
            }
            StepKind::Within => Question::Within { distance_m, side: Side::Within },
            StepKind::Beyond => Question::Within { distance_m, side: Side::Beyond },
            StepKind::Inside => Question::Within { distance_m: 0.0, side: Side::Within },
            StepKind::Nearest => Question::Nearest { max_m: Some(distance_m) },
            StepKind::Overlap => Question::Overlap,
            StepKind::Gaps => {
                let min_area_m2 = step.min_area.as_ref().map_or(0.0, |name| asking.value(name));
                let people = step.people.as_ref().map(|name| match step.left_by {
                    // What is left has its own share of them.
                    Some(_) => added_name(&subject, "people").to_owned(),
                    None => name.clone(),
                });
                Question::Gaps { radius_m: distance_m, min_area_m2, people }
            }
        };
        let from_entrances = step.entrances.as_ref().is_some_and(|name| asking.value(name) >= 0.5);
        let entrances = from_entrances.then(|| asking.input.together(Role::ParkEntrance).cloned()).flatten();
        let water = step.sides.then(|| asking.input.together(Role::WaterBody).cloned()).flatten();
        let layers = Layers { subject, reference, entrances, water };
        let answer = ask(&question, &layers, asking.progress)?;
        for note in &answer.notes {
            let note = Said::told(|lang| note.message(lang));
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        if !answer.slivers.is_empty() {
            let names: Vec<String> =
                answer.slivers.iter().take(6).map(|s| format!("{}／{}", s.feature, s.with)).collect();
            let (n, names) = (answer.slivers.len(), names.join("、"));
            self.notes.push(Said::told(|lang| tr!(lang, "rules.slivers", n = n, names = names).into_owned()));
        }
        self.summaries.push(serde_json::to_value(&answer.summary).unwrap_or_default());
        if step.kind == StepKind::Gaps {
            self.gap_figures(asking, number, &answer, &layers)?;
        }
        let Answer { columns, features, .. } = answer;
        let left = step.left_by.and_then(|earlier| self.left.get(&(earlier - 1)));
        let matched = features.into_vec().into_iter().filter_map(|feature| {
            let values = columns.iter().copied().zip(feature.values).filter(|(name, _)| step.sides || *name != "side");
            let values = values.map(|(name, value)| (name, value.into())).collect();
            let one = Matched { row: feature.row?, id: feature.id, geometry: feature.geometry, values };
            Some(match left {
                Some(left) => left.of_home(one),
                None => one,
            })
        });
        let matched = judged(step, layers.subject.layer(), layers.reference.as_ref(), matched.collect());
        self.add(number, step, role, matched, layers.reference);
        Ok(())
    }

    /// Takes in what a step matched: a feature that was found before is judged by the gravest.
    fn add(
        &mut self,
        number: usize,
        step: &Step,
        role: Role,
        matched: Vec<Matched>,
        reference: Option<Arc<IndexedLayer>>,
    ) {
        // Pieces of ground, and pairs, are features of their own.
        let is_whole = !matches!(step.kind, StepKind::Overlap | StepKind::Gaps | StepKind::Meets);
        let mut known: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, feature) in self.features.iter().enumerate() {
            if let Some((_, row)) =
                feature.of.filter(|(r, _)| *r == role && (step.marks || feature.geometry == OutGeometry::Unchanged))
            {
                known.entry(row).or_default().push(at);
            }
        }
        let paired: BTreeSet<(usize, usize)> = match step.new_pairs {
            true => {
                let of_role = self
                    .features
                    .iter()
                    .filter_map(|f| Some((f.of.filter(|(r, _)| *r == role)?.1, with_row(&f.values)?)));
                of_role.collect()
            }
            false => BTreeSet::new(),
        };
        for Matched { row, id, geometry, values } in matched {
            if with_row(&values).is_some_and(|with| paired.contains(&(row, with))) {
                continue;
            }
            match known.get(&row).filter(|_| is_whole || step.marks) {
                Some(all) => {
                    for at in all {
                        let feature = &mut self.features[*at];
                        feature.verdict = feature.verdict.max(step.verdict);
                        feature.steps.push(number);
                    }
                }
                None if step.marks => {}
                None => self.features.push(RuleFeature {
                    of: Some((role, row)),
                    verdict: step.verdict,
                    steps: vec![number],
                    because: Vec::new(),
                    tag: None,
                    id,
                    geometry,
                    values,
                    reference: reference.clone(),
                }),
            }
        }
    }
}

/// What a step matched.
pub(super) struct Matched {
    pub(super) row: usize,
    pub(super) id: Option<String>,
    pub(super) geometry: OutGeometry,
    pub(super) values: Vec<(&'static str, RuleValue)>,
}

/// The row of the reference that a match speaks of.
fn with_row(values: &[(&'static str, RuleValue)]) -> Option<usize> {
    values.iter().find_map(|(_, value)| match value {
        RuleValue::Plain(Added::IdOf(row) | Added::NameOf(row)) => Some(*row as usize),
        _ => None,
    })
}

/// Only the matches that their reference forbids, where the step asks for that; with what they take over of it.
fn judged(
    step: &Step,
    subject: &crate::model::Layer,
    reference: Option<&Arc<IndexedLayer>>,
    matched: Vec<Matched>,
) -> Vec<Matched> {
    let Some(reference) = reference else { return matched };
    let reference = reference.layer();
    let judge = |mut one: Matched| {
        let Some(with) = with_row(&one.values) else { return step.forbids.is_none().then_some(one) };
        if let Some(forbids) = &step.forbids {
            let word = forbids.word(subject, one.row, reference, with)?;
            one.values.push(("forbidden", RuleValue::Text(word)));
        }
        for name in &step.copy {
            let value = reference.attributes.get(with, name).display().into_owned();
            // Names of the plan's own columns are few; they are the program's from here on.
            if let Some(column) = COPIED.iter().find(|known| *known == name) {
                one.values.push((column, RuleValue::Text(value)));
            }
        }
        Some(one)
    };
    matched.into_iter().filter_map(judge).collect()
}

/// Columns of a reference that rules can take over.
pub(super) const COPIED: [&str; 8] = ["requires", "class", "level", "zone", "core", "kind", "grade", "code"];

/// The features that a step asks about. A column that one of several layers lacks is null there; one that all lack is
/// missing.
fn chosen_subjects(
    asking: &Asking<'_>,
    step: &Step,
    subjects: &[(Role, &Arc<IndexedLayer>)],
) -> Result<Vec<(Role, Arc<IndexedLayer>)>, AskError> {
    let Some(text) = &step.subject_where else {
        return Ok(subjects.iter().map(|(role, layer)| (*role, Arc::clone(layer))).collect());
    };
    let expression = Expression::parse(&asking.text(text))?;
    let mut lacking = None;
    for (_, layer) in subjects {
        match expression.over(layer.layer()) {
            Ok(_) => lacking = Some(None),
            Err(e) => lacking = lacking.or(Some(Some(e))),
        }
    }
    if let Some(Some(e)) = lacking {
        return Err(e.into());
    }
    Ok(subjects.iter().map(|(role, layer)| (*role, Arc::new(expression.chosen_of_any(layer)))).collect())
}

/// What a step's features are held against: the roles that are there, as one layer.
fn reference_of(
    asking: &Asking<'_>,
    step: &Step,
    layers: &[(Role, &Arc<IndexedLayer>)],
) -> Result<Option<Arc<IndexedLayer>>, AskError> {
    let one = match layers {
        [] => return Ok(None),
        [(_, one)] => Arc::clone(one),
        [(role, _), ..] => {
            let all: Vec<&Arc<IndexedLayer>> = layers.iter().map(|(_, layer)| *layer).collect();
            Arc::new(joined(*role, &all).map_err(|e| AskError::Input(e.to_string()))?)
        }
    };
    Ok(Some(match &step.reference_where {
        None => one,
        Some(text) => {
            // `rank IS NULL` is true of a layer that has no ranks; one that has none of the columns is asked for them.
            let expression = Expression::parse(&asking.text(text))?;
            Arc::new(match expression.knows_any_column(one.layer()) {
                true => expression.chosen_of_any(&one),
                false => expression.chosen(&one)?,
            })
        }
    }))
}
