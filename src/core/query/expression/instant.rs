//! Times of day with a date, as instants.

use std::cmp::Ordering;

/// The order of two texts as instants, where both are a date with a time of day and one at least says its zone; a time
/// without one is UTC's, as CQL2 has it.
pub(super) fn by_instant(a: &str, b: &str) -> Option<Ordering> {
    let ((a, a_has_zone), (b, b_has_zone)) = (instant(a)?, instant(b)?);
    (a_has_zone || b_has_zone).then(|| a.cmp(&b))
}

/// Seconds since 1970 and nanoseconds of a date with a time of day (RFC 3339; a blank for its T and seconds left out as
/// many write it), and whether its zone is said.
pub(super) fn instant(text: &str) -> Option<((i64, i64), bool)> {
    let bytes = text.trim().as_bytes();
    // Most texts are none.
    let is_one = bytes.len() >= 16 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[13] == b':';
    if !is_one || !matches!(bytes[10], b'T' | b't' | b' ') {
        return None;
    }
    let number = |from: usize, to: usize, most: i64| {
        let digits = bytes.get(from..to).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
        Some(digits.iter().fold(0, |n, digit| n * 10 + i64::from(digit - b'0'))).filter(|n| *n <= most)
    };
    let (year, month, day) = (number(0, 4, 9_999)?, number(5, 7, 12)?, number(8, 10, 31)?);
    let (hour, minute) = (number(11, 13, 24)?, number(14, 16, 59)?);
    let (second, mut at) = if bytes.get(16) == Some(&b':') { (number(17, 19, 60)?, 19) } else { (0, 16) };
    let mut nanos = 0;
    if matches!(bytes.get(at), Some(b'.' | b',')) {
        let digits = bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count();
        let kept = digits.min(9);
        nanos = number(at + 1, at + 1 + kept, i64::MAX)? * 10_i64.pow(9 - kept as u32);
        at += 1 + digits;
    }
    let zone = bytes[at..].trim_ascii_start();
    let offset = match zone {
        [] | [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), rest @ ..] => {
            let digits: Vec<i64> = rest.iter().filter(|b| **b != b':').map(|b| i64::from(*b) - 48).collect();
            if digits.iter().any(|d| !(0..=9).contains(d)) {
                return None;
            }
            let minutes = match digits[..] {
                [h, k] => (h * 10 + k) * 60,
                [h, k, m, n] => (h * 10 + k) * 60 + m * 10 + n,
                _ => return None,
            };
            if *sign == b'-' { -minutes } else { minutes }
        }
        _ => return None,
    };
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + (minute - offset) * 60 + second;
    Some(((seconds, nanos), !zone.is_empty()))
}

/// Days since 1970 of a date of the Gregorian calendar. Years begin in March, so that the leap day ends them.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let of_era = year.rem_euclid(400) * 365 + year.rem_euclid(400) / 4 - year.rem_euclid(400) / 100 + of_year;
    year.div_euclid(400) * 146_097 + of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_compare_across_zones_and_spellings() {
        for (a, b, order) in [
            ("2024-03-01T08:00:00+08:00", "2024-03-01T00:00:00Z", Some(Ordering::Equal)),
            ("2024-03-01T07:59:59+08:00", "2024-03-01T00:00:00Z", Some(Ordering::Less)),
            ("2024-03-01 08:00:00+0800", "2024-03-01T00:00:00.000Z", Some(Ordering::Equal)),
            ("2024-02-29T23:30:00-01:00", "2024-03-01T00:00Z", Some(Ordering::Greater)),
            ("2024-03-01T00:00:00", "2024-03-01T00:00:00Z", Some(Ordering::Equal)),
            ("1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00Z", Some(Ordering::Less)),
            // Without a zone on either side texts stand in their order already.
            ("2024-03-01T00:00:00", "2024-03-01T00:00:01", None),
            ("2024-03-01", "2024-03-01T00:00:00Z", None),
            ("2024-13-01T00:00:00Z", "2024-03-01T00:00:00Z", None),
        ] {
            assert_eq!(by_instant(a, b), order, "{a} {b}");
        }
        assert_eq!((days(1970, 1, 1), days(2000, 2, 29), days(2024, 3, 1)), (0, 11_016, 19_783));
    }
}
