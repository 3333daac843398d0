//! Words that stand round terms and numbers, whatever the property: `[phrases]` of the table.

use super::fold::folded;
use super::quantity::Unit;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::ops::Deref;

/// A list of words, the longer ones first, so that the first that a text begins or ends with is the longest.
///
/// Reading it fails for a list without words, for a word that stands twice and for one that is not folded.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(crate) struct List(Vec<String>);

impl TryFrom<Vec<String>> for List {
    type Error = String;

    fn try_from(mut words: Vec<String>) -> Result<Self, String> {
        let mut met = BTreeSet::new();
        for word in &words {
            if word.is_empty() || folded(word) != *word {
                return Err(format!("{word:?} is not written as it is compared: {:?}", folded(word)));
            }
            if !met.insert(word.as_str()) {
                return Err(format!("{word:?} stands twice"));
            }
        }
        if words.is_empty() {
            return Err("a list without words".to_owned());
        }
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        Ok(Self(words))
    }
}

impl Deref for List {
    type Target = [String];

    fn deref(&self) -> &[String] {
        &self.0
    }
}

impl List {
    /// True for one of the words.
    pub(crate) fn has(&self, word: &str) -> bool {
        self.0.iter().any(|own| own == word)
    }

    /// True for a text in which one of them stands.
    pub(super) fn is_in(&self, text: &str) -> bool {
        self.0.iter().any(|word| text.contains(word.as_str()))
    }

    /// The longest of them that a text begins with.
    pub(super) fn leads(&self, text: &str) -> Option<&str> {
        self.0.iter().map(String::as_str).find(|word| text.starts_with(word))
    }

    /// What stands behind the longest of them that a text begins with.
    pub(super) fn behind<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.leads(text).map(|word| &text[word.len()..])
    }

    /// What stands before the longest of them that a text ends with.
    pub(super) fn before<'t>(&self, text: &'t str) -> Option<&'t str> {
        self.0.iter().find_map(|word| text.strip_suffix(word.as_str()))
    }

    /// A text without those of them that it begins with, one after another.
    pub(super) fn stripped<'t>(&self, text: &'t str) -> &'t str {
        std::iter::successors(Some(text), |rest| self.behind(rest)).last().unwrap_or(text)
    }
}

