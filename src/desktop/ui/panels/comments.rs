//! Comments: a list with filters, the one that is open with its replies, and the one that is being written.

use crate::comments::{Comment, CommentState, Reply};
use crate::geodesy::LonLat;
use crate::i18n::{Lang, count, text_of, tr};
use crate::report::local_text;
use crate::session::{Command, CommentCommand};
use crate::ui::context::{Act, Context};
use crate::ui::map::overlay::position_text;
use crate::ui::map::pins::Pinned;
use crate::ui::theme::{self, SMALL};
use crate::ui::tools::Tool;
use crate::ui::{icons, widgets};
use eframe::egui::{self, Button, Key, Label, RichText, ScrollArea, TextEdit, Ui, WidgetInfo};

/// Comments in the list at most; the filter tells the rest apart.
const MOST: usize = 300;

/// What is looked at, and what is typed.
#[derive(Default)]
pub struct CommentsPanel {
    /// What stands on the map.
    pub pinned: Pinned,
    wanted: String,
    /// The text of the one that is being written.
    text: String,
    /// The text of the one that is open, while it is changed.
    edited: Option<(String, String)>,
    /// The reply that is being written, and to which.
    reply: (String, String),
    /// The field gets the keyboard.
    focus: bool,
    /// The open one is brought into sight in the list.
    scroll: bool,
}

impl CommentsPanel {
    /// Begins one at a place.
    pub fn begin(&mut self, at: LonLat) {
        // What was typed for another place goes along.
        (self.pinned.pending, self.pinned.selected, self.focus) = (Some(at), None, true);
    }

    /// Opens one, or none.
    pub fn select(&mut self, id: Option<String>) {
        (self.pinned.selected, self.scroll) = (id, true);
        self.edited = None;
    }

