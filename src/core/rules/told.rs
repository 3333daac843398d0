//! What must be said beside an answer: values that nobody knows, what was not looked at and why.

use super::answer::RuleAnswer;
use super::run::Asking;
use super::{Rule, RuleInput, Said};
use crate::i18n::{Lang, between, semicolon, text_of, tr, with_key};
use crate::model::Role;
use crate::query::expression::Expression;
use crate::vocabulary::{Doubt, Empty, Vocabulary};
use serde::Serialize;
use std::collections::BTreeSet;

/// A value that the vocabulary does not know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct UnknownValue {
    /// The role of its layer.
    pub role: Role,
    /// The property.
    pub property: String,
    /// As it stands in the file.
    pub value: String,
    /// Features that have it.
    pub count: usize,
}

impl UnknownValue {
    /// In words: 核心 = 甲类（5 个要素）.
    pub fn text(&self, vocabulary: &Vocabulary, lang: Lang) -> String {
        let title = vocabulary.property(self.role, &self.property).map_or(self.property.as_str(), |p| p.called(lang));
        // English titles are often one word, which many layers have.
        let title = match lang {
            Lang::Zh => title.to_owned(),
            Lang::En => format!("{}: {title}", self.role.title(lang)),
        };
        tr!(lang, "words.unknown_count", property = title, value = self.value, n = self.count).into_owned()
    }
}

/// Something that a rule would have looked at and did not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotChecked {
    /// The role.
    pub role: Role,
    /// The property; `None` for a layer as a whole.
    pub property: Option<String>,
    /// How many features it concerns, where it is not all.
    pub count: Option<usize>,
    /// Why, in words.
    pub why: Said,
}

impl RuleAnswer {
    /// Notes what was not looked at, once.
    pub(super) fn tell_not_checked(&mut self, told: NotChecked) {
        if !self
            .not_checked
            .iter()
            .any(|known| known.role == told.role && known.property == told.property && known.why == told.why)
        {
            self.not_checked.push(told);
        }
    }

    /// Says something beside the answer, once.
    pub(super) fn note(&mut self, note: Said) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// Says that a figure is none because its denominator is nothing, and what that would be.
    pub(super) fn note_nothing(&mut self, figure: &Said, what: impl Fn(Lang) -> String) {
        self.note(Said::told(|lang| {
            tr!(lang, "figure.per_nothing", figure = figure.text(lang), what = what(lang)).into_owned()
        }));
    }

    /// A layer that is not there.
    pub(super) fn tell_absent(&mut self, role: Role) {
        let why = Said::told(|lang| tr!(lang, "told.no_layer", role = role.title(lang)).into_owned());
        self.tell_not_checked(NotChecked { role, property: None, count: None, why });
    }

    /// A layer without features, or a file of one that has others.
    fn tell_empty(&mut self, asking: &Asking<'_>, role: Role, layer: &crate::model::Layer) {
        if layer.is_empty() {
            let why = Said::told(|lang| tr!(lang, "told.empty_layer", role = role.title(lang)).into_owned());
            self.tell_not_checked(NotChecked { role, property: None, count: None, why });
            return;
        }
        for (_, file) in asking.input.layers.iter().filter(|(own, file)| *own == role && file.layer().is_empty()) {
            let name = &file.layer().source.file_name;
            let why = Said::told(|lang| tr!(lang, "told.empty_file", file = name).into_owned());
            self.tell_not_checked(NotChecked { role, property: None, count: None, why });
        }
    }

    /// A column that a layer lacks.
    pub(super) fn tell_no_column(&mut self, asking: &Asking<'_>, role: Role, column: &str) {
        self.tell_lacking(asking.input, role, column, "told.no_column");
    }

    /// A column that a layer lacks, and what that means.
    pub(super) fn tell_lacking(&mut self, input: &RuleInput, role: Role, column: &str, key: &'static str) {
        // What the national databases never hold must be joined: nobody need look for it.
        let national = never_held(input, role, column);
        let key = match (input.together(role), &national) {
            (None, _) => "told.no_layer",
            (Some(_), Some(_)) if key == "told.column_as_empty" => "told.national_as_empty",
            (Some(_), Some(_)) => "told.national_lacks",
            _ => key,
        };
        let layer = national.unwrap_or_default();
        let why = Said::told(|lang| {
            let column = column_text(input.vocabulary(), role, column, lang);
            tr!(lang, key, role = role.title(lang), column = column, layer = layer).into_owned()
        });
        self.tell_not_checked(NotChecked { role, property: Some(column.to_owned()), count: None, why });
    }

