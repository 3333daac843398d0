//! Numbers with units, dates and years as offices write them.

use super::Vocabulary;
use super::fold::folded;
use super::numerals::leading_numeral;
use super::phrases::phrases;
use super::units::{OfCell, OfName, of_cell, of_name};
use crate::model::{Role, Value, Written};
use serde::Deserialize;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// People, or pieces of anything.
    Count,
    /// Square metres.
    SquareMetres,
    /// Metres.
    Metres,
}

impl Unit {
    /// More than this is no number of people, and no width or height: another unit or another mark was meant.
    pub(super) fn most(self) -> f64 {
        match self {
            Self::Count => 2e9,
            Self::SquareMetres => f64::INFINITY,
            Self::Metres => 20_000.0,
        }
    }
}

/// A number with its unit, in people, metres or square metres: "1.2万", "12,000 人", "3.5亩", "430公顷". `None` for what is
/// no number, has another kind of unit than `wanted` (户 are no people), or says a span ("100-200").
pub fn quantity(text: &str, wanted: Unit) -> Option<f64> {
    number_with_unit(text, wanted).map(|(number, of)| number * of.times)
}

/// The number of people, or of anything, in a cell of a column that is called so; `None` where it says none. Every question
/// counts people by this.
pub fn people(value: &Value<'_>, column: &str) -> Option<f64> {
    // As a number of JSON says it: no word stands beside it, and the column alone may say what it counts in.
    if let Value::Number(n, written) = value
        && (column == POPULATION || (n.is_finite() && matches!(written, Written::Text(_))))
    {
        let times = if column == POPULATION { OfName::Times(1.0) } else { of_name(column, Unit::Count) };
        let OfName::Times(times) = times else { return None };
        return Some(n * times).filter(|n| (0.0..=Unit::Count.most()).contains(n));
    }
    Vocabulary::builtin().property(Role::Residential, POPULATION)?.read(value, column).number()
}

/// The property of the number of people.
const POPULATION: &str = "population";

/// The same of a cell in a column whose name says this: a unit in the cell goes before that of the column, and a number
/// without one in a column of a unit that nobody knows is none.
pub(super) fn quantity_in(text: &str, wanted: Unit, name: OfName) -> Option<f64> {
    let (number, of) = number_with_unit(text, wanted)?;
    let value = number * of.times;
    match name {
        // 1.2人 in a column of 万人 is no number of people.
        OfName::Times(times) if of.is_own => {
            (wanted != Unit::Count || times == 1.0 || of.times > 1.0 || value.fract() == 0.0).then_some(value)
        }
        OfName::Times(times) => Some(value * times),
        OfName::Unknown => of.is_own.then_some(value),
    }
}

/// A number and what stands behind it.
fn number_with_unit(text: &str, wanted: Unit) -> Option<(f64, OfCell)> {
    if !blanks_part_thousands(text) {
        return None;
    }
    let text = without_commas(folded(text))?;
    let is_length = wanted == Unit::Metres;
    let words = &phrases().numbers;
    let mut text = text.as_str();
    // 河宽：约60米
    loop {
        let shorter = words.before.stripped(text);
        let shorter = words.before_length.behind(shorter).filter(|_| is_length).unwrap_or(shorter);
        if shorter.len() == text.len() {
            break;
        }
        text = shorter;
    }
    // 60米（平均）, and 60（m）.
    let mut unit_aside = None;
    if let (Some(head), Some(inner)) = (super::fold::without_aside(text), super::fold::aside(text)) {
        if !words.remarks.has(inner) {
            unit_aside = Some(of_cell(inner, wanted).filter(|of| of.is_own && !inner.is_empty())?);
        }
        text = head;
    }
    let text = words.behind_length.before(text).filter(|_| is_length).unwrap_or(text);
    let text = words.behind.before(text).unwrap_or(text);
    let (number, rest) = leading_number(text).or_else(|| leading_numeral(text))?;
    // 2×30 is as wide as two of them.
    let (number, rest) = match is_length.then(|| doubled(number, rest)).flatten() {
        Some(doubled) => doubled,
        None => (number, rest),
    };
    let of = of_cell(rest, wanted)?;
    match unit_aside {
        None => Some((number, of)),
        // 60（m）, and not 60米（m）.
        Some(aside) => rest.is_empty().then_some((number, aside)),
    }
}

/// The number in digits that a folded text begins with, and what stands behind it.
fn leading_number(text: &str) -> Option<(f64, &str)> {
    let digits = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || (*at == 0 && matches!(c, '-' | '+' | '−'))))
        .map_or(text.len(), |(at, _)| at);
    let end = digits + exponent_length(&text[digits..]);
    let number: f64 = text[..end].replace('−', "-").parse().ok().filter(|n: &f64| n.is_finite())?;
    Some((number, &text[end..]))
}

