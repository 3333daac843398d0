//! The coordinate system beside a shapefile: the text of its `.prj`.

use super::super::archive::refusal;
use super::super::dbase::is_page;
use super::super::{FormatError, Input, Note};
use crate::i18n::{Said, tr};
use encoding_rs::{Encoding, GB18030};

/// A definition is a few thousand characters; what is longer is something else.
const LENGTH: usize = 1 << 16;

/// The text of the `.prj` file, without a byte order mark, zeros and spaces around it; `None` where there is none,
/// it is empty, or it is a web page (which is said).
///
/// # Errors
/// Where it cannot be read.
pub(super) fn read(input: &Input, notes: &mut Vec<Note>) -> Result<Option<String>, FormatError> {
    let Some(file) = input.sibling("prj").map_err(refusal)? else { return Ok(None) };
    let bytes = file.stretch(0, LENGTH + 1)?;
    let text = match (Encoding::for_bom(&bytes), std::str::from_utf8(&bytes)) {
        (Some((encoding, _)), _) => encoding.decode_with_bom_removal(&bytes).0.into_owned(),
        (None, Ok(text)) => text.to_owned(),
        (None, Err(_)) => GB18030.decode_without_bom_handling(&bytes).0.into_owned(),
    };
    let text = text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\0' | '\u{feff}' | '\u{1a}'));
    if is_page(text) || bytes.len() > LENGTH {
        let said = Said::told(|lang| tr!(lang, "format.shapefile.prj_is_page").into_owned());
        notes.push(Note { row: None, said, kind: "format.shapefile.prj_is_page", is_doubt: true });
        return Ok(None);
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}
