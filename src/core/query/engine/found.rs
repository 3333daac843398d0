//! What the work on rows gives, of parts put together.

use super::work::{Kind, RowWork};
use crate::query::AskError;
use crate::query::features::Match;
use crate::query::overlap::Overlaps;
use crate::query::part::{InArea, Outside};
use crate::query::served::Gap;
use crate::query::within::{Matches, greater, lesser};
use std::collections::HashMap;

/// What the work on some rows gave.
#[derive(Clone, Debug)]
pub struct Found(pub(super) Results);

/// By kind; lists stand in the order of the rows.
#[derive(Clone, Debug)]
pub(super) enum Results {
    Matches(Matches),
    Least(Option<f64>),
    Gaps(Vec<Gap>),
    Areas(Vec<f64>),
    Overlaps(Vec<Overlaps>, Vec<f64>),
    Pairs(Vec<(usize, usize)>),
    Inside(Vec<InArea>),
    Outside(Vec<(Option<Outside>, usize)>),
}

/// What an engine says that gave something else than it was asked for.
fn another_kind() -> AskError {
    AskError::Engine("the engine answered another question than it was asked".to_owned())
}

macro_rules! takes {
    ($($name:ident: $variant:ident($($of:ident),+) -> $type:ty;)+) => {
        $(pub(in crate::query) fn $name(self) -> Result<$type, AskError> {
            match self.0 {
                Results::$variant($($of),+) => Ok(($($of),+)),
                _ => Err(another_kind()),
            }
        })+
    };
}

impl Found {
    takes! {
        matches: Matches(all) -> Matches;
        least: Least(all) -> Option<f64>;
        gaps: Gaps(all) -> Vec<Gap>;
        areas_m2: Areas(all) -> Vec<f64>;
        overlaps: Overlaps(all, added_m2) -> (Vec<Overlaps>, Vec<f64>);
        pairs: Pairs(all) -> Vec<(usize, usize)>;
        inside: Inside(all) -> Vec<InArea>;
        outside: Outside(all) -> Vec<(Option<Outside>, usize)>;
    }

    /// For how many rows there is something, where there is something for each.
    pub(super) fn len(&self) -> Option<usize> {
        match &self.0 {
            Results::Gaps(all) => Some(all.len()),
            Results::Areas(all) => Some(all.len()),
            Results::Overlaps(all, _) => Some(all.len()),
            Results::Outside(all) => Some(all.len()),
            Results::Matches(_) | Results::Least(_) | Results::Pairs(_) | Results::Inside(_) => None,
        }
    }

