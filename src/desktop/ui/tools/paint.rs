//! What tools show on the map: the sketch, handles, what the cursor snaps to, and a bar with live figures.

use super::corners::handles;
use super::hold::Held;
use super::sketch::{Sketch, SketchKind, SketchMeasures, Typed};
use super::snap::SnapKind;
use super::{Tool, ToolContext, Toolbox};
use crate::geodesy::{LonLat, is_clockwise};
use crate::i18n::{Lang, number, tr};
use crate::model::{Geometry, Shape};
use crate::report::{AreaUnit, area_text};
use crate::session::Command;
use crate::ui::theme::{Palette, SMALL};
use crate::ui::widgets;
use eframe::egui::{self, Align2, Color32, Painter, Pos2, Rect, RichText, Stroke, TextEdit, Ui, UiBuilder, vec2};

/// What is drawn by hand stands out from what is there.
const INK: Color32 = Color32::from_rgb(0xE8, 0x74, 0x3B);
/// More outlines than this say nothing while features are moved.
const MOST_OUTLINES: usize = 400;
/// The bar's height, points.
const BAR: f32 = 40.0;

impl Toolbox {
    /// Paints over the map.
    pub fn paint(&self, painter: &Painter, palette: &Palette, cx: &ToolContext<'_>) {
        let on_screen = |p: LonLat| cx.camera.screen_from_world(cx.view, p);
        match (&self.tool, &self.held) {
            (_, Some(Held::Box(a, b))) => {
                let area = Rect::from_two_pos(*a, *b);
                painter.rect_filled(area, 0.0, palette.accent.gamma_multiply(0.12));
                let corners =
                    [area.left_top(), area.right_top(), area.right_bottom(), area.left_bottom(), area.left_top()];
                painter.extend(egui::Shape::dashed_line(&corners, Stroke::new(1.4, palette.accent), 5.0, 3.0));
            }
            (_, Some(Held::Lasso(line))) => {
                let around: Vec<Pos2> = line.iter().chain(line.first()).copied().collect();
                painter.extend(egui::Shape::dashed_line(&around, Stroke::new(1.4, palette.accent), 5.0, 3.0));
            }
            (_, Some(held)) => {
                held.preview().iter().take(MOST_OUTLINES).for_each(|geometry| outline(painter, geometry, cx));
                if let Held::Turned { center, .. } = held {
                    painter.circle(on_screen(*center), 4.0, palette.panel, Stroke::new(1.6, INK));
                }
            }
            (Tool::Corners, None) => {
                if let Some(all) = cx.in_hand().and_then(|(_, geometry)| handles(&geometry, cx.camera, cx.view)) {
                    for handle in all {
                        let at = on_screen(handle.at);
                        if handle.is_middle {
                            painter.circle(at, 3.0, palette.panel.gamma_multiply(0.8), Stroke::new(1.0, INK));
                        } else {
                            let square = Rect::from_center_size(at, vec2(8.0, 8.0));
                            painter.rect(square, 1.0, palette.panel, Stroke::new(1.6, INK), egui::StrokeKind::Middle);
                        }
                    }
                }
            }
            (Tool::Sketch(kind), None) => self.paint_sketch(*kind, painter, palette, cx),
            (Tool::Select | Tool::Lasso | Tool::Move | Tool::Rotate | Tool::Comment, None) => {}
        }
        if let Some([a, b]) = self.guide {
            painter.line_segment([on_screen(a), on_screen(b)], Stroke::new(4.0, palette.accent.gamma_multiply(0.5)));
        }
        if let Some((at, kind)) = self.snapped() {
            let at = on_screen(at);
            let pen = Stroke::new(2.0, palette.accent);
            let square = Rect::from_center_size(at, vec2(14.0, 14.0));
            let cross = |a: egui::Vec2, b: egui::Vec2| {
                painter.line_segment([at - a, at + a], pen);
                painter.line_segment([at - b, at + b], pen);
            };
            match kind {
                SnapKind::Corner => drop(painter.rect_stroke(square, 1.0, pen, egui::StrokeKind::Middle)),
                SnapKind::Crossing => {
                    painter.circle_stroke(at, 8.0, pen);
                    cross(vec2(5.0, 5.0), vec2(5.0, -5.0));
                }
                SnapKind::Edge => cross(vec2(6.0, 6.0), vec2(6.0, -6.0)),
                SnapKind::Grid => cross(vec2(7.0, 0.0), vec2(0.0, 7.0)),
            }
        }
    }

    /// The sketch with the corners that a click would add before its own.
    fn sketch_with_traced(&self) -> Sketch {
        Sketch { corners: [&self.sketch.corners[..], &self.traced].concat() }
    }

