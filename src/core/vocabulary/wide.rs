//! What stands above what: classes, what a wide term leaves open (narrower terms that its word does not rule out, by their
//! codes and their classes), and of what a ban is a ban of what.

use super::{Property, Term};
use std::collections::{BTreeSet, HashMap};

/// Puts the terms whose codes a section holds under it: 61 and 62 under 住宿和餐饮业.
pub(super) fn put_under_sections(terms: &mut [Term]) {
    let sections: Vec<Term> = terms.iter().filter(|term| !term.holds.is_empty()).cloned().collect();
    for section in sections {
        let is_held = |code: &String| section.holds.iter().any(|own| code.starts_with(own.as_str()));
        let of_list = terms.iter_mut().filter(|term| term.list == section.list && term.is != section.is);
        for term in of_list.filter(|term| term.codes.iter().any(is_held)) {
            if !term.under.contains(&section.is) {
                term.under.push(section.is.clone());
            }
        }
    }
}

/// Makes a term of each kind of a term: 养猪 under 畜禽养殖. It says what the term says; codes stay with the term.
pub(super) fn make_kinds(terms: &mut Vec<Term>) {
    let mut all = Vec::with_capacity(terms.len());
    for mut term in std::mem::take(terms) {
        let kinds = std::mem::take(&mut term.kinds);
        let kind_of = |words: &String| {
            let mut words = words.split('|').map(str::to_owned);
            let (under, kin) = (vec![term.is.clone()], Some(term.is.clone()));
            let own = Term { codes: Vec::new(), holds: Vec::new(), parts: Vec::new(), under, kin, ..term.clone() };
            Term { is: words.next().unwrap_or_default(), also: words.collect(), ..own }
        };
        let made: Vec<Term> = kinds.iter().map(kind_of).collect();
        all.push(term);
        all.extend(made);
    }
    *terms = all;
}

/// Of every term and class above which, or which itself, is a kind of another, those others.
pub(super) fn kin(terms: &[Term], above: &HashMap<String, BTreeSet<String>>) -> HashMap<String, BTreeSet<String>> {
    let mut own: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for term in terms {
        own.entry(&term.is).or_default().extend(term.kin.as_deref());
    }
    let of = |above: &BTreeSet<String>| -> BTreeSet<String> {
        let kin = above.iter().filter_map(|class| own.get(class.as_str())).flatten();
        kin.map(|kin| (*kin).to_owned()).collect()
    };
    let all = above.iter().map(|(term, above)| (term.clone(), of(above)));
    all.filter(|(_, kin)| !kin.is_empty()).collect()
}

/// Of each term that stands above others, these and their classes, without what it is itself: the terms whose codes begin with
/// one of its own (27 holds 271), and, in a list of which that is so, those right under it.
pub(super) fn within(terms: &[Term], above: &HashMap<String, BTreeSet<String>>) -> HashMap<String, BTreeSet<String>> {
    let mut within: HashMap<String, BTreeSet<String>> = HashMap::new();
    let mut open = |wide: &str, narrow: &str| {
        let (Some(own), Some(theirs)) = (above.get(wide), above.get(narrow)) else { return };
        // What lies above the wide one, as two names of one thing do, is not narrower.
        if wide != narrow && !own.contains(narrow) {
            let more = theirs.iter().filter(|class| !own.contains(*class)).cloned();
            within.entry(wide.to_owned()).or_default().extend(more);
        }
    };
    let codes: Vec<(&Term, &String)> =
        terms.iter().flat_map(|term| term.codes.iter().map(move |code| (term, code))).collect();
    for (wide, own) in &codes {
        let longer = codes
            .iter()
            .filter(|(term, code)| term.list == wide.list && code.len() > own.len() && code.starts_with(own.as_str()));
        longer.for_each(|(narrow, _)| open(&wide.is, &narrow.is));
    }
    // A class of the statistics, or a section. The everyday name of a trade (食品, 电子信息) means what it is mostly: were it
    // wide, every bakery might be a brewery.
    let is_statistical = |class: &String| {
        terms.iter().any(|term| term.is == *class && !(term.codes.is_empty() && term.holds.is_empty()))
    };
    for narrow in terms.iter().filter(|term| term.classes_are_wide) {
        narrow.under.iter().filter(|class| is_statistical(class)).for_each(|class| open(class, &narrow.is));
    }
    // What a term leaves open its kinds do, but for one another: 五金 may be 电镀, as 金属制品业 may. Kinds of kinds come last.
    let of_kind = kin(terms, above);
    let is_kind = |term: &String, of: &String| of_kind.get(term).is_some_and(|kin| kin.contains(of));
    for _ in 0..3 {
        for (term, of) in terms.iter().filter_map(|term| Some((&term.is, term.kin.as_ref()?))) {
            let (Some(open), Some(own)) = (within.get(of), above.get(term)) else { continue };
            let more: Vec<String> =
                open.iter().filter(|one| !own.contains(*one) && !is_kind(one, of)).cloned().collect();
            within.entry(term.clone()).or_default().extend(more);
        }
    }
    within
}

