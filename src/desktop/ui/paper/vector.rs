//! What egui would draw, and the map in it, as lines, areas and letters of a page: the operators of PDF. Places are points of the
//! map, from the top left, as everywhere in the window.

use super::letters::Letters;
use super::pdf::Numbers;
use crate::ui::map::frame::MapFrame;
use crate::ui::map::mapped;
use eframe::egui::epaint::{CircleShape, ClippedShape, ColorMode, PathShape, RectShape, TextShape};
use eframe::egui::{Color32, FontFamily, Pos2, Rect, Shape, Stroke, StrokeKind, Vec2, pos2, vec2};
use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Finish, Name, Str, TextStr};
use std::collections::BTreeSet;

/// How far from its ends a curve's controls lie for a quarter of a circle, as a share of its radius.
const QUARTER: f32 = 0.552_284_8;
/// Corners, segments and marks of a map that are written at most; one of more is a picture on the page.
pub(super) const MOST: usize = 400_000;

/// What the content of a page is written with.
#[derive(Clone, Debug, Default, PartialEq)]
struct State {
    fill: Option<[u8; 3]>,
    stroke: Option<[u8; 3]>,
    alpha: u8,
    width: f32,
    /// Length of a dash and of the gap behind it, and how far into them a line begins.
    dash: Option<[f32; 3]>,
    is_round: bool,
}

impl State {
    /// What every page begins with.
    fn new() -> Self {
        Self { alpha: 255, width: 1.0, ..Self::default() }
    }
}

/// The content of a page, and what it needs.
pub(super) struct Drawing<'a> {
    pub(super) content: Content,
    state: State,
    pub(super) letters: &'a mut Letters,
    pub(super) numbers: &'a mut Numbers,
    /// The fonts that are used.
    pub(super) fonts: BTreeSet<usize>,
    /// The opacities that are used, of 255.
    pub(super) alphas: BTreeSet<u8>,
    /// The place of the picture that stands for the map, where one does.
    pub(super) picture: Option<Rect>,
}

/// The name of an opacity among the page's resources.
pub(super) fn alpha_name(alpha: u8) -> String {
    format!("A{alpha}")
}

/// The name of a font among the page's resources.
pub(super) fn font_name(font: usize) -> String {
    format!("F{font}")
}

/// A thousandth of a point is finer than any printer.
fn r(value: f32) -> f32 {
    (value * 1_000.0).round() / 1_000.0
}

impl<'a> Drawing<'a> {
    /// A page so high, to be written in units of so many of the printer's points.
    pub(super) fn new(
        height: f32,
        unit: f32,
        letters: &'a mut Letters,
        numbers: &'a mut Numbers,
        picture: Option<Rect>,
    ) -> Self {
        let mut content = Content::new();
        content.transform([unit, 0.0, 0.0, -unit, 0.0, height * unit]);
        let (fonts, alphas) = (BTreeSet::new(), BTreeSet::new());
        Self { content, state: State::new(), letters, numbers, fonts, alphas, picture }
    }

    /// All shapes, each within its own bounds.
    pub(super) fn shapes(&mut self, shapes: &[ClippedShape], page: Rect) {
        for ClippedShape { clip_rect, shape, .. } in shapes {
            if clip_rect.contains_rect(page) {
                self.shape(shape);
            } else {
                self.within(*clip_rect, |drawing| drawing.shape(shape));
            }
        }
    }

