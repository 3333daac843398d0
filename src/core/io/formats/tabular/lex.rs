//! What a text of a table is by its spelling: a whole number, a decimal, a day, a code.

use crate::io::formats::{Date, DateTime, Time};

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lex {
    /// Nothing, or white space.
    Blank,
    /// A whole number of at most 15 digits.
    Integer,
    /// A decimal number that a binary one keeps to its last digit.
    Real,
    /// A decimal number that it does not.
    Decimal,
    /// `inf`, `NaN`.
    NonFinite,
    /// Digits with a zero in front, or 16 of them and more: a code.
    Code,
    /// `true` or `false`.
    Bool,
    /// A day.
    Date,
    /// A day and a time.
    DateTime,
    /// Anything else.
    Other,
}

/// What a text is. White space around it does not count, but for tabs, which keep a code from becoming a number.
pub fn lex(text: &str) -> Lex {
    let text = text.trim_matches([' ', '\u{3000}', '\u{a0}']);
    let Some(first) = text.bytes().next() else { return Lex::Blank };
    match first {
        b'0'..=b'9' | b'-' | b'.' => {}
        b't' | b'T' if text.eq_ignore_ascii_case("true") => return Lex::Bool,
        b'f' | b'F' if text.eq_ignore_ascii_case("false") => return Lex::Bool,
        b'n' | b'N' | b'i' | b'I' => return if is_non_finite(text) { Lex::NonFinite } else { Lex::Other },
        _ => return if text.trim().is_empty() { Lex::Blank } else { Lex::Other },
    }
    let number = lex_number(text.as_bytes());
    if number != Lex::Other {
        return number;
    }
    if first == b'-' {
        return if is_non_finite(&text[1..]) { Lex::NonFinite } else { Lex::Other };
    }
    match read_moment(text) {
        Some((_, None)) => Lex::Date,
        Some((_, Some(_))) => Lex::DateTime,
        None => Lex::Other,
    }
}

