//! Which kinds of services people have within a walk, a ride, a bus ride: along the roads where there are any, straight
//! otherwise.

use super::super::RuleFigure;
use super::super::answer::{Group, RuleAnswer, RuleFeature, RuleValue};
use super::super::run::Asking;
use super::super::told::{NotChecked, first_names, people_of};
use super::super::{Said, Verdict};
use crate::i18n::tr;
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry};
use crate::model::Role;
use crate::query::{AnswerFeature, AskError, Layers, Question, Roads, ask_by, count_of, union_of_polygons_m2};
use crate::vocabulary::{Reading, Terms};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

type Polygons = Vec<Vec<Vec<crate::geodesy::LonLat>>>;

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

/// Homes that one core works on before another may take over.
const HOMES_AT_ONCE: usize = 256;

/// What the people of a home lack at one distance.
struct Lack {
    /// The share of the home.
    share: f64,
    /// The part of it and its area, where it is not all.
    part: Option<(Polygons, f64)>,
}

/// By rows of the demand how far the nearest service is along the roads, where there are any.
type Along = Option<Vec<(usize, Option<f64>)>>;

/// By rows of the demand, in their order.
type Lacking = Vec<(usize, Lack)>;

/// The share of a home that lacks any of several kinds.
fn lacks_any(lacks: &[Lack]) -> f64 {
    let parts: Option<Vec<Polygons>> =
        lacks.iter().map(|lack| lack.part.as_ref().map(|(polygons, _)| polygons.clone())).collect();
    let whole_m2 = lacks.iter().find_map(|lack| lack.part.as_ref().map(|(_, m2)| m2 / lack.share));
    match (parts, whole_m2) {
        (Some(parts), Some(whole_m2)) if whole_m2 > 0.0 => (union_of_polygons_m2(&parts) / whole_m2).min(1.0),
        _ => 1.0,
    }
}

/// The kinds that a cell says: of a term that stands for several those.
fn kinds_of(terms: &Terms) -> Vec<String> {
    let of = |(own, all): (&String, &BTreeSet<String>)| -> Vec<String> {
        let classes: Vec<String> = all.iter().filter(|class| *class != own).cloned().collect();
        if classes.len() > 1 { classes } else { vec![own.clone()] }
    };
    let mut kinds: Vec<String> = terms.own.iter().zip(&terms.each).flat_map(of).collect();
    kinds.sort();
    kinds.dedup();
    kinds
}

