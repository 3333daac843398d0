//! Folding of cells and terms before they are compared: Unicode NFKC, no blanks, capital ASCII letters; numerals where a
//! property counts in them; lists apart.

use unicode_normalization::UnicodeNormalization as _;

/// A text as it is compared: NFKC, without blanks and invisible marks, ASCII letters capital.
pub fn folded(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace() && !is_invisible(*c)).map(|c| c.to_ascii_uppercase()).collect()
}

fn is_invisible(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
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
    let is_between = |c: char| {
        matches!(c, '、' | '，' | ',' | '；' | ';' | '／' | '/' | '|' | '｜' | '\n') || (by_blanks && c.is_whitespace())
    };
    text.split(is_between).map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

/// A text without a bracketed aside at its end: `一级（陆域）` is 一级.
pub(super) fn without_aside(folded: &str) -> Option<&str> {
    let opens = folded.rfind(['(', '[', '【', '〔'])?;
    (opens > 0 && folded.ends_with([')', ']', '】', '〕'])).then(|| &folded[..opens])
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
        for (text, expected) in
            [(" 一 级 ", "一级"), ("Ⅰ级", "I级"), ("ＹＥＳ", "YES"), ("ｃ26", "C26"), ("是\u{feff}", "是")]
        {
            assert_eq!(folded(text), expected);
        }
        for (text, expected) in
            [("壹级", "1级"), ("III级", "3级"), ("Ⅱ类区", "2类区"), ("INDEX", "INDEX"), ("一级", "1级")]
        {
            assert_eq!(with_digits(&folded(text)), expected);
        }
    }

    #[test]
    fn lists_and_asides_come_apart() {
        assert_eq!(parts("化工、 电镀；印染 造纸", true), ["化工", "电镀", "印染", "造纸"]);
        assert_eq!(parts("化 工、电镀", false), ["化 工", "电镀"]);
        assert_eq!(without_aside("一级(陆域)"), Some("一级"));
        assert_eq!(aside("一级(陆域)"), Some("陆域"));
        assert_eq!(without_aside("(陆域)"), None);
        assert_eq!(leading_code("C26化学原料"), Some(("C26", "化学原料")));
        assert_eq!(leading_code("0701-城镇住宅用地"), Some(("0701", "城镇住宅用地")));
        assert_eq!(leading_code("化工"), None);
    }
}
