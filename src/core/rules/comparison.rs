//! Answers of rules before and after the changes of scenarios, beside one another: verdicts, figures, and which features
//! became a match or are one no more.

use super::{
    Aim, MatchKey, Rule, RuleAnswer, RuleFeature, RuleFigure, RuleInput, RuleValue, Said, Status, TargetState, Verdict,
    figure_json,
};
use crate::geodesy::LonLatBox;
use crate::i18n::Lang;
use crate::io::geojson::{Added, OutGeometry};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What a rule came to, without its features.
#[derive(Clone, Debug)]
pub struct Side {
    /// Whether it ran.
    pub status: Status,
    /// What is missing.
    pub missing: Vec<String>,
    /// Its figures, the first of which stands for it.
    pub figures: Vec<RuleFigure>,
    /// Matches by verdict: ban, review, list.
    pub counts: [usize; 3],
    /// How it stands to its target, where it has one.
    pub aim: Option<Aim>,
}

impl Side {
    /// Matches of a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.counts[at(verdict)]
    }

    /// How its target stands.
    pub fn state(&self) -> Option<TargetState> {
        self.aim.as_ref().and_then(|aim| aim.state)
    }

    /// Matches of all verdicts.
    pub fn features(&self) -> usize {
        self.counts.iter().sum()
    }
}

fn at(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Ban => 0,
        Verdict::Review => 1,
        Verdict::List => 2,
    }
}

/// A match, as far as it is compared.
#[derive(Clone, Debug)]
struct Match {
    name: String,
    verdict: Verdict,
    numbers: Vec<(&'static str, f64)>,
    reason: Said,
    bounds: LonLatBox,
}

/// An answer, as far as it is compared.
#[derive(Clone, Debug)]
pub struct Noted {
    rule: Rule,
    side: Side,
    matches: BTreeMap<MatchKey, Match>,
}

/// What became of a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Became {
    /// It was none before: a new ban, a new gap.
    New,
    /// Its verdict is graver.
    Graver,
    /// Its verdict is milder.
    Milder,
    /// It is one no more.
    Gone,
    /// Its verdict is the same, its figures are others.
    Altered,
}

impl Became {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [Self::New, Self::Graver, Self::Milder, Self::Gone, Self::Altered];

    /// Its name in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Graver => "graver",
            Self::Milder => "milder",
            Self::Gone => "gone",
            Self::Altered => "altered",
        }
    }

    /// The key of its name.
    pub fn key(self) -> &'static str {
        match self {
            Self::New => "compare.new",
            Self::Graver => "compare.graver",
            Self::Milder => "compare.milder",
            Self::Gone => "compare.gone",
            Self::Altered => "compare.altered",
        }
    }
}

/// A feature of which a rule says something else.
#[derive(Clone, Debug)]
pub struct FeatureChange {
    /// What it is known by.
    pub key: MatchKey,
    /// What it is called.
    pub name: String,
    /// What became of it.
    pub became: Became,
    /// Its verdicts.
    pub verdicts: [Option<Verdict>; 2],
    /// Columns whose numbers differ, before and after.
    pub numbers: Vec<(&'static str, [Option<f64>; 2])>,
    /// Why it is a match, or was one.
    pub reason: Said,
    /// Where it is; empty where it has no place.
    pub bounds: LonLatBox,
}

/// A rule under a scenario.
#[derive(Clone, Debug)]
pub struct After {
    /// What it came to.
    pub side: Side,
    /// Features of which it says something else, the gravest news first.
    pub changes: Vec<FeatureChange>,
    /// True where anything differs: status, figures, counts, target or features.
    pub differs: bool,
}

impl After {
    /// How many of its features became that.
    pub fn count(&self, became: Became) -> usize {
        self.changes.iter().filter(|change| change.became == became).count()
    }
}

/// A rule before, and under every scenario.
#[derive(Clone, Debug)]
pub struct ComparedRule {
    /// The rule.
    pub rule: Rule,
    /// Without any scenario.
    pub before: Side,
    /// Under each, in their order.
    pub after: Vec<After>,
}

impl ComparedRule {
    /// True where a scenario changes anything of it.
    pub fn differs(&self) -> bool {
        self.after.iter().any(|after| after.differs)
    }
}

/// A scenario that was compared.
#[derive(Clone, Debug)]
pub struct ComparedScenario {
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub note: String,
    /// How many features it adds, changes or takes out.
    pub changes: usize,
    /// What must be said: layers' files that changed since.
    pub doubts: Vec<Said>,
}

/// Rules without and with the changes of scenarios.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The scenarios.
    pub scenarios: Vec<ComparedScenario>,
    /// The rules that ran in one of the runs.
    pub rules: Vec<ComparedRule>,
    /// When it was made, RFC 3339.
    pub time: String,
}

