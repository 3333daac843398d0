//! What is written over the map: graticule, scale bar, names of places, outlines of what is pointed at.

use super::camera::Camera;
use crate::geodesy::{LonLat, LonLatBox};
use crate::i18n::{Lang, count, number, tr};
use crate::model::{Layer, Shape};
use crate::ui::theme::{Palette, SMALL};
use eframe::egui::text::LayoutJob;
use eframe::egui::{Align, Align2, Color32, FontId, Painter, Pos2, Rect, Stroke, pos2, vec2};

/// Steps of the graticule, degrees.
const GRATICULE: [f64; 14] = [30.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

/// The step of a graticule whose lines stand at least so many points apart, degrees.
pub fn graticule_step(points_per_degree: f64, apart: f64) -> f64 {
    GRATICULE.iter().copied().filter(|s| s * points_per_degree >= apart).fold(90.0, f64::min)
}

/// A figure of the graticule: where it stands, and what it says.
pub type Figure = (Rect, String);

/// Letters of the figures of the graticule.
const FIGURES: f32 = 10.5;

/// Thin lines of longitude and latitude. Returns their figures along the bottom and the left, clear of the tools there; they are
/// written once it is known where names stand ([`figures`]).
pub fn graticule(painter: &Painter, camera: &Camera, view: Rect, tools: Rect, palette: &Palette) -> Vec<Figure> {
    let [per_lon, _] = camera.points_per_degree();
    let step = graticule_step(per_lon, 130.0);
    let decimals = if step >= 1.0 { 0 } else { (-step.log10()).ceil() as usize };
    let line = Stroke::new(1.0, palette.quiet.gamma_multiply(0.16));
    let visible = camera.visible(view);
    let mut figures: Vec<Figure> = Vec::new();
    let mut figure = |at: Pos2, text: String| {
        let size = painter.layout_no_wrap(text.clone(), FontId::proportional(FIGURES), palette.quiet).size();
        figures.push((Align2::LEFT_BOTTOM.anchor_size(at, size), text));
    };
    let lines = |min: f64, max: f64| {
        let first = (min / step).ceil() as i64;
        let last = (max / step).floor() as i64;
        (first..=last.min(first + 64)).map(move |k| k as f64 * step)
    };
    for lon in lines(visible.min.lon, visible.max.lon) {
        let x = camera.screen_from_world(view, LonLat::new(lon, 0.0)).x;
        painter.vline(x, view.y_range(), line);
        let text = format!("{:.decimals$}°{}", lon.abs(), if lon < 0.0 { "W" } else { "E" });
        figure(pos2(x + 3.0, view.bottom() - 3.0), text);
    }
    for lat in lines(visible.min.lat.max(-90.0), visible.max.lat.min(90.0)) {
        let y = camera.screen_from_world(view, LonLat::new(0.0, lat)).y;
        painter.hline(view.x_range(), y, line);
        let text = format!("{:.decimals$}°{}", lat.abs(), if lat < 0.0 { "S" } else { "N" });
        let left = if y < tools.bottom() + 24.0 { tools.right() - view.left() + 8.0 } else { 4.0 };
        figure(pos2(view.left() + left, y - 2.0), text);
    }
    figures
}

/// Writes the figures of the graticule that stand apart from what is `taken`: a name is worth more than the third figure of a
/// parallel.
pub fn figures(painter: &Painter, figures: Vec<Figure>, taken: &[Rect], palette: &Palette) {
    let font = FontId::proportional(FIGURES);
    for (place, text) in figures.into_iter().filter(|(place, _)| is_clear(*place, taken)) {
        haloed(painter, place.min, Align2::LEFT_TOP, &text, font.clone(), palette.quiet, palette.halo);
    }
}

fn is_clear(place: Rect, taken: &[Rect]) -> bool {
    !taken.iter().any(|other| other.intersects(place.expand(2.0)))
}

/// The length that the bar at the bottom left stands for: 1, 2 or 5 times a power of ten.
pub fn bar_length_m(metres_per_point: f64) -> f64 {
    let longest = metres_per_point * 130.0;
    let power = 10_f64.powf(longest.log10().floor());
    [5.0, 2.0, 1.0].iter().map(|k| k * power).find(|l| *l <= longest).unwrap_or(power)
}

/// Where the card of the scale bar stands.
pub fn scale_card(camera: &Camera, view: Rect) -> Rect {
    let metres_per_point = camera.metres_per_point();
    let width = (bar_length_m(metres_per_point) / metres_per_point) as f32;
    Rect::from_min_size(view.left_bottom() + vec2(12.0, -54.0), vec2(width + 16.0, 26.0))
}

/// The scale bar.
pub fn scale_bar(painter: &Painter, camera: &Camera, view: Rect, palette: &Palette) {
    let metres_per_point = camera.metres_per_point();
    let length_m = bar_length_m(metres_per_point);
    let width = (length_m / metres_per_point) as f32;
    let text = if length_m >= 1_000.0 {
        format!("{} km", number(length_m / 1_000.0, 0))
    } else {
        format!("{} m", number(length_m, 0))
    };
    let card = scale_card(camera, view);
    painter.rect_filled(card, 4.0, palette.panel.gamma_multiply(0.9));
    let (left, right, base) = (card.left() + 8.0, card.left() + 8.0 + width, card.bottom() - 5.0);
    let pen = Stroke::new(1.6, palette.text);
    painter.line_segment([pos2(left, base), pos2(right, base)], pen);
    painter.line_segment([pos2(left, base - 4.0), pos2(left, base)], pen);
    painter.line_segment([pos2(right, base - 4.0), pos2(right, base)], pen);
    painter.text(pos2(left + 4.0, base - 3.0), Align2::LEFT_BOTTOM, text, FontId::proportional(11.0), palette.text);
}

/// What the map says of itself: marks that stand for others (how many are drawn, of how many), points that are counted in
/// hexagons, a zone that is not drawn at this scale.
pub fn remarks(thinned: Option<(usize, usize)>, hexed: usize, leaves_out_zones: bool, lang: Lang) -> Vec<String> {
    let mut said = Vec::new();
    match thinned {
        Some((drawn, of)) => said.push(tr!(lang, "map.thinned", drawn = count(drawn), of = count(of)).into_owned()),
        None if hexed > 0 => said.push(tr!(lang, "map.hexed", n = count(hexed)).into_owned()),
        None => {}
    }
    if leaves_out_zones {
        // That it is not on the map does not mean that it is not there.
        said.push(tr!(lang, "map.zone_left_out").into_owned());
    }
    said
}

/// Writes remarks on cards at the bottom of a room, the first lowest, above what they would cover; where they stand.
pub fn say(painter: &Painter, room: Rect, keep_out: &[Rect], remarks: Vec<String>, palette: &Palette) -> Vec<Rect> {
    let mut bottom = room.bottom() - 29.0;
    let mut cards = Vec::new();
    for text in remarks {
        let width = (room.width() - 44.0).max(120.0);
        let mut job = LayoutJob::simple(text, FontId::proportional(SMALL), palette.text, width);
        job.halign = Align::Center;
        let galley = painter.layout_job(job);
        let size = galley.size() + vec2(20.0, 10.0);
        let mut card = Rect::from_center_size(pos2(room.center().x, bottom - size.y / 2.0), size);
        for other in keep_out {
            if other.expand(4.0).intersects(card) {
                card = card.translate(vec2(0.0, other.top() - 4.0 - card.bottom()));
            }
        }
        painter.rect_filled(card, 4.0, palette.panel.gamma_multiply(0.9));
        painter.galley(pos2(card.center().x, card.top() + 5.0), galley, palette.text);
        bottom = card.top() - 4.0;
        cards.push(card);
    }
    cards
}

/// The map's scale is one to this, at 96 points to the inch.
pub fn scale_denominator(camera: &Camera) -> f64 {
    camera.metres_per_point() * 96.0 / 0.0254
}

/// The map's scale as one to so many, at 96 points to the inch.
pub fn scale_text(camera: &Camera) -> String {
    let scale = scale_denominator(camera);
    let digits = 10_f64.powf(scale.log10().floor() - 1.0);
    format!("1 : {}", number((scale / digits).round() * digits, 0))
}

/// Text with a halo, so that it reads over anything.
pub(super) fn haloed(
    painter: &Painter,
    at: Pos2,
    anchor: Align2,
    text: &str,
    font: FontId,
    color: Color32,
    halo: Color32,
) {
    let galley = painter.layout_no_wrap(text.to_owned(), font, color);
    let at = anchor.anchor_size(at, galley.size()).min;
    let faint = halo.gamma_multiply(0.75);
    for offset in [vec2(-1.0, 0.0), vec2(1.0, 0.0), vec2(0.0, -1.0), vec2(0.0, 1.0)] {
        painter.galley_with_override_text_color(at + offset, galley.clone(), faint);
    }
    painter.galley(at, galley, color);
}

/// The outline of a feature in an ink, where there is a casing with that on both sides of it.
pub fn outline(
    painter: &Painter,
    layer: &Layer,
    row: usize,
    camera: &Camera,
    view: Rect,
    (ink, casing): (Color32, Option<Color32>),
    width: f32,
) {
    let Some(kind) = layer.geometries.kind(row) else { return };
    let pens: [Option<Stroke>; 2] =
        [casing.map(|casing| Stroke::new(width + 3.6, casing)), Some(Stroke::new(width, ink))];
    if kind.shape() == Shape::Points {
        for p in layer.geometries.positions_of(row) {
            let at = camera.screen_from_world(view, *p);
            for pen in pens.into_iter().flatten() {
                painter.circle_stroke(at, 10.0, pen);
            }
        }
        return;
    }
    let in_sight = camera.visible(view.expand(8.0));
    let mut lines: Vec<Vec<Pos2>> = Vec::new();
    for path in layer.geometries.paths(row) {
        let mut points: Vec<Pos2> = Vec::new();
        for edge in path.windows(2) {
            if !LonLatBox::of(edge).intersects(&in_sight) {
                // Out of sight: what was drawn so far ends here.
                lines.push(std::mem::take(&mut points));
                continue;
            }
            if points.is_empty() {
                points.push(camera.screen_from_world(view, edge[0]));
            }
            let at = camera.screen_from_world(view, edge[1]);
            // Corners closer than half a point add nothing to the picture.
            if points.last().is_none_or(|last| last.distance_sq(at) > 0.25) || Some(&edge[1]) == path.last() {
                points.push(at);
            }
        }
        lines.push(points);
    }
    lines.retain(|line| line.len() > 1);
    // All of the casing lies under all of the ink.
    for pen in pens.into_iter().flatten() {
        for line in &lines {
            painter.line(line.clone(), pen);
        }
    }
}

/// The cursor's position for the status bar.
pub fn position_text(p: LonLat) -> String {
    let hemisphere = |v: f64, plus: &str, minus: &str| format!("{:.5}°{}", v.abs(), if v < 0.0 { minus } else { plus });
    format!("{}  {}", hemisphere(p.lon, "E", "W"), hemisphere(p.lat, "N", "S"))
}

/// The name of the unit a length is shown in.
pub fn metres_name(lang: Lang) -> &'static str {
    match lang {
        Lang::Zh => "米",
        Lang::En => "m",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::meridional_radius_m;

    #[test]
    fn the_bar_stands_for_a_round_length() {
        for (metres_per_point, length) in [(1.0, 100.0), (16.0, 2_000.0), (0.05, 5.0), (400.0, 50_000.0)] {
            assert_eq!(bar_length_m(metres_per_point), length);
        }
    }

    #[test]
    fn a_figure_gives_way_to_a_name() {
        let at = |x: f32| Rect::from_min_size(pos2(x, 10.0), vec2(30.0, 12.0));
        assert!(is_clear(at(0.0), &[at(40.0)]) && is_clear(at(0.0), &[]));
        assert!(!is_clear(at(0.0), &[at(40.0), at(20.0)]) && !is_clear(at(0.0), &[at(31.0)]));
    }

    #[test]
    fn remarks_stand_above_one_another_in_the_room_that_is_left() {
        let ctx = eframe::egui::Context::default();
        ctx.set_fonts(crate::ui::theme::fonts(crate::i18n::Lang::Zh));
        let room = Rect::from_min_size(Pos2::ZERO, vec2(420.0, 600.0));
        let scale = Rect::from_min_size(pos2(12.0, 546.0), vec2(150.0, 26.0));
        for lang in [Lang::Zh, Lang::En] {
            let mut cards = Vec::new();
            for _ in 0..2 {
                let mut output = ctx.run_ui(eframe::egui::RawInput::default(), |ui| {
                    let said = remarks(None, 1_234_567, true, lang);
                    cards = say(ui.painter(), room, &[scale], said, &crate::ui::theme::LIGHT);
                });
                output.textures_delta.clear();
            }
            assert_eq!(cards.len(), 2);
            assert!(cards.iter().all(|card| room.contains_rect(*card) && !card.intersects(scale)), "{cards:?}");
            assert!(!cards[0].intersects(cards[1]), "{cards:?}");
        }
        assert_eq!(remarks(Some((9, 1_000_000)), 5, false, Lang::Zh), ["已抽稀显示：9 / 1,000,000，放大后显示全部"]);
    }

    #[test]
    fn meridian_and_scale_agree() {
        let camera = Camera { center: LonLat::new(121.0, 31.0), scale: meridional_radius_m(31.0).to_radians() };
        assert_eq!(scale_text(&camera), "1 : 3,800");
    }
}
