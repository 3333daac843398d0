//! What a step about gaps comes to: figures for the whole and by town, and the ground that a later step begins with.

use super::RuleFigure;
use super::answer::{LeftGround, RuleAnswer, RuleValue};
use super::input::ByArea;
use super::matched::Matched;
use super::run::Asking;
use super::{Group, Said, StepKind};
use crate::i18n::{Lang, between};
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry};

use crate::model::Role;
use crate::query::{Answer, AskError, Figures, Layers, Note, Question, common_pairs};
use std::sync::Arc;

impl RuleAnswer {
    /// The figures of a question about gaps, for the whole and by town.
    pub(super) fn gap_figures(
        &mut self,
        asking: &Asking<'_>,
        number: usize,
        answer: &Answer,
        layers: &Layers,
    ) -> Result<(), AskError> {
        let Figures::Gaps { demand_m2, people, people_unserved, unserved_m2, .. } = &answer.summary.figures else {
            return Ok(());
        };
        // Of what an earlier step left, the shares are of all that it began with.
        let whole = asking.rule.steps[number].left_by.and_then(|earlier| self.left.get(&(earlier - 1)));
        let [whole_m2, whole_people] = whole.map_or([*demand_m2, people.unwrap_or(0.0)], |left| left.of);
        // A share of people is none where nobody knows how many there are.
        let is_known = !answer.notes.iter().any(|note| matches!(note, Note::PeopleUnknown { .. }));
        // A share of nothing is none.
        let covered_share = (whole_m2 > 0.0).then(|| (1.0 - unserved_m2 / whole_m2) * 100.0);
        // Several questions of one rule are told apart by their titles.
        let step = &asking.rule.steps[number];
        let many = asking.rule.steps.iter().filter(|step| step.kind == StepKind::Gaps).count() > 1;
        let name = |stem: &str| format!("{stem}_{}", number + 1);
        let titled = |figure: RuleFigure| {
            // What is served is called by what serves it, what is not by what it lacks.
            let is_served = figure.name.starts_with("covered") || figure.name.starts_with("people_share");
            let own = step.served.as_ref().filter(|_| is_served).or(step.title.as_ref());
            let Some(own) = own.filter(|_| many) else { return figure };
            RuleFigure {
                title: Said {
                    zh: format!("{}{}", own.zh, figure.title.zh),
                    en: format!("{}: {}", own.en, figure.title.en),
                },
                ..figure
            }
        };
        let mut figures = vec![RuleFigure::new(name("covered_share"), "rules.covered_share", covered_share, "%")];
        figures.push(RuleFigure::hectares(name("unserved_ha"), "rules.unserved_m2", *unserved_m2));
        if step.people.is_some() {
            // Their number is none where that of a home that is not served is not known.
            let at = answer.columns.iter().position(|column| *column == "people");
            let is_open = at.is_some_and(|at| {
                answer.features.iter().any(|gap| matches!(gap.values.get(at), Some(Added::Null) | None))
            });
            let known = people_unserved.filter(|_| !is_open);
            figures.push(RuleFigure::new(name("people_unserved"), "rules.people_unserved", known, "人"));
            if let Some(told) = self.summaries.last_mut() {
                // Nor are they in the summary.
                for (key, is_known) in [("people", is_known), ("people_unserved", !is_open)] {
                    if !is_known {
                        told[key] = serde_json::Value::Null;
                    }
                }
            }
            let served = people_unserved.filter(|_| whole_people > 0.0 && is_known);
            let served = served.map(|unserved| (whole_people - unserved) / whole_people * 100.0);
            figures.push(RuleFigure::new(name("people_share"), "rules.people_share", served, "%"));
        }
        let figures: Vec<RuleFigure> = figures.into_iter().map(titled).collect();
        // Whose denominator is nothing.
        for figure in &figures {
            let of_ground = figure.name.starts_with("covered_share") && whole_m2 <= 0.0;
            if of_ground || (figure.name.starts_with("people_share") && whole_people <= 0.0 && is_known) {
                let roles = |lang: Lang| {
                    step.subject.iter().map(|role| role.title(lang)).collect::<Vec<_>>().join(between(lang))
                };
                self.note_nothing(&figure.title, |lang| match of_ground {
                    true => roles(lang),
                    false => super::told::people_of(&roles(lang), lang),
                });
            }
        }
        self.figures.extend(figures);
        // What of each home, and of each gap, lies in which town; and what a later step begins with.
        let towns = asking.input.together(Role::Town);
        let is_begun_with = asking.rule.steps.iter().any(|step| step.left_by == Some(number + 1));
        if towns.is_none() && !is_begun_with {
            return Ok(());
        }
        let gaps = Arc::new(answer.rows("gaps", layers, asking.progress)?);
        if is_begun_with {
            let rows = answer.features.iter().filter_map(|feature| feature.row).collect();
            // Of homes some of whose people nobody knows, no share is told later either.
            let of = [whole_m2, if is_known { whole_people } else { 0.0 }];
            let names = answer.column_names(layers);
            self.left.insert(number, LeftGround { layer: Arc::clone(&gaps), rows, names, of });
        }
        // By town the first questions tell; of what one left there is no share by town.
        let Some(towns) = towns.filter(|_| step.left_by.is_none()) else { return Ok(()) };
        // Ground, and people where they are known.
        let shares = |layer: &Arc<IndexedLayer>, people: &str| -> Result<ByArea, AskError> {
            let (pairs, _) = common_pairs(layer, towns, asking.by())?;
            let mut by = ByArea::new();
            for pair in pairs {
                let layer = layer.layer();
                let column = layer.attributes.column(people);
                let own = column.and_then(|column| crate::query::count_of(layer, pair.row, column));
                let sum = by.entry(pair.with).or_insert((0.0, Some(0.0)));
                *sum = (sum.0 + pair.area_m2, sum.1.zip(own).map(|(sum, own)| sum + own * pair.share));
            }
            Ok(by)
        };
        let Question::Gaps { people: counted, .. } = &answer.question else { return Ok(()) };
        // Several questions begin with all homes.
        let counted_by = counted.as_deref().unwrap_or_default();
        let of = (&*layers.subject, &**towns, counted_by);
        let all = asking.input.shared_out(of, || shares(&layers.subject, counted_by))?;
        let lacking = shares(&gaps, name_of(&answer.column_names(layers), "people"))?;
        let groups = towns.rows().filter_map(|town| {
            let (all_m2, all_people) = all.get(&town)?;
            let (m2, people) = lacking.get(&town).copied().unwrap_or((0.0, Some(0.0)));
            let covered = (*all_m2 > 0.0).then(|| (1.0 - m2 / all_m2) * 100.0);
            let mut figures = vec![RuleFigure::new(name("covered_share"), "rules.covered_share", covered, "%")];
            figures.push(RuleFigure::hectares(name("unserved_ha"), "rules.unserved_m2", m2));
            if counted.is_some() && *all_people != Some(0.0) {
                figures.push(RuleFigure::new(name("people_unserved"), "rules.people_unserved", people, "人"));
            }
            Some(Group {
                by: Role::Town.id().to_owned(),
                title: Role::Town.said(),
                name: Said::as_is(towns.layer().label(town)),
                area: Some((Role::Town, town)),
                figures: figures.into_iter().map(titled).collect(),
            })
        });
        self.add_groups(groups.collect());
        Ok(())
    }
}