    /// Shows them; `author` is who writes here.
    pub fn show(&mut self, ui: &mut Ui, cx: &mut Context<'_>, author: &mut String) {
        let lang = cx.lang;
        let all = cx.session.comments();
        self.filters(ui, cx);
        if self.pinned.pending.is_some() {
            self.writing(ui, cx, author);
        } else if widgets::secondary_button(ui, &tr!(lang, "comment.add"), true).clicked() {
            cx.acts.push(Act::Tool(Tool::Comment));
        }
        let n = all.shown().count();
        match (cx.session.comments_file(), n) {
            (_, 0) => drop(widgets::quiet(ui, tr!(lang, "comment.about"))),
            (Some(file), _) => drop(widgets::quiet(ui, tr!(lang, "comment.kept", file = crate::io::file_name(&file)))),
            (None, _) => drop(widgets::quiet(ui, tr!(lang, "comment.not_kept"))),
        }
        ui.add_space(4.0);
        let shown: Vec<&Comment> =
            all.all.iter().rev().filter(|one| self.pinned.shows(one) && one.mentions(&self.wanted)).collect();
        if n > 0 && shown.is_empty() {
            widgets::quiet(ui, tr!(lang, "comment.no_match"));
        }
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            for comment in shown.iter().take(MOST) {
                match self.pinned.selected.as_ref() == Some(&comment.id) {
                    true => self.open(ui, cx, comment, author),
                    false => line(ui, cx, comment),
                }
            }
            if shown.len() > MOST {
                widgets::quiet(ui, tr!(lang, "comment.more", n = count(shown.len() - MOST)));
            }
        });
    }

    fn filters(&mut self, ui: &mut Ui, cx: &Context<'_>) {
        let lang = cx.lang;
        let all = cx.session.comments();
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            for (only, key) in [
                (None, "comment.all"),
                (Some(CommentState::Open), "comment.open"),
                (Some(CommentState::Resolved), "comment.resolved"),
            ] {
                let n = all.shown().filter(|one| only.is_none_or(|state| one.state == state)).count();
                let text = format!("{} {}", text_of(lang, key), count(n));
                let is_taken = self.pinned.only == only;
                if ui.selectable_label(is_taken, text).clicked() {
                    self.pinned.only = only;
                }
            }
            let (icon, key) = match self.pinned.is_hidden {
                true => (icons::EYE_OFF, "comment.show"),
                false => (icons::EYE, "comment.hide"),
            };
            if widgets::icon_button(ui, icon, &tr!(lang, key)).clicked() {
                self.pinned.is_hidden = !self.pinned.is_hidden;
            }
        });
        let hint = tr!(lang, "comment.find");
        let field = TextEdit::singleline(&mut self.wanted).hint_text(&*hint).desired_width(f32::INFINITY);
        ui.add(field).widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, &*hint));
        ui.add_space(4.0);
    }

    /// The card of the one that is being written.
    fn writing(&mut self, ui: &mut Ui, cx: &mut Context<'_>, author: &mut String) {
        let lang = cx.lang;
        let Some(at) = self.pinned.pending else { return };
        card(ui, true, |ui| {
            widgets::section(ui, &tr!(lang, "comment.new"));
            widgets::quiet(ui, position_text(at));
            let field = text_field(ui, &mut self.text, &tr!(lang, "comment.text"), 3);
            if std::mem::take(&mut self.focus) {
                field.request_focus();
            }
            named_field(ui, author, &tr!(lang, "comment.author"));
            let is_sent = sends(ui, &field);
            ui.horizontal(|ui| {
                let can = !self.text.trim().is_empty();
                if (widgets::primary_button(ui, &tr!(lang, "comment.save"), "Ctrl Enter", can).clicked() || is_sent)
                    && can
                {
                    let text = std::mem::take(&mut self.text);
                    cx.command(Command::Comment(CommentCommand::Add(at, text, author.clone())));
                    self.pinned.pending = None;
                }
                if widgets::secondary_button(ui, &tr!(lang, "comment.cancel"), true).clicked() {
                    (self.pinned.pending, self.text) = (None, String::new());
                }
            });
        });
        ui.add_space(6.0);
    }

    /// The one that is open.
    fn open(&mut self, ui: &mut Ui, cx: &mut Context<'_>, comment: &Comment, author: &mut String) {
        let lang = cx.lang;
        let palette = theme::palette(ui);
        let scrolls = std::mem::take(&mut self.scroll);
        let shown = card(ui, true, |ui| {
            head(ui, comment, lang);
            let is_edited = self.edited.as_ref().is_some_and(|(id, _)| *id == comment.id);
            if let Some((_, text)) = self.edited.as_mut().filter(|_| is_edited) {
                let field = text_field(ui, text, &tr!(lang, "comment.text"), 3);
                if std::mem::take(&mut self.focus) {
                    field.request_focus();
                }
                let is_sent = sends(ui, &field);
                let (mut is_done, can) = (false, !text.trim().is_empty());
                ui.horizontal(|ui| {
                    if (widgets::primary_button(ui, &tr!(lang, "comment.save"), "Ctrl Enter", can).clicked() || is_sent)
                        && can
                    {
                        cx.command(Command::Comment(CommentCommand::Text(comment.id.clone(), text.clone())));
                        is_done = true;
                    }
                    is_done |= widgets::secondary_button(ui, &tr!(lang, "comment.cancel"), true).clicked();
                });
                if is_done {
                    self.edited = None;
                }
            } else {
                ui.add(Label::new(&comment.text).wrap().selectable(true));
            }
            comment.answers().for_each(|reply| answer(ui, cx, comment, reply));
            self.replying(ui, cx, comment, author);
            ui.horizontal_wrapped(|ui| {
                let (key, to) = match comment.state {
                    CommentState::Open => ("comment.resolve", CommentState::Resolved),
                    CommentState::Resolved => ("comment.reopen", CommentState::Open),
                };
                if widgets::secondary_button(ui, &tr!(lang, key), true).clicked() {
                    cx.command(Command::Comment(CommentCommand::State(comment.id.clone(), to)));
                }
                if widgets::icon_button(ui, icons::LOCATE, &tr!(lang, "comment.zoom")).clicked() {
                    cx.acts.push(Act::GoToComment(comment.id.clone()));
                }
                if widgets::icon_button(ui, icons::PENCIL, &tr!(lang, "comment.edit")).clicked() {
                    (self.edited, self.focus) = (Some((comment.id.clone(), comment.text.clone())), true);
                }
                let delete = RichText::new(tr!(lang, "comment.delete")).color(palette.ban.0);
                if ui.add(Button::new(delete).frame(false)).clicked() {
                    cx.command(Command::Comment(CommentCommand::Delete(comment.id.clone())));
                    self.pinned.selected = None;
                }
            });
        });
        if scrolls {
            shown.scroll_to_me(None);
        }
    }

    fn replying(&mut self, ui: &mut Ui, cx: &mut Context<'_>, comment: &Comment, author: &mut String) {
        let lang = cx.lang;
        if self.reply.0 != comment.id {
            self.reply = (comment.id.clone(), String::new());
        }
        let field = text_field(ui, &mut self.reply.1, &tr!(lang, "comment.reply_text"), 1);
        if self.reply.1.is_empty() {
            return;
        }
        named_field(ui, author, &tr!(lang, "comment.author"));
        let is_sent = sends(ui, &field);
        if widgets::primary_button(ui, &tr!(lang, "comment.reply"), "Ctrl Enter", true).clicked() || is_sent {
            let text = std::mem::take(&mut self.reply.1);
            cx.command(Command::Comment(CommentCommand::Reply(comment.id.clone(), text, author.clone())));
        }
    }
}

