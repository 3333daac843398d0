//! The map as a widget: pans, zooms at the cursor, fits, points, selects.

use super::backdrop::Backdrops;
use super::camera::Camera;
use super::flight::{Flight, SECONDS};
use super::frame::MapFrame;
use super::labels::Labels;
use super::legend::Legend;
use super::menu::Menu;
use super::over::Over;
use super::picking::Hit;
use super::pins::{self, Pinned};
use super::scene::{Scene, Shown};
use super::split::{self, Split};
use super::strip::Strip;
use super::views::Views;
use super::{Gpu, overlay};
use crate::geodesy::{LonLat, LonLatBox};
use crate::i18n::{Lang, tr};
use crate::model::Geometry;
use crate::query::ZoneView;
use crate::report::AreaUnit;
use crate::session::Session;
use crate::ui::context::{Act, Context};
use crate::ui::preview::Preview;
use crate::ui::selection::Selection;
use crate::ui::theme;
use crate::ui::tools::snap::Snapping;
use crate::ui::tools::{Tool, ToolContext, Toolbox};
use crate::ui::widgets;
use eframe::egui::{self, Key, PointerButton, Rect, Sense, Ui, UiBuilder, vec2};
use std::sync::Arc;

/// The legend unfolds by itself on maps at least so wide, points.
const LEGEND_FROM: f32 = 700.0;

/// Where the map looks and what it points at.
pub struct MapView {
    /// The view.
    pub camera: Camera,
    /// The feature under the cursor.
    pub hover: Option<Hit>,
    /// The position under the cursor.
    pub cursor: Option<LonLat>,
    /// The legend.
    pub legend: Legend,
    /// The tools.
    pub tools: Toolbox,
    /// The zoom still to be made: the place it holds on to and the logarithm of the factor left.
    pub(super) easing: Option<(egui::Pos2, f64)>,
    /// The way to another view.
    pub(super) flight: Flight,
    /// Names on the map.
    pub(super) labels: [Labels; 2],
    /// The menu of a place.
    pub(super) menu: Menu,
    /// What lay under the last click, the topmost first, and where that was.
    pub(super) under: (LonLat, Vec<Hit>),
    /// How quiet the other layers are, from 0 to 1.
    quiet: f32,
    /// The comment under the cursor.
    pub(super) pin: Option<String>,
    /// Where the map looked before.
    pub views: Views,
    /// A position that was looked for.
    pub marked: Option<LonLat>,
    /// Points of its right side that a panel covered in the last frame.
    pub(super) covered: f32,
    /// Where the legend stood in the last frame.
    pub(super) legend_rect: Rect,
    /// Where the map's remarks about itself stood in the last frame.
    pub remarks: Vec<Rect>,
    pub(super) rect: Rect,
}

impl Default for MapView {
    fn default() -> Self {
        Self {
            camera: Camera::default(),
            hover: None,
            cursor: None,
            legend: Legend::default(),
            tools: Toolbox::default(),
            easing: None,
            flight: Flight::default(),
            labels: Default::default(),
            menu: Menu::default(),
            under: (LonLat::new(0.0, 0.0), Vec::new()),
            quiet: 0.0,
            pin: None,
            views: Views::default(),
            marked: None,
            covered: 0.0,
            legend_rect: Rect::NOTHING,
            remarks: Vec::new(),
            rect: Rect::NOTHING,
        }
    }
}

/// What the map needs to know of the rest.
pub struct MapContext<'a> {
    /// What is open.
    pub session: &'a Session,
    /// What is drawn.
    pub shown: &'a [Shown],
    /// Its buffers.
    pub scene: &'a mut Scene,
    /// The way to the screen.
    pub gpu: &'a Gpu,
    /// The pictures under the layers.
    pub backdrops: &'a mut Backdrops,
    /// The language.
    pub lang: Lang,
    /// True where the legend is unfolded.
    pub legend_open: &'a mut Option<bool>,
    /// To what the cursor is drawn.
    pub snapping: Snapping,
    /// Points of the map's right side that a panel covers.
    pub covered: f32,
    /// True where no field has the keyboard.
    pub keys: bool,
    /// What is selected.
    pub selection: &'a Selection,
    /// Which comments stand on it.
    pub pinned: &'a Pinned,
    /// A change that is shown before it is made.
    pub preview: Option<&'a Preview>,
    /// The layer or answer that is looked at.
    pub active: Option<crate::session::Key>,
    /// Two that are compared.
    pub split: Option<Split>,
    /// Whether the layers beside an answer are quiet; `None` where there is no answer.
    pub quiet: Option<bool>,
    /// The unit of areas.
    pub unit: AreaUnit,
    /// What is to be done after the frame.
    pub acts: &'a mut Vec<Act>,
}

