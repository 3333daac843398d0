//! Angles as people write them: decimal degrees, or degrees, minutes and seconds in any usual spelling.

/// The side of the equator or the meridian that a spelling names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// East or west of Greenwich.
    Longitude,
    /// North or south of the equator.
    Latitude,
}

/// An angle that was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Angle {
    /// Degrees, negative in the west and the south.
    pub degrees: f64,
    /// The axis that a letter or word beside it names.
    pub side: Option<Side>,
    /// True for degrees, minutes and seconds.
    pub is_dms: bool,
}

/// A plain number as tables have it: full-width digits, white space around, thousands separated by commas (`590,123.45`), a decimal
/// comma (`121,4737`). `None` for anything else, and where it is not finite.
pub fn read_number(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E')) {
        return finite(text);
    }
    let narrow: String = text.chars().map(half_width).collect();
    let Some((whole, rest)) = narrow.split_once(',') else { return finite(&narrow) };
    let groups: Vec<&str> = rest.split(['.', ',']).collect();
    let in_thousands = whole.trim_start_matches(['-', '+']).len() <= 3
        && rest.split('.').next().is_some_and(|groups| groups.split(',').all(|group| group.len() == 3))
        && (rest.contains(['.', ',']) || whole != "0");
    // `121,473` is a degree with a decimal comma or a thousand: nobody can tell, so it is neither.
    let is_open = groups.len() == 1 && groups[0].len() == 3;
    match (in_thousands && !is_open, rest.contains(['.', ','])) {
        (true, _) => finite(&narrow.replace(',', "")),
        (false, false) if !is_open => finite(&narrow.replace(',', ".")),
        _ => None,
    }
}

fn finite(text: &str) -> Option<f64> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// A full-width letter, digit or mark as its ASCII form.
pub(crate) fn half_width(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' => ' ',
        '。' => '.',
        '−' | '–' | '—' => '-',
        c => c,
    }
}

/// The longest spelling that is looked at.
const LONGEST: usize = 64;

/// Reads an angle: `121.475139`, `121.475°E`, `121°28′30.5″E`, `121度28分30.5秒`, `121 28 30.5`, `121-28-30.5`, `121:28:30.5`,
/// `东经121°28.508′`, `N31d14m`. Minutes and seconds are below 60 (60 exactly is carried). `121.2830` is a decimal number.
pub fn read_angle(text: &str) -> Option<Angle> {
    if let Some(degrees) = read_number(text) {
        return Some(Angle { degrees, side: None, is_dms: false });
    }
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return None;
    }
    let clean: String = text.chars().map(half_width).collect::<String>().to_lowercase();
    let (rest, sign, side) = hemisphere(clean.trim())?;
    let (mut values, mut count, mut rank) = ([0.0; 3], 0, 0);
    let mut at = rest;
    let mut is_negative = sign < 0.0;
    if let Some(after) = at.strip_prefix('-') {
        if side.is_some() {
            return None;
        }
        (is_negative, at) = (true, after.trim_start());
    } else {
        at = at.strip_prefix('+').unwrap_or(at);
    }
    let dots = rest.matches('.').count() >= 2 && rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    while !at.is_empty() {
        let digits = at.find(|c: char| !(c.is_ascii_digit() || (c == '.' && !dots))).unwrap_or(at.len());
        if digits == 0 || count == 3 {
            // `121.28.30.5`: the fourth group is the decimals of the seconds.
            let decimals =
                (dots && count == 3 && at.bytes().all(|byte| byte.is_ascii_digit())).then(|| format!("0.{at}"));
            values[2] += decimals?.parse::<f64>().ok()?;
            break;
        }
        let value: f64 = at[..digits].parse().ok()?;
        at = &at[digits..];
        let (after, told) = unit(at);
        // A mark that names a unit must name the next one or a later one.
        let place = match told {
            Some(place) if place >= rank => place,
            Some(_) => return None,
            None => rank,
        };
        if place > 2 || (count > 0 && values[rank - 1].fract() != 0.0) {
            return None;
        }
        values[place] = value;
        (rank, count, at) = (place + 1, count + 1, after);
    }
    let [degrees, minutes, seconds] = values;
    if count == 0 || (count == 1 && rank != 1) || minutes > 60.0 || seconds > 60.0 {
        return None;
    }
    let all = degrees + minutes / 60.0 + seconds / 3600.0;
    Some(Angle { degrees: if is_negative { -all } else { all }, side, is_dms: count > 1 })
}

