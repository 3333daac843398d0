//! What lies in each zone, layer by layer.

use super::super::RuleFigure;
use super::super::answer::{Group, RuleAnswer, RuleFeature, RuleValue};
use super::super::matched::pair_id;
use super::super::run::Asking;
use super::super::{Said, Verdict};
use crate::i18n::tr;
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry};
use crate::model::Role;
use crate::query::{AskError, inspect};
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

/// The column of the number of people.
const PEOPLE: &str = "population";

impl ContentsWork {
    pub(super) fn run(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<(), AskError> {
        let Some(zones) = asking.input.together(self.zones) else { return Ok(()) };
        let roles: Vec<Role> = self.listed.iter().chain(&self.counted).copied().collect();
        let layers: Vec<(Role, Arc<IndexedLayer>)> =
            roles.iter().filter_map(|role| Some((*role, Arc::clone(asking.input.together(*role)?)))).collect();
        let homes = asking.input.together(Role::Residential).filter(|_| roles.contains(&Role::Residential));
        if homes.is_some_and(|homes| !homes.layer().is_empty() && homes.layer().attributes.column(PEOPLE).is_none()) {
            answer.tell_no_column(asking, Role::Residential, PEOPLE);
        }
        // All zones together: what several of them hold counts once.
        let whole = match inspect(zones, &layers, asking.progress) {
            Err(AskError::NoReference) => None,
            whole => Some(whole?),
        };
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
            for (role, inside) in roles.iter().filter_map(|role| Some((role, found.layers.get(role.id())?))) {
                if inside.count == 0 {
                    continue;
                }
                let titled = |name: String, value: f64, unit: &str| RuleFigure::titled(name, role.said(), value, unit);
                figures.push(titled(format!("{}_count", role.id()), inside.count as f64, ""));
                if let Some(m2) = inside.inside.area_m2 {
                    figures.push(titled(format!("{}_ha", role.id()), m2 / 10_000.0, "公顷"));
                }
                if let Some(m) = inside.inside.length_m {
                    figures.push(titled(format!("{}_m", role.id()), m, "m"));
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
                    let mut feature =
                        RuleFeature::new(of, Verdict::Review, self.reason.clone(), OutGeometry::Unchanged);
                    feature.id = pair_id((layers[*which].1.layer(), *row), (zones.layer(), zone));
                    answer.features.push(feature.with(vec![
                        ("with_id", RuleValue::Text(super::super::id_or_code(zones.layer(), zone))),
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
        let people = whole.as_ref().and_then(|whole| whole.people);
        answer.figures.push(RuleFigure::new("people", "rules.people", people, "人"));
        if let Some(whole) = whole {
            if whole.people_unread > 0 && homes.is_some_and(|homes| homes.layer().attributes.column(PEOPLE).is_some()) {
                let unread = whole.people_unread;
                answer.note(Said::told(|lang| tr!(lang, "told.people_unread", n = unread).into_owned()));
            }
            if let Ok(serde_json::Value::Object(mut told)) = serde_json::to_value(&whole) {
                told.insert("zones".into(), zones.rows().count().into());
                answer.whole = told;
            }
        }
        Ok(())
    }
}
