//! What stands where on a page.

use super::series::{self, Among};
use super::{Beside, Content, Paper, camera, comments};
use crate::geodesy::LonLat;
use crate::i18n::{Lang, between, number, semicolon, tr};
use crate::ui::map::Gpu;
use crate::ui::map::backdrop::Backdrops;
use crate::ui::map::camera::Camera;
use crate::ui::map::frame::MapFrame;
use crate::ui::map::labels;
use crate::ui::map::overlay;
use crate::ui::map::scene::{Scene, Shown};
use crate::ui::map::style::Emphasis;
use crate::ui::theme::{self, Palette, bold};
use eframe::egui::text::LayoutJob;
use eframe::egui::{Align, Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Stroke, Ui, Vec2, pos2, vec2};
use std::collections::BTreeSet;
use std::sync::Arc;

/// White round everything: 12 mm, more than printers leave.
const MARGIN: f32 = pt(34.0);
const TITLE: f32 = pt(42.0);
const FOOT: f32 = pt(44.0);
/// Width of the legend beside the map, and height below it.
pub(super) const LEGEND: f32 = pt(160.0);
/// Room for figures of the graticule.
const FIGURES: f32 = pt(13.0);

/// Printers' points in points of the map.
pub(super) const fn pt(points: f32) -> f32 {
    points * super::POINTS / super::PRINTERS_POINTS
}

/// A text in letters of so many printers' points, or in the largest smaller ones in which all of it has room.
fn fitted(
    painter: &Painter,
    text: &str,
    font: fn(f32) -> FontId,
    points: f32,
    room: Vec2,
    ink: Color32,
) -> Arc<Galley> {
    let mut points = points;
    loop {
        let mut job = LayoutJob::simple(text.to_owned(), font(pt(points)), ink, room.x);
        job.halign = Align::Center;
        let galley = painter.layout_job(job);
        if (galley.size().x <= room.x && galley.size().y <= room.y) || points <= 3.0 {
            return galley;
        }
        points -= 0.5;
    }
}

/// Title, secrecy and the map's number, whole, beside one another.
fn head(painter: &Painter, inside: Rect, paper: &Paper, lang: Lang, ink: Color32) {
    let beside = vec2(inside.width() * 0.25, TITLE - pt(4.0));
    let mut taken = 0.0_f32;
    if !paper.secrecy.is_empty() {
        let galley = fitted(painter, &paper.secrecy, bold, 11.0, beside, ink);
        taken = taken.max(galley.size().x);
        painter.galley(pos2(inside.right() - galley.size().x / 2.0, inside.top()), galley, ink);
    }
    if !paper.map_number.is_empty() {
        let text = tr!(lang, "paper.map_number_is", number = paper.map_number);
        let galley = fitted(painter, &text, FontId::proportional, 9.0, beside, ink);
        taken = taken.max(galley.size().x);
        painter.galley(pos2(inside.left() + galley.size().x / 2.0, inside.top()), galley, ink);
    }
    // In the middle of the page, so as far from both sides.
    let gap = if taken > 0.0 { pt(8.0) } else { 0.0 };
    let room = vec2(inside.width() - 2.0 * (taken + gap), TITLE - pt(4.0));
    let galley = fitted(painter, &paper.title, bold, 22.0, room, ink);
    // One line where it always stood; more from the top of the page's inside.
    let top = (inside.top() + TITLE / 2.0 - pt(6.0) - galley.size().y / 2.0).max(inside.top());
    painter.galley(pos2(inside.center().x, top), galley, ink);
}

/// Where things stand on a page.
struct Layout {
    /// Within the white round everything.
    inside: Rect,
    /// The map with the figures round it.
    body: Rect,
    legend: Rect,
}

impl Layout {
    fn of(page: Rect, portrait: bool) -> Self {
        let inside = page.shrink(MARGIN);
        let mut body = Rect::from_min_max(inside.min + vec2(0.0, TITLE), inside.max - vec2(0.0, FOOT));
        let legend = if portrait {
            let place = Rect::from_min_max(pos2(body.left(), body.bottom() - LEGEND), body.max);
            body.max.y -= LEGEND + pt(8.0);
            place
        } else {
            let place = Rect::from_min_max(pos2(body.right() - LEGEND, body.top()), body.max);
            body.max.x -= LEGEND + pt(8.0);
            place
        };
        Self { inside, body, legend }
    }
}

/// Where the map stands on a page.
pub(super) fn map_frame(page: Rect, portrait: bool) -> Rect {
    Layout::of(page, portrait).body.shrink(FIGURES)
}

