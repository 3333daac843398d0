//! A row of a layer, borrowed, as `geo_traits` has geometry: no position is copied.

use crate::geodesy::LonLat;
use crate::model::{Geometries, GeometryKind};
use geo_traits::{
    CoordTrait, Dimensions, GeometryTrait, GeometryType, LineStringTrait, MultiLineStringTrait, MultiPointTrait,
    MultiPolygonTrait, PointTrait, PolygonTrait, UnimplementedGeometryCollection, UnimplementedLine,
    UnimplementedLineString, UnimplementedMultiLineString, UnimplementedMultiPoint, UnimplementedMultiPolygon,
    UnimplementedPoint, UnimplementedPolygon, UnimplementedRect, UnimplementedTriangle,
};

/// Makes a type a geometry: what of it is a point, a line and so on, and which of them a value is.
macro_rules! geometry {
    (
        $own:ty, point $point:ty, line $line:ty, polygon $polygon:ty,
        points $points:ty, lines $lines:ty, polygons $polygons:ty, |$this:ident| $which:expr
    ) => {
        impl GeometryTrait for $own {
            type T = f64;
            type PointType<'b>
                = $point
            where
                Self: 'b;
            type LineStringType<'b>
                = $line
            where
                Self: 'b;
            type PolygonType<'b>
                = $polygon
            where
                Self: 'b;
            type MultiPointType<'b>
                = $points
            where
                Self: 'b;
            type MultiLineStringType<'b>
                = $lines
            where
                Self: 'b;
            type MultiPolygonType<'b>
                = $polygons
            where
                Self: 'b;
            type GeometryCollectionType<'b>
                = UnimplementedGeometryCollection<f64>
            where
                Self: 'b;
            type RectType<'b>
                = UnimplementedRect<f64>
            where
                Self: 'b;
            type TriangleType<'b>
                = UnimplementedTriangle<f64>
            where
                Self: 'b;
            type LineType<'b>
                = UnimplementedLine<f64>
            where
                Self: 'b;

            fn dim(&self) -> Dimensions {
                Dimensions::Xy
            }

            fn as_type(&self) -> Type<'_, Self> {
                let $this = self;
                $which
            }
        }
    };
}

type NoPoint = UnimplementedPoint<f64>;
type NoLine = UnimplementedLineString<f64>;
type NoPolygon = UnimplementedPolygon<f64>;
type NoPoints = UnimplementedMultiPoint<f64>;
type NoLines = UnimplementedMultiLineString<f64>;
type NoPolygons = UnimplementedMultiPolygon<f64>;

/// The type of a geometry, of a type that has all its kinds.
type Type<'a, G> = GeometryType<
    'a,
    <G as GeometryTrait>::PointType<'a>,
    <G as GeometryTrait>::LineStringType<'a>,
    <G as GeometryTrait>::PolygonType<'a>,
    <G as GeometryTrait>::MultiPointType<'a>,
    <G as GeometryTrait>::MultiLineStringType<'a>,
    <G as GeometryTrait>::MultiPolygonType<'a>,
    <G as GeometryTrait>::GeometryCollectionType<'a>,
    <G as GeometryTrait>::RectType<'a>,
    <G as GeometryTrait>::TriangleType<'a>,
    <G as GeometryTrait>::LineType<'a>,
>;

/// Longitude is x, latitude y; degrees.
impl CoordTrait for LonLat {
    type T = f64;

    fn dim(&self) -> Dimensions {
        Dimensions::Xy
    }

    fn x(&self) -> f64 {
        self.lon
    }

    fn y(&self) -> f64 {
        self.lat
    }

    /// The dimension of this number; NaN beyond the second, as there is none.
    fn nth_or_panic(&self, n: usize) -> f64 {
        [self.lon, self.lat].get(n).copied().unwrap_or(f64::NAN)
    }
}

/// A position as a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BorrowedPosition(LonLat);

geometry!(
    BorrowedPosition, point Self, line NoLine, polygon NoPolygon, points NoPoints, lines NoLines, polygons NoPolygons,
    |own| GeometryType::Point(own)
);

impl PointTrait for BorrowedPosition {
    type CoordType<'b> = LonLat;

    fn coord(&self) -> Option<LonLat> {
        Some(self.0)
    }
}

/// A path as a line, or a ring with its closing position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BorrowedPath<'a>(&'a [LonLat]);

geometry!(
    BorrowedPath<'_>, point NoPoint, line Self, polygon NoPolygon, points NoPoints, lines NoLines, polygons NoPolygons,
    |own| GeometryType::LineString(own)
);

