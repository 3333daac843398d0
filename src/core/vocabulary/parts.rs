//! The parts of a cell: the term that each is, what an aside behind it adds, what it is not, and what a number before it is.

use super::codes::is_ordinal;
use super::phrases::phrases;
use super::sentences::KNOWN;
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
    /// Terms that it expressly leaves out: 涂料 of 化工（不含涂料）.
    pub(super) excepted: BTreeSet<String>,
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
            if self.is_seasonal(&compared, at, 4) {
                found.doubt(text);
            }
            return true;
        }
        self.take_and_more(text, &compared, found)
            || self.take_negated(text, &compared, found)
            || self.take_in_time(text, &compared, found)
            || self.take_with_aside(text, &compared, found)
            || self.take_span_of_codes(&compared, found)
            || self.take_before_code(text, &compared, found)
            || self.take_behind_number(text, &compared, found)
    }

    /// A term and 等, which means more, or a share of it: 花卉等, 休耕50%. It is named, and a person looks.
    fn take_and_more(&self, text: &str, compared: &str, found: &mut Found) -> bool {
        let more = || compared.rsplit_once('等').filter(|(_, tail)| self.is_filler(tail)).map(|(head, _)| head);
        let dots = || compared.strip_suffix("...");
        let share = || {
            let rest = compared.strip_suffix('%')?.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
            (!rest.ends_with(|c: char| c.is_ascii())).then_some(rest)
        };
        let Some(head) = more().or_else(dots).or_else(share) else { return false };
        let mut own = Found::default();
        let head = head.trim_end_matches(['等', '.']);
        if head.is_empty() || !self.take(head, &mut own) {
            return false;
        }
        own.own.iter().for_each(|term| found.add(term));
        found.doubt(text);
        true
    }

    /// The term of a folded text: as it stands, by its code, without words before and behind it.
    pub(super) fn term(&self, text: &str, depth: usize) -> Option<usize> {
        if text.is_empty() || self.unclear.iter().any(|unclear| unclear == text) {
            return None;
        }
        if let Some(at) = self.spelled.get(text) {
            return Some(*at);
        }
        if let Some(at) = self.term_of_code(text, depth) {
            return Some(at);
        }
        // 104 of 104地块 is no code either, nor 01 of 01类.
        if depth == 0 || self.begins_with_measure(text) || (!self.codes.is_empty() && is_ordinal(text)) {
            return None;
        }
        let numbered = [self.behind_number(text), self.before_number(text)];
        // 移出阶段 is not yet 移出.
        let is_stage = |rest: &str| text.strip_prefix(rest).is_some_and(|word| phrases().cells.stages.has(word));
        let of = |rest: &str| self.term(rest, depth - 1).filter(|at| !(self.terms[*at].finishes && is_stage(rest)));
        self.stripped(text).chain(numbered.into_iter().flatten()).find_map(of)
    }

    /// True where a folded text names a term that is so at a time, in turn or for somebody, and what else is so nobody knows:
    /// 冬绿肥, 轮作苗木. 冬小麦 is food whatever follows, and 冬青 a word of its own.
    fn is_seasonal(&self, text: &str, at: usize, depth: usize) -> bool {
        if depth == 0 || self.spelled.contains_key(text) || !self.is_open_in_season(&self.terms[at].is) {
            return false;
        }
        let rests: Vec<&str> = [self.behind_number(text), self.before_number(text)].into_iter().flatten().collect();
        let mut seasons = self.seasons.words.iter().filter_map(|word| text.strip_prefix(word.as_str()));
        seasons.any(|rest| self.term(rest, depth).is_some())
            || self
                .stripped(text)
                .chain(rests)
                .any(|rest| self.term(rest, depth - 1) == Some(at) && self.is_seasonal(rest, at, depth - 1))
    }

    /// True for a term that a word of time leaves open.
    pub(super) fn is_open_in_season(&self, term: &str) -> bool {
        let but = self.seasons.but.as_str();
        !self.seasons.words.is_empty() && term != but && !self.is_under(term, but)
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
        if is_ahead(text) || !text.starts_with(|c: char| c.is_ascii_digit()) || !self.codes.is_empty() {
            return None;
        }
        // 01-新建, and where cells count in numerals 1号一级保护区.
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
        if text.len() - rest.len() < 3 && !self.amounts {
            let named = rest.strip_prefix(['-', '_']).filter(|rest| rest.starts_with(char::is_alphabetic));
            let number = || rest.strip_prefix('号').filter(|_| self.numerals);
            if let Some(rest) = named.or_else(number) {
                return Some(rest);
            }
        }
        // A share is of a part: 50%休耕; of nothing there is none: 0亩休耕.
        if self.amounts {
            let number = text.trim_start_matches(|c: char| c.is_ascii_digit() || ".,-~".contains(c));
            let is_some = text[..text.len() - number.len()].contains(|c: char| ('1'..='9').contains(&c));
            return behind_measure(text).filter(|_| is_some && !number.starts_with('%'));
        }
        behind_date(text)
    }

    /// A folded text before the number of an area that it ends with, 核心区1, or, where cells hold amounts, before the amount:
    /// 水稻50亩.
    fn before_number<'a>(&self, text: &'a str) -> Option<&'a str> {
        if !self.amounts {
            let rest = text.trim_end_matches(|c: char| c.is_ascii_digit());
            return (rest.len() < text.len() && rest.ends_with('区') && self.codes.is_empty()).then_some(rest);
        }
        // 锅炉×2
        let pieces = text.trim_end_matches(|c: char| c.is_ascii_digit());
        if pieces.len() < text.len() && pieces.ends_with(['×', 'X', '*']) {
            return Some(&pieces[..pieces.len() - if pieces.ends_with('×') { '×'.len_utf8() } else { 1 }]);
        }
        let rest = phrases().cells.measures.before(text).filter(|_| !text.ends_with('%'))?;
        let before = rest.trim_end_matches(|c: char| c.is_ascii_digit() || ".,-~约".contains(c));
        let is_some = rest[before.len()..].contains(|c: char| ('1'..='9').contains(&c));
        is_some.then_some(before)
    }

    /// A folded text without one of the words that stand behind a term, or before one.
    pub(super) fn stripped<'a>(&'a self, text: &'a str) -> impl Iterator<Item = &'a str> {
        // 一级-陆域
        let without_mark = |rest: &'a str| rest.trim_end_matches(['-', '—', '·', ':']);
        let behind = self.after.iter().filter_map(move |word| text.strip_suffix(word.as_str())).map(without_mark);
        behind.chain(self.before.iter().filter_map(move |word| text.strip_prefix(word.as_str())))
    }

    /// True where codes may stand and a number with its measure does.
    fn begins_with_measure(&self, text: &str) -> bool {
        let number = fold::leading_code(text).filter(|_| !self.codes.is_empty());
        number.is_some_and(|(_, rest)| behind_measure(rest).is_some())
    }

    /// The terms that a folded text names by words of two letters and more, from the left, the longest word first.
    pub(super) fn named_in(&self, text: &str) -> Vec<usize> {
        self.words_in(text).into_iter().filter(|(word, _)| !word.is_ascii()).map(|(_, at)| at).collect()
    }

    /// The words of terms in a folded text, with the terms.
    pub(super) fn words_in<'a>(&self, text: &'a str) -> Vec<(&'a str, usize)> {
        self.scanned(text).0
    }

    /// The same, and the text with a mark in the place of each. Words that are read as a whole hold no others: 强化工业.
    pub(super) fn scanned<'a>(&self, text: &'a str) -> (Vec<(&'a str, usize)>, String) {
        let (mut rest, mut found, mut masked) = (text, Vec::new(), String::with_capacity(text.len()));
        while let Some(first) = rest.chars().next() {
            let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
            let longest = ends.skip(1).filter_map(|end| Some((end, *self.spelled.get(&rest[..end])?))).last();
            let is_whole = |word: &&String| rest.starts_with(word.as_str());
            let whole = self.whole.iter().filter(is_whole).map(|word| word.len()).max().unwrap_or(0);
            let end = match longest.filter(|(end, _)| *end >= whole) {
                Some((end, at)) => {
                    found.push((&rest[..end], at));
                    masked.push(KNOWN);
                    end
                }
                None => {
                    let end = whole.max(first.len_utf8());
                    masked.push_str(&rest[..end]);
                    end
                }
            };
            rest = &rest[end..];
        }
        (found, masked)
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
        if phrases().asides.negating.is_in(&compared) {
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
}

/// What stands behind the date that a folded text begins with.
fn behind_date(text: &str) -> Option<&str> {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit() || "年月日.-~/".contains(c));
    text[..text.len() - rest.len()].contains(['年', '月', '日']).then_some(rest)
}

/// Years up to this one are over, whenever the program runs: no answer depends on a clock, so what is said of a later year may
/// not be so yet, its months and days included. A release of a later year moves it.
pub const LAST_YEAR_OVER: u32 = 2025;

/// True for a folded text that names a time that may be still to come: a year that is not over (2026年, 26年12月, 20261231), or a
/// month or a day of a year that is not said (12月). The year of a document's number (〔2026〕12号) says nothing.
pub(super) fn is_ahead(text: &str) -> bool {
    let (mut rest, mut before, mut has_year, mut has_month) = (text, ' ', false, false);
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        before = rest[..at].chars().next_back().unwrap_or(before);
        rest = &rest[at..];
        let behind = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = &rest[..rest.len() - behind.len()];
        let is_number = |least: u32, most: u32| digits.parse::<u32>().is_ok_and(|n| (least..=most).contains(&n));
        let year: Option<u32> = match digits.len() {
            4 | 6 | 8 => digits[..4].parse().ok().filter(|year| (1900..=2100).contains(year)),
            // 26年12月; 30年 may be how long something lasts.
            2 if behind.starts_with('年') => {
                digits.parse().ok().map(|year: u32| year + if year < 70 { 2000 } else { 1900 })
            }
            _ => None,
        };
        let is_of_document = "〔[(".contains(before) && behind.starts_with(['〕', ']', ')']) && behind.contains('号');
        if year.is_some_and(|year| year > LAST_YEAR_OVER) && !is_of_document {
            return true;
        }
        has_year |= year.is_some();
        has_month |= (behind.starts_with('月') && is_number(1, 12)) || (behind.starts_with('日') && is_number(1, 31));
        (rest, before) = (behind, digits.chars().next_back().unwrap_or(' '));
    }
    has_month && !has_year
}

/// What stands behind a number's measure; `None` where no measure follows the number.
pub(super) fn behind_measure(rest: &str) -> Option<&str> {
    let is_more = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '~' | '/' | ',');
    let measure = |text: &str| phrases().cells.measures.leads(text).map(str::len);
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
