//! Parameters as people write them: a number with its unit (`2 km`, `2000 m`, `2千米`, `30 %`), in the unit that is wanted. A
//! unit of another kind is refused, never passed over.

use super::fold::folded;

/// What units measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dimension {
    Length,
    Area,
    Share,
    Time,
    People,
    Count,
}

/// Units with what they measure and how much of metres, square metres or one they are; as they are folded.
const UNITS: [(&str, Dimension, f64); 39] = [
    ("KM", Dimension::Length, 1e3),
    ("千米", Dimension::Length, 1e3),
    ("公里", Dimension::Length, 1e3),
    ("M", Dimension::Length, 1.0),
    ("米", Dimension::Length, 1.0),
    ("METRE", Dimension::Length, 1.0),
    ("METRES", Dimension::Length, 1.0),
    ("METER", Dimension::Length, 1.0),
    ("METERS", Dimension::Length, 1.0),
    ("DM", Dimension::Length, 0.1),
    ("分米", Dimension::Length, 0.1),
    ("CM", Dimension::Length, 0.01),
    ("厘米", Dimension::Length, 0.01),
    ("MM", Dimension::Length, 0.001),
    ("毫米", Dimension::Length, 0.001),
    ("KM2", Dimension::Area, 1e6),
    ("平方千米", Dimension::Area, 1e6),
    ("平方公里", Dimension::Area, 1e6),
    ("HA", Dimension::Area, 1e4),
    ("HM2", Dimension::Area, 1e4),
    ("公顷", Dimension::Area, 1e4),
    ("亩", Dimension::Area, 2_000.0 / 3.0),
    ("万平方米", Dimension::Area, 1e4),
    ("M2", Dimension::Area, 1.0),
    ("平方米", Dimension::Area, 1.0),
    ("平米", Dimension::Area, 1.0),
    ("%", Dimension::Share, 1.0),
    ("PERCENT", Dimension::Share, 1.0),
    ("‰", Dimension::Share, 0.1),
    ("年", Dimension::Time, 1.0),
    ("YEAR", Dimension::Time, 1.0),
    ("YEARS", Dimension::Time, 1.0),
    ("人", Dimension::People, 1.0),
    ("万人", Dimension::People, 1e4),
    ("PEOPLE", Dimension::People, 1.0),
    ("个", Dimension::Count, 1.0),
    ("处", Dimension::Count, 1.0),
    ("座", Dimension::Count, 1.0),
    ("项", Dimension::Count, 1.0),
];

fn unit_of(word: &str) -> Option<(Dimension, f64)> {
    UNITS.iter().find(|(unit, ..)| *unit == word).map(|(_, dimension, factor)| (*dimension, *factor))
}

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoAmount {
    /// It does not begin with a number.
    Number,
    /// What stands behind the number is no unit that is known.
    UnknownUnit,
    /// The unit measures something else, or nothing has a unit here.
    OtherUnit,
}

/// The number of a text, and what stands behind it, folded. Commas part thousands only.
fn parted(text: &str) -> Option<(f64, String)> {
    let text = folded(text);
    let is_part =
        |(at, c): &(usize, char)| c.is_ascii_digit() || matches!(c, '.' | ',') || (*at == 0 && "+-−".contains(*c));
    let digits = text.char_indices().find(|part| !is_part(part)).map_or(text.len(), |(at, _)| at);
    let exponent = super::quantity::exponent_length(&text[digits..]);
    let (number, unit) = text.split_at(digits + exponent);
    let mut parts = number.trim_start_matches(['+', '-', '−']).splitn(2, ['.', 'E']);
    let groups: Vec<&str> = parts.next().unwrap_or_default().split(',').collect();
    let is_grouped =
        groups.len() == 1 || ((1..=3).contains(&groups[0].len()) && groups[1..].iter().all(|g| g.len() == 3));
    if !is_grouped || parts.next().is_some_and(|rest| rest.contains(',')) {
        return None;
    }
    let number: f64 = number.replace(',', "").replace('−', "-").parse().ok()?;
    number.is_finite().then(|| (number, unit.to_owned()))
}

