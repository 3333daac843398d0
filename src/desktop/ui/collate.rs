//! How texts are put in order for people: Chinese by its sound (pinyin, then tone), letters whatever their case, digits as numbers;
//! letters before Chinese.

use pinyin::ToPinyin;

/// A text that sorts, byte by byte, as the given one does for people. Characters of one sound stand together.
pub fn sort_key(text: &str) -> String {
    let mut key = String::with_capacity(text.len() * 2);
    let mut digits = String::new();
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        push_number(&mut key, &mut digits);
        match c.to_pinyin() {
            Some(sound) => {
                // Behind all letters; what ends a syllable goes before any letter of a longer one.
                key.push(HAN);
                key.push_str(sound.with_tone_num_end());
                key.push('\u{1}');
                key.push(c);
            }
            None => key.extend(c.to_lowercase()),
        }
    }
    push_number(&mut key, &mut digits);
    key
}

/// The first of the Chinese characters.
const HAN: char = '\u{3400}';

/// Digits by how many they are without leading zeros, then by themselves: 9 before 10.
fn push_number(key: &mut String, digits: &mut String) {
    if digits.is_empty() {
        return;
    }
    let number = digits.trim_start_matches('0');
    // One letter for each ten digits keeps the order of the lengths.
    key.extend(std::iter::repeat_n('9', number.len() / 10));
    key.push(char::from(b'0' + (number.len() % 10) as u8));
    key.push_str(number);
    digits.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_stands_by_its_sound_behind_letters_and_numbers_by_their_size() {
        let ordered = [
            "2号口",
            "10号口",
            "100号口",
            "alpha",
            "Beta",
            "WP-310113-0002",
            "WP-310113-0010",
            "大场镇",
            "高境镇",
            "顾村镇",
            "李家浜",
            "梁港",
            "罗店镇",
            "罗泾镇",
            "淞南镇",
            "杨行镇",
            "友谊路街道",
            "月浦镇",
            "张庙街道",
            "长兴",
        ];
        let mut keys: Vec<String> = ordered.iter().map(|text| sort_key(text)).collect();
        // 长 has two sounds, of which one is taken: behind all letters whichever it is.
        let last = keys.pop().expect("there");
        assert!(last > sort_key("WP-310113-0010"));
        assert!(keys.is_sorted(), "{keys:?}");
        assert_eq!(sort_key("007"), sort_key("7"));
        assert!(sort_key("99999999999") < sort_key("100000000000"));
        assert!(sort_key("") < sort_key("0"));
    }
}
