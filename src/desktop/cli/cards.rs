//! `cards`: one page an outlet.

use super::findings::{read_findings, taken_on};
use super::output::Output;
use super::project::{Opened, catalogue};
use super::terminal::Watched;
use super::{Common, Failure, say};
use crate::io::Form;
use crate::query::AskError;
use crate::report::{local_time, outlet_cards};
use crate::rules::findings::FILE;
use crate::session::{FindingsFiles, guard_of};
use std::path::Path;

pub(super) fn run(common: &Common, project: &Path, given: Option<&Path>, out: &Path) -> Result<(), Failure> {
    let lang = common.lang();
    let guard = guard_of([project], common.plan.as_deref()).and(given.map(Path::to_owned));
    let output = Output::new(common, out, &guard, Form::Html)?;
    let watched = Watched::new();
    let mut opened = Opened::read(common, project, &catalogue(Some(project), lang), &watched)?;
    opened.tell(project, lang);
    let (findings, read) = taken_on(read_findings(&opened.folder.join(FILE), lang)?, given, lang)?;
    let read = [vec![opened.folder.join(FILE)], read].concat();
    FindingsFiles::of(&opened.folder, &read).told(lang).iter().for_each(say::warn);
    let input = opened.input();
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
