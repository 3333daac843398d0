//! A rule put to layers: its questions asked one after another, what they match joined feature by feature.

use super::input::{RuleInput, joined};
use super::{AuditStep, Rule, Step, StepKind, Values, Verdict};
use crate::i18n::Lang;
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, FeatureWriter, OutGeometry, SEPARATOR, free_names, push_head, push_tail};
use crate::model::{Layer, Role};
use crate::progress::{Cancelled, Progress};
use crate::query::expression::{Expression, ExpressionError};
use crate::query::provenance;
use crate::query::{Answer, AskError, AuditBy, Figures, Input, LandChange, Layers, Question, Side, ask, audit};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::sync::Arc;

/// Whether a rule ran.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It did.
    Answered,
    /// A layer is missing.
    MissingLayer,
    /// A column is missing.
    NeedsInput,
    /// It went wrong.
    Error,
}

/// A match.
#[derive(Clone, Debug)]
pub struct RuleFeature {
    /// The role and the row that it is.
    pub role: Role,
    /// The row.
    pub row: usize,
    /// What the match is good for.
    pub verdict: Verdict,
    /// The steps that found it.
    steps: Vec<usize>,
    /// What became of its land, where two versions are held against one another.
    change: Option<LandChange>,
    geometry: OutGeometry,
    /// Columns and what stands in them, and what they speak of.
    values: Vec<(&'static str, Added)>,
    reference: Option<Arc<IndexedLayer>>,
}

/// What a rule came to.
#[derive(Clone, Debug)]
pub struct RuleAnswer {
    /// The rule.
    pub rule: Rule,
    /// The values that it ran with.
    pub values: Values,
    /// Whether it ran.
    pub status: Status,
    /// What is missing: roles, or columns as `role.column`.
    pub missing: Vec<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// What it found, the gravest first.
    pub features: Vec<RuleFeature>,
    /// Its figures by name, the first of which stands for it; with units.
    pub figures: Vec<(String, f64, String)>,
    /// Features that could not be used.
    pub left_out: usize,
    unused: BTreeSet<(Role, usize)>,
    /// The summaries of its questions.
    pub summaries: Vec<serde_json::Value>,
}

/// Puts a rule to layers.
///
/// # Errors
/// Where it was stopped; everything else stands in the answer.
pub fn run(rule: &Rule, input: &RuleInput, values: &Values, progress: &Progress) -> Result<RuleAnswer, Cancelled> {
    let mut answer = RuleAnswer {
        rule: rule.clone(),
        values: values.clone(),
        status: Status::Answered,
        missing: Vec::new(),
        error: None,
        features: Vec::new(),
        figures: Vec::new(),
        left_out: 0,
        unused: BTreeSet::new(),
        summaries: Vec::new(),
    };
    let is_there = |roles: &Vec<Role>| roles.iter().any(|role| input.together(*role).is_some());
    let missing = rule.needs().into_iter().filter(|roles| !is_there(roles));
    answer.missing = missing.map(|roles| roles.iter().map(|r| r.id()).collect::<Vec<_>>().join("|")).collect();
    if !answer.missing.is_empty() {
        answer.status = Status::MissingLayer;
        return Ok(answer);
    }
    match answer.ask_all(rule, input, values, progress) {
        Ok(()) => {}
        Err(AskError::Cancelled(cancelled)) => return Err(cancelled),
        Err(AskError::Expression(ExpressionError::NoColumn(column)) | AskError::NoColumn(column)) => {
            answer.status = Status::NeedsInput;
            answer.missing = vec![column];
        }
        Err(e) => {
            answer.status = Status::Error;
            answer.error = Some(e.to_string());
        }
    }
    // The gravest first; otherwise as they stand in the files.
    answer.features.sort_by(|a, b| b.verdict.cmp(&a.verdict).then(a.role.cmp(&b.role)).then(a.row.cmp(&b.row)));
    Ok(answer)
}

impl RuleAnswer {
    fn ask_all(
        &mut self,
        rule: &Rule,
        input: &RuleInput,
        values: &Values,
        progress: &Progress,
    ) -> Result<(), AskError> {
        for (number, step) in rule.steps.iter().enumerate() {
            match self.ask_step(rule, number, input, values, progress) {
                // What the rule runs without may lack a column too.
                Err(AskError::Expression(ExpressionError::NoColumn(_))) if step.optional => {}
                done => done?,
            }
        }
        if let Some(step) = &rule.audit {
            self.audit(step, input, progress)?;
        }
        for figure in &rule.figures {
            let is_there = |roles: &Vec<Role>| roles.is_empty() || roles.iter().any(|r| input.together(*r).is_some());
            if figure.needs().iter().all(is_there) {
                let worked_out = figure.worked_out(rule, input, values, progress)?;
                self.figures.extend(worked_out.map(|value| (figure.name.clone(), value, figure.unit.clone())));
            }
        }
        Ok(())
    }

