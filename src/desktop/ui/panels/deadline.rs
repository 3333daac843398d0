//! A deadline as people type it: a day in any usual form, or the end of a month or a year.

use crate::vocabulary::{Day, day, folded};

/// The day that is meant, as ISO 8601 writes it; nothing for nothing. `today` is so too: a day without a year is the next one.
/// `None` where it is no day of the calendar.
pub fn deadline(text: &str, today: &str) -> Option<String> {
    // What o'clock is no matter.
    let time = text.find([':', '：']).and_then(|colon| text[..colon].rfind(['T', ' ', 't', '日', '\u{3000}']));
    let text = time.map_or(text, |at| &text[..at]);
    // As they are compared: full width, blanks and the like are gone.
    let text = folded(text.trim());
    if text.is_empty() {
        return Some(String::new());
    }
    let today = day(today)?;
    let text = text.trim_end_matches(['前', '止']);
    let text = text.strip_suffix(['之', '以']).unwrap_or(text);
    let (text, ends) = match text.strip_suffix(['底', '末']) {
        Some(text) => (text, true),
        None => (text, false),
    };
    let meant = match text {
        "今天" | "今日" if !ends => today,
        "明天" | "明日" if !ends => later(today, 1)?,
        "后天" | "后日" if !ends => later(today, 2)?,
        "月" | "本月" if ends => Day { day: 0, ..today },
        "年" | "本年" | "今年" if ends => Day { month: 0, day: 0, ..today },
        "明年" if ends => Day { year: today.year + 1, month: 0, day: 0 },
        text => without_year(text, today).or_else(|| day(&with_century(text)))?,
    };
    last_of(meant).map(|day| day.iso())
}

/// A month and a day, or a month, without a year: the next one from today on.
fn without_year(text: &str, today: Day) -> Option<Day> {
    let has_month = text.contains('月');
    let numbers: Vec<&str> =
        text.split(['月', '-', '/', '.']).map(|part| part.trim_end_matches(['日', '号'])).collect();
    let number = |text: &str| text.parse::<u8>().ok().filter(|n| *n > 0 && text.len() <= 2);
    let (month, day) = match numbers[..] {
        [month, ""] if has_month => (number(month)?, 0),
        [month, day] => (number(month)?, number(day)?),
        _ => return None,
    };
    let meant = Day { year: today.year, month, day };
    let is_past = last_of(meant)? < today;
    Some(Day { year: today.year + i32::from(is_past), ..meant })
}

/// 26.12.20 as 2026.12.20.
fn with_century(text: &str) -> String {
    let numbers: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    match numbers[..] {
        [year, _, day] if year.len() == 2 && day.len() <= 2 && text.starts_with(year) => format!("20{text}"),
        _ => text.to_owned(),
    }
}

fn days_of(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u8::from(time::util::is_leap_year(year)),
        _ => 31,
    }
}

/// The day itself, or the last one of a month or a year; `None` where the calendar has no such day.
fn last_of(meant: Day) -> Option<Day> {
    let month = if meant.month == 0 { 12 } else { meant.month };
    let last = days_of(meant.year, month);
    let day = if meant.day == 0 { last } else { meant.day };
    (month <= 12 && day <= last).then_some(Day { month, day, ..meant })
}

/// So many days later.
fn later(from: Day, days: u8) -> Option<Day> {
    let last = days_of(from.year, from.month);
    let day = from.day.checked_add(days)?;
    Some(match (day <= last, from.month) {
        (true, _) => Day { day, ..from },
        (false, 12) => Day { year: from.year + 1, month: 1, day: day - last },
        (false, month) => Day { month: month + 1, day: day - last, ..from },
    })
}

#[cfg(test)]
mod tests {
    use super::deadline;

    #[test]
    fn days_are_read_in_every_usual_form() {
        for text in [
            "2026-12-20",
            "2026/12/20",
            "2026.12.20",
            "2026年12月20日",
            "2026 年 12 月 20 日",
            "２０２６年１２月２０日",
            "2026年12月20日前",
            "20261220",
            "26.12.20",
            "26/12/20",
            "2026-12-20 17:00",
            "12月20日",
            "12-20",
            "12/20",
            "12月20号之前",
        ] {
            assert_eq!(deadline(text, "2026-11-29").as_deref(), Some("2026-12-20"), "{text}");
        }
        for (text, meant) in [
            ("", ""),
            ("  ", ""),
            ("2028-02-29", "2028-02-29"),
            ("2026-2-3", "2026-02-03"),
            ("2026年12月", "2026-12-31"),
            ("2027年2月底", "2027-02-28"),
            ("2027年底", "2027-12-31"),
            ("12月底", "2026-12-31"),
            ("2月", "2027-02-28"),
            ("年底", "2026-12-31"),
            ("明年底", "2027-12-31"),
            ("月底", "2026-11-30"),
            ("今天", "2026-11-29"),
            ("后天", "2026-12-01"),
            ("1月5日", "2027-01-05"),
            ("11月29日", "2026-11-29"),
        ] {
            assert_eq!(deadline(text, "2026-11-29").as_deref(), Some(meant), "{text}");
        }
    }

    #[test]
    fn what_is_no_day_of_the_calendar_is_none() {
        for text in [
            "2026-13-01",
            "2026-02-30",
            "2026-04-31",
            "2027-02-29",
            "2100-02-29",
            "尽快",
            "soon",
            "13月1日",
            "2-30",
            "后天底",
            "1",
        ] {
            assert_eq!(deadline(text, "2026-11-29"), None, "{text}");
        }
    }
}
