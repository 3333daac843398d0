//! What is under the planner's hands while the button is down: a corner, features moved or turned, a box, a lasso.

use super::corners::{Handle, handle_at, handles, moved, neighbours_moved, with_handle_at, without_corner};
use super::{Tool, ToolContext, Toolbox};
use crate::geodesy::{LonLat, LonLatBox};
use crate::model::{Geometry, GeometryKind};
use crate::query::construct::{meets, rotated};
use crate::session::{Command, EditKind, Key as LayerKey};
use crate::ui::context::Act;
use crate::ui::map::picking::{Hit, pick_or_ground};
use crate::ui::selection::How;
use eframe::egui::{self, Key, PointerButton, Pos2, Response, Ui};

/// What is held.
pub(super) enum Held {
    /// A corner.
    Handle { hit: Hit, geometry: Geometry, handle: Handle, to: LonLat },
    /// Features that are moved.
    Features { key: LayerKey, rows: Vec<(usize, Geometry)>, from: LonLat, to: LonLat },
    /// Features that are turned about a position, by so many degrees clockwise.
    Turned { key: LayerKey, rows: Vec<(usize, Geometry)>, center: LonLat, from: Pos2, degrees: f64 },
    /// A box from one corner to the other.
    Box(Pos2, Pos2),
    /// A line drawn round something.
    Lasso(Vec<Pos2>),
}

impl Held {
    /// True where the cursor is drawn to corners.
    pub(super) fn snaps(&self) -> bool {
        matches!(self, Self::Handle { .. } | Self::Features { .. })
    }

    /// The feature that is no target of its own snapping.
    pub(super) fn hit(&self) -> Option<Hit> {
        match self {
            Self::Handle { hit, .. } => Some(*hit),
            Self::Features { key, rows, .. } => rows.first().map(|(row, _)| Hit { key: *key, row: *row }),
            _ => None,
        }
    }

    /// What is held, as it would be if it were let go.
    pub(super) fn preview(&self) -> Vec<Geometry> {
        match self {
            Self::Handle { geometry, handle, to, .. } => vec![with_handle_at(geometry, *handle, *to)],
            Self::Features { rows, from, to, .. } => {
                rows.iter().map(|(_, g)| moved(g, [to.lon - from.lon, to.lat - from.lat])).collect()
            }
            Self::Turned { rows, center, degrees, .. } => {
                rows.iter().map(|(_, g)| rotated(g, *center, *degrees)).collect()
            }
            Self::Box(..) | Self::Lasso(_) => Vec::new(),
        }
    }
}

/// How the keys held say that rows change the selection.
pub(super) fn how(modifiers: egui::Modifiers) -> How {
    match (modifiers.shift, modifiers.alt, modifiers.command) {
        (true, true, _) => How::Keep,
        (true, false, _) | (_, false, true) => How::Add,
        (false, true, _) => How::Remove,
        _ => How::Replace,
    }
}

