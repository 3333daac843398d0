//! Figures of a rule: a measure, or one measure over another; for the whole, and by district, town or grid.

use super::RuleFigure;
use super::Said;
use super::answer::{Group, RuleAnswer};
use super::measure::{Measuring, Unit};
use super::run::Asking;
use super::told::first_names;
use crate::i18n::{Lang, between, tr};
use crate::index::IndexedLayer;
use crate::model::Role;
use crate::query::expression::Expression;
use crate::query::{AskError, is_area};
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
        /// Features for which this CQL2 text is true may be still to come: they do not count, and are named.
        #[serde(default)]
        ahead: Option<String>,
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
        /// As of `area`.
        #[serde(default)]
        ahead: Option<String>,
    },
    /// How many features there are.
    Count {
        /// Of these roles.
        roles: Vec<Role>,
        /// Only features for which this CQL2 text is true.
        #[serde(default, rename = "where")]
        only: Option<String>,
        /// Only features near others.
        #[serde(default)]
        near: Option<NearBy>,
    },
    /// How many features the rule's steps found.
    Found {
        /// Of these roles.
        roles: Vec<Role>,
        /// Only features for which this CQL2 text is true.
        #[serde(default, rename = "where")]
        only: Option<String>,
    },
    /// The sum of a column over the features that the rule's steps found, or of what the rule added to them.
    FoundSum {
        /// Of these roles.
        roles: Vec<Role>,
        /// The column.
        #[serde(default)]
        column: Option<String>,
        /// What the rule added.
        #[serde(default)]
        added: Option<String>,
    },
    /// The ground of the pieces that the rule's steps found; m².
    Pieces {
        /// Of features of these roles.
        roles: Vec<Role>,
    },
    /// The sum of a column.
    Sum {
        /// Of these roles.
        roles: Vec<Role>,
        /// The column.
        column: String,
    },
}

/// What features must lie near.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NearBy {
    /// The role.
    pub role: Role,
    /// Only features of it for which this CQL2 text is true.
    #[serde(default, rename = "where")]
    pub only: Option<String>,
    /// The parameter of the distance; metres, rivers from their bank.
    pub distance: String,
    /// True where the nearest of all of the role's features must be one of those.
    #[serde(default)]
    pub nearest: bool,
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
    /// True for what is left of one: the share of the rest.
    #[serde(default)]
    pub complement: bool,
    /// The unit of the result.
    pub unit: String,
    /// The quotient is multiplied by this: 100 for per cent.
    #[serde(default = "one")]
    pub scale: f64,
    /// True where a feature counts only if every term of a cell is what is asked for, as in a share.
    #[serde(default)]
    pub wholly: bool,
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
    pub(super) fn roles(&self) -> &[Role] {
        match self {
            Self::Area { roles, .. }
            | Self::Length { roles, .. }
            | Self::Count { roles, .. }
            | Self::Found { roles, .. }
            | Self::FoundSum { roles, .. }
            | Self::Pieces { roles }
            | Self::Sum { roles, .. } => roles,
            Self::Ground { .. } => &[],
        }
    }

    pub(super) fn inside(&self) -> Option<Role> {
        match self {
            Self::Area { inside, .. } => *inside,
            _ => None,
        }
    }

    pub(super) fn ground(&self) -> Option<&String> {
        match self {
            Self::Area { ground, .. } => ground.as_ref(),
            Self::Ground { ground } => Some(ground),
            _ => None,
        }
    }

    /// The condition of features that may be still to come.
    pub(super) fn ahead(&self) -> Option<&String> {
        match self {
            Self::Area { ahead, .. } | Self::Length { ahead, .. } => ahead.as_ref(),
            _ => None,
        }
    }

    pub(super) fn condition(&self) -> Option<&String> {
        match self {
            Self::Area { only, .. }
            | Self::Length { only, .. }
            | Self::Count { only, .. }
            | Self::Found { only, .. } => only.as_ref(),
            Self::Sum { .. } | Self::Ground { .. } | Self::FoundSum { .. } | Self::Pieces { .. } => None,
        }
    }
}

