//! What is put together from what other rules found: sums by town, grid or owner, and the plan's targets.

use super::super::RuleFigure;
use super::super::answer::{Group, RuleAnswer, RuleFeature, RuleValue, Status};
use super::super::run::Asking;
use super::super::targets::{Plan, Source, TargetState};
use super::super::{Said, Verdict};
use crate::i18n::{Lang, semicolon};
use crate::io::geojson::{Added, OutGeometry};
use crate::model::Role;
use crate::query::{AskError, meeting};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What answers are summed by.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByGridWork {
    /// Roles of areas, in the order of the parameter's choices.
    pub areas: Vec<Role>,
    /// The parameter that chooses one of them; one more than there are: the owner of the last.
    pub by: String,
    /// The column of the owner.
    pub owner: String,
    /// Why an area is listed.
    pub reason: Said,
}

/// Matches of an area: bans, reviews, lists; and how many of which rule.
#[derive(Clone, Debug, Default)]
struct Tally {
    /// Them, by the number of their rule and their feature, each with its gravest verdict: what lies in two cells of an
    /// owner, or is held against several areas, is one.
    matches: BTreeMap<(usize, (Role, usize)), Verdict>,
}

impl Tally {
    fn insert(&mut self, rule: usize, feature: (Role, usize), verdict: Verdict) {
        let known = self.matches.entry((rule, feature)).or_insert(verdict);
        *known = verdict.max(*known);
    }

    fn add(&mut self, other: &Self) {
        other.matches.iter().for_each(|((rule, feature), verdict)| self.insert(*rule, *feature, *verdict));
    }

    fn of(&self, verdict: Verdict) -> usize {
        self.matches.values().filter(|own| **own == verdict).count()
    }

    fn rules(&self) -> BTreeMap<usize, usize> {
        let mut rules = BTreeMap::new();
        self.matches.keys().for_each(|(rule, _)| *rules.entry(*rule).or_default() += 1);
        rules
    }
}

impl ByGridWork {
    pub(super) fn run(
        &self,
        asking: &Asking<'_>,
        others: &[&RuleAnswer],
        answer: &mut RuleAnswer,
    ) -> Result<(), AskError> {
        let there = |role: &Role| asking.input.together(*role).is_some();
        let choice = asking.value(&self.by).max(0.0) as usize;
        let wanted = self.areas.get(choice).or(self.areas.last()).copied().filter(there);
        let Some(role) = wanted.or_else(|| self.areas.iter().copied().find(there)) else { return Ok(()) };
        let Some(areas) = asking.input.together(role) else { return Ok(()) };
        // What rules found about features; a zone that a rule drew is no match.
        let told: Vec<&&RuleAnswer> = others
            .iter()
            .filter(|other| {
                other.status == Status::Answered && !other.rule.lists_everything() && !other.features.is_empty()
            })
            .collect();
        let mut tallies: BTreeMap<usize, Tally> = areas.rows().map(|row| (row, Tally::default())).collect();
        for (number, other) in told.iter().enumerate() {
            let layer = other.as_layer(asking.input, asking.progress)?;
            for (row, area) in meeting(&layer, areas, asking.progress)? {
                let feature = &other.features[row];
                if let Some(of) = feature.of {
                    tallies.entry(area).or_default().insert(number, of, feature.verdict);
                }
            }
        }
        let counted = |tally: &Tally| {
            let of = |verdict: Verdict, key| RuleFigure::new(verdict.id(), key, tally.of(verdict) as f64, "");
            let mut figures = vec![
                of(Verdict::Ban, "verdict.ban"),
                of(Verdict::Review, "verdict.review"),
                of(Verdict::List, "verdict.list"),
            ];
            figures.extend(tally.rules().into_iter().map(|(number, n)| {
                let rule = &told[number].rule;
                let (name, title) = (rule.id.clone(), rule.title.clone());
                RuleFigure::titled(name, title, n as f64, "")
            }));
            figures
        };
        let layer = areas.layer();
        let mut owners: BTreeMap<String, Tally> = BTreeMap::new();
        for (row, tally) in &tallies {
            owners.entry(layer.attributes.get(*row, &self.owner).display().into_owned()).or_default().add(tally);
            let number = |n: usize| RuleValue::Plain(Added::Number(n as f64));
            let [list, review, ban] = [Verdict::List, Verdict::Review, Verdict::Ban].map(|verdict| tally.of(verdict));
            let named = |lang: Lang| -> String {
                let of = |(number, n): (usize, usize)| format!("{} {n}", told[number].rule.title.text(lang));
                tally.rules().into_iter().map(of).collect::<Vec<_>>().join(semicolon(lang))
            };
            let feature =
                RuleFeature::new(Some((role, *row)), Verdict::List, self.reason.clone(), OutGeometry::Unchanged);
            answer.features.push(feature.with(vec![
                ("ban", number(ban)),
                ("review", number(review)),
                ("list", number(list)),
                ("matches", RuleValue::Said(Said::told(named))),
            ]));
        }
        let by_owner = choice >= self.areas.len();
        answer.groups = if by_owner {
            let of = |(owner, tally): (&String, &Tally)| Group {
                by: self.owner.clone(),
                title: Said::of("rules.owner"),
                name: Said::as_is(if owner.is_empty() { "—".to_owned() } else { owner.clone() }),
                area: None,
                figures: counted(tally),
            };
            owners.iter().map(of).collect()
        } else {
            let of = |(row, tally): (&usize, &Tally)| Group {
                by: role.id().to_owned(),
                title: role.said(),
                name: Said::as_is(layer.label(*row)),
                area: Some((role, *row)),
                figures: counted(tally),
            };
            tallies.iter().map(of).collect()
        };
        let mut all = Tally::default();
        for (number, other) in told.iter().enumerate() {
            let features = other.features.iter().filter_map(|f| Some((f.of?, f.verdict)));
            features.for_each(|(of, verdict)| all.insert(number, of, verdict));
        }
        let of = |verdict: Verdict, key: &str| RuleFigure::new(verdict.id(), key, all.of(verdict) as f64, "");
        answer.figures.extend([
            of(Verdict::Ban, "verdict.ban"),
            of(Verdict::Review, "verdict.review"),
            of(Verdict::List, "verdict.list"),
        ]);
        Ok(())
    }
}

