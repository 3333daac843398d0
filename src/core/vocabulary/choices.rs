//! What a property offers: its terms, their spellings, what a value of it may mean.

use super::{Kind, Property, Reading, day};
use crate::i18n::Lang;
use crate::model::Value;

impl Property {
    /// The canonical terms, in the order of the table.
    pub fn choices(&self) -> Vec<&str> {
        let mut choices: Vec<&str> = Vec::with_capacity(self.terms.len());
        for term in &self.terms {
            if !choices.contains(&term.is.as_str()) {
                choices.push(&term.is);
            }
        }
        choices
    }

    /// The spellings of a term, itself first.
    pub fn spellings(&self, is: &str) -> Vec<&str> {
        let of = self.terms.iter().filter(|term| term.is == is);
        let mut all: Vec<&str> =
            of.flat_map(|term| std::iter::once(&term.is).chain(&term.also)).map(String::as_str).collect();
        all.dedup();
        all
    }

    /// True for a term or a class of it, for a number where it holds numbers, and for nothing.
    pub fn may_mean(&self, is: &str) -> bool {
        match self.kind {
            Kind::Terms | Kind::Truth => is.is_empty() || self.above.contains_key(is),
            Kind::Number | Kind::Year | Kind::Date => {
                is.is_empty() || is.trim().parse::<f64>().is_ok() || day(is).is_some()
            }
        }
    }

    /// True for a canonical term or a class.
    pub fn is_term(&self, word: &str) -> bool {
        self.above.contains_key(word)
    }

    /// The place of a value among the terms, the first the highest; `None` where it is none of them.
    pub fn rank(&self, value: &Value<'_>) -> Option<u8> {
        let Reading::Terms(terms) = self.read(value, &self.name) else { return None };
        let at = self.terms.iter().position(|term| terms.own.contains(&term.is))?;
        u8::try_from(self.terms.len() - at).ok()
    }

    /// What it is called.
    pub fn called(&self, lang: Lang) -> &str {
        self.title.text(lang)
    }
}