/// Twice a number, of 2×30 and 30×2; `None` for any other product.
fn doubled(first: f64, rest: &str) -> Option<(f64, &str)> {
    let behind = rest.strip_prefix(['×', '*', 'X'])?;
    let (second, rest) = leading_number(behind)?;
    let is_double = (first == 2.0) != (second == 2.0);
    is_double.then_some((first * second, rest))
}

/// True where blanks between digits part the thousands of one number: 12 000, and not 5000 7000.
fn blanks_part_thousands(text: &str) -> bool {
    let text: String = unicode_normalization::UnicodeNormalization::nfkc(text).collect();
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut is_grouped = false;
    words.windows(2).all(|pair| {
        let (Some(first), Some(next)) = (pair.first(), pair.get(1)) else { return true };
        let before = first.bytes().rev().take_while(|b| b.is_ascii_digit()).count();
        let behind = next.bytes().take_while(u8::is_ascii_digit).count();
        if before == 0 || behind == 0 {
            is_grouped = false;
            return true;
        }
        let has_mark = first[..first.len() - before].ends_with(['.', ',']);
        let is_thousands = behind == 3 && !has_mark && if is_grouped { before == 3 } else { before <= 3 };
        is_grouped = true;
        is_thousands
    })
}

/// A folded text without the commas that part the thousands of its number. `None` where a comma stands elsewhere: 1,2万 may
/// be 1.2万.
fn without_commas(text: String) -> Option<String> {
    let mut groups = text.split(',');
    let first = groups.next().unwrap_or_default();
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let of_first = first.bytes().rev().take_while(u8::is_ascii_digit).count();
    let groups: Vec<&str> = groups.collect();
    let are_thousands = groups.iter().enumerate().all(|(at, group)| {
        let is_last = at + 1 == groups.len();
        digits(group) == 3 && (is_last || group.len() == 3)
    });
    (groups.is_empty() || (are_thousands && (1..=3).contains(&of_first) && !first.contains('.')))
        .then(|| text.replace(',', ""))
}

/// True for a number with a point before its last three digits, which may be a comma: 12.000.
pub(super) fn has_three_decimals(text: &str) -> bool {
    let text = folded(text);
    let Some((whole, rest)) = text.split_once('.') else { return false };
    let decimals = rest.bytes().take_while(u8::is_ascii_digit).count();
    let scales = |(word, _): &(String, f64)| rest[decimals..].starts_with(word.as_str());
    let is_scaled = rest[decimals..].starts_with('E') || phrases().units.multiples.iter().any(scales);
    decimals == 3 && !is_scaled && whole.ends_with(|c: char| c.is_ascii_digit())
}

/// The larger end of a span, the largest of a list, or a bound: 80 of "60～80米", "40、80" and "60 80", 60 of "≥60" and
/// "60米以上", 80 of "60（洪水期80）". `None` for what is none of these.
pub(super) fn largest(text: &str, wanted: Unit, name: OfName) -> Option<f64> {
    // Blanks that part no thousands part a list.
    let is_one = blanks_part_thousands(text) && quantity_in(text, wanted, name).is_none_or(|n| n <= wanted.most());
    let joined = text.split_whitespace().collect::<Vec<_>>().join("、");
    let text = folded(if is_one { text } else { &joined });
    let text = text.replace("...", "~").replace("..", "~").replace('…', "~");
    let words = &phrases().numbers;
    if let Some(bound) = words.before_bound.behind(&text).or_else(|| words.behind_bound.before(&text)) {
        return quantity_in(bound, wanted, name);
    }
    // 60±5
    if let Some((middle, more)) = text.split_once('±') {
        let unit = more.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let middle = quantity_in(middle, wanted, name)
            .or_else(|| quantity_in(&format!("{middle}{unit}"), wanted, name))
            .or(middle.is_empty().then_some(0.0))?;
        return Some(middle + quantity_in(more, wanted, name)?);
    }
    // 60（洪水期80）
    let seasons = words.r#where.iter().fold(text.clone(), |text, word| text.replace(word.as_str(), ""));
    let is_said = seasons.len() < text.len();
    let text = match is_said {
        true => seasons.replace("()", "").replace(['(', '（', ':'], "、").replace([')', '）'], ""),
        false => text,
    };
    let text = text.trim_matches(['、', ',', ';']);
    // 12,000 is one number, and no list.
    let is_list = !text.contains(',') || quantity(text, wanted).is_none();
    let is_between =
        |c: char| matches!(c, '-' | '~' | '−' | '–' | '—' | '至' | '到') || (is_list && "、,;/或和及".contains(c));
    let ends: Vec<&str> = text.split(is_between).collect();
    let (last, before) = ends.split_last().filter(|(_, before)| !before.is_empty() || is_said)?;
    // The first may leave their unit to the last.
    let unit = last.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let has_own = |text: &str| number_with_unit(text, wanted).is_some_and(|(_, of)| of.is_own);
    let one = |text: &str| match has_own(text) {
        true => quantity_in(text, wanted, name),
        false => quantity_in(&format!("{text}{unit}"), wanted, name).or_else(|| quantity_in(text, wanted, name)),
    };
    let mut largest = quantity_in(last, wanted, name)?;
    let mut least = largest;
    for text in before {
        let end = one(text)?;
        (largest, least) = (largest.max(end), least.min(end));
    }
    // 6 0 is no list.
    (is_one || least > 0.0).then_some(largest)
}