    fn paint_sketch(&self, kind: SketchKind, painter: &Painter, palette: &Palette, cx: &ToolContext<'_>) {
        let on_screen = |p: LonLat| cx.camera.screen_from_world(cx.view, p);
        if self.sketch.corners.is_empty() {
            return;
        }
        let kind = kind.drawn_as(cx);
        let sketch = self.sketch_with_traced();
        let by_hand = kind == SketchKind::Freehand;
        match sketch.geometry(kind, self.next).filter(|_| !by_hand) {
            Some(geometry) => outline(painter, &geometry, cx),
            None => {
                let path = sketch.corners.iter().copied().chain(self.next).map(on_screen).collect();
                painter.line(path, Stroke::new(2.0, INK));
            }
        }
        for corner in self.sketch.corners.iter().filter(|_| !by_hand) {
            let at = on_screen(*corner);
            painter.circle(at, 4.0, palette.panel, Stroke::new(1.6, INK));
        }
        if let Some(crossing) = self.sketch.crosses_at(kind, self.next) {
            let at = on_screen(crossing);
            painter.circle(at, 8.0, palette.ban.1.gamma_multiply(0.7), Stroke::new(2.0, palette.ban.0));
        }
    }

    /// The bar with figures and a field for them, while something is drawn; else a word where a tool can do nothing.
    pub fn bar(&mut self, ui: &mut Ui, palette: &Palette, unit: AreaUnit, cx: &mut ToolContext<'_>) {
        let lang = cx.lang;
        match self.tool {
            Tool::Select => {}
            Tool::Comment => said(ui, palette, cx.view, &tr!(lang, "comment.place_hint")),
            Tool::Lasso => said(ui, palette, cx.view, &tr!(lang, "tool.lasso_hint")),
            Tool::Corners | Tool::Move | Tool::Rotate => {
                if in_hand_or_said(ui, palette, cx) {
                    let text = match (self.tool, &self.held) {
                        (_, Some(Held::Turned { degrees, .. })) => format!("{}°", number(*degrees, 1)),
                        (Tool::Move, _) => tr!(lang, "tool.move_hint").into_owned(),
                        (Tool::Rotate, _) => tr!(lang, "tool.rotate_hint").into_owned(),
                        _ => tr!(lang, "tool.corners_hint").into_owned(),
                    };
                    said(ui, palette, cx.view, &text);
                }
            }
            Tool::Sketch(kind) if kind.changes() && !in_hand_or_said(ui, palette, cx) => {}
            Tool::Sketch(kind) => self.sketch_bar(kind, ui, palette, unit, cx),
        }
    }

    fn sketch_bar(
        &mut self,
        kind: SketchKind,
        ui: &mut Ui,
        palette: &Palette,
        unit: AreaUnit,
        cx: &mut ToolContext<'_>,
    ) {
        let lang = cx.lang;
        let drawn_as = kind.drawn_as(cx);
        let crosses = self.sketch.crosses_at(drawn_as, None).is_some();
        let figures = figures_text(&self.sketch_with_traced().measures(drawn_as, self.next), unit, lang);
        let target = cx.target(drawn_as.shape()).and_then(|key| cx.session.layer(key));
        let target = target.map(|layer| cx.session.title(layer, lang));
        framed(ui, palette, cx.view, 620.0, |ui| {
            let said = match (self.sketch.corners.is_empty(), crosses && self.warned, crosses) {
                (true, ..) if kind == SketchKind::Measure => tr!(lang, "measure.begin").into_owned(),
                (true, ..) if kind.changes() => tr!(lang, change_hint(kind)).into_owned(),
                (true, ..) => {
                    let into = target.map(|layer| tr!(lang, "draw.begin", layer = layer).into_owned());
                    into.unwrap_or_else(|| tr!(lang, "draw.begin_new").into_owned())
                }
                _ if !self.typed.trim().is_empty() && Typed::parse(&self.typed).is_none() => {
                    tr!(lang, "draw.unread").into_owned()
                }
                (_, true, _) => tr!(lang, "draw.crosses_again").into_owned(),
                (_, _, true) => tr!(lang, "draw.crosses").into_owned(),
                _ => figures,
            };
            let ink = if crosses { palette.ban.0 } else { palette.text };
            ui.label(RichText::new(said).color(ink));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let ready = kind != SketchKind::Measure && self.sketch.geometry(drawn_as, None).is_some();
                if ready && widgets::secondary_button(ui, &tr!(lang, "draw.finish"), true).clicked() {
                    self.finish(kind, cx);
                }
                let name = tr!(lang, "draw.typed");
                let field = ui.add(
                    TextEdit::singleline(&mut self.typed).desired_width(170.0).margin(vec2(8.0, 4.0)).hint_text(&*name),
                );
                field.widget_info(|| egui::WidgetInfo::labeled(egui::Role::TextInput, true, &*name));
                if std::mem::take(&mut self.wants_field) {
                    field.request_focus();
                    // Behind what was typed on the map.
                    let mut state = egui::text_edit::TextEditState::load(ui.ctx(), field.id).unwrap_or_default();
                    let end = egui::text::CCursor::new(self.typed.chars().count());
                    state.cursor.set_char_range(Some(egui::text::CCursorRange::one(end)));
                    state.store(ui.ctx(), field.id);
                }
                if field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter)) {
                    self.take_typed(kind, cx);
                }
            });
        });
    }
}

