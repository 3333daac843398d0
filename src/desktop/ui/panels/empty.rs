//! The window with nothing open: what to do next, and the sample one click away.

use crate::i18n::{Lang, tr};
use crate::session::Command;
use crate::ui::context::Act;
use crate::ui::{icons, theme, widgets};
use eframe::egui::{self, RichText, Ui};

/// Shows what to do next.
pub fn show(ui: &mut Ui, lang: Lang, acts: &mut Vec<Act>) {
    let palette = theme::palette(ui);
    let height = ui.available_height();
    ui.vertical_centered(|ui| {
        ui.add_space((height * 0.5 - 120.0).max(16.0));
        ui.label(RichText::new(icons::MAP).font(theme::icon_font(40.0)).color(palette.quiet));
        ui.add_space(8.0);
        ui.label(RichText::new(tr!(lang, "empty.title")).font(theme::bold(18.0)).color(palette.text));
        ui.add_space(4.0);
        ui.label(RichText::new(tr!(lang, "empty.hint")).color(palette.quiet));
        ui.add_space(16.0);
        let width = 300.0_f32.min(ui.available_width());
        ui.allocate_ui_with_layout(egui::vec2(width, 32.0), egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.add_space(24.0);
            if widgets::primary_button(ui, &tr!(lang, "empty.open"), &super::keys::text(&super::keys::OPEN), true)
                .clicked()
            {
                acts.push(Act::OpenDialog);
            }
            if widgets::secondary_button(ui, &tr!(lang, "empty.sample"), true).clicked() {
                acts.push(Act::Session(Command::OpenSample));
            }
        });
    });
}
