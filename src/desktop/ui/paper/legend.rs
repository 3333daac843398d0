//! Signs and what they mean: the legend of a page, and the card of a map that has none.

use super::Content;
use super::page::{LEGEND, pt};
use crate::i18n::{Lang, tr};
use crate::model::Role;
use crate::ui::map::legend::{lists_classes, swatch};
use crate::ui::map::scene::Shown;
use crate::ui::map::style::{Emphasis, FeatureStyle, class_title};
use crate::ui::theme::{Palette, bold};
use eframe::egui::{Align2, FontId, Painter, Rect, Stroke, pos2, vec2};

/// Signs and what they mean, in as many columns as there is room for.
pub(super) fn legend(painter: &Painter, place: Rect, content: &Content, lang: Lang, palette: &Palette) {
    let inside = place.shrink2(vec2(pt(10.0), pt(8.0)));
    painter.text(inside.left_top(), Align2::LEFT_TOP, tr!(lang, "legend.title"), bold(pt(11.0)), palette.text);
    let entries = entries(content, lang);
    let top = inside.top() + pt(20.0);
    let width = LEGEND - pt(20.0);
    let columns = ((inside.width() + pt(10.0)) / (width + pt(10.0))).floor().max(1.0) as usize;
    // Closer together where there are many, as long as they can be read.
    let rows = entries.len().div_ceil(columns).max(1);
    let height = ((inside.bottom() - top) / rows as f32).clamp(pt(7.5), pt(15.0));
    let per_column = ((inside.bottom() - top) / height).floor().max(1.0) as usize;
    let room = per_column * columns;
    let font = FontId::proportional(fitting_size(height));
    let left_out = entries.len().saturating_sub(room);
    for (i, (style, shape, text, is_class)) in entries.into_iter().take(room).enumerate() {
        let column = (i / per_column) as f32;
        let at = pos2(inside.left() + column * (width + pt(10.0)), top + (i % per_column) as f32 * height);
        let is_last = left_out > 0 && i + 1 == room;
        let text = if is_last { tr!(lang, "paper.more", n = left_out + 1).into_owned() } else { text };
        let style = style.filter(|_| !is_last);
        let indent = if is_class { pt(8.0) } else { 0.0 };
        if let Some(style) = style {
            let sign = Rect::from_min_size(at + vec2(indent, 1.0), vec2(pt(16.0), height - 2.0));
            swatch(painter, sign, &style, shape);
        }
        let left = if style.is_some() { pt(22.0) + indent } else { 0.0 };
        let room = Rect::from_min_size(at + vec2(left, 0.0), vec2(width - left, height));
        let mut job = eframe::egui::text::LayoutJob::simple_singleline(text, font.clone(), palette.text);
        job.wrap = eframe::egui::text::TextWrapping::truncate_at_width(room.width());
        let galley = painter.layout_job(job);
        painter.galley(Align2::LEFT_CENTER.align_size_within_rect(galley.size(), room).min, galley, palette.text);
    }
}

/// Letters for lines of so many points.
pub(super) fn fitting_size(height: f32) -> f32 {
    (height * 0.7).clamp(pt(5.5), pt(9.0))
}

/// True for roles whose classes have signs of their own, which a page has to tell apart: nobody can click on it.
fn has_signs(what: &Shown) -> bool {
    matches!(what.role, Some(Role::RedLine | Role::ControlUnit))
}

/// A style, a shape, a text, and whether it is a class of a layer.
type Entry = (Option<FeatureStyle>, Option<crate::model::Shape>, String, bool);

/// Entries of the legend, topmost first: a layer's classes under its name where it has several.
fn entries(content: &Content, lang: Lang) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (what, name) in content.shown.iter().rev().filter(|(what, _)| what.emphasis != Emphasis::Chosen) {
        let layer = what.indexed.layer();
        let shape = layer.shape();
        let mut classes = what.classes(false);
        classes.truncate(12);
        let is_classed = lists_classes(what) || has_signs(what);
        match &classes[..] {
            [] => {}
            [one, ..] if !is_classed || classes.len() == 1 => {
                entries.push((Some(one.style), shape, name.clone(), false))
            }
            many => {
                entries.push((None, shape, name.clone(), false));
                entries.extend(many.iter().map(|class| {
                    let text = if class.value.is_empty() {
                        tr!(lang, "legend.no_class").into_owned()
                    } else {
                        class_title(what.role, &class.value, lang)
                    };
                    (Some(class.style), shape, text, true)
                }));
            }
        }
    }
    entries
}

/// Signs of what has a name, on a card in the corner of a map that has no page: closer together, then in columns, where
/// there are many. What has no room even so is counted.
pub(super) fn card(painter: &Painter, frame: Rect, content: &Content, lang: Lang, palette: &Palette) {
    const COLUMNS: usize = 3;
    // Under the card stands the scale.
    const SCALE: f32 = 46.0;
    let named = content.shown.iter().filter(|(_, name)| !name.is_empty()).cloned().collect();
    let entries = entries(&Content { shown: named, ..content.clone() }, lang);
    if entries.is_empty() {
        return;
    }
    let height = (frame.height() - 32.0 - SCALE).max(16.0);
    let rows_of = |line: f32| ((height / line).floor() as usize).max(1);
    let (line, width) = if entries.len() <= rows_of(16.0) { (16.0, 190.0) } else { (13.0, 160.0) };
    let columns = entries.len().div_ceil(rows_of(line)).min(COLUMNS);
    let rows = entries.len().div_ceil(columns).min(rows_of(line));
    let room = rows * columns;
    let left_out = entries.len().saturating_sub(room);
    // The map is in the middle: the second column stands at the other side.
    let left_of = |column: usize| match column {
        0 => frame.left() + 10.0,
        1 => frame.right() - 10.0 - width,
        _ => frame.left() + 10.0 + width,
    };
    let rim = Stroke::new(1.0, palette.line);
    for column in 0..columns {
        let lines = rows.min(entries.len().min(room).saturating_sub(column * rows));
        let place =
            Rect::from_min_size(pos2(left_of(column), frame.top() + 10.0), vec2(width, lines as f32 * line + 12.0));
        painter.rect(place, 4.0, palette.panel, rim, eframe::egui::StrokeKind::Middle);
    }
    for (i, (style, shape, text, is_class)) in entries.into_iter().take(room).enumerate() {
        let is_last = left_out > 0 && i + 1 == room;
        let text = if is_last { tr!(lang, "paper.more", n = left_out + 1).into_owned() } else { text };
        let style = style.filter(|_| !is_last);
        let indent = if is_class { 8.0 } else { 0.0 };
        let left = left_of(i / rows);
        let at = pos2(left + 8.0 + indent, frame.top() + 16.0 + (i % rows) as f32 * line);
        if let Some(style) = style {
            swatch(painter, Rect::from_min_size(at + vec2(0.0, 1.0), vec2(16.0, line - 2.0)), &style, shape);
        }
        let behind_sign = if style.is_some() { 22.0 } else { 0.0 };
        let room = Rect::from_min_max(at + vec2(behind_sign, 0.0), pos2(left + width - 6.0, at.y + line));
        let font = FontId::proportional((line * 0.7).min(11.0));
        let mut job = eframe::egui::text::LayoutJob::simple_singleline(text, font, palette.text);
        job.wrap = eframe::egui::text::TextWrapping::truncate_at_width(room.width());
        let galley = painter.layout_job(job);
        painter.galley(Align2::LEFT_CENTER.align_size_within_rect(galley.size(), room).min, galley, palette.text);
    }
}
