//! A column of a layer through the vocabulary: every distinct value is read once.

use super::{Empty, Property, Reading, Words};
use crate::i18n::{Lang, Said, tr};
use crate::model::{Layer, Role};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Something that would decide and is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Doubt {
    /// The role.
    pub role: Role,
    /// The property.
    pub property: String,
    /// The value as it stands in the file; `None` where nothing does.
    pub value: Option<String>,
    /// Words of a list that are narrower than the value: it is known, and not whether it is one of those.
    pub narrower: Option<String>,
    /// Words of a list beside which the value stands: another kind of the same, and not one of those.
    pub beside: Option<String>,
}

/// A column as it was read.
#[derive(Debug)]
pub struct ColumnReading {
    role: Role,
    property: Arc<Property>,
    /// What the layer calls it: its name may hold a unit.
    called: String,
    distinct: Vec<Arc<Reading>>,
    /// The number of each row's reading among them.
    of_row: Vec<u32>,
    has_column: bool,
}

impl ColumnReading {
    /// Reads a column. Without such a column every cell is empty. Cost: the rows, and the distinct values.
    pub fn new(layer: &Layer, role: Role, property: &Arc<Property>) -> Self {
        let empty = property.read(&crate::model::Value::Missing, &property.name);
        let mut distinct = vec![Arc::new(empty)];
        let column = layer.attributes.column(&property.name);
        let mut of_row = vec![0; layer.len()];
        let mut called = property.name.as_str();
        if let Some(column) = column {
            called = layer.attributes.names().get(column).map_or(called, |name| name);
            let mut known: HashMap<Cow<'_, str>, u32> = HashMap::new();
            for (row, at) in of_row.iter_mut().enumerate() {
                let Some(json) = layer.attributes.json(row, column) else { continue };
                *at = *known.entry(json).or_insert_with(|| {
                    distinct.push(Arc::new(property.read(&layer.attributes.value(row, column), called)));
                    distinct.len() as u32 - 1
                });
            }
        }
        let (property, called) = (Arc::clone(property), called.to_owned());
        Self { role, property, called, distinct, of_row, has_column: column.is_some() }
    }

    /// The property.
    pub fn property(&self) -> &Arc<Property> {
        &self.property
    }

    /// True where the layer has such a column.
    pub fn has_column(&self) -> bool {
        self.has_column
    }

    /// What a row's cell says.
    pub fn of(&self, row: usize) -> &Arc<Reading> {
        &self.distinct[self.of_row.get(row).map_or(0, |at| *at as usize)]
    }

    /// The larger end of a span in a cell that should be a number: 80 of 60～80米. `None` for all else.
    pub fn largest(&self, row: usize) -> Option<f64> {
        match &**self.of(row) {
            Reading::Unknown(text) => self.property.largest(text, &self.called),
            _ => None,
        }
    }

    /// What of a row's cell is not known and would decide.
    pub fn doubts(&self, row: usize) -> Vec<Doubt> {
        let doubt = |value: Option<&str>| Doubt {
            role: self.role,
            property: self.property.name.clone(),
            value: value.map(str::to_owned),
            narrower: None,
            beside: None,
        };
        match &**self.of(row) {
            Reading::Empty if self.property.empty == Empty::Unknown => vec![doubt(None)],
            reading => reading.unknown().into_iter().map(|text| doubt(Some(text))).collect(),
        }
    }

    /// Of some words, those that a row's cell may be and does not say: 化工 of 新材料.
    pub fn may_be(&self, row: usize, words: &Words) -> Option<Doubt> {
        let Reading::Terms(terms) = &**self.of(row) else { return None };
        let open = terms.may_be.iter().chain(&terms.within).flatten();
        // In the order of the words.
        let open: BTreeMap<usize, &str> = open
            .filter(|term| terms.has(term).is_none())
            .filter_map(|term| Some((words.place(term)?, term.as_str())))
            .collect();
        (!open.is_empty()).then(|| Doubt {
            role: self.role,
            property: self.property.name.clone(),
            value: Some(terms.raw.clone()),
            narrower: Some(open.into_values().collect::<Vec<_>>().join("、")),
            beside: None,
        })
    }

    /// Values that are not known, each with the number of its rows among those that are there.
    pub fn unknown_values(&self, layer: &Layer) -> BTreeMap<String, usize> {
        let mut found = BTreeMap::new();
        for row in layer.rows() {
            for text in self.of(row).unknown() {
                *found.entry(text.to_owned()).or_default() += 1;
            }
        }
        found
    }

    /// Rows whose cell says nothing.
    pub fn empty_rows(&self, layer: &Layer) -> usize {
        let is_empty = |reading: &Reading| match reading {
            Reading::Empty => true,
            Reading::Terms(terms) => terms.is_assumed,
            _ => false,
        };
        layer.rows().filter(|row| is_empty(self.of(*row))).count()
    }

    /// What is to be said of terms that were met; with words, of those that these words tell apart: what is or may be one.
    pub fn notes(&self, layer: &Layer, words: Option<&BTreeSet<String>>) -> Vec<Said> {
        let mut met = vec![false; self.distinct.len()];
        layer.rows().for_each(|row| met[self.of_row[row] as usize] = true);
        let mut notes: Vec<Said> = Vec::new();
        for (reading, _) in self.distinct.iter().zip(met).filter(|(_, met)| *met) {
            let Reading::Terms(terms) = &**reading else { continue };
            for (term, note) in terms.notes.iter().filter(|_| !terms.is_assumed) {
                if words.is_none_or(|words| words.iter().any(|word| terms.touches(term, word))) && !notes.contains(note)
                {
                    notes.push(note.clone());
                }
            }
        }
        notes
    }
}

impl Doubt {
    /// What is not known, in words: 核心 = 甲类.
    pub fn text(&self, property: &Property, lang: Lang) -> String {
        let title = property.called(lang);
        if let (Some(value), Some(words)) = (&self.value, &self.beside) {
            return tr!(lang, "words.beside", property = title, value = value, words = words).into_owned();
        }
        match (&self.value, &self.narrower) {
            (Some(value), Some(words)) => {
                tr!(lang, "words.narrower", property = title, value = value, words = words).into_owned()
            }
            (Some(value), None) => tr!(lang, "words.unknown", property = title, value = value).into_owned(),
            (None, _) => tr!(lang, "words.empty", property = title).into_owned(),
        }
    }
}
