//! Rules put to what is open: results kept under their rules, with the values they ran with, and what changed since the run
//! before.

use super::jobs::{Event, Outcome};
use super::{Command, JobKind, Key, Session};
use crate::i18n::Lang;
use crate::model::{Category, Layer, LayerStyle, Mark, Pattern, Rgba, Role, Shape, StyleBy, StyleRule, Symbol};
use crate::progress::Progress;
use crate::query::ResultTable;
use crate::rules::findings::{Finding, Findings, Found, found_by};
use crate::rules::{
    RoleLayers, Rule, RuleAnswer, RuleInput, RunFor, UnknownValue, Values, Verdict, memory_needed, run_all,
};
use crate::vocabulary::{Vocabulary, Word};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The layers and the vocabulary that rules were put to.
type Read = Arc<(RoleLayers, Arc<Vocabulary>)>;

/// What a rule came to.
#[derive(Clone, Debug)]
pub struct RuleResult {
    /// Its key, by which map and table find it.
    pub key: Key,
    /// The answer.
    pub answer: Arc<RuleAnswer>,
    /// Its rows, as map and table show them and an export writes them.
    pub table: ResultTable,
    /// The columns that it added: the name in the file, and what it stands for.
    pub added: Vec<(String, &'static str)>,
    /// How it is drawn: by verdict.
    pub style: Arc<LayerStyle>,
    /// The role of what it found, where all of it are points of one: they are drawn as that role's classes, with the verdict.
    pub points_of: Option<Role>,
    /// When it ran, RFC 3339.
    pub time: String,
    /// Drawn or not.
    pub visible: bool,
    /// What is new since the run before; `None` at the first run.
    pub changes: Option<RunChanges>,
    /// What matches are known by and called, so that the next run can be held against this one.
    matches: BTreeMap<String, String>,
    /// Which of its features is known by what.
    places: BTreeMap<String, usize>,
    /// Features that could not be used: their roles, rows and names.
    pub left_out: Vec<(Role, usize, String)>,
    /// The language of its rows, and what they are made of in another.
    lang: Lang,
    read: Read,
    /// Its matches, as findings need them; taken when they were taken in.
    found: Vec<Found>,
    /// What it ran with.
    states: RanWith,
}

/// What a rule ran with, beside its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
struct RanWith {
    /// The states of the layers that it read.
    layers: Vec<u64>,
    /// What planners said that values mean.
    words: Vec<Word>,
    typed: u64,
    plan: Option<String>,
    /// The scenario that was on.
    scenario: Option<String>,
}

/// The role of what a rule found, where all of it are points of one.
fn points_of(answer: &RuleAnswer, layer: &Layer) -> Option<Role> {
    let is_points = layer.kinds.iter().all(|kind| kind.shape() == Shape::Points);
    let mut roles = answer.features.iter().map(|feature| feature.of.map(|(role, _)| role));
    let first = roles.next().flatten().filter(|_| is_points)?;
    roles.all(|role| role == Some(first)).then_some(first)
}

/// What of a result is in one language.
pub(super) struct InWords {
    lang: Lang,
    table: ResultTable,
    added: Vec<(String, &'static str)>,
    style: Arc<LayerStyle>,
}

impl InWords {
    /// An answer in a language; `None` where what it was worked out from cannot be read any more.
    fn of(answer: &RuleAnswer, input: &RuleInput, time: &str, lang: Lang, progress: &Progress) -> Option<Self> {
        let table = answer.table(input, time, lang, progress).ok()?;
        let layer = table.indexed.layer();
        let mut added = answer.added_columns(input);
        added.retain(|(own, _)| layer.attributes.column(own).is_some());
        let style = Arc::new(drawn(layer, answer, &added, lang));
        Some(Self { lang, table, added, style })
    }
}

/// What one run found and another did not, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunChanges {
    /// What the run before did not have.
    pub new: Vec<String>,
    /// What it had, and this one has not.
    pub gone: Vec<String>,
}

impl RuleResult {
    /// By what matches are known by ([`crate::rules::MatchKey`]) which of its features, and so which row, each is.
    pub fn places(&self) -> &BTreeMap<String, usize> {
        &self.places
    }
}

impl RuleResult {
    /// The scenario under which it ran.
    pub fn scenario(&self) -> Option<&str> {
        self.states.scenario.as_deref()
    }
}

impl Session {
    /// What rules came to, by their names.
    pub fn rule_result(&self, id: &str) -> Option<&RuleResult> {
        self.rules.results.iter().find(|result| result.answer.rule.id == id)
    }

