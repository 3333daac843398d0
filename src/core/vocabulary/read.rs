//! A cell through a property of the vocabulary.

use super::parts::Found;
use super::phrases::phrases;
use super::quantity::{Unit, dated, has_three_decimals, largest, quantity_in};
use super::units::{OfName, of_name};
use super::{Empty, Kind, Property, fold};
use crate::i18n::Said;
use crate::model::{Role, Value};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// What a cell says.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a reading is looked at where it is made, never kept")]
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
    /// Of each of them, itself and its classes.
    pub each: Vec<BTreeSet<String>>,
    /// Of each of them, the terms and classes that it may be and that the word does not say.
    pub may_be: Vec<BTreeSet<String>>,
    /// Of each of them, the narrower terms that it holds, and their classes: 271 of 27. What is caught may be one of them;
    /// nothing is freed by that.
    pub within: Vec<BTreeSet<String>>,
    /// Parts of a list that are not known.
    pub unknown: Vec<String>,
    /// Of those that only say what they are not, the terms that this rules out.
    pub denied: BTreeMap<String, BTreeSet<String>>,
    /// Terms that the cell expressly leaves out, which a person looks at: 涂料 of 化工（不含涂料）.
    pub excepted: BTreeSet<String>,
    /// The cell as it stands in the file.
    pub raw: String,
    /// What is to be said where they were met, each with its term.
    pub notes: Vec<(String, Said)>,
    /// True where the cell is empty and the property says what that means.
    pub is_assumed: bool,
}

impl Terms {
    /// Whether a term or a class is among them; `None` where a part that is not known may be it.
    pub fn has(&self, term: &str) -> Option<bool> {
        if self.all.contains(term) {
            Some(true)
        } else if self.may_be.iter().chain(&self.within).any(|open| open.contains(term)) {
            None
        } else if self.unknown.iter().all(|part| self.denies(part, term)) {
            Some(false)
        } else {
            None
        }
    }

    /// Whether each of them is one of some terms or classes; `None` where a part that is not known may be none of those.
    pub fn are(&self, terms: &[&str]) -> Option<bool> {
        let is_one = |classes: &BTreeSet<String>| terms.iter().any(|term| classes.contains(*term));
        self.are_by(&is_one, &|part| terms.iter().all(|term| self.denies(part, term)))
    }

    /// The same by what tells whether classes hold one, and whether a part that is not known is none.
    pub(super) fn are_by(
        &self,
        is_one: &dyn Fn(&BTreeSet<String>) -> bool,
        is_other: &dyn Fn(&String) -> bool,
    ) -> Option<bool> {
        let says_nothing = self.each.is_empty() && self.unknown.is_empty();
        let may_be_one = || self.each.iter().zip(&self.may_be).all(|(each, may_be)| is_one(each) || is_one(may_be));
        let are_known = self.each.iter().all(is_one);
        if says_nothing || !(are_known || may_be_one()) || self.unknown.iter().any(is_other) {
            Some(false)
        } else if are_known && self.unknown.is_empty() {
            Some(true)
        } else {
            None
        }
    }

    /// True where a term that it names, or a class of it, is this word, or may be.
    pub(super) fn touches(&self, term: &str, word: &str) -> bool {
        let at = self.own.iter().position(|own| own == term);
        let sets = |all: &[BTreeSet<String>]| at.and_then(|at| all.get(at)).is_some_and(|set| set.contains(word));
        sets(&self.each) || sets(&self.may_be) || sets(&self.within)
    }

