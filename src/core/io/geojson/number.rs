//! JSON numbers to floats: eight digits at a time where a coordinate looks as coordinates do, digit by digit elsewhere.
//!
//! A mantissa of at most 2⁵³ over a power of ten of at most 10²² is converted exactly by one division
//! (W. D. Clinger 1990); everything else goes to the standard library, which rounds correctly too.

/// Powers of ten that a float holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// The largest mantissa below which every whole number is a float.
const EXACT: u64 = 1 << 53;

/// A number at the start of a text: its value and its length in bytes.
///
/// # Errors
/// The byte at which the text stops being a JSON number.
pub(super) fn number(text: &[u8]) -> Result<(f64, usize), usize> {
    let digit = |i: usize| text.get(i).map(|b| b.wrapping_sub(b'0')).filter(|d| *d < 10);
    let negative = text.first() == Some(&b'-');
    let whole = usize::from(negative);
    let mut i = whole;
    let (mut mantissa, mut digits, mut decimals) = (0_u64, 0_usize, 0_usize);
    while let Some(d) = digit(i) {
        mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(d));
        digits += usize::from(mantissa != 0);
        i += 1;
    }
    if i == whole || (text[whole] == b'0' && i > whole + 1) {
        return Err(if i == whole { 0 } else { whole + 1 });
    }
    if text.get(i) == Some(&b'.') {
        i += 1;
        let fraction = i;
        while let Some(d) = digit(i) {
            mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(d));
            digits += usize::from(mantissa != 0);
            i += 1;
        }
        if i == fraction {
            return Err(i);
        }
        decimals = i - fraction;
    }
    let scientific = matches!(text.get(i), Some(b'e' | b'E'));
    if scientific {
        i += 1;
        i += usize::from(matches!(text.get(i), Some(b'+' | b'-')));
        let power = i;
        while digit(i).is_some() {
            i += 1;
        }
        if i == power {
            return Err(i);
        }
    }
    if !scientific && digits <= 19 && mantissa <= EXACT && decimals < POWERS.len() {
        let value = mantissa as f64 / POWERS[decimals];
        return Ok((if negative { -value } else { value }, i));
    }
    std::str::from_utf8(&text[..i]).ok().and_then(|s| s.parse().ok()).map(|value| (value, i)).ok_or(0)
}

