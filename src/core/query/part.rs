//! Parts of features against areas: the ground of areas that no other covers, lines by their length inside, points by being
//! inside, and what lies between two features.

use super::answer::is_area;
use super::engine::{By, Kind, RowWork, rows_by};
use super::inspect::length_in_row_m;
use super::meeting::pairs_of;
use super::near::Near;
use super::overlay::{Operation, Plane, Polygons, polygons_area_m2, row_area_m2};
use super::slivers::Sifted;
use super::{AskError, FEATURES_AT_ONCE};
use crate::geodesy::{LonLat, LonLatBox};
use crate::index::{IndexedLayer, nearest_feature};
use crate::io::geojson::OutGeometry;
use crate::model::{Layer, Shape};
use crate::progress::Progress;
use rayon::prelude::*;
use std::sync::Arc;

/// The part of an area that nothing else covers.
#[derive(Clone, Debug)]
pub struct Outside {
    /// The area's row.
    pub row: usize,
    /// The ground; all of the row's own where it is `None`.
    pub polygons: Option<Polygons>,
    /// Its area; m².
    pub area_m2: f64,
    /// The area of the whole row; m².
    pub own_m2: f64,
}

/// Of every area of the subject the ground that no area of the references covers; pieces too thin or small are left out and
/// counted. Cost: logarithmic in the references, and what overlaps.
///
/// # Errors
/// Cancelled; what the engine says.
pub fn outside(
    subject: &IndexedLayer,
    references: &[Arc<IndexedLayer>],
    by: By<'_>,
) -> Result<(Vec<Outside>, usize), AskError> {
    let rows: Vec<usize> = subject.rows().filter(|row| is_area(subject.layer(), *row)).collect();
    let work = RowWork::new(Kind::Outside, subject, references.iter().map(|reference| &**reference));
    let found = rows_by(by, &work, &rows)?.outside()?;
    let slivers = found.iter().map(|(_, thin)| thin).sum();
    Ok((found.into_iter().filter_map(|(part, _)| part).collect(), slivers))
}

/// Of each of some areas the part outside, and how many slivers there are.
///
/// # Errors
/// Cancelled.
pub(super) fn outside_of(
    subject: &IndexedLayer,
    references: &[&IndexedLayer],
    rows: &[usize],
    progress: &Progress,
) -> Result<Vec<(Option<Outside>, usize)>, AskError> {
    let layer = subject.layer();
    references.iter().for_each(|reference| reference.build_features());
    let of = |row: &usize| {
        let row = *row;
        progress.advance(0)?;
        let bounds = layer.geometries.bounds(row);
        let (plane, window) = (Plane::about(&bounds), bounds.padded(1.0));
        let own_m2 = row_area_m2(layer, row);
        let mut taken = Vec::new();
        for reference in references {
            let near = reference.rows_in(&bounds).into_iter().filter(|r| is_area(reference.layer(), *r));
            near.for_each(|r| plane.row(reference.layer(), r, &window, &mut taken));
        }
        if taken.is_empty() {
            return Ok((Some(Outside { row, polygons: None, area_m2: own_m2, own_m2 }), 0));
        }
        let mut own = Vec::new();
        plane.row(layer, row, &window, &mut own);
        let Sifted { polygons, area_m2, slivers, .. } = Sifted::new(plane.overlay(&own, &taken, Operation::Difference));
        let part = (!polygons.is_empty()).then_some(Outside { row, polygons: Some(polygons), area_m2, own_m2 });
        Ok((part, slivers.len()))
    };
    rows.par_iter().with_max_len(FEATURES_AT_ONCE).map(of).collect()
}

/// Ground that an area has in common with polygons.
#[derive(Clone, Debug)]
pub struct Common {
    /// The area's row.
    pub row: usize,
    /// The ground.
    pub polygons: Polygons,
    /// Its area; m².
    pub area_m2: f64,
    /// That area as a share of the row's own, from 0 to 1.
    pub share: f64,
}

