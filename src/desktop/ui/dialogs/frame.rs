//! What all dialogs look like.

use crate::ui::theme;
use eframe::egui::{self, Align2, RichText, Vec2, vec2};

/// A dialog in the middle of the window.
pub fn window<'a>(title: &str, open: &'a mut bool) -> egui::Window<'a> {
    egui::Window::new(self::title(title))
        .open(open)
        .collapsible(false)
        .resizable(false)
        .order(egui::Order::Foreground)
        .anchor(Align2::CENTER_CENTER, vec2(0.0, -40.0))
}

/// A title in the middle of a dialog: the button that closes it has as much room on the other side.
pub fn title(text: &str) -> (egui::Atom<'static>, RichText) {
    (
        egui::Atom::custom(egui::IdSalt::new("beside the title"), Vec2::splat(22.0)),
        RichText::new(text).font(theme::bold(14.0)),
    )
}

/// A list within a dialog, so high at most: its height is there in the first frame, and what stands below it stays in sight.
pub fn scroll_list(most: f32) -> egui::ScrollArea {
    let most = most.max(80.0);
    egui::ScrollArea::vertical().max_height(most).min_scrolled_height(most).auto_shrink([false, true])
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
