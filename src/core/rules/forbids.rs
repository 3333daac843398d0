//! Whether an area forbids what lies in it: its list held against what a feature is, by name or by a table of what the
//! words of the list mean.

use super::RuleInput;
use crate::model::{Layer, Role};
use crate::vocabulary::{Doubt, Property, Reading};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

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

/// Whether a reference forbids a subject.
pub(super) enum Forbidden {
    /// By this word of its list.
    By(String),
    /// It does not.
    No,
    /// That depends on these values.
    Doubtful(Vec<Doubt>),
}

impl Forbids {
    /// Whether a layer has any of the columns that say what its features are.
    pub(super) fn says_what(&self, subject: &Layer) -> bool {
        self.subject.iter().any(|name| subject.attributes.column(name).is_some())
    }

    /// The columns that could say what a subject is and that its layer has; all of them where it has none.
    fn empty_columns<'a>(&'a self, input: &RuleInput, role: Role) -> impl Iterator<Item = &'a str> {
        let has = |name: &str| input.reading(role, name).is_some_and(|reading| reading.has_column());
        let has_any = self.subject.iter().any(|name| has(name));
        let are: Vec<&str> = self.subject.iter().map(String::as_str).filter(|name| !has_any || has(name)).collect();
        are.into_iter()
    }

    /// Whether a reference's list forbids a subject; both by their roles and rows.
    pub(super) fn judge(&self, input: &RuleInput, subject: (Role, usize), reference: (Role, usize)) -> Forbidden {
        let Some(list) = input.reading(reference.0, &self.reference) else { return Forbidden::No };
        let (list, mut doubts) = match &**list.of(reference.1) {
            Reading::Terms(terms) => (terms.clone(), list.doubts(reference.1)),
            // A sentence in which nothing is recognised: nobody knows what it forbids.
            Reading::Unknown(_) => return Forbidden::Doubtful(list.doubts(reference.1)),
            _ => return Forbidden::No,
        };
        // Of each column, the terms that it names.
        let (mut is, mut own, mut says_nothing) = (BTreeSet::new(), Vec::new(), true);
        for (name, reading) in self.subject.iter().filter_map(|name| Some((name, input.reading(subject.0, name)?))) {
            doubts.extend(reading.doubts(subject.1).into_iter().filter(|doubt| doubt.value.is_some()));
            match &**reading.of(subject.1) {
                Reading::Terms(terms) => {
                    says_nothing = false;
                    is.extend(terms.all.iter().cloned());
                    own.push((name, terms.clone()));
                }
                Reading::Empty => {}
                _ => says_nothing = false,
            }
        }
        let forbids = |word: &&String| {
            let means = self.pairs.iter().filter(|pair| pair.banned == **word).flat_map(|pair| &pair.means);
            is.contains(*word) || means.into_iter().any(|meant| is.contains(meant))
        };
        let property = input.vocabulary().property(reference.0, &self.reference);
        // 高污染工业 forbids some of 工业, and nobody knows which.
        let is_partly = |word: &str| {
            let spelled = property.map(|p| p.spellings(word)).unwrap_or_default();
            property.is_some_and(|p| p.is_section(word))
                && list.unknown.iter().any(|part| spelled.iter().any(|own| part.contains(own)))
        };
        if let Some(word) = list.own.iter().filter(forbids).find(|word| !is_partly(word)) {
            return Forbidden::By(word.clone());
        }
        let named = |property: &str, value: Option<String>, narrower: Option<String>| Doubt {
            role: subject.0,
            property: property.to_owned(),
            value,
            narrower,
        };
        // 印染 is forbidden, and 纺织 may be that.
        let mut is_narrower = false;
        for (at, (name, terms)) in own.iter().enumerate() {
            // 工业用地 may be 化工; where another column says 装备制造, it is not that.
            let others: Vec<&String> =
                own.iter().enumerate().filter(|(i, _)| *i != at).flat_map(|(_, (_, other))| &other.own).collect();
            let is_settled = |word: &str, class: &str| {
                property.is_some_and(|p| p.is_under(word, class) && others.iter().any(|own| p.is_under(own, class)))
            };
            let own_property = input.vocabulary().property(subject.0, name);
            // 工业用地 of a trade that another column names, be it none of industry: 危险废物处置.
            let is_of_trade = |word: &str, class: &String| {
                own.iter().enumerate().filter(|(i, _)| *i != at).any(|(_, (other, trade))| {
                    let of = input.vocabulary().property(subject.0, other);
                    let names_one =
                        |own: &String| property.is_some_and(|p| !p.is_section(own) && !p.is_under(word, own));
                    of.is_some_and(|of| of.is_section(class))
                        && own_property.is_some_and(|own| !own.is_section(class))
                        && trade.unknown.is_empty()
                        && !trade.own.is_empty()
                        && trade.own.iter().all(names_one)
                })
            };
            let is_part = |word: &&String| {
                // A land use that stands under a section may be for any of its trades: 三类工业用地 for 化工.
                let is_of_section = |p: &Arc<Property>, class: &String| {
                    p.is_section(class) && own_property.is_some_and(|own| !own.is_section(class))
                };
                let is_below = property.is_some_and(|p| {
                    let classes = terms.all.iter().filter(|class| is_of_section(p, class));
                    terms.own.iter().chain(classes).any(|term| p.is_under(word, term))
                });
                let is_open = || terms.may_be.iter().chain(&terms.within).any(|open| open.contains(*word));
                (is_below || is_open())
                    && !terms.all.iter().any(|class| is_settled(word, class) || is_of_trade(word, class))
            };
            let narrower: Vec<&str> = list.own.iter().filter(is_part).map(String::as_str).collect();
            if !narrower.is_empty() {
                doubts.push(named(name, Some(terms.own.join("、")), Some(narrower.join("、"))));
                is_narrower = true;
            }
        }
        if !is_narrower && says_nothing && !list.own.is_empty() {
            doubts.extend(self.empty_columns(input, subject.0).map(|name| named(name, None, None)));
        }
        if doubts.is_empty() { Forbidden::No } else { Forbidden::Doubtful(doubts) }
    }
}