/// What areas of a layer have in common with polygons, in the order of their rows; pieces too thin or small are left out and
/// counted.
pub fn common_ground(layer: &IndexedLayer, polygons: &Polygons) -> (Vec<Common>, usize) {
    let own = layer.layer();
    let rings = polygons.iter().flatten();
    let bounds = rings.fold(LonLatBox::EMPTY, |all, ring| all.union(LonLatBox::of(ring)));
    if bounds.is_empty() {
        return (Vec::new(), 0);
    }
    let mut rows = layer.rows_in(&bounds);
    rows.retain(|row| is_area(own, *row));
    rows.sort_unstable();
    let plane = Plane::about(&bounds);
    let mut theirs = Vec::new();
    plane.polygons(polygons, &mut theirs);
    let theirs = Near::new(theirs);
    let found: Vec<(Common, usize)> = rows
        .into_par_iter()
        .with_max_len(FEATURES_AT_ONCE)
        .map(|row| {
            let mut mine = Vec::new();
            plane.row(own, row, &own.geometries.bounds(row), &mut mine);
            let common = plane.positions(&theirs.cut(&mine, Operation::Intersection));
            let Sifted { polygons, area_m2, slivers, .. } = Sifted::new(common);
            let own_m2 = if polygons.is_empty() { 0.0 } else { row_area_m2(own, row) };
            let share = if own_m2 > 0.0 { (area_m2 / own_m2).min(1.0) } else { 0.0 };
            (Common { row, polygons, area_m2, share }, slivers.len())
        })
        .collect();
    let slivers = found.iter().map(|(_, slivers)| slivers).sum();
    (found.into_iter().map(|(common, _)| common).filter(|common| !common.polygons.is_empty()).collect(), slivers)
}

/// The ground that pieces of a row cover together, each as an overlap gives it: its own polygons, or all of the row; m².
pub(crate) fn together_m2(layer: &Layer, row: usize, pieces: &[OutGeometry]) -> f64 {
    let mut contours = Vec::new();
    let plane = Plane::about(&layer.geometries.bounds(row));
    for piece in pieces {
        match piece {
            OutGeometry::Polygons(polygons) => plane.polygons(polygons, &mut contours),
            OutGeometry::Unchanged => return row_area_m2(layer, row),
            OutGeometry::Lines(_) => {}
        }
    }
    polygons_area_m2(&plane.overlay(&contours, &[], Operation::Union))
}

/// A line or a point in an area.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InArea {
    /// The row of the line or the point.
    pub row: usize,
    /// The row of the area.
    pub with: usize,
    /// The length of a line inside; metres. `None` for points.
    pub length_m: Option<f64>,
}

/// A line that lies in an area for less than this only touches it; metres.
const TOUCH_M: f64 = 0.1;

/// Lines and points of the subject that lie in areas of the reference, in the order of both; a line that only touches does not.
///
/// # Errors
/// Cancelled.
pub fn lines_and_points_in(
    subject: &IndexedLayer,
    reference: &IndexedLayer,
    by: By<'_>,
) -> Result<Vec<InArea>, AskError> {
    match lines_and_points(subject) {
        Some(of) => in_areas(&of, reference, by),
        None => Ok(Vec::new()),
    }
}

/// The lines and points of a layer; `None` where it has only areas.
pub fn lines_and_points(indexed: &IndexedLayer) -> Option<IndexedLayer> {
    let layer = indexed.layer();
    let shape = |row: usize| layer.geometries.kind(row).map(|kind| kind.shape());
    let is_so = |row: &usize| matches!(shape(*row), Some(Shape::Lines | Shape::Points));
    let rows: Vec<usize> = indexed.rows().filter(is_so).collect();
    (!rows.is_empty()).then(|| IndexedLayer::of_rows(Arc::clone(layer), rows))
}

/// As [`lines_and_points_in`], of a layer that has nothing else.
///
/// # Errors
/// Cancelled; what the engine says.
pub fn in_areas(subject: &IndexedLayer, reference: &IndexedLayer, by: By<'_>) -> Result<Vec<InArea>, AskError> {
    let rows: Vec<usize> = subject.rows().collect();
    rows_by(by, &RowWork::new(Kind::InArea, subject, [reference]), &rows)?.inside()
}

/// Those of some lines and points that lie in areas.
///
/// # Errors
/// Cancelled.
pub(super) fn in_areas_of(
    subject: &IndexedLayer,
    reference: &IndexedLayer,
    rows: &[usize],
    progress: &Progress,
) -> Result<Vec<InArea>, AskError> {
    let layer = subject.layer();
    let is_line = |row: usize| layer.geometries.kind(row).is_some_and(|kind| kind.shape() == Shape::Lines);
    let mut found = Vec::new();
    for (row, with) in pairs_of(subject, reference, rows, progress)? {
        progress.advance(0)?;
        if !is_area(reference.layer(), with) {
            continue;
        }
        let length_m = is_line(row)
            .then(|| layer.geometries.paths(row).map(|path| length_in_row_m(path, reference, with)).sum::<f64>());
        if length_m.is_none_or(|m| m >= TOUCH_M) {
            found.push(InArea { row, with, length_m });
        }
    }
    Ok(found)
}

