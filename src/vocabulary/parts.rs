//! The parts of a cell: the term that each is, what an aside behind it adds, what it is not, and what a number before it is.

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
        self.stripped(text).find_map(|rest| self.term(rest, depth - 1))
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
        let Some(code) = std::iter::once(text).chain(self.stripped(text)).find(|text| is_code(text)) else {
            return Vec::new();
        };
        let spelled = self.spelled.get(code).copied();
        // A33 is a use, C26 a use and a division of section C.
        let of_lists = if spelled.is_none() || is_in_its_section(code) { self.by_codes(code) } else { Vec::new() };
        spelled.into_iter().chain(of_lists).collect()
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

    /// What stands before an aside, with what the aside adds. Nothing that it names is lost, and what it leaves open makes
    /// the cell one of which a part is not known.
    fn take_with_aside(&self, text: &str, compared: &str, found: &mut Found) -> bool {
        let (Some(head), Some(inner)) = (fold::without_aside(compared), fold::aside(compared)) else { return false };
        let (mut own, mut added) = (Found::default(), Found::default());
        let is_known = self.take(head, &mut own);
        let is_whole = self.take_aside(inner, &mut added) && added.unknown.is_empty();
        // 装备、食品（含化工） is read part by part.
        if !is_known && (added.own.is_empty() || fold::parts_outside_brackets(text, true).len() > 1) {
            return false;
        }
        own.own.iter().chain(&added.own).for_each(|term| found.add(term));
        if !is_known || !is_whole || !own.unknown.is_empty() {
            if let Some(denied) = own.denied.into_values().next().filter(|_| is_whole) {
                found.denied.insert(text.trim().to_owned(), denied);
            }
            found.doubt(text);
        }
        true
    }

    /// Takes in what an aside says beside what it stands behind; false where it leaves something open.
    fn take_aside(&self, inner: &str, added: &mut Found) -> bool {
        if self.is_plain_number(inner) || self.take(inner, added) {
            return true;
        }
        let mut is_whole = true;
        for part in fold::parts_outside_brackets(inner, false).iter().flat_map(|part| part.split(['+', '。'])) {
            let dateless = without_date(part);
            if self.take(part, added) || dateless.is_empty() || self.take(dateless, added) {
                continue;
            }
            let opens = OPEN.iter().any(|word| dateless.contains(word));
            let is_negated = NEGATING.iter().any(|word| dateless.contains(word));
            let (rest, is_open) = without_leading(dateless);
            if rest.len() < dateless.len() && !is_negated && self.take(rest, added) {
                is_whole &= !is_open;
                continue;
            }
            let is_word =
                |word: &str| !word.is_ascii() || word.len() > 1 && word.contains(|c: char| c.is_ascii_alphabetic());
            let words = self.words_in(dateless).into_iter();
            let named: Vec<usize> = words.filter(|(word, _)| is_word(word)).map(|(_, at)| at).collect();
            // What is said not to be there is left to a person.
            if !is_negated {
                named.iter().for_each(|at| added.add(&self.terms[*at].is));
            }
            // What nobody knows may take back what stands before it: 已移出名录（撤回）.
            let is_neutral = self.is_filler(dateless) || self.is_open || says_nothing(part);
            is_whole &= named.is_empty() && !opens && is_neutral;
        }
        is_whole
    }

    /// True for a year, a date, a number that is no code of the table.
    fn is_plain_number(&self, text: &str) -> bool {
        let is_number = text.contains(|c: char| c.is_ascii_digit())
            && text.chars().all(|c| c.is_ascii_digit() || "年月日号期第.-~:#".contains(c));
        let is_year = text.len() == 4 && (text.starts_with("19") || text.starts_with("20"));
        let is_code = text.len() > 1 && text.bytes().all(|b| b.is_ascii_digit()) && self.by_code(text).is_some();
        is_number && (is_year || !is_code)
    }

    /// True where a text consists of words that stand before and behind terms.
    fn is_filler(&self, text: &str) -> bool {
        let is_behind = |word: &String| {
            !word.is_empty() && text.strip_prefix(word.as_str()).is_some_and(|rest| self.is_filler(rest))
        };
        text.is_empty() || self.before.iter().chain(&self.after).any(is_behind)
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

/// A part of an aside without the year or the date that it begins with: 2023年种水稻.
fn without_date(part: &str) -> &str {
    let is_year = part.len() >= 4 && part.is_char_boundary(4) && part[..4].bytes().all(|b| b.is_ascii_digit());
    match is_year && (part.starts_with("19") || part.starts_with("20")) {
        true => part.trim_start_matches(|c: char| c.is_ascii_digit() || "年月日.-".contains(c)),
        false => part,
    }
}

/// True for what says nothing of what stands before it: the sides of a zone, a level of government, the number of a
/// document (沪环〔2023〕12号).
fn says_nothing(part: &str) -> bool {
    let is_document = part.ends_with('号') && part.contains("20") && part.contains(['〕', ']', ')', '年']);
    is_document || SAYS_NOTHING.contains(&part)
}

const SAYS_NOTHING: [&str; 13] = [
    "陆域",
    "水域",
    "陆域及水域",
    "水域及陆域",
    "陆域和水域",
    "水域和陆域",
    "国家级",
    "省级",
    "市级",
    "区级",
    "县级",
    "停产",
    "已停产",
];

/// A part of an aside without the words that lead it, and whether one of them leaves it open.
fn without_leading(part: &str) -> (&str, bool) {
    let (mut rest, mut is_open) = (part, false);
    while let Some(word) = LEADING.iter().find(|word| rest.starts_with(**word)) {
        rest = &rest[word.len()..];
        is_open |= OPEN.iter().any(|open| word.contains(open) && !BESIDE.contains(open));
    }
    (rest, is_open)
}

/// Words behind a number that make it no code; longer ones before those that begin them.
const MEASURES: [&str; 49] = [
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

/// Words that lead a part of an aside; longer ones before those that begin them.
const LEADING: [&str; 44] = [
    "兼容",
    "兼有",
    "兼营",
    "兼",
    "配套建设",
    "配套",
    "套种",
    "间种",
    "混种",
    "复种",
    "种植",
    "种",
    "含有",
    "含",
    "包含",
    "包括",
    "附设",
    "附带",
    "附",
    "内设",
    "下设",
    "另有",
    "另",
    "原为",
    "原系",
    "原",
    "现为",
    "曾为",
    "曾",
    "以及",
    "主要为",
    "主要",
    "涉及",
    "涉",
    "设有",
    "部分为",
    "部分",
    "局部为",
    "局部",
    "拟建",
    "拟",
    "待",
    "申请",
    "计划",
];

/// Words of a part of an aside that leave the cell open.
const OPEN: [&str; 28] = [
    "拟", "待", "部分", "局部", "申请", "未", "原", "含", "兼", "配套", "套种", "仅", "除", "非", "不", "尚", "暂",
    "曾", "但", "另", "疑", "可能", "计划", "争议", "复核", "涉", "附", "包括",
];

/// Those of them that only say that something stands beside something.
const BESIDE: [&str; 10] = ["原", "含", "兼", "配套", "套种", "曾", "另", "涉", "附", "包括"];

/// Words that say that something is not there.
const NEGATING: [&str; 7] = ["不", "除", "无", "非", "未", "免", "禁"];
