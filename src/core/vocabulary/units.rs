//! Units of numbers, as cells and the names of columns say them.

use super::fold::folded;
use super::phrases::phrases;
use super::quantity::Unit;
use std::cell::RefCell;

/// What a cell says behind its number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct OfCell {
    /// What the number is multiplied by.
    pub(super) times: f64,
    /// True where it says a unit, or how many of one, so that the column's does not count.
    pub(super) is_own: bool,
}

/// What a number is multiplied by that these folded words stand behind; `None` where they are no unit of that kind.
pub(super) fn of_cell(words: &str, wanted: Unit) -> Option<OfCell> {
    // 1200余人, 3万多
    let mut rest = words.trim_start_matches(['余', '多']);
    let mut times = 1.0;
    let words = &phrases().units;
    while let Some((word, more)) = words.multiples.iter().find(|(word, _)| rest.starts_with(word.as_str())) {
        (rest, times) = (rest[word.len()..].trim_start_matches(['余', '多']), times * more);
    }
    if rest.is_empty() {
        // So many of what the column counts: but 1.2万 people are 1.2万 whatever the column counts in.
        return Some(OfCell { times, is_own: wanted == Unit::Count && times > 1.0 });
    }
    let unit = words.units.iter().find(|(word, unit, _)| *word == rest && *unit == wanted)?;
    Some(OfCell { times: times * unit.2, is_own: true })
}

/// What the name of a column says of the unit of its numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum OfName {
    /// Nothing, or a unit: numbers are multiplied by this.
    Times(f64),
    /// A unit that is not known, or measures something else: numbers without one of their own are not known.
    Unknown,
}

/// What the name of a column says: 人口（万人）, 宽度/km, 宽度（单位：km）, 河宽公里, WIDTH_KM.
pub(super) fn of_name(column: &str, wanted: Unit) -> OfName {
    thread_local! {
        // Cells of one column follow one another: its name is read once.
        static LAST: RefCell<Option<(String, Unit, OfName)>> = const { RefCell::new(None) };
    }
    LAST.with_borrow_mut(|last| match last {
        Some((name, unit, of)) if name == column && *unit == wanted => *of,
        _ => {
            let of = read_name(column, wanted);
            *last = Some((column.to_owned(), wanted, of));
            of
        }
    })
}

fn read_name(column: &str, wanted: Unit) -> OfName {
    let name = folded(column);
    if wanted == Unit::Count && name.contains("密度") {
        return OfName::Unknown;
    }
    // What stands in brackets, or behind a mark, may be a remark: it is a unit where it is one.
    let opening = |c: char| matches!(c, '(' | '[' | '【' | '〔' | '{');
    let closing = |c: char| matches!(c, ')' | ']' | '】' | '〕' | '}');
    let of_brackets =
        name.split(opening).skip(1).filter_map(|rest| of_words(rest.split(closing).next()?, wanted)).next();
    if let Some(of) = of_brackets {
        return of;
    }
    let bare: String = name.split(opening).map(|part| part.rsplit(closing).next().unwrap_or(part)).collect();
    if let Some((_, last)) = bare.rsplit_once(['_', '/', ':', '-', '|', '·', ',', '、'])
        && let Some(of) = of_words(last, wanted)
    {
        return of;
    }
    if let Some((_, last)) = bare.rsplit_once("单位") {
        return of_words(&format!("单位{last}"), wanted).unwrap_or(OfName::Unknown);
    }
    of_end(bare.trim_end_matches(['计', '数']), wanted).unwrap_or(OfName::Times(1.0))
}

/// What words say that may be a unit, or a list with one: 万人, 单位：km, 2020年，万人, 以公里计.
fn of_words(words: &str, wanted: Unit) -> Option<OfName> {
    let one = |words: &str| {
        let bare = words.trim_start_matches("计量").trim_start_matches("单位").trim_start_matches([':', '为', '是']);
        let is_said = bare.len() < words.len();
        let bare = bare.trim_start_matches(['以', '按']).trim_end_matches('计');
        match of_cell(bare, wanted).filter(|_| !bare.is_empty()) {
            Some(of) => Some(OfName::Times(of.times)),
            None if bare == "WANREN" => of_cell("万", wanted).map(|of| OfName::Times(of.times)),
            None => (is_said || measures_another(bare, wanted)).then_some(OfName::Unknown),
        }
    };
    // 人/平方公里 is one unit, and 人 none of its parts.
    let is_unit = |part: &str| of_cell(part, wanted).is_some() || measures_another(part, wanted);
    if words.contains('/') && words.split('/').all(is_unit) {
        return Some(OfName::Unknown);
    }
    let parts: Vec<Option<OfName>> = words.split([',', '、', ';']).map(one).collect();
    let is_times = |of: &&Option<OfName>| matches!(of, Some(OfName::Times(_)));
    parts.iter().find(is_times).or_else(|| parts.iter().find(|of| of.is_some())).copied().flatten()
}