    /// What rules came to.
    pub fn rule_results(&self) -> &[RuleResult] {
        &self.rules.results
    }

    /// True where something changed since a rule ran: a layer, a parameter, a word, the plan, or what was typed in for it.
    pub fn is_rule_out_of_date(&self, result: &RuleResult) -> bool {
        let own = &result.answer;
        let is_of_plan = own.rule.is_derived() || own.aim.is_some();
        let now = self.ran_with();
        result.states.layers != now.layers
            || result.states.words != now.words
            || own.values != self.rule_values(&own.rule.id)
            || (is_of_plan && (result.states.plan != now.plan || result.states.typed != now.typed))
    }

    /// The rules whose answers are out of date.
    pub fn rules_out_of_date(&self) -> Vec<String> {
        let stale = self.rule_results().iter().filter(|result| self.is_rule_out_of_date(result));
        stale.map(|result| result.answer.rule.id.clone()).collect()
    }

    /// True where a planner or a file says what a value means.
    pub fn is_told(&self, value: &UnknownValue) -> bool {
        let is_of =
            |word: &Word| word.role == value.role && word.property == value.property && word.value == value.value;
        self.rules.folder_words.iter().chain(&self.rules.words).any(is_of)
    }

    /// Values of a result that nobody knows now: without those that were told since it ran, with those whose words were
    /// taken back.
    pub fn unknown_now(&self, result: &RuleResult) -> Vec<UnknownValue> {
        let is_of = |word: &Word, value: &UnknownValue| {
            word.role == value.role && word.property == value.property && word.value == value.value
        };
        let is_told = |value: &UnknownValue| self.is_told(value);
        let mut values: Vec<UnknownValue> = result.answer.unknown_values.clone();
        let rule = &result.answer.rule;
        for word in &result.states.words {
            let is_read = || rule.columns_read_of(word.role).contains(&word.property);
            if values.iter().any(|value| is_of(word, value)) || !rule.roles().contains(&word.role) || !is_read() {
                continue;
            }
            let mut value =
                UnknownValue { role: word.role, property: word.property.clone(), value: word.value.clone(), count: 0 };
            if is_told(&value) {
                continue;
            }
            for (_, indexed) in self.with_roles().iter().filter(|(role, _)| *role == word.role) {
                let layer = indexed.layer();
                let says_it = |row: &usize| layer.attributes.get(*row, &word.property).display() == word.value;
                value.count += layer.rows().filter(says_it).count();
            }
            if value.count > 0 {
                values.push(value);
            }
        }
        values.retain(|value| !is_told(value));
        values
    }

    /// What rules would run with now.
    fn ran_with(&self) -> RanWith {
        RanWith {
            layers: self.states(),
            words: self.rules.folder_words.iter().chain(&self.rules.words).cloned().collect(),
            typed: self.plan.version,
            plan: self.plan.name.clone(),
            scenario: self.scenario_on().map(|one| one.name.clone()),
        }
    }

    /// Rules with the values of their parameters here.
    pub(super) fn rules_with_values(&self, ids: &[String]) -> Vec<(Rule, Values)> {
        ids.iter().filter_map(|id| Some((self.rules.catalogue.get(id)?.clone(), self.rule_values(id)))).collect()
    }

