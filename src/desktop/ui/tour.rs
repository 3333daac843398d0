//! A tour of five steps: each names a part of the window, outlines it, and can be skipped.

use super::context::Tab;
use super::{theme, widgets};
use crate::i18n::{Lang, text_of, tr};
use eframe::egui::{self, Align2, Frame, Id, Key, LayerId, Margin, Order, Rect, RichText, Stroke, StrokeKind, vec2};

/// Where the parts of the window stand in this frame.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    /// The list of layers, where it is open.
    pub left: Option<Rect>,
    /// The tabs, where they are open.
    pub right: Option<Rect>,
    /// The table, where it is open.
    pub bottom: Option<Rect>,
    /// The map, as far as nothing lies over it.
    pub map: Rect,
}

/// The texts of the steps.
const STEPS: [(&str, &str); 5] = [
    ("tour.layers", "tour.layers_text"),
    ("tour.map", "tour.map_text"),
    ("tour.ask", "tour.ask_text"),
    ("tour.table", "tour.table_text"),
    ("tour.rules", "tour.rules_text"),
];

/// Width of the card; points.
const WIDTH: f32 = 340.0;

/// The tour, where it is taken.
#[derive(Default)]
pub struct Tour {
    step: Option<usize>,
    /// The step whose tab was shown: whoever looks at another one meanwhile may.
    led: Option<usize>,
}

impl Tour {
    /// Begins at the first step.
    pub fn begin(&mut self) {
        *self = Self { step: Some(0), led: None };
    }

    /// The tab that a step is about, once as the step begins.
    pub fn lead(&mut self) -> Option<Tab> {
        if self.led == self.step {
            return None;
        }
        self.led = self.step;
        match self.step? {
            2 => Some(Tab::Ask),
            4 => Some(Tab::Rules),
            _ => None,
        }
    }

    /// Shows the step; `keys` is true where Escape and the arrows are its own.
    pub fn show(&mut self, ctx: &egui::Context, lang: Lang, parts: &Parts, keys: bool) {
        let Some(step) = self.step else { return };
        let palette = theme::palette_in(&ctx.global_style().visuals);
        let part = match step {
            0 => parts.left,
            2 | 4 => parts.right,
            3 => parts.bottom,
            _ => Some(parts.map),
        };
        if let Some(part) = part {
            let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::unique("tour outline")));
            painter.rect_stroke(part.shrink(2.0), 6.0, Stroke::new(2.0, palette.accent), StrokeKind::Inside);
        }
        let at = parts.map.center_bottom() - vec2(0.0, 24.0);
        let (title, text) = STEPS[step];
        let mut next = Some(step);
        egui::Area::new(Id::unique("tour"))
            .order(Order::Foreground)
            .fixed_pos(at)
            .pivot(Align2::CENTER_BOTTOM)
            .constrain(true)
            .show(ctx, |ui| {
                let frame = Frame::new().fill(palette.panel).corner_radius(8.0).inner_margin(Margin::same(16));
                frame.stroke(Stroke::new(1.0, palette.line)).shadow(ui.style().visuals.window_shadow).show(ui, |ui| {
                    ui.set_width(WIDTH);
                    let of = tr!(lang, "tour.step", n = step + 1, of = STEPS.len());
                    widgets::quiet(ui, of);
                    ui.label(
                        RichText::new(text_of(lang, title)).font(theme::bold(theme::SENTENCE)).color(palette.text),
                    );
                    ui.add_space(4.0);
                    ui.add(egui::Label::new(RichText::new(text_of(lang, text)).color(palette.text)).wrap());
                    ui.add_space(10.0);
                    ui.horizontal(|ui| {
                        if widgets::secondary_button(ui, &tr!(lang, "tour.skip"), true).clicked() {
                            next = None;
                        }
                        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                            let is_last = step + 1 == STEPS.len();
                            let on = tr!(lang, if is_last { "tour.done" } else { "tour.next" });
                            if widgets::primary_button(ui, &on, "", true).clicked() {
                                next = (!is_last).then_some(step + 1);
                            }
                            if step > 0 && widgets::secondary_button(ui, &tr!(lang, "tour.back"), true).clicked() {
                                next = Some(step - 1);
                            }
                        });
                    });
                });
            });
        if keys && ctx.input_mut(|i| i.consume_key(egui::Modifiers::NONE, Key::Escape)) {
            next = None;
        }
        self.step = next;
    }
}
