//! How much memory rules take beside the layers they are put to, told before they run.
//!
//! From numbers of features and corners, of pairs whose boxes meet, and from what questions say of themselves; mostly too
//! large, by less than a factor of three. What was measured on a hundred times the sample district (224,200 homes, 62,400 plots,
//! 24,400 outlets; MB beside 400 of layers): two questions about gaps 733, one 381, a table of plots by sixteen layers 681,
//! circles of services 309, zones 163, parks for each person 103, sites 56, strips 51, contents 46; all rules in one run 960,
//! of which some 200 bytes a match are kept for sums by area. Cost: a look at every feature's box.

use super::nearby::Reach;
use super::{RoleLayers, Rule, Step, StepKind, Values, Work};
use crate::geodesy::LonLatBox;
use crate::index::IndexedLayer;
use crate::model::Role;
use crate::query::{AnswerFor, Layers, Question, memory_needed as memory_of_question};
use std::sync::Arc;

/// A feature that a step lists, with its values and its reason.
const LISTED_BYTES: f64 = 500.0;
/// What of a match is kept for sums by area.
const KEPT_BYTES: f64 = 200.0;
/// A match as text, and read back for the map.
const SHOWN_BYTES: f64 = 1_200.0;
/// A match in a report and its workbook, both of which are put together in memory.
const REPORTED_BYTES: f64 = 4_000.0;
/// A plot's cell of the table, by layer.
const BURDEN_BYTES: f64 = 650.0;
/// A home of which services within distances are told.
const CIRCLE_BYTES: f64 = 1_800.0;
/// A home that may get a site.
const SITED_BYTES: f64 = 250.0;
/// A corner of what strips lie along.
const STRIP_BYTES: f64 = 300.0;
/// A corner of grounds that are cut into zones.
const ZONED_BYTES: f64 = 400.0;
/// A corner of two versions held against one another, or of a network.
const CUT_BYTES: f64 = 120.0;
/// What findings with their history and their place take for each feature that may be matched: few are bans or reviews.
const FINDING_BYTES: f64 = 150.0;
/// So far round a zone rules may look at features, metres.
const AROUND_M: f64 = 10_000.0;

/// What rules are run for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunFor {
    /// Files, an answer after the other.
    Files,
    /// The window, which keeps all answers, as text and on the map.
    Window,
    /// A report with its workbook, beside the window.
    Report,
}

/// What a rule takes while it runs, and how many matches it may list.
#[derive(Clone, Copy, Debug, Default)]
struct Need {
    bytes: f64,
    matches: f64,
}

/// Layers by role, counted as they are asked for.
struct Roles<'a>(&'a [(Role, Arc<IndexedLayer>)]);

impl<'a> Roles<'a> {
    fn of(&self, role: Role) -> impl Iterator<Item = &'a Arc<IndexedLayer>> + use<'a> {
        self.0.iter().filter(move |(own, _)| *own == role).map(|(_, layer)| layer)
    }

    fn is_there(&self, role: Role) -> bool {
        self.of(role).next().is_some()
    }

    fn features(&self, roles: &[Role]) -> f64 {
        roles.iter().flat_map(|role| self.of(*role)).map(|layer| layer.feature_count() as f64).sum()
    }

    fn corners(&self, roles: &[Role]) -> f64 {
        let of_layer = |layer: &Arc<IndexedLayer>| -> f64 {
            layer.rows().map(|row| layer.layer().geometries.positions_of(row).len() as f64).sum()
        };
        roles.iter().flat_map(|role| self.of(*role)).map(of_layer).sum()
    }

    /// What a question needs, of the pair of layers that needs most.
    fn asked(&self, question: &Question, subject: Role, references: &[Role]) -> f64 {
        let needs = |own: &Arc<IndexedLayer>, other: &Arc<IndexedLayer>| {
            let layers = Layers::of(Arc::clone(own)).and(Arc::clone(other));
            memory_of_question(question, &layers, AnswerFor::File) as f64
        };
        let pairs = self.of(subject).flat_map(|own| {
            references.iter().flat_map(|role| self.of(*role)).map(move |other| needs(own, other)).collect::<Vec<_>>()
        });
        pairs.fold(0.0, f64::max)
    }
}