impl LineStringTrait for BorrowedPath<'_> {
    type CoordType<'b>
        = LonLat
    where
        Self: 'b;

    fn num_coords(&self) -> usize {
        self.0.len()
    }

    // Declared so by the trait; it is checked all the same.
    unsafe fn coord_unchecked(&self, i: usize) -> LonLat {
        self.0[i]
    }
}

/// One area, or one part of a row: an exterior ring, then holes.
#[derive(Clone, Copy, Debug)]
pub struct BorrowedPart<'a>(crate::model::Part<'a>);

geometry!(
    BorrowedPart<'_>, point NoPoint, line NoLine, polygon Self, points NoPoints, lines NoLines, polygons NoPolygons,
    |own| GeometryType::Polygon(own)
);

impl<'a> BorrowedPart<'a> {
    fn ring(&self, number: usize) -> BorrowedPath<'a> {
        BorrowedPath(self.0.paths().nth(number).unwrap_or_default())
    }
}

impl<'a> PolygonTrait for BorrowedPart<'a> {
    type RingType<'b>
        = BorrowedPath<'a>
    where
        Self: 'b;

    fn exterior(&self) -> Option<BorrowedPath<'a>> {
        self.0.paths().next().map(BorrowedPath)
    }

    fn num_interiors(&self) -> usize {
        self.0.paths().count().saturating_sub(1)
    }

    // Declared so by the trait; a number beyond the last is an empty ring.
    unsafe fn interior_unchecked(&self, i: usize) -> BorrowedPath<'a> {
        self.ring(i + 1)
    }
}

/// The geometry of a row, whatever its type.
#[derive(Clone, Copy, Debug)]
pub struct BorrowedRow<'a> {
    geometries: &'a Geometries,
    row: usize,
    kind: GeometryKind,
}

impl Geometries {
    /// A row as `geo_traits` has geometry; `None` where it has none that could be read.
    pub fn view(&self, row: usize) -> Option<BorrowedRow<'_>> {
        Some(BorrowedRow { geometries: self, row, kind: self.kind(row)? })
    }
}

impl<'a> BorrowedRow<'a> {
    fn positions(&self) -> &'a [LonLat] {
        self.geometries.positions_of(self.row)
    }

    fn paths(&self) -> impl Iterator<Item = BorrowedPath<'a>> + use<'a> {
        self.geometries.parts(self.row).flat_map(|part| part.paths()).map(BorrowedPath)
    }

    fn parts(&self) -> impl Iterator<Item = BorrowedPart<'a>> + use<'a> {
        self.geometries.parts(self.row).map(BorrowedPart)
    }
}

geometry!(
    BorrowedRow<'_>, point Self, line Self, polygon Self, points Self, lines Self, polygons Self,
    |row| match row.kind {
        GeometryKind::Point => GeometryType::Point(row),
        GeometryKind::MultiPoint => GeometryType::MultiPoint(row),
        GeometryKind::LineString => GeometryType::LineString(row),
        GeometryKind::MultiLineString => GeometryType::MultiLineString(row),
        GeometryKind::Polygon => GeometryType::Polygon(row),
        GeometryKind::MultiPolygon => GeometryType::MultiPolygon(row),
    }
);

impl PointTrait for BorrowedRow<'_> {
    type CoordType<'b>
        = LonLat
    where
        Self: 'b;

    fn coord(&self) -> Option<LonLat> {
        self.positions().first().copied()
    }
}

impl LineStringTrait for BorrowedRow<'_> {
    type CoordType<'b>
        = LonLat
    where
        Self: 'b;

    fn num_coords(&self) -> usize {
        self.positions().len()
    }

    // Declared so by the trait; it is checked all the same.
    unsafe fn coord_unchecked(&self, i: usize) -> LonLat {
        self.positions()[i]
    }
}

impl<'a> PolygonTrait for BorrowedRow<'a> {
    type RingType<'b>
        = BorrowedPath<'a>
    where
        Self: 'b;

    fn exterior(&self) -> Option<BorrowedPath<'a>> {
        self.paths().next()
    }

    fn num_interiors(&self) -> usize {
        self.paths().count().saturating_sub(1)
    }

    // Declared so by the trait; a number beyond the last is an empty ring.
    unsafe fn interior_unchecked(&self, i: usize) -> BorrowedPath<'a> {
        self.paths().nth(i + 1).unwrap_or(BorrowedPath(&[]))
    }
}

impl MultiPointTrait for BorrowedRow<'_> {
    type InnerPointType<'b>
        = BorrowedPosition
    where
        Self: 'b;

    fn num_points(&self) -> usize {
        self.positions().len()
    }

    // Declared so by the trait; it is checked all the same.
    unsafe fn point_unchecked(&self, i: usize) -> BorrowedPosition {
        BorrowedPosition(self.positions()[i])
    }
}