/// Draws the page; true where everything on it is there.
#[expect(clippy::too_many_arguments, reason = "a page is drawn of all of them")]
pub(super) fn show(
    ui: &mut Ui,
    paper: &Paper,
    content: &Content,
    among: Option<&Among<'_>>,
    scene: &mut Scene,
    backdrops: &mut Backdrops,
    gpu: &Gpu,
    lang: Lang,
) -> bool {
    let palette = theme::palette(ui);
    let page = ui.ctx().content_rect();
    let painter = ui.ctx().layer_painter(ui.layer_id());
    painter.rect_filled(page, 0.0, Color32::WHITE);
    let Layout { inside, body, legend } = Layout::of(page, paper.portrait);
    let ink = palette.text;
    head(&painter, inside, paper, lang, ink);
    let frame = body.shrink(FIGURES);
    let ready = map(&painter, frame, content, scene, backdrops, gpu, palette);
    let (camera, denominator) = camera(content, frame.size());
    backdrops.credits(&painter, frame.translate(vec2(0.0, 14.0)), &content.under.all, palette, lang);
    if content.leaves_out_zones {
        overlay::say(&painter, frame, &[], overlay::remarks(None, 0, true, lang), palette);
    }
    graticule(&painter, &camera, frame, palette);
    painter.rect_stroke(frame, 0.0, Stroke::new(pt(1.2), ink), eframe::egui::StrokeKind::Middle);
    painter.rect_stroke(body, 0.0, Stroke::new(pt(0.6), ink), eframe::egui::StrokeKind::Middle);
    north(&painter, frame.right_top() + vec2(pt(-20.0), pt(36.0)), palette);
    comments::paint(&painter, content, &camera, frame, palette);
    painter.rect_stroke(legend, 0.0, Stroke::new(pt(0.6), ink), eframe::egui::StrokeKind::Middle);
    if let Some(among) = among {
        series::paint(&painter, frame, &camera, content, among, palette);
    }
    let legend = comments::list(&painter, legend, content, &camera, frame, lang, palette);
    // Beside the scale.
    let beside = pos2(inside.left() + pt(170.0), inside.bottom() - pt(8.0));
    let has_names = among.is_some_and(|among| series::tell(&painter, beside, legend, among, lang, palette));
    if !has_names {
        super::legend::legend(&painter, legend, content, lang, palette);
    }
    foot(
        &painter,
        Rect::from_min_max(pos2(inside.left(), inside.bottom() - FOOT + pt(8.0)), inside.max),
        paper,
        &sources(paper, content, lang),
        lang,
        ink,
    );
    left_out(&painter, inside, content, lang, ink);
    scale(&painter, pos2(inside.left(), inside.bottom() - FOOT + pt(12.0)), &camera, denominator, palette);
    ready
}

/// What of a page a picture stands for where it cannot be written: the map without its names, and what lies under it.
pub(super) fn ground(
    ui: &mut Ui,
    paper: &Paper,
    content: &Content,
    scene: &mut Scene,
    backdrops: &mut Backdrops,
    gpu: &Gpu,
) -> bool {
    let palette = theme::palette(ui);
    let frame = map_frame(ui.ctx().content_rect(), paper.portrait);
    let painter = ui.ctx().layer_painter(ui.layer_id());
    layers(&painter, frame, content, scene, backdrops, gpu, palette)
}

/// The map alone, with its scale, and a legend where one is wanted; true where everything on it is there.
pub(super) fn map_alone(ui: &mut Ui, content: &Content, scene: &mut Scene, gpu: &Gpu, beside: Beside) -> bool {
    let palette = theme::palette(ui);
    let frame = ui.ctx().content_rect();
    let painter = ui.ctx().layer_painter(ui.layer_id());
    // A map in a report has no ground but its layers.
    let none = &mut Backdrops::new(None, Arc::new(|| {}));
    let ready = map(&painter, frame, content, scene, none, gpu, palette);
    let (camera, _) = camera(content, frame.size());
    if beside != Beside::Nothing {
        overlay::scale_bar(&painter, &camera, frame, palette);
    }
    if let (Beside::Legend(lang), true) = (beside, content.leaves_out_zones) {
        overlay::say(&painter, frame, &[], overlay::remarks(None, 0, true, lang), palette);
    }
    if let Beside::Legend(lang) = beside {
        super::legend::card(&painter, frame, content, lang, palette);
    }
    ready
}

