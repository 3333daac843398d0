//! What lies in each zone, layer by layer.

use super::super::answer::{Group, RuleAnswer, RuleFeature, RuleFigure, RuleValue};
use super::super::run::Asking;
use super::super::{Said, Verdict};
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry};
use crate::model::Role;
use crate::query::{AskError, Inside, inspect};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Zones and what is looked for in them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContentsWork {
    /// The zones.
    pub zones: Role,
    /// Roles whose features are listed one by one.
    pub listed: Vec<Role>,
    /// Roles that are counted and measured.
    pub counted: Vec<Role>,
    /// Why a feature is listed.
    pub reason: Said,
}

impl ContentsWork {
    pub(super) fn run(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<(), AskError> {
        let Some(zones) = asking.input.together(self.zones) else { return Ok(()) };
        let roles: Vec<Role> = self.listed.iter().chain(&self.counted).copied().collect();
        let layers: Vec<(Role, Arc<IndexedLayer>)> =
            roles.iter().filter_map(|role| Some((*role, Arc::clone(asking.input.together(*role)?)))).collect();
        let mut people = 0.0;
        for zone in zones.rows() {
            let one = IndexedLayer::of_rows(Arc::clone(zones.layer()), [zone]);
            let found = match inspect(&one, &layers, asking.progress) {
                Err(AskError::NoReference) => continue,
                found => found?,
            };
            let name = zones.layer().label(zone);
            let mut figures = vec![
                RuleFigure::hectares("area_ha", "rules.zone_area", found.area_m2),
                RuleFigure::new("people", "rules.people", found.people, "人"),
            ];
            people += found.people;
            for (role, inside) in roles.iter().filter_map(|role| Some((role, found.layers.get(role.id())?))) {
                if inside.count == 0 {
                    continue;
                }
                let titled = |name: String, value: f64, unit: &str| RuleFigure {
                    name,
                    title: role.said(),
                    value: Some(value),
                    unit: unit.to_owned(),
                };
                figures.push(titled(format!("{}_count", role.id()), inside.count as f64, ""));
                match inside.inside {
                    Some(Inside::AreaM2(m2)) => {
                        figures.push(titled(format!("{}_ha", role.id()), m2 / 10_000.0, "公顷"))
                    }
                    Some(Inside::LengthM(m)) => figures.push(titled(format!("{}_m", role.id()), m, "m")),
                    None => {}
                }
            }
            answer.groups.push(Group {
                by: self.zones.id().to_owned(),
                title: self.zones.said(),
                name: Said::as_is(name.clone()),
                area: Some((self.zones, zone)),
                figures,
            });
            for (which, row) in &found.met {
                let role = layers[*which].0;
                if self.listed.contains(&role) {
                    let of = Some((role, *row));
                    let feature = RuleFeature::new(of, Verdict::Review, self.reason.clone(), OutGeometry::Unchanged);
                    answer.features.push(feature.with(vec![
                        ("with_id", RuleValue::Text(super::super::subject_of(zones.layer(), zone))),
                        ("with_name", RuleValue::Text(name.clone())),
                        ("role", RuleValue::Plain(Added::Word(role.id()))),
                    ]));
                }
            }
            let mut summary = serde_json::to_value(&found).unwrap_or_default();
            summary["zone"] = name.into();
            answer.summaries.push(summary);
        }
        answer.figures.push(RuleFigure::new("features", "rules.in_zones", answer.features.len() as f64, ""));
        answer.figures.push(RuleFigure::new("people", "rules.people", people, "人"));
        Ok(())
    }
}
