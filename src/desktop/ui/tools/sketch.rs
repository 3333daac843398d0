//! What is being drawn: corners so far, what they become, what they measure, and how typed figures add one. No screen.

use crate::geodesy::{LonLat, azimuth_deg, destination, distance_m, equal_area, path_length_m, ring_area_m2};
use crate::health::check_geometry;
use crate::io::geojson::rounded_position;
use crate::model::{Geometries, Geometry, GeometryKind, Shape};

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SketchKind {
    /// One position.
    Point,
    /// A path.
    Line,
    /// An area by its corners.
    Polygon,
    /// An area between two meridians and two parallels.
    Rectangle,
    /// Everything within a distance of a position.
    Circle,
    /// A path that is measured and not kept.
    Measure,
    /// A path drawn with the button held, or an area where it ends where it began.
    Freehand,
    /// An area that is taken out of the one selected.
    Hole,
    /// What the feature selected has more.
    Part,
    /// A path that cuts what is selected.
    Split,
    /// A path that the border selected is led along.
    Reshape,
}

impl SketchKind {
    /// What it becomes.
    pub fn shape(self) -> Shape {
        match self {
            Self::Point => Shape::Points,
            Self::Line | Self::Measure | Self::Split | Self::Reshape => Shape::Lines,
            _ => Shape::Polygons,
        }
    }
}

/// Corners of what is being drawn.
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    /// In the order in which they were given.
    pub corners: Vec<LonLat>,
}

/// Figures of a sketch, on the ellipsoid.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SketchMeasures {
    /// Of the path, or round the area; metres.
    pub length_m: Option<f64>,
    /// Of the last stretch; metres, and degrees clockwise from north.
    pub last: Option<(f64, f64)>,
    /// Of a circle; metres.
    pub radius_m: Option<f64>,
    /// Of the area; square metres.
    pub area_m2: Option<f64>,
}

/// Figures that were typed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Typed {
    /// A position.
    At(LonLat),
    /// A length, and a direction where one was typed: metres, degrees clockwise from north.
    By(f64, Option<f64>),
}

/// A circle turns by so much at a corner; its polygon has the circle's area and is nowhere more than 0.02 % of the radius
/// off it.
const CIRCLE_CORNERS: usize = 134;

impl Sketch {
    /// The geometry, with a corner more where one is pointed at; `None` as long as there are too few.
    pub fn geometry(&self, kind: SketchKind, next: Option<LonLat>) -> Option<Geometry> {
        let mut corners: Vec<LonLat> = self.corners.iter().copied().chain(next).map(rounded_position).collect();
        corners.dedup();
        let (kind, path) = match kind {
            SketchKind::Point => (GeometryKind::Point, vec![*corners.last()?]),
            SketchKind::Line | SketchKind::Measure | SketchKind::Split | SketchKind::Reshape => {
                (GeometryKind::LineString, (corners.len() >= 2).then_some(corners)?)
            }
            SketchKind::Polygon | SketchKind::Freehand | SketchKind::Hole | SketchKind::Part => {
                if corners.first() == corners.last() {
                    corners.pop();
                }
                let first = *corners.first()?;
                corners.push(first);
                (GeometryKind::Polygon, (corners.len() >= 4).then_some(corners)?)
            }
            SketchKind::Rectangle => {
                let (a, b) = (*corners.first()?, *corners.last()?);
                let ring = vec![a, LonLat::new(b.lon, a.lat), b, LonLat::new(a.lon, b.lat), a];
                (GeometryKind::Polygon, (a.lon != b.lon && a.lat != b.lat).then_some(ring)?)
            }
            SketchKind::Circle => {
                let (center, rim) = (*corners.first()?, *corners.last()?);
                (GeometryKind::Polygon, circle(center, distance_m(center, rim))?)
            }
        };
        Some(Geometry { kind, parts: vec![vec![path]] })
    }

    /// True where so many corners are all that it takes.
    pub fn is_complete(&self, kind: SketchKind) -> bool {
        match kind {
            SketchKind::Point => !self.corners.is_empty(),
            SketchKind::Rectangle | SketchKind::Circle => self.corners.len() >= 2,
            _ => false,
        }
    }