/// True for a text that is a number and nothing else.
pub fn is_bare_number(text: &str) -> bool {
    parted(text).is_some_and(|(_, unit)| unit.is_empty())
}

/// The number of a text in a unit (`m`, `m²`, `%`, `年`; empty for numbers that have none). A bare number is in that unit.
///
/// # Errors
/// [`NoAmount`]: no number, or a unit that is not known or measures something else.
pub fn amount(text: &str, unit: &str) -> Result<f64, NoAmount> {
    let (number, own) = parted(text).ok_or(NoAmount::Number)?;
    if own.is_empty() {
        return Ok(number);
    }
    let wanted = folded(unit);
    if own == wanted {
        return Ok(number);
    }
    let (dimension, factor) = unit_of(&own).ok_or(NoAmount::UnknownUnit)?;
    match unit_of(&wanted) {
        Some((same, one)) if same == dimension => Ok(number * factor / one),
        _ => Err(NoAmount::OtherUnit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_in_the_unit_that_is_wanted_or_refused() {
        for (text, unit, expected) in [
            ("2 km", "m", Ok(2_000.0)),
            ("2000 m", "m", Ok(2_000.0)),
            ("2千米", "m", Ok(2_000.0)),
            ("２ 公里", "m", Ok(2_000.0)),
            ("1,500m", "m", Ok(1_500.0)),
            ("0.5 KM", "m", Ok(500.0)),
            ("1.5e3 m", "m", Ok(1_500.0)),
            ("-5 m", "m", Ok(-5.0)),
            ("150 cm", "m", Ok(1.5)),
            ("1500 m", "km", Ok(1.5)),
            ("2000", "m", Ok(2_000.0)),
            ("4公顷", "m²", Ok(40_000.0)),
            ("6 亩", "m²", Ok(4_000.0)),
            ("400 m²", "m²", Ok(400.0)),
            ("400㎡", "m²", Ok(400.0)),
            ("0.5 km²", "公顷", Ok(50.0)),
            ("30 %", "%", Ok(30.0)),
            ("30％", "%", Ok(30.0)),
            ("2025年", "年", Ok(2_025.0)),
            ("3 个", "个", Ok(3.0)),
            ("2", "", Ok(2.0)),
            ("1.2万人", "人", Ok(12_000.0)),
            ("2 km", "m²", Err(NoAmount::OtherUnit)),
            ("30 %", "m", Err(NoAmount::OtherUnit)),
            ("400 m²", "m", Err(NoAmount::OtherUnit)),
            ("2 m", "", Err(NoAmount::OtherUnit)),
            ("2 m", "年", Err(NoAmount::OtherUnit)),
            ("2 miles", "m", Err(NoAmount::UnknownUnit)),
            ("2 km 5", "m", Err(NoAmount::UnknownUnit)),
            ("10-20 m", "m", Err(NoAmount::UnknownUnit)),
            ("2,5 km", "m", Err(NoAmount::Number)),
            ("km", "m", Err(NoAmount::Number)),
            ("", "m", Err(NoAmount::Number)),
            ("两千米", "m", Err(NoAmount::Number)),
            ("nan m", "m", Err(NoAmount::Number)),
            ("1..2 m", "m", Err(NoAmount::Number)),
            ("1e999 m", "m", Err(NoAmount::Number)),
        ] {
            let found = amount(text, unit);
            let is_near = match (found, expected) {
                (Ok(a), Ok(b)) => (a - b).abs() <= 1e-9_f64 * f64::abs(b),
                (a, b) => a == b,
            };
            assert!(is_near, "{text} in {unit}: {found:?}");
        }
        assert!(is_bare_number("500") && is_bare_number(" 1,500 ") && !is_bare_number("500 m") && !is_bare_number("m"));
    }

    #[test]
    fn units_are_told_apart() {
        for unit in ["m", "m²", "km", "%", "年", "公顷", "人", "个", "处"] {
            assert!(unit_of(&folded(unit)).is_some(), "{unit}");
            assert_eq!(amount(&format!("7 {unit}"), unit), Ok(7.0));
        }
        let mut names: Vec<&str> = UNITS.iter().map(|(name, ..)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), UNITS.len());
        assert!(names.iter().all(|name| *name == folded(name)));
    }
}
