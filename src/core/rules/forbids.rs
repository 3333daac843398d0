//! Whether an area forbids what lies in it: its list held against what a feature is, by name or by a table of what the
//! words of the list mean.

use super::RuleInput;
use crate::model::{Layer, Role};
use crate::vocabulary::{Doubt, Property, Reading, Terms};
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
            // A sentence in which nothing is recognised, and a list that is empty where that says nothing: nobody knows what
            // it forbids.
            _ => {
                let doubts = list.doubts(reference.1);
                return if doubts.is_empty() { Forbidden::No } else { Forbidden::Doubtful(doubts) };
            }
        };
        let (mut own, mut says_nothing): (Vec<Column<'_>>, bool) = (Vec::new(), true);
        for (name, reading) in self.subject.iter().filter_map(|name| Some((name, input.reading(subject.0, name)?))) {
            doubts.extend(reading.doubts(subject.1).into_iter().filter(|doubt| doubt.value.is_some()));
            match &**reading.of(subject.1) {
                Reading::Terms(terms) => {
                    says_nothing = false;
                    own.push(Column { name, property: Arc::clone(reading.property()), terms: terms.clone() });
                }
                Reading::Empty => {}
                _ => says_nothing = false,
            }
        }
        let property = input.vocabulary().property(reference.0, &self.reference);
        let meant = |word: &String| -> Vec<String> {
            let means = self.pairs.iter().filter(|pair| pair.banned == *word).flat_map(|pair| &pair.means);
            std::iter::once(word).chain(means).cloned().collect()
        };
        let named = |property: &str, value: Option<String>| Doubt {
            role: subject.0,
            property: property.to_owned(),
            value,
            narrower: None,
            beside: None,
        };
        // 高污染工业 forbids some of 工业, and nobody knows which.
        let is_partly = |word: &str| {
            let spelled = property.map(|p| p.spellings(word)).unwrap_or_default();
            property.is_some_and(|p| p.is_section(word))
                && list.unknown.iter().any(|part| spelled.iter().any(|own| part.contains(own)))
        };
        // 2614 is forbidden, and 261 may be that; 2611 is another of its kind.
        let mut by_code: Vec<Doubt> = Vec::new();
        for word in list.own.iter().filter(|word| !is_partly(word)) {
            if by_land(word, property, &own) && list.excepted.is_empty() {
                return Forbidden::By(word.clone());
            }
            if property.is_some_and(|property| own.iter().any(|column| column.has_code_of(word, property, &list))) {
                return Forbidden::By(word.clone());
            }
            for column in
                own.iter().filter(|column| meant(word).iter().any(|word| column.is(word, property, &list.excepted)))
            {
                match property.map_or(Finer::Same, |property| column.finer(word, property, &list.raw)) {
                    Finer::Same => return Forbidden::By(word.clone()),
                    Finer::Wider(codes) => by_code
                        .push(Doubt { narrower: Some(codes), ..named(column.name, Some(column.terms.raw.clone())) }),
                    Finer::Beside(codes) => by_code
                        .push(Doubt { beside: Some(codes), ..named(column.name, Some(column.terms.raw.clone())) }),
                }
            }
        }
        // What the list leaves out is looked at, whatever else it says.
        let is_left_out = |column: &Column<'_>| {
            column.terms.own.iter().any(|term| list.excepted.iter().any(|left| column.bans(property, left, term)))
        };
        if doubts.is_empty() && own.iter().any(is_left_out) {
            let (role, property) = (reference.0, self.reference.clone());
            doubts.push(Doubt { role, property, value: Some(list.raw.clone()), narrower: None, beside: None });
        }
        doubts.extend(by_code);
        // 印染 is forbidden, and 纺织 may be that; 养牛 is, and 养猪 is another kind of the same.
        let mut is_narrower = false;
        for (at, column) in own.iter().enumerate() {
            let others: Vec<&Column<'_>> =
                own.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, other)| other).collect();
            let is_it = |word: &String| meant(word).iter().any(|word| column.names(word, property));
            let is_open = |word: &&String| meant(word).iter().any(|word| column.is_open(word, property, &others));
            let (open, rest): (Vec<&String>, Vec<&String>) =
                list.own.iter().filter(|word| !is_it(word)).partition(is_open);
            let beside: Vec<&String> = rest
                .into_iter()
                .filter(|word| meant(word).iter().any(|word| column.is_beside(word, property)))
                .collect();
            let value = || Some(column.terms.own.join("、"));
            let joined =
                |words: &[&String]| Some(words.iter().map(|word| word.as_str()).collect::<Vec<_>>().join("、"));
            if !open.is_empty() {
                doubts.push(Doubt { narrower: joined(&open), ..named(column.name, value()) });
                is_narrower = true;
            }
            if !beside.is_empty() {
                doubts.push(Doubt { beside: joined(&beside), ..named(column.name, value()) });
            }
        }
        // 三类工业用地 is forbidden, and nothing says on which land a trade of industry lies.
        let is_on_it = |word: &&String| property.is_some_and(|list| may_lie_on(list, word, &own));
        let is_without = |name: &&String| {
            input
                .reading(subject.0, name)
                .is_some_and(|r| !r.property().has_sections() && **r.of(subject.1) == Reading::Empty)
        };
        if list.own.iter().any(|word| is_on_it(&word)) {
            doubts.extend(self.subject.iter().filter(is_without).map(|name| named(name, None)));
        }
        if !is_narrower && says_nothing && !list.own.is_empty() {
            doubts.extend(self.empty_columns(input, subject.0).map(|name| named(name, None)));
        }
        if doubts.is_empty() { Forbidden::No } else { Forbidden::Doubtful(doubts) }
    }
}