fn is_non_finite(text: &str) -> bool {
    ["nan", "inf", "infinity", "-inf", "1.#inf", "1.#qnan"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn lex_number(text: &[u8]) -> Lex {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if whole == digits.len() {
        let is_code = whole > 15 || (whole > 1 && digits[0] == b'0');
        return match (whole, is_code) {
            (0, _) => Lex::Other,
            (_, true) => Lex::Code,
            // Minus zero is no whole number.
            _ if digits.len() < text.len() && digits == b"0" => Lex::Real,
            _ => Lex::Integer,
        };
    }
    // `00.5` is no number that anybody means.
    if whole > 1 && digits[0] == b'0' {
        return Lex::Other;
    }
    let mut rest = &digits[whole..];
    let mut decimals = 0;
    let has_point = rest.first() == Some(&b'.');
    if has_point {
        decimals = rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = &rest[1 + decimals..];
        if whole + decimals == 0 {
            return Lex::Other;
        }
    }
    if let Some((b'e' | b'E', power)) = rest.split_first() {
        // `12E3` is a code more often than a number; `1.2E+05` is one.
        let signed = power.strip_prefix(b"+").or(power.strip_prefix(b"-"));
        let power = signed.unwrap_or(power);
        if !(has_point || signed.is_some()) || whole == 0 || power.is_empty() || !power.iter().all(u8::is_ascii_digit) {
            return Lex::Other;
        }
        rest = &[];
    }
    if !rest.is_empty() {
        return Lex::Other;
    }
    if whole + decimals <= 15 && text.len() <= 17 && !text.iter().any(|byte| matches!(byte, b'e' | b'E')) {
        return Lex::Real;
    }
    is_exact(text)
}

/// Whether a binary number keeps all digits of a long decimal.
fn is_exact(text: &[u8]) -> Lex {
    let Some(value) = std::str::from_utf8(text).ok().and_then(|text| text.parse::<f64>().ok()) else {
        return Lex::Other;
    };
    if !value.is_finite() {
        return Lex::Decimal;
    }
    if significant(text) == significant(format!("{value:e}").as_bytes()) || significant(text).len() <= 15 {
        Lex::Real
    } else {
        Lex::Decimal
    }
}

/// The digits of a number without sign, point, exponent, and zeros at either end.
fn significant(text: &[u8]) -> Vec<u8> {
    let mantissa = text.split(|byte| matches!(byte, b'e' | b'E')).next().unwrap_or_default();
    let digits: Vec<u8> = mantissa.iter().copied().filter(u8::is_ascii_digit).collect();
    let from = digits.iter().position(|digit| *digit != b'0').unwrap_or(digits.len());
    let to = digits.iter().rposition(|digit| *digit != b'0').map_or(from, |at| at + 1);
    digits[from..to].to_vec()
}

/// Days in a month.
pub fn days_in(year: i32, month: u8) -> u8 {
    let is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    match month {
        2 => 28 + u8::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Reads a day with its year first (`2026-11-29`, `2026/1/5`, `2026.1.5`, `2026年1月5日`), and a time behind it where there is one
/// (`8:30`, `T08:30:15.25+08:00`). `None` for what is no day of the calendar.
pub fn read_moment(text: &str) -> Option<(Date, Option<DateTime>)> {
    let text = text.trim();
    if !text.as_bytes().first_chunk::<4>()?.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let year = text[..4].parse().ok()?;
    let rest = &text[4..];
    let mark = rest.chars().next()?;
    let (between, end) = match mark {
        '-' | '/' | '.' => (mark, None),
        '年' => ('月', Some('日')),
        _ => return None,
    };
    let (month, rest) = small(&rest[mark.len_utf8()..])?;
    let (day, mut rest) = small(rest.trim_start().strip_prefix(between)?.trim_start())?;
    if let Some(end) = end {
        rest = rest.strip_prefix(end)?;
    }
    if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    let date = Date { year, month, day };
    if rest.trim().is_empty() {
        return Some((date, None));
    }
    let rest = rest.strip_prefix(['T', 't', ' ']).or(end.map(|_| rest))?.trim_start();
    let (time, rest) = read_time(rest)?;
    let offset_minutes = match rest.trim() {
        "" => None,
        "Z" | "z" => Some(0),
        rest => {
            let sign = if rest.starts_with('-') { -1 } else { 1 };
            let (hours, rest) = small(rest.strip_prefix(['+', '-'])?)?;
            let minutes = match rest.strip_prefix(':').unwrap_or(rest) {
                "" => 0,
                minutes => small(minutes).filter(|(_, rest)| rest.is_empty())?.0,
            };
            (hours <= 14 && minutes < 60).then_some(())?;
            Some(sign * (i16::from(hours) * 60 + i16::from(minutes)))
        }
    };
    Some((date, Some(DateTime { date, time, offset_minutes })))
}

/// `8:30`, `08:30:15`, `08:30:15.25`, and what stands behind.
fn read_time(text: &str) -> Option<(Time, &str)> {
    let (hour, rest) = small(text)?;
    let (minute, rest) = small(rest.strip_prefix([':', '时'])?)?;
    let rest = rest.strip_prefix('分').unwrap_or(rest);
    let mut time = Time { hour, minute, second: 0, nanosecond: 0 };
    let mut after = rest;
    let seconds = rest.strip_prefix(':').or_else(|| rest.starts_with(|c: char| c.is_ascii_digit()).then_some(rest));
    if let Some((second, rest)) = seconds.and_then(small) {
        time.second = second;
        after = rest.strip_prefix('秒').unwrap_or(rest);
        if let Some(rest) = after.strip_prefix('.') {
            let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
            if digits == 0 || digits > 9 {
                return None;
            }
            time.nanosecond = rest[..digits].parse::<u32>().ok()? * 10_u32.pow(9 - digits as u32);
            after = &rest[digits..];
        }
    }
    (time.hour < 24 && time.minute < 60 && time.second <= 60).then_some((time, after))
}

/// One or two digits.
fn small(text: &str) -> Option<(u8, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).take(3).count();
    if !(1..=2).contains(&digits) {
        return None;
    }
    Some((text[..digits].parse().ok()?, &text[digits..]))
}

/// A text without what keeps it from being taken as a number by a spreadsheet: a tab at either end, `'` in front of digits,
/// `="0123"`. True where something was taken off.
pub fn unprotected(text: &str) -> (&str, bool) {
    let inner = match text.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')) {
        Some(inner) => inner,
        None => text.trim_matches('\t'),
    };
    let inner = match inner.strip_prefix('\'') {
        Some(rest) if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => inner,
    };
    (inner, inner.len() < text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_are_told() {
        for (text, is) in [
            ("", Lex::Blank),
            ("  ", Lex::Blank),
            ("0", Lex::Integer),
            ("-12", Lex::Integer),
            (" 12 ", Lex::Integer),
            ("-0", Lex::Real),
            ("007", Lex::Code),
            ("00", Lex::Code),
            ("123456789012345", Lex::Integer),
            ("1234567890123456", Lex::Code),
            ("310113001000000001", Lex::Code),
            ("\t310113", Lex::Other),
            ("0.10", Lex::Real),
            (".5", Lex::Real),
            ("5.", Lex::Real),
            ("00.5", Lex::Other),
            ("121.47370000000001", Lex::Real),
            ("121.473700000000012345", Lex::Decimal),
            ("0.1234567890123456789", Lex::Decimal),
            ("1.2E+05", Lex::Real),
            ("1e-7", Lex::Real),
            ("12E3", Lex::Other),
            ("1.5e400", Lex::Decimal),
            ("+86", Lex::Other),
            ("1,234", Lex::Other),
            ("NaN", Lex::NonFinite),
            ("-inf", Lex::NonFinite),
            ("inf", Lex::NonFinite),
            ("true", Lex::Bool),
            ("FALSE", Lex::Bool),
            ("2026-11-29", Lex::Date),
            ("2026/1/5", Lex::Date),
            ("2026.1.5", Lex::Date),
            ("2026年1月5日", Lex::Date),
            ("2026-02-29", Lex::Other),
            ("2024-02-29", Lex::Date),
            ("2026/1/5 8:30", Lex::DateTime),
            ("2026-01-05T08:30:15.25+08:00", Lex::DateTime),
            ("2026-01-05T08:30:15Z", Lex::DateTime),
            ("2026年1月5日 8时30分15秒", Lex::DateTime),
            ("2026-01-05 25:00", Lex::Other),
            ("11/05/2019", Lex::Other),
            ("12-3", Lex::Other),
            ("-", Lex::Other),
            (".", Lex::Other),
            ("1.2.3", Lex::Other),
            ("无", Lex::Other),
        ] {
            assert_eq!(lex(text), is, "{text:?}");
        }
    }

    #[test]
    fn moments_are_exact() {
        let (date, moment) = read_moment("2026-01-05T08:30:15.25+08:00").expect("a moment");
        assert_eq!(date, Date { year: 2026, month: 1, day: 5 });
        let time = Time { hour: 8, minute: 30, second: 15, nanosecond: 250_000_000 };
        assert_eq!(moment, Some(DateTime { date, time, offset_minutes: Some(480) }));
    }

    #[test]
    fn marks_of_spreadsheets_are_taken_off() {
        for (text, is) in
            [("=\"0123\"", "0123"), ("\t0123", "0123"), ("'0123", "0123"), ("'s", "'s"), ("a", "a"), ("=\"", "=\"")]
        {
            assert_eq!(unprotected(text).0, is, "{text:?}");
        }
    }
}