/// The terms that a term stands right under: its classes.
type Edges<'a> = HashMap<&'a str, BTreeSet<&'a str>>;

/// The classes that terms name themselves.
fn classes(terms: &[Term]) -> Edges<'_> {
    let mut direct = Edges::new();
    for term in terms {
        direct.entry(&term.is).or_default().extend(term.under.iter().map(String::as_str));
        for class in &term.under {
            direct.entry(class).or_default();
        }
    }
    direct
}

/// Of every term and class the classes above it, itself included.
pub(super) fn above(terms: &[Term]) -> HashMap<String, BTreeSet<String>> {
    let direct = classes(terms);
    let all = |start: &str| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(next) = open.pop() {
            if seen.insert(next.to_owned()) {
                open.extend(direct.get(next).into_iter().flatten());
            }
        }
        seen
    };
    direct.keys().map(|term| ((*term).to_owned(), all(term))).collect()
}

/// Of every term those of which a ban bans it, itself included: its classes, and what holds its codes (a ban of 15 is one of
/// 1512), and so on; and that of which one of these is a part.
pub(super) fn banned_by(terms: &[Term]) -> HashMap<String, BTreeSet<String>> {
    let mut direct = classes(terms);
    for narrow in terms.iter().filter(|term| !term.codes.is_empty()) {
        let holds = |wide: &&Term| {
            let is_held = |code: &String| wide.codes.iter().any(|own| code.len() > own.len() && code.starts_with(own));
            wide.list == narrow.list && wide.is != narrow.is && narrow.codes.iter().all(is_held)
        };
        let wide = terms.iter().filter(holds).map(|wide| wide.is.as_str());
        direct.entry(&narrow.is).or_default().extend(wide);
    }
    // Trades and land uses stand under one another both ways (供电用地 is land of 电力 and of 供电): from one to the other, and
    // not back, or 火电 were 供电.
    let trades: BTreeSet<&str> = match terms.iter().any(|term| term.list > 0) {
        true => terms.iter().filter(|term| term.list == 0).map(|term| term.is.as_str()).collect(),
        false => BTreeSet::new(),
    };
    let uses: BTreeSet<&str> = terms.iter().filter(|term| term.list > 0).map(|term| term.is.as_str()).collect();
    let is_use = |term: &str| !trades.contains(term) && uses.contains(term);
    let all_of = |start: &str| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![(start, false)]);
        while let Some((at, has_crossed)) = open.pop() {
            if !seen.insert((at, has_crossed)) {
                continue;
            }
            for next in direct.get(at).into_iter().flatten() {
                let crosses = (trades.contains(at) && is_use(next)) || (is_use(at) && trades.contains(next));
                if !(crosses && has_crossed) {
                    open.push((next, has_crossed || crosses));
                }
            }
        }
        seen.into_iter().map(|(term, _)| term.to_owned()).collect::<BTreeSet<String>>()
    };
    let mut all: HashMap<String, BTreeSet<String>> =
        direct.keys().map(|term| ((*term).to_owned(), all_of(term))).collect();
    let parts = || terms.iter().filter(|term| !term.parts.is_empty());
    for by in all.values_mut() {
        let wholes: Vec<String> = parts()
            .filter(|whole| whole.parts.iter().any(|part| by.contains(part)))
            .map(|whole| whole.is.clone())
            .collect();
        by.extend(wholes);
    }
    all
}

