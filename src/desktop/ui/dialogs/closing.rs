//! The window is to be closed while something would be lost by it.

use super::{Dialogs, window};
use crate::i18n::{Lang, between, tr};
use crate::session::{Key, Session};
use crate::ui::context::Context;
use crate::ui::panels::status::job_text;
use crate::ui::widgets;
use eframe::egui::{self, Label};
use std::path::Path;

/// How far closing is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Closing {
    /// Nobody asks for it.
    #[default]
    No,
    /// The planner is asked what is to become of what would be lost.
    Asked,
    /// Everything is saved first, one thing after another; this one was begun last.
    Saving(Option<Before>),
    /// What is not saved is given up.
    GaveUp,
}

/// What would be lost by closing.
pub struct AtRisk<'a> {
    session: &'a Session,
    /// Pages and reports that are being written.
    writing: Vec<&'a Path>,
}

/// What is to be done before the window can be closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// A layer is to be saved.
    Save(Key),
    /// The project is to be saved.
    SaveProject,
    /// Nothing.
    Nothing,
}

impl<'a> AtRisk<'a> {
    /// Of a session, and of pages and reports that are being written.
    pub fn of(session: &'a Session, writing: Vec<&'a Path>) -> Self {
        Self { session, writing }
    }

    fn is_at_work(&self) -> bool {
        !self.writing.is_empty() || self.session.on_the_way().next().is_some()
    }

    /// True where nothing would be lost.
    pub fn is_empty(&self) -> bool {
        !self.is_at_work() && self.session.unsaved().next().is_none() && !self.session.is_project_unsaved()
    }

    /// What is at work.
    fn jobs(&self, lang: Lang) -> String {
        let writing = self.writing.iter().map(|path| crate::io::file_name(path));
        let writing = writing.map(|file| tr!(lang, "job.exporting", file = file).into_owned());
        let jobs = self.session.on_the_way().map(|job| job_text(&job.kind, lang));
        jobs.chain(writing).collect::<Vec<_>>().join(between(lang))
    }

    /// What would be lost, a line each.
    fn texts(&self, lang: Lang) -> Vec<String> {
        let layers: Vec<String> = self.session.unsaved().map(|layer| self.session.title(layer, lang)).collect();
        let mut texts = Vec::new();
        if !layers.is_empty() {
            texts.push(tr!(lang, "closing.layers", layers = layers.join(between(lang))).into_owned());
        }
        if self.is_at_work() {
            texts.push(tr!(lang, "closing.jobs", jobs = self.jobs(lang)).into_owned());
        }
        if self.session.is_project_unsaved() {
            let has_project = self.session.open_project().is_some();
            texts.push(tr!(lang, if has_project { "closing.project" } else { "closing.settings" }).into_owned());
        }
        texts
    }
}

impl Dialogs {
    /// Asks what is to become of what would be lost, before the window is closed.
    pub fn ask_to_close(&mut self) {
        self.closing = Closing::Asked;
    }

    /// True where the planner gave up what is not saved.
    pub fn may_close(&self) -> bool {
        self.closing == Closing::GaveUp
    }

    /// True where closing has the keyboard.
    pub(super) fn is_closing(&self) -> bool {
        matches!(self.closing, Closing::Asked | Closing::Saving(_))
    }

    /// The window stays open: something stood in the way of saving, or the planner went back.
    pub fn stay_open(&mut self) {
        if self.closing != Closing::GaveUp {
            self.closing = Closing::No;
        }
    }

    /// What is to be done now, where everything is saved before the window is closed; `None` too while something is at
    /// work or asked.
    pub fn before_closing(&mut self, at_risk: &AtRisk<'_>) -> Option<Before> {
        let Closing::Saving(done) = self.closing else { return None };
        if at_risk.is_at_work() || self.asks_for_a_file() {
            return None;
        }
        let next = match at_risk.session.unsaved().next() {
            Some(layer) => Before::Save(layer.key),
            None if at_risk.session.is_project_unsaved() => Before::SaveProject,
            None => Before::Nothing,
        };
        if next != Before::Nothing && done == Some(next) {
            // It was tried, and is still to be done.
            self.stay_open();
            return None;
        }
        self.closing = Closing::Saving(Some(next));
        Some(next)
    }

    pub(super) fn closing(&mut self, ctx: &egui::Context, cx: &mut Context<'_>, at_risk: &AtRisk<'_>) {
        let lang = cx.lang;
        let is_asked = self.closing == Closing::Asked;
        let (title, texts) = match self.closing {
            Closing::Asked => (tr!(lang, "closing.title"), at_risk.texts(lang)),
            Closing::Saving(_) if at_risk.is_at_work() => (
                tr!(lang, "closing.saving"),
                vec![tr!(lang, "closing.waiting", jobs = at_risk.jobs(lang)).into_owned()],
            ),
            _ => return,
        };
        if texts.is_empty() {
            // What was at work is done meanwhile: nothing is left to ask.
            self.closing = Closing::Saving(None);
            return;
        }
        let mut open = true;
        window(&title, &mut open).show(ctx, |ui| {
            ui.set_width(460.0);
            for text in texts {
                ui.add(Label::new(text).wrap());
                ui.add_space(4.0);
            }
            ui.add_space(4.0);
            widgets::actions(ui, |ui| {
                if is_asked && widgets::primary_button(ui, &tr!(lang, "closing.save"), "", true).clicked() {
                    self.closing = Closing::Saving(None);
                }
                if is_asked && widgets::secondary_button(ui, &tr!(lang, "closing.discard"), true).clicked() {
                    self.closing = Closing::GaveUp;
                    ctx.send_viewport_cmd(egui::ViewportCommand::Close);
                }
                if widgets::secondary_button(ui, &tr!(lang, "closing.stay"), true).clicked() {
                    self.closing = Closing::No;
                }
            });
        });
        if !open {
            self.stay_open();
        }
    }
}