impl<'a> MultiLineStringTrait for BorrowedRow<'a> {
    type InnerLineStringType<'b>
        = BorrowedPath<'a>
    where
        Self: 'b;

    fn num_line_strings(&self) -> usize {
        self.paths().count()
    }

    // Declared so by the trait; a number beyond the last is an empty path.
    unsafe fn line_string_unchecked(&self, i: usize) -> BorrowedPath<'a> {
        self.paths().nth(i).unwrap_or(BorrowedPath(&[]))
    }
}

impl<'a> MultiPolygonTrait for BorrowedRow<'a> {
    type InnerPolygonType<'b>
        = BorrowedPart<'a>
    where
        Self: 'b;

    fn num_polygons(&self) -> usize {
        self.parts().count()
    }

    // Declared so by the trait; it is checked all the same.
    unsafe fn polygon_unchecked(&self, i: usize) -> BorrowedPart<'a> {
        let mut parts = self.parts();
        match parts.nth(i) {
            Some(part) => part,
            None => unreachable!("part {i} of {}", self.parts().count()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{ReadOptions, read_layer_bytes};
    use crate::progress::Progress;

    /// Positions of a geometry by its traits alone.
    fn walked(geometry: &impl GeometryTrait<T = f64>) -> Vec<Vec<[f64; 2]>> {
        fn of(line: &impl LineStringTrait<T = f64>) -> Vec<[f64; 2]> {
            line.coords().map(|c| [c.x(), c.y()]).collect()
        }
        let rings = |polygon: &dyn Fn() -> Vec<Vec<[f64; 2]>>| polygon();
        match geometry.as_type() {
            GeometryType::Point(p) => vec![p.coord().into_iter().map(|c| [c.x(), c.y()]).collect()],
            GeometryType::LineString(line) => vec![of(line)],
            GeometryType::Polygon(p) => {
                rings(&|| p.exterior().iter().map(of).chain(p.interiors().map(|ring| of(&ring))).collect())
            }
            GeometryType::MultiPoint(points) => {
                vec![points.points().filter_map(|p| p.coord().map(|c| [c.x(), c.y()])).collect()]
            }
            GeometryType::MultiLineString(lines) => lines.line_strings().map(|line| of(&line)).collect(),
            GeometryType::MultiPolygon(polygons) => polygons
                .polygons()
                .flat_map(|p| {
                    let outer: Vec<_> = p.exterior().iter().map(of).collect();
                    outer.into_iter().chain(p.interiors().map(|ring| of(&ring)).collect::<Vec<_>>())
                })
                .collect(),
            _ => panic!("no other type"),
        }
    }

    #[test]
    fn rows_are_walked_without_a_copy() {
        let ring = "[[0,0],[4,0],[4,4],[0,4],[0,0]]";
        let hole = "[[1,1],[1,2],[2,2],[2,1],[1,1]]";
        let far = "[[10,10],[11,10],[11,11],[10,10]]";
        let geometries = [
            (r#""Point","coordinates":[5,6]"#.to_owned(), vec![vec![[5.0, 6.0]]]),
            (r#""MultiPoint","coordinates":[[5,6],[7,8]]"#.to_owned(), vec![vec![[5.0, 6.0], [7.0, 8.0]]]),
            (r#""LineString","coordinates":[[5,6],[7,8]]"#.to_owned(), vec![vec![[5.0, 6.0], [7.0, 8.0]]]),
            (
                r#""MultiLineString","coordinates":[[[5,6],[7,8]],[[1,2],[3,4]]]"#.to_owned(),
                vec![vec![[5.0, 6.0], [7.0, 8.0]], vec![[1.0, 2.0], [3.0, 4.0]]],
            ),
            (format!(r#""Polygon","coordinates":[{ring},{hole}]"#), Vec::new()),
            (format!(r#""MultiPolygon","coordinates":[[{ring},{hole}],[{far}]]"#), Vec::new()),
        ];
        for (text, expected) in geometries {
            let text = format!(r#"{{"type":{text}}}"#);
            let layer = read_layer_bytes(text.as_bytes(), "t", &ReadOptions::default(), &Progress::default());
            let layer = layer.expect("GeoJSON");
            let whole = layer.geometries.geometry(0).expect("a geometry");
            let paths: Vec<Vec<[f64; 2]>> = match expected.is_empty() {
                true => {
                    whole.parts.iter().flatten().map(|path| path.iter().map(|p| [p.lon, p.lat]).collect()).collect()
                }
                false => expected,
            };
            let geometries = &layer.geometries;
            assert_eq!(walked(&geometries.view(0).expect("a row")), paths, "{text}");
        }
    }
}
