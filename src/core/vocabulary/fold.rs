//! Folding of cells and terms before they are compared: Unicode NFKC, no blanks, capital ASCII letters, simplified
//! characters; numerals where a property counts in them; lists apart.

use super::traditional::simplified;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization as _;

/// A text as it is compared: NFKC, without blanks and invisible marks, ASCII letters capital, characters simplified.
pub fn folded(text: &str) -> String {
    let letters = text.nfkc().filter(|c| !c.is_whitespace() && !is_invisible(*c));
    letters.map(|c| simplified(c.to_ascii_uppercase())).collect()
}

/// True for marks of quotation too, which say nothing.
fn is_invisible(c: char) -> bool {
    c.is_control() || "“”‘’\"'「」『』".contains(c) || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// True where blanks stand between digits, or between digits and what may be another code: 13 26, C39 C26.
pub(super) fn parts_numbers(text: &str) -> bool {
    let mut words = text.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let ends = word.ends_with(|c: char| c.is_ascii_digit());
        let begins = words.peek().is_some_and(|next| {
            next.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with(|c: char| c.is_ascii_digit())
        });
        if ends && begins {
            return true;
        }
    }
    false
}

/// A text without the marks that a list or a sentence leaves at its ends: ③扩建, 化工。 Where a property counts in numerals, ①
/// says something.
pub(super) fn without_marks(text: &str, has_numerals: bool) -> &str {
    let text = text.trim();
    // 化工…: more than is written.
    let means_more = text.ends_with('…') || text.ends_with("...");
    let is_before = |c: char| matches!(c, '•' | '·' | '●' | '◆' | '■') || c.is_whitespace();
    let is_behind = |c: char| matches!(c, '。' | '．' | '.' | '；' | ';' | '，' | ',' | '、' | '！' | '!' | '：' | ':');
    let inner = text.trim_start_matches(|c| is_before(c) || (!has_numerals && is_enclosed(c)));
    let inner = inner.trim_end_matches(|c: char| !means_more && (is_behind(c) || c.is_whitespace()));
    if inner.is_empty() { text } else { inner }
}

/// ① to ⑳, ⑴, ⒈ and their like.
fn is_enclosed(c: char) -> bool {
    matches!(c, '\u{2460}'..='\u{249b}' | '\u{2776}'..='\u{2793}' | '\u{3220}'..='\u{3229}')
}

/// 701 for 701.0, as spreadsheets write codes; any other text as it is.
pub(super) fn without_zeros(folded: String) -> String {
    let whole = folded.split_once('.').filter(|(whole, zeros)| {
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        is_digits(whole) && is_digits(zeros) && zeros.bytes().all(|b| b == b'0')
    });
    whole.map(|(whole, _)| whole.to_owned()).unwrap_or(folded)
}

/// A list without the numbers of its parts, which become marks between them: `1、化工 2、电镀`, ①化工②电镀, （1）化工.
pub(super) fn without_enumerators(text: &str) -> Cow<'_, str> {
    let letters: Vec<char> = text.chars().collect();
    let (mut out, mut at, mut is_changed) = (String::new(), 0, false);
    while at < letters.len() {
        let length = enumerator(&letters[at..]);
        let is_start =
            at == 0 || is_between(letters[at - 1], true) || letters[at - 1] == '。' || is_enclosed(letters[at]);
        let is_word =
            letters.get(at + length).is_some_and(|c| c.is_alphabetic() && !c.is_ascii() && !"期类级区号".contains(*c));
        if length > 0 && is_start && is_word {
            out.push('、');
            at += length;
            is_changed = true;
        } else {
            out.push(letters[at]);
            at += 1;
        }
    }
    if is_changed { Cow::Owned(out) } else { Cow::Borrowed(text) }
}

/// A text with its dates written out, of which the marks part nothing: `2024/5/1 新建` as 2024年5月1日 新建.
pub(super) fn with_dates_in_words(text: &str) -> Cow<'_, str> {
    let letters: Vec<char> = text.nfkc().collect();
    let (mut out, mut at, mut is_changed) = (String::new(), 0, false);
    while at < letters.len() {
        let is_start = at == 0 || !letters[at - 1].is_alphanumeric();
        match date(&letters[at..]).filter(|_| is_start) {
            Some((length, [year, month, day])) => {
                out.push_str(&format!("{year}年{month}月{day}日"));
                at += length;
                is_changed = true;
            }
            None => {
                out.push(letters[at]);
                at += 1;
            }
        }
    }
    if is_changed { Cow::Owned(out) } else { Cow::Borrowed(text) }
}