    /// Figures, with a corner more where one is pointed at.
    pub fn measures(&self, kind: SketchKind, next: Option<LonLat>) -> SketchMeasures {
        let corners: Vec<LonLat> = self.corners.iter().copied().chain(next).collect();
        let last = match corners[..] {
            [.., a, b] if a != b => Some((distance_m(a, b), azimuth_deg(a, b))),
            _ => None,
        };
        let ring = self.geometry(kind, next).filter(|g| g.kind == GeometryKind::Polygon);
        let ring = ring.as_ref().map(|geometry| &geometry.parts[0][0][..]);
        SketchMeasures {
            length_m: match kind {
                SketchKind::Line | SketchKind::Measure | SketchKind::Freehand => {
                    (corners.len() >= 2).then(|| path_length_m(&corners))
                }
                _ => ring.map(path_length_m),
            },
            last: last.filter(|_| kind != SketchKind::Rectangle),
            radius_m: last.filter(|_| kind == SketchKind::Circle).map(|(radius_m, _)| radius_m),
            area_m2: match kind {
                // A measured path that comes round tells what it goes round.
                SketchKind::Measure if corners.len() >= 3 => {
                    Some(ring_area_m2(&[&corners[..], &corners[..1]].concat()))
                }
                _ => ring.map(ring_area_m2),
            },
        }
    }

    /// Where the border crosses itself.
    pub fn crosses_at(&self, kind: SketchKind, next: Option<LonLat>) -> Option<LonLat> {
        let geometry = self.geometry(kind, next).filter(|_| kind == SketchKind::Polygon)?;
        let mut one = Geometries::default();
        geometry.parts[0][0].iter().for_each(|p| one.push_position(*p));
        one.end_path();
        one.end_part();
        one.end_row(Some(GeometryKind::Polygon));
        check_geometry(&one, 0).problems.iter().find_map(|problem| problem.position())
    }

    /// The corner that typed figures give; a length without a direction goes towards `toward`.
    pub fn corner(&self, typed: Typed, toward: Option<LonLat>) -> Option<LonLat> {
        match typed {
            Typed::At(p) => Some(p),
            Typed::By(length_m, azimuth) => {
                let from = *self.corners.last()?;
                let azimuth = azimuth.or_else(|| toward.filter(|p| *p != from).map(|p| azimuth_deg(from, p)));
                Some(destination(from, azimuth.unwrap_or(90.0), length_m))
            }
        }
    }

    /// The position pointed at, on the line from the last corner that is parallel to an edge, or at right angles to it,
    /// whichever is nearer.
    pub fn along(&self, [a, b]: [LonLat; 2], at: LonLat) -> LonLat {
        let Some(from) = self.corners.last().copied().filter(|from| *from != at) else { return at };
        let (base, toward) = (azimuth_deg(a, b), azimuth_deg(from, at));
        let turned = ((toward - base) / 90.0).round() * 90.0 + base;
        destination(from, turned, distance_m(from, at) * (toward - turned).to_radians().cos())
    }

    /// The position pointed at, turned so that the last stretch stands at a multiple of 45° to the one before it (to
    /// north where there is none).
    pub fn squared(&self, at: LonLat) -> LonLat {
        let Some(from) = self.corners.last().copied().filter(|from| *from != at) else { return at };
        let base = match self.corners[..] {
            [.., before, last] if before != last => azimuth_deg(last, before),
            _ => 0.0,
        };
        let turned = ((azimuth_deg(from, at) - base) / 45.0).round() * 45.0 + base;
        let (off, length_m) = ((azimuth_deg(from, at) - turned).to_radians(), distance_m(from, at));
        destination(from, turned, length_m * off.cos())
    }
}

/// A closed ring of equal area to the circle.
fn circle(center: LonLat, radius_m: f64) -> Option<Vec<LonLat>> {
    let step = std::f64::consts::TAU / CIRCLE_CORNERS as f64;
    let corner_m = radius_m * equal_area(step);
    let mut ring: Vec<LonLat> = (0..CIRCLE_CORNERS)
        .map(|k| rounded_position(destination(center, -(k as f64 * step).to_degrees(), corner_m)))
        .collect();
    ring.push(ring[0]);
    (radius_m > 0.0).then_some(ring)
}

