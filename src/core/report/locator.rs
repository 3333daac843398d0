//! A small map that says where a place is: what lies within some hundred metres of it, as SVG in the page. No screen and no driver is
//! needed for it, and it is sharp at any size.

use crate::geodesy::{LonLat, LonLatBox};
use crate::i18n::{Lang, tr};
use crate::model::{Layer, Role, Shape};
use crate::rules::RuleInput;
use maud::{Markup, PreEscaped, html};
use std::fmt::Write;

/// Width and height of the map; units of its drawing.
const SIZE: [f64; 2] = [300.0, 220.0];
/// Metres that its width stands for.
const ACROSS_M: f64 = 1_800.0;
/// Metres that its scale bar stands for.
const BAR_M: f64 = 500.0;
/// Features of a layer, and names, on it at most.
const MOST: usize = 400;
const NAMES: usize = 6;

/// What is drawn, the ground first: how, and whether it is named.
const LAYERS: [(Role, &str, bool); 10] = [
    (Role::District, "fill:#F4F3EE;stroke:#8A8578;stroke-width:.8", false),
    (Role::WaterBody, "fill:#CFE3EE;stroke:#7FB2D1;stroke-width:.4", false),
    (Role::Park, "fill:#D5E8D0;stroke:#8CC084;stroke-width:.5", false),
    (Role::WaterSourceZone, "fill:#1F6FB2;fill-opacity:.10;stroke:#1F6FB2;stroke-width:1", true),
    (Role::RedLine, "fill:#C8352B;fill-opacity:.10;stroke:#C8352B;stroke-width:1", true),
    (Role::Town, "fill:none;stroke:#8A8578;stroke-width:.8;stroke-dasharray:4 3", false),
    (Role::Road, "fill:none;stroke:#C9BFAE;stroke-width:1", false),
    (Role::River, "fill:none;stroke:#5E9CC4;stroke-width:1.4", true),
    (Role::Shoreline, "fill:none;stroke:#123E63;stroke-width:1.8", true),
    (Role::Coastline, "fill:none;stroke:#123E63;stroke-width:1.8", true),
];

/// From degrees to the drawing, about a place: an equirectangular plane, good to a hair at this size.
struct Plane {
    center: LonLat,
    per_degree: [f64; 2],
}

impl Plane {
    fn about(center: LonLat) -> Self {
        let per_metre = SIZE[0] / ACROSS_M;
        let lat = crate::geodesy::meridional_radius_m(center.lat).to_radians() * per_metre;
        Self { center, per_degree: [lat * center.lat.to_radians().cos(), lat] }
    }

    fn window(&self) -> LonLatBox {
        let [x, y] = [0, 1].map(|i| SIZE[i] / 2.0 / self.per_degree[i]);
        let LonLat { lon, lat } = self.center;
        LonLatBox { min: LonLat::new(lon - x, lat - y), max: LonLat::new(lon + x, lat + y) }
    }

    fn at(&self, p: LonLat) -> [f64; 2] {
        [
            SIZE[0] / 2.0 + (p.lon - self.center.lon) * self.per_degree[0],
            SIZE[1] / 2.0 - (p.lat - self.center.lat) * self.per_degree[1],
        ]
    }
}

/// Room round the drawing.
const ROOM: f64 = 8.0;

/// A ring cut down to the drawing with some room round it, so that its cut edges are out of sight (Sutherland and Hodgman).
fn clipped(ring: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let mut ring = ring;
    for (axis, bound, sign) in [(0, -ROOM, 1.0), (0, SIZE[0] + ROOM, -1.0), (1, -ROOM, 1.0), (1, SIZE[1] + ROOM, -1.0)]
    {
        let inside = |p: &[f64; 2]| (p[axis] - bound) * sign >= 0.0;
        let mut cut: Vec<[f64; 2]> = Vec::with_capacity(ring.len());
        for (i, b) in ring.iter().enumerate() {
            let a = ring[(i + ring.len() - 1) % ring.len()];
            if inside(&a) != inside(b) {
                let t = (bound - a[axis]) / (b[axis] - a[axis]);
                cut.push([a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]);
            }
            if inside(b) {
                cut.push(*b);
            }
        }
        ring = cut;
    }
    ring
}

