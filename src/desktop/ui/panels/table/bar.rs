//! What stands above the table: its name, how many rows, search, filter, figures of a column, and what is done with rows.

use super::cells::Holds;
use super::{Rows, TableState};
use crate::i18n::{Lang, count, number, tr};
use crate::model::LayerStyle;
use crate::query::expression::Expression;
use crate::report::{AreaUnit, pasted_cell};
use crate::session::{Change, Command};
use crate::ui::context::{Act, Context};
use crate::ui::selection::{How, Selection};
use crate::ui::theme::{self, SMALL};
use crate::ui::{icons, widgets};
use eframe::egui::{self, Label, RichText, TextEdit, Ui, WidgetInfo, vec2};
use std::sync::Arc;

/// Shows the bar.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    state: &mut TableState,
    title: &str,
    rows: Rows<'_>,
    selection: &Selection,
    unit: AreaUnit,
) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    let layer = rows.indexed.layer();
    let wanted = state.wanted.clone();
    let working = state.order.is_working();
    let found = state.order.follow(ui.ctx(), rows.indexed, &wanted).rows.len();
    ui.horizontal(|ui| {
        ui.set_min_height(26.0);
        let room = vec2((ui.available_width() * 0.18).clamp(60.0, 220.0), 26.0);
        ui.allocate_ui_with_layout(room, egui::Layout::left_to_right(egui::Align::Center), |ui| {
            ui.add(Label::new(RichText::new(title).font(theme::bold(SMALL)).color(palette.text)).truncate())
        });
        let all = layer.feature_count();
        let text = match (working, found == all) {
            (true, _) => "…".to_owned(),
            (_, true) => tr!(lang, "table.rows", n = count(all)).into_owned(),
            _ => tr!(lang, "table.found", n = count(found), of = count(all)).into_owned(),
        };
        ui.label(RichText::new(text).size(SMALL).color(palette.quiet));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let is_wide = ui.available_width() >= WIDE;
            buttons(ui, cx, state, rows, selection, is_wide);
            // A bar that has no room for both keeps the search; Ctrl F selects by a condition.
            if is_wide || !state.filter.is_empty() {
                filter_field(ui, state, rows, lang);
            }
            let hint = tr!(lang, "table.search");
            let search = TextEdit::singleline(&mut state.wanted.search)
                .desired_width((ui.available_width() - 16.0).clamp(72.0, 130.0))
                .margin(vec2(6.0, 3.0))
                .hint_text(&*hint);
            let response = ui.add(search);
            response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*hint));
            if response.changed() {
                state.wanted.search = state.wanted.search.to_lowercase();
            }
        });
    });
    if let Some(error) = &state.filter_error {
        ui.label(RichText::new(error).size(SMALL).color(palette.ban.0));
    }
    figures(ui, state, rows, lang, unit);
}

fn filter_field(ui: &mut Ui, state: &mut TableState, rows: Rows<'_>, lang: Lang) {
    let hint = tr!(lang, "table.filter");
    let width = (ui.available_width() * 0.5).min(ui.available_width() - 108.0).clamp(60.0, 260.0);
    let field = TextEdit::singleline(&mut state.filter).desired_width(width).margin(vec2(6.0, 3.0)).hint_text(&*hint);
    let response = ui.add(field);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*hint));
    if response.changed() {
        let parsed = Expression::parse(&state.filter)
            .and_then(|filter| filter.over(rows.indexed.layer()).map(drop).map(|()| filter.clone()));
        (state.wanted.filter, state.filter_error) = match parsed {
            _ if state.filter.trim().is_empty() => (None, None),
            Ok(filter) => (Some(filter), None),
            // What is shown stays until what is typed can be used.
            Err(e) => (state.wanted.filter.take(), Some(e.message(lang))),
        };
    }
}

/// Bars with less room than this for search, filter and buttons, points, have fewer buttons.
const WIDE: f32 = 330.0;

