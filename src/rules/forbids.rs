//! Whether an area forbids what lies in it: its list held against what a feature is, by name or by a table of what the
//! words of the list mean.

use crate::model::{Layer, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What of a reference forbids what of a subject.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forbids {
    /// Columns that say what the subject is.
    pub subject: Vec<String>,
    /// The column of the reference that lists what it forbids.
    pub reference: String,
    /// Words of the list that mean something else than themselves.
    #[serde(default)]
    pub pairs: Vec<Pair>,
}

/// A word of a list, and what it means.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// The word of the list.
    pub banned: String,
    /// What a subject is that it means.
    pub means: Vec<String>,
}

impl Forbids {
    /// Whether a layer has any of the columns that say what its features are.
    pub(super) fn says_what(&self, subject: &Layer) -> bool {
        self.subject.iter().any(|name| subject.attributes.column(name).is_some())
    }

    /// The word of the reference's list that forbids the subject.
    pub(super) fn word(&self, subject: &Layer, row: usize, reference: &Layer, with: usize) -> Option<String> {
        let of = |name: &String| subject.attributes.get(row, name).display().into_owned();
        let is: BTreeSet<String> = self.subject.iter().map(of).filter(|text| !text.is_empty()).collect();
        let list = list(&reference.attributes.get(with, &self.reference));
        list.into_iter().find(|word| {
            let means = self.pairs.iter().filter(|pair| pair.banned == *word).flat_map(|pair| &pair.means);
            is.contains(word) || means.into_iter().any(|meant| is.contains(meant))
        })
    }
}

/// A list of words: a JSON array, or a text with marks between them.
fn list(value: &Value<'_>) -> Vec<String> {
    match value {
        Value::Json(json) => serde_json::from_str(json).unwrap_or_default(),
        value => {
            let text = value.display();
            let words = text.split(['、', '，', ',', '；', ';', '/', '|']);
            words.map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    #[test]
    fn lists_are_arrays_or_texts() {
        assert_eq!(list(&Value::Json(r#"["化工","电镀"]"#)), ["化工", "电镀"]);
        assert_eq!(list(&Value::Text(Cow::Borrowed("化工、 电镀；"))), ["化工", "电镀"]);
        assert!(list(&Value::Null).is_empty() && list(&Value::Json("{}")).is_empty());
    }
}