/// Writes a path; corners closer than a third of a unit are left out. False where nothing of it is left.
fn push_path(out: &mut String, points: &[[f64; 2]], closes: bool) -> bool {
    let mut last: Option<[f64; 2]> = None;
    for (i, p) in points.iter().enumerate() {
        let is_close = last.is_some_and(|l| (l[0] - p[0]).hypot(l[1] - p[1]) < 0.3);
        if is_close && i + 1 < points.len() {
            continue;
        }
        let _ = write!(out, "{}{:.1} {:.1}", if last.is_some() { 'L' } else { 'M' }, p[0], p[1]);
        last = Some(*p);
    }
    if closes && last.is_some() {
        out.push('Z');
    }
    last.is_some()
}

/// An edge cut down to the drawing with some room round it (Liang and Barsky); `None` where it does not come there.
fn within(a: [f64; 2], b: [f64; 2]) -> Option<[[f64; 2]; 2]> {
    let (mut from, mut to) = (0.0_f64, 1.0_f64);
    for axis in 0..2 {
        let by = b[axis] - a[axis];
        for (bound, sign) in [(-ROOM, -1.0), (SIZE[axis] + ROOM, 1.0)] {
            let (ahead, left) = (by * sign, (bound - a[axis]) * sign);
            if ahead == 0.0 && left < 0.0 {
                return None;
            } else if ahead > 0.0 {
                to = to.min(left / ahead);
            } else if ahead < 0.0 {
                from = from.max(left / ahead);
            }
        }
    }
    let at = |t: f64| [0, 1].map(|axis| a[axis] + (b[axis] - a[axis]) * t);
    (from <= to).then(|| [if from > 0.0 { at(from) } else { a }, if to < 1.0 { at(to) } else { b }])
}

/// Stretches of a line that come near the drawing, cut down to it.
fn stretches(points: Vec<[f64; 2]>) -> Vec<Vec<[f64; 2]>> {
    let mut all: Vec<Vec<[f64; 2]>> = vec![Vec::new()];
    for edge in points.windows(2) {
        let (Some(now), Some([a, b])) = (all.last_mut(), within(edge[0], edge[1])) else {
            all.push(Vec::new());
            continue;
        };
        match now.last() {
            Some(last) if *last == a => now.push(b),
            None => now.extend([a, b]),
            Some(_) => all.push(vec![a, b]),
        }
    }
    all.retain(|stretch| stretch.len() > 1);
    all
}

/// A row as the data of a path, and where its name would stand.
fn drawn(layer: &Layer, row: usize, plane: &Plane) -> Option<(String, [f64; 2])> {
    let is_area = layer.geometries.kind(row)?.shape() == Shape::Polygons;
    let mut data = String::new();
    let mut longest: Vec<[f64; 2]> = Vec::new();
    for path in layer.geometries.paths(row) {
        let points: Vec<[f64; 2]> = path.iter().map(|p| plane.at(*p)).collect();
        let pieces = if is_area { vec![clipped(points)] } else { stretches(points) };
        for piece in pieces {
            push_path(&mut data, &piece, is_area);
            if piece.len() > longest.len() {
                longest = piece;
            }
        }
    }
    let seen: Vec<[f64; 2]> = longest
        .into_iter()
        .filter(|p| (12.0..SIZE[0] - 12.0).contains(&p[0]) && (12.0..SIZE[1] - 8.0).contains(&p[1]))
        .collect();
    let name_at = match is_area {
        true if !seen.is_empty() => {
            let sum = seen.iter().fold([0.0, 0.0], |s, p| [s[0] + p[0], s[1] + p[1]]);
            sum.map(|v| v / seen.len() as f64)
        }
        _ => *seen.get(seen.len() / 2).unwrap_or(&[-1.0, -1.0]),
    };
    (!data.is_empty()).then_some((data, name_at))
}

