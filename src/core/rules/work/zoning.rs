//! Zones in which something is prohibited or restricted, each piece with all its grounds.

use super::super::RuleFigure;
use super::super::answer::{RuleAnswer, RuleFeature, RuleValue};
use super::super::run::Asking;
use super::super::{Said, Verdict};
use crate::i18n::{Lang, semicolon};
use crate::index::IndexedLayer;
use crate::io::geojson::OutGeometry;
use crate::model::Role;
use crate::query::{AskError, Ground, zoning};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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
        let mut open: BTreeSet<(Role, usize)> = BTreeSet::new();
        let mut doubtful: Vec<(Ground, &ZoneGround)> = Vec::new();
        for ground in &self.grounds {
            let chosen = match asking.chosen(ground.role, ground.only.as_ref()) {
                Ok(Some(chosen)) => chosen,
                Ok(None) => continue,
                Err(AskError::Lacks(role, column)) => {
                    // Nobody knows what of them it is.
                    answer.tell_no_column(asking, role, &column);
                    let Some(layer) = asking.input.together(role) else { continue };
                    let rows: Vec<usize> = layer.rows().filter(|row| open.insert((role, *row))).collect();
                    let layer = Arc::new(IndexedLayer::of_rows(Arc::clone(layer.layer()), rows));
                    doubtful.push((Ground::of(layer, None), ground));
                    continue;
                }
                Err(e) => return Err(e),
            };
            let strip_m = ground.strip.as_ref().map(|name| asking.value(name));
            let mut own = Ground::of(Arc::clone(&chosen.certain), strip_m);
            if ground.role == Role::River && strip_m.is_some() {
                let banks = asking.banks(ground.role, &chosen.certain);
                answer.tell_banks(&banks);
                (own.offset_m, own.bodies) = banks.edges(chosen.certain.layer().len());
            }
            grounds.push(own);
            of.push(ground);
            if let Some(of_open) = &chosen.doubtful {
                // Once, whatever number of conditions it leaves open.
                let rows = of_open.doubts.keys().copied().filter(|row| open.insert((ground.role, *row)));
                let layer = IndexedLayer::of_rows(Arc::clone(of_open.layer.layer()), rows.collect::<Vec<_>>());
                doubtful.push((Ground::of(Arc::new(layer), strip_m), ground));
            }
        }
        let certain = grounds.len();
        let to_check = Said::of("rules.zone_open");
        for (ground, own) in doubtful {
            grounds.push(ground);
            of.push(own);
        }
        let found = zoning(&grounds, asking.progress)?;
        let mut by_degree: BTreeMap<String, (Said, f64)> = BTreeMap::new();
        for piece in &found.pieces {
            let Some(first) = piece.grounds.iter().map(|(ground, _)| *ground).min() else { continue };
            let degree = if first < certain { &of[first].degree } else { &to_check };
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
                names.join(semicolon(lang))
            };
            let geometry = OutGeometry::Polygons(piece.polygons.clone());
            answer.features.push(RuleFeature::new(None, Verdict::List, degree.clone(), geometry).with(vec![
                ("degree", RuleValue::Said(degree.clone())),
                ("grounds", RuleValue::Said(Said::told(named))),
                ("area_m2", RuleValue::rounded(piece.area_m2, 3)),
            ]));
        }
        for (degree, (title, m2)) in &by_degree {
            let (name, title) = (format!("zone_{degree}_ha"), title.clone());
            answer.figures.push(RuleFigure::titled(name, title, m2 / 10_000.0, "公顷"));
        }
        // Outlets by what they were judged: what steps found stands here already.
        for (verdict, name, key) in [
            (Verdict::Ban, "prohibited", "rules.in_prohibited"),
            (Verdict::Review, "restricted", "rules.in_restricted"),
        ] {
            let judged =
                answer.features.iter().filter(|f| f.of.is_some() && f.verdict == verdict && !f.steps.is_empty());
            answer.figures.push(RuleFigure::new(name, key, judged.count() as f64, ""));
        }
        // What depends on a value that nobody knows is in neither.
        let open = answer.features.iter().filter(|f| f.of.is_some() && f.steps.is_empty()).count();
        if open > 0 {
            answer.figures.push(RuleFigure::new("open", "rules.in_open", open as f64, ""));
        }
        answer.summaries.insert(0, serde_json::json!({"pieces": found.pieces.len(), "slivers": found.slivers}));
        Ok(())
    }
}
