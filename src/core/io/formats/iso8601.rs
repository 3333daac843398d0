//! Days and times as ISO 8601 and RFC 3339 write them: strict reading, exact writing.

use super::{Date, DateTime, FieldKind, Time};

/// Days of a month of the proleptic Gregorian calendar; 0 for a month that is none.
pub fn days_of_month(year: i32, month: u8) -> u8 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 0,
    }
}

/// Two digits at a place.
fn two(text: &[u8], at: usize) -> Option<u8> {
    match text.get(at..at + 2)? {
        [a @ b'0'..=b'9', b @ b'0'..=b'9'] => Some((a - b'0') * 10 + (b - b'0')),
        _ => None,
    }
}

/// Reads `2024-02-29`. `None` where it is anything else, or no day of the calendar.
pub fn parse_date(text: &str) -> Option<Date> {
    let text = text.as_bytes();
    if text.len() != 10 || text[4] != b'-' || text[7] != b'-' {
        return None;
    }
    let year = i32::from(two(text, 0)?) * 100 + i32::from(two(text, 2)?);
    let (month, day) = (two(text, 5)?, two(text, 8)?);
    (day >= 1 && day <= days_of_month(year, month)).then_some(Date { year, month, day })
}

/// Reads a time at the beginning: the time and how many bytes it takes.
fn time_prefix(text: &[u8]) -> Option<(Time, usize)> {
    let (hour, minute) = (two(text, 0)?, two(text, 3)?);
    if text.get(2) != Some(&b':') || hour > 23 || minute > 59 {
        return None;
    }
    let mut time = Time { hour, minute, second: 0, nanosecond: 0 };
    if text.get(5) != Some(&b':') {
        return Some((time, 5));
    }
    time.second = two(text, 6).filter(|second| *second <= 60)?;
    if !matches!(text.get(8), Some(b'.' | b',')) {
        return Some((time, 8));
    }
    let digits = text[9..].iter().take_while(|digit| digit.is_ascii_digit()).count();
    if digits == 0 || digits > 9 {
        return None;
    }
    let fraction = text[9..9 + digits].iter().fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'));
    time.nanosecond = fraction * 10_u32.pow(9 - digits as u32);
    Some((time, 9 + digits))
}

/// Reads `08:30`, `08:30:15`, `08:30:15.25` (at most nine digits behind the point).
pub fn parse_time(text: &str) -> Option<Time> {
    time_prefix(text.as_bytes()).filter(|(_, taken)| *taken == text.len()).map(|(time, _)| time)
}

/// Reads a distance from UTC: `Z`, `+08`, `+08:00`, `+0800`; nothing at all is `Some(None)`.
fn parse_offset(text: &[u8]) -> Option<Option<i16>> {
    let sign = match text {
        [] => return Some(None),
        b"Z" | b"z" => return Some(Some(0)),
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return None,
    };
    let hours = two(text, 1).filter(|hours| *hours <= 23)?;
    let minutes = match text.len() {
        3 => 0,
        5 => two(text, 3)?,
        6 if text[3] == b':' => two(text, 4)?,
        _ => return None,
    };
    (minutes <= 59).then_some(Some(sign * (i16::from(hours) * 60 + i16::from(minutes))))
}

/// Reads `2024-02-29T08:30:15.25+08:00`; a space for the `T`, no seconds and no distance from UTC are fine.
pub fn parse_date_time(text: &str) -> Option<DateTime> {
    let date = parse_date(text.get(..10)?)?;
    let rest = text.as_bytes().get(10..)?;
    let (b'T' | b't' | b' ', rest) = rest.split_first().map(|(first, rest)| (*first, rest))? else {
        return None;
    };
    let (time, taken) = time_prefix(rest)?;
    Some(DateTime { date, time, offset_minutes: parse_offset(&rest[taken..])? })
}

