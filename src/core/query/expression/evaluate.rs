//! What an expression comes to for a row: three-valued as SQL has it, null where something is missing.

use super::compare::{EXACT, Parts, compared, is_among, is_like, whole, without_accents, without_case};
use super::{Arithmetic, Comparison, Expression, ExpressionError, Function, Node, Place, Relation, to_geo};
use crate::geodesy::path_length_m;
use crate::model::{Layer, Shape, Value};
use crate::query::overlay::row_area_m2;
use crate::vocabulary::{ColumnReading, Doubt, Empty, Reading, Terms, Words};
use geo::Relate;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

/// A value of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Known<'a> {
    /// Nothing is known.
    Null,
    /// True or false.
    Bool(bool),
    /// A number.
    Number(f64),
    /// A whole number that a float may not hold, as it is written.
    Whole(Cow<'a, str>),
    /// A text.
    Text(Cow<'a, str>),
    /// Terms of the vocabulary ([`Reading::Terms`]).
    Terms(Arc<Reading>),
    /// A cell that says nothing, of a property for which that is an answer: equal to nothing.
    Nothing,
    /// A value that the vocabulary does not know: it is there, and no comparison has an answer.
    Unknown,
}

/// What a condition comes to where cells are read through the vocabulary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It holds.
    True,
    /// It does not.
    False,
    /// That depends on these values.
    Doubtful(Vec<Doubt>),
}

impl Known<'_> {
    /// The terms, where they are that.
    pub(super) fn terms(&self) -> Option<&Terms> {
        match self {
            Self::Terms(reading) => match &**reading {
                Reading::Terms(terms) => Some(terms),
                _ => None,
            },
            _ => None,
        }
    }

    /// As a number, where it is one or a text that says one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Number(n) => Some(*n),
            Self::Whole(digits) => digits.trim().parse().ok().filter(|n: &f64| n.is_finite()),
            Self::Text(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
            Self::Terms(_) => self.display().trim().parse().ok().filter(|n: &f64| n.is_finite()),
            _ => None,
        }
    }

    fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(text) => text.parse().ok(),
            Self::Nothing => Some(false),
            _ => None,
        }
    }

    /// As it is written; empty for null.
    pub fn display(&self) -> Cow<'_, str> {
        match self {
            Self::Null | Self::Nothing | Self::Unknown => Cow::Borrowed(""),
            Self::Terms(_) => Cow::Borrowed(self.terms().map_or("", |terms| terms.raw.as_str())),
            Self::Bool(value) => Cow::Owned(value.to_string()),
            Self::Number(n) => Cow::Owned(n.to_string()),
            Self::Text(text) | Self::Whole(text) => Cow::Borrowed(text),
        }
    }

    /// As JSON: whole numbers without a point.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Null | Self::Nothing | Self::Unknown => serde_json::Value::Null,
            Self::Terms(_) => self.display().into_owned().into(),
            Self::Bool(value) => (*value).into(),
            Self::Number(n) if n.fract() == 0.0 && n.abs() < 9e15 => (*n as i64).into(),
            Self::Number(n) => (*n).into(),
            Self::Whole(digits) => serde_json::from_str(digits).unwrap_or_default(),
            Self::Text(text) => text.as_ref().into(),
        }
    }

    /// As a number: a whole one as it is written where a float does not hold it.
    fn numeral(self) -> Self {
        match self.number() {
            Some(n) if n.abs() >= EXACT && whole(&self.display()).is_some() => {
                Self::Whole(Cow::Owned(self.display().trim().to_owned()))
            }
            n => n.into(),
        }
    }
}

impl From<Option<bool>> for Known<'_> {
    fn from(value: Option<bool>) -> Self {
        value.map_or(Self::Null, Self::Bool)
    }
}

impl From<Option<f64>> for Known<'_> {
    fn from(value: Option<f64>) -> Self {
        value.filter(|n| n.is_finite()).map_or(Self::Null, Self::Number)
    }
}

