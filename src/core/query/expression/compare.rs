//! How values compare, and patterns of `LIKE`.

use super::instant::by_instant;
use super::{Comparison, Known};
use crate::vocabulary::{Terms, Words, folded};
use std::cmp::Ordering;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// This character.
    One(char),
    /// Any character (`_`).
    Any,
    /// Any number of characters (`%`).
    Many,
}

/// The pieces of a pattern; a backslash takes the next character as it is.
pub(super) fn pattern(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        pieces.push(match letter {
            '%' => Piece::Many,
            '_' => Piece::Any,
            '\\' => Piece::One(letters.next().unwrap_or('\\')),
            letter => Piece::One(letter),
        });
    }
    pieces
}

/// True where a text is as the pattern says. Cost: the lengths' product at worst.
pub(super) fn is_like(text: &str, pieces: &[Piece]) -> bool {
    let letters: Vec<char> = text.chars().collect();
    let (mut at, mut piece) = (0, 0);
    // The last `%` and the letter that it was tried up to.
    let mut back: Option<(usize, usize)> = None;
    while at < letters.len() {
        match pieces.get(piece) {
            Some(Piece::Many) => {
                back = Some((piece, at));
                piece += 1;
            }
            Some(Piece::Any) => (at, piece) = (at + 1, piece + 1),
            Some(Piece::One(letter)) if *letter == letters[at] => (at, piece) = (at + 1, piece + 1),
            _ => match &mut back {
                Some((many, tried)) => {
                    *tried += 1;
                    (at, piece) = (*tried, *many + 1);
                }
                None => return false,
            },
        }
    }
    pieces[piece..].iter().all(|piece| *piece == Piece::Many)
}

/// A text as CASEI compares it: ß as ss, every sigma alike.
pub(super) fn without_case(text: &str) -> String {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

/// A text as ACCENTI compares it: letters without their marks.
pub(super) fn without_accents(text: &str) -> String {
    text.nfd().filter(|c| !is_combining_mark(*c)).nfc().collect()
}

/// From here on a float stands for several whole numbers.
pub(super) const EXACT: f64 = 9_007_199_254_740_992.0;

/// Whether a text that is a whole number is negative, and its digits.
pub(super) fn whole(text: &str) -> Option<(bool, &str)> {
    let text = text.trim();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_negative = digits.len() < text.len();
    let digits = match digits.split_once('.') {
        Some((digits, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => digits,
        _ => digits,
    };
    let is_whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    is_whole.then(|| (is_negative, digits.trim_start_matches('0')))
}

/// The order of two numbers; of whole ones exactly, however long they are.
fn by_size(a: &Known<'_>, b: &Known<'_>) -> Option<Ordering> {
    let float = |value: &Known<'_>| match value {
        // Longer than any float is infinite, and its digits tell it apart.
        Known::Whole(digits) => digits.trim().parse::<f64>().ok(),
        value => value.number(),
    };
    let (x, y) = (float(a)?, float(b)?);
    let order = x.partial_cmp(&y)?;
    if order.is_ne() || x.abs() < EXACT || matches!(a, Known::Number(_)) || matches!(b, Known::Number(_)) {
        return Some(order);
    }
    let (a, b) = (a.display(), b.display());
    let (Some((is_negative, a)), Some((_, b))) = (whole(&a), whole(&b)) else { return Some(order) };
    let order = a.len().cmp(&b.len()).then(a.cmp(b));
    Some(if is_negative { order.reverse() } else { order })
}

/// The order of two values; `None` where one is null, or they are of kinds that have no order. A text that is a number
/// compares with numbers as one.
fn order(a: &Known<'_>, b: &Known<'_>) -> Option<Ordering> {
    match (a, b) {
        (Known::Text(a), Known::Text(b)) => Some(by_instant(a, b).unwrap_or_else(|| a.cmp(b))),
        (Known::Bool(a), Known::Bool(b)) => Some(a.cmp(b)),
        (Known::Number(_) | Known::Whole(_), Known::Number(_) | Known::Whole(_) | Known::Text(_) | Known::Terms(_))
        | (Known::Text(_) | Known::Terms(_), Known::Number(_) | Known::Whole(_)) => by_size(a, b),
        (Known::Bool(a), Known::Text(b)) => Some(a.cmp(&b.parse().ok()?)),
        (Known::Text(a), Known::Bool(b)) => Some(a.parse::<bool>().ok()?.cmp(b)),
        _ => None,
    }
}

/// Of the terms that a cell names, those for which a condition has to hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parts {
    /// One is enough: nothing that is caught is freed by what stands beside it.
    Any,
    /// Every one.
    All,
}

impl Parts {
    /// What is asked of the terms inside a negation: that not all are something is that one is not.
    pub(super) fn negated(self) -> Self {
        match self {
            Self::Any => Self::All,
            Self::All => Self::Any,
        }
    }
}

#[cfg(test)]
thread_local! {
    /// How many values were held against one another on this thread.
    pub(super) static COMPARED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

#[cfg(test)]
fn count(compared: usize) {
    COMPARED.with(|all| all.set(all.get() + compared));
}

/// Whether one of a cell's terms, or every one, is one of some words.
pub(super) fn is_among(terms: &Terms, parts: Parts, words: &[&str]) -> Option<bool> {
    #[cfg(test)]
    count(words.len());
    let found = match parts {
        Parts::All => terms.are(words),
        Parts::Any => {
            let has: Vec<Option<bool>> = words.iter().map(|word| terms.has(word)).collect();
            if has.contains(&Some(true)) {
                Some(true)
            } else if has.contains(&None) {
                None
            } else {
                Some(false)
            }
        }
    };
    // A word that the vocabulary does not have is compared as it stands.
    let is_written =
        |word: &&str| terms.raw.contains(word.chars().next().unwrap_or_default()) && folded(&terms.raw) == folded(word);
    if found != Some(true) && words.iter().any(is_written) { Some(true) } else { found }
}

/// The same of many words, which are looked up. Cost: the terms, and what they deny.
pub(super) fn is_among_words(terms: &Terms, parts: Parts, words: &Words) -> Option<bool> {
    let found = match parts {
        Parts::All => terms.are_among(words),
        Parts::Any => terms.have_one(words),
    };
    if found != Some(true) && words.has_written(&terms.raw) { Some(true) } else { found }
}

/// What a comparison says; `None` (unknown) where there is no order.
pub(super) fn compared(comparison: Comparison, parts: Parts, a: &Known<'_>, b: &Known<'_>) -> Option<bool> {
    #[cfg(test)]
    count(1);
    match (a, b) {
        (Known::Unknown | Known::Null, _) | (_, Known::Unknown | Known::Null) => return None,
        (Known::Nothing, _) | (_, Known::Nothing) => return Some(comparison == Comparison::NotEqual),
        (Known::Terms(_), Known::Text(text)) | (Known::Text(text), Known::Terms(_)) => {
            let terms = a.terms().or_else(|| b.terms())?;
            return match comparison {
                Comparison::Equal => is_among(terms, parts, &[&**text]),
                Comparison::NotEqual => is_among(terms, parts.negated(), &[&**text]).map(|is| !is),
                _ => None,
            };
        }
        _ => {}
    }
    let order = order(a, b)?;
    Some(match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::AtMost => order.is_le(),
        Comparison::More => order.is_gt(),
        Comparison::AtLeast => order.is_ge(),
    })
}