/// The date that letters begin with, 2024/5/1 or 2024-05-01, and how long it is.
fn date(letters: &[char]) -> Option<(usize, [u32; 3])> {
    let mark = *letters.get(4).filter(|c| matches!(c, '/' | '-' | '.'))?;
    let number = |from: usize, most: usize| {
        let digits: String = letters.get(from..)?.iter().take(most).take_while(|c| c.is_ascii_digit()).collect();
        Some((digits.len(), digits.parse::<u32>().ok()?))
    };
    let (four, year) = number(0, 4)?;
    let (of_month, month) = number(5, 2)?;
    let second = 5 + of_month;
    let (of_day, day) = number(second + 1, 2).filter(|_| letters.get(second) == Some(&mark))?;
    let length = second + 1 + of_day;
    let is_date = four == 4 && (1900..=2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let ends = letters.get(length).is_none_or(|c| !c.is_ascii_alphanumeric());
    (is_date && ends).then_some((length, [year, month, day]))
}

/// The length of the number of a part that stands before it: 1、 2. 3) （1） ①; 0 for none. Codes have two digits and more.
fn enumerator(letters: &[char]) -> usize {
    match letters {
        [first, ..] if is_enclosed(*first) => 1,
        ['(' | '（', digit, ')' | '）', ..] if digit.is_ascii_digit() => 3,
        ['(' | '（', a, b, ')' | '）', ..] if a.is_ascii_digit() && b.is_ascii_digit() => 4,
        [digit, '、' | '.' | '．' | ')' | '）', ..] if digit.is_ascii_digit() => 2,
        _ => 0,
    }
}

/// The same with Chinese and Roman numerals from one to nine as digits: 壹级, 一级, I级 and 1级 are one.
pub(super) fn with_digits(folded: &str) -> String {
    let letters: Vec<char> = folded.chars().collect();
    let mut out = String::with_capacity(folded.len());
    let mut at = 0;
    while at < letters.len() {
        let roman = letters[at..].iter().take_while(|c| matches!(c, 'I' | 'V' | 'X')).count();
        let is_word = |c: Option<&char>| c.is_some_and(char::is_ascii_alphabetic);
        if roman > 0 && !is_word(at.checked_sub(1).and_then(|i| letters.get(i))) && !is_word(letters.get(at + roman)) {
            let text: String = letters[at..at + roman].iter().collect();
            if let Some(n) = ROMAN.iter().position(|known| *known == text) {
                out.push_str(&(n + 1).to_string());
                at += roman;
                continue;
            }
        }
        out.push(digit_of(letters[at]));
        at += 1;
    }
    out
}

const ROMAN: [&str; 9] = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];

fn digit_of(c: char) -> char {
    match c {
        '一' | '壹' => '1',
        '二' | '贰' | '两' => '2',
        '三' | '叁' => '3',
        '四' | '肆' => '4',
        '五' | '伍' => '5',
        '六' | '陆' => '6',
        '七' | '柒' => '7',
        '八' | '捌' => '8',
        '九' | '玖' => '9',
        other => other,
    }
}

/// The parts of a list written as a text: 、，,；;／/ | and ends of lines stand between them, and blanks where that is asked.
pub fn parts(text: &str, by_blanks: bool) -> Vec<String> {
    split(text, |c| is_between(c, by_blanks))
}