/// The length of the number at the start of a text.
///
/// # Errors
/// As [`number`].
pub(super) fn number_length(text: &[u8]) -> Result<usize, usize> {
    let digits = |from: usize| from + text[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let whole = usize::from(text.first() == Some(&b'-'));
    let mut i = digits(whole);
    if i == whole || (text[whole] == b'0' && i > whole + 1) {
        return Err(if i == whole { 0 } else { whole + 1 });
    }
    if text.get(i) == Some(&b'.') {
        let fraction = i + 1;
        i = digits(fraction);
        if i == fraction {
            return Err(i);
        }
    }
    if matches!(text.get(i), Some(b'e' | b'E')) {
        let power = i + 1 + usize::from(matches!(text.get(i + 1), Some(b'+' | b'-')));
        i = digits(power);
        if i == power {
            return Err(i);
        }
    }
    Ok(i)
}

/// A position written without white space, with decimals and nothing but two numbers (`[121.5,-31.25]`) at the start
/// of a text: the numbers and the length. `None` for any other, which [`number`] then reads.
#[inline]
pub(super) fn plain_position(text: &[u8]) -> Option<([f64; 2], usize)> {
    if text.first() != Some(&b'[') {
        return None;
    }
    let (x, i) = plain_number(text, 1)?;
    if text.get(i) != Some(&b',') {
        return None;
    }
    let (y, i) = plain_number(text, i + 1)?;
    (text.get(i) == Some(&b']')).then_some(([x, y], i + 1))
}

/// A number of at most three digits before and sixteen behind the point; its value and where it ends.
#[inline]
fn plain_number(text: &[u8], start: usize) -> Option<(f64, usize)> {
    let negative = *text.get(start)? == b'-';
    let whole = start + usize::from(negative);
    let head = text.get(whole..whole + 4)?;
    let value = |i: usize| u64::from(head[i].wrapping_sub(b'0'));
    let (mut mantissa, length) = if head[1] == b'.' {
        (value(0), 1)
    } else if head[2] == b'.' && head[0] != b'0' {
        (value(0) * 10 + value(1), 2)
    } else if head[3] == b'.' && head[0] != b'0' {
        (value(0) * 100 + value(1) * 10 + value(2), 3)
    } else {
        return None;
    };
    if (0..length).any(|i| value(i) > 9) {
        return None;
    }
    let mut i = whole + length + 1;
    let (digits, mut decimals) = eight(text, i)?;
    mantissa = mantissa * WHOLE_POWERS[decimals] + digits;
    i += decimals;
    if decimals == 8 {
        let (digits, more) = eight(text, i)?;
        mantissa = mantissa.checked_mul(WHOLE_POWERS[more])?.checked_add(digits)?;
        i += more;
        decimals += more;
    }
    if decimals == 0 || decimals == 16 || mantissa > EXACT || matches!(text.get(i), Some(b'e' | b'E')) {
        return None;
    }
    let number = mantissa as f64 / POWERS[decimals];
    Some((if negative { -number } else { number }, i))
}

const WHOLE_POWERS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// The digits that stand at `i`, up to eight: their value and how many. `None` at the end of the text.
#[inline]
fn eight(text: &[u8], i: usize) -> Option<(u64, usize)> {
    let bytes: [u8; 8] = text.get(i..i + 8)?.try_into().ok()?;
    let word = u64::from_le_bytes(bytes) ^ 0x3030_3030_3030_3030;
    // The high bit of every byte that is no digit.
    let others = (word.wrapping_add(0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080;
    let count = (others.trailing_zeros() / 8) as usize;
    if count == 0 {
        return Some((0, 0));
    }
    // The digits as the last of eight, zeros before them; then pairs, fours, eights (D. Lemire, "Quickly parsing
    // eight digits", 2018).
    let word = word << (64 - 8 * count);
    let pairs = word.wrapping_mul(10).wrapping_add(word >> 8);
    const MASK: u64 = 0x0000_00ff_0000_00ff;
    let high = (pairs & MASK).wrapping_mul(0x000f_4240_0000_0064);
    let low = ((pairs >> 16) & MASK).wrapping_mul(0x0000_2710_0000_0001);
    Some((high.wrapping_add(low) >> 32, count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn odd_positions_are_left_to_the_careful_reader() {
        for text in
            ["[1,2]", "[1.5, 2.5]", "[1.5,2.5,3.5]", "[01.5,2.5]", "[1.,2.5]", "[1.5e1,2.5]", "[-.5,2.5]", "[+1.5,2]"]
        {
            assert_eq!(plain_position(format!("{text},[1.25,2.25]]").as_bytes()), None, "{text}");
        }
        assert_eq!(plain_position(b"[-121.5,31.25],[1.0"), Some(([-121.5, 31.25], 14)));
        assert_eq!(plain_position(b"[1.5,2."), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn numbers_are_read_as_the_standard_library_reads_them(
            text in "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?"
        ) {
            let (ours, length) = number(text.as_bytes()).expect("a JSON number");
            let theirs: f64 = text.parse().expect("a number");
            prop_assert_eq!((ours.to_bits(), length), (theirs.to_bits(), text.len()), "{}", text);
        }

        #[test]
        fn numbers_are_passed_over_as_they_are_read(text in "[-+.eE0-9]{0,8}") {
            let bytes = text.as_bytes();
            prop_assert_eq!(number_length(bytes), number(bytes).map(|(_, length)| length));
        }

        #[test]
        fn plain_positions_are_read_as_the_standard_library_reads_them(
            x in "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{0,18})?", y in "-?(0|[1-9][0-9]{0,2})\\.[0-9]{1,17}", tail in "[,\\]} 0-9]{0,20}"
        ) {
            let text = format!("[{x},{y}]{tail}");
            if let Some((ours, length)) = plain_position(text.as_bytes()) {
                prop_assert_eq!(length, text.len() - tail.len());
                for (ours, theirs) in ours.iter().zip([x, y]) {
                    prop_assert_eq!(ours.to_bits(), theirs.parse::<f64>().expect("a number").to_bits(), "{}", theirs);
                }
            }
        }
    }
}