/// An expression over a layer, its columns found.
#[derive(Debug)]
pub struct Over<'a> {
    node: &'a Node,
    layer: &'a Layer,
    /// Each of its columns once.
    columns: Vec<Found<'a>>,
    /// Their numbers by their names, where there are many.
    by_name: HashMap<&'a str, usize>,
    /// Of a cell that names several terms, those for which the condition has to hold.
    parts: Parts,
    /// Columns of which one term is enough whatever `parts` says.
    by_any: Vec<String>,
    /// The texts that columns are held against, once they are asked for.
    sought: OnceLock<HashMap<&'a str, Words>>,
}

/// From so many columns on they are not looked through for a name.
const MANY: usize = 16;

/// A column of an expression.
#[derive(Debug)]
struct Found<'a> {
    name: &'a str,
    /// Its number; `None` where the layer lacks it and that is an answer.
    column: Option<usize>,
    /// What its cells say, where the vocabulary knows the property.
    reading: Option<Arc<ColumnReading>>,
}

impl Expression {
    /// Over the rows of a layer; a column may be called by its title where it alone is called so.
    ///
    /// # Errors
    /// [`ExpressionError::NoColumn`]
    pub fn over<'a>(&'a self, layer: &'a Layer) -> Result<Over<'a>, ExpressionError> {
        let mut columns = Vec::new();
        for name in self.columns() {
            let column = layer.attributes.column(name).or_else(|| super::titles::column_titled(layer, name));
            // A layer without features has no columns, and none for which anything could be asked.
            if column.is_none() && !layer.is_empty() {
                return Err(ExpressionError::NoColumn(name.to_owned()));
            }
            columns.push(Found { name, column, reading: None });
        }
        Ok(Over::new(&self.node, layer, columns))
    }

    /// Over the rows of a layer whose cells are read through the vocabulary: `reading` gives what is known of a column.
    ///
    /// A column that the layer lacks is empty in every row where the expression asks whether it is (`IS NULL`), where the
    /// vocabulary says what an empty cell is, where the column only exempts, or where another alternative can be told.
    ///
    /// # Errors
    /// [`ExpressionError::NoColumn`]
    pub fn over_reading<'a>(
        &'a self,
        layer: &'a Layer,
        reading: impl Fn(&str) -> Option<Arc<ColumnReading>>,
    ) -> Result<Over<'a>, ExpressionError> {
        let mut tested = Vec::new();
        self.node.tested_for_null(&mut tested);
        let tested: HashSet<&str> = tested.into_iter().collect();
        let mut columns = Vec::new();
        for name in self.columns() {
            columns.push(Found { name, column: layer.attributes.column(name), reading: reading(name) });
        }
        let is_told = |found: &Found<'_>| found.reading.as_ref().is_some_and(|r| r.property().empty == Empty::Told);
        // Of alternatives one that can be told does: then the others leave rows in doubt.
        let is_there = |name: &str| layer.attributes.column(name).is_some();
        let any = match &self.node {
            Node::Or(nodes) => nodes.iter().any(|node| node.named().iter().all(|name| is_there(name))),
            _ => false,
        };
        let mut asked_for = Vec::new();
        self.node.asked_for(true, &mut asked_for);
        let asked_for: HashSet<&str> = asked_for.into_iter().collect();
        let any_told = columns.iter().any(|found| found.column.is_some() && is_told(found));
        for found in columns.iter().filter(|found| found.column.is_none() && !layer.is_empty()) {
            let is_an_answer = match found.reading.as_ref().map(|reading| &reading.property().empty) {
                Some(Empty::Is(_)) => true,
                // Of `use = … OR industry = …` one will do; what only exempts exempts nothing.
                Some(Empty::Told) => any_told || !asked_for.contains(found.name),
                Some(Empty::Unknown) => any,
                None => false,
            };
            if !is_an_answer && !tested.contains(found.name) {
                return Err(ExpressionError::NoColumn(found.name.to_owned()));
            }
        }
        Ok(Over::new(&self.node, layer, columns))
    }
}