    /// What is drawn within a rectangle.
    fn within(&mut self, bounds: Rect, draw: impl FnOnce(&mut Self)) {
        let before = self.state.clone();
        self.content.save_state();
        self.rect(bounds);
        self.content.clip_nonzero().end_path();
        draw(self);
        self.content.restore_state();
        self.state = before;
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Noop => {}
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| self.shape(shape)),
            Shape::Circle(CircleShape { center, radius, fill, stroke }) => {
                self.painted(*fill, *stroke, |drawing| drawing.circle(*center, *radius));
            }
            Shape::LineSegment { points, stroke } => {
                self.painted(Color32::TRANSPARENT, *stroke, |drawing| drawing.line(points));
            }
            Shape::Path(PathShape { points, closed, fill, stroke }) => {
                let ColorMode::Solid(color) = stroke.color else { return };
                let fill = if *closed { *fill } else { Color32::TRANSPARENT };
                self.painted(fill, Stroke::new(stroke.width, color), |drawing| {
                    drawing.line(points);
                    if *closed {
                        drawing.content.close_path();
                    }
                });
            }
            Shape::Rect(shape) => self.rectangle(shape),
            Shape::Text(text) => self.text(text),
            Shape::Callback(callback) => match (self.picture, mapped(callback)) {
                (Some(place), _) => self.placed(place),
                (None, Some(frame)) => self.map(frame),
                (None, None) => {}
            },
            // Pictures under the map are part of the one that stands for it; nothing else on a page is a mesh or a curve.
            Shape::Mesh(_) | Shape::Ellipse(_) | Shape::Band(_) | Shape::QuadraticBezier(_) | Shape::CubicBezier(_) => {
            }
        }
    }

    /// The picture that stands for the map.
    fn placed(&mut self, place: Rect) {
        self.content.save_state();
        self.content.transform([r(place.width()), 0.0, 0.0, -r(place.height()), r(place.left()), r(place.bottom())]);
        self.content.x_object(Name(b"Map"));
        self.content.restore_state();
    }

    /// A path, filled and stroked as far as that can be seen.
    fn painted(&mut self, fill: Color32, stroke: Stroke, path: impl Fn(&mut Self)) {
        let is_stroked = stroke.width > 0.0 && stroke.color.a() > 0;
        if fill.a() > 0 {
            self.fill(fill.to_srgba_unmultiplied());
            path(self);
            self.content.fill_nonzero();
        }
        if is_stroked {
            self.pen(stroke.color.to_srgba_unmultiplied(), stroke.width, None, false);
            path(self);
            self.content.stroke();
        }
    }

    fn rectangle(&mut self, shape: &RectShape) {
        let RectShape { rect, corner_radius, fill, stroke, stroke_kind, .. } = shape;
        let radius = f32::from(corner_radius.nw);
        self.painted(*fill, Stroke::NONE, |drawing| drawing.rounded(*rect, radius));
        let out = match stroke_kind {
            StrokeKind::Inside => -stroke.width / 2.0,
            StrokeKind::Middle => 0.0,
            StrokeKind::Outside => stroke.width / 2.0,
        };
        let middle = rect.expand(out);
        let radius = if radius > 0.0 { (radius + out).max(0.0) } else { 0.0 };
        self.painted(Color32::TRANSPARENT, *stroke, |drawing| drawing.rounded(middle, radius));
    }

    fn fill(&mut self, [red, green, blue, alpha]: [u8; 4]) {
        self.opacity(alpha);
        let color = [red, green, blue];
        if self.state.fill.replace(color) != Some(color) {
            let [red, green, blue] = color.map(|v| r(f32::from(v) / 255.0));
            self.content.set_fill_rgb(red, green, blue);
        }
    }

    fn pen(&mut self, [red, green, blue, alpha]: [u8; 4], width: f32, dash: Option<[f32; 3]>, is_round: bool) {
        self.opacity(alpha);
        let color = [red, green, blue];
        if self.state.stroke.replace(color) != Some(color) {
            let [red, green, blue] = color.map(|v| r(f32::from(v) / 255.0));
            self.content.set_stroke_rgb(red, green, blue);
        }
        if self.state.width != width {
            self.state.width = width;
            self.content.set_line_width(r(width));
        }
        if self.state.is_round != is_round {
            self.state.is_round = is_round;
            let (cap, join) = match is_round {
                true => (LineCapStyle::RoundCap, LineJoinStyle::RoundJoin),
                false => (LineCapStyle::ButtCap, LineJoinStyle::MiterJoin),
            };
            self.content.set_line_cap(cap).set_line_join(join);
        }
        if self.state.dash != dash {
            self.state.dash = dash;
            let [on, off, from] = dash.unwrap_or_default().map(r);
            self.content.set_dash_pattern(dash.iter().flat_map(|_| [on, off]), from);
        }
    }

    fn opacity(&mut self, alpha: u8) {
        if self.state.alpha != alpha {
            self.state.alpha = alpha;
            self.alphas.insert(alpha);
            self.content.set_parameters(Name(alpha_name(alpha).as_bytes()));
        }
    }

    fn line(&mut self, points: &[Pos2]) {
        for (i, p) in points.iter().enumerate() {
            if i == 0 {
                self.content.move_to(r(p.x), r(p.y));
            } else {
                self.content.line_to(r(p.x), r(p.y));
            }
        }
    }

    fn polygon(&mut self, points: &[Pos2]) {
        self.line(points);
        self.content.close_path();
    }

    fn rect(&mut self, rect: Rect) {
        self.content.rect(r(rect.left()), r(rect.top()), r(rect.width()), r(rect.height()));
    }

    fn rounded(&mut self, rect: Rect, radius: f32) {
        if radius <= 0.0 {
            self.rect(rect);
            return;
        }
        let radius = radius.min(rect.width() / 2.0).min(rect.height() / 2.0);
        let corners = [
            (rect.right_top(), vec2(-1.0, 0.0), vec2(0.0, 1.0)),
            (rect.right_bottom(), vec2(0.0, -1.0), vec2(-1.0, 0.0)),
            (rect.left_bottom(), vec2(1.0, 0.0), vec2(0.0, -1.0)),
            (rect.left_top(), vec2(0.0, 1.0), vec2(1.0, 0.0)),
        ];
        let start = rect.left_top() + vec2(radius, 0.0);
        self.content.move_to(r(start.x), r(start.y));
        for (corner, back, on) in corners {
            let from = corner + back * radius;
            self.content.line_to(r(from.x), r(from.y));
            self.curve(
                corner + back * radius * (1.0 - QUARTER),
                corner + on * radius * (1.0 - QUARTER),
                corner + on * radius,
            );
        }
        self.content.close_path();
    }

    fn curve(&mut self, a: Pos2, b: Pos2, to: Pos2) {
        self.content.cubic_to(r(a.x), r(a.y), r(b.x), r(b.y), r(to.x), r(to.y));
    }

    fn circle(&mut self, center: Pos2, radius: f32) {
        let at = |x: f32, y: f32| center + vec2(x, y) * radius;
        let start = at(1.0, 0.0);
        self.content.move_to(r(start.x), r(start.y));
        for [x, y] in [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]] {
            let (to_x, to_y) = (-y, x);
            self.curve(
                at(x + to_x * QUARTER, y + to_y * QUARTER),
                at(to_x + x * QUARTER, to_y + y * QUARTER),
                at(to_x, to_y),
            );
        }
        self.content.close_path();
    }

    /// A text: letters that can be searched. One in another colour than its own is a halo, and is passed over where
    /// somebody copies what stands there.
    fn text(&mut self, text: &TextShape) {
        let is_halo = text.override_text_color.is_some();
        if is_halo {
            let mut marked = self.content.begin_marked_content_with_properties(Name(b"Span"));
            marked.properties().actual_text(TextStr(""));
            marked.finish();
        }
        self.content.begin_text();
        let (sin, cos) = text.angle.sin_cos();
        let mut font = None;
        // The text's characters, for the section that each is in: a row does not hold those it ends with.
        let job = &text.galley.job;
        let mut chars = job.text.char_indices();
        for row in &text.galley.rows {
            for glyph in &row.row.glyphs {
                let at = chars.by_ref().find(|(_, c)| *c == glyph.chr || glyph.chr == '…').map_or(0, |(at, _)| at);
                let section = job.sections.iter().find(|section| section.byte_range.contains(&at.into()));
                let Some(format) = section.or(job.sections.last()).map(|section| &section.format) else { continue };
                let color = match text.override_text_color {
                    Some(color) => color,
                    None if format.color == Color32::PLACEHOLDER => text.fallback_color,
                    None => format.color,
                };
                self.fill(color.gamma_multiply(text.opacity_factor).to_srgba_unmultiplied());
                let local = row.pos.to_vec2() + glyph.pos.to_vec2();
                let turned = vec2(local.x * cos - local.y * sin, local.x * sin + local.y * cos);
                self.glyph(
                    text.pos + turned,
                    [sin, cos],
                    format.font_id.size,
                    &format.font_id.family,
                    glyph.chr,
                    &mut font,
                );
            }
        }
        self.content.end_text();
        if is_halo {
            self.content.end_marked_content();
        }
    }

    fn glyph(
        &mut self,
        at: Pos2,
        [sin, cos]: [f32; 2],
        size: f32,
        family: &FontFamily,
        c: char,
        font: &mut Option<usize>,
    ) {
        let numbers = &mut *self.numbers;
        // What no font has is a space in the window, too.
        let Some(letter) = self.letters.letter(family, c, || numbers.next()) else { return };
        if font.replace(letter.font) != Some(letter.font) {
            self.fonts.insert(letter.font);
            self.content.set_font(Name(font_name(letter.font).as_bytes()), 1.0);
        }
        let [x, y] = [r(cos * size), r(sin * size)];
        self.content.set_text_matrix([x, y, y, -x, r(at.x), r(at.y)]);
        self.content.show(Str(&[letter.code]));
    }

    /// The map, list by list as the GPU would draw it.
    fn map(&mut self, frame: &MapFrame) {
        self.within(frame.rect, |drawing| super::vector_map::draw(drawing, frame));
    }
}