/// True where something is selected that may be edited; else what to do is said.
fn in_hand_or_said(ui: &mut Ui, palette: &Palette, cx: &mut ToolContext<'_>) -> bool {
    let lang = cx.lang;
    match cx.selection.key().filter(|key| cx.session.layer(*key).is_some()) {
        None => {
            said(ui, palette, cx.view, &tr!(lang, "tool.choose"));
            false
        }
        Some(key) if !cx.editable(key) => {
            framed(ui, palette, cx.view, 360.0, |ui| {
                ui.label(RichText::new(tr!(lang, "tool.read_only")).color(palette.text));
                if widgets::secondary_button(ui, &tr!(lang, "tool.allow"), true).clicked() {
                    cx.command(Command::SetEditable(key, true));
                }
            });
            false
        }
        Some(_) => true,
    }
}

fn change_hint(kind: SketchKind) -> &'static str {
    match kind {
        SketchKind::Split => "tool.split_hint",
        SketchKind::Reshape => "tool.reshape_hint",
        SketchKind::Hole => "tool.hole_hint",
        _ => "tool.part_hint",
    }
}

/// A card at the foot of the map.
fn framed(ui: &mut Ui, palette: &Palette, view: Rect, width: f32, content: impl FnOnce(&mut Ui)) {
    let width = width.min(view.width() - 24.0);
    let card = Rect::from_center_size(view.center_bottom() - vec2(0.0, BAR / 2.0 + 60.0), vec2(width, BAR));
    ui.interact(card, egui::Id::unique("tool bar"), egui::Sense::click_and_drag());
    ui.painter().rect(card, 6.0, palette.panel, Stroke::new(1.0, palette.line), egui::StrokeKind::Inside);
    let inside = card.shrink2(vec2(12.0, 4.0));
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(inside).layout(layout), content);
}

fn said(ui: &Ui, palette: &Palette, view: Rect, text: &str) {
    let galley = ui.painter().layout_no_wrap(text.to_owned(), egui::FontId::proportional(SMALL), palette.text);
    let card = Rect::from_center_size(view.center_bottom() - vec2(0.0, 80.0), galley.size() + vec2(24.0, 14.0));
    ui.painter().rect(card, 6.0, palette.panel, Stroke::new(1.0, palette.line), egui::StrokeKind::Inside);
    ui.painter().galley(Align2::CENTER_CENTER.anchor_size(card.center(), galley.size()).min, galley, palette.text);
}

/// Figures in a line.
fn figures_text(measures: &SketchMeasures, unit: AreaUnit, lang: Lang) -> String {
    let length = |m: f64| match m {
        m if m < 10_000.0 => format!("{} m", number(m, 1)),
        m => format!("{} km", number(m / 1_000.0, 3)),
    };
    let mut said = Vec::new();
    said.extend(measures.radius_m.map(|m| tr!(lang, "measure.radius", length = length(m)).into_owned()));
    if measures.radius_m.is_none() {
        said.extend(measures.last.map(|(m, azimuth)| format!("{} ∠ {}°", length(m), number(azimuth, 1))));
        said.extend(measures.length_m.map(|m| tr!(lang, "measure.length", length = length(m)).into_owned()));
    }
    said.extend(measures.area_m2.map(|m2| tr!(lang, "measure.area", area = area_text(m2, unit, lang)).into_owned()));
    said.join("  ·  ")
}

/// The outline of a geometry in hand, its ground tinted.
fn outline(painter: &Painter, geometry: &Geometry, cx: &ToolContext<'_>) {
    let pen = Stroke::new(2.0, INK);
    let on_screen =
        |path: &[LonLat]| -> Vec<Pos2> { path.iter().map(|p| cx.camera.screen_from_world(cx.view, *p)).collect() };
    for path in geometry.parts.iter().flatten() {
        match geometry.kind.shape() {
            Shape::Points => {
                for at in on_screen(path) {
                    painter.circle(at, 6.0, INK.gamma_multiply(0.4), pen);
                }
            }
            Shape::Lines => drop(painter.line(on_screen(path), pen)),
            Shape::Polygons => {
                let points = on_screen(path);
                if is_convex(path) {
                    let ground = egui::Shape::convex_polygon(points.clone(), INK.gamma_multiply(0.15), Stroke::NONE);
                    painter.add(ground);
                }
                painter.line(points, pen);
            }
        }
    }
}

/// True where a ring turns one way only; others are shown by their outline.
fn is_convex(ring: &[LonLat]) -> bool {
    let clockwise = is_clockwise(ring);
    let open = &ring[..ring.len().saturating_sub(1)];
    let corner = |i: usize| open[i % open.len()];
    (0..open.len()).all(|i| {
        let side = crate::geodesy::side_of_line(corner(i), corner(i + 1), corner(i + 2));
        if clockwise { side <= 0.0 } else { side >= 0.0 }
    })
}
