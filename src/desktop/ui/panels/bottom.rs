//! The bottom panel: table and, for answers that have one, chart of what is looked at.

use super::table::Rows;
use super::{chart, table};
use crate::report::AreaUnit;
use crate::session::JobKind;
use crate::ui::context::{Act, Context, Looking};
use crate::ui::selection::How;
use crate::ui::theme;
use eframe::egui::{self, Ui};

/// Shows the panel.
pub fn show(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    state: &mut table::TableState,
    looking: &Looking,
    unit: AreaUnit,
    covered: f32,
) {
    let Some(key) = looking.active else { return };
    let answer = cx.session.answer(key);
    let palette = theme::palette(ui);
    let mut room = ui.available_rect_before_wrap();
    ui.allocate_rect(room, egui::Sense::hover());
    // What a panel covers is not there to be read.
    room.max.x -= covered;
    let mut left = room;
    // A table narrower than this says nothing beside a chart.
    if let Some(answer) = answer.filter(|a| chart::has_chart(a) && room.width() > 520.0) {
        let width = (room.width() * 0.36).clamp(240.0, 420.0);
        left.max.x -= width;
        ui.painter().vline(left.right(), room.y_range(), egui::Stroke::new(1.0, palette.line));
        let place = egui::Rect::from_min_max(left.right_top(), room.max).shrink2(egui::vec2(12.0, 8.0));
        ui.scope_builder(egui::UiBuilder::new().max_rect(place), |ui| {
            ui.set_clip_rect(place.expand(4.0));
            let drawing = JobKind::Drawing(answer.key);
            let working = cx.session.jobs().iter().any(|j| j.kind == drawing);
            if let Some(chosen) = chart::show(ui, answer, working, cx.lang, unit) {
                state.only_selected = chosen.filters && !chosen.rows.is_empty();
                cx.acts.push(Act::Select(answer.key, chosen.rows, How::Replace));
            }
        });
    }
    let Some(indexed) = cx.session.indexed(key).cloned() else { return };
    let place = egui::Rect::from_min_max(left.min + egui::vec2(14.0, 4.0), left.max - egui::vec2(8.0, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(place), |ui| {
        ui.set_clip_rect(place);
        let title = answer.map_or_else(
            || match cx.session.layer(key) {
                Some(layer) => cx.session.title(layer, cx.lang),
                None => indexed.layer().name.clone(),
            },
            |a| super::ask::title(a, cx.lang),
        );
        let of_rule = cx.session.rule_results().iter().find(|r| r.key == key);
        let made = answer.map(|a| &a.added[..]).or(of_rule.map(|r| &r.added[..])).unwrap_or_default();
        let only = looking.verdict.as_ref().filter(|only| only.key == key).map(|only| &only.rows);
        let rows = Rows { key, indexed: &indexed, only, made };
        table::show(ui, cx, state, &title, rows, &looking.selection, unit);
    });
}