    /// Puts rules to what is open, one after another; what is put together from the others' answers last. Where `anyway` says
    /// so, however much memory they need.
    pub(super) fn start_rules(&mut self, ids: Vec<String>, lang: Lang, anyway: bool) {
        let layers = self.with_roles();
        let (states, vocabulary) = (self.ran_with(), Arc::clone(&self.rules.vocabulary));
        let read = Arc::new((layers.clone(), Arc::clone(&vocabulary)));
        let rules = self.rules_with_values(&ids);
        let keys: Vec<(String, Key)> = rules.iter().map(|(rule, _)| (rule.id.clone(), self.new_key())).collect();
        let known: Vec<Arc<RuleAnswer>> = self.rules.results.iter().map(|r| Arc::clone(&r.answer)).collect();
        let plan = self.plan().cloned();
        let Some(title) = rules.first().map(|(rule, _)| rule.title.text(lang).to_owned()) else { return };
        let memory = self.memory();
        self.spawn(JobKind::Ruling(title), move |progress, tell| {
            let needs = memory_needed(&rules, &layers, RunFor::Window);
            if let (false, Err(why)) = (anyway, memory.check(needs)) {
                return tell(Event::TooLarge(Box::new(Command::RunRules(ids, lang)), why).into());
            }
            let input = RuleInput::with_vocabulary(layers, vocabulary);
            let input = input.under(states.scenario.as_deref());
            // Who stops this is told by the job; what was found until then stays.
            let _ = run_all(&rules, &input, &known, plan.as_ref(), progress, |answer| {
                let time = crate::report::timestamp();
                let key = keys.iter().find(|(id, _)| *id == answer.rule.id).map(|(_, key)| *key);
                let in_words = InWords::of(answer, &input, &time, lang, progress);
                let (Some(in_words), Some(key)) = (in_words, key) else { return };
                let InWords { table, added, style, .. } = in_words;
                let layer = table.indexed.layer();
                let found = found_by(answer, &input, layer).unwrap_or_default();
                let matches = found.iter().map(|one| (one.key.to_string(), one.name.clone())).collect();
                let named = |(role, row): (Role, usize)| {
                    let name = input.together(role).map(|layer| layer.layer().label(row)).unwrap_or_default();
                    (role, row, name)
                };
                let left_out = answer.unused_rows().map(named).collect();
                let places = answer.keys(&input).iter().enumerate().map(|(i, key)| (key.to_string(), i)).collect();
                // Sums over all of the ground would cover the map.
                let is_drawn = !layer.bounds.is_empty() && !answer.rule.is_derived();
                let points_of = points_of(answer, layer);
                let result = RuleResult {
                    key,
                    points_of,
                    answer: Arc::clone(answer),
                    table,
                    added,
                    style,
                    time,
                    visible: is_drawn,
                    changes: None,
                    matches,
                    places,
                    left_out,
                    lang,
                    read: Arc::clone(&read),
                    found,
                    states: states.clone(),
                };
                tell(Outcome::then(|session| Some(Event::Ruled(session.keep_ruled(result)))));
            });
        });
    }

    /// From here on what is found is said in this language; what was found in another is made anew.
    pub(super) fn speak(&mut self, lang: Lang) {
        self.lang = Some(lang);
        let mut others: Vec<(Key, Arc<RuleAnswer>, Read, String, Option<String>)> = Vec::new();
        for result in self.rules.results.iter_mut().filter(|result| result.lang != lang) {
            // What cannot be read any more is not tried again.
            result.lang = lang;
            let (answer, read) = (Arc::clone(&result.answer), Arc::clone(&result.read));
            others.push((result.key, answer, read, result.time.clone(), result.states.scenario.clone()));
        }
        let Some(title) = others.first().map(|(_, answer, ..)| answer.rule.title.text(lang).to_owned()) else { return };
        self.spawn(JobKind::Ruling(title), move |progress, tell| {
            let mut known: Option<(Read, RuleInput)> = None;
            for (key, answer, read, time, scenario) in others {
                // Rules that ran together read the same.
                if known.as_ref().is_none_or(|(of, _)| !Arc::ptr_eq(of, &read)) {
                    let input = RuleInput::with_vocabulary(read.0.clone(), Arc::clone(&read.1));
                    known = Some((Arc::clone(&read), input.under(scenario.as_deref())));
                }
                let Some((_, input)) = &known else { continue };
                if progress.is_cancelled() {
                    return;
                }
                if let Some(in_words) = InWords::of(&answer, input, &time, lang, progress) {
                    tell(Outcome::done(move |session| session.take_in_words(key, &answer, in_words)));
                }
            }
        });
    }