impl Measure {
    /// True for what the rule's steps found, which the answer lists feature by feature.
    fn is_of_found(&self) -> bool {
        matches!(self, Self::Found { .. } | Self::FoundSum { .. } | Self::Pieces { .. })
    }

    /// What it measures, in words: 农用地（安全利用类、严格管控类）.
    fn what(&self, lang: Lang) -> String {
        let ground = self.ground().map(|_| Role::District);
        let roles: Vec<&str> = self.roles().iter().chain(&ground).map(|role| role.title(lang)).collect();
        let expression = self.condition().and_then(|text| Expression::parse(text).ok());
        let words: Vec<String> =
            expression.iter().flat_map(|e| e.literals()).map(|(_, word)| word.to_owned()).collect();
        let roles = roles.join(between(lang));
        match (words.is_empty(), lang) {
            (true, _) => roles,
            (false, Lang::Zh) => format!("{roles}（{}）", words.join(between(lang))),
            (false, Lang::En) => format!("{roles} ({})", words.join(between(lang))),
        }
    }

    pub(super) fn near(&self) -> Option<&NearBy> {
        match self {
            Self::Count { near, .. } => near.as_ref(),
            _ => None,
        }
    }
}

/// The measures of a figure.
struct Measures<'m> {
    of: Measuring<'m>,
    per: Option<Measuring<'m>>,
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
            let near = m.near().map(|near| vec![near.role]).unwrap_or_default();
            [roles, m.inside().map(whole).unwrap_or_default(), district, near]
        };
        self.measures().flat_map(of).collect()
    }

    pub(super) fn roles(&self) -> Vec<Role> {
        let grounds = self.measures().filter_map(Measure::ground).flat_map(|_| [Role::WaterBody, Role::UrbanBoundary]);
        self.needs().concat().into_iter().chain(grounds).chain(self.by.iter().copied()).collect()
    }

    /// Roles whose geometry is measured.
    pub(super) fn roles_by_geometry(&self) -> Vec<Role> {
        // What is counted near others is counted by attributes first: without a place it lies near nothing.
        self.measures()
            .filter(|m| matches!(m, Measure::Area { .. } | Measure::Length { .. }))
            .flat_map(|m| m.roles().to_vec())
            .collect()
    }

    /// Parameters that choose the ground.
    pub(super) fn grounds(&self) -> Vec<&String> {
        self.measures().filter_map(Measure::ground).collect()
    }

    pub(super) fn conditions(&self) -> impl Iterator<Item = &String> {
        let of_near = self.measures().filter_map(Measure::near).filter_map(|near| near.only.as_ref());
        self.measures().flat_map(|m| m.condition().into_iter().chain(m.ahead())).chain(of_near)
    }

    /// Conditions with the roles whose features they choose.
    pub(super) fn conditions_of(&self) -> impl Iterator<Item = (Vec<Role>, &String)> {
        let texts = |m| Measure::condition(m).into_iter().chain(Measure::ahead(m));
        let own = self.measures().flat_map(move |m| texts(m).map(|text| (m.roles().to_vec(), text)));
        let of_near = self.measures().filter_map(Measure::near);
        own.chain(of_near.filter_map(|near| Some((vec![near.role], near.only.as_ref()?))))
    }

    /// Roles with the columns that are read of them.
    pub(super) fn columns_read(&self, columns: &dyn Fn(&String) -> Vec<String>) -> Vec<(Vec<Role>, Vec<String>)> {
        let mut read = Vec::new();
        for measure in self.measures() {
            read.extend(measure.condition().map(|text| (measure.roles().to_vec(), columns(text))));
            if let Measure::Sum { roles, column } = measure {
                // Where there is no district, its towns are it.
                read.push(([roles.clone(), vec![Role::Town]].concat(), vec![column.clone()]));
            }
            if measure.ground().is_some() {
                read.push((vec![Role::UrbanBoundary], vec!["kind".to_owned()]));
            }
            if let Measure::FoundSum { roles, column: Some(column), .. } = measure {
                read.push((roles.clone(), vec![column.clone()]));
            }
            if let Some(NearBy { role, only: Some(text), .. }) = measure.near() {
                read.push((vec![*role], columns(text)));
            }
        }
        read
    }

    /// True where a layer that it measures lacks a column that it reads.
    pub(super) fn lacks_column(&self, asking: &Asking<'_>) -> bool {
        let columns = |text: &String| -> Vec<String> {
            let expression = crate::query::expression::Expression::parse(&asking.text(text));
            expression.map(|e| e.columns().into_iter().map(str::to_owned).collect()).unwrap_or_default()
        };
        self.columns_read(&columns).iter().any(|(roles, columns)| {
            let layers = roles.iter().filter_map(|role| asking.input.together(*role)).map(|indexed| indexed.layer());
            let mut layers = layers.filter(|layer| !layer.is_empty());
            layers.any(|layer| columns.iter().any(|name| layer.attributes.column(name).is_none()))
        })
    }

    pub(super) fn named(&self) -> impl Iterator<Item = &String> {
        let of_near = self.measures().filter_map(Measure::near).map(|near| &near.distance);
        self.measures().filter_map(Measure::ground).chain(of_near)
    }

    /// The figure where nothing says what it is.
    pub(super) fn undecided(&self) -> RuleFigure {
        RuleFigure::titled(self.name.clone(), self.title.clone(), None::<f64>, &self.unit)
    }

    /// The figure; without a value where it would be a share of nothing, or where what it is a share of is not known.
    ///
    /// # Errors
    /// [`AskError`]: a column that is not there, cancelled.
    pub(super) fn worked_out(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<RuleFigure, AskError> {
        let measures = self.chosen(asking, answer)?;
        self.within(&measures, asking, None, answer)
    }

    /// The figure of each area of the roles that it is wanted by.
    ///
    /// # Errors
    /// As [`Self::worked_out`].
    pub(super) fn by_area(&self, asking: &Asking<'_>, answer: &mut RuleAnswer) -> Result<Vec<Group>, AskError> {
        let mut groups = Vec::new();
        if self.by.is_empty() {
            return Ok(groups);
        }
        let measures = self.chosen(asking, answer)?;
        for role in &self.by {
            let Some(areas) = asking.input.together(*role) else { continue };
            for row in areas.rows().filter(|row| is_area(areas.layer(), *row)) {
                let zone = IndexedLayer::of_rows(Arc::clone(areas.layer()), [row]);
                let unit = Unit { role: *role, row, zone: &zone };
                match self.within(&measures, asking, Some(&unit), answer) {
                    Ok(figure) => groups.push(Group {
                        by: role.id().to_owned(),
                        title: role.said(),
                        name: Said::as_is(areas.layer().label(row)),
                        area: Some((*role, row)),
                        figures: vec![figure],
                    }),
                    // Towns need not have what the district has: that is said.
                    Err(AskError::Lacks(of, column)) => {
                        answer.tell_no_column(asking, of, &column);
                        break;
                    }
                    Err(e) => return Err(e),
                }
            }
        }
        Ok(groups)
    }

    /// Its measures, each with the features that it counts.
    fn chosen(&self, asking: &Asking<'_>, answer: &RuleAnswer) -> Result<Measures<'_>, AskError> {
        let but = self.wholly_but(asking)?;
        let of = Measuring::of(&self.of, but.as_deref(), asking, answer)?;
        let per = self.per.as_ref().map(|per| Measuring::of(per, None, asking, answer)).transpose()?;
        Ok(Measures { of, per })
    }

    /// True for a share of which more is better, and for what else counts only what is wholly so.
    fn is_promised(&self) -> bool {
        !self.complement && (self.per.is_some() || self.wholly)
    }

    /// Where a share is promised, only what is wholly so counts: the columns for which that does not hold, as they choose
    /// what it is a share of. None for figures that promise nothing.
    fn wholly_but(&self, asking: &Asking<'_>) -> Result<Option<Vec<String>>, AskError> {
        if !self.is_promised() {
            return Ok(None);
        }
        let Some(text) = self.per.as_ref().and_then(Measure::condition) else { return Ok(Some(Vec::new())) };
        let expression = Expression::parse(&asking.text(text))?;
        Ok(Some(expression.literals().into_iter().map(|(column, _)| column.to_owned()).collect()))
    }

    fn within(
        &self,
        measures: &Measures<'_>,
        asking: &Asking<'_>,
        unit: Option<&Unit<'_>>,
        answer: &mut RuleAnswer,
    ) -> Result<RuleFigure, AskError> {
        let of = measures.of.measured(asking, unit, answer)?;
        // Where nobody can say how much more it may be, it is no figure.
        let is_open = !of.open.is_empty() || !of.ahead.is_empty();
        let own = of.value.filter(|_| !is_open || of.most.is_some());
        let (value, may_be) = match &measures.per {
            None => (own.map(|of| of * self.scale), of.most.map(|of| of * self.scale)),
            Some(per) => {
                let per = per.measured(asking, unit, answer)?;
                if unit.is_none() {
                    self.tell_open(&per.open, "figure.per_open", answer);
                }
                if unit.is_none() && per.value == Some(0.0) && per.open.is_empty() {
                    let asked = self.per.as_ref();
                    answer.note_nothing(&self.title, |lang| asked.map_or_else(String::new, |per| per.what(lang)));
                }
                if unit.is_none() && !per.lost.is_empty() {
                    let n = per.lost.len();
                    answer.note(Said::told(|lang| {
                        let names = first_names(&per.lost, lang);
                        tr!(lang, "figure.per_lost", figure = self.title.text(lang), n = n, names = names).into_owned()
                    }));
                }
                // What is open may be more, and what lies nowhere may be any share: nothing is a share of that.
                let is_known = per.open.is_empty() && per.lost.is_empty();
                let whole = per.value.filter(|m| *m > 0.0 && is_known);
                let share = |of: f64, per: f64| if self.complement { 1.0 - of / per } else { of / per };
                let of_whole = |of: Option<f64>| of.zip(whole).map(|(of, per)| share(of, per) * self.scale);
                (of_whole(own), of_whole(of.most))
            }
        };
        if unit.is_none() {
            self.tell_open(&of.open, "figure.of_open", answer);
            self.tell_open(&of.ahead, "figure.ahead", answer);
        }
        // An empty sum is −0.
        let (value, may_be) = (value.map(|value| value + 0.0), may_be.map(|value| value + 0.0));
        let between = value.zip(may_be).map(|(value, other)| [value.min(other), value.max(other)]);
        // What was found counts as found, and what may be is listed beside it; of a share that is promised only what is surely
        // so counts. Any other figure is one only where all that it may be is the same.
        let is_listed = self.per.is_none() && self.of.is_of_found();
        let stands = is_listed || self.is_promised() || between.is_none_or(|[low, high]| low == high);
        let value = value.filter(|_| stands);
        Ok(RuleFigure { value, between, ..self.undecided() })
    }

    /// Says which features nobody can count.
    fn tell_open(&self, open: &[String], key: &str, answer: &mut RuleAnswer) {
        if open.is_empty() {
            return;
        }
        let n = open.len();
        answer.note(Said::told(|lang| {
            let names = first_names(open, lang);
            tr!(lang, key, figure = self.title.text(lang), n = n, names = names).into_owned()
        }));
    }
}
