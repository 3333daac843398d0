//! The parts of a cell: the term that each is, what an aside behind it adds, what it is not, and what a number before it is.

use super::asides::NEGATING;
use super::codes::{is_code, is_in_its_section};
use super::{Property, fold};
use std::collections::{BTreeMap, BTreeSet};

/// What the parts of a cell say.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Canonical terms, and other names.
    pub(super) own: Vec<String>,
    /// Parts that are not known, as they stand in the file.
    pub(super) unknown: Vec<String>,
    /// Of those that say what they are not, the terms that this rules out.
    pub(super) denied: BTreeMap<String, BTreeSet<String>>,
}

impl Found {
    /// Adds a term, once.
    pub(super) fn add(&mut self, term: &str) {
        if !self.own.iter().any(|own| own == term) {
            self.own.push(term.to_owned());
        }
    }

    /// Adds a part that is not known, once.
    pub(super) fn doubt(&mut self, text: &str) {
        let text = text.trim();
        if !self.unknown.iter().any(|known| known == text) {
            self.unknown.push(text.to_owned());
        }
    }
}

impl Property {
    /// Takes in what a text is; false where it is nothing that is known.
    pub(super) fn take(&self, text: &str, found: &mut Found) -> bool {
        // 13 26: two codes, and not the one that they are without the blank.
        if !self.codes.is_empty() && fold::parts_numbers(text) {
            return false;
        }
        let compared = self.compared(text);
        if let Some(is) = self.own.get(&compared) {
            if !is.is_empty() {
                found.add(is);
            }
            return true;
        }
        let meanings = self.meanings_of_code(&compared);
        if !meanings.is_empty() {
            meanings.into_iter().for_each(|at| found.add(&self.terms[at].is));
            return true;
        }
        if let Some(at) = self.term(&compared, 4) {
            found.add(&self.terms[at].is);
            return true;
        }
        self.take_negated(text, &compared, found)
            || self.take_in_time(text, &compared, found)
            || self.take_with_aside(text, &compared, found)
            || self.take_span_of_codes(&compared, found)
            || self.take_before_code(text, &compared, found)
            || self.take_behind_number(text, &compared, found)
    }

    /// The term of a folded text: as it stands, by its code, without words before and behind it.
    pub(super) fn term(&self, text: &str, depth: usize) -> Option<usize> {
        if text.is_empty() {
            return None;
        }
        if let Some(at) = self.spelled.get(text) {
            return Some(*at);
        }
        if let Some(at) = self.term_of_code(text, depth) {
            return Some(at);
        }
        // 104 of 104地块 is no code either.
        if depth == 0 || self.begins_with_measure(text) {
            return None;
        }
        let numbered = [self.behind_number(text), self.before_number(text)];
        self.stripped(text).chain(numbered.into_iter().flatten()).find_map(|rest| self.term(rest, depth - 1))
    }

