//! Figures of a rule: a measure, or one measure over another; for the whole, and by district, town or grid.

use super::Said;
use super::answer::{Group, RuleFigure};
use super::run::Asking;
use crate::geodesy::path_length_m;
use crate::index::IndexedLayer;
use crate::model::{Geometry, Role};
use crate::query::construct::{layer_of, merged, without};
use crate::query::expression::{Expression, ExpressionError};
use crate::query::{AskError, Inside, inspect, is_area, meeting, union_area_m2};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "measure", rename_all = "snake_case", deny_unknown_fields)]
pub enum Measure {
    /// The ground that features cover, counted once; m².
    Area {
        /// Of these roles together.
        roles: Vec<Role>,
        /// Only of features for which this CQL2 text is true.
        #[serde(default, rename = "where")]
        only: Option<String>,
        /// Only inside the areas of this role.
        #[serde(default)]
        inside: Option<Role>,
        /// Only inside the ground that a parameter chooses: 0 the district, 1 the district without its water bodies,
        /// 2 the built-up area.
        #[serde(default)]
        ground: Option<String>,
    },
    /// The ground that a parameter chooses, as in `area`; m².
    Ground {
        /// The parameter.
        ground: String,
    },
    /// The length of lines; metres.
    Length {
        /// Of these roles.
        roles: Vec<Role>,
        /// Only of features for which this CQL2 text is true.
        #[serde(default, rename = "where")]
        only: Option<String>,
    },
    /// How many features there are.
    Count {
        /// Of these roles.
        roles: Vec<Role>,
        /// Only features for which this CQL2 text is true.
        #[serde(default, rename = "where")]
        only: Option<String>,
    },
    /// The sum of a column.
    Sum {
        /// Of these roles.
        roles: Vec<Role>,
        /// The column.
        column: String,
    },
}

/// A figure: one measure, or the quotient of two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// Its name in files.
    pub name: String,
    /// What it is called.
    pub title: Said,
    /// What is measured.
    pub of: Measure,
    /// What it is a share of.
    #[serde(default)]
    pub per: Option<Measure>,
    /// The unit of the result.
    pub unit: String,
    /// The quotient is multiplied by this: 100 for per cent.
    #[serde(default = "one")]
    pub scale: f64,
    /// True where the rule runs without it.
    #[serde(default)]
    pub optional: bool,
    /// The areas of these roles have the figure of their own.
    #[serde(default)]
    pub by: Vec<Role>,
}

fn one() -> f64 {
    1.0
}

impl Measure {
    fn roles(&self) -> &[Role] {
        match self {
            Self::Area { roles, .. }
            | Self::Length { roles, .. }
            | Self::Count { roles, .. }
            | Self::Sum { roles, .. } => roles,
            Self::Ground { .. } => &[],
        }
    }

    fn inside(&self) -> Option<Role> {
        match self {
            Self::Area { inside, .. } => *inside,
            _ => None,
        }
    }

    fn ground(&self) -> Option<&String> {
        match self {
            Self::Area { ground, .. } => ground.as_ref(),
            Self::Ground { ground } => Some(ground),
            _ => None,
        }
    }

    fn condition(&self) -> Option<&String> {
        match self {
            Self::Area { only, .. } | Self::Length { only, .. } | Self::Count { only, .. } => only.as_ref(),
            Self::Sum { .. } | Self::Ground { .. } => None,
        }
    }
}

impl Figure {
    fn measures(&self) -> impl Iterator<Item = &Measure> {
        std::iter::once(&self.of).chain(&self.per)
    }

    /// Of each measure one of its roles must be there, and what it lies in.
    pub(super) fn needs(&self) -> Vec<Vec<Role>> {
        let of = |m: &Measure| {
            // Where there is no district, its towns are it.
            let whole = |role: Role| if role == Role::District { vec![Role::District, Role::Town] } else { vec![role] };
            let roles = if m.roles() == [Role::District] { whole(Role::District) } else { m.roles().to_vec() };
            let district = m.ground().map(|_| whole(Role::District)).unwrap_or_default();
            [roles, m.inside().map(whole).unwrap_or_default(), district]
        };
        self.measures().flat_map(of).collect()
    }

