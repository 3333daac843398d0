//! The tabs of the right panel.

use crate::i18n::{Lang, tr};
use crate::ui::context::Tab;
use crate::ui::{theme, widgets};
use eframe::egui::{self, Ui};

/// The tabs with the keys of their titles.
pub const TABS: [(Tab, &str); 7] = [
    (Tab::Ask, "ask.title"),
    (Tab::Inspect, "inspect.title"),
    (Tab::Rules, "rules.title"),
    (Tab::Findings, "findings.title"),
    (Tab::Targets, "targets.title"),
    (Tab::Scenarios, "scenario.title"),
    (Tab::Comments, "comment.title"),
];

/// The size of the titles, and what stands between them.
const SIZE: f32 = 14.0;
const BETWEEN: f32 = 14.0;
/// The same where they need two lines.
const SMALLER: f32 = 13.0;

/// Shows the tabs; a click changes the one shown. Where they have no room beside one another they stand in two lines.
pub fn show(ui: &mut Ui, tab: &mut Tab, lang: Lang) {
    let palette = theme::palette(ui);
    let (size, space) = fitting(ui, lang);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(space, 2.0);
        ui.spacing_mut().button_padding.x = 0.0;
        for (which, key) in TABS {
            let is_shown = *tab == which;
            let ink = if is_shown { palette.text } else { palette.quiet };
            // As wide as in bold letters, so that no title moves when another is taken.
            let title = tr!(lang, key);
            let room = widgets::text_width(ui, &title, theme::bold(size));
            let font = if is_shown { theme::bold(size) } else { egui::FontId::proportional(size) };
            let text = egui::RichText::new(title).font(font).color(ink);
            let response = ui.add(egui::Button::new(text).frame(false).min_size(egui::vec2(room, 0.0)));
            if is_shown {
                let under = response.rect.bottom() - 1.0;
                ui.painter().hline(response.rect.x_range(), under, egui::Stroke::new(2.0, palette.accent));
            }
            if response.clicked() {
                *tab = which;
            }
        }
    });
    ui.add_space(4.0);
    widgets::hairline(ui, palette);
    ui.add_space(4.0);
}

/// The size of the titles at which all of them stand beside one another, and what stands between them; else that of two lines.
fn fitting(ui: &Ui, lang: Lang) -> (f32, f32) {
    let width = |size: f32| -> f32 {
        TABS.iter().map(|(_, key)| widgets::text_width(ui, &tr!(lang, key), theme::bold(size)) + 1.0).sum()
    };
    let between = (TABS.len() - 1) as f32;
    let fits = |(size, space): &(f32, f32)| width(*size) + between * space <= ui.available_width();
    [(SIZE, BETWEEN), (SIZE, 8.0), (SMALLER, 8.0), (SMALLER, 6.0)].into_iter().find(fits).unwrap_or((SMALLER, BETWEEN))
}