    /// Two versions held against one another: land that breaks a promise is a ban.
    fn audit(&mut self, step: &AuditStep, input: &RuleInput, progress: &Progress) -> Result<(), AskError> {
        let (Some(before), Some(after)) = (input.together(step.before), input.together(step.after)) else {
            return Ok(());
        };
        let by =
            AuditBy { key: step.key.clone(), function: Some(step.function.clone()), core: Some(step.core.clone()) };
        let found = audit(before, after, &by, progress)?;
        for piece in &found.pieces {
            let verdict = match piece.change {
                LandChange::Gained => Verdict::List,
                LandChange::Lost if found.kept.area => Verdict::Review,
                LandChange::Lost | LandChange::Function | LandChange::Downgraded => Verdict::Ban,
            };
            let role = if piece.change == LandChange::Lost { step.before } else { step.after };
            self.features.push(RuleFeature {
                role,
                row: piece.row,
                verdict,
                steps: Vec::new(),
                change: Some(piece.change),
                geometry: OutGeometry::Polygons(piece.polygons.clone()),
                values: vec![("area_m2", Added::Number((piece.area_m2 * 1e3).round() / 1e3))],
                reference: None,
            });
        }
        self.left_out += found.left_out;
        let ha = |m2: f64| m2 / 10_000.0;
        for (name, m2) in [
            ("net_m2", found.after_m2 - found.before_m2),
            ("lost_m2", found.lost_m2),
            ("gained_m2", found.gained_m2),
            ("changed_m2", found.changed_m2),
            ("downgraded_m2", found.downgraded_m2),
        ] {
            self.figures.push((name.to_owned(), ha(m2), "公顷".to_owned()));
        }
        self.summaries.push(serde_json::to_value(&found).unwrap_or_default());
        Ok(())
    }

