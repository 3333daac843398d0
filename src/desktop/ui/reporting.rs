//! The report of the rules that ran: put together from the session, its maps drawn, written with its workbook beside it.

use super::map::scene::Shown;
use super::map::style::Emphasis;
use super::offscreen::DrawError;
use super::paper::{Content, Pictures};
use crate::i18n::{Lang, between, semicolon, tr};
use crate::index::IndexedLayer;
use crate::io::{Guard, SaveCause, SaveError, Together};
use crate::model::Role;
use crate::progress::{Cancelled, Progress};
use crate::query::{ResultTable, meeting};
use crate::report::{Identity, NotRun, ReportFiles, RulePage, RulesReport, lacks_text, local_time, why_text};
use crate::rules::{Rule, RuleAnswer, Status, Verdict};
use crate::session::contents::Reason;
use crate::session::{RuleResult, Session};
use crate::vocabulary::Vocabulary;
use std::collections::BTreeMap;
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
    /// What it says, but for the pages.
    report: RulesReport,
    content: Content,
    results: Vec<Ran>,
    /// What the project consists of and what is left out, as it is told.
    layers: serde_json::Value,
    ignored: serde_json::Value,
}

/// A rule that ran.
struct Ran {
    answer: Arc<RuleAnswer>,
    shown: Shown,
    time: String,
    table: ResultTable,
    /// By what its matches are known by their rows.
    rows_by_key: BTreeMap<String, usize>,
    is_out_of_date: bool,
    scenario: Option<String>,
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
    /// Somebody stopped it; nothing was written.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Reporting {
    /// About every rule that ran, in the order of the catalogue, and those that did not; `content` is the map below what
    /// rules found.
    pub fn new(session: &Session, content: Content, title: Option<String>, lang: Lang) -> Self {
        let is_answered = |result: &&RuleResult| result.answer.status == Status::Answered;
        let results = session.catalogue().rules.iter().filter_map(|rule| session.rule_result(&rule.id));
        let results = results.filter(is_answered).map(|result| {
            let plain =
                Shown::plain(result.key, Arc::clone(&result.table.indexed), result.points_of, Emphasis::Verdict);
            let shown = Shown { style: Arc::clone(&result.style), ..plain };
            let (answer, table) = (Arc::clone(&result.answer), result.table.clone());
            let is_out_of_date = session.is_rule_out_of_date(result);
            let rows_by_key = result.places().clone();
            let scenario = result.scenario().map(str::to_owned);
            Ran { answer, shown, time: result.time.clone(), table, rows_by_key, is_out_of_date, scenario }
        });
        let results: Vec<Ran> = results.collect();
        let layers = session.with_roles();
        let is_there = |role: Role| layers.iter().any(|(own, _)| *own == role);
        let of_catalogue = session.catalogue().rules.iter();
        let result = |rule: &Rule| session.rule_result(&rule.id);
        let not_run = of_catalogue.filter(|rule| match result(rule) {
            Some(result) => !is_answered(&result),
            None => !rule.is_on_demand(),
        });
        let not_run = not_run.map(|rule| {
            // It was put to the layers, and they lack something.
            if let Some(result) = result(rule) {
                let why = why_text(&result.answer, session.vocabulary(), lang);
                return NotRun { rule: rule.clone(), why };
            }
            let lacks = rule.needs().into_iter().filter(|any| !any.iter().any(|role| is_there(*role)));
            let lacks: Vec<String> =
                lacks.map(|any| any.iter().map(|role| role.id()).collect::<Vec<_>>().join("|")).collect();
            let why = match lacks.is_empty() {
                true => not_asked(rule, &layers, session.vocabulary(), lang),
                false => lacks_text(&lacks, Status::MissingLayer, session.vocabulary(), lang),
            };
            NotRun { rule: rule.clone(), why }
        });
        let districts = layers
            .iter()
            .filter(|(role, _)| *role == Role::District)
            .flat_map(|(_, indexed)| indexed.layer().rows().map(|row| indexed.layer().label(row)).collect::<Vec<_>>());
        let files = session.findings_files();
        let report = RulesReport {
            title: title.unwrap_or_else(|| tr!(lang, "report.title").into_owned()),
            plan: session.plan().cloned(),
            district: districts.take(12).collect::<Vec<_>>().join(between(lang)),
            pages: Vec::new(),
            not_run: not_run.collect(),
            findings: session.findings_in(lang),
            comments: session.comments().clone(),
            findings_files: [files.read, files.elsewhere],
            comparison: session.comparison().map(|kept| Arc::clone(&kept.comparison)),
            vocabulary: Arc::clone(session.vocabulary()),
            time: local_time(),
            contents: contents(session, lang),
            layers,
            lang,
        };
        // What a rule found stands on the layers alone, not on what another found.
        let keys: Vec<_> = session.layers().iter().map(|l| l.key).collect();
        let mut content = content;
        content.shown.retain(|(what, _)| keys.contains(&what.key));
        content.zones.clear();
        let (taken, ignored) = (session.contents().layers_json(), session.contents().ignored_json());
        Self { report, content, results, layers: taken, ignored }
    }

