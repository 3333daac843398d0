//! The strip of tools at the top left of the map.

use super::canvas::MapView;
use super::scene::Shown;
use crate::i18n::{Lang, tr};
use crate::ui::tools::Tool;
use crate::ui::{icons, theme, widgets};
use eframe::egui::{self, Rect, Ui, UiBuilder, vec2};

impl MapView {
    /// The strip of tools at the top left.
    pub(super) fn strip(&mut self, ui: &mut Ui, view: Rect, lang: Lang, shown: &[Shown]) {
        let palette = theme::palette(ui);
        let strip = strip_rect(view);
        ui.scope_builder(UiBuilder::new().max_rect(strip).layout(egui::Layout::top_down(egui::Align::Center)), |ui| {
            egui::Frame::new()
                .fill(palette.panel)
                .stroke(egui::Stroke::new(1.0, palette.line))
                .corner_radius(6.0)
                .inner_margin(4.0)
                .show(ui, |ui| {
                    ui.set_width(strip.width() - 8.0);
                    ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
                    let columns = strip_columns(view);
                    egui::Grid::new("tools").num_columns(columns).spacing(vec2(2.0, 2.0)).show(ui, |ui| {
                        for (i, (tool, name, icon, key)) in Tool::ALL.into_iter().enumerate() {
                            let name = format!("{}  {}", tr!(lang, name), key.symbol_or_name());
                            if widgets::tool_button(ui, icon, &name, self.tools.tool() == tool).clicked() {
                                self.tools.take(tool);
                            }
                            if (i + 1) % columns == 0 {
                                ui.end_row();
                            }
                        }
                    });
                    ui.add_space(2.0);
                    widgets::hairline(ui, palette);
                    ui.add_space(2.0);
                    egui::Grid::new("view").num_columns(columns).spacing(vec2(2.0, 2.0)).show(ui, |ui| {
                        if widgets::tool_button(ui, icons::ZOOM_IN, &tr!(lang, "map.zoom_in"), false).clicked() {
                            self.zoom_center(2.0);
                        }
                        if widgets::tool_button(ui, icons::ZOOM_OUT, &tr!(lang, "map.zoom_out"), false).clicked() {
                            self.zoom_center(0.5);
                        }
                        if columns == 2 {
                            ui.end_row();
                        }
                        if widgets::tool_button(ui, icons::MAXIMIZE, &tr!(lang, "map.fit"), false).clicked() {
                            self.fit_all(shown);
                        }
                    });
                });
        });
    }
}

/// Where the tools stand.
pub fn strip_rect(view: Rect) -> Rect {
    let columns = strip_columns(view);
    let rows = Tool::ALL.len().div_ceil(columns) + 3_usize.div_ceil(columns);
    let size = vec2(columns as f32 * 36.0 + 14.0, rows as f32 * 28.0 + 26.0);
    Rect::from_min_size(view.min + vec2(12.0, 12.0), size)
}

/// More columns of tools where the map is low.
fn strip_columns(view: Rect) -> usize {
    match view.height() {
        h if h >= 400.0 => 2,
        h if h >= 320.0 => 3,
        _ => 4,
    }
}