/// The length of `E+05` and its like at the beginning of a text.
pub(super) fn exponent_length(rest: &str) -> usize {
    let Some(behind) = rest.strip_prefix('E') else { return 0 };
    let sign = usize::from(behind.starts_with(['+', '-']));
    let digits = behind[sign..].bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 { 0 } else { 1 + sign + digits }
}

/// A day, a month of a year, or a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// The year.
    pub year: i32,
    /// The month, from 1; 0 where it is not said.
    pub month: u8,
    /// The day, from 1; 0 where it is not said.
    pub day: u8,
}

impl Day {
    /// As ISO 8601 writes it, as far as it is known.
    pub fn iso(&self) -> String {
        match (self.month, self.day) {
            (0, _) => format!("{:04}", self.year),
            (month, 0) => format!("{:04}-{month:02}", self.year),
            (month, day) => format!("{:04}-{month:02}-{day:02}", self.year),
        }
    }
}

/// A date in the usual forms: 20240131, 2024-01-31, 2024/1/31, 2024.1.31, 2024年1月31日, 2024年1月, 2024, times behind them, and
/// days counted by spreadsheets (45322).
pub fn day(text: &str) -> Option<Day> {
    let text = super::fold::folded(text.replace(['T', ' '], "t").split('t').next().unwrap_or_default());
    let numbers: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty()).collect();
    let of = |year: i32, month: u32, day: u32| {
        let is_day = (1000..=2999).contains(&year) && month <= 12 && day <= 31 && (month > 0 || day == 0);
        is_day.then_some(Day { year, month: month as u8, day: day as u8 })
    };
    match numbers[..] {
        [all] if all.len() == 8 => of(all[..4].parse().ok()?, all[4..6].parse().ok()?, all[6..].parse().ok()?),
        [all] if all.len() == 6 => of(all[..4].parse().ok()?, all[4..].parse().ok()?, 0),
        [year] if year.len() == 4 => of(year.parse().ok()?, 0, 0),
        [serial] if serial.len() == 5 => of_serial(serial.parse().ok()?),
        [year, zero] if year.len() == 4 && text.contains('.') && zero == "0" => of(year.parse().ok()?, 0, 0),
        [year, month] if year.len() == 4 => of(year.parse().ok()?, month.parse().ok()?, 0),
        [year, month, day, ..] if year.len() == 4 => of(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?),
        // 31/12/2022, and 12/31/2022 where there is no such month.
        [day, month, year] if year.len() == 4 => {
            let (day, month): (u32, u32) = (day.parse().ok()?, month.parse().ok()?);
            let (day, month) = if month > 12 && day <= 12 { (month, day) } else { (day, month) };
            of(year.parse().ok()?, month, day)
        }
        // 05/2022
        [month, year] if year.len() == 4 && month.len() <= 2 => of(year.parse().ok()?, month.parse().ok()?, 0),
        _ => None,
    }
}

