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
