//! A long list of literals behind `IN`: a value is looked up in it instead of being held against each of them.

use super::compare::{EXACT, Parts, is_among_words, whole};
use super::instant::instant;
use super::{Known, Node};
use crate::vocabulary::Words;
use std::collections::HashSet;

/// Lists with so many items are looked up; shorter ones are gone through.
const LONG: usize = 16;

/// The items of a list by what they may be equal to. An answer is the same as that of comparing with each of them: true where
/// one is equal, else unknown where one has no order with the value.
#[derive(Clone, Debug, Default)]
pub(super) struct Literals {
    texts: HashSet<String>,
    /// Instants of the texts, those of them that say a zone, and those that are all.
    zoned: HashSet<(i64, i64)>,
    instants: HashSet<(i64, i64)>,
    /// The truths among the items, and what texts say.
    truths: [bool; 2],
    said_truths: [bool; 2],
    /// Items that are numbers; texts that say one.
    numbers: Numbers,
    said_numbers: Numbers,
    /// For terms of the vocabulary, where all items are texts.
    words: Option<Words>,
    has_null: bool,
    /// A text that is no number; one that is no truth.
    has_no_number: bool,
    has_no_truth: bool,
}

/// Numbers as floats and, from where a float stands for several, by their digits.
#[derive(Clone, Debug, Default)]
struct Numbers {
    floats: HashSet<u64>,
    /// Those of which the float is all that is known.
    loose: HashSet<u64>,
    /// The digits of the others, and whether they are negative.
    wholes: HashSet<(bool, String)>,
}

/// A float by its bits; both zeros alike.
fn bits(x: f64) -> u64 {
    if x == 0.0 { 0 } else { x.to_bits() }
}

impl Numbers {
    /// Adds a number as it is written; `is_float` where it is a float whatever its digits say.
    fn add(&mut self, x: f64, written: &str, is_float: bool) {
        self.floats.insert(bits(x));
        if x.abs() < EXACT {
            return;
        }
        match whole(written).filter(|_| !is_float) {
            Some((is_negative, digits)) => self.wholes.insert((is_negative, digits.to_owned())),
            None => self.loose.insert(bits(x)),
        };
    }

    fn contains(&self, x: f64, written: &str, is_float: bool) -> bool {
        if !self.floats.contains(&bits(x)) {
            return false;
        }
        match whole(written).filter(|_| !is_float && x.abs() >= EXACT) {
            Some((is_negative, digits)) => {
                self.loose.contains(&bits(x)) || self.wholes.contains(&(is_negative, digits.to_owned()))
            }
            None => true,
        }
    }

    fn is_empty(&self) -> bool {
        self.floats.is_empty()
    }
}

impl Literals {
    /// Of a long list of literals; `None` for all others. Cost: its length.
    pub(super) fn of(items: &[Node]) -> Option<Self> {
        let is_literal =
            |item: &Node| matches!(item, Node::Null | Node::Bool(_) | Node::Number(_) | Node::Whole(_) | Node::Text(_));
        if items.len() < LONG || !items.iter().all(is_literal) {
            return None;
        }
        let mut all = Self::default();
        for item in items {
            all.add(item);
        }
        let texts = items.iter().map(|item| if let Node::Text(text) = item { Some(text.as_str()) } else { None });
        all.words = texts.collect::<Option<Vec<&str>>>().map(Words::new);
        Some(all)
    }

    fn add(&mut self, item: &Node) {
        match item {
            Node::Bool(value) => self.truths[usize::from(*value)] = true,
            Node::Number(x) => self.numbers.add(*x, "", true),
            Node::Whole(digits) => match digits.trim().parse::<f64>() {
                Ok(x) => self.numbers.add(x, digits, false),
                Err(_) => self.has_null = true,
            },
            Node::Text(text) => {
                match Known::Text(text.into()).number() {
                    Some(x) => self.said_numbers.add(x, text, false),
                    None => self.has_no_number = true,
                }
                match text.parse::<bool>() {
                    Ok(value) => self.said_truths[usize::from(value)] = true,
                    Err(_) => self.has_no_truth = true,
                }
                if let Some((at, has_zone)) = instant(text) {
                    self.instants.insert(at);
                    if has_zone {
                        self.zoned.insert(at);
                    }
                }
                self.texts.insert(text.clone());
            }
            _ => self.has_null = true,
        }
    }

    fn has_truth(&self) -> bool {
        self.truths != [false; 2]
    }

