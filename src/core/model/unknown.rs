//! Members of files that this version does not know: where they stand, and which of the known ones is most alike.

use super::place_of;
use crate::i18n::{Lang, Said, tr};

/// A member that nobody reads. It is kept where its file is written again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownKey {
    /// The file.
    pub file: String,
    /// The line on which it stands, where that is known.
    pub line: Option<usize>,
    /// Where in it: `layers[2].style`; empty at the top.
    pub place: String,
    /// Its name.
    pub key: String,
    /// The most alike of the members that are known there.
    pub nearest: Option<String>,
}

impl UnknownKey {
    /// What is said of it in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let key = place_of(&self.place, &self.key);
        let file = match self.line {
            Some(line) => tr!(lang, "unknown_key.line", file = self.file, line = line).into_owned(),
            None => self.file.clone(),
        };
        match &self.nearest {
            Some(nearest) => tr!(lang, "unknown_key.meant", file = file, key = key, nearest = nearest),
            None => tr!(lang, "unknown_key.kept", file = file, key = key),
        }
        .into_owned()
    }
}

/// What a reader says of a file, with the most alike of the members that it expected in the place of one that it does not know.
pub fn field_said(message: &str) -> Said {
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let [key, known @ ..] = &quoted[..] else { return Said::as_is(message.to_owned()) };
    match nearest(key, known.iter().copied()).filter(|_| message.starts_with("unknown field `")) {
        Some(nearest) => Said::told(|lang| tr!(lang, "unknown_key.field", key = key, nearest = nearest).into_owned()),
        None => Said::as_is(message.to_owned()),
    }
}

/// The most alike of some names; `None` where none is much alike.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    // Of a word of two letters nothing is left after two steps.
    let far = if wanted.len() < 4 { 1 } else { (wanted.len() / 3).max(2) };
    let by_steps = known.filter_map(|known| {
        let letters: Vec<char> = known.to_lowercase().chars().collect();
        // So many letters more or fewer are as many steps, and a name may be as long as a file.
        (letters.len().abs_diff(wanted.len()) <= far).then(|| (steps(&wanted, &letters), known))
    });
    by_steps.filter(|(steps, _)| *steps <= far).min().map(|(_, known)| known.to_owned())
}

/// How many letters are to be changed, added, taken out or exchanged with their neighbour to make one text of another
/// (optimal string alignment).
fn steps(a: &[char], b: &[char]) -> usize {
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let changed = rows[i][j] + usize::from(x != y);
            let mut least = changed.min(row[j] + 1).min(rows[i][j + 1] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_alike_name_is_near() {
        let known = ["distance_m", "min_area_m2", "least_m2"];
        for (name, expected) in [
            ("distence_m", Some("distance_m")),
            ("Distance_M", Some("distance_m")),
            ("distance", Some("distance_m")),
            ("least", None),
            ("population", None),
            // Two letters that changed places are one step.
            ("lesat_m2", Some("least_m2")),
        ] {
            assert_eq!(nearest(name, known.into_iter()).as_deref(), expected, "{name}");
        }
        assert_eq!(nearest("vaule", ["rule", "value"].into_iter()).as_deref(), Some("value"));
        assert_eq!(nearest("a", std::iter::empty()), None);
    }

    #[test]
    fn readers_say_what_was_meant() {
        for (message, meant) in [
            ("unknown field `titel`, expected one of `id`, `title`, `unit`", Some("did you mean `title`")),
            ("unknown field `defualt`, expected `default`", Some("did you mean `default`")),
            ("unknown field `colour`, expected one of `id`, `title`", None),
            ("missing field `id`", None),
            ("invalid type: integer `3`, expected a string", None),
            ("expected `=`", None),
            ("no quotes", None),
        ] {
            let said = field_said(message);
            match meant {
                Some(meant) => assert!(said.en.contains(meant) && said.zh != said.en, "{}", said.en),
                None => assert_eq!((said.en.as_str(), said.zh.as_str()), (message, message)),
            }
        }
    }

    #[test]
    fn a_member_is_told_with_its_place() {
        let key = |place: &str, nearest: Option<&str>| UnknownKey {
            file: "p.shanshui.json".into(),
            line: nearest.map(|_| 17),
            place: place.into(),
            key: "visble".into(),
            nearest: nearest.map(str::to_owned),
        };
        for lang in [Lang::Zh, Lang::En] {
            let told = key("layers[2]", Some("visible")).message(lang);
            assert!(
                ["p.shanshui.json", "17", "layers[2].visble", "visible"].iter().all(|word| told.contains(word)),
                "{told}"
            );
            assert!(key("", None).message(lang).contains("visble"));
        }
    }
}