/// True where the shortest way between a feature and a row of another layer, mostly the nearest, crosses a line of a third
/// layer. Cost: logarithmic; where the row is not the nearest, that of looking through the layer.
pub fn is_screened(
    subject: &IndexedLayer,
    row: usize,
    (other, with): (&IndexedLayer, usize),
    screens: &IndexedLayer,
) -> bool {
    let to = |other: &IndexedLayer| nearest_feature(subject.layer(), row, other, f64::INFINITY);
    let alone = || to(&IndexedLayer::of_rows(Arc::clone(other.layer()), [with]));
    let Some(near) = to(other).filter(|near| near.row == with).or_else(alone) else { return false };
    let (from, to) = (near.from(), near.at);
    if from == to {
        return false;
    }
    let way = geo::Line::new(coordinate(from), coordinate(to));
    let mut is_crossed = false;
    screens.runs_in(&LonLatBox::of(&[from, to]), |run, _| {
        let edges = run.of(screens.layer()).windows(2);
        is_crossed |= edges
            .into_iter()
            .any(|edge| geo::Intersects::intersects(&way, &geo::Line::new(coordinate(edge[0]), coordinate(edge[1]))));
    });
    is_crossed
}

fn coordinate(p: LonLat) -> geo::Coord {
    geo::Coord { x: p.lon, y: p.lat }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::query::{Figures, Layers, Question, ask};

    fn squares(all: &[(f64, f64, f64)]) -> IndexedLayer {
        let feature = |(x, y, a): &(f64, f64, f64)| {
            let [w, s, e, n] = [121.0 + x * 1e-3, 31.0 + y * 1e-3, 121.0 + (x + a) * 1e-3, 31.0 + (y + a) * 1e-3];
            format!(
                r#"{{"type":"Feature","properties":{{}},"geometry":{{"type":"Polygon","coordinates":[[[{w},{s}],[{e},{s}],[{e},{n}],[{w},{n}],[{w},{s}]]]}}}}"#
            )
        };
        let features: Vec<String> = all.iter().map(feature).collect();
        let text = format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, features.join(","));
        let read = read_layer_bytes(text.as_bytes(), "x", &ReadOptions::default(), &Progress::default());
        IndexedLayer::new(Arc::new(read.expect("readable")))
    }

    #[test]
    fn pieces_of_a_row_together_are_what_an_overlap_of_the_row_alone_comes_to() {
        let plots = Arc::new(squares(&[(0.0, 0.0, 4.0), (10.0, 0.0, 4.0), (20.0, 0.0, 4.0)]));
        // Two on one another across the first, one around the second and one in it, two beside one another in the third.
        let zones = Arc::new(squares(&[
            (2.0, 2.0, 4.0),
            (3.0, 1.0, 4.0),
            (9.0, -1.0, 6.0),
            (11.0, 1.0, 1.0),
            (20.5, 0.5, 1.0),
            (22.5, 0.5, 1.0),
        ]));
        let of = |subject: &Arc<IndexedLayer>| {
            let layers = Layers::of(Arc::clone(subject)).and(Arc::clone(&zones));
            ask(&Question::Overlap, &layers, &Progress::default()).expect("an answer")
        };
        let all = of(&plots).features.into_vec();
        for row in plots.rows() {
            let alone = of(&Arc::new(IndexedLayer::of_rows(Arc::clone(plots.layer()), [row])));
            let Figures::Overlap { overlap_union_m2, .. } = alone.summary.figures else { panic!("an overlap") };
            let pieces: Vec<OutGeometry> =
                all.iter().filter(|pair| pair.row == Some(row)).map(|pair| pair.geometry.clone()).collect();
            assert_eq!(pieces.len(), 2);
            let together = together_m2(plots.layer(), row, &pieces);
            assert!((together - overlap_union_m2).abs() <= 1e-9 * together, "{row}: {together} {overlap_union_m2}");
        }
    }
}
