//! Comments on the map: speech bubbles with a tail, which nothing else looks like. Open ones are filled, resolved ones hollow
//! with a tick; a number where they are printed.

use super::camera::Camera;
use crate::comments::{Comment, CommentState, Comments};
use crate::geodesy::LonLat;
use crate::ui::theme::{Palette, bold};
use eframe::egui::{Align2, Color32, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};

/// Bubbles that are drawn at most in one view; the others are small squares.
const MOST: usize = 400;
/// Width and height of a bubble, and how far it stands above its place.
const WIDTH: f32 = 22.0;
const HEIGHT: f32 = 17.0;
const TAIL: f32 = 7.0;

/// Which comments are looked at, and how.
#[derive(Clone, Debug, Default)]
pub struct Pinned {
    /// The one that is open in the panel.
    pub selected: Option<String>,
    /// A place for which one is being written.
    pub pending: Option<LonLat>,
    /// Only those that are so far.
    pub only: Option<CommentState>,
    /// True where none stands on the map.
    pub is_hidden: bool,
}

impl Pinned {
    /// True where a comment is among those looked at.
    pub fn shows(&self, comment: &Comment) -> bool {
        !comment.is_deleted && self.only.is_none_or(|state| comment.state == state)
    }
}

/// Where the bubble of a place stands.
fn bubble(at: Pos2) -> Rect {
    Rect::from_min_size(at + vec2(-6.0, -TAIL - HEIGHT), vec2(WIDTH, HEIGHT))
}

/// How a bubble is drawn.
struct Ink {
    fill: Color32,
    line: Color32,
    sign: Color32,
}

/// Draws a bubble at a place.
fn draw(painter: &Painter, at: Pos2, ink: &Ink, casing: Color32, state: CommentState, number: Option<usize>) {
    let body = bubble(at);
    let tail = [pos2(body.left() + 3.0, body.bottom() - 1.0), pos2(body.left() + 12.0, body.bottom() - 1.0), at];
    // White round everything, so that it stands out of any ground.
    painter.rect_filled(body.expand(2.0), 6.0, casing);
    painter.add(Shape::convex_polygon(tail.to_vec(), casing, Stroke::new(4.0, casing)));
    let pen = Stroke::new(1.6, ink.line);
    painter.add(Shape::convex_polygon(tail.to_vec(), ink.line, Stroke::new(1.0, ink.line)));
    painter.rect(body, 4.0, ink.fill, pen, eframe::egui::StrokeKind::Inside);
    if let Some(number) = number {
        painter.text(body.center(), Align2::CENTER_CENTER, number.to_string(), bold(11.0), ink.sign);
        return;
    }
    let pen = Stroke::new(1.6, ink.sign);
    match state {
        CommentState::Open => {
            for (row, to) in [(5.5, 17.0), (8.5, 17.0), (11.5, 12.0)] {
                let from = body.min + vec2(5.0, row);
                painter.line_segment([from, pos2(body.left() + to, from.y)], Stroke::new(1.3, ink.sign));
            }
        }
        CommentState::Resolved => {
            let tick = [vec2(6.5, 8.5), vec2(9.8, 12.0), vec2(16.0, 5.0)].map(|by| body.min + by);
            painter.line_segment([tick[0], tick[1]], pen);
            painter.line_segment([tick[1], tick[2]], pen);
        }
    }
}

