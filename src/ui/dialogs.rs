//! Dialogs: files to open, where to export, health lists, keys, errors. A typed path always works;
//! the system's own dialog is asked off the interface thread.

use super::app::{Act, Context, Looking};
use super::panels::keys;
use super::settings::Settings;
use super::{icons, theme, widgets};
use crate::geodesy::LonLatBox;
use crate::i18n::{Lang, tr};
use crate::model::{Layer, Severity};
use crate::session::{Command, KeptAnswer, Key, Wake};
use crate::ui::map::picking::Hit;
use eframe::egui::{self, Align2, Label, Layout, RichText, ScrollArea, TextEdit, Ui, vec2};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Something to be told.
#[derive(Clone, Debug)]
pub enum Notice {
    /// Something failed.
    Error(String),
    /// An answer was written here.
    Exported(PathBuf),
    /// A job was stopped.
    Cancelled,
}

enum Asked {
    Open,
    Export(Key),
}

enum Chosen {
    Open(Vec<PathBuf>),
    Export(Key, PathBuf),
}

/// The dialogs and what stands in them.
pub struct Dialogs {
    asked: Option<Asked>,
    path: String,
    help: bool,
    /// What the last job had to say.
    pub notice: Option<Notice>,
    browsing: bool,
    sender: Sender<Option<Chosen>>,
    chosen: Receiver<Option<Chosen>>,
    wake: Wake,
    focus: bool,
}

impl Dialogs {
    /// None is open.
    pub fn new(wake: Wake) -> Self {
        let (sender, chosen) = channel();
        Self {
            asked: None,
            path: String::new(),
            help: false,
            notice: None,
            browsing: false,
            sender,
            chosen,
            wake,
            focus: false,
        }
    }

    /// True where a dialog wants the keyboard.
    pub fn is_open(&self) -> bool {
        self.asked.is_some() || self.help
    }

    /// Opens the dialog for files.
    pub fn open_files(&mut self) {
        self.asked = Some(Asked::Open);
        self.path.clear();
        self.focus = true;
    }

    /// Opens the dialog for an answer's file.
    pub fn export(&mut self, answer: &KeptAnswer) {
        self.asked = Some(Asked::Export(answer.key));
        let name = format!("{}.geojson", answer.answer.question.kind());
        // Beside the layer that was asked about; the sample has no folder of its own.
        let beside = answer.layers.subject.layer().source.path.as_deref().and_then(|p| p.parent()).map(PathBuf::from);
        let folder = beside.or_else(documents).unwrap_or_default();
        let suggestion = answer.saved_to.clone().unwrap_or_else(|| folder.join(&name));
        self.path = suggestion.display().to_string();
        self.focus = true;
    }

    /// Opens the list of keys.
    pub fn shortcuts(&mut self) {
        self.help = true;
    }

    /// Shows what is open.
    pub fn show(&mut self, ctx: &egui::Context, cx: &mut Context<'_>, settings: &Settings, looking: &mut Looking) {
        while let Ok(chosen) = self.chosen.try_recv() {
            self.browsing = false;
            match chosen {
                Some(Chosen::Open(paths)) => {
                    self.asked = None;
                    cx.command(Command::Open(paths));
                }
                Some(Chosen::Export(key, path)) => {
                    self.asked = None;
                    cx.command(Command::Export(key, path));
                }
                None => {}
            }
        }
        if ctx.input(|i| i.key_pressed(egui::Key::Escape)) {
            self.asked = None;
            self.help = false;
            looking.health = None;
        }
        self.paths(ctx, cx, settings);
        self.help(ctx, cx.lang);
        self.notices(ctx, cx.lang);
        if let Some(layer) = looking.health.and_then(|k| cx.session.layer(k)) {
            let mut open = true;
            let (key, title) = (layer.key, cx.session.title(layer, cx.lang));
            health(ctx, cx, key, &title, layer.indexed.layer(), &mut open);
            if !open {
                looking.health = None;
            }
        }
    }

