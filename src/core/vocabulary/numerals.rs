//! Numbers in Chinese numerals, as they are said in full: 二十, 一百二十, 两千零五, 壹万贰仟.

/// The number that a folded text begins with, and what stands behind it. `None` for none, and for what says no exact number
/// (几十, 数百, 一万二).
pub(super) fn leading_numeral(text: &str) -> Option<(f64, &str)> {
    let length = text.char_indices().find(|(_, c)| value_of(*c).is_none()).map_or(text.len(), |(at, _)| at);
    let numerals: Vec<Numeral> = text[..length].chars().filter_map(value_of).collect();
    let number = number_of(&numerals)?;
    Some((number, &text[length..]))
}

/// What one numeral says.
#[derive(Clone, Copy, PartialEq)]
enum Numeral {
    Digit(f64),
    /// 十, 百, 千.
    Place(f64),
    /// 万, 亿.
    Group(f64),
}

fn value_of(c: char) -> Option<Numeral> {
    Some(match c {
        '零' | '〇' => Numeral::Digit(0.0),
        '一' | '壹' => Numeral::Digit(1.0),
        '二' | '贰' | '两' => Numeral::Digit(2.0),
        '三' | '叁' => Numeral::Digit(3.0),
        '四' | '肆' => Numeral::Digit(4.0),
        '五' | '伍' => Numeral::Digit(5.0),
        '六' | '陆' => Numeral::Digit(6.0),
        '七' | '柒' => Numeral::Digit(7.0),
        '八' | '捌' => Numeral::Digit(8.0),
        '九' | '玖' => Numeral::Digit(9.0),
        '十' | '拾' => Numeral::Place(10.0),
        '百' | '佰' => Numeral::Place(100.0),
        '千' | '仟' => Numeral::Place(1_000.0),
        '万' => Numeral::Group(1e4),
        '亿' => Numeral::Group(1e8),
        _ => return None,
    })
}

fn number_of(numerals: &[Numeral]) -> Option<f64> {
    let (mut sum, mut group) = (0.0, 0.0);
    let mut digit: Option<f64> = None;
    // What the last place was, and whether a zero was said since.
    let (mut last, mut has_zero) = (f64::INFINITY, true);
    for (at, numeral) in numerals.iter().enumerate() {
        match *numeral {
            Numeral::Digit(0.0) if at > 0 && digit.is_none() => has_zero = true,
            // One digit, and no 六〇.
            Numeral::Digit(one) if digit.is_none() && one > 0.0 => digit = Some(one),
            Numeral::Place(place) if place < last => {
                // 十五 begins with its place; 百五 and 千 alone do not.
                let times = digit.take().or((at == 0 && place == 10.0).then_some(1.0))?;
                (group, last, has_zero) = (group + times * place, place, false);
            }
            Numeral::Group(times) => {
                let own = group + digit.take().unwrap_or(0.0);
                if own == 0.0 {
                    return None;
                }
                (sum, group, last, has_zero) = (sum + own * times, 0.0, times, false);
            }
            _ => return None,
        }
        if at == 0 && matches!(numeral, Numeral::Digit(_)) {
            has_zero = false;
        }
    }
    // 一万二 is 12,000 as it is spoken, and 12 or 2 are not said.
    let is_exact = digit.is_none() || numerals.len() == 1 || last == 10.0 || has_zero;
    let number = sum + group + digit.unwrap_or(0.0);
    (is_exact && number > 0.0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numerals_are_read_as_they_are_said_in_full() {
        for (text, expected) in [
            ("十", Some(10.0)),
            ("十五", Some(15.0)),
            ("二十", Some(20.0)),
            ("六十五", Some(65.0)),
            ("两百", Some(200.0)),
            ("一百零五", Some(105.0)),
            ("一百二十", Some(120.0)),
            ("三千", Some(3_000.0)),
            ("一万二千", Some(12_000.0)),
            ("壹万贰仟", Some(12_000.0)),
            ("五", Some(5.0)),
            ("一万二", None),
            ("一百二", None),
            ("百", None),
            ("六〇", None),
            ("零", None),
            ("万", None),
            ("二三十", None),
            ("百千", None),
        ] {
            assert_eq!(leading_numeral(text).map(|(number, _)| number), expected, "{text}");
        }
        assert_eq!(leading_numeral("二十米"), Some((20.0, "米")));
        assert_eq!(leading_numeral("几十米"), None);
        assert_eq!(leading_numeral("米"), None);
    }
}
