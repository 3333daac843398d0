//! Positions as people read and write them: degrees, degrees-minutes-seconds, metres of a system.

use super::Crs;
use super::readings::{ReadingKind, is_in_china, readings, with_prefix};
use crate::geodesy::LonLat;

/// How a position is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum PositionStyle {
    /// `121.4750000°E 31.2333333°N`: 1e-7°, a centimetre.
    #[default]
    Degrees,
    /// `121°28′30.0000″E 31°14′00.0000″N`: 0.0001″, 3 millimetres.
    DegreesMinutesSeconds,
    /// `E 590000.123 N 3456789.456`: millimetres of the system's plane.
    Projected,
}

/// A place as text: degrees of the system where it has its own (GCJ-02, BD-09), else of WGS 84; metres of its plane. `None`
/// where the system has no position for it, or no plane.
pub fn format_position(crs: &Crs, p: LonLat, style: PositionStyle) -> Option<String> {
    match style {
        PositionStyle::Projected => {
            if crs.is_degrees() {
                return None;
            }
            let (x, y) = crs.from_wgs84(p)?;
            let (first, second) = if crs.is_north_first() { ("N", "E") } else { ("E", "N") };
            Some(format!("{first} {} {second} {}", metres(x), metres(y)))
        }
        PositionStyle::Degrees => {
            let p = crs.degrees_of(p).filter(|p| p.is_in_range())?;
            let of = |v: f64, letters| {
                let text = format!("{:.7}", v.abs());
                format!("{text}°{}", letter(v, letters))
            };
            Some(format!("{} {}", of(p.lon, ["E", "W"]), of(p.lat, ["N", "S"])))
        }
        PositionStyle::DegreesMinutesSeconds => {
            let p = crs.degrees_of(p).filter(|p| p.is_in_range())?;
            let of = |v: f64, letters| {
                // Whole ten-thousandths of a second, so that 59.99996″ becomes the next minute.
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 180° of them")]
                let units = (v.abs() * 36_000_000.0).round() as u64;
                let (seconds, part) = (units / 10_000, units % 10_000);
                let (degrees, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
                format!("{degrees}°{minutes:02}′{seconds:02}.{part:04}″{}", letter(v, letters))
            };
            Some(format!("{} {}", of(p.lon, ["E", "W"]), of(p.lat, ["N", "S"])))
        }
    }
}

fn letter(v: f64, [positive, negative]: [&'static str; 2]) -> &'static str {
    if v < 0.0 { negative } else { positive }
}

/// Millimetres, and no minus before nothing.
fn metres(v: f64) -> String {
    let text = format!("{v:.3}");
    if text == "-0.000" { "0.000".to_owned() } else { text }
}

/// The place of a position that a person wrote: degrees, degrees-minutes-seconds (with signs, blanks or colons), metres of
/// the system; comma, semicolon or blank between; letters E, W, N, S or 东经, 西经, 北纬, 南纬, 经度, 纬度. The order is that of the
/// letters, else east first (north first in systems that have it so), else the one that lies in China. Metres with or
/// without the number of the zone. `None` where it is no position, or has no place.
pub fn parse_position(text: &str, crs: &Crs) -> Option<LonLat> {
    const LONGEST: usize = 200;
    if text.len() > LONGEST {
        return None;
    }
    let (first, second) = match pair(&tokens(text)?) {
        Some(pair) => pair,
        // Commas between thousands.
        None => pair(&tokens(&without_thousands(text)?)?)?,
    };
    let is_swapped = match (first.axis, second.axis) {
        (Some(Axis::East), Some(Axis::East)) | (Some(Axis::North), Some(Axis::North)) => return None,
        (Some(Axis::North), _) | (_, Some(Axis::East)) => Some(true),
        (Some(Axis::East), _) | (_, Some(Axis::North)) => Some(false),
        (None, None) => None,
    };
    let (a, b) = (first.value, second.value);
    let orders: Vec<[f64; 2]> = match is_swapped {
        Some(true) => vec![[b, a]],
        Some(false) => vec![[a, b]],
        None if crs.is_north_first() => vec![[b, a], [a, b]],
        None => vec![[a, b], [b, a]],
    };
    let has_signs = first.is_degrees || second.is_degrees;
    let degrees = orders.iter().map(|[lon, lat]| LonLat::new(*lon, *lat)).filter(|p| p.is_in_range());
    let degrees: Vec<LonLat> = degrees.filter_map(|p| crs.of_degrees(p)).collect();
    let at_home = degrees.iter().copied().find(|p| is_in_china(*p));
    if has_signs || crs.is_degrees() && !degrees.is_empty() {
        return at_home.or(degrees.first().copied());
    }
    at_home.or_else(|| in_metres(&orders, crs)).or_else(|| is_swapped.and(degrees.first().copied()))
}

/// The place of eastings and northings, in each order that they may have.
fn in_metres(orders: &[[f64; 2]], crs: &Crs) -> Option<LonLat> {
    if crs.is_degrees() {
        // Only eastings that begin with the number of a zone say what they are.
        let says_its_zone = |kind| matches!(kind, ReadingKind::Zone | ReadingKind::MixedZones);
        return orders.iter().find_map(|order| {
            let reading = readings(&[*order], None).into_iter().find(|r| says_its_zone(r.kind) && !r.is_north_first)?;
            Crs::parse(&reading.crs).ok()?.to_wgs84(order[0], order[1])
        });
    }
    let place = |[x, y]: [f64; 2]| if crs.is_north_first() { crs.to_wgs84(y, x) } else { crs.to_wgs84(x, y) };
    let other_prefix = |[x, y]: [f64; 2]| {
        #[expect(clippy::cast_possible_truncation, reason = "a float cast saturates")]
        let name = with_prefix(crs, (x / 1e6).floor() as i64)?;
        Crs::parse(&name).ok()?.to_wgs84(x, y)
    };
    let mut ways = orders.iter().flat_map(|order| [place(*order), other_prefix(*order)]).flatten();
    ways.find(|p| is_in_china(*p)).or_else(|| place(*orders.first()?))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Axis {
    East,
    North,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Number {
        value: f64,
        is_negative: bool,
    },
    Degree,
    Minute,
    Second,
    Colon,
    /// A letter or word that says the axis; true where it points west or south; true where it says no direction (`lat`).
    Axis {
        axis: Axis,
        is_negative: bool,
        is_title: bool,
    },
    Comma,
}

/// One of the two numbers of a position.
#[derive(Clone, Copy, Debug)]
struct Coordinate {
    value: f64,
    axis: Option<Axis>,
    is_degrees: bool,
}

/// Words that say an axis: the longer before the shorter that they begin with.
const WORDS: [(&str, Axis, bool, bool); 24] = [
    ("longitude", Axis::East, false, true),
    ("latitude", Axis::North, false, true),
    ("easting", Axis::East, false, true),
    ("northing", Axis::North, false, true),
    ("lon", Axis::East, false, true),
    ("lng", Axis::East, false, true),
    ("lat", Axis::North, false, true),
    ("east", Axis::East, false, false),
    ("west", Axis::East, true, false),
    ("north", Axis::North, false, false),
    ("south", Axis::North, true, false),
    ("e", Axis::East, false, false),
    ("w", Axis::East, true, false),
    ("n", Axis::North, false, false),
    ("s", Axis::North, true, false),
    ("东经", Axis::East, false, false),
    ("西经", Axis::East, true, false),
    ("北纬", Axis::North, false, false),
    ("南纬", Axis::North, true, false),
    ("经度", Axis::East, false, true),
    ("纬度", Axis::North, false, true),
    ("东", Axis::East, false, false),
    ("北", Axis::North, false, false),
    ("南", Axis::North, true, false),
];

fn tokens(text: &str) -> Option<Vec<Token>> {
    let lower = text.replace("''", "″").to_lowercase();
    let mut rest = lower.as_str();
    let mut out: Vec<Token> = Vec::new();
    while let Some(c) = rest.chars().next() {
        let plain = narrow(c);
        let mut taken = c.len_utf8();
        match plain {
            '0'..='9' | '.' | '+' | '-' => {
                let (value, is_negative, length) = number(rest)?;
                taken = length;
                out.push(Token::Number { value, is_negative });
            }
            '°' | 'º' | '˚' | '度' => out.push(Token::Degree),
            '′' | '\'' | '’' | '‘' | '`' | '分' => out.push(Token::Minute),
            '″' | '"' | '”' | '“' | '秒' => out.push(Token::Second),
            ':' => out.push(Token::Colon),
            ',' | ';' | '、' | '/' | '|' => out.push(Token::Comma),
            '=' | '(' | ')' | '[' | ']' | 'x' | 'y' | 'm' | '米' => {}
            'd' => out.push(Token::Degree),
            _ if c.is_whitespace() => {}
            _ => {
                let (word, axis, is_negative, is_title) = WORDS.iter().find(|(word, ..)| rest.starts_with(word))?;
                taken = word.len();
                out.push(Token::Axis { axis: *axis, is_negative: *is_negative, is_title: *is_title });
            }
        }
        rest = &rest[taken..];
    }
    Some(out)
}

/// Full-width signs and other minuses as plain ones.
fn narrow(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '−' | '–' | '—' => '-',
        '。' => '.',
        other => other,
    }
}

/// A number at the beginning: its size, whether it has a minus, and how many bytes it takes.
fn number(text: &str) -> Option<(f64, bool, usize)> {
    let mut digits = String::new();
    let mut length = 0;
    for c in text.chars() {
        let plain = narrow(c);
        match plain {
            '+' | '-' if digits.is_empty() => digits.push(plain),
            '0'..='9' | '.' => digits.push(plain),
            _ => break,
        }
        length += c.len_utf8();
    }
    let is_negative = digits.starts_with('-');
    let value: f64 = digits.trim_start_matches(['+', '-']).parse().ok()?;
    value.is_finite().then_some((value, is_negative, length))
}

/// `590,000.5, 3,456,789` without the commas between thousands, `None` where there are none.
fn without_thousands(text: &str) -> Option<String> {
    let chars: Vec<char> = text.chars().collect();
    let digit = |i: Option<usize>| i.and_then(|i| chars.get(i)).is_some_and(char::is_ascii_digit);
    let is_one = |i: usize| {
        chars[i] == ',' && digit(i.checked_sub(1)) && (1..=3).all(|k| digit(Some(i + k))) && !digit(Some(i + 4))
    };
    let out: String = (0..chars.len()).filter(|i| !is_one(*i)).map(|i| chars[i]).collect();
    (out.len() < text.len()).then_some(out)
}

/// The two coordinates of a position, `None` where the tokens are not two.
fn pair(tokens: &[Token]) -> Option<(Coordinate, Coordinate)> {
    let numbers: Vec<(f64, bool)> = tokens
        .iter()
        .filter_map(|t| match t {
            Token::Number { value, is_negative } => Some((*value, *is_negative)),
            _ => None,
        })
        .collect();
    let has_marks = tokens.iter().any(|t| matches!(t, Token::Degree | Token::Minute | Token::Second | Token::Colon));
    if !has_marks && matches!(numbers.len(), 4 | 6) {
        return bare_sexagesimal(tokens);
    }
    let (first, rest) = coordinate(tokens)?;
    let (second, rest) = coordinate(rest)?;
    rest.is_empty().then_some((first, second))
}

/// `121 28 30 31 14 00`, with letters before or behind each.
fn bare_sexagesimal(tokens: &[Token]) -> Option<(Coordinate, Coordinate)> {
    let marked: Vec<Token> = {
        let count = tokens.iter().filter(|t| matches!(t, Token::Number { .. })).count() / 2;
        let marks = [Token::Degree, Token::Minute, Token::Second];
        let mut out = Vec::new();
        let mut seen = 0;
        for token in tokens.iter().filter(|t| **t != Token::Comma) {
            out.push(*token);
            if matches!(token, Token::Number { .. }) {
                out.push(marks[seen % count]);
                seen += 1;
            }
        }
        out
    };
    let (first, rest) = coordinate(&marked)?;
    let (second, rest) = coordinate(rest)?;
    rest.is_empty().then_some((first, second))
}

/// One coordinate from the beginning: a letter, a number with its minutes and seconds, a letter.
fn coordinate(mut tokens: &[Token]) -> Option<(Coordinate, &[Token])> {
    while let [Token::Comma, rest @ ..] = tokens {
        tokens = rest;
    }
    let mut axis = None;
    while let [Token::Axis { axis: own, is_negative, is_title }, rest @ ..] = tokens {
        // `经度 东经`: the word that points goes before the title.
        if axis.is_none_or(|(_, _, titled)| titled) {
            axis = Some((*own, *is_negative, *is_title));
        }
        tokens = rest;
        while let [Token::Colon | Token::Comma, rest @ ..] = tokens {
            tokens = rest;
        }
    }
    let [Token::Number { value, is_negative }, rest @ ..] = tokens else { return None };
    let (mut value, is_negative) = (*value, *is_negative);
    tokens = rest;
    let mut is_degrees = false;
    if let [Token::Degree | Token::Colon, rest @ ..] = tokens {
        is_degrees = true;
        tokens = rest;
        if let [Token::Number { value: minutes, is_negative: false }, Token::Minute | Token::Colon, rest @ ..] = tokens
        {
            value += below_60(*minutes)? / 60.0;
            tokens = rest;
            if let [Token::Number { value: seconds, is_negative: false }, rest @ ..] = tokens
                && (matches!(rest.first(), Some(Token::Second)) || !starts_coordinate(rest))
            {
                value += below_60(*seconds)? / 3600.0;
                tokens = if let [Token::Second, rest @ ..] = rest { rest } else { rest };
            }
        } else if let [Token::Number { value: minutes, is_negative: false }, rest @ ..] = tokens
            && (rest.is_empty() || matches!(rest.first(), Some(Token::Comma | Token::Axis { is_title: false, .. })))
            && *minutes < 60.0
            && has_another(rest)
        {
            // `121:28, 31:14`
            value += minutes / 60.0;
            tokens = rest;
        }
    }
    if axis.is_none()
        && let [Token::Axis { axis: own, is_negative, is_title: false }, rest @ ..] = tokens
    {
        axis = Some((*own, *is_negative, false));
        tokens = rest;
    }
    let points_back = axis.is_some_and(|(_, back, _)| back);
    if points_back && is_negative {
        return None;
    }
    let value = if points_back || is_negative { -value } else { value };
    Some((Coordinate { value, axis: axis.map(|(axis, ..)| axis), is_degrees }, tokens))
}

fn below_60(v: f64) -> Option<f64> {
    (v < 60.0).then_some(v)
}

/// True where tokens begin with the marks of a degree: the number before them is not a second.
fn starts_coordinate(tokens: &[Token]) -> bool {
    matches!(tokens.first(), Some(Token::Degree | Token::Colon))
}

/// True where a number follows.
fn has_another(tokens: &[Token]) -> bool {
    tokens.iter().any(|t| matches!(t, Token::Number { .. }))
}
