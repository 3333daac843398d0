//! What a picture or a page of what is open does not show: files that are no layers or could not be read, layers that are
//! hidden, rows that a filter hides or that cannot be used.

use super::{OpenLayer, Session};
use crate::i18n::{Lang, between, bracketed, count, tr};

/// Names that a line holds.
const SHOWN: usize = 10;

/// Names in a line, and how many more there are.
pub(super) fn listed(names: &[String], lang: Lang) -> String {
    let mut shown: Vec<String> = names.iter().take(SHOWN).cloned().collect();
    if names.len() > SHOWN {
        shown.push(tr!(lang, "contents.more", n = count(names.len() - SHOWN)).into_owned());
    }
    shown.join(between(lang))
}

impl Session {
    /// What the map does not show, in words: a line of each kind, none where everything is shown.
    pub fn not_shown(&self, lang: Lang) -> Vec<String> {
        let mut lines: Vec<String> = self.contents().ignored_text(lang).into_iter().collect();
        let unread = self.open_project().into_iter().flat_map(|open| &open.unread).map(|layer| layer.file.clone());
        let unread: Vec<String> = unread.collect();
        if !unread.is_empty() {
            lines.push(tr!(lang, "left_out.unread", files = listed(&unread, lang)).into_owned());
        }
        let (visible, hidden): (Vec<&OpenLayer>, Vec<&OpenLayer>) = self.layers().iter().partition(|open| open.visible);
        let hidden: Vec<String> = hidden.into_iter().map(|open| open.layer().name.clone()).collect();
        if !hidden.is_empty() {
            lines.push(tr!(lang, "left_out.hidden", layers = listed(&hidden, lang)).into_owned());
        }
        let counted = |number: &dyn Fn(&OpenLayer) -> usize| -> Vec<String> {
            let some = visible.iter().map(|open| (open, number(open))).filter(|(_, n)| *n > 0);
            some.map(|(open, n)| format!("{}{}", open.layer().name, bracketed(&count(n), lang))).collect()
        };
        let unusable = counted(&|open: &OpenLayer| {
            let layer = open.layer();
            layer.rows().filter(|row| layer.unusable.get(*row).is_some_and(|is| *is)).count()
        });
        if !unusable.is_empty() {
            lines.push(tr!(lang, "left_out.unusable", layers = listed(&unusable, lang)).into_owned());
        }
        let filtered = counted(&|open: &OpenLayer| {
            let hides = |shown: &super::ShownRows| open.layer().rows().filter(|row| !shown.contains(*row)).count();
            open.shown.as_ref().map_or(0, hides)
        });
        if !filtered.is_empty() {
            lines.push(tr!(lang, "left_out.filtered", layers = listed(&filtered, lang)).into_owned());
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut_and_counted() {
        let names = |n: usize| (0..n).map(|i| format!("n{i}")).collect::<Vec<_>>();
        for (n, expected) in [(1, "n0"), (2, "n0, n1"), (12, "n0, n1, n2, n3, n4, n5, n6, n7, n8, n9, 2 more")] {
            assert_eq!(listed(&names(n), Lang::En), expected);
        }
    }
}
