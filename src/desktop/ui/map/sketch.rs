//! The gist of a large layer, put into a list within the frame that is about to show it; what is wanted takes its place
//! when the thread that builds that has it.

use super::detail::{Detail, Taken};
use super::hexes;
use super::style::Styler;
use super::tessellate::{Buffers, Drawn, Looks, fill, fill_box, instances, relative, slices, stroke_in, strokes};
use crate::geodesy::LonLat;
use crate::model::{Layer, Shape};
use std::borrow::Cow;

/// About so many corners of a layer are drawn.
const POSITIONS: usize = 40_000;
/// And about so many rows of points.
const MARKS: usize = 15_000;
/// A feature is small below so many cells each way.
const SMALL: f64 = 4.0;
/// Corners that a path keeps at least, where it has them: of a small feature, and of another.
const FEWEST: [usize; 2] = [2, 8];

/// Builds the buffers of a layer's rows that are not recent, all of which lie in the detail's window: one row of points in so
/// many, one small feature a cell, small areas as their boxes, of larger ones every so many-th corner.
///
/// Cost: a look at every row's box, and some twenty milliseconds at most beyond it.
pub fn sketch(layer: &Layer, styler: &Styler, detail: &Detail, shows: &dyn Fn(usize) -> bool) -> Drawn {
    if let Some(hexes) = hexes::counted(layer, styler, detail, shows) {
        return hexes::drawn(hexes, layer, styler, detail);
    }
    let (window, corners) = (detail.window, detail.corners());
    let [width, height] = corners.size();
    let every = layer.geometries.position_count().div_ceil(POSITIONS);
    let every_mark = layer.len().div_ceil(MARKS);
    let mut specks = Taken::new(corners, &window);
    let (mut buffers, origin) = Buffers::over(&window);
    let Buffers { fills, segments, marks } = &mut buffers;
    let mut looks = Looks::new(layer, styler);
    let (mut drawn, mut of, mut thinned) = (0, 0, Vec::new());
    for row in (0..layer.len()).filter(|row| !layer.edits.is_recent(*row) && shows(*row)) {
        let Some(kind) = layer.geometries.kind(row) else { continue };
        if kind.shape() == Shape::Points {
            of += layer.geometries.positions_of(row).len();
            if row % every_mark == 0 {
                let style = looks.of(row);
                for p in layer.geometries.positions_of(row).iter().step_by(every).filter(|_| style.mark.3 > 0.0) {
                    drawn += 1;
                    marks.elements.extend(instances(relative(*p, origin), &style));
                }
            }
            continue;
        }
        let mut bounds = layer.geometries.bounds(row);
        let [wide, high] = [bounds.max.lon - bounds.min.lon, bounds.max.lat - bounds.min.lat];
        let is_small = wide < SMALL * width && high < SMALL * height;
        if is_small && !specks.take(bounds.center()) {
            continue;
        }
        let style = looks.of(row);
        let ground = style.fill.filter(|_| kind.shape() == Shape::Polygons);
        if let (Some((color, pattern)), true) = (ground, is_small) {
            bounds.max = LonLat::new(bounds.min.lon + wide.max(width), bounds.min.lat + high.max(height));
            fill_box(fills, &bounds, origin, color, pattern);
            continue;
        }
        let fewest = FEWEST[usize::from(!is_small)];
        if let Some((color, pattern)) = ground {
            for part in layer.geometries.parts(row) {
                let rings: Vec<Cow<'_, [LonLat]>> = part.paths().map(|ring| sampled(ring, every, fewest)).collect();
                fill(fills, rings.iter().map(|ring| &**ring), color, pattern);
            }
        }
        for pen in strokes(&style) {
            for path in layer.geometries.paths(row) {
                corners.thin(&sampled(path, every, fewest), &mut thinned);
                if let ([p, .., q], true) = (&mut thinned[..], corners.exceed(&bounds)) {
                    // As long as a cell, so that it shows.
                    q.lon = p.lon + width;
                }
                stroke_in(segments, &thinned, &window, origin, pen);
            }
        }
    }
    Drawn { lists: slices(buffers, &window), thinned: (drawn < of).then_some((drawn, of)), hexes: None }
}

