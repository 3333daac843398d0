//! What takes of each plot: a table of plots by every layer of areas that means something for them (压占分析).

use super::super::RuleFigure;
use super::super::answer::{Group, RuleAnswer, RuleFeature, RuleValue};
use super::super::run::Asking;
use super::super::told::NotChecked;
use super::super::{Said, Verdict};
use crate::i18n::{Lang, number, semicolon, tr};
use crate::index::IndexedLayer;
use crate::io::geojson::OutGeometry;
use crate::model::{Layer, Role, Source};
use crate::query::{AskError, InArea, common_pairs, is_area, lines_and_points_in, row_area_m2, together_m2};
use crate::vocabulary::Reading;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Plots and what may take of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BurdensWork {
    /// The plots.
    pub plots: Role,
    /// Layers of areas, in the order of the table's columns.
    pub zones: Vec<Role>,
    /// Those of them that are no burden: where a plot lies, and not what takes of it.
    #[serde(default)]
    pub context: Vec<Role>,
    /// Why a plot is listed.
    pub reason: Said,
}

/// What a layer takes of a plot.
#[derive(Clone, Debug, Default)]
struct Taken {
    area_m2: f64,
    share: f64,
    length_m: f64,
    is_inside: bool,
    /// What it is called: names with their classes, the first ones.
    names: Vec<String>,
}

/// Plots whose row of the table one core makes before another may take over.
const ROWS_AT_ONCE: usize = 512;

impl BurdensWork {
    /// Roles with the columns that are read of them: their classes.
    pub(super) fn columns_read(&self) -> Vec<(Vec<Role>, Vec<String>)> {
        let of = |role: &Role| Some((vec![*role], vec![role.class_column()?.to_owned()]));
        self.zones.iter().filter_map(of).collect()
    }

    /// Names the layers of areas that no plot is held against.
    fn tell_not_asked(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) {
        let is_asked = |role: Role| role == self.plots || self.zones.contains(&role);
        for (role, indexed) in asking.input.layers.iter().filter(|(role, _)| !is_asked(*role)) {
            let layer = indexed.layer();
            if !layer.rows().any(|row| is_area(layer, row)) {
                continue;
            }
            let why = Said::told(|lang| tr!(lang, "told.no_burden", role = role.title(lang)).into_owned());
            answer.tell_not_checked(NotChecked { role: *role, property: None, count: None, why });
        }
    }

    /// True where plots and areas of a role are read from one layer of a national database, by its codes.
    fn is_of_one_file(&self, asking: &Asking<'_>, role: Role) -> bool {
        let of = |wanted: Role| {
            let files = asking.input.layers.iter().filter(move |(own, _)| *own == wanted);
            files.map(|(_, indexed)| &indexed.layer().source)
        };
        let is_one = |a: &Source, b: &Source| {
            a.path == b.path && a.file_name == b.file_name && a.read_as == b.read_as && a.store == b.store
        };
        of(self.plots).any(|plots| of(role).any(|zone| is_one(plots, zone)))
    }