    /// Those of some rows that nothing is known of yet, where references further off than this were not looked at.
    pub(super) fn undecided(&self, work: &RowWork<'_>, rows: &[usize], looked_m: f64) -> Vec<usize> {
        let is_far = |m: f64| m > looked_m;
        match (&self.0, &work.kind) {
            (Results::Matches(found), Kind::Within { .. }) => {
                let far = found.matches.iter().filter(|one| is_far(one.distance_m()));
                far.map(|one| one.row as usize).collect()
            }
            (Results::Matches(found), _) => {
                let near: HashMap<u32, f64> = found.matches.iter().map(|one| (one.row, one.distance_m())).collect();
                let is_open = |row: &&usize| near.get(&(**row as u32)).is_none_or(|m| is_far(*m));
                rows.iter().filter(is_open).copied().collect()
            }
            (Results::Least(least), _) if least.is_none_or(is_far) => rows.to_vec(),
            (Results::Gaps(gaps), _) => {
                let names_one = |gap: &Gap| gap.unserved.is_some() || !gap.slivers.is_empty();
                let is_open = |gap: &Gap| names_one(gap) && gap.nearest.is_none_or(|(near, _)| is_far(near.distance_m));
                rows.iter().zip(gaps).filter(|(_, gap)| is_open(gap)).map(|(row, _)| *row).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Puts together what was found for parts of `rows`, each row in one of them; the later says what the earlier left undecided.
    pub(super) fn joined(work: &RowWork<'_>, rows: &[usize], parts: Vec<(Vec<usize>, Self)>) -> Result<Self, AskError> {
        // The part that decided each row, and the row's place in it.
        let mut of_row: HashMap<usize, (usize, usize)> = HashMap::with_capacity(rows.len());
        for (number, (own, _)) in parts.iter().enumerate() {
            of_row.extend(own.iter().enumerate().map(|(at, row)| (*row, (number, at))));
        }
        if rows.iter().any(|row| !of_row.contains_key(row)) {
            return Err(AskError::Engine("the engine left rows out".to_owned()));
        }
        let is_of = |number: usize, row: usize| of_row.get(&row).is_some_and(|(part, _)| *part == number);
        let found = parts.into_iter().map(|(_, found)| found).enumerate();
        let results = match work.kind {
            Kind::Within { .. } | Kind::Nearest { .. } => {
                let mut all = Matches::default();
                for (number, part) in found {
                    let part = part.matches()?;
                    all.min_distance_m = lesser(all.min_distance_m, part.min_distance_m);
                    all.matches.extend(part.matches.into_iter().filter(|one| is_of(number, one.row as usize)));
                }
                all.matches.sort_unstable_by_key(|one| one.row);
                let known = all.matches.iter().map(Match::distance_m).filter(|m| m.is_finite());
                all.max_distance_m = known.map(Some).fold(None, greater);
                Results::Matches(all)
            }
            Kind::Least => {
                let mut least = None;
                for (_, part) in found {
                    least = lesser(least, part.least()?);
                }
                Results::Least(least)
            }
            Kind::Meet => {
                let mut all = Vec::new();
                for (number, part) in found {
                    all.extend(part.pairs()?.into_iter().filter(|(row, _)| is_of(number, *row)));
                }
                all.sort_unstable();
                Results::Pairs(all)
            }
            Kind::InArea => {
                let mut all = Vec::new();
                for (number, part) in found {
                    all.extend(part.inside()?.into_iter().filter(|one| is_of(number, one.row)));
                }
                all.sort_by_key(|one| (one.row, one.with));
                Results::Inside(all)
            }
            Kind::Gap { .. } => Results::Gaps(in_order(rows, &of_row, found, Self::gaps)?),
            Kind::Shared | Kind::Ground => Results::Areas(in_order(rows, &of_row, found, Self::areas_m2)?),
            Kind::Outside => Results::Outside(in_order(rows, &of_row, found, Self::outside)?),
            Kind::Overlap { with_added } => {
                let with = |part: Self| -> Result<Vec<(Overlaps, f64)>, AskError> {
                    let (overlaps, added_m2) = part.overlaps()?;
                    let added_m2 = if with_added { added_m2 } else { vec![0.0; overlaps.len()] };
                    Ok(overlaps.into_iter().zip(added_m2).collect())
                };
                let (overlaps, added_m2) = in_order(rows, &of_row, found, with)?.into_iter().unzip();
                Results::Overlaps(overlaps, if with_added { added_m2 } else { Vec::new() })
            }
        };
        Ok(Self(results))
    }
}

/// What parts gave for each of their rows, in the order of all rows.
fn in_order<T>(
    rows: &[usize],
    of_row: &HashMap<usize, (usize, usize)>,
    parts: impl Iterator<Item = (usize, Found)>,
    take: impl Fn(Found) -> Result<Vec<T>, AskError>,
) -> Result<Vec<T>, AskError> {
    let mut all: Vec<Vec<Option<T>>> = Vec::new();
    for (_, part) in parts {
        all.push(take(part)?.into_iter().map(Some).collect());
    }
    let of = |row: &usize| of_row.get(row).and_then(|(part, at)| all.get_mut(*part)?.get_mut(*at)?.take());
    rows.iter().map(of).collect::<Option<_>>().ok_or_else(another_kind)
}
