//! Zones in which something is prohibited or restricted, each piece with all its grounds.

use super::super::answer::{RuleAnswer, RuleFeature, RuleFigure, RuleValue};
use super::super::run::Asking;
use super::super::{Said, Verdict};
use crate::i18n::Lang;
use crate::io::geojson::OutGeometry;
use crate::model::Role;
use crate::query::{AskError, Ground, zoning};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The grounds of zones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoningWork {
    /// Them, the gravest first: a piece has the degree of the first that covers it.
    pub grounds: Vec<ZoneGround>,
}

/// What makes a zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZoneGround {
    /// The features.
    pub role: Role,
    /// Only those for which this CQL2 text is true.
    #[serde(default, rename = "where")]
    pub only: Option<String>,
    /// The parameter of the width on both sides of them; without it their own ground.
    #[serde(default)]
    pub strip: Option<String>,
    /// 禁止 or 限制.
    pub degree: Said,
    /// What the ground is called.
    pub title: Said,
}

impl ZoningWork {
    pub(super) fn run(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<(), AskError> {
        let mut grounds: Vec<Ground> = Vec::new();
        let mut of: Vec<&ZoneGround> = Vec::new();
        for ground in &self.grounds {
            let Some(layer) = asking.chosen(ground.role, ground.only.as_ref())? else { continue };
            let strip_m = ground.strip.as_ref().map(|name| asking.value(name));
            grounds.push(Ground { layer, strip_m });
            of.push(ground);
        }
        let found = zoning(&grounds, asking.progress)?;
        let mut by_degree: BTreeMap<String, (Said, f64)> = BTreeMap::new();
        for piece in &found.pieces {
            let Some(first) = piece.grounds.iter().map(|(ground, _)| *ground).min() else { continue };
            let degree = &of[first].degree;
            by_degree.entry(degree.zh.clone()).or_insert_with(|| (degree.clone(), 0.0)).1 += piece.area_m2;
            // Every ground once, with the name of the area where it has one.
            let named = |lang: Lang| -> String {
                let mut names: Vec<String> = Vec::new();
                for (ground, row) in &piece.grounds {
                    let title = of[*ground].title.text(lang);
                    let own = row.map(|row| grounds[*ground].layer.layer().label(row));
                    let name = own.map_or_else(|| title.to_owned(), |own| format!("{title}（{own}）"));
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
                names.join(if lang == Lang::Zh { "；" } else { "; " })
            };
            let geometry = OutGeometry::Polygons(piece.polygons.clone());
            answer.features.push(RuleFeature::new(None, Verdict::List, degree.clone(), geometry).with(vec![
                ("degree", RuleValue::Said(degree.clone())),
                ("grounds", RuleValue::Said(Said::told(named))),
                ("area_m2", RuleValue::rounded(piece.area_m2, 3)),
            ]));
        }
        for (degree, (title, m2)) in &by_degree {
            answer.figures.push(RuleFigure {
                name: format!("zone_{degree}_ha"),
                title: title.clone(),
                value: m2 / 10_000.0,
                unit: "公顷".to_owned(),
            });
        }
        // Outlets by what they were judged: what steps found stands here already.
        for (verdict, name, key) in [
            (Verdict::Ban, "prohibited", "rules.in_prohibited"),
            (Verdict::Review, "restricted", "rules.in_restricted"),
        ] {
            let judged = answer.features.iter().filter(|f| f.of.is_some() && f.verdict == verdict).count();
            answer.figures.push(RuleFigure::new(name, key, judged as f64, ""));
        }
        answer.summaries.insert(0, serde_json::json!({"pieces": found.pieces.len(), "slivers": found.slivers}));
        Ok(())
    }
}