impl Step {
    fn need(&self, rule: &Rule, values: &Values, layers: &Roles<'_>) -> Need {
        let value = |name: &Option<String>| name.as_ref().map_or(0.0, |name| rule.value(name, values));
        let matches = layers.features(&self.subject);
        let question = match self.kind {
            StepKind::Gaps => {
                let (radius_m, min_area_m2) = (value(&self.distance), value(&self.min_area));
                Some(Question::Gaps { radius_m, min_area_m2, people: None })
            }
            StepKind::Overlap | StepKind::Outside => Some(Question::Overlap),
            _ => None,
        };
        let bytes = match &question {
            Some(question) => self.subject.iter().map(|role| layers.asked(question, *role, &self.reference)).sum(),
            None => matches * LISTED_BYTES,
        };
        Need { bytes, matches }
    }
}

impl Work {
    fn need(&self, layers: &Roles<'_>) -> Need {
        let listed = |roles: &[Role], bytes: f64| {
            let matches = layers.features(roles);
            Need { bytes: matches * bytes, matches }
        };
        let cut =
            |roles: &[Role], bytes: f64| Need { bytes: layers.corners(roles) * bytes, matches: layers.features(roles) };
        match self {
            Self::Burdens(work) => {
                let there = work.zones.iter().filter(|role| layers.is_there(**role)).count();
                listed(&[work.plots], BURDEN_BYTES * there.max(1) as f64)
            }
            Self::Supply(work) => listed(&[work.demand], LISTED_BYTES),
            Self::Circle(work) => listed(&[work.demand], CIRCLE_BYTES),
            Self::Siting(work) => Need { matches: 0.0, ..listed(&[work.demand, work.candidates], SITED_BYTES) },
            Self::Contents(work) => listed(&[&work.listed[..], &work.counted[..]].concat(), LISTED_BYTES),
            Self::Strip(work) => cut(&[work.rivers, work.bodies], STRIP_BYTES),
            Self::Zoning(work) => cut(&work.grounds.iter().map(|ground| ground.role).collect::<Vec<_>>(), ZONED_BYTES),
            Self::Audit(work) => cut(&[work.before, work.after], CUT_BYTES),
            Self::Network(work) => cut(&[work.lines], CUT_BYTES),
            Self::ByGrid(work) => listed(&work.areas, LISTED_BYTES),
            // Of what others found.
            Self::Targets | Self::Findings | Self::OneMap => Need::default(),
        }
    }
}

impl Rule {
    /// Nothing where it lacks a layer: then it is not asked.
    fn need(&self, values: &Values, layers: &Roles<'_>) -> Need {
        if !self.needs().iter().all(|roles| roles.iter().any(|role| layers.is_there(*role))) {
            return Need::default();
        }
        let of_steps = self.steps.iter().map(|step| step.need(self, values, layers));
        let parts = of_steps.chain(self.work.iter().map(|work| work.need(layers)));
        parts.fold(Need::default(), |all, part| Need {
            bytes: all.bytes + part.bytes,
            matches: all.matches + part.matches,
        })
    }
}

/// How many bytes running rules takes at most at a time, beside the layers themselves. For files one answer is in memory at
/// a time, and what others read of the rest.
pub fn memory_needed(rules: &[(Rule, Values)], layers: &RoleLayers, run_for: RunFor) -> u64 {
    let layers = Roles(layers);
    let needs: Vec<Need> = rules.iter().map(|(rule, values)| rule.need(values, &layers)).collect();
    let all = needs
        .iter()
        .fold(Need::default(), |all, one| Need { bytes: all.bytes + one.bytes, matches: all.matches + one.matches });
    let largest = needs.iter().fold(0.0, |most: f64, one| most.max(one.bytes));
    let is_kept = rules.iter().any(|(rule, _)| matches!(rule.work, Some(Work::ByGrid(_) | Work::Findings)));
    let has_findings = rules.iter().any(|(rule, _)| matches!(rule.work, Some(Work::Findings)));
    let bytes = match run_for {
        RunFor::Files => {
            let kept = if is_kept { all.matches * KEPT_BYTES } else { 0.0 };
            largest + kept + if has_findings { all.matches * FINDING_BYTES } else { 0.0 }
        }
        RunFor::Window => all.bytes + all.matches * SHOWN_BYTES,
        RunFor::Report => all.bytes + all.matches * (SHOWN_BYTES + REPORTED_BYTES),
    };
    bytes as u64
}