/// The map in its frame, with its names.
fn map(
    painter: &Painter,
    frame: Rect,
    content: &Content,
    scene: &mut Scene,
    backdrops: &mut Backdrops,
    gpu: &Gpu,
    palette: &Palette,
) -> bool {
    let ready = layers(painter, frame, content, scene, backdrops, gpu, palette);
    let (camera, _) = camera(content, frame.size());
    let shown: Vec<Shown> = content.shown.iter().map(|(what, _)| what.clone()).collect();
    labels::place_names(&painter.with_clip_rect(frame), &shown, &camera, frame, palette);
    ready
}

/// The layers and what lies under them, from the window's own draw lists.
fn layers(
    painter: &Painter,
    frame: Rect,
    content: &Content,
    scene: &mut Scene,
    backdrops: &mut Backdrops,
    gpu: &Gpu,
    palette: &Palette,
) -> bool {
    let (camera, _) = camera(content, frame.size());
    let ppp = painter.ctx().pixels_per_point();
    // As finely as the dots of the paper show it.
    let fine = Camera { scale: camera.scale * f64::from(ppp), ..camera };
    let fine_view = Rect::from_min_size(Pos2::ZERO, frame.size() * ppp);
    let shown: Vec<Shown> = content.shown.iter().map(|(what, _)| what.clone()).collect();
    let lists = scene.lists(&shown, false, &fine, fine_view);
    let clipped = painter.with_clip_rect(frame);
    clipped.rect_filled(frame, 0.0, palette.land);
    backdrops.paint(&clipped, &camera, frame, &content.under.all);
    let map = MapFrame {
        rect: frame,
        pixels_per_point: ppp,
        camera,
        background: if backdrops.is_any_on() { Color32::TRANSPARENT } else { palette.land },
        lists: lists.drawn,
        coming: lists.coming,
        parting: None,
    };
    if let Some(callback) = gpu.callback(Arc::new(map)) {
        clipped.add(callback);
    }
    scene.is_ready() && backdrops.is_settled()
}

/// Lines of longitude and latitude, with their figures outside the frame.
fn graticule(painter: &Painter, camera: &Camera, frame: Rect, palette: &Palette) {
    let [per_lon, _] = camera.points_per_degree();
    let step = overlay::graticule_step(per_lon, f64::from(pt(90.0)));
    let decimals = if step >= 1.0 { 0 } else { (-step.log10()).ceil() as usize };
    let visible = camera.visible(frame);
    let font = FontId::proportional(pt(8.0));
    let line = Stroke::new(0.5, palette.quiet.gamma_multiply(0.35));
    let clipped = painter.with_clip_rect(frame);
    let lines =
        |min: f64, max: f64| ((min / step).ceil() as i64..=(max / step).floor() as i64).map(move |k| k as f64 * step);
    for lon in lines(visible.min.lon, visible.max.lon) {
        let x = camera.screen_from_world(frame, LonLat::new(lon, 0.0)).x;
        clipped.vline(x, frame.y_range(), line);
        let text = format!("{:.decimals$}°{}", lon.abs(), if lon < 0.0 { "W" } else { "E" });
        painter.text(pos2(x, frame.top() - 2.0), Align2::CENTER_BOTTOM, &text, font.clone(), palette.text);
        painter.text(pos2(x, frame.bottom() + 2.0), Align2::CENTER_TOP, &text, font.clone(), palette.text);
    }
    for lat in lines(visible.min.lat.max(-90.0), visible.max.lat.min(90.0)) {
        let y = camera.screen_from_world(frame, LonLat::new(0.0, lat)).y;
        clipped.hline(frame.x_range(), y, line);
        let text = format!("{:.decimals$}°{}", lat.abs(), if lat < 0.0 { "S" } else { "N" });
        // Upright along the sides: there is no more room.
        for (x, turn) in [(frame.left() - 2.0, -1.0), (frame.right() + 2.0, 1.0)] {
            upright(painter, pos2(x, y), turn, &text, font.clone(), palette.text);
        }
    }
}

/// A text that runs up (-1) left of a place, or down (1) right of it.
fn upright(painter: &Painter, at: Pos2, turn: f32, text: &str, font: FontId, ink: Color32) {
    let galley = painter.layout_no_wrap(text.to_owned(), font, ink);
    let half = galley.size().x / 2.0;
    let from = at + vec2(turn * galley.size().y, -turn * half);
    let shape = eframe::egui::epaint::TextShape::new(from, galley, ink);
    painter.add(shape.with_angle(turn * std::f32::consts::FRAC_PI_2));
}