impl MapView {
    /// Looks where a project says.
    pub fn look(&mut self, center: LonLat, scale: f64) {
        self.stand(Camera { center, scale });
        self.views = Views::default();
    }

    /// Looks from here at once; what moved the map ends.
    pub(super) fn stand(&mut self, camera: Camera) {
        self.camera = camera;
        self.easing = None;
        self.flight.end();
    }

    /// How quiet the other layers are in this frame, from 0 (as ever) to 1: eased to what is wanted.
    pub fn quiet(&mut self, ctx: &egui::Context, wanted: bool) -> f32 {
        let to = f32::from(u8::from(wanted));
        let step = ctx.input(|i| i.stable_dt).min(0.05) / SECONDS as f32;
        let before = self.quiet;
        self.quiet = if before < to { (before + step).min(to) } else { (before - step).max(to) };
        if self.quiet != to {
            ctx.request_repaint();
        }
        // Slow at the end, as every move is.
        1.0 - (1.0 - self.quiet).powi(2)
    }

    /// The room of the map that no panel covers, points.
    pub(super) fn free(&self) -> egui::Vec2 {
        vec2(self.rect.width() - self.covered, self.rect.height())
    }

    /// Shows everything that is shown.
    pub fn fit_all(&mut self, shown: &[Shown]) {
        self.fit(bounds_of(shown));
    }