    pub(super) fn roles(&self) -> Vec<Role> {
        let grounds = self.measures().filter_map(Measure::ground).flat_map(|_| [Role::WaterBody, Role::UrbanBoundary]);
        self.needs().concat().into_iter().chain(grounds).chain(self.by.iter().copied()).collect()
    }

    pub(super) fn conditions(&self) -> impl Iterator<Item = &String> {
        self.measures().filter_map(Measure::condition)
    }

    pub(super) fn named(&self) -> impl Iterator<Item = &String> {
        self.measures().filter_map(Measure::ground)
    }

    /// The figure; `None` where it would be a share of nothing.
    ///
    /// # Errors
    /// [`AskError`]: a column that is not there, cancelled.
    pub(super) fn worked_out(&self, asking: &Asking<'_>) -> Result<Option<RuleFigure>, AskError> {
        self.within(asking, None)
    }

    /// The figure of each area of the roles that it is wanted by.
    ///
    /// # Errors
    /// As [`Self::worked_out`].
    pub(super) fn by_area(&self, asking: &Asking<'_>) -> Result<Vec<Group>, AskError> {
        let mut groups = Vec::new();
        for role in &self.by {
            let Some(areas) = asking.input.together(*role) else { continue };
            for row in areas.rows().filter(|row| is_area(areas.layer(), *row)) {
                let zone = IndexedLayer::of_rows(Arc::clone(areas.layer()), [row]);
                let unit = Unit { role: *role, row, zone: &zone };
                let lang_name = areas.layer().label(row);
                match self.within(asking, Some(&unit)) {
                    Ok(figure) => groups.extend(figure.map(|figure| Group {
                        by: role.id().to_owned(),
                        title: Said::of_role(*role),
                        name: lang_name,
                        area: Some((*role, row)),
                        figures: vec![figure],
                    })),
                    // Towns need not have what the district has.
                    Err(AskError::NoColumn(_) | AskError::Expression(ExpressionError::NoColumn(_))) => break,
                    Err(e) => return Err(e),
                }
            }
        }
        Ok(groups)
    }

    fn within(&self, asking: &Asking<'_>, unit: Option<&Unit<'_>>) -> Result<Option<RuleFigure>, AskError> {
        let of = measured(&self.of, asking, unit)?;
        let value = match &self.per {
            None => Some(of * self.scale),
            Some(per) => {
                let per = measured(per, asking, unit)?;
                (per > 0.0).then(|| of / per * self.scale)
            }
        };
        Ok(value.map(|value| RuleFigure {
            name: self.name.clone(),
            title: self.title.clone(),
            value,
            unit: self.unit.clone(),
        }))
    }
}

/// The layer of a role; of the district, where there is none, its towns.
fn whole<'a>(asking: &Asking<'a>, role: Role) -> Option<&'a Arc<IndexedLayer>> {
    let own = asking.input.together(role);
    own.or_else(|| (role == Role::District).then(|| asking.input.together(Role::Town)).flatten())
}

/// One area that a figure is wanted for.
struct Unit<'a> {
    role: Role,
    row: usize,
    zone: &'a IndexedLayer,
}