    fn paths(&mut self, ctx: &egui::Context, cx: &mut Context<'_>, settings: &Settings) {
        let lang = cx.lang;
        let Some(asked) = &self.asked else { return };
        let export = match asked {
            Asked::Open => None,
            Asked::Export(key) => Some(*key),
        };
        let title = tr!(lang, if export.is_some() { "dialog.export" } else { "dialog.open" });
        let mut open = true;
        let mut go: Option<PathBuf> = None;
        window(&title, &mut open).show(ctx, |ui| {
            ui.set_width(520.0);
            let label =
                widgets::quiet(ui, tr!(lang, if export.is_some() { "dialog.export_hint" } else { "dialog.open_hint" }));
            ui.add_space(4.0);
            let field = ui.add(
                TextEdit::singleline(&mut self.path)
                    .desired_width(f32::INFINITY)
                    .margin(vec2(8.0, 6.0))
                    .hint_text(tr!(lang, "dialog.path")),
            );
            let field = field.labelled_by(label.id);
            if std::mem::take(&mut self.focus) {
                field.request_focus();
            }
            let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
            ui.add_space(8.0);
            ui.horizontal(|ui| {
                let text = tr!(lang, if export.is_some() { "dialog.save" } else { "dialog.open_button" });
                let ready = !self.path.trim().is_empty();
                if (widgets::primary_button(ui, &text, "", ready).clicked() || entered) && ready {
                    go = Some(typed_path(&self.path));
                }
                if widgets::secondary_button(ui, &tr!(lang, "dialog.browse"), !self.browsing).clicked() {
                    self.browsing = true;
                    browse(export, &self.path, self.sender.clone(), Arc::clone(&self.wake));
                }
                if self.browsing {
                    widgets::quiet(ui, tr!(lang, "dialog.browsing"));
                }
            });
            if export.is_none() && !settings.recent.is_empty() {
                ui.add_space(12.0);
                widgets::section(ui, &tr!(lang, "menu.recent"));
                for path in &settings.recent {
                    let text = RichText::new(path.display().to_string()).color(theme::palette(ui).accent);
                    if ui.add(egui::Button::new(text).frame(false).truncate()).clicked() {
                        go = Some(path.clone());
                    }
                }
            }
        });
        if let Some(path) = go {
            cx.command(match export {
                Some(key) => Command::Export(key, path),
                None => Command::Open(vec![path]),
            });
            self.asked = None;
        } else if !open {
            self.asked = None;
        }
    }

    fn help(&mut self, ctx: &egui::Context, lang: Lang) {
        if !self.help {
            return;
        }
        window(&tr!(lang, "menu.shortcuts"), &mut self.help).show(ctx, |ui| {
            ui.set_width(360.0);
            let palette = theme::palette(ui);
            for (key, shortcut) in keys::ALL {
                ui.horizontal(|ui| {
                    ui.label(tr!(lang, key));
                    ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
                        ui.label(RichText::new(keys::text(&shortcut)).color(palette.quiet));
                    });
                });
            }
            ui.separator();
            widgets::quiet(ui, tr!(lang, "keys.map"));
        });
    }

    fn notices(&mut self, ctx: &egui::Context, lang: Lang) {
        let Some(notice) = self.notice.clone() else { return };
        let mut close = false;
        egui::Area::new(egui::Id::unique("notice"))
            .anchor(Align2::CENTER_TOP, vec2(0.0, 48.0))
            .order(egui::Order::Foreground)
            .show(ctx, |ui| {
                let palette = theme::palette(ui);
                let (icon, text, (ink, ground)) = match &notice {
                    Notice::Error(text) => (icons::CIRCLE_X, text.clone(), palette.ban),
                    Notice::Exported(path) => {
                        (icons::CIRCLE_CHECK, tr!(lang, "ask.saved", file = path.display()).into_owned(), palette.met)
                    }
                    Notice::Cancelled => (icons::INFO, tr!(lang, "notice.cancelled").into_owned(), palette.review),
                };
                egui::Frame::new()
                    .fill(ground)
                    .corner_radius(6.0)
                    .stroke(egui::Stroke::new(1.0, ink.gamma_multiply(0.4)))
                    .inner_margin(10.0)
                    .show(ui, |ui| {
                        ui.set_max_width(560.0);
                        ui.horizontal_top(|ui| {
                            ui.label(RichText::new(icon).font(theme::icon_font(16.0)).color(ink));
                            let width = ui.available_width() - 32.0;
                            ui.allocate_ui(vec2(width.min(500.0), 0.0), |ui| {
                                ui.add(Label::new(RichText::new(text).color(ink)).wrap().selectable(true));
                            });
                            close = widgets::icon_button(ui, icons::X, &tr!(lang, "notice.close")).clicked();
                        });
                    });
            });
        if close {
            self.notice = None;
        }
    }
}

fn window<'a>(title: &str, open: &'a mut bool) -> egui::Window<'a> {
    egui::Window::new(RichText::new(title).font(theme::bold(14.0)))
        .open(open)
        .collapsible(false)
        .resizable(false)
        .anchor(Align2::CENTER_CENTER, vec2(0.0, -40.0))
}

