//! Days and times of spreadsheets: serial numbers since 1900 or 1904, ISO 8601 of OpenDocument.

use crate::io::formats::tabular::{Raw, read_moment};
use crate::io::formats::{DateTime, Time, civil_from_days, time_of_day};
use std::borrow::Cow;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// A serial number as a moment, to the millisecond; a time of day below 1. `None` beyond the year 9999. In the system of 1900 the
/// day 60 is 29 February 1900, which was none: it is told as the number. A duration is a time of day where it is shorter than one,
/// else a number of days.
pub(super) fn of_serial(value: f64, is_1904: bool, is_duration: bool) -> Raw<'static> {
    let limit = if is_1904 { 2_957_004.0 } else { 2_958_466.0 };
    if !(0.0..limit).contains(&value) || (is_duration && value >= 1.0) {
        return Raw::Number(value);
    }
    let milliseconds = (value * DAY as f64).round() as i64;
    let (days, rest) = (milliseconds / DAY, milliseconds % DAY);
    if value < 1.0 && (!is_1904 || is_duration) {
        return if days == 0 { Raw::Time(time_of_day(rest * 1_000)) } else { Raw::Number(value) };
    }
    let since_1970 = match (is_1904, days) {
        (true, days) => days - 24_107,
        (false, 60) => return Raw::Number(value),
        // Before the day that was none, the count is one behind.
        (false, days @ ..60) => days - 25_568,
        (false, days) => days - 25_569,
    };
    Raw::Moment(DateTime { date: civil_from_days(since_1970), time: time_of_day(rest * 1_000), offset_minutes: None })
}

/// A moment of OpenDocument (`2026-11-29`, `2026-11-29T08:30:00`) or a text where it is none.
pub(super) fn of_iso(text: &str) -> Raw<'static> {
    let midnight = Time { hour: 0, minute: 0, second: 0, nanosecond: 0 };
    match read_moment(text) {
        Some((_, Some(moment))) => Raw::Moment(moment),
        Some((date, None)) => Raw::Moment(DateTime { date, time: midnight, offset_minutes: None }),
        None => Raw::Text(Cow::Owned(text.to_owned())),
    }
}

/// A duration of OpenDocument (`PT08H30M00S`) as a time of day, or a text where it is longer.
pub(super) fn of_duration(text: &str) -> Raw<'static> {
    let read = || -> Option<Time> {
        let mut rest = text.strip_prefix("PT")?;
        let mut values = [0.0_f64; 3];
        for (value, mark) in values.iter_mut().zip(['H', 'M', 'S']) {
            if let Some((digits, after)) = rest.split_once(mark) {
                *value = digits.replace(',', ".").parse().ok()?;
                rest = after;
            }
        }
        let [hours, minutes, seconds] = values;
        let milliseconds = ((hours * 3600.0 + minutes * 60.0 + seconds) * 1000.0).round();
        ((0.0..DAY as f64).contains(&milliseconds) && rest.is_empty()).then(|| time_of_day(milliseconds as i64 * 1_000))
    };
    read().map_or_else(|| Raw::Text(Cow::Owned(text.to_owned())), Raw::Time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_days() {
        for (value, is_1904, text) in [
            (1.0, false, "1900-01-01"),
            (59.0, false, "1900-02-28"),
            (60.0, false, "60"),
            (61.0, false, "1900-03-01"),
            (45_943.0, false, "2025-10-13"),
            (45_943.541, false, "2025-10-13 12:59:02.4"),
            (43_928.415_277_777_78, false, "2020-04-07 09:58:00"),
            (43_928.415_289_351_85, false, "2020-04-07 09:58:01"),
            (0.0, true, "1904-01-01"),
            (1.0, true, "1904-01-02"),
            (44_481.0, true, "2025-10-13"),
            (0.5, false, "12:00:00"),
            (0.0, false, "00:00:00"),
            (2_958_465.0, false, "9999-12-31"),
            (2_958_466.0, false, "2958466"),
            (-1.0, false, "-1"),
        ] {
            assert_eq!(of_serial(value, is_1904, false).shown(), text, "{value} {is_1904}");
        }
        assert_eq!(of_serial(0.25, false, true).shown(), "06:00:00");
        assert_eq!(of_serial(1.5, false, true), Raw::Number(1.5));
        assert_eq!(of_duration("PT08H30M15S").shown(), "08:30:15");
        assert_eq!(of_duration("PT30H00M00S").shown(), "PT30H00M00S");
        assert_eq!(of_iso("2026-11-29T08:30:00").shown(), "2026-11-29 08:30:00");
    }
}