/// Takes a word or letter for east, west, north or south from either end: the rest, the sign and the axis.
fn hemisphere(text: &str) -> Option<(&str, f64, Option<Side>)> {
    const WORDS: [(&str, f64, Side); 14] = [
        ("东经", 1.0, Side::Longitude),
        ("西经", -1.0, Side::Longitude),
        ("北纬", 1.0, Side::Latitude),
        ("南纬", -1.0, Side::Latitude),
        ("经度", 1.0, Side::Longitude),
        ("纬度", 1.0, Side::Latitude),
        ("东", 1.0, Side::Longitude),
        ("西", -1.0, Side::Longitude),
        ("北", 1.0, Side::Latitude),
        ("南", -1.0, Side::Latitude),
        ("e", 1.0, Side::Longitude),
        ("w", -1.0, Side::Longitude),
        ("n", 1.0, Side::Latitude),
        ("s", -1.0, Side::Latitude),
    ];
    let mut found = None;
    let mut rest = text;
    for (word, sign, side) in WORDS {
        let marks = |c: char| c.is_whitespace() || matches!(c, ':' | '=');
        if let Some(after) = rest.strip_prefix(word) {
            (rest, found) = (after.trim_start_matches(marks), Some((sign, side)));
            break;
        }
        // A trailing `s` behind digits is the unit of seconds where there is an `m` before it.
        let is_unit = word == "s" && rest.contains('m');
        if let Some(before) = rest.strip_suffix(word).filter(|_| !is_unit) {
            (rest, found) = (before.trim_end_matches(marks), Some((sign, side)));
            break;
        }
    }
    let Some((sign, side)) = found else { return Some((rest, 1.0, None)) };
    Some((rest, sign, Some(side)))
}

/// What stands behind a number: the rest of the text, and which unit the mark names (0 degrees, 1 minutes, 2 seconds).
fn unit(text: &str) -> (&str, Option<usize>) {
    const MARKS: [(&str, usize); 21] = [
        ("''", 2),
        ("′′", 2),
        ("’’", 2),
        ("\"", 2),
        ("″", 2),
        ("”", 2),
        ("“", 2),
        ("〃", 2),
        ("sec", 2),
        ("秒", 2),
        ("s", 2),
        ("°", 0),
        ("º", 0),
        ("˚", 0),
        ("度", 0),
        ("deg", 0),
        ("d", 0),
        ("min", 1),
        ("分", 1),
        ("m", 1),
        ("o", 0),
    ];
    let text = text.trim_start();
    for (mark, unit) in MARKS {
        if let Some(after) = text.strip_prefix(mark) {
            return (after.trim_start(), Some(unit));
        }
    }
    if let Some(after) = text.strip_prefix(['\'', '′', '’', '‘', '´', '`', 'ˊ']) {
        return (after.trim_start(), Some(1));
    }
    (text.strip_prefix(['-', ':', '.']).unwrap_or(text).trim_start(), None)
}

/// Two numbers or angles in one text: `121.47,31.23`, `121°28′E，31°14′N`, `(121.47 31.23)`, `121.47;31.23`. Gives them in their order.
pub fn read_pair(text: &str) -> Option<(Angle, Angle)> {
    let text = text.trim().trim_matches(['(', ')', '[', ']', '（', '）', '【', '】']);
    if text.len() > 2 * LONGEST {
        return None;
    }
    for separator in [",", "，", ";", "；", "、", "|", "/", "\t"] {
        if let Some((first, second)) = text.split_once(separator) {
            // A height may follow.
            let second = second.split(separator).next().unwrap_or(second);
            return Some((read_angle(first)?, read_angle(second)?));
        }
    }
    let mut words = text.split_whitespace();
    let (first, second) = (words.next()?, words.next()?);
    match words.next() {
        None => Some((read_angle(first)?, read_angle(second)?)),
        Some(_) => None,
    }
}
