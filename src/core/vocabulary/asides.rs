//! What stands in brackets behind a term: what it adds, what it leaves open, what says nothing.

use super::parts::{Found, is_ahead};
use super::phrases::phrases;
use super::sentences::leaves_out;
use super::{Property, fold};

impl Property {
    /// What stands before an aside, with what the aside adds. Nothing that it names is lost, and what it leaves open makes
    /// the cell one of which a part is not known.
    pub(super) fn take_with_aside(&self, text: &str, compared: &str, found: &mut Found) -> bool {
        let (Some(head), Some(inner)) = (fold::without_aside(compared), fold::aside(compared)) else { return false };
        let (mut own, mut added) = (Found::default(), Found::default());
        let is_known = self.take(head, &mut own);
        // 锅炉（燃煤） is 燃煤锅炉; 锅炉（燃气） is 燃气锅炉, which nothing bans: a person looks.
        if let Some(at) = self.said_closer(head, inner) {
            found.add(&self.terms[at].is);
            if self.turns_back(inner) {
                found.doubt(text);
            }
            return true;
        }
        // 一级（现为准）: what is so now counts, and a person says whether.
        if is_known
            && let Some(now) = self.now_is(inner).filter(|now| now.own.iter().any(|term| !own.own.contains(term)))
        {
            now.own.iter().for_each(|term| found.add(term));
            found.doubt(text);
            return true;
        }
        // 二级（拟调整为一级）: what stands before is so today, and what is to come is not.
        if is_known && changes_later(inner) {
            own.own.iter().for_each(|term| found.add(term));
            found.doubt(text);
            return true;
        }
        // 新建（取消）: what stands before is no longer so, and a person says what is.
        if is_known && self.takes_back(inner) {
            // 养殖场（鱼塘）: what the aside names by itself is so.
            let mut named = Found::default();
            if self.turns_back(inner) && !self.sentences && self.take(inner, &mut named) {
                named.own.iter().for_each(|term| found.add(term));
            }
            found.doubt(text);
            return true;
        }
        let is_whole = self.take_aside(inner, &mut added) && added.unknown.is_empty();
        // 装备、食品（含化工） is read part by part.
        if !is_known && (added.own.is_empty() || fold::parts_outside_brackets(text, true).len() > 1) {
            return false;
        }
        own.own.iter().chain(&added.own).for_each(|term| found.add(term));
        found.excepted.extend(added.excepted);
        // 绿肥（冬）, 休耕（大棚）: what is beside it is not said.
        let is_in_season = added.own.is_empty()
            && own.own.iter().any(|term| self.is_open_in_season(term))
            && !self.is_plain_number(inner)
            && !says_nothing(inner)
            && !self.after.iter().any(|word| word == inner);
        if !is_known || !is_whole || !own.unknown.is_empty() || is_in_season {
            if let Some(denied) = own.denied.into_values().next().filter(|_| is_whole) {
                found.denied.insert(text.trim().to_owned(), denied);
            }
            found.doubt(text);
        }
        true
    }

    /// Takes in what an aside says beside what it stands behind; false where it leaves something open.
    fn take_aside(&self, inner: &str, added: &mut Found) -> bool {
        // What will be so is not so yet, but for what is said of a number that is a code.
        let is_ahead = is_ahead(inner);
        if !is_ahead && self.is_plain_number(inner) || self.take(inner, added) {
            return true;
        }
        let mut is_whole = !is_ahead;
        for part in fold::parts_outside_brackets(inner, false).iter().flat_map(|part| part.split(['+', '。'])) {
            let dateless = without_date(part);
            if self.take(part, added) || dateless.is_empty() || self.take(dateless, added) {
                continue;
            }
            let words = &phrases().asides;
            let (opens, is_negated) = (words.open.is_in(dateless), words.negating.is_in(dateless));
            let (rest, is_open) = without_leading(dateless);
            // 苗木（原水稻）: what was so is named to a person.
            if words.past.leads(dateless).is_some() && self.take(rest, &mut Found::default()) {
                is_whole = false;
                continue;
            }
            if rest.len() < dateless.len() && !is_negated && self.take(rest, added) {
                is_whole &= !is_open;
                continue;
            }
            let is_word =
                |word: &str| !word.is_ascii() || word.len() > 1 && word.contains(|c: char| c.is_ascii_alphabetic());
            let words = self.words_in(dateless).into_iter();
            let named: Vec<usize> = words.filter(|(word, _)| is_word(word)).map(|(_, at)| at).collect();
            // What is said not to be there is left to a person.
            let excepts = leaves_out(dateless);
            if !is_negated {
                named.iter().for_each(|at| added.add(&self.terms[*at].is));
            } else if excepts {
                added.excepted.extend(self.excepted_in(dateless));
            }
            // What nobody knows may take back what stands before it: 已移出名录（撤回）.
            let is_neutral = self.is_filler(dateless) || self.is_open || says_nothing(part);
            is_whole &= named.is_empty() && !opens && is_neutral;
        }
        is_whole
    }