/// What is done with the rows that are shown.
fn buttons(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    state: &mut TableState,
    rows: Rows<'_>,
    selection: &Selection,
    is_wide: bool,
) {
    let lang = cx.lang;
    let layer = rows.indexed.layer();
    let wanted = state.wanted.clone();
    let found = |state: &mut TableState, ui: &Ui| state.order.follow(ui.ctx(), rows.indexed, &wanted).rows.clone();
    if widgets::icon_button(ui, icons::COPY, &tr!(lang, "table.copy")).clicked() {
        let found = found(state, ui);
        ui.ctx().copy_text(tsv(state, layer, &found));
    }
    let is_layer = cx.session.layer(rows.key).is_some();
    if is_layer && widgets::icon_button(ui, icons::COLUMNS, &tr!(lang, "table.columns")).clicked() {
        let found: Vec<usize> = found(state, ui).into_iter().map(|row| row as usize).collect();
        state.columns_dialog.open(found);
    }
    // In a narrow bar the search keeps its room; the join stays in the search for everything.
    if is_layer && is_wide && widgets::icon_button(ui, icons::CIRCLE_PLUS, &tr!(lang, "join.title")).clicked() {
        cx.acts.push(Act::JoinDialog(rows.key));
    }
    if let Some(open) = cx.session.layer(rows.key) {
        let on_map = open.style.filter.is_some();
        let name = tr!(lang, if on_map { "table.unfilter_map" } else { "table.filter_map" });
        let can = on_map || state.wanted.filter.is_some();
        let button = ui.add_enabled_ui(can, |ui| widgets::tool_button(ui, icons::FUNNEL, &name, on_map)).inner;
        if button.clicked() {
            let filter = state.wanted.filter.as_ref().filter(|_| !on_map).map(|filter| filter.text().to_owned());
            let style = LayerStyle { filter, ..LayerStyle::clone(&open.style) };
            cx.command(Command::Change(Change::SetStyle(rows.key, Arc::new(style))));
        }
    }
    if widgets::icon_button(ui, icons::CIRCLE_CHECK, &tr!(lang, "table.select")).clicked() {
        let mut found: Vec<usize> = found(state, ui).into_iter().map(|row| row as usize).collect();
        found.sort_unstable();
        cx.acts.push(Act::Select(rows.key, found, How::Replace));
    }
    let some = selection.key() == Some(rows.key);
    let name = tr!(lang, "table.only_selected");
    let only = ui.add_enabled_ui(some || state.only_selected, |ui| {
        widgets::tool_button(ui, icons::MOUSE_POINTER, &name, state.only_selected)
    });
    if only.inner.clicked() {
        state.only_selected = !state.only_selected;
    }
}

/// Figures of the column that rows stand by.
fn figures(ui: &mut Ui, state: &mut TableState, rows: Rows<'_>, lang: Lang, unit: AreaUnit) {
    let wanted = state.wanted.clone();
    let Some(figures) = state.order.follow(ui.ctx(), rows.indexed, &wanted).figures else { return };
    let Some((column, _)) = wanted.sort else { return };
    let name = &rows.indexed.layer().attributes.names()[column];
    let holds = super::made_name(rows.made, name).map_or(Holds::Other, Holds::of);
    let scale = match holds {
        Holds::Area => unit.in_m2(),
        Holds::Share => 0.01,
        _ => 1.0,
    };
    let shown = |v: f64| {
        let v = v / scale;
        number(v, if v.fract() == 0.0 { 0 } else { 2 })
    };
    let title = super::column_title(name, rows.made, unit, lang);
    // Distances and shares add up to nothing.
    let adds_up = !matches!(holds, Holds::Distance | Holds::Share | Holds::PerPerson);
    let text = tr!(
        lang,
        if adds_up { "table.figures" } else { "table.figures_apart" },
        column = title,
        n = count(figures.count),
        sum = shown(figures.sum),
        mean = shown(figures.mean()),
        min = shown(figures.range[0]),
        max = shown(figures.range[1])
    );
    ui.add(Label::new(RichText::new(text).size(SMALL).color(theme::palette(ui).quiet)).truncate().selectable(true));
}

/// Rows as tab-separated text with their headings, as spreadsheets take it.
fn tsv(state: &TableState, layer: &crate::model::Layer, rows: &[u32]) -> String {
    let names = layer.attributes.names();
    let mut text = state.columns.iter().map(|c| pasted_cell(&names[*c])).collect::<Vec<_>>().join("\t");
    for row in rows {
        text.push('\n');
        let cell = |c: &usize| pasted_cell(&layer.attributes.value(*row as usize, *c).display());
        text.push_str(&state.columns.iter().map(cell).collect::<Vec<_>>().join("\t"));
    }
    text
}