/// The same of rules that are asked for their verdicts in a place: one after another, most of them of what lies near it.
pub fn memory_needed_in(rules: &[(Rule, Values)], layers: &RoleLayers, place: &LonLatBox) -> u64 {
    let around = place.padded(AROUND_M);
    let near: RoleLayers = layers
        .iter()
        .map(|(role, layer)| {
            (*role, Arc::new(IndexedLayer::of_rows(Arc::clone(layer.layer()), layer.rows_in(&around))))
        })
        .collect();
    let (all, near) = (Roles(layers), Roles(&near));
    let of_rule = |(rule, values): &(Rule, Values)| match rule.reach() {
        Reach::Nothing => 0.0,
        Reach::Near => rule.need(values, &near).bytes,
        Reach::Everything => rule.need(values, &all).bytes,
    };
    rules.iter().map(of_rule).fold(0.0, f64::max) as u64
}

#[cfg(test)]
mod tests {
    use super::super::Catalogue;
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;

    /// So many squares a hundredth of a degree apart, from a longitude on.
    fn squares(count: usize, from: f64) -> Arc<IndexedLayer> {
        let square = |i: usize| {
            let (x, y) = (from + (i % 50) as f64 * 0.01, 31.0 + (i / 50) as f64 * 0.01);
            let ring = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]];
            let ring = ring.map(|[dx, dy]| format!("[{},{}]", x + dx * 1e-3, y + dy * 1e-3)).join(",");
            format!(
                r#"{{"type":"Feature","properties":{{"population":9}},"geometry":{{"type":"Polygon","coordinates":[[{ring}]]}}}}"#
            )
        };
        let features: Vec<String> = (0..count).map(square).collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        let read = read_layer_bytes(text.as_bytes(), "s", &ReadOptions::default(), &Progress::default());
        Arc::new(IndexedLayer::new(Arc::new(read.expect("readable"))))
    }

    fn layers(size: usize) -> RoleLayers {
        let of = |(i, role): (usize, &Role)| (*role, squares(10 * size, 120.0 + i as f64 * 1e-4));
        Role::ALL.iter().enumerate().map(of).collect()
    }

    fn rules() -> Vec<(Rule, Values)> {
        Catalogue::builtin().rules.into_iter().map(|rule| (rule, Values::new())).collect()
    }

    #[test]
    fn more_of_the_same_needs_as_much_more_and_the_window_needs_more_than_files() {
        let rules = rules();
        let (few, many) = (layers(20), layers(200));
        for (rule, values) in &rules {
            let one = [(rule.clone(), values.clone())];
            let need = |of: &RoleLayers| memory_needed(&one, of, RunFor::Files);
            let is_asked = !matches!(rule.work, Some(Work::Targets | Work::Findings | Work::OneMap));
            if !is_asked {
                continue;
            }
            // What only measures lists nothing.
            let does_something = !rule.steps.is_empty() || rule.work.is_some();
            assert_eq!(need(&few) > 0, does_something, "{}", rule.id);
            if does_something {
                let times = need(&many) as f64 / need(&few) as f64;
                // What gaps are cut with is made on each core, whatever number of homes there is.
                let has_gaps = rule.steps.iter().any(|step| step.kind == StepKind::Gaps);
                let least = if has_gaps { 1.0 } else { 7.0 };
                assert!((least..13.0).contains(&times), "{}: {times}", rule.id);
            }
        }
        let all = |of: &RoleLayers, run_for| memory_needed(&rules, of, run_for);
        assert!(all(&many, RunFor::Window) > 2 * all(&many, RunFor::Files));
        assert!(all(&many, RunFor::Report) > all(&many, RunFor::Window));
        assert_eq!(all(&Vec::new(), RunFor::Window), 0, "what lacks its layers is not asked");
    }

    #[test]
    fn a_small_place_needs_less_than_everything() {
        let (rules, layers) = (rules(), layers(200));
        let bounds = layers.iter().fold(LonLatBox::EMPTY, |all, (_, layer)| all.union(layer.layer().bounds));
        let near: Vec<(Rule, Values)> = rules.into_iter().filter(|(rule, _)| rule.reach() == Reach::Near).collect();
        assert!(near.len() > 10, "most rules look at what lies near");
        let place = LonLatBox { min: bounds.min, max: bounds.min };
        let (all, here) = (memory_needed_in(&near, &layers, &bounds), memory_needed_in(&near, &layers, &place));
        assert!(here * 4 < all && here > 0, "{here} of {all}");
    }
}