    /// True for an aside that says that what stands before it is not so: 取消, 已拆除, of machines 电动.
    fn takes_back(&self, inner: &str) -> bool {
        let words = &phrases().asides;
        let is_ended = |part: &str| {
            let part = without_date(part);
            let bare = words.already.stripped(part);
            // Where a cell says how far something is, 关停 is a word of its own.
            let is_over = !bare.is_empty() && ends_only(bare)
                || words.ended.iter().any(|word| part.contains(&format!("已{word}")));
            words.takes_back.has(bare)
                || words.uncertain.has(bare)
                || (is_over && self.term(part, 4).is_none() && self.term(bare, 4).is_none())
        };
        self.turns_back(inner) || fold::parts(inner, false).iter().any(|part| is_ended(part) || self.is_not_so(part))
    }

    /// True for a part of an aside with which what stands before it is not so, or not yet.
    fn is_not_so(&self, part: &str) -> bool {
        let part = without_date(part);
        self.not_so.iter().any(|word| match word.strip_prefix('=') {
            Some(word) => word == part,
            None => part.contains(word.as_str()),
        })
    }

    /// True for an aside with one of the words that turn what stands before it, 电动; those written with = are the whole of it.
    fn turns_back(&self, inner: &str) -> bool {
        let turns = |part: &String| {
            let part = without_date(part);
            let rest = self.scanned(part).1;
            // 锅炉（改用天然气）: the word of a kind by itself, which is masked otherwise.
            let own = phrases().asides.works_with.behind(part).unwrap_or(part);
            let is = |word: &str| !self.sentences && (word == part || word == own);
            self.turns.iter().any(|word| match word.strip_prefix('=') {
                Some(word) => is(word),
                None => is(word) || rest.contains(word.as_str()),
            })
        };
        fold::parts(inner, false).iter().any(turns)
    }

    /// The term that a word is with what is said of it: 燃气锅炉 of 锅炉（燃气）. Of properties alone that have words which turn.
    fn said_closer(&self, head: &str, inner: &str) -> Option<usize> {
        let has_kinds = !self.turns.is_empty() && !self.sentences;
        let joined = has_kinds.then(|| format!("{}{head}", inner.trim_start_matches("为")))?;
        self.spelled.get(&joined).copied()
    }

    /// The same with a mark or a blank between them: 锅炉-燃气, 锅炉/天然气. False where it is none.
    pub(super) fn take_said_closer(&self, text: &str, found: &mut Found) -> bool {
        let is_mark = |c: char| "-—–/／:：·_".contains(c) || c.is_whitespace();
        let pieces: Vec<String> =
            text.split(is_mark).filter(|piece| !piece.is_empty()).map(|piece| self.compared(piece)).collect();
        let [head, inner] = pieces.as_slice() else { return false };
        if self.turns.is_empty() || self.sentences || text.contains(['(', '（', '、', '，']) {
            return false;
        }
        let (closer, turns) = (self.said_closer(head, inner), self.turns_back(inner));
        match closer {
            Some(at) => found.add(&self.terms[at].is),
            None if self.term(head, 4).is_some() && turns => _ = self.take(inner, found),
            None => return false,
        }
        if turns {
            found.doubt(text);
        }
        true
    }

    /// What an aside says that something is now: 准 of 现为准.
    fn now_is(&self, inner: &str) -> Option<Found> {
        let rest = phrases().asides.now.behind(inner)?;
        let mut now = Found::default();
        (self.take(rest, &mut now) && !now.own.is_empty()).then_some(now)
    }

    /// True for an aside that says nothing of what stands before it.
    pub(super) fn says_nothing(&self, inner: &str) -> bool {
        !is_ahead(inner) && (self.is_plain_number(inner) || self.is_filler(inner) || says_nothing(inner))
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
    pub(super) fn is_filler(&self, text: &str) -> bool {
        let is_behind = |word: &String| {
            !word.is_empty() && text.strip_prefix(word.as_str()).is_some_and(|rest| self.is_filler(rest))
        };
        text.is_empty() || self.before.iter().chain(&self.after).chain(&*self.whole).any(is_behind)
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
    // 第三批
    let is_batch = part.strip_prefix('第').and_then(|rest| rest.strip_suffix('批')).is_some_and(|number| {
        !number.is_empty() && number.chars().all(|c| c.is_ascii_digit() || "一二三四五六七八九十".contains(c))
    });
    // Where a property counts in numerals 陆域 is compared as 6域.
    let is_word = |word: &String| word == part || fold::with_digits(word) == part;
    is_document || is_batch || phrases().asides.says_nothing.iter().any(is_word)
}

/// True for nothing but such words, and 完毕 and the like behind them.
fn ends_only(text: &str) -> bool {
    let words = &phrases().asides;
    words.ended.behind(text).is_some_and(|rest| rest.is_empty() || words.behind_ended.has(rest) || ends_only(rest))
}

/// True for an aside about a change that is still to come: 拟调整为一级, 2027年改为准保护区.
fn changes_later(inner: &str) -> bool {
    let words = &phrases().asides;
    let verb = words.changes.iter().filter_map(|word| inner.find(word.as_str())).min();
    verb.is_some_and(|at| is_ahead(inner) || words.later.is_in(&inner[..at]))
}

/// A part of an aside without the words that lead it, and whether one of them leaves it open.
fn without_leading(part: &str) -> (&str, bool) {
    let (mut rest, mut is_open) = (part, false);
    let words = &phrases().asides;
    while let Some(word) = words.leading.leads(rest) {
        rest = &rest[word.len()..];
        is_open |= words.open.iter().any(|open| word.contains(open.as_str()) && !words.beside.has(open));
    }
    (rest, is_open)
}
