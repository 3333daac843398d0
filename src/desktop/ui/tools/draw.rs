//! Drawing: corners come by clicks, by figures, by hand, or along borders; what they become goes to the session.

use super::sketch::{Sketch, SketchKind, Typed};
use super::snap::SnapKind;
use super::trace::trace;
use super::{ToolContext, Toolbox};
use crate::geodesy::LonLat;
use crate::i18n::tr;
use crate::model::{Geometry, GeometryKind, Shape};
use crate::query::construct::simplified;
use crate::session::{Command, Construct};
use eframe::egui::{PointerButton, Response, Ui};

/// Free lines drop corners that lie nearer than this to what stays, points of the screen.
const STEADY: f64 = 1.5;
/// A free line that ends this near its beginning goes round an area, points.
const CLOSES: f32 = 18.0;

impl SketchKind {
    /// What the corners become, where the kind says what is done with it: a hole is drawn as an area.
    pub(super) fn drawn_as(self, cx: &ToolContext<'_>) -> Self {
        match self {
            Self::Hole => Self::Polygon,
            Self::Split | Self::Reshape => Self::Line,
            Self::Part => match cx.in_hand().map(|(_, geometry)| geometry.kind.shape()) {
                Some(Shape::Points) => Self::Point,
                Some(Shape::Lines) => Self::Line,
                _ => Self::Polygon,
            },
            kind => kind,
        }
    }

    /// True for kinds that change what is selected.
    pub(super) fn changes(self) -> bool {
        matches!(self, Self::Hole | Self::Part | Self::Split | Self::Reshape)
    }
}

impl Toolbox {
    pub(super) fn draw(&mut self, kind: SketchKind, ui: &Ui, response: &Response, cx: &mut ToolContext<'_>) {
        if kind == SketchKind::Freehand {
            return self.draw_freely(ui, response, cx);
        }
        let modifiers = ui.input(|i| i.modifiers);
        let on_border = self.snap.filter(|snap| matches!(snap.kind, SnapKind::Corner | SnapKind::Edge));
        self.guide = match (modifiers.command, on_border.and_then(|snap| snap.edge)) {
            (false, _) => None,
            (true, edge) => self.guide.or(edge),
        };
        if let (Some(guide), Some(at)) = (self.guide, self.pointed) {
            self.pointed = Some(self.sketch.along(guide, at));
        } else if self.snap.is_none() && modifiers.shift {
            self.pointed = self.pointed.map(|at| self.sketch.squared(at));
        }
        self.traced.clear();
        if let (true, Some(snap), Some(from)) = (modifiers.alt, on_border, self.sketch.corners.last())
            && let Some((key, row)) = snap.of
            && let Some(indexed) = cx.session.indexed(key)
        {
            self.traced = trace(indexed.layer(), row, *from, snap.at).unwrap_or_default();
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

    /// A line drawn with the button held; an area where it ends where it began.
    fn draw_freely(&mut self, ui: &Ui, response: &Response, cx: &mut ToolContext<'_>) {
        if response.drag_started_by(PointerButton::Primary) {
            let from = ui.input(|i| i.pointer.press_origin()).filter(|at| cx.view.contains(*at));
            self.sketch.corners = from.map(|at| cx.camera.world_from_screen(cx.view, at)).into_iter().collect();
        }
        let place = |p: &LonLat| cx.camera.screen_from_world(cx.view, *p);
        if let (true, Some(at), Some(last)) =
            (response.dragged_by(PointerButton::Primary), response.interact_pointer_pos(), self.sketch.corners.last())
            && place(last).distance(at) >= 2.0
        {
            self.sketch.corners.push(cx.camera.world_from_screen(cx.view, at));
        }
        if response.drag_stopped() {
            let mut corners = std::mem::take(&mut self.sketch.corners);
            let (Some(first), Some(last)) = (corners.first().copied(), corners.last().copied()) else { return };
            let is_area = corners.len() > 8 && place(&first).distance(place(&last)) <= CLOSES;
            if is_area {
                corners.push(first);
            }
            let kind = if is_area { GeometryKind::Polygon } else { GeometryKind::LineString };
            let drawn = Geometry { kind, parts: vec![vec![corners]] }.map(crate::io::geojson::rounded_position);
            if drawn.parts[0][0].len() >= 2 {
                let steady = simplified(&drawn, STEADY * cx.camera.metres_per_point());
                self.keep(steady, cx);
            }
        }
    }

    fn add(&mut self, at: LonLat, kind: SketchKind, cx: &mut ToolContext<'_>) {
        let traced = std::mem::take(&mut self.traced);
        self.sketch.corners.extend(traced);
        if self.sketch.corners.last() != Some(&at) {
            self.sketch.corners.push(at);
            self.warned = false;
        }
        if self.sketch.is_complete(kind.drawn_as(cx)) {
            self.finish(kind, cx);
        }
    }

    /// Keeps what was drawn, or does with it what the tool is for. What crosses itself is kept when it is asked for twice.
    pub(super) fn finish(&mut self, kind: SketchKind, cx: &mut ToolContext<'_>) {
        if kind == SketchKind::Measure {
            return;
        }
        let drawn_as = kind.drawn_as(cx);
        let Some(geometry) = self.sketch.geometry(drawn_as, None) else { return };
        if self.sketch.crosses_at(drawn_as, None).is_some() && !std::mem::replace(&mut self.warned, true) {
            return;
        }
        if kind.changes() {
            let path = || geometry.parts[0][0].clone();
            let what = match kind {
                SketchKind::Split => Construct::Split(path()),
                SketchKind::Reshape => Construct::Reshape(path()),
                SketchKind::Hole => Construct::Hole(path()),
                _ => Construct::Part(Box::new(geometry)),
            };
            if let Some(key) = cx.selection.key() {
                cx.command(Command::Construct(key, cx.selection.led_rows(), what));
            }
        } else {
            self.keep(geometry, cx);
        }
        self.sketch = Sketch::default();
        self.typed.clear();
        self.warned = false;
    }

    /// A geometry into the layer in hand, or a new one.
    fn keep(&self, geometry: Geometry, cx: &mut ToolContext<'_>) {
        let first = tr!(cx.lang, "draw.new_layer").into_owned();
        let taken = |name: &str| cx.session.layers().iter().any(|layer| layer.layer().name == name);
        let mut name = first.clone();
        for n in 2.. {
            if !taken(&name) {
                break;
            }
            name = format!("{first} {n}");
        }
        let target = cx.target(geometry.kind.shape());
        cx.command(Command::Draw(target, Box::new(geometry), name));
    }

    /// Takes a figure from the field.
    pub(super) fn take_typed(&mut self, kind: SketchKind, cx: &mut ToolContext<'_>) {
        let corner = Typed::parse(&self.typed).and_then(|typed| self.sketch.corner(typed, self.pointed));
        if let Some(at) = corner {
            self.typed.clear();
            self.add(at, kind, cx);
        }
    }
}
