//! What is put together from what other rules found: sums by town, grid or owner, and the plan's targets.

use super::super::RuleFigure;
use super::super::answer::{Group, RuleAnswer, RuleFeature, RuleValue, Status};
use super::super::rule_figure::unit_said;
use super::super::run::Asking;
use super::super::targets::{Plan, Source, TargetState};
use super::super::{Rule, RuleInput, Said, Values, Verdict};
use super::Work;
use crate::i18n::{Lang, semicolon};
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry};
use crate::model::Role;
use crate::progress::Progress;
use crate::query::{AskError, meeting, meeting_made};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
    /// The areas that are chosen, or others that are there.
    fn summed_by<'i>(&self, choice: usize, input: &'i RuleInput) -> Option<(Role, &'i Arc<IndexedLayer>)> {
        let there = |role: &Role| Some((*role, input.together(*role)?));
        let wanted = self.areas.get(choice).or(self.areas.last()).and_then(there);
        wanted.or_else(|| self.areas.iter().find_map(there))
    }

    pub(super) fn run(
        &self,
        asking: &Asking<'_>,
        others: &[&RuleAnswer],
        answer: &mut RuleAnswer,
    ) -> Result<(), AskError> {
        let choice = asking.value(&self.by).max(0.0) as usize;
        let Some((role, areas)) = self.summed_by(choice, asking.input) else { return Ok(()) };
        // What rules found about features; a zone that a rule drew is no match.
        let told: Vec<&&RuleAnswer> = others
            .iter()
            .filter(|other| {
                other.status == Status::Answered && !other.rule.lists_everything() && !other.features.is_empty()
            })
            .collect();
        let mut tallies: BTreeMap<usize, Tally> = areas.rows().map(|row| (row, Tally::default())).collect();
        for (number, other) in told.iter().enumerate() {
            for (at, area) in other.areas_met(areas, asking.input, asking.progress)? {
                let feature = &other.features[at as usize];
                if let Some(of) = feature.of {
                    tallies.entry(area as usize).or_default().insert(number, of, feature.verdict);
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

/// The areas by which some rules are to sum up what the others find.
pub fn areas_of_sums(rules: &[(Rule, Values)], input: &RuleInput) -> Option<Arc<IndexedLayer>> {
    rules.iter().find_map(|(rule, values)| match &rule.work {
        Some(Work::ByGrid(work)) => {
            let choice = rule.value(&work.by, values).max(0.0) as usize;
            work.summed_by(choice, input).map(|(_, areas)| Arc::clone(areas))
        }
        _ => None,
    })
}

/// The areas of a layer that an answer's features meet, where their geometry is not kept.
#[derive(Clone, Debug)]
pub(in super::super) struct AreasMet {
    /// The layer, by its number.
    areas: u64,
    /// Features and areas.
    pairs: Vec<(u32, u32)>,
}

impl RuleAnswer {
    /// What rules that are put together from others' answers read of it: its figures, and, where they sum up by areas, how
    /// its features were judged and which areas they meet.
    ///
    /// # Errors
    /// Cancelled.
    pub fn for_others(
        mut self,
        areas: Option<&IndexedLayer>,
        input: &RuleInput,
        progress: &Progress,
    ) -> Result<Self, AskError> {
        let light = |feature: RuleFeature| RuleFeature {
            steps: Vec::new(),
            because: Vec::new(),
            id: None,
            geometry: OutGeometry::Unchanged,
            values: Vec::new(),
            reference: None,
            ..feature
        };
        let areas = areas.filter(|_| !self.rule.lists_everything());
        match areas {
            // What a rule drew itself is of no feature.
            Some(areas) => {
                self.features.retain(|feature| feature.of.is_some());
                self.met = Some(AreasMet { areas: areas.id(), pairs: self.areas_met(areas, input, progress)? });
            }
            None => self.features.clear(),
        }
        // On all cores: what is dropped of them is most of the memory.
        let features = self.features.into_par_iter().with_min_len(256).map(light).collect();
        let (unused, left, asked) = (BTreeSet::new(), BTreeMap::new(), BTreeMap::new());
        Ok(Self { features, unused, left, asked, summaries: Vec::new(), ..self })
    }

    /// Which of its features meet which areas, as it is exported.
    fn areas_met(
        &self,
        areas: &IndexedLayer,
        input: &RuleInput,
        progress: &Progress,
    ) -> Result<Vec<(u32, u32)>, AskError> {
        match &self.met {
            Some(met) if met.areas == areas.id() => return Ok(met.pairs.clone()),
            Some(_) => return Err(AskError::Input(format!("{}: kept for other areas", self.rule.id))),
            None => {}
        }
        // Features as they stand in their layers, by their rows; and those that the rule drew.
        let (mut whole, mut made): (BTreeMap<Role, Vec<(usize, u32)>>, Vec<usize>) = Default::default();
        for (at, feature) in self.features.iter().enumerate() {
            match feature.of {
                Some((role, row)) if feature.geometry == OutGeometry::Unchanged => {
                    whole.entry(role).or_default().push((row, at as u32));
                }
                _ => made.push(at),
            }
        }
        let written = |at: usize| self.features[at].geometry.as_written();
        let mut pairs: Vec<(u32, u32)> = meeting_made(&made, written, areas, progress)?
            .into_iter()
            .map(|(at, area)| (at as u32, area as u32))
            .collect();
        for (role, mut rows) in whole {
            let Some(layer) = input.together(role) else { continue };
            rows.sort_unstable();
            let found = IndexedLayer::of_rows(Arc::clone(layer.layer()), rows.iter().map(|(row, _)| *row));
            for (row, area) in meeting(&found, areas, progress)? {
                let first = rows.partition_point(|(own, _)| *own < row);
                let of_row = rows[first..].iter().take_while(|(own, _)| *own == row);
                pairs.extend(of_row.map(|(_, at)| (*at, area as u32)));
            }
        }
        Ok(pairs)
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
                ("unit", RuleValue::Said(unit_said(&figure.unit))),
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
            ("indicator", RuleValue::Said(target.called())),
            ("target", RuleValue::Said(target.wanted())),
            ("base", RuleValue::Said(target.began())),
            ("binding", RuleValue::Said(target.binding())),
            ("value", number(standing.value)),
            ("unit", RuleValue::Said(unit_said(standing.unit))),
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
