//! The pointer on the map: what is named where it rests, what a click selects, what lies below that.

use super::canvas::{MapContext, MapView};
use super::hexes::Hexes;
use super::picking::{Hit, pick, under};
use super::scene::Shown;
use crate::i18n::{colon, count, number, tr};
use crate::model::StyleBy;
use crate::session::Key;
use crate::ui::context::Act;
use crate::ui::selection::Selection;
use crate::ui::tools::Toolbox;
use crate::ui::{theme, widgets};
use eframe::egui::{self, Rect, Ui};
use std::sync::Arc;

/// A click as near as this to the last one goes on to what lies under it, points.
const SAME_PLACE: f32 = 4.0;

impl MapView {
    /// What is pointed at: its name, its layer, the value that colours it; or how many points a hexagon stands for.
    pub(super) fn tooltip(&self, response: egui::Response, cx: &MapContext<'_>) {
        if !response.hovered() || self.menu.is_open() {
            return;
        }
        let hex = self.cursor.and_then(|p| cx.scene.hexes().iter().find_map(|(_, hexes)| hexes.at(p)));
        if let Some(comment) = self.pin.as_ref().and_then(|id| cx.session.comments().get(id)) {
            response.on_hover_ui_at_pointer(|ui| {
                ui.set_max_width(320.0);
                ui.add(egui::Label::new(comment.title()).wrap());
                let n = comment.answers().count();
                let by = format!("{} · {}", comment.author, comment.state.text(cx.lang));
                widgets::quiet(ui, by.trim_start_matches(" · "));
                if n > 0 {
                    widgets::quiet(ui, tr!(cx.lang, "comment.replies", n = count(n)));
                }
            });
            return;
        }
        if let (None, Some((_, n))) = (self.hover, hex) {
            response.on_hover_ui_at_pointer(|ui| {
                ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Extend);
                ui.label(tr!(cx.lang, "map.hex_tip", n = count(n as usize)));
            });
            return;
        }
        let Some((hit, indexed)) = self.hover.and_then(|hit| Some((hit, cx.session.indexed(hit.key)?))) else { return };
        let layer = indexed.layer();
        let title = cx
            .session
            .layer(hit.key)
            .map_or_else(|| tr!(cx.lang, "legend.answer").into_owned(), |l| cx.session.title(l, cx.lang));
        // The value that a map of figures colours its areas by.
        let style = cx.session.layer(hit.key).map(|layer| &layer.style);
        let value = style.and_then(|style| match &style.by {
            Some(StyleBy::Graduated { column, .. } | StyleBy::Category { column, .. }) => Some(column),
            _ => None,
        });
        let value = value.and_then(|column| Some((column, layer.attributes.column(column)?)));
        let value = value.map(|(name, column)| {
            let value = layer.attributes.value(hit.row, column);
            let digits = |v: f64| if v.fract() == 0.0 { 0 } else { 2 };
            let text = value.as_number().map_or_else(|| value.display().into_owned(), |v| number(v, digits(v)));
            let text = if text.is_empty() { "—".to_owned() } else { text };
            format!("{name}{}{text}", colon(cx.lang))
        });
        response.on_hover_ui_at_pointer(|ui| {
            ui.style_mut().wrap_mode = Some(egui::TextWrapMode::Extend);
            ui.label(egui::RichText::new(layer.label(hit.row)).font(theme::bold(theme::BODY)));
            value.into_iter().for_each(|value| drop(ui.label(value)));
            widgets::quiet(ui, title);
        });
    }

    /// What the pointer points at, and what a click means.
    #[expect(clippy::too_many_arguments, reason = "what a pointer means depends on all of them")]
    pub(super) fn point(
        &mut self,
        ui: &Ui,
        response: &egui::Response,
        view: Rect,
        shown: &[Shown],
        hexes: &[(Key, Arc<Hexes>)],
        selection: &Selection,
        tools: &Toolbox,
        acts: &mut Vec<Act>,
    ) {
        let at = response.hover_pos().filter(|at| view.contains(*at));
        self.cursor = at.map(|at| self.camera.world_from_screen(view, at));
        let points = !response.dragged() && !tools.takes_clicks() && self.is_still();
        // What is counted in hexagons is not pointed at one by one.
        let is_counted = |what: &&Shown| hexes.iter().any(|(key, _)| *key == what.key);
        let apart: Vec<Shown> = match hexes.is_empty() {
            true => Vec::new(),
            false => shown.iter().filter(|what| !is_counted(what)).cloned().collect(),
        };
        let shown = if hexes.is_empty() { shown } else { &apart };
        self.hover = at.filter(|_| points).and_then(|at| pick(shown, &self.camera, view, at));
        if self.pin.is_some() {
            self.hover = None;
        }
        let Some(at) = at.filter(|_| response.clicked() && !tools.takes_clicks()) else { return };
        if let Some(id) = &self.pin {
            // A pin lies over everything.
            return acts.push(Act::SelectComment(Some(id.clone())));
        }
        let here = self.camera.world_from_screen(view, at);
        let hex = hexes.iter().find_map(|(_, hexes)| Some((hexes, hexes.at(here)?.0)));
        if let (None, Some((hexes, cell))) = (self.hover, hex) {
            // A cell opens: what it counts is told apart, or counted more finely.
            return acts.push(Act::GoToPlace(hexes.bounds(cell)));
        }
        let more = ui.input(|i| i.modifiers.shift || i.modifiers.command);
        let hits = under(shown, &self.camera, view, at);
        let is_same = self.camera.screen_from_world(view, self.under.0).distance(at) <= SAME_PLACE;
        let goes_on = is_same && !more && !response.double_clicked();
        let before = selection.lead().filter(|_| goes_on && hits == self.under.1);
        let next = before.and_then(|lead| hits.iter().position(|hit| *hit == lead)).map_or(0, |i| i + 1);
        let hit = if hits.is_empty() { None } else { Some(hits[next % hits.len()]) };
        self.under = (here, hits);
        match hit {
            Some(hit) if more => acts.push(Act::SelectMore(hit)),
            // The second click of two zooms; it is none on what lies below.
            _ if is_same && response.double_clicked() => {}
            hit => acts.push(Act::SelectOne(hit)),
        }
    }

    /// What lies under the last click, where that was on what leads the selection: its place among them, and the next.
    pub fn stack(&self, lead: Hit) -> Option<(usize, usize, Hit)> {
        let hits = &self.under.1;
        let at = hits.iter().position(|hit| *hit == lead).filter(|_| hits.len() > 1)?;
        Some((at, hits.len(), hits[(at + 1) % hits.len()]))
    }
}
