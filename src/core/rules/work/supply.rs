//! Park area per person within reach: the two-step floating catchment (Luo and Wang, 2003). A park's area is shared by all
//! people within the radius of it; a home has the sum of the shares of the parks within its own.

use super::super::RuleFigure;
use super::super::answer::{Group, RuleAnswer, RuleFeature, RuleValue};
use super::super::run::Asking;
use super::super::told::people_of;
use super::super::{Said, Verdict};
use super::Beside;
use crate::i18n::{between, bracketed, text_of, tr};
use crate::index::{IndexedLayer, nearest_feature};
use crate::io::geojson::{Added, OutGeometry};
use crate::model::Role;
use crate::query::{AskError, count_of, is_area, meeting_by, row_area_m2};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Homes and parks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SupplyWork {
    /// Homes.
    pub demand: Role,
    /// Parks.
    pub facilities: Role,
    /// What counts beside them where a parameter says so.
    #[serde(default)]
    pub beside: Option<Beside>,
    /// The parameter of the radius; metres, from outline to outline.
    pub radius: String,
    /// The parameter of the least area of a park; m².
    pub min_area: String,
    /// The parameter of the area per person below which a home that is covered counts as overloaded; m².
    pub least: String,
    /// The column that holds the number of people.
    pub people: String,
    /// Areas by which it is told.
    pub by: Role,
    /// Why a home is listed: it has enough, it has too little, it has none.
    pub reasons: [Said; 3],
}

