//! What ended sessions left unsaved: offered at the start, layer by layer.

use super::context::Context;
use super::dialogs::window;
use super::{theme, widgets};
use crate::i18n::{count, tr};
use crate::session::Command;
use crate::session::journal::Left;
use eframe::egui::{self, Label, RichText};

/// Journals that are offered.
#[derive(Default)]
pub struct Recovery {
    left: Vec<Left>,
}

impl Recovery {
    /// Offers journals.
    pub fn offer(&mut self, left: Vec<Left>) {
        self.left = left;
    }

    /// True while something is offered.
    pub fn is_open(&self) -> bool {
        !self.left.is_empty()
    }

    /// Shows the offer.
    pub fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>) {
        if self.left.is_empty() {
            return;
        }
        let lang = cx.lang;
        let mut open = true;
        window(&tr!(lang, "recovery.title"), &mut open).show(ctx, |ui| {
            ui.set_width(460.0);
            ui.add(Label::new(tr!(lang, "recovery.text")).wrap());
            ui.add_space(8.0);
            for layer in self.left.iter().flat_map(|left| &left.layers) {
                ui.horizontal(|ui| {
                    ui.label(RichText::new(&layer.name).font(theme::bold(theme::BODY)));
                    widgets::quiet(ui, tr!(lang, "recovery.rows", n = count(layer.rows.len())));
                });
                if let Some(file) = &layer.file {
                    widgets::quiet(ui, file.display().to_string());
                }
            }
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                if widgets::primary_button(ui, &tr!(lang, "recovery.take"), "", true).clicked() {
                    for left in self.left.drain(..) {
                        cx.command(Command::Recover(Box::new(left)));
                    }
                }
                if widgets::secondary_button(ui, &tr!(lang, "recovery.drop"), true).clicked() {
                    self.left.drain(..).for_each(|left| left.remove());
                }
                if widgets::secondary_button(ui, &tr!(lang, "recovery.later"), true).clicked() {
                    self.left.clear();
                }
            });
        });
        if !open {
            self.left.clear();
        }
    }
}
