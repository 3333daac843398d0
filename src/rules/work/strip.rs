//! The buffer strip along waters: how much of it is green, and what intrudes.

use super::super::answer::{RuleAnswer, RuleFeature, RuleFigure, RuleValue};
use super::super::input::Collected;
use super::super::run::Asking;
use super::super::{Said, Verdict};
use crate::i18n::{Lang, tr};
use crate::index::IndexedLayer;
use crate::io::geojson::OutGeometry;
use crate::model::Role;
use crate::query::{AskError, Edge, Layers, Question, StripLayers, StripWidths, Strips, ask, strips};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Strips along waters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StripWork {
    /// Rivers.
    pub rivers: Role,
    /// Water bodies: the edges of rivers, or what has strips where there is no river.
    pub bodies: Role,
    /// What strips are clipped to, where it is there.
    pub inside: Role,
    /// What is green.
    pub greens: Vec<Role>,
    /// What must not lie in a strip.
    pub intruders: Role,
    /// The column that says the width of a river's own strip.
    pub strip_column: String,
    /// The column that says how wide a river is.
    pub width_column: String,
    /// The column of a river's grade, and the parameters of the width of each.
    pub grade_column: String,
    /// Widths by grade.
    pub grades: Vec<Grade>,
    /// The parameter of the width of rivers that do not say theirs; 0 asks for it.
    pub river_width: String,
    /// The parameter of the strip round water bodies where there is no river.
    pub body_strip: String,
    /// Why a strip is listed, and why something in it is looked at.
    pub reasons: [Said; 2],
}

/// The strip of a grade.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// The grade.
    pub grade: String,
    /// The parameter of its width; metres.
    pub width: String,
}

impl StripWork {
    pub(super) fn run(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<(), AskError> {
        let layer = |role: Role| asking.input.together(role);
        let (role, Some(waters)) = (match layer(self.rivers) {
            Some(rivers) => (self.rivers, Some(rivers)),
            None => (self.bodies, layer(self.bodies)),
        }) else {
            return Ok(());
        };
        let greens: Vec<Arc<IndexedLayer>> = self.greens.iter().filter_map(|role| layer(*role).cloned()).collect();
        let layers = StripLayers {
            waters,
            bodies: layer(self.bodies).map(|bodies| &**bodies),
            inside: layer(self.inside).map(|inside| &**inside),
            greens: &greens,
        };
        let found = strips(&layers, &self.widths(asking, role, waters), asking.progress)?;
        let named = |rows: &[usize]| -> String {
            let names: Vec<String> = rows.iter().take(8).map(|row| waters.layer().label(*row)).collect();
            format!("{}{}", names.join("、"), if rows.len() > 8 { "…" } else { "" })
        };
        for (rows, key) in [
            (&found.without_edge, "rules.without_edge"),
            (&found.without_width, "rules.without_width"),
            (&found.partly, "rules.partly"),
        ] {
            if !rows.is_empty() {
                let note = |lang: Lang| tr!(lang, key, n = rows.len(), names = named(rows)).into_owned();
                answer.notes.push(Said::told(note));
            }
        }
        if found.pieces.is_empty() && !found.without_edge.is_empty() {
            // Nothing says where the water ends: the planner is asked.
            return Err(AskError::NoColumn(format!("{}.{}", role.id(), self.width_column)));
        }
        self.intrusions(asking, role, waters, &found, answer)?;
        let number = |n: f64| RuleValue::rounded(n, 3);
        for piece in found.pieces.iter().filter(|piece| !piece.polygons.is_empty()) {
            let geometry = OutGeometry::Polygons(piece.polygons.clone());
            let edge = Said::of(match piece.edge {
                Edge::WaterBody => "rules.edge_body",
                Edge::Centreline => "rules.edge_centreline",
            });
            let share = if piece.area_m2 > 0.0 { piece.green_m2 / piece.area_m2 } else { 0.0 };
            let feature = RuleFeature::new(Some((role, piece.row)), Verdict::List, self.reasons[0].clone(), geometry);
            answer.features.push(feature.with(vec![
                ("area_m2", number(piece.area_m2)),
                ("strip_m", number(piece.width_m)),
                ("edge", RuleValue::Said(edge)),
                ("green_m2", number(piece.green_m2)),
                ("green_share", RuleValue::rounded(share, 6)),
            ]));
        }
        let share = if found.area_m2 > 0.0 { found.green_m2 / found.area_m2 * 100.0 } else { 0.0 };
        answer.figures.extend([
            RuleFigure::new("green_share", "rules.green_share", share, "%"),
            RuleFigure::hectares("strip_ha", "rules.strip_area", found.area_m2),
        ]);
        answer.left_out += found.without_edge.len() + found.without_width.len();
        answer.summaries.insert(0, serde_json::to_value(&found).unwrap_or_default());
        Ok(())
    }

    fn widths(&self, asking: &Asking<'_>, role: Role, waters: &IndexedLayer) -> StripWidths {
        let layer = waters.layer();
        let number = |row: usize, column: &str| layer.attributes.get(row, column).as_number().filter(|n| *n >= 0.0);
        let of_grade = |row: usize| {
            let grade = layer.attributes.get(row, &self.grade_column).display().into_owned();
            self.grades.iter().find(|known| known.grade == grade).map(|known| asking.value(&known.width))
        };
        let otherwise = |row: usize| match role == self.bodies {
            true => Some(asking.value(&self.body_strip)),
            false => of_grade(row),
        };
        let river_m = Some(asking.value(&self.river_width)).filter(|m| *m > 0.0);
        StripWidths {
            strip_m: (0..layer.len()).map(|row| number(row, &self.strip_column).or_else(|| otherwise(row))).collect(),
            river_m: (0..layer.len()).map(|row| number(row, &self.width_column).or(river_m)).collect(),
        }
    }

    /// What lies in the strips, with the water whose strip it is.
    fn intrusions(
        &self,
        asking: &Asking<'_>,
        role: Role,
        waters: &IndexedLayer,
        found: &Strips,
        answer: &mut RuleAnswer,
    ) -> Result<(), AskError> {
        let Some(intruders) = asking.input.together(self.intruders) else { return Ok(()) };
        let mut all = Collected::new();
        let failed = |e: std::io::Error| AskError::Input(e.to_string());
        for piece in &found.pieces {
            let geometry = OutGeometry::Polygons(piece.polygons.clone());
            all.add((waters.layer(), piece.row), &[], &[], &geometry).map_err(failed)?;
        }
        let strips = Arc::new(all.layer(role.id(), asking.progress).map_err(failed)?);
        let layers = Layers::of(Arc::clone(intruders)).and(Arc::clone(&strips));
        let overlaps = ask(&Question::Overlap, &layers, asking.progress)?;
        let columns = overlaps.columns;
        for pair in overlaps.features.into_vec() {
            let Some(row) = pair.row else { continue };
            let of = Some((self.intruders, row));
            let mut feature = RuleFeature::new(of, Verdict::Review, self.reasons[1].clone(), pair.geometry);
            feature.id = pair.id;
            feature.reference = Some(Arc::clone(&strips));
            let values = columns.iter().copied().zip(pair.values.into_iter().map(RuleValue::Plain));
            answer.features.push(feature.with(values.collect()));
        }
        answer.summaries.push(serde_json::to_value(&overlaps.summary).unwrap_or_default());
        Ok(())
    }
}
