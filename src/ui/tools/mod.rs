//! Tools that change layers on the map: drawing, corners, moving, measuring.

pub mod corners;
mod paint;
pub mod sketch;
pub mod snap;

use super::context::Act;
use super::map::camera::Camera;
use super::map::picking::Hit;
use super::map::scene::Shown;
use crate::geodesy::LonLat;
use crate::i18n::{Lang, tr};
use crate::model::{Geometry, Shape};
use crate::session::{Command, EditKind, Key as LayerKey, Session};
use corners::{Handle, handle_at, handles, moved, neighbours_moved, with_handle_at, without_corner};
use eframe::egui::{self, Key, Modifiers, PointerButton, Rect, Response, Ui};
use sketch::{Sketch, SketchKind, Typed};
use snap::{Snap, snap};

/// What the pointer does on the map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tool {
    /// Points and selects.
    #[default]
    Select,
    /// Moves, adds and takes out corners of the feature selected.
    Corners,
    /// Moves the feature selected as it is.
    Move,
    /// Draws.
    Sketch(SketchKind),
}

impl Tool {
    /// Every tool with its text's key, its icon and its shortcut.
    pub const ALL: [(Self, &'static str, &'static str, Key); 9] = {
        use super::icons;
        [
            (Self::Select, "tool.select", icons::MOUSE_POINTER, Key::V),
            (Self::Corners, "tool.corners", icons::SPLINE_POINTER, Key::N),
            (Self::Move, "tool.move", icons::MOVE, Key::M),
            (Self::Sketch(SketchKind::Point), "tool.point", icons::MAP_PIN, Key::Num1),
            (Self::Sketch(SketchKind::Line), "tool.line", icons::WAYPOINTS, Key::Num2),
            (Self::Sketch(SketchKind::Polygon), "tool.polygon", icons::PENTAGON, Key::Num3),
            (Self::Sketch(SketchKind::Rectangle), "tool.rectangle", icons::SQUARE, Key::Num4),
            (Self::Sketch(SketchKind::Circle), "tool.circle", icons::CIRCLE, Key::Num5),
            (Self::Sketch(SketchKind::Measure), "tool.measure", icons::RULER, Key::R),
        ]
    };
}

/// What is under the planner's hands.
enum Held {
    Handle { hit: Hit, geometry: Geometry, handle: Handle, to: LonLat },
    Feature { hit: Hit, geometry: Geometry, from: LonLat, to: LonLat },
}

/// The tool in hand and what it is about.
#[derive(Default)]
pub struct Toolbox {
    tool: Tool,
    sketch: Sketch,
    /// What stands in the field for figures.
    typed: String,
    /// Typing on the map goes into the field.
    wants_field: bool,
    /// True where a sketch that crosses itself was asked to be kept, and is kept if it is asked again.
    warned: bool,
    held: Option<Held>,
    snap: Option<Snap>,
    /// Where the cursor is, or was drawn to; and where the next corner would be.
    pointed: Option<LonLat>,
    next: Option<LonLat>,
}

/// What tools need to know.
pub struct ToolContext<'a> {
    /// What is open.
    pub session: &'a Session,
    /// What is drawn.
    pub shown: &'a [Shown],
    /// Where the map looks.
    pub camera: &'a Camera,
    /// Where it stands.
    pub view: Rect,
    /// The feature selected.
    pub selected: Option<Hit>,
    /// The layer that is looked at.
    pub active: Option<LayerKey>,
    /// True where no field has the keyboard.
    pub keys: bool,
    /// The language.
    pub lang: Lang,
    /// What is to be done after the frame.
    pub acts: &'a mut Vec<Act>,
}

impl ToolContext<'_> {
    fn editable(&self, key: LayerKey) -> bool {
        self.session.layer(key).is_some_and(|layer| layer.is_editable)
    }

    /// The layer that is drawn into, where it is not a new one: the one looked at, if it may be edited and holds such
    /// shapes.
    fn target(&self, kind: SketchKind) -> Option<LayerKey> {
        let shape = match kind {
            SketchKind::Point => Shape::Points,
            SketchKind::Line | SketchKind::Measure => Shape::Lines,
            SketchKind::Polygon | SketchKind::Rectangle | SketchKind::Circle => Shape::Polygons,
        };
        self.active.filter(|key| {
            let layer = self.session.layer(*key).filter(|layer| layer.is_editable);
            layer.is_some_and(|layer| layer.layer().shape().is_none_or(|own| own == shape))
        })
    }

    /// The geometry selected, where it may be edited.
    fn in_hand(&self) -> Option<(Hit, Geometry)> {
        let hit = self.selected.filter(|hit| self.editable(hit.key))?;
        let layer = self.session.layer(hit.key)?.layer();
        (hit.row < layer.len()).then(|| layer.geometries.geometry(hit.row)).flatten().map(|geometry| (hit, geometry))
    }

    fn command(&mut self, command: Command) {
        self.acts.push(Act::Session(command));
    }
}

