//! Every pair of features of two layers that meet: a point in an area, a line across it, a border that touches.

use super::AskError;
use super::answer::is_area;
use super::engine::{By, Here, Kind, RowWork, rows_by};
use super::expression::to_geo;
use crate::geodesy::{LonLat, LonLatBox};
use crate::index::{EdgeRun, IndexedLayer, contains};
use crate::model::{Geometry, Shape};
use crate::progress::Progress;
use geo::Intersects;
use geo::geometry::{Coord, Line};
use smallvec::SmallVec;
use std::cell::LazyCell;
use std::sync::OnceLock;

/// What is met: features, each made ready when it is first looked at.
struct Met<'a> {
    indexed: &'a IndexedLayer,
    known: Vec<OnceLock<Option<geo::Geometry>>>,
}

impl<'a> Met<'a> {
    fn new(indexed: &'a IndexedLayer) -> Self {
        // Before the rows are parted among the cores.
        rayon::join(|| indexed.build_features(), || indexed.build_edges());
        Self { indexed, known: (0..indexed.layer().len()).map(|_| OnceLock::new()).collect() }
    }

    fn known(&self, row: usize) -> Option<&geo::Geometry> {
        let made = || self.indexed.layer().geometries.geometry(row).as_ref().map(to_geo);
        self.known[row].get_or_init(made).as_ref()
    }

    /// Adds those that a geometry meets, of the rows near it, each beside the geometry's own number. One with no edge near the
    /// geometry holds all of it, or none.
    fn by(&self, own: (usize, &Geometry), mut near: Vec<usize>, pairs: &mut Vec<(usize, usize)>) {
        let Some(first) = own.1.parts.iter().flatten().flatten().next() else { return };
        near.sort_unstable();
        let mut at_border: SmallVec<[(EdgeRun, LonLatBox); 16]> = SmallVec::new();
        self.indexed.runs_in(&own.1.bounds(), |run, bounds| at_border.push((*run, *bounds)));
        at_border.sort_unstable_by_key(|(run, _)| (run.row, run.start));
        let layer = self.indexed.layer();
        let geometry = LazyCell::new(|| to_geo(own.1));
        let own_edges = LazyCell::new(|| edges_of(own.1));
        for with in near {
            let from = at_border.partition_point(|(run, _)| (run.row as usize) < with);
            let runs = &at_border[from..];
            let runs = &runs[..runs.partition_point(|(run, _)| run.row as usize == with)];
            let meets = if runs.is_empty() {
                is_area(layer, with) && contains(layer, with, *first)
            } else {
                let borders = match &*own_edges {
                    Some(edges) if self.has_edges_alone(with) => self.borders_meet(edges, runs),
                    _ => Borders::Unsure,
                };
                match borders {
                    Borders::Meet => true,
                    Borders::Apart => self.one_holds(with, own.1, &geometry),
                    Borders::Unsure => self.known(with).is_some_and(|known| known.intersects(&*geometry)),
                }
            };
            if meets {
                pairs.push((own.0, with));
            }
        }
    }

    /// True where all that bounds a row are edges of its paths: no points, no ring left open.
    fn has_edges_alone(&self, row: usize) -> bool {
        let geometries = &self.indexed.layer().geometries;
        let is_area = match geometries.kind(row).map(|kind| kind.shape()) {
            Some(Shape::Polygons) => true,
            Some(Shape::Lines) => false,
            _ => return false,
        };
        geometries.paths(row).all(|path| path.len() > 1 && (!is_area || path.first() == path.last()))
    }

    /// Whether edges meet those of some runs, as `geo` says of each pair whose boxes meet.
    fn borders_meet(&self, own: &[OwnEdge], runs: &[(EdgeRun, LonLatBox)]) -> Borders {
        let layer = self.indexed.layer();
        let mut found = Borders::Apart;
        for (run, bounds) in runs {
            for edge in own.iter().filter(|edge| edge.bounds.intersects(bounds)) {
                let meets = |ends: &[LonLat]| {
                    edge.bounds.intersects(&LonLatBox::of(ends)) && line(ends[0], ends[1]).intersects(&edge.line)
                };
                if run.of(layer).windows(2).any(meets) {
                    if !edge.is_of_hole {
                        return Borders::Meet;
                    }
                    found = Borders::Unsure;
                }
            }
        }
        found
    }