/// The parts of a map that [`super::vector_map`] draws with.
impl Drawing<'_> {
    /// A colour as the GPU has it, with a share of its ink.
    fn ink([red, green, blue, alpha]: [u8; 4], strength: f32) -> Option<[u8; 4]> {
        let color = Color32::from_rgba_premultiplied(red, green, blue, alpha).gamma_multiply(strength.clamp(0.0, 1.0));
        (color.a() > 0).then(|| color.to_srgba_unmultiplied())
    }

    /// The path of triangles, all the same way round: what they have in common cancels, and no seam is seen.
    fn triangles(&mut self, triangles: &[[Pos2; 3]]) {
        for [a, b, c] in triangles {
            let turn = (*b - *a).rot90().dot(*c - *a);
            self.polygon(&if turn < 0.0 { [*a, *c, *b] } else { [*a, *b, *c] });
        }
    }

    /// Triangles as one area.
    pub(super) fn area(&mut self, triangles: &[[Pos2; 3]], color: [u8; 4], strength: f32) {
        let Some(ink) = Self::ink(color, strength) else { return };
        self.fill(ink);
        self.triangles(triangles);
        self.content.fill_nonzero();
    }

    /// The same in slanting lines so far from one another, over a tenth of their ink.
    pub(super) fn hatched(&mut self, triangles: &[[Pos2; 3]], color: [u8; 4], strength: f32, period: f32) {
        self.area(triangles, color, strength * 0.10);
        let Some(ink) = Self::ink(color, strength * 0.85) else { return };
        let bounds = triangles.iter().flatten().fold(Rect::NOTHING, |all, p| all.union(Rect::from_min_max(*p, *p)));
        let before = self.state.clone();
        self.content.save_state();
        self.triangles(triangles);
        self.content.clip_nonzero().end_path();
        // They lie where x + y is a multiple: the same ones in every area, as in the window..
        self.pen(ink, 1.7, None, false);
        let step = period * std::f32::consts::SQRT_2;
        let first = ((bounds.left() + bounds.top()) / step - 0.5).ceil();
        let last = ((bounds.right() + bounds.bottom()) / step - 0.5).floor();
        let mut k = first;
        while k <= last {
            let sum = (k + 0.5) * step;
            self.line(&[pos2(sum - bounds.bottom(), bounds.bottom()), pos2(sum - bounds.top(), bounds.top())]);
            k += 1.0;
        }
        self.content.stroke();
        self.content.restore_state();
        self.state = before;
    }

    /// A line through some places; dashes of a length, begun so far before the first.
    pub(super) fn course(
        &mut self,
        places: &[Pos2],
        color: [u8; 4],
        strength: f32,
        width: f32,
        dash: Option<[f32; 2]>,
    ) {
        let Some(ink) = Self::ink(color, strength) else { return };
        let dash = dash.map(|[length, before]| [1.1 * length, 0.9 * length, before % (2.0 * length)]);
        self.pen(ink, width, dash, dash.is_none());
        self.line(places);
        self.content.stroke();
    }

    /// A mark: its rim round it, then what is inside. `outline` draws it so much larger than it is.
    pub(super) fn mark(&mut self, [inside, rim]: [[u8; 4]; 2], strength: f32, outline: impl Fn(&mut Self, f32)) {
        if let Some(ink) = Self::ink(rim, strength) {
            self.fill(ink);
            outline(self, RIM);
            outline(self, 0.0);
            self.content.fill_even_odd();
        }
        if let Some(ink) = Self::ink(inside, strength) {
            self.fill(ink);
            outline(self, 0.0);
            self.content.fill_nonzero();
        }
    }

    /// The outlines of marks, so much larger.
    pub(super) fn outline(&mut self, center: Pos2, radius: f32, mark: u32, larger: f32) {
        let at = |x: f32, y: f32| center + vec2(x, y);
        match mark {
            1 => {
                let half = 0.86 * radius + larger;
                self.rect(Rect::from_center_size(center, Vec2::splat(2.0 * half)));
            }
            2 => {
                let (reach, down) = (0.62 * radius + larger, 0.15 * radius);
                let side = 1.5 * reach / 0.866;
                self.polygon(&[at(0.0, down - 2.0 * reach), at(side, down + reach), at(-side, down + reach)]);
            }
            3 => {
                let reach = (0.80 * radius + larger) * std::f32::consts::SQRT_2;
                self.polygon(&[at(0.0, -reach), at(reach, 0.0), at(0.0, reach), at(-reach, 0.0)]);
            }
            _ => self.circle(center, radius + larger),
        }
    }
}