    /// Says why a column without which it cannot be answered is not there, where its national database never holds it.
    pub(super) fn tell_never_held(&mut self, input: &RuleInput, role: Role, column: &str) {
        let Some(layer) = never_held(input, role, column) else { return };
        let why = Said::told(|lang| {
            let column = column_text(input.vocabulary(), role, column, lang);
            tr!(lang, "told.national_lacks", role = role.title(lang), column = column, layer = layer).into_owned()
        });
        self.lacks_because = Some(why.clone());
        self.tell_not_checked(NotChecked { role, property: Some(column.to_owned()), count: None, why });
    }

    /// Of columns that were said not to be there, that conditions which do not need them were checked all the same: 岸线 of a
    /// layer without ranks by their water.
    pub(super) fn tell_checked_otherwise(&mut self, asking: &Asking<'_>) {
        let vocabulary = asking.input.vocabulary();
        let chose = std::mem::take(&mut self.chose);
        for told in &mut self.not_checked {
            let Some(column) = told.property.clone().filter(|_| told.count.is_none()) else { continue };
            if never_held(asking.input, told.role, &column).is_some() {
                continue;
            }
            let layer = asking.input.together(told.role).map(|indexed| indexed.layer());
            let Some(layer) = layer.filter(|layer| layer.attributes.column(&column).is_none()) else { continue };
            let mut others: BTreeSet<String> = BTreeSet::new();
            for (_, text) in chose.iter().filter(|(role, _)| *role == told.role) {
                let Ok(expression) = Expression::parse(&asking.text(text)) else { continue };
                let columns = expression.columns();
                if columns.contains(&column.as_str()) {
                    let is_there = |name: &&&str| layer.attributes.column(name).is_some();
                    others.extend(columns.iter().filter(is_there).map(|name| (*name).to_owned()));
                }
            }
            if others.is_empty() {
                continue;
            }
            let role = told.role;
            let named = |name: &str, lang: Lang| column_text(vocabulary, role, name, lang);
            told.why = Said::told(|lang| {
                let others: Vec<String> = others.iter().map(|name| named(name, lang)).collect();
                let (column, others) = (named(&column, lang), others.join(between(lang)));
                tr!(lang, "told.checked_otherwise", role = role.title(lang), column = column, others = others)
                    .into_owned()
            });
        }
    }

    /// What of the layers that a rule reads is not there, or has nothing in it: said whatever else is found.
    pub(super) fn tell_absent_layers(&mut self, asking: &Asking<'_>) {
        for role in wanted_roles(asking) {
            match asking.input.together(role) {
                None => self.tell_absent(role),
                Some(layer) => self.tell_empty(asking, role, layer.layer()),
            }
        }
    }

    /// What of the files that the rule reads parts of is in none of them: codes that have no role.
    pub(super) fn tell_unplaced(&mut self, asking: &Asking<'_>) {
        let mut told: BTreeSet<&str> = BTreeSet::new();
        let wanted = wanted_roles(asking);
        for (role, layer) in asking.input.layers.iter().filter(|(role, _)| wanted.contains(role)) {
            let source = &layer.layer().source;
            let Some(unplaced) = &source.unplaced else { continue };
            if !told.insert(&source.file_name) {
                continue;
            }
            let (n, column) = (unplaced.features(), unplaced.column.as_str());
            let why = Said::told(|lang| {
                let codes = super::national::codes_text(unplaced, lang);
                tr!(lang, "told.unplaced", file = source.file_name, column = column, n = n, codes = codes).into_owned()
            });
            self.tell_not_checked(NotChecked { role: *role, property: Some(column.to_owned()), count: Some(n), why });
        }
    }

