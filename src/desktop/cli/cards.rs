//! `cards`: one page an outlet.

use super::output::Output;
use super::project::{Opened, catalogue, read_findings};
use super::terminal::Watched;
use super::{Common, Failure};
use crate::io::Form;
use crate::query::AskError;
use crate::report::{local_time, outlet_cards};
use crate::rules::findings::FILE;
use crate::session::guard_of;
use std::path::Path;

pub(super) fn run(common: &Common, project: &Path, out: &Path) -> Result<(), Failure> {
    let lang = common.lang();
    let output = Output::new(common, out, &guard_of([project], common.plan.as_deref()), Form::Html)?;
    let watched = Watched::new();
    let mut opened = Opened::read(common, project, &catalogue(Some(project), lang), &watched)?;
    opened.tell(project, lang);
    let findings = read_findings(&opened.folder.join(FILE), lang)?;
    let input = opened.input()?;
    let ignored = opened.contents.ignored_text(lang);
    let cards =
        outlet_cards(&input, &findings, ignored.as_deref(), &local_time(), lang, watched.progress()).map_err(|e| {
            match e {
                AskError::Cancelled(_) => Failure::Cancelled,
                e => Failure::Input(e.to_string()),
            }
        })?;
    watched.begin_saving();
    output.write(|file| file.write_all(cards.as_bytes()))
}
