//! The features of an answer: as they were made, or matches that become features when they are asked for.

use super::answer::{id_of, length, name_of};
use crate::io::geojson::{Added, OutGeometry};
use std::borrow::Cow;

/// Values of one feature, by column.
pub type Values = smallvec::SmallVec<[Added; 4]>;

/// One feature of an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct AnswerFeature {
    /// The subject's row whose members it carries; `None` for a feature made new.
    pub row: Option<usize>,
    /// An id (JSON) instead of its own.
    pub id: Option<String>,
    /// Its geometry.
    pub geometry: OutGeometry,
    /// The values of [`super::Answer::columns`].
    pub values: Values,
}

/// On which side of a shoreline something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bank {
    /// On land.
    Land,
    /// In the water.
    Water,
    /// Neither the line nor the water tells.
    Unknown,
}

impl Bank {
    fn word(self) -> &'static str {
        match self {
            Self::Land => "陆域",
            Self::Water => "水域",
            Self::Unknown => "",
        }
    }
}

/// A row of the subject as it is, with what of the reference is nearest: a feature in an eighth of the memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// The subject's row.
    pub row: u32,
    /// The reference's.
    pub(super) nearest: u32,
    /// Metres; infinite where there is nothing to be near to.
    distance_m: f64,
    /// Where the question asks for it.
    pub(super) bank: Option<Bank>,
}

impl Match {
    /// Of a row, and the nearest row of the reference with its distance in metres.
    pub(super) fn new(row: usize, nearest: Option<(usize, f64)>, bank: Option<Bank>) -> Self {
        let (nearest, distance_m) = nearest.unwrap_or((0, f64::INFINITY));
        Self { row: row as u32, nearest: nearest as u32, distance_m, bank }
    }

    /// How far the nearest is; metres, infinite where there is nothing to be near to.
    pub(super) fn distance_m(&self) -> f64 {
        self.distance_m
    }

    /// Its values: `distance_m`, `nearest_id`, `nearest_name`, and the side where it is asked for.
    fn feature(&self) -> AnswerFeature {
        let nearest = self.nearest as usize;
        let mut values: Values = match self.distance_m.is_finite() {
            true => smallvec::smallvec![length(self.distance_m), id_of(nearest), name_of(nearest)],
            false => smallvec::smallvec![Added::Null, Added::Null, Added::Null],
        };
        values.extend(self.bank.map(|bank| Added::Word(bank.word())));
        AnswerFeature { row: Some(self.row as usize), id: None, geometry: OutGeometry::Unchanged, values }
    }
}

/// The features of an answer, in their order.
#[derive(Clone, Debug, PartialEq)]
pub enum Features {
    /// As they are.
    Made(Vec<AnswerFeature>),
    /// Rows of the subject as they are.
    Matched(Vec<Match>),
    /// So many, which stand in a table and no more here ([`super::ResultTable`]).
    InTable(usize),
}

impl Features {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Made(features) => features.len(),
            Self::Matched(matches) => matches.len(),
            Self::InTable(count) => *count,
        }
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them, where it stands here.
    pub fn at(&self, i: usize) -> Option<Cow<'_, AnswerFeature>> {
        match self {
            Self::Made(features) => features.get(i).map(Cow::Borrowed),
            Self::Matched(matches) => matches.get(i).map(|found| Cow::Owned(found.feature())),
            Self::InTable(_) => None,
        }
    }

    /// Those that stand here as they are.
    pub fn into_vec(self) -> Vec<AnswerFeature> {
        match self {
            Self::Made(features) => features,
            Self::Matched(matches) => matches.iter().map(Match::feature).collect(),
            Self::InTable(_) => Vec::new(),
        }
    }

    /// All that stand here.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, AnswerFeature>> {
        (0..self.len()).map_while(|i| self.at(i))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_is_a_feature_in_an_eighth_of_its_memory() {
        assert!(size_of::<Match>() * 7 <= size_of::<AnswerFeature>(), "{}", size_of::<AnswerFeature>());
        let [near, lonely] = [Match::new(7, Some((3, 12.345_67)), Some(Bank::Water)), Match::new(8, None, None)];
        let features = Features::Matched(vec![near, lonely]);
        let of = |i: usize| features.at(i).map(|one| (one.row, one.values.to_vec())).expect("there");
        let word = Added::Word("水域");
        assert_eq!(of(0), (Some(7), vec![Added::Number(12.345_7), Added::IdOf(3), Added::NameOf(3), word]));
        assert_eq!(of(1), (Some(8), vec![Added::Null; 3]));
        assert_eq!(features.iter().count(), features.len());
    }
}
