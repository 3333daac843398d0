//! A cell through a property of the vocabulary.

use super::quantity::{Unit, factor_of_name};
use super::{Empty, Kind, Property, fold, quantity};
use crate::i18n::Said;
use crate::model::Value;
use std::collections::BTreeSet;

/// What a cell says.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// Nothing.
    Empty,
    /// These terms.
    Terms(Terms),
    /// True or false.
    Truth(bool),
    /// A number: people, metres, square metres, a year.
    Number(f64),
    /// A date, as ISO 8601 writes it.
    Date(String),
    /// Something that is not known, as it stands in the file.
    Unknown(String),
}

/// Terms that a cell names.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Terms {
    /// Them, canonical.
    pub own: Vec<String>,
    /// They and their classes.
    pub all: BTreeSet<String>,
    /// Parts of a list that are not known.
    pub unknown: Vec<String>,
    /// The cell as it stands in the file.
    pub raw: String,
    /// What is to be said where they were met.
    pub notes: Vec<Said>,
    /// True where the cell is empty and the property says what that means.
    pub is_assumed: bool,
}

impl Terms {
    /// Whether a term or a class is among them; `None` where a part that is not known may be it.
    pub fn has(&self, term: &str) -> Option<bool> {
        if self.all.contains(term) {
            Some(true)
        } else if self.unknown.is_empty() {
            Some(false)
        } else {
            None
        }
    }
}

impl Reading {
    /// The number, where it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(n) => Some(*n),
            _ => None,
        }
    }

    /// What of it is not known, as it stands in the file; empty for nothing.
    pub fn unknown(&self) -> Vec<&str> {
        match self {
            Self::Unknown(text) => vec![text],
            Self::Terms(terms) => terms.unknown.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }
}

/// Words that stand where nothing is written.
const NOTHING: [&str; 14] = ["", "-", "--", "—", "——", "/", "\\", "*", "NULL", "NONE", "N/A", "NA", "NAN", "暂无"];

impl Property {
    /// What a value says; `column` is what the layer calls it (its name may hold a unit).
    pub fn read(&self, value: &Value<'_>, column: &str) -> Reading {
        let text = match value {
            Value::Missing | Value::Null => return self.nothing(),
            Value::Number(n, _) if !n.is_finite() => return self.nothing(),
            // 1.0 is 1.
            Value::Number(n, _) if n.fract() == 0.0 && n.abs() < 1e15 => format!("{n:.0}"),
            value => value.display().into_owned(),
        };
        let compared = self.compared(&text);
        if let Some(is) = self.own.get(&compared) {
            return self.said(is, &text);
        }
        let is_nothing = NOTHING.contains(&compared.as_str())
            || (compared == "无" && self.kind != Kind::Truth && !self.spelled.contains_key("无"))
            || matches!(value, Value::Json("[]" | "{}"));
        if is_nothing {
            return self.nothing();
        }
        let unknown = || Reading::Unknown(text.trim().to_owned());
        match self.kind {
            Kind::Truth => {
                let said = |text: &str| self.spelled.get(text).map(|at| self.terms[*at].is == "true");
                // 非核心 is the opposite of 核心.
                let negated = || compared.strip_prefix('非').and_then(said).map(|is| !is);
                said(&compared).or_else(negated).map_or_else(unknown, Reading::Truth)
            }
            Kind::Number => {
                let unit = if self.name.ends_with("_m2") {
                    Unit::SquareMetres
                } else if self.name.ends_with("_m") {
                    Unit::Metres
                } else {
                    Unit::Count
                };
                let times = factor_of_name(column, unit);
                quantity(&text, unit).map_or_else(unknown, |n| Reading::Number(n * times))
            }
            Kind::Year => super::day(&text).map_or_else(unknown, |day| Reading::Number(f64::from(day.year))),
            Kind::Date => super::day(&text).map_or_else(unknown, |day| Reading::Date(day.iso())),
            Kind::Terms => self.read_terms(value, &text),
        }
    }

    /// What an empty cell is.
    fn nothing(&self) -> Reading {
        match &self.empty {
            Empty::Is(is) => match self.said(is, "") {
                Reading::Terms(terms) => Reading::Terms(Terms { is_assumed: true, ..terms }),
                other => other,
            },
            Empty::Unknown | Empty::Told => Reading::Empty,
        }
    }

    /// What a planner, or the table, says in canonical words.
    fn said(&self, is: &str, raw: &str) -> Reading {
        match self.kind {
            Kind::Truth => match is {
                "true" => Reading::Truth(true),
                "false" => Reading::Truth(false),
                _ => Reading::Empty,
            },
            Kind::Number | Kind::Year => is.trim().parse().map_or(Reading::Empty, Reading::Number),
            Kind::Date => super::day(is).map_or(Reading::Empty, |day| Reading::Date(day.iso())),
            Kind::Terms => {
                let own = if is.is_empty() { Vec::new() } else { vec![is.to_owned()] };
                Reading::Terms(self.terms_named(own, Vec::new(), raw))
            }
        }
    }

