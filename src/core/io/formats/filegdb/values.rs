//! The values of a row: numbers, texts, dates.

use super::super::{Cell, Date, DateTime, civil_from_days, time_of_day};
use super::cursor::{Cursor, utf16};
use super::table::{Kind, Table};
use std::borrow::Cow;

/// Something about a value that is said beside the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// A text has bytes that are no text of its encoding.
    Text,
    /// A number is NaN or infinite.
    Number,
    /// A date is beyond the calendar, or is no number.
    Date,
    /// A date had parts of a second, in a field that keeps seconds.
    Fraction,
}

/// What a field's cells need to know beyond their bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reading {
    /// True where the field is given to the sink.
    pub(super) is_kept: bool,
    /// True where dates keep thousandths of a second.
    pub(super) has_thousandths: bool,
    /// True where dates are in UTC.
    pub(super) is_utc: bool,
}

/// Reads the values of a row: one cell for each field that is kept, in order; `doubts` gets the fields with doubts. Gives the bytes
/// of the geometry (`None`: it has none), and how many bytes are left over.
///
/// `None` where the row ends before its values do.
pub(super) fn read<'r>(
    table: &Table,
    row: &'r [u8],
    readings: &[Reading],
    encoding: Option<&'static encoding_rs::Encoding>,
    cells: &mut Vec<Cell<'r>>,
    doubts: &mut Vec<(usize, Doubt)>,
) -> Option<(Option<&'r [u8]>, usize)> {
    let mut cursor = Cursor::new(row);
    let nulls = cursor.take(table.null_bytes)?;
    let mut nullable = 0;
    let mut geometry = None;
    for (index, (field, reading)) in table.fields.iter().zip(readings).enumerate() {
        if field.is_nullable {
            let is_null = nulls[nullable / 8] & 1 << (nullable % 8) != 0;
            nullable += 1;
            if is_null {
                if reading.is_kept {
                    cells.push(Cell::Null);
                }
                continue;
            }
        }
        let mut doubt = None;
        let cell = match &field.kind {
            Kind::ObjectId => continue,
            Kind::Geometry(_) => {
                let length = cursor.length()?;
                geometry = Some(cursor.take(length)?);
                continue;
            }
            Kind::Binary | Kind::Raster(false) => {
                let length = cursor.length()?;
                cursor.take(length)?;
                continue;
            }
            Kind::Raster(true) => {
                cursor.take(4)?;
                continue;
            }
            Kind::Int16 => Cell::Integer(cursor.i16()?.into()),
            Kind::Int32 => Cell::Integer(cursor.i32()?.into()),
            Kind::Int64 => Cell::Integer(cursor.i64()?),
            Kind::Float32 => real(cursor.f32()?.into(), &mut doubt),
            Kind::Float64 => real(cursor.f64()?, &mut doubt),
            Kind::Text | Kind::Xml => {
                let length = cursor.length()?;
                let bytes = cursor.take(length)?;
                let is_utf8 = table.is_utf8 || matches!(field.kind, Kind::Xml);
                Cell::Text(text(bytes, is_utf8, encoding, &mut doubt))
            }
            Kind::Guid => Cell::Text(Cow::Owned(guid(cursor.take(16)?))),
            Kind::DateTime => {
                let offset = reading.is_utc.then_some(0);
                moment(cursor.f64()?, reading.has_thousandths, offset, &mut doubt)
            }
            Kind::Date => match day_of(cursor.f64()?) {
                Some(date) => Cell::Date(date),
                None => missing_date(&mut doubt),
            },
            Kind::Time => time(cursor.f64()?, &mut doubt),
            Kind::DateTimeOffset => {
                let (days, offset) = (cursor.f64()?, cursor.i16()?);
                moment(days, true, Some(offset), &mut doubt)
            }
        };
        if let Some(doubt) = doubt.filter(|_| reading.is_kept) {
            doubts.push((index, doubt));
        }
        if reading.is_kept {
            cells.push(cell);
        }
    }
    Some((geometry, cursor.left()))
}

