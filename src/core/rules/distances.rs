//! Steps of rules that go by distances: within, beyond, and the ground near.

use super::answer::{RuleAnswer, RuleValue};
use super::bank::{Bank, NearestBank};
use super::choose::{Chosen, Doubts, doubts_of};
use super::matched::Matched;
use super::run::Asking;
use super::step::{copied, together};
use super::told::first_names;
use super::{Said, Step, StepKind};
use crate::i18n::{Lang, between, tr};
use crate::index::IndexedLayer;
use crate::io::geojson::{Added, OutGeometry};
use crate::model::Role;
use crate::query::{AskError, Layers, Question, ask_by, is_area, is_screened};
use crate::vocabulary::Doubt;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

impl RuleAnswer {
    /// Rows of the subject within the distance of a reference, with the nearest of all; rivers from their bank.
    pub(super) fn within(
        &mut self,
        asking: &Asking<'_>,
        step: &Step,
        subject: &Chosen,
        references: &[Chosen],
    ) -> Result<Vec<Matched>, AskError> {
        let distance_m = step.distance.as_ref().map_or(0.0, |name| asking.value(name));
        let water = step.sides.then(|| asking.input.together(Role::WaterBody)).flatten();
        let screens = step.unless_between.and_then(|role| asking.input.together(role));
        let (mut all, mut screened) = (Vec::new(), Vec::new());
        for (own, own_doubts) in subject.both() {
            for is_certain in [true, false] {
                let (mut banks, mut doubts) = (Vec::new(), Vec::new());
                let mut wide: Vec<(Vec<Bank>, Doubts)> = Vec::new();
                for reference in references {
                    let (layer, of): (_, Doubts) = match (&reference.doubtful, is_certain) {
                        (_, true) => (Arc::clone(&reference.certain), None),
                        (Some(doubtful), false) => (Arc::clone(&doubtful.layer), Some(Arc::clone(&doubtful.doubts))),
                        (None, false) => continue,
                    };
                    // A road crosses a river's line; only distances are from its bank.
                    let found = match step.kind {
                        StepKind::Inside => asking.banks(Role::Grid, &layer),
                        _ => asking.banks(reference.role, &layer),
                    };
                    if is_certain && own_doubts.is_none() {
                        self.tell_banks(&found);
                    }
                    // What is near a river only if it is wide depends on that, and on what its choice depends on.
                    let own = found.doubts.into_iter().map(|(row, why)| (row, [doubts_of(&of, row), why].concat()));
                    wide.push((found.open, Some(Arc::new(own.collect()))));
                    doubts.extend(of);
                    banks.extend(found.all);
                }
                if banks.is_empty() {
                    continue;
                }
                let (found, answer) = asking.within_banks(&own, &banks, distance_m, water)?;
                let is_sure = is_certain && own_doubts.is_none();
                if is_sure {
                    match &answer {
                        Some(answer) => self.tell_question(answer),
                        None => {
                            let most = found
                                .iter()
                                .map(|one| one.distance_m)
                                .fold(None, |a: Option<f64>, m| Some(a.map_or(m, |a| a.max(m))));
                            self.summaries.push(serde_json::json!({
                                "features_in": own.feature_count(), "matched": found.len(), "max_distance_m": most,
                            }));
                        }
                    }
                }
                let near: BTreeSet<usize> = found.iter().map(|one| one.row).collect();
                let mut found: Vec<(NearestBank, Doubts)> = found.into_iter().map(|one| (one, None)).collect();
                for (open, why) in wide.into_iter().filter(|(open, _)| !open.is_empty()) {
                    let (more, _) = asking.within_banks(&own, &open, distance_m, water)?;
                    let more = more.into_iter().filter(|one| !near.contains(&one.row));
                    found.extend(more.map(|one| (one, why.clone())));
                }
                for (one, of_width) in found {
                    let mut values: Vec<(&'static str, RuleValue)> = vec![
                        ("distance_m", crate::query::length_value(one.distance_m).into()),
                        ("nearest_id", Added::IdOf(one.of.1 as u32).into()),
                        ("nearest_name", Added::NameOf(one.of.1 as u32).into()),
                    ];
                    values.extend(one.side.filter(|_| step.sides).map(|side| ("side", side.into())));
                    let mut why: Vec<Doubt> =
                        [doubts_of(&own_doubts, one.row), doubts_of(&of_width, one.of.1)].concat();
                    for of in doubts.iter().filter(|_| of_width.is_none()) {
                        why.extend(of.get(&one.of.1).into_iter().flatten().cloned());
                    }
                    let is_behind =
                        screens.is_some_and(|screens| is_screened(&own, one.row, (&one.of.0, one.of.1), screens));
                    if is_behind {
                        screened.push(own.layer().label(one.row));
                        continue;
                    }
                    all.push(Matched {
                        row: one.row,
                        id: None,
                        geometry: OutGeometry::Unchanged,
                        values: copied(step, &one.of.0, one.of.1, values),
                        reference: Some(one.of.0),
                        doubts: why,
                    });
                }
            }
        }
        if !screened.is_empty() {
            let names = |lang| first_names(&screened, lang);
            let (n, role) = (screened.len(), subject.role);
            // What the condition on the references says, where the title of the step does not.
            let what = |lang: Lang| match &step.title {
                Some(title) => title.text(lang).to_owned(),
                None => step.reference.iter().map(|role| role.title(lang)).collect::<Vec<_>>().join(between(lang)),
            };
            self.note(Said::told(|lang| {
                let (role, what) = (role.title(lang), what(lang));
                tr!(lang, "told.screened", role = role, what = what, n = n, names = names(lang)).into_owned()
            }));
        }
        Ok(all)
    }

