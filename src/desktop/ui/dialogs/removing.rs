//! A layer is to be removed of which something is in no file; a layer is to be called otherwise.

use super::{Dialogs, window};
use crate::i18n::tr;
use crate::session::{Change, Command};
use crate::ui::context::{Act, Context};
use crate::ui::widgets;
use eframe::egui::{self, Key, Label, WidgetInfo};

impl Dialogs {
    /// Whether a layer is to go though no file holds all of it.
    pub(super) fn removing(&mut self, ctx: &egui::Context, cx: &mut Context<'_>) {
        let lang = cx.lang;
        let Some(layer) = self.removing.and_then(|key| cx.session.layer(key)) else {
            self.removing = None;
            return;
        };
        let (key, title) = (layer.key, cx.session.title(layer, lang));
        let text = if layer.is_unsaved() { "removing.unsaved" } else { "removing.no_file" };
        let (mut open, mut done) = (true, false);
        window(&tr!(lang, "removing.title", layer = title), &mut open).show(ctx, |ui| {
            ui.set_width(460.0);
            ui.add(Label::new(tr!(lang, text, layer = title)).wrap());
            widgets::actions(ui, |ui| {
                if widgets::primary_button(ui, &tr!(lang, "menu.save_as"), "", true).clicked() {
                    cx.acts.push(Act::SaveAs(key));
                    done = true;
                }
                if widgets::secondary_button(ui, &tr!(lang, "removing.remove"), true).clicked() {
                    cx.command(Command::Change(Change::Remove(key)));
                    done = true;
                }
                if widgets::secondary_button(ui, &tr!(lang, "removing.keep"), true).clicked() {
                    done = true;
                }
            });
        });
        if done || !open {
            self.removing = None;
        }
    }

    /// What a layer is to be called.
    pub(super) fn renaming(&mut self, ctx: &egui::Context, cx: &mut Context<'_>) {
        let lang = cx.lang;
        let Some((key, name)) = &mut self.renaming else { return };
        let key = *key;
        let Some(layer) = cx.session.layer(key) else {
            self.renaming = None;
            return;
        };
        let (mut open, mut call) = (true, None);
        window(&tr!(lang, "renaming.title", layer = cx.session.title(layer, lang)), &mut open).show(ctx, |ui| {
            ui.set_width(420.0);
            let label = tr!(lang, "renaming.name");
            let field = ui.add(widgets::field(name).hint_text(layer.own_name()));
            field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*label));
            if std::mem::take(&mut self.focus) {
                field.request_focus();
            }
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
            widgets::quiet(ui, tr!(lang, "renaming.hint"));
            let call_it =
                |ui: &mut egui::Ui| widgets::primary_button(ui, &tr!(lang, "renaming.call"), "", true).clicked();
            if widgets::actions(ui, call_it) || entered {
                call = Some(Some(name.trim().to_owned()).filter(|name| !name.is_empty()));
            }
        });
        if let Some(title) = &call {
            cx.command(Command::Change(Change::Rename(key, title.clone())));
        }
        if call.is_some() || !open {
            self.renaming = None;
        }
    }
}
