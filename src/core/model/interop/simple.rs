//! A geometry by itself, to and from `geo_types`.

use crate::geodesy::LonLat;
use crate::model::{Geometry, GeometryKind};
use geo::{Coord, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};

/// A geometry of `geo_types` that this program has no type for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoGeometry {
    /// A collection: a feature is of one type here, so each member is to be a feature of its own.
    #[error("a GeometryCollection is no geometry of a feature: convert its members one by one")]
    Collection,
}

fn coord(p: &LonLat) -> Coord<f64> {
    Coord { x: p.lon, y: p.lat }
}

fn lon_lat(c: &Coord<f64>) -> LonLat {
    LonLat::new(c.x, c.y)
}

fn line(path: &[LonLat]) -> LineString<f64> {
    path.iter().map(coord).collect()
}

fn path(line: &LineString<f64>) -> Vec<LonLat> {
    line.0.iter().map(lon_lat).collect()
}

fn polygon(rings: &[Vec<LonLat>]) -> Polygon<f64> {
    let mut rings = rings.iter().map(|ring| line(ring));
    Polygon::new(rings.next().unwrap_or_else(|| LineString::new(Vec::new())), rings.collect())
}

fn rings(polygon: &Polygon<f64>) -> Vec<Vec<LonLat>> {
    std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(path).collect()
}

/// Copies every position. A point without a position becomes an empty multi-point: `geo_types` has no empty point.
impl From<&Geometry> for geo::Geometry<f64> {
    fn from(ours: &Geometry) -> Self {
        let paths = || ours.parts.iter().flatten();
        let points = || paths().flatten().map(|p| Point(coord(p)));
        match ours.kind {
            GeometryKind::Point => match points().next() {
                Some(point) => Self::Point(point),
                None => Self::MultiPoint(MultiPoint::new(Vec::new())),
            },
            GeometryKind::MultiPoint => Self::MultiPoint(points().collect()),
            GeometryKind::LineString => {
                Self::LineString(paths().next().map(|only| line(only)).unwrap_or_else(|| line(&[])))
            }
            GeometryKind::MultiLineString => {
                Self::MultiLineString(MultiLineString(paths().map(|own| line(own)).collect()))
            }
            GeometryKind::Polygon => {
                Self::Polygon(ours.parts.first().map_or_else(|| polygon(&[]), |part| polygon(part)))
            }
            GeometryKind::MultiPolygon => {
                Self::MultiPolygon(MultiPolygon(ours.parts.iter().map(|part| polygon(part)).collect()))
            }
        }
    }
}

/// Copies every position; a `Line` becomes a path, a `Rect` and a `Triangle` areas.
///
/// # Errors
/// Where it is a collection.
impl TryFrom<&geo::Geometry<f64>> for Geometry {
    type Error = NoGeometry;

    fn try_from(theirs: &geo::Geometry<f64>) -> Result<Self, NoGeometry> {
        use geo::Geometry as Theirs;
        let (kind, parts) = match theirs {
            Theirs::Point(point) => (GeometryKind::Point, vec![vec![vec![lon_lat(&point.0)]]]),
            Theirs::MultiPoint(points) => {
                (GeometryKind::MultiPoint, points.iter().map(|point| vec![vec![lon_lat(&point.0)]]).collect())
            }
            Theirs::Line(line) => {
                (GeometryKind::LineString, vec![vec![vec![lon_lat(&line.start), lon_lat(&line.end)]]])
            }
            Theirs::LineString(line) => (GeometryKind::LineString, vec![vec![path(line)]]),
            Theirs::MultiLineString(lines) => {
                (GeometryKind::MultiLineString, lines.iter().map(|line| vec![path(line)]).collect())
            }
            Theirs::Polygon(polygon) => (GeometryKind::Polygon, vec![rings(polygon)]),
            Theirs::Rect(rect) => (GeometryKind::Polygon, vec![rings(&rect.to_polygon())]),
            Theirs::Triangle(triangle) => (GeometryKind::Polygon, vec![rings(&triangle.to_polygon())]),
            Theirs::MultiPolygon(polygons) => (GeometryKind::MultiPolygon, polygons.iter().map(rings).collect()),
            Theirs::GeometryCollection(_) => return Err(NoGeometry::Collection),
        };
        Ok(Self { kind, parts })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{GeometryCollection, Line, Rect, Triangle, coord, line_string, point, polygon};

    #[test]
    fn geometries_go_there_and_come_back() {
        let holed = polygon!(
            exterior: [(x: 0.0, y: 0.0), (x: 4.0, y: 0.0), (x: 4.0, y: 4.0), (x: 0.0, y: 0.0)],
            interiors: [[(x: 2.0, y: 1.0), (x: 3.0, y: 1.0), (x: 3.0, y: 2.0), (x: 2.0, y: 1.0)]],
        );
        let path = line_string![(x: 121.0, y: 31.0), (x: 121.5, y: 31.25), (x: 122.0, y: 31.0)];
        for theirs in [
            geo::Geometry::from(point!(x: 121.5, y: 31.4)),
            MultiPoint::new(vec![point!(x: 1.0, y: 2.0), point!(x: 3.0, y: 4.0)]).into(),
            path.clone().into(),
            MultiLineString(vec![path.clone(), path]).into(),
            holed.clone().into(),
            MultiPolygon(vec![holed.clone(), holed]).into(),
            MultiPoint::<f64>::new(Vec::new()).into(),
        ] {
            let ours = Geometry::try_from(&theirs).expect("of one type");
            assert_eq!(geo::Geometry::from(&ours), theirs);
        }
    }

    #[test]
    fn shorthands_become_what_they_are_and_collections_are_refused() {
        let line = Line::new(coord! { x: 0.0, y: 0.0 }, coord! { x: 1.0, y: 2.0 });
        let ours = Geometry::try_from(&geo::Geometry::from(line)).expect("a path");
        assert_eq!((ours.kind, ours.parts[0][0].len()), (GeometryKind::LineString, 2));
        let corners = [coord! { x: 0.0, y: 0.0 }, coord! { x: 2.0, y: 1.0 }];
        let rect = Geometry::try_from(&geo::Geometry::from(Rect::new(corners[0], corners[1]))).expect("an area");
        assert_eq!((rect.kind, rect.parts[0][0].len()), (GeometryKind::Polygon, 5));
        let triangle = Triangle::new(corners[0], corners[1], coord! { x: 0.0, y: 2.0 });
        let triangle = Geometry::try_from(&geo::Geometry::from(triangle)).expect("an area");
        assert_eq!((triangle.kind, triangle.parts[0][0].len()), (GeometryKind::Polygon, 4));
        let collection = GeometryCollection(vec![line.into()]);
        assert_eq!(Geometry::try_from(&geo::Geometry::GeometryCollection(collection)), Err(NoGeometry::Collection));
    }
}
