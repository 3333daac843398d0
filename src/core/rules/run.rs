//! A rule put to layers: its questions asked one after another, what they match joined feature by feature.

use super::answer::{RuleAnswer, Status};
use super::input::RuleInput;
use super::step::unreferred;
use super::targets::{Meant, Plan};
use super::told::properties_read;
use super::{Group, Rule, Said, Values};
use crate::i18n::{Lang, tr};
use crate::model::Role;
use crate::progress::{Cancelled, Progress};
use crate::query::expression::ExpressionError;
use crate::query::{AskError, By, parts_left_out};
use std::borrow::Borrow;
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

    /// Who does the work on rows, and the progress of it.
    pub(super) fn by(&self) -> By<'_> {
        (&**self.input.engine(), self.progress)
    }

    /// A condition with the parameters in their places.
    pub(super) fn text(&self, text: &str) -> String {
        self.rule.with_values(text, self.values)
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
    run_each(rules, input, known, plan, progress, |answer| {
        let answer = Arc::new(answer);
        tell(&answer);
        Ok(answer)
    })
}

/// The same, where `keep` takes each answer as soon as it is there and says what of it is kept for the others
/// ([`RuleAnswer::for_others`]): so not all of them are in memory.
///
/// # Errors
/// Where it was stopped, and those of `keep`.
pub fn run_each<E: From<Cancelled>>(
    rules: &[(Rule, Values)],
    input: &RuleInput,
    known: &[Arc<RuleAnswer>],
    plan: Option<&Plan>,
    progress: &Progress,
    mut keep: impl FnMut(RuleAnswer) -> Result<Arc<RuleAnswer>, E>,
) -> Result<Vec<Arc<RuleAnswer>>, E> {
    let mut answers: Vec<Arc<RuleAnswer>> = Vec::new();
    let (derived, own): (Vec<_>, Vec<_>) = rules.iter().partition(|(rule, _)| rule.is_derived());
    for (rule, values) in own.into_iter().chain(derived) {
        let mut all: Vec<Arc<RuleAnswer>> = answers.clone();
        all.extend(known.iter().filter(|k| !answers.iter().any(|a| a.rule.id == k.rule.id)).cloned());
        let mut answer = run_with(rule, input, values, &all, plan, progress)?;
        if let Some(plan) = plan {
            // A target that means other parameters is measured with those.
            for with in plan.meant_otherwise(&answer) {
                let mut own = values.clone();
                own.extend(with.clone());
                let other = run_with(rule, input, &own, &all, Some(plan), progress)?;
                answer.meant.push(Meant::of(with, other));
            }
            answer.aim = plan.aim(&answer);
            for said in plan.said_of(&answer) {
                answer.note(said);
            }
        }
        answers.push(keep(answer)?);
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
    answer.missing = missing_roles(rule, input);
    if !answer.missing.is_empty() {
        answer.status = Status::MissingLayer;
        return Ok(answer);
    }
    let asking = Asking { rule, input, values, progress };
    let others: Vec<&RuleAnswer> = others.iter().map(Borrow::borrow).collect();
    if let Err(e) = answer.ask_all(&asking, &others, plan) {
        answer.fails(e, input)?;
    }
    // The gravest first; otherwise as they stand in the files, or as the work ranked them.
    let is_ranked = matches!(rule.work, Some(super::Work::Siting(_)));
    answer.features.sort_by(|a, b| {
        let in_files = a.of.is_none().cmp(&b.of.is_none()).then(a.of.cmp(&b.of));
        b.verdict.cmp(&a.verdict).then(if is_ranked { std::cmp::Ordering::Equal } else { in_files })
    });
    answer.tell_ids_apart();
    if answer.status == Status::Answered {
        answer.sum_up(input);
    }
    Ok(answer)
}

/// A column with the role of a layer that lacks it, one that the rule reads it of before the others; the column alone where
/// every layer has it.
fn with_role(rule: &Rule, input: &RuleInput, column: String) -> String {
    let lacks = |role: &Role| {
        let layer = input.together(*role).map(|indexed| indexed.layer());
        layer.is_some_and(|layer| !layer.is_empty() && layer.attributes.column(&column).is_none())
    };
    let lacking: Vec<Role> = rule.roles().into_iter().filter(lacks).collect();
    let reads = |role: &&Role| rule.columns_read_of(**role).contains(&column);
    match lacking.iter().find(reads).or(lacking.first()) {
        Some(role) => format!("{}.{column}", role.id()),
        None => column,
    }
}

/// Why a rule could not be answered, in words.
fn error_text(error: &AskError, lang: Lang) -> String {
    match error {
        AskError::NoReference => tr!(lang, "ask.no_reference").into_owned(),
        AskError::Pole => tr!(lang, "ask.pole").into_owned(),
        AskError::Expression(e) => e.message(lang),
        // What a file or the system says; the others are told by what is missing.
        other => other.to_string(),
    }
}

/// Roles of a rule whose layers are there and have nothing that lies anywhere.
fn without_features(rule: &Rule, input: &RuleInput) -> Vec<String> {
    let is_empty = |role: &Role| input.together(*role).is_some_and(|layer| layer.rows().next().is_none());
    let mut roles: Vec<Role> = rule.roles().into_iter().filter(is_empty).collect();
    roles.sort_unstable();
    roles.dedup();
    roles.into_iter().map(|role| role.id().to_owned()).collect()
}

/// Roles that a rule lacks: of each set of which one would do.
pub(super) fn missing_roles(rule: &Rule, input: &RuleInput) -> Vec<String> {
    let is_there = |roles: &Vec<Role>| roles.iter().any(|role| input.together(*role).is_some());
    let missing = rule.needs().into_iter().filter(|roles| !is_there(roles));
    missing.map(|roles| roles.iter().map(|r| r.id()).collect::<Vec<_>>().join("|")).collect()
}

impl RuleAnswer {
    /// Takes in why it could not be answered.
    ///
    /// # Errors
    /// Where it was stopped.
    pub(super) fn fails(&mut self, error: AskError, input: &RuleInput) -> Result<(), Cancelled> {
        match error {
            AskError::Cancelled(cancelled) => return Err(cancelled),
            AskError::Lacks(role, column) => {
                self.tell_never_held(input, role, &column);
                self.needs(format!("{}.{column}", role.id()));
            }
            AskError::Expression(ExpressionError::NoColumn(column)) | AskError::NoColumn(column) => {
                let missing = with_role(&self.rule, input, column);
                if let Some((role, column)) = missing.split_once('.').and_then(|(r, c)| Some((Role::parse(r)?, c))) {
                    self.tell_never_held(input, role, column);
                }
                self.needs(missing);
            }
            AskError::NoLayer(role) => {
                self.status = Status::MissingLayer;
                self.missing = vec![role.id().to_owned()];
            }
            // A layer without anything in it is as good as none: it is named.
            AskError::NoReference if !without_features(&self.rule, input).is_empty() => {
                let missing = without_features(&self.rule, input);
                self.needs(String::new());
                self.missing = missing;
            }
            e => {
                self.status = Status::Error;
                self.error = Some(Said::told(|lang| error_text(&e, lang)));
            }
        }
        Ok(())
    }

    fn ask_all(&mut self, asking: &Asking<'_>, others: &[&RuleAnswer], plan: Option<&Plan>) -> Result<(), AskError> {
        let rule = asking.rule;
        if !rule.is_derived() {
            self.tell_absent_layers(asking);
            self.tell_unplaced(asking);
        }
        let (mut lacking, mut is_answered) = (None::<(Role, String)>, false);
        for (number, step) in rule.steps.iter().enumerate() {
            let found = self.features.len();
            let asked = self.ask_step(asking, number);
            // One that asks whether the column is empty.
            let reads = |column: &str| {
                step.subject_where.as_ref().is_some_and(|text| text.contains(&format!("{column} IS NULL")))
            };
            let finds = || self.features.iter().skip(found).any(|feature| !feature.steps.is_empty());
            is_answered |= lacking.as_ref().is_some_and(|(_, column)| reads(column)) && finds();
            match asked {
                // What other columns say may be answered all the same: 化工用地 of a layer without industries.
                Err(AskError::Lacks(role, column)) => lacking = lacking.or(Some((role, column))),
                asked => asked?,
            }
        }
        if let Some((role, column)) = lacking.filter(|_| !is_answered) {
            return Err(AskError::Lacks(role, column));
        }
        self.tell_checked_otherwise(asking);
        // A condition that chooses nothing of a layer is no "all clear".
        for role in unreferred(&self.referred) {
            self.note(Said::told(|lang| tr!(lang, "told.none_chosen", role = role.title(lang)).into_owned()));
        }
        if let Some(work) = &rule.work {
            work.run(asking, others, plan, self)?;
        }
        for figure in &rule.figures {
            let is_there =
                |roles: &Vec<Role>| roles.is_empty() || roles.iter().any(|r| asking.input.together(*r).is_some());
            if !figure.needs().iter().all(is_there) {
                self.figures.push(figure.undecided());
                continue;
            }
            match figure.worked_out(asking, self) {
                Err(AskError::Lacks(role, column)) if figure.optional || !self.is_empty() => {
                    self.tell_no_column(asking, role, &column);
                    self.figures.push(figure.undecided());
                }
                worked_out => {
                    self.figures.push(worked_out?);
                    let groups = figure.by_area(asking, self)?;
                    self.add_groups(groups);
                }
            }
        }
        for by in &rule.groups {
            by.count(asking, self)?;
        }
        if !rule.is_derived() {
            self.tell_words(asking, &properties_read(rule, asking.input));
            self.tell_left_out(asking);
        }
        Ok(())
    }

    /// It cannot be answered without this column: what was found until then is no answer.
    fn needs(&mut self, column: String) {
        (self.status, self.missing) = (Status::NeedsInput, vec![column]);
        self.features.clear();
        self.figures.clear();
        self.groups.clear();
    }

    /// True where nothing was found or measured.
    fn is_empty(&self) -> bool {
        self.features.is_empty() && self.figures.is_empty()
    }

    /// Whatever of the layers whose geometry the rule reads could not be used, once.
    fn tell_left_out(&mut self, asking: &Asking<'_>) {
        for role in asking.rule.roles_by_geometry() {
            let Some(layer) = asking.input.together(role).map(|indexed| indexed.layer()) else { continue };
            self.unused.extend(layer.rows().filter(|row| layer.unusable[*row]).map(|row| (role, row)));
            if let Some(note) = asking.input.together(role).and_then(|indexed| parts_left_out(indexed)) {
                self.note(Said::told(|lang| note.message(lang)));
            }
        }
        self.left_out = self.unused.len();
    }

    /// Takes in figures of parts; several of one part stand together.
    pub(super) fn add_groups(&mut self, groups: Vec<Group>) {
        for group in groups {
            match self.groups.iter_mut().find(|g| g.area == group.area && g.by == group.by && g.name == group.name) {
                Some(known) => known.figures.extend(group.figures),
                None => self.groups.push(group),
            }
        }
    }
}
