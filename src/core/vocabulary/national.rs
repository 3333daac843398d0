//! Layers of the national databases (三调, 国土空间规划 …): what they are, by their names and codes.

use crate::model::{Attributes, Role};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A layer that is recognised by its name.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NationalLayer {
    /// Its names.
    pub names: Vec<String>,
    /// What it is.
    #[serde(default)]
    pub title: String,
    /// Its role, where all of it has one.
    #[serde(default)]
    pub role: Option<Role>,
    /// Columns that stand for the properties of rules, the first that is there.
    #[serde(default)]
    pub columns: BTreeMap<String, Vec<String>>,
    /// The columns of the code that parts go by.
    #[serde(default)]
    pub code_columns: Vec<String>,
    /// Parts with roles of their own.
    #[serde(default)]
    pub parts: Vec<NationalPart>,
    /// Properties that such a layer never holds.
    #[serde(default)]
    pub lacks: Vec<String>,
}

/// A part of a layer: the features of some codes.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NationalPart {
    /// Its role.
    pub role: Role,
    /// Beginnings of its codes.
    #[serde(default)]
    pub codes: Vec<String>,
    /// True for the part that takes every other code.
    #[serde(default)]
    pub otherwise: bool,
    /// Beginnings of codes that it does not take for all that.
    #[serde(default)]
    pub but: Vec<String>,
    /// Beginnings of codes of other parts that are features of this one too: planned homes are plots.
    #[serde(default)]
    pub also: Vec<String>,
    /// Properties that it never holds.
    #[serde(default)]
    pub lacks: Vec<String>,
    /// Columns of its own for the properties of rules.
    #[serde(default)]
    pub columns: BTreeMap<String, Vec<String>>,
    /// The number of digits that its codes have, where that tells.
    #[serde(default)]
    pub digits: Option<usize>,
}

impl NationalLayer {
    /// True for a file's stem or a layer's name that names it, alone or behind or before other words; the code of a
    /// division or a year may stand right before or behind it: 310113DLTB.
    pub fn is_named(&self, name: &str) -> bool {
        let name = super::folded(name);
        let words: Vec<&str> = name.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
        self.names.iter().any(|known| {
            let known = super::folded(known);
            let is_it = |word: &str| word.trim_matches(|c: char| c.is_ascii_digit()) == known;
            name == known || words.iter().any(|word| is_it(word) || word.split('_').any(is_it))
        })
    }

    /// True for a file's stem or a layer's name that holds its Chinese name, where the layer has columns of it.
    pub fn is_titled(&self, name: &str, attributes: &Attributes) -> bool {
        let title = super::folded(&self.title);
        !title.is_empty() && super::folded(name).contains(&title) && self.has_columns(attributes)
    }

    /// True where a layer has the column of its code; where there is none, one of its own columns.
    pub fn has_columns(&self, attributes: &Attributes) -> bool {
        match self.code_columns.is_empty() {
            true => self.columns.values().flatten().any(|name| column_of(attributes, name).is_some()),
            false => self.code_column(attributes).is_some(),
        }
    }

    /// The column of a layer that holds the code.
    pub fn code_column(&self, attributes: &Attributes) -> Option<usize> {
        self.code_columns.iter().find_map(|name| column_of(attributes, name))
    }

    /// Names of rules with the layer's own columns that stand for them, where the layer has them.
    pub fn column_names(&self, part: Option<&NationalPart>, attributes: &Attributes) -> BTreeMap<String, String> {
        let of_part = part.map(|part| &part.columns).into_iter().flatten();
        let mut found = BTreeMap::new();
        for (property, columns) in self.columns.iter().chain(of_part) {
            if attributes.names().iter().any(|name| **name == **property) {
                continue;
            }
            if let Some(column) = columns.iter().find_map(|name| column_of(attributes, name)) {
                found.insert(property.clone(), attributes.names()[column].to_string());
            }
        }
        found
    }

    /// A code as it is compared: a number that lost its zero has it again (101 is 0101), but where the number of digits
    /// says what it is.
    fn whole_code(&self, code: &str) -> String {
        let code = super::folded(code);
        let code = code.strip_suffix(".0").unwrap_or(&code);
        let is_number = code.bytes().all(|byte| byte.is_ascii_digit());
        let has_digits = self.parts.iter().any(|part| part.digits.is_some());
        if is_number && code.len() % 2 == 1 && !has_digits { format!("0{code}") } else { code.to_owned() }
    }

    /// The part that a code belongs to.
    pub fn part_of(&self, code: &str) -> Option<&NationalPart> {
        let code = self.whole_code(code);
        let length = |part: &NationalPart| {
            let is_long_enough = part.digits.is_none_or(|digits| digits == code.len());
            let fitting = part.codes.iter().filter(|own| code.starts_with(own.as_str()));
            fitting.map(String::len).max().filter(|_| is_long_enough)
        };
        let by_code = self.parts.iter().filter_map(|part| Some((length(part)?, part)));
        let longest = by_code.max_by_key(|(length, _)| *length).map(|(_, part)| part);
        let is_begun = |beginnings: &[String]| beginnings.iter().any(|own| code.starts_with(own.as_str()));
        longest.or_else(|| self.parts.iter().find(|part| part.otherwise && !is_begun(&part.but)))
    }

    /// The parts that a code belongs to: its own, and those that take it too.
    pub fn parts_of(&self, code: &str) -> Vec<&NationalPart> {
        let (own, code) = (self.part_of(code), self.whole_code(code));
        let takes_too = |part: &&NationalPart| part.also.iter().any(|own| code.starts_with(own.as_str()));
        own.into_iter().chain(self.parts.iter().filter(takes_too)).collect()
    }
}

/// A column by its name, in capitals or not.
fn column_of(attributes: &Attributes, wanted: &str) -> Option<usize> {
    attributes.names().iter().position(|name| name.eq_ignore_ascii_case(wanted))
}