/// `2024-02-29`.
pub fn write_date(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

/// `08:30:15`, with three, six or nine digits behind the point where there is a fraction.
pub fn write_time(time: Time) -> String {
    let whole = format!("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
    match time.nanosecond {
        0 => whole,
        n if n.is_multiple_of(1_000_000) => format!("{whole}.{:03}", n / 1_000_000),
        n if n.is_multiple_of(1_000) => format!("{whole}.{:06}", n / 1_000),
        n => format!("{whole}.{n:09}"),
    }
}

/// `2024-02-29T08:30:15+08:00`; `Z` for UTC, nothing where the distance from UTC is not known.
pub fn write_date_time(moment: DateTime) -> String {
    let zone = match moment.offset_minutes {
        None => String::new(),
        Some(0) => "Z".to_owned(),
        Some(minutes) => {
            let (sign, distance) = (if minutes < 0 { '-' } else { '+' }, minutes.unsigned_abs());
            format!("{sign}{:02}:{:02}", distance / 60, distance % 60)
        }
    };
    format!("{}T{}{zone}", write_date(moment.date), write_time(moment.time))
}

/// What a text is that is written as [`write_date`], [`write_time`] or [`write_date_time`] would write it: of moments only those in UTC
/// or of no place, of times none finer than a microsecond. `None` for every other text.
pub fn kind_of(text: &str) -> Option<FieldKind> {
    let is_coarse = |time: &Time| time.second < 60 && time.nanosecond.is_multiple_of(1_000);
    if parse_date(text).is_some_and(|date| date.year > 0 && write_date(date) == text) {
        return Some(FieldKind::Date);
    }
    if parse_time(text).is_some_and(|time| is_coarse(&time) && write_time(time) == text) {
        return Some(FieldKind::Time);
    }
    let is_kept = |moment: DateTime| {
        let is_of_utc = matches!(moment.offset_minutes, None | Some(0));
        is_of_utc && moment.date.year > 0 && is_coarse(&moment.time) && write_date_time(moment) == text
    };
    parse_date_time(text).is_some_and(is_kept).then_some(FieldKind::DateTime)
}

/// Days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms").
pub fn days_from_civil(date: Date) -> i64 {
    let year = i64::from(date.year) - i64::from(date.month <= 2);
    let month = (i64::from(date.month) + 9) % 12;
    let day_of_year = (153 * month + 2) / 5 + i64::from(date.day) - 1;
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468
}

/// The time so many microseconds after midnight, within a day.
pub fn time_of_day(micros: i64) -> Time {
    let seconds = micros / 1_000_000;
    Time {
        hour: (seconds / 3_600) as u8,
        minute: (seconds / 60 % 60) as u8,
        second: (seconds % 60) as u8,
        nanosecond: (micros % 1_000_000) as u32 * 1_000,
    }
}

/// The day so many days after 1970-01-01.
pub fn civil_from_days(days: i64) -> Date {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * month + 2) / 5 + 1) as u8;
    let month = if month < 10 { month + 3 } else { month - 9 } as u8;
    Date { year: (year_of_era + era * 400 + i64::from(month <= 2)) as i32, month, day }
}

/// The same moment in UTC; as it is where its distance from UTC is not known.
pub fn in_utc(moment: DateTime) -> DateTime {
    let Some(offset) = moment.offset_minutes.filter(|offset| *offset != 0) else {
        return moment;
    };
    let minutes = i64::from(moment.time.hour) * 60 + i64::from(moment.time.minute) - i64::from(offset);
    let (days, minutes) = (minutes.div_euclid(1_440), minutes.rem_euclid(1_440));
    let date = civil_from_days(days_from_civil(moment.date) + days);
    let time = Time { hour: (minutes / 60) as u8, minute: (minutes % 60) as u8, ..moment.time };
    DateTime { date, time, offset_minutes: Some(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_read_and_written() {
        for text in ["2024-02-29", "1900-01-01", "0001-12-31", "9999-12-31", "2000-02-29"] {
            assert_eq!(parse_date(text).map(write_date).as_deref(), Some(text));
        }
        for text in
            ["2023-02-29", "1900-02-29", "2024-13-01", "2024-00-10", "2024-1-1", "2024/01/01", "", "2024-01-01 "]
        {
            assert_eq!(parse_date(text), None, "{text}");
        }
    }

    #[test]
    fn moments_are_read_and_written() {
        let table = [
            ("2024-05-01T08:30:00.000Z", Some("2024-05-01T08:30:00Z")),
            ("2024-05-01T08:30Z", Some("2024-05-01T08:30:00Z")),
            ("2024-05-01 08:30:15", Some("2024-05-01T08:30:15")),
            ("2024-05-01T08:30:15.123456+08:00", Some("2024-05-01T08:30:15.123456+08:00")),
            ("2024-05-01T08:30:15.5-0330", Some("2024-05-01T08:30:15.500-03:30")),
            ("2024-05-01T23:59:60Z", Some("2024-05-01T23:59:60Z")),
            ("2024-05-01T24:00:00Z", None),
            ("2024-05-01T08:30:15.Z", None),
            ("2024-05-01T08:30:15.1234567890Z", None),
            ("2024-05-01", None),
            ("2024-05-01T", None),
            ("中文日期啊中文", None),
            ("2024-05-01T08:30:15+8", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse_date_time(text).map(write_date_time).as_deref(), expected, "{text}");
        }
        assert_eq!(parse_time("08:30:15.25").map(write_time).as_deref(), Some("08:30:15.250"));
        assert_eq!(parse_time("08:30:15Z"), None);
    }

    #[test]
    fn utc_crosses_days_and_years() {
        for (text, expected) in [
            ("2024-01-01T07:59:59+08:00", "2023-12-31T23:59:59Z"),
            ("2024-02-28T20:00:00-05:00", "2024-02-29T01:00:00Z"),
            ("1900-03-01T00:00:00+00:30", "1900-02-28T23:30:00Z"),
            ("2024-02-28T20:00:00", "2024-02-28T20:00:00"),
        ] {
            assert_eq!(parse_date_time(text).map(|moment| write_date_time(in_utc(moment))).as_deref(), Some(expected));
        }
    }
}
