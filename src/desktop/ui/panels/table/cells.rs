//! Cells and headings of a table.

use super::Made;
use crate::i18n::{Lang, number, text_of};
use crate::model::{Layer, Value};
use crate::report::{AreaUnit, is_of_role};
use crate::ui::icons;
use crate::ui::theme::{self, SMALL};
use eframe::egui::{self, Sense, Ui, WidgetInfo};
use rayon::prelude::*;

/// What a column that the application made holds, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// Metres from something.
    Distance,
    /// Metres along something.
    Length,
    /// Square metres.
    Area,
    /// Fractions of one.
    Share,
    /// Numbers of people.
    People,
    /// Square metres a person.
    PerPerson,
    /// Anything else.
    Other,
}

impl Holds {
    /// Of a column of this name.
    pub(super) fn of(name: &str) -> Self {
        let ends = |end: &str| name == end || name.strip_suffix(end).is_some_and(|stem| stem.ends_with('_'));
        match name {
            "m2_per_person" => Self::PerPerson,
            _ if ends("share") => Self::Share,
            _ if ends("people") => Self::People,
            _ if ends("m2") => Self::Area,
            _ if ends("distance_m") => Self::Distance,
            _ if ends("m") => Self::Length,
            _ => Self::Other,
        }
    }
}

/// True for a column that a rule takes over of what a feature is held against.
pub fn is_copied(name: &str) -> bool {
    ["requires", "class", "level", "zone", "core", "kind", "grade", "code"].contains(&name)
}

/// What the feature is called first, then what was answered about it, then the rest; what says nothing is left out.
pub(super) fn display_order(layer: &Layer, made: Made<'_>) -> Vec<usize> {
    const NAMES: [&str; 2] = ["code", "name"];
    // Land that lacks something is read by how much of it; everything else by how far it is.
    const ANSWERS: [&str; 28] = [
        "indicator",
        "target",
        "value",
        "unit",
        "state",
        "verdict",
        "burdens",
        "m2_per_person",
        "reason",
        "area_m2",
        "share",
        "people",
        "distance_m",
        "home_distance_m",
        "side",
        "nearest_name",
        "with_name",
        "length_m",
        "forbidden",
        "requires",
        "lacks",
        "degree",
        "grounds",
        "rank",
        "adds_people",
        "strip_m",
        "green_share",
        "green_m2",
    ];
    // Ids serve programs; the names beside them serve people.
    const HIDDEN: [&str; 2] = ["nearest_id", "with_id"];
    let names = layer.attributes.names();
    // One name is enough before the answer: a narrow window shows little more than these.
    let first = NAMES.iter().find(|n| layer.attributes.column(n).is_some());
    let rank = |column: usize| {
        let name = &*names[column];
        if first.is_some_and(|n| *n == name) {
            return 0;
        }
        match made_name(made, name) {
            // The same in every row, it tells none of them apart.
            Some("reason") if says_one_thing(layer, column) => ANSWERS.len() + 3,
            Some("verdict") if says_one_thing(layer, column) && first_text(layer, column) == "list" => {
                ANSWERS.len() + 3
            }
            Some(known) => ANSWERS.iter().position(|a| *a == known).unwrap_or(ANSWERS.len() + 1) + 1,
            None if NAMES.contains(&name) => ANSWERS.len() + 1,
            None => ANSWERS.len() + 4,
        }
    };
    let own_people = layer.attributes.column("population").filter(|own| {
        let people = made.iter().find(|(_, name)| *name == "people").and_then(|(own, _)| layer.attributes.column(own));
        people.is_some_and(|people| is_alike(layer, *own, people))
    });
    let is_hidden = |column: usize| {
        let known = made_name(made, &names[column]);
        known.is_some_and(|name| HIDDEN.contains(&name))
            || own_people == Some(column)
            || (!made.is_empty() && is_blank(layer, column, known))
    };
    let mut columns: Vec<usize> = (0..names.len()).filter(|column| !is_hidden(*column)).collect();
    columns.sort_by_cached_key(|column| rank(*column));
    columns
}

/// Rows that are looked through together.
const TOGETHER: usize = 1_024;

/// True where a column has nothing to say in any row.
fn is_blank(layer: &Layer, column: usize, known: Option<&str>) -> bool {
    let of_role = known.is_some_and(is_of_role);
    let is_blank = |row: usize| match layer.attributes.value(row, column) {
        Value::Missing | Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::Number(n, _) => of_role && n == 0.0,
        _ => false,
    };
    layer.attributes.rows_of(column, layer.len()).into_par_iter().with_min_len(TOGETHER).all(is_blank)
}

/// True where several rows say the same in a column.
fn says_one_thing(layer: &Layer, column: usize) -> bool {
    let said = first_text(layer, column);
    let says_it = |row: usize| layer.attributes.value(row, column).display() == said;
    layer.len() > 1 && (0..layer.len()).into_par_iter().with_min_len(TOGETHER).all(says_it)
}

