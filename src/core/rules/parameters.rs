//! Parameters held to what their rule says of them: finite, within its least and its most, a choice that there is, names that
//! are known. So is what a planner's own rule says of its parameters, with the line.

use super::{Catalogue, Parameter, Rule, Values, unit_text};
use crate::i18n::{Lang, asked, between, tr};
use crate::model::{nearest, place_of};
use crate::vocabulary::{NoAmount, amount, is_bare_number};
use serde::de::{MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
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
    /// It is written with a unit that is not known, or of something else than the parameter is.
    OtherUnit {
        /// The parameter.
        name: String,
        /// What was written.
        text: String,
        /// The unit that it is in; empty where it is a number without one.
        unit: String,
        /// Why.
        why: NoAmount,
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

    /// The parameter, where one of a rule that there is is meant.
    fn name(&self) -> Option<&str> {
        match self {
            Self::NotFinite { name, .. }
            | Self::Beyond { name, .. }
            | Self::NoRange { name, .. }
            | Self::NoChoice { name, .. }
            | Self::OtherUnit { name, .. }
            | Self::UnknownName { name, .. }
            | Self::Twice(name) => Some(name),
            Self::UnknownRule { .. } => None,
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
            Self::OtherUnit { name, text, why: NoAmount::Number, .. } => {
                tr!(lang, "parameter.no_number", name = name, text = text)
            }
            Self::OtherUnit { name, text, unit, .. } if unit.is_empty() => {
                tr!(lang, "parameter.no_unit", name = name, text = text)
            }
            Self::OtherUnit { name, text, unit, why: NoAmount::UnknownUnit } => {
                tr!(lang, "parameter.unknown_unit", name = name, text = text, unit = unit)
            }
            Self::OtherUnit { name, text, unit, why: NoAmount::OtherUnit } => {
                tr!(lang, "parameter.other_unit", name = name, text = text, unit = unit)
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
    /// The line on which it stands, where that is known.
    pub line: Option<usize>,
    /// The rule.
    pub rule: String,
    /// What is wrong.
    pub fault: ParameterFault,
}

impl ValueError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let file = match self.line {
            Some(line) => tr!(lang, "unknown_key.line", file = self.file, line = line).into_owned(),
            None => self.file.clone(),
        };
        tr!(lang, "parameter.wrong_value", file = file, rule = self.rule, cause = self.fault.message(lang)).into_owned()
    }

    /// Where in the project it stands ([`place_of`]).
    pub fn place(&self) -> String {
        let rule = place_of("parameters", &self.rule);
        self.fault.name().map_or(rule.clone(), |name| place_of(&rule, name))
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

/// A value as a project gives it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum GivenValue {
    /// A number in the parameter's own unit.
    Number(f64),
    /// A number with a unit: `2 km`.
    Text(String),
}

impl<'de> Deserialize<'de> for GivenValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = GivenValue;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number, or a text with a number and its unit (\"2 km\")")
            }
            fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<GivenValue, E> {
                Ok(GivenValue::Number(value))
            }
            fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<GivenValue, E> {
                Ok(GivenValue::Number(value as f64))
            }
            fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<GivenValue, E> {
                Ok(GivenValue::Number(value as f64))
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<GivenValue, E> {
                // A number in quotation marks may have lost its unit.
                match is_bare_number(text) {
                    true => Err(E::invalid_type(Unexpected::Str(text), &self)),
                    false => Ok(GivenValue::Text(text.to_owned())),
                }
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Values by name as a project gives them, each once.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Given(pub BTreeMap<String, GivenValue>);

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Once;
        impl<'de> Visitor<'de> for Once {
            type Value = Given;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("parameters by name")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Given, A::Error> {
                let mut all = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    if all.contains_key(&name) {
                        return Err(serde::de::Error::custom(format!("`{name}` is given twice")));
                    }
                    all.insert(name, map.next_value()?);
                }
                Ok(Given(all))
            }
        }
        deserializer.deserialize_map(Once)
    }
}

impl From<&Values> for Given {
    fn from(values: &Values) -> Self {
        Self(values.iter().map(|(name, value)| (name.clone(), GivenValue::Number(*value))).collect())
    }
}

/// Values of a project by rule, each rule once.
///
/// # Errors
/// Where a rule is named twice, or something else stands there.
pub fn given_once<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Given>, D::Error> {
    struct Once;
    impl<'de> Visitor<'de> for Once {
        type Value = BTreeMap<String, Given>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("parameters by rule")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut all = BTreeMap::new();
            while let Some(id) = map.next_key::<String>()? {
                if all.contains_key(&id) {
                    return Err(serde::de::Error::custom(format!("the rule `{id}` is named twice")));
                }
                all.insert(id, map.next_value()?);
            }
            Ok(all)
        }
    }
    deserializer.deserialize_map(Once)
}

