//! What all dialogs look like.

use crate::ui::theme;
use eframe::egui::{self, Align2, RichText, vec2};

/// A dialog in the middle of the window.
pub fn window<'a>(title: &str, open: &'a mut bool) -> egui::Window<'a> {
    egui::Window::new(RichText::new(title).font(theme::bold(14.0)))
        .open(open)
        .collapsible(false)
        .resizable(false)
        .order(egui::Order::Foreground)
        .anchor(Align2::CENTER_CENTER, vec2(0.0, -40.0))
}

/// Dims everything below the dialogs, which have it to themselves: nothing else takes a click.
pub fn dim(ctx: &egui::Context) {
    let id = egui::Id::unique("dimmed ground");
    let shown = egui::Area::new(id).order(egui::Order::Middle).fixed_pos(egui::Pos2::ZERO).show(ctx, |ui| {
        let ground = ctx.content_rect();
        ui.allocate_rect(ground, egui::Sense::click_and_drag());
        ui.painter().rect_filled(ground, 0.0, theme::palette(ui).dim);
    });
    // Over a panel that lies over the map; the keyboard goes no further down, either.
    let layer = shown.response.layer_id;
    ctx.move_to_top(layer);
    ctx.memory_mut(|memory| memory.set_modal_layer(layer));
}
