//! Codes in cells: what they mean, in sentences, behind and before words, from one to another.

use super::parts::{Found, behind_measure};
use super::phrases::phrases;
use super::sentences::KNOWN;
use super::{Property, fold};
use serde::Deserialize;

/// How the codes of a list are written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CodeForm {
    /// The most digits that a code has; 0 for any number.
    pub(super) most: usize,
    /// True where every code has an even number of digits.
    pub(super) even: bool,
    /// Numbers of three digits that are codes only with the zero that they lost: 610 is 0610.
    pub(super) lost: Vec<String>,
    /// Those that are codes with it and without it: 313 and 0313.
    pub(super) perhaps: Vec<String>,
}

/// A code of a term.
#[derive(Clone, Debug)]
pub(super) struct Code {
    pub(super) letters: String,
    pub(super) digits: String,
    pub(super) term: usize,
    /// The list of codes that it is of.
    pub(super) list: usize,
    /// True where the letters say something: M1 is not 1.
    pub(super) needs_letters: bool,
}

impl Property {
    /// The term of a text that begins with a code.
    pub(super) fn term_of_code(&self, text: &str, depth: usize) -> Option<usize> {
        if self.codes.is_empty() || is_ordinal(text) {
            return None;
        }
        let (code, rest) = fold::leading_code(text)?;
        if rest.starts_with(char::is_alphabetic)
            && let Some(at) = self.term(rest, 0)
        {
            // R2-M1, C26装备: two, of which a person says what is meant.
            return self.by_code(code).is_none_or(|other| self.are_one(other, at)).then_some(at);
        }
        // 100亩, 2024年, 104地块: a number, and what stands behind its measure.
        if let Some(behind) = behind_measure(rest) {
            return self.term(behind, depth.saturating_sub(1));
        }
        if !rest.chars().any(char::is_alphanumeric) {
            // 1001?, 1001→: nobody knows what is meant beside it.
            return self.by_code(code).filter(|_| says_nothing(&text[code.len()..]));
        }
        // A code and words: it speaks, where they name nothing else and say nothing that is not known. A further code is not
        // passed over: C39和C26.
        let is_plain =
            rest.starts_with(char::is_alphabetic) && !rest.contains('(') && fold::parts(rest, false).len() == 1;
        self.by_code(code).filter(|at| is_plain && self.says_only(rest, *at))
    }

    /// True where a folded text names nothing but a term, its classes and what lies under it, and says nothing beside them
    /// that is not known.
    fn says_only(&self, text: &str, at: usize) -> bool {
        let (words, mut rest) = self.scanned(text);
        // The names of trades have words of their own: 3985电子专用材料制造.
        if self.codes.iter().all(|code| !code.needs_letters) {
            phrases().cells.trades.iter().for_each(|word| rest = rest.replace(word.as_str(), "、"));
        }
        let mut between = rest.split(|c: char| !c.is_alphanumeric() || "和与及".contains(c));
        words.iter().all(|(_, other)| self.are_one(*other, at))
            && between.all(|piece| self.is_filler(piece) && !piece.contains(['拟', '改', '原', '转', '待']))
    }