impl Property {
    /// True where a term lies under another that is not itself.
    pub fn is_under(&self, term: &str, class: &str) -> bool {
        term != class && self.above.get(term).is_some_and(|above| above.contains(class))
    }

    /// The widest term that a term stands under, itself where it stands under none.
    pub fn first_level<'a>(&'a self, term: &'a str) -> &'a str {
        let above = self.above.get(term).into_iter().flatten().map(String::as_str).filter(|class| self.is_term(class));
        let has_none_above = |class: &&str| !self.terms.iter().any(|wide| self.is_under(class, &wide.is));
        above.filter(has_none_above).min().unwrap_or(term)
    }

    /// True for a section, under which stand the terms of many codes.
    pub fn is_section(&self, term: &str) -> bool {
        self.terms.iter().any(|own| own.is == term && !own.holds.is_empty())
    }

    /// True where it names trades, which stand in sections.
    pub fn has_sections(&self) -> bool {
        self.terms.iter().any(|term| !term.holds.is_empty())
    }

    /// True for a land use that no trade tells apart from others: 三类工业用地, and not 加油站用地. Land of a section (工业用地) is of
    /// all of its trades.
    pub fn is_use_of_no_trade(&self, term: &str) -> bool {
        let is_trade = |class: &String| {
            let is_one = self.terms.iter().any(|own| own.is == *class && own.list == 0);
            class != term && is_one && !self.is_section(class)
        };
        self.is_land_use(term) && !self.above.get(term).into_iter().flatten().any(is_trade)
    }

    /// True for a land use, of a property that names trades as well.
    pub fn is_land_use(&self, term: &str) -> bool {
        let mut of = self.terms.iter().filter(|own| own.is == term).peekable();
        of.peek().is_some() && of.all(|own| own.list > 0)
    }

    /// True where a ban of one term is a ban of another: of a class of it, of what holds its codes, of what it is a part of.
    pub fn bans(&self, banned: &str, term: &str) -> bool {
        banned == term || self.banned_by.get(term).is_some_and(|by| by.contains(banned))
    }

    /// True where a ban of one term bans a land use as it stands, and not what lies under it: 医院 and 医疗卫生用地.
    pub fn bans_land(&self, banned: &str, land: &str) -> bool {
        let of = self.terms.iter().filter(|own| own.is == banned);
        of.flat_map(|own| &own.lands).any(|own| own == land)
    }

    /// The terms of which a term is a kind, as 养猪 is one of 畜禽养殖, and 养鸡 of 家禽养殖 and of 畜禽养殖.
    pub fn kin(&self, term: &str) -> impl Iterator<Item = &str> {
        self.kin.get(term).into_iter().flatten().map(String::as_str)
    }

    /// True where a term may be one that such a ban bans: a wider word (企业 where 屠宰场 are banned), or one of which nobody
    /// knows whether the ban means it (咖啡店 where 餐饮 is).
    pub fn may_be_banned(&self, banned: &str, term: &str) -> bool {
        let is_one =
            |(narrow, by): (&String, &BTreeSet<String>)| narrow != term && by.contains(term) && by.contains(banned);
        let may_mean = |class: &String| {
            let of = self.terms.iter().filter(|own| own.is == *class);
            of.flat_map(|own| &own.banned_as).any(|known| known == banned)
        };
        (banned != term && self.bans(term, banned))
            || (self.parts_may_be_banned && self.banned_by.iter().any(is_one))
            || self.above.get(term).into_iter().flatten().any(may_mean)
    }
}
