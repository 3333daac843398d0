//! The buffer strip along waters: how much of it is green, and what intrudes.

use super::super::RuleFigure;
use super::super::answer::{Group, RuleAnswer, RuleFeature, RuleValue};
use super::super::choose::Chosen;
use super::super::input::joined;
use super::super::matched::pair_id;
use super::super::run::Asking;
use super::super::told::{doubt_text, first_names};
use super::super::{Said, Verdict};
use crate::geodesy::LonLat;
use crate::i18n::{Lang, text_of, tr};
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry};
use crate::model::{Geometry, GeometryKind, Role};
use crate::query::construct::layer_of;
use crate::query::{
    AskError, Common, Edge, InArea, LandSide, StripLayers, StripWidths, Strips, common_ground, in_areas, is_area,
    lines_and_points, strips, water_bodies_of,
};
use crate::vocabulary::Reading;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Strips along waters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StripWork {
    /// Rivers, or shores.
    pub rivers: Role,
    /// Only those for which this CQL2 text is true.
    #[serde(default)]
    pub rivers_where: Option<String>,
    /// Water bodies: the edges of rivers, or what has strips where there is no river.
    pub bodies: Role,
    /// Water bodies that have a strip beside rivers too: a CQL2 text.
    #[serde(default)]
    pub lakes: Option<String>,
    /// Water bodies that have no strip where there is no river either: a CQL2 text.
    #[serde(default)]
    pub ponds: Option<String>,
    /// What strips are clipped to, where it is there.
    pub inside: Role,
    /// What is green.
    pub greens: Vec<Role>,
    /// What must not lie in a strip.
    #[serde(default)]
    pub intruders: Option<Role>,
    /// Not those for which this CQL2 text surely holds; all of a layer that lacks its columns.
    #[serde(default)]
    pub intruders_but: Option<String>,
    /// The column that says the width of a river's own strip.
    #[serde(default)]
    pub strip_column: Option<String>,
    /// The column that says how wide a river is; without it the line is the water's edge, and `side_column` says where the
    /// water lies.
    #[serde(default)]
    pub width_column: Option<String>,
    /// The column that says on which side of a shore the water lies.
    #[serde(default)]
    pub side_column: Option<String>,
    /// The column of a river's grade.
    #[serde(default)]
    pub grade_column: Option<String>,
    /// The parameters of the widths by grade.
    #[serde(default)]
    pub grades: Vec<Grade>,
    /// The parameter of the width of rivers that do not say theirs; 0 asks for it.
    #[serde(default)]
    pub river_width: Option<String>,
    /// The parameter of the strip round water bodies, and along shores.
    pub body_strip: String,
    /// Areas by which the share of green is told.
    #[serde(default)]
    pub by: Option<Role>,
    /// Why a strip is listed, and why something in it is looked at.
    pub reasons: Vec<Said>,
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

/// Waters as one layer, and where each row is from.
struct Waters {
    layer: Arc<IndexedLayer>,
    of: Vec<(Role, usize)>,
}

impl StripWork {
    pub(super) fn run(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<(), AskError> {
        let Some(waters) = self.waters(asking, answer)? else { return Ok(()) };
        let layer = |role: Role| asking.input.together(role);
        let greens: Vec<Arc<IndexedLayer>> = self.greens.iter().filter_map(|role| layer(*role).cloned()).collect();
        let layers = StripLayers {
            waters: &waters.layer,
            bodies: layer(self.bodies).map(|bodies| &**bodies),
            // Where there is no district, its towns are it.
            inside: layer(self.inside)
                .or_else(|| layer(Role::Town).filter(|_| self.inside == Role::District))
                .map(|inside| &**inside),
            greens: &greens,
        };
        let widths = self.widths(asking, &waters, answer)?;
        let found = strips(&layers, &widths, asking.progress)?;
        let named = |rows: &[usize], lang: Lang| -> String {
            let names: Vec<String> = rows.iter().map(|row| waters.layer.layer().label(*row)).collect();
            first_names(&names, lang)
        };
        // A width that is there and not understood is no lacking one.
        let is_unread = |row: usize| {
            let of = waters.of.get(row).copied().zip(self.width_column.as_ref());
            let reading = of.and_then(|((role, row), column)| Some((asking.input.reading(role, column)?, row)));
            reading.is_some_and(|(width, row)| matches!(&**width.of(row), Reading::Unknown(_)))
        };
        let (unread_edge, without_edge): (Vec<usize>, Vec<usize>) =
            found.without_edge.iter().copied().partition(|row| is_unread(*row));
        let is_strip_unread = |row: &usize| widths.unread_strips.contains(row);
        let (unread_width, without_width): (Vec<usize>, Vec<usize>) =
            found.without_width.iter().copied().partition(is_strip_unread);
        for (rows, key) in [
            (&without_edge, "rules.without_edge"),
            (&unread_edge, "rules.unread_edge"),
            (&unread_width, "rules.unread_strip"),
            (&without_width, "rules.without_width"),
            (&found.partly, "rules.partly"),
        ] {
            // Shores that do not say where their land lies are features of their own.
            if !rows.is_empty() && self.width_column.is_some() {
                let note = |lang: Lang| tr!(lang, key, n = rows.len(), names = named(rows, lang)).into_owned();
                answer.note(Said::told(note));
            }
        }
        if let (true, false, Some(column)) = (found.pieces.is_empty(), without_edge.is_empty(), &self.width_column) {
            // Nothing says where the water ends: the planner is asked.
            return Err(AskError::Lacks(self.rivers, column.clone()));
        }
        self.intrusions(asking, &waters, &found, answer)?;
        let number = |n: f64| RuleValue::rounded(n, 3);
        for piece in found.pieces.iter().filter(|piece| !piece.polygons.is_empty()) {
            let geometry = OutGeometry::Polygons(piece.polygons.clone());
            let edge = Said::of(match (piece.edge, self.width_column.is_some()) {
                (Edge::WaterBody, _) => "rules.edge_body",
                (Edge::Centreline, true) => "rules.edge_centreline",
                (Edge::Centreline, false) => "rules.edge_shore",
            });
            let share = if piece.area_m2 > 0.0 { piece.green_m2 / piece.area_m2 } else { 0.0 };
            let of = waters.of.get(piece.row).copied();
            let feature = RuleFeature::new(of, Verdict::List, self.reasons[0].clone(), geometry);
            let mut values = vec![
                ("area_m2", number(piece.area_m2)),
                ("strip_m", number(piece.width_m)),
                ("edge", RuleValue::Said(edge)),
            ];
            if !greens.is_empty() {
                values.push(("green_m2", number(piece.green_m2)));
                values.push(("green_share", RuleValue::rounded(share, 6)));
            }
            answer.features.push(feature.with(values));
        }
        // A share of nothing is none, and so is one of a strip of which nobody knows where it lies.
        let is_known = found.area_m2 > 0.0 && !greens.is_empty() && widths.is_known(&found);
        if found.area_m2 == 0.0 {
            answer.note_nothing(&Said::of("rules.green_share"), |lang| text_of(lang, "rules.strip_area"));
        }
        let share = is_known.then(|| found.green_m2 / found.area_m2 * 100.0);
        // Nor is its ground: neither of a width nor of an edge that is said and not understood.
        let is_drawn = widths.unread_strips.is_empty() && unread_edge.is_empty();
        let share = share.filter(|_| is_drawn);
        answer.figures.extend([
            RuleFigure::new("green_share", "rules.green_share", share, "%"),
            RuleFigure::hectares("strip_ha", "rules.strip_area", is_drawn.then_some(found.area_m2)),
        ]);
        if let Some((role, areas)) = self.by.and_then(|role| Some((role, layer(role)?))) {
            let by = found.by_area(areas, &greens, asking.progress)?;
            let groups = by.into_iter().filter(|(_, [m2, _])| *m2 > 0.0).map(|(row, [m2, green_m2])| Group {
                by: role.id().to_owned(),
                title: role.said(),
                name: Said::as_is(areas.layer().label(row)),
                area: Some((role, row)),
                figures: vec![
                    RuleFigure::new("green_share", "rules.green_share", is_known.then_some(green_m2 / m2 * 100.0), "%"),
                    RuleFigure::hectares("strip_ha", "rules.strip_area", m2),
                ],
            });
            answer.add_groups(groups.collect());
        }
        answer.summaries.insert(0, serde_json::to_value(&found).unwrap_or_default());
        Ok(())
    }

    /// The rivers that are asked about with the lakes beside them, or the water bodies where there is no river.
    fn waters(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<Option<Waters>, AskError> {
        let of_rows = |role: Role, layer: &IndexedLayer| {
            layer.layer().rows().filter(|row| layer.is_in(*row)).map(|row| (role, row)).collect::<Vec<_>>()
        };
        let whole = |role: Role, layer: &Arc<IndexedLayer>| {
            let of = (0..layer.layer().len()).map(|row| (role, row)).collect();
            Waters { layer: Arc::clone(layer), of }
        };
        let Some(rivers) = asking.chosen(self.rivers, self.rivers_where.as_ref())? else {
            let only_bodies = self.lakes.as_ref().and_then(|_| asking.input.together(self.bodies));
            let Some(bodies) = only_bodies else { return Ok(None) };
            let ponds = self.bodies_that(self.ponds.as_ref(), asking, answer)?;
            let is_pond = |row: usize| ponds.as_ref().is_some_and(|ponds| ponds.certain.is_in(row));
            let all = bodies.layer();
            let (without, with_strip): (Vec<usize>, Vec<usize>) =
                all.rows().filter(|row| bodies.is_in(*row)).partition(|row| is_pond(*row));
            if without.is_empty() {
                return Ok(Some(whole(self.bodies, bodies)));
            }
            tell_no_strip(&without.iter().map(|row| all.label(*row)).collect::<Vec<_>>(), answer);
            let drawn = Arc::new(IndexedLayer::of_rows(Arc::clone(all), with_strip));
            return Ok(Some(whole(self.bodies, &drawn)));
        };
        if let Some(doubtful) = &rivers.doubtful {
            for (row, doubts) in doubtful.doubts.iter() {
                let because = doubt_text(asking.input, doubts);
                let of = Some((self.rivers, *row));
                answer.features.push(RuleFeature::new(of, Verdict::Review, because, OutGeometry::Unchanged));
            }
        }
        let lakes = self.bodies_that(self.lakes.as_ref(), asking, answer)?;
        let Some(lakes) = lakes else { return Ok(Some(whole(self.rivers, &rivers.certain))) };
        // A body that is a river's has its strip with the river.
        let river_bodies: BTreeSet<usize> = match asking.input.together(self.bodies) {
            Some(bodies) => {
                rivers.certain.rows().flat_map(|row| water_bodies_of(rivers.certain.layer(), row, bodies).0).collect()
            }
            None => BTreeSet::new(),
        };
        let all = lakes.certain.layer();
        let open: BTreeSet<usize> = lakes.doubtful.iter().flat_map(|d| d.doubts.keys().copied()).collect();
        let (mut with_strip, mut without) = (Vec::new(), Vec::new());
        for row in all.rows().filter(|row| !river_bodies.contains(row) && is_area(all, *row)) {
            // What nobody knows may be a lake.
            let has_strip = lakes.certain.is_in(row) || open.contains(&row);
            if has_strip { with_strip.push(row) } else { without.push(all.label(row)) }
        }
        tell_no_strip(&without, answer);
        if with_strip.is_empty() {
            return Ok(Some(whole(self.rivers, &rivers.certain)));
        }
        let lakes = Arc::new(IndexedLayer::of_rows(Arc::clone(all), with_strip));
        let of = [of_rows(self.rivers, &rivers.certain), of_rows(self.bodies, &lakes)].concat();
        let both = joined(self.rivers, &[&rivers.certain, &lakes]);
        Ok(Some(Waters { layer: Arc::new(both), of }))
    }

    /// The water bodies for which a condition holds; none without a condition, or where nothing says what they are: that
    /// is told.
    fn bodies_that(
        &self,
        only: Option<&String>,
        asking: &Asking<'_>,
        answer: &mut RuleAnswer,
    ) -> Result<Option<Chosen>, AskError> {
        let Some(text) = only else { return Ok(None) };
        match asking.chosen(self.bodies, Some(text)) {
            Err(AskError::Lacks(role, column)) => {
                answer.tell_no_column(asking, role, &column);
                Ok(None)
            }
            found => found,
        }
    }

    fn widths(&self, asking: &Asking<'_>, waters: &Waters, answer: &mut RuleAnswer) -> Result<Widths, AskError> {
        let number = |(role, row): (Role, usize), column: &Option<String>| {
            let column = column.as_ref()?;
            // Of a span the larger end: it is named among what is not understood.
            let largest = || asking.input.reading(role, column).and_then(|reading| reading.largest(row));
            asking.input.number(role, column, row).or_else(largest).filter(|n| *n >= 0.0)
        };
        let of_grade = |(role, row): (Role, usize)| {
            let reading = asking.input.reading(role, self.grade_column.as_ref()?)?;
            let Reading::Terms(terms) = &**reading.of(row) else { return None };
            let known = self.grades.iter().find(|known| terms.all.contains(&known.grade))?;
            Some(asking.value(&known.width))
        };
        let is_shore = self.width_column.is_none();
        let otherwise = |of: (Role, usize)| match of.0 == self.bodies || is_shore {
            true => Some(asking.value(&self.body_strip)),
            false => of_grade(of),
        };
        let river_m = match &self.river_width {
            Some(name) => Some(asking.value(name)).filter(|m| *m > 0.0),
            None if is_shore => Some(0.0),
            None => None,
        };
        // A strip that is said and not understood is not that of the grade.
        let is_unread = |(role, row): (Role, usize)| {
            let reading = self.strip_column.as_ref().and_then(|column| asking.input.reading(role, column));
            reading.is_some_and(|reading| matches!(&**reading.of(row), Reading::Unknown(_)))
        };
        let strip_of = |of: (Role, usize)| match number(of, &self.strip_column) {
            None if is_unread(of) => None,
            own => own.or_else(|| otherwise(of)),
        };
        let unread_strips: Vec<usize> =
            (0..waters.of.len()).filter(|i| is_unread(waters.of[*i]) && strip_of(waters.of[*i]).is_none()).collect();
        let strip_m = waters.of.iter().map(|of| strip_of(*of));
        let across_m = waters.of.iter().map(|of| number(*of, &self.width_column).or(river_m));
        let mut widths = StripWidths { strip_m: strip_m.collect(), river_m: across_m.collect(), land: Vec::new() };
        let mut unknown_sides = 0;
        if let Some(column) = &self.side_column {
            let reading = asking.input.reading(self.rivers, column).filter(|reading| reading.has_column());
            let has_bodies = asking.input.together(self.bodies).is_some();
            if reading.is_none() && !has_bodies {
                return Err(AskError::Lacks(self.rivers, column.clone()));
            }
            for (i, (role, row)) in waters.of.iter().enumerate() {
                let side = reading.as_ref().map(|reading| reading.of(*row));
                let land = match side.map(|side| &**side) {
                    Some(Reading::Terms(terms)) if terms.all.contains("left") => LandSide::Right,
                    Some(Reading::Terms(terms)) if terms.all.contains("right") => LandSide::Left,
                    _ if has_bodies => LandSide::Both,
                    _ => {
                        unknown_sides += 1;
                        widths.strip_m[i] = None;
                        let doubts = reading.as_ref().map(|reading| reading.doubts(*row)).unwrap_or_default();
                        let because = doubt_text(asking.input, &doubts);
                        let of = Some((*role, *row));
                        answer.features.push(RuleFeature::new(of, Verdict::Review, because, OutGeometry::Unchanged));
                        LandSide::Both
                    }
                };
                widths.land.push(land);
            }
        }
        Ok(Widths { widths, unknown_sides, unread_strips })
    }

    /// What lies in the strips, with the water whose strip it is.
    fn intrusions(
        &self,
        asking: &Asking<'_>,
        waters: &Waters,
        found: &Strips,
        answer: &mut RuleAnswer,
    ) -> Result<(), AskError> {
        let Some((role, intruders)) = self.intruders.and_then(|role| Some((role, asking.input.together(role)?))) else {
            return Ok(());
        };
        let reason = self.reasons.get(1).or(self.reasons.first()).cloned();
        let Some(reason) = reason else { return Ok(()) };
        let intruders = &match &self.intruders_but {
            Some(but) => asking.without(role, intruders, but)?,
            None => Arc::clone(intruders),
        };
        let lines = lines_and_points(intruders);
        intruders.build_features();
        let of_pieces: Vec<(Vec<Common>, usize, Vec<InArea>)> = found
            .pieces
            .par_iter()
            .with_max_len(1)
            .map(|piece| {
                asking.progress.advance(0)?;
                let (common, thin) = common_ground(intruders, &piece.polygons);
                let strip = || {
                    let part = |rings: &Vec<Vec<LonLat>>| rings.iter().map(|ring| closed_ring(ring)).collect();
                    let parts = piece.polygons.iter().map(part).collect();
                    layer_of(&Geometry { kind: GeometryKind::MultiPolygon, parts })
                };
                let inside = match lines.as_ref().and_then(|lines| Some((lines, strip()?))) {
                    Some((lines, strip)) => in_areas(lines, &strip, asking.by())?,
                    None => Vec::new(),
                };
                Ok((common, thin, inside))
            })
            .collect::<Result<_, AskError>>()?;
        let (mut slivers, mut pairs) = (0, 0);
        let mut strips_of: BTreeMap<usize, usize> = BTreeMap::new();
        let rows = of_pieces
            .iter()
            .flat_map(|(common, _, inside)| common.iter().map(|one| one.row).chain(inside.iter().map(|one| one.row)));
        rows.for_each(|row| *strips_of.entry(row).or_default() += 1);
        for (piece, (common, thin, inside)) in found.pieces.iter().zip(of_pieces) {
            let with = piece.row as u32;
            let mut add = |row: usize, geometry: OutGeometry, mut values: Vec<(&'static str, RuleValue)>| {
                values.extend([("with_id", Added::IdOf(with).into()), ("with_name", Added::NameOf(with).into())]);
                let mut feature = RuleFeature::new(Some((role, row)), Verdict::Review, reason.clone(), geometry);
                // Several strips may take of one: each of its features is known by its water too, whichever comes first.
                if strips_of.get(&row).is_some_and(|n| *n > 1) {
                    feature.id = pair_id((intruders.layer(), row), (waters.layer.layer(), piece.row));
                }
                feature.reference = Some(Arc::clone(&waters.layer));
                answer.features.push(feature.with(values));
                pairs += 1;
            };
            slivers += thin;
            for one in common {
                let values =
                    vec![("area_m2", RuleValue::rounded(one.area_m2, 3)), ("share", RuleValue::rounded(one.share, 6))];
                add(one.row, OutGeometry::Polygons(one.polygons), values);
            }
            for one in inside {
                let length = one.length_m.map(|m| ("length_m", RuleValue::rounded(m, 3)));
                add(one.row, OutGeometry::Unchanged, length.into_iter().collect());
            }
        }
        if slivers > 0 {
            answer.note(Said::told(|lang| tr!(lang, "told.slivers", n = slivers).into_owned()));
        }
        answer.summaries.push(serde_json::json!({"pairs": pairs, "slivers": slivers}));
        Ok(())
    }

    /// Roles with the columns that are read of them.
    pub(super) fn columns_read(&self, columns: &dyn Fn(&String) -> Vec<String>) -> Vec<(Vec<Role>, Vec<String>)> {
        let named = [&self.strip_column, &self.width_column, &self.side_column, &self.grade_column];
        let named: Vec<String> = named.into_iter().flatten().cloned().collect();
        let rivers = self.rivers_where.iter().map(|text| (vec![self.rivers], columns(text)));
        let lakes = self.lakes.iter().map(|text| (vec![self.bodies], columns(text)));
        rivers.chain(lakes).chain([(vec![self.rivers], named)]).collect()
    }
}

/// Widths, and how many shores do not say where their land lies.
struct Widths {
    widths: StripWidths,
    unknown_sides: usize,
    /// Waters whose strip is said and not understood.
    unread_strips: Vec<usize>,
}

impl Widths {
    /// True where every water that should have a strip has one.
    fn is_known(&self, found: &Strips) -> bool {
        self.unknown_sides == 0
            && self.unread_strips.is_empty()
            && found.pieces.iter().any(|piece| !piece.polygons.is_empty())
    }
}

impl std::ops::Deref for Widths {
    type Target = StripWidths;

    fn deref(&self) -> &StripWidths {
        &self.widths
    }
}

fn closed_ring(ring: &[LonLat]) -> Vec<LonLat> {
    ring.iter().chain(ring.first()).copied().collect()
}

/// Says which water bodies have no strip.
fn tell_no_strip(names: &[String], answer: &mut RuleAnswer) {
    if !names.is_empty() {
        let first = |lang: Lang| first_names(names, lang);
        let note = |lang: Lang| tr!(lang, "told.no_strip", n = names.len(), names = first(lang)).into_owned();
        answer.note(Said::told(note));
    }
}