fn real<'r>(value: f64, doubt: &mut Option<Doubt>) -> Cell<'r> {
    if value.is_finite() {
        Cell::Real(value)
    } else {
        *doubt = Some(Doubt::Number);
        Cell::Null
    }
}

/// A text: borrowed where it is UTF-8. `encoding` is the planner's word for one that is not.
pub(super) fn text<'r>(
    bytes: &'r [u8],
    is_utf8: bool,
    encoding: Option<&'static encoding_rs::Encoding>,
    doubt: &mut Option<Doubt>,
) -> Cow<'r, str> {
    if is_utf8 {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Cow::Borrowed(text);
        }
        let (text, is_wrong) = encoding.unwrap_or(encoding_rs::UTF_8).decode_without_bom_handling(bytes);
        if is_wrong {
            *doubt = Some(Doubt::Text);
        }
        text
    } else {
        let (text, is_right) = utf16(bytes);
        if !is_right {
            *doubt = Some(Doubt::Text);
        }
        Cow::Owned(text)
    }
}

/// A GUID as Windows writes it, of its 16 bytes.
pub(super) fn guid(bytes: &[u8]) -> String {
    const ORDER: [usize; 16] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut text = String::with_capacity(38);
    text.push('{');
    for (at, place) in ORDER.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let byte = bytes.get(place).copied().unwrap_or(0);
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text.push('}');
    text
}

fn missing_date<'r>(doubt: &mut Option<Doubt>) -> Cell<'r> {
    *doubt = Some(Doubt::Date);
    Cell::Null
}

const DAY_MS: i64 = 86_400_000;

/// A day and time of days since 1899-12-30. Fields of ordinary precision keep seconds: a number of days is right to about half a
/// microsecond, so that the second is the nearest one.
fn moment<'r>(days: f64, has_thousandths: bool, offset: Option<i16>, doubt: &mut Option<Doubt>) -> Cell<'r> {
    // The bound keeps years within four digits on the far side and the product exact.
    if !(-700_000.0..3_000_000.0).contains(&days) {
        return missing_date(doubt);
    }
    if offset.is_some_and(|minutes| minutes.abs() > 14 * 60) {
        return missing_date(doubt);
    }
    let exact = (days * DAY_MS as f64).round() as i64;
    let mut ms = exact;
    if !has_thousandths {
        ms = (exact + 500).div_euclid(1000) * 1000;
        if exact.abs_diff(ms) > 1 {
            *doubt = Some(Doubt::Fraction);
        }
    }
    let time = time_of_day(ms.rem_euclid(DAY_MS) * 1_000);
    match date(ms.div_euclid(DAY_MS)) {
        Some(date) => Cell::DateTime(DateTime { date, time, offset_minutes: offset }),
        None => missing_date(doubt),
    }
}

/// The time of a part of a day.
fn time<'r>(part: f64, doubt: &mut Option<Doubt>) -> Cell<'r> {
    if !(0.0..=1.0).contains(&part) {
        return missing_date(doubt);
    }
    let ms = (part * DAY_MS as f64).round() as i64;
    Cell::Time(time_of_day(ms.min(DAY_MS - 1) * 1_000))
}

/// The day of days since 1899-12-30; the time of day, which such fields should not have, is cut off.
fn day_of(days: f64) -> Option<Date> {
    if !(-700_000.0..3_000_000.0).contains(&days) {
        return None;
    }
    date((days + 1e-9).floor() as i64)
}

