//! Numbers with units, dates and years as offices write them.

use super::fold::folded;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// Unit words with what they stand for; longer ones before those that end them.
const UNITS: [(&str, Unit, f64); 24] = [
    ("平方公里", Unit::SquareMetres, 1e6),
    ("平方千米", Unit::SquareMetres, 1e6),
    ("KM2", Unit::SquareMetres, 1e6),
    ("公顷", Unit::SquareMetres, 1e4),
    ("HA", Unit::SquareMetres, 1e4),
    ("HM2", Unit::SquareMetres, 1e4),
    ("亩", Unit::SquareMetres, 2_000.0 / 3.0),
    ("平方米", Unit::SquareMetres, 1.0),
    ("平米", Unit::SquareMetres, 1.0),
    ("M2", Unit::SquareMetres, 1.0),
    ("㎡", Unit::SquareMetres, 1.0),
    ("公里", Unit::Metres, 1e3),
    ("千米", Unit::Metres, 1e3),
    ("KM", Unit::Metres, 1e3),
    ("厘米", Unit::Metres, 0.01),
    ("CM", Unit::Metres, 0.01),
    ("米", Unit::Metres, 1.0),
    ("M", Unit::Metres, 1.0),
    ("常住人口", Unit::Count, 1.0),
    ("人口", Unit::Count, 1.0),
    ("人", Unit::Count, 1.0),
    ("口", Unit::Count, 1.0),
    ("个", Unit::Count, 1.0),
    ("名", Unit::Count, 1.0),
];

/// Words behind a number that is not exact.
const APPROXIMATELY: [&str; 4] = ["左右", "上下", "许", "余"];

/// Words before a length.
const WIDE: [&str; 7] = ["平均宽度", "平均宽", "平均", "均宽", "宽度", "河宽", "宽"];

/// Words before and behind a number that is a bound.
const BEFORE_BOUND: [&str; 16] = [
    "≥",
    "≤",
    ">=",
    "<=",
    ">",
    "<",
    "不小于",
    "不少于",
    "不低于",
    "不大于",
    "不超过",
    "大于",
    "小于",
    "超过",
    "至少",
    "最大",
];
const BEHIND_BOUND: [&str; 4] = ["以上", "以下", "以内", "+"];

const TIMES: [(&str, f64); 5] = [("亿", 1e8), ("万", 1e4), ("千", 1e3), ("百", 1e2), ("W", 1e4)];

/// A number with its unit, in people, metres or square metres: "1.2万", "12,000 人", "3.5亩", "430公顷". `None` for what is
/// no number, has another kind of unit than `wanted` (户 are no people), or says a span ("100-200").
pub fn quantity(text: &str, wanted: Unit) -> Option<f64> {
    let text = without_commas(folded(text))?;
    let text = text.trim_start_matches("大约").trim_start_matches(['约', '共', '近']);
    let text = WIDE.iter().find_map(|word| text.strip_prefix(word)).filter(|_| wanted == Unit::Metres).unwrap_or(text);
    let text = APPROXIMATELY.iter().find_map(|word| text.strip_suffix(word)).unwrap_or(text);
    let digits = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || (*at == 0 && matches!(c, '-' | '+' | '−'))))
        .map_or(text.len(), |(at, _)| at);
    let exponent = exponent_length(&text[digits..]);
    let number: f64 = text[..digits + exponent].replace('−', "-").parse().ok().filter(|n: &f64| n.is_finite())?;
    factor(&text[digits + exponent..], wanted).map(|factor| number * factor)
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
    let is_scaled =
        rest[decimals..].starts_with('E') || TIMES.iter().any(|(word, _)| rest[decimals..].starts_with(word));
    decimals == 3 && !is_scaled && whole.ends_with(|c: char| c.is_ascii_digit())
}

