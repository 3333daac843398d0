//! Sites that close most of a gap.

use super::super::RuleFigure;
use super::super::answer::{Group, RuleAnswer, RuleFeature, RuleValue};
use super::super::run::Asking;
use super::super::{Said, Verdict};
use super::Beside;
use crate::i18n::tr;
use crate::io::geojson::OutGeometry;
use crate::model::Role;
use crate::query::{AskError, SitingBy, siting};
use serde::{Deserialize, Serialize};

/// What sites are chosen for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SitingWork {
    /// Homes.
    pub demand: Role,
    /// What serves them now.
    pub facilities: Role,
    /// What serves them too where a parameter says so.
    #[serde(default)]
    pub beside: Option<Beside>,
    /// What could.
    pub candidates: Role,
    /// The parameter of the radius; metres.
    pub radius: String,
    /// The parameter of the least area of a facility, and of a candidate: what would serve nobody as a park is no site; m².
    pub min_area: String,
    /// The parameter of the number of sites.
    pub sites: String,
    /// The column that holds the number of people.
    pub people: String,
    /// Why a site is among those found.
    pub reason: Said,
}

impl SitingWork {
    pub(super) fn run(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<(), AskError> {
        let layer = |role: Role| asking.input.together(role);
        let (Some(demand), Some(candidates)) = (layer(self.demand), layer(self.candidates)) else { return Ok(()) };
        let by = SitingBy {
            radius_m: asking.value(&self.radius),
            min_area_m2: asking.value(&self.min_area),
            site_min_area_m2: asking.value(&self.min_area),
            sites: asking.value(&self.sites).max(0.0) as usize,
            people: Some(self.people.clone()),
        };
        let facilities = Beside::together(self.beside.as_ref(), self.facilities, asking)?;
        let found = siting(demand, Some(&*facilities), candidates, &by, asking.progress)?;
        for (rank, site) in found.chosen.iter().enumerate() {
            let of = Some((self.candidates, site.row));
            answer.features.push(
                RuleFeature::new(of, Verdict::List, self.reason.clone(), OutGeometry::Unchanged).with(vec![
                    ("rank", RuleValue::rounded(rank as f64 + 1.0, 0)),
                    ("adds_people", RuleValue::rounded(site.adds_people, 3)),
                    ("adds_m2", RuleValue::rounded(site.adds_m2, 3)),
                ]),
            );
        }
        let unread = match demand.layer().attributes.column(&self.people) {
            Some(column) => {
                let read = |row: &usize| crate::query::count_of(demand.layer(), *row, column).is_some();
                demand.rows().filter(|row| !read(row)).count()
            }
            None => 0,
        };
        if unread > 0 {
            answer.note(Said::told(|lang| tr!(lang, "told.people_unread", n = unread).into_owned()));
        }
        let small = candidates.feature_count() - found.candidates;
        if small > 0 {
            let least = crate::i18n::number(asking.value(&self.min_area), 0);
            answer.note(Said::told(|lang| tr!(lang, "told.small_sites", n = small, m2 = least).into_owned()));
        }
        if let Some(last) = found.curve.last() {
            // What leaves out homes whose people nobody can read is no number of people.
            let known = |people: f64| (unread == 0).then_some(people);
            answer.figures.extend([
                RuleFigure::new("people_served", "rules.people_served_more", known(last.served), "人"),
                RuleFigure::new("people_unserved", "rules.people_unserved_before", known(found.people_unserved), "人"),
                RuleFigure::new("people_reachable", "rules.people_reachable", known(found.reachable), "人"),
            ]);
            let is_proven = found.curve.iter().all(|point| point.is_proven);
            if is_proven {
                answer.notes.push(Said::of("rules.siting_proven"));
            } else {
                let gap = |p: &crate::query::SitingPoint| if p.bound > 0.0 { 1.0 - p.served / p.bound } else { 0.0 };
                let worst = found.curve.iter().map(gap).fold(0.0, f64::max) * 100.0;
                let gap = format!("{worst:.2}");
                answer.notes.push(Said::told(|lang| tr!(lang, "rules.siting_bound", gap = gap).into_owned()));
            }
        }
        answer.groups.extend(found.curve.iter().map(|point| Group {
            by: "sites".to_owned(),
            title: Said::of("rules.sites"),
            name: Said::as_is(point.sites.to_string()),
            area: None,
            figures: vec![RuleFigure::new(
                "people_served",
                "rules.people_served_more",
                (unread == 0).then_some(point.served),
                "人",
            )],
        }));
        // What is no figure is none in the summary either.
        let mut summary = serde_json::to_value(&found).unwrap_or_default();
        for name in ["people_unserved", "reachable"].into_iter().filter(|_| unread > 0) {
            summary[name] = serde_json::Value::Null;
        }
        answer.summaries.push(summary);
        Ok(())
    }
}