fn first_text(layer: &Layer, column: usize) -> String {
    if layer.is_empty() { String::new() } else { layer.attributes.value(0, column).display().into_owned() }
}

/// True where two columns hold the same numbers, nearly.
fn is_alike(layer: &Layer, a: usize, b: usize) -> bool {
    let number = |row: usize, column: usize| layer.attributes.value(row, column).as_number();
    let is_alike = |row: usize| match (number(row, a), number(row, b)) {
        (Some(a), Some(b)) => (a - b).abs() <= 0.5,
        (a, b) => a.is_none() && b.is_none(),
    };
    (0..layer.len()).into_par_iter().with_min_len(TOGETHER).all(is_alike)
}

/// True where rows are known by an id alone: they have no name and no code.
pub(super) fn is_known_by_id(layer: &Layer) -> bool {
    let names: Vec<usize> = ["name", "code"].iter().filter_map(|name| layer.attributes.column(name)).collect();
    let is_named = |row: usize| names.iter().any(|c| !layer.attributes.value(row, *c).display().is_empty());
    let needs_id = |row: usize| !is_named(row) && layer.id_text(row).is_some();
    (0..layer.len()).into_par_iter().with_min_len(TOGETHER).any(needs_id)
}

/// What a row is called in the first column: its id where it has no name, else its number.
pub(super) fn row_text(layer: &Layer, row: usize) -> String {
    let is_named = ["name", "code"].iter().any(|name| !layer.attributes.get(row, name).display().is_empty());
    let id = layer.id_text(row).filter(|_| !is_named);
    id.unwrap_or_else(|| (row + 1).to_string())
}

/// True where a column holds numbers, by its first thousand rows: enough to choose a side to align to.
pub(super) fn is_numeric(layer: &Layer, column: usize) -> bool {
    let mut some = false;
    for row in layer.attributes.rows_of(column, layer.len().min(1_000)).into_iter().take(1_000) {
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
    let name = made.unwrap_or_default();
    match (Holds::of(name), value) {
        // Where nothing takes of a plot, there is nothing to read.
        (_, Value::Number(n, _)) if *n == 0.0 && is_of_role(name) => String::new(),
        (Holds::Distance | Holds::Length, Value::Number(n, _)) => number(*n, 1),
        (Holds::Area, Value::Number(n, _)) => {
            let shown = n / unit.in_m2();
            number(shown, if unit == AreaUnit::SquareMetre { 1 } else { 3 })
        }
        (Holds::Share, Value::Number(n, _)) => number(n * 100.0, 2),
        (Holds::PerPerson, Value::Number(n, _)) => number(*n, 2),
        (Holds::People, Value::Number(n, _)) => number(*n, 0),
        (_, Value::Text(verdict)) if name == "verdict" => text_of(lang, &format!("verdict.{verdict}")),
        (_, Value::Bool(is)) => text_of(lang, if *is { "words.true" } else { "words.false" }),
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
    if response.has_focus() {
        // Within the heading: the ring round whatever has the keyboard would be cut off by the table's edge.
        let ring = egui::Stroke::new(2.0, palette.accent);
        ui.painter().rect_stroke(rect.shrink(1.0), 4.0, ring, egui::StrokeKind::Inside);
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Written;
    use crate::report::column_title;

    #[test]
    fn columns_of_rules_are_named_and_written_by_their_ends() {
        let unit = AreaUnit::Hectare;
        for (name, holds, n, text) in [
            ("red_line_m2", Holds::Area, 20_000.0, "2.000"),
            ("red_line_m2", Holds::Area, 0.0, ""),
            ("red_line_share", Holds::Share, 0.25, "25.00"),
            ("area_m2", Holds::Area, 0.0, "0.000"),
            ("river_m", Holds::Length, 12.34, "12.3"),
            ("distance_m", Holds::Distance, 106.71, "106.7"),
            ("adds_people", Holds::People, 2_359.0, "2,359"),
            ("m2_per_person", Holds::PerPerson, 4.5, "4.50"),
        ] {
            assert_eq!(Holds::of(name), holds, "{name}");
            assert_eq!(cell_text(Some(name), &Value::Number(n, Written::Text("")), unit, Lang::Zh), text, "{name}");
        }
        assert_eq!(Holds::of("grounds"), Holds::Other);
        assert_eq!(cell_text(None, &Value::Bool(true), unit, Lang::Zh), "是");
        let title = |name| column_title(name, unit.name(Lang::Zh), Lang::Zh);
        assert_eq!(title("red_line_m2").as_deref(), Some("生态保护红线占用（公顷）"));
        assert_eq!(title("red_line_share").as_deref(), Some("生态保护红线占比（%）"));
        assert_eq!(title("nothing"), None);
    }
}
