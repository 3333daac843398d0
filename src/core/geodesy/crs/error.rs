//! Why a coordinate system cannot be used.

use super::system::SecretDatum;
use crate::i18n::{Lang, Said, tr};

/// Why a coordinate system cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("coordinate system '{name}' is not known: {cause}")]
pub struct CrsError {
    /// The name as given; of a long definition, the name in it.
    pub name: String,
    /// Why, in English.
    pub cause: String,
    /// Why and what to do, in both languages.
    pub said: Said,
}

impl CrsError {
    pub(super) fn new(name: &str, said: Refusal) -> Self {
        Self { name: short(name), cause: said.en.clone(), said }
    }
}

/// Why a definition is refused, and what to do.
pub(super) type Refusal = Said;

/// What is said in both languages.
pub(super) fn refusal<T: Into<String>>(say: impl Fn(Lang) -> T) -> Refusal {
    Said::told(|lang| say(lang).into())
}

/// What a datum wants before it can be used.
pub(super) fn wanted(datum: SecretDatum) -> Refusal {
    match datum {
        SecretDatum::Xian80 => refusal(|lang| tr!(lang, "format.crs.xian80")),
        SecretDatum::Beijing54 => refusal(|lang| tr!(lang, "format.crs.beijing54")),
        SecretDatum::Other => refusal(|lang| tr!(lang, "format.crs.secret")),
    }
}

/// A name that fits in a sentence: of a definition, its first quoted text.
fn short(name: &str) -> String {
    const LONG: usize = 160;
    if name.chars().count() <= LONG {
        return name.to_owned();
    }
    let quoted = name_in(name).filter(|q| q.chars().count() <= LONG);
    quoted.map_or_else(|| name.chars().take(LONG).chain(['…']).collect(), str::to_owned)
}

/// What a definition in WKT calls itself.
pub(super) fn name_in(text: &str) -> Option<&str> {
    text.split_once("[\"")?.1.split('"').next().filter(|name| !name.trim().is_empty())
}
