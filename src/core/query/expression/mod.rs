//! Expressions over the features of a layer, in OGC CQL2 text (21-065r2): filters, selections, rules of style, and
//! figures that fill a column. What PostGIS and others read is the same text.

mod compare;
mod compile;
mod depth;
mod evaluate;
mod instant;
mod list;
mod nodes;
mod titles;

pub use evaluate::{Judged, Known, Over};

use crate::i18n::{Lang, tr};
use crate::index::IndexedLayer;
use crate::model::Geometry;
use rayon::prelude::*;

/// An expression that was read, and its text.
#[derive(Clone, Debug)]
pub struct Expression {
    text: String,
    node: Node,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// Why an expression is none, or cannot be worked out for a layer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.message(Lang::En))]
pub enum ExpressionError {
    /// It ends, or goes wrong, at this line and column, from 1.
    Syntax(usize, usize),
    /// A function or an operator that is not known.
    Unknown(String),
    /// A function with too few or too many operands.
    Operands(String),
    /// A geometry, a date or a box that cannot be used.
    Literal(String),
    /// The layer has no such column.
    NoColumn(String),
    /// Brackets, functions or operators inside one another beyond what is read.
    TooDeep,
}

impl ExpressionError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            Self::Syntax(line, column) => tr!(lang, "cql2.syntax", line = line, column = column),
            Self::Unknown(name) => tr!(lang, "cql2.unknown", name = name),
            Self::Operands(name) => tr!(lang, "cql2.operands", name = name),
            Self::Literal(text) => tr!(lang, "cql2.literal", text = text),
            Self::NoColumn(name) => tr!(lang, "cql2.no_column", name = name),
            Self::TooDeep => {
                tr!(lang, "cql2.too_deep", brackets = depth::BRACKETS, operators = crate::i18n::count(depth::OPERATORS))
            }
        }
        .into_owned()
    }
}

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    More,
    AtLeast,
}

/// What is worked out of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// The whole part of a quotient.
    Div,
    Modulo,
    Power,
}

/// Relations of two geometries (OGC 06-103r4), straight lines in longitude and latitude.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Relation {
    Intersects,
    Disjoint,
    Within,
    Contains,
    Touches,
    Crosses,
    Overlaps,
    Equals,
}

/// Functions of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    /// Geodesic figures of the feature; square metres, metres, degrees.
    AreaM2,
    LengthM,
    Lon,
    Lat,
    /// Numbers.
    Abs,
    Floor,
    Ceil,
    Sqrt,
    Round,
    Least,
    Greatest,
    Number,
    /// Texts.
    Concat,
    Upper,
    Lower,
    CaseI,
    AccentI,
    Trim,
    Length,
    Text,
    /// The first that is there.
    Coalesce,
    /// The member `id` of the feature.
    Id,
}

/// An expression as a tree.
#[derive(Clone, Debug)]
enum Node {
    Null,
    Bool(bool),
    Number(f64),
    /// A whole number too long for a float, as it is written.
    Whole(String),
    Text(String),
    Column(String),
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Compare(Comparison, Box<[Node; 2]>),
    Between(Box<[Node; 3]>),
    /// The value, the items, and these looked up where they are many literals.
    In(Box<Node>, Vec<Node>, Option<Box<list::Literals>>),
    Like(Box<Node>, Vec<compare::Piece>),
    IsNull(Box<Node>),
    /// The first value, and what is done to it one after another, with what.
    Arithmetic(Box<Node>, Vec<(Arithmetic, Node)>),
    Call(Function, Vec<Node>),
    Relate(Relation, Box<Place>),
}

/// A geometry that features are held against.
#[derive(Clone, Debug)]
struct Place {
    geometry: geo::Geometry,
    bounds: crate::geodesy::LonLatBox,
}

impl Expression {
    /// Reads CQL2 text.
    ///
    /// # Errors
    /// [`ExpressionError`] with the place in the text, or with what is not known.
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        Ok(Self { node: compile::compile(text)?, text: text.to_owned() })
    }

    /// The text that it was read from.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The layer with only the rows for which it is true.
    ///
    /// # Errors
    /// [`ExpressionError::NoColumn`]
    pub fn chosen(&self, indexed: &IndexedLayer) -> Result<IndexedLayer, ExpressionError> {
        let mut only = vec![false; indexed.layer().len()];
        self.rows(indexed)?.into_iter().for_each(|row| only[row] = true);
        Ok(IndexedLayer::chosen(std::sync::Arc::clone(indexed.layer()), only, &self.text))
    }

    /// The rows of a layer for which it is true, in rising order; on all cores.
    ///
    /// # Errors
    /// [`ExpressionError::NoColumn`]
    pub fn rows(&self, indexed: &IndexedLayer) -> Result<Vec<usize>, ExpressionError> {
        let layer = indexed.layer();
        let over = self.over(layer)?;
        let rows: Vec<usize> = layer.rows().collect();
        Ok(rows.into_par_iter().with_min_len(256).filter(|row| over.is_true(*row)).collect())
    }
}

/// The text of a name in an expression: quoted where it would be read as something else.
pub fn quoted_name(name: &str) -> String {
    let mut letters = name.chars();
    let is_plain = letters.next().is_some_and(char::is_alphabetic)
        && letters.all(|c| c.is_alphanumeric() || c == '_')
        && !["and", "or", "not", "like", "between", "in", "is", "null", "true", "false", "div"]
            .contains(&name.to_lowercase().as_str());
    if is_plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

/// The text of a literal in an expression.
pub fn quoted_text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A geometry as geo knows it.
pub(super) fn to_geo(geometry: &Geometry) -> geo::Geometry {
    use crate::model::Shape;
    use geo::geometry::{Coord, LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon};
    let line = |path: &Vec<crate::geodesy::LonLat>| {
        LineString::new(path.iter().map(|p| Coord { x: p.lon, y: p.lat }).collect::<Vec<_>>())
    };
    let paths = || geometry.parts.iter().flatten();
    match geometry.kind.shape() {
        Shape::Points => MultiPoint::new(paths().flatten().map(|p| Point::new(p.lon, p.lat)).collect()).into(),
        Shape::Lines => MultiLineString::new(paths().map(line).collect()).into(),
        Shape::Polygons => {
            let polygon = |part: &Vec<Vec<_>>| {
                let mut rings = part.iter().map(line);
                Polygon::new(rings.next().unwrap_or_else(|| LineString::new(Vec::new())), rings.collect())
            };
            MultiPolygon::new(geometry.parts.iter().map(polygon).collect()).into()
        }
    }
}

#[cfg(test)]
mod tests;
