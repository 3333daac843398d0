//! The legend of what is visible, at the top right of the map; it folds.

use super::scene::Shown;
use super::style::{Class, Emphasis, FeatureStyle};
use crate::i18n::{Lang, count, tr};
use crate::model::{LayerStyle, Mark, Pattern};
use crate::session::{Key, Session};
use crate::ui::later::{Later, Waiting};
use crate::ui::map::style::class_title;
use crate::ui::theme::{Palette, SMALL, bold, palette_of};
use eframe::egui::{self, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, Ui, pos2, vec2};
use std::sync::Arc;

/// Draws a style as it is drawn on the map, in a small box.
pub fn swatch(painter: &Painter, at: Rect, style: &FeatureStyle, shape: Option<crate::model::Shape>) {
    use crate::model::Shape::{Lines, Points, Polygons};
    match shape {
        Some(Points) | None => mark(painter, at.center(), style),
        Some(Lines) => line(painter, at.left_center(), at.right_center(), style),
        Some(Polygons) => area(painter, at.shrink2(vec2(1.0, 2.0)), style),
    }
}

fn mark(painter: &Painter, c: Pos2, style: &FeatureStyle) {
    // As large as has room, with its rings.
    let widest = style.rings.iter().flatten().map(|ring| ring.3 + 1.4).fold(style.mark.3, f32::max);
    let share = (if widest > style.mark.3 { 8.0 } else { 5.5 } / widest).min(1.0);
    for (_, inside, rim, r) in style.rings.iter().flatten() {
        painter.circle(c, r * share, *inside, Stroke::new(1.4 * share, *rim));
    }
    let (mark, inside, rim, r) = style.mark;
    let r = r * share;
    let rim = Stroke::new(1.2, rim);
    let polygon = |corners: &[(f32, f32)]| {
        let points = corners.iter().map(|(x, y)| c + vec2(*x, *y) * r).collect();
        painter.add(Shape::convex_polygon(points, inside, rim));
    };
    match mark {
        Mark::Circle => drop(painter.circle(c, r, inside, rim)),
        Mark::Square => polygon(&[(-0.86, -0.86), (0.86, -0.86), (0.86, 0.86), (-0.86, 0.86)]),
        Mark::Triangle => polygon(&[(0.0, -1.1), (1.0, 0.75), (-1.0, 0.75)]),
        Mark::Diamond => polygon(&[(0.0, -1.13), (1.13, 0.0), (0.0, 1.13), (-1.13, 0.0)]),
    }
}

fn line(painter: &Painter, a: Pos2, b: Pos2, style: &FeatureStyle) {
    let Some((color, width)) = style.stroke else { return };
    let pen = Stroke::new(width, color);
    if style.dash > 0.0 {
        painter.extend(Shape::dashed_line(&[a, b], pen, style.dash, style.dash * 0.8));
    } else {
        painter.line_segment([a, b], pen);
    }
}

fn area(painter: &Painter, r: Rect, style: &FeatureStyle) {
    if let Some((color, pattern)) = style.fill {
        if pattern == Pattern::Solid {
            painter.rect_filled(r, 1.0, color);
        } else {
            let step = if pattern == Pattern::DenseHatch { 3.5 } else { 5.0 };
            let hatch = painter.with_clip_rect(r.intersect(painter.clip_rect()));
            let mut x = r.left() - r.height();
            while x < r.right() {
                hatch.line_segment([pos2(x, r.bottom()), pos2(x + r.height(), r.top())], Stroke::new(1.0, color));
                x += step;
            }
        }
    }
    // A pale ground has an edge in a legend, whether it has one on the map or not.
    if style.stroke.is_none() {
        let line = palette_of(painter.ctx().theme() == egui::Theme::Dark).line;
        painter.rect_stroke(r, 1.0, Stroke::new(1.0, line), egui::StrokeKind::Inside);
    }
    if let Some((color, width)) = style.stroke {
        if style.dash > 0.0 {
            let corners = [r.left_top(), r.right_top(), r.right_bottom(), r.left_bottom(), r.left_top()];
            painter.extend(Shape::dashed_line(&corners, Stroke::new(width, color), 3.0, 2.0));
        } else {
            painter.rect_stroke(r, 1.0, Stroke::new(width.min(1.4), color), egui::StrokeKind::Inside);
        }
    }
}

