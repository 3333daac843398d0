//! The window is to be closed while something would be lost by it.

use super::{Dialogs, window};
use crate::i18n::tr;
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
    /// Everything is saved first.
    Saving,
    /// What is not saved is given up.
    GaveUp,
}

/// What would be lost by closing.
pub struct AtRisk<'a> {
    session: &'a Session,
    /// A page or a report that is being written.
    writing: Option<&'a Path>,
}

/// What is to be done before the window can be closed.
pub enum Before {
    /// Something is at work, or a dialog is open.
    Wait,
    /// A layer is to be saved.
    Save(Key),
    /// The project is to be saved.
    SaveProject,
    /// Nothing.
    Nothing,
}

impl<'a> AtRisk<'a> {
    /// Of a session, and of a page or a report that is being written.
    pub fn of(session: &'a Session, writing: Option<&'a Path>) -> Self {
        Self { session, writing }
    }

    fn is_at_work(&self) -> bool {
        self.writing.is_some() || self.session.on_the_way().next().is_some()
    }

    /// True where nothing would be lost.
    pub fn is_empty(&self) -> bool {
        !self.is_at_work() && self.session.unsaved().next().is_none() && !self.session.is_project_unsaved()
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

    /// The window stays open: something stood in the way of saving, or the planner went back.
    pub fn stay_open(&mut self) {
        if self.closing != Closing::GaveUp {
            self.closing = Closing::No;
        }
    }

    /// What is to be done next, where everything is saved before the window is closed.
    pub fn before_closing(&self, at_risk: &AtRisk<'_>) -> Option<Before> {
        let session = at_risk.session;
        (self.closing == Closing::Saving).then(|| match session.unsaved().next() {
            _ if at_risk.is_at_work() || self.is_open() => Before::Wait,
            Some(layer) => Before::Save(layer.key),
            None if session.is_project_unsaved() => Before::SaveProject,
            None => Before::Nothing,
        })
    }

    pub(super) fn closing(&mut self, ctx: &egui::Context, cx: &mut Context<'_>, at_risk: &AtRisk<'_>) {
        if self.closing != Closing::Asked {
            return;
        }
        let lang = cx.lang;
        let layers: Vec<String> = cx.session.unsaved().map(|layer| cx.session.title(layer, lang)).collect();
        let mut jobs: Vec<String> = cx.session.on_the_way().map(|job| job_text(&job.kind, lang)).collect();
        jobs.extend(
            at_risk.writing.map(|path| tr!(lang, "job.exporting", file = crate::io::file_name(path)).into_owned()),
        );
        let mut texts = Vec::new();
        if !layers.is_empty() {
            texts.push(tr!(lang, "closing.layers", layers = layers.join("、")));
        }
        if !jobs.is_empty() {
            texts.push(tr!(lang, "closing.jobs", jobs = jobs.join("、")));
        }
        if cx.session.is_project_unsaved() {
            texts.push(tr!(lang, "closing.project"));
        }
        if texts.is_empty() {
            // What was at work is done meanwhile: nothing is left to ask.
            self.closing = Closing::Saving;
            return;
        }
        let mut open = true;
        window(&tr!(lang, "closing.title"), &mut open).show(ctx, |ui| {
            ui.set_width(460.0);
            for text in texts {
                ui.add(Label::new(text).wrap());
                ui.add_space(4.0);
            }
            ui.add_space(4.0);
            ui.horizontal(|ui| {
                if widgets::primary_button(ui, &tr!(lang, "closing.save"), "", true).clicked() {
                    self.closing = Closing::Saving;
                }
                if widgets::secondary_button(ui, &tr!(lang, "closing.discard"), true).clicked() {
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