/// The plan's targets, each beside what was measured or typed in; without a plan what was measured.
pub(super) fn targets(others: &[&RuleAnswer], plan: Option<&Plan>, answer: &mut RuleAnswer) {
    let nothing = || OutGeometry::Polygons(Vec::new());
    let number = |n: Option<f64>| n.map_or(Added::Null.into(), |n| RuleValue::rounded(n, 6));
    let Some(plan) = plan else {
        answer.notes.push(Said::of("targets.no_plan"));
        for other in others.iter().filter(|other| !other.rule.is_derived()) {
            let Some(figure) = other.figure() else { continue };
            let feature = RuleFeature::new(None, Verdict::List, Said::of("targets.measured"), nothing());
            answer.features.push(feature.with(vec![
                ("rule", RuleValue::Text(other.rule.id.clone())),
                ("indicator", RuleValue::Said(figure.title.clone())),
                ("value", number(figure.value)),
                ("unit", RuleValue::Text(figure.unit.clone())),
                ("target", Added::Null.into()),
                ("state", Added::Null.into()),
            ]));
        }
        return;
    };
    // Met, close, missed, nothing yet, not judged.
    let mut counts = [0_usize; 5];
    for standing in plan.standings(others) {
        let target = standing.target;
        let (key, at) = match standing.state {
            Some(TargetState::Met) => ("targets.met", 0),
            Some(TargetState::Close) => ("targets.close", 1),
            Some(TargetState::Missed) => ("targets.missed", 2),
            // What a rule should measure and could not is not judged; the rest waits for a planner.
            None if target.rule.is_some() && (standing.value.is_none() || target.value.is_some()) => {
                ("targets.undecided", 4)
            }
            // What was measured of a target in words is for people to judge.
            None if standing.source == Some(Source::Measured) => ("targets.by_hand", 4),
            None => ("targets.unknown", 3),
        };
        counts[at] += 1;
        let source = match standing.source {
            Some(Source::Measured) => "targets.measured",
            Some(Source::Typed(_)) => "targets.typed",
            None if target.rule.is_some() => "targets.undecided",
            None => "targets.unknown",
        };
        let mut feature = RuleFeature::new(None, Verdict::List, Said::of(key), nothing());
        feature.because.extend(standing.why);
        answer.features.push(feature.with(vec![
            ("plan", RuleValue::Text(plan.id.clone())),
            ("year", number(Some(f64::from(target.year)))),
            ("indicator", RuleValue::Text(target.indicator.clone())),
            ("target", RuleValue::Text(target.text.clone())),
            ("base", RuleValue::Text(target.base.clone().unwrap_or_default())),
            ("binding", RuleValue::Text(target.kind.clone())),
            ("value", number(standing.value)),
            ("unit", RuleValue::Text(standing.unit.to_owned())),
            ("state", standing.state.map_or(Added::Null, |state| Added::Word(state.id())).into()),
            ("source", RuleValue::Said(Said::of(source))),
            ("rule", RuleValue::Text(target.rule.clone().unwrap_or_default())),
        ]));
    }
    for (name, key, n) in [
        ("met", "targets.met", counts[0]),
        ("close", "targets.close", counts[1]),
        ("missed", "targets.missed", counts[2]),
        ("unknown", "targets.unknown", counts[3]),
        ("undecided", "targets.undecided", counts[4]),
    ] {
        answer.figures.push(RuleFigure::new(name, key, n as f64, ""));
    }
}
