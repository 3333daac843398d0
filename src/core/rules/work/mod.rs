//! What rules do beside asking: one kind of work a file, each over the kind of the same name in `query`.

mod audit;
mod burdens;
mod circle;
mod contents;
mod derived;
mod network;
mod siting;
mod strip;
mod supply;
mod zoning;

pub use audit::AuditWork;
pub use burdens::BurdensWork;
pub use circle::CircleWork;
pub use contents::ContentsWork;
pub(super) use derived::AreasMet;
pub use derived::{ByGridWork, areas_of_sums};
pub use network::NetworkWork;
pub use siting::SitingWork;
pub use strip::StripWork;
pub use supply::SupplyWork;
pub use zoning::ZoningWork;

use super::answer::RuleAnswer;
use super::input::joined;
use super::run::Asking;
use super::targets::Plan;
use crate::index::IndexedLayer;
use crate::model::Role;
use crate::query::AskError;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What counts beside a work's facilities where a parameter says so (1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// The role.
    pub role: Role,
    /// The parameter.
    pub counts: String,
}

impl Beside {
    /// The facilities of a role, with those that count beside them.
    ///
    /// # Errors
    /// Neither is there.
    fn together(beside: Option<&Self>, facilities: Role, asking: &Asking<'_>) -> Result<Arc<IndexedLayer>, AskError> {
        let own = asking.input.together(facilities);
        let more = beside.filter(|more| asking.value(&more.counts) >= 0.5);
        let more = more.and_then(|more| asking.input.together(more.role));
        match (own, more) {
            (Some(own), Some(more)) => Ok(Arc::new(joined(facilities, &[own, more]))),
            (own, more) => own.or(more).cloned().ok_or(AskError::NoLayer(facilities)),
        }
    }

    /// The role with that of the facilities, of which one must be there.
    fn with(beside: Option<&Self>, facilities: Role) -> Vec<Role> {
        std::iter::once(facilities).chain(beside.map(|more| more.role)).collect()
    }
}

/// A kind of work with what it is put to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Work {
    /// Two versions of a layer held against one another.
    Audit(AuditWork),
    /// Sites chosen that close most of a gap.
    Siting(SitingWork),
    /// How lines hang together.
    Network(NetworkWork),
    /// Strips along waters.
    Strip(StripWork),
    /// Zones made of grounds.
    Zoning(ZoningWork),
    /// Kinds of services within distances.
    Circle(CircleWork),
    /// What lies in each zone.
    Contents(ContentsWork),
    /// What takes of each plot.
    Burdens(BurdensWork),
    /// What parks give each person within reach.
    Supply(SupplyWork),
    /// What the others found, by town and grid.
    ByGrid(ByGridWork),
    /// The plan's targets beside what the others measured.
    Targets,
    /// What the others found, as findings with a state.
    Findings,
    /// All layers in one map.
    OneMap,
}

impl Work {
    /// Roles without which it cannot run, of each set one.
    pub(super) fn needs(&self) -> Vec<Vec<Role>> {
        match self {
            Self::Audit(work) => vec![vec![work.before], vec![work.after]],
            Self::Siting(work) => {
                let facilities = Beside::with(work.beside.as_ref(), work.facilities);
                vec![vec![work.demand], facilities, vec![work.candidates]]
            }
            Self::Network(work) => vec![vec![work.lines]],
            Self::Strip(work) if work.lakes.is_some() => vec![vec![work.rivers, work.bodies]],
            Self::Strip(work) => vec![vec![work.rivers]],
            Self::Burdens(work) => vec![vec![work.plots], work.zones.clone()],
            Self::Supply(work) => vec![vec![work.demand], Beside::with(work.beside.as_ref(), work.facilities)],
            Self::Zoning(work) => vec![work.grounds.iter().map(|ground| ground.role).collect()],
            Self::Circle(work) => vec![vec![work.demand], vec![work.services]],
            Self::Contents(work) => vec![vec![work.zones]],
            Self::ByGrid(work) => vec![work.areas.clone()],
            Self::Targets | Self::Findings | Self::OneMap => Vec::new(),
        }
    }

    /// Every role that it reads.
    pub(super) fn roles(&self) -> Vec<Role> {
        let more = match self {
            Self::Strip(work) => {
                let more = work.intruders.into_iter().chain(work.by).chain([work.inside, work.bodies]);
                more.chain(work.greens.iter().copied()).collect()
            }
            Self::Supply(work) => vec![work.by],
            Self::Circle(work) => vec![work.roads],
            Self::Contents(work) => [work.listed.clone(), work.counted.clone()].concat(),
            Self::Audit(_)
            | Self::Siting(_)
            | Self::Network(_)
            | Self::Zoning(_)
            | Self::ByGrid(_)
            | Self::Burdens(_) => Vec::new(),
            Self::Targets | Self::Findings | Self::OneMap => Vec::new(),
        };
        self.needs().concat().into_iter().chain(more).collect()
    }

    /// CQL2 texts in it.
    pub(super) fn conditions(&self) -> Vec<&String> {
        match self {
            Self::Zoning(work) => work.grounds.iter().filter_map(|ground| ground.only.as_ref()).collect(),
            Self::Audit(work) => work.only.iter().collect(),
            Self::Strip(work) => work.rivers_where.iter().chain(&work.lakes).chain(&work.ponds).collect(),
            _ => Vec::new(),
        }
    }