/// Draws those of a view; `selected` and the one being written stand out.
pub fn paint(painter: &Painter, all: &Comments, pinned: &Pinned, camera: &Camera, view: Rect, palette: &Palette) {
    let (chosen, casing) = palette.chosen;
    let room = view.expand(WIDTH + TAIL);
    if !pinned.is_hidden {
        let is_selected = |comment: &&Comment| pinned.selected.as_ref() == Some(&comment.id);
        let shown = all.all.iter().filter(|comment| pinned.shows(comment));
        let placed = shown.map(|comment| (comment, camera.screen_from_world(view, comment.at)));
        let seen: Vec<(&Comment, Pos2)> = placed.filter(|(_, at)| room.contains(*at)).collect();
        for (_, at) in seen.iter().take(seen.len().saturating_sub(MOST)) {
            let square = Rect::from_center_size(*at, vec2(6.0, 6.0));
            painter.rect(square, 1.0, palette.text, Stroke::new(1.0, palette.halo), eframe::egui::StrokeKind::Outside);
        }
        // The newest are told apart where not all can be.
        for (comment, at) in seen.iter().skip(seen.len().saturating_sub(MOST)).filter(|(c, _)| !is_selected(c)) {
            let ink = match comment.state {
                CommentState::Open => Ink { fill: palette.text, line: palette.text, sign: palette.panel },
                CommentState::Resolved => Ink { fill: palette.panel, line: palette.quiet, sign: palette.quiet },
            };
            draw(painter, *at, &ink, palette.halo, comment.state, None);
        }
        if let Some((comment, at)) = seen.iter().find(|(c, _)| is_selected(c)) {
            let ink = Ink { fill: chosen, line: chosen, sign: casing };
            draw(painter, *at, &ink, casing, comment.state, None);
        }
    }
    if let Some(at) = pinned.pending {
        let ink = Ink { fill: palette.panel, line: chosen, sign: chosen };
        draw(painter, camera.screen_from_world(view, at), &ink, casing, CommentState::Open, None);
    }
}

/// The comment whose bubble lies under a place of the screen, the topmost.
pub fn under<'a>(all: &'a Comments, pinned: &Pinned, camera: &Camera, view: Rect, at: Pos2) -> Option<&'a Comment> {
    if pinned.is_hidden {
        return None;
    }
    let is_under = |comment: &&Comment| {
        let place = camera.screen_from_world(view, comment.at);
        pinned.shows(comment) && (bubble(place).expand(2.0).contains(at) || place.distance(at) <= 4.0)
    };
    all.all.iter().rev().find(is_under)
}

/// Draws one as it is printed: with its number.
pub fn printed(painter: &Painter, at: Pos2, state: CommentState, number: usize, palette: &Palette) {
    let ink = match state {
        CommentState::Open => Ink { fill: palette.text, line: palette.text, sign: Color32::WHITE },
        CommentState::Resolved => Ink { fill: Color32::WHITE, line: palette.quiet, sign: palette.quiet },
    };
    draw(painter, at, &ink, Color32::WHITE, state, Some(number));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bubble_is_hit_where_it_stands_and_not_where_it_is_hidden() {
        let comment = |lon: f64, text: &str| Comment::new(LonLat::new(lon, 31.0), text, "", "2026");
        let mut all = Comments::of(vec![comment(121.0, "a"), comment(121.0, "b"), comment(121.5, "c")]);
        all.all[2].state = CommentState::Resolved;
        let camera = Camera { center: LonLat::new(121.0, 31.0), scale: 1_000.0 };
        let view = Rect::from_min_size(Pos2::ZERO, vec2(400.0, 400.0));
        let at = |text: &str| {
            let comment = all.all.iter().find(|one| one.text == text).expect("there");
            camera.screen_from_world(view, comment.at) + vec2(4.0, -15.0)
        };
        let hit = |pinned: &Pinned, at: Pos2| under(&all, pinned, &camera, view, at).map(|one| one.text.clone());
        let plain = Pinned::default();
        assert_eq!(hit(&plain, at("a")).as_deref(), Some("b"), "the newest on top");
        assert_eq!(hit(&plain, at("c")).as_deref(), Some("c"));
        assert_eq!(hit(&plain, at("a") + vec2(60.0, 0.0)), None);
        let open = Pinned { only: Some(CommentState::Open), ..Pinned::default() };
        assert_eq!(hit(&open, at("c")), None);
        assert_eq!(hit(&Pinned { is_hidden: true, ..plain }, at("a")), None);
    }
}
