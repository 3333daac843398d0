//! Figures of a rule: a measure, or one measure over another.

use super::{Rule, RuleInput, Said, Values};
use crate::model::Role;
use crate::progress::Progress;
use crate::query::expression::{Expression, ExpressionError};
use crate::query::{AskError, Inside, inspect, union_area_m2};
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
}

fn one() -> f64 {
    1.0
}

impl Measure {
    fn roles(&self) -> &[Role] {
        match self {
            Self::Area { roles, .. } | Self::Count { roles, .. } | Self::Sum { roles, .. } => roles,
        }
    }

    fn inside(&self) -> Option<Role> {
        match self {
            Self::Area { inside, .. } => *inside,
            _ => None,
        }
    }

    fn condition(&self) -> Option<&String> {
        match self {
            Self::Area { only, .. } | Self::Count { only, .. } => only.as_ref(),
            Self::Sum { .. } => None,
        }
    }
}

impl Figure {
    fn measures(&self) -> impl Iterator<Item = &Measure> {
        std::iter::once(&self.of).chain(&self.per)
    }

    /// Of each measure one of its roles must be there, and what it lies in.
    pub(super) fn needs(&self) -> Vec<Vec<Role>> {
        let of = |m: &Measure| [m.roles().to_vec(), m.inside().into_iter().collect()];
        self.measures().flat_map(of).collect()
    }

    pub(super) fn roles(&self) -> Vec<Role> {
        self.needs().concat()
    }

    pub(super) fn conditions(&self) -> impl Iterator<Item = &String> {
        self.measures().filter_map(Measure::condition)
    }

    /// The figure; `None` where it would be a share of nothing.
    ///
    /// # Errors
    /// [`AskError`]: a column that is not there, cancelled.
    pub(super) fn worked_out(
        &self,
        rule: &Rule,
        input: &RuleInput,
        values: &Values,
        progress: &Progress,
    ) -> Result<Option<f64>, AskError> {
        let of = measured(&self.of, rule, input, values, progress)?;
        let Some(per) = &self.per else { return Ok(Some(of * self.scale)) };
        let per = measured(per, rule, input, values, progress)?;
        Ok((per > 0.0).then(|| of / per * self.scale))
    }
}

fn measured(
    measure: &Measure,
    rule: &Rule,
    input: &RuleInput,
    values: &Values,
    progress: &Progress,
) -> Result<f64, AskError> {
    progress.advance(0)?;
    let only = measure.condition().map(|text| Expression::parse(&rule.with_values(text, values))).transpose()?;
    let mut layers = Vec::new();
    for layer in measure.roles().iter().filter_map(|role| input.together(*role)) {
        layers.push(match &only {
            Some(expression) => Arc::new(expression.chosen(layer)?),
            None => Arc::clone(layer),
        });
    }
    match measure {
        Measure::Count { .. } => Ok(layers.iter().map(|layer| layer.feature_count() as f64).sum()),
        Measure::Sum { column, .. } => {
            let mut sum = 0.0;
            for layer in &layers {
                let layer = layer.layer();
                let column = layer
                    .attributes
                    .column(column)
                    .ok_or_else(|| AskError::Expression(ExpressionError::NoColumn(column.clone())))?;
                sum += layer.rows().filter_map(|row| layer.attributes.value(row, column).as_number()).sum::<f64>();
            }
            Ok(sum)
        }
        Measure::Area { inside: None, .. } => Ok(union_area_m2(&layers)),
        Measure::Area { inside: Some(role), .. } => {
            let Some(zone) = input.together(*role) else { return Ok(0.0) };
            // Under one role, so that ground that several cover counts once.
            let together: Vec<_> = layers.into_iter().map(|layer| (Role::Park, layer)).collect();
            let found = inspect(zone, &together, progress)?;
            Ok(match found.layers.get(Role::Park.id()).and_then(|inside| inside.inside) {
                Some(Inside::AreaM2(m2)) => m2,
                _ => 0.0,
            })
        }
    }
}
