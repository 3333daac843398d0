//! How values compare, and patterns of `LIKE`.

use super::{Comparison, Known};
use crate::vocabulary::folded;
use std::cmp::Ordering;

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

/// The order of two values; `None` where one is null, or they are of kinds that have no order. A text that is a number
/// compares with numbers as one.
fn order(a: &Known<'_>, b: &Known<'_>) -> Option<Ordering> {
    match (a, b) {
        (Known::Number(a), Known::Number(b)) => a.partial_cmp(b),
        (Known::Text(a), Known::Text(b)) => Some(a.cmp(b)),
        (Known::Bool(a), Known::Bool(b)) => Some(a.cmp(b)),
        (Known::Number(a), Known::Text(_) | Known::Terms(_)) => a.partial_cmp(&b.number()?),
        (Known::Text(_) | Known::Terms(_), Known::Number(b)) => a.number()?.partial_cmp(b),
        (Known::Bool(a), Known::Text(b)) => Some(a.cmp(&b.parse().ok()?)),
        (Known::Text(a), Known::Bool(b)) => Some(a.parse::<bool>().ok()?.cmp(b)),
        _ => None,
    }
}

/// What a comparison says; `None` (unknown) where there is no order.
pub(super) fn compared(comparison: Comparison, a: &Known<'_>, b: &Known<'_>) -> Option<bool> {
    let by_equality = |is_equal: Option<bool>| match comparison {
        Comparison::Equal => is_equal,
        Comparison::NotEqual => is_equal.map(|is| !is),
        _ => None,
    };
    match (a, b) {
        (Known::Unknown | Known::Null, _) | (_, Known::Unknown | Known::Null) => return None,
        (Known::Nothing, _) | (_, Known::Nothing) => return Some(comparison == Comparison::NotEqual),
        (Known::Terms(_), Known::Text(text)) | (Known::Text(text), Known::Terms(_)) => {
            let terms = a.terms().or_else(|| b.terms());
            // A word that the vocabulary does not have is compared as it stands.
            let has = |terms: &crate::vocabulary::Terms| match terms.has(text) {
                Some(true) => Some(true),
                other if !terms.raw.contains(text.chars().next().unwrap_or_default()) => other,
                other => {
                    if folded(&terms.raw) == folded(text) {
                        Some(true)
                    } else {
                        other
                    }
                }
            };
            return by_equality(terms.and_then(has));
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
