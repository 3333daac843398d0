//! The table: rows of a layer or an answer, searched, filtered, sorted, edited; linked with the map.

mod bar;
mod cells;
pub mod columns;
pub mod order;

pub use cells::{cell_text, is_copied, made_name};

use super::feature::column_title;
use crate::i18n::{count, tr};
use crate::index::IndexedLayer;
use crate::report::AreaUnit;
use crate::session::{Command, Key};
use crate::ui::context::{Act, Context};
use crate::ui::map::picking::Hit;
use crate::ui::selection::Selection;
use crate::ui::theme::{self, ROW, SMALL};
use crate::ui::widgets;
use cells::{across, display_order, heading, is_known_by_id, is_numeric, row_text};
use eframe::egui::{self, Align, Layout, RichText, Sense, TextEdit, Ui, WidgetInfo, vec2};
use egui_extras::{Column, TableBuilder};
use order::{Order, Wanted, first_sort};
use std::collections::HashMap;
use std::sync::Arc;

/// What the table shows, and what is typed in it.
#[derive(Default)]
pub struct TableState {
    /// The layer or answer, and its state.
    key: Option<Key>,
    of: Option<u64>,
    wanted: Wanted,
    order: Order,
    /// What is typed into the field for filters, and why it cannot be used.
    filter: String,
    filter_error: Option<String>,
    /// Only what is selected is shown.
    pub(in crate::ui::panels) only_selected: bool,
    /// The columns in the order they are shown in.
    columns: Vec<usize>,
    /// How many columns are not shown.
    more_columns: usize,
    /// Columns that hold numbers only.
    numeric: Vec<bool>,
    /// Rows are known by their ids.
    by_id: bool,
    selected: Option<Hit>,
    /// The cell that is typed into: row, column, text.
    typed: Option<(usize, usize, String)>,
    /// The cell that was clicked last.
    clicked: Option<(usize, usize)>,
    /// Its field is to have the keyboard.
    wants_keyboard: bool,
    /// What of it had the keyboard when it was last brought into sight.
    brought: Option<egui::Id>,
    /// How far down each layer and answer was left, points; and how far down this one is to stand.
    places: HashMap<Key, f32>,
    to_offset: Option<f32>,
    /// The dialog about columns.
    pub columns_dialog: columns::ColumnsDialog,
}

/// Columns that a table shows at most; a search goes through all of them.
const MOST_COLUMNS: usize = 400;

impl TableState {
    fn follow(&mut self, rows: Rows<'_>, selection: &Selection) {
        let layer = rows.indexed.layer();
        if self.key != Some(rows.key) {
            // What was typed was about another layer.
            let columns_dialog = std::mem::take(&mut self.columns_dialog);
            let places = std::mem::take(&mut self.places);
            *self = Self { key: Some(rows.key), columns_dialog, places, ..Self::default() };
            self.order.forget();
            self.wanted.sort = first_sort(layer, rows.made);
            // Each stands where it was left; a new one at its top.
            self.to_offset = Some(self.places.get(&rows.key).copied().unwrap_or(0.0));
        }
        if self.of != Some(rows.indexed.id()) {
            self.of = Some(rows.indexed.id());
            let columns = layer.attributes.names().len();
            self.columns = display_order(layer, rows.made);
            self.more_columns = self.columns.len().saturating_sub(MOST_COLUMNS);
            self.columns.truncate(MOST_COLUMNS);
            self.numeric = (0..columns).map(|c| is_numeric(layer, c)).collect();
            self.by_id = is_known_by_id(layer);
            self.wanted.sort = self.wanted.sort.filter(|(column, _)| *column < columns);
        }
        let only = self.only_selected && selection.key() == Some(rows.key);
        let is_wanted = |row: &&usize| rows.only.is_none_or(|of| of.binary_search(row).is_ok());
        match (only, rows.only) {
            (false, of) => {
                let is_same = match (&self.wanted.only, of) {
                    (Some(own), Some(of)) => Arc::ptr_eq(own, of),
                    (own, of) => own.is_none() && of.is_none(),
                };
                if !is_same {
                    self.wanted.only = of.cloned();
                }
            }
            (true, of) => {
                let chosen: Vec<usize> = match of {
                    None if self.wanted.only.as_ref().is_some_and(|own| own[..] == *selection.rows()) => return,
                    _ => selection.rows().iter().filter(is_wanted).copied().collect(),
                };
                if self.wanted.only.as_ref().is_none_or(|own| **own != chosen) {
                    self.wanted.only = Some(Arc::new(chosen));
                }
            }
        }
    }

    /// Sorts by a column: rising first, then falling.
    fn sort_by(&mut self, column: usize) {
        let rising = !matches!(self.wanted.sort, Some((c, true)) if c == column);
        self.wanted.sort = Some((column, rising));
    }
}

/// Whose rows are shown.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The layer or answer.
    pub key: Key,
    /// Its rows.
    pub indexed: &'a Arc<IndexedLayer>,
    /// Those that may be shown, in rising order, where not all may.
    pub only: Option<&'a Arc<Vec<usize>>>,
    /// What an answer added to them.
    pub made: Made<'a>,
}