    /// Whether a row holds some part of a geometry, or is held by it, where their borders do not meet: by the first position
    /// of each path, since the others lie on the same side.
    fn one_holds(&self, with: usize, own: &Geometry, own_as_geo: &geo::Geometry) -> bool {
        let layer = self.indexed.layer();
        let coordinate = |p: &LonLat| Coord { x: p.lon, y: p.lat };
        let outer = |is_area: bool, path: usize| !is_area || path == 0;
        if is_area(layer, with)
            && let Some(known) = self.known(with)
        {
            let own_is_area = own.kind.shape() == Shape::Polygons;
            let mut firsts = own.parts.iter().flat_map(|part| {
                let paths = part.iter().enumerate().filter(move |(i, _)| outer(own_is_area, *i));
                paths.filter_map(|(_, path)| path.first())
            });
            if firsts.any(|p| known.intersects(&coordinate(p))) {
                return true;
            }
        }
        if own.kind.shape() != Shape::Polygons {
            return false;
        }
        let theirs_are_areas = is_area(layer, with);
        layer.geometries.parts(with).any(|part| {
            let paths = part.paths().enumerate().filter(|(i, _)| outer(theirs_are_areas, *i));
            paths.filter_map(|(_, path)| path.first()).any(|p| own_as_geo.intersects(&coordinate(p)))
        })
    }
}

/// How borders lie to one another.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Borders {
    /// They have a place in common.
    Meet,
    /// They have none.
    Apart,
    /// It takes all of both to tell: points, or places on the borders of holes alone.
    Unsure,
}

/// An edge of a geometry.
struct OwnEdge {
    line: Line,
    bounds: LonLatBox,
    is_of_hole: bool,
}

fn line(a: LonLat, b: LonLat) -> Line {
    Line::new(Coord { x: a.lon, y: a.lat }, Coord { x: b.lon, y: b.lat })
}

/// The edges of a geometry of lines or areas; `None` for points, and where a path is a position alone or a ring is open.
fn edges_of(own: &Geometry) -> Option<Vec<OwnEdge>> {
    let is_area = match own.kind.shape() {
        Shape::Polygons => true,
        Shape::Lines => false,
        Shape::Points => return None,
    };
    let mut edges = Vec::with_capacity(own.parts.iter().flatten().map(Vec::len).sum());
    for part in &own.parts {
        for (i, path) in part.iter().enumerate() {
            if path.len() < 2 || (is_area && path.first() != path.last()) {
                return None;
            }
            edges.extend(path.windows(2).map(|ends| OwnEdge {
                line: line(ends[0], ends[1]),
                bounds: LonLatBox::of(ends),
                is_of_hole: is_area && i > 0,
            }));
        }
    }
    Some(edges)
}

/// Rows of the subject with the rows of the reference that they meet, in the order of both. Touching counts.
///
/// Sides are decided exactly (`geo`'s robust predicates). Cost: logarithmic in the reference, and what lies near: of two borders
/// the edges by those of the other that their boxes meet.
///
/// # Errors
/// Cancelled.
pub fn meeting(
    subject: &IndexedLayer,
    reference: &IndexedLayer,
    progress: &Progress,
) -> Result<Vec<(usize, usize)>, AskError> {
    meeting_by(subject, reference, (&Here, progress))
}

/// The same, by an engine.
///
/// # Errors
/// As [`meeting`]; what the engine says.
pub fn meeting_by(
    subject: &IndexedLayer,
    reference: &IndexedLayer,
    by: By<'_>,
) -> Result<Vec<(usize, usize)>, AskError> {
    let (own, other) = (subject.layer(), reference.layer());
    let area = reference.rows().fold(LonLatBox::EMPTY, |all, row| all.union(other.geometries.bounds(row)));
    // Where the reference is a part of the ground, the tree gives what can meet it.
    let rows: Vec<usize> =
        if area.contains_box(&own.bounds) { subject.rows().collect() } else { subject.rows_in(&area) };
    rows_by(by, &RowWork::new(Kind::Meet, subject, [reference]), &rows)?.pairs()
}

/// The pairs of some rows of the subject.
///
/// # Errors
/// Cancelled.
pub(super) fn pairs_of(
    subject: &IndexedLayer,
    reference: &IndexedLayer,
    rows: &[usize],
    progress: &Progress,
) -> Result<Vec<(usize, usize)>, AskError> {
    let own = subject.layer();
    let met = Met::new(reference);
    let of_blocks = super::for_blocks(rows, progress, |block| {
        let mut pairs = Vec::new();
        for row in block {
            let near = reference.rows_in(&own.geometries.bounds(*row));
            if near.is_empty() {
                continue;
            }
            let Some(geometry) = own.geometries.geometry(*row) else { continue };
            met.by((*row, &geometry), near, &mut pairs);
        }
        pairs
    })?;
    Ok(of_blocks.concat())
}