/// The name of what a legend entry stands for.
pub fn title(session: &Session, key: Key, what: &Shown, lang: Lang) -> String {
    match what.emphasis {
        Emphasis::Zone => tr!(lang, "legend.zone").into_owned(),
        Emphasis::Gap => tr!(lang, "legend.gap").into_owned(),
        Emphasis::Drawn | Emphasis::Dropped => {
            let layer = session.layer(key).map(|layer| session.title(layer, lang)).unwrap_or_default();
            match what.emphasis {
                Emphasis::Drawn => tr!(lang, "legend.drawn", layer = layer).into_owned(),
                _ => tr!(lang, "legend.dropped", layer = layer).into_owned(),
            }
        }
        Emphasis::Answer => match session.answer(key).and_then(|a| a.roles.0) {
            Some(role) => role.title(lang).to_owned(),
            None => tr!(lang, "legend.answer").into_owned(),
        },
        Emphasis::Plain | Emphasis::Behind | Emphasis::Verdict | Emphasis::Chosen => match session.layer(key) {
            Some(layer) => session.title(layer, lang),
            // What a rule found is called as the rule.
            None => what.indexed.layer().name.clone(),
        },
    }
}

/// True where the legend names a layer's classes: the planner's own, and those of roles whose classes people know.
pub fn lists_classes(what: &Shown) -> bool {
    use crate::model::Role::{Outlet, WaterSourceZone};
    what.emphasis == Emphasis::Verdict || what.style.by.is_some() || matches!(what.role, Some(Outlet | WaterSourceZone))
}

/// What a layer's classes depend on.
#[derive(Clone, PartialEq)]
struct Look {
    layer: u64,
    emphasis: Emphasis,
    dark: bool,
    role: Option<crate::model::Role>,
    style: Arc<LayerStyle>,
    only: Option<u64>,
    nth: usize,
}

/// Classes are counted in the frame that asks for them for so many features of all layers; those of others on a thread of their own.
const COUNTED_AT_ONCE: usize = 20_000;

/// What the legend remembers between frames: counting classes of a layer once is enough.
#[derive(Default)]
pub struct Legend {
    classes: Vec<(Look, Vec<Class>)>,
    counting: Vec<(Look, Later<Vec<Class>>)>,
    /// The frame in which classes were counted last, and of how many features.
    counted: (u64, usize),
}

impl Legend {
    /// The classes of what is shown; empty while they are counted.
    fn classes(&mut self, ctx: &egui::Context, what: &Shown, dark: bool) -> Vec<Class> {
        let look = Look {
            layer: what.indexed.id(),
            emphasis: what.emphasis,
            dark,
            role: what.role,
            style: Arc::clone(&what.style),
            only: what.only.as_ref().map(|only| only.id),
            nth: what.nth,
        };
        self.collect();
        if let Some((_, classes)) = self.classes.iter().find(|(l, _)| *l == look) {
            return classes.clone();
        }
        // A change of theme asks for all layers anew.
        let (frame, len) = (ctx.cumulative_frame_nr(), what.indexed.layer().len());
        if self.counted.0 != frame {
            self.counted = (frame, 0);
        }
        if self.counted.1 + len <= COUNTED_AT_ONCE {
            self.counted.1 += len;
            let classes = what.classes(dark);
            self.remember(look, classes.clone());
            return classes;
        }
        // Until they are counted those of the other theme stand.
        let other = Look { dark: !dark, ..look.clone() };
        let known = self.classes.iter().find(|(l, _)| *l == other).map(|(_, classes)| classes.clone());
        if !self.counting.iter().any(|(l, _)| *l == look) {
            let what = what.clone();
            self.counting.push((look, Later::start(ctx, move || what.classes(dark))));
        }
        known.unwrap_or_default()
    }

    /// Takes in what was counted, whether or not anybody still asks for it.
    fn collect(&mut self) {
        for (look, later) in std::mem::take(&mut self.counting) {
            match later.take() {
                Err(Waiting) => self.counting.push((look, later)),
                Ok(counted) => self.remember(look, counted.unwrap_or_default()),
            }
        }
    }

    fn remember(&mut self, look: Look, classes: Vec<Class>) {
        self.classes.truncate(256);
        self.classes.insert(0, (look, classes));
    }

    /// True where nothing is being counted.
    pub fn is_counted(&self) -> bool {
        self.counting.is_empty()
    }

    /// The style a layer is shown with in lists: that of its largest class.
    pub fn style_of(&mut self, ctx: &egui::Context, what: &Shown, dark: bool) -> Option<FeatureStyle> {
        self.classes(ctx, what, dark).first().map(|c| c.style)
    }