    /// Puts what was made anew in another language in its place, where it is of the same run.
    pub(super) fn take_in_words(&mut self, key: Key, of: &Arc<RuleAnswer>, in_words: InWords) {
        let is_it = |result: &&mut RuleResult| {
            result.key == key && result.lang == in_words.lang && Arc::ptr_eq(&result.answer, of)
        };
        if let Some(result) = self.rules.results.iter_mut().find(is_it) {
            let InWords { table, added, style, .. } = in_words;
            (result.table, result.added, result.style) = (table, added, style);
        }
    }

    /// Where a finding stands in what its rule found last: the result, and the row.
    pub fn place_of(&self, finding: &Finding) -> Option<(Key, usize)> {
        let result = self.rule_result(&finding.rule)?;
        let key = finding.id.strip_prefix(&*finding.rule)?.strip_prefix('/')?;
        Some((result.key, *result.places.get(key)?))
    }

    /// Why a finding was found, in a language: as its rule said it last, else as far as the rule's own words tell.
    pub fn reason_of(&self, finding: &Finding, lang: Lang) -> String {
        let of_run = self.rule_result(&finding.rule).and_then(|result| {
            let feature = result.answer.features.get(self.place_of(finding)?.1)?;
            Some(result.answer.reason(feature, lang))
        });
        let in_rule = || self.rules.catalogue.get(&finding.rule).map(|rule| rule.reason_in(&finding.reason, lang));
        of_run.or_else(in_rule).unwrap_or_else(|| finding.reason.clone())
    }

    /// The findings with their reasons in a language.
    pub fn findings_in(&self, lang: Lang) -> Findings {
        let mut findings = self.findings.all.clone();
        for finding in findings.all.iter_mut() {
            finding.reason = self.reason_of(finding, lang);
        }
        findings
    }