    fn ask_step(
        &mut self,
        rule: &Rule,
        number: usize,
        input: &RuleInput,
        values: &Values,
        progress: &Progress,
    ) -> Result<(), AskError> {
        let step = &rule.steps[number];
        let reference: Vec<(Role, &Arc<IndexedLayer>)> =
            step.reference.iter().filter_map(|role| Some((*role, input.together(*role)?))).collect();
        if reference.is_empty() && !step.reference.is_empty() {
            return Ok(());
        }
        let reference = reference_of(rule, step, &reference, values)?;
        let subjects: Vec<(Role, &Arc<IndexedLayer>)> =
            step.subject.iter().filter_map(|role| Some((*role, input.together(*role)?))).collect();
        for (role, subject) in chosen_subjects(rule, step, &subjects, values)? {
            self.ask_one(rule, number, role, subject, reference.clone(), values, progress)?;
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "one step of one rule about one role: nothing of it is needed twice")]
    fn ask_one(
        &mut self,
        rule: &Rule,
        number: usize,
        role: Role,
        subject: Arc<IndexedLayer>,
        reference: Option<Arc<IndexedLayer>>,
        values: &Values,
        progress: &Progress,
    ) -> Result<(), AskError> {
        let step = &rule.steps[number];
        let distance_m = step.distance.as_ref().map_or(0.0, |name| rule.value(name, values));
        let question = match step.kind {
            StepKind::Match => {
                let rows: Vec<usize> = subject.layer().rows().filter(|row| subject.is_in(*row)).collect();
                let matched = rows.into_iter().map(|row| (row, OutGeometry::Unchanged, Vec::new()));
                self.add(number, step, role, matched.collect(), None);
                return Ok(());
            }
            StepKind::Within => Question::Within { distance_m, side: Side::Within },
            StepKind::Beyond => Question::Within { distance_m, side: Side::Beyond },
            StepKind::Inside => Question::Within { distance_m: 0.0, side: Side::Within },
            StepKind::Nearest => Question::Nearest { max_m: Some(distance_m) },
            StepKind::Overlap => Question::Overlap,
            StepKind::Gaps => {
                let min_area_m2 = step.min_area.as_ref().map_or(0.0, |name| rule.value(name, values));
                Question::Gaps { radius_m: distance_m, min_area_m2, people: step.people.clone() }
            }
        };
        let layers = Layers { subject, reference, entrances: None, water: None };
        let answer = ask(&question, &layers, progress)?;
        let unusable = answer.left_out.iter().filter(|l| l.input == Input::Subject);
        self.unused.extend(unusable.map(|l| (role, l.row)));
        self.left_out = self.unused.len();
        self.summaries.push(serde_json::to_value(&answer.summary).unwrap_or_default());
        if let Figures::Gaps { covered_share, people, people_unserved, .. } = &answer.summary.figures {
            self.figures.push((format!("covered_share_{}", number + 1), covered_share * 100.0, "%".to_owned()));
            if let (Some(all), Some(unserved)) = (people, people_unserved) {
                self.figures.push((format!("people_unserved_{}", number + 1), *unserved, "人".to_owned()));
                let served = if *all > 0.0 { (all - unserved) / all * 100.0 } else { 0.0 };
                self.figures.push((format!("people_share_{}", number + 1), served, "%".to_owned()));
            }
        }
        let Answer { columns, features, .. } = answer;
        let matched = features.into_iter().filter_map(|feature| {
            let values = columns.iter().copied().zip(feature.values).collect();
            Some((feature.row?, feature.geometry, values))
        });
        self.add(number, step, role, matched.collect(), layers.reference);
        Ok(())
    }