    /// What is so of a part, 一期已建, or will be so, 2030年建成: it is named, and a person looks.
    fn take_in_time(&self, text: &str, compared: &str, found: &mut Found) -> bool {
        let phase = compared.trim_start_matches('第');
        let rest = phase.trim_start_matches(|c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c));
        let of_phase = rest.strip_prefix('期').filter(|_| rest.len() < phase.len());
        let ahead = || behind_date(compared).filter(|_| is_ahead(compared));
        let Some(at) = of_phase.or_else(ahead).and_then(|rest| self.term(rest, 4)) else { return false };
        found.add(&self.terms[at].is);
        found.doubt(text);
        true
    }

    /// A folded text behind the date or, where cells hold amounts, the amount that it begins with: 2021年拟建, 50亩水稻. A date
    /// that is still to come is none.
    fn behind_number<'a>(&self, text: &'a str) -> Option<&'a str> {
        if is_ahead(text) {
            return None;
        }
        if !text.starts_with(|c: char| c.is_ascii_digit()) || !self.codes.is_empty() {
            return None;
        }
        // A share is of a part: 50%休耕.
        if self.amounts {
            let number = text.trim_start_matches(|c: char| c.is_ascii_digit() || ".,-~".contains(c));
            return behind_measure(text).filter(|_| !number.starts_with('%'));
        }
        behind_date(text)
    }

    /// Where cells hold amounts, a folded text before the amount that it ends with: 水稻50亩.
    fn before_number<'a>(&self, text: &'a str) -> Option<&'a str> {
        if !self.amounts {
            return None;
        }
        let rest = MEASURES.iter().filter(|word| **word != "%").find_map(|word| text.strip_suffix(word))?;
        let before = rest.trim_end_matches(|c: char| c.is_ascii_digit() || ".,-~约".contains(c));
        (before.len() < rest.len()).then_some(before)
    }

    /// A folded text without one of the words that stand behind a term, or before one.
    fn stripped<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> {
        let behind = self.after.iter().filter_map(move |word| text.strip_suffix(word.as_str()));
        behind.chain(self.before.iter().filter_map(move |word| text.strip_prefix(word.as_str())))
    }

    /// True where codes may stand and a number with its measure does.
    fn begins_with_measure(&self, text: &str) -> bool {
        let number = fold::leading_code(text).filter(|_| !self.codes.is_empty());
        number.is_some_and(|(_, rest)| behind_measure(rest).is_some())
    }

    /// The term of a text that begins with a code.
    fn term_of_code(&self, text: &str, depth: usize) -> Option<usize> {
        if self.codes.is_empty() {
            return None;
        }
        let (code, rest) = fold::leading_code(text)?;
        let is_of = |a: usize, b: usize| {
            self.above.get(&self.terms[a].is).is_some_and(|above| above.contains(&self.terms[b].is))
        };
        if rest.starts_with(char::is_alphabetic)
            && let Some(at) = self.term(rest, 0)
        {
            // R2-M1, C26装备: two, of which a person says what is meant.
            let is_one =
                |other: usize| self.terms[other].is == self.terms[at].is || is_of(other, at) || is_of(at, other);
            return self.by_code(code).is_none_or(is_one).then_some(at);
        }
        // 100亩, 2024年, 104地块: a number, and what stands behind its measure.
        if let Some(behind) = behind_measure(rest) {
            return self.term(behind, depth.saturating_sub(1));
        }
        if !rest.chars().any(char::is_alphanumeric) {
            return self.by_code(code);
        }
        // A code of the table and words that it does not have: the code speaks, where they name nothing else.
        let speaks = code.len() >= 3
            && rest.chars().count() > 1
            && rest.starts_with(char::is_alphabetic)
            && !rest.contains('(')
            // A further code is not passed over: C39和C26.
            && !rest.contains(|c: char| c.is_ascii_digit())
            && fold::parts(rest, false).len() == 1;
        let at = self.by_code(code).filter(|_| speaks)?;
        self.named_in(rest).into_iter().all(|other| is_of(other, at) || is_of(at, other)).then_some(at)
    }

    /// The term whose code begins a code, the longest first; of several lists that of the first.
    pub(super) fn by_code(&self, code: &str) -> Option<usize> {
        self.by_codes(code).first().copied()
    }

    /// Of each list of codes the term whose code begins a code, the longest first.
    pub(super) fn by_codes(&self, code: &str) -> Vec<usize> {
        let letters = code.bytes().take_while(u8::is_ascii_uppercase).count();
        let (letters, digits) = code.split_at(letters);
        let matching = |list: usize, digits: &str| {
            let fits = self.codes.iter().filter(|own| {
                own.list == list
                    && (own.letters == letters || (own.letters.is_empty() && !own.needs_letters))
                    && digits.starts_with(own.digits.as_str())
            });
            fits.max_by_key(|own| (own.digits.len(), own.letters.len())).map(|own| own.term)
        };
        // A number that lost its zero: 701 is 0701.
        let is_short = digits.len() % 2 == 1 && letters.is_empty();
        let of_list = |list: usize| {
            matching(list, digits).or_else(|| is_short.then(|| matching(list, &format!("0{digits}"))).flatten())
        };
        (0..self.lists).filter_map(of_list).collect()
    }

    /// All that a code may mean where the codes of several lists stand beside each other; nothing where they do not.
    pub(super) fn meanings_of_code(&self, text: &str) -> Vec<usize> {
        if self.lists < 2 {
            return Vec::new();
        }
        let Some(code) = self.bare_code(text, 4) else { return Vec::new() };
        let spelled = self.spelled.get(code).copied();
        // A33 is a use, C26 a use and a division of section C.
        let of_lists = if spelled.is_none() || is_in_its_section(code) { self.by_codes(code) } else { Vec::new() };
        spelled.into_iter().chain(of_lists).collect()
    }

    /// The code that a folded text is without words before and behind it: 禁止新建C26项目.
    fn bare_code<'a>(&'a self, text: &'a str, depth: usize) -> Option<&'a str> {
        if is_code(text) {
            return Some(text);
        }
        let inner = depth.checked_sub(1)?;
        self.stripped(text).find_map(|rest| self.bare_code(rest, inner))
    }

    /// The terms that a folded text names by words of two letters and more, from the left, the longest word first.
    pub(super) fn named_in(&self, text: &str) -> Vec<usize> {
        self.words_in(text).into_iter().filter(|(word, _)| !word.is_ascii()).map(|(_, at)| at).collect()
    }

    /// The words of terms in a folded text, with the terms.
    pub(super) fn words_in<'a>(&self, text: &'a str) -> Vec<(&'a str, usize)> {
        let (mut rest, mut found) = (text, Vec::new());
        while let Some(first) = rest.chars().next() {
            let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
            let longest = ends.skip(1).filter_map(|end| Some((end, *self.spelled.get(&rest[..end])?))).last();
            match longest {
                Some((end, at)) => {
                    found.push((&rest[..end], at));
                    rest = &rest[end..];
                }
                None => rest = &rest[first.len_utf8()..],
            }
        }
        found
    }

    /// 非化工 is not 化工, and may be anything else; of two terms it is the other.
    fn take_negated(&self, text: &str, compared: &str, found: &mut Found) -> bool {
        let Some(at) = compared.strip_prefix('非').and_then(|rest| self.term(rest, 4)) else { return false };
        let is = &self.terms[at].is;
        let mut roots: Vec<&String> = Vec::new();
        for term in self.terms.iter().filter(|term| term.under.is_empty()) {
            if !roots.contains(&&term.is) {
                roots.push(&term.is);
            }
        }
        if let ([a, b], false) = (roots.as_slice(), self.is_open)
            && [*a, *b].contains(&is)
        {
            found.add(if *a == is { b.as_str() } else { a.as_str() });
            return true;
        }
        let below = self.above.iter().filter(|(_, above)| above.contains(is)).map(|(term, _)| term.clone());
        found.denied.insert(text.trim().to_owned(), below.collect());
        found.doubt(text);
        true
    }

    /// Terms with 和, 与, 及, + or the like between them. False where none is known, and where the words say what is not there.
    pub(super) fn take_joined(&self, text: &str, found: &mut Found) -> bool {
        let compared = self.compared(text);
        if NEGATING.iter().any(|word| compared.contains(word)) {
            return false;
        }
        let is_dash =
            |c: char| matches!(c, '-' | '—' | '–' | '~') && !compared.contains(|c: char| c.is_ascii_alphanumeric());
        let pieces: Vec<&str> = compared
            .split(|c: char| matches!(c, '和' | '与' | '及' | '跟' | '暨' | '兼' | '或' | '+' | '&') || is_dash(c))
            .map(|piece| piece.trim_end_matches('以'))
            .collect();
        let mut joined = Found::default();
        let known = pieces.iter().filter(|piece| !piece.is_empty() && self.take(piece, &mut joined)).count();
        if pieces.len() < 2 || known == 0 || (self.is_open && known < pieces.len()) {
            return false;
        }
        joined.own.iter().for_each(|term| found.add(term));
        if known < pieces.len() || !joined.unknown.is_empty() {
            found.doubt(text);
        }
        true
    }

    /// A number with its measure, or a code that does not speak, and words behind it that name something.
    fn take_behind_number(&self, text: &str, compared: &str, found: &mut Found) -> bool {
        if self.codes.is_empty() || self.sentences || fold::parts(compared, false).len() > 1 {
            return false;
        }
        let Some((_, rest)) = fold::leading_code(compared) else { return false };
        let named = self.named_in(rest);
        named.iter().for_each(|at| found.add(&self.terms[*at].is));
        if !named.is_empty() {
            found.doubt(text);
        }
        !named.is_empty()
    }
}

