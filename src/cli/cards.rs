//! `cards`: one page an outlet.

use super::project::Opened;
use super::terminal::Watched;
use super::{Common, Failure};
use crate::io::save_atomically;
use crate::query::AskError;
use crate::report::{outlet_cards, timestamp};
use crate::rules::RuleInput;
use crate::rules::findings::{FILE, Findings};
use std::path::Path;

pub(super) fn run(common: &Common, project: &Path, out: &Path) -> Result<(), Failure> {
    let lang = common.lang();
    let watched = Watched::new();
    let opened = Opened::read(common, project, &watched)?;
    let findings = Findings::read(&opened.folder.join(FILE)).map_err(|e| Failure::Input(e.to_string()))?;
    let input = RuleInput::new(opened.layers).map_err(|e| Failure::Input(e.to_string()))?;
    let cards = outlet_cards(&input, &findings, &timestamp(), lang, watched.progress()).map_err(|e| match e {
        AskError::Cancelled(_) => Failure::Cancelled,
        e => Failure::Input(e.to_string()),
    })?;
    watched.begin_saving();
    Ok(save_atomically(out, |file| file.write_all(cards.as_bytes()))?)
}
