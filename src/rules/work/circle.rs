//! Which kinds of services people have within a walk, a ride, a bus ride: along the roads where there are any, straight
//! otherwise.

use super::super::answer::{Group, RuleAnswer, RuleFeature, RuleFigure, RuleValue};
use super::super::run::Asking;
use super::super::{Said, Verdict};
use crate::i18n::tr;
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry};
use crate::model::Role;
use crate::query::{AskError, Figures, Layers, Question, Roads, ask};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Services round homes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CircleWork {
    /// Homes.
    pub demand: Role,
    /// Services.
    pub services: Role,
    /// Roads.
    pub roads: Role,
    /// The column of a service's kind.
    pub kind: String,
    /// The column that holds the number of people.
    pub people: String,
    /// The parameters of the distances, the shortest first: homes are listed by it.
    pub distances: Vec<String>,
    /// The parameter of the distance at which roads meet; metres.
    pub snap: String,
    /// Why a home is listed.
    pub reason: Said,
}

/// What the people of a home lack at one distance: the share of it, by rows of the demand.
type Lacking = BTreeMap<usize, f64>;

impl CircleWork {
    pub(super) fn run(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<(), AskError> {
        let layer = |role: Role| asking.input.together(role);
        let (Some(demand), Some(services)) = (layer(self.demand), layer(self.services)) else { return Ok(()) };
        let (homes, what) = (demand.layer(), services.layer());
        let column = what.attributes.column(&self.kind).ok_or_else(|| AskError::NoColumn(self.kind.clone()))?;
        let people = homes.attributes.column(&self.people).ok_or_else(|| AskError::NoColumn(self.people.clone()))?;
        let mut kinds: BTreeMap<String, Vec<bool>> = BTreeMap::new();
        for row in services.rows() {
            let kind = what.attributes.value(row, column).display().into_owned();
            kinds.entry(kind).or_insert_with(|| vec![false; what.len()])[row] = true;
        }
        let of_kinds: Vec<(String, Arc<IndexedLayer>)> = kinds
            .into_iter()
            .map(|(kind, only)| (kind, Arc::new(IndexedLayer::restricted(Arc::clone(what), only))))
            .collect();
        let roads = match layer(self.roads) {
            Some(roads) => {
                let roads = Roads::new(roads, asking.value(&self.snap), asking.progress)?;
                let homes = roads.accesses(demand, asking.progress)?;
                Some((roads, homes))
            }
            None => None,
        };
        answer.notes.push(Said::of(if roads.is_some() { "rules.along_roads" } else { "rules.straight" }));
        let count = |row: usize| homes.attributes.value(row, people).as_number().filter(|n| *n >= 0.0).unwrap_or(0.0);
        let all: f64 = demand.rows().map(count).sum();
        let mut lacks: BTreeMap<usize, (Vec<String>, f64)> = BTreeMap::new();
        for (kind, only) in &of_kinds {
            let along = match &roads {
                Some((roads, homes)) => {
                    let to = roads.accesses(only, asking.progress)?;
                    Some(roads.distances(homes, &to, asking.progress)?)
                }
                None => None,
            };
            let mut figures = Vec::new();
            for (place, name) in self.distances.iter().enumerate() {
                let limit_m = asking.value(name);
                let lacking: Lacking = match &along {
                    Some(distances) => {
                        let far = distances.iter().filter(|(_, m)| m.is_none_or(|m| m > limit_m));
                        far.map(|(row, _)| (*row, 1.0)).collect()
                    }
                    None => self.straight(demand, only, limit_m, asking)?,
                };
                let without: f64 = lacking.iter().map(|(row, share)| count(*row) * share).sum();
                let share = if all > 0.0 { (1.0 - without / all) * 100.0 } else { 0.0 };
                figures.push(RuleFigure {
                    name: name.clone(),
                    title: Said::told(|lang| tr!(lang, "rules.within_m", m = limit_m).into_owned()),
                    value: share,
                    unit: "%".to_owned(),
                });
                if place == 0 {
                    for (row, share) in lacking {
                        let of = lacks.entry(row).or_default();
                        of.0.push(kind.clone());
                        of.1 = of.1.max(share);
                    }
                }
            }
            answer.groups.push(Group {
                by: self.kind.clone(),
                title: Said::of_role(self.services),
                name: kind.clone(),
                area: None,
                figures,
            });
        }
        // Of every home that lacks something its own people, by the part that lacks most.
        let without_some: f64 = lacks.iter().map(|(row, (_, share))| count(*row) * share).sum();
        let share = if all > 0.0 { (1.0 - without_some / all) * 100.0 } else { 0.0 };
        answer.figures.push(RuleFigure::new("people_share_all", "rules.people_all_kinds", share, "%"));
        answer.figures.push(RuleFigure::new("people_lacking", "rules.people_lacking", without_some, "人"));
        for (row, (kinds, share)) in lacks {
            let of = Some((self.demand, row));
            let number = |n: f64| RuleValue::Plain(Added::Number((n * 1e6).round() / 1e6));
            let feature = RuleFeature::new(of, Verdict::List, self.reason.clone(), OutGeometry::Unchanged);
            answer.features.push(feature.with(vec![
                ("lacks", RuleValue::Text(kinds.join("、"))),
                ("share", number(share)),
                ("people", number(count(row) * share)),
            ]));
        }
        answer.left_out += demand.feature_count() - demand.rows().count();
        Ok(())
    }

    /// Homes with a part that lies further than the limit from every service, and how much of each.
    fn straight(
        &self,
        demand: &Arc<IndexedLayer>,
        services: &Arc<IndexedLayer>,
        limit_m: f64,
        asking: &Asking<'_>,
    ) -> Result<Lacking, AskError> {
        let question = Question::Gaps { radius_m: limit_m, min_area_m2: 0.0, people: Some(self.people.clone()) };
        let layers = Layers::of(Arc::clone(demand)).and(Arc::clone(services));
        let found = ask(&question, &layers, asking.progress)?;
        debug_assert!(matches!(found.summary.figures, Figures::Gaps { .. }));
        let share = |values: &[Added]| values.get(1).and_then(Added::number).unwrap_or(1.0);
        Ok(found.features.iter().filter_map(|feature| Some((feature.row?, share(&feature.values)))).collect())
    }
}
