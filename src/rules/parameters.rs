//! Parameters held to what their rule says of them: finite, within its least and its most, a choice that there is, names that
//! are known. So is what a planner's own rule says of its parameters, with the line.

use super::{Catalogue, Parameter, Rule, Values, unit_text};
use crate::i18n::{Lang, asked, between, tr};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use toml::Spanned;

impl Parameter {
    /// A value of it as people read it: a choice by its name, a year without marks, else the number with its unit.
    pub fn value_text(&self, value: f64, lang: Lang) -> String {
        match self.choices.get(value.max(0.0) as usize) {
            Some(choice) => choice.text(lang).to_owned(),
            None if self.unit == "年" => format!("{value:.0} {}", unit_text(&self.unit, lang)).trim_end().to_owned(),
            None => format!("{} {}", asked(value), unit_text(&self.unit, lang)).trim_end().to_owned(),
        }
    }
}

/// What is wrong with a parameter or its value. Numbers are as people read them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterFault {
    /// It is no number that can be compared (`nan`, `inf`).
    NotFinite {
        /// The parameter, and what of it: `default`, `min`, `max`, or nothing for a value.
        name: String,
        /// Its number, as it is written.
        value: String,
    },
    /// It lies beyond what the rule says.
    Beyond {
        /// The parameter.
        name: String,
        /// The value.
        value: String,
        /// The least and the most.
        range: [String; 2],
        /// Their unit.
        unit: String,
    },
    /// The least that it may be is above the most.
    NoRange {
        /// The parameter.
        name: String,
        /// The least and the most.
        range: [String; 2],
    },
    /// It is no number of one of the choices.
    NoChoice {
        /// The parameter.
        name: String,
        /// The value.
        value: String,
        /// The last choice; the first is 0.
        last: usize,
    },
    /// Two parameters of a rule have one name.
    Twice(String),
    /// The rule has no such parameter.
    UnknownName {
        /// What was written.
        name: String,
        /// The most alike of those that the rule has.
        nearest: Option<String>,
        /// All that it has.
        known: Vec<String>,
    },
    /// There is no such rule.
    UnknownRule {
        /// The most alike of those that there are.
        nearest: Option<String>,
    },
}

impl ParameterFault {
    /// The parameter, where a value of it cannot be used.
    pub fn value_of(&self) -> Option<&str> {
        match self {
            Self::NotFinite { name, .. } | Self::Beyond { name, .. } | Self::NoChoice { name, .. } => Some(name),
            _ => None,
        }
    }

    /// What is wrong in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::NotFinite { name, value } => tr!(lang, "parameter.not_finite", name = name, value = value),
            Self::Beyond { name, value, range: [min, max], unit } => {
                tr!(lang, "parameter.beyond", name = name, value = value, min = min, max = max, unit = unit)
            }
            Self::NoRange { name, range: [min, max] } => {
                tr!(lang, "parameter.no_range", name = name, min = min, max = max)
            }
            Self::NoChoice { name, value, last } => {
                tr!(lang, "parameter.no_choice", name = name, value = value, last = last)
            }
            Self::Twice(name) => tr!(lang, "parameter.twice", name = name),
            Self::UnknownName { name, nearest: Some(nearest), .. } => {
                tr!(lang, "parameter.meant", name = name, nearest = nearest)
            }
            Self::UnknownName { name, nearest: None, known } if known.is_empty() => {
                tr!(lang, "parameter.none", name = name)
            }
            Self::UnknownName { name, nearest: None, known } => {
                tr!(lang, "parameter.unknown", name = name, known = known.join(between(lang)))
            }
            Self::UnknownRule { nearest: Some(nearest) } => tr!(lang, "parameter.rule_meant", nearest = nearest),
            Self::UnknownRule { nearest: None } => tr!(lang, "parameter.rule_unknown"),
        }
        .into_owned()
    }
}

/// A value that a project gives a rule, and that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub struct ValueError {
    /// The project's file.
    pub file: String,
    /// The rule.
    pub rule: String,
    /// What is wrong.
    pub fault: ParameterFault,
}

impl ValueError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        tr!(lang, "parameter.wrong_value", file = self.file, rule = self.rule, cause = self.fault.message(lang))
            .into_owned()
    }
}

impl Parameter {
    /// What is wrong with a value of it.
    pub fn fault_of(&self, value: f64) -> Option<ParameterFault> {
        let name = self.name.clone();
        if !value.is_finite() {
            return Some(ParameterFault::NotFinite { name, value: value.to_string() });
        }
        if !(self.min..=self.max).contains(&value) {
            let range = [self.min.to_string(), self.max.to_string()];
            return Some(ParameterFault::Beyond { name, value: value.to_string(), range, unit: self.unit.clone() });
        }
        let last = self.choices.len().checked_sub(1)?;
        let is_choice = value.fract() == 0.0 && value >= 0.0 && value <= last as f64;
        (!is_choice).then(|| ParameterFault::NoChoice { name, value: value.to_string(), last })
    }
}

impl Catalogue {
    /// What of the values that a project gives its rules cannot be used, in the order of the rules.
    pub fn faults_of(&self, file: &str, parameters: &BTreeMap<String, Values>) -> Vec<ValueError> {
        let mut faults = Vec::new();
        for (id, values) in parameters {
            let wrong = |fault| ValueError { file: file.to_owned(), rule: id.clone(), fault };
            match self.get(id) {
                Some(rule) => faults.extend(faults_in(rule, values).map(wrong)),
                // A rule whose own file is wrong is told itself.
                None if self.wrong_file_of(id).is_some() => {}
                None => {
                    let ids = self.rules.iter().map(|rule| rule.id.as_str());
                    faults.push(wrong(ParameterFault::UnknownRule { nearest: nearest(id, ids) }));
                }
            }
        }
        faults
    }
}

