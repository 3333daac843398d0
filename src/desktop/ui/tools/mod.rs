//! Tools that select and change on the map: drawing, corners, moving, turning, cutting, measuring.

pub mod corners;
mod draw;
mod hold;
mod paint;
pub mod sketch;
pub mod snap;
pub mod trace;

use super::context::Act;
use super::map::camera::Camera;
use super::map::picking::Hit;
use super::map::scene::Shown;
use super::selection::Selection;
use crate::geodesy::LonLat;
use crate::i18n::Lang;
use crate::model::{Geometry, Shape};
use crate::session::{Command, Key as LayerKey, Session};
use eframe::egui::{self, Key, Modifiers, Rect, Response, Ui};
use hold::Held;
use sketch::{Sketch, SketchKind};
use snap::{Snap, SnapKind, Snapping, snap};

/// What the pointer does on the map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tool {
    /// Points and selects.
    #[default]
    Select,
    /// Selects what a line drawn round it holds.
    Lasso,
    /// Moves, adds and takes out corners of the feature selected.
    Corners,
    /// Moves the features selected as they are.
    Move,
    /// Turns the features selected about their middle.
    Rotate,
    /// Draws.
    Sketch(SketchKind),
    /// Pins a comment.
    Comment,
}

impl Tool {
    /// True for tools that change what is selected: they stand in the strip while that may be changed.
    pub fn edits(self) -> bool {
        match self {
            Self::Corners | Self::Move | Self::Rotate => true,
            Self::Sketch(kind) => kind.changes(),
            Self::Select | Self::Lasso | Self::Comment => false,
        }
    }

    /// Every tool with its text's key, its icon and its shortcut.
    pub const ALL: [(Self, &'static str, &'static str, Key); 17] = {
        use super::icons;
        [
            (Self::Select, "tool.select", icons::MOUSE_POINTER, Key::V),
            (Self::Lasso, "tool.lasso", icons::LASSO, Key::L),
            (Self::Corners, "tool.corners", icons::SPLINE_POINTER, Key::N),
            (Self::Move, "tool.move", icons::MOVE, Key::M),
            (Self::Rotate, "tool.rotate", icons::ROTATE, Key::T),
            (Self::Sketch(SketchKind::Measure), "tool.measure", icons::RULER, Key::R),
            (Self::Sketch(SketchKind::Point), "tool.point", icons::MAP_PIN, Key::Num1),
            (Self::Sketch(SketchKind::Line), "tool.line", icons::WAYPOINTS, Key::Num2),
            (Self::Sketch(SketchKind::Polygon), "tool.polygon", icons::PENTAGON, Key::Num3),
            (Self::Sketch(SketchKind::Rectangle), "tool.rectangle", icons::SQUARE, Key::Num4),
            (Self::Sketch(SketchKind::Circle), "tool.circle", icons::CIRCLE, Key::Num5),
            (Self::Sketch(SketchKind::Freehand), "tool.freehand", icons::PENCIL, Key::Num6),
            (Self::Sketch(SketchKind::Split), "tool.split", icons::SCISSORS, Key::X),
            (Self::Sketch(SketchKind::Reshape), "tool.reshape", icons::SPLINE, Key::E),
            (Self::Sketch(SketchKind::Hole), "tool.hole", icons::DONUT, Key::H),
            (Self::Sketch(SketchKind::Part), "tool.part", icons::CIRCLE_PLUS, Key::P),
            (Self::Comment, "tool.comment", icons::MESSAGE, Key::C),
        ]
    };
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
    /// What the cursor is drawn to.
    pub snapping: Snapping,
    /// The edge that stretches are kept parallel to, or at right angles.
    guide: Option<[LonLat; 2]>,
    /// Where the cursor is, or was drawn to; and where the next corner would be.
    pointed: Option<LonLat>,
    next: Option<LonLat>,
    /// Corners along a border that is traced, before the next one.
    traced: Vec<LonLat>,
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
    /// What is selected.
    pub selection: &'a Selection,
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
    fn target(&self, shape: Shape) -> Option<LayerKey> {
        self.active.filter(|key| {
            let layer = self.session.layer(*key).filter(|layer| layer.is_editable);
            layer.is_some_and(|layer| layer.layer().shape().is_none_or(|own| own == shape))
        })
    }