impl<'a> Over<'a> {
    fn new(node: &'a Node, layer: &'a Layer, columns: Vec<Found<'a>>) -> Self {
        let numbered = columns.iter().enumerate().filter(|_| columns.len() >= MANY);
        let by_name = numbered.map(|(number, found)| (found.name, number)).collect();
        Self { node, layer, columns, by_name, parts: Parts::Any, by_any: Vec::new(), sought: OnceLock::new() }
    }

    fn column(&self, name: &str) -> Option<&Found<'a>> {
        match self.by_name.is_empty() {
            true => self.columns.iter().find(|found| found.name == name),
            false => self.by_name.get(name).map(|number| &self.columns[*number]),
        }
    }

    /// True only where every term of a cell is what is asked for, but for some columns: 待溯源、已销号 is not closed.
    #[must_use]
    pub fn wholly(self, by_any: &[String]) -> Self {
        Self { parts: Parts::All, by_any: by_any.to_vec(), ..self }
    }

    /// True where the expression is true for a row; false and unknown are not.
    pub fn is_true(&self, row: usize) -> bool {
        self.value(row).truth() == Some(true)
    }

    /// What the condition comes to for a row, and on which values it depends where it comes to nothing.
    pub fn judged(&self, row: usize) -> Judged {
        match self.value(row).truth() {
            Some(true) => Judged::True,
            Some(false) => Judged::False,
            None => {
                let sought = self.sought.get_or_init(|| self.node.sought());
                let mut doubts: Vec<Doubt> = Vec::new();
                for (name, reading) in
                    self.columns.iter().filter_map(|found| Some((found.name, found.reading.as_ref()?)))
                {
                    doubts.extend(reading.doubts(row));
                    doubts.extend(sought.get(name).and_then(|words| reading.may_be(row, words)));
                }
                doubts.sort();
                doubts.dedup();
                if doubts.is_empty() { Judged::False } else { Judged::Doubtful(doubts) }
            }
        }
    }

    /// The value for a row.
    pub fn value(&self, row: usize) -> Known<'a> {
        self.of(self.node, row, self.parts)
    }

    fn of(&self, node: &'a Node, row: usize, parts: Parts) -> Known<'a> {
        match node {
            Node::Null => Known::Null,
            Node::Bool(value) => Known::Bool(*value),
            Node::Number(n) => Known::Number(*n),
            Node::Whole(digits) => Known::Whole(Cow::Borrowed(digits)),
            Node::Text(text) => Known::Text(Cow::Borrowed(text)),
            Node::Column(name) => self.cell(name, row),
            Node::And(nodes) => self.all(nodes, row, parts, false),
            Node::Or(nodes) => self.all(nodes, row, parts, true),
            Node::Not(node) => self.of(node, row, parts.negated()).truth().map(|value| !value).into(),
            Node::Compare(comparison, nodes) => {
                let [a, b] = [0, 1].map(|i| self.of(&nodes[i], row, parts));
                compared(*comparison, self.parts_of(&nodes[..], parts), &a, &b).into()
            }
            Node::Between(nodes) => {
                let [value, least, most] = [0, 1, 2].map(|i| self.of(&nodes[i], row, parts));
                let low = compared(Comparison::AtLeast, parts, &value, &least);
                let high = compared(Comparison::AtMost, parts, &value, &most);
                both([low, high].into_iter(), false).into()
            }
            Node::In(node, items, literals) => {
                let value = self.of(node, row, parts);
                let own_parts = self.parts_of(std::slice::from_ref(&**node), parts);
                if let Some(found) = literals.as_ref().and_then(|literals| literals.contain(&value, own_parts)) {
                    return found.into();
                }
                let items: Vec<Known<'a>> = items.iter().map(|item| self.of(item, row, parts)).collect();
                // Known words; of anything else each is compared by itself.
                let word = items.iter().map(|item| if let Known::Text(text) = item { Some(&**text) } else { None });
                let words: Option<Vec<&str>> = word.collect();
                if let Some((terms, words)) = value.terms().zip(words) {
                    return is_among(terms, own_parts, &words).into();
                }
                let equal = items.iter().map(|item| compared(Comparison::Equal, own_parts, &value, item));
                both(equal, true).into()
            }
            Node::Like(node, pieces) => match self.of(node, row, parts) {
                Known::Null | Known::Unknown => Known::Null,
                Known::Nothing => Known::Bool(false),
                value => {
                    let is_term = value.terms().is_some_and(|terms| terms.all.iter().any(|t| is_like(t, pieces)));
                    let is_like = is_term || is_like(&value.display(), pieces);
                    let is_known = value.terms().is_none_or(|terms| terms.unknown.is_empty());
                    Some(is_like).filter(|is_like| *is_like || is_known).into()
                }
            },
            Node::IsNull(node) => Known::Bool(matches!(self.of(node, row, parts), Known::Null | Known::Nothing)),
            Node::Arithmetic(first, steps) => steps.iter().fold(self.of(first, row, parts), |value, (kind, node)| {
                let operands = value.number().zip(self.of(node, row, parts).number());
                operands.map(|(a, b)| worked_out(*kind, a, b)).into()
            }),
            Node::Call(function, nodes) => self.call(*function, nodes, row, parts),
            Node::Relate(relation, place) => self.relates(*relation, place, row).into(),
        }
    }

    /// `or` where `found` is true: one that is true decides; else `and`: one that is false does.
    fn all(&self, nodes: &'a [Node], row: usize, parts: Parts, found: bool) -> Known<'a> {
        both(nodes.iter().map(|node| self.of(node, row, parts).truth()), found).into()
    }

    /// The terms for which a comparison of these has to hold: of some columns one is always enough.
    fn parts_of(&self, nodes: &[Node], parts: Parts) -> Parts {
        let is_by_any = |node: &Node| matches!(node, Node::Column(name) if self.by_any.contains(name));
        if nodes.iter().any(is_by_any) { parts.negated() } else { parts }
    }

    fn cell(&self, name: &str, row: usize) -> Known<'a> {
        let Some(found) = self.column(name) else { return Known::Null };
        if let Some(reading) = &found.reading {
            let cell = reading.of(row);
            return match &**cell {
                Reading::Empty if reading.property().empty == Empty::Told => Known::Nothing,
                Reading::Empty => Known::Null,
                Reading::Terms(_) => Known::Terms(Arc::clone(cell)),
                Reading::Truth(value) => Known::Bool(*value),
                Reading::Number(n) => Known::Number(*n),
                Reading::Date(text) => Known::Text(Cow::Owned(text.clone())),
                Reading::Unknown(_) => Known::Unknown,
            };
        }
        let Some(column) = found.column else { return Known::Null };
        match self.layer.attributes.value(row, column) {
            Value::Missing | Value::Null => Known::Null,
            Value::Bool(value) => Known::Bool(value),
            Value::Number(n, written) if n.abs() >= EXACT && whole(&written.text()).is_some() => {
                Known::Whole(written.text())
            }
            Value::Number(n, _) => Some(n).into(),
            Value::Text(text) => Known::Text(text),
            Value::Json(text) => Known::Text(Cow::Borrowed(text)),
        }
    }

    fn call(&self, function: Function, nodes: &'a [Node], row: usize, parts: Parts) -> Known<'a> {
        let geometries = &self.layer.geometries;
        let value = |i: usize| self.of(&nodes[i], row, parts);
        let number = |i: usize| value(i).number();
        let numbers = || nodes.iter().filter_map(|node| self.of(node, row, parts).number());
        let text = |to: fn(&str) -> String| match value(0) {
            Known::Null => Known::Null,
            value => Known::Text(Cow::Owned(to(&value.display()))),
        };
        let is = |shape: Shape| geometries.kind(row).is_some_and(|k| k.shape() == shape);
        match function {
            Function::AreaM2 => (is(Shape::Polygons) && !self.layer.unusable[row])
                .then(|| (row_area_m2(self.layer, row) * 1e6).round() / 1e6)
                .into(),
            Function::LengthM => (!is(Shape::Points) && geometries.kind(row).is_some())
                .then(|| (geometries.paths(row).map(path_length_m).sum::<f64>() * 1e3).round() / 1e3)
                .into(),
            Function::Lon | Function::Lat => {
                // A point's own position; the middle of the box of everything else.
                let at = match geometries.positions_of(row) {
                    [] => None,
                    [p] => Some(*p),
                    _ => Some(geometries.bounds(row).center()),
                };
                at.map(|p| if function == Function::Lon { p.lon } else { p.lat }).into()
            }
            Function::Id => self.layer.id_text(row).map_or(Known::Null, |id| Known::Text(Cow::Owned(id))),
            Function::Abs => number(0).map(f64::abs).into(),
            Function::Floor => number(0).map(f64::floor).into(),
            Function::Ceil => number(0).map(f64::ceil).into(),
            Function::Sqrt => number(0).map(f64::sqrt).into(),
            Function::Round => {
                let digits = if nodes.len() > 1 { number(1) } else { Some(0.0) };
                number(0).zip(digits).map(|(n, digits)| rounded(n, digits)).into()
            }
            Function::Least => numbers().reduce(f64::min).into(),
            Function::Greatest => numbers().reduce(f64::max).into(),
            Function::Number => value(0).numeral(),
            Function::Concat => {
                Known::Text(Cow::Owned(nodes.iter().map(|n| self.of(n, row, parts).display().into_owned()).collect()))
            }
            Function::Upper => text(|t| t.to_uppercase()),
            Function::Lower => text(|t| t.to_lowercase()),
            Function::CaseI => text(without_case),
            Function::AccentI => text(without_accents),
            Function::Trim => text(|t| t.trim().to_owned()),
            Function::Text => text(str::to_owned),
            Function::Length => match value(0) {
                Known::Null => Known::Null,
                value => Known::Number(value.display().chars().count() as f64),
            },
            Function::Coalesce => {
                nodes.iter().map(|n| self.of(n, row, parts)).find(|v| *v != Known::Null).unwrap_or(Known::Null)
            }
        }
    }

    /// `None` where the feature has no geometry that could be held against anything.
    fn relates(&self, relation: Relation, place: &Place, row: usize) -> Option<bool> {
        if self.layer.unusable[row] {
            return None;
        }
        if !self.layer.geometries.bounds(row).intersects(&place.bounds) {
            return Some(relation == Relation::Disjoint);
        }
        let own = to_geo(&self.layer.geometries.geometry(row)?);
        let matrix = own.relate(&place.geometry);
        Some(match relation {
            Relation::Intersects => matrix.is_intersects(),
            Relation::Disjoint => matrix.is_disjoint(),
            Relation::Within => matrix.is_within(),
            Relation::Contains => matrix.is_contains(),
            Relation::Touches => matrix.is_touches(),
            Relation::Crosses => matrix.is_crosses(),
            Relation::Overlaps => matrix.is_overlaps(),
            Relation::Equals => matrix.is_equal_topo(),
        })
    }
}

/// `found` where one is; else unknown where one is; else the opposite.
fn both(values: impl Iterator<Item = Option<bool>>, found: bool) -> Option<bool> {
    let mut all = Some(!found);
    for value in values {
        match value {
            Some(value) if value == found => return Some(found),
            Some(_) => {}
            None => all = None,
        }
    }
    all
}

fn worked_out(kind: Arithmetic, a: f64, b: f64) -> f64 {
    match kind {
        Arithmetic::Add => a + b,
        Arithmetic::Subtract => a - b,
        Arithmetic::Multiply => a * b,
        Arithmetic::Divide => a / b,
        Arithmetic::Div => (a / b).trunc(),
        Arithmetic::Modulo => a % b,
        Arithmetic::Power => a.powf(b),
    }
}

/// To so many decimals, as the number is written: 1.005 becomes 1.01.
fn rounded(n: f64, digits: f64) -> f64 {
    let digits = digits.clamp(-15.0, 15.0) as i32;
    let power = 10_f64.powi(digits);
    let scaled = n * power;
    let nudged = scaled * (1.0 + f64::EPSILON);
    let whole = if scaled.fract().abs() >= 0.5 { scaled } else { nudged };
    whole.round() / power
}
