//! The report of the rules that ran: put together from the session, its maps drawn, written with its workbook beside it.

use super::map::scene::Shown;
use super::offscreen::DrawError;
use super::paper::{Content, Pictures};
use crate::i18n::{Lang, tr};
use crate::io::{SaveCause, SaveError, save_atomically};
use crate::model::Role;
use crate::report::{RulePage, rules_report, rules_workbook, timestamp};
use crate::rules::{RoleLayers, RuleAnswer};
use crate::session::Session;
use std::path::Path;
use std::sync::Arc;

/// Size of a map in the report, points.
const MAP: (u32, u32) = (800, 440);

/// What lies below what a rule found, whatever it read: enough to know where one is.
const GROUND: [Role; 5] = [Role::District, Role::Town, Role::WaterBody, Role::Shoreline, Role::River];
/// A map shows so much round what was found, at least; metres.
const LEAST_M: f64 = 600.0;

/// Everything that a report is made of, apart from the session: it is written on another thread.
pub struct Reporting {
    title: String,
    lang: Lang,
    layers: RoleLayers,
    content: Content,
    results: Vec<Ran>,
}

/// A rule that ran.
struct Ran {
    answer: Arc<RuleAnswer>,
    shown: Shown,
    time: String,
    geojson: Arc<Vec<u8>>,
}

/// Why a report was not written.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReportError {
    /// A file could not be written.
    #[error(transparent)]
    Save(#[from] SaveError),
    /// Nothing can be drawn.
    #[error(transparent)]
    Draw(#[from] DrawError),
}

impl Reporting {
    /// About every rule that ran, in the order of the catalogue; `content` is the map below what rules found.
    pub fn new(session: &Session, content: Content, title: Option<String>, lang: Lang) -> Self {
        let results = session.catalogue().rules.iter().filter_map(|rule| session.rule_result(&rule.id));
        let results = results.map(|result| {
            let plain = Shown::plain(result.key, Arc::clone(&result.indexed), None, super::map::style::Emphasis::Plain);
            let shown = Shown { style: Arc::clone(&result.style), ..plain };
            let (answer, geojson) = (Arc::clone(&result.answer), Arc::clone(&result.geojson));
            Ran { answer, shown, time: result.time.clone(), geojson }
        });
        let title = title.unwrap_or_else(|| tr!(lang, "report.title").into_owned());
        // What a rule found stands on the layers alone, not on what another found.
        let keys: Vec<_> = session.layers().iter().map(|l| l.key).collect();
        let mut content = content;
        content.shown.retain(|(what, _)| keys.contains(&what.key));
        Self { title, lang, layers: session.with_roles(), content, results: results.collect() }
    }

    /// Draws the maps and writes the report, and the workbook beside it.
    ///
    /// # Errors
    /// [`ReportError`]
    pub fn write(&self, path: &Path) -> Result<(), ReportError> {
        let mut pages = Vec::new();
        let mut pictures = Pictures::new(MAP)?;
        // All rows of every rule, in a folder beside the report.
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let folder = path.with_file_name(format!("{stem}_files"));
        let system = |file: &Path, cause: String| SaveError {
            file: file.display().to_string(),
            cause: SaveCause::System(cause),
        };
        std::fs::create_dir_all(&folder).map_err(|e| system(&folder, e.to_string()))?;
        for Ran { answer, shown, time, geojson } in &self.results {
            let has_rows = !shown.indexed.layer().is_empty();
            let name = format!("{}.geojson", answer.rule.id);
            if has_rows {
                save_atomically(&folder.join(&name), |out| out.write_all(geojson))?;
            }
            // What has no place has no map.
            let map = match shown.indexed.layer().bounds.is_empty() {
                true => None,
                false => {
                    let mut content = self.content.clone();
                    let roles = answer.rule.roles();
                    let is_read = |what: &Shown| what.role.is_some_and(|r| GROUND.contains(&r) || roles.contains(&r));
                    content.shown.retain(|(what, _)| is_read(what));
                    let found = shown.indexed.layer().bounds;
                    if !found.is_empty() {
                        let across_m = crate::geodesy::distance_m(found.min, found.max);
                        content.bounds = found.padded((across_m * 0.12).max(LEAST_M));
                    }
                    content.shown.push((shown.clone(), String::new()));
                    Some(pictures.png(&content)?)
                }
            };
            pages.push(RulePage {
                answer: RuleAnswer::clone(answer),
                rows: shown.indexed.layer().as_ref().clone(),
                map,
                time: time.clone(),
                file: has_rows.then(|| format!("{stem}_files/{name}")),
            });
        }
        let html = rules_report(&self.title, &pages, &self.layers, &timestamp(), self.lang);
        let beside = path.with_extension("xlsx");
        let failed = |e: rust_xlsxwriter::XlsxError| SaveError {
            file: beside.display().to_string(),
            cause: SaveCause::System(e.to_string()),
        };
        let workbook = rules_workbook(&pages, self.lang).map_err(failed)?;
        save_atomically(path, |out| out.write_all(html.as_bytes()))?;
        Ok(save_atomically(&beside, |out| out.write_all(&workbook))?)
    }
}