/// Every so many-th position of a path and its last, and `fewest` of a short one.
fn sampled(path: &[LonLat], every: usize, fewest: usize) -> Cow<'_, [LonLat]> {
    match every.min(path.len() / fewest) {
        0 | 1 => Cow::Borrowed(path),
        every => path.iter().step_by(every).chain(path.last()).copied().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::LonLatBox;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::model::LayerStyle;
    use crate::progress::Progress;
    use crate::ui::map::camera::Camera;
    use crate::ui::map::draw_list::Elements;
    use crate::ui::map::style::Emphasis;
    use eframe::egui::{Pos2, Rect, vec2};

    /// A layer of these geometries, drawn about 0, 0 where ten points are a degree.
    fn drawn(geometries: &[String]) -> (Layer, Drawn) {
        let features: Vec<String> =
            geometries.iter().map(|g| format!(r#"{{"type":"Feature","properties":{{}},"geometry":{g}}}"#)).collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        let layer = read_layer_bytes(text.as_bytes(), "p", &ReadOptions::default(), &Progress::default());
        let layer = layer.expect("readable");
        let styler = Styler::new(&layer, &LayerStyle::default(), None, Emphasis::Plain, false, 0);
        let camera = Camera { center: LonLat::new(0.0, 0.0), scale: 10.0 };
        let view = Rect::from_min_size(Pos2::ZERO, vec2(1_000.0, 700.0));
        let detail = Detail::wanted(&layer, &camera, view).sketch(&layer).expect("large, and all of it in view");
        let drawn = sketch(&layer, &styler, &detail, &|_| true);
        (layer, drawn)
    }

    fn handed(drawn: &Drawn) -> Vec<Elements> {
        drawn.lists.iter().map(|list| list.hand_over().expect("nobody has them yet")).collect()
    }

    fn elements(drawn: &[Elements]) -> [usize; 3] {
        drawn.iter().fold([0; 3], |[fills, segments, marks], elements| {
            [fills + elements.fills.len(), segments + elements.segments.len(), marks + elements.marks.len()]
        })
    }

    /// A circle of so many corners.
    fn ring(center: [f64; 2], radius: f64, corners: usize) -> String {
        let corner = |i: usize| {
            let (s, c) = (i as f64 / corners as f64 * std::f64::consts::TAU).sin_cos();
            format!("[{},{}]", center[0] + radius * c, center[1] + radius * s)
        };
        (0..corners).chain([0]).map(corner).collect::<Vec<_>>().join(",")
    }

    #[test]
    fn a_long_line_keeps_its_extent_with_few_of_its_corners() {
        let line = format!(r#"{{"type":"LineString","coordinates":[{}]}}"#, ring([0.0, 0.0], 20.0, 200_000));
        let (layer, drawn) = drawn(&[line]);
        let all_of = handed(&drawn);
        let [fills, segments, marks] = elements(&all_of);
        assert_eq!([fills, marks], [0, 0]);
        assert!((100..POSITIONS).contains(&segments), "{segments}");
        let window = drawn.lists[0].segment_tiles[0].origin;
        let all = all_of.iter().flat_map(|of| &of.segments).fold(LonLatBox::EMPTY, |all, segment| {
            let [a, b, c, d] = segment.ends.map(f64::from);
            let at = |lon: f64, lat: f64| LonLat::new(window.lon + lon, window.lat + lat);
            all.union(LonLatBox::of(&[at(a, b), at(c, d)]))
        });
        assert!(layer.bounds.padded(1_000.0).contains_box(&all), "{all:?}");
        assert!(all.padded(30_000.0).contains_box(&layer.bounds), "{all:?}");
    }

    #[test]
    fn small_areas_are_boxes_once_a_cell_and_large_ones_are_round() {
        // A hundred small ones each in its place, a thousand more in one place, and a large one.
        let area = |ring: String| format!(r#"{{"type":"Polygon","coordinates":[[{ring}]]}}"#);
        let apart = (0..100).map(|i| area(ring([f64::from(i % 10) * 2.0, f64::from(i / 10) * 2.0], 0.1, 50)));
        let together = (0..1_000).map(|_| area(ring([-5.0, -5.0], 0.1, 50)));
        let all: Vec<String> = apart.chain(together).chain([area(ring([-20.0, 10.0], 5.0, 1_000))]).collect();
        let [fills, segments, _] = elements(&handed(&drawn(&all).1));
        assert!(segments > 0, "the large one has a border");
        let boxes = 101 * 6;
        let large = fills - boxes;
        assert!(large >= 3 * 6 && large.is_multiple_of(3), "{large}");
        assert!(segments <= large, "a border of {segments} about {large} corners of triangles");
    }

    #[test]
    fn marks_stand_for_others_and_say_so() {
        let points = (0..60_000).map(|i| {
            let (lon, lat) = (f64::from(i % 300) * 0.1 - 15.0, f64::from(i / 300) * 0.1 - 10.0);
            format!(r#"{{"type":"Point","coordinates":[{lon},{lat}]}}"#)
        });
        let points: Vec<String> = points.collect();
        let (_, points_alone) = drawn(&points);
        let counted = points_alone.hexes.as_ref().expect("points alone are counted");
        assert_eq!((counted.total(), points_alone.thinned), (60_000, None));
        let [fills, _, marks] = elements(&handed(&points_alone));
        assert!(fills > 0 && marks == 0);
        // Beside areas they are marks.
        let area = format!(r#"{{"type":"Polygon","coordinates":[[{}]]}}"#, ring([0.0, 0.0], 1.0, 50));
        let (_, drawn) = drawn(&[points, vec![area]].concat());
        let [.., marks] = elements(&handed(&drawn));
        assert!((MARKS / 2..=MARKS).contains(&marks), "{marks}");
        assert_eq!(drawn.thinned, Some((marks, 60_000)));
    }

    #[test]
    fn a_view_within_a_layer_and_a_small_layer_have_no_sketch() {
        let line = format!(r#"{{"type":"LineString","coordinates":[{}]}}"#, ring([0.0, 0.0], 20.0, 60_000));
        let read = |text: &str| {
            read_layer_bytes(text.as_bytes(), "p", &ReadOptions::default(), &Progress::default()).expect("readable")
        };
        let view = Rect::from_min_size(Pos2::ZERO, vec2(1_000.0, 700.0));
        let sketch = |layer: &Layer, scale: f64| {
            let camera = Camera { center: LonLat::new(20.0, 0.0), scale };
            Detail::wanted(layer, &camera, view).sketch(layer)
        };
        let large = read(&line);
        assert!(sketch(&large, 8.0).is_some());
        assert!(sketch(&large, 1_000.0).is_none());
        let small = read(r#"{"type":"LineString","coordinates":[[0,0],[40,0]]}"#);
        assert!(sketch(&small, 8.0).is_none());
    }
}
