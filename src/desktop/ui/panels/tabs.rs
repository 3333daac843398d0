//! The tabs of the right panel.

use crate::i18n::{Lang, tr};
use crate::ui::context::Tab;
use crate::ui::{theme, widgets};
use eframe::egui::{self, Ui};

/// The tabs with the keys of their titles.
pub const TABS: [(Tab, &str); 5] = [
    (Tab::Ask, "ask.title"),
    (Tab::Inspect, "inspect.title"),
    (Tab::Rules, "rules.title"),
    (Tab::Findings, "findings.title"),
    (Tab::Targets, "targets.title"),
];

/// Shows the tabs; a click changes the one shown.
pub fn show(ui: &mut Ui, tab: &mut Tab, lang: Lang) {
    let palette = theme::palette(ui);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        for (which, key) in TABS {
            let is_shown = *tab == which;
            let ink = if is_shown { palette.text } else { palette.quiet };
            let text = egui::RichText::new(tr!(lang, key)).font(theme::bold(14.0)).color(ink);
            let response = ui.add(egui::Button::new(text).frame(false));
            if is_shown {
                let under = response.rect.bottom() + 2.0;
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