/// A table of lists. `source` is for people who read the file; it must say something.
macro_rules! lists {
    ($(#[$of:meta])* $name:ident { $($(#[$doc:meta])* $list:ident),* $(,)? }) => {
        $(#[$of])*
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct $name {
            #[serde(rename = "source")]
            _source: Source,
            $($(#[$doc])* pub(crate) $list: List,)*
        }
    };
}

/// Where a table of words comes from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
struct Source;

impl TryFrom<String> for Source {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.trim().is_empty() { Err("a source without words") } else { Ok(Self) }
    }
}

lists! {
    /// What stands in brackets behind a term.
    Asides {
        /// What stands before it is not so, with or without a word of `already` before it.
        takes_back,
        /// Nobody is certain of what stands before it.
        uncertain,
        /// Words before those of `takes_back` and `ended`.
        already,
        /// What stands before it has ended.
        ended,
        /// What may stand behind a word of `ended`.
        behind_ended,
        /// Before what something works with: 改用天然气.
        works_with,
        /// Before what something is now.
        now,
        /// Before what something becomes.
        changes,
        /// Before a word of `changes`: what is not so yet.
        later,
        /// Before what was so.
        past,
        /// Says nothing of what stands before it.
        says_nothing,
        /// Leads a part of an aside, before a term.
        leading,
        /// Leaves the cell open.
        open,
        /// Words of `open` that only say that something stands beside something.
        beside,
        /// Says that something is not there.
        negating,
    }
}

lists! {
    /// Sentences that are searched for terms.
    Sentences {
        /// Before what is left out.
        excepting,
        /// Behind what is left out.
        left_out,
        /// Says what has to be done, and forbids nothing.
        instructing,
        /// Words in which those of `instructing` stand and say nothing of that.
        no_instructions,
        /// Forbids; what would turn a sentence does not right behind it: 禁止发展.
        forbidding,
        /// Turns a sentence about what is forbidden.
        turns,
        /// Means more than the sentence names.
        means_more,
        /// Means all, or others, where nothing stands behind it.
        means_all,
        /// Joins the parts of a sentence.
        joints,
        /// Says nothing; 以 of 以及, 者 of 或者.
        frame,
    }
}

lists! {
    /// Whole cells and parts of lists.
    Cells {
        /// Stands where nothing is written.
        nothing,
        /// Nobody would say that it is another name.
        no_names,
        /// Before what something is not.
        not,
        /// Behind a term that `finishes`: it is a stage, and has not ended.
        stages,
        /// Behind a number: it is no code.
        measures,
        /// Of what kind a trade is in the names of GB/T 4754, and not which.
        trades,
        /// The first cell of a row that sums up those above.
        totals,
    }
}

lists! {
    /// Numbers with words round them.
    Numbers {
        /// Before a number that is not exact.
        before,
        /// Behind a number that is not exact.
        behind,
        /// Before a length.
        before_length,
        /// Behind a length.
        behind_length,
        /// A remark behind a number that says nothing else of it.
        remarks,
        /// Before a number that is a bound.
        before_bound,
        /// Behind one.
        behind_bound,
        /// When or where a width is so.
        r#where,
        /// Before what lies on each side of a river.
        before_side,
        /// Behind it.
        behind_side,
    }
}

lists! {
    /// Dates with words round them.
    Dates {
        /// Before a date of what was so then.
        before,
        /// Behind one.
        behind,
    }
}

/// Units, as the file has them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitTable {
    #[serde(rename = "source")]
    _source: Source,
    of: Vec<UnitWords>,
    multiples: Vec<MultipleWords>,
    others: List,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitWords {
    of: Unit,
    times: f64,
    words: List,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MultipleWords {
    times: f64,
    words: List,
}

/// Units of numbers, the longer words first.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "UnitTable")]
pub(super) struct Units {
    /// Words with what a number before them is multiplied by.
    pub(super) units: Vec<(String, Unit, f64)>,
    /// Words before a unit, or alone, with what they are worth.
    pub(super) multiples: Vec<(String, f64)>,
    /// Words that measure something else, or nothing that is read here.
    pub(super) others: List,
}

impl TryFrom<UnitTable> for Units {
    type Error = String;

    fn try_from(table: UnitTable) -> Result<Self, String> {
        let of_units = table.of.iter().flat_map(|of| of.words.iter().map(|word| (word.clone(), of.of, of.times)));
        let mut units: Vec<(String, Unit, f64)> = of_units.collect();
        let of_multiples = table.multiples.iter().flat_map(|of| of.words.iter().map(|word| (word.clone(), of.times)));
        let mut multiples: Vec<(String, f64)> = of_multiples.collect();
        units.sort_by_key(|(word, ..)| std::cmp::Reverse(word.len()));
        multiples.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        let words = units.iter().map(|(word, ..)| word).chain(multiples.iter().map(|(word, _)| word));
        let mut met = BTreeSet::new();
        if let Some(word) = words.chain(table.others.iter()).find(|word| !met.insert(word.as_str())) {
            return Err(format!("{word:?} stands twice"));
        }
        let times = units.iter().map(|(.., times)| times).chain(multiples.iter().map(|(_, times)| times));
        if let Some(times) = times.into_iter().find(|times| !(times.is_finite() && **times > 0.0)) {
            return Err(format!("{times} is nothing that a number is multiplied by"));
        }
        if units.is_empty() || multiples.is_empty() {
            return Err("a list without words".to_owned());
        }
        Ok(Self { units, multiples, others: table.others })
    }
}

/// All of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phrases {
    pub(super) asides: Asides,
    pub(super) sentences: Sentences,
    pub(crate) cells: Cells,
    pub(super) numbers: Numbers,
    pub(super) dates: Dates,
    pub(super) units: Units,
}

/// Those of the program's own table. They are of the language that offices write, so planners add none.
pub(crate) fn phrases() -> &'static Phrases {
    &super::builtin().1
}