/// The larger end of a span, the largest of a list, or a bound: 80 of "60～80米" and "40、80", 60 of "≥60" and "60米以上". `None`
/// for what is none of these.
pub(super) fn largest(text: &str, wanted: Unit) -> Option<f64> {
    let text = folded(text);
    let bounded = BEFORE_BOUND.iter().find_map(|word| text.strip_prefix(word));
    if let Some(bound) = bounded.or_else(|| BEHIND_BOUND.iter().find_map(|word| text.strip_suffix(word))) {
        return quantity(bound, wanted);
    }
    // 12,000 is one number, and no list.
    let is_list = !text.contains(',') || quantity(&text, wanted).is_none();
    let is_between =
        |c: char| matches!(c, '-' | '~' | '−' | '–' | '—' | '至' | '到') || (is_list && "、,;/或和及".contains(c));
    let ends: Vec<&str> = text.split(is_between).collect();
    let (last, before) = ends.split_last().filter(|(_, before)| !before.is_empty())?;
    // The first may leave their unit to the last.
    let unit = last.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let one = |text: &&str| quantity(&format!("{text}{unit}"), wanted).or_else(|| quantity(text, wanted));
    let mut largest = quantity(last, wanted)?;
    for text in before {
        largest = largest.max(one(text)?);
    }
    Some(largest)
}

/// The length of `E+05` and its like at the beginning of a text.
pub(super) fn exponent_length(rest: &str) -> usize {
    let Some(behind) = rest.strip_prefix('E') else { return 0 };
    let sign = usize::from(behind.starts_with(['+', '-']));
    let digits = behind[sign..].bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 { 0 } else { 1 + sign + digits }
}

/// What a number is multiplied by that these words stand behind.
fn factor(words: &str, wanted: Unit) -> Option<f64> {
    // 1200余人, 3万多
    let mut rest = words.trim_start_matches(['余', '多']);
    let mut factor = 1.0;
    while let Some((word, times)) = TIMES.iter().find(|(word, _)| rest.starts_with(word)) {
        (rest, factor) = (rest[word.len()..].trim_start_matches(['余', '多']), factor * times);
    }
    if rest.is_empty() {
        return Some(factor);
    }
    UNITS.iter().find(|(word, unit, _)| *word == rest && *unit == wanted).map(|(.., times)| factor * times)
}

/// What values are multiplied by whose column names its unit: "人口（万人）", "面积_亩".
pub fn factor_of_name(column: &str, wanted: Unit) -> f64 {
    let name = folded(column);
    let inner = super::fold::aside(&name).or_else(|| name.rsplit_once('_').map(|(_, unit)| unit));
    inner.and_then(|unit| factor(unit, wanted)).unwrap_or(1.0)
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
    let text = BEFORE_DATE.iter().find_map(|word| text.strip_prefix(word)).unwrap_or(&text);
    let text = BEHIND_DATE.iter().find_map(|word| text.strip_suffix(word)).unwrap_or(text);
    let end = text.find('T').filter(|at| text[at + 1..].starts_with(|c: char| c.is_ascii_digit()));
    let text = &text[..end.unwrap_or(text.len())];
    let is_date = text.chars().all(|c| c.is_ascii_digit() || "年月日号.-/~".contains(c));
    let is_number = text.starts_with(|c: char| c.is_ascii_digit()) && (!text.contains('号') || text.contains('月'));
    (is_date && is_number).then(|| day(text)).flatten()
}

/// Words before a date of what was so then; longer ones before those that begin them.
const BEFORE_DATE: [&str; 12] =
    ["建成时间", "建成年份", "建成于", "建成", "竣工于", "竣工", "投用于", "投用", "开放于", "开放", "完成于", "于"];

/// Words behind one; longer ones before those that end them.
const BEHIND_DATE: [&str; 24] = [
    "建成投入使用",
    "建成投用",
    "建成开放",
    "建成开园",
    "投入使用",
    "竣工验收",
    "建成",
    "竣工",
    "完工",
    "投用",
    "投运",
    "开放",
    "开园",
    "完成溯源",
    "已溯源",
    "溯源",
    "完成销号",
    "已销号",
    "销号",
    "完成",
    "建",
    "年底",
    "年初",
    "年度",
];

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
            assert_eq!(largest(text, Unit::Metres), expected, "{text}");
        }
        assert_eq!(factor_of_name("人口（万人）", Unit::Count), 1e4);
        assert_eq!(factor_of_name("population", Unit::Count), 1.0);
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
