//! Cells and headings of a table.

use super::Made;
use crate::i18n::{Lang, number};
use crate::model::{Layer, Value};
use crate::report::AreaUnit;
use crate::ui::icons;
use crate::ui::theme::{self, SMALL};
use eframe::egui::{self, Sense, Ui, WidgetInfo};

/// What the feature is called first, then what was answered about it, then the rest.
pub(super) fn display_order(layer: &Layer, made: Made<'_>) -> Vec<usize> {
    const NAMES: [&str; 2] = ["code", "name"];
    // Land that lacks something is read by how much of it; everything else by how far it is.
    const ANSWERS: [&str; 9] =
        ["verdict", "reason", "area_m2", "share", "people", "distance_m", "side", "nearest_name", "with_name"];
    // Ids serve programs; the names beside them serve people.
    const HIDDEN: [&str; 2] = ["nearest_id", "with_id"];
    let names = layer.attributes.names();
    // One name is enough before the answer: a narrow window shows little more than these.
    let first = NAMES.iter().find(|n| layer.attributes.column(n).is_some());
    let rank = |name: &str| {
        if first.is_some_and(|n| *n == name) {
            return 0;
        }
        let answer = made_name(made, name).and_then(|n| ANSWERS.iter().position(|a| *a == n));
        let second = NAMES.contains(&name).then_some(ANSWERS.len());
        answer.or(second).unwrap_or(ANSWERS.len() + 1) + 1
    };
    let hidden = |c: &usize| made_name(made, &names[*c]).is_some_and(|n| HIDDEN.contains(&n));
    let mut columns: Vec<usize> = (0..names.len()).filter(|c| !hidden(c)).collect();
    columns.sort_by_key(|c| rank(&names[*c]));
    columns
}

/// True where a column holds numbers, by its first thousand rows: enough to choose a side to align to.
pub(super) fn is_numeric(layer: &Layer, column: usize) -> bool {
    let mut some = false;
    for row in 0..layer.len().min(1_000) {
        match layer.attributes.value(row, column) {
            Value::Number(..) => some = true,
            Value::Missing | Value::Null => {}
            _ => return false,
        }
    }
    some
}

/// What a column of an answer stands for, where the answer added it.
pub fn made_name(made: Made<'_>, column: &str) -> Option<&'static str> {
    made.iter().find(|(own, _)| own == column).map(|(_, name)| *name)
}

/// A cell for people: figures the application made in their units, the rest as it is written.
pub fn cell_text(made: Option<&str>, value: &Value<'_>, unit: AreaUnit, lang: Lang) -> String {
    match (made.unwrap_or_default(), value) {
        ("distance_m", Value::Number(v, _)) => number(*v, 1),
        ("area_m2", Value::Number(v, _)) => {
            let shown = v / unit.in_m2();
            number(shown, if unit == AreaUnit::SquareMetre { 1 } else { 3 })
        }
        ("share", Value::Number(v, _)) => number(v * 100.0, 2),
        ("people", Value::Number(v, _)) => number(*v, 1),
        ("verdict", Value::Text(verdict)) => crate::i18n::text_of(lang, &format!("verdict.{verdict}")),
        _ => value.display().into_owned(),
    }
}

/// The hairline over a row, across the whole table; drawn from its first cell.
pub(super) fn across(ui: &Ui, table: egui::Rangef, line: egui::Stroke) {
    let cell = ui.max_rect();
    let rows = egui::Rect::from_x_y_ranges(table, ui.clip_rect().y_range());
    ui.ctx().layer_painter(ui.layer_id()).with_clip_rect(rows).hline(table, cell.top(), line);
}

/// A heading that sorts.
pub(super) fn heading(ui: &mut Ui, title: &str, numeric: bool, sorted: Option<(usize, bool)>) -> egui::Response {
    let palette = theme::palette(ui);
    let rect = ui.available_rect_before_wrap();
    let response = ui.interact(rect, ui.scope_id().with(("sort", title)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, title));
    let arrow = sorted.map(|(_, rising)| if rising { icons::ARROW_UP } else { icons::ARROW_DOWN });
    let mut room = rect;
    if let Some(arrow) = arrow {
        let at = egui::pos2(rect.right() - if numeric { 0.0 } else { 6.0 }, rect.center().y);
        let drawn = ui.painter().text(at, egui::Align2::RIGHT_CENTER, arrow, theme::icon_font(12.0), palette.accent);
        room.max.x = drawn.left() - 2.0;
    } else if numeric {
        room.max.x -= 12.0;
    }
    let color = if sorted.is_some() || response.hovered() { palette.text } else { palette.quiet };
    let mut job = egui::text::LayoutJob::simple_singleline(title.to_owned(), theme::bold(SMALL), color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.width().max(8.0));
    let galley = ui.painter().layout_job(job);
    let anchor = if numeric { egui::Align2::RIGHT_CENTER } else { egui::Align2::LEFT_CENTER };
    let at = anchor.align_size_within_rect(galley.size(), room).min;
    let cut = galley.elided;
    ui.painter().galley(at, galley, color);
    if cut { response.on_hover_text(title) } else { response }
}
