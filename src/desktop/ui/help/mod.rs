//! The help: pages by topic, opened at that of the panel in use.

mod pages;

pub use pages::Topic;

use self::pages::{Page, Span, page};
use super::context::Act;
use super::dialogs::window;
use super::{theme, widgets};
use crate::i18n::{Lang, tr};
use eframe::egui::{self, Align, FontId, Key, Layout, RichText, ScrollArea, TextFormat, Ui, vec2};

/// The window of the help.
#[derive(Default)]
pub struct Help {
    shown: Option<Topic>,
}

/// Width of the list of topics; points.
const LIST: f32 = 152.0;

impl Help {
    /// Opens a page.
    pub fn open(&mut self, topic: Topic) {
        self.shown = Some(topic);
    }

    /// True where it is open.
    pub fn is_open(&self) -> bool {
        self.shown.is_some()
    }

    /// Shows it.
    pub fn show(&mut self, ctx: &egui::Context, lang: Lang, acts: &mut Vec<Act>) {
        let Some(topic) = self.shown else { return };
        let mut next = topic;
        let mut open = true;
        let (mut tours, mut leaves) = (false, false);
        let room = ctx.content_rect().size();
        window(&tr!(lang, "help.title"), &mut open).id(egui::Id::unique("help")).show(ctx, |ui| {
            let height = (room.y - 280.0).clamp(220.0, 460.0);
            ui.set_width(660.0_f32.min(room.x - 80.0));
            // The separator between them is as high as they are, not as the window would let it be.
            let both = vec2(ui.available_width(), height);
            ui.allocate_ui_with_layout(both, Layout::left_to_right(Align::Min), |ui| {
                ui.allocate_ui_with_layout(vec2(LIST, height), Layout::top_down(Align::Min), |ui| {
                    ScrollArea::vertical().id_salt("topics").auto_shrink(false).show(ui, |ui| {
                        for other in Topic::ALL {
                            ui.selectable_value(&mut next, other, page(other, lang).title);
                        }
                    });
                });
                ui.separator();
                ui.allocate_ui_with_layout(vec2(ui.available_width(), height), Layout::top_down(Align::Min), |ui| {
                    ScrollArea::vertical().id_salt(topic.anchor()).auto_shrink(false).show(ui, |ui| {
                        written(ui, &page(topic, lang));
                    });
                });
            });
            widgets::actions(ui, |ui| {
                tours = widgets::secondary_button(ui, &tr!(lang, "tour.take"), true).clicked();
                if widgets::secondary_button(ui, &tr!(lang, "menu.shortcuts"), true).clicked() {
                    acts.push(Act::Shortcuts);
                    leaves = true;
                }
            });
        });
        if tours {
            acts.push(Act::Tour);
        }
        let closes = !open || tours || leaves || ctx.input(|i| i.key_pressed(Key::Escape));
        self.shown = (!closes).then_some(next);
    }
}

/// A page's text.
fn written(ui: &mut Ui, page: &Page<'_>) {
    let palette = theme::palette(ui);
    ui.label(RichText::new(page.title).font(theme::bold(theme::SENTENCE)).color(palette.text));
    ui.add_space(6.0);
    let plain = FontId::proportional(theme::BODY);
    for line in &page.lines {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            if !line.mark.is_empty() {
                ui.allocate_ui_with_layout(vec2(16.0, 0.0), Layout::right_to_left(Align::Min), |ui| {
                    ui.label(RichText::new(line.mark).color(palette.quiet));
                });
            }
            let mut job = egui::text::LayoutJob::default();
            for span in &line.spans {
                let (text, font_id, color, background) = match *span {
                    Span::Plain(text) => (text, plain.clone(), palette.text, egui::Color32::TRANSPARENT),
                    Span::Bold(text) => (text, theme::bold(theme::BODY), palette.text, egui::Color32::TRANSPARENT),
                    Span::Code(text) => (text, plain.clone(), palette.text, palette.raised),
                };
                let line_height = Some(theme::BODY * 1.6);
                // A key stays in one line.
                let text = &text.replace("Ctrl ", "Ctrl\u{a0}").replace("Alt ", "Alt\u{a0}");
                job.append(text, 0.0, TextFormat { font_id, color, background, line_height, ..Default::default() });
            }
            job.wrap.max_width = ui.available_width() - 8.0;
            ui.add(egui::Label::new(job).wrap());
        });
        ui.add_space(4.0);
    }
}
