//! The table: every row of a layer or an answer, sorted by a click on a heading, linked with the map.

use super::feature::column_title;
use crate::i18n::{number, tr};
use crate::index::IndexedLayer;
use crate::model::{Layer, Value};
use crate::report::AreaUnit;
use crate::session::Key;
use crate::ui::context::{Act, Context};
use crate::ui::map::picking::Hit;
use crate::ui::selection::Selection;
use crate::ui::theme::{self, ROW, SMALL};
use crate::ui::{icons, widgets};
use eframe::egui::{self, Align, Layout, RichText, Sense, Ui, WidgetInfo};
use egui_extras::{Column, TableBuilder};
use std::cmp::Ordering;

/// The order of rows, kept until the layer or the sorting changes.
#[derive(Default)]
pub struct TableState {
    /// The layer's identity.
    of: Option<u64>,
    sort: Option<(usize, bool)>,
    order: Vec<u32>,
    /// The columns in the order they are shown in.
    columns: Vec<usize>,
    /// Columns that hold numbers only.
    numeric: Vec<bool>,
    selected: Option<Hit>,
}

impl TableState {
    fn follow(&mut self, indexed: &IndexedLayer, made: Made<'_>) {
        if self.of == Some(indexed.id()) {
            return;
        }
        self.of = Some(indexed.id());
        let layer = indexed.layer();
        // An answer about areas or distances reads best by them.
        let column =
            |name: &str| made.iter().find(|(_, n)| *n == name).and_then(|(own, _)| layer.attributes.column(own));
        let largest = column("area_m2").map(|c| (c, false));
        self.sort = largest.or_else(|| column("distance_m").map(|c| (c, true)));
        let columns = layer.attributes.names().len();
        self.columns = display_order(layer, made);
        self.numeric = (0..columns).map(|c| is_numeric(layer, c)).collect();
        self.sort_rows(layer);
    }

    fn sort_rows(&mut self, layer: &Layer) {
        self.order = layer.rows().map(|row| row as u32).collect();
        let Some((column, rising)) = self.sort else { return };
        // Every cell is decoded once, not at every comparison.
        let mut keyed: Vec<(SortKey, u32)> =
            self.order.iter().map(|row| (SortKey::of(&layer.attributes.value(*row as usize, column)), *row)).collect();
        keyed.sort_unstable_by(|(x, a), (y, b)| {
            let blank = |key: &SortKey| *key == SortKey::Blank;
            // Missing values stand last either way.
            match (blank(x), blank(y)) {
                (false, false) => {
                    let order = x.compare(y);
                    (if rising { order } else { order.reverse() }).then(a.cmp(b))
                }
                (x, y) => x.cmp(&y).then(a.cmp(b)),
            }
        });
        self.order = keyed.into_iter().map(|(_, row)| row).collect();
    }

    /// Sorts by a column: rising first, then falling.
    fn sort_by(&mut self, column: usize, layer: &Layer) {
        let rising = !matches!(self.sort, Some((c, true)) if c == column);
        self.sort = Some((column, rising));
        self.sort_rows(layer);
    }
}

/// What the feature is called first, then what was answered about it, then the rest.
fn display_order(layer: &Layer, made: Made<'_>) -> Vec<usize> {
    const NAMES: [&str; 2] = ["code", "name"];
    // Land that lacks something is read by how much of it; everything else by how far it is.
    const ANSWERS: [&str; 7] = ["area_m2", "share", "people", "distance_m", "side", "nearest_name", "with_name"];
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

/// What a cell sorts by: numbers by size, before texts.
#[derive(PartialEq)]
enum SortKey {
    Number(f64),
    Text(String),
    Blank,
}

impl SortKey {
    fn of(value: &Value<'_>) -> Self {
        match value {
            Value::Missing | Value::Null => Self::Blank,
            Value::Number(number, _) => Self::Number(*number),
            other => Self::Text(other.display().into_owned()),
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(x), Self::Number(y)) => x.total_cmp(y),
            (Self::Number(_), _) => Ordering::Less,
            (_, Self::Number(_)) => Ordering::Greater,
            (Self::Text(x), Self::Text(y)) => x.cmp(y),
            (Self::Blank, _) | (_, Self::Blank) => Ordering::Equal,
        }
    }
}

fn is_numeric(layer: &Layer, column: usize) -> bool {
    let mut some = false;
    // A look at the first thousand rows is enough to choose a side to align to.
    for row in 0..layer.len().min(1_000) {
        match layer.attributes.value(row, column) {
            Value::Number(..) => some = true,
            Value::Missing | Value::Null => {}
            _ => return false,
        }
    }
    some
}

/// Whose rows are shown.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The layer or answer.
    pub key: Key,
    /// Its rows.
    pub indexed: &'a IndexedLayer,
    /// What an answer added to them.
    pub made: Made<'a>,
}