/// The same of geometries that stand in no layer, each known by its number.
///
/// # Errors
/// As [`meeting`].
pub fn meeting_made(
    numbers: &[usize],
    made: impl Fn(usize) -> Option<Geometry> + Sync,
    reference: &IndexedLayer,
    progress: &Progress,
) -> Result<Vec<(usize, usize)>, AskError> {
    let met = Met::new(reference);
    let of_blocks = super::for_blocks(numbers, progress, |block| {
        let mut pairs = Vec::new();
        for number in block {
            let Some(geometry) = made(*number) else { continue };
            met.by((*number, &geometry), reference.rows_in(&geometry.bounds()), &mut pairs);
        }
        pairs
    })?;
    Ok(of_blocks.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use proptest::prelude::*;
    use std::sync::Arc;

    /// Stars on a lattice of thousandths of a degree, so that some touch: with a hole, of two parts, lines, points.
    fn layer(of: &[(i32, i32, Vec<u8>)]) -> IndexedLayer {
        let feature = |(i, (x, y, shares)): (usize, &(i32, i32, Vec<u8>))| {
            let corner = |(k, share): (usize, &u8)| {
                let (sin, cos) = (k as f64 / shares.len() as f64 * std::f64::consts::TAU).sin_cos();
                let [dx, dy] = [cos, sin].map(|v| (v * f64::from(*share)).round());
                format!("[{},{}]", 121.0 + (f64::from(*x) + dx) * 1e-3, 31.0 + (f64::from(*y) + dy) * 1e-3)
            };
            let corners: Vec<String> = shares.iter().enumerate().map(corner).collect();
            let at = |dx: f64, dy: f64| {
                let [x, y] = [f64::from(*x) + dx, f64::from(*y) + dy];
                format!("[{},{}]", 121.0 + x * 1e-3, 31.0 + y * 1e-3)
            };
            let square = |from: f64, size: f64| {
                let corners = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0], [0.0, 0.0]];
                corners.map(|[dx, dy]| at(from + dx * size, from + dy * size)).join(",")
            };
            let star = || format!("[{},{}]", corners.join(","), corners[0]);
            let geometry = match i % 6 {
                5 => format!(r#"{{"type":"Polygon","coordinates":[[{}],[{}]]}}"#, square(-2.0, 9.0), square(0.0, 4.0)),
                4 => format!(r#"{{"type":"MultiPolygon","coordinates":[[{}],[[{}]]]}}"#, star(), square(20.0, 2.0)),
                3 => format!(r#"{{"type":"Point","coordinates":{}}}"#, corners[0]),
                2 => format!(r#"{{"type":"LineString","coordinates":[{}]}}"#, corners.join(",")),
                _ => format!(r#"{{"type":"Polygon","coordinates":[{}]}}"#, star()),
            };
            format!(r#"{{"type":"Feature","properties":{{}},"geometry":{geometry}}}"#)
        };
        let features: Vec<String> = of.iter().enumerate().map(feature).collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        let read = read_layer_bytes(text.as_bytes(), "x", &ReadOptions::default(), &Progress::default());
        IndexedLayer::new(Arc::new(read.expect("readable")))
    }

    fn stars(most: u8) -> impl Strategy<Value = Vec<(i32, i32, Vec<u8>)>> {
        prop::collection::vec((0..30, 0..30, prop::collection::vec(1..most, 3..9)), 1..16)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_meets_is_what_every_pair_says(own in stars(4), other in stars(20)) {
            let (own, other, progress) = (layer(&own), layer(&other), Progress::default());
            let geometry = |of: &IndexedLayer, row: usize| of.layer().geometries.geometry(row);
            let mut every = Vec::new();
            for row in own.rows() {
                let one = to_geo(&geometry(&own, row).expect("a geometry"));
                for with in other.rows() {
                    if to_geo(&geometry(&other, with).expect("a geometry")).intersects(&one) {
                        every.push((row, with));
                    }
                }
            }
            prop_assert_eq!(&meeting(&own, &other, &progress).expect("nobody stopped it"), &every);
            let rows: Vec<usize> = own.rows().collect();
            let made = meeting_made(&rows, |row| geometry(&own, row), &other, &progress);
            prop_assert_eq!(made.expect("nobody stopped it"), every);
        }
    }
}