/// The planner's folder for documents, else their own folder.
fn documents() -> Option<PathBuf> {
    let dirs = directories::UserDirs::new()?;
    Some(dirs.document_dir().filter(|d| d.is_dir()).unwrap_or_else(|| dirs.home_dir()).to_owned())
}

/// A typed path, with a leading ~ for the planner's own folder.
fn typed_path(text: &str) -> PathBuf {
    let text = text.trim();
    match (text.strip_prefix("~/"), directories::BaseDirs::new()) {
        (Some(rest), Some(dirs)) => dirs.home_dir().join(rest),
        _ => PathBuf::from(text),
    }
}

/// Asks the system's dialog on a thread of its own: a service that never answers must not hold the window.
fn browse(export: Option<Key>, path: &str, sender: Sender<Option<Chosen>>, wake: Wake) {
    let suggestion = typed_path(path);
    std::thread::spawn(move || {
        let dialog = rfd::FileDialog::new().add_filter("GeoJSON", &["geojson", "json"]);
        let chosen = match export {
            None => dialog.pick_files().map(Chosen::Open),
            Some(key) => {
                let name = suggestion.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
                dialog.set_file_name(name).save_file().map(|path| Chosen::Export(key, path))
            }
        };
        // A window that is gone no longer listens.
        let _ = sender.send(chosen);
        wake();
    });
}

/// A layer's health list, each entry with "go there".
fn health(ctx: &egui::Context, cx: &mut Context<'_>, key: Key, title: &str, layer: &Layer, open: &mut bool) {
    let lang = cx.lang;
    window(&tr!(lang, "health.title", layer = title), open).show(ctx, |ui| {
        ui.set_width(620.0);
        let palette = theme::palette(ui);
        if layer.problems.is_empty() {
            ui.horizontal(|ui| {
                ui.label(RichText::new(icons::CIRCLE_CHECK).font(theme::icon_font(16.0)).color(palette.met.0));
                ui.label(tr!(lang, "info.healthy"));
            });
            return;
        }
        let left_out = layer.unusable.iter().filter(|u| **u).count();
        widgets::quiet(
            ui,
            tr!(lang, "health.summary", file = layer.source.file_name, n = layer.problems.len(), left_out = left_out),
        );
        ui.add_space(8.0);
        ScrollArea::vertical().max_height(360.0).auto_shrink([false, true]).show_rows(
            ui,
            44.0,
            layer.problems.len(),
            |ui, rows| {
                for problem in &layer.problems[rows] {
                    health_row(ui, cx, key, layer, problem);
                }
            },
        );
    });
}

fn health_row(ui: &mut Ui, cx: &mut Context<'_>, key: Key, layer: &Layer, problem: &crate::model::Problem) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    ui.allocate_ui_with_layout(vec2(ui.available_width(), 40.0), Layout::left_to_right(egui::Align::Center), |ui| {
        let (icon, ink) = match problem.kind.severity() {
            Severity::LeftOut => (icons::CIRCLE_X, palette.ban.0),
            Severity::Warning => (icons::TRIANGLE_ALERT, palette.review.0),
            Severity::Note => (icons::INFO, palette.quiet),
        };
        ui.label(RichText::new(icon).font(theme::icon_font(16.0)).color(ink));
        let width = ui.available_width() - 88.0;
        ui.allocate_ui_with_layout(vec2(width, 40.0), Layout::top_down(egui::Align::Min), |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            ui.add(Label::new(RichText::new(problem.kind.message(lang)).color(palette.text)).truncate());
            let place = match (problem.row, problem.place) {
                (Some(row), Some(p)) => {
                    tr!(lang, "health.place", n = row + 1, label = layer.label(row), line = p.line, column = p.column)
                }
                _ => tr!(lang, "health.whole_file"),
            };
            let place = format!("{place} · {}", problem.kind.done(lang));
            ui.add(Label::new(RichText::new(place).size(theme::SMALL).color(palette.quiet)).truncate());
        });
        let spot = problem.kind.position().map(|p| LonLatBox { min: p, max: p }.padded(60.0));
        let bounds = problem.row.map(|row| layer.geometries.bounds(row)).filter(|b| !b.is_empty());
        ui.with_layout(Layout::right_to_left(egui::Align::Center), |ui| {
            if let (Some(row), true) = (problem.row, spot.is_some() || bounds.is_some())
                && ui.button(tr!(lang, "health.go_there")).clicked()
            {
                cx.acts.push(Act::GoTo(Hit { key, row }));
                cx.acts.extend(spot.map(Act::GoToPlace));
            }
        });
    });
}