/// The columns that an answer added: the name in the file, and what it stands for. Empty for a planner's layer.
pub type Made<'a> = &'a [(String, &'static str)];

/// What a column of an answer stands for, where the answer added it.
pub fn made_name(made: Made<'_>, column: &str) -> Option<&'static str> {
    made.iter().find(|(own, _)| own == column).map(|(_, name)| *name)
}

/// A cell for people: figures the application made in their units, the rest as it is written.
pub fn cell_text(made: Option<&str>, value: &Value<'_>, unit: AreaUnit) -> String {
    match (made.unwrap_or_default(), value) {
        ("distance_m", Value::Number(v, _)) => number(*v, 1),
        ("area_m2", Value::Number(v, _)) => {
            let shown = v / unit.in_m2();
            number(shown, if unit == AreaUnit::SquareMetre { 1 } else { 3 })
        }
        ("share", Value::Number(v, _)) => number(v * 100.0, 2),
        ("people", Value::Number(v, _)) => number(*v, 1),
        _ => value.display().into_owned(),
    }
}

/// Shows the table.
pub fn show(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    state: &mut TableState,
    rows: Rows<'_>,
    selection: &Selection,
    unit: AreaUnit,
) {
    let Rows { key, indexed, made } = rows;
    let layer = indexed.layer();
    let lang = cx.lang;
    let palette = theme::palette(ui);
    state.follow(indexed, made);
    if layer.is_empty() {
        widgets::quiet(ui, tr!(lang, "table.empty"));
        return;
    }
    let names = layer.attributes.names().to_vec();
    let here = selection.lead().filter(|h| h.key == key);
    // A feature chosen on the map is brought into the table's view.
    let scroll_to = (here != state.selected)
        .then(|| here.and_then(|h| state.order.iter().position(|r| *r as usize == h.row)))
        .flatten();
    state.selected = here;
    let mut sort = None;
    let mut clicked = None;
    // Rows are parted by hairlines across, not columns by lines down.
    let line = egui::Stroke::new(1.0, palette.line);
    let whole = ui.max_rect().x_range();
    ui.visuals_mut().widgets.noninteractive.bg_stroke = egui::Stroke::NONE;
    egui::ScrollArea::horizontal().auto_shrink([false, false]).show(ui, |ui| {
        let mut table = TableBuilder::new(ui)
            .id_salt(("table", key))
            .striped(false)
            .resizable(true)
            .sense(Sense::click())
            .auto_shrink([false, false])
            .cell_layout(Layout::left_to_right(Align::Center))
            .column(Column::exact(44.0));
        for column in &state.columns {
            let width = if state.numeric[*column] { 104.0 } else { 148.0 };
            table = table.column(Column::initial(width).at_least(56.0).clip(true));
        }
        // The rest of the width belongs to the row too: it is shown as chosen, and can be clicked.
        table = table.column(Column::remainder());
        if let Some(row) = scroll_to {
            table = table.scroll_to_row(row, Some(Align::Center));
        }
        table
            .header(ROW, |mut header| {
                header.col(|ui| {
                    ui.label(RichText::new("#").size(SMALL).color(palette.quiet));
                });
                for &column in &state.columns {
                    header.col(|ui| {
                        let title = column_title(&names[column], made, unit, lang);
                        if heading(ui, &title, state.numeric[column], state.sort.filter(|s| s.0 == column)).clicked() {
                            sort = Some(column);
                        }
                    });
                }
                header.col(|_| {});
            })
            .body(|body| {
                body.rows(ROW, state.order.len(), |mut row| {
                    let feature = state.order[row.index()] as usize;
                    row.set_selected(selection.contains(Hit { key, row: feature }));
                    row.col(|ui| {
                        across(ui, whole, line);
                        ui.label(RichText::new((feature + 1).to_string()).size(SMALL).color(palette.quiet));
                    });
                    for &column in &state.columns {
                        row.col(|ui| {
                            let name = &names[column];
                            let value = layer.attributes.value(feature, column);
                            let text = cell_text(made_name(made, name), &value, unit);
                            let label = egui::Label::new(RichText::new(text).color(palette.text)).truncate();
                            if state.numeric[column] {
                                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                                    ui.add_space(12.0);
                                    ui.add(label);
                                });
                            } else {
                                ui.add(label);
                            }
                        });
                    }
                    row.col(|_| {});
                    if row.response().clicked() {
                        clicked = Some(feature);
                    }
                });
            });
    });
    if let Some(column) = sort {
        state.sort_by(column, layer);
    }
    if let Some(row) = clicked {
        let hit = Hit { key, row };
        state.selected = Some(hit);
        cx.acts.push(Act::GoTo(hit));
    }
}

/// The hairline over a row, across the whole table; drawn from its first cell.
fn across(ui: &Ui, table: egui::Rangef, line: egui::Stroke) {
    let cell = ui.max_rect();
    let rows = egui::Rect::from_x_y_ranges(table, ui.clip_rect().y_range());
    ui.ctx().layer_painter(ui.layer_id()).with_clip_rect(rows).hline(table, cell.top(), line);
}

/// A heading that sorts.
fn heading(ui: &mut Ui, title: &str, numeric: bool, sorted: Option<(usize, bool)>) -> egui::Response {
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