    /// Keeps a result under its rule; what it changes is told.
    pub(super) fn keep_ruled(&mut self, mut result: RuleResult) -> Key {
        let found = std::mem::take(&mut result.found);
        // What is found of a plan that is only drawn is no finding.
        if result.states.scenario.is_none() {
            self.follow(&Arc::clone(&result.answer), &found);
        }
        let same = |known: &RuleResult| known.answer.rule.id == result.answer.rule.id;
        match self.rules.results.iter().position(same) {
            Some(i) => {
                let before = &self.rules.results[i];
                let only = |a: &BTreeMap<String, String>, b: &BTreeMap<String, String>| -> Vec<String> {
                    a.iter().filter(|(key, _)| !b.contains_key(*key)).map(|(_, name)| name.clone()).collect()
                };
                let changes = RunChanges {
                    new: only(&result.matches, &before.matches),
                    gone: only(&before.matches, &result.matches),
                };
                let is_same = before.states.scenario == result.states.scenario;
                (result.changes, result.key) = (is_same.then_some(changes), before.key);
                self.rules.results[i] = result;
                self.rules.results[i].key
            }
            None => {
                let key = result.key;
                self.rules.results.push(result);
                key
            }
        }
    }
}

/// How what a rule found is drawn: by verdict, zones that it drew by their degree, homes by the parks that they share.
///
/// A verdict has a sign of its own for areas: a full ground in a doubled outline, so that it is not taken for a layer whose
/// areas are hatched in the same hue. Shape says the same as hue where there are points.
fn drawn(layer: &Layer, answer: &RuleAnswer, added: &[(String, &'static str)], lang: Lang) -> LayerStyle {
    const WHITE: Rgba = Rgba([255, 255, 255, 255]);
    let sign = |[r, g, b]: [u8; 3], mark: Mark, pattern: Pattern, alpha: u8| Symbol {
        fill: Some(Rgba([r, g, b, alpha])),
        pattern,
        stroke: Some(Rgba([r, g, b, 255])),
        rim: Some(WHITE),
        width: 2.2,
        casing: Some(WHITE),
        mark,
        radius: 6.0,
        ..Symbol::default()
    };
    let of = |verdict: Verdict| match verdict {
        Verdict::Ban => sign(BAN, Mark::Diamond, Pattern::Solid, 120),
        Verdict::Review => sign(REVIEW, Mark::Triangle, Pattern::Solid, 80),
        Verdict::List => sign(LIST, Mark::Circle, Pattern::Solid, 50),
    };
    let is_there =
        |verdict: Verdict| layer.rows().any(|row| layer.attributes.get(row, "verdict").display() == verdict.id());
    let verdicts = [Verdict::Ban, Verdict::Review, Verdict::List].into_iter().filter(|verdict| is_there(*verdict));
    let by = if layer.attributes.column("grounds").is_some() {
        let zone = |title: [&str; 2], color: [u8; 3], pattern: Pattern| StyleRule {
            title: title[usize::from(lang == Lang::En)].to_owned(),
            filter: format!("degree IN ('{}','{}')", title[0], title[1]),
            symbol: Symbol { casing: None, width: 1.8, ..sign(color, Mark::Circle, pattern, 110) },
        };
        let zones =
            [zone(["禁止", "prohibited"], BAN, Pattern::Hatch), zone(["限制", "restricted"], REVIEW, Pattern::Solid)];
        let of_verdict = |verdict: Verdict| StyleRule {
            title: verdict.id().to_owned(),
            filter: format!("verdict = '{}'", verdict.id()),
            symbol: of(verdict),
        };
        StyleBy::Rules { rules: zones.into_iter().chain(verdicts.map(of_verdict)).collect() }
    } else if let Some((column, _)) = added.iter().find(|(_, name)| *name == "m2_per_person") {
        let least = answer.rule.value("least_m2", &answer.values);
        let class = |title: String, filter: String, color: [u8; 3], pattern: Pattern| StyleRule {
            title,
            filter,
            symbol: Symbol { casing: None, width: 1.4, ..sign(color, Mark::Circle, pattern, 150) },
        };
        let title = |sign: &str| format!("{sign} {} m²", crate::i18n::asked(least));
        let unknown = crate::i18n::text_of(lang, "targets.undecided");
        let rules = vec![
            class("0 m²".to_owned(), format!("{column} = 0"), BAN, Pattern::Solid),
            class(title("<"), format!("{column} > 0 AND {column} < {least}"), REVIEW, Pattern::Solid),
            class(title("≥"), format!("{column} >= {least}"), ENOUGH, Pattern::Solid),
            class(unknown, format!("{column} IS NULL"), UNKNOWN, Pattern::Hatch),
        ];
        StyleBy::Rules { rules }
    } else {
        let of = |verdict: Verdict| Category { value: verdict.id().to_owned(), symbol: of(verdict) };
        StyleBy::Category { column: "verdict".to_owned(), classes: verdicts.map(of).collect(), other: None }
    };
    LayerStyle { by: Some(by), ..LayerStyle::default() }
}

const BAN: [u8; 3] = [0xA3, 0x24, 0x1B];
const REVIEW: [u8; 3] = [0xD9, 0x8E, 0x32];
const LIST: [u8; 3] = [0x2B, 0x6C, 0xB0];
const ENOUGH: [u8; 3] = [0x3F, 0x8F, 0x5B];
const UNKNOWN: [u8; 3] = [0x7A, 0x80, 0x86];