impl LeftGround {
    /// The name that a column has which the question added: a home may have one of that name itself.
    pub(super) fn added<'a>(&'a self, name: &'a str) -> &'a str {
        name_of(&self.names, name)
    }

    /// A match of what was left as one of the home: its row, its ground, its share of the whole.
    pub(super) fn of_home(&self, one: Matched) -> Matched {
        let layer = self.layer.layer();
        let share = layer.attributes.get(one.row, self.added("share")).as_number().unwrap_or(1.0);
        let geometry = match one.geometry {
            OutGeometry::Unchanged => {
                OutGeometry::Polygons(layer.geometries.parts(one.row).map(|part| part.open_rings()).collect())
            }
            made => made,
        };
        let values = one.values.into_iter().map(|(name, value)| match value {
            RuleValue::Plain(Added::Number(n)) if name == "share" => (name, Added::Number(n * share).into()),
            value => (name, value),
        });
        let row = self.rows.get(one.row).copied().unwrap_or(one.row);
        Matched { row, geometry, values: values.collect(), ..one }
    }
}

/// The name that an added column has in an answer read back: another where its own was taken.
fn name_of<'a>(names: &'a [(String, &'static str)], asked: &'a str) -> &'a str {
    names.iter().find(|(_, own)| *own == asked).map_or(asked, |(name, _)| name)
}