    /// Whether a value is one of them; `None` where that is not known. The outer `None`: terms of the vocabulary and a list
    /// that holds more than texts, to be gone through.
    pub(super) fn contain(&self, value: &Known<'_>, parts: Parts) -> Option<Option<bool>> {
        if let Some(terms) = value.terms() {
            return self.words.as_ref().map(|words| is_among_words(terms, parts, words));
        }
        let (is_one, is_unsure) = match value {
            Known::Null | Known::Unknown => (false, true),
            Known::Nothing | Known::Terms(_) => (false, false),
            Known::Bool(value) => {
                let at = usize::from(*value);
                (self.truths[at] || self.said_truths[at], !self.numbers.is_empty() || self.has_no_truth)
            }
            Known::Number(x) => self.number(*x, "", true),
            Known::Whole(digits) => match digits.trim().parse::<f64>() {
                Ok(x) => self.number(x, digits, false),
                Err(_) => (false, true),
            },
            Known::Text(text) => {
                let (number, truth) = (value.number(), text.parse::<bool>().ok());
                let at = instant(text);
                let is_instant = at.is_some_and(|(at, has_zone)| match has_zone {
                    true => self.instants.contains(&at),
                    false => self.zoned.contains(&at),
                });
                let is_one = self.texts.contains(&**text)
                    || is_instant
                    || number.is_some_and(|x| self.numbers.contains(x, text, false))
                    || truth.is_some_and(|truth| self.truths[usize::from(truth)]);
                let has_other = number.is_none() && !self.numbers.is_empty() || truth.is_none() && self.has_truth();
                (is_one, has_other)
            }
        };
        Some(match (is_one, is_unsure || self.has_null) {
            (true, _) => Some(true),
            (false, true) => None,
            (false, false) => Some(false),
        })
    }

    fn number(&self, x: f64, written: &str, is_float: bool) -> (bool, bool) {
        let is_one = [&self.numbers, &self.said_numbers].iter().any(|all| all.contains(x, written, is_float));
        (is_one, self.has_no_number || self.has_truth())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Comparison;
    use super::super::compare::compared;
    use super::*;
    use proptest::prelude::*;
    use std::borrow::Cow;

    const TEXTS: [&str; 16] = [
        "a",
        "true",
        "false",
        "7",
        " 7 ",
        "7.0",
        "1e16",
        "10000000000000000",
        "10000000000000001",
        "-9007199254740993",
        "2024-03-01T08:00:00+08:00",
        "2024-03-01T00:00:00Z",
        "2024-03-01T00:00:00",
        "2024-03-01 00:00",
        "",
        "-0",
    ];
    const WHOLES: [&str; 5] =
        ["9007199254740992", "9007199254740993", "-9007199254740993", "10000000000000000", "10000000000000001"];
    const NUMBERS: [f64; 6] = [7.0, 0.0, -0.0, 1e16, 9_007_199_254_740_992.0, 7.5];

    fn literal() -> impl Strategy<Value = Node> {
        prop_oneof![
            12 => (0..TEXTS.len()).prop_map(|n| Node::Text(TEXTS[n].to_owned())),
            6 => (0..WHOLES.len()).prop_map(|n| Node::Whole(WHOLES[n].to_owned())),
            6 => (0..NUMBERS.len()).prop_map(|n| Node::Number(NUMBERS[n])),
            1 => any::<bool>().prop_map(Node::Bool),
            1 => Just(Node::Null),
        ]
    }

    fn known(node: &Node) -> Known<'_> {
        match node {
            Node::Bool(value) => Known::Bool(*value),
            Node::Number(x) => Known::Number(*x),
            Node::Whole(digits) => Known::Whole(Cow::Borrowed(digits)),
            Node::Text(text) => Known::Text(Cow::Borrowed(text)),
            _ => Known::Null,
        }
    }

    proptest! {
        /// A list of one kind, or of several, looked up and gone through.
        #[test]
        fn looking_up_is_going_through(
            kinds in 1_usize..8,
            items in proptest::collection::vec(literal(), 40),
            value in literal(),
        ) {
            let kind = |node: &Node| match node {
                Node::Text(_) => 1,
                Node::Whole(_) | Node::Number(_) => 2,
                _ => 4,
            };
            let mut items: Vec<Node> = items.into_iter().filter(|item| kind(item) & kinds > 0).collect();
            prop_assume!(!items.is_empty());
            while items.len() < LONG {
                items.extend(items.clone());
            }
            let literals = Literals::of(&items).expect("literals");
            for value in [known(&value), Known::Nothing, Known::Unknown] {
                let each: Vec<Option<bool>> = items
                    .iter()
                    .map(|item| compared(Comparison::Equal, Parts::Any, &value, &known(item)))
                    .collect();
                let expected = if each.contains(&Some(true)) {
                    Some(true)
                } else if each.contains(&None) {
                    None
                } else {
                    Some(false)
                };
                prop_assert_eq!(literals.contain(&value, Parts::Any), Some(expected), "{:?} in {:?}", value, items);
            }
        }
    }

    #[test]
    fn only_long_lists_of_literals_are_looked_up() {
        let text = |n: usize| Node::Text(n.to_string());
        assert!(Literals::of(&(0..LONG - 1).map(text).collect::<Vec<_>>()).is_none());
        let mut items: Vec<Node> = (0..LONG).map(text).collect();
        assert!(Literals::of(&items).is_some_and(|all| all.words.is_some()));
        items.push(Node::Number(1.0));
        assert!(Literals::of(&items).is_some_and(|all| all.words.is_none()));
        items.push(Node::Column("a".to_owned()));
        assert!(Literals::of(&items).is_none());
    }
}