    /// Takes in what a step matched: a feature that was found before is judged by the gravest.
    fn add(
        &mut self,
        number: usize,
        step: &Step,
        role: Role,
        matched: Vec<(usize, OutGeometry, Vec<(&'static str, Added)>)>,
        reference: Option<Arc<IndexedLayer>>,
    ) {
        // Pieces of ground are features of their own.
        let is_whole = !matches!(step.kind, StepKind::Overlap | StepKind::Gaps);
        let mut known: BTreeMap<usize, usize> = BTreeMap::new();
        for (at, feature) in self.features.iter().enumerate() {
            if feature.role == role && feature.geometry == OutGeometry::Unchanged {
                known.insert(feature.row, at);
            }
        }
        for (row, geometry, values) in matched {
            match known.get(&row).filter(|_| is_whole || step.marks) {
                Some(at) => {
                    let feature = &mut self.features[*at];
                    feature.verdict = feature.verdict.max(step.verdict);
                    feature.steps.push(number);
                }
                None if step.marks => {}
                None => self.features.push(RuleFeature {
                    role,
                    row,
                    verdict: step.verdict,
                    steps: vec![number],
                    change: None,
                    geometry,
                    values,
                    reference: reference.clone(),
                }),
            }
        }
    }

    /// Matches of a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.features.iter().filter(|feature| feature.verdict == verdict).count()
    }

    /// The figure that stands for the rule, with its unit.
    pub fn figure(&self) -> Option<(f64, &str)> {
        self.figures.first().map(|(_, value, unit)| (*value, unit.as_str()))
    }

    /// Why a feature was matched, in words.
    pub fn reason(&self, feature: &RuleFeature, lang: Lang) -> String {
        let of_steps = feature.steps.iter().filter_map(|step| self.rule.steps[*step].reason.as_ref());
        let of_change = feature.change.and_then(|change| Some(&self.rule.audit.as_ref()?.reasons[change as usize]));
        let mut said: Vec<&str> = of_steps.chain(of_change).map(|reason| reason.text(lang)).collect();
        said.dedup();
        said.join(if lang == Lang::Zh { "；" } else { "; " })
    }

    /// Writes what was found as GeoJSON with its provenance.
    ///
    /// # Errors
    /// Where it cannot be written, or an input's file cannot be read or is no longer what it was.
    pub fn write_geojson(&self, input: &RuleInput, time: &str, lang: Lang, out: &mut dyn Write) -> std::io::Result<()> {
        let mut columns: Vec<&'static str> = Vec::new();
        for (name, _) in self.features.iter().flat_map(|feature| &feature.values) {
            if !columns.contains(name) {
                columns.push(name);
            }
        }
        columns.extend(["verdict", "reason"]);
        let mut text = Vec::new();
        push_head(&mut text, &self.rule.id, &self.provenance(input, time)?);
        for (i, feature) in self.features.iter().enumerate() {
            if i > 0 {
                text.extend_from_slice(SEPARATOR);
            }
            let Some(layer) = input.together(feature.role) else { continue };
            let layer: &Layer = layer.layer();
            let names = free_names(Some(layer), &columns);
            let texts = [self.reason(feature, lang)];
            let other = feature.reference.as_ref().map(|reference| &**reference.layer());
            let mut values: Vec<Added> = Vec::with_capacity(columns.len());
            for column in &columns[..columns.len() - 2] {
                let own = feature.values.iter().find(|(name, _)| name == column);
                values.push(own.map_or(Added::Null, |(_, value)| *value));
            }
            values.push(Added::Word(feature.verdict.id()));
            values.push(Added::TextOf(0));
            let mut writer = FeatureWriter { layer, other, names: &names, texts: &texts, out: Vec::new() };
            writer.feature(feature.row, None, &values, &feature.geometry)?;
            text.append(&mut writer.out);
        }
        push_tail(&mut text, self.features.is_empty());
        out.write_all(&text)
    }

    fn provenance(&self, input: &RuleInput, time: &str) -> std::io::Result<serde_json::Value> {
        let roles = self.rule.roles();
        let inputs = input.layers.iter().filter(|(role, _)| roles.contains(role));
        let inputs = inputs.map(|(role, layer)| provenance::input(role.id(), layer));
        let parameters: BTreeMap<&str, f64> =
            self.rule.parameters.iter().map(|p| (p.name.as_str(), self.rule.value(&p.name, &self.values))).collect();
        Ok(serde_json::json!({
            "rule": self.rule.id,
            "clause": self.rule.clause,
            "parameters": parameters,
            "inputs": inputs.collect::<std::io::Result<Vec<_>>>()?,
            "left_out": self.left_out,
            "engine": env!("CARGO_PKG_NAME"),
            "version": env!("CARGO_PKG_VERSION"),
            "time": time,
        }))
    }
}

/// The features that a step asks about. A column that one of several layers lacks is null there; one that all lack is
/// missing.
fn chosen_subjects(
    rule: &Rule,
    step: &Step,
    subjects: &[(Role, &Arc<IndexedLayer>)],
    values: &Values,
) -> Result<Vec<(Role, Arc<IndexedLayer>)>, AskError> {
    let Some(text) = &step.subject_where else {
        return Ok(subjects.iter().map(|(role, layer)| (*role, Arc::clone(layer))).collect());
    };
    let expression = Expression::parse(&rule.with_values(text, values))?;
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
    rule: &Rule,
    step: &Step,
    layers: &[(Role, &Arc<IndexedLayer>)],
    values: &Values,
) -> Result<Option<Arc<IndexedLayer>>, AskError> {
    let one = match layers {
        [] => return Ok(None),
        [(_, one)] => Arc::clone(one),
        [(role, _), ..] => {
            let all: Vec<&Arc<IndexedLayer>> = layers.iter().map(|(_, layer)| *layer).collect();
            Arc::new(joined(*role, &all).map_err(|_| AskError::NoReference)?)
        }
    };
    Ok(Some(match &step.reference_where {
        None => one,
        Some(text) => Arc::new(Expression::parse(&rule.with_values(text, values))?.chosen(&one)?),
    }))
}
