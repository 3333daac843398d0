//! The map's draw lists as areas, lines and marks of a page.

use super::vector::Drawing;
use crate::ui::map::draw_list::{AREA_BEGINS, Elements, FillVertex, Segment};
use crate::ui::map::frame::{Draw, MapFrame, Stage};
use eframe::egui::{Pos2, Rect, vec2};

/// True where all of a map can be written: there is not too much of it, and nobody else has taken it over.
pub(super) fn can_be_written(frame: &MapFrame) -> bool {
    let draws = frame.draws();
    let elements = |draw: &Draw<'_>| draw.tile.range.len();
    frame.background.a() > 0
        && draws.iter().map(elements).sum::<usize>() <= super::vector::MOST
        && draws.iter().all(|draw| draw.list.look(|_| ()).is_some())
}

/// Draws a map, which is there.
pub(super) fn draw(drawing: &mut Drawing<'_>, frame: &MapFrame) {
    for draw in frame.draws() {
        let place = Place::of(frame, &draw);
        draw.list.look(|elements| match draw.stage {
            Stage::Fill => fills(drawing, elements, &draw, &place),
            Stage::Line => lines(drawing, elements, &draw, &place),
            Stage::Mark => marks(drawing, elements, &draw, &place),
        });
    }
}

/// Where a tile stands on the page.
struct Place {
    origin: Pos2,
    scale: [f32; 2],
    /// What is seen.
    view: Rect,
}

impl Place {
    fn of(frame: &MapFrame, draw: &Draw<'_>) -> Self {
        let [x, y] = draw.view.origin;
        Self { origin: frame.rect.min + vec2(x, y), scale: draw.view.scale, view: frame.rect }
    }

    fn at(&self, east: f32, north: f32) -> Pos2 {
        self.origin + vec2(east * self.scale[0], -north * self.scale[1])
    }

    fn sees(&self, places: &[Pos2], reach: f32) -> bool {
        Rect::from_points(places).expand(reach).intersects(self.view)
    }
}

fn range(draw: &Draw<'_>) -> std::ops::Range<usize> {
    draw.tile.range.start as usize..draw.tile.range.end as usize
}

/// Areas one by one: where they lie over one another both are seen.
fn fills(drawing: &mut Drawing<'_>, elements: &Elements, draw: &Draw<'_>, place: &Place) {
    let corners = &elements.fills[range(draw)];
    let strength = draw.view.strength;
    let mut area: Vec<[Pos2; 3]> = Vec::new();
    let mut of: Option<FillVertex> = None;
    let end = |drawing: &mut Drawing<'_>, area: &mut Vec<[Pos2; 3]>, of: Option<FillVertex>| {
        if let Some(first) = of.filter(|_| !area.is_empty()) {
            match first.pattern & !AREA_BEGINS {
                0 => drawing.area(area, first.color, strength),
                pattern => drawing.hatched(area, first.color, strength, if pattern == 2 { 4.5 } else { 7.0 }),
            }
        }
        area.clear();
    };
    for triangle in corners.chunks_exact(3) {
        let first = triangle[0];
        let is_other = of.is_none_or(|of| of.color != first.color || (of.pattern ^ first.pattern) & !AREA_BEGINS != 0);
        if is_other || first.pattern & AREA_BEGINS != 0 {
            end(drawing, &mut area, of);
            of = Some(first);
        }
        let places = [0, 1, 2].map(|i| place.at(triangle[i].offset[0], triangle[i].offset[1]));
        if place.sees(&places, 0.0) {
            area.push(places);
        }
    }
    end(drawing, &mut area, of);
}

/// Segments that follow one another are one line.
fn lines(drawing: &mut Drawing<'_>, elements: &Elements, draw: &Draw<'_>, place: &Place) {
    let strength = draw.view.strength;
    let end = |drawing: &mut Drawing<'_>, course: &mut Vec<Pos2>, first: &Option<Segment>| {
        if let Some(first) = first.filter(|_| course.len() > 1) {
            let dash = (first.dash > 0.0).then(|| [first.dash, first.start * place.scale[1]]);
            drawing.course(course, first.color, strength, first.width, dash);
        }
        course.clear();
    };
    let mut course: Vec<Pos2> = Vec::new();
    let (mut first, mut last): (Option<Segment>, Option<Segment>) = (None, None);
    for segment in &elements.segments[range(draw)] {
        let [a, b, c, d] = segment.ends;
        let ends = [place.at(a, b), place.at(c, d)];
        let follows = last.is_some_and(|last| {
            let is_alike = last.color == segment.color && last.width == segment.width && last.dash == segment.dash;
            is_alike && [last.ends[2], last.ends[3]] == [a, b] && (segment.dash == 0.0 || segment.start > last.start)
        });
        let is_seen = place.sees(&ends, segment.width);
        if !follows || !is_seen {
            end(drawing, &mut course, &first);
        }
        last = is_seen.then_some(*segment);
        if is_seen {
            if course.is_empty() {
                first = Some(*segment);
                course.push(ends[0]);
            }
            course.push(ends[1]);
        }
    }
    end(drawing, &mut course, &first);
}