/// True where a trade may lie on a land use that is forbidden, and trades do not tell it apart from others: a trade of industry on
/// 三类工业用地.
fn may_lie_on(list: &Property, word: &str, own: &[Column<'_>]) -> bool {
    let trades = || own.iter().filter(|column| column.property.has_sections());
    let is_of = |term: &String| {
        let wider = |class: &&str| list.bans(class, word) && list.bans(class, term) && *class != word;
        list.choices().iter().any(wider)
    };
    list.is_use_of_no_trade(word) && trades().flat_map(|column| &column.terms.own).any(is_of)
}

/// True where a land use is forbidden with a kind of what lies on it (医疗卫生用地 with 医院), and no trade beside it is another of
/// these kinds (诊所).
fn by_land(word: &str, list: Option<&Arc<Property>>, own: &[Column<'_>]) -> bool {
    let is_land = |column: &Column<'_>| {
        !column.property.has_sections()
            && column.terms.own.iter().any(|land| list.is_some_and(|list| list.bans_land(word, land)))
    };
    let is_other = |column: &Column<'_>| column.property.has_sections() && column.is_beside(word, list);
    own.iter().any(is_land) && !own.iter().any(is_other)
}

/// What a column of a subject says that it is.
struct Column<'a> {
    name: &'a str,
    property: Arc<Property>,
    terms: Terms,
}

/// What codes of a list, by which alone it names a term, say of a subject of that term.
enum Finer {
    /// They name the term, or the subject is one of them.
    Same,
    /// The subject may be one of these.
    Wider(String),
    /// It is another of the term than these.
    Beside(String),
}