fn measured(measure: &Measure, asking: &Asking<'_>, unit: Option<&Unit<'_>>) -> Result<f64, AskError> {
    asking.progress.advance(0)?;
    let only = measure.condition().map(|text| Expression::parse(&asking.text(text))).transpose()?;
    let mut layers = Vec::new();
    for layer in measure.roles().iter().filter_map(|role| whole(asking, *role)) {
        layers.push(match &only {
            Some(expression) => Arc::new(expression.chosen(layer)?),
            None => Arc::clone(layer),
        });
    }
    // What is measured of the district is, for a part of it, the part's own.
    let is_own = unit.is_some() && measure.roles() == [Role::District];
    match measure {
        Measure::Count { .. } => match unit {
            None => Ok(layers.iter().map(|layer| layer.feature_count() as f64).sum()),
            Some(unit) => {
                let pairs = layers.iter().map(|layer| Ok(meeting(layer, unit.zone, asking.progress)?.len() as f64));
                pairs.sum()
            }
        },
        Measure::Sum { column, .. } => {
            let own = unit.filter(|_| is_own).and_then(|unit| Some((asking.input.together(unit.role)?, unit.row)));
            let mut sum = 0.0;
            for layer in own.map_or(layers.iter().collect::<Vec<_>>(), |(layer, _)| vec![layer]) {
                let layer = layer.layer();
                let column = layer.attributes.column(column);
                let column = column.ok_or_else(|| AskError::Expression(ExpressionError::NoColumn(measure.column())))?;
                let rows = layer.rows().filter(|row| own.is_none_or(|(_, only)| only == *row));
                sum += rows.filter_map(|row| layer.attributes.value(row, column).as_number()).sum::<f64>();
            }
            Ok(sum)
        }
        Measure::Length { .. } => match unit {
            None => {
                let of = |layer: &Arc<IndexedLayer>| -> f64 {
                    let geometries = &layer.layer().geometries;
                    layer.rows().flat_map(|row| geometries.paths(row)).map(path_length_m).sum()
                };
                Ok(layers.iter().map(of).sum())
            }
            Some(unit) => found_inside(unit.zone, layers, asking),
        },
        Measure::Ground { ground } => match ground_of(ground, asking, unit)? {
            Some(zone) => Ok(union_area_m2(&[zone])),
            None => Ok(0.0),
        },
        Measure::Area { ground: Some(ground), .. } => match ground_of(ground, asking, unit)? {
            Some(zone) => found_inside(&zone, layers, asking),
            None => Ok(0.0),
        },
        Measure::Area { inside, .. } => match (unit, inside.and_then(|role| whole(asking, role))) {
            (Some(unit), _) if is_own => Ok(inspect(unit.zone, &[], asking.progress)?.area_m2),
            (Some(unit), _) => found_inside(unit.zone, layers, asking),
            (None, Some(zone)) => found_inside(zone, layers, asking),
            (None, None) if inside.is_some() => Ok(0.0),
            (None, None) => Ok(union_area_m2(&layers)),
        },
    }
}

impl Measure {
    fn column(&self) -> String {
        match self {
            Self::Sum { column, .. } => column.clone(),
            _ => String::new(),
        }
    }
}

/// What of layers lies in a zone, what several cover counted once: m², or metres of lines.
fn found_inside(zone: &IndexedLayer, layers: Vec<Arc<IndexedLayer>>, asking: &Asking<'_>) -> Result<f64, AskError> {
    // Under one role, so that ground that several cover counts once.
    let together: Vec<_> = layers.into_iter().map(|layer| (Role::Park, layer)).collect();
    let found = inspect(zone, &together, asking.progress)?;
    Ok(match found.layers.get(Role::Park.id()).and_then(|inside| inside.inside) {
        Some(Inside::AreaM2(m2)) => m2,
        Some(Inside::LengthM(m)) => m,
        None => 0.0,
    })
}

/// The ground that a parameter chooses, of the district or of a part of it.
fn ground_of(
    parameter: &str,
    asking: &Asking<'_>,
    unit: Option<&Unit<'_>>,
) -> Result<Option<Arc<IndexedLayer>>, AskError> {
    let Some(district) = whole(asking, Role::District) else { return Ok(None) };
    let geometries = |layer: &IndexedLayer| -> Vec<Geometry> {
        let rows = layer.rows().filter(|row| is_area(layer.layer(), *row));
        rows.filter_map(|row| layer.layer().geometries.geometry(row)).collect()
    };
    let choice = asking.value(parameter).round();
    let whole = match unit {
        Some(unit) => geometries(unit.zone),
        None => geometries(district),
    };
    let Some(whole) = merged(&whole) else { return Ok(None) };
    let ground = if choice == 1.0 {
        let waters = asking.input.together(Role::WaterBody);
        let waters = waters.ok_or(AskError::NoLayer(Role::WaterBody))?;
        without(&whole, &geometries(waters))
    } else if choice == 2.0 {
        let built = asking.input.together(Role::UrbanBoundary);
        let built = built.ok_or(AskError::NoLayer(Role::UrbanBoundary))?;
        let built = Expression::parse("kind = '建成区'")?.chosen(built)?;
        // What is both is what is left without what is not built up.
        let outside = without(&whole, &geometries(&built));
        match outside {
            Some(outside) => without(&whole, &[outside]),
            None => Some(whole),
        }
    } else {
        Some(whole)
    };
    Ok(ground.as_ref().and_then(layer_of).map(Arc::new))
}