impl CircleWork {
    pub(super) fn run(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<(), AskError> {
        let layer = |role: Role| asking.input.together(role);
        let (Some(demand), Some(services)) = (layer(self.demand), layer(self.services)) else { return Ok(()) };
        let (homes, what) = (demand.layer(), services.layer());
        let column =
            what.attributes.column(&self.kind).ok_or_else(|| AskError::Lacks(self.services, self.kind.clone()))?;
        let people =
            homes.attributes.column(&self.people).ok_or_else(|| AskError::Lacks(self.demand, self.people.clone()))?;
        let mut kinds: BTreeMap<String, Vec<bool>> = BTreeMap::new();
        // By what the values mean: 公交站点 and 公交车站 are one kind, and a school for nine years is two.
        let reading = asking.input.reading(self.services, &self.kind);
        let mut open: Vec<String> = Vec::new();
        for row in services.rows() {
            let (own, is_open) = match reading.as_ref().map(|reading| &**reading.of(row)) {
                Some(Reading::Terms(terms)) => (kinds_of(terms), !terms.unknown.is_empty()),
                Some(_) => (Vec::new(), true),
                None => (vec![what.attributes.value(row, column).display().trim().to_owned()], false),
            };
            if is_open {
                open.push(what.label(row));
            }
            for kind in own {
                kinds.entry(kind).or_insert_with(|| vec![false; what.len()])[row] = true;
            }
        }
        if !open.is_empty() {
            let names = |lang| first_names(&open, lang);
            answer.note(Said::told(|lang| {
                tr!(lang, "told.services_open", n = open.len(), names = names(lang)).into_owned()
            }));
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
        match &roads {
            Some(_) => answer.note(Said::of("rules.along_roads")),
            None => {
                let why = Said::of("rules.straight");
                answer.tell_not_checked(NotChecked { role: self.roads, property: None, count: None, why });
            }
        }
        let known = |row: usize| count_of(homes, row, people);
        let count = |row: usize| known(row).unwrap_or(0.0);
        let all: f64 = demand.rows().map(count).sum();
        let unread = demand.rows().filter(|row| known(*row).is_none()).count();
        if unread > 0 {
            answer.note(Said::told(|lang| tr!(lang, "told.people_unread", n = unread).into_owned()));
        }
        if all == 0.0 && unread == 0 {
            let what = |lang| people_of(self.demand.title(lang), lang);
            answer.note_nothing(&Said::of("rules.people_shares"), what);
        }
        // A share of people is none where nobody knows how many there are.
        let share_of = |without: f64| (all > 0.0 && unread == 0).then(|| (1.0 - without / all) * 100.0);
        let mut lacks: BTreeMap<usize, (Vec<&str>, Vec<Lack>)> = BTreeMap::new();
        let along_roads = |(_, only): &(String, Arc<IndexedLayer>)| -> Result<Along, AskError> {
            let Some((roads, homes)) = &roads else { return Ok(None) };
            let to = roads.accesses(only, asking.progress)?;
            roads.distances(homes, &to, asking.progress).map(Some)
        };
        let along: Vec<Along> = of_kinds.par_iter().with_max_len(1).map(along_roads).collect::<Result<_, _>>()?;
        for ((kind, only), along) in of_kinds.iter().zip(along) {
            let mut figures = Vec::new();
            for (place, name) in self.distances.iter().enumerate() {
                let limit_m = asking.value(name);
                let lacking: Lacking = match &along {
                    Some(distances) => {
                        let far = distances.iter().filter(|(_, m)| m.is_none_or(|m| m > limit_m));
                        far.map(|(row, _)| (*row, Lack { share: 1.0, part: None })).collect()
                    }
                    None => self.straight(demand, only, limit_m, asking)?,
                };
                let without: f64 = lacking.iter().map(|(row, lack)| count(*row) * lack.share).sum();
                let title = Said::told(|lang| tr!(lang, "rules.within_m", m = limit_m).into_owned());
                figures.push(RuleFigure::titled(name.clone(), title, share_of(without), "%"));
                if place == 0 {
                    for (row, lack) in lacking {
                        let of = lacks.entry(row).or_default();
                        of.0.push(kind.as_str());
                        of.1.push(lack);
                    }
                }
            }
            answer.groups.push(Group {
                by: self.kind.clone(),
                title: self.services.said(),
                name: Said::as_is(kind.clone()),
                area: None,
                figures,
            });
        }
        // Of every home that lacks something its own people, by the ground that lacks any kind.
        let lacks: Vec<(usize, (Vec<&str>, Vec<Lack>))> = lacks.into_iter().collect();
        let lacks: Vec<(usize, Vec<&str>, f64)> = lacks
            .into_par_iter()
            .with_max_len(HOMES_AT_ONCE)
            .map(|(row, (kinds, of))| (row, kinds, lacks_any(&of)))
            .collect();
        let without_some: f64 = lacks.iter().map(|(row, _, share)| count(*row) * share).sum();
        // A service of which nobody knows the kind may be what a home lacks, or one kind more.
        let share = share_of(without_some).filter(|_| open.is_empty());
        answer.figures.push(RuleFigure::new("people_share_all", "rules.people_all_kinds", share, "%"));
        // Nor is their number known where that of a home that lacks something is not.
        let lacking = lacks.iter().all(|(row, ..)| known(*row).is_some()).then_some(without_some);
        let lacking = lacking.filter(|_| open.is_empty());
        answer.figures.push(RuleFigure::new("people_lacking", "rules.people_lacking", lacking, "人"));
        let feature_of = |(row, kinds, share): (usize, Vec<&str>, f64)| {
            let of = Some((self.demand, row));
            let number = |n: f64| RuleValue::rounded(n, 6);
            let feature = RuleFeature::new(of, Verdict::List, self.reason.clone(), OutGeometry::Unchanged);
            feature.with(vec![
                ("lacks", RuleValue::Text(kinds.join("、"))),
                ("share", number(share)),
                ("people", known(row).map_or(Added::Null.into(), |people| number(people * share))),
            ])
        };
        let features: Vec<RuleFeature> = lacks.into_par_iter().with_max_len(HOMES_AT_ONCE).map(feature_of).collect();
        answer.features.extend(features);
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
        let found = ask_by(&question, &layers, asking.by())?;
        let number = |values: &[Added], i: usize| values.get(i).and_then(Added::number);
        let lack = |feature: AnswerFeature| {
            let (area_m2, share) = (number(&feature.values, 0)?, number(&feature.values, 1)?);
            let part = match feature.geometry {
                OutGeometry::Polygons(polygons) => Some((polygons, area_m2)),
                _ => None,
            };
            Some((feature.row?, Lack { share, part }))
        };
        Ok(found.features.into_vec().into_iter().filter_map(lack).collect())
    }
}