    /// Rows of the subject that lie further than the distance from every reference that is sure.
    pub(super) fn beyond(
        &mut self,
        asking: &Asking<'_>,
        step: &Step,
        subject: &Chosen,
        references: &[Chosen],
    ) -> Result<Vec<Matched>, AskError> {
        let distance_m = step.distance.as_ref().map_or(0.0, |name| asking.value(name));
        let (mut banks, mut open, mut open_doubts) = (Vec::new(), Vec::new(), Vec::new());
        for reference in references {
            let found = asking.banks(reference.role, &reference.certain);
            banks.extend(found.all);
            // What is near a river only if it is wide depends on that.
            open.extend(found.open);
            open_doubts.push(Arc::new(found.doubts));
        }
        // What lies near something that may be such a reference is not far from all of them: that depends on what it is.
        for (role, doubtful) in references.iter().filter_map(|r| Some((r.role, r.doubtful.as_ref()?))) {
            open.extend(asking.banks(role, &doubtful.layer).all);
            open_doubts.push(Arc::clone(&doubtful.doubts));
        }
        let mut all = Vec::new();
        for (own, own_doubts) in subject.both() {
            let (near_open, _) = asking.within_banks(&own, &open, distance_m, None)?;
            let near_open: BTreeMap<usize, usize> = near_open.into_iter().map(|one| (one.row, one.of.1)).collect();
            let (found, _) = asking.within_banks(&own, &banks, f64::INFINITY, None)?;
            let found: BTreeMap<usize, _> = found.into_iter().map(|one| (one.row, one)).collect();
            let before = all.len();
            for row in own.rows() {
                let near = found.get(&row);
                if near.is_some_and(|near| near.distance_m <= distance_m) {
                    continue;
                }
                let values = match near {
                    Some(near) => vec![
                        ("distance_m", crate::query::length_value(near.distance_m).into()),
                        ("nearest_id", Added::IdOf(near.of.1 as u32).into()),
                        ("nearest_name", Added::NameOf(near.of.1 as u32).into()),
                    ],
                    None => Vec::new(),
                };
                let mut why: Vec<Doubt> = doubts_of(&own_doubts, row);
                if let Some(with) = near_open.get(&row) {
                    why.extend(open_doubts.iter().filter_map(|of| of.get(with)).flatten().cloned());
                }
                all.push(Matched {
                    row,
                    id: None,
                    geometry: OutGeometry::Unchanged,
                    values,
                    reference: near.map(|near| Arc::clone(&near.of.0)),
                    doubts: why,
                });
            }
            if own_doubts.is_none() {
                let matched = all.len() - before;
                self.summaries.push(serde_json::json!({"features_in": own.feature_count(), "matched": matched}));
            }
        }
        Ok(all)
    }

    /// Areas with ground within the distance of a reference, and how much of it.
    pub(super) fn near(
        &mut self,
        asking: &Asking<'_>,
        step: &Step,
        subject: &Chosen,
        references: &[Chosen],
    ) -> Result<Vec<Matched>, AskError> {
        let distance_m = step.distance.as_ref().map_or(0.0, |name| asking.value(name));
        // Whatever lies near; areas lose what lies further off.
        let mut all = self.within(asking, step, subject, references)?;
        let certain: Vec<&Arc<IndexedLayer>> = references.iter().map(|reference| &reference.certain).collect();
        let Some(served) = together(references, &certain) else { return Ok(all) };
        for (own, _) in subject.both() {
            let layers = Layers::of(Arc::clone(&own)).and(Arc::clone(&served));
            let question = Question::Gaps { radius_m: distance_m, min_area_m2: 0.0, people: None };
            let far = ask_by(&question, &layers, asking.by())?;
            let far: BTreeMap<usize, f64> =
                far.features.iter().filter_map(|f| Some((f.row?, f.values.first().and_then(Added::number)?))).collect();
            for one in all.iter_mut().filter(|one| own.is_in(one.row) && is_area(own.layer(), one.row)) {
                let whole_m2 = crate::query::row_area_m2(own.layer(), one.row);
                let near_m2 = (whole_m2 - far.get(&one.row).copied().unwrap_or(0.0)).max(0.0);
                let share = if whole_m2 > 0.0 { (near_m2 / whole_m2).min(1.0) } else { 0.0 };
                one.values.push(("area_m2", RuleValue::rounded(near_m2, 3)));
                one.values.push(("share", RuleValue::rounded(share, 6)));
            }
        }
        Ok(all)
    }
}
