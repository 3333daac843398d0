//! Many words that terms are looked up among.

use super::{Terms, folded};
use std::collections::{BTreeSet, HashMap};

/// Words of a list, each with the place where it stands first. Made in time by their length.
#[derive(Clone, Debug, Default)]
pub struct Words {
    places: HashMap<String, usize>,
    /// The first letters of words that fold to the same text.
    folded: HashMap<String, BTreeSet<char>>,
}

impl Words {
    /// Of a list.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = Self::default();
        for (place, word) in words.into_iter().enumerate() {
            if !all.places.contains_key(word) {
                all.places.insert(word.to_owned(), place);
                all.folded.entry(folded(word)).or_default().insert(word.chars().next().unwrap_or_default());
            }
        }
        all
    }

    /// The place of a word that is among them.
    pub fn place(&self, word: &str) -> Option<usize> {
        self.places.get(word).copied()
    }

    /// True where a text is written as one of them, which begins with a letter that stands in it.
    pub fn has_written(&self, text: &str) -> bool {
        self.folded.get(&folded(text)).is_some_and(|firsts| text.chars().any(|letter| firsts.contains(&letter)))
    }

    fn contain(&self, term: &str) -> bool {
        self.places.contains_key(term)
    }
}

impl Terms {
    /// Whether one of some words is among them, as [`Terms::has`] says of each.
    pub fn have_one(&self, words: &Words) -> Option<bool> {
        if self.all.iter().any(|term| words.contain(term)) {
            return Some(true);
        }
        let is_open = self.may_be.iter().chain(&self.within).flatten().any(|term| words.contain(term));
        let is_denied = |part: &String| words.places.keys().all(|word| self.denies(part, word));
        if !is_open && self.unknown.iter().all(is_denied) { Some(false) } else { None }
    }

    /// Whether each of them is one of some words, as [`Terms::are`].
    pub fn are_among(&self, words: &Words) -> Option<bool> {
        let is_one = |classes: &BTreeSet<String>| classes.iter().any(|term| words.contain(term));
        self.are_by(&is_one, &|part| words.places.keys().all(|word| self.denies(part, word)))
    }
}