    fn read_terms(&self, value: &Value<'_>, text: &str) -> Reading {
        let texts: Vec<String> = match value {
            Value::Json(json) => match serde_json::from_str::<Vec<serde_json::Value>>(json) {
                Ok(all) => all.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_owned)).collect(),
                Err(_) => return Reading::Unknown(text.to_owned()),
            },
            _ => vec![text.to_owned()],
        };
        let (mut own, mut unknown) = (Vec::new(), Vec::new());
        for text in &texts {
            if self.take(text, &mut own) {
                continue;
            }
            // Marks part a list; blanks do where a part with them is no term.
            for part in fold::parts(text, false) {
                if self.take(&part, &mut own) {
                    continue;
                }
                let words = fold::parts(&part, true);
                let lacking: Vec<String> = match words.len() {
                    1 => words,
                    _ => words.into_iter().filter(|word| !self.take(word, &mut own)).collect(),
                };
                unknown.extend(lacking.into_iter().filter(|part| !self.take_sentence(part, &mut own)));
            }
        }
        if self.is_open {
            // Another name; one that begins as a known one may be that.
            let begins = |name: &String| {
                let name = self.compared(name);
                self.terms.iter().any(|term| name != term.is && name.starts_with(&self.compared(&term.is)))
            };
            let (doubtful, names): (Vec<String>, Vec<String>) = unknown.into_iter().partition(begins);
            own.extend(names);
            unknown = doubtful;
        }
        if own.is_empty() && !unknown.is_empty() {
            return Reading::Unknown(text.trim().to_owned());
        }
        own.dedup();
        Reading::Terms(self.terms_named(own, unknown, text))
    }

    fn terms_named(&self, own: Vec<String>, unknown: Vec<String>, raw: &str) -> Terms {
        let mut all = BTreeSet::new();
        for term in &own {
            match self.above.get(term) {
                Some(above) => all.extend(above.iter().cloned()),
                None => drop(all.insert(term.clone())),
            }
        }
        let notes = self.terms.iter().filter(|term| own.contains(&term.is)).filter_map(|term| term.note.clone());
        Terms { notes: notes.collect(), own, all, unknown, raw: raw.trim().to_owned(), is_assumed: false }
    }

    /// Adds the term that a text is; false where it is none.
    fn take(&self, text: &str, own: &mut Vec<String>) -> bool {
        let compared = self.compared(text);
        if let Some(is) = self.own.get(&compared) {
            own.extend((!is.is_empty()).then(|| is.clone()));
            return true;
        }
        if let Some(at) = self.term(&compared, 4) {
            own.push(self.terms[at].is.clone());
            return true;
        }
        // 非化工 is known, and not 化工.
        if let Some(rest) = compared.strip_prefix('非')
            && self.term(rest, 4).is_some()
        {
            own.push(compared);
            return true;
        }
        false
    }

    /// The term of a folded text: as it stands, by its code, without an aside, without words before and behind it.
    fn term(&self, text: &str, depth: usize) -> Option<usize> {
        if text.is_empty() {
            return None;
        }
        if let Some(at) = self.spelled.get(text) {
            return Some(*at);
        }
        if !self.codes.is_empty()
            && let Some((code, rest)) = fold::leading_code(text)
        {
            let by_word = (!rest.is_empty()).then(|| self.term(rest, 0)).flatten();
            let is_code_alone =
                rest.is_empty() || !rest.starts_with(|c: char| c.is_alphanumeric()) || by_word.is_some();
            let by_code = is_code_alone.then(|| self.by_code(code)).flatten();
            if let Some(at) = by_word.or(by_code) {
                return Some(at);
            }
            // A code of the table and words that it does not have: the code speaks.
            if code.len() >= 3
                && rest.chars().count() > 1
                && let Some(at) = self.by_code(code)
            {
                return Some(at);
            }
        }
        if depth == 0 {
            return None;
        }
        if let Some(at) = fold::without_aside(text).and_then(|rest| self.term(rest, depth - 1)) {
            return Some(at);
        }
        let without = |words: &[String], strip: fn(&str, &str) -> Option<String>| {
            words.iter().filter_map(|word| strip(text, word)).find_map(|rest| self.term(&rest, depth - 1))
        };
        without(&self.after, |text, word| text.strip_suffix(word).map(str::to_owned))
            .or_else(|| without(&self.before, |text, word| text.strip_prefix(word).map(str::to_owned)))
    }

    /// The term whose code begins a code, the longest first.
    pub(super) fn by_code(&self, code: &str) -> Option<usize> {
        let letters = code.bytes().take_while(u8::is_ascii_uppercase).count();
        let (letters, digits) = code.split_at(letters);
        let matching = |digits: &str| {
            let fits = |(own_letters, own_digits, _): &&(String, String, usize)| {
                (own_letters == letters || (own_letters.is_empty() && !self.letters))
                    && digits.starts_with(own_digits.as_str())
            };
            self.codes.iter().filter(fits).max_by_key(|(letters, digits, _)| (digits.len(), letters.len())).map(|c| c.2)
        };
        // A number that lost its zero: 701 is 0701.
        matching(digits).or_else(|| {
            (digits.len() % 2 == 1 && letters.is_empty()).then(|| matching(&format!("0{digits}"))).flatten()
        })
    }

    /// Adds every term that a sentence names, from the left, the longest word first; false where it names none, where it
    /// also allows something, or where this property has no sentences.
    fn take_sentence(&self, text: &str, own: &mut Vec<String>) -> bool {
        if !self.sentences {
            return false;
        }
        let text = self.compared(text);
        // 禁止新建: words that stand before a list.
        if self.before.contains(&text) {
            return true;
        }
        if TURNS.iter().any(|word| text.contains(word)) {
            return false;
        }
        let (mut rest, mut found) = (text.as_str(), false);
        while let Some(first) = rest.chars().next() {
            let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
            let longest = ends.skip(1).filter_map(|end| Some((end, *self.spelled.get(&rest[..end])?))).last();
            match longest {
                Some((end, at)) => {
                    own.push(self.terms[at].is.clone());
                    (rest, found) = (&rest[end..], true);
                }
                None => rest = &rest[first.len_utf8()..],
            }
        }
        found
    }
}

/// Words that turn a sentence about what is forbidden: a person reads it.
const TURNS: [&str; 6] = ["允许", "鼓励", "除外", "不含", "不禁止", "不限"];