/// True where Ctrl Enter was pressed in a field.
fn sends(ui: &Ui, field: &egui::Response) -> bool {
    field.has_focus() && ui.input_mut(|i| i.consume_key(egui::Modifiers::COMMAND, Key::Enter))
}

fn text_field(ui: &mut Ui, text: &mut String, name: &str, rows: usize) -> egui::Response {
    let field = TextEdit::multiline(text).desired_rows(rows).desired_width(f32::INFINITY).hint_text(name);
    let field = ui.add(field);
    field.widget_info(|| WidgetInfo::labeled(egui::Role::MultilineTextInput, true, name));
    field
}

fn named_field(ui: &mut Ui, text: &mut String, name: &str) {
    let field = TextEdit::singleline(text).desired_width(f32::INFINITY).hint_text(name);
    ui.add(field).widget_info(|| WidgetInfo::labeled(egui::Role::TextInput, true, name));
}

fn card(ui: &mut Ui, is_open: bool, contents: impl FnOnce(&mut Ui)) -> egui::Response {
    let palette = theme::palette(ui);
    let line = if is_open { palette.accent } else { palette.line };
    let frame = egui::Frame::new().stroke(egui::Stroke::new(1.0, line)).corner_radius(6.0).inner_margin(10.0);
    frame
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            contents(ui);
        })
        .response
}

/// Who wrote it, when, and how far it is.
fn head(ui: &mut Ui, comment: &Comment, lang: Lang) {
    let palette = theme::palette(ui);
    ui.horizontal_wrapped(|ui| {
        let tone = match comment.state {
            CommentState::Open => palette.review,
            CommentState::Resolved => palette.met,
        };
        widgets::chip(ui, &comment.state.text(lang), tone);
        ui.label(RichText::new(byline(&comment.author, &comment.made, lang)).size(SMALL).color(palette.quiet));
    });
}

/// Who wrote something and when, as far as that is known.
fn byline(author: &str, made: &str, lang: Lang) -> String {
    let author = if author.is_empty() { text_of(lang, "comment.nobody") } else { author.to_owned() };
    format!("{author} · {}", minute(made))
}

/// A moment to the minute.
pub(super) fn minute(made: &str) -> String {
    local_text(made).chars().take(16).collect()
}

fn answer(ui: &mut Ui, cx: &mut Context<'_>, comment: &Comment, reply: &Reply) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    egui::Frame::new().inner_margin(egui::Margin { left: 12, ..egui::Margin::ZERO }).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(byline(&reply.author, &reply.made, lang)).size(SMALL).color(palette.quiet));
            let name = tr!(lang, "comment.take_back", text = reply.text).into_owned();
            if widgets::icon_button(ui, icons::X, &name).clicked() {
                let command = CommentCommand::TakeBack(comment.id.clone(), reply.id.clone());
                cx.command(Command::Comment(command));
            }
        });
        ui.add(Label::new(&reply.text).wrap().selectable(true));
    });
}

/// One in the list: a click opens it and brings it into view.
fn line(ui: &mut Ui, cx: &mut Context<'_>, comment: &Comment) {
    let lang = cx.lang;
    let palette = theme::palette(ui);
    let shown = card(ui, false, |ui| {
        head(ui, comment, lang);
        ui.add(Label::new(comment.title()).truncate());
        let n = comment.answers().count();
        if n > 0 {
            ui.label(RichText::new(tr!(lang, "comment.replies", n = count(n))).size(SMALL).color(palette.quiet));
        }
    });
    let click = ui.interact(shown.rect, egui::Id::unique(("comment", &comment.id)), egui::Sense::click());
    click.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, comment.title()));
    if click.hovered() {
        ui.painter().rect_stroke(shown.rect, 6.0, egui::Stroke::new(1.0, palette.quiet), egui::StrokeKind::Inside);
    }
    if click.clicked() {
        cx.acts.push(Act::GoToComment(comment.id.clone()));
    }
}