impl Typed {
    /// `121.47, 31.23` (longitude, latitude), `500`, `500 m`, `1.2 km`, `500 m, 45°`, `500<45`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().replace(['，', ';', '；'], ",").replace('度', "°");
        let (first, second, is_way) = match (text.split_once(['<', '∠']), text.split_once(',')) {
            (Some((first, second)), _) => (first.trim(), Some(second.trim()), true),
            (None, Some((first, second))) => (first.trim(), Some(second.trim()), second.ends_with('°')),
            (None, None) => (&text[..], None, false),
        };
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|v| v.is_finite());
        let length = |text: &str| {
            let units = [("公里", 1_000.0), ("千米", 1_000.0), ("km", 1_000.0), ("米", 1.0), ("m", 1.0)];
            units.iter().find_map(|(unit, metres)| text.strip_suffix(unit).and_then(number).map(|n| n * metres))
        };
        let Some(second) = second else { return Some(Self::By(length(first).or_else(|| number(first))?, None)) };
        if is_way || length(first).is_some() {
            let direction = number(second.trim_end_matches('°'))?;
            return Some(Self::By(length(first).or_else(|| number(first))?, Some(direction)));
        }
        Some(LonLat::new(number(first)?, number(second)?)).filter(|p| p.is_in_range()).map(Self::At)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geodesy::exact_distance_m;

    fn at(corners: &[(f64, f64)]) -> Sketch {
        Sketch { corners: corners.iter().map(|(lon, lat)| LonLat::new(*lon, *lat)).collect() }
    }

    #[test]
    fn typed_figures_are_positions_or_ways() {
        for (text, typed) in [
            ("121.47, 31.23", Typed::At(LonLat::new(121.47, 31.23))),
            ("121.47，31.23", Typed::At(LonLat::new(121.47, 31.23))),
            ("500", Typed::By(500.0, None)),
            (" 1.2 km", Typed::By(1_200.0, None)),
            ("500 米", Typed::By(500.0, None)),
            ("500 m, 45°", Typed::By(500.0, Some(45.0))),
            ("500, 45°", Typed::By(500.0, Some(45.0))),
            ("2公里，90度", Typed::By(2_000.0, Some(90.0))),
            ("500<45", Typed::By(500.0, Some(45.0))),
            ("1.5 km ∠ 270°", Typed::By(1_500.0, Some(270.0))),
        ] {
            assert_eq!(Typed::parse(text), Some(typed), "{text}");
        }
        for text in ["", "m", "121,", "x", "200, 91", "1 m, x", "inf", "500<", "<45"] {
            assert_eq!(Typed::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_circle_has_the_area_of_its_radius() {
        let mut sketch = at(&[(121.4, 31.4)]);
        let rim = sketch.corner(Typed::By(500.0, None), Some(LonLat::new(121.5, 31.4)));
        sketch.corners.extend(rim);
        assert!(sketch.is_complete(SketchKind::Circle));
        let measures = sketch.measures(SketchKind::Circle, None);
        assert!((measures.radius_m.expect("a radius") - 500.0).abs() < 1e-3);
        let area_m2 = measures.area_m2.expect("an area");
        assert!((area_m2 / (std::f64::consts::PI * 250_000.0) - 1.0).abs() < 1e-5, "{area_m2}");
        for p in &sketch.geometry(SketchKind::Circle, None).expect("a ring").parts[0][0] {
            assert!((exact_distance_m(sketch.corners[0], *p) - 500.0).abs() < 0.1);
        }
    }

    #[test]
    fn ways_are_squared_to_the_one_before() {
        let sketch = at(&[(121.4, 31.4), (121.41, 31.41)]);
        let [a, b] = sketch.corners[..] else { panic!("two") };
        for (lon, lat) in [(121.42, 31.405), (121.39, 31.42), (121.43, 31.43)] {
            let squared = sketch.squared(LonLat::new(lon, lat));
            let turn = (azimuth_deg(b, squared) - azimuth_deg(b, a)).rem_euclid(45.0);
            assert!(turn.min(45.0 - turn) < 1e-6, "{turn}");
        }
    }

    #[test]
    fn ways_are_led_along_an_edge() {
        let sketch = at(&[(121.4, 31.4)]);
        let edge = [LonLat::new(121.0, 31.0), LonLat::new(121.02, 31.01)];
        for (lon, lat) in [(121.43, 31.41), (121.39, 31.42), (121.37, 31.38)] {
            let led = sketch.along(edge, LonLat::new(lon, lat));
            let turn = (azimuth_deg(sketch.corners[0], led) - azimuth_deg(edge[0], edge[1])).rem_euclid(90.0);
            assert!(turn.min(90.0 - turn) < 1e-6, "{turn}");
        }
    }

    #[test]
    fn what_crosses_itself_is_told_with_its_place() {
        let bow = at(&[(0.0, 0.0), (1.0, 1.0), (1.0, 0.0), (0.0, 1.0)]);
        let place = bow.crosses_at(SketchKind::Polygon, None).expect("it crosses");
        assert!((place.lon - 0.5).abs() < 1e-9 && (place.lat - 0.5).abs() < 1e-9);
        assert_eq!(at(&[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)]).crosses_at(SketchKind::Polygon, None), None);
    }

    #[test]
    fn geometry_waits_for_enough_corners() {
        let mut sketch = at(&[(0.0, 0.0), (1.0, 0.0)]);
        assert_eq!(sketch.geometry(SketchKind::Polygon, None), None);
        let triangle = sketch.geometry(SketchKind::Polygon, Some(LonLat::new(1.0, 1.0))).expect("three");
        assert_eq!(triangle.parts[0][0].len(), 4);
        assert_eq!(sketch.geometry(SketchKind::Rectangle, None), None, "no height");
        sketch.corners[1].lat = 2.0;
        assert_eq!(sketch.geometry(SketchKind::Rectangle, None).expect("a box").parts[0][0].len(), 5);
    }
}
