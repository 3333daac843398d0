//! Planners' own words: in their project, and in a file beside their rules.

use super::{Kind, Property, Vocabulary};
use crate::i18n::{Lang, Said, between, tr};
use crate::model::{Role, field_said};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The file of planners' own words, beside their rules.
pub const FILE: &str = "vocabulary.toml";

/// A planner's own word: what a value of a property means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// The role.
    pub role: Role,
    /// The property.
    pub property: String,
    /// As it stands in the data.
    pub value: String,
    /// The canonical term, or a class; `true` or `false`; a number. Empty: something else, which no rule asks for.
    pub is: String,
}

/// Words of planners that stand in a file of their own.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WordsFile {
    #[serde(default)]
    word: Vec<toml::Spanned<Word>>,
}

/// Why a file of words cannot be read, or a word not be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub struct WordsError {
    /// The file.
    pub file: String,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub cause: Said,
}

impl WordsError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let cause = self.cause.text(lang);
        match self.line {
            Some(line) => tr!(lang, "words.wrong_at", file = self.file, line = line, cause = cause),
            None => tr!(lang, "words.wrong", file = self.file, cause = cause),
        }
        .into_owned()
    }
}

/// The words of a file: `vocabulary.toml` beside planners' own rules. None where there is no such file.
///
/// # Errors
/// [`WordsError`]; the file is refused as a whole.
pub fn words_of(folder: &Path) -> Result<Vec<Word>, WordsError> {
    let path = folder.join(FILE);
    let wrong = |line, cause| WordsError { file: path.display().to_string(), line, cause };
    let system = |cause: &str| Said { zh: cause.to_owned(), en: cause.to_owned() };
    let text = match crate::model::small_text(&path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(wrong(None, system(&e.to_string()))),
    };
    let line = |at: usize| text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
    let file: WordsFile =
        toml::from_str(&text).map_err(|e| wrong(e.span().map(|span| line(span.start)), field_said(e.message())))?;
    for word in &file.word {
        if let Some(cause) = Vocabulary::builtin().fault_of(word.get_ref()) {
            return Err(wrong(Some(line(word.span().start)), cause));
        }
    }
    Ok(file.word.into_iter().map(toml::Spanned::into_inner).collect())
}

impl Vocabulary {
    /// The vocabulary with planners' words. One that [`Self::fault_of`] finds fault with is left out: its value stays
    /// unknown.
    pub fn with_words(&self, words: &[Word]) -> Self {
        let mut all = self.clone();
        let mut of_property: BTreeMap<_, Vec<(&str, &str)>> = BTreeMap::new();
        for word in words.iter().filter(|word| self.fault_of(word).is_none()) {
            of_property.entry((word.role, word.property.clone())).or_default().push((&word.value, &word.is));
        }
        for (key, words) in of_property {
            let Some(known) = all.properties.get(&key) else { continue };
            let own = Arc::new(known.with_words(&words));
            all.properties.insert(key, own);
        }
        all
    }

    /// Why a word cannot be used: the property or the meaning is not one that there is.
    pub fn fault_of(&self, word: &Word) -> Option<Said> {
        let Some(property) = self.property(word.role, &word.property) else {
            let mut known: Vec<&str> =
                self.properties().filter(|(role, _)| *role == word.role).map(|(_, own)| own.name.as_str()).collect();
            known.sort_unstable();
            return Some(Said::told(|lang| {
                let (role, known) = (word.role.title(lang), known.join(between(lang)));
                tr!(lang, "words.no_property", role = role, property = word.property, known = known).into_owned()
            }));
        };
        (!property.may_mean(&word.is)).then(|| property.no_meaning(&word.is))
    }
}

impl Property {
    fn no_meaning(&self, is: &str) -> Said {
        Said::told(|lang| {
            let title = self.title.text(lang);
            match self.kind {
                Kind::Terms | Kind::Truth => {
                    tr!(lang, "words.no_term", property = title, is = is, known = self.choices().join(between(lang)))
                }
                Kind::Number | Kind::Year | Kind::Date => tr!(lang, "words.no_number", property = title, is = is),
            }
            .into_owned()
        })
    }
}
