//! The bottom panel: table and, for answers that have one, chart of what is looked at.

use super::{chart, table};
use crate::i18n::{count, tr};
use crate::report::AreaUnit;
use crate::ui::app::{Context, Looking};
use crate::ui::map::picking::Hit;
use crate::ui::theme::{self, SMALL};
use eframe::egui::{self, Frame, Panel, RichText, Ui};

/// Shows the panel.
pub fn show(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    state: &mut table::TableState,
    looking: &Looking,
    selected: Option<Hit>,
    unit: AreaUnit,
) {
    let Some(key) = looking.active else { return };
    let answer = cx.session.answer(key);
    let palette = theme::palette(ui);
    if let Some(answer) = answer.filter(|a| chart::has_chart(a)) {
        let width = (ui.available_width() * 0.36).clamp(240.0, 420.0);
        Panel::right("chart")
            .exact_size(width)
            .resizable(false)
            .frame(Frame::new().fill(palette.panel).inner_margin(egui::Margin::symmetric(12, 8)))
            .show(ui, |ui| chart::show(ui, answer, cx.lang, unit));
    }
    let Some(indexed) = cx.session.indexed(key).cloned() else { return };
    let layer = indexed.layer();
    Frame::new().inner_margin(egui::Margin { left: 14, right: 8, top: 4, bottom: 0 }).show(ui, |ui| {
        let title = answer.map_or_else(
            || cx.session.layer(key).map_or_else(String::new, |l| l.title(cx.lang)),
            |a| super::ask::title(a, cx.lang),
        );
        ui.horizontal(|ui| {
            ui.label(RichText::new(title).font(theme::bold(SMALL)).color(palette.text));
            ui.label(RichText::new(tr!(cx.lang, "table.rows", n = count(layer.len()))).size(SMALL).color(palette.quiet));
        });
        table::show(ui, cx, state, key, layer, selected, unit);
    });
}