/// The day, the month or the year that a text is, with words that say that something was so then: 建成于2022年. `None` where
/// it says anything else: 2022年前, 拟2022年建, 第2022号, 2022米.
pub(super) fn dated(text: &str) -> Option<Day> {
    let time = text.find(':').and_then(|colon| text[..colon].rfind(['T', ' ', 't', '日', '\u{3000}']));
    let text = folded(&text[..time.unwrap_or(text.len())]);
    let text = phrases().dates.before.behind(&text).unwrap_or(&text);
    let text = phrases().dates.behind.before(text).unwrap_or(text);
    let end = text.find('T').filter(|at| text[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
    let text = &text[..end.unwrap_or(text.len())];
    let is_date = text.chars().all(|c| c.is_ascii_digit() || "年月日号.-/~".contains(c));
    let is_number = text.starts_with(|c: char| c.is_ascii_digit()) && (!text.contains('号') || text.contains('月'));
    // 220501 and 2205 are no years, and 20220 is a year and something else.
    let is_usual = |day: &Day| (1900..=2100).contains(&day.year);
    let is_mistyped = text.len() == 5 && (text.starts_with("19") || text.starts_with("20"));
    (is_date && is_number && !is_mistyped).then(|| day(text)).flatten().filter(is_usual)
}

/// The day of a spreadsheet's number: 1 is 1 January 1900, with the 29 February that year did not have.
fn of_serial(serial: i64) -> Option<Day> {
    let date = time::Date::from_calendar_date(1899, time::Month::December, 30).ok()?;
    let date = date.checked_add(time::Duration::days(serial))?;
    (1950..=2100).contains(&date.year()).then(|| Day {
        year: date.year(),
        month: u8::from(date.month()),
        day: date.day(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_units() {
        for (text, unit, expected) in [
            ("1.2万", Unit::Count, Some(12_000.0)),
            ("１.2 万人", Unit::Count, Some(12_000.0)),
            ("12,000", Unit::Count, Some(12_000.0)),
            ("约1200人", Unit::Count, Some(1_200.0)),
            ("1.5E+04", Unit::Count, Some(15_000.0)),
            ("300户", Unit::Count, None),
            ("100-200", Unit::Count, None),
            ("不详", Unit::Count, None),
            ("", Unit::Count, None),
            ("3.5亩", Unit::SquareMetres, Some(3.5 * 2_000.0 / 3.0)),
            ("430公顷", Unit::SquareMetres, Some(4_300_000.0)),
            ("2 km²", Unit::SquareMetres, Some(2e6)),
            ("12㎡", Unit::SquareMetres, Some(12.0)),
            ("60m", Unit::Metres, Some(60.0)),
            ("0.06公里", Unit::Metres, Some(60.0)),
            ("60亩", Unit::Metres, None),
            ("-5", Unit::Count, Some(-5.0)),
            ("1.2萬", Unit::Count, Some(12_000.0)),
            ("1200余人", Unit::Count, Some(1_200.0)),
            ("大约3万多人", Unit::Count, Some(30_000.0)),
            ("60米左右", Unit::Metres, Some(60.0)),
            ("≥60", Unit::Metres, None),
            ("宽60米", Unit::Metres, Some(60.0)),
            ("平均60米", Unit::Metres, Some(60.0)),
            ("宽60", Unit::Count, None),
        ] {
            let found = quantity(text, unit);
            let is_near = match (found, expected) {
                (Some(a), Some(b)) => (a - b).abs() < 1e-6 * b.abs(),
                (a, b) => a == b,
            };
            assert!(is_near, "{text}: {found:?}");
        }
        for (text, expected) in [
            ("60～80米", Some(80.0)),
            ("10-20", Some(20.0)),
            ("30米至20米", Some(30.0)),
            ("0.1～0.2公里", Some(200.0)),
            ("-5", None),
            ("≥60", Some(60.0)),
            ("60米以上", Some(60.0)),
            ("不超过60米", Some(60.0)),
            ("≥宽", None),
            ("60米", None),
            ("宽", None),
            ("40、60", Some(60.0)),
            ("60米，40米", Some(60.0)),
            ("40/60/80m", Some(80.0)),
            ("40或60", Some(60.0)),
            ("40、宽", None),
            ("12,000", None),
        ] {
            assert_eq!(largest(text, Unit::Metres, OfName::Times(1.0)), expected, "{text}");
        }
    }

    #[test]
    fn dates_come_in_many_forms() {
        for (text, expected) in [
            ("20240131", "2024-01-31"),
            ("2024-01-31", "2024-01-31"),
            ("2024-01-31T08:00:00Z", "2024-01-31"),
            ("2024年1月31日", "2024-01-31"),
            ("2024/1/31 10:20", "2024-01-31"),
            ("2024.1", "2024-01"),
            ("2024年", "2024"),
            ("2024", "2024"),
            ("2024.0", "2024"),
            ("202401", "2024-01"),
            ("45322", "2024-01-31"),
            ("２０２４年１月", "2024-01"),
        ] {
            assert_eq!(day(text).map(|day| day.iso()).as_deref(), Some(expected), "{text}");
        }
        for text in ["", "去年", "12", "2024-13-01", "20241301"] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