    /// True for one term, or two of which one lies under the other.
    fn are_one(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.terms[a].is, &self.terms[b].is);
        a == b || self.is_under(a, b) || self.is_under(b, a)
    }

    /// The term whose code begins a code, the longest first; of several lists that of the first.
    pub(super) fn by_code(&self, code: &str) -> Option<usize> {
        self.by_codes(code).first().copied()
    }

    /// Of each list of codes the term whose code begins a code, the longest first; two where the code may have lost its zero.
    /// One digit is no code.
    pub(super) fn by_codes(&self, code: &str) -> Vec<usize> {
        let letters = code.bytes().take_while(u8::is_ascii_uppercase).count();
        let (letters, digits) = code.split_at(letters);
        let is_odd = letters.is_empty() && digits.len() % 2 == 1;
        let lost_zero = format!("0{digits}");
        let mut found = Vec::new();
        for (list, form) in self.lists.iter().enumerate() {
            if (letters.is_empty() && digits.len() < 2) || (form.most > 0 && digits.len() > form.most) {
                continue;
            }
            let matching = |digits: &str| {
                let fits = self.codes.iter().filter(|own| {
                    own.list == list
                        && (own.letters == letters || (own.letters.is_empty() && !own.needs_letters))
                        && digits.starts_with(own.digits.as_str())
                });
                fits.max_by_key(|own| (own.digits.len(), own.letters.len())).map(|own| own.term)
            };
            let begins =
                |numbers: &[String]| is_odd && numbers.iter().any(|number| digits.starts_with(number.as_str()));
            if begins(&form.lost) {
                found.extend(matching(&lost_zero));
            } else if !(is_odd && form.even) {
                let own = matching(digits);
                // A number that lost its zero: 701 is 0701.
                let is_short = begins(&form.perhaps) || (is_odd && own.is_none() && form.lost.is_empty());
                found.extend(own);
                found.extend(matching(&lost_zero).filter(|_| is_short));
            }
        }
        found
    }

    /// The codes of a term.
    pub fn codes_of(&self, term: &str) -> Vec<String> {
        let own = self.codes.iter().filter(|code| self.terms[code.term].is == term);
        own.map(|code| code.digits.clone()).collect()
    }

    /// The codes that stand in a cell, as digits, each with the terms that it means.
    pub fn codes_written(&self, raw: &str) -> Vec<(String, Vec<&str>)> {
        let text = self.compared(raw);
        let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| is_code(word));
        let of = |word: &str| {
            let terms: Vec<&str> = self.by_codes(word).iter().map(|at| self.terms[*at].is.as_str()).collect();
            (!terms.is_empty()).then(|| (word.trim_start_matches(|c: char| c.is_ascii_uppercase()).to_owned(), terms))
        };
        words.filter_map(of).collect()
    }

    /// The codes by which alone a cell names a term, where each says less than the term: 2614, which is one of 基础化学原料 (261).
    /// None where a word names it too, or where codes stand from one to another.
    pub fn finer_codes(&self, raw: &str, term: &str) -> Vec<String> {
        let text = self.compared(raw);
        let is_span = text.contains(['-', '~', '—', '–', '至', '到']);
        if is_span || self.words_in(&text).iter().any(|(_, at)| self.terms[*at].is == term) {
            return Vec::new();
        }
        let own = self.codes_of(term);
        let mut finer = Vec::new();
        for word in text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| is_code(word)) {
            if !self.by_codes(word).iter().any(|at| self.terms[*at].is == term) {
                continue;
            }
            let digits = word.trim_start_matches(|c: char| c.is_ascii_uppercase());
            // 313 may be 0313.
            let lost_zero = format!("0{digits}");
            let is_own = |digits: &str| own.iter().any(|code| digits.starts_with(code.as_str()));
            let digits = if is_own(digits) { digits } else { lost_zero.as_str() };
            if own.len() == 1 && own.iter().any(|code| code == digits) {
                return Vec::new();
            }
            finer.push(digits.to_owned());
        }
        finer
    }

    /// All that a code may mean where it may mean several things: where the codes of several lists stand beside each other,
    /// or where it may have lost its zero. Nothing for all others.
    pub(super) fn meanings_of_code(&self, text: &str) -> Vec<usize> {
        if self.codes.is_empty() {
            return Vec::new();
        }
        let Some(code) = self.bare_code(text, 4) else { return Vec::new() };
        let spelled = self.spelled.get(code).copied();
        // A33 is a use, C26 a use and a division of section C.
        let of_lists = if spelled.is_none() || is_in_its_section(code) { self.by_codes(code) } else { Vec::new() };
        if self.lists.len() < 2 && (spelled.is_some() || of_lists.len() < 2) {
            return Vec::new();
        }
        spelled.into_iter().chain(of_lists).collect()
    }

    /// The code that a folded text is without words before and behind it: 禁止新建C26项目.
    fn bare_code<'a>(&'a self, text: &'a str, depth: usize) -> Option<&'a str> {
        if is_code(text) {
            return Some(text);
        }
        let inner = depth.checked_sub(1).filter(|_| !is_ordinal(text))?;
        self.stripped(text).find_map(|rest| self.bare_code(rest, inner))
    }

    /// A number with its measure, or a code that does not speak, and words behind it that name something; and a code with
    /// words that nobody knows, of which a person says what is meant: 1301改住.
    pub(super) fn take_behind_number(&self, text: &str, compared: &str, found: &mut Found) -> bool {
        if self.codes.is_empty() || self.sentences || fold::parts(compared, false).len() > 1 {
            return false;
        }
        let Some((code, rest)) = fold::leading_code(compared) else { return false };
        let mut named = self.named_in(rest);
        let is_year = code.len() == 4 && (code.starts_with("19") || code.starts_with("20"));
        // A further code is not passed over: C39或C26.
        let is_one = !rest.contains(|c: char| c.is_ascii_digit());
        let says_more = rest.starts_with(char::is_alphabetic) && is_one && behind_measure(rest).is_none();
        if named.is_empty() && says_more && !is_year && !is_ordinal(compared) {
            named.extend(self.spelled.get(code).copied().or_else(|| self.by_code(code)));
        }
        named.iter().for_each(|at| found.add(&self.terms[*at].is));
        if !named.is_empty() {
            found.doubt(text);
        }
        !named.is_empty()
    }

    /// Codes with a mark between them, each and those that lie between: C25-C28.
    pub(super) fn take_span_of_codes(&self, compared: &str, found: &mut Found) -> bool {
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
            behind.len() < rest.len()
                && (*a == letters || *a == 0)
                && *b == long
                && *n != from
                && n.abs_diff(from) < 100
        });
        let Some((.., to)) = to else {
            let own = of_code(first);
            return (!own.is_empty()).then_some((own, rest));
        };
        if letters == 0 && long == 4 && (1900..2100).contains(&from) {
            return None;
        }
        let between = (from.min(to)..=from.max(to)).map(|n| format!("{}{n:0long$}", &first[..letters]));
        let mut all: Vec<usize> = between.flat_map(|code| of_code(&code)).collect();
        all.dedup();
        (!all.is_empty()).then_some((all, tail))
    }

    /// The terms whose codes stand in a folded text: 禁止新建C26项目. False beside them where a code is not known; and the text
    /// with a mark in the place of each that is.
    pub(super) fn codes_in(&self, text: &str) -> (Vec<usize>, bool, String) {
        let (mut rest, mut found, mut are_known, mut masked) = (text, Vec::new(), true, String::new());
        while let Some(at) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
            masked.push_str(&rest[..at]);
            rest = &rest[at..];
            match self.span_of_codes(rest) {
                Some((terms, behind)) => {
                    found.extend(terms);
                    masked.push(KNOWN);
                    rest = behind;
                }
                None => {
                    let behind = rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
                    let word = &rest[..rest.len() - behind.len()];
                    are_known &= !is_code(word) || behind_measure(behind).is_some();
                    masked.push_str(word);
                    rest = behind;
                }
            }
        }
        masked.push_str(rest);
        (found, are_known, masked)
    }

    /// A term and the code behind it: 城镇住宅用地0701. Where they say different things, both, of which a person says what is
    /// meant.
    pub(super) fn take_before_code(&self, text: &str, compared: &str, found: &mut Found) -> bool {
        let words = compared.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
        let code = &compared[words.len()..];
        let words = words.trim_end_matches(['-', '_', ':', '·', '—']);
        if self.codes.is_empty() || words.is_empty() || !is_code(code) || fold::parts(compared, false).len() > 1 {
            return false;
        }
        let Some(at) = self.term(words, 4) else { return false };
        let of_code: Vec<usize> = self.spelled.get(code).copied().into_iter().chain(self.by_codes(code)).collect();
        found.add(&self.terms[at].is);
        if !of_code.iter().any(|other| self.are_one(at, *other)) {
            of_code.iter().for_each(|other| found.add(&self.terms[*other].is));
            found.doubt(text);
        }
        true
    }
}