fn split(text: &str, is_between: impl Fn(char) -> bool) -> Vec<String> {
    text.split(is_between).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// The sentences of a text, in brackets nothing ends: 禁止建设；化工.
pub(super) fn clauses(text: &str) -> Vec<String> {
    split_outside_brackets(text, |c| matches!(c, '；' | ';' | '。' | '\n'))
}

fn is_between(c: char, by_blanks: bool) -> bool {
    matches!(c, '、' | '，' | ',' | '；' | ';' | '／' | '/' | '|' | '｜' | '\n') || (by_blanks && c.is_whitespace())
}

/// The same, where what stands in brackets stays together: `化工（含电镀、印染）、造纸` has two parts.
pub(super) fn parts_outside_brackets(text: &str, by_blanks: bool) -> Vec<String> {
    split_outside_brackets(text, |c| is_between(c, by_blanks))
}

fn split_outside_brackets(text: &str, is_between: impl Fn(char) -> bool) -> Vec<String> {
    let mut depth = 0_i32;
    let mut is_closed_too_often = false;
    // Marks inside brackets do not part: they are replaced for the search by something that parts nothing.
    let masked: Vec<(usize, char)> = text
        .char_indices()
        .map(|(at, c)| {
            if OPENING.contains(&c) {
                depth += 1;
            } else if CLOSING.contains(&c) {
                depth -= 1;
                is_closed_too_often |= depth < 0;
            }
            (at, if depth > 0 { 'X' } else { c })
        })
        .collect();
    if depth != 0 || is_closed_too_often {
        return split(text, is_between);
    }
    let (mut found, mut start) = (Vec::new(), 0);
    for (at, c) in masked {
        if is_between(c) {
            found.push(&text[start..at]);
            start = at + c.len_utf8();
        }
    }
    found.push(&text[start..]);
    found.into_iter().map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

const OPENING: [char; 6] = ['(', '（', '[', '［', '【', '〔'];
const CLOSING: [char; 6] = [')', '）', ']', '］', '】', '〕'];

/// The inside of a text that stands in brackets as a whole, as some databases write lists: `["化工"]`, {化工,电镀}, （一级）.
pub(super) fn unwrapped(text: &str) -> Option<&str> {
    let closing = match text.chars().next()? {
        '(' => ')',
        '（' => '）',
        '[' => ']',
        '［' => '］',
        '【' => '】',
        '〔' => '〕',
        '{' => '}',
        '｛' => '｝',
        '<' => '>',
        '《' => '》',
        _ => return None,
    };
    let opening = text.chars().next()?;
    let inner = text.strip_prefix(opening)?.strip_suffix(closing)?;
    // （一）化工（二）: the first is closed before the end.
    let mut depth = 0_i32;
    for c in inner.chars() {
        depth += i32::from(c == opening) - i32::from(c == closing);
        if depth < 0 {
            return None;
        }
    }
    Some(inner.trim()).filter(|inner| !inner.is_empty())
}

/// A text without a bracketed aside at its end: `一级（陆域）` is 一级.
pub(super) fn without_aside(folded: &str) -> Option<&str> {
    if !folded.ends_with(CLOSING) {
        return None;
    }
    // The bracket that the last one closes.
    let mut depth = 0_i32;
    for (at, c) in folded.char_indices().rev() {
        if CLOSING.contains(&c) {
            depth += 1;
        } else if OPENING.contains(&c) {
            depth -= 1;
        }
        if depth == 0 {
            return (at > 0).then(|| &folded[..at]);
        }
    }
    None
}

/// A code at the beginning of a text, and what stands behind it: `C26化学原料`, `0701 城镇住宅用地`.
pub(super) fn leading_code(folded: &str) -> Option<(&str, &str)> {
    let letters = folded.bytes().take_while(u8::is_ascii_uppercase).count();
    let digits = folded[letters..].bytes().take_while(u8::is_ascii_digit).count();
    if letters > 2 || digits < 1 {
        return None;
    }
    let (code, rest) = folded.split_at(letters + digits);
    Some((code, rest.trim_start_matches(['-', '_', '.', ':', '·', '—'])))
}

/// The text inside the last bracket at the end of a text.
pub(super) fn aside(folded: &str) -> Option<&str> {
    let rest = without_aside(folded)?;
    let inner = folded[rest.len()..].chars().skip(1).collect::<String>().len();
    Some(&folded[folded.len() - inner..folded.len() - folded.chars().next_back().map_or(0, char::len_utf8)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_folded() {
        for (text, expected) in [
            (" 一 级 ", "一级"),
            ("Ⅰ级", "I级"),
            ("ＹＥＳ", "YES"),
            ("ｃ26", "C26"),
            ("是\u{feff}", "是"),
            ("長江", "长江"),
        ] {
            assert_eq!(folded(text), expected);
        }
        for (text, expected) in
            [("壹级", "1级"), ("III级", "3级"), ("Ⅱ类区", "2类区"), ("INDEX", "INDEX"), ("一级", "1级")]
        {
            assert_eq!(with_digits(&folded(text)), expected);
        }
    }

    #[test]
    fn dates_are_written_out() {
        for (text, expected) in [
            ("2024/5/1 新建", "2024年5月1日 新建"),
            ("新建（2024-05-01）", "新建(2024年5月1日)"),
            ("2024.5.1起", "2024年5月1日起"),
            ("2024/13/1", "2024/13/1"),
            ("12024/5/1", "12024/5/1"),
            ("2024/5", "2024/5"),
            ("0701/0702/0703", "0701/0702/0703"),
            ("2024-5/1", "2024-5/1"),
        ] {
            assert_eq!(with_dates_in_words(text), expected);
        }
    }

    #[test]
    fn lists_and_asides_come_apart() {
        assert_eq!(parts("化工、 电镀；印染 造纸", true), ["化工", "电镀", "印染", "造纸"]);
        assert_eq!(parts("化 工、电镀", false), ["化 工", "电镀"]);
        assert_eq!(parts_outside_brackets("化工（含电镀、印染）、造纸", false), ["化工（含电镀、印染）", "造纸"]);
        assert_eq!(parts_outside_brackets("化工（含电镀、印染", false), ["化工（含电镀", "印染"]);
        assert_eq!(without_aside("一级(陆域)"), Some("一级"));
        assert_eq!(without_aside("较大[大气(Q2)+水(Q0)]"), Some("较大"));
        assert_eq!(aside("一级(陆域)"), Some("陆域"));
        assert_eq!(without_aside("(陆域)"), None);
        assert_eq!(leading_code("C26化学原料"), Some(("C26", "化学原料")));
        assert_eq!(leading_code("0701-城镇住宅用地"), Some(("0701", "城镇住宅用地")));
        assert_eq!(leading_code("化工"), None);
    }
}
