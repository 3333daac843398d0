//! Times as XML Schema writes them (ISO 8601).

use crate::io::formats::{Date, DateTime, Time};

/// A day, or a day and a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// `2026-11-01`
    Date(Date),
    /// `2026-11-01T08:30:00.25+08:00`
    DateTime(DateTime),
}

/// Reads a day, or a day and a time; `None` for anything else (`2026`, `2026-11`, days that no calendar has).
pub fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    let (day, rest) = text.split_at_checked(10)?;
    let date = date(day)?;
    if rest.is_empty() {
        return Some(Moment::Date(date));
    }
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, zone) = rest.find(['Z', 'z', '+', '-']).map_or((rest, ""), |at| rest.split_at(at));
    let offset_minutes = match zone {
        "" => None,
        "Z" | "z" => Some(0),
        other => Some(offset(other)?),
    };
    Some(Moment::DateTime(DateTime { date, time: time(clock)?, offset_minutes }))
}

fn date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    if bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let year = i32::from(digits(&text[..4])?);
    let (month, day) = (digits(&text[5..7])? as u8, digits(&text[8..])? as u8);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    (1..=days).contains(&day).then_some(Date { year, month, day })
}

fn time(text: &str) -> Option<Time> {
    let mut parts = text.split(':');
    let (hour, minute) = (two(parts.next()?)?, two(parts.next()?)?);
    let seconds = parts.next().unwrap_or("00");
    let (second, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let second = two(second)?;
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 || fraction.is_empty() || fraction.len() > 9 {
        return None;
    }
    let nanosecond = fraction.bytes().all(|b| b.is_ascii_digit()).then(|| format!("{fraction:0<9}").parse().ok())??;
    Some(Time { hour, minute, second, nanosecond })
}

fn offset(text: &str) -> Option<i16> {
    let (sign, rest) = if let Some(rest) = text.strip_prefix('-') { (-1, rest) } else { (1, text.strip_prefix('+')?) };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None if rest.len() == 4 => rest.split_at_checked(2)?,
        None => (rest, "00"),
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours <= 14 && minutes <= 59).then(|| sign * (i16::from(hours) * 60 + i16::from(minutes)))
}

fn two(text: &str) -> Option<u8> {
    if text.len() == 2 { digits(text).map(|n| n as u8) } else { None }
}

/// Digits alone, four at most.
fn digits(text: &str) -> Option<u16> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_exactly_or_not_at_all() {
        let read = |text: &str| match moment(text) {
            Some(Moment::Date(d)) => format!("{}-{}-{}", d.year, d.month, d.day),
            Some(Moment::DateTime(t)) => {
                let (d, c) = (t.date, t.time);
                let clock = format!("{}:{}:{}.{:09}", c.hour, c.minute, c.second, c.nanosecond);
                format!("{}-{}-{} {clock} {:?}", d.year, d.month, d.day, t.offset_minutes)
            }
            None => "-".to_owned(),
        };
        for (text, expected) in [
            ("2026-11-01", "2026-11-1"),
            (" 2024-02-29\n", "2024-2-29"),
            ("2023-02-29", "-"),
            ("2026-04-31", "-"),
            ("2026", "-"),
            ("2026-11", "-"),
            ("", "-"),
            ("２０２６-11-01", "-"),
            ("2026-11-01T08:30:00Z", "2026-11-1 8:30:0.000000000 Some(0)"),
            ("2026-11-01T08:30:00.25+08:00", "2026-11-1 8:30:0.250000000 Some(480)"),
            ("2026-11-01T08:30:00.123456789-03:30", "2026-11-1 8:30:0.123456789 Some(-210)"),
            ("2026-11-01T08:30:00.1234567891Z", "-"),
            ("2026-11-01 08:30", "2026-11-1 8:30:0.000000000 None"),
            ("2026-11-01T24:00:00Z", "-"),
            ("2026-11-01T08:60:00Z", "-"),
            ("2026-11-01T08:30:00+0800", "2026-11-1 8:30:0.000000000 Some(480)"),
            ("2026-11-01T08:30:00+8", "-"),
            ("2026-11-01T08:30:00.", "-"),
            ("2026-11-01T-8:30:00", "-"),
            ("2026-11-01é", "-"),
        ] {
            assert_eq!(read(text), expected, "{text:?}");
        }
    }
}