    /// What the vocabulary does not know of the properties that were read, what cells are empty, what terms want said.
    pub(super) fn tell_words(&mut self, asking: &Asking<'_>, used: &BTreeSet<(Role, String)>) {
        let wanted = wanted_roles(asking);
        let deciding = super::deciding::deciding(asking.rule, asking.input);
        for (role, name) in used {
            let (Some(layer), Some(reading)) = (asking.input.together(*role), asking.input.reading(*role, name)) else {
                continue;
            };
            let layer = layer.layer();
            if !wanted.contains(role) {
                continue;
            }
            if !reading.has_column() && !layer.is_empty() && !matches!(reading.property().empty, Empty::Is(_)) {
                let is_told = |told: &NotChecked| told.role == *role && told.property.as_ref() == Some(name);
                if !self.not_checked.iter().any(is_told) {
                    self.tell_lacking(asking.input, *role, name, "told.column_as_empty");
                }
            }
            for (value, count) in reading.unknown_values(layer) {
                self.unknown_values.push(UnknownValue { role: *role, property: name.clone(), value, count });
            }
            // A term's note is said where the rule tells it apart.
            let words = deciding.get(&(*role, name.clone())).and_then(Option::as_ref);
            for note in reading.notes(layer, words) {
                self.note(note);
            }
            let property = reading.property();
            let empty = reading.empty_rows(layer);
            if empty == 0 {
                continue;
            }
            let key = match &property.empty {
                Empty::Unknown => continue,
                Empty::Told if !reading.has_column() => continue,
                Empty::Told => "told.empty",
                Empty::Is(_) => "told.empty_is",
            };
            let is = if let Empty::Is(is) = &property.empty { is.clone() } else { String::new() };
            let why = Said::told(|lang| {
                let (role, property) = (role.title(lang), property.called(lang));
                tr!(lang, key, role = role, property = property, n = empty, is = is).into_owned()
            });
            self.tell_not_checked(NotChecked { role: *role, property: Some(name.clone()), count: Some(empty), why });
        }
        // Files of one role of which some lack a column that others have.
        for (role, name) in used {
            let files: Vec<_> = asking.input.layers.iter().filter(|(own, _)| own == role).collect();
            if files.len() < 2 {
                continue;
            }
            // That all of them lack it was said of the layer.
            let is_of_all = |told: &NotChecked| told.role == *role && told.property.as_ref() == Some(name);
            if self.not_checked.iter().any(is_of_all) && !has_column(asking, *role, name) {
                continue;
            }
            let lacks = |layer: &crate::model::Layer| !layer.is_empty() && layer.attributes.column(name).is_none();
            for (_, file) in files.iter().filter(|(_, file)| lacks(file.layer())) {
                let file = &file.layer().source.file_name;
                let why = Said::told(|lang| {
                    let column = column_text(asking.input.vocabulary(), *role, name, lang);
                    tr!(lang, "told.file_lacks", role = role.title(lang), file = file, column = column).into_owned()
                });
                self.tell_not_checked(NotChecked { role: *role, property: Some(name.clone()), count: None, why });
            }
        }
        self.unknown_values.sort();
        self.unknown_values.dedup();
    }

    /// What was not looked at, as JSON.
    pub fn not_checked_json(&self, lang: Lang) -> Vec<serde_json::Value> {
        let of = |told: &NotChecked| {
            serde_json::json!({
                "role": told.role.id(), "property": told.property, "count": told.count, "why": told.why.text(lang),
            })
        };
        self.not_checked.iter().map(of).collect()
    }

    /// Everything that must be said beside the answer: its notes, then what was not looked at.
    pub fn all_notes(&self) -> impl Iterator<Item = &Said> {
        self.notes.iter().chain(self.not_checked.iter().map(|told| &told.why))
    }
}

/// The first of many names; that there are more is said.
pub(super) fn first_names(names: &[String], lang: Lang) -> String {
    const SHOWN: usize = 6;
    let first = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>();
    match (lang, names.len() > SHOWN) {
        (Lang::Zh, false) => first.join("、"),
        (Lang::Zh, true) => format!("{}等", first.join("、")),
        (Lang::En, false) => first.join(", "),
        (Lang::En, true) => format!("{} and others", first.join(", ")),
    }
}

/// A column by the title of its property, its own name in brackets; a name without a title stands apart from the words
/// before it.
fn column_text(vocabulary: &Vocabulary, role: Role, column: &str, lang: Lang) -> String {
    let property = vocabulary.property(role, column);
    let title = property.map(|property| property.title.clone()).or_else(|| column_title(column));
    let text = with_key(title.as_ref().map(|title| title.text(lang)), column, lang);
    if lang == Lang::Zh && text == column { format!(" {text} ") } else { text }
}

/// The national database of a role's layer, where it never holds a column.
fn never_held(input: &RuleInput, role: Role, column: &str) -> Option<String> {
    let vocabulary = input.vocabulary();
    let files = input.layers.iter().filter(|(own, _)| *own == role);
    let national = files.filter_map(|(_, layer)| super::national_of(layer.layer(), vocabulary)).find(|known| {
        let of_part = known.parts.iter().filter(|part| part.role == role).flat_map(|part| &part.lacks);
        known.lacks.iter().chain(of_part).any(|lacks| lacks == column)
    });
    national.map(|known| known.names.first().cloned().unwrap_or_default())
}

/// What the program calls a column, where it has a name for it.
fn column_title(column: &str) -> Option<Said> {
    let key = format!("column.{column}");
    let title = Said::told(|lang| tr!(lang, key.as_str(), area = "m²").into_owned());
    (!title.zh.contains(&key)).then_some(title)
}

