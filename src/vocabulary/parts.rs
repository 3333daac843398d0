//! The parts of a cell: the term that each is, what an aside behind it adds, what it is not, and what a number before it is.

use super::asides::NEGATING;
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

    /// A folded text behind the date, the phase of a project or, where cells hold amounts, the amount that it begins with:
    /// 2021年拟建, 二期扩建, 50亩水稻.
    fn behind_number<'a>(&self, text: &'a str) -> Option<&'a str> {
        let phase = text.trim_start_matches('第');
        let rest = phase.trim_start_matches(|c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c));
        if let Some(rest) = rest.strip_prefix('期').filter(|_| rest.len() < phase.len()) {
            return Some(rest);
        }
        if !text.starts_with(|c: char| c.is_ascii_digit()) || !self.codes.is_empty() {
            return None;
        }
        if self.amounts {
            return behind_measure(text);
        }
        let rest = text.trim_start_matches(|c: char| c.is_ascii_digit() || "年月日期.-~/".contains(c));
        text[..text.len() - rest.len()].contains(['年', '月', '日', '期']).then_some(rest)
    }

    /// Where cells hold amounts, a folded text before the amount that it ends with: 水稻50亩.
    fn before_number<'a>(&self, text: &'a str) -> Option<&'a str> {
        if !self.amounts {
            return None;
        }
        let rest = MEASURES.iter().find_map(|word| text.strip_suffix(word))?;
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
    fn meanings_of_code(&self, text: &str) -> Vec<usize> {
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

    /// Codes with a mark between them, each and those that lie between: C25-C28.
    fn take_span_of_codes(&self, compared: &str, found: &mut Found) -> bool {
        let Some((terms, "")) = self.span_of_codes(compared) else { return false };
        terms.iter().for_each(|at| found.add(&self.terms[*at].is));
        true
    }

    /// The terms of a code, or of a span of codes, that a folded text begins with, and what stands behind it; `None` for a
    /// code that is not known, for years and for a number with its measure.
    fn span_of_codes<'a>(&self, text: &'a str) -> Option<(Vec<usize>, &'a str)> {
        const TO: [char; 7] = ['-', '~', '—', '–', '−', '至', '到'];
        let number = |code: &str| {
            let digits = code.trim_start_matches(|c: char| c.is_ascii_uppercase());
            Some((code.len() - digits.len(), digits.len(), digits.parse::<u32>().ok()?))
        };
        let digits = text.trim_start_matches(|c: char| c.is_ascii_uppercase());
        let end = text.len() - digits.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (first, rest) = text.split_at(end);
        let (letters, long, from) = number(first)?;
        if self.codes.is_empty() || letters > 2 || long < 2 || behind_measure(rest).is_some() {
            return None;
        }
        let of_code = |code: &str| match self.meanings_of_code(code) {
            meanings if meanings.is_empty() => self.by_code(code).into_iter().collect(),
            meanings => meanings,
        };
        let behind = rest.trim_start_matches(TO);
        let last_end = behind.len() - behind.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).len();
        let (last, tail) = behind.split_at(last_end);
        let to = number(last).filter(|(a, b, n)| {
            behind.len() < rest.len() && (*a == letters || *a == 0) && *b == long && *n > from && n - from < 100
        });
        let Some((.., to)) = to else {
            let own = of_code(first);
            return (!own.is_empty()).then_some((own, rest));
        };
        if letters == 0 && long == 4 && (1900..2100).contains(&from) {
            return None;
        }
        let between = (from..=to).map(|n| format!("{}{n:0long$}", &first[..letters]));
        let mut all: Vec<usize> = between.flat_map(|code| of_code(&code)).collect();
        all.dedup();
        (!all.is_empty()).then_some((all, tail))
    }

    /// The terms whose codes stand in a folded text: 禁止新建C26项目. False beside them where a code is not known.
    pub(super) fn codes_in(&self, text: &str) -> (Vec<usize>, bool) {
        let (mut rest, mut found, mut are_known) = (text, Vec::new(), true);
        while let Some(at) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
            rest = &rest[at..];
            match self.span_of_codes(rest) {
                Some((terms, behind)) => {
                    found.extend(terms);
                    rest = behind;
                }
                None => {
                    let behind = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
                    let word = &rest[..rest.len() - behind.len()];
                    are_known &= !is_code(word) || behind_measure(behind).is_some();
                    rest = behind;
                }
            }
        }
        (found, are_known)
    }

    /// A term and the code behind it: 城镇住宅用地0701. Where they say different things, both, of which a person says what is
    /// meant.
    fn take_before_code(&self, text: &str, compared: &str, found: &mut Found) -> bool {
        let words = compared.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
        let code = &compared[words.len()..];
        let words = words.trim_end_matches(['-', '_', ':', '·', '—']);
        if self.codes.is_empty() || words.is_empty() || !is_code(code) {
            return false;
        }
        let Some(at) = self.term(words, 4) else { return false };
        let of_code: Vec<usize> = self.spelled.get(code).copied().into_iter().chain(self.by_codes(code)).collect();
        found.add(&self.terms[at].is);
        let is_one = |other: &usize| {
            let (a, b) = (&self.terms[at].is, &self.terms[*other].is);
            a == b || self.is_under(a, b) || self.is_under(b, a)
        };
        if !of_code.iter().any(is_one) {
            of_code.iter().for_each(|other| found.add(&self.terms[*other].is));
            found.doubt(text);
        }
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
            .split(|c: char| matches!(c, '和' | '与' | '及' | '跟' | '暨' | '兼' | '+' | '&') || is_dash(c))
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

/// True for a code of two letters and digits or more, and nothing behind it.
fn is_code(text: &str) -> bool {
    fold::leading_code(text).is_some_and(|(code, rest)| code.len() > 1 && rest.is_empty())
}

/// True for a code of GB/T 4754-2017 whose letter is that of its division's section, or that has no letter.
fn is_in_its_section(code: &str) -> bool {
    let letters = code.bytes().take_while(u8::is_ascii_uppercase).count();
    let division: Option<u8> = code.get(letters..letters + 2).and_then(|digits| digits.parse().ok());
    // The last division of every section from A.
    let section = division.and_then(|division| LAST_DIVISIONS.iter().position(|last| division <= *last));
    letters == 0 || section.is_some_and(|at| code.as_bytes()[..letters] == [b'A' + at as u8])
}

/// Of each section of GB/T 4754-2017, A to T, the last division.
const LAST_DIVISIONS: [u8; 20] = [5, 12, 43, 46, 50, 52, 60, 62, 65, 69, 70, 72, 75, 79, 82, 83, 85, 90, 96, 97];

/// What stands behind a number's measure; `None` where no measure follows the number.
fn behind_measure(rest: &str) -> Option<&str> {
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