impl Toolbox {
    /// The tool in hand.
    pub fn tool(&self) -> Tool {
        self.tool
    }

    /// Takes a tool; what was begun with the one before is dropped.
    pub fn take(&mut self, tool: Tool) {
        *self = Self { tool, ..Self::default() };
    }

    /// The area that is being drawn, as it would be with the corner pointed at.
    pub fn zone(&self) -> Option<Geometry> {
        let Tool::Sketch(kind) = self.tool else { return None };
        let zone = self.sketch.geometry(kind, self.next).filter(|zone| zone.kind.shape() == Shape::Polygons);
        zone.filter(|_| !self.sketch.corners.is_empty())
    }

    /// True where clicks belong to the tool and select nothing.
    pub fn takes_clicks(&self) -> bool {
        matches!(self.tool, Tool::Sketch(_))
    }

    /// True where dragging belongs to the tool and moves no map.
    pub fn holds(&self) -> bool {
        self.held.is_some()
    }

    /// What the pointer and the keys do in this frame.
    pub fn act(&mut self, ui: &Ui, response: &Response, cx: &mut ToolContext<'_>) {
        if cx.keys {
            self.keys(ui, cx);
        }
        let at = response.hover_pos().or(response.interact_pointer_pos()).filter(|at| cx.view.contains(*at));
        let but = match &self.held {
            Some(Held::Handle { hit, .. } | Held::Feature { hit, .. }) => Some((hit.key, hit.row)),
            None => None,
        };
        let snaps = self.takes_clicks() || self.held.is_some();
        self.snap = at.filter(|_| snaps).and_then(|at| snap(cx.shown, cx.camera, cx.view, at, but));
        let here = at.map(|at| cx.camera.world_from_screen(cx.view, at));
        self.pointed = self.snap.map(|snap| snap.at).or(here);
        self.next = self.pointed;
        match self.tool {
            Tool::Select => {}
            Tool::Sketch(kind) => self.draw(kind, ui, response, cx),
            Tool::Corners | Tool::Move => self.change(ui, response, cx),
        }
    }

    fn draw(&mut self, kind: SketchKind, ui: &Ui, response: &Response, cx: &mut ToolContext<'_>) {
        if self.snap.is_none() && ui.input(|i| i.modifiers.shift) {
            self.pointed = self.pointed.map(|at| self.sketch.squared(at));
        }
        // What is typed is shown before it is taken.
        let typed = Typed::parse(&self.typed).and_then(|typed| self.sketch.corner(typed, self.pointed));
        self.next = typed.or(self.pointed);
        if let (true, Some(at)) = (response.clicked_by(PointerButton::Primary), self.pointed) {
            self.add(at, kind, cx);
        }
        if response.double_clicked_by(PointerButton::Primary) || response.clicked_by(PointerButton::Secondary) {
            self.finish(kind, cx);
        }
    }

    fn add(&mut self, at: LonLat, kind: SketchKind, cx: &mut ToolContext<'_>) {
        if self.sketch.corners.last() != Some(&at) {
            self.sketch.corners.push(at);
            self.warned = false;
        }
        if self.sketch.is_complete(kind) {
            self.finish(kind, cx);
        }
    }

    /// Keeps what was drawn. What crosses itself is kept when it is asked for twice.
    fn finish(&mut self, kind: SketchKind, cx: &mut ToolContext<'_>) {
        if kind == SketchKind::Measure {
            return;
        }
        let Some(geometry) = self.sketch.geometry(kind, None) else { return };
        if self.sketch.crosses_at(kind, None).is_some() && !std::mem::replace(&mut self.warned, true) {
            return;
        }
        let first = tr!(cx.lang, "draw.new_layer").into_owned();
        let taken = |name: &str| cx.session.layers().iter().any(|layer| layer.layer().name == name);
        let mut name = first.clone();
        for n in 2.. {
            if !taken(&name) {
                break;
            }
            name = format!("{first} {n}");
        }
        let target = cx.target(kind);
        cx.command(Command::Draw(target, Box::new(geometry), name));
        self.sketch = Sketch::default();
        self.typed.clear();
        self.warned = false;
    }

