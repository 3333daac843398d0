//! How the text and the cells of a file are read: its encoding, what stands between cells, the columns of positions; a change is seen
//! at once in the first rows.

use super::choice::Choice;
use crate::i18n::{Lang, count, tr};
use crate::io::formats::ExaminedLayer;
use crate::io::formats::tabular::Preview;
use crate::model::ReadAs;
use crate::ui::context::Context;
use crate::ui::{theme, widgets};
use eframe::egui::{self, ComboBox, Label, RichText, ScrollArea, Ui, vec2};

/// Encodings that Chinese files come in, as the WHATWG calls them.
const ENCODINGS: [&str; 6] = ["UTF-8", "GB18030", "Big5", "UTF-16LE", "Shift_JIS", "windows-1252"];
/// What may stand between cells, and what it is called.
const DELIMITERS: [(char, &str); 4] = [(',', ","), ('\t', "Tab"), (';', ";"), ('|', "|")];
/// Rows that would have no position which are named.
const FAILING: usize = 5;

/// A list of which one is taken; what somebody takes instead.
fn choose<T: Clone>(ui: &mut Ui, id: &str, title: &str, shown: &str, all: &[(T, String)]) -> Option<T> {
    let label = widgets::quiet(ui, title);
    let mut wanted = None;
    let response = ComboBox::from_id_salt(id).selected_text(shown).show_ui(ui, |ui| {
        for (value, name) in all {
            if ui.selectable_label(name == shown, name).clicked() {
                wanted = Some(value.clone());
            }
        }
    });
    response.response.labelled_by(label.id);
    wanted
}

/// The encoding of a file's text, seen by some of its values.
pub(super) fn show_encoding(ui: &mut Ui, file: &mut Choice, layer: &ExaminedLayer, cx: &mut Context<'_>) {
    if layer.letters.is_empty() || !file.has_encoding() {
        return;
    }
    let lang = cx.lang;
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        let now = file.examined.layers.iter().find_map(|layer| layer.read_as.encoding.clone());
        let read = layer.encoding.clone().unwrap_or_default();
        let shown = now.unwrap_or_else(|| tr!(lang, "import.by_itself", name = read).into_owned());
        let all = ENCODINGS.map(|name| (name, name.to_owned()));
        if let Some(name) = choose(ui, "encoding", &tr!(lang, "import.encoding"), &shown, &all) {
            cx.command(file.again(ReadAs { encoding: Some(name.to_owned()), ..file.read_as() }));
        }
        ui.add(Label::new(RichText::new(layer.letters.join("   ")).size(theme::SMALL)).truncate());
    });
}

/// What stands between the cells of a text, and the columns of positions. Of several sheets each has its own.
pub(super) fn show_columns(ui: &mut Ui, file: &mut Choice, layer: &ExaminedLayer, cx: &mut Context<'_>) {
    let Some(table) = layer.table.as_deref() else { return };
    let lang = cx.lang;
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        if let Some(delimiter) = table.delimiter {
            let all: Vec<(char, String)> = DELIMITERS.map(|(c, name)| (c, name.to_owned())).into();
            let shown =
                all.iter().find(|(c, _)| *c == delimiter).map_or(delimiter.to_string(), |(_, name)| name.clone());
            if let Some(c) = choose(ui, "delimiter", &tr!(lang, "import.delimiter"), &shown, &all) {
                // Other cells have other columns.
                cx.command(file.again(ReadAs { delimiter: Some(c), columns: None, ..file.read_layer_as(layer) }));
            }
        }
        let names: Vec<(String, String)> = named(table).map(|name| (name.clone(), name.clone())).collect();
        let nothing = tr!(lang, "import.no_column").into_owned();
        let [x, y] = match &table.positions[..] {
            [] => [None, None],
            [one] => [Some(one), None],
            [x, y] => [Some(x), Some(y)],
            // Degrees, minutes and seconds in columns of their own.
            many => {
                widgets::quiet(ui, tr!(lang, "import.columns", columns = many.join(" ")));
                return;
            }
        };
        let shown = |name: Option<&String>| name.cloned().unwrap_or_else(|| nothing.clone());
        let new_x = choose(ui, "x", &tr!(lang, "import.x"), &shown(x), &names);
        let mut of_y = vec![(String::new(), nothing.clone())];
        of_y.extend(names);
        let new_y = choose(ui, "y", &tr!(lang, "import.y"), &shown(y), &of_y);
        if new_x.is_some() || new_y.is_some() {
            let wanted = [new_x.or(x.cloned()), new_y.or(y.cloned())];
            let columns: Vec<String> = wanted.into_iter().flatten().filter(|name| !name.is_empty()).collect();
            cx.command(file.again(ReadAs { columns: Some(columns), ..file.read_layer_as(layer) }));
        }
    });
}

/// Columns with a name, by which they are taken.
fn named(table: &Preview) -> impl Iterator<Item = &String> {
    table.names.iter().filter(|name| !name.trim().is_empty())
}

/// The rows looked at that would have no position, with their lines.
pub(super) fn show_failing(ui: &mut Ui, layer: &ExaminedLayer, lang: Lang) {
    let Some(table) = layer.table.as_deref().filter(|table| !table.failing.is_empty()) else { return };
    let palette = theme::palette(ui);
    let mut tell = |text: String| {
        ui.add(Label::new(RichText::new(text).size(theme::SMALL).color(palette.review.0)).wrap());
    };
    tell(tr!(lang, "import.failing", n = count(table.failing.len())).into_owned());
    table.failing.iter().take(FAILING).for_each(|row| tell(row.said.text(lang).to_owned()));
    let more = table.failing.len().saturating_sub(FAILING);
    if more > 0 {
        tell(tr!(lang, "contents.more", n = count(more)).into_owned());
    }
}

/// The first rows as they will be read.
pub(super) fn show_rows(ui: &mut Ui, layer: &ExaminedLayer) {
    const COLUMNS: usize = 7;
    ui.add_space(6.0);
    let palette = theme::palette(ui);
    ScrollArea::horizontal().id_salt("rows").show(ui, |ui| {
        egui::Grid::new("rows").striped(true).spacing(vec2(14.0, 4.0)).show(ui, |ui| {
            let cell = |ui: &mut Ui, text: &str, is_head: bool| {
                let text: String = text.chars().take(24).collect();
                let color = if is_head { palette.quiet } else { palette.text };
                ui.label(RichText::new(text).size(theme::SMALL).color(color));
            };
            layer.columns.iter().take(COLUMNS).for_each(|name| cell(ui, name, true));
            ui.end_row();
            for row in &layer.rows {
                row.iter().take(COLUMNS).for_each(|text| cell(ui, text, false));
                ui.end_row();
            }
        });
    });
}