impl Noted {
    /// What of an answer is compared.
    pub fn of(answer: &RuleAnswer, input: &RuleInput) -> Self {
        let side = Side {
            status: answer.status,
            missing: answer.missing.clone(),
            figures: answer.figures.clone(),
            counts: [Verdict::Ban, Verdict::Review, Verdict::List].map(|verdict| answer.count(verdict)),
            aim: answer.aim.clone(),
        };
        let of = |feature: &RuleFeature| Match {
            name: called(feature, input),
            verdict: feature.verdict,
            numbers: feature.values.iter().filter_map(|(name, value)| Some((*name, value.number()?))).collect(),
            reason: Said::told(|lang| answer.reason(feature, lang)),
            bounds: bounds_of(feature, input),
        };
        let matches = answer.keys(input).into_iter().zip(answer.features.iter().map(of)).collect();
        Self { rule: answer.rule.clone(), side, matches }
    }
}

/// What a match is called: as its layer does, or by the two that it lies between.
fn called(feature: &RuleFeature, input: &RuleInput) -> String {
    if let Some((role, row)) = feature.of {
        return input.together(role).map(|layer| layer.layer().label(row)).unwrap_or_default();
    }
    let text = |name: &str| {
        let value = feature.values.iter().find(|(own, _)| *own == name)?;
        match (&value.1, &feature.reference) {
            (RuleValue::Text(text), _) => Some(text.clone()),
            (RuleValue::Said(said), _) => Some(said.zh.clone()),
            (RuleValue::Plain(Added::NameOf(row)), Some(other)) => Some(other.layer().label(*row as usize)),
            _ => None,
        }
    };
    let names = ["name", "from_name", "with_name"].into_iter().filter_map(text);
    names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join("—")
}

/// Where a match is.
fn bounds_of(feature: &RuleFeature, input: &RuleInput) -> LonLatBox {
    let own = || {
        let (role, row) = feature.of?;
        Some(input.together(role)?.layer().geometries.bounds(row))
    };
    let mut bounds = LonLatBox::EMPTY;
    match &feature.geometry {
        OutGeometry::Unchanged => return own().unwrap_or(bounds),
        OutGeometry::Polygons(polygons) => {
            polygons.iter().flatten().flatten().for_each(|p| bounds = bounds.with(*p));
        }
        OutGeometry::Lines(lines) => lines.iter().flatten().for_each(|p| bounds = bounds.with(*p)),
    }
    bounds
}

/// True where two numbers are not the same: more apart than rounding is.
fn is_other(a: f64, b: f64) -> bool {
    (a - b).abs() > 1e-9 * a.abs().max(b.abs()).max(1.0)
}

fn numbers(before: &Match, after: &Match) -> Vec<(&'static str, [Option<f64>; 2])> {
    let of = |m: &Match, name: &str| m.numbers.iter().find(|(own, _)| *own == name).map(|(_, n)| *n);
    let mut names: Vec<&'static str> = before.numbers.iter().chain(&after.numbers).map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let both = names.into_iter().map(|name| (name, [of(before, name), of(after, name)]));
    let differ = |sides: &[Option<f64>; 2]| match sides {
        [Some(a), Some(b)] => is_other(*a, *b),
        [a, b] => a.is_some() != b.is_some(),
    };
    both.filter(|(_, sides)| differ(sides)).collect()
}