    fn change(&mut self, ui: &Ui, response: &Response, cx: &mut ToolContext<'_>) {
        let Some((hit, geometry)) = cx.in_hand() else {
            self.held = None;
            return;
        };
        let (camera, view) = (*cx.camera, cx.view);
        let handle = |at: egui::Pos2| handle_at(&handles(&geometry, &camera, view)?, &camera, view, at);
        if response.drag_started_by(PointerButton::Primary) {
            let from = ui.input(|i| i.pointer.press_origin()).filter(|at| cx.view.contains(*at));
            self.held = from.and_then(|from| {
                let place = cx.camera.world_from_screen(cx.view, from);
                if self.tool == Tool::Corners {
                    let handle = handle(from)?;
                    return Some(Held::Handle { hit, geometry: geometry.clone(), handle, to: place });
                }
                let under = super::map::picking::pick(cx.shown, cx.camera, cx.view, from);
                (under == Some(hit)).then(|| Held::Feature { hit, geometry: geometry.clone(), from: place, to: place })
            });
        }
        if let (Some(next), Some(Held::Handle { to, .. } | Held::Feature { to, .. })) = (self.next, &mut self.held) {
            *to = next;
        }
        if response.drag_stopped() {
            let (rows, kind) = match self.held.take() {
                Some(Held::Handle { hit, geometry, handle, to }) => {
                    let mut rows = vec![(hit.row, with_handle_at(&geometry, handle, to))];
                    if !handle.is_middle {
                        rows.extend(self.neighbours(cx, hit, handle.at, to));
                    }
                    (rows, if handle.is_middle { EditKind::AddVertex } else { EditKind::MoveVertex })
                }
                Some(Held::Feature { hit, geometry, from, to }) => {
                    (vec![(hit.row, moved(&geometry, [to.lon - from.lon, to.lat - from.lat]))], EditKind::Move)
                }
                None => return,
            };
            cx.command(Command::Reshape(hit.key, rows, kind));
        }
        let takes_out = response.clicked_by(PointerButton::Secondary)
            || (cx.keys && self.held.is_none() && ui.input(|i| i.key_pressed(Key::Backspace)));
        let at = response.hover_pos().or(response.interact_pointer_pos());
        if let (Tool::Corners, true, Some(handle)) = (self.tool, takes_out, at.and_then(handle))
            && !handle.is_middle
            && let Some(less) = without_corner(&geometry, handle.corner)
        {
            cx.command(Command::Reshape(hit.key, vec![(hit.row, less)], EditKind::DeleteVertex));
        }
    }

    /// Features of the layer in hand that share the corner.
    fn neighbours(&self, cx: &ToolContext<'_>, hit: Hit, from: LonLat, to: LonLat) -> Vec<(usize, Geometry)> {
        let Some(layer) = cx.session.layer(hit.key) else { return Vec::new() };
        let at = crate::geodesy::LonLatBox { min: from, max: from };
        neighbours_moved(layer.layer(), &layer.indexed.shown_rows_in(&at), hit.row, from, to)
    }

    fn keys(&mut self, ui: &Ui, cx: &mut ToolContext<'_>) {
        let pressed = |key: Key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        if let Tool::Sketch(kind) = self.tool {
            // Digits begin a figure where something is being drawn: they name tools only where nothing is.
            let begun = !self.sketch.corners.is_empty();
            let figure = ui.input(|i| {
                i.events.iter().find_map(|event| match event {
                    egui::Event::Text(text) if begun && text.starts_with(|c: char| c.is_ascii_digit()) => {
                        Some(text.clone())
                    }
                    _ => None,
                })
            });
            if let Some(figure) = figure {
                self.typed = figure;
                self.wants_field = true;
                return;
            }
            if pressed(Key::Enter) {
                self.finish(kind, cx);
            }
            if begun && pressed(Key::Backspace) {
                self.sketch.corners.pop();
            }
            if begun && pressed(Key::Escape) {
                self.sketch = Sketch::default();
            }
        }
        if self.held.is_some() && pressed(Key::Escape) {
            self.held = None;
        }
        if self.tool != Tool::Select && pressed(Key::Escape) {
            self.take(Tool::Select);
        }
        for (tool, _, _, key) in Tool::ALL {
            if pressed(key) {
                self.take(tool);
            }
        }
        let selected = cx.selected.filter(|hit| cx.editable(hit.key));
        if let (Some(hit), true) = (selected, ui.input(|i| i.key_pressed(Key::Delete)) && !self.takes_clicks()) {
            ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Delete));
            cx.command(Command::Delete(hit.key, vec![hit.row]));
        }
    }

    /// Takes a figure from the field.
    fn take_typed(&mut self, kind: SketchKind, cx: &mut ToolContext<'_>) {
        let corner = Typed::parse(&self.typed).and_then(|typed| self.sketch.corner(typed, self.pointed));
        if let Some(at) = corner {
            self.typed.clear();
            self.add(at, kind, cx);
        }
    }
}