    pub(super) fn run(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<(), AskError> {
        let Some(plots) = asking.input.together(self.plots) else { return Ok(()) };
        let layer = plots.layer();
        let mut taken: BTreeMap<usize, BTreeMap<usize, Taken>> = BTreeMap::new();
        let areas: Vec<usize> = plots.rows().filter(|row| is_area(layer, *row)).collect();
        let areas = Arc::new(IndexedLayer::of_rows(Arc::clone(layer), areas));
        let mut slivers = 0;
        let zones: Vec<(Role, Arc<IndexedLayer>)> =
            self.zones.iter().filter_map(|role| Some((*role, areas_of(asking.input.together(*role)?)?))).collect();
        self.tell_not_asked(asking, answer);
        for (at, (role, zone)) in zones.iter().enumerate() {
            let (mut pairs, thin) = common_pairs(&areas, zone, asking.by())?;
            // A planned home is a plot and a home of one row: it takes nothing of itself.
            if self.is_of_one_file(asking, *role) {
                pairs.retain(|pair| !is_one_ground((layer, pair.row), (zone.layer(), pair.with)));
            }
            slivers += thin;
            let class = |with: usize| class_of(asking, *role, zone, with);
            // Members of a layer that lie on one another take ground once.
            let mut pieces: BTreeMap<usize, Vec<OutGeometry>> = BTreeMap::new();
            for pair in pairs {
                let of = taken.entry(pair.row).or_default().entry(at).or_default();
                of.is_inside = true;
                of.area_m2 += pair.area_m2;
                of.share = (of.share + pair.share).min(1.0);
                of.names.push(class(pair.with));
                pieces.entry(pair.row).or_default().push(pair.geometry);
            }
            let several: Vec<(usize, Vec<OutGeometry>)> = pieces.into_iter().filter(|(_, of)| of.len() > 1).collect();
            let once: Vec<(usize, f64, f64)> = several
                .into_par_iter()
                .with_max_len(32)
                .map(|(row, of)| (row, together_m2(layer, row, &of), row_area_m2(layer, row)))
                .collect();
            for (row, once_m2, whole_m2) in once {
                if let Some(of) = taken.get_mut(&row).and_then(|by| by.get_mut(&at)) {
                    of.area_m2 = once_m2.min(of.area_m2);
                    of.share = if whole_m2 > 0.0 { (of.area_m2 / whole_m2).min(1.0) } else { 0.0 };
                }
            }
            for InArea { row, with, length_m } in lines_and_points_in(plots, zone, asking.by())? {
                let of = taken.entry(row).or_default().entry(at).or_default();
                of.is_inside = true;
                of.length_m += length_m.unwrap_or(0.0);
                of.names.push(class(with));
            }
        }
        let nothing = BTreeMap::new();
        let feature_of = |row: usize| {
            let by = taken.get(&row).unwrap_or(&nothing);
            let mut values: Vec<(&'static str, RuleValue)> = Vec::new();
            for (at, (role, _)) in zones.iter().enumerate() {
                let of = by.get(&at).cloned().unwrap_or_default();
                let [area, share, length, class] = columns(*role);
                values.push((area, RuleValue::rounded(of.area_m2, 3)));
                values.push((share, RuleValue::rounded(of.share, 6)));
                if of.length_m > 0.0 {
                    values.push((length, RuleValue::rounded(of.length_m, 3)));
                }
                let mut names = of.names;
                names.sort();
                names.dedup();
                values.push((class, RuleValue::Text(names.join("；"))));
            }
            let told = |lang: Lang| -> String {
                let of = |(at, of): (&usize, &Taken)| {
                    let title = zones[*at].0.title(lang);
                    match (of.area_m2 > 0.0, of.length_m > 0.0) {
                        (true, _) => {
                            format!("{title} {} m² ({} %)", number(of.area_m2, 0), number(of.share * 100.0, 1))
                        }
                        (_, true) => format!("{title} {} m", number(of.length_m, 0)),
                        _ => title.to_owned(),
                    }
                };
                by.iter().map(of).collect::<Vec<_>>().join(semicolon(lang))
            };
            values.push(("burdens", RuleValue::Said(Said::told(told))));
            let of = Some((self.plots, row));
            RuleFeature::new(of, Verdict::List, self.reason.clone(), OutGeometry::Unchanged).with(values)
        };
        let rows: Vec<usize> = plots.rows().collect();
        let features: Vec<RuleFeature> = rows.into_par_iter().with_max_len(ROWS_AT_ONCE).map(feature_of).collect();
        answer.features.extend(features);
        let is_burden = |at: &usize| !self.context.contains(&zones[*at].0);
        let burdened = taken.values().filter(|by| by.keys().any(is_burden)).count();
        answer.figures.push(RuleFigure::new("burdened", "rules.burdened", burdened as f64, "个"));
        answer.figures.push(RuleFigure::new("plots", "rules.plots", plots.rows().count() as f64, "个"));
        let groups = zones.iter().enumerate().map(|(at, (role, _))| {
            let of = || taken.values().filter_map(|by| by.get(&at));
            Group {
                by: "zone".to_owned(),
                title: Said::of("rules.zone"),
                name: role.said(),
                area: None,
                figures: vec![
                    RuleFigure::new("plots", "rules.plots", of().count() as f64, "个"),
                    RuleFigure::hectares("area_ha", "rules.taken_area", of().map(|of| of.area_m2).sum::<f64>()),
                ],
            }
        });
        answer.groups.extend(groups);
        if slivers > 0 {
            answer.note(Said::told(|lang| crate::i18n::tr!(lang, "told.slivers", n = slivers).into_owned()));
        }
        answer
            .summaries
            .push(serde_json::json!({"plots": plots.rows().count(), "burdened": burdened, "slivers": slivers}));
        Ok(())
    }
}

/// True where two features are drawn corner by corner alike.
fn is_one_ground((a, row): (&Layer, usize), (b, with): (&Layer, usize)) -> bool {
    a.geometries.paths(row).eq(b.geometries.paths(with))
}

/// The areas of a layer: points and lines take no ground; `None` where it has nothing else.
fn areas_of(zone: &Arc<IndexedLayer>) -> Option<Arc<IndexedLayer>> {
    let rows: Vec<usize> = zone.rows().collect();
    let areas: Vec<usize> = rows.iter().copied().filter(|row| is_area(zone.layer(), *row)).collect();
    match areas.len() {
        n if n == rows.len() => Some(Arc::clone(zone)),
        0 => None,
        _ => Some(Arc::new(IndexedLayer::of_rows(Arc::clone(zone.layer()), areas))),
    }
}

/// What an area is called, with its class.
fn class_of(asking: &Asking<'_>, role: Role, zone: &IndexedLayer, row: usize) -> String {
    let layer = zone.layer();
    let label = layer.label(row);
    let Some(column) = role.class_column() else { return label };
    let class = match asking.input.reading(role, column).as_ref().map(|reading| reading.of(row)).map(|r| &**r) {
        // 非一级 says only what it is not.
        Some(Reading::Terms(terms)) if terms.own.is_empty() && !terms.unknown.is_empty() => format!("{}？", terms.raw),
        Some(Reading::Terms(terms)) => terms.own.join("、"),
        Some(Reading::Truth(true)) if column == "core" => "核心".to_owned(),
        Some(Reading::Truth(false)) if column == "core" => "非核心".to_owned(),
        Some(Reading::Unknown(text)) => format!("{text}？"),
        Some(_) => String::new(),
        None => layer.attributes.get(row, column).display().into_owned(),
    };
    if class.is_empty() || label.contains(&class) { label } else { format!("{label}（{class}）") }
}

/// The columns of a layer: its area, its share, the length of lines in it, and its class.
fn columns(role: Role) -> [&'static str; 4] {
    macro_rules! of {
        ($name:literal) => {
            [concat!($name, "_m2"), concat!($name, "_share"), concat!($name, "_m"), concat!($name, "_class")]
        };
    }
    match role {
        Role::RedLine => of!("red_line"),
        Role::NatureReserve => of!("nature_reserve"),
        Role::WaterSourceZone => of!("water_source_zone"),
        Role::BasicFarmland => of!("basic_farmland"),
        Role::Farmland => of!("farmland"),
        Role::Wetland => of!("wetland"),
        Role::GreenLine => of!("green_line"),
        Role::ControlUnit => of!("control_unit"),
        Role::GroundwaterZone => of!("groundwater_zone"),
        Role::UrbanBoundary => of!("urban_boundary"),
        Role::ContaminatedPlot => of!("contaminated_plot"),
        Role::BanZone => of!("ban_zone"),
        Role::Forest => of!("forest"),
        Role::GreenSpace => of!("green_space"),
        Role::Park => of!("park"),
        Role::WaterBody => of!("water_body"),
        Role::IndustrialPark => of!("industrial_park"),
        Role::Town => of!("town"),
        Role::Residential => of!("residential"),
        Role::Building => of!("building"),
        Role::Square => of!("square"),
        Role::CandidateSite => of!("candidate_site"),
        Role::SensitiveSite => of!("sensitive_site"),
        Role::Corridor => of!("corridor"),
        Role::District => of!("district"),
        Role::Grid => of!("grid"),
        _ => of!("zone"),
    }
}