/// True for a unit that is not of the kind that is wanted, or that nobody reads. POP_M may be the men.
fn measures_another(word: &str, wanted: Unit) -> bool {
    if wanted == Unit::Count && word.bytes().all(|b| b.is_ascii_alphabetic()) {
        return false;
    }
    let words = &phrases().units;
    let bare =
        words.multiples.iter().find_map(|(times, _)| word.strip_prefix(times.as_str())).filter(|rest| !rest.is_empty());
    let is_one = |word: &str| words.others.has(word) || words.units.iter().any(|(unit, ..)| *unit == word);
    is_one(word) || bare.is_some_and(is_one)
}

/// The unit that a name ends with: 河宽公里, 宽度km, 人口万人. One letter, or a word that ends other words, is none.
fn of_end(name: &str, wanted: Unit) -> Option<OfName> {
    let head_is_other = |head: &str, unit: &str| {
        // km behind 宽 or WIDTH is a unit; so is a Chinese word behind anything.
        let is_latin = head.ends_with(|c: char| c.is_ascii_alphabetic());
        !unit.is_ascii() || !is_latin || ["WIDTH", "BUFFER", "HEIGHT", "POPULATION", "POP"].contains(&head)
    };
    let words = &phrases().units;
    let is_long = |unit: &str| unit.chars().count() > 1;
    if let Some((word, unit, times)) = words.units.iter().find(|(word, ..)| {
        name.strip_suffix(word.as_str()).is_some_and(|head| !head.is_empty() && head_is_other(head, word))
    }) {
        // 户籍人口, 万人: of people the unit is told by what stands before it.
        let head = &name[..name.len() - word.len()];
        let more = words.multiples.iter().find(|(times, _)| head.ends_with(times.as_str()) && !times.is_ascii());
        return match *unit == wanted {
            // 人口 and 公里 are what they are.
            true => Some(OfName::Times(times * more.map_or(1.0, |(_, more)| *more))),
            false => (is_long(word) || more.is_some()).then_some(OfName::Unknown),
        };
    }
    let other =
        |word: &String| is_long(word) && name.strip_suffix(word.as_str()).is_some_and(|head| head_is_other(head, word));
    if words.others.iter().any(other) {
        return Some(OfName::Unknown);
    }
    let more = words.multiples.iter().find(|(times, _)| !times.is_ascii() && name.ends_with(times.as_str()));
    more.filter(|_| wanted == Unit::Count).map(|(_, times)| OfName::Times(*times))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_say_units_in_many_forms() {
        let times = |n: f64| OfName::Times(n);
        for (name, expected) in [
            ("宽度/km", times(1e3)),
            ("宽度（单位：km）", times(1e3)),
            ("宽度（单位：公里）", times(1e3)),
            ("宽度km", times(1e3)),
            ("河宽公里", times(1e3)),
            ("宽度：公里", times(1e3)),
            ("WIDTH_KM", times(1e3)),
            ("宽度（cm）", times(0.01)),
            ("宽度（ft）", times(0.3048)),
            ("宽度（英尺）", times(0.3048)),
            ("宽度（米）", times(1.0)),
            ("width_m", times(1.0)),
            ("宽度", times(1.0)),
            ("宽度（平均）", times(1.0)),
            ("宽度（里）", OfName::Unknown),
            ("宽度（丈）", OfName::Unknown),
            // Siblings.
            ("宽度[千米]", times(1e3)),
            ("宽度 km", times(1e3)),
            ("宽度（km）平均", times(1e3)),
            ("宽度（平均，公里）", times(1e3)),
            ("宽度（以公里计）", times(1e3)),
            ("宽度_单位_毫米", times(0.001)),
            ("宽度单位km", times(1e3)),
            ("Width (KM)", times(1e3)),
            ("宽度（单位：仞）", OfName::Unknown),
            ("宽度（亩）", OfName::Unknown),
            ("宽度_英里", OfName::Unknown),
        ] {
            assert_eq!(of_name(name, Unit::Metres), expected, "{name}");
        }
        for (name, expected) in [
            ("人口（万人）", times(1e4)),
            ("人口_万人", times(1e4)),
            ("人口(万)", times(1e4)),
            ("人口万人", times(1e4)),
            ("人口/万人", times(1e4)),
            ("人口（单位：万人）", times(1e4)),
            ("population_wan", times(1e4)),
            ("population", times(1.0)),
            ("人口", times(1.0)),
            ("常住人口", times(1.0)),
            ("人口（2020）", times(1.0)),
            ("人口_2020年", times(1.0)),
            ("POP_M", times(1.0)),
            // Siblings.
            ("人口（千人）", times(1e3)),
            ("常住人口（2020年，万人）", times(1e4)),
            ("人口：万人", times(1e4)),
            ("人口数万", times(1e4)),
            ("人口（以万人计）", times(1e4)),
            ("人口（亿）", times(1e8)),
            ("人口（户）", OfName::Unknown),
            ("人口（万户）", OfName::Unknown),
            ("人口密度（人/km²）", OfName::Unknown),
            ("人口（人/平方公里）", OfName::Unknown),
        ] {
            assert_eq!(of_name(name, Unit::Count), expected, "{name}");
        }
    }
}
