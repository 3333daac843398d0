//! The summary of a rule's answer as a whole: what all of its questions come to together, over the features that were found.

use super::answer::{RuleAnswer, RuleFeature};
use super::choose::Chosen;
use super::matched::{layer_key, with_row};
use super::pieces::ground_of_feature;
use super::run::Asking;
use super::{RuleInput, Step, StepKind, Verdict};
use crate::index::IndexedLayer;
use crate::model::Role;
use crate::query::union_of_polygons_m2;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Pairs whose common ground is put together at most, to count once what several of them share.
const UNITED: usize = 5_000;

impl RuleAnswer {
    /// The summary of the whole answer.
    pub fn summary(&self) -> Value {
        let mut summary = self.whole.clone();
        // What the questions say each of themselves is in the steps; this is of all of them.
        if !self.rule.steps.is_empty() {
            let rows: BTreeSet<(Role, usize)> = self.features.iter().filter_map(|feature| feature.of).collect();
            summary.insert("matched".into(), rows.len().into());
        }
        summary.insert("features".into(), self.features.len().into());
        for verdict in [Verdict::Ban, Verdict::Review, Verdict::List] {
            summary.insert(verdict.id().into(), self.count(verdict).into());
        }
        summary.insert("left_out".into(), self.left_out.into());
        summary.into()
    }

    /// Notes which rows a step asks about: of a condition alone all of the layer, since the condition is the question.
    pub(super) fn tell_asked(&mut self, asking: &Asking<'_>, step: &Step, subject: &Chosen) {
        if step.marks {
            return;
        }
        if step.kind == StepKind::Match {
            if let Some(all) = asking.input.together(subject.role) {
                self.tell_asked_of(subject.role, all);
            }
            return;
        }
        for (layer, _) in subject.both() {
            self.tell_asked_of(subject.role, &layer);
        }
    }

    fn tell_asked_of(&mut self, role: Role, indexed: &IndexedLayer) {
        let layer = indexed.layer();
        let asked = self.asked.entry(role).or_default();
        asked.resize(layer.len().max(asked.len()), false);
        for row in layer.rows().filter(|row| indexed.is_in(*row)) {
            asked[row] = true;
        }
    }

    /// Works out what the questions come to together.
    pub(super) fn sum_up(&mut self, input: &RuleInput) {
        let mut whole = if self.whole.is_empty() { agreed(&self.summaries) } else { std::mem::take(&mut self.whole) };
        let has = |kinds: &[StepKind]| self.rule.steps.iter().any(|step| kinds.contains(&step.kind));
        if !self.asked.is_empty() {
            let asked = self.asked.values().flatten().filter(|is_asked| **is_asked).count();
            whole.insert("features_in".into(), asked.into());
        }
        if has(&[StepKind::Within, StepKind::Inside, StepKind::Nearest, StepKind::Beyond, StepKind::Near]) {
            let distances = || self.features.iter().filter_map(|feature| feature.number("distance_m"));
            whole.insert("max_distance_m".into(), json!(distances().reduce(f64::max)));
            whole.insert("min_distance_m".into(), json!(distances().reduce(f64::min)));
        }
        if has(&[StepKind::Overlap]) {
            self.sum_up_pairs(input, &mut whole);
        }
        if has(&[StepKind::Gaps]) {
            self.sum_up_demand(&mut whole);
        }
        self.whole = whole;
    }

    /// Pairs with ground in common, each once, whatever number of steps found it; and lines and points in areas.
    fn sum_up_pairs(&self, input: &RuleInput, whole: &mut Map<String, Value>) {
        let is_overlap = |step: &usize| self.rule.steps[*step].kind == StepKind::Overlap;
        let mut pairs: BTreeMap<(Role, usize, u64, usize), &RuleFeature> = BTreeMap::new();
        for feature in self.features.iter().filter(|f| f.steps.is_empty() || f.steps.iter().any(is_overlap)) {
            let (Some((role, row)), Some(with)) = (feature.of, with_row(&feature.values)) else { continue };
            pairs.entry((role, row, layer_key(feature.reference.as_ref()), with)).or_insert(feature);
        }
        let (areas, others): (Vec<&RuleFeature>, Vec<&RuleFeature>) =
            pairs.into_values().partition(|feature| feature.number("area_m2").is_some());
        let overlap_m2 = areas.iter().filter_map(|feature| feature.number("area_m2")).fold(0.0, |sum, m2| sum + m2);
        whole.insert("pairs".into(), areas.len().into());
        whole.insert("overlap_m2".into(), json!(overlap_m2));
        // Of one question that found all of them it is known.
        let mut questions = self.summaries.iter().filter(|told| told["pairs"].as_u64().is_some_and(|n| n > 0));
        let known = match (questions.next(), questions.next()) {
            (Some(only), None) if only["pairs"].as_u64() == Some(areas.len() as u64) => {
                only["overlap_union_m2"].as_f64()
            }
            _ => None,
        };
        let united = || match areas.len() {
            0 | 1 => Some(overlap_m2),
            n if n <= UNITED => {
                let grounds: Vec<_> = areas.iter().filter_map(|feature| ground_of_feature(input, feature)).collect();
                Some(union_of_polygons_m2(&grounds).min(overlap_m2))
            }
            _ => None,
        };
        whole.insert("overlap_union_m2".into(), json!(known.or_else(united)));
        if !others.is_empty() || whole.contains_key("lines_and_points") {
            let length_m = others.iter().filter_map(|feature| feature.number("length_m")).fold(0.0, |sum, m| sum + m);
            whole.insert("lines_and_points".into(), others.len().into());
            whole.insert("length_m".into(), json!(length_m));
        }
    }

    /// Several questions about gaps of the same homes: what was asked about is that of the one that asked about most.
    fn sum_up_demand(&self, whole: &mut Map<String, Value>) {
        let mut subjects = self.rule.steps.iter().filter(|step| step.kind == StepKind::Gaps).map(|step| &step.subject);
        let first = subjects.next();
        if subjects.any(|subject| Some(subject) != first) {
            return;
        }
        for key in ["demand_m2", "demand_overlap_m2", "people"] {
            if self.summaries.iter().any(|told| told.get(key).is_some_and(Value::is_null)) {
                continue;
            }
            let most = self.summaries.iter().filter_map(|told| told[key].as_f64()).reduce(f64::max);
            if let Some(most) = most {
                whole.insert(key.into(), json!(most));
            }
        }
    }
}

/// What summaries say together: slivers are counted, and what they do not agree in is none of the whole.
fn agreed(summaries: &[Value]) -> Map<String, Value> {
    let mut whole: Map<String, Value> = Map::new();
    for (key, value) in summaries.iter().filter_map(Value::as_object).flatten() {
        match whole.get_mut(key) {
            None => drop(whole.insert(key.clone(), value.clone())),
            Some(known) if key == "slivers" => {
                *known = json!(known.as_u64().unwrap_or(0) + value.as_u64().unwrap_or(0));
            }
            Some(known) if key == "slivers_m2" => {
                *known = json!(known.as_f64().unwrap_or(0.0) + value.as_f64().unwrap_or(0.0));
            }
            Some(known) if known == value => {}
            Some(known) => *known = Value::Null,
        }
    }
    whole
}
