//! A rule's features counted by class, by area or by the nearest of another layer.

use super::RuleFigure;
use super::Said;
use super::answer::{Group, RuleAnswer};
use super::identity::names_apart;
use super::run::Asking;
use super::told::UnknownValue;
use crate::index::{IndexedLayer, nearest_feature};
use crate::model::Role;
use crate::query::{AskError, meeting_by};
use crate::vocabulary::Reading;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What features are counted by: one of column, area, nearest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupBy {
    /// The features.
    pub of: Role,
    /// The values of a column.
    #[serde(default)]
    pub column: Option<String>,
    /// True for the classes of the first level: 工矿企业排污口 counts as 工业排污口.
    #[serde(default)]
    pub first_level: bool,
    /// The areas that they lie in.
    #[serde(default)]
    pub within: Option<Role>,
    /// The nearest feature of a layer.
    #[serde(default)]
    pub nearest: Option<Role>,
    /// Every feature of a layer within the distance.
    #[serde(default)]
    pub near: Option<Role>,
    /// The parameter that says how far that may be.
    #[serde(default)]
    pub distance: Option<String>,
    /// What it is called.
    pub title: Said,
}

impl GroupBy {
    pub(super) fn roles(&self) -> impl Iterator<Item = Role> {
        std::iter::once(self.of).chain(self.within).chain(self.nearest).chain(self.near)
    }

    /// Counts; a layer or a column that is not there leaves nothing.
    pub(super) fn count(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<(), AskError> {
        let Some(indexed) = asking.input.together(self.of) else { return Ok(()) };
        let layer = indexed.layer();
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let by = match (&self.column, self.within, self.nearest) {
            (Some(name), ..) => {
                let Some(column) = layer.attributes.column(name) else {
                    answer.tell_no_column(asking, self.of, name);
                    return Ok(());
                };
                // By what the values mean: 一级保护区 and Ⅰ级 are one class.
                let reading = asking.input.reading(self.of, name);
                let unknown = reading.as_ref().map(|reading| reading.unknown_values(layer)).unwrap_or_default();
                for (value, count) in unknown {
                    let known = UnknownValue { role: self.of, property: name.clone(), value, count };
                    if !answer.unknown_values.contains(&known) {
                        answer.unknown_values.push(known);
                    }
                }
                for row in layer.rows() {
                    let own = || layer.attributes.value(row, column).display().trim().to_owned();
                    let term = reading.as_ref().and_then(|reading| match &**reading.of(row) {
                        Reading::Terms(terms) => terms.own.first().map(|term| match self.first_level {
                            true => reading.property().first_level(term).to_owned(),
                            false => term.clone(),
                        }),
                        _ => None,
                    });
                    *counts.entry(term.unwrap_or_else(own)).or_default() += 1;
                }
                name.clone()
            }
            (None, Some(role), _) => {
                let Some(areas) = asking.input.together(role) else { return Ok(()) };
                let names = names_apart(areas.layer());
                counts.extend(names.values().map(|name| (name.clone(), 0)));
                let pairs = meeting_by(indexed, areas, asking.by())?;
                for name in pairs.iter().filter_map(|(_, area)| names.get(area)) {
                    *counts.entry(name.clone()).or_default() += 1;
                }
                // What lies in none of them, or has no place, so that the parts make up the whole.
                let placed: std::collections::BTreeSet<usize> = pairs.into_iter().map(|(row, _)| row).collect();
                let without = layer.rows().filter(|row| !placed.contains(row)).count();
                if without > 0 {
                    counts.insert(String::new(), without);
                }
                role.id().to_owned()
            }
            (None, None, Some(role)) => {
                let Some(others) = asking.input.together(role) else { return Ok(()) };
                let limit_m = self.distance.as_ref().map_or(f64::INFINITY, |name| asking.value(name));
                let banks = asking.banks(role, others);
                let (found, _) = asking.within_banks(indexed, &banks.all, limit_m, None)?;
                // A river has one name and many pieces.
                for one in &found {
                    *counts.entry(others.layer().label(one.of.1)).or_default() += 1;
                }
                let without = layer.feature_count() - found.len();
                if without > 0 {
                    *counts.entry(String::new()).or_default() += without;
                }
                role.id().to_owned()
            }
            (None, None, None) => {
                let Some(others) = self.near.and_then(|role| asking.input.together(role)) else { return Ok(()) };
                let limit_m = self.distance.as_ref().map_or(0.0, |name| asking.value(name));
                let theirs = others.layer();
                let names = names_apart(theirs);
                for other in others.rows() {
                    asking.progress.advance(0)?;
                    let around = theirs.geometries.bounds(other).padded(limit_m);
                    let near = indexed.rows_in(&around);
                    if near.is_empty() {
                        continue;
                    }
                    let one = IndexedLayer::of_rows(Arc::clone(theirs), [other]);
                    let count =
                        near.into_iter().filter(|row| nearest_feature(layer, *row, &one, limit_m).is_some()).count();
                    if let Some(name) = names.get(&other).filter(|_| count > 0) {
                        *counts.entry(name.clone()).or_default() += count;
                    }
                }
                self.near.map(|role| role.id().to_owned()).unwrap_or_default()
            }
        };
        let mut counts: Vec<(String, usize)> = counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        answer.groups.extend(counts.into_iter().map(|(name, n)| Group {
            by: by.clone(),
            title: self.title.clone(),
            name: Said::as_is(if name.is_empty() { "—".to_owned() } else { name }),
            area: None,
            figures: vec![RuleFigure::new("count", "rules.count", n as f64, "")],
        }));
        Ok(())
    }
}
