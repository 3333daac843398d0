//! What has to be said of files before they are read: one page for all of them, where their layers, their readings and their first rows
//! are seen. Nothing else waits for it.

mod choice;
mod sketch;

use crate::geodesy::LonLatBox;
use crate::geodesy::crs::nearest_first;
use crate::i18n::{Lang, bracketed, count, tr};
use crate::io::file_name;
use crate::io::formats::{Examined, ExaminedLayer};
use crate::session::{Command, Session};
use crate::ui::context::Context;
use crate::ui::dialogs::window;
use crate::ui::{theme, widgets};
use choice::Choice;
use eframe::egui::{self, Label, RichText, ScrollArea, Ui, vec2};
use std::sync::Arc;

/// Width of the page; points.
const WIDTH: f32 = 640.0;
/// Readings that are shown before somebody asks for more.
const READINGS: usize = 3;
/// Encodings that Chinese files come in, as the WHATWG calls them.
const ENCODINGS: [&str; 6] = ["UTF-8", "GB18030", "Big5", "UTF-16LE", "Shift_JIS", "windows-1252"];

/// Files that wait for a word.
#[derive(Default)]
pub struct Import {
    files: Vec<Choice>,
}

impl Import {
    /// True where the page is open.
    pub fn is_open(&self) -> bool {
        !self.files.is_empty()
    }

    /// Lets them all be.
    pub fn close(&mut self) {
        self.files.clear();
    }

    /// Takes a file, or one that was looked into once more.
    /// Readings that put it nearest to `around`, where the open layers lie, come first.
    pub fn take(&mut self, examined: &Arc<Examined>, around: LonLatBox) {
        let mut examined = Examined::clone(examined);
        if !around.is_empty() {
            examined.layers.iter_mut().for_each(|layer| nearest_first(&mut layer.readings, around));
        }
        let examined = Arc::new(examined);
        match self.files.iter_mut().find(|known| known.examined.path == examined.path) {
            Some(known) => known.renew(examined),
            None => self.files.push(Choice::new(examined)),
        }
    }

    /// Shows the page.
    pub fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>) {
        if !self.is_open() {
            return;
        }
        let lang = cx.lang;
        let around = around(cx.session);
        let mut open = true;
        let mut done = false;
        window(&tr!(lang, "import.title"), &mut open).show(ctx, |ui| {
            ui.set_width(WIDTH);
            let room = (ctx.content_rect().height() - 340.0).clamp(160.0, 420.0);
            ScrollArea::vertical().max_height(room).auto_shrink([false, true]).show(ui, |ui| {
                for (at, file) in self.files.iter_mut().enumerate() {
                    if at > 0 {
                        ui.add_space(8.0);
                        ui.separator();
                    }
                    ui.push_id(at, |ui| show_file(ui, file, around, cx));
                }
            });
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                let layers: usize = self.files.iter().map(Choice::wanted_layers).sum();
                let is_ready = layers > 0 && self.files.iter().all(Choice::is_decided);
                let text = tr!(lang, "import.open", n = count(layers));
                if widgets::primary_button(ui, &text, "", is_ready).clicked() {
                    let layers = self.files.iter().flat_map(Choice::decided).collect();
                    cx.command(Command::Import(layers));
                    done = true;
                }
                if widgets::secondary_button(ui, &tr!(lang, "menu.cancel"), true).clicked() {
                    done = true;
                }
                if !self.files.iter().all(Choice::is_decided) {
                    widgets::quiet(ui, tr!(lang, "import.undecided"));
                }
            });
        });
        if done || !open {
            self.close();
        }
    }
}

/// Where the open layers lie: what readings are seen against.
pub fn around(session: &Session) -> LonLatBox {
    session.layers().iter().fold(LonLatBox::EMPTY, |all, open| all.union(open.layer().bounds))
}

fn show_file(ui: &mut Ui, file: &mut Choice, around: LonLatBox, cx: &mut Context<'_>) {
    let lang = cx.lang;
    let examined = Arc::clone(&file.examined);
    ui.horizontal(|ui| {
        ui.label(RichText::new(file_name(&examined.path)).font(theme::bold(14.0)));
        widgets::quiet(ui, examined.format);
    });
    if examined.layers.len() > 1 {
        show_layers(ui, file, &examined, lang);
    }
    for layer in &examined.layers {
        if let Some(e) = &layer.failed {
            let text = RichText::new(e.message(lang)).size(theme::SMALL).color(theme::palette(ui).ban.0);
            ui.add(Label::new(text).wrap());
        }
    }
    if let Some(layer) = file.placeless() {
        show_readings(ui, file, &layer, around, lang);
    }
    let Some(shown) = examined.layers.iter().find(|layer| layer.failed.is_none() && !layer.rows.is_empty()) else {
        return;
    };
    show_encoding(ui, file, shown, cx);
    show_rows(ui, shown);
    for doubt in &shown.doubts {
        let text = RichText::new(doubt.text(lang)).size(theme::SMALL).color(theme::palette(ui).review.0);
        ui.add(Label::new(text).wrap());
    }
}

