//! What ended sessions left unsaved: offered at the start, layer by layer, in a list that scrolls above buttons that stay.

use super::context::Context;
use super::dialogs::{scroll_list, window};
use super::later::Later;
use super::{theme, widgets};
use crate::i18n::{Lang, count, tr};
use crate::session::Command;
use crate::session::journal::{Left, Numbering, Recovered};
use eframe::egui::{self, Align, Key, Label, Layout, RichText, TextEdit, Ui, WidgetInfo, vec2};
use std::path::{Path, PathBuf};

/// A line of the list: of which journal, and which layer of it.
#[derive(Clone, Copy)]
enum Row {
    Layer(usize, usize),
    /// Its file, and what became of it.
    File(usize, usize),
    /// The file that it is now.
    Pointed(usize, usize),
    Bad(usize, usize),
    /// What was set and is in no project.
    Settings(usize),
    /// A journal that cannot be read to its end.
    Journal(usize),
    /// One of its lines.
    Unread(usize, usize),
}

/// What became of a layer's file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FileState {
    There,
    Changed,
    Missing,
    /// Which features of it were edited is lost.
    Unsure,
}

fn state_of(layer: &Recovered) -> FileState {
    match &layer.file {
        _ if layer.is_file_there() => FileState::There,
        _ if layer.numbering == Numbering::Lost => FileState::Unsure,
        Some(file) if file.exists() => FileState::Changed,
        _ => FileState::Missing,
    }
}

/// A file that the planner names for a layer.
struct Pointed {
    of: (usize, usize),
    text: String,
    is_file: bool,
}

/// Journals that are offered.
#[derive(Default)]
pub struct Recovery {
    /// Journals that are being read.
    looking: Option<Later<Vec<Left>>>,
    left: Vec<Left>,
    rows: Vec<(Row, FileState)>,
    pointed: Vec<Pointed>,
    browsing: Option<((usize, usize), Later<Option<PathBuf>>)>,
    /// A field or a button had the keyboard in the last frame.
    had_focus: bool,
    /// Frames in which it was laid out.
    sized: u8,
}

/// The height of a line.
const LINE: f32 = 30.0;
/// What of the window's height is not the list: title, text, buttons and the room around.
const BESIDE: f32 = 256.0;

impl Recovery {
    /// Offers journals once they are read.
    pub fn offer_later(&mut self, left: Later<Vec<Left>>) {
        self.looking = Some(left);
    }

    /// True while journals are being read.
    pub fn is_looking(&self) -> bool {
        self.looking.is_some()
    }

    /// Offers what was read meanwhile.
    fn take_read(&mut self) {
        let Some(Ok(left)) = self.looking.as_ref().map(Later::take) else { return };
        self.looking = None;
        // Where reading broke down they are where they were, and offered by the next start.
        self.offer(left.unwrap_or_default());
    }

    fn offer(&mut self, left: Vec<Left>) {
        *self = Self { left, ..Self::default() };
        for (j, left) in self.left.iter().enumerate() {
            for (l, layer) in left.layers.iter().enumerate() {
                let state = state_of(layer);
                let mut add = |row| self.rows.push((row, state));
                add(Row::Layer(j, l));
                if layer.file.is_some() {
                    add(Row::File(j, l));
                }
                if layer.wants_file() {
                    add(Row::Pointed(j, l));
                    self.pointed.push(Pointed { of: (j, l), text: String::new(), is_file: false });
                }
                if !layer.bad.is_empty() {
                    add(Row::Bad(j, l));
                }
            }
            if left.settings.is_some() {
                self.rows.push((Row::Settings(j), FileState::There));
            }
            if !left.unread.is_empty() {
                self.rows.push((Row::Journal(j), FileState::There));
                let lines = (0..left.unread.len()).map(|line| (Row::Unread(j, line), FileState::There));
                self.rows.extend(lines);
            }
        }
    }

