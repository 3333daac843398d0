//! Small pieces that every panel uses.

use super::theme::{self, Palette, SMALL};
use eframe::egui::{
    self, Align, Align2, Button, Color32, FontId, Id, Rect, Response, RichText, Sense, Ui, Vec2, WidgetInfo, vec2,
};

/// A button that is an icon, with a name for tooltips and for those who do not see it.
pub fn icon_button(ui: &mut Ui, icon: &str, name: &str) -> Response {
    let text = RichText::new(icon).font(theme::icon_font(16.0));
    let response = ui.add(Button::new(text).frame(false).min_size(Vec2::splat(24.0))).on_hover_text(name);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, true, name));
    response
}

/// A button of a strip of tools, of which one is taken.
pub fn tool_button(ui: &mut Ui, icon: &str, name: &str, taken: bool) -> Response {
    let p = theme::palette(ui);
    let ink = if taken { p.on_accent } else { p.text };
    let fill = if taken { p.accent } else { Color32::TRANSPARENT };
    let text = RichText::new(icon).font(theme::icon_font(16.0)).color(ink);
    let button = Button::new(text).fill(fill).stroke(egui::Stroke::NONE).corner_radius(4.0);
    let response = ui.add(button.min_size(Vec2::splat(26.0))).on_hover_text(name);
    response.widget_info(|| WidgetInfo::selected(egui::Role::Button, true, taken, name));
    response
}

/// The one button with the accent.
pub fn primary_button(ui: &mut Ui, text: &str, shortcut: &str, enabled: bool) -> Response {
    let p = theme::palette(ui);
    let mut job = egui::text::LayoutJob::default();
    let format = |color: Color32| egui::TextFormat {
        font_id: FontId::proportional(theme::BODY),
        color,
        valign: Align::Center,
        ..Default::default()
    };
    // What cannot be pressed is still read.
    let (ink, ground, line) = match enabled {
        true => (p.on_accent, p.accent, egui::Stroke::NONE),
        false => (p.quiet, p.raised, egui::Stroke::new(1.0, p.line)),
    };
    job.append(text, 0.0, format(ink));
    if !shortcut.is_empty() {
        job.append(shortcut, 8.0, format(ink.gamma_multiply(0.8)));
    }
    let button = Button::new(job).fill(ground).stroke(line).min_size(vec2(0.0, 30.0));
    let alpha = std::mem::replace(&mut ui.visuals_mut().disabled_alpha, 1.0);
    let response = ui.add_enabled(enabled, button);
    ui.visuals_mut().disabled_alpha = alpha;
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Button, enabled, text));
    response
}

/// A quiet button beside it.
pub fn secondary_button(ui: &mut Ui, text: &str, enabled: bool) -> Response {
    let p = theme::palette(ui);
    let button = Button::new(RichText::new(text).color(p.accent)).min_size(vec2(0.0, 30.0));
    ui.add_enabled(enabled, button)
}

/// The buttons at the end of a dialog, from the right: the one that does it first.
pub fn actions<R>(ui: &mut Ui, buttons: impl FnOnce(&mut Ui) -> R) -> R {
    ui.add_space(8.0);
    let size = vec2(ui.available_width(), 30.0);
    ui.allocate_ui_with_layout(size, egui::Layout::right_to_left(Align::Center), buttons).inner
}

/// What is ticked has an outline that is seen whether it is ticked or not; fields and buttons have their words.
fn outlined(ui: &mut Ui, add: impl FnOnce(&mut Ui) -> Response) -> Response {
    let control = theme::palette(ui).control;
    let before = ui.visuals().widgets.inactive.bg_stroke;
    ui.visuals_mut().widgets.inactive.bg_stroke.color = control;
    let response = add(ui);
    ui.visuals_mut().widgets.inactive.bg_stroke = before;
    response
}

/// A box to tick.
pub fn checkbox<'a>(ui: &mut Ui, checked: &'a mut bool, text: impl egui::IntoAtoms<'a>) -> Response {
    outlined(ui, |ui| ui.checkbox(checked, text))
}

/// One of several that exclude one another.
pub fn radio<'a>(ui: &mut Ui, is_taken: bool, text: impl egui::IntoAtoms<'a>) -> Response {
    outlined(ui, |ui| ui.radio(is_taken, text))
}

/// The same, of a value.
pub fn radio_value<'a, V: PartialEq>(ui: &mut Ui, now: &mut V, of: V, text: impl egui::IntoAtoms<'a>) -> Response {
    outlined(ui, |ui| ui.radio_value(now, of, text))
}

/// A slider whose rail is seen on the ground of a menu.
pub fn slider(ui: &mut Ui, slider: egui::Slider<'_>) -> Response {
    let control = theme::palette(ui).control;
    let before = ui.visuals().widgets.inactive.bg_fill;
    ui.visuals_mut().widgets.inactive.bg_fill = control;
    let response = ui.add(slider.trailing_fill(true));
    ui.visuals_mut().widgets.inactive.bg_fill = before;
    response
}