/// What of features a rule says otherwise.
fn changes(before: &Noted, after: &Noted) -> Vec<FeatureChange> {
    let mut changes = Vec::new();
    let change = |key: &MatchKey, of: &Match, became, verdicts, numbers| FeatureChange {
        key: key.clone(),
        name: of.name.clone(),
        became,
        verdicts,
        numbers,
        reason: of.reason.clone(),
        bounds: of.bounds,
    };
    for (key, now) in &after.matches {
        let Some(then) = before.matches.get(key) else {
            changes.push(change(key, now, Became::New, [None, Some(now.verdict)], Vec::new()));
            continue;
        };
        let (verdicts, numbers) = ([Some(then.verdict), Some(now.verdict)], numbers(then, now));
        let became = match now.verdict.cmp(&then.verdict) {
            std::cmp::Ordering::Greater => Became::Graver,
            std::cmp::Ordering::Less => Became::Milder,
            std::cmp::Ordering::Equal if numbers.is_empty() => continue,
            std::cmp::Ordering::Equal => Became::Altered,
        };
        changes.push(change(key, now, became, verdicts, numbers));
    }
    let gone = before.matches.iter().filter(|(key, _)| !after.matches.contains_key(*key));
    changes.extend(gone.map(|(key, then)| change(key, then, Became::Gone, [Some(then.verdict), None], Vec::new())));
    let gravest = |change: &FeatureChange| change.verdicts.into_iter().flatten().max();
    changes.sort_by(|a, b| {
        a.became.cmp(&b.became).then(gravest(b).cmp(&gravest(a))).then(a.name.cmp(&b.name)).then(a.key.cmp(&b.key))
    });
    changes
}

fn differs(before: &Side, after: &Side) -> bool {
    let figure = |f: &RuleFigure| (f.name.clone(), f.unit.clone());
    let values = |a: Option<f64>, b: Option<f64>| match (a, b) {
        (Some(a), Some(b)) => is_other(a, b),
        (a, b) => a.is_some() != b.is_some(),
    };
    let bounds = |a: Option<[f64; 2]>, b: Option<[f64; 2]>| match (a, b) {
        (Some(a), Some(b)) => is_other(a[0], b[0]) || is_other(a[1], b[1]),
        (a, b) => a.is_some() != b.is_some(),
    };
    before.status != after.status
        || before.missing != after.missing
        || before.counts != after.counts
        || before.state() != after.state()
        || before.figures.len() != after.figures.len()
        || before
            .figures
            .iter()
            .zip(&after.figures)
            .any(|(a, b)| figure(a) != figure(b) || values(a.value, b.value) || bounds(a.between, b.between))
}

impl Comparison {
    /// Of what rules came to without scenarios, and under each of them; the answers of all in the same order. What ran in none
    /// of the runs is left out.
    pub fn of(before: &[Noted], under: Vec<(ComparedScenario, Vec<Noted>)>, time: String) -> Self {
        let (scenarios, under): (Vec<_>, Vec<_>) = under.into_iter().unzip();
        let mut rules = Vec::new();
        for then in before {
            let same = |all: &Vec<Noted>| all.iter().find(|now| now.rule.id == then.rule.id).cloned();
            let now: Vec<Noted> = under.iter().filter_map(same).collect();
            let ran = |noted: &Noted| noted.side.status != Status::MissingLayer;
            if now.len() != under.len() || !(ran(then) || now.iter().any(ran)) {
                continue;
            }
            let after = now.into_iter().map(|now| {
                let changes = changes(then, &now);
                let differs = !changes.is_empty() || differs(&then.side, &now.side);
                After { side: now.side, changes, differs }
            });
            let after = after.collect();
            rules.push(ComparedRule { rule: then.rule.clone(), before: then.side.clone(), after });
        }
        Self { scenarios, rules, time }
    }