/// The day of whole days since 1899-12-30 in the Gregorian calendar; `None` before year 1 and after 9999.
/// Source: H. Hinnant, "chrono-compatible low-level date algorithms", days to civil.
fn date(days: i64) -> Option<Date> {
    let date = civil_from_days(days - 25_569);
    (1..=9999).contains(&date.year).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::formats::Time;

    fn stamp(
        [year, month, day]: [i32; 3],
        [hour, minute, second]: [u8; 3],
        ms: u32,
        offset: Option<i16>,
    ) -> Cell<'static> {
        let time = Time { hour, minute, second, nanosecond: ms * 1_000_000 };
        let date = Date { year, month: month as u8, day: day as u8 };
        Cell::DateTime(DateTime { date, time, offset_minutes: offset })
    }

    #[test]
    fn moments_are_exact_to_the_second_or_thousandth() {
        for (days, thousandths, offset, wanted, wanted_doubt) in [
            (0.0, false, None, stamp([1899, 12, 30], [0, 0, 0], 0, None), None),
            (25_569.0, false, None, stamp([1970, 1, 1], [0, 0, 0], 0, None), None),
            (36_585.0, false, None, stamp([2000, 2, 29], [0, 0, 0], 0, None), None),
            (45_000.524_259_259_26, false, None, stamp([2023, 3, 15], [12, 34, 56], 0, None), None),
            (45_000.999_999_999, false, None, stamp([2023, 3, 16], [0, 0, 0], 0, None), None),
            (
                45_000.5 + 0.789 / 86_400.0,
                false,
                None,
                stamp([2023, 3, 15], [12, 0, 1], 0, None),
                Some(Doubt::Fraction),
            ),
            (45_000.5 + 0.789 / 86_400.0, true, Some(480), stamp([2023, 3, 15], [12, 0, 0], 789, Some(480)), None),
            (-0.25, false, None, stamp([1899, 12, 29], [18, 0, 0], 0, None), None),
            (2_958_465.0, false, Some(0), stamp([9999, 12, 31], [0, 0, 0], 0, Some(0)), None),
            (-693_593.0, false, None, stamp([1, 1, 1], [0, 0, 0], 0, None), None),
            (-693_594.0, false, None, Cell::Null, Some(Doubt::Date)),
            (f64::NAN, false, None, Cell::Null, Some(Doubt::Date)),
            (1e300, true, None, Cell::Null, Some(Doubt::Date)),
            (45_000.0, true, Some(3000), Cell::Null, Some(Doubt::Date)),
        ] {
            let mut doubt = None;
            assert_eq!(moment(days, thousandths, offset, &mut doubt), wanted, "{days}");
            assert_eq!(doubt, wanted_doubt, "{days}");
        }
    }

    #[test]
    fn times_and_days_are_exact() {
        let at = |hour, minute, second, ms: u32| Cell::Time(Time { hour, minute, second, nanosecond: ms * 1_000_000 });
        for (part, wanted) in [
            (0.0, at(0, 0, 0, 0)),
            (0.5, at(12, 0, 0, 0)),
            (45_296.789 / 86_400.0, at(12, 34, 56, 789)),
            (1.0, at(23, 59, 59, 999)),
            (-0.1, Cell::Null),
            (1.5, Cell::Null),
        ] {
            assert_eq!(time(part, &mut None), wanted, "{part}");
        }
        assert_eq!(day_of(45_000.0), Some(Date { year: 2023, month: 3, day: 15 }));
        assert_eq!(day_of(44_999.999_999_999_9), Some(Date { year: 2023, month: 3, day: 15 }));
        assert_eq!(day_of(f64::INFINITY), None);
    }

    #[test]
    fn guids_and_texts() {
        let bytes: Vec<u8> = (0..16).collect();
        assert_eq!(guid(&bytes), "{03020100-0504-0706-0809-0A0B0C0D0E0F}");
        let gbk = Some(encoding_rs::GB18030);
        for (bytes, is_utf8, encoding, wanted, wanted_doubt) in [
            ("排污口".as_bytes(), true, None, "排污口", None),
            (&[0xC5, 0xC5][..], true, None, "\u{FFFD}\u{FFFD}", Some(Doubt::Text)),
            (&[0xC5, 0xC5], true, gbk, "排", None),
            (&[0x92, 0x63], false, None, "排", None),
            (&[0x00, 0xDC, 0x41, 0x00], false, None, "\u{FFFD}A", Some(Doubt::Text)),
            (&[], true, None, "", None),
        ] {
            let mut doubt = None;
            assert_eq!(text(bytes, is_utf8, encoding, &mut doubt), wanted);
            assert_eq!(doubt, wanted_doubt);
        }
    }
}