    /// The towns of every row of an answer.
    fn towns(&self, rows: &IndexedLayer) -> BTreeMap<usize, String> {
        let mut towns: BTreeMap<usize, String> = BTreeMap::new();
        for (_, areas) in self.report.layers.iter().filter(|(role, _)| *role == Role::Town) {
            for (row, town) in meeting(rows, areas, &Progress::default()).unwrap_or_default() {
                let (of, name) = (towns.entry(row).or_default(), areas.layer().label(town));
                // A town lies in itself; its neighbours only touch it.
                let own = rows.layer().label(row);
                if name == own {
                    *of = name;
                } else if *of != own {
                    of.push_str(if of.is_empty() { "" } else { between(self.report.lang) });
                    of.push_str(&name);
                }
            }
        }
        towns
    }

    /// What was written where, and of which rules: those that ran with what they came to, and those that did not with why.
    pub fn told(&self, path: &Path) -> serde_json::Value {
        let (lang, files) = (self.report.lang, ReportFiles::of(path));
        let workbook = files.root.join(&files.workbook);
        let ran = self.results.iter().map(|Ran { answer, .. }| {
            serde_json::json!({
                "id": answer.rule.id,
                "status": answer.status,
                "missing": answer.missing,
                "features": answer.features.len(),
                "ban": answer.count(Verdict::Ban),
                "review": answer.count(Verdict::Review),
                "list": answer.count(Verdict::List),
            })
        });
        let not_run = self.report.not_run.iter().map(|one| serde_json::json!({"id": one.rule.id, "why": one.why}));
        let sum = |verdict: Verdict| self.results.iter().map(|ran| ran.answer.count(verdict)).sum::<usize>();
        serde_json::json!({
            "layers": self.layers,
            "ignored": self.ignored,
            "findings": { "read": self.report.findings_files[0], "elsewhere": self.report.findings_files[1] },
            "file": path.display().to_string(),
            "workbook": workbook.display().to_string(),
            "rules": ran.collect::<Vec<_>>(),
            "not_run": not_run.collect::<Vec<_>>(),
            "counts": {
                "rules": self.results.len(),
                "not_run": self.report.not_run.len(),
                "ban": sum(Verdict::Ban),
                "review": sum(Verdict::Review),
                "list": sum(Verdict::List),
                "findings": self.report.findings.all.len(),
            },
            "lang": lang.code(),
        })
    }

