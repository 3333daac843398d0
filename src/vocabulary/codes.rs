//! Codes in cells: in sentences, behind words, from one to another.

use super::parts::{Found, behind_measure};
use super::{Property, fold};

impl Property {
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
    pub(super) fn take_before_code(&self, text: &str, compared: &str, found: &mut Found) -> bool {
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
}

/// True for a code of two letters and digits or more, and nothing behind it.
pub(super) fn is_code(text: &str) -> bool {
    fold::leading_code(text).is_some_and(|(code, rest)| code.len() > 1 && rest.is_empty())
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