    /// True where a part that is not known says that it is not this term.
    pub(super) fn denies(&self, part: &str, term: &str) -> bool {
        self.denied.get(part).is_some_and(|denied| denied.contains(term))
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
        let text = fold::without_marks(&text, self.numerals).to_owned();
        let compared = self.compared(&text);
        if let Some(is) = self.own.get(&compared) {
            return self.said(is, &text);
        }
        if let Some(reading) = self.read_wrapped(value, &text, column) {
            return reading;
        }
        let is_nothing = compared.is_empty()
            || phrases().cells.nothing.has(&compared)
            || (compared == "无" && self.kind != Kind::Truth && !self.spelled.contains_key("无"))
            || matches!(value, Value::Json("[]" | "{}"));
        if is_nothing {
            return self.nothing();
        }
        let unknown = || Reading::Unknown(text.trim().to_owned());
        match self.kind {
            Kind::Truth => self.truth(&compared).map_or_else(unknown, Reading::Truth),
            Kind::Number => {
                let (unit, name) = (self.unit(), self.unit_of(column));
                // 12.000 people are twelve thousand or twelve; 12.345 of a column in 万人 are what they say, and so is a number.
                let is_number = matches!(value, Value::Number(..));
                let is_clear =
                    is_number || unit != Unit::Count || name != OfName::Times(1.0) || !has_three_decimals(&text);
                let number = self.of_one_side(&text).and_then(|text| quantity_in(text, unit, name));
                // Nobody is less than nobody, and no river is narrower than nothing.
                // 223.5 people of a district are ten thousands that nobody wrote; blocks of homes may have shares of people.
                let counts_whole = self.name == "population" && self.roles.contains(&Role::District);
                let is_whole = |n: f64| !counts_whole || (n - n.round()).abs() < 1e-6;
                let is_one = |n: &f64| is_clear && (0.0..=unit.most()).contains(n) && is_whole(*n);
                number.filter(is_one).map_or_else(unknown, Reading::Number)
            }
            Kind::Year => dated(&text).map_or_else(unknown, |day| Reading::Number(f64::from(day.year))),
            Kind::Date => dated(&text).map_or_else(unknown, |day| Reading::Date(day.iso())),
            Kind::Terms => self.read_terms(value, &text),
        }
    }

    /// What a text in brackets says, or a list that was written as JSON into a text; `None` for any other text. A number in
    /// brackets may be one below zero.
    fn read_wrapped(&self, value: &Value<'_>, text: &str, column: &str) -> Option<Reading> {
        if matches!(value, Value::Json(_)) || !matches!(self.kind, Kind::Terms | Kind::Truth) {
            return None;
        }
        let inner = fold::unwrapped(text)?;
        if self.spelled.contains_key(&self.compared(text)) {
            return None;
        }
        let is_list = || serde_json::from_str::<Vec<serde_json::Value>>(text).is_ok();
        let reading = if self.kind == Kind::Terms && text.starts_with('[') && is_list() {
            self.read(&Value::Json(text), column)
        } else {
            self.read(&Value::Text(inner.into()), column)
        };
        // It is named as it stands in the file.
        Some(match reading {
            Reading::Unknown(_) => Reading::Unknown(text.to_owned()),
            Reading::Terms(terms) => Reading::Terms(Terms { raw: text.to_owned(), ..terms }),
            other => other,
        })
    }

    /// True or false, where a folded text says it: with the words that stand before and behind, as the opposite of another,
    /// and with an aside that says nothing or the same.
    fn truth(&self, text: &str) -> Option<bool> {
        let said = |text: &str| self.term(text, 4).map(|at| self.terms[at].is == "true");
        if let Some(is) = said(text) {
            return Some(is);
        }
        // 非核心 is the opposite of 核心; what is not in 一般控制区 may be anywhere, and so may what is not in a zone that is
        // only read as another; what is no 重点排污单位 may let out what it will.
        let opposed = |text: &str| {
            let at = self.term(text, 4).filter(|at| self.terms[*at].note.is_none() && !self.terms[*at].narrow)?;
            Some(self.terms[at].is == "true")
        };
        let negated = phrases().cells.not.behind(text).and_then(opposed);
        if let Some(is) = text.strip_prefix('非').and_then(opposed).or(negated.filter(|is| *is)) {
            return Some(!is);
        }
        let (head, inner) = (fold::without_aside(text)?, fold::aside(text)?);
        let is = self.truth(head)?;
        let agrees = self.says_nothing(inner) || self.truth(inner) == Some(is);
        agrees.then_some(is)
    }

