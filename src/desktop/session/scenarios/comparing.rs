//! Rules put to the layers without and with scenarios.

use super::super::jobs::{Event, Outcome};
use super::super::{Command, JobKind, Key, OpenLayer, Session};
use super::{Drawn, KeptScenario, Put, ScenarioCommand};
use crate::i18n::{Lang, Said, tr};
use crate::index::IndexedLayer;
use crate::model::{Edited, Role};
use crate::progress::{Cancelled, Progress};
use crate::query::AskError;
use crate::rules::comparison::{ComparedScenario, Comparison, Noted};
use crate::rules::{
    Plan, RoleLayers, Rule, RuleInput, RunFor, Values, areas_of_sums, as_national, memory_needed, named_as_national,
    run_each,
};
use crate::vocabulary::{Vocabulary, Word};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A comparison that is kept, and what it was made of.
#[derive(Debug)]
pub struct KeptComparison {
    /// The comparison.
    pub comparison: Arc<Comparison>,
    /// The scenarios, by their numbers.
    pub ids: Vec<u64>,
    made_of: MadeOf,
}

/// What a comparison is made of.
#[derive(Clone, Debug, PartialEq)]
struct MadeOf {
    layers: Vec<(u64, Option<Role>)>,
    scenarios: Vec<KeptScenario>,
    words: Vec<Word>,
    values: BTreeMap<String, Values>,
    plan: Option<String>,
    typed: u64,
}

/// What a comparison came to.
pub(in crate::session) struct Comparing {
    kept: KeptComparison,
}

/// A layer that is compared.
struct Compared {
    key: Key,
    role: Option<Role>,
    is_apart: bool,
    own: Arc<IndexedLayer>,
}

/// A scenario that is compared: its name, its note, how many features it changes, and what it makes of layers.
struct Under {
    name: String,
    note: String,
    changes: usize,
    layers: Vec<(Key, Made)>,
    /// Layers of it that are not open.
    doubts: Vec<Said>,
}

/// What a scenario makes of a layer.
enum Made {
    State(Arc<IndexedLayer>),
    Rows(Vec<(usize, Option<Edited>)>),
    Drawn(Arc<Drawn>),
}

/// Layers by their roles, those of national databases as what they are read as.
fn by_role(layers: &[(Option<Role>, bool, Arc<IndexedLayer>)], vocabulary: &Vocabulary) -> RoleLayers {
    let mut all = RoleLayers::new();
    for (role, is_apart, indexed) in layers {
        match role {
            Some(role) => all.push((*role, named_as_national(*role, indexed, vocabulary))),
            None if *is_apart => {}
            // What cannot be read has no role.
            None => all.extend(as_national(indexed, vocabulary, Lang::Zh).into_iter().flat_map(|r| r.layers)),
        }
    }
    all
}

impl Session {
    /// The comparison that was made last.
    pub fn comparison(&self) -> Option<&KeptComparison> {
        self.scenarios.comparison.as_ref()
    }

    /// Calls a scenario otherwise in the comparison that is kept.
    pub(super) fn rename_compared(&mut self, id: u64, name: &str) {
        let Some(kept) = &mut self.scenarios.comparison else { return };
        let Some(at) = kept.ids.iter().position(|own| *own == id) else { return };
        if let Some(one) = Arc::make_mut(&mut kept.comparison).scenarios.get_mut(at) {
            name.clone_into(&mut one.name);
        }
    }

    /// True where something changed since a comparison was made.
    pub fn is_comparison_out_of_date(&self, kept: &KeptComparison) -> bool {
        kept.made_of != self.made_of(&kept.ids)
    }

    fn made_of(&self, ids: &[u64]) -> MadeOf {
        let kept = |one: &super::OpenScenario| KeptScenario {
            // What it is called changes no answer.
            name: String::new(),
            note: String::new(),
            drawn: self.drawn_by(one.id),
        };
        MadeOf {
            layers: self.layers.iter().map(|layer| (layer.own().id(), layer.role)).collect(),
            scenarios: ids.iter().filter_map(|id| self.scenario(*id)).map(kept).collect(),
            words: self.rules.folder_words.iter().chain(&self.rules.words).cloned().collect(),
            values: self.parameters().map(|(id, values)| (id.clone(), values.clone())).collect(),
            plan: self.plan.name.clone(),
            typed: self.plan.version,
        }
    }

    /// What a scenario makes of the layers, as far as that is known without looking for features.
    fn under(&self, id: u64) -> Option<Under> {
        let one = self.scenario(id)?;
        let (mut layers, mut doubts) = (Vec::new(), Vec::new());
        for drawn in self.drawn_by(id) {
            let Some(layer) = self.layers.iter().find(|layer| drawn.is_of(layer)) else {
                let (file, n) = (drawn.place.called(), drawn.count());
                doubts.push(Said::told(|lang| tr!(lang, "scenario.not_open", file = file, n = n).into_owned()));
                continue;
            };
            layers.push((
                layer.key,
                match drawn.put(layer) {
                    Put::State(state, _) => Made::State(state),
                    Put::Rows(rows, _) => Made::Rows(rows),
                    Put::Unknown => Made::Drawn(drawn),
                },
            ));
        }
        let (name, note) = (one.name.clone(), one.note.clone());
        Some(Under { name, note, changes: self.scenario_changes(id), layers, doubts })
    }

