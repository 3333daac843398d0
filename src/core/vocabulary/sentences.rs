//! Sentences that are searched for terms: 禁止新建化工和电镀项目. What they say beside the terms is a doubt, unless it says
//! nothing.

use super::parts::Found;
use super::phrases::phrases;
use super::{Property, fold};

/// What stands in the place of a word that is known, or a code.
pub(super) const KNOWN: char = '\u{1}';

impl Property {
    /// Adds every term that a sentence names, from the left, the longest word first; false where it names none, where it
    /// also allows something, or where this property has no sentences.
    pub(super) fn take_sentence(&self, raw: &str, found: &mut Found) -> bool {
        if !self.sentences {
            return false;
        }
        let text = self.compared(raw);
        let (words, masked) = self.scanned(&text);
        let (codes, are_known, _) = self.codes_in(&text);
        let (.., rest) = self.codes_in(&masked);
        if self.turns_in(&rest) {
            return false;
        }
        words.iter().for_each(|(_, at)| found.add(&self.terms[*at].is));
        codes.iter().for_each(|at| found.add(&self.terms[*at].is));
        let names_some = !words.is_empty() || !codes.is_empty();
        let means_more =
            phrases().sentences.means_more.is_in(&rest) || text.contains(['含', '?']) || !self.says_no_more(&rest);
        if names_some && (!are_known || means_more) {
            found.doubt(raw);
        }
        names_some
    }

    /// True for words that stand before a list and say nothing by themselves: 禁止新建 of 禁止新建、扩建化工. Those that mean all, or
    /// more, are a part of their own: 印染、一切.
    pub(super) fn stands_before(&self, part: &str) -> bool {
        let text = self.compared(part);
        self.sentences && self.before.contains(&text) && !phrases().sentences.means_all.has(&text)
    }

    /// Whether a part of a text says what is not forbidden, or stands behind one that does: 主导产业：化工、电镀.
    pub(super) fn is_turned(&self, part: &str, is_turned: bool) -> bool {
        if !self.sentences || self.turns.is_empty() {
            return false;
        }
        let text = self.compared(part);
        let forbids = phrases().sentences.forbidding.is_in(&text);
        (is_turned && !forbids) || (!text.contains('(') && self.turns_in(&self.scanned(&text).1))
    }

    /// True for a part of a text that says what has to be done, and forbids nothing: 化工项目须进入园区.
    pub(super) fn instructs(&self, part: &str) -> bool {
        if !self.sentences || self.turns.is_empty() {
            return false;
        }
        let text = self.compared(part);
        let words = &phrases().sentences;
        let without = |text: String, word: &String| text.replace(word.as_str(), "");
        let masked = words.no_instructions.iter().fold(self.scanned(&text).1, without);
        !words.forbidding.is_in(&text) && words.instructing.is_in(&masked)
    }

    /// Takes in what a clause leaves out behind its list: 涂料、农药 of 禁止化工，涂料、农药除外.
    pub(super) fn take_excepted(&self, clause: &str, found: &mut Found) {
        if !self.sentences {
            return;
        }
        for (at, _) in phrases().sentences.left_out.iter().flat_map(|word| clause.match_indices(word.as_str())) {
            let list = clause[..at].rsplit(['，', ',', '；', ';', '(', '（']).next().unwrap_or_default();
            found.excepted.extend(self.excepted_in(list));
        }
        for part in fold::parts(clause, false).iter().filter(|part| leaves_out(part)) {
            found.excepted.extend(self.excepted_in(part));
        }
    }

    /// The terms that a text names which leaves something out, behind the word that says so where it stands before them.
    pub(super) fn excepted_in(&self, text: &str) -> Vec<String> {
        let text = self.compared(text);
        let behind = phrases()
            .sentences
            .excepting
            .iter()
            .find_map(|word| text.split_once(word.as_str()))
            .map(|(_, behind)| behind);
        let words = self.words_in(behind.or_else(|| text.strip_prefix('除')).unwrap_or(&text));
        words.into_iter().map(|(_, at)| self.terms[at].is.clone()).collect()
    }

    /// True for what a sentence says beside its terms where that turns it: 除电镀外, 鼓励.
    fn turns_in(&self, rest: &str) -> bool {
        let excepts = rest.split_once('除').is_some_and(|(_, behind)| behind.contains('外'));
        // 无化工; 化工园区外
        excepts
            || rest.starts_with('无')
            || rest.contains(&format!("{KNOWN}外"))
            || phrases().sentences.turns.is_in(rest)
            || self.turns.iter().any(|word| {
                let mut found = rest.match_indices(word.as_str());
                found.any(|(at, _)| phrases().sentences.forbidding.before(&rest[..at]).is_none())
            })
    }

    /// True where a sentence says nothing beside its terms, which are masked: words that stand before and behind terms,
    /// words that join them, marks. Where sentences of a property do not turn, names may stand in them.
    fn says_no_more(&self, rest: &str) -> bool {
        let is_said = |piece: &str| {
            // 化工和企业: a part of its own that nobody knows.
            let is_item = piece.contains(KNOWN);
            piece.split(|c: char| !c.is_alphanumeric()).all(|words| self.is_frame(words, is_item))
        };
        self.turns.is_empty() || parted(&rest.replace("<BR>", "、")).split(BREAK).all(is_said)
    }

    /// True where a text consists of words that stand around the terms of a sentence.
    fn is_frame(&self, text: &str, is_item: bool) -> bool {
        let is_numeral = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
        let is_behind =
            |word: &str| text.strip_prefix(word).is_some_and(|rest| !word.is_empty() && self.is_frame(rest, is_item));
        let after = self.after.iter().filter(|_| is_item);
        let words = self.before.iter().chain(after).map(String::as_str);
        // 一是禁止
        let number = text.trim_start_matches(is_numeral);
        text.is_empty()
            || (number.len() < text.len() && self.is_frame(number, is_item))
            || phrases().sentences.frame.iter().map(String::as_str).chain(words).any(is_behind)
    }
}

/// True for a text that leaves something out: 不含涂料, 除涂料外, 涂料除外.
pub(super) fn leaves_out(text: &str) -> bool {
    let words = &phrases().sentences;
    text.starts_with('除') || words.excepting.is_in(text) || words.left_out.is_in(text)
}

/// A text with a mark in the place of every word that joins parts.
fn parted(text: &str) -> String {
    phrases().sentences.joints.iter().fold(text.to_owned(), |text, word| text.replace(word.as_str(), BREAK))
}

/// What stands in the place of a word that joins parts.
const BREAK: &str = "\n";
