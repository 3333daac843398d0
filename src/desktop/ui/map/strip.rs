//! The strip of tools at the top left of the map.

use super::canvas::MapView;
use super::scene::Shown;
use crate::i18n::{Lang, tr};
use crate::session::Session;
use crate::ui::selection::Selection;
use crate::ui::tools::Tool;
use crate::ui::{icons, theme, widgets};
use eframe::egui::{self, Rect, Ui, UiBuilder, vec2};

/// What of the tools stands in the strip, and where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strip {
    columns: usize,
    edits: bool,
    /// Where it stands.
    pub rect: Rect,
    /// Where the scale stands: at the right of a strip that reaches to the bottom of a low map.
    pub scale_room: Rect,
}

impl Strip {
    /// In a view; `edits` where what is selected may be changed. One column as long as the map is high enough, beside the scale if it must
    /// be, and a second for the tools that change what is selected.
    pub(super) fn of(view: Rect, edits: bool) -> Self {
        let (drawing, editing) = (Self::tools(false).count(), Self::tools(true).count());
        let height = |rows: usize| rows as f32 * 28.0 + 26.0;
        let rows = |columns: usize| match edits {
            // Side by side, so that none of the others moves.
            true if columns == 2 => (drawing + 3).max(editing),
            true => (drawing + editing).div_ceil(columns) + 3_usize.div_ceil(columns),
            false => drawing.div_ceil(columns) + 3_usize.div_ceil(columns),
        };
        let least = if edits { 2 } else { 1 };
        let room = view.height() - 90.0;
        let is_beside = height(rows(least)) > room && height(rows(least)) <= view.height() - 24.0;
        let fits = |columns: &usize| is_beside || height(rows(*columns)) <= room;
        let columns = (least..6).find(fits).unwrap_or(6);
        let size = vec2(columns as f32 * 39.0 + 8.0, height(rows(columns)));
        let rect = Rect::from_min_size(view.min + vec2(12.0, 12.0), size);
        let mut scale_room = view;
        if is_beside {
            scale_room.min.x = rect.right();
        }
        Self { columns, edits, rect, scale_room }
    }

    /// In a view as things stand.
    pub(super) fn as_things_stand(view: Rect, tool: Tool, session: &Session, selection: &Selection) -> Self {
        let is_editable = |key| session.layer(key).is_some_and(|layer| layer.is_editable);
        Self::of(view, selection.key().is_some_and(is_editable) || tool.edits())
    }

    fn tools(edits: bool) -> impl Iterator<Item = (Tool, &'static str, &'static str, egui::Key)> {
        Tool::ALL.into_iter().filter(move |(tool, ..)| tool.edits() == edits)
    }

    /// The tools in the order of the grid's cells; `None` is a cell that stays free.
    fn cells(self) -> Vec<Option<(Tool, &'static str, &'static str, egui::Key)>> {
        let (drawing, mut editing) = (Self::tools(false), Self::tools(true));
        match (self.edits, self.columns) {
            (false, _) => drawing.map(Some).collect(),
            (true, 2) => drawing.flat_map(|tool| [Some(tool), editing.next()]).collect(),
            (true, _) => drawing.chain(editing).map(Some).collect(),
        }
    }
}

impl MapView {
    /// The strip of tools at the top left.
    pub(super) fn strip(&mut self, ui: &mut Ui, strip: Strip, lang: Lang, shown: &[Shown]) {
        let palette = theme::palette(ui);
        let (columns, rect) = (strip.columns, strip.rect);
        ui.scope_builder(UiBuilder::new().max_rect(rect).layout(egui::Layout::top_down(egui::Align::Center)), |ui| {
            egui::Frame::new()
                .fill(palette.panel)
                .stroke(egui::Stroke::new(1.0, palette.line))
                .corner_radius(6.0)
                .inner_margin(4.0)
                .show(ui, |ui| {
                    ui.set_width(rect.width() - 8.0);
                    ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
                    ui.spacing_mut().interact_size.y = 26.0;
                    egui::Grid::new("tools").num_columns(columns).spacing(vec2(2.0, 2.0)).show(ui, |ui| {
                        for (i, cell) in strip.cells().into_iter().enumerate() {
                            match cell {
                                Some((tool, name, icon, key)) => {
                                    let name = format!("{}  {}", tr!(lang, name), key.symbol_or_name());
                                    if widgets::tool_button(ui, icon, &name, self.tools.tool() == tool).clicked() {
                                        self.tools.take(tool);
                                    }
                                }
                                None => drop(ui.label("")),
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
                        for (i, (icon, key)) in [
                            (icons::ZOOM_IN, "map.zoom_in"),
                            (icons::ZOOM_OUT, "map.zoom_out"),
                            (icons::MAXIMIZE, "map.fit"),
                        ]
                        .into_iter()
                        .enumerate()
                        {
                            if widgets::tool_button(ui, icon, &tr!(lang, key), false).clicked() {
                                match i {
                                    0 => self.zoom_center(2.0),
                                    1 => self.zoom_center(0.5),
                                    _ => self.fit_all(shown),
                                }
                            }
                            if (i + 1) % columns == 0 {
                                ui.end_row();
                            }
                        }
                    });
                });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strip_has_one_column_where_there_is_room_and_fits_everywhere() {
        let view = |height: f32| Rect::from_min_size(egui::pos2(0.0, 0.0), vec2(800.0, height));
        // 418 is what a window of 1024 by 700 leaves to its map.
        for height in [560.0, 418.0] {
            let columns = [false, true].map(|edits| Strip::of(view(height), edits).columns);
            assert_eq!(columns, [1, 2], "{height}");
        }
        for (height, edits) in
            [(700.0, true), (560.0, false), (418.0, false), (418.0, true), (400.0, true), (320.0, false), (260.0, true)]
        {
            let strip = Strip::of(view(height), edits);
            assert!(strip.rect.height() <= height - 24.0, "{height}: {strip:?}");
            // Never over the scale.
            let is_clear = strip.rect.height() <= height - 90.0 || strip.scale_room.left() >= strip.rect.right();
            assert!(is_clear, "{height}: {strip:?}");
            let shown = strip.cells().into_iter().flatten().count();
            assert_eq!(shown, if edits { Tool::ALL.len() } else { Strip::tools(false).count() });
        }
    }
}
