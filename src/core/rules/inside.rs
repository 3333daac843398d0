//! What rules found inside a zone, and what they say of the zone itself.

use super::{Rule, RuleInput, Values, Verdict};
use crate::geodesy::LonLatBox;
use crate::i18n::Lang;
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry, ResultRows};
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

/// Puts rules to layers and gives the bans and reviews that meet a zone: each rule to what lies near the zone, where that
/// decides.
///
/// # Errors
/// Cancelled, or a layer's file cannot be read any more.
pub fn zone_verdicts(
    zone: &IndexedLayer,
    rules: &[(Rule, Values)],
    input: &RuleInput,
    progress: &Progress,
) -> Result<Vec<ZoneVerdict>, AskError> {
    let area = bounds_of(zone);
    let mut found = Vec::new();
    for (rule, values) in rules {
        let Some(mut answer) = rule.asked_near(input, values, (&area, None), progress)? else { continue };
        answer.keep_judged_in(input, &area);
        if answer.features.is_empty() {
            continue;
        }
        let layer = answer.rows(input, Lang::Zh, progress)?;
        found.extend(verdicts_in(zone, &rule.id, &layer, progress)?);
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
    let project = Arc::new(as_project(zone));
    let area = bounds_of(&project);
    let input = input.with_layer(Role::Plot, project);
    let mut found = Vec::new();
    for (rule, values) in rules.iter().filter(|(rule, _)| about_plots(rule)) {
        let Some(answer) = rule.asked_near(&input, values, (&area, Some(Role::Plot)), progress)? else { continue };
        for verdict in [Verdict::Ban, Verdict::Review] {
            let of_zone =
                |f: &&super::RuleFeature| f.verdict == verdict && f.of.is_some_and(|(role, _)| role == Role::Plot);
            let count = answer.features.iter().filter(of_zone).count();
            if count > 0 {
                found.push(ZoneVerdict { id: rule.id.clone(), verdict, count });
            }
        }
    }
    Ok(found)
}

/// The box of all features that can be used.
fn bounds_of(indexed: &IndexedLayer) -> LonLatBox {
    let geometries = &indexed.layer().geometries;
    indexed.rows().fold(LonLatBox::EMPTY, |all, row| all.union(geometries.bounds(row)))
}

/// A zone as a project that is planned there: what it does not say itself is left open.
fn as_project(zone: &IndexedLayer) -> IndexedLayer {
    let layer = zone.layer();
    let said = [("stage", Added::Word("拟建")), ("use", Added::Null), ("industry", Added::Null)];
    let lacking = said.into_iter().filter(|(name, _)| layer.attributes.column(name).is_none());
    let (names, values): (Vec<Cow<'static, str>>, Vec<Added>) =
        lacking.map(|(name, value)| (Cow::Borrowed(name), value)).unzip();
    let mut all = ResultRows::new();
    for row in zone.rows() {
        all.push(Some((layer, row)), None, (&names, &values), (None, &[]), &OutGeometry::Unchanged);
    }
    IndexedLayer::new(Arc::new(all.layer("zone", "zone")))
}