    /// What a number of it counts.
    fn unit(&self) -> Unit {
        if self.name.ends_with("_m2") {
            Unit::SquareMetres
        } else if self.name.ends_with("_m") {
            Unit::Metres
        } else {
            Unit::Count
        }
    }

    /// True where it holds numbers, and a column that is called so says their unit.
    pub fn has_unit_in(&self, column: &str) -> bool {
        self.kind == Kind::Number && self.unit_of(column) != OfName::Times(1.0)
    }

    /// What the name of a column says of its unit; the property's own name says nothing.
    fn unit_of(&self, column: &str) -> OfName {
        if column == self.name { OfName::Times(1.0) } else { of_name(column, self.unit()) }
    }

    /// What a cell says of one side of a river, where that is what is asked: 20米 of 两侧各20米. A product, and what differs
    /// from side to side, say none.
    fn of_one_side<'t>(&self, text: &'t str) -> Option<&'t str> {
        if self.name != "buffer_m" {
            return Some(text);
        }
        let is_product = text.contains(['×', '*', 'x', 'X', '＊']);
        let words = &phrases().numbers;
        let text = words.before_side.behind(text.trim()).unwrap_or(text).trim();
        // 20米（单侧）: the cell is not folded here.
        let is_wide = |word: &&String| text.ends_with(&word.replace('(', "（").replace(')', "）"));
        let cut = words.behind_side.iter().find(is_wide).map(|word| text.len() - word.replace(['(', ')'], "（").len());
        let text = words.behind_side.before(text).or_else(|| cut.map(|end| &text[..end])).unwrap_or(text);
        (!is_product).then_some(text)
    }

    /// The larger end of a span, where it holds numbers; `column` is what the layer calls it.
    pub(super) fn largest(&self, text: &str, column: &str) -> Option<f64> {
        let text = self.of_one_side(text).filter(|_| self.kind == Kind::Number)?;
        largest(text, self.unit(), self.unit_of(column)).filter(|n| (0.0..=self.unit().most()).contains(n))
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
                let mut found = Found::default();
                if !is.is_empty() {
                    found.add(is);
                }
                Reading::Terms(self.terms_named(found, raw))
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
        let (mut found, mut is_known) = (Found::default(), false);
        for whole in texts.iter().map(|text| fold::with_dates_in_words(text)) {
            let whole = &*whole;
            // A line is a sentence of its own.
            let is_one = !self.sentences || !whole.contains('\n');
            if is_one && (self.take(whole, &mut found) || self.take_said_closer(whole, &mut found)) {
                is_known = true;
                continue;
            }
            let text = &*if self.numerals { Cow::Borrowed(whole) } else { fold::without_enumerators(whole) };
            // Marks part a list; blanks do where a part with them is no term.
            let mut is_turned = false;
            for clause in if self.sentences { fold::clauses(text) } else { vec![text.to_owned()] } {
                let mut frames = Vec::new();
                self.take_excepted(&clause, &mut found);
                let instructs = self.instructs(&clause);
                for part in fold::parts_outside_brackets(&clause, false) {
                    is_known = true;
                    // 主导产业：化工、电镀 forbids neither.
                    is_turned = self.is_turned(&part, is_turned) || instructs || self.instructs(&part);
                    if is_turned && !self.own.contains_key(&self.compared(&part)) {
                        found.doubt(&part);
                    } else if self.stands_before(&part) {
                        frames.push(part);
                    } else if self.take_part(&part, &mut found) {
                        frames.clear();
                    }
                }
                // 印染；禁止建设: nothing follows, and all may be meant.
                frames.iter().for_each(|frame| found.doubt(frame));
            }
        }
        if self.is_open {
            // Another name; one in which a known one stands may be that.
            let (doubtful, names): (Vec<String>, Vec<String>) =
                std::mem::take(&mut found.unknown).into_iter().partition(|name| !self.is_other(name));
            names.iter().for_each(|name| found.add(name));
            found.unknown = doubtful;
        }
        // A text of marks alone, too.
        let is_taken = !found.unknown.is_empty() || !is_known;
        if found.own.is_empty() && is_taken && found.denied.is_empty() {
            return Reading::Unknown(text.trim().to_owned());
        }
        Reading::Terms(self.terms_named(found, text))
    }

    /// Takes in a part of a list, its words one by one where it is no term; false where nothing of it is known.
    fn take_part(&self, part: &str, found: &mut Found) -> bool {
        if self.take(part, found) || (!self.sentences && self.take_joined(part, found)) {
            return true;
        }
        let words = fold::parts_outside_brackets(part, true);
        let (is_one, mut names_some, mut frames) = (words.len() == 1, false, Vec::new());
        for word in &words {
            if self.stands_before(word) {
                frames.push(word);
            } else if (!is_one && self.take(word, found)) || self.take_sentence(word, found) {
                names_some = true;
                frames.clear();
            } else {
                found.doubt(word);
            }
        }
        frames.into_iter().for_each(|frame| found.doubt(frame));
        names_some
    }

    /// True where a name holds a spelling of a term: 宝钢长江岸线.
    fn holds_known(&self, name: &str) -> bool {
        let name = self.compared(name);
        let is_long = |word: &str| if word.is_ascii() { word.len() > 4 } else { word.chars().count() > 1 };
        self.spelled.keys().any(|word| is_long(word) && name.contains(word.as_str()))
    }

    /// True for another name: nothing that is known stands in it and, where names have ends, it ends like one, with or without
    /// the words that stand behind a name: 练祁河, 练祁河左岸.
    fn is_other(&self, name: &str) -> bool {
        let ends =
            |text: &str| self.other_ends.iter().any(|end| text.len() > end.len() && text.ends_with(end.as_str()));
        let compared = self.compared(name);
        // 一线海塘
        if !self.other_ends.is_empty() && self.unclear.iter().any(|word| compared.ends_with(word.as_str())) {
            return false;
        }
        let (mut rest, mut is_one) = (compared.as_str(), self.other_ends.is_empty() || ends(&compared));
        while let Some(shorter) =
            self.after.iter().filter_map(|word| rest.strip_suffix(word.as_str())).min_by_key(|r| r.len())
            && !is_one
        {
            (rest, is_one) = (shorter, ends(shorter));
        }
        // ？ and 未知 name nothing.
        let is_name = name.chars().any(char::is_alphanumeric) && !phrases().cells.no_names.has(&compared);
        is_one && is_name && !self.holds_known(name)
    }

    fn terms_named(&self, found: Found, raw: &str) -> Terms {
        let Found { own, unknown, denied, excepted } = found;
        let classes = |term: &String| self.above.get(term).cloned().unwrap_or_else(|| BTreeSet::from([term.clone()]));
        let each: Vec<BTreeSet<String>> = own.iter().map(classes).collect();
        let all: BTreeSet<String> = each.iter().flatten().cloned().collect();
        let of_term = |own: &String| {
            let wide = self.terms.iter().filter(|term| term.is == *own).flat_map(|term| &term.may_be);
            wide.flat_map(classes).filter(|term| !all.contains(term)).collect()
        };
        let may_be = own.iter().map(of_term).collect();
        let narrower = |term: &String| self.within.get(term).into_iter().flatten();
        let within =
            own.iter().map(|term| narrower(term).filter(|one| !all.contains(*one)).cloned().collect()).collect();
        let named = self.terms.iter().filter(|term| own.contains(&term.is));
        let notes = named.filter_map(|term| Some((term.is.clone(), term.note.clone()?))).collect();
        let raw = raw.trim().to_owned();
        Terms { notes, own, all, each, may_be, within, unknown, denied, excepted, raw, is_assumed: false }
    }
}