    /// Draws the maps and writes the report, and the workbook beside it; stopped, nothing of it.
    ///
    /// # Errors
    /// [`ReportError`]
    pub fn write(&self, path: &Path, progress: &Progress) -> Result<(), ReportError> {
        progress.start(self.results.len() as u64 + 1);
        let mut pages = Vec::new();
        let mut pictures = Pictures::new(MAP, self.report.lang)?;
        // All rows of every rule, in a folder beside the report. Nothing is in its place before everything is written.
        let files = ReportFiles::of(path);
        files.check(&Guard::default(), self.results.iter().map(|ran| &*ran.answer.rule.id))?;
        let mut together = Together::begin(&files.root)?;
        files.earlier_rows().into_iter().for_each(|name| together.remove(name));
        for Ran { answer, shown, time, table, rows_by_key, is_out_of_date, scenario } in &self.results {
            let has_rows = !shown.indexed.layer().is_empty();
            let name = files.rows_of(&answer.rule.id);
            if has_rows {
                together.write(&name, |out| table.write_geojson(out))?;
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
                    content.shown.push((shown.clone(), answer.rule.title.text(self.report.lang).to_owned()));
                    Some(pictures.png(&content, true)?)
                }
            };
            let layer = shown.indexed.layer();
            progress.advance(1)?;
            let mut towns = self.towns(&shown.indexed);
            let identities =
                (0..layer.len()).map(|row| Identity::of(layer, row, towns.remove(&row).unwrap_or_default())).collect();
            let role_layers = |role: Role| self.report.layers.iter().filter(move |(own, _)| *own == role);
            let left_out = answer.unused_rows().filter_map(|(role, row)| {
                role_layers(role)
                    .find_map(|(_, indexed)| (row < indexed.layer().len()).then(|| indexed.layer().label(row)))
            });
            pages.push(RulePage {
                left_out: left_out.collect(),
                answer: RuleAnswer::clone(answer),
                rows: layer.as_ref().clone(),
                identities,
                rows_by_key: rows_by_key.clone(),
                is_out_of_date: *is_out_of_date,
                scenario: scenario.clone(),
                map,
                time: time.clone(),
                file: has_rows.then(|| format!("{}/{}.geojson", files.rows.display(), answer.rule.id)),
            });
        }
        let report = RulesReport { pages, ..self.report.clone() };
        let (workbook, told) = report.workbook().map_err(|e| SaveError {
            file: files.root.join(&files.workbook).display().to_string(),
            cause: SaveCause::System(e.to_string()),
        })?;
        together.write(&files.workbook, |out| out.write_all(&workbook))?;
        together.write(&files.document, |out| out.write_all(report.html(&told).as_bytes()))?;
        progress.advance(1)?;
        Ok(together.commit()?)
    }
}

/// What the open layers come from: files with their roles and why, and those that are left out.
fn contents(session: &Session, lang: Lang) -> Vec<[String; 3]> {
    let mut rows = Vec::new();
    for open in session.layers() {
        let file = open.layer().source.file_name.clone();
        let known = session.contents().layers.iter().find(|taken| taken.file == file);
        let roles = session.roles_of(open);
        let reason = match known.filter(|taken| taken.role == open.role || taken.role.is_none()) {
            Some(taken) => taken.reason.text(lang),
            None if roles.is_empty() => {
                let why = session.contents().ignored.iter().find(|ignored| ignored.file == file);
                let why = why.filter(|_| open.is_apart).map(|ignored| ignored.why.text(lang));
                why.unwrap_or_else(|| tr!(lang, "contents.no_role").into_owned())
            }
            None if open.role.is_none() => Reason::National.text(lang),
            None if open.role == open.layer().guessed_role => {
                let by = open.role.map(|role| open.layer().guessed_by(role));
                by.map(|by| Reason::Guessed(by).text(lang)).unwrap_or_default()
            }
            None => tr!(lang, "contents.by_hand").into_owned(),
        };
        let titles: Vec<&str> = roles.into_iter().map(|role| role.title(lang)).collect();
        let titles =
            if titles.is_empty() { tr!(lang, "contents.not_counted").into_owned() } else { titles.join(between(lang)) };
        rows.push([file, titles, reason]);
    }
    for ignored in &session.contents().ignored {
        if !rows.iter().any(|[file, ..]| *file == ignored.file) {
            let left_out = tr!(lang, "contents.not_counted").into_owned();
            rows.push([ignored.file.clone(), left_out, ignored.why.text(lang)]);
        }
    }
    rows
}

/// Why a rule that has its layers did not run: nobody asked it to; and which columns that it reads none of the layers has.
fn not_asked(rule: &Rule, layers: &[(Role, Arc<IndexedLayer>)], vocabulary: &Vocabulary, lang: Lang) -> String {
    let mut lacks: Vec<String> = Vec::new();
    for role in rule.roles() {
        let of_role = layers.iter().filter(|(own, _)| *own == role).map(|(_, indexed)| indexed.layer());
        let files: Vec<_> = of_role.filter(|layer| !layer.is_empty()).collect();
        if files.is_empty() {
            continue;
        }
        for column in rule.columns_read_of(role) {
            let called = format!("{}.{column}", role.id());
            let is_there = files.iter().any(|layer| layer.attributes.column(&column).is_some());
            if !is_there && !lacks.contains(&called) {
                lacks.push(called);
            }
        }
    }
    let not_asked = tr!(lang, "report.not_asked").into_owned();
    match lacks.is_empty() {
        true => not_asked,
        false => {
            format!("{not_asked}{}{}", semicolon(lang), lacks_text(&lacks, Status::NeedsInput, vocabulary, lang))
        }
    }
}