/// What stands behind the date that a folded text begins with.
fn behind_date(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit() || "年月日.-~/".contains(c));
    text[..text.len() - rest.len()].contains(['年', '月', '日']).then_some(rest)
}

/// Years up to this one have come, whenever the program runs: what is said of later ones is not so yet.
const LAST_YEAR: u32 = 2026;

/// True for a folded text that names a year to come.
pub(super) fn is_ahead(text: &str) -> bool {
    let numbers = text.split(|c: char| !c.is_ascii_digit()).filter(|digits| digits.len() == 4);
    numbers.filter_map(|digits| digits.parse::<u32>().ok()).any(|year| year > LAST_YEAR && year <= 2100)
}

/// What stands behind a number's measure; `None` where no measure follows the number.
pub(super) fn behind_measure(rest: &str) -> Option<&str> {
    let is_more = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '~' | '/' | ',');
    let measure = |text: &str| MEASURES.iter().find(|word| text.starts_with(**word)).map(|word| word.len());
    let mut behind = rest.trim_start_matches(is_more);
    behind = &behind[measure(behind)?..];
    loop {
        let next = behind.trim_start_matches(is_more);
        match measure(next) {
            Some(length) => behind = &next[length..],
            None => return Some(behind),
        }
    }
}

/// Words behind a number that make it no code; longer ones before those that begin them.
const MEASURES: [&str; 51] = [
    "平方公里",
    "平方千米",
    "平方米",
    "平方",
    "平米",
    "立方米",
    "立方",
    "公顷",
    "公里",
    "公斤",
    "千米",
    "千克",
    "千瓦",
    "千伏",
    "千吨",
    "地块",
    "街坊",
    "标段",
    "年",
    "月",
    "日",
    "万",
    "亿",
    "吨",
    "亩",
    "号",
    "家",
    "个",
    "户",
    "套",
    "米",
    "期",
    "栋",
    "幢",
    "座",
    "层",
    "台",
    "辆",
    "头",
    "只",
    "株",
    "床",
    "元",
    "%",
    "M2",
    "M3",
    "KM2",
    "KM",
    "KV",
    "MW",
    "HA",
];
