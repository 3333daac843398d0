//! Choices about edits that might be lost, and the list of keys.

use super::{Dialogs, scroll_list, window};
use crate::i18n::{Lang, text_of, tr};
use crate::query::{Dissolve, Question};
use crate::session::Command;
use crate::ui::context::{Act, Context};
use crate::ui::panels::keys;
use crate::ui::{theme, widgets};
use eframe::egui::{self, Label, Layout, RichText};
use std::path::PathBuf;

/// What would need less: only what can be done about this.
fn ways_key(command: &Command) -> &'static str {
    match command {
        Command::Ask(Question::Buffer { dissolve: Dissolve::Each, .. } | Question::Within { .. }, _)
        | Command::Buffer(..) => "memory.ways_distance",
        Command::Ask(Question::Buffer { .. }, _) => "memory.ways",
        Command::Ask(Question::Gaps { .. }, _) => "memory.ways_radius",
        Command::RunRules(..) => "memory.ways_rules",
        Command::Open(paths, _) if is_read_in_part(paths) => "memory.ways_part",
        Command::Open(..) => "memory.ways_open",
        _ => "memory.ways_filter",
    }
}

/// Files of which a part can be read.
fn is_read_in_part(paths: &[PathBuf]) -> bool {
    paths.iter().all(|path| crate::io::is_read_in_part(path))
}

impl Dialogs {
    /// Choices about edits that might be lost.
    pub(super) fn choices(&mut self, ctx: &egui::Context, cx: &mut Context<'_>) {
        let lang = cx.lang;
        if let Some(layer) = self.overtaken.and_then(|key| cx.session.layer(key)) {
            let (key, path) = (layer.key, layer.path.clone().unwrap_or_default());
            let mut open = true;
            window(&tr!(lang, "overtaken.title"), &mut open).show(ctx, |ui| {
                ui.set_width(460.0);
                ui.add(Label::new(tr!(lang, "overtaken.text", file = crate::io::file_name(&path))).wrap());
                widgets::actions(ui, |ui| {
                    if widgets::primary_button(ui, &tr!(lang, "overtaken.both"), "", true).clicked() {
                        cx.command(Command::Open(vec![path.clone()], None));
                        self.overtaken = None;
                    }
                    if widgets::secondary_button(ui, &tr!(lang, "overtaken.theirs"), true).clicked() {
                        cx.command(Command::Reload(key));
                        self.overtaken = None;
                    }
                    if widgets::secondary_button(ui, &tr!(lang, "menu.save_as"), true).clicked() {
                        cx.acts.push(Act::SaveAs(key));
                        self.overtaken = None;
                    }
                    if widgets::secondary_button(ui, &tr!(lang, "overtaken.mine"), true).clicked() {
                        cx.command(Command::Save { layer: key, path, over: true });
                        self.overtaken = None;
                    }
                });
            });
            if !open {
                self.overtaken = None;
            }
        }
    }

    /// Whether something is to be done that needs more memory than the program takes by itself.
    pub(super) fn memory(&mut self, ctx: &egui::Context, cx: &mut Context<'_>) {
        let lang = cx.lang;
        let Some((command, why)) = &self.too_large else { return };
        let (mut open, mut done) = (true, false);
        window(&tr!(lang, "memory.title"), &mut open).show(ctx, |ui| {
            ui.set_width(460.0);
            ui.add(Label::new(why.message(lang)).wrap());
            ui.add_space(4.0);
            ui.add(Label::new(text_of(lang, ways_key(command))).wrap());
            widgets::actions(ui, |ui| {
                if widgets::primary_button(ui, &tr!(lang, "menu.cancel"), "", true).clicked() {
                    done = true;
                }
                if let Command::Open(paths, crs) = command
                    && is_read_in_part(paths)
                    && widgets::secondary_button(ui, &tr!(lang, "memory.in_view"), true).clicked()
                {
                    cx.acts.push(Act::OpenInView(paths.clone(), crs.clone()));
                    done = true;
                }
                if widgets::secondary_button(ui, &tr!(lang, "memory.go_on"), true).clicked() {
                    cx.command(Command::Anyway(Box::new(command.clone())));
                    done = true;
                }
            });
        });
        if done || !open {
            self.too_large = None;
        }
    }

    pub(super) fn help(&mut self, ctx: &egui::Context, lang: Lang) {
        if !self.help {
            return;
        }
        window(&tr!(lang, "menu.shortcuts"), &mut self.help).show(ctx, |ui| {
            ui.set_width(360.0);
            let palette = theme::palette(ui);
            let room = ui.ctx().content_rect().height() - 280.0;
            scroll_list(room).show(ui, |ui| {
                for (key, shortcut) in keys::ALL {
                    ui.horizontal(|ui| {
                        ui.label(tr!(lang, key));
                        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                            ui.label(RichText::new(keys::text(&shortcut)).color(palette.quiet));
                        });
                    });
                }
            });
            ui.separator();
            widgets::quiet(ui, tr!(lang, "keys.map"));
            widgets::quiet(ui, tr!(lang, "keys.map_clicks"));
        });
    }
}
