//! Comments on a page: numbered bubbles on the map, and what they say beside the legend.

use super::Content;
use super::legend::fitting_size;
use super::page::pt;
use crate::comments::Comment;
use crate::i18n::{Lang, colon, tr};
use crate::ui::map::camera::Camera;
use crate::ui::map::pins;
use crate::ui::theme::{Palette, bold};
use eframe::egui::text::{LayoutJob, TextWrapping};
use eframe::egui::{Align2, FontId, Painter, Rect, pos2, vec2};

/// Comments that a page numbers at most.
const MOST: usize = 60;
/// Lines that one has in the list.
const LINES: usize = 2;

/// Those that lie on the map, in their order.
fn on_map<'a>(content: &'a Content, camera: &Camera, frame: Rect) -> Vec<&'a Comment> {
    let is_on = |comment: &&Comment| frame.contains(camera.screen_from_world(frame, comment.at));
    content.comments.iter().filter(is_on).collect()
}

/// Draws the bubbles.
pub(super) fn paint(painter: &Painter, content: &Content, camera: &Camera, frame: Rect, palette: &Palette) {
    let clipped = painter.with_clip_rect(frame);
    for (n, comment) in on_map(content, camera, frame).into_iter().take(MOST).enumerate() {
        let at = camera.screen_from_world(frame, comment.at);
        pins::printed(&clipped, at, comment.state, n + 1, palette);
    }
}

/// What of the legend's place is left to it where comments have a part of it; the list of them drawn into the rest.
pub(super) fn list(
    painter: &Painter,
    place: Rect,
    content: &Content,
    camera: &Camera,
    frame: Rect,
    lang: Lang,
    palette: &Palette,
) -> Rect {
    let seen = on_map(content, camera, frame);
    if seen.is_empty() {
        return place;
    }
    let (mut legend, mut own) = (place, place);
    if place.width() > place.height() * 1.5 {
        own.min.x = place.center().x;
        legend.max.x = own.min.x;
    } else {
        // No more than they need.
        let needed = pt(34.0) + seen.len() as f32 * LINES as f32 * pt(13.5);
        own.min.y = place.bottom() - needed.min(place.height() * 0.45);
        legend.max.y = own.min.y;
    }
    let inside = own.shrink2(vec2(pt(10.0), pt(8.0)));
    painter.text(inside.left_top(), Align2::LEFT_TOP, tr!(lang, "comment.title"), bold(pt(11.0)), palette.text);
    let mut top = inside.top() + pt(18.0);
    let size = fitting_size((inside.bottom() - top) / (seen.len().min(MOST) as f32 * LINES as f32));
    let line = size * 1.35;
    let job = |text: String, rows: usize| {
        let mut job = LayoutJob::simple(text, FontId::proportional(size), palette.text, inside.width() - pt(16.0));
        job.wrap = TextWrapping { max_rows: rows, ..job.wrap };
        painter.layout_job(job)
    };
    for (n, comment) in seen.iter().enumerate() {
        let is_last_room = top + line * (LINES as f32 + 1.0) > inside.bottom() || n + 1 == MOST;
        if is_last_room && n + 1 < seen.len() {
            let more = tr!(lang, "paper.more", n = seen.len() - n).into_owned();
            painter.galley(pos2(inside.left() + pt(16.0), top), job(more, 1), palette.text);
            break;
        }
        let by = if comment.author.is_empty() { String::new() } else { format!("{}{}", comment.author, colon(lang)) };
        let number = format!("{}", n + 1);
        painter.text(pos2(inside.left(), top), Align2::LEFT_TOP, number, bold(size), palette.text);
        let galley = job(format!("{by}{}", comment.text.replace('\n', " ")), LINES);
        let height = galley.size().y;
        painter.galley(pos2(inside.left() + pt(16.0), top), galley, palette.text);
        top += height + line * 0.25;
    }
    legend
}