impl Catalogue {
    /// The values that a project gives its rules, in the units of their parameters; and what of them cannot be used, in the
    /// order of the rules.
    pub fn values_of(
        &self,
        file: &str,
        parameters: &BTreeMap<String, Given>,
    ) -> (BTreeMap<String, Values>, Vec<ValueError>) {
        let (mut all, mut faults) = (BTreeMap::new(), Vec::new());
        for (id, given) in parameters {
            let wrong = |fault| ValueError { file: file.to_owned(), line: None, rule: id.clone(), fault };
            let (values, of_units) = in_units(self.get(id), given);
            faults.extend(of_units.into_iter().map(wrong));
            match self.get(id) {
                Some(rule) => faults.extend(faults_in(rule, &values).map(wrong)),
                // A rule whose own file is wrong is told itself.
                None if self.wrong_file_of(id).is_some() => {}
                None => {
                    let ids = self.rules.iter().map(|rule| rule.id.as_str());
                    faults.push(wrong(ParameterFault::UnknownRule { nearest: nearest(id, ids) }));
                }
            }
            all.insert(id.clone(), values);
        }
        (all, faults)
    }
}

/// Values of a rule in the units of its parameters, and which are in others. Texts of a rule or a parameter that nobody knows
/// are no numbers.
fn in_units(rule: Option<&Rule>, given: &Given) -> (Values, Vec<ParameterFault>) {
    let (mut values, mut faults) = (Values::new(), Vec::new());
    for (name, value) in &given.0 {
        let known = rule.and_then(|rule| rule.parameters.iter().find(|parameter| parameter.name == *name));
        match (value, known) {
            (GivenValue::Number(number), _) => {
                values.insert(name.clone(), *number);
            }
            (GivenValue::Text(text), Some(parameter)) => match amount(text, &parameter.unit) {
                Ok(number) => {
                    values.insert(name.clone(), number);
                }
                Err(why) => {
                    let (name, text, unit) = (name.clone(), text.clone(), parameter.unit.clone());
                    faults.push(ParameterFault::OtherUnit { name, text, unit, why });
                }
            },
            (GivenValue::Text(_), None) => faults.extend(rule.map(|rule| unknown_name(rule, name))),
        }
    }
    (values, faults)
}

fn unknown_name(rule: &Rule, name: &str) -> ParameterFault {
    let names = || rule.parameters.iter().map(|parameter| parameter.name.as_str());
    ParameterFault::UnknownName {
        name: name.to_owned(),
        nearest: nearest(name, names()),
        known: names().map(str::to_owned).collect(),
    }
}

fn faults_in(rule: &Rule, values: &Values) -> impl Iterator<Item = ParameterFault> {
    values.iter().filter_map(move |(name, value)| match rule.parameters.iter().find(|p| p.name == *name) {
        Some(parameter) => parameter.fault_of(*value),
        None => Some(unknown_name(rule, name)),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(json: serde_json::Value) -> Vec<String> {
        let parameters: BTreeMap<String, Given> = serde_json::from_value(json).expect("values");
        let (_, faults) = Catalogue::builtin().values_of("p.shanshui.json", &parameters);
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
            Given::from(&Values::from([("distance_m".to_owned(), f64::INFINITY)])),
        )]);
        let (_, told) = Catalogue::builtin().values_of("p", &infinite);
        assert!(matches!(&told[..], [ValueError { fault: ParameterFault::NotFinite { .. }, .. }]), "{told:?}");
    }

    #[test]
    fn units_are_converted_or_refused() {
        let given = |text: &str| serde_json::from_str::<BTreeMap<String, Given>>(text);
        let of = |value: &str| {
            let text =
                format!(r#"{{"outlets-near-yangtze":{{"distance_m":{value}}},"park-siting":{{"sites":"4 个"}}}}"#);
            Catalogue::builtin().values_of("p", &given(&text).unwrap_or_else(|e| panic!("{e}")))
        };
        for (value, expected) in
            [("\"2 km\"", 2_000.0), ("\"1500 m\"", 1_500.0), ("\"2千米\"", 2_000.0), ("700", 700.0)]
        {
            let (values, faults) = of(value);
            assert!(faults.is_empty(), "{faults:?}");
            assert_eq!((values["outlets-near-yangtze"]["distance_m"], values["park-siting"]["sites"]), (expected, 4.0));
        }
        for (value, words) in [
            ("\"30 %\"", vec!["30 %", "distance_m"]),
            ("\"400 m²\"", vec!["400 m²"]),
            ("\"2 miles\"", vec!["2 miles"]),
            ("\"far\"", vec!["far"]),
            ("\"60 km\"", vec!["60000", "50000"]),
        ] {
            let (_, faults) = of(value);
            assert_eq!(faults.len(), 1, "{value}");
            for lang in [Lang::En, Lang::Zh] {
                let told = faults[0].message(lang);
                assert!(words.iter().all(|word| told.contains(word)) && !told.contains("parameter."), "{told}");
            }
        }
        let twice = given(r#"{"a":{"distance_m":1,"distance_m":2}}"#).expect_err("twice").to_string();
        assert!(twice.contains("distance_m") && twice.contains("line 1"), "{twice}");
        assert!(given(r#"{"a":{"distance_m":"500"}}"#).is_err() && given(r#"{"a":{"distance_m":true}}"#).is_err());
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
}