/// The layers of a container, each to be taken or left.
fn show_layers(ui: &mut Ui, file: &mut Choice, examined: &Examined, lang: Lang) {
    ui.horizontal(|ui| {
        widgets::quiet(ui, tr!(lang, "import.layers", n = count(examined.layers.len())));
        if ui.link(tr!(lang, "import.all")).clicked() {
            file.take_all(true);
        }
        if ui.link(tr!(lang, "import.none")).clicked() {
            file.take_all(false);
        }
    });
    for (at, layer) in examined.layers.iter().enumerate() {
        ui.horizontal(|ui| {
            let info = &layer.info;
            let name = match info.title.as_deref().filter(|title| *title != info.name) {
                Some(title) => format!("{title}{}", bracketed(&info.name, lang)),
                None => info.name.clone(),
            };
            let mut is_wanted = file.wanted[at];
            ui.add_enabled(layer.failed.is_none(), egui::Checkbox::new(&mut is_wanted, name));
            file.wanted[at] = is_wanted;
            widgets::quiet(ui, about(layer, lang));
        });
    }
}

/// What a layer is: kind, rows, system.
fn about(layer: &ExaminedLayer, lang: Lang) -> String {
    let info = &layer.info;
    let mut parts: Vec<String> = Vec::new();
    if info.is_table {
        parts.push(tr!(lang, "import.table").into_owned());
    }
    parts.extend(info.kinds.iter().map(|kind| sketch::kind_text(*kind, lang)));
    parts.extend(info.rows.map(|rows| tr!(lang, "import.rows", n = count(rows as usize)).into_owned()));
    if let Some(crs) = &info.crs {
        parts.push(crate::geodesy::crs::Crs::parse(crs).map_or_else(|e| e.name, |crs| crs.title(lang)));
    }
    parts.join(" · ")
}

/// What the positions of a file may mean; each reading with the place where it puts them.
fn show_readings(ui: &mut Ui, file: &mut Choice, layer: &ExaminedLayer, around: LonLatBox, lang: Lang) {
    ui.add_space(6.0);
    widgets::section(ui, &tr!(lang, "import.where"));
    if let Some([x, y]) = layer.extent {
        let numbers = format!("x {:.3} – {:.3}   y {:.3} – {:.3}", x[0], x[1], y[0], y[1]);
        widgets::quiet(ui, tr!(lang, "import.numbers", numbers = numbers));
    }
    let chosen = file.reading();
    ui.horizontal_top(|ui| {
        ui.vertical(|ui| {
            ui.set_width(WIDTH - sketch::SIZE.x - 24.0);
            let shown = if file.shows_all { layer.readings.len() } else { READINGS };
            for reading in layer.readings.iter().take(shown) {
                let is_chosen = chosen.as_deref() == Some(&*reading.crs);
                let text = format!("{}\n{}", reading.name(lang), sketch::extent_text(reading.bounds));
                if ui.radio(is_chosen, text).clicked() {
                    file.choose(&reading.crs);
                }
            }
            let more = layer.readings.len().saturating_sub(shown);
            if more > 0 && ui.link(tr!(lang, "import.more", n = count(more))).clicked() {
                file.shows_all = true;
            }
            ui.horizontal(|ui| {
                let label = widgets::quiet(ui, tr!(lang, "import.other"));
                let edit = egui::TextEdit::singleline(&mut file.typed).desired_width(240.0).margin(vec2(8.0, 4.0));
                let field = ui.add(edit.hint_text("EPSG:4549")).labelled_by(label.id);
                field.on_hover_text(tr!(lang, "dialog.crs_hint"));
            });
            if let Some(e) = file.typed_error() {
                let text = RichText::new(e.said.text(lang)).size(theme::SMALL).color(theme::palette(ui).ban.0);
                ui.add(Label::new(text).wrap());
            }
        });
        let bounds = layer.readings.iter().find(|reading| chosen.as_deref() == Some(&*reading.crs));
        sketch::show(ui, around, bounds.map(|reading| reading.bounds));
    });
}

/// The encoding of a file's text, seen by some of its values.
fn show_encoding(ui: &mut Ui, file: &mut Choice, layer: &ExaminedLayer, cx: &mut Context<'_>) {
    if layer.letters.is_empty() || !file.has_encoding() {
        return;
    }
    let lang = cx.lang;
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        let label = widgets::quiet(ui, tr!(lang, "import.encoding"));
        let now = file.examined.layers.iter().find_map(|layer| layer.read_as.encoding.clone());
        let read = layer.encoding.clone().unwrap_or_default();
        let shown = now.clone().unwrap_or_else(|| tr!(lang, "import.by_itself", name = read).into_owned());
        let combo = egui::ComboBox::from_id_salt("encoding").selected_text(shown);
        let mut wanted = None;
        let response = combo.show_ui(ui, |ui| {
            for name in ENCODINGS {
                if ui.selectable_label(now.as_deref() == Some(name), name).clicked() {
                    wanted = Some(name.to_owned());
                }
            }
        });
        response.response.labelled_by(label.id);
        if let Some(name) = wanted {
            cx.command(file.in_encoding(name));
        }
        ui.add(Label::new(RichText::new(layer.letters.join("   ")).size(theme::SMALL)).truncate());
    });
}

/// The first rows as they will be read.
fn show_rows(ui: &mut Ui, layer: &ExaminedLayer) {
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