    /// Roles with the columns that are read of them.
    pub(super) fn columns_read(&self, columns: &dyn Fn(&String) -> Vec<String>) -> Vec<(Vec<Role>, Vec<String>)> {
        match self {
            Self::Audit(work) => work.columns_read(columns),
            Self::Strip(work) => work.columns_read(columns),
            Self::Zoning(work) => {
                let grounds = work.grounds.iter();
                grounds.filter_map(|g| Some((vec![g.role], columns(g.only.as_ref()?)))).collect()
            }
            Self::Burdens(work) => work.columns_read(),
            Self::Contents(_) => vec![(vec![Role::Residential], vec!["population".to_owned()])],
            Self::Siting(work) => vec![(vec![work.demand], vec![work.people.clone()])],
            Self::Circle(work) => {
                vec![(vec![work.demand], vec![work.people.clone()]), (vec![work.services], vec![work.kind.clone()])]
            }
            Self::Supply(work) => vec![(vec![work.demand], vec![work.people.clone()])],
            _ => Vec::new(),
        }
    }

    /// Parameters that it names.
    pub(super) fn named(&self) -> Vec<&String> {
        match self {
            Self::Siting(work) => {
                let own = [&work.radius, &work.min_area, &work.sites].into_iter();
                own.chain(work.beside.iter().map(|more| &more.counts)).collect()
            }
            Self::Network(work) => vec![&work.snap, &work.link],
            Self::Strip(work) => {
                work.grades.iter().map(|g| &g.width).chain(&work.river_width).chain([&work.body_strip]).collect()
            }
            Self::Zoning(work) => work.grounds.iter().filter_map(|ground| ground.strip.as_ref()).collect(),
            Self::Circle(work) => work.distances.iter().chain([&work.snap]).collect(),
            Self::ByGrid(work) => vec![&work.by],
            Self::Supply(work) => {
                let own = [&work.radius, &work.min_area, &work.least].into_iter();
                own.chain(work.beside.iter().map(|more| &more.counts)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// What counts beside its facilities where a parameter says so.
    pub(super) fn beside(&self) -> Option<&Beside> {
        match self {
            Self::Siting(work) => work.beside.as_ref(),
            Self::Supply(work) => work.beside.as_ref(),
            _ => None,
        }
    }

    /// True where layers have the columns without which the work says nothing, false where that depends on what it finds.
    ///
    /// # Errors
    /// The column that one of them lacks.
    pub(super) fn has_columns(&self, asking: &Asking<'_>) -> Result<bool, AskError> {
        let has = |role: Role, name: &String| {
            let layer = asking.input.together(role).map(|indexed| indexed.layer());
            layer.is_none_or(|layer| layer.is_empty() || layer.attributes.column(name).is_some())
        };
        let needs = |role: Role, name: &String| {
            if has(role, name) { Ok(true) } else { Err(AskError::Lacks(role, name.clone())) }
        };
        match self {
            Self::Supply(work) => needs(work.demand, &work.people),
            Self::Circle(work) => needs(work.services, &work.kind).and_then(|_| needs(work.demand, &work.people)),
            Self::Siting(work) if !has(work.demand, &work.people) => Err(AskError::NoColumn(work.people.clone())),
            Self::Audit(work) => {
                for role in [work.before, work.after] {
                    asking.chosen(role, work.only.as_ref())?;
                    if let Some(key) = work.key.as_ref().filter(|key| !has(role, key)) {
                        return Err(AskError::NoColumn(key.clone()));
                    }
                }
                Ok(true)
            }
            // Whether a water's edge, or a shore's land, is known is seen where it is drawn.
            Self::Strip(_) => Ok(false),
            _ => Ok(true),
        }
    }

    /// True for what is put together from what other rules found.
    pub(super) fn is_derived(&self) -> bool {
        matches!(self, Self::ByGrid(_) | Self::Targets | Self::Findings | Self::OneMap)
    }

    /// Does it.
    pub(super) fn run(
        &self,
        asking: &Asking<'_>,
        others: &[&RuleAnswer],
        plan: Option<&Plan>,
        answer: &mut RuleAnswer,
    ) -> Result<(), AskError> {
        match self {
            Self::Audit(work) => work.run(asking, answer),
            Self::Siting(work) => work.run(asking, answer),
            Self::Network(work) => work.run(asking, answer),
            Self::Strip(work) => work.run(asking, answer),
            Self::Zoning(work) => work.run(asking, answer),
            Self::Circle(work) => work.run(asking, answer),
            Self::Contents(work) => work.run(asking, answer),
            Self::Burdens(work) => work.run(asking, answer),
            Self::Supply(work) => work.run(asking, answer),
            Self::ByGrid(work) => work.run(asking, others, answer),
            Self::Targets => {
                derived::targets(others, plan, answer);
                Ok(())
            }
            // What they come to is kept beside the project, or drawn.
            Self::Findings | Self::OneMap => Ok(()),
        }
    }
}