/// The columns that an answer added: the name in the file, and what it stands for. Empty for a planner's layer.
pub type Made<'a> = &'a [(String, &'static str)];

/// What happened to the table in a frame.
#[derive(Default)]
struct Done {
    sort: Option<usize>,
    clicked: Option<usize>,
    /// Text for a cell: row, column.
    typed: Option<(usize, usize, String)>,
    begin: Option<(usize, usize)>,
}

/// Shows the table with what stands above it.
pub fn show(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    state: &mut TableState,
    title: &str,
    rows: Rows<'_>,
    selection: &Selection,
    unit: AreaUnit,
) {
    let Rows { key, indexed, made, .. } = rows;
    let layer = indexed.layer();
    let lang = cx.lang;
    let palette = theme::palette(ui);
    state.follow(rows, selection);
    let wanted = state.wanted.clone();
    state.order.follow(ui.ctx(), indexed, &wanted);
    bar::show(ui, cx, state, title, rows, selection, unit);
    state.columns_dialog.show(ui.ctx(), cx, key);
    if layer.is_empty() {
        let of_rule = cx.session.rule_results().iter().find(|result| result.key == key);
        let text = of_rule.map(|result| super::rules::empty_text(result, cx.session.vocabulary(), lang));
        widgets::quiet(ui, text.unwrap_or_else(|| tr!(lang, "table.empty").into_owned()));
        return;
    }
    let TableState { order, .. } = state;
    let is_working = order.is_working();
    let order = &order.follow(ui.ctx(), indexed, &wanted).rows;
    let editable = cx.session.layer(key).is_some_and(|layer| layer.is_editable);
    let names = layer.attributes.names();
    let here = selection.lead().filter(|h| h.key == key);
    // A feature chosen on the map is brought into the table's view.
    let scroll_to =
        (here != state.selected).then(|| here.and_then(|h| order.iter().position(|r| *r as usize == h.row))).flatten();
    state.selected = here;
    let to_offset = state.to_offset.take();
    let mut done = Done::default();
    let mut seen = HasKeyboard::default();
    // Rows are parted by hairlines across, not columns by lines down.
    let line = egui::Stroke::new(1.0, palette.line);
    let whole = ui.max_rect().x_range();
    let below = ui.available_rect_before_wrap();
    ui.visuals_mut().widgets.noninteractive.bg_stroke = egui::Stroke::NONE;
    // Every layer and answer stands where it was left, across too.
    egui::ScrollArea::horizontal().id_salt(("across", key)).auto_shrink([false, false]).show(ui, |ui| {
        let mut table = TableBuilder::new(ui)
            .id_salt(("table", key))
            .striped(false)
            .resizable(true)
            .sense(Sense::click())
            .auto_shrink([false, false])
            // As low as the panel: a line of text above it must not push the map up.
            .min_scrolled_height(0.0)
            .cell_layout(Layout::left_to_right(Align::Center))
            .column(if state.by_id { Column::initial(150.0).at_least(44.0).clip(true) } else { Column::exact(44.0) });
        for column in &state.columns {
            let width = match made_name(made, &names[*column]) {
                Some("reason" | "burdens") => 320.0,
                _ if state.numeric[*column] => 104.0,
                _ => 148.0,
            };
            table = table.column(Column::initial(width).at_least(56.0).clip(true));
        }
        // The rest of the width belongs to the row too: it is shown as chosen, and can be clicked.
        table = table.column(Column::remainder());
        if let Some(row) = scroll_to {
            table = table.scroll_to_row(row, Some(Align::Center));
        } else if let Some(offset) = to_offset {
            table = table.vertical_scroll_offset(offset);
        }
        let shown = table
            .header(ROW, |mut header| {
                seen.look(&header.col(|ui| {
                    ui.label(RichText::new("#").size(SMALL).color(palette.quiet));
                }));
                for &column in &state.columns {
                    let cell = header.col(|ui| {
                        let own = layer.field(column).and_then(|field| field.title.clone());
                        let title = own.unwrap_or_else(|| column_title(&names[column], made, unit, lang));
                        let sorted = wanted.sort.filter(|s| s.0 == column);
                        let heading = heading(ui, &title, state.numeric[column], sorted);
                        seen.look_at(&heading);
                        if heading.clicked() {
                            done.sort = Some(column);
                        }
                    });
                    seen.look(&cell);
                }
                header.col(|ui| {
                    if state.more_columns > 0 {
                        let text = tr!(lang, "table.more_columns", n = count(state.more_columns));
                        ui.label(RichText::new(text).size(SMALL).color(palette.quiet));
                    }
                });
            })
            .body(|body| {
                body.rows(ROW, order.len(), |mut row| {
                    let feature = order[row.index()] as usize;
                    if feature >= layer.len() {
                        // Rows of a state that is gone, while the new order is worked out.
                        return;
                    }
                    row.set_selected(selection.contains(Hit { key, row: feature }));
                    seen.look(&row.col(|ui| {
                        across(ui, whole, line);
                        let called = if state.by_id { row_text(layer, feature) } else { (feature + 1).to_string() };
                        let text = RichText::new(called).size(SMALL).color(palette.quiet);
                        ui.add(egui::Label::new(text).truncate());
                    }));
                    for &column in &state.columns {
                        let name = &names[column];
                        let value = layer.attributes.value(feature, column);
                        let text = match layer.meaning(feature, column) {
                            Some(meaning) => meaning.to_owned(),
                            None => cell_text(made_name(made, name), &value, unit, lang),
                        };
                        if let Some(typed) = state.typed.as_mut().filter(|t| (t.0, t.1) == (feature, column)) {
                            row.col(|ui| {
                                let wants = std::mem::take(&mut state.wants_keyboard);
                                let (field, end) = field(ui, name, &mut typed.2, wants);
                                seen.look_at(&field);
                                if let Some(end) = end {
                                    done.typed = Some((feature, column, typed.2.clone())).filter(|_| end);
                                    done.begin = Some((usize::MAX, 0));
                                }
                            });
                            continue;
                        }
                        let (_, cell) = row.col(|ui| {
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
                        seen.look_at(&cell);
                        if cell.clicked() {
                            // Clicked once more, however late, a cell is typed into.
                            let again = state.clicked == Some((feature, column));
                            done.begin = (editable && again).then_some((feature, column));
                            state.clicked = Some((feature, column));
                        }
                    }
                    row.col(|_| {});
                    if row.response().clicked() {
                        done.clicked = Some(feature);
                    }
                });
            });
        state.places.insert(key, shown.state.clamped_offset().y);
        seen.look_at_handles(ui, key, state.columns.len() + 1);
        // Down, the table brings it into sight by itself; across, the toolkit's area of the rows lets nobody else do so.
        let had = std::mem::replace(&mut state.brought, seen.0.map(|(id, _)| id));
        if let Some((_, place)) = seen.0.filter(|(id, _)| had != Some(*id)) {
            ui.scroll_to_rect(place, None);
        }
    });
    if order.is_empty() && !is_working {
        let place = egui::Rect::from_center_size(below.center(), vec2(below.width(), ROW));
        let none = if layer.feature_count() == 0 { "table.empty" } else { "table.none_found" };
        let text = RichText::new(tr!(lang, none)).color(palette.quiet);
        ui.put(place, egui::Label::new(text).selectable(false));
    }
    finish(ui, cx, state, rows, done);
}

/// What of the table has the keyboard, and where it stands.
#[derive(Default)]
struct HasKeyboard(Option<(egui::Id, egui::Rect)>);

impl HasKeyboard {
    fn look(&mut self, (_, cell): &(egui::Rect, egui::Response)) {
        self.look_at(cell);
    }

    fn look_at(&mut self, response: &egui::Response) {
        if response.has_focus() {
            self.0 = Some((response.id, response.rect));
        }
    }

    /// The handles between columns, which the toolkit draws.
    fn look_at_handles(&mut self, ui: &Ui, key: Key, columns: usize) {
        let table = ui.scope_id().with(egui::IdSalt::new(("table", key)));
        let focused = ui.ctx().memory(|memory| memory.focused());
        let handle = (0..columns).map(|column| table.with("resize_column").with(column));
        if let Some(handle) =
            handle.into_iter().find(|id| focused == Some(*id)).and_then(|id| ui.ctx().read_response(id))
        {
            self.look_at(&handle);
        }
    }
}

/// A field in a cell; whether what is typed is kept, once it is left.
fn field(ui: &mut Ui, name: &str, text: &mut String, wants_keyboard: bool) -> (egui::Response, Option<bool>) {
    let field = ui.add(TextEdit::singleline(text).desired_width(f32::INFINITY).margin(vec2(4.0, 2.0)));
    field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, format!("{name} ✎")));
    if wants_keyboard {
        field.request_focus();
    }
    let end = field.lost_focus().then(|| !ui.input(|i| i.key_pressed(egui::Key::Escape)));
    (field, end)
}

fn finish(ui: &Ui, cx: &mut Context<'_>, state: &mut TableState, rows: Rows<'_>, done: Done) {
    let Rows { key, indexed, .. } = rows;
    let layer = indexed.layer();
    if let Some((row, column, text)) = done.typed
        && layer.attributes.value(row, column).display() != text
    {
        let name = layer.attributes.names()[column].to_string();
        cx.command(Command::SetProperty(key, row, name, text));
    }
    match done.begin {
        Some((usize::MAX, _)) => state.typed = None,
        Some((row, column)) => {
            let text = layer.attributes.value(row, column).display().into_owned();
            (state.typed, state.wants_keyboard) = (Some((row, column, text)), true);
        }
        None => {}
    }
    if let Some(column) = done.sort {
        state.sort_by(column);
    }
    if let Some(row) = done.clicked {
        let hit = Hit { key, row };
        let more = ui.input(|i| i.modifiers.shift || i.modifiers.command);
        state.selected = Some(hit);
        cx.acts.push(if more { Act::SelectMore(hit) } else { Act::GoTo(hit) });
    }
}