/// A field of one line, as wide as there is room.
pub fn field(text: &mut String) -> egui::TextEdit<'_> {
    egui::TextEdit::singleline(text).desired_width(f32::INFINITY).margin(vec2(12.0, 4.0))
}

/// A name in a column of so many points, and what is chosen beside it, which takes the name by its id.
pub fn named<R>(ui: &mut Ui, column: f32, name: &str, content: impl FnOnce(&mut Ui, Id) -> R) -> R {
    ui.horizontal(|ui| {
        let palette = theme::palette(ui);
        let room = vec2(column, 24.0);
        let layout = egui::Layout::left_to_right(Align::Center);
        let label = ui.allocate_ui_with_layout(room, layout, |ui| {
            ui.set_min_size(room);
            ui.add(egui::Label::new(RichText::new(name).color(palette.quiet)).truncate())
        });
        content(ui, label.inner.id)
    })
    .inner
}

/// How wide a text is in one line.
pub fn text_width(ui: &Ui, text: &str, font: FontId) -> f32 {
    ui.painter().layout_no_wrap(text.to_owned(), font, Color32::PLACEHOLDER).size().x
}

/// How wide a chip is.
pub fn chip_width(ui: &Ui, text: &str) -> f32 {
    text_width(ui, text, FontId::proportional(SMALL)) + 14.0
}

/// A small rounded label on a coloured ground.
pub fn chip(ui: &mut Ui, text: &str, (ink, ground): (Color32, Color32)) -> Response {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(SMALL), ink);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(14.0, 4.0), Sense::click());
    ui.painter().rect_filled(rect, 4.0, ground);
    ui.painter().galley(rect.min + vec2(7.0, 2.0), galley, ink);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, text));
    response
}

/// Text that ends in an ellipsis where it does not fit.
pub fn ellipsised(ui: &Ui, room: Rect, text: &str, font: FontId, color: Color32) -> bool {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.width().max(8.0));
    let galley = ui.painter().layout_job(job);
    let at = Align2::LEFT_CENTER.align_size_within_rect(galley.size(), room).min;
    let cut = galley.elided;
    ui.painter().galley(at, galley, color);
    cut
}

/// Scrolls what got the keyboard into sight where it is out of it, once. Call it before anything is drawn.
pub fn into_sight(ctx: &egui::Context) {
    use egui::accesskit::{Action, ActionRequest, TreeId};
    let tried = Id::unique("into_sight");
    let Some(focused) = ctx.memory(|memory| memory.focused()).and_then(|id| ctx.read_response(id)) else { return };
    let is_new = ctx.data(|data| data.get_temp::<Id>(tried)) != Some(focused.id);
    if !is_new {
        return;
    }
    ctx.data_mut(|data| data.insert_temp(tried, focused.id));
    let is_whole = focused.interact_rect.expand(1.0).contains_rect(focused.rect);
    // Of what is larger than its room a part is enough.
    if is_whole || focused.rect.height() > 200.0 && focused.interact_rect.is_positive() {
        return;
    }
    let request = ActionRequest {
        action: Action::ScrollIntoView,
        target_tree: TreeId::ROOT,
        target_node: focused.id.accesskit_id(),
        data: None,
    };
    // As a reader of screens asks for it.
    ctx.input_mut(|input| input.events.push(egui::Event::AccessKitActionRequest(request)));
    ctx.request_repaint();
}

/// Draws a ring round what has the keyboard, whatever it is: many controls of this window are painted by themselves. Where it stands;
/// `None` where nothing has the keyboard, or what has it is out of sight.
pub fn focus_ring(ctx: &egui::Context, palette: &Palette) -> Option<Rect> {
    let focused = ctx.memory(|memory| memory.focused()).and_then(|id| ctx.read_response(id))?;
    let place = match focused.interact_rect {
        seen if seen.is_positive() => seen,
        // A handle between columns has no width of its own.
        _ if focused.rect.width() < 1.0 => focused.rect.expand2(vec2(3.0, 0.0)),
        // What is scrolled out of sight has no place.
        _ => return None,
    };
    let painter = ctx.layer_painter(focused.layer_id);
    let ring = if place.height() > 200.0 { place.shrink(2.0) } else { place.expand(1.0) };
    painter.rect_stroke(ring, 6.0, egui::Stroke::new(2.0, palette.accent), egui::StrokeKind::Middle);
    Some(ring)
}

/// A section's title.
pub fn section(ui: &mut Ui, text: &str) {
    let p = theme::palette(ui);
    ui.label(RichText::new(text).font(theme::bold(SMALL)).color(p.quiet));
}

/// Secondary text that wraps.
pub fn quiet(ui: &mut Ui, text: impl Into<String>) -> Response {
    let p = theme::palette(ui);
    ui.add(egui::Label::new(RichText::new(text.into()).size(SMALL).color(p.quiet)).wrap())
}

/// A hairline across.
pub fn hairline(ui: &mut Ui, palette: &Palette) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, egui::Stroke::new(1.0, palette.line));
}