    /// Draws the legend card; a click on its title folds it.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        shown: &[Shown],
        session: &Session,
        lang: Lang,
        palette: &Palette,
        open: &mut bool,
    ) {
        self.collect();
        let dark = ui.visuals().dark_mode;
        let header = tr!(lang, "legend.title");
        let arrow = if *open { crate::ui::icons::CHEVRON_DOWN } else { crate::ui::icons::CHEVRON_RIGHT };
        let fold = ui.add(
            egui::Button::new(egui::RichText::new(format!("{arrow} {header}")).font(bold(SMALL)).color(palette.text))
                .frame(false),
        );
        if fold.clicked() {
            *open = !*open;
        }
        if !*open {
            return;
        }
        for what in shown.iter().rev().filter(|what| what.emphasis != Emphasis::Chosen) {
            if what.emphasis == Emphasis::Behind && what.role == Some(crate::model::Role::Outlet) {
                continue;
            }
            let layer = what.indexed.layer();
            let shapes = shapes(layer);
            let classes = self.classes(ui.ctx(), what, dark);
            let name = title(session, what.key, what, lang);
            if lists_classes(what) && classes.len() > 1 {
                entry(ui, &name, None, None, palette.text);
                let of_rule = session.rule_results().iter().any(|r| r.key == what.key);
                for class in classes.iter().take(12) {
                    // What a rule found is classed by verdict, zones that it drew by their degree.
                    let is_verdict = of_rule && ["ban", "review", "list"].contains(&class.value.as_str());
                    let (name, shapes) = match is_verdict {
                        true => (crate::i18n::text_of(lang, &format!("verdict.{}", class.value)), &shapes[..]),
                        false if of_rule => (class.value.clone(), AREA),
                        false => (class_title(what.role, &class.value, lang), &shapes[..]),
                    };
                    entry(ui, &name, Some((class, shapes)), Some(class.count), palette.quiet);
                }
            } else if let Some(class) = classes.first() {
                let counted = (what.emphasis != Emphasis::Zone).then(|| what.count());
                entry(ui, &name, Some((class, &shapes[..])), counted, palette.text);
            }
        }
    }
}

/// The sign of areas alone.
const AREA: &[Option<crate::model::Shape>] = &[Some(crate::model::Shape::Polygons)];

/// What a layer is made of, one sign for each; a layer of nothing has the sign of points.
fn shapes(layer: &crate::model::Layer) -> Vec<Option<crate::model::Shape>> {
    let mut shapes: Vec<Option<crate::model::Shape>> = Vec::new();
    for kind in &layer.kinds {
        if !shapes.contains(&Some(kind.shape())) {
            shapes.push(Some(kind.shape()));
        }
    }
    if shapes.is_empty() {
        shapes.push(None);
    }
    shapes
}

fn entry(
    ui: &mut Ui,
    text: &str,
    style: Option<(&Class, &[Option<crate::model::Shape>])>,
    n: Option<usize>,
    color: Color32,
) {
    let (row, _) = ui.allocate_exact_size(vec2(176.0, 19.0), egui::Sense::hover());
    let painter = ui.painter();
    let signs = style.map_or(0, |(_, shapes)| shapes.len());
    if let Some((class, shapes)) = style {
        for (i, shape) in shapes.iter().enumerate() {
            let middle = row.left_center() + vec2(9.0 + 21.0 * i as f32, 0.0);
            swatch(painter, Rect::from_center_size(middle, vec2(18.0, 14.0)), &class.style, *shape);
        }
    }
    let font = FontId::proportional(SMALL);
    let numbers = n.map_or(0.0, |n| {
        painter.text(row.right_center(), egui::Align2::RIGHT_CENTER, count(n), font.clone(), color).width()
    });
    let left = if signs > 0 { 5.0 + 21.0 * signs as f32 } else { 0.0 };
    crate::ui::widgets::ellipsised(
        ui,
        Rect::from_min_max(row.min + vec2(left, 0.0), row.max - vec2(numbers + 8.0, 0.0)),
        text,
        font,
        color,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::IndexedLayer;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;
    use std::time::{Duration, Instant};

    #[test]
    fn what_is_counted_is_taken_in_though_nobody_asks_for_it_any_more() {
        let point = r#"{"type":"Feature","properties":{},"geometry":{"type":"Point","coordinates":[121,31]}}"#;
        let points = vec![point; COUNTED_AT_ONCE + 1].join(",");
        let text = format!(r#"{{"type":"FeatureCollection","features":[{points}]}}"#);
        let layer = read_layer_bytes(text.as_bytes(), "a.geojson", &ReadOptions::default(), &Progress::default());
        let indexed = Arc::new(IndexedLayer::new(Arc::new(layer.expect("readable"))));
        let shown = |emphasis| Shown::plain(Key::default(), Arc::clone(&indexed), None, emphasis);
        let (ctx, mut legend) = (egui::Context::default(), Legend::default());
        assert!(legend.classes(&ctx, &shown(Emphasis::Plain), false).is_empty() && !legend.is_counted());
        // An answer came: the layer stands behind it from here on.
        let behind = shown(Emphasis::Behind);
        let start = Instant::now();
        while legend.classes(&ctx, &behind, false).is_empty() || !legend.is_counted() {
            assert!(start.elapsed() < Duration::from_secs(60), "one is never taken in");
            std::thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(legend.classes.len(), 2);
    }
}
