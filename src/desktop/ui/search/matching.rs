//! How well a text fits what is typed: by its letters, and by the sound of its Chinese characters (pinyin).

use pinyin::ToPinyinMulti;

/// Below this a text fits by its letters, above it by its sound.
const SOUND: usize = 10_000;

/// What is typed, as it is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted(String);

impl Wanted {
    /// From what stands in the field.
    pub fn new(typed: &str) -> Self {
        Self(typed.trim().to_lowercase())
    }

    /// True where nothing is typed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How well a text fits, the less the better: 0 where it begins with what is typed; texts that only sound like it are behind
    /// all others. `None` where a word of it is missing.
    pub fn rank(&self, text: &str) -> Option<usize> {
        let text = text.to_lowercase();
        if let Some(at) = text.find(&self.0) {
            return Some(if at == 0 { 0 } else { 1 + at });
        }
        let mut chars: Option<Vec<char>> = None;
        let mut rank = 1 + text.len();
        for word in self.0.split_whitespace().filter(|word| !text.contains(*word)) {
            let chars = chars.get_or_insert_with(|| text.chars().collect());
            rank = rank.max(SOUND + sounds_at(chars, word)?);
        }
        Some(rank)
    }
}

/// Where a text sounds like a word of letters.
fn sounds_at(text: &[char], word: &str) -> Option<usize> {
    let is_spelled = word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    is_spelled.then(|| (0..text.len()).find(|at| sounds(&text[*at..], word))).flatten()
}

/// True where a text begins with the sounds of a word: each character with its whole syllable or the letters that begin it, the
/// last with any part of it. Letters and digits stand for themselves.
fn sounds(text: &[char], word: &str) -> bool {
    if word.is_empty() {
        return true;
    }
    let Some((first, rest)) = text.split_first() else { return false };
    if first.is_ascii() {
        return word.starts_with(*first) && sounds(rest, &word[1..]);
    }
    let Some(all) = first.to_pinyin_multi() else { return false };
    all.into_iter().any(|one| {
        // ü is typed as v.
        let syllable = one.plain().replace('ü', "v");
        let common = syllable.bytes().zip(word.bytes()).take_while(|(a, b)| a == b).count();
        (1..=common).rev().any(|taken| {
            let is_initial = taken == 1 || (taken == 2 && ["zh", "ch", "sh"].contains(&&syllable[..2]));
            let may_end = taken == word.len() || taken == syllable.len() || is_initial;
            may_end && sounds(rest, &word[taken..])
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rank(text: &str, typed: &str) -> Option<usize> {
        Wanted::new(typed).rank(text)
    }

    #[test]
    fn what_begins_alike_comes_first() {
        assert_eq!(rank("save layer", "save"), Some(0));
        assert_eq!(rank("Save Layer as", "layer as"), Some(6));
        assert!(rank("theme：dark", "dark theme").is_some());
        assert_eq!(rank("theme：dark", "light"), None);
        assert_eq!(rank("保存项目…", "项目"), Some(7));
    }

    #[test]
    fn chinese_is_found_by_its_sound() {
        for (text, typed) in [
            ("保存项目…", "baocun"),
            ("保存项目…", "bcxm"),
            ("保存项目…", "xiangmu"),
            ("保存项目…", "baocxm"),
            ("入河排污口", "rhpwk"),
            ("入河排污口", "paiwuk"),
            ("岸线", "anx"),
            // Characters with several readings.
            ("长江", "changjiang"),
            ("行道树", "xingdao"),
            ("重点", "zhongd"),
            ("绿地", "lvdi"),
            ("顾村公园", "gucun gongyuan"),
            ("G60高速", "g60gs"),
        ] {
            assert!(rank(text, typed).is_some_and(|rank| rank >= SOUND), "{text} by {typed}: {:?}", rank(text, typed));
        }
        for (text, typed) in
            [("保存项目…", "bcxk"), ("入河排污口", "hr"), ("岸线", "x1"), ("岸线", "nanxian"), ("岸线", "a")]
        {
            assert_eq!(rank(text, typed), None, "{text} by {typed}");
        }
        // Letters go before sounds.
        assert!(rank("an outline", "an") < rank("岸线", "an"));
    }
}
