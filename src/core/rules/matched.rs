//! What the steps of a rule match, taken in: a feature that several find is judged by the gravest.

use super::answer::{RuleAnswer, RuleFeature, RuleValue};
use super::identity::known_as;
use super::run::Asking;
use super::told::doubt_text;
use super::{Said, StepKind, Verdict};
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry};
use crate::model::{Layer, Role};
use crate::vocabulary::Doubt;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// What a step matched.
#[derive(Debug)]
pub(super) struct Matched {
    pub(super) row: usize,
    pub(super) id: Option<String>,
    pub(super) geometry: OutGeometry,
    pub(super) values: Vec<(&'static str, RuleValue)>,
    /// The layer that the values speak of.
    pub(super) reference: Option<Arc<IndexedLayer>>,
    /// What it depends on; nothing where it is sure.
    pub(super) doubts: Vec<Doubt>,
}

impl RuleAnswer {
    /// Takes in what a step matched: a feature that was found before is judged by the gravest, and shows what that speaks of.
    pub(super) fn add(&mut self, asking: &Asking<'_>, number: usize, role: Role, mut matched: Vec<Matched>) {
        let step = &asking.rule.steps[number];
        // What is sure comes first.
        matched.sort_by_key(|one| !one.doubts.is_empty());
        // Pieces of ground, and pairs, are features of their own.
        let is_whole = !matches!(step.kind, StepKind::Overlap | StepKind::Gaps | StepKind::Meets | StepKind::Outside);
        let mut whole: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut pairs: BTreeMap<(usize, usize, u64), usize> = BTreeMap::new();
        for (at, feature) in self.features.iter().enumerate() {
            let Some((_, row)) = feature.of.filter(|(r, _)| *r == role) else { continue };
            if step.marks || feature.geometry == OutGeometry::Unchanged {
                whole.entry(row).or_default().push(at);
            }
            if let Some(with) = with_row(&feature.values) {
                pairs.insert((row, with, layer_key(feature.reference.as_ref())), at);
            }
        }
        // Of the pairs those that earlier steps found, by which this one judges them anew.
        let earlier: BTreeSet<(usize, usize, u64)> = pairs.keys().copied().collect();
        for one in matched {
            let is_doubtful = !one.doubts.is_empty();
            let verdict = if is_doubtful { Verdict::Review } else { step.verdict };
            let with = with_row(&one.values).map(|with| (one.row, with, layer_key(one.reference.as_ref())));
            let of_pair = with.and_then(|key| pairs.get(&key)).copied();
            if of_pair.is_some() && step.new_pairs {
                continue;
            }
            let because = is_doubtful.then(|| doubt_text(asking.input, &one.doubts));
            let same: Vec<usize> = match (is_whole || step.marks, of_pair) {
                (true, _) => whole.get(&one.row).cloned().unwrap_or_default(),
                // The same pair by two conditions, of which one is open, or by two that hold: once, by the graver.
                (false, Some(at)) if is_doubtful => vec![at],
                (false, Some(at)) if with.is_some_and(|key| earlier.contains(&key)) => {
                    if verdict < self.features[at].verdict {
                        continue;
                    }
                    vec![at]
                }
                _ => Vec::new(),
            };
            if same.is_empty() {
                if step.marks {
                    continue;
                }
                let feature = RuleFeature {
                    of: Some((role, one.row)),
                    verdict,
                    steps: if is_doubtful { Vec::new() } else { vec![number] },
                    because: because.into_iter().collect(),
                    tag: None,
                    id: one.id,
                    geometry: one.geometry,
                    values: one.values,
                    reference: one.reference,
                };
                let at = self.features.len();
                if is_whole {
                    whole.entry(one.row).or_default().push(at);
                }
                with.map(|key| pairs.insert(key, at));
                self.features.push(feature);
                continue;
            }
            // That a feature is listed says nothing of one that was found.
            let only_lists = step.kind == StepKind::Match && verdict == Verdict::List && step.subject_where.is_none();
            for at in same.into_iter().filter(|_| !only_lists) {
                self.features[at].join(number, verdict, because.as_ref(), &one);
            }
        }
    }
}

impl RuleFeature {
    /// Takes in that a step found it too.
    fn join(&mut self, number: usize, verdict: Verdict, because: Option<&Said>, one: &Matched) {
        let is_graver = verdict > self.verdict;
        let distance = |values: &[(&'static str, RuleValue)]| {
            values.iter().find(|(name, _)| *name == "distance_m").and_then(|(_, value)| value.number())
        };
        // Of references that are as grave the nearest is shown.
        let is_nearer = verdict == self.verdict
            && distance(&one.values).zip(distance(&self.values)).is_some_and(|(new, old)| new < old);
        match because {
            // What is sure of as grave a verdict needs no doubt beside it.
            Some(_) if self.verdict > verdict => return,
            Some(because) if !self.because.contains(because) => self.because.push(because.clone()),
            Some(_) => {}
            None if !self.steps.contains(&number) => self.steps.push(number),
            None => {}
        }
        if (is_graver || is_nearer) && !one.values.is_empty() && self.geometry == one.geometry {
            self.values.clone_from(&one.values);
            self.reference.clone_from(&one.reference);
        }
        self.verdict = self.verdict.max(verdict);
    }
}

/// An id of a pair (JSON), so that what lies in several areas has another one for each: `a+b`, where b is the other's id, else
/// its code, its name or a hash of its geometry, which another order of its file does not change. None where the first has
/// no id.
pub(super) fn pair_id((layer, row): (&Layer, usize), (other, with): (&Layer, usize)) -> Option<String> {
    let own = layer.id_text(row)?;
    Some(serde_json::Value::from(format!("{own}+{}", known_as(other, with))).to_string())
}

impl RuleAnswer {
    /// Gives matches whose ids are the same other ones: `a+b`, `a+b#2`.
    pub(super) fn tell_ids_apart(&mut self) {
        let mut taken: HashMap<String, usize> = HashMap::new();
        for id in self.features.iter_mut().filter_map(|feature| feature.id.as_mut()) {
            let n = taken.entry(id.clone()).or_default();
            *n += 1;
            if let (true, Some(head)) = (*n > 1, id.strip_suffix('"')) {
                *id = format!("{head}#{n}\"");
            }
        }
    }
}

/// The row of the reference that a pair speaks of.
pub(super) fn with_row(values: &[(&'static str, RuleValue)]) -> Option<usize> {
    values.iter().find_map(|(name, value)| match value {
        RuleValue::Plain(Added::IdOf(row) | Added::NameOf(row)) if name.starts_with("with") => Some(*row as usize),
        _ => None,
    })
}

/// What tells the layers of references apart: rows are those of the whole layer.
pub(super) fn layer_key(reference: Option<&Arc<IndexedLayer>>) -> u64 {
    reference.map_or(0, |reference| Arc::as_ptr(reference.layer()) as u64)
}