    /// Puts every rule that is not only put on demand to the layers, without and with scenarios.
    pub(in crate::session) fn start_comparing(&mut self, ids: Vec<u64>, lang: Lang, anyway: bool) {
        let under: Vec<Under> = ids.iter().filter_map(|id| self.under(*id)).collect();
        if under.is_empty() {
            return;
        }
        let of = |layer: &OpenLayer| Compared {
            key: layer.key,
            role: layer.role,
            is_apart: layer.is_apart,
            own: Arc::clone(layer.own()),
        };
        let layers: Vec<Compared> = self.layers.iter().map(of).collect();
        let rules: Vec<String> =
            self.rules.catalogue.rules.iter().filter(|rule| !rule.is_on_demand()).map(|rule| rule.id.clone()).collect();
        let rules = self.rules_with_values(&rules);
        let (vocabulary, plan, memory) = (Arc::clone(&self.rules.vocabulary), self.plan().cloned(), self.memory());
        let made_of = self.made_of(&ids);
        let name = under.iter().map(|one| one.name.clone()).collect::<Vec<_>>().join(", ");
        self.spawn(JobKind::Comparing(name), move |progress, tell| {
            let base = layers.iter().map(|one| (one.role, one.is_apart, Arc::clone(&one.own))).collect::<Vec<_>>();
            let base = by_role(&base, &vocabulary);
            if let (false, Err(why)) = (anyway, memory.check(memory_needed(&rules, &base, RunFor::Window))) {
                let command = Command::Scenario(ScenarioCommand::Compare(ids, lang));
                return tell(Event::TooLarge(Box::new(command), why).into());
            }
            let answers = |layers, scenario: Option<&str>| {
                compared_answers(&rules, layers, &vocabulary, (plan.as_ref(), scenario), progress)
            };
            // Who stops this is told by the job.
            let failed = |why: Option<String>| why.map(|why| Outcome::ask_failed(AskError::Input(why)));
            let before = match answers(base, None) {
                Ok(before) => before,
                Err(why) => return failed(why).into_iter().for_each(tell),
            };
            let mut compared = Vec::new();
            for one in under {
                let Ok((states, doubts)) = states_under(&layers, &one, progress) else { return };
                let noted = match answers(by_role(&states, &vocabulary), Some(&one.name)) {
                    Ok(noted) => noted,
                    Err(why) => return failed(why).into_iter().for_each(tell),
                };
                let Under { name, note, changes, doubts: mut all, .. } = one;
                all.extend(doubts);
                compared.push((ComparedScenario { name, note, changes, doubts: all }, noted));
            }
            let comparison = Arc::new(Comparison::of(&before, compared, crate::report::timestamp()));
            let comparing = Comparing { kept: KeptComparison { comparison, ids, made_of } };
            tell(Outcome::then(|session| {
                session.take_comparison(comparing);
                Some(Event::Compared)
            }));
        });
    }

    pub(in crate::session) fn take_comparison(&mut self, comparing: Comparing) {
        self.scenarios.comparison = Some(comparing.kept);
    }
}

/// Layers with their roles in their states under a scenario, and what must be said of them.
type States = (Vec<(Option<Role>, bool, Arc<IndexedLayer>)>, Vec<Said>);

fn states_under(layers: &[Compared], under: &Under, progress: &Progress) -> Result<States, Cancelled> {
    let (mut states, mut doubts) = (Vec::new(), Vec::new());
    for layer in layers {
        let made = under.layers.iter().find(|(key, _)| *key == layer.key).map(|(_, made)| made);
        let state = match made {
            None => Arc::clone(&layer.own),
            Some(Made::State(state)) => Arc::clone(state),
            Some(Made::Rows(rows)) => Arc::new(layer.own.with_edits(rows)),
            Some(Made::Drawn(drawn)) => {
                let resolved = drawn.resolve(&layer.own, progress)?;
                if !resolved.doubts.is_empty() {
                    doubts.push(Said::told(|lang| resolved.doubts.message(lang)));
                }
                Arc::new(layer.own.with_edits(&resolved.rows))
            }
        };
        states.push((layer.role, layer.is_apart, state));
    }
    Ok((states, doubts))
}

/// What every rule comes to, put to these layers.
///
/// # Errors
/// In words where a file cannot be read again; none where it was stopped.
pub fn compared_answers(
    rules: &[(Rule, Values)],
    layers: RoleLayers,
    vocabulary: &Arc<Vocabulary>,
    (plan, scenario): (Option<&Plan>, Option<&str>),
    progress: &Progress,
) -> Result<Vec<Noted>, Option<String>> {
    let input = RuleInput::with_vocabulary(layers, Arc::clone(vocabulary));
    let input = input.under(scenario);
    let areas = areas_of_sums(rules, &input);
    let mut noted = Vec::new();
    let failed = |e: AskError| match e {
        AskError::Cancelled(_) => Failed(None),
        e => Failed(Some(e.to_string())),
    };
    let done = run_each(rules, &input, &[], plan, progress, |answer| -> Result<_, Failed> {
        noted.push(Noted::of(&answer, &input));
        answer.for_others(areas.as_deref(), &input, progress).map(Arc::new).map_err(failed)
    });
    done.map_err(|Failed(why)| why)?;
    Ok(noted)
}

/// Why rules could not be put: a file cannot be read again; none where it was stopped.
struct Failed(Option<String>);

impl From<Cancelled> for Failed {
    fn from(_: Cancelled) -> Self {
        Self(None)
    }
}
