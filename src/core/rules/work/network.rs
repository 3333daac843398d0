//! How a network of ways hangs together, and what is missing.

use super::super::RuleFigure;
use super::super::answer::{Group, RuleAnswer, RuleFeature, RuleValue};
use super::super::identity::known_as;
use super::super::run::Asking;
use super::super::{Said, Verdict};
use crate::geodesy::path_length_m;
use crate::io::geojson::OutGeometry;
use crate::model::Role;
use crate::query::{AskError, network};
use crate::vocabulary::{Reading, folded};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkWork {
    /// Its lines.
    pub lines: Role,
    /// The column of their level.
    pub level: String,
    /// The parameter of the distance at which ends meet; metres.
    pub snap: String,
    /// The parameter of the longest missing link; metres.
    pub link: String,
}

impl NetworkWork {
    pub(super) fn run(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<(), AskError> {
        let Some(lines) = asking.input.together(self.lines) else { return Ok(()) };
        let found = network(lines, asking.value(&self.snap), asking.value(&self.link), asking.progress)?;
        let number = |n: f64| RuleValue::rounded(n, 3);
        for (row, component) in &found.component_of {
            let of = &found.components[*component];
            let because = Said::of(if of.rows.len() > 1 { "rules.piece" } else { "rules.piece_alone" });
            let feature = RuleFeature::new(Some((self.lines, *row)), Verdict::List, because, OutGeometry::Unchanged);
            answer.features.push(
                feature
                    .with(vec![("component", number(*component as f64 + 1.0)), ("component_m", number(of.length_m))]),
            );
        }
        let layer = lines.layer();
        for link in &found.links {
            let because = Said::of(if link.closes_loop { "rules.link_closes" } else { "rules.link_joins" });
            let geometry = OutGeometry::Lines(vec![link.ends.to_vec()]);
            let mut feature = RuleFeature::new(None, Verdict::Review, because, geometry).with(vec![
                ("length_m", number(link.length_m)),
                ("joins_m", number(link.joins_m)),
                ("from_name", RuleValue::Text(layer.label(link.rows[0]))),
                ("with_name", RuleValue::Text(layer.label(link.rows[1]))),
            ]);
            // By the ways that it joins, in an order of their own.
            let mut ways = link.rows.map(|row| known_as(layer, row));
            ways.sort_unstable();
            feature.id = Some(serde_json::Value::from(ways.join("+")).to_string());
            answer.features.push(feature);
        }
        let km = |m: f64| m / 1_000.0;
        let longest = found.components.first().map_or(0.0, |component| component.length_m);
        let loops: usize = found.components.iter().map(|component| component.loops).sum();
        let links = found.links.iter().filter(|link| !link.closes_loop).count();
        answer.figures.extend([
            RuleFigure::new("length_km", "rules.length", km(found.length_m), "km"),
            RuleFigure::new("components", "rules.components", found.components.len() as f64, ""),
            RuleFigure::new("longest_km", "rules.longest", km(longest), "km"),
            RuleFigure::new("links", "rules.links", links as f64, ""),
            RuleFigure::new("loops", "rules.loops", loops as f64, ""),
        ]);
        if let Some(column) = layer.attributes.column(&self.level) {
            let reading = asking.input.reading(self.lines, &self.level);
            let mut by: BTreeMap<String, f64> = BTreeMap::new();
            for row in found.component_of.keys() {
                let length: f64 = layer.geometries.paths(*row).map(path_length_m).sum();
                // 市级绿道 and 市級 are one level; a value that nobody knows is a level of its own, and so is none.
                let level = match reading.as_ref().map(|reading| &**reading.of(*row)) {
                    Some(Reading::Terms(terms)) if !terms.own.is_empty() => terms.own.join("、"),
                    _ => folded(&layer.attributes.value(*row, column).display()),
                };
                *by.entry(level).or_default() += length;
            }
            answer.groups.extend(by.into_iter().map(|(level, length)| Group {
                by: self.level.clone(),
                title: Said::of("rules.level"),
                name: Said::as_is(level),
                area: None,
                figures: vec![RuleFigure::new("length_km", "rules.length", km(length), "km")],
            }));
        }
        answer.summaries.push(serde_json::to_value(&found).unwrap_or_default());
        Ok(())
    }
}
