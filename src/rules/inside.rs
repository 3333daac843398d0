//! What rules found inside a zone, and what they say of the zone itself.

use super::input::Collected;
use super::run::run_all;
use super::{Rule, RuleInput, Values, Verdict};
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry};
use crate::model::Role;
use crate::progress::Progress;
use crate::query::{AskError, meeting};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Bans or reviews of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ZoneVerdict {
    /// The rule.
    pub id: String,
    /// Its verdict.
    pub verdict: Verdict,
    /// How many.
    pub count: usize,
}

/// Bans and reviews of an answer (as it is exported) that meet a zone.
///
/// # Errors
/// Cancelled.
pub fn verdicts_in(
    zone: &IndexedLayer,
    rule: &str,
    answer: &IndexedLayer,
    progress: &Progress,
) -> Result<Vec<ZoneVerdict>, AskError> {
    let rows: BTreeSet<usize> = meeting(answer, zone, progress)?.into_iter().map(|(row, _)| row).collect();
    let layer = answer.layer();
    let mut counts: BTreeMap<Verdict, usize> = BTreeMap::new();
    for row in rows {
        let verdict = layer.attributes.get(row, "verdict");
        match &*verdict.display() {
            "ban" => *counts.entry(Verdict::Ban).or_default() += 1,
            "review" => *counts.entry(Verdict::Review).or_default() += 1,
            _ => {}
        }
    }
    let of = |(verdict, count)| ZoneVerdict { id: rule.to_owned(), verdict, count };
    Ok(counts.into_iter().rev().map(of).collect())
}

/// Puts rules to layers and gives the bans and reviews that meet a zone.
///
/// # Errors
/// Cancelled, or a layer's file cannot be read any more.
pub fn zone_verdicts(
    zone: &IndexedLayer,
    rules: &[(Rule, Values)],
    input: &RuleInput,
    progress: &Progress,
) -> Result<Vec<ZoneVerdict>, AskError> {
    let rules: Vec<(Rule, Values)> = rules.iter().filter(|(rule, _)| !rule.is_derived()).cloned().collect();
    let mut found = Vec::new();
    for answer in run_all(&rules, input, &[], None, progress, |_| ())? {
        if answer.features.iter().all(|feature| feature.verdict == Verdict::List) {
            continue;
        }
        let layer = answer.as_layer(input, progress)?;
        found.extend(verdicts_in(zone, &answer.rule.id, &layer, progress)?);
    }
    Ok(found)
}

/// What the rules about plots say of a zone, as if a project stood there: the zone takes the place of the plots.
///
/// # Errors
/// As [`zone_verdicts`].
pub fn verdicts_as_plot(
    zone: &Arc<IndexedLayer>,
    rules: &[(Rule, Values)],
    input: &RuleInput,
    progress: &Progress,
) -> Result<Vec<ZoneVerdict>, AskError> {
    let about_plots = |rule: &Rule| rule.steps.iter().any(|step| step.subject.contains(&Role::Plot));
    let rules: Vec<(Rule, Values)> = rules.iter().filter(|(rule, _)| about_plots(rule)).cloned().collect();
    let others = input.layers.iter().filter(|(role, _)| *role != Role::Plot).cloned();
    let layers = others.chain([(Role::Plot, Arc::new(as_project(zone, progress)?))]).collect();
    let input = RuleInput::with_vocabulary(layers, Arc::clone(input.vocabulary()))
        .map_err(|e| AskError::Input(e.to_string()))?;
    let mut found = Vec::new();
    for answer in run_all(&rules, &input, &[], None, progress, |_| ())? {
        for verdict in [Verdict::Ban, Verdict::Review] {
            let of_zone =
                |f: &&super::RuleFeature| f.verdict == verdict && f.of.is_some_and(|(role, _)| role == Role::Plot);
            let count = answer.features.iter().filter(of_zone).count();
            if count > 0 {
                found.push(ZoneVerdict { id: answer.rule.id.clone(), verdict, count });
            }
        }
    }
    Ok(found)
}

/// A zone as a project that is planned there: what it does not say itself is left open.
fn as_project(zone: &IndexedLayer, progress: &Progress) -> Result<IndexedLayer, AskError> {
    let layer = zone.layer();
    let said = [("stage", Added::Word("拟建")), ("use", Added::Null), ("industry", Added::Null)];
    let lacking = said.into_iter().filter(|(name, _)| layer.attributes.column(name).is_none());
    let (names, values): (Vec<Cow<'static, str>>, Vec<Added>) =
        lacking.map(|(name, value)| (Cow::Borrowed(name), value)).unzip();
    let mut all = Collected::new();
    let failed = |e: std::io::Error| AskError::Input(e.to_string());
    for row in zone.rows() {
        all.add((layer, row), &names, &values, &OutGeometry::Unchanged).map_err(failed)?;
    }
    all.layer("zone", progress).map_err(failed)
}