    /// Draws the map into what is left of the window.
    pub fn show(&mut self, ui: &mut Ui, cx: MapContext<'_>) {
        let palette = theme::palette(ui);
        let view = ui.available_rect_before_wrap();
        // Whole pixels, so that the kept picture is shown without blur.
        let ppp = ui.ctx().pixels_per_point();
        let snap = |v: f32| (v * ppp).round() / ppp;
        let view = Rect::from_min_max(
            egui::pos2(snap(view.min.x), snap(view.min.y)),
            egui::pos2(snap(view.max.x), snap(view.max.y)),
        );
        (self.rect, self.covered) = (view, cx.covered);
        let response = ui.allocate_rect(view, Sense::click_and_drag());
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Canvas, true, tr!(cx.lang, "map.name")));
        self.advance(ui, view);
        let halves = split::halves(cx.split, view);
        // What the pointer means is a matter of the half that it is in.
        let at = response.hover_pos().or_else(|| response.interact_pointer_pos());
        let hand = halves.iter().find(|half| at.is_some_and(|at| half.clip.contains(at))).unwrap_or(&halves[0]);
        let (hand, in_hand) = (hand.view, split::on_side(cx.shown, hand.side));
        let camera = self.camera;
        let mut tools = std::mem::take(&mut self.tools);
        tools.snapping = cx.snapping;
        let mut tool = ToolContext {
            session: cx.session,
            shown: &in_hand,
            camera: &camera,
            view: hand,
            selection: cx.selection,
            active: cx.active,
            keys: cx.keys,
            lang: cx.lang,
            acts: &mut *cx.acts,
        };
        tools.act(ui, &response, &mut tool);
        self.navigate(ui, &response, hand, cx.keys && !split::has_keyboard(ui), &tools);
        self.remember(ui, &response);
        let at = response.hover_pos().filter(|at| view.contains(*at) && tools.tool() == Tool::Select);
        let pin = at.and_then(|at| pins::under(cx.session.comments(), cx.pinned, &self.camera, hand, at));
        self.pin = pin.filter(|_| !response.dragged()).map(|comment| comment.id.clone());
        self.point(ui, &response, hand, &in_hand, cx.scene.hexes(), cx.selection, &tools, tool.acts);
        // Other tools have a meaning of their own for a right click.
        if tools.tool() == Tool::Select {
            self.place_menu(&response, hand, cx.session, &in_hand, cx.pinned, cx.lang, tool.acts);
        }

        let painter = ui.painter_at(view);
        painter.rect_filled(view, 0.0, palette.land);
        cx.backdrops.paint(&painter, &self.camera, view, cx.session.backdrops());
        let lists = cx.scene.lists(cx.shown, ui.visuals().dark_mode, &self.camera, view);
        let frame = Arc::new(MapFrame {
            rect: view,
            pixels_per_point: ppp,
            camera: self.camera,
            background: if cx.backdrops.is_any_on() { egui::Color32::TRANSPARENT } else { palette.land },
            lists: lists.drawn,
            coming: lists.coming,
            parting: cx.split.map(|split| split.parting(view.width())),
        });
        if let Some(callback) = cx.gpu.callback(frame) {
            painter.add(callback);
        }
        let strip = Strip::as_things_stand(view, tools.tool(), cx.session, cx.selection);
        // What no panel lies over.
        let room = Rect::from_min_max(view.min, egui::pos2(view.right() - cx.covered, view.bottom()));
        let panel = Rect::from_min_max(room.right_top(), view.max);
        let mut keep_out = vec![strip.rect, self.legend_rect, overlay::scale_card(&self.camera, strip.scale_room)];
        keep_out.extend(Some(panel).filter(|panel| panel.is_positive()));
        let over = Over {
            session: cx.session,
            shown: cx.shown,
            hexes: cx.scene.hexes(),
            selection: cx.selection,
            pinned: cx.pinned,
            lang: cx.lang,
        };
        for (n, half) in halves.iter().enumerate() {
            self.write_half(&painter.with_clip_rect(half.clip), n, half, &over, &keep_out, strip.rect, palette);
        }
        let camera = self.camera;
        let mut tool = ToolContext { camera: &camera, ..tool };
        tools.paint(&painter, palette, &tool);
        self.mark(&painter, view, palette);
        overlay::scale_bar(&painter, &self.camera, strip.scale_room, palette);
        cx.backdrops.credits(&painter, room, cx.session.backdrops(), palette, cx.lang);
        let counted: usize = cx.scene.hexes().iter().map(|(_, hexes)| hexes.total()).sum();
        let said = overlay::remarks(cx.scene.thinned(), counted, cx.session.leaves_out_zones(), cx.lang);
        self.remarks =
            overlay::say(&painter, room, &[overlay::scale_card(&self.camera, strip.scale_room)], said, palette);
        match cx.preview {
            Some(preview) => {
                preview.paint(&painter, palette, &camera, view);
                let mut panel = Context { session: cx.session, lang: cx.lang, acts: tool.acts };
                preview.card(ui, &mut panel, view, cx.unit);
            }
            None => tools.bar(ui, palette, cx.unit, &mut tool),
        }
        self.tools = tools;
        if cx.shown.is_empty() && cx.session.backdrops().is_empty() {
            return;
        }
        self.strip(ui, strip, cx.lang, cx.shown);
        let legend = Rect::from_min_size(
            egui::pos2(view.right() - cx.covered - 216.0, view.top() + 12.0),
            vec2(204.0, view.height() - 24.0),
        );
        let was_open = cx.legend_open.unwrap_or(view.width() - cx.covered >= LEGEND_FROM);
        let (mut open, mut toggles) = (was_open, false);
        ui.scope_builder(UiBuilder::new().max_rect(legend).layout(egui::Layout::top_down(egui::Align::Min)), |ui| {
            // The card keeps clicks from the map under it.
            ui.interact(self.legend_rect, egui::Id::unique("legend"), Sense::click_and_drag());
            let shown = card(palette).show(ui, |ui| {
                ui.set_width(180.0);
                ui.spacing_mut().item_spacing.y = 0.0;
                egui::ScrollArea::vertical().max_height(view.height() - 124.0).show(ui, |ui| {
                    self.legend.show(ui, cx.shown, cx.session, cx.lang, palette, &mut open);
                });
                if let (Some(mut quiet), true) = (cx.quiet, open) {
                    ui.add_space(4.0);
                    let text = egui::RichText::new(tr!(cx.lang, "menu.quieten")).size(theme::SMALL);
                    let check = widgets::checkbox(ui, &mut quiet, text);
                    if check.on_hover_text("Q").clicked() {
                        toggles = true;
                    }
                }
            });
            self.legend_rect = shown.response.rect;
        });
        if toggles {
            cx.acts.push(Act::Quieten);
        }
        if let Some(split) = cx.split {
            let left = room.left() + strip.rect.width() + 12.0;
            let free =
                Rect::from_min_max(egui::pos2(left, room.top()), egui::pos2(self.legend_rect.left(), room.bottom()));
            split::show(ui, split, view, free, cx.session, cx.lang, cx.acts);
        }
        if open != was_open {
            *cx.legend_open = Some(open);
        }
        self.tooltip(response, &cx);
    }

    fn navigate(&mut self, ui: &Ui, response: &egui::Response, view: Rect, keys: bool, tools: &Toolbox) {
        let held = tools.holds();
        if response.dragged_by(PointerButton::Middle) || (response.dragged_by(PointerButton::Primary) && !held) {
            self.camera.pan(response.drag_delta());
            self.easing = None;
            self.flight.end();
        }
        if let Some(at) = response.hover_pos() {
            let (scroll, pinch) = ui.input(|i| (f64::from(i.smooth_scroll_delta().y), f64::from(i.zoom_delta())));
            let factor = scroll / 240.0 + pinch.ln();
            if factor != 0.0 {
                // egui has smoothed the wheel already.
                self.flight.end();
                self.camera.zoom_at(view, at, factor.exp());
            }
        }
        if response.double_clicked_by(PointerButton::Primary)
            && !tools.takes_clicks()
            && let Some(at) = response.interact_pointer_pos()
        {
            self.zoom_by(at, 2.0);
        }
        if keys {
            let step = 80.0;
            let moves = [
                (Key::ArrowLeft, vec2(step, 0.0)),
                (Key::ArrowRight, vec2(-step, 0.0)),
                (Key::ArrowUp, vec2(0.0, step)),
                (Key::ArrowDown, vec2(0.0, -step)),
            ];
            for (key, by) in moves {
                // With Alt they lead from view to view. A slow frame brings both and the release of Alt at once: what counts is
                // what was held when the key went down.
                let is_it = |event: &egui::Event| matches!(event, egui::Event::Key { key: own, pressed: true, modifiers, .. } if *own == key && modifiers.is_none());
                if ui.input(|i| i.events.iter().any(is_it)) {
                    self.flight.end();
                    self.camera.pan(by);
                }
            }
            if ui.input(|i| i.key_pressed(Key::Plus) || i.key_pressed(Key::Equals)) {
                self.zoom_by(view.center(), 2.0);
            }
            if ui.input(|i| i.key_pressed(Key::Minus)) {
                self.zoom_by(view.center(), 0.5);
            }
        }
        if let Some((at, left)) = self.easing {
            let dt = f64::from(ui.input(|i| i.stable_dt)).min(0.05);
            let part = (dt / SECONDS * 2.0).min(1.0);
            let step = if left.abs() * (1.0 - part) < 0.01 { left } else { left * part };
            self.camera.zoom_at(view, at, step.exp());
            self.easing = Some((at, left - step)).filter(|(_, left)| left.abs() > 1e-9);
            ui.ctx().request_repaint();
        }
    }

    /// Takes note of a view once the map stands still.
    fn remember(&mut self, ui: &Ui, response: &egui::Response) {
        let rolls = ui.input(|i| i.smooth_scroll_delta().y != 0.0 || i.pointer.any_down());
        if self.is_still() && !rolls && !response.dragged() {
            self.views.follow(self.camera, ui.input(|i| i.time));
        }
        if ui.input(|i| i.key_pressed(Key::Escape)) {
            self.marked = None;
        }
    }

    /// The area that is being drawn, else the one selected.
    pub fn zone(&self, session: &Session, selection: &Selection) -> Option<Geometry> {
        self.tools.zone().or_else(|| {
            let hit = selection.lead()?;
            let layer = session.indexed(hit.key)?.layer();
            (hit.row < layer.len()).then(|| layer.geometries.geometry(hit.row)).flatten()
        })
    }

    /// What the map shows.
    pub fn visible(&self) -> LonLatBox {
        self.camera.visible(self.rect)
    }

    /// What the map shows where no panel lies over it.
    pub fn visible_free(&self) -> LonLatBox {
        let free = Rect::from_min_size(self.rect.min, self.free());
        LonLatBox::of(&[free.left_top(), free.right_bottom()].map(|at| self.camera.world_from_screen(self.rect, at)))
    }

    /// What of the world a zone is drawn in, and how finely, for what the map shows.
    pub fn zone_view(&self) -> ZoneView {
        super::detail::zone_view(&self.camera, self.rect)
    }

    /// The position at a place of the screen.
    pub fn world_from_screen(&self, at: egui::Pos2) -> LonLat {
        self.camera.world_from_screen(self.rect, at)
    }

    /// Where on the screen a position stands.
    pub fn screen_from_world(&self, p: LonLat) -> egui::Pos2 {
        self.camera.screen_from_world(self.rect, p)
    }

    /// Zooms by a factor about a place of the screen, eased.
    pub fn zoom_by(&mut self, at: egui::Pos2, factor: f64) {
        self.flight.end();
        let left = self.easing.map_or(0.0, |(_, left)| left) + factor.ln();
        self.easing = Some((at, left));
    }

    /// Zooms by a factor about the middle.
    pub fn zoom_center(&mut self, factor: f64) {
        self.zoom_by(self.rect.center(), factor);
    }
}

fn card(palette: &theme::Palette) -> egui::Frame {
    egui::Frame::new()
        .fill(palette.panel.gamma_multiply(0.96))
        .stroke(egui::Stroke::new(1.0, palette.line))
        .corner_radius(6.0)
        .inner_margin(egui::Margin::symmetric(12, 8))
}

/// The box of what is shown.
pub fn bounds_of(shown: &[Shown]) -> LonLatBox {
    // Open water reaches far beyond what a plan is about: it counts only where nothing else is shown.
    let bounds = |with: fn(&Shown) -> bool| {
        let all = shown.iter().filter(|s| s.emphasis.is_pointed_at() && with(s));
        all.fold(LonLatBox::EMPTY, |b, s| b.union(s.indexed.layer().bounds))
    };
    let land = bounds(|s| s.role != Some(crate::model::Role::WaterBody));
    if land.is_empty() { bounds(|_| true) } else { land }
}
