//! Pages, reports and cards that are written beside the interface, each until it is done or stopped.

use super::Workbench;
use crate::geodesy::LonLatBox;
use crate::io::{SaveCause, SaveError, save_atomically};
use crate::progress::Progress;
use crate::query::AskError;
use crate::query::construct::layer_of;
use crate::report::inspection_page;
use crate::rules::RuleInput;
use crate::session::{Command, JobKind, Key, Session};
use crate::ui::context::InspectionForm;
use crate::ui::dialogs::AtRisk;
use crate::ui::later::Later;
use crate::ui::map::scene::Shown;
use crate::ui::map::style::Emphasis;
use crate::ui::paper::{self, Content};
use crate::ui::reporting::{ReportError, Reporting};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A page or a report that is being written.
pub(super) struct Writing {
    pub(super) path: PathBuf,
    pub(super) later: Later<Result<(), ReportError>>,
    pub(super) progress: Arc<Progress>,
}

/// What would be lost by closing: with `next` a report that waits to be written.
pub(super) fn at_risk<'a>(session: &'a Session, printing: &'a [Writing], next: Option<&'a Path>) -> AtRisk<'a> {
    AtRisk::of(session, printing.iter().map(|one| one.path.as_path()).chain(next).collect())
}

impl Workbench {
    /// Begins to write a file; the status bar says so, with how far it is and a way to stop it.
    fn write(&mut self, path: PathBuf, work: impl FnOnce(&Progress) -> Result<(), ReportError> + Send + 'static) {
        let progress = Arc::new(Progress::default());
        let own = Arc::clone(&progress);
        let later = Later::start(&self.ctx, move || work(&own));
        self.printing.push(Writing { path, later, progress });
        self.ctx.request_repaint();
    }

    /// Asks what is being written to stop: of none of it a part is left.
    pub(super) fn stop_writing(&mut self) {
        self.report_after = None;
        self.printing.iter().for_each(|one| one.progress.cancel());
    }

    /// The ground of what is selected, where something that has a place is.
    pub(super) fn selected_bounds(&self) -> Option<LonLatBox> {
        let selection = &self.looking.selection;
        let layer = self.session.indexed(selection.key()?)?.layer();
        let rows = selection.rows().iter().filter(|row| **row < layer.len());
        let bounds = rows.fold(LonLatBox::EMPTY, |all, row| all.union(layer.geometries.bounds(*row)));
        (!bounds.is_empty()).then_some(bounds)
    }

    /// Writes the report of the rules that ran. Those whose answers are out of date run again before it is written.
    pub(super) fn report_to(&mut self, path: PathBuf) {
        let stale = self.session.rules_out_of_date();
        if !stale.is_empty() {
            self.session.execute(Command::RunRules(stale, self.settings.lang));
            self.report_after = Some(path);
            return;
        }
        self.write_report(path);
    }

    /// Writes the report that waited for rules, once they have run. What could not be brought up to date is marked in it.
    pub(super) fn collect_report(&mut self) {
        let is_ruling = self.session.jobs().iter().any(|job| matches!(job.kind, JobKind::Ruling(_)));
        if let Some(path) = self.report_after.take_if(|_| !is_ruling) {
            self.write_report(path);
        }
    }

    fn write_report(&mut self, path: PathBuf) {
        let order = Reporting::new(&self.session, self.content(None), None, self.settings.lang);
        let to = path.clone();
        self.write(path, move |progress| order.write(&to, progress));
    }

    /// Writes a page an outlet beside the interface.
    pub(super) fn cards_to(&mut self, path: PathBuf) {
        let (layers, findings) = (self.session.with_roles(), self.session.findings_in(self.settings.lang));
        let vocabulary = std::sync::Arc::clone(self.session.vocabulary());
        let (lang, to) = (self.settings.lang, path.clone());
        let ignored = self.session.contents().ignored_text(lang);
        self.write(path, move |progress| {
            let failed = |cause: String| SaveError { file: to.display().to_string(), cause: SaveCause::System(cause) };
            let input = RuleInput::with_vocabulary(layers, vocabulary);
            let time = crate::report::local_time();
            let cards = crate::report::outlet_cards(&input, &findings, ignored.as_deref(), &time, lang, progress);
            let cards = cards.map_err(|e| match e {
                AskError::Cancelled(stopped) => ReportError::from(stopped),
                e => ReportError::from(failed(e.to_string())),
            })?;
            Ok(save_atomically(&to, |out| out.write_all(cards.as_bytes()))?)
        });
    }

    /// Writes what was inspected beside the interface: the zone and what lies in it, or a page with its map.
    pub(super) fn inspection_to(&mut self, form: InspectionForm, path: PathBuf) {
        let Some(inspected) = self.session.inspection() else { return };
        let (found, layers) = (Arc::clone(&inspected.found), self.session.with_roles());
        let Some(zone) = layer_of(&inspected.zone) else { return };
        let (unit, lang) = (self.settings.area_unit, self.settings.lang);
        let bounds = inspected.zone.bounds();
        let around = bounds.padded(crate::geodesy::distance_m(bounds.min, bounds.max) * 0.25);
        let mut content = Content { bounds: around, ..self.content(None) };
        let drawn = Shown::plain(Key::default(), Arc::new(zone), None, Emphasis::Chosen);
        let zone = Arc::clone(&drawn.indexed);
        content.shown.push((drawn, String::new()));
        let to = path.clone();
        self.write(path, move |progress| {
            let time = crate::report::timestamp();
            match form {
                InspectionForm::GeoJson => save_atomically(&to, |out| found.write_geojson(&zone, &layers, &time, out))?,
                InspectionForm::Page => {
                    // A page without a map is better than none.
                    let map = paper::picture(&content, (800, 480), lang).ok();
                    let page = inspection_page(&found, &layers, unit, map.as_deref(), &time, lang);
                    progress.advance(1)?;
                    save_atomically(&to, |out| out.write_all(page.as_bytes()))?;
                }
            }
            Ok(())
        });
    }

    /// Draws the page beside the interface.
    pub(super) fn print_to(&mut self, path: PathBuf) {
        let content = self.content(self.print.scale);
        let content = self.print.extent.of(content);
        let comments = self.printed_comments();
        let content = Content { under: self.under(), comments, ..content };
        let (paper, lang) = (self.settings.paper.clone(), self.settings.lang);
        self.print.close();
        let to = path.clone();
        let series = self.print.series.map(|of| paper::series::series(&self.session, of));
        self.write(path, move |progress| {
            if let Some(series) = series.filter(|series| !series.sheets.is_empty()) {
                return paper::series::write(&paper, &content, &series, lang, &to, progress);
            }
            let bytes = paper::draw(&paper, &content, lang, paper::Format::of(&to))?;
            progress.advance(1)?;
            Ok(save_atomically(&to, |out| out.write_all(&bytes))?)
        });
    }
}