    /// True while something is offered.
    pub fn is_open(&self) -> bool {
        !self.left.is_empty()
    }

    /// Shows the offer; `alone` where no other dialog wants the keys. Journals that were given up and are kept, since they
    /// were not read to their end, are returned.
    pub fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>, alone: bool) -> Vec<PathBuf> {
        self.take_read();
        if self.left.is_empty() {
            return Vec::new();
        }
        self.take_chosen();
        if self.sized < 3 {
            // A window knows its size once it was laid out, and its buttons stand right in the frame after that.
            self.sized += 1;
            ctx.request_repaint();
        }
        let lang = cx.lang;
        let has_layers = self.left.iter().any(|left| !left.layers.is_empty() || left.settings.is_some());
        let pressed = |key| alone && !self.had_focus && ctx.input(|i| i.key_pressed(key));
        let (mut take, mut later, mut drop) = (pressed(Key::Enter), pressed(Key::Escape), false);
        let room = ctx.content_rect().size();
        let mut open = true;
        window(&tr!(lang, "recovery.title"), &mut open).show(ctx, |ui| {
            ui.set_width((room.x - 48.0).clamp(200.0, 560.0));
            let text = if has_layers { tr!(lang, "recovery.text") } else { tr!(lang, "recovery.nothing") };
            ui.add(Label::new(text).wrap());
            ui.add_space(8.0);
            let list = scroll_list((room.y - BESIDE).max(2.0 * LINE));
            ui.spacing_mut().item_spacing.y = 2.0;
            list.show_rows(ui, LINE, self.rows.len(), |ui, range| {
                for (row, state) in self.rows.get(range).unwrap_or_default().to_vec() {
                    ui.horizontal(|ui| {
                        ui.set_height(LINE);
                        self.row(ui, row, state, lang);
                    });
                }
            });
            widgets::actions(ui, |ui| {
                let text = if has_layers { tr!(lang, "recovery.take") } else { tr!(lang, "recovery.keep") };
                take |= widgets::primary_button(ui, &text, "", true).clicked();
                if has_layers {
                    drop = widgets::secondary_button(ui, &tr!(lang, "recovery.drop"), true).clicked();
                }
                later |= widgets::secondary_button(ui, &tr!(lang, "recovery.later"), true).clicked();
            });
        });
        self.had_focus = ctx.memory(|memory| memory.focused().is_some());
        if take && has_layers {
            for pointed in self.pointed.iter().filter(|pointed| pointed.is_file) {
                let (j, l) = pointed.of;
                self.left[j].layers[l].pointed = Some(path_of(&pointed.text));
            }
            for left in self.left.drain(..) {
                cx.command(Command::Recover(Box::new(left)));
            }
        } else if take || drop {
            return self.left.drain(..).filter_map(|left| left.give_up()).collect();
        } else if later || !open {
            self.left.clear();
        }
        Vec::new()
    }

    /// What the system's dialog was asked for.
    fn take_chosen(&mut self) {
        let Some((of, later)) = self.browsing.take() else { return };
        match later.take() {
            Err(_) => self.browsing = Some((of, later)),
            Ok(chosen) => {
                for pointed in self.pointed.iter_mut().filter(|pointed| pointed.of == of) {
                    if let Some(path) = chosen.clone().flatten() {
                        pointed.text = path.display().to_string();
                        pointed.is_file = path.is_file();
                    }
                }
            }
        }
    }

    fn row(&mut self, ui: &mut Ui, row: Row, state: FileState, lang: Lang) {
        match row {
            Row::Layer(j, l) => {
                let layer = &self.left[j].layers[l];
                let rows = tr!(lang, "recovery.rows", n = count(layer.rows.len()));
                let quiet = theme::palette(ui).quiet;
                // However long a name is, how many features there are is seen.
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.add(Label::new(RichText::new(rows).size(theme::SMALL).color(quiet)).extend());
                    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                        let name = RichText::new(title(layer, lang)).font(theme::bold(theme::BODY));
                        ui.add(Label::new(name).truncate());
                    });
                });
            }
            Row::File(j, l) => {
                let Some(file) = &self.left[j].layers[l].file else { return };
                let state = match state {
                    FileState::There => tr!(lang, "recovery.there"),
                    FileState::Changed => tr!(lang, "recovery.changed"),
                    FileState::Missing => tr!(lang, "recovery.missing"),
                    FileState::Unsure => tr!(lang, "recovery.unsure"),
                };
                one_line(ui, &format!("{} · {state}", file.display()));
            }
            Row::Pointed(j, l) => self.pointed_row(ui, (j, l), lang),
            Row::Bad(j, l) => {
                let bad = &self.left[j].layers[l].bad;
                let rows =
                    bad.iter().take(8).map(|bad| bad.row.map_or("?".to_owned(), |row| count(row.saturating_add(1))));
                let rows = rows.collect::<Vec<_>>().join(crate::i18n::between(lang));
                one_line(ui, &tr!(lang, "recovery.bad_rows", n = count(bad.len()), rows = rows));
            }
            Row::Settings(j) => {
                let settings = self.left[j].settings.as_ref().map(|settings| settings.text(lang));
                one_line(ui, &settings.unwrap_or_default());
            }
            Row::Journal(j) => {
                let left = &self.left[j];
                let name = crate::io::file_name(left.path());
                let text = tr!(lang, "recovery.unread", file = name, n = count(left.unread.len()));
                let label = ui.add(Label::new(RichText::new(&*text).font(theme::bold(theme::SMALL))).truncate());
                label.on_hover_text(left.path().display().to_string());
            }
            Row::Unread(j, line) => one_line(ui, &self.left[j].unread[line].message(lang)),
        }
    }

    /// The field for the file that a layer's features are in now.
    fn pointed_row(&mut self, ui: &mut Ui, of: (usize, usize), lang: Lang) {
        let name = title(&self.left[of.0].layers[of.1], lang);
        let Some(pointed) = self.pointed.iter_mut().find(|pointed| pointed.of == of) else { return };
        let label = tr!(lang, "recovery.file_of", layer = name);
        let width = (ui.available_width() - 150.0).max(80.0);
        let field = TextEdit::singleline(&mut pointed.text).desired_width(width).margin(vec2(6.0, 3.0));
        let field = ui.add(field.hint_text(tr!(lang, "recovery.file_hint")));
        field.widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*label));
        if field.changed() {
            pointed.is_file = path_of(&pointed.text).is_file();
        }
        if !pointed.text.trim().is_empty() && !pointed.is_file {
            field.on_hover_text(tr!(lang, "recovery.no_file"));
            ui.label(RichText::new("?").color(theme::palette(ui).ban.0));
        }
        let button = widgets::secondary_button(ui, &tr!(lang, "dialog.browse"), self.browsing.is_none());
        let label = tr!(lang, "recovery.choose_file", layer = name);
        button.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, &*label));
        if button.clicked() {
            let ask = || rfd::FileDialog::new().add_filter("Shanshui", &crate::io::endings()).pick_file();
            self.browsing = Some((of, Later::start(ui.ctx(), ask)));
        }
    }
}

fn path_of(text: &str) -> PathBuf {
    Path::new(text.trim()).to_owned()
}

/// A layer's name, where it is known.
fn title(layer: &Recovered, lang: Lang) -> String {
    if layer.name.is_empty() { tr!(lang, "recovery.unnamed").into_owned() } else { layer.name.clone() }
}

/// Quiet text in one line; where it is too long, the pointer shows the rest.
fn one_line(ui: &mut Ui, text: &str) {
    let quiet = theme::palette(ui).quiet;
    ui.add(Label::new(RichText::new(text).size(theme::SMALL).color(quiet)).truncate());
}