    /// How many rules scenarios change anything of.
    pub fn differing(&self) -> usize {
        self.rules.iter().filter(|rule| rule.differs()).count()
    }

    /// How many features became that under a scenario, of a verdict before or after: each once, whichever rules say so of
    /// it, and by the gravest.
    pub fn total(&self, scenario: usize, became: Became, verdict: Verdict) -> usize {
        let side = usize::from(became != Became::Gone);
        let changes = self.rules.iter().filter_map(|rule| rule.after.get(scenario)).flat_map(|after| &after.changes);
        let mut gravest: BTreeMap<(Option<&str>, &str), Verdict> = BTreeMap::new();
        for change in changes.filter(|change| change.became == became) {
            let Some(own) = change.verdicts[side] else { continue };
            let known =
                gravest.entry((change.key.role.map(|role| role.id()), change.key.subject.as_str())).or_insert(own);
            *known = own.max(*known);
        }
        gravest.values().filter(|own| **own == verdict).count()
    }

    /// As JSON: what `compare --json` prints.
    pub fn json(&self, lang: Lang) -> Value {
        let side = |side: &Side| {
            let figure = side.figures.first();
            json!({
                "status": side.status,
                "missing": side.missing,
                "features": side.features(),
                "ban": side.count(Verdict::Ban),
                "review": side.count(Verdict::Review),
                "list": side.count(Verdict::List),
                "figure": figure.and_then(|figure| figure.value),
                "unit": figure.map(|figure| &figure.unit),
                "figures": side.figures.iter().map(|figure| figure_json(figure, lang)).collect::<Vec<_>>(),
                "met": side.state().map(|state| state == TargetState::Met),
            })
        };
        let change = |change: &FeatureChange| {
            let numbers: serde_json::Map<String, Value> =
                change.numbers.iter().map(|(name, sides)| ((*name).to_owned(), json!(sides))).collect();
            json!({
                "feature": change.key.to_string(),
                "name": change.name,
                "became": change.became.id(),
                "before": change.verdicts[0].map(Verdict::id),
                "after": change.verdicts[1].map(Verdict::id),
                "numbers": numbers,
                "reason": change.reason.text(lang),
            })
        };
        let rule = |rule: &ComparedRule| {
            let after = rule.after.iter().zip(&self.scenarios).map(|(after, scenario)| {
                let mut one = side(&after.side);
                one["scenario"] = scenario.name.clone().into();
                one["differs"] = after.differs.into();
                one["changes"] = after.changes.iter().map(change).collect::<Vec<_>>().into();
                one
            });
            json!({
                "id": rule.rule.id,
                "title": rule.rule.title.text(lang),
                "clause": rule.rule.clause,
                "differs": rule.differs(),
                "before": side(&rule.before),
                "after": after.collect::<Vec<_>>(),
            })
        };
        let scenario = |one: &ComparedScenario| {
            let doubts: Vec<&str> = one.doubts.iter().map(|said| said.text(lang)).collect();
            json!({"name": one.name, "note": one.note, "changes": one.changes, "doubts": doubts})
        };
        let names: Vec<&String> = self.scenarios.iter().map(|one| &one.name).collect();
        json!({
            "scenarios": self.scenarios.iter().map(scenario).collect::<Vec<_>>(),
            "rules": self.rules.iter().map(rule).collect::<Vec<_>>(),
            // What says that this program made it, and of what.
            "shanshui": {
                "comparison": names,
                "engine": crate::ENGINE,
                "version": env!("CARGO_PKG_VERSION"),
                "time": self.time,
            },
        })
    }
}

#[cfg(test)]
#[path = "comparison_tests.rs"]
mod tests;