fn marks(drawing: &mut Drawing<'_>, elements: &Elements, draw: &Draw<'_>, place: &Place) {
    for mark in &elements.marks[range(draw)] {
        let (center, radius) = (place.at(mark.offset[0], mark.offset[1]), mark.radius * draw.view.marks);
        if place.sees(&[center], 2.0 * radius + 4.0) {
            drawing.mark([mark.inside, mark.rim], draw.view.strength, |drawing, larger| {
                drawing.outline(center, radius, mark.mark, larger);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::letters::Letters;
    use super::super::pdf::Numbers;
    use super::*;
    use crate::geodesy::LonLat;
    use crate::i18n::Lang;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::model::{LayerStyle, Role};
    use crate::progress::Progress;
    use crate::ui::map::camera::Camera;
    use crate::ui::map::detail::Detail;
    use crate::ui::map::shown::Strength;
    use crate::ui::map::style::{Emphasis, Styler};
    use crate::ui::map::tessellate::tessellate;
    use eframe::egui::{Color32, Pos2};
    use std::sync::Arc;

    /// The map of some geometries of a role about 121, 31, where 1,000 points are a degree.
    fn map(role: Role, geometries: &[&str]) -> MapFrame {
        let feature = |g: &&str| format!(r#"{{"type":"Feature","properties":{{}},"geometry":{g}}}"#);
        let features: Vec<String> = geometries.iter().map(feature).collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        let layer = read_layer_bytes(text.as_bytes(), "l", &ReadOptions::default(), &Progress::default());
        let layer = layer.expect("readable");
        let styler = Styler::new(&layer, &LayerStyle::default(), Some(role), Emphasis::Plain, false, 0);
        let lists = tessellate(&layer, &styler, &Detail::WHOLE, &|_| true).lists;
        MapFrame {
            rect: Rect::from_min_size(Pos2::new(10.0, 20.0), vec2(400.0, 300.0)),
            pixels_per_point: 1.0,
            camera: Camera { center: LonLat::new(121.0, 31.0), scale: 1_000.0 },
            background: Color32::WHITE,
            lists: lists.into_iter().map(|list| (Arc::new(list), Strength::FULL)).collect(),
            coming: Vec::new(),
            parting: None,
        }
    }

    /// How often each operator is written for it.
    fn operators(frame: &MapFrame) -> impl Fn(&str) -> usize + use<> {
        let (mut letters, mut numbers) = (Letters::new(Lang::Zh), Numbers::default());
        let mut drawing = Drawing::new(400.0, 0.75, &mut letters, &mut numbers, None);
        draw(&mut drawing, frame);
        let text = String::from_utf8_lossy(&drawing.content.finish()).into_owned();
        move |operator| text.lines().filter(|line| line.rsplit(' ').next() == Some(operator)).count()
    }

    const SQUARE: &str =
        r#"{"type":"Polygon","coordinates":[[[120.9,30.9],[121.05,30.9],[121.05,31.05],[120.9,31.05],[120.9,30.9]]]}"#;
    const OVER_IT: &str = r#"{"type":"Polygon","coordinates":[[[120.95,30.95],[121.1,30.95],[121.1,31.1],[120.95,31.1],[120.95,30.95]]]}"#;
    const AWAY: &str = r#"{"type":"Polygon","coordinates":[[[125,35],[126,35],[126,36],[125,35]]]}"#;

    #[test]
    fn each_area_is_filled_as_one_and_its_border_is_one_line() {
        let count = operators(&map(Role::Park, &[SQUARE, OVER_IT, AWAY]));
        // Two triangles each, in one path; what is not on the page is not in the file.
        assert_eq!((count("f"), count("h")), (2, 4));
        assert_eq!((count("S"), count("m"), count("l")), (2, 4 + 2, 4 * 2 + 2 * 4));
    }

    #[test]
    fn a_hatched_area_is_cut_out_of_slanting_lines() {
        let count = operators(&map(Role::RedLine, &[SQUARE]));
        assert_eq!((count("W"), count("q"), count("Q")), (1, 1, 1));
        assert!(count("S") >= 2 && count("l") > 20, "{} {}", count("S"), count("l"));
    }

    #[test]
    fn marks_have_a_rim_and_an_inside() {
        let point = r#"{"type":"Point","coordinates":[121,31]}"#;
        let count = operators(&map(Role::Facility, &[point]));
        assert_eq!((count("f*"), count("f")), (1, 1));
    }

    #[test]
    fn what_the_gpu_has_taken_over_is_not_written() {
        let frame = map(Role::Park, &[SQUARE]);
        assert!(can_be_written(&frame));
        assert!(!can_be_written(&MapFrame { background: Color32::TRANSPARENT, ..frame.clone() }), "pictures lie below");
        drop(frame.lists[0].0.hand_over());
        assert!(!can_be_written(&frame));
    }
}