/// True for marks behind a code that say nothing: not for ?, …, +, →, * and the like.
fn says_nothing(marks: &str) -> bool {
    marks.chars().all(|c| "-_.:·—()[]{}".contains(c)) && !marks.contains("..")
}

/// True for a code of two letters and digits or more, and nothing behind it.
pub(super) fn is_code(text: &str) -> bool {
    fold::leading_code(text).is_some_and(|(code, rest)| code.len() > 1 && rest.is_empty())
}

/// True for a number below ten that counts, and is no code: 1类, 01类用地, 2#.
pub(super) fn is_ordinal(text: &str) -> bool {
    let rest = text.trim_start_matches('0').trim_start_matches(|c: char| c.is_ascii_digit());
    let number = text[..text.len() - rest.len()].trim_start_matches('0');
    number.len() == 1 && rest.starts_with(['类', '级', '号', '#'])
}

/// True for a code of GB/T 4754-2017 whose letter is that of its division's section, or that has no letter.
pub(super) fn is_in_its_section(code: &str) -> bool {
    let letters = code.bytes().take_while(u8::is_ascii_uppercase).count();
    let division: Option<u8> = code.get(letters..letters + 2).and_then(|digits| digits.parse().ok());
    // The last division of every section from A.
    let section = division.and_then(|division| LAST_DIVISIONS.iter().position(|last| division <= *last));
    letters == 0 || section.is_some_and(|at| code.as_bytes()[..letters] == [b'A' + at as u8])
}

/// Of each section of GB/T 4754-2017, A to T, the last division.
const LAST_DIVISIONS: [u8; 20] = [5, 12, 43, 46, 50, 52, 60, 62, 65, 69, 70, 72, 75, 79, 82, 83, 85, 90, 96, 97];
