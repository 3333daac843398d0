//! Clauses as they are shown.

use super::Rule;
use crate::i18n::Lang;
use std::borrow::Cow;

impl Rule {
    /// The clause as a reader of this language writes it: in Chinese with full-width marks, and without a blank before %. Files
    /// keep it as the rule has it.
    pub fn clause_in(&self, lang: Lang) -> Cow<'_, str> {
        match lang {
            Lang::Zh => Cow::Owned(in_chinese(&self.clause)),
            Lang::En => Cow::Borrowed(&self.clause),
        }
    }
}

fn in_chinese(clause: &str) -> String {
    let marks = [("; ", "；"), (", ", "、"), ("(", "（"), (")", "）"), (" %", "%")];
    marks.iter().fold(clause.to_owned(), |text, (from, to)| text.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::super::Catalogue;
    use super::*;

    #[test]
    fn clauses_have_chinese_marks_in_chinese() {
        assert_eq!(in_chinese("SY 4.6, 4.9; TZ 18, 25; JS 10"), "SY 4.6、4.9；TZ 18、25；JS 10");
        assert_eq!(in_chinese("PT 二(一)4(2); BS 99 %"), "PT 二（一）4（2）；BS 99%");
        assert_eq!(in_chinese("GB/T 51346—2019; 日常工作"), "GB/T 51346—2019；日常工作");
        for rule in &Catalogue::builtin().rules {
            assert!(!rule.clause_in(Lang::Zh).contains(['(', ')', ';', ',']), "{}: {}", rule.id, rule.clause);
            assert_eq!(rule.clause_in(Lang::En), rule.clause);
        }
    }
}