impl SupplyWork {
    pub(super) fn run(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<(), AskError> {
        let layer = |role: Role| asking.input.together(role);
        let parks = Beside::together(self.beside.as_ref(), self.facilities, asking)?;
        let Some(homes) = layer(self.demand) else { return Ok(()) };
        let (own, theirs) = (homes.layer(), parks.layer());
        let column = own.attributes.column(&self.people);
        let column = column.ok_or_else(|| AskError::Lacks(self.demand, self.people.clone()))?;
        let (radius_m, least_m2) = (asking.value(&self.radius), asking.value(&self.least));
        let is_park = |row: &usize| is_area(theirs, *row) && row_area_m2(theirs, *row) >= asking.value(&self.min_area);
        let rows: Vec<usize> = parks.rows().filter(is_park).collect();
        homes.build_features();
        // Of every park the homes within reach.
        let reached: Vec<(usize, Vec<usize>)> = rows
            .into_par_iter()
            .map(|park| {
                asking.progress.advance(0)?;
                let one = IndexedLayer::of_rows(Arc::clone(theirs), [park]);
                let near = homes.rows_in(&theirs.geometries.bounds(park).padded(radius_m));
                let near = near.into_iter().filter(|home| nearest_feature(own, *home, &one, radius_m).is_some());
                Ok((park, near.collect()))
            })
            .collect::<Result<_, AskError>>()?;
        let people: BTreeMap<usize, Option<f64>> = homes.rows().map(|row| (row, count_of(own, row, column))).collect();
        let unread: Vec<usize> = people.iter().filter(|(_, n)| n.is_none()).map(|(row, _)| *row).collect();
        let count = |row: &usize| people.get(row).copied().flatten().unwrap_or(0.0);
        let is_unread = |row: &usize| unread.binary_search(row).is_ok();
        // A park of which nobody knows how many share it has no share that is known.
        let mut supply: BTreeMap<usize, f64> = homes.rows().map(|row| (row, 0.0)).collect();
        let mut open: Vec<usize> = Vec::new();
        for (park, near) in &reached {
            let sharing: f64 = near.iter().map(count).sum();
            if near.iter().any(is_unread) {
                open.extend(near);
            }
            if sharing > 0.0 {
                let each_m2 = row_area_m2(theirs, *park) / sharing;
                near.iter().for_each(|home| *supply.entry(*home).or_default() += each_m2);
            }
        }
        open.sort_unstable();
        open.dedup();
        if !unread.is_empty() {
            answer.note(Said::told(|lang| tr!(lang, "told.people_unread", n = unread.len()).into_owned()));
        }
        let is_covered: std::collections::BTreeSet<usize> =
            reached.iter().flat_map(|(_, near)| near).copied().collect();
        let mut overloaded = (0_usize, 0.0);
        for (row, m2) in &supply {
            let is_open = open.binary_search(row).is_ok();
            let which = match (is_covered.contains(row), *m2 < least_m2) {
                (false, _) => 2,
                (true, true) if !is_open => 1,
                _ => 0,
            };
            if which == 1 {
                overloaded = (overloaded.0 + 1, overloaded.1 + count(row));
            }
            let of = Some((self.demand, *row));
            let feature = RuleFeature::new(of, Verdict::List, self.reasons[which].clone(), OutGeometry::Unchanged);
            let why = if is_unread(row) { "told.supply_open" } else { "told.supply_shared" };
            let feature = if is_open { RuleFeature { because: vec![Said::of(why)], ..feature } } else { feature };
            let value = if is_open { Added::Null.into() } else { RuleValue::rounded(*m2, 6) };
            let own = if is_unread(row) { Added::Null.into() } else { RuleValue::rounded(count(row), 3) };
            answer.features.push(feature.with(vec![("m2_per_person", value), ("people", own)]));
        }
        let mean = |rows: &[usize]| {
            let all: f64 = rows.iter().map(count).sum();
            let is_known = all > 0.0 && !rows.iter().any(|row| is_unread(row) || open.binary_search(row).is_ok());
            let sum: f64 = rows.iter().map(|row| count(row) * supply.get(row).copied().unwrap_or(0.0)).sum();
            is_known.then(|| sum / all)
        };
        let all: Vec<usize> = supply.keys().copied().collect();
        let without: Vec<usize> = all.iter().copied().filter(|row| !is_covered.contains(row)).collect();
        if all.iter().all(|row| count(row) == 0.0 && !is_unread(row)) {
            let what = |lang| people_of(self.demand.title(lang), lang);
            answer.note_nothing(&Said::of("rules.m2_per_person"), what);
        }
        // A home of which that is not judged may be one more; people that nobody can read may be any number.
        let judged = open.is_empty();
        let unserved = (!without.iter().any(is_unread)).then(|| without.iter().map(count).sum::<f64>());
        let of_overloaded = |n: f64| judged.then_some(n);
        answer.figures.extend([
            RuleFigure::new("m2_per_person", "rules.m2_per_person", mean(&all), "m²"),
            RuleFigure::new("overloaded", "rules.overloaded", of_overloaded(overloaded.0 as f64), "个"),
            RuleFigure::new("people_overloaded", "rules.people_overloaded", of_overloaded(overloaded.1), "人"),
            RuleFigure::new("people_unserved", "rules.people_unserved", unserved, "人"),
        ]);
        if let Some(areas) = layer(self.by) {
            let mut by: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for (home, area) in meeting_by(homes, areas, asking.by())? {
                by.entry(area).or_default().push(home);
            }
            let is_empty = |rows: &Vec<usize>| rows.iter().all(|row| count(row) == 0.0 && !is_unread(row));
            let without: Vec<String> =
                by.iter().filter(|(_, rows)| is_empty(rows)).map(|(area, _)| areas.layer().label(*area)).collect();
            // Of all of them together it is said above.
            if !without.is_empty() && !is_empty(&all) {
                let figure = Said::told(|lang| {
                    let names = bracketed(&without.join(between(lang)), lang);
                    format!("{}{names}", text_of(lang, "rules.m2_per_person"))
                });
                answer.note_nothing(&figure, |lang| people_of(self.demand.title(lang), lang));
            }
            answer.add_groups(
                by.into_iter()
                    .map(|(area, rows)| Group {
                        by: self.by.id().to_owned(),
                        title: self.by.said(),
                        name: Said::as_is(areas.layer().label(area)),
                        area: Some((self.by, area)),
                        figures: vec![RuleFigure::new("m2_per_person", "rules.m2_per_person", mean(&rows), "m²")],
                    })
                    .collect(),
            );
        }
        answer.summaries.push(serde_json::json!({
            "homes": all.len(), "parks": reached.len(), "covered": is_covered.len(),
            "overloaded": judged.then_some(overloaded.0),
        }));
        Ok(())
    }
}
