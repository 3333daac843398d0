//! Texts as they are gathered: line ends, references, and what is doubtful about them.

use super::entities::{Entities, Taken};
use super::refusal;
use crate::i18n::{Said, tr};
use crate::io::formats::{FormatError, Note};

/// What was doubtful since it was last asked.
#[derive(Debug, Default)]
pub(super) struct Doubts {
    /// A reference that the file does not define, and how it was taken.
    pub(super) entity: Option<(String, Taken)>,
    /// An ampersand stands alone.
    pub(super) ampersand: bool,
    /// Tags stand in a text.
    pub(super) markup: bool,
}

impl Doubts {
    /// Gives a note of each, for a row.
    pub(super) fn tell(self, row: Option<usize>, mut give: impl FnMut(Note)) {
        if let Some((name, taken)) = self.entity {
            let said = Said::told(|lang| match taken {
                Taken::Html => tr!(lang, "format.xml.entity_of_html", name = name).into_owned(),
                _ => tr!(lang, "format.xml.entity_unknown", name = name).into_owned(),
            });
            let kind = if taken == Taken::Html { "format.xml.entity_of_html" } else { "format.xml.entity_unknown" };
            give(Note { row, said, kind, is_doubt: taken != Taken::Html });
        }
        if self.ampersand {
            let said = Said::told(|lang| tr!(lang, "format.xml.ampersand").into_owned());
            give(Note { row, said, kind: "format.xml.ampersand", is_doubt: false });
        }
        if self.markup {
            let said = Said::told(|lang| tr!(lang, "format.xml.markup").into_owned());
            give(Note { row, said, kind: "format.xml.markup", is_doubt: false });
        }
    }
}

/// Appends a text, line ends as XML has them.
pub(super) fn append(piece: &str, text: &mut String) {
    if memchr::memchr(b'\r', piece.as_bytes()).is_none() {
        text.push_str(piece);
        return;
    }
    for (at, line) in piece.split('\r').enumerate() {
        let line = if at > 0 {
            text.push('\n');
            line.strip_prefix('\n').unwrap_or(line)
        } else {
            line
        };
        text.push_str(line);
    }
}

/// Appends what a reference stands for.
pub(super) fn resolve(
    entities: &mut Entities,
    doubts: &mut Doubts,
    name: &str,
    text: &mut String,
) -> Result<(), FormatError> {
    match entities.resolve(name, text) {
        Taken::Standard => Ok(()),
        Taken::TooMuch => Err(refusal::entities()),
        taken => {
            if doubts.entity.as_ref().is_none_or(|(_, before)| *before == Taken::Html) {
                doubts.entity = Some((name.chars().take(40).collect(), taken));
            }
            Ok(())
        }
    }
}