impl Toolbox {
    /// Moving, turning, corners.
    pub(super) fn change(&mut self, ui: &Ui, response: &Response, cx: &mut ToolContext<'_>) {
        let Some((hit, geometry)) = cx.in_hand() else {
            self.held = None;
            return;
        };
        let (camera, view) = (*cx.camera, cx.view);
        let handle = |at: Pos2| handle_at(&handles(&geometry, &camera, view)?, &camera, view, at);
        if response.drag_started_by(PointerButton::Primary) {
            let from = ui.input(|i| i.pointer.press_origin()).filter(|at| cx.view.contains(*at));
            self.held = from.and_then(|from| self.take_hold(from, cx, (hit, &geometry), handle));
        }
        let steps = ui.input(|i| i.modifiers.shift);
        match (&mut self.held, self.next, response.interact_pointer_pos()) {
            (Some(Held::Handle { to, .. } | Held::Features { to, .. }), Some(next), _) => *to = next,
            (Some(Held::Turned { center, from, degrees, .. }), _, Some(at)) => {
                let middle = camera.screen_from_world(view, *center);
                let turn = f64::from(((at - middle).angle() - (*from - middle).angle()).to_degrees());
                *degrees = if steps { (turn / 15.0).round() * 15.0 } else { turn };
            }
            _ => {}
        }
        if response.drag_stopped()
            && let Some(held) = self.held.take()
        {
            self.let_go(held, cx);
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

    fn take_hold(
        &self,
        from: Pos2,
        cx: &ToolContext<'_>,
        (hit, geometry): (Hit, &Geometry),
        handle: impl Fn(Pos2) -> Option<Handle>,
    ) -> Option<Held> {
        let place = cx.camera.world_from_screen(cx.view, from);
        if self.tool == Tool::Corners {
            let handle = handle(from)?;
            return Some(Held::Handle { hit, geometry: geometry.clone(), handle, to: place });
        }
        let (key, rows) = cx.all_in_hand()?;
        if self.tool == Tool::Rotate {
            let bounds = rows.iter().fold(LonLatBox::EMPTY, |all, (_, geometry)| all.union(geometry.bounds()));
            return Some(Held::Turned { key, rows, center: bounds.center(), from, degrees: 0.0 });
        }
        let under = pick_or_ground(cx.shown, cx.camera, cx.view, from)?;
        cx.selection.contains(under).then_some(Held::Features { key, rows, from: place, to: place })
    }

    fn let_go(&self, held: Held, cx: &mut ToolContext<'_>) {
        let (key, rows, kind) = match held {
            Held::Handle { hit, geometry, handle, to } => {
                let mut rows = vec![(hit.row, with_handle_at(&geometry, handle, to))];
                if !handle.is_middle {
                    rows.extend(neighbours(cx, hit, handle.at, to));
                }
                (hit.key, rows, if handle.is_middle { EditKind::AddVertex } else { EditKind::MoveVertex })
            }
            Held::Features { key, rows, from, to } => {
                let by = [to.lon - from.lon, to.lat - from.lat];
                (key, rows.into_iter().map(|(row, g)| (row, moved(&g, by))).collect(), EditKind::Move)
            }
            Held::Turned { key, rows, center, degrees, .. } => {
                let turned = rows.into_iter().map(|(row, g)| (row, rotated(&g, center, degrees)));
                (key, turned.collect(), EditKind::Rotate)
            }
            Held::Box(..) | Held::Lasso(_) => return,
        };
        cx.command(Command::Reshape(key, rows, kind));
    }

    /// Selecting by a box (with Shift held), or by a lasso.
    pub(super) fn enclose(&mut self, ui: &Ui, response: &Response, cx: &mut ToolContext<'_>) {
        let modifiers = ui.input(|i| i.modifiers);
        if response.drag_started_by(PointerButton::Primary) {
            let from = ui.input(|i| i.pointer.press_origin()).filter(|at| cx.view.contains(*at));
            self.held = match (self.tool, from) {
                (Tool::Lasso, Some(from)) => Some(Held::Lasso(vec![from])),
                (_, Some(from)) if modifiers.shift => Some(Held::Box(from, from)),
                _ => None,
            };
        }
        let at = response.interact_pointer_pos();
        match (&mut self.held, at) {
            (Some(Held::Box(_, to)), Some(at)) => *to = at,
            (Some(Held::Lasso(line)), Some(at)) if line.last().is_none_or(|last| last.distance(at) >= 2.0) => {
                line.push(at);
            }
            _ => {}
        }
        if !response.drag_stopped() {
            return;
        }
        let corners: Vec<Pos2> = match self.held.take() {
            Some(Held::Box(a, b)) => {
                let area = egui::Rect::from_two_pos(a, b);
                vec![area.left_bottom(), area.right_bottom(), area.right_top(), area.left_top()]
            }
            Some(Held::Lasso(line)) => line,
            _ => return,
        };
        let mut ring: Vec<LonLat> = corners.iter().map(|at| cx.camera.world_from_screen(cx.view, *at)).collect();
        ring.extend(ring.first().copied());
        if ring.len() < 4 {
            return;
        }
        let area = Geometry { kind: GeometryKind::Polygon, parts: vec![vec![ring]] };
        // A box is drawn with Shift held: what it finds joins what is selected where something is.
        let how = match (self.tool, how(modifiers)) {
            (Tool::Select, How::Add) if cx.selection.is_empty() => How::Replace,
            (_, how) => how,
        };
        if let Some((key, rows)) = enclosed(cx, &area) {
            cx.acts.push(Act::Select(key, rows, how));
        } else if how == How::Replace {
            cx.acts.push(Act::SelectOne(None));
        }
    }
}

/// What an area meets: of the layer looked at, else of the topmost that it meets anything of.
fn enclosed(cx: &ToolContext<'_>, area: &Geometry) -> Option<(LayerKey, Vec<usize>)> {
    let bounds = area.bounds();
    let found = |key: LayerKey| -> Option<(LayerKey, Vec<usize>)> {
        let what = cx.shown.iter().rev().find(|s| s.key == key && s.emphasis.is_pointed_at())?;
        let layer = what.indexed.layer();
        let near = what.indexed.shown_rows_in(&bounds).into_iter().filter(|row| what.shows(*row));
        let rows: Vec<usize> = meets(layer, near.collect(), area);
        (!rows.is_empty()).then_some((key, rows))
    };
    let others = cx.shown.iter().rev().filter(|s| s.emphasis.is_pointed_at()).map(|s| s.key);
    cx.selection.key().into_iter().chain(cx.active).chain(others).find_map(found)
}

/// Features of the layer in hand that share the corner.
fn neighbours(cx: &ToolContext<'_>, hit: Hit, from: LonLat, to: LonLat) -> Vec<(usize, Geometry)> {
    let Some(layer) = cx.session.layer(hit.key) else { return Vec::new() };
    let at = LonLatBox { min: from, max: from };
    neighbours_moved(layer.layer(), &layer.indexed.shown_rows_in(&at), hit.row, from, to)
}