/// Width of the rim of a mark, points.
const RIM: f32 = 1.4;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Lang;
    use crate::ui::theme;
    use eframe::egui::{CornerRadius, FontId, RawInput};

    /// The operators of some shapes on a page of a hundred points, and the opacities that they use.
    fn operators(shapes: &[ClippedShape]) -> (String, BTreeSet<u8>) {
        let (mut letters, mut numbers) = (Letters::new(Lang::Zh), Numbers::default());
        let mut drawing = Drawing::new(100.0, 0.75, &mut letters, &mut numbers, None);
        drawing.shapes(shapes, Rect::from_min_size(Pos2::ZERO, Vec2::splat(100.0)));
        let text = String::from_utf8_lossy(&drawing.content.finish()).into_owned();
        (text, drawing.alphas)
    }

    fn seen(shape: Shape) -> ClippedShape {
        ClippedShape::new(Rect::EVERYTHING, shape)
    }

    #[test]
    fn a_page_counts_from_the_top_in_points_of_the_map() {
        assert_eq!(operators(&[]).0, "0.75 0 0 -0.75 0 75 cm");
    }

    #[test]
    fn boxes_are_filled_and_their_borders_stand_where_they_do_in_the_window() {
        let rect = Rect::from_min_size(pos2(10.0, 20.0), vec2(30.0, 40.0));
        let half = Color32::from_rgba_unmultiplied(255, 0, 0, 128);
        let shape =
            RectShape::new(rect, CornerRadius::ZERO, half, Stroke::new(2.0, Color32::BLACK), StrokeKind::Inside);
        let (text, alphas) = operators(&[seen(shape.into())]);
        assert_eq!(alphas.into_iter().collect::<Vec<_>>(), [128, 255]);
        let lines: Vec<&str> = text.lines().skip(1).collect();
        let filled = ["/A128 gs", "1 0 0 rg", "10 20 30 40 re", "f"];
        assert_eq!(lines, [&filled[..], &["/A255 gs", "0 0 0 RG", "2 w", "11 21 28 38 re", "S"]].concat());
    }

    #[test]
    fn what_is_cut_off_leaves_no_state_behind() {
        let line = Shape::line_segment([pos2(0.0, 0.0), pos2(9.0, 9.0)], Stroke::new(3.0, Color32::RED));
        let clip_rect = Rect::from_min_size(pos2(1.0, 1.0), vec2(5.0, 5.0));
        let cut = ClippedShape::new(clip_rect, line.clone());
        let (text, _) = operators(&[cut, seen(line)]);
        assert_eq!((text.matches("1 0 0 RG").count(), text.matches("3 w").count()), (2, 2), "{text}");
        assert!(text.contains("q\n1 1 5 5 re\nW\nn\n") && text.matches('Q').count() == 1, "{text}");
    }

    #[test]
    fn a_text_is_letters_in_its_colours_and_its_halo_is_passed_over() {
        let ctx = eframe::egui::Context::default();
        theme::install(&ctx, Lang::Zh);
        let mut galley = None;
        let mut output = ctx.run_ui(RawInput::default(), |ui| {
            galley = Some(ui.painter().layout_no_wrap(
                "排污口 A".to_owned(),
                FontId::proportional(12.0),
                Color32::PLACEHOLDER,
            ));
        });
        output.textures_delta.clear();
        let galley = galley.expect("laid out");
        let own = TextShape::new(pos2(10.0, 10.0), std::sync::Arc::clone(&galley), Color32::BLUE);
        let halo = own.clone().with_override_text_color(Color32::WHITE);
        let turned = own.clone().with_angle(std::f32::consts::FRAC_PI_2);
        let (text, _) = operators(&[halo, own, turned].map(|text| seen(Shape::Text(text))));
        // Five characters each, the same letters every time.
        assert_eq!(text.matches("Tj").count(), 15, "{text}");
        assert_eq!((text.matches("/Span").count(), text.matches("EMC").count()), (1, 1), "{text}");
        assert!(text.contains("1 1 1 rg") && text.contains("0 0 1 rg"), "{text}");
        let matrices: Vec<&str> = text.lines().filter(|line| line.ends_with(" Tm")).collect();
        assert!(matrices[5].starts_with("12 0 0 -12 10 "), "{matrices:?}");
        assert!(matrices[10].starts_with("0 12 12 0 "), "{matrices:?}");
    }
}