fn faults_in(rule: &Rule, values: &Values) -> impl Iterator<Item = ParameterFault> {
    let names = || rule.parameters.iter().map(|parameter| parameter.name.as_str());
    values.iter().filter_map(move |(name, value)| match rule.parameters.iter().find(|p| p.name == *name) {
        Some(parameter) => parameter.fault_of(*value),
        None => Some(ParameterFault::UnknownName {
            name: name.clone(),
            nearest: nearest(name, names()),
            known: names().map(str::to_owned).collect(),
        }),
    })
}

/// The parameters of a rule's file with their places.
#[derive(Deserialize)]
struct Placed {
    #[serde(default)]
    parameters: Vec<PlacedParameter>,
}

#[derive(Deserialize)]
struct PlacedParameter {
    name: Spanned<String>,
    default: Spanned<f64>,
    min: Spanned<f64>,
    max: Spanned<f64>,
}

/// What a rule's file says of its parameters and cannot be, with the byte where it stands.
pub(super) fn fault_in_file(text: &str, rule: &Rule) -> Option<(usize, ParameterFault)> {
    // It was read as a rule before.
    let Placed { parameters } = toml::from_str(text).ok()?;
    let mut names = BTreeSet::new();
    for (placed, parameter) in parameters.iter().zip(&rule.parameters) {
        let of = |part: &str| format!("{}.{part}", parameter.name);
        if !names.insert(placed.name.get_ref()) {
            return Some((placed.name.span().start, ParameterFault::Twice(parameter.name.clone())));
        }
        for (part, number) in [("min", &placed.min), ("max", &placed.max), ("default", &placed.default)] {
            if !number.get_ref().is_finite() {
                let value = number.get_ref().to_string();
                return Some((number.span().start, ParameterFault::NotFinite { name: of(part), value }));
            }
        }
        if parameter.min > parameter.max {
            let range = [parameter.min.to_string(), parameter.max.to_string()];
            return Some((placed.min.span().start, ParameterFault::NoRange { name: parameter.name.clone(), range }));
        }
        if let Some(fault) = parameter.fault_of(parameter.default) {
            return Some((placed.default.span().start, fault));
        }
    }
    None
}

/// The most alike of some names; `None` where none is much alike.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    let far = (wanted.len() / 3).max(2);
    let by_steps = known.map(|known| (steps(&wanted, &known.to_lowercase().chars().collect::<Vec<_>>()), known));
    by_steps.filter(|(steps, _)| *steps <= far).min().map(|(_, known)| known.to_owned())
}

/// How many letters are to be changed, added or taken out to make one text of another (Levenshtein).
fn steps(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(json: serde_json::Value) -> Vec<String> {
        let parameters: BTreeMap<String, Values> = serde_json::from_value(json).expect("values");
        let faults = Catalogue::builtin().faults_of("p.shanshui.json", &parameters);
        faults.iter().map(|fault| fault.message(Lang::En)).collect()
    }

    #[test]
    fn values_are_held_to_their_rules() {
        use serde_json::json;
        assert!(faults(json!({"outlets-near-yangtze": {"distance_m": 500.0}})).is_empty());
        for (value, words) in [
            (json!({"outlets-near-yangtze": {"distence_m": 500}}), ["distence_m", "distance_m"]),
            (json!({"outlets-near-yangtze": {"distance_m": 5_000_000}}), ["5000000", "50000"]),
            (json!({"outlets-near-yangtze": {"distance_m": -1}}), ["-1", "distance_m"]),
            (json!({"outlet-near-yangtze": {"distance_m": 500}}), ["outlet-near-yangtze", "outlets-near-yangtze"]),
            (json!({"outlets-near-yangtze": {"unheard-of": 1}}), ["unheard-of", "distance_m"]),
            (json!({"something-else-altogether": {}}), ["something-else-altogether", "p.shanshui.json"]),
        ] {
            let told = faults(value);
            assert_eq!(told.len(), 1, "{told:?}");
            assert!(words.iter().all(|word| told[0].contains(word)), "{}", told[0]);
        }
        let infinite = BTreeMap::from([(
            "outlets-near-yangtze".to_owned(),
            Values::from([("distance_m".to_owned(), f64::INFINITY)]),
        )]);
        let told = Catalogue::builtin().faults_of("p", &infinite);
        assert!(matches!(&told[..], [ValueError { fault: ParameterFault::NotFinite { .. }, .. }]), "{told:?}");
    }

    #[test]
    fn a_choice_is_one_that_there_is() {
        let catalogue = Catalogue::builtin();
        let with_choices = catalogue.rules.iter().flat_map(|rule| &rule.parameters).filter(|p| !p.choices.is_empty());
        for parameter in with_choices {
            assert!(parameter.fault_of(parameter.default).is_none(), "{}", parameter.name);
            assert!(parameter.fault_of(0.5).is_some() && parameter.fault_of(99.0).is_some(), "{}", parameter.name);
        }
    }

    #[test]
    fn the_most_alike_name_is_near() {
        let known = ["distance_m", "min_area_m2", "least_m2"];
        for (name, expected) in [
            ("distence_m", Some("distance_m")),
            ("Distance_M", Some("distance_m")),
            ("distance", Some("distance_m")),
            ("least", None),
            ("population", None),
        ] {
            assert_eq!(nearest(name, known.into_iter()).as_deref(), expected, "{name}");
        }
        assert_eq!(nearest("a", std::iter::empty()), None);
    }
}