/// An arrow to the north: the map's meridians are upright.
fn north(painter: &Painter, at: Pos2, palette: &Palette) {
    let (tip, ink) = (at - vec2(0.0, pt(16.0)), palette.text);
    let pen = Stroke::new(pt(0.8), ink);
    let half = |x: f32, fill: Color32| {
        let points = vec![tip, at + vec2(x, pt(12.0)), at + vec2(0.0, pt(6.0))];
        painter.add(eframe::egui::Shape::convex_polygon(points, fill, pen));
    };
    half(pt(-7.0), ink);
    half(pt(7.0), Color32::WHITE);
    painter.text(tip - vec2(0.0, 1.0), Align2::CENTER_BOTTOM, "N", bold(pt(11.0)), ink);
}

/// A bar in two colours, and the scale in figures.
fn scale(painter: &Painter, at: Pos2, camera: &Camera, denominator: f64, palette: &Palette) {
    let metres_per_point = camera.metres_per_point();
    let length_m = overlay::bar_length_m(metres_per_point);
    let width = (length_m / metres_per_point) as f32;
    let pen = Stroke::new(pt(0.8), palette.text);
    for part in 0..4 {
        let left = at.x + width * part as f32 / 4.0;
        let block = Rect::from_min_size(pos2(left, at.y + pt(12.0)), vec2(width / 4.0, pt(4.0)));
        let fill = if part % 2 == 0 { palette.text } else { Color32::WHITE };
        painter.rect(block, 0.0, fill, pen, eframe::egui::StrokeKind::Middle);
    }
    let font = FontId::proportional(pt(8.0));
    let text =
        |m: f64| if length_m >= 1_000.0 { number(m / 1_000.0, usize::from(m % 1_000.0 != 0.0)) } else { number(m, 0) };
    painter.text(pos2(at.x, at.y + pt(10.0)), Align2::LEFT_BOTTOM, "0", font.clone(), palette.text);
    let unit = if length_m >= 1_000.0 { "km" } else { "m" };
    let end = format!("{} {unit}", text(length_m));
    painter.text(pos2(at.x + width, at.y + pt(10.0)), Align2::CENTER_BOTTOM, end, font.clone(), palette.text);
    let figures = format!("1 : {}", number(denominator, 0));
    painter.text(pos2(at.x, at.y + pt(20.0)), Align2::LEFT_TOP, figures, FontId::proportional(pt(10.0)), palette.text);
}

/// Where the data come from: what the page says, else the files of the layers on it, the first of many.
fn sources(paper: &Paper, content: &Content, lang: Lang) -> String {
    const NAMED: usize = 4;
    if !paper.source.is_empty() {
        return paper.source.clone();
    }
    let of_layer = |(what, _): &(Shown, String)| what.indexed.layer().source.file_name.clone();
    let layers = content.shown.iter().filter(|(what, _)| what.emphasis == Emphasis::Plain && what.role.is_some());
    let files: BTreeSet<String> = layers.map(of_layer).filter(|name| !name.is_empty()).collect();
    let named = files.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(between(lang));
    match files.len() {
        n if n > NAMED => tr!(lang, "paper.sources_more", files = named, n = n).into_owned(),
        _ => named,
    }
}

/// What is not on the map, in small letters under everything: within the white that printers do not need.
fn left_out(painter: &Painter, inside: Rect, content: &Content, lang: Lang, ink: Color32) {
    if content.left_out.is_empty() {
        return;
    }
    let text = content.left_out.join(semicolon(lang));
    let galley = fitted(painter, &text, FontId::proportional, 7.0, vec2(inside.width(), pt(18.0)), ink);
    painter.galley(pos2(inside.center().x, inside.bottom() + pt(2.0)), galley, ink);
}

/// Source, date, coordinate system and who made it, at the right.
fn foot(painter: &Painter, place: Rect, paper: &Paper, source: &str, lang: Lang, ink: Color32) {
    let date = if paper.date.is_empty() {
        crate::report::timestamp().split('T').next().unwrap_or_default().to_owned()
    } else {
        paper.date.clone()
    };
    let mut lines = Vec::new();
    if !paper.unit.is_empty() {
        lines.push(tr!(lang, "paper.unit_is", unit = paper.unit).into_owned());
    }
    if !source.is_empty() {
        lines.push(tr!(lang, "paper.source_is", source = source).into_owned());
    }
    lines.push(tr!(lang, "paper.date_is", date = date).into_owned());
    let room = vec2(place.width() * 0.6, pt(13.5));
    for (i, line) in lines.iter().enumerate() {
        let galley = fitted(painter, line, FontId::proportional, 9.0, room, ink);
        let at = pos2(place.right() - galley.size().x / 2.0, place.top() + i as f32 * pt(12.5));
        painter.galley(at, galley, ink);
    }
}
