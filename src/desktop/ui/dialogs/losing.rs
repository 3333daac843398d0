//! A layer is to be saved into a file whose format does not hold all of it: what would be lost is told before, once for the same.

use super::{scroll_list, window};
use crate::i18n::{Said, count, tr};
use crate::io::{SaveCause, SaveError, file_name};
use crate::session::{Command, Key};
use crate::ui::context::{Act, Context};
use crate::ui::{theme, widgets};
use eframe::egui::{self, Label, RichText};
use std::path::PathBuf;

/// What is asked, and what was agreed to.
#[derive(Default)]
pub struct Losing {
    asked: Option<(Key, PathBuf, Vec<Said>)>,
    agreed: Vec<(Key, Vec<Said>)>,
}

impl Losing {
    /// True where something is asked.
    pub fn is_open(&self) -> bool {
        self.asked.is_some()
    }

    /// Asks whether a layer is saved though that loses something; what was agreed to before is done at once.
    pub fn ask(&mut self, layer: Key, e: SaveError) -> Option<Command> {
        let SaveCause::Loses(losses) = e.cause else { return None };
        let path = PathBuf::from(e.file);
        if self.agreed.iter().any(|(key, agreed)| *key == layer && losses.iter().all(|said| agreed.contains(said))) {
            return Some(Command::SaveLossy(layer, path));
        }
        self.asked = Some((layer, path, losses));
        None
    }

    /// Shows what is asked.
    pub fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>) {
        let lang = cx.lang;
        let Some((layer, path, losses)) = self.asked.clone() else { return };
        let (mut open, mut done) = (true, false);
        window(&tr!(lang, "losing.title"), &mut open).show(ctx, |ui| {
            ui.set_width(480.0);
            let text = tr!(lang, "losing.text", file = file_name(&path), n = count(losses.len()));
            ui.add(Label::new(text).wrap());
            scroll_list(220.0).show(ui, |ui| {
                for said in &losses {
                    let text = RichText::new(said.text(lang)).size(theme::SMALL).color(theme::palette(ui).review.0);
                    ui.add(Label::new(text).wrap());
                }
            });
            widgets::actions(ui, |ui| {
                if widgets::primary_button(ui, &tr!(lang, "losing.save"), "", true).clicked() {
                    self.agreed.push((layer, losses.clone()));
                    cx.command(Command::SaveLossy(layer, path.clone()));
                    done = true;
                }
                if widgets::secondary_button(ui, &tr!(lang, "export.open"), true).clicked() {
                    cx.acts.push(Act::ExportAsDialog(layer));
                    done = true;
                }
                if widgets::secondary_button(ui, &tr!(lang, "menu.cancel"), true).clicked() {
                    done = true;
                }
            });
        });
        if done || !open || ctx.input(|i| i.key_pressed(egui::Key::Escape)) {
            self.asked = None;
        }
    }
}