/// The roles that a rule reads with its parameters as they are.
fn wanted_roles(asking: &Asking<'_>) -> Vec<Role> {
    let rule = asking.rule;
    let by_entrances = rule.steps.iter().any(|s| s.entrances.as_ref().is_some_and(|name| asking.value(name) >= 0.5));
    let grounds: Vec<f64> =
        rule.figures.iter().flat_map(super::Figure::grounds).map(|name| asking.value(name).round()).collect();
    let is_wanted = |role: &Role| match role {
        Role::ParkEntrance => by_entrances || rule.steps.iter().all(|s| s.entrances.is_none()),
        role if rule.steps.iter().any(|s| s.reference_if.contains_key(role)) => {
            rule.steps.iter().filter_map(|s| s.reference_if.get(role)).any(|name| asking.value(name) >= 0.5)
        }
        role if rule.work.as_ref().and_then(super::Work::beside).is_some_and(|beside| beside.role == *role) => {
            let beside = rule.work.as_ref().and_then(super::Work::beside);
            beside.is_some_and(|beside| asking.value(&beside.counts) >= 0.5)
        }
        // It says itself that distances are straight.
        Role::Road if matches!(rule.work, Some(super::Work::Circle(_))) => false,
        Role::UrbanBoundary if !grounds.is_empty() => grounds.contains(&2.0),
        Role::WaterBody if !grounds.is_empty() => grounds.contains(&1.0),
        // Where there is no district, its towns are it.
        Role::District => {
            asking.input.together(Role::Town).is_none() || asking.input.together(Role::District).is_some()
        }
        _ => true,
    };
    rule.roles().into_iter().filter(is_wanted).collect()
}

/// Properties of roles that a rule's conditions read.
pub(super) fn properties_read(rule: &Rule, input: &RuleInput) -> BTreeSet<(Role, String)> {
    let mut used = BTreeSet::new();
    for (roles, columns) in rule.columns_read() {
        for role in roles {
            for column in &columns {
                if input.vocabulary().property(role, column).is_some() {
                    used.insert((role, column.clone()));
                }
            }
        }
    }
    used
}

/// Values that nobody knows of the properties that a rule reads, without running it.
pub fn unknown_values(rule: &Rule, input: &RuleInput) -> Vec<UnknownValue> {
    let mut found = Vec::new();
    for (role, property) in properties_read(rule, input) {
        let (Some(layer), Some(reading)) = (input.together(role), input.reading(role, &property)) else { continue };
        let values = reading.unknown_values(layer.layer()).into_iter();
        found.extend(values.map(|(value, count)| UnknownValue { role, property: property.clone(), value, count }));
    }
    found
}

/// The people of roles, as a denominator is called.
pub(super) fn people_of(roles: &str, lang: Lang) -> String {
    let people = text_of(lang, "column.people");
    match lang {
        Lang::Zh => format!("{roles}{people}"),
        Lang::En => format!("{} of {roles}", people.to_lowercase()),
    }
}

/// Why something is looked at that a value leaves open.
pub(super) fn doubt_text(input: &RuleInput, doubts: &[Doubt]) -> Said {
    Said::told(|lang| {
        let text = |doubt: &Doubt| match input.vocabulary().property(doubt.role, &doubt.property) {
            Some(property) => doubt.text(property, lang),
            None => doubt.value.clone().unwrap_or_default(),
        };
        let mut texts: Vec<String> = doubts.iter().map(text).collect();
        texts.dedup();
        tr!(lang, "words.doubt", what = texts.join(semicolon(lang))).into_owned()
    })
}

/// Whether any file of a role has a column.
fn has_column(asking: &Asking<'_>, role: Role, name: &str) -> bool {
    asking.input.together(role).is_some_and(|layer| layer.layer().attributes.column(name).is_some())
}

/// Why a rule did not run, in words.
pub(super) fn lacks_of(answer: &RuleAnswer) -> Said {
    Said::told(|lang| {
        let role = |id: &str| Role::parse(id).map_or_else(|| id.to_owned(), |role| role.title(lang).to_owned());
        let vocabulary = Vocabulary::builtin();
        let named = |text: &String| -> String {
            let of = |id: &str| match (id.split_once('.'), lang) {
                (Some((id, column)), Lang::Zh) => match Role::parse(id) {
                    Some(of) => format!("{}的{}", role(id), column_text(vocabulary, of, column, lang).trim()),
                    None => format!("{}.{column}", role(id)),
                },
                (Some((id, column)), Lang::En) => match Role::parse(id) {
                    Some(of) => format!("{} of {}", column_text(vocabulary, of, column, lang), role(id)),
                    None => format!("{}.{column}", role(id)),
                },
                (None, _) => role(id),
            };
            text.split('|').map(of).collect::<Vec<_>>().join(if lang == Lang::Zh { "或" } else { " or " })
        };
        match &answer.error {
            Some(error) => error.text(lang).to_owned(),
            None => {
                let missing: Vec<String> = answer.missing.iter().map(named).collect();
                let missing = missing.join(between(lang));
                let lacks = tr!(lang, "targets.why_lacks", missing = missing).into_owned();
                match &answer.lacks_because {
                    Some(because) => format!("{lacks}{}{}", semicolon(lang), because.text(lang)),
                    None => lacks,
                }
            }
        }
    })
}