fn escaped(text: &str) -> String {
    html! { (text) }.into_string()
}

/// The map about an outlet; nothing where it has no place.
pub(super) fn locator(input: &RuleInput, outlets: &Layer, row: usize, lang: Lang) -> Option<Markup> {
    let own = *outlets.geometries.positions_of(row).first()?;
    let plane = Plane::about(own);
    let window = plane.window();
    let mut svg = String::new();
    let mut names: Vec<(String, [f64; 2])> = Vec::new();
    for (role, style, is_named) in LAYERS {
        let Some(indexed) = input.together(role) else { continue };
        let layer = indexed.layer();
        let rows = indexed.rows_in(&window).into_iter().filter(|row| layer.geometries.bounds(*row).intersects(&window));
        for row in rows.take(MOST) {
            let Some((data, at)) = drawn(layer, row, &plane) else { continue };
            let _ = write!(svg, r#"<path d="{data}" style="{style};fill-rule:evenodd"/>"#);
            let name = layer.label(row);
            let is_apart = |others: &[(String, [f64; 2])]| {
                others
                    .iter()
                    .all(|(other, p)| *other != name && ((p[0] - at[0]).abs() > 70.0 || (p[1] - at[1]).abs() > 14.0))
            };
            let has_room =
                at[0] > 0.0 && ((at[0] - SIZE[0] / 2.0).abs() > 24.0 || (at[1] - SIZE[1] / 2.0).abs() > 16.0);
            if is_named && names.len() < NAMES && has_room && is_apart(&names) {
                names.push((name, at));
            }
        }
    }
    for other in (0..outlets.len()).filter(|other| *other != row) {
        for p in outlets.geometries.positions_of(other).iter().filter(|p| window.contains(**p)).take(1) {
            let [x, y] = plane.at(*p);
            let _ = write!(
                svg,
                r##"<circle cx="{x:.1}" cy="{y:.1}" r="2.6" fill="#fff" stroke="#5E6B73" stroke-width="1.2"/>"##
            );
        }
    }
    for (name, [x, y]) in &names {
        let name = escaped(&name.chars().take(14).collect::<String>());
        let _ = write!(
            svg,
            r##"<text x="{x:.1}" y="{:.1}" text-anchor="middle" font-size="9" fill="#22272B" stroke="#fff" stroke-width="2.4" paint-order="stroke">{name}</text>"##,
            y - 3.0
        );
    }
    let [x, y] = plane.at(own);
    let _ = write!(svg, r##"<circle cx="{x:.1}" cy="{y:.1}" r="5" fill="#B23A48" stroke="#fff" stroke-width="1.6"/>"##);
    let (bar, [width, height]) = (BAR_M * SIZE[0] / ACROSS_M, SIZE);
    let _ = write!(
        svg,
        r##"<path d="M10 {y}v4h{bar:.1}v-4" fill="none" stroke="#22272B" stroke-width="1.2"/><text x="12" y="{t}" font-size="9" fill="#22272B" stroke="#fff" stroke-width="2.4" paint-order="stroke">{BAR_M:.0} m</text>"##,
        y = height - 12.0,
        t = height - 12.0
    );
    let label = escaped(&tr!(lang, "cards.locator", name = outlets.label(row)));
    let whole = format!(
        r##"<svg class="locator" role="img" aria-label="{label}" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg"><rect width="{width}" height="{height}" fill="#FBFAF7"/>{svg}<rect x=".5" y=".5" width="{}" height="{}" fill="none" stroke="#CFC8B8"/></svg>"##,
        width - 1.0,
        height - 1.0
    );
    Some(PreEscaped(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::IndexedLayer;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;
    use std::sync::Arc;

    fn layer(features: &[(&str, &str)]) -> Arc<IndexedLayer> {
        let feature = |(name, geometry): &(&str, &str)| {
            format!(r#"{{"type":"Feature","properties":{{"name":"{name}"}},"geometry":{geometry}}}"#)
        };
        let features: Vec<String> = features.iter().map(feature).collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        let layer = read_layer_bytes(text.as_bytes(), "l", &ReadOptions::default(), &Progress::default());
        Arc::new(IndexedLayer::new(Arc::new(layer.expect("readable"))))
    }

    #[test]
    fn the_map_is_about_the_outlet_and_holds_what_lies_near() {
        let outlets = layer(&[
            ("甲", r#"{"type":"Point","coordinates":[121.4,31.4]}"#),
            ("乙", r#"{"type":"Point","coordinates":[121.403,31.402]}"#),
            ("远", r#"{"type":"Point","coordinates":[121.5,31.4]}"#),
            ("无", "null"),
        ]);
        let river = layer(&[
            (
                "练<祁>河",
                r#"{"type":"LineString","coordinates":[[121.3,31.399],[121.395,31.399],[121.398,31.3985],[121.402,31.3985],[121.5,31.399]]}"#,
            ),
            ("远河", r#"{"type":"LineString","coordinates":[[121.3,31.6],[121.5,31.6]]}"#),
        ]);
        let water = layer(&[(
            "江",
            r#"{"type":"Polygon","coordinates":[[[120.0,31.401],[123.0,31.401],[123.0,33.0],[120.0,33.0],[120.0,31.401]]]}"#,
        )]);
        let input =
            RuleInput::new(vec![(Role::Outlet, Arc::clone(&outlets)), (Role::River, river), (Role::WaterBody, water)]);
        let svg = locator(&input, outlets.layer(), 0, Lang::Zh).expect("it has a place").into_string();
        // Itself in the middle, its neighbour, and no other.
        assert!(svg.contains(r#"cx="150.0" cy="110.0" r="5""#), "{svg}");
        assert_eq!(svg.matches("<circle").count(), 2, "{svg}");
        // The near river by its name, which is no markup; the far one not.
        assert!(svg.contains("练&lt;祁&gt;河") && !svg.contains("远河") && !svg.contains("<祁>"), "{svg}");
        // What reaches across a continent is cut down to the drawing.
        let far =
            svg.split(['M', 'L', ' ']).filter_map(|n| n.parse::<f64>().ok()).fold(0.0, |m: f64, n| m.max(n.abs()));
        assert!(far <= 330.0, "{far}");
        assert!(locator(&input, outlets.layer(), 3, Lang::Zh).is_none(), "what has no place has no map");
    }

    #[test]
    fn a_line_is_cut_where_it_leaves_the_drawing() {
        let line =
            vec![[-900.0, 50.0], [50.0, 50.0], [60.0, 900.0], [5_000.0, 900.0], [100.0, -70_000.0], [100.0, 100.0]];
        let cut = stretches(line);
        assert_eq!(cut.len(), 2, "{cut:?}");
        let is_in = |p: &[f64; 2]| (-8.1..=SIZE[0] + 8.1).contains(&p[0]) && (-8.1..=SIZE[1] + 8.1).contains(&p[1]);
        assert!(cut.iter().flatten().all(is_in), "{cut:?}");
        assert_eq!((cut[0][1], cut[1].last()), ([50.0, 50.0], Some(&[100.0, 100.0])));
        assert!(stretches(vec![[-900.0, -50.0], [900.0, -50.0]]).is_empty());
        assert!(stretches(vec![[-900.0, 50.0], [50.0, 900.0]]).is_empty(), "past the corner");
    }

    #[test]
    fn a_ring_about_the_drawing_covers_it_and_one_beside_it_is_nothing() {
        let ring = |x: f64| vec![[x, -900.0], [x + 5_000.0, -900.0], [x + 5_000.0, 900.0], [x, 900.0]];
        let cut = clipped(ring(-2_500.0));
        assert!(cut.len() == 4 && cut.iter().all(|p| p[0].abs() <= 310.0 && p[1].abs() <= 230.0), "{cut:?}");
        assert!(clipped(ring(4_000.0)).is_empty());
    }
}