    /// The geometry of the feature that leads the selection, where it may be edited.
    fn in_hand(&self) -> Option<(Hit, Geometry)> {
        let hit = self.selection.lead().filter(|hit| self.editable(hit.key))?;
        let layer = self.session.layer(hit.key)?.layer();
        (hit.row < layer.len()).then(|| layer.geometries.geometry(hit.row)).flatten().map(|geometry| (hit, geometry))
    }

    /// The geometries selected, the one that leads first, where they may be edited.
    fn all_in_hand(&self) -> Option<(LayerKey, Vec<(usize, Geometry)>)> {
        let key = self.selection.key().filter(|key| self.editable(*key))?;
        let layer = self.session.layer(key)?.layer();
        let rows = self.selection.led_rows().into_iter().filter(|row| *row < layer.len());
        let all = rows.filter_map(|row| Some((row, layer.geometries.geometry(row)?))).collect();
        Some((key, all))
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
        *self = Self { tool, snapping: self.snapping, ..Self::default() };
    }

    /// The area that is being drawn, as it would be with the corner pointed at.
    pub fn zone(&self) -> Option<Geometry> {
        use SketchKind::{Circle, Freehand, Polygon, Rectangle};
        let Tool::Sketch(kind @ (Polygon | Rectangle | Circle | Freehand)) = self.tool else { return None };
        let zone = self.sketch.geometry(kind, self.next).filter(|zone| zone.kind.shape() == Shape::Polygons);
        zone.filter(|_| !self.sketch.corners.is_empty())
    }

    /// True where clicks belong to the tool and select nothing.
    pub fn takes_clicks(&self) -> bool {
        matches!(self.tool, Tool::Sketch(_) | Tool::Comment)
    }

    /// True where dragging belongs to the tool and moves no map.
    pub fn holds(&self) -> bool {
        self.held.is_some() || matches!(self.tool, Tool::Lasso | Tool::Sketch(SketchKind::Freehand))
    }

    /// What the pointer and the keys do in this frame.
    pub fn act(&mut self, ui: &Ui, response: &Response, cx: &mut ToolContext<'_>) {
        if cx.keys {
            self.keys(ui, cx);
        }
        let at = response.hover_pos().or(response.interact_pointer_pos()).filter(|at| cx.view.contains(*at));
        let snaps = matches!(self.tool, Tool::Sketch(_)) || self.held.as_ref().is_some_and(Held::snaps);
        let but = self.held.as_ref().and_then(Held::hit).map(|hit| (hit.key, hit.row));
        self.snap = at.filter(|_| snaps).and_then(|at| snap(cx.shown, cx.camera, cx.view, at, but, self.snapping));
        let here = at.map(|at| cx.camera.world_from_screen(cx.view, at));
        self.pointed = self.snap.map(|snap| snap.at).or(here);
        self.next = self.pointed;
        match self.tool {
            Tool::Sketch(kind) => self.draw(kind, ui, response, cx),
            Tool::Select | Tool::Lasso => self.enclose(ui, response, cx),
            Tool::Corners | Tool::Move | Tool::Rotate => self.change(ui, response, cx),
            Tool::Comment => {
                if let Some(at) = here.filter(|_| response.clicked()) {
                    cx.acts.push(Act::BeginComment(at));
                    self.take(Tool::Select);
                }
            }
        }
    }

    fn keys(&mut self, ui: &Ui, cx: &mut ToolContext<'_>) {
        let pressed = |key: Key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
        if let Tool::Sketch(kind) = self.tool {
            // Digits begin a figure where something is being drawn: they name tools only where nothing is.
            let begun = !self.sketch.corners.is_empty();
            // However many keys a slow frame brings, all of them belong to the figure.
            let figure: String = ui.input(|i| {
                let texts = i.events.iter().filter_map(|event| match event {
                    egui::Event::Text(text) if begun => Some(text.as_str()),
                    _ => None,
                });
                texts.collect()
            });
            if figure.starts_with(|c: char| c.is_ascii_digit()) {
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
        // Of what is selected on the map, and of nothing else.
        if let Some(key) = cx.selection.key().filter(|_| !self.takes_clicks())
            && pressed(Key::Delete)
        {
            match cx.editable(key) {
                true => cx.command(Command::Delete(key, cx.selection.led_rows())),
                false => cx.acts.push(Act::Locked(key)),
            }
        }
    }

    /// The kind of the snap the cursor is at, for what is painted.
    fn snapped(&self) -> Option<(LonLat, SnapKind)> {
        self.snap.map(|snap| (snap.at, snap.kind))
    }
}