impl Column<'_> {
    /// Whether what it says is a term or one that a ban of it bans, whatever the list leaves out.
    fn names(&self, word: &str, list: Option<&Arc<Property>>) -> bool {
        self.is(word, list, &BTreeSet::new())
    }

    /// Whether it is another kind of what a term is a kind of: 养猪 of 畜禽养殖, where 养牛 is forbidden. So is what else stands
    /// under that, and the other way round.
    fn is_beside(&self, word: &str, list: Option<&Arc<Property>>) -> bool {
        let kin = |term: &str| -> BTreeSet<&str> {
            self.property.kin(term).chain(list.into_iter().flat_map(|list| list.kin(term))).collect()
        };
        let is_under = |term: &str, class: &str| {
            self.property.is_under(term, class) || list.is_some_and(|list| list.is_under(term, class))
        };
        let of_word = kin(word);
        self.terms.own.iter().any(|own| {
            let of_own = kin(own);
            !of_own.is_disjoint(&of_word)
                || of_word.iter().any(|class| is_under(own, class))
                || of_own.iter().any(|class| is_under(word, class))
        })
    }

    /// Whether it stands there with a code with which a term stands in the list: 2614, and 2614有机化学原料制造.
    fn has_code_of(&self, word: &str, list: &Arc<Property>, terms: &Terms) -> bool {
        let is_of_word = |of: &&str| *of == word || list.is_under(word, of);
        let codes = list.codes_written(&terms.raw).into_iter().filter(|(_, of)| of.iter().any(is_of_word));
        let codes: Vec<String> = codes.map(|(code, _)| code).collect();
        // What the list leaves out may be it.
        !codes.is_empty()
            && terms.excepted.is_empty()
            && self.property.codes_written(&self.terms.raw).iter().any(|(own, of)| {
                of.iter().any(|of| self.terms.own.iter().any(|term| term == of || self.property.is_under(term, of)))
                    && codes.iter().any(|code| code.len() > 3 && own.starts_with(code.as_str()))
            })
    }

    /// What the codes that a list names a term by say of it: 2614 and 2611 are both 基础化学原料.
    fn finer(&self, word: &str, list: &Arc<Property>, raw: &str) -> Finer {
        let codes = list.finer_codes(raw, word);
        if codes.is_empty() {
            return Finer::Same;
        }
        let begins =
            |long: &[String], short: &[String]| long.iter().any(|own| short.iter().any(|one| own.starts_with(one)));
        let mut is_wider = false;
        for term in self.terms.own.iter().filter(|term| *term == word || self.bans(Some(list), word, term)) {
            let own = match self.property.finer_codes(&self.terms.raw, term) {
                own if own.is_empty() && term != word => self.property.codes_of(term),
                own => own,
            };
            if begins(&own, &codes) {
                return Finer::Same;
            }
            is_wider |= own.is_empty() || begins(&codes, &own);
        }
        let codes = codes.join("、");
        if is_wider { Finer::Wider(codes) } else { Finer::Beside(codes) }
    }

    /// Whether what is forbidden is what it says, or a class or a whole of it; by its own property, or by that of the list.
    /// Nothing of what the list expressly leaves out is: a person looks at that.
    fn is(&self, word: &str, list: Option<&Arc<Property>>, excepted: &BTreeSet<String>) -> bool {
        self.terms.own.iter().zip(&self.terms.each).any(|(term, classes)| {
            let is_left_out = || excepted.iter().any(|left| self.bans(list, left, term));
            (classes.contains(word) || self.bans(list, word, term)) && !is_left_out()
        })
    }

    fn bans(&self, list: Option<&Arc<Property>>, word: &str, term: &str) -> bool {
        self.property.bans(word, term) || list.is_some_and(|list| list.bans(word, term))
    }

    /// The classes of a term by which it may be what is forbidden, and is wider: itself, and of a land use a section, for any
    /// of whose trades it may be (三类工业用地 for 化工).
    fn wide<'t>(&'t self, at: usize, word: &str, list: Option<&Arc<Property>>) -> Vec<&'t String> {
        let (term, classes) = (&self.terms.own[at], &self.terms.each[at]);
        let lies_below = |class: &String| list.is_some_and(|list| list.bans(class, word) && class.as_str() != word);
        let is_of_section =
            |class: &&String| list.is_some_and(|list| list.is_section(class)) && !self.property.is_section(class);
        let may_be = self.property.may_be_banned(word, term) || list.is_some_and(|list| list.may_be_banned(word, term));
        let open = [self.terms.may_be.get(at), self.terms.within.get(at)];
        // 公用设施用地 may be land of 电力, which is an industry, and not 工业用地 for that: of two land uses the words decide.
        let is_of_use = |list: &Property| !self.property.has_sections() && list.is_land_use(word);
        let bans = |list: &Property, narrow: &String| {
            list.bans(word, narrow) && (list.is_land_use(narrow) || !is_of_use(list))
        };
        // 精细化工 may be 农药, of which 除草剂 is a kind.
        let is_kind_of = |narrow: &str| list.is_some_and(|list| list.kin(word).any(|of| of == narrow));
        let is_it =
            |narrow: &String| narrow == word || is_kind_of(narrow) || list.is_some_and(|list| bans(list, narrow));
        let own = may_be || open.into_iter().flatten().flatten().any(is_it);
        // 二类工业用地 is none of 三类, whatever lies in its section.
        let is_told_apart = list.is_some_and(|list| list.is_use_of_no_trade(word));
        let sections = classes.iter().filter(|class| *class != term && !is_told_apart);
        let sections = sections.filter(is_of_section).filter(|c| lies_below(c));
        own.then_some(term).into_iter().chain(sections).collect()
    }

    /// Whether what it says leaves open that it is what is forbidden, whatever other columns say.
    fn may_be(&self, word: &str, list: Option<&Arc<Property>>) -> bool {
        (0..self.terms.own.len()).any(|at| !self.wide(at, word, list).is_empty())
    }

    /// The same; what a land use leaves open, a trade that is named beside it settles: 工业用地 of 装备制造 is not for 化工, nor is
    /// one of a trade that is none of industry (危险废物处置). A trade that is itself left open no land use settles.
    fn is_open(&self, word: &str, list: Option<&Arc<Property>>, others: &[&Self]) -> bool {
        let trades: Vec<&&Self> = others
            .iter()
            .filter(|other| other.property.has_sections() && !self.property.has_sections())
            .filter(|other| other.names_trades(word, list))
            .collect();
        // Of a land use that trades do not tell apart from others (三类工业用地) a trade settles nothing.
        let is_of_no_trade = list.is_some_and(|list| list.is_use_of_no_trade(word));
        let is_settled = |at: usize, wide: &[&String]| {
            !is_of_no_trade
                && trades.iter().any(|trade| {
                    let of_trades = self.terms.each[at].iter().filter(|class| trade.property.is_term(class));
                    wide.iter().copied().chain(of_trades).filter(|class| self.bans(list, class, word)).any(|class| {
                        let is_of = |own: &String| own != class && self.bans(list, class, own);
                        trade.property.is_section(class) || trade.terms.own.iter().any(is_of)
                    })
                })
        };
        (0..self.terms.own.len()).any(|at| {
            let wide = self.wide(at, word, list);
            !wide.is_empty() && !is_settled(at, &wide)
        })
    }

    /// True where it names trades, and nothing of them may be what is forbidden.
    fn names_trades(&self, word: &str, list: Option<&Arc<Property>>) -> bool {
        let is_section = |term: &String| list.is_some_and(|list| list.is_section(term));
        self.terms.unknown.is_empty()
            && !self.terms.own.is_empty()
            && !self.terms.own.iter().any(is_section)
            && !self.may_be(word, list)
    }
}
